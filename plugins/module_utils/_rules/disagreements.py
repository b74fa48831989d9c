# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Where two servers would send the same client different values, and what that means to the client.

An error can cost a client its network. Everything else that a client can notice is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Conditional,
    Statements,
    Value,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import Pair

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

SUBNET_MASK, ROUTERS, NAME_SERVERS = 1, 3, 6
_INTERFACE_MTU, _STATIC_ROUTES, _V6_ONLY, _CLASSLESS_ROUTES, _MS_CLASSLESS_ROUTES = 26, 33, 108, 121, 249
CLASSLESS_ROUTES = (_CLASSLESS_ROUTES, _MS_CLASSLESS_ROUTES)
_CODES: Mapping[str, int] = {
    "domain-name-servers": NAME_SERVERS,
    "interface-mtu": _INTERFACE_MTU,
    "routers": ROUTERS,
    "static-routes": _STATIC_ROUTES,
    "subnet-mask": SUBNET_MASK,
    "v6-only-preferred": _V6_ONLY,
}
# Without these, or with wrong ones, a client is cut off.
_NETWORK: Mapping[int, str] = {
    SUBNET_MASK: "clients would disagree about who is in their subnet, and could not reach some neighbours",
    ROUTERS: "clients would leave the subnet through different routers, or not at all",
    NAME_SERVERS: "clients would ask different name servers, or none",
    _INTERFACE_MTU: "clients would send packets of different sizes, and packets that are too large would be lost",
    _STATIC_ROUTES: "clients have different routes",
    _V6_ONLY: "clients give up their IPv4 address, or keep it",
    _CLASSLESS_ROUTES: "clients have different routes",
    _MS_CLASSLESS_ROUTES: "clients have different routes",
}

# DNS ignores the case of these.
_DOMAINS = frozenset({"domain-name", "domain-search", "host-name"})
# Options in which the order does not matter.
_SETS = frozenset({"dhcp-parameter-request-list"})

# Parameters that a client can notice: the default of dhcpd, and the meaning of a difference.
_TRUE, _FALSE = ("true",), ("false",)
_DEPENDS = "what a client is told depends on the server that answers"
_BOOT = "what a client boots depends on the server that answers"
_IDENTITY = "a client may get another address from the one server than from the other"
CLIENT_PARAMETERS: Mapping[str, tuple[Value | None, str]] = {
    "always-broadcast": (_FALSE, "a client that takes no unicast answer is lost with one of the two"),
    "always-reply-rfc1048": (_FALSE, "a BOOTP client gets options from one of the two only"),
    "allow-bootp": (_TRUE, "a BOOTP client is answered by one of the two only"),
    "duplicates": (_TRUE, _IDENTITY),
    "echo-client-id": (_FALSE, "a client that wants its identifier back gets it from one of the two only"),
    "filename": (None, _BOOT),
    "get-lease-hostnames": (_FALSE, "a client is told its name by one of the two only"),
    "ignore-client-uids": (_FALSE, _IDENTITY),
    "min-secs": (("0",), "one of the two lets a new client wait longer"),
    "next-server": (None, _BOOT),
    "one-lease-per-client": (_FALSE, _IDENTITY),
    "server-name": (None, _BOOT),
    "site-option-space": (None, _DEPENDS),
    "stash-agent-options": (_TRUE, "a renewal without relay finds its class with one of the two only"),
    "vendor-option-space": (None, _DEPENDS),
}
# A server with these may refuse a client.
_REFUSING = frozenset({"allow-booting", "boot-unknown-clients"})
PORTS = ("local-port", "remote-port")
DDNS: Mapping[str, Value | None] = {
    "client-updates": _TRUE,
    "ddns-domainname": None,
    "ddns-dual-stack-mixed-mode": _FALSE,
    "ddns-guard-id-must-match": _TRUE,
    "ddns-hostname": None,
    "ddns-other-guard-is-dynamic": _FALSE,
    "ddns-rev-domainname": ("in-addr.arpa.",),
    "ddns-ttl": None,
    "ddns-update-style": ("none",),
    "ddns-updates": _TRUE,
    "do-forward-updates": _TRUE,
    "do-reverse-updates": _TRUE,
    "update-conflict-detection": _TRUE,
    "update-optimization": _TRUE,
    "update-static-leases": _FALSE,
}

_QUAD = re.compile(r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])")


class Disagreement(NamedTuple):
    """A statement with different values on two partners; None if one of them has no value."""

    name: str
    primary: Value | None
    secondary: Value | None


def disagreements(here: Statements, there: Statements) -> Iterator[Disagreement]:
    if here is there or here == there:
        return
    for name in sorted(here.keys() | there.keys()):
        one, other = here.get(name), there.get(name)
        if one != other and not _same(name, one, other):
            yield Disagreement(name, one, other)


def _same(name: str, one: Value | None, other: Value | None) -> bool:
    if one is None or other is None:
        return False
    if name in _DOMAINS:
        return [word.lower() for word in one] == [word.lower() for word in other]
    return name in _SETS and sorted(one) == sorted(other)


def words(value: Value | None) -> str:
    return "not set" if value is None else " ".join(value) if value else "set"


class Owners:
    """The owner of an address, so that each server may name itself."""

    def __init__(self, pair: Pair) -> None:
        primary, secondary = (set(end.view.server.addresses) for end in pair.ends)
        for end, addresses in ((pair.primary, secondary), (pair.secondary, primary)):
            peer = parse_address(end.half.peer_address or "")
            if peer is not None:
                addresses.add(peer)
        both = primary & secondary
        self._sides = (primary - both, secondary - both)

    def own(self, number: int | None, side: int) -> bool:
        """Whether this is an address of the primary (side 0) or the secondary (side 1)."""
        return number in self._sides[side]

    def seen_from(self, text: str, side: int) -> str:
        """The text with the addresses of the server and its partner replaced by placeholders."""

        def called(match: re.Match[str]) -> str:
            number = parse_address(match[0])
            if number in self._sides[side]:
                return "<itself>"
            return "<partner>" if number in self._sides[1 - side] else match[0]

        return _QUAD.sub(called, text)

    def alike(self, one: Value | None, other: Value | None) -> bool:
        """Whether the only difference is that each server names itself."""
        if one is None or other is None or len(one) != len(other):
            return False
        return all(self.seen_from(left, 0) == self.seen_from(right, 1) for left, right in zip(one, other))


class Meaning(NamedTuple):
    severity: Severity
    text: str


_EACH_ITSELF = Meaning(
    _WARNING,
    "each server names itself there, so a client depends on the server that answered it, even when that one is down.",
)
_ORDER = Meaning(_WARNING, "the values are the same in another order, and most clients prefer the first.")


def code_of(name: str, definitions: Statements) -> int | None:
    """The number of an option, if it matters here; other option spaces have their own numbers."""
    if "." in name:
        return None
    if name in definitions:
        text = definitions[name][0]
        return int(text) if text.isdigit() else None
    if name.startswith("unknown-") and name[8:].isdigit():
        return int(name[8:])
    return _CODES.get(name)


def means_network(code: int | None) -> bool:
    """Whether a client loses its network without this option."""
    return code in _NETWORK


def meaning_of_one(name: str, definitions: Statements) -> Meaning:
    """The meaning of an option that only one server sends, or with another value than its partner."""
    means = _NETWORK.get(code_of(name, definitions) or 0)
    if means is None:
        return Meaning(_WARNING, f"{_DEPENDS}.")
    return Meaning(_ERROR, f"{means}, depending on the server that answers.")


def option_meaning(
    item: Disagreement, owners: Owners, names: tuple[str, str], definitions: Statements
) -> Meaning | None:
    """The meaning of a different option to a client; None if there is none."""
    name, one, other = item
    if name == "dhcp-server-identifier":
        return _identifier(item, owners)
    if owners.alike(one, other):
        return _EACH_ITSELF
    if one is not None and other is not None and sorted(one) == sorted(other) and all(map(parse_address, one)):
        return _ORDER
    code = code_of(name, definitions)
    if code in (ROUTERS, NAME_SERVERS):
        if one is None or other is None:
            lacking = names[0] if one is None else names[1]
            what = "a way out of the subnet" if code == ROUTERS else "name servers"
            return Meaning(_ERROR, f"a client that {lacking} answers has no {what.removeprefix('a ')}.")
        if one[:1] == other[:1] or (code == NAME_SERVERS and set(one) & set(other)):
            return Meaning(_WARNING, f"{_NETWORK[code]}; the lists have one in common.")
    return meaning_of_one(name, definitions)


def _identifier(item: Disagreement, owners: Owners) -> Meaning | None:
    """By default dhcpd sends its own address. A client sends its renewals there."""
    stated = (item.primary, item.secondary)
    if all(
        value is None or (len(value) == 1 and owners.own(parse_address(value[0]), side))
        for side, value in enumerate(stated)
    ):
        return None
    return Meaning(_WARNING, "a client sends its renewals there, whichever server gave it the lease.")


def parameter_meaning(item: Disagreement, owners: Owners) -> Meaning | None:
    """The meaning of a different parameter to a client; None if there is none, or if another rule reports it."""
    known = CLIENT_PARAMETERS.get(item.name)
    if known is None:
        return None
    default, means = known
    one, other = (default if value is None else value for value in item[1:])
    if one == other:
        return None
    return _EACH_ITSELF if owners.alike(one, other) else Meaning(_WARNING, f"{means}.")


# --- Conditional blocks -------------------------------------------------------------------------------------------


def blocks_that_count(conditionals: Iterable[Conditional]) -> list[Conditional]:
    """The blocks that may set something for a client, with the later statements that replace some of it."""
    found: list[Conditional] = []
    replaced: set[str] = set()
    for item in reversed([item for item in conditionals if not item.hook]):
        if not item.block and not item.others:
            replaced |= item.sets
        if item.others or not item.sets <= replaced or not item.block:
            found.append(item)
    kept: set[str] = set()
    result = []
    for item in reversed(found):
        # A single statement counts if a block before it sets the same; its value is compared elsewhere.
        if item.block or item.others or item.sets & kept:
            kept |= item.sets
            result.append(item)
    return result


def block_meaning(block: Conditional, definitions: Statements) -> Meaning:
    """The meaning to a client of a block that only one server has."""
    for name in sorted(block.sets):
        if name.startswith("option ") and means_network(code_of(name[7:], definitions)):
            return meaning_of_one(name[7:], definitions)
    if not block.sets.isdisjoint(_REFUSING):
        return Meaning(_ERROR, "one server would refuse a client that the other serves.")
    return Meaning(_WARNING, f"{_DEPENDS}.")


def reordered(here: list[Conditional], there: list[Conditional]) -> list[Conditional]:
    """Of the same blocks in another order, those whose order matters: they set the same."""
    found: dict[Conditional, None] = {}
    for name in sorted({name for block in here for name in block.sets}):
        ours, theirs = ([block for block in blocks if name in block.sets] for blocks in (here, there))
        if ours != theirs:
            found.update(dict.fromkeys(ours))
    return list(found)
