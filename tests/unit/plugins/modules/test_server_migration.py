# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import NotYetError, Outcome
from ansible_collections.netlab.dhcp_failover.plugins.modules.server_migration import undisturbed, work

PARAMS = {"acts": [{"deed": "stop", "daemon": "dhcpd"}], "leases": "", "fits": False, "gives": False}


class Failing:
    """A host whose acts fail, also what is to mend that."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.undone = False

    def do(self, _act: Any, _given: Any) -> None:
        raise self.error

    def undo(self) -> bool:
        self.undone = True
        raise RefusedError("nor that")


@pytest.mark.parametrize("error", [RefusedError("no"), KeyError("bug"), ValueError("bug")])
def test_whatever_fails_the_daemon_that_served_goes_on(error: Exception) -> None:
    host = Failing(error)
    with pytest.raises(type(error)) as caught:
        work(host, PARAMS, check_mode=False)  # type: ignore[arg-type]  # only what is used
    assert caught.value is error
    assert host.undone


@pytest.mark.parametrize("silent", [False, True])
def test_nothing_is_awaited_while_nobody_is_served(silent: bool) -> None:
    class Waiting(Failing):
        outcome = Outcome()

        def undo(self) -> bool:
            return silent

    host: Any = Waiting(NotYetError("it waits for kea-dhcp4 to answer"))
    if silent:
        with pytest.raises(RefusedError, match="it waits for kea-dhcp4 to answer, and nobody was served"):
            work(host, PARAMS, check_mode=False)
    else:
        assert work(host, PARAMS, check_mode=False)["waiting"] == "it waits for kea-dhcp4 to answer"


def test_a_slow_way_back_is_told_with_its_reason() -> None:
    class Slow(Failing):
        def undo(self) -> bool:
            raise NotYetError("it waits for dhcpd to answer")

    host: Any = Slow(NotYetError("it waits for kea-dhcp4 to answer"))
    with pytest.raises(RefusedError, match=r"kea-dhcp4 to answer.*Starting the previous daemon.*dhcpd to answer"):
        work(host, PARAMS, check_mode=False)


def test_a_lost_connection_does_not_stop_a_move() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]
    with undisturbed():
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)] == before


def test_an_order_to_end_is_a_failure_like_others() -> None:
    with undisturbed():
        with pytest.raises(RefusedError, match="SIGTERM"):
            os.kill(os.getpid(), signal.SIGTERM)
        # What mends it is not disturbed again.
        os.kill(os.getpid(), signal.SIGTERM)
