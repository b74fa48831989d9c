# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The state of reading one server's statements: the results so far, and the faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.check import Checker
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import unescaped
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Problem, Source, Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    SharedNetwork,
    Subnet,
    Value,
    canonical,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity

# A text that consists of faults may have millions.
MAX_FINDINGS = 20_000

# The greatest length of a message, whatever it quotes.
MAX_SHOWN = 300
_NUMBER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")


def unquote(word: str) -> str:
    """A word without the quotes of a string."""
    if word[:1] != '"':
        return word
    word = word[1:-1] if len(word) > 1 and word[-1] == '"' else word[1:]
    return unescaped(word)


def values(words: Sequence[str]) -> Value:
    """The canonical value of words; commas only separate."""
    return tuple(unquote(word) if word[:1] == '"' else canonical(word) for word in words if word != ",")


def number(words: Sequence[str]) -> int | None:
    """The number that the first word is, or None."""
    text = unquote(words[0]) if words else ""
    if not _NUMBER.fullmatch(text) or len(text) > 20:
        return None
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    # As the C library reads it: a leading zero means octal.
    return int(text, 8) if text[0] == "0" and len(text) > 1 and set(text) <= set("01234567") else int(text)


@dataclass(eq=False)
class Block:
    """A block that is being read: its place, and its contents so far."""

    kind: str  # "global", "group", "shared network", "subnet", "pool", "reservation", "class"
    where: str
    scope: Scope
    subnet: str | None = None
    network: Block | None = None  # the shared network around it
    name: str | None = None
    failover: str | None = None  # of a shared network: what later pools inherit
    subnets: list[Subnet] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    permits: set[str] = field(default_factory=set)
    link: list[Pool] = field(default_factory=list)  # the pools of the whole link, in dhcpd's order
    joined: dict[int, Pool] = field(default_factory=dict)  # number of a range -> the pool into which dhcpd puts it


Handler = Callable[["Reading", Statement, Block], None]


class Reading:
    """The results of reading one server so far. Nothing is fatal: an unusable part is left out, with a finding."""

    def __init__(self, name: str, handlers: Mapping[str, Handler]) -> None:
        self.name = name
        self.handlers = handlers  # by a statement's first word
        self.problems: list[Finding] = []
        self.repetitions: dict[str, int] = {}  # how often a warning's message occurred
        self.understood = 0
        self.halves: list[Half] = []
        self.declared: set[str] = set()  # names of relationships so far
        self.named: set[str] = set()  # relationships that a pool names itself
        self.early: list[tuple[str, str, Statement]] = []  # references to relationships that are not declared so far
        self.inherited: list[tuple[str, str, Statement]] = []  # references that only a shared network makes
        self.subnets: list[Subnet] = []
        self.networks: list[SharedNetwork] = []
        self.reservations: list[Reservation] = []
        self.classes: dict[str, ClientClass] = {}
        self.late_classes: list[tuple[str, str, Statement]] = []  # permits with undeclared classes so far
        self.subclasses: dict[str, set[str]] = {}
        self.members: dict[str, dict[str, Scope]] = {}  # subclasses with settings, without their class
        self.named_groups: dict[str, Scope] = {}
        self.zones: dict[str, Value] = {}
        self.definitions: dict[str, Value] = {}
        self.checker = Checker(self.find)
        self.key_bits: dict[str, int] = {}
        self.omapi_port: tuple[int, int | None] | None = None
        self.omapi_key: str | None = None
        self.permit_sets: dict[frozenset[str], frozenset[str]] = {}

    def find(
        self,
        slug: str,
        statement: Statement,
        where: str,
        message: str,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding about a statement. Equal warnings are only counted after the first."""
        if severity is Severity.WARNING and not where.startswith("relationship"):
            # A typing error in a template occurs in every subnet.
            self.repetitions[message] = self.repetitions.get(message, 0) + 1
            if self.repetitions[message] > 1:
                return
        source = statement.source
        place = f"{source.label} line {statement.line}" if source.label and statement.line else source.label
        path = ", ".join(part for part in (place, where) if part)
        self.add(slug, severity, path, message, hint, self.line(statement), source.variable)

    def add(
        self,
        slug: str,
        severity: Severity,
        path: str,
        message: str,
        hint: str,
        line: int | None,
        variable: str | None = None,
    ) -> None:
        """Add a finding that can be printed, whatever the text contains."""
        if len(self.problems) >= MAX_FINDINGS:
            if len(self.problems) > MAX_FINDINGS:
                return
            slug, severity, path, variable = "syntax", Severity.ERROR, "", None
            message, hint = f"There are more than {MAX_FINDINGS:,} findings; the others are left out.", "Correct these."
        path, message, hint = (
            text if text.isprintable() and len(text) <= MAX_SHOWN else _printable(text)
            for text in (path, message, hint)
        )
        variable = variable and _printable(variable)
        self.problems.append(Finding(slug, severity, (self.name,), path, message, hint, line, variable))

    def line(self, statement: Statement) -> int | None:
        """The line in the server's own text."""
        source = statement.source
        return source.line if source.label else statement.line or None

    def invalid(self, statement: Statement, where: str, message: str, hint: str = "") -> None:
        self.find("declaration-invalid", statement, where, message, hint)

    def repeated(self, statement: Statement, what: str, where: str, hint: str = "Remove one of them.") -> None:
        self.find(
            "statement-repeated",
            statement,
            where,
            f"`{what}` is set twice; the last one wins.",
            hint,
            Severity.WARNING,
        )

    def text_problems(self, source: Source, problems: Iterable[Problem], where: str = "") -> None:
        for problem in problems:
            column = f"column {problem.column}"
            path = f"{source.label} line {problem.line}, {column}" if source.label else column
            path = f"{path}, {where}" if where else path
            line = source.line if source.label else problem.line
            severity = Severity.WARNING if problem.warning else Severity.ERROR
            self.add(problem.slug, severity, path, problem.message, problem.hint, line)

    def counted(self, problem: Finding) -> Finding:
        """A warning with the number of further places that it stands for."""
        more = self.repetitions.get(problem.message, 1) - 1
        if problem.severity is not Severity.WARNING or not more:
            return problem
        return replace(problem, message=f"{problem.message} The same in {more:,} more place{'s'[: more - 1]}.")


def _printable(text: str) -> str:
    """Text from anywhere as part of a message."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:MAX_SHOWN])
    return text if len(text) < MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
