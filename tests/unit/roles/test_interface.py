# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's defaults, argument specs and README must agree about its interface."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if (path / "tasks").is_dir())


def load(role: str, name: str) -> dict[str, Any]:
    path = ROOT / "roles" / role / name
    return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def specs(role: str) -> dict[str, Any]:
    return load(role, "meta/argument_specs.yml")["argument_specs"]["main"].get("options") or {}


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_specified_with_the_same_value(role: str) -> None:
    options = specs(role)
    for name, value in load(role, "defaults/main.yml").items():
        assert name in options, f"roles/{role}/meta/argument_specs.yml does not know {name}"
        if not (isinstance(value, str) and "{{" in value) and value is not None:
            assert options[name].get("default") == value, f"{role}: {name} has another default in its argument spec"


@pytest.mark.parametrize("role", ROLES)
def test_every_specified_option_is_documented_and_has_its_default(role: str) -> None:
    defaults = load(role, "defaults/main.yml")
    readme = (ROOT / "roles" / role / "README.md").read_text()
    for name, option in specs(role).items():
        assert name.startswith(("dhcp_", f"{role}_")), f"{role}: {name} lacks the role's prefix"
        assert option.get("description"), f"{role}: {name} has no description"
        if "default" in option:
            assert name in defaults, f"{role}: {name} has a default in its argument spec only"
        assert name in readme, f"roles/{role}/README.md does not mention {name}"


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_the_roles_of_the_sides_are_the_engine_for_that_side(side: str) -> None:
    (task,) = yaml.safe_load((ROOT / f"roles/dhcp_{side}/tasks/main.yml").read_text())
    assert task["ansible.builtin.import_role"] == {"name": "netlab.dhcp_failover.dhcp_server"}
    assert task["vars"] == {"dhcp_server_side": side}


@pytest.mark.parametrize("role", ROLES)
def test_conditions_read_a_boolean_of_the_command_line(role: str) -> None:
    """`-e NAME=true` gives a text, which a condition does not take, and `-e NAME=false` one that is true."""
    flags = [name for name, option in specs(role).items() if option["type"] == "bool"]
    for path in (ROOT / "roles" / role / "tasks").rglob("*.yml"):
        for task in tasks_of(yaml.safe_load(path.read_text())):
            for name in flags:
                assert not re.search(rf"\b{name}\b(?! \| bool)", str(task.get("when", ""))), f"{path}: {name} | bool"


@pytest.mark.parametrize("role", ROLES)
def test_private_names_stay_private(role: str) -> None:
    """Names that a role registers or sets for itself start with two underscores; a play's outputs are in its README."""
    readme = (ROOT / "roles" / role / "README.md").read_text()
    outputs = set(re.findall(rf"`({role}_\w+)`", readme.partition("## Outputs")[2].partition("\n## ")[0]))
    found = set()
    for path in (ROOT / "roles" / role / "tasks").rglob("*.yml"):
        for task in tasks_of(yaml.safe_load(path.read_text())):
            registered = {task["register"]} if "register" in task else set()
            for name in {*task.get("ansible.builtin.set_fact", ()), *registered}:
                assert name.startswith(f"__{role}_") or name in outputs, f"{path.relative_to(ROOT)}: {name}"
                found.add(name)
    assert outputs <= found


def tasks_of(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All tasks of a file, including those in blocks."""
    for task in tasks:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part, []))


def shape(value: Any) -> Any:
    """The names of variables and of their keys, whatever the values are."""
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("role", sorted(path.parts[-3] for path in ROOT.glob("roles/*/vars/Debian.yml")))
def test_the_red_hat_family_has_a_name_for_everything(role: str) -> None:
    assert shape(load(role, "vars/RedHat.yml")) == shape(load(role, "vars/Debian.yml"))


def test_the_action_group_holds_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert set(runtime["action_groups"]["all"]) == modules
