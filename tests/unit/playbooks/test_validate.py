# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run without a server to deploy says why."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.validate import validate_refusal

DECLARED = {f"s{number}": {"dhcp_server_subnets": []} for number in range(6)}


@pytest.mark.parametrize(
    "hostvars, servers, says",
    [
        (DECLARED, ["s1", "s2"], "--limit leaves out every server, that is s1, s2."),
        (DECLARED, [*DECLARED], "that is s0, s1, s2, s3, ...."),
        (DECLARED, [], "are set for s0, s1, s2, s3, ...: put servers into group dhcp_servers."),
        ({"client": {"dhcp_client_program": "dhclient"}}, [], "dhcp_secondary. Put the servers there."),
    ],
)
def test_why_there_is_nothing_to_deploy(hostvars: Any, servers: list[str], says: str) -> None:
    assert validate_refusal(hostvars, servers).endswith(says)
