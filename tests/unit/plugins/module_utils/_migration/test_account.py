# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a move, and its page: when nobody answered, what clients lost, and safe whatever a server sent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration import account
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.account import Move, Watch, tell
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import DHCPD, KEA
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import Pair
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.report import view
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import render
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._drill.test_report import (
    Reader,
    T,
    exchange,
)

PAIR = Pair("one", "two", ("lab",))
# Of a move, by the titles of its steps: host, deed, daemon, when it began and ended.
CUT = "cut over: dhcpd stops, and Kea serves"
PIVOT = [
    ("Hand over", "two", "hand-over", DHCPD, 10, 12),
    ("Hand over", "two", "stop", DHCPD, 12, 13),
    ("Load", "one", "load", KEA, 15, 18),
    (CUT, "one", "stop", DHCPD, 20, 21),
    (CUT, "one", "equal", KEA, 22, 23),
    (CUT, "one", "open", KEA, 23, 24.5),
    ("Join", "two", "start", KEA, 30, 31),
]


def note(step: str, host: str, deed: str, daemon: str, start: float, end: float, **changed: Any) -> dict[str, Any]:
    times = {"started": T + start, "ended": T + end}
    act = {"deed": deed, "daemon": daemon, **times, "done": True, "lines": [f"{deed} {daemon}"], **changed}
    return {"host": host, "step": step, **times, "acts": [act], "failed": ""}


def move(*acts: tuple[str, str, str, str, float, float], **changed: Any) -> Move:
    notes = [note(*act) for act in acts or PIVOT]
    known = Move(KEA, [PAIR], T, T + 40, notes, {"one": [DHCPD], "two": [DHCPD]})
    return replace(known, **changed)


def watch(**changed: Any) -> Watch:
    known = [
        exchange("acquire", "ack", 1, 1, "172.16.1.100"),
        exchange("renew", "ack", 1, 26, "172.16.1.200", 4),
        exchange("acquire", "ack", 2, 27, "172.16.1.200", 6.5),
        exchange("rebind", "ack", 1, 41, "172.16.1.200"),
        exchange("rebind", "ack", 2, 41, "172.16.1.200"),
    ]
    names = {"172.16.1.100": "one", "172.16.1.200": "two"}
    leases = [
        {"address": f"172.16.1.{n}", "hardware": f"02:00:00:00:00:{n:02x}", "binding_state": "active", "ends": None}
        for n in (1, 2)
    ]
    return replace(Watch("client", known, T, names, {"one": leases, "two": leases}, T + 50), **changed)


def silent(*acts: tuple[str, str, str, str, float, float], **changed: Any) -> list[tuple[float, float]]:
    (pair,) = tell(move(*acts, **changed))["pairs"]
    return [(silence["start"] - T, silence["end"] - T) for silence in pair["silences"]]


def test_nobody_answers_from_the_stop_of_the_last_daemon_to_the_start_of_the_next() -> None:
    assert silent() == [(20, 24.5)]
    assert silent(*PIVOT[:4]) == [(20, 40)], "until the end of a run that failed"
    assert silent(*PIVOT[4:], serving={"one": [], "two": []}) == [(0, 24.5)], "from the beginning of one that goes on"
    cold = [("Stop", "two", "stop", DHCPD, 5, 6), ("Stop", "one", "stop", DHCPD, 7, 8)]
    assert silent(*cold, *PIVOT[4:]) == [(7, 24.5)]
    failed = [*PIVOT[:4], (CUT, "one", "start", DHCPD, 22, 23)]
    assert silent(*failed) == [(20, 23)], "dhcpd goes on"
    back = [("Convert", "one", "stop", KEA, 1, 2), ("Convert", "one", "start", DHCPD, 3, 4)]
    assert silent(*back, serving={"one": [KEA]}) == [(1, 4)]


def test_a_daemon_that_did_not_start_does_not_answer() -> None:
    notes = [note(*act) for act in PIVOT[:5]]
    assert silent(notes=[*notes, note(*PIVOT[5], done=False)]) == [(20, 40)]
    assert silent(notes=[note(*PIVOT[3], done=False)], serving={"one": [DHCPD]}) == [(20, 40)], "it may have stopped"


def test_times_are_those_of_the_controller() -> None:
    assert silent(clocks={"one": 2.0, "two": -3.0}) == [(18, 22.5)]


def test_steps_last_from_the_first_act_to_the_last_one() -> None:
    (pair,) = tell(move())["pairs"]
    told = [(step["title"], step["start"] - T, step["end"] - T) for step in pair["steps"]]
    assert told == [("Hand over", 10, 13), ("Load", 15, 18), (CUT, 20, 24.5), ("Join", 30, 31)]
    assert [entry["text"] for entry in pair["done"]["one"]] == ["load kea", "stop dhcpd", "equal kea", "open kea"]
    assert pair["leases"] == ["one: load kea", "one: equal kea"]


def test_every_pair_has_its_own_account() -> None:
    other = Pair("three", "four", ("other",))
    told = tell(move(pairs=[PAIR, other], resumed=[other.name], failed={other.name: ["It was killed."]}))
    assert [(pair["name"], pair["over"], pair["resumed"], bool(pair["steps"])) for pair in told["pairs"]] == [
        (PAIR.name, True, False, True),
        (other.name, False, True, False),
    ]
    assert not told["over"]
    assert told["ok"], "nobody was watched"


def test_a_record_that_was_cut_off_is_read() -> None:
    later, first = note(*PIVOT[1]), note(*PIVOT[0])
    text = "\n".join([json.dumps(later), json.dumps(first), '{"host": "o'])
    assert account.read_notes(text) == [first, later]
    assert account.read_notes(text, T + 11) == [later], "an earlier run may have begun the file"


def test_clients_that_kept_their_addresses() -> None:
    clients = tell(move(), watch())["clients"]
    assert clients["ok"]
    assert [(verdict["invariant"], verdict["ok"]) for verdict in clients["verdicts"]] == [
        ("unique", True),
        ("kept", True),
        ("served", True),
    ]
    found = {name: clients["figures"][name] for name in ("refused", "moved", "expired", "duplicates", "unanswered")}
    assert not any(found.values())
    assert account.clients_sentence(clients) == (
        "2 clients of client: 0 refused (DHCPNAK), 0 with another address, 0 expired, 0 addresses given twice, "
        "1 renewal, the longest wait for an address 6.5 s, the longest renewal 4.0 s."
    )
    none = {**clients, "figures": {**clients["figures"], "renewals": 0}}
    assert account.clients_sentence(none).endswith("0 renewals, the longest wait for an address 6.5 s.")


@pytest.mark.parametrize(
    ("lost", "figure", "words"),
    [
        ({**exchange("renew", "nak", 1, 26, "172.16.1.200"), "naks": 1}, "refused", "refused its renew"),
        (exchange("expire", "expired", 1, 30, "172.16.1.100", 0), "expired", "lost 172.16.1.1"),
        (
            {**exchange("acquire", "ack", 3, 30, "172.16.1.200"), "address": "172.16.1.1"},
            "duplicates",
            "was acknowledged to 02:00:00:00:00:01",
        ),
        (exchange("acquire", "ack", 3, 110, "172.16.1.200", 90), "wait", "was served at"),
    ],
)
def test_a_client_that_loses_something_is_named(lost: dict[str, Any], figure: str, words: str) -> None:
    known = watch()
    told = tell(move(), replace(known, exchanges=[*known.exchanges, lost]))
    assert not told["ok"]
    assert told["clients"]["figures"][figure]
    (line, *_more) = account.lost(told["clients"])
    assert words in line
    assert lost["client"] in line
    assert line in account.lines(told)
    assert "✗ Clients were not served as they should be." in "".join(Reader(page(told)).words)


def test_a_client_with_another_address_has_moved() -> None:
    known = watch()
    moved = {**exchange("acquire", "ack", 1, 39, "172.16.1.200"), "address": "172.16.1.77"}
    assert tell(move(), replace(known, exchanges=[*known.exchanges, moved]))["clients"]["figures"]["moved"] == 1


def test_databases_are_not_judged_before_the_move_is_over() -> None:
    clients = tell(move(failed={PAIR.name: ["It was killed."]}), watch(read_at=None, databases={}))["clients"]
    assert clients["ok"]
    assert clients["verdicts"][1]["checked"] == "No database was read, because the move is not over."


def test_the_lines_for_a_terminal() -> None:
    foretold = {PAIR.name: {"expected": 6.2, "lines": ["100 leases of clients"]}}
    assert account.lines(tell(move(foretold=foretold))) == [
        "one and two:",
        "     3.0 s  Hand over",
        "     3.0 s  Load",
        f"     4.5 s  {CUT}",
        "     1.0 s  Join",
        "  No server answered for 4.5 s, from 18:20:20.0 to 18:20:24.5. About 6 s had been expected.",
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "one and two: Kea serves."),
        ({"failed": {PAIR.name: ["one: off."]}}, "one and two: the move to Kea is not over. one: off."),
        (
            {"paused": {PAIR.name: "join"}},
            "one and two: the move to Kea is not over. The run was to end before the step join.",
        ),
    ],
)
def test_how_a_run_ended(changed: dict[str, Any], words: str) -> None:
    (pair,) = tell(move(**changed))["pairs"]
    assert account.headline(pair, KEA) == words


def page(told: dict[str, Any]) -> str:
    return render("move", **view(told))


def full(**changed: Any) -> dict[str, Any]:
    """A told move with everything that a page may show."""
    states = [
        {"host": host, "daemon": daemon, "relationship": "lab", "time": T + time, "local_state": state, "phase": phase}
        for host, daemon, time, state, phase in [
            ("one", "dhcpd", 0, "normal", "normal"),
            ("one", "dhcpd", 21, "stopped", "unknown"),
            ("two", "Kea", 18, "waiting", "settling"),
            ("two", "Kea", 24, "partner-down", "alone"),
        ]
    ]
    foretold = {PAIR.name: {"expected": 6.2, "lines": ["100 leases of clients"]}}
    told = tell(move(foretold=foretold, **changed), watch())
    return {**told, "states": states, "evidence": [{"path": "moves.jsonl", "title": "acts"}]}


def test_the_page_shows_all_of_it() -> None:
    read = Reader(page(full(resumed=[PAIR.name])))
    words = " ".join(read.words)
    for expected in (
        "Move of one and two to Kea",
        "✓ one and two: Kea serves.",
        "✓ No client lost its address.",
        "The move of one and two had begun before. This page is about the run that went on with it.",
        "3. cut over",
        "dhcpd on one",
        "Kea on two",
        "2 clients, one row each",
        "No server answered for 4.5 s",
        "100 leases of clients",
        "stop dhcpd",
    ):
        assert expected in words
    assert len(read.tags("rect", "step")) == 4 + 1, "four steps, and the legend"
    assert len(read.tags("rect", "failure")) == 1 + 1
    assert not {tag for tag, _attrs in read.found} & {"script", "img", "iframe", "object"}


def test_a_page_without_clients_says_how_to_get_them() -> None:
    text = page({**full(), "clients": None, "exchanges": None})
    assert "No client was watched. Set migrate_probe" in text
    assert "one row each" not in text
    assert "released its address" not in text


def test_hostile_words_are_shown_as_they_are() -> None:
    hostile = "<script>alert(1)</script>\"'&"
    told = json.loads(
        re.sub(
            r'"(one|two|lab|moves.jsonl|acts|stop dhcpd|cut over: dhcpd stops, and Kea serves)"',
            json.dumps(hostile),
            json.dumps(full()),
        )
    )
    told["pairs"][0].update(name=hostile, failed=[hostile], over=False, leases=[hostile])
    told["clients"]["host"] = hostile
    told["clients"]["verdicts"][0].update(ok=False, evidence=[hostile], checked=hostile, why=hostile)
    text = page(told)
    assert "<script" not in text
    assert any(hostile in words for words in Reader(text).words)
