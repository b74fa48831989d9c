# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the playbooks deploy and normal: one rollout, by what the hosts register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.rollout import FilterModule
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
FILTERS = FilterModule().filters()
ADDRESSES = {"one": "192.0.2.1", "two": "192.0.2.2"}
CHANGED = Difference("config", How.DIFFERENT, "/etc/dhcp/dhcpd.conf", "it differs", "content")


def half(host: str) -> dict[str, Any]:
    role, peer = ("primary", "two") if host == "one" else ("secondary", "one")
    return {"name": "x", "role": role, "address": ADDRESSES[host], "peer_address": ADDRESSES[peer]}


def said(state: str, **more: Any) -> dict[str, Any]:
    report = with_meaning({"name": "x", "local_state": state, "since": "2026-11-22T10:00:00Z", "problem": None})
    return {"running": True, "time": 1000.0, "version": "4.4.3", "relationships": [report], "faults": [], **more}


def facts(host: str, state: str = "normal") -> dict[str, Any]:
    found = {
        "differences": [CHANGED.as_dict()],
        "running": True,
        "unproven": False,
        "install": False,
        "pending": True,
        "addresses": [ADDRESSES[host]],
        "halves": [half(host)],
        "declared_halves": [half(host)],
        "closed": [],
        "table": {"daemon": {"name": "dhcpd", "config": "/etc/dhcp/dhcpd.conf", "hands_over": False, "anchor": ""}},
        "status": said(state),
    }
    return {"__dhcp_server_found_host": found}


def test_a_rollout_from_the_plan_to_the_end() -> None:
    hostvars = {"one": facts("one"), "two": facts("two")}
    plan = FILTERS["rollout_plan"](hostvars, hostvars, False)
    assert plan["lines"][-1] == "Restart two, then one."
    assert plan["steps"] == ["stage", "restart two", "restart one", "confirm"]
    step = plan["step"]
    for _turn in plan["steps"]:
        for host in hostvars:
            hostvars[host].update(deploy_done={"changed": True}, deploy_answer=said("normal"))
        assert FILTERS["rollout_unequal"](hostvars, step) == {}
        step = FILTERS["rollout_step"](hostvars, plan, step, {})
    assert FILTERS["rollout_end"](plan, step, hostvars) == {
        "lines": [f"{host} runs the new configuration (normal)." for host in hostvars],
        "failed": False,
    }


@pytest.mark.parametrize("name", ["deploy_failed", "__dhcp_server_found_host"])
def test_a_server_that_failed_has_no_plan(name: str) -> None:
    hostvars = {"one": facts("one"), "two": {**facts("two"), name: {"failed": True, "msg": "disk full"}}}
    plan = FILTERS["rollout_plan"](hostvars, hostvars, False)
    assert (plan["errors"], plan["pending"]) == (["two: disk full"], [])


@pytest.mark.parametrize(
    "done, host, seconds",
    [
        ({"changed": True}, "one", 120),
        ({"failed": True}, "one", 0),
        ({"unreachable": True}, "one", 0),
        ({"skipped": True}, "one", 120),
        ({"failed": True}, "three", 30),
    ],
)
def test_a_partner_that_was_not_restarted_is_not_waited_for(done: dict[str, Any], host: str, seconds: int) -> None:
    step = {"gate": {"one": ["x"], "two": ["x"]}, "needs": {"one": ["two"], "two": ["two"]}, "served": {}}
    hostvars = {"one": {}, "two": {"deploy_done": done}}
    assert FILTERS["rollout_patience"](hostvars, step, host, 120, 30) == seconds


def test_not_normal() -> None:
    hostvars = {"one": {"failover_normal": {"reached": True}}, "two": {}}
    assert FILTERS["not_normal"](hostvars, ["one"], 5) == []
    assert FILTERS["not_normal"](hostvars, ["one", "two"], 5)[0] == "Not normal within 5 s:"


def set_facts(tasks: Any) -> list[str]:
    """The names of all facts that tasks set, also in blocks, in order."""
    if isinstance(tasks, list):
        return [name for task in tasks for name in set_facts(task)]
    if not isinstance(tasks, dict):
        return []
    return [
        *tasks.get("ansible.builtin.set_fact", {}),
        *(name for value in tasks.values() for name in set_facts(value)),
    ]


def test_a_deployment_forgets_an_earlier_one_in_the_same_run() -> None:
    tasks = yaml.safe_load((PLAYBOOKS / "deploy.yml").read_text())[1]["tasks"]
    included = [
        yaml.safe_load((PLAYBOOKS / f"tasks/deploy_{name}.yml").read_text()) for name in ("prepare", "step", "leases")
    ]
    later = set_facts([tasks[1:], included])
    assert {"deploy_plan", "deploy_failed", "deploy_reached", "deploy_unequal"} <= set(later)
    assert set(later) <= set(set_facts(tasks[:1]))
