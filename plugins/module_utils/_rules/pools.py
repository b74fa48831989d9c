# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Pools and ranges on one server."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    DEFAULT_LEASE_TIMES,
    Pool,
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    Estate,
    Placed,
    View,
    everything,
    pools,
    servers,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    WARNING,
    Complaints,
    Section,
)

section = Section("Pools and ranges on one server")

ALLOW_BOOTP = "allow dynamic bootp clients"
DENY_BOOTP = "deny dynamic bootp clients"


# --- Ranges --------------------------------------------------------------------------------------------------


@section.rule(
    pools,
    "range-outside-subnet",
    ERROR,
    "A range is not inside its subnet, or crosses its border.",
    check="rejected",
    harm="-",
)
def range_outside_subnet(placed: Placed) -> Complaints:
    for item in placed.pool.ranges:
        low, high = item.low, item.high
        if not any(subnet.network <= low and high <= subnet.broadcast for subnet in placed.subnets):
            around = (
                f"subnet {placed.pool.subnet}"
                if placed.pool.subnet
                else f'any one subnet of shared network "{placed.pool.shared_network}"'
            )
            yield placed.complain(
                f"range {item} is not inside {around}; dhcpd would refuse to start.",
                "Correct the range, or move it to the subnet that it belongs to, on {host}.",
            )


@section.rule(
    pools, "range-reversed", ERROR, "The end of a range stands before its start.", check="silent; swapped", harm="-"
)
def range_reversed(placed: Placed) -> Complaints:
    for item in placed.pool.ranges:
        if item.first > item.last:
            yield placed.complain(
                f"range {item} ends before it starts; dhcpd would silently swap the two, "
                "and a mistyped address goes unnoticed.",
                "Correct the range on {host}.",
            )


@section.rule(
    servers,
    "range-overlap",
    ERROR,
    "The same address is in two ranges, whatever their pools.",
    check="rejected",
    harm="-",
)
def range_overlap(view: View) -> Complaints:
    widest = None
    for span in view.spans:
        if widest is not None and span.low <= widest.high:
            first, last = span.low, min(span.high, widest.high)
            what = format_address(first) if first == last else f"{format_address(first)}-{format_address(last)}"
            where = "twice in this pool" if widest.pool is span.pool else f"also in {widest.pool.path}"
            number = last - first + 1
            yield view.complain(
                span.pool,
                f"{what} ({number:,} {'address' if number == 1 else 'addresses'}) is {where}; "
                "dhcpd would refuse to start.",
                "Remove the addresses from one of the two ranges on {host}.",
            )
        if widest is None or span.high > widest.high:
            widest = span


@section.rule(
    pools,
    "range-includes-network",
    ERROR,
    "A range contains the network or the broadcast address of its subnet (not in a /31 or /32).",
    check="silent",
    harm="Both are leased to clients, which cannot work with them.",
)
def range_includes_network(placed: Placed) -> Complaints:
    for item in placed.pool.ranges:
        low, high = item.low, item.high
        for subnet in placed.subnets:
            if subnet.prefix >= 31 or low < subnet.network or high > subnet.broadcast:
                continue
            for edge, what in ((subnet.network, "network"), (subnet.broadcast, "broadcast")):
                if low <= edge <= high:
                    yield placed.complain(
                        f"range {item} contains {format_address(edge)}, the {what} address of subnet {subnet.cidr}; "
                        "dhcpd would lease it to a client.",
                        "Leave it out of the range on {host}.",
                    )


@section.rule(
    everything,
    "range-includes-server",
    ERROR,
    "A range contains an address of this server or of its partner.",
    check="silent",
    harm="With ping-check off, the server leases its own address to a client; with it on, that client gets no answer.",
    unless=("range-outside-subnet",),
)
def range_includes_server(estate: Estate) -> Complaints:
    owners: dict[str, dict[int, str]] = defaultdict(dict)
    for view in estate.views:
        for end in view.ends:
            # The name of the partner follows below, where it is known.
            peer = parse_address(end.half.peer_address or "")
            if peer is not None:
                owners[view.name].setdefault(peer, "its partner")
        for address in view.server.addresses:
            owners[view.name][address] = "this server"
    for pair in estate.pairs:
        for this, other in pair.directions:
            for address in other.view.server.addresses:
                if owners[this.name].get(address) != "this server":
                    owners[this.name][address] = f"its partner {other.name}"
    for view in estate.views:
        for address, owner in sorted(owners[view.name].items()):
            for span in view.spans_over(address, address):
                yield view.complain(
                    span.pool,
                    f"range {span.range} contains {format_address(address)}, the address of {owner}; "
                    "a client would get it too: an address conflict.",
                    "Leave it out of the range on {host}.",
                )


@section.rule(
    servers,
    "range-includes-router",
    ERROR,
    "A range contains an address that a scope's `routers` option names.",
    check="silent",
    harm="A client gets the router's address: an address conflict that cuts off the whole subnet.",
    unless=("range-outside-subnet",),
)
def range_includes_router(view: View) -> Complaints:
    values = {placed.pool.scope.effective_options.get("routers", ()) for placed in view.pools}
    values.update(subnet.scope.effective_options.get("routers", ()) for subnet in view.server.subnets)
    for text in sorted({text for value in values for text in value}):
        router = parse_address(text)
        for span in () if router is None else view.spans_over(router, router):
            yield view.complain(
                span.pool,
                f"range {span.range} contains the router {text}; "
                "a client would get its address too and cut off the subnet.",
                "Leave it out of the range on {host}.",
            )


@section.rule(
    servers,
    "range-includes-reservation",
    ERROR,
    "A reservation's address lies in a range of a failover pool.",
    check="silent",
    harm="Both servers answer the reserved client, and the address may be leased to somebody else before.",
)
def range_includes_reservation(view: View) -> Complaints:
    for reservation in view.server.reservations:
        for address in reservation.addresses:
            for span in view.spans_over(address, address):
                if span.pool.failover is not None:
                    yield view.complain(
                        reservation,
                        f"its address {format_address(address)} lies in range {span.range} of {span.pool.path}; "
                        "it may be leased to another client.",
                        "Take the address out of the range, or reserve another one, on {host}.",
                    )


@section.rule(
    servers,
    "range-bare-beside-failover",
    ERROR,
    "A range without `failover peer` stands in a subnet or shared network that has a failover pool.",
    check="silent",
    harm="Its leases are not replicated: where both servers have it, both give out the same addresses.",
    unless=("pool-not-failover",),
)
def range_bare_beside_failover(view: View) -> Complaints:
    links: dict[str, list[Pool]] = defaultdict(list)
    for placed in view.pools:
        pool = placed.pool
        links[f'shared network "{pool.shared_network}"' if pool.shared_network else f"subnet {pool.subnet}"].append(
            pool
        )
    for link, members in links.items():
        beside = next((pool.failover for pool in members if pool.failover is not None), None)
        for pool in members if beside is not None else ():
            if pool.failover is None and pool.ranges:
                yield view.complain(
                    pool,
                    f'it belongs to no relationship, but {link} has a pool of "{beside}"; its leases would not be '
                    "replicated and both servers could give out the same address.",
                    f'Put it into a pool with failover peer "{beside}" on {{host}}, or into a subnet of its own.',
                )


# --- Pools ---------------------------------------------------------------------------------------------------


@section.rule(
    pools,
    "dynamic-bootp",
    ERROR,
    "`range dynamic-bootp` in a failover pool, or `allow dynamic bootp clients`.",
    check="the flag is rejected after `failover peer`, silent before it; the permit is silent",
    harm="Leases of BOOTP clients never expire, so they never return to the pool.",
)
def dynamic_bootp(placed: Placed) -> Complaints:
    pool = placed.pool
    if pool.failover is None:
        return
    flagged = next((item for item in pool.ranges if item.dynamic_bootp), None)
    if flagged is not None:
        yield placed.complain(
            "a range of a failover pool is dynamic-bootp; BOOTP leases never expire and cannot be shared.",
            "Remove the word dynamic-bootp on {host}.",
        )
    elif ALLOW_BOOTP in pool.permits:
        yield placed.complain(
            "a failover pool allows dynamic BOOTP clients; their leases never expire and cannot be shared.",
            f"Replace it by {DENY_BOOTP} on {{host}}.",
        )


@section.rule(
    pools,
    "bootp-not-denied",
    WARNING,
    "A failover pool does not `deny dynamic bootp clients`.",
    check="silent",
    harm="Leases of BOOTP clients never expire.",
    unless=("dynamic-bootp", "permit-mismatch"),
)
def bootp_not_denied(placed: Placed) -> Complaints:
    pool = placed.pool
    if pool.failover is None or DENY_BOOTP in pool.permits or ALLOW_BOOTP in pool.permits:
        return
    # `deny bootp` around the pool keeps all BOOTP clients away.
    if pool.scope.effective_parameters.get("allow-bootp", ("true",)) != ("true",):
        return
    yield placed.complain(
        "the failover pool does not deny dynamic BOOTP clients; leases of such clients never expire.",
        f"Add {DENY_BOOTP} to the pool on {{host}}.",
    )


@section.rule(pools, "pool-empty", ERROR, "A pool has no range.", check="rejected", harm="-")
def pool_empty(placed: Placed) -> Complaints:
    if not placed.pool.ranges and placed.view.complete:
        yield placed.complain(
            "the pool has no range; dhcpd would refuse to start.", "Add a range, or remove the pool, on {host}."
        )


@section.rule(
    pools,
    "pool-too-small",
    WARNING,
    "A failover pool has fewer than 2 addresses.",
    check="silent",
    harm="There is nothing for the partner to give out when it is alone.",
)
def pool_too_small(placed: Placed) -> Complaints:
    if placed.pool.failover is not None and placed.pool.size == 1:
        yield placed.complain(
            "the failover pool has one address only; one server would have none to give out when it is alone.",
            "Give it at least 2 addresses for every client that is expected, on {host}.",
        )


# --- Lease times ---------------------------------------------------------------------------------------------


@section.rule(
    pools,
    "infinite-lease",
    WARNING,
    "`default-lease-time` or `max-lease-time` is infinite (-1, 0xffffffff) in the scope of a failover pool.",
    check="silent",
    harm="An address that was leased never returns to the pool.",
)
def infinite_lease(placed: Placed) -> Complaints:
    if placed.pool.failover is None:
        return
    times = placed.view.lease_times(placed.pool.scope)
    for name, seconds in (("default-lease-time", times.default), ("max-lease-time", times.longest)):
        if seconds == -1:
            yield placed.complain(
                f"{name} is infinite; an address that was leased would never return to the pool.",
                "State a number of seconds on {host}.",
            )


@section.rule(
    pools,
    "lease-time-order",
    WARNING,
    "`min-lease-time` is above `default-lease-time`, or that above `max-lease-time`, where both are stated.",
    check="silent",
    harm="dhcpd takes the nearer bound: clients get other lease times than the declaration suggests.",
)
def lease_time_order(placed: Placed) -> Complaints:
    shortest, default, longest = placed.view.lease_times(placed.pool.scope)
    for lower, low, upper, high in (
        ("min-lease-time", shortest, "default-lease-time", default),
        ("default-lease-time", default, "max-lease-time", longest),
        ("min-lease-time", shortest, "max-lease-time", longest),
    ):
        if low is not None and high is not None and -1 not in (low, high) and low > high:
            yield placed.complain(
                f"{lower} {low} is above {upper} {high}; clients would get other lease times than stated.",
                "Put them into the order min, default, max on {host}.",
            )
            return


@section.rule(
    everything,
    "mclt-versus-lease-time",
    WARNING,
    "`mclt` is not below the lease time of a failover pool (left out: 43200 seconds).",
    check="silent",
    harm="First leases are as long as `mclt`; longer, where `min-lease-time` (left out: 300) is above the lease time.",
)
def mclt_versus_lease_time(estate: Estate) -> Complaints:
    for view in estate.views:
        for end in view.ends:
            mclt = end.half.mclt
            if not end.is_primary or not mclt or mclt < 0:
                continue
            for pool in end.pools:
                shortest, default, longest = view.lease_times(pool.scope)
                lease = DEFAULT_LEASE_TIMES["default-lease-time"] if default is None else default
                name = "default-lease-time"
                if longest is not None and -1 != longest < lease:
                    lease, name = longest, "max-lease-time"
                if lease == -1 or mclt < lease:
                    continue
                stated = f"{name} {lease}" + (" (not stated)" if default is None and name != "max-lease-time" else "")
                unset = lease < mclt and shortest is None
                more = " and raise them to 300 seconds at least, as min-lease-time is not stated" if unset else ""
                yield view.complain(
                    pool,
                    f'mclt {mclt} of "{end.half.name}" is not below {stated}; '
                    f"dhcpd would cut first leases by mclt{more}: surprising lengths.",
                    "Make mclt much shorter than the leases"
                    + (", and state min-lease-time," if unset else "")
                    + " on {host}.",
                )
