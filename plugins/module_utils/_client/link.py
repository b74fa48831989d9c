# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""How the clients reach a real network: packet sockets on one interface, and the loop that serves them."""

from __future__ import annotations

import contextlib
import errno
import json
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import Exchange
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.machine import Probe

_ETH_P_IP, _ETH_P_ARP = 0x0800, 0x0806
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC, _PACKET_AUXDATA = 1, 1, 8
_TP_STATUS_CSUMNOTREADY = 1 << 3
# Reading a socket must not delay the clients' timers.
_BATCH = 256
_LARGEST = 65536
# Answers to many clients arrive at once.
_RECEIVE_BUFFER = 4 << 20
# How often the loop looks for a reason to stop, in seconds, even if no packet arrives.
_LOOK = 0.2
# In a drill, a link may be down for a while. The packet is then lost, as it would be for any client.
_LOST = {errno.ENETDOWN, errno.ENETUNREACH, errno.ENOBUFS, errno.EAGAIN, errno.EINTR}


class LinkError(Exception):
    """The interface cannot be used; the text names host, interface and remedy."""


class PacketLink:
    """An interface, for frames of any source. Promiscuous, because the clients' MAC addresses are not its own."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self.lost = 0  # frames that could not be sent
        self._host = socket.gethostname()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> PacketLink:
        self._check()
        try:
            for protocol in (_ETH_P_IP, _ETH_P_ARP):
                self._sockets.append(self._open(protocol))
        except PermissionError:
            self._close()
            raise LinkError(
                f"{self._host}: no right to open a raw socket on {self.interface} (CAP_NET_RAW). "
                f"Run it as root: become: true"
            ) from None
        except OSError as error:
            self._close()
            raise LinkError(f"{self._host}: interface {self.interface}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        while self._sockets:
            self._sockets.pop().close()

    def _check(self) -> None:
        folder = Path("/sys/class/net")
        if self.interface not in {path.name for path in folder.iterdir()}:
            known = ", ".join(sorted(path.name for path in folder.iterdir()))
            raise LinkError(f"{self._host}: there is no interface {self.interface}; there are: {known}")
        link = folder / self.interface
        if (link / "type").read_text().strip() != "1":
            raise LinkError(f"{self._host}: interface {self.interface} is not Ethernet, which DHCP clients need")
        if not int((link / "flags").read_text(), 16) & 1:
            raise LinkError(
                f"{self._host}: interface {self.interface} is down. Set it up: ip link set {self.interface} up"
            )
        with contextlib.suppress(OSError):  # a virtual link may not tell
            if (link / "carrier").read_text().strip() == "0":
                raise LinkError(
                    f"{self._host}: interface {self.interface} has no carrier: nothing is at the other end of its cable"
                )

    def _open(self, protocol: int) -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            opened.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            request = struct.pack("IHH8x", socket.if_nametoindex(self.interface), _PACKET_MR_PROMISC, 0)
            opened.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, request)
            opened.setblocking(False)
            # Only now does it receive anything, and only of this protocol.
            opened.bind((self.interface, protocol))
        except BaseException:
            opened.close()
            raise
        return opened

    def send(self, frame: bytes) -> None:
        try:
            self._sockets[0].send(frame)
        except OSError as error:
            if error.errno not in _LOST:
                raise LinkError(f"{self._host}: interface {self.interface}: {error.strerror}; is it gone?") from error
            self.lost += 1

    def receive(self, timeout: float) -> Iterator[tuple[bytes, bool]]:
        """Frames, and whether each already has its UDP checksum."""
        ready, _write, _error = select.select(self._sockets, [], [], max(timeout, 0))
        for source in ready:
            for _number in range(_BATCH):
                try:
                    data, extra, _flags, address = source.recvmsg(_LARGEST, 256)
                except OSError as error:
                    if error.errno in _LOST:
                        break
                    raise LinkError(f"{self._host}: interface {self.interface}: {error.strerror}") from error
                # PACKET_OUTGOING exists on Linux alone, so whether mypy knows it depends on the platform.
                if address[2] == socket.PACKET_OUTGOING:  # type: ignore[attr-defined, unused-ignore]  # see above
                    continue
                yield (
                    data,
                    not any(
                        level == _SOL_PACKET and kind == _PACKET_AUXDATA and _not_ready(value)
                        for level, kind, value in extra
                    ),
                )


def _not_ready(auxdata: bytes) -> bool:
    return len(auxdata) >= 4 and bool(struct.unpack_from("I", auxdata)[0] & _TP_STATUS_CSUMNOTREADY)


class Timed(Protocol):
    """Something with work to do at certain times."""

    def due(self) -> float: ...

    def tick(self, now: float) -> None: ...


def serve(link: PacketLink, probe: Probe, until: Callable[[float], bool], others: Iterable[Timed] = ()) -> None:
    """Serve the clients until there is a reason to stop."""
    actors: list[Timed] = [*others, probe]
    while not until(time.monotonic()):
        wait = min(actor.due() for actor in actors) - time.monotonic()
        for frame, checksum_ready in link.receive(min(wait, _LOOK)):
            probe.receive(frame, time.monotonic(), checksum_ready)
        for actor in actors:
            actor.tick(time.monotonic())


@contextlib.contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether a signal asked to stop, so that the caller can end in order."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- the record file ----------------------------------------------------------------------------------------------


class Recorder:
    """Writes each record as a line of JSON at once, so that it is there even if the process dies later."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, record: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(record, sort_keys=True) + "\n")
        self._stream.flush()

    def exchange(self, exchange: Exchange) -> None:
        self.write(exchange.record())
