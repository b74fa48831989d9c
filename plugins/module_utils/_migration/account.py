# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What happened in a run of a move: its steps and acts, when nobody answered, and what clients saw of it.

Pure. What servers did is told by the acts that they carried out. Whether a client lost its address is judged as in a
drill: from what servers told the clients, and from both lease databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import (
    ACKNOWLEDGED,
    EXPIRE,
    LEASING,
    RENEW,
    UNANSWERED,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import (
    TITLES,
    Episode,
    Verdict,
    check_kept,
    check_served,
    check_unique,
    clock,
    count,
    figures,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import KEA, Deed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.pairs import Pair

Record = Mapping[str, Any]

# Seconds that a new client may wait.
PATIENCE = 60
_REASON = "the programs of clients give up after about a minute"
# What a server serves after an act, and no longer from the beginning of one.
_SERVES, _RESTS = (Deed.START, Deed.OPEN, Deed.REJOIN), (Deed.STOP, Deed.HAND_OVER)
# Acts that say what became of leases.
# Kea starts without an interface.
_DEAF = (Deed.START, KEA)
_LEASES = (Deed.LOAD, Deed.PREPARE, Deed.EQUAL, Deed.CONVERT)


@dataclass(frozen=True)
class Move:
    """A run of a move. Times are those of the controller; `clocks` tells by host how far others are ahead of it.

    notes: as the action plugin of server_migration records each call. serving: the daemons of each host that answered
    clients when the run began. resumed: the pairs that had begun before. failed: why pairs are not there. paused: by
    pair, the next step, which this run was not to make. foretold: by pair, what was said before about its leases
    (`lines`), and the seconds in which nobody answers (`expected`).
    """

    goal: str
    pairs: Sequence[Pair]
    begin: float
    end: float
    notes: Sequence[Record]
    serving: Mapping[str, Sequence[str]]
    resumed: Sequence[str] = ()
    failed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    paused: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, float] = field(default_factory=dict)
    foretold: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True)
class Watch:
    """What the clients of a host recorded. start: when all of them had an address. read_at: when the databases were
    read; None if they were not."""

    host: str
    exchanges: Sequence[Record]
    start: float
    names: Mapping[str, str]
    databases: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    read_at: float | None = None


def read_notes(text: str, begin: float = 0) -> list[Record]:
    """The calls of a record file since then, in order. A line that was cut off is left out."""
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return sorted((note for note in found if note["started"] >= begin), key=lambda note: float(note["started"]))


def tell(move: Move, watch: Watch | None = None) -> dict[str, Any]:
    """The account as data: of each pair and of the clients. ok: whether no lease was lost."""
    pairs = [_pair(move, pair) for pair in move.pairs]
    clients = _clients(watch, move.end) if watch else None
    return {
        "goal": move.goal,
        "begin": move.begin,
        "end": move.end,
        "pairs": pairs,
        "clients": clients,
        "names": dict(watch.names) if watch else {},
        "exchanges": list(watch.exchanges) if watch else None,
        "over": all(pair["over"] for pair in pairs),
        "ok": clients is None or clients["ok"],
    }


# --- what the servers did -----------------------------------------------------------------------------------------


def _pair(move: Move, pair: Pair) -> dict[str, Any]:
    notes = [note for note in move.notes if note["host"] in pair.hosts]
    acts = [
        {**act, "host": note["host"], **{name: act[name] - move.clocks.get(note["host"], 0) for name in _TIMES}}
        for note in notes
        for act in note["acts"]
    ]
    foretold = move.foretold.get(pair.name) or {}
    told = [f"{act['host']}: {line}" for act in acts if act["deed"] in _LEASES for line in act["lines"]]
    return {
        "name": pair.name,
        "relationships": list(pair.relationships),
        "hosts": list(pair.hosts),
        "resumed": pair.name in move.resumed,
        "over": pair.name not in {*move.failed, *move.paused},
        "failed": list(move.failed.get(pair.name, ())),
        "paused": move.paused.get(pair.name, ""),
        "steps": list(_steps(notes)),
        "silences": list(silences(move, pair, acts)),
        "expected": foretold.get("expected"),
        "leases": [*(foretold.get("lines") or ()), *told],
        "done": {
            host: [{"time": act["ended"], "text": line} for act in acts if act["host"] == host for line in act["lines"]]
            for host in pair.hosts
        },
    }


_TIMES = ("started", "ended")


def _steps(notes: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """The steps, from the first call on a server to the last one."""
    for title, group in groupby(notes, key=lambda note: str(note["step"])):
        several = list(group)
        ended = max(float(note["ended"]) for note in several)
        yield {"title": title, "start": float(several[0]["started"]), "end": ended}


def silences(move: Move, pair: Pair, acts: Iterable[Record]) -> Iterator[dict[str, float]]:
    """When no daemon of the pair answered, as far as this run knows: it does not look while it does nothing.

    One that is stopped does not answer from the beginning of that act, one that is started not before its end.
    """
    serving = {(host, daemon) for host in pair.hosts for daemon in move.serving.get(host) or ()}
    moments: list[tuple[float, bool, tuple[str, str]]] = []
    for act in acts:
        daemon = (act["host"], KEA if act["deed"] == Deed.OPEN else act["daemon"])
        if act["deed"] in _SERVES and act["done"] and (act["deed"], act["daemon"]) != _DEAF:
            moments.append((act["ended"], True, daemon))
        elif act["deed"] in _RESTS:
            moments.append((act["started"], False, daemon))
    since = None if serving else move.begin
    for moment, serves, daemon in sorted(moments):
        (serving.add if serves else serving.discard)(daemon)
        if serving and since is not None:
            yield {"start": since, "end": moment}
        since = None if serving else moment if since is None else since
    if since is not None:
        yield {"start": since, "end": move.end}


# --- what the clients saw -----------------------------------------------------------------------------------------


def _clients(watch: Watch, end: float) -> dict[str, Any]:
    known = watch.exchanges
    last = max([end, *(float(exchange["ended"]) for exchange in known)])
    episode = Episode("move", min(watch.start, end), end, last, PATIENCE, _REASON)
    kept = Verdict("kept", TITLES["kept"], None, "No database was read, because the move is not over.")
    if watch.read_at is not None:
        kept = check_kept(known, watch.databases, watch.read_at, end, watch.names, episode.start)
    verdicts = [check_unique(known, watch.names, episode.start, last), kept, check_served(known, episode, watch.names)]
    within = [exchange for exchange in known if exchange["ended"] >= episode.start]
    addresses: dict[str, set[str]] = {}
    for exchange in known:
        if exchange["kind"] in LEASING and exchange["result"] == ACKNOWLEDGED:
            addresses.setdefault(exchange["client"], set()).add(exchange["address"])
    waits = figures(known, [], episode)
    return {
        "host": watch.host,
        "verdicts": [{**asdict(verdict), "evidence": list(verdict.evidence)} for verdict in verdicts],
        "ok": all(verdict.ok is not False for verdict in verdicts),
        "figures": {
            "clients": len(addresses),
            "exchanges": len(known),
            "renewals": sum(one["kind"] == RENEW and one["result"] == ACKNOWLEDGED for one in within),
            "refused": sum(int(one["naks"]) for one in within),
            "moved": sum(len(several) > 1 for several in addresses.values()),
            "expired": sum(one["kind"] == EXPIRE for one in within),
            "duplicates": len(verdicts[0].evidence),
            "unanswered": sum(one["result"] == UNANSWERED for one in within),
            "wait": waits["takeover"],
            "renewal": waits["renewal"],
        },
    }


# --- in words -----------------------------------------------------------------------------------------------------


def headline(pair: Record, goal: str) -> str:
    """How the run ended for a pair."""
    if pair["over"]:
        return f"{pair['name']}: {habits(goal).name} serves."
    why = [f"The run was to end before the step {pair['paused']}."] if pair["paused"] else pair["failed"]
    return " ".join([f"{pair['name']}: the move to {habits(goal).name} is not over.", *why])


def silence_sentence(pair: Record, silence: Record) -> str:
    """How long nobody answered, beside what was expected."""
    expected = "" if pair["expected"] is None else f" About {pair['expected']:.0f} s had been expected."
    seconds = silence["end"] - silence["start"]
    return (
        f"No server answered for {seconds:.1f} s, from {clock(silence['start'])} to {clock(silence['end'])}.{expected}"
    )


def clients_sentence(clients: Record) -> str:
    """What the clients saw, in figures."""
    found = clients["figures"]
    waits = [
        f"the longest {what} {found[name]:.1f} s"
        for name, what in (("wait", "wait for an address"), ("renewal", "renewal"))
        # At the end, clients ask for their addresses once more. That is not a renewal that they needed.
        if found[name] is not None and (name == "wait" or found["renewals"])
    ]
    twice = count(found["duplicates"], "address", "addresses")
    figures_told = [
        f"{found['refused']} refused (DHCPNAK)",
        f"{found['moved']} with another address",
        f"{found['expired']} expired",
        f"{twice} given twice",
        count(found["renewals"], "renewal"),
        *waits,
    ]
    return f"{count(found['clients'], 'client')} of {clients['host']}: {', '.join(figures_told)}."


def lines(told: Record) -> list[str]:
    """The account for a terminal."""
    found = []
    for pair in told["pairs"]:
        found.append(f"{pair['name']}:")
        found += [f"  {seconds(step)}  {step['title']}" for step in pair["steps"]]
        found += [f"  {silence_sentence(pair, silence)}" for silence in pair["silences"]]
    if told["clients"]:
        found.append(clients_sentence(told["clients"]))
        found += lost(told["clients"])
    return found


def seconds(step: Record) -> str:
    return f"{step['end'] - step['start']:6.1f} s"


def lost(clients: Record) -> list[str]:
    """What did not hold, with the clients named."""
    return [line for verdict in clients["verdicts"] if verdict["ok"] is False for line in verdict["evidence"]]
