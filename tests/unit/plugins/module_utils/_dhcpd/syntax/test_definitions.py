# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of names that nobody defines, or only later."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.syntax.reading import (
    SUBNET,
    expect,
    only,
)


@pytest.mark.parametrize(
    "text, reason, hint",
    [
        ("omapi-key one;", "no key `one`", "Declare"),
        ("zone example.org. { key one; }", "no key `one`", "before the zone"),
        ('class "c" { match if exists nosuch; }', "no option `nosuch`", "code NUMBER = TYPE"),
        ('option wide.one "x";', "no option space `wide`", "option space wide"),
        ("host h { group one; }", "no group `one`", "first"),
    ],
)
def test_an_undefined_name_is_explained(text: str, reason: str, hint: str) -> None:
    expect(text, reason, hint)


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
            "after its subnet",
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
