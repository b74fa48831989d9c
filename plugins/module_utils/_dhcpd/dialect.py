# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The configuration of ISC dhcpd, behind the port of `_daemon/dialect.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_declared
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server


class DhcpdDialect:
    """dhcpd.conf(5)."""

    @staticmethod
    def parse(name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        return read_server(name, text, includes, address)

    # No answer of dhcpd states defaults.
    parse_brief = parse

    @staticmethod
    def resolve(declared: Server, includes: Mapping[str, str]) -> Server:
        return read_declared(declared, includes)

    @staticmethod
    def render(declared: Server) -> Mapping[str, Any]:
        return render(declared)
