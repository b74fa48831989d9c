# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kea's socket: what is asked, and every answer that makes no sense."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import (
    QUESTIONS,
    UNSUPPORTED,
    VERBS,
    Channel,
    ChannelError,
    NoDaemonError,
    RefusedError,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.substitute import Substitute


def channel(folder: Path, timeout: float = 2) -> Channel:
    return Channel(str(folder / "socket"), timeout)


def test_a_question_without_arguments(tmp_path: Path) -> None:
    with Substitute(tmp_path) as kea:
        assert channel(tmp_path).ask("version-get")["text"] == "2.6.3"
        assert kea.commands == [{"command": "version-get"}]


def test_commands_that_do_harm_are_not_sent(tmp_path: Path) -> None:
    for command in ("ha-scopes", "ha-maintenance-notify", "ha-sync-complete-notify", "lease4-wipe", "shutdown"):
        assert command not in QUESTIONS | VERBS
        with pytest.raises(ValueError, match="not for us"):
            channel(tmp_path).ask(command)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed the connection"),
        (b"no json", "makes no sense"),
        (b"[]", "makes no sense"),
        (b'{"text": "x"}', "makes no sense"),
        (b'{"result": "x"}', "makes no sense"),
        (b"[" * 100000, "makes no sense"),
        (b'{"result": 1}', "result 1"),
    ],
)
def test_a_wrong_answer(tmp_path: Path, answer: bytes, why: str) -> None:
    with Substitute(tmp_path) as kea:
        kea.react = lambda _command: answer
        with pytest.raises(ChannelError, match=why):
            channel(tmp_path).ask("version-get")


def test_a_command_that_a_release_does_not_have(tmp_path: Path) -> None:
    with Substitute(tmp_path), pytest.raises(RefusedError, match="not supported") as error:
        channel(tmp_path).ask("ha-reset")
    assert error.value.code == UNSUPPORTED


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(NoDaemonError):
        channel(tmp_path).ask("version-get")


def test_no_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        with pytest.raises(ChannelError, match=r"no answer in 0\.2 s"):
            channel(tmp_path, timeout=0.2).ask("version-get")
