# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab with Kea 3.0, on Debian's next release: a pair, a lease, the same address when the primary stops.

That release changes every day. Without it, or without Kea 3.0 in it, this is skipped, and the reason says which.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Run, runner

STATE = Path("/var/lib/netlab-dhcp-failover")
LAB, RELEASE = "next", "forky"
VARIABLES = {
    "lab_daemon": "kea",
    "lab_release": RELEASE,
    "nspawn_host_lab": LAB,
    "nspawn_host_networks": [
        {"name": "mgmt", "subnet": "10.213.44.0/24", "nat": True},
        {"name": "practica", "subnet": "172.16.1.0/24"},
    ],
}
MACHINES = {"dhcp_server1": 11, "dhcp_server2": 12, "dhcp_client": 20}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of containers needs root")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Run, tuple[str, ...]]]:
    """A function that runs commands, and the words of one that plays; the machines run, and are removed afterwards."""
    hosts = {name: {"ansible_host": f"10.213.44.{number}"} for name, number in MACHINES.items()}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    variables = json.dumps(VARIABLES)
    play = ("ansible-playbook", "-i", "inventories/nspawn", "-i", f"{tmp_path}/hosts.json", "-e", variables)
    run = runner("kea-next")
    run(*play, "playbooks/lab_down.yml")
    try:
        try:
            run(*play, "playbooks/lab_up.yml")
        except pytest.fail.Exception as failure:
            why = re.search(r"^\[ERROR\]: (.+)", str(failure), re.MULTILINE)
            pytest.skip(f"there are no machines of Debian {RELEASE}: {why[1] if why else failure}")
        yield run, play
    finally:
        run(*play, "playbooks/lab_down.yml")


def test_a_pair_of_the_next_release(lab: tuple[Run, tuple[str, ...]]) -> None:
    run, play = lab
    downloaded = STATE / LAB / "machines/dhcp_server1/root/var/cache/apt/archives"
    found = [path.name for path in downloaded.glob("kea-dhcp4-server_*")]
    if not any(name.startswith("kea-dhcp4-server_3.0.") for name in found):
        pytest.skip(f"Debian {RELEASE} has no Kea 3.0, but {', '.join(found) or 'none'}")
    run(*play, "playbooks/deploy.yml")
    run(*play, "playbooks/verify.yml")
