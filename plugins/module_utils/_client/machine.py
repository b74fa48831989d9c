# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Many DHCP clients in one process (RFC 2131): what each of them sends, when it repeats it, and what it receives.

There are no sockets and no clock here: frames and the time come in, frames and records of exchanges go out. So a test
can stand in for the network. Times are monotonic seconds; records also carry UTC, which is derived and never jumps.

The clients have addresses that the host does not have. Therefore they also do what its kernel would do: ask for the
server's MAC address before a unicast, tell their own to those who ask, and answer a server's ping check.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import (
    ACKNOWLEDGED,
    ACQUIRE,
    DISCOVER,
    EXPIRE,
    EXPIRED,
    INFORM,
    LEASING,
    OFFERED,
    REBIND,
    REBOOT,
    REFUSED,
    RELEASE,
    RENEW,
    SENT,
    STOPPED,
    UNANSWERED,
    UNREACHABLE,
    Exchange,
    Offer,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.packet import Arp, Datagram, Echo, Message

_WANTED = bytes(
    [
        packet.NETMASK,
        packet.ROUTERS,
        packet.NAME_SERVERS,
        12,
        15,
        28,
        42,
        packet.LEASE_TIME,
        packet.SERVER_ID,
        packet.RENEWAL_TIME,
        packet.REBINDING_TIME,
        66,
        67,
    ]
)
# INFORM must not ask for these (RFC 2131, 4.4.3).
_TIMES = (packet.LEASE_TIME, packet.RENEWAL_TIME, packet.REBINDING_TIME)
_FOREVER = float("inf")
# As in Linux: how long an answer to an ARP request is valid, how often to ask, and how long to wait.
_ARP_VALID, _ARP_TRIES, _ARP_WAIT = 30.0, 3, 1.0


@dataclass(frozen=True)
class Behaviour:
    """How the clients behave. The defaults are RFC 2131's."""

    initial: float = 4.0  # seconds before the first retransmission; twice as long before each further one
    maximum: float = 64.0
    jitter: float = 1.0
    renew_minimum: float = 60.0  # at least so many seconds between retransmissions while a lease is renewed
    request_tries: int = 4  # REQUESTs before the client asks for another offer
    timeout: float = 60.0  # seconds after which an exchange counts as unanswered
    pause: float = 1.0  # seconds before a refused client asks again
    broadcast: bool = False  # ask the servers to broadcast their answers
    client_id: bool = True  # send a client identifier: type 1 and the MAC address


@dataclass(frozen=True)
class Grant:
    """The lease that a client holds. `granted` counts from the REQUEST, so that the server never ends it earlier."""

    address: str
    server: str
    granted: float
    seconds: float
    renewal: float
    rebinding: float
    netmask: str | None = None
    router: str | None = None

    @property
    def expires(self) -> float:
        return self.granted + self.seconds

    @property
    def next_hop(self) -> str:
        """The address whose MAC address a unicast to the server needs."""
        if self.netmask and self.router:
            network = IPv4Network(f"{self.address}/{self.netmask}", strict=False)
            if IPv4Address(self.server) not in network:
                return self.router
        return self.server


@dataclass
class _Open:
    """An exchange that has not ended. It ends at `limit`, answered or not."""

    kind: str
    since: float
    started: float
    limit: float
    xid: int
    selected: Offer | None = None
    tries: int = 0  # packets of this phase
    sent: int = 0
    changes: int = 0  # packets that were not retransmissions
    asked: float = 0.0  # when the last packet went out
    offers: list[Offer] = field(default_factory=list)


class Client:
    """One client. If it `keeps` its lease, it renews it, and asks again whenever it has none."""

    def __init__(self, mac: bytes, probe: Probe, client_id: bytes | None) -> None:
        self.mac = mac
        self.client_id = client_id
        self.keeps = False
        self.lease: Grant | None = None
        self.due = _FOREVER  # when there is something to do
        self._probe = probe
        self._open: _Open | None = None
        self._wish: str | None = None  # the last address it had
        self._since: float | None = None  # when it began to want what it does not have yet

    @property
    def busy(self) -> bool:
        return self._open is not None

    # --- what it does on its own

    def begin(self, kind: str, now: float, timeout: float | None = None) -> None:
        """Start an exchange. One that is open ends."""
        self.stop(now)
        if self.lease is None and kind not in (DISCOVER, ACQUIRE):
            raise ValueError(f"{packet.mac_text(self.mac)} has no lease to {kind}")
        limit = now + (self._probe.behaviour.timeout if timeout is None else timeout)
        if self._since is None or not self.keeps:
            self._since = now
        self._open = _Open(kind, self._since, now, limit, self._probe.xid())
        self._send(now)

    def stop(self, now: float) -> None:
        """End the open exchange, if there is one."""
        if self._open:
            self._end(STOPPED, now)

    def tick(self, now: float) -> None:
        if self.due > now:
            return
        self._set_due(_FOREVER)
        if self._open is None:
            self._next(now)
        elif now >= self._open.limit:
            self._give_up(self._open, now)
        else:
            self._send(now)

    def _next(self, now: float) -> None:
        """No exchange is open: do what a client that keeps its lease does next, or plan it."""
        if not self.keeps:
            return
        lease = self.lease
        if lease is None:
            self.begin(ACQUIRE, now)
        elif now >= lease.expires:
            self._expire(lease, now)
        elif now >= lease.rebinding:
            self.begin(REBIND, now, lease.expires - now)
        elif now >= lease.renewal:
            self.begin(RENEW, now, lease.rebinding - now)
        else:
            self._set_due(lease.renewal)

    def _give_up(self, exchange: _Open, now: float) -> None:
        if exchange.kind == DISCOVER and exchange.offers:
            self._end(OFFERED, now)
            return
        self._end(UNANSWERED, now)
        if exchange.kind == REBOOT and self.keeps:
            self.lease = None
        self._next(now)

    def _expire(self, lease: Grant, now: float) -> None:
        self._open = _Open(EXPIRE, lease.renewal, now, now, 0)
        self._end(EXPIRED, now)
        self.lease = None
        self._since = None
        self._next(now)

    def _set_due(self, due: float) -> None:
        self.due = due
        self._probe.schedule(self)

    # --- what it sends

    def _send(self, now: float) -> None:
        exchange = self._open
        if exchange is None:
            return
        behaviour = self._probe.behaviour
        if exchange.selected and exchange.tries >= behaviour.request_tries:
            # The server that made the offer is gone. Ask all servers again.
            exchange.selected = None
            exchange.xid = self._probe.xid()
            exchange.tries = 0
            exchange.changes += 1
        exchange.tries += 1
        exchange.sent += 1
        exchange.asked = now
        if exchange.kind in (RENEW, REBIND) and self.keeps:
            delay = max((exchange.limit - now) / 2, behaviour.renew_minimum)
        else:
            delay = min(behaviour.initial * 2 ** min(exchange.tries - 1, 16), behaviour.maximum)
            delay = max(delay + self._probe.random.uniform(-behaviour.jitter, behaviour.jitter), 0.05)
        self._set_due(min(now + delay, exchange.limit))
        message = self._message(exchange, now)
        if exchange.kind == RELEASE:
            self._probe.unicast(self, message, now, self._released)
        elif exchange.kind == RENEW:
            self._probe.unicast(self, message, now)
        else:
            self._probe.broadcast(self, message)

    def _message(self, exchange: _Open, now: float) -> Message:
        kind, lease = exchange.kind, self.lease
        options: dict[int, bytes] = {}
        ciaddr = packet.NOWHERE
        if exchange.selected:
            code = packet.REQUEST
            options[packet.REQUESTED_ADDRESS] = packet.pack_address(exchange.selected.address)
            options[packet.SERVER_ID] = packet.pack_address(exchange.selected.server)
        elif lease is None or kind in (DISCOVER, ACQUIRE):
            code = packet.DISCOVER
            if self._wish:
                options[packet.REQUESTED_ADDRESS] = packet.pack_address(self._wish)
        elif kind == REBOOT:
            code = packet.REQUEST
            options[packet.REQUESTED_ADDRESS] = packet.pack_address(lease.address)
        else:
            code = {RELEASE: packet.RELEASE, INFORM: packet.INFORM}.get(kind, packet.REQUEST)
            ciaddr = lease.address
            if kind == RELEASE:
                options[packet.SERVER_ID] = packet.pack_address(lease.server)
        options[packet.MESSAGE_TYPE] = bytes([code])
        if self.client_id is not None:
            options[packet.CLIENT_ID] = self.client_id
        if kind != RELEASE:
            wanted = bytes(code for code in _WANTED if code not in _TIMES) if kind == INFORM else _WANTED
            options[packet.PARAMETERS] = wanted
            options[packet.MAX_SIZE] = (1500).to_bytes(2, "big")
        return Message(
            False,
            exchange.xid,
            self.mac,
            options,
            0 if kind == RELEASE else int(now - exchange.since),
            self._probe.behaviour.broadcast and ciaddr == packet.NOWHERE,
            ciaddr,
        )

    def _released(self, reached: bool, now: float) -> None:
        """A RELEASE has no answer: the exchange ends when it has been sent."""
        if self._open and self._open.kind == RELEASE:
            self._end(SENT if reached else UNREACHABLE, now)
            self.lease = None

    # --- what it receives

    def hear(self, message: Message, datagram: Datagram, now: float) -> None:
        """An answer to this client. One that belongs to no open exchange came too late, or twice."""
        exchange = self._open
        if exchange is None or message.xid != exchange.xid or exchange.kind == RELEASE:
            return
        if message.type == packet.OFFER and exchange.kind in (DISCOVER, ACQUIRE):
            self._hear_offer(exchange, message, datagram, now)
        elif message.type == packet.ACK and exchange.kind == INFORM:
            self._end(ACKNOWLEDGED, now, message, datagram)
        elif self._asked_for_a_lease(exchange) and message.type == packet.ACK:
            self._hear_ack(exchange, message, datagram, now)
        elif self._asked_for_a_lease(exchange) and message.type == packet.NAK:
            self._end(REFUSED, now, message, datagram)
            if self.lease:
                self._since = None  # it wanted to keep an address; now it wants a new one
            self.lease = None
            self._wish = None
            if self.keeps:
                self._set_due(now + self._probe.behaviour.pause)

    @staticmethod
    def _asked_for_a_lease(exchange: _Open) -> bool:
        return exchange.kind in (REBOOT, RENEW, REBIND) or exchange.selected is not None

    def _hear_offer(self, exchange: _Open, message: Message, datagram: Datagram, now: float) -> None:
        if message.server is None or message.yiaddr == packet.NOWHERE:
            return  # not an offer that a client could accept
        offer = Offer(
            message.server,
            message.yiaddr,
            message.number(packet.LEASE_TIME),
            round(now - exchange.asked, 6),
            datagram.source,
            packet.mac_text(datagram.source_mac),
            packet.describe_options(message.options),
        )
        known = (offer.server, offer.address, offer.mac)
        if known not in [(other.server, other.address, other.mac) for other in exchange.offers]:
            exchange.offers.append(offer)
        if exchange.kind == ACQUIRE and exchange.selected is None:
            exchange.selected = offer
            exchange.tries = 0
            exchange.changes += 1
            self._send(now)

    def _hear_ack(self, exchange: _Open, message: Message, datagram: Datagram, now: float) -> None:
        seconds = message.number(packet.LEASE_TIME)
        server = message.server or (self.lease.server if self.lease else None)
        if not seconds or server is None or message.yiaddr == packet.NOWHERE:
            return  # not an acknowledgement of a lease
        length = _FOREVER if seconds == packet.INFINITY else float(seconds)
        renewal, rebinding = message.number(packet.RENEWAL_TIME), message.number(packet.REBINDING_TIME)
        if renewal is None or rebinding is None or not 0 < renewal <= rebinding <= length:
            half, most = length / 2, length * 7 / 8
        else:
            half, most = float(renewal), float(rebinding)
        self.lease = Grant(
            message.yiaddr,
            server,
            exchange.asked,
            length,
            exchange.asked + half,
            exchange.asked + most,
            _netmask(message.address(packet.NETMASK)),
            message.address(packet.ROUTERS),
        )
        self._wish = message.yiaddr
        self._since = None
        self._end(ACKNOWLEDGED, now, message, datagram)
        self._next(now)

    def _end(self, result: str, now: float, message: Message | None = None, datagram: Datagram | None = None) -> None:
        exchange = self._open
        if exchange is None:
            return
        self._open = None
        self._set_due(_FOREVER)
        utc = self._probe.utc
        lease = self.lease
        leased = result == ACKNOWLEDGED and exchange.kind in LEASING and lease is not None
        selected = exchange.selected
        address = lease.address if lease else selected.address if selected else None
        server = lease.server if lease else None
        if message is not None:
            server = message.server or (None if result == REFUSED else server)
        expires = lease.expires if lease and leased else _FOREVER
        said = message.options.get(packet.MESSAGE) if message else None
        self._probe.record(
            Exchange(
                exchange.kind,
                result,
                packet.mac_text(self.mac),
                packet.mac_text(self.client_id) if self.client_id is not None else None,
                selected.address if selected and result == REFUSED else address,
                server,
                datagram.source if datagram else None,
                message.number(packet.LEASE_TIME) if message and leased else None,
                utc(exchange.since),
                utc(exchange.started),
                utc(now),
                exchange.started,
                now,
                now - exchange.started,
                exchange.sent,
                max(exchange.sent - 1 - exchange.changes, 0),
                1 if result == REFUSED else 0,
                utc(lease.granted) if lease and leased else None,
                utc(expires) if expires != _FOREVER else None,
                lease.netmask if lease and leased else None,
                lease.router if lease and leased else None,
                said.decode("utf-8", "replace") if said is not None else None,
                exchange.offers,
            )
        )


def _netmask(text: str | None) -> str | None:
    """A server may send anything as a netmask."""
    try:
        return str(IPv4Network(f"0.0.0.0/{text}").netmask) if text else None
    except ValueError:
        return None


@dataclass
class _Waiting:
    """Unicasts that wait until a MAC address is known."""

    asker: Client
    due: float
    tries: int = 0
    frames: list[tuple[Client, Message, str, Callable[[bool, float], None] | None]] = field(default_factory=list)


class Probe:
    """All clients of one interface. `transmit` puts a frame on the wire, `record` gets every exchange when it ends."""

    def __init__(
        self,
        transmit: Callable[[bytes], None],
        record: Callable[[Exchange], None],
        behaviour: Behaviour,
        epoch: float,
        rng: random.Random,
    ) -> None:
        self.record = record
        self.behaviour = behaviour
        self.random = rng
        self.clients: dict[bytes, Client] = {}
        self._transmit = transmit
        self._epoch = epoch  # UTC at monotonic 0
        self._dues: list[tuple[float, bytes]] = []
        self._macs: dict[str, tuple[bytes, float]] = {}  # of servers and routers, and until when they are valid
        self._waiting: dict[str, _Waiting] = {}

    def utc(self, monotonic: float) -> float:
        return self._epoch + monotonic

    def xid(self) -> int:
        return self.random.getrandbits(32)

    def add(self, mac: bytes) -> Client:
        client = Client(mac, self, b"\x01" + mac if self.behaviour.client_id else None)
        self.clients[mac] = client
        return client

    def resume(self, record: Mapping[str, Any]) -> Client:
        """The client that holds this lease, which `leases` returned before. ValueError if it cannot be a lease."""
        client = self.add(parse_mac(record["client"]))
        identifier = record.get("client_id")
        client.client_id = bytes.fromhex(identifier.replace(":", "")) if identifier else None
        stated = record.get("lease_time")
        seconds = _FOREVER if stated in (None, packet.INFINITY) else float(stated)
        granted = float(record["granted"]) - self._epoch
        client.lease = Grant(
            str(IPv4Address(record["address"])),
            str(IPv4Address(record["server"])),
            granted,
            seconds,
            granted + seconds / 2,
            granted + seconds * 7 / 8,
            _netmask(record.get("netmask")),
            str(IPv4Address(record["router"])) if record.get("router") else None,
        )
        return client

    def leases(self) -> list[dict[str, Any]]:
        """What the clients hold, as records for `resume`."""
        return [
            {
                "client": packet.mac_text(client.mac),
                "client_id": packet.mac_text(client.client_id) if client.client_id is not None else None,
                "address": client.lease.address,
                "server": client.lease.server,
                "granted": round(self.utc(client.lease.granted), 6),
                "lease_time": None if client.lease.seconds == _FOREVER else int(client.lease.seconds),
                "netmask": client.lease.netmask,
                "router": client.lease.router,
            }
            for client in self.clients.values()
            if client.lease
        ]

    @property
    def busy(self) -> bool:
        return bool(self._waiting) or any(client.busy for client in self.clients.values())

    # --- time

    def schedule(self, client: Client) -> None:
        if client.due != _FOREVER:
            heapq.heappush(self._dues, (client.due, client.mac))

    def due(self) -> float:
        """When `tick` has something to do; infinity if never."""
        while self._dues and self.clients[self._dues[0][1]].due != self._dues[0][0]:
            heapq.heappop(self._dues)  # it was postponed, or is done
        first = self._dues[0][0] if self._dues else _FOREVER
        return min([first, *(waiting.due for waiting in self._waiting.values())])

    def tick(self, now: float) -> None:
        for hop in [hop for hop, waiting in self._waiting.items() if waiting.due <= now]:
            self._ask(hop, now)
        # Each client once: what this makes due is for the next call.
        ready: dict[bytes, None] = {}
        while self._dues and self._dues[0][0] <= now:
            ready[heapq.heappop(self._dues)[1]] = None
        for mac in ready:
            self.clients[mac].tick(now)

    # --- out

    def broadcast(self, client: Client, message: Message) -> None:
        self._put(client, message, packet.BROADCAST, packet.BROADCAST_MAC)

    def unicast(
        self, client: Client, message: Message, now: float, done: Callable[[bool, float], None] | None = None
    ) -> None:
        """Send to the server of the client's lease; `done` is told whether it went out, and when."""
        if client.lease is None:
            raise ValueError("a client without a lease has no server")
        hop, server = client.lease.next_hop, client.lease.server
        mac, until = self._macs.get(hop, (b"", 0.0))
        if mac and now < until:
            self._put(client, message, server, mac)
            if done:
                done(True, now)
            return
        waiting = self._waiting.get(hop)
        if waiting is None:
            waiting = self._waiting[hop] = _Waiting(client, now)
        waiting.frames.append((client, message, server, done))
        if waiting.tries == 0:
            self._ask(hop, now)

    def _ask(self, hop: str, now: float) -> None:
        waiting = self._waiting[hop]
        if waiting.tries >= _ARP_TRIES:
            self._flush(hop, None, now)
            return
        waiting.tries += 1
        waiting.due = now + _ARP_WAIT
        asker = waiting.asker
        sender = asker.lease.address if asker.lease else packet.NOWHERE
        self._transmit(packet.encode_frame(Arp(True, asker.mac, sender, bytes(6), hop)))

    def _flush(self, hop: str, mac: bytes | None, now: float) -> None:
        for client, message, server, done in self._waiting.pop(hop).frames:
            if mac:
                self._put(client, message, server, mac)
            if done:
                done(mac is not None, now)

    def _put(self, client: Client, message: Message, destination: str, mac: bytes) -> None:
        ports = (packet.CLIENT_PORT, packet.SERVER_PORT)
        payload = packet.encode_message(message)
        self._transmit(
            packet.encode_frame(Datagram(client.mac, mac, message.ciaddr, destination, *ports, payload)),
        )

    # --- in

    def receive(self, data: bytes, now: float, checksum_ready: bool = True) -> None:
        frame = packet.decode_frame(data, checksum_ready)
        if isinstance(frame, Arp):
            self._hear_arp(frame, now)
        elif isinstance(frame, Echo):
            self._hear_echo(frame, now)
        elif isinstance(frame, Datagram) and frame.destination_port == packet.CLIENT_PORT:
            try:
                message = packet.decode_message(frame.payload)
            except packet.PacketError:
                return
            client = self.clients.get(message.hardware)
            if client and message.reply:
                client.hear(message, frame, now)

    def _holders(self, address: str, now: float) -> Iterator[Client]:
        for client in self.clients.values():
            if client.lease and client.lease.address == address and now < client.lease.expires:
                yield client

    def _hear_arp(self, arp: Arp, now: float) -> None:
        if arp.sender in self._waiting or arp.sender in self._macs:
            self._macs[arp.sender] = (arp.sender_mac, now + _ARP_VALID)
        if arp.sender in self._waiting:
            self._flush(arp.sender, arp.sender_mac, now)
        if arp.request and arp.sender != arp.target:
            for client in self._holders(arp.target, now):
                self._transmit(packet.encode_frame(Arp(False, client.mac, arp.target, arp.sender_mac, arp.sender)))

    def _hear_echo(self, echo: Echo, now: float) -> None:
        if not echo.request:
            return
        for client in self._holders(echo.destination, now):
            if client.mac == echo.destination_mac:
                answer = Echo(client.mac, echo.source_mac, echo.destination, echo.source, False, echo.body)
                self._transmit(packet.encode_frame(answer))


# --- which clients there are --------------------------------------------------------------------------------------


def client_macs(base: bytes) -> Iterator[bytes]:
    """MAC addresses counted up from this one."""
    first = int.from_bytes(base, "big")
    number = 0
    while True:
        yield ((first + number) & 0xFFFFFFFFFFFF).to_bytes(6, "big")
        number += 1


class Workload:
    """Clients that come and stay: some at once, and more at a rate, who leave after a while if `stay` says so."""

    def __init__(
        self, probe: Probe, macs: Iterator[bytes], clients: int, now: float, rate: float = 0.0, stay: float = _FOREVER
    ) -> None:
        self._probe = probe
        self._macs = macs
        self._clients = clients
        self._interval = 1 / rate if rate > 0 else _FOREVER
        self._stay = stay
        self._arrival = now + self._interval
        self._leaving: list[tuple[float, bytes]] = []

    def due(self) -> float:
        if self._clients:
            return 0.0
        return min(self._arrival, self._leaving[0][0] if self._leaving else _FOREVER)

    def tick(self, now: float) -> None:
        while self._clients:
            self._clients -= 1
            self._come(now)
        while self._arrival <= now:
            # Counted from when it should have been, so that the rate is kept.
            self._arrival += self._interval
            client = self._come(now)
            if self._stay != _FOREVER:
                heapq.heappush(self._leaving, (now + self._stay, client.mac))
        while self._leaving and self._leaving[0][0] <= now:
            leave(self._probe.clients[heapq.heappop(self._leaving)[1]], now)

    def _come(self, now: float) -> Client:
        client = self._probe.add(next(self._macs))
        client.keeps = True
        client.begin(ACQUIRE, now)
        return client


def leave(client: Client, now: float) -> None:
    """Leave, and release the lease if there is one."""
    client.keeps = False
    client.stop(now)
    if client.lease:
        client.begin(RELEASE, now)


def parse_mac(text: str) -> bytes:
    parts = text.split(":")
    if len(parts) != 6 or not all(len(part) == 2 for part in parts):
        raise ValueError(f'"{text}" is not a MAC address like 02:00:00:00:00:01')
    mac = bytes.fromhex("".join(parts))
    if mac[0] & 1:
        raise ValueError(f'"{text}" is a group address; a client needs an even first byte, like 02:...')
    return mac
