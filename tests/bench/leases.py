# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how long lease_info takes on a large lease database, as a table for docs/benchmarks.md. Nothing is asserted.

    .venv/bin/python tests/bench/leases.py [--entries 1000000] [--addresses 50000 1000000] [--runs 3]

The module runs as Ansible runs it: in its own process with its arguments as JSON on standard input. The database is
generated: each entry is what dhcpd writes for an active lease, and all addresses have the same number of entries.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from validate import Cost, measure

MODULE = "ansible_collections.netlab.dhcp_failover.plugins.modules.lease_info"
LIMIT = 100000
ENTRY = """lease {address} {{
  starts 0 2026/11/22 18:{minute:02}:05;
  ends 1 2026/11/23 06:25:05;
  tstp 1 2026/11/23 06:40:05;
  tsfp 1 2026/11/23 12:25:05;
  atsfp 1 2026/11/23 12:25:05;
  cltt 0 2026/11/22 18:25:05;
  binding state {state};
  next binding state expired;
  rewind binding state free;
  hardware ethernet 52:54:{octets};
  uid "\\001RT\\{number:03o}\\247\\0009";
  client-hostname "host-{number}";
}}
"""


def write_database(path: Path, entries: int, addresses: int) -> None:
    with path.open("w") as file:
        file.write("# This lease file was written by isc-dhcp-4.4.3-P1\n\nauthoring-byte-order little-endian;\n\n")
        for index in range(entries):
            # All addresses one after the other, but no neighbours in sequence; 7919 is a prime.
            number = index * 7919 % addresses
            octets = (number >> 16 & 255, number >> 8 & 255, number & 255)
            file.write(
                ENTRY.format(
                    address="10.{}.{}.{}".format(*octets),
                    minute=index % 60,
                    state="active" if number % 10 else "backup",
                    octets="c1:{:02x}:{:02x}:{:02x}".format(*octets),
                    number=number & 127,
                )
            )


def write_configuration(path: Path, addresses: int) -> None:
    last = addresses - 1
    path.write_text(
        'failover peer "x" { primary; }\n'
        'subnet 10.0.0.0 netmask 255.0.0.0 { pool { failover peer "x"; '
        f"range 10.0.0.0 10.{last >> 16 & 255}.{last >> 8 & 255}.{last & 255}; }} }}\n"
    )


def candidates(addresses: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if addresses <= LIMIT:
        yield "all leases", {}
    else:
        yield "one tenth of the leases, by state", {"binding_states": ["backup"]}
    yield "one address", {"addresses": ["10.0.0.9"]}
    yield "one client, by hardware address", {"hardware": "52:54:c1:00:00:09"}
    yield "`summary: true`", {"summary": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=1000000, help="entries in the database")
    parser.add_argument("--addresses", type=int, nargs="+", default=[50000, 1000000], help="number of addresses")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the best counts")
    arguments = parser.parse_args()

    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, best of {arguments.runs} runs.\n")
    print("| entries | addresses | database | asked for | seconds | processor seconds | peak memory |")
    print("|---:|---:|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        database, config = Path(folder, "dhcpd.leases"), Path(folder, "dhcpd.conf")
        for addresses in arguments.addresses:
            write_database(database, arguments.entries, addresses)
            write_configuration(config, addresses)
            size = database.stat().st_size >> 20
            for what, wanted in candidates(addresses):
                given = json.dumps(
                    {"ANSIBLE_MODULE_ARGS": {"lease_file": str(database), "config": str(config), **wanted}}
                )
                costs = [measure([sys.executable, "-m", MODULE], given)[0] for _run in range(arguments.runs)]
                best: Cost = min(costs, key=lambda cost: cost.seconds)
                print(
                    f"| {arguments.entries:,} | {addresses:,} | {size} MiB | {what} "
                    f"| {best.seconds:.1f} | {best.cpu:.1f} | {best.memory:.0f} MiB |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
