# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The table of managed files of a server that runs dhcpd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import CHATTER
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    Daemon,
    Managed,
    ManagedFile,
    barrier,
    managed_file,
    managed_host,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT

LEASES = "dhcpd.leases"
# Lines that dhcpd and systemd write for any fault.
_CHATTER = (
    "$",
    "exiting",
    "Internet Systems Consortium",
    "Copyright 2",
    "All rights reserved",
    "For info, please",
    "Config file:",
    "Database file:",
    "PID file:",
    "Wrote [0-9]",
    "If you think you have",
    "than a configuration",
    "bugs on either our",
    "before submitting a",
    "process and the information",
    "Start(ing|ed) ",
    # After any failure to bind a socket.
    "Please make sure there is no other dhcp server",
    "running and that there's no entry for dhcp or",
    "bootp in /etc/inetd.conf",
    "are not running HP JetAdmin",
    "includes a bootp server",
    r"\S+: Failed to kill",
    CHATTER,
)


def managed(server: Mapping[str, Any], names: Mapping[str, str], family: str) -> Managed:
    """The table of a server, given as failover_servers returns it; `names` are those of its platform, from the role."""
    unit_file = f"/etc/systemd/system/{names['service']}.service"
    config = list(_config_files(names, unit_file, server["omapi"]))
    daemon = Daemon(
        name="dhcpd",
        unit=names["service"],
        unit_file=unit_file,
        config=names["conf"],
        reads=tuple(row.path for row in config),
        runtime_folder=names["runtime_folder"],
        lease_file=f"{names['lease_folder']}/{LEASES}",
        user=names["user"],
        serves="Server starting service",
        chatter=f"^({'|'.join(_CHATTER)})",
    )
    accepts = [(str(half["peer_address"]), int(half.get("port") or DEFAULT_PORT)) for half in server["failover"]]
    closed = [*(port for _address, port in accepts), *([int(server["omapi_port"])] if server["omapi"] else [])]
    return managed_host(server, family, daemon, [*_package_files(names), *config], accepts, closed)


def _package_files(names: Mapping[str, str]) -> Iterator[ManagedFile]:
    user = names["user"]
    yield ManagedFile("package", names["binary"])
    yield ManagedFile("package", barrier(names["service"]), present=False)
    yield ManagedFile(
        "package",
        names["lease_folder"],
        owner=names["lease_folder_owner"],
        group=user,
        mode=names["lease_folder_mode"],
        folder=True,
    )
    yield ManagedFile("package", f"{names['lease_folder']}/{LEASES}", owner=user, group=user, mode="0644")


def _config_files(names: Mapping[str, str], unit_file: str, omapi: bool) -> Iterator[ManagedFile]:
    test = (names["binary"], "-4", "-t", "-cf")
    yield managed_file("config", names["conf"], "dhcpd.conf.j2", check=test)
    yield managed_file("config", names["defaults_file"], "defaults.j2")
    yield managed_file("config", unit_file, "dhcpd.service.j2")
    if omapi:
        yield managed_file(
            "config", names["omapi_file"], "omapi.conf.j2", group=names["user"], mode="0640", sensitive=True
        )
