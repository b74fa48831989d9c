# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site, the examples in it, and the changelog."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from harness import CACHE, ROOT, Run

COLLECTION = "netlab.dhcp_failover."
# Their examples need nothing but the controller. What is private to a role or a playbook is run by that one.
EXECUTED = (
    "failover_adopt",
    "failover_drift",
    "failover_halves",
    "failover_report",
    "failover_servers",
    "failover_sides",
    "failover_validate",
    "kvm_machines",
    "kvm_networks",
    "subnet_netmask",
)
ASKS_SERVERS = f"{COLLECTION}failover_info"


def test_site(run: Run) -> None:
    """It is built without a warning: every link and reference leads somewhere, every page is in its contents."""
    run("make", "docs")
    site = CACHE / "docs/html"
    pages = {path.stem for path in (site / "reference").glob("*.html")}
    for kind, names in {
        "module": [path.stem for path in (ROOT / "plugins/modules").glob("*.py")],
        "filter": [path.stem for path in (ROOT / "plugins/filter").glob("*.yml")],
        "role": [path.name for path in (ROOT / "roles").iterdir()],
    }.items():
        assert {f"{name}_{kind}" for name in names} <= pages
    assert 'class="error"' not in (site / "reference/failover_validate_module.html").read_text()


def test_reference(run: Run, tree: Path) -> None:
    """Schema, markup and references of all documentation; the site's build parses what is made of it."""
    run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".", cwd=tree)


def examples(plugin: str) -> str:
    documented = ROOT / f"plugins/filter/{plugin}.yml"
    if documented.exists():
        return str(yaml.safe_load(documented.read_text())["EXAMPLES"])
    for node in ast.parse((ROOT / f"plugins/modules/{plugin}.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{plugin} has no examples")


def test_examples(run: Run, tmp_path: Path) -> None:
    """Examples that need no server, run on the lab's inventory; a comment at the end is in the output."""
    shutil.copytree(ROOT / "inventories/nspawn", tmp_path / "inventory")
    # In place of how the lab is reached.
    shutil.copy(ROOT / "tests/system/examples.yml", tmp_path / "inventory/group_vars/lab.yml")
    given = ROOT / "tests/integration/targets/failover_validate/files"
    shutil.copy(given / "subnets.conf", tmp_path)
    tasks: list[Any] = []
    told: list[str] = []
    for plugin in EXECUTED:
        text = examples(plugin)
        tasks += [task for task in yaml.safe_load(text) if ASKS_SERVERS not in task]
        told += re.findall(r"^ *# ([\d.]+)$", text, re.M)
    for number, side in enumerate(("primary", "secondary"), 1):
        (tmp_path / f"dhcp_server{number}").mkdir()
        shutil.copy(given / f"{side}.conf", tmp_path / f"dhcp_server{number}/dhcpd.conf")
    play = {"hosts": "dhcp_servers", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    printed = run("ansible-playbook", "-i", "inventory", "play.yml", cwd=tmp_path)
    assert told
    assert [value for value in told if value not in printed] == []
    assert "255.255.255.0" in printed


def test_changelog(run: Run, tree: Path) -> None:
    """The fragments can be read, and CHANGELOG.md is what the changelog makes."""
    run("antsibull-changelog", "lint", cwd=tree)
    run("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", cwd=tree)
    written = (tree / "CHANGELOG.md").read_text()
    run("antsibull-changelog", "generate", cwd=tree)
    assert (tree / "CHANGELOG.md").read_text() == written, "run make changelog"
    releases = yaml.safe_load((tree / "changelogs/changelog.yaml").read_text())["releases"]
    assert yaml.safe_load((tree / "galaxy.yml").read_text())["version"] in releases
