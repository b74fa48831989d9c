# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of statements that dhcpd runs for a packet, and which of them are the same."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.syntax.reading import (
    effects,
    expect,
)


@pytest.mark.parametrize(
    "text, reason, hint",
    [
        ('if option host-name == "x" { }', "`==` is not an operator", "one equals sign"),
        ("if (known) && (static) { }", "`&` follows", "`and`"),
        ("if (known) and (static) { }", "parenthesis that ends the condition", "whole condition"),
        ("if (1) { }", "is data where dhcpd expects a condition", ""),
        ("else { }", "no `if` stands before", ""),
        ('class "c" { match if option host-name = ; }', "ends where dhcpd expects data", ""),
        ('log ("a", "b");', "closing parenthesis", "concat"),
        ('set option = "x";', "expects the name of a variable", "word of dhcpd's own"),
        ("if known { range 192.0.2.9; }", "for a packet", "Move it"),
        ('switch (option host-name) { case "a": ; break; }', "A semicolon follows the colon", "Remove"),
    ],
)
def test_a_wrong_statement_is_explained(text: str, reason: str, hint: str) -> None:
    expect(text, reason, hint)


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
