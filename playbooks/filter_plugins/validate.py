# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a run has no server to deploy, for playbook validate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import serving

# So many hosts are named.
MOST_NAMED = 4


def validate_refusal(hostvars: Mapping[str, Mapping[str, Any]], servers: Sequence[str]) -> str:
    """Why a run has no server to deploy. servers: those of the inventory."""
    if servers:
        return f"No host to deploy: --limit leaves out every server, that is {_named(servers)}."
    declared = serving(hostvars)
    remedy = (
        f"Variables of role dhcp_server are set for {_named(declared)}: put servers into group dhcp_servers."
        if declared
        else "Put the servers there."
    )
    return (
        "No host to deploy: the inventory has no host in groups dhcp_servers, dhcp_primary and dhcp_secondary. "
        + remedy
    )


def _named(hosts: Sequence[str]) -> str:
    return ", ".join([*hosts[:MOST_NAMED], *(["..."] if len(hosts) > MOST_NAMED else [])])


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"validate_refusal": validate_refusal}
