# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Match the halves of servers that are meant to be one relationship, even if they have faults.

Names alone are not enough: many pairs of one estate may use the same name for their relationship, and a wrong name or
address is exactly what the rules must report. So halves are matched in stages, from perfect matches to guesses. Every
stage finds partners through an index, so the time per server does not depend on the number of servers.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Server,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
    SIDES,
)

_RANKS = {"primary": 0, None: 1, "secondary": 2}


def endpoint(text: str | None) -> Hashable:
    """One key for one address in any spelling: a number, or the lower-case host name. None stays None."""
    if not text:
        return None
    number = parse_address(text)
    return text.lower() if number is None else number


# Compared by identity: comparing two servers field by field would be slow and pointless.
@dataclass(frozen=True, eq=False)
class Side:
    """One server's end of a relationship."""

    server: Server
    half: Half

    @property
    def address(self) -> Hashable:
        return endpoint(self.half.address or self.server.address)

    @property
    def peer_address(self) -> Hashable:
        return endpoint(self.half.peer_address)

    @property
    def port(self) -> int:
        return self.half.port or DEFAULT_PORT

    @property
    def peer_port(self) -> int:
        return self.half.peer_port or DEFAULT_PORT


@dataclass(frozen=True, eq=False)
class Relationship:
    """Two halves that belong together. If their roles are in conflict, the first one found counts as primary."""

    primary: Side
    secondary: Side

    @classmethod
    def of(cls, one: Side, other: Side) -> Relationship:
        return cls(*sorted((one, other), key=lambda side: _RANKS.get(side.half.role, 1)))


@dataclass(frozen=True, eq=False)
class Unmatched:
    """A half without its partner's half. partner_given: whether the partner seems to be among the given servers."""

    side: Side
    partner_given: bool


@dataclass(frozen=True, eq=False)
class Pairing:
    relationships: tuple[Relationship, ...]
    alone: tuple[Unmatched, ...]


Keys = Callable[[Side], Iterable[Hashable]]


def _mirrored(*, name: bool, ports: bool) -> tuple[Keys, Keys]:
    """Both addresses mirrored: each has the address that the other expects."""

    def key(side: Side, *, turned: bool) -> Iterable[Hashable]:
        if side.address is None or side.peer_address is None:
            return
        here = (side.address, side.port if ports else None)
        there = (side.peer_address, side.peer_port if ports else None)
        yield (side.half.name if name else None, *((there, here) if turned else (here, there)))

    return partial(key, turned=False), partial(key, turned=True)


def _one_way_own(side: Side) -> Iterable[Hashable]:
    if side.address is not None:
        yield (side.half.name, "is", side.address)
    if side.peer_address is not None:
        yield (side.half.name, "calls", side.peer_address)


def _one_way_wanted(side: Side) -> Iterable[Hashable]:
    if side.peer_address is not None:
        yield (side.half.name, "is", side.peer_address)
    if side.address is not None:
        yield (side.half.name, "calls", side.address)


def _same_addresses(side: Side) -> Iterable[Hashable]:
    """For a file that was copied to the partner without exchanging the addresses."""
    if side.address is not None and side.peer_address is not None:
        yield (side.half.name, side.address, side.peer_address)


_STAGES: tuple[tuple[Keys, Keys], ...] = (
    _mirrored(name=True, ports=True),
    _mirrored(name=True, ports=False),
    (_one_way_own, _one_way_wanted),
    (_same_addresses, _same_addresses),
    _mirrored(name=False, ports=True),
    _mirrored(name=False, ports=False),
)


def _match(sides: Iterable[Side], own: Keys, wanted: Keys) -> tuple[list[Relationship], list[Side]]:
    """Match sides of which one has the key that the other expects, first come, first served."""
    waiting: dict[Hashable, deque[Side]] = defaultdict(deque)
    single: dict[int, Side] = {}
    matched: list[Relationship] = []

    def partner_of(side: Side) -> Side | None:
        for key in wanted(side):
            queue = waiting.get(key)
            while queue and id(queue[0]) not in single:
                queue.popleft()
            for candidate in queue or ():
                if id(candidate) in single and candidate.server is not side.server:
                    return candidate
        return None

    for side in sides:
        partner = partner_of(side)
        if partner is not None:
            del single[id(partner)]
            matched.append(Relationship.of(partner, side))
            continue
        single[id(side)] = side
        for key in own(side):
            waiting[key].append(side)
    return matched, list(single.values())


def _may_be_partners(one: Side, other: Side) -> bool:
    """Whether two halves that share only a unique name are one relationship with a fault."""
    roles = {one.half.role, other.half.role}
    known = (one.address, one.peer_address, other.address, other.peer_address)
    return roles == {"primary", "secondary"} or None in roles or None in known


def _match_namesakes(sides: Sequence[Side]) -> tuple[list[Relationship], list[Side]]:
    by_name: dict[str, list[Side]] = defaultdict(list)
    for side in sides:
        by_name[side.half.name].append(side)
    matched, single = [], []
    for namesakes in by_name.values():
        if len(namesakes) == 2 and _may_be_partners(*namesakes):
            matched.append(Relationship.of(*namesakes))
        else:
            single += namesakes
    return matched, single


def _alone(sides: Iterable[Side], servers: Sequence[Server]) -> Iterable[Unmatched]:
    """Distinguish a forgotten half from one whose server another team manages."""
    owners: dict[Hashable, set[str]] = defaultdict(set)
    nameless: set[str] = set()
    for server in servers:
        owners[server.name.lower()].add(server.name)
        for address in server.addresses:
            owners[address].add(server.name)
        if not server.addresses:
            nameless.add(server.name)
    for side in sides:
        itself = {side.server.name}
        yield Unmatched(side, partner_given=bool((owners.get(side.peer_address, set()) | nameless) - itself))


def pair(servers: Sequence[Server]) -> Pairing:
    """Match the halves of all servers. A name declared twice on one server takes part once."""
    sides = [Side(server, half) for server in servers for half in {half.name: half for half in server.halves}.values()]
    relationships: list[Relationship] = []
    for own, wanted in _STAGES:
        matched, sides = _match(sides, own, wanted)
        relationships += matched
    matched, sides = _match_namesakes(sides)
    return Pairing((*relationships, *matched), tuple(_alone(sides, servers)))


def describe(pairing: Pairing) -> list[dict[str, Any]]:
    """The relationships as plain data; values that only an unknown partner has are None."""
    sizes: dict[int, dict[str, list[int]]] = {}

    def sizes_of(side: Side) -> list[int]:
        of_server = sizes.get(id(side.server))
        if of_server is None:
            of_server = sizes[id(side.server)] = defaultdict(list)
            for pool in side.server.pools:
                if pool.failover is not None:
                    of_server[pool.failover].append(pool.size)
        return of_server.get(side.half.name, [])

    def described(*sides: Side) -> dict[str, Any]:
        pools = max((sizes_of(side) for side in sides), key=sum)
        result: dict[str, Any] = {"name": sides[0].half.name, "pools": len(pools), "addresses": sum(pools)}
        for role in SIDES:
            result[role] = result[f"{role}_address"] = result[f"{role}_port"] = None
        for side in sides:
            # Two halves with conflicting roles still get one place each.
            role = side.half.role or "primary"
            if result[role] is not None:
                role = "secondary" if role == "primary" else "primary"
            result[role] = side.server.name
            result[f"{role}_address"] = side.half.address or side.server.address
            result[f"{role}_port"] = side.port
        return result

    together = [described(relationship.primary, relationship.secondary) for relationship in pairing.relationships]
    return together + [described(unmatched.side) for unmatched in pairing.alone]
