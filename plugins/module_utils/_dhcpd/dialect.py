# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The configuration of ISC dhcpd, behind the port of `_daemon/dialect.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.proof import prove
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.variables import adopt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_declared
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Proof
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
    def adopt(name: str, text: str, includes: Mapping[str, str]) -> Adopted:
        return adopt(name, text, includes)

    @staticmethod
    def prove(adopted: Adopted, variables: Mapping[str, Any], rendered: str, new: Mapping[str, str]) -> Proof:
        return prove(adopted, variables, rendered, new)

    @staticmethod
    def render(declared: Server) -> Mapping[str, Any]:
        return render(declared)
