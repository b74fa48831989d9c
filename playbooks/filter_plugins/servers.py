# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of several playbooks: the servers of an inventory, and the role that deploys each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import SIDES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_sides


def server_hosts(groups: Mapping[str, Iterable[str]]) -> list[str]:
    """All servers of an inventory, without repetitions."""
    names = ("dhcp_servers", "dhcp_primary", "dhcp_secondary")
    return list(dict.fromkeys(host for name in names for host in groups.get(name, ())))


def server_role(sides: Collection[str], groups: Collection[str]) -> str:
    """The role for a host's side, or the engine for a host on both sides or on neither.

    A host in the group of a side, but not on that side, gets the role of the group, which refuses it.
    """
    misplaced = [side for side in SIDES if f"dhcp_{side}" in groups and set(sides) != {side}]
    only = [side for side in SIDES if set(sides) == {side}]
    return next((f"dhcp_{side}" for side in (*misplaced, *only)), "dhcp_server")


def server_roles(hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> dict[str, str]:
    hosts = list(hosts)
    found: dict[str, set[str]] = {host: set() for host in hosts}
    for half in collect_sides(hostvars, hosts):
        found[half["host"]].add(half["role"])
    return {host: server_role(found[host], hostvars[host]["group_names"]) for host in hosts}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"server_hosts": server_hosts, "server_roles": server_roles}
