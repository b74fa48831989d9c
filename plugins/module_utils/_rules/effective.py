# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a client on one address would get: the scopes that dhcpd 4.4.3 runs for it, in dhcpd's order.

1. the subnet that the address lies in, with everything around it, outermost first, wherever the pool is written;
2. the pool's own statements; a reserved address has no pool;
3. the classes that the client matched, the last one first, so that the first one wins;
4. the reservation, with the groups around it.

Of classes and reservations, only those scopes run that have not run as part of the pool's or the subnet's surroundings.
Later statements replace earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    DEFAULT_LEASE_TIMES,
    Pool,
    Reservation,
    Scope,
    Statements,
    Subnet,
    Value,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

INFINITE = -1
_ONES = 0xFFFFFFFF

# A class by its name, or one of its subclasses by name and value.
Match = Union[str, tuple[str, str]]

# dhcpd itself fills these in.
_COMPUTED = frozenset({"dhcp-lease-time", "dhcp-message-type"})


@dataclass(frozen=True)
class Settings:
    """What a client on one address gets.

    options: name -> canonical value as it would be sent, `subnet-mask` included where nobody states it. parameters:
    the other statements that take effect. conditionals: the blocks that run for the client, in that order.
    """

    options: Statements
    parameters: Statements
    conditionals: tuple[str, ...]
    pool: Pool | None  # None for a reserved address
    subnet: Subnet

    def lease_seconds(self, requested: int | None = None) -> int:
        """The lease time, without failover's limit for first leases; INFINITE for a lease that never ends."""
        shortest, default, longest = (_seconds(self.parameters, name) for name in _TIMES)
        lease = (
            (DEFAULT_LEASE_TIMES["default-lease-time"] if default is None else default)
            if requested is None
            else (requested & _ONES)
        )
        longest = DEFAULT_LEASE_TIMES["max-lease-time"] if longest is None else longest
        lease = min(lease, longest)
        shortest = min(DEFAULT_LEASE_TIMES["min-lease-time"], longest) if shortest is None else shortest
        lease = max(lease, shortest)
        return INFINITE if lease == _ONES else lease


_TIMES = ("min-lease-time", "default-lease-time", "max-lease-time")


def _seconds(parameters: Statements, name: str) -> int | None:
    """A stated time as the 32 bits that dhcpd keeps of it."""
    try:
        return int(parameters[name][0], 0) & _ONES
    except (KeyError, IndexError, ValueError):
        return None


def settings(
    view: View,
    address: int,
    classes: Sequence[Match] = (),
    known: bool = False,
    reservation: Reservation | None = None,
) -> Settings | None:
    """What a client gets on this address; None: dhcpd does not give it the address.

    classes: those that the client matched, in the order of their declaration. known: some reservation names the
    client, even if it is for another network. reservation: the one that applies: with this address, or without any.
    """
    fixed = reservation is not None and bool(reservation.addresses)
    if fixed and address not in reservation.addresses:  # type: ignore[union-attr]  # `fixed` says so
        return None
    span = None if fixed else next(iter(view.spans_over(address, address)), None)
    pool = None if span is None else span.pool
    if pool is None and not fixed:
        return None
    subnet = view.subnet_over(address)
    if subnet is None:
        return None
    if pool is not None and not permitted(pool, classes, known or reservation is not None):
        return None
    options: dict[str, Value] = {}
    parameters: dict[str, Value] = {}
    conditionals: list[str] = []
    for scope in scopes(view, subnet, pool, classes, reservation):
        options.update(scope.options)
        parameters.update(scope.parameters)
        conditionals += scope.conditionals
    if parameters.get("allow-booting", _TRUE) != _TRUE:
        return None
    if reservation is None and parameters.get("boot-unknown-clients", _TRUE) != _TRUE:
        return None
    for name in _COMPUTED:
        options.pop(name, None)
    options.setdefault("subnet-mask", (format_address(_ONES << (32 - subnet.prefix) & _ONES),))
    if parameters.get("use-lease-addr-for-default-route") == _TRUE:
        options.setdefault("routers", (format_address(address),))
    if reservation is not None and parameters.get("use-host-decl-names") == _TRUE:
        options.setdefault("host-name", (reservation.name,))
    return Settings(options, parameters, tuple(conditionals), pool, subnet)


_TRUE = ("true",)


def permitted(pool: Pool, classes: Sequence[Match] = (), known: bool = False) -> bool:
    """Whether the pool's lists let such a client in. A date (`after`) counts as reached by nobody."""
    names = {match if isinstance(match, str) else match[0] for match in classes}
    allow = [permit[6:] for permit in pool.permits if permit.startswith("allow ")]
    deny = [permit[5:] for permit in pool.permits if permit.startswith("deny ")]

    def listed(what: str) -> bool:
        if what.startswith("members of "):
            return what[11:].strip('"') in names
        return what in ("all clients", "unauthenticated clients", "known-clients" if known else "unknown-clients")

    return not any(map(listed, deny)) and (not allow or any(map(listed, allow)))


def scopes(
    view: View,
    subnet: Subnet,
    pool: Pool | None,
    classes: Sequence[Match] = (),
    reservation: Reservation | None = None,
) -> list[Scope]:
    """The scopes that run, in that order; of two that state the same, the later one wins."""
    run = [*_chain(subnet.scope)][::-1]
    # What stands around a pool is the link, even where somebody wrote the pool into one of its subnets.
    around = run
    if pool is not None:
        link = view.link_at.get(subnet.network)
        around = [pool.scope, *(run if link is None else _chain(link.scope))]
        if pool.scope is not subnet.scope:
            run.append(pool.scope)
    done = {id(scope) for scope in around}
    for match in reversed(classes):
        name = match if isinstance(match, str) else match[0]
        for piece in view.classes.get(name, ()):
            run += _until(piece.scope, done)
    if reservation is not None:
        run += _until(reservation.scope, done)
    return run


def _chain(scope: Scope | None) -> Iterator[Scope]:
    """A scope and those around it, innermost first."""
    while scope is not None:
        yield scope
        scope = scope.parent


def _until(scope: Scope, done: set[int]) -> list[Scope]:
    """A scope and those around it, outermost first, up to what has already run."""
    found = []
    for around in _chain(scope):
        if id(around) in done:
            break
        found.append(around)
    return found[::-1]
