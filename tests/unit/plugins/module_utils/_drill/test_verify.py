# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exercise's own test: whom it is about, and every way in which it can fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.verify import (
    choose,
    lease_problem,
    takeover_problem,
)

FIRST = {"max_response_delay": 60, "mclt": 1800}
ANSWERS: dict[str, Any] = {
    "two": {"relationships": [{"name": "office", "role": "secondary", **FIRST}, {"name": "guests", "role": "primary"}]},
    "three": {"relationships": [{"name": "guests", "role": "secondary"}]},
    "one": {"relationships": [{"name": "office", "role": "primary", **FIRST}]},
}
TEST: dict[str, Any] = {"relationship": "office", "primary": "one", "secondary": "two", "client": "client"}
TEST |= {"phase": None, "operator": False, "seconds": 60}
OWN = json.dumps([{"addr_info": [{"local": "127.0.0.1"}]}, {"addr_info": [{"local": "172.16.1.200"}]}])


def test_the_first_relationship_and_the_first_client() -> None:
    assert choose(ANSWERS, ["client", "other"]) == TEST


def test_a_pair_that_moves_is_left_alone() -> None:
    """Another pair is not."""
    moves = {"deployment": {"step": "moving", "since": "", "by": "one@there", "goal": "dhcpd", "holder": "kea"}}
    assert choose({**ANSWERS, "three": {**ANSWERS["three"], **moves}}, ["client"]) == TEST
    with pytest.raises(ValueError, match=r"to dhcpd .*: one@there is at it. .*migrate_back .* return: .*\.migrate "):
        choose({**ANSWERS, "one": {**ANSWERS["one"], **moves}}, ["client"])


@pytest.mark.parametrize(
    "times, takeover, expected",
    [
        ((2, 10), True, {"phase": "alone", "operator": False, "seconds": 60}),
        ((10, 60), True, {"phase": "alone", "operator": False, "seconds": 129}),
        ((2, 10), False, {"phase": None, "operator": True, "seconds": 60}),
    ],
)
def test_what_to_expect_of_kea(times: tuple[int, int], takeover: bool, expected: dict[str, Any]) -> None:
    sides = {
        host: {"name": "office", "role": role, "heartbeat": times[0], "max_response_delay": times[1], "mclt": None}
        for host, role in (("one", "primary"), ("two", "secondary"))
    }
    answers = {
        host: {"daemon": "kea", "relationships": [{**side, "takeover": takeover}]} for host, side in sides.items()
    }
    assert choose(answers, ["client"]) == {**TEST, **expected}


@pytest.mark.parametrize(
    "answers, clients, said",
    [
        (ANSWERS, [], "There are: primary, secondary; 0 clients."),
        ({"one": ANSWERS["one"]}, ["client"], 'of relationship "office" .* There are: primary; 1 clients.'),
        ({"one": {"msg": "x"}}, ["client"], 'of relationship "none" .* There are: no side; 1 clients.'),
    ],
)
def test_whom_it_lacks(answers: dict[str, Any], clients: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        choose(answers, clients)


@pytest.mark.parametrize(
    "leases, said",
    [
        ([{"relationship": "office"}], ""),
        ([], "one: the lease database has no active lease of 172.16.1.225, which client holds."),
        ([{"relationship": "guests"}], '172.16.1.225 of client is not from a range of relationship "office"'),
        ([{"relationship": None}], "Does another DHCP server serve this network?"),
    ],
)
def test_a_database(leases: list[dict[str, Any]], said: str) -> None:
    found = lease_problem("one", "client", "172.16.1.225", "office", leases)
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    "lease, said",
    [
        (("172.16.1.225", "172.16.1.200"), ""),
        (("172.16.1.226", "172.16.1.200"), "expected 172.16.1.225 from two, got 172.16.1.226 from 172.16.1.200. What"),
        (("172.16.1.225", "172.16.1.100"), "got 172.16.1.225 from 172.16.1.100"),
        (None, "client: no lease while one is stopped: nobody answered"),
    ],
)
def test_a_takeover(lease: tuple[str, str] | None, said: str) -> None:
    seen = {
        "lease": lease and {"address": lease[0], "server": lease[1]},
        "reason": None if lease else "nobody answered",
        "conversation": {"answers": []},
    }
    found = takeover_problem(TEST, "172.16.1.225", seen, OWN)
    assert said in found
    assert bool(found) == bool(said)
