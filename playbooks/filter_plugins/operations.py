# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the operator's playbooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import operations
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_sides

Hostvars = Mapping[str, Mapping[str, Any]]


def _answers(hostvars: Hostvars, operation: operations.Operation) -> dict[str, Mapping[str, Any]]:
    """The hosts' latest answers, as tasks/operation_ask.yml registers them."""
    return {host: hostvars[host].get("operation_answer") or {} for host in operation.relationships}


def _unit_state(variables: Mapping[str, Any]) -> str:
    """systemd's word for the daemon's unit, by what partner_down registers; empty if it could not be asked."""
    status = (variables.get("operation_service") or {}).get("status") or {}
    return str(status.get("ActiveState") or "")


def operation_choose(
    hostvars: Hostvars, playbook: str, hosts: Iterable[str], present: Iterable[str], server: str, relationship: str
) -> dict[str, Any]:
    try:
        sides = collect_sides(hostvars, hosts)
        found = operations.choose(playbook, sides, server, relationship, present)
    except (ValueError, operations.RefusalError) as error:
        return {"refusal": str(error)}
    return {**found.as_data(), "refusal": ""}


def operation_judge(hostvars: Hostvars, operation: Mapping[str, Any], playbook: str, **options: Any) -> dict[str, Any]:
    chosen = _operation(operation)
    answers = _answers(hostvars, chosen)
    result: dict[str, Any] = {"refusal": "", "warnings": []}
    try:
        operations.refuse_move(chosen, answers, playbook == "partner_down")
        if playbook == "partner_down":
            conditions = {
                host: operations.partner_condition(answers[host], _unit_state(hostvars[host]))
                for host in chosen.partners
            }
            result["warnings"] = operations.judge_partner_down(chosen, answers, conditions, **options)
            result["evidence"] = {
                side["relationship"]: operations.partner_down_evidence(conditions, side["partner"], options["fenced"])
                for side in chosen.sides
            }
        elif playbook == "maintenance":
            result.update(asdict(operations.judge_maintenance(chosen, answers, **options)))
        else:
            operations.judge_rejoin(chosen, answers, **options)
    except operations.RefusalError as error:
        result["refusal"] = str(error)
    return result


def operation_maintenance(state: object, server: str) -> dict[str, Any]:
    try:
        return {"begin": operations.read_maintenance(state, server), "refusal": ""}
    except operations.RefusalError as error:
        return {"begin": False, "refusal": str(error)}


def operation_failure(hostvars: Hostvars, operation: Mapping[str, Any], line: str) -> list[str]:
    chosen = _operation(operation)
    return operations.failure(chosen, _answers(hostvars, chosen), line)


def operation_summary(
    hostvars: Hostvars, operation: Mapping[str, Any], playbook: str, check_mode: bool, **found: Any
) -> list[str]:
    """The summary: what was done, the states, and the next step."""
    chosen = _operation(operation)
    answers = _answers(hostvars, chosen)
    told = any((hostvars[host].get("operation_told") or {}).get("changed") for host in chosen.relationships)
    if playbook == "partner_down":
        lines, remedy = operations.tell_partner_down(chosen, answers, found["results"], check_mode)
    elif playbook == "maintenance":
        handover = operations.Handover(found["judged"]["already"], found["judged"]["possible"])
        lines, remedy = operations.tell_maintenance(chosen, answers, handover, told or found["stopped"], check_mode)
    else:
        verbs = {item["verb"] for items in found["verbs"].values() for item in items} if told else set()
        lines, remedy = operations.tell_rejoin(chosen, answers, found["started"], verbs, check_mode)
    after = [f"Next: {remedy}"] if remedy else []
    return [*lines, *operations.state_table(chosen, answers), *after]


def operation_verbs(hostvars: Hostvars, operation: Mapping[str, Any], resync: bool = False) -> dict[str, Any]:
    chosen = _operation(operation)
    return operations.rejoin_verbs(chosen, _answers(hostvars, chosen), resync)


def operation_all_normal(hostvars: Hostvars, operation: Mapping[str, Any]) -> bool:
    chosen = _operation(operation)
    return operations.all_normal(chosen, _answers(hostvars, chosen))


def operation_taken_over(hostvars: Hostvars, operation: Mapping[str, Any]) -> bool:
    chosen = _operation(operation)
    return operations.taken_over(chosen, _answers(hostvars, chosen))


def operation_wait(hostvars: Hostvars, operation: Mapping[str, Any], timeout: int) -> dict[str, Any]:
    chosen = _operation(operation)
    answer = _answers(hostvars, chosen)[chosen.server]
    wait = operations.wait_for(chosen, answer, float(answer.get("time") or 0))
    return {**asdict(wait), "timeout": wait.seconds + timeout, "poll": wait.poll}


def _operation(data: Mapping[str, Any]) -> operations.Operation:
    return operations.Operation(**{key: value for key, value in data.items() if key != "refusal"})


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "operation_all_normal": operation_all_normal,
            "operation_choose": operation_choose,
            "operation_failure": operation_failure,
            "operation_judge": operation_judge,
            "operation_maintenance": operation_maintenance,
            "operation_summary": operation_summary,
            "operation_taken_over": operation_taken_over,
            "operation_verbs": operation_verbs,
            "operation_wait": operation_wait,
        }
