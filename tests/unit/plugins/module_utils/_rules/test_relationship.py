# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    Case,
    E,
    W,
    examine,
    found,
    pool,
    primary,
    primary_half,
    secondary,
    secondary_half,
    seed_subnet,
    serving,
    subnet,
)

HBA = ":".join(["ff"] * 16 + ["00"] * 16)


def text(server: Server) -> Server:
    """The server as if it came from the text of a dhcpd.conf."""
    return replace(server, from_text=True)


def named(server: Server, name: str) -> Server:
    """Rename the relationship, also in its pools."""
    halves = tuple(replace(half, name=name) for half in server.halves)
    return serving(server, seed_subnet(pool("172.16.1.220-172.16.1.230", failover=name)), halves=halves)


def on_a_link(server: Server, last: int) -> Server:
    """The halves use a /31 link, in which both addresses are hosts."""
    half = replace(server.halves[0], address=f"10.0.0.{last}", peer_address=f"10.0.0.{1 - last}")
    return serving(server, seed_subnet(), subnet("10.0.0.0/31"), halves=(half,))


def two_relationships(second_port: int) -> list[Server]:
    """Two servers with two relationships; the second may have its own port."""
    network = seed_subnet(pool("172.16.1.220-172.16.1.230"), pool("172.16.1.231-172.16.1.240", failover="y"))
    ports = {"port": second_port, "peer_port": second_port}
    return [
        serving(primary(), network, halves=(primary_half(), primary_half(name="y", **ports))),
        serving(secondary(), network, halves=(secondary_half(), secondary_half(name="y", **ports))),
    ]


CASES = [
    # Is there a partner?
    Case(
        "partner-missing",
        E,
        [
            primary(),
            serving(
                secondary(),
                seed_subnet(pool("172.16.1.220", "172.16.1.221", failover=None)),
                halves=(),
                address="172.16.1.200",
            ),
        ],
        "172.16.1.200",
        "one",
    ),
    Case("partner-missing", E, [primary(), Server("two", secondary().scope)], "no other server declares", "one"),
    Case("partner-not-given", W, [primary()], "172.16.1.200", "one"),
    Case(
        "partner-not-given",
        W,
        [
            primary(),
            serving(
                Server("three", primary().scope),
                seed_subnet(pool("172.16.1.2-172.16.1.9", failover=None)),
                address="172.16.1.30",
            ),
        ],
        "was checked alone",
        "one",
    ),
    Case("name-mismatch", E, [primary(), named(secondary(), "X")], '"x" on one but "X" on two', "one two"),
    # Roles.
    Case("role-conflict", E, [primary(), secondary(role="primary")], "both halves are primary", "one two"),
    Case(
        "role-conflict",
        E,
        [primary(), secondary(role="primary", mclt=1800, split=128)],
        "Make one of one and two the secondary, without mclt and split.",
    ),
    Case(
        "role-conflict",
        E,
        [primary(role="secondary"), secondary()],
        "Make one of one and two the primary, with mclt and split.",
    ),
    Case("role-missing", E, [primary(), secondary(role=None)], "neither primary nor secondary", "two"),
    Case(
        "role-missing",
        E,
        [primary(role=None), secondary()],
        "take it for the primary",
        "one",
    ),
    Case(
        "role-missing",
        E,
        [primary(role=None, split=None), secondary()],
        "refuse to start because split is missing",
        "one",
    ),
    Case("role-missing", E, [primary(role=None, mclt=None), secondary()], "because mclt is missing", "one"),
    Case(
        "name-unsafe", E, [named(primary(), 'a"b'), named(secondary(), 'a"b')], 'the name contains "; dhcpd', "one two"
    ),
    Case("name-unsafe", E, [named(primary(), "a\\b"), named(secondary(), "a\\b")], "contains \\;", "one two"),
    # Addresses.
    Case(
        "address-not-mirrored",
        E,
        [primary(), secondary(peer_address="172.16.1.101")],
        "peer address is 172.16.1.101, but one has address 172.16.1.100",
        "two one",
    ),
    Case(
        "address-not-mirrored",
        E,
        [primary(address="172.16.1.101"), secondary()],
        "but one has address 172.16.1.101",
        "two one",
    ),
    Case("address-missing", E, [primary(address=None), secondary()], "address is missing", "one"),
    Case("address-missing", E, [primary(), secondary(peer_address=None)], "peer address is missing", "two"),
    Case(
        "address-self",
        E,
        [primary(), secondary(peer_address="172.16.1.200")],
        "both 172.16.1.200, with the same port",
        "two",
        frozenset({"address-not-mirrored"}),
    ),
    Case(
        "address-self",
        W,
        [
            primary(port=51000, peer_port=51001, peer_address="172.16.1.100"),
            secondary(port=51001, peer_port=51000, address="172.16.1.100"),
        ],
        "two daemons on one host work, but fail together",
        "one two",
    ),
    *(
        Case("address-invalid", E, [primary(peer_address=wrong), secondary(address=wrong)], f"{wrong} is {why}", "two")
        for wrong, why in [
            ("0.0.0.0", "in 0.0.0.0/8"),
            ("127.0.0.1", "a loopback"),
            ("224.0.0.1", "a multicast"),
            ("240.0.0.1", "a reserved"),
            ("255.255.255.255", "the broadcast"),
            ("172.16.1.255", "the network or broadcast address of a declared subnet"),
            ("172.16.1.0", "the network or broadcast address of a declared subnet"),
            ("fe80::1", "not an IPv4 address"),
            ("172.16.1.256", "not an IPv4 address"),
            ("server2.example.org", "not an IPv4 address"),
        ]
    ),
    Case(
        "address-invalid",
        E,
        [text(primary(peer_address="172.16.1")), text(secondary(address="172.16.1"))],
        "172.16.1 is not an IPv4",
        "two",
    ),
    Case(
        "address-hostname",
        W,
        [text(primary(peer_address="two.example.org")), text(secondary())],
        "peer address is the host name two.example.org",
        "one",
    ),
    Case(
        "address-hostname", W, [text(primary()), text(secondary(address="two"))], "address is the host name two", "two"
    ),
    # Ports.
    Case(
        "port-not-mirrored",
        E,
        [primary(peer_port=648), secondary()],
        "two has port 647, but one has peer port 648; only one of the two",
        "one two",
    ),
    Case("port-not-mirrored", E, [primary(port=519), secondary(port=520)], "neither could connect"),
    Case(
        "port-not-mirrored",
        E,
        [primary(port=None), secondary(peer_port=847)],
        "one has port 647, but two has peer port 847",
    ),
    *(
        Case("port-out-of-range", E, [primary(port=wrong), secondary(peer_port=wrong)], f"silently use {used}", "one")
        for wrong, used in [(0, "647"), (65536, "a random one"), (70000, "4464"), (-5, "65531")]
    ),
    # Names and ends.
    Case(
        "relationship-duplicate",
        E,
        [replace(primary(), halves=(replace(primary_half(), line=3), primary_half())), secondary()],
        "first in line 3",
        "one",
    ),
    Case("endpoint-shared", E, two_relationships(647), '"x" and "y" run between the same two addresses'),
    Case("endpoint-shared", E, two_relationships(648), "dhcpd tells its partners apart by their addresses alone"),
    # Settings of the primary only.
    Case("mclt-missing", E, [primary(mclt=None), secondary()], "mclt is missing", "one"),
    Case("mclt-missing", E, [primary(mclt=0), secondary()], "mclt is 0", "one"),
    Case("mclt-on-secondary", E, [primary(), secondary(mclt=1800)], "Remove it from two.", "two"),
    Case("mclt-on-secondary", E, [primary(), secondary(mclt=0)], "Remove it from two.", "two"),
    Case("mclt-out-of-range", E, [primary(mclt=-1), secondary()], "mclt -1", "one"),
    Case(
        "mclt-out-of-range",
        E,
        [primary(mclt=2**31), secondary()],
        "mclt 2147483648",
        "one",
    ),
    Case("split-missing", E, [primary(split=None), secondary()], "neither split nor hba", "one"),
    Case("split-out-of-range", E, [primary(split=257), secondary()], "split 257", "one"),
    Case("split-out-of-range", E, [primary(split=-1), secondary()], "split -1", "one"),
    Case("split-on-secondary", E, [primary(), secondary(split=128)], "split belongs", "two"),
    Case("split-on-secondary", E, [primary(), secondary(split=300)], "split belongs", "two"),
    Case("split-on-secondary", E, [primary(), secondary(hba=HBA)], "hba belongs", "two"),
    Case("split-on-secondary", E, [primary(), secondary(hba="ff", split=1)], "split and hba belong", "two"),
    Case("split-and-hba", E, [primary(hba=HBA), secondary()], "both set", "one"),
    Case("hba-malformed", E, [primary(split=None, hba=HBA[:-3]), secondary()], "(31 parts)", "one"),
    Case("hba-malformed", E, [primary(split=None, hba=HBA + ":00"), secondary()], "(33 parts)", "one"),
    Case("hba-malformed", E, [primary(split=None, hba=HBA[:-2] + "xx"), secondary()], "xx", "one"),
    # Settings of both.
    Case(
        "max-unacked-updates-mismatch",
        E,
        [primary(), secondary(max_unacked_updates=21)],
        "10 on one and 21 on two",
        "one two",
    ),
    Case(
        "max-unacked-updates-mismatch",
        W,
        [primary(), secondary(max_unacked_updates=20)],
        "10 on one and 20 on two",
        "one two",
    ),
    Case(
        "max-unacked-updates-mismatch",
        E,
        [primary(), secondary(max_unacked_updates=None)],
        "100 (default) on two",
        "one two",
    ),
    Case(
        "max-unacked-updates-mismatch",
        E,
        [primary(max_unacked_updates=0), secondary()],
        "100 (0 means the default) on one",
        "one two",
    ),
    Case(
        "max-unacked-updates-missing",
        W,
        [primary(max_unacked_updates=None), secondary(max_unacked_updates=None)],
        "silently use 100",
        "one two",
    ),
    Case(
        "max-response-delay-missing",
        W,
        [primary(max_response_delay=None), secondary(max_response_delay=None)],
        "silently use 20 seconds",
        "one two",
    ),
    Case(
        "max-response-delay-missing",
        W,
        [primary(max_response_delay=None), secondary(max_response_delay=20)],
        "silently use 20 seconds",
        "one",
    ),
    Case(
        "max-response-delay-mismatch",
        W,
        [primary(), secondary(max_response_delay=60)],
        "180 on one and 60 on two",
        "one two",
    ),
    Case(
        "max-response-delay-mismatch",
        W,
        [primary(), secondary(max_response_delay=None)],
        "20 (default) on two",
        "one two",
    ),
    *(
        Case(
            "load-balance-disabled",
            W,
            [primary(load_balance_max_seconds=one), secondary(load_balance_max_seconds=two)],
            f"load balance max seconds is {what};",
            "one two",
        )
        for one, two, what in [(None, None, "missing"), (0, None, "0"), (None, 0, "0")]
    ),
    Case(
        "load-balance-disabled",
        W,
        [primary(load_balance_max_seconds=None), secondary(load_balance_max_seconds=0)],
        "every DISCOVER",
        "one two",
    ),
    Case(
        "load-balance-disabled",
        W,
        [primary(load_balance_max_seconds=None)],
        "missing",
        "one",
        frozenset({"partner-not-given"}),
    ),
    Case(
        "load-balance-mismatch",
        E,
        [primary(), secondary(load_balance_max_seconds=None)],
        "3 on one and off (default) on two",
        "one two",
    ),
    Case(
        "load-balance-mismatch",
        E,
        [primary(load_balance_max_seconds=0), secondary()],
        "off (0) on one and 3 on two",
        "one two",
    ),
    Case(
        "load-balance-mismatch",
        W,
        [primary(), secondary(load_balance_max_seconds=5)],
        "3 on one and 5 on two",
        "one two",
    ),
    Case("auto-partner-down", W, [primary(), secondary(auto_partner_down=60)], "auto-partner-down is 60", "two"),
    Case(
        "balance-thresholds",
        W,
        [primary(max_lease_ownership=20), secondary()],
        "20 is above max-lease-misbalance 15 (default)",
        "one",
    ),
    Case(
        "balance-thresholds",
        W,
        [primary(max_lease_misbalance=5), secondary()],
        "10 (default) is above max-lease-misbalance 5",
        "one",
    ),
    Case(
        "balance-thresholds",
        W,
        [primary(max_lease_misbalance=101), secondary()],
        "max-lease-misbalance is a percentage, but is 101",
        "one",
    ),
    Case(
        "balance-thresholds",
        W,
        [primary(max_lease_ownership=101), secondary()],
        "max-lease-ownership is a percentage, but is 101",
        "one",
    ),
    Case(
        "balance-thresholds",
        W,
        [primary(min_balance=4000), secondary()],
        "min-balance 4000 is above max-balance 3600 (default)",
        "one",
    ),
    Case(
        "balance-thresholds",
        W,
        [primary(), secondary(max_balance=30)],
        "min-balance 60 (default) is above max-balance 30",
        "two",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault(case: Case) -> None:
    examine(case)


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param([primary(), secondary()], id="the seed"),
        pytest.param([secondary(), primary()], id="the other way round"),
        pytest.param([primary(port=None, peer_port=None), secondary()], id="default ports"),
        pytest.param([primary(port=1, peer_port=65535), secondary(port=65535, peer_port=1)], id="first and last port"),
        pytest.param([on_a_link(primary(), 0), on_a_link(secondary(), 1)], id="a /31 between the two"),
        pytest.param([primary(port=519, peer_port=520), secondary(port=520, peer_port=519)], id="two ports"),
        pytest.param([primary(address="172.016.001.100"), secondary()], id="spelled with zeros"),
        pytest.param([primary(split=0), secondary()], id="all to the secondary"),
        pytest.param([primary(split=256), secondary()], id="all to the primary"),
        pytest.param([primary(split=None, hba=HBA), secondary()], id="hba"),
        pytest.param([primary(mclt=1), secondary()], id="short mclt"),
        pytest.param([primary(max_unacked_updates=0), secondary(max_unacked_updates=100)], id="0 means 100"),
        pytest.param([primary(auto_partner_down=0), secondary()], id="auto-partner-down off"),
        pytest.param([primary(max_lease_misbalance=0, max_lease_ownership=15), secondary()], id="0 means default"),
        pytest.param([primary(max_lease_misbalance=100, max_lease_ownership=100), secondary()], id="all of it"),
        pytest.param([primary(min_balance=60, max_balance=60), secondary()], id="one moment"),
    ],
)
def test_silent(servers: list[Server]) -> None:
    assert found(servers) == []


def unread(server: Server, slug: str, path: str) -> Server:
    return replace(server, problems=(Finding(slug, E, (server.name,), path, "A misspelt statement.", "Correct it."),))


@pytest.mark.parametrize(
    "half",
    [
        {"role": None},
        {"address": None},
        {"mclt": None},
        {"split": None},
        {"max_unacked_updates": None},
        {"max_response_delay": None},
        {"load_balance_max_seconds": None},
    ],
    ids=str,
)
def test_a_misspelt_statement_causes_no_second_finding(half: dict[str, None]) -> None:
    server = unread(primary(**half), "statement-unknown", 'relationship "x"')
    assert {finding.slug for finding in found([server, secondary()])} == {"statement-unknown"}
    # The same half without the misspelt statement is faulty.
    assert {finding.slug for finding in found([primary(**half), secondary()])} > set()


def test_a_partner_that_could_not_be_read_is_not_called_missing() -> None:
    blank = unread(Server("two", primary().scope), "include-missing", "")
    findings = [finding for finding in found([primary(), blank]) if finding.slug != "include-missing"]
    assert [finding.slug for finding in findings] == ["partner-not-given"]
    assert "the readable part of two" in findings[0].message
