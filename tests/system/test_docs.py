# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site and the changelog. test_cores.py runs the examples."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from browser import Browser
from harness import CACHE, ROOT, Run

sys.path.insert(0, str(ROOT / "tests/unit/docs"))
from pages import SLUGS, sections


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
    for page in (site / "reference").glob("*.html"):
        text = page.read_text()
        assert 'class="error"' not in text
        # Nothing is published there; a role has one entry point.
        assert "galaxy.ansible.com" not in text, page
        assert "Entry point" not in text, page


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


def test_code_blocks_show_whole_lines(browser: Browser, site: Path) -> None:
    """At a usual width, no block of the guides needs to be scrolled but wide tables. All are measured on one page."""
    blocks = [
        block
        for path in sorted(site.rglob("*.html"))
        if "reference" not in path.parts
        for block in re.findall(
            r"<div class=\"[\w -]+\"><div class=\"highlight\">.*?</pre></div>\n</div>", path.read_text(), re.DOTALL
        )
    ]
    assert len(blocks) > 100
    page = (site / "lab.html").read_text()
    start, end = page.index("<article"), page.index("</article>")
    (site / "blocks.html").write_text(f"{page[:start]}<article>{''.join(blocks)}{page[end:]}")
    browser.open(site / "blocks.html")
    clipped = browser.ask("""[...document.querySelectorAll('article pre')].filter(e => e.scrollWidth > e.clientWidth
      && !e.closest('.printed-table')).map(e => e.textContent)""")
    assert clipped == []
    assert (
        browser.ask("""Math.min(...[...document.querySelectorAll('article pre')]
      .map(e => parseFloat(getComputedStyle(e).fontSize)))""")
        >= 12
    )
    assert browser.ask("document.documentElement.scrollWidth - innerWidth") <= 0, "the page scrolls sideways"


def test_pictures_of_the_start_page_are_readable_on_a_telephone(browser: Browser, site: Path) -> None:
    browser.open(site / "index.html", 420)
    widths = browser.ask("[...document.querySelectorAll('article img')].map(e => e.getBoundingClientRect().width)")
    assert len(widths) == 3
    assert min(widths) > 300


def test_search_finds_the_heading_of_every_slug_first(browser: Browser, site: Path) -> None:
    """Of those that two programs print, both headings come before all else."""
    wanted: dict[str, set[str]] = {}
    for page in SLUGS:
        for _group, name, _text in sections(ROOT / page):
            address = f"{page.removeprefix('docs/').removesuffix('.md')}.html"
            assert f'id="{name}"' in (site / address).read_text()
            wanted.setdefault(name, set()).add(f"{address}#{name}")
    browser.open(site / "search.html")
    hits = browser.ask(f"""{json.dumps(list(wanted))}.map(name => Search._performSearch(...Search._parseQuery(name))
      .reverse().map(([page, _title, anchor]) => page + '.html' + anchor))""")
    assert {name: set(found[: len(wanted[name])]) for name, found in zip(wanted, hits)} == wanted
