# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The differences between live configurations and the declaration, and the rules' findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Findings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import pair
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare, compare_omapi

# The result of dhcpd_conf_info.
Live = Mapping[str, Any]


def drift(live: Mapping[str, Live], declared: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Every server against its declaration.

    drifted: names of the servers that differ or could not be read. hosts: each with its differences, or with the
    problem that prevented reading it; notes are differences that affect no client. findings: those of the rules.
    """
    entries = {entry["name"]: entry for entry in declared}
    hosts: list[dict[str, Any]] = []
    servers: list[Server] = []
    daemon = dialect("dhcpd")
    for name, entry in live.items():
        host: dict[str, Any] = {"name": name, "problem": None, "differences": [], "notes": []}
        hosts.append(host)
        if entry.get("config") is None:
            host["problem"] = entry.get("msg") or ("there is no dhcpd.conf" if "config" in entry else "it was not read")
            continue
        includes = entry.get("includes") or {}
        wanted = entries.get(name, {"name": name})
        running = daemon.parse(name, entry["config"], includes, wanted.get("address"))
        servers.append(running)
        server = daemon.resolve(declare(wanted), includes)
        host["differences"] = [difference.as_dict() for difference in compare(running, server)]
        host["notes"] = [difference.as_dict() for difference in compare_omapi(running, server)]
    return {
        "drifted": [host["name"] for host in hosts if host["problem"] or host["differences"]],
        "hosts": hosts,
        "findings": live_findings(servers),
    }


def live_findings(servers: Sequence[Server]) -> list[dict[str, Any]]:
    """The rules' findings about these servers together, each with its text."""
    report = Findings.of(check(servers, pair(servers)))
    return [{**finding.as_dict(), "text": str(finding)} for finding in report.findings]
