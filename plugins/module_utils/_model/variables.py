# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Ansible variables into the declaration.

The variables become the statements that the role's template would write, and those are read by the interpreter of
dhcpd.conf: one place knows what a statement means, and text in `extra` is nothing special.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import (
    Interpreter,
    collector_paused,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    Source,
    Statement,
    parse,
    split_words,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HALF_NUMBERS, PARAMETERS, TEXT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Server,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import (
    HALVES,
    SERVER,
    Fault,
    Item,
    Place,
    shown,
    unknown,
)

DEFAULT_OMAPI_PORT = 7911
DEFAULT_OMAPI_KEY = "omapi_key"

_LEASE_TIMES = ("default_lease_time", "max_lease_time", "min_lease_time")
_HALF_STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "address": ("address",),
    "peer_address": ("peer", "address"),
    "peer_port": ("peer", "port"),
    "hba": ("hba",),
    "load_balance_max_seconds": ("load", "balance", "max", "seconds"),
    **{name: (statement,) for statement, name in HALF_NUMBERS.items()},
}
_MASKS = [format_address((0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF) for prefix in range(33)]
_BOOTP = "dynamic bootp clients"
# Beside the variables, what an entry of failover_validate may say about them.
_ABOUT = frozenset({"name", "faults", "positions"})


def server_from_variables(data: Mapping[str, Any], includes: Mapping[str, str] | None = None) -> Server:
    """The server that these variables declare (the role's, without their `dhcp_server_` prefix).

    `positions` says where its halves stand in `dhcp_server_failover`, and `faults` what was found wrong when they were
    derived. includes: text of the files that `extra` includes, where they are known.
    """
    with collector_paused():
        name = data.get("name") if isinstance(data, Mapping) else None
        return _Translator(str(name or ""), includes or {}).server(data)


class _Translator:
    """Variables of one server into statements. What cannot be one becomes a finding and is left out."""

    def __init__(self, name: str, includes: Mapping[str, str]) -> None:
        self.name = name
        self.interpreter = Interpreter(name, includes, from_text=False)

    def complain(self, fault: Fault) -> None:
        variable, words, message, hint = fault
        self.interpreter.add("declaration-invalid", Severity.ERROR, words, message, hint, None, variable)

    def cleaned(self, data: Any) -> Item:
        """The variables in their shapes; whatever has none is told."""
        found, faults = Item(Place()), []
        if not isinstance(data, Mapping):
            faults.append(Fault("", "", f"`servers` has {shown(data)}, which is not a mapping.", "Give a mapping."))
            data = {}
        for key, value in data.items():
            kind = SERVER.get(key)
            if kind is HALVES and value is not None:
                found[key] = HALVES.read(value, Place().key(key), faults, _positions(data))
            elif kind is not None:
                cleaned = kind.clean(value, Place().key(key), faults)
                if cleaned is not None:
                    found[key] = cleaned
            elif key not in _ABOUT:
                faults.append(unknown(Place().key(key), key, value, SERVER))
        for fault in faults:
            self.complain(fault)
        for told in _told(data):
            self.complain(told)
        return found

    # --- scopes -----------------------------------------------------------------------------------------------

    def settings(self, item: Item) -> list[Statement]:
        """What every scope may state."""
        place = item.place
        found: list[Statement] = []
        authoritative = item.get("authoritative")
        if authoritative is not None:
            found.append(_statement(place.key("authoritative"), *([] if authoritative else ["not"]), "authoritative"))
        for key in _LEASE_TIMES:
            if key in item:
                found.append(_statement(place.key(key), key.replace("_", "-"), str(item[key])))
        parameters = item.get("parameters")
        if parameters:
            inside = place.key("parameters")
            for key, value in parameters.items():
                found.extend(self.parameter(key, value, inside.key(key)))
        options = item.get("options")
        if options:
            inside = place.key("options")
            for key, value in options.items():
                words = _words(value)
                if words:
                    found.append(_statement(inside.key(key), "option", key.replace("_", "-"), *words))
        return found

    def parameter(self, key: str, value: Any, place: Place) -> Iterator[Statement]:
        """Any statement by its name; a list states it several times."""
        name = key.replace("_", "-")
        for one in value if isinstance(value, (list, tuple)) else (value,):
            word = _word(one)
            if PARAMETERS.get(name) == TEXT and one is not None:
                yield _statement(place, name, word or "")
            elif word is None:
                yield _statement(place, name)
            else:
                words = self.split(word, place)
                if words:
                    yield _statement(place, name, *words)

    def split(self, text: str, place: Place, head: str = "x") -> list[str]:
        """The words of a text that stands in the file without quotes; none if it would end the statement there."""
        if not set(text).isdisjoint(_SEPARATORS):
            statements, problems = parse(Source(f"{head} {text};"))
            if problems or len(statements) != 1 or statements[0].children is not None:
                message = f"{shown(text)} is not one value: dhcpd would read more than one statement in it."
                self.complain(Fault(*place, message, "Write what belongs into one statement, without its semicolon."))
                return []
            return list(statements[0].words[len(head.split()) :])
        return split_words(text)

    def verbatim(self, item: Item) -> list[Statement]:
        """Verbatim text of this scope."""
        text = item.get("extra")
        if not text:
            return []
        source = Source(text, item.place.key("extra").variable)
        statements, problems = parse(source)
        self.interpreter.text_problems(source, problems, item.place.words)
        return statements

    # --- networks ---------------------------------------------------------------------------------------------

    def ranges(self, item: Item) -> Iterator[Statement]:
        place = item.place.key("ranges")
        for text in item.get("ranges", ()):
            yield _statement(place, "range", *text.split())

    def permits(self, item: Item) -> Iterator[Statement]:
        bootp_stated = False
        for keyword in ("allow", "deny"):
            place = item.place.key(keyword)
            for phrase in item.get(keyword, ()):
                words = self.split(phrase, place)
                if words:
                    bootp_stated = bootp_stated or " ".join(words).lower() == _BOOTP
                    yield _statement(place, keyword, *words)
        if item.get("failover") and not bootp_stated and item.get("deny_bootp") is not False:
            yield _statement(item.place.key("failover"), "deny", *_BOOTP.split())

    def pools(self, item: Item) -> Iterator[Statement]:
        for pool in item.get("pools", ()):
            children: list[Statement] = []
            if "failover" in pool:
                children.append(_statement(pool.place.key("failover"), "failover", "peer", pool["failover"]))
            children.extend(self.permits(pool))
            children.extend(self.settings(pool))
            children.extend(self.ranges(pool))
            children.extend(self.verbatim(pool))
            yield _statement(pool.place, "pool", children=children)

    def subnets(self, item: Item) -> Iterator[Statement]:
        for subnet in item.get("subnets", ()):
            address, _slash, length = subnet["subnet"].partition("/")
            children = self.settings(subnet)
            children.extend(self.ranges(subnet))
            children.extend(self.verbatim(subnet))
            children.extend(self.pools(subnet))
            mask = _MASKS[int(length)] if "." not in length else length
            yield _statement(subnet.place, "subnet", address, "netmask", mask, children=children)

    def shared_networks(self, item: Item) -> Iterator[Statement]:
        for network in item.get("shared_networks", ()):
            children = self.settings(network)
            children.extend(self.subnets(network))
            children.extend(self.verbatim(network))
            children.extend(self.pools(network))
            yield _statement(network.place, "shared-network", network["name"], children=children)

    # --- relationships, reservations, classes -----------------------------------------------------------------

    def halves(self, item: Item) -> Iterator[Statement]:
        for half in item.get("failover", ()):
            place = half.place
            children: list[Statement] = []
            if "role" in half:
                children.append(_statement(place.key("role"), half["role"]))
            for key, statement in _HALF_STATEMENTS.items():
                if key in half:
                    children.append(_statement(place.key(key), *statement, str(half[key])))
            yield _statement(place, "failover", "peer", half["name"], children=children)

    def hosts(self, item: Item) -> Iterator[Statement]:
        for host in item.get("hosts", ()):
            place = host.place
            children = self.settings(host)
            hardware = host.get("hardware")
            if hardware is not None:
                words = hardware.split() if " " in hardware else ["ethernet", hardware]
                children.append(_statement(place.key("hardware"), "hardware", *words))
            if "client_id" in host:
                identifier = host["client_id"].strip()
                children.append(_statement(place.key("client_id"), "option", "dhcp-client-identifier", identifier))
            key = "address" if "address" in host else "addresses"
            addresses = [host["address"]] if key == "address" else host.get("addresses")
            if addresses:
                children.append(_statement(place.key(key), "fixed-address", *addresses))
            children.extend(self.verbatim(host))
            yield _statement(place, "host", host["name"], children=children)

    def classes(self, item: Item) -> Iterator[Statement]:
        for member in item.get("classes", ()):
            place = member.place
            children = self.settings(member)
            if "match" in member:
                words = self.split(member["match"].strip().rstrip(";"), place.key("match"))
                if words:
                    children.append(_statement(place.key("match"), "match", *words))
            if "lease_limit" in member:
                children.append(_statement(place.key("lease_limit"), "lease", "limit", str(member["lease_limit"])))
            children.extend(self.verbatim(member))
            yield _statement(place, "class", f'"{member["name"]}"', children=children)
            for value in member.get("subclasses", ()):
                yield _statement(place.key("subclasses"), "subclass", member["name"], value.strip())

    def option_definitions(self, item: Item) -> Iterator[Statement]:
        for definition in item.get("option_definitions", ()):
            place = definition.place
            head = ["option", definition["name"].replace("_", "-"), "code", str(definition["code"]), "="]
            words = self.split(definition["type"], place.key("type"), " ".join(head))
            if words:
                yield _statement(place, *head, *words)

    # --- the whole --------------------------------------------------------------------------------------------

    def statements(self, item: Item) -> Iterator[Statement]:
        """In the order of the template: whatever is referred to comes before what refers to it."""
        yield from self.option_definitions(item)
        yield from self.settings(item)
        if item.get("omapi"):
            port = item.get("omapi_port", DEFAULT_OMAPI_PORT)
            key = item.get("omapi_key_name", DEFAULT_OMAPI_KEY)
            yield _statement(item.place.key("omapi_port"), "omapi-port", str(port))
            yield _statement(item.place.key("omapi_key_name"), "omapi-key", key)
        yield from self.halves(item)
        yield from self.classes(item)
        yield from self.verbatim(item)
        yield from self.shared_networks(item)
        yield from self.subnets(item)
        yield from self.hosts(item)

    def server(self, data: Any) -> Server:
        item = self.cleaned(data)
        if item.get("authoritative") is False:
            del item["authoritative"]  # not stated is what false means here
        return self.interpreter.server(self.statements(item), item.get("address"))


# What ends a statement, or a word of it.
_SEPARATORS = frozenset(';{}"#\n\r')


def _positions(data: Mapping[str, Any]) -> list[int]:
    found = data.get("positions")
    return found if isinstance(found, list) and all(isinstance(number, int) for number in found) else []


def _told(data: Mapping[str, Any]) -> Iterator[Fault]:
    found = data.get("faults")
    for told in found if isinstance(found, list) else ():
        if isinstance(told, (list, tuple)) and len(told) == len(Fault._fields):
            yield Fault(*map(str, told))


def _statement(place: Place, *words: str, children: list[Statement] | None = None) -> Statement:
    return Statement(words, children, 0, 0, Source("", variable=place.variable))


def _word(value: Any) -> str | None:
    """One value as dhcpd would read it; None if there is none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None


def _words(value: Any) -> list[str]:
    """A value or a list of them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        return [word for item in value for word in _words(item)]
    word = _word(value)
    return [] if word is None else [word]
