# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_validate on the controller: the inventory becomes its arguments, and it runs there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.netlab.dhcp_failover.plugins.action import failover_validate
from ansible_collections.netlab.dhcp_failover.plugins.action.failover_validate import ActionModule, complete

RELATIONSHIP = {"name": "x", "primary": "one", "secondary": "two"}
HOSTVARS = {
    "one": {"dhcp_server_address": "172.16.1.100", "dhcp_server_failover": [RELATIONSHIP]},
    "two": {"dhcp_server_address": "172.16.1.200", "dhcp_server_failover": [RELATIONSHIP], "deploy_gate_timeout": "x"},
    "three": {"dhcp_server_subnet": []},
}
TASK = {"hostvars": HOSTVARS, "inventory_hostname": "one", "dhcp_server_hots": []}


def found(arguments: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    items = complete(arguments, TASK).get("findings", [])
    return [(item["slug"], item["variable"], item["servers"]) for item in items]


def test_the_variables_of_hosts_are_checked() -> None:
    arguments = {"hosts": "two", "fail": False}
    full = complete(arguments, TASK)
    assert (full["fail"], full["hosts"]) == (False, ["two"])
    assert found(arguments) == [
        ("variable-unknown", "dhcp_server_subnet", ["three"]),
        ("declaration-invalid", "deploy_gate_timeout", ["two"]),
    ]


def test_a_role_has_the_variables_of_its_own_task_checked() -> None:
    assert found({"servers": [], "own_variables": True}) == [("variable-unknown", "dhcp_server_hots", ["one"])]


@pytest.mark.parametrize("arguments", [{"servers": [{"name": "one", "config": ""}]}, {"servers": [], "hosts": []}])
def test_without_hosts_the_inventory_is_left_alone(arguments: dict[str, Any]) -> None:
    full = complete(arguments, {})
    assert full == arguments


def test_findings_that_are_given_are_kept() -> None:
    given = [{"slug": "own"}]
    assert complete({"findings": given, "own_variables": "yes"}, TASK)["findings"][0] == given[0]


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> ActionModule:
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    made = ActionModule.__new__(ActionModule)
    made._task = SimpleNamespace(args={"hosts": ["one"]})
    server = {"name": "one", "failover": [], "subnets": [{"subnet": "192.0.2.0/24"}]}
    made._templar = SimpleNamespace(evaluate_expression=lambda _text, local_variables: [{**server, **local_variables}])
    made._execute_module = lambda **arguments: arguments["module_args"]
    return made


def test_the_servers_are_checked_here(action: ActionModule) -> None:
    result = action.run(task_vars=TASK)
    assert (result["failed"], result["msg"].splitlines()[0]) == (True, "2 errors.")
    assert "dhcp_server_subnet" in result["msg"]


def test_arguments_are_checked(action: ActionModule) -> None:
    action._task.args["fail"] = "perhaps"
    result = action.run(task_vars=TASK)
    assert result["failed"]
    assert "perhaps" in result["msg"]


def test_without_netaddr_the_module_runs(action: ActionModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover_validate, "NETADDR_ERROR", ImportError("netaddr"))
    given = action.run(task_vars=TASK)
    assert given["servers"][0]["failover_validate_hosts"] == ["one"]
    assert sorted(given) == ["findings", "servers"]


def test_warnings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text: shown.append(text))
    pool = {"ranges": ["192.0.2.9"], "deny_bootp": False}
    one = {"name": "one", "subnets": [{"subnet": "192.0.2.0/24", "pools": [pool]}], "default_lease_time": 0}
    result = failover_validate.run_here({"servers": [one]})
    assert result["warning_count"] == len(shown) > 0
