# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames and messages: round trips, recorded ones, and hostile ones."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.packet import (
    Arp,
    Datagram,
    Echo,
    Frame,
    Message,
    PacketError,
    decode_frame,
    decode_message,
    encode_frame,
    encode_message,
)

MAC = bytes.fromhex("025400000001")
macs = st.binary(min_size=6, max_size=6)
addresses = st.ip_addresses(v=4).map(str)
ports = st.integers(0, 0xFFFF)
datagrams = st.builds(Datagram, macs, macs, addresses, addresses, ports, ports, st.binary(max_size=600))
arps = st.builds(Arp, st.booleans(), macs, addresses, macs, addresses)
echoes = st.builds(Echo, macs, macs, addresses, addresses, st.booleans(), st.binary(min_size=4, max_size=100))
# Code 52 says that options continue elsewhere; that has its own test.
codes = st.integers(1, 254).filter(lambda code: code != packet.OVERLOAD)
messages = st.builds(
    Message,
    st.booleans(),
    st.integers(0, 0xFFFFFFFF),
    macs,
    st.dictionaries(codes, st.binary(max_size=600), max_size=8),
    st.integers(0, 0xFFFF),
    st.booleans(),
    addresses,
    addresses,
    addresses,
    addresses,
)


@given(st.one_of(datagrams, arps, echoes))
def test_frames_round_trip(frame: Frame) -> None:
    encoded = encode_frame(frame)
    assert decode_frame(encoded) == frame
    # Ethernet pads short frames; the padding is not part of the packet.
    assert decode_frame(encoded.ljust(60, b"\0")) == frame


@given(messages)
def test_messages_round_trip(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    decode_frame(data)
    with contextlib.suppress(PacketError):
        decode_message(data)


@given(messages, st.integers(0, 2**32))
def test_broken_messages_are_survived(message: Message, seed: int) -> None:
    """Real messages with bytes changed or cut off reach deeper code than random bytes."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    data = bytearray(encode_message(message))
    for _number in range(rng.randrange(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    with contextlib.suppress(PacketError):
        found = decode_message(bytes(data[: rng.randrange(len(data) + 1)]))
        packet.describe_options(found.options)
        assert found.server is None or found.server.count(".") == 3
    datagram = Datagram(MAC, MAC, "10.0.0.1", "10.0.0.2", 67, 68, bytes(data))
    frame = bytearray(encode_frame(datagram))
    frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
    decode_frame(bytes(frame))


@given(datagrams.filter(lambda datagram: len(datagram.payload) > 0), st.integers(0, 10_000))
def test_a_flipped_bit_is_seen(datagram: Datagram, at: int) -> None:
    frame = bytearray(encode_frame(datagram))
    start = 14  # the Ethernet header has no checksum of its own here
    bit = at % ((len(frame) - start) * 8)
    frame[start + bit // 8] ^= 1 << bit % 8
    found = decode_frame(bytes(frame))
    # A checksum of zero means that none was computed.
    assert found is None or frame[40:42] == b"\0\0"


def test_an_unfinished_checksum_is_accepted_on_request() -> None:
    frame = bytearray(encode_frame(Datagram(MAC, MAC, "10.0.0.1", "10.0.0.2", 67, 68, b"data")))
    frame[40:42] = b"\x12\x34"
    assert decode_frame(bytes(frame)) is None
    assert decode_frame(bytes(frame), checksum_ready=False) is not None


def test_against_another_implementation() -> None:
    """Bytes that this code did not make: a ping and an ARP request, as RFC 826 and iputils have them."""
    arp = bytes.fromhex("ffffffffffff525400c1fb9c08060001080006040001525400c1fb9cac1001e1000000000000ac100164")
    assert decode_frame(arp) == Arp(True, bytes.fromhex("525400c1fb9c"), "172.16.1.225", bytes(6), "172.16.1.100")
    assert encode_frame(Arp(True, bytes.fromhex("525400c1fb9c"), "172.16.1.225", bytes(6), "172.16.1.100")) == arp
    # RFC 1071's own example of a checksum.
    assert packet.checksum(bytes.fromhex("0001f203f4f5f6f7")) == (~0xDDF2 & 0xFFFF)


FRAME = encode_frame(Datagram(MAC, MAC, "10.0.0.1", "10.0.0.2", 67, 68, b"data"))


@pytest.mark.parametrize(
    "what, frame",
    [
        ("nothing", b""),
        ("an Ethernet header alone", FRAME[:14]),
        ("IPv6", FRAME[:12] + b"\x86\xdd" + FRAME[14:]),
        ("cut off", FRAME[:-1]),
        ("a version that is not 4", FRAME[:14] + b"\x65" + FRAME[15:]),
        ("a header shorter than a header", FRAME[:14] + b"\x44" + FRAME[15:]),
        ("an ARP packet cut off", FRAME[:12] + b"\x08\x06" + bytes(10)),
        ("ARP for something else", FRAME[:12] + b"\x08\x06" + bytes(28)),
    ],
)
def test_frames_that_are_none(what: str, frame: bytes) -> None:
    assert decode_frame(frame) is None, what


def test_a_fragment_is_not_read() -> None:
    header = bytearray(FRAME[14:34])
    header[6] = 0x20  # more fragments
    header[10:12] = b"\0\0"
    header[10:12] = packet.checksum(bytes(header)).to_bytes(2, "big")
    assert decode_frame(FRAME[:14] + bytes(header) + FRAME[34:]) is None


OFFER = Message(True, 1, MAC, {packet.MESSAGE_TYPE: b"\x02", packet.SERVER_ID: b"\xac\x10\x01\x64"})


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0" * 100, id="too short"),
        pytest.param(b"\x02\x01\x06\x00" + b"\0" * 300, id="no cookie"),
        pytest.param(b"\x03" + encode_message(OFFER)[1:], id="neither request nor reply"),
        pytest.param(encode_message(OFFER)[:1] + b"\x06" + encode_message(OFFER)[2:], id="not Ethernet"),
        pytest.param(encode_message(OFFER)[:240] + b"\x35", id="an option without length"),
        pytest.param(encode_message(OFFER)[:240] + b"\x36\x04\xac\x10", id="an option cut off"),
    ],
)
def test_invalid_messages(data: bytes) -> None:
    with pytest.raises(PacketError):
        decode_message(data)


def test_options_go_on_in_the_names() -> None:
    data = bytearray(encode_message(replace(OFFER, options={**OFFER.options, packet.OVERLOAD: b"\x03"})))
    data[108:113] = b"\x0f\x03lab"  # file: domain-name
    data[113] = 255
    data[44:51] = b"\x0c\x05host1"  # sname: host-name
    data[51] = 255
    found = decode_message(bytes(data))
    assert packet.describe_options(found.options) == {
        "dhcp-server-identifier": "172.16.1.100",
        "domain-name": "lab",
        "host-name": "host1",
    }


def test_options_in_words() -> None:
    assert packet.describe_options(
        {
            1: b"\xff\xff\xff\x00",
            3: bytes([10, 0, 0, 1, 10, 0, 0, 2]),
            51: b"\x00\x00\x07\x08",
            53: b"\x05",
            6: b"odd",
            12: b"printer\xff\0",
            224: b"\x01\x02",
        }
    ) == {
        "subnet-mask": "255.255.255.0",
        "routers": ["10.0.0.1", "10.0.0.2"],
        "domain-name-servers": "6f:64:64",
        "host-name": "printer\ufffd",
        "dhcp-lease-time": 1800,
        "option-224": "01:02",
    }


def test_a_message_is_long_enough_for_old_relays() -> None:
    assert len(encode_message(Message(False, 1, MAC))) == 300
