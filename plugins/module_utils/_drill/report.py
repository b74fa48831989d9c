# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A judged drill as one HTML page that needs no other file, and as JUnit XML.

Pure: the result of `judge` in, text out. Everything in it may come from the network, so everything is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from typing import Any
from xml.etree import ElementTree

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import clock, count
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

FIGURES = {
    "detection": "noticed after",
    "takeover": "longest wait",
    "renewal": "longest renewal",
    "normal": "normal after",
}
INVARIANTS = ("unique", "kept", "served", "normal")


def page(drill: Record) -> str:
    """The report. Evidence is linked by the paths that the drill's records give, relative to the page."""
    title = str(drill.get("title") or "DHCP failover drill")
    scenarios: Sequence[Record] = drill["scenarios"]
    colours = colours_of(drill)
    parts = [f"<header><h1>{escape(title)}</h1>{_summary(drill)}</header>", _table(scenarios)]
    if len(scenarios) > 1:
        begin = min(float(entry["start"]) for entry in scenarios)
        end = max(float(entry["end"]) for entry in scenarios)
        parts.append(f"<h2>The whole drill</h2>{_timeline(drill, begin, end, colours)}")
    if scenarios:
        parts.append(legend(drill, colours))
    parts += [_section(drill, entry, number, colours) for number, entry in enumerate(scenarios, 1)]
    parts.append(_left_out(drill.get("left_out")))
    parts.append(links(drill.get("evidence"), "Evidence of the whole drill", "h2"))
    return document(title, parts)


# --- words --------------------------------------------------------------------------------------------------------


def _summary(drill: Record) -> str:
    scenarios: Sequence[Record] = drill["scenarios"]
    failed = [entry for entry in scenarios if not entry["ok"]]
    if not scenarios:
        words = "No scenario was run, so this proves nothing."
    elif failed:
        words = f"{len(failed)} of {count(len(scenarios), 'scenario')} failed."
    else:
        words = f"{count(len(scenarios), 'scenario')} played, and everything held."
    moments = [float(entry[name]) for entry in scenarios for name in ("start", "end")]
    servers = ", ".join(f"{host} ({address})" for address, host in dict(drill.get("names") or {}).items())
    clients = len({exchange["client"] for exchange in drill["exchanges"]})
    facts = [period(moments), str(drill.get("lab") or ""), servers, count(clients, "client")]
    facts.append(count(len(drill["exchanges"]), "exchange"))
    return f"<p>{mark(drill['ok'], words)}</p><p class='soft'>{escape(' · '.join(filter(None, facts)))}</p>"


def _table(scenarios: Sequence[Record]) -> str:
    heads = "".join(f"<th>{name}</th>" for name in INVARIANTS)
    numbers = "".join(f'<th class="number">{escape(name)}</th>' for name in FIGURES.values())
    rows = []
    for number, entry in enumerate(scenarios, 1):
        found = {verdict["invariant"]: verdict["ok"] for verdict in entry["verdicts"]}
        cells = "".join(f"<td>{mark(found.get(name))}</td>" for name in INVARIANTS)
        values = "".join(f'<td class="number">{seconds(entry["figures"].get(name))}</td>' for name in FIGURES)
        name = f'<a href="#i{number}">{escape(entry["title"])}</a>'
        rows.append(f'<tr><td>{number}</td><td class="name">{name}</td>{cells}{values}</tr>')
    return (
        f'<div class="wide"><table><thead><tr><th></th><th>scenario</th>{heads}{numbers}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _section(drill: Record, entry: Record, number: int, colours: Mapping[str, str]) -> str:
    happened = "".join(f"<li>{escape(text)}</li>" for text in entry["happened"])
    # Show a little of the time before, to see what changed.
    before = max((float(entry["end"]) - float(entry["start"])) * 0.05, 1.0)
    verdicts = "".join(verdict_item(verdict) for verdict in entry["verdicts"])
    who = f"Clients that may be served ({entry['clients']})"
    bound = f"{who} must be served within {entry['bound']:g} s: {entry['reason']}."
    return (
        f'<section id="i{number}"><h2>{number}. {escape(entry["title"])} {mark(entry["ok"])}</h2>'
        f"<p>{escape(bound)}</p>"
        f"{_timeline(drill, float(entry['start']) - before, float(entry['end']), colours)}"
        f"<h3>What happened</h3><ul>{happened}</ul><h3>What must hold</h3><dl>{verdicts}</dl>"
        f"{links(entry.get('evidence'), 'Evidence', 'h3')}</section>"
    )


def _left_out(entries: Any) -> str:
    items = "".join(f"<li>{escape(entry['title'])}: {escape(entry['why'])}</li>" for entry in entries or ())
    return f"<h2>Not played</h2><ul>{items}</ul>" if items else ""


# --- the timeline -------------------------------------------------------------------------------------------------


def _timeline(drill: Record, begin: float, end: float, colours: Mapping[str, str]) -> str:
    scenarios: Sequence[Record] = drill["scenarios"]
    bands = [band for number, entry in enumerate(scenarios, 1) for band in _bands(entry, number)]
    states = state_lanes(
        drill.get("states") or [], end, lambda state: f"{state['host']}, relationship {state['relationship']}"
    )
    # When it began and when it was healed.
    moments = [float(entry[name]) for entry in scenarios for name in ("start", "healed")]
    return timeline(drill, [Lane("scenario", bands), *states], begin, end, colours, moments)


def _bands(entry: Record, number: int) -> Iterator[Band]:
    start, healed, end = (float(entry[name]) for name in ("start", "healed", "end"))
    title = f"{entry['title']}: {clock(start)} to {clock(healed)}, watched until {clock(end)}"
    if end > healed:
        yield Band("healing", healed, end, ("healed",), title)
    # Its name or, if that does not fit, its number in the table.
    yield Band("failure", start, healed, (f"{number}. {entry['title']}", str(number)), title)


# --- JUnit --------------------------------------------------------------------------------------------------------

# Characters that XML 1.0 cannot contain.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: Any) -> str:
    return _FORBIDDEN.sub("\ufffd", str(text))


def junit(drill: Record) -> str:
    """A test suite for each scenario, a test case for each invariant."""
    root = ElementTree.Element("testsuites", name=_clean(drill.get("title") or "DHCP failover drill"))
    totals = {"tests": 0, "failures": 0, "skipped": 0}
    for entry in drill["scenarios"]:
        counts = _suite(root, entry)
        totals = {name: totals[name] + counts[name] for name in totals}
    for entry in drill.get("left_out") or ():
        name = _clean(entry["name"])
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests="1", failures="0", skipped="1")
        case = ElementTree.SubElement(suite, "testcase", classname=name, name="played", time="0")
        ElementTree.SubElement(case, "skipped", message=_clean(entry["why"]))
        totals = {**totals, "tests": totals["tests"] + 1, "skipped": totals["skipped"] + 1}
    for name, number in totals.items():
        root.set(name, str(number))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ElementTree.Element, entry: Record) -> dict[str, int]:
    verdicts: Iterable[Record] = entry["verdicts"]
    counts = {"tests": 0, "failures": 0, "skipped": 0}
    started = datetime.fromtimestamp(float(entry["start"]), timezone.utc)
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_clean(entry["name"]),
        timestamp=f"{started:%Y-%m-%dT%H:%M:%S}",
        time=f"{float(entry['end']) - float(entry['start']):.3f}",
    )
    for verdict in verdicts:
        case = ElementTree.SubElement(
            suite, "testcase", classname=_clean(entry["name"]), name=_clean(verdict["invariant"]), time="0"
        )
        counts["tests"] += 1
        if verdict["ok"] is None:
            counts["skipped"] += 1
            ElementTree.SubElement(case, "skipped", message=_clean(verdict["checked"]))
        elif not verdict["ok"]:
            counts["failures"] += 1
            message = verdict["evidence"][0] if verdict["evidence"] else verdict["title"]
            failure = ElementTree.SubElement(case, "failure", message=_clean(message))
            lines = [verdict["checked"], *verdict["evidence"], verdict.get("why") or ""]
            failure.text = _clean("\n".join(filter(None, lines)))
    for name, number in counts.items():
        suite.set(name, str(number))
    ElementTree.SubElement(suite, "system-out").text = _clean("\n".join(entry["happened"]))
    return counts
