# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Puts the statements of included files in the place of `include`, if the files are given and the includes end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    MAX_DEPTH,
    MAX_INCLUDE_DEPTH,
    MAX_INCLUDES,
    Problem,
    Reporter,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

# The most characters that may come from including the same files again.
MAX_REPEATED = 1 << 22

# Blocks in which dhcpd accepts an `include`.
_SCOPES = frozenset(
    {"class", "group", "host", "pool", "shared-network", "subclass", "subnet", "user-class", "vendor-class"}
)


class Includes:
    """Reads included files once each. `line`: where the main text has a statement."""

    def __init__(
        self,
        texts: Mapping[str, str],
        report: Reporter,
        problems: Callable[[Source, Iterable[Problem]], None],
        line: Callable[[Statement], int | None],
    ) -> None:
        self.texts = texts
        self.report = report
        self.problems = problems
        self.line = line
        self.parsed: dict[str, list[Statement]] = {}
        self.chain: list[str] = []
        self.endless: set[str] = set()  # files that include themselves
        self.number = 0
        self.repeated = 0

    def expanded(self, statements: Iterable[Statement], depth: int = 0) -> list[Statement]:
        """The statements, with those of included files instead of each `include` that can be followed."""
        found: list[Statement] = []
        for statement in statements:
            children, keyword = statement.children, statement.words[0]
            if children is None:
                if keyword == "include" or (len(keyword) == 7 and keyword.lower() == "include"):
                    found += self.included(statement, depth)
                else:
                    found.append(statement)
            elif children and (keyword in _SCOPES or keyword.lower() in _SCOPES):
                if depth >= MAX_DEPTH:
                    self.limit(statement, f"Blocks are nested more than {MAX_DEPTH} deep", "This one is not checked.")
                    continue
                inner = self.expanded(children, depth + 1)
                same = len(inner) == len(children) and all(map(_is, inner, children))
                found.append(statement if same else statement._replace(children=inner))
            else:
                found.append(statement)
        return found

    def limit(self, statement: Statement, what: str, hint: str) -> None:
        self.report("not-checked", statement, "", f"{what}.", hint, Severity.WARNING)

    def included(self, statement: Statement, depth: int) -> list[Statement]:
        """The statements in the place of an `include`; the `include` itself if its file is not given."""
        words = statement.words
        name = words[1][1:-1] if len(words) == 2 and words[1][:1] == '"' else ""
        if not name:
            return [statement]
        text = self.texts.get(name)
        if text is None:
            self.report(
                "include-missing",
                statement,
                "",
                f'The included file "{name}" was not given, so what it would add is not checked.',
                f'Give its text in `includes`, under "{name}".',
                Severity.WARNING,
            )
            return [statement]
        if name in self.chain:
            if name not in self.endless:
                self.endless.add(name)
                message = f'The file "{name}" includes itself without end; dhcpd crashes.'
                self.report("syntax", statement, "", message, "Remove this include.")
            return []
        if self.number > MAX_INCLUDES:
            return []  # said once
        self.number += 1
        self.repeated += len(text) if name in self.parsed else 0
        too_much = (
            (f"There are more than {MAX_INCLUDES} includes", self.number > MAX_INCLUDES),
            (f"Includes are nested more than {MAX_INCLUDE_DEPTH} deep", len(self.chain) >= MAX_INCLUDE_DEPTH),
            (f'Files like "{name}" are included again and again', self.repeated > MAX_REPEATED),
        )
        for what, reached in too_much:
            if reached:
                self.number = MAX_INCLUDES + 1
                self.limit(statement, what, "The rest is not checked.")
                return []
        if name not in self.parsed:
            source = Source(text, f'file "{name}"', self.line(statement), included=True)
            self.parsed[name], problems = parse(source)
            self.problems(source, problems)
        self.chain.append(name)
        found = self.expanded(self.parsed[name], depth)
        self.chain.pop()
        return found


def _is(one: Statement, other: Statement) -> bool:
    return one is other
