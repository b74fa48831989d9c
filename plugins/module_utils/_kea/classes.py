# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Which clients: the declaration's expressions and permits as Kea's tests.

A pool of Kea has one guard, the name of a class. Permits that need more get a class of their own, whose name says
what it admits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.guards import HA, KNOWN, PERMITS, UNKNOWN
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.options import (
    UntranslatableError,
    code_and_format,
    octets_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ALLOW_BOOTP, DENY_BOOTP

# Classes that Kea has by itself.
BUILT_IN = frozenset({"ALL", "BOOTP", "DROP", KNOWN, UNKNOWN, "SKIP_DDNS"})
_BUILT_IN_PREFIXES = ("AFTER_", "EXTERNAL_", "HA_", "SPAWN_", "VENDOR_CLASS_")
# The class of clients that a reservation only makes known: Kea 2.2 refuses a reservation of nothing.
RESERVED = "reserved"

_WORD = re.compile(r'\s*("[^"\\]*(?:\\.[^"\\]*)*"|[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+|!=|~=|~~|[\w.-]+|.)')
AGENT = {"agent.circuit-id": 1, "agent.remote-id": 2, "agent.link-selection": 5}
_PLAIN = re.compile(r"[ -&(-~]*")
_MEMBER = re.compile(r'members of "(.*)"', re.DOTALL)
_ETHERNET = "01"


def built_in(name: str) -> bool:
    """Whether Kea has this class by itself, or makes it for a client."""
    return name in BUILT_IN or name.startswith(_BUILT_IN_PREFIXES)


def member(name: str) -> str:
    """The test for membership of a class."""
    if "'" in name or not name.isprintable():
        raise UntranslatableError(f"The name {name!r} cannot stand in a test of Kea.", "Give the class another name.")
    return f"member('{name}')"


# --- expressions -----------------------------------------------------------------------------------------------------


class _Term(NamedTuple):
    """kind: "test", "data", "hardware" or "number"."""

    kind: str
    text: str
    octets: bytes = b""
    atom: bool = True
    operator: str = ""


def test_of(match: str, definitions: Mapping[str, Sequence[str]]) -> str:
    """Kea's test for a `match if` of the declaration, in dhcpd's one spelling."""
    return _Translation(match, definitions).whole("test").text


def test_of_values(match: str, values: Iterable[str], definitions: Mapping[str, Sequence[str]]) -> str:
    """Kea's test for a `match` with the values of its subclasses."""
    data = _Translation(match, definitions).whole("data")
    tests = [_compared(data, _literal(octets_of(value))) for value in sorted(values)]
    return " or ".join(f"({test})" if len(tests) > 1 else test for test in tests)


def _literal(octets: bytes) -> _Term:
    text = octets.decode("ascii", "replace")
    plain = octets and _PLAIN.fullmatch(text)
    return _Term("data", f"'{text}'" if plain else f"0x{octets.hex()}", octets)


def _compared(one: _Term, other: _Term) -> str:
    if one.kind == "hardware" or other.kind == "hardware":
        hardware, value = (one, other) if one.kind == "hardware" else (other, one)
        if not value.octets:
            raise UntranslatableError("Kea compares `hardware` only with octets.", "Compare it with octets.")
        if value.octets[:1].hex() != _ETHERNET:
            raise UntranslatableError("The class is about hardware other than Ethernet.", "Reserve by client_id.")
        return f"{hardware.text} == 0x{value.octets[1:].hex()}"
    return f"{one.text} == {other.text}"


class _Translation:
    """Translates one expression. Its text is dhcpd's one spelling: mixed operators are in parentheses."""

    def __init__(self, text: str, definitions: Mapping[str, Sequence[str]]) -> None:
        self.text = text
        self.definitions = definitions
        self.words = _WORD.findall(text)
        self.at = 0

    @property
    def word(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        word = self.word
        self.at += 1
        return word

    def expect(self, mark: str) -> None:
        if self.take() != mark:
            raise self.unknown()

    def unknown(self) -> UntranslatableError:
        return UntranslatableError(
            f"`{self.text}` is an expression that has no translation.",
            "Use comparisons of `option NAME`, `substring(option NAME, FROM, LENGTH)` or `hardware` with a value, "
            "`exists NAME`, `and`, `or` and `not`.",
        )

    def whole(self, kind: str) -> _Term:
        if self.word == "if":
            self.take()
            if kind != "test":
                raise self.unknown()
        elif kind == "test":
            raise self.unknown()
        found = self.expression()
        if self.word or (found.kind == "test") != (kind == "test"):
            raise self.unknown()
        return found

    def expression(self) -> _Term:
        left = self.operand()
        while self.word in ("=", "!=", "and", "or"):
            operator = self.take()
            right = self.operand()
            if operator in ("and", "or"):
                if left.kind != "test" or right.kind != "test":
                    raise self.unknown()
                left = _Term(
                    "test",
                    f"{self.inner(left, operator)} {operator} {self.inner(right)}",
                    atom=False,
                    operator=operator,
                )
            else:
                if "test" in (left.kind, right.kind) or "number" in (left.kind, right.kind):
                    raise self.unknown()
                text = _compared(left, right)
                left = _Term("test", f"not ({text})" if operator == "!=" else text, atom=operator == "=")
        return left

    @staticmethod
    def inner(term: _Term, operator: str = "") -> str:
        """A part of a larger test. Parts of one operator stay side by side."""
        alike = operator and f" {operator} " in term.text and "(" not in term.text
        return term.text if term.atom or alike else f"({term.text})"

    def operand(self) -> _Term:
        word = self.take()
        if word == "(":
            found = self.expression()
            self.expect(")")
            return found
        if word == "not":
            found = self.operand()
            if found.kind != "test":
                raise self.unknown()
            if found.operator == "and":
                raise UntranslatableError(
                    f"dhcpd takes the `not` before an `and` in `{self.text}` for no, if the first part is not true.",
                    "Write `not A or not B` for `not (A and B)`.",
                )
            return _Term("test", f"not ({found.text})", atom=False)
        if word == "known":
            raise UntranslatableError(
                "In dhcpd `known` is never true in a class, because it looks for reservations later.",
                "Allow or deny known-clients in pools.",
            )
        if word == "exists":
            return _Term("test", f"{self.option(self.take())}.exists")
        if word == "option":
            return _Term("data", f"{self.option(self.take())}.hex")
        if word == "hardware":
            return _Term("hardware", "pkt4.mac")
        if word == "substring":
            return self.substring()
        if word[:1] == '"':
            return _literal(word[1:-1].replace('\\"', '"').replace("\\\\", "\\").encode("utf-8", "surrogateescape"))
        if ":" in word:
            return _literal(octets_of(word))
        if word.isdigit():
            return _Term("number", word)
        raise self.unknown()

    def substring(self) -> _Term:
        self.expect("(")
        data = self.expression()
        numbers = []
        for _time in range(2):
            self.expect(",")
            numbers.append(self.operand())
        self.expect(")")
        if data.kind == "hardware" and numbers[0].text != "0":
            # dhcpd counts the octet of the type, which Kea does not have.
            data = _Term("data", data.text)
            numbers[0] = _Term("number", str(int(numbers[0].text) - 1))
        if data.kind != "data" or any(number.kind != "number" for number in numbers):
            raise self.unknown()
        return _Term("data", f"substring({data.text}, {numbers[0].text}, {numbers[1].text})")

    def option(self, name: str) -> str:
        if name in AGENT:
            return f"relay4[{AGENT[name]}]"
        return f"option[{code_and_format(name, self.definitions)[0]}]"


# --- permits ---------------------------------------------------------------------------------------------------------


class Guard(NamedTuple):
    """The guard of a pool. test: of the class of this name, if it must be made."""

    name: str
    test: str = ""


def guard_of(permits: Collection[str], half: str = "") -> Guard | None:
    """The guard that admits the clients that these permits do; None if they admit all.

    half: the peer whose clients alone use the pool, in load balancing.
    """
    allow = _classes(permits, "allow")
    deny = _classes(permits, "deny")
    if half:
        own = f"{HA}{half}"
        if not allow and not deny:
            return Guard(own)
        inner = _test(allow, deny)
        return Guard(_name(permits, half), f"{member(own)} and ({inner})")
    if not allow and not deny:
        return None
    if len(allow) == 1 and not deny:
        return Guard(allow[0])
    opposite = {KNOWN: UNKNOWN, UNKNOWN: KNOWN}
    if not allow and len(deny) == 1 and deny[0] in opposite:
        return Guard(opposite[deny[0]])
    return Guard(_name(permits), _test(allow, deny))


def _name(permits: Collection[str], half: str = "") -> str:
    stated = sorted(permit for permit in permits if permit != DENY_BOOTP)
    return f"{PERMITS}{'; '.join(stated)}" + (f" ({half})" if half else "")


def _test(allow: Sequence[str], deny: Sequence[str]) -> str:
    parts = []
    if allow:
        text = " or ".join(map(member, allow))
        parts.append(f"({text})" if deny and len(allow) > 1 else text)
    parts += [f"not {member(name)}" for name in deny]
    return " and ".join(parts)


def _classes(permits: Collection[str], keyword: str) -> list[str]:
    """The classes that permits of a kind name."""
    found = []
    for permit in sorted(permits):
        word, _blank, what = permit.partition(" ")
        if word != keyword or permit == DENY_BOOTP:
            continue
        if permit == ALLOW_BOOTP:
            raise UntranslatableError(
                f"Kea has no counterpart for `{permit}`.", "Remove it; Kea serves no BOOTP clients."
            )
        named = _MEMBER.fullmatch(what)
        if named:
            found.append(named[1])
        elif what in ("known-clients", "unknown-clients"):
            found.append(KNOWN if what == "known-clients" else UNKNOWN)
        elif permit == "allow all clients":
            found.append("ALL")
        else:
            raise UntranslatableError(f"Kea has no counterpart for `{permit}`.", "Permit the members of a class.")
    return found
