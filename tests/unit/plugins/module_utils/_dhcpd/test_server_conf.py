# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.omapi import Key
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import read_configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import balance

CONFIGURATION = """
# a comment with { and "
include "/etc/dhcp/omapi.conf";
failover peer "a" { primary; address 10.0.0.1; peer address 10.0.0.2; mclt 600; max-response-delay 30; split 128; }
failover peer b {
  # secondary to somebody else, "b
  Secondary; address 10.0.0.1; port 648; peer address b.example; Peer Port 649; peer max-response-delay 9;
}
option domain-name "x { y; } z";
class "c" { match if substring(option vendor-class-identifier, 0, 3) = "{;}"; lease limit 4; }
shared-network "s" {
  subnet 10.1.0.0 netmask 255.255.255.0 {
    option routers 10.1.0.1;
    pool { failover peer "a"; deny dynamic bootp clients; range 10.1.0.20 10.1.0.10; range 10.1.0.30; }
    pool { range 10.1.0.100 10.1.0.110; Allow Known Clients; allow members of "c"; }
  }
  subnet 10.2.0.0 netmask 255.255.255.0 { }
  pool { range dynamic-bootp 10.2.0.1 10.2.0.2; failover peer "b"; }
}
if option x = "y" { option routers 10.9.9.9; } else { option routers 10.9.9.8; }
group { host h { hardware ethernet 52:54:00:00:00:0A; fixed-address 10.1.0.5, 10.2.0.5; } }
host "i" { option dhcp-client-identifier "i-1"; }
"""
OMAPI = 'omapi-port 7912;\nkey "k" { algorithm HMAC-SHA256; secret MDEyMw==; };\nomapi-key k;\n'
FILES = {"/etc/dhcp/omapi.conf": OMAPI}


def test_reads_what_matters_and_skips_the_rest() -> None:
    found = read_configuration(CONFIGURATION, FILES.__getitem__)
    assert found.halves == {
        "a": Half("a", "primary", "10.0.0.1", 647, "10.0.0.2", 647, 600, max_response_delay=30),
        "b": Half("b", "secondary", "10.0.0.1", 648, "b.example", 649, max_response_delay=20),
    }
    assert [(pool.failover, pool.subnet, list(map(str, pool.ranges))) for pool in found.pools] == [
        ("a", "10.1.0.0/24", ["10.1.0.10-10.1.0.20", "10.1.0.30"]),
        (None, "10.1.0.0/24", ["10.1.0.100-10.1.0.110"]),
        ("b", None, ["10.2.0.1-10.2.0.2"]),
    ]
    assert [sorted(pool.permits) for pool in found.pools] == [
        ["deny dynamic bootp clients"],
        ["allow known-clients", 'allow members of "c"'],
        [],
    ]
    assert [(item.name, item.hardware, item.client_id, item.addresses) for item in found.reservations] == [
        ("h", "ethernet 52:54:00:00:00:0a", None, (0x0A010005, 0x0A020005)),
        ("i", None, '"i-1"', ()),
    ]
    assert found.omapi_port == 7912
    assert found.key == Key("k", "hmac-sha256", b"0123")


@pytest.mark.parametrize(
    "text", ["", "omapi-port 7911;", "omapi-key k;", "key k { algorithm hmac-md5; }; omapi-key k;"]
)
def test_a_missing_key_is_none(text: str) -> None:
    assert read_configuration(text, FILES.__getitem__).key is None


def test_an_included_file_may_hold_statements_of_a_block() -> None:
    text = 'subnet 10.0.0.0 netmask 255.255.255.0 { include "pool"; }'
    found = read_configuration(text, lambda _name: 'pool { failover peer "a"; range 10.0.0.1 10.0.0.2; }')
    assert [(pool.subnet, pool.size) for pool in found.pools] == [("10.0.0.0/24", 2)]


@pytest.mark.parametrize("text", ["omapi-port;", "omapi-port x;", 'key "k" { secret ====x; }'])
def test_a_text_that_dhcpd_would_reject_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_configuration(text, FILES.__getitem__)


def test_a_file_that_includes_itself_ends() -> None:
    assert read_configuration('include "x";', lambda _name: 'include "x"; omapi-port 1;').omapi_port == 1


def test_balance_counts_each_address_once_and_the_unmentioned_as_free() -> None:
    pools = read_configuration(CONFIGURATION, FILES.__getitem__).pools
    states = {
        "10.1.0.10": "active",
        "10.1.0.20": "backup",
        "10.1.0.30": "abandoned",
        "10.1.0.21": "active",  # between two ranges
        "10.1.0.100": "active",
        "10.2.0.2": "unheard-of",
        "9.9.9.9": "active",
    }
    first, plain, second = balance(pools, states)
    assert first == {
        "total": 12,
        "free": 9,
        "backup": 1,
        "active": 1,
        "expired": 0,
        "released": 0,
        "abandoned": 1,
        "reset": 0,
    }
    assert (plain["total"], plain["active"]) == (11, 1)
    assert (second["total"], second["free"], second["unheard-of"]) == (2, 1, 1)


def test_where_the_database_is() -> None:
    assert read_configuration("authoritative;", FILES.__getitem__).lease_file is None
    assert (
        read_configuration('lease-file-name "/srv/dhcpd.leases";', FILES.__getitem__).lease_file == "/srv/dhcpd.leases"
    )
