# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to a healthy pair that clients would notice, each with the rule that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pairs.plans import (
    COMMON,
    DEFINITIONS,
    ONE,
    RESERVED,
    ROUTER,
    TWO,
    Address,
    Class,
    Flag,
    Half,
    Host,
    Link,
    Name,
    Number,
    Pair,
    Pool,
    Server,
    Setting,
    Subnet,
    Text,
    Words,
    addresses,
    definitions_for,
    number_of,
    option,
    parameter,
    text_of,
)

ERROR, WARNING = "error", "warning"


class NoPlaceError(Exception):
    """This pair has no place for the fault."""


@dataclass(frozen=True)
class Fault:
    """slug, severity: the required finding. also: slugs that may come with it."""

    slug: str
    severity: str
    change: Callable[[Pair], Pair]
    also: frozenset[str] = frozenset()


FAULTS: dict[str, Fault] = {}


def fault(
    name: str, slug: str, severity: str, *also: str
) -> Callable[[Callable[[Pair], Pair]], Callable[[Pair], Pair]]:
    def register(change: Callable[[Pair], Pair]) -> Callable[[Pair], Pair]:
        FAULTS[name] = Fault(slug, severity, change, frozenset(also))
        return change

    return register


# --- Parts of a plan -----------------------------------------------------------------------------------------------


def pools_where(
    server: Server, condition: Callable[[Subnet, Pool], bool], change: Callable[[Pool], list[Pool]], most: int = 1
) -> Server:
    """The server with its first matching pool replaced."""
    left = most
    links = []
    for link in server.links:
        subnets = []
        for subnet in link.subnets:
            pools: list[Pool] = []
            for pool in subnet.pools:
                if left and condition(subnet, pool):
                    left -= 1
                    pools += change(pool)
                else:
                    pools.append(pool)
            subnets.append(replace(subnet, pools=tuple(pools)))
        links.append(replace(link, subnets=tuple(subnets)))
    if left == most:
        raise NoPlaceError
    return replace(server, links=tuple(links))


def any_pool(_subnet: Subnet, _pool: Pool) -> bool:
    return True


def replicated(subnet: Subnet) -> bool:
    return any(pool.failover for pool in subnet.pools)


def open_pool(_subnet: Subnet, pool: Pool) -> bool:
    return pool.failover is not None and pool.permits == COMMON


def in_pools(pair: Pair, one: Setting | None, two: Setting | None) -> Pair:
    """Put a statement into each server's first open pool, in place of any other of its name."""

    def put(server: Server, setting: Setting | None, name: str) -> Server:
        def change(pool: Pool) -> list[Pool]:
            kept = [item for item in pool.settings if item.name != name]
            return [replace(pool, settings=(*kept, setting) if setting else tuple(kept))]

        return pools_where(server, open_pool, change)

    some = one or two
    assert some is not None
    return put(pair[0], one, some.name), put(pair[1], two, some.name)


def subnets_where(
    server: Server, condition: Callable[[Subnet], bool], change: Callable[[Subnet], list[Subnet]]
) -> Server:
    """The server with its last matching subnet replaced."""
    last = [subnet for subnet in server.subnets if condition(subnet)][-1:]
    if not last:
        raise NoPlaceError
    links = [
        replace(
            link, subnets=tuple(new for item in link.subnets for new in (change(item) if item is last[0] else [item]))
        )
        for link in server.links
    ]
    return replace(server, links=tuple(link for link in links if link.subnets))


def halves(server: Server, **changes: Any) -> Server:
    first, *others = server.halves
    return replace(server, halves=(replace(first, **changes), *others))


def by_role(pair: Pair, role: str, change: Callable[[Half], dict[str, Any]]) -> Pair:
    """Change the half with that role in the first relationship."""
    one, two = (
        halves(server, **change(server.halves[0])) if server.halves[0].role == role else server for server in pair
    )
    return one, two


def hosts(server: Server, change: Callable[[Host], list[Host]]) -> Server:
    """Replace the last reservation that has an address."""
    held = [host for host in server.hosts if host.address is not None]
    kept = [new for host in server.hosts for new in (change(host) if host is held[-1] else [host])]
    return replace(server, hosts=tuple(kept))


def classes(server: Server, name: str, change: Callable[[Class], list[Class]]) -> Server:
    found = [new for item in server.classes for new in (change(item) if item.name == name else [item])]
    return replace(server, classes=tuple(found))


def with_global(server: Server, *settings: Setting) -> Server:
    some = {setting.name for setting in settings}
    kept = tuple(item for item in server.global_only if item.name not in some)
    return replace(server, global_only=(*kept, *settings))


def without(server: Server, name: str) -> Server:
    """Remove settings of this name everywhere."""

    def clean(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
        return tuple(setting for setting in settings if setting.name != name)

    def subnet(item: Subnet) -> Subnet:
        pools = tuple(replace(pool, settings=clean(pool.settings)) for pool in item.pools)
        return replace(item, settings=clean(item.settings), pools=pools)

    links = tuple(
        replace(link, settings=clean(link.settings), subnets=tuple(map(subnet, link.subnets))) for link in server.links
    )
    some = tuple(
        replace(
            item,
            settings=clean(item.settings),
            subclasses=tuple(replace(sub, settings=clean(sub.settings)) for sub in item.subclasses),
        )
        for item in server.classes
    )
    held = tuple(replace(host, settings=clean(host.settings)) for host in server.hosts)
    return replace(server, settings=clean(server.settings), links=links, classes=some, hosts=held)


def defined(pair: Pair) -> Pair:
    one, two = (replace(server, definitions=definitions_for(server)) for server in pair)
    return one, two


# --- Relationships -------------------------------------------------------------------------------------------------


@fault("name", "name-mismatch", ERROR)
def _name(pair: Pair) -> Pair:
    one, two = pair
    old, new = two.halves[0].name, two.halves[0].name.upper()
    two = pools_where(two, lambda _, pool: pool.failover == old, lambda pool: [replace(pool, failover=new)], 99)
    return one, halves(two, name=new)


@fault("both primary", "role-conflict", ERROR)
def _both_primary(pair: Pair) -> Pair:
    return by_role(pair, "secondary", lambda _: {"role": "primary", "mclt": 1800, "split": 128})


@fault("both secondary", "role-conflict", ERROR)
def _both_secondary(pair: Pair) -> Pair:
    return by_role(pair, "primary", lambda _: {"role": "secondary", "mclt": None, "split": None})


@fault("peer port", "port-not-mirrored", ERROR)
def _peer_port(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], peer_port=pair[1].halves[0].peer_port + 1)


@fault("own port", "port-not-mirrored", ERROR)
def _own_port(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], port=pair[1].halves[0].port + 1)


@fault("peer address", "address-not-mirrored", ERROR)
def _peer_address(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], peer_address="192.0.2.250")


@fault("own address", "address-not-mirrored", ERROR)
def _own_address(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], address="192.0.2.250")


@fault("mclt on the secondary", "mclt-on-secondary", ERROR)
def _mclt(pair: Pair) -> Pair:
    return by_role(pair, "secondary", lambda _: {"mclt": 1800})


@fault("no mclt", "mclt-missing", ERROR)
def _no_mclt(pair: Pair) -> Pair:
    return by_role(pair, "primary", lambda _: {"mclt": None})


@fault("no split", "split-missing", ERROR)
def _no_split(pair: Pair) -> Pair:
    return by_role(pair, "primary", lambda _: {"split": None})


@fault("split on the secondary", "split-on-secondary", ERROR)
def _split(pair: Pair) -> Pair:
    return by_role(pair, "secondary", lambda _: {"split": 128})


@fault("split too large", "split-out-of-range", ERROR)
def _split_too_large(pair: Pair) -> Pair:
    return by_role(pair, "primary", lambda _: {"split": 257})


@fault("load balance on one side", "load-balance-mismatch", ERROR)
def _no_balance(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], load_balance=None)


@fault("load balance differs", "load-balance-mismatch", WARNING)
def _balance(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], load_balance=4)


@fault("max-unacked-updates far apart", "max-unacked-updates-mismatch", ERROR)
def _far(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], max_unacked_updates=pair[1].halves[0].max_unacked_updates * 3)


@fault("max-unacked-updates differ", "max-unacked-updates-mismatch", WARNING)
def _near(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], max_unacked_updates=pair[1].halves[0].max_unacked_updates + 2)


@fault("max-response-delay", "max-response-delay-mismatch", WARNING)
def _delay(pair: Pair) -> Pair:
    return pair[0], halves(pair[1], max_response_delay=90)


@fault("a half on one side only", "partner-missing", ERROR, "relationship-unused", "relationship-unknown")
def _half(pair: Pair) -> Pair:
    one, two = pair
    if len(two.halves) > 1:
        raise NoPlaceError  # nothing says any more that the address of this half is the partner's, too
    name = two.halves[0].name
    two = pools_where(two, lambda _, pool: pool.failover == name, lambda _: [], 99)
    return one, replace(two, halves=two.halves[1:])


# --- Subnets, pools, ranges ----------------------------------------------------------------------------------------


@fault("a shorter range", "range-mismatch", ERROR)
def _shorter(pair: Pair) -> Pair:
    def change(pool: Pool) -> list[Pool]:
        (low, high), *others = pool.ranges
        return [replace(pool, ranges=((low, high - 1), *others))]

    return pair[0], pools_where(
        pair[1], lambda _, pool: pool.failover is not None and pool.ranges[0][1] - pool.ranges[0][0] > 1, change
    )


@fault("another place", "range-mismatch", ERROR)
def _moved(pair: Pair) -> Pair:
    def change(pool: Pool) -> list[Pool]:
        return [replace(pool, ranges=tuple((low + 1, high) for low, high in pool.ranges[:1]) + pool.ranges[1:])]

    return pair[0], pools_where(
        pair[1], lambda _, pool: pool.failover is not None and pool.ranges[0][1] - pool.ranges[0][0] > 1, change
    )


@fault("a pool less", "pool-missing", ERROR)
def _pool(pair: Pair) -> Pair:
    return pair[0], pools_where(
        pair[1], lambda _, pool: ("allow", "members", "of", Text("ports", True)) in pool.permits, lambda _: []
    )


@fault("a subnet less", "subnet-missing", ERROR, "relationship-unused", "reservation-mismatch")
def _subnet(pair: Pair) -> Pair:
    one, two = pair
    first = next(two.subnets)
    return one, subnets_where(two, lambda item: replicated(item) and item != first, lambda _: [])


@fault(
    "a plain pool", "pool-not-failover", ERROR, "relationship-unused", "range-bare-beside-failover", "partner-missing"
)
def _plain(pair: Pair) -> Pair:
    return pair[0], pools_where(pair[1], open_pool, lambda pool: [replace(pool, failover=None)])


@fault("a mask", "netmask-mismatch", ERROR)
def _mask(pair: Pair) -> Pair:
    own = number_of("192.0.2.0")
    if not next(pair[1].subnets).pools:
        raise NoPlaceError
    return pair[0], subnets_where(pair[1], lambda item: item.first == own, lambda item: [replace(item, prefix=23)])


@fault("a shared network", "shared-network-mismatch", ERROR)
def _link(pair: Pair) -> Pair:
    def change(server: Server) -> Server:
        longest = max(server.links, key=lambda link: len(link.subnets))
        if len(longest.subnets) < 2 or not any(item.pools for item in longest.subnets):
            raise NoPlaceError
        links = [link for link in server.links if link is not longest]
        for position, subnet in enumerate(longest.subnets):
            inner = {setting.name for setting in subnet.settings}
            kept = [setting for setting in longest.settings if setting.name not in inner]
            links.append(Link(f"{longest.name}-{position}", (replace(subnet, settings=(*kept, *subnet.settings)),)))
        return replace(server, links=tuple(links))

    return pair[0], change(pair[1])


@fault("a permit", "permit-mismatch", ERROR)
def _permit(pair: Pair) -> Pair:
    deny: Words = ("deny", "unknown-clients")
    return pair[0], pools_where(pair[1], open_pool, lambda pool: [replace(pool, permits=(*COMMON, deny))])


@fault("a permit for a class", "permit-mismatch", ERROR)
def _class_permit(pair: Pair) -> Pair:
    allow: Words = ("allow", "members", "of", Text("ports", True))
    return pair[0], pools_where(pair[1], open_pool, lambda pool: [replace(pool, permits=(*COMMON, allow))])


@fault("unknown clients of a subnet", "permit-mismatch", ERROR)
def _unknown(pair: Pair) -> Pair:
    deny = Setting("unknown-clients", ("deny", "unknown-clients"))

    def change(subnet: Subnet) -> list[Subnet]:
        return [replace(subnet, settings=(*subnet.settings, deny))]

    return pair[0], subnets_where(pair[1], lambda item: any(open_pool(item, pool) for pool in item.pools), change)


@fault("no booting in a subnet", "permit-mismatch", ERROR)
def _booting(pair: Pair) -> Pair:
    deny = Setting("allow-booting", ("deny", "booting"))

    def change(subnet: Subnet) -> list[Subnet]:
        return [replace(subnet, settings=(*subnet.settings, deny))]

    return pair[0], subnets_where(pair[1], replicated, change)


@fault("the same plain range on both", "range-unprotected", ERROR)
def _unprotected(pair: Pair) -> Pair:
    first = number_of("10.9.0.0")
    added = Link("more", (Subnet(first, 24, (), (Pool(((first + 9, first + 99),), None),)),))
    one, two = (replace(server, links=(*server.links, added)) for server in pair)
    return one, two


# --- What clients get ----------------------------------------------------------------------------------------------


@fault("a router", "options-mismatch", ERROR)
def _router(pair: Pair) -> Pair:
    def change(subnet: Subnet) -> list[Subnet]:
        other = option("routers", Address(text_of(subnet.first + ROUTER + 1)))
        return [replace(subnet, settings=tuple(other if item.name == other.name else item for item in subnet.settings))]

    own = number_of("192.0.2.0")
    return pair[0], subnets_where(pair[1], lambda item: replicated(item) and item.first != own, change)


@fault("routers in another order", "options-mismatch", WARNING)
def _router_order(pair: Pair) -> Pair:
    def put(server: Server, *offsets: int) -> Server:
        def change(subnet: Subnet) -> list[Subnet]:
            routers = option("routers", *addresses(*(text_of(subnet.first + offset) for offset in offsets)))
            kept = (item for item in subnet.settings if item.name != routers.name)
            return [replace(subnet, settings=(*kept, routers))]

        return subnets_where(server, replicated, change)

    return put(pair[0], ROUTER, ROUTER + 1), put(pair[1], ROUTER + 1, ROUTER)


def _pool_fault(name: str, one: Setting | None, two: Setting | None, slug: str, severity: str, *also: str) -> None:
    FAULTS[name] = Fault(slug, severity, lambda pair: defined(in_pools(pair, one, two)), frozenset(also))


_pool_fault(
    "name servers in another order",
    option("domain-name-servers", *addresses("203.0.113.1", "203.0.113.2")),
    option("domain-name-servers", *addresses("203.0.113.2", "203.0.113.1")),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "each its own time server first",
    option("ntp-servers", *addresses(ONE, TWO)),
    option("ntp-servers", *addresses(TWO, ONE)),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "other name servers",
    option("domain-name-servers", *addresses("203.0.113.1", "203.0.113.2")),
    option("domain-name-servers", *addresses("203.0.113.3", "203.0.113.4")),
    "options-mismatch",
    ERROR,
)
_pool_fault(
    "one other name server",
    option("domain-name-servers", *addresses("203.0.113.1", "203.0.113.2")),
    option("domain-name-servers", *addresses("203.0.113.1", "203.0.113.3")),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "each its own boot server",
    parameter("next-server", Address(ONE)),
    parameter("next-server", Address(TWO)),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "each its own option 66",
    option("tftp-server-name", Text(ONE)),
    option("tftp-server-name", Text(TWO)),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "each its own option 150",
    option("voip-tftp", *addresses(ONE)),
    option("voip-tftp", *addresses(TWO)),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "each its own URL",
    parameter("filename", Text(f"http://{ONE}/menu.ipxe")),
    parameter("filename", Text(f"http://{TWO}/menu.ipxe")),
    "options-mismatch",
    WARNING,
)
_pool_fault(
    "a domain", option("domain-name", Text("a.example.org")), option("domain-name", Text("b.example.org")),
    "options-mismatch", WARNING,
)  # fmt: skip
_pool_fault(
    "a boot file", parameter("filename", Text("a.0")), parameter("filename", Text("b.0")), "options-mismatch", WARNING
)
_pool_fault(
    "a server's name",
    parameter("server-name", Text("a")),
    parameter("server-name", Text("b")),
    "options-mismatch",
    WARNING,
)
_pool_fault("an option less", option("interface-mtu", Number(1234)), None, "options-mismatch", ERROR)
_pool_fault(
    "a flag", option("ip-forwarding", Flag(True)), option("ip-forwarding", Flag(False)), "options-mismatch", WARNING
)
_pool_fault(
    "a mask that is stated",
    option("subnet-mask", Address("255.255.255.252")),
    None,
    "options-mismatch",
    ERROR,
    "mask-of-another-network",
    "mask-of-another-network",
)
_pool_fault(
    "an option of their own", option("pxe.menu", Text("a")), option("pxe.menu", Text("b")), "options-mismatch", WARNING
)
_pool_fault(
    "a lease time", parameter("default-lease-time", Number(1234)), parameter("default-lease-time", Number(2345)),
    "lease-time-mismatch", WARNING,
)  # fmt: skip
_pool_fault(
    "the longest lease", parameter("max-lease-time", Number(99999)), parameter("max-lease-time", Number(99998)),
    "lease-time-mismatch", WARNING,
)  # fmt: skip
_pool_fault(
    "the shortest lease", parameter("min-lease-time", Number(500)), parameter("min-lease-time", Number(501)),
    "lease-time-mismatch", WARNING,
)  # fmt: skip


def _choice(*names: str) -> Setting:
    return Setting(
        "if",
        (),
        tuple(
            (
                ("exists", "user-class") if position == 0 else (),
                (parameter("filename", Text(name)),),
            )
            for position, name in enumerate(names)
        ),
    )


_pool_fault("a conditional block less", _choice("a.0", "b.0"), None, "options-mismatch", WARNING)
_pool_fault("what a condition sets", _choice("a.0", "b.0"), _choice("a.0", "c.0"), "options-mismatch", WARNING)


def _resolver(text: str) -> Setting:
    return Setting("if", (), ((("exists", "user-class"), (option("domain-name-servers", Address(text)),)),))


_pool_fault(
    "a network setting in a condition", _resolver("203.0.113.1"), _resolver("203.0.113.2"), "options-mismatch", ERROR
)


@fault("a hook on one side", "hooks-mismatch", WARNING)
def _hook(pair: Pair) -> Pair:
    hook = Setting("on", ("on", "commit"), (((), (Setting("log", ("log", "(", "info", ",", Text("leased"), ")")),)),))
    return pair[0], replace(pair[1], settings=(*pair[1].settings, hook))


@fault("authoritative on one side", "authoritative-mismatch", WARNING)
def _authoritative(pair: Pair) -> Pair:
    one, two = (without(server, "authoritative") for server in pair)
    return one, replace(two, settings=(*two.settings, parameter("authoritative")))


@fault("the style of DNS updates", "ddns-mismatch", WARNING)
def _ddns(pair: Pair) -> Pair:
    return (
        with_global(pair[0], parameter("ddns-update-style", Name("none"))),
        with_global(pair[1], parameter("ddns-update-style", Name("interim"))),
    )


@fault("the DHCP port", "local-port-mismatch", WARNING)
def _local_port(pair: Pair) -> Pair:
    return pair[0], with_global(pair[1], Setting("local-port", ("local-port", Number(1067, True))))


@fault("an option's code", "options-mismatch", WARNING)
def _code(pair: Pair) -> Pair:
    one, two = defined(in_pools(pair, option("wpad", Text("x")), option("wpad", Text("x"))))
    old, new = DEFINITIONS["wpad"][0], ("option", "wpad", "code", Number(251, True), "=", "text")
    return one, replace(two, definitions=tuple(new if words == old else words for words in two.definitions))


# --- Classes and reservations ----------------------------------------------------------------------------------------


@fault("what a class matches", "class-mismatch", ERROR)
def _match(pair: Pair) -> Pair:
    other: Words = ("match", "if", "option", "user-class", "=", Text("gate"))
    return pair[0], classes(pair[1], "gates", lambda item: [replace(item, match=other)])


@fault("a subclass less", "class-mismatch", ERROR)
def _subclass(pair: Pair) -> Pair:
    return pair[0], classes(pair[1], "ports", lambda item: [replace(item, subclasses=item.subclasses[1:])])


@fault("an option of a class", "class-mismatch", ERROR)
def _class_option(pair: Pair) -> Pair:
    other = option("domain-name-servers", Address("203.0.113.77"))
    return pair[0], classes(pair[1], "gates", lambda item: [replace(item, settings=(other,))])


@fault("a reservation less", "reservation-mismatch", WARNING)
def _no_host(pair: Pair) -> Pair:
    return pair[0], hosts(pair[1], lambda _: [])


@fault("a reservation's address", "reservation-mismatch", ERROR)
def _host_address(pair: Pair) -> Pair:
    def change(host: Host) -> list[Host]:
        assert host.address is not None
        taken = {other.address for other in pair[1].hosts}
        subnet = next(item for item in pair[1].subnets if host.address in item)
        for offset in (*RESERVED, subnet.size - 2):
            address = subnet.first + offset
            used = any(low <= address <= high for pool in subnet.pools for low, high in pool.ranges)
            if address not in taken and not used:
                return [replace(host, address=address)]
        raise NoPlaceError

    return pair[0], hosts(pair[1], change)


@fault("a reservation's hardware address", "reservation-mismatch", ERROR)
def _host_hardware(pair: Pair) -> Pair:
    return pair[0], hosts(pair[1], lambda host: [replace(host, hardware=b"\2\0\0\0\xff\xff")])


@fault("a reservation's option", "reservation-mismatch", WARNING)
def _host_option(pair: Pair) -> Pair:
    here, there = (option("root-path", Text(name)) for name in ("/a", "/b"))
    one, two = (
        hosts(server, lambda host, put=setting: [replace(host, settings=(put,))])  # type: ignore[misc]  # bound early
        for server, setting in zip(pair, (here, there))
    )
    return defined((one, two))


# --- The same on both --------------------------------------------------------------------------------------------


@fault("a lease without an end", "infinite-lease", WARNING, "lease-time-order")
def _infinite(pair: Pair) -> Pair:
    forever = Setting("max-lease-time", ("max-lease-time", Number(-1, True)))
    return in_pools(pair, forever, forever)


@fault("the router in a range", "range-includes-router", ERROR)
def _router_in_range(pair: Pair) -> Pair:
    def change(server: Server) -> Server:
        def inside(subnet: Subnet) -> list[Subnet]:
            inner = option("routers", Address(text_of(subnet.pools[0].ranges[0][0])))
            return [
                replace(subnet, settings=tuple(inner if item.name == inner.name else item for item in subnet.settings))
            ]

        return subnets_where(server, replicated, inside)

    return change(pair[0]), change(pair[1])


@fault("BOOTP is not denied", "bootp-not-denied", WARNING)
def _bootp(pair: Pair) -> Pair:
    one, two = (pools_where(server, open_pool, lambda pool: [replace(pool, permits=())]) for server in pair)
    return one, two


@fault("a reservation in a range", "range-includes-reservation", ERROR)
def _host_in_range(pair: Pair) -> Pair:
    inside = next(pool.ranges[0][0] for subnet in pair[0].subnets for pool in subnet.pools)
    one, two = (hosts(server, lambda host: [replace(host, address=inside, settings=())]) for server in pair)
    return defined((one, two))
