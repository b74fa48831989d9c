# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Read the state of a host's network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import (
    IFUPDOWN,
    NETWORKD,
    NETWORKMANAGER,
    UNITS,
    HostNetwork,
    Link,
    read_default_routes,
    read_networkctl,
    read_nmcli,
)

PROC = Path("/proc")


def look_at_network(names: Sequence[str], links: Mapping[str, Link], reached_at: str, run: Run) -> HostNetwork:
    """The network of this host, for these interfaces. reached_at: what the inventory says that Ansible connects to."""

    def say(*words: str) -> str:
        return run(words).stdout

    running = [
        name
        for name, (unit, field, value) in UNITS.items()
        if say("systemctl", "show", "--property", field, unit).strip() == f"{field}={value}"
    ]
    managed = {
        NETWORKD: read_networkctl(say("networkctl", "--no-pager", "--no-legend", "--full", "list")),
        NETWORKMANAGER: read_nmcli(say("nmcli", "--terse", "--fields", "DEVICE,STATE", "device")),
        IFUPDOWN: [name for name in names if run(["ifquery", name]).returncode == 0],
    }
    return replace(
        look_at_connections(links, reached_at, run),
        running=running,
        managers={name: [provider for provider in running if name in managed[provider]] for name in names},
    )


def look_at_connections(links: Mapping[str, Link], reached_at: str, run: Run) -> HostNetwork:
    """The same without the providers: the default routes and this session."""
    session = [address for address in (session_address(), reached_at) if address]
    return HostNetwork(links, default_routes=default_routes(run, "-4", "-6"), session=session)


def default_routes(run: Run, *families: str) -> list[str]:
    """The interfaces with a default route of a family (-4, -6)."""
    listings = [run(["ip", "-json", family, "route", "show", "default"]).stdout for family in families]
    return read_default_routes(*listings)


def session_address(proc: Path = PROC) -> str | None:
    """The address of this host that the SSH session of this process, or of one that it descends from, came in by.

    sudo removes the variable, so the processes above are asked, too.
    """
    process = "self"
    while process not in ("", "0"):
        try:
            environment = (proc / process / "environ").read_bytes().split(b"\0")
            status = (proc / process / "status").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        for entry in environment:
            words = entry.decode(errors="replace").partition("SSH_CONNECTION=")[2].split()
            if entry.startswith(b"SSH_CONNECTION=") and len(words) == 4:
                return words[2]
        process = next((line.split()[1] for line in status.splitlines() if line.startswith("PPid:")), "")
    return None
