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

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    Server,
    canonical,
    format_address,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_conf import Interpreter, collector_paused
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_text import (
    NO_TEXT,
    Source,
    Statement,
    parse,
    split_words,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_words import HALF_NUMBERS, PARAMETERS, TEXT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._findings import Severity

DEFAULT_OMAPI_PORT = 7911
DEFAULT_OMAPI_KEY = "omapi_key"

_LEASE_TIMES = ("default_lease_time", "max_lease_time", "min_lease_time")
_SETTINGS = frozenset({"options", "parameters", "extra", *_LEASE_TIMES})
_POOL = _SETTINGS | {"failover", "ranges", "allow", "deny", "deny_bootp"}
_SUBNET = _SETTINGS | {"subnet", "authoritative", "ranges", "pools"}
_SHARED_NETWORK = _SETTINGS | {"name", "authoritative", "subnets", "pools"}
_HOST = _SETTINGS | {"name", "hardware", "client_id", "address", "addresses"}
_CLASS = _SETTINGS | {"name", "match", "lease_limit", "subclasses"}
_OPTION_DEFINITION = frozenset({"name", "code", "type"})
_SERVER = _SETTINGS | {
    "name",
    "address",
    "authoritative",
    "failover",
    "subnets",
    "shared_networks",
    "hosts",
    "classes",
    "option_definitions",
    "omapi",
    "omapi_port",
    "omapi_key_name",
}
_HALF_STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "address": ("address",),
    "peer_address": ("peer", "address"),
    "peer_port": ("peer", "port"),
    "hba": ("hba",),
    "load_balance_max_seconds": ("load", "balance", "max", "seconds"),
    **{name: (statement,) for statement, name in HALF_NUMBERS.items()},
}
_HALF = frozenset({"name", "role", *_HALF_STATEMENTS})
_ROLES = ("primary", "secondary")
_MASKS = [format_address((0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF) for prefix in range(33)]
_BOOTP = "dynamic bootp clients"

Item = Mapping[str, Any]


def server_from_variables(data: Mapping[str, Any], includes: Mapping[str, str] | None = None) -> Server:
    """The server that these variables declare (the role's, without their `dhcp_server_` prefix).

    includes: text of the files that `extra` includes, where they are known.
    """
    with collector_paused():
        name = data.get("name") if isinstance(data, Mapping) else None
        return _Translator(str(name or ""), includes or {}).server(data)


def _shown(value: Any) -> str:
    """A value in a message."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _statement(*words: str, children: list[Statement] | None = None) -> Statement:
    return Statement(words, children, 0, 0, NO_TEXT)


class _Translator:
    """Variables of one server into statements. What cannot be one becomes a finding and is left out."""

    def __init__(self, name: str, includes: Mapping[str, str]) -> None:
        self.name = name
        self.interpreter = Interpreter(name, includes, from_text=False)

    # --- findings and types -----------------------------------------------------------------------------------

    def complain(self, where: str, message: str, hint: str) -> None:
        self.interpreter.add("declaration-invalid", Severity.ERROR, where, message, hint, None)

    def wrong(self, where: str, key: str, value: Any, expected: str, hint: str = "") -> None:
        self.complain(where, f"`{key}` is {_shown(value)}, which is not {expected}.", hint or f"Give {expected}.")

    def known(self, item: Item, keys: frozenset[str], where: str) -> None:
        """Complain about keys that nobody reads."""
        if keys.issuperset(item):
            return
        for key in item:
            if key in keys:
                continue
            close = get_close_matches(str(key), keys, n=1)
            hint = f"Did you mean `{close[0]}`?" if close else f"Known here are {', '.join(sorted(keys))}."
            self.complain(where, f"The key `{key}` (value {_shown(item[key])}) means nothing here.", hint)

    def mapping(self, value: Any, where: str, key: str) -> Item:
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        self.wrong(where, key, value, "a mapping of names to values")
        return {}

    def several(self, value: Any, where: str, key: str) -> Iterable[Any]:
        """A list; one value alone stands for a list of one."""
        if value is None:
            return ()
        if isinstance(value, (list, tuple)):
            return value
        if isinstance(value, str):
            return (value,) if value else ()
        self.wrong(where, key, value, "a list")
        return ()

    def items(self, value: Any, around: str, key: str, keys: frozenset[str], label: str) -> Iterator[tuple[Item, str]]:
        """Each mapping of a list, with its place in words: by its name (`label` is what it names), or its number."""
        if value is None:
            return
        if not isinstance(value, (list, tuple)):
            self.wrong(around, key, value, "a list of mappings")
            return
        for number, item in enumerate(value, 1):
            place = f"{around}, {key} item {number}" if around else f"{key} item {number}"
            if not isinstance(item, Mapping):
                self.wrong(place, key, item, "a mapping")
                continue
            if label:
                name = item.get("name")
                if not isinstance(name, str) or not name.strip():
                    if name is None:
                        self.complain(place, "`name` is missing.", "Give it a name.")
                    else:
                        self.wrong(place, "name", name, "a name")
                    continue
                place = f'{label} "{name}"'
            self.known(item, keys, place)
            yield item, place

    def word(self, value: Any, where: str, key: str) -> str | None:
        """One value as dhcpd would read it; None if there is none or it is none."""
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)):
            text = str(value).strip()
            if text:
                return text
        self.wrong(where, key, value, "one value")
        return None

    def words(self, value: Any, where: str, key: str, depth: int = 0) -> list[str]:
        """A value or a list of them."""
        if isinstance(value, str):
            if "," in value:
                pieces = [piece.strip() for piece in value.split(",")]
                if all(parse_address(piece) is not None for piece in pieces):
                    return pieces
            return [value]
        if isinstance(value, (list, tuple)) and depth < 3:
            return [word for item in value for word in self.words(item, where, key, depth + 1)]
        word = self.word(value, where, key)
        return [] if word is None else [word]

    # --- scopes -----------------------------------------------------------------------------------------------

    def settings(self, item: Item, where: str, authoritative: bool = True) -> list[Statement]:
        """What every scope may state."""
        found: list[Statement] = []
        if authoritative and item.get("authoritative") is not None:
            flag = canonical(str(item["authoritative"]))
            if flag in ("true", "false"):
                found.append(_statement(*(["not"] if flag == "false" else []), "authoritative"))
            else:
                self.wrong(where, "authoritative", item["authoritative"], "true or false")
        for key in _LEASE_TIMES:
            if item.get(key) is not None:
                word = self.word(item[key], where, key)
                if word is not None:
                    found.append(_statement(key.replace("_", "-"), word))
        parameters = item.get("parameters")
        if parameters:
            for key, value in self.mapping(parameters, where, "parameters").items():
                found.extend(self.parameter(str(key), value, where))
        options = item.get("options")
        if options:
            for key, value in self.mapping(options, where, "options").items():
                if value is None:
                    continue
                words = self.words(value, where, f"options.{key}")
                if words:
                    found.append(Statement(["option", str(key).replace("_", "-"), *words], None, 0, 0, NO_TEXT))
        return found

    def parameter(self, key: str, value: Any, where: str) -> Iterator[Statement]:
        """Any statement by its name; a list states it several times."""
        name = key.replace("_", "-")
        if not name.strip():
            self.complain(where, "`parameters` has an empty name.", "Name the statement.")
            return
        for one in value if isinstance(value, (list, tuple)) else (value,):
            word = self.word(one, where, f"parameters.{key}")
            if word is not None:
                yield _statement(name, *([word] if PARAMETERS.get(name) == TEXT else split_words(word)))
            elif one is None:
                yield _statement(name)

    def verbatim(self, item: Item, where: str) -> list[Statement]:
        """Verbatim text of this scope."""
        text = item.get("extra")
        if not text:
            return []
        if not isinstance(text, str):
            self.wrong(where, "extra", text, "text")
            return []
        source = Source(text, "extra")
        statements, problems = parse(source)
        self.interpreter.text_problems(source, problems, where)
        return statements

    # --- networks ---------------------------------------------------------------------------------------------

    def ranges(self, value: Any, where: str) -> Iterator[Statement]:
        for item in self.several(value, where, "ranges"):
            ends = item.replace("-", " ").split() if isinstance(item, str) else []
            if not 1 <= len(ends) <= 2 or any(parse_address(end) is None for end in ends):
                self.wrong(
                    where,
                    "ranges",
                    item,
                    "a range",
                    'Write "FIRST-LAST" with two whole addresses, or one address.',
                )
            else:
                yield Statement(["range", *ends], None, 0, 0, NO_TEXT)

    def permits(self, item: Item, where: str) -> Iterator[Statement]:
        bootp_stated = False
        for keyword in ("allow", "deny"):
            for phrase in self.several(item.get(keyword), where, keyword):
                words = split_words(phrase) if isinstance(phrase, str) else []
                if words:
                    bootp_stated = bootp_stated or " ".join(words).lower() == _BOOTP
                    yield _statement(keyword, *words)
                else:
                    self.wrong(where, keyword, phrase, 'a permit such as "unknown-clients"')
        deny_bootp = item.get("deny_bootp")
        if not (deny_bootp is None or isinstance(deny_bootp, bool)):
            self.wrong(where, "deny_bootp", deny_bootp, "true or false")
        if item.get("failover") and not bootp_stated and deny_bootp is not False:
            yield _DENY_BOOTP

    def pools(self, value: Any, around: str) -> Iterator[Statement]:
        for number, (item, _place) in enumerate(self.items(value, around, "pools", _POOL, ""), 1):
            where = f"{around}, pool {number}"  # as the interpreter counts
            children: list[Statement] = []
            failover = item.get("failover")
            if failover:
                if isinstance(failover, str):
                    children.append(_statement("failover", "peer", failover))
                else:
                    self.wrong(where, "failover", failover, "the name of a relationship")
            children.extend(self.permits(item, where))
            children.extend(self.settings(item, where, authoritative=False))
            children.extend(self.ranges(item.get("ranges"), where))
            children.extend(self.verbatim(item, where))
            yield Statement(("pool",), children, 0, 0, NO_TEXT)

    def subnets(self, value: Any, around: str) -> Iterator[Statement]:
        for item, place in self.items(value, around, "subnets", _SUBNET, ""):
            text = item.get("subnet")
            if text is None:
                self.complain(place, "`subnet` is missing.", 'Write, for instance, `subnet: "10.0.0.0/24"`.')
                continue
            address, _slash, length = text.strip().partition("/") if isinstance(text, str) else ("", "", "")
            if length.isascii() and length.isdigit() and len(length) <= 2 and int(length) <= 32:
                mask: str | None = _MASKS[int(length)]
            else:
                mask = length if prefix_of(length) is not None else None
            if mask is None or parse_address(address) is None:
                self.wrong(place, "subnet", text, "a subnet", 'Write ADDRESS/PREFIX, for instance "10.0.0.0/24".')
                continue
            where = f"subnet {text}"
            children = self.settings(item, where)
            children.extend(self.ranges(item.get("ranges"), where))
            children.extend(self.pools(item.get("pools"), where))
            children.extend(self.verbatim(item, where))
            yield Statement(("subnet", address, "netmask", mask), children, 0, 0, NO_TEXT)

    def shared_networks(self, value: Any) -> Iterator[Statement]:
        for item, where in self.items(value, "", "shared_networks", _SHARED_NETWORK, "shared network"):
            children = self.settings(item, where)
            children.extend(self.subnets(item.get("subnets"), where))
            children.extend(self.pools(item.get("pools"), where))
            children.extend(self.verbatim(item, where))
            yield _statement("shared-network", item["name"], children=children)

    # --- relationships, reservations, classes -----------------------------------------------------------------

    def halves(self, value: Any) -> Iterator[Statement]:
        for item, where in self.items(value, "", "failover", _HALF, "relationship"):
            children: list[Statement] = []
            role = item.get("role")
            if role in _ROLES:
                children.append(_statement(role))
            elif role is not None:
                close = get_close_matches(str(role), _ROLES, n=1)
                self.wrong(where, "role", role, "primary or secondary", f"Did you mean {close[0]}?" if close else "")
            for key, statement in _HALF_STATEMENTS.items():
                word = self.word(item.get(key), where, key)
                if word is not None:
                    children.append(_statement(*statement, word))
            yield _statement("failover", "peer", item["name"], children=children)

    def hosts(self, value: Any) -> Iterator[Statement]:
        for item, where in self.items(value, "", "hosts", _HOST, "reservation"):
            children = self.settings(item, where, authoritative=False)
            hardware = self.word(item.get("hardware"), where, "hardware")
            if hardware is not None:
                words = hardware.split() if " " in hardware else ["ethernet", hardware]
                children.append(_statement("hardware", *words))
            client_id = self.word(item.get("client_id"), where, "client_id")
            if client_id is not None:
                children.append(_statement("option", "dhcp-client-identifier", client_id))
            addresses = [item["address"]] if item.get("address") else item.get("addresses")
            fixed = [self.word(one, where, "addresses") for one in self.several(addresses, where, "addresses")]
            if fixed:
                children.append(_statement("fixed-address", *(one for one in fixed if one is not None)))
            children.extend(self.verbatim(item, where))
            yield _statement("host", item["name"], children=children)

    def classes(self, value: Any) -> Iterator[Statement]:
        for item, where in self.items(value, "", "classes", _CLASS, "class"):
            children = self.settings(item, where, authoritative=False)
            match = item.get("match")
            if isinstance(match, str) and match.strip():
                children.append(_statement("match", *split_words(match.strip().rstrip(";"))))
            elif match:
                self.wrong(where, "match", match, "an expression")
            limit = self.word(item.get("lease_limit"), where, "lease_limit")
            if limit is not None:
                children.append(_statement("lease", "limit", limit))
            children.extend(self.verbatim(item, where))
            yield _statement("class", f'"{item["name"]}"', children=children)
            for member in self.several(item.get("subclasses"), where, "subclasses"):
                word = self.word(member, where, "subclasses")
                if word is not None:
                    yield _statement("subclass", item["name"], word)

    def option_definitions(self, value: Any) -> Iterator[Statement]:
        for item, where in self.items(value, "", "option_definitions", _OPTION_DEFINITION, "option definition"):
            code, kind = (self.word(item.get(key), where, key) for key in ("code", "type"))
            if code is None or kind is None:
                self.complain(where, "An option definition needs `code` and `type`.", "Give both.")
            elif not code.isdigit():
                self.wrong(where, "code", item["code"], "an option's number")
            else:
                name = item["name"].replace("_", "-")
                yield _statement("option", name, "code", code, "=", *split_words(kind))

    # --- the whole --------------------------------------------------------------------------------------------

    def statements(self, data: Item) -> Iterator[Statement]:
        """In the order of the template: whatever is referred to comes before what refers to it."""
        yield from self.option_definitions(data.get("option_definitions"))
        # Not stated is what false means here.
        yield from self.settings(data, "", authoritative=data.get("authoritative") is not False)
        if data.get("omapi"):
            port = self.word(data.get("omapi_port"), "", "omapi_port")
            key = self.word(data.get("omapi_key_name"), "", "omapi_key_name")
            yield _statement("omapi-port", port or str(DEFAULT_OMAPI_PORT))
            yield _statement("omapi-key", key or DEFAULT_OMAPI_KEY)
        yield from self.halves(data.get("failover"))
        yield from self.classes(data.get("classes"))
        yield from self.verbatim(data, "")
        yield from self.shared_networks(data.get("shared_networks"))
        yield from self.subnets(data.get("subnets"), "")
        yield from self.hosts(data.get("hosts"))

    def server(self, data: Any) -> Server:
        if not isinstance(data, Mapping):
            self.wrong("", "servers", data, "a mapping")
            data = {}
        self.known(data, _SERVER, "")
        address = self.word(data.get("address") or None, "", "address")
        return self.interpreter.server(self.statements(data), address)


_DENY_BOOTP = _statement("deny", *_BOOTP.split())
