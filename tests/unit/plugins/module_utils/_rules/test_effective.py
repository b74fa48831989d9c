# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client on an address gets. Every value was sent by dhcpd 4.4.3-P1."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import parse_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_conf import read_server
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


def test_an_address_of_no_pool_is_given_to_nobody() -> None:
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
