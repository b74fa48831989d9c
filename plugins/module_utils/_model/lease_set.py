# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The active leases of a server in a form that is small enough for hundreds of thousands of them, to compare partners.

Two servers are never read at the same instant, and leases come and go meanwhile. So a difference proves nothing by
itself: a partner may just not have been told yet. It counts only if it stays, with the same rows, for longer than a
server may take to tell its partner. Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple, Optional

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ENDLESS

_ROW = struct.Struct(">IIII")
# More would say nothing new.
_MAX_DIFFERENCES = 1000


class Row(NamedTuple):
    """A lease: its client as a checksum, when it was granted, and when it ends."""

    client: int
    granted: int
    ends: int


# The rows of two servers that differ, by address.
Unequal = Mapping[int, tuple[Optional[Row], Optional[Row]]]


def row(client: str, granted: int, ends: int | None) -> Row:
    """ends: None if it never does."""
    return Row(zlib.crc32(client.encode()), granted & 0xFFFFFFFF, ENDLESS if ends is None else min(ends, ENDLESS))


def pack(leases: Mapping[int, Row]) -> str:
    """The leases, by address, as text."""
    return base64.b64encode(zlib.compress(b"".join(_ROW.pack(key, *leases[key]) for key in sorted(leases)))).decode()


def unpack(text: str) -> dict[int, Row]:
    return {key: Row(*rest) for key, *rest in _ROW.iter_unpack(zlib.decompress(base64.b64decode(text)))}


def compare(one: Mapping[int, Row], other: Mapping[int, Row], now: float) -> Unequal:
    """What differs between two servers, for the first addresses. now: the later one of their clocks.

    A lease that has ended stays with a server until that cleans up.
    """
    found = {}
    for address in sorted({**one, **other}):
        rows = tuple(kept if kept and kept.ends > now else None for kept in (one.get(address), other.get(address)))
        if rows[0] != rows[1]:
            found[address] = (rows[0], rows[1])
            if len(found) == _MAX_DIFFERENCES:
                break
    return found


def still(before: Unequal, after: Unequal) -> Unequal:
    """The differences that have stayed."""
    return {address: rows for address, rows in before.items() if after.get(address) == rows}
