# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of options and parameters with wrong values."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.syntax.reading import (
    SUBNET,
    expect,
)


@pytest.mark.parametrize(
    "text, reason, hint",
    [
        (SUBNET % "option domain-name lab.example;", "`.` follows `lab`", "quotes"),
        (SUBNET % "option routers 192.0.2.300;", "300 is more than 255", "Correct"),
        (SUBNET % "option domain-name-servers 192.0.2.1 192.0.2.2;", "`192.0.2.2` follows `192.0.2.1`", "comma"),
        ("filename pxelinux.0;", "takes text in quotes", "quotes"),
        ("option interface-mtu 0800;", "octal", "leading zero"),
        ("option interface-mtu 65536;", "more than 65535", ""),
        ("option ip-forwarding yes;", "true or false", "true or false"),
        ("option domain-search one.example;", "domain name in quotes", "quotes of its own"),
        ("option routers;", "has no value", "IPv4 addresses or host names"),
        ("ddns-update-style Interim;", "one of none, ad-hoc, interim, standard", "Write interim; case counts"),
        ("ddns-update-style ad-hoc;", "no longer supports", "`standard`"),
        ("log-facility local9;", "local7", "Choose"),
        ("host h { hardware ethernet 52-54-00-00-00-01; }", "octet", "01:0a:ff"),
    ],
)
def test_a_wrong_value_is_explained(text: str, reason: str, hint: str) -> None:
    expect(text, reason, hint)
