# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks migrate and migrate_back.

They read what these register for each host: COMPARED (server_compare), migrate_seen and migrate_survey
(server_migration).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import DHCPD, KEA, PRIMARY, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import Pair, advance, choose, tell
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    RefusalError,
    Turn,
    clock_objection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import partners_apart
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_sides

Hostvars = Mapping[str, Mapping[str, Any]]

COMPARED = "__dhcp_server_found_host"


def migration_pairs(
    hostvars: Hostvars, hosts: Iterable[str], present: Iterable[str], goal: str, server: str = ""
) -> dict[str, Any]:
    """The pairs to move, and sentences about those of this inventory that are left as they are."""
    found: list[Pair] = []
    left: list[str] = []
    refusal = ""
    try:
        sides = collect_sides(hostvars, hosts)
        found = choose(sides, [server] if server else [], present, _candidates(hostvars, sides, goal))
        if not sides:
            raise RefusalError("No server of this inventory is in a relationship.")
        if goal == KEA:
            _need_declared(hostvars, found)
            moved = {host for pair in found for host in pair.hosts}
            left = [
                f"{side['host']} and {side['partner']} keep {_declared(hostvars, side['host'])}, as declared."
                for side in sides
                if not server and side["role"] == PRIMARY and side["host"] not in moved
            ]
    except (ValueError, RefusalError) as error:
        refusal = str(error)
    hosts = [host for pair in found for host in pair.hosts]
    return {"pairs": [asdict(pair) for pair in found], "hosts": hosts, "left": left, "refusal": refusal}


def _declared(hostvars: Hostvars, host: str) -> str:
    return str(hostvars[host].get("dhcp_server_daemon") or DHCPD)


def _candidates(hostvars: Hostvars, sides: Iterable[Mapping[str, Any]], goal: str) -> list[str]:
    """The servers that move if none is named. Only a server with one partner can have been moved to Kea."""
    partners: dict[str, set[Any]] = {}
    for side in sides:
        partners.setdefault(side["host"], set()).add(side["partner"])
    if goal == KEA:
        return [host for host in partners if _declared(hostvars, host) == KEA]
    return [host for host, several in partners.items() if len(several) == 1]


def _need_declared(hostvars: Hostvars, pairs: Iterable[Pair]) -> None:
    missing = [host for pair in pairs for host in pair.hosts if _declared(hostvars, host) != KEA]
    if missing:
        raise RefusalError(
            f"{missing[0]}: dhcp_server_daemon is {_declared(hostvars, missing[0])}. Set it to kea for both servers of "
            "the pair: the declaration says what the pair becomes."
        )
    if not pairs:
        raise RefusalError(
            "No pair in this run is declared for Kea. Set dhcp_server_daemon to kea for both servers of each pair that "
            "is to move."
        )


def migration_plan(hostvars: Hostvars, pairs: Iterable[Mapping[str, Any]], goal: str, method: str) -> dict[str, Any]:
    """The next step of each pair as turns, in which each host does something or waits."""
    lines: list[str] = []
    titles: list[str] = []
    steps: list[list[dict[str, Any]]] = []
    for pair in map(_pair, pairs):
        try:
            primary, secondary = (Server.from_data(hostvars[host]["migrate_seen"]["seen"]) for host in pair.hosts)
            step, turns = advance(pair, goal, method, primary, secondary)
        except RefusalError as error:
            return {"refusal": str(error), "turns": [], "lines": [], "titles": []}
        lines += tell(pair, goal, method, step, _survey(hostvars, pair), _facts(hostvars, pair))
        if step:
            titles.append(f"{pair.name}: {step.title}.{' Nobody answers meanwhile.' if step.silent else ''}")
        # What the primary has in its configuration, the secondary needs in its lease database.
        mclt = hostvars[pair.primary]["migrate_seen"].get("mclt") or {}
        steps.append([{**_turn(pair, turn), "mclt": mclt} for turn in turns])
    # All pairs make their steps side by side.
    longest = max(map(len, steps), default=0)
    rounds = [{turn["host"]: turn for turns in steps for turn in turns[at : at + 1]} for at in range(longest)]
    return {"refusal": "", "turns": rounds, "lines": lines, "titles": titles}


def migration_objections(hostvars: Hostvars, pairs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why pairs are not moved now, by what their servers were found to be."""
    found: list[str] = []
    for pair in map(_pair, pairs):
        apart = partners_apart([hostvars[host][COMPARED].get("status") or {} for host in pair.hosts])
        why = [clock_objection(*(apart or (None,))), *_survey(hostvars, pair).get("conflicts", [])]
        found += [f"{pair.name}: {reason}" for reason in why if reason]
    return found


def _facts(hostvars: Hostvars, pair: Pair) -> list[str]:
    """What was found on the servers, in words."""
    answers = {host: (hostvars[host].get(COMPARED) or {}).get("status") or {} for host in pair.hosts}
    found = {host: answer.get("version") or "not installed yet" for host, answer in answers.items() if answer}
    versions = [f"{version} on {host}" for host, version in found.items()]
    apart = partners_apart(list(answers.values()))
    facts = [f"Kea: {', '.join(versions)}."] if versions else []
    return [*facts, f"Clocks: {abs(apart[0]):.1f} s apart."] if apart else facts


def _pair(data: Mapping[str, Any]) -> Pair:
    return Pair(data["primary"], data["secondary"], tuple(data["relationships"]))


def _survey(hostvars: Hostvars, pair: Pair) -> Mapping[str, Any]:
    return (hostvars[pair.secondary].get("migrate_survey") or {}).get("survey") or {}


def _turn(pair: Pair, turn: Turn) -> dict[str, Any]:
    host = pair.host(turn.side)
    partner = pair.secondary if host == pair.primary else pair.primary
    return {
        "host": host,
        "acts": [act.as_data() for act in turn.acts],
        "gives": turn.gives,
        "leases": partner if turn.takes else "",
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "migration_objections": migration_objections,
            "migration_pairs": migration_pairs,
            "migration_plan": migration_plan,
        }
