# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Compare the ranges of a relationship on both servers.

The unit is the failover scope: a subnet and the ranges in it that belong to pools of the relationship. Pools are
matched by their addresses, so it does not matter how they are split, ordered or nested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import intervals
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Reservation,
    Statements,
    Subnet,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.disagreements import (
    Disagreement,
    Owners,
    disagreements,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    ClassMatch,
    Settings,
    would_get,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import End, Estate, Pair, Span


class Missing(NamedTuple):
    """A subnet that `this` has and `other` lacks."""

    this: End
    other: End
    subnet: Subnet


class Foreign(NamedTuple):
    """Addresses of the relationship on `this` that are in a pool without it on `other`."""

    this: End
    other: End
    pool: Pool  # on the other
    addresses: list[intervals.Interval]


class Absent(NamedTuple):
    """A pool of `this` without a single address in any pool of `other`."""

    this: End
    other: End
    pool: Pool


class Uneven(NamedTuple):
    """A subnet with different ranges, and the addresses that are only on one side."""

    subnet: Subnet
    on_primary: list[intervals.Interval]
    on_secondary: list[intervals.Interval]


@dataclass(frozen=True, eq=False)
class Match:
    """Addresses of one subnet that both servers have in a pool of the relationship, and the settings on each."""

    place: Pool  # the primary's
    partners_place: Pool
    address: int  # one of them
    here: Settings
    there: Settings
    options: tuple[Disagreement, ...]
    parameters: tuple[Disagreement, ...]


class Comparison:
    """The differences between both servers.

    reserved: numbers of subnets whose reservations are compared here; None: also reservations without an address.
    """

    def __init__(self, pair: Pair, others: Iterable[int | None]) -> None:
        self.pair = pair
        self.owners = Owners(pair)
        self.definitions: tuple[Statements, Statements] = (
            pair.primary.view.server.option_definitions,
            pair.secondary.view.server.option_definitions,
        )
        self.networks = list(dict.fromkeys([*pair.primary.scopes, *pair.secondary.scopes]))
        self.reserved: list[int | None] = [*self.networks, *others]
        self.matches: list[Match] = []
        self.told: dict[int, set[Disagreement]] = {}  # number of a subnet -> what differs in its pools
        self._codes = _codes(*self.definitions)
        self.netmasks: list[tuple[Subnet, Subnet]] = []
        self._overlapping: set[tuple[int, int]] = set()
        self.missing: list[Missing] = []
        self.foreign: list[Foreign] = []
        self.absent: list[Absent] = []
        self.uneven: list[Uneven] = []
        for network in self.networks:
            if self._compare_subnets(network):
                self._compare_ranges(network)

    def _compare_subnets(self, network: int) -> bool:
        """Whether both have the subnet, so that a closer look makes sense."""
        here, there = (end.view.subnet_at.get(network) for end in self.pair.ends)
        if here is not None and there is not None:
            if here.prefix != there.prefix:
                self.netmasks.append((here, there))
            return True
        for (this, other), subnet in zip(self.pair.directions, (here, there)):
            if subnet is None:
                continue
            beside = other.view.subnet_over(subnet.network, subnet.broadcast)
            if beside is not None:
                both = (subnet, beside) if this is self.pair.primary else (beside, subnet)
                # Each of the two finds the other.
                if (id(both[0]), id(both[1])) not in self._overlapping:
                    self._overlapping.add((id(both[0]), id(both[1])))
                    self.netmasks.append(both)
            elif other.view.complete:
                self.missing.append(Missing(this, other, subnet))
        return False

    def _compare_ranges(self, network: int) -> None:
        here, there = (end.scopes.get(network, []) for end in self.pair.ends)
        self._match(network, here, there)
        if [span[:2] for span in here] == [span[:2] for span in there]:
            return
        ours, theirs = (intervals.union(span[:2] for span in spans) for spans in (here, there))
        if ours == theirs:
            return
        primary, secondary = self.pair.ends
        on_primary = self._without_foreign(primary, secondary, intervals.minus(ours, theirs))
        on_secondary = self._without_foreign(secondary, primary, intervals.minus(theirs, ours))
        # Statements in an unreadable part may be there after all.
        if not secondary.view.complete:
            on_primary = []
        if not primary.view.complete:
            on_secondary = []
        if on_primary and on_secondary:
            self.uneven.append(Uneven(primary.view.subnet_at[network], on_primary, on_secondary))
        elif on_primary and not self._whole_pools(primary, secondary, here, on_primary):
            self.uneven.append(Uneven(primary.view.subnet_at[network], on_primary, []))
        elif on_secondary and not self._whole_pools(secondary, primary, there, on_secondary):
            self.uneven.append(Uneven(primary.view.subnet_at[network], [], on_secondary))

    def _without_foreign(self, this: End, other: End, addresses: list[intervals.Interval]) -> list[intervals.Interval]:
        """Set aside addresses that the other has in pools outside the relationship."""
        taken: list[intervals.Interval] = []
        for low, high in addresses:
            for span in other.view.spans_over(low, high):
                shared = (max(low, span.low), min(high, span.high))
                self.foreign.append(Foreign(this, other, span.pool, [shared]))
                taken.append(shared)
        return intervals.minus(addresses, intervals.union(taken)) if taken else addresses

    def _whole_pools(self, this: End, other: End, spans: list[Span], rest: list[intervals.Interval]) -> bool:
        """Whether the rest consists of pools that the other lacks completely; if so, record them."""
        pools = list({id(span.pool): span.pool for span in spans}.values())
        ranges = {id(pool): intervals.union(span[:2] for span in spans if span.pool is pool) for pool in pools}
        absent = [pool for pool in pools if not intervals.minus(ranges[id(pool)], rest)]
        if intervals.minus(rest, intervals.union(part for pool in absent for part in ranges[id(pool)])):
            return False
        self.absent += [Absent(this, other, pool) for pool in absent]
        return True

    def _match(self, network: int, here: list[Span], there: list[Span]) -> None:
        """Addresses that both sides have, once for every two pools."""
        if len(here) == 1 and len(there) == 1:
            if here[0].low <= there[0].high and there[0].low <= here[0].high:
                self._matched(network, here[0], there[0])
            return
        here, there = sorted(here, key=_by_address), sorted(there, key=_by_address)
        seen: set[tuple[int, int]] = set()
        left = right = 0
        while left < len(here) and right < len(there):
            one, other = here[left], there[right]
            key = (id(one.pool), id(other.pool))
            if one.low <= other.high and other.low <= one.high and key not in seen:
                seen.add(key)
                self._matched(network, one, other)
            if one.high < other.high:
                left += 1
            else:
                right += 1

    def _matched(self, network: int, one: Span, other: Span) -> None:
        address = max(one.low, other.low)
        here, there = (
            would_get(end.view, end.view.subnet_at[network], span.pool, address)
            for end, span in zip(self.pair.ends, (one, other))
        )
        options, parameters = self.of_options(here, there), of_parameters(here, there)
        self.matches.append(Match(one.pool, other.pool, address, here, there, options, parameters))
        if options or parameters:
            self.told.setdefault(network, set()).update(options, parameters)

    def of_options(self, here: Settings, there: Settings) -> tuple[Disagreement, ...]:
        """How the options differ; for custom options the number counts, not the name."""
        one, other = here.options, there.options
        if self._codes and one != other:
            one, other = (
                {codes.get(name, name): value for name, value in options.items()}
                for codes, options in zip(self._codes, (one, other))
            )
        found = tuple(disagreements(one, other))
        if here.subnet.prefix != there.subnet.prefix:  # netmask-mismatch reports it
            found = tuple(item for item in found if item.name != "subnet-mask")
        return found

    def of_reserved(self, address: int, here: Reservation, there: Reservation) -> tuple[Settings, Settings] | None:
        """The settings of a reserved address on each server, if it has the subnet."""
        subnets = [end.view.subnet_over(address) for end in self.pair.ends]
        one, other = (
            subnet and would_get(end.view, subnet, None, address, (), reservation)
            for end, subnet, reservation in zip(self.pair.ends, subnets, (here, there))
        )
        return (one, other) if one and other else None

    def of_client(
        self,
        classes: Sequence[ClassMatch] = (),
        reservations: tuple[Reservation | None, Reservation | None] = (None, None),
    ) -> tuple[Match, Settings, Settings] | None:
        """The settings of such a client in a pool of each server; any pool will do: other rules compare the pools."""
        for match in self.matches[:1]:
            here, there = (
                would_get(end.view, found.subnet, found.pool, match.address, classes, reservation)
                for end, found, reservation in zip(self.pair.ends, (match.here, match.there), reservations)
            )
            return match, here, there
        return None


def of_parameters(here: Settings, there: Settings) -> tuple[Disagreement, ...]:
    return tuple(disagreements(here.parameters, there.parameters))


def _codes(one: Statements, other: Statements) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """Common names for custom options that have different names on the two servers."""
    if one == other:
        return None
    names: dict[tuple[str, ...], str] = {}
    for definitions in (one, other):
        for name, definition in definitions.items():
            names.setdefault(definition, name)
    first, second = ({name: names[what] for name, what in definitions.items()} for definitions in (one, other))
    return first, second


def _by_address(span: Span) -> intervals.Interval:
    return span[:2]


@lru_cache(maxsize=2)  # the servers of each daemon
def _comparisons(estate: Estate) -> list[Comparison]:
    found: list[Comparison] = []
    seen: set[frozenset[str]] = set()
    for pair in estate.pairs:
        # If the same servers have several relationships, the first reports what concerns none of them.
        servers = frozenset(end.name for end in pair.ends)
        found.append(Comparison(pair, () if servers in seen else _others(estate, pair)))
        seen.add(servers)
    return found


def _others(estate: Estate, pair: Pair) -> list[int | None]:
    """Subnets of both servers with reservations but without a pool of a relationship; None if there may be more."""
    one, other = (end.view for end in pair.ends)
    shared = one.subnet_at.keys() & other.subnet_at.keys() & (one.reservations_in.keys() | other.reservations_in.keys())
    used = {network for view in (one, other) for scopes in view.scopes.values() for network in scopes}
    found: list[int | None] = [*sorted(shared - used)]
    # Reservations without an address may be meant for other partners.
    if all(len(estate.partners[end.name]) == 1 for end in pair.ends):
        found.append(None)
    return found


def comparisons(estate: Estate) -> Iterable[Comparison]:
    """The comparisons of all pairs of an estate, made once because several rules use them."""
    return _comparisons(estate)
