# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""In which order servers are restarted, what stands against it, and whether a gate may open. Pure functions over data.

A gate is the proof that a pair works: both servers say `normal`, and neither complains of anything new. A pair that
cannot be normal with one side changed (it was not before, or its halves find each other by other words now) has its
only gate after both; every other pair has one after each side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import (
    CLOCK_STOP,
    CLOCK_WARN,
    partners_apart,
    seconds_of,
)

NORMAL = "normal"
# Besides twice its size, because dhcpd writes the lease database anew beside the old one.
DISK_RESERVE = 16 * 2**20
# These come and go while only one side knows a new range, so they count when both have the new configuration.
HALFWAY_FAULTS = frozenset({"unknown-ip-address", "different-relationship"})
# By these the halves of a pair find each other, with what they have if not stated.
_MEETING: Mapping[str, Any] = {"role": "primary", "address": None, "port": 647, "peer_address": None, "peer_port": 647}
# Sections of differences for which the daemon is restarted; the others are mended beside it.
_RESTART = frozenset({"config", "service"})


@dataclass(frozen=True)
class Server:
    """One server as it is and as it is declared. `answer` is failover_info's, with `msg` if it failed."""

    name: str
    halves: Sequence[Mapping[str, Any]]
    found: Mapping[str, Any]
    answer: Mapping[str, Any]

    @property
    def pending(self) -> bool:
        """Whether its daemon must read something, or has not proven what it has read."""
        return bool(self.found["unproven"]) or any(item["section"] in _RESTART for item in self.found["differences"])

    @property
    def prepare(self) -> bool:
        return any(item["section"] not in _RESTART for item in self.found["differences"])

    @property
    def unread(self) -> bool:
        return any(item["section"] == "service" and item["kind"] == "unread" for item in self.found["differences"])

    def live(self, name: str) -> Mapping[str, Any] | None:
        """Its half in the configuration that is on the host."""
        return next((half for half in self.found["halves"] if half["name"] == name), None)

    @property
    def saved(self) -> Mapping[str, str]:
        """The states that the lease database held when the host was compared, of a daemon without OMAPI."""
        saved: Mapping[str, str] = self.found.get("status", {}).get("saved", {})
        return saved

    def report(self, name: str) -> Mapping[str, Any] | None:
        """What its daemon says about a relationship."""
        return next((item for item in self.answer.get("relationships") or [] if item["name"] == name), None)


@dataclass(frozen=True)
class Relationship:
    """A relationship and those of its two servers that take part. Its half comes with each."""

    name: str
    servers: Mapping[str, Server]
    halves: Mapping[str, Mapping[str, Any]]

    @property
    def normal(self) -> bool:
        """Whether it is healthy now, by the word of both."""
        return all((server.report(self.name) or {}).get("local_state") == NORMAL for server in self.servers.values())

    @property
    def established(self) -> bool:
        """Whether the configurations that are on the hosts make a pair, one that could be normal."""
        live = [server.live(self.name) for server in self.servers.values()]
        return None not in live and (len(live) == 1 or _mirrored(live[0] or {}, live[1] or {}))

    @property
    def together(self) -> bool:
        """Whether it cannot be normal with one side changed."""
        return not self.normal or any(
            _meeting(half) != _meeting(self.servers[host].live(self.name) or {}) for host, half in self.halves.items()
        )

    def excused(self) -> bool:
        """Whether this deployment, or one that was interrupted, is what it takes to become normal."""
        return not self.established or any(server.found["unproven"] for server in self.servers.values())

    def unasked(self) -> bool:
        """Whether its daemons have no OMAPI, as in a configuration written by hand, and their databases say normal."""
        return all(
            ("relationships" not in server.answer and server.saved.get(self.name) == NORMAL)
            or (server.report(self.name) or {}).get("local_state") == NORMAL
            for server in self.servers.values()
        )


@dataclass
class Turn:
    """Servers that are restarted at the same time, and then, by host, the relationships that must be normal."""

    hosts: list[str]
    gate: dict[str, list[str]] = field(default_factory=dict)
    # By relationship with a gate: the servers that go back if that stays shut.
    back: dict[str, list[str]] = field(default_factory=dict)
    # Relationships whose servers are both as declared by now; servers that have no later gate.
    final: list[str] = field(default_factory=list)
    confirm: list[str] = field(default_factory=list)
    # Servers that complete a pair which an earlier turn has begun, with their partners in it.
    complete: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Plan:
    """What a rollout does. Nothing is done if there are errors."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    prepare: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    # By host: the partners' ports that must be reachable.
    probes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def _meeting(half: Mapping[str, Any]) -> dict[str, str]:
    # A reader that does not know addresses and ports has nothing to say about them.
    return {key: str(half.get(key, default)) for key, default in _MEETING.items()}


def _mirrored(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    mine, theirs = _meeting(one), _meeting(other)
    return (
        mine["role"] != theirs["role"]
        and (mine["address"], mine["port"]) == (theirs["peer_address"], theirs["peer_port"])
        and (mine["peer_address"], mine["peer_port"]) == (theirs["address"], theirs["port"])
    )


def find_relationships(servers: Sequence[Server]) -> list[Relationship]:
    """Every relationship of these servers once: a pair, or one server if its partner takes no part."""
    found: list[Relationship] = []
    for server in servers:
        for half in server.halves:
            name = str(half["name"])
            for known in found:
                other = next(iter(known.halves.values()))
                if known.name == name and len(known.servers) == 1 and _mirrored(half, other):
                    found[found.index(known)] = Relationship(
                        name, {**known.servers, server.name: server}, {**known.halves, server.name: half}
                    )
                    break
            else:
                found.append(Relationship(name, {server.name: server}, {server.name: half}))
    return found


def order(pending: Iterable[str], relationships: Iterable[Relationship]) -> list[list[str]]:
    """The turns: a secondary before its primary, unless that goes round in a circle; so no two partners at once."""
    waiting = list(pending)
    secondaries: dict[str, set[str]] = {host: set() for host in waiting}
    for relationship in relationships:
        for host, half in relationship.halves.items():
            if host in secondaries and half.get("role", "primary") == "primary":
                secondaries[host] |= set(relationship.halves) - {host}
    turns = []
    while waiting:
        turns.append([host for host in waiting if not secondaries[host].intersection(waiting)] or waiting[:1])
        waiting = [host for host in waiting if host not in turns[-1]]
    return turns


def make_plan(servers: Sequence[Server], forced: bool = False) -> Plan:
    """What is to be done, in which order, and what stands against it. forced: also to pairs that are not normal."""
    relationships = find_relationships(servers)
    plan = Plan(
        prepare=[server.name for server in servers if server.prepare],
        pending=[server.name for server in servers if server.pending],
    )
    for server in servers:
        plan.errors += _host_errors(server)
    for relationship in relationships:
        plan.errors += _pair_errors(relationship)
        plan.warnings += _pair_warnings(relationship)
        _judge_state(relationship, forced, plan)
        _add_probes(relationship, forced, plan)
    plan.turns = [Turn(hosts) for hosts in order(plan.pending, relationships)]
    for relationship in relationships:
        _add_gates(relationship, plan.turns)
    for turn, later in zip(plan.turns, (plan.turns[at + 1 :] for at in range(len(plan.turns)))):
        waiting = {host for each in later for hosts in each.back.values() for host in hosts}
        proven = [*turn.hosts, *(host for hosts in turn.back.values() for host in hosts)]
        turn.confirm = [host for host in dict.fromkeys(proven) if host not in waiting]
    return plan


def _host_errors(server: Server) -> list[str]:
    errors = []
    given = {
        str(item["wanted"]).partition("/")[0]
        for item in server.found["differences"]
        if item["section"] == "interface" and item["aspect"] == "address"
    }
    for address in sorted({str(half["address"]) for half in server.halves if half.get("address")}):
        if address not in server.found["addresses"] and address not in given:
            errors.append(
                f"{server.name}: no interface has the address {address}, which its partner reaches it at; there are "
                f"{', '.join(server.found['addresses'])}. Correct dhcp_server_address, or give the host the address."
            )
    disk = server.found["disk"]
    needed = 2 * int(disk["database"]) + DISK_RESERVE
    if int(disk["free"]) < needed:
        errors.append(
            f"{server.name}: {disk['free'] // 2**20} MiB are free in {disk['folder']}, and the lease database needs "
            f"{needed // 2**20} MiB to be written anew. Make room there first."
        )
    return errors


def clock_offset(relationship: Relationship) -> tuple[float, float] | None:
    """How far the partners' clocks are apart, in seconds, and the uncertainty of that."""
    apart = partners_apart([server.answer for server in relationship.servers.values()])
    return apart and (abs(apart[0]), apart[1])


def _clock(relationship: Relationship) -> str:
    apart, uncertainty = clock_offset(relationship) or (0.0, 0.0)
    return (
        f'relationship "{relationship.name}": the clocks of {" and ".join(relationship.servers)} are {apart:.0f} s '
        f"apart (+/- {uncertainty:.1f} s)"
    )


def _pair_errors(relationship: Relationship) -> list[str]:
    errors = []
    apart = clock_offset(relationship)
    if apart and apart[0] >= CLOCK_STOP:
        errors.append(
            f"{_clock(relationship)}; from {CLOCK_STOP:.0f} s on, dhcpd refuses its partner. Set them right "
            "(timedatectl, chronyc tracking) and deploy again."
        )
    versions = {host: server.answer.get("version") for host, server in relationship.servers.items()}
    if len({version for version in versions.values() if version}) > 1:
        errors.append(
            f'relationship "{relationship.name}": '
            + ", ".join(f"{host} has dhcpd {version}" for host, version in versions.items())
            + ". A pair needs the same version on both; upgrade the older."
        )
    return errors


def _pair_warnings(relationship: Relationship) -> list[str]:
    apart = clock_offset(relationship)
    if apart and CLOCK_WARN <= apart[0] < CLOCK_STOP:
        return [f"{_clock(relationship)}; from {CLOCK_STOP:.0f} s on, dhcpd refuses its partner."]
    return []


def describe(server: Server, name: str) -> str:
    """What a server says about a relationship, in words."""
    report = server.report(name)
    if "relationships" not in server.answer:
        return str(server.answer.get("msg") or f"{server.name}: no answer")
    if report is None:
        return f"{server.name} does not know it"
    if report.get("problem"):
        return f"{server.name}: {report['problem']}"
    return f"{server.name} is {report['local_state']} since {report['since']}"


def _judge_state(relationship: Relationship, forced: bool, plan: Plan) -> None:
    if relationship.normal or relationship.excused():
        return
    # The word of a daemon that waits for its restart with another key cannot be had; its partner's can.
    silent = [
        server for server in relationship.servers.values() if "relationships" not in server.answer and server.unread
    ]
    others = [server for server in relationship.servers.values() if server not in silent]
    if (
        silent
        and others
        and all((server.report(relationship.name) or {}).get("local_state") == NORMAL for server in others)
    ):
        return
    if relationship.unasked():
        plan.warnings.append(
            f'relationship "{relationship.name}": a running dhcpd has no OMAPI and cannot be asked; the lease '
            "databases say normal. Both servers are restarted, the secondary first, and then asked."
        )
        return
    said = "; ".join(describe(server, relationship.name) for server in relationship.servers.values())
    text = f'relationship "{relationship.name}" is not normal: {said}.'
    if not forced:
        plan.errors.append(
            f"{text} A restart now could leave clients without a server. Mend it first, or, if this deployment is the "
            "repair, set deploy_pair_not_normal: true."
        )
        return
    plan.warnings.append(f"{text} Going on, because of deploy_pair_not_normal.")


def _add_probes(relationship: Relationship, forced: bool, plan: Plan) -> None:
    """A partner whose daemon runs with the half that it is to have must be reachable at its port, both ways."""
    for host, half in relationship.halves.items():
        for other, partner in relationship.servers.items():
            if other == host or not set(relationship.servers) & set(plan.pending) or forced:
                continue
            live = partner.live(relationship.name)
            if partner.found["running"] and live and _meeting(live) == _meeting(relationship.halves[other]):
                plan.probes.setdefault(host, []).append(
                    {
                        "relationship": relationship.name,
                        "partner": other,
                        "from": str(half.get("address")),
                        "address": str(half["peer_address"]),
                        "port": int(half.get("peer_port") or _MEETING["peer_port"]),
                    }
                )


def _add_gates(relationship: Relationship, turns: Sequence[Turn]) -> None:
    mine = [turn for turn in turns if set(turn.hosts) & set(relationship.servers)]
    for turn in mine:
        last = turn is mine[-1]
        if relationship.together and not last:
            continue
        restarted = [host for each in (mine if relationship.together else [turn]) for host in each.hosts]
        turn.back[relationship.name] = [host for host in relationship.servers if host in restarted]
        for host in relationship.servers:
            turn.gate.setdefault(host, []).append(relationship.name)
        if last:
            turn.final.append(relationship.name)
        for host in set(turn.hosts) & set(relationship.servers) if relationship.together and len(mine) > 1 else ():
            turn.complete.setdefault(host, []).extend(other for other in relationship.servers if other != host)


def active_hosts(turn: Mapping[str, Any], failed: Iterable[str]) -> list[str]:
    """The servers that are restarted in a turn. After a failure those only that complete a pair which has begun."""
    lost = set(failed)
    if not lost:
        return list(turn["hosts"])
    return [host for host in turn["hosts"] if host in turn["complete"] and not lost & {host, *turn["complete"][host]}]


def gates(turn: Mapping[str, Any], active: Iterable[str]) -> dict[str, list[str]]:
    """By host, the relationships that must be normal after a turn of these servers."""
    begun = {name for name, hosts in turn["back"].items() if set(hosts) & set(active)}
    found = {host: [name for name in names if name in begun] for host, names in turn["gate"].items()}
    return {host: names for host, names in found.items() if names}


def judge_gate(
    turn: Mapping[str, Any],
    active: Iterable[str],
    failed: Iterable[str],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What a turn has shown: relationships that are not well, servers that go back, servers that may stay.

    active: the servers of the turn; failed: those of them that have gone back already, or cannot be reached. before,
    after: what each host said before the turn and at its gate.
    """
    active, lost = list(active), set(failed)
    broken: dict[str, list[str]] = {}
    for host, names in gates(turn, active).items():
        answer = after.get(host) or {"msg": f"{host}: no answer"}
        server = Server(host, [], {}, answer)
        since = int((before.get(host) or {}).get("time") or 0)
        for name in names:
            report = server.report(name) or {}
            if report.get("local_state") != NORMAL or lost & set(turn["back"][name]):
                broken.setdefault(name, []).append(describe(server, name))
            for fault in answer.get("faults") or []:
                halfway = name not in turn["final"] and fault.get("kind") in HALFWAY_FAULTS
                if fault.get("relationship") in (None, name) and seconds_of(fault["time"]) >= since and not halfway:
                    broken.setdefault(name, []).append(f"{host}: {fault['message']}")
    back = list(dict.fromkeys(host for name in broken for host in turn["back"][name]))
    return {
        "broken": broken,
        "back": back,
        "confirm": [
            host for host in turn["confirm"] if host in begun_hosts(turn, active) and host not in {*back, *lost}
        ],
    }


def begun_hosts(turn: Mapping[str, Any], active: Iterable[str]) -> set[str]:
    """The servers of a turn, and those of earlier turns that its gates are about."""
    hosts = set(active)
    return hosts.union(*(back for back in turn["back"].values() if hosts & set(back)))


def plan_as_data(plan: Plan) -> dict[str, Any]:
    """The plan for a playbook."""
    return asdict(plan)
