# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The drill's catalogue: what breaks where, and how long a client may have to wait because of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

PRIMARY, SECONDARY = ("primary",), ("secondary",)
BOTH = PRIMARY + SECONDARY
# What the drill plays by default: the exercise's scenario and three that take no longer.
USUAL = ("primary-stopped", "secondary-killed", "primary-mute", "half-deployed")

# Seconds, and where they come from. A client asks again after 4, 8, 16, ... s, each give or take one; the servers' ping
# check takes 1 s; dhcpd moves free addresses to the side that has too few once a minute (min-balance).
PROMPT, SILENT, RECOVERY = 8.0, 20.0, 80
_LOST_PACKET = "1 s for the ping check, 5 s for a first packet that was lost, the rest for a busy machine"
_BOTH_SERVE = f"both serve: {_LOST_PACKET}"
_NOTICED = f"the partner notices at once: {_LOST_PACKET}"
_RESTARTED = (
    "a restart takes less than a second, and the partner serves: 5 s for a packet lost in that moment, the rest for a "
    "busy machine"
)
_UNNOTICED = (
    "neither server notices at first: the partner answers clients that have asked for longer than load balance max "
    "seconds, so it answers the third packet, at most 14 s after the first; 1 s for the ping check, the rest for a "
    "busy machine"
)


@dataclass(frozen=True)
class Scenario:
    """One entry of the catalogue.

    bound: seconds that a client may have to wait, with the reason. injector: what breaks, if anything, on these sides.
    clients: who may be served before the healing: all or none; for the others the bound counts from the healing.
    noticed_by: the sides that must notice before the healing that they have lost their partner, and be in this phase
    if one is named. rebinds: whether clients with a lease are asked to confirm it before the healing. verb: what both
    sides are told after they noticed. hold: seconds that it lasts at least from then on. crowd: how many clients ask at
    once: 1 for all free addresses but a few, 3 for more than there are. recovery: seconds from the healing in which
    both servers must be normal and balanced, if more than usual.
    """

    name: str
    title: str
    bound: float
    reason: str
    injector: str | None = None
    sides: tuple[str, ...] = ()
    clients: str = "all"
    noticed_by: tuple[str, ...] = ()
    phase: Phase | None = None
    rebinds: bool = True
    verb: str | None = None
    hold: int = 0
    crowd: int = 0
    recovery: int | None = None


def catalogue(mclt: int, recovery: int = RECOVERY) -> tuple[Scenario, ...]:
    """Every scenario, for a relationship with this maximum client lead time."""
    return (
        Scenario(
            "nothing",
            "Nothing is broken: what does not hold now is the pair's own fault",
            PROMPT,
            _BOTH_SERVE,
        ),
        Scenario(
            "primary-stopped",
            "The exercise's scenario: dhcpd on the primary is stopped, the secondary serves, the primary comes back",
            PROMPT,
            _NOTICED,
            "stop",
            PRIMARY,
            noticed_by=SECONDARY,
        ),
        Scenario(
            "secondary-killed",
            "dhcpd on the secondary is killed with signal 9 and stays dead",
            PROMPT,
            _NOTICED,
            "kill",
            SECONDARY,
            noticed_by=PRIMARY,
        ),
        Scenario(
            "primary-mute",
            "The primary's answers to clients are lost; both servers believe that all is well",
            SILENT,
            _UNNOTICED,
            "mute",
            PRIMARY,
            rebinds=False,
        ),
        Scenario(
            "half-deployed",
            "A deployment was interrupted between the two servers: only the secondary has the new lease time",
            PROMPT,
            _RESTARTED,
            "half-deployed",
            SECONDARY,
        ),
        Scenario(
            "primary-crashes",
            "dhcpd on the primary is killed with signal 9, and its unit starts it again",
            PROMPT,
            _NOTICED,
            "crash",
            PRIMARY,
        ),
        Scenario(
            "restart-storm",
            "dhcpd on the secondary is restarted six times within seconds",
            SILENT,
            "any of a client's first packets may fall into a restart; the third is sent at most 14 s after the first",
            "restart-storm",
            SECONDARY,
        ),
        Scenario(
            "configuration-edited",
            "Somebody makes the range longer on the primary only",
            PROMPT,
            _RESTARTED,
            "edited",
            PRIMARY,
        ),
        Scenario(
            "database-truncated",
            "The primary's lease database ends in the middle of an entry",
            PROMPT,
            _RESTARTED,
            "database-truncated",
            PRIMARY,
        ),
        Scenario(
            "disk-full",
            "The disk that holds the primary's lease database is full",
            SILENT,
            "a server that cannot write may stay silent, and its partner takes over after load balance max seconds as "
            "if it were dead",
            "disk-full",
            PRIMARY,
        ),
        Scenario(
            "pool-exhausted",
            "Clients take all free addresses but a few, more than either server's half",
            SILENT,
            "a server that has used up its half leaves the client to its partner, at once or when the client asks for "
            "the second time; hundreds of clients ask at once",
            crowd=1,
        ),
        Scenario(
            "both-killed",
            "dhcpd is killed on both servers under load; no client is served",
            40,
            "counted from the start of the daemons: 5 s until they connect, and a client that has asked in vain for a "
            "while asks again after 16 s, then 32 s",
            "kill",
            BOTH,
            clients="none",
        ),
        Scenario(
            "clock-ahead",
            "The primary's clock is 90 s ahead, so that the secondary refuses to talk to it",
            SILENT,
            "the secondary serves at once, the primary after 15 s in startup",
            "clock-ahead",
            PRIMARY,
            noticed_by=BOTH,
        ),
        Scenario(
            "primary-paused",
            "dhcpd on the primary is paused for longer than max-response-delay",
            SILENT,
            _UNNOTICED,
            "pause",
            PRIMARY,
            noticed_by=SECONDARY,
        ),
        Scenario(
            "failover-cut",
            "The failover connection is cut; both servers reach the clients",
            PROMPT,
            _BOTH_SERVE,
            "failover-cut",
            SECONDARY,
            noticed_by=BOTH,
        ),
        Scenario(
            "network-cut",
            "The primary is cut off from clients and from its partner",
            SILENT,
            _UNNOTICED,
            "network-cut",
            PRIMARY,
            noticed_by=BOTH,
        ),
        Scenario(
            "split-brain",
            "The failover connection is cut, and both servers are told that their partner is down",
            PROMPT,
            f"{_BOTH_SERVE}. It is healed before the MCLT is over: after that both may lease the same address",
            "failover-cut",
            SECONDARY,
            noticed_by=BOTH,
            verb="partner_down",
        ),
        Scenario(
            "long-partition",
            "The failover connection is cut for longer than the MCLT, and more clients come than there are addresses",
            SILENT,
            "counted from the healing, because there are more clients than addresses before; hundreds of clients ask "
            "at once",
            "failover-cut",
            SECONDARY,
            clients="none",
            noticed_by=BOTH,
            hold=mclt + 10,
            crowd=3,
        ),
        # The secondary learns that the primary has lost its database, and takes over completely.
        Scenario(
            "database-lost",
            "The primary's lease database is gone",
            PROMPT,
            "the secondary takes over completely at once; the primary serves again when the MCLT has passed",
            "database-lost",
            PRIMARY,
            noticed_by=SECONDARY,
            phase=Phase.ALONE,
            recovery=mclt + recovery,
        ),
    )
