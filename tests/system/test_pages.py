# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of status, drill and migrate in a real browser: wide and narrow, light and dark.

Those of a drill and of a move show what was recorded: in a drill of a pair that is wrong on purpose, and in a move,
with some of its clients. Some names are as long as names may be.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from browser import HEIGHT, Browser, complaints, measure
from harness import ROOT

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import report as drill
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import judge
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.page import view
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration import report as move
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import render
from ansible_collections.netlab.dhcp_failover.tests.unit.status import estate

LONG = f"dhcp-{'x' * 58}.example.org"
FAILOVER = "campus-" * 8 + "failover"
# What the last timeline of the page shows: colours of its parts, its lanes' labels, its marks.
DRAWN = """(() => {
  const svg = [...document.querySelectorAll('svg[role=img]')].pop();
  const all = kind => [...svg.querySelectorAll(kind)];
  const colour = (kind, of) => [...new Set(all(kind).map(e => numbers(getComputedStyle(e)[of]).join()))];
  const span = e => [box(e).left, box(e).right];
  return {
    answered: ['circle.s0, rect.s0', 'circle.s1, rect.s1'].map(kind => colour(kind, 'fill')),
    lost: colour('path.lost', 'stroke').map(found => found.split(',').map(Number)),
    failure: all('rect.failure').map(span), healing: all('rect.healing').length, steps: all('rect.step').map(span),
    states: ['interrupted', 'down', 'conflict', 'normal'].map(kind => all('rect.' + kind).length),
    labels: all(':scope > text').map(e => e.textContent),
    points: all('circle.s0, circle.s1, rect.s0, rect.s1').length,
    watched: all('path.watch').map(e => [...new Set(e.getAttribute('d').match(/M[\\d.]+/g))].length),
    // Below each other, not on top of each other, and all of it inside of the drawing.
    lanes: all('rect').map(e => [box(e).top, box(e).bottom]).filter(([top, bottom]) => bottom - top > 15),
    escaped: all('g, text').filter(e => box(e).left < box(svg).left - 1 || box(e).right > box(svg).right + 1)
      .map(e => e.textContent),
  };
})()"""
SCHEMES = ("dark", "light")
modes = pytest.mark.parametrize("width, scheme", [(width, scheme) for width in (360, 1280) for scheme in SCHEMES])
more_modes = pytest.mark.parametrize(
    "width, scheme", [(360, "dark"), (360, "light"), (800, "light"), (1000, "dark"), (1280, "dark"), (1280, "light")]
)


def recorded(name: str, names: dict[str, str]) -> Any:
    text = (ROOT / f"tests/system/data/{name}.json").read_text()
    for short, long in names.items():
        text = text.replace(short, long)
    return json.loads(text)


def many(pairs: int) -> dict[str, Any]:
    """The report of so many pairs, one of which is not healthy."""
    answers, declared = {}, []
    for number in range(pairs):
        for side, role, running in (("a", "primary", True), ("b", "secondary", number > 0)):
            half = {"name": f"site-{number}", "role": role, "address": f"10.{number}.0.{'ab'.index(side) + 1}"}
            half["peer_address"] = f"10.{number}.0.{2 - 'ab'.index(side)}"
            answer = estate.ANSWERS[f"hall-{side}"]
            (item,) = answer["relationships"]
            answers[f"dhcp-{number}-{side}"] = {**answer, "running": running, "relationships": [{**item, **half}]}
            declared.append({"name": f"dhcp-{number}-{side}", "failover": [half], "address": half["address"]})
    return failover_report(answers, declared, time.time())


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the three pages."""
    folder = tmp_path_factory.mktemp("pages")
    drilled = judge(recorded("drill", {'"dhcp_server1"': f'"{LONG}"', '"dhcp-failover"': f'"{FAILOVER}"'}))
    moved = recorded("move", {"dhcp_kea3": LONG, "hill": FAILOVER})
    (folder / "drill.html").write_text(render("drill", **drill.view(drilled)))
    (folder / "move.html").write_text(render("move", **move.view(moved)))
    answers = {name.replace("dorm-a", LONG): answer for name, answer in estate.ANSWERS.items()}
    declared = [{**server, "name": server["name"].replace("dorm-a", LONG)} for server in estate.DECLARED]
    status = failover_report(answers, declared, estate.NOW)
    before = {**status, "time": "2026-11-22T20:00:00Z"}
    drills = [{**drilled, "relationship": "lab", "names": {"10.1.0.1": "lab-a", "10.1.0.2": "lab-b"}}]
    (folder / "status.html").write_text(render("status", **view(status, [before], drills)))
    (folder / "many.html").write_text(render("status", **view(many(45))))
    return folder


@modes
@pytest.mark.parametrize("page", ["drill", "move", "status"])
def test_axe_finds_nothing(browser: Browser, axe: str, pages: Path, page: str, width: int, scheme: str) -> None:
    browser.open(pages / f"{page}.html", width, scheme)
    # What is closed is examined, too.
    browser.ask("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert complaints(browser, axe) == []


@more_modes
def test_drill(browser: Browser, pages: Path, width: int, scheme: str) -> None:
    seen = measure(browser, pages / "drill.html", width, scheme, DRAWN)
    for words in (
        "2 of 2 scenarios failed.",
        "1. Nothing is broken:",
        "2. The failover connection is cut",
        "✗ FAILED: No address was acknowledged to two clients at the same time",
        "✓ passed: Both servers are normal and balanced",
        "is partner-down.",
        f"answered by {LONG}",
        "answered by dhcp_server2",
        "50 exchanges as a table",
    ):
        assert words in seen["shown"]
    drawn = seen["more"]
    one, two = drawn["answered"]
    assert (len(one), len(two)) == (1, 1)
    assert one != two, "both servers have the same colour"
    ((red, green, blue),) = drawn["lost"]
    assert red > green + blue - 30
    assert red > 170
    assert drawn["points"] > 10
    assert (len(drawn["failure"]), drawn["healing"]) == (1, 1)
    assert all(drawn["states"]), "communications-interrupted, partner-down, conflict, normal"
    lanes = sorted({tuple(lane) for lane in drawn["lanes"]})
    assert len(lanes) == 3, "the failure and two servers"
    assert all(above[1] <= below[0] for above, below in zip(lanes, lanes[1:]))
    for server in (LONG, "dhcp_server2"):
        assert f"{server}, relationship {FAILOVER}" in drawn["labels"]
    assert drawn["escaped"] == []


@more_modes
def test_every_verdict_is_seen_without_scrolling(browser: Browser, pages: Path, width: int, scheme: str) -> None:
    browser.open(pages / "drill.html", width, scheme)
    cells = browser.ask("[...document.querySelectorAll('.cells td')].map(e => e.getBoundingClientRect().right)")
    assert len(cells) == 2 * 8
    assert max(cells) <= width


@more_modes
def test_move(browser: Browser, pages: Path, width: int, scheme: str) -> None:
    seen = measure(browser, pages / "move.html", width, scheme, DRAWN)
    for words in (
        "✓ No client lost its address.",
        "Kea serves.",
        "No server answered for",
        f"answered by {LONG}",
        "answered by dhcp_kea4",
        "42 exchanges as a table",
    ):
        assert words in seen["shown"]
    drawn = seen["more"]
    assert len(drawn["steps"]) == 6
    assert all(before[1] <= after[0] for before, after in zip(drawn["steps"], drawn["steps"][1:]))
    (silent,) = drawn["failure"]
    cut = drawn["steps"][3]
    assert cut[0] <= silent[0] < silent[1] <= cut[1]
    assert drawn["watched"] == [2], "the beginning and the end of the silence"
    for label in ("steps", "nobody answers", f"dhcpd on {LONG}", "Kea on dhcp_kea4"):
        assert label in drawn["labels"]
    assert drawn["points"] > 10
    assert drawn["escaped"] == []


@more_modes
def test_status(browser: Browser, pages: Path, width: int, scheme: str) -> None:
    seen = measure(browser, pages / "status.html", width, scheme)
    for words in (
        *("recover-wait", "No server is known to answer clients", "1 critical", "Bring dhcpd on lab-b back"),
        "Last drill at 2026-11-23 02:30:26 UTC: ✗ FAILED: nothing, long-partition, of 2 scenarios.",
        "2 reports since 2026-11-22 20:00 UTC: 18 % to 18 % of addresses in use, not healthy in 2.",
    ):
        assert words in seen["shown"].replace("\u00a0", " ")


def test_an_estate_fits_two_screens(browser: Browser, pages: Path) -> None:
    browser.open(pages / "many.html")
    assert browser.ask("document.querySelectorAll('details').length") == 45
    assert browser.ask("document.documentElement.scrollHeight") <= 2 * HEIGHT


def test_a_link_to_a_pair_opens_it(browser: Browser, pages: Path) -> None:
    for anchor, opened in (("", False), ("hall-hall-a-hall-b", True)):
        browser.open(pages / "status.html", anchor=anchor)
        shown = browser.ask("document.getElementById('hall-hall-a-hall-b').checkVisibility()")
        assert shown is opened


def test_the_age_of_a_report(browser: Browser, pages: Path) -> None:
    shown = "document.querySelector('header').innerText.replaceAll('\u00a0', ' ')"
    browser.open(pages / "status.html")
    said = browser.ask(shown)
    assert "asked at 2026-11-22 22:00:00 UTC, " in said
    assert "This report is old." in said
    # One that was just written; the machine may be slow.
    (pages / "new.html").write_text(render("status", **view(many(1))))
    browser.open(pages / "new.html")
    said = browser.ask(shown)
    assert re.search(r"UTC, (just now|\d+ min ago)$", said)
    assert "This report is old." not in said
    # Without scripts it does not know, and says when it was written.
    browser.open(pages / "status.html", script=False)
    assert browser.ask(shown).endswith("asked at 2026-11-22 22:00:00 UTC")


def test_a_command_is_copied(browser: Browser, pages: Path) -> None:
    browser.open(pages / "status.html")
    commands = browser.ask("[...document.querySelectorAll('code.command')].map(e => e.textContent)")
    assert "journalctl -t dhcpd -n 50" in commands
    number = commands.index("journalctl -t dhcpd -n 50")
    browser.ask(f"document.querySelectorAll('code.command + button')[{number}].click()")
    assert browser.ask("getSelection().toString()") == "journalctl -t dhcpd -n 50"
    browser.open(pages / "status.html", script=False)
    assert browser.ask("document.querySelectorAll('button').length") == 0, "a button that does nothing"
