# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand in which block."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.syntax.reading import (
    SUBNET,
    expect,
)


@pytest.mark.parametrize(
    "text, reason, hint",
    [
        ("host h { match if known; }", "is not allowed in a reservation", "in a class"),
        ("group { pool { range 192.0.2.9; } }", "is not allowed in a group", "a subnet"),
        (
            "subnet 192.0.2.0/27 netmask 255.255.255.224;",
            "`/27` follows",
            "subnet 192.0.2.0 netmask 255.255.255.224",
        ),
        ("group { option x code 200 = text; }", "global scope only", "to the top"),
        ('log (fatal, "x");', "this one ends it", "Move"),
    ],
)
def test_a_statement_in_the_wrong_block_is_explained(text: str, reason: str, hint: str) -> None:
    expect(text, reason, hint)


@pytest.mark.parametrize(
    "inner",
    [
        'group { filename "x"; host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; } }',
        'class "c" { match if known; }',
        "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.9; }",
        "shared-network s { subnet 198.51.100.0 netmask 255.255.255.0 { } }",
        'if known { filename "x"; } key k { algorithm hmac-md5; secret "AAAA"; }',
    ],
)
def test_statements_allowed_in_a_pool(inner: str) -> None:
    server = read_server("one", SUBNET % ("pool { range 192.0.2.20; %s }" % inner))  # noqa: UP031 - braces
    assert not server.problems, [str(problem) for problem in server.problems]
    assert server.pools[0].size == 1


def test_blocks_inside_a_pool_are_what_they_are_elsewhere() -> None:
    text = SUBNET % (
        'pool { range 192.0.2.20; group { filename "x"; host a { fixed-address 192.0.2.9; } } '
        "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.9; } }"
    )
    server = read_server("one", text)
    assert [(found.name, found.scope.effective_parameters) for found in server.reservations] == [
        ("a", {"filename": ("x",)})
    ]
    assert sorted(found.cidr for found in server.subnets) == ["192.0.2.0/24", "198.51.100.0/24"]


def test_blanks_around_dots_are_valid_in_dhcpd() -> None:
    (found,) = read_server("one", "subnet 192. 0 .2.0 netmask 255.255 .255.0 { range 192.0.2. 9; }").subnets
    assert (found.cidr, found.pools[0].size) == ("192.0.2.0/24", 1)
