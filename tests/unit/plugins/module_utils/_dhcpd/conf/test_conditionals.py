# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a block of statements that the rules may use."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.conditionals import conditional


@pytest.mark.parametrize(
    "text, sets",
    [
        ("if known { option routers 10.0.0.1; }", {"option routers"}),
        ("if known { supersede option routers 10.0.0.1; }", {"option routers"}),
        ("if known { append domain-search a; }", {"option domain-search"}),
        ('switch (a) { case 1: filename "x"; break; default: next-server 10.0.0.1; }', {"filename", "next-server"}),
        ("if known { deny booting; ignore unknown-clients; }", {"allow-booting", "boot-unknown-clients"}),
        ("if known { authoritative true; }", {"authoritative"}),
        ("if known { }", set()),
        ("option routers 10.0.0.1;", {"option routers"}),
    ],
)  # fmt: skip
def test_what_a_block_sets(text: str, sets: set[str]) -> None:
    found = conditional(text)
    assert (found.sets, found.block, found.hook, found.others) == (sets, "{" in text, False, False)
    assert {name.removeprefix("option ") for name in sets} <= found.names


@pytest.mark.parametrize(
    "text, hook",
    [
        ('on commit { execute ("a", "b"); }', True),
        ('on commit { set x = "a"; log (info, x); }', True),
        ('on commit { option routers 10.0.0.1; }', False),
        ('if known { log (info, "x"); }', True),
        ('if known { log (info, "x"); filename "x"; }', False),
        ("if known { }", False),
    ],
)  # fmt: skip
def test_a_hook_has_no_effect_on_a_client(text: str, hook: bool) -> None:
    assert conditional(text).hook is hook


@pytest.mark.parametrize("text", ["if known { set x = known; }", "some-function (1);"])
def test_unknown_values_count_as_different(text: str) -> None:
    assert conditional(text).others
