# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-written pairs: different texts that mean the same to a client, and similar texts that do not."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check

COMMON = "max-response-delay 60; max-unacked-updates 10; load balance max seconds 3;"
ONE = (
    f'failover peer "pair" {{ primary; address 203.0.113.2; peer address 203.0.113.3; {COMMON} mclt 900; split 128; }}'
)
TWO = f'failover peer "pair" {{ secondary; address 203.0.113.3; peer address 203.0.113.2; {COMMON} }}'
OWN = "subnet 203.0.113.0 netmask 255.255.255.0 { }"
POOL = 'pool { failover peer "pair"; deny dynamic bootp clients; range 192.0.2.50 192.0.2.99; }'


class Layout(NamedTuple):
    """Two servers' networks. found: the slugs of the findings."""

    one: str
    two: str
    found: dict[str, str] = {}  # noqa: RUF012  # read only


def subnet(inside: str = "", routers: str = "192.0.2.1", pool: str = POOL) -> str:
    return f"subnet 192.0.2.0 netmask 255.255.255.0 {{ option routers {routers}; {inside} {pool} }}"


def link(inside: str, beside: str = "") -> str:
    other = "subnet 198.51.100.0 netmask 255.255.255.0 { option routers 198.51.100.1; }"
    return f"shared-network floor {{ {inside} {other} {beside} }}"


def served_by(number: int) -> str:
    """Each server names itself wherever it names a server."""
    me, partner = (f"203.0.113.{2 + (number + turned) % 2}" for turned in (0, 1))
    return subnet(
        f"""next-server {me};
        option domain-name-servers {me}, {partner};
        option tftp-server-name "{me}";
        if option client-arch = 00:07 {{ filename "http://{me}/efi"; }} else {{ option boot-prefix "http://{me}/"; }}
        """
    )


DEFINED = "option client-arch code 93 = unsigned integer 16; option boot-prefix code 210 = text;"
TIMES = "default-lease-time 3600; max-lease-time 7200;"
HOST = "host kiosk { hardware ethernet 02:00:00:00:00:0a; fixed-address 192.0.2.10; }"
ELSEWHERE = "subnet 198.51.100.0 netmask 255.255.255.0 { option routers 198.51.100.1; %s }"
PLAIN = "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.%s; }"

LAYOUTS = {
    # The position of a pool does not matter: its addresses belong to a subnet.
    "pool beside or inside, with lease times of the subnet": Layout(
        link(subnet(TIMES)), link(subnet(TIMES, pool=""), POOL)
    ),
    "the subnets differ, and the pools stand beside them": Layout(
        link(subnet("default-lease-time 3600;", pool=""), POOL),
        link(subnet("default-lease-time 1200;", "192.0.2.254", pool=""), POOL),
        {"options-mismatch": "error", "lease-time-mismatch": "warning"},
    ),
    "the subnets differ, and pools state it for themselves": Layout(
        link(subnet(pool=""), POOL.replace("range", "option routers 192.0.2.3; range")),
        link(subnet(routers="192.0.2.254", pool=""), POOL.replace("range", "option routers 192.0.2.3; range")),
    ),
    # Reservations.
    "a host beside or inside its subnet": Layout(subnet() + HOST, subnet(HOST)),
    "a host in a group that states something": Layout(
        subnet() + f'group {{ option host-name "kiosk"; {HOST} }}',
        subnet() + HOST,
        {"reservation-mismatch": "warning"},
    ),
    "a host in the subnet of another one takes what that states": Layout(
        subnet() + ELSEWHERE % "" + HOST,
        subnet() + ELSEWHERE % HOST,
        {"reservation-mismatch": "error", "router-outside-subnet": "error"},
    ),
    # Values that dhcpd sends anyway.
    "the subnet's mask stated": Layout(subnet("option subnet-mask 255.255.255.0;"), subnet()),
    "defaults stated": Layout(subnet("max-lease-time 86400; always-broadcast off; ddns-updates on;"), subnet()),
    "notation": Layout(
        subnet('default-lease-time 0x708; option domain-name "Floor.Example"; min-lease-time 300;'),
        subnet('default-lease-time 1800; OPTION Domain-Name "floor.example"; min-lease-time 300;'),
    ),
    # Servers that name themselves.
    "each server names itself": Layout(DEFINED + served_by(0), DEFINED + served_by(1), {"options-mismatch": "warning"}),
    "order of servers": Layout(
        subnet("option ntp-servers 192.0.2.5, 192.0.2.6;"),
        subnet("option ntp-servers 192.0.2.6, 192.0.2.5;"),
        {"options-mismatch": "warning"},
    ),
    # Values that no client receives.
    "a hook on one side": Layout(
        subnet('on commit { execute("/usr/local/sbin/leased", "new"); }'), subnet(), {"hooks-mismatch": "warning"}
    ),
    "dynamic DNS on one side": Layout("ddns-update-style standard;" + subnet(), subnet(), {"ddns-mismatch": "warning"}),
    "other ports": Layout(
        "local-port 6700; remote-port 6800;" + subnet(),
        "local-port 6701; remote-port 6801;" + subnet(),
        {"local-port-mismatch": "warning"},
    ),
    # Plain ranges.
    "the same plain range on both": Layout(
        subnet() + PLAIN % "20 198.51.100.60", subnet() + PLAIN % "20 198.51.100.60", {"range-unprotected": "error"}
    ),
    "plain ranges that overlap": Layout(
        subnet() + PLAIN % "20 198.51.100.60", subnet() + PLAIN % "60 198.51.100.90", {"range-unprotected": "error"}
    ),
    "a split scope": Layout(subnet() + PLAIN % "20 198.51.100.60", subnet() + PLAIN % "61 198.51.100.90"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_layout(layout: Layout, turned: bool) -> None:
    texts = (layout.two, layout.one) if turned else (layout.one, layout.two)
    servers = [read_server(name, half + OWN + text) for name, half, text in zip(("one", "two"), (ONE, TWO), texts)]
    findings = list(check(servers))
    assert {item.slug: item.severity.value for item in findings} == layout.found, "\n".join(map(str, findings))


@pytest.mark.parametrize(
    "text, found",
    [
        (
            "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 10.1.0.5; }"
            "host b { hardware ethernet 2:0:0:0:0:1; fixed-address 10.2.0.5; }",
            {},
        ),
        ("host a { hardware ethernet 2:0:0:0:0:1; } host b { hardware ethernet 2:0:0:0:0:1; }", {}),
        (
            "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 203.0.113.9; }"
            "host b { hardware ethernet 2:0:0:0:0:2; fixed-address 203.0.113.9; }",
            {"host-duplicate-address": "warning"},
        ),
        (
            "host a { hardware ethernet 2:0:0:0:0:1; fixed-address 203.0.113.8; }"
            "host b { hardware ethernet 2:0:0:0:0:1; fixed-address 203.0.113.9; }",
            {"host-duplicate-hardware": "error"},
        ),
    ],
    ids=["elsewhere", "no addresses", "two cards", "one subnet"],
)
def test_reservations_of_one_server(text: str, found: dict[str, str]) -> None:
    findings = list(check([read_server("one", OWN + text)]))
    assert {item.slug: item.severity.value for item in findings} == found, "\n".join(map(str, findings))


@pytest.mark.parametrize(
    "half, found",
    [
        (ONE.replace("203.0.113", "10.0.9"), {"subnet-not-local": "warning"}),
        (
            ONE.replace("203.0.113.3;", "203.0.113.2; port 50001; peer port 50002;"),
            {"address-self": "warning"},
        ),
        (ONE.replace("203.0.113.3;", "203.0.113.2;"), {"address-self": "error"}),
        (ONE.replace("primary;", "").replace("split 128;", ""), {"role-missing": "error"}),
    ],
    ids=["a link of its own", "one host, two ports", "one host, one port", "no role and no split"],
)
def test_a_half_alone(half: str, found: dict[str, str]) -> None:
    findings = list(check([read_server("one", half + OWN + subnet())]))
    slugs = {item.slug: item.severity.value for item in findings if item.slug != "partner-not-given"}
    assert slugs == found, "\n".join(map(str, findings))
