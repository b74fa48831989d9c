# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same drill again and again: does it give the same verdict, and how are its times distributed?

Printed for docs/benchmarks.md, never asserted in tests. The lab must be up. Exit code 1 if two runs differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import ROOT, named_by_time, reported

FIGURES = {
    "detection": "a server noticed",
    "takeover": "longest wait of a client that asked for an address",
    "renewal": "longest renewal",
    "normal": "both servers normal again",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--inventory", action="append", required=True)
    parser.add_argument("--scenario", action="append", help="default: primary-stopped, the exercise's scenario")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache/drill/bench")
    wanted = parser.parse_args()
    scenarios = wanted.scenario or ["primary-stopped"]
    reports = []
    for number in range(1, wanted.runs + 1):
        folder = named_by_time(wanted.folder, number)
        report = reported("drill", wanted.inventory, folder, {"drill_scenarios": scenarios, "drill_dir": str(folder)})
        reports.append(report)
        print(f"run {number}: {verdict(report)}", file=sys.stderr, flush=True)
    verdicts = Counter(verdict(report) for report in reports)
    for text, number in verdicts.most_common():
        print(f"{number} of {len(reports)}: {text}")
    for scenario in scenarios:
        print(f"\n{scenario}\n")
        print(table([figures(report, scenario) for report in reports]))
    return 0 if len(verdicts) == 1 else 1


def verdict(report: dict[str, Any] | None) -> str:
    if report is None:
        return "no report"
    failed = [
        f"{entry['name']}/{one['invariant']}"
        for entry in report["scenarios"]
        for one in entry["verdicts"]
        if not one["ok"]
    ]
    return f"FAILED: {', '.join(failed)}" if failed else "passed"


def figures(report: dict[str, Any] | None, scenario: str) -> dict[str, Any]:
    entries = report["scenarios"] if report else []
    return next((entry["figures"] for entry in entries if entry["name"] == scenario), {})


def table(runs: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| seconds from the failure (the last: from its end) until | runs | min | median | p95 | max |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, words in FIGURES.items():
        values = sorted(run[name] for run in runs if run.get(name) is not None)
        if values:
            p95 = values[min(round(0.95 * len(values)), len(values) - 1)]
            numbers = (values[0], statistics.median(values), p95, values[-1])
            lines.append(f"| {words} | {len(values)} | " + " | ".join(f"{number:.2f}" for number in numbers) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
