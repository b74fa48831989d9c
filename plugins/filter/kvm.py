# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    complete,
    expand,
    plan,
    plan_absent,
)


def kvm_machines(
    machines: Sequence[Mapping[str, Any]], networks: Sequence[Mapping[str, Any]], lab: str
) -> list[dict[str, Any]]:
    try:
        return expand(lab, machines, networks)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


def kvm_networks(networks: Sequence[Mapping[str, Any]], lab: str) -> list[dict[str, Any]]:
    try:
        return complete(lab, networks)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


def kvm_plan(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return plan(found, wanted)


def kvm_plan_absent(found: Mapping[str, Any], lab: str, pool: Mapping[str, str]) -> dict[str, Any]:
    return plan_absent(found, lab, pool)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "kvm_machines": kvm_machines,
            "kvm_networks": kvm_networks,
            "kvm_plan": kvm_plan,
            "kvm_plan_absent": kvm_plan_absent,
        }
