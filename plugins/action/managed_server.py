# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""managed_server's part on the controller: the files of the server, rendered and packed."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import is_dead, owner
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import managed_files

STATES = ("prepared", "staged", "active", "confirmed", "restored")
SPEC: dict[str, Any] = {
    "table": {"type": "dict", "required": True},
    "server": {"type": "dict"},
    "state": {"choices": list(STATES), "required": True},
    "sections": {"type": "list", "elements": "str", "default": []},
}
REQUIRED = [("state", "prepared", ["server"]), ("state", "staged", ["server"])]


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self.validate_argument_spec(SPEC, required_if=REQUIRED)[1]
        checked, table = args["table"].get("checked"), {**args["table"]}
        table.pop("checked", None)
        if not table or (not checked and args["state"] in ("prepared", "staged", "active")):
            result["failed"] = True
            result["msg"] = (
                "the declaration was not checked in this run, so nothing is changed. Run it again without --skip-tags "
                "always, and without --start-at-task."
            )
        else:
            result.update(self._reach(args, table, task_vars or {}))
        if result.get("failed"):
            result["msg"] = f"{(task_vars or {}).get('inventory_hostname')}: {result.get('msg', 'no reason given')}"
        return result

    def _reach(self, args: dict[str, Any], table: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        sections = {"prepared": args["sections"], "staged": ["config"]}.get(args["state"], [])
        texts = managed_files(args["server"], table["family"])[1] if sections else {}
        written = [row["path"] for row in table["files"] if row["path"] in texts and row["section"] in sections]
        module_args = {
            "table": table,
            "state": args["state"],
            "sections": args["sections"],
            "contents": {path: pack(texts[path]) for path in written},
            "owner": {**owner(), "dead": ""},
        }
        result: dict[str, Any] = self._execute_module(module_args=module_args, task_vars=task_vars)
        if "lock" in result and is_dead(result["lock"]["run"]):
            module_args["owner"]["dead"] = result["lock"]["run"]
            result = self._execute_module(module_args=module_args, task_vars=task_vars)
        # With -vvv, Ansible would print the whole table of files.
        result.pop("invocation", None)
        return result


def pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()
