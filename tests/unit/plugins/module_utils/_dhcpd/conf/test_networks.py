# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets, pools, ranges and permits."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    SUBNET,
    clean,
    only,
    pool,
    read,
)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("range 10.0.0.1;", ["10.0.0.1"]),
        ("range 10.0.0.9\n010.0.0.2;", ["10.0.0.9-10.0.0.2"]),
        ("range 10.0.0.1 10.0.0.2; range 10.0.0.5;", ["10.0.0.1-10.0.0.2", "10.0.0.5"]),
        ("range 10 . 0 . 0 . 1 10.0.0 .2;", ["10.0.0.1-10.0.0.2"]),
    ],
)
def test_ranges(text: str, expected: list[str]) -> None:
    assert [str(item) for item in pool(text).ranges] == expected


def test_dynamic_bootp_belongs_to_its_range() -> None:
    found = pool("range Dynamic-BOOTP 10.0.0.1 10.0.0.2; range 10.0.0.3;")
    assert [item.dynamic_bootp for item in found.ranges] == [True, False]


@pytest.mark.parametrize(
    "text, permit",
    [
        ("allow unknown clients;", "allow unknown-clients"),
        ("Allow UNKNOWN-clients;", "allow unknown-clients"),
        ("deny known clients;", "deny known-clients"),
        ("deny dynamic  bootp clients;", "deny dynamic bootp clients"),
        ('allow members of "A b";', 'allow members of "A b"'),
        ("allow all clients;", "allow all clients"),
        ("allow after 4 2027/08/24 09:14:32;", "allow after 4 2027/08/24 09:14:32"),
    ],
)
def test_permits(text: str, permit: str) -> None:
    assert pool(text + "range 10.0.0.1;").permits == {permit}


@pytest.mark.parametrize("text", ["allow bootp;", "deny members of c;", "allow everybody;", "allow;"])
def test_unknown_permits(text: str) -> None:
    server = read(SUBNET % f"pool {{ {text} range 10.0.0.1; }}")
    assert only(server).severity.value == "error"
    assert server.pools[0].permits == frozenset()


def test_pools_know_where_they_are() -> None:
    text = (
        "\n\nsubnet 10.0.0.0 netmask 255.255.254.0 {\n pool { range 10.0.0.1; }\n\n pool {\n  range\n   10.0.1.1; } }"
    )
    first, second = clean(text).pools
    assert (first.subnet, first.line, second.line, second.ranges[0].line) == ("10.0.0.0/23", 4, 6, 7)


def test_bare_ranges_form_one_pool_of_their_subnet() -> None:
    (found,) = clean(SUBNET % "range 10.0.0.1; option routers 10.0.0.254;\nrange 10.0.0.3 10.0.0.4;").pools
    assert (found.bare, found.failover, found.size, found.line) == (True, None, 3, 1)
    assert found.scope.options == {"routers": ("10.0.0.254",)}


@pytest.mark.parametrize(
    "text, word",
    [
        ('failover peer "x"; failover peer "y";', "failover peer"),
        ("option routers 1.1.1.1; option routers 1.1.1.2;", "option routers"),
        ('filename "a"; filename "b";', "filename"),
    ],
)
def test_repetitions_in_a_pool(text: str, word: str) -> None:
    server = read(HALF % "" + 'failover peer "y" { }' + SUBNET % f"pool {{ {text} range 10.0.0.1; }}")
    problem = only(server)
    assert (problem.slug, problem.severity.value) == ("statement-repeated", "warning")
    assert f"`{word}`" in problem.message


@pytest.mark.parametrize(
    "text, slug",
    [
        ("subnet 10.0.0.0 netmask 255.0.255.0 { }", "netmask-invalid"),
        ("subnet 10.0.1.0 netmask 255.0.255.0 { }", "netmask-invalid"),
        ("subnet 10.1.0.0 netmask 255.0.255.0 { }", "subnet-invalid"),
        ("subnet 10.0.0.999 netmask 255.255.255.0 { }", "subnet-invalid"),
        ("subnet 10.0.0.0/24;", "subnet-invalid"),
        ("subnet 10.0.0.0 netmask 255.255.255.0;", "syntax"),
        ("subnet 10.0.0.0 mask 255.255.255.0;", "subnet-invalid"),
        ("pool { range 10.0.0.1; }", "statement-unknown"),
        ("range 10.0.0.1;", "statement-unknown"),
        ("shared-network s { %s range 10.0.0.1; }" % (SUBNET % ""), "statement-unknown"),
        (SUBNET % "range 10.0.0.1-10.0.0.9;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.300;", "declaration-invalid"),
        (SUBNET % "range;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.1 10.0.0.300;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.1 10.0.0.2 10.0.0.3;", "syntax"),
        ("shared-network { }", "syntax"),
        ("host { }", "syntax"),
        ("host h;", "syntax"),
        ("host h { hardware 52:54:00:00:00:01; }", "declaration-invalid"),
        ("host h { hardware ethernet 52-54-00-00-00-01; }", "declaration-invalid"),
        ("host h { fixed-address 10.0.0.300; }", "declaration-invalid"),
        ("host h { fixed-address; }", "declaration-invalid"),
        ("class c { }", "syntax"),
        ('subclass "c" 1:2;', "class-unknown"),
        ('class "c" { } subclass "c";', "syntax"),
        ("default-lease-time soon;", "declaration-invalid"),
        ("default-lease-time 600 max-lease-time 700;", "declaration-invalid"),
        ("ping-check maybe;", "declaration-invalid"),
        ("filename;", "syntax"),
        ("option routers;", "syntax"),
        ("option;", "syntax"),
        ("option 10.0.0.1;", "syntax"),
        ("if known;", "syntax"),
        ("include x;", "syntax"),
        ("authoritative yes;", "syntax"),
    ],
)
def test_invalid_statements_are_findings(text: str, slug: str) -> None:
    server = read("ddns-update-style none;\n" + text)
    assert (only(server).slug, only(server).line) == (slug, 2)
    assert not [found for found in server.pools if found.ranges and found.ranges[0].last == 0]
