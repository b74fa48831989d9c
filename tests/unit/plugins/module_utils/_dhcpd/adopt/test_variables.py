# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-written configurations become variables and back again without a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.proof import Proof, prove
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.variables import (
    Adopted,
    adopt,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import OMAPI_FILE as OMAPI
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.inventory import by_hand
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import DECLARATION
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf, omapi_conf
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils import handwritten
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import ONE, TWO
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils.configurations import configuration

HERE = Path(__file__).parent.parent.parent
TEMPLATES = HERE.parents[1] / "roles/dhcp_server"
ROLE = HERE.parents[3] / "roles/dhcp_server"
OMAPI_TEXT = """
key omapi_key { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAA=="; };
omapi-port 7911;
omapi-key omapi_key;
"""
INCLUDES = {
    "/etc/dhcp/relationships.conf": (HERE / "fixtures/relationships.conf").read_text(),
    OMAPI: OMAPI_TEXT,
}
FILES = sorted([*HERE.glob("fixtures/*.conf"), *TEMPLATES.glob("*.conf"), *TEMPLATES.glob("golden/*.dhcpd.conf")])
TEXTS = {**{path.name: path.read_text() for path in FILES}, "one": ONE, "two": TWO}


def proof_of(found: Adopted) -> tuple[Proof, str]:
    """The proof for the adopted variables, and the rendered file."""
    declaration = {
        **DECLARATION,
        **found.variables,
        "name": "one",
        "failover": [by_hand(half) for half in found.halves],
    }
    written = dhcpd_conf(declaration)
    new = {**found.new, OMAPI: omapi_conf(declaration, "AAAAAAAAAAAAAAAAAAAAAA==")}
    return prove(found, declaration, written, new), written


def same_again(text: str, **includes: str) -> Adopted:
    """Adopt a text, and check that the role's file from its variables means the same."""
    found = adopt("one", text, {**INCLUDES, **includes})
    proof, written = proof_of(found)
    assert proof == Proof(), written
    return found


def adopted(text: str, **includes: str) -> dict[str, Any]:
    return same_again(text, **includes).variables


def subnet(text: str) -> dict[str, Any]:
    (found,) = adopted(f"subnet 10.0.0.0 netmask 255.255.255.0 {{ {text} }}")["subnets"]
    return {key: value for key, value in found.items() if key != "subnet"}


# --- both ways -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_a_whole_file_means_the_same_as_its_variables(name: str) -> None:
    found = same_again(TEXTS[name])
    assert found.variables or found.halves


@pytest.mark.parametrize("name", handwritten.TEXTS)
def test_hand_written_configurations(name: str) -> None:
    text = handwritten.TEXTS[name]
    same_again(text.config, **text.includes)


def test_skipped_statements_are_not_lost() -> None:
    extra = adopted(TEXTS["campus.conf"])["extra"]
    for text in ("option space pxe;", "zone campus.example.", 'log (info, "relayed; {yes}")', "key ddns.;"):
        assert text in extra
    assert extra.index("option space pxe;") < extra.index("option pxe.mtftp-ip code 1")


STATEMENTS = st.sampled_from(
    [
        'option domain-name "a.example";',
        'option domain-name "b.example";',
        "option routers 10.0.0.1;",
        "option routers 10.0.0.1, 10.0.0.2;",
        "option domain-name-servers ns.example, 10.0.0.3;",
        'option domain-search "a.example", "b.example";',
        'option root-path "a, b";',
        'option vendor-class-identifier "01:02";',
        "option vendor-encapsulated-options 01:02:ff;",
        "option ip-forwarding off;",
        "option time-offset -3600;",
        "option static-routes 10.4.0.0 10.3.0.1, 10.5.0.0 10.3.0.2;",
        "default-lease-time 0600;",
        "default-lease-time 600;",
        "max-lease-time infinite;",
        "min-lease-time 0x3c;",
        "allow booting;",
        "deny booting;",
        "allow-booting false;",
        "ignore client-updates;",
        "ping-check on;",
        'filename "a b";',
        'filename "a\\\\b";',
        'server-name "boot";',
        "next-server boot.example;",
        'ddns-hostname = pick (option fqdn.hostname, "x");',
        'if exists user-class { option domain-name "c.example"; }',
        "if known { deny booting; } else { ping-check off; }",
        "set a = option host-name;",
        "authoritative;",
        "not authoritative;",
    ]
)
POOL = st.sampled_from(
    [
        'failover peer "x";',
        "deny dynamic bootp clients;",
        "allow unknown-clients;",
        "deny known clients;",
        'allow members of "c";',
        "range 10.0.0.10 10.0.0.20;",
        "range 10.0.0.30;",
    ]
)
BODY = st.lists(STATEMENTS, max_size=5).map(" ".join)
# Statements that dhcpd rejects in a pool or a reservation.
POOL_BODY = st.lists(STATEMENTS.filter(lambda text: text[:5] not in ("allow", "deny ")), max_size=5).map(" ".join)
HOST_BODY = st.lists(STATEMENTS.filter(lambda text: "authoritative" not in text), max_size=5).map(" ".join)
SUBNET = st.tuples(
    BODY, st.lists(st.tuples(POOL_BODY, st.lists(POOL, unique=True).map(" ".join)), max_size=2), BODY
).map(
    lambda parts: (
        f"{parts[0]} {' '.join(f'pool {{ {body} {pool} }}' for body, pool in parts[1])} {parts[2]} "
        "host inside { fixed-address 10.0.0.9; }"
    )
)
HALF = 'failover peer "x" { primary; address 10.0.0.1; peer address 10.0.0.2; mclt 60; split 128; }'


@given(BODY, SUBNET, HOST_BODY, BODY, st.booleans())
def test_any_order_of_statements_means_the_same(top: str, inner: str, host: str, member: str, shared: bool) -> None:
    network = f"subnet 10.0.0.0 netmask 255.255.255.0 {{ {inner} }}"
    same_again(
        f"""{top} {HALF}
        class "c" {{ match if option host-name = "x"; {member} }}
        {f"shared-network s {{ {host} {network} }}" if shared else network}
        group {{ {member} host grouped {{ {host} }} }}
        host one {{ hardware ethernet 52:54:0:C1:FB:9c; uid "one"; {host} }}
        {top}"""
    )


@settings(suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_in_whatever_means_the_same(data: st.DataObject) -> None:
    same_again(configuration(data))


# --- what each part becomes ------------------------------------------------------------------------------------------


def test_the_exercise_is_read_as_people_would_write_it() -> None:
    found = same_again(TEXTS["seed-primary.conf"])
    assert found.variables == {
        "subnets": [
            {
                "subnet": "172.16.1.0/24",
                "options": {
                    "domain_name_servers": "172.16.1.1",
                    "broadcast_address": "172.16.1.255",
                    "subnet_mask": "255.255.255.0",
                    "routers": "172.16.1.1",
                },
                "pools": [{"failover": "dhcp-failover", "deny_bootp": False, "ranges": ["172.16.1.220-172.16.1.230"]}],
            }
        ]
    }
    assert [half.name for half in found.halves] == ["dhcp-failover"]
    assert found.extra == []


@pytest.mark.parametrize(
    "text, expected",
    [
        ('option domain-name "x.example";', {"options": {"domain_name": "x.example"}}),
        ('option domain-name "a\\"b";', {"options": {"domain_name": '"a\\"b"'}}),
        ("option interface-mtu 1500;", {"options": {"interface_mtu": 1500}}),
        ("default-lease-time 600;", {"default_lease_time": 600}),
        ('filename "pxelinux.0";', {"parameters": {"filename": "pxelinux.0"}}),
        ("allow booting; deny booting;", {"parameters": {"deny": ["booting"]}}),
        ("deny booting; allow-booting true;", {"parameters": {"allow_booting": True}}),
        # In quotes these are five characters; without quotes, two octets.
        ('option vendor-class-identifier "01:02";', {"options": {"vendor_class_identifier": '"01:02"'}}),
        ("option vendor-class-identifier 01:02;", {"options": {"vendor_class_identifier": "01:02"}}),
        ("authoritative;", {"authoritative": True}),
        ("range 10.0.0.5 10.0.0.9;", {"ranges": ["10.0.0.5-10.0.0.9"]}),
        ("interface eth1;", {"extra": "interface eth1;\n"}),
        ("filename = option root-path;", {"extra": "filename = option root-path;\n"}),
        (
            # It wins because it is set after the condition; before `extra` it would not.
            "if known { option routers 10.0.0.1; } option routers 10.0.0.2;",
            {"extra": "if known {\n    option routers 10.0.0.1;\n}\noption routers 10.0.0.2;\n"},
        ),
        (
            "pool { range 10.0.0.5; deny known-clients; }",
            {"pools": [{"deny": ["known-clients"], "ranges": ["10.0.0.5"]}]},
        ),
    ],
)
def test_statements_of_a_subnet(text: str, expected: dict[str, Any]) -> None:
    assert subnet(text) == expected


def test_a_pool_that_denies_bootp_needs_no_variable() -> None:
    (found,) = subnet('pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.5; }')["pools"]
    assert found == {"failover": "x", "ranges": ["10.0.0.5"]}


def test_a_pool_that_allows_and_denies_bootp_says_both() -> None:
    both = 'failover peer "x"; allow dynamic bootp clients; deny dynamic bootp clients; range 10.0.0.5;'
    (found,) = subnet(f"pool {{ {both} }}")["pools"]
    assert (found["allow"], found["deny"]) == (["dynamic bootp clients"], ["dynamic bootp clients"])


def test_reservations_and_classes() -> None:
    found = adopted(
        """class "c" { match if substring (option host-name, 0, 1) = "a"; lease limit 3; }
        class "m" { match hardware; } subclass "m" 1:52:54:00:00:00:01; subclass "m" "text";
        host h { hardware ethernet 52:54:00:C1:FB:9C; fixed-address 10.0.0.9; option host-name "h"; }"""
    )
    assert found == {
        "classes": [
            {"name": "c", "match": 'if substring(option host-name, 0, 1) = "a"', "lease_limit": 3},
            {"name": "m", "match": "hardware", "subclasses": ["1:52:54:00:00:00:01", "text"]},
        ],
        "hosts": [{"name": "h", "hardware": "52:54:00:c1:fb:9c", "address": "10.0.0.9", "options": {"host_name": "h"}}],
    }


def test_a_class_that_needs_a_later_definition_stays_behind_it() -> None:
    found = adopted('option space a; option a.b code 1 = text; class "c" { match if exists a.b; } class "d" { }')
    assert "classes" not in found
    assert found["extra"].index("option a.b") < found["extra"].index('class "c"') < found["extra"].index('class "d"')


def test_included_files_become_variables() -> None:
    text = 'include "/etc/dhcp/subnets.conf";'
    found = adopted(text, **{"/etc/dhcp/subnets.conf": "subnet 10.0.0.0 netmask 255.255.255.0 { }"})
    assert found == {"subnets": [{"subnet": "10.0.0.0/24"}]}


# --- what dhcpd reads from top to bottom -----------------------------------------------------------------------------


def handmade(name: str) -> Adopted:
    return same_again(handwritten.TEXTS[name].config, **handwritten.TEXTS[name].includes)


def kept(found: Adopted) -> list[tuple[str, str]]:
    """The parts that stay text: place and first words."""
    return [(item["place"], " ".join(item["statement"].split()[:2])) for item in found.extra]


def test_a_class_inside_a_subnet_comes_before_its_pools() -> None:
    found = handmade("classes-inside-the-subnet-they-serve")
    place = "subnet 192.0.2.0/24"
    assert kept(found) == [(place, 'class "port-12"'), (place, 'class "port-14"')]
    (item,) = found.variables["subnets"]
    assert [pool["allow"] for pool in item["pools"]] == [['members of "port-12"'], ['members of "port-14"']]
    text = proof_of(found)[1]
    assert text.index('class "port-14"') < text.index('members of "port-12"')


@pytest.mark.parametrize(
    "name, why",
    [
        ("bare-range-after-a-pool-like-it", "a range in it comes after a pool, which it may join"),
        ("bare-range-after-a-pool-beside", "a range in it comes after a pool, which it may join"),
        ("class-inside-a-subnet-used-by-a-shared-network", 'others speak of class "a" in it'),
        ("class-inside-a-shared-network", 'its subnets come after class "a"'),
        ("class-with-its-rest-inside-a-subnet", 'others speak of class "a" in it'),
        ("named-group-inside-a-subnet", 'others speak of group "thin" in it'),
        ("authoritative-in-between", "`authoritative` is stated after it, and counts for later networks only"),
        ("authoritative-behind-subnets-of-a-link", "`authoritative` in it counts for the later subnets only"),
        ("first-of-two-reservations-without-address", "of the reservations plain and grouped the first one wins"),
        ("option-used-before-it-is-redefined", "option host-name is defined after it"),
        ("two-classes-inside-networks-in-another-order", 'class "a" in it comes before others'),
    ],
)
def test_a_block_whose_place_counts_stays_text_as_a_whole(name: str, why: str) -> None:
    found = handmade(name)
    assert [item["place"] for item in found.extra if item["why"] == why] == ["global"]


@pytest.mark.parametrize(
    "name, settings",
    [
        (
            "groups-inside-groups",
            [
                {"options": {"domain_name": "outer.example"}, "parameters": {"next_server": "192.0.2.9"}},
                {
                    "options": {"domain_name": "outer.example"},
                    "parameters": {"next_server": "192.0.2.9", "filename": "own.0"},
                },
                {
                    "options": {"domain_name": "innermost.example"},
                    "parameters": {"next_server": "192.0.2.9", "filename": "inner.0"},
                },
            ],
        ),
        (
            "group-inside-a-subnet",
            [{"options": {"routers": "192.0.2.254"}, "parameters": {"use_host_decl_names": True}}] * 2,
        ),
    ],
)
def test_reservations_in_a_group_state_its_settings(name: str, settings: list[Any]) -> None:
    found = handmade(name)
    shown = [{key: host[key] for key in ("options", "parameters")} for host in found.variables["hosts"]]
    assert (shown, found.extra) == (settings, [])


def test_a_relationship_of_a_shared_network_applies_to_all_its_pools() -> None:
    found = handmade("relationship-inside-a-shared-network")
    assert [half.name for half in found.halves] == ["fo"]
    (network,) = found.variables["shared_networks"]
    assert [pool["failover"] for pool in network["pools"]] == ["fo", "fo"]
    assert found.extra == []


def test_an_inherited_relationship_is_named_in_the_pools() -> None:
    (network,) = handmade("relationship-handed-down-by-a-shared-network").variables["shared_networks"]
    assert ["failover" in pool for subnet in network["subnets"] for pool in subnet["pools"]] == [False, True]
    assert [pool["failover"] for pool in network["pools"]] == ["fo", "fo"]


def test_reservations_inside_their_network_are_reservations_like_others() -> None:
    found = handmade("reservation-inside-a-shared-network")
    assert [host["name"] for host in found.variables["hosts"]] == ["a", "b"]
    assert [item["statement"].split()[1] for item in found.extra] == ["c", "d"]


def test_conditions_are_reported_once_in_full() -> None:
    (item,) = (item for item in handmade("pxe-by-architecture").extra if item["why"] == "a condition")
    assert item["statement"].startswith("if exists user-class and")
    assert item["statement"].endswith('else {\n    filename "pxelinux.0";\n}')
    assert item["statement"].count("elsif") == 2


def test_an_option_that_is_defined_twice_keeps_its_order() -> None:
    extra = handmade("option-redefined").variables["extra"]
    assert extra.splitlines() == [
        "option thing code 224 = text;",
        'option thing "text";',
        "option thing code 224 = ip-address;",
        "option thing 192.0.2.7;",
    ]


# --- secrets -------------------------------------------------------------------------------------------------------

KEY = 'key %s { algorithm hmac-md5; secret "c2VjcmV0LXNlY3JldA=="; }'
ZONE = "zone example. { primary 127.0.0.1; key ddns; }"


@pytest.mark.parametrize(
    "text, includes, extra, fates",
    [
        (f"{KEY % 'ddns'} {ZONE}", {}, "keys.conf", ["move it to /etc/dhcp/keys.conf"]),
        (f"{KEY % 'omapi_key'} omapi-port 7911; omapi-key omapi_key;", {}, None, ["OMAPI"]),
        ('include "/k";', {"/k": KEY % "ddns"}, "/k", ["stays on the host"]),
        (f'include "{OMAPI}";', {OMAPI: OMAPI_TEXT}, None, ["OMAPI"]),
        ('include "/k";', {"/k": KEY % "k" + "omapi-port 7911; omapi-key k;"}, None, ["OMAPI"]),
    ],
)
def test_keys_are_never_in_the_variables(
    text: str, includes: dict[str, str], extra: str | None, fates: list[str]
) -> None:
    found = same_again(text, **includes)
    shown = repr((found.variables, found.extra, found.keys, found.notes))
    assert "c2VjcmV0" not in shown
    assert "AAAAAAAA" not in shown
    assert [fate in key["fate"] for key, fate in zip(found.keys, fates)] == [True] * len(fates)
    assert (extra or "") in found.variables.get("extra", "")
    assert bool(extra) is ("extra" in found.variables)


def test_keys_inside_blocks_are_taken_out_of_them() -> None:
    found = handmade("key-and-zone-inside-a-subnet")
    assert [key["name"] for key in found.keys] == ["inner"]
    assert found.variables["extra"] == 'include "/etc/dhcp/keys.conf";\n'
    assert "secret" not in repr((found.variables, found.extra))


def test_a_secret_that_cannot_be_removed_is_refused() -> None:
    with pytest.raises(ValueError, match="rejects `ldap-password`"):
        adopt("one", 'subnet 10.0.0.0 netmask 255.255.255.0 { ldap-password "x"; }')


def test_a_key_shared_by_omapi_and_a_zone_stays_with_the_zone() -> None:
    found = same_again(f"{KEY % 'ddns'} {ZONE} omapi-port 7911; omapi-key ddns;")
    assert 'include "/etc/dhcp/keys.conf";' in found.variables["extra"]
    assert any("a zone's" in note for note in found.notes)


def test_a_file_that_was_not_read_is_named() -> None:
    with pytest.raises(ValueError, match=r'^line 2: the included file "/etc/more\.conf" was not read'):
        adopt("one", '\ninclude "/etc/more.conf";')


def test_what_dhcpd_would_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^dhcpd itself would not take this configuration.*line 1"):
        adopt("one", "subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1 }")
    with pytest.raises(ValueError, match=r"^dhcpd itself crashes with this configuration"):
        adopt("one", "if known { switch (option host-name) { default: } }")
