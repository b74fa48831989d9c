# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that make a host a DHCP client, and how its service follows them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import program
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.setup import (
    HEADER,
    NETWORKMANAGER,
    PLATFORMS,
    Client,
    File,
)

DEBIAN, RED_HAT = PLATFORMS
DHCLIENT = Client("ens9", "dhclient")
DHCPCD = Client("ens9", "dhcpcd")


def texts(client: Client, networkmanager: bool = False) -> dict[str, str]:
    return {file.path: file.text for file in client.files(DEBIAN, networkmanager)}


def test_dhclient_has_a_hook_and_a_unit() -> None:
    hook, unit = DHCLIENT.files(DEBIAN, networkmanager=False)
    assert (hook.path, hook.mode) == ("/etc/dhcp/dhclient-enter-hooks.d/zz-dhcp-client-ens9", 0o755)
    assert (unit.path, unit.mode) == ("/etc/systemd/system/dhcp-client-ens9.service", 0o644)
    assert "-lf /var/lib/dhcp/dhclient.ens9.leases" in unit.text
    assert unit.text.startswith(HEADER)
    assert DHCLIENT.files(RED_HAT, networkmanager=False)[0].path == "/etc/dhcp/dhclient-enter-hooks"


@pytest.mark.parametrize("default_route", [False, True])
@pytest.mark.parametrize("name_servers", [False, True])
def test_a_lease_changes_only_what_is_asked_for(default_route: bool, name_servers: bool) -> None:
    switches = {"default_route": default_route, "name_servers": name_servers}
    hook = next(iter(texts(replace(DHCLIENT, **switches)).values()))
    subprocess.run(["sh", "-n"], input=hook, text=True, check=True)
    asked = 'interface=ens9 new_routers=r new_domain_search=d; eval "$1"; echo "$new_routers$new_domain_search"'
    done = subprocess.run(["sh", "-c", asked, "sh", hook], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("r" if default_route else "") + ("d" if name_servers else "")
    conf = texts(replace(DHCPCD, **switches))["/etc/dhcpcd-ens9.conf"]
    assert ("nogateway" in conf, "nohook resolv.conf" in conf) == (not default_route, not name_servers)


def test_dhcpcd_has_its_own_configuration() -> None:
    found = texts(DHCPCD)
    unit = found.pop("/etc/systemd/system/dhcp-client-ens9.service")
    assert list(found) == ["/etc/dhcpcd-ens9.conf"]
    assert "-f /etc/dhcpcd-ens9.conf ens9\n" in unit


def test_networkmanager_leaves_the_interface_alone() -> None:
    found = texts(DHCLIENT, networkmanager=True)
    assert "unmanaged-devices+=interface-name:ens9" in found[f"{NETWORKMANAGER}/90-dhcp-client-ens9.conf"]


def test_a_host_keeps_its_network() -> None:
    assert list(DHCLIENT.refusals([], ["host0"])) == []
    (message,) = DHCLIENT.refusals(["the default route of this host"], [])
    assert "interface ens9 carries the default route of this host." in message
    (message,) = replace(DHCLIENT, default_route=True).refusals([], ["host0"])
    assert "this host has its default route on host0" in message


class Host:
    """Records the commands of systemd that a service gives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        monkeypatch.setattr(program, "attempt", self.attempt)
        monkeypatch.setattr(os, "fchown", lambda *_arguments: None)

    def attempt(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.said.append(" ".join(words[1:]))
        return subprocess.CompletedProcess(list(words), 0, "", "")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


RUNNING = program.Service(DHCLIENT, DEBIAN, (), exists=True, enabled=True, active=True)


@pytest.mark.parametrize(
    "enabled, active, has_lease, commands",
    [
        (True, True, False, ["restart dhcp-client-ens9"]),
        (True, False, True, ["start dhcp-client-ens9"]),
        (False, True, True, ["--quiet enable dhcp-client-ens9"]),
    ],
)
def test_the_service_runs_now_and_after_a_reboot(
    host: Host, enabled: bool, active: bool, has_lease: bool, commands: list[str]
) -> None:
    service = replace(RUNNING, enabled=enabled, active=active)
    assert service.settled == (enabled and active)
    service.apply(has_lease)
    assert host.said == commands


def test_changed_files_restart_the_client(host: Host, tmp_path: Path) -> None:
    file = File(str(tmp_path / "hooks/ens9"), "text\n", 0o755)
    service = replace(RUNNING, stale=(file,))
    assert [(item["before"], item["after"]) for item in service.diff()] == [("", "text\n")]
    service.apply(has_lease=True)
    assert host.said == ["daemon-reload", "restart dhcp-client-ens9"]
    assert (tmp_path / "hooks/ens9").stat().st_mode & 0o7777 == 0o755
    assert not service.settled


def test_networkmanager_releases_the_interface_before_the_client_starts(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "NETWORKMANAGER", str(tmp_path))
    service = replace(RUNNING, stale=(File(str(tmp_path / "ens9.conf"), "text\n"),))
    service.apply(has_lease=False)
    assert host.said == ["try-reload-or-restart NetworkManager", "daemon-reload", "restart dhcp-client-ens9"]


def test_a_failed_command_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess(["systemctl"], 1, "", "Unit is masked.\n")
    monkeypatch.setattr(program, "attempt", lambda _words: failed)
    with pytest.raises(program.ProgramError, match=r"systemctl restart dhcp-client-ens9 fails.*Unit is masked"):
        RUNNING.apply(has_lease=False)
