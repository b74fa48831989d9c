# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info: the daemon, its configuration and its database put together; and what it says when one lacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils import _failover_status, _omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._failover_status import (
    StatusError,
    dhcpd_runs,
    failover_status,
)
from ansible_collections.netlab.dhcp_failover.plugins.modules import failover_info

DATA = Path(__file__).parents[1] / "module_utils/data"
CONFIGURATION = """
include "{folder}/omapi.conf";
failover peer "dhcp-failover" {{ primary; address 172.16.1.100; peer address 172.16.1.200; mclt 1800; split 128; }}
subnet 172.16.1.0 netmask 255.255.255.0 {{
  pool {{ failover peer "dhcp-failover"; range 172.16.1.220 172.16.1.230; }}
}}
"""
OMAPI = 'omapi-port 7911; omapi-key omapi_key; key omapi_key { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldA=="; };'


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


NORMAL = {
    "partner-state": number(3),
    "local-state": number(2),
    "partner-stos": number(1795371600),
    "local-stos": number(1795371596),
    "hierarchy": number(0),
    "mclt": number(1800),
    # What 4.4.3 tells wrongly (a pointer, always zero) must not come through.
    "partner-address": b"P\x97\x9a&\x93U\x00\x00",
    "skew": number(0),
}


class Daemon:
    """Stands in for the OMAPI client: knows its relationships, or fails as it is told."""

    def __init__(self) -> None:
        self.knows: dict[str, Mapping[str, bytes]] = {"dhcp-failover": NORMAL}
        self.errors: list[_omapi.OmapiError] = []
        self.process = True
        self.asked: list[tuple[str, int, str]] = []

    def __call__(self, address: str, port: int, key: _omapi.Key, _timeout: float) -> Daemon:
        self.asked.append((address, port, key.name))
        for error in self.errors:
            raise error
        return self

    def __enter__(self) -> Daemon:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        pass

    def open(self, kind: str, attributes: Mapping[str, bytes]) -> tuple[int, Mapping[str, bytes]]:
        assert kind == "failover-state"
        name = attributes["name"].decode()
        if name not in self.knows:
            raise _omapi.OmapiNotFoundError("no object matches specification")
        return 7, self.knows[name]


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    found = Daemon()
    monkeypatch.setattr(_omapi, "Client", found)
    monkeypatch.setattr(_failover_status, "dhcpd_runs", lambda: found.process)
    monkeypatch.setattr("socket.gethostname", lambda: "dhcp-server1")
    return found


@pytest.fixture
def server(tmp_path: Path, daemon: Daemon) -> Path:
    assert daemon
    (tmp_path / "dhcpd.conf").write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "omapi.conf").write_text(OMAPI)
    (tmp_path / "dhcpd.leases").write_text((DATA / "primary.leases").read_text())
    return tmp_path


def status(folder: Path, **changed: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "relationships": None,
        "config": str(folder / "dhcpd.conf"),
        "omapi_config": str(folder / "omapi.conf"),
        "omapi_port": None,
        "lease_file": str(folder / "dhcpd.leases"),
        "timeout": 5,
    }
    return failover_status(**{**asked, **changed})


POOL = {"total": 11, "free": 5, "backup": 5, "active": 1, "expired": 0, "released": 0, "abandoned": 0, "reset": 0}


def test_everything_is_put_together(server: Path, daemon: Daemon) -> None:
    assert status(server) == {
        "running": True,
        "relationships": [
            {
                "name": "dhcp-failover",
                "role": "primary",
                "local_state": "normal",
                "since": "2026-11-22T18:19:56Z",
                "partner_state": "communications-interrupted",
                "partner_since": "2026-11-22T18:20:00Z",
                "mclt": 1800,
                "problem": None,
                "saved": {
                    "local_state": "normal",
                    "since": "2026-11-22T18:35:17Z",
                    "partner_state": "normal",
                    "partner_since": "2026-11-22T18:35:17Z",
                },
                "pool": POOL,
                "pools": [{"subnet": "172.16.1.0/24", "ranges": ["172.16.1.220-172.16.1.230"], **POOL}],
            }
        ],
    }
    assert daemon.asked == [("127.0.0.1", 7911, "omapi_key")]


def test_without_a_daemon_the_saved_state_is_no_state(server: Path, daemon: Daemon) -> None:
    daemon.errors, daemon.process = [_omapi.OmapiRefusedError("nobody listens there")], False
    found = status(server)
    assert found["running"] is False
    relationship = found["relationships"][0]
    assert (relationship["local_state"], relationship["partner_state"]) == ("unknown-state", "unknown-state")
    assert relationship["problem"] == "dhcpd does not run on this host"
    assert relationship["saved"]["local_state"] == "normal"
    assert (relationship["role"], relationship["mclt"], relationship["pool"]) == ("primary", 1800, POOL)


def test_without_daemon_and_database_there_is_still_an_answer(server: Path, daemon: Daemon) -> None:
    daemon.process = False
    daemon.errors = [_omapi.OmapiRefusedError("")]
    for name in ("dhcpd.leases", "dhcpd.conf", "omapi.conf"):
        (server / name).unlink()
    assert status(server, lease_file=None) == {"running": False, "relationships": []}


def test_a_relationship_that_the_daemon_has_not_read_yet(server: Path, daemon: Daemon) -> None:
    daemon.knows = {}
    relationship = status(server)["relationships"][0]
    assert relationship["local_state"] == "unknown-state"
    assert "restart dhcpd" in relationship["problem"]


@pytest.mark.parametrize("code, name", [(254, "recover-wait"), (0, "unknown-state"), (99, "99")])
def test_states_have_the_names_of_the_log(server: Path, daemon: Daemon, code: int, name: str) -> None:
    daemon.knows = {"dhcp-failover": {**NORMAL, "local-state": number(code), "local-stos": number(0)}}
    relationship = status(server)["relationships"][0]
    assert (relationship["local_state"], relationship["since"]) == (name, None)


def test_the_port_of_the_configuration_is_asked_unless_another_is_given(server: Path, daemon: Daemon) -> None:
    (server / "omapi.conf").write_text(OMAPI.replace("7911", "7912"))
    status(server)
    status(server, omapi_port=7913)
    assert [port for _address, port, _key in daemon.asked] == [7912, 7913]


def test_a_key_file_that_is_not_included_is_read_all_the_same(server: Path, daemon: Daemon) -> None:
    text = (server / "dhcpd.conf").read_text()
    (server / "dhcpd.conf").write_text(text.replace("include", "# include"))
    status(server)
    assert daemon.asked == [("127.0.0.1", 7911, "omapi_key")]


@pytest.mark.parametrize(
    "error, words",
    [
        (
            _omapi.OmapiRefusedError("nobody listens there"),
            ["nobody listens there although dhcpd runs", "omapi-port"],
        ),
        (_omapi.OmapiKeyError("it does not accept the secret of the key k"), ["refused us", "restart dhcpd"]),
        (_omapi.OmapiTimeoutError("no answer within 5 s"), ["no answer within 5 s", "loopback"]),
        (_omapi.OmapiError("this is not OMAPI"), ["this is not OMAPI", "ss -lntp sport = :7911"]),
    ],
)
def test_a_failure_names_host_place_and_remedy(
    server: Path, daemon: Daemon, error: _omapi.OmapiError, words: list[str]
) -> None:
    daemon.errors = [error]
    with pytest.raises(StatusError) as caught:
        status(server)
    text = str(caught.value)
    assert text.startswith("dhcp-server1: OMAPI at 127.0.0.1 port 7911: ")
    for word in words:
        assert word in text
    assert "secret-secret" not in text
    assert "c2VjcmV0" not in text


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda folder: (folder / "omapi.conf").write_text(""), ["no key to ask with", "dhcp_server_omapi: true"]),
        (lambda folder: (folder / "omapi.conf").unlink(), ["omapi.conf", "No such file"]),
        (lambda folder: (folder / "dhcpd.leases").unlink(), ["lease database", "No such file"]),
        (lambda folder: (folder / "omapi.conf").write_text(OMAPI.replace("sha256", "rot13")), ["hmac-rot13"]),
        (lambda folder: (folder / "dhcpd.conf").write_text("omapi-port x;"), ["dhcpd -t -cf"]),
    ],
)
def test_a_host_that_cannot_be_asked_says_why(server: Path, spoil: Any, words: list[str]) -> None:
    spoil(server)
    with pytest.raises(StatusError) as caught:
        status(server)
    for word in ["dhcp-server1: ", *words]:
        assert word in str(caught.value)


def test_a_relationship_that_nobody_declared_is_an_error(server: Path) -> None:
    with pytest.raises(StatusError, match=r'dhcp-server1: relationship "dhcp-fallover" .* Known: dhcp-failover\.'):
        status(server, relationships=["dhcp-fallover"])


@pytest.mark.parametrize(
    "command, namespace, expected",
    [
        (["dhcpd", "-4", "-q"], "own", True),
        (["dhcpd", "-6"], "own", False),
        (["dhclient"], "own", False),
        (["dhcpd"], "container", False),
    ],
)
def test_only_a_dhcpd_of_this_host_counts(tmp_path: Path, command: list[str], namespace: str, expected: bool) -> None:
    for folder, name in (("self", "own"), ("17", namespace)):
        (tmp_path / folder / "ns").mkdir(parents=True)
        (tmp_path / folder / "ns/pid").symlink_to(name)
    (tmp_path / "17/comm").write_text(f"{command[0]}\n")
    (tmp_path / "17/cmdline").write_bytes(b"\0".join(word.encode() for word in command))
    assert dhcpd_runs(tmp_path) is expected


def test_what_is_returned_is_documented(server: Path) -> None:
    documented = yaml.safe_load(failover_info.RETURN)
    found = status(server)
    assert set(found) == set(documented)
    assert set(found["relationships"][0]) == set(documented["relationships"]["contains"])
