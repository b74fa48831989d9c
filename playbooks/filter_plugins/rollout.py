# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks deploy and normal.

They read what the playbooks register: __dhcp_server_found_host (the role's comparison), deploy_settled, deploy_before,
deploy_after, deploy_now and deploy_failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import rollout

Hostvars = Mapping[str, Mapping[str, Any]]
Data = Mapping[str, Any]


def _server(hostvars: Hostvars, host: str) -> rollout.DeployedServer:
    found, later = hostvars[host]["__dhcp_server_found_host"], hostvars[host].get("deploy_settled") or {}
    answer = found["status"] if later.get("skipped") or not later else later
    return rollout.DeployedServer(host, found["declared_halves"], found, answer)


def rollout_settled(hostvars: Hostvars, host: str) -> bool:
    return _server(hostvars, host).settled


def rollout_plan(hostvars: Hostvars, hosts: Iterable[str], forced: bool) -> dict[str, Any]:
    return rollout.make_plan([_server(hostvars, host) for host in hosts], forced).as_data()


def rollout_lost(hostvars: Hostvars, every: Iterable[str], left: Iterable[str]) -> list[str]:
    """Servers that were rolled back or can no longer be reached, from the play's hosts and those still in it."""
    left = list(left)
    return [host for host in every if host not in left or "deploy_failed" in hostvars[host]]


def rollout_begin(batch: Data, lost: Iterable[str]) -> dict[str, Any]:
    return asdict(rollout.begin(rollout.Batch(**batch), lost))


def rollout_judge(hostvars: Hostvars, batch: Data, step: Data, lost: Iterable[str]) -> dict[str, Any]:
    gone = set(lost)
    asked = [host for host in step["gate"] if host not in gone or "deploy_after" in hostvars[host]]
    before, after = (
        {host: hostvars[host].get(name) or {} for host in asked} for name in ("deploy_before", "deploy_after")
    )
    return asdict(rollout.judge(rollout.Batch(**batch), rollout.BatchStep(**step), gone, before, after))


def rollout_tell(
    hostvars: Hostvars, batch: Data, step: Data, outcome: Data, host: str, left: Iterable[str]
) -> list[str]:
    """Why a host was rolled back."""
    hosts = [one for one in step["gate"] if one in set(left)]
    now = {one: hostvars[one].get("deploy_now") or {} for one in hosts}
    logs = {one: (hostvars[one].get("deploy_after") or {}).get("log") or [] for one in hosts}
    return rollout.tell_rollback(rollout.Batch(**batch), rollout.Outcome(**outcome), host, now, logs)


def rollout_failures(hostvars: Hostvars, hosts: Iterable[str]) -> list[str]:
    """The reports about all servers that were rolled back; equal reports of partners appear once."""
    reports = dict.fromkeys(tuple(hostvars[host].get("deploy_failed") or ()) for host in hosts)
    return [line for report in reports for line in report]


def not_normal(hostvars: Hostvars, hosts: Iterable[str], seconds: int) -> list[str]:
    return rollout.tell_not_normal({host: hostvars[host].get("failover_normal") or {} for host in hosts}, seconds)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "not_normal": not_normal,
            "rollout_begin": rollout_begin,
            "rollout_failures": rollout_failures,
            "rollout_judge": rollout_judge,
            "rollout_lost": rollout_lost,
            "rollout_plan": rollout_plan,
            "rollout_settled": rollout_settled,
            "rollout_tell": rollout_tell,
        }
