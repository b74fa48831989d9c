# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of migrate and migrate_back: what each host does next, by what it was seen to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.migration import (
    COMPARED,
    MOST_STEPS,
    FilterModule,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    Daemon,
    Holder,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import data_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS

FILTERS = FilterModule().filters()
ADDRESSES = {name: f"192.0.2.{number}" for number, name in enumerate(("one", "two", "three", "four"), 1)}
NORMAL = Server(Daemon(True, True, phase=Phase.NORMAL, answers=True))
SURVEY = {"leases": 1, "release": "2.6.3", "shortest": 60, "lines": [], "warnings": [], "conflicts": [], "pools": []}
DONE = Server(Daemon(), Daemon(True, True, phase=Phase.NORMAL, answers=True))


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


def plan(hostvars: dict[str, Any], goal: str = "kea", before: dict[str, Any] | None = None) -> dict[str, Any]:
    pairs = chosen(hostvars)["pairs"]
    found: dict[str, Any] = FILTERS["migration_plan"](before or {}, hostvars, pairs, goal, "pivot")
    return found


def told(hostvars: dict[str, Any], step: dict[str, Any]) -> list[str]:
    found: list[str] = FILTERS["migration_told"](step, hostvars, chosen(hostvars), "kea", "pivot")
    return found


def test_the_next_turns_of_two_pairs_are_side_by_side() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    found = chosen(hostvars)
    assert (found["refusal"], found["hosts"]) == ("", ["one", "two", "three", "four"])
    step = plan(hostvars)
    assert [sorted(turns) for turns in step["turns"]] == [["four", "two"], ["one", "three"]]
    assert step["hosts"] == step["prepare"] == found["hosts"]
    begin = [{"deed": "begin", "daemon": "", "holder": "dhcpd"}]
    assert step["turns"][0]["two"] == {
        "host": "two",
        "acts": begin,
        "gives": False,
        "leases": "",
        "partner": "stopped",
        "step": "begin: Write a journal on both servers",
        "mclt": {"one-two": 60},
    }
    title = "step 1 of 6, begin: Write a journal on both servers."
    assert step["titles"] == [f"one and two: {title}", f"three and four: {title}"]


def test_each_server_may_be_the_primary_of_a_relationship() -> None:
    hostvars = {name: host(name) for name in ("one", "two")}
    hostvars["two"]["migrate_seen"]["mclt"] = {"two-one": 90}
    (turns, _second) = plan(hostvars)["turns"]
    assert turns["two"]["mclt"] == {"one-two": 60, "two-one": 90}


def test_pairs_that_are_not_declared_for_kea_stay_as_they_are() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    for name in ("three", "four"):
        hostvars[name]["dhcp_server_daemon"] = "dhcpd"
    found = chosen(hostvars)
    assert (found["hosts"], found["left"]) == (["one", "two"], ["three and four keep dhcpd, as declared."])
    assert "three and four keep dhcpd, as declared." in told(hostvars, plan(hostvars))
    assert chosen(hostvars, "three")["refusal"].startswith("three: dhcp_server_daemon is dhcpd. Set it to kea")
    # The way back does not depend on it.
    assert chosen(hostvars, goal="dhcpd")["hosts"] == ["one", "two", "three", "four"]
    hostvars["two"]["dhcp_server_daemon"] = "dhcpd"
    assert chosen(hostvars)["refusal"].startswith("two: dhcp_server_daemon is dhcpd")
    hostvars["one"]["dhcp_server_daemon"] = "dhcpd"
    assert chosen(hostvars)["refusal"].startswith("No pair in this run is declared for Kea")


def test_a_pair_that_is_there_does_nothing() -> None:
    hostvars = {name: host(name, DONE if name in ("one", "two") else NORMAL) for name in ADDRESSES}
    step = plan(hostvars)
    assert [sorted(turns) for turns in step["turns"]] == [["four"], ["three"]]
    assert step["hosts"] == ["three", "four"]
    assert told(hostvars, step)[0] == "one and two: nothing to do, Kea serves."
    assert step["arrived"] == []


def test_a_pair_arrives_once() -> None:
    hostvars = {name: host(name) for name in ("one", "two")}
    step = plan(hostvars)
    hostvars["one"]["migrate_done"] = {"lines": ["stopped dhcpd"], "waiting": ""}
    step = FILTERS["migration_rest"](step, hostvars, chosen(hostvars)["pairs"], "migrate_done")
    assert step["done"] == ["one: stopped dhcpd"]
    hostvars = {name: host(name, DONE) for name in hostvars}
    step = plan(hostvars, before=step)
    assert (step["hosts"], step["arrived"], step["done"]) == ([], ["one", "two"], [])
    end = FILTERS["migration_end"](step, hostvars, chosen(hostvars)["pairs"], "kea")
    assert end[0] == "one and two: Kea serves."
    # It is not looked at any more.
    hostvars["one"]["migrate_seen"] = {"skipped": True}
    assert plan(hostvars, before=step)["arrived"] == ["one", "two"]


def test_a_run_that_ends_before_the_cut() -> None:
    journal = {"goal": "kea", "holder": "dhcpd", "method": "pivot"}
    loaded = Server(Daemon(True, phase=Phase.ALONE), Daemon(True, deaf=True, phase=Phase.ALONE))
    hostvars = {"one": host("one", Server(Daemon(True, phase=Phase.ALONE))), "two": host("two", Server())}
    for name in hostvars:
        hostvars[name]["migrate_seen"]["seen"]["journal"] = journal
    pairs = chosen(hostvars)["pairs"]
    ask = FILTERS["migration_plan"]
    assert ask({}, hostvars, pairs, "kea", "pivot", "load")["hosts"] == ["one", "two"]
    hostvars["one"]["migrate_seen"]["seen"] = {**data_of(loaded), "journal": journal}
    found = ask({}, hostvars, pairs, "kea", "pivot", "load")
    assert (found["hosts"], found["turns"], found["failed"]) == ([], [], {})
    (line,) = FILTERS["migration_end"](found, hostvars, pairs, "kea")
    assert line == "one and two: the next step is cut over. Run this again to make it; migrate_back returns."
    assert ask({}, hostvars, pairs, "kea", "pivot")["hosts"] == ["one", "two"]
    (why,) = ask({}, hostvars, pairs, "kea", "pivot", "lunch")["failed"]["one and two"]
    assert why == 'migrate_until is "lunch". The steps of this way are: begin, hand over, load, cut over, join, end.'


def test_the_primary_takes_what_the_secondary_gives() -> None:
    held = Server(Daemon(), journal=None)
    journal = {"goal": "kea", "holder": "dhcpd", "method": "pivot"}
    hostvars = {"one": host("one", Server(Daemon(True, phase=Phase.ALONE))), "two": host("two", held)}
    for name in hostvars:
        hostvars[name]["migrate_seen"]["seen"]["journal"] = journal
    step = plan(hostvars)
    assert (len(step["turns"][0]["two"]["acts"]), step["turns"][0]["two"]["gives"]) == (2, True)
    assert step["turns"][1]["one"]["leases"] == "two"


def test_a_plan_has_what_was_found() -> None:
    survey = {
        "leases": 1,
        "release": "2.6.3",
        "shortest": 60,
        "lines": ["1 lease of a client"],
        "warnings": [],
        "conflicts": [],
        "pools": [{"relationship": "one-two", "subnet": "192.0.2.0/24", "own": 40, "later": 39}],
    }
    hostvars = {"one": host("one", offset=0.5, **survey), "two": host("two")}
    hostvars["one"][COMPARED]["status"]["version"] = "2.6.3"
    port = {"relationship": "one-two", "port": 8000, "owner": "", "peer": "192.0.2.1", "peer_port": 8000}
    hostvars["one"]["migrate_survey"]["room"] = "1 MiB"
    hostvars["two"]["migrate_gave"] = {"room": "2 MiB", "ports": [{**port, "answer": "accepted"}]}
    lines = told(hostvars, plan(hostvars))
    assert lines[1:8] == [
        "  Kea 2.6.3 is on one.",
        "  Kea will be installed on two.",
        "  The clocks of both servers are 0.5 s apart.",
        "  The disks have room for what the move writes, up to 1 MiB on one and 2 MiB on two.",
        "  The port of Kea is free: 8000 on two.",
        "  two reaches 192.0.2.1 at port 8000.",
        "  Found 1 lease of a client.",
    ]
    assert "after 40 of them have come, until 39 more addresses can be used, 60 s (MCLT) after" in lines[9]
    for name in hostvars:
        hostvars[name] = host(name, **survey)
        del hostvars[name][COMPARED]
    assert told(hostvars, plan(hostvars))[1].startswith("  Found")


def test_a_way_back_says_which_configuration_dhcpd_gets() -> None:
    hostvars = {name: host(name, DONE, **SURVEY) for name in ("one", "two")}
    for name in hostvars:
        hostvars[name]["migrate_survey"]["config"] = {"path": "/etc/dhcp/dhcpd.conf", "changed": f"day {name}"}
    (line,) = (
        line
        for line in FILTERS["migration_told"](plan(hostvars, "dhcpd"), hostvars, chosen(hostvars), "dhcpd", "pivot")
        if "configuration" in line
    )
    assert "/etc/dhcp/dhcpd.conf (changed at day one on one, at day two on two). What was declared since" in line


def test_a_port_that_another_program_has_stops_a_move() -> None:
    hostvars = {"one": host("one", **SURVEY), "two": host("two")}
    port = {"relationship": "x", "port": 8000, "owner": "nginx", "peer": "", "peer_port": 0, "answer": "refused"}
    hostvars["two"]["migrate_gave"] = {"room": "1 MiB", "ports": [port]}
    found = FILTERS["migration_surveyed"](plan(hostvars), hostvars, chosen(hostvars)["pairs"])
    (why,) = found["failed"]["one and two"]
    assert why.startswith("Port 8000 of two is taken by nginx, and Kea needs it")


def test_that_kea_of_the_partner_does_not_serve_is_only_claimed_if_it_was_seen() -> None:
    journal = {"goal": "kea", "holder": "kea", "method": "pivot"}
    hostvars = {"one": host("one", Server()), "two": host("two", DONE)}
    for name in hostvars:
        hostvars[name]["migrate_seen"]["seen"]["journal"] = journal
    partners = {name: turn["partner"] for turns in plan(hostvars)["turns"] for name, turn in turns.items()}
    assert partners == {"one": "unknown", "two": "stopped"}


def test_what_is_refused_names_the_pair() -> None:
    hostvars = {"one": host("one", Server()), "two": host("two"), "three": host("three"), "four": host("four")}
    step = plan(hostvars)
    assert step["failed"]["one and two"][0].startswith("no move has begun, and neither both dhcpd nor both Kea are")
    assert step["hosts"] == ["three", "four"]
    assert told(hostvars, step)[0].startswith("three and four")
    assert chosen(hostvars, "five")["refusal"].startswith("five is in no relationship")
    refusals = {
        FILTERS["migration_pairs"](hostvars, hostvars, hostvars, goal, method="Cold")["refusal"] for goal in DAEMONS
    }
    assert refusals == {'migrate_method is "Cold". It can be pivot or cold.'}
    assert chosen({})["refusal"] == "No server of this inventory is in a relationship."


def test_a_server_with_several_partners_moves_with_none_of_them() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    chain = [{"name": "two-three", "primary": "two", "secondary": "three"}]
    for name in ("two", "three"):
        hostvars[name]["dhcp_server_failover"] = [*hostvars[name]["dhcp_server_failover"], *chain]
    why = "two has several partners, one and three. Only pairs of two can be moved"
    for server in ("", "one", "two"):
        refusal = chosen(hostvars, server)["refusal"]
        assert refusal.startswith(why)
        assert ("name a server of each" in refusal) is (not server)
    assert chosen(hostvars, "two", goal="dhcpd")["refusal"].startswith(why)


def test_a_declared_mode_stops_a_pair() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    hostvars["three"][COMPARED]["declared_halves"] = [{"name": "three-four", "mode": "load-balancing"}]
    step = FILTERS["migration_surveyed"](plan(hostvars), hostvars, chosen(hostvars)["pairs"])
    assert step["failed"]["three and four"][0].startswith('"three-four" is declared with mode: load-balancing')
    assert step["hosts"] == ["one", "two"]


def test_a_pair_past_the_cut_goes_on_while_another_one_is_prepared() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    for name, server in (("one", DONE), ("two", Server())):
        hostvars[name] = host(name, replace(server, journal=Journal("kea", Holder.PRIMARY)))
        del hostvars[name][COMPARED]
    step = plan(hostvars)
    assert step["prepare"] == ["three", "four"]
    found = FILTERS["migration_surveyed"](step, hostvars, chosen(hostvars)["pairs"])
    assert (found["hosts"], found["failed"]) == (["one", "two", "three", "four"], {})


def test_clocks_and_conflicts_stop_a_pair() -> None:
    survey = {
        "leases": 1,
        "release": "2.6.3",
        "shortest": 60,
        "lines": [],
        "warnings": [],
        "conflicts": ["192.0.2.9 is leased twice"],
        "pools": [],
    }
    hostvars = {name: host(name) for name in ADDRESSES}
    hostvars["one"] = host("one", offset=2.5, **survey)
    pairs = chosen(hostvars)["pairs"]
    step = FILTERS["migration_surveyed"](plan(hostvars), hostvars, pairs)
    assert step["failed"]["one and two"][0].startswith("The clocks of both servers are 2.5 s apart")
    assert step["failed"]["one and two"][1] == "192.0.2.9 is leased twice"
    assert step["hosts"] == ["three", "four"]
    assert "  CONFLICT: 192.0.2.9 is leased twice." in told(hostvars, step)
    hostvars["one"] = host("one")
    assert FILTERS["migration_surveyed"](plan(hostvars), hostvars, pairs)["failed"] == {}


@pytest.mark.parametrize(
    "result, why",
    [
        ({"failed": True, "msg": "two: it broke"}, "two: it broke"),
        ({"failed": True, "waiting": "it waits"}, "two: it waits"),
        ({"unreachable": True, "msg": "Task failed: timed out"}, "two cannot be reached: timed out"),
    ],
)
def test_a_pair_that_fails_stops_and_the_others_go_on(result: dict[str, Any], why: str) -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    pairs = chosen(hostvars)["pairs"]
    hostvars["two"]["migrate_done"] = result
    step = FILTERS["migration_rest"](plan(hostvars), hostvars, pairs, "migrate_done")
    assert step["failed"] == {"one and two": [why]}
    assert step["hosts"] == ["three", "four"]
    # In the next turn, the result is another.
    hostvars["two"]["migrate_done"] = {"skipped": True}
    step = plan(hostvars, before=step)
    assert list(step["failed"]) == ["one and two"]
    assert step["hosts"] == ["three", "four"]
    assert [sorted(turns) for turns in step["turns"]] == [["four"], ["three"]]


def test_a_server_that_cannot_be_reached_stops_its_pair() -> None:
    hostvars = {name: host(name) for name in ADDRESSES}
    hostvars["two"]["migrate_seen"] = {"unreachable": True, "msg": "timed out"}
    step = plan(hostvars)
    assert step["failed"] == {"one and two": ["two cannot be reached: timed out"]}
    assert told(hostvars, step)[0].startswith("three and four")
    lines = FILTERS["migration_end"](step, hostvars, chosen(hostvars)["pairs"], "kea")
    assert lines == [
        "one and two: NOT MOVED to Kea",
        "  Why: two cannot be reached: timed out",
        "  one: dhcpd runs (normal); no journal",
        "  two: unknown",
        "  Clients are served by dhcpd on one.",
        "  Next: Make two reachable, and run this again.",
    ]


def test_a_run_does_not_go_on_for_ever() -> None:
    hostvars = {name: host(name) for name in ("one", "two")}
    step: dict[str, Any] = {}
    for _step in range(MOST_STEPS):
        step = plan(hostvars, before=step)
        assert step["hosts"] == ["one", "two"]
    step = plan(hostvars, before=step)
    assert step["failed"] == {
        "one and two": ["12 steps were made, and there are more: Write a journal on both servers"]
    }
    assert step["hosts"] == step["turns"] == []


def test_one_server_goes_back_if_the_other_is_lost() -> None:
    hostvars = {"one": host("one", DONE), "two": host("two")}
    hostvars["one"]["migrate_seen"]["seen"]["journal"] = {"goal": "kea", "holder": "kea", "method": "pivot"}
    del hostvars["two"]["migrate_seen"]
    found = FILTERS["migration_pairs"](hostvars, hostvars, list(hostvars), "dhcpd", "one", True)
    assert (found["refusal"], found["hosts"]) == ("", ["one"])
    step = FILTERS["migration_plan"]({}, hostvars, found["pairs"], "dhcpd", "pivot")
    assert (step["failed"], step["hosts"]) == ({}, ["one"])
    assert [list(turns) for turns in step["turns"]] == [["one"]]
    assert step["turns"][0]["one"]["partner"] == "fenced"
    for goal, server in (("kea", "one"), ("dhcpd", "")):
        refusal = FILTERS["migration_pairs"](hostvars, hostvars, list(hostvars), goal, server, True)["refusal"]
        assert "Only migrate_back can go on with one server" in refusal, goal


def test_after_the_cut_nothing_is_prepared_again() -> None:
    """The package's Kea would be stopped, and that is the one which serves."""
    hostvars = {name: host(name, DONE) for name in ("one", "two")}
    hostvars["two"]["migrate_seen"]["seen"]["journal"] = {"goal": "kea", "holder": "kea", "method": "pivot"}
    step = plan(hostvars)
    assert (step["hosts"], step["prepare"]) == (["one", "two"], [])


@pytest.mark.parametrize(
    ("seen", "declared", "moves"),
    [
        (DONE, "kea", False),
        (DONE, "dhcpd", True),
        (Server(kea=Daemon(True, phase=Phase.INTERRUPTED)), "dhcpd", True),
        (replace(DONE, journal=Journal("kea", Holder.KEA)), "kea", True),
        (replace(NORMAL, journal=Journal("kea", Holder.DHCPD)), "kea", True),
        (NORMAL, "dhcpd", False),
        (NORMAL, "kea", False),
        (Server(), "dhcpd", False),
        (Server(Daemon(True, phase=Phase.INTERRUPTED), Daemon(True)), "dhcpd", False),
    ],
)
def test_only_pairs_with_a_reason_go_back(seen: Server, declared: str, moves: bool) -> None:
    hostvars = {"one": host("one", replace(seen, journal=None)), "two": host("two", seen)}
    for name in hostvars:
        hostvars[name]["dhcp_server_daemon"] = declared
    found = FILTERS["migration_moving"](chosen(hostvars, goal="dhcpd"), hostvars, "dhcpd")
    assert (bool(found["pairs"]), bool(found["hosts"]), bool(found["left"])) == (moves, moves, not moves)
    named = chosen(hostvars, "two", "dhcpd")
    assert FILTERS["migration_moving"](named, hostvars, "dhcpd", "two") == named
    assert FILTERS["migration_moving"](named, hostvars, "kea") == named


def test_the_others_are_named_and_never_make_the_run_fail() -> None:
    hostvars = {"one": host("one", DONE), "two": host("two", DONE), "three": host("three", Server())}
    hostvars["four"] = {**host("four"), "migrate_seen": {"unreachable": True, "msg": "timed out"}}
    found = FILTERS["migration_moving"](chosen(hostvars, goal="dhcpd"), hostvars, "dhcpd")
    assert found["left"] == [
        "one and two keep Kea, as declared. To take them back, name one of them: -e failover_server=one",
        "three and four: nothing to do, they are not on their way to Kea.",
    ]
    step = FILTERS["migration_plan"]({}, hostvars, found["pairs"], "dhcpd", "pivot")
    assert (step["failed"], step["hosts"]) == ({}, [])
    assert FILTERS["migration_told"](step, hostvars, found, "dhcpd", "pivot") == found["left"]


def test_a_pair_of_which_nothing_is_known_may_be_on_its_way() -> None:
    hostvars = {
        name: {**host(name), "migrate_seen": {"unreachable": True, "msg": "timed out"}} for name in ("one", "two")
    }
    known = chosen(hostvars, goal="dhcpd")
    assert FILTERS["migration_moving"](known, hostvars, "dhcpd") == known
    hostvars["one"] = {**host("one"), "migrate_seen": {"failed": True, "msg": "no journal of a migration"}}
    hostvars["two"] = host("two")
    assert FILTERS["migration_moving"](known, hostvars, "dhcpd") == known
