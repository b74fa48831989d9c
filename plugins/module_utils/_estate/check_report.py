# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text that a play prints about the check: every finding, or the valid relationships; and a closing sentence.

The check always covers the whole inventory, whatever `--limit` selects. Only errors about the run's servers and their
partners stop it; other errors are only counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import (
    MOST_SHOWN,
    Finding,
    Severity,
    texts,
)

# A reader looks at no more; of the others, the report says only how many there are.
MOST_RELATIONSHIPS = 50

Described = Mapping[str, Any]


def check_report(result: Mapping[str, Any], hosts: Collection[str] | None = None) -> dict[str, Any]:
    """What to print: `lines`, and `summary` as the last; and whether the run has to stop, `failed`.

    result: what failover_validate returned. hosts: those that the run is about; None for all.
    """
    relationships: Sequence[Described] = result["relationships"]
    scope = None if hosts is None else _with_partners(hosts, relationships)
    told: list[Finding] = []
    others: list[Finding] = []
    for item in result["findings"]:
        finding = Finding.from_dict(item)
        here = scope is None or not finding.servers or not scope.isdisjoint(finding.servers)
        (told if here else others).append(finding)
    mine = [item for item in relationships if scope is None or not scope.isdisjoint(_servers(item))]
    failed = any(finding.severity is Severity.ERROR for finding in told)
    lines = [*([] if failed else _relationships(mine)), *_findings(told)]
    if others:
        lines.append(f"Also {_counts(others)} about servers that this run leaves out. Check without --limit.")
    return {"failed": failed, "lines": lines, "summary": _summary(told, mine, failed)}


def _with_partners(hosts: Iterable[str], relationships: Iterable[Described]) -> set[str]:
    hosts = set(hosts)
    return hosts.union(*(ends for ends in map(_servers, relationships) if not hosts.isdisjoint(ends)))


def _servers(relationship: Described) -> list[str]:
    return [relationship[side] for side in SIDES if relationship[side] is not None]


def _relationships(relationships: Sequence[Described]) -> Iterator[str]:
    for item in relationships[:MOST_RELATIONSHIPS]:
        ends = ", ".join(_end(item, side) for side in SIDES)
        size = f"{_number(item['pools'], 'pool')} with {_number(item['addresses'], 'address', 'es')}"
        yield f'relationship "{item["name"]}": {ends}; {size}'
    if len(relationships) > MOST_RELATIONSHIPS:
        yield f"and {_number(len(relationships) - MOST_RELATIONSHIPS, 'more relationship')}"


def _end(relationship: Described, side: str) -> str:
    if relationship[side] is None:
        return f"{side} not in this inventory"
    address, port = relationship[f"{side}_address"], relationship[f"{side}_port"]
    return f"{side} {relationship[side]} ({address}{'' if port == DEFAULT_PORT else f' port {port}'})"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for number, text in enumerate(texts(findings)):
        yield f"{findings[number].severity.value.upper()} {text}" if number < MOST_SHOWN else text


def _summary(findings: Sequence[Finding], relationships: Sequence[Described], failed: bool) -> str:
    found = _counts(findings)
    if failed:
        return f"{found}, see above. Nothing was touched. Correct what is told, and run this again."
    servers = sorted({server for item in relationships for server in _servers(item)})
    about = f"{_number(len(relationships), 'relationship')} of {_number(len(servers), 'server')}" if servers else ""
    return f"{about or 'No relationship'}: {found[0].lower()}{found[1:]}."


def _counts(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    parts = [_number(errors, "error")] if errors else []
    if len(findings) > errors:
        parts.append(_number(len(findings) - errors, "warning"))
    return " and ".join(parts) or "No errors and no warnings"


def _number(count: int, what: str, plural: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else plural}"
