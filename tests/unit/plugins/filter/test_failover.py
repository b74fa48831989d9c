# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.filter.failover import FilterModule
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import DECLARATION

ROOT = Path(__file__).parents[4]
FILTERS = FilterModule().filters()
ADDRESSES = {"one": "172.16.1.100", "two": "172.16.1.200"}
SHARED = {"max_response_delay": 180, "max_unacked_updates": 10, "load_balance_max_seconds": 3}
RELATIONSHIP = {"name": "x", "primary": "one", "secondary": "two", "mclt": 1800, "split": 128, **SHARED}


def servers(hostvars: dict[str, Any], hosts: list[str], own: dict[str, Any] | None = None) -> Any:
    return {server["name"]: server for server in FILTERS["failover_servers"](hostvars, hosts, own)}


def variables(address: str, failover: list[dict[str, Any]]) -> dict[str, Any]:
    return {"dhcp_server_address": address, "dhcp_server_failover": failover, "ansible_user": "root"}


PAIR = {host: variables(address, [RELATIONSHIP]) for host, address in ADDRESSES.items()}


class TestServers:
    def test_the_partner_comes_along(self) -> None:
        found = servers({**PAIR, "three": variables("172.16.1.3", [])}, ["one"])
        assert list(found) == ["one", "two"]
        assert found["two"]["failover"][0]["role"] == "secondary"
        assert found["two"]["address"] == "172.16.1.200"

    def test_partners_of_partners_come_along(self) -> None:
        other = {**RELATIONSHIP, "name": "y", "primary": "two", "secondary": "three"}
        hostvars = {
            "one": variables("172.16.1.100", [RELATIONSHIP]),
            "two": variables("172.16.1.200", [RELATIONSHIP, other]),
            "three": variables("172.16.1.3", [other]),
        }
        assert list(servers(hostvars, ["one"])) == ["one", "two", "three"]

    def test_own_variables_replace_those_of_the_inventory(self) -> None:
        own = {
            "name": "one",
            "interfaces": [{"name": "ens9", "address": "172.16.1.100/24"}],
            "failover": [RELATIONSHIP],
        }
        found = servers({**PAIR, "one": {}}, ["one"], {**own, "subnets": [{"subnet": "172.16.1.0/24"}]})
        assert found["one"]["subnets"] == [{"subnet": "172.16.1.0/24"}]
        assert found["one"]["address"] == "172.16.1.100"
        assert found["two"]["failover"][0]["peer_address"] == "172.16.1.100"

    def test_the_first_interface_with_an_address_is_the_address(self) -> None:
        interfaces = [{"name": "eth0"}, {"name": "ens9", "address": "172.16.1.100/24"}]
        hostvars = {**PAIR, "one": {"dhcp_server_failover": [RELATIONSHIP], "dhcp_server_interfaces": interfaces}}
        assert servers(hostvars, ["one"])["one"]["address"] == "172.16.1.100"

    def test_a_partner_of_another_team_is_known_only_by_its_address(self) -> None:
        found = servers({**PAIR, "two": {"dhcp_server_address": "172.16.1.200"}}, ["one"])
        assert list(found) == ["one"]
        assert found["one"]["failover"][0]["peer_address"] == "172.16.1.200"

    @pytest.mark.parametrize(
        "peer_of_one, peer_of_two",
        [("172.16.1.200", "172.16.1.100"), ("172.16.1.201", "172.16.1.100"), ("172.16.1.200", "172.16.1.101")],
    )
    def test_halves_by_hand_find_their_partner_by_either_address(self, peer_of_one: str, peer_of_two: str) -> None:
        def by_hand(role: str, address: str, peer: str) -> list[dict[str, Any]]:
            return [{"name": "x", "role": role, "address": address, "peer_address": peer}]

        hostvars = {
            "one": {"dhcp_server_failover": by_hand("primary", "172.16.1.100", peer_of_one)},
            "two": {"dhcp_server_failover": by_hand("secondary", "172.16.1.200", peer_of_two)},
            "other": {"dhcp_server_failover": by_hand("primary", "10.0.0.1", "10.0.0.2")},
        }
        assert list(servers(hostvars, ["one"])) == ["one", "two"]

    def test_defaults_are_those_of_the_role(self) -> None:
        defaults = yaml.safe_load((ROOT / "roles/dhcp_server/defaults/main.yml").read_text())
        assert {name: defaults[f"dhcp_server_{name}"] for name in DECLARATION} == DECLARATION
        assert DECLARATION.items() <= servers({"one": {"dhcp_server_failover": []}}, ["one"])["one"].items()

    def test_halves_know_their_place(self) -> None:
        other = {**RELATIONSHIP, "name": "y", "primary": "two", "secondary": "three"}
        hostvars = {
            **PAIR,
            "one": variables("172.16.1.100", [other, RELATIONSHIP]),
            "three": {"dhcp_server_address": "172.16.1.3"},
        }
        one = servers(hostvars, ["one"])["one"]
        assert ([half["name"] for half in one["failover"]], one["positions"]) == (["x"], [1])
        assert "mistakes" not in one

    @pytest.mark.parametrize(
        "change, variable, words, hint",
        [
            ({"secondary": "tow"}, "failover[0].secondary", '"tow" is not a host', 'Did you mean "two"?'),
            ({"primary": "server9"}, "failover[0].primary", '"server9" is not a host', "set primary_address here"),
            ({"secondary": None}, "failover[0]", "only its primary", "Name both primary and secondary."),
            ({"role": "primary"}, "failover[0]", '"role", which makes it one half', "Keep one of them."),
            ({"secondary": "one"}, "failover[0]", '"one" is both primary and secondary', "Name two hosts."),
            (
                {"secondary": "three"},
                "failover[0].secondary",
                'its secondary "three" is unknown',
                "dhcp_server_address",
            ),
            ({"split": "50%"}, "failover[0].split", '"50%"', "128"),
            ({"primry": "one"}, "failover[0].primry", "`primry`", "`primary`"),
        ],
    )
    def test_faults_come_along(self, change: dict[str, Any], variable: str, words: str, hint: str) -> None:
        hostvars = {**PAIR, "one": variables("172.16.1.100", [{**RELATIONSHIP, **change}]), "three": {}}
        ((name, place, message, remedy),) = servers(hostvars, ["one"])["one"]["mistakes"]
        assert (name, place) == (f"dhcp_server_{variable}", 'relationship "x"')
        assert words in message
        assert hint in remedy

    def test_a_partner_outside_the_inventory_has_its_address_in_the_relationship(self) -> None:
        hostvars = {"one": variables("172.16.1.100", [{**RELATIONSHIP, "secondary_address": "172.16.1.200"}])}
        assert "mistakes" not in servers(hostvars, ["one"])["one"]

    def test_an_address_without_its_prefix_length_is_an_address(self) -> None:
        hostvars = {
            host: {
                "dhcp_server_failover": [RELATIONSHIP],
                "dhcp_server_interfaces": [{"name": "e", "address": address}],
            }
            for host, address in ADDRESSES.items()
        }
        assert servers(hostvars, ["one"])["one"]["failover"][0]["peer_address"] == "172.16.1.200"

    @pytest.mark.parametrize("value", [None, "x", 3, ["ens9"], {"name": "x"}, [None], [{"name": "x", "primary": []}]])
    @pytest.mark.parametrize("name", ["failover", "interfaces", "address", "subnets"])
    def test_whatever_is_in_the_variables(self, name: str, value: Any) -> None:
        hostvars = {**PAIR, "two": {**PAIR["two"], f"dhcp_server_{name}": value}}
        assert list(servers(hostvars, ["one", "two"])) == ["one", "two"]


class Broken(dict[str, Any]):
    """Variables whose template fails."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is Ellipsis:
            raise AnsibleFilterError("It is undefined.\nOrigin: a file")
        return value


def test_unevaluable_values_are_skipped_and_reported() -> None:
    inner = Broken(name="h", hardware=...)
    hostvars = {"one": Broken(dhcp_server_subnets=[], dhcp_server_hosts=[inner], dhcp_server_extra=...)}
    found = servers(hostvars, ["one"])["one"]
    assert [(name, message) for name, _place, message, _hint in found["mistakes"]] == [
        ("dhcp_server_hosts[0].hardware", "It cannot be evaluated: It is undefined."),
        ("dhcp_server_extra", "It cannot be evaluated: It is undefined."),
    ]
    assert (found["hosts"], found["extra"]) == ([{"name": "h", "hardware": None}], None)
