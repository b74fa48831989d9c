# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a host from carrying a lab is said before anything is installed."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.tests.tools import preflight
from ansible_collections.netlab.dhcp_failover.tests.tools.preflight import GIB, Facts, objections

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


def test_this_host_is_looked_at() -> None:
    facts = preflight.look("nspawn")
    assert facts.system == subprocess.run(["uname"], check=True, capture_output=True, text=True).stdout.strip()
    assert facts.families
    assert facts.free > 0
