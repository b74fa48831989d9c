# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What must hold whatever fails, judged from what servers told clients and from what both servers recorded.

Logs are not evidence here. What must hold in each scenario:

- unique: no address is acknowledged to two clients at the same time;
- kept: no acknowledged lease is lost: afterwards both databases know what each client holds, and it is renewed;
- served: every client that may be served is served within the bound, and no client loses its address;
- normal: both servers are normal and balanced at the end.

A check that had nothing to look at has not passed. Pure functions over the records that dhcp_client_probe, lease_info
and failover_info return; docs/drill/probe.md describes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import (
    ACKNOWLEDGED,
    ACQUIRE,
    EXPIRE,
    LEASING,
    REBIND,
    REBOOT,
    REFUSED,
    RELEASE,
    RENEW,
    explain,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

Record = Mapping[str, Any]
FOREVER = float("inf")
# Seconds that a server has to tell its partner of a lease before the partner's database is judged, and seconds by which
# the ends of a lease may differ: databases have whole seconds only, and the partners' clocks differ a little.
SETTLE, SLACK = 5.0, 5.0
# dhcpd's own default of max-lease-misbalance, in percent of the free addresses.
MISBALANCE = 15
# In a small pool this is one or two addresses, which dhcpd moves when its timer expires, up to an hour later.
LITTLE = 2
# More evidence than this does not help the reader.
MOST_EVIDENCE = 20


@dataclass(frozen=True)
class Episode:
    """A scenario as it was played: broken from `start` until it was `healed`, and watched until `end`. UTC seconds.

    `bound` is how many seconds a client may have to wait, `reason` says why. `clients` says who may be served before
    the healing: all, those that held a lease before (old), or none; the others' time counts from the healing.
    """

    name: str
    start: float
    healed: float
    end: float
    bound: float
    reason: str
    clients: str = "all"
    title: str = ""

    def __post_init__(self) -> None:
        if not self.start <= self.healed <= self.end:
            raise ValueError(
                f'scenario "{self.name}": start {self.start}, healed {self.healed}, end {self.end} are in no order'
            )
        if self.clients not in ("all", "old", "none"):
            raise ValueError(f'scenario "{self.name}": clients: "{self.clients}"; choose all, old or none')


@dataclass(frozen=True)
class Verdict:
    """Whether an invariant held, None if it was not checked; what was checked, and what was found.

    why: if it did not hold, why the daemon cannot hold it, and what helps; as far as this is known.
    """

    invariant: str
    title: str
    ok: bool | None
    checked: str
    evidence: tuple[str, ...] = ()
    why: str = ""


TITLES = {
    "unique": "No address was acknowledged to two clients at the same time",
    "kept": "No acknowledged lease was lost",
    "served": "Every client that could be served was served in time",
    "normal": "Both servers are normal and balanced",
}
# The same where the servers do not share their free addresses.
_UNSHARED = "Both servers are normal"


def _verdict(invariant: str, checked: str, evidence: Sequence[str], examined: int) -> Verdict:
    shown = list(evidence[:MOST_EVIDENCE])
    if len(evidence) > MOST_EVIDENCE:
        shown.append(f"... and {len(evidence) - MOST_EVIDENCE} more")
    if not examined:
        shown.append("There was nothing to look at, so this proves nothing.")
    return Verdict(invariant, TITLES[invariant], bool(examined) and not evidence, checked, tuple(shown))


def clock(utc: float) -> str:
    """A time of day, for people; the date is known."""
    return "never" if utc == FOREVER else datetime.fromtimestamp(utc, timezone.utc).strftime("%H:%M:%S.%f")[:-5]


def count(number: int, what: str, several: str | None = None) -> str:
    return f"{number} {what if number == 1 else several or what + 's'}"


# --- who held what, when ------------------------------------------------------------------------------------------


@dataclass
class Holding:
    """A client's hold on an address, by the words of servers; its acknowledgements in order.

    refused: the exchange in which a server took it away, and until when the client would have had it.
    """

    client: str
    address: str
    start: float
    end: float
    acknowledged: list[Record] = field(default_factory=list)
    refused: Record | None = None
    promised: float = FOREVER

    @property
    def server(self) -> str:
        return str(self.acknowledged[-1]["server"])


def _expiry(exchange: Record) -> float:
    return FOREVER if exchange["expires"] is None else float(exchange["expires"])


def holdings(exchanges: Iterable[Record]) -> list[Holding]:
    """From the acknowledgement until it runs out, is given back, or is refused when the client wants to keep it."""
    found: list[Holding] = []
    current: dict[str, Holding] = {}
    for exchange in sorted(exchanges, key=lambda exchange: float(exchange["ended"])):
        client, ended = exchange["client"], exchange["ended"]
        held = current.get(client)
        if exchange["kind"] in LEASING and exchange["result"] == ACKNOWLEDGED:
            if held and held.address == exchange["address"] and ended <= held.end:
                held.end = _expiry(exchange)
                held.acknowledged.append(exchange)
                continue
            if held:
                held.end = min(held.end, ended)
            held = Holding(client, exchange["address"], ended, _expiry(exchange), [exchange])
            current[client] = held
            found.append(held)
        elif held and (exchange["kind"] in (RELEASE, EXPIRE) or _refuses(exchange)):
            if _refuses(exchange) and ended < held.end:
                held.refused, held.promised = exchange, held.end
            held.end = min(held.end, ended)
            del current[client]
    return found


def _refuses(exchange: Record) -> bool:
    """Whether a server does not let a client keep its address."""
    return exchange["result"] == REFUSED and exchange["kind"] in (RENEW, REBIND, REBOOT)


# --- the invariants -----------------------------------------------------------------------------------------------


def check_unique(
    exchanges: Sequence[Record], names: Mapping[str, str], start: float = 0.0, end: float = FOREVER
) -> Verdict:
    """No address is acknowledged to two clients at the same time, within this time."""
    addresses: dict[str, list[Holding]] = {}
    held = [holding for holding in holdings(exchanges) if holding.start <= end and holding.end >= start]
    for holding in held:
        addresses.setdefault(holding.address, []).append(holding)
    evidence = []
    for address, several in sorted(addresses.items()):
        several.sort(key=lambda holding: holding.start)
        longest = several[0]
        for holding in several[1:]:
            both = min(longest.end, holding.end)
            if holding.client != longest.client and both > holding.start:
                evidence.append(
                    f"{address} was acknowledged to {longest.client} by {_at(longest, names)}, valid until "
                    f"{clock(longest.end)}, and to {holding.client} by {_at(holding, names)}."
                )
            if holding.end > longest.end:
                longest = holding
    acknowledgements = sum(len(holding.acknowledged) for holding in held)
    checked = (
        f"{count(acknowledgements, 'acknowledgement')} of {count(len(addresses), 'address', 'addresses')} "
        f"to {count(len({holding.client for holding in held}), 'client')}."
    )
    return _verdict("unique", checked, evidence, len(held))


def _at(holding: Holding, names: Mapping[str, str]) -> str:
    first = holding.acknowledged[0]
    return f"{_name(first['server'], names)} at {clock(holding.start)}"


def _name(server: Any, names: Mapping[str, str]) -> str:
    return f"{names[server]} ({server})" if server in names else str(server)


def check_kept(
    exchanges: Sequence[Record],
    databases: Mapping[str, Iterable[Mapping[str, Any]]],
    read_at: float,
    healed: float,
    names: Mapping[str, str],
    start: float = 0.0,
) -> Verdict:
    """No server took a lease away before that time, every server's database, read then, knows what each client holds,
    and each was renewed since healing."""
    known = {host: {lease["address"]: lease for lease in leases} for host, leases in databases.items()}
    evidence = []
    examined = 0
    for holding in holdings(exchange for exchange in exchanges if exchange["ended"] <= read_at):
        if holding.refused and holding.refused["ended"] > start:
            examined += 1
            evidence.append(
                f"{holding.client} held {holding.address} from {_name(holding.server, names)} until "
                f"{clock(holding.promised)}, but {_name(holding.refused['server'], names)} refused its "
                f"{holding.refused['kind']} at {clock(holding.end)} (DHCPNAK)."
            )
        settled = [exchange for exchange in holding.acknowledged if exchange["ended"] <= read_at - SETTLE]
        if holding.end <= read_at or not settled:
            continue
        examined += 1
        least = min(_expiry(settled[-1]), holding.end)
        who = f"{holding.client} holds {holding.address} from {_name(holding.server, names)} until {clock(holding.end)}"
        for host, leases in sorted(known.items()):
            complaint = _complaint(leases.get(holding.address), holding.client, least)
            if complaint:
                evidence.append(f"{who}, but {host} {complaint}.")
        evidence += _not_renewed(exchanges, holding, healed, who)
    checked = (
        f"{count(examined, 'lease')} that clients held at {clock(read_at)}, in "
        f"{count(len(known), 'database')} ({', '.join(sorted(known)) or 'none'}), and their renewals since "
        f"{clock(healed)}."
    )
    return _verdict("kept", checked, evidence, examined * len(known))


def _complaint(lease: Mapping[str, Any] | None, client: str, least: float) -> str | None:
    """What is wrong with a database's entry."""
    if lease is None:
        return "does not know that address at all"
    if lease["binding_state"] != "active":
        return f'has it as "{lease["binding_state"]}"'
    if (lease["hardware"] or "").lower() != client.lower():
        return f"has it for {lease['hardware']}"
    ends = lease["ends"]
    until = FOREVER if ends is None else datetime.fromisoformat(ends.replace("Z", "+00:00")).timestamp()
    return f"believes that it ended at {clock(until)}" if until < least - SLACK else None


def _not_renewed(exchanges: Sequence[Record], holding: Holding, healed: float, who: str) -> Iterator[str]:
    if any(
        exchange["ended"] >= healed and exchange["kind"] in (RENEW, REBIND, REBOOT) for exchange in holding.acknowledged
    ):
        return
    tried = [
        exchange
        for exchange in exchanges
        if exchange["client"] == holding.client and exchange["kind"] in (RENEW, REBIND) and exchange["ended"] >= healed
    ]
    # An attempt that began when no server could answer proves nothing.
    failed = [exchange for exchange in tried if exchange["started"] >= healed]
    if failed:
        yield f"{who}, but could not renew it: {explain(failed[-1])}."
    elif holding.start < healed:
        yield f"{who}, but has not renewed it since {clock(healed)}, so it is not known whether it could."


@dataclass(frozen=True)
class _Want:
    """A client without an address that wants one, and when it was served; `served` is None if it was not."""

    client: str
    since: float
    last: float
    served: float | None
    final: Record
    old: bool  # it has held a lease before


def _wants(exchanges: Iterable[Record], start: float) -> Iterator[_Want]:
    """Attempts in vain and the one that is served are one wait. Those that ended before the start are another's: a
    client that goes on to ask says itself since when it does."""
    waiting: dict[str, float] = {}
    last: dict[str, Record] = {}
    old: set[str] = set()
    for exchange in sorted(exchanges, key=lambda exchange: float(exchange["ended"])):
        client = exchange["client"]
        if exchange["kind"] in (ACQUIRE, REBOOT) and exchange["ended"] > start:
            since = waiting.setdefault(client, exchange["since"])
            last[client] = exchange
            if exchange["result"] == ACKNOWLEDGED:
                yield _Want(client, since, exchange["ended"], exchange["ended"], exchange, client in old)
                del waiting[client]
        if exchange["kind"] in LEASING and exchange["result"] == ACKNOWLEDGED and exchange["ended"] <= start:
            old.add(client)
    for client, since in waiting.items():
        yield _Want(client, since, last[client]["ended"], None, last[client], client in old)


def check_served(exchanges: Sequence[Record], episode: Episode, names: Mapping[str, str]) -> Verdict:
    """Clients without an address wait no longer than the bound; clients with one keep it."""
    evidence = []
    waits: list[tuple[float, _Want]] = []
    open_ends = 0
    for want in _wants(exchanges, episode.start):
        if want.since >= episode.end or want.last <= episode.start:
            continue
        served_meanwhile = episode.clients == "all" or (episode.clients == "old" and want.old)
        counts = max(want.since, episode.start if served_meanwhile else episode.healed)
        waited = max(min(want.last, episode.end) - counts, 0.0)
        if waited > episode.bound:
            how = "was not served at all" if want.served is None else f"was served at {clock(want.served)} only"
            who = f" by {_name(want.final['server'], names)}" if want.served is not None else ""
            evidence.append(
                f"{want.client} wanted an address from {clock(want.since)} on and {how}{who}: {waited:.1f} s that "
                f"count, {episode.bound:g} s allowed. Its last attempt: {explain(want.final)}."
            )
        elif want.served is None:
            open_ends += 1
            continue
        waits.append((waited, want))
    for exchange in exchanges:
        # Where no client could be served, none could renew; there the bound counts from the healing.
        excused = episode.clients == "none" and exchange["ended"] <= episode.healed + episode.bound
        if exchange["kind"] == EXPIRE and episode.start <= exchange["ended"] <= episode.end and not excused:
            evidence.append(
                f"{exchange['client']} lost {exchange['address']} at {clock(exchange['ended'])}: granted by "
                f"{_name(exchange['server'], names)}, and not renewed since {clock(exchange['since'])}."
            )
    kept = sum(
        1
        for exchange in exchanges
        if exchange["kind"] in (RENEW, REBIND)
        and exchange["result"] == ACKNOWLEDGED
        and episode.start <= exchange["ended"] <= episode.end
    )
    longest = max((waited for waited, _want in waits), default=0.0)
    checked = (
        f"{count(len(waits), 'client')} that wanted an address, the longest wait {longest:.2f} s of "
        f"{episode.bound:g} s ({episode.reason}); {count(kept, 'renewal')}."
    )
    if open_ends:
        checked += f" {count(open_ends, 'client')} left, or the watch ended, before the bound was over."
    return _verdict("served", checked, evidence, len(waits) + kept)


def balanced(pool: Mapping[str, Any], misbalance: int = MISBALANCE) -> bool:
    """Whether dhcpd would leave the free addresses where they are. It computes how many would have to change sides, and
    compares that with a percentage of all that are free."""
    free, backup = int(pool["free"]), int(pool["backup"])
    return bool(abs(free - backup) // 2 <= max((free + backup) * misbalance // 100, LITTLE))


def check_normal(servers: Sequence[Mapping[str, Any]], misbalance: int = MISBALANCE) -> Verdict:
    """Every relationship has two sides that are normal, and free addresses on both if they share them."""
    evidence = []
    sides: dict[str, int] = {}
    shared = any(server.get("balances", True) for server in servers)
    for server in servers:
        name = f'{server["host"]}: relationship "{server["relationship"]}"'
        sides[server["relationship"]] = sides.get(server["relationship"], 0) + 1
        if not server["normal"]:
            evidence.append(f"{name} is {server['local_state']}, not normal.")
        if shared and not balanced(server["pool"], misbalance):
            free, backup = server["pool"]["free"], server["pool"]["backup"]
            evidence.append(
                f"{name}: the primary has {count(free, 'free address', 'free addresses')}, the secondary {backup} "
                f"(backup); dhcpd calls a pool balanced up to {misbalance} %."
            )
    evidence += [
        f'relationship "{name}": only one server was asked.' for name, number in sorted(sides.items()) if number < 2
    ]
    kinds = ("free", "backup", "active") if shared else ("free", "active")
    checked = "; ".join(
        ", ".join(
            [f"{server['host']} {server['local_state']}", *(f"{server['pool'].get(kind, 0)} {kind}" for kind in kinds)]
        )
        for server in servers
    )
    verdict = _verdict("normal", f"{checked}." if checked else "No server.", evidence, len(servers))
    return verdict if shared else replace(verdict, title=_UNSHARED)


# --- figures and words --------------------------------------------------------------------------------------------


def changes(states: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first record of each state, in the order of time; a watch may have looked many times."""
    before: dict[tuple[str, str], str] = {}
    found = []
    for state in sorted(states, key=lambda state: float(state["time"])):
        key = (state["host"], state["relationship"])
        if before.get(key) != state["local_state"]:
            found.append(state)
        before[key] = state["local_state"]
    return found


def figures(exchanges: Sequence[Record], states: Sequence[Mapping[str, Any]], episode: Episode) -> dict[str, Any]:
    """Seconds: from the failure until a server noticed; the longest wait of a client without an address, and of a
    renewal; from healing until all servers were normal. None for what did not happen."""
    changed = [state for state in changes(states) if state["time"] <= episode.end]
    noticed = [
        state["time"]
        for state in changed
        if state["time"] >= episode.start and state["phase"] in (Phase.INTERRUPTED, Phase.ALONE)
    ]
    waits = [
        want.last - max(want.since, episode.start)
        for want in _wants(exchanges, episode.start)
        if want.served is not None and episode.start <= want.last <= episode.healed
    ]
    renewals = [
        exchange["ended"] - max(exchange["since"], episode.start)
        for exchange in exchanges
        if exchange["kind"] in (RENEW, REBIND)
        and exchange["result"] == ACKNOWLEDGED
        and episode.start <= exchange["ended"] <= episode.end
    ]
    last = {(state["host"], state["relationship"]): state for state in changed}
    healthy = bool(last) and all(state["phase"] == Phase.NORMAL for state in last.values())
    normal = max((state["time"] for state in last.values()), default=0.0) - episode.healed
    return {
        "detection": round(noticed[0] - episode.start, 3) if noticed else None,
        "takeover": round(max(waits), 3) if waits else None,
        "renewal": round(max(renewals), 3) if renewals else None,
        "normal": round(max(normal, 0.0), 3) if healthy else None,
    }


def narrate(
    exchanges: Sequence[Record], states: Sequence[Mapping[str, Any]], episode: Episode, names: Mapping[str, str]
) -> list[str]:
    """What happened, in sentences, with seconds since the failure began."""

    def since(utc: float) -> str:
        return f"{utc - episode.start:+.1f} s"

    events: list[tuple[float, str]] = [
        (episode.start, f"{clock(episode.start)}: {episode.title or episode.name}."),
        (episode.healed, f"{since(episode.healed)}: healed."),
    ]
    for state in changes(states):
        if episode.start <= state["time"] <= episode.end:
            events.append((state["time"], f"{since(state['time'])}: {state['host']} is {state['local_state']}."))
    events.sort(key=lambda event: event[0])
    sentences = [text for _time, text in events]
    inside = [exchange for exchange in exchanges if episode.start <= exchange["ended"] <= episode.end]
    for kind, what in ((ACQUIRE, "took an address"), (RENEW, "renewed"), (REBIND, "rebound")):
        done = [exchange for exchange in inside if exchange["kind"] == kind]
        served: dict[str, int] = {}
        for exchange in done:
            if exchange["result"] == ACKNOWLEDGED:
                served[exchange["server"]] = served.get(exchange["server"], 0) + 1
        if served:
            by = ", ".join(f"{number} from {_name(server, names)}" for server, number in sorted(served.items()))
            sentences.append(f"{count(sum(served.values()), 'client')} {what}: {by}.")
        lost = [exchange for exchange in done if exchange["result"] == "timeout"]
        refused = [exchange for exchange in done if exchange["result"] == REFUSED]
        if lost:
            sentences.append(f"{count(len(lost), f'attempt to {kind}', f'attempts to {kind}')} got no answer.")
        if refused:
            sentences.append(f"{count(len(refused), f'attempt to {kind}', f'attempts to {kind}')} refused (DHCPNAK).")
    expired = [exchange for exchange in inside if exchange["kind"] == EXPIRE]
    if expired:
        sentences.append(f"{count(len(expired), 'lease')} ran out.")
    return sentences


# --- all of it ----------------------------------------------------------------------------------------------------


def episode_of(record: Mapping[str, Any]) -> Episode:
    names = ("name", "start", "healed", "end", "bound", "reason")
    missing = [name for name in names if record.get(name) is None]
    if missing:
        raise ValueError(f'scenario "{record.get("name", "?")}": {", ".join(missing)} not given')
    return Episode(
        name=str(record["name"]),
        start=float(record["start"]),
        healed=float(record["healed"]),
        end=float(record["end"]),
        bound=float(record["bound"]),
        reason=str(record["reason"]),
        clients=str(record.get("clients") or "all"),
        title=str(record.get("title") or record["name"]),
    )


def judge(drill: Mapping[str, Any]) -> dict[str, Any]:
    """The drill's result: what was recorded, and for each scenario verdicts, figures and what happened.

    A scenario's `databases` and `servers`, read at the time `read_at` (by default its end), are what `kept` and
    `normal` judge; without them these are not judged, which no drill passes.
    """
    exchanges: list[Record] = list(drill["exchanges"])
    states = list(drill.get("states") or [])
    names = dict(drill.get("names") or {})
    judged = []
    for record in drill["scenarios"]:
        episode = episode_of(record)
        verdicts = [check_unique(exchanges, names, episode.start, episode.end)]
        if record.get("databases") is None:
            verdicts.append(Verdict("kept", TITLES["kept"], None, "No database was read."))
        else:
            read_at = float(record.get("read_at") or episode.end)
            verdicts.append(check_kept(exchanges, record["databases"], read_at, episode.healed, names, episode.start))
        verdicts.append(check_served(exchanges, episode, names))
        if record.get("servers") is None:
            verdicts.append(Verdict("normal", TITLES["normal"], None, "No server was asked."))
        else:
            verdicts.append(check_normal(record["servers"], int(record.get("misbalance") or MISBALANCE)))
        found = [asdict(verdict) for verdict in verdicts] + list(record.get("verdicts") or [])
        limits = record.get("limits") or {}
        for verdict in found:
            verdict["evidence"] = list(verdict["evidence"])
            verdict["why"] = "" if verdict["ok"] else limits.get(verdict["invariant"], "")
        judged.append(
            {
                **record,
                **asdict(episode),
                "verdicts": found,
                "ok": all(verdict["ok"] for verdict in found),
                "figures": figures(exchanges, states, episode),
                "happened": narrate(exchanges, states, episode, names),
            }
        )
    return {**drill, "scenarios": judged, "ok": bool(judged) and all(entry["ok"] for entry in judged)}
