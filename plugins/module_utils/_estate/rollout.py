# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The order in which servers are restarted, the objections, the steps, and how it ended. Pure functions over data.

Servers are restarted in batches, in which no two are partners. After a batch comes the gate of each of its pairs: both
servers must be normal, know each other by the ends that they run with, and have the same leases if their daemon copies
all of them, and neither may complain of anything new. A pair has a gate after each side, unless it cannot be normal
with one side changed: because it was not normal before, or because its halves will find each other by other addresses.
Such a pair has one gate, after both sides.

If a daemon needs it, the partner takes over all clients of a server before its restart, and gives them back after it.
Two servers of that kind that will find each other by other means are restarted at the same time: a daemon that takes
over could otherwise do so while its partner serves.

A rollout is a number of steps. Each brings some servers into a state of the module managed_server, then waits at gates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import move_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import (
    ChangedServer,
    changed_server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import judge as judge_impact
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import lease_set
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData, Phase, message_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import (
    CLOCK_STOP,
    CLOCK_WARN,
    partners_apart,
    seconds_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DAEMONS,
    DEFAULT_PORT,
    PROGRAMS,
)

HalfData = Mapping[str, Any]
# By relationship and address: the leases of its two servers that differ.
Unequal = Mapping[str, Mapping[str, Any]]

# These occur while only one side knows a range or subnet, so they count only when both have the new configuration.
HALFWAY_FAULTS = frozenset({"unknown-ip-address", "different-relationship", "lease-refused"})
# The plan has told of this, or refused.
TOLD_FAULTS = frozenset({"clock-skew"})
# By these the halves of a pair find each other, with what holds if nothing is stated.
_MEETING: Mapping[str, Any] = {
    "role": "primary",
    "address": None,
    "port": DEFAULT_PORT,
    "peer_address": None,
    "peer_port": DEFAULT_PORT,
}
# In these they must agree, if their daemon states them, with what holds if nothing is declared.
_AGREED: Mapping[str, Any] = {"mode": "hot-standby", "tls": False}


# --- The present state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeployedServer:
    """One server as it is and as it is declared.

    found: the result of server_compare.
    """

    name: str
    found: Mapping[str, Any]

    @property
    def halves(self) -> Sequence[HalfData]:
        """Its halves as declared."""
        halves: Sequence[HalfData] = self.found["declared_halves"]
        return halves

    @property
    def answer(self) -> AnswerData:
        """The daemon's answer, with `msg` if it cannot be asked."""
        answer: AnswerData = self.found["status"]
        return answer

    @property
    def differences(self) -> list[Difference]:
        return [Difference.from_dict(item) for item in self.found["differences"]]

    @property
    def pending(self) -> bool:
        """Whether its daemon must read something, or runs an unproven configuration."""
        return bool(self.found["pending"])

    @property
    def prepare(self) -> bool:
        """Whether anything must be changed that needs no restart."""
        return bool(self.found["install"])

    @property
    def unread(self) -> bool:
        """Whether its daemon has not read the latest files on the host."""
        return any(item.section == "service" and item.kind == How.UNREAD for item in self.differences)

    @property
    def knows_anew(self) -> bool:
        """Whether its daemon has not read the file by which it will know its partner."""
        anchor = self.daemon["anchor"]
        return any(item.kind == How.UNREAD and item.aspect == anchor for item in self.differences if anchor)

    @property
    def daemon(self) -> Mapping[str, Any]:
        """The facts about its daemon that a restart needs (`_host/files.py`)."""
        daemon: Mapping[str, Any] = self.found["table"]["daemon"]
        return daemon

    @property
    def program(self) -> str:
        return PROGRAMS[self.daemon["name"]]

    def phase(self, name: str) -> str:
        return str((_report(self.answer, name) or {}).get("phase", Phase.UNKNOWN.value))

    @property
    def partners(self) -> set[str]:
        """The addresses of its partners in the configuration on the host."""
        return {str(half["peer_address"]) for half in self.found["halves"]}

    @property
    def changed(self) -> ChangedServer:
        """Its relationships before and after, and its leases."""
        return changed_server(self.name, self.halves, self.found["halves"], self.found.get("leases") or {})

    def live(self, name: str) -> HalfData | None:
        """Its half in the configuration on the host."""
        return next((half for half in self.found["halves"] if half["name"] == name), None)

    def unaddressed(self, name: str) -> bool:
        """Whether the host no longer has the address that its daemon uses. Preparing it for another removes it."""
        own = str((self.live(name) or {}).get("address"))
        # A configuration written by hand may have a name.
        return parse_address(own) is not None and own not in self.found["addresses"]

    @property
    def saved(self) -> Mapping[str, str]:
        """The phases in the lease database of a daemon that cannot be asked."""
        saved: Mapping[str, str] = self.answer.get("saved", {})
        return saved

    def normal(self, name: str) -> bool:
        return _normal(self.answer, name)


def _report(answer: AnswerData, name: str) -> Mapping[str, Any] | None:
    """A daemon's report about a relationship."""
    return next((item for item in answer.get("relationships") or [] if item["name"] == name), None)


def _normal(answer: AnswerData, name: str) -> bool:
    return bool((_report(answer, name) or {}).get("normal"))


def _describe(host: str, answer: AnswerData, name: str) -> str:
    """A daemon's report about a relationship, in words."""
    report = _report(answer, name)
    if answer.get("unreachable"):
        return _unreachable(host, answer)
    if "relationships" not in answer:
        return str(answer.get("msg") or f"{host}: no answer")
    if report is None:
        return f"{host} does not know it"
    if report.get("problem"):
        return f"{host}: {report['problem']}"
    return f"{host} is {report['local_state']} since {report['since']}"


def _unreachable(host: str, result: Mapping[str, Any]) -> str:
    return f"{host} cannot be reached: {message_of(result).rstrip('.')}"


@dataclass(frozen=True)
class DeployedPair:
    """A relationship, and those of its two servers that take part, each with its half as declared."""

    name: str
    servers: Mapping[str, DeployedServer]
    halves: Mapping[str, HalfData]

    @property
    def program(self) -> str:
        return next(iter(self.servers.values())).program

    @property
    def normal(self) -> bool:
        return all(server.normal(self.name) for server in self.servers.values())

    @property
    def established(self) -> bool:
        """Whether the configurations on the hosts form a pair that could be normal."""
        live = [server.live(self.name) for server in self.servers.values()]
        return None not in live and (len(live) == 1 or _mirrored(live[0] or {}, live[1] or {}))

    @property
    def together(self) -> bool:
        """Whether it cannot be normal with one side changed."""
        return (not self.normal and self.left_to is None) or self.moves

    @property
    def moves(self) -> bool:
        """Whether its halves will find each other by other means."""
        elsewhere = any(_moves(half, self.servers[host].live(self.name) or {}) for host, half in self.halves.items())
        # On one of them alone, it is a damaged file that was replaced.
        return elsewhere or all(server.knows_anew for server in self.servers.values())

    @property
    def at_once(self) -> bool:
        """Whether both must be restarted at the same time: one that has lost its partner by the change would serve."""
        works = self.normal or self.left_to is not None or self.renamed
        hands_over = all(server.daemon["hands_over"] for server in self.servers.values())
        return works and self.moves and hands_over and len(self.servers) > 1

    @property
    def renamed(self) -> bool:
        """Whether its servers work together under another name."""
        return all(
            server.found["running"]
            and server.live(self.name) is None
            and any(
                server.normal(str(live["name"])) and live["peer_address"] == half["peer_address"]
                for live in server.found["halves"]
            )
            for server, half in ((self.servers[host], half) for host, half in self.halves.items())
        )

    @property
    def left_to(self) -> str | None:
        """The server that an interrupted deployment has left to serve all clients, while its partner waits."""
        phases = {server.phase(self.name): host for host, server in self.servers.items()}
        found = [server.found for server in self.servers.values()]
        interrupted = any(server["unproven"] or server.get("interrupted") for server in found)
        pending = any(server["pending"] for server in found)
        left = interrupted and pending and set(phases) == {Phase.ALONE.value, Phase.HELD.value}
        return phases[Phase.ALONE.value] if left else None

    @property
    def excused(self) -> bool:
        """Whether the pair can only become normal by this deployment or an interrupted one."""
        return (
            not self.established
            or self.left_to is not None
            or any(server.found["unproven"] or server.unaddressed(self.name) for server in self.servers.values())
        )

    @property
    def waits_for_restart(self) -> bool:
        """Whether every server is normal, except those that cannot be asked until they read another key."""
        silent = [server for server in self.servers.values() if "relationships" not in server.answer and server.unread]
        others = [server for server in self.servers.values() if server not in silent]
        return bool(silent and others) and all(server.normal(self.name) for server in others)

    @property
    def normal_by_database(self) -> bool:
        """Whether it is normal by the databases of daemons that cannot be asked (hand-written configurations)."""
        return all(
            server.normal(self.name)
            or ("relationships" not in server.answer and server.saved.get(self.name) == Phase.NORMAL)
            for server in self.servers.values()
        )

    @property
    def clocks_apart(self) -> tuple[float, float] | None:
        """The difference of the clocks in seconds, with the uncertainty."""
        apart = partners_apart([server.answer for server in self.servers.values()])
        return apart and (abs(apart[0]), apart[1])


def _meeting(half: HalfData) -> dict[str, str]:
    return {key: str(default if half.get(key) is None else half[key]) for key, default in _MEETING.items()}


def _moves(half: HalfData, live: HalfData) -> bool:
    """Whether a server that becomes as declared can no longer work with a partner that stays as it is."""
    return _meeting(half) != _meeting(live) or any(
        live.get(key) is not None and live[key] != (usual if half.get(key) is None else half[key])
        for key, usual in _AGREED.items()
    )


def _mirrored(one: HalfData, other: HalfData) -> bool:
    mine, theirs = _meeting(one), _meeting(other)
    return (
        mine["role"] != theirs["role"]
        and (mine["address"], mine["port"]) == (theirs["peer_address"], theirs["peer_port"])
        and (mine["peer_address"], mine["peer_port"]) == (theirs["address"], theirs["port"])
    )


def find_pairs(servers: Sequence[DeployedServer]) -> list[DeployedPair]:
    """Every relationship of these servers, once: both sides, or one if its partner takes no part."""
    found: list[DeployedPair] = []
    for server in servers:
        for half in server.halves:
            name = str(half["name"])
            for known in found:
                other = next(iter(known.halves.values()))
                if known.name == name and len(known.servers) == 1 and _mirrored(half, other):
                    found[found.index(known)] = DeployedPair(
                        name, {**known.servers, server.name: server}, {**known.halves, server.name: half}
                    )
                    break
            else:
                found.append(DeployedPair(name, {server.name: server}, {server.name: half}))
    return found


# --- The plan ------------------------------------------------------------------------------------------------


@dataclass
class Batch:
    """Servers that are restarted at the same time, and their gates."""

    hosts: list[str]
    gate: dict[str, list[str]] = field(default_factory=dict)  # by host: the relationships that must be normal
    rollback: dict[str, list[str]] = field(default_factory=dict)  # by relationship: servers to roll back otherwise
    final: list[str] = field(default_factory=list)  # relationships of which both servers are now as declared
    confirm: list[str] = field(default_factory=list)  # servers that have no later gate
    # Servers that complete a pair begun in an earlier batch, with their partners there.
    complete: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class RolloutPlan:
    """The plan of a rollout. With errors, nothing is done."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    prepare: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    # What it says before anything is touched.
    announcements: list[str] = field(default_factory=list)
    # Sentences about leases that are lost by it, each with its servers.
    lost: dict[str, list[str]] = field(default_factory=dict)
    unproven: list[str] = field(default_factory=list)  # servers on which an earlier deployment was interrupted
    # By host: the clock's lead in seconds, from its answer.
    clocks: dict[str, float] = field(default_factory=dict)
    # By host to restart: those that take over before, each with one of its relationships.
    takeover: dict[str, dict[str, str]] = field(default_factory=dict)
    # By host that an interrupted deployment has left to serve alone: one of the relationships.
    give_back: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # by host: the name of its daemon's configuration


def order(pending: Iterable[str], pairs: Iterable[DeployedPair]) -> list[list[str]]:
    """The batches: a secondary before its primary unless that goes round in a circle, and no two partners at once.

    Only partners that must be restarted at the same time are in one batch, which waits for the secondaries of both.
    """
    waiting = list(pending)
    secondaries: dict[str, set[str]] = {host: set() for host in waiting}
    groups = {host: {host} for host in waiting}
    for pair in pairs:
        for host, half in pair.halves.items():
            if host in secondaries and half.get("role", "primary") == "primary":
                secondaries[host] |= set(pair.halves) - {host}
        if pair.at_once:
            joined = set().union(*(groups[host] for host in pair.halves if host in groups))
            groups.update(dict.fromkeys(joined, joined))
    needs = {host: set().union(*(secondaries[one] for one in group)) - group for host, group in groups.items()}
    batches = []
    while waiting:
        first = [host for host in waiting if host in groups[waiting[0]]]
        batches.append([host for host in waiting if not needs[host].intersection(waiting)] or first)
        waiting = [host for host in waiting if host not in batches[-1]]
    return batches


def make_plan(
    servers: Sequence[DeployedServer], forced: bool = False, unknown: Mapping[str, Mapping[str, Any]] | None = None
) -> RolloutPlan:
    """The steps in order, and the objections.

    forced: even if a pair is not normal. unknown: results of servers that could not be compared or prepared.
    """
    if unknown:
        return RolloutPlan(errors=[_unknown(host, result) for host, result in unknown.items()])
    pairs = find_pairs(servers)
    plan = RolloutPlan(
        prepare=[server.name for server in servers if server.prepare],
        pending=[server.name for server in servers if server.pending],
        clocks={server.name: server.answer["clock_offset"] for server in servers if "clock_offset" in server.answer},
        give_back={host: pair.name for pair in pairs for host in [pair.left_to] if host},
        files={server.name: server.daemon["config"].rpartition("/")[2] for server in servers if server.pending},
    )
    for server in servers:
        plan.errors += _server_errors(server)
        killed = server.found.get("interrupted")
        earlier = "an earlier deployment"
        if killed:
            earlier = f"the deployment that {killed['who']} began at {killed['since']}"
        if server.found["unproven"]:
            plan.unproven.append(server.name)
            plan.warnings.append(
                f"{server.name}: {earlier} was interrupted before the pair was normal with its configuration. This one "
                "finishes it, or restores the configuration before it."
            )
        elif killed:
            plan.warnings.append(f"{server.name}: {earlier} was interrupted before its end.")
        plan.announcements += [f"{server.name}: {item.message}" for item in server.differences]
    for pair in pairs:
        _judge_clocks(pair, plan)
        _judge_versions(pair, plan)
        _judge_state(pair, forced, plan)
        if not forced and set(pair.servers) & set(plan.pending):
            _judge_ports(pair, plan)
    impact = judge_impact([server.changed for server in servers if server.pending])
    plan.errors += impact.refused
    plan.announcements += impact.told
    plan.lost = impact.lost
    plan.batches = [Batch(hosts) for hosts in order(plan.pending, pairs)]
    for pair in pairs:
        _add_gates(pair, plan.batches)
        _add_takeovers(pair, plan)
    for number, batch in enumerate(plan.batches):
        later = plan.batches[number + 1 :]
        waiting = {host for each in later for hosts in each.rollback.values() for host in hosts}
        proven = [*batch.hosts, *(host for hosts in batch.rollback.values() for host in hosts)]
        batch.confirm = [host for host in dict.fromkeys(proven) if host not in waiting]
    if plan.batches:
        plan.announcements.append(f"Restart {', then '.join(', '.join(batch.hosts) for batch in plan.batches)}.")
    return plan


def _unknown(host: str, result: Mapping[str, Any]) -> str:
    if result.get("unreachable"):
        return (
            f"{_unreachable(host, result)}. Make it reachable, or leave it out with --limit: then its partner alone "
            "gets a new configuration."
        )
    text = str(result.get("msg", "no reason given"))
    return text if text.startswith(f"{host}:") else f"{host}: {text}"


def tell_plan(plan: RolloutPlan, hosts: Iterable[str], prepared: bool = False) -> list[str]:
    """What is said before anything is touched, or why nothing is. prepared: whether servers were prepared already."""
    if plan.errors:
        done = "No daemon was touched" if prepared else "Nothing was changed"
        return [*plan.errors, f"{done} on {', '.join(hosts)}."]
    lines = [f"WARNING: {text}" for text in plan.warnings] + plan.announcements
    return lines if plan.prepare or plan.pending else [*lines, *(f"{host}: unchanged." for host in hosts)]


def _server_errors(server: DeployedServer) -> list[str]:
    errors = []
    given = {
        str(item.wanted).partition("/")[0]
        for item in server.differences
        if item.section == "interface" and item.aspect == "address"
    }
    for address in sorted({str(half["address"]) for half in server.halves if half.get("address")}):
        if address not in server.found["addresses"] and address not in given:
            errors.append(
                f"{server.name}: no interface has the address {address}, at which the partner calls it; there are "
                f"{', '.join(server.found['addresses'])}. Correct dhcp_server_address, or give the host the address."
            )
    return errors


def _judge_clocks(pair: DeployedPair, plan: RolloutPlan) -> None:
    apart, uncertainty = pair.clocks_apart or (0.0, 0.0)
    message = (
        f'relationship "{pair.name}": the clocks of {" and ".join(pair.servers)} are {apart:.0f} s apart '
        f"(+/- {uncertainty:.1f} s); from {CLOCK_STOP:.0f} s on, {pair.program} refuses its partner."
    )
    if apart >= CLOCK_STOP:
        plan.errors.append(f"{message} Set them right (timedatectl, chronyc tracking) and deploy again.")
    elif apart >= CLOCK_WARN:
        plan.warnings.append(message)


def _judge_versions(pair: DeployedPair, plan: RolloutPlan) -> None:
    versions = {host: server.answer.get("version") for host, server in pair.servers.items()}
    if len({version for version in versions.values() if version}) > 1:
        plan.errors.append(
            f'relationship "{pair.name}": '
            + ", ".join(f"{host} has {pair.program} {version}" for host, version in versions.items())
            + ". A pair needs the same version on both; upgrade the older."
        )


def _judge_state(pair: DeployedPair, forced: bool, plan: RolloutPlan) -> None:
    if pair.normal or pair.excused or pair.waits_for_restart:
        return
    if pair.normal_by_database:
        plan.warnings.append(
            f'relationship "{pair.name}": a running dhcpd has no OMAPI and cannot be asked, but the lease databases '
            "say normal. Both servers are restarted, the secondary first, and asked then."
        )
        return
    said = "; ".join(_describe(server.name, server.answer, pair.name) for server in pair.servers.values())
    text = f'relationship "{pair.name}" is not normal: {said}.'
    if forced:
        plan.warnings.append(f"{text} Going on, because of deploy_pair_not_normal.")
        return
    plan.errors.append(
        f"{text} A restart now could leave clients without a server. Repair the pair first. If this deployment is the "
        "repair, set deploy_pair_not_normal: true."
    )


def _judge_ports(pair: DeployedPair, plan: RolloutPlan) -> None:
    """A partner whose daemon already runs with the half that it is to have must be reachable at its port, both ways."""
    for host, half in pair.halves.items():
        for other, partner in pair.servers.items():
            live = partner.live(pair.name)
            address, port = str(half["peer_address"]), int(half.get("peer_port") or DEFAULT_PORT)
            keeps = partner.found["running"] and live and _meeting(live) == _meeting(pair.halves[other])
            if other != host and keeps and f"{address}:{port}" in pair.servers[host].found["closed"]:
                plan.errors.append(
                    f"{host} does not reach TCP port {port} of {other} at {address}, where its {pair.program} runs, so "
                    f'relationship "{pair.name}" would not become normal after a restart. '
                    f"Open the port for {half.get('address')} on {other}, and on each firewall between."
                )


def _add_gates(pair: DeployedPair, batches: Sequence[Batch]) -> None:
    mine = [batch for batch in batches if set(batch.hosts) & set(pair.servers)]
    for batch in mine:
        last = batch is mine[-1]
        if pair.together and not last:
            continue
        restarted = [host for each in (mine if pair.together else [batch]) for host in each.hosts]
        batch.rollback[pair.name] = [host for host in pair.servers if host in restarted]
        for host in pair.servers:
            batch.gate.setdefault(host, []).append(pair.name)
        if last:
            batch.final.append(pair.name)
        if pair.together and len(mine) > 1:
            for host in set(batch.hosts) & set(pair.servers):
                batch.complete.setdefault(host, []).extend(other for other in pair.servers if other != host)


def _add_takeovers(pair: DeployedPair, plan: RolloutPlan) -> None:
    """Before a server of the pair is restarted, its partner takes over, if the daemon needs it and the two can."""
    if pair.at_once:
        plan.warnings.append(
            f'relationship "{pair.name}": the two will find each other by other means, so both are restarted at the '
            "same time. Clients get no answer until both are normal again, for some heartbeats."
        )
        return
    for batch in plan.batches:
        for host in (host for host in pair.servers if host in batch.hosts and pair.servers[host].daemon["hands_over"]):
            other = next((name for name in pair.servers if name != host), None)
            # A daemon does it for all its relationships at once.
            if other and (pair.normal or pair.left_to) and len(pair.servers[other].partners) == 1:
                plan.takeover.setdefault(host, {})[other] = pair.name
            elif pair.servers[host].normal(pair.name):
                why = "it takes no part"
                if other:
                    several = len(pair.servers[other].partners) > 1
                    why = "it serves others, too" if several else "it is not normal"
                plan.warnings.append(
                    f'relationship "{pair.name}": the partner of {host} cannot take over before the restart, because '
                    f"{why}. Clients may get no answer until the restart is over."
                )


# --- The steps -----------------------------------------------------------------------------------------------


class Runs(str, Enum):
    """What is known of the configuration that a server runs."""

    BEFORE = "before"  # the one from before; nothing of the new one is on the host
    STAGED = "staged"  # the one from before; the new one is beside it, tested
    ACTIVE = "active"  # the new one, without proof
    PROVEN = "proven"  # the new one, which passed its gate; the journal still says unproven
    NEW = "new"  # the new one, confirmed
    PREVIOUS = "previous"  # the previous one again
    STOPPED = "stopped"  # none, as before; it was restored
    REFUSED = "refused"  # the one from before, because the daemon refused the new one
    FAILED = "failed"  # unknown: managed_server could not reach a state, and says more
    UNKNOWN = "unknown"  # it could not be reached


# The keys of an answer that are kept.
_SAID = ("relationships", "msg", "unreachable")
# More addresses would say nothing new.
_SHOWN = 3
# The state of managed_server, and what a server runs after it.
_REACHED = {"staged": Runs.STAGED, "active": Runs.ACTIVE, "confirmed": Runs.NEW, "restored": Runs.PREVIOUS}


@dataclass
class Step:
    """The next step of a rollout, and what is known so far. batch: its number; -1 while configurations are staged."""

    batch: int = -1
    states: dict[str, str] = field(default_factory=dict)  # by host: the state of managed_server to reach
    gate: dict[str, list[str]] = field(default_factory=dict)  # by host: the relationships that must be normal then
    needs: dict[str, list[str]] = field(default_factory=dict)  # by host: servers without which its gate cannot pass
    settle: dict[str, list[str]] = field(default_factory=dict)  # by host: relationships to watch after a rollback
    takeover: dict[str, str] = field(default_factory=dict)  # by host: one of the relationships in which it takes over
    served: dict[str, list[str]] = field(default_factory=dict)  # by host: those that must have taken over before
    give_back: dict[str, str] = field(default_factory=dict)  # by host: one of the relationships to give back afterwards
    started: float = 0.0  # the controller's time
    runs: dict[str, str] = field(default_factory=dict)  # by host: one of Runs
    reasons: dict[str, str] = field(default_factory=dict)  # by host: why it did not reach a state
    report: list[str] = field(default_factory=list)  # gates that stayed closed, and what the daemons said
    said: dict[str, dict[str, Any]] = field(default_factory=dict)  # by host: its last answer about its relationships

    @property
    def gone(self) -> set[str]:
        """Servers that are not deployed any further."""
        restored = {host for host, runs in self.runs.items() if runs in (Runs.PREVIOUS, Runs.STOPPED)}
        return restored.union(self.reasons)


@dataclass(frozen=True)
class StepResult:
    """A server's results in a step: from managed_server, from failover_info at the gate, and from its takeover."""

    done: Mapping[str, Any]
    answer: AnswerData
    taken: Mapping[str, Any] = field(default_factory=dict)


def begin(plan: RolloutPlan) -> Step:
    """The first step: every new configuration is staged and tested before a daemon is touched."""
    return Step(
        states=dict.fromkeys(plan.pending, "staged"),
        runs=dict.fromkeys(plan.pending, Runs.BEFORE.value),
        give_back={**plan.give_back},
    )


def not_served(taken: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Why partners did not take over. taken: their results, by host."""
    return [
        _unreachable(host, result) if result.get("unreachable") else str(result.get("msg", f"{host}: no reason given"))
        for host, result in taken.items()
        if result.get("failed") or result.get("unreachable")
    ]


def unequal_leases(
    gate: Mapping[str, Sequence[str]], answers: Mapping[str, AnswerData], before: Unequal | None = None
) -> dict[str, dict[str, list[Any]]]:
    """The leases in which normal pairs differ: by relationship and address, what each of the two has.

    before: what differed some time ago. A difference counts only if it stays, because the two are never read at the
    same instant.
    """
    found = {}
    for name in dict.fromkeys(name for names in gate.values() for name in names):
        asked = [answers[host] for host, names in gate.items() if name in names]
        if len(asked) == 2 and all(_normal(answer, name) and name in answer.get("leases", {}) for answer in asked):
            one, other = (lease_set.LeaseSet.unpack(answer["leases"][name]) for answer in asked)
            apart, uncertainty = partners_apart(asked) or (0.0, 0.0)
            # A start is known to the second.
            margin = abs(apart) + uncertainty + 2
            differ = lease_set.compare(one, other, max(answer["time"] for answer in asked), margin)
            rows = {str(address): [row and list(row) for row in pair] for address, pair in differ.items()}
            known = rows if before is None else before.get(name, {})
            found[name] = {address: pair for address, pair in rows.items() if known.get(address) == pair}
    return {name: rows for name, rows in found.items() if rows}


def advance(
    plan: RolloutPlan, step: Step, results: Mapping[str, StepResult], now: float, unequal: Unequal | None = None
) -> Step:
    """The next step, by the results of the last one. now: the controller's time. unequal: leases that stayed so."""
    after = Step(step.batch + 1, started=now)
    after.runs, after.reasons, after.report, after.said = {**step.runs}, {**step.reasons}, [*step.report], {**step.said}
    for host, state in step.states.items():
        why = not_served({other: results[other].taken for other in step.served.get(host, [])})
        if why and state == "active":
            after.reasons[host] = f"{host} was not restarted, because its partner did not take over. {' '.join(why)}"
        else:
            _record(after, host, state, results[host].done)
    for host in (*step.gate, *step.settle):
        after.said[host] = {key: value for key, value in results[host].answer.items() if key in _SAID}
    if step.batch < 0 and after.reasons:
        after.batch = len(plan.batches)
    if 0 <= step.batch < len(plan.batches):
        _judge(plan, step, results, after, unequal or {})
    if after.batch < len(plan.batches):
        _restart(plan, plan.batches[after.batch], after)
    elif after.batch == len(plan.batches):
        # These servers already run as before. This only ends their locks, so that the next run need not wait.
        staged = [host for host, runs in after.runs.items() if runs == Runs.STAGED and host not in plan.unproven]
        after.states = {**dict.fromkeys(staged, "restored"), **after.states}
    return after


def _record(after: Step, host: str, state: str, done: Mapping[str, Any]) -> None:
    """What the server runs, now that it should be in this state."""
    if done.get("unreachable"):
        after.reasons[host] = _unreachable(host, done)
        after.runs[host] = {"staged": Runs.BEFORE, "confirmed": Runs.PROVEN}.get(state, Runs.UNKNOWN).value
    elif done.get("failed"):
        after.reasons[host] = str(done.get("msg", f"{host}: no reason given"))
        after.runs[host] = (Runs.REFUSED if state == "staged" else Runs.FAILED).value
    elif (after.runs[host], state) != (Runs.STAGED, "restored"):
        after.runs[host] = (Runs.STOPPED if done.get("stopped") else _REACHED[state]).value


def _judge(plan: RolloutPlan, step: Step, results: Mapping[str, StepResult], after: Step, unequal: Unequal) -> None:
    """Whether the gates of a step passed: servers to confirm, or to roll back."""
    batch = plan.batches[step.batch]
    closed = _closed(plan, step, results, after.gone, unequal)
    back = dict.fromkeys(host for name in closed for host in batch.rollback[name])
    normal = {
        name
        for name in closed
        if all(_normal(results[host].answer, name) for host, names in step.gate.items() if name in names)
    }
    for name, reasons in closed.items():
        these = " and ".join(batch.rollback[name])
        became = f"is normal after the restart of {these}, but:"
        if name not in normal or set(after.gone) & set(batch.rollback[name]):
            became = f"did not become normal after the restart of {these}:"
        after.report += [f'Relationship "{name}" {became}', *(f"  {reason}" for reason in reasons)]
    if closed:
        after.report += _tell_logs({host: results[host].answer for host in step.gate})
    for host in back:
        # One that did not come up has restored itself.
        if after.runs[host] != Runs.FAILED:
            after.states[host] = "restored"
    after.settle = {host: list(names) for host, names in step.gate.items() if set(names) & set(closed)}
    restarted = {host for host, state in step.states.items() if state == "active"}
    # The servers of the batch, and those of earlier batches in its gates.
    proven = restarted.union(*(hosts for hosts in batch.rollback.values() if set(hosts) & restarted))
    for host in batch.confirm:
        if host in proven and host not in {*after.gone, *back}:
            after.states[host] = "confirmed"
            after.runs[host] = Runs.PROVEN.value
    for host in back:
        for other, shared in plan.takeover.get(host, {}).items():
            if other not in back:
                after.give_back[other] = shared
                if shared in normal and after.runs[host] == Runs.ACTIVE:
                    after.takeover[other] = shared


def _closed(
    plan: RolloutPlan, step: Step, results: Mapping[str, StepResult], gone: Collection[str], unequal: Unequal
) -> dict[str, list[str]]:
    """The relationships whose gate stayed closed, with the reasons."""
    batch = plan.batches[step.batch]
    closed: dict[str, list[str]] = {}
    for host, names in step.gate.items():
        answer = results[host].answer
        # The answer shows whole seconds.
        since = int(step.started + plan.clocks[host]) if host in plan.clocks else 0
        for name in names:
            if not _normal(answer, name) or set(gone) & set(batch.rollback[name]):
                closed.setdefault(name, []).append(_describe(host, answer, name))
            for fault in answer.get("faults") or []:
                if fault.get("kind") in TOLD_FAULTS:
                    continue
                halfway = name not in batch.final and fault.get("kind") in HALFWAY_FAULTS
                if fault.get("relationship") in (None, name) and seconds_of(fault["time"]) >= since and not halfway:
                    closed.setdefault(name, []).append(f"{host}: {fault['message']}")
    for name in dict.fromkeys(name for names in step.gate.values() for name in names):
        servers = [host for host, names in step.gate.items() if name in names]
        found = {host: report for host in servers for report in [_report(results[host].answer, name)] if report}
        # One that does not run may state nothing.
        ends = [report for report in found.values() if report.get("address")]
        if len(ends) == 2 and not _mirrored(*ends):
            told = "; ".join(f"{host} is {_ends(report)}" for host, report in found.items())
            closed.setdefault(name, []).append(f"the two do not mean each other: {told}")
        elif _strangers(found):
            closed.setdefault(name, []).append(_tell_strangers(found))
        if name in unequal:
            closed.setdefault(name, []).append(_tell_unequal(servers, unequal[name]))
    return closed


def _strangers(found: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether two new servers wait for each other. One that hears its partner does not stay in this state."""
    return len(found) == 2 and all(report["local_state"] == "recover" for report in found.values())


def _tell_strangers(found: Mapping[str, Mapping[str, Any]]) -> str:
    ends = " and ".join(
        f"{_meeting(report)['address']} port {_meeting(report)['port']} ({host})" for host, report in found.items()
    )
    return (
        "both wait in recover, so neither has ever heard the other. The failover port may be blocked: let TCP through "
        f"between {ends}, in the firewalls of both hosts and of every router in between"
    )


def _ends(report: Mapping[str, Any]) -> str:
    """A half in words."""
    ends = _meeting(report)
    return "{role} at {address} port {port}, with its partner at {peer_address} port {peer_port}".format(**ends)


def _tell_unequal(servers: Sequence[str], rows: Mapping[str, Sequence[Any]]) -> str:
    shown = [format_address(int(address)) for address in list(rows)[:_SHOWN]]
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"{' and '.join(servers)} do not have the same leases, for instance of {', '.join(shown)}{more}"


def _restart(plan: RolloutPlan, batch: Batch, after: Step) -> None:
    """Add the servers of the next batch. After a failure, only pairs that have begun are completed."""
    gone = {*after.gone, *(host for host, state in after.states.items() if state == "restored")}
    hosts = [
        host
        for host in batch.hosts
        if not gone or (host in batch.complete and not gone & {host, *batch.complete[host]})
    ]
    # A server cannot become normal if it waits for a partner that will not be restarted.
    waiting = {one for host, partners in batch.complete.items() if host not in hosts for one in partners}
    alone = [host for host in sorted(waiting) if after.runs[host] == Runs.ACTIVE]
    after.states = {**dict.fromkeys(hosts, "active"), **dict.fromkeys(alone, "restored"), **after.states}
    begun = {name: servers for name, servers in batch.rollback.items() if set(servers) & set(hosts)}
    gate = {host: [name for name in names if name in begun] for host, names in batch.gate.items()}
    after.gate = {host: names for host, names in gate.items() if names}
    after.needs = {host: [one for name in names for one in begun[name]] for host, names in after.gate.items()}
    for host in hosts:
        for other, name in plan.takeover.get(host, {}).items():
            after.takeover[other] = name
            after.served.setdefault(host, []).append(other)
            after.give_back[other] = name


# --- The end -------------------------------------------------------------------------------------------------

_ENDS = {
    Runs.BEFORE: "{host} runs as before. Nothing of the new configuration is on it.",
    Runs.STAGED: "{host} runs as before. The new configuration is beside the present one, as {file}.staged.",
    Runs.ACTIVE: "{host} runs the new configuration, but its pair was not normal with it yet.",
    Runs.PROVEN: "{host} runs the new configuration (normal), which is still to be confirmed on the host.",
    Runs.NEW: "{host} runs the new configuration{normal}.",
    Runs.PREVIOUS: "{host} runs its previous configuration again. The new one is on the host as {file}.staged.",
    Runs.STOPPED: "{host} is stopped, as it was before. The new configuration is on the host as {file}.staged.",
    Runs.REFUSED: "{host} runs as before.",
    Runs.FAILED: "{host} may run either configuration, or none. Its message above says more.",
    Runs.UNKNOWN: "{host} runs the new or the previous configuration. It could not be asked.",
}
NEXT = "Correct the cause, then run the deployment again. It finds out what each server runs, and goes on from there."


@dataclass(frozen=True)
class Ending:
    """How a rollout ended. failed: whether a server does not run what was declared for it."""

    lines: list[str]
    failed: bool


def end(plan: RolloutPlan, step: Step, hosts: Iterable[str]) -> Ending:
    """What each server runs now, also if the steps did not come to their end."""
    unfinished = bool(plan.pending) and step.batch <= len(plan.batches)
    failed = unfinished or bool(step.reasons or step.report)
    lines = [*step.report, *step.reasons.values()]
    lines += [line for line, servers in plan.lost.items() if all(step.runs.get(one) == Runs.NEW for one in servers)]
    for host in hosts:
        said = step.said.get(host, {})
        if host in step.runs:
            states = [str(report["local_state"]) for report in said.get("relationships") or []]
            normal = f" ({', '.join(dict.fromkeys(states))})" if states and step.runs[host] == Runs.NEW else ""
            lines.append(_ENDS[Runs(step.runs[host])].format(host=host, normal=normal, file=plan.files[host]))
        elif host in plan.prepare:
            lines.append(f"{host} is as declared. Its daemon was not restarted.")
        else:
            lines.append(f"{host}: unchanged.")
        if failed and said:
            lines += [f"  {line}" for line in tell_states(host, said)]
    return Ending([*lines, NEXT] if failed else lines, failed)


def tell_states(host: str, answer: AnswerData) -> list[str]:
    """A server's report of each relationship, one line each."""
    found = answer.get("relationships")
    if answer.get("unreachable"):
        return [_unreachable(host, answer)]
    if not found:
        return [f"{host}: {answer.get('msg') or 'no relationship'}"]
    return [
        f'{host}: relationship "{report["name"]}": '
        + (
            str(report["problem"])
            if report.get("problem")
            else f"{report['local_state']} since {report['since']}; believes its partner {report['partner_state']}"
        )
        for report in found
    ]


def _tell_logs(answers: Mapping[str, AnswerData]) -> list[str]:
    """The last log lines of each host."""
    lines = []
    for host, answer in answers.items():
        program = PROGRAMS[answer.get("daemon", DAEMONS[0])]
        lines.append(f"Last log lines of {program} on {host}:")
        nothing = f"none about a relationship; see journalctl -t {program} on {host}"
        lines += [f"  {line}" for line in answer.get("log") or [nothing]]
    return lines


def tell_not_normal(answers: Mapping[str, AnswerData], seconds: int) -> list[str]:
    """Why a wait for `normal` failed, by every server's last answer; empty if all are normal."""
    if all(answer.get("reached") for answer in answers.values()):
        return []
    moves = {host: move_of({host: answer}) for host, answer in answers.items()}
    refusals = [f"{host}: {move.refusal}" for host, move in moves.items() if move]
    awaited = any(not (answer.get("reached") or moves[host]) for host, answer in answers.items())
    lines = [f"Not normal within {seconds} s:" if awaited else "Not normal, and not awaited:"]
    for host, answer in answers.items():
        lines += tell_states(host, answer)
    lines += refusals
    if not awaited:
        return lines
    lines += _tell_logs({host: answer for host, answer in answers.items() if "log" in answer})
    reports = [
        (report["name"], host, report)
        for host, answer in answers.items()
        for report in answer.get("relationships") or []
    ]
    for name in dict.fromkeys(name for name, _host, _report in reports):
        found = {host: report for each, host, report in reports if each == name}
        if _strangers(found):
            lines.append(f'Relationship "{name}": {_tell_strangers(found)}.')
    lines.append(
        "Compare the two declarations (playbook validate). See that the failover port is open both ways, and that the "
        f"clocks agree within {CLOCK_STOP:.0f} s."
    )
    return lines
