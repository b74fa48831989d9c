# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declaration as Kea's configuration, back again, and what is refused."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_declared
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.declared import (
    ADDRESSES,
    POOL,
    RELATIONSHIP,
    SUBNET,
    pool,
    subnet,
    variables,
)

KEA = dialect("kea")
_PLACES = ("line", "from_text", "problems", "variable", "origin", "definition_origins")


def plain(value: Any) -> Any:
    """A declaration as plain data, without where it comes from."""
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value) if item.name not in _PLACES}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def text(declared: Server) -> str:
    return json.dumps(KEA.render(declared), indent=2)


def both_ways(declared: Server) -> tuple[Server, Server]:
    """The declaration as Kea understands it, and the same read from the file."""
    resolved = KEA.resolve(declared, {})
    written = text(declared)
    assert written == text(declared)
    return resolved, KEA.parse(declared.name, written, {}, declared.address)


def test_the_seed_pair() -> None:
    data = KEA.render(declare(variables()))["Dhcp4"]
    ha = data["hooks-libraries"][-1]["parameters"]["high-availability"][0]
    assert ha["this-server-name"] == "x-primary"
    assert [(peer["name"], peer["url"], peer["role"], peer["auto-failover"]) for peer in ha["peers"]] == [
        ("x-primary", "http://172.16.1.100:8000/", "primary", True),
        ("x-secondary", "http://172.16.1.200:8000/", "standby", True),
    ]
    delays = ("heartbeat-delay", "max-response-delay", "max-ack-delay", "sync-page-limit")
    assert [ha[name] for name in delays] == [2000, 10000, 3000, 1000]
    assert data["subnet4"] == [
        {
            "id": 0xAC100100,
            "subnet": "172.16.1.0/24",
            "option-data": [
                {"name": "routers", "data": "172.16.1.1"},
                {"name": "domain-name-servers", "data": "172.16.1.1"},
            ],
            "pools": [{"pool": "172.16.1.220 - 172.16.1.230"}],
        }
    ]
    assert [data[f"{which}valid-lifetime"] for which in ("", "max-", "min-")] == [43200, 86400, 300]


def test_only_declared_interfaces_are_served() -> None:
    silent = declare(variables(interfaces=[]))
    assert KEA.render(silent)["Dhcp4"]["interfaces-config"]["interfaces"] == []
    assert [finding.slug for finding in check([KEA.resolve(silent, {})])].count("interfaces-missing") == 1


def test_the_two_servers_differ_in_one_word() -> None:
    one, two = (text(declare(variables(host))).splitlines() for host in ADDRESSES)
    assert [(a, b) for a, b in zip(one, two) if a != b] == [
        ('              "this-server-name": "x-primary",', '              "this-server-name": "x-secondary",')
    ]


def test_load_balancing_halves_every_pool() -> None:
    halves = [{**RELATIONSHIP, "mode": "load-balancing"}]
    networks = pool(ranges=["172.16.1.220-172.16.1.222", "172.16.1.230-172.16.1.233"], allow=["known-clients"])
    declared = declare(variables(relationships=halves, subnets=networks))
    pools = KEA.render(declared)["Dhcp4"]["subnet4"][0]["pools"]
    guards = [f"permits: allow known-clients (x-{side})" for side in ("primary", "secondary")]
    assert pools == [
        {"pool": "172.16.1.220 - 172.16.1.222", "client-class": guards[0]},
        {"pool": "172.16.1.230 - 172.16.1.230", "client-class": guards[0]},
        {"pool": "172.16.1.231 - 172.16.1.233", "client-class": guards[1]},
    ]
    resolved, read = both_ways(declared)
    assert resolved.problems == read.problems == ()
    assert [item.half for item in read.pools] == ["x-primary", "x-primary", "x-secondary"]


def test_several_relationships_name_one_in_every_network() -> None:
    relationships = [RELATIONSHIP, {**RELATIONSHIP, "name": "y", "ha_port": 8001}]
    other = {"subnet": "10.0.0.0/24", "pools": [{"failover": "y", "ranges": ["10.0.0.10-10.0.0.20"]}]}
    declared = declare(variables(relationships=relationships, subnets=[SUBNET, other]))
    resolved, read = both_ways(declared)
    assert plain(resolved) == plain(read)
    assert [item.failover for item in read.pools] == ["x", "y"]
    assert [(half.name, half.port) for half in read.halves] == [("x", 8000), ("y", 8001)]


def test_takeover_tls_and_ports() -> None:
    relationships = [{**RELATIONSHIP, "takeover": "manual", "tls": True, "ha_port": 8443, "heartbeat": 1}]
    _resolved, read = both_ways(declare(variables(relationships=relationships)))
    (half,) = read.halves
    assert (half.takeover, half.tls, half.port, half.peer_port, half.heartbeat) == (False, True, 8443, 8443, 1)
    assert half.ha is not None
    assert half.ha.peers[0].url == "https://172.16.1.100:8443/"


def test_a_reservation_may_be_in_several_subnets_and_known_everywhere() -> None:
    hosts = [
        {"name": "m", "hardware": "52:54:00:c1:fb:9d", "addresses": ["172.16.1.51", "10.0.0.9"]},
        {"name": "lap", "client_id": "laptop"},
        {"name": "quoted", "client_id": "it's", "options": {"host_name": "q"}},
    ]
    networks = [*pool(allow=["known-clients"]), {"subnet": "10.0.0.0/24"}]
    resolved, read = both_ways(declare(variables(hosts=hosts, subnets=networks)))
    assert plain(resolved) == plain(read)
    assert read.problems == ()
    assert sorted((item.name, item.hardware, item.client_id, len(item.addresses)) for item in read.reservations) == [
        ("lap", None, "laptop", 0),
        ("m", "ethernet 52:54:00:c1:fb:9d", None, 2),
        ("quoted", None, "it's", 0),
    ]


# --- refusals ---------------------------------------------------------------------------------------------------------


def host(**more: Any) -> dict[str, Any]:
    return {"hosts": [{"name": "h", "hardware": "2:0:0:0:0:1", "address": "172.16.1.50", **more}]}


def related(**more: Any) -> dict[str, Any]:
    return {"relationships": [{**RELATIONSHIP, **more}]}


def classed(**more: Any) -> dict[str, Any]:
    return {"classes": [{"name": "c", "match": "if exists user-class", **more}]}


def without_takeover() -> dict[str, Any]:
    return {"relationships": [{key: value for key, value in RELATIONSHIP.items() if key != "takeover"}]}


@pytest.mark.parametrize(
    "changes, says",
    [
        (without_takeover(), "does not say who decides that a server serves alone"),
        (related(split=128), "Kea has no split 128"),
        (related(split=0), "name the other server as primary"),
        (related(hba=":".join(["ff"] * 32)), "Remove hba"),
        (related(max_response_delay=66), "Kea allows no more than 65 seconds"),
        (related(heartbeat=0), "heartbeat is 0"),
        (related(auto_partner_down=60), "write takeover: automatic"),
        ({"extra": "ping-check off;"}, "text of a dhcpd.conf"),
        ({"subnets": [subnet(extra="option x-y 1;")]}, "text of a dhcpd.conf"),
        ({"subnets": pool(extra="# only a comment")}, "text of a dhcpd.conf"),
        ({"parameters": {"ping_check": True}}, "no counterpart for `ping-check true`"),
        ({"parameters": {"one_lease_per_client": True}}, "one-lease-per-client true"),
        ({"parameters": {"ddns_update_style": "interim"}}, "ddns-update-style interim"),
        ({"parameters": {"next_server": "boot.example"}}, "Kea looks up no names"),
        ({"parameters": {"filename": "x" * 128}}, "Shorten it to 127 characters"),
        ({"parameters": {"dhcp_cache_threshold": 25}}, "the partner may not know"),
        ({"subnets": pool(parameters={"filename": "x"})}, "in a pool"),
        ({"subnets": pool(default_lease_time=60)}, "Kea has no default-lease-time here"),
        ({"subnets": pool(allow=["authenticated clients"])}, "no counterpart for `allow authenticated clients`"),
        ({"subnets": pool(deny=["all clients"])}, "no counterpart for `deny all clients`"),
        ({"subnets": pool(options={"dhcp_renewal_time": 5})}, "for the whole subnet"),
        ({"subnets": pool(failover=None)}, "covers whole subnets"),
        ({"subnets": [subnet(ranges=["172.16.1.9"])]}, "covers whole subnets"),
        ({"subnets": pool(failover="z")}, 'The relationship "z" is not declared'),
        ({"options": {"routers": "gate.example"}}, "Give its address"),
        (host(address="printer.example"), "printer.example is a host name"),
        (host(client_id="x"), "Remove one of the two"),
        (host(hardware="infiniband 2:0:0:0:0:1"), "no hardware of kind infiniband"),
        (host(max_lease_time=60), "Give the client a class"),
        (classed(match='if option host-name ~= "x"'), "expression that has no translation"),
        (classed(match="if known"), "never true in a class"),
        (classed(match="if not (exists user-class and exists host-name)"), "Write `not A or not B`"),
        (classed(lease_limit=4), "only from release 3.0"),
        (
            {**classed(default_lease_time=60), "subnets": [subnet(max_lease_time=90)]},
            "without max-lease-time, which subnet 172.16.1.0/24 has",
        ),
        ({"subnets": pool(allow=["dynamic bootp clients"])}, "Kea serves no BOOTP clients"),
        ({"options": {"subnet_mask": "255.255.0.0"}}, "Kea sends the mask of the subnet"),
        ({"options": {"dhcp_parameter_request_list": [1, 3]}}, "what the client asks for"),
        ({"options": {"vivso": "00:00:00:09:00"}}, "only those parts for which the client asks"),
        ({"options": {"interface_mtu": "x"}}, "x is not a number"),
        ({"options": {"domain_search": "a.example, b.example"}}, "is not the name of a domain"),
        (
            {
                "hosts": [{"name": "h", "hardware": "2:0:0:0:0:1", "addresses": ["172.16.1.50", "10.0.0.50"]}],
                "subnets": [],
                "shared_networks": [{"name": "n", "subnets": [SUBNET, {"subnet": "10.0.0.0/24"}]}],
            },
            "Keep one address for each network",
        ),
        (classed(name="KNOWN"), "a class of this name by itself"),
        (classed(name="HA_x"), "a class of this name by itself"),
        (classed(options={"routers": "172.16.1.2"}), "Kea sends the network's"),
        (
            {"option_definitions": [{"name": "a.b", "code": 230, "type": "text"}], "options": {"a.b": "1"}},
            "option space",
        ),
    ],
)
def test_no_counterpart(changes: dict[str, Any], says: str) -> None:
    found = KEA.resolve(declare(variables(**changes)), {}).problems
    errors = [item for item in found if item.severity is Severity.ERROR]
    assert says in " ".join(map(str, errors)), errors
    for item in found:
        assert item.servers == ("one",)
        assert item.message.endswith(".")
        assert item.hint.endswith(".")


def test_settings_without_effect_are_told() -> None:
    (found,) = KEA.resolve(declare(variables(**related(mclt=1800, max_unacked_updates=10))), {}).problems
    assert found.severity is Severity.WARNING
    assert found.message == "mclt, max_unacked_updates have no counterpart in Kea, and have no effect."


def test_a_name_of_a_network_is_told() -> None:
    """Clients that tell their own name get that."""
    (found,) = KEA.resolve(declare(variables(options={"host_name": "desk"})), {}).problems
    assert found.severity is Severity.WARNING
    assert found.hint == "Declare host_name for hosts only."


def test_the_mask_of_the_subnet_may_be_stated() -> None:
    declared = declare(variables(subnets=[subnet(options={"subnet_mask": "255.255.255.0"})]))
    assert KEA.resolve(declared, {}).problems == ()


@pytest.mark.parametrize("more", [{"options": {"host_name": "p"}}, {"parameters": {"use_host_decl_names": True}}])
def test_the_name_of_a_reservation_is_told_to_clients_that_have_one(more: dict[str, Any]) -> None:
    name = "p" if "options" in more else "h"
    declared = declare(variables(hosts=[{"name": "h", "hardware": "2:0:0:0:0:1", "address": "172.16.1.50", **more}]))
    (reserved,) = KEA.render(declared)["Dhcp4"]["subnet4"][0]["reservations"]
    assert reserved["hostname"] == name
    assert both_ways(declared)[1].reservations[0].scope.options == {"host-name": (name,)}


def test_no_lease_comes_from_the_cache() -> None:
    """The partner would not know it. From its third release on, Kea has a threshold of 0.25 if nothing is stated."""
    assert KEA.render(declare(variables()))["Dhcp4"]["cache-max-age"] == 0


def test_parameters_that_say_what_kea_does_are_accepted() -> None:
    parameters = {"ping_check": False, "ddns_update_style": "none", "get_lease_hostnames": "off", "min_secs": 0}
    parameters["dhcp_cache_threshold"] = 0
    assert KEA.resolve(declare(variables(parameters=parameters)), {}).problems == ()


# --- the same declaration ---------------------------------------------------------------------------------------------

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "options": st.dictionaries(
            st.sampled_from(["routers", "domain_name", "ntp_servers", "root_path", "own", "user_class"]),
            st.sampled_from(["10.0.0.1"]),
            max_size=2,
        )
    },
)
TIMES = st.fixed_dictionaries(
    {},
    optional={
        "default_lease_time": st.sampled_from([60, 600, 90000, -1]),
        "max_lease_time": st.sampled_from([7200, 100000, -1]),
        "min_lease_time": st.sampled_from([30, 600]),
    },
)
PERMITS = st.lists(
    st.sampled_from(["known-clients", "unknown-clients", 'members of "a"', 'members of "b"']), max_size=2
)


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """Variables that all have a translation."""

    def pools(net: int) -> list[dict[str, Any]]:
        return [
            {
                "failover": "x",
                "ranges": [f"10.0.{net}.{number * 50 + 10}-10.0.{net}.{number * 50 + 19}"] * 1
                + [f"10.0.{net}.{number * 50 + 30}"] * draw(st.integers(0, 1)),
                "allow": draw(PERMITS),
                "deny": draw(PERMITS),
                **draw(SETTINGS),
            }
            for number in range(draw(st.integers(0, 3)))
        ]

    networks = [
        {"subnet": f"10.0.{net}.0/24", "pools": pools(net), **draw(SETTINGS), **draw(TIMES)}
        for net in range(1, draw(st.integers(2, 4)))
    ]
    shared = (
        [{"name": "n", "subnets": networks[1:], **draw(SETTINGS), **draw(TIMES)}]
        if networks[1:] and draw(st.booleans())
        else []
    )
    hosts = [
        {
            "name": f"h{number}",
            **draw(
                st.sampled_from(
                    [
                        {"hardware": f"2:0:0:0:0:{number}"},
                        {"client_id": f"text {number}"},
                        {"client_id": f"01:{number:02}:ff"},
                    ]
                )
            ),
            **draw(st.sampled_from([{}, {"address": f"10.0.1.{number + 2}"}])),
            **draw(SETTINGS),
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    return variables(
        relationships=[{**RELATIONSHIP, "mode": draw(st.sampled_from(["hot-standby", "load-balancing"]))}],
        classes=[{"name": "a", "match": "if exists user-class"}, {"name": "b", "match": 'if option user-class = "b"'}],
        option_definitions=[{"name": "own", "code": 230, "type": "text"}],
        subnets=networks[:1] if shared else networks,
        shared_networks=shared,
        hosts=hosts,
        **draw(SETTINGS),
        **draw(TIMES),
    )


def served(server: Server) -> list[tuple[Any, ...]]:
    """What a server gives out: every address with the permits and options in effect there."""
    return sorted(
        (
            address,
            pool.failover,
            sorted(pool.permits - {"deny dynamic bootp clients"}),
            sorted(pool.scope.effective_options.items()),
        )
        for pool in server.pools
        for item in pool.ranges
        for address in range(item.low, item.high + 1)
    )


@given(declarations())
def test_rendering_and_parsing_gives_the_same_declaration(data: dict[str, Any]) -> None:
    declared = declare(data)
    resolved, read = both_ways(declared)
    assert resolved.problems == read.problems == ()
    assert plain(resolved) == plain(read)
    native = read_declared(declared)
    # A permit about the clients that no reservation names has two spellings.
    spelled = [str(served(server)).replace("deny known-clients", "allow unknown-clients") for server in (native, read)]
    spelled = [item.replace("deny unknown-clients", "allow known-clients") for item in spelled]
    assert spelled[0] == spelled[1]
    assert [(item.cidr, item.shared_network) for item in native.subnets] == [
        (item.cidr, item.shared_network) for item in read.subnets
    ]
    assert sorted(
        (item.name, item.hardware, item.client_id, item.addresses, sorted(item.scope.options.items()))
        for item in native.reservations
    ) == sorted(
        (item.name, item.hardware, item.client_id, item.addresses, sorted(item.scope.options.items()))
        for item in read.reservations
    )
    assert [(item.name, item.role, item.address, item.peer_address) for item in declared.halves] == [
        (item.name, item.role, item.address, item.peer_address) for item in read.halves
    ]
    assert POOL["failover"] == read.halves[0].name
