# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Which subnet or pool has an address, and how many of a pool's are free. Managed hosts import this: Python 3.9."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, range_ends, text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ABANDONED, ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import SIDES

# The free addresses that each side gives out while it serves alone.
_HALVES = dict(zip(SIDES, ("free", "backup")))
_TAKEN = "taken"


def placer(main: Mapping[str, Any]) -> Callable[[int], int | None]:
    """A function that returns the number of the subnet of Kea whose pools have an address."""
    spans = []
    for network in (main, *nodes(Node(main), "shared-networks")):
        for subnet in nodes(Node(network), "subnet4"):
            for pool in nodes(subnet, "pools"):
                ends = range_ends(text(pool, "pool"))
                if ends:
                    spans.append((*ends, int(subnet.get("id") or 0)))
    return _finder(spans)


def holder(pools: Iterable[Pool]) -> Callable[[int], bool]:
    """A function that says whether a pool of dhcpd has an address."""
    find = _finder((span.low, span.high, 0) for pool in pools for span in pool.ranges)
    return lambda address: find(address) is not None


class Spare:
    """The free addresses of dhcpd's pools. roles: of this server in its relationships."""

    def __init__(self, pools: Iterable[Pool], roles: Mapping[str, str]) -> None:
        self.pools = [pool for pool in pools if pool.failover in roles]
        self.halves = [_HALVES[roles[pool.failover or ""]] for pool in self.pools]
        self.counts: list[Counter[str]] = [Counter() for _pool in self.pools]
        self.find = _finder(
            (span.low, span.high, number) for number, pool in enumerate(self.pools) for span in pool.ranges
        )

    def watch(self, bindings: Iterable[Binding], now: float) -> Iterator[Binding]:
        """These bindings, each of which is counted."""
        for held in bindings:
            number = self.find(held.address)
            if number is not None:
                taken = held.state in (ACTIVE, ABANDONED) and held.holds(now)
                self.counts[number][_TAKEN if taken else held.state] += 1
            yield held

    def pools_left(self) -> list[dict[str, Any]]:
        """Of each pool, how many are free for new clients at once (`own`), and after the MCLT (`later`)."""
        found = []
        for pool, half, count in zip(self.pools, self.halves, self.counts):
            # The database mentions an address when it changes for the first time.
            count["free"] += pool.size - sum(count.values())
            later = pool.size - count[_TAKEN] - count[half]
            found.append({"relationship": pool.failover, "subnet": pool.subnet, "own": count[half], "later": later})
        return found


def _finder(spans: Iterable[tuple[int, int, int]]) -> Callable[[int], int | None]:
    ordered = sorted(spans)
    starts = [first for first, _last, _number in ordered]

    def find(address: int) -> int | None:
        at = bisect_right(starts, address) - 1
        return ordered[at][2] if at >= 0 and address <= ordered[at][1] else None

    return find
