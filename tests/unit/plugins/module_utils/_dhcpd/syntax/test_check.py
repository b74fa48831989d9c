# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a text as a whole. (tests/unit/oracle asks whether it is said of the right texts.)"""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.syntax.reading import only

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
