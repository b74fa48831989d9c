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
    host_state,
    outside,
    table,
)

MOVES = [
    (1000.5, "normal", "normal"),
    (1010.25, "stopped", "unknown"),
    (1020.0, "startup", "settling"),
    (1020.125, "normal", "normal"),
]
HOST: dict[str, Any] = {
    "links": ["lo", "eth0"],
    "addresses": ["127.0.0.1", "192.0.2.2"],
    "routes": ['{"dst": "default", "dev": "eth0"}'],
    "resolv": "nameserver 192.0.2.1\n",
    "booted": 1000,
}


def test_a_server_was_normal_in_the_beginning() -> None:
    noted: dict[str, Any] = {"relationship": "dhcp-failover", "begin": 1005.0, "scenarios": []}
    found = complete(noted, {"dhcp_server1": MOVES})["states"]
    assert [(state["time"], state["local_state"], state["phase"]) for state in found] == [
        (1005.0, "normal", "normal"),
        (1010.25, "stopped", "unknown"),
        (1020.0, "startup", "settling"),
        (1020.125, "normal", "normal"),
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
        ({"resolv": "nameserver 172.16.1.1\n"}, "/etc/resolv.conf: the name servers are different"),
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
            {"invariant": "kept", "ok": False, "checked": "2 leases", "evidence": ["it is lost"], "why": "It must."},
            {"invariant": "unique", "ok": False, "checked": "2 leases", "evidence": ["it is twice"], "why": "It must."},
            {"invariant": "normal", "ok": None, "checked": "No server was asked.", "evidence": []},
        ],
    }
    left_out = {"name": "split-brain", "title": "Both are told so", "why": "It makes no sense."}
    lines = table({"scenarios": [good, bad], "left_out": [left_out]})
    assert lines[1].split() == ["primary-stopped", "passed", "0.02", "s", "-", "1.00", "s", "0.50", "s"]
    assert lines[2].split()[:2] == ["disk-full", "FAILED"]
    assert lines[3:] == [
        "  kept: it is lost",
        "  unique: it is twice",
        "  normal: No server was asked.",
        "  why: It must.",
        "split-brain: not played. It makes no sense.",
    ]


def test_collected_data_is_joined() -> None:
    late, early = (
        {"record": "exchange", "client": name, "ended": ended} for name, ended in (("b", 1021.0), ("a", 1011.0))
    )
    noted = {
        "relationship": "dhcp-failover",
        "begin": 1005.0,
        "before": HOST,
        "after": HOST,
        "scenarios": [
            {"name": "kill", "failed_steps": ["dhcp_server1: no nft"], "answers": {"dhcp_server1": {}}},
            {"name": "stop", "failed_steps": []},
        ],
    }
    records = [
        json.dumps({"record": "start"}) + "\n" + json.dumps(late) + "\n",
        json.dumps(early) + '\n{"record": "exch',
    ]
    found = complete({**noted, "records": records}, {"dhcp_server1": MOVES, "dhcp_server2": []})
    assert [exchange["client"] for exchange in found["exchanges"]] == ["a", "b"]
    assert {state["host"] for state in found["states"]} == {"dhcp_server1", "dhcp_server2"}
    assert [[verdict["ok"] for verdict in entry["verdicts"]] for entry in found["scenarios"]] == [
        [False, True],
        [True, True],
    ]
    assert "before" not in found
    assert "servers" not in found["scenarios"][1]
    (silent,) = found["scenarios"][0]["servers"]
    assert (silent["host"], silent["normal"], silent["local_state"]) == ("dhcp_server1", False, "unknown")


def test_what_was_not_noted_is_not_judged_here() -> None:
    """Somebody's own play need not look at its controller, nor count its steps."""
    pool = {"free": 5, "backup": 5}
    reports = [{"name": name, "local_state": "normal", "normal": name == "b", "pool": pool} for name in ("a", "b")]
    entry = {"name": "upgrade", "start": 1.0, "answers": {"one": {"relationships": reports}}}
    found = complete({"relationship": "b", "exchanges": [], "scenarios": [entry]}, {})
    (scenario,) = found["scenarios"]
    assert scenario["verdicts"] == []
    expected = {"host": "one", "relationship": "b", "local_state": "normal", "normal": True, "pool": pool}
    expected["balances"] = True
    assert scenario["servers"] == [expected]


def test_the_controllers_host_is_what_it_has_itself() -> None:
    """Bridges, cables of containers and taps are a lab's."""
    links = [
        {"ifname": "lo", "link_type": "loopback", "addr_info": [{"local": "127.0.0.1"}]},
        {"ifname": "eth0", "link_type": "ether", "addr_info": [{"local": "192.0.2.2"}, {"local": "2001:db8::2"}]},
        {"ifname": "br0", "link_type": "ether", "linkinfo": {"info_kind": "bridge"}, "addr_info": [{"local": "::1"}]},
        {"ifname": "tun0", "link_type": "none", "addr_info": []},
    ]
    routes = [{"dst": "default", "dev": "eth0"}, {"dst": "10.0.0.0/24", "dev": "br0"}, {"type": "unreachable"}]
    found = host_state(json.dumps(links), json.dumps(routes), "nameserver 192.0.2.1", "cpu 1\nbtime 1000\nprocesses 9")
    assert found == {
        "links": ["lo", "eth0"],
        "addresses": ["127.0.0.1", "192.0.2.2", "2001:db8::2"],
        "routes": ['{"dev": "eth0", "dst": "default"}'],
        "resolv": "nameserver 192.0.2.1",
        "booted": 1000,
    }


def test_times_are_by_the_controllers_clock() -> None:
    exchange = {"record": "exchange", "client": "a", "started": 1010.0, "ended": 1011.0, "expires": None}
    noted: dict[str, Any] = {"relationship": "dhcp-failover", "begin": 1000.0, "scenarios": []}
    noted |= {"clocks": {"dhcp_server1": 0.25}, "client_clock": 2.0}
    found = complete({**noted, "records": [json.dumps(exchange)]}, {"dhcp_server1": MOVES})
    assert [state["time"] for state in found["states"]][:3] == [1000.0, 1000.25, 1010.0]
    assert found["exchanges"] == [{**exchange, "started": 1008.0, "ended": 1009.0}]
