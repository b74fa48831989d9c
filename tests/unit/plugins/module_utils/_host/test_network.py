# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host says of its network, by programs that may not be there, and by whom this session is."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import Link
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.network import (
    default_routes,
    look_at_connections,
    look_at_network,
    session_address,
)

SSH = b"SSH_CONNECTION=10.0.0.9 51514 10.0.0.5 22"


def process(proc: Path, name: str, parent: str, *environment: bytes) -> None:
    (proc / name).mkdir()
    (proc / name / "environ").write_bytes(b"\0".join((b"PATH=/bin", *environment)) + b"\0")
    (proc / name / "status").write_text(f"Name:\tpython3\nPid:\t{name}\nPPid:\t{parent}\n")


@pytest.mark.parametrize(
    ("own", "above", "address"),
    [
        ((SSH,), (), "10.0.0.5"),
        # By sudo, which removes the variable.
        ((), (SSH,), "10.0.0.5"),
        ((b"SSH_CONNECTION=2001:db8::9 51514 2001:db8::5 22",), (SSH,), "2001:db8::5"),
        # By no SSH at all, or something else.
        ((), (), None),
        ((b"SSH_CONNECTION=", b"MY_SSH_CONNECTION=1 2 3 4"), (), None),
    ],
)
def test_the_session_is_found_by_its_processes(
    tmp_path: Path, own: tuple[bytes, ...], above: tuple[bytes, ...], address: str | None
) -> None:
    process(tmp_path, "self", "20", *own)
    process(tmp_path, "20", "10")
    process(tmp_path, "10", "0", *above)
    assert session_address(tmp_path) == address


def test_a_process_that_may_not_be_read_tells_nothing(tmp_path: Path) -> None:
    process(tmp_path, "self", "20")
    assert session_address(tmp_path) is None


ANSWERS = {
    "systemctl show --property ActiveState systemd-networkd.service": "ActiveState=active\n",
    "systemctl show --property ActiveState NetworkManager.service": "ActiveState=inactive\n",
    "systemctl show --property UnitFileState networking.service": "UnitFileState=enabled\n",
    "networkctl --no-pager --no-legend --full list": "2 host0 ether routable configured\n3 ens9 ether off unmanaged\n",
    "ifquery ens9": "address: 10.0.0.7\n",
    "ip -json -4 route show default": '[{"dst": "default", "dev": "host0"}]',
}


def test_what_is_not_there_does_not_run() -> None:
    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        answer = ANSWERS.get(" ".join(words))
        return subprocess.CompletedProcess(words, 127 if answer is None else 0, answer or "", "")

    links = {"host0": Link([]), "ens9": Link([])}
    found = look_at_network(["host0", "ens9"], links, "server.example", run)
    assert list(found.running) == ["systemd-networkd", "ifupdown"]
    assert found.managers == {"host0": ["systemd-networkd"], "ens9": ["ifupdown"]}
    assert found.default_routes == ["host0"]
    assert "server.example" in found.session


def test_default_routes_are_those_of_the_family() -> None:
    routes = {
        "-4": '[{"dst": "default", "dev": "host0", "metric": 100}, {"dst": "default", "dev": "ens9", "metric": 200}]',
        "-6": '[{"dst": "default", "dev": "ens10"}]',
    }

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 0, routes[words[2]], "")

    assert default_routes(run, "-4") == ["ens9", "host0"]
    assert look_at_connections({}, "", run).default_routes == ["ens10", "ens9", "host0"]
