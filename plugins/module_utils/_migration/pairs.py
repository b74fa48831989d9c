# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The pairs of an inventory that get another daemon, and what to say about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Daemon,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.forecast import (
    Silence,
    joining,
    pause,
    silence,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    BACK,
    BEGIN,
    END,
    FORWARD,
    JOIN,
    LEFT,
    LOAD,
    OPEN,
    RESTORE,
    RETURN,
    SETTLE,
    RefusalError,
    Step,
    Turn,
    describe,
    next_step,
    turns,
    without_partner,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import HOT_STANDBY, LOAD_BALANCING


@dataclass(frozen=True)
class Pair:
    """Two servers. If each is the primary of some relationships, `primary` is that of the first.

    lost: the one that does not come back, and does not serve.
    """

    primary: str
    secondary: str
    relationships: tuple[str, ...]
    lost: str = ""

    @property
    def hosts(self) -> tuple[str, str]:
        return self.primary, self.secondary

    @property
    def left(self) -> tuple[str, ...]:
        return tuple(host for host in self.hosts if host != self.lost)

    @property
    def name(self) -> str:
        return " and ".join(self.hosts)

    def host(self, side: str) -> str:
        return self.primary if side == PRIMARY else self.secondary


def choose(
    sides: Sequence[Mapping[str, Any]], wanted: Iterable[str], present: Iterable[str], candidates: Iterable[str]
) -> list[Pair]:
    """The pairs to move. sides: as `collect_sides` returns them. wanted: some servers; empty: all candidates.

    present: the hosts of this run. Raises RefusalError.
    """
    wanted, present = set(wanted), set(present)
    chosen = wanted or (set(candidates) & present)
    partners: dict[str, dict[str, None]] = {}
    for side in sides:
        partners.setdefault(side["host"], {})[side["partner"]] = None
    unknown = sorted(wanted - set(partners))
    if unknown:
        raise RefusalError(f"{unknown[0]} is in no relationship. Known servers: {', '.join(partners) or 'none'}.")
    found: dict[frozenset[str], Pair] = {}
    for side in sides:
        ends = frozenset((side["host"], side["partner"] or ""))
        if not chosen & ends:
            continue
        if side["partner"] is None:
            raise RefusalError(
                f'{side["host"]}: the partner of "{side["relationship"]}" is not in this inventory. Both servers of a '
                "pair move together, so add it."
            )
        for host in sorted(ends):
            if len(partners.get(host, ())) > 1:
                others = "" if wanted else " To move other pairs, name a server of each: -e failover_server=..."
                raise RefusalError(
                    f"{host} has several partners, {' and '.join(partners[host])}. Only pairs of two can be moved, "
                    f"because a server changes its daemon for all its relationships at once.{others}"
                )
        absent = sorted(ends - present)
        if absent:
            raise RefusalError(f"{absent[0]} is not in this run. Both servers of a pair move together; check --limit.")
        known = found.get(ends)
        names = (*(known.relationships if known else ()), side["relationship"])
        first = (side["host"], side["partner"]) if side["role"] == PRIMARY else (side["partner"], side["host"])
        primary, secondary = (known.primary, known.secondary) if known else first
        found[ends] = Pair(primary, secondary, tuple(dict.fromkeys(names)))
    return list(found.values())


def mode_objections(halves: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why a pair cannot move to these relationships of Kea. halves: as declared for one of its servers."""
    return [
        f'"{half["name"]}" is declared with mode: {LOAD_BALANCING}, which ties every address and every client to one '
        f"of the two servers, so many clients would lose their addresses. Declare mode: {HOT_STANDBY}. A change after "
        "the move costs the same."
        for half in halves
        if half.get("mode") == LOAD_BALANCING
    ]


def advance(
    pair: Pair, goal: str, method: str, servers: tuple[Server | None, Server | None]
) -> tuple[Step | None, list[Turn]]:
    """The next step of a pair, as turns. servers: primary, secondary; None if one is lost. Raises RefusalError."""
    primary, secondary = servers
    if primary and secondary:
        step = next_step(goal, primary, secondary, method)
        return step, turns(step) if step else []
    side, server = (PRIMARY, primary) if primary else (SECONDARY, secondary)
    step = without_partner(side, server) if server and pair.lost else None
    return step, [Turn(side, step.acts)] if step else []


def is_after(step: Step, until: str, goal: str, method: str) -> bool:
    """Whether a step comes after the last one that a run shall make. Raises RefusalError if none has that name."""
    names = [item.name for item in _ordered(goal, method)]
    if until not in names:
        raise RefusalError(f'migrate_until is "{until}". The steps of this way are: {", ".join(names)}.')
    return step.name in names[names.index(until) + 1 :]


def _ordered(goal: str, method: str) -> Sequence[Step]:
    return FORWARD[method] if goal == KEA else BACK


def way(goal: str, method: str, step: Step | None) -> list[Step]:
    """The steps that are left, if nothing fails."""
    if step is None:
        return []
    if step.name == LEFT.name:
        return [step]
    steps = list(_ordered(goal, method))
    names = [item.name for item in steps]
    if step.name in names:
        return steps[names.index(step.name) :]
    # A step that repairs or waits, and then those that follow it.
    after = {OPEN.name: JOIN.name, SETTLE.name: LOAD.name, JOIN.name: steps[1].name, RETURN.name: BEGIN.name}
    after[RESTORE.name] = steps[1].name if goal == KEA else END.name
    return [step, *steps[names.index(after[step.name]) :]]


def announce(pair: Pair, goal: str, method: str, step: Step) -> str:
    """A step in words, before it is made."""
    steps = [item.name for item in _ordered(goal, method)]
    number = f"step {steps.index(step.name) + 1} of {len(steps)}, " if step.name in steps else ""
    silent = " Nobody answers meanwhile." if step.silent else ""
    return f"{pair.name}: {number}{step.name}: {step.title}.{silent}"


_OLDEST = "The release of Kea is not known yet, so the leases are judged for 2.2, which takes the shortest identifiers."


def tell(
    pair: Pair,
    goal: str,
    step: Step | None,
    survey: Mapping[str, Any],
    facts: Sequence[str] = (),
    mclt: Mapping[str, int] = MappingProxyType({}),
    method: str = PIVOT,
) -> list[str]:
    """What was found of a pair, before its first step. None: it has no step to make. mclt: by relationship.

    Only after a hand over does the primary get the addresses of the other half.
    """
    if step is None:
        return [f"{pair.name}: nothing to do, {habits(goal).name} serves."]
    names = ", ".join(f'"{name}"' for name in pair.relationships)
    lines = [f"{pair.name} ({names}) {'get' if goal == KEA else 'go back to'} {habits(goal).name}.", *facts]
    if survey:
        lines += [] if survey["release"] else [_OLDEST]
        lines += [f"Found {line}." for line in survey["lines"]] or ["Found no lease."]
        lines += [f"WARNING: {line}." for line in survey["warnings"]]
        lines += [f"CONFLICT: {line}." for line in survey["conflicts"]]
        lines.append(foreseen(survey).sentence(pauses=goal == KEA and method == PIVOT))
        lines += pause(survey["pools"], mclt) if method == PIVOT else []
        lines += [joining(survey["leases"], survey["shortest"])] if goal == KEA else []
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def explain(ways: Mapping[str, Sequence[Step]], goal: str) -> list[str]:
    """The steps of the plan, once for all pairs that make the same. ways: the steps that are left, by pair."""
    lines: list[str] = []
    groups: dict[tuple[Step, ...], list[str]] = {}
    for name, steps in ways.items():
        groups.setdefault(tuple(steps), []).append(name)
    for steps, names in groups.items():
        whose = "each pair" if len(ways) > 1 and len(groups) == 1 else "; ".join(names)
        lines += ["", f"The steps of {whose}:", *describe(steps, goal)]
    return lines


def foreseen(survey: Mapping[str, Any]) -> Silence:
    """The silence while the daemon changes, by what the databases have."""
    return silence(survey["leases"], survey["shortest"])


def arrive(pair: Pair, goal: str, declared: str) -> list[str]:
    """A pair is there. declared: the daemon."""
    lines = [f"{pair.name}: {habits(goal).name} serves."]
    if goal == KEA:
        lines.append(
            "  dhcpd does not start any more. Its package, files and leases stay, so the pair can return: migrate_back "
            f"-e failover_server={pair.primary}"
        )
    elif declared != goal:
        lines.append("  Set dhcp_server_daemon to dhcpd for both servers. Until then, they cannot be deployed.")
    if goal != KEA:
        lines.append(
            "  They serve with the configuration that was on the hosts: deploy --check shows what was declared since."
        )
    return lines


def wait(pair: Pair, goal: str, following: str) -> list[str]:
    """A pair has made the last step that was wanted of this run. following: the name of the next one."""
    back = "migrate_back returns" if goal == KEA else "migrate goes to Kea"
    return [f"{pair.name}: the next step is {following}. Run this again to make it; {back}."]


_OTHER = {KEA: ("migrate_back", "to return"), DHCPD: ("migrate", "to go to Kea")}


def stand(pair: Pair, goal: str, why: Sequence[str], servers: Mapping[str, Server | None]) -> list[str]:
    """Where a pair stands that was not moved, and what to do. servers: by host; None if it could not be asked."""
    serving = [f"{name} on {host}" for host, server in servers.items() for name in _serving(server)]
    silent = [host for host, server in servers.items() if server is None]
    if serving:
        now = f"Clients are served by {' and '.join(serving)}."
    elif silent:
        now = f"No server is known to serve clients. {silent[0]} may."
    else:
        now = "NO SERVER SERVES CLIENTS."
    begun = any(server and server.journal for server in servers.values())
    playbook, there = _OTHER[goal]
    other = f", or {playbook} -e failover_server={pair.primary} {there}; both go on from here" if begun else ""
    todo = [f"Remove the cause, and run this again{other}."]
    if silent:
        todo = [f"Make {' and '.join(silent)} reachable, and run this again."]
    if begun and silent:
        todo += _alone(pair, servers, silent[0])
    states = [f"  {host}: {_state(server)}" for host, server in servers.items()]
    return [
        f"{pair.name}: NOT MOVED to {habits(goal).name}",
        *(f"  Why: {reason}" for reason in why),
        *states,
        f"  {now}",
        *(f"  Next: {line}" for line in todo),
    ]


def _alone(pair: Pair, servers: Mapping[str, Server | None], silent: str) -> list[str]:
    """What to do if one server does not come back."""
    host = next(host for host in pair.hosts if host != silent)
    server = servers[host]
    if server is None or server.journal is None:
        return []
    return [
        f"If {silent} is lost for good, switch it off, and let dhcpd serve on {host}: ansible-playbook "
        f"netlab.dhcp_failover.migrate_back -e failover_server={host} -e failover_fenced=true. Leases "
        f"that only {silent} has are lost with it."
    ]


def _serving(server: Server | None) -> list[str]:
    daemons = _daemons(server) if server else ()
    return [name for name, own in daemons if own.answers]


def _daemons(server: Server) -> Sequence[tuple[str, Daemon]]:
    return ("dhcpd", server.dhcpd), ("Kea", server.kea)


def _state(server: Server | None) -> str:
    if server is None:
        return "unknown"
    words = [
        f"{name} runs{' without an interface' if own.deaf else f' ({own.phase.value})'}"
        for name, own in _daemons(server)
        if own.running
    ]
    journal = f"the holder in its journal is {server.journal.holder.value}" if server.journal else "no journal"
    return f"{', '.join(words) or 'no daemon runs'}; {journal}"
