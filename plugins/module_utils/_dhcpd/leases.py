# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The lease files of ISC's programs: dhcpd's database (dhcpd.leases) and the client's (dhclient.leases).

Both are logs: entries are appended, and the last one for an address (or a relationship) counts. A database may have
millions of entries, so it is read in blocks, entries stay bytes until more than their state is needed, and memory
depends on the entries that are kept.

One regular expression matches an entry as dhcpd writes it. Entries that do not match were edited or are damaged: they
are read token by token, as dhcpd reads them when it starts, and yield what dhcpd would write when it rewrites its
database. Standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import BinaryIO, NamedTuple, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.tokens import (
    END,
    HEX,
    NAME,
    NUMBER,
    RESERVED,
    STRING,
    Scanner,
    Token,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HARDWARE, MAX_HARDWARE, STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import BINDING_STATES, Lease
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import format_time

_TIMES = ("starts", "ends", "tstp", "tsfp", "atsfp", "cltt")
# dhcpd's `never`: the last second of 31 bits. A date from 2038 on is as late.
NEVER = 0x7FFFFFFF
_MONTHS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_HARDWARE_NUMBERS = {name: number for number, name in HARDWARE.items()}
_MAX_STRING = 1500


def _written() -> bytes:
    """An entry as dhcpd writes it, with all parts in order. Groups: address, body, variables of `set` statements."""
    octet = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    address = rb"\.".join([octet] * 4)
    # Whatever such characters mean, dhcpd continues after the semicolon.
    date = rb"(?:[0-9 /:]{1,40};|never;|epoch [0-9]{1,10};(?: #[^\n\xff]*)?)"
    state = rb"(?:" + "|".join(BINDING_STATES).encode() + rb");"
    character = rb'[^"\\\0\n\xff]*'
    text = b'"' + character + rb'(?:\\(?:[0-3][0-7]{2}|["\\])' + character + b')*"'
    # Options are written as if a shell were to read them.
    value = b'"' + character + rb"""(?:\\(?:[0-3][0-7]{2}|["\\'$`&|])""" + character + b')*"'
    octets = rb"[0-9a-f]{1,2}(?::[0-9a-f]{1,2})*"
    line = rb'\n    [^"#\n\0\xff]*(?:' + text + rb'[^"#\n\0\xff]*)*'
    statements = (
        *(rb"\n  " + name.encode() + b" " + date for name in _TIMES),
        rb"\n  next binding state " + state,
        rb"\n  rewind binding state " + state,
        rb"\n  reserved;",
        rb"\n  dynamic-bootp;",
        rb"\n  billing (?:sub)?class " + text + rb"(?: (?:" + text + b"|" + octets + rb")|);",
        rb"\n  hardware (?:ethernet|token-ring|fddi|infiniband) [0-9a-f]{2}(?::[0-9a-f]{2}){0,19};",
        rb"\n  uid (?:" + text + b"|" + octets + rb");",
        rb"(?P<variables>(?:\n  set [A-Za-z][A-Za-z0-9_-]* = (?:" + text + rb"|%[0-9]{1,10}|true|false);)+)",
        rb"(?:\n  option agent\.[A-Za-z0-9-]+ (?:" + value + b"|" + octets + rb"|[0-9]{1,10}|" + address + b");)+",
        rb"\n  client-hostname " + text + rb";",
        rb"(?:\n  on (?:expiry|release)(?: or (?:expiry|release)|) \{(?:" + line + rb")*\n  \}){1,2}",
    )
    # A branch that may be empty takes less time than a repetition.
    optional = [rb"(?:" + statement + b"|)" for statement in statements]
    optional.insert(len(_TIMES), rb"\n  binding state " + state)
    return rb"\n*lease (" + address + rb") \{(" + b"".join(optional) + rb")\n\}"


_WRITTEN = re.compile(_written())
_SET = re.compile(rb"\n  set ([^ ]+)")
_BLANK = re.compile(rb"(?:[ \t-\r]{1,1000}|#[^\n\xff]*\n){1,100}")
_BINDING_STATE = b"\n  binding state "
# The greatest length of an entry that dhcpd writes.
_LONGEST = 1 << 16
# The states in the database's spelling, so that a million addresses share a few texts.
_SHARED = {state.encode(): state for state in BINDING_STATES}

_CLIENT_LEASE = re.compile(r"lease \{\s*")
_SAVED_STATE = re.compile(r"  (my|partner) state ([a-z-]+)(?: at ([^;]*))?;")
_MCLT = re.compile(r"  mclt ([0-9]+);")
_EPOCH = re.compile(r"epoch ([0-9-][0-9]*)")
_DATE = re.compile(
    r"[0-9]+ +([0-9]+) */ *([0-9]+) */ *([0-9]+) +([0-9]+) *: *([0-9]+) *: *([0-9]+)(?: +([0-9-][0-9]*))? *"
)
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")


class Entry(NamedTuple):
    """A complete entry as it was written, for an address or a relationship."""

    address: str
    relationship: str
    body: bytes

    @property
    def binding_state(self) -> str:
        state = self.value(_BINDING_STATE)
        return _SHARED.get(state) or state.decode("latin-1") or "unknown"

    def value(self, name: bytes) -> bytes:
        """The text after a name (with the line's beginning) up to the end of the line, without its semicolon."""
        at = self.body.find(name)
        if at < 0:
            return b""
        at += len(name)
        end = self.body.find(b"\n", at)
        return self.body[at : end if end >= 0 else len(self.body)].rstrip(b"; \t")


@dataclass(frozen=True)
class SavedState:
    """A server's record of a relationship: its own state, and its partner's as last heard."""

    relationship: str
    local_state: str = "recover"  # as every server begins
    since: datetime | None = None
    partner_state: str | None = None
    partner_since: datetime | None = None
    mclt: int | None = None


@dataclass(frozen=True)
class ClientLease:
    """A lease as the client recorded it. Option names are ISC's."""

    interface: str
    address: str
    options: Mapping[str, str]
    expires: datetime | None


T = TypeVar("T")


def parse_date(text: str) -> datetime | None:
    """A date of a lease file: `0 2026/11/22 18:19:56` (UTC), `epoch 1795371596` or `never` (None, as anything else)."""
    seconds = parse_seconds(text)
    return None if seconds is None else _datetime(seconds)


def parse_seconds(text: str) -> int | None:
    """The same in seconds since the epoch; also NEVER or later, for a date that dhcpd takes for `never`."""
    text = text.strip()
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return _integer(epoch[1])
    match = _DATE.fullmatch(text)
    return _seconds([_integer(part or "0") for part in match.groups()]) if match else None


def _integer(text: str | bytes) -> int:
    """A number as C reads it: 32 bits, and 0 for anything else."""
    try:
        number = int(text[:20])
    except ValueError:
        return 0
    number = max(-1 << 63, min(number, (1 << 63) - 1))
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _seconds(parts: list[int]) -> int:
    """Year, month, day, hour, minute, second and offset as seconds since the epoch, without checking the calendar."""
    year, month, day, hour, minute, second, offset = parts
    year -= 1900 if year > 1900 else 0
    if year >= 138:
        return NEVER
    if not 1 <= month <= 12:
        return 0
    days = 365 * (year - 70) + int((year - 69) / 4) + _MONTHS[month - 1] + day - 1
    days += 1 if month > 2 and year % 4 == 0 else 0
    return _integer(str(((days * 24 + hour) * 60 + minute) * 60 + second + offset))


def _datetime(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, timezone.utc) if 0 < seconds < NEVER else None


def unquote(text: str) -> str:
    """The text of an ISC string: quotes off, `\\"` and octal bytes read."""
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8) & 0xFF) if len(match[1]) == 3 else match[1], text)


def read_database(stream: BinaryIO, now: float = 0, growing: bool = False) -> Iterator[Entry]:
    """The entries of a dhcpd.leases in the order of the file; anything but leases and relationships is skipped.

    now: seconds since the epoch; a lease without a state is active until it ends.
    growing: while a database grows, the daemon will write the rest of an incomplete last entry, so it does not count.
    Otherwise a crash has cut the entry off, and dhcpd reads the part that is there.
    """
    scanner = Scanner(stream)
    reader = _Reader(scanner, now)
    match = _WRITTEN.match
    while True:
        scanner.fill(_LONGEST)
        data, at = scanner.data, scanner.at
        end = len(data) - (0 if scanner.ended else _LONGEST)
        while at <= end:
            found = match(data, at)
            if not found:
                break
            address, body, variables = found.groups()
            if len(body) > _MAX_STRING or (variables and _reserved(variables)):
                break
            at = found.end()
            yield Entry(address.decode(), "", body)
        scanner.at = at
        if at <= end:
            blank = _BLANK.match(data, at)
            if blank and blank.end() <= end:
                scanner.at = blank.end()
                continue
            entry = reader.entry()
            if entry and not (growing and reader.cut):
                yield entry
            if reader.over:
                return
            scanner.rewind()


def _reserved(variables: bytes) -> bool:
    return any(name.decode().lower() in RESERVED for name in _SET.findall(variables))


def _is_name(kind: str) -> bool:
    return len(kind) > 1 or kind in (NAME, HEX)


class _LostError(Exception):
    """dhcpd gives up an entry, and continues after the tokens that it has read."""


class _Reader:
    """Reads entries in other forms as dhcpd reads them."""

    def __init__(self, scanner: Scanner, now: float) -> None:
        self.scanner = scanner
        self.now = now
        self.over = False  # there is nothing more
        self.cut = False  # the file ended within the last entry

    def entry(self) -> Entry | None:
        """The next entry, if it is of interest."""
        kind, _value = self.scanner.next()
        self.over, self.cut = kind == END, False
        try:
            if kind == "lease":
                return self._lease()
            if kind == "failover":
                return self._relationship()
        except _LostError:
            return None
        if kind != END:
            self.scanner.skip()
        return None

    def _next(self) -> Token:
        token = self.scanner.next()
        self.cut = self.cut or (token[0] == END and self.scanner.exhausted)
        return token

    def _take(self, kind: str) -> bytes | None:
        """The next token's text if it is of this kind. Otherwise the token is skipped, unless it ends the statement."""
        token = self.scanner.peek()
        if token[0] != ";":
            self._next()
        return token[1] if token[0] == kind else None

    def _semicolon(self) -> bool:
        if self._next()[0] == ";":
            return True
        self.scanner.skip()
        return False

    def _lose(self, skip: bool = True) -> None:
        if skip:
            self.scanner.skip()
        raise _LostError

    def _numbers(self, separator: str, base: int, count: int = 0) -> list[int]:
        """Numbers of a byte each: this many, or all."""
        found: list[int] = []
        while not count or len(found) < count:
            if found:
                kind, _value = self.scanner.peek()
                if kind != separator:
                    if not count:
                        break
                    if kind not in ("{", "}"):
                        self._next()
                    self._lose(skip=kind != ";")
                self._next()
            kind, value = self._next()
            if kind == END:
                break
            if kind != NUMBER and not (base == 16 and kind == HEX):
                self._lose()
            found.append(_byte(value, base))
        return found

    def _date(self) -> int:
        moment = self._moment()
        return moment if self._semicolon() else 0

    def _moment(self) -> int:
        """Seconds since the epoch; 0 without a date."""
        kind, _value = self.scanner.peek()
        if kind != ";":
            self._next()
        if kind == "never":
            return NEVER
        if kind == "epoch":
            seconds = self._take(NUMBER)
            return 0 if seconds is None else _integer(seconds)
        if kind != NUMBER:  # the day of the week
            return 0
        parts: list[int] = []
        for kind in (NUMBER, "/", NUMBER, "/", NUMBER, NUMBER, ":", NUMBER, ":", NUMBER):
            value = self._take(kind)
            if value is None:
                return 0
            if kind == NUMBER:
                parts.append(_integer(value))
        kind, value = self.scanner.peek()
        if kind != ";":
            self._next()
            if kind != NUMBER:
                return 0
        return _seconds([*parts, _integer(value) if kind == NUMBER else 0])

    def _lease(self) -> Entry | None:
        octets = self._numbers(".", 10, 4)
        if self._next()[0] != "{":
            self._lose()
        found = _Found()
        while True:
            kind, value = self._next()
            if kind in ("}", END):
                break
            self._statement(kind, value, found)
        return Entry(".".join(map(str, octets)), "", found.body(self.now).encode("latin-1"))

    def _statement(self, kind: str, value: bytes, found: _Found) -> None:
        """A statement of a lease."""
        if kind in _TIMES:
            found.times[kind] = self._date()
        elif kind == "timestamp":  # dhcpd ends with "Impossible error"
            self._date()
        elif kind == "binding":
            found.bind(self._binding_state())
        elif kind in ("next", "rewind"):
            if self._next()[0] == "binding":
                found.follow(kind, self._binding_state())
            else:
                self.scanner.skip()
                found.follow(kind, None)
        elif kind == "abandoned":
            found.bind(kind, follow=True)
            self._semicolon()
        elif kind in ("reserved", "dynamic-bootp"):
            self._semicolon()
        elif kind == "hardware":
            self._hardware(found)
        elif kind == "uid":
            found.client_id = self._client_id()
        elif kind == "client-hostname":
            found.hostname = self._hostname()
        elif kind == "class":
            kind, _value = self._next()
            if not _is_name(kind):
                if kind != ";":
                    self.scanner.skip(1)
                raise _LostError
            self._semicolon()
        elif kind in ("option", "supersede"):
            self._option()
        elif kind == "billing":
            self.scanner.skip()
        elif kind == "on":
            self._event(found)
        elif kind == "set":
            if self._next()[0] not in (NAME, HEX) or self._next()[0] != "=":
                self._lose()
            self._variable()
        elif value.lower() in (b"ddns-fwd-name", b"ddns-rev-name"):
            self._variable()
        else:
            self._lose()

    def _binding_state(self) -> str | None:
        if self._next()[0] != "state":
            self.scanner.skip()
            return None
        kind, _value = self._next()
        # Statements of older versions.
        state = "active" if kind in ("reserved", "bootp") else kind
        if state not in BINDING_STATES:
            self._lose()
        self._semicolon()
        return state

    def _hardware(self, found: _Found) -> None:
        kind, value = self._next()
        if kind in _HARDWARE_NUMBERS:
            number = _HARDWARE_NUMBERS[kind]
        elif value.startswith(b"unknown-"):
            number = _integer(value[8:].partition(b"-")[0]) & 255
        else:
            self.scanner.skip()
            return
        found.hardware = None
        octets: list[int] = []
        if self.scanner.peek()[0] != ";":
            try:
                octets = self._numbers(":", 16)
            except _LostError:  # of the address only
                return
        if 0 < len(octets) <= MAX_HARDWARE:
            found.hardware = f"{HARDWARE.get(number, f'unknown-{number}')} {bytes(octets).hex(':')}"
        self._semicolon()

    def _client_id(self) -> bytes:
        kind, value = self.scanner.peek()
        if kind == STRING:
            self._next()
        else:
            value = bytes(self._numbers(":", 16))
            if not value:
                raise _LostError
        self._semicolon()
        return value

    def _hostname(self) -> bytes:
        kind, value = self.scanner.peek()
        if kind == STRING:
            self._next()
            if not self._semicolon():
                raise _LostError
            return value.partition(b"\0")[0]
        parts: list[bytes] = []
        while _is_name(kind) or kind == NUMBER:
            parts.append(self._next()[1])
            kind, value = self.scanner.peek()
            if kind != ".":
                break
            parts.append(self._next()[1])
            kind, value = self.scanner.peek()
        if not parts:
            self._lose()
        self._semicolon()
        return b"".join(parts)

    def _name(self) -> str | None:
        kind, value = self._next()
        if _is_name(kind):
            return value.decode()
        if kind != ";":
            self.scanner.skip()
        return None

    def _option(self) -> None:
        """An option of the relay agent. The value does not matter here, only where dhcpd continues if it is wrong."""
        name = self._name()
        if name == "agent" and self.scanner.peek()[0] == ".":
            self._next()
            name = self._name()
        if name is None:
            return
        if name not in ("circuit-id", "remote-id"):
            self.scanner.skip()
            return
        kind, _value = self.scanner.peek()
        if kind == STRING:
            self._next()
        elif kind in (NUMBER, HEX):
            while self._next()[0] in (NUMBER, HEX):
                if self.scanner.peek()[0] != ":":
                    break
                self._next()
            else:
                self.scanner.skip()
        else:
            self.scanner.skip()
        self._semicolon()

    def _event(self, found: _Found) -> None:
        """`on expiry { ... }`: dhcpd wrote the contents, which are assumed to be right."""
        events = set()
        while True:
            kind, _value = self._next()
            if kind not in ("expiry", "release", "commit", "transmission"):
                self.scanner.skip()
                self.scanner.skip(1)
                raise _LostError
            events.add(kind)
            kind, _value = self._next()
            if kind != "or":
                break
        if kind == ";":
            return
        if kind != "{":
            self.scanner.skip()
            self.scanner.skip(1)
            raise _LostError
        if self.scanner.peek()[0] != "}":
            found.hooked = found.hooked or bool(events & {"expiry", "release"})
        self.scanner.skip(1)

    def _variable(self) -> None:
        """The value of a variable."""
        kind, value = self.scanner.peek()
        if kind == HEX:
            try:
                self._numbers(":", 16)
            except _LostError:
                self._lose()
        elif kind == "%":
            self._next()
            kind, value = self._next()
            if kind != NUMBER:
                self._lose(skip=kind != ";")
        elif kind == STRING or (kind == NAME and value.lower() in (b"true", b"false")):
            self._next()
        else:
            if kind == NAME:
                self._next()
            self._lose(skip=kind != ";")
        self._semicolon()

    def _relationship(self) -> Entry | None:
        if self._next()[0] != "peer":
            self._lose()
        kind, value = self._next()
        if kind != STRING and not _is_name(kind):
            self._lose()
        name = value.partition(b"\0")[0].decode("utf-8", "replace")
        for wanted in ("state", "{"):
            kind, _value = self._next()
            if kind != wanted:
                self._lose(skip=kind != ";")
        lines: list[str] = []
        while True:
            kind, _value = self._next()
            if kind == "}":
                break
            if kind in ("my", "partner") and self._next()[0] == "state":
                lines += self._server_state(kind)
                continue
            number = self._next() if kind == "mclt" else (END, b"")
            if number[0] != NUMBER:
                self.cut = not self.scanner.skip(1) and self.scanner.exhausted
                break
            lines.append(f"mclt {_integer(number[1]) % (1 << 32)}")
            self._semicolon()
        return Entry("", name, "".join(f"\n  {line};" for line in lines).encode())

    def _server_state(self, side: str) -> list[str]:
        state, _value = self._next()
        if state not in STATES.values():
            self.scanner.skip()
            return []
        kind, _value = self._next()
        if kind == ";":
            return [f"{side} state {state}"]
        if kind != "at":
            self.scanner.skip()
            return []
        moment = self._date()
        return [f"{side} state {state} at {_date_text(moment)}"] if moment else []


class _Found:
    """The facts from a lease's statements."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}
        # The states by the words before `binding`; None if dhcpd has understood none.
        self.states: dict[str, str | None] = {}
        self.said: set[str] = set()
        self.hardware: str | None = None
        self.client_id = b""
        self.hostname = b""
        self.hooked = False

    def bind(self, state: str | None, follow: bool = False) -> None:
        """`binding state`; without other statements, no other state follows."""
        self.said.add("binding")
        if state:
            followers = {"next"} if follow else {"next", "rewind"} - self.said
            self.states.update(dict.fromkeys({"binding", *followers}, state))

    def follow(self, which: str, state: str | None) -> None:
        self.said.add(which)
        if state:
            self.states[which] = state

    def body(self, now: float) -> str:
        """The entry that dhcpd would write. Without a state it invents one; if it has not understood the state, it
        forgets the entry."""
        if "binding" not in self.said:
            made_up = "active" if self.hooked or self.times.get("ends", 0) > now else "free"
            self.states = {"binding": made_up, "next": "free", "rewind": made_up}
        state = self.states.get("binding")
        if not state:
            return "\n  binding state free;"
        lines = [f"{name} {_date_text(self.times[name])}" for name in _TIMES if self.times.get(name, 0) > 0]
        lines.append(f"binding state {state}")
        following = self.states.get("next", "abandoned")  # its name for a state that it does not know
        rewind = self.states.get("rewind", state)
        lines += [f"next binding state {following}"] if following != state else []
        lines += [f"rewind binding state {rewind}"] if rewind != state else []
        if self.hardware:
            lines.append(f"hardware {self.hardware}")
        if self.client_id:
            lines.append(f"uid {self.client_id.hex(':')}")
        if self.hostname:
            text = "".join(
                chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in self.hostname
            )
            lines.append(f'client-hostname "{text}"')
        return "".join(f"\n  {line};" for line in lines)


def _date_text(seconds: int) -> str:
    moment = _datetime(seconds)
    return f"{moment:%w %Y/%m/%d %H:%M:%S}" if moment else "never"


def _byte(text: bytes, base: int) -> int:
    """The leading digits of a number as a byte; a larger number loses its upper bits."""
    value = 0
    for character in text.lstrip(b"-")[:64].lower() if text[:1] == b"-" else text.lower():
        digit = "0123456789abcdefghijklmnopqrstuvwxyz".find(chr(character))
        if not 0 <= digit < base:
            break
        value = value * base + digit
    return -value & 255 if text[:1] == b"-" else value & 255


def last_entries(
    entries: Iterable[Entry], keep: Callable[[Entry], T | None]
) -> tuple[dict[str, T], dict[str, SavedState]]:
    """The entries that count: of leases, by address, what `keep` makes of them (nothing if that is None); and the
    saved states by relationship."""
    leases: dict[str, T] = {}
    states: dict[str, SavedState] = {}
    for entry in entries:
        if not entry.address:
            states[entry.relationship] = saved_state(entry, states.get(entry.relationship))
            continue
        kept = keep(entry)
        if kept is None:
            leases.pop(entry.address, None)
        else:
            leases[entry.address] = kept
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


def lease(entry: Entry, relationship: str | None = None) -> Lease:
    """The lease of an entry for an address; the relationship is that of the address's pool."""
    found = dict(_statements(entry.body.decode("latin-1").split("\n")))
    times = {name: format_time(parse_date(found[name])) for name in _TIMES if name in found}
    hardware, hostname = found.get("hardware"), unquote(found.get("client-hostname", ""))
    following, rewind = (found.get(name, "").rpartition(" ")[2] for name in ("next", "rewind"))
    return Lease(
        entry.address,
        entry.binding_state,
        following if following not in ("", entry.binding_state) else None,
        rewind if rewind not in ("", entry.binding_state) else None,
        hardware=hardware.partition(" ")[2] if hardware else None,
        client_id=client_id(found["uid"]) or None if "uid" in found else None,
        client_hostname=hostname.encode("latin-1").decode("utf-8", "replace") or None,
        relationship=relationship,
        **times,
    )


def client_id(uid: str) -> str:
    """A `uid` as bytes in hexadecimal: dhcpd writes them like that, or as a string with octal bytes."""
    if uid.startswith('"'):
        return unquote(uid).encode("latin-1").hex(":")
    return ":".join(octet.zfill(2) for octet in uid.lower().split(":"))


def saved_state(entry: Entry, before: SavedState | None = None) -> SavedState:
    """The state of an entry for a relationship; missing fields keep their previous values."""
    found = before or SavedState(entry.relationship)
    for line in entry.body.decode().split("\n"):
        match = _SAVED_STATE.fullmatch(line)
        number = _MCLT.fullmatch(line)
        if number:
            found = replace(found, mclt=int(number[1]))
        elif match:
            since = parse_date(match[3]) if match[3] else None
            if match[1] == "my":
                found = replace(found, local_state=match[2], since=since)
            else:
                found = replace(found, partner_state=match[2], partner_since=since)
    return found


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
