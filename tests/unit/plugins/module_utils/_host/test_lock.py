# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a deployment: who has it, and how it ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import lock as module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import (
    TERM,
    LockedError,
    held_by_others,
    one_step,
    release,
)

ONE, TWO = {"run": "1", "who": "ann@north (process 1)"}, {"run": "2", "who": "bob@south (process 2)"}
NOON = 1_800_000_000.0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_PATIENCE", 0)
    monkeypatch.setattr(time, "time", lambda: NOON)
    return tmp_path / "lock"


def test_it_is_one_runs_from_step_to_step(path: Path) -> None:
    assert held_by_others(path, "2") is None
    with one_step(path, **ONE) as new:
        assert new
    with one_step(path, **ONE) as new:
        assert not new
    assert held_by_others(path, "1") is None
    message = (
        "ann@north (process 1) has been deploying to this server since 2027-01-15T08:00:00Z, so nothing was changed. "
        "Wait until that run has ended, then run this again. If it was killed, its lock ends at 2027-01-15T08:10:00Z."
    )
    with pytest.raises(LockedError) as error, one_step(path, **TWO):
        raise AssertionError("it is not free")
    assert str(error.value) == message
    found = held_by_others(path, "2")
    assert found == error.value.lock
    assert found.as_dict()["since"] == "2027-01-15T08:00:00Z"


def test_every_step_renews_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in (NOON, NOON + TERM - 1, NOON + 2 * TERM - 2):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        with one_step(path, **ONE):
            pass
    found = held_by_others(path, "2")
    assert found is not None
    assert (found.since, found.until) == (NOON, NOON + 3 * TERM - 2)


def test_it_ends_with_its_time_but_not_for_its_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with one_step(path, **ONE):
        pass
    monkeypatch.setattr(time, "time", lambda: NOON + TERM)
    with one_step(path, **ONE) as new:
        assert not new
    monkeypatch.setattr(time, "time", lambda: NOON + 2 * TERM)
    assert held_by_others(path, "2") is None
    with one_step(path, **TWO) as new:
        assert new
    assert held_by_others(path, "1") is not None


def test_it_ends_with_its_release(path: Path) -> None:
    with one_step(path, **ONE):
        release(path)
    assert held_by_others(path, "2") is None
    with one_step(path, **TWO) as new:
        assert new


def test_a_dead_run_loses_it_unless_its_step_still_runs(path: Path) -> None:
    with one_step(path, **ONE):
        with (
            pytest.raises(LockedError, match="a step of that run is at work on the host"),
            one_step(path, **TWO, dead="1"),
        ):
            raise AssertionError("it is busy")
        found = held_by_others(path, "2")
        assert found is not None
        assert found.busy
    with one_step(path, **TWO, dead="1") as new:
        assert new


@pytest.mark.parametrize("content", [b"", b"{", b'{"run": "1"}', b"\0" * 512])
def test_a_damaged_record_is_nobodys(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert held_by_others(path, "2") is None
    with one_step(path, **ONE) as new:
        assert new


def test_a_shorter_record_replaces_a_longer_one(path: Path) -> None:
    with one_step(path, "1", "a" * 200):
        pass
    with one_step(path, "2", "b", dead="1"):
        pass
    found = held_by_others(path, "3")
    assert found is not None
    assert found.who == "b"
