# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller sends to a server that moves to another daemon, and what it fetches."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action import server_migration as plugin
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import run_of
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import ROLE

DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
SERVER = {
    **{name.removeprefix(PREFIX): value for name, value in DEFAULTS.items()},
    "name": "one",
    "daemon": "kea",
    "interfaces": [{"name": "ens9", "address": "192.0.2.1/24"}],
    "address": "192.0.2.1",
}
GIVEN = {"acts": [], "gives": False, "leases": "", "goal": "kea", "mclt": {}}


class Controller:
    """What happens on the controller: files that are moved, and modules that are run."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []
        self.moved: list[tuple[str, str]] = []
        self.facts = {"os_family": "Debian"}

    def run(self, monkeypatch: pytest.MonkeyPatch, **args: Any) -> dict[str, Any]:
        monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
        monkeypatch.setattr(ActionBase, "validate_argument_spec", lambda *_arguments: ({}, {**GIVEN, **args}))
        action: Any = plugin.ActionModule.__new__(plugin.ActionModule)
        action._task = SimpleNamespace(args=args)
        action._connection = SimpleNamespace(
            _shell=SimpleNamespace(join_path=lambda *parts: "/".join(parts)),
            fetch_file=lambda source, target: self.moved.append((source, target)),
        )
        action._make_tmp_path = lambda: "/remote"
        action._remove_tmp_path = lambda path: self.moved.append((path, ""))
        action._transfer_file = self.transfer
        action._execute_module = self.execute
        result: dict[str, Any] = action.run(task_vars={"inventory_hostname": "one", "ansible_facts": self.facts})
        return result

    def transfer(self, source: str, target: str) -> str:
        self.moved.append((source, target))
        return target

    def execute(self, module_args: dict[str, Any], module_name: str = "", **_more: Any) -> dict[str, Any]:
        if module_name == "ansible.legacy.setup":
            return {"ansible_facts": {"ansible_os_family": "RedHat"}}
        self.sent.append({**module_args, "owner": dict(module_args["owner"])})
        return self.answers.pop(0)


def test_leases_come_through_the_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller({"changed": True, "waiting": "", "invocation": {}}, {"changed": True, "waiting": ""})
    assert "invocation" not in controller.run(monkeypatch, server=SERVER, gives=True)
    assert controller.sent[0]["file"] == "/remote/leases.gz"
    assert controller.moved == [("/remote/leases.gz", plugin.kept("one")), ("/remote", "")]
    controller.run(monkeypatch, server=SERVER, leases="two")
    assert controller.moved[2] == (plugin.kept("two"), "/remote/partner.leases.gz")
    assert controller.sent[1]["leases"] == "/remote/partner.leases.gz"


def test_nothing_is_fetched_that_was_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller({"changed": True, "waiting": "it waits"}, {"failed": True, "msg": "no"})
    controller.run(monkeypatch, server=SERVER, gives=True)
    assert controller.run(monkeypatch, server=SERVER, gives=True)["msg"] == "one: no"
    assert controller.moved == [("/remote", ""), ("/remote", "")]


def test_each_call_is_recorded_with_its_times(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    acts = [{"deed": "stop", "daemon": "dhcpd", "started": 1.0, "ended": 2.0, "done": True, "lines": []}]
    record = tmp_path / "moves.jsonl"
    controller = Controller({"acts": acts, "waiting": "it waits"}, {"failed": True, "msg": "no", "acts": []})
    for _call in range(2):
        controller.run(monkeypatch, server=SERVER, record=str(record), step="Cut over")
    assert not {"record", "step"} & set(controller.sent[0]), "the host does not need them"
    first, second = map(json.loads, record.read_text().splitlines())
    assert 0 < first.pop("started") <= first.pop("ended")
    assert first == {"host": "one", "step": "Cut over", "acts": acts, "waiting": "it waits", "failed": ""}
    assert second["failed"] == "one: no"


def test_a_record_that_cannot_be_written_stops_no_move(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []
    monkeypatch.setattr(plugin.Display, "warning", lambda _self, text: told.append(text))
    (tmp_path / "file").write_text("")
    for folder in ("file", "new/deep"):
        controller = Controller({"changed": True})
        assert controller.run(monkeypatch, server=SERVER, record=str(tmp_path / folder / "moves.jsonl"))["changed"]
    (line,) = told
    assert line.startswith(f"{tmp_path}/file/moves.jsonl cannot be written: ")
    assert (tmp_path / "new/deep/moves.jsonl").exists()


def test_only_the_files_of_kea_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller({}, {})
    controller.run(monkeypatch, server=SERVER)
    controller.run(monkeypatch, server={**SERVER, "daemon": "dhcpd"})
    assert [path.rpartition("/")[2] for path in controller.sent[0]["contents"]] == [
        "kea-dhcp4.conf",
        "kea-dhcp4-server.service",
    ]
    assert not {"table", "contents"} & set(controller.sent[1])
    assert controller.sent[0]["server"] is None


def test_the_files_are_named_as_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller({}, {}, {})
    controller.facts = {}
    assert controller.run(monkeypatch, server=SERVER)["ansible_facts"] == {"ansible_os_family": "RedHat"}
    assert "ansible_facts" not in controller.run(monkeypatch, server={**SERVER, "daemon": "dhcpd"})
    controller.facts = {"os_family": "Debian"}
    assert "ansible_facts" not in controller.run(monkeypatch, server=SERVER)
    red_hat, none, debian = controller.sent
    assert (red_hat["table"]["family"], debian["table"]["family"], "table" in none) == ("RedHat", "Debian", False)


def test_a_lock_of_a_dead_run_does_not_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = f"{run_of(os.getpid())}0"
    controller = Controller({"failed": True, "msg": "locked", "lock": {"run": dead}}, {"changed": True})
    assert controller.run(monkeypatch, server=SERVER) == {"changed": True}
    assert [sent["owner"]["dead"] for sent in controller.sent] == ["", dead]
