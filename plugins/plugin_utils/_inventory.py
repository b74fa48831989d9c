# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The variables of an inventory: their values as plain data, and their mistakes.

On the controller only: variables are templates, and roles and playbooks document their names in files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from jinja2 import Undefined, UndefinedError

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.names import Known, ill_typed, unread
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import empty
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import Mistake, Mistakes, Place

# The text of ansible-core before the reason.
_TRIPPED = "A captured exception marker was tripped: "
# A fact that the role dhcp_client sets.
_FACTS = frozenset({"dhcp_client_lease"})
# The collection's folder on the controller.
_COLLECTION = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def known() -> Known:
    """The names of variables that roles and playbooks document."""
    roles = {}
    for path in sorted(_COLLECTION.glob("roles/*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text())["argument_specs"].values()
        roles[path.parents[1].name] = frozenset(name for spec in specs for name in spec.get("options") or ())
    playbooks = yaml.safe_load((_COLLECTION / "playbooks/vars/variables.yml").read_text())
    return Known(roles, playbooks, _FACTS)


def evaluated(variables: Mapping[str, Any], name: str, place: Place, mistakes: Mistakes) -> Any:
    """A variable and everything in it, as plain data. A template that fails becomes a mistake; the rest stays."""

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
            mistakes.append(Mistake(*place, f"It cannot be evaluated: {reason}.", "Correct the template."))
            return None
        return value

    return plain(lambda: variables[name], place)


def unread_variables(names: Mapping[str, Iterable[str]]) -> list[Finding]:
    """Unknown variables among those of each host and those given with `-e`."""
    return unread(names, known(), load_extra_vars(DataLoader()))


def wrong_variables(hostvars: Mapping[str, Mapping[str, Any]], servers: Iterable[str]) -> list[Finding]:
    """Unknown variables of any host; on the servers, variables of playbooks with values of the wrong type, and servers
    for which nothing is declared.
    """
    servers = list(servers)
    names = {host: list(hostvars[host]) for host in hostvars}
    values: dict[str, dict[str, Any]] = {}
    mistakes: dict[str, Mistakes] = {}
    for host in servers:
        told = mistakes.setdefault(host, [])
        mine = [name for name in names.get(host, ()) if name in known().playbooks]
        values[host] = {name: evaluated(hostvars[host], name, Place(name), told) for name in mine}
    return [*unread_variables(names), *ill_typed(values, known(), mistakes), *empty(hostvars, servers)]
