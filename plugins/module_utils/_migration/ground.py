# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a host has for a move: room on its disks, and the ports of Kea."""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import (
    BLOCK,
    LEASE_RESERVE,
    read_space,
    show_bytes,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half

# Seconds in which a partner in the same network answers.
SOON = 5
Connect = Callable[["tuple[str, int]", float], socket.socket]
# What one lease takes more in the database of dhcpd than in Kea's, whose octets it may write a third longer.
_MORE_IN_DHCPD = 300


def room_for_kea(dhcpd: Path, kea: Path, journal: Path) -> str:
    """The room that the leases of dhcpd need as Kea's. Raises RefusedError if there is too little.

    A lease takes at most half of the bytes in Kea's file, which is written anew at times, and a quarter in each of the
    files in between.
    """
    size = dhcpd.stat().st_size if dhcpd.exists() else 0
    return _room([(kea.parent, LEASE_RESERVE + 2 * size), (Path(tempfile.gettempdir()), size), (journal.parent, BLOCK)])


def room_for_dhcpd(files: Iterable[Path], leases: int, dhcpd: Path, journal: Path) -> str:
    """The room that the leases of Kea need as dhcpd's, which keeps its old database, and writes the new one again."""
    size = sum(path.stat().st_size for path in files if path.exists())
    needed = LEASE_RESERVE + 2 * (2 * size + leases * _MORE_IN_DHCPD)
    return _room([(dhcpd.parent, needed), (Path(tempfile.gettempdir()), size), (journal.parent, BLOCK)])


def _room(needs: Iterable[tuple[Path, int]]) -> str:
    spaces = read_space(needs)
    full = [space.message("the move") for space in spaces if space.needed > space.free]
    if full:
        raise RefusedError("\n".join(full))
    return show_bytes(sum(space.needed for space in spaces))


def port_of_kea(half: Half, run: Run, connect: Connect) -> dict[str, Any]:
    """Who listens at this server's port, and whether the partner's can be reached. Nothing is changed.

    owner: the program; None if that cannot be told.
    """
    told = run(("ss", "-Hltnp", f"sport = :{half.port}"))
    return {
        "relationship": half.name,
        "port": half.port,
        "owner": None if told.returncode else listener(told.stdout, half.address or ""),
        "peer": half.peer_address,
        "peer_port": half.peer_port,
        "answer": knock((half.peer_address or "", half.peer_port or 0), connect),
    }


def listener(told: str, address: str) -> str:
    """The program that listens at an address, from the lines of `ss` about its port; nothing if none does."""
    for line in told.splitlines():
        words = line.split(None, 5)
        if len(words) > 3 and words[3].rpartition(":")[0] in (address, "0.0.0.0", "*", "[::]"):  # noqa: S104 - read
            name = re.search(r'"([^"]*)"', line)
            return name[1] if name else "another program"
    return ""


def knock(place: tuple[str, int], connect: Connect) -> str:
    """What becomes of a connection: accepted, refused by a host on which nothing listens, or the reason for none."""
    try:
        connect(place, SOON).close()
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return f"no answer within {SOON} s"
    except OSError as error:
        return error.strerror or str(error)
    return "accepted"
