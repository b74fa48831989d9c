# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_compare's part on the controller: the table of the server's files, and the clock before and after."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action.failover_info import clock
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import FAMILIES, managed_files

SPEC: dict[str, Any] = {
    "server": {"type": "dict", "required": True},
    "reached_at": {"type": "str", "default": ""},
    "settle_timeout": {"type": "int", "default": 0},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        args = self.validate_argument_spec(SPEC)[1]
        # Its last known family, or the likeliest. If it is of another, the host says so, and is asked again.
        family = (variables.get("ansible_facts") or {}).get("os_family")
        found = self._compare(args, family if family in FAMILIES else FAMILIES[0], variables)
        if found.get("os_family", family) in FAMILIES and "running" not in found:
            found = self._compare(args, found["os_family"], variables)
        result.update(found)
        result.pop("invocation", None)
        if result.get("os_family", FAMILIES[0]) not in FAMILIES:
            result["failed"] = True
            result["msg"] = (
                f"{variables.get('inventory_hostname')}: the role knows Debian (tested) and the Red Hat family "
                f"(untested), not {result['os_family']}."
            )
        return result

    def _compare(self, args: dict[str, Any], family: str, variables: dict[str, Any]) -> dict[str, Any]:
        table = replace(managed_files(args["server"], family)[0], reached_at=args["reached_at"])
        before = time.time()
        data = asdict(table)
        given = {"table": data, "settle_timeout": args["settle_timeout"]}
        found: dict[str, Any] = self._execute_module(module_args=given, task_vars=variables)
        if "running" in found:
            found["table"] = data
        answer = found.get("status", {})
        if "time" in answer:
            # The host's clock is read after the wait.
            answer.update(clock(answer["time"], before + answer["waited"], time.time()))
        return found
