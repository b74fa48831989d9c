# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import Omapi, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._findings import Finding
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
    subnet,
)

MAC, OTHER_MAC = "ethernet 52:54:00:00:00:01", "ethernet 52:54:00:00:00:02"
MEMBERS = DENY | {'allow members of "phones"'}


def hosts(*reservations: object) -> list[Server]:
    return both(seed_subnet(), subnet("172.16.2.0/24"), reservations=tuple(reservations))


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
        E,
        both(subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.20"))),
        "172.16.1.100, the address of this server (if it serves by another",
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
        "host-duplicate-hardware",
        E,
        hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", MAC, "172.16.1.11")),
        'reservation "b": ethernet 52:54:00:00:00:01 already has reservation "a"',
        "one two",
    ),
    Case("host-duplicate-hardware", E, hosts(reservation("a", MAC), reservation("b", MAC)), 'reservation "b"'),
    Case(
        "host-duplicate-hardware",
        E,
        hosts(reservation("a", MAC, "172.16.1.10"), reservation("b", MAC, "172.16.1.10")),
        'reservation "b"',
    ),
    Case(
        "host-duplicate-address",
        E,
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
    """Lines of text where there is text."""
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
