# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report as report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._inventory import evaluated


def failover_servers(
    hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], own: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    try:
        return collect_servers(hostvars, hosts, own, evaluated)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


def failover_report(
    answers: Mapping[str, Mapping[str, Any]],
    declared: Iterable[Mapping[str, Any]] = (),
    ignore: Iterable[str] = (),
    now: float | None = None,
) -> dict[str, Any]:
    try:
        return report(answers, declared, time.time() if now is None else now, list(ignore))
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "failover_report": failover_report,
            "failover_servers": failover_servers,
        }
