# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input for a variable gives a value, or one mistake with the expected form and a remedy."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import shapes
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import (
    RELATIONSHIPS,
    SERVER,
    Choice,
    Fields,
    Flag,
    Items,
    Kind,
    Many,
    Mistake,
    Mistakes,
    Number,
    Options,
    Place,
    Text,
)

ROOT = Path(__file__).resolve().parents[5]
SUBNET = "10.0.0.0/24"


def cleaned(name: str, value: Any) -> tuple[Any, list[Mistake]]:
    mistakes: Mistakes = []
    kind = RELATIONSHIPS if name == "failover" else SERVER[name]
    return kind.clean(value, Place().key(name), mistakes), mistakes


def subnet(**more: Any) -> list[dict[str, Any]]:
    return [{"subnet": SUBNET, **more}]


def host(**more: Any) -> list[dict[str, Any]]:
    return [{"name": "h", **more}]


def half(**more: Any) -> list[dict[str, Any]]:
    return [{"name": "x", **more}]


# --- what is taken -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, value, becomes",
    [
        ("default_lease_time", 600, 600),
        ("default_lease_time", "600", 600),
        ("default_lease_time", "-1", -1),
        ("default_lease_time", None, None),
        ("authoritative", True, True),
        ("authoritative", "no", False),
        ("omapi", "False", False),
        ("omapi", 1, True),
        ("firewall", "none", "none"),
        ("firewall", "", None),
        ("firewall_zone", "", None),
        ("omapi_key_name", "omapi_key", "omapi_key"),
        ("address", "172.16.1.100", "172.16.1.100"),
        ("address", "dhcp1.example.org", "dhcp1.example.org"),
        ("validate_ignore", "bootp-not-denied", ["bootp-not-denied"]),
        (
            "interfaces",
            [{"name": "ens9", "address": "172.16.1.100/24"}],
            [{"name": "ens9", "address": "172.16.1.100/24"}],
        ),
        ("interfaces", [{"name": "ens9", "address": ""}], [{"name": "ens9"}]),
        ("subnets", [], []),
        ("subnets", {}, []),
        ("subnets", "", []),
        ("subnets", subnet(ranges="10.0.0.5 - 10.0.0.9"), [{"subnet": SUBNET, "ranges": ["10.0.0.5 10.0.0.9"]}]),
        ("subnets", [{"subnet": "10.0.0.0/255.255.255.0"}], [{"subnet": "10.0.0.0/255.255.255.0"}]),
        ("subnets", subnet(pools=None), [{"subnet": SUBNET}]),
        ("options", {"routers": ["10.0.0.1", ["10.0.0.2"]], "x": 1.5, "y": None, "z": True}, ...),
        ("options", [], None),
        ("hosts", host(hardware="52:54:0:C1:fb:9c"), [{"name": "h", "hardware": "52:54:0:C1:fb:9c"}]),
        ("hosts", host(hardware="token-ring 1:2:3"), [{"name": "h", "hardware": "token-ring 1:2:3"}]),
        ("hosts", host(addresses=["10.0.0.1", "h_1.example.org"]), ...),
        ("hosts", [{"name": "-a.1.b_c"}], ...),
        (
            "failover",
            half(primary="one", secondary="two", mclt="1800", split=0),
            [{"name": "x", "primary": "one", "secondary": "two", "mclt": 1800, "split": 0}],
        ),
    ],
)
def test_taken(name: str, value: Any, becomes: Any) -> None:
    found, mistakes = cleaned(name, value)
    assert mistakes == []
    assert found == (value if becomes is ... else becomes)


# --- what is not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, value, variable, words, hint",
    [
        # Numbers and units.
        (
            "failover",
            half(split="50%"),
            "failover[0].split",
            '"50%" is not a whole number from 0 to 256',
            "Write 128, which is 50 %.",
        ),
        ("failover", half(split=0.25), "failover[0].split", "0.25 is not a whole number", "Write 64, which is 25 %."),
        ("failover", half(split="all"), "failover[0].split", '"all"', "256 for all"),
        ("failover", half(mclt="1h"), "failover[0].mclt", '"1h" is not a whole number of seconds.', "Write 3600."),
        ("failover", half(mclt="30 min"), "failover[0].mclt", '"30 min"', "Write 1800."),
        ("failover", half(mclt=True), "failover[0].mclt", "true is not", "Give a whole number of seconds."),
        ("failover", half(mclt=[60]), "failover[0].mclt", "[60] is not", "Give a whole number of seconds."),
        ("failover", half(max_lease_ownership="10%"), "failover[0].max_lease_ownership", "percent", "Write 10."),
        ("failover", half(port="647/tcp"), "failover[0].port", "a TCP port", "from 1 to 65535"),
        ("failover", half(primary_port="http"), "failover[0].primary_port", "a TCP port", ""),
        ("omapi_port", 79111, "omapi_port", "79111 is not a TCP port", ""),
        ("default_lease_time", "soon", "default_lease_time", "-1 for ever", ""),
        ("max_lease_time", 600.5, "max_lease_time", "600.5 is not a whole number of seconds", ""),
        ("min_lease_time", "0600", "min_lease_time", '"0600"', "Write 600."),
        (
            "option_definitions",
            [{"name": "o", "code": 300, "type": "text"}],
            "option_definitions[0].code",
            "300",
            "254",
        ),
        # Lists, mappings, and suggestions.
        (
            "failover",
            {"name": "x", "primary": "one"},
            "failover",
            "is not a list of mappings",
            "Put `- ` before its first line",
        ),
        ("failover", "x", "failover", '"x" is not a list of mappings', "[{name: NAME, primary: HOST"),
        ("interfaces", ["ens9"], "interfaces[0]", '"ens9" is not a mapping', "{name: ens9,"),
        ("interfaces", [None], "interfaces[0]", "null is not a mapping", "{name: ens9,"),
        ("subnets", subnet(pools=[3]), "subnets[0].pools[0]", "3 is not a mapping", "{failover: NAME,"),
        ("subnets", subnet(ranges={"first": 1}), "subnets[0].ranges", "is not a list", ""),
        ("subnets", subnet(rnages=[]), "subnets[0].rnages", "`rnages` (value [])", "Did you mean `ranges`?"),
        ("subnets", subnet(**{"max-lease-time": 5}), "subnets[0].max-lease-time", "has no meaning", "`max_lease_time`"),
        (
            "subnets",
            subnet(xyz=5),
            "subnets[0].xyz",
            "has no meaning",
            "The known keys are authoritative, default_lease_time",
        ),
        ("subnets", subnet(**{"a b": 5}), 'subnets[0]["a b"]', "has no meaning", ""),
        ("options", "routers 10.0.0.1", "options", "is not a mapping of names to values", ""),
        ("options", {"routers": {"a": 1}}, "options.routers", "is not one value", "or a list of values"),
        ("options", {"routers": [[[[["x"]]]]]}, "options.routers[0][0][0]", "is not one value", ""),
        ("options", {"x": float("nan")}, "options.x", "is not one value", ""),
        ("validate_strict", "perhaps", "validate_strict", '"perhaps" is not true or false', ""),
        # Required keys.
        (
            "subnets",
            [{"pools": []}],
            "subnets[0]",
            "`subnet` is missing",
            "Give an IPv4 subnet with its prefix length.",
        ),
        ("failover", [{"role": "primary"}], "failover[0]", "`name` is missing", "the name of a relationship"),
        (
            "option_definitions",
            [{"name": "o", "code": 224}],
            "option_definitions[0]",
            "`type` is missing",
            "dhcp-options(5)",
        ),
        # Choices.
        ("firewall", "iptables", "firewall", '"iptables" is not nftables, firewalld or none', "nftables"),
        ("firewall", "ufw", "firewall", '"ufw"', "Write none for a firewall that the role does not know"),
        ("firewall", False, "firewall", "false is not nftables", 'Did you mean "none"?'),
        ("interface_provider", "netplan", "interface_provider", '"netplan" is not auto,', "Write none"),
        (
            "interface_provider",
            "NetworkManager",
            "interface_provider",
            '"NetworkManager"',
            'Did you mean "networkmanager"?',
        ),
        (
            "failover",
            half(role="primry"),
            "failover[0].role",
            '"primry" is not primary or secondary',
            'Did you mean "primary"?',
        ),
        # Addresses.
        (
            "interfaces",
            [{"name": "ens9", "address": "172.16.1.100"}],
            "interfaces[0].address",
            "its prefix length",
            '"172.16.1.100/24"',
        ),
        (
            "interfaces",
            [{"name": "ens9", "address": "172.16.1.300/24"}],
            "interfaces[0].address",
            '"172.16.1.300/24"',
            "",
        ),
        (
            "interfaces",
            [{"name": "ens9", "address": "fd00::1/64"}],
            "interfaces[0].address",
            '"fd00::1/64"',
            "IPv4 only",
        ),
        (
            "address",
            "172.16.1.100/24",
            "address",
            '"172.16.1.100/24"',
            'Write "172.16.1.100", without a prefix length.',
        ),
        ("address", "fd00::1", "address", '"fd00::1" is not an IPv4 address', "IPv4 only"),
        ("failover", half(secondary_address="172.16.1"), "failover[0].secondary_address", '"172.16.1" is not', ""),
        ("hosts", host(address="10.0.0.300"), "hosts[0].address", '"10.0.0.300" is not an IPv4 address', ""),
        ("hosts", host(addresses=["10.0.0.1", 7]), "hosts[0].addresses[1]", "7 is not an IPv4 address", "quotes"),
        ("subnets", [{"subnet": "10.0.0.0"}], "subnets[0].subnet", '"10.0.0.0" is not', "Write ADDRESS/PREFIX"),
        ("subnets", [{"subnet": "10.0.0.0/33"}], "subnets[0].subnet", '"10.0.0.0/33" is not', "Write ADDRESS/PREFIX"),
        ("subnets", [{"subnet": "fd00::/64"}], "subnets[0].subnet", '"fd00::/64" is not', "Failover is for IPv4 only."),
        (
            "subnets",
            subnet(ranges=["10.0.0.1-300"]),
            "subnets[0].ranges[0]",
            '"10.0.0.1-300" is not a range',
            "whole addresses",
        ),
        ("subnets", subnet(ranges=["fd00::1-fd00::9"]), "subnets[0].ranges[0]", "is not a range", "IPv4 only"),
        # Hardware addresses in every notation, and as YAML reads them.
        ("hosts", host(hardware="52:54:00:c1:fb"), "hosts[0].hardware", "of 6 octets", "for instance"),
        ("hosts", host(hardware="52-54-00-c1-fb-9c"), "hosts[0].hardware", "with colons", 'Write "52:54:00:c1:fb:9c".'),
        ("hosts", host(hardware="5254.00c1.fb9c"), "hosts[0].hardware", "with colons", 'Write "52:54:00:c1:fb:9c".'),
        ("hosts", host(hardware="525400c1fb9c"), "hosts[0].hardware", "with colons", 'Write "52:54:00:c1:fb:9c".'),
        (
            "hosts",
            yaml.safe_load("[{name: h, hardware: 52:54:00:12:34:56}]"),
            "hosts[0].hardware",
            "41135085296",
            '"52:54:00:12:34:56"',
        ),
        ("hosts", yaml.safe_load("[{name: h, client_id: 1:52:54}]"), "hosts[0].client_id", "6774", "put it in quotes"),
        (
            "classes",
            yaml.safe_load("[{name: c, subclasses: [1:52:54]}]"),
            "classes[0].subclasses[0]",
            "6774",
            "in quotes",
        ),
        # Names, and as YAML reads them.
        ("failover", half(name='a"b; }'), "failover[0].name", "without quotation marks", "lease database"),
        ("failover", half(name="a\nb"), "failover[0].name", "line breaks", ""),
        ("subnets", subnet(pools=[{"failover": 'a"b'}]), "subnets[0].pools[0].failover", "without quotation marks", ""),
        ("classes", [{"name": "a\\"}], "classes[0].name", "backslashes", ""),
        ("shared_networks", [{"name": 5}], "shared_networks[0].name", "5 is not a name", "put it in quotes"),
        ("hosts", [{"name": True}], "hosts[0].name", "true is not", "YAML reads it as true or false"),
        ("hosts", [{"name": datetime.date(2026, 1, 1)}], "hosts[0].name", "2026-01-01", "a date"),
        ("hosts", [{"name": "my printer"}], "hosts[0].name", '"my printer" is not', '"my-printer"'),
        ("omapi_key_name", 'k"; }', "omapi_key_name", "is not", '"k"'),
        ("extra", ["option routers 10.0.0.1;"], "extra", "is not text of a dhcpd.conf", ""),
    ],
)
def test_told(name: str, value: Any, variable: str, words: str, hint: str) -> None:
    _found, mistakes = cleaned(name, value)
    assert [mistake.variable for mistake in mistakes] == [f"dhcp_server_{variable}"]
    assert words in mistakes[0].message
    assert hint in mistakes[0].hint


def test_the_place_in_words() -> None:
    pools = [{"allow": 3}, {"allow": 4}]
    value = [{"name": "n", "deny": 1, "subnets": [{"subnet": SUBNET, "xyz": 1, "pools": pools}], "pools": pools}]
    _found, mistakes = cleaned("shared_networks", value)
    assert [mistake.place for mistake in mistakes] == [
        'shared network "n"',
        f"subnet {SUBNET}",
        f"subnet {SUBNET}, pool 1",
        f"subnet {SUBNET}, pool 2",
        'shared network "n", pool 1',
        'shared network "n", pool 2',
    ]


def test_the_rest_is_kept() -> None:
    found, mistakes = cleaned("subnets", [{"subnet": "x"}, {"subnet": SUBNET, "ranges": ["y", "10.0.0.5"], "z": 1}])
    assert len(mistakes) == 3
    assert found == [{"subnet": SUBNET, "ranges": ["10.0.0.5"]}]
    assert found[0].place == Place("dhcp_server_subnets[1]", f"subnet {SUBNET}")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates() | st.just(SUBNET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SERVER)), ANYTHING)
def test_whatever_it_is_nothing_worse_than_mistakes(name: str, value: Any) -> None:
    _found, mistakes = cleaned(name, value)
    assert all(mistake.variable.startswith(f"dhcp_server_{name}") and mistake.message for mistake in mistakes)


# --- the same as in the role's argument specs --------------------------------------------------------------------


def specified(kind: Kind) -> dict[str, Any]:
    """A kind as an argument spec, as far as possible."""
    if isinstance(kind, Items):
        return {"type": "list", "elements": "dict", "options": fields(kind.of)}
    if isinstance(kind, Many):
        return {"type": "list", "elements": specified(kind.of)["type"]}
    if isinstance(kind, Choice):
        return {"type": "str", "choices": list(kind.choices)}
    types = {Number: "int", Flag: "bool", Options: "dict", Text: "str"}
    return {"type": next(name for one, name in types.items() if isinstance(kind, one))}


def fields(kind: Fields) -> dict[str, Any]:
    return {
        name: {**specified(inner), **({"required": True} if name in kind.required else {})}
        for name, inner in kind.fields.items()
    }


def stripped(options: dict[str, Any]) -> dict[str, Any]:
    """An argument spec without descriptions and defaults."""
    return {
        name: {
            key: stripped(value) if key == "options" else value
            for key, value in option.items()
            if key in ("type", "elements", "choices", "required", "options")
        }
        for name, option in options.items()
    }


def test_shapes_are_those_of_the_argument_specs() -> None:
    specs = yaml.safe_load((ROOT / "roles/dhcp_server/meta/argument_specs.yml").read_text())["argument_specs"]
    ours = {f"{shapes.PREFIX}{name}": specified(kind) for name, kind in {**SERVER, "failover": RELATIONSHIPS}.items()}
    # Not what is declared, but what a role demands of it.
    del specs["main"]["options"]["dhcp_server_side"]
    assert ours == stripped(specs["main"]["options"])
