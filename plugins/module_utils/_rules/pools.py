# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Pools and ranges on one server."""

from __future__ import annotations

from collections import defaultdict

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    ALLOW_BOOTP,
    DEFAULT_LEASE_TIMES,
    DENY_BOOTP,
    ENDLESS,
    LEASE_TIMES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    INFINITE,
    TRUE,
    served,
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
    BOTH,
    ERROR,
    ERROR_OR_WARNING,
    WARNING,
    Complaints,
    Section,
)

section = Section("Pools and ranges on one server")


_REVERSED = {
    "dhcpd": "dhcpd would silently swap the two, and a mistyped address would go unnoticed.",
    "kea": "Kea would refuse to start.",
}


# --- Ranges --------------------------------------------------------------------------------------------------


@section.rule(
    pools,
    "range-outside-subnet",
    ERROR,
    "A range is outside its subnet, or crosses its boundary.",
    check="rejected",
    harm="-",
    daemons=BOTH,
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
                f"range {item} is not inside {around}; {placed.view.daemon} would refuse to start.",
                "Correct the range on {host}, or move it to its own subnet.",
            )


@section.rule(
    pools,
    "range-reversed",
    ERROR,
    "A range ends before it starts.",
    check="silent; swapped",
    harm="dhcpd swaps the two: a mistyped address makes another range than intended.",
    daemons=BOTH,
    kea=("rejected", "-"),
)
def range_reversed(placed: Placed) -> Complaints:
    for item in placed.pool.ranges:
        if item.first > item.last:
            yield placed.complain(
                f"range {item} ends before it starts; {_REVERSED[placed.view.server.daemon]}",
                "Correct the range on {host}.",
            )


@section.rule(
    servers,
    "range-overlap",
    ERROR,
    "The same address is in two ranges, in any pools.",
    check="rejected",
    harm="-",
    daemons=BOTH,
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
                f"{view.daemon} would refuse to start.",
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
    harm="dhcpd leases both to clients, which cannot use them.",
    daemons=BOTH,
    kea=("silent", "Kea leases both to clients, which cannot use them."),
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
                        f"{placed.view.daemon} would lease it to a client.",
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
    daemons=BOTH,
    kea=("silent", "The server leases its own address to a client."),
)
def range_includes_server(estate: Estate) -> Complaints:
    owners: dict[str, dict[int, str]] = defaultdict(dict)
    for view in estate.views:
        for end in view.ends:
            # The partner's name is set below, if it is known.
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
                    "a client could also get it: an address conflict.",
                    "Leave it out of the range on {host}.",
                )


@section.rule(
    servers,
    "range-includes-router",
    ERROR,
    "A range contains an address that a scope's `routers` option names.",
    check="silent",
    harm="With ping-check off, a client gets the router's address and cuts off the whole subnet. With it on, the same "
    "happens if the router does not answer the ping; otherwise the client gets no answer.",
    unless=("range-outside-subnet",),
    daemons=BOTH,
    kea=("silent", "A client gets the router's address and cuts off the whole subnet."),
)
def range_includes_router(view: View) -> Complaints:
    values = {subnet.scope.effective_options.get("routers", ()) for subnet in view.server.subnets}
    values.update(item.settings.options.get("routers", ()) for item in served(view))
    for text in sorted({text for value in values for text in value}):
        router = parse_address(text)
        for span in () if router is None else view.spans_over(router, router):
            # If dhcpd names the client itself as its router, the option has no address.
            if span.pool.scope.effective_parameters.get("use-lease-addr-for-default-route") == TRUE:
                continue
            yield view.complain(
                span.pool,
                f"range {span.range} contains the router {text}; {_PINGED[view.server.daemon]} would get its "
                "address and cut off the subnet.",
                "Leave it out of the range on {host}.",
            )


@section.rule(
    servers,
    "range-includes-reservation",
    ERROR,
    "A reservation's address is in a range of a failover pool.",
    check="silent",
    harm="Another client may get the address first. The reserved client also gets it: two clients share one address.",
)
def range_includes_reservation(view: View) -> Complaints:
    for reservation in view.server.reservations:
        for address in reservation.addresses:
            for span in view.spans_over(address, address):
                if span.pool.failover is not None:
                    yield view.complain(
                        reservation,
                        f"its address {format_address(address)} lies in range {span.range} of {span.pool.path}; "
                        "another client may also get it, and the two would share it.",
                        "Take the address out of the range, or reserve another one, on {host}.",
                    )


@section.rule(
    servers,
    "range-bare-beside-failover",
    ERROR_OR_WARNING,
    "A range without `failover peer` is in a subnet or shared network that has a failover pool. Warning: after a "
    "pool whose only permit is `deny dynamic bootp clients`, a range outside pools becomes part of a pool before it.",
    check="silent",
    harm="Its leases are not replicated: if both servers have it, both give out the same addresses. Or it is "
    "replicated only because of the order of the statements.",
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
            if pool.bare and pool.failover is not None:
                yield view.complain(
                    pool,
                    f'it is in no pool, but dhcpd adds it to a pool of "{pool.failover}" before it; '
                    "in another order it would not be replicated.",
                    f'Put it into a pool with failover peer "{pool.failover}" on {{host}}.',
                    Severity.WARNING,
                )
            elif pool.failover is None and pool.ranges:
                yield view.complain(
                    pool,
                    f'it belongs to no relationship, but {link} has a pool of "{beside}"; its leases would not be '
                    "replicated and both servers could give out the same address.",
                    f'Put it into a pool with failover peer "{beside}" on {{host}}, or into a separate subnet.',
                )


# Which client gets the address of a router.
_PINGED = {"dhcpd": "whenever the router does not answer dhcpd's ping, a client", "kea": "a client"}


# --- Pools ---------------------------------------------------------------------------------------------------


@section.rule(
    pools,
    "dynamic-bootp",
    ERROR,
    "`range dynamic-bootp` in a failover pool, or `allow dynamic bootp clients`.",
    check="the flag is rejected after `failover peer`, silent before it; the permit is silent",
    harm="Leases of BOOTP clients never expire, so they never return to the pool. If it is the only permit, "
    "DHCP clients get no lease.",
)
def dynamic_bootp(placed: Placed) -> Complaints:
    pool = placed.pool
    if pool.failover is None:
        return
    flagged = next((item for item in pool.ranges if item.dynamic_bootp), None)
    if flagged is not None:
        yield placed.complain(
            "a range of a failover pool is dynamic-bootp; leases of BOOTP clients never expire.",
            "Remove the word dynamic-bootp on {host}.",
        )
    elif ALLOW_BOOTP in pool.permits:
        others = any(permit.startswith("allow ") and permit != ALLOW_BOOTP for permit in pool.permits)
        more = "" if others else "; and because it allows nothing else, DHCP clients get no lease from it"
        yield placed.complain(
            f"a failover pool allows dynamic BOOTP clients, whose leases never expire{more}.",
            f"Replace it with {DENY_BOOTP} on {{host}}.",
        )


@section.rule(
    servers,
    "bootp-not-denied",
    WARNING,
    "A failover pool does not `deny dynamic bootp clients`.",
    check="silent",
    harm="Leases of BOOTP clients never expire.",
    unless=("dynamic-bootp", "permit-mismatch"),
)
def bootp_not_denied(view: View) -> Complaints:
    for pool, _address, settings in served(view):
        if pool.failover is None or pool.bare or DENY_BOOTP in pool.permits or ALLOW_BOOTP in pool.permits:
            continue
        # `deny bootp` around the pool excludes all BOOTP clients.
        if settings.parameters.get("allow-bootp", TRUE) == TRUE:
            yield view.complain(
                pool,
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
    servers,
    "pool-too-small",
    WARNING,
    "A failover pool has fewer than 2 addresses.",
    check="silent",
    harm="When it is alone, one server has no address to give out.",
)
def pool_too_small(view: View) -> Complaints:
    merged: dict[tuple[object, ...], list[Pool]] = defaultdict(list)
    for placed in view.pools:
        pool = placed.pool
        if pool.failover is not None:
            # On one link, dhcpd merges pools that have the same permits and no other statements.
            scope = pool.scope
            stated = scope.options or scope.conditionals or scope.parameters.keys() - {"authoritative"}
            own = id(scope) if stated else None
            merged[pool.shared_network, pool.subnet, pool.failover, pool.permits, own].append(pool)
    for members in merged.values():
        if sum(pool.size for pool in members) == 1:
            yield view.complain(
                members[0],
                "the failover pool has only one address; one server would have none to give out when it is alone.",
                "Give it at least 2 addresses for every expected client, on {host}.",
            )


# --- Lease times ---------------------------------------------------------------------------------------------


@section.rule(
    servers,
    "infinite-lease",
    WARNING,
    "Leases of a failover pool never end, at least for a client that requests that: `-1`, `infinite` or 0xffffffff in "
    "`max-lease-time` or `min-lease-time`.",
    check="silent",
    harm="An address with such a lease returns to the pool in 2038.",
)
def infinite_lease(view: View) -> Complaints:
    for pool, _address, settings in served(view):
        if pool.failover is None or settings.lease_seconds(ENDLESS) != INFINITE:
            continue
        names = [name for name in LEASE_TIMES if settings.seconds(name) == ENDLESS]
        if names == ["default-lease-time"]:
            continue  # max-lease-time cuts it
        always = settings.lease_seconds() == INFINITE
        whose = "an address that was leased" if always else "an address of a client that asks for it"
        verb = "is" if len(names) == 1 else "are"
        yield view.complain(
            pool,
            f"{' and '.join(names)} {verb} infinite; {whose} would not return to the pool before 2038.",
            "Set a number of seconds on {host}.",
        )


@section.rule(
    servers,
    "lease-time-order",
    WARNING,
    "`min-lease-time` is above `default-lease-time`, or that is above `max-lease-time`, and both are set.",
    check="silent",
    harm="`max-lease-time` cuts what is above it, then `min-lease-time` raises what is below it, even above the "
    "maximum: clients get other lease times than the declaration suggests.",
)
def lease_time_order(view: View) -> Complaints:
    for pool, _address, settings in served(view):
        if settings.parameters.keys().isdisjoint(LEASE_TIMES):
            continue
        shortest, default, longest = (settings.seconds(f"{which}-lease-time") for which in ("min", "default", "max"))
        for lower, low, upper, high in (
            ("min-lease-time", shortest, "default-lease-time", default),
            ("default-lease-time", default, "max-lease-time", longest),
            ("min-lease-time", shortest, "max-lease-time", longest),
        ):
            if low is not None and high is not None and ENDLESS not in (low, high) and low > high > 0:
                yield view.complain(
                    pool,
                    f"{lower} {low} is above {upper} {high}; a client that requests no lease time would get "
                    f"{_seconds(settings.lease_seconds())}.",
                    "Order them min, default, max on {host}.",
                )
                break


def _seconds(number: int) -> str:
    return "a lease that never ends" if number == INFINITE else f"{number} seconds"


@section.rule(
    servers,
    "lease-time-out-of-range",
    ERROR_OR_WARNING,
    "A lease time is 0, negative (other than -1) or too large for 32 bits. Error: clients get leases of 0 seconds.",
    check="silent",
    harm="0 as default is raised to `min-lease-time` (default: 300). 0 as maximum makes leases of 0 seconds, which a "
    "client loses at once. Of other numbers, dhcpd keeps 32 bits: -5 becomes 136 years.",
)
def lease_time_out_of_range(view: View) -> Complaints:
    for pool, _address, settings in served(view):
        for name in LEASE_TIMES:
            value = settings.parameters.get(name)
            kept = settings.seconds(name)
            if not value or kept is None:
                continue
            number = int(value[0], 0)
            if number in (-1, kept) and (number or name == "min-lease-time"):
                continue
            lost = settings.lease_seconds() == 0
            taken = "" if number == kept else f", which dhcpd reads as {kept}"
            yield view.complain(
                pool,
                f"{name} is {number}{taken}; a client that requests no lease time would get "
                f"{_seconds(settings.lease_seconds())}{' and lose its address at once' if lost else ''}.",
                "Set a number of seconds on {host}.",
                Severity.ERROR if lost else Severity.WARNING,
            )


@section.rule(
    everything,
    "mclt-versus-lease-time",
    WARNING,
    "Clients of a failover pool get other lease times than declared: `default-lease-time` is below 300 without "
    "`min-lease-time`, or `min-lease-time` is above `mclt`.",
    check="silent",
    harm="A default below 300 seconds is raised to 300. The first lease is as long as `mclt`, even below "
    "`min-lease-time`; the renewal after the partner's acknowledgement has the full length.",
    unless=("lease-time-out-of-range",),
)
def mclt_versus_lease_time(estate: Estate) -> Complaints:
    mclts: dict[tuple[str, str], int] = {}
    for end in (end for view in estate.views for end in view.ends):
        if end.is_primary and end.half.mclt and end.half.mclt > 0:
            mclts[end.name, end.half.name] = end.half.mclt
    # The secondary uses the primary's.
    for pair in estate.pairs:
        primary, secondary = ((end.name, end.half.name) for end in pair.ends)
        if primary in mclts:
            mclts[secondary] = mclts[primary]
    for view in estate.views:
        for pool, _address, settings in served(view):
            if pool.failover is None or settings.parameters.keys().isdisjoint(LEASE_TIMES):
                continue
            default, shortest = settings.seconds("default-lease-time"), settings.seconds("min-lease-time")
            lease = settings.lease_seconds()
            mclt = mclts.get((view.name, pool.failover))
            if default and shortest is None and default < lease:
                yield view.complain(
                    pool,
                    f"default-lease-time is {default}, but clients would get {_seconds(lease)}, because "
                    f"min-lease-time is not set and defaults to {DEFAULT_LEASE_TIMES['min-lease-time']}.",
                    f"Set min-lease-time {default} too on {{host}}.",
                )
            elif mclt is not None and shortest not in (None, ENDLESS) and shortest > mclt:
                yield view.complain(
                    pool,
                    f"min-lease-time is {shortest}, but the first lease of a client would be {mclt} seconds, the mclt "
                    f'of "{pool.failover}".',
                    "Make min-lease-time shorter than mclt on {host}.",
                )
