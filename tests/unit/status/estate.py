# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of six pairs and a single server at 2026-11-22T22:00:00Z, most with another fault; and the declarations."""

from __future__ import annotations

from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import State, phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import seconds_of, utc

NOW = 1795384800.0
POOL = {"total": 254, "free": 60, "backup": 58, "active": 130, "expired": 0, "released": 2, "abandoned": 4, "reset": 0}
NAMES = {"lab": "lab", "hall": "hall", "dorm": "dorm", "gate": '<b>"gate\\"&</b>', "wifi": "wifi", "hill": "hill"}
NETWORKS = {name: f"10.{number}.0" for number, name in enumerate(NAMES, 1)}


def with_meaning(item: dict[str, Any]) -> dict[str, Any]:
    """What a server says of a relationship, and what failover_info says that this means."""
    local, partner = item["local_state"], item.get("partner_state") or STATES[0]
    since = int(seconds_of(item["since"])) if item.get("since") else None
    state = State(None, local, since, partner, None, None, item.get("mclt"))
    unknown = bool(item.get("problem"))
    found = {
        "partner_state": partner,
        "phase": "unknown" if unknown else phase(local).value,
        "partner_phase": "unknown" if unknown else phase(partner).value,
        "serving": not unknown and state.serving,
        "wait_until": utc(state.wait_until) if state.wait_until and not unknown else None,
    }
    return {**found, "normal": found["phase"] == "normal", **item}


def _half(pair: str, role: str) -> dict[str, Any]:
    own, peer = (1, 2) if role == "primary" else (2, 1)
    ends = {"address": f"{NETWORKS[pair]}.{own}", "peer_address": f"{NETWORKS[pair]}.{peer}"}
    return {"name": NAMES[pair], "role": role, **ends}


def _says(pair: str, role: str, clock: float = 0.002, running: bool = True, **changes: Any) -> dict[str, Any]:
    pool, deployment = changes.pop("pool", POOL), changes.pop("deployment", None)
    item = {
        **_half(pair, role),
        "local_state": "normal",
        "since": "2026-11-22T18:19:56Z",
        "partner_state": "normal",
        "mclt": 1800,
        "problem": None,
        "pool": pool,
        "pools": [{"subnet": f"{NETWORKS[pair]}.0/24", **pool}],
    }
    return {
        "daemon": "dhcpd",
        "running": running,
        "version": "4.4.3-P1",
        "time": NOW,
        "clock_offset": clock,
        "clock_uncertainty": 0.02,
        "faults": [],
        "deployment": deployment,
        "relationships": [with_meaning({**item, **changes})],
    }


def _kea(pair: str, role: str) -> dict[str, Any]:
    found = _says(pair, role, pool={**POOL, "free": 118, "backup": 0})
    (item,) = found["relationships"]
    changes = {"local_state": "hot-standby", "phase": "normal", "normal": True, "serving": role == "primary"}
    return {**found, "daemon": "kea", "version": "2.6.3", "relationships": [{**item, **changes, "mclt": None}]}


UNPROVEN = {"step": "unproven", "since": "2026-11-22T21:54:40Z", "files": [], "kept": True, "by": None}
ANSWERS: dict[str, dict[str, Any]] = {
    "hall-a": _says("hall", "primary"),
    "hall-b": _says("hall", "secondary", -0.011),
    "lab-a": _says(
        "lab",
        "primary",
        local_state="communications-interrupted",
        since="2026-11-22T21:55:12Z",
        pool={"total": 11, "free": 5, "backup": 4, "active": 2},
    ),
    "lab-b": _says(
        "lab", "secondary", 41.5, running=False, problem="dhcpd does not run on this host", deployment=UNPROVEN
    ),
    "dorm-a": _says(
        "dorm",
        "primary",
        local_state="recover-wait",
        since="2026-11-22T21:41:00Z",
        partner_state="communications-interrupted",
        pool={"total": 400, "free": 0, "backup": 0, "active": 390, "expired": 8, "abandoned": 2},
    ),
    "dorm-b": {"unreachable": True, "msg": "Task failed: <img src=x> Failed to connect to the host via ssh: timed out"},
    "<u>gate": _says("gate", "primary"),
    "wifi-a": {
        "failed": True,
        "msg": "<script>alert(1)</script> OMAPI at 127.0.0.1 port 7911: dhcpd refused the request",
    },
    "wifi-b": _says("wifi", "secondary"),
    "hill-a": _kea("hill", "primary"),
    "hill-b": _kea("hill", "secondary"),
    "alone": {"running": True, "relationships": []},
}
DECLARED = [
    {"name": host, "failover": [_half(pair, role)], "address": _half(pair, role)["address"]}
    for host, pair, role in (
        ("hall-a", "hall", "primary"),
        ("hall-b", "hall", "secondary"),
        ("lab-a", "lab", "primary"),
        ("lab-b", "lab", "secondary"),
        ("dorm-a", "dorm", "primary"),
        ("dorm-b", "dorm", "secondary"),
        ("<u>gate", "gate", "primary"),
        ("wifi-a", "wifi", "primary"),
        ("wifi-b", "wifi", "secondary"),
        ("hill-a", "hill", "primary"),
        ("hill-b", "hill", "secondary"),
    )
]
