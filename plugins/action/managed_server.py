# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""managed_server's part on the controller: the files of the server, rendered and packed."""

from __future__ import annotations

import base64
import zlib
from dataclasses import asdict, replace
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import FAMILIES, managed_files

STATES = ("prepared", "staged", "active", "confirmed", "restored")
SPEC: dict[str, Any] = {
    "server": {"type": "dict", "required": True},
    "reached_at": {"type": "str", "default": ""},
    "os_family": {"choices": list(FAMILIES), "required": True},
    "state": {"choices": list(STATES), "required": True},
    "sections": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(SPEC)[1]
        table, texts = managed_files(args["server"], args["os_family"])
        sections = {"prepared": args["sections"], "staged": ["config"]}.get(args["state"], [])
        module_args = {
            "state": args["state"],
            "sections": args["sections"],
            "table": asdict(replace(table, reached_at=args["reached_at"])),
            "contents": {
                row.path: pack(texts[row.path]) for row in table.files if row.template and row.section in sections
            },
        }
        result.update(self._execute_module(module_args=module_args, task_vars=task_vars))
        # A table of files is nothing that somebody wants to see with -vvv.
        result.pop("invocation", None)
        if result.get("failed"):
            result["msg"] = f"{(task_vars or {}).get('inventory_hostname')}: {result.get('msg', 'no reason given')}"
        return result


def pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()
