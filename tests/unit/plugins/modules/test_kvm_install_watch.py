# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.modules import kvm_install_watch
from ansible_collections.netlab.dhcp_failover.plugins.modules.kvm_install_watch import Log, verdict

PARAMS = {"succeeded": "finished", "failed": "FAILED", "timeout": 100, "quiet": 50, "folder": "/"}


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    """A clock that advances only when the code sleeps."""
    now = [log.start]
    monkeypatch.setattr(kvm_install_watch.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(kvm_install_watch.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def states(*said: str) -> Iterator[str]:
    yield from said
    while True:
        yield said[-1]


def ask(*said: str):  # type: ignore[no-untyped-def]
    return states(*said).__next__


def test_success(log: Log) -> None:
    log.add("installation finished")
    assert verdict(PARAMS, log, ask("absent", "on", "off")) is None


def test_power_off_needs_permission(log: Log) -> None:
    log.add("unpacking")
    assert "went off" in str(verdict(PARAMS, log, ask("on", "off")))


def test_a_failure_is_reported_while_the_machine_runs(log: Log) -> None:
    log.add("partitioning FAILED")
    assert "partitioning FAILED" in str(verdict(PARAMS, log, ask("on")))


def test_hang(log: Log) -> None:
    assert "hangs" in str(verdict(PARAMS, log, ask("on")))


def test_too_long(log: Log) -> None:
    assert "not finished after 20" in str(verdict({**PARAMS, "timeout": 20}, log, ask("on")))


def test_machine_never_appears(log: Log) -> None:
    assert "did not appear" in str(verdict({**PARAMS, "timeout": 1000}, log, ask("absent")))


def test_a_cancelled_installation(log: Log) -> None:
    assert "called off" in str(verdict({**PARAMS, "folder": "/no/such/folder"}, log, ask("absent")))
