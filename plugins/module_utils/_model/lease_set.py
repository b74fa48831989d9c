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
from dataclasses import dataclass
from typing import NamedTuple, Optional

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ENDLESS

_ROW = struct.Struct(">IIII")
_STARTED = struct.Struct(">I")
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


@dataclass(frozen=True)
class LeaseSet:
    """The leases of a server by address. started: when its daemon was started, in seconds since the epoch."""

    started: int
    rows: Mapping[int, Row]

    def pack(self) -> str:
        packed = (_ROW.pack(address, *self.rows[address]) for address in sorted(self.rows))
        return base64.b64encode(zlib.compress(_STARTED.pack(self.started) + b"".join(packed))).decode()

    @classmethod
    def unpack(cls, text: str) -> LeaseSet:
        data = zlib.decompress(base64.b64decode(text))
        rows = {address: Row(*rest) for address, *rest in _ROW.iter_unpack(data[_STARTED.size :])}
        return cls(_STARTED.unpack(data[: _STARTED.size])[0], rows)


def compare(one: LeaseSet, other: LeaseSet, now: float, margin: float) -> Unequal:
    """What differs between two servers, for the first addresses.

    A lease that has ended stays with a server until that cleans up. And one that clients have released while a server
    was down stays there, because nobody tells it: a lease that only one server has does not count if the server had it
    when it was started. now: the later one of their clocks. margin: seconds by which these may differ.
    """
    found: dict[int, tuple[Row | None, Row | None]] = {}
    for address in sorted({**one.rows, **other.rows}):
        mine, its = (
            kept if kept and kept.ends > now else None for kept in (one.rows.get(address), other.rows.get(address))
        )
        only = None if mine and its else mine or its
        started = one.started if mine else other.started
        if mine != its and not (only and only.granted < started + margin):
            found[address] = (mine, its)
            if len(found) == _MAX_DIFFERENCES:
                break
    return found
