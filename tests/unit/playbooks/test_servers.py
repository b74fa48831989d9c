# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of an inventory."""

from __future__ import annotations

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.servers import server_hosts


def test_each_server_of_an_inventory_is_named_once() -> None:
    groups = {"dhcp_primary": ["one"], "dhcp_servers": ["two", "one"], "web": ["three"]}
    assert server_hosts(groups) == ["two", "one"]
    assert server_hosts({}) == []
