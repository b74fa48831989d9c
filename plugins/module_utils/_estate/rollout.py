# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The order in which servers are restarted, the objections, and whether a gate passes. Pure functions over data.

Servers are restarted in batches, in which no two are partners. After a batch comes the gate of each of its pairs: both
servers must be normal, and neither may complain of anything new. A pair has a gate after each side, unless it cannot be
normal with one side changed: because it was not normal before, or because its halves will find each other by other
addresses. Such a pair has one gate, after both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData, Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import (
    CLOCK_STOP,
    CLOCK_WARN,
    partners_apart,
    seconds_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import (
    RESTART_SECTIONS,
    Difference,
    How,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
)

HalfData = Mapping[str, Any]

# In addition to twice the size of the lease database, because dhcpd writes the new one beside the old one.
DISK_RESERVE = 16 * 2**20
# These occur while only one side knows a new range, so they count only when both have the new configuration.
HALFWAY_FAULTS = frozenset({"unknown-ip-address", "different-relationship"})
# By these the halves of a pair find each other, with what holds if nothing is stated.
_MEETING: Mapping[str, Any] = {
    "role": "primary",
    "address": None,
    "port": DEFAULT_PORT,
    "peer_address": None,
    "peer_port": DEFAULT_PORT,
}


# --- The present state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeployedServer:
    """One server as it is and as it is declared.

    found: the result of server_compare. answer: that of failover_info, with `msg` if it failed.
    """

    name: str
    halves: Sequence[HalfData]
    found: Mapping[str, Any]
    answer: AnswerData

    @property
    def differences(self) -> list[Difference]:
        return [Difference.from_dict(item) for item in self.found["differences"]]

    @property
    def pending(self) -> bool:
        """Whether its daemon must read something, or runs an unproven configuration."""
        return bool(self.found["unproven"]) or any(item.section in RESTART_SECTIONS for item in self.differences)

    @property
    def prepare(self) -> bool:
        """Whether anything must be changed that needs no restart."""
        return any(item.section not in RESTART_SECTIONS for item in self.differences)

    @property
    def unread(self) -> bool:
        """Whether its daemon has not read the latest files on the host."""
        return any(item.section == "service" and item.kind == How.UNREAD for item in self.differences)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for: every relationship is normal, or the daemon cannot be asked."""
        if not self.found["running"] or not self.found["halves"] or self.saved:
            return True
        answer = self.found["status"]
        return "relationships" in answer and all(report["normal"] for report in answer["relationships"])

    def live(self, name: str) -> HalfData | None:
        """Its half in the configuration on the host."""
        return next((half for half in self.found["halves"] if half["name"] == name), None)

    @property
    def saved(self) -> Mapping[str, str]:
        """The phases in the lease database of a daemon that cannot be asked."""
        saved: Mapping[str, str] = self.found.get("status", {}).get("saved", {})
        return saved

    def report(self, name: str) -> Mapping[str, Any] | None:
        """Its daemon's report about a relationship."""
        return next((item for item in self.answer.get("relationships") or [] if item["name"] == name), None)

    def normal(self, name: str) -> bool:
        return bool((self.report(name) or {}).get("normal"))

    def describe(self, name: str) -> str:
        """Its daemon's report about a relationship, in words."""
        report = self.report(name)
        if "relationships" not in self.answer:
            return str(self.answer.get("msg") or f"{self.name}: no answer")
        if report is None:
            return f"{self.name} does not know it"
        if report.get("problem"):
            return f"{self.name}: {report['problem']}"
        return f"{self.name} is {report['local_state']} since {report['since']}"


@dataclass(frozen=True)
class DeployedPair:
    """A relationship, and those of its two servers that take part, each with its half as declared."""

    name: str
    servers: Mapping[str, DeployedServer]
    halves: Mapping[str, HalfData]

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
        return not self.normal or any(
            _meeting(half) != _meeting(self.servers[host].live(self.name) or {}) for host, half in self.halves.items()
        )

    @property
    def excused(self) -> bool:
        """Whether the pair can only become normal by this deployment or an interrupted one."""
        return not self.established or any(server.found["unproven"] for server in self.servers.values())

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
    return {key: str(half.get(key, default)) for key, default in _MEETING.items()}


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
    # By host: the partners' ports that must be reachable, with the message if one is closed.
    probes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def order(pending: Iterable[str], pairs: Iterable[DeployedPair]) -> list[list[str]]:
    """The batches: no two partners at once, and a secondary before its primary unless that goes round in a circle."""
    waiting = list(pending)
    secondaries: dict[str, set[str]] = {host: set() for host in waiting}
    for pair in pairs:
        for host, half in pair.halves.items():
            if host in secondaries and half.get("role", "primary") == "primary":
                secondaries[host] |= set(pair.halves) - {host}
    batches = []
    while waiting:
        batches.append([host for host in waiting if not secondaries[host].intersection(waiting)] or waiting[:1])
        waiting = [host for host in waiting if host not in batches[-1]]
    return batches


def make_plan(servers: Sequence[DeployedServer], forced: bool = False) -> RolloutPlan:
    """The steps in order, and the objections. forced: even if a pair is not normal."""
    pairs = find_pairs(servers)
    plan = RolloutPlan(
        prepare=[server.name for server in servers if server.prepare],
        pending=[server.name for server in servers if server.pending],
    )
    for server in servers:
        plan.errors += _server_errors(server)
    for pair in pairs:
        _judge_clocks(pair, plan)
        _judge_versions(pair, plan)
        _judge_state(pair, forced, plan)
        if not forced and set(pair.servers) & set(plan.pending):
            _add_probes(pair, plan)
    plan.batches = [Batch(hosts) for hosts in order(plan.pending, pairs)]
    for pair in pairs:
        _add_gates(pair, plan.batches)
    for number, batch in enumerate(plan.batches):
        later = plan.batches[number + 1 :]
        waiting = {host for each in later for hosts in each.rollback.values() for host in hosts}
        proven = [*batch.hosts, *(host for hosts in batch.rollback.values() for host in hosts)]
        batch.confirm = [host for host in dict.fromkeys(proven) if host not in waiting]
    return plan


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
    disk = server.found["disk"]
    needed = 2 * int(disk["database"]) + DISK_RESERVE
    if int(disk["free"]) < needed:
        errors.append(
            f"{server.name}: {disk['folder']} has {disk['free'] // 2**20} MiB free, but dhcpd needs "
            f"{needed // 2**20} MiB to write its lease database anew. Free some space first."
        )
    return errors


def _judge_clocks(pair: DeployedPair, plan: RolloutPlan) -> None:
    apart, uncertainty = pair.clocks_apart or (0.0, 0.0)
    message = (
        f'relationship "{pair.name}": the clocks of {" and ".join(pair.servers)} are {apart:.0f} s apart '
        f"(+/- {uncertainty:.1f} s); from {CLOCK_STOP:.0f} s on, dhcpd refuses its partner."
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
            + ", ".join(f"{host} has dhcpd {version}" for host, version in versions.items())
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
    said = "; ".join(server.describe(pair.name) for server in pair.servers.values())
    text = f'relationship "{pair.name}" is not normal: {said}.'
    if forced:
        plan.warnings.append(f"{text} Going on, because of deploy_pair_not_normal.")
        return
    plan.errors.append(
        f"{text} A restart now could leave clients without a server. Repair the pair first. If this deployment is the "
        "repair, set deploy_pair_not_normal: true."
    )


def _add_probes(pair: DeployedPair, plan: RolloutPlan) -> None:
    """A partner whose daemon already runs with the half that it is to have must be reachable at its port, both ways."""
    for host, half in pair.halves.items():
        for other, partner in pair.servers.items():
            live = partner.live(pair.name)
            if other == host or not partner.found["running"] or not live:
                continue
            if _meeting(live) == _meeting(pair.halves[other]):
                address, port = str(half["peer_address"]), int(half.get("peer_port") or DEFAULT_PORT)
                plan.probes.setdefault(host, []).append(
                    {
                        "partner": other,
                        "address": address,
                        "port": port,
                        "closed": f"{host} does not reach TCP port {port} of {other} at {address}, where its dhcpd "
                        f'runs, so relationship "{pair.name}" would not become normal after a restart. No daemon was '
                        f"touched. Open the port for {half.get('address')} on {other}, and on each firewall between.",
                    }
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


# --- One batch -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchStep:
    """The part of a batch that is carried out."""

    hosts: list[str]  # the servers to restart
    gate: dict[str, list[str]]  # by host: the relationships that must be normal then
    needs: dict[str, list[str]]  # by host: servers without which its gate cannot pass


def begin(batch: Batch, lost: Iterable[str]) -> BatchStep:
    """lost: servers that were rolled back or cannot be reached. Then only pairs that have begun are completed."""
    gone = set(lost)
    hosts = [
        host
        for host in batch.hosts
        if not gone or (host in batch.complete and not gone & {host, *batch.complete[host]})
    ]
    begun = {name: servers for name, servers in batch.rollback.items() if set(servers) & set(hosts)}
    gate = {host: [name for name in names if name in begun] for host, names in batch.gate.items()}
    gate = {host: names for host, names in gate.items() if names}
    return BatchStep(
        hosts, gate, {host: [one for name in names for one in begun[name]] for host, names in gate.items()}
    )


@dataclass(frozen=True)
class Outcome:
    """The outcome of a batch: failed gates by relationship; servers to roll back; servers to confirm."""

    closed: dict[str, list[str]]
    rollback: list[str]
    confirm: list[str]


def judge(
    batch: Batch,
    step: BatchStep,
    lost: Iterable[str],
    before: Mapping[str, AnswerData],
    after: Mapping[str, AnswerData],
) -> Outcome:
    """before, after: each host's answer before the batch and at its gate."""
    gone = set(lost)
    closed: dict[str, list[str]] = {}
    for host, names in step.gate.items():
        answer = after.get(host) or {"msg": f"{host}: no answer"}
        server = DeployedServer(host, [], {}, answer)
        since = int((before.get(host) or {}).get("time") or 0)
        for name in names:
            if not server.normal(name) or gone & set(batch.rollback[name]):
                closed.setdefault(name, []).append(server.describe(name))
            for fault in answer.get("faults") or []:
                halfway = name not in batch.final and fault.get("kind") in HALFWAY_FAULTS
                if fault.get("relationship") in (None, name) and seconds_of(fault["time"]) >= since and not halfway:
                    closed.setdefault(name, []).append(f"{host}: {fault['message']}")
    back = list(dict.fromkeys(host for name in closed for host in batch.rollback[name]))
    # The servers of the batch, and those of earlier batches in its gates.
    proven = set(step.hosts).union(*(hosts for hosts in batch.rollback.values() if set(hosts) & set(step.hosts)))
    return Outcome(
        closed, back, [host for host in batch.confirm if host in proven and host not in gone and host not in back]
    )


def tell_rollback(
    batch: Batch, outcome: Outcome, host: str, now: Mapping[str, AnswerData], logs: Mapping[str, Sequence[str]]
) -> list[str]:
    """Why a host was rolled back. now: the servers' answers afterwards. logs: their last log lines before it."""
    lines = []
    for name, reasons in outcome.closed.items():
        if host in batch.rollback[name]:
            servers = " and ".join(batch.rollback[name])
            lines.append(f'Relationship "{name}" did not become normal after the restart of {servers}:')
            lines += [f"  {reason}" for reason in reasons]
    lines.append(
        f"Rolled back to the previous configuration: {', '.join(outcome.rollback)}. The new one is on the host as "
        "dhcpd.conf.staged. Now:"
    )
    for other, answer in now.items():
        lines += [f"  {line}" for line in tell_states(other, answer)]
    return lines + tell_logs(logs)


def tell_states(host: str, answer: AnswerData) -> list[str]:
    """A server's report of each relationship, one line each."""
    found = answer.get("relationships")
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


def tell_logs(logs: Mapping[str, Sequence[str]]) -> list[str]:
    """The last log lines of each host."""
    lines = []
    for host, found in logs.items():
        lines.append(f"Last log lines of dhcpd on {host}:")
        lines += [f"  {line}" for line in found] or [f"  none about a relationship; see journalctl -t dhcpd on {host}"]
    return lines


def tell_not_normal(answers: Mapping[str, AnswerData], seconds: int) -> list[str]:
    """Why a wait for `normal` failed, by every server's last answer; empty if all are normal."""
    if all(answer.get("reached") for answer in answers.values()):
        return []
    lines = [f"Not normal within {seconds} s:"]
    for host, answer in answers.items():
        lines += tell_states(host, answer)
    lines += tell_logs({host: answer["log"] for host, answer in answers.items() if "log" in answer})
    lines.append(
        "Compare the two declarations (playbook validate). See that the failover port is open both ways, and that the "
        f"clocks agree within {CLOCK_STOP:.0f} s."
    )
    return lines
