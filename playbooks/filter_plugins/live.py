# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the playbooks drift and adopt: compare live configurations with the declaration, and adopt them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.drift import Live, drift
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.live_report import adopt_lines, drift_lines
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import NETADDR_ERROR
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._adopt import adopt_servers


def _plain(value: Any) -> Any:
    """Builtin types only: values from Ansible carry their origin."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return "".join(value)
    return value


def _need_netaddr() -> None:
    if NETADDR_ERROR is not None:
        raise AnsibleFilterError("The controller lacks the Python library netaddr: python3 -m pip install netaddr")


def live_drift(live: Mapping[str, Live], declared: Iterable[Live]) -> dict[str, Any]:
    _need_netaddr()
    result = drift(_plain(live), _plain(list(declared)))
    return {**result, "lines": drift_lines(result)}


def live_adopt(live: Mapping[str, Live], folder: str = "adopted") -> dict[str, Any]:
    _need_netaddr()
    try:
        result = adopt_servers(_plain(live))
    except ValueError as error:
        return {"refusal": str(error)}
    return {**result, "lines": adopt_lines(result, folder), "refusal": ""}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"live_adopt": live_adopt, "live_drift": live_drift}
