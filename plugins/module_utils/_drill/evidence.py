# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A drill's evidence: what was collected, as `judge` takes it; and verdicts that are not about clients.

Pure. The states that a journal tells are for the timeline and for figures; whether a server is normal at the end is
judged from what it reports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import read_record
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.daemons import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

# A time by the server's clock, its state from then on, and the phase that this state means.
Move = tuple[float, str, str]
# The fields of an exchange that are times of day.
_TIMES = ("since", "started", "ended", "granted", "expires")
# Seconds by which a clock may seem to have moved although it was not set, because reading it takes time.
_CLOCK_SLACK = 3


def complete(drill: Mapping[str, Any], moves: Mapping[str, Iterable[Move]]) -> dict[str, Any]:
    """What `judge` takes: exchanges from the probe's record files (`records`), states from when each server moved to
    which (`moves`, by host), servers from the answers of failover_info (`answers` of a scenario, by host), and verdicts
    on the drill itself and on the controller's host where something was noted of them.

    All times by the controller's clock: `clocks` (by host) and `client_clock` are how far the others are ahead of it.
    """
    scenarios = list(drill["scenarios"])
    begin = float(drill.get("begin") or min((float(entry["start"]) for entry in scenarios), default=0))
    clocks, client_clock = drill.get("clocks") or {}, float(drill.get("client_clock") or 0)
    exchanges = [
        _shifted(record, client_clock)
        for text in drill.get("records") or ()
        for record in read_record(text.splitlines())
        if record["record"] == "exchange"
    ]
    states = [
        state
        for host, found in moves.items()
        for state in _states(found, host, str(drill["relationship"]), begin, float(clocks.get(host) or 0))
    ]
    shared = [outside(drill["before"], drill.get("after") or {})] if "before" in drill else []
    return {
        **{name: value for name, value in drill.items() if name not in ("records", "journals", "before", "after")},
        "scenarios": [_completed(entry, str(drill.get("relationship")), shared) for entry in scenarios],
        "states": [*(drill.get("states") or ()), *states],
        "exchanges": sorted(
            [*(drill.get("exchanges") or ()), *exchanges], key=lambda exchange: float(exchange["ended"])
        ),
    }


def _completed(entry: Mapping[str, Any], relationship: str, shared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    answers, failed = entry.get("answers"), entry.get("failed_steps")
    own = [] if failed is None else [carried_out(failed)]
    found = {name: value for name, value in entry.items() if name not in ("answers", "failed_steps")}
    if answers is not None:
        found["servers"] = [_server(host, relationship, answer) for host, answer in answers.items()]
    return {**found, "verdicts": [*(entry.get("verdicts") or ()), *own, *shared]}


def _server(host: str, relationship: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a server says of the relationship. One that does not answer is not normal."""
    reports = [report for report in answer.get("relationships") or () if report["name"] == relationship]
    report = reports[0] if reports else {}
    return {
        "host": host,
        "relationship": relationship,
        "local_state": report.get("local_state", "unknown"),
        "normal": report.get("normal", False),
        "pool": report.get("pool") or {"free": 0, "backup": 0, "active": 0},
        "balances": daemon_of(answer).balances,
    }


def _shifted(exchange: Mapping[str, Any], ahead: float) -> dict[str, Any]:
    """An exchange by a clock that the client's is ahead of."""
    times = {name: exchange[name] - ahead for name in _TIMES if exchange.get(name) is not None}
    return {**exchange, **times} if ahead else dict(exchange)


def _states(moves: Iterable[Move], host: str, relationship: str, begin: float, ahead: float) -> list[dict[str, Any]]:
    """Records of a server's states. It was normal in the beginning."""
    normal = Phase.NORMAL.value
    found = [(begin, normal, normal), *((time - ahead, state, phase) for time, state, phase in moves)]
    return [
        {"time": time, "host": host, "relationship": relationship, "local_state": state, "phase": phase}
        for time, state, phase in found
        if time >= begin
    ]


def host_state(addresses: str, routes: str, resolv: str, stat: str) -> dict[str, Any]:
    """The controller's host beside the lab, from `ip -details -json address`, `ip -json route show table all`, and the
    contents of /etc/resolv.conf and /proc/stat.

    Links that programs make (bridges, cables of containers, taps) come and go with labs and are left out. The time of
    the boot moves when the clock is set.
    """
    own = [
        link
        for link in json.loads(addresses)
        if "info_kind" not in link.get("linkinfo", {}) and link.get("link_type") != "none"
    ]
    names = [link["ifname"] for link in own]
    booted = re.search(r"^btime (\d+)$", stat, re.M)
    return {
        "links": names,
        "addresses": [address["local"] for link in own for address in link["addr_info"]],
        "routes": sorted(
            json.dumps(route, sort_keys=True) for route in json.loads(routes) if route.get("dev") in names
        ),
        "resolv": resolv,
        "booted": int(booted[1]) if booted else 0,
    }


def outside(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict about the controller's host: what a drill must not have changed."""
    evidence = list(_differences(before, after))
    examined = bool(before) and bool(after)
    if not examined:
        evidence.append("The host was not examined, so this proves nothing.")
    return {
        "invariant": "outside",
        "title": "Nothing outside the lab changed",
        "ok": examined and not evidence,
        "checked": "Links, addresses, routes, name servers and the clock of the controller's host, before and after.",
        "evidence": evidence,
    }


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in ("links", "addresses", "routes"):
        gone = [value for value in before.get(name) or [] if value not in (after.get(name) or [])]
        come = [value for value in after.get(name) or [] if value not in (before.get(name) or [])]
        yield from (f"{name}: {value} is gone" for value in gone)
        yield from (f"{name}: {value} is new" for value in come)
    if before.get("resolv") != after.get("resolv"):
        yield "/etc/resolv.conf: the name servers are different"
    moved = abs(int(after.get("booted") or 0) - int(before.get("booted") or 0))
    if moved > _CLOCK_SLACK:
        yield f"the clock was set by {moved} s"


def carried_out(failed: Sequence[str]) -> dict[str, Any]:
    """The verdict about the drill itself: a failure that did not happen proves nothing."""
    return {
        "invariant": "done",
        "title": "It was broken, noticed and healed as planned",
        "ok": not failed,
        "checked": "Every step of the drill.",
        "evidence": list(failed),
    }


def table(judged: Mapping[str, Any]) -> list[str]:
    """The verdicts as lines for a terminal: one for each scenario, and below it why it failed; then those left out."""
    row = "{:<20}  {:<7}  {:>8}  {:>8}  {:>8}  {:>8}"
    lines = [row.format("scenario", "verdict", "noticed", "longest", "renewal", "normal")]
    for entry in judged["scenarios"]:
        figures = [entry["figures"].get(name) for name in ("detection", "takeover", "renewal", "normal")]
        lines.append(
            row.format(
                entry["name"],
                "passed" if entry["ok"] else "FAILED",
                *("-" if figure is None else f"{figure:.2f} s" for figure in figures),
            ).rstrip()
        )
        for verdict in entry["verdicts"]:
            if not verdict["ok"]:
                reasons = verdict["evidence"] or [verdict["checked"]]
                lines += [f"  {verdict['invariant']}: {reason}" for reason in reasons[:3]]
        lines += [f"  why: {why}" for why in dict.fromkeys(verdict.get("why") for verdict in entry["verdicts"]) if why]
    return lines + [f"{entry['name']}: not played. {entry['why']}" for entry in judged.get("left_out") or ()]
