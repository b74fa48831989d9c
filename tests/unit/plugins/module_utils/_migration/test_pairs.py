# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    PIVOT,
    Daemon,
    Holder,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import (
    Pair,
    choose,
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
SURVEY = {"leases": 100, "shortest": 60, "lines": ["100 leases of clients"], "warnings": [], "conflicts": []}


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


def test_a_plan_in_words() -> None:
    lines = tell(PAIR, KEA, PIVOT, LOAD, SURVEY)
    assert lines[0] == "one and two: x to kea"
    assert "Leases: 100 leases of clients." in lines
    assert lines[2].startswith("No server answers for about 6 s")
    assert lines[3].startswith("1. Start Kea on the secondary")
    conflict = {**SURVEY, "conflicts": ["192.0.2.1 is leased to two"]}
    assert "CONFLICT: 192.0.2.1 is leased to two." in tell(PAIR, KEA, PIVOT, LOAD, conflict)
    assert tell(PAIR, KEA, PIVOT, None, {}) == ["one and two: nothing to do. kea serves."]


@pytest.mark.parametrize(
    ("primary", "secondary", "words"),
    [
        (Server(), Server(), ["no daemon runs; no journal", "NO SERVER SERVES CLIENTS.", "Remove the cause, and run"]),
        (
            Server(Daemon(True, phase=Phase.ALONE), journal=Journal(KEA, Holder.DHCPD)),
            Server(kea=Daemon(True, deaf=True, phase=Phase.ALONE)),
            [
                "  one: dhcpd runs (alone); the holder in its journal is dhcpd",
                "  two: Kea runs without an interface; no journal",
                "  Clients are served by dhcpd on one.",
                "or migrate_back to return. Both go on from here.",
            ],
        ),
        (
            Server(Daemon(True, phase=Phase.HELD)),
            None,
            ["No server is known to serve clients. two may.", "Next: Make two reachable"],
        ),
    ],
)
def test_where_a_pair_stands(primary: Server, secondary: Server | None, words: list[str]) -> None:
    text = "\n".join(stand(PAIR, KEA, ["two: it broke"], {"one": primary, "two": secondary}))
    assert text.startswith("one and two: NOT MOVED to kea\n  Why: two: it broke\n")
    assert [word for word in words if word not in text] == []
