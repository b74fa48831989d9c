# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The lease files of ISC's programs: dhcpd's database (dhcpd.leases) and the client's (dhclient.leases).

Both are logs: entries are appended, the last one about an address (or a relationship) counts. A database may have
millions of entries, so it is read in blocks, entries stay bytes until somebody wants to know more than their state, and
memory depends on what is kept. An entry that was cut off, by a crash or because it is just being written, is no entry.
Standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import BinaryIO, NamedTuple, TypeVar

# Every state a lease can be in, in the order in which people look for them.
BINDING_STATES = ("free", "backup", "active", "expired", "released", "abandoned", "reset")

_TIMES = ("starts", "ends", "tstp", "tsfp", "atsfp", "cltt")

# An entry begins and ends in the first column; whatever is nested in it ("on expiry { ... }") is indented. This is
# everything up to the closing brace, so that what stands before is a cut off entry, or a comment.
_ENTRY = re.compile(
    rb'\n(?:lease ([0-9.]+)|failover peer "((?:[^"\\\n]|\\.)*)" state) \{[ \t]*((?:\n[ \t][^\n]*)*)\n*\Z'
)
_BINDING_STATE = b"\n  binding state "
_BLOCK = 1 << 20
# The states as the database spells them, so that a million addresses share a handful of texts.
_SHARED = {state.encode(): state for state in BINDING_STATES}

_CLIENT_LEASE = re.compile(r"lease \{\s*")
_SAVED_STATE = re.compile(r"\s+(my|partner) state ([a-z-]+) at ([^;]*);(?:\s*#.*)?\s*")
_MCLT = re.compile(r"\s+mclt ([0-9]{1,10});\s*")
_EPOCH = re.compile(r"epoch ([0-9]{1,12})\b")
_DATE = re.compile(r"[0-9]{1,2} ([0-9]{1,4})/([0-9]{1,2})/([0-9]{1,2}) ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")


class Entry(NamedTuple):
    """A whole entry as it was written: about an address, or else about a relationship."""

    address: str
    relationship: str
    body: bytes

    @property
    def binding_state(self) -> str:
        state = self.value(_BINDING_STATE)
        return _SHARED.get(state) or state.decode("latin-1") or "unknown"

    def value(self, name: bytes) -> bytes:
        """What follows a name (with the line's beginning) up to the end of the line, without its semicolon."""
        at = self.body.find(name)
        if at < 0:
            return b""
        at += len(name)
        end = self.body.find(b"\n", at)
        return self.body[at : end if end >= 0 else len(self.body)].rstrip(b"; \t")


@dataclass(frozen=True)
class Lease:
    """One entry about an address. Times are UTC; None where the entry does not tell it, or says `never`."""

    address: str
    binding_state: str
    next_binding_state: str | None = None  # when it ends
    rewind_binding_state: str | None = None  # what a server that lost contact may take it for
    starts: datetime | None = None
    ends: datetime | None = None
    tstp: datetime | None = None  # what this server has told its partner
    tsfp: datetime | None = None  # what the partner has told this server
    atsfp: datetime | None = None  # what the partner has acknowledged
    cltt: datetime | None = None  # last transaction with the client
    hardware: str | None = None
    client_id: str | None = None  # bytes in hexadecimal, as in 01:52:54:00:c1:fb:9c
    client_hostname: str | None = None


@dataclass(frozen=True)
class SavedState:
    """What a server has written down about a relationship: its own state, and its partner's as it believed."""

    relationship: str
    local_state: str
    since: datetime | None
    partner_state: str | None = None
    partner_since: datetime | None = None
    mclt: int | None = None


@dataclass(frozen=True)
class ClientLease:
    """A lease as the client wrote it down. Option names are ISC's."""

    interface: str
    address: str
    options: Mapping[str, str]
    expires: datetime | None


T = TypeVar("T")


def parse_date(text: str) -> datetime | None:
    """A date of a lease file: `0 2026/11/22 18:19:56` (UTC), `epoch 1795371596` or `never` (None, as anything else)."""
    text = text.strip()
    try:
        epoch = _EPOCH.match(text)
        if epoch:
            return datetime.fromtimestamp(int(epoch[1]), timezone.utc)
        match = _DATE.fullmatch(text)
        if not match:
            return None
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None  # a day that no calendar has, in a file that is damaged


def unquote(text: str) -> str:
    """The text of an ISC string: quotes off, `\\"` and octal bytes read."""
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8) & 0xFF) if len(match[1]) == 3 else match[1], text)


def read_database(stream: BinaryIO) -> Iterator[Entry]:
    """The entries of a dhcpd.leases in the order of the file. What is neither lease nor relationship is skipped."""
    rest = b"\n"
    while True:
        block = stream.read(_BLOCK)
        if not block:
            return
        *pieces, rest = (rest + block).split(b"\n}")
        for piece in pieces:
            found = _ENTRY.search(piece)
            if found:
                address, relationship, body = found.groups()
                if address:
                    yield Entry(address.decode(), "", body)
                else:
                    yield Entry("", unquote(relationship.decode("utf-8", "replace")), body)
        # No entry is that long: whatever this is (a disk's zeros), it must not fill the memory.
        rest = rest[-_BLOCK:]


def last_entries(
    entries: Iterable[Entry], keep: Callable[[Entry], T | None]
) -> tuple[dict[str, T], dict[str, SavedState]]:
    """The entries that count: of leases, by address, what `keep` makes of them (nothing if that is None); and the
    saved states by relationship."""
    leases: dict[str, T] = {}
    states: dict[str, Entry] = {}
    for entry in entries:
        if not entry.address:
            states[entry.relationship] = entry
            continue
        kept = keep(entry)
        if kept is None:
            leases.pop(entry.address, None)
        else:
            leases[entry.address] = kept
    return leases, {name: saved_state(entry) for name, entry in states.items()}


def read_client_leases(lines: Iterable[str]) -> Iterator[ClientLease]:
    """The entries of a dhclient.leases in the order of the file."""
    body: list[str] | None = None
    for line in lines:
        if _CLIENT_LEASE.fullmatch(line):
            body = []
        elif body is not None and line.startswith("}"):
            lease = _client_lease(body)
            if lease:
                yield lease
            body = None
        elif body is not None and line[:1].isspace():
            body.append(line)
        else:
            body = None


def _statements(body: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The plain statements of an entry as name and value; `binding state active;` is ("binding", "state active")."""
    for line in body:
        if line.startswith("  ") and not line.startswith("   "):
            # A time may carry a comment after the semicolon: `ends epoch 1; # Sun Nov 22 ...`.
            text = line.strip()
            text = text.split("; #", 1)[0] if "; #" in text and '"' not in text else text
            name, _space, value = text.rstrip(";").partition(" ")
            yield name, value


def lease(entry: Entry) -> Lease:
    """What an entry about an address says."""
    found = dict(_statements(entry.body.decode("latin-1").split("\n")))
    times = {name: parse_date(found[name]) for name in _TIMES if name in found}
    hardware, hostname = found.get("hardware"), found.get("client-hostname")
    return Lease(
        entry.address,
        entry.binding_state,
        found["next"].rpartition(" ")[2] if "next" in found else None,
        found["rewind"].rpartition(" ")[2] if "rewind" in found else None,
        hardware=hardware.partition(" ")[2] if hardware else None,
        client_id=client_id(found["uid"]) if "uid" in found else None,
        client_hostname=unquote(hostname).encode("latin-1").decode("utf-8", "replace") if hostname else None,
        **times,
    )


def client_id(uid: str) -> str:
    """A `uid` as bytes in hexadecimal: dhcpd writes them like that, or as a string with octal bytes."""
    return unquote(uid).encode("latin-1").hex(":") if uid.startswith('"') else uid.lower()


def saved_state(entry: Entry) -> SavedState:
    """What an entry about a relationship says."""
    states: dict[str, tuple[str, datetime | None]] = {}
    mclt = None
    for line in entry.body.decode("latin-1").split("\n"):
        match = _SAVED_STATE.fullmatch(line)
        number = _MCLT.fullmatch(line)
        if match:
            states[match[1]] = (match[2], parse_date(match[3]))
        elif number:
            mclt = int(number[1])
    local, since = states.get("my", ("unknown-state", None))
    partner, partner_since = states.get("partner", (None, None))
    return SavedState(entry.relationship, local, since, partner, partner_since, mclt)


def _client_lease(body: Iterable[str]) -> ClientLease | None:
    options: dict[str, str] = {}
    found: dict[str, str] = {}
    for name, value in _statements(body):
        if name == "option":
            option, _space, text = value.partition(" ")
            options[option] = text
        else:
            found[name] = value
    if "interface" not in found or "fixed-address" not in found:
        return None
    expires = parse_date(found["expire"]) if "expire" in found else None
    return ClientLease(unquote(found["interface"]), found["fixed-address"], options, expires)
