# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The steps in which a pair gets the other daemon, and the next one from what both servers are and have recorded.

At any time at most one daemon of the pair may answer, or two of one kind that share the pool. Whoever begins to answer
must know every lease that was given before. So each step ends the service of one daemon before it begins another's, and
a journal on both servers says whose leases count. It changes before that daemon may answer, on the primary last on the
way to Kea, and first on the way back. So the primary's journal decides, and if the secondary's still says dhcpd, Kea
has never answered.

Both changes of the daemon happen on the primary, in one turn of that host: no word from the controller or the partner
is needed while nobody answers.

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
    """A step. check: what must be true at its end. back: what a return to dhcpd costs then; empty if it is on the way.

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


# The primary, whose journal decides, last.
_BOTH = (SECONDARY, PRIMARY)
_NOTHING_BEGUN = "nothing has happened yet"
_START_SECONDARY = (
    "dhcpd of the secondary is started and rejoins; the primary serves until both are normal, which may take as "
    "long as the MCLT"
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
        *_on(PRIMARY, (Deed.STOP, KEA), (Deed.START, DHCPD), (Deed.ALLOW, DHCPD)),
        *_on(SECONDARY, (Deed.START, DHCPD), (Deed.REJOIN, DHCPD)),
        *_record(Holder.DHCPD, SECONDARY),
        *_on(SECONDARY, (Deed.ALLOW, DHCPD)),
    ),
    "both dhcpd are normal, and start with their hosts",
    "both dhcpd serve already",
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
STOP_SECONDARY = Step(
    "stop",
    "Stop dhcpd on the secondary",
    _on(SECONDARY, (Deed.FORBID, DHCPD), (Deed.STOP, DHCPD)),
    "dhcpd of the primary serves from its share of the addresses, if it serves at all",
    _START_SECONDARY,
)
LOAD = Step(
    "load",
    "Start Kea on the primary with the leases of both servers, without an interface",
    (*_on(SECONDARY, (Deed.FORBID, DHCPD), (Deed.STOP, DHCPD)), *_on(PRIMARY, (Deed.LOAD, KEA))),
    "Kea has accepted its configuration and holds what the clients were promised",
    f"Kea is stopped; {_START_SECONDARY}",
)
CUT_OVER = Step(
    "cut over",
    "dhcpd stops on the primary, and Kea serves there",
    (
        *_on(SECONDARY, (Deed.REACH, KEA)),
        *_record(Holder.PRIMARY, SECONDARY),
        *_on(PRIMARY, (Deed.PREPARE, KEA), (Deed.FORBID, DHCPD), (Deed.STOP, DHCPD), (Deed.EQUAL, KEA)),
        *_record(Holder.PRIMARY, PRIMARY),
        *_on(PRIMARY, (Deed.OPEN, KEA), (Deed.ALLOW, KEA)),
    ),
    "Kea holds what the clients were promised, and answers",
    "until Kea answers, both dhcpd are started; after that, its leases are converted back",
    silent=True,
)
OPEN = Step(
    "open",
    "Kea serves on the primary",
    _on(PRIMARY, (Deed.OPEN, KEA), (Deed.ALLOW, KEA)),
    "it answers, and starts with its host",
    "its leases are converted back",
)
# It gets the leases before it counts, so that the way back need not start one that has never answered.
JOIN = Step(
    "join",
    "Kea on the secondary joins",
    (
        *_on(SECONDARY, (Deed.START, KEA), (Deed.LEARN, KEA)),
        *_record(Holder.KEA, SECONDARY, PRIMARY),
        *_on(SECONDARY, (Deed.REJOIN, KEA), (Deed.ALLOW, KEA)),
        *_on(PRIMARY, (Deed.ALLOW, KEA)),
    ),
    "both Kea are normal, so the secondary has fetched all leases, and both start with their hosts",
    "the primary takes over, and its leases are converted back",
)
# The same if that of the secondary has counted before, and may have died.
JOIN_AGAIN = replace(
    JOIN,
    acts=(
        *_record(Holder.KEA, SECONDARY, PRIMARY),
        *_on(PRIMARY, (Deed.OPEN, KEA)),
        *_on(SECONDARY, (Deed.START, KEA), (Deed.REJOIN, KEA), (Deed.ALLOW, KEA)),
        *_on(PRIMARY, (Deed.ALLOW, KEA)),
    ),
)
# The same if Kea on the secondary serves: the primary may lack leases until it has got them.
JOIN_SECONDARY = replace(
    JOIN,
    title="Kea on the primary joins",
    acts=(
        *_record(Holder.KEA, SECONDARY, PRIMARY),
        *_on(PRIMARY, (Deed.START, KEA), (Deed.REJOIN, KEA), (Deed.ALLOW, KEA)),
        *_on(SECONDARY, (Deed.REJOIN, KEA), (Deed.ALLOW, KEA)),
    ),
    back="the primary gets the leases of both, and they are converted back",
)
TAKE_OVER = Step(
    "take over",
    "The primary takes all clients, and Kea stops on the secondary",
    (
        *_on(PRIMARY, (Deed.TAKE_OVER, KEA)),
        *_on(SECONDARY, (Deed.FORBID, KEA), (Deed.STOP, KEA)),
        *_record(Holder.PRIMARY, PRIMARY, SECONDARY),
    ),
    "Kea of the primary serves alone",
    "",
)
CONVERT = Step(
    "convert",
    "Kea stops on the primary, and dhcpd serves there with its leases",
    (
        *_on(PRIMARY, (Deed.PREPARE, DHCPD), (Deed.FORBID, KEA), (Deed.STOP, KEA), (Deed.CONVERT, DHCPD)),
        *_record(Holder.DHCPD, PRIMARY),
        *_on(PRIMARY, (Deed.START, DHCPD), (Deed.ALLOW, DHCPD)),
    ),
    "the lease database of dhcpd has every lease of Kea, and dhcpd serves alone",
    "",
    silent=True,
)
RETURN = Step(
    "return",
    "dhcpd of the secondary gets these leases, and both become normal",
    (
        *_on(PRIMARY, (Deed.START, DHCPD), (Deed.ALLOW, DHCPD)),
        *_on(SECONDARY, (Deed.STOP, KEA), (Deed.STOP, DHCPD), (Deed.CONVERT, DHCPD)),
        *_on(SECONDARY, (Deed.START, DHCPD), (Deed.REJOIN, DHCPD)),
        *_record(Holder.DHCPD, SECONDARY),
        *_on(SECONDARY, (Deed.ALLOW, DHCPD)),
    ),
    "both dhcpd are normal, and start with their hosts",
    "",
)
END = Step(
    "end",
    "Remove the journals",
    tuple(Act(side, Deed.END) for side in _BOTH),
    "neither server has one",
    "migrate_back, from its first step",
)
LEFT = Step(
    "go on alone",
    "dhcpd serves alone on the server that is left",
    (),
    "it serves all clients",
    "",
    silent=True,
)
# The steps as they follow each other if nothing fails.
FORWARD: Mapping[str, Sequence[Step]] = {
    PIVOT: (BEGIN, HAND_OVER, LOAD, CUT_OVER, JOIN, END),
    COLD: (BEGIN, STOP_SECONDARY, LOAD, CUT_OVER, JOIN, END),
}
BACK: Sequence[Step] = (BEGIN, TAKE_OVER, CONVERT, RETURN, END)


def begin_with(holder: Holder) -> Step:
    """The first step of a pair whose leases are those of this holder."""
    return replace(BEGIN, acts=tuple(Act(side, Deed.BEGIN, holder=holder) for side in _BOTH))


@dataclass(frozen=True)
class Turn:
    """Acts that follow each other on one server, in one go.

    gives: the server gives its leases of dhcpd to its partner. takes: it needs those of its partner.
    """

    side: str
    acts: Acts = ()
    gives: bool = False
    takes: bool = False


def turns(step: Step) -> list[Turn]:
    """A step as turns of both servers."""
    found: list[Turn] = []
    for side, group in groupby(step.acts, key=lambda act: act.side):
        acts = tuple(group)
        takes = any(_takes(act) for act in acts)
        if takes:
            last = found.pop() if found else Turn(SECONDARY if side == PRIMARY else PRIMARY)
            found.append(replace(last, gives=True))
        found.append(Turn(side, acts, takes=takes))
    return found


def _takes(act: Act) -> bool:
    """Whether an act needs the leases of dhcpd on the partner."""
    return (act.deed, act.daemon) in ((Deed.LOAD, KEA), (Deed.PREPARE, KEA)) or (
        act.deed == Deed.CONVERT and act.side == SECONDARY
    )


class RefusalError(Exception):
    """No step may be made; the text says why, and what to do instead."""


def next_step(goal: str, primary: Server, secondary: Server, method: str = PIVOT) -> Step | None:
    """The next step towards a goal, one of DAEMONS; None if the pair is there. Raises RefusalError."""
    journal = primary.journal
    if goal == DHCPD and holder_of(primary, secondary) not in (Holder.DHCPD, None):
        _need_dhcpd(primary, secondary)
    if journal is None:
        return _unbegun(goal, primary, secondary, method)
    if _unfinished(journal, secondary.journal):
        return _back(journal, primary, secondary)
    begin = begin_with(journal.holder)
    if journal.goal != goal or (goal == KEA and journal.method != method):
        return begin
    step = (_forward if goal == KEA else _back)(journal, primary, secondary)
    other = secondary.journal
    told = other is not None and (other.goal, other.method) == (goal, journal.method)
    return step if told or step == END else begin


def _need_dhcpd(primary: Server, secondary: Server) -> None:
    servers = {PRIMARY: primary, SECONDARY: secondary}
    lost = [f"on the {side}, {server.lost}" for side, server in servers.items() if server.lost]
    if lost:
        raise RefusalError(
            f"there is no way back: {', and '.join(lost)}. Kea was not stopped. Install the package of dhcpd there, "
            "put its configuration back, and run this again."
        )


def _unfinished(journal: Journal, other: Journal | None) -> bool:
    """Whether dhcpd of the primary serves again, and that of the secondary does not know its leases yet."""
    known = other is None or other.holder == Holder.DHCPD
    return (journal.goal, journal.holder) == (DHCPD, Holder.DHCPD) and not known


def holder_of(primary: Server, secondary: Server) -> Holder | None:
    """Whose leases count; None if that is not known, because no move has begun and no pair is normal."""
    if primary.journal:
        return primary.journal.holder
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
        return END if secondary.journal else None
    return begin_with(holder or Holder.DHCPD)


def _only_dhcpd(primary: Server, secondary: Server) -> bool:
    return (primary.dhcpd.running or secondary.dhcpd.running) and not (primary.kea.running or secondary.kea.running)


def _normal(*daemons: Daemon) -> bool:
    return all(daemon.running and daemon.answers and daemon.phase == Phase.NORMAL for daemon in daemons)


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
            return STOP_SECONDARY if secondary.dhcpd.running else _cut(primary)
        return _pivot(primary, secondary.dhcpd)
    _must_not_run(PRIMARY, primary.dhcpd, "dhcpd", "Kea")
    _must_not_run(SECONDARY, secondary.dhcpd, "dhcpd", "Kea")
    if journal.holder == Holder.PRIMARY:
        _must_not_run(SECONDARY, secondary.kea, "Kea", "Kea of the primary")
        kea = primary.kea
        open_ = kea.running and kea.answers and kea.phase in (Phase.ALONE, Phase.NORMAL)
        return JOIN if open_ and kea.enabled else OPEN
    enabled = primary.kea.enabled and secondary.kea.enabled
    return END if enabled and _normal(primary.kea, secondary.kea) else _join(primary, secondary)


def _join(primary: Server, secondary: Server) -> Step:
    other = secondary.kea
    held = other.phase == Phase.HELD and primary.kea.phase == Phase.ALONE
    return JOIN_SECONDARY if other.running and not other.deaf and not held else JOIN_AGAIN


def _cut(primary: Server) -> Step:
    return CUT_OVER if primary.kea.running else LOAD


def _pivot(primary: Server, other: Daemon) -> Step:
    """The next step while the leases of dhcpd count. other: dhcpd of the secondary."""
    dhcpd = primary.dhcpd
    if other.running:
        handed_over = dhcpd.running and dhcpd.phase == Phase.ALONE and other.phase == Phase.HELD
        return HAND_OVER if handed_over or _normal(dhcpd, other) else RESTORE
    if dhcpd.running and dhcpd.phase == Phase.SETTLING:
        return SETTLE
    if dhcpd.running and dhcpd.phase != Phase.ALONE:
        return RESTORE
    # If dhcpd of the primary has stopped, too, going on takes no longer than going back.
    return _cut(primary)


def _back(journal: Journal, primary: Server, secondary: Server) -> Step:
    if journal.holder == Holder.DHCPD:
        _must_not_run(PRIMARY, primary.kea, "Kea", "dhcpd")
        _must_not_run(SECONDARY, secondary.kea, "Kea", "dhcpd")
        enabled = primary.dhcpd.enabled and secondary.dhcpd.enabled
        done = enabled and _normal(primary.dhcpd, secondary.dhcpd) and not primary.kea.running
        if _unfinished(journal, secondary.journal):
            return RETURN
        return END if done else RESTORE
    _must_not_run(PRIMARY, primary.dhcpd, "dhcpd", "Kea")
    _must_not_run(SECONDARY, secondary.dhcpd, "dhcpd", "Kea")
    if journal.holder == Holder.PRIMARY:
        _must_not_run(SECONDARY, secondary.kea, "Kea", "Kea of the primary")
        return CONVERT
    # A server that has lost its partner may not know all leases, so both tell each other first.
    held = secondary.kea.running and secondary.kea.phase == Phase.HELD and primary.kea.phase == Phase.ALONE
    return TAKE_OVER if held or _normal(primary.kea, secondary.kea) else _join(primary, secondary)


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
        alone = (Deed.STOP, DHCPD), (Deed.CONVERT, DHCPD), (Deed.LEAVE, DHCPD)
    elif not (server.dhcpd.running and server.dhcpd.phase == Phase.ALONE):
        alone = (Deed.STOP, DHCPD), (Deed.LEAVE, DHCPD)
    acts = (
        *_on(side, (Deed.FORBID, KEA), (Deed.STOP, KEA), *alone),
        *_record(Holder.DHCPD, side),
        *_on(side, (Deed.START, DHCPD), (Deed.ALLOW, DHCPD), (Deed.END, "")),
    )
    return replace(LEFT, acts=acts)


# --- in words -----------------------------------------------------------------------------------------------------


def describe(steps: Sequence[Step], goal: str) -> list[str]:
    """The plan for people."""
    lines = []
    for number, step in enumerate(steps, 1):
        silent = " Nobody answers meanwhile." if step.silent else ""
        lines += [f"{number}. {step.name}: {step.title}.{silent}", f"   Check: {step.check}."]
        lines += [f"   Way back: {step.back}."] if goal == KEA and step.back else []
    return lines if goal == KEA else [*lines, "After any of them, the playbook migrate goes to Kea again."]
