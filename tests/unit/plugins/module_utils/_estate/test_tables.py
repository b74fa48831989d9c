# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import tables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.tests.unit.status import estate

REPORT = failover_report(estate.ANSWERS, estate.DECLARED, estate.NOW)
NOTHING = failover_report({}, [], estate.NOW)


def test_the_status_as_a_table() -> None:
    lines = tables.status_lines(REPORT)
    head = lines[0].split()
    assert head[:4] == ["relationship", "server", "side", "state"]
    rows = [re.split(r" {2,}", line) for line in lines[1 : lines.index("")]]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("dorm", "dorm-a", "critical"),
        ("dorm", "dorm-b", "critical"),
        ("lab", "lab-a", "degraded"),
        ("lab", "lab-b", "degraded"),
        ('<b>"gate\\"&</b>', "<u>gate", "unknown"),
        ('<b>"gate\\"&</b>', "10.4.0.2", "unknown"),
        ("wifi", "wifi-a", "unknown"),
        ("wifi", "wifi-b", "unknown"),
        ("hall", "hall-a", "healthy"),
        ("hall", "hall-b", "healthy"),
        ("hill", "hill-a", "healthy"),
        ("hill", "hill-b", "healthy"),
    ]
    # Kea's free addresses belong to nobody.
    assert (rows[8][5:8], rows[10][5:7]) == (["60", "58", "130"], ["118", "130"])
    # Every column is aligned with its heading, on the left or on the right.
    assert len({line.index(row[-1], 80) for line, row in zip(lines[1:], rows)}) == 1
    assert lines[-1] == "6 pairs: 1 critical, 1 degraded, 2 unknown, 2 healthy (asked at 2026-11-22T22:00:00Z)"


def test_an_estate_without_pairs() -> None:
    assert tables.status_lines(NOTHING) == [tables.NO_PAIR]
    assert tables.status_failure(NOTHING) == tables.NO_PAIR
    assert tables.status_failure(REPORT) == "critical: 4 of 6 pairs are not healthy."


LEASE = {"address": "172.16.1.225", "prefix": 24, "server": "172.16.1.100", "lease_time": 1800, "expires": None}


def test_leases() -> None:
    clients = {"one": {"lease": LEASE}, "two": {"lease": {**LEASE, "server": "172.16.1.9"}}}
    head, one, two = tables.lease_lines(clients, {"172.16.1.100": "server1"})
    assert head.split() == ["client", "address", "granted", "by", "seconds", "expires"]
    assert re.split(" {2,}", one) == ["one", "172.16.1.225/24", "172.16.1.100 (server1)", "1800", "never"]
    assert "172.16.1.9 " in two


@pytest.mark.parametrize(
    "asked, reason",
    [({"lease": None, "reason": "nobody answered"}, "nobody answered"), ({"msg": "gone"}, "gone"), ({}, "not asked")],
)
def test_a_client_without_lease_says_why(asked: dict[str, str], reason: str) -> None:
    (line,) = tables.lease_lines({"one": asked}, {})
    assert line.startswith("one has no lease: ")
    assert line.endswith(reason)
