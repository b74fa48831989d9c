# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of modules and filters are valid tasks. tests/system/test_cores.py runs some."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "netlab.dhcp_failover."
TASK_KEYWORDS = {
    "async", "become", "changed_when", "delay", "delegate_to", "failed_when", "ignore_unreachable", "loop", "name",
    "poll", "register", "retries", "run_once", "until", "vars", "when",
}  # fmt: skip


def constants(path: Path) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


MODULES = {path.stem: constants(path) for path in sorted((ROOT / "plugins/modules").glob("*.py"))}
FILTERS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "plugins/filter").glob("*.yml"))}
EXAMPLES = {
    **{f"{name} (module)": found["EXAMPLES"] for name, found in MODULES.items() if "EXAMPLES" in found},
    **{f"{name} (filter)": found["EXAMPLES"] for name, found in FILTERS.items()},
}


def options(module: str) -> set[str]:
    documentation = yaml.safe_load(MODULES[module]["DOCUMENTATION"])
    found = set(documentation.get("options", {}))
    for name in documentation.get("extends_documentation_fragment", []):
        fragment, _dot, part = name.removeprefix(COLLECTION).partition(".")
        of_module = import_module(f"ansible_collections.{COLLECTION}plugins.doc_fragments.{fragment}").ModuleDocFragment
        found |= set(yaml.safe_load(getattr(of_module, part.upper() or "DOCUMENTATION")).get("options", {}))
    return found


@pytest.mark.parametrize("what", EXAMPLES)
def test_examples(what: str) -> None:
    tasks = yaml.safe_load(EXAMPLES[what])
    assert tasks
    assert COLLECTION in EXAMPLES[what]
    for task in tasks:
        assert_task(task)


def assert_task(task: dict[str, Any]) -> None:
    assert task["name"]
    (module,) = set(task) - TASK_KEYWORDS
    assert re.fullmatch(r"\w+\.\w+\.\w+", module), f"{module} is no full name"
    if module.startswith(COLLECTION):
        unknown = set(task[module] or {}) - options(module[len(COLLECTION) :])
        assert not unknown, f"{module} has no {unknown}"


def test_every_module_has_examples() -> None:
    assert not [name for name, found in MODULES.items() if not found.get("EXAMPLES", "").strip()]
