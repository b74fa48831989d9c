# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of all pages. Each page has tests beside the function that says what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from jinja2 import UndefinedError

from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import DOCUMENTATION, FOLDER, render

ROOT = Path(__file__).resolve().parents[4]


def test_links_lead_to_the_documentation() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["documentation"] == DOCUMENTATION
    told = {page for path in FOLDER.glob("*.j2") for page in re.findall(r"documented\('([^']+)'", path.read_text())}
    assert len(told) == 3
    assert all((ROOT / f"docs/{page}.md").is_file() for page in told)


def test_a_name_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("drill", title="without the rest")


def test_nothing_goes_round_the_escaping() -> None:
    """Only the script, which is a file of ours, is not escaped."""
    raw = [path.name for path in FOLDER.glob("*.j2") if re.search(r"\|\s*safe|autoescape", path.read_text())]
    assert raw == ["page.html.j2"]
