# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Frames as bytes: what a DHCP client sends and receives on an Ethernet, from the MAC address up to the options.

Pure, and standard library only, because it runs on the managed host. Do not trust what arrives: `decode_frame`
returns None for what it does not know, `decode_message` raises PacketError, and neither fails in any other way.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any, Union

BROADCAST_MAC = b"\xff" * 6
BROADCAST = "255.255.255.255"
NOWHERE = "0.0.0.0"  # noqa: S104 - "no address" in a packet; nothing is bound to it
SERVER_PORT, CLIENT_PORT = 67, 68
INFINITY = 0xFFFFFFFF

# Types of messages, option 53.
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)

# Options that the client itself reads or writes.
NETMASK, ROUTERS, NAME_SERVERS = 1, 3, 6
REQUESTED_ADDRESS, LEASE_TIME, OVERLOAD, MESSAGE_TYPE, SERVER_ID = 50, 51, 52, 53, 54
PARAMETERS, MESSAGE, MAX_SIZE, RENEWAL_TIME, REBINDING_TIME, CLIENT_ID = 55, 56, 57, 58, 59, 61
_PAD, _END = 0, 255

# The options of a lease that people look at, by ISC's names, and how to read their bytes.
OPTIONS = {
    NETMASK: ("subnet-mask", "address"),
    ROUTERS: ("routers", "addresses"),
    NAME_SERVERS: ("domain-name-servers", "addresses"),
    12: ("host-name", "text"),
    15: ("domain-name", "text"),
    28: ("broadcast-address", "address"),
    42: ("ntp-servers", "addresses"),
    LEASE_TIME: ("dhcp-lease-time", "number"),
    SERVER_ID: ("dhcp-server-identifier", "address"),
    MESSAGE: ("dhcp-message", "text"),
    RENEWAL_TIME: ("dhcp-renewal-time", "number"),
    REBINDING_TIME: ("dhcp-rebinding-time", "number"),
    66: ("tftp-server-name", "text"),
    67: ("bootfile-name", "text"),
}
# Options about the message itself. They are not part of what a server hands out.
_ENVELOPE = (OVERLOAD, MESSAGE_TYPE, CLIENT_ID)

_ETHERNET = struct.Struct("!6s6sH")
_IPV4, _ARP = 0x0800, 0x0806
_IP = struct.Struct("!BBHHHBBH4s4s")
_ICMP, _UDP = 1, 17
_UDP_HEADER = struct.Struct("!HHHH")
_ARP_BODY = struct.Struct("!HHBBH6s4s6s4s")
_FIXED = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")
_COOKIE = b"\x63\x82\x53\x63"
# RFC 1542: the length of a BOOTP message. Some servers and relays drop shorter ones.
_SHORTEST = 300


class PacketError(ValueError):
    """These bytes are not a DHCP message."""


# --- frames -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Datagram:
    """A UDP datagram with everything below it."""

    source_mac: bytes
    destination_mac: bytes
    source: str
    destination: str
    source_port: int
    destination_port: int
    payload: bytes


@dataclass(frozen=True)
class Arp:
    """Who has `target`? Tell `sender`. Or the answer to it, where the sender is the one who has it."""

    request: bool
    sender_mac: bytes
    sender: str
    target_mac: bytes
    target: str


@dataclass(frozen=True)
class Echo:
    """A ping, or the answer to it. `body` is identifier, sequence number and data."""

    source_mac: bytes
    destination_mac: bytes
    source: str
    destination: str
    request: bool
    body: bytes


Frame = Union[Datagram, Arp, Echo]


def checksum(data: bytes) -> int:
    """The ones' complement sum of IP, UDP and ICMP. It is 0 for data that includes its own checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pack_address(address: str) -> bytes:
    return IPv4Address(address).packed


def unpack_address(data: bytes) -> str:
    return str(IPv4Address(data))


def mac_text(mac: bytes) -> str:
    return mac.hex(":")


def encode_frame(frame: Frame) -> bytes:
    """The bytes to put on the wire, without the padding that the hardware adds."""
    if isinstance(frame, Arp):
        body = _ARP_BODY.pack(
            1,
            _IPV4,
            6,
            4,
            1 if frame.request else 2,
            frame.sender_mac,
            pack_address(frame.sender),
            frame.target_mac,
            pack_address(frame.target),
        )
        destination = BROADCAST_MAC if frame.request else frame.target_mac
        return _ETHERNET.pack(destination, frame.sender_mac, _ARP) + body
    source, destination = pack_address(frame.source), pack_address(frame.destination)
    if isinstance(frame, Datagram):
        protocol = _UDP
        length = _UDP_HEADER.size + len(frame.payload)
        pseudo = source + destination + struct.pack("!BBH", 0, _UDP, length)
        header = _UDP_HEADER.pack(frame.source_port, frame.destination_port, length, 0)
        # 0 means "no checksum", so a sum of 0 is sent in its other form.
        total = checksum(pseudo + header + frame.payload) or 0xFFFF
        packet = header[:6] + struct.pack("!H", total) + frame.payload
    else:
        protocol = _ICMP
        kind = b"\x08\x00" if frame.request else b"\x00\x00"
        packet = kind + struct.pack("!H", checksum(kind + b"\0\0" + frame.body)) + frame.body
    # Version and header length, low delay (as dhclient), length, identification, fragment, TTL, protocol, checksum.
    fields = [0x45, 0x10, _IP.size + len(packet), 0, 0, 64, protocol, 0, source, destination]
    fields[7] = checksum(_IP.pack(*fields))
    return _ETHERNET.pack(frame.destination_mac, frame.source_mac, _IPV4) + _IP.pack(*fields) + packet


def decode_frame(data: bytes, checksum_ready: bool = True) -> Frame | None:
    """What this is; None if it is broken, or not for a DHCP client.

    A frame from a sender on the same host may have no UDP checksum yet, because no hardware has computed it. The kernel
    knows, and `checksum_ready` says so.
    """
    if len(data) < _ETHERNET.size:
        return None
    destination_mac, source_mac, kind = _ETHERNET.unpack_from(data)
    body = data[_ETHERNET.size :]
    if kind == _ARP:
        return _decode_arp(body)
    if kind != _IPV4 or len(body) < _IP.size or body[0] >> 4 != 4:
        return None
    start = (body[0] & 0x0F) * 4
    _version, _tos, end, _id, fragment, _ttl, protocol, _sum, source, destination = _IP.unpack_from(body)
    # Ignore fragments: DHCP messages fit into one frame.
    if start < _IP.size or not start <= end <= len(body) or fragment & 0x3FFF or checksum(body[:start]):
        return None
    packet = body[start:end]
    addresses = (unpack_address(source), unpack_address(destination))
    if protocol == _UDP and len(packet) >= _UDP_HEADER.size:
        source_port, destination_port, length, total = _UDP_HEADER.unpack_from(packet)
        if not _UDP_HEADER.size <= length <= len(packet):
            return None
        pseudo = source + destination + struct.pack("!BBH", 0, _UDP, length)
        if total and checksum_ready and checksum(pseudo + packet[:length]):
            return None
        payload = packet[_UDP_HEADER.size : length]
        return Datagram(source_mac, destination_mac, *addresses, source_port, destination_port, payload)
    if protocol == _ICMP and len(packet) >= 8 and packet[0] in (0, 8) and packet[1] == 0 and not checksum(packet):
        return Echo(source_mac, destination_mac, *addresses, packet[0] == 8, packet[4:])
    return None


def _decode_arp(body: bytes) -> Arp | None:
    if len(body) < _ARP_BODY.size:
        return None
    hardware, protocol, mac_length, length, operation, sender_mac, sender, target_mac, target = _ARP_BODY.unpack_from(
        body
    )
    if (hardware, protocol, mac_length, length) != (1, _IPV4, 6, 4) or operation not in (1, 2):
        return None
    return Arp(operation == 1, sender_mac, unpack_address(sender), target_mac, unpack_address(target))


# --- DHCP messages ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A DHCP message. `hardware` is the client's MAC address; options are bytes by their codes."""

    reply: bool
    xid: int
    hardware: bytes
    options: Mapping[int, bytes] = field(default_factory=dict)
    secs: int = 0
    broadcast: bool = False
    ciaddr: str = NOWHERE
    yiaddr: str = NOWHERE
    siaddr: str = NOWHERE
    giaddr: str = NOWHERE

    @property
    def type(self) -> int | None:
        return self.number(MESSAGE_TYPE, 1)

    @property
    def server(self) -> str | None:
        """The server identifier."""
        return self.address(SERVER_ID)

    def number(self, code: int, size: int = 4) -> int | None:
        value = self.options.get(code)
        return int.from_bytes(value, "big") if value is not None and len(value) == size else None

    def addresses(self, code: int) -> list[str]:
        """The addresses in an option."""
        value = self.options.get(code, b"")
        return [unpack_address(value[at : at + 4]) for at in range(0, len(value), 4)] if len(value) % 4 == 0 else []

    def address(self, code: int) -> str | None:
        """The address in an option, the first if there are several."""
        return next(iter(self.addresses(code)), None)


def encode_message(message: Message) -> bytes:
    fixed = _FIXED.pack(
        2 if message.reply else 1,
        1,
        6,
        0,
        message.xid,
        min(message.secs, 0xFFFF),
        0x8000 if message.broadcast else 0,
        *(pack_address(part) for part in (message.ciaddr, message.yiaddr, message.siaddr, message.giaddr)),
        message.hardware,
        b"",
        b"",
    )
    parts = [fixed, _COOKIE]
    # The type goes first, because servers expect it there.
    for code, value in sorted(message.options.items(), key=lambda item: item[0] != MESSAGE_TYPE):
        # RFC 3396: a value that is too long for one option is split, and joined again by the reader.
        for start in range(0, max(len(value), 1), 255):
            part = value[start : start + 255]
            parts.append(bytes([code, len(part)]) + part)
    parts.append(bytes([_END]))
    return b"".join(parts).ljust(_SHORTEST, b"\0")


def decode_message(data: bytes) -> Message:
    if len(data) < _FIXED.size + len(_COOKIE):
        raise PacketError(f"{len(data)} bytes are too short for a DHCP message")
    if data[_FIXED.size : _FIXED.size + len(_COOKIE)] != _COOKIE:
        raise PacketError("no DHCP message: the magic cookie is missing")
    operation, kind, length, _hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, hardware, sname, file = (
        _FIXED.unpack_from(data)
    )
    if operation not in (1, 2) or (kind, length) != (1, 6):
        raise PacketError(f"operation {operation}, hardware type {kind}, hardware length {length}: not for Ethernet")
    options: dict[int, bytes] = {}
    _read_options(data[_FIXED.size + len(_COOKIE) :], options)
    # RFC 2131: options may continue in the fields that BOOTP had for names; file first, then sname.
    overload = options.get(OVERLOAD, b"")
    if overload in (b"\x01", b"\x03"):
        _read_options(file, options)
    if overload in (b"\x02", b"\x03"):
        _read_options(sname, options)
    return Message(
        operation == 2,
        xid,
        hardware[:6],
        options,
        secs,
        bool(flags & 0x8000),
        *(unpack_address(part) for part in (ciaddr, yiaddr, siaddr, giaddr)),
    )


def _read_options(data: bytes, options: dict[int, bytes]) -> None:
    at = 0
    while at < len(data) and data[at] != _END:
        code = data[at]
        at += 1
        if code == _PAD:
            continue
        if at >= len(data) or at + 1 + data[at] > len(data):
            raise PacketError(f"option {code} is cut off")
        value = data[at + 1 : at + 1 + data[at]]
        options[code] = options.get(code, b"") + value
        at += 1 + len(value)


def describe_options(options: Mapping[int, bytes]) -> dict[str, Any]:
    """What a server hands out: names and values as in dhcpd.conf, or `option-N` in hex where the name is unknown."""
    return {
        OPTIONS.get(code, (f"option-{code}",))[0]: _value(code, value)
        for code, value in sorted(options.items())
        if code not in _ENVELOPE
    }


def _value(code: int, value: bytes) -> Any:
    kind = OPTIONS.get(code, ("", "hex"))[1]
    if kind == "address" and len(value) == 4:
        return unpack_address(value)
    if kind == "addresses" and value and len(value) % 4 == 0:
        return [unpack_address(value[at : at + 4]) for at in range(0, len(value), 4)]
    if kind == "number" and len(value) == 4:
        return int.from_bytes(value, "big")
    if kind == "text":
        return value.rstrip(b"\0").decode("utf-8", "replace")
    return value.hex(":")
