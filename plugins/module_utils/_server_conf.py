# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a server's own dhcpd.conf says, as far as it takes to ask the running daemon and to count its leases.

This runs on the managed host and uses the standard library only; a text that a daemon runs with is known to be a
configuration, so this looks for a few statements and judges nothing. The parser that judges is `_dhcpd_conf`.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._leases import BINDING_STATES, unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._omapi import Key

DEFAULT_OMAPI_PORT = 7911
_TOKEN = re.compile(r'#[^\n]*|"(?:[^"\\]|\\.)*"|[{};]|[^\s{};"#]+')


@dataclass(frozen=True)
class Half:
    """This server's declaration of a relationship. A half that states no side is a primary to dhcpd."""

    name: str
    role: str = "primary"
    mclt: int | None = None


@dataclass(frozen=True)
class Pool:
    """Addresses (numbers, both ends included) that belong to a relationship."""

    relationship: str
    subnet: str | None
    ranges: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def text(self) -> list[str]:
        """The ranges as people write them."""
        return ["-".join(dict.fromkeys((_address(first), _address(last)))) for first, last in self.ranges]


@dataclass
class Configuration:
    halves: dict[str, Half] = field(default_factory=dict)
    pools: list[Pool] = field(default_factory=list)
    omapi_port: int | None = None
    omapi_key: str | None = None
    keys: dict[str, Key] = field(default_factory=dict)

    @property
    def key(self) -> Key | None:
        """The key that OMAPI wants."""
        return self.keys.get(self.omapi_key) if self.omapi_key else None


def read_configuration(text: str, read_include: Callable[[str], str]) -> Configuration:
    """The statements that matter here, those of included files among them."""
    found = Configuration()
    _block(_statements(_tokens(text, read_include)), found)
    return found


def pool_finder(pools: Iterable[Pool]) -> Callable[[str], Pool | None]:
    """A function that tells the pool of an address, or None."""
    spans = sorted(((first, last, pool) for pool in pools for first, last in pool.ranges), key=lambda span: span[:2])
    starts = [first for first, _last, _pool in spans]

    def find(address: str) -> Pool | None:
        number = int(ipaddress.IPv4Address(address))
        at = bisect_right(starts, number) - 1
        return spans[at][2] if at >= 0 and number <= spans[at][1] else None

    return find


def balance(pools: Iterable[Pool], states: Mapping[str, str]) -> list[dict[str, int]]:
    """For each pool, how many addresses are in which state; one that the database never mentions is free."""
    pools = list(pools)
    counts = {id(pool): dict.fromkeys(BINDING_STATES, 0) for pool in pools}
    find = pool_finder(pools)
    for address, state in states.items():
        pool = find(address)
        if pool:
            count = counts[id(pool)]
            count[state] = count.get(state, 0) + 1
    for pool in pools:
        count = counts[id(pool)]
        count["free"] += pool.size - sum(count.values())
        count["total"] = pool.size
    return [counts[id(pool)] for pool in pools]


def _address(number: int) -> str:
    return str(ipaddress.IPv4Address(number))


def _tokens(text: str, read_include: Callable[[str], str], depth: int = 0) -> Iterator[str]:
    words = (word for word in _TOKEN.findall(text) if not word.startswith("#"))
    for word in words:
        if word != "include" or depth > 10:
            yield word
            continue
        name = next(words, "")
        yield from _tokens(read_include(unquote(name)), read_include, depth + 1)
        next(words, None)  # its semicolon


# A statement is its words; one that opens a block comes with the statements inside.
_Statement = tuple[list[str], "Iterator[_Statement] | None"]


def _statements(tokens: Iterator[str]) -> Iterator[_Statement]:
    """The statements up to the end of the block. Each inner block must be used up before the next statement."""
    words: list[str] = []
    for word in tokens:
        if word == "}":
            return
        if word == ";":
            if words:
                yield words, None
            words = []
        elif word == "{":
            inner = _statements(tokens)
            yield words, inner
            for _rest in _flat(inner):
                pass
            words = []
        else:
            words.append(word)


def _flat(statements: Iterator[_Statement]) -> Iterator[list[str]]:
    for words, inner in statements:
        if words:
            yield words
        if inner is not None:
            yield from _flat(inner)


def _block(statements: Iterator[_Statement], found: Configuration, subnet: str | None = None) -> None:
    for words, inner in statements:
        if inner is None:
            if words[0] == "omapi-port" and len(words) > 1:
                found.omapi_port = int(words[1])
            elif words[0] == "omapi-key" and len(words) > 1:
                found.omapi_key = unquote(words[1])
        elif words[:2] == ["failover", "peer"] and len(words) > 2:
            half = _half(unquote(words[2]), inner)
            found.halves[half.name] = half
        elif words[:1] == ["key"] and len(words) > 1:
            key = _key(unquote(words[1]), inner)
            if key:
                found.keys[key.name] = key
        elif words[:1] == ["pool"]:
            pool = _pool(inner, subnet)
            if pool:
                found.pools.append(pool)
        elif words[:1] == ["subnet"] and len(words) > 3:
            _block(inner, found, str(ipaddress.IPv4Network(f"{words[1]}/{words[3]}", strict=False)))
        elif words[:1] in (["shared-network"], ["group"]):
            _block(inner, found, subnet)


def _half(name: str, statements: Iterator[_Statement]) -> Half:
    role, mclt = "primary", None
    for words in _flat(statements):
        if words[0] in ("primary", "secondary"):
            role = words[0]
        elif words[0] == "mclt" and len(words) > 1:
            mclt = int(words[1])
    return Half(name, role, mclt)


def _key(name: str, statements: Iterator[_Statement]) -> Key | None:
    found = {words[0]: unquote(words[1]) for words in _flat(statements) if len(words) > 1}
    if "secret" not in found:
        return None
    algorithm = found.get("algorithm", "hmac-md5").lower().split(".")[0]
    return Key(name, algorithm, base64.b64decode(found["secret"]))


def _pool(statements: Iterator[_Statement], subnet: str | None) -> Pool | None:
    relationship = None
    ranges: list[tuple[int, int]] = []
    for words in _flat(statements):
        if words[:2] == ["failover", "peer"] and len(words) > 2:
            relationship = unquote(words[2])
        elif words[0] == "range":
            ends = [int(ipaddress.IPv4Address(word)) for word in words[1:] if word[0].isdigit()]
            if ends:
                ranges.append((min(ends), max(ends)))
    return Pool(relationship, subnet, tuple(ranges)) if relationship is not None else None
