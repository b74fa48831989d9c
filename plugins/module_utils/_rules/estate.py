# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The objects of the rules: servers, their ends of relationships, and pairs, with shared indexes.

Every index is built once and on demand, so that the work grows linearly with the input.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import Pairing, Side
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import pair as find_pairs

# What the daemons are called.
_DAEMONS = {"dhcpd": "dhcpd", "kea": "Kea"}
# These faults make a reference ineffective, so that the relationship looks unused.
_REFERENCES = frozenset({"reference-outside-pool", "no-failover-statement"})
# With one of these faults, part of a server's declaration is unknown: what seems to be missing may be there.
_INCOMPLETE = frozenset({"declaration-invalid", "include-missing", "subnet-invalid", "syntax"})


class Located(Protocol):
    """Anything a finding can point at."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int | None: ...


@dataclass(frozen=True)
class Somewhere:
    """A place that is not an object of the declaration."""

    path: str
    line: int | None = None


class Complaint(NamedTuple):
    """The complaint of one rule, before it becomes a finding.

    servers: the first is the one to change. hint: "{host}" stands for their names. severity: for rules with two.
    """

    servers: tuple[str, ...]
    path: str
    line: int | None
    message: str
    hint: str
    severity: Severity | None = None


class Span(NamedTuple):
    """A range with its ends in order, and its pool."""

    low: int
    high: int
    pool: Pool
    range: Range


Scopes = dict[int, list[Span]]  # number of a subnet -> the ranges in it


class View:
    """One server and its indexes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.name = server.name
        self.daemon = _DAEMONS[server.daemon]
        # A cache for `effective`, which alone uses it.
        self.plain_settings: dict[tuple[int, int], Any] = {}
        self.served: list[Any] | None = None
        self.complete = all(problem.slug not in _INCOMPLETE for problem in server.problems)
        self.unread_references = any(problem.slug in _REFERENCES for problem in server.problems)

    def complain(
        self, place: Located, message: str, hint: str, severity: Severity | None = None, partners: Iterable[str] = ()
    ) -> Complaint:
        return Complaint((self.name, *partners), place.path, place.line, message, hint, severity)

    @cached_property
    def ends(self) -> list[End]:
        return [End(self, half) for half in self.server.halves]

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset(half.name for half in self.server.halves)

    def declares(self, name: str) -> bool:
        """Whether there is a half of this name."""
        return name in self._declared

    @cached_property
    def pools(self) -> list[Placed]:
        inside = [Placed(self, pool, (subnet,)) for subnet in self.server.subnets for pool in subnet.pools]
        beside = [
            Placed(self, pool, network.subnets) for network in self.server.shared_networks for pool in network.pools
        ]
        return inside + beside

    @cached_property
    def spans(self) -> list[Span]:
        """All ranges of the server, ordered by address."""
        spans = [Span(item.low, item.high, placed.pool, item) for placed in self.pools for item in placed.pool.ranges]
        return sorted(spans, key=itemgetter(0, 1))

    @cached_property
    def _lows(self) -> list[int]:
        return [span.low for span in self.spans]

    def spans_over(self, low: int, high: int) -> list[Span]:
        """The ranges that contain any of these addresses."""
        # Ranges do not overlap on a server that can start, so going back by one is enough.
        first = max(bisect_right(self._lows, low) - 1, 0)
        return [span for span in self.spans[first : bisect_right(self._lows, high)] if span.high >= low]

    @cached_property
    def subnets(self) -> list[Subnet]:
        """Ordered by address, wider ones first."""
        return sorted(self.server.subnets, key=lambda subnet: (subnet.network, subnet.prefix))

    @cached_property
    def _networks(self) -> list[int]:
        return [subnet.network for subnet in self.subnets]

    def subnet_over(self, low: int, high: int | None = None) -> Subnet | None:
        """A subnet that contains any of these addresses (by default one address)."""
        index = bisect_right(self._networks, low if high is None else high) - 1
        if index < 0 or self.subnets[index].broadcast < low:
            return None
        return self.subnets[index]

    @cached_property
    def subnet_at(self) -> dict[int, Subnet]:
        return {subnet.network: subnet for subnet in self.server.subnets}

    @cached_property
    def scopes(self) -> dict[str, Scopes]:
        """The ranges of failover pools: by relationship, then by subnet."""
        scopes: dict[str, Scopes] = defaultdict(lambda: defaultdict(list))
        for placed in self.pools:
            if placed.pool.failover is None:
                continue
            scope = scopes[placed.pool.failover]
            for item in placed.pool.ranges:
                span = Span(item.low, item.high, placed.pool, item)
                if placed.pool.subnet is not None:
                    scope[placed.subnets[0].network].append(span)
                    continue
                subnet = self.subnet_over(span.low)
                if subnet is not None:
                    scope[subnet.network].append(span)
        return scopes

    @cached_property
    def failover_pools(self) -> dict[str, list[Pool]]:
        pools: dict[str, list[Pool]] = defaultdict(list)
        for placed in self.pools:
            if placed.pool.failover is not None:
                pools[placed.pool.failover].append(placed.pool)
        return pools

    @cached_property
    def link_at(self) -> dict[int, SharedNetwork]:
        """Number of a subnet -> the shared network around it."""
        return {subnet.network: network for network in self.server.shared_networks for subnet in network.subnets}

    @cached_property
    def around_pools(self) -> dict[int, Scope]:
        """Number of a pool's scope -> the scope around it: the shared network, even with a subnet between."""
        return {
            id(pool.scope): network.scope
            for network in self.server.shared_networks
            for subnet in network.subnets
            for pool in subnet.pools
            if pool.scope is not subnet.scope
        }

    @cached_property
    def _links_with_range(self) -> frozenset[int]:
        """Numbers of subnets with a range on their link."""
        found = {subnet.network for span in self.spans if (subnet := self.subnet_over(span.low)) is not None}
        links = {id(link): link for network in found if (link := self.link_at.get(network)) is not None}
        return frozenset(found.union(subnet.network for link in links.values() for subnet in link.subnets))

    def has_range(self, subnet: Subnet) -> bool:
        """Whether there is a range on the subnet's link."""
        return subnet.network in self._links_with_range

    @cached_property
    def reservations_in(self) -> dict[int | None, list[Reservation]]:
        """Reservations by number of the subnet; None: without a fixed address."""
        found: dict[int | None, list[Reservation]] = defaultdict(list)
        for reservation in self.server.reservations:
            if not reservation.addresses:
                found[None].append(reservation)
            for address in reservation.addresses:
                subnet = self.subnet_over(address)
                if subnet is not None:
                    found[subnet.network].append(reservation)
        return found

    @cached_property
    def named_options(self) -> frozenset[str]:
        """Every name of an option or of anything else in the server's settings."""
        server = self.server
        scopes = [server.scope, *(item.scope for item in server.subnets)]
        scopes += [item.scope for item in server.reservations]
        scopes += [placed.pool.scope for placed in self.pools]
        texts = []
        for item in server.classes:
            scopes += [item.scope, *item.members.values()]
            texts.append(item.match or "")
        around = {id(scope): scope for leaf in scopes for scope in leaf.chain}
        names = {name for scope in around.values() for name in scope.options}
        names = names.union(*(block.names for scope in around.values() for block in scope.conditionals))
        return frozenset(names.union(*(re.findall(r"[a-z][\w.-]*", text) for text in texts)))

    @cached_property
    def classes(self) -> dict[str, list[ClientClass]]:
        """Classes by name; dhcpd lets a class be declared in several pieces."""
        classes: dict[str, list[ClientClass]] = defaultdict(list)
        for item in self.server.classes:
            classes[item.name].append(item)
        return classes


@dataclass(frozen=True, eq=False)
class Placed:
    """A pool, its server, and the subnets of its addresses."""

    view: View
    pool: Pool
    subnets: Sequence[Subnet]

    def complain(self, message: str, hint: str) -> Complaint:
        return self.view.complain(self.pool, message, hint)


@dataclass(frozen=True, eq=False)
class End:
    """One server's end of a relationship."""

    view: View
    half: Half

    @property
    def name(self) -> str:
        return self.view.name

    @property
    def port(self) -> int:
        return self.half.port or DEFAULT_PORT

    @property
    def peer_port(self) -> int:
        return self.half.peer_port or DEFAULT_PORT

    @property
    def is_primary(self) -> bool:
        return self.half.role == "primary"

    @property
    def is_secondary(self) -> bool:
        return self.half.role == "secondary"

    @property
    def scopes(self) -> Scopes:
        return self.view.scopes.get(self.half.name, {})

    @property
    def pools(self) -> list[Pool]:
        return self.view.failover_pools.get(self.half.name, [])

    def complain(
        self, message: str, hint: str, severity: Severity | None = None, partners: Iterable[str] = ()
    ) -> Complaint:
        return self.view.complain(self.half, message, hint, severity, partners)


@dataclass(frozen=True, eq=False)
class Pair:
    """Both ends of a relationship."""

    primary: End
    secondary: End

    @property
    def ends(self) -> tuple[End, End]:
        return (self.primary, self.secondary)

    @property
    def directions(self) -> tuple[tuple[End, End], tuple[End, End]]:
        """Both ends, as (this, other)."""
        return ((self.primary, self.secondary), (self.secondary, self.primary))

    def complain(
        self, message: str, hint: str, severity: Severity | None = None, place: Located | None = None
    ) -> Complaint:
        """A complaint about both; `place` is on the primary."""
        return self.primary.view.complain(place or self.primary.half, message, hint, severity, (self.secondary.name,))


class Estate:
    """All servers and their relationships."""

    def __init__(self, servers: Sequence[Server], pairing: Pairing | None = None) -> None:
        self.views = [View(server) for server in servers]
        self.pairing = pairing or find_pairs(servers)
        by_server = {id(view.server): view for view in self.views}

        def end(side: Side) -> End:
            return End(by_server[id(side.server)], side.half)

        self.pairs = [Pair(end(item.primary), end(item.secondary)) for item in self.pairing.relationships]
        self.alone = [(end(item.side), item.partner_given) for item in self.pairing.alone]

    def of(self, daemon: str) -> Estate:
        """The servers of one daemon, with the relationships among them."""
        if all(view.server.daemon == daemon for view in self.views):
            return self
        pairing = Pairing(
            tuple(
                item
                for item in self.pairing.relationships
                if item.primary.server.daemon == item.secondary.server.daemon == daemon
            ),
            tuple(item for item in self.pairing.alone if item.side.server.daemon == daemon),
        )
        return Estate([view.server for view in self.views if view.server.daemon == daemon], pairing)

    @cached_property
    def partners(self) -> dict[str, set[str]]:
        """Server name -> names of the servers with which it shares a relationship."""
        partners: dict[str, set[str]] = defaultdict(set)
        for pair in self.pairs:
            for this, other in pair.directions:
                partners[this.name].add(other.name)
        return partners


def servers(estate: Estate) -> Iterable[View]:
    return estate.views


def ends(estate: Estate) -> Iterable[End]:
    for view in estate.views:
        yield from view.ends


def pools(estate: Estate) -> Iterable[Placed]:
    for view in estate.views:
        yield from view.pools


def pairs(estate: Estate) -> Iterable[Pair]:
    return estate.pairs


def everything(estate: Estate) -> Iterable[Estate]:
    yield estate
