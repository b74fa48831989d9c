# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The validator's result: a finding is one rule's complaint; a report has all of them in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, NamedTuple

# At most this many are printed.
MOST_SHOWN = 50

# If more servers have the same fault, only their number is given.
_MAX_NAMED = 4


class Severity(str, Enum):
    """How bad a finding is: an error stops the play before any host is touched; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One rule's complaint.

    slug: the rule's public name.
    servers: names of the servers concerned; the first is the one to change.
    path: the place in words, for instance ``relationship "dhcp-failover"`` or ``subnet 10.0.0.0/24, pool 10.0.0.10``.
    message: the fault with its value and effect. hint: the remedy. Both are whole sentences.
    line: line number in the first server's configuration text; None for a declaration in variables.
    variable: the variable's full name, for instance ``dhcp_server_subnets[0].options.routers``; None for text, and for
    findings of rules.
    places: all further places with the same fault; the message names the first ones.
    """

    slug: str
    severity: Severity
    servers: tuple[str, ...]
    path: str
    message: str
    hint: str
    line: int | None = None
    variable: str | None = None
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}"
        place = ", ".join(part for part in (line, self.variable, self.path) if part)
        where = ": ".join(part for part in (named(self.servers), place) if part)
        return f"{self.slug}: {where}: {self.message} {self.hint}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**data, "severity": self.severity.value, "servers": list(self.servers), "places": list(self.places)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """The inverse. Raises KeyError, TypeError or ValueError for invalid data."""
        lists = {key: tuple(data.get(key, ())) for key in ("servers", "places")}
        return cls(**{**data, **lists, "severity": Severity(data["severity"])})


def named(servers: Sequence[str]) -> str:
    """The servers' names for a sentence. A variable of a whole estate can have the same fault on hundreds of them."""
    shown = list(servers)
    if len(shown) > _MAX_NAMED:
        shown[_MAX_NAMED - 1 :] = [f"{len(shown) - _MAX_NAMED + 1:,} more"]
    return " and ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def share_variables(problems: Iterable[Finding]) -> Iterator[Finding]:
    """Join the findings about a variable with the same fault on several servers; it is usually a group variable."""
    servers: dict[Finding, list[str]] = {}
    for problem in problems:
        servers.setdefault(replace(problem, servers=()) if problem.variable else problem, []).extend(problem.servers)
    yield from (replace(problem, servers=tuple(dict.fromkeys(names))) for problem, names in servers.items())


class Strictness(NamedTuple):
    """One server's own settings for findings about it: slugs to ignore, and whether warnings are errors."""

    ignore: frozenset[str] = frozenset()
    strict: bool = False


def texts(findings: Sequence[Finding], most: int = MOST_SHOWN) -> list[str]:
    """The first findings as printed, and the number of further ones by rule."""
    shown = [str(finding) for finding in findings[:most]]
    rest = Counter(finding.slug for finding in findings[most:])
    if rest:
        counts = ", ".join(f"{count:,} {slug}" for slug, count in rest.most_common())
        shown.append(f"{sum(rest.values()):,} more are in the findings: {counts}.")
    return shown


@dataclass(frozen=True)
class Findings:
    """Findings, worst first; within one severity in the order in which the rules found them."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(
        cls,
        findings: Iterable[Finding],
        ignore: Collection[str] = (),
        strict: bool = False,
        servers: Mapping[str, Strictness] | None = None,
    ) -> Findings:
        """Drop ignored slugs and, when strict, make every warning an error.

        servers: settings that apply only to findings about these servers.
        """
        own = servers or {}
        kept = []
        for finding in findings:
            about = [own[name] for name in finding.servers if name in own]
            if finding.slug in ignore or any(finding.slug in one.ignore for one in about):
                continue
            stop = strict or any(one.strict for one in about)
            kept.append(replace(finding, severity=Severity.ERROR) if stop else finding)
        return cls(tuple(sorted(kept, key=lambda finding: finding.severity is not Severity.ERROR)))

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)
