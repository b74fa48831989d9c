# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe's clients on a simulated network: loss, duplicates, delays, refusals, and none, one or two servers."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import (
    ACQUIRE,
    DISCOVER,
    INFORM,
    REBIND,
    REBOOT,
    RELEASE,
    RENEW,
    Exchange,
    explain,
    servers_seen,
    summarize,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.machine import (
    Behaviour,
    Client,
    Probe,
    Workload,
    client_macs,
    leave,
    parse_mac,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.packet import Arp, Datagram, Echo, Message

EPOCH = 1795371596.0
FIRST = parse_mac("02:00:00:00:00:01")
LEASE = 600
# The values of option 53, from 1.
TYPES = ("discover", "offer", "request", "decline", "ack", "nak", "release", "inform")


class Server:
    """A DHCP server and its kernel: it answers ARP, and asks for a MAC address before it answers by unicast."""

    def __init__(self, network: Network, number: int) -> None:
        self.network = network
        self.address = f"10.0.0.{number}"
        self.mac = bytes([0x52, 0, 0, 0, 0, number])
        self.pool = (f"10.0.{number - 1}.{100 + host}" for host in range(100))
        self.leases: dict[bytes, str] = {}
        self.heard: list[tuple[float, Message, Datagram]] = []
        self.alive = True
        self.refuses = False
        self.extra: dict[int, bytes] = {}
        self.waiting: list[tuple[str, Message]] = []

    def types(self) -> list[str]:
        return [TYPES[(message.type or 1) - 1] for _time, message, _frame in self.heard]

    def receive(self, data: bytes) -> None:
        frame = packet.decode_frame(data)
        if not self.alive or frame is None:
            return
        if isinstance(frame, Arp):
            if frame.request and frame.target == self.address:
                self.send(Arp(False, self.mac, self.address, frame.sender_mac, frame.sender))
            elif not frame.request:
                for address, message in [entry for entry in self.waiting if entry[0] == frame.sender]:
                    self.waiting.remove((address, message))
                    self.reply(message, address, frame.sender_mac)
        elif isinstance(frame, Datagram) and frame.destination_mac in (self.mac, packet.BROADCAST_MAC):
            message = packet.decode_message(frame.payload)
            self.heard.append((self.network.now, message, frame))
            self.answer(message)

    def answer(self, message: Message) -> None:
        kind = {packet.DISCOVER: packet.OFFER, packet.REQUEST: packet.ACK, packet.INFORM: packet.ACK}.get(
            message.type or 0
        )
        if kind is None:
            return
        if message.server not in (None, self.address):
            return  # for another server
        if message.type == packet.REQUEST and self.refuses:
            kind = packet.NAK
        address = self.leases.get(message.hardware) or next(self.pool)
        wanted = message.address(packet.REQUESTED_ADDRESS) or message.ciaddr
        if message.type == packet.REQUEST and wanted != packet.NOWHERE:
            address = wanted  # a partner knows its partner's leases
        if kind != packet.NAK:
            self.leases[message.hardware] = address
        options = {packet.MESSAGE_TYPE: bytes([kind]), packet.SERVER_ID: packet.pack_address(self.address)}
        if message.type != packet.INFORM and kind != packet.NAK:
            options[packet.LEASE_TIME] = LEASE.to_bytes(4, "big")
        if kind == packet.NAK:
            options[packet.MESSAGE] = b"requested address not available"
        options.update(self.extra)
        reply = Message(
            True,
            message.xid,
            message.hardware,
            options,
            ciaddr=message.ciaddr,
            yiaddr=packet.NOWHERE if kind == packet.NAK or message.type == packet.INFORM else address,
        )
        if message.ciaddr != packet.NOWHERE and kind != packet.NAK:
            self.waiting.append((message.ciaddr, reply))
            self.send(Arp(True, self.mac, self.address, bytes(6), message.ciaddr))
        else:
            self.reply(reply, packet.BROADCAST, message.hardware)

    def reply(self, message: Message, address: str, mac: bytes) -> None:
        payload = packet.encode_message(message)
        self.send(Datagram(self.mac, mac, self.address, address, 67, 68, payload))

    def send(self, frame: packet.Frame) -> None:
        self.network.put(packet.encode_frame(frame), from_server=True)


class Network:
    """Delivers frames after a delay. `fate` gives the delays of each copy of a frame; an empty list loses it."""

    def __init__(self, servers: int = 1, **settings: Any) -> None:
        self.now = 0.0
        self.exchanges: list[Exchange] = []
        self.fate: Callable[[bytes, bool], list[float]] = lambda _frame, _from_server: [0.001]
        self.wire: list[tuple[float, int, bytes, bool]] = []
        self.numbers = itertools.count()
        self.sent: list[tuple[float, bytes]] = []
        settings = {"jitter": 0.0, **settings}
        self.probe = Probe(
            lambda frame: self.put(frame, from_server=False),
            self.exchanges.append,
            Behaviour(**settings),
            EPOCH,
            random.Random(1),  # noqa: S311 - no secret
        )
        self.servers = [Server(self, number) for number in range(1, servers + 1)]
        self.workload: Workload | None = None

    def put(self, frame: bytes, from_server: bool) -> None:
        if not from_server:
            self.sent.append((self.now, frame))
        for delay in self.fate(frame, from_server):
            heapq.heappush(self.wire, (self.now + delay, next(self.numbers), frame, from_server))

    def run(self, seconds: float, most: int = 20_000) -> None:
        end = self.now + seconds
        for _number in range(most):
            dues = [self.probe.due(), self.wire[0][0] if self.wire else float("inf")]
            if self.workload:
                dues.append(self.workload.due())
            due = min(dues)
            if due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            while self.wire and self.wire[0][0] <= self.now:
                _time, _number, frame, from_server = heapq.heappop(self.wire)
                if from_server:
                    self.probe.receive(frame, self.now)
                else:
                    for server in self.servers:
                        server.receive(frame)
            if self.workload:
                self.workload.tick(self.now)
            self.probe.tick(self.now)
        raise AssertionError(f"no end after {most} events: something is busy in a circle at {self.now}")

    def client(self, keeps: bool = False) -> Client:
        client = self.probe.add(bytes([*FIRST[:5], len(self.probe.clients) + 1]))
        client.keeps = keeps
        return client

    def acquired(self, keeps: bool = False) -> Client:
        client = self.client(keeps)
        client.begin(ACQUIRE, self.now)
        self.run(1)
        assert client.lease
        return client

    def ends(self) -> list[tuple[str, str]]:
        return [(exchange.kind, exchange.result) for exchange in self.exchanges]

    def asked(self, kind: int) -> list[tuple[float, int]]:
        """When messages of this type were sent, and the `secs` in each."""
        found = []
        for moment, data in self.sent:
            frame = packet.decode_frame(data)
            if isinstance(frame, Datagram):
                message = packet.decode_message(frame.payload)
                if message.type == kind:
                    found.append((round(moment, 2), message.secs))
        return found


def dhcp_type(data: bytes) -> int | None:
    frame = packet.decode_frame(data)
    return packet.decode_message(frame.payload).type if isinstance(frame, Datagram) else None


# --- taking an address --------------------------------------------------------------------------------------------


def test_an_address_is_taken() -> None:
    network = Network()
    client = network.acquired()
    (exchange,) = network.exchanges
    assert (exchange.kind, exchange.result) == ("acquire", "ack")
    assert exchange.address == client.lease.address == "10.0.0.100"  # type: ignore[union-attr]  # it has one
    assert (exchange.server, exchange.source, exchange.lease_time) == ("10.0.0.1", "10.0.0.1", LEASE)
    assert (exchange.sent, exchange.retransmissions) == (2, 0)
    assert exchange.latency == pytest.approx(0.004)
    assert exchange.started == EPOCH
    # The lease counts from the REQUEST, not from the answer.
    assert exchange.granted == pytest.approx(EPOCH + 0.002)
    assert exchange.expires == pytest.approx(EPOCH + 0.002 + LEASE)
    assert [offer.server for offer in exchange.offers] == ["10.0.0.1"]
    assert client.due == float("inf")  # the client does not keep the address


def test_unanswered_messages_are_repeated_with_true_seconds() -> None:
    """4, 8, 16, ... seconds later (RFC 2131, 4.1)."""
    network = Network(servers=0, timeout=100.0)
    network.client().begin(ACQUIRE, 0)
    network.run(200)
    assert network.asked(packet.DISCOVER) == [(0, 0), (4, 4), (12, 12), (28, 28), (60, 60)]
    (exchange,) = network.exchanges
    assert (exchange.result, exchange.sent, exchange.retransmissions, exchange.latency) == ("timeout", 5, 4, 100)
    assert explain(exchange.record()) == "02:00:00:00:00:01: acquire: no server answered, asked 5 times in 100.0 s"


def test_never_later_than_the_maximum_and_not_all_at_once() -> None:
    network = Network(servers=0, timeout=1000.0, jitter=1.0)
    for _number in range(5):
        network.client().begin(ACQUIRE, 0)
    network.run(500)
    moments = sorted(moment for moment, _secs in network.asked(packet.DISCOVER))
    assert len({moment for moment in moments if 0 < moment < 6}) == 5
    assert max(later - earlier for earlier, later in itertools.pairwise(moments)) <= 66


def test_a_client_that_keeps_trying_counts_seconds_from_its_first_attempt() -> None:
    """Seconds count on after a failed attempt, in the packets and in the record."""
    network = Network(timeout=10.0)
    network.servers[0].alive = False
    network.client(keeps=True).begin(ACQUIRE, 0)
    network.run(25)
    network.servers[0].alive = True
    network.run(10)
    assert network.ends() == [("acquire", "timeout")] * 3 + [("acquire", "ack")]
    assert [exchange.since for exchange in network.exchanges] == [EPOCH] * 4
    assert [exchange.started - EPOCH for exchange in network.exchanges] == [0, 10, 20, 30]
    assert network.asked(packet.DISCOVER) == [(0, 0), (4, 4), (10, 10), (14, 14), (20, 20), (24, 24), (30, 30)]


@pytest.mark.parametrize("lost", [packet.DISCOVER, packet.OFFER, packet.REQUEST, packet.ACK])
def test_any_packet_may_be_lost(lost: int) -> None:
    network = Network()
    seen: list[int] = []

    def fate(frame: bytes, _from_server: bool) -> list[float]:
        kind = dhcp_type(frame)
        if kind == lost and not seen:
            seen.append(kind)
            return []
        return [0.001]

    network.fate = fate
    network.client().begin(ACQUIRE, 0)
    network.run(20)
    (exchange,) = network.exchanges
    assert (exchange.result, exchange.retransmissions, exchange.sent) == ("ack", 1, 3)
    assert exchange.latency == pytest.approx(4.004)


def test_half_of_everything_lost_is_survived() -> None:
    rng = random.Random(7)  # noqa: S311 - no secret
    network = Network(servers=2, timeout=2000.0)
    network.fate = lambda _frame, _from_server: [0.001] if rng.random() < 0.5 else []
    clients = [network.client() for _number in range(20)]
    for client in clients:
        client.begin(ACQUIRE, 0)
    network.run(2100)
    assert network.ends() == [("acquire", "ack")] * 20
    assert len({client.lease.address for client in clients if client.lease}) == 20


def test_duplicate_and_late_packets_change_nothing() -> None:
    network = Network(servers=2)
    network.fate = lambda _frame, from_server: [0.001, 0.5, 3.0] if from_server else [0.001, 0.002]
    client = network.acquired()
    network.run(10)
    assert network.ends() == [("acquire", "ack")]
    before = client.lease
    client.begin(RENEW, network.now)
    network.run(10)
    assert network.ends() == [("acquire", "ack"), ("renew", "ack")]
    assert before
    assert client.lease
    assert client.lease.address == before.address


def test_any_order_ends_well() -> None:
    for seed in range(30):
        rng = random.Random(seed)  # noqa: S311 - no secret
        network = Network(servers=2, timeout=100.0)
        network.fate = lambda _frame, _from_server, rng=rng: [
            rng.uniform(0, 6) for _number in range(rng.choice([0, 1, 2]))
        ]  # type: ignore[misc]  # bound early
        clients = [network.client() for _number in range(3)]
        for client in clients:
            client.begin(ACQUIRE, 0)
        network.run(300)
        assert len(network.exchanges) == 3
        assert not network.probe.busy
        held = [client.lease.address for client in clients if client.lease]
        assert len(held) == len(set(held))


def test_the_offers_of_both_servers_are_recorded() -> None:
    network = Network(servers=2)
    network.fate = lambda frame, _from_server: [0.010 if dhcp_type(frame) == packet.REQUEST else 0.001]
    client = network.acquired()
    (exchange,) = network.exchanges
    assert [offer.server for offer in exchange.offers] == ["10.0.0.1", "10.0.0.2"]
    assert client.lease
    assert client.lease.server == "10.0.0.1"
    # The other server learns whose offer was accepted.
    assert network.servers[1].heard[-1][1].server == "10.0.0.1"


def test_a_client_does_not_wait_for_a_server_that_offers_and_dies() -> None:
    network = Network(servers=2, timeout=200.0)
    dying, living = network.servers
    living.alive = False

    def fate(frame: bytes, from_server: bool) -> list[float]:
        if from_server and dhcp_type(frame) == packet.OFFER and dying.alive:
            dying.alive, living.alive = False, True
        return [0.001]

    network.fate = fate
    network.client().begin(ACQUIRE, 0)
    network.run(200)
    (exchange,) = network.exchanges
    assert (exchange.result, exchange.server) == ("ack", "10.0.0.2")
    # One DISCOVER, four unanswered REQUESTs (4 + 8 + 16 + 32 s), then both again.
    assert living.types()[-2:] == ["discover", "request"]
    assert (exchange.sent, exchange.retransmissions) == (7, 3)
    assert exchange.latency == pytest.approx(60.0, abs=0.1)


# --- refusals -----------------------------------------------------------------------------------------------------


def test_a_refusal_is_recorded_and_the_client_starts_again() -> None:
    network = Network(pause=2.0)
    network.servers[0].refuses = True
    client = network.client(keeps=True)
    client.begin(ACQUIRE, 0)
    network.run(1)
    (exchange,) = network.exchanges
    assert (exchange.result, exchange.naks, exchange.address) == ("nak", 1, "10.0.0.100")
    assert exchange.message == "requested address not available"
    assert "refused by 10.0.0.1" in explain(exchange.record())
    network.servers[0].refuses = False
    network.run(10)
    assert network.ends() == [("acquire", "nak"), ("acquire", "ack")]
    assert network.exchanges[1].started == pytest.approx(EPOCH + 2.004)
    # It has been without an address all the time.
    assert network.exchanges[1].since == EPOCH


def test_a_client_that_is_refused_its_renewal_has_no_address() -> None:
    network = Network()
    client = network.acquired()
    network.servers[0].refuses = True
    client.begin(RENEW, network.now)
    network.run(1)
    assert network.ends()[-1] == ("renew", "nak")
    assert client.lease is None
    assert network.exchanges[-1].address == "10.0.0.100"


@pytest.mark.parametrize(
    "extra",
    [
        {packet.LEASE_TIME: b"\0\0\0\0"},
        {packet.LEASE_TIME: b"\1"},
    ],
)
def test_an_acknowledgement_without_a_lease_is_ignored(extra: dict[int, bytes]) -> None:
    network = Network(timeout=5.0)
    network.servers[0].extra = extra
    client = network.client()
    client.begin(ACQUIRE, 0)
    network.run(10)
    assert network.ends() == [("acquire", "timeout")]
    assert client.lease is None
    assert "offered 10.0.0.100 by 10.0.0.1, but nothing was acknowledged" in explain(network.exchanges[0].record())


# --- keeping it ---------------------------------------------------------------------------------------------------


def test_a_lease_is_renewed_at_half_time_by_unicast() -> None:
    network = Network()
    client = network.acquired(keeps=True)
    network.run(LEASE * 3 / 4)
    assert network.ends() == [("acquire", "ack"), ("renew", "ack")]
    moment, message, frame = network.servers[0].heard[-1]
    assert moment == pytest.approx(LEASE / 2, abs=0.1)
    assert (message.ciaddr, message.address(packet.REQUESTED_ADDRESS), message.server) == ("10.0.0.100", None, None)
    assert (frame.source, frame.destination) == ("10.0.0.100", "10.0.0.1")
    assert frame.destination_mac == network.servers[0].mac
    assert client.lease
    assert client.lease.granted == pytest.approx(LEASE / 2, abs=0.1)


def test_times_of_the_server_count() -> None:
    network = Network()
    network.servers[0].extra = {
        packet.RENEWAL_TIME: (100).to_bytes(4, "big"),
        packet.REBINDING_TIME: (200).to_bytes(4, "big"),
    }
    client = network.acquired(keeps=True)
    assert client.lease
    assert (client.lease.renewal - client.lease.granted, client.lease.rebinding - client.lease.granted) == (100, 200)


@pytest.mark.parametrize("renewal, rebinding", [(200, 100), (0, 100), (100, 700)])
def test_times_that_make_no_sense_do_not_count(renewal: int, rebinding: int) -> None:
    network = Network()
    network.servers[0].extra = {
        packet.RENEWAL_TIME: renewal.to_bytes(4, "big"),
        packet.REBINDING_TIME: rebinding.to_bytes(4, "big"),
    }
    client = network.acquired(keeps=True)
    assert client.lease
    assert client.lease.renewal - client.lease.granted == LEASE / 2


def test_a_lease_for_ever_is_not_renewed() -> None:
    network = Network()
    network.servers[0].extra = {packet.LEASE_TIME: b"\xff\xff\xff\xff"}
    client = network.acquired(keeps=True)
    assert network.exchanges[0].expires is None
    assert network.exchanges[0].record()["expires"] is None
    network.run(1e7)
    assert client.lease
    assert len(network.exchanges) == 1


def test_the_partner_takes_over_when_the_client_rebinds() -> None:
    network = Network(servers=2)
    first, second = network.servers
    second.alive = False
    network.acquired(keeps=True)
    first.alive, second.alive = False, True
    network.run(LEASE)
    assert network.ends() == [("acquire", "ack"), ("renew", "timeout"), ("rebind", "ack")]
    renew, rebind = network.exchanges[1:]
    assert renew.server == "10.0.0.1"
    assert rebind.server == "10.0.0.2"
    assert rebind.started - EPOCH == pytest.approx(LEASE * 7 / 8, abs=0.1)
    assert rebind.since == renew.since == renew.started
    assert rebind.address == renew.address
    # Half of the time that is left, but not before a minute: 112.5 s, then 60, then T2.
    assert renew.sent == 3


def test_a_lease_without_renewal_expires() -> None:
    network = Network(timeout=30.0)
    client = network.acquired(keeps=True)
    network.servers[0].alive = False
    network.run(LEASE + 20)
    assert network.ends() == [("acquire", "ack"), ("renew", "timeout"), ("rebind", "timeout"), ("expire", "expired")]
    expired = network.exchanges[-1]
    assert expired.address == "10.0.0.100"
    assert expired.ended == pytest.approx(network.exchanges[0].expires)
    assert client.lease is None
    network.servers[0].alive = True
    network.run(30)
    assert network.ends()[-1] == ("acquire", "ack")
    # It asks for its previous address, and has had none since the lease expired.
    discover = next(message for _time, message, _frame in network.servers[0].heard[2:] if message.type == 1)
    assert discover.address(packet.REQUESTED_ADDRESS) == "10.0.0.100"
    assert network.exchanges[-1].since == expired.ended


def test_a_process_that_slept_continues_correctly() -> None:
    """If stopped for longer than T2, it rebinds; for longer than the lease, it has no address."""
    network = Network()
    client = network.acquired(keeps=True)
    network.now = LEASE * 0.9
    network.run(1)
    assert network.ends()[1:] == [("rebind", "ack")]
    network.now += LEASE * 2
    network.run(1)
    assert network.ends()[2:] == [("expire", "expired"), ("acquire", "ack")]
    assert client.lease


# --- the other verbs ----------------------------------------------------------------------------------------------


def test_one_shots() -> None:
    network = Network()
    client = network.acquired()
    network.servers[0].heard.clear()
    for kind in (RENEW, REBIND, REBOOT, INFORM, RELEASE):
        client.begin(kind, network.now, 10.0)
        network.run(20)
        result = "sent" if kind == RELEASE else "ack"
        assert network.ends()[-1] == (kind, result)
        assert network.exchanges[-1].address == "10.0.0.100"
    renew, rebind, reboot, inform, release = network.servers[0].heard
    assert [frame.destination for _time, _message, frame in network.servers[0].heard] == [
        "10.0.0.1",
        packet.BROADCAST,
        packet.BROADCAST,
        packet.BROADCAST,
        "10.0.0.1",
    ]
    assert rebind[2].source == rebind[1].ciaddr == renew[1].ciaddr == inform[1].ciaddr == "10.0.0.100"
    assert (reboot[1].ciaddr, reboot[1].address(packet.REQUESTED_ADDRESS)) == (packet.NOWHERE, "10.0.0.100")
    assert packet.LEASE_TIME not in inform[1].options[packet.PARAMETERS]
    assert release[1].server == "10.0.0.1"
    assert packet.PARAMETERS not in release[1].options
    assert client.lease is None


def test_a_verb_needs_its_lease() -> None:
    client = Network().client()
    with pytest.raises(ValueError, match="has no lease to renew"):
        client.begin(RENEW, 0)


def test_an_answer_to_another_request_is_ignored() -> None:
    """The transaction number is from an earlier exchange, even one of this client."""
    network = Network(servers=0)
    client = network.client()
    client.begin(ACQUIRE, 0)
    server = Server(network, 1)
    options = {packet.MESSAGE_TYPE: b"\x02", packet.SERVER_ID: packet.pack_address(server.address)}
    for xid in (0, 1, 0xFFFFFFFF):
        offer = Message(True, xid, client.mac, options, yiaddr="10.0.0.77")
        frame = Datagram(server.mac, client.mac, server.address, "10.0.0.77", 67, 68, packet.encode_message(offer))
        network.probe.receive(packet.encode_frame(frame), 0)
    assert network.asked(packet.REQUEST) == []


def test_an_offer_that_comes_twice_counts_once() -> None:
    network = Network(servers=2)
    network.fate = lambda _frame, _from_server: [0.001, 0.002]
    network.client().begin(DISCOVER, 0, 3.0)
    network.run(5)
    assert [offer.server for offer in network.exchanges[0].offers] == ["10.0.0.1", "10.0.0.2"]


def test_discover_hears_all_servers_and_takes_no_address() -> None:
    network = Network(servers=3)
    network.fate = lambda frame, from_server: [3.0 if from_server and frame[6:12] == network.servers[2].mac else 0.001]
    network.client().begin(DISCOVER, 0, 5.0)
    network.run(20)
    assert network.ends() == [("discover", "offer")]
    assert network.exchanges[0].latency == 5
    assert all("request" not in server.types() for server in network.servers)
    seen = servers_seen(network.exchanges, ["10.0.0.1", "10.0.0.2", "10.0.0.9"])
    assert [(entry["server"], entry["expected"]) for entry in seen["servers"]] == [
        ("10.0.0.1", True),
        ("10.0.0.2", True),
        ("10.0.0.3", False),
    ]
    assert (seen["rogues"], seen["missing"]) == (["10.0.0.3"], ["10.0.0.9"])
    assert seen["servers"][0]["options"]["dhcp-lease-time"] == LEASE
    assert servers_seen(network.exchanges, None)["rogues"] == []


def test_a_rogue_with_a_false_identifier_is_a_second_entry() -> None:
    network = Network(servers=2)
    network.servers[1].extra = {packet.SERVER_ID: packet.pack_address("10.0.0.1")}
    network.client().begin(DISCOVER, 0, 5.0)
    network.run(10)
    seen = servers_seen(network.exchanges, ["10.0.0.1"])
    assert [(entry["server"], entry["source"]) for entry in seen["servers"]] == [
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2"),
    ]


def test_nobody_there() -> None:
    network = Network(servers=0)
    network.client().begin(DISCOVER, 0, 5.0)
    network.run(20)
    assert network.ends() == [("discover", "timeout")]
    assert servers_seen(network.exchanges, ["10.0.0.1"]) == {"servers": [], "rogues": [], "missing": ["10.0.0.1"]}


def test_a_release_without_a_server_says_so() -> None:
    network = Network()
    client = network.acquired()
    network.servers[0].alive = False
    network.run(100)  # the known MAC address is too old
    client.begin(RELEASE, network.now)
    network.run(10)
    assert network.ends()[-1] == ("release", "unreachable")
    assert network.exchanges[-1].latency == pytest.approx(3.0)
    assert not network.probe.busy
    assert explain(network.exchanges[-1].record()).endswith("no answer to ARP for 10.0.0.1")


# --- what a host's kernel would do --------------------------------------------------------------------------------


def arp_answers(network: Network, target: str) -> list[Arp]:
    network.sent.clear()
    server = network.servers[0]
    network.probe.receive(packet.encode_frame(Arp(True, server.mac, server.address, bytes(6), target)), network.now)
    return [frame for _time, data in network.sent if isinstance(frame := packet.decode_frame(data), Arp)]


def test_arp_is_answered_for_what_is_held() -> None:
    network = Network()
    client = network.client()
    assert arp_answers(network, "10.0.0.100") == []
    client.begin(ACQUIRE, 0)
    network.run(1)
    assert arp_answers(network, "10.0.0.100") == [Arp(False, FIRST, "10.0.0.100", network.servers[0].mac, "10.0.0.1")]
    assert arp_answers(network, "10.0.0.101") == []
    network.run(LEASE)
    assert arp_answers(network, "10.0.0.100") == []  # not kept, and no longer its own


def test_a_ping_check_finds_the_holder() -> None:
    network = Network()
    network.acquired()
    network.sent.clear()
    server = network.servers[0]
    ping = Echo(server.mac, FIRST, server.address, "10.0.0.100", True, b"\0\1\0\2data")
    network.probe.receive(packet.encode_frame(ping), network.now)
    (answer,) = [packet.decode_frame(data) for _time, data in network.sent]
    assert answer == Echo(FIRST, server.mac, "10.0.0.100", server.address, False, b"\0\1\0\2data")
    for other in (packet.NOWHERE, "10.0.0.101"):
        stray = Echo(server.mac, FIRST, server.address, other, True, b"\0\1\0\2")
        network.probe.receive(packet.encode_frame(stray), network.now)
    elsewhere = Echo(server.mac, server.mac, server.address, "10.0.0.100", True, b"\0\1\0\2")
    network.probe.receive(packet.encode_frame(elsewhere), network.now)
    assert len(network.sent) == 1


def test_a_server_behind_a_router_is_reached_by_it() -> None:
    network = Network()
    router = "10.0.0.1"  # the substitute server answers for its MAC address
    network.servers[0].extra = {
        packet.NETMASK: packet.pack_address("255.255.255.0"),
        packet.ROUTERS: packet.pack_address(router),
        packet.SERVER_ID: packet.pack_address("192.0.2.7"),
    }
    client = network.client()
    client.begin(ACQUIRE, 0)
    network.run(0.0035)  # the offer is taken; the substitute server does not recognise its other name
    network.run(10)
    lease = network.probe.resume(
        {
            "client": "02:00:00:00:00:09",
            "address": "10.0.0.120",
            "server": "192.0.2.7",
            "granted": EPOCH,
            "lease_time": LEASE,
            "netmask": "255.255.255.0",
            "router": router,
        }
    )
    assert lease.lease
    assert lease.lease.next_hop == router
    lease.begin(RENEW, network.now, 5.0)
    network.run(1)
    _time, _message, frame = network.servers[0].heard[-1]
    assert (frame.destination, frame.destination_mac) == ("192.0.2.7", network.servers[0].mac)


@pytest.mark.parametrize(
    "junk", [b"", b"\xff" * 40, packet.encode_frame(Datagram(FIRST, FIRST, "1.2.3.4", "1.2.3.4", 67, 68, b"x"))]
)
def test_junk_is_ignored(junk: bytes) -> None:
    network = Network()
    client = network.client()
    client.begin(ACQUIRE, 0)
    network.probe.receive(junk, 0)
    network.run(1)
    assert client.lease


# --- many ---------------------------------------------------------------------------------------------------------


def test_clients_come_stay_and_go() -> None:
    network = Network()
    network.workload = Workload(network.probe, client_macs(FIRST), 3, 0.0, rate=0.5, stay=5.0)
    network.run(21)
    results = summarize(exchange.record() for exchange in network.exchanges)["summary"]
    assert results["results"] == {"acquire": {"ack": 13}, "release": {"sent": 8}}
    assert (results["clients"], results["bound"]) == (13, 5)
    starts = [exchange.started - EPOCH for exchange in network.exchanges if exchange.kind == ACQUIRE]
    assert starts == [0, 0, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    network.workload = None
    for client in network.probe.clients.values():
        leave(client, network.now)
    network.run(5)
    assert summarize(exchange.record() for exchange in network.exchanges)["leases"] == []
    assert network.probe.due() == float("inf")


def test_a_client_that_leaves_without_an_address_just_goes() -> None:
    network = Network(servers=0)
    client = network.client(keeps=True)
    client.begin(ACQUIRE, 0)
    network.run(5)
    leave(client, network.now)
    network.run(100)
    assert network.ends() == [("acquire", "stopped")]
    assert network.probe.due() == float("inf")


def test_a_lease_continues_in_another_run() -> None:
    network = Network()
    first = network.acquired()
    (record,) = network.probe.leases()
    assert summarize(exchange.record() for exchange in network.exchanges)["leases"] == [record]
    later = Network(client_id=False)
    later.servers[0].leases[first.mac] = "10.0.0.100"
    client = later.probe.resume(record)
    assert later.probe.leases() == [record]
    assert client.client_id == first.client_id == b"\x01" + FIRST
    client.begin(RENEW, 1.0, 5.0)
    later.now = 1.0
    later.run(1)
    assert later.ends() == [("renew", "ack")]


@pytest.mark.parametrize(
    "change",
    [
        {"client": "02:00:00:00:00"},
        {"client": "01:00:00:00:00:01"},
        {"address": "10.0.0"},
        {"server": "dhcp1"},
        {"granted": "yesterday"},
        {"client_id": "xx"},
    ],
)
def test_invalid_leases(change: dict[str, str]) -> None:
    record = {"client": "02:00:00:00:00:01", "address": "10.0.0.5", "server": "10.0.0.1", "granted": 1.0, **change}
    with pytest.raises(ValueError, match=r".+"):
        Network().probe.resume(record)


def test_client_macs_count_up() -> None:
    assert [mac.hex() for mac in itertools.islice(client_macs(parse_mac("02:00:00:00:00:fe")), 3)] == [
        "0200000000fe",
        "0200000000ff",
        "020000000100",
    ]


def test_where_the_clients_stand() -> None:
    network = Network(timeout=3.0)
    kept, lost, refused, never = (network.acquired(), network.acquired(), network.acquired(), network.client())
    network.servers[0].refuses = True
    refused.begin(RENEW, network.now)
    network.run(1)
    network.servers[0].alive = False
    lost.begin(REBOOT, network.now)
    never.begin(ACQUIRE, network.now)
    network.run(5)
    found = summarize(exchange.record() for exchange in network.exchanges)
    # A client whose reboot was not answered still holds its lease.
    assert (found["summary"]["clients"], found["summary"]["bound"]) == (4, 2)
    assert {lease["client"] for lease in found["leases"]} == {packet.mac_text(kept.mac), packet.mac_text(lost.mac)}
