# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private filter of the playbook summary."""

from __future__ import annotations

from typing import Any

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.status import summary_lines

LEASE = {"address": "172.16.1.225", "prefix": 24, "server": "172.16.1.100", "lease_time": 1800, "expires": None}


def test_a_lease_is_that_of_this_run_or_else_the_one_just_read() -> None:
    hostvars: dict[str, dict[str, Any]] = {
        "taken": {"dhcp_client_lease": LEASE, "summary_client": {"skipped": True}},
        "asked": {"dhcp_client_lease": None, "summary_client": {"lease": {**LEASE, "address": "172.16.1.226"}}},
        "without": {"summary_client": {"lease": None, "reason": "no server answered"}},
        "silent": {},
    }
    _header, taken, asked, without, silent = summary_lines(hostvars, hostvars, [])
    assert taken.split()[:3] == ["taken", "172.16.1.225/24", "172.16.1.100"]
    assert asked.split()[:2] == ["asked", "172.16.1.226/24"]
    assert without == "without has no lease: no server answered"
    assert silent == "silent has no lease: it was not asked"
