# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, Scope, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import describe, pair
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    pool,
    primary,
    secondary,
    seed_subnet,
    serving,
)


def server(name: str, *halves: Half, address: str | None = None) -> Server:
    return Server(name, Scope(), halves, address=address)


def half(name: str, role: str | None, address: str | None, peer: str | None, **changes: Any) -> Half:
    return replace(Half(name, role, address=address, peer_address=peer), **changes)


def couples(*servers: Server) -> set[str]:
    return {
        f"{item.primary.server.name}-{item.secondary.server.name} {item.primary.half.name}"
        for item in pair(servers).relationships
    }


def alone(*servers: Server) -> set[tuple[str, bool]]:
    return {(unmatched.side.server.name, unmatched.partner_given) for unmatched in pair(servers).alone}


A = server("a", half("x", "primary", "10.0.0.1", "10.0.0.2"))
B = server("b", half("x", "secondary", "10.0.0.2", "10.0.0.1"))


@pytest.mark.parametrize(
    "servers, expected",
    [
        pytest.param((A, B), {"a-b x"}, id="mirrored"),
        pytest.param((B, A), {"a-b x"}, id="primary first, whatever the order"),
        pytest.param((A, server("b", half("X", "secondary", "10.0.0.2", "10.0.0.1"))), {"a-b x"}, id="other name"),
        pytest.param((A, server("b", half("x", "secondary", "10.0.0.2", "10.0.0.9"))), {"a-b x"}, id="one direction"),
        pytest.param(
            (A, server("b", half("x", "secondary", "10.0.0.9", "10.0.0.1"))), {"a-b x"}, id="the other direction"
        ),
        pytest.param((A, server("b", half("x", "secondary", "10.0.0.8", "10.0.0.9"))), {"a-b x"}, id="only the name"),
        pytest.param((A, server("b", half("x", "secondary", None, None))), {"a-b x"}, id="no address at all"),
        pytest.param((A, server("b", half("x", "primary", None, None))), {"a-b x"}, id="no address, same role"),
        pytest.param((A, replace(A, name="b")), {"a-b x"}, id="copied file"),
        pytest.param((A, server("b", half("x", None, "10.0.0.2", "10.0.0.1"))), {"a-b x"}, id="no role"),
        pytest.param(
            (A, server("b", half("x", "secondary", "10.0.0.2", "10.0.0.1", port=648))), {"a-b x"}, id="other port"
        ),
        pytest.param(
            (
                server("a", half("x", "primary", "A.example", "b.example")),
                server("b", half("x", "secondary", "B.example", "a.example")),
            ),
            {"a-b x"},
            id="host names",
        ),
        pytest.param(
            (
                server("a", half("x", "primary", None, "10.0.0.2"), address="10.0.0.1"),
                server("b", half("x", "secondary", "10.0.0.9", "10.0.0.1")),
            ),
            {"a-b x"},
            id="the server's own address stands in",
        ),
        pytest.param((A,), set(), id="one server"),
        pytest.param((server("a", *A.halves, *B.halves),), set(), id="both halves on one server"),
        pytest.param((server("a", half("x", "primary", "10.0.0.1", "10.0.0.1")), B), {"a-b x"}, id="its own partner"),
        pytest.param(
            (A, server("b", half("x", "primary", "10.9.0.1", "10.9.0.2"))),
            set(),
            id="two sites, each without its partner",
        ),
    ],
)
def test_pair(servers: tuple[Server, ...], expected: set[str]) -> None:
    assert couples(*servers) == expected


def test_one_name_at_many_sites() -> None:
    sites = [
        server(f"{role}{site}", half("dhcp", role, *((one, other) if role == "primary" else (other, one))))
        for role in ("primary", "secondary")
        for site in range(300)
        for one, other in [(f"10.{site >> 8}.{site & 255}.1", f"10.{site >> 8}.{site & 255}.2")]
    ]
    assert couples(*sites) == {f"primary{site}-secondary{site} dhcp" for site in range(300)}


def test_a_mistyped_address_at_one_of_many_sites() -> None:
    faulty = server("c", half("x", "primary", "10.1.0.1", "10.1.0.9"))
    partner = server("d", half("x", "secondary", "10.1.0.2", "10.1.0.1"))
    assert couples(A, faulty, B, partner) == {"a-b x", "c-d x"}


@pytest.mark.parametrize("whose", ["own address", "peer address"])
@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_the_same_mistake_at_two_sites(role: str, whose: str) -> None:
    """One correct direction is enough to match relationships of the same name."""
    servers = []
    for site in (1, 2):
        one = half("x", "primary", f"10.{site}.0.1", f"10.{site}.0.2")
        other = half("x", "secondary", f"10.{site}.0.2", f"10.{site}.0.1")
        wrong: dict[str, Any] = {"address" if whose == "own address" else "peer_address": f"10.{site}.9.9"}
        servers.append(server(f"one{site}", replace(one, **wrong) if role == "primary" else one))
        servers.append(server(f"other{site}", replace(other, **wrong) if role == "secondary" else other))
    for order in (servers, servers[::-1], [servers[i] for i in (0, 3, 2, 1)]):
        assert couples(*order) == {"one1-other1 x", "one2-other2 x"}


@pytest.mark.parametrize("lacks", ["address", "peer_address"])
def test_half_an_address_is_enough_to_tell_namesakes_apart(lacks: str) -> None:
    servers = []
    for site in (1, 2):
        servers.append(server(f"one{site}", half("x", "primary", f"10.{site}.0.1", f"10.{site}.0.2")))
        own, peer = f"10.{site}.0.2", f"10.{site}.0.1"
        addresses = (None, peer) if lacks == "address" else (own, None)
        servers.append(server(f"other{site}", half("x", "secondary", *addresses)))
    assert couples(*servers) == {"one1-other1 x", "one2-other2 x"}
    assert couples(*servers[::-1]) == {"one1-other1 x", "one2-other2 x"}


def test_copied_files_at_two_sites() -> None:
    site = server("c", half("x", "primary", "10.1.0.1", "10.1.0.2"))
    assert couples(A, replace(A, name="b"), site, replace(site, name="d")) == {"a-b x", "c-d x"}


def test_same_addresses_at_two_sites() -> None:
    assert couples(A, B, replace(A, name="c"), replace(B, name="d")) == {"a-b x", "c-d x"}


def test_ports_tell_two_relationships_of_one_pair_apart() -> None:
    """Without them, x would match the first X."""
    one = server(
        "a",
        half("x", "primary", "10.0.0.1", "10.0.0.2"),
        half("y", "primary", "10.0.0.1", "10.0.0.2", port=648, peer_port=648),
    )
    other = server(
        "b",
        half("Y", "secondary", "10.0.0.2", "10.0.0.1", port=648, peer_port=648),
        half("X", "secondary", "10.0.0.2", "10.0.0.1"),
    )
    matched = {(item.primary.half.name, item.secondary.half.name) for item in pair([one, other]).relationships}
    assert matched == {("x", "X"), ("y", "Y")}


def test_primary_in_one_and_secondary_in_the_other() -> None:
    one = server("a", *A.halves, half("y", "secondary", "10.0.0.1", "10.0.0.2", port=648, peer_port=648))
    other = server("b", half("y", "primary", "10.0.0.2", "10.0.0.1", port=648, peer_port=648), *B.halves)
    assert couples(one, other) == {"a-b x", "b-a y"}


def test_a_triangle() -> None:
    a = server("a", half("ab", "primary", "10.0.0.1", "10.0.0.2"), half("ca", "secondary", "10.0.0.1", "10.0.0.3"))
    b = server("b", half("bc", "primary", "10.0.0.2", "10.0.0.3"), half("ab", "secondary", "10.0.0.2", "10.0.0.1"))
    c = server("c", half("ca", "primary", "10.0.0.3", "10.0.0.1"), half("bc", "secondary", "10.0.0.3", "10.0.0.2"))
    assert couples(a, b, c) == {"a-b ab", "b-c bc", "c-a ca"}
    assert alone(a, b, c) == set()


@pytest.mark.parametrize(
    "servers, expected",
    [
        pytest.param((A,), {("a", False)}, id="one server"),
        pytest.param((A, server("b", address="10.0.0.2")), {("a", True)}, id="its address is given"),
        pytest.param((A, server("b", address="10.0.0.9")), {("a", False)}, id="another server's address"),
        pytest.param((A, server("b")), {("a", True)}, id="a server of which no address is known"),
        pytest.param(
            (server("a", half("x", "primary", "10.0.0.1", "B")), server("b", address="10.9.9.9")),
            {("a", True)},
            id="by host name",
        ),
        pytest.param(
            (A, B, server("c", half("x", "primary", "10.1.0.1", "10.1.0.2"))), {("c", False)}, id="three namesakes"
        ),
        pytest.param(
            (server("a", half("x", "primary", "10.0.0.1", "10.0.0.1")), server("b", address="10.0.0.2")),
            {("a", False)},
            id="itself",
        ),
    ],
)
def test_alone(servers: tuple[Server, ...], expected: set[tuple[str, bool]]) -> None:
    assert alone(*servers) == expected


def test_description() -> None:
    two_pools = seed_subnet(pool("172.16.1.220-172.16.1.230"), pool("172.16.1.10", "172.16.1.12-172.16.1.13"))
    assert describe(pair([serving(secondary(port=520), two_pools), serving(primary(peer_port=520), two_pools)])) == [
        {
            "name": "x",
            "primary": "one",
            "secondary": "two",
            "primary_address": "172.16.1.100",
            "secondary_address": "172.16.1.200",
            "primary_port": 647,
            "secondary_port": 520,
            "pools": 2,
            "addresses": 14,
        }
    ]


def test_description_of_a_single_half() -> None:
    (described,) = describe(pair([secondary()]))
    assert (described["primary"], described["primary_port"], described["secondary"]) == (None, None, "two")


@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_description_with_roles_in_conflict(role: str) -> None:
    (described,) = describe(pair([primary(role=role), secondary(role=role)]))
    assert {described["primary"], described["secondary"]} == {"one", "two"}
