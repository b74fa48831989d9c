# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A configuration that exists as variables of the role, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding

Variables = dict[str, Any]


@dataclass
class Adopted:
    """One server: its variables without prefix, its relationships separately, and remarks."""

    name: str
    live: Server
    text: str
    variables: Variables = field(default_factory=dict)
    includes: Mapping[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)  # files that will receive parts of the text, by name
    halves: list[Half] = field(default_factory=list)  # files outside the text
    extra: list[dict[str, str]] = field(default_factory=list)  # that stay text: place, line, reason, statement
    keys: list[dict[str, Any]] = field(default_factory=list)  # secrets: name, place, remark
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The numbers of adopted objects."""
        subnets = [*self.variables.get("subnets", ())]
        networks = self.variables.get("shared_networks", ())
        for network in networks:
            subnets += network.get("subnets", ())
        pools = [pool for item in (*subnets, *networks) for pool in item.get("pools", ())]
        return {
            "relationship": len(self.halves),
            "shared network": len(networks),
            "subnet": len(subnets),
            "pool": len(pools),
            "reservation": len(self.variables.get("hosts", ())),
            "class": len(self.variables.get("classes", ())),
            "definition": len(self.variables.get("option_definitions", ())),
        }


@dataclass(frozen=True)
class Proof:
    """The faults of adopted variables; with any, they must not be used."""

    rejected: tuple[Finding, ...] = ()  # what is refused in the new file but accepted in the configuration
    differences: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.rejected and not self.differences
