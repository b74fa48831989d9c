# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller renders the same files as the role: those that Ansible's own engine made."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf, managed_files, omapi_conf

CASES = Path(__file__).resolve().parents[2] / "roles/dhcp_server"
GOLDEN = sorted((CASES / "golden").glob("*.dhcpd.conf"))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name)
def test_the_text_is_the_same_without_ansible(golden: Path) -> None:
    case, host = golden.name.removesuffix(".dhcpd.conf").split("-")
    hosts = {name: own or {} for name, own in yaml.safe_load((CASES / f"{case}.yml").read_text()).items()}
    shared = hosts.pop("all", {})
    server = collect_servers({name: {**shared, **own} for name, own in hosts.items()}, [host])[0]
    assert f"{dhcpd_conf(server)}\n" == golden.read_text()


def test_a_relationship_of_three_keys_has_no_findings() -> None:
    hosts = yaml.safe_load((CASES / "three.yml").read_text())
    shared = hosts.pop("all")
    servers = collect_servers({name: {**shared, **own} for name, own in hosts.items()}, ["one"])
    assert list(check([read_variables(server) for server in servers])) == []


def test_the_file_of_omapi() -> None:
    text = omapi_conf({"omapi_key_name": "k", "omapi_port": 7000}, "c2VjcmV0")
    assert 'key k {\n    algorithm hmac-sha256;\n    secret "c2VjcmV0";\n};' in text
    assert "omapi-port 7000;\nomapi-key k;" in text


@pytest.mark.parametrize("firewall", ["nftables", "firewalld"])
def test_a_firewall_lets_both_daemons_through_while_a_pair_moves(firewall: str) -> None:
    hosts = yaml.safe_load((CASES / "three.yml").read_text())
    shared = hosts.pop("all")
    declared = {name: {**shared, **(own or {}), "dhcp_server_daemon": "kea"} for name, own in hosts.items()}
    server = {**collect_servers(declared, [next(iter(hosts))])[0], "firewall": firewall}
    partner = server["failover"][0]["peer_address"]
    alone, _texts = managed_files(server, "Debian")
    table, texts = managed_files({**server, "beside": [["192.0.2.9", 1647]]}, "Debian")
    assert alone.rivals == ("isc-dhcp-server",)
    assert (table.rivals, table.accepts) == ((), ((partner, 8000), ("192.0.2.9", 1647)))
    assert table.closed == (8000, 1647, 7911)
    if firewall == "firewalld":
        assert table.zone
        assert len(table.zone.rules) == len(table.accepts) + len(table.closed)
    else:
        rules = texts["/etc/nftables.d/dhcp-server.nft"]
        assert "ip saddr 192.0.2.9 tcp dport 1647 accept" in rules
        assert "tcp dport { 8000, 1647, 7911 } drop" in rules
