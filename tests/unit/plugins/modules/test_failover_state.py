# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_state with a fake daemon that speaks OMAPI, and its decisions as tables."""

from __future__ import annotations

import os
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon import control as port
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi, process
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.omapi import OmapiMessage
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import Access
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.verbs import VERBS, act, objection
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import partner as partner_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.partner import (
    Sight,
    look_at_partner,
    partner_objection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.verbs import VERBS as KEA_VERBS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, plain
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.plugins.modules import failover_state

KEY = omapi.Key("omapi_key", "hmac-sha256", b"0123456789abcdef0123456789abcdef")
ENCODED = b64encode(KEY.secret).decode()
CONFIGURATION = f"""
key omapi_key {{ algorithm hmac-sha256; secret "{ENCODED}"; }}
omapi-key omapi_key;
failover peer "x" {{
  primary; address 172.16.1.100; port 1647; peer address 172.16.1.200; peer port 2647; mclt 1800; split 128;
}}
"""
HANDLES = {b"x": 7, b"y": 8}
NAMES = {name: code for code, name in STATES.items()}
EVERY_STATE = frozenset(STATES.values())
FILES = {"config": "dhcpd.conf", "omapi_config": "omapi.conf"}
DEAD = Sight("172.16.1.200 port 2647", "silent", False)


class Daemon:
    """Answers on a port as dhcpd does: one connection at a time, each message signed."""

    def __init__(self, state: str) -> None:
        self.state, self.since, self.mclt = NAMES[state], int(time.time()) - 100, 1800
        self.moves: dict[int, int] = {}  # the state it enters for a number, if it is another one
        self.refuses = self.dies = False
        self.written: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self.port = self._server.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)
        self._server.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _peer = self._server.accept()
            except socket.timeout:
                continue
            with connection:
                connection.settimeout(5)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        buffer, hello = b"", (100).to_bytes(4, "big") + (24).to_bytes(4, "big")
        connection.sendall(hello)
        while len(buffer) < len(hello):
            buffer += connection.recv(4096)
        buffer = buffer[len(hello) :]
        while True:
            found = omapi.decode(buffer)
            if found is None:
                more = connection.recv(4096)
                if not more:
                    return
                buffer += more
                continue
            message, size = found
            buffer = buffer[size:]
            answer = self._answer(message)
            if answer is None:
                return
            key = KEY if message.authenticator else None
            answer = replace(answer, answers=message.transaction, authenticator=message.authenticator)
            connection.sendall(omapi.encode(answer, key))

    def _answer(self, message: OmapiMessage) -> OmapiMessage | None:
        if message.message.get("type") == b"authenticator":
            return OmapiMessage(omapi.UPDATE, handle=99)
        if message.operation == omapi.OPEN:
            if message.object["name"] not in HANDLES:
                text = {"result": number(1), "message": b"no object matches specification"}
                return OmapiMessage(omapi.STATUS, message=text)
            told = {"local-state": self.state, "partner-state": 2, "local-stos": self.since, "mclt": self.mclt}
            return OmapiMessage(omapi.UPDATE, handle=7, object={name: number(value) for name, value in told.items()})
        assert (message.operation, message.handle, list(message.object)) == (omapi.UPDATE, 7, ["local-state"])
        self.written.append(message.object["local-state"])
        if self.dies:
            return None
        if self.refuses:
            return OmapiMessage(omapi.STATUS, message={"result": number(34), "message": b"io error"})
        told_state = int.from_bytes(message.object["local-state"], "big")
        self.state, self.since = self.moves.get(told_state, told_state), int(time.time())
        return OmapiMessage(omapi.STATUS, message={"result": number(0)})


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    found = Daemon("normal")
    yield found
    found.close()


def change(tmp_path: Path, daemon: Daemon, verb: str, sight: Sight = DEAD, **changed: Any) -> dict[str, Any]:
    (tmp_path / "dhcpd.conf").write_text(CONFIGURATION)
    seen: list[Any] = []
    files = {name: str(tmp_path / changed.pop(name, default)) for name, default in FILES.items()}
    access = Access(**files, omapi_port=changed.pop("omapi_port", daemon.port), timeout=0.5)
    asked: dict[str, Any] = {
        "relationship": "x",
        "verb": verb,
        "partner": "unknown",
        "force": False,
        "check_mode": False,
        "look": lambda half, ping: seen.append((half, ping)) or sight,
        **changed,
    }
    return {**plain(act(access, **asked)), "seen": seen}


class TestTable:
    def test_no_other_state_is_ever_written(self) -> None:
        assert {verb: STATES[item.code] for verb, item in VERBS.items()} == {
            "partner_down": "partner-down",
            "hand_over": "shutdown",
            "rejoin": "recover",
            "resume": "partner-down",
        }
        assert {item.code for item in VERBS.values()} == {4, 6, 8}

    @pytest.mark.parametrize(
        "verb, allowed, forced",
        [
            ("partner_down", {"communications-interrupted"}, set()),
            ("hand_over", {"normal"}, {"communications-interrupted", "partner-down"}),
            ("rejoin", {"shutdown", "paused"}, set()),
        ],
    )
    def test_each_state_allows_its_verbs_and_the_others_say_why_not(
        self, verb: str, allowed: set[str], forced: set[str]
    ) -> None:
        for state in EVERY_STATE - VERBS[verb].satisfied:
            for force in (False, True):
                found = objection(verb, state, force)
                assert (found is None) == (state in allowed or (force and state in forced)), (state, force)
                if found and state != "unknown-state":
                    assert found.startswith(f"its state is {state}, not ")
                    assert "not known" not in found
        assert "not known" in (objection(verb, "99", True) or "")

    @pytest.mark.parametrize(
        "port, ping, expected",
        [
            ("open", None, ["running", "running", "running", "running"]),
            ("refused", None, ["proves nothing", None, "alive", None]),
            ("silent", True, ["proves nothing", None, "alive", None]),
            ("silent", False, ["proves nothing", None, None, None]),
            ("silent", None, ["proves nothing", None, "cannot tell", None]),
            ("lost", None, ["proves nothing", None, "cannot tell", None]),
        ],
    )
    def test_what_proves_that_the_partner_does_not_serve(
        self, port: str, ping: bool | None, expected: list[str | None]
    ) -> None:
        for partner, word in zip(("unknown", "stopped", "unreachable", "fenced"), expected):
            found = partner_objection("dhcpd", partner, Sight("there", port, ping, "because"))
            assert found is None if word is None else word in (found or "nothing"), partner


class TestChange:
    @pytest.mark.parametrize(
        "verb, before, partner, force, after, code",
        [
            ("partner_down", "communications-interrupted", "stopped", False, "partner-down", 4),
            ("partner_down", "communications-interrupted", "unreachable", False, "partner-down", 4),
            ("partner_down", "communications-interrupted", "fenced", False, "partner-down", 4),
            ("hand_over", "normal", "unknown", False, "shutdown", 8),
            ("hand_over", "partner-down", "unknown", True, "shutdown", 8),
            ("rejoin", "shutdown", "unknown", False, "recover", 6),
            ("rejoin", "paused", "unknown", False, "recover", 6),
        ],
    )
    def test_a_verb_is_written_read_back_and_not_repeated(
        self, tmp_path: Path, daemon: Daemon, verb: str, before: str, partner: str, force: bool, after: str, code: int
    ) -> None:
        daemon.state = NAMES[before]
        dry = change(tmp_path, daemon, verb, partner=partner, force=force, check_mode=True)
        assert (dry["changed"], dry["local_state"], daemon.written) == (True, before, [])
        found = change(tmp_path, daemon, verb, partner=partner, force=force)
        assert (found["changed"], found["previous_state"], found["local_state"]) == (True, before, after)
        assert found["diff"] == dry["diff"] == {"before": f"x: {before}\n", "after": f"x: {after}\n"}
        assert daemon.written == [number(code)]
        again = change(tmp_path, daemon, verb)
        assert (again["changed"], again["local_state"], again["diff"]["after"]) == (False, after, f"x: {after}\n")
        assert daemon.written == [number(code)]

    @pytest.mark.parametrize(
        "verb, state, arguments, sight, words",
        [
            ("partner_down", "normal", {"partner": "fenced"}, DEAD, "its state is normal"),
            ("partner_down", "communications-interrupted", {}, DEAD, "proves nothing"),
            ("partner_down", "communications-interrupted", {"force": True}, DEAD, "proves nothing"),
            (
                "partner_down",
                "communications-interrupted",
                {"partner": "unreachable"},
                Sight("172.16.1.200 port 2647", "silent", True),
                "the partner's host is alive: 172.16.1.200 port 2647 does not answer, but the host answers pings",
            ),
            ("hand_over", "communications-interrupted", {}, DEAD, "Insist with force: true"),
            ("hand_over", "recover-wait", {"force": True}, DEAD, "still recovering"),
            ("rejoin", "communications-interrupted", {"force": True}, DEAD, "not stuck"),
            ("rejoin", "potential-conflict", {}, DEAD, "settling"),
            ("rejoin", "shutdown", {"relationship": "z"}, DEAD, "knows no such relationship"),
        ],
    )
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_a_refusal_writes_nothing_and_says_why(
        self,
        tmp_path: Path,
        daemon: Daemon,
        verb: str,
        state: str,
        arguments: dict[str, Any],
        sight: Sight,
        words: str,
        check_mode: bool,
    ) -> None:
        daemon.state = NAMES[state]
        with pytest.raises(ControlError) as caught:
            change(tmp_path, daemon, verb, sight, check_mode=check_mode, **arguments)
        assert words in str(caught.value)
        assert str(caught.value).startswith(f"{socket.gethostname()}: relationship")
        assert daemon.written == []

    def test_the_partner_is_pinged_only_where_that_counts(self, tmp_path: Path, daemon: Daemon) -> None:
        half = Half("x", "primary", "172.16.1.100", 1647, "172.16.1.200", 2647, 1800, max_response_delay=20)
        for partner, ping in (("unreachable", True), ("fenced", False)):
            daemon.state = NAMES["communications-interrupted"]
            assert change(tmp_path, daemon, "partner_down", partner=partner)["seen"] == [(half, ping)]
        assert change(tmp_path, daemon, "partner_down")["seen"] == []

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_the_partners_addresses_are_usable_after_the_mclt(
        self, tmp_path: Path, daemon: Daemon, check_mode: bool
    ) -> None:
        daemon.state = NAMES["communications-interrupted"]
        found = change(tmp_path, daemon, "partner_down", partner="fenced", check_mode=check_mode)
        assert 1790 <= found["usable_in"] <= 1801
        daemon.state, daemon.since = NAMES["partner-down"], 1795371600
        daemon.mclt = 60
        again = change(tmp_path, daemon, "partner_down")
        assert again["usable_at"] == "2026-11-22T18:21:00Z"
        assert again["usable_in"] == max(0, round(1795371660 - time.time()))
        assert change_shutdown_has_no_time(tmp_path, daemon)

    @pytest.mark.parametrize("ends", ["recover-wait", "recover-done", "normal"])
    def test_recovery_may_end_before_it_is_seen(self, tmp_path: Path, daemon: Daemon, ends: str) -> None:
        daemon.state, daemon.moves = NAMES["shutdown"], {6: NAMES[ends]}
        assert change(tmp_path, daemon, "rejoin")["local_state"] == ends

    def test_a_state_that_does_not_come_is_an_error(self, tmp_path: Path, daemon: Daemon) -> None:
        daemon.state, daemon.moves = NAMES["communications-interrupted"], {4: NAMES["potential-conflict"]}
        with pytest.raises(ControlError, match=r"accepted, but 0\.5 s later the state is potential-conflict"):
            change(tmp_path, daemon, "partner_down", partner="fenced")

    def test_a_daemon_that_ignores_the_verb(self, tmp_path: Path, daemon: Daemon) -> None:
        daemon.refuses = True
        with pytest.raises(ControlError, match="it did not do so: io error"):
            change(tmp_path, daemon, "hand_over")

    def test_a_daemon_that_crashes_on_it(self, tmp_path: Path, daemon: Daemon) -> None:
        daemon.dies = True
        with pytest.raises(ControlError, match="dhcpd has just died") as caught:
            change(tmp_path, daemon, "hand_over")
        assert ENCODED not in str(caught.value)

    def test_a_daemon_that_does_not_run(self, tmp_path: Path, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        for runs, words in ((False, "dhcpd does not run: start it first"), (True, f"needs omapi-port {port}")):
            monkeypatch.setattr(process, "find_process", lambda runs=runs: runs or None)
            with pytest.raises(ControlError, match=words):
                change(tmp_path, daemon, "hand_over", omapi_port=port)

    def test_without_a_key_nothing_is_asked(self, tmp_path: Path, daemon: Daemon) -> None:
        with pytest.raises(ControlError, match="no key to ask with"):
            change(tmp_path, daemon, "hand_over", config="none.conf")


def change_shutdown_has_no_time(tmp_path: Path, daemon: Daemon) -> bool:
    daemon.state = NAMES["shutdown"]
    return change(tmp_path, daemon, "hand_over")["usable_at"] is None


class TestSight:
    def test_open_and_refused(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            half = Half("x", address="127.0.0.1", peer_address="127.0.0.1", peer_port=server.getsockname()[1])
            assert look_at_partner(half, ping=True) == Sight(f"127.0.0.1 port {half.peer_port}", "open", None)
        assert look_at_partner(half, ping=True).port == "refused"

    @pytest.mark.parametrize(
        "half, reason",
        [
            (None, "does not state its address"),
            (Half("x"), "does not state its address"),
            # This server has lost its own address, so it proves nothing about its partner.
            (Half("x", address="192.0.2.77", peer_address="192.0.2.78"), "Cannot assign requested address"),
        ],
    )
    def test_a_local_failure_proves_nothing_about_the_partner(self, half: Half | None, reason: str) -> None:
        sight = look_at_partner(half, ping=True)
        assert (sight.port, sight.ping) == ("lost", None)
        assert reason in sight.reason

    @pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets need root")
    def test_a_silent_port_on_a_host_that_answers_pings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(partner_module, "_try_port", lambda *_arguments: ("silent", "no answer in 3 s"))
        assert look_at_partner(Half("x", peer_address="127.0.0.1"), ping=True).ping is True
        assert look_at_partner(Half("x", peer_address="127.0.0.1"), ping=False).ping is None

    def test_without_the_right_to_ping_nothing_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_arguments: Any) -> bool:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(partner_module, "_try_port", lambda *_arguments: ("silent", ""))
        monkeypatch.setattr(partner_module, "_answers_ping", refuse)
        sight = look_at_partner(Half("x", peer_address="192.0.2.78"), ping=True)
        assert (sight.ping, sight.reason) == (None, "ping: Operation not permitted")


def test_what_is_offered_and_returned_is_documented(tmp_path: Path, daemon: Daemon) -> None:
    options = yaml.safe_load(failover_state.DOCUMENTATION)["options"]
    assert (set(options["verb"]["choices"]), set(options["partner"]["choices"])) == (set(port.VERBS), set(port.PARTNER))
    # That one is for `_migration` only.
    assert {*VERBS, *KEA_VERBS} - {"resume"} == set(port.VERBS)
    found = change(tmp_path, daemon, "hand_over")
    assert set(found) - {"changed", "diff", "seen"} == set(yaml.safe_load(failover_state.RETURN))


@pytest.mark.parametrize("verb", sorted({*KEA_VERBS} - {*VERBS}))
def test_a_verb_that_only_kea_has(tmp_path: Path, verb: str) -> None:
    with pytest.raises(ControlError, match=r"refused: dhcpd .*: (run|restart)"):
        act(Access(str(tmp_path / "dhcpd.conf")), verb, "x", "unknown", force=False, check_mode=False)
