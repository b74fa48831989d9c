# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""One server against its partner: every failover scope must be the same on both, however it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import intervals
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool, SharedNetwork
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.comparison import Comparison, comparisons
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    End,
    Estate,
    Somewhere,
    View,
    everything,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    BOTH,
    ERROR,
    Complaints,
    Section,
)

section = Section("One server against its partner")

_UNEVEN = {
    "dhcpd": "leases of these addresses would not be replicated, although both servers report normal.",
    "kea": "a server that is alone would give out other addresses, although both report normal.",
}


def _lost(end: End, subnet: bool = True) -> str:
    """What happens to the leases of a subnet or pool that the partner lacks."""
    if end.view.server.daemon == "dhcpd":
        return "its leases would not be replicated."
    if subnet:
        return "the partner would refuse its leases, until both servers give up and copy nothing any more."
    return "the partner would give out none of its addresses when it is alone."


# --- Subnets and ranges --------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "subnet-missing",
    ERROR,
    "A subnet with a failover pool exists on one server only.",
    check="silent",
    harm="Its leases are not replicated, although both servers report `normal`.",
    daemons=BOTH,
    kea=("silent", "Its leases are refused, until both servers are `terminated` and copy nothing any more."),
)
def subnet_missing(comparison: Comparison) -> Complaints:
    for this, other, subnet in comparison.missing:
        yield other.view.complain(
            Somewhere(subnet.path),
            f'{this.name} has it with a pool of "{this.half.name}", but {other.name} lacks it; ' + _lost(this),
            f"Declare the subnet with the same pool on {other.name}, or remove it from {this.name}.",
            partners=(this.name,),
        )


@section.rule(
    comparisons,
    "pool-missing",
    ERROR,
    "The addresses of a failover pool are in no pool of the partner.",
    check="silent",
    harm="The same as with `range-mismatch`.",
    daemons=BOTH,
    kea=("silent", "The leases are copied, but the partner gives out none of its addresses when it is alone."),
)
def pool_missing(comparison: Comparison) -> Complaints:
    for this, other, pool in comparison.absent:
        yield other.view.complain(
            Somewhere(pool.path),
            f'{this.name} has it for "{this.half.name}", but {other.name} lacks it; ' + _lost(this, subnet=False),
            f"Declare the pool on {other.name} too, or remove it from {this.name}.",
            partners=(this.name,),
        )


@section.rule(
    comparisons,
    "range-mismatch",
    ERROR,
    "The addresses of a relationship in a subnet are not the same on both servers.",
    check="silent",
    harm="Both report `normal`. If one is a subset, leases are lost on failover. With disjoint ranges, 35 of 60 "
    "clients got nothing.",
    daemons=BOTH,
    kea=("silent", "Leases are copied all the same; when it is alone, each server gives out its own addresses."),
)
def range_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for subnet, on_primary, on_secondary in comparison.uneven:
        what = "; ".join(
            f"only {end.name} has {intervals.text(rest)}"
            for end, rest in zip(pair.ends, (on_primary, on_secondary))
            if rest
        )
        yield pair.complain(
            f'the ranges of "{pair.primary.half.name}" differ: {what}; {_UNEVEN[pair.primary.view.server.daemon]}',
            f"Declare the same ranges on {pair.primary.name} and {pair.secondary.name}.",
            place=subnet,
        )


@section.rule(
    comparisons,
    "pool-not-failover",
    ERROR,
    "The same addresses are in a plain pool, or one of another relationship, on the partner.",
    check="silent",
    harm="The partner treats them as its own: both give out the same addresses.",
    daemons=BOTH,
)
def pool_not_failover(comparison: Comparison) -> Complaints:
    for this, other, pool, addresses in comparison.foreign:
        if pool.failover is not None and not other.view.declares(pool.failover):
            continue  # relationship-unknown reports it
        owner = "no relationship" if pool.failover is None else f'"{pool.failover}"'
        yield other.view.complain(
            pool,
            f'{intervals.text(addresses)} is in a pool of "{this.half.name}" on {this.name}, '
            f"but belongs to {owner} on {other.name}; both servers would give out the same addresses.",
            f'Set failover peer "{other.half.name}" in the pool on {other.name}.',
            partners=(this.name,),
        )


@section.rule(
    everything,
    "range-unprotected",
    ERROR,
    "Two servers on one link give out the same addresses, from ranges that belong to no relationship.",
    check="silent",
    harm="Each gives them to its own clients: two clients share one address.",
    unless=("pool-not-failover", "range-bare-beside-failover"),
    daemons=BOTH,
)
def range_unprotected(estate: Estate) -> Complaints:
    for one, other in _neighbours(estate):
        for pool, shared in _both_give(one, other):
            whole = shared == intervals.union((item.low, item.high) for item in pool.ranges)
            yield one.complain(
                pool,
                f"both {one.name} and {other.name} give out {'these addresses' if whole else intervals.text(shared)}, "
                "without failover between them; two clients could get the same address.",
                "Put the range into a pool of a relationship on both, or divide it between the two.",
                partners=(other.name,),
            )


def _neighbours(estate: Estate) -> Iterator[tuple[View, View]]:
    """Servers that answer the same clients: partners, and servers without a relationship that share a link."""
    seen: set[frozenset[str]] = set()
    for pair in estate.pairs:
        names = frozenset(end.name for end in pair.ends)
        if names not in seen and all(_readable(end) for end in pair.ends):
            seen.add(names)
            yield pair.primary.view, pair.secondary.view
    single = [view for view in estate.views if not view.server.halves and view.complete]
    if len(single) == len(estate.views) == 2 and not all(view.server.addresses for view in single):
        yield single[0], single[1]
        return
    links: dict[tuple[int, int], list[View]] = defaultdict(list)
    for view in single:
        own = [subnet for address in view.server.addresses if (subnet := view.subnet_over(address))]
        around = [view.link_at.get(subnet.network) for subnet in own]
        own += [subnet for network in around if network for subnet in network.subnets]
        for key in dict.fromkeys((subnet.network, subnet.prefix) for subnet in own):
            links[key].append(view)
    for views in links.values():
        addresses = [address for view in views for address in view.server.addresses]
        # An address that both servers have shows that these are links of different sites with the same numbers.
        if len(addresses) == len(set(addresses)):
            yield from combinations(views, 2)


def _readable(end: End) -> bool:
    """Whether pools that seem plain are known to be plain; relationship-unused reports a relationship without pools."""
    return bool(end.pools) and end.view.complete and not end.view.unread_references


def _both_give(one: View, other: View) -> Iterator[tuple[Pool, list[intervals.Interval]]]:
    """The plain pools of `one`, with the addresses that `other` also has in plain pools."""
    shared: dict[int, tuple[Pool, list[intervals.Interval]]] = {}
    for span in one.spans:
        if span.pool.failover is not None:
            continue
        for theirs in other.spans_over(span.low, span.high):
            if theirs.pool.failover is None:
                found = (max(span.low, theirs.low), min(span.high, theirs.high))
                shared.setdefault(id(span.pool), (span.pool, []))[1].append(found)
    for pool, addresses in shared.values():
        yield pool, intervals.union(addresses)


@section.rule(
    comparisons,
    "netmask-mismatch",
    ERROR,
    "The same subnet has another mask on the partner.",
    check="silent",
    harm="Clients of one subnet get different netmasks, and cannot reach each other.",
    daemons=BOTH,
)
def netmask_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for here, there in comparison.netmasks:
        yield pair.complain(
            f"it is {here.cidr} on {pair.primary.name} but {there.cidr} on {pair.secondary.name}; "
            "clients would get different netmasks.",
            "Declare the subnet with the same mask on both.",
            place=here,
        )


@section.rule(
    comparisons,
    "shared-network-mismatch",
    ERROR,
    "The same subnets are grouped differently into shared networks.",
    check="silent",
    harm="The servers choose addresses for a client from different subnets.",
    daemons=BOTH,
)
def shared_network_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    one, other = (_Links(end.view, partner.view) for end, partner in pair.directions)
    members = dict.fromkeys(comparison.networks)
    for links in (one, other):
        members.update((member, None) for network in comparison.networks for member in links.members(network))
    for network in members:
        if one.first(network) != other.first(network):
            yield pair.complain(
                f"it is {one.describe(network)} on {pair.primary.name}, but {other.describe(network)} on "
                f"{pair.secondary.name}; the two would choose addresses for a client from different subnets.",
                "Group the subnets in the same way on both.",
                place=pair.primary.view.subnet_at.get(network),
            )


class _Links:
    """Which subnets share a link on one server, of those that the partner also has.

    Two servers group their subnets in the same way when the first subnet of every subnet's group is the same.
    """

    def __init__(self, view: View, partner: View) -> None:
        self._view = view
        self._partner = partner
        self._members: dict[int, list[int]] = {}

    def _known(self, network: int) -> bool:
        return network in self._view.subnet_at and network in self._partner.subnet_at

    def members(self, network: int) -> list[int]:
        """The subnets on this one's link, itself included."""
        if not self._known(network):
            return []
        shared = self._view.link_at.get(network)
        if shared is None:
            return [network]
        members = self._members.get(id(shared))
        if members is None:
            members = sorted(subnet.network for subnet in shared.subnets if self._known(subnet.network))
            self._members[id(shared)] = members
        return members

    def first(self, network: int) -> int | None:
        return next(iter(self.members(network)), None)

    def describe(self, network: int) -> str:
        others = [member for member in self.members(network) if member != network]
        if not others:
            return "alone"
        shared: SharedNetwork = self._view.link_at[network]
        named = ", ".join(self._view.subnet_at[member].cidr for member in others[:3])
        more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
        return f'in shared network "{shared.name}" with {named}{more}'
