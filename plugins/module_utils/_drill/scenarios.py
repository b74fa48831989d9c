# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The drill's catalogue: what breaks where, for any daemon; and the words for what a daemon promises then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.machine import Behaviour
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

PRIMARY, SECONDARY = ("primary",), ("secondary",)
BOTH = PRIMARY + SECONDARY
# Seconds in which both servers must be normal after the healing.
RECOVERY = 80


@dataclass(frozen=True)
class Scenario:
    """One entry of the catalogue.

    injector: what breaks, if anything, on these sides. rebinds: whether clients with a lease are asked to confirm it
    before the healing.
    """

    name: str
    title: str
    injector: str | None = None
    sides: tuple[str, ...] = ()
    rebinds: bool = True


SCENARIOS = (
    Scenario("nothing", "Nothing is broken: what does not hold now is the pair's own fault"),
    Scenario(
        "primary-stopped",
        "The exercise's scenario: the primary is stopped, the secondary serves, the primary comes back",
        "stop",
        PRIMARY,
    ),
    Scenario("secondary-killed", "The secondary is killed with signal 9 and stays dead", "kill", SECONDARY),
    Scenario(
        "primary-mute",
        "The primary's answers to clients are lost; both servers believe that all is well",
        "mute",
        PRIMARY,
        rebinds=False,
    ),
    Scenario(
        "half-deployed",
        "A deployment was interrupted between the two servers: only the secondary has the new lease time",
        "half-deployed",
        SECONDARY,
    ),
    Scenario(
        "primary-crashes",
        "The primary is killed with signal 9, and its unit starts it again",
        "crash",
        PRIMARY,
    ),
    Scenario(
        "restart-storm",
        "The secondary is restarted six times within seconds",
        "restart-storm",
        SECONDARY,
    ),
    Scenario(
        "configuration-edited",
        "Somebody makes the range longer on the primary only",
        "edited",
        PRIMARY,
    ),
    Scenario(
        "database-truncated",
        "The primary's lease database ends in the middle of an entry",
        "database-truncated",
        PRIMARY,
    ),
    Scenario(
        "disk-full",
        "The disk that holds the primary's lease database is full",
        "disk-full",
        PRIMARY,
    ),
    Scenario("pool-exhausted", "Clients take all free addresses but a few, more than half of all"),
    Scenario("both-killed", "Both servers are killed under load; no client is served", "kill", BOTH),
    Scenario(
        "clock-ahead",
        "The primary's clock is 90 s ahead, so that the servers refuse to work together",
        "clock-ahead",
        PRIMARY,
    ),
    Scenario("primary-paused", "The primary is paused for longer than max-response-delay", "pause", PRIMARY),
    Scenario(
        "failover-cut",
        "The connection between the servers is cut; both reach the clients",
        "failover-cut",
        SECONDARY,
    ),
    Scenario("network-cut", "The primary is cut off from clients and from its partner", "network-cut", PRIMARY),
    Scenario(
        "split-brain",
        "The connection between the servers is cut, and both are told that their partner is down",
        "failover-cut",
        SECONDARY,
    ),
    Scenario(
        "long-partition",
        "The connection is cut for longer than the MCLT, and more clients come than there are addresses",
        "failover-cut",
        SECONDARY,
    ),
    Scenario("database-lost", "The primary's lease database is gone", "database-lost", PRIMARY),
)


@dataclass(frozen=True)
class Pair:
    """What a pair's promises depend on; seconds. takeover: whether a server serves all clients by itself when it has
    lost its partner. recovery: what the operator grants from the healing until both are normal."""

    max_response_delay: int = 0
    mclt: int = 0
    heartbeat: int = 0
    takeover: bool = True
    recovery: int = RECOVERY


@dataclass(frozen=True)
class Promise:
    """What a daemon promises in a scenario.

    bound: seconds that a client may have to wait, with the reason. clients: who may be served before the healing: all
    or none; for the others the bound counts from the healing. noticed_by: the sides that must notice before the healing
    that they have lost their partner, and be in this phase if one is named. verb: what both sides are told after they
    noticed. hold: seconds that it lasts at least from then on. crowd: how many clients then ask at once: 1 for all free
    addresses but a few, 3 for more than there are. rejoin: whether the server that was not broken must be
    told to rejoin after the healing. recovery: seconds from the healing in which both servers must be normal, if more
    than usual. limits: invariants that the daemon cannot hold here, each with the reason and what helps.
    """

    bound: float
    reason: str
    clients: str = "all"
    noticed_by: tuple[str, ...] = ()
    phase: Phase | None = None
    verb: str | None = None
    hold: int = 0
    crowd: int = 0
    rejoin: bool = False
    recovery: int | None = None
    limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Daemon:
    """A daemon in the drill.

    usual: the scenarios that are played by default, the exercise's and some that take no longer. balances: whether its
    servers share the free addresses, and move them to the side that has too few. notice: seconds in which a server must
    notice that it has lost its partner. promises: by scenario; or why a scenario makes no sense for this daemon.
    """

    usual: tuple[str, ...]
    balances: bool
    notice: Callable[[Pair], int]
    promises: Callable[[Pair], Mapping[str, Promise | str]]


def pair_of(halves: Sequence[Mapping[str, Any]], recovery: int = RECOVERY) -> Pair:
    """The pair of both servers' reports: the worse values if they differ."""

    def worst(name: str) -> int:
        return max((int(half.get(name) or 0) for half in halves), default=0)

    takeover = all(half.get("takeover") is not False for half in halves)
    return Pair(worst("max_response_delay"), worst("mclt"), worst("heartbeat"), takeover, recovery)


def asks_again(seconds: float) -> float:
    """When a client at the latest has asked again after these seconds, both since its first packet.

    It repeats its packets as RFC 2131 says: after 4, 8, 16 s and so on, each give or take one.
    """
    client = Behaviour()
    earliest = latest = 0.0
    pause = client.initial
    while earliest < seconds:
        earliest += pause - client.jitter
        latest += pause + client.jitter
        pause = min(2 * pause, client.maximum)
    return latest
