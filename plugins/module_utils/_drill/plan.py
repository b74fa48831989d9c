# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The drill's decisions: whether it may begin, with which hosts and steps, and what it records of each scenario. Pure.

An answer is what failover_info returned for a host.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import move_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.daemons import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import balanced
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import (
    RECOVERY,
    SCENARIOS,
    Promise,
    Scenario,
    pair_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData, Phase

# One server alone may lease no more than its own half of the addresses, so a small pool has no room for a load.
SMALL_POOL = 50
USUAL_RATE = 0.25
# Seconds for which clients go on asking beyond the bound, so that the verdict tells how late they were served; and for
# which they ask where no server may answer.
PATIENCE = 10.0
IN_VAIN = 5.0
# The first MAC address of each kind of client. With a split of 128, each server serves some of every six in a row.
MACS = {
    "known": "02:d4:c9:00:00:2a",
    "new": "02:d4:c9:02:00:85",
    "later": "02:d4:c9:03:00:44",
    "load": "02:d4:c9:04:00:18",
    "crowd": "02:d4:c9:05:00:01",
}
# The clients of the load that stay. The others come and go.
LOAD_CLIENTS = 4
_OCTETS = len("02:d4:c9:00")
# A smaller difference of the clocks means nothing, because asking takes time.
_CLOCK_SLACK = 0.1


# --- before -------------------------------------------------------------------------------------------------------


def unreachable(answers: Mapping[str, AnswerData]) -> str:
    """Which of these hosts did not answer a ping, as a message; nothing if all did."""
    silent = sorted(host for host, answer in answers.items() if "ping" not in answer)
    if not silent:
        return ""
    said = str(answers[silent[0]].get("msg") or "nothing").strip()
    return (
        f"Cannot reach {', '.join(silent)}. Nothing was changed. If this is a lab, it may not be up: make lab. "
        f"Ansible says: {said}"
    )


@dataclass(frozen=True)
class Request:
    """What the operator asked for. `lab`: the hosts on which no client depends."""

    scenarios: Sequence[str] | None = None
    everything: bool = False
    relationship: str = ""
    confirm: str = ""
    rate: float | None = None
    recovery: int = RECOVERY
    lab: Sequence[str] = ()


def make_plan(answers: Mapping[str, AnswerData], client: str, interface: str, request: Request) -> dict[str, Any]:
    """Who takes part, and what happens. answers: of the servers. Raises ValueError, which says why the drill
    must not begin and what to do."""
    sides = [
        {**report, "host": host} for host, answer in answers.items() for report in answer.get("relationships") or ()
    ]
    name = request.relationship or (sides[0]["name"] if sides else "")
    halves = {side["role"]: side for side in sides if side["name"] == name}
    hosts = [side["host"] for side in sides if side["name"] == name]
    daemon = daemon_of(next((answers[host] for host in hosts), {}))
    pair = pair_of(list(halves.values()), int(request.recovery))
    promises = daemon.promises(pair)
    known = [scenario.name for scenario in SCENARIOS]
    wanted = list(request.scenarios if request.scenarios is not None else known if request.everything else daemon.usual)
    chosen = [(scenario, promises[scenario.name]) for scenario in SCENARIOS if scenario.name in wanted]
    played = [(scenario, promise) for scenario, promise in chosen if isinstance(promise, Promise)]
    left_out = [
        {"name": scenario.name, "title": scenario.title, "why": why} for scenario, why in chosen if isinstance(why, str)
    ]
    move = move_of({host: answers[host] for host in hosts})
    if move:
        raise ValueError(f"Nothing was changed. {move.refusal}")
    objections = [
        *_about_request(client, interface, [entry for entry in wanted if entry not in known], known),
        *([f"Nothing to play. {entry['name']}: {entry['why']}" for entry in left_out] if not played else []),
        *_about_pair(answers, sides, name, hosts, halves),
        *_about_permission(name, [host for host in hosts if host not in request.lab], request),
    ]
    if objections:
        raise ValueError(" ".join(["Nothing was changed.", *objections]))
    primary = halves["primary"]
    pool = primary["pool"]
    small = pool["total"] < SMALL_POOL
    clients = 2 if small else 4
    rate = float(request.rate) if request.rate is not None else 0.0 if small else USUAL_RATE
    room = pool["free"] + pool["backup"] - 3 * clients - (0 if small else 6)
    return {
        "daemon": str(answers[primary["host"]].get("daemon") or "auto"),
        "relationship": name,
        "client": client,
        "interface": interface,
        "names": {side["address"]: side["host"] for side in halves.values()},
        "servers": {side["host"]: _server(side) for side in halves.values()},
        "notice": daemon.notice(pair),
        "clients": clients,
        "load_clients": LOAD_CLIENTS,
        "macs": MACS,
        "rate": rate,
        "records": ["clients", "load"] if rate > 0 else ["clients"],
        "scenarios": [_steps(scenario, promise, room, small, pair.recovery) for scenario, promise in played],
        "left_out": left_out,
    }


def _about_request(client: str, interface: str, unknown: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    if not client:
        yield "There is no client: the drill needs a host in group dhcp_clients."
    elif not interface:
        yield f"{client} has no interface for the drill: set dhcp_client_interface, or drill_interface."
    if unknown:
        yield f'There is no scenario "{", ".join(unknown)}". There are: {", ".join(known)}.'


def _about_pair(
    answers: Mapping[str, AnswerData],
    sides: Iterable[Mapping[str, Any]],
    name: str,
    hosts: Sequence[str],
    halves: Mapping[str, Mapping[str, Any]],
) -> Iterator[str]:
    if len(hosts) != 2 or set(halves) != {"primary", "secondary"}:
        for answer in answers.values():
            if answer.get("msg"):
                yield str(answer["msg"])
        found = ", ".join(dict.fromkeys(str(side["name"]) for side in sides)) or "none"
        yield f'Relationship "{name}" has {len(hosts)} of two servers here. Known: {found}.'
    sick = [side for side in halves.values() if not side["normal"]]
    if sick:
        words = ", ".join(f"{side['host']}: {side['problem'] or side['local_state']}" for side in sick)
        yield f"Not normal, so nothing could be learned: {words}. The playbook status tells why."


def _about_permission(name: str, served: Sequence[str], request: Request) -> Iterator[str]:
    if served and request.confirm != name:
        yield (
            f"{', '.join(served)}: not in group lab. A drill stops and kills servers and cuts them off while clients "
            f"depend on them. If that is what you want, set drill_confirm={name}."
        )


def _server(side: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": side["role"],
        "address": side["address"],
        "peer_address": side["peer_address"],
        "ports": [side["port"], side["peer_port"]],
    }


def _steps(scenario: Scenario, promise: Promise, room: int, small: bool, recovery: int) -> dict[str, Any]:
    """A scenario with what its steps need: numbers of clients, and how long they ask."""
    may = promise.clients == "all"
    return {
        **asdict(scenario),
        **asdict(promise),
        "sides": list(scenario.sides),
        "noticed_by": list(promise.noticed_by),
        "phase": promise.phase and promise.phase.value,
        "recovery": promise.recovery or recovery,
        "crowd": max(room * promise.crowd, 1) if promise.crowd else 0,
        "patience": promise.bound + PATIENCE,
        "first_timeout": promise.bound + PATIENCE if may else IN_VAIN,
        "later": may and bool(promise.crowd or (promise.noticed_by and not small)),
        "rebinds": may and scenario.rebinds,
        "again": not may,
    }


# --- while a scenario is played -----------------------------------------------------------------------------------


def all_normal(answer: AnswerData) -> bool:
    reports = answer.get("relationships")
    return bool(reports) and all(report["normal"] for report in reports or ())


def noticed(answer: AnswerData, phase: str | None = None) -> bool:
    """Whether a server has noticed that it has lost its partner, and is in this phase, if one is given."""
    return any(
        report["phase"] in ((phase,) if phase else (Phase.INTERRUPTED, Phase.ALONE))
        for report in answer.get("relationships") or ()
    )


def recovered(answer: AnswerData) -> bool:
    """Whether a server is normal, with free addresses on both sides as far as they share them and it was asked."""
    (report,) = answer.get("relationships") or [{"normal": False}]
    shared = daemon_of(answer).balances
    return bool(report["normal"]) and (not shared or report["pool"] is None or balanced(report["pool"]))


def kind_of(client: str) -> str:
    """Which of the drill's clients has this MAC address. Clients of the load that come and go are `passing`."""
    kind = next((kind for kind, first in MACS.items() if client[:_OCTETS] == first[:_OCTETS]), "")
    stays = int(client[-2:], 16) - int(MACS["load"][-2:], 16) in range(LOAD_CLIENTS)
    return "passing" if kind == "load" and not stays else kind


def held(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The leases of all clients that stay. records: what each record file of the probe says. That of the load tells
    best what the load's clients hold."""
    return [
        lease
        for name, leases in records.items()
        for lease in leases_of(leases, ("load",) if name == "load" else ("known", "new", "later", "crowd"))
    ]


def silent(answer: AnswerData) -> bool:
    """Whether a server says that it answers no client, as the second one of a healthy pair may."""
    return any(report["serving"] is False for report in answer.get("relationships") or ())


def renewals(leases: Iterable[Mapping[str, Any]], silent_servers: Collection[str]) -> list[dict[str, Any]]:
    """What the clients do to keep their leases: they renew them, or rebind those of servers that answer nobody."""
    found: dict[str, list[Mapping[str, Any]]] = {"renew": [], "rebind": []}
    for lease in leases:
        found["rebind" if lease["server"] in silent_servers else "renew"].append(lease)
    return [{"verb": verb, "leases": several} for verb, several in found.items() if several]


def leases_of(leases: Iterable[Mapping[str, Any]], kinds: Sequence[str]) -> list[Mapping[str, Any]]:
    return [lease for lease in leases if kind_of(str(lease["client"])) in kinds]


def ahead(answer: AnswerData) -> float:
    """Seconds by which a host's clock is ahead of the controller's."""
    offset = float(answer.get("clock_offset") or 0)
    return offset if abs(offset) > float(answer.get("clock_uncertainty") or 0) + _CLOCK_SLACK else 0.0


# --- what is noted of a scenario ----------------------------------------------------------------------------------


def failed_step(result: Mapping[str, Any], host: str, step: str) -> str:
    """Why a step failed, as a sentence. One that waited has no message of its own."""
    states = ", ".join(str(report["local_state"]) for report in result.get("relationships") or ())
    if states:
        return f"{host}: {step}: not after {result.get('attempts', 1)} attempts; it is {states}."
    return f"{host}: {step}: {result.get('msg') or dict(result)}"


@dataclass(frozen=True)
class Seen:
    """What a server's steps returned: the injection and the healing, its database, its last answer."""

    ahead: float
    injection: Mapping[str, Any]
    healing: Mapping[str, Any]
    leases: Sequence[Mapping[str, Any]]
    answer: AnswerData


def note(
    scenario: Mapping[str, Any],
    servers: Mapping[str, Seen],
    times: Mapping[str, float],
    failed: Sequence[str],
) -> dict[str, Any]:
    """A scenario as drill_report takes it. times: `start`, `read_at` and `end` by the controller's clock."""
    injected = [float(seen.injection["time"]) - seen.ahead for seen in servers.values() if seen.injection.get("time")]
    start = min(injected) if injected else times["start"]
    healed = max(start, *(float(seen.healing["time"]) - seen.ahead for seen in servers.values()))
    return {
        "name": scenario["name"],
        "title": scenario["title"],
        "start": start,
        "healed": healed,
        "read_at": times["read_at"],
        "end": max(times["end"], healed),
        "bound": scenario["bound"],
        "reason": scenario["reason"],
        "clients": scenario["clients"],
        "limits": scenario["limits"],
        "databases": {host: list(seen.leases) for host, seen in servers.items()},
        "answers": {host: seen.answer for host, seen in servers.items()},
        "failed_steps": list(failed),
    }
