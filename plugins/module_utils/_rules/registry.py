# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The definition of a rule: a generator function that yields complaints, and a decorator that describes it.

docs/rules.md is generated from the decorator's texts. The slug is the rule's public name: findings and lists of rules
to ignore contain it, so it is never renamed after a release.
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
# For the servers of which daemons a rule is; TOGETHER: for all servers at once, whatever they run.
DHCPD, KEA, BOTH, TOGETHER = ("dhcpd",), ("kea",), ("dhcpd", "kea"), ()

Complaints = Iterator[Complaint]
T = TypeVar("T")


@dataclass(frozen=True)
class Rule:
    """title: the fault. check: the answer of the daemon's own check, `dhcpd -t` or `kea-dhcp4 -t`. harm: the effect at
    run time. For a rule of both, they are dhcpd's, and kea has those of Kea where they differ.

    daemons: those whose servers it is for.
    severities: if there are two, the rule chooses; the first is the usual one.
    unless: slugs that report the same fault at the same place; if one of them is found, this rule reports nothing.
    find: None for findings from reading the declaration, before any rule runs.
    """

    slug: str
    severities: tuple[Severity, ...]
    title: str
    check: str
    harm: str
    unless: frozenset[str] = frozenset()
    find: Callable[[Estate], Complaints] | None = None
    daemons: tuple[str, ...] = DHCPD
    kea: tuple[str, str] | None = None


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
        daemons: tuple[str, ...] = DHCPD,
        kea: tuple[str, str] | None = None,
    ) -> Callable[[Callable[[T], Complaints]], Callable[[T], Complaints]]:
        """Register a rule. `each` yields the objects for which the function is called."""

        def register(function: Callable[[T], Complaints]) -> Callable[[T], Complaints]:
            def find(estate: Estate) -> Complaints:
                for thing in each(estate):
                    yield from function(thing)

            self.rules.append(Rule(slug, severities, title, check, harm, frozenset(unless), find, daemons, kea))
            return function

        return register

    def reading(
        self,
        slug: str,
        severities: tuple[Severity, ...],
        title: str,
        *,
        check: str,
        harm: str,
        daemons: tuple[str, ...] = DHCPD,
    ) -> None:
        """Register a finding that reading the declaration makes."""
        self.rules.append(Rule(slug, severities, title, check, harm, daemons=daemons))
