# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text of a kea-dhcp4.conf as a tree: JSON with comments, trailing commas and included files.

The standard library reads text without faults; the places of objects are found afterwards. Anything else goes through
a reader of our own, which goes on after a fault, so that one run shows several.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

# Real configurations are never nested so deep.
MAX_DEPTH = 64
# Kea's own limit.
MAX_INCLUDE_DEPTH = 10
# The most characters that may come from included files: these could double the text at each step.
MAX_INCLUDED = 1 << 24
# More findings say nothing new about one text.
MAX_PROBLEMS = 20
_MAX_SHOWN = 60

_STRING = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?')
_MARK = re.compile(r"#|//|/\*|<\?")
_INCLUDE = re.compile(r'<\?\s*include\s*"([^"\n]+)"\s*\?>')
_LINE_END = re.compile(r"[^\n]*")
_NOT_LINE_END = re.compile(r"[^\n]")
_BRACE = re.compile(r"[{}]")
_STRING_OR_BRACE = re.compile(rf"{_STRING.pattern}|[{{}}]")
_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<string>" + _STRING.pattern + r")|(?P<mark>[{}\[\],:])|(?P<number>[-+]?[0-9.][0-9.eE+-]*)"
    r"|(?P<word>[^\W\d][\w-]*)|(?P<other>[^ \t\r\n]))",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f]")
# Kea takes no other characters by number.
_BEYOND_LATIN = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*?\\u(?!00)')
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
_CLOSES = {"{": "}", "[": "]"}
# Stands for the text of an included file that was not given.
_ABSENT = "\0"


class Node(dict[str, Any]):
    """An object of the text. line: where it begins in the server's own text. place: where, in an included file."""

    __slots__ = ("line", "place")
    line: int | None
    place: str

    def __init__(self, members: Any = (), line: int | None = None, place: str = "") -> None:
        super().__init__(members)
        self.line = line
        self.place = place


class Problem(NamedTuple):
    """Something wrong with the text itself. place: in an included file."""

    slug: str
    line: int | None
    place: str
    message: str
    hint: str
    warning: bool = False


class Document(NamedTuple):
    """root: None if nothing could be read."""

    root: Node | None
    problems: list[Problem]


def parse(text: str, includes: Mapping[str, str]) -> Document:
    """The tree of a configuration, and what is wrong with its text. includes: texts of included files, by name."""
    flat = _Flat(includes)
    flat.add(_Source(text), ())
    flat.end()
    root = _read(flat)
    if root is None:
        root = _Reader(flat).read()
    if "\\u" in flat.text:
        found = _BEYOND_LATIN.search(flat.text)
        if found:
            hint = "Write the character itself."
            flat.problem(flat.place(found.end() - 2), "Kea refuses a character given by a number above 00ff.", hint)
    return Document(root, flat.problems)


# --- comments and included files ------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Source:
    """A text. name: of the included file; line: of the main text, where it is included."""

    text: str
    name: str = ""
    line: int | None = None

    @cached_property
    def ends(self) -> list[int]:
        return [found.start() for found in re.finditer("\n", self.text)]

    def place(self, offset: int) -> tuple[int | None, str]:
        """The line in the server's own text, and where in an included file."""
        line = bisect_right(self.ends, offset - 1) + 1 if offset else 1
        return (self.line, f'file "{self.name}" line {line}') if self.name else (line, "")


class _Piece(NamedTuple):
    """Where a part of the flat text comes from."""

    start: int
    source: _Source
    offset: int


class _Flat:
    """The text without comments, and with the included files in their places. Offsets stay, because blanks replace
    what is left out.
    """

    def __init__(self, includes: Mapping[str, str]) -> None:
        self.includes = includes
        self.problems: list[Problem] = []
        self.text = ""
        self.absent: set[int] = set()
        self._parts: list[str] = []
        self._pieces: list[_Piece] = []
        self._length = 0
        self._included = 0

    def problem(self, at: tuple[int | None, str], message: str, hint: str, slug: str = "syntax") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(slug, *at, message, hint, slug in ("include-missing", "not-checked")))

    def place(self, offset: int) -> tuple[int | None, str]:
        piece = self._pieces[max(bisect_right(self._starts, offset) - 1, 0)]
        return piece.source.place(piece.offset + offset - piece.start)

    @property
    def line_ends(self) -> list[int] | None:
        """The ends of the lines, if all of the text is the server's own."""
        first = self._pieces[0].source
        alone = all(piece.source is first and piece.start == piece.offset for piece in self._pieces)
        return first.ends if alone else None

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self._pieces]

    def end(self) -> None:
        self.text = "".join(self._parts)

    def _take(self, source: _Source, start: int, stop: int) -> None:
        if start < stop:
            self._pieces.append(_Piece(self._length, source, start))
            self._parts.append(source.text[start:stop])
            self._length += stop - start

    def _put(self, text: str, source: _Source, offset: int) -> None:
        self._pieces.append(_Piece(self._length, source, offset))
        self._parts.append(text)
        self._length += len(text)

    def add(self, source: _Source, chain: tuple[str, ...]) -> None:
        """Add a text. chain: the names of the files that include it, and its own."""
        text = source.text
        taken = scanned = 0  # up to where the text is taken, and known to be outside strings
        while True:
            found = _MARK.search(text, scanned)
            if found is None:
                break
            start = found.start()
            # No string goes on in the next line.
            scanned = max(scanned, text.rfind("\n", scanned, start) + 1)
            inside = _string_over(text, scanned, start)
            if inside:
                scanned = inside
                continue
            self._take(source, taken, start)
            taken = scanned = self._left_out(source, start, found[0], chain)
        self._take(source, taken, len(text))
        if not self._pieces:
            self._put("", source, 0)

    def _left_out(self, source: _Source, start: int, mark: str, chain: tuple[str, ...]) -> int:
        """Take a comment or a directive; return its end."""
        text = source.text
        if mark == "<?":
            return self._directive(source, start, chain)
        if mark == "/*":
            end = text.find("*/", start + 2)
            if end < 0:
                self.problem(source.place(start), "The comment that begins here has no end.", "Write */ after it.")
                end = len(text)
            end = min(end + 2, len(text))
        else:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
        self._put(_NOT_LINE_END.sub(" ", text[start:end]), source, start)
        return end

    def _directive(self, source: _Source, start: int, chain: tuple[str, ...]) -> int:
        found = _INCLUDE.match(source.text, start)
        at = source.place(start)
        if found is None:
            self.problem(at, "This is no directive that Kea knows.", 'Write <?include "FILE"?>.')
            return start + 2
        name = found[1]
        text = self.includes.get(name)
        if text is None:
            self.problem(
                at,
                f'The included file "{name}" was not given, so what it would add is not checked.',
                f'Give its text in `includes`, under "{name}".',
                "include-missing",
            )
        elif name in chain:
            self.problem(at, f'The file "{name}" includes itself without end.', "Remove this include.")
        elif len(chain) > MAX_INCLUDE_DEPTH:
            self.problem(at, "Files are included more deeply than Kea allows.", "Include them in one place.")
        elif self._included + len(text) > MAX_INCLUDED:
            self.problem(at, "Too much text is included.", "The rest is not checked.", "not-checked")
        else:
            self._included += len(text)
            self.add(_Source(text, name, source.line if source.name else at[0]), (*chain, name))
            return found.end()
        self.absent.add(self._length)
        self._put(_ABSENT, source, start)
        return found.end()


def _string_over(text: str, start: int, offset: int) -> int:
    """The end of the string around an offset; 0 if it is in none. start: outside strings."""
    while True:
        quote = text.find('"', start, offset)
        if quote < 0:
            return 0
        found = _STRING.match(text, quote)
        start = found.end() if found else quote + 1
        if start > offset:
            return start


# --- text without faults --------------------------------------------------------------------------------------------


class _UnreadableError(ValueError):
    """The standard library does not read this text as Kea does."""


def _read(flat: _Flat) -> Node | None:
    """The tree of a text without faults; None for any other."""
    nodes: list[Node] = []

    def node(members: list[tuple[str, Any]]) -> Node:
        made = Node(members)
        if len(made) != len(members):
            raise _UnreadableError
        nodes.append(made)
        return made

    if flat.absent:
        return None
    try:
        root = json.loads(flat.text, object_pairs_hook=node, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(root, Node):
        return None
    starts = _openings(flat.text, len(nodes))
    ends = flat.line_ends
    for made, start in zip(nodes, starts):
        if ends is not None:
            made.line = bisect_left(ends, start) + 1
        else:
            made.line, made.place = flat.place(start)
    return root


def _no_constant(_name: str) -> NoReturn:
    raise _UnreadableError


def _openings(text: str, number: int) -> Iterator[int]:
    """Where the objects begin, in the order in which they end."""
    plain = text.count("{") == number == text.count("}")  # no string has a brace
    opened: list[int] = []
    for found in (_BRACE if plain else _STRING_OR_BRACE).finditer(text):
        mark = found[0]
        if mark == "{":
            opened.append(found.start())
        elif mark == "}":
            yield opened.pop()


# --- any text --------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    """kind: "string", "number", "word", "other", "absent", "end", or the mark itself."""

    kind: str
    text: str
    start: int


class _TooDeepError(Exception):
    """The text is nested too deeply."""


@dataclass(eq=False)
class _Reader:
    """Reads a text with faults: reports each, and goes on where the text makes sense again."""

    flat: _Flat
    tokens: Sequence[_Token] = ()
    at: int = 0
    depth: int = 0
    open: list[_Token] = field(default_factory=list)

    def read(self) -> Node | None:
        self.tokens = list(self._tokens())
        if self.token.kind != "{":
            self.wrong(self.token, "This text is no Kea configuration: it does not begin with {.", "Give its JSON.")
            return None
        try:
            root: Node = self.value()
        except _TooDeepError:
            self.flat.problem((1, ""), f"Objects are nested more than {MAX_DEPTH} deep.", "Not checked.", "not-checked")
            return None
        if self.token.kind != "end":
            self.wrong(self.token, f"{self.shown} follows the configuration's last }}.", "Is there a } too many?")
        return root

    def _tokens(self) -> Iterator[_Token]:
        # Blanks that nothing follows would be tried from each of them.
        text = self.flat.text.rstrip(" \t\r\n")
        for found in _TOKEN.finditer(text):
            kind = str(found.lastgroup)
            start = found.start(kind)
            if kind == "mark":
                kind = found[kind]
            elif kind == "other" and start in self.flat.absent:
                kind = "absent"
            yield _Token(kind, found[str(found.lastgroup)], start)
        yield _Token("end", "", len(text))

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    @property
    def shown(self) -> str:
        token = self.token
        if token.kind == "end":
            return "the end"
        text = token.text if token.text.isprintable() else ascii(token.text)[1:-1]
        return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."

    def wrong(self, token: _Token, message: str, hint: str) -> None:
        self.flat.problem(self.flat.place(token.start), message, hint)

    def take(self) -> _Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def value(self) -> Any:
        token = self.token
        if token.kind in _CLOSES:
            if len(self.open) >= MAX_DEPTH:
                raise _TooDeepError
            self.open.append(self.take())
            found: Any = self.object(token) if token.kind == "{" else self.array()
            self.open.pop()
            return found
        if token.kind == "string":
            return self.string(self.take())
        if token.kind == "number":
            return self.number(self.take())
        if token.kind == "word":
            return self.word(self.take())
        if token.kind == "absent":
            self.take()
            return None
        message = f"A value is missing before {self.shown}."
        if token.kind == "other":
            message = f"{self.shown} is no value."
            self.skip()
        self.wrong(token, message, 'Write a number, true, false, {...}, [...] or a text in double quotes ".')
        return None

    def skip(self) -> None:
        """Pass over something that is no value, up to the next mark."""
        self.take()
        while self.token.kind in ("other", "word", "number", "string"):
            self.take()

    def string(self, token: _Token) -> str:
        text = token.text
        if len(text) < 2 or text[-1] != '"' or (text[-2] == "\\" and not _STRING.fullmatch(text)):
            self.wrong(token, "The text that begins here has no closing quote in its line.", 'Write " after it.')
            return text[1:]
        try:
            found: str = json.loads(text)
        except ValueError:
            if _CONTROL.search(text):
                self.wrong(token, "A text contains a control character, such as a tab.", "Write \\t for a tab.")
            else:
                self.wrong(token, f"{token.text} has a backslash before a wrong character.", "Write \\\\ for one.")
            return text[1:-1]
        return found

    def number(self, token: _Token) -> int | float | None:
        if _NUMBER.fullmatch(token.text) and len(token.text) <= 20:
            return int(token.text)
        if _FLOAT.fullmatch(token.text) and len(token.text) <= 40:
            return float(token.text)
        self.wrong(token, f"{token.text[:_MAX_SHOWN]} is no number.", 'Put texts in double quotes ".')
        while self.token.kind in ("number", "word", "other") and self.token.start < self.line_end(token):
            self.take()
        return None

    def line_end(self, token: _Token) -> int:
        found = _LINE_END.match(self.flat.text, token.start)
        return found.end() if found else token.start

    def word(self, token: _Token) -> bool | None:
        if token.text in _WORDS:
            return _WORDS[token.text]
        lower = token.text.lower()
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false", "none": "null"}.get(lower, lower)
        hint = f"Write {meant}." if meant in _WORDS else 'Put texts in double quotes ".'
        self.wrong(token, f"{token.text[:_MAX_SHOWN]} is no value.", hint)
        while self.token.kind in ("word", "other", "number") and self.token.start < self.line_end(token):
            self.take()
        return _WORDS.get(meant)

    def object(self, opening: _Token) -> Node:
        node = Node((), *self.flat.place(opening.start))
        self.no_comma()
        comma = True
        while not self.closed(opening, "}"):
            token = self.token
            if token.kind in (",", "absent"):
                self.take()
                comma = True
                continue
            if token.kind in _CLOSES:
                self.wrong(token, f"{token.text} stands where a name is expected.", 'Write "NAME": before it.')
                self.value()
                continue
            if token.kind != "string":
                self.wrong(token, f"{self.shown} stands where a name is expected.", 'Write "NAME": VALUE.')
                self.skip()
                self.accept(":")
                comma = True
                continue
            if not comma:
                self.wrong(token, f"A comma is missing before {self.shown}.", "Write , after the value before it.")
            self.member(node)
            comma = False
        return node

    def no_comma(self) -> None:
        """Kea takes a comma too many after a value, but not before the first."""
        if self.token.kind == ",":
            self.wrong(self.token, "A comma stands before the first value.", "Remove it.")

    def member(self, node: Node) -> None:
        token = self.take()
        name = self.string(token)
        if not self.accept(":"):
            if self.token.kind in ("}", ",", "end"):
                self.wrong(token, f"{token.text[:_MAX_SHOWN]} has no value.", f"Write {token.text}: VALUE.")
                return
            self.wrong(token, f"A colon is missing after {token.text[:_MAX_SHOWN]}.", "Write : after it.")
            if self.token.text in ("=", ">"):
                self.take()
        value = self.value()
        if name in node:
            message = f'"{name}" is there twice in the object; Kea refuses that.'
            self.wrong(token, message, "Remove one of the two.")
        node[name] = value

    def accept(self, kind: str) -> bool:
        found = self.token.kind == kind
        self.at += found
        return found

    def closed(self, opening: _Token, mark: str) -> bool:
        """Whether the object or list ends here. One that does not end is closed where the one around it ends."""
        token = self.token
        if token.kind == mark:
            self.take()
            return True
        if token.kind == "end" or (token.kind in _CLOSES.values()):
            line, place = self.flat.place(opening.start)
            where = place or f"line {line}"
            around = any(_CLOSES[other.kind] == token.kind for other in self.open[:-1])
            if token.kind == "end" or around:
                what = f"The {opening.text} of {where} is not closed before {self.shown}."
                self.wrong(token, what, f"Write {mark} where it ends.")
                return True
            self.wrong(token, f"{token.text} closes nothing.", "Remove it.")
            self.take()
            return self.closed(opening, mark)
        return False

    def array(self) -> list[Any]:
        opening = self.open[-1]
        found: list[Any] = []
        self.no_comma()
        comma = True
        while not self.closed(opening, "]"):
            token = self.token
            if token.kind in (",", "absent"):
                self.take()
                comma = True
                continue
            if not comma:
                self.wrong(token, f"A comma is missing before {self.shown}.", "Write , after the value before it.")
            if token.kind == ":":
                self.wrong(token, ": stands in a list.", "A list has values only; names belong into { }.")
                self.take()
                continue
            value = self.value()
            if value is not None:
                found.append(value)
            comma = False
        return found


def meant(name: str, known: Sequence[str]) -> str:
    """A hint that has the name that was probably meant."""
    close = get_close_matches(name.replace("_", "-"), known, n=1)
    return f'Did you mean "{close[0]}"?' if close else ""
