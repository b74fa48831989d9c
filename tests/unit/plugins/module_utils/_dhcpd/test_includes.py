# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Included files."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    SUBNET,
    clean,
    only,
    read,
)


def test_an_include_stands_for_its_text() -> None:
    server = read_server(
        "one",
        'ping-check on;\ninclude "/a";\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n include "/b"; }',
        {
            "/a": HALF % "split 1;" + 'include "/c";',
            "/b": '\npool { failover peer "x"; range 10.0.0.1; }',
            "/c": "\nnonsense 1;",
        },
    )
    assert server.halves == (Half("x", split=1, line=2),)
    assert (server.pools[0].failover, server.pools[0].line) == ("x", 4)
    problem = only(server)
    assert (problem.slug, problem.line) == ("statement-unknown", 2)
    assert 'file "/c" line 2' in problem.path


def test_keywords_are_the_same_in_any_case() -> None:
    one = clean('include "a"; option x code 200 = text;', a="authoritative;")
    other = clean('INCLUDE "a"; OPTION X CODE 200 = TEXT;', a="Authoritative;")
    assert one == other
    assert one.option_definitions == {"x": ("200", "text")}


def test_an_include_that_is_not_given() -> None:
    problem = only(read('authoritative;\ninclude "/etc/dhcp/other.conf";'))
    assert (problem.slug, problem.severity.value, problem.line) == ("include-missing", "warning", 2)
    assert '"/etc/dhcp/other.conf"' in problem.message


def test_faults_of_an_included_text_say_where() -> None:
    problem = only(read('\ninclude "a";', a="\n ;"))
    assert (problem.slug, problem.line) == ("syntax", 2)
    assert 'file "a" line 2, column 2' in problem.path


@pytest.mark.parametrize(
    "includes",
    [
        {"0": 'include "0";'},
        {"0": 'include "1";', "1": 'include "0";'},
        {str(number): f'include "{number + 1}";' * 2 for number in range(40)},
        {str(number): "group {" * 60 + f'include "{number + 1}";' + "}" * 60 for number in range(40)},
    ],
)
def test_includes_that_never_end(includes: dict[str, str]) -> None:
    assert only(read_server("one", 'include "0";', includes)).slug in ("syntax", "not-checked")


@pytest.mark.parametrize(
    "text, included",
    [
        (HALF % 'include "a";', "primary;"),
        ('key k { include "a"; }', 'algorithm hmac-md5; secret "AAAA";'),
        ('if known { include "a"; }', "deny bootp;"),
        (SUBNET % 'pool { include "a"; }', "range 10.0.0.1;"),
        ('host h { include "a"; }', "fixed-address 10.0.0.1;"),
        ('class "c" { include "a"; }', "match hardware;"),
    ],
)
def test_includes_that_dhcpd_rejects(text: str, included: str) -> None:
    """It accepts an include only in a scope, and forgets there the rules of the block."""
    assert {problem.severity.value for problem in read(text, a=included).problems} == {"error"}
