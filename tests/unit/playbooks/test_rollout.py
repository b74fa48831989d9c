# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the playbooks deploy and normal: one rollout, by what the hosts register."""

from __future__ import annotations

from typing import Any

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.rollout import FilterModule
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning

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
        "addresses": [ADDRESSES[host]],
        "halves": [half(host)],
        "disk": {"folder": "/v", "free": 2**30, "database": 0},
        "status": said(state),
    }
    return {"__dhcp_server_found_host": {**found, "declared_halves": [half(host)]}}


def test_a_pair_that_settles_is_planned_by_what_it_says_then() -> None:
    hostvars = {"one": facts("one"), "two": facts("two", "startup")}
    assert [FILTERS["rollout_settled"](hostvars, host) for host in hostvars] == [True, False]
    assert len(FILTERS["rollout_plan"](hostvars, hostvars, False)["errors"]) == 1
    hostvars["one"]["deploy_settled"] = {"skipped": True}
    hostvars["two"]["deploy_settled"] = said("normal")
    assert FILTERS["rollout_plan"](hostvars, hostvars, False)["errors"] == []


def test_a_gate_that_stays_closed() -> None:
    hostvars = {"one": facts("one"), "two": facts("two")}
    batch = FILTERS["rollout_plan"](hostvars, hostvars, False)["batches"][0]
    step = FILTERS["rollout_begin"](batch, [])
    assert (step["hosts"], step["gate"]) == (["two"], {"one": ["x"], "two": ["x"]})
    for host, state in (("one", "normal"), ("two", "recover")):
        hostvars[host].update(deploy_before=said("normal"), deploy_after=said(state, log=["a line"]))
    outcome = FILTERS["rollout_judge"](hostvars, batch, step, [])
    assert (outcome["rollback"], outcome["confirm"]) == (["two"], [])
    hostvars["one"]["deploy_now"] = hostvars["two"]["deploy_now"] = said("normal")
    lines = FILTERS["rollout_tell"](hostvars, batch, step, outcome, "two", ["one", "two"])
    assert lines[0] == 'Relationship "x" did not become normal after the restart of two:'
    assert lines[-1] == "  a line"
    hostvars["two"]["deploy_failed"] = lines
    assert FILTERS["rollout_failures"](hostvars, ["one", "two"]) == lines
    hostvars["one"]["deploy_failed"] = list(lines)
    assert FILTERS["rollout_failures"](hostvars, ["one", "two"]) == lines
    del hostvars["one"]["deploy_failed"]
    assert FILTERS["rollout_lost"](hostvars, ["one", "two", "three"], ["one", "two"]) == ["two", "three"]


def test_what_an_unreachable_host_said_before_does_not_count() -> None:
    hostvars = {"one": facts("one"), "two": facts("two")}
    batch = FILTERS["rollout_plan"](hostvars, hostvars, False)["batches"][0]
    hostvars["one"]["deploy_after"] = said("normal")
    outcome = FILTERS["rollout_judge"](hostvars, batch, FILTERS["rollout_begin"](batch, []), ["two"])
    assert "two: no answer" in outcome["closed"]["x"]


def test_not_normal() -> None:
    hostvars = {"one": {"failover_normal": {"reached": True}}, "two": {}}
    assert FILTERS["not_normal"](hostvars, ["one"], 5) == []
    assert FILTERS["not_normal"](hostvars, ["one", "two"], 5)[0] == "Not normal within 5 s:"
