# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a block states, and what inherits it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    clean,
    half,
)


@pytest.mark.parametrize(
    "text, options, parameters",
    [
        ("option routers 10.0.0.1,010.0.0.2 ;", {"routers": ("10.0.0.1", "10.0.0.2")}, {}),
        ('option domain-search "a" , "b";', {"domain-search": ("a", "b")}, {}),
        ('option domain-name "a"; option Domain-Name "b";', {"domain-name": ("b",)}, {}),
        ("option agent.circuit-id 1:AA;", {"agent.circuit-id": ("01:aa",)}, {}),
        ("server-identifier 10.0.0.1;", {"dhcp-server-identifier": ("10.0.0.1",)}, {}),
        ("option ip-forwarding ON;", {"ip-forwarding": ("true",)}, {}),
        ('supersede host-name "a\\"b";', {"host-name": ('a"b',)}, {}),
        (r'option host-name "\x65\157\\\"\q";', {"host-name": ('eo\\"q',)}, {}),
        (r'option host-name "\303\274";', {"host-name": ("\u00fc",)}, {}),
        ("option default-ip-ttl 010;", {"default-ip-ttl": ("8",)}, {}),
        ("option vendor-class-identifier 70:78:65;", {"vendor-class-identifier": ("pxe",)}, {}),
        ("option vendor-class-identifier 0:70:78;", {"vendor-class-identifier": ("00:70:78",)}, {}),
        ("option vendor-class-identifier 7;", {"vendor-class-identifier": ("07",)}, {}),
        (r'filename "\x65"; server-name "\157";', {}, {"filename": ("e",), "server-name": ("o",)}),
        ("option routers 10 . 0 .0. 1, 10.0.0\n.2;", {"routers": ("10.0.0.1", "10.0.0.2")}, {}),
        ('option host-name "1 . 2 . 3 . 4";', {"host-name": ("1 . 2 . 3 . 4",)}, {}),
        ("authoritative;", {}, {"authoritative": ("true",)}),
        ("authoritative; not authoritative;", {}, {"authoritative": ("false",)}),
        ("ping-check OFF;", {}, {"ping-check": ("false",)}),
        ("deny unknown-clients;", {}, {"boot-unknown-clients": ("false",)}),
        ("ignore bootp;", {}, {"allow-bootp": ("ignore",)}),
        ("next-server 10.0.0.09;", {}, {"next-server": ("10.0.0.9",)}),
        ("default-lease-time 600; option server.default-lease-time 700;", {}, {"default-lease-time": ("700",)}),
        ("max-lease-time infinite;", {}, {"max-lease-time": ("-1",)}),
        ("min-lease-time 0x12c;", {}, {"min-lease-time": ("300",)}),
        ("min-lease-time 010;", {}, {"min-lease-time": ("8",)}),
        ('filename = concat ("a","b");', {}, {"filename": ('= concat("a", "b")',)}),
    ],
)
def test_statements_of_a_scope(text: str, options: dict[str, Any], parameters: dict[str, Any]) -> None:
    server = clean(text)
    assert server.scope.options == options
    assert server.scope.parameters == parameters


def test_scopes_inherit_from_groups_and_shared_networks() -> None:
    server = clean(
        """
        option domain-name "global"; default-lease-time 10;
        group { option domain-name "group"; next-server 10.0.0.9;
          shared-network s { default-lease-time 20;
            subnet 10.0.1.0 netmask 255.255.255.0 { }
            group { max-lease-time 30;
              subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; min-lease-time 5; } }
            }
            next-server 10.0.0.10;
          }
        }
        """
    )
    scope = server.pools[0].scope
    assert scope.effective_options == {"domain-name": ("group",)}
    assert scope.effective_parameters == {
        "default-lease-time": ("20",),
        "next-server": ("10.0.0.10",),
        "max-lease-time": ("30",),
        "min-lease-time": ("5",),
    }
    assert [subnet.shared_network for subnet in server.subnets] == ["s", None], "in a group, a subnet is its own link"
    assert server.shared_networks[0].subnets == server.subnets[:1]


@pytest.mark.parametrize(
    "link, joined",
    [
        ('range 10.0.0.9; pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; }', [None]),
        ('pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; } range 10.0.0.9;', [0]),
        ('pool { failover peer "x"; allow all clients; range 10.0.0.1; } range dynamic-bootp 10.0.0.9;', [0]),
        ('pool { failover peer "x"; range 10.0.0.1; } range 10.0.0.9;', [None]),
        # The first range gets its own pool. The second finds that pool, and dhcpd takes the pool before it.
        ('pool { failover peer "x"; range 10.0.0.1; } range 10.0.0.9; range 10.0.0.11;', [None, 0]),
        (
            'pool { range 10.0.0.1; } pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.2; }'
            "range 10.0.0.9;",
            [0],
        ),
        # The second pool is merged with the first one.
        (
            'pool { failover peer "x"; allow known-clients; range 10.0.0.1; }'
            'pool { failover peer "x"; allow known clients; range 10.0.0.2; }'
            "pool { deny dynamic bootp clients; range 10.0.0.3; } range 10.0.0.9;",
            [0],
        ),
    ],
)
def test_the_pool_that_takes_a_bare_range(link: str, joined: list[int | None]) -> None:
    """Measured: the options and permits of the pool that took the range apply to its clients."""
    (subnet,) = clean(f"{HALF % ''} subnet 10.0.0.0 netmask 255.255.255.0 {{ {link} }}").subnets
    written = [pool for pool in subnet.pools if not pool.bare]
    found = [pool for pool in subnet.pools if pool.bare]
    assert len(found) == len(joined)
    for pool, index in zip(found, joined):
        expected = Pool(None, (), frozenset(), subnet.scope) if index is None else written[index]
        assert (pool.failover, pool.permits) == (expected.failover, expected.permits)
        assert pool.scope is expected.scope


def test_a_bare_range_joins_a_pool_of_its_whole_link() -> None:
    text = f"""{HALF % ""} shared-network s {{
      subnet 10.0.0.0 netmask 255.255.255.0 {{ }}
      pool {{ failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; }}
      subnet 10.0.1.0 netmask 255.255.255.0 {{ range 10.0.1.1; }} }}"""
    (found,) = clean(text).subnets[1].pools
    assert (found.bare, found.failover, found.subnet) == (True, "x", "10.0.1.0/24")


@pytest.mark.parametrize(
    "statements, conditionals",
    [
        ('option host-name "a"; if known { option host-name "b"; }', 1),
        ('if known { option host-name "b"; } option host-name "a";', 2),
        ('if known { option host-name "b"; } option domain-name "a";', 1),
        ('if known { filename "b"; } filename "a";', 2),
    ],
)
def test_statements_after_a_block_replace_it(statements: str, conditionals: int) -> None:
    assert len(clean(statements).scope.conditionals) == conditionals


def test_blanks_in_addresses() -> None:
    declared = clean("subnet 10 . 0 . 0 . 0 netmask 255 . 255 .255 .0 { range 10 . 0.0 . 1 10.0 .0. 9; }")
    assert [(subnet.cidr, str(subnet.pools[0].ranges[0])) for subnet in declared.subnets] == [
        ("10.0.0.0/24", "10.0.0.1-10.0.0.9")
    ]
    assert half("address 192 . 0 . 2 . 1;").address == "192.0.2.1"


def test_a_named_group_replaces_the_blocks_around_a_host() -> None:
    text = """group "g" { option domain-name "named"; }
      group { option domain-name "around"; host a { group "g"; } host b { } }"""
    assert [item.scope.effective_options["domain-name"] for item in clean(text).reservations] == [
        ("named",),
        ("around",),
    ]


@pytest.mark.parametrize(
    "one, other",
    [
        ('if  option host-name="a" {filename "x";}', 'IF option host-name = "a"\n{ FILENAME "x" ; }'),
        ("if known { fun(1); } elsif (own) { fun(2); } else { }", "if known{fun (1);}\nelse if own{fun( 02 );}else{}"),
        ('set own = concat("a b","c");', 'set own  =  concat ( "a b" , "c" ) ; # comment'),
        ("if hardware = 1:2:a { deny bootp; }", "if ((hardware) = 01:02:0A) { allow-bootp off; }"),
        ("on commit or expiry { eval pick(hardware); }", "on expiry or commit { eval pick-first-value (hardware); }"),
        ("if known { supersede time-offset 010; }", "if known { option Time-Offset 0x8; }"),
        ("if known and (not static or known) { }", "if (known and ((not (static)) or known)) { }"),
    ],
)
def test_conditionals_are_the_same_however_they_are_laid_out(one: str, other: str) -> None:
    assert clean(one).scope.conditionals == clean(other).scope.conditionals
    assert len(clean(one).scope.conditionals) == 1


def test_conditionals_that_differ_are_not_the_same() -> None:
    assert clean('if known { filename "a"; }').scope != clean('if known { filename "A"; }').scope
