# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pair of servers with both daemons, as far as a move from one to the other can go wrong.

The daemons do at once what takes them seconds. A lease is a number; a database is the set of those that it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    DHCPD,
    KEA,
    PRIMARY,
    SECONDARY,
    Act,
    Daemon,
    Deed,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

NORMAL, ALONE, HELD = "normal", "alone", "held"
Leases = frozenset[int]


class ActFailedError(Exception):
    """An act has found something else than it needs."""


@dataclass(frozen=True)
class Side:
    """saved: the state in dhcpd's database. maintenance: Kea's partner has taken over.

    old: Kea has given leases since dhcpd's database was written. known: the configuration of Kea is on the host.
    """

    dhcpd: bool = True
    dhcpd_enabled: bool = True
    saved: str = NORMAL
    dhcpd_leases: Leases = frozenset()
    old: bool = False
    kea: bool = False
    kea_enabled: bool = False
    deaf: bool = False
    known: bool = False
    maintenance: bool = False
    kea_leases: Leases = frozenset()
    journal: Journal | None = None

    def rebooted(self) -> Side:
        return replace(self, dhcpd=self.dhcpd_enabled, kea=self.kea_enabled, maintenance=False)


@dataclass(frozen=True)
class Pair:
    """Both servers. given: the number of leases that clients have been given. cut: no Kea reaches the other one."""

    a: Side = Side()
    b: Side = Side()
    given: int = 0
    cut: bool = False

    def settled(self) -> Pair:
        """The daemons find each other, and tell each other what they know."""
        a, b = self.a, self.b
        if a.dhcpd and b.dhcpd:
            # The one that is held is told nothing until it rejoins.
            held = b.saved == HELD
            both = a.dhcpd_leases | (frozenset() if held else b.dhcpd_leases)
            a = replace(a, saved=ALONE if held else NORMAL, dhcpd_leases=both)
            b = b if held else replace(b, saved=NORMAL, dhcpd_leases=both)
        if a.kea and b.kea and not self.cut:
            both = a.kea_leases | b.kea_leases
            a, b = replace(a, kea_leases=both), replace(b, kea_leases=both)
        if not b.kea:
            b = replace(b, maintenance=False)
        return replace(self, a=a, b=b)

    def dhcpd_phase(self, side: str) -> Phase:
        own, other = (self.a, self.b) if side == PRIMARY else (self.b, self.a)
        if not own.dhcpd:
            return Phase.UNKNOWN
        if own.saved != NORMAL:
            return {ALONE: Phase.ALONE, HELD: Phase.HELD}[own.saved]
        return Phase.NORMAL if other.dhcpd else Phase.INTERRUPTED

    def kea_phase(self, side: str) -> Phase:
        own, other = (self.a, self.b) if side == PRIMARY else (self.b, self.a)
        if not own.kea:
            return Phase.UNKNOWN
        if own.maintenance:
            return Phase.HELD
        return Phase.ALONE if not other.kea or other.maintenance or self.cut else Phase.NORMAL

    def server(self, side: str) -> Server:
        """What is seen of a server."""
        own = self.a if side == PRIMARY else self.b
        answers = [(side, daemon) in self.serving() for daemon in (DHCPD, KEA)]
        return Server(
            Daemon(own.dhcpd, own.dhcpd_enabled, phase=self.dhcpd_phase(side), answers=answers[0]),
            Daemon(own.kea, own.kea_enabled, own.kea and own.deaf, self.kea_phase(side), answers[1]),
            own.journal,
        )

    def serving(self) -> list[tuple[str, str]]:
        """Which daemons answer clients."""
        return [
            (side, daemon)
            for side, own in ((PRIMARY, self.a), (SECONDARY, self.b))
            for daemon, answers in (
                (DHCPD, own.dhcpd and self.dhcpd_phase(side) != Phase.HELD),
                (KEA, own.kea and not own.deaf and not own.maintenance),
            )
            if answers
        ]

    def leased(self) -> Iterator[Pair]:
        """A client gets a lease from one of those that answer, who tells its partner."""
        for side, daemon in self.serving():
            name = "a" if side == PRIMARY else "b"
            own = getattr(self, name)
            field = "dhcpd_leases" if daemon == DHCPD else "kea_leases"
            more = replace(own, **{field: getattr(own, field) | {self.given}})
            known = replace(self, **{name: more}, given=self.given + 1)
            if daemon == KEA:
                known = replace(known, a=replace(known.a, old=True), b=replace(known.b, old=True))
            yield known.settled()

    def faults(self) -> Iterator[Pair]:
        """A server is switched off and on; a daemon dies and stays dead, or is started again by systemd.

        The link of both Kea is cut before they work together, or mended.
        """
        together = all(own.kea and not own.deaf for own in (self.a, self.b))
        if self.cut or not together:
            yield replace(self, cut=not self.cut).settled()
        for name in ("a", "b"):
            own = getattr(self, name)
            yield replace(self, **{name: own.rebooted()}).settled()
            if own.dhcpd:
                yield replace(self, **{name: replace(own, dhcpd=False)}).settled()
            if own.kea:
                yield replace(self, **{name: replace(own, kea=False)}).settled()
                yield replace(self, **{name: replace(own, maintenance=False)}).settled()

    def done(self, act: Act, goal: str, method: str) -> Pair:
        """After an act. Raises ActFailedError."""
        name = "a" if act.side == PRIMARY else "b"
        own: Side = getattr(self, name)
        changes: dict[str, Any] = {}
        both = self.a.dhcpd_leases | self.b.dhcpd_leases
        if act.deed == Deed.BEGIN:
            assert act.holder
            changes["journal"] = Journal(goal, act.holder, method)
        elif act.deed == Deed.END:
            changes["journal"] = None
        elif act.deed == Deed.RECORD:
            _need(own.journal and act.holder)
            assert own.journal
            assert act.holder
            changes["journal"] = replace(own.journal, holder=act.holder)
        elif act.deed in (Deed.FORBID, Deed.ALLOW):
            changes[f"{act.daemon}_enabled"] = act.deed == Deed.ALLOW
        elif act.deed == Deed.STOP:
            changes[act.daemon] = False
        elif act.deed == Deed.START and act.daemon == DHCPD:
            _need(not own.kea or own.deaf)
            assert not own.old or own.saved == HELD, self
            changes["dhcpd"] = True
        elif act.deed == Deed.REACH:
            _need(not self.cut and self.a.kea)
        elif act.deed == Deed.START:
            _need(not own.dhcpd)
            # The way back may have only what is on the host.
            assert goal == KEA or own.known, self
            if not own.kea:
                changes |= {"kea": True, "deaf": True, "known": True}
        elif act.deed == Deed.OPEN:
            other = self.b if act.side == PRIMARY else self.a
            _need(not own.dhcpd)
            assert (own.kea and not own.deaf) or not self.cut or not other.kea or other.deaf, self
            assert goal == KEA or own.known, self
            changes |= {"kea": True, "deaf": False, "known": True}
        elif act.deed == Deed.HAND_OVER:
            _need(self.a.dhcpd and own.dhcpd)
            return replace(self, a=replace(self.a, saved=ALONE), b=replace(own, saved=HELD)).settled()
        elif act.deed == Deed.TAKE_OVER:
            _need(self.b.kea and own.kea and not own.deaf and not self.b.deaf and not self.cut)
            return replace(self, b=replace(self.b, maintenance=True)).settled()
        elif act.deed == Deed.REJOIN and act.daemon == DHCPD:
            _need(self.a.dhcpd and self.b.dhcpd)
            changes |= {"saved": NORMAL, "dhcpd_leases": own.dhcpd_leases | self.a.dhcpd_leases, "old": False}
        elif act.deed == Deed.LEARN:
            _need(self.a.kea and self.b.kea and not self.cut)
        elif act.deed == Deed.REJOIN:
            _need(self.a.kea and self.b.kea and not self.cut)
            if own.deaf:
                assert own.kea_leases == frozenset(range(self.given)), self
            changes |= {"maintenance": False, "deaf": False}
        elif act.deed == Deed.LOAD:
            _need(not self.b.dhcpd)
            assert not own.old, self
            assert not self.b.old, self
            if not own.kea:
                changes |= {"kea": True, "deaf": True, "known": True, "kea_leases": both}
        elif act.deed == Deed.PREPARE and act.daemon == KEA:
            _need(own.kea and own.deaf and not self.b.dhcpd)
            changes["kea_leases"] = both
        elif act.deed == Deed.EQUAL:
            _need(own.kea and not self.a.dhcpd and not self.b.dhcpd)
            changes["kea_leases"] = both
        elif act.deed == Deed.PREPARE:
            _need(not own.dhcpd and (self.b.deaf or not self.b.kea))
            changes |= {"dhcpd_leases": own.kea_leases, "saved": ALONE, "old": False}
        elif act.deed == Deed.CONVERT and act.side == SECONDARY:
            _need(not (own.kea or own.dhcpd))
            assert not self.a.old, self
            changes |= {"dhcpd_leases": self.a.dhcpd_leases, "saved": HELD, "old": False}
        elif act.deed == Deed.CONVERT:
            _need(not (own.kea or own.dhcpd or self.b.dhcpd) and (self.b.deaf or not self.b.kea))
            changes |= {"dhcpd_leases": own.kea_leases, "saved": ALONE, "old": False}
        return replace(self, **{name: replace(own, **changes)}).settled()


def _need(condition: object) -> None:
    if not condition:
        raise ActFailedError
