# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the end of a network installation is recognised."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab import kvm
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm import Bounds, Log, look_at, watch

BOUNDS = Bounds(succeeded="finished", failed="FAILED", timeout=100, quiet=50)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    """Time passes only when somebody sleeps."""
    now = [log.start]
    monkeypatch.setattr(kvm.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(kvm.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def running(*answers: bool) -> Callable[[], bool]:
    return chain(answers, repeat(answers[-1])).__next__


def test_success(log: Log) -> None:
    log.add("installation finished")
    assert watch(BOUNDS, log, running(True, False)) is None


def test_a_machine_powers_off_before_it_has_finished(log: Log) -> None:
    log.add("unpacking")
    assert "powered off" in str(watch(BOUNDS, log, running(True, False)))


def test_a_failure_is_reported_while_the_machine_runs(log: Log) -> None:
    log.add("partitioning FAILED")
    assert "partitioning FAILED" in str(watch(BOUNDS, log, running(True)))


def test_no_pattern_for_failure_matches_nothing(log: Log) -> None:
    log.add("finished")
    assert watch(Bounds("finished", "", 100, 50), log, running(True, False)) is None


def test_an_installer_hangs(log: Log) -> None:
    assert "hangs" in str(watch(BOUNDS, log, running(True)))


def test_an_installation_takes_too_long(log: Log) -> None:
    assert "not finished after 20 s" in str(watch(Bounds("finished", "FAILED", 20, 50), log, running(True)))


def test_a_folder_that_does_not_exist_has_the_space_of_its_file_system(tmp_path: Path) -> None:
    names, free = look_at(tmp_path / "not/there")
    assert names is None
    assert abs(free - look_at(tmp_path)[1]) < 1000
    (tmp_path / "one").touch()
    assert look_at(tmp_path)[0] == {"one", "log"}
