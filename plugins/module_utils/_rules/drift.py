# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Compare two declarations of one server, statement by statement, independent of the texts' form.

A server becomes a flat mapping of places to values, and the two mappings are compared. A group is not a place: its
settings count as settings of everything inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Pool,
    Reservation,
    Scope,
    Server,
    Statements,
    Subnet,
    Value,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_MAX_RESPONSE_DELAY,
    DEFAULT_MAX_UNACKED_UPDATES,
    DEFAULT_PORT,
    PRIMARY_ONLY,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import (
    Interval,
    count,
    minus,
    text,
    union,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

Where = tuple[str, ...]
Sides = tuple[str, str]

LIVE_DECLARED: Sides = ("live", "declared")
PRESENT = "present"
# What dhcpd takes where a half states nothing.
HALF_DEFAULTS = {
    "role": "primary",
    "port": DEFAULT_PORT,
    "peer_port": DEFAULT_PORT,
    "max_response_delay": DEFAULT_MAX_RESPONSE_DELAY,
    "max_unacked_updates": DEFAULT_MAX_UNACKED_UPDATES,
    "load_balance_max_seconds": 0,
}
_SPACED = {"peer_address", "peer_port", "load_balance_max_seconds"}


class _Order(tuple[str, ...]):
    """An order; compared only if both sides have the same items."""


def difference(place: str, found: str | None, wanted: str | None, sides: Sides = LIVE_DECLARED) -> Difference:
    """One statement that differs. None means that this side lacks it."""
    kind = How.EXTRA if wanted is None else How.MISSING if found is None else How.DIFFERENT
    if PRESENT in (found, wanted):
        message = f"{place}: only {sides[0] if wanted is None else sides[1]}"
    else:
        message = f"{place}: {found or 'nothing'} {sides[0]}, {wanted or 'nothing'} {sides[1]}"
    return Difference("declaration", kind, place, message, found=found, wanted=wanted)


def compare(live: Server, declared: Server, sides: Sides = LIVE_DECLARED, halves: bool = True) -> list[Difference]:
    """The changes that deploying `declared` would make to `live`; without `halves`, relationships are ignored."""
    names = _pool_names(live, declared)
    have, want = (_Facts(server, names, halves).found for server in (live, declared))
    return [difference(*found, sides) for found in _differences(have, want)]


def compare_omapi(live: Server, declared: Server) -> list[Difference]:
    """Compare OMAPI separately, because it serves no client."""
    have, want = (
        {"port": str(server.omapi.port), "key": server.omapi.key} if server.omapi else {} for server in (live, declared)
    )
    return [
        difference(f"OMAPI, {what}", have.get(what), want.get(what))
        for what in ("port", "key")
        if have.get(what) != want.get(what)
    ]


def _differences(have: Mapping[Where, Any], want: Mapping[Where, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    for place in dict.fromkeys([*want, *have]):
        # A missing subnet is one difference; its options are not listed one by one.
        if any((place[:length] in have) != (place[:length] in want) for length in range(1, len(place))):
            continue
        one, other = have.get(place), want.get(place)
        if isinstance(one or other, _Order) and sorted(one or ()) != sorted(other or ()):
            continue
        if isinstance(one, list) or isinstance(other, list):
            for here, only in ((True, minus(one or [], other or [])), (False, minus(other or [], one or []))):
                for interval in only:
                    where = ", ".join((*place[:-1], f"{place[-1]} {text([interval])}"))
                    yield where, PRESENT if here else None, None if here else PRESENT
        elif _comparable(one) != _comparable(other):
            yield ", ".join(place), _shown(one), _shown(other)


def _comparable(fact: Any) -> Any:
    # Variables may join several words: "10.4.0.0 10.3.0.1".
    return " ".join(fact) if isinstance(fact, tuple) else fact


def _shown(fact: Any) -> str | None:
    return ", ".join(fact) if isinstance(fact, tuple) else fact


def _addresses(pool: Pool, dynamic_bootp: bool) -> list[Interval]:
    return union((item.low, item.high) for item in pool.ranges if item.dynamic_bootp is dynamic_bootp)


def _container(pool: Pool) -> str:
    return pool.subnet or f'shared network "{pool.shared_network}"'


def _pool_names(live: Server, declared: Server) -> dict[int, str]:
    """A name for each pool, by identity; pools of both sides that share addresses get the same name."""
    names: dict[int, str] = {}
    taken: dict[Where, int] = {}
    waiting: dict[str, list[Pool]] = {}

    def name(pool: Pool) -> None:
        addresses = union((item.low, item.high) for item in pool.ranges)
        label = "ranges outside of pools" if pool.bare else f"pool {text(addresses, 3) or 'without a range'}"
        names[id(pool)] = _unique((_container(pool), label), taken)[-1]

    for pool in declared.pools:
        name(pool)
        waiting.setdefault(_container(pool), []).append(pool)
    later: list[Pool] = []
    for pool in live.pools:
        others = waiting.get(_container(pool), [])
        same = next((other for other in others if _same_ranges(pool, other)), None)
        if same is None:
            later.append(pool)
        else:
            names[id(pool)] = names[id(same)]
            others.remove(same)
    for pool in later:
        others = waiting.get(_container(pool), [])
        best = max(others, key=lambda other: _overlap(pool, other), default=None)
        if best is not None and (_overlap(pool, best) or (pool.bare and best.bare)):
            names[id(pool)] = names[id(best)]
            others.remove(best)
        else:
            name(pool)
    return names


def _same_ranges(one: Pool, other: Pool) -> bool:
    return one.bare is other.bare and [(item.low, item.high) for item in one.ranges] == [
        (item.low, item.high) for item in other.ranges
    ]


def _overlap(one: Pool, other: Pool) -> int:
    if one.bare is not other.bare:
        return 0
    mine, theirs = (union((item.low, item.high) for item in pool.ranges) for pool in (one, other))
    return count(mine) - count(minus(mine, theirs))


def _unique(place: Where, taken: dict[Where, int]) -> Where:
    """The place, its last word with a number if there was one like it. `taken`: by place, the last number so far."""
    found = place
    while found in taken:
        taken[place] += 1
        found = (*place[:-1], f"{place[-1]} ({taken[place]})")
    taken[found] = 1
    return found


def _inside(subnet: Subnet | None, around: Scope | None) -> bool:
    """Whether a subnet is this scope or is inside it."""
    scope = None if subnet is None else subnet.scope
    while scope is not None and scope is not around:
        scope = scope.parent
    return scope is not None


class _Facts:
    """All settings of one server, by place."""

    def __init__(self, server: Server, pool_names: Mapping[int, str], halves: bool) -> None:
        self.found: dict[Where, Any] = {}
        self.taken: dict[Where, int] = {}
        self.pool_names = pool_names
        self.view = View(server)
        # The owner of each scope; the scopes of groups have none.
        self.owners = {id(server.scope): ""}
        self.owners.update((id(network.scope), network.path) for network in server.shared_networks)
        self.owners.update((id(subnet.scope), subnet.path) for subnet in server.subnets)
        self.settings((), server.scope)
        for name, value in server.option_definitions.items():
            self.found[(f"option definition {name}",)] = value
        for half in server.halves if halves else ():
            self.half(half)
        if server.kea is not None:
            self.found.update({(place,): value for place, value in server.kea.others.items()})
            if halves:
                self.found.update(server.kea.facts)
        for item in server.classes:
            place = self.place((item.path,), item.scope)
            self.state(place, "match", item.match)
            self.state(place, "lease limit", item.lease_limit)
            self.flags(place, (f"subclass {member}" for member in sorted(item.subclasses)))
        for network in server.shared_networks:
            place = self.place((network.path,), network.scope)
            self.pools(place, network.pools)
        for subnet in server.subnets:
            self.subnet(subnet)
        for reservation in server.reservations:
            place = self.place((reservation.path,), reservation.scope, reservation)
            self.state(place, "hardware", reservation.hardware)
            self.state(place, "client identifier", reservation.client_id)
            addresses = (*map(format_address, sorted(reservation.addresses)), *sorted(reservation.host_names))
            self.state(place, "address", addresses or None)

    def place(self, place: Where, scope: Scope, reservation: Reservation | None = None) -> Where:
        """A new place with its settings, and its surrounding scope if that matters."""
        place = _unique(place, self.taken)
        self.found[place] = PRESENT
        around = self.settings(place, scope)
        if around and not (reservation is not None and self.at_home(reservation)):
            self.found[(*place, "stands in")] = around
        return place

    def at_home(self, reservation: Reservation) -> bool:
        """Whether a reservation's position gives it nothing that its addresses do not give it anyway."""
        around: Scope | None = reservation.scope
        while around is not None and id(around) not in self.owners:
            around = around.parent
        subnets = [self.view.subnet_over(address) for address in reservation.addresses]
        return bool(subnets) and not reservation.host_names and all(_inside(subnet, around) for subnet in subnets)

    def state(self, place: Where, name: str, value: Any) -> None:
        if value is not None:
            self.found[(*place, name)] = value if isinstance(value, (tuple, list)) else str(value)

    def flags(self, place: Where, names: Iterable[str]) -> None:
        for name in names:
            self.found[_unique((*place, name), self.taken)] = PRESENT

    def settings(self, place: Where, scope: Scope) -> str:
        """Collect the settings of a scope and the groups around it; return the surrounding scope."""
        chain = [scope]
        around = scope.parent
        while around is not None and id(around) not in self.owners:
            chain.append(around)
            around = around.parent
        options: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        conditionals: list[str] = []
        for each in reversed(chain):
            options.update(each.options)
            parameters.update(each.parameters)
            conditionals.extend(map(str, each.conditionals))
        self.statements(place, "option ", options)
        self.statements(place, "", parameters)
        self.flags(place, conditionals)
        if len(conditionals) > 1:
            self.found[(*place, "order of conditional statements")] = _Order(conditionals)
        return self.owners[id(around)] if around is not None else ""

    def statements(self, place: Where, kind: str, statements: Statements) -> None:
        for name, value in statements.items():
            self.found[(*place, f"{kind}{name}")] = value

    def half(self, half: Half) -> None:
        place = _unique((half.path,), self.taken)
        self.found[place] = PRESENT
        if half.ha is not None:
            self.found.update(((*place, *where), value) for where, value in half.ha.facts)
            return
        stated = {name: value for name, value in asdict(half).items() if value is not None}
        defaults = HALF_DEFAULTS if self.view.server.daemon == "dhcpd" else {}
        for name, value in {**defaults, **stated}.items():
            if name in ("name", "line") or (stated.get("role") == "secondary" and name in PRIMARY_ONLY):
                continue
            self.state(place, name.replace("_", " " if name in _SPACED else "-"), value)

    def subnet(self, subnet: Subnet) -> None:
        place = self.place((subnet.path,), subnet.scope)
        self.state(place, "id", subnet.number if self.view.server.daemon == "kea" else None)
        self.pools(place, subnet.pools)

    def pools(self, around: Where, pools: Iterable[Pool]) -> None:
        for pool in pools:
            place = (*around, self.pool_names[id(pool)])
            self.found[place] = PRESENT
            for bootp in (False, True):
                addresses = _addresses(pool, bootp)
                if addresses:
                    self.found[(*place, "range dynamic-bootp" if bootp else "range")] = addresses
            if not pool.bare:  # their scope is the subnet's own
                if id(pool.scope) not in self.owners:
                    self.settings(place, pool.scope)
                self.state(place, "relationship", pool.failover)
                self.state(place, "clients of", pool.half)
                self.flags(place, sorted(pool.permits))
