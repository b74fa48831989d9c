# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of failover_info: it reads its clock before and after the module."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action import ActionBase

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
