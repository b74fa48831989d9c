# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair as variables, for tests of Kea's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import derive_halves

ADDRESSES = {"one": "172.16.1.100", "two": "172.16.1.200"}
RELATIONSHIP = {"name": "x", "primary": "one", "secondary": "two", "takeover": "automatic"}
POOL = {"failover": "x", "ranges": ["172.16.1.220-172.16.1.230"]}
SUBNET = {
    "subnet": "172.16.1.0/24",
    "options": {"routers": "172.16.1.1", "domain_name_servers": ["172.16.1.1"]},
    "pools": [POOL],
}


def variables(
    host: str = "one", relationships: Sequence[Mapping[str, Any]] = (RELATIONSHIP,), **more: Any
) -> dict[str, Any]:
    """The variables of one server, without their prefix."""
    return {
        "name": host,
        "daemon": "kea",
        "address": ADDRESSES[host],
        "interfaces": [{"name": "ens9"}],
        "failover": derive_halves(relationships, host, ADDRESSES, "kea"),
        "subnets": [SUBNET],
        **more,
    }


def subnet(**more: Any) -> dict[str, Any]:
    """The subnet, with changes."""
    return {**SUBNET, **more}


def pool(**more: Any) -> list[dict[str, Any]]:
    """The subnet with a changed pool."""
    return [subnet(pools=[{**POOL, **more}])]
