# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Subnets, reservations, classes and the service itself, on one server."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    Reservation,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    Somewhere,
    View,
    servers,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    WARNING,
    Complaints,
    Section,
)

section = Section("Subnets, hosts, service")

MEMBERS = re.compile(r'(?:allow|deny) members of "(.*)"', re.DOTALL)

_STRONG_KEY_BITS = 128


@section.rule(
    servers,
    "subnet-invalid",
    ERROR,
    "Host bits are set in a subnet's number, or its mask is none.",
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
    harm="Which of the two serves a client is a matter of chance.",
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
                + "; which of the two serves a client would be a matter of chance.",
                "Merge the two on {host}." if same else "Remove one of the two, or correct its mask, on {host}.",
            )
        if widest is None or subnet.broadcast > widest.broadcast:
            widest = subnet


@section.rule(
    servers,
    "subnet-not-local",
    ERROR,
    "No declared subnet contains the server's own address; an empty subnet is enough.",
    check="silent",
    harm="dhcpd listens on nothing and exits at start.",
    unless=("address-invalid", "address-not-mirrored"),
)
def subnet_not_local(view: View) -> Complaints:
    server = view.server
    if not server.subnets or not server.addresses or not view.complete:
        return
    if any(view.subnet_over(address) for address in server.addresses):
        return
    own = ", ".join(format_address(address) for address in sorted(server.addresses))
    # Without a stated address the failover address has to do, which normally is the one that it serves by.
    place = Somewhere("subnets") if server.address else server.halves[0]
    guess = "" if server.address else " (if it serves by another address, tell the check that address)"
    yield view.complain(
        place,
        f"no declared subnet contains {own}, the address of this server{guess}; "
        "dhcpd would listen on nothing and exit at start.",
        "Declare the subnet of {host}'s own address too, even without a pool.",
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
    "Two reservations in one subnet have the same hardware address.",
    check="silent",
    harm="Which of the two the client gets is a matter of chance.",
    unless=("host-duplicate-name",),
)
def host_duplicate_hardware(view: View) -> Complaints:
    seen: dict[tuple[str, int], Reservation] = {}
    for item in view.server.reservations:
        if item.hardware is None:
            continue
        # A machine that moves between subnets rightly has a reservation in each of them.
        subnets = [view.subnet_over(address) for address in item.addresses] or [None]
        for network in sorted({-1 if subnet is None else subnet.network for subnet in subnets}):
            first = seen.setdefault((item.hardware, network), item)
            if first is not item:
                yield view.complain(
                    item,
                    f"{item.hardware} already has {first.path} in the same subnet; "
                    "which of the two a client gets would be a matter of chance.",
                    "Remove one of the two on {host}, or give it its own hardware address.",
                )
                break


@section.rule(
    servers,
    "host-duplicate-address",
    ERROR,
    "Two reservations have the same address.",
    check="silent",
    harm="Two clients get one address: an address conflict.",
    unless=("host-duplicate-name", "host-duplicate-hardware"),
)
def host_duplicate_address(view: View) -> Complaints:
    seen: dict[int, Reservation] = {}
    for item in view.server.reservations:
        for address in item.addresses:
            first = seen.setdefault(address, item)
            if first is not item:
                yield view.complain(
                    item,
                    f"{format_address(address)} is already reserved by {first.path}; "
                    "two clients would get one address.",
                    "Give one of the two another address on {host}.",
                )


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
    "omapi-weak-key",
    WARNING,
    "The OMAPI secret is shorter than 128 bits.",
    check="silent",
    harm="It can be guessed, and with it the failover state changed.",
)
def omapi_weak_key(view: View) -> Complaints:
    omapi = view.server.omapi
    if omapi is not None and omapi.key_bits is not None and omapi.key_bits < _STRONG_KEY_BITS:
        yield view.complain(
            Somewhere("omapi", omapi.line),
            f'the secret of key "{omapi.key}" has only {omapi.key_bits} bits; it could be guessed.',
            "Make a new one of at least 128 bits on {host}.",
        )
