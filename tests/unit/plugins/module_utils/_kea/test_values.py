# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option values and clients in Kea's words, and back."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import (
    guard_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import (
    test_of as kea_test,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import (
    test_of_values as kea_test_of_values,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.guards import permits_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.options import (
    UntranslatableError,
    given,
    option_data,
    option_def,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import OPTIONS, Option
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Value

OWN = {
    "own": ("224", "text"),
    "bits": ("225", "{ integer 8 , text }"),
    "list": ("226", "array of ip-address"),
    "octets": ("227", "string"),
    "numbers": ("228", "array of unsigned integer 16"),
    "routes": ("121", "array of unsigned integer 8"),
}


def definitions() -> dict[int, Option]:
    made = [option_def(name, int(code), kind) for name, (code, kind) in OWN.items()]
    return {
        one["code"]: Option(
            one["name"], one["code"], tuple(one.get("record-types", one["type"]).split(", ")), one["array"]
        )
        for one in made
        if one is not None
    }


@pytest.mark.parametrize(
    "name, words, data",
    [
        ("routers", ("1.2.3.4", "1.2.3.5"), "1.2.3.4, 1.2.3.5"),
        ("domain-name", ("a.example",), "a.example"),
        ("root-path", ("a,b\\c",), "a\\,b\\\\c"),
        ("host-name", (" x",), b" x"),
        ("vendor-encapsulated-options", ("01:02",), b"\1\2"),
        ("vendor-class-identifier", ("01:02",), b"\1\2"),
        ("vendor-class-identifier", ("Phone",), "Phone"),
        ("domain-search", ("a.b", "c.d"), "a.b, c.d"),
        ("static-routes", ("1.1.1.1", "2.2.2.2"), "1.1.1.1, 2.2.2.2"),
        ("time-offset", ("-3600",), "-3600"),
        ("ip-forwarding", ("true",), "true"),
        ("slp-service-scope", ("true", "x"), "true, x"),
        ("path-mtu-plateau-table", ("68", "296"), "68, 296"),
        ("v4-lost", ("x.example",), "x.example"),
        ("user-class", ("x",), b"x"),
        ("default-url", ("http://x",), "http://x"),
        ("own", ("x, y",), "x\\, y"),
        ("bits", ("-5", "x"), "-5, x"),
        ("list", ("1.1.1.1",), "1.1.1.1"),
        ("numbers", ("1", "65535"), "1, 65535"),
        ("octets", ("ab",), b"ab"),
        ("unknown-230", ("01:02",), b"\1\2"),
    ],
)
def test_values_come_back(name: str, words: Value, data: str | bytes) -> None:
    made = option_data(name, words, OWN)
    assert made["data"] == (data.hex() if isinstance(data, bytes) else data)
    assert ("csv-format" in made) == isinstance(data, bytes)
    found = given(made, definitions())
    assert found is not None
    assert (found.name, found.words, found.fault, found.cut) == (name, words, "", "")


def test_several_values_in_one_text_are_taken_apart() -> None:
    assert option_data("static-routes", ("1.1.1.1 2.2.2.2",), {})["data"] == "1.1.1.1, 2.2.2.2"
    assert option_data("slp-service-scope", ('true "x y"',), {})["data"] == "true, x y"


def test_options_that_some_release_defines_are_octets() -> None:
    assert option_data("routes", ("24", "10", "0", "0", "10", "0", "0", "1"), OWN) == {
        "code": 121,
        "csv-format": False,
        "data": "180a00000a000001",
    }
    assert option_def("routes", 121, OWN["routes"][1]) is None


@pytest.mark.parametrize("name, words", [("routers", ("gate.example",)), ("space.own", ("1",)), ("nothing", ("1",))])
def test_no_counterpart(name: str, words: Value) -> None:
    with pytest.raises(UntranslatableError):
        option_data(name, words, OWN)


@pytest.mark.parametrize(
    "data, words, fault, cut",
    [
        ({"name": "routers", "data": "1.1.1.1,2.2.2.2"}, ("1.1.1.1", "2.2.2.2"), "", ""),
        ({"code": 3, "csv-format": False, "data": "01010101 "}, ("1.1.1.1",), "", ""),
        ({"code": 60, "csv-format": False, "data": "'ab'"}, ("ab",), "", ""),
        ({"code": 230, "csv-format": False, "data": "1:2:FF"}, ("01:02:ff",), "", ""),
        ({"name": "root-path", "data": "a,b"}, ("a",), "", "b"),
        ({"name": "domain-search", "data": "a.b., c."}, ("a.b", "c"), "", ""),
        ({"name": "interface-mtu", "data": "0x5dc"}, ("1500",), "", ""),
        ({"name": "interface-mtu", "data": "70000"}, (), "70000 does not fit into 16 bits.", ""),
        ({"name": "interface-mtu", "data": "many"}, (), "many is not a number.", ""),
        ({"name": "routers", "data": "gate"}, (), "gate is not an IPv4 address.", ""),
        ({"name": "ip-forwarding", "data": "yes"}, (), "yes is neither true nor false.", ""),
        ({"name": "router", "data": "1.1.1.1"}, (), 'Kea knows no option "router".', ""),
        (
            {"name": "routers", "code": 6, "data": "1.1.1.1"},
            (),
            "6 is the number of domain-name-servers, not of routers.",
            "",
        ),
        (
            {"code": 230, "data": "x"},
            (),
            "Kea knows no option 230, so it needs a definition, or csv-format: false.",
            "",
        ),
        ({"code": 230, "csv-format": False, "data": "xyz"}, (), "xyz is no octets.", ""),
        # Options of the space vendor-encapsulated-options-space go into it.
        ({"name": "vendor-encapsulated-options"}, (), "", ""),
        ({"code": 43, "name": "vendor-encapsulated-options"}, (), "", ""),
        ({"name": "vendor-encapsulated-options", "csv-format": False, "data": "0104"}, ("01:04",), "", ""),
        (
            {"name": "vendor-encapsulated-options", "data": "0104"},
            (),
            "Kea knows no option 43, so it needs a definition, or csv-format: false.",
            "",
        ),
        ({"code": 300, "data": "1"}, (), "300 is not the number of an option.", ""),
    ],
)
def test_values_as_kea_reads_them(data: dict[str, object], words: Value, fault: str, cut: str) -> None:
    found = given(data, {})
    assert found is not None
    assert (found.words, found.fault, found.cut) == (words, fault, cut)


def test_the_table_of_options_has_every_code_once() -> None:
    assert len(OPTIONS) == 124
    assert OPTIONS[78] == Option("slp-directory-agent", 78, ("boolean", "ipv4-address"), True)
    assert not OPTIONS[121].everywhere


@pytest.mark.parametrize(
    "match, test",
    [
        (
            'if substring(option vendor-class-identifier, 0, 5) = "Phone"',
            "substring(option[60].hex, 0, 5) == 'Phone'",
        ),
        ("if hardware = 01:02:03:04:05:06:07", "pkt4.mac == 0x020304050607"),
        ("if substring(hardware, 1, 3) = 52:54:00", "substring(pkt4.mac, 0, 3) == 0x525400"),
        ('if option user-class != "it\'s"', "not (option[77].hex == 0x69742773)"),
        ("if exists agent.circuit-id", "relay4[1].exists"),
        ("if not exists user-class", "not (option[77].exists)"),
        (
            'if ((option host-name = "a") or (option host-name = "b")) and exists user-class',
            "(option[12].hex == 'a' or option[12].hex == 'b') and option[77].exists",
        ),
    ],
)
def test_expressions(match: str, test: str) -> None:
    assert kea_test(match, {}) == test


@pytest.mark.parametrize(
    "match",
    [
        'if option host-name ~= "x"',
        'if lcase(option host-name) = "x"',
        "option host-name",
        "if option nothing = 01:02",
        "if hardware = 06:02:03:04:05:06:07",
        'if suffix(option host-name, 2) = "x"',
        "if encode-int(1, 8) = 01:02",
        "if known",
        "if not (exists user-class and exists host-name)",
    ],
)
def test_expressions_without_translation(match: str) -> None:
    with pytest.raises(UntranslatableError) as error:
        kea_test(match, {})
    assert error.value.reason.endswith(".")
    assert error.value.hint.endswith(".")


def test_subclasses_are_alternatives() -> None:
    assert kea_test_of_values("hardware", ["01:02:03:04:05:06:07"], {}) == "pkt4.mac == 0x020304050607"
    both = kea_test_of_values("option vendor-class-identifier", ["b", "a"], {})
    assert both == "(option[60].hex == 'a') or (option[60].hex == 'b')"


@pytest.mark.parametrize(
    "permits, name, test",
    [
        ((), None, ""),
        (("deny dynamic bootp clients",), None, ""),
        (("allow known-clients",), "KNOWN", ""),
        (("deny known-clients",), "UNKNOWN", ""),
        (('allow members of "phones"',), "phones", ""),
        (
            ('allow members of "a"', 'allow members of "b"'),
            'permits: allow members of "a"; allow members of "b"',
            "member('a') or member('b')",
        ),
        (
            ('allow members of "a"', "allow unknown-clients", 'deny members of "c"'),
            'permits: allow members of "a"; allow unknown-clients; deny members of "c"',
            "(member('a') or member('UNKNOWN')) and not member('c')",
        ),
    ],
)
def test_permits_become_a_guard(permits: tuple[str, ...], name: str | None, test: str) -> None:
    guard = guard_of(permits)
    assert (guard and guard.name, guard.test if guard else "") == (name, test)
    half = guard_of(permits, "x-primary")
    assert half is not None
    assert half.name == "HA_x-primary" if name is None else half.test.startswith("member('HA_x-primary') and (")
    for found in filter(None, (guard, half)):
        back, of = permits_of(found.name, found.test)
        assert of == ("x-primary" if found is half else "")
        assert guard_of(back, of) == found or back == {"allow unknown-clients"}


@pytest.mark.parametrize(
    "permit", ["allow authenticated clients", "allow after 5 2030/01/01 00:00:00", "deny all clients"]
)
def test_permits_without_counterpart(permit: str) -> None:
    with pytest.raises(UntranslatableError, match="no counterpart"):
        guard_of([permit])
