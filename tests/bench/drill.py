# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same drill again and again: does it give the same verdict, and how are its times distributed?

Printed for docs/benchmarks.md, never asserted in tests. The lab must be up. Exit code 1 if two runs differ.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
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
        folder = wanted.folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{number}"
        report = drill(wanted.inventory, scenarios, folder)
        reports.append(report)
        print(f"run {number}: {verdict(report)}", file=sys.stderr, flush=True)
    verdicts = Counter(verdict(report) for report in reports)
    for text, number in verdicts.most_common():
        print(f"{number} of {len(reports)}: {text}")
    for scenario in scenarios:
        print(f"\n{scenario}\n")
        print(table([figures(report, scenario) for report in reports]))
    return 0 if len(verdicts) == 1 else 1


def drill(inventories: Sequence[str], scenarios: Sequence[str], folder: Path) -> dict[str, Any] | None:
    """The report of one run; None if there is none."""
    words = [str(Path(sys.executable).with_name("ansible-playbook")), str(ROOT / "playbooks/drill.yml")]
    words += [f"--inventory={inventory}" for inventory in inventories]
    words.append("--extra-vars=" + json.dumps({"drill_scenarios": list(scenarios), "drill_dir": str(folder)}))
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3600)
    try:
        report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    except OSError:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
        return None
    return report


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
