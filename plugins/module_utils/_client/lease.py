# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A DHCP client's side: the lease that it holds, and what it and the servers said to each other.

dhclient and dhcpcd keep the one in a file or tell it on demand, and the other in the journal. Pure functions over
their words; standard library only, because it runs on the managed host.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import ClientLease, read_client_leases


@dataclass(frozen=True)
class HeldLease:
    """A lease, whichever program holds it. `expires` is UTC in ISO format; None means never."""

    interface: str
    address: str
    prefix: int
    netmask: str
    lease_time: int | None
    server: str | None
    routers: list[str]
    domain_name_servers: list[str]
    expires: str | None


@dataclass(frozen=True)
class Heard:
    """What a client heard from a server: `kind` is offer, ack or nak. dhcpcd does not always say which server."""

    kind: str
    server: str | None = None
    address: str | None = None

    def __str__(self) -> str:
        who = self.server or "a server"
        if self.kind == "nak":
            return f"{who} refused (DHCPNAK)"
        return f"{who} {'offered' if self.kind == 'offer' else 'acknowledged'} {self.address}"


@dataclass(frozen=True)
class Conversation:
    """How often the client asked, and what it heard, in order."""

    asked: int
    words: tuple[Heard, ...]
    troubles: tuple[str, ...] = ()

    def result(self) -> dict[str, Any]:
        """As a module returns it."""
        return {
            "asked": self.asked,
            "answers": [asdict(word) for word in self.words],
            "troubles": list(self.troubles),
        }


# What the programs log.
_ASKED = re.compile(
    r"DHCPDISCOVER on |DHCPREQUEST (?:for|of|on) |soliciting a DHCP lease|rebinding lease of|probing for "
)
_WORDS = (
    # dhclient
    re.compile(r"DHCP(?P<kind>OFFER|ACK) of (?P<address>[0-9.]+) from (?P<server>[0-9.]+)"),
    re.compile(r"DHCP(?P<kind>NAK) from (?P<server>[0-9.]+)"),
    # dhcpcd
    re.compile(r"(?P<kind>offer)ed (?P<address>[0-9.]+) from (?P<server>[0-9.]+)"),
    re.compile(r"(?P<kind>ack)nowledged (?P<address>[0-9.]+) from (?P<server>[0-9.]+)"),
    re.compile(r"(?P<kind>lease)d (?P<address>[0-9.]+) for "),
    re.compile(r"(?P<kind>NAK):?(?: .*)? from (?P<server>[0-9.]+)"),
)
_SECONDS = re.compile(r"[0-9]{1,10}")
_TROUBLE = re.compile(
    r"[Nn]etwork is down|No such device|not found|carrier lost|DHCPDECLINE|claims|[Pp]ermission denied"
)


def read_conversation(lines: Iterable[str]) -> Conversation:
    """The conversation with the servers that a program's log reports."""
    asked = 0
    words: list[Heard] = []
    troubles: dict[str, None] = {}
    for line in lines:
        if _ASKED.search(line):
            asked += 1
        if _TROUBLE.search(line):
            troubles[line.strip()] = None
        for pattern in _WORDS:
            match = pattern.search(line)
            if match:
                found = match.groupdict()
                kind = found["kind"].lower()
                words.append(Heard("ack" if kind == "lease" else kind, found.get("server"), found.get("address")))
                break
    return Conversation(asked, tuple(words), tuple(troubles))


LOOK = "See the servers' logs for this client's DHCPDISCOVER, and their states with failover_info."


def explain(conversation: Conversation, interface: str) -> str:
    """Why the client has no lease, and what to look at."""
    said = "; ".join(dict.fromkeys(str(word) for word in conversation.words))
    troubles = "; ".join(conversation.troubles)
    last = conversation.words[-1].kind if conversation.words else None
    if last == "nak":
        return f"refused on {interface}: {said}. The server does not accept the client's last address here. {LOOK}"
    if last == "offer":
        return f"offered, but not acknowledged so far on {interface}: {said}. {LOOK}"
    if last == "ack":
        return (
            f"acknowledged, but the address is not on {interface}: {said}{troubles and '; '}{troubles}. "
            f"Does something else manage {interface} (NetworkManager, systemd-networkd), or have that address?"
        )
    if troubles:
        return f"no server could be asked on {interface}: {troubles}. Is its link up, and the client running?"
    if conversation.asked:
        return (
            f"no server answered on {interface}, asked {conversation.asked} times. Is it on the servers' network, "
            f"and does a server there serve clients in its present state? {LOOK}"
        )
    return f"the client has not asked on {interface} yet. Is its service running?"


def dhclient_lease(lines: Iterable[str], interface: str, now: datetime) -> HeldLease | None:
    """The last lease that dhclient recorded for the interface, unless it has expired."""
    last: ClientLease | None = None
    for lease in read_client_leases(lines):
        if lease.interface == interface:
            last = lease
    if last is None or (last.expires is not None and last.expires <= now):
        return None
    options = last.options
    return _held(
        interface,
        last.address,
        options.get("subnet-mask"),
        options.get("dhcp-lease-time"),
        options.get("dhcp-server-identifier"),
        _list(options.get("routers")),
        _list(options.get("domain-name-servers")),
        last.expires,
    )


def dhcpcd_lease(acknowledgement: bytes, interface: str, written: datetime, now: datetime) -> HeldLease | None:
    """The lease that dhcpcd keeps: the server's DHCPACK itself. Its time counts from when it was written.

    Asking dhcpcd (--dumplease) is not an option: 9.4.1 stops answering after a few questions.
    """
    try:
        message = packet.decode_message(acknowledgement)
    except packet.PacketError:
        return None
    seconds = message.number(packet.LEASE_TIME)
    expires = written + timedelta(seconds=seconds) if seconds is not None and seconds != packet.INFINITY else None
    if expires is not None and expires <= now:
        return None
    return _held(
        interface,
        message.yiaddr,
        message.address(packet.NETMASK),
        str(seconds) if seconds is not None else None,
        message.server,
        message.addresses(packet.ROUTERS),
        message.addresses(packet.NAME_SERVERS),
        expires,
    )


def _held(
    interface: str,
    address: str,
    netmask: str | None,
    lease_time: str | None,
    server: str | None,
    routers: list[str],
    name_servers: list[str],
    expires: datetime | None,
) -> HeldLease:
    # Without a valid mask, the address stands for itself.
    try:
        network = ipaddress.IPv4Network(f"0.0.0.0/{netmask or 32}")
    except ValueError:
        network = ipaddress.IPv4Network("0.0.0.0/32")
    return HeldLease(
        interface,
        address,
        network.prefixlen,
        str(network.netmask),
        int(lease_time) if lease_time and _SECONDS.fullmatch(lease_time) else None,
        server,
        routers,
        name_servers,
        expires.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if expires else None,
    )


def _list(text: str | None) -> list[str]:
    return re.split(r"[,\s]+", text.strip()) if text else []
