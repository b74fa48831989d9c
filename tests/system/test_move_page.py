# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a move in a real browser: what was recorded in a real move, of some of its clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import measure, needs_browser
from harness import ROOT, Run

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration import report

pytestmark = needs_browser

# A server's and the relationship's name, as long as such names may be.
LONG = {"dhcp_kea3": f"dhcp-{'x' * 58}.example.org", "hill": "campus-" * 8 + "failover"}
DRAWN = """(() => {
  const svg = document.querySelector('svg[role=img]');
  const all = kind => [...svg.querySelectorAll(kind)];
  const span = e => [box(e).left, box(e).right];
  return {
    steps: all('rect.step').map(span), silent: all('rect.failure').map(span),
    watched: all('line.watch').map(e => box(e).left),
    labels: all(':scope > text').map(e => e.textContent),
    points: all('circle.s0, circle.s1, rect.s0, rect.s1').length,
    escaped: all('g, text').filter(e => box(e).left < box(svg).left - 1 || box(e).right > box(svg).right + 1)
      .map(e => e.textContent),
  };
})()"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = (ROOT / "tests/system/data/move.json").read_text()
    for short, long in LONG.items():
        text = text.replace(short, long)
    found = tmp_path_factory.mktemp("page") / "report.html"
    found.write_text(report.page(json.loads(text)))
    return found


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page(run: Run, page: Path, width: int, scheme: str) -> None:
    seen = measure(run, page, width, scheme, DRAWN)
    for words in (
        "✓ No client lost its address.",
        "Kea serves.",
        "No server answered for",
        "answered by dhcp_kea4",
    ):
        assert words in seen["shown"]
    drawn = seen["more"]
    assert len(drawn["steps"]) == 6
    assert all(before[1] <= after[0] for before, after in zip(drawn["steps"], drawn["steps"][1:]))
    (silent,) = drawn["silent"]
    cut = drawn["steps"][3]
    assert cut[0] <= silent[0] < silent[1] <= cut[1]
    assert len(drawn["watched"]) == 2, "the beginning and the end of the silence"
    for label in ("steps", "nobody answers", f"dhcpd on {LONG['dhcp_kea3']}", "Kea on dhcp_kea4"):
        assert label in drawn["labels"]
    assert drawn["points"] > 10
    assert drawn["escaped"] == []
