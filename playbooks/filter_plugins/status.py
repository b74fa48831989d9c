# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks status and summary."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import page, tables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._inventory import evaluated
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import render

Hostvars = Mapping[str, Mapping[str, Any]]
# So many files of a folder are read, the newest ones.
NEWEST = 100


def status_report(hostvars: Hostvars, hosts: Iterable[str], ignore: Iterable[str], options: str) -> dict[str, Any]:
    """The health of every pair, from the hosts' registered status_answer. options: of ansible-playbook in remedies."""
    hosts = list(hosts)
    answers = {host: hostvars[host].get("status_answer") or {} for host in hosts}
    try:
        declared = collect_servers(hostvars, hosts, None, evaluated)
        return failover_report(answers, declared, time.time(), list(ignore), options)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


def status_page(report: Mapping[str, Any], history: str, drills: str, stale: int) -> str:
    """The page of a report. history: a folder of earlier ones, or nothing. drills: a folder of folders of drills."""
    earlier = _records(history, "*.json") if history else ()
    return render("status", **page.view(report, earlier, _records(drills, "*/report.json"), stale))


def _records(folder: str, pattern: str) -> Iterator[dict[str, Any]]:
    """What the newest files have. One that cannot be read, or has something else, is left out."""
    dated = []
    for path in Path(folder).expanduser().glob(pattern):
        # Another run may be writing or removing it.
        with suppress(OSError):
            if path.is_file() and not path.name.startswith("."):
                dated.append((path.stat().st_mtime, path))
    for _time, path in sorted(dated)[-NEWEST:]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def summary_lines(hostvars: Hostvars, clients: Iterable[str], servers: Iterable[str]) -> list[str]:
    """The lease of each client, from the role's fact, or the hosts' registered summary_client."""
    known = collect_servers(hostvars, servers, None, evaluated)
    addresses = {str(server["address"]): str(server["name"]) for server in known if server.get("address")}
    answers = {
        host: {"lease": lease}
        if (lease := hostvars[host].get("dhcp_client_lease"))
        else hostvars[host].get("summary_client")
        for host in clients
    }
    return tables.lease_lines({host: answer or {} for host, answer in answers.items()}, addresses)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "status_failure": tables.status_failure,
            "status_lines": tables.status_lines,
            "status_page": status_page,
            "status_report": status_report,
            "summary_lines": summary_lines,
        }
