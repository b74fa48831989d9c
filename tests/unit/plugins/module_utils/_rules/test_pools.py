# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server, Subnet
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    DENY,
    SEED_RANGE,
    Case,
    E,
    W,
    both,
    examine,
    found,
    interval,
    plain,
    pool,
    primary,
    reservation,
    scope,
    secondary,
    seed_subnet,
    serving,
    shared_network,
    subnet,
)


def shared(*ranges: str) -> list[Server]:
    """A shared network with two subnets and a pool that spans both."""
    pools = pool(*ranges)
    return both(shared_network("campus", seed_subnet(), subnet("172.16.2.0/24"), pools))


def ranged(*ranges: str, **changes: object) -> list[Server]:
    return both(seed_subnet(pool(*ranges), **changes))


def lease_times(**seconds: int) -> list[Server]:
    return both(scope=scope(parameters={name.replace("_", "-"): value for name, value in seconds.items()}))


def beside(*networks: Subnet, **changes: Any) -> list[Server]:
    """The pair, with networks that only the first server serves."""
    one, two = both(seed_subnet(), *networks, **changes)
    empty = (replace(network, pools=()) for network in networks)
    return [one, serving(two, seed_subnet(), *empty)]


CASES = [
    # Ranges.
    Case("range-outside-subnet", E, ranged("172.16.2.10-172.16.2.20"), "not inside subnet 172.16.1.0/24", "one two"),
    Case("range-outside-subnet", E, ranged("172.16.1.250-172.16.2.20"), "172.16.1.250-172.16.2.20 is not inside"),
    Case("range-outside-subnet", E, ranged("172.16.0.250-172.16.1.20"), "172.16.0.250-172.16.1.20 is not inside"),
    Case("range-outside-subnet", E, shared("172.16.1.240-172.16.2.20"), 'any one subnet of shared network "campus"'),
    Case("range-outside-subnet", E, shared("172.16.2.1-172.16.2.9", "172.16.3.1-172.16.3.9"), "172.16.3.1-172.16.3.9"),
    Case("range-reversed", E, ranged("172.16.1.230-172.16.1.220"), "swap the two"),
    Case(
        "range-overlap", E, ranged(SEED_RANGE, "172.16.1.230-172.16.1.240"), "172.16.1.230 (1 address) is twice in this"
    ),
    Case(
        "range-overlap",
        E,
        both(seed_subnet(pool("172.16.1.10-172.16.1.90"), pool("172.16.1.20-172.16.1.30"))),
        "172.16.1.20-172.16.1.30 (11 addresses) is also in subnet 172.16.1.0/24, pool 172.16.1.10-172.16.1.90",
    ),
    Case(
        "range-includes-network",
        E,
        ranged("172.16.1.0"),
        "172.16.1.0, the network address",
        also=frozenset({"pool-too-small"}),
    ),
    Case("range-includes-network", E, ranged("172.16.1.240-172.16.1.255"), "172.16.1.255, the broadcast address"),
    Case("range-includes-network", E, shared("172.16.2.250-172.16.2.255"), "172.16.2.255, the broadcast address"),
    Case("range-includes-server", E, ranged("172.16.1.90-172.16.1.100"), "172.16.1.100, the address of this", "one"),
    Case("range-includes-server", E, ranged("172.16.1.100-172.16.1.110"), "the address of its partner one", "two"),
    Case("range-includes-server", E, ranged("172.16.1.200-172.16.1.210"), "the address of its partner two", "one"),
    Case(
        "range-includes-server",
        E,
        [replace(primary(), address="172.16.1.225"), secondary()],
        "172.16.1.225, the address of its partner one",
        "two",
    ),
    Case(
        "range-includes-server",
        E,
        [serving(primary(), seed_subnet(pool("172.16.1.190-172.16.1.200")))],
        "172.16.1.200, the address of its partner;",
        "one",
        frozenset({"partner-not-given"}),
    ),
    Case("range-includes-router", E, ranged("172.16.1.1-172.16.1.9"), "contains the router 172.16.1.1"),
    Case(
        "range-includes-router",
        E,
        both(seed_subnet(pool(SEED_RANGE, options={"routers": ("172.16.1.225", "gateway.example.org")}))),
        "contains the router 172.16.1.225",
    ),
    Case(
        "range-includes-reservation",
        E,
        both(reservations=(reservation("printer", "ethernet 52:54:00:00:00:01", "172.16.1.225"),)),
        "172.16.1.225 lies in range 172.16.1.220-172.16.1.230",
        "one two",
    ),
    Case(
        "range-bare-beside-failover",
        E,
        both(seed_subnet(pool(SEED_RANGE), plain("172.16.1.10-172.16.1.20", bare=True))),
        "subnet 172.16.1.0/24, range 172.16.1.10-172.16.1.20",
        "one two",
    ),
    Case(
        "range-bare-beside-failover",
        E,
        both(shared_network("campus", seed_subnet(), subnet("172.16.2.0/24", plain("172.16.2.10-172.16.2.20")))),
        'shared network "campus" has a pool of "x"',
    ),
    # Pools.
    Case("dynamic-bootp", E, both(seed_subnet(pool(interval(SEED_RANGE, dynamic_bootp=True)))), "is dynamic-bootp"),
    Case(
        "dynamic-bootp",
        E,
        both(seed_subnet(pool(SEED_RANGE, permits=frozenset({"allow dynamic bootp clients"})))),
        "allows dynamic BOOTP clients, whose leases never expire; and because it allows nothing else, DHCP clients get",
    ),
    Case(
        "dynamic-bootp",
        E,
        both(seed_subnet(pool(SEED_RANGE, permits=frozenset({"allow dynamic bootp clients", "allow all clients"})))),
        "whose leases never expire.",
    ),
    Case("bootp-not-denied", W, both(seed_subnet(pool(SEED_RANGE, permits=frozenset()))), "does not deny", "one two"),
    Case(
        "bootp-not-denied",
        W,
        both(seed_subnet(pool(SEED_RANGE, permits=frozenset())), scope=scope(parameters={"allow-bootp": "true"})),
        "does not deny dynamic",
    ),
    Case("pool-empty", E, both(seed_subnet(pool(SEED_RANGE), pool())), "has no range", "one two"),
    Case("pool-empty", E, both(seed_subnet(pool(SEED_RANGE), plain())), "pool without a range"),
    Case("pool-too-small", W, ranged("172.16.1.220"), "only one address", "one two"),
    # Lease times.
    Case(
        "infinite-lease",
        W,
        lease_times(max_lease_time=-1),
        "max-lease-time is infinite; an address of a client that asks for it would",
        "one two",
    ),
    Case(
        "infinite-lease",
        W,
        lease_times(default_lease_time=0xFFFFFFFF, max_lease_time=-1),
        "default-lease-time and max-lease-time are infinite; an address that was leased would not",
    ),
    Case("infinite-lease", W, lease_times(min_lease_time=-1), "min-lease-time is infinite; an address that was leased"),
    Case(
        "lease-time-order",
        W,
        lease_times(min_lease_time=1200, default_lease_time=600),
        "min-lease-time 1200 is above default-lease-time 600; a client that requests no lease time would get 1200",
    ),
    Case(
        "lease-time-order",
        W,
        lease_times(default_lease_time=7200, max_lease_time=3600),
        "default-lease-time 7200 is above max-lease-time 3600; a client that requests no lease time would get 3600",
    ),
    Case(
        "lease-time-order",
        W,
        lease_times(min_lease_time=1200, max_lease_time=600),
        "min-lease-time 1200 is above max-lease-time 600; a client that requests no lease time would get 1200",
    ),
    Case(
        "lease-time-out-of-range",
        W,
        lease_times(default_lease_time=0),
        "default-lease-time is 0; a client that requests",
    ),
    Case(
        "lease-time-out-of-range", W, lease_times(default_lease_time=-5), "which dhcpd reads as 4294967291", "one two"
    ),
    Case("lease-time-out-of-range", W, lease_times(max_lease_time=2**32 + 600), "which dhcpd reads as 600"),
    Case("lease-time-out-of-range", E, lease_times(max_lease_time=0), "0 seconds and lose its address at once"),
    Case("lease-time-out-of-range", E, lease_times(default_lease_time=0, min_lease_time=0), "lose its address at once"),
    Case(
        "mclt-versus-lease-time",
        W,
        lease_times(default_lease_time=60),
        "default-lease-time is 60, but clients would get 300 seconds",
        "one two",
    ),
    Case(
        "mclt-versus-lease-time",
        W,
        lease_times(min_lease_time=3600),
        "min-lease-time is 3600, but the first lease of a client would be 1800 seconds",
        "one two",
    ),
    # Ranges outside pools.
    Case(
        "range-bare-beside-failover",
        W,
        both(seed_subnet(pool(SEED_RANGE), pool("172.16.1.10-172.16.1.20", bare=True))),
        'dhcpd adds it to a pool of "x"',
        "one two",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault(case: Case) -> None:
    examine(case)


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param(
            ranged("172.16.1.2-172.16.1.99", "172.16.1.101-172.16.1.199", "172.16.1.201-172.16.1.254"), id="all"
        ),
        pytest.param(shared("172.16.1.10-172.16.1.20", "172.16.2.10-172.16.2.20"), id="across a shared network"),
        pytest.param(both(seed_subnet(), subnet("10.0.0.0/31", pool("10.0.0.0-10.0.0.1"))), id="a /31"),
        pytest.param(
            both(seed_subnet(pool("172.16.1.10-172.16.1.20"), pool("172.16.1.21-172.16.1.30"))), id="neighbours"
        ),
        pytest.param(
            both(seed_subnet(), reservations=(reservation("printer", "ethernet 1", "172.16.1.50"),)), id="reservation"
        ),
        pytest.param(
            beside(
                subnet("172.16.2.0/24", plain("172.16.2.10-172.16.2.20")),
                reservations=(reservation("printer", "ethernet 1", "172.16.2.15"),),
            ),
            id="a plain pool in a subnet of its own, with a reservation",
        ),
        pytest.param(
            both(seed_subnet(pool(SEED_RANGE, permits=frozenset())), scope=scope(parameters={"allow-bootp": "false"})),
            id="BOOTP denied around the pool",
        ),
        pytest.param(
            beside(subnet("172.16.2.0/24", pool(interval("172.16.2.9", dynamic_bootp=True), failover=None))),
            id="BOOTP outside of failover",
        ),
        pytest.param(beside(subnet("172.16.2.0/24", plain("172.16.2.9", "172.16.2.11"))), id="plain without permits"),
        pytest.param(ranged("172.16.1.220", "172.16.1.222"), id="two addresses"),
        pytest.param(lease_times(min_lease_time=600, default_lease_time=3600, max_lease_time=3600), id="in order"),
        pytest.param(lease_times(max_lease_time=3600), id="a maximum below the default that nobody stated"),
        pytest.param(lease_times(default_lease_time=900), id="below mclt: never cut"),
        pytest.param(lease_times(default_lease_time=7200), id="above mclt: cut until the partner has acknowledged"),
        pytest.param(lease_times(default_lease_time=60, min_lease_time=60), id="short leases, and meant"),
        pytest.param(lease_times(default_lease_time=100, max_lease_time=100), id="a maximum below the raise"),
        pytest.param(lease_times(default_lease_time=-1), id="infinite, and cut by the maximum that nobody stated"),
        pytest.param(lease_times(min_lease_time=0), id="no minimum"),
        pytest.param(
            beside(subnet("172.16.2.0/24", plain("172.16.2.9"), parameters={"max-lease-time": -1})),
            id="infinite outside of failover",
        ),
        pytest.param(
            both(seed_subnet(pool("172.16.1.220"), pool("172.16.1.230"))), id="small pools that dhcpd makes one"
        ),
        pytest.param(both(seed_subnet(pool(SEED_RANGE, permits=DENY | {"allow unknown-clients"}))), id="more permits"),
    ],
)
def test_silent(servers: list[Server]) -> None:
    assert found(servers) == []


def test_each_overlap_is_reported_once() -> None:
    findings = found(
        both(seed_subnet(pool("172.16.1.10-172.16.1.90"), pool("172.16.1.20-172.16.1.30", "172.16.1.85-172.16.1.99")))
    )
    assert [finding.slug for finding in findings] == ["range-overlap", "range-overlap"]


def test_a_range_of_ten_million_addresses_is_not_counted_one_by_one() -> None:
    wide = pool("10.0.0.1-10.255.255.254")
    assert found(both(seed_subnet(), subnet("10.0.0.0/8", wide))) == []
