# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""One server against its partner: every failover scope is to be the same on both, however it is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    DEFAULT_LEASE_TIMES,
    ClientClass,
    Pool,
    Reservation,
    Scope,
    SharedNetwork,
    Statements,
    Value,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import intervals
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.comparison import Comparison, comparisons
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import End, Somewhere, View
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    ERROR_OR_WARNING,
    WARNING,
    Complaints,
    Section,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.service import MEMBERS

section = Section("One server against its partner")

# May rightly differ, for instance when each server is its own boot server.
_OWN_OPTIONS = frozenset({"dhcp-server-identifier"})
_OWN_PARAMETERS = frozenset({"next-server", "server-identifier", "server-name"})
# Parameters that clients see; the others (ddns-*, ping-check, log-facility, ...) are each server's own business.
_CLIENT_PARAMETERS = _OWN_PARAMETERS | {
    "always-broadcast",
    "always-reply-rfc1048",
    "filename",
    "get-lease-hostnames",
    "use-host-decl-names",
    "use-lease-addr-for-default-route",
    "vendor-option-space",
}


# What a scope allows outside of pools.
_SCOPE_PERMITS = frozenset({"allow-booting", "boot-unknown-clients"})


class Difference(NamedTuple):
    """A statement that takes effect in different ways; None where it takes none."""

    name: str
    primary: Value | None
    secondary: Value | None


def _differences(here: Statements, there: Statements) -> Iterator[Difference]:
    if here is there or here == there:
        return
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            yield Difference(name, here.get(name), there.get(name))


def _words(value: Value | None) -> str:
    return "not stated" if value is None else " ".join(value) if value else "set"


def _unproven(comparison: Comparison, difference: Difference) -> bool:
    """Whether the value that seems to lack may stand in a part that could not be read."""
    primary, secondary = comparison.pair.ends
    return (difference.primary is None and not primary.view.complete) or (
        difference.secondary is None and not secondary.view.complete
    )


# --- Subnets and ranges --------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "subnet-missing",
    ERROR,
    "A subnet with a failover pool exists on one server only.",
    check="silent",
    harm="Its leases are not replicated, although both servers report `normal`.",
)
def subnet_missing(comparison: Comparison) -> Complaints:
    for this, other, subnet in comparison.missing:
        yield other.view.complain(
            Somewhere(subnet.path),
            f'{this.name} has it with a pool of "{this.half.name}", but {other.name} lacks it; '
            "its leases would not be replicated.",
            f"Declare the subnet with the same pool on {other.name}, or remove it from {this.name}.",
            partners=(this.name,),
        )


@section.rule(
    comparisons,
    "pool-missing",
    ERROR,
    "The addresses of a failover pool are in no pool of the partner.",
    check="silent",
    harm="As `range-mismatch`.",
)
def pool_missing(comparison: Comparison) -> Complaints:
    for this, other, pool in comparison.absent:
        yield other.view.complain(
            Somewhere(pool.path),
            f'{this.name} has it for "{this.half.name}", but {other.name} lacks it; '
            "its leases would not be replicated.",
            f"Declare the pool on {other.name} too, or remove it from {this.name}.",
            partners=(this.name,),
        )


@section.rule(
    comparisons,
    "range-mismatch",
    ERROR,
    "The addresses of a relationship in a subnet are not the same on both servers.",
    check="silent",
    harm="Both report `normal`. A subset: leases are lost on failover. Disjoint ranges: 35 of 60 clients got nothing.",
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
            f'the ranges of "{pair.primary.half.name}" differ: {what}; leases of these addresses would not be '
            "replicated, although both servers report normal.",
            f"Declare the same ranges on {pair.primary.name} and {pair.secondary.name}.",
            place=subnet,
        )


@section.rule(
    comparisons,
    "pool-not-failover",
    ERROR,
    "The same addresses are in a plain pool, or one of another relationship, on the partner.",
    check="silent",
    harm="The partner takes them for its own: both give out the same addresses.",
)
def pool_not_failover(comparison: Comparison) -> Complaints:
    for this, other, pool, addresses in comparison.foreign:
        if pool.failover is not None and not other.view.declares(pool.failover):
            continue  # relationship-unknown tells
        owner = "no relationship" if pool.failover is None else f'"{pool.failover}"'
        yield other.view.complain(
            pool,
            f'{intervals.text(addresses)} is in a pool of "{this.half.name}" on {this.name}, '
            f"but belongs to {owner} on {other.name}; both servers would give out the same addresses.",
            f'State failover peer "{other.half.name}" in the pool on {other.name}.',
            partners=(this.name,),
        )


@section.rule(
    comparisons,
    "netmask-mismatch",
    ERROR,
    "The same subnet has another mask on the partner.",
    check="silent",
    harm="Clients of one subnet get different netmasks, and do not reach each other.",
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
                f"it stands {one.describe(network)} on {pair.primary.name}, but {other.describe(network)} on "
                f"{pair.secondary.name}; the two would choose addresses for a client from different subnets.",
                "Group the subnets in the same way on both.",
                place=pair.primary.view.subnet_at.get(network),
            )


class _Links:
    """Which subnets share a link on one server, as far as the partner has them too.

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


# --- What takes effect in the pools --------------------------------------------------------------------------


@section.rule(
    comparisons,
    "permit-mismatch",
    ERROR,
    "The allow and deny lists of a pool differ.",
    check="silent",
    harm="One server refuses what the other one offers: 0 of 10 clients got a lease.",
)
def permit_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for here, there in comparison.matches:
        if here.permits != there.permits:
            what = "; ".join(
                f"only {end.name} has {', '.join(sorted(only))}"
                for end, only in zip(pair.ends, (here.permits - there.permits, there.permits - here.permits))
                if only
            )
            yield pair.complain(
                f"the permits differ: {what}; one server would refuse what the other one offers.",
                "State the same allow and deny lists on both.",
                place=here,
            )
        for difference in _differences(here.scope.effective_parameters, there.scope.effective_parameters):
            if difference.name in _SCOPE_PERMITS and not _unproven(comparison, difference):
                yield pair.complain(
                    f"{difference.name} is {_words(difference.primary)} on {pair.primary.name} and "
                    f"{_words(difference.secondary)} on {pair.secondary.name}; "
                    "one server would refuse what the other one offers.",
                    "State the same on both.",
                    place=here,
                )


@section.rule(
    comparisons,
    "options-mismatch",
    ERROR_OR_WARNING,
    "The options of a pool differ as they take effect, or `filename`, or a conditional block. "
    "Warning: `dhcp-server-identifier`, `server-name` and `next-server`, which may be meant.",
    check="silent",
    harm="Clients flap between two configurations.",
)
def options_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    names = [end.name for end in pair.ends]
    for difference in _differences(*(end.view.server.option_definitions for end in pair.ends)):
        # One that is missing shows where it is used: dhcpd would not know the option.
        if difference.primary is not None and difference.secondary is not None:
            yield pair.complain(
                f"it is {_words(difference.primary)} on {names[0]} and {_words(difference.secondary)} on {names[1]}; "
                "the same statement would send different options.",
                "Define the option in the same way on both.",
                place=Somewhere(f"option definition {difference.name}"),
            )
    for here, there in comparison.matches:
        for what, difference in _visible(here.scope, there.scope):
            if _unproven(comparison, difference):
                continue
            own = difference.name in _OWN_OPTIONS or difference.name in _OWN_PARAMETERS
            harm = "which may be meant." if own else "clients would flap between the two."
            yield pair.complain(
                f"{what}{difference.name} is {_words(difference.primary)} on {names[0]} and "
                f"{_words(difference.secondary)} on {names[1]}; {harm}",
                "State the same value on both.",
                Severity.WARNING if own else Severity.ERROR,
                place=here,
            )
        yield from _conditional_differences(comparison, here, there)


def _visible(here: Scope, there: Scope) -> Iterator[tuple[str, Difference]]:
    """Differences that a client can see."""
    for difference in _differences(here.effective_options, there.effective_options):
        yield "option ", difference
    for difference in _differences(here.effective_parameters, there.effective_parameters):
        if difference.name in _CLIENT_PARAMETERS:
            yield "", difference


def _conditional_differences(comparison: Comparison, here: Pool, there: Pool) -> Complaints:
    blocks = [pool.scope.effective_conditionals for pool in (here, there)]
    if blocks[0] == blocks[1]:
        return
    pair = comparison.pair
    only = [
        [block for block in blocks[0] if block not in blocks[1]],
        [block for block in blocks[1] if block not in blocks[0]],
    ]
    if (only[0] and not pair.secondary.view.complete) or (only[1] and not pair.primary.view.complete):
        return
    what = "; ".join(
        f"only {end.name} has {_shortened(rest[0])}" + (f" and {len(rest) - 1} more" if len(rest) > 1 else "")
        for end, rest in zip(pair.ends, only)
        if rest
    )
    yield pair.complain(
        f"the conditional blocks differ: {what or 'they stand in another order'}; clients would flap between the two.",
        "State the same conditional blocks on both.",
        place=here,
    )


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


@section.rule(
    comparisons,
    "lease-time-mismatch",
    WARNING,
    "`min-lease-time`, `default-lease-time` or `max-lease-time` differs as it takes effect "
    "(left out: 300, 43200, 86400).",
    check="silent",
    harm="A client's lease gets another length, depending on the server that renews it.",
)
def lease_time_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for here, there in comparison.matches:
        ours, theirs = here.scope.effective_parameters, there.scope.effective_parameters
        if ours is theirs or ours == theirs:
            continue
        for name, default in DEFAULT_LEASE_TIMES.items():
            stated = [pool.scope.seconds(name) for pool in (here, there)]
            one, other = (default if value is None else value for value in stated)
            if one == other:
                continue
            if any(value is None and not end.view.complete for value, end in zip(stated, pair.ends)):
                continue
            words = [
                f"{default} (not stated)" if value is None else "infinite" if value == -1 else str(value)
                for value in stated
            ]
            yield pair.complain(
                f"{name} is {words[0]} on {pair.primary.name} and {words[1]} on {pair.secondary.name}; "
                "a lease's length would depend on the server that renews it.",
                "State the same number of seconds on both.",
                place=here,
            )


@section.rule(
    comparisons,
    "authoritative-mismatch",
    WARNING,
    "Only one of the two servers is authoritative.",
    check="silent",
    harm="A client with a wrong address is corrected by one server and left alone by the other.",
)
def authoritative_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for here, there in comparison.matches:
        ours, theirs = here.scope.effective_parameters, there.scope.effective_parameters
        if ours is theirs or ours == theirs:
            continue
        difference = Difference("authoritative", ours.get("authoritative"), theirs.get("authoritative"))
        one, other = (value == ("true",) for value in difference[1:])
        if one == other or _unproven(comparison, difference):
            continue
        this, partner = pair.ends if one else pair.ends[::-1]
        yield pair.complain(
            f"{this.name} is authoritative and {partner.name} is not; "
            "a client with a wrong address would be corrected by one of them only.",
            f"State authoritative on {partner.name} too, or remove it from {this.name}.",
            place=here,
        )


# --- Reservations and classes --------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "reservation-mismatch",
    WARNING,
    "A reservation exists on one server only, or differs.",
    check="silent",
    harm="The client gets another address when the other server answers it.",
)
def reservation_mismatch(comparison: Comparison) -> Complaints:
    primary, secondary = comparison.pair.ends
    ours, theirs = (_reservations(comparison, end) for end in comparison.pair.ends)
    couples, only_ours, only_theirs = _couples(ours, theirs)
    everywhere = _host_differences(primary.view.server.scope, secondary.view.server.scope)
    for here, there in couples:
        what = _reservation_differences(here, there, everywhere)
        if what:
            yield comparison.pair.complain(
                f"it differs: {'; '.join(what)} ({primary.name} first, then {secondary.name}); "
                "the client's configuration would depend on the server that answers.",
                "Declare the same reservation on both.",
                place=here,
            )
    for (this, other), rest in zip(comparison.pair.directions, (only_ours, only_theirs)):
        for reservation in rest if other.view.complete else ():
            yield other.view.complain(
                Somewhere(reservation.path),
                f"{this.name} has it, but {other.name} lacks it; the client would get another address when "
                f"{other.name} answers.",
                f"Declare it on {other.name} too, or remove it from {this.name}.",
                partners=(this.name,),
            )


def _reservations(comparison: Comparison, end: End) -> list[Reservation]:
    """Those in the pair's subnets; those without an address too, unless they may be meant for other partners."""
    found = {id(item): item for network in comparison.networks for item in end.view.reservations_in.get(network, ())}
    if comparison.exclusive:
        found.update((id(item), item) for item in end.view.reservations_in.get(None, ()))
    return list(found.values())


Couples = list[tuple[Reservation, Reservation]]


def _couples(
    ours: Iterable[Reservation], theirs: Iterable[Reservation]
) -> tuple[Couples, list[Reservation], list[Reservation]]:
    """Which reservations are meant to be the same: by client and addresses, else by name, else by client alone."""
    couples: Couples = []
    for key in (
        lambda item: (item.hardware, item.client_id, item.addresses, item.host_names),
        lambda item: item.name,
        lambda item: (item.hardware, item.client_id),
    ):
        waiting: dict[object, list[Reservation]] = {}
        for item in theirs:
            waiting.setdefault(key(item), []).append(item)
        rest = []
        for item in ours:
            candidates = waiting.get(key(item))
            if candidates:
                couples.append((item, candidates.pop(0)))
            else:
                rest.append(item)
        ours, theirs = rest, [item for candidates in waiting.values() for item in candidates]
    return couples, list(ours), list(theirs)


def _host_differences(here: Scope, there: Scope) -> set[Difference]:
    return {
        *_differences(here.effective_options, there.effective_options),
        *_differences(here.effective_parameters, there.effective_parameters),
    }


def _reservation_differences(here: Reservation, there: Reservation, everywhere: set[Difference]) -> list[str]:
    """In words. What differs everywhere is told by other rules."""
    pairs = [
        ("hardware", here.hardware, there.hardware),
        ("client-id", here.client_id, there.client_id),
        (
            "address",
            *(
                ", ".join([*map(format_address, sorted(item.addresses)), *sorted(item.host_names)])
                for item in (here, there)
            ),
        ),
    ]
    words = [f"{name} {one or 'not stated'} and {other or 'not stated'}" for name, one, other in pairs if one != other]
    for difference in sorted(_host_differences(here.scope, there.scope) - everywhere, key=lambda item: item.name):
        if difference.name not in _OWN_OPTIONS and difference.name not in _OWN_PARAMETERS:
            words.append(f"{difference.name} {_words(difference.primary)} and {_words(difference.secondary)}")
    return words


@section.rule(
    comparisons,
    "class-mismatch",
    ERROR,
    "A class that a failover pool uses is missing on the partner, or differs.",
    check="rejected where it is missing; silent where it differs",
    harm="As `permit-mismatch`: the servers disagree about who may have a lease.",
)
def class_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    names = {name for end in pair.ends for pool in end.pools for name in _classes_of(pool)}
    for name in sorted(names):
        ours, theirs = (end.view.classes.get(name, []) for end in pair.ends)
        if ours and theirs:
            what = _class_differences(ours, theirs)
            if what:
                yield pair.complain(
                    f"its {' and '.join(what)} differ; the servers would disagree about who may have a lease.",
                    "Declare the class in the same way on both.",
                    place=ours[0],
                )
            continue
        # Declared nowhere: class-unknown tells.
        for (this, other), mine, yours in zip(pair.directions, (ours, theirs), (theirs, ours)):
            if mine and not yours and other.view.complete:
                yield other.view.complain(
                    Somewhere(mine[0].path),
                    f'{this.name} has it for a pool of "{this.half.name}", but {other.name} lacks it; '
                    "the servers would disagree about who may have a lease.",
                    f"Declare the class on {other.name} too.",
                    partners=(this.name,),
                )


def _classes_of(pool: Pool) -> Iterator[str]:
    for permit in pool.permits:
        match = MEMBERS.fullmatch(permit)
        if match:
            yield match[1]


def _class_differences(ours: list[ClientClass], theirs: list[ClientClass]) -> list[str]:
    return [name for name, one in _class_parts(ours).items() if one != _class_parts(theirs)[name]]


def _class_parts(pieces: list[ClientClass]) -> dict[str, object]:
    return {
        "match": [piece.match for piece in pieces if piece.match is not None],
        "lease limit": [piece.lease_limit for piece in pieces if piece.lease_limit is not None],
        "subclasses": {subclass for piece in pieces for subclass in piece.subclasses},
        "options": {name: value for piece in pieces for name, value in piece.scope.options.items()},
        "parameters": {name: value for piece in pieces for name, value in piece.scope.parameters.items()},
        "conditional blocks": [block for piece in pieces for block in piece.scope.conditionals],
    }
