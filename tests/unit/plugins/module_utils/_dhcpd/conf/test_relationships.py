# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halves, and what refers to them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    SUBNET,
    clean,
    half,
    only,
    read,
)


@pytest.mark.parametrize(
    "text, field, value",
    [
        ("primary;", "role", "primary"),
        ("SECONDARY;", "role", "secondary"),
        ("address 010.0.0.1;", "address", "10.0.0.1"),
        ("address one.example.org;", "address", "one.example.org"),
        ("port 70000;", "port", 70000),
        ("port -5;", "port", -5),
        ("peer port 0;", "peer_port", 0),
        ("peer address 1.2.3.4;", "peer_address", "1.2.3.4"),
        ("Load  Balance\nMax Seconds 3;", "load_balance_max_seconds", 3),
        ("hba FF:0:\n1;", "hba", "ff:00:01"),
        ("split 0256;", "split", 256),
        ("mclt 1800 ;", "mclt", 1800),
        ("auto-partner-down 5;", "auto_partner_down", 5),
        ("peer max-response-delay 5; peer mclt 3;", "max_response_delay", None),
    ],
)
def test_statements_of_a_half(text: str, field: str, value: Any) -> None:
    assert getattr(half(text), field) == value


@pytest.mark.parametrize(
    "name, expected", [("bare-name", "bare-name"), ('"a \\"b\\" {c};#"', 'a "b" {c};#'), ('""', "")]
)
def test_names_of_relationships(name: str, expected: str) -> None:
    (found,) = clean(f"failover peer {name} {{ primary; }}").halves
    assert found.name == expected


@pytest.mark.parametrize(
    "text, word, hint",
    [
        ("second;", "`second`", "`secondary`"),
        ("max-unacked-update 10;", "`max-unacked-update 10`", "`max-unacked-updates`"),
        ("peer adress 1.1.1.1;", "`peer adress 1.1.1.1`", "`peer address`"),
        ("load balance max secs 3;", "`load balance max secs 3`", "`load balance max seconds"),
        ("default-lease-time 3;", "`default-lease-time 3`", ""),
    ],
)
def test_a_misspelt_statement_in_a_half_is_an_error(text: str, word: str, hint: str) -> None:
    problem = only(read(HALF % text))
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-unknown", "error", 1)
    assert word in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text, field, hint",
    [
        ("port 647;\nport 648;", "port", "`peer port`"),
        ("mclt 1;\nmclt 2;", "mclt", "Remove"),
        ("primary;\nsecondary;", "role", "Remove"),
    ],
)
def test_the_last_of_two_statements_wins(text: str, field: str, hint: str) -> None:
    server = read(HALF % text)
    problem = only(server)
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-repeated", "warning", 2)
    assert hint in problem.hint
    assert getattr(server.halves[0], field) in (648, 2, "secondary")


@pytest.mark.parametrize("value", ["half", "http", "12x", "", "1 2", "0x10", "1.5"])
def test_invalid_numbers(value: str) -> None:
    server = read(HALF % f"port {value};")
    assert only(server).severity.value == "error"
    assert server.halves[0].port is None


def test_dhcpd_does_not_mind_how_long_a_number_is() -> None:
    assert (half("port " + "9" * 1400 + ";").port or 0) > 65535


def test_both_declarations_of_one_name_are_kept_for_the_rules() -> None:
    server = clean(HALF % "primary;" + HALF % "secondary;")
    assert [found.role for found in server.halves] == ["primary", "secondary"]


REFER = 'subnet 10.0.0.0 netmask 255.255.255.0 { pool { failover peer "x"; range 10.0.0.1; } }'


@pytest.mark.parametrize(
    "text, slug, line",
    [
        (REFER + "\n" + HALF % "", "relationship-after-pool", 1),
        (HALF % "" + '\nfailover peer "x";', "reference-outside-pool", 2),
        (HALF % "" + '\ngroup { failover peer "x"; }', "reference-outside-pool", 2),
        (HALF % "" + "\n" + SUBNET % 'failover peer "x"; range 10.0.0.1;', "reference-outside-pool", 2),
        (HALF % "" + '\nshared-network s { failover peer "x"; ' + SUBNET % "" + "}", "reference-outside-pool", 2),
        (SUBNET % "pool { no failover peer; range 10.0.0.1; }", "no-failover-statement", 1),
        (SUBNET % "pool { failover peer x; range 10.0.0.1; }", "syntax", 1),
        (SUBNET % "pool { failover x; range 10.0.0.1; }", "syntax", 1),
        ("group {\n" + HALF % "" + "}", "declaration-invalid", 2),
        ('failover peer "x" state {\n my state normal; }', "statement-unknown", 1),
        (HALF % "" + '\nfailover peer "x" state normal;', "syntax", 2),
        ("failover x;", "syntax", 1),
        ('failover pair "x" { primary; }', "syntax", 1),
        (SUBNET % 'pool { allow members of "c"; range 10.0.0.1; }' + '\nclass "c" { }', "class-unknown", 1),
    ],
)
def test_references_that_dhcpd_rejects(text: str, slug: str, line: int) -> None:
    problem = only(read(text))
    assert (problem.slug, problem.line) == (slug, line)


def test_pools_inherit_from_the_shared_network_before_them() -> None:
    server = read(
        """
        failover peer "a" { } failover peer "b" { }
        shared-network s {
          subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; } }
          failover peer "a";
          subnet 10.0.1.0 netmask 255.255.255.0 { pool { range 10.0.1.1; } pool { failover peer "b"; range 10.0.1.2; } }
          pool { no failover peer; range 10.0.1.3; }
        }
        """
    )
    assert [found.failover for found in server.pools] == [None, "a", "b", None]
    assert [problem.slug for problem in server.problems] == ["reference-outside-pool", "no-failover-statement"]


def test_a_relationship_in_a_shared_network_is_inherited_too() -> None:
    server = clean(
        'shared-network s { failover peer "a" { } subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; } } }'
    )
    assert server.pools[0].failover == server.halves[0].name == "a"
