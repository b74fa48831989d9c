# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The configuration of Kea, behind the port of `_daemon/dialect.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.adopt import adopt, prove
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.check import Checker
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server, read_tree
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import render, translate
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Proof
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server


class KeaDialect:
    """kea-dhcp4.conf."""

    @staticmethod
    def parse(name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        return read_server(name, text, includes, address)

    @staticmethod
    def parse_brief(name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        return read_server(name, text, includes, address, implied=False)

    @staticmethod
    def resolve(declared: Server, includes: Mapping[str, str]) -> Server:
        data, findings = translate(declared, includes)
        server = read_tree(Checker(declared.name), _objects(data), declared.address)
        return replace(server, problems=(*findings, *server.problems))

    @staticmethod
    def adopt(name: str, text: str, includes: Mapping[str, str]) -> Adopted:
        return adopt(name, text, includes)

    @staticmethod
    def prove(adopted: Adopted, variables: Mapping[str, Any], rendered: str, new: Mapping[str, str]) -> Proof:
        return prove(adopted, variables, rendered, new)

    @staticmethod
    def render(declared: Server) -> Mapping[str, Any]:
        return render(declared)


def _objects(value: Any) -> Any:
    """Data as the objects that a text gives."""
    if isinstance(value, dict):
        return Node((name, _objects(inner)) for name, inner in value.items())
    return [_objects(item) for item in value] if isinstance(value, list) else value
