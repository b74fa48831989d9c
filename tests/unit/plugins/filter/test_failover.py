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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import (
    DECLARATION,
    collect_sides,
)

ROOT = Path(__file__).parents[4]
FILTERS = FilterModule().filters()
ADDRESSES = {"one": "172.16.1.100", "two": "172.16.1.200"}
SHARED = {"max_response_delay": 180, "max_unacked_updates": 10, "load_balance_max_seconds": 3}
RELATIONSHIP = {"name": "x", "primary": "one", "secondary": "two", "mclt": 1800, "split": 128, **SHARED}


def halves(relationships: list[dict[str, Any]], host: str, addresses: dict[str, str] | None = None) -> Any:
    return FILTERS["failover_halves"](relationships, host, ADDRESSES if addresses is None else addresses)


def servers(hostvars: dict[str, Any], hosts: list[str], own: dict[str, Any] | None = None) -> Any:
    return {server["name"]: server for server in FILTERS["failover_servers"](hostvars, hosts, own)}


class TestHalves:
    def test_both_sides_of_one_relationship(self) -> None:
        assert halves([RELATIONSHIP], "one") == [
            {
                "name": "x",
                "role": "primary",
                "address": "172.16.1.100",
                "port": 647,
                "peer_address": "172.16.1.200",
                "peer_port": 647,
                "mclt": 1800,
                "split": 128,
                **SHARED,
            }
        ]
        assert halves([RELATIONSHIP], "two") == [
            {
                "name": "x",
                "role": "secondary",
                "address": "172.16.1.200",
                "port": 647,
                "peer_address": "172.16.1.100",
                "peer_port": 647,
                **SHARED,
            }
        ]

    def test_ports_and_addresses_of_a_side_take_precedence(self) -> None:
        item = {**RELATIONSHIP, "port": 1000, "secondary_port": 2000, "primary_address": "10.0.0.1"}
        one, two = halves([item], "one")[0], halves([item], "two")[0]
        assert (one["address"], one["port"], one["peer_port"]) == ("10.0.0.1", 1000, 2000)
        assert (two["peer_address"], two["peer_port"], two["port"]) == ("10.0.0.1", 1000, 2000)

    def test_partner_outside_the_inventory_needs_only_its_address_in_the_relationship(self) -> None:
        item = {**RELATIONSHIP, "secondary_address": "172.16.1.200"}
        assert halves([item], "one", {"one": "172.16.1.100"})[0]["peer_address"] == "172.16.1.200"

    def test_a_null_value_is_not_written(self) -> None:
        half = halves([{**RELATIONSHIP, "split": None, "hba": "ff", "port": None}], "one")[0]
        assert "split" not in half
        assert (half["hba"], half["port"]) == ("ff", 647)

    def test_primary_in_one_and_secondary_in_another(self) -> None:
        other = {**RELATIONSHIP, "name": "y", "primary": "two", "secondary": "one", "port": 648}
        assert [(half["name"], half["role"]) for half in halves([RELATIONSHIP, other], "one")] == [
            ("x", "primary"),
            ("y", "secondary"),
        ]

    def test_others_relationships_are_passed_over(self) -> None:
        assert halves([RELATIONSHIP], "three") == []

    def test_a_half_by_hand_stays_as_written_faults_included(self) -> None:
        half = {"name": "x", "role": "secondary", "address": "172.16.1.200", "mclt": 1800}
        assert halves([{**half, "port": None}], "two") == [half]

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"role": "primary"}, "one half"),
            ({"secondary": None}, "Name both primary and secondary"),
            ({"secondary": "one"}, "A pair is two hosts"),
            ({"secondary": "three"}, 'secondary "three" is unknown'),
        ],
    )
    def test_impossible_relationships_say_what_to_do(self, change: dict[str, Any], words: str) -> None:
        with pytest.raises(AnsibleFilterError, match=rf'one: relationship "x".*{words}'):
            halves([{**RELATIONSHIP, **change}], "one")


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
        assert "faults" not in one

    @pytest.mark.parametrize(
        "change, variable, words, hint",
        [
            ({"secondary": "tow"}, "failover[0].secondary", '"tow" is no host', 'Did you mean "two"?'),
            ({"primary": "server9"}, "failover[0].primary", '"server9" is no host', "give its primary_address"),
            ({"secondary": None}, "failover[0]", "its primary only", "Name both primary and secondary."),
            ({"role": "primary"}, "failover[0]", '"role" makes it one half', "Keep one of them."),
            ({"secondary": "one"}, "failover[0]", '"one" is primary and secondary', "A pair is two hosts."),
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
        ((name, place, message, remedy),) = servers(hostvars, ["one"])["one"]["faults"]
        assert (name, place) == (f"dhcp_server_{variable}", 'relationship "x"')
        assert words in message
        assert hint in remedy

    def test_a_partner_outside_the_inventory_has_its_address_in_the_relationship(self) -> None:
        hostvars = {"one": variables("172.16.1.100", [{**RELATIONSHIP, "secondary_address": "172.16.1.200"}])}
        assert "faults" not in servers(hostvars, ["one"])["one"]

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
    assert [(name, message) for name, _place, message, _hint in found["faults"]] == [
        ("dhcp_server_hosts[0].hardware", "It cannot be evaluated: It is undefined."),
        ("dhcp_server_extra", "It cannot be evaluated: It is undefined."),
    ]
    assert (found["hosts"], found["extra"]) == ([{"name": "h", "hardware": None}], None)


class TestSides:
    def test_who_is_whose_partner(self) -> None:
        hostvars = {
            "one": {**PAIR["one"], "dhcp_server_failover": [RELATIONSHIP, {**RELATIONSHIP, "name": "y"}]},
            "two": PAIR["two"],
        }
        assert collect_sides(hostvars, ["one"]) == [
            {"relationship": "x", "host": "one", "role": "primary", "partner": "two", "peer_address": "172.16.1.200"},
            # The partner does not declare this relationship.
            {"relationship": "y", "host": "one", "role": "primary", "partner": None, "peer_address": "172.16.1.200"},
        ]

    def test_halves_by_hand_and_namesakes(self) -> None:
        def by_hand(role: str, address: str, peer: str) -> dict[str, Any]:
            half = {"name": "x", "role": role, "address": address, "peer_address": peer}
            return {"dhcp_server_failover": [half]}

        hostvars = {
            "one": by_hand("primary", "172.16.1.100", "172.16.1.200"),
            "two": by_hand("secondary", "172.16.1.200", "172.16.1.100"),
            "three": by_hand("primary", "172.16.2.100", "172.16.2.200"),
            "four": by_hand("secondary", "172.16.2.200", "172.16.2.100"),
        }
        found = collect_sides(hostvars, list(hostvars))
        assert {side["host"]: side["partner"] for side in found} == {
            "one": "two",
            "two": "one",
            "three": "four",
            "four": "three",
        }

    def test_an_impossible_relationship_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="A pair is two hosts"):
            collect_sides({"one": {"dhcp_server_failover": [{**RELATIONSHIP, "secondary": "one"}]}}, ["one"])
