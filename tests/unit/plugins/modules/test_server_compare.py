# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare: what it asks the daemon and the partners' hosts."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    ControlError,
    NoAccessError,
    Phase,
    Report,
)
from ansible_collections.netlab.dhcp_failover.plugins.modules import server_compare


@pytest.mark.parametrize(
    "outcome, closed",
    [(None, []), (ConnectionRefusedError(), []), (TimeoutError(), ["192.0.2.2:647"]), (OSError(), ["192.0.2.2:647"])],
)
def test_a_port_is_closed_if_the_partners_host_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, outcome: OSError | None, closed: list[str]
) -> None:
    tried = []

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        tried.append(address)
        if outcome:
            raise outcome
        return socket.socket()

    monkeypatch.setattr(socket, "create_connection", connect)
    halves = [Report("x", "normal", "normal", peer_address="192.0.2.2"), Report("y", "normal", "normal")]
    assert server_compare.closed_ports(halves) == closed
    assert tried == [("192.0.2.2", 647)]


class Daemon:
    """A daemon whose answers are given, each once."""

    def __init__(self, *answers: Answer | ControlError) -> None:
        self.answers = list(answers)

    def answer(self, *_arguments: Any, **_more: Any) -> Answer:
        found = self.answers.pop(0)
        if isinstance(found, ControlError):
            raise found
        return found


def said(phase: Phase, running: bool = True) -> Answer:
    return Answer(running, "4.4.3", 1000.0, [Report("x", phase.value, "normal", phase)])


@pytest.mark.parametrize(
    "answer, expected",
    [
        (said(Phase.NORMAL), False),
        (said(Phase.SETTLING), True),
        (said(Phase.SETTLING, running=False), False),
        (ControlError("it does not answer"), True),
        (NoAccessError("no key to ask with"), False),
    ],
)
def test_a_daemon_that_may_become_normal(answer: Answer | ControlError, expected: bool) -> None:
    assert server_compare.restarting(Daemon(answer)) == expected  # type: ignore[arg-type]  # it has what is used
