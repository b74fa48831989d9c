# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Kea's tests as the declaration's expressions, where these can say it. `classes.py` goes the other way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import AGENT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.options import name_of_code
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import CODES, OPTIONS, Option

_TOKEN = re.compile(r"\s*('[^'\n]*'|0[xX][0-9a-fA-F]+|[0-9]+|==|[()\[\],.]|[A-Za-z_][\w-]*|\S)")
_SUB_OPTIONS: Mapping[int, str] = {code: name for name, code in AGENT.items()}
_HARDWARE = "hardware"
_ETHERNET = "01"
# A part of a test: what it is, and its parts or values.
Part = tuple[Any, ...]


class _UnknownError(Exception):
    """The test has something that no expression of the declaration says."""


def match_of(test: str, definitions: Mapping[int, Option]) -> str | None:
    """The `match` of a class with this test; None if there is none. definitions: the text's own options, by number."""
    try:
        return f"if {_match(_Parser(test, definitions).whole(), definitions)}"
    except _UnknownError:
        return None


def normal(test: str, definitions: Mapping[int, Option]) -> str:
    """One spelling for equal tests; one that is not understood stays as it is."""
    try:
        return repr(_Parser(test, definitions).whole())
    except _UnknownError:
        return test


class _Parser:
    """Reads one test: `or` binds less than `and`, and `not` most."""

    def __init__(self, test: str, definitions: Mapping[int, Option]) -> None:
        self.words = _TOKEN.findall(test)
        self.codes = {**CODES, **{option.name: code for code, option in definitions.items()}}
        self.at = 0

    @property
    def word(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *expected: str) -> str:
        word = self.word
        if not word or (expected and word not in expected):
            raise _UnknownError
        self.at += 1
        return word

    def number(self) -> int:
        word = self.take()
        if not word.isdigit():
            raise _UnknownError
        return int(word)

    def whole(self) -> Part:
        found = self.any_of()
        if self.word:
            raise _UnknownError
        return found

    def any_of(self) -> Part:
        return self.joined("or", self.all_of)

    def all_of(self) -> Part:
        return self.joined("and", self.one)

    def joined(self, operator: str, inner: Callable[[], Part]) -> Part:
        parts = [inner()]
        while self.word == operator:
            self.take()
            parts.append(inner())
        if len(parts) == 1:
            return parts[0]
        # Parentheses around a part of the same kind say nothing.
        flat = [each for part in parts for each in (part[1:] if part[0] == operator else (part,))]
        return (operator, *flat)

    def one(self) -> Part:
        if self.word == "not":
            self.take()
            return _opposite(self.one())
        if self.word == "(":
            self.take()
            found = self.any_of()
            self.take(")")
            return found
        left = self.data()
        if left[0] == "exists":
            return left
        self.take("==")
        right = self.data()
        if right[0] == "exists":
            raise _UnknownError
        return ("=", left, right)

    def data(self) -> Part:
        word = self.take()
        if word[0] == "'" and word[-1] == "'":
            return ("text", word[1:-1].encode("utf-8", "surrogateescape"))
        if word[:2].lower() == "0x":
            digits = word[2:]
            return ("text", bytes.fromhex("0" * (len(digits) % 2) + digits))
        if word == "substring":
            self.take("(")
            inner = self.data()
            self.take(",")
            start = self.number()
            self.take(",")
            length = self.number()
            self.take(")")
            if inner[0] == "exists":
                raise _UnknownError
            return ("substring", inner, start, length)
        if word == "pkt4":
            self.take(".")
            self.take("mac")
            return (_HARDWARE,)
        if word not in ("option", "relay4"):
            raise _UnknownError
        self.take("[")
        name = self.take()
        self.take("]")
        self.take(".")
        known = self.codes.get(name, self.codes.get(name.replace("_", "-"))) if word == "option" else None
        code = int(name) if name.isdigit() else known
        what = self.take("hex", "text", "exists")
        if code is None or (what == "text" and not (code in OPTIONS and OPTIONS[code].fields == ("string",))):
            raise _UnknownError  # the text of other options is not their octets
        return ("exists" if what == "exists" else "option", word, code)


def _opposite(part: Part) -> Part:
    inner: Part = part[1] if part[0] == "not" else ("not", part)
    return inner


def _match(part: Part, definitions: Mapping[int, Option]) -> str:
    """A part in the declaration's words."""
    kind, *rest = part
    if kind in ("and", "or"):
        shown = [_match(inner, definitions) for inner in rest]
        return f" {kind} ".join(f"({text})" for text in shown)
    if kind == "not":
        return f"not ({_match(rest[0], definitions)})"
    if kind == "exists":
        return f"exists {_option(rest[0], rest[1], definitions)}"
    if kind == "=":
        left, right = rest
        if left == (_HARDWARE,) and right[0] == "text":
            return f"hardware = {_ETHERNET}:{right[1].hex(':')}"
        return f"{_data(left, definitions)} = {_data(right, definitions)}"
    raise _UnknownError


def _data(part: Part, definitions: Mapping[int, Option]) -> str:
    kind, *rest = part
    if kind == "text":
        (octets,) = rest
        if octets and all(0x20 <= octet <= 0x7E for octet in octets) and not {*b'"\\'}.intersection(octets):
            return f'"{octets.decode()}"'
        if len(octets) < 2:
            raise _UnknownError
        return str(octets.hex(":"))
    if kind == "substring":
        inner, start, length = rest
        # dhcpd counts the octet of the hardware's type.
        return f"substring({_data(inner, definitions)}, {start + (inner == (_HARDWARE,))}, {length})"
    if kind == "option":
        return f"option {_option(rest[0], rest[1], definitions)}"
    return str(kind)


def _option(kind: str, code: int, definitions: Mapping[int, Option]) -> str:
    if kind == "option":
        return name_of_code(code, definitions)
    if code not in _SUB_OPTIONS:
        raise _UnknownError
    return _SUB_OPTIONS[code]
