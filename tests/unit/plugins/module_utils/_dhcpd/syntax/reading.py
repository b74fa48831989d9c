# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading a text brings to light."""

from __future__ import annotations

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


def expect(text: str, reason: str, hint: str) -> None:
    """The text has one fault, an error, whose message and hint say this."""
    problem = only(text)
    assert problem.severity.value == "error"
    assert reason in problem.message
    assert "dhcpd" in problem.message
    assert hint in problem.hint
