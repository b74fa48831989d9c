# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What the page of the playbook status shows: the report, and beside each pair its trend and its last drill.

Pure. Earlier reports and drills are what was found in files, so they may lack anything. The page's template escapes
everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc

Data = Mapping[str, Any]

# The trend, in units of its drawing: at most so many reports, each a bar of one unit, and room for at least so many.
REPORTS, ROOM, HEIGHT = 96, 24, 16

# What reading a record raises that another program has written, or an older version.
_ODD = (AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class Trend:
    """A bar for each report, as high as the part of addresses in use. paths: the bars, by the pair's health then."""

    paths: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Drill:
    """The last drill of a pair."""

    time: str
    ok: bool
    text: str


def view(report: Data, earlier: Iterable[Data] = (), drills: Iterable[Data] = (), stale: int = 900) -> dict[str, Any]:
    """What status.html.j2 shows. stale: after how many seconds the report is called old."""
    past = sorted((one for one in earlier if _is_report(one)), key=lambda one: str(one["time"]))
    before = [one for one in past if str(one["time"]) < report["time"]][-REPORTS + 1 :]
    known = [_known(one) for one in (*before, report)]
    drilled = list(drills)
    used: dict[str, int] = {}
    pairs = [
        {
            **pair,
            "anchor": _anchor(pair, used),
            "open": pair["health"] != "healthy",
            "percent": _percent(pair),
            "trend": _trend(_key(pair), known) if before else None,
            "drill": _drill(pair, drilled),
            "reasons": [{**reason, "parts": list(_parts(reason))} for reason in pair["reasons"]],
        }
        for pair in report["pairs"]
    ]
    return {**report, "pairs": pairs, "stale": stale, "width": max(len(known), ROOM), "height": HEIGHT}


def _key(pair: Data) -> tuple[Any, ...]:
    return (pair.get("name"), *(server.get("host") for server in pair.get("servers") or ()))


def _anchor(pair: Data, used: dict[str, int]) -> str:
    """A name for links to the pair, the same in every report."""
    name = re.sub(r"[^\w.]+", "-", "-".join(str(word) for word in _key(pair) if word)).strip("-")
    used[name] = used.get(name, 0) + 1
    return name if used[name] == 1 else f"{name}-{used[name]}"


def _parts(reason: Data) -> Iterator[tuple[str, bool]]:
    """The remedy in parts, with whether each is a command."""
    rest = reason["hint"]
    for command in reason["commands"]:
        before, _command, rest = rest.partition(command)
        yield before, False
        yield command, True
    yield rest, False


# --- earlier reports ----------------------------------------------------------------------------------------------


def _is_report(found: Any) -> bool:
    try:
        _known(found)
        for pair in found["pairs"]:
            _percent(pair)
    except _ODD:
        return False
    return True


def _known(report: Data) -> tuple[str, dict[tuple[Any, ...], Data]]:
    return str(report["time"]), {_key(pair): pair for pair in report["pairs"]}


def _percent(pair: Data) -> int | None:
    """Of the fullest pool; None if no server has counted."""
    return max((int(pool["percent"]) for pool in pair.get("pools") or ()), default=None)


def _trend(key: tuple[Any, ...], known: Sequence[tuple[str, Mapping[tuple[Any, ...], Data]]]) -> Trend | None:
    found = [(number, time, pairs[key]) for number, (time, pairs) in enumerate(known) if key in pairs]
    if len(found) < 2:
        return None
    paths: dict[str, str] = {}
    for number, _time, pair in found:
        # Something is to be seen of an empty pool, too.
        height = max(2, round(HEIGHT * (_percent(pair) or 0) / 100))
        line = f"M{max(ROOM - len(known), 0) + number + 0.5:g} {HEIGHT}v-{height}"
        health = str(pair.get("health"))
        paths[health] = paths.get(health, "") + line
    shares = [share for _number, _time, pair in found if (share := _percent(pair)) is not None]
    use = f"{min(shares)} % to {max(shares)} % of addresses in use" if shares else "nobody counted addresses"
    bad = sum(pair.get("health") != "healthy" for _number, _time, pair in found)
    times = "healthy in all" if bad == 0 else f"not healthy in {bad}"
    return Trend(paths, f"{len(found)} reports since {_moment(found[0][1])}: {use}, {times}")


def _moment(time: str) -> str:
    return f"{time[:10]} {time[11:16]} UTC"


# --- drills -------------------------------------------------------------------------------------------------------


def _drill(pair: Data, drills: Iterable[Data]) -> Drill | None:
    """The last one of this relationship on these servers."""
    hosts = {server["host"] for server in pair["servers"]}
    found = []
    for record in drills:
        with suppress(*_ODD):
            if record["relationship"] == pair["name"] and set(record["names"].values()) == hosts:
                failed = [str(one["name"]) for one in record["scenarios"] if not one["ok"]]
                ended = max(float(one["end"]) for one in record["scenarios"])
                found.append((ended, failed, len(record["scenarios"])))
    if not found:
        return None
    ended, failed, count = max(found)
    many = f"{count} {'scenario' if count == 1 else 'scenarios'}"
    text = f"FAILED: {', '.join(failed)}, of {many}" if failed else f"passed, {many}"
    return Drill(utc(ended), not failed, text)
