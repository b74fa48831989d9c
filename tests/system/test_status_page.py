# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the playbook status, in a real browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from browser import measure, needs_browser
from harness import ROOT, Run

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for the unit tests' estate, in which one server has the longest possible name."""
    folder = tmp_path_factory.mktemp("page")
    writer = ROOT / "tests/unit/status/test_templates.py"
    subprocess.run([sys.executable, writer, folder], check=True, timeout=600)
    found = folder / "status.html"
    found.write_text(found.read_text().replace("dorm-a", f"dhcp-{'x' * 58}.example.org"))
    return found


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 800, 1280])
def test_page(run: Run, page: Path, width: int, scheme: str) -> None:
    seen = measure(run, page, width, scheme, "getComputedStyle(document.querySelector('td')).display")
    assert seen["more"] == ("grid" if width < 720 else "table-cell")
    for words in ("recover-wait", "No server is known to answer clients", "1 critical", "Bring dhcpd on lab-b back"):
        assert words in seen["shown"]
