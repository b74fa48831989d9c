# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Which pool has an address, and in which states its addresses are. Managed hosts import this: Python 3.9."""

from __future__ import annotations

import socket
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address
from typing import TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    BINDING_STATES,
    ControlError,
    Lease,
    LeaseCount,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool

T = TypeVar("T")


def pool_finder(pools: Iterable[Pool]) -> Callable[[str], Pool | None]:
    """A function that returns the pool of an address, or None."""
    spans = sorted(((span.low, span.high, pool) for pool in pools for span in pool.ranges), key=lambda item: item[:2])
    starts = [first for first, _last, _pool in spans]

    def find(address: str) -> Pool | None:
        try:
            number = int.from_bytes(socket.inet_aton(address), "big")
        except OSError:
            return None
        at = bisect_right(starts, number) - 1
        return spans[at][2] if at >= 0 and number <= spans[at][1] else None

    return find


def balance(pools: Iterable[Pool], states: Mapping[str, str]) -> list[dict[str, int]]:
    """For each pool the number of addresses in each state. Addresses that the database does not mention are free."""
    pools = list(pools)
    counts = {id(pool): dict.fromkeys(BINDING_STATES, 0) for pool in pools}
    find = pool_finder(pools)
    for address, state in states.items():
        pool = find(address)
        if pool:
            count = counts[id(pool)]
            count[state] = count.get(state, 0) + 1
    for pool in pools:
        count = counts[id(pool)]
        count["free"] += pool.size - sum(count.values())
        count["total"] = pool.size
    return [counts[id(pool)] for pool in pools]


def count_states(states: Mapping[str, str], pool_of: Callable[[str], Pool | None]) -> list[LeaseCount]:
    """The number of leases in each relationship and state. states: by address."""
    found: dict[str | None, dict[str, int]] = {}
    for address, state in states.items():
        counts = found.setdefault(relationship_of(pool_of(address)), dict.fromkeys(BINDING_STATES, 0))
        counts[state] = counts.get(state, 0) + 1
    return [
        LeaseCount(name, sum(found[name].values()), found[name])
        for name in sorted(found, key=lambda name: (name is None, name))
    ]


def list_leases(
    entries: Mapping[str, T],
    pools: Iterable[Pool],
    state: Callable[[T], str],
    lease: Callable[[T, str | None], Lease],
    limit: int,
    host: str,
) -> tuple[list[Lease], list[LeaseCount]]:
    """The leases by address, and their numbers. Raises ControlError if there are more than the limit.

    entries: of the daemon's database, by address. lease: makes one from an entry and the name of its relationship.
    """
    if len(entries) > limit:
        raise ControlError(
            f"{host}: {len(entries)} leases match, and the limit is {limit}. Ask for their numbers "
            "(summary), for fewer (addresses, hardware, client_id, binding_states), or for more (limit)."
        )
    pool_of = pool_finder(pools)
    found = sorted(entries.items(), key=lambda item: IPv4Address(item[0]))
    counts = count_states({address: state(entry) for address, entry in found}, pool_of)
    return [lease(entry, relationship_of(pool_of(address))) for address, entry in found], counts


def relationship_of(pool: Pool | None) -> str | None:
    return pool.failover if pool else None
