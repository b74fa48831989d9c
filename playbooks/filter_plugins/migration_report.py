# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private filters of the playbooks migrate and migrate_back, for the report of a run and the clients that watch it.

They read what these register for each host: migrate_seen and migrate_survey (server_migration), and at the end
migrate_asked (failover_info), migrate_journals and migrate_database (lease_info).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.session import LONGEST, MOST_IN_ALL
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import moves
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.evidence import complete
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.plan import ahead
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration import account
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import Pair, foreseen
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.report import view
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._pages import render

Hostvars = Mapping[str, Mapping[str, Any]]
# Where the clients write on their host.
FOLDER = "/run/netlab-migrate-probe"
# Seconds that a new client stays: longer than one may have to wait.
STAY = account.PATIENCE + 5


def migration_clients(hostvars: Hostvars, probe: str, interface: str, clients: int, rate: float) -> dict[str, Any]:
    """What the clients on a host do while pairs move, and where; or why there can be none. No host: nothing."""
    found: dict[str, Any] = {"host": probe, "folder": FOLDER, "stay": STAY, "clients": clients, "rate": rate}
    if not probe:
        return {**found, "refusal": ""}
    if probe not in hostvars:
        return {**found, "refusal": f'migrate_probe: "{probe}" is not in this inventory.'}
    interface = interface or str(hostvars[probe].get("dhcp_client_interface") or "")
    why = "" if interface else f"{probe} has no interface for clients: set dhcp_client_interface, or migrate_interface."
    longest = int((MOST_IN_ALL - clients) / rate) if rate > 0 else LONGEST
    return {**found, "interface": interface, "duration": max(min(longest, LONGEST), 1), "refusal": why}


def migration_beginning(hostvars: Hostvars, hosts: Iterable[str], time: float) -> dict[str, Any]:
    """How the servers are when a run begins, and which journals tell what they do."""
    journals = [{"daemon": name, "units": [f"--unit={unit}" for unit in habits(name).services]} for name in DAEMONS]
    seen = {host: (hostvars[host].get("migrate_seen") or {}).get("seen") or {} for host in hosts}
    return {"time": time, "seen": seen, "journals": journals}


def migration_report(
    plan: Mapping[str, Any],
    hostvars: Hostvars,
    pairs: Iterable[Mapping[str, Any]],
    goal: str,
    begun: Mapping[str, Any],
    record: str,
    probe: Mapping[str, Any],
) -> dict[str, Any]:
    """The account of a run, and its page.

    plan: where the run ended. begun: by migration_beginning, with the time of the `end`, and when all clients had an
    address (`bound`). record: what server_migration has recorded. probe: the host of the clients, the texts of their
    records, failover_info's answer for its clock, and when the databases were read (`host`, `records`, `asked`,
    `read_at`); empty without clients.
    """
    chosen = [Pair(data["primary"], data["secondary"], tuple(data["relationships"])) for data in pairs]
    hosts = [host for pair in chosen for host in pair.hosts]
    asked = {host: hostvars[host].get("migrate_asked") or {} for host in hosts}
    move = account.Move(
        goal,
        chosen,
        begin=begun["time"],
        end=begun["end"],
        notes=account.read_notes(record, begun["time"]),
        serving={host: [name for name in DAEMONS if _serves(begun["seen"][host].get(name))] for host in hosts},
        resumed=[pair.name for pair in chosen if any(begun["seen"][host].get("journal") for host in pair.hosts)],
        failed={
            pair.name: plan["failed"].get(pair.name, ["The run ended before."])
            for pair in chosen
            if pair.name in plan["failed"] or set(pair.hosts) & set(plan["hosts"])
        },
        paused=plan["paused"],
        clocks={host: ahead(asked[host]) for host in hosts},
        foretold={pair.name: _foretold(hostvars, pair) for pair in chosen},
    )
    watch = _watch(hostvars, move, asked, probe, begun.get("bound")) if probe else None
    told = account.tell(move, watch)
    states = [state for pair in chosen for host in pair.hosts for state in _states(hostvars, pair, host, move, begun)]
    evidence = [{"path": "moves.jsonl", "title": "What was done on each server, and when"}]
    if probe:
        evidence.append({"path": "exchanges.jsonl", "title": "Every exchange of a client with a server"})
    told = {**told, "states": states, "evidence": [*evidence, {"path": "report.json", "title": "All of it as JSON"}]}
    lost = account.lost(told["clients"]) if told["clients"] else []
    return {"lines": account.lines(told), "lost": lost, "html": render("move", **view(told)), "record": told}


def _serves(daemon: Mapping[str, Any] | None) -> bool:
    return bool(daemon and daemon["answers"])


def _foretold(hostvars: Hostvars, pair: Pair) -> dict[str, Any]:
    surveys = [(hostvars[host].get("migrate_survey") or {}).get("survey") for host in pair.hosts]
    survey = next(filter(None, surveys), None)
    return {"lines": survey["lines"], "expected": foreseen(survey).expected} if survey else {}


def _watch(
    hostvars: Hostvars,
    move: account.Move,
    asked: Mapping[str, Mapping[str, Any]],
    probe: Mapping[str, Any],
    bound: float | None,
) -> account.Watch:
    names = {
        str(report["address"]): host for host, answer in asked.items() for report in answer.get("relationships") or ()
    }
    clock = ahead(probe["asked"])
    known = complete({"scenarios": [], "records": probe["records"], "client_clock": clock}, {})["exchanges"]
    # Other pairs have other networks.
    answered = {names.get(exchange["server"]) for exchange in known}
    own = [host for pair in move.pairs if len(move.pairs) == 1 or answered & set(pair.hosts) for host in pair.hosts]
    read = {host: (hostvars[host].get("migrate_database") or {}).get("leases") for host in own}
    databases = {host: leases for host, leases in read.items() if leases is not None}
    read_at = probe["read_at"] if databases and not (move.failed or move.paused) else None
    return account.Watch(probe["host"], known, bound or move.end, names, databases, read_at)


def _states(
    hostvars: Hostvars, pair: Pair, host: str, move: account.Move, begun: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The states of both daemons of a server, by their journals."""
    for result in (hostvars[host].get("migrate_journals") or {}).get("results") or ():
        daemon = result["item"]["daemon"]
        first = begun["seen"][host].get(daemon) or {"running": False}
        for relationship in pair.relationships:
            found = [(move.begin, first["phase"], first["phase"])] if first["running"] else []
            read = moves(result.get("stdout_lines") or (), relationship)
            found += [(time - move.clocks[host], state, phase) for time, state, phase in read]
            for time, state, phase in found:
                known = {"host": host, "daemon": habits(daemon).name, "relationship": relationship}
                yield {**known, "time": time, "local_state": state, "phase": phase}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "migration_beginning": migration_beginning,
            "migration_clients": migration_clients,
            "migration_report": migration_report,
        }
