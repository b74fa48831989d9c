# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drill's evidence: states from journals, and files outside the lab that must not have changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.evidence import (
    carried_out,
    complete,
    outside,
    states_of,
    table,
)

JOURNAL = """\
1000.500000 dhcp-server1 dhcpd[783]: failover peer dhcp-failover: I move from recover-done to normal
1010.250000 dhcp-server1 systemd[1]: isc-dhcp-server.service: Deactivated successfully.
1020.000000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: I move from normal to startup
1020.000000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: peer moves from normal to communications-interrupted
1020.000000 dhcp-server1 dhcpd[800]: failover peer another: I move from startup to partner-down
1020.125000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: I move from startup to normal
1030.000000 dhcp-server1 systemd[1]: isc-dhcp-server.service: Main process exited, code=killed, status=9/KILL
"""
HOST: dict[str, Any] = {
    "links": ["lo", "eth0"],
    "addresses": ["127.0.0.1", "192.0.2.2"],
    "routes": ['{"dst": "default", "dev": "eth0"}'],
    "resolv": "nameserver 192.0.2.1\n",
    "booted": 1000,
}


def test_states_show_a_servers_own_moves_and_its_absences() -> None:
    found = states_of(JOURNAL.splitlines(keepends=True), "dhcp_server1", "dhcp-failover", 1005.0)
    assert [(state["time"], state["local_state"]) for state in found] == [
        (1005.0, "normal"),
        (1010.25, "stopped"),
        (1020.0, "startup"),
        (1020.125, "normal"),
        (1030.0, "stopped"),
    ]
    assert {(state["host"], state["relationship"]) for state in found} == {("dhcp_server1", "dhcp-failover")}


def test_a_host_that_is_as_before_passes() -> None:
    verdict = outside(HOST, {**HOST, "booted": 1001})
    assert verdict["ok"] is True
    assert verdict["evidence"] == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"links": ["lo"]}, "links: eth0 is gone"),
        ({"addresses": ["127.0.0.1", "192.0.2.2", "172.16.1.9"]}, "addresses: 172.16.1.9 is new"),
        ({"routes": []}, 'routes: {"dst": "default", "dev": "eth0"} is gone'),
        ({"resolv": "nameserver 172.16.1.1\n"}, "the name servers in /etc/resolv.conf are others"),
        ({"booted": 880}, "the clock was set by 120 s"),
    ],
)
def test_changes_are_reported(changed: dict[str, Any], complaint: str) -> None:
    verdict = outside(HOST, {**HOST, **changed})
    assert verdict["ok"] is False
    assert verdict["evidence"] == [complaint]


def test_a_host_that_nobody_looked_at_has_not_passed() -> None:
    assert outside({}, HOST)["ok"] is False
    assert outside(HOST, {})["ok"] is False


def test_a_failed_step_is_a_verdict() -> None:
    assert carried_out([])["ok"] is True
    assert carried_out(["dhcp_server1: no nft"])["evidence"] == ["dhcp_server1: no nft"]
    assert carried_out(["dhcp_server1: no nft"])["ok"] is False


def test_the_table_says_why() -> None:
    figures = {"detection": 0.02, "takeover": None, "renewal": 1.0, "normal": 0.5}
    good = {
        "name": "primary-stopped",
        "ok": True,
        "figures": figures,
        "verdicts": [{"invariant": "kept", "ok": True, "evidence": []}],
    }
    bad = {
        "name": "disk-full",
        "ok": False,
        "figures": figures,
        "verdicts": [
            {"invariant": "kept", "ok": False, "checked": "2 leases", "evidence": ["it is lost"]},
            {"invariant": "normal", "ok": None, "checked": "No server was asked.", "evidence": []},
        ],
    }
    lines = table({"injectors": [good, bad]})
    assert lines[1].split() == ["primary-stopped", "passed", "0.02", "s", "-", "1.00", "s", "0.50", "s"]
    assert lines[2].split()[:2] == ["disk-full", "FAILED"]
    assert lines[3:] == ["  kept: it is lost", "  normal: No server was asked."]


def test_collected_data_is_joined() -> None:
    late, early = (
        {"record": "exchange", "client": name, "ended": ended} for name, ended in (("b", 1021.0), ("a", 1011.0))
    )
    noted = {
        "relationship": "dhcp-failover",
        "begin": 1005.0,
        "before": HOST,
        "after": HOST,
        "injectors": [{"name": "kill", "mishaps": ["dhcp_server1: no nft"]}, {"name": "stop", "mishaps": []}],
    }
    records = [
        json.dumps({"record": "start"}) + "\n" + json.dumps(late) + "\n",
        json.dumps(early) + '\n{"record": "exch',
    ]
    found = complete(noted, {"dhcp_server1": JOURNAL, "dhcp_server2": ""}, records)
    assert [exchange["client"] for exchange in found["exchanges"]] == ["a", "b"]
    assert {state["host"] for state in found["states"]} == {"dhcp_server1", "dhcp_server2"}
    assert [[verdict["ok"] for verdict in entry["verdicts"]] for entry in found["injectors"]] == [
        [False, True],
        [True, True],
    ]


def test_times_are_by_the_controllers_clock() -> None:
    exchange = {"record": "exchange", "client": "a", "started": 1010.0, "ended": 1011.0, "expires": None}
    noted = {"relationship": "dhcp-failover", "begin": 1000.0, "injectors": []}
    noted |= {"clocks": {"dhcp_server1": 0.25}, "client_clock": 2.0}
    found = complete(noted, {"dhcp_server1": JOURNAL}, [json.dumps(exchange)])
    assert [state["time"] for state in found["states"]][:3] == [1000.0, 1000.25, 1010.0]
    assert found["exchanges"] == [{**exchange, "started": 1008.0, "ended": 1009.0}]
