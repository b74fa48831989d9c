# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks migrate and migrate_back.

They read what these register for each host: COMPARED (server_compare), migrate_seen, migrate_gave, migrate_survey and
migrate_done (server_migration). A pair that has failed stays in the plan as such, and makes no step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    DHCPD,
    KEA,
    METHODS,
    PIVOT,
    PRIMARY,
    Holder,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.forecast import (
    clock_objection,
    ground,
    port_objections,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import (
    Pair,
    advance,
    announce,
    arrive,
    choose,
    explain,
    is_after,
    mode_objections,
    stand,
    tell,
    wait,
    way,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    RefusalError,
    Step,
    Turn,
    holder_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import message_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import partners_apart
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_sides

Hostvars = Mapping[str, Mapping[str, Any]]

COMPARED = "__dhcp_server_found_host"
# No way is longer, whatever fails on it.
MOST_STEPS = 12


def migration_pairs(
    hostvars: Hostvars,
    hosts: Iterable[str],
    present: Iterable[str],
    goal: str,
    server: str = "",
    fenced: bool = False,
    method: str = PIVOT,
) -> dict[str, Any]:
    """The pairs to move, and sentences about those of this inventory that are left as they are.

    fenced: the partner of this server is lost.
    """
    found: list[Pair] = []
    left: list[str] = []
    refusal = ""
    try:
        if method not in METHODS:
            raise RefusalError(f'migrate_method is "{method}". It can be {" or ".join(METHODS)}.')
        sides = collect_sides(hostvars, hosts)
        found = choose(sides, [server] if server else [], present, _candidates(hostvars, sides, goal))
        if fenced:
            found = _without(found, server, goal)
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
    hosts = [host for pair in found for host in pair.left]
    return {"pairs": [asdict(pair) for pair in found], "hosts": hosts, "left": left, "refusal": refusal}


def _without(pairs: Iterable[Pair], server: str, goal: str) -> list[Pair]:
    if goal == KEA or not server:
        raise RefusalError(
            "failover_fenced says that the partner of failover_server is lost. Only migrate_back can go on with one "
            "server: give both variables to it."
        )
    return [replace(pair, lost=host) for pair in pairs for host in pair.hosts if host != server]


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


def migration_moving(chosen: Mapping[str, Any], hostvars: Hostvars, goal: str, server: str = "") -> dict[str, Any]:
    """The same, without pairs that have no reason to go back, by what their servers were seen to be.

    chosen: what `migration_pairs` has returned. server: the one that was named; its pair moves.
    """
    if goal == KEA or server:
        return dict(chosen)
    stay = {pair.name: pair for pair in map(_pair, chosen["pairs"]) if not _goes_back(hostvars, pair)}
    left = [_stays(hostvars, pair) for pair in stay.values()]
    pairs = [data for data in chosen["pairs"] if _pair(data).name not in stay]
    hosts = [host for pair in map(_pair, pairs) for host in pair.left]
    return {**chosen, "pairs": pairs, "hosts": hosts, "left": [*chosen["left"], *left]}


def _goes_back(hostvars: Hostvars, pair: Pair) -> bool:
    """Whether a pair is on its way, or runs Kea and is declared for dhcpd. If nothing is known of it, it may be."""
    results = [hostvars[host].get("migrate_seen") or {} for host in pair.hosts]
    seen = [server for server in _seen(hostvars, pair) if server]
    if not seen or any(result.get("failed") and not result.get("unreachable") for result in results):
        return True
    declared = all(_declared(hostvars, host) == DHCPD for host in pair.hosts)
    return any(server.journal for server in seen) or (declared and _runs_kea(seen))


def _runs_kea(servers: Sequence[Server]) -> bool:
    return any(server.kea.running for server in servers) and not any(server.dhcpd.running for server in servers)


def _stays(hostvars: Hostvars, pair: Pair) -> str:
    if _runs_kea([server for server in _seen(hostvars, pair) if server]):
        return (
            f"{pair.name} keep Kea, as declared. To take them back, name one of them: -e failover_server={pair.primary}"
        )
    return f"{pair.name}: nothing to do, they are not on their way to Kea."


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


def migration_plan(
    plan: Mapping[str, Any],
    hostvars: Hostvars,
    pairs: Iterable[Mapping[str, Any]],
    goal: str,
    method: str,
    until: str = "",
) -> dict[str, Any]:
    """The next step of each pair as turns, in which each host does something or waits. until: the last one to make.

    plan: that of the step before; empty at first. failed: why pairs were left out, by their names; the plan has those
    of earlier steps. hosts: those of the others that have a step. arrived: those that have made their last one.
    paused: the next step of the pairs that shall not make it in this run.
    prepare: those of pairs whose leases are dhcpd's, on the way to Kea. left: how many more steps a run may make.
    """
    found: dict[str, Any] = {**_rest(plan, hostvars, pairs, ["migrate_seen"]), "titles": [], "prepare": [], "done": []}
    found["left"] = plan.get("left", MOST_STEPS + 1) - 1
    found["arrived"] = list(plan.get("arrived", []))
    found["paused"] = dict(plan.get("paused", {}))
    steps: list[list[dict[str, Any]]] = []
    hosts: list[str] = []
    for pair in map(_pair, pairs):
        if pair.name in found["failed"]:
            continue
        seen = primary, secondary = _seen(hostvars, pair)
        if not (any(seen) if pair.lost else all(seen)):
            continue  # it was there before this step
        try:
            step, turns = advance(pair, goal, method, seen)
            ends = bool(step and until and is_after(step, until, goal, method))
        except RefusalError as error:
            found["failed"][pair.name] = [str(error)]
            continue
        if step is None:
            found["arrived"] += pair.hosts if plan else ()
            continue
        if ends:
            found["paused"][pair.name] = step.name
            continue
        if not found["left"]:
            found["failed"][pair.name] = [f"{MOST_STEPS} steps were made, and there are more: {step.title}"]
            continue
        hosts += pair.left
        found["titles"].append(announce(pair, goal, method, step))
        if goal == KEA and primary and secondary and holder_of(primary, secondary) in (None, Holder.DHCPD):
            found["prepare"] += pair.hosts
        # What the primary of a relationship has in its configuration, its secondary needs in its lease database.
        known = {"step": f"{step.name}: {step.title}", "mclt": _mclt(hostvars, pair)}
        steps.append([{**_turn(pair, turn, seen), **known} for turn in turns])
    # All pairs make their steps side by side.
    longest = max(map(len, steps), default=0)
    rounds = [{turn["host"]: turn for turns in steps for turn in turns[at : at + 1]} for at in range(longest)]
    return {**found, "hosts": hosts, "turns": rounds}


def migration_surveyed(
    plan: Mapping[str, Any], hostvars: Hostvars, pairs: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The plan without the pairs that may not be moved now, by what their servers were found to be."""
    found = _rest(plan, hostvars, pairs, [COMPARED, "migrate_survey", "migrate_trouble"])
    for pair in map(_pair, pairs):
        # Others are past the cut, and nothing was found out about them.
        if pair.primary in found["hosts"] and pair.primary in found["prepare"]:
            apart = partners_apart([(hostvars[host].get(COMPARED) or {}).get("status") or {} for host in pair.hosts])
            declared = (hostvars[pair.primary].get(COMPARED) or {}).get("declared_halves") or []
            conflicts = _survey(hostvars, pair).get("conflicts", [])
            taken = [
                why for host in pair.hosts for why in port_objections(host, _around(hostvars, host).get("ports", ()))
            ]
            why = [clock_objection(*(apart or (None,))), *mode_objections(declared), *taken, *conflicts]
            if any(why):
                found["failed"][pair.name] = [reason for reason in why if reason]
    return _rest(found, hostvars, pairs, [])


def migration_rest(
    plan: Mapping[str, Any], hostvars: Hostvars, pairs: Iterable[Mapping[str, Any]], result: str
) -> dict[str, Any]:
    """The plan without the pairs of servers for which a task has failed, and with what the task did on the others.

    result: where they keep the task's result.
    """
    pairs = list(pairs)
    done = [
        f"{host}: {line}"
        for pair in map(_pair, pairs)
        for host in pair.hosts
        for line in (hostvars[host].get(result) or {}).get("lines") or []
    ]
    return {**_rest(plan, hostvars, pairs, [result]), "done": [*plan.get("done", []), *done]}


def migration_told(
    plan: Mapping[str, Any],
    hostvars: Hostvars,
    chosen: Mapping[str, Any],
    goal: str,
    method: str,
) -> list[str]:
    """The plan in words. chosen: what `migration_pairs` has returned."""
    lines: list[str] = []
    ways: dict[str, list[Step]] = {}
    for pair in map(_pair, chosen["pairs"]):
        try:
            step = advance(pair, goal, method, _seen(hostvars, pair))[0]
        except RefusalError:
            continue
        if step or pair.name not in plan["failed"]:
            facts = (_facts if goal == KEA else _configuration)(hostvars, pair)
            lines += tell(pair, goal, step, _survey(hostvars, pair), facts, _mclt(hostvars, pair), method)
        if step:
            ways[pair.name] = way(goal, method, step)
    return [*lines, *chosen["left"], *explain(ways, goal)]


def migration_end(
    plan: Mapping[str, Any], hostvars: Hostvars, pairs: Iterable[Mapping[str, Any]], goal: str
) -> list[str]:
    """Which pairs were moved. Why others were not, where they stand, and what to do."""
    lines: list[str] = []
    for pair in map(_pair, pairs):
        if pair.name in plan["failed"]:
            lines += stand(pair, goal, plan["failed"][pair.name], dict(zip(pair.hosts, _seen(hostvars, pair))))
        elif pair.primary in plan["arrived"]:
            lines += arrive(pair, goal, _declared(hostvars, pair.primary))
        elif pair.name in plan["paused"]:
            lines += wait(pair, goal, plan["paused"][pair.name])
    return lines


def _rest(
    plan: Mapping[str, Any], hostvars: Hostvars, pairs: Iterable[Mapping[str, Any]], results: Sequence[str]
) -> dict[str, Any]:
    failed = dict(plan.get("failed", {}))
    for pair in map(_pair, pairs):
        for host in pair.hosts:
            for name in results:
                reason = _reason(host, hostvars[host].get(name) or {})
                if reason and pair.name not in failed:
                    failed[pair.name] = [reason]
    out = {host for pair in map(_pair, pairs) if pair.name in failed for host in pair.hosts}
    return {**plan, "failed": failed, "hosts": [host for host in plan.get("hosts", []) if host not in out]}


def _reason(host: str, result: Mapping[str, Any]) -> str:
    """Why a server did not do its part; nothing if it did."""
    message = message_of(result, result.get("waiting") or "no reason given")
    if result.get("unreachable"):
        return f"{host} cannot be reached: {message}"
    if result.get("failed"):
        return message if message.startswith(f"{host}: ") else f"{host}: {message}"
    return ""


def _seen(hostvars: Hostvars, pair: Pair) -> tuple[Server | None, Server | None]:
    """Both servers as they were seen; None for one that could not be asked."""
    found = ((hostvars[host].get("migrate_seen") or {}).get("seen") for host in pair.hosts)
    primary, secondary = (Server.from_data(seen) if seen else None for seen in found)
    return primary, secondary


def _facts(hostvars: Hostvars, pair: Pair) -> list[str]:
    """What was found on the servers, in words."""
    answers = {host: (hostvars[host].get(COMPARED) or {}).get("status") or {} for host in pair.hosts}
    versions: dict[str, list[str]] = {}
    for host, answer in answers.items():
        if answer:
            versions.setdefault(answer.get("version") or "", []).append(host)
    missing = versions.pop("", [])
    apart = partners_apart(list(answers.values()))
    facts = [f"Kea {version} is on {' and '.join(hosts)}." for version, hosts in versions.items()]
    facts += [f"Kea will be installed on {' and '.join(missing)}."] if missing else []
    facts += [f"The clocks of both servers are {abs(apart[0]):.1f} s apart."] if apart else []
    return facts + ground({host: _around(hostvars, host) for host in pair.hosts})


def _mclt(hostvars: Hostvars, pair: Pair) -> dict[str, int]:
    """Of each relationship, as the configuration of its primary has it."""
    return {
        name: int(seconds)
        for host in pair.hosts
        for name, seconds in ((hostvars[host].get("migrate_seen") or {}).get("mclt") or {}).items()
    }


def _around(hostvars: Hostvars, host: str) -> Mapping[str, Any]:
    """What a server has told of its host: a secondary when it gave its leases, a primary when it merged them."""
    results = (hostvars[host].get(name) or {} for name in ("migrate_survey", "migrate_gave"))
    return next((result for result in results if result.get("room")), {})


def _configuration(hostvars: Hostvars, pair: Pair) -> list[str]:
    """What dhcpd serves with after a way back, in words."""
    found = {host: (hostvars[host].get("migrate_survey") or {}).get("config") for host in pair.hosts}
    known = {host: config for host, config in found.items() if config}
    if not known:
        return []
    (path, *_others) = (config["path"] for config in known.values())
    times = ", ".join(f"at {config['changed']} on {host}" for host, config in known.items())
    return [
        *ground({host: _around(hostvars, host) for host in pair.hosts}),
        f"dhcpd gets the configuration that is on the hosts, {path} (changed {times}). What was declared since is not "
        "in it.",
    ]


def _pair(data: Mapping[str, Any]) -> Pair:
    return Pair(data["primary"], data["secondary"], tuple(data["relationships"]), data["lost"])


def _survey(hostvars: Hostvars, pair: Pair) -> Mapping[str, Any]:
    return (hostvars[pair.primary].get("migrate_survey") or {}).get("survey") or {}


def _turn(pair: Pair, turn: Turn, seen: tuple[Server | None, Server | None]) -> dict[str, Any]:
    host = pair.host(turn.side)
    partner, other = (pair.secondary, seen[1]) if host == pair.primary else (pair.primary, seen[0])
    stopped = "stopped" if other and not other.kea.running else "unknown"
    return {
        "host": host,
        "acts": [act.as_data() for act in turn.acts],
        "gives": turn.gives,
        "leases": partner if turn.takes else "",
        "partner": "fenced" if pair.lost else stopped,
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "migration_end": migration_end,
            "migration_moving": migration_moving,
            "migration_pairs": migration_pairs,
            "migration_plan": migration_plan,
            "migration_rest": migration_rest,
            "migration_surveyed": migration_surveyed,
            "migration_told": migration_told,
        }
