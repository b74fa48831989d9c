# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The account of a move as one HTML page that needs no other file. Pure; everything in it is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import clock
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.page import (
    Band,
    Lane,
    Record,
    colours_of,
    document,
    legend,
    links,
    mark,
    period,
    seconds,
    state_lanes,
    timeline,
    verdict_item,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.account import (
    clients_sentence,
    headline,
    silence_sentence,
)

_SHOWN = "steps, times without an answer, states of the daemons, exchanges of the clients"
_BANDS = (("step", "a step of the move"), ("failure", "nobody answers"))


def page(told: Record) -> str:
    """The report. told: what `account.tell` returns, with states and evidence."""
    pairs: Sequence[Record] = told["pairs"]
    title = f"Move of {', '.join(pair['name'] for pair in pairs)} to {habits(told['goal']).name}"
    colours = colours_of(told)
    # A little of the time before and after, to see what changed.
    begin, end = float(told["begin"]), _last(told)
    margin = max((end - begin) * 0.02, 1.0)
    moments = [silence[name] for pair in pairs for silence in pair["silences"] for name in ("start", "end")]
    drawing = timeline(told, list(_lanes(told, end)), begin - margin, end + margin, colours, moments, _SHOWN)
    parts = [
        f"<header><h1>{escape(title)}</h1>{_summary(told)}</header>",
        drawing,
        legend(told, colours, _BANDS),
        _clients(told["clients"]),
        *(_pair(pair, number) for number, pair in enumerate(pairs, 1)),
        links(told.get("evidence"), "Evidence", "h2"),
    ]
    return document(title, parts)


def _last(told: Record) -> float:
    return max([float(told["end"]), *(float(exchange["ended"]) for exchange in told["exchanges"] or ())])


def _summary(told: Record) -> str:
    verdicts = [
        f"<p>{mark(None if pair['paused'] else pair['over'], headline(pair, told['goal']))}</p>"
        for pair in told["pairs"]
    ]
    clients = told["clients"]
    if clients:
        words = "No client lost its address." if clients["ok"] else "Clients were not served as they should be."
        verdicts.append(f"<p>{mark(clients['ok'], words)}</p>")
    else:
        verdicts.append("<p>No client was watched. Set migrate_probe to a host that is to run clients meanwhile.</p>")
    resumed = [pair["name"] for pair in told["pairs"] if pair["resumed"]]
    if resumed:
        words = f"The move of {', '.join(resumed)} had begun before. This page is about the run that went on with it."
        verdicts.append(f"<p>{escape(words)}</p>")
    return "".join(verdicts) + f"<p class='soft'>{escape(period([float(told['begin']), _last(told)]))}</p>"


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


def _clients(clients: Record | None) -> str:
    if not clients:
        return ""
    verdicts = "".join(map(verdict_item, clients["verdicts"]))
    return (
        f"<section><h2>The clients {mark(clients['ok'])}</h2><p>{escape(clients_sentence(clients))}</p>"
        f"<dl>{verdicts}</dl></section>"
    )


def _pair(pair: Record, number: int) -> str:
    rows = "".join(
        f'<tr><td>{at}</td><td class="name">{escape(step["title"])}</td><td>{clock(step["start"])}</td>'
        f'<td class="number">{seconds(step["end"] - step["start"])}</td></tr>'
        for at, step in enumerate(pair["steps"], 1)
    )
    heads = '<th></th><th>step</th><th>began</th><th class="number">took</th>'
    silent = [silence_sentence(pair, silence) for silence in pair["silences"]]
    leases = "".join(f"<li>{escape(line)}</li>" for line in pair["leases"])
    done = "".join(
        f"<h3>Done on {escape(host)}</h3><ul>"
        + "".join(f"<li>{clock(entry['time'])} {escape(entry['text'])}</li>" for entry in entries)
        + "</ul>"
        for host, entries in pair["done"].items()
        if entries
    )
    return (
        f'<section id="p{number}"><h2>{escape(pair["name"])}</h2>'
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
        "<h3>When nobody answered</h3>"
        + "".join(f"<p>{escape(text)}</p>" for text in silent or ["At no time, as far as this run has seen."])
        + (f"<h3>Leases</h3><ul>{leases}</ul>" if leases else "")
        + f"{done}</section>"
    )
