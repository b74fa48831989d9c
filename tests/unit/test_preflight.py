# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a host from carrying a lab is said before anything is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import firewall_cure, make_lab
from ansible_collections.netlab.dhcp_failover.tests.tools import preflight
from ansible_collections.netlab.dhcp_failover.tests.tools.preflight import GIB, Facts, objections

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = Facts(
    "Linux",
    "6.1.0-40-amd64",
    "Debian GNU/Linux 12",
    frozenset({"debian"}),
    True,
    (1 << 41) - 1,
    20 * GIB,
    False,
    (3, 11),
    True,
    False,
    (),
)
NET_ADMIN = 1 << 12


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, None),
        ({"families": frozenset({"linuxmint", "ubuntu"})}, None),
        ({"capabilities": None}, None),
        ({"system": "Darwin", "families": frozenset(), "root": False}, "this is macOS. Use a virtual machine"),
        ({"release": "5.15.167.4-microsoft-standard-WSL2"}, "This is WSL"),
        ({"release": "5.15.167.4-microsoft-standard-WSL2", "contained": True}, None),
        ({"families": frozenset({"fedora"}), "name": "Fedora Linux 43"}, "this is Fedora Linux 43. Use a host"),
        ({"python": (3, 9), "venv": False}, "python3 is 3.9"),
        ({"venv": False}, "apt-get install python3.11-venv"),
        ({"root": False, "capabilities": 0}, "sudo make lab"),
        ({"capabilities": DEBIAN.capabilities & ~NET_ADMIN}, "a container without CAP_NET_ADMIN. Start it"),
        ({"capabilities": 0xA80425FB}, "without CAP_NET_ADMIN and CAP_SYS_ADMIN."),
        ({"free": GIB, "built": True}, None),
        ({"stopped_by": ["Docker"]}, "Docker would drop what the lab's machines send"),
        ({"stopped_by": ["Docker"], "built": True}, None),
        ({"free": GIB}, "/var has 1.0 GiB left, and the lab needs 2 GiB"),
    ],
)
def test_objections(changes: dict[str, Any], expected: str | None) -> None:
    found = objections(DEBIAN._replace(**changes))
    assert len(found) == (0 if expected is None else 1)
    assert expected is None or expected in found[0]


def test_virtual_machines_need_more_room() -> None:
    assert objections(DEBIAN._replace(free=3 * GIB)) == []
    assert "the lab needs 8 GiB" in objections(DEBIAN._replace(free=3 * GIB), "kvm")[0]


# As `iptables --list-rules` prints them on Debian 13 with docker.io and with ufw, shortened.
DOCKER = "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n"
UFW = "-P INPUT DROP\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N ufw-user-forward\n"


@pytest.mark.parametrize(
    "rules, trusted, expected",
    [
        (None, None, []),
        ("-P FORWARD ACCEPT\n-N DOCKER-USER\n", None, []),
        ("-P FORWARD DROP\n", None, []),  # not known; the lab tries the effect
        (DOCKER, None, ["Docker"]),
        (DOCKER + "-A DOCKER-USER -i lab-+ -j ACCEPT\n", None, []),
        (DOCKER + "-A DOCKER-USER -i other -j ACCEPT\n", None, ["Docker"]),
        (UFW, None, ["ufw"]),
        (UFW + "-A ufw-user-forward -i lab-mgmt -j ACCEPT\n", None, []),
        (None, "\n", ["firewalld"]),
        (None, "eth1 lab-mgmt lab-practica\n", []),
        (DOCKER, "eth1\n", ["firewalld", "Docker"]),
    ],
)
def test_firewalls_that_let_nothing_through(rules: str | None, trusted: str | None, expected: list[str]) -> None:
    assert list(preflight.stopping(rules, trusted)) == expected


def test_the_cures_are_those_of_the_lab() -> None:
    """Of the networks in its inventory."""
    variables = yaml.safe_load((ROOT / "inventories/nspawn/group_vars/all.yml").read_text())
    lab = make_lab("lab", variables["nspawn_host_networks"], [], {})
    for name, table in (("firewalld", "firewalld"), ("ufw", "filter"), ("Docker", "filter")):
        chains = [{"chain": {"family": "ip", "table": table, "name": preflight.CHAINS.get(name, "filter_FORWARD")}}]
        assert firewall_cure({"nftables": chains}, lab).endswith(f": {preflight.CURES[name]}")


def test_this_host_is_looked_at() -> None:
    facts = preflight.look("nspawn")
    assert facts.system == subprocess.run(["uname"], check=True, capture_output=True, text=True).stdout.strip()
    assert facts.families
    assert facts.free > 0
