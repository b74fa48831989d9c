# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What is seen of a server whose pair gets the other daemon, what it records, and what it can do.

Managed hosts import this: Python 3.9, nothing else. The order of acts is planned on the controller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS, SIDES

DHCPD, KEA = DAEMONS
PRIMARY, SECONDARY = SIDES
PIVOT, COLD = METHODS = ("pivot", "cold")


class Holder(str, Enum):
    """Whose leases count."""

    DHCPD = "dhcpd"  # those of both dhcpd, merged
    PRIMARY = "kea-primary"  # those of Kea on the primary alone
    KEA = "kea"  # those of both Kea, which tell each other


# --- what is there ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Daemon:
    """A daemon of a server. deaf: it has been started without any interface, and cannot answer whatever happens.

    answers: its sockets are open, and it answers clients. In a normal pair, it may leave them to its partner.
    """

    running: bool = False
    enabled: bool = False  # it starts with the host
    deaf: bool = False
    phase: Phase = Phase.UNKNOWN
    answers: bool = False


@dataclass(frozen=True)
class Journal:
    """What a server has recorded of the move."""

    goal: str
    holder: Holder
    method: str = PIVOT

    def as_data(self) -> dict[str, str]:
        return {"goal": self.goal, "holder": self.holder.value, "method": self.method}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Journal:
        """Raises ValueError if it is not one."""
        goal, method = data.get("goal"), data.get("method")
        if goal not in DAEMONS or method not in METHODS:
            raise ValueError(f"a journal of a migration has a goal and a method, not {dict(data)!r}")
        return cls(str(goal), Holder(data.get("holder")), str(method))


@dataclass(frozen=True)
class Server:
    """A server of the pair as it is. lost: what dhcpd lacks there to serve again."""

    dhcpd: Daemon = Daemon()
    kea: Daemon = Daemon()
    journal: Journal | None = None
    lost: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Server:
        """The inverse of dataclasses.asdict(), also after JSON. Raises ValueError, KeyError or TypeError."""
        daemons = {name: Daemon(**{**data[name], "phase": Phase(data[name]["phase"])}) for name in DAEMONS}
        journal = data.get("journal")
        return cls(**daemons, journal=Journal.from_data(journal) if journal else None, lost=data.get("lost", ""))


# --- what to do ---------------------------------------------------------------------------------------------------


class Deed(str, Enum):
    """What an act does on its server. Each can be repeated."""

    BEGIN = "begin"  # write the journal, with the goal, the method and this holder
    FORBID = "forbid"  # the daemon does not start with the host
    ALLOW = "allow"  # it does
    STOP = "stop"
    START = "start"  # with the configuration that is declared, or that on the host; Kea deaf
    REACH = "reach"  # connect to the partner's Kea, as Kea on this host will
    HAND_OVER = "hand-over"  # the daemon's verb; waits until its partner serves alone and knows every lease
    TAKE_OVER = "take-over"  # the daemon's verb; waits until it serves alone
    LEARN = "learn"  # a deaf Kea gets its partner's leases; it is stopped if it cannot get them
    # The daemon's verb to end what keeps the pair from being normal, if needed. Waits until it is: dhcpd may be in
    # recover-wait until the MCLT has passed since it was normal. A deaf Kea learns, and then gets its interfaces.
    REJOIN = "rejoin"
    WAIT = "wait"  # until the daemon has settled
    # Compared with what was written: dhcpd goes on.
    LOAD = "load"  # write the lease file of Kea from both databases of dhcpd, unless it runs, and start Kea deaf
    # Give the daemon the leases as they are now, while the other one on this host still serves. What follows in the
    # same turn has to bring in only what changes after that.
    PREPARE = "prepare"
    EQUAL = "equal"  # bring into Kea what dhcpd has changed since it was loaded, and compare
    OPEN = "open"  # Kea gets its interfaces, and serves alone at once, unless its partner may serve
    # Write the lease file of dhcpd. On the primary that comes from Kea's, and dhcpd will serve alone; on the secondary
    # from that of the primary, and dhcpd will be held.
    CONVERT = "convert"
    LEAVE = "leave"  # dhcpd will start as the one whose partner is lost for good
    RECORD = "record"  # the holder in the journal
    END = "end"  # remove the journal


@dataclass(frozen=True)
class Act:
    side: str
    deed: Deed
    daemon: str = ""
    holder: Holder | None = None

    def as_data(self) -> dict[str, str]:
        return {"deed": self.deed.value, "daemon": self.daemon, "holder": self.holder.value if self.holder else ""}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], side: str = "") -> Act:
        """Raises ValueError or KeyError if it is none."""
        holder = data.get("holder")
        return cls(side, Deed(data["deed"]), str(data.get("daemon") or ""), Holder(holder) if holder else None)


def together(phases: Iterable[Phase]) -> Phase:
    """The phase of a daemon in all its relationships."""
    found = set(phases)
    if Phase.SETTLING in found:
        return Phase.SETTLING
    return found.pop() if len(found) == 1 else Phase.UNKNOWN
