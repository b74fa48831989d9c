# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of several playbooks: the servers of an inventory, and paths on the controller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


def server_hosts(groups: Mapping[str, Iterable[str]]) -> list[str]:
    """All servers of an inventory, without repetitions."""
    names = ("dhcp_servers", "dhcp_primary", "dhcp_secondary")
    return list(dict.fromkeys(host for name in names for host in groups.get(name, ())))


def from_here(path: str) -> str:
    """A path as the shell that started ansible-playbook reads it. Tasks have the playbook's folder as their own."""
    return str(Path.cwd() / Path(path).expanduser())


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"from_here": from_here, "server_hosts": server_hosts}
