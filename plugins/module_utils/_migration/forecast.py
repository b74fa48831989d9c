# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What clients and hosts have to expect of a move, before it begins, and why it must not begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Entries of both databases are compared by their times.
MAX_APART = 1.0
# A client whose server is gone asks any server in the last eighth of its lease. One whose server is there has asked it
# after half of its lease, so it may be silent for three eighths.
REBINDING, RENEWED = 1 / 8, 3 / 8
# Seconds from the stop of one daemon until the other one answers, and for each lease: to open its interfaces, Kea reads
# all of its lease file again. Measured on busy machines (docs/benchmarks.md).
SILENCE, SILENCE_FOR_LEASE = 2.0, 60e-6
# Seconds for each lease: a Kea that fetches the leases of its partner disables it meanwhile. 0.7 to 3.6 s with 20,000.
_JOINING_FOR_LEASE = 1e-4
# Fewer free addresses of a pool than these are few.
_FEW = 10
# Pools to be named.
_MAX_NAMED = 3


@dataclass(frozen=True)
class Silence:
    """The time in which no server answers, in seconds. shortest: the shortest lease time; None if no lease ends."""

    expected: float
    shortest: int | None

    @property
    def harmless(self) -> bool:
        return self.shortest is None or self.expected < self.shortest * REBINDING

    def sentence(self, pauses: bool) -> str:
        """pauses: whether all clients can renew with the server that will be silent before it is."""
        text = f"No server answers for about {self.expected:.0f} s: a new client waits that long."
        if self.shortest is None:
            return f"{text} No client has a lease that ends."
        bound, renewed = self.shortest * REBINDING, self.shortest * RENEWED
        most = f"Clients that have an address may miss an answer for {bound:.0f} s (an eighth of the shortest lease)"
        if self.harmless:
            return f"{text} {most}, so none of them loses it."
        if pauses and self.expected < renewed:
            # Whose lease is longer than eight times the silence is in no danger, and all others renew by then.
            return (
                f"{text} {most}, so some may lose it, unless you pause for {self.expected * 7:.0f} s or more after "
                "hand over (migrate_until=load). By then each has renewed with the primary, and may miss an answer for "
                f"{renewed:.0f} s."
            )
        return f"{text} {most}, so some may lose it. Give out longer leases first, and wait until all clients have one."


def silence(leases: int, shortest: int | None) -> Silence:
    """The silence while the daemon changes. shortest: the shortest lease time."""
    return Silence(SILENCE + leases * SILENCE_FOR_LEASE, shortest)


def joining(leases: int, shortest: int | None) -> str:
    """The silence while Kea of the secondary joins."""
    found = Silence(leases * _JOINING_FOR_LEASE, shortest)
    long = f"about {found.expected:.0f} s" if found.expected >= 1 else "less than a second"
    text = f"When Kea of the secondary joins, it fetches all leases twice, and no server answers for {long} each time."
    return text if found.harmless else f"{text} Some clients may lose their addresses: give out longer leases first."


def pause(pools: Iterable[Mapping[str, Any]], mclt: Mapping[str, int]) -> list[str]:
    """What the time between hand over and cut over may cost, in which one dhcpd serves alone.

    pools: of each, its `relationship` and `subnet`, the free addresses that dhcpd gives out meanwhile (`own`), and
    those that it may use once the MCLT has passed (`later`). mclt: by relationship, as far as it is known.
    """
    ordered = sorted(pools, key=lambda pool: int(pool["own"]))
    if not ordered:
        return []
    first, *others = ordered[:_MAX_NAMED]
    words = [f"{first['own']} of them have come"]
    if others:
        words = [f"{words[0]} to {_where(first)}", *(f"{pool['own']} to {_where(pool)}" for pool in others)]
    later = sum(int(pool["later"]) for pool in ordered)
    waits = [mclt[pool["relationship"]] for pool in ordered if pool["relationship"] in mclt]
    when = f", {max(waits)} s (MCLT) after hand over" if waits else ", when the MCLT has passed"
    until = f"{later} more addresses can be used{when}" if later else "Kea serves"
    lines = [
        "From hand over to cut over you may pause: dhcpd of the primary answers all clients that have an address. New "
        f"clients may be without one after {_either(words)}, until {until}."
    ]
    few = [f"{pool['own']} in {_where(pool)}" for pool in ordered if int(pool["own"]) < _FEW]
    if few:
        shown = ", ".join(few[:_MAX_NAMED]) + (f", and {len(few) - _MAX_NAMED} more" if len(few) > _MAX_NAMED else "")
        lines.append(
            f"WARNING: few addresses are free for new clients until cut over: {shown}. Do not pause after hand over, "
            "or add a range before."
        )
    return lines


def _where(pool: Mapping[str, Any]) -> str:
    return str(pool["subnet"] or f'"{pool["relationship"]}"')


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


# --- the hosts ----------------------------------------------------------------------------------------------------

ACCEPTED, REFUSED = "accepted", "refused"
KEA_PROGRAM = "kea-dhcp4"


def ground(around: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What the hosts have for a move. around: by host, the results `room` and `ports` of server_migration."""
    rooms = [f"{found['room']} on {host}" for host, found in around.items() if found.get("room")]
    lines = [f"The disks have room for what the move writes, up to {' and '.join(rooms)}."] if rooms else []
    ports = [(host, port) for host, found in around.items() for port in found.get("ports") or ()]
    free = [f"{port['port']} on {host}" for host, port in ports if port["owner"] == ""]
    lines += [f"The port of Kea is free: {', '.join(free)}."] if free else []
    places = [(host, f"{port['peer']} at port {port['peer_port']}", port["answer"]) for host, port in ports]
    for answer, end in ((ACCEPTED, ""), (REFUSED, ". Nothing listens there yet, so only cut over proves it open")):
        reached = [f"{host} reaches {there}" for host, there, found in places if found == answer]
        lines += [f"{', '.join(reached)}{end}."] if reached else []
    return lines + [
        f"WARNING: {host} does not reach {there}: {answer}. Let both servers through to each other's port in all "
        "firewalls. The move opens it only in the one that this collection manages."
        for host, there, answer in places
        if answer not in (ACCEPTED, REFUSED)
    ]


def port_objections(host: str, ports: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why Kea could not hear its partner on this host."""
    return [
        f"Port {port['port']} of {host} is taken by {port['owner']}, and Kea needs it to hear its partner. Stop that "
        f'program, or set another ha_port in "{port["relationship"]}".'
        for port in ports
        if port["owner"] not in (None, "", KEA_PROGRAM)
    ]


def clock_objection(apart: float | None, doubt: float = 0) -> str | None:
    """Why the clocks of both servers do not do. apart: seconds; None if they are not known."""
    if apart is None:
        return "The clocks of both servers could not be compared, and the newer of two entries is taken by its time."
    if abs(apart) - doubt > MAX_APART:
        return (
            f"The clocks of both servers are {abs(apart):.1f} s apart, and at most {MAX_APART:.0f} s are allowed: the "
            "newer of two entries is taken by its time. Synchronise both, for instance with chrony."
        )
    return None
