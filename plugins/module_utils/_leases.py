# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The lease files of ISC's programs: dhcpd's database (dhcpd.leases) and the client's (dhclient.leases).

Both are logs: entries are appended, the last one about an address (or a relationship) counts. They are read line by
line, so memory depends on the number of addresses and not on the size of the file. An entry that was cut off, by a
crash or because it is just being written, is no entry. Standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Union

# Every state a lease can be in, in the order in which people look for them.
BINDING_STATES = ("free", "backup", "active", "expired", "released", "abandoned", "reset")

_TIMES = ("starts", "ends", "tstp", "tsfp", "atsfp", "cltt")

# An entry begins and ends in the first column; whatever is nested in it ("on expiry { ... }") is indented.
_LEASE = re.compile(r"lease ([0-9.]+) \{\s*")
_CLIENT_LEASE = re.compile(r"lease \{\s*")
_RELATIONSHIP = re.compile(r'failover peer "((?:[^"\\]|\\.)*)" state \{\s*')
_SAVED_STATE = re.compile(r"\s+(my|partner) state ([a-z-]+) at (.*);\s*")
_DATE = re.compile(r"\d+ (\d+)/(\d+)/(\d+) (\d+):(\d+):(\d+)")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")


@dataclass(frozen=True)
class Lease:
    """One entry about an address. Times are UTC; None where the entry does not tell it, or says `never`."""

    address: str
    binding_state: str
    starts: datetime | None = None
    ends: datetime | None = None
    tstp: datetime | None = None  # what this server has told its partner
    tsfp: datetime | None = None  # what the partner has told this server
    atsfp: datetime | None = None  # what the partner has acknowledged
    cltt: datetime | None = None  # last transaction with the client
    hardware: str | None = None
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


Entry = Union[Lease, SavedState]


def parse_date(text: str) -> datetime | None:
    """A date of a lease file: `0 2026/11/22 18:19:56` (UTC), `epoch 1795371596` or `never` (None)."""
    text = text.strip()
    if text.startswith("epoch "):
        return datetime.fromtimestamp(int(text.split()[1]), timezone.utc)
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)


def unquote(text: str) -> str:
    """The text of an ISC string: quotes off, `\\"` and octal bytes read."""
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)) if len(match[1]) == 3 else match[1], text)


def read_database(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a dhcpd.leases in the order of the file. What is neither lease nor relationship is skipped."""
    lease: re.Match[str] | None = None
    relationship: re.Match[str] | None = None
    body: list[str] = []
    for line in lines:
        if line.startswith("}"):
            if lease:
                yield _lease(lease[1], body)
            elif relationship:
                yield _saved_state(unquote(relationship[1]), body)
            lease = relationship = None
        elif line[:1].isspace():
            body.append(line)
        else:  # a new entry, be the one before complete or not
            body = []
            lease = _LEASE.fullmatch(line)
            relationship = None if lease else _RELATIONSHIP.fullmatch(line)


def last_entries(entries: Iterable[Entry]) -> tuple[dict[str, Lease], dict[str, SavedState]]:
    """The entries that count: leases by address, saved states by relationship."""
    leases: dict[str, Lease] = {}
    states: dict[str, SavedState] = {}
    for entry in entries:
        if isinstance(entry, Lease):
            leases[entry.address] = entry
        else:
            states[entry.relationship] = entry
    return leases, states


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


def _lease(address: str, body: Iterable[str]) -> Lease:
    found = dict(_statements(body))
    times = {name: parse_date(found[name]) for name in _TIMES if name in found}
    hardware = found.get("hardware")
    hostname = found.get("client-hostname")
    return Lease(
        address,
        found.get("binding", "state unknown").partition(" ")[2],
        hardware=hardware.partition(" ")[2] if hardware else None,
        client_hostname=unquote(hostname) if hostname else None,
        **times,
    )


def _saved_state(name: str, body: Iterable[str]) -> SavedState:
    states: dict[str, tuple[str, datetime | None]] = {}
    mclt = None
    for line in body:
        match = _SAVED_STATE.fullmatch(line)
        if match:
            states[match[1]] = (match[2], parse_date(match[3]))
        elif line.strip().startswith("mclt "):
            mclt = int(line.strip().rstrip(";").split()[1])
    local, since = states.get("my", ("unknown-state", None))
    partner, partner_since = states.get("partner", (None, None))
    return SavedState(name, local, since, partner, partner_since, mclt)


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
