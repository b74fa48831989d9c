# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The addresses that a declaration promises to clients, and what becomes of a present lease under it.

The controller makes the promise of a declaration. The server tests its leases against it, so that a database of any
size stays where it is. Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Reservation, format_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import Interval, union

NEVER = float("inf")
MAX_SAMPLES = 3

_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})*")


class Fate(str, Enum):
    """What becomes of a client that holds an address, once the daemon runs with the new declaration."""

    UNSERVED = "unserved"  # no range has the address, and it is not reserved for the client: no answer
    DENIED = "denied"  # its pool or subnet denies the client: a refusal, or no answer
    UNSURE = "unsure"  # its pool admits other classes than before
    MOVED = "moved"  # another address is reserved for the client: a refusal, then that address
    TAKEN = "taken"  # the address is reserved for another client: a refusal, then another address
    RENUMBERED = "renumbered"  # its subnet has another number: a refusal, and nobody gets the address


class Admission(NamedTuple):
    """The clients that a pool admits."""

    unknown: bool  # those without a reservation
    known: bool
    permits: Sequence[str] = ()  # all permits of the pool, if some are about something else


OPEN = Admission(unknown=True, known=True)


class Span(NamedTuple):
    """A range with the number of its admission and of its link."""

    low: int
    high: int
    admission: int
    link: int


@dataclass(frozen=True)
class Promise:
    """The addresses that a declaration gives out: ranges in order; by client, reserved addresses with their links.

    numbers: of subnets, where leases name them: the first and the last address, and the number, in order. exclusive:
    whether only its own client may have a reserved address, also if another one holds it.
    """

    spans: Sequence[Span]
    admissions: Sequence[Admission]
    reserved: Mapping[str, Sequence[Interval]]
    numbers: Sequence[tuple[int, int, int]] = ()
    exclusive: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Promise:
        """From `dataclasses.asdict`, which JSON may have carried."""
        return cls(
            [Span(*item) for item in data["spans"]],
            [Admission(*item) for item in data["admissions"]],
            {client: [(item[0], item[1]) for item in items] for client, items in data["reserved"].items()},
            [(item[0], item[1], item[2]) for item in data["numbers"]],
            data["exclusive"],
        )

    @cached_property
    def _lows(self) -> list[int]:
        return [span.low for span in self.spans]

    @cached_property
    def _taken(self) -> frozenset[int]:
        """The addresses that are for their own clients alone."""
        return frozenset(place for places in self.reserved.values() for place, _link in places if self.exclusive)

    @cached_property
    def _firsts(self) -> list[int]:
        return [first for first, _last, _number in self.numbers]

    def _number(self, address: int) -> int | None:
        at = bisect_right(self._firsts, address) - 1
        return self.numbers[at][2] if at >= 0 and address <= self.numbers[at][1] else None

    def fate(
        self,
        address: int,
        clients: Callable[[], Iterable[str]],
        permits: Callable[[], Iterable[str]],
        number: int | None = None,
    ) -> Fate | None:
        """What becomes of the holder of an address; None if it keeps it.

        clients: the names of the holder, from `names_of`. permits: those of its present pool.
        Both are functions, because most leases do not need them. number: of the lease's subnet, if it names one.
        """
        if number is not None and self.numbers and self._number(address) not in (None, number):
            return Fate.RENUMBERED
        at = bisect_right(self._lows, address) - 1
        span = self.spans[at] if at >= 0 and address <= self.spans[at].high else None
        admission = OPEN if span is None else self.admissions[span.admission]
        if span is not None and admission == OPEN and not self.reserved:
            return None
        names = [name for name in clients() if name in self.reserved] if self.reserved else []
        places = [place for name in names for place in self.reserved[name]]
        if any(place == address for place, _link in places):
            return None
        if address in self._taken:
            return Fate.TAKEN
        if span is None:
            return Fate.UNSERVED
        if any(link == span.link for _place, link in places):
            return Fate.MOVED
        if admission.permits:
            return Fate.UNSURE if _narrower(admission.permits, permits()) else None
        return None if (admission.known if names else admission.unknown) else Fate.DENIED


def _narrower(permits: Iterable[str], before: Iterable[str]) -> bool:
    """Whether these permits may refuse a client that those before have admitted."""
    now, then = set(permits), set(before)
    allowed, was_allowed = ({one for one in each if one.startswith("allow ")} for each in (now, then))
    return bool(now - then - allowed) or (bool(allowed) and (not was_allowed or bool(was_allowed - allowed)))


def names_of(hardware: str | None, client_id: str | None) -> list[str]:
    """The names of a client: its hardware type and address; its identifier, from octets in hexadecimal or a text."""
    names = [hardware.lower()] if hardware else []
    if client_id:
        octets = client_id if _OCTETS.fullmatch(client_id) else client_id.strip('"').encode().hex(":")
        names.append("identifier " + ":".join(octet.zfill(2) for octet in octets.lower().split(":")))
    return names


class Held(NamedTuple):
    """An address that a client holds and will not keep."""

    fate: Fate
    address: int
    client: str
    ends: float = NEVER  # seconds since the epoch; NEVER also for reservations


@dataclass(frozen=True)
class Affected:
    """The active leases of one fate, or the reservations."""

    fate: Fate
    reservations: bool
    addresses: Sequence[Interval]
    ends: float | None  # when the last of them ends, in seconds since the epoch; None: never
    samples: Sequence[tuple[int, str]]  # an address and its client, the lowest addresses first

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Affected:
        return cls(
            Fate(data["fate"]),
            data["reservations"],
            [(ends[0], ends[1]) for ends in data["addresses"]],
            data["ends"],
            [(sample[0], sample[1]) for sample in data["samples"]],
        )


def held_reservations(
    reservations: Iterable[Reservation], fate_of: Callable[[str, Callable[[], Iterable[str]]], Fate | None]
) -> Iterator[Held]:
    """The reservations whose clients would not keep their addresses. fate_of: by address, and the client's names."""
    for item in reservations:
        names = names_of(item.hardware, item.client_id)
        for address in item.addresses:
            fate = fate_of(format_address(address), names.copy)
            if fate:
                yield Held(fate, address, item.name)


def group(held: Iterable[Held], reservations: bool) -> list[Affected]:
    """One entry for each fate."""
    found: dict[Fate, list[Held]] = {}
    for item in held:
        found.setdefault(item.fate, []).append(item)
    return [
        Affected(
            fate,
            reservations,
            union((item.address, item.address) for item in items),
            None if (last := max(item.ends for item in items)) == NEVER else last,
            sorted((item.address, item.client) for item in items)[:MAX_SAMPLES],
        )
        for fate, items in sorted(found.items())
    ]
