# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the status page shows beside the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.status import status_page
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.page import REPORTS, Drill, view
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.tests.unit.status import estate

REPORT = failover_report(estate.ANSWERS, estate.DECLARED, estate.NOW)


def earlier(time: str, percent: int | None = 50, health: str = "healthy") -> dict[str, Any]:
    """The same pairs at another time."""
    pools = [] if percent is None else [{"subnet": "x", "percent": 1}, {"subnet": "y", "percent": percent}]
    return {"time": time, "pairs": [{**pair, "health": health, "pools": pools} for pair in REPORT["pairs"]]}


def drill(hosts: tuple[str, ...] = ("lab-a", "lab-b"), end: float = 1795300000.0, ok: bool = True) -> dict[str, Any]:
    scenarios = [{"name": "one", "end": end - 60, "ok": ok}, {"name": "two", "end": end, "ok": True}]
    return {"relationship": "lab", "names": dict(enumerate(hosts)), "scenarios": scenarios}


def of(name: str, shown: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = [pair for pair in shown["pairs"] if pair["name"] == name]
    return found[0]


def test_a_pair_has_the_part_in_use_of_its_fullest_pool() -> None:
    shown = view(REPORT)
    assert of("lab", shown)["pools"] == [{"subnet": "10.1.0.0/24", "total": 11, "used": 2, "percent": 18}]
    assert of("lab", shown)["percent"] == 18
    assert of("dorm", shown)["percent"] == 100
    assert [pair["open"] for pair in shown["pairs"]] == [True, True, True, True, False, False]


def test_anchors_are_names_and_differ() -> None:
    shown = view({**REPORT, "pairs": [*REPORT["pairs"], *REPORT["pairs"]]})
    anchors = [pair["anchor"] for pair in shown["pairs"]]
    assert len(set(anchors)) == len(anchors)
    assert anchors[1] == "lab-lab-a-lab-b"
    assert "b-gate-b-u-gate-10.4.0.2" in anchors


def test_a_remedy_has_its_commands_marked() -> None:
    (reason,) = [reason for reason in of("lab", view(REPORT))["reasons"] if reason["slug"] == "daemon-down"]
    assert "".join(text for text, _command in reason["parts"]) == reason["hint"]
    assert [text for text, command in reason["parts"] if command] == [
        "journalctl -t dhcpd -n 50",
        "systemctl start isc-dhcp-server",
    ]


def test_a_trend_needs_an_earlier_report() -> None:
    assert of("lab", view(REPORT))["trend"] is None
    # A later one, as that of a run at the same time, is none.
    assert of("lab", view(REPORT, [earlier(REPORT["time"]), earlier("2026-11-23T00:00:00Z")]))["trend"] is None
    trend = of("lab", view(REPORT, [earlier("2026-11-22T20:00:00Z", 75), earlier("2026-11-22T19:00:00Z", None)]))[
        "trend"
    ]
    assert trend.text == ("3 reports since 2026-11-22 19:00 UTC: 18 % to 75 % of addresses in use, not healthy in 1")
    assert trend.paths == {"healthy": "M21.5 16v-2M22.5 16v-12", "degraded": "M23.5 16v-3"}


def test_a_trend_has_the_last_reports_only() -> None:
    many = [earlier(f"2026-11-2{number // 60}T10:{number % 60:02}:00Z") for number in range(2 * REPORTS)]
    shown = view({**REPORT, "time": "2026-11-24T00:00:00Z"}, many)
    trend = of("lab", shown)["trend"]
    assert shown["width"] == REPORTS
    assert "".join(trend.paths.values()).count("M") == REPORTS
    assert trend.paths["healthy"].startswith("M0.5 ")


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"time": 3, "pairs": 4},
        {"time": "2026", "pairs": [{}]},
        {"scenarios": [1]},
        {"time": "2", "pairs": [1]},
        {"time": "2", "pairs": [{"pools": [{}]}]},
    ],
)
def test_other_files_are_left_out(found: dict[str, Any]) -> None:
    assert of("lab", view(REPORT, [found]))["trend"] is None


def test_the_last_drill_of_these_servers_counts() -> None:
    others = [drill(("lab-a", "lab-c"), 1795399999), {"relationship": "lab", "names": {}, "scenarios": []}]
    shown = view(REPORT, [], [drill(end=1795200000, ok=True), drill(ok=False), *others])
    assert of("lab", shown)["drill"] == Drill("2026-11-21T22:26:40Z", False, "FAILED: one, of 2 scenarios")
    assert of("lab", view(REPORT, [], [drill()]))["drill"] == Drill("2026-11-21T22:26:40Z", True, "passed, 2 scenarios")
    assert of("hall", shown)["drill"] is None


def test_the_filter_reads_folders(tmp_path: Path) -> None:
    history, drills = tmp_path / "history", tmp_path / "drills"
    for path, found in (
        (history / "one.json", json.dumps(earlier("2026-11-22T20:00:00Z"))),
        (history / "half.json", '{"time": '),
        (history / "list.json", "[]"),
        (drills / "20261121T222540Z/report.json", json.dumps(drill())),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found)
    # As another run leaves it for a moment.
    (history / "gone.json").symlink_to(tmp_path / "nowhere")
    text = status_page(REPORT, str(history), str(drills), 60)
    assert "2 reports since 2026-11-22 20:00 UTC" in text
    assert "passed, 2 scenarios" in text
    assert 'data-after="60"' in text
    nothing = status_page(REPORT, "", str(tmp_path / "missing"), 60)
    assert "reports since" not in nothing
    assert nothing.count("No drill of this pair is known here.") == 6
