# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Subnets, reservations, classes and the service itself, on one server."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Reservation,
    format_address,
    netmask,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.disagreements import (
    CLASSLESS_ROUTES,
    code_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    Settings,
    served,
    would_get,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    Located,
    Somewhere,
    View,
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

section = Section("Subnets, hosts, service")

MEMBERS = re.compile(r'(?:allow|deny) members of "(.*)"', re.DOTALL)

# What a server does without a subnet of its own.
_DEAF = {
    "dhcpd": "dhcpd would listen on nothing and exit at start.",
    "kea": "Kea would answer no client on its own link.",
}

_STRONG_KEY_BITS = 128


@section.rule(
    servers,
    "subnet-invalid",
    ERROR,
    "A subnet's number has host bits set, or its mask is invalid.",
    check="rejected",
    harm="-",
)
def subnet_invalid(view: View) -> Complaints:
    for subnet in view.server.subnets:
        if subnet.first != subnet.network:
            yield view.complain(
                subnet,
                f"{format_address(subnet.first)} is not the number of a /{subnet.prefix}; dhcpd would refuse to start.",
                f"Write {format_address(subnet.network)}/{subnet.prefix} on {{host}}, or correct the mask.",
            )


@section.rule(
    servers,
    "subnet-overlap",
    ERROR,
    "A subnet is declared twice, or two overlap, on one server.",
    check="warning, exit 0",
    harm="Only one of the two serves a client of the shared addresses; their order decides which.",
    daemons=BOTH,
    kea=("silent", "Only one of the two serves a client of the shared addresses."),
)
def subnet_overlap(view: View) -> Complaints:
    widest = None
    for subnet in view.subnets:
        if widest is not None and subnet.network <= widest.broadcast:
            same = (subnet.network, subnet.prefix) == (widest.network, widest.prefix)
            where = "" if widest.line is None else f" in line {widest.line}"
            yield view.complain(
                subnet,
                (f"it is already declared{where}" if same else f"it overlaps {widest.path}{where}")
                + "; only one of the two would serve a client, and their order decides which.",
                "Merge the two on {host}." if same else "Remove one of the two, or correct its mask, on {host}.",
            )
        if widest is None or subnet.broadcast > widest.broadcast:
            widest = subnet


@section.rule(
    servers,
    "subnet-not-local",
    ERROR_OR_WARNING,
    "No declared subnet contains the server's own address; an empty subnet is enough. Warning: only the failover "
    "address is known, which may be on a separate link.",
    check="silent",
    harm="If no interface of the server has an address in a declared subnet, dhcpd has nothing to listen on and exits "
    "at start.",
    unless=("address-invalid", "address-not-mirrored", "ha-url-loopback"),
    daemons=BOTH,
    kea=("silent", "No client on the server's own link is answered, although the service runs."),
)
def subnet_not_local(view: View) -> Complaints:
    server = view.server
    if not server.subnets or not server.addresses or not view.complete:
        return
    if any(view.subnet_over(address) for address in server.addresses):
        return
    own = ", ".join(format_address(address) for address in sorted(server.addresses))
    if server.address:
        yield view.complain(
            Somewhere("subnets"),
            f"no declared subnet contains {own}, the address of this server; {_DEAF[server.daemon]}",
            "Declare the subnet of {host}'s own address, even without a pool.",
        )
        return
    yield view.complain(
        server.halves[0],
        f"no declared subnet contains {own}, the only known address of this server; without another one in a "
        f"declared subnet, {_DEAF[server.daemon]}",
        "Give the check the address with which {host} serves clients, or declare the subnet of this one, even "
        "without a pool.",
        Severity.WARNING,
    )


@section.rule(servers, "host-duplicate-name", ERROR, "Two reservations have the same name.", check="rejected", harm="-")
def host_duplicate_name(view: View) -> Complaints:
    seen: dict[str, Reservation] = {}
    for item in view.server.reservations:
        first = seen.setdefault(item.name, item)
        if first is not item:
            where = "" if first.line is None else f" in line {first.line}"
            yield view.complain(
                item,
                f"the name is already taken{where}; dhcpd would refuse to start.",
                "Rename or remove one of the two on {host}.",
            )


@section.rule(
    servers,
    "host-duplicate-hardware",
    ERROR,
    "Two reservations give one hardware address different addresses of one subnet.",
    check="silent",
    harm="The client gets the address of the first, and is refused the other one.",
    unless=("host-duplicate-name",),
)
def host_duplicate_hardware(view: View) -> Complaints:
    seen: dict[tuple[str, int], Reservation] = {}
    for item in view.server.reservations:
        if item.hardware is None:
            continue
        # A machine that moves between subnets may have a reservation in each of them. One outside all declared subnets
        # only makes its client known.
        subnets = {id(subnet): subnet for address in item.addresses if (subnet := view.subnet_over(address))}
        for subnet in subnets.values():
            first = seen.setdefault((item.hardware, subnet.network), item)
            if first is not item and first.addresses != item.addresses:
                yield view.complain(
                    item,
                    f"{item.hardware} already has {first.path} in the same subnet; the client would get that "
                    "address, and be refused this one.",
                    "Remove one of the two on {host}, or give it its own hardware address.",
                )
                break


@section.rule(
    servers,
    "host-duplicate-address",
    WARNING,
    "Two reservations have the same address.",
    check="silent",
    harm="Each of the two clients gets it whenever it asks. That is right for two network cards of one machine, but an "
    "address conflict for two machines.",
    unless=("host-duplicate-name",),
)
def host_duplicate_address(view: View) -> Complaints:
    seen: dict[int, Reservation] = {}
    for item in view.server.reservations:
        for address in item.addresses:
            first = seen.setdefault(address, item)
            if first is not item and (first.hardware, first.client_id) != (item.hardware, item.client_id):
                yield view.complain(
                    item,
                    f"{format_address(address)} is already reserved by {first.path}; each of the two clients would get "
                    "it whenever it asks.",
                    "Give one of the two another address on {host}, unless both are network cards of one machine.",
                )


@section.rule(
    servers,
    "reservation-outside-subnets",
    WARNING,
    "A reservation's address is in no declared subnet (in variables; a dhcpd.conf may list hosts of other servers).",
    check="silent",
    harm="The client never gets this address. It counts as known, and gets some address from a pool.",
)
def reservation_outside_subnets(view: View) -> Complaints:
    if view.server.from_text or not view.complete:
        return
    for item in view.server.reservations:
        outside = [address for address in item.addresses if view.subnet_over(address) is None]
        if outside:
            yield view.complain(
                item,
                f"its address {', '.join(map(format_address, outside))} is in no declared subnet; the client would "
                "never get it.",
                "Correct the address, or declare its subnet, on {host}.",
            )


@section.rule(
    servers,
    "mask-of-another-network",
    ERROR_OR_WARNING,
    "The option `subnet-mask` is not the mask of the subnet. Error: it is not a mask, or excludes the router.",
    check="silent",
    harm="Clients assume a network of another size: they look for distant hosts on their own link, or send packets for "
    "neighbours to the router.",
    daemons=BOTH,
    kea=("silent", "Kea sends the subnet's own mask in its place."),
)
def mask_of_another_network(view: View) -> Complaints:
    for place, address, settings in _given(view):
        stated = settings.stated.get("subnet-mask")
        if stated is None:
            continue
        subnet = settings.subnet
        prefix = prefix_of(stated[0]) if len(stated) == 1 else None
        if prefix == subnet.prefix or (prefix is None and parse_address(stated[0]) is None):
            continue  # the value of an expression is not known
        severity = Severity.WARNING
        what = f"a mask of {subnet.cidr}"
        if view.server.daemon == "kea":
            harm = "Kea sends the subnet's own mask in its place."
        elif prefix is None:
            severity, what, harm = Severity.ERROR, "a mask at all", "clients would have no working network."
        elif prefix < subnet.prefix:
            harm = f"clients would assume a /{prefix} network, and not reach all of it."
        elif _routers(settings) and not _inside(_routers(settings), address, prefix):
            severity, harm = Severity.ERROR, f"clients would assume a /{prefix} network, without the router."
        else:
            harm = f"clients would assume a /{prefix} network, and send packets for neighbours to the router."
        yield view.complain(
            place,
            f"option subnet-mask {' '.join(stated)} is not {what}; {harm}",
            "Remove the option on {host}: the server sends the subnet's own mask.",
            severity,
        )


@section.rule(
    servers,
    "router-outside-subnet",
    ERROR_OR_WARNING,
    "The option `routers` names no address inside the client's subnet. Warning: some of several are inside, or the "
    "router is in another subnet of the same link.",
    check="silent",
    harm="Most clients cannot reach a router outside their subnet, and so nothing beyond it.",
    unless=("mask-of-another-network",),
    daemons=BOTH,
)
def router_outside_subnet(view: View) -> Complaints:
    for place, address, settings in _given(view):
        routers = _routers(settings)
        prefix = prefix_of(settings.options["subnet-mask"][0])
        # A client with a host route or classless routes needs no router inside.
        if not routers or prefix in (None, 32) or _classless_routes(view, settings):
            continue
        inside = _inside(routers, address, prefix)
        outside = [router for router in routers if router not in inside]
        if not outside:
            continue
        link = view.link_at.get(settings.subnet.network)
        near = link is not None and any(
            subnet.network <= router <= subnet.broadcast for subnet in link.subnets for router in outside
        )
        some = near or bool(inside)
        named = ", ".join(map(format_address, outside))
        yield view.complain(
            place,
            f"option routers {named} is outside {format_address(address & netmask(prefix))}/{prefix}; "
            + ("most clients cannot use it." if some else "most clients cannot use it, and have no other router."),
            "Name a router inside the subnet on {host}.",
            Severity.WARNING if some else Severity.ERROR,
        )


def _given(view: View) -> Iterator[tuple[Located, int, Settings]]:
    """The settings of clients in pools and by reservation, once for each with settings of its own."""
    for pool, address, settings in served(view):
        yield pool, address, settings
    seen: set[tuple[int, int]] = set()
    for item in view.server.reservations:
        for address in item.addresses:
            subnet = view.subnet_over(address)
            if subnet is None:
                continue
            settings = would_get(view, subnet, None, address, (), item)
            key = (id(settings.options), subnet.network)
            if key not in seen and settings.options is not would_get(view, subnet, None, address).options:
                seen.add(key)
                yield item, address, settings


def _routers(settings: Settings) -> list[int]:
    """The routers of a client; empty if one of them is a name, which is not resolved here."""
    routers = [parse_address(text) for text in settings.options.get("routers", ())]
    return [] if None in routers else [router for router in routers if router is not None]


def _inside(routers: list[int], address: int, prefix: int) -> list[int]:
    """The addresses that a client on this address treats as neighbours."""
    return [router for router in routers if (router ^ address) & netmask(prefix) == 0]


def _classless_routes(view: View, settings: Settings) -> bool:
    definitions = view.server.option_definitions
    return any(code_of(name, definitions) in CLASSLESS_ROUTES for name in settings.options)


@section.rule(
    servers,
    "class-unknown",
    ERROR,
    "A pool's permit names a class that is not declared.",
    check="rejected: no such class; also when the class is declared after the pool",
    harm="-",
    unless=("class-mismatch",),
)
def class_unknown(view: View) -> Complaints:
    if not view.complete:
        return
    users = defaultdict(list)
    for placed in view.pools:
        for permit in placed.pool.permits:
            match = MEMBERS.fullmatch(permit)
            if match and match[1] not in view.classes:
                users[match[1]].append(placed.pool)
    for name, pools in users.items():
        first = pools[0]
        meant = next(iter(get_close_matches(name, view.classes, 1)), None)
        more = f" and {len(pools) - 1:,} more" if len(pools) > 1 else ""
        yield view.complain(
            Somewhere(f'class "{name}"', first.line),
            f"it is not declared, but {first.path}{more} permits its members; dhcpd would refuse to start.",
            (f'Did you mean "{meant}"? ' if meant else "") + "Declare the class on {host}, before the pool.",
        )


@section.rule(
    servers,
    "omapi-without-key",
    ERROR,
    "`omapi-port` without `omapi-key`.",
    check="silent",
    harm="dhcpd listens on all addresses, and anyone who reaches it may change the failover state.",
)
def omapi_without_key(view: View) -> Complaints:
    omapi = view.server.omapi
    if omapi is not None and omapi.key is None and view.complete:
        yield view.complain(
            Somewhere("omapi", omapi.line),
            f"omapi-port {omapi.port} has no omapi-key; anyone who reaches it could change the failover state.",
            "Declare a key and omapi-key on {host}, or remove omapi-port.",
        )


@section.rule(
    servers,
    "port-taken",
    ERROR,
    "A relationship uses the port of `omapi-port`.",
    check="silent",
    harm="OMAPI answers there. If both servers do this, the pair is never `normal` and serves no client.",
)
def port_taken(view: View) -> Complaints:
    omapi = view.server.omapi
    for end in view.ends:
        if omapi is not None and end.port == omapi.port:
            yield end.complain(
                f"port {end.port} is that of omapi-port; the partner would reach OMAPI instead of failover.",
                f"Use another port for one of the two on {{host}}, for instance {DEFAULT_PORT} for failover.",
            )


@section.rule(
    servers,
    "omapi-weak-key",
    WARNING,
    "The OMAPI secret is shorter than 128 bits.",
    check="silent",
    harm="An attacker can guess it and change the failover state.",
)
def omapi_weak_key(view: View) -> Complaints:
    omapi = view.server.omapi
    if omapi is not None and omapi.key_bits is not None and omapi.key_bits < _STRONG_KEY_BITS:
        yield view.complain(
            Somewhere("omapi", omapi.line),
            f'the secret of key "{omapi.key}" has only {omapi.key_bits} bits; it could be guessed.',
            "Make a new one of at least 128 bits on {host}.",
        )
