# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A drill's evidence, from what was collected to what `_drill` judges: journals, what the playbook noted, in words.

Pure. The states that a journal tells are for the timeline and for figures; whether a server is normal in the end is
judged by its own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import read_record
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import NORMAL

NOT_RUNNING = "stopped"
_MOVE = re.compile(r"^(\d+\.\d+) \S+ dhcpd\[\d+\]: failover peer (.+): I move from \S+ to (\S+)$")
# What systemd says when the daemon is gone, whatever the reason.
_GONE = re.compile(r"^(\d+\.\d+) \S+ systemd\[1\]: \S+\.service: (?:Deactivated successfully|Main process exited)")
# The fields of an exchange that are times of day.
_TIMES = ("since", "started", "ended", "granted", "expires")
# Seconds by which a clock that nobody has set may seem to have moved, because looking takes time.
_CLOCK_SLACK = 3


def complete(drill: Mapping[str, Any], journals: Mapping[str, str], records: Iterable[str]) -> dict[str, Any]:
    """What `_drill.judge` wants: what the playbook noted, states from the servers' journals (by host), exchanges from
    the probe's record files, and verdicts on the host and on the drill itself.

    All times by the controller's clock: `clocks` (by host) and `client_clock` are how far the others are ahead of it.
    """
    begin, relationship = float(drill["begin"]), str(drill["relationship"])
    clocks, client_clock = drill.get("clocks") or {}, float(drill.get("client_clock") or 0)
    exchanges = [
        _shifted(record, client_clock)
        for text in records
        for record in read_record(text.splitlines())
        if record["record"] == "exchange"
    ]
    shared = outside(drill.get("before") or {}, drill.get("after") or {})
    return {
        **drill,
        "injectors": [
            {**entry, "verdicts": [carried_out(entry.get("mishaps") or []), shared]} for entry in drill["injectors"]
        ],
        "states": [
            state
            for host, journal in journals.items()
            for state in states_of(journal.splitlines(), host, relationship, begin, float(clocks.get(host) or 0))
        ],
        "exchanges": sorted(exchanges, key=lambda exchange: float(exchange["ended"])),
    }


def _shifted(exchange: Mapping[str, Any], ahead: float) -> dict[str, Any]:
    """An exchange by a clock that the client's is ahead of."""
    times = {name: exchange[name] - ahead for name in _TIMES if exchange.get(name) is not None}
    return {**exchange, **times} if ahead else dict(exchange)


def states_of(
    journal: Iterable[str], host: str, relationship: str, begin: float, ahead: float = 0.0
) -> list[dict[str, Any]]:
    """Records of a server's states, from its journal (`--output=short-unix`). It was normal in the beginning."""
    found = [(begin, NORMAL)]
    for line in journal:
        move, gone = _MOVE.match(line.rstrip("\n")), _GONE.match(line)
        if move and move[2] == relationship:
            found.append((float(move[1]) - ahead, move[3]))
        elif gone:
            found.append((float(gone[1]) - ahead, NOT_RUNNING))
    return [
        {"time": time, "host": host, "relationship": relationship, "local_state": state}
        for time, state in found
        if time >= begin
    ]


def outside(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict about the controller's host: what a drill must not have changed."""
    evidence = list(_differences(before, after))
    examined = bool(before) and bool(after)
    if not examined:
        evidence.append("The host was not looked at, so this proves nothing.")
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
        yield "the name servers in /etc/resolv.conf are others"
    moved = abs(int(after.get("booted") or 0) - int(before.get("booted") or 0))
    if moved > _CLOCK_SLACK:
        yield f"the clock was set by {moved} s"


def carried_out(mishaps: Sequence[str]) -> dict[str, Any]:
    """The verdict about the drill itself: a failure that was not made proves nothing."""
    return {
        "invariant": "done",
        "title": "The failure was made, noticed and mended as planned",
        "ok": not mishaps,
        "checked": "Every step of the drill.",
        "evidence": list(mishaps),
    }


def table(judged: Mapping[str, Any]) -> list[str]:
    """The verdicts, a line for each injector, and below it why one failed."""
    row = "{:<20}  {:<7}  {:>8}  {:>8}  {:>8}  {:>8}"
    lines = [row.format("injector", "verdict", "noticed", "longest", "renewal", "normal")]
    for entry in judged["injectors"]:
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
    return lines
