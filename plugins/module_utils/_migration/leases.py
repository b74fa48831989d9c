# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The leases of a pair on their way to the other daemon: read, merged, placed and compared.

A database is a log in which the last entry for an address counts, and it may have millions. So each step takes and
gives bindings in the order of their addresses, one by one. Only reading has to sort them, in parts of limited size that
wait in temporary files. Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge as merge_sorted
from itertools import groupby
from operator import itemgetter
from typing import BinaryIO, NamedTuple, Optional, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import bindings as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import Entry as DhcpdEntry
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import read_database as read_dhcpd_file
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Form, Placed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import Entry as KeaEntry
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import read_database as read_kea_files
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import BINDING_STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import (
    ABANDONED,
    ACTIVE,
    ETHERNET,
    Binding,
    later,
    same_client,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    format_address,
    parse_address,
)

# Opens an empty temporary file.
Spool = Callable[[], BinaryIO]
# Entries in memory while a database is read.
_PART = 1 << 15
# How long an address stays abandoned if its entry does not say: the default of both daemons.
_PROBATION = 86400
# Of the addresses to be named, as many are kept.
MAX_NAMED = 10
_EVER = (1 << 63) - 1

E = TypeVar("E")


# --- reading ------------------------------------------------------------------------------------------------------


def read_dhcpd(stream: BinaryIO, now: float, spool: Spool, growing: bool = False) -> Iterator[Binding]:
    """The bindings of a dhcpd.leases."""
    return latest(*_of_dhcpd(stream, now, growing), spool)


def read_kea(streams: Iterable[BinaryIO], spool: Spool, growing: bool = False) -> Iterator[Binding]:
    """The bindings of Kea's lease files, in Kea's order."""
    return latest(*_of_kea(streams, growing), spool)


# By address, in order. None: it has no lease any more.
Changes = list[tuple[int, Optional[Binding]]]


def changes_of_dhcpd(stream: BinaryIO, now: float, growing: bool = False) -> Changes:
    """What a few entries of a dhcpd.leases say."""
    return _last(*_of_dhcpd(stream, now, growing))


def changes_of_kea(streams: Iterable[BinaryIO], growing: bool = False) -> Changes:
    """What a few rows of Kea's say."""
    return _last(*_of_kea(streams, growing))


def _of_dhcpd(
    stream: BinaryIO, now: float, growing: bool
) -> tuple[Iterator[tuple[str, DhcpdEntry]], Callable[[DhcpdEntry], Binding | None]]:
    def convert(entry: DhcpdEntry) -> Binding:
        held = dhcpd.binding(entry)
        return held._replace(ends=int(now) + _PROBATION) if held.state == ABANDONED and held.ends == 0 else held

    return ((entry.address, entry) for entry in read_dhcpd_file(stream, now, growing) if entry.address), convert


def _of_kea(
    streams: Iterable[BinaryIO], growing: bool
) -> tuple[Iterator[tuple[str, KeaEntry]], Callable[[KeaEntry], Binding | None]]:
    def convert(entry: KeaEntry) -> Binding | None:
        return None if entry.removed else kea.binding(entry)

    return ((entry.address, entry) for entry in read_kea_files(streams, growing)), convert


def _last(entries: Iterable[tuple[str, E]], convert: Callable[[E], Binding | None]) -> Changes:
    return _sorted(dict(entries), convert)


def latest(
    entries: Iterable[tuple[str, E]], convert: Callable[[E], Binding | None], spool: Spool, part: int = _PART
) -> Iterator[Binding]:
    """What the last entry for each address says, in the order of addresses. None: it removes the address."""
    parts: list[Iterator[tuple[int, Binding | None]]] = []
    recent: dict[str, E] = {}
    for address, entry in entries:
        recent[address] = entry
        if len(recent) >= part:
            file = spool()
            file.writelines(_pack(number, held) for number, held in _sorted(recent, convert))
            file.seek(0)
            parts.append(_unpacked(file))
            recent = {}
    parts.append(iter(_sorted(recent, convert)))
    # Of equal addresses, those of later parts come last.
    for _address, found in groupby(merge_sorted(*parts, key=itemgetter(0)), key=itemgetter(0)):
        *_older, (_same, last) = found
        if last is not None:
            yield last


def _sorted(recent: dict[str, E], convert: Callable[[E], Binding | None]) -> Changes:
    found = [(parse_address(address) or 0, convert(entry)) for address, entry in recent.items()]
    return sorted(found, key=itemgetter(0))


# Address, the number of the state or of none, granted, ends, kind, lengths of the four texts.
_PACKED = struct.Struct(">IBqqHHHHH")
_NONE = len(BINDING_STATES)


def packed(bindings: Iterable[Binding]) -> Iterator[bytes]:
    """Bindings as parts of a file, for the partner."""
    return (_pack(held.address, held) for held in bindings)


def unpacked(file: BinaryIO) -> Iterator[Binding]:
    """The bindings of such a file."""
    return (held for _address, held in _unpacked(file) if held is not None)


class Index:
    """Packed bindings, to be found by address. The file must not be read otherwise meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.addresses, self.places = array("I"), array("Q")
        file.seek(0)
        at = 0
        while head := file.read(_PACKED.size):
            address, *_more, first, second, third, fourth = _PACKED.unpack(head)
            self.addresses.append(address)
            self.places.append(at)
            size = first + second + third + fourth
            at += _PACKED.size + size
            file.seek(size, 1)

    def among(self, addresses: Iterable[int]) -> Iterator[Binding]:
        """Those of some addresses, in their order."""
        for address in addresses:
            at = bisect_left(self.addresses, address)
            if at < len(self.addresses) and self.addresses[at] == address:
                self.file.seek(self.places[at])
                _address, held = next(_read(self.file), (address, None))
                if held is not None:
                    yield held


def _pack(address: int, held: Binding | None) -> bytes:
    if held is None:
        return _PACKED.pack(address, _NONE, *[0] * 7)
    state = BINDING_STATES.index(held.state) if held.state in BINDING_STATES else BINDING_STATES.index("reset")
    texts = (held.hardware, held.client_id, held.hostname, held.relay)
    ends = _EVER if held.ends is None else held.ends
    sizes = (len(text) for text in texts)
    return _PACKED.pack(address, state, held.granted, ends, held.kind, *sizes) + b"".join(texts)


def _unpacked(file: BinaryIO) -> Iterator[tuple[int, Binding | None]]:
    with file:
        yield from _read(file)


def _read(file: BinaryIO) -> Iterator[tuple[int, Binding | None]]:
    while head := file.read(_PACKED.size):
        address, state, granted, ends, kind, *sizes = _PACKED.unpack(head)
        hardware, client_id, hostname, relay = (file.read(size) for size in sizes)
        if state == _NONE:
            yield address, None
        else:
            times = granted, None if ends == _EVER else ends
            texts = hardware, client_id, hostname, relay
            yield address, Binding(address, BINDING_STATES[state], *times, *texts, kind)


# --- merging ------------------------------------------------------------------------------------------------------


class Conflict(NamedTuple):
    """An address that each server has leased to another client."""

    first: Binding
    second: Binding

    def sentence(self, servers: tuple[str, str]) -> str:
        words = [
            f"to {held.client} on {server} {until(held.ends)}"
            for held, server in zip((self.first, self.second), servers)
        ]
        return f"{format_address(self.first.address)} is leased {' and '.join(words)}"


def until(ends: int | None) -> str:
    return "for ever" if ends is None else f"until {utc(ends)}"


@dataclass
class Account:
    """What became of the entries. named: by the same words, the first addresses that an operator should see.

    shortest: the shortest time for which a client has got its lease; None if none ends.
    """

    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    shortest: int | None = None

    def name(self, word: str, held: Binding) -> None:
        self.counts[word] += 1
        named = self.named.setdefault(word, [])
        if len(named) < MAX_NAMED:
            named.append(format_address(held.address))

    def keep(self, held: Binding) -> None:
        self.counts[KEPT if held.state == ACTIVE else HELD] += 1
        if held.state == ACTIVE and held.ends is not None:
            lifetime = held.ends - held.granted
            self.shortest = lifetime if self.shortest is None else min(self.shortest, lifetime)

    def sentences(self) -> list[str]:
        """The account in words. Conflicts have their own."""
        return list(self._told(_WORDS))

    def warnings(self) -> list[str]:
        """What the move costs clients, in words."""
        return list(self._told(_WARNINGS))

    def _told(self, words: Mapping[str, tuple[str, str, str]]) -> Iterator[str]:
        for word, (one, several, rest) in words.items():
            count, named = self.counts[word], self.named.get(word, [])
            more = f" and {count - len(named):,} more" if count > len(named) else ""
            shown = f": {', '.join(named)}{more}" if named else ""
            if count:
                yield f"{count:,} {one if count == 1 else several}{shown}{rest}"


# What is kept, dropped or changed on the way. Each for one, for more, and what follows the addresses if they are named.
KEPT, HELD, ENDED, FREE = "kept", "held", "ended", "free"
OUTSIDE, NAMELESS, UNHEARD, UNKNOWN_AGAIN = "outside", "nameless", "unheard", "unknown again"
# Never used; nobody needs to hear of them.
UNUSED, _UNUSED = "unused", ("free", "backup")
_WORDS = {
    KEPT: ("lease of a client", "leases of clients", ""),
    HELD: (
        "abandoned address, which stays so until its time is over",
        "abandoned addresses, which stay so until their time is over",
        "",
    ),
    ENDED: ("lease that is over, dropped", "leases that are over, dropped", ""),
    FREE: (
        "free address that remembers a client, dropped",
        "free addresses that remember clients, dropped",
        ": such a client gets any free address when it returns",
    ),
    OUTSIDE: (
        "lease of an address in no pool, dropped",
        "leases of addresses in no pool, dropped",
        ". A reserved address needs none",
    ),
    NAMELESS: (
        "lease without a client, kept as abandoned until it ends",
        "leases without a client, kept as abandoned until they end",
        "",
    ),
}
# Measured on 2.2.0, 2.6.3 and 3.0.4: what a client with such a lease gets from Kea.
_WARNINGS = {
    UNHEARD: (
        "client has an identifier whose length this release of Kea does not take",
        "clients have identifiers whose length this release of Kea does not take",
        ". Kea drops every packet with one, so such a client gets no answer. Give it another one before the move",
    ),
    UNKNOWN_AGAIN: (
        "client is on a network other than Ethernet and has no identifier",
        "clients are on a network other than Ethernet and have no identifier",
        ". Kea does not know such a client again, and gives it another address. Give it an identifier before the move",
    ),
}


def merge(first: Iterable[Binding], second: Iterable[Binding], now: float, account: Account) -> Iterator[Binding]:
    """The bindings that hold, from the databases of both servers of a pair. Both must be in order."""
    sides = (((_meant(held, now, account), 0) for held in first), ((_meant(held, now, account), 1) for held in second))
    for _address, found in groupby(
        merge_sorted(*sides, key=lambda item: item[0].address), key=lambda item: item[0].address
    ):
        known: list[Binding | None] = [None, None]
        for held, side in found:
            known[side] = held
        one, other = known
        chosen = _choose(one, other, now) if one and other else one or other
        if isinstance(chosen, Conflict):
            account.conflicts.append(chosen)
        elif chosen is not None and chosen.holds(now):
            yield chosen
        elif chosen is not None:
            used = chosen.hardware or chosen.client_id or chosen.state not in _UNUSED
            account.counts[_over(chosen) if used else UNUSED] += 1


def overlay(newer: Iterable[Binding], older: Iterable[Binding]) -> Iterator[Binding]:
    """The bindings of both, in order. What `newer` says of an address counts."""
    both = merge_sorted(newer, older, key=lambda held: held.address)
    return (next(found) for _address, found in groupby(both, key=lambda held: held.address))


def _meant(held: Binding, now: float, account: Account) -> Binding:
    """An abandoned address is nobody's, and one that nobody can renew is abandoned."""
    if held.state == ABANDONED:
        return _nobodys(held)
    if held.state == ACTIVE and not (held.hardware or held.client_id) and held.holds(now):
        account.name(NAMELESS, held)
        return _nobodys(held)
    return held


def _nobodys(held: Binding) -> Binding:
    return Binding(held.address, ABANDONED, held.granted, held.ends)


def _choose(one: Binding, other: Binding, now: float) -> Binding | Conflict:
    """What both entries for an address mean. In doubt a client keeps its address: that costs an address, no service."""
    newer, older = (other, one) if other.granted > one.granted else (one, other)
    if newer.holds(now) and older.holds(now):
        if newer.state == older.state == ACTIVE and not same_client(newer, older):
            return Conflict(one, other)
        if newer.state != older.state and newer.granted == older.granted:
            newer, older = (newer, older) if newer.state == ACTIVE else (older, newer)
        return newer if newer.state != older.state else _joined(newer, older)
    # Only a client itself gives up its lease.
    over = same_client(newer, older) and newer.granted > older.granted
    return older if older.holds(now) and not over else newer


def _joined(newer: Binding, older: Binding) -> Binding:
    """Both are the same client's. Servers do not tell each other its name, nor what the relay agent has added."""
    return newer._replace(
        ends=later(newer.ends, older.ends),
        hostname=newer.hostname or older.hostname,
        relay=newer.relay or older.relay,
        hardware=newer.hardware or older.hardware,
    )


# --- placing ------------------------------------------------------------------------------------------------------


def for_kea(
    bindings: Iterable[Binding], subnet_of: Callable[[int], int | None], form: Form, now: float, account: Account
) -> Iterator[Placed]:
    """Bindings as a release of Kea can keep them. subnet_of: the number of the subnet whose pools have an address."""
    for held in _settled(bindings, now, account):
        subnet = subnet_of(held.address)
        if subnet is None:
            account.name(OUTSIDE, held)
            continue
        kept = held
        if held.client_id and len(held.client_id) not in form.client_ids:
            account.name(UNHEARD, held)
            kept = kept._replace(client_id=b"")
        # Kea keeps no kind, and takes the hardware address for one of Ethernet.
        elif held.kind != ETHERNET and held.hardware and not held.client_id:
            account.name(UNKNOWN_AGAIN, held)
        if kept.state == ACTIVE and not (kept.hardware or kept.client_id):
            account.name(NAMELESS, held)
            kept = _nobodys(kept)
        account.keep(kept)
        yield kept, subnet


def for_dhcpd(
    bindings: Iterable[Binding], in_pool: Callable[[int], bool], now: float, account: Account
) -> Iterator[Binding]:
    """Bindings as dhcpd can keep them. It has no place for addresses outside its pools."""
    for held in _settled(bindings, now, account):
        if not in_pool(held.address):
            account.name(OUTSIDE, held)
            continue
        account.keep(held)
        yield held


def _over(held: Binding) -> str:
    """The word for one that does not hold."""
    return FREE if held.state in _UNUSED else ENDED


def _settled(bindings: Iterable[Binding], now: float, account: Account) -> Iterator[Binding]:
    """Those that hold, with times that are complete."""
    for held in bindings:
        if not held.holds(now):
            account.counts[_over(held)] += 1
            continue
        kept = held
        if kept.granted <= 0 or (kept.ends is not None and kept.granted >= kept.ends):
            kept = kept._replace(granted=int(now) if kept.ends is None else min(int(now), kept.ends - 1))
        yield kept


# --- comparing ----------------------------------------------------------------------------------------------------


class Unlike(NamedTuple):
    """An address for which a daemon does not hold what its clients were promised. None: nothing."""

    promised: Placed | None
    held: Placed | None

    def sentence(self) -> str:
        if self.promised and self.held:
            return f"{format_address(self.promised[0].address)}: {_difference(self.promised, self.held)}"
        placed, text = (self.promised, "is missing") if self.promised else (self.held, "was promised by no server")
        known = placed[0] if placed else Binding(0, ABANDONED)
        return f"{format_address(known.address)}: the lease of {known.client} {until(known.ends)} {text}"


def _difference(promised: Placed, held: Placed) -> str:
    (wanted, subnet), (found, other) = promised, held
    if wanted.state != found.state:
        return f"{found.state}, not {wanted.state}"
    if (wanted.hardware, wanted.client_id) != (found.hardware, found.client_id):
        return f"leased to {_identity(found)}, not to {_identity(wanted)}"
    if wanted.ends != found.ends:
        return f"leased to {wanted.client} {until(found.ends)}, not {until(wanted.ends)}"
    return f"in subnet {other}, not {subnet}"


def _identity(held: Binding) -> str:
    if held.hardware and held.client_id:
        return f"{held.client} with client identifier {held.client_id.hex(':')}"
    return held.client


def compare(promised: Iterable[Placed], held: Iterable[Placed], now: float) -> Iterator[Unlike]:
    """Where a daemon holds something else than was promised. Both must be in order; what is over does not count."""
    sides = (((placed, 0) for placed in promised), ((placed, 1) for placed in held))
    for _address, found in groupby(
        merge_sorted(*sides, key=lambda item: item[0][0].address), key=lambda item: item[0][0].address
    ):
        known: list[Placed | None] = [None, None]
        for placed, side in found:
            known[side] = placed if placed[0].holds(now) else None
        if (known[0] or known[1]) and _essence(known[0]) != _essence(known[1]):
            yield Unlike(known[0], known[1])


def _essence(placed: Placed | None) -> tuple[object, ...] | None:
    """What a client would notice."""
    if placed is None:
        return None
    held, subnet = placed
    return subnet, held.state, held.ends, held.hardware, held.client_id
