# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows and the forms for issues name what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").iterdir()}


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[name]["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_steps(name: str) -> None:
    for step in steps(name):
        assert re.search(r"@v\d+$", step.get("uses", "@v1")), "an action without its version"
        for target in re.findall(r"\bmake ([\w./-]+)", step.get("run", "")):
            assert re.search(rf"^{re.escape(target.replace('.venv', '$(VENV)'))}:", MAKEFILE, re.M), f"no make {target}"
        for path in re.findall(r"(?<![\w/.])(?:tests|\.ci)/[\w./]+", step.get("run", "")):
            assert (ROOT / path).exists()


def test_every_core_is_tested() -> None:
    (cores,) = re.findall(r"^CORES := (.*)$", MAKEFILE, re.M)
    job = WORKFLOWS["check"]["jobs"]["cores"]
    assert job["strategy"]["matrix"]["core"] == ["default or integration", *cores.split()]


@pytest.mark.parametrize(
    "name, wanted", [("fault", {"one", "other", "report"}), ("verdict", {"one", "other", "verdict"})]
)
def test_an_issue_brings_both_configurations(name: str, wanted: set[str]) -> None:
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text())
    needed = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
    assert wanted <= needed
