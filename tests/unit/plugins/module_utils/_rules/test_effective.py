# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client gets on an address. dhcpd 4.4.3-P1 sent every one of these values."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import parse_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    INFINITE,
    Settings,
    settings,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

LINK = """
option domain-name "everywhere.example";
shared-network office {
  option routers 192.0.2.7;
  subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1; default-lease-time 7200; %s }
  subnet 198.51.100.0 netmask 255.255.255.0 { option domain-name "there.example"; }
  %s
}
"""
POOL = "pool { range 192.0.2.10 192.0.2.20; }"


def got(text: str, address: str, **client: Any) -> Settings | None:
    view = View(read_server("one", text))
    assert view.server.problems == ()
    number = parse_address(address)
    assert number is not None
    name = client.pop("host", None)
    reservation = next((item for item in view.server.reservations if item.name == name), None)
    return settings(view, number, reservation=reservation, **client)


@pytest.mark.parametrize("text", [LINK % (POOL, ""), LINK % ("", POOL)], ids=["inside", "beside"])
def test_the_subnet_of_the_address_wherever_the_pool_stands(text: str) -> None:
    found = got(text, "192.0.2.10")
    assert found is not None
    assert found.options == {
        "domain-name": ("everywhere.example",),
        "routers": ("192.0.2.1",),
        "subnet-mask": ("255.255.255.0",),
    }
    assert found.lease_seconds() == 7200


def test_an_address_outside_pools_is_not_leased() -> None:
    assert got(LINK % (POOL, ""), "192.0.2.9") is None


@pytest.mark.parametrize(
    "times, requested, seconds",
    [
        ("", None, 43200),
        ("", 100000, 86400),
        ("", 10, 300),
        ("default-lease-time 0;", None, 300),
        ("default-lease-time -1;", None, 86400),
        ("default-lease-time -1; max-lease-time -1;", None, INFINITE),
        ("min-lease-time 600; max-lease-time 100;", None, 600),
        ("max-lease-time 100;", 10, 100),
    ],
)
def test_lease_times(times: str, requested: int | None, seconds: int) -> None:
    found = got(times + LINK.replace("default-lease-time 7200;", "") % (POOL, ""), "192.0.2.10")
    assert found is not None
    assert found.lease_seconds(requested) == seconds


TWO = """
subnet 198.51.100.0 netmask 255.255.255.0 {{ option domain-name "other"; {other} }}
subnet 192.0.2.0 netmask 255.255.255.0 {{ option domain-name "own"; {own} }}
"""
IN_SHARED = 'shared-network office { option domain-name "office"; %s }'
A = "hardware ethernet 02:00:00:00:00:01;"


@pytest.mark.parametrize(
    "text, client, options",
    [
        # Reservations.
        (
            TWO.format(other=f"host a {{ {A} fixed-address 192.0.2.9; }}", own=""),
            {"host": "a"},
            {"domain-name": "other"},
        ),
        (TWO.format(other=f"host a {{ {A} }}", own="range 192.0.2.9;"), {"host": "a"}, {"domain-name": "other"}),
        (TWO.format(other="", own=f"range 192.0.2.9; host a {{ {A} }}"), {"host": "a"}, {"domain-name": "own"}),
        (
            TWO.format(other="", own=f'pool {{ option domain-name "pool"; range 192.0.2.9; }} host a {{ {A} }}'),
            {"host": "a"},
            {"domain-name": "pool"},
        ),
        (
            IN_SHARED
            % TWO.format(other="", own=f'pool {{ option domain-name "pool"; range 192.0.2.9; }} host a {{ {A} }}'),
            {"host": "a"},
            {"domain-name": "own"},
        ),
        (
            f'group {{ option host-name "all"; host a {{ {A} fixed-address 192.0.2.9; }} }}'
            + TWO.format(other="", own=""),
            {"host": "a"},
            {"domain-name": "own", "host-name": "all"},
        ),
        (
            f"use-host-decl-names on; host a {{ {A} fixed-address 192.0.2.9; }}" + TWO.format(other="", own=""),
            {"host": "a"},
            {"domain-name": "own", "host-name": "a"},
        ),
        # Pools: beside the subnet, inside it, or in groups in it.
        (
            IN_SHARED % (TWO.format(other="", own="") + 'pool { option host-name "pool"; range 192.0.2.9; }'),
            {},
            {"domain-name": "own", "host-name": "pool"},
        ),
        (
            'group { option host-name "group"; ' + TWO.format(other="", own="range 192.0.2.9;") + "}",
            {},
            {"domain-name": "own", "host-name": "group"},
        ),
        # Classes.
        (
            'class "a" { match if known; option host-name "a"; option domain-name "a"; } class "b" { match if known;'
            'option host-name "b"; option log-servers 192.0.2.8; }' + TWO.format(other="", own="range 192.0.2.9;"),
            {"classes": ("a", "b")},
            {"domain-name": "a", "host-name": "a", "log-servers": "192.0.2.8"},
        ),
        (
            'class "a" { match hardware; option host-name "a"; } subclass "a" 1:2:3:4:5:6:7 { option domain-name "s"; }'
            + TWO.format(other="", own="range 192.0.2.9;"),
            {"classes": (("a", "01:02:03:04:05:06:07"),)},
            {"domain-name": "s", "host-name": "a"},
        ),
        (
            IN_SHARED
            % TWO.format(
                other="", own='class "a" { match hardware; } pool { option domain-name "pool"; range 192.0.2.9; }'
            ),
            {"classes": ("a",)},
            {"domain-name": "own"},
        ),
        (
            'class "a" { match hardware; } group { option domain-name "group"; class "a" { option host-name "a"; } }'
            + TWO.format(other="", own="range 192.0.2.9;"),
            {"classes": ("a",)},
            {"domain-name": "own", "host-name": "a"},
        ),
        (  # a range without a pool: only the shared network is around it
            IN_SHARED % TWO.format(other="", own='class "a" { match hardware; } range 192.0.2.9;')
            + 'class "b" { match hardware; option domain-name "b"; }',
            {"classes": ("a", "b")},
            {"domain-name": "own"},
        ),
        (  # a host in a pool: the subnet around the pool does not count
            IN_SHARED
            % TWO.format(
                other='pool { option host-name "pool"; range 198.51.100.9;'
                f"host a {{ {A} fixed-address 192.0.2.9; }} }}",
                own="",
            ),
            {"host": "a"},
            {"domain-name": "own", "host-name": "pool"},
        ),
        (
            'class "a" { match hardware; }'
            'subclass "a" 1:2:3:4:5:6:7 { option host-name "one"; option domain-name "a"; }'
            'subclass "a" 1:2:3:4:5:6:7 { option host-name "two"; }' + TWO.format(other="", own="range 192.0.2.9;"),
            {"classes": (("a", "01:02:03:04:05:06:07"),)},
            {"domain-name": "a", "host-name": "two"},
        ),
        (  # no client is in more than five classes
            "".join(f'class "{name}" {{ match if known; option log-servers 192.0.2.{name}; }}' for name in "12345")
            + 'class "6" { match if known; option host-name "six"; }'
            + TWO.format(other="", own="range 192.0.2.9;"),
            {"classes": tuple("123456")},
            {"domain-name": "own", "log-servers": "192.0.2.1"},
        ),
        # Options that dhcpd adds or drops.
        (
            "use-lease-addr-for-default-route on;" + TWO.format(other="", own="range 192.0.2.9;"),
            {},
            {"domain-name": "own", "routers": "192.0.2.9"},
        ),
        (
            "option dhcp-lease-time 5; option dhcp-renewal-time 50000;"
            "option dhcp-rebinding-time 40000;" + TWO.format(other="", own="range 192.0.2.9;"),
            {},
            {"domain-name": "own", "dhcp-rebinding-time": "40000"},
        ),
        (
            TWO.format(other="", own="option subnet-mask 255.255.0.0; range 192.0.2.9;"),
            {},
            {"domain-name": "own", "subnet-mask": "255.255.0.0"},
        ),
    ],
)
def test_what_is_sent(text: str, client: dict[str, Any], options: dict[str, str]) -> None:
    found = got(text, "192.0.2.9", **client)
    assert found is not None
    assert found.options == {name: (value,) for name, value in {"subnet-mask": "255.255.255.0", **options}.items()}


ANSWERED = 'host a { hardware ethernet 02:00:00:00:00:01; fixed-address 203.0.113.9; } host b { uid "b"; }'


@pytest.mark.parametrize(
    "text, client, answered",
    [
        ("pool { %s allow known-clients; }", {}, False),
        ("pool { %s allow known-clients; }", {"known": True}, True),
        ("pool { %s allow known clients; }", {"host": "b"}, True),
        ("pool { %s deny unknown-clients; }", {}, False),
        ("pool { %s deny known-clients; }", {"known": True}, False),
        ("pool { %s deny all clients; }", {"known": True}, False),
        ("pool { %s allow all clients; }", {}, True),
        ("pool { %s deny dynamic bootp clients; }", {}, True),
        ("pool { %s allow unauthenticated clients; }", {}, True),
        ("pool { %s allow authenticated clients; }", {}, False),
        ('pool { %s allow members of "c"; }', {}, False),
        ('pool { %s allow members of "c"; }', {"classes": ("c",)}, True),
        ('pool { %s allow members of "c"; allow known-clients; }', {"known": True}, True),
        ('pool { %s allow members of "c"; deny known-clients; }', {"classes": ("c",), "known": True}, False),
        ("deny booting; pool { %s }", {}, False),
        ("deny unknown-clients; pool { %s }", {}, False),
        # A reservation for another network only makes the client known to the pool.
        ("deny unknown-clients; pool { %s allow known-clients; }", {"known": True}, False),
        ("deny unknown-clients; pool { %s allow known-clients; }", {"host": "b"}, True),
    ],
)
def test_who_is_answered(text: str, client: dict[str, Any], answered: bool) -> None:
    inside = text % "range 192.0.2.9;"
    whole = f'class "c" {{ }} {ANSWERED} subnet 192.0.2.0 netmask 255.255.255.0 {{ {inside} }}'
    assert (got(whole, "192.0.2.9", **client) is not None) == answered


@pytest.mark.parametrize(
    "text, conditionals",
    [
        ('if known { option host-name "a"; }', ['if known { option host-name "a"; }']),
        ('if known { option domain-name "a"; }', ['if known { option domain-name "a"; }', "option domain-name own;"]),
        ("if known { deny booting; } allow booting;", ["if known { allow-booting false; }", "allow-booting true;"]),
        (
            "if known { option server.min-secs 9; } min-secs 0;",
            ["if known { min-secs 9; }", "min-secs 0;"],
        ),
    ],
)
def test_what_an_inner_scope_replaces_of_a_block(text: str, conditionals: list[str]) -> None:
    found = got(text + TWO.format(other="", own="range 192.0.2.9;"), "192.0.2.9")
    assert found is not None
    assert [block.text for block in found.conditionals] == conditionals


def test_pools_without_statements_share_the_mappings_of_their_subnet() -> None:
    text = TWO.format(other="", own="pool { range 192.0.2.9; } pool { range 192.0.2.10; allow known-clients; }")
    view = View(read_server("one", text))
    one, other = (settings(view, 0xC0000200 + last, known=True) for last in (9, 10))
    assert one is not None
    assert other is not None
    assert one.parameters is other.parameters
    assert settings(view, 0xC0000209) is one
