# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our packets and OMAPI messages, as Scapy and pypureomapi read and write them.

Both are for these tests only: Scapy's licence is GPL-2.0-only, and nothing of it is in the artifact or runs with it.
The recorded dialogues and the real daemons of the other tests are the first opinion.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pypureomapi
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw
from scapy.utils import checksum

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.packet import Arp, Datagram, Echo, Message
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi

macs = st.binary(min_size=6, max_size=6)
addresses = st.ip_addresses(v=4).map(str)
# Not of a protocol that Scapy takes apart.
ports = st.integers(40000, 40100)
datagrams = st.builds(Datagram, macs, macs, addresses, addresses, ports, ports, st.binary(min_size=1, max_size=300))
arps = st.builds(Arp, st.booleans(), macs, addresses, macs, addresses)
echoes = st.builds(Echo, macs, macs, addresses, addresses, st.booleans(), st.binary(min_size=5, max_size=100))
numbers = st.integers(0, 0xFFFFFFFF)


def mac(data: bytes) -> str:
    return data.hex(":")


def built(layers: Any) -> bytes:
    """The bytes that Scapy sends, with all lengths and sums computed by it."""
    return bytes(layers)


class TestFrames:
    @given(datagrams)
    def test_a_datagram(self, frame: Datagram) -> None:
        theirs = built(
            Ether(src=mac(frame.source_mac), dst=mac(frame.destination_mac))
            / IP(src=frame.source, dst=frame.destination, tos=0x10, id=0)
            / UDP(sport=frame.source_port, dport=frame.destination_port)
            / Raw(frame.payload)
        )
        assert packet.encode_frame(frame) == theirs
        assert packet.decode_frame(theirs) == frame

    @given(arps)
    def test_arp(self, frame: Arp) -> None:
        theirs = built(
            Ether(src=mac(frame.sender_mac), dst="ff:ff:ff:ff:ff:ff" if frame.request else mac(frame.target_mac))
            / ARP(
                op=1 if frame.request else 2,
                hwsrc=mac(frame.sender_mac),
                psrc=frame.sender,
                hwdst=mac(frame.target_mac),
                pdst=frame.target,
            )
        )
        assert packet.encode_frame(frame) == theirs
        assert packet.decode_frame(theirs) == frame

    @given(echoes)
    def test_a_ping(self, frame: Echo) -> None:
        theirs = built(
            Ether(src=mac(frame.source_mac), dst=mac(frame.destination_mac))
            / IP(src=frame.source, dst=frame.destination, tos=0x10, id=0)
            / ICMP(
                type=8 if frame.request else 0,
                id=int.from_bytes(frame.body[:2], "big"),
                seq=int.from_bytes(frame.body[2:4], "big"),
            )
            / Raw(frame.body[4:])
        )
        assert packet.encode_frame(frame) == theirs
        assert packet.decode_frame(theirs) == frame

    @given(st.binary(max_size=300))
    def test_the_sum(self, data: bytes) -> None:
        assert packet.checksum(data) == checksum(data)


# What a client and a server say to each other: Scapy's name, the code, and values.
OPTIONS: dict[str, tuple[int, st.SearchStrategy[Any]]] = {
    "subnet_mask": (packet.NETMASK, addresses),
    "router": (packet.ROUTERS, addresses),
    "name_server": (packet.NAME_SERVERS, addresses),
    "hostname": (12, st.binary(min_size=1, max_size=60)),
    "requested_addr": (packet.REQUESTED_ADDRESS, addresses),
    "lease_time": (packet.LEASE_TIME, numbers),
    "server_id": (packet.SERVER_ID, addresses),
    "error_message": (packet.MESSAGE, st.binary(min_size=1, max_size=255)),
    "max_dhcp_size": (packet.MAX_SIZE, st.integers(0, 0xFFFF)),
    "renewal_time": (packet.RENEWAL_TIME, numbers),
    "rebinding_time": (packet.REBINDING_TIME, numbers),
    "client_id": (packet.CLIENT_ID, st.binary(min_size=3, max_size=40)),
}


def raw(name: str, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return packet.pack_address(value)
    return int(value).to_bytes(2 if name == "max_dhcp_size" else 4, "big")


@given(
    st.sampled_from([packet.DISCOVER, packet.OFFER, packet.REQUEST, packet.ACK, packet.NAK, packet.RELEASE]),
    st.fixed_dictionaries({}, optional={name: values for name, (_code, values) in OPTIONS.items()}),
    numbers,
    macs,
    st.integers(0, 0xFFFF),
    st.booleans(),
    st.lists(addresses, min_size=4, max_size=4),
)
def test_dhcp_messages(
    kind: int,
    options: dict[str, Any],
    xid: int,
    hardware: bytes,
    secs: int,
    broadcast: bool,
    four: list[str],
) -> None:
    reply = kind in (packet.OFFER, packet.ACK, packet.NAK)
    ours = Message(
        reply,
        xid,
        hardware,
        {packet.MESSAGE_TYPE: bytes([kind]), **{OPTIONS[name][0]: raw(name, value) for name, value in options.items()}},
        secs,
        broadcast,
        *four,
    )
    ciaddr, yiaddr, siaddr, giaddr = four
    theirs = BOOTP(
        op=2 if reply else 1,
        xid=xid,
        secs=secs,
        flags=0x8000 if broadcast else 0,
        ciaddr=ciaddr,
        yiaddr=yiaddr,
        siaddr=siaddr,
        giaddr=giaddr,
        chaddr=hardware + bytes(10),
    ) / DHCP(options=[("message-type", kind), *options.items(), "end"])
    assert packet.encode_message(ours) == built(theirs).ljust(300, b"\0")
    assert packet.decode_message(built(theirs)) == ours
    read = BOOTP(packet.encode_message(ours))[DHCP].options
    assert [option for option in read if option not in ("end", "pad")] == [("message-type", kind), *options.items()]


class Authenticator(pypureomapi.OmapiAuthenticatorBase):
    """Its own is for HMAC-MD5 only."""

    def __init__(self, key: omapi.Key, number: int) -> None:
        super().__init__()
        self.authid = number
        self.digest = key.algorithm.partition("-")[2]
        self.secret = key.secret
        self.authlen = hashlib.new(self.digest).digest_size

    def sign(self, message: bytes) -> bytes:
        return hmac.new(self.secret, message, self.digest).digest()


names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
attributes = st.dictionaries(names, st.binary(max_size=64), max_size=4)
MESSAGES = st.builds(
    omapi.OmapiMessage, st.integers(1, 6), numbers, numbers, numbers, attributes, attributes, st.integers(1, 0xFFFFFFFF)
)


@given(st.sampled_from([None, *omapi.ALGORITHMS]), MESSAGES)
def test_omapi_messages(algorithm: str | None, ours: omapi.OmapiMessage) -> None:
    def pairs(found: omapi.Attributes) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value) for name, value in found.items()]

    key = omapi.Key("omapi_key", algorithm, b"0123456789abcdef") if algorithm else None
    theirs = pypureomapi.OmapiMessage(
        ours.authenticator,
        ours.operation,
        ours.handle,
        ours.transaction,
        ours.answers,
        pairs(ours.message),
        pairs(ours.object),
    )
    if key:
        theirs.sign(Authenticator(key, ours.authenticator))
    assert omapi.encode(ours, key) == theirs.as_string()
    assert omapi.decode(theirs.as_string(), key) == (ours, len(theirs.as_string()))
    read = next(found for found in pypureomapi.InBuffer(omapi.encode(ours, key)).parse_message() if found)
    assert read.as_string() == theirs.as_string()
    if key:
        assert read.verify({ours.authenticator: Authenticator(key, ours.authenticator)})


def test_omapi_begins_alike() -> None:
    assert pypureomapi.OmapiStartupMessage().as_string() == omapi._STARTUP
