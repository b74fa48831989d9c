# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A move reads a lease database that its daemon replaces meanwhile. Real daemons, so it needs root."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import until
from kea_roots import STARTED, KeaNetwork
from test_probe import Network

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    DHCPD,
    KEA,
    PRIMARY,
    Act,
    Deed,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import Host
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kept import take
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import read_dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding

CONF = (
    "ddns-update-style none; default-lease-time 300; ping-check false;"
    " subnet 192.0.2.0 netmask 255.255.255.0 { pool { range 192.0.2.100 192.0.2.150; } }"
)
KEA_CONF = {
    "Dhcp4": {
        "interfaces-config": {"interfaces": ["eth0"]},
        "valid-lifetime": 300,
        # Each second, Kea begins a new file, and another program merges those before it.
        "lease-database": {"type": "memfile", "lfc-interval": 1},
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.100 - 192.0.2.150"}]}],
    }
}


def acquired(network: Network, mac: str) -> set[tuple[str, str]]:
    """Clients with a lease: who has which address."""
    patience = {"timeout": 10, "retransmission": {"initial": 0.5, "maximum": 0.5, "jitter": 0.1}}
    found = network.probe(verb="acquire", interface="eth0", clients=5, mac=mac, **patience)["leases"]
    return {(lease["client"], lease["address"]) for lease in found}


def clients(bindings: Any) -> set[tuple[str, str]]:
    """The same of bindings that still hold."""
    now = time.time()
    held: list[Binding] = [binding for binding in bindings if binding.holds(now)]
    return {(binding.hardware.hex(":"), ".".join(map(str, binding.address.to_bytes(4, "big")))) for binding in held}


def host(folder: Path, network: Network, running: dict[str, Callable[[], bool]]) -> Host:
    """The host of a server."""
    folder.joinpath("dhcpd.conf").write_text(CONF)
    controls = {
        DHCPD: DhcpdControl(str(folder / "dhcpd.conf"), lease_file=str(folder / "one.leases")),
        KEA: KeaControl("", lease_file=str(network.folder / "one/lib/kea-leases4.csv")),
    }
    return Host(controls, running, attempt, journal=folder / "journal")


class Daemon:
    """One that runs. It begins a new file while we have the old one open."""

    def __init__(self, file: Path, replace: Callable[[], None]) -> None:
        self.file = file
        self.replace: Callable[[], None] | None = replace

    def __call__(self) -> bool:
        replace = self.replace
        if replace and any(link.resolve() == self.file for link in Path("/proc/self/fd").iterdir()):
            self.replace = None
            replace()
        return True


def test_dhcpd_writes_its_database_anew(dhcpd: Path, tmp_path: Path) -> None:
    with Network(tmp_path, dhcpd) as network, ExitStack() as stack:
        network.serve("one", CONF, "192.0.2.2")
        until(lambda: "Server starting service" in network.log("one"), "a start")
        promised = acquired(network, "02:d4:c9:00:01:01")

        def replace() -> None:
            nonlocal promised
            # It does so at each start, and each hour.
            network.stop("one")
            seen = len(network.log("one"))
            network.serve("one", CONF, "")
            until(lambda: "Server starting service" in network.log("one")[seen:], "a start")
            promised |= acquired(network, "02:d4:c9:00:02:01")

        given = tmp_path / "given"
        runs = Daemon(tmp_path / "one.leases", replace)
        host(tmp_path, network, {DHCPD: runs}).give(given)
        assert len(promised) == 10
        assert clients(take(given, stack).kept.bindings()) == promised


def test_kea_cleans_up_its_files(kea: Path, tmp_path: Path) -> None:
    with KeaNetwork(tmp_path, kea) as network:
        network.serve("one", json.dumps(KEA_CONF), "192.0.2.2")
        until(lambda: STARTED in network.log("one"), STARTED)
        promised = acquired(network, "02:d4:c9:00:01:01")
        table = network.leases("one")

        def replace() -> None:
            nonlocal promised
            before = table.stat().st_ino
            until(lambda: table.exists() and table.stat().st_ino != before, "a new file")
            promised |= acquired(network, "02:d4:c9:00:02:01")

        here = host(tmp_path, network, {KEA: Daemon(table, replace), DHCPD: lambda: False})
        here.do(Act(PRIMARY, Deed.PREPARE, DHCPD), None)
        with (tmp_path / "one.leases").open("rb") as stream:
            assert clients(read_dhcpd(stream, time.time(), tempfile.TemporaryFile)) == promised
        assert len(promised) == 10
