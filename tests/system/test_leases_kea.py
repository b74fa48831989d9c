# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of leases under another configuration: our answer, and what a real Kea does. Needs root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import until
from kea_roots import STARTED, KeaNetwork

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import promise
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import format_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import Fate

POOL = "192.0.2.100 - 192.0.2.102"
OTHER = "192.0.2.110 - 192.0.2.112"
# The first clients of a probe.
MAC = "02:d4:c9:00:00:0{}"
CLASSES = {"client-classes": [{"name": "c", "test": "option[60].hex == 'c'"}]}
SILENCE, REFUSAL = "timeout", "nak"


def conf(pool: Any = POOL, subnet: Any = None, **more: Any) -> dict[str, Any]:
    """A configuration. pool: its addresses, or the whole pool, or None."""
    pools = [] if pool is None else [pool if isinstance(pool, dict) else {"pool": pool}]
    own = {"id": 1, "subnet": "192.0.2.0/24", "pools": pools, **(subnet or {})}
    return {"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, "valid-lifetime": 300, "subnet4": [own], **more}}


def guarded(name: str) -> dict[str, str]:
    return {"pool": POOL, "client-class": name}


def host(number: int, last: int) -> dict[str, Any]:
    return {"reservations": [{"hw-address": MAC.format(number), "ip-address": f"192.0.2.{last}"}]}


def shared(data: dict[str, Any]) -> dict[str, Any]:
    """The same with the subnet in a shared network."""
    main = dict(data["Dhcp4"])
    return {"Dhcp4": {**main, "shared-networks": [{"name": "s", "subnet4": main.pop("subnet4")}], "subnet4": []}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], set[tuple[Fate, str]]]] = {
    "nothing": (conf(), conf(**{"max-valid-lifetime": 300, "min-valid-lifetime": 200}), set()),
    "range-removed": (conf(), conf(OTHER), {(Fate.UNSERVED, SILENCE)}),
    "range-removed-authoritative": (conf(), conf(OTHER, authoritative=True), {(Fate.UNSERVED, SILENCE)}),
    "pool-becomes-wider": (conf(), conf("192.0.2.90 - 192.0.2.110"), set()),
    "into-a-shared-network": (conf(), shared(conf()), set()),
    "another-id": (conf(), conf(subnet={"id": 2}), {(Fate.RENUMBERED, REFUSAL)}),
    "known-clients": (conf(), conf(guarded("KNOWN")), {(Fate.DENIED, REFUSAL)}),
    "unknown-clients": (conf(), conf(guarded("UNKNOWN")), set()),
    "subnet-for-known-clients": (conf(), conf(subnet={"client-class": "KNOWN"}), {(Fate.DENIED, REFUSAL)}),
    "class": (conf(), conf(guarded("c"), **CLASSES), {(Fate.UNSURE, REFUSAL)}),
    "subnet-for-a-class": (conf(), conf(subnet={"client-class": "c"}, **CLASSES), {(Fate.UNSURE, REFUSAL)}),
    "reserved-elsewhere": (conf(), conf(subnet=host(1, 50)), {(Fate.MOVED, REFUSAL)}),
    "reserved-for-others": (conf(), conf(subnet=host(9, 100)), {(Fate.TAKEN, REFUSAL)}),
    "reservation-removed": (conf(None, host(1, 50)), conf(None), {(Fate.UNSERVED, SILENCE)}),
    "reservation-changed": (conf(None, host(1, 50)), conf(None, host(1, 51)), {(Fate.UNSERVED, REFUSAL)}),
    "subnet-removed": (conf(), conf(subnet={"subnet": "198.51.100.0/24", "pools": []}), {(Fate.UNSERVED, REFUSAL)}),
}


@pytest.mark.parametrize("name", CASES)
def test_fate(kea: Path, tmp_path: Path, name: str) -> None:
    before, after, expected = CASES[name]
    with KeaNetwork(tmp_path, kea) as network:
        network.serve("one", json.dumps(before), "192.0.2.2")
        until(lambda: STARTED in network.log("one"), STARTED)
        clients = 1 if not before["Dhcp4"]["subnet4"][0]["pools"] else 3
        patience = {"timeout": 3, "retransmission": {"initial": 0.5, "maximum": 0.5, "jitter": 0.1}}
        leases = network.probe(verb="acquire", interface="eth0", clients=clients, **patience)["leases"]
        assert len(leases) == clients
        # What we say about them.
        asked = KeaControl(str(tmp_path / "one/etc/kea-dhcp4.conf"), lease_file=str(network.leases("one")))
        found = asked.affected(promise(dialect("kea").parse("one", json.dumps(after), {})))
        said = {
            format_address(address): item.fate
            for item in found
            for low, high in item.addresses
            for address in range(low, high + 1)
        }
        # What Kea does.
        network.stop("one")
        seen = len(network.log("one"))
        network.serve("one", json.dumps(after), "")
        until(lambda: STARTED in network.log("one")[seen:], STARTED)
        asked_again = network.probe(verb="renew", interface="eth0", leases=leases, **patience)["exchanges"]
    results = {item["address"]: item["result"] for item in asked_again if item["kind"] == "renew"}
    assert {(said[address], results[address]) for address in said} == expected
    assert {results[address] for address in results.keys() - said.keys()} <= {"ack"}
