# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info with the controller's clock, read before and after: clocks can only be compared here."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Step
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import is_dead


def clock(host: float, before: float, after: float) -> dict[str, float]:
    """How far the host's clock is ahead, if it was read between these two times."""
    return {
        "clock_offset": round(host - (before + after) / 2, 3),
        "clock_uncertainty": round((after - before) / 2, 3),
    }


def judged(deployment: dict[str, Any]) -> dict[str, Any] | None:
    """The deployment, interrupted if its run was on this controller and has ended; None if it has left nothing."""
    run = deployment.pop("run")
    if not run or not is_dead(run):
        return deployment
    return None if deployment["step"] == Step.BEGUN.value else {**deployment, "by": None}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        before = time.time()
        result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        answer = self.answer(result)
        if "time" in answer:
            # The host's clock is read after the wait.
            answer.update(clock(answer["time"], before + float(answer.get("waited", 0)), time.time()))
        if answer.get("deployment"):
            answer["deployment"] = judged(answer["deployment"])
        return result

    @staticmethod
    def answer(result: dict[str, Any]) -> dict[str, Any]:
        """The part of the module's result with failover_info's answer."""
        return result
