# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's report in a real browser: what was recorded in a drill of a pair that is wrong on purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import measure, needs_browser
from harness import ROOT, Run

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import judge

pytestmark = needs_browser

# The first two servers' names and the relationship's, as long as such names may be.
LONG = {"dhcp_server1": f"dhcp-{'x' * 58}.example.org", "dhcp-failover": "campus-" * 8 + "failover"}
# What the last timeline, that of the failed scenario, shows: colours of its parts, its lanes' labels, its marks.
DRAWN = """(() => {
  const svg = [...document.querySelectorAll('svg[role=img]')].pop();
  const all = kind => [...svg.querySelectorAll(kind)];
  const colour = (kind, of) => [...new Set(all(kind).map(e => numbers(getComputedStyle(e)[of]).join()))];
  return {
    answered: ['circle.s0, rect.s0', 'circle.s1, rect.s1'].map(kind => colour(kind, 'fill')),
    lost: colour('path.lost', 'stroke').map(found => found.split(',').map(Number)),
    failure: all('rect.failure').length, healing: all('rect.healing').length,
    states: ['interrupted', 'down', 'conflict', 'normal'].map(kind => all('rect.' + kind).length),
    labels: all(':scope > text').map(e => e.textContent),
    points: all('circle.s0, circle.s1, rect.s0, rect.s1').length,
    // Below each other, not on top of each other, and all of it inside of the drawing.
    lanes: all('rect').map(e => [box(e).top, box(e).bottom]).filter(([top, bottom]) => bottom - top > 15),
    escaped: all('g, text').filter(e => box(e).left < box(svg).left - 1 || box(e).right > box(svg).right + 1)
      .map(e => e.textContent),
  };
})()"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = (ROOT / "tests/system/data/drill.json").read_text()
    for short, long in LONG.items():
        text = text.replace(f'"{short}"', f'"{long}"')
    found = tmp_path_factory.mktemp("page") / "report.html"
    found.write_text(report.page(judge(json.loads(text))))
    return found


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page(run: Run, page: Path, width: int, scheme: str) -> None:
    seen = measure(run, page, width, scheme, DRAWN)
    for words in (
        "2 of 2 scenarios failed.",
        "1. Nothing is broken:",
        "2. The failover connection is cut",
        "✗ FAILED: No address was acknowledged to two clients at the same time",
        "✓ passed: Both servers are normal and balanced",
        "is partner-down.",
        "answered by dhcp_server2",
    ):
        assert words in seen["shown"]
    drawn = seen["more"]
    one, two = drawn["answered"]
    assert (len(one), len(two)) == (1, 1)
    assert one != two, "both servers have the same colour"
    ((red, green, blue),) = drawn["lost"]
    assert red > green + blue - 10
    assert red > 200
    assert drawn["points"] > 10
    assert (drawn["failure"], drawn["healing"]) == (1, 1)
    assert all(drawn["states"]), "communications-interrupted, partner-down, conflict, normal"
    lanes = sorted({tuple(lane) for lane in drawn["lanes"]})
    assert len(lanes) == 3, "the failure and two servers"
    assert all(above[1] <= below[0] for above, below in zip(lanes, lanes[1:]))
    for server in (LONG["dhcp_server1"], "dhcp_server2"):
        assert f"{server}, relationship {LONG['dhcp-failover']}" in drawn["labels"]
    assert drawn["escaped"] == []
