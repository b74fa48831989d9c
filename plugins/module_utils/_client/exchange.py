# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Exchanges of DHCP clients with servers: their records, and what records of many clients tell.

Pure, and standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from ipaddress import IPv4Address
from typing import Any

# Kinds of exchanges. `expire` is none: it records that a lease ran out.
DISCOVER, ACQUIRE, REBOOT, RENEW, REBIND = "discover", "acquire", "reboot", "renew", "rebind"
RELEASE, INFORM, EXPIRE = "release", "inform", "expire"
# How an exchange ended.
ACKNOWLEDGED, REFUSED, OFFERED, UNANSWERED = "ack", "nak", "offer", "timeout"
SENT, UNREACHABLE, STOPPED, EXPIRED = "sent", "unreachable", "stopped", "expired"

# Exchanges after which, when they are acknowledged, the client holds a lease.
LEASING = (ACQUIRE, REBOOT, RENEW, REBIND)
# The options of every module with clients of its own, for AnsibleModule; doc fragment `_client` documents them.
CLIENT: dict[str, dict[str, Any]] = {
    "mac": {"type": "str", "default": "02:d4:c9:00:00:01"},
    "client_id": {"type": "bool", "default": True},
    "broadcast": {"type": "bool", "default": False},
}

# Of an acknowledged exchange, what a client needs to go on with the lease.
_LEASE = ("client", "client_id", "address", "server", "granted", "lease_time", "netmask", "router")


@dataclass(frozen=True)
class Offer:
    """What a server offered, and who it was on the wire."""

    server: str
    address: str
    lease_time: int | None
    latency: float
    source: str
    mac: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One conversation between a client and the servers, from its first packet to its end."""

    kind: str
    result: str
    client: str
    client_id: str | None
    address: str | None
    server: str | None
    source: str | None
    lease_time: int | None
    since: float  # when the client began to want it: earlier than `started` if earlier exchanges were unanswered
    started: float
    ended: float
    started_monotonic: float
    ended_monotonic: float
    latency: float
    sent: int
    retransmissions: int
    naks: int
    granted: float | None = None
    expires: float | None = None
    netmask: str | None = None
    router: str | None = None
    message: str | None = None  # what a server said with its DHCPNAK
    offers: list[Offer] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """As a line of the record file, and as the module returns it."""
        values = {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()  # offers, too
        }
        return {"record": "exchange", "time": iso(self.ended), **values}


def iso(utc: float) -> str:
    return datetime.fromtimestamp(utc, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def explain(exchange: Mapping[str, Any]) -> str:
    """How an exchange's record ended, in words."""
    client, kind, result = exchange["client"], exchange["kind"], exchange["result"]
    asked = f"asked {exchange['sent']} time{'s' if exchange['sent'] != 1 else ''} in {exchange['latency']:.1f} s"
    if result == ACKNOWLEDGED:
        return f"{client}: {exchange['address']} from {exchange['server']} ({kind}) after {exchange['latency']:.2f} s"
    if result == REFUSED:
        said = f': "{exchange["message"]}"' if exchange["message"] else ""
        return f"{client}: {kind} of {exchange['address']} refused by {exchange['server'] or exchange['source']}{said}"
    if result == UNREACHABLE:
        return f"{client}: {kind}: no answer to ARP for {exchange['server']}"
    if result == EXPIRED:
        return f"{client}: its lease of {exchange['address']} from {exchange['server']} ran out"
    if result in (SENT, STOPPED, OFFERED):
        return f"{client}: {kind}: {result}"
    offers = exchange["offers"]
    if offers:
        said = ", ".join(f"{offer['address']} by {offer['server']}" for offer in offers)
        return f"{client}: {kind}: offered {said}, but nothing was acknowledged; {asked}"
    return f"{client}: {kind}: no server answered, {asked}"


def servers_seen(exchanges: Iterable[Exchange], expected: Iterable[str] | None) -> dict[str, Any]:
    """Who answered a DISCOVER, and with what. Servers are told apart by identifier and by MAC address: a rogue one
    may claim to be another."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for exchange in exchanges:
        for offer in exchange.offers:
            entry = seen.setdefault(
                (offer.server, offer.mac),
                {
                    "server": offer.server,
                    "source": offer.source,
                    "mac": offer.mac,
                    "address": offer.address,
                    "lease_time": offer.lease_time,
                    "latency": offer.latency,
                    "options": dict(offer.options),
                    "offers": 0,
                },
            )
            entry["offers"] += 1
    found = sorted(seen.values(), key=lambda entry: (IPv4Address(entry["server"]), entry["mac"]))
    known = None if expected is None else set(expected)
    return {
        "servers": [{**entry, "expected": None if known is None else entry["server"] in known} for entry in found],
        "rogues": [] if known is None else [entry["server"] for entry in found if entry["server"] not in known],
        "missing": [] if known is None else sorted(known - {entry["server"] for entry in found}),
    }


def summarize(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How the exchanges of a record ended, and what the clients hold after them: leases for another call."""
    results: dict[str, dict[str, int]] = {}
    held: dict[str, Mapping[str, Any] | None] = {}
    for exchange in exchanges:
        kind, result, client = exchange["kind"], exchange["result"], exchange["client"]
        counts = results.setdefault(kind, {})
        counts[result] = counts.get(result, 0) + 1
        if kind in LEASING and result == ACKNOWLEDGED:
            held[client] = exchange
        elif result in (REFUSED, EXPIRED) or kind == RELEASE:
            held[client] = None
        else:
            held.setdefault(client, None)
    leases = [{name: exchange.get(name) for name in _LEASE} for exchange in held.values() if exchange]
    return {"summary": {"clients": len(held), "bound": len(leases), "results": results}, "leases": leases}


def read_record(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The entries of a record file. A line that a crash cut off, or that is just being written, is left out."""
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "record" in record:
            records.append(record)
    return records
