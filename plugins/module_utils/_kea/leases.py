# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Kea's lease database in files (memfile): tables in CSV, to which it appends.

The last row for an address counts, and one with a lifetime of 0 removes the lease. Kea's cleanup moves old rows to
other files, so up to three are read, in Kea's order. Rows that Kea would drop are left out. A database may have
millions of rows, so it is read line by line, and memory depends on the rows that are kept. Managed hosts import this:
Python 3.9, nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, NamedTuple, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Lease
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ENDLESS

# Kea's states by number, in the words of the answers. A declined address is in use by somebody unknown.
ACTIVE, ABANDONED, EXPIRED, RELEASED = "active", "abandoned", "expired", "released"
STATES: Mapping[bytes, str] = {b"0": ACTIVE, b"1": ABANDONED, b"2": EXPIRED, b"3": RELEASED}
_NEXT: Mapping[str, str] = {ACTIVE: EXPIRED, ABANDONED: "free", EXPIRED: "free", RELEASED: "free"}
# Ends of the names of the other files: what a cleanup has finished, or what it works on.
FINISHED, PREVIOUS, MOVED = ".completed", ".2", ".1"
# The columns in order. A file of another release may lack the last ones, or have more.
COLUMNS = (
    *("address", "hwaddr", "client_id", "valid_lifetime", "expire", "subnet_id", "fqdn_fwd", "fqdn_rev", "hostname"),
    *("state", "user_context", "pool_id"),
)
_FEWEST = COLUMNS.index("hostname") + 1
# The greatest length of a row: longer than Kea writes.
_LONGEST = 1 << 16
# The last second for which Python has a date.
LATEST = 253402300799

_OCTET = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ROW = re.compile(
    rb"(?P<address>" + rb"\.".join([_OCTET] * 4) + rb"),"
    rb"(?P<hardware>(?:[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2})*)?),"
    rb"(?P<client_id>(?:[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2})+|(?:0x)?[0-9A-Fa-f]{3,})?),"
    rb"(?P<lifetime>[0-9]{1,10}),(?P<expire>[0-9]{1,20}),(?P<subnet>[0-9]{1,10}),[01],[01],(?P<hostname>[^,]*)"
    rb"(?:,(?P<state>[0-9]{1,10})(?:,(?P<context>[^,]*)(?:,(?P<pool>[0-9]{1,10}))?)?)?(?:,.*)?"
)
_ESCAPE = re.compile(rb"&#x([0-9A-Fa-f]{2})")

T = TypeVar("T")


class Entry(NamedTuple):
    """A row as it was written. removed: the address has no lease any more."""

    address: str
    state: str
    removed: bool
    row: bytes

    def value(self, name: str) -> bytes:
        """A column; empty if the row does not have it."""
        found = _ROW.fullmatch(self.row)
        return (found and found[name]) or b""

    @property
    def hardware(self) -> str | None:
        return octets(self.value("hardware")).hex(":") or None

    @property
    def client_id(self) -> str | None:
        return octets(self.value("client_id")).hex(":") or None

    @property
    def hostname(self) -> str:
        return unescape(self.value("hostname")).decode("utf-8", "replace").lower()

    @property
    def ends(self) -> int | None:
        """When the lease ends, in seconds since the epoch; None: never."""
        return None if int(self.value("lifetime")) == ENDLESS else int(self.value("expire"))

    @property
    def granted(self) -> int:
        """When the client got or renewed it."""
        return int(self.value("expire")) - int(self.value("lifetime"))


class HeaderError(ValueError):
    """A file is not one of Kea's lease files, and Kea would not start with it."""


def read_database(streams: Iterable[BinaryIO], growing: bool = False) -> Iterator[Entry]:
    """The rows of the files in Kea's order. growing: the daemon will write the rest of an incomplete last row."""
    for stream in streams:
        yield from _read_file(stream, growing)


def _read_file(stream: BinaryIO, growing: bool) -> Iterator[Entry]:
    needed = None
    for line in _lines(stream, growing):
        if needed is None:
            needed = _needed(line)
            continue
        entry = _entry(line, needed)
        if entry is not None:
            yield entry


def _lines(stream: BinaryIO, growing: bool) -> Iterator[bytes]:
    """The lines without their ends, but for empty ones and those that are too long."""
    cut = False
    while True:
        line = stream.readline(_LONGEST)
        if not line:
            return
        whole = line.endswith(b"\n")
        if not cut and (whole or (len(line) < _LONGEST and not growing)) and line != b"\n":
            yield line.rstrip(b"\n")
        cut = not whole


def _needed(header: bytes) -> int:
    """The number of columns that a row must have."""
    names = tuple(header.decode("latin-1").split(","))
    if len(names) < _FEWEST or names[: len(COLUMNS)] != COLUMNS[: len(names)]:
        raise HeaderError(f"its first line does not name the columns of leases, but has {header[:60]!r}")
    return min(len(names), len(COLUMNS))


def _entry(line: bytes, needed: int) -> Entry | None:
    """The entry of a row; None if Kea drops it."""
    if line.count(b",") < needed - 1:
        return None
    found = _ROW.fullmatch(line)
    if found is None or (found["pool"] is None and needed == len(COLUMNS)):
        return None
    state = found["state"] or b"0"
    if not (found["hardware"] or found["client_id"] or state == b"1"):
        return None
    if found["context"] and not _is_object(found["context"]):
        return None
    name = STATES.get(state) or state.decode()
    return Entry(found["address"].decode(), name, int(found["lifetime"]) == 0, line)


def unescape(column: bytes) -> bytes:
    """The value of a column that may have commas."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), column)


def _is_object(context: bytes) -> bool:
    try:
        return isinstance(json.loads(unescape(context).decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


def octets(text: bytes) -> bytes:
    """Octets that are written in hexadecimal, as in 01:52:54:00:c1:fb:9c."""
    plain = text.decode()
    if ":" in plain:
        return bytes(int(octet, 16) for octet in plain.split(":"))
    plain = plain[2:] if plain.startswith("0x") else plain
    return bytes.fromhex("0" * (len(plain) % 2) + plain)


def last_entries(entries: Iterable[Entry], keep: Callable[[Entry], T | None]) -> dict[str, T]:
    """What `keep` makes of the entry that counts, by address; nothing if that is None."""
    leases: dict[str, T] = {}
    for entry in entries:
        kept = None if entry.removed else keep(entry)
        if kept is None:
            leases.pop(entry.address, None)
        else:
            leases[entry.address] = kept
    return leases


def lease(entry: Entry, relationship: str | None = None) -> Lease:
    """The lease of an entry; the relationship is that of its subnet."""
    return Lease(
        entry.address,
        entry.state,
        _NEXT.get(entry.state),
        starts=_time(entry.granted),
        ends=_time(entry.ends),
        cltt=_time(entry.granted),
        hardware=entry.hardware,
        client_id=entry.client_id,
        client_hostname=entry.hostname or None,
        relationship=relationship,
    )


def _time(seconds: int | None) -> str | None:
    return utc(seconds) if seconds is not None and 0 <= seconds <= LATEST else None
