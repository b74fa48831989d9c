# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same pair to Kea and back again and again: how long does nobody answer, and does a client lose its address?

Printed for docs/benchmarks.md, never asserted in tests. The lab must be up, with dhcpd. Exit code 1 if a run failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lab import ROOT, named_by_time, reported

COUNTS = {
    "refused": "NAKs",
    "moved": "moved",
    "expired": "expired",
    "duplicates": "given twice",
    "renewals": "renewals",
}
TIMES = {
    "silence": "no server answered",
    "wait": "the longest wait for an address",
    "renewal": "the longest renewal",
    "seconds": "the whole run",
}
GOALS = {"migrate": "to Kea", "migrate_back": "back"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=10, help="there and back")
    parser.add_argument("--inventory", action="append", required=True)
    parser.add_argument("--probe", default="dhcp_client", help="the host that runs clients")
    parser.add_argument("--interface", default="", help="default: that of its role")
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--rate", type=float, default=0.5, help="new clients each second")
    parser.add_argument("--extra", action="append", default=[], help="more for ansible-playbook, for both directions")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache/migrate/bench")
    wanted = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {playbook: [] for playbook in GOALS}
    failed = 0
    for number in range(1, wanted.moves + 1):
        for playbook in GOALS:
            report = run(wanted, playbook, named_by_time(wanted.folder, number, playbook))
            if report is None:
                return 1
            failed += not report["over"]
            row = {**figures(report), "load": os.getloadavg()[0]}
            found[playbook].append(row)
            print(f"{number} {GOALS[playbook]}: {json.dumps(row)}", file=sys.stderr, flush=True)
    print(table(found))
    return 1 if failed else 0


def run(wanted: argparse.Namespace, playbook: str, folder: Path) -> dict[str, Any] | None:
    """The report of one move; None if there is none."""
    given: dict[str, Any] = {
        "migrate_dir": str(folder),
        "migrate_probe": wanted.probe,
        "migrate_clients": wanted.clients,
        "migrate_rate": wanted.rate,
        **({"migrate_interface": wanted.interface} if wanted.interface else {}),
    }
    more = [word for text in wanted.extra for word in shlex.split(text)]
    return reported(playbook, wanted.inventory, folder, given, more)


def figures(report: dict[str, Any]) -> dict[str, Any]:
    silent = [one["end"] - one["start"] for pair in report["pairs"] for one in pair["silences"]]
    times = {"silence": max(silent, default=0.0), "seconds": report["end"] - report["begin"]}
    clients = (report["clients"] or {}).get("figures", {})
    return {**times, **{name: clients.get(name) for name in ("wait", "renewal", *COUNTS)}}


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["| | runs | what | min | median | max |", "|---|---:|---|---:|---:|---:|"]
    for playbook, rows in found.items():
        for name, words in TIMES.items():
            values = present(rows, name)
            if values:
                numbers = " | ".join(
                    f"{number:.2f}" for number in (min(values), statistics.median(values), max(values))
                )
                lines.append(f"| {GOALS[playbook]} | {len(values)} | seconds: {words} | {numbers} |")
    every = [row for rows in found.values() for row in rows]
    counts = ", ".join(f"{sum(present(every, name)):.0f} {words}" for name, words in COUNTS.items())
    loads = sorted(row["load"] for row in every)
    return "\n".join([*lines, "", f"All runs: {counts}. Load average {loads[0]:.0f} to {loads[-1]:.0f}."])


def present(rows: Iterable[dict[str, Any]], name: str) -> Sequence[float]:
    return [row[name] for row in rows if row.get(name) is not None]


if __name__ == "__main__":
    sys.exit(main())
