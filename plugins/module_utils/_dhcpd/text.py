# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text of a dhcpd.conf as a tree of statements. Any text at all gives a tree.

One regular expression takes a whole simple statement at once; only the odd ones (comments or line breaks inside,
escaped quotes, anything broken) go through the careful scanner. Both run in linear time and never recurse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    BLOCKS,
    EXPRESSIONS,
    HALF_LEADERS,
    LEADERS,
    NEVER_INSIDE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

# Real configurations are never nested so deep. dhcpd recurses for every block, without a limit.
MAX_DEPTH = 64
# Hostile includes could double the text at each step, or be nested without end.
MAX_INCLUDES = 1000
MAX_INCLUDE_DEPTH = 16
# dhcpd's own limit is 1500 bytes.
MAX_STRING = 4096
# dhcpd exits if more blanks follow each other.
MAX_BLANKS = 1499
# No word that continues a line is longer.
MAX_WORD = 64
# More findings say nothing new about one text.
MAX_PROBLEMS = 20

_SIMPLE = re.compile(r'\s*(?:#[^\n]*\n\s*)*([^\s;{}"#][^;{}"#]*(?:"[^"\\\n]*"[^;{}"#]*)*)?([;{}])', re.ASCII)
_BLANK = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:#[^\n]*\Z)?", re.ASCII)
_SPACE = re.compile(r"\s+", re.ASCII)
_PLAIN = re.compile(r'[^;{}"#]+')
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STATEMENT_END = re.compile(r"[;{}][ \t\r]*(?:#[^\n]*)?\n")
_SPECIAL = re.compile(r'[",()=!~]')
_WORD = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s",()=!~]+|!=|~=|~~|[,()=!~]', re.DOTALL | re.ASCII)
# An address with blanks around its dots, which dhcpd accepts. Strings may look like one.
_LOOSE = re.compile(rf"{_STRING.pattern}|(?<![\w.-])(\d+)\s*\.\s*(\d+)\s*\.\s*(\d+)\s*\.\s*(\d+)(?![\w.-])", re.ASCII)
# Characters that only strings and comments may hold.
_ODD = re.compile(r"[^\t-\r -~]")
_BLANKS = re.compile(rf"(?<![ \t-\r])[ \t-\r]{{{MAX_BLANKS + 1}}}")
_RECORD = re.compile(r"(?is)option\s+\S+\s+code\s+\S+\s*=\s*(?:array\s+of\s*)?")
_CONTINUED = re.compile(
    r"(?i)(?:^|[\s(])(?:and|or|not|if|exists|of|with|option|match|else|code|peer|=)$|[,=(.:+*/|&%~-]$"
)

# Word processors and web pages turn ASCII into these. Each is replaced by one character, so offsets stay right.
_LOOKALIKES: dict[str, str] = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"'),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", " "),
    "\uff1b": ";",
}

# The number of words that name a statement.
_NAMING = {"class": 2, "failover": 3, "host": 2, "load": 4, "option": 2, "peer": 2, "shared-network": 2, "subnet": 2}


@dataclass(frozen=True, eq=False, repr=False)
class Source:
    """A text that statements come from. `label` names an included file; `line` is the line that includes it.

    variable: the full name of the variable that a statement was made from, if it was not written as text.
    """

    text: str
    label: str = ""
    line: int | None = None
    variable: str | None = None
    included: bool = False


NO_TEXT = Source("")


class Statement(NamedTuple):
    """One statement: its words (strings keep their quotes), and the statements of its block if it has one."""

    words: Sequence[str]
    children: list[Statement] | None
    line: int
    start: int
    source: Source


def in_text(statement: Statement) -> bool:
    """Whether this was written as a statement, and not made from a variable."""
    return statement.source.variable is None and statement.source is not NO_TEXT


class Problem(NamedTuple):
    """Something wrong with the text itself."""

    slug: str
    line: int
    column: int
    message: str
    hint: str
    warning: bool = False  # dhcpd may take it


def split_words(text: str) -> list[str]:
    """The words of one statement: strings keep their quotes, commas and operators are words."""
    return _WORD.findall(text) if _SPECIAL.search(text) else text.split()


def parse(source: Source) -> tuple[list[Statement], list[Problem]]:
    """All statements of a text, and what is wrong with it."""
    parser = _Parser(source)
    found = parser.parse()
    if parser.open:
        # A brace is missing. A block in a place where dhcpd would reject it shows which one.
        mended = _Parser(source, mend=True)
        statements, problems = mended.parse()
        if mended.mended:
            return statements, problems
    return found


class Reporter(Protocol):
    """Takes a finding about a statement."""

    def __call__(
        self, slug: str, statement: Statement, where: str, message: str, hint: str = "", severity: Severity = ...
    ) -> None: ...


class _Open(NamedTuple):
    """A block that is being read."""

    statement: Statement
    keyword: str
    around: list[Statement]


class _Parser:
    def __init__(self, source: Source, mend: bool = False) -> None:
        self.source = source
        self.mend = mend  # close blocks that must have been forgotten
        self.mended = False
        self.text = source.text
        self.clean = _ODD.search(source.text) is None
        self.line = 1
        self.root: list[Statement] = []
        self.current = self.root
        self.open: list[_Open] = []
        self.too_deep = 0  # blocks below MAX_DEPTH that are being skipped
        self.surplus = 0  # closing braces that belong to blocks which were closed early
        self.problems: list[Problem] = []
        self.ended_key: Statement | None = None  # the last key with a semicolon behind its block

    def parse(self) -> tuple[list[Statement], list[Problem]]:
        text, source = self.text, self.source
        position = counted = 0
        simple, special, words_of = _SIMPLE.match, _SPECIAL.search, _WORD.findall
        self.blanks()
        while True:
            found = simple(text, position)
            body = found[1] if found else None
            if found and body is None:
                start = found.end() - 1
                self.line += text.count("\n", counted, start)
                counted, position = start, found.end()
                self.unmatched(found[2], start)
                continue
            if found and body is not None:
                start, end, mark = found.start(1), found.end(), found[2]
                if mark == "{" and body.rstrip()[-1:] in ("=", "f", "F") and _RECORD.fullmatch(body):
                    found = None
            if not found or body is None:
                start = _BLANK.match(text, position).end()  # type: ignore[union-attr]  # matches the empty string
                if start >= len(text):
                    break
                body, mark, end = self.careful(start)
            self.line += text.count("\n", counted, start)
            counted, position = start, end
            if not self.clean:
                body = self.repaired(body, start)
            if "\n" in body:
                counted, body = self.split_lines(body, start)
                start = counted
            if ". " in body or " ." in body:
                body = _LOOSE.sub(_closed, body)
            words = words_of(body) if special(body) else body.split()
            if not words:
                self.unmatched(mark, end - 1)
            elif mark == ";":
                if words[-1][-1] == ":" or len(words) == 3:
                    self.ended_wrongly(words, end - 1)
                if not self.too_deep:
                    self.current.append(Statement(words, None, self.line, start, source))
            elif mark == "{":
                self.enter(Statement(words, [], self.line, start, source))
            else:
                self.ended_without_semicolon(Statement(words, None, self.line, start, source), body, mark)
        self.finish()
        return self.root, self.problems

    # --- problems ---------------------------------------------------------------------------------------------

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        return self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset)

    def problem(self, offset: int, message: str, hint: str, slug: str = "syntax", warning: bool = False) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(slug, *self.place(offset), message, hint, warning))

    def blanks(self) -> None:
        """Find more blanks in a row than dhcpd accepts, outside of comments."""
        text, position = self.text, 0
        while found := _BLANKS.search(text, position):
            start, end = found.span()
            line = text.rfind("\n", 0, start) + 1
            if "#" in _STRING.sub("", text[line:start]):
                start = text.find("\n", start)  # the comment ends here; its line break is a blank no more
                rest = _SPACE.match(text, start + 1) if start >= 0 else None
                start, end = rest.span() if rest else (0, 0)
                position = max(end, found.end())
            else:
                position = end
            if end - start > MAX_BLANKS:
                self.problem(
                    start,
                    f"More than {MAX_BLANKS:,} blanks follow each other; dhcpd exits there.",
                    "Remove most of them.",
                )
                return

    # --- blocks -----------------------------------------------------------------------------------------------

    def enter(self, statement: Statement) -> None:
        if self.too_deep:
            self.too_deep += 1
            return
        keyword = statement.words[0].lower()
        forbidden = NEVER_INSIDE.get(keyword)
        if self.mend and forbidden and self.open and self.open[-1].keyword in forbidden:
            self.close_forgotten(statement, forbidden)
        if len(self.open) >= MAX_DEPTH:
            self.too_deep = 1
            self.problem(
                statement.start,
                f"Blocks are nested more than {MAX_DEPTH} deep.",
                "This one is not checked.",
                "not-checked",
                warning=True,
            )
            return
        self.current.append(statement)
        self.open.append(_Open(statement, keyword, self.current))
        self.current = statement.children if statement.children is not None else []

    def leave(self) -> None:
        self.current = self.open.pop().around

    def close_forgotten(self, statement: Statement, forbidden: frozenset[str]) -> None:
        while self.open and self.open[-1].keyword in forbidden:
            unclosed = self.open[-1].statement
            self.leave()
            self.surplus += 1
            self.mended = True
        self.problem(
            statement.start,
            f"{_name(statement)} is inside {_name(unclosed)}, which begins in line {unclosed.line} "
            "and is not closed before it.",
            "Add the missing closing brace.",
        )

    def unmatched(self, mark: str, offset: int) -> None:
        """A semicolon or brace that no statement stands in front of."""
        if mark == "}":
            if self.too_deep:
                self.too_deep -= 1
            elif self.open:
                self.leave()
            elif self.surplus:
                self.surplus -= 1
            else:
                self.problem(offset, "A closing brace closes nothing.", "Remove it, or add what it should close.")
        elif mark == "{":
            if not self.too_deep:
                self.problem(offset, "A block begins without a statement before it.", "Write what the block is.")
            self.enter(Statement(["{"], [], self.line, offset, self.source))
        elif not self.too_deep:
            # As BIND does, dhcpd accepts a semicolon behind the block of a key, but nowhere else.
            last = self.current[-1] if self.current else None
            key = last is not None and last.children is not None and last.words[0].lower() == "key"
            if not key or last is self.ended_key:
                self.problem(offset, "A semicolon ends no statement; dhcpd rejects it.", "Remove it.")
            self.ended_key = last

    def ended_without_semicolon(self, statement: Statement, body: str, mark: str) -> None:
        offset = statement.start + len(body.rstrip())
        words = statement.words
        # dhcpd wants no semicolon behind the label of a case and behind `no failover peer`.
        label = words[-1][-1] == ":" and words[0].lower() in ("case", "default", "default:")
        if not (mark and (label or (len(words) == 3 and words[0].lower() == "no"))):
            self.problem(
                offset,
                f"The statement {_name(statement)} has no semicolon at its end.",
                "Add the semicolon." if self.root else "Add the semicolon, if this text is a dhcpd.conf.",
            )
        if not self.too_deep:
            self.current.append(statement)
        if mark:
            self.unmatched(mark, offset)

    def ended_wrongly(self, words: Sequence[str], offset: int) -> None:
        """A semicolon in a place where dhcpd rejects it."""
        keyword = words[0].lower()
        if self.too_deep:
            return
        if keyword in ("case", "default", "default:") and words[-1][-1] == ":":
            self.problem(offset, "A semicolon follows the colon of a label; dhcpd rejects it.", "Remove it.")
        elif keyword == "no" and [word.lower() for word in words[1:]] == ["failover", "peer"]:
            self.problem(
                offset,
                "dhcpd rejects `no failover peer;` although its manual page documents it.",
                "Remove it, and name the relationship in each pool that is to use one.",
                "no-failover-statement",
            )

    def finish(self) -> None:
        if self.open and not self.too_deep:
            innermost = self.open[-1].statement
            self.problem(
                innermost.start,
                f"The block of {_name(innermost)} is never closed: the text ends inside it.",
                "Add the missing closing brace.",
            )

    # --- odd statements ---------------------------------------------------------------------------------------

    def careful(self, position: int) -> tuple[str, str, int]:
        """One statement, scanned piece by piece: its text without comments, the mark that ends it, and its end."""
        text, length = self.text, len(self.text)
        pieces: list[str] = []
        record = False
        while position < length:
            char = text[position]
            record = record or (char == "{" and _RECORD.fullmatch("".join(pieces)) is not None)
            if record and char in "{}":
                pieces.append(char)
                position += 1
            elif char in ";{}":
                return "".join(pieces), char, position + 1
            elif char == '"':
                found = _STRING.match(text, position, position + MAX_STRING)
                if found and ("\n" not in found[0] or not _STATEMENT_END.search(found[0])):
                    pieces.append(found[0])
                    position = found.end()
                else:
                    piece, position = self.unclosed_string(position)
                    pieces.append(piece)
            elif char == "#":
                end = text.find("\n", position)
                end = length if end < 0 else end
                pieces.append(" " * (end - position))  # offsets inside the statement stay right
                position = end
            else:
                found = _PLAIN.match(text, position)
                # The branches above should leave only what matches. If not, one character is taken.
                end = found.end() if found else position + 1
                pieces.append(text[position:end])
                position = end
        return "".join(pieces), "", length

    def unclosed_string(self, position: int) -> tuple[str, int]:
        """An unclosed string, which is read as if it ended with its line, before the mark that ends the statement."""
        if not self.too_deep:
            self.problem(position, "A string begins here and is not closed.", 'Add the closing quote (").')
        end = self.text.find("\n", position)
        end = len(self.text) if end < 0 else end
        piece = self.text[position:end].rstrip()
        if piece[-1:] in (";", "{"):
            piece = piece[:-1]
        return '"{}"'.format(piece.replace("\\", "").replace('"', "")), position + len(piece)

    def split_lines(self, body: str, start: int) -> tuple[int, str]:
        """A statement over several lines, which may be several statements that lack a semicolon.

        They are added as if they had it; what is left is the last one, with its offset.
        """
        first = body.split(None, 1)
        if not first or first[0].lower() in EXPRESSIONS:
            return start, body
        leaders = HALF_LEADERS if self.open and self.open[-1].keyword == "failover" else LEADERS
        begin = previous = parentheses = quotes = 0
        offset = body.find("\n")
        while offset >= 0:
            parentheses += body.count("(", previous, offset) - body.count(")", previous, offset)
            quotes += body.count('"', previous, offset)
            previous = offset
            following = body.find("\n", offset + 1)
            words = body[offset : following if following >= 0 else len(body)].split(None, 1)
            if (
                words
                and words[0].lower() in leaders
                and parentheses <= 0
                and not quotes % 2
                and not _CONTINUED.search(body[max(begin, offset - MAX_WORD) : offset].rstrip())
            ):
                piece = body[begin:offset].rstrip()
                if piece:
                    self.cut(piece, start + begin)
                next_one = offset + len(_SPACE.match(body, offset)[0])  # type: ignore[index]  # matches the newline
                self.line += body.count("\n", begin, next_one)
                begin = next_one
            offset = following
        return start + begin, body[begin:]

    def cut(self, piece: str, start: int) -> None:
        """Add a statement that the next line cut off."""
        words = split_words(piece)
        keyword = words[0].lower()
        block = keyword in BLOCKS and not (keyword == "failover" and (self.open or "state" in words))
        what = "opening brace" if block else "semicolon"
        statement = Statement(words, [] if block else None, self.line, start, self.source)
        self.problem(start + len(piece), f"The {what} after {_name(statement)} is missing.", f"Add the {what}.")
        if block:
            self.enter(statement)
        elif not self.too_deep:
            self.current.append(statement)

    def repaired(self, body: str, start: int) -> str:
        """Report the first character that is not ASCII, which dhcpd rejects outside of strings; read the likely one."""
        outside = _STRING.sub(lambda found: "x" * len(found[0]), body)
        odd = _ODD.search(outside)
        if odd is None:
            return body
        position, char = odd.start(), odd[0]
        meant = _meant(char)
        number = f"U+{ord(char):04X}"
        if self.too_deep:
            pass
        elif char == "\0":
            message = f"A null character ({number}) is here; dhcpd fails at some of them and skips others."
            self.problem(start + position, message, "Delete it.", "non-ascii", warning=True)
        else:
            hint = {
                None: "Write it in ASCII.",
                " ": "Delete it or type a plain space; it may be invisible.",
            }.get(meant, f"Type a plain {meant} instead; web pages and word processors replace it.")
            self.problem(start + position, f"dhcpd cannot read the character {char!a} ({number}).", hint, "non-ascii")
        return "".join(
            (_meant(char) or char) if _ODD.match(char) and outside[index] == char else char
            for index, char in enumerate(body)
        )


def _meant(char: str) -> str | None:
    """The ASCII character in place of another; a blank for blanks and invisible characters."""
    found = _LOOKALIKES.get(char)
    return " " if found is None and (char.isspace() or not char.isprintable()) else found


def _closed(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else ".".join(found.groups())


def _name(statement: Statement) -> str:
    """A statement in a message: the words that name it. Values may be secret and are left out."""
    words = statement.words
    text = " ".join(words[: _NAMING.get(words[0].lower(), 1)])
    return f"`{text}`" if len(text) <= MAX_WORD else f"`{text[:MAX_WORD]}...`"
