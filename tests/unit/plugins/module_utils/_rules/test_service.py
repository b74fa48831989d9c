# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Omapi, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    DENY,
    SEED_RANGE,
    Case,
    E,
    W,
    address,
    both,
    client_class,
    examine,
    found,
    pool,
    primary,
    reservation,
    secondary,
    seed_subnet,
    serving,
    shared_network,
    subnet,
)

MAC, OTHER_MAC = "ethernet 52:54:00:00:00:01", "ethernet 52:54:00:00:00:02"
MEMBERS = DENY | {'allow members of "phones"'}


def hosts(*reservations: object) -> list[Server]:
    return both(seed_subnet(), subnet("172.16.2.0/24"), reservations=tuple(reservations))


def masked(mask: str) -> list[Server]:
    return both(seed_subnet(options={"subnet-mask": mask}))


def routed(*routers: str) -> list[Server]:
    return both(seed_subnet(options={"routers": routers}))


CASES = [
    Case(
        "subnet-invalid",
        E,
        both(seed_subnet(), replace(subnet("10.0.0.0/24"), first=address("10.0.0.1"))),
        "10.0.0.1 is not the number of a /24; dhcpd would refuse to start. Write 10.0.0.0/24 on one and two",
        "one two",
    ),
    Case(
        "subnet-overlap", E, both(seed_subnet(), subnet("172.16.1.128/25")), "overlaps subnet 172.16.1.0/24", "one two"
    ),
    Case("subnet-overlap", E, both(seed_subnet(), subnet("172.16.1.0/24")), "already declared", "one two"),
    Case(
        "subnet-overlap", E, both(seed_subnet(), subnet("172.16.0.0/16")), "172.16.1.0/24: it overlaps subnet 172.16.0"
    ),
    Case(
        "subnet-overlap",
        E,
        both(seed_subnet(), subnet("10.0.0.0/8"), subnet("10.1.0.0/24"), subnet("11.0.0.0/24")),
        "10.1.0.0/24: it overlaps subnet 10.0.0.0/8",
    ),
    Case("subnet-overlap", E, both(seed_subnet(), subnet("10.0.0.1/32"), subnet("10.0.0.1/32")), "already declared"),
    Case(
        "subnet-not-local",
        E,
        [
            replace(primary(), address="10.0.0.1", halves=(replace(primary().halves[0], address="10.0.0.1"),)),
            secondary(peer_address="10.0.0.1"),
        ],
        "no declared subnet contains 10.0.0.1, the address of this server;",
        "one",
    ),
    Case(
        "subnet-not-local",
        W,
        both(subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20"))),
        "172.16.1.100, the only known address of this server",
        "one",
    ),
    Case(
        "host-duplicate-name",
        E,
        hosts(reservation("a", MAC), reservation("a", OTHER_MAC)),
        'reservation "a"',
        "one two",
    ),
    Case("host-duplicate-name", E, hosts(reservation("a", MAC), reservation("a", MAC)), "already taken", "one two"),
    Case(
        "host-duplicate-name",
        E,
        hosts(reservation("a", MAC, "172.16.1.10"), reservation("a", MAC, "172.16.1.11")),
        "already taken",
    ),
    Case(
        "host-duplicate-hardware",
        E,
        hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", MAC, "172.16.1.11")),
        'reservation "b": ethernet 52:54:00:00:00:01 already has reservation "a"',
        "one two",
    ),
    Case(
        "host-duplicate-address",
        W,
        hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", OTHER_MAC, "172.16.1.10")),
        '172.16.1.10 is already reserved by reservation "a"',
        "one two",
    ),
    Case(
        "class-unknown",
        E,
        both(seed_subnet(pool(SEED_RANGE, permits=MEMBERS)), classes=(client_class("phone"),)),
        'class "phones": it is not declared, but subnet 172.16.1.0/24, pool 172.16.1.220-172.16.1.230 permits its '
        'members; dhcpd would refuse to start. Did you mean "phone"?',
        "one two",
    ),
    Case(
        "class-unknown",
        E,
        both(seed_subnet(pool("172.16.1.10", "172.16.1.11", permits=MEMBERS), pool(SEED_RANGE, permits=MEMBERS))),
        "172.16.1.11 and 1 more permits",
    ),
    Case("omapi-without-key", E, [replace(primary(), omapi=Omapi(7911)), secondary()], "omapi-port 7911", "one"),
    Case(
        "port-taken",
        E,
        [replace(primary(port=7911), omapi=Omapi(7911, "k", 128)), secondary(peer_port=7911)],
        "port 7911 is that of omapi-port",
        "one",
    ),
    Case(
        "reservation-outside-subnets",
        W,
        hosts(reservation("a", MAC, "10.9.9.9")),
        "10.9.9.9 is in no declared subnet",
        "one two",
    ),
    # Settings that describe the client's network.
    Case("mask-of-another-network", W, masked("255.255.0.0"), "assume a /16 network, and not reach", "one two"),
    Case(
        "mask-of-another-network",
        W,
        both(seed_subnet(options={"subnet-mask": "255.255.255.128", "routers": "172.16.1.129"})),
        "send packets for neighbours to the router",
    ),
    Case(
        "mask-of-another-network",
        E,
        both(seed_subnet(options={"subnet-mask": "255.255.255.128", "routers": "172.16.1.1"})),
        "assume a /25 network, without the router",
    ),
    Case("mask-of-another-network", E, masked("255.0.255.0"), "255.0.255.0 is not a mask at all"),
    Case(
        "mask-of-another-network",
        W,
        hosts(reservation("a", MAC, "172.16.1.10", options={"subnet-mask": "255.255.0.0"})),
        'reservation "a"',
    ),
    Case("router-outside-subnet", E, routed("10.0.0.1"), "10.0.0.1 is outside 172.16.1.0/24; most", "one two"),
    Case("router-outside-subnet", E, routed("172.16.2.1", "10.0.0.1"), "172.16.2.1, 10.0.0.1 is outside"),
    Case("router-outside-subnet", W, routed("172.16.1.1", "10.0.0.1"), "cannot use it."),
    Case(
        "router-outside-subnet",
        W,
        both(shared_network("campus", seed_subnet(options={"routers": "172.16.2.1"}), subnet("172.16.2.0/24"))),
        "cannot use it.",
    ),
    Case(
        "router-outside-subnet",
        E,
        hosts(reservation("a", MAC, "172.16.1.10", options={"routers": "172.16.2.1"})),
        'reservation "a"',
    ),
    Case("omapi-weak-key", W, [replace(primary(), omapi=Omapi(7911, "k", 127)), secondary()], "only 127 bits", "one"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault(case: Case) -> None:
    examine(case)


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param(both(seed_subnet(), subnet("172.16.0.0/24"), subnet("172.16.2.0/23")), id="neighbours"),
        pytest.param(
            both(subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20")), subnet("172.16.1.0/24")), id="empty, local"
        ),
        pytest.param(
            [
                replace(
                    primary(), address="172.16.1.100", halves=(replace(primary().halves[0], address="192.168.0.1"),)
                ),
                secondary(peer_address="192.168.0.1"),
            ],
            id="a failover network of its own",
        ),
        pytest.param(
            hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", MAC, "172.16.2.10")),
            id="one host, two subnets",
        ),
        pytest.param(
            hosts(reservation("a", None, "172.16.1.10"), reservation("b", None, "172.16.1.11")), id="by client-id only"
        ),
        pytest.param(hosts(reservation("a", MAC), reservation("b", MAC)), id="one host, twice without an address"),
        pytest.param(
            [
                replace(server, from_text=True)
                for server in hosts(reservation("a", MAC, "10.8.8.8"), reservation("b", MAC, "10.9.9.9"))
            ],
            id="one host, two subnets of other servers",
        ),
        pytest.param(
            hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", MAC, "172.16.1.10")), id="one host, said twice"
        ),
        pytest.param(masked("255.255.255.0"), id="the subnet's own mask"),
        pytest.param(masked("concat ( something )"), id="a mask that is computed"),
        pytest.param(routed("gateway.example.org"), id="a router's name"),
        pytest.param(
            [
                replace(server, option_definitions={"routes": ("121", "array of integer 8")})
                for server in both(seed_subnet(options={"routers": "10.0.0.1", "routes": ("0", "10", "0", "0", "1")}))
            ],
            id="a router that classless routes replace",
        ),
        pytest.param(
            both(seed_subnet(pool(SEED_RANGE, permits=MEMBERS)), classes=(client_class("phones"),)), id="known class"
        ),
        pytest.param([replace(primary(), omapi=Omapi(7911, "k", 128)), secondary()], id="strong key"),
        pytest.param(
            [replace(primary(), omapi=Omapi(7911, "k")), secondary()], id="a key nobody told us the length of"
        ),
    ],
)
def test_silent(servers: list[Server]) -> None:
    assert found(servers) == []


def test_where_the_other_one_stands() -> None:
    """The finding has line numbers if the server is a text."""
    subnets = [replace(subnet("10.0.0.0/24"), line=line) for line in (4, 9)]
    hosts = tuple(replace(reservation("a", MAC), line=line) for line in (14, 19))
    servers = both(seed_subnet(), *subnets, reservations=hosts)
    assert [finding.message.split(";")[0] for finding in found(servers)] == [
        "it is already declared in line 4",
        "the name is already taken in line 14",
    ]
    servers = both(
        seed_subnet(),
        subnet("10.0.0.0/24"),
        subnet("10.0.0.0/24"),
        reservations=(reservation("a", MAC), reservation("a", MAC)),
    )
    assert [finding.message.split(";")[0] for finding in found(servers)] == [
        "it is already declared",
        "the name is already taken",
    ]


def test_a_class_may_stand_in_a_file_that_was_not_given() -> None:
    include = Finding("include-missing", W, ("one",), "", "A file was not given.", "Give it.")
    servers = both(seed_subnet(pool(SEED_RANGE, permits=MEMBERS)))
    assert "class-unknown" in {finding.slug for finding in found(servers)}
    servers = [replace(server, problems=(include,)) for server in servers]
    assert {finding.slug for finding in found(servers)} == {"include-missing"}


def test_not_local_is_not_told_of_a_server_without_subnets() -> None:
    findings = found([serving(primary(), subnet("10.0.0.0/24")), serving(secondary(), halves=())])
    assert "subnet-not-local" in {finding.slug for finding in findings if finding.servers == ("one",)}
    assert [finding.slug for finding in findings if finding.servers == ("two",)] == []
