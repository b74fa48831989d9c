# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences between two configurations, statement by statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import How
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare, compare_omapi
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import ONE, TWO

FIXTURES = Path(__file__).parent.parent / "fixtures"
CAMPUS = (FIXTURES / "campus.conf").read_text()
INCLUDES = {"/etc/dhcp/relationships.conf": (FIXTURES / "relationships.conf").read_text()}

BASE = """
option code code 224 = text;
option domain-name "a.example";
ping-check on;
failover peer "x" { primary; address 10.0.0.1; peer address 10.0.0.2; mclt 60; split 128; max-unacked-updates 10; }
class "c" { match if known; lease limit 3; }
subclass "c" 1:52:54:00:00:00:01;
subnet 10.0.0.0 netmask 255.255.255.0 {
  option routers 10.0.0.1;
  if known { ping-check off; }
  pool { failover peer "x"; deny known-clients; range 10.0.0.10 10.0.0.20; range 10.0.0.30; max-lease-time 60; }
  pool { range 10.0.0.40 10.0.0.50; }
  range 10.0.0.60;
}
shared-network "s" { subnet 10.1.0.0 netmask 255.255.255.0 { } pool { range 10.1.0.10 10.1.0.20; } }
host h { hardware ethernet 52:54:00:00:00:01; fixed-address 10.0.0.9; option host-name "h"; }
"""
HOST = 'reservation "h"'
POOL = "subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20, 10.0.0.30"


def drift(live: str, declared: str = BASE) -> list[tuple[str, str | None, str | None]]:
    found = compare(read_server("one", live, INCLUDES), read_server("one", declared, INCLUDES))
    return [(item.subject, item.found, item.wanted) for item in found]


@pytest.mark.parametrize(
    "old, new, place, live, declared",
    [
        ("a.example", "b.example", "option domain-name", "b.example", "a.example"),
        ("ping-check on;", "", "ping-check", None, "true"),
        ("224 = text", "225 = text", "option definition code", "225, text", "224, text"),
        ("mclt 60", "mclt 61", 'relationship "x", mclt', "61", "60"),
        ("split 128;", "", 'relationship "x", split', None, "128"),
        ("primary; address 10.0.0.1", "primary; address 10.0.0.7", 'relationship "x", address', "10.0.0.7", "10.0.0.1"),
        ("updates 10;", "updates 10; port 647;", None, None, None),
        ("updates 10;", "updates 10; port 648;", 'relationship "x", port', "648", "647"),
        ("updates 10;", "updates 10; min-balance 5;", 'relationship "x", min-balance', "5", None),
        ("if known;", "if not known;", 'class "c", match', "if not known", "if known"),
        ("limit 3", "limit 4", 'class "c", lease limit', "4", "3"),
        ('subclass "c" 1:52:54:00:00:00:01;', "", 'class "c", subclass 01:52:54:00:00:00:01', None, "present"),
        ("routers 10.0.0.1", "routers 10.0.0.2", "subnet 10.0.0.0/24, option routers", "10.0.0.2", "10.0.0.1"),
        ('failover peer "x"; deny', "deny", f"{POOL}, relationship", None, "x"),
        ("10.0.0.20;", "10.0.0.25;", f"{POOL}, range 10.0.0.21-10.0.0.25", "present", None),
        ("10.0.0.20;", "10.0.0.15;", f"{POOL}, range 10.0.0.16-10.0.0.20", None, "present"),
        ("lease-time 60", "lease-time 90", f"{POOL}, max-lease-time", "90", "60"),
        ("pool { range 10.0.0.40 10.0.0.50; }", "", "subnet 10.0.0.0/24, pool 10.0.0.40-10.0.0.50", None, "present"),
        ("range 10.0.0.60;", "", "subnet 10.0.0.0/24, ranges outside of pools", None, "present"),
        ('"s" {', '"s" { option routers 10.1.0.1;', 'shared network "s", option routers', "10.1.0.1", None),
        ("ethernet 52:54:00:00:00:01", "fddi 1:2", f"{HOST}, hardware", "fddi 01:02", "ethernet 52:54:00:00:00:01"),
        ("10.0.0.9;", "10.0.0.8;", 'reservation "h", address', "10.0.0.8", "10.0.0.9"),
        ('host-name "h"', 'host-name "i"', 'reservation "h", option host-name', "i", "h"),
    ],
)  # fmt: skip
def test_one_change_is_one_difference(
    old: str, new: str, place: str | None, live: str | None, declared: str | None
) -> None:
    assert BASE.count(old) == 1
    assert drift(BASE.replace(old, new)) == ([(place, live, declared)] if place else [])


@pytest.mark.parametrize(
    "old, new, gone, come",
    [
        (
            "{ ping-check off; }",
            "{ ping-check on; }",
            "subnet 10.0.0.0/24, if known { ping-check false; }",
            "subnet 10.0.0.0/24, if known { ping-check true; }",
        ),
        ("deny known-clients", "allow known-clients", f"{POOL}, deny known-clients", f"{POOL}, allow known-clients"),
        (
            "range 10.0.0.30",
            "range dynamic-bootp 10.0.0.30",
            f"{POOL}, range 10.0.0.30",
            f"{POOL}, range dynamic-bootp 10.0.0.30",
        ),
        ("host h {", "host i {", 'reservation "h"', 'reservation "i"'),
    ],
)
def test_another_name_is_another_object(old: str, new: str, gone: str, come: str) -> None:
    assert BASE.count(old) == 1
    assert sorted(drift(BASE.replace(old, new))) == sorted([(gone, None, "present"), (come, "present", None)])


def test_a_missing_subnet_is_one_difference() -> None:
    text = "subnet 10.7.0.0 netmask 255.255.255.0 { option routers 10.7.0.1; pool { range 10.7.0.5; } }"
    assert drift(BASE + text) == [("subnet 10.7.0.0/24", "present", None)]
    assert drift(BASE, BASE + text) == [("subnet 10.7.0.0/24", None, "present")]


@pytest.mark.parametrize(
    "text",
    [
        "# comments\n" + BASE.replace("\n", "\n\n  "),
        BASE.replace("range 10.0.0.10 10.0.0.20;", "range 10.0.0.16 10.0.0.20; range 10.0.0.10 10.0.0.15;"),
        BASE.replace("host h {", "group { host h {") + "}",
        BASE.replace('option host-name "h"; }', "} } ").replace("host h {", 'group { option host-name "h"; host h {'),
        "\n".join(sorted(BASE.splitlines(), key=lambda line: not line.startswith("host"))),
        BASE.replace("52:54:00:00:00:01; fixed", "52:54:0:0:0:1; fixed"),
        BASE.replace("ping-check on", "ping-check true"),
    ],
)  # fmt: skip
def test_order_spelling_and_groups_do_not_matter(text: str) -> None:
    assert text != BASE
    assert drift(text) == []


def test_primary_only_settings_on_the_secondary_are_not_compared() -> None:
    assert drift(TWO.replace("secondary;", "secondary; mclt 5;"), TWO) == []
    assert drift(ONE.replace("mclt", "mclt 5; mclt"), ONE) == []
    assert len(drift(TWO, ONE)) > 0


HOST = "host h { hardware ethernet 2:0:0:0:0:1; fixed-address %s; }"


@pytest.mark.parametrize(
    "fixed, stands_in",
    [
        ("10.0.0.9", None),  # it gets the settings of its address, wherever it is written
        ("10.0.1.9", "subnet 10.0.0.0/24"),  # it also gets the settings of the first subnet
        ("10.0.0.9, 10.0.1.9", "subnet 10.0.0.0/24"),
        ("h.example", "subnet 10.0.0.0/24"),
    ],
)
def test_a_reservation_takes_the_settings_of_its_subnet_to_other_addresses(fixed: str, stands_in: str | None) -> None:
    subnets = "subnet 10.0.0.0 netmask 255.255.255.0 { %s } subnet 10.0.1.0 netmask 255.255.255.0 { }"
    live, declared = subnets % (HOST % fixed), subnets % "" + HOST % fixed
    expected = [('reservation "h", stands in', stands_in, None)] if stands_in else []
    assert drift(live, declared) == expected


def test_a_reservation_in_a_group_of_its_subnet_has_the_groups_settings() -> None:
    subnet = "subnet 10.0.0.0 netmask 255.255.255.0 { %s }"
    grouped = 'group { filename "a"; ' + HOST % "10.0.0.9" + " }"
    own = HOST.replace("}", 'filename "a"; }') % "10.0.0.9"
    assert drift(subnet % grouped, subnet % "" + own) == []
    assert [item[0] for item in drift(subnet % grouped, subnet % "" + HOST % "10.0.0.9")] == [
        'reservation "h", filename'
    ]


def test_the_order_of_conditions_matters() -> None:
    one, two = "if known { ping-check on; }", "if exists user-class { ping-check off; }"
    (found,) = drift(f"{one} {two}", f"{two} {one}")
    assert found[0] == "order of conditional statements"
    assert [item[0] for item in drift(f"{one} {two}", one)] == ["if exists user-class { ping-check false; }"]


def test_pools_that_exchange_addresses_keep_their_names() -> None:
    network = "subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.%s; } pool { range 10.0.0.%s; } }"
    live = network % ("10 10.0.0.14", "15 10.0.0.30")
    declared = network % ("10 10.0.0.19", "20 10.0.0.30")
    assert drift(live, declared) == [
        ("subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.19, range 10.0.0.15-10.0.0.19", None, "present"),
        ("subnet 10.0.0.0/24, pool 10.0.0.20-10.0.0.30, range 10.0.0.15-10.0.0.19", "present", None),
    ]


def test_a_whole_campus_is_the_same_as_itself() -> None:
    assert drift(CAMPUS, CAMPUS) == []


def test_omapi_differences_do_not_count() -> None:
    text = 'key k { algorithm hmac-md5; secret "AAAA"; } omapi-port 7911; omapi-key k;'
    with_it, without = read_server("one", text), read_server("one", "")
    assert compare(with_it, without) == []
    assert [item.message for item in compare_omapi(without, with_it)] == [
        "OMAPI, port: nothing live, 7911 declared",
        "OMAPI, key: nothing live, k declared",
    ]


@pytest.mark.parametrize(
    "live, declared, kind, message",
    [
        ("ping-check on;", "ping-check off;", How.DIFFERENT, "ping-check: true live, false declared"),
        ("ping-check on;", "", How.EXTRA, "ping-check: true live, nothing declared"),
        ("host h { }", "", How.EXTRA, 'reservation "h": only live'),
        ("", "host h { }", How.MISSING, 'reservation "h": only declared'),
    ],
)
def test_a_message_names_both_sides(live: str, declared: str, kind: How, message: str) -> None:
    (found,) = compare(read_server("one", live), read_server("one", declared))
    assert (found.section, found.kind, found.message) == ("declaration", kind, message)


def test_the_sides_have_the_given_names() -> None:
    (found,) = compare(read_server("one", "ping-check on;"), read_server("two", ""), ("on one", "on two"))
    assert found.message == "ping-check: true on one, nothing on two"
