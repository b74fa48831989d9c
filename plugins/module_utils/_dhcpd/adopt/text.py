# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Statements that stay text: how to write them, the names that they use, and why they stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement

# What no function's name is, though a parenthesis may follow.
_NO_FUNCTIONS = frozenset({"and", "case", "elsif", "eval", "if", "log", "match", "not", "or", "return", "switch"})
_TIGHT = re.compile(r"(?<=\() | (?=[),;])")
_REASONS = {
    "class": "a class",
    "define": "a function",
    "elsif": "a condition",
    "else": "a condition",
    "group": "a group",
    "host": "a reservation",
    "if": "a condition",
    "on": "an event",
    "option": "an option",
    "pool": "a pool",
    "range": "a range",
    "shared-network": "a shared network",
    "subclass": "a subclass",
    "subnet": "a subnet",
    "switch": "a condition",
    "zone": "a DNS zone",
}


def written(statements: Iterable[Statement], indent: str = "") -> str:
    """Statements as text in a new layout, without comments."""
    lines: list[str] = []
    for statement in statements:
        text = tight(" ".join(_spaced(statement.words)))
        if statement.children is None:
            lines.append(f"{indent}{text};")
        else:
            lines.append(f"{indent}{text} {{")
            if statement.children:
                lines.append(written(statement.children, f"{indent}    "))
            lines.append(f"{indent}}}")
    return "\n".join(lines)


def tight(text: str) -> str:
    """Joined words, without unusual blanks."""
    return _TIGHT.sub("", text)


def _spaced(words: Sequence[str]) -> Iterator[str]:
    """Words, with a function's name joined to its parenthesis."""
    position = 0
    while position < len(words):
        word = words[position]
        function = (
            words[position + 1 : position + 2] == ["("] and word[-1].isalnum() and word.lower() not in _NO_FUNCTIONS
        )
        yield f"{word}(" if function else word
        position += 2 if function else 1


def all_words(statements: Iterable[Statement]) -> Iterator[str]:
    """Every word of statements and of their blocks, in lower case."""
    waiting = list(statements)
    while waiting:
        statement = waiting.pop()
        yield from (word.lower() for word in statement.words)
        waiting.extend(statement.children or ())


def reason(statement: Statement) -> str:
    """The kind of a statement that no variable can express."""
    words, keyword = statement.words, statement.words[0].lower()
    if "=" in words and keyword not in _REASONS:
        return "an expression"
    if keyword == "option" and len(words) > 2:
        if words[1].lower() == "space":
            return "an option space"
        if words[2].lower() == "code":
            return "the definition of an option"
        if words[2] == "=":
            return "an expression"
        if "." in words[1]:
            return "an option of a space"
    return _REASONS.get(keyword, "no variable says it")


class Named(NamedTuple):
    """A definition or use of a name. around: the blocks around it, outermost first."""

    what: str  # "class", "subclass", "permit", "group", "member of a group"
    name: str
    around: tuple[str, ...]

    @property
    def gives(self) -> bool:
        """Whether others may use the name from here on."""
        return self.what in ("class", "group")

    @property
    def key(self) -> tuple[str, str]:
        return ("group" if "group" in self.what else "class", self.name)


def named(statement: Statement, around: tuple[str, ...] = ()) -> Iterator[Named]:
    """The classes and named groups that a statement declares, extends or uses, in the order of the text."""
    words, inner = statement.words, statement.children
    keyword = words[0].lower()
    block = inner is not None and len(words) == 2 and keyword in ("class", "group")
    if block or (keyword == "subclass" and len(words) > 1):
        yield Named(keyword, unquote(words[1]), around)
    elif keyword == "group" and inner is None and len(words) == 2:
        yield Named("member of a group", unquote(words[1]), around)
    elif keyword in ("allow", "deny") and [word.lower() for word in words[1:3]] == ["members", "of"]:
        yield Named("permit", unquote(words[-1]), around)
    if inner:
        inside = (*around, keyword)
        for child in inner:
            yield from named(child, inside)
