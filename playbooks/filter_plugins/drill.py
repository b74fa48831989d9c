# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the playbooks drill and verify beside them: they are no part of what the collection offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import evidence, plan, verify

Hostvars = Mapping[str, Mapping[str, Any]]


def drill_unreachable(hostvars: Hostvars, hosts: Iterable[str]) -> str:
    return plan.unreachable({host: hostvars[host].get("drill_reached") or {} for host in hosts})


def drill_plan(
    hostvars: Hostvars, servers: Iterable[str], client: str, interface: str, **options: Any
) -> dict[str, Any]:
    answers = {host: hostvars[host].get("drill_asked") or {} for host in servers}
    interface = interface or str(hostvars[client].get("dhcp_client_interface") or "") if client else ""
    try:
        return {**plan.make_plan(answers, client, interface, plan.Request(**options)), "refusal": ""}
    except ValueError as error:
        return {"refusal": str(error)}


def drill_leases(results: Iterable[Mapping[str, Any]], *kinds: str) -> list[Mapping[str, Any]]:
    """The leases of these kinds of clients, by the probe's results; on a server there are none."""
    return plan.leases_of([lease for result in results for lease in result.get("leases") or ()], kinds)


def drill_renewals(
    hostvars: Hostvars, drill: Mapping[str, Any], results: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """How all clients that stay renew what they hold, by the probe's record files."""
    held = plan.held({result["item"]: result.get("leases") or () for result in results})
    silent = {
        server["address"]
        for host, server in drill["servers"].items()
        if plan.silent(hostvars[host].get("drill_last") or {})
    }
    return plan.renewals(held, silent)


def drill_note(
    hostvars: Hostvars, drill: Mapping[str, Any], scenario: Mapping[str, Any], hosts: Iterable[str], end: float
) -> dict[str, Any]:
    servers = {
        host: plan.Seen(
            plan.ahead(hostvars[host]["drill_asked"]),
            hostvars[host]["drill_injection"],
            hostvars[host]["drill_healing"],
            hostvars[host]["drill_database"].get("leases") or [],
            hostvars[host]["drill_last"],
        )
        for host in drill["servers"]
    }
    one = hostvars[next(iter(drill["servers"]))]
    times = {"start": one["drill_start"], "read_at": one["drill_read_at"], "end": end}
    failed = [step for host in hosts for step in hostvars[host]["drill_failed"]]
    return plan.note(scenario, servers, times, failed)


def drill_evidence(hostvars: Hostvars, drill: Mapping[str, Any], records: Sequence[str]) -> dict[str, Any]:
    """What was collected, as drill_report takes it."""
    servers = list(drill["servers"])
    one = hostvars[servers[0]]
    return {
        "title": f"Drill of {drill['relationship']}",
        "lab": f"{' and '.join(servers)}, client {drill['client']}",
        "relationship": drill["relationship"],
        "names": drill["names"],
        "begin": one["drill_begin"],
        "clocks": {host: plan.ahead(hostvars[host]["drill_asked"]) for host in servers},
        "client_clock": plan.ahead(hostvars[drill["client"]]["drill_asked"]),
        "before": one["drill_host_before"],
        "after": one.get("drill_host_after"),
        "records": records,
        "journals": {host: hostvars[host].get("drill_journal", {}).get("stdout", "") for host in servers},
        "scenarios": one["drill_notes"],
        "left_out": drill["left_out"],
        "evidence": [
            {"path": "exchanges.jsonl", "title": "Every exchange of a client with a server"},
            *({"path": f"journal-{host}.txt", "title": f"Journal of {host}"} for host in servers),
            {"path": "report.json", "title": "All of it as JSON, with both lease databases after each scenario"},
        ],
    }


def verify_choose(hostvars: Hostvars, servers: Iterable[str], clients: Sequence[str]) -> dict[str, Any]:
    try:
        return {
            **verify.choose({host: hostvars[host].get("verify_answer") or {} for host in servers}, clients),
            "refusal": "",
        }
    except ValueError as error:
        return {"refusal": str(error)}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "drill_ahead": plan.ahead,
            "drill_all_normal": plan.all_normal,
            "drill_evidence": drill_evidence,
            "drill_failed_step": plan.failed_step,
            "drill_leases": drill_leases,
            "drill_note": drill_note,
            "drill_noticed": plan.noticed,
            "drill_host_state": evidence.host_state,
            "drill_plan": drill_plan,
            "drill_recovered": plan.recovered,
            "drill_renewals": drill_renewals,
            "drill_unreachable": drill_unreachable,
            "verify_choose": verify_choose,
            "verify_lease_problem": verify.lease_problem,
            "verify_takeover_problem": verify.takeover_problem,
        }
