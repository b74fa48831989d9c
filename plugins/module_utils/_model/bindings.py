# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a lease database says of an address, for programs and any daemon. (`answers.Lease` is the same for people.)

Addresses and times are numbers, and identifiers octets, so that a million take little time and space. Managed hosts
import this: Python 3.9, nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

# The states in which an address is not free: a client has it, or somebody unknown uses it.
ACTIVE, ABANDONED = "active", "abandoned"
ETHERNET = 1


class Binding(NamedTuple):
    """The last entry for an address. Times are seconds since the epoch.

    granted: when the client got or renewed it, 0 if that is not known. ends: None if it never ends. kind: of the
    hardware address, by its number. relay: the relay agent's sub-options as in its packets.
    """

    address: int
    state: str
    granted: int = 0
    ends: int | None = 0
    hardware: bytes = b""
    client_id: bytes = b""
    hostname: bytes = b""
    relay: bytes = b""
    kind: int = ETHERNET

    def holds(self, now: float) -> bool:
        """Whether the address must not be given to anybody else."""
        return self.state in (ACTIVE, ABANDONED) and (self.ends is None or self.ends > now)

    @property
    def client(self) -> str:
        """Its client in words."""
        if self.hardware:
            return self.hardware.hex(":")
        return f"client identifier {self.client_id.hex(':')}" if self.client_id else "an unknown client"


def same_client(one: Binding, other: Binding) -> bool:
    """Whether both are the same client's: one identifier or one network card is enough."""
    if one.client_id and one.client_id == other.client_id:
        return True
    return bool(one.hardware) and (one.kind, one.hardware) == (other.kind, other.hardware)


def later(one: int | None, other: int | None) -> int | None:
    """The later end."""
    return None if one is None or other is None else max(one, other)
