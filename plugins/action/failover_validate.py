# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_validate in the controller's own process, with the inventory and the variables given with `-e`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_bool, check_type_list
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from ansible.utils.display import Display

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import NETADDR_ERROR
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.modules.failover_validate import SPEC, validate
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._inventory import (
    unread_variables,
    wrong_variables,
)

# In a template, each part of a variable is evaluated separately, so that a fault is reported at its own place.
_SERVERS = trust_as_template("hostvars | netlab.dhcp_failover.failover_servers(failover_validate_hosts)")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no type information
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = complete(self._task.args, task_vars or {})
        hosts = arguments.pop("hosts", None)
        if hosts:
            servers = self._templar.evaluate_expression(_SERVERS, local_variables={"failover_validate_hosts": hosts})
            arguments["servers"] = [*(arguments.get("servers") or []), *servers]
        if NETADDR_ERROR is None:
            result.update(run_here(arguments))
        else:
            # Another interpreter may have it; if not, the module says what to do.
            result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        return result


def run_here(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The module's result without a process of its own, which would take most of the time."""
    # As the module would get them.
    checked = ArgumentSpecValidator(dict(SPEC)).validate(json.loads(json.dumps(arguments, default=str)))
    if checked.error_messages:
        return {"failed": True, "msg": "; ".join(checked.error_messages)}
    result, failure, warnings = validate(checked.validated_parameters)
    if failure:
        return {**result, "failed": True, "msg": failure}
    for text in warnings:
        Display().warning(text)
    return result


def complete(arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The module's arguments, with the mistakes in variables."""
    found: list[Finding] = []
    full = dict(arguments)
    if "hosts" in full:
        full["hosts"] = check_type_list(full["hosts"] or [])
    if full.get("hosts"):
        found += wrong_variables(task_vars["hostvars"], full["hosts"])
    if check_type_bool(full.pop("own_variables", False)):
        found += unread_variables({task_vars["inventory_hostname"]: list(task_vars)})
    if found:
        full["findings"] = [*(full.get("findings") or []), *(finding.as_dict() for finding in found)]
    return full
