# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.rollout import (
    Server,
    active_hosts,
    gates,
    judge_gate,
    make_plan,
    plan_as_data,
)


def rollout_plan(
    hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], forced: bool = False
) -> dict[str, Any]:
    def server(host: str) -> Server:
        found, later = hostvars[host]["__dhcp_server_found_host"], hostvars[host].get("deploy_settled", {})
        answer = found["status"] if later.get("skipped") or not later else later
        return Server(host, hostvars[host]["__dhcp_server_halves"], found, answer)

    servers = [server(host) for host in hosts]
    return plan_as_data(make_plan(servers, forced))


def rollout_active(turn: Mapping[str, Any], failed: Iterable[str]) -> list[str]:
    return active_hosts(turn, failed)


def rollout_gates(turn: Mapping[str, Any], active: Iterable[str]) -> dict[str, list[str]]:
    return gates(turn, active)


def rollout_verdict(
    turn: Mapping[str, Any], active: Iterable[str], failed: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    lost = set(failed)
    asked = [host for host in turn["gate"] if host not in lost or "deploy_after" in hostvars[host]]
    return judge_gate(
        turn,
        active,
        lost,
        {host: hostvars[host].get("deploy_before", {}) for host in asked},
        {host: hostvars[host].get("deploy_after", {}) for host in asked},
    )


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "rollout_active": rollout_active,
            "rollout_gates": rollout_gates,
            "rollout_plan": rollout_plan,
            "rollout_verdict": rollout_verdict,
        }
