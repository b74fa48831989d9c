# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role deploys a server."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.servers import (
    server_hosts,
    server_role,
    server_roles,
)

BOTH = ("primary", "secondary")


@pytest.mark.parametrize(
    ("sides", "groups", "role"),
    [
        (("primary",), (), "dhcp_primary"),
        (("secondary",), ("dhcp_servers", "dhcp_secondary"), "dhcp_secondary"),
        (BOTH, ("dhcp_servers",), "dhcp_server"),
        ((), ("dhcp_servers",), "dhcp_server"),
        # These are refused by the role that their group names.
        (("secondary",), ("dhcp_primary",), "dhcp_primary"),
        (("primary",), ("dhcp_secondary",), "dhcp_secondary"),
        (("primary",), ("dhcp_primary", "dhcp_secondary"), "dhcp_secondary"),
        (BOTH, ("dhcp_primary",), "dhcp_primary"),
        ((), ("dhcp_secondary",), "dhcp_secondary"),
    ],
)
def test_role_of_a_server(sides: tuple[str, ...], groups: tuple[str, ...], role: str) -> None:
    assert server_role(sides, groups) == role


def test_roles_of_a_chain() -> None:
    relationships = [
        {"name": "north", "primary": "a", "secondary": "hub", "primary_address": "10.0.0.1"},
        {"name": "south", "primary": "hub", "secondary": "b", "secondary_address": "10.0.0.3"},
    ]
    common: dict[str, Any] = {"dhcp_server_failover": relationships, "group_names": ["chain"]}
    hostvars = {"a": common, "b": common, "hub": {**common, "dhcp_server_address": "10.0.0.2"}}
    roles = {"a": "dhcp_primary", "b": "dhcp_secondary", "hub": "dhcp_server"}
    assert server_roles(hostvars, list(roles)) == roles


def test_each_server_of_an_inventory_is_named_once() -> None:
    groups = {"dhcp_primary": ["one"], "dhcp_servers": ["two", "one"], "web": ["three"]}
    assert server_hosts(groups) == ["two", "one"]
    assert server_hosts({}) == []
