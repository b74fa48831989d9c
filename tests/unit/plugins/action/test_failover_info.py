# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of failover_info: it reads its clock before and after the module."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action import failover_info
from ansible_collections.netlab.dhcp_failover.plugins.action.failover_info import ActionModule


@pytest.mark.parametrize(
    "answer, added",
    [
        ({"time": 1040.0, "running": True}, {"clock_offset": 30.0, "clock_uncertainty": 10.0}),
        ({"time": 1040.0, "waited": 16.0}, {"clock_offset": 22.0, "clock_uncertainty": 2.0}),
        ({"failed": True, "msg": "no key"}, {}),
    ],
)
def test_the_clock_is_read_before_and_after(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], added: dict[str, Any]
) -> None:
    times = iter([1000.0, 1020.0])
    monkeypatch.setattr("time.time", lambda: next(times))
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    action = ActionModule.__new__(ActionModule)
    action._task = SimpleNamespace(async_val=0)
    action._execute_module = lambda **_arguments: dict(answer)
    assert action.run(task_vars={}) == {**answer, **added}


@pytest.mark.parametrize(
    "step, run, dead, expected",
    [
        ("unproven", None, False, "nobody"),
        ("unproven", "run 7", False, "one@there"),
        ("unproven", "run 7", True, "nobody"),
        ("begun", "run 7", False, "one@there"),
        ("begun", "run 7", True, None),
    ],
)
def test_a_run_that_was_killed_on_this_controller_is_known_to_be_dead(
    monkeypatch: pytest.MonkeyPatch, step: str, run: str | None, dead: bool, expected: str | None
) -> None:
    monkeypatch.setattr(failover_info, "is_dead", lambda asked: dead and asked == "run 7")
    by = "one@there" if run else None
    found = failover_info.judged({"step": step, "by": by, "run": run})
    assert found == (expected and {"step": step, "by": None if expected == "nobody" else expected})
