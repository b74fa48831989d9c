# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Relationships that are declared once, as halves, and as sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import (
    DEFAULTS,
    collect_sides,
    derive_halves,
)

SPECS = Path(__file__).resolve().parents[5] / "roles/dhcp_server/meta/argument_specs.yml"
ADDRESSES = {"one": "172.16.1.100", "two": "172.16.1.200"}
SHARED = {"max_response_delay": 180, "max_unacked_updates": 10, "load_balance_max_seconds": 3}
RELATIONSHIP = {"name": "x", "primary": "one", "secondary": "two", "mclt": 1800, "split": 128, **SHARED}


def halves(relationships: list[dict[str, Any]], host: str, addresses: dict[str, str] | None = None) -> Any:
    return derive_halves(relationships, host, ADDRESSES if addresses is None else addresses)


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

    def test_three_keys_are_enough(self) -> None:
        item = {"name": "x", "primary": "one", "secondary": "two"}
        one, two = halves([item], "one")[0], halves([item], "two")[0]
        own = {"name", "role", "address", "peer_address", "peer_port"}
        assert {key: value for key, value in one.items() if key not in own} == DEFAULTS
        assert one.keys() - two.keys() == {"mclt", "split"}
        assert "split" not in halves([{**item, "hba": "ff"}], "one")[0]

    def test_a_half_by_hand_is_as_it_is_written(self) -> None:
        half = {"name": "x", "role": "primary", "address": "10.0.0.1"}
        assert halves([half], "one") == [half]

    def test_ports_and_addresses_of_a_side_take_precedence(self) -> None:
        item = {**RELATIONSHIP, "port": 1000, "secondary_port": 2000, "primary_address": "10.0.0.1"}
        one, two = halves([item], "one")[0], halves([item], "two")[0]
        assert (one["address"], one["port"], one["peer_port"]) == ("10.0.0.1", 1000, 2000)
        assert (two["peer_address"], two["peer_port"], two["port"]) == ("10.0.0.1", 1000, 2000)

    def test_partner_outside_the_inventory_needs_only_its_address_in_the_relationship(self) -> None:
        item = {**RELATIONSHIP, "secondary_address": "172.16.1.200"}
        assert halves([item], "one", {"one": "172.16.1.100"})[0]["peer_address"] == "172.16.1.200"

    def test_a_value_of_null_is_not_stated(self) -> None:
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
            ({"secondary": "one"}, "Name two hosts"),
            ({"secondary": "three"}, 'secondary "three" is unknown'),
        ],
    )
    def test_impossible_relationships_say_what_to_do(self, change: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=rf'relationship "x".*{words}'):
            halves([{**RELATIONSHIP, **change}], "one")


def variables(address: str, failover: list[dict[str, Any]]) -> dict[str, Any]:
    return {"dhcp_server_address": address, "dhcp_server_failover": failover, "ansible_user": "root"}


PAIR = {host: variables(address, [RELATIONSHIP]) for host, address in ADDRESSES.items()}


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
        with pytest.raises(ValueError, match="Name two hosts"):
            collect_sides({"one": {"dhcp_server_failover": [{**RELATIONSHIP, "secondary": "one"}]}}, ["one"])


def test_the_roles_specification_tells_the_defaults_of_a_relationship() -> None:
    options = yaml.safe_load(SPECS.read_text())["argument_specs"]["main"]["options"]["dhcp_server_failover"]["options"]
    told = {key: str(options[key]["description"]) for key in DEFAULTS}
    assert [key for key, value in DEFAULTS.items() if f"Default {value}" not in told[key]] == []
