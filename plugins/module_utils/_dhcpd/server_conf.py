# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Read from a server's own dhcpd.conf what is needed to ask the running daemon and to count its leases.

This runs on the managed host. A daemon runs with the text, so it is a configuration: this looks for a few statements
and judges nothing. The reader of `_dhcpd/conf` judges, and takes ten times the code.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.omapi import Key
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    MAX_DEPTH,
    MAX_INCLUDE_DEPTH,
    MAX_INCLUDES,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import permit
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_MAX_RESPONSE_DELAY,
    DEFAULT_PORT,
    SIDES,
)

_QUAD = re.compile(r"-?[0-9]+(?: ?\. ?-?[0-9]+){3}")


@dataclass
class Configuration:
    """A server's halves with dhcpd's defaults, its pools and reservations, and how to ask the daemon."""

    halves: dict[str, Half] = field(default_factory=dict)
    pools: list[Pool] = field(default_factory=list)  # blocks only, not the ranges outside them
    reservations: list[Reservation] = field(default_factory=list)
    omapi_port: int | None = None
    omapi_key: str | None = None
    keys: dict[str, Key] = field(default_factory=dict)
    lease_file: str | None = None  # this counts, not the argument -lf
    files: list[str] = field(default_factory=list)  # that the daemon reads at its start

    @property
    def key(self) -> Key | None:
        """The key that protects OMAPI."""
        return self.keys.get(self.omapi_key) if self.omapi_key else None


def read_configuration(text: str, read_include: Callable[[str], str]) -> Configuration:
    """The few statements that are needed, also from included files."""
    found = Configuration()
    statements = list(_Reader(read_include).statements(text))
    _scope(statements, found)
    # These may stand in any block.
    for statement in _flat(statements):
        keyword = statement.words[0].lower()
        if keyword == "omapi-port":
            # The result of an expression is not known here.
            if statement.words[1:2] != ["="]:
                found.omapi_port = int(statement.words[-1])
        elif keyword == "omapi-key":
            found.omapi_key = unquote(statement.words[-1])
    return found


class _Reader:
    """Puts the statements of included files in the place of `include`.

    Files that include themselves, or are nested without end, are cut off: no daemon runs with them.
    """

    def __init__(self, read_include: Callable[[str], str]) -> None:
        self.read_include = read_include
        self.chain: list[str] = []
        self.includes = 0
        self.depth = 0

    def statements(self, text: str) -> Iterator[Statement]:
        for statement in parse(Source(text))[0]:
            yield from self.expanded(statement)

    def expanded(self, statement: Statement) -> Iterator[Statement]:
        if statement.words[0].lower() == "include" and len(statement.words) > 1:
            yield from self.included(unquote(statement.words[1]))
        elif statement.children is None:
            yield statement
        elif self.depth < MAX_DEPTH:
            self.depth += 1
            inner = [part for child in statement.children for part in self.expanded(child)]
            self.depth -= 1
            yield statement._replace(children=inner)

    def included(self, name: str) -> Iterator[Statement]:
        self.includes += 1
        if name not in self.chain and len(self.chain) < MAX_INCLUDE_DEPTH and self.includes <= MAX_INCLUDES:
            self.chain.append(name)
            yield from self.statements(self.read_include(name))
            self.chain.pop()


def _flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    for statement in statements:
        yield statement
        yield from _flat(statement.children or [])


def _scope(statements: Iterable[Statement], found: Configuration, subnet: str | None = None) -> None:
    for statement in statements:
        words, inner = statement.words, statement.children
        keyword = words[0].lower()
        if keyword == "lease-file-name" and len(words) > 1:
            found.lease_file = unquote(words[1])
        if inner is None:
            continue
        if keyword == "failover" and len(words) == 3:  # a fourth word: `state`, which is no declaration
            half = _half(unquote(words[2]), inner)
            found.halves[half.name] = half
        elif keyword == "key":
            key = _key(unquote(words[-1]), inner)
            if key:
                found.keys[key.name] = key
        elif keyword == "pool":
            found.pools.append(_pool(inner, subnet))
        elif keyword == "host":
            found.reservations.append(_reservation(unquote(words[-1]), inner))
        elif keyword == "subnet" and len(words) > 3:
            _scope(inner, found, _network(words[1:]))
        elif keyword in ("shared-network", "group"):
            _scope(inner, found, subnet)


def _half(name: str, statements: Iterable[Statement]) -> Half:
    role, values = "primary", {}
    for statement in statements:
        *label, value = statement.words
        if value.lower() in SIDES:
            role = value.lower()
        values[" ".join(dict.fromkeys(label)).lower()] = value  # dhcpd takes `peer peer`, too
    return Half(
        name,
        role,
        values.get("address"),
        int(values.get("port", 0)) or DEFAULT_PORT,
        values.get("peer address"),
        int(values.get("peer port", 0)) or DEFAULT_PORT,
        int(values["mclt"]) if "mclt" in values else None,
        max_response_delay=int(values.get("max-response-delay", 0)) or DEFAULT_MAX_RESPONSE_DELAY,
    )


def _key(name: str, statements: Iterable[Statement]) -> Key | None:
    # Without quotes, the padding of a secret looks like an operator and becomes a word of its own.
    found = {words[0].lower(): unquote("".join(words[1:])) for words in (statement.words for statement in statements)}
    if "secret" not in found:
        return None
    algorithm = found.get("algorithm", "hmac-md5").lower().split(".")[0]
    # dhcpd also accepts a secret without its padding.
    return Key(name, algorithm, base64.b64decode(found["secret"] + "=="))


def _addresses(words: Iterable[str]) -> list[int]:
    """The addresses among the words, as dhcpd reads them: zeros may lead, and blanks may stand around the dots."""
    found = _QUAD.findall(" ".join(words))
    return [int.from_bytes(bytes(int(octet.strip()) & 255 for octet in quad.split(".")), "big") for quad in found]


def _network(words: Iterable[str]) -> str | None:
    """`ADDRESS netmask MASK` with the prefix length, or with the mask if that has holes."""
    numbers = _addresses(words)
    if len(numbers) != 2:
        return None
    number, mask = numbers
    prefix = bin(mask).count("1")
    whole = mask == (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
    return f"{format_address(number & mask)}/{prefix if whole else format_address(mask)}"


def _pool(statements: Iterable[Statement], subnet: str | None) -> Pool:
    relationship = None
    ranges: list[Range] = []
    permits: set[str] = set()
    for statement in _flat(statements):
        words = statement.words
        keyword = words[0].lower()
        if [word.lower() for word in words[:2]] == ["failover", "peer"] and len(words) > 2:
            relationship = unquote(words[2])
        elif keyword == "range":
            ends = _addresses(words[1:])
            if ends:
                ranges.append(Range(min(ends), max(ends)))
        elif keyword in ("allow", "deny"):
            permits.add(f"{keyword} {permit(words[1:])}")
    return Pool(relationship, tuple(ranges), frozenset(permits), Scope(), subnet)


def _reservation(name: str, statements: Iterable[Statement]) -> Reservation:
    hardware = client_id = None
    addresses: list[int] = []
    for statement in statements:
        words = statement.words
        keyword = words[0].lower()
        if keyword == "hardware" and len(words) == 3:
            hardware = " ".join(words[1:]).lower()
        elif keyword == "fixed-address":
            addresses = _addresses(words[1:])
        elif [word.lower() for word in words[:2]] == ["option", "dhcp-client-identifier"] and len(words) == 3:
            client_id = words[2]
    return Reservation(name, hardware, client_id, tuple(addresses), Scope())
