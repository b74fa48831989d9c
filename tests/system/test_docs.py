# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site and the changelog. test_cores.py runs the examples."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from browser import browse, needs_browser
from harness import CACHE, ROOT, Run


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, which builds without a warning: every link has a target, and every page is in the contents."""
    subprocess.run(["make", "docs"], cwd=ROOT, check=True, timeout=600)
    return CACHE / "docs/html"


def test_site(site: Path) -> None:
    pages = {path.stem for path in (site / "reference").glob("*.html")}
    for kind, names in {
        "module": [path.stem for path in (ROOT / "plugins/modules").glob("*.py")],
        "filter": [path.stem for path in (ROOT / "plugins/filter").glob("*.yml")],
        "role": [path.name for path in (ROOT / "roles").iterdir()],
    }.items():
        assert {f"{name}_{kind}" for name in names} <= pages
    assert 'class="error"' not in (site / "reference/failover_validate_module.html").read_text()


def test_reference(run: Run, tree: Path) -> None:
    """Check schema, markup and references of all documentation; the build of the site parses the result."""
    run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".", cwd=tree)


def test_changelog(run: Run, tree: Path) -> None:
    """The fragments are valid, and CHANGELOG.md matches the changelog."""
    run("antsibull-changelog", "lint", cwd=tree)
    run("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", cwd=tree)
    written = (tree / "CHANGELOG.md").read_text()
    run("antsibull-changelog", "generate", cwd=tree)
    assert (tree / "CHANGELOG.md").read_text() == written, "run make changelog"
    releases = yaml.safe_load((tree / "changelogs/changelog.yaml").read_text())["releases"]
    assert yaml.safe_load((tree / "galaxy.yml").read_text())["version"] in releases


@needs_browser
def test_code_blocks_show_whole_lines(run: Run, site: Path) -> None:
    """At a usual width, no block of the guides needs to be scrolled. All are measured on one page."""
    blocks = [
        block
        for path in sorted(site.rglob("*.html"))
        if "reference" not in path.parts
        for block in re.findall(r"<div class=\"highlight\">.*?</pre></div>", path.read_text(), re.DOTALL)
    ]
    assert len(blocks) > 100
    page = (site / "lab.html").read_text()
    start, end = page.index("<article"), page.index("</article>")
    measure = """<script>addEventListener('load', () => document.documentElement.dataset.clipped = JSON.stringify(
      [...document.querySelectorAll('article pre')].filter(e => e.scrollWidth > e.clientWidth)
        .map(e => e.textContent)))</script>"""
    (site / "blocks.html").write_text(f"{page[:start]}<article>{''.join(blocks)}{measure}{page[end:]}")
    found = re.search(r'data-clipped="([^"]*)"', browse(run, site / "blocks.html"))
    assert found
    assert json.loads(html.unescape(found[1])) == []
