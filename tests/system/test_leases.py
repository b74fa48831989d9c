# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of leases under another configuration: our answer, and what a real dhcpd does. Needs root."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import until
from test_probe import Network

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import promise
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import format_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import Fate

GLOBAL = (
    "ddns-update-style none; default-lease-time 300; ping-check false; {}"
    " subnet 192.0.2.0 netmask 255.255.255.0 {{ {} }}"
)
POOL = "pool {{ {} range 192.0.2.100 192.0.2.102; }}"
# The first clients of a probe.
HOST = "host h{0} {{ hardware ethernet 02:d4:c9:00:00:0{0}; fixed-address 192.0.2.{1}; }}"
CLASS = 'class "c" { match if option vendor-class-identifier = "c"; }'
STARTED = "Server starting service"
SILENCE, REFUSAL = "timeout", "nak"


def conf(pools: str = POOL.format(""), more: str = "") -> str:
    return GLOBAL.format(more, pools)


CASES: dict[str, tuple[str, str, set[tuple[Fate, str]]]] = {
    "nothing": (conf(), conf(more="max-lease-time 200;"), set()),
    "range-removed": (conf(), conf("range 192.0.2.110 192.0.2.112;"), {(Fate.UNSERVED, SILENCE)}),
    "range-removed-authoritative": (
        conf(),
        conf("range 192.0.2.110 192.0.2.112;", "authoritative;"),
        {(Fate.UNSERVED, SILENCE)},
    ),
    "pool-becomes-range": (conf(), conf("range 192.0.2.100 192.0.2.110;"), set()),
    "into-a-shared-network": (
        conf(),
        conf().replace("subnet 192", "shared-network s { subnet 192").rstrip() + " }",
        set(),
    ),
    "unknown-clients": (conf(), conf(POOL.format("deny unknown-clients;")), {(Fate.DENIED, REFUSAL)}),
    "all-clients": (conf(), conf(POOL.format("deny all clients;"), "authoritative;"), {(Fate.DENIED, REFUSAL)}),
    "known-clients": (conf(), conf(POOL.format("deny known-clients;")), set()),
    "unknown-clients-outside": (conf(), conf(more="deny unknown-clients;"), {(Fate.DENIED, SILENCE)}),
    "booting": (conf(), conf(more="deny booting;"), {(Fate.DENIED, SILENCE)}),
    "class": (conf(), conf(POOL.format('allow members of "c";'), CLASS), {(Fate.UNSURE, REFUSAL)}),
    "same-class": (
        conf(POOL.format('deny members of "c";'), CLASS),
        conf(POOL.format('deny members of "c";'), CLASS + " min-lease-time 20;"),
        set(),
    ),
    "reserved-elsewhere": (conf(), conf(more=HOST.format(1, 50)), {(Fate.MOVED, REFUSAL)}),
    "reserved-for-others": (conf(), conf(more=HOST.format(9, 100)), set()),
    "reservation-removed": (conf("", HOST.format(1, 50)), conf(""), {(Fate.UNSERVED, SILENCE)}),
    "reservation-changed": (conf("", HOST.format(1, 50)), conf("", HOST.format(1, 51)), {(Fate.UNSERVED, REFUSAL)}),
}


@pytest.mark.parametrize("name", CASES)
def test_fate(dhcpd: Path, tmp_path: Path, name: str) -> None:
    before, after, expected = CASES[name]
    with Network(tmp_path, dhcpd) as network:
        network.serve("one", before, "192.0.2.2")
        until(lambda: STARTED in network.log("one"), STARTED)
        clients = 1 if "fixed-address 192.0.2.5" in before else 3
        patience = {"timeout": 3, "retransmission": {"initial": 0.5, "maximum": 0.5, "jitter": 0.1}}
        leases = network.probe(verb="acquire", interface="eth0", clients=clients, **patience)["leases"]
        assert len(leases) == clients
        # What we say about them.
        asked = DhcpdControl(str(tmp_path / "one.conf"), lease_file=str(tmp_path / "one.leases"))
        found = asked.affected(promise(dialect("dhcpd").parse("one", after, {})))
        said = {
            format_address(address): item.fate
            for item in found
            for low, high in item.addresses
            for address in range(low, high + 1)
        }
        # What dhcpd does.
        network.stop("one")
        seen = len(network.log("one"))
        network.serve("one", after, "")
        until(lambda: STARTED in network.log("one")[seen:], STARTED)
        asked_again = network.probe(verb="renew", interface="eth0", leases=leases, **patience)["exchanges"]
    results = {item["address"]: item["result"] for item in asked_again if item["kind"] == "renew"}
    assert {(said[address], results[address]) for address in said} == expected
    assert {results[address] for address in results.keys() - said.keys()} <= {"ack"}
