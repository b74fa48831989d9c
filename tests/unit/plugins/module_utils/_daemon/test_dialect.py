# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port to a daemon's configuration: what every dialect has to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.text import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

VARIABLES = {
    "name": "one",
    "options": {"domain_name": "x.example"},
    "extra": 'include "more";',
}
TEXT = 'option domain-name "x.example";\nping-check off;\n'


def test_variables_and_text_give_the_same_declaration() -> None:
    dhcpd = dialect("dhcpd")
    resolved = dhcpd.resolve(declare(VARIABLES), {"more": "ping-check off;"})
    assert resolved.problems == ()
    assert replace(resolved, from_text=True) == dhcpd.parse("one", TEXT, {})


def test_what_the_daemon_would_refuse_is_a_problem() -> None:
    (problem,) = dialect("dhcpd").resolve(declare({"name": "one", "options": {"routers": "x y"}}), {}).problems
    assert (problem.servers, problem.variable) == (("one",), "dhcp_server_options.routers")


def test_a_declaration_is_rendered_before_it_is_resolved() -> None:
    found = dialect("dhcpd").render(declare(VARIABLES))
    assert (found["settings"], found["text"]) == (['option domain-name "x.example";'], ['include "more";'])


@pytest.mark.parametrize(
    "text, daemon",
    [
        ('{"Dhcp4": {}}', "kea"),
        ("\n# one\n// two\n/* { */ {", "kea"),
        ("# {\nsubnet 10.0.0.0 netmask 255.255.255.0 { }", "dhcpd"),
        ("", "dhcpd"),
        ("# # # " * 1000, "dhcpd"),
    ],
)
def test_a_configuration_shows_its_daemon(text: str, daemon: str) -> None:
    assert daemon_of(text) == daemon


def test_another_daemon_is_not_known() -> None:
    with pytest.raises(KeyError):
        dialect("another")
