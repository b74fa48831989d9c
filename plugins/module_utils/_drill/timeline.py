# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A timeline of what servers did and clients saw, for the pages of a drill and of a move.

Pure: records in, places and words out. The pages' templates draw it, and escape everything: it may come from
the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import (
    ACKNOWLEDGED,
    EXPIRED,
    OFFERED,
    REBIND,
    REBOOT,
    REFUSED,
    RENEW,
    UNANSWERED,
    UNREACHABLE,
    explain,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import changes, clock, count
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

Record = Mapping[str, Any]

# The colour of a state's lane, by the phase that the state means, and its words in the legend.
_PHASES = {
    Phase.NORMAL: ("normal", "normal"),
    Phase.INTERRUPTED: ("interrupted", "serves without its partner"),
    Phase.ALONE: ("down", "has taken over from its partner"),
    Phase.RESOLVING: ("conflict", "compares its leases, because both have taken over"),
    Phase.UNKNOWN: ("off", "not running"),
}
_MOVING = ("moving", "starts or waits")
# Servers beyond these share colours.
_SERVERS = 4
# How an exchange ended without a lease, in the table.
_OUTCOMES = {
    EXPIRED: "lease ran out",
    OFFERED: "offered",
    REFUSED: "refused (DHCPNAK)",
    UNANSWERED: "no answer",
    UNREACHABLE: "no answer to ARP",
}
_LOST = (EXPIRED, REFUSED, UNANSWERED, UNREACHABLE)

# The timeline, in its own units. It is as wide as the page, but never so narrow that it cannot be read.
_WIDTH, _MARGIN = 1000.0, 6.0
_LANE, _LABEL, _GAP = 22.0, 15.0, 8.0
_ROWS, _ROW_LEAST, _ROW_MOST = 260.0, 3.0, 13.0
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


# --- words --------------------------------------------------------------------------------------------------------


def period(moments: Sequence[float]) -> str:
    """From the first moment to the last one; empty if there is none."""
    if not moments:
        return ""
    first = datetime.fromtimestamp(min(moments), timezone.utc)
    return f"{first:%Y-%m-%d} {clock(min(moments))} to {clock(max(moments))} UTC"


def seconds(value: Any) -> str:
    return "" if value is None else f"{value:.1f} s" if value >= 0.1 or value == 0 else f"{value:.2f} s"


@dataclass(frozen=True)
class Link:
    """A file beside the page; without a path it is only named."""

    title: str
    path: str


def links(evidence: Iterable[Record] | None) -> list[Link]:
    """Only a path becomes a link, nothing that a browser would run or fetch."""
    found = []
    for entry in evidence or ():
        path, title = str(entry["path"]), str(entry.get("title") or entry["path"])
        local = not re.match(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2})", path)
        found.append(Link(title, path) if local else Link(f"{title}: {path}", ""))
    return found


@dataclass(frozen=True)
class Row:
    """An exchange in the table beside the picture. lost: a client got nothing, or lost what it had."""

    time: str
    client: str
    kind: str
    outcome: str
    server: str
    took: str
    lost: bool


def rows(watched: Record, begin: float, end: float) -> list[Row]:
    """The exchanges of that time, in the order in which they ended."""
    names = dict(watched.get("names") or {})
    found = [one for one in watched["exchanges"] or () if _within(one, begin, end)]
    return [
        Row(
            clock(one["ended"]),
            str(one["client"]),
            str(one["kind"]),
            str(one["address"] if one["result"] == ACKNOWLEDGED else _OUTCOMES.get(one["result"], one["result"])),
            str(names.get(one["server"], one["server"] or "")),
            seconds(one["latency"]),
            one["result"] in _LOST,
        )
        for one in sorted(found, key=lambda one: float(one["ended"]))
    ]


def _within(exchange: Record, begin: float, end: float) -> bool:
    return bool(exchange["started"] <= end and exchange["ended"] >= begin)


# --- places -------------------------------------------------------------------------------------------------------


def colours_of(watched: Record) -> dict[str, str]:
    """A class for each server identifier: those that are known first, then whoever else answered."""
    known = list(dict(watched.get("names") or {}))
    others = sorted(
        {str(exchange["server"]) for exchange in watched["exchanges"] or () if exchange["server"]} - set(known)
    )
    return {server: f"s{number % _SERVERS}" for number, server in enumerate(known + others)}


class Scale:
    """Time to place."""

    def __init__(self, begin: float, end: float) -> None:
        self.begin = begin
        self.end = max(end, begin + 0.1)

    def x(self, utc: float) -> float:
        share = (min(max(utc, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(_MARGIN + share * (_WIDTH - 2 * _MARGIN), 1)

    def sees(self, start: float, end: float) -> bool:
        return start <= self.end and end >= self.begin

    def ticks(self) -> list[float]:
        length = self.end - self.begin
        step = next((step for step in _TICKS if length / step <= 12), _TICKS[-1] * (1 + length // (_TICKS[-1] * 12)))
        first = -(-self.begin // step) * step
        return [first + number * step for number in range(int((self.end - first) // step) + 1)]


@dataclass(frozen=True)
class Band:
    """A stretch of time in a lane. texts: the first one that fits is shown; the title says all."""

    kind: str
    start: float
    end: float
    texts: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Lane:
    label: str
    bands: Sequence[Band]


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Box:
    """A band in its place, with the text that fits into it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str
    text: str


@dataclass(frozen=True)
class Mark:
    """The end of an exchange, and from where a line leads to it if it took visible time."""

    shape: str
    colour: str
    x: float
    y: float
    size: float
    start: float | None
    title: str


@dataclass(frozen=True)
class Drawing:
    """grid and watch: paths of vertical lines, which leave room for the labels."""

    name: str
    width: float
    height: float
    grid: str
    watch: str
    texts: Sequence[Text]
    boxes: Sequence[Box]
    marks: Sequence[Mark]


def state_lanes(states: Iterable[Record], end: float, label: Callable[[Record], str]) -> list[Lane]:
    """A lane for each server and relationship. label: what to write above it, by one of its states."""
    lanes: dict[tuple[str, str], list[Record]] = {}
    for state in changes(states):
        lanes.setdefault((str(state["host"]), str(state["relationship"])), []).append(state)
    return [Lane(label(several[0]), _state_bands(several, end)) for _key, several in sorted(lanes.items())]


def _state_bands(states: Sequence[Record], last: float) -> list[Band]:
    bands = []
    ends = [float(state["time"]) for state in states[1:]] + [last]
    for state, end in zip(states, ends):
        if end >= state["time"]:
            name = str(state["local_state"])
            title = f"{state['host']}: {name} from {clock(state['time'])}"
            bands.append(Band(phase_of(state)[0], float(state["time"]), end, (name,), title))
    return bands


def phase_of(state: Record) -> tuple[str, str]:
    """The colour of a state, and its words in the legend."""
    return _PHASES.get(state["phase"], _MOVING)


def draw(
    watched: Record,
    lanes: Iterable[Lane],
    begin: float,
    end: float,
    moments: Iterable[float] = (),
    shown: str = "scenario, states of the servers, exchanges of the clients",
) -> Drawing:
    """The lanes, and a row for each client if any was watched. moments: lines across the clients."""
    scale = Scale(begin, end)
    texts: list[Text] = []
    boxes: list[Box] = []
    spans: list[tuple[float, float]] = []
    y = _GAP
    for lane in lanes:
        texts.append(Text(_MARGIN, y + 10, lane.label))
        y += _LABEL
        boxes += [_box(band, scale, y) for band in lane.bands if scale.sees(band.start, band.end)]
        spans.append((y, y + _LANE))
        y += _LANE + _GAP
    known: Sequence[Record] = watched["exchanges"] or ()
    exchanges = [exchange for exchange in known if _within(exchange, scale.begin, scale.end)]
    present = {exchange["client"] for exchange in exchanges}
    everybody = dict.fromkeys(one["client"] for one in sorted(known, key=lambda one: float(one["started"])))
    clients = [client for client in everybody if client in present]  # the first ones on top
    if watched["exchanges"] is not None:
        texts.append(Text(_MARGIN, y + 10, f"{count(len(clients), 'client')}, one row each"))
        y += _LABEL
    row = min(max(_ROWS / max(len(clients), 1), _ROW_LEAST), _ROW_MOST)
    places = {client: round(y + row * (number + 0.5), 1) for number, client in enumerate(clients)}
    colours = colours_of(watched)
    marks = [_mark(exchange, scale, places[exchange["client"]], row, colours) for exchange in exchanges]
    spans.append((y, y + row * len(clients) + _GAP))
    y = spans[-1][1]
    ticks = scale.ticks()
    for moment in ticks:
        x = scale.x(moment)
        anchor = "start" if x < 24 else "end" if x > _WIDTH - 24 else "middle"
        texts.append(Text(x, y + 12, clock(moment) if scale.end - scale.begin < 5 else clock(moment)[:8], anchor))
    return Drawing(
        f"Timeline from {clock(begin)} to {clock(end)}: {shown}",
        _WIDTH,
        y + 20,
        _lines(scale, ticks, spans),
        _lines(scale, [moment for moment in moments if begin <= moment <= end], spans),
        texts,
        boxes,
        marks,
    )


def _lines(scale: Scale, moments: Iterable[float], spans: Sequence[tuple[float, float]]) -> str:
    return "".join(f"M{scale.x(moment):g} {top:g}V{bottom:g}" for moment in moments for top, bottom in spans)


def _box(band: Band, scale: Scale, y: float) -> Box:
    start = scale.x(band.start)
    width = round(max(scale.x(band.end) - start, 1.0), 1)
    # About 6 units a letter. What does not fit is in the title.
    text = next((text for text in band.texts if width > 6.2 * len(text) + 6), "")
    return Box(band.kind, start, y, width, _LANE, band.title, text)


def _mark(exchange: Record, scale: Scale, y: float, row: float, colours: Mapping[str, str]) -> Mark:
    kind, result = exchange["kind"], exchange["result"]
    start, end = scale.x(exchange["started"]), scale.x(exchange["ended"])
    if result in _LOST:
        shape, colour = "triangle" if result == REFUSED else "cross", "lost"
    else:
        shape = "square" if kind in (RENEW, REBIND, REBOOT) else "circle"
        known = result in (ACKNOWLEDGED, OFFERED)
        colour = colours.get(str(exchange["server"]), "quiet") if known else "quiet"
    size = round(min(max(row * 0.36, 1.4), 4.0), 1)
    title = f"{clock(exchange['ended'])} {explain(exchange)}"
    return Mark(shape, colour, end, y, size, start if end - start > 1 else None, title)


@dataclass(frozen=True)
class Sign:
    """An entry of the legend: a mark, or a band."""

    shape: str
    colour: str
    text: str


def legend(watched: Record, more: Iterable[tuple[str, str]] = ()) -> Iterator[Sign]:
    """What the marks and colours mean. more: colours of bands, with their words."""
    names = dict(watched.get("names") or {})
    for server, colour in colours_of(watched).items():
        yield Sign("circle", colour, f"answered by {names.get(server, server)}")
    if watched["exchanges"] is not None:
        yield Sign("circle", "quiet", "released its address")
        yield Sign("square", "quiet", "square: renewed; circle: took an address")
        yield Sign("cross", "lost", "lost: no answer, or a lease ran out")
        yield Sign("triangle", "lost", "refused (DHCPNAK)")
    present = {phase_of(state) for state in watched.get("states") or []}
    for kind, words in [*more, *(phase for phase in (*_PHASES.values(), _MOVING) if phase in present)]:
        yield Sign("band", kind, words)
