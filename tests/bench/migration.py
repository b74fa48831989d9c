# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how long the leases of a pair take on their way to the other daemon, as a table for docs/benchmarks.md.

    .venv/bin/python tests/bench/migration.py [--leases 10000 1000000]

Each step is a process of its own, so that its memory shows. Nothing is asserted, except that no lease gets lost.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from leases import write_database
from validate import measure

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.bindings import database
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Form, Placed, table
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    Account,
    compare,
    for_dhcpd,
    for_kea,
    merge,
    packed,
    read_dhcpd,
    read_kea,
    unpacked,
)

# While the leases of the generated database hold.
NOW = 1795372596
FILE = "dhcpd.leases"
FROM_PARTNER, CSV, BACK = "partner", "kea-leases4.csv", "back"


def subnet_of(_number: int) -> int:
    return 1


def extract(folder: Path) -> int:
    """The primary reads its own database for the secondary."""
    with (folder / FILE).open("rb") as file, (folder / FROM_PARTNER).open("wb") as out:
        out.writelines(packed(read_dhcpd(file, NOW, tempfile.TemporaryFile)))
        return 0


def promised(folder: Path, account: Account) -> Iterator[Placed]:
    """What the clients of both servers were promised."""
    with (folder / FILE).open("rb") as own, (folder / FROM_PARTNER).open("rb") as others:
        merged = merge(read_dhcpd(own, NOW, tempfile.TemporaryFile), unpacked(others), NOW, account)
        yield from for_kea(merged, subnet_of, Form(), NOW, account)


def convert(folder: Path) -> int:
    """The secondary reads its own, merges them, and writes Kea's lease file."""
    account = Account()
    with (folder / CSV).open("wb") as out:
        out.writelines(table(promised(folder, account), Form()))
    return account.counts["kept"]


def check(folder: Path) -> int:
    """Both databases of dhcpd against Kea's."""
    account = Account()
    with (folder / CSV).open("rb") as file:
        held = ((one, subnet_of(one.address)) for one in read_kea([file], tempfile.TemporaryFile))
        differences = sum(1 for _unlike in compare(promised(folder, account), held, NOW))
    assert differences == 0, f"{differences} leases differ"
    return account.counts["kept"]


def back(folder: Path) -> int:
    """Kea's lease file becomes dhcpd's."""
    account = Account()
    with (folder / CSV).open("rb") as file, (folder / BACK).open("wb") as out:
        merged = merge(read_kea([file], tempfile.TemporaryFile), (), NOW, account)
        out.writelines(database((), for_dhcpd(merged, lambda _number: True, NOW, account)))
    return account.counts["kept"]


STEPS: dict[str, Callable[[Path], int]] = {step.__name__: step for step in (extract, convert, check, back)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--leases", type=int, nargs="+", default=[10000, 1000000], help="addresses in each database")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(STEPS[arguments.step](arguments.folder))
        return
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} before.\n")
    print("| addresses | step | leases | seconds | processor seconds | peak memory |")
    print("|---:|---|---:|---:|---:|---:|")
    for addresses in arguments.leases:
        with tempfile.TemporaryDirectory() as name:
            write_database(Path(name, FILE), addresses, addresses)
            for step, function in STEPS.items():
                words = ["--step", step, "--folder", name]
                cost, printed = measure([sys.executable, __file__, *words])
                what = (function.__doc__ or "").rstrip(".")
                print(
                    f"| {addresses:,} | {what} | {int(printed):,} "
                    f"| {cost.seconds:.1f} | {cost.cpu:.1f} | {cost.memory:.0f} MiB |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
