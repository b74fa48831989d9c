# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of migrate and migrate_back: what each host does next, by what it was seen to be."""

from __future__ import annotations

from typing import Any

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.migration import COMPARED, FilterModule
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import Daemon, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import data_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

FILTERS = FilterModule().filters()
ADDRESSES = {name: f"192.0.2.{number}" for number, name in enumerate(("one", "two", "three", "four"), 1)}
NORMAL = Server(Daemon(True, True, phase=Phase.NORMAL))
DONE = Server(Daemon(), Daemon(True, True, phase=Phase.NORMAL))


def host(name: str, server: Server = NORMAL, offset: float = 0.0, **survey: Any) -> dict[str, Any]:
    pairs = {"one": ("one", "two"), "two": ("one", "two")}
    primary, secondary = pairs.get(name, ("three", "four"))
    return {
        "dhcp_server_daemon": "kea",
        "dhcp_server_failover": [{"name": f"{primary}-{secondary}", "primary": primary, "secondary": secondary}],
        "dhcp_server_address": ADDRESSES[name],
        "dhcp_server_subnets": [],
        "migrate_seen": {"seen": data_of(server), "mclt": {f"{primary}-{secondary}": 60}},
        COMPARED: {"status": {"clock_offset": offset, "clock_uncertainty": 0.1, "version": None}},
        "migrate_survey": {"survey": survey} if survey else {"skipped": True},
    }


def chosen(hostvars: dict[str, Any], server: str = "", goal: str = "kea") -> dict[str, Any]:
    found: dict[str, Any] = FILTERS["migration_pairs"](hostvars, hostvars, list(hostvars), goal, server)
    return found


def test_the_next_turns_of_two_pairs_are_side_by_side() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    found = chosen(hostvars)
    assert (found["refusal"], found["hosts"]) == ("", ["one", "two", "three", "four"])
    plan = FILTERS["migration_plan"](hostvars, found["pairs"], "kea", "pivot")
    assert [sorted(turns) for turns in plan["turns"]] == [["one", "three"], ["four", "two"]]
    begin = [{"deed": "begin", "daemon": "", "holder": "dhcpd"}]
    assert plan["turns"][1]["two"] == {
        "host": "two",
        "acts": begin,
        "gives": False,
        "leases": "",
        "mclt": {"one-two": 60},
    }
    assert plan["titles"] == [f"{pair}: Write a journal on both servers." for pair in ("one and two", "three and four")]


def test_pairs_that_are_not_declared_for_kea_stay_as_they_are() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    for name in ("three", "four"):
        hostvars[name]["dhcp_server_daemon"] = "dhcpd"
    found = chosen(hostvars)
    assert (found["hosts"], found["left"]) == (["one", "two"], ["three and four keep dhcpd, as declared."])
    assert chosen(hostvars, "three")["refusal"].startswith("three: dhcp_server_daemon is dhcpd. Set it to kea")
    # The way back does not depend on it.
    assert chosen(hostvars, goal="dhcpd")["hosts"] == ["one", "two", "three", "four"]
    hostvars["two"]["dhcp_server_daemon"] = "dhcpd"
    assert chosen(hostvars)["refusal"].startswith("two: dhcp_server_daemon is dhcpd")
    hostvars["one"]["dhcp_server_daemon"] = "dhcpd"
    assert chosen(hostvars)["refusal"].startswith("No pair in this run is declared for Kea")


def test_a_pair_that_is_there_does_nothing() -> None:
    hostvars = {name: host(name, DONE if name in ("one", "two") else NORMAL) for name in ADDRESSES}
    plan = FILTERS["migration_plan"](hostvars, chosen(hostvars)["pairs"], "kea", "pivot")
    assert [sorted(turns) for turns in plan["turns"]] == [["three"], ["four"]]
    assert plan["lines"][0] == "one and two: nothing to do. kea serves."
    assert FILTERS["migration_plan"](hostvars, chosen(hostvars, "one")["pairs"], "kea", "pivot")["turns"] == []


def test_the_secondary_takes_what_the_primary_gives() -> None:
    held = Server(Daemon(), journal=None)
    journal = {"goal": "kea", "holder": "dhcpd", "method": "pivot"}
    hostvars = {"one": host("one", Server(Daemon(True, phase=Phase.ALONE))), "two": host("two", held)}
    for name in hostvars:
        hostvars[name]["migrate_seen"]["seen"]["journal"] = journal
    plan = FILTERS["migration_plan"](hostvars, chosen(hostvars)["pairs"], "kea", "pivot")
    assert (plan["turns"][0]["one"]["acts"], plan["turns"][0]["one"]["gives"]) == ([], True)
    assert plan["turns"][1]["two"]["leases"] == "one"


def test_a_plan_has_what_was_found() -> None:
    survey = {"leases": 1, "shortest": 60, "lines": ["1 leases of clients"], "conflicts": []}
    hostvars = {"one": host("one", offset=0.5), "two": host("two", **survey)}
    hostvars["one"][COMPARED]["status"]["version"] = "2.6.3"
    lines = FILTERS["migration_plan"](hostvars, chosen(hostvars)["pairs"], "kea", "pivot")["lines"]
    assert lines[1:4] == [
        "Kea: 2.6.3 on one, not installed yet on two.",
        "Clocks: 0.5 s apart.",
        "Leases: 1 leases of clients.",
    ]
    for name in hostvars:
        del hostvars[name][COMPARED]
    assert FILTERS["migration_plan"](hostvars, chosen(hostvars)["pairs"], "kea", "pivot")["lines"][1].startswith(
        "Leases"
    )


def test_what_is_refused_names_the_pair() -> None:
    hostvars = {"one": host("one", Server()), "two": host("two")}
    plan = FILTERS["migration_plan"](hostvars, chosen(hostvars)["pairs"], "kea", "pivot")
    assert plan["refusal"].startswith("one and two: no move has begun, and neither both dhcpd nor both Kea are normal")
    assert chosen(hostvars, "five")["refusal"].startswith("five is in no relationship")
    assert chosen({})["refusal"] == "No server of this inventory is in a relationship."


def test_clocks_and_conflicts_stop_a_move() -> None:
    survey = {"leases": 1, "shortest": 60, "lines": [], "conflicts": ["192.0.2.9 is leased twice"]}
    hostvars = {"one": host("one"), "two": host("two", offset=2.5, **survey)}
    found = FILTERS["migration_objections"](hostvars, chosen(hostvars)["pairs"])
    assert found[0].startswith("one and two: The clocks of both servers are 2.5 s apart")
    assert found[1] == "one and two: 192.0.2.9 is leased twice"
    hostvars = {"one": host("one"), "two": host("two")}
    assert FILTERS["migration_objections"](hostvars, chosen(hostvars)["pairs"]) == []
