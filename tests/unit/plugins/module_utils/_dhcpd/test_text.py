# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the text itself, and statements that dhcpd does not know."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    SUBNET,
    clean,
    only,
    read,
)


@pytest.mark.parametrize(
    "text, line, column, words",
    [
        ("authoritative;\n  }", 2, 3, "closes nothing"),
        ("authoritative;;", 1, 15, "semicolon"),
        ("group { };", 1, 10, "semicolon"),
        ("authoritative", 1, 14, "`authoritative` has no semicolon"),
        (SUBNET % "range 10.0.0.1", 1, 55, "`range` has no semicolon"),
        ("group {\n  group {\n  authoritative;\n  }\n", 1, 1, "never closed"),
        ('ping-check on;\noption domain-name "x;\noption routers 1.1.1.1;', 2, 20, "string begins here"),
        ('option domain-name "x\\";\n# end', 1, 20, "string begins here"),
        ("option routers 1.1.1.1\ndefault-lease-time 5;", 1, 23, "semicolon after `option routers`"),
        ("option routers 1.1.1.1 # no\nhost h { }", 1, 23, "semicolon after `option routers`"),
        ("host h\n  hardware ethernet 1:2:3:4:5:6;\n}", 1, 7, "opening brace after `host h`"),
        ('failover peer "x"\n  primary;\n}', 1, 18, 'opening brace after `failover peer "x"`'),
        ("group {\n{ authoritative; } }", 2, 1, "block begins without"),
    ],
)
def test_faults_of_the_text_have_line_and_column(text: str, line: int, column: int, words: str) -> None:
    problem = only(read(text))
    assert (problem.slug, problem.severity.value) == ("syntax", "error")
    assert (problem.line, problem.path.split(",")[0]) == (line, f"column {column}")
    assert words in problem.message


def test_reading_goes_on_behind_a_missing_semicolon() -> None:
    server = read(
        'failover peer "x" {\n primary\n address 1.1.1.1\n port 647;\n}\n'
        "subnet 10.0.0.0 netmask 255.255.255.0 {\n option routers 10.0.0.254\n\n pool {\n range 10.0.0.1 }\n}\n"
        "host h { }"
    )
    assert [(problem.slug, problem.line) for problem in server.problems] == [
        ("syntax", 2),
        ("syntax", 3),
        ("syntax", 7),
        ("syntax", 10),
    ]
    assert server.halves == (Half("x", "primary", "1.1.1.1", 647, line=1),)
    assert server.subnets[0].scope.options == {"routers": ("10.0.0.254",)}
    assert (server.pools[0].line, str(server.pools[0].ranges[0])) == (9, "10.0.0.1")
    assert (server.reservations[0].name, server.reservations[0].line) == ("h", 12)


@pytest.mark.parametrize(
    "inner", ["pool {\n range 10.0.0.1;\n", 'failover peer "x" {\n primary;\n', "host h {\n", 'class "c" {\n']
)
def test_a_forgotten_brace_is_found_where_it_matters_and_nothing_is_lost(inner: str) -> None:
    server = read(f"subnet 10.0.0.0 netmask 255.255.255.0 {{\n{inner}}}\nsubnet 10.0.1.0 netmask 255.255.255.0 {{ }}\n")
    syntax = [problem for problem in server.problems if problem.slug == "syntax"]
    assert len(syntax) == 1
    assert [found.cidr for found in server.subnets] == ["10.0.0.0/24", "10.0.1.0/24"]


@pytest.mark.parametrize(
    "text",
    [
        '{"servers": [{"name": "a", "port": 1}]}',
        "---\nservers:\n  - name: a\n    port: 1\n",
        "[section]\nkey = value\n",
        "<html><body>Not found; sorry</body></html>",
        "#!/usr/bin/python\nimport os\nprint(os.name)\n",
        "\x7fELF\x02\x01\x01\0\0\0",
        "P\u00e4ssword: x",
    ],
)
def test_text_that_is_no_configuration_gives_one_finding(text: str) -> None:
    server = read(text)
    problem = only(server)
    assert problem.slug == "syntax"
    assert problem.line is not None
    assert problem.path.startswith("column ")
    assert "no dhcpd.conf" in problem.message
    assert str(problem).isprintable()
    assert not server.halves


@pytest.mark.parametrize(
    "text, line, column, number, half_field",
    [
        ("\nmax\u2010response\u2010delay 180;", 2, 4, "U+2010", ("max_response_delay", 180)),
        ("address \u201c1.1.1.1\u201d;", 1, 29, "U+201C", ("address", "1.1.1.1")),
        ("split\u00a0128;", 1, 26, "U+00A0", ("split", 128)),
    ],
)
def test_typographic_characters(text: str, line: int, column: int, number: str, half_field: tuple[str, Any]) -> None:
    server = read(HALF % text)
    problem = server.problems[0]
    assert (problem.slug, problem.severity.value, problem.line) == ("non-ascii", "error", line)
    assert problem.path == f"column {column}"
    assert number in problem.message
    assert getattr(server.halves[0], half_field[0]) == half_field[1]  # continue with the intended meaning


def test_other_languages_may_stand_in_comments_and_strings() -> None:
    clean('# na\u00efve \u201cquotes\u201d\noption domain-name "caf\u00e9\u2026"; # \u2010')


@pytest.mark.parametrize(
    "text, hint",
    [
        ("defalt-lease-time 5;", "`default-lease-time`"),
        ("option domain-name-server 1.1.1.1;", "`domain-name-servers`"),
        ("mclt 5;", "failover peer"),
        ("lease 10.0.0.1 { }", "lease file"),
        ("allow unknown-client;", "`unknown-clients`"),
        ("deny dynamic bootp clients;", "pool"),
        ('interface "eth0";', "a subnet"),
        ('peer "x";', '`failover peer "NAME";` in a pool'),
        ('subnet 10.0.0.0 netmask 255.255.255.0 { peer "x"; }', '`failover peer "NAME";` in a pool'),
        ("host h { match if known; }", "in a class"),
        ("ldap-port 5;", "run that dhcpd"),
        ("vendor-magic 1, 2;", "dhcpd.conf(5)"),
        ('if known { fielname "x"; }', "`filename`"),
    ],
)
def test_unknown_statements_are_errors_with_a_guess(text: str, hint: str) -> None:
    problem = only(read("authoritative;\n" + text))
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-unknown", "error", 2)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text, does, severity",
    [
        ("second;", "does nothing", "warning"),
        ("own = 1;", "does nothing", "warning"),
        ("log();", "drops", "warning"),
        ("option host-name = fun();", "drops", "warning"),
        ("x = 1;", "rejects", "error"),
        ("own 1;", "rejects", "error"),
        ("fun();", "rejects", "error"),
    ],
)
def test_what_dhcpd_does_with_an_unknown_statement(text: str, does: str, severity: str) -> None:
    problem = only(read("authoritative;" + text))
    assert does in problem.message
    assert problem.severity.value == severity


def test_unknown_statements_are_kept() -> None:
    server = read("vendor-magic 1, 2;\nvendor-block x { y; }")
    assert server.scope.parameters == {"vendor-magic": ("1", "2")}
    assert [block.text for block in server.scope.conditionals] == ["vendor-block x { y; }"]


def test_a_warning_for_every_subnet_is_reported_once() -> None:
    text = "".join(f"subnet 10.0.{number}.0 netmask 255.255.255.0 {{ misspelt; }}\n" for number in range(5))
    problem = only(read(text))
    assert problem.line == 1
    assert "4 more places" in problem.message


def test_an_error_is_reported_for_every_place() -> None:
    text = "".join(f"subnet 10.0.{number}.0 netmask 255.255.255.0 {{ foo 1; }}\n" for number in range(5))
    assert [problem.line for problem in read(text).problems] == [1, 2, 3, 4, 5]


def test_a_warning_is_reported_for_each_relationship() -> None:
    server = read("".join(f'failover peer "{name}" {{ port 1; port 2; }}\n' for name in "ab"))
    assert [problem.path for problem in server.problems] == ['relationship "a"', 'relationship "b"']
