# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Render the files that the role dhcp_server would write for a declaration, without a host.

It renders the role's own templates with Jinja2 and Ansible's additions. For the controller only, not for modules.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.filter.core import FilterModule as CoreFilters
from jinja2 import Environment, StrictUndefined, Template

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import files as dhcpd_files
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import OMAPI_FILE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import RULES, Managed, firewall_zone
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import files as kea_files
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

# Platforms that the role has names for, the likeliest first.
FAMILIES = ("Debian", "RedHat")
# In place of a key that does not exist yet.
_NO_SECRET = b64encode(bytes(32)).decode()
ROLE = Path(__file__).resolve().parents[2] / "roles/dhcp_server"


def dhcpd_conf(server: Mapping[str, Any]) -> str:
    """The dhcpd.conf of a server, given as `failover_servers` returns it: halves, and variables without prefix."""
    return _rendered("dhcpd.conf.j2", server, __dhcp_server_conf_data=render(declare(server)))


def omapi_conf(server: Mapping[str, Any], secret: str) -> str:
    """The included file with the OMAPI key."""
    return _rendered("omapi.conf.j2", server, __dhcp_server_secret=secret)


def conf_texts(server: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The daemon's configuration, and the files that the role adds to it, by name. Nothing in them is secret."""
    if (server.get("daemon") or DAEMONS[0]) == DAEMONS[0]:
        return dhcpd_conf(server), {OMAPI_FILE: omapi_conf(server, _NO_SECRET)}
    data = dialect(server["daemon"]).render(declare(server))
    return _rendered("kea-dhcp4.conf.j2", server, __dhcp_server_conf_data=data), {}


def managed_files(server: Mapping[str, Any], family: str) -> tuple[Managed, dict[str, str]]:
    """The table of managed files of a server on such a host, and the text of each file that has a template, by path.

    A text has no secrets; the host fills them in.
    """
    daemon = server.get("daemon") or DAEMONS[0]
    names = _names(family, daemon)
    tables = {"dhcpd": dhcpd_files.managed, "kea": kea_files.managed}
    table = tables[daemon]({**server, "omapi": boolean(server["omapi"])}, platform(family, daemon), family)
    others = (platform(family, other)["service"] for other in DAEMONS if other != daemon)
    # In a migration both daemons are on the host, and speak with their partners.
    table = _beside(table, server) if "beside" in server else replace(table, rivals=tuple(others))
    more = {
        **names,
        "__dhcp_server_leases": table.daemon.lease_file,
        "__dhcp_server_firewall_file": RULES,
        "__dhcp_server_secret": "",
        "__dhcp_server_accepts": table.accepts,
        "__dhcp_server_closed": table.closed,
        "__dhcp_server_conf_data": dialect(daemon).render(declare(server)),
    }
    items = {item.name: asdict(item) for item in table.interfaces}
    texts = {
        row.path: _rendered(row.template, server, **more, __dhcp_server_item=items.get(row.about)) + "\n"
        for row in table.files
        if row.template
    }
    return table.with_texts({path: text.encode() for path, text in texts.items()}), texts


def _beside(table: Managed, server: Mapping[str, Any]) -> Managed:
    """The table of a server on which the other daemon still serves: a firewall lets both through.

    beside: the addresses of that daemon's partners, each with the port at which it hears them.
    """
    more = [(str(address), int(port)) for address, port in server["beside"]]
    accepts = tuple(dict.fromkeys((*table.accepts, *more)))
    closed = tuple(dict.fromkeys((*table.closed, *(port for _address, port in more), int(server["omapi_port"]))))
    zone = table.zone and firewall_zone(table.zone.name, table.zone.services, accepts, closed)
    return replace(table, accepts=accepts, closed=closed, zone=zone)


def platform(family: str, daemon: str = DAEMONS[0]) -> dict[str, Any]:
    """The names of such a host's package, files and user."""
    names = {**_constants(), **_names(family, daemon)}
    return {name.removeprefix(f"__{PREFIX}"): value for name, value in names.items()}


def _rendered(template: str, server: Mapping[str, Any], **more: Any) -> str:
    own = {f"{PREFIX}{key}": value for key, value in server.items() if key not in ("name", "failover")}
    variables = {**_constants(), **own, "__dhcp_server_halves": server.get("failover", []), **more}
    return _template(template).render(variables)


@lru_cache(maxsize=1)
def _constants() -> dict[str, Any]:
    """The role's defaults and constants, without those that are templates, which the files do not need."""
    files = (ROLE / "defaults/main.yml", ROLE / "vars/main.yml")
    return {
        name: value
        for path in files
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        if not (isinstance(value, str) and "{{" in value)
    }


@lru_cache(maxsize=4)
def _names(family: str, daemon: str) -> dict[str, str]:
    """A platform's names of packages, files and users."""
    path = ROLE / f"vars/{family if daemon == DAEMONS[0] else f'{daemon}_{family}'}.yml"
    names: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return names


@lru_cache(maxsize=16)
def _template(name: str) -> Template:
    # Ansible trims blocks by default.
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)  # noqa: S701 - no HTML
    # Jinja2's own filters come last, because Ansible's versions of them only know Ansible's undefined values.
    environment.filters = {**CoreFilters().filters(), **environment.filters}
    return environment.from_string((ROLE / "templates" / name).read_text(encoding="utf-8"))
