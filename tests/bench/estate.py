# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what many pairs cost beside one: the lab, and deployments in it.

Run it as root. It makes labs of its own and removes them.
"""

from __future__ import annotations

import argparse

from lab import OF_DAEMON, Run, load, made, show, table


def measured(pairs: int, daemon: str) -> dict[str, Run]:
    found: dict[str, Run] = {}

    def note(work: str, run: Run) -> None:
        found[work] = run
        show(f"{pairs} pairs: {work}: {run.seconds:.1f} s, {run.cpu:.1f} processor seconds, {len(run.tasks)} tasks")
        for task, seconds in sorted(run.tasks, key=lambda one: -one[1])[:5]:
            show(f"    {seconds:6.1f} s  {task}")

    with made(pairs, daemon=daemon) as lab:
        note("lab up", lab.play("lab_up"))
        note("first deployment", lab.play("deploy"))
        note("changed configuration", lab.play("deploy", dhcp_server_default_lease_time=5555))
        note("no change", lab.play("deploy", dhcp_server_default_lease_time=5555))
        note("status", lab.play("status"))
        note("lab down", lab.play("lab_down"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1, 5, 20], help="sizes to compare (default: 1 5 20)")
    parser.add_argument("--daemon", choices=OF_DAEMON, default="dhcpd", help="what they run (default: dhcpd)")
    wanted = parser.parse_args()
    sizes = wanted.pairs
    columns = [measured(pairs, wanted.daemon) for pairs in sizes]
    head = ["work, and its seconds", *(f"{pairs} pair{'s' * (pairs > 1)}" for pairs in sizes)]
    print(table(head, [[work, *(f"{found[work].seconds:.1f}" for found in columns)] for work in columns[0]]))
    head[0] = "processor seconds of the controller for each server"
    each = [
        [work, *(f"{found[work].cpu / pairs / 2:.2f}" for found, pairs in zip(columns, sizes))] for work in columns[0]
    ]
    print(f"\n{table(head, each)}\n\n{load()}")


if __name__ == "__main__":
    main()
