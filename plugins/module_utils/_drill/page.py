# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A page that needs no other file, with a timeline of what servers did and clients saw: for a drill, and for a move.

Pure. Everything in it may come from the network, so everything is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import explain
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

# The timeline, in its own units. It is as wide as the page, but never so narrow that it cannot be read.
_WIDTH, _MARGIN = 1000.0, 6.0
_LANE, _LABEL, _GAP = 22.0, 15.0, 8.0
_ROWS, _ROW_LEAST, _ROW_MOST = 260.0, 3.0, 13.0
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)

_CSS = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#59636e;--line:#d4d9df;--card:#f6f7f9;--good:#1a7f37;
--bad:#cf222e;--link:#0550ae;--s0:#0a62c9;--s1:#0f8f87;--s2:#8a4bd0;--s3:#a0660b;
--normal:#b5e0bf;--interrupted:#f8dd8b;--down:#f6b483;--conflict:#dcb8f5;--moving:#c6d6ea;--off:#c3c8ce;--on-lane:#22272e;
--failure:#cf222e}
@media (prefers-color-scheme:dark){:root{--bg:#101418;--fg:#e3e7ec;--soft:#9aa5b1;--line:#343c46;--card:#191f26;
--good:#56c271;--bad:#ff7b72;--link:#79b8ff;--s0:#6cb0ff;--s1:#4fd1c5;--s2:#c79bff;--s3:#e0ae5c;
--normal:#265d38;--interrupted:#6f5914;--down:#7d441b;--conflict:#5c3a78;--moving:#33475f;--off:#3d444d;--on-lane:#eef1f4;
--failure:#ff7b72}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:1.2rem 1rem 3rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.2rem;margin:1.2rem 0 .4rem}section h2{margin-top:0}
h3{font-size:1rem;margin:1rem 0 .3rem}
p{margin:.3rem 0}a{color:var(--link)}ul,ol{margin:.2rem 0;padding-left:1.3rem}.soft{color:var(--soft)}
.verdict{font-weight:650}.pass{color:var(--good)}.fail{color:var(--bad)}.none{color:var(--soft)}
section{border:1px solid var(--line);border-radius:8px;padding:1rem;margin:1.2rem 0}
header,section,.legend{overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--soft);font-size:.88rem;white-space:normal;vertical-align:bottom}
td.name{white-space:normal;min-width:11rem}td.number,th.number{text-align:right}
dl{margin:.2rem 0}dt{font-weight:600;margin-top:.5rem}dd{margin:0 0 0 1.3rem}
.evidence{border-left:3px solid var(--bad);padding-left:.7rem;list-style:none;margin:.3rem 0}
svg{display:block;width:100%;min-width:860px;height:auto;background:var(--card);border-radius:6px}
svg text{font-size:11px;fill:var(--soft);font-family:inherit}svg text.on{fill:var(--on-lane)}
svg text.failed{fill:var(--bg)}
.grid{stroke:var(--line);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.88rem;margin:.5rem 0}
.legend svg{display:inline-block;width:14px;height:14px;min-width:0;vertical-align:-2px;margin-right:.3rem;
background:none}
.normal{fill:var(--normal)}.interrupted{fill:var(--interrupted)}.down{fill:var(--down)}.conflict{fill:var(--conflict)}
.moving{fill:var(--moving)}.off{fill:var(--off)}
.step{fill:var(--moving)}
.failure{fill:var(--failure)}.healing{fill:var(--failure);opacity:.22}.watch{stroke:var(--failure);stroke-dasharray:3 3}
.s0{fill:var(--s0);stroke:var(--s0)}.s1{fill:var(--s1);stroke:var(--s1)}.s2{fill:var(--s2);stroke:var(--s2)}
.s3{fill:var(--s3);stroke:var(--s3)}.lost{fill:none;stroke:var(--bad)}.quiet{fill:none;stroke:var(--soft)}
.lost,.quiet{stroke-width:1.6}line.s0,line.s1,line.s2,line.s3,line.lost,line.quiet{stroke-width:1.4;opacity:.75}
@media (max-width:640px){body{padding:.6rem .5rem 2rem}section{padding:.7rem .6rem}h1{font-size:1.3rem}}
@media print{section{break-inside:avoid}}
""".replace("\n", "")


def document(title: str, parts: Iterable[str]) -> str:
    """The whole page."""
    return "".join(
        (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            # If anything gets past the escaping, the browser neither runs nor fetches it.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>",
            *parts,
            "</body></html>\n",
        )
    )


# --- words --------------------------------------------------------------------------------------------------------


def _word(ok: Any) -> str:
    return "not judged" if ok is None else "passed" if ok else "FAILED"


def mark(ok: Any, text: str | None = None) -> str:
    kind = "none" if ok is None else "pass" if ok else "fail"
    sign = "?" if ok is None else "✓" if ok else "✗"
    return f'<span class="verdict {kind}">{sign} {escape(text or _word(ok))}</span>'


def period(moments: Sequence[float]) -> str:
    """From the first moment to the last one; empty if there is none."""
    if not moments:
        return ""
    first = datetime.fromtimestamp(min(moments), timezone.utc)
    return f"{first:%Y-%m-%d} {clock(min(moments))} to {clock(max(moments))} UTC"


def seconds(value: Any) -> str:
    return "" if value is None else f"{value:.1f} s" if value >= 0.1 or value == 0 else f"{value:.2f} s"


def verdict_item(verdict: Record) -> str:
    evidence = "".join(f"<li>{escape(text)}</li>" for text in verdict["evidence"])
    return (
        f"<dt>{mark(verdict['ok'])}: {escape(verdict['title'])}</dt>"
        f"<dd><p class='soft'>{escape(verdict['checked'])}</p>"
        + (f"<ul class='evidence'>{evidence}</ul>" if evidence else "")
        + (f"<p>{escape(verdict['why'])}</p>" if verdict.get("why") else "")
        + "</dd>"
    )


def links(evidence: Any, title: str, level: str) -> str:
    items = []
    for entry in evidence or []:
        path, text = str(entry["path"]), escape(str(entry.get("title") or entry["path"]))
        # Link only a path, nothing that a browser would run or fetch.
        local = not re.match(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2})", path)
        items.append(f'<li><a href="{escape(path)}">{text}</a></li>' if local else f"<li>{text}: {escape(path)}</li>")
    return f"<{level}>{escape(title)}</{level}><ul>{''.join(items)}</ul>" if items else ""


# --- the timeline -------------------------------------------------------------------------------------------------


def colours_of(watched: Record) -> dict[str, str]:
    """A class for each server identifier: those that are known first, then whoever else answered."""
    known = list(dict(watched.get("names") or {}))
    others = sorted(
        {str(exchange["server"]) for exchange in watched["exchanges"] or () if exchange["server"]} - set(known)
    )
    return {server: f"s{number % _SERVERS}" for number, server in enumerate(known + others)}


class _Scale:
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


def timeline(
    watched: Record,
    lanes: Iterable[Lane],
    begin: float,
    end: float,
    colours: Mapping[str, str],
    moments: Iterable[float] = (),
    shown: str = "scenario, states of the servers, exchanges of the clients",
) -> str:
    """A drawing of the lanes, and a row for each client if any was watched. moments: lines across the clients."""
    scale = _Scale(begin, end)
    parts: list[str] = []
    y = _GAP
    for lane in lanes:
        parts.append(_label(lane.label, y))
        y += _LABEL
        parts += [_band(band, scale, y) for band in lane.bands if scale.sees(band.start, band.end)]
        y += _LANE + _GAP
    known: Sequence[Record] = watched["exchanges"] or ()
    exchanges = [exchange for exchange in known if scale.sees(exchange["started"], exchange["ended"])]
    present = {exchange["client"] for exchange in exchanges}
    everybody = dict.fromkeys(one["client"] for one in sorted(known, key=lambda one: float(one["started"])))
    clients = [client for client in everybody if client in present]  # the first ones on top
    if watched["exchanges"] is not None:
        parts.append(_label(f"{count(len(clients), 'client')}, one row each", y))
        y += _LABEL
    row = min(max(_ROWS / max(len(clients), 1), _ROW_LEAST), _ROW_MOST)
    places = {client: y + row * (number + 0.5) for number, client in enumerate(clients)}
    for exchange in exchanges:
        parts.append(_exchange(exchange, scale, places[exchange["client"]], row, colours))
    y += row * len(clients) + _GAP
    for moment in moments:
        if begin <= moment <= end:
            x = scale.x(moment)
            parts.append(f'<line class="watch" x1="{x}" x2="{x}" y1="{_GAP + _LABEL}" y2="{y}"/>')
    grid = []
    for moment in scale.ticks():
        x = scale.x(moment)
        anchor = "start" if x < 24 else "end" if x > _WIDTH - 24 else "middle"
        grid.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_GAP}" y2="{y}"/>')
        text = clock(moment) if scale.end - scale.begin < 5 else clock(moment)[:8]
        grid.append(f'<text x="{x}" y="{y + 12:g}" text-anchor="{anchor}">{text}</text>')
    height = y + 20
    name = f"Timeline from {clock(begin)} to {clock(end)}: {shown}"
    return (
        f'<div class="wide"><svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{escape(name)}">'
        f"{''.join(grid)}{''.join(parts)}</svg></div>"
    )


def _label(text: str, y: float) -> str:
    return f'<text x="{_MARGIN:g}" y="{y + 10:g}">{escape(text)}</text>'


def _fits(text: str, width: float) -> bool:
    """About 6 units a letter."""
    return width > 6.2 * len(text) + 6


def _band(band: Band, scale: _Scale, y: float) -> str:
    start, end = scale.x(band.start), scale.x(band.end)
    width = max(end - start, 1.0)
    # What does not fit is in the title.
    text = next((text for text in band.texts if _fits(text, width)), "")
    on = "failed" if band.kind == "failure" else "on"
    inside = f'<text class="{on}" x="{start + 4:.1f}" y="{y + 15:g}">{escape(text)}</text>' if text else ""
    box = f'<rect class="{band.kind}" x="{start}" y="{y:g}" width="{round(width, 1)}" height="{_LANE:g}" rx="2">'
    return f"<g>{box}<title>{escape(band.title)}</title></rect>{inside}</g>"


def _exchange(exchange: Record, scale: _Scale, y: float, row: float, colours: Mapping[str, str]) -> str:
    kind, result = exchange["kind"], exchange["result"]
    start, end = scale.x(exchange["started"]), scale.x(exchange["ended"])
    size = round(min(max(row * 0.36, 1.4), 4.0), 1)
    if result in ("timeout", "expired", "nak", "unreachable"):
        colour = "lost"
    elif result in ("ack", "offer"):
        colour = colours.get(str(exchange["server"]), "quiet")
    else:
        colour = "quiet"
    y = round(y, 1)
    left, upper, side = f"{end - size:.1f}", f"{y - size:.1f}", f"{2 * size:.1f}"
    if result == "nak":
        mark = f'<path class="{colour}" d="M{left} {y + size:.1f}h{side}l-{size} -{side}z"/>'
    elif colour == "lost":
        mark = f'<path class="{colour}" d="M{left} {upper}l{side} {side}m0 -{side}l-{side} {side}"/>'
    elif kind in ("renew", "rebind", "reboot"):
        mark = f'<rect class="{colour}" x="{left}" y="{upper}" width="{side}" height="{side}"/>'
    else:
        mark = f'<circle class="{colour}" cx="{end}" cy="{y}" r="{size}"/>'
    line = f'<line class="{colour}" x1="{start}" x2="{end}" y1="{y}" y2="{y}"/>' if end - start > 1 else ""
    title = f"{clock(exchange['ended'])} {explain(exchange)}"
    return f"<g>{line}{mark}<title>{escape(title)}</title></g>"


def legend(watched: Record, colours: Mapping[str, str], more: Iterable[tuple[str, str]] = ()) -> str:
    """What the marks and colours mean. more: colours of bands, with their words."""
    names = dict(watched.get("names") or {})

    def item(drawing: str, text: str) -> str:
        return f'<span><svg viewBox="0 0 14 14" aria-hidden="true">{drawing}</svg>{escape(text)}</span>'

    items = [
        item(f'<circle class="{colour}" cx="7" cy="7" r="4"/>', f"answered by {names.get(server, server)}")
        for server, colour in colours.items()
    ]
    if watched["exchanges"] is not None:
        items += [
            item('<circle class="quiet" cx="7" cy="7" r="4"/>', "released its address"),
            item('<rect class="quiet" x="3" y="3" width="8" height="8"/>', "square: renewed; circle: took an address"),
            item('<path class="lost" d="M3 3l8 8m0-8l-8 8"/>', "lost: no answer, or a lease ran out"),
            item('<path class="lost" d="M3 11h8l-4-8z"/>', "refused (DHCPNAK)"),
        ]
    present = {phase_of(state) for state in watched.get("states") or []}
    bands = [*more, *(phase for phase in (*_PHASES.values(), _MOVING) if phase in present)]
    items += [item(f'<rect class="{kind}" width="14" height="14" rx="2"/>', words) for kind, words in bands]
    return f'<div class="legend">{"".join(items)}</div>'
