# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""server_migration's part on the controller: the rendered files of Kea, and the leases on their way to the partner."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.netlab.dhcp_failover.plugins.action.managed_server import pack
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import is_dead, owner
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import FAMILIES, managed_files

SPEC: dict[str, Any] = {
    "server": {"type": "dict", "required": True},
    "acts": {"type": "list", "elements": "dict", "default": []},
    "goal": {"type": "str", "default": "kea", "choices": list(DAEMONS)},
    "method": {"type": "str", "default": "pivot"},
    "gives": {"type": "bool", "default": False},
    "fits": {"type": "bool", "default": False},
    "leases": {"type": "str", "default": ""},
    "partner": {"type": "str", "default": "unknown"},
    "mclt": {"type": "dict", "default": {}},
    "timeout": {"type": "int", "default": 60},
    "record": {"type": "path"},
    "step": {"type": "str", "default": ""},
}
LEASES = "leases.gz"
FAMILY = "ansible_os_family"


def kept(host: str) -> str:
    """Where the leases of a host are on the controller: in a folder of this run, which Ansible removes when it ends."""
    return str(Path(constants.DEFAULT_LOCAL_TMP) / f"{host}.{LEASES}")


def _append(record: Path, note: dict[str, Any]) -> None:
    """Add a line to a record. A move goes on without it: a full disk of the controller costs no client its address."""
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        with record.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(note) + "\n")
    except OSError as error:
        Display().warning(f"{record} cannot be written: {error.strerror}. The move goes on; its report will lack this.")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        args = self.validate_argument_spec(SPEC)[1]
        record, step = args.pop("record", None), args.pop("step", "")
        given = {**args, "server": None, "owner": {**owner(), "dead": ""}}
        if args["server"].get("daemon") == "kea":
            family = (variables.get("ansible_facts") or {}).get("os_family")
            if not family:
                # Ansible keeps the fact, so that a host is asked once in a run.
                result["ansible_facts"] = self._ask_family(variables)
                family = result["ansible_facts"].get(FAMILY)
            given.update(_files(args["server"], family if family in FAMILIES else FAMILIES[0]))
        host = variables.get("inventory_hostname")
        begun = time.time()
        if args["leases"] or args["gives"]:
            folder = self._make_tmp_path()
            given["file"] = self._connection._shell.join_path(folder, LEASES)
        if args["leases"]:
            path = self._connection._shell.join_path(folder, f"partner.{LEASES}")
            given["leases"] = self._transfer_file(kept(args["leases"]), path)
        found = self._execute_module(module_args=given, task_vars=variables)
        if "lock" in found and is_dead(found["lock"]["run"]):
            given["owner"]["dead"] = found["lock"]["run"]
            found = self._execute_module(module_args=given, task_vars=variables)
        # With -vvv, Ansible would print the rendered files.
        found.pop("invocation", None)
        result.update(found)
        if args["gives"] and not result.get("failed") and not result.get("waiting"):
            self._connection.fetch_file(given["file"], kept(str(host)))
        if args["leases"] or args["gives"]:
            self._remove_tmp_path(folder)
        if result.get("failed") and host:
            result["msg"] = f"{host}: {result.get('msg', 'no reason given')}"
        if record:
            failed = str(result["msg"]) if result.get("failed") else ""
            note = {"host": host, "step": step, "started": begun, "ended": time.time(), "failed": failed}
            note.update({name: result.get(name) or empty for name, empty in (("acts", []), ("waiting", ""))})
            _append(Path(record), note)
        return result

    def _ask_family(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The family of the host's distribution, by which the files are named. The playbooks gather no facts."""
        wanted = {"gather_subset": ["!all", "!min", "os_family"], "filter": [FAMILY]}
        found = self._execute_module(module_name="ansible.legacy.setup", module_args=wanted, task_vars=variables)
        return dict(found.get("ansible_facts") or {})


def _files(server: dict[str, Any], family: str) -> dict[str, Any]:
    """The table and the contents of Kea's files."""
    table, texts = managed_files(server, family)
    written = [row.path for row in table.transaction if row.path in texts]
    return {"table": asdict(table), "contents": {path: pack(texts[path]) for path in written}}
