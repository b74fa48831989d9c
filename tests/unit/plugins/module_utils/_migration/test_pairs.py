# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Daemon,
    Holder,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import (
    Pair,
    advance,
    announce,
    arrive,
    choose,
    explain,
    mode_objections,
    stand,
    tell,
    way,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    BEGIN,
    CUT_OVER,
    END,
    FORWARD,
    LOAD,
    OPEN,
    RESTORE,
    RefusalError,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

PAIR = Pair("one", "two", ("x",))
SURVEY = {
    "leases": 100,
    "release": "2.6.3",
    "shortest": 60,
    "lines": ["100 leases of clients"],
    "warnings": [],
    "conflicts": [],
    "pools": [],
}


def sides(name: str, primary: str, secondary: str | None) -> list[dict[str, Any]]:
    both = [(primary, "primary", secondary), (secondary, "secondary", primary)]
    return [{"relationship": name, "host": host, "role": role, "partner": other} for host, role, other in both if host]


def test_pairs_with_all_their_relationships() -> None:
    known = [*sides("x", "one", "two"), *sides("y", "two", "one"), *sides("z", "three", "four")]
    everybody = ["one", "two", "three", "four"]
    assert choose(known, [], everybody, everybody) == [Pair("one", "two", ("x", "y")), Pair("three", "four", ("z",))]
    assert choose(known, ["four"], everybody, []) == [Pair("three", "four", ("z",))]


@pytest.mark.parametrize(
    ("known", "wanted", "why"),
    [
        (sides("x", "one", None), [], "not in this inventory"),
        (sides("x", "one", "three"), [], "three is not in this run"),
        (sides("x", "one", "two"), ["five"], "five is in no relationship"),
        ([*sides("x", "one", "two"), *sides("y", "one", "four")], [], "one has several partners, two and four"),
    ],
)
def test_what_is_no_pair_is_refused(known: list[dict[str, Any]], wanted: list[str], why: str) -> None:
    with pytest.raises(RefusalError, match=why):
        choose(known, wanted, ["one", "two", "four"], ["one", "two"])


def test_another_pair_that_cannot_move_does_not_matter() -> None:
    known = [*sides("x", "one", "two"), *sides("y", "three", "four"), *sides("z", "three", "five")]
    everybody = ["one", "two", "three", "four", "five"]
    assert choose(known, ["one"], ["one", "two"], everybody) == [Pair("one", "two", ("x",))]
    assert choose(known, [], everybody, ["one", "two"]) == [Pair("one", "two", ("x",))]
    assert choose(known, [], ["one", "two"], everybody) == [Pair("one", "two", ("x",))]


def test_the_way_from_any_step() -> None:
    assert way(KEA, PIVOT, BEGIN) == list(FORWARD[PIVOT])
    assert [step.name for step in way(KEA, COLD, CUT_OVER)] == ["cut over", "join", "end"]
    assert [step.name for step in way(KEA, PIVOT, OPEN)] == ["open", "join", "end"]
    assert [step.name for step in way(KEA, PIVOT, RESTORE)][:3] == ["restore", "hand over", "load"]
    assert way(DHCPD, PIVOT, RESTORE) == [RESTORE, END]
    assert way(KEA, PIVOT, None) == []


def test_what_was_found_of_a_pair() -> None:
    lines = tell(PAIR, KEA, LOAD, SURVEY, ["Kea 2.6.3 is on one."])
    assert lines[:3] == ['one and two ("x") get Kea.', "  Kea 2.6.3 is on one.", "  Found 100 leases of clients."]
    assert lines[3].startswith("  No server answers for about 2 s")
    assert lines[4].startswith("  When Kea of the secondary joins")
    assert len(lines) == 5
    assert not any("joins" in line for line in tell(PAIR, DHCPD, BEGIN, SURVEY))
    pools = [{"relationship": "x", "subnet": "192.0.2.0/24", "own": 20, "later": 0}]
    assert "after 20 of them have come" in tell(PAIR, KEA, LOAD, {**SURVEY, "pools": pools})[3]
    assert "hand over" not in "\n".join(tell(PAIR, KEA, LOAD, {**SURVEY, "pools": pools, "shortest": 10}, method=COLD))
    assert tell(PAIR, DHCPD, BEGIN, {}) == ['one and two ("x") go back to dhcpd.']
    conflict = {**SURVEY, "conflicts": ["192.0.2.1 is leased to two"]}
    assert "  CONFLICT: 192.0.2.1 is leased to two." in tell(PAIR, KEA, LOAD, conflict)
    warned = {**SURVEY, "release": "", "warnings": ["192.0.2.1 is not heard"]}
    assert tell(PAIR, KEA, LOAD, warned)[1].startswith("  The release of Kea is not known yet,")
    assert "  WARNING: 192.0.2.1 is not heard." in tell(PAIR, KEA, LOAD, warned)
    assert "  Found no lease." in tell(PAIR, KEA, LOAD, {**SURVEY, "lines": []})
    assert tell(PAIR, KEA, None, {}) == ["one and two: nothing to do, Kea serves."]


def test_pairs_with_the_same_steps_share_their_explanation() -> None:
    same = explain({"one and two": way(KEA, PIVOT, LOAD), "three and four": way(KEA, PIVOT, LOAD)}, KEA)
    assert same[:3] == ["", "The steps of each pair:", f"1. load: {LOAD.title}."]
    different = explain({"one and two": [LOAD], "three and four": [END]}, KEA)
    assert [line for line in different if line.endswith(":")] == [
        "The steps of one and two:",
        "The steps of three and four:",
    ]
    assert explain({"one and two": [END]}, KEA)[1] == "The steps of one and two:"
    assert explain({}, KEA) == []


def test_a_step_is_announced() -> None:
    assert announce(PAIR, KEA, PIVOT, CUT_OVER) == (
        "one and two: step 4 of 6, cut over: dhcpd stops on the primary, and Kea serves there. Nobody answers "
        "meanwhile."
    )
    # It repairs.
    assert announce(PAIR, KEA, PIVOT, RESTORE) == "one and two: restore: Make both dhcpd normal."


def test_a_pair_has_arrived() -> None:
    assert arrive(PAIR, KEA, KEA)[0] == "one and two: Kea serves."
    assert "migrate_back -e failover_server=one" in arrive(PAIR, KEA, KEA)[1]
    assert arrive(PAIR, DHCPD, DHCPD)[0] == "one and two: dhcpd serves."
    assert "deploy --check shows what was declared since" in arrive(PAIR, DHCPD, DHCPD)[1]
    assert "Set dhcp_server_daemon to dhcpd" in arrive(PAIR, DHCPD, KEA)[1]


@pytest.mark.parametrize(
    ("primary", "secondary", "words"),
    [
        (Server(), Server(kea=Daemon(True, phase=Phase.ALONE)), ["Kea runs (alone)", "NO SERVER SERVES CLIENTS."]),
        (Server(), Server(), ["no daemon runs; no journal", "NO SERVER SERVES CLIENTS.", "Remove the cause, and run"]),
        (
            Server(Daemon(True, phase=Phase.ALONE, answers=True), journal=Journal(KEA, Holder.DHCPD)),
            Server(kea=Daemon(True, deaf=True, phase=Phase.ALONE)),
            [
                "  one: dhcpd runs (alone); the holder in its journal is dhcpd",
                "  two: Kea runs without an interface; no journal",
                "  Clients are served by dhcpd on one.",
                "or migrate_back -e failover_server=one to return; both go on from here.",
            ],
        ),
        (
            Server(Daemon(True, phase=Phase.HELD), journal=Journal(KEA, Holder.PRIMARY)),
            None,
            [
                "No server is known to serve clients. two may.",
                "Next: Make two reachable",
                "migrate_back -e failover_server=one -e failover_fenced=true. Leases that only two has are lost",
            ],
        ),
    ],
)
def test_where_a_pair_stands(primary: Server, secondary: Server | None, words: list[str]) -> None:
    text = "\n".join(stand(PAIR, KEA, ["two: it broke"], {"one": primary, "two": secondary}))
    assert text.startswith("one and two: NOT MOVED to Kea\n  Why: two: it broke\n")
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(("lost", "side"), [("one", SECONDARY), ("two", PRIMARY)])
def test_a_server_whose_partner_is_lost_goes_back_alone(lost: str, side: str) -> None:
    server = Server(journal=Journal(KEA, Holder.KEA))
    servers = (None, server) if lost == "one" else (server, None)
    step, turns = advance(replace(PAIR, lost=lost), DHCPD, PIVOT, servers)
    assert step is not None
    assert way(DHCPD, PIVOT, step) == [step]
    assert [turn.side for turn in turns] == [side]


def test_load_balancing_stops_a_move() -> None:
    assert mode_objections([{"name": "x", "mode": "hot-standby"}, {"name": "y"}]) == []
    (found,) = mode_objections([{"name": "x"}, {"name": "y", "mode": "load-balancing"}])
    assert found.startswith('"y" is declared with mode: load-balancing, which ties every address')
