# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dhcpd.conf that the role writes of variables, without a run of Ansible."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ansible.plugins.filter.core import FilterModule as CoreFilters
from ansible.plugins.test.core import TestModule as CoreTests
from jinja2 import Environment, StrictUndefined, Template

from ansible_collections.netlab.dhcp_failover.plugins.filter.failover import FilterModule

_ROLE = Path(__file__).resolve().parents[2] / "roles/dhcp_server"


@lru_cache(maxsize=1)
def role() -> tuple[Template, dict[str, Any]]:
    """The role's template, with what Ansible adds to Jinja2, and the role's variables."""
    environment = Environment(trim_blocks=True, undefined=StrictUndefined)  # noqa: S701 - this is no HTML
    own = {f"netlab.dhcp_failover.{name}": call for name, call in FilterModule().filters().items()}
    # Jinja2's own come last: Ansible's twins of them know its own kind of undefined values only.
    environment.filters = {**CoreFilters().filters(), **own, **environment.filters}
    environment.tests = {**CoreTests().tests(), **environment.tests}
    files = (_ROLE / "defaults/main.yml", _ROLE / "vars/main.yml")
    variables = {name: value for path in files for name, value in yaml.safe_load(path.read_text()).items()}
    return environment.from_string((_ROLE / "templates/dhcpd.conf.j2").read_text()), variables


def rendered(data: Mapping[str, Any]) -> str:
    """The file of a server declared by these variables (the role's, without their `dhcp_server_` prefix)."""
    template, variables = role()
    own = {f"dhcp_server_{key}": value for key, value in data.items() if key not in ("name", "failover")}
    return template.render({**variables, **own, "__dhcp_server_halves": data.get("failover", [])})
