# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The steps in which a pair gets the other daemon, and the next one from what both servers are and have recorded.

At any time at most one daemon of the pair may answer, or two of one kind that share the pool. Whoever begins to answer
must know every lease that was given before. So each step ends the service of one daemon before it begins another's, and
a journal on both servers says whose leases count. It changes before that daemon may answer, on the secondary last on
the way to Kea, and first on the way back. So the secondary's journal decides, and if the primary's still says dhcpd,
Kea has never answered.

A step is a list of acts. Each can be repeated, so a run that was killed begins its step again. tests/unit kill a model
of both servers between any two acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Act,
    Daemon,
    Deed,
    Holder,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

# --- the steps ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step. check: what must be true at its end. back: what a return to dhcpd costs then.

    silent: whether no server answers for some time.
    """

    name: str
    title: str
    acts: tuple[Act, ...]
    check: str
    back: str
    silent: bool = False


Acts = tuple[Act, ...]


def _on(side: str, *deeds: tuple[Deed, str]) -> Acts:
    return tuple(Act(side, deed, daemon) for deed, daemon in deeds)


def _record(holder: Holder, *sides: str) -> Acts:
    return tuple(Act(side, Deed.RECORD, holder=holder) for side in sides)


_BOTH = (PRIMARY, SECONDARY)
_NOTHING_BEGUN = "nothing has happened yet"
_START_SECONDARY = (
    "dhcpd of the secondary is started and rejoins; the primary serves until both are normal, which may take the MCLT"
)

BEGIN = Step(
    "begin",
    "Write a journal on both servers",
    tuple(Act(side, Deed.BEGIN) for side in _BOTH),
    "both servers have it",
    _NOTHING_BEGUN,
)
RESTORE = Step(
    "restore",
    "Make both dhcpd normal",
    (
        *_on(SECONDARY, (Deed.STOP, KEA)),
        *_on(PRIMARY, (Deed.START, DHCPD)),
        *_on(SECONDARY, (Deed.START, DHCPD), (Deed.REJOIN, DHCPD)),
        *_on(PRIMARY, (Deed.ALLOW, DHCPD)),
        *_on(SECONDARY, (Deed.ALLOW, DHCPD)),
    ),
    "both dhcpd are normal, and start with their hosts",
    "this is the way back",
)
SETTLE = Step(
    "settle",
    "Wait until dhcpd of the primary serves",
    _on(PRIMARY, (Deed.WAIT, DHCPD)),
    "it serves alone, or asks for its partner",
    _START_SECONDARY,
)
HAND_OVER = Step(
    "hand over",
    "The secondary hands its clients over to the primary, and stops",
    _on(SECONDARY, (Deed.HAND_OVER, DHCPD), (Deed.STOP, DHCPD)),
    "dhcpd of the primary serves alone, and has acknowledged every lease of the secondary",
    _START_SECONDARY,
)
STOP_BOTH = Step(
    "stop",
    "Stop dhcpd on both servers",
    (
        *_on(SECONDARY, (Deed.FORBID, DHCPD)),
        *_on(PRIMARY, (Deed.FORBID, DHCPD)),
        *_on(SECONDARY, (Deed.STOP, DHCPD)),
        *_on(PRIMARY, (Deed.STOP, DHCPD)),
    ),
    "neither dhcpd runs",
    "both dhcpd are started",
    silent=True,
)
LOAD = Step(
    "load",
    "Start Kea on the secondary with the leases of both servers, without an interface",
    _on(SECONDARY, (Deed.FORBID, DHCPD), (Deed.STOP, DHCPD), (Deed.LOAD, KEA)),
    "Kea has accepted its configuration and holds what the clients were promised",
    f"Kea is stopped; {_START_SECONDARY}",
)
CUT_OVER = Step(
    "cut over",
    "dhcpd stops on the primary, and Kea serves on the secondary",
    (
        # In two turns, because nobody answers meanwhile.
        *_on(PRIMARY, (Deed.FORBID, DHCPD), (Deed.STOP, DHCPD)),
        *_record(Holder.SECONDARY, PRIMARY),
        *_on(SECONDARY, (Deed.EQUAL, KEA)),
        *_record(Holder.SECONDARY, SECONDARY),
        *_on(SECONDARY, (Deed.OPEN, KEA), (Deed.ALLOW, KEA)),
    ),
    "Kea holds what the clients were promised, and answers",
    "until Kea answers, both dhcpd are started together; after that, its leases are converted back",
    silent=True,
)
OPEN = Step(
    "open",
    "Kea serves on the secondary",
    _on(SECONDARY, (Deed.OPEN, KEA), (Deed.ALLOW, KEA)),
    "it answers, and starts with its host",
    "its leases are converted back",
)
JOIN = Step(
    "join",
    "Kea on the primary joins",
    (
        *_record(Holder.KEA, PRIMARY, SECONDARY),
        *_on(SECONDARY, (Deed.OPEN, KEA)),
        *_on(PRIMARY, (Deed.START, KEA), (Deed.REJOIN, KEA), (Deed.ALLOW, KEA)),
        *_on(SECONDARY, (Deed.ALLOW, KEA)),
    ),
    "both Kea are normal, hold the same leases, and start with their hosts",
    "the secondary takes over, and its leases are converted back",
)
TAKE_OVER = Step(
    "take over",
    "The secondary takes all clients, and Kea stops on the primary",
    (
        *_on(SECONDARY, (Deed.TAKE_OVER, KEA)),
        *_on(PRIMARY, (Deed.FORBID, KEA), (Deed.STOP, KEA)),
        *_record(Holder.SECONDARY, SECONDARY, PRIMARY),
    ),
    "Kea of the secondary serves alone",
    "this is the way back",
)
CONVERT = Step(
    "convert",
    "Kea stops, and both dhcpd get its leases",
    (
        *_on(SECONDARY, (Deed.FORBID, KEA), (Deed.STOP, KEA), (Deed.CONVERT, DHCPD)),
        # Both serve as soon as they may.
        *_record(Holder.DHCPD, SECONDARY),
        *_on(SECONDARY, (Deed.START, DHCPD)),
        *_record(Holder.DHCPD, PRIMARY),
        *_on(PRIMARY, (Deed.START, DHCPD)),
    ),
    "both lease databases of dhcpd have every lease of Kea",
    "this is the way back",
    silent=True,
)
END = Step(
    "end",
    "Remove the journals",
    tuple(Act(side, Deed.END) for side in _BOTH),
    "neither server has one",
    "a new way back begins",
)
LEFT = Step(
    "go on alone",
    "dhcpd serves alone on the server that is left",
    (),
    "it serves all clients",
    "this is the way back",
    silent=True,
)
# The steps as they follow each other if nothing fails.
FORWARD: Mapping[str, Sequence[Step]] = {
    PIVOT: (BEGIN, HAND_OVER, LOAD, CUT_OVER, JOIN, END),
    COLD: (BEGIN, STOP_BOTH, LOAD, CUT_OVER, JOIN, END),
}
BACK: Sequence[Step] = (BEGIN, TAKE_OVER, CONVERT, RESTORE, END)


def begin_with(holder: Holder) -> Step:
    """The first step of a pair whose leases are those of this holder."""
    return replace(BEGIN, acts=tuple(Act(side, Deed.BEGIN, holder=holder) for side in _BOTH))


@dataclass(frozen=True)
class Turn:
    """Acts that follow each other on one server, in one go.

    gives: the server gives its leases of dhcpd to its partner, or those that become dhcpd's. takes: it needs those of
    its partner.
    """

    side: str
    acts: Acts = ()
    gives: bool = False
    takes: bool = False


_TAKING = (Deed.LOAD, Deed.EQUAL)


def turns(step: Step) -> list[Turn]:
    """A step as turns of both servers."""
    found: list[Turn] = []
    for side, group in groupby(step.acts, key=lambda act: act.side):
        acts = tuple(group)
        deeds = [act.deed for act in acts]
        if any(deed in _TAKING for deed in deeds):
            last = found.pop() if found and found[-1].side == PRIMARY else Turn(PRIMARY)
            if Deed.EQUAL in deeds:
                # Most of what has changed since Kea was loaded is brought in while dhcpd still serves.
                found += [Turn(PRIMARY, gives=True), Turn(side, takes=True)]
            found += [replace(last, gives=True), Turn(side, acts, takes=True)]
        elif Deed.CONVERT in deeds:
            at = deeds.index(Deed.CONVERT) + 1
            partner = Turn(PRIMARY, (Act(PRIMARY, Deed.CONVERT, DHCPD),), takes=True)
            found += [Turn(side, acts[:at], gives=True), partner]
            found += [Turn(side, acts[at:])] if acts[at:] else []
        else:
            found.append(Turn(side, acts))
    return found


class RefusalError(Exception):
    """No step may be made; the text says why, and what to do instead."""


def next_step(goal: str, primary: Server, secondary: Server, method: str = PIVOT) -> Step | None:
    """The next step towards a goal, one of DAEMONS; None if the pair is there. Raises RefusalError."""
    journal = secondary.journal
    if goal == DHCPD and holder_of(primary, secondary) not in (Holder.DHCPD, None):
        _need_dhcpd(primary, secondary)
    if journal is None:
        return _unbegun(goal, primary, secondary, method)
    begin = begin_with(journal.holder)
    if journal.goal != goal or (goal == KEA and journal.method != method):
        return begin
    step = (_forward if goal == KEA else _back)(journal, primary, secondary)
    told = primary.journal is not None and (primary.journal.goal, primary.journal.method) == (goal, journal.method)
    return step if told or step == END else begin


def _need_dhcpd(primary: Server, secondary: Server) -> None:
    servers = {PRIMARY: primary, SECONDARY: secondary}
    lost = [f"on the {side}, {server.lost}" for side, server in servers.items() if server.lost]
    if lost:
        raise RefusalError(
            f"there is no way back: {', and '.join(lost)}. Kea was not stopped. Install the package of dhcpd there, "
            "put its configuration back, and run this again."
        )


def holder_of(primary: Server, secondary: Server) -> Holder | None:
    """Whose leases count; None if that is not known, because no move has begun and no pair is normal."""
    if secondary.journal:
        return secondary.journal.holder
    if _normal(primary.dhcpd, secondary.dhcpd) and not (primary.kea.running or secondary.kea.running):
        return Holder.DHCPD
    if _normal(primary.kea, secondary.kea) and not (primary.dhcpd.running or secondary.dhcpd.running):
        return Holder.KEA
    return None


def _unbegun(goal: str, primary: Server, secondary: Server, method: str) -> Step | None:
    holder = holder_of(primary, secondary)
    if holder is None and not (goal == KEA and method == COLD and _only_dhcpd(primary, secondary)):
        raise RefusalError(
            "no move has begun, and neither both dhcpd nor both Kea are normal. Make the pair normal first: run the "
            "playbook status, and do what it says."
        )
    if holder == (Holder.KEA if goal == KEA else Holder.DHCPD):
        return END if primary.journal else None
    return begin_with(holder or Holder.DHCPD)


def _only_dhcpd(primary: Server, secondary: Server) -> bool:
    return (primary.dhcpd.running or secondary.dhcpd.running) and not (primary.kea.running or secondary.kea.running)


def _normal(*daemons: Daemon) -> bool:
    return all(daemon.running and not daemon.deaf and daemon.phase == Phase.NORMAL for daemon in daemons)


def _must_not_run(side: str, daemon: Daemon, name: str, instead: str) -> None:
    if daemon.running and not daemon.deaf:
        raise RefusalError(
            f"{name} runs on the {side}, and the journal says that {instead} serves. Both would lease the same "
            f"addresses. Stop {name} there, and repeat this; leases that it gave meanwhile are not known to {instead}."
        )


def _forward(journal: Journal, primary: Server, secondary: Server) -> Step:
    if journal.holder == Holder.DHCPD:
        _must_not_run(PRIMARY, primary.kea, "Kea", "dhcpd")
        _must_not_run(SECONDARY, secondary.kea, "Kea", "dhcpd")
        if journal.method == COLD:
            return _cold(primary.dhcpd, secondary)
        return _pivot(primary.dhcpd, secondary)
    _must_not_run(PRIMARY, primary.dhcpd, "dhcpd", "Kea")
    _must_not_run(SECONDARY, secondary.dhcpd, "dhcpd", "Kea")
    if journal.holder == Holder.SECONDARY:
        kea = secondary.kea
        return JOIN if kea.running and not kea.deaf and kea.enabled and kea.phase == Phase.ALONE else OPEN
    enabled = primary.kea.enabled and secondary.kea.enabled
    return END if enabled and _normal(primary.kea, secondary.kea) else JOIN


def _cold(dhcpd: Daemon, secondary: Server) -> Step:
    if dhcpd.running or secondary.dhcpd.running:
        return STOP_BOTH
    return CUT_OVER if secondary.kea.running else LOAD


def _pivot(dhcpd: Daemon, secondary: Server) -> Step:
    """The next step while the leases of dhcpd count. dhcpd: of the primary."""
    other = secondary.dhcpd
    if other.running:
        handed_over = dhcpd.running and dhcpd.phase == Phase.ALONE and other.phase == Phase.HELD
        return HAND_OVER if handed_over or _normal(dhcpd, other) else RESTORE
    if dhcpd.running and dhcpd.phase == Phase.SETTLING:
        return SETTLE
    if dhcpd.running and dhcpd.phase != Phase.ALONE:
        return RESTORE
    # If dhcpd of the primary has stopped, too, going on takes no longer than going back.
    return CUT_OVER if secondary.kea.running else LOAD


def _back(journal: Journal, primary: Server, secondary: Server) -> Step:
    if journal.holder == Holder.DHCPD:
        _must_not_run(PRIMARY, primary.kea, "Kea", "dhcpd")
        _must_not_run(SECONDARY, secondary.kea, "Kea", "dhcpd")
        enabled = primary.dhcpd.enabled and secondary.dhcpd.enabled
        done = enabled and _normal(primary.dhcpd, secondary.dhcpd) and not secondary.kea.running
        return END if done else RESTORE
    _must_not_run(PRIMARY, primary.dhcpd, "dhcpd", "Kea")
    _must_not_run(SECONDARY, secondary.dhcpd, "dhcpd", "Kea")
    if journal.holder == Holder.SECONDARY:
        _must_not_run(PRIMARY, primary.kea, "Kea", "Kea of the secondary")
        return CONVERT
    # A server that has lost its partner may not know all leases, so both tell each other first.
    held = primary.kea.running and primary.kea.phase == Phase.HELD and secondary.kea.phase == Phase.ALONE
    return TAKE_OVER if held or _normal(primary.kea, secondary.kea) else JOIN


# --- one server is lost ----------------------------------------------------------------------------------------------


def without_partner(side: str, server: Server) -> Step | None:
    """The way back of a server whose partner is lost for good, and does not serve. None if it is there.

    Raises RefusalError.
    """
    if server.journal is None:
        if server.dhcpd.running and not server.kea.running:
            return None
        raise RefusalError("no move has begun here. If the partner is dead, run the playbook partner_down.")
    alone: tuple[tuple[Deed, str], ...] = ()
    if server.journal.holder != Holder.DHCPD:
        alone = (Deed.CONVERT, DHCPD), (Deed.LEAVE, DHCPD)
    elif not (server.dhcpd.running and server.dhcpd.phase == Phase.ALONE):
        alone = (Deed.STOP, DHCPD), (Deed.LEAVE, DHCPD)
    acts = (
        *_on(side, (Deed.FORBID, KEA), (Deed.STOP, KEA), *alone),
        *_record(Holder.DHCPD, side),
        *_on(side, (Deed.START, DHCPD), (Deed.ALLOW, DHCPD), (Deed.END, "")),
    )
    return replace(LEFT, acts=acts)


# --- whether, and how long -----------------------------------------------------------------------------------------

# Entries of both databases are compared by their times.
MAX_APART = 1.0
# A client whose server is gone asks any server in the last eighth of its lease.
REBINDING = 1 / 8
# Measured (tests/bench/migration.py): seconds for a lease that is read, merged and compared, and for one that is
# brought into a running Kea; and for a run of Ansible on a server.
SECONDS_FOR_LEASE, SECONDS_FOR_CHANGE, SECONDS_FOR_RUN = 60e-6, 1 / 500, 2.0
_RUNS = 3


@dataclass(frozen=True)
class Silence:
    """The time in which no server answers, in seconds. bound: None if no lease is so short that it matters."""

    expected: float
    bound: float | None

    @property
    def harmless(self) -> bool:
        return self.bound is None or self.expected < self.bound

    def sentence(self) -> str:
        text = f"No server answers for about {self.expected:.0f} s: a new client waits that long."
        if self.bound is None:
            return f"{text} No client has a lease that ends."
        most = (
            f"Clients that have an address may miss an answer for {self.bound:.0f} s (an eighth of the shortest lease)"
        )
        if self.harmless:
            return f"{text} {most}, so none of them loses it."
        return f"{text} {most}, so some may lose it. Give out longer leases first, and wait until all clients have one."


def clock_objection(apart: float | None, doubt: float = 0) -> str | None:
    """Why the clocks of both servers do not do. apart: seconds; None if they are not known."""
    if apart is None:
        return "The clocks of both servers could not be compared, and the newer of two entries is taken by its time."
    if abs(apart) - doubt > MAX_APART:
        return (
            f"The clocks of both servers are {abs(apart):.1f} s apart, and at most {MAX_APART:.0f} s are allowed: the "
            "newer of two entries is taken by its time. Synchronise both, for instance with chrony."
        )
    return None


def silence(leases: int, changes: int, shortest: int | None) -> Silence:
    """The silence of the cut. changes: leases that change between two looks. shortest: the shortest lease time."""
    expected = _RUNS * SECONDS_FOR_RUN + leases * SECONDS_FOR_LEASE + changes * SECONDS_FOR_CHANGE
    return Silence(expected, None if shortest is None else shortest * REBINDING)


# --- in words -----------------------------------------------------------------------------------------------------


def describe(steps: Sequence[Step]) -> list[str]:
    """The plan for people."""
    lines = []
    for number, step in enumerate(steps, 1):
        silent = " Nobody answers meanwhile." if step.silent else ""
        lines += [
            f"{number}. {step.name}: {step.title}.{silent}",
            f"   Check: {step.check}.",
            f"   Way back: {step.back}.",
        ]
    return lines
