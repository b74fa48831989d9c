# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The words of one statement as dhcpd tells them apart, and what it says to those that it does not expect.

dhcpd knows strings, numbers, names, names that could be hexadecimal numbers, and single characters. Some names are
its own: where it expects the name of a variable, it accepts none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.tokens import RESERVED

# What a token is: its lower-case text for words of dhcpd's own, the character for single ones, or one of these.
STRING, NUMBER, HEX, NAME = '"', "0", "h", "a"

# The longest of any kind, in bytes.
MAX_TOKEN = 1499
MAX_SHOWN = 60

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[A-Za-z0-9-][A-Za-z0-9_-]*|[^ \t\n\v\f\r]', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+|-")  # a hyphen alone is a number to dhcpd, which therefore cannot subtract
_HEX = re.compile(r"-?[0-9a-fA-F]+|[A-Za-z][0-9a-fA-F]*|0[xX][0-9a-fA-F]+")
# What may follow a backslash in a string. A backslash before any other character stands for that character.
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|x(?P<hex>)|[0-3][0-7]{2}|[0-3](?P<octal>)|.)", re.DOTALL)

_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))", re.DOTALL)
_CONTROLS = {b"t": b"\t", b"r": b"\r", b"n": b"\n", b"b": b"\b"}


class DhcpdError(Exception):
    """What dhcpd rejects: `reason` completes the sentence "dhcpd rejects X: ...", `hint` is the remedy."""

    def __init__(self, reason: str, hint: str = "", slug: str = "syntax") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.slug = slug
        self.name = ""  # what is not defined, if that is the reason


def shown(text: str) -> str:
    """A piece of somebody's text in a message."""
    text = " ".join(text.split())
    return f"`{text}`" if len(text) <= MAX_SHOWN else f"`{text[:MAX_SHOWN]}...`"


def kind_of(text: str) -> str:
    """What dhcpd takes a token for."""
    first = text[0]
    if first == '"':
        return STRING
    if first.isascii() and (first.isalnum() or first == "-"):
        if _NUMBER.fullmatch(text):
            return NUMBER
        lower = text.lower()
        if lower in RESERVED:
            return lower
        return HEX if _HEX.fullmatch(text) else NAME
    return first


def is_identifier(kind: str) -> bool:
    """Whether dhcpd takes this where it expects any name, its own words among them."""
    return len(kind) > 1 or kind in (NAME, HEX)


def is_variable(kind: str) -> bool:
    """Whether dhcpd takes this as the name of a variable."""
    return kind in (NAME, HEX)


def string_fault(text: str) -> DhcpdError | None:
    """What is wrong with a string, quotes included."""
    if len(text) < 2 or text[-1] != '"':
        return DhcpdError("a string is not closed", 'Add the closing quote (").')
    if "\\" in text:
        for found in _ESCAPE.finditer(text):
            if found["hex"] is not None:
                return DhcpdError(
                    rf"{found[0]} is not followed by two hexadecimal digits", "Write, for instance, \\x0a."
                )
            if found["octal"] is not None:
                return DhcpdError(
                    rf"{found[0]} is not followed by two more octal digits", "Write, for instance, \\012."
                )
    if len(text) > MAX_TOKEN // 4 and len(text.encode("utf-8", "replace")) > MAX_TOKEN + 2:
        return DhcpdError(f"a string is longer than {MAX_TOKEN} bytes", "Shorten it.")
    return None


def unescaped(text: str) -> str:
    """What is inside of a string as dhcpd would send it."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(_octet, text.encode("utf-8", "replace")).decode("utf-8", "backslashreplace")


def _octet(found: re.Match[bytes]) -> bytes:
    hexadecimal, octal, char = found.groups()
    if char is not None:
        return _CONTROLS.get(char, bytes(char))
    return bytes([int(hexadecimal, 16) if octal is None else int(octal, 8)])


def quoted(text: str) -> str:
    """Text as a string, in one spelling."""
    text = text.replace("\\", "\\\\").replace('"', '\\"') if "\\" in text or '"' in text else text
    return f'"{text}"'


def one_spelling(word: str) -> str:
    """A string with its escapes resolved, but for quotes and backslashes."""
    return quoted(unescaped(word[1:-1])) if "\\" in word else word


class Tokens:
    """The tokens of one statement, and the mark that ends it: a semicolon, or the brace of its block."""

    __slots__ = ("at", "glued", "kinds", "texts")

    def __init__(self, words: Sequence[str], mark: str = ";") -> None:
        self.texts: list[str] = []
        self.glued: list[bool] = []  # whether nothing stands between a token and the one before it
        for word in words:
            pieces = [word] if word[:1] == '"' else _TOKEN.findall(word)
            self.texts += pieces
            self.glued += [False, *[True] * (len(pieces) - 1)][: len(pieces)]
        self.kinds = [kind_of(text) for text in self.texts]
        self.texts.append(mark)
        self.kinds.append(mark)
        self.glued.append(False)
        self.at = 0
        for text in self.texts:
            fault = string_fault(text) if text[0] == '"' else None
            if fault:
                raise fault
            if len(text) > MAX_TOKEN and text[0] != '"':
                raise DhcpdError(f"a word is longer than {MAX_TOKEN} characters", "Shorten it.")

    @property
    def kind(self) -> str:
        """What comes next. Behind the end there is nothing but the end."""
        return self.kinds[self.at]

    @property
    def text(self) -> str:
        return self.texts[self.at]

    def take(self) -> str:
        """Take the next token and return its text; the mark at the end stays."""
        text = self.texts[self.at]
        if self.at < len(self.texts) - 1:
            self.at += 1
        return text

    def accept(self, kind: str) -> bool:
        """Take the next token if it is this."""
        if self.kinds[self.at] != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str, what: str = "", hint: str = "") -> str:
        """Take the next token, which must be this."""
        if self.kinds[self.at] != kind:
            raise self.unexpected(what or f"`{kind}`", hint)
        return self.take()

    @property
    def done(self) -> bool:
        return self.at >= len(self.texts) - 1

    def end(self, hint: str = "") -> None:
        """Nothing may follow, and a semicolon ends the statement."""
        if not self.done:
            before = self.texts[self.at - 1] if self.at else ""
            raise DhcpdError(
                f"{shown(self.text)} follows" + (f" after {shown(before)}" if before else "") + ", where it must end",
                hint or "Is a semicolon missing?",
            )
        if self.kind != ";":
            raise DhcpdError("it has no block", "Is a semicolon missing after it?")

    def unexpected(self, wanted: str, hint: str = "") -> DhcpdError:
        """Something else was wanted here."""
        ends = "it ends" if self.kind == ";" else "its block begins"
        text = ends if self.done else f"{shown(self.text)} stands"
        return DhcpdError(f"{text} where dhcpd expects {wanted}", hint)
