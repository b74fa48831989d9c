# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What the page of a move shows. Pure; the page's template escapes everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import clock
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.timeline import (
    Band,
    Lane,
    Record,
    draw,
    legend,
    links,
    period,
    rows,
    seconds,
    state_lanes,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.account import (
    clients_sentence,
    headline,
    silence_sentence,
)

_SHOWN = "steps, times without an answer, states of the daemons, exchanges of the clients"
_BANDS = (("step", "a step of the move"), ("failure", "nobody answers"))


def view(told: Record) -> dict[str, Any]:
    """What move.html.j2 shows. told: what `account.tell` returns, with states and evidence."""
    pairs: Sequence[Record] = told["pairs"]
    # A little of the time before and after, to see what changed.
    begin, end = float(told["begin"]), _last(told)
    margin = max((end - begin) * 0.02, 1.0)
    moments = [silence[name] for pair in pairs for silence in pair["silences"] for name in ("start", "end")]
    clients = told["clients"]
    return {
        "title": f"Move of {', '.join(pair['name'] for pair in pairs)} to {habits(told['goal']).name}",
        "resumed": ", ".join(pair["name"] for pair in pairs if pair["resumed"]),
        "period": period([begin, end]),
        "drawing": draw(told, list(_lanes(told, end)), begin - margin, end + margin, moments, _SHOWN),
        "legend": list(legend(told, _BANDS)),
        "rows": rows(told, begin - margin, end + margin),
        "clients": clients and {**clients, "told": clients_sentence(clients)},
        "pairs": [_pair(pair, told["goal"], number) for number, pair in enumerate(pairs, 1)],
        "evidence": links(told.get("evidence")),
    }


def _last(told: Record) -> float:
    return max([float(told["end"]), *(float(exchange["ended"]) for exchange in told["exchanges"] or ())])


def _pair(pair: Record, goal: str, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "name": pair["name"],
        "ok": None if pair["paused"] else pair["over"],
        "headline": headline(pair, goal),
        "steps": [
            (step["title"], clock(step["start"]), seconds(step["end"] - step["start"])) for step in pair["steps"]
        ],
        "silences": [silence_sentence(pair, silence) for silence in pair["silences"]],
        "leases": pair["leases"],
        "done": {
            host: [f"{clock(entry['time'])} {entry['text']}" for entry in entries]
            for host, entries in pair["done"].items()
            if entries
        },
    }


def _lanes(told: Record, end: float) -> Iterator[Lane]:
    several = len(told["pairs"]) > 1
    for pair in told["pairs"]:
        of = f" of {pair['name']}" if several else ""
        steps = [
            Band("step", step["start"], step["end"], _texts(step["title"], number), _during(step))
            for number, step in enumerate(pair["steps"], 1)
        ]
        yield Lane(f"steps{of}", steps)
        silent = [
            Band(
                "failure", at["start"], at["end"], (), f"nobody answers from {clock(at['start'])} to {clock(at['end'])}"
            )
            for at in pair["silences"]
        ]
        yield Lane(f"nobody answers{of}", silent)
    states: Sequence[Record] = told.get("states") or ()
    names = {state["relationship"] for state in states}

    def label(state: Record) -> str:
        # Two servers may have several relationships.
        more = f", {state['relationship']}" if len(names) > len(told["pairs"]) else ""
        return f"{state['daemon']} on {state['host']}{more}"

    for daemon in dict.fromkeys(state["daemon"] for state in states):
        yield from state_lanes([state for state in states if state["daemon"] == daemon], end, label)


def _texts(title: str, number: int) -> tuple[str, ...]:
    """What may stand in the band of a step: all, its name only, or its number in the table."""
    name = title.partition(":")[0]
    return f"{number}. {title}", f"{number}. {name}", name, str(number)


def _during(step: Record) -> str:
    return f"{step['title']}: {clock(step['start'])} to {clock(step['end'])}"
