# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters for the report of a move: the clients that watch it, and the account of what was registered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.migration_report import FilterModule
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import Daemon, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import data_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._drill.test_report import T, exchange
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._migration.test_account import PIVOT, note

FILTERS = FilterModule().filters()
PAIRS = [
    {"primary": "one", "secondary": "two", "relationships": ["lab"]},
    {"primary": "three", "secondary": "four", "relationships": ["other"]},
]
HOSTS = [pair[side] for pair in PAIRS for side in ("primary", "secondary")]
JOURNAL = f"{T + 13} one dhcpd[9]: failover peer lab: I move from normal to partner-down"


@pytest.mark.parametrize(
    ("probe", "interface", "words"),
    [
        ("nowhere", "", 'migrate_probe: "nowhere" is not in this inventory.'),
        ("bare", "", "bare has no interface for clients: set dhcp_client_interface, or migrate_interface."),
        ("bare", "ens9", ""),
        ("client", "", ""),
        ("", "", ""),
    ],
)
def test_clients_need_a_host_with_an_interface(probe: str, interface: str, words: str) -> None:
    hostvars = {"bare": {}, "client": {"dhcp_client_interface": "ens9"}}
    found = FILTERS["migration_clients"](hostvars, probe, interface, 20, 0.25)
    assert found["refusal"] == words
    if probe and not words:
        assert found["interface"] == "ens9"


@pytest.mark.parametrize(("clients", "rate", "seconds"), [(20, 0.25, 19920), (100, 2, 2450), (100, 0, 86400)])
def test_clients_stay_as_long_as_the_probe_can_run(clients: int, rate: float, seconds: int) -> None:
    found = FILTERS["migration_clients"]({"client": {}}, "client", "ens9", clients, rate)
    assert found["duration"] == seconds
    assert found["stay"] > 60, "a client that left before it was served would hide how long it waited"


def hostvars() -> dict[str, Any]:
    seen = data_of(Server(Daemon(True, True, phase=Phase.NORMAL, answers=True)))
    found: dict[str, Any] = {name: {"migrate_seen": {"seen": seen}} for name in HOSTS}
    for number, name in ((100, "one"), (200, "two")):
        lease = {
            "address": "172.16.1.1",
            "hardware": "02:00:00:00:00:01",
            "binding_state": "active",
            "ends": "2026-11-22T18:30:00Z",
        }
        found[name].update(
            migrate_asked={
                "clock_offset": 5.0,
                "clock_uncertainty": 0.1,
                "relationships": [{"address": f"172.16.1.{number}"}],
            },
            migrate_database={"leases": [lease]},
            migrate_journals={"results": [{"item": {"daemon": "dhcpd"}, "stdout_lines": [JOURNAL]}]},
        )
    found["one"]["migrate_survey"] = {"survey": {"leases": 1, "shortest": 60, "lines": ["1 lease"], "conflicts": []}}
    return found


def report(plan: dict[str, Any], probe: dict[str, Any] | None = None, **begun: Any) -> dict[str, Any]:
    known = hostvars()
    beginning = {**FILTERS["migration_beginning"](known, HOSTS, T), "end": T + 40, **begun}
    record = "\n".join(json.dumps(note(*act)) for act in PIVOT)
    planned = {"failed": {}, "paused": {}, "hosts": [], **plan}
    found: dict[str, Any] = FILTERS["migration_report"](planned, known, PAIRS, "kea", beginning, record, probe or {})
    return found


def test_the_report_of_two_pairs_without_clients() -> None:
    found = report({"failed": {"three and four": ["three: off."]}})
    one, three = found["record"]["pairs"]
    assert (one["over"], three["over"], three["failed"]) == (True, False, ["three: off."])
    assert one["leases"][0] == "1 lease"
    assert one["expected"] > 0
    (silence,) = one["silences"]
    assert round(silence["end"] - silence["start"], 1) == 4.5
    assert silence["start"] == T + 20 - 5, "by the controller's clock"
    assert found["lost"] == []
    assert {(state["host"], state["daemon"], state["local_state"]) for state in found["record"]["states"]} >= {
        ("one", "dhcpd", "normal"),
        ("one", "dhcpd", "partner-down"),
    }


def test_a_run_that_broke_off_or_was_to_end_is_not_over() -> None:
    one, three = report({"hosts": ["one", "two"], "paused": {"three and four": "join"}})["record"]["pairs"]
    assert (one["over"], one["failed"]) == (False, ["The run ended before."])
    assert (three["over"], three["failed"], three["paused"]) == (False, [], "join")


def test_clients_are_compared_with_the_databases_of_their_pair() -> None:
    renewed = [exchange("acquire", "ack", 1, 1, "172.16.1.100"), exchange("rebind", "ack", 1, 41, "172.16.1.200")]
    text = "\n".join(json.dumps({"record": "exchange", **one}) for one in renewed)
    probe = {"host": "client", "records": [text], "asked": {}, "read_at": T + 50}
    found = report({}, probe, bound=T + 2)
    assert found["record"]["clients"]["verdicts"][1]["checked"].startswith(
        "1 lease that clients held at 18:20:50.0, in 2 databases (one, two)"
    )
    assert found["lost"] == [], found["lost"]
    assert found["record"]["clients"]["figures"]["clients"] == 1
    unfinished = report({"hosts": ["one", "two"]}, probe)["record"]["clients"]["verdicts"][1]
    assert unfinished["ok"] is None
