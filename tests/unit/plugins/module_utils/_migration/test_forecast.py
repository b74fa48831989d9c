# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said before a move: how long nobody answers, how long a pause may last, and what the hosts lack."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.forecast import (
    clock_objection,
    ground,
    joining,
    pause,
    port_objections,
    silence,
)

PORT = {
    "relationship": "x",
    "port": 8000,
    "owner": "",
    "peer": "192.0.2.1",
    "peer_port": 8000,
    "answer": "refused",
}


@pytest.mark.parametrize(
    "leases, shortest, harmless, words",
    [
        (100, 60, True, "about 2 s"),
        (100, 12, False, "unless you pause for 14 s or more after hand over (migrate_until=load)"),
        (100, 12, False, "may miss an answer for 4 s"),
        (100, 5, False, "Give out longer leases first"),
        (100_000, 600, True, "about 8 s"),
        (1_000_000, 300, False, "miss an answer for 38 s"),
        (1_000_000, None, True, "No client has a lease that ends."),
    ],
)
def test_how_long_no_server_answers(leases: int, shortest: int | None, harmless: bool, words: str) -> None:
    found = silence(leases, shortest)
    assert found.harmless == harmless
    assert words in found.sentence(pauses=True)


def test_a_way_back_needs_no_pause() -> None:
    assert "pause" not in silence(100, 12).sentence(pauses=False)


def test_the_silence_while_kea_joins() -> None:
    joins = "When Kea of the secondary joins, it fetches all leases twice, and no server answers for"
    assert joining(100, 60) == f"{joins} less than a second each time."
    assert joining(20_000, 600) == f"{joins} about 2 s each time."
    lost = "about 100 s each time. Some clients may lose their addresses: give out longer leases first."
    assert joining(1_000_000, 60) == f"{joins} {lost}"


def pool(own: int, later: int, subnet: str = "192.0.2.0/24", relationship: str = "x") -> dict[str, Any]:
    return {"relationship": relationship, "subnet": subnet, "own": own, "later": later}


ANSWERED = "From hand over to cut over you may pause: dhcpd of the primary answers all clients that have an address."


@pytest.mark.parametrize(
    "pools, mclt, lines",
    [
        ([], {}, []),
        (
            [pool(385, 390)],
            {"x": 1800},
            [
                f"{ANSWERED} New clients may be without one after 385 of them have come, until 390 more addresses "
                "can be used, 1800 s (MCLT) after hand over."
            ],
        ),
        (
            [pool(385, 390), pool(12, 0, "198.51.100.0/24", "y")],
            {"x": 1800, "y": 60},
            [
                f"{ANSWERED} New clients may be without one after 12 of them have come to 198.51.100.0/24 or 385 "
                "to 192.0.2.0/24, until 390 more addresses can be used, 1800 s (MCLT) after hand over."
            ],
        ),
        (
            [pool(3, 4), pool(0, 0, "198.51.100.0/24")],
            {},
            [
                f"{ANSWERED} New clients may be without one after 0 of them have come to 198.51.100.0/24 or 3 to "
                "192.0.2.0/24, until 4 more addresses can be used, when the MCLT has passed.",
                "WARNING: few addresses are free for new clients until cut over: 0 in 198.51.100.0/24, 3 in "
                "192.0.2.0/24. Do not pause after hand over, or add a range before.",
            ],
        ),
        (
            [pool(number, 0, f"10.0.{number}.0/24") for number in range(20, 26)],
            {"x": 60},
            [
                f"{ANSWERED} New clients may be without one after 20 of them have come to 10.0.20.0/24, 21 to "
                "10.0.21.0/24 or 22 to 10.0.22.0/24, until Kea serves."
            ],
        ),
    ],
)
def test_how_long_a_pause_may_last(pools: list[dict[str, Any]], mclt: dict[str, int], lines: list[str]) -> None:
    assert pause(pools, mclt) == lines


def test_what_the_hosts_have() -> None:
    around = {"one": {"room": "16 MiB", "ports": [{**PORT, "peer": "192.0.2.2"}]}, "two": {"room": "17 MiB"}}
    room = "The disks have room for what the move writes, up to 16 MiB on one and 17 MiB on two."
    assert ground({**around, "two": {**around["two"], "ports": [PORT]}}) == [
        room,
        "The port of Kea is free: 8000 on one, 8000 on two.",
        "one reaches 192.0.2.2 at port 8000, two reaches 192.0.2.1 at port 8000. Nothing listens there yet, so only "
        "cut over proves it open.",
    ]
    others = [{**PORT, "owner": "kea-dhcp4", "answer": "accepted"}, {**PORT, "owner": None, "answer": "no answer"}]
    assert ground({"two": {"ports": others}}) == [
        "two reaches 192.0.2.1 at port 8000.",
        "WARNING: two does not reach 192.0.2.1 at port 8000: no answer. Let both servers through to each other's port "
        "in all firewalls. The move opens it only in the one that this collection manages.",
    ]
    assert ground({"one": {}, "two": {}}) == []


@pytest.mark.parametrize("owner", ["", "kea-dhcp4", None, "nginx"])
def test_a_port_that_another_program_has(owner: str | None) -> None:
    objection = (
        "Port 8000 of two is taken by nginx, and Kea needs it to hear its partner. Stop that program, or set another "
        'ha_port in "x".'
    )
    assert port_objections("two", [{**PORT, "owner": owner}]) == ([objection] if owner == "nginx" else [])


@pytest.mark.parametrize(
    "apart, doubt, words",
    [
        (0.9, 0, None),
        (-1.4, 0.5, None),
        (-1.6, 0.5, "1.6 s apart"),
        (40, 0, "Synchronise both"),
        (None, 0, "could not be compared"),
    ],
)
def test_the_clocks(apart: float | None, doubt: float, words: str | None) -> None:
    found = clock_objection(apart, doubt)
    assert found is None if words is None else words in (found or "")
