# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs on the trees of a cache, by a real /proc/self/mountinfo, shortened."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.modules.lab_tree import machines_on

CACHE = Path("/var/cache/netlab-dhcp-failover")
LAB = "/var/lib/netlab-dhcp-failover/lab/machines/dhcp_client"
MOUNT = (
    "4405 4359 0:240 / {point} rw,relatime shared:1525 - overlay netlab.dhcp_failover\\040lab\\040lab "
    f"rw,lowerdir={{cache}}/base/bookworm-a9f9236c315c,upperdir={LAB}/upper,workdir={LAB}/work,uuid=on\n"
)
OTHER = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"


def test_names_the_machines_of_this_cache() -> None:
    machine = MOUNT.format(point=f"{LAB}/root", cache=CACHE)
    elsewhere = MOUNT.format(point="/srv/lab/root", cache="/srv/cache")
    assert machines_on(CACHE, OTHER + machine + elsewhere) == [f"{LAB}/root"]


def test_a_machine_of_another_lab_does_not_use_its_own_cache() -> None:
    assert machines_on(CACHE, OTHER + MOUNT.format(point="/", cache=CACHE)) == []
