# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the operator's playbooks: each operation by what the hosts registered."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.operations import FilterModule
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning

FILTERS = FilterModule().filters()
ADDRESSES = {"one": "192.0.2.1", "two": "192.0.2.2"}


def host(name: str, state: str, partner_state: str = "normal", running: bool = True, **report: Any) -> dict[str, Any]:
    role, peer = ("primary", "two") if name == "one" else ("secondary", "one")
    half = {"name": "x", "role": role, "address": ADDRESSES[name], "peer_address": ADDRESSES[peer]}
    said = {"name": "x", "local_state": state, "partner_state": partner_state, "since": "2026-11-22T18:19:56Z"}
    answer = {
        "daemon": "dhcpd",
        "unit": "dhcpd",
        "running": running,
        "time": 1795371700.0,
        "relationships": [with_meaning({**said, "mclt": 60, **report})],
    }
    return {"dhcp_server_failover": [half], "operation_answer": answer}


def chosen(hostvars: dict[str, Any], server: str) -> dict[str, Any]:
    found: dict[str, Any] = FILTERS["operation_choose"](hostvars, "rejoin", hostvars, list(hostvars), server, "")
    assert found["refusal"] == ""
    return found


def test_a_choice_that_makes_no_sense_is_refused() -> None:
    assert 'It is "three"' in FILTERS["operation_choose"]({}, "rejoin", [], [], "three", "")["refusal"]


def test_taking_over_from_a_dead_partner() -> None:
    hostvars = {
        "one": host("one", "communications-interrupted"),
        "two": host("two", "normal"),
    }
    operation = chosen(hostvars, "one")
    judged = FILTERS["operation_judge"](hostvars, operation, "partner_down", fenced=False)
    assert "dhcpd runs there" in judged["refusal"]
    unit = {"status": {"ActiveState": "inactive"}}
    hostvars["two"].update(operation_service=unit, operation_answer={"running": False})
    judged = FILTERS["operation_judge"](hostvars, operation, "partner_down", fenced=False)
    assert (judged["refusal"], judged["evidence"]) == ("", {"x": "stopped"})
    result = {"changed": True, "relationship": "x", "usable_at": "2026-11-22T18:49:56Z", "usable_in": 60, "mclt": 60}
    lines = FILTERS["operation_summary"](hostvars, operation, "partner_down", False, results=[result])
    assert lines[0].startswith("one has taken over")
    assert lines[-1].startswith("Next: keep dhcpd on the partner stopped")


def moving(name: str, state: str, holder: str, **changes: Any) -> dict[str, Any]:
    """A server whose pair is on its way to Kea."""
    found = host(name, state)
    journal = {"step": "moving", "since": "2026-11-22T18:20:00Z", "by": None, "goal": "kea", "holder": holder}
    found["operation_answer"].update(deployment=journal, **changes)
    return found


@pytest.mark.parametrize(
    "server, holder, daemon, state, may",
    [
        ("one", "dhcpd", "dhcpd", "communications-interrupted", True),
        ("two", "dhcpd", "dhcpd", "communications-interrupted", True),
        # It was loaded, and its partner has leased addresses since.
        ("one", "dhcpd", "kea", "partner-down", False),
        # Kea of the primary has, or may have, served.
        ("two", "kea-primary", "dhcpd", "partner-down", False),
        ("two", "kea-primary", "kea", "waiting", False),
        ("one", "kea-primary", "kea", "partner-down", True),
        ("one", "kea", "kea", "communications-interrupted", True),
        ("two", "kea", "kea", "communications-interrupted", True),
        ("one", "kea", "dhcpd", "communications-interrupted", False),
        ("one", "", "dhcpd", "communications-interrupted", False),
    ],
)
def test_who_may_serve_alone_while_the_pair_moves(server: str, holder: str, daemon: str, state: str, may: bool) -> None:
    """The partner is lost. Only the daemon whose leases count may take over."""
    other = "two" if server == "one" else "one"
    hostvars = {server: moving(server, state, holder, daemon=daemon), other: host(other, "normal")}
    hostvars[other]["operation_answer"] = {"unreachable": True, "msg": "Connection timed out"}
    operation = chosen(hostvars, server)
    judged = FILTERS["operation_judge"](hostvars, operation, "partner_down", fenced=False)
    assert ("let dhcpd serve alone: " in judged["refusal"]) is not may
    if may:
        assert judged["refusal"] == ""
        lines = FILTERS["operation_summary"](hostvars, operation, "partner_down", False, results=[])
        assert lines[-1].startswith(
            f"Next: start no daemon on {other} by hand. When it is back: Go on: ansible-playbook"
        )


def test_other_operations_wait_for_the_end_of_a_move() -> None:
    hostvars = {"one": host("one", "normal"), "two": moving("two", "normal", "dhcpd")}
    operation = chosen(hostvars, "one")
    for playbook, option in (("maintenance", {"force": True}), ("rejoin", {"resync": False})):
        refusal = FILTERS["operation_judge"](hostvars, operation, playbook, **option)["refusal"]
        assert refusal.startswith("The move to Kea of this pair has not ended: it has a journal on two. The leases of")
        assert "dhcp_failover.migrate -e failover_server=two. Or return: " in refusal


def test_handing_over() -> None:
    hostvars = {"one": host("one", "normal"), "two": host("two", "normal")}
    operation = chosen(hostvars, "one")
    judged = FILTERS["operation_judge"](hostvars, operation, "maintenance", force=False)
    assert (judged["refusal"], judged["already"], judged["possible"]) == ("", False, True)
    assert not FILTERS["operation_taken_over"](hostvars, operation)
    hostvars.update(one=host("one", "shutdown", "partner-down"), two=host("two", "partner-down", "shutdown"))
    assert FILTERS["operation_taken_over"](hostvars, operation)
    lines = FILTERS["operation_summary"](hostvars, operation, "maintenance", False, judged=judged, stopped=True)
    assert "are served by the partner" in lines[0]
    assert lines[-1].endswith("maintenance_state=off.")


def test_rejoining() -> None:
    hostvars = {"one": host("one", "recover-wait"), "two": host("two", "partner-down")}
    operation = chosen(hostvars, "one")
    assert FILTERS["operation_judge"](hostvars, operation, "rejoin", resync=False)["refusal"] == ""
    wait = FILTERS["operation_wait"](hostvars, operation, 120)
    assert (wait["seconds"], wait["timeout"], wait["poll"]) == (0, 120, 1)
    assert not FILTERS["operation_all_normal"](hostvars, operation)
    assert FILTERS["operation_failure"](hostvars, operation, "Not in time.")[0] == "Not in time."
    lines = FILTERS["operation_summary"](hostvars, operation, "rejoin", False, started=True, verbs={})
    assert lines[0] == "dhcpd on one was started. It is a partner again. The states now:"
    assert not lines[-1].startswith("Next:")
    hostvars["one"] = {**host("one", "shutdown"), "operation_told": {"changed": True}}
    verbs = FILTERS["operation_verbs"](hostvars, operation)
    assert verbs == {"one": [{"relationship": "x", "verb": "rejoin"}]}
    lines = FILTERS["operation_summary"](hostvars, operation, "rejoin", False, started=False, verbs=verbs)
    assert "has left the state it was held in" in lines[0]


def test_maintenance_is_on_or_off() -> None:
    assert FILTERS["operation_maintenance"]("on", "one") == {"begin": True, "refusal": ""}
    assert FILTERS["operation_maintenance"](False, "one") == {"begin": False, "refusal": ""}
    assert "failover_server=one" in FILTERS["operation_maintenance"]("", "one")["refusal"]
