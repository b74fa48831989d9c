# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a rule is. A rule is a generator function that yields complaints; its decorator says the rest.

The decorator's words are the documentation (docs/rules.md is made of them) and its slug is the rule's public name:
it stands in findings and in lists of rules to ignore, so once released it is never renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import Complaint, Estate

ERROR = (Severity.ERROR,)
WARNING = (Severity.WARNING,)
ERROR_OR_WARNING = (Severity.ERROR, Severity.WARNING)

Complaints = Iterator[Complaint]
T = TypeVar("T")


@dataclass(frozen=True)
class Rule:
    """title: the fault. check: what `dhcpd -t` makes of it. harm: what happens when it runs.

    severities: where there are two, the rule chooses; the first is the usual one.
    unless: slugs that tell the same at the same place; where one of them is found, this rule keeps quiet.
    find: None for what comes to light when the declaration is read, before any rule runs.
    """

    slug: str
    severities: tuple[Severity, ...]
    title: str
    check: str
    harm: str
    unless: frozenset[str] = frozenset()
    find: Callable[[Estate], Complaints] | None = None


@dataclass(frozen=True)
class Section:
    """A chapter of the rules, in the order in which they run and are documented."""

    title: str
    rules: list[Rule] = field(default_factory=list)

    def rule(
        self,
        each: Callable[[Estate], Iterable[T]],
        slug: str,
        severities: tuple[Severity, ...],
        title: str,
        *,
        check: str,
        harm: str,
        unless: Iterable[str] = (),
    ) -> Callable[[Callable[[T], Complaints]], Callable[[T], Complaints]]:
        """Register a rule. `each` says what the function is shown, one call for each."""

        def register(function: Callable[[T], Complaints]) -> Callable[[T], Complaints]:
            def find(estate: Estate) -> Complaints:
                for thing in each(estate):
                    yield from function(thing)

            self.rules.append(Rule(slug, severities, title, check, harm, frozenset(unless), find))
            return function

        return register

    def reading(self, slug: str, severities: tuple[Severity, ...], title: str, *, check: str, harm: str) -> None:
        """Register a finding that reading the declaration makes."""
        self.rules.append(Rule(slug, severities, title, check, harm))
