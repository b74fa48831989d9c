# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Entries of dhcpd's lease database as bindings, and bindings as entries that dhcpd reads.

Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    NEVER,
    Entry,
    SavedState,
    parse_seconds,
    unquote,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HARDWARE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    format_address,
    parse_address,
)

_STATEMENT = re.compile(rb"\n  ([a-z-]+) ([^\n]*)")
_RELAY = re.compile(rb"\n  option agent\.([A-Za-z0-9-]+) ([^\n]*);")
_KINDS: Mapping[str, int] = {name: number for number, name in HARDWARE.items()}
# The sub-options of a relay agent that dhcpd knows, by its names; it calls the others unknown-NUMBER.
_SUB_OPTIONS: Mapping[str, int] = {
    "circuit-id": 1,
    "remote-id": 2,
    "agent-id": 3,
    "DOCSIS-device-class": 4,
    "link-selection": 5,
    "relay-port": 19,
}
_NAMES: Mapping[int, str] = {number: name for name, number in _SUB_OPTIONS.items()}
_NUMBER, _ADDRESSES = "DOCSIS-device-class", ("agent-id", "link-selection")
_LONGEST_OPTION = 255
_UNKNOWN = "unknown-"


# --- reading ------------------------------------------------------------------------------------------------------


def binding(entry: Entry) -> Binding:
    """The binding of an entry for an address."""
    found = dict(_STATEMENT.findall(entry.body))
    kind, hardware = _hardware(found.get(b"hardware", b""))
    granted = _time(found.get(b"cltt")) or _time(found.get(b"starts"))
    ends = _time(found.get(b"ends"))
    return Binding(
        parse_address(entry.address) or 0,
        entry.binding_state,
        granted if granted < NEVER else 0,
        ends if ends < NEVER else None,
        hardware,
        _octets(found.get(b"uid", b"").rstrip(b";")),
        _octets(found[b"client-hostname"].rstrip(b";")) if b"client-hostname" in found else b"",
        b"".join(_sub_options(entry.body)) if b"\n  option agent." in entry.body else b"",
        kind,
    )


def _time(text: bytes | None) -> int:
    """Seconds since the epoch; 0 for none, and NEVER."""
    if text is None:
        return 0
    text = text.partition(b";")[0]
    # What dhcpd writes: `0 2026/11/22 18:19:56`. There are few days, and many times.
    if len(text) == len("0 2026/11/22 18:19:56"):
        day = _day(text[2:12])
        hour, minute, second = text[13:15], text[16:18], text[19:21]
        if day is not None and hour.isdigit() and minute.isdigit() and second.isdigit():
            return day + 3600 * int(hour) + 60 * int(minute) + int(second)
    if text == b"never":
        return NEVER
    seconds = parse_seconds(text.decode("latin-1"))
    return min(max(seconds or 0, 0), NEVER)


@lru_cache(maxsize=4096)
def _day(text: bytes) -> int | None:
    """The first second of a day that is written as 2026/11/22; None if it is not, or dhcpd takes it for `never`."""
    year, month, day = text[:4], text[5:7], text[8:]
    if not (year.isdigit() and month.isdigit() and day.isdigit() and text[4:5] == text[7:8] == b"/"):
        return None
    try:
        moment = datetime(int(year), int(month), int(day), tzinfo=timezone.utc)
    except ValueError:
        return None
    return int(moment.timestamp()) if 1970 <= moment.year < 2038 else None


def _hardware(text: bytes) -> tuple[int, bytes]:
    name, _space, octets = text.rstrip(b";").decode("latin-1").partition(" ")
    number = name[len(_UNKNOWN) :] if name.startswith(_UNKNOWN) else ""
    return _KINDS.get(name) or (int(number) if number.isdigit() else 1), _octets(octets.encode("latin-1"))


def _octets(text: bytes) -> bytes:
    """The value of a string, or of octets in hexadecimal."""
    if text.startswith(b'"'):
        return unquote(text.decode("latin-1")).encode("latin-1") if b"\\" in text else text[1:-1]
    if text[2::3] == b":" * (len(text) // 3):  # two digits for each, as most are
        return bytes.fromhex(text.decode().replace(":", ""))
    return bytes(int(octet, 16) for octet in text.split(b":")) if text else b""


def _sub_options(body: bytes) -> Iterator[bytes]:
    """What a relay agent has added, as in its packets."""
    for name, text in _RELAY.findall(body):
        word = name.decode()
        code = _SUB_OPTIONS.get(word)
        if code is None:
            number = word[len(_UNKNOWN) :] if word.startswith(_UNKNOWN) else ""
            code = int(number) if number.isdigit() else 0
        if word == _NUMBER:
            value = (int(text) & 0xFFFFFFFF).to_bytes(4, "big") if text.isdigit() else b""
        elif word in _ADDRESSES:
            value = (parse_address(text.decode("latin-1")) or 0).to_bytes(4, "big")
        else:
            value = _octets(text)
        if 0 < code <= _LONGEST_OPTION and len(value) <= _LONGEST_OPTION:
            yield bytes((code, len(value))) + value


# --- writing ------------------------------------------------------------------------------------------------------


def database(states: Iterable[SavedState], bindings: Iterable[Binding]) -> Iterator[bytes]:
    """A lease database, as parts of a file. states: of the relationships, as the daemon shall start with them."""
    yield b"# The format of this file is documented in the dhcpd.leases(5) manual page.\n\n"
    for state in states:
        yield _relationship(state).encode()
    yield from entries(bindings)


def entries(bindings: Iterable[Binding]) -> Iterator[bytes]:
    """Parts that can also be appended to a database."""
    return (_entry(held) for held in bindings)


def without_partner(relationship: str, now: datetime, mclt: int | None) -> SavedState:
    """The state of a server whose partner is lost since now."""
    return SavedState(relationship, "partner-down", now, "communications-interrupted", now, mclt)


def handed_over(relationship: str, since: datetime, mclt: int | None, serves: bool) -> SavedState:
    """The state of a server whose partner has handed over to it, or (serves: False) of the partner."""
    states = ("partner-down", "shutdown") if serves else ("shutdown", "partner-down")
    return SavedState(relationship, states[0], since, states[1], since, mclt)


def _relationship(state: SavedState) -> str:
    lines = [f'failover peer "{state.relationship}" state {{']
    for side, word, since in (
        ("my", state.local_state, state.since),
        ("partner", state.partner_state, state.partner_since),
    ):
        if word and since:
            lines.append(f"  {side} state {word} at {_date(int(since.timestamp()))};")
    if state.mclt is not None:
        lines.append(f"  mclt {state.mclt};")
    return "\n".join([*lines, "}\n"])


def _entry(held: Binding) -> bytes:
    """An entry that both servers of a pair have agreed on."""
    granted, ends = _date(held.granted), _date(held.ends)
    parts = [
        f"lease {format_address(held.address)} {{\n  starts {granted};\n  ends {ends};\n  tstp {ends};\n"
        f"  tsfp {ends};\n  atsfp {ends};\n  cltt {granted};\n  binding state {held.state};\n"
        f"  next binding state {'expired' if held.state == ACTIVE else 'free'};\n"
    ]
    if held.hardware:
        parts.append(f"  hardware {HARDWARE.get(held.kind, f'unknown-{held.kind}')} {held.hardware.hex(':')};\n")
    if held.client_id:
        parts.append(f"  uid {held.client_id.hex(':')};\n")
    parts += (f"  option agent.{name} {value};\n" for name, value in _named(held.relay))
    if held.hostname and _writable(held.hostname):
        parts.append(f'  client-hostname "{held.hostname.decode()}";\n')
    return "".join([*parts, "}\n"]).encode()


def _writable(text: bytes) -> bool:
    """dhcpd itself leaves out a name that it could not write plainly."""
    return all(32 <= octet < 127 and octet not in b'"\\' for octet in text)


def _named(relay: bytes) -> Iterator[tuple[str, str]]:
    """Sub-options with dhcpd's names. What is cut off is left out."""
    at = 0
    while at + 2 <= len(relay):
        code, size = relay[at], relay[at + 1]
        value = relay[at + 2 : at + 2 + size]
        at += 2 + size
        if len(value) < size or not value:
            continue
        name = _NAMES.get(code, f"{_UNKNOWN}{code}")
        if name in _ADDRESSES or name == _NUMBER:
            if size == 4:
                number = int.from_bytes(value, "big")
                yield name, str(number) if name == _NUMBER else format_address(number)
        else:
            yield name, value.hex(":")


def _date(seconds: int | None) -> str:
    """A time as dhcpd writes it. It takes those from 2038 on for `never`, and cannot write those before 1970."""
    if seconds is None or seconds >= NEVER:
        return "never"
    day, second = divmod(max(seconds, 1), 86400)
    return f"{_day_text(day)} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return f"{datetime.fromtimestamp(day * 86400, timezone.utc):%w %Y/%m/%d}"
