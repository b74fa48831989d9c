# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements that the template of dhcpd.conf is given. The whole file: tests/unit/roles/dhcp_server/golden."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare


def data(**variables: Any) -> dict[str, Any]:
    declared = declare({"name": "one", **variables})
    assert not declared.problems
    return render(declared)


@pytest.mark.parametrize(
    "name, value, statement",
    [
        ("domain_name", "a.example", 'option domain-name "a.example";'),
        ("domain_name", 5, 'option domain-name "5";'),
        ("domain_name", '"quoted"', 'option domain-name "quoted";'),
        ("domain_name", 'say "hi" \\o/', r'option domain-name "say \"hi\" \\o/";'),
        ("Domain-Name", "x", 'option Domain-Name "x";'),
        ("domain_search", ["a.example", "b.example"], 'option domain-search "a.example", "b.example";'),
        ("routers", ["10.0.0.1", None, "10.0.0.2"], "option routers 10.0.0.1, 10.0.0.2;"),
        ("routers", "10.0.0.1, 10.0.0.2", "option routers 10.0.0.1, 10.0.0.2;"),
        ("ip_forwarding", True, "option ip-forwarding true;"),
        ("vendor_class_identifier", "01:0a:ff", "option vendor-class-identifier 01:0a:ff;"),
        ("vendor_class_identifier", "phone", 'option vendor-class-identifier "phone";'),
        ("agent.circuit-id", "port 1", 'option agent.circuit-id "port 1";'),
        ("unknown-224", "text", 'option unknown-224 "text";'),
        ("own_text", "x", 'option own-text "x";'),
        ("own_list", [1, 2], "option own-list 1, 2;"),
        ("nobody_knows", "x", "option nobody-knows x;"),
    ],
)
def test_what_is_text_is_quoted(name: str, value: Any, statement: str) -> None:
    definitions = [
        {"name": "own_text", "code": 230, "type": "Text"},
        {"name": "own_list", "code": 231, "type": "array of integer 8"},
    ]
    assert data(options={name: value}, option_definitions=definitions)["settings"] == [statement]


def test_parameters_are_statements_by_their_names() -> None:
    found = data(
        parameters={"filename": "a b", "allow": ["booting", "bootp"], "ping_check": False, "min_secs": None},
        max_lease_time=9,
        min_lease_time=7,
        authoritative=True,
    )
    assert found["settings"] == [
        "authoritative;",
        "min-lease-time 7;",
        "max-lease-time 9;",
        'filename "a b";',
        "allow booting;",
        "allow bootp;",
        "ping-check false;",
        "min-secs;",
    ]


@pytest.mark.parametrize("role, has", [("primary", True), ("secondary", False)])
def test_primary_only_settings_are_not_on_a_secondary(role: str, has: bool) -> None:
    half = {"name": "p", "role": role, "mclt": 600, "split": 128, "address": "10.0.0.1", "load_balance_max_seconds": 3}
    (found,) = data(failover=[half])["relationships"]
    primary_only = ["mclt 600;", "split 128;"] * has
    assert found["statements"] == [f"{role};", "address 10.0.0.1;", *primary_only, "load balance max seconds 3;"]


def test_permits_have_one_order() -> None:
    pool = {"failover": "p", "deny": ["unknown-clients"], "allow": ['members of "b"', 'members of "a"']}
    (subnet,) = data(subnets=[{"subnet": "10.0.0.0/24", "pools": [pool]}])["subnets"]
    assert subnet["pools"][0]["permits"] == [
        'failover peer "p";',
        "deny dynamic bootp clients;",
        'allow members of "a";',
        'allow members of "b";',
        "deny unknown-clients;",
    ]


def test_native_text_stays_as_it_is() -> None:
    subnet = {"subnet": "10.0.0.0/16", "ranges": ["10.0.0.9 10.0.0.10"], "extra": "\n  # why\n  nonsense {\n"}
    found = data(subnets=[subnet])["subnets"][0]
    assert found == {
        "address": "10.0.0.0",
        "netmask": "255.255.0.0",
        "settings": [],
        "ranges": ["range 10.0.0.9 10.0.0.10;"],
        "text": ["# why\n  nonsense {"],
        "pools": [],
    }
