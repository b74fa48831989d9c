# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks deploy and normal.

They read what deploy registers for each host: COMPARED (server_compare), deploy_failed (a failed preparation),
deploy_taken (failover_state), deploy_done (managed_server), deploy_answer (failover_info), and deploy_again, the same
some seconds later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import rollout

Hostvars = Mapping[str, Mapping[str, Any]]
Data = Mapping[str, Any]

COMPARED = "__dhcp_server_found_host"


def rollout_plan(hostvars: Hostvars, hosts: Iterable[str], forced: bool) -> dict[str, Any]:
    """The plan, its first step, and what to say before."""
    hosts = list(hosts)
    found = {host: hostvars[host].get("deploy_failed") or hostvars[host][COMPARED] for host in hosts}
    # The comparison never counts as failed, so that Ansible does not print its errors, which the plan has.
    unknown = {host: result for host, result in found.items() if "differences" not in result}
    compared = [rollout.DeployedServer(host, result) for host, result in found.items() if host not in unknown]
    plan = rollout.make_plan(compared, forced, unknown)
    more = {
        # The second plan follows the preparation.
        "lines": rollout.tell_plan(plan, hosts, prepared=any(hostvars[host].get("deploy_plan") for host in hosts)),
        "step": asdict(rollout.begin(plan)),
        "steps": ["stage", *(f"restart {', '.join(batch.hosts)}" for batch in plan.batches), "confirm"],
    }
    return {**asdict(plan), **more}


def rollout_step(hostvars: Hostvars, plan: Data, step: Data, unequal: Data) -> dict[str, Any]:
    """The next step, by what the servers said in the last one. unequal: leases that stayed different."""
    last = rollout.Step(**_plain(step))
    names = ("deploy_done", "deploy_answer", "deploy_taken")
    results = {
        host: rollout.StepResult(*(_plain(hostvars[host].get(name) or {}) for name in names))
        for host in {**last.states, **last.gate, **last.settle, **last.takeover}
    }
    return asdict(rollout.advance(_plan(plan), last, results, time.time(), _plain(unequal)))


def rollout_served(hostvars: Hostvars, step: Data, host: str) -> bool:
    """Whether a server may be restarted, because those have taken over that should."""
    taken = {other: hostvars[other].get("deploy_taken") or {} for other in step["served"].get(host, [])}
    return not rollout.not_served(taken)


def rollout_unequal(hostvars: Hostvars, step: Data, before: Data | None = None) -> dict[str, Any]:
    """The leases in which partners differ at their gate; of those that differed before, the ones that still do."""
    name = "deploy_answer" if before is None else "deploy_again"
    answers = {host: hostvars[host].get(name) or {} for host in step["gate"]}
    return rollout.unequal_leases(step["gate"], answers, before)


def rollout_patience(hostvars: Hostvars, step: Data, host: str, gate: int, settle: int) -> int:
    """How many seconds a server may take to become normal in a step."""
    others = step["needs"].get(host, [])
    if host not in step["gate"] or not all(rollout_served(hostvars, step, other) for other in others):
        return settle
    # Do not wait for a partner that was not restarted.
    done = [hostvars[other].get("deploy_done") or {} for other in others]
    return 0 if any(result.get("failed") or result.get("unreachable") for result in done) else gate


def rollout_end(plan: Data, step: Data, hosts: Iterable[str]) -> dict[str, Any]:
    return asdict(rollout.end(_plan(plan), rollout.Step(**_plain(step)), hosts))


def not_normal(hostvars: Hostvars, hosts: Iterable[str], seconds: int) -> list[str]:
    return rollout.tell_not_normal({host: hostvars[host].get("failover_normal") or {} for host in hosts}, seconds)


def _plan(data: Data) -> rollout.RolloutPlan:
    fields = {key: _plain(value) for key, value in data.items() if key not in ("lines", "step", "steps")}
    return rollout.RolloutPlan(**{**fields, "batches": [rollout.Batch(**batch) for batch in fields["batches"]]})


def _plain(value: Any) -> Any:
    """Without Ansible's containers, which cannot be copied."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "not_normal": not_normal,
            "rollout_end": rollout_end,
            "rollout_patience": rollout_patience,
            "rollout_plan": rollout_plan,
            "rollout_served": rollout_served,
            "rollout_step": rollout_step,
            "rollout_unequal": rollout_unequal,
        }
