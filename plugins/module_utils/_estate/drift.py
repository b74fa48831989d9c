# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The differences between live configurations and the declaration, and the rules' findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import Dialect, dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.text import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import MOVES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Findings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import pair
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import (
    compare,
    compare_omapi,
    difference,
)

# The result of server_conf_info.
Live = Mapping[str, Any]


def drift(live: Mapping[str, Live], declared: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Every server against its declaration.

    drifted: names of the servers that differ or could not be read. hosts: each with its differences, or with the
    problem that prevented reading it; notes are differences that affect no client. findings: those of the rules, about
    what the servers run with.
    """
    entries = {entry["name"]: entry for entry in declared}
    hosts: list[dict[str, Any]] = []
    servers: list[Server] = []
    for name, entry in live.items():
        host: dict[str, Any] = {"name": name, "problem": unread(entry), "differences": [], "notes": []}
        hosts.append(host)
        if host["problem"]:
            continue
        found = daemon_of(entry["config"])
        daemon = dialect(found)
        wanted = declare(entries.get(name, {"name": name, "daemon": found}))
        includes = entry.get("includes") or {}
        file = daemon.parse(name, entry["config"], includes, wanted.address)
        running, differences = _running(daemon, file, entry)
        servers.append(running)
        if wanted.daemon == found:
            server = daemon.resolve(wanted, includes)
            differences = [*compare(file, server), *differences]
            host["notes"] = [item.as_dict() for item in compare_omapi(file, server)]
        else:
            other = difference("daemon", found, wanted.daemon)
            playbook = f"a running pair gets it by the playbook {MOVES[wanted.daemon]}"
            differences = [replace(other, message=f"{other.message}; {playbook}"), *differences]
        host["differences"] = [item.as_dict() for item in differences]
    return {
        "drifted": [host["name"] for host in hosts if host["problem"] or host["differences"]],
        "hosts": hosts,
        "findings": live_findings(servers),
    }


def unread(live: Live) -> str | None:
    """Why there is no configuration to look at; None if there is one."""
    if live.get("config") is not None:
        return None
    return live.get("msg") or ("there is no configuration" if "config" in live else "it was not read")


def _running(daemon: Dialect, file: Server, live: Live) -> tuple[Server, list[Difference]]:
    """What the server runs with, and how that differs from its file. A daemon that does not tell runs with its file."""
    text = live.get("running")
    if not text:
        return file, []
    ours = daemon.parse_brief(file.name, live["config"], live.get("includes") or {}, file.address)
    theirs = daemon.parse_brief(file.name, text, {}, file.address)
    found = compare(theirs, ours, ("running", "in the file"))
    return daemon.parse(file.name, text, {}, file.address) if found else file, found


def live_findings(servers: Sequence[Server]) -> list[dict[str, Any]]:
    """The rules' findings about these servers together, each with its text."""
    report = Findings.of(check(servers, pair(servers)))
    return [{**finding.as_dict(), "text": str(finding)} for finding in report.findings]
