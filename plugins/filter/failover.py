# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from jinja2 import Undefined, UndefinedError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.check_report import check_report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report as report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.names import Known, ill_typed, unread
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import (
    collect_servers,
    derive_halves,
    empty,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import Fault, Faults, Place
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

# What ansible-core says before the reason.
_TRIPPED = "A captured exception marker was tripped: "


# What role dhcp_client tells about its host.
_FACTS = frozenset({"dhcp_client_lease"})
# The collection's folder, as it is installed on the controller.
_COLLECTION = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def _known() -> Known:
    """The names of variables that roles and playbooks document."""
    roles = {}
    for path in sorted(_COLLECTION.glob("roles/*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text())["argument_specs"].values()
        roles[path.parents[1].name] = frozenset(name for spec in specs for name in spec.get("options") or ())
    playbooks = yaml.safe_load((_COLLECTION / "playbooks/vars/variables.yml").read_text())
    return Known(roles, playbooks, _FACTS)


def _evaluated(variables: Mapping[str, Any], name: str, place: Place, faults: Faults) -> Any:
    """A variable with all that is in it, as plain data. A template that fails is a fault, and the rest stays."""

    def plain(get: Callable[[], Any], place: Place) -> Any:
        try:
            value = get()
            if isinstance(value, Undefined):
                str(value)  # raises, and says why
            if isinstance(value, Mapping):
                return {key: plain(partial(value.__getitem__, key), place.key(key)) for key in value}
            if isinstance(value, (list, tuple)):
                return [plain(partial(value.__getitem__, number), place.item(number)) for number in range(len(value))]
        except (AnsibleError, UndefinedError) as error:
            reason = str(error).split("\n", 1)[0].removeprefix(_TRIPPED).rstrip(".")
            faults.append(Fault(*place, f"It cannot be evaluated: {reason}.", "Correct the template."))
            return None
        return value

    return plain(lambda: variables[name], place)


def failover_halves(
    relationships: Iterable[Mapping[str, Any]] | None, host: str, addresses: Mapping[str, str | None] | None = None
) -> list[dict[str, Any]]:
    try:
        return derive_halves(relationships or [], host, addresses or {})
    except ValueError as error:
        raise AnsibleFilterError(f"{host}: {error}") from error


def failover_servers(
    hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], own: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    try:
        return collect_servers(hostvars, hosts, own, _evaluated)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


def failover_variables(hostvars: Mapping[str, Any], hosts: Iterable[str] = ()) -> list[dict[str, Any]]:
    known, hosts = _known(), list(hosts)
    names = {host: list(hostvars[host]) for host in hostvars}
    found = unread(names, known, load_extra_vars(DataLoader()))
    values: dict[str, dict[str, Any]] = {}
    faults: dict[str, Faults] = {}
    for host in hosts:
        mine = [name for name in names.get(host, ()) if name in known.playbooks]
        told = faults.setdefault(host, [])
        values[host] = {name: _evaluated(hostvars[host], name, Place(name), told) for name in mine}
    found += [*ill_typed(values, known, faults), *empty(hostvars, hosts)]
    return [finding.as_dict() for finding in found]


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


def dhcpd_conf_data(server: Mapping[str, Any]) -> dict[str, Any]:
    return render(declare(server))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "dhcpd_conf_data": dhcpd_conf_data,
            "failover_check_report": check_report,
            "failover_halves": failover_halves,
            "failover_report": failover_report,
            "failover_servers": failover_servers,
            "failover_variables": failover_variables,
        }
