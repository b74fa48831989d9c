# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The settings that a client would get on an address: the scopes that dhcpd 4.4.3 runs for it, in dhcpd's order.

1. the subnet that the address lies in, with everything around it, outermost first, wherever the pool is written;
2. the pool's own statements; a reserved address has no pool;
3. the classes that the client matched, the last one first, so that the first one wins;
4. the reservation.

Later statements replace earlier ones. Classes and reservations add the scopes around them, except those that are also
around the pool (or, for a reserved address, around the subnet). The scope around a pool is its shared network, even if
the pool is written in a subnet of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Union

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Conditional,
    Pool,
    Reservation,
    Scope,
    Statements,
    Subnet,
    Value,
    format_address,
    netmask,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_LEASE_TIMES,
    ENDLESS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

INFINITE = -1
# dhcpd puts a client into at most this many classes.
MAX_CLASSES = 5
TRUE: Value = ("true",)

# A class by its name, or one of its subclasses by name and value.
ClassMatch = Union[str, tuple[str, str]]

# dhcpd itself sets these, whatever is configured.
_COMPUTED = ("dhcp-lease-time", "dhcp-message-type")
_RENEWAL, _REBINDING = "dhcp-renewal-time", "dhcp-rebinding-time"
_BY_CLIENT = ("use-host-decl-names", "use-lease-addr-for-default-route")


@dataclass(frozen=True)
class Settings:
    """The settings of a client on one address.

    options: name -> canonical value as it would be sent, including a default `subnet-mask`. parameters: the other
    statements in effect. conditionals: the blocks that run for the client, in that order, and statements that replace
    what a block before them sets. stated: the options without those that dhcpd adds, and with those that it leaves
    out because the lease is too short.
    """

    options: Statements
    parameters: Statements
    conditionals: tuple[Conditional, ...]
    pool: Pool | None  # None for a reserved address
    subnet: Subnet
    stated: Statements

    def seconds(self, name: str) -> int | None:
        """A lease time as the 32 bits that dhcpd keeps of it; None if it is not set."""
        return _number(self.parameters, name)

    def lease_seconds(self, requested: int | None = None) -> int:
        """The lease time, ignoring failover's limit for first leases; INFINITE for a lease that never ends."""
        lease = _lease_time(self.parameters, requested)
        return INFINITE if lease == ENDLESS else lease


def _number(statements: Statements, name: str) -> int | None:
    value = statements.get(name)
    try:
        return int(value[0], 0) & ENDLESS if value else None
    except ValueError:
        return None  # an expression


def _lease_time(parameters: Statements, requested: int | None = None) -> int:
    shortest, default, longest = (_number(parameters, f"{which}-lease-time") for which in ("min", "default", "max"))
    lease = default if requested is None else requested & ENDLESS
    if lease is None:
        lease = DEFAULT_LEASE_TIMES["default-lease-time"]
    if longest is None:
        longest = DEFAULT_LEASE_TIMES["max-lease-time"]
    if shortest is None:
        shortest = min(DEFAULT_LEASE_TIMES["min-lease-time"], longest)
    return max(min(lease, longest), shortest)


def settings(
    view: View,
    address: int,
    classes: Sequence[ClassMatch] = (),
    known: bool = False,
    reservation: Reservation | None = None,
) -> Settings | None:
    """The settings of a client on this address; None if dhcpd does not give it the address.

    classes: those that the client matched, in the order of their declaration. known: whether some reservation names
    the client, even one for another network. reservation: the one in effect, with this address or without any.
    """
    pool = None
    if reservation is None or not reservation.addresses:
        span = next(iter(view.spans_over(address, address)), None)
        if span is None or not permitted(span.pool, classes, known or reservation is not None):
            return None
        pool = span.pool
    elif address not in reservation.addresses:
        return None
    subnet = view.subnet_over(address)
    if subnet is None:
        return None
    found = would_get(view, subnet, pool, address, classes, reservation)
    if found.parameters.get("allow-booting", TRUE) != TRUE:
        return None
    if reservation is None and found.parameters.get("boot-unknown-clients", TRUE) != TRUE:
        return None
    return found


def permitted(pool: Pool, classes: Sequence[ClassMatch] = (), known: bool = False) -> bool:
    """Whether the pool's permits admit such a client. A date (`after`) counts as not reached."""
    if not pool.permits:
        return True
    names = {match if isinstance(match, str) else match[0] for match in classes[:MAX_CLASSES]}

    def listed(what: str) -> bool:
        if what.startswith("members of "):
            return what[11:].strip('"') in names
        return what in ("all clients", "unauthenticated clients", "known-clients" if known else "unknown-clients")

    allow = [permit[6:] for permit in pool.permits if permit.startswith("allow ")]
    deny = [permit[5:] for permit in pool.permits if permit.startswith("deny ")]
    return not any(map(listed, deny)) and (not allow or any(map(listed, allow)))


def would_get(
    view: View,
    subnet: Subnet,
    pool: Pool | None,
    address: int,
    classes: Sequence[ClassMatch] = (),
    reservation: Reservation | None = None,
) -> Settings:
    """The settings of a client on an address of this subnet and pool (no pool: by reservation), if admitted."""
    plain, by_client = _plain(view, subnet, pool)
    further = _further(view, subnet, pool, classes, reservation) if classes or reservation is not None else []
    if not further and not by_client:
        return plain
    stated, parameters, conditionals = _run(further, plain.stated, plain.parameters, plain.conditionals)
    if classes and view.server.daemon == "kea":
        stated = _as_kea(view, plain, classes, reservation)
    options = stated
    if parameters.get("use-lease-addr-for-default-route") == TRUE and "routers" not in options:
        options = {**options, "routers": (format_address(address),)}
    if reservation is not None and parameters.get("use-host-decl-names") == TRUE and "host-name" not in options:
        options = {**options, "host-name": (reservation.name,)}
    sent = _sent(view, options, parameters, subnet)
    return Settings(sent, parameters, conditionals, pool, subnet, stated)


class Served(NamedTuple):
    """A pool's addresses in one subnet, one of them, and a client's settings there."""

    pool: Pool
    address: int
    settings: Settings


def served(view: View) -> list[Served]:
    """Everything that the server gives out, once for each pool and each subnet of its addresses."""
    if view.served is None:
        found: dict[tuple[int, int], Served] = {}
        for pool, low in ((placed.pool, item.low) for placed in view.pools for item in placed.pool.ranges):
            subnet = view.subnet_over(low)
            if subnet is not None and (id(pool), id(subnet)) not in found:
                found[id(pool), id(subnet)] = Served(pool, low, would_get(view, subnet, pool, low))
        view.served = list(found.values())
    return view.served


def _plain(view: View, subnet: Subnet, pool: Pool | None) -> tuple[Settings, bool]:
    """The settings of all clients in a pool, and whether some depend on the client."""
    key = (id(subnet), id(pool))
    plain: tuple[Settings, bool] | None = view.plain_settings.get(key)
    if plain is not None:
        return plain
    around = subnet.scope
    options, parameters = around.effective_options, around.effective_parameters
    conditionals = around.effective_conditionals
    own = () if pool is None or pool.scope is around else (pool.scope,)
    if conditionals:
        options, parameters, conditionals = _run([*around.chain][::-1], {}, {}, ())
    options, parameters, conditionals = _run(own, options, parameters, conditionals)
    found = Settings(_sent(view, options, parameters, subnet), parameters, conditionals, pool, subnet, options)
    view.plain_settings[key] = plain = (found, not parameters.keys().isdisjoint(_BY_CLIENT))
    return plain


def _run(
    scopes: Iterable[Scope], options: Statements, parameters: Statements, conditionals: tuple[Conditional, ...]
) -> tuple[Statements, Statements, tuple[Conditional, ...]]:
    """Apply the scopes one after the other. A mapping to which nothing is added stays the same object."""
    for scope in scopes:
        if scope.options:
            options = {**options, **scope.options}
        if scope.parameters:
            parameters = {**parameters, **scope.parameters}
        if conditionals:
            named = frozenset().union(*(each.names for each in conditionals))
            conditionals += tuple(
                _statement(prefix, name, stated[name])
                for prefix, stated in (("option ", scope.options), ("", scope.parameters))
                for name in sorted(named.intersection(stated))
            )
        if scope.conditionals:
            conditionals += scope.conditionals
    return options, parameters, conditionals


def _statement(prefix: str, name: str, value: Value) -> Conditional:
    """A statement after a block that may set the same: their order decides what it replaces."""
    text = f"{prefix}{name} {' '.join(value)};"
    return Conditional(text, frozenset({name}), frozenset({f"{prefix}{name}"}), block=False)


def _sent(view: View, options: Statements, parameters: Statements, subnet: Subnet) -> Statements:
    """Add the mask, and remove options that dhcpd computes or drops: the time to renew must come before the time to
    rebind, both within the lease.
    """
    if "subnet-mask" not in options or view.server.daemon == "kea":  # which sends no other
        options = {**options, "subnet-mask": (format_address(netmask(subnet.prefix)),)}
    unsent = [name for name in _COMPUTED if name in options]
    limit = _lease_time(parameters) if _RENEWAL in options or _REBINDING in options else 0
    for name in (_REBINDING, _RENEWAL):
        seconds = _number(options, name)
        if seconds is not None and seconds >= limit:
            unsent.append(name)
        elif seconds is not None:
            limit = seconds
    return {name: value for name, value in options.items() if name not in unsent} if unsent else options


def _further(
    view: View,
    subnet: Subnet,
    pool: Pool | None,
    classes: Sequence[ClassMatch],
    reservation: Reservation | None,
) -> list[Scope]:
    """The scopes that run for this client after those of the subnet and the pool."""
    link = view.link_at.get(subnet.network)
    around = subnet.scope if pool is None or link is None else link.scope
    done = {id(scope) for scope in around.chain}
    if pool is not None and pool.scope is not subnet.scope:  # a range without a pool has no scope of its own
        done.add(id(pool.scope))
    run: list[Scope] = []
    for match in reversed(classes[:MAX_CLASSES]):
        for piece in view.classes.get(match if isinstance(match, str) else match[0], ()):
            scope = piece.scope if isinstance(match, str) else piece.members.get(match[1], piece.scope)
            run += _until(view, scope, done)
    if reservation is not None:
        # One of Kea may be in another subnet, too; the blocks around it are those of the address.
        run += [reservation.scope] if view.server.daemon == "kea" else _until(view, reservation.scope, done)
    return run


def _as_kea(view: View, plain: Settings, classes: Sequence[ClassMatch], reservation: Reservation | None) -> Statements:
    """The options of a client in these classes, as Kea chooses them: those of a network win over those of a class, and
    those of a class only over the global ones. Its parameters have dhcpd's order.
    """
    inner: dict[str, Value] = {}
    for scope in [scope for scope in plain.subnet.scope.chain if scope.parent is not None][::-1]:
        inner.update(scope.options)
    if plain.pool is not None:
        inner.update(plain.pool.scope.options)
    pieces = (piece for match in reversed(classes) for piece in view.classes.get(str(match), ()))
    found = {**view.server.scope.options}
    for piece in pieces:
        found.update(piece.scope.options)
    return {**found, **inner, **(reservation.scope.options if reservation is not None else {})}


def _until(view: View, scope: Scope | None, done: set[int]) -> list[Scope]:
    """A scope and those around it, outermost first, without empty scopes and those that have already run."""
    found = []
    while scope is not None and id(scope) not in done:
        if scope.options or scope.parameters or scope.conditionals:
            found.append(scope)
        scope = view.around_pools.get(id(scope), scope.parent)
    return found[::-1]
