# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages about text that dhcpd rejects. (tests/unit/oracle checks that the right texts are rejected.)"""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding

SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { %s }"


def only(text: str) -> Finding:
    problems = read_server("one", text).problems
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def effects(text: str) -> tuple[str, ...]:
    server = read_server("one", text)
    assert not server.problems, [str(problem) for problem in server.problems]
    return tuple(block.text for block in server.scope.conditionals)


@pytest.mark.parametrize(
    "text, reason, hint",
    [
        # Values.
        (SUBNET % "option domain-name lab.example;", "`.` follows after `lab`", "quotes"),
        (SUBNET % "option routers 192.0.2.300;", "300 is more than 255", "Correct"),
        (SUBNET % "option domain-name-servers 192.0.2.1 192.0.2.2;", "`192.0.2.2` follows after `192.0.2.1`", "comma"),
        ("filename pxelinux.0;", "takes text in quotes", "quotes"),
        ("option interface-mtu 0800;", "octal", "leading zero"),
        ("option interface-mtu 65536;", "more than 65535", ""),
        ("option ip-forwarding yes;", "true or false", "true or false"),
        ("option domain-search one.example;", "domain name in quotes", "quotes of its own"),
        ("option routers;", "has no value", "IPv4 addresses or host names"),
        ("ddns-update-style Interim;", "one of none, ad-hoc, interim, standard", "Write interim; case counts"),
        ("ddns-update-style ad-hoc;", "no longer supports", "`standard`"),
        ("log-facility local9;", "local7", "Choose"),
        ("host h { hardware ethernet 52-54-00-00-00-01; }", "octet", "01:0a:ff"),
        # Expressions and conditions.
        ('if option host-name == "x" { }', "`==` is no operator", "one equals sign"),
        ("if (known) && (static) { }", "`&` follows", "`and`"),
        ("if (known) and (static) { }", "parenthesis that ends the condition", "whole condition"),
        ("if (1) { }", "is data where dhcpd wants a condition", ""),
        ("else { }", "no `if` stands before", ""),
        ('class "c" { match if option host-name = ; }', "ends where dhcpd wants data", ""),
        ('log ("a", "b");', "closing parenthesis", "concat"),
        ('set option = "x";', "wants the name of a variable", "word of dhcpd's own"),
        ("if known { range 192.0.2.9; }", "for a packet", "Move it"),
        ('switch (option host-name) { case "a": ; break; }', "A semicolon follows after the colon", "Remove"),
        # Names.
        ("omapi-key one;", "no key `one`", "Declare"),
        ("zone example.org. { key one; }", "no key `one`", "before the zone"),
        ('class "c" { match if exists nosuch; }', "no option `nosuch`", "code NUMBER = TYPE"),
        ('option wide.one "x";', "no option space `wide`", "option space wide"),
        ("host h { group one; }", "no group `one`", "before"),
        # Places.
        ("host h { match if known; }", "no place in a reservation", "into a class"),
        ("group { pool { range 192.0.2.9; } }", "no place in a group", "a subnet"),
        ("subnet 192.0.2.0/27 netmask 255.255.255.224;", "`/27` follows", "subnet 192.0.2.0 netmask 255.255.255.224"),
        ("group { option x code 200 = text; }", "global scope only", "to the top"),
        ('log (fatal, "x");', "this one ends it", "Move"),
    ],
)
def test_what_is_said(text: str, reason: str, hint: str) -> None:
    problem = only(text)
    assert problem.severity.value == "error"
    assert reason in problem.message
    assert "dhcpd" in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text, line, hint",
    [
        ("if option arch = 00:07 { }\noption arch code 93 = unsigned integer 16;", 1, "before line 1"),
        ('\noption wpad "x";\noption wpad code 252 = text;', 2, "before line 2"),
        ('zone a. { key k; }\nkey k { algorithm hmac-md5; secret "AAAA"; }', 1, "before line 1"),
        ('subclass "c" 1:2;\nclass "c" { }', 1, "before line 1"),
        (
            "shared-network s {\n pool { range 192.0.2.9; }\n" + SUBNET % "" + "}",
            2,
            "behind its subnet",
        ),
    ],
)
def test_missing_and_late_definitions(text: str, line: int, hint: str) -> None:
    problem = only(text)
    assert (problem.slug, problem.severity.value, problem.line) == ("name-undeclared", "error", line)
    assert hint in problem.hint


def test_a_file_that_is_not_given_may_define_anything() -> None:
    text = 'include "/etc/dhcp/more.conf"; option one "x"; zone a. { key k; } host h { group g; } subclass "c" 1:2;'
    assert [problem.slug for problem in read_server("one", text).problems] == ["include-missing"]


@pytest.mark.parametrize(
    "inner",
    [
        'group { filename "x"; host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9; } }',
        'class "c" { match if known; }',
        "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.9; }",
        "shared-network s { subnet 198.51.100.0 netmask 255.255.255.0 { } }",
        'if known { filename "x"; } key k { algorithm hmac-md5; secret "AAAA"; }',
    ],
)
def test_statements_allowed_in_a_pool(inner: str) -> None:
    server = read_server("one", SUBNET % ("pool { range 192.0.2.20; %s }" % inner))  # noqa: UP031 - braces
    assert not server.problems, [str(problem) for problem in server.problems]
    assert server.pools[0].size == 1


def test_blocks_inside_a_pool_are_what_they_are_elsewhere() -> None:
    text = SUBNET % (
        'pool { range 192.0.2.20; group { filename "x"; host a { fixed-address 192.0.2.9; } } '
        "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.9; } }"
    )
    server = read_server("one", text)
    assert [(found.name, found.scope.effective_parameters) for found in server.reservations] == [
        ("a", {"filename": ("x",)})
    ]
    assert sorted(found.cidr for found in server.subnets) == ["192.0.2.0/24", "198.51.100.0/24"]


def test_blanks_around_dots_are_valid_in_dhcpd() -> None:
    (found,) = read_server("one", "subnet 192. 0 .2.0 netmask 255.255 .255.0 { range 192.0.2. 9; }").subnets
    assert (found.cidr, found.pools[0].size) == ("192.0.2.0/24", 1)


@pytest.mark.parametrize(
    "one, other",
    [
        ("if known { } else if static { }", "if (known) { } elsif (static) { }"),
        ("if hardware = 1:2:a { }", "if ((hardware) = (01:02:0A)) { }"),
        ("if substring(hardware, 01, 3) = 0:0:5e { }", "IF SUBSTRING (Hardware,1,003) = 00:00:5E {}"),
        ("if known and static and known { }", "if ((known and static) and known) { }"),
        ("if exists Host-Name { allow bootp; }", "if exists host-name { allow-bootp ON; }"),
        ("on release or commit { }", "on commit or release { }"),
        ("if known { supersede interface-mtu 0x5dc; }", "if known { option interface-mtu 1500; }"),
        ('if known { filename = pick ("a", "b"); }', 'if known { filename = pick-first-value ("a","b"); }'),
    ],
)
def test_one_meaning_is_one_text(one: str, other: str) -> None:
    assert effects(one) == effects(other)


@pytest.mark.parametrize(
    "text, begins",
    [
        ("on commit { set own = hardware; }", "on commit {"),
        ('execute ("x", hardware);', "execute("),
        ('set own = "x";', "set own = "),
        ('switch (option host-name) { case "a": break; }', 'switch (option host-name) { case "a": break;'),
    ],
)
def test_hooks_begin_with_their_kind(text: str, begins: str) -> None:
    assert effects(text)[0].startswith(begins)


INVISIBLE = "\u00a0\ufeff\u200b\u00ad\u2028\u3000\u0085\x1c\x1d\x1e\x1f"


@pytest.mark.parametrize("char", INVISIBLE, ids=lambda char: f"{ord(char):04X}")
@pytest.mark.parametrize("text", ["%soption routers 192.0.2.1;", "authoritative;%s\noption routers 192.0.2.1;"])
def test_invisible_characters_are_found(text: str, char: str) -> None:
    problem = only(text % char)
    assert (problem.slug, problem.severity.value) == ("non-ascii", "error")
    assert f"U+{ord(char):04X}" in problem.message
    assert problem.path == f"column {text.index('%') + 1}"


@pytest.mark.parametrize("text", ["\r\n", "\v\f", "authoritative;\roption routers 192.0.2.1;", "# \0 \x1f\n", "\r"])
def test_characters_that_dhcpd_treats_as_blanks(text: str) -> None:
    assert not read_server("one", text).problems


@pytest.mark.parametrize(
    "text, found",
    [
        (" " * 1499, 0),
        (" " * 1500, 1),
        ("\n" * 1500, 1),
        ("#" + " " * 3000 + "\n", 0),
        ("# x" + " " * 1400 + "\n" + " " * 1400, 0),
        ("# x" + " " * 1500 + "\n" + " " * 1500, 1),
    ],
)
def test_blanks_in_a_row(text: str, found: int) -> None:
    assert len(read_server("one", f"authoritative;{text}option routers 192.0.2.1;").problems) == found


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "a " * 500_000,
        "option routers " + "192.0.2.1, " * 100_000 + "192.0.2.1;",
        'option domain-name "' + "x" * 2_000_000 + '";',
        "\u00a0" * 500_000,
        " " * 2_000_000,
        "if " + "(" * 200_000,
        "if known " + "and known " * 100_000 + "{ }",
        "if " + "not " * 100_000 + "known { }",
        "range " + "1." * 500_000 + ";",
        "host h { hardware ethernet " + "1:" * 200_000 + "1; }",
        "set own = " + "1+" * 100_000 + ";",
        "set own = " + "concat(" * 100_000 + ";",
    ],
    ids=range(13),
)
def test_one_long_line_does_no_harm(text: str) -> None:
    server = read_server("one", text)
    assert all(len(str(problem)) < 1000 for problem in server.problems)
