# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info joins the daemon, its configuration and its database; and reports if one of them is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.action.failover_info import clock
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import GOALS, control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import leases, omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import status as status_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import Configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import Access
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    ControlError,
    Deployment,
    Fault,
    NoAccessError,
)
from ansible_collections.netlab.dhcp_failover.plugins.modules import failover_info

DATA = Path(__file__).parents[1] / "module_utils/data"
CONFIGURATION = """
include "{folder}/omapi.conf";
failover peer "dhcp-failover" {{
  primary; address 172.16.1.100; peer address 172.16.1.200; peer port 648; mclt 1800; max-response-delay 180; split 128;
}}
subnet 172.16.1.0 netmask 255.255.255.0 {{
  pool {{ failover peer "dhcp-failover"; range 172.16.1.220 172.16.1.230; }}
}}
"""
STARTED = 1795371590
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
    "cur-unacked-updates": number(3),
    # A wrong value of 4.4.3 (a pointer, always zero) must not be returned.
    "partner-port": number(9),
    "partner-address": b"P\x97\x9a&\x93U\x00\x00",
    "skew": number(0),
}


class Daemon:
    """Replaces the OMAPI client: knows its relationships, or fails on demand."""

    def __init__(self) -> None:
        self.knows: dict[str, Mapping[str, bytes]] = {"dhcp-failover": NORMAL}
        self.errors: list[omapi.OmapiError] = []
        self.process = True
        self.journal: list[str] = []
        self.asked: list[tuple[str, int, str]] = []

    def __call__(self, address: str, port: int, key: omapi.Key, _timeout: float) -> Daemon:
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
            raise omapi.OmapiNotFoundError("no object matches specification")
        return 7, self.knows[name]


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    found = Daemon()
    monkeypatch.setattr(omapi, "OmapiClient", found)
    monkeypatch.setattr(process_module, "find_process", lambda: Process(17, STARTED) if found.process else None)
    monkeypatch.setattr(process_module, "find_version", lambda process: "4.4.3-P1" if process else None)
    monkeypatch.setattr(process_module, "read_journal", lambda _process, _seconds: (found.journal, None))
    monkeypatch.setattr("time.time", lambda: 1795371700.25)
    monkeypatch.setattr("socket.gethostname", lambda: "dhcp-server1")
    return found


@pytest.fixture
def server(tmp_path: Path, daemon: Daemon) -> Path:
    assert daemon
    (tmp_path / "dhcpd.conf").write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "omapi.conf").write_text(OMAPI)
    (tmp_path / "dhcpd.leases").write_text((DATA / "primary.leases").read_text())
    for path in tmp_path.iterdir():
        os.utime(path, (STARTED - 5, STARTED - 5))
    return tmp_path


def status(folder: Path, **changed: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "relationships": None,
        "config": str(folder / "dhcpd.conf"),
        "omapi_config": str(folder / "omapi.conf"),
        "omapi_port": None,
        "lease_file": str(folder / "dhcpd.leases"),
        "timeout": 5,
        "states_only": False,
    }
    asked.update(changed)
    return control("dhcpd", asked).answer(asked["relationships"], asked["states_only"]).as_dict()


POOL = {"total": 11, "free": 5, "backup": 5, "active": 1, "expired": 0, "released": 0, "abandoned": 0, "reset": 0}


def test_everything_is_put_together(server: Path, daemon: Daemon) -> None:
    assert status(server) == {
        "running": True,
        "version": "4.4.3-P1",
        "faults": [],
        "journal_problem": None,
        "deployment": None,
        "time": 1795371700.25,
        "relationships": [
            {
                "name": "dhcp-failover",
                "role": "primary",
                "address": "172.16.1.100",
                "port": 647,
                "peer_address": "172.16.1.200",
                "peer_port": 648,
                "max_response_delay": 180,
                "local_state": "normal",
                "phase": "normal",
                "normal": True,
                "serving": True,
                "wait_until": None,
                "since": "2026-11-22T18:19:56Z",
                "partner_state": "communications-interrupted",
                "partner_phase": "interrupted",
                "partner_since": "2026-11-22T18:20:00Z",
                "unacked_updates": 3,
                "mclt": 1800,
                "heartbeat": None,
                "mode": None,
                "tls": None,
                "takeover": None,
                "problem": None,
                "saved": {
                    "local_state": "normal",
                    "phase": "normal",
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
    daemon.errors, daemon.process = [omapi.OmapiRefusedError("nothing listens there")], False
    found = status(server)
    assert found["running"] is False
    relationship = found["relationships"][0]
    assert (relationship["local_state"], relationship["partner_state"]) == ("unknown-state", "unknown-state")
    assert (relationship["phase"], relationship["unacked_updates"]) == ("unknown", None)
    assert (relationship["peer_address"], relationship["peer_port"]) == ("172.16.1.200", 648)
    assert relationship["problem"] == "dhcpd does not run on this host"
    assert relationship["saved"]["local_state"] == "normal"
    assert (relationship["role"], relationship["mclt"], relationship["pool"]) == ("primary", 1800, POOL)


def test_without_daemon_and_database_there_is_still_an_answer(server: Path, daemon: Daemon) -> None:
    daemon.process = False
    daemon.errors = [omapi.OmapiRefusedError("")]
    for name in ("dhcpd.leases", "dhcpd.conf", "omapi.conf"):
        (server / name).unlink()
    found = status(server, lease_file=None)
    assert (found["running"], found["relationships"], found["version"]) == (False, [], None)


@pytest.mark.parametrize("name", ["dhcpd.conf", "omapi.conf"])
def test_a_file_that_the_daemon_has_not_read_is_reported(server: Path, daemon: Daemon, name: str) -> None:
    os.utime(server / name, (STARTED + 10, STARTED + 10))
    assert status(server)["deployment"] == {
        "step": "unread",
        "since": "2026-11-22T18:20:00Z",
        "files": (str(server / name),),
        "kept": False,
        "by": None,
        "run": None,
        "goal": None,
        "holder": None,
    }
    assert status(server, states_only=True)["deployment"] is None
    daemon.process = False
    daemon.errors = [omapi.OmapiRefusedError("nothing listens there")]
    assert status(server)["deployment"] is None


def test_faults_come_with_time_and_remedy(server: Path, daemon: Daemon) -> None:
    daemon.journal = ["1795371600.5 h dhcpd[17]: failover: listener: no matching state"] * 2
    (fault,) = status(server)["faults"]
    assert (fault["kind"], fault["relationship"], fault["count"]) == ("no-matching-state", None, 2)
    assert (fault["time"], fault["first"]) == ("2026-11-22T18:20:00Z",) * 2
    assert "peer address" in fault["hint"]


def test_states_alone_need_neither_database_nor_journal(
    server: Path, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    (server / "dhcpd.leases").unlink()
    monkeypatch.setattr(process_module, "read_journal", None)
    found = status(server, states_only=True)
    assert found["faults"] is None
    relationship = found["relationships"][0]
    assert (relationship["local_state"], relationship["mclt"]) == ("normal", 1800)
    assert (relationship["saved"], relationship["pool"], relationship["pools"]) == (None, None, None)
    assert daemon.asked


def test_the_configuration_tells_where_the_database_is(server: Path) -> None:
    (server / "dhcpd.leases").rename(server / "other.leases")
    config = server / "dhcpd.conf"
    config.write_text(f'lease-file-name "{server}/other.leases";\n' + config.read_text())
    assert status(server, lease_file=None)["relationships"][0]["pool"] == POOL


@pytest.mark.parametrize("running", [True, False])
def test_an_incomplete_entry_is_not_read(server: Path, daemon: Daemon, running: bool) -> None:
    with (server / "dhcpd.leases").open("a") as file:
        file.write("lease 172.16.1.225 {\n  binding state free;\n  next bin")
    daemon.process = running
    access = Access(lease_file=str(server / "dhcpd.leases"))
    leases, _states = access.read_leases(Configuration(), lambda entry: entry.binding_state)
    assert leases["172.16.1.225"] == ("active" if running else "free")


@pytest.mark.parametrize("times, fails", [(0, False), (2, False), (3, True)])
def test_a_database_that_is_replaced_meanwhile_is_read_again(
    server: Path, monkeypatch: pytest.MonkeyPatch, times: int, fails: bool
) -> None:
    left = [times]
    read = leases.last_entries

    def replace(entries: Any, keep: Any) -> Any:
        found = read(entries, keep)
        if left[0]:
            left[0] -= 1
            path = server / "dhcpd.leases"
            text = path.read_text()
            (server / "new").write_text(text + "lease 172.16.1.226 {\n  binding state active;\n}\n")
            (server / "new").replace(path)
        return found

    monkeypatch.setattr(status_module, "last_entries", replace)
    if fails:
        with pytest.raises(ControlError, match=r"dhcp-server1: lease database .* was replaced 3 times"):
            status(server)
    else:
        assert status(server)["relationships"][0]["pool"]["active"] == (2 if times else 1)


@pytest.mark.parametrize("code, name", [(254, "recover-wait"), (0, "unknown-state"), (99, "99")])
def test_states_have_the_names_of_the_log(server: Path, daemon: Daemon, code: int, name: str) -> None:
    daemon.knows = {"dhcp-failover": {**NORMAL, "local-state": number(code), "local-stos": number(0)}}
    relationship = status(server)["relationships"][0]
    assert (relationship["local_state"], relationship["since"]) == (name, None)


@pytest.mark.parametrize(
    "code, partner, phase, serving, wait_until",
    [
        (0, 2, "settling", False, None),
        (1, 2, "settling", False, None),
        (2, 2, "normal", True, None),
        (3, 2, "interrupted", True, None),
        (4, 2, "alone", True, None),
        (5, 2, "resolving", False, None),
        (6, 2, "settling", False, None),
        (7, 2, "held", False, None),
        (8, 2, "held", False, None),
        (9, 2, "settling", False, None),
        (10, 2, "resolving", False, None),
        (11, 2, "resolving", False, None),
        (99, 2, "unknown", False, None),
        (254, 2, "waiting", False, "2026-11-22T18:49:56Z"),
        # Its partner serves all clients, or compares leases; this dhcpd answers no client.
        (2, 4, "normal", False, None),
        (3, 5, "interrupted", False, None),
        (2, 8, "normal", True, None),
    ],
)
def test_a_state_in_words_for_any_daemon(
    server: Path, daemon: Daemon, code: int, partner: int, phase: str, serving: bool, wait_until: str | None
) -> None:
    state = {"local-state": number(code), "partner-state": number(partner)}
    daemon.knows = {"dhcp-failover": {**NORMAL, **state}}
    relationship = status(server)["relationships"][0]
    assert (relationship["phase"], relationship["serving"]) == (phase, serving)
    assert relationship["normal"] == (phase == "normal")
    assert relationship["wait_until"] == wait_until


def test_a_daemon_that_does_not_run_is_in_no_state(server: Path, daemon: Daemon) -> None:
    daemon.errors, daemon.process = [omapi.OmapiRefusedError("nothing listens there")], False
    relationship = status(server)["relationships"][0]
    assert (relationship["phase"], relationship["normal"], relationship["serving"]) == ("unknown", False, False)


def test_the_database_shows_the_phases_of_a_daemon_that_cannot_be_asked(server: Path) -> None:
    (server / "omapi.conf").write_text("")
    asked = control("dhcpd", {"config": str(server / "dhcpd.conf"), "lease_file": str(server / "dhcpd.leases")})
    with pytest.raises(NoAccessError):
        asked.answer(None, states_only=True)
    assert asked.saved_phases() == {"dhcp-failover": "normal"}


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
            omapi.OmapiRefusedError("nothing listens there"),
            ["nothing listens there although dhcpd runs", "omapi-port"],
        ),
        (omapi.OmapiKeyError("it does not accept the secret of the key k"), ["refused the request", "restart dhcpd"]),
        (omapi.OmapiTimeoutError("no answer within 5 s"), ["no answer within 5 s", "loopback"]),
        (omapi.OmapiError("this is not OMAPI"), ["this is not OMAPI", "ss -lntp sport = :7911"]),
    ],
)
def test_a_failure_names_host_place_and_remedy(
    server: Path, daemon: Daemon, error: omapi.OmapiError, words: list[str]
) -> None:
    daemon.errors = [error]
    with pytest.raises(ControlError) as caught:
        status(server)
    text = str(caught.value)
    assert text.startswith("dhcp-server1: OMAPI at 127.0.0.1 port 7911: ")
    for word in words:
        assert word in text
    assert "secret-secret" not in text
    assert "c2VjcmV0" not in text


def test_a_daemon_without_omapi_cannot_be_asked_though_a_key_is_left(server: Path, daemon: Daemon) -> None:
    daemon.errors = [omapi.OmapiRefusedError("nothing listens there")]
    with pytest.raises(NoAccessError):
        status(server)


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
    with pytest.raises(ControlError) as caught:
        status(server)
    for word in ["dhcp-server1: ", *words]:
        assert word in str(caught.value)


def test_an_undeclared_relationship_is_an_error(server: Path) -> None:
    with pytest.raises(ControlError, match=r'dhcp-server1: relationship "dhcp-fallover" .* Known: dhcp-failover\.'):
        status(server, relationships=["dhcp-fallover"])


def test_what_is_returned_is_documented(server: Path) -> None:
    documented = yaml.safe_load(failover_info.RETURN)
    found = status(server)
    # The action plugin adds the comparison of the clocks.
    assert {
        *found,
        *clock(0, 0, 0),
        "daemon",
        "unit",
        "answering",
        "starting",
        "reached",
        "waited",
        "log",
        "leases",
    } == set(documented)
    assert set(yaml.safe_load(failover_info.DOCUMENTATION)["options"]["wait_for"]["choices"]) == set(GOALS)
    assert set(documented["faults"]["contains"]) == {item.name for item in fields(Fault)}
    # The action plugin takes the run away.
    assert set(documented["deployment"]["contains"]) == {item.name for item in fields(Deployment)} - {"run"}
    assert set(found["relationships"][0]) == set(documented["relationships"]["contains"])
