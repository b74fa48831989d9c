# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What addresses cost as numbers, and what they would cost with netaddr: why hot paths have arithmetic of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import netaddr

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import declaration, intervals

COUNT = 10_000
FIRST = 0x0A000000
TEXTS = [declaration.format_address(FIRST + (number << 8)) for number in range(COUNT)]
RANGES = [(FIRST + (number << 8) + 10, FIRST + (number << 8) + 200) for number in range(COUNT)]
SHIFTED = [(low + 5, high + 5) for low, high in RANGES]


def as_set(ranges: Iterable[intervals.Interval]) -> netaddr.IPSet:
    return netaddr.IPSet(cidr for low, high in ranges for cidr in netaddr.IPRange(low, high).cidrs())


def networks_as_numbers() -> list[int]:
    return [
        number & declaration.netmask(24) for text in TEXTS if (number := declaration.parse_address(text)) is not None
    ]


def networks_as_objects() -> list[int]:
    return [netaddr.IPNetwork(f"{text}/24").first for text in TEXTS]


MEASURED: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "read the networks of": (networks_as_numbers, networks_as_objects),
    "subtract the ranges of": (
        lambda: intervals.minus(intervals.union(RANGES), intervals.union(SHIFTED)),
        lambda: list((as_set(RANGES) - as_set(SHIFTED)).iter_ipranges()),
    ),
}


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> None:
    for what, (numbers, objects) in MEASURED.items():
        print(
            f"{what} {COUNT:,} subnets: {seconds(numbers) * 1000:.0f} ms, with netaddr {seconds(objects) * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main()
