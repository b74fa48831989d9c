# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The rules that two servers must satisfy to be a failover pair.

There is one file per chapter. RULES has every rule by its slug, and `check` runs them. A rule only complains; this
module makes the findings readable. It reports one cause once, and joins the findings of partners, or of places, that
have the same fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import (
    Finding,
    Severity,
    share_variables,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import Pairing
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import (
    clients,
    kea_pair,
    kea_server,
    partner,
    pools,
    relationship,
    sent,
    service,
    text,
    use,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import Complaint, Estate
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import Rule

SECTIONS = (
    relationship.section,
    text.section,
    use.section,
    pools.section,
    service.section,
    partner.section,
    sent.section,
    clients.section,
    kea_server.section,
    kea_pair.section,
)
RULES: Mapping[str, Rule] = {rule.slug: rule for section in SECTIONS for rule in section.rules}

# A finding names this many further places, and counts the rest.
_PLACES_NAMED = 3


@dataclass
class _Entry:
    """A finding in the making."""

    slug: str
    severity: Severity
    servers: tuple[str, ...]
    complaint: Complaint
    places: list[str] = field(default_factory=list)

    def finding(self) -> Finding:
        complaint = self.complaint
        message = complaint.message
        if self.places:
            rest = len(self.places) - _PLACES_NAMED
            named = "; ".join(self.places[:_PLACES_NAMED])
            named += f"; and {rest:,} more place{'s'[: rest - 1]}" if rest > 0 else ""
            message = f"{message} The same: {named}."
        hint = complaint.hint.replace("{host}", " and ".join(self.servers))
        return Finding(
            self.slug,
            self.severity,
            self.servers,
            complaint.path,
            message,
            hint,
            complaint.line,
            places=tuple(self.places),
        )


def check(servers: Sequence[Server], pairing: Pairing | None = None) -> Iterator[Finding]:
    """All findings: first those from reading the declarations, then rule by rule."""
    estate = Estate(servers, pairing)
    problems = [problem for view in estate.views for problem in view.server.problems]
    yield from share_variables(problems)
    parts = {daemon: estate.of(daemon) for daemon in dict.fromkeys(view.server.daemon for view in estate.views)}
    complaints = [
        (rule, complaint)
        for rule in RULES.values()
        if rule.find
        for part in ([parts[name] for name in rule.daemons if name in parts] if rule.daemons else [estate])
        for complaint in rule.find(part)
    ]
    entries = _share_partners(_once(complaints, problems), estate.partners)
    yield from (entry.finding() for entry in _share_places(entries))


def _once(
    complaints: Sequence[tuple[Rule, Complaint]], problems: Iterable[Finding]
) -> Iterator[tuple[Rule, Complaint]]:
    """Drop findings that repeat another finding at the same place."""
    told = {(problem.slug, server, problem.path) for problem in problems for server in problem.servers}
    causes = {slug for rule in RULES.values() for slug in rule.unless}
    for rule, complaint in complaints:
        if rule.slug in causes:
            told.update((rule.slug, server, complaint.path) for server in complaint.servers)
    for rule, complaint in complaints:
        keys = ((slug, server, complaint.path) for slug in rule.unless for server in complaint.servers)
        if not any(key in told for key in keys):
            yield rule, complaint


def _share_partners(complaints: Iterable[tuple[Rule, Complaint]], partners: Mapping[str, set[str]]) -> list[_Entry]:
    """Join the same fault at the same place of two partners; their declarations are mostly shared."""
    entries: list[_Entry] = []
    alike: dict[tuple[str, str, str], _Entry] = {}
    for rule, complaint in dict.fromkeys(complaints):
        server = complaint.servers[0]
        if len(complaint.servers) == 1 and server in partners:
            key = (rule.slug, complaint.path, complaint.message)
            first = alike.get(key)
            if first is not None and len(first.servers) == 1 and server in partners[first.servers[0]]:
                first.servers += (server,)
                continue
        entry = _Entry(rule.slug, complaint.severity or rule.severities[0], complaint.servers, complaint)
        entries.append(entry)
        if len(complaint.servers) == 1:
            alike[rule.slug, complaint.path, complaint.message] = entry
    return entries


def _share_places(entries: Iterable[_Entry]) -> list[_Entry]:
    """Join the same fault of the same servers at many places."""
    shared: dict[tuple[str, Severity, tuple[str, ...], str, str], _Entry] = {}
    for entry in entries:
        key = (entry.slug, entry.severity, entry.servers, entry.complaint.message, entry.complaint.hint)
        first = shared.setdefault(key, entry)
        if first is not entry:
            first.places.append(entry.complaint.path)
    return list(shared.values())
