# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Members of Kea's objects, whatever is written there. Managed hosts import this: Python 3.9, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import parse_address


def nodes(node: Node, name: str) -> list[Node]:
    """The objects of a list."""
    found = node.get(name)
    return [item for item in found if isinstance(item, Node)] if isinstance(found, list) else []


def text(node: Mapping[str, Any], name: str) -> str:
    """A text; empty if there is none."""
    found = node.get(name)
    return found if isinstance(found, str) else ""


def texts(node: Mapping[str, Any], name: str) -> list[str]:
    found = node.get(name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def range_ends(stated: str) -> tuple[int, int] | None:
    """Both ends of a pool: two addresses, or a prefix."""
    first, dash, last = stated.partition("-")
    if dash:
        ends = (parse_address(first.strip()), parse_address(last.strip()))
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])
    address, _slash, length = stated.partition("/")
    number = parse_address(address.strip())
    if number is None or not length.strip().isdigit() or int(length.strip()[:3]) > 32:
        return None
    rest = 0xFFFFFFFF >> int(length)
    return number & ~rest, number | rest
