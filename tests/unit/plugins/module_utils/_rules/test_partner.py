# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Union

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Reservation,
    Server,
    SharedNetwork,
    Subnet,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    DENY,
    SEED_RANGE,
    Case,
    E,
    W,
    client_class,
    examine,
    found,
    plain,
    pool,
    primary,
    primary_half,
    reservation,
    scope,
    secondary,
    seed_subnet,
    serving,
    shared_network,
    subnet,
)

Network = Union[Subnet, SharedNetwork]
Networks = tuple[Network, ...]
OTHER = subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20"))


def two(one: Networks | Network, other: Networks | Network) -> list[Server]:
    """The pair with different networks."""
    ours = one if isinstance(one, tuple) else (one,)
    theirs = other if isinstance(other, tuple) else (other,)
    return [serving(primary(), *ours), serving(secondary(), *theirs)]


def pools(one: Pool | tuple[Pool, ...], other: Pool | tuple[Pool, ...]) -> list[Server]:
    """The pair with different pools."""
    ours = one if isinstance(one, tuple) else (one,)
    theirs = other if isinstance(other, tuple) else (other,)
    return two(seed_subnet(*ours), seed_subnet(*theirs))


def globally(one: dict[str, Any], other: dict[str, Any], **changes: Any) -> list[Server]:
    """The pair with different global scopes."""
    networks = (seed_subnet(), OTHER)
    return [
        serving(primary(), *networks, scope=scope(**one), **changes),
        serving(secondary(), *networks, scope=scope(**other), **changes),
    ]


def hosts(one: tuple[Reservation, ...], other: tuple[Reservation, ...]) -> list[Server]:
    return [
        serving(primary(), seed_subnet(), reservations=one),
        serving(secondary(), seed_subnet(), reservations=other),
    ]


def elsewhere(one: tuple[Reservation, ...], other: tuple[Reservation, ...]) -> list[Server]:
    """Reservations in a subnet with nothing else."""
    networks = (seed_subnet(), subnet("10.0.0.0/24"))
    return [
        serving(primary(), *networks, reservations=one),
        serving(secondary(), *networks, reservations=other),
    ]


def classes(one: tuple[Any, ...], other: tuple[Any, ...]) -> list[Server]:
    members = seed_subnet(pool(SEED_RANGE, permits=DENY | {'allow members of "phones"'}))
    return [serving(primary(), members, classes=one), serving(secondary(), members, classes=other)]


def unused(one: tuple[Any, ...], other: tuple[Any, ...]) -> list[Server]:
    """The pair with classes that no pool names."""
    return [serving(primary(), seed_subnet(), classes=one), serving(secondary(), seed_subnet(), classes=other)]


def defined(
    one: dict[str, Any], other: dict[str, Any], options: dict[str, Any], others: dict[str, Any] | None = None
) -> list[Server]:
    """The pair with custom options."""
    servers = globally({"options": options}, {"options": others or options})
    return [replace(server, option_definitions=own) for server, own in zip(servers, (one, other))]


INTERIM = {"parameters": {"ddns-update-style": "interim"}}
BOOT = 'if known { filename "a"; }'
HOOK = 'on commit { execute ( "/usr/local/bin/told" , "commit" ); }'
ROUTED = client_class("guests", scope=scope({"routers": "172.16.1.7"}))
BOOTED = client_class("diskless", scope=scope(parameters={"filename": "a"}))
LIMITED = client_class("few", lease_limit=4)
PLAIN = subnet("10.0.0.0/24", plain("10.0.0.10-10.0.0.20"))
A, B, C = "172.16.1.10-172.16.1.19", "172.16.1.20-172.16.1.29", "172.16.1.30-172.16.1.39"
HOST = reservation("printer", "ethernet 52:54:00:00:00:01", "172.16.1.50")
SERVER = reservation("server", "ethernet 52:54:00:00:00:02", "10.0.0.5")
CAMPUS = (seed_subnet(), subnet("172.16.2.0/24"))

CASES = [
    # Subnets and ranges.
    Case("subnet-missing", E, two((seed_subnet(), OTHER), seed_subnet()), "subnet 10.0.0.0/24: one has it", "two one"),
    Case("subnet-missing", E, two(seed_subnet(), (seed_subnet(), OTHER)), "subnet 10.0.0.0/24: two has it", "one two"),
    Case(
        "subnet-missing",
        E,
        two(shared_network("campus", seed_subnet(), subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20"))), seed_subnet()),
        "but two lacks it",
    ),
    Case("pool-missing", E, pools((pool(A), pool(B)), pool(A)), "pool 172.16.1.20-172.16.1.29: one has it", "two one"),
    Case("pool-missing", E, pools(pool(B), (pool(A), pool(B))), "pool 172.16.1.10-172.16.1.19: two has it", "one two"),
    Case(
        "pool-missing",
        E,
        two((seed_subnet(), OTHER), (seed_subnet(), subnet("10.0.0.0/24"))),
        "pool 10.0.0.10",
        "two one",
    ),
    Case("range-mismatch", E, pools(pool(A, B), pool(A)), "only one has 172.16.1.20-172.16.1.29;", "one two"),
    Case("range-mismatch", E, pools(pool(A), pool(A, B)), "only two has 172.16.1.20-172.16.1.29;", "one two"),
    Case(
        "range-mismatch", E, pools(pool(A), pool(B)), "only one has 172.16.1.10-172.16.1.19; only two has 172.16.1.20"
    ),
    Case("range-mismatch", E, pools(pool(A), pool("172.16.1.10-172.16.1.18")), "only one has 172.16.1.19;"),
    Case(
        "range-mismatch",
        E,
        pools((pool(A), pool(B)), (pool(A), pool(C))),
        "only one has 172.16.1.20-172.16.1.29; only two",
    ),
    Case(
        "range-mismatch",
        E,
        pools(pool(A), pool("172.16.1.10", "172.16.1.12", "172.16.1.14", "172.16.1.16", "172.16.1.18", "172.16.1.19")),
        "172.16.1.11, 172.16.1.13, 172.16.1.15, 172.16.1.17;",
    ),
    Case(
        "pool-not-failover",
        E,
        pools((pool(A), pool(B)), (pool(A), plain(B))),
        '172.16.1.20-172.16.1.29 is in a pool of "x" on one, but belongs to no relationship on two',
        "two one",
    ),
    Case(
        "pool-not-failover",
        E,
        pools((pool(A), plain(B, bare=True)), (pool(A), pool(B))),
        'range 172.16.1.20-172.16.1.29: 172.16.1.20-172.16.1.29 is in a pool of "x" on two',
        "one two",
    ),
    Case(
        "pool-not-failover",
        E,
        pools(pool(A, B), (pool(A), plain("172.16.1.25-172.16.1.35"))),
        "172.16.1.25-172.16.1.29 is in",
        also=frozenset({"range-mismatch"}),
    ),
    Case(
        "netmask-mismatch",
        E,
        two((seed_subnet(), OTHER), (seed_subnet(), subnet("10.0.0.0/25", *OTHER.pools))),
        "10.0.0.0/24 on one but 10.0.0.0/25 on two",
        "one two",
    ),
    Case(
        "netmask-mismatch",
        E,
        two(
            (seed_subnet(), subnet("10.0.1.0/24", pool("10.0.1.10-10.0.1.20"))),
            (seed_subnet(), subnet("10.0.0.0/23", pool("10.0.1.10-10.0.1.20"))),
        ),
        "10.0.1.0/24 on one but 10.0.0.0/23 on two",
        "one two",
    ),
    Case(
        "shared-network-mismatch",
        E,
        two(shared_network("campus", *CAMPUS), CAMPUS),
        'in shared network "campus" with 172.16.1.0/24 on one, but alone on two',
        "one two",
    ),
    Case(
        "shared-network-mismatch",
        E,
        two(CAMPUS, shared_network("campus", *CAMPUS)),
        'alone on one, but in shared network "campus"',
    ),
    Case(
        "shared-network-mismatch",
        E,
        two(
            (shared_network("a", *CAMPUS), subnet("172.16.3.0/24")),
            (shared_network("a", seed_subnet(), subnet("172.16.3.0/24")), subnet("172.16.2.0/24")),
        ),
        'subnet 172.16.2.0/24: it is in shared network "a" with 172.16.1.0/24 on one, but alone on two',
    ),
    # Settings in effect in the pools.
    Case(
        "permit-mismatch",
        E,
        pools(pool(A), pool(A, permits=DENY | {"deny unknown-clients"})),
        "only two has deny unknown-clients;",
        "one two",
    ),
    Case(
        "permit-mismatch",
        E,
        pools(pool(A, permits=DENY | {"allow known-clients"}), pool(A)),
        "only one has allow known-clients;",
    ),
    Case(
        "permit-mismatch",
        W,
        pools(pool(A), pool(A, permits=frozenset())),
        "only one has deny dynamic bootp clients; a BOOTP client would be answered by one",
    ),
    Case(
        "permit-mismatch",
        E,
        pools((pool(A), pool(B)), pool(A, B, permits=DENY | {"deny unknown-clients"})),
        "The same: subnet",
    ),
    Case(
        "permit-mismatch",
        E,
        globally({"parameters": {"boot-unknown-clients": "false"}}, {}),
        "boot-unknown-clients is false on one and not set on two",
    ),
    Case(
        "options-mismatch",
        E,
        two(seed_subnet(), seed_subnet(options={"routers": "172.16.1.1", "domain-name-servers": "172.16.1.2"})),
        "option domain-name-servers is 172.16.1.1 on one and 172.16.1.2 on two",
        "one two",
    ),
    Case(
        "options-mismatch",
        E,
        two(seed_subnet(), seed_subnet(options={"routers": "172.16.1.1"})),
        "and not set on two",
    ),
    Case(
        "options-mismatch",
        W,
        globally({"options": {"domain-name": "a"}}, {"options": {"domain-name": "b"}}),
        "The same: subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20.",
        "one two",
    ),
    Case(
        "options-mismatch",
        E,
        pools(pool(A), pool(A, options={"routers": "172.16.1.2"})),
        "option routers is 172.16.1.1 on one and 172.16.1.2 on two",
    ),
    Case(
        "options-mismatch",
        W,
        globally({"parameters": {"filename": "a"}}, {"parameters": {"filename": "b"}}),
        "filename is a on one and b on two; what a client boots depends",
    ),
    Case(
        "options-mismatch",
        W,
        globally({"parameters": {"next-server": "10.0.0.1"}}, {"parameters": {"next-server": "10.0.0.2"}}),
        "next-server is 10.0.0.1 on one and 10.0.0.2 on two; what a client boots depends",
    ),
    Case("options-mismatch", W, globally({"parameters": {"server-name": "a"}}, {}), "server-name"),
    Case(
        "options-mismatch",
        W,
        globally({"options": {"dhcp-server-identifier": "10.0.0.1"}}, {}),
        "dhcp-server-identifier",
    ),
    Case("options-mismatch", W, globally({"conditionals": (BOOT,)}, {}), 'only one has if known { filename "a"; };'),
    Case(
        "options-mismatch",
        E,
        globally({"conditionals": ("if known { option routers 172.16.1.9; }",)}, {}),
        "leave the subnet through different routers",
    ),
    Case(
        "options-mismatch",
        E,
        globally({"conditionals": ("if known { allow-booting false; }",)}, {}),
        "would refuse a client that the other serves",
    ),
    Case(
        "options-mismatch",
        W,
        globally(
            {"conditionals": (BOOT, 'if a { filename "b"; }')}, {"conditionals": ('if a { filename "b"; }', BOOT)}
        ),
        "they are in another order",
    ),
    Case(
        "options-mismatch",
        W,
        globally({}, {"conditionals": (f'if {"x" * 100} {{ filename "a"; }}', BOOT)}),
        "... and 1 more; what a client is told",
    ),
    Case(
        "options-mismatch",
        W,
        globally(
            {"conditionals": ('if a { filename "http://172.16.1.100/x"; }',)},
            {"conditionals": ('if a { filename "http://172.16.1.200/x"; }',)},
        ),
        "differ in that each server names itself",
    ),
    Case(
        "options-mismatch",
        W,
        defined({"my": ("224", "text")}, {"my": ("225", "text")}, {"my": "x"}),
        "option definition my: it is 224 text on one and 225 text on two",
    ),
    Case(
        "options-mismatch",
        E,
        defined({"my": ("121", "text")}, {"my": ("122", "text")}, {"my": "x"}),
        "option definition my: it is 121 text on one and 122 text on two",
        also=frozenset({"options-mismatch"}),
    ),
    Case(
        "options-mismatch",
        W,
        defined({"my.a": ("3", "text")}, {"my.a": ("3", "text")}, {"my.a": "x"}, {"my.a": "y"}),
        "option my.a is x on one and y on two; what a client is told",
    ),
    Case(
        "lease-time-mismatch",
        W,
        globally({"parameters": {"default-lease-time": 3600}}, {"parameters": {"default-lease-time": 7200}}),
        "default-lease-time is 3600 on one and 7200 on two",
        "one two",
    ),
    Case(
        "lease-time-mismatch",
        W,
        globally({"parameters": {"max-lease-time": 86401}}, {}),
        "max-lease-time is 86401 on one and 86400 (default) on two",
    ),
    Case(
        "lease-time-mismatch",
        W,
        globally({}, {"parameters": {"min-lease-time": 60}}),
        "min-lease-time is 300 (default) on one and 60 on two",
    ),
    Case(
        "lease-time-mismatch",
        W,
        globally({}, {"parameters": {"max-lease-time": -1}}),
        "infinite on two",
        also=frozenset({"infinite-lease"}),
    ),
    Case(
        "authoritative-mismatch",
        W,
        globally({"parameters": {"authoritative": "true"}}, {}),
        "one is authoritative and two is not",
        "one two",
    ),
    Case(
        "authoritative-mismatch",
        W,
        globally({"parameters": {"authoritative": "false"}}, {"parameters": {"authoritative": "true"}}),
        "two is authoritative and one is not",
    ),
    # Reservations and classes.
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), ()),
        'reservation "printer": one has it, but two lacks it',
        "two one",
    ),
    Case("reservation-mismatch", W, hosts((), (HOST,)), 'reservation "printer": two has it', "one two"),
    Case(
        "reservation-mismatch",
        W,
        elsewhere((SERVER,), ()),
        'reservation "server": one has it, but two lacks it; two would not answer its renewals',
        "two one",
    ),
    Case(
        "reservation-mismatch",
        E,
        elsewhere((SERVER,), (reservation("server", "ethernet 52:54:00:00:00:02", "10.0.0.6"),)),
        "address 10.0.0.5 on one and 10.0.0.6 on two; each server would refuse the address",
        "one two",
    ),
    Case("reservation-mismatch", W, hosts((reservation("roaming"),), ()), 'reservation "roaming": one has it'),
    Case(
        "reservation-mismatch",
        E,
        hosts((HOST,), (reservation("laser", "ethernet 52:54:00:00:00:02", "172.16.1.50"),)),
        "two clients would get the same address",
        "one two",
    ),
    Case(
        "reservation-mismatch",
        E,
        hosts((HOST,), (reservation("printer", "ethernet 52:54:00:00:00:01", "172.16.1.51"),)),
        "address 172.16.1.50 on one and 172.16.1.51 on two; each server would refuse the address",
        "one two",
    ),
    Case(
        "reservation-mismatch",
        E,
        hosts((HOST,), (replace(HOST, hardware="ethernet 52:54:00:00:00:02"),)),
        "hardware ethernet 52:54:00:00:00:01 on one and ethernet 52:54:00:00:00:02 on two; two clients would get",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), (replace(HOST, client_id="abc"),)),
        "client-id not set on one and abc on two; one of the two servers may not know the client",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), (replace(HOST, name="other", addresses=()),)),
        "address 172.16.1.50 on one and not set on two; the client's address would depend",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), (replace(HOST, scope=scope(options={"host-name": "p"})),)),
        "option host-name is not set on one and p on two",
    ),
    Case(
        "reservation-mismatch",
        E,
        hosts((HOST,), (replace(HOST, scope=scope(options={"routers": "172.16.1.9"})),)),
        "option routers is 172.16.1.1 on one and 172.16.1.9 on two",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), (replace(HOST, scope=scope(parameters={"filename": "p"})),)),
        "filename is not set on one and p on two",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((HOST,), (replace(HOST, scope=scope(parameters={"default-lease-time": "7200"})),)),
        "its lease gets another length",
    ),
    Case(
        "reservation-mismatch",
        E,
        hosts((HOST,), (replace(HOST, scope=scope(parameters={"allow-booting": "false"})),)),
        "would refuse the client",
    ),
    Case(
        "reservation-mismatch",
        W,
        hosts((reservation("roaming"),), (reservation("roaming", options={"domain-name": "a"}),)),
        "option domain-name is not set on one and a on two",
    ),
    Case(
        "class-mismatch",
        E,
        classes((client_class("phones"),), ()),
        'class "phones": one has it for a pool of "x", but two lacks it',
        "two one",
    ),
    Case(
        "class-mismatch",
        E,
        classes((client_class("phones"),), (client_class("phones", "if known"),)),
        "its match differs; the servers would disagree",
        "one two",
    ),
    Case(
        "class-mismatch",
        E,
        classes((client_class("phones"),), (client_class("phones", lease_limit=4),)),
        "its lease limit is not set on one and 4 on two",
    ),
    Case(
        "class-mismatch",
        E,
        classes((client_class("phones"),), (client_class("phones", subclasses=frozenset({"1"})),)),
        "its subclasses differ",
    ),
    Case(
        "class-mismatch",
        W,
        classes((client_class("phones"),), (client_class("phones", scope=scope({"tftp-server-name": "b"})),)),
        "option tftp-server-name is not set on one and b on two",
    ),
    Case(
        "class-mismatch",
        E,
        classes((client_class("phones"),), (client_class("phones", scope=scope({"routers": "172.16.1.7"})),)),
        "option routers is 172.16.1.1 on one and 172.16.1.7 on two",
    ),
    Case(
        "class-mismatch",
        W,
        classes((client_class("phones"),), (client_class("phones", scope=scope(conditionals=(BOOT,))),)),
        "its conditional blocks differ; what a client is told",
    ),
    Case(
        "class-mismatch",
        W,
        classes(
            (client_class("phones", subclasses=frozenset({"1", "2"})),),
            (
                client_class(
                    "phones",
                    subclasses=frozenset({"1", '2 { filename "a"; }'}),
                    members={"2": scope(parameters={"filename": "a"})},
                ),
            ),
        ),
        "subclass 2: filename is not set on one and a on two",
    ),
    # For a class that no pool names, only its settings matter.
    Case("class-mismatch", E, unused((ROUTED,), ()), "one has it, but two lacks it; clients would leave", "two one"),
    Case("class-mismatch", W, unused((), (BOOTED,)), "two has it, but one lacks it; what a client boots", "one two"),
    Case(
        "class-mismatch", W, unused((BOOTED,), (replace(BOOTED, match="if known"),)), "its match differs; what a client"
    ),
    Case("class-mismatch", E, unused((LIMITED,), ()), "its class has none left"),
    # Settings that are not part of an answer.
    Case("hooks-mismatch", W, globally({"conditionals": (HOOK,)}, {}), "only one has on commit", "one two"),
    Case("hooks-mismatch", W, globally({}, {"conditionals": ('if known { log ( info , "x" ); }', HOOK)}), "and 1 more"),
    Case(
        "ddns-mismatch",
        W,
        globally({"parameters": {"ddns-update-style": "standard"}}, {}),
        "ddns-update-style is standard on one and not set on two",
        "one two",
    ),
    Case(
        "ddns-mismatch",
        W,
        globally(
            {"parameters": {"ddns-update-style": "interim", "ddns-domainname": "a.example"}},
            {"parameters": {"ddns-update-style": "interim", "ddns-domainname": "b.example"}},
        ),
        "ddns-domainname is a.example on one and b.example on two",
    ),
    Case(
        "ddns-mismatch",
        W,
        [
            replace(server, zones={"a.example.": (f"primary 172.16.1.{n}",)})
            for n, server in enumerate(globally(INTERIM, INTERIM))
        ],
        'zone "a.example.": it is primary 172.16.1.0 on one and primary 172.16.1.1 on two',
    ),
    Case(
        "local-port-mismatch",
        W,
        globally({"parameters": {"local-port": "6767"}}, {}),
        "local-port is 6767 on one and 67 on two",
        "one two",
    ),
    Case("local-port-mismatch", W, globally({}, {"parameters": {"remote-port": "6868"}}), "remote-port is 68 on one"),
    # Plain ranges.
    Case(
        "range-unprotected",
        E,
        two((seed_subnet(), PLAIN), (seed_subnet(), PLAIN)),
        "subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20: both one and two give out these addresses",
        "one two",
    ),
    Case(
        "range-unprotected",
        E,
        two((seed_subnet(), PLAIN), (seed_subnet(), subnet("10.0.0.0/24", plain("10.0.0.15-10.0.0.30", bare=True)))),
        "give out 10.0.0.15-10.0.0.20, without failover",
    ),
    Case(
        "range-unprotected",
        E,
        [serving(Server("one", scope()), PLAIN), serving(Server("two", scope()), PLAIN)],
        "these addresses",
    ),
    Case(
        "range-unprotected",
        E,
        [serving(Server(name, scope(), address=f"10.0.0.{n}"), PLAIN) for n, name in enumerate(("one", "two"), 2)],
        "these addresses",
    ),
    Case(
        "range-unprotected",
        E,
        # One link, on which each has its address in another subnet.
        [
            serving(Server(name, scope(), address=f"10.0.{n}.1"), shared_network("all", PLAIN, subnet("10.0.1.0/24")))
            for n, name in enumerate(("one", "two"))
        ],
        "these addresses",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault(case: Case) -> None:
    examine(case)


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param(two((seed_subnet(), OTHER), (OTHER, seed_subnet())), id="other order of subnets"),
        pytest.param(pools((pool(A), pool(B)), (pool(B), pool(A))), id="other order of pools"),
        pytest.param(pools((pool(A), pool(B)), pool(B, A)), id="other cut of pools"),
        pytest.param(pools(pool(A, B), pool("172.16.1.10-172.16.1.29")), id="other cut of ranges"),
        pytest.param(
            two(shared_network("campus", *CAMPUS), shared_network("Campus", *CAMPUS)),
            id="another name of a shared network",
        ),
        pytest.param(two(shared_network("alone", seed_subnet()), seed_subnet()), id="a shared network of one subnet"),
        pytest.param(
            two(
                shared_network(
                    "campus", subnet("172.16.1.0/24"), subnet("172.16.2.0/24"), pool(A, "172.16.2.10-172.16.2.20")
                ),
                shared_network(
                    "campus",
                    subnet("172.16.1.0/24", pool(A)),
                    subnet("172.16.2.0/24", pool("172.16.2.10-172.16.2.20")),
                ),
            ),
            id="pools in a shared network or in its subnets",
        ),
        pytest.param(
            [
                serving(primary(), seed_subnet(), scope=scope(options={"domain-name": "a"})),
                serving(secondary(), seed_subnet(pool(SEED_RANGE, options={"domain-name": "a"}))),
            ],
            id="an option stated in another scope",
        ),
        pytest.param(
            globally({"parameters": {"default-lease-time": 43200, "authoritative": "false"}}, {}), id="defaults stated"
        ),
        pytest.param(globally({"parameters": {"max-lease-time": "0x15180"}}, {}), id="hexadecimal seconds"),
        pytest.param(
            globally({"parameters": {"ddns-update-style": "none", "ping-check": "true"}}, {}), id="own business"
        ),
        pytest.param(
            [replace(primary(), option_definitions={"my": ("224", "text")}), secondary()], id="an option nobody uses"
        ),
        pytest.param(
            two(
                (seed_subnet(), subnet("10.0.0.0/24", plain("10.0.0.10"), options={"routers": "10.0.0.1"})),
                (seed_subnet(), subnet("10.0.0.0/24", options={"routers": "10.0.0.2"})),
            ),
            id="a subnet that is not shared",
        ),
        pytest.param(two((seed_subnet(), subnet("10.0.0.0/24")), seed_subnet()), id="an empty subnet"),
        pytest.param(hosts((HOST,), (replace(HOST, name="laser"),)), id="another name of a reservation"),
        pytest.param(
            hosts(
                (HOST,), (reservation(HOST.name, HOST.hardware, "172.16.1.50", parameters={"allow-booting": "true"}),)
            ),
            id="booting is allowed anyway",
        ),
        pytest.param(
            [replace(server, from_text=True) for server in hosts((reservation("o", "ethernet 1", "10.9.9.9"),), ())],
            id="a reservation elsewhere",
        ),
        pytest.param(
            classes((client_class("phones"),) * 1, (client_class("phones"), client_class("pcs"))), id="unused"
        ),
        pytest.param(unused((BOOTED,), (BOOTED, client_class("pcs", "if known"))), id="a class that states nothing"),
        pytest.param(
            pools(pool(A, permits=DENY | {"allow known-clients"}), pool(A, permits=DENY | {"deny unknown-clients"})),
            id="two ways of the same permits",
        ),
        pytest.param(
            globally({"options": {"domain-name": "Office.Example"}}, {"options": {"domain-name": "office.example"}}),
            id="another case of a domain",
        ),
        pytest.param(
            globally({"options": {"dhcp-server-identifier": "172.16.1.100"}}, {}), id="the server's own identifier"
        ),
        pytest.param(
            globally(
                {"parameters": {"max-lease-time": 600}}, {"parameters": {"max-lease-time": 600, "min-lease-time": 300}}
            ),
            id="the same leases",
        ),
        pytest.param(globally({"parameters": {"always-broadcast": "false"}}, {}), id="a flag's default stated"),
        pytest.param(globally({"parameters": {"local-port": "67", "remote-port": "68"}}, {}), id="the usual ports"),
        pytest.param(globally({"conditionals": ("if known { }",)}, {}), id="a block that does nothing"),
        pytest.param(
            globally(
                {"conditionals": (BOOT, "if a { next-server 10.0.0.1; }")},
                {"conditionals": ("if a { next-server 10.0.0.1; }", BOOT)},
            ),
            id="another order of blocks that have nothing to do with each other",
        ),
        pytest.param(
            defined({"my": ("224", "text")}, {"mine": ("224", "text")}, {}), id="another name of an option nobody uses"
        ),
        pytest.param(
            [
                replace(server, option_definitions={name: ("224", "text")})
                for name, server in zip(("my", "mine"), globally({"options": {"my": "x"}}, {"options": {"mine": "x"}}))
            ],
            id="another name of an option",
        ),
        pytest.param(two((seed_subnet(), PLAIN), (seed_subnet(), subnet("10.0.0.0/24"))), id="plain on one only"),
        pytest.param(
            two((seed_subnet(), PLAIN), (seed_subnet(), subnet("10.0.0.0/24", plain("10.0.0.21-10.0.0.30")))),
            id="a split scope",
        ),
        pytest.param(
            [serving(Server(name, scope(), address="10.0.0.2"), PLAIN) for name in ("one", "two", "three")],
            id="sites that number their networks alike",
        ),
        pytest.param(
            [serving(Server(name, scope()), PLAIN) for name in ("one", "two", "three")],
            id="nobody knows where they are",
        ),
    ],
)
def test_silent(servers: list[Server]) -> None:
    assert found(servers) == []


def test_a_global_difference_is_not_repeated_for_reservations() -> None:
    servers = globally({"options": {"domain-name": "a"}}, {"options": {"domain-name": "b"}})
    servers = [
        replace(server, reservations=(replace(HOST, scope=replace(HOST.scope, parent=server.scope)),))
        for server in servers
    ]
    assert [finding.slug for finding in found(servers)] == ["options-mismatch"]


def test_reservations_without_address_may_be_meant_for_another_partner() -> None:
    """`one` is a hub: its second partner has the roaming reservation, and the first is right not to have it."""
    half = primary_half(name="y", port=648, peer_address="172.16.1.201")
    hub = serving(
        primary(),
        seed_subnet(),
        subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20", failover="y")),
        halves=(primary_half(), half),
        reservations=(reservation("roaming"),),
    )
    third = serving(
        secondary(),
        subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20", failover="y")),
        name="three",
        address="10.0.0.1",
        halves=(replace(secondary().halves[0], name="y", address="172.16.1.201", peer_port=648),),
        reservations=(reservation("roaming"),),
    )
    assert found([hub, secondary(), third]) == []


def test_a_reservation_is_compared_once_for_two_relationships() -> None:
    again = {"name": "y", "port": 648, "peer_port": 648}
    networks = (seed_subnet(), subnet("10.0.0.0/24"), subnet("10.0.1.0/24", pool("10.0.1.10-10.0.1.20", failover="y")))
    one, other = (
        serving(server, *networks, halves=(*server.halves, replace(turned, **again)), reservations=held)
        for server, turned, held in (
            (primary(), replace(secondary().halves[0], address="10.0.0.1", peer_address="10.0.0.2"), (SERVER,)),
            (secondary(), primary_half(address="10.0.0.2", peer_address="10.0.0.1"), ()),
        )
    )
    assert [finding.slug for finding in found([one, other])] == ["reservation-mismatch"]
    moved = replace(SERVER, addresses=(SERVER.addresses[0] + 1,))
    roaming = (reservation("roaming"), reservation("roaming", options={"domain-name": "a"}))
    one = replace(one, reservations=(SERVER, roaming[0]))
    other = replace(other, reservations=(moved, roaming[1]))
    assert [finding.slug for finding in found([one, other])] == ["reservation-mismatch"] * 2


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: two((seed_subnet(), OTHER), seed_subnet()), id="subnet"),
        pytest.param(lambda: pools((pool(A), pool(B)), pool(A)), id="pool"),
        pytest.param(lambda: pools(pool(A, B), pool(A)), id="range"),
        pytest.param(lambda: two(seed_subnet(), seed_subnet(options={"routers": "172.16.1.1"})), id="option"),
        pytest.param(lambda: globally({"parameters": {"filename": "a"}}, {}), id="parameter"),
        pytest.param(lambda: globally({"conditionals": (BOOT,)}, {}), id="conditional"),
        pytest.param(lambda: globally({"parameters": {"max-lease-time": 90000}}, {}), id="lease time"),
        pytest.param(lambda: globally({"parameters": {"authoritative": "true"}}, {}), id="authoritative"),
        pytest.param(lambda: globally({"parameters": {"allow-booting": "false"}}, {}), id="permit"),
        pytest.param(lambda: globally({"conditionals": (HOOK,)}, {}), id="hook"),
        pytest.param(lambda: globally({"parameters": {"local-port": "6767"}}, {}), id="port"),
        pytest.param(lambda: globally({"parameters": {"ddns-update-style": "standard"}}, {}), id="DDNS"),
        pytest.param(lambda: hosts((HOST,), ()), id="reservation"),
        pytest.param(lambda: classes((client_class("phones"),), ()), id="class"),
    ],
)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_what_an_include_may_hold_is_not_called_missing(build: Callable[[], list[Server]], turned: bool) -> None:
    """The statement that `two` seems to lack may be in the file that was not given."""
    one, other = build()
    if turned:
        one, other = _exchanged(one, other)
    include = Finding("include-missing", W, (other.name,), "", "A file was not given.", "Give it.")
    assert found([one, other]) != []
    slugs = {finding.slug for finding in found([one, replace(other, problems=(include,))])}
    assert slugs == {"include-missing"}


def _exchanged(one: Server, other: Server) -> tuple[Server, Server]:
    """The same pair with exchanged roles, so that the fault is on the other side."""
    return (
        replace(one, halves=secondary().halves),
        replace(other, halves=primary().halves),
    )


NO_UNKNOWN = DENY | {"deny unknown-clients"}


@pytest.mark.parametrize(
    "one, other, compared",
    [
        (pool(A), pool("172.16.1.19-172.16.1.29", permits=NO_UNKNOWN), True),
        (pool("172.16.1.19-172.16.1.29"), pool(A, permits=NO_UNKNOWN), True),
        (pool(A), pool(B, permits=NO_UNKNOWN), False),
        (pool(B), pool(A, permits=NO_UNKNOWN), False),
        (pool(A, C), pool("172.16.1.29-172.16.1.30", "172.16.1.60", permits=NO_UNKNOWN), True),
        (pool(B, "172.16.1.50"), pool("172.16.1.29-172.16.1.30", "172.16.1.60", permits=NO_UNKNOWN), True),
        (pool(B, "172.16.1.50"), pool(A, "172.16.1.49", permits=NO_UNKNOWN), False),
        (pool(A, "172.16.1.49"), pool(B, "172.16.1.50", permits=NO_UNKNOWN), False),
    ],
)
def test_pools_are_compared_that_share_an_address(one: Pool, other: Pool, compared: bool) -> None:
    slugs = {finding.slug for finding in found(pools(one, other))}
    assert slugs == {"range-mismatch"} | ({"permit-mismatch"} if compared else set())


def test_one_subnet_that_covers_two_of_the_partner() -> None:
    parts = (subnet("10.0.0.0/24", pool("10.0.0.10")), subnet("10.0.1.0/24", pool("10.0.1.10", "10.0.1.11")))
    whole = subnet("10.0.0.0/23", pool("10.0.0.10", "10.0.1.10", "10.0.1.11"))
    servers = two((seed_subnet(), *parts), (seed_subnet(), whole))
    messages = [finding.message for finding in found(servers) if finding.slug == "netmask-mismatch"]
    assert [message.split(" on ")[0] for message in messages] == ["it is 10.0.0.0/24", "it is 10.0.1.0/24"]


def test_one_cause_is_reported_once() -> None:
    """Ten thousand pools inherit one global difference."""
    networks = [
        subnet(f"10.{n >> 8}.{n & 255}.0/24", pool(f"10.{n >> 8}.{n & 255}.10-10.{n >> 8}.{n & 255}.20"))
        for n in range(1000)
    ]
    servers = [
        serving(primary(), seed_subnet(), *networks, scope=scope({"domain-name": "a"})),
        serving(secondary(), seed_subnet(), *networks, scope=scope({"domain-name": "b"})),
    ]
    (finding,) = found(servers)
    assert "and 997 more places" in finding.message
