# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's page and JUnit XML: complete, self-contained, and safe whatever a server sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import judge
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.report import junit, view
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.timeline import Scale
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import DOCUMENTATION, render

T = 1795371600.0


def exchange(
    kind: str, result: str, client: int, ended: float, server: str | None, latency: float = 0.1
) -> dict[str, Any]:
    leased = result == "ack"
    return {
        "kind": kind,
        "result": result,
        "client": f"02:00:00:00:00:{client:02x}",
        "client_id": None,
        "address": f"172.16.1.{client}",
        "server": server,
        "source": server,
        "lease_time": 60 if leased else None,
        "since": T + ended - latency,
        "started": T + ended - latency,
        "ended": T + ended,
        "latency": latency,
        "sent": 2,
        "retransmissions": 0,
        "naks": 0,
        "granted": T + ended if leased else None,
        "expires": T + ended + 60 if leased else None,
        "message": "<script>alert(1)</script>\x07" if result == "nak" else None,
        "offers": [],
    }


def drill(**changed: Any) -> dict[str, Any]:
    pool = {"free": 5, "backup": 5, "active": 1}
    values: dict[str, Any] = {
        "title": "A drill <of> everything",
        "lab": "nspawn",
        "names": {"172.16.1.100": "dhcp_server1", "172.16.1.200": "dhcp_server2"},
        "exchanges": [
            exchange("acquire", "ack", 1, 12, "172.16.1.200"),
            exchange("renew", "timeout", 2, 30, "172.16.1.100", 10),
            exchange("rebind", "ack", 2, 31, "172.16.1.200"),
            exchange("acquire", "nak", 3, 15, "172.16.1.200"),
            exchange("expire", "expired", 4, 20, "172.16.1.100", 0),
            exchange("release", "sent", 1, 40, "172.16.1.200"),
            exchange("acquire", "ack", 5, 14, "172.16.1.66"),
        ],
        "states": [
            {"host": host, "relationship": "lab", "time": T + time, "local_state": state, "phase": phase}
            for host, time, state, phase in [
                ("dhcp_server1", 0, "normal", "normal"),
                ("dhcp_server2", 0, "normal", "normal"),
                ("dhcp_server2", 11, "communications-interrupted", "interrupted"),
                ("dhcp_server1", 11, "<b>", "settling"),
                ("dhcp_server1", 31, "normal", "normal"),
                ("dhcp_server2", 31, "normal", "normal"),
            ]
        ],
        "scenarios": [
            {
                "name": name,
                "title": title,
                "start": T + start,
                "healed": T + start + 20,
                "end": T + start + 40,
                "bound": 6,
                "reason": "load balance",
                "databases": {"dhcp_server1": [], "dhcp_server2": []},
                "servers": [
                    {"host": host, "relationship": "lab", "local_state": "normal", "normal": True, "pool": pool}
                    for host in ("a", "b")
                ],
                "evidence": [
                    {"path": "evidence/one.log", "title": "journal"},
                    {"path": "javascript:alert(1)"},
                    {"path": "//elsewhere/x"},
                ],
            }
            for name, title, start in [("kill", "kill -9 & more", 10), ("cut", "cut", 60)]
        ],
        "evidence": [{"path": "drill.json", "title": "all"}],
    }
    return judge({**values, **changed})


def page(judged: dict[str, Any]) -> str:
    return render("drill", **view(judged))


class Reader(HTMLParser):
    """Checks that every open element is closed, and collects external references."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "link") and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def tags(self, name: str, kind: str | None = None) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.found if tag == name and kind in (None, attrs.get("class"))]


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    text = page(drill())
    read = Reader(text)
    assert not {tag for tag, _attrs in read.found} & {"script", "img", "iframe", "object", "b"}
    assert [attrs["href"] for attrs in read.tags("link")] == ["data:,"]
    links = [str(attrs["href"]) for attrs in read.tags("a")]
    assert f"{DOCUMENTATION}/drill/scenarios.md#kill" in links
    assert f"{DOCUMENTATION}/drill/verdicts.md#unique" in links
    assert [link for link in links if not link.startswith(DOCUMENTATION)] == [
        "#i1",
        "#i2",
        "evidence/one.log",
        "evidence/one.log",
        "drill.json",
    ]
    assert not re.search(r"url\(|@import|src=|https?:", text.replace(f'href="{DOCUMENTATION}', ""))
    ids = {attrs.get("id") for _tag, attrs in read.found}
    assert {"i1", "i2"} <= ids
    assert len(read.tags("svg", None)) > 3
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in read.tags("svg"))


def test_every_exchange_is_a_point_of_its_servers_colour() -> None:
    one = drill()
    one["scenarios"] = one["scenarios"][:1]
    read = Reader(page(one))
    # One in the legend, the others in the timeline.
    assert len(read.tags("circle", "s1")) == 1 + 1  # taken from dhcp_server2
    assert len(read.tags("rect", "s1")) == 1  # rebound
    assert len(read.tags("circle", "s2")) == 1 + 1  # a server that is not of the lab
    assert len(read.tags("path", "lost")) == 2 + 3  # unanswered, refused, expired
    assert len(read.tags("line", "lost")) == 2  # the waits before the first two
    assert len(read.tags("circle", "quiet")) == 1 + 1  # released
    words = " ".join(read.words)
    assert "5 clients, one row each" in words
    assert "answered by 172.16.1.66" in words
    assert "renew: no server answered, asked 2 times in 10.0 s" in words


def test_states_have_lanes() -> None:
    read = Reader(page(drill()))
    titles = [word for word in read.words if word.startswith("dhcp_server2: ")]
    assert "dhcp_server2: communications-interrupted from 18:20:11.0" in titles
    assert read.tags("rect", "interrupted")
    assert read.tags("rect", "moving")  # an unknown state
    for rect in read.tags("rect"):
        if "x" in rect:
            assert 0 <= float(rect["x"] or 0) <= 1000
            assert float(rect["x"] or 0) + float(rect["width"] or 0) <= 1001


def test_the_exchanges_are_a_table_too() -> None:
    judged = drill()
    table = {row.client[-2:]: row for row in reversed(view(judged)["scenarios"][0]["rows"])}
    assert table["01"].outcome == "172.16.1.1"
    assert (table["01"].time, table["01"].server, table["01"].took, table["01"].lost) == (
        "18:20:12.0",
        "dhcp_server2",
        "0.1 s",
        False,
    )
    assert (table["02"].kind, table["02"].outcome, table["02"].lost) == ("renew", "no answer", True)
    assert (table["03"].outcome, table["04"].outcome) == ("refused (DHCPNAK)", "lease ran out")
    assert table["05"].server == "172.16.1.66"
    assert "7 exchanges as a table" in page(judged)


def test_no_line_crosses_a_label() -> None:
    drawing = view(drill())["whole"]
    lines = [tuple(map(float, re.findall(r"[\d.]+", line))) for line in drawing.grid.split("M")[1:]]
    assert lines
    for text in drawing.texts:
        # A text stands on y, and is about ten units high.
        assert not [line for line in lines if line[1] < text.y and line[2] > text.y - 8], text


def test_server_messages_are_escaped() -> None:
    text = page(drill())
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;b&gt;" in text
    assert "kill -9 &amp; more" in text


def test_the_verdict_comes_first() -> None:
    judged = drill()
    assert "✗ 2 of 2 scenarios failed." in page(judged)
    for entry in judged["scenarios"]:
        entry["ok"] = True
        for verdict in entry["verdicts"]:
            verdict["ok"] = True
    assert "✓ 2 scenarios played, and everything held." in page({**judged, "ok": True})
    assert "this proves nothing" in page(drill(scenarios=[]))


def test_the_page_explains_what_the_daemon_cannot_hold_and_what_was_not_played() -> None:
    judged = drill(left_out=[{"name": "split-brain", "title": "Both are told", "why": "It makes <no> sense."}])
    assert "Not played" not in page(drill())
    judged["scenarios"][0]["verdicts"][2]["why"] = "Nobody can <b>."
    read = Reader(page(judged))
    assert "Nobody can <b>." in read.words
    assert "Both are told: It makes <no> sense." in read.words
    root = ElementTree.fromstring(junit(judged))  # noqa: S314 - our own
    assert "Nobody can <b>." in (root.findtext("testsuite/testcase[@name='served']/failure") or "")
    assert (root.get("tests"), root.get("skipped")) == ("9", "1")
    (skipped,) = root.findall("testsuite[@name='split-brain']/testcase/skipped")
    assert skipped.get("message") == "It makes <no> sense."


def test_a_drill_in_which_nothing_was_recorded_still_has_a_page() -> None:
    read = Reader(page(drill(exchanges=[], states=[])))
    assert "0 clients, one row each" in read.words


@pytest.mark.parametrize("length", [0.0, 0.5, 7, 60, 3000, 86400, 1e7])
def test_ticks_are_few_and_even(length: float) -> None:
    scale = Scale(T + 0.3, T + 0.3 + length)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 13
    assert all(scale.begin <= tick <= scale.end + 1e-6 for tick in ticks)


def test_junit() -> None:
    judged = drill()
    judged["scenarios"][0]["verdicts"][0]["ok"] = None
    root = ElementTree.fromstring(junit(judged))  # noqa: S314 - our own
    assert root.attrib == {"name": "A drill <of> everything", "tests": "8", "failures": "4", "skipped": "1"}
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("name"), suite.get("timestamp"), suite.get("time")) == ("kill", "2026-11-22T18:20:10", "40.000")
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == ["unique", "kept", "served", "normal"]
    assert cases["unique"].find("skipped") is not None
    failure = cases["served"].find("failure")
    assert failure is not None
    assert "lost 172.16.1.4" in failure.attrib["message"] + (failure.text or "")
    assert cases["normal"].find("failure") is None
    out = suite.findtext("system-out")
    assert out
    assert "kill -9 & more" in out


def test_junit_survives_what_xml_cannot_say() -> None:
    judged = drill()
    judged["scenarios"][0]["happened"] = ["a bell \x07 and half of a pair \ud800"]
    root = ElementTree.fromstring(junit(judged).encode("utf-8"))  # noqa: S314 - our own
    assert "a bell \ufffd and half of a pair \ufffd" in (root.findtext("testsuite/system-out") or "")
