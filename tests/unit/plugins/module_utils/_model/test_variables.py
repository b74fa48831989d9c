# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables give the same declaration as the file that the role writes from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Native,
    Omapi,
    Pool,
    Range,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import DECLARATION
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf

FIXTURES = Path(__file__).parent.parent / "fixtures"
OMAPI = "/etc/dhcp/omapi.conf"
OMAPI_TEXT = 'key omapi_key { algorithm hmac-md5; secret "AAAA"; }\nomapi-port 7911;\nomapi-key omapi_key;\n'


def server(**data: Any) -> Server:
    return read_variables({"name": "one", **data})


def only(found: Server) -> Finding:
    assert len(found.problems) == 1, [str(problem) for problem in found.problems]
    return found.problems[0]


def clean(**data: Any) -> Server:
    found = server(**data)
    assert not found.problems, [str(problem) for problem in found.problems]
    return found


def pool(**data: Any) -> Pool:
    (found,) = clean(subnets=[{"subnet": "10.0.0.0/24", "pools": [{"ranges": ["10.0.0.1"], **data}]}]).pools
    return found


# --- both ways -----------------------------------------------------------------------------------------------------


def without_lines(found: Server) -> Server:
    """The part that must be equal, whatever its source."""

    def pools(items: tuple[Pool, ...]) -> tuple[Pool, ...]:
        return tuple(
            replace(item, line=None, ranges=tuple(replace(entry, line=None) for entry in item.ranges)) for item in items
        )

    def subnets(items: tuple[Subnet, ...]) -> tuple[Subnet, ...]:
        return tuple(replace(item, line=None, pools=pools(item.pools)) for item in items)

    def network(item: SharedNetwork) -> SharedNetwork:
        return replace(item, line=None, subnets=subnets(item.subnets), pools=pools(item.pools))

    return replace(
        found,
        halves=tuple(replace(item, line=None) for item in found.halves),
        subnets=subnets(found.subnets),
        shared_networks=tuple(network(item) for item in found.shared_networks),
        reservations=tuple(replace(item, line=None) for item in found.reservations),
        classes=tuple(replace(item, line=None) for item in found.classes),
        omapi=replace(found.omapi, line=None, key_bits=None) if found.omapi else None,
        from_text=False,
    )


def same_both_ways(data: Mapping[str, Any]) -> Server:
    text = dhcpd_conf(data)
    through = read_variables(data)
    read = read_server(data["name"], text, {OMAPI: OMAPI_TEXT}, data.get("address"))
    assert [str(problem) for problem in (*read.problems, *through.problems)] == [], text
    assert without_lines(read) == without_lines(through), text
    return through


@pytest.mark.parametrize("name", ["seed", "campus-variables"])
def test_variables_mean_what_the_roles_template_makes_of_them(name: str) -> None:
    data = yaml.safe_load((FIXTURES / f"{name}.yml").read_text())
    found = same_both_ways(data)
    assert found.halves
    assert found.pools
    assert same_both_ways({**data, "name": "one", "omapi": False}).omapi is None


def test_the_seed_is_the_seeds_own_file() -> None:
    data = yaml.safe_load((FIXTURES / "seed.yml").read_text())
    text = (FIXTURES / "seed-primary.conf").read_text()
    read = read_server(data["name"], text, address=data["address"])
    # The exercise's file lacks OMAPI, and the permit that each failover pool should have.
    (subnet,) = read.subnets
    (found,) = subnet.pools
    careful = replace(found, permits=frozenset({"deny dynamic bootp clients"}))
    read = replace(read, subnets=(replace(subnet, pools=(careful,)),), omapi=Omapi(7911, "omapi_key"))
    assert without_lines(read) == without_lines(read_variables(data))


NAMES = st.sampled_from(["alpha", "beta gamma", 'quo"ted', "back\\slash", "{brace};", "#hash", "10.0.0.1", "on"])
FLAGS = st.sampled_from([True, False, "yes", "no", "false"])  # as `-e` passes them
SECONDS = st.one_of(st.none(), st.integers(0, 2**31), st.integers(0, 9999).map(str))
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "routers": st.lists(st.integers(0, 2**32 - 1).map(format_address), min_size=1, max_size=3),
        "domain_name": NAMES,
        "domain-search": st.lists(NAMES, min_size=1, max_size=2),
        "ip_forwarding": st.booleans(),
        "time_offset": st.integers(-99, 99),
        "tftp_server_name": st.none(),
    },
)
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "options": OPTIONS,
    "parameters": st.fixed_dictionaries(
        {}, optional={"next_server": st.just("10.0.0.9"), "filename": NAMES, "ping_check": st.booleans()}
    ),
    "default_lease_time": SECONDS,
    "max_lease_time": SECONDS,
    "min_lease_time": SECONDS,
    "extra": st.sampled_from(["", 'option host-name "x"; # why not\n', "if known {\n  ping-check off;\n}\n"]),
}
RANGES = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.sampled_from(["-", " - ", " "])).map(
        lambda item: f"10.0.0.{item[0]}{item[2]}10.0.0.{item[1]}"
    )
    | st.integers(0, 255).map(lambda item: f"10.0.0.{item}"),
    max_size=3,
)
PERMITS = st.lists(
    st.sampled_from(['members of "alpha"', "unknown-clients", "known clients", "dynamic bootp clients"]), max_size=2
)
POOLS = st.lists(
    st.fixed_dictionaries(
        {"ranges": RANGES},
        optional={
            **SETTINGS,
            "failover": st.sampled_from(["pair", ""]),
            "allow": PERMITS,
            "deny": PERMITS,
            "deny_bootp": st.none() | FLAGS,
        },
    ),
    max_size=2,
)
ONE_SUBNET = st.fixed_dictionaries(
    {"subnet": st.sampled_from(["10.0.0.0/24", "10.1.0.0/16", "0.0.0.0/0", "10.2.0.1/32"])},
    optional={**SETTINGS, "ranges": RANGES, "pools": POOLS, "authoritative": st.none() | FLAGS},
)
SUBNETS = st.lists(ONE_SUBNET, max_size=2)
SERVERS = st.fixed_dictionaries(
    {
        "name": st.just("one"),
        "omapi": FLAGS,
        "failover": st.just(
            [{"name": "pair", "role": "primary", "address": "10.0.0.2", "peer_address": "10.0.0.3", "mclt": "1800"}]
        ),
        "classes": st.just([{"name": "alpha", "match": 'if option host-name="x"', "subclasses": ["1:2:3", "text"]}]),
    },
    optional={
        **SETTINGS,
        "authoritative": FLAGS,
        "subnets": SUBNETS,
        "shared_networks": st.lists(
            st.fixed_dictionaries(
                {
                    "name": NAMES.filter(lambda name: '"' not in name and "\\" not in name),
                    "subnets": st.lists(ONE_SUBNET, min_size=1, max_size=2),
                },
                optional={**SETTINGS, "pools": POOLS},
            ),
            max_size=1,
        ),
        "hosts": st.lists(
            st.fixed_dictionaries(
                {"name": st.just("h")},
                optional={
                    **SETTINGS,
                    "hardware": st.sampled_from(["52:54:00:C1:fb:9c", "token-ring 1:2:3"]),
                    "client_id": st.sampled_from(["01:52:54:00", "text"]),
                    "addresses": st.lists(st.sampled_from(["10.0.0.1", "h.example.org"]), min_size=1, max_size=2),
                },
            ),
            max_size=1,
        ),
    },
)


@given(SERVERS)
def test_any_declaration_is_the_same_both_ways(data: dict[str, Any]) -> None:
    same_both_ways(data)


# --- before a dialect has read it ----------------------------------------------------------------------------------


def test_what_only_a_daemon_understands_stays_as_it_is() -> None:
    subnet = {"subnet": "10.0.0.0/24", "options": {"domain_name": "x"}, "parameters": {"allow": ["bootp", None]}}
    pools = [{"failover": "p", "ranges": ["10.0.0.5"], "allow": ["Known  clients"], "extra": "nonsense {"}]
    found = declare({"name": "one", "subnets": [{**subnet, "max_lease_time": 60, "pools": pools}]})
    (declared,) = found.subnets
    variable = "dhcp_server_subnets[0]"
    assert declared.scope.options == {"domain-name": ("x",)}
    assert declared.scope.parameters == {"max-lease-time": ("60",)}
    assert declared.scope.native == tuple(
        Native(text, f"{variable}.parameters.allow", "allow") for text in ("bootp", None)
    )
    (pool,) = declared.pools
    assert pool.scope.native == (Native("nonsense {", f"{variable}.pools[0].extra"),)
    assert pool.permits == {"allow Known  clients", "deny dynamic bootp clients"}
    assert (pool.scope.parent, found.problems) == (declared.scope, ())


# --- single statements ---------------------------------------------------------------------------------------------


def test_without_statements_nothing_is_declared() -> None:
    assert read_variables({"name": "one", **DECLARATION, "omapi": False}) == Server("one", Scope())
    assert clean(**dict.fromkeys(DECLARATION)) == Server("one", Scope())


@pytest.mark.parametrize(
    "text", ["10.0.0.5-10.0.0.9", "10.0.0.5 - 10.0.0.9", "10.0.0.5 10.0.0.9", "010.0.0.5-10.0.0.9"]
)
def test_ranges_in_any_spelling(text: str) -> None:
    assert [str(item) for item in pool(ranges=[text]).ranges] == ["10.0.0.5-10.0.0.9"]


def test_one_range_needs_no_list() -> None:
    assert pool(ranges="10.0.0.5").ranges == (Range(0x0A000005, 0x0A000005),)


@pytest.mark.parametrize(
    "data, permits",
    [
        ({}, set()),
        ({"failover": "x"}, {"deny dynamic bootp clients"}),
        ({"failover": "x", "allow": ["dynamic bootp clients"]}, {"allow dynamic bootp clients"}),
        ({"failover": "x", "deny": ["Dynamic BOOTP clients"]}, {"deny dynamic bootp clients"}),
        ({"allow": "unknown clients"}, {"allow unknown-clients"}),
        (
            {"allow": ['members of "a b"'], "deny": ['members of "c"']},
            {'allow members of "a b"', 'deny members of "c"'},
        ),
    ],
)
def test_failover_pools_deny_dynamic_bootp_unless_told_otherwise(data: dict[str, Any], permits: set[str]) -> None:
    assert pool(**data).permits == permits


@pytest.mark.parametrize("mask", ["24", "255.255.255.0"])
def test_subnets(mask: str) -> None:
    (found,) = clean(subnets=[{"subnet": f"10.0.0.7/{mask}", "ranges": ["10.0.0.9"]}]).subnets
    assert found.cidr == "10.0.0.7/24"  # a rule checks the host bits
    assert found.pools[0].bare


def test_numbers_may_be_strings() -> None:
    data = {"name": "x", "role": "primary", "mclt": "1800", "split": 0, "port": "647", "hba": "FF:0"}
    assert clean(failover=[data]).halves == (Half("x", "primary", port=647, mclt=1800, split=0, hba="ff:00"),)


def test_values_are_spelled_one_way() -> None:
    found = clean(
        options={"routers": "10.0.0.1, 010.0.0.2", "domain_name": "a, b", "ip-forwarding": True, "time_offset": 3600},
        parameters={"ping_check": False, "allow": ["bootp", "booting"], "ddns_update_style": "none", "min_secs": "0x3"},
        default_lease_time="600",
    )
    assert found.scope.options == {
        "routers": ("10.0.0.1", "10.0.0.2"),
        "domain-name": ("a, b",),
        "ip-forwarding": ("true",),
        "time-offset": ("3600",),
    }
    assert found.scope.parameters == {
        "default-lease-time": ("600",),
        "ping-check": ("false",),
        "allow-bootp": ("true",),
        "allow-booting": ("true",),
        "ddns-update-style": ("none",),
        "min-secs": ("3",),
    }


def test_extra_text_is_like_the_rest() -> None:
    found = clean(
        failover=[{"name": "x", "role": "primary"}],
        subnets=[
            {"subnet": "10.0.0.0/24", "extra": 'option routers 10.0.0.1;\npool { failover peer "x"; range 10.0.0.5; }'}
        ],
    )
    assert found.subnets[0].scope.options == {"routers": ("10.0.0.1",)}
    assert found.pools[0].failover == "x"
    assert found.pools[0].line is None


@pytest.mark.parametrize(
    "data, omapi",
    [
        ({"omapi": True}, Omapi(7911, "omapi_key")),
        ({"omapi": True, "omapi_port": "9999", "omapi_key_name": "k"}, Omapi(9999, "k")),
        ({"omapi": False, "omapi_port": 1}, None),
        ({}, None),
    ],
)
def test_omapi(data: dict[str, Any], omapi: Omapi | None) -> None:
    assert clean(**data).omapi == omapi


# --- what is wrong -------------------------------------------------------------------------------------------------

SUBNET = {"subnet": "10.0.0.0/24"}


@pytest.mark.parametrize(
    "data, variable, path, words, hint",
    [
        ({"subnet": []}, "subnet", "", "`subnet` (value [])", "`subnets`"),
        (
            {"subnets": "10.0.0.0/24"},
            "subnets",
            "",
            '"10.0.0.0/24" is not a list of mappings',
            '[{subnet: "10.0.0.0/24"}]',
        ),
        ({"subnets": ["10.0.0.0/24"]}, "subnets[0]", "", '"10.0.0.0/24" is not a mapping', '{subnet: "10.0.0.0/24"}'),
        ({"subnets": [{}]}, "subnets[0]", "", "`subnet` is missing", "IPv4 subnet"),
        (
            {"subnets": [SUBNET, {**SUBNET, "pools": [{"ranges": []}, {"ranges": ["172.16.1.220 to .230"]}]}]},
            "subnets[1].pools[1].ranges[0]",
            "subnet 10.0.0.0/24, pool 2",
            '"172.16.1.220 to .230" is not a range of IPv4 addresses',
            "FIRST-LAST",
        ),
        (
            {"shared_networks": [{"name": "n", "subnets": [{**SUBNET, "pools": [{"range": []}]}]}]},
            "shared_networks[0].subnets[0].pools[0].range",
            "subnet 10.0.0.0/24, pool 1",
            "`range`",
            "`ranges`",
        ),
        ({"options": {"routers": {"a": 1}}}, "options.routers", "", '{"a": 1} is not one value', "a list of values"),
        ({"parameters": {"": 1}}, 'parameters[""]', "", "empty", "Give the name"),
        ({"default_lease_time": "1h"}, "default_lease_time", "", '"1h" is not a whole number of seconds', "3600"),
        (
            {"failover": [{"name": "y"}, {"name": "x", "split": "half"}]},
            "failover[1].split",
            'relationship "x"',
            '"half" is not a whole number from 0 to 256',
            "128",
        ),
        (
            {"failover": [{"name": "x", "split": "half"}], "positions": [7]},
            "failover[7].split",
            'relationship "x"',
            '"half" is not',
            "128",
        ),
        (
            {"failover": [{"name": "x", "max_unacked_update": 10}]},
            "failover[0].max_unacked_update",
            'relationship "x"',
            "`max_unacked_update` (value 10)",
            "`max_unacked_updates`",
        ),
        ({"mistakes": [["dhcp_server_x", "here", "It is.", "Do."]]}, "x", "here", "It is.", "Do."),
        # The interpreter finds faults in dhcpd's own statements, and names their variable.
        (
            {"subnets": [{**SUBNET, "parameters": {"ping_check": "perhaps"}}]},
            "subnets[0].parameters.ping_check",
            "subnet 10.0.0.0/24",
            "`ping_check perhaps` would make dhcpd refuse to start",
            "",
        ),
        (
            {"hosts": [{"name": "h", "hardware": "ethernt 1:2:3:4:5:6"}]},
            "hosts[0].hardware",
            'reservation "h"',
            "`ethernt` stands where dhcpd expects a kind of hardware",
            "",
        ),
        # Text that would become more than one statement in the file.
        (
            {"parameters": {"next_server": "10.0.0.1; } x"}},
            "parameters.next_server",
            "",
            '"10.0.0.1; } x" is not one value',
            "one statement",
        ),
        (
            {"classes": [{"name": "c", "match": "if known; lease limit 1"}]},
            "classes[0].match",
            'class "c"',
            "more than one statement",
            "one statement",
        ),
        (
            {"subnets": [{**SUBNET, "pools": [{"allow": ["known-clients; }"]}]}]},
            "subnets[0].pools[0].allow",
            "subnet 10.0.0.0/24, pool 1",
            "more than one statement",
            "one statement",
        ),
        (
            {"option_definitions": [{"name": "o", "code": 224, "type": "text; x"}]},
            "option_definitions[0].type",
            'option definition "o"',
            "more than one statement",
            "one statement",
        ),
    ],
)
def test_an_unreadable_value_is_one_finding(
    data: dict[str, Any], variable: str, path: str, words: str, hint: str
) -> None:
    problem = only(server(**data))
    assert (problem.slug, problem.severity.value) == ("declaration-invalid", "error")
    assert (problem.servers, problem.path, problem.line) == (("one",), path, None)
    assert problem.variable == f"dhcp_server_{variable}"
    assert words in problem.message
    assert hint in problem.hint


def test_a_mapping_in_place_of_a_list_is_reported_and_read() -> None:
    found = server(subnets={**SUBNET, "ranges": "10.0.0.5"})
    assert only(found).hint.startswith("Put `- ` before its first line")
    assert [str(item) for item in found.pools[0].ranges] == ["10.0.0.5"]


@pytest.mark.parametrize("data", [None, 3, "text", [], {"name": None}, {"name": ["a"]}])
def test_invalid_servers(data: Any) -> None:
    assert isinstance(read_variables(data), Server)


def test_unknown_names_are_judged_as_in_text() -> None:
    found = server(options={"domain_name_server": "10.0.0.1"}, parameters={"defalt_lease_time": 5})
    assert [(problem.slug, problem.severity.value, problem.line) for problem in found.problems] == [
        ("statement-unknown", "error", None)
    ] * 2
    assert {problem.hint for problem in found.problems} == {
        "Did you mean `default-lease-time`?",
        "Did you mean `domain-name-servers`?",
    }


def test_faults_in_extra_text_say_where() -> None:
    data = {**SUBNET, "extra": "option routers 10.0.0.1;\n range 10.0.0.5\n\n"}
    found = server(subnets=[data], extra="nonsense 1;")
    assert [(problem.slug, problem.path, problem.line) for problem in found.problems] == [
        ("syntax", "dhcp_server_subnets[0].extra line 2, column 16, subnet 10.0.0.0/24", None),
        ("statement-unknown", "dhcp_server_extra line 1", None),
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["10.0.0.0/24", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["name", "subnet", "ranges", "pools"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(DECLARATION)) | st.text(max_size=5), JSON, max_size=5))
def test_any_data_gives_findings_only(data: dict[str, Any]) -> None:
    found = read_variables({"name": "one", **data})
    assert all(str(problem).isprintable() for problem in found.problems)
    assert repr(found)


@given(st.sampled_from(["subnets", "shared_networks", "hosts", "classes", "failover", "option_definitions"]), st.data())
def test_any_data_in_a_list_gives_findings_only(key: str, data: st.DataObject) -> None:
    keys = ["name", "subnet", "ranges", "pools", "options", "parameters", "extra", "allow", "match", "subclasses"]
    keys += ["addresses", "hardware", "role", "split", "port", "subnets", "default_lease_time", "code", "type"]
    item = data.draw(st.dictionaries(st.sampled_from(keys), JSON, max_size=6))
    server(**{key: [{"name": "x", "subnet": "10.0.0.0/24", **item}]})
