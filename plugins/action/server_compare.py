# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare, with a look at the controller's clock before and after, as failover_info has it."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action.failover_info import clock


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        before = time.time()
        result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        if "time" in result.get("status", {}):
            result["status"].update(clock(result["status"]["time"], before, time.time()))
        return result
