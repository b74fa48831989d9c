# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.ground import (
    knock,
    listener,
    port_of_kea,
    room_for_dhcpd,
    room_for_kea,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half

LISTENING = """\
LISTEN 0      128         0.0.0.0:8000   0.0.0.0:* users:(("nginx",pid=36,fd=3))
LISTEN 0      1      172.16.16.10:8001   0.0.0.0:* users:(("kea-dhcp4",pid=919,fd=10))
LISTEN 0      1         127.0.0.1:8002   0.0.0.0:* users:(("kea-ctrl-agent",pid=919,fd=10))
LISTEN 0      128            [::]:8003      [::]:*
"""


@pytest.mark.parametrize(
    ("port", "owner"), [(8000, "nginx"), (8001, "kea-dhcp4"), (8002, ""), (8003, "another program"), (8004, "")]
)
def test_who_listens_at_an_address(port: int, owner: str) -> None:
    told = "".join(line for line in LISTENING.splitlines(keepends=True) if f":{port} " in line)
    assert listener(told, "172.16.16.10") == owner


@pytest.fixture
def place() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def test_what_becomes_of_a_connection(place: tuple[str, int]) -> None:
    assert knock(place, socket.create_connection) == "accepted"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        assert knock(other.getsockname(), socket.create_connection) == "refused"


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (TimeoutError("timed out"), "no answer within 5 s"),
        (OSError(113, "No route to host"), "No route to host"),
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
    ],
)
def test_a_connection_that_fails(error: OSError, answer: str) -> None:
    def connect(_place: tuple[str, int], _timeout: float) -> socket.socket:
        raise error

    half = Half("x", "primary", "192.0.2.1", 8000, "192.0.2.2", 8001)
    done = CompletedProcess([], 127, "", "")
    found = port_of_kea(half, lambda _words: done, connect)
    assert found == {
        "relationship": "x",
        "port": 8000,
        "owner": None,
        "peer": "192.0.2.2",
        "peer_port": 8001,
        "answer": answer,
    }


def test_room_for_a_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dhcpd", "kea", "state", "parts"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "parts"))
    dhcpd, kea, journal = tmp_path / "dhcpd/leases", tmp_path / "kea/leases", tmp_path / "state/migration.json"
    with dhcpd.open("wb") as stream:
        stream.truncate(10 * 2**20)
    free = managed.shutil.disk_usage(tmp_path)._replace(free=300 * 2**20)
    monkeypatch.setattr(managed.shutil, "disk_usage", lambda _path: free)
    assert room_for_kea(dhcpd, kea, journal) == "46 MiB"
    assert room_for_kea(tmp_path / "none", kea, journal) == "16 MiB"
    kea.write_bytes(bytes(2**20))
    assert room_for_dhcpd([kea, tmp_path / "kea/none"], 10_000, dhcpd, journal) == "27 MiB"
    with dhcpd.open("wb") as stream:
        stream.truncate(100 * 2**20)
    with pytest.raises(RefusedError, match=r"300 MiB free, but the move needs 316 MiB there\. Free some"):
        room_for_kea(dhcpd, kea, journal)
