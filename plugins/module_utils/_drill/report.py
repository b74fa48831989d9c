# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A judged drill: what its page shows, and as JUnit XML.

Pure: the result of `judge` in, plain data and text out. Everything may come from the network, so the page's
template escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any
from xml.etree import ElementTree

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import clock, count
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.timeline import (
    Band,
    Drawing,
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

FIGURES = {
    "detection": "noticed after",
    "takeover": "longest wait",
    "renewal": "longest renewal",
    "normal": "normal after",
}
INVARIANTS = ("unique", "kept", "served", "normal")


def view(drill: Record) -> dict[str, Any]:
    """What drill.html.j2 shows. Evidence is linked by the paths that the drill's records give, relative to the page."""
    scenarios: Sequence[Record] = drill["scenarios"]
    begin = min((float(entry["start"]) for entry in scenarios), default=0.0)
    end = max((float(entry["end"]) for entry in scenarios), default=0.0)
    return {
        "title": str(drill.get("title") or "DHCP failover drill"),
        "ok": drill["ok"],
        "words": _words(scenarios),
        "facts": " · ".join(filter(None, _facts(drill, scenarios))),
        "invariants": INVARIANTS,
        "figures": FIGURES.values(),
        "whole": _draw(drill, begin, end) if len(scenarios) > 1 else None,
        "legend": list(legend(drill)) if scenarios else [],
        "scenarios": [_scenario(drill, entry, number) for number, entry in enumerate(scenarios, 1)],
        "left_out": drill.get("left_out") or [],
        "evidence": links(drill.get("evidence")),
    }


def _words(scenarios: Sequence[Record]) -> str:
    failed = [entry for entry in scenarios if not entry["ok"]]
    if not scenarios:
        return "No scenario was run, so this proves nothing."
    if failed:
        return f"{len(failed)} of {count(len(scenarios), 'scenario')} failed."
    return f"{count(len(scenarios), 'scenario')} played, and everything held."


def _facts(drill: Record, scenarios: Sequence[Record]) -> Iterator[str]:
    yield period([float(entry[name]) for entry in scenarios for name in ("start", "end")])
    yield str(drill.get("lab") or "")
    yield ", ".join(f"{host} ({address})" for address, host in dict(drill.get("names") or {}).items())
    yield count(len({exchange["client"] for exchange in drill["exchanges"]}), "client")
    yield count(len(drill["exchanges"]), "exchange")


def _scenario(drill: Record, entry: Record, number: int) -> dict[str, Any]:
    found = {verdict["invariant"]: verdict["ok"] for verdict in entry["verdicts"]}
    start, end = float(entry["start"]), float(entry["end"])
    # Show a little of the time before, to see what changed.
    begin = start - max((end - start) * 0.05, 1.0)
    return {
        "number": number,
        "name": entry["name"],
        "title": entry["title"],
        "ok": entry["ok"],
        "held": {name: found.get(name) for name in INVARIANTS},
        "seconds": {words: seconds(entry["figures"].get(name)) for name, words in FIGURES.items()},
        "bound": f"Clients that may be served ({entry['clients']}) must be served within {entry['bound']:g} s: "
        f"{entry['reason']}.",
        "drawing": _draw(drill, begin, end),
        "rows": rows(drill, begin, end),
        "happened": entry["happened"],
        "verdicts": entry["verdicts"],
        "evidence": links(entry.get("evidence")),
    }


def _draw(drill: Record, begin: float, end: float) -> Drawing:
    scenarios: Sequence[Record] = drill["scenarios"]
    bands = [band for number, entry in enumerate(scenarios, 1) for band in _bands(entry, number)]
    states = state_lanes(
        drill.get("states") or [], end, lambda state: f"{state['host']}, relationship {state['relationship']}"
    )
    # When it began and when it was healed.
    moments = [float(entry[name]) for entry in scenarios for name in ("start", "healed")]
    return draw(drill, [Lane("scenario", bands), *states], begin, end, moments)


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
