# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The decisions of the playbook verify, the exercise's own test: which pair and client, and what went wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import move_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.daemons import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import Promise, pair_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData

# Seconds that each step may take at least.
_STEP = 60


def choose(answers: Mapping[str, AnswerData], clients: Sequence[str]) -> dict[str, Any]:
    """The first relationship's servers and the first client, and what to expect of them when the primary is stopped.

    answers: of failover_info, by server. ValueError if the inventory lacks a server or a client, or
    the pair gets another daemon. phase: what the
    secondary must be in before the client asks; operator: whether it takes over only when it is told to; seconds that
    each step may take.
    """
    sides = [(host, report) for host in answers for report in answers[host].get("relationships") or ()]
    name = str(sides[0][1]["name"]) if sides else "none"
    roles = {str(report["role"]): host for host, report in sides if report["name"] == name}
    move = move_of({host: answers[host] for host in roles.values()})
    if move:
        raise ValueError(move.refusal)
    if set(roles) != {"primary", "secondary"} or not clients:
        raise ValueError(
            f'The test needs the primary and the secondary of relationship "{name}" in group dhcp_servers, and a '
            f"client in group dhcp_clients. There are: {', '.join(sorted(roles)) or 'no side'}; {len(clients)} clients."
        )
    pair = pair_of([report for _host, report in sides if report["name"] == name])
    # A scenario that makes sense for every daemon.
    promise = cast(Promise, daemon_of(answers[roles["primary"]]).promises(pair)["primary-stopped"])
    return {
        "relationship": name,
        **roles,
        "client": clients[0],
        "phase": promise.phase and promise.phase.value,
        "operator": promise.clients == "none",
        "seconds": max(_STEP, int(promise.bound)),
    }


def lease_problem(host: str, client: str, address: str, relationship: str, leases: Sequence[Mapping[str, Any]]) -> str:
    """Why a server's database is not as it should be after the client took the address; nothing if it is.

    leases: what lease_info returned for the address, active ones only.
    """
    if len(leases) != 1:
        return (
            f"{host}: the lease database has no active lease of {address}, which {client} holds. Was the database "
            "lost, or did another server grant the lease? Let the client ask again: run the playbook client."
        )
    if leases[0]["relationship"] != relationship:
        return (
            f'{host}: {address} of {client} is not from a range of relationship "{relationship}". Does another DHCP '
            "server serve this network?"
        )
    return ""


def takeover_problem(test: Mapping[str, Any], address: str, seen: Mapping[str, Any], own: str) -> str:
    """Why the client is not served as it should be while the primary is stopped; nothing if it is.

    seen: what client_lease_info returned. own: `ip -json address` of the secondary.
    """
    client, lease = test["client"], seen["lease"]
    if lease is None:
        return f"{client}: no lease while {test['primary']} is stopped: {seen['reason']}"
    addresses = [entry["local"] for link in json.loads(own) for entry in link["addr_info"]]
    if lease["address"] != address or lease["server"] not in addresses:
        return (
            f"{client}: expected {address} from {test['secondary']}, got {lease['address']} from {lease['server']}. "
            f"What servers said: {seen['conversation']['answers']}"
        )
    return ""
