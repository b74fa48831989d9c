# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of managed files: what is in it for which declaration."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.files import managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed

NAMES = {
    "binary": "/usr/sbin/dhcpd",
    "conf": "/etc/dhcp/dhcpd.conf",
    "defaults_file": "/etc/default/isc-dhcp-server",
    "lease_folder": "/var/lib/dhcp",
    "lease_folder_mode": "0775",
    "lease_folder_owner": "root",
    "omapi_file": "/etc/dhcp/omapi.conf",
    "runtime_folder": "/run/dhcp-server",
    "service": "isc-dhcp-server",
    "user": "dhcpd",
}


def table(**changes: Any) -> Managed:
    server = {
        "interfaces": [{"name": "ens9", "address": "192.0.2.1/24"}, {"name": "ens10"}],
        "failover": [{"peer_address": "192.0.2.2"}, {"peer_address": "192.0.2.3", "port": 1647}],
        "interface_provider": "systemd-networkd",
        "firewall": "nftables",
        "firewall_zone": "",
        "omapi": True,
        "omapi_port": 7911,
        **changes,
    }
    return managed(server, NAMES, "Debian")


def paths(found: Managed, section: str) -> list[str]:
    return [row.path for row in found.files if row.section == section and row.present]


def test_it_survives_the_way_to_the_host() -> None:
    for found in (table(), table(firewall="firewalld", omapi=False)):
        assert Managed.from_dict(json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.parametrize(
    "provider, expected",
    [
        ("systemd-networkd", ["/etc/systemd/network/05-dhcp-server-ens9.network"]),
        (
            "networkmanager",
            [
                "/etc/NetworkManager/conf.d/dhcp-server-ens9.conf",
                "/etc/NetworkManager/system-connections/dhcp-server-ens9.nmconnection",
            ],
        ),
        ("ifupdown", ["/etc/network/interfaces.d/dhcp-server-ens9"]),
        ("none", []),
    ],
)
def test_an_interface_with_an_address_gets_the_files_of_each_provider(provider: str, expected: list[str]) -> None:
    """The host chooses, because only it knows what runs there."""
    rows = [row for row in table().files if row.section == "interface"]
    assert [row.path for row in rows if row.provider == provider] == expected
    assert {row.about for row in rows} == {"ens9"}


def test_no_provider_is_started_for_nothing() -> None:
    assert [unit.name for unit in table(interfaces=[{"name": "ens9"}]).units if unit.section == "interface"] == []


@pytest.mark.parametrize("firewall, rules", [("nftables", True), ("firewalld", False), ("none", False)])
def test_rules_of_nftables_are_there_or_are_removed(firewall: str, rules: bool) -> None:
    found = table(firewall=firewall)
    assert ("/etc/nftables.d/dhcp-server.nft" in paths(found, "firewall")) == rules
    assert [unit.present for unit in found.units if unit.name == "dhcp-server-firewall"] == [rules]
    assert (found.zone is not None) == (firewall == "firewalld")
    assert bool(found.tables) == rules


def test_a_zone_lets_partners_in_and_closes_the_ports_to_others() -> None:
    zone = table(firewall="firewalld").zone
    assert zone
    assert [rule.partition('" ')[2] for rule in zone.rules] == [
        'family="ipv4" source address="192.0.2.2" port port="647" protocol="tcp" accept',
        'family="ipv4" source address="192.0.2.3" port port="1647" protocol="tcp" accept',
        'port port="647" protocol="tcp" drop',
        'port port="1647" protocol="tcp" drop',
        'port port="7911" protocol="tcp" drop',
    ]


@pytest.mark.parametrize("omapi", [True, False])
def test_the_key_is_a_file_of_its_own(omapi: bool) -> None:
    found = table(omapi=omapi)
    rows = [row for row in found.files if row.sensitive]
    assert [(row.path, row.group, row.mode) for row in rows] == ([("/etc/dhcp/omapi.conf", "dhcpd", "0640")] * omapi)
    assert ("/etc/dhcp/omapi.conf" in found.daemon.reads) == omapi


def test_what_is_swapped_together() -> None:
    assert [row.path for row in table().transaction] == [
        "/etc/dhcp/dhcpd.conf",
        "/etc/default/isc-dhcp-server",
        "/etc/systemd/system/isc-dhcp-server.service",
        "/etc/dhcp/omapi.conf",
    ]
