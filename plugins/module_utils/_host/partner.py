# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What this server sees of its partner, and whether that proves that the partner serves no client."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT


@dataclass(frozen=True)
class Sight:
    """What this server sees of its partner. port: open, refused, silent (nothing came back) or lost (our own fault)."""

    where: str
    port: str
    ping: bool | None  # None: could not be tried
    reason: str = ""


def partner_objection(daemon: str, partner: str, sight: Sight) -> str | None:
    """Why what is known of the partner is no proof that it does not serve; None if it is one.

    A partner that this server alone cannot reach may well serve its clients: the link is cut. daemon: its program.
    """
    if sight.port == "open":
        return (
            f"the partner's {daemon} is running: it accepts connections at {sight.where}. Find out why the two do not "
            f"connect (journalctl -t {daemon} on both: different names, clocks more than 60 s apart), or stop {daemon} "
            "there."
        )
    if partner == "unknown":
        return (
            "it proves nothing that this server cannot reach its partner: the partner may still serve clients. Log in "
            f"to the partner and stop {daemon} there, or switch the partner off and say that it is fenced."
        )
    if partner != "unreachable":
        return None
    if sight.port == "refused" or sight.ping:
        seen = "refuses connections" if sight.port == "refused" else "does not answer, but the host answers pings"
        return (
            f"the partner's host is alive: {sight.where} {seen}. Log in there and stop {daemon}, or cut the host off "
            "from the clients and say that it is fenced."
        )
    if sight.port == "lost" or sight.ping is None:
        return f"this server cannot tell whether {sight.where} is alive: {sight.reason}. Repair its own network first."
    return None


def look_at_partner(half: Half | None, ping: bool, timeout: float = 3) -> Sight:
    """Try the partner's failover port, and a ping if it matters, from where the failover connection would come."""
    if half is None or not half.peer_address:
        return Sight("its address", "lost", None, "the configuration does not state its address")
    port = half.peer_port or DEFAULT_PORT
    where = f"{half.peer_address} port {port}"
    seen, reason = _try_port(half.peer_address, port, half.address or "", timeout)
    alive: bool | None = None
    if ping and seen == "silent":
        try:
            alive = _answers_ping(half.peer_address, half.address or "", timeout / 3)
        except OSError as error:
            reason = f"ping: {error.strerror or error}"
    return Sight(where, seen, alive, reason)


def _try_port(address: str, port: int, source: str, timeout: float) -> tuple[str, str]:
    try:
        socket.create_connection((address, port), timeout, (source, 0)).close()
    except ConnectionRefusedError as error:
        return "refused", str(error.strerror)
    except socket.timeout:  # a TimeoutError only from Python 3.10 on
        return "silent", f"no answer in {timeout:g} s"
    except OSError as error:
        # If no host has that address it is "no route to host"; any other error is about this host.
        seen = "silent" if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN) else "lost"
        return seen, error.strerror or str(error)
    return "open", ""


def _answers_ping(address: str, source: str, timeout: float, tries: int = 5) -> bool:
    """Whether an ICMP echo comes back. A program for it is not on every host."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.bind((source, 0))
        for sequence in range(tries):
            head = struct.pack("!HH", os.getpid() & 0xFFFF, sequence)
            request = struct.pack("!BBH", 8, 0, _checksum(b"\x08\0\0\0" + head)) + head
            deadline = time.monotonic() + timeout
            try:
                raw.sendto(request, (address, 0))
                while True:
                    raw.settimeout(max(deadline - time.monotonic(), 0.001))
                    packet, _sender = raw.recvfrom(2048)
                    body = packet[(packet[0] & 15) * 4 :]
                    if body[:2] == b"\0\0" and body[4:8] == head:
                        return True
            except socket.timeout:
                continue
            except OSError as error:
                if error.errno not in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
                    raise
    return False


def _checksum(data: bytes) -> int:
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
