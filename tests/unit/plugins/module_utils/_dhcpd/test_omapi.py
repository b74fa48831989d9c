# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMAPI against a real daemon's dialogues, recorded byte for byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.omapi import (
    Key,
    OmapiClient,
    OmapiMessage,
    decode,
    encode,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES

KEY = Key("omapi_key", "hmac-sha256", b"0123456789abcdef0123456789abcdef")
# Handshake, log-in and request are the first three messages of every dialogue, from either side.
Dialogue = list[tuple[str, bytes]]


def dialogues() -> dict[str, Dialogue]:
    found: dict[str, Dialogue] = {}
    name = ""
    for line in (Path(__file__).parent.parent / "data/omapi_dialogues.txt").read_text().splitlines():
        if line.startswith("# "):
            name = line[2:]
        else:
            side, data = line.split()
            found.setdefault(name, []).append((side, bytes.fromhex(data)))
    return found


DIALOGUES = dialogues()


@contextmanager
def daemon(dialogue: Dialogue, chunk: int = 65536) -> Iterator[tuple[int, list[bytes]]]:
    """Play the recorded daemon on a port: expect the client's messages, send the recorded answers, hang up."""
    heard: list[bytes] = []

    def play(server: socket.socket) -> None:
        connection, _peer = server.accept()
        connection.settimeout(5)
        with connection:
            for side, data in dialogue:
                if side == "C":
                    said = b""
                    while len(said) < len(data):
                        more = connection.recv(len(data) - len(said))
                        if not more:
                            return
                        said += more
                    heard.append(said)
                else:
                    for at in range(0, len(data), chunk):
                        connection.sendall(data[at : at + chunk])

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        thread = threading.Thread(target=play, args=(server,))
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(10)
        assert not thread.is_alive()


def ask(port: int, name: str = "dhcp-failover", key: Key = KEY) -> omapi.Attributes:
    with OmapiClient("127.0.0.1", port, key, timeout=5) as client:
        return client.open("failover-state", {"name": name.encode()})[1]


class TestMessages:
    def test_a_question_is_encoded_as_omshell_would(self) -> None:
        recorded = [data for side, data in DIALOGUES["answer"] if side == "C"]
        log_in = {"name": b"omapi_key", "algorithm": b"hmac-sha256.SIG-ALG.REG.INT."}
        assert encode(OmapiMessage(omapi.OPEN, 0, 1, 0, {"type": b"authenticator"}, log_in)) == recorded[1]
        question = OmapiMessage(omapi.OPEN, 0, 2, 0, {"type": b"failover-state"}, {"name": b"dhcp-failover"}, 1)
        assert encode(question, KEY) == recorded[2]

    @pytest.mark.parametrize("name", DIALOGUES)
    def test_every_recorded_message_survives_decoding_and_encoding(self, name: str) -> None:
        for _side, data in DIALOGUES[name]:
            if len(data) > 8 and name != "wrong-secret":
                found = decode(data)
                assert found is not None
                message, size = found
                assert size == len(data)
                assert encode(message, KEY if message.authenticator else None) == data

    def test_whatever_is_incomplete_is_not_yet_a_message(self) -> None:
        data = DIALOGUES["answer"][-1][1]
        assert [size for size in range(len(data)) if decode(data[:size], KEY) is not None] == []
        found = decode(data + b"more", KEY)
        assert found is not None
        assert found[1] == len(data)

    def test_a_changed_answer_is_refused(self) -> None:
        data = bytearray(DIALOGUES["answer"][-1][1])
        at = data.index(b"local-state") + len("local-state") + 4 + 3
        assert data[at] == 2
        data[at] = 4
        with pytest.raises(omapi.OmapiKeyError, match="not signed with the secret of the key omapi_key"):
            decode(bytes(data), KEY)

    def test_an_answer_without_a_signature_is_refused(self) -> None:
        with pytest.raises(omapi.OmapiKeyError):
            decode(encode(OmapiMessage(omapi.UPDATE, object={"local-state": b"\0\0\0\2"})), KEY)

    @pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9999\r\n\r\n" * 4, b"\xff" * 64])
    def test_something_else_is_not_omapi(self, data: bytes) -> None:
        with pytest.raises(omapi.OmapiError, match="this is not OMAPI"):
            decode(data)

    def test_a_secret_never_shows(self) -> None:
        assert "0123456789abcdef" not in repr(KEY)


class TestClient:
    @pytest.mark.parametrize("chunk", [65536, 7, 1])
    def test_answers_may_arrive_in_any_pieces(self, chunk: int) -> None:
        with daemon(DIALOGUES["answer"], chunk) as (port, heard):
            found = ask(port)
        assert heard == [data for side, data in DIALOGUES["answer"] if side == "C"]
        assert STATES[omapi.number(found, "local-state") or 0] == "normal"
        assert omapi.ROLES[omapi.number(found, "hierarchy") or 0] == "primary"
        assert omapi.number(found, "mclt") == 1800
        assert omapi.number(found, "no-such-thing") is None

    @pytest.mark.parametrize(
        "dialogue, key, error, message",
        [
            ("unknown-relationship", KEY, omapi.OmapiNotFoundError, "no object matches specification"),
            (
                "wrong-secret",
                Key("omapi_key", "hmac-sha256", b"x" * 32),
                omapi.OmapiKeyError,
                "does not accept the sec",
            ),
            ("unknown-key", Key("omapi_kez", "hmac-sha256", KEY.secret), omapi.OmapiKeyError, "no key omapi_kez"),
            ("other-algorithm", Key("omapi_key", "hmac-md5", KEY.secret), omapi.OmapiKeyError, "with hmac-md5"),
        ],
    )
    def test_a_refusal_says_why(self, dialogue: str, key: Key, error: type[Exception], message: str) -> None:
        name = "nope" if dialogue == "unknown-relationship" else "dhcp-failover"
        with daemon(DIALOGUES[dialogue]) as (port, heard), pytest.raises(error, match=message):
            ask(port, name, key)
        assert heard == [data for side, data in DIALOGUES[dialogue] if side == "C"]

    def test_hanging_up_on_a_signed_message_is_about_the_key(self) -> None:
        with daemon(DIALOGUES["answer"][:-1]) as (port, _heard), pytest.raises(omapi.OmapiKeyError, match="hung up"):
            ask(port)

    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(omapi.OmapiRefusedError):
            ask(port)

    def test_somebody_else_listens(self) -> None:
        refused = pytest.raises(omapi.OmapiError, match="does not speak OMAPI")
        with daemon([("S", b"SSH-2.0-OpenSSH_9.2p1\r\n")]) as (port, _heard), refused:
            ask(port)

    def test_waiting_for_a_hung_daemon_ends(self) -> None:
        given_up = pytest.raises(omapi.OmapiTimeoutError, match=r"no answer within 0.1 s")
        with given_up, socket.create_server(("127.0.0.1", 0)) as server:
            OmapiClient("127.0.0.1", server.getsockname()[1], KEY, timeout=0.1)

    def test_the_connection_is_closed_when_the_log_in_fails(self) -> None:
        closing = mock.patch.object(OmapiClient, "close", autospec=True, side_effect=OmapiClient.close)
        with closing as close, daemon(DIALOGUES["unknown-key"]) as (port, _heard), pytest.raises(omapi.OmapiKeyError):
            ask(port, key=Key("omapi_kez", "hmac-sha256", KEY.secret))
        close.assert_called_once()
