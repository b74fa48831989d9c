# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of a real daemon to the clients of samples: one daemon for each, in a separate network namespace.

The namespace belongs to a process that runs this file; it ends with that process, and so does every daemon. Kea is the
root of a system in which it is unpacked.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import effect_samples as samples
from effect_samples import Client

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet

# All options in samples, and those that dhcpd adds. `few` is what a plain client requests.
ASKED: Mapping[str, bytes] = {
    "all": bytes(
        [1, 2, 3, 6, 12, 15, 17, 19, 23, 26, 28, 40, 42, 43, 46, 54, 55, 58, 59, 61, 66, 67, 119, *range(224, 228)]
    ),
    "few": bytes([1, 3, 6, 15]),
    "none": b"",
}
# A daemon that has not started or answered after this many seconds never will.
PATIENCE = int(os.environ.get("P", "20"))
# The record's name for the longest possible lease: dhcpd's clock ends in 2038, and it sends the seconds until then.
NEVER = "until-2038"
_END = 0x7FFFFFFF
_EVERYTHING = 3  # ETH_P_ALL
_FENCE_XID = 0xFE0CE
_RELAY_MAC = bytes.fromhex("02ff00000002")
_ENVELOPE = (packet.MESSAGE_TYPE, packet.OVERLOAD)
_SNAME, _FILE = slice(44, 108), slice(108, 236)

# An offer to a client: address, next server, file and server name, and options as hexadecimal digits by code.
Answer = dict[str, Any]


class RefusedError(Exception):
    """The daemon does not start with this configuration; the text is its log."""


class Daemon:
    """One process in its own network, which runs a daemon for each question."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answers(self, text: str, clients: Sequence[Client]) -> list[Answer | None]:
        """The offer to each client, or None. The clients ask in this order."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"text": text, "clients": [asdict(client) for client in clients]}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process with the network namespace ended")
        found = json.loads(line)
        if "refused" in found:
            raise RefusedError(found["refused"])
        if "silent" in found:
            raise TimeoutError(f"the daemon answers no client any more: {found['silent']}")
        return list(found["answers"])


@contextmanager
def running(daemon: str | Path) -> Iterator[Daemon]:
    """Start the process; it needs root for the namespace. When it ends, the kernel ends the daemon.

    daemon: the file of a dhcpd, or the root of a system with Kea.
    """
    with tempfile.TemporaryDirectory(prefix="effect-") as folder:
        if not Path(daemon).is_dir():
            # A copy: an AppArmor profile would be about the installed path.
            daemon = shutil.copy(daemon, Path(folder) / "dhcpd")
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        command += [sys.executable, __file__, str(daemon), folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Daemon(process)
            finally:
                process.kill()


# --- inside the namespace -----------------------------------------------------------------------------------------


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=PATIENCE)


def _build(folder: Path) -> socket.socket:
    """Create the server's interface `eth0`, linked to one that the clients share, and its /etc/hosts."""
    for name, text in (("hosts", samples.NAMES), ("nsswitch.conf", "hosts: files\n")):
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True, timeout=PATIENCE)
    _ip("link", "add", "eth0", "type", "veth", "peer", "name", "clients", "address", _RELAY_MAC.hex(":"))
    _ip("link", "set", "lo", "up")
    _ip("address", "add", f"{samples.SERVER}/25", "dev", "eth0")
    for name in ("eth0", "clients"):
        _ip("link", "set", name, "up")
    # The kernel sends the answers to a relay, and would ask for its hardware address first.
    _ip("neighbour", "add", "192.0.2.1", "lladdr", _RELAY_MAC.hex(":"), "dev", "eth0", "nud", "permanent")
    for network in ("192.0.2.128/25", "198.51.100.0/24", "203.0.113.0/24"):
        _ip("route", "add", network, "via", "192.0.2.1", "dev", "eth0")
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
    opened.bind(("clients", _EVERYTHING))
    opened.setblocking(False)
    return opened


def _frame(client: Client, xid: int) -> bytes:
    options = {
        packet.MESSAGE_TYPE: bytes([packet.REQUEST if client.reboots else packet.DISCOVER]),
        packet.PARAMETERS: ASKED[client.asks],
        packet.MAX_SIZE: (1400).to_bytes(2, "big"),
        packet.CLIENT_ID: client.identifier.encode(),
        60: client.vendor.encode(),
        packet.REQUESTED_ADDRESS: packet.pack_address(client.address) if client.address else b"",
        packet.LEASE_TIME: b"" if client.seconds is None else client.seconds.to_bytes(4, "big"),
        **{code: bytes.fromhex(value) for code, value in client.more},
    }
    card = bytes.fromhex(client.card.replace(":", ""))
    message = packet.Message(
        reply=False,
        xid=xid,
        hardware=card,
        options={code: value for code, value in options.items() if value},
        broadcast=True,
        giaddr=client.via or packet.NOWHERE,
        secs=0xFF if xid == _FENCE_XID else 0,
    )
    return packet.encode_frame(
        packet.Datagram(
            source_mac=_RELAY_MAC if client.via else card,
            destination_mac=packet.BROADCAST_MAC,
            source=client.via or packet.NOWHERE,
            destination=samples.SERVER if client.via else packet.BROADCAST,
            source_port=packet.SERVER_PORT if client.via else packet.CLIENT_PORT,
            destination_port=packet.SERVER_PORT,
            payload=packet.encode_message(message),
        )
    )


def _received(wire: socket.socket, deadline: float) -> Iterator[tuple[int, Answer]]:
    """Every answer as it arrives, with the number of its question."""
    while select.select([wire], [], [], max(deadline - time.monotonic(), 0))[0]:
        frame = packet.decode_frame(wire.recv(65536), checksum_ready=False)
        if not isinstance(frame, packet.Datagram) or frame.source_port != packet.SERVER_PORT:
            continue
        message = packet.decode_message(frame.payload)
        if message.type not in (packet.OFFER, packet.ACK, packet.NAK):
            continue
        options = {str(code): value.hex() for code, value in sorted(message.options.items()) if code not in _ENVELOPE}
        if (message.number(packet.LEASE_TIME) or 0) >= _END - time.time() - PATIENCE:
            options[str(packet.LEASE_TIME)] = NEVER
        yield (
            message.xid,
            {
                "address": message.yiaddr,
                "next": message.siaddr,
                "server": frame.payload[_SNAME].rstrip(b"\0").decode("latin-1"),
                "file": frame.payload[_FILE].rstrip(b"\0").decode("latin-1"),
                "options": options,
            },
        )


def _asked(wire: socket.socket, clients: Sequence[Client]) -> list[Answer | None]:
    fence = Client(samples.FENCE_CARD, via=samples.FENCE_VIA)
    found: dict[int, Answer] = {}
    for number, client in enumerate([*clients, fence]):
        wire.send(_frame(client, _FENCE_XID if client is fence else number))
    for xid, answer in _received(wire, time.monotonic() + PATIENCE):
        found[xid] = answer
        if xid == _FENCE_XID:
            return [found.get(number) for number in range(len(clients))]
    raise TimeoutError


class _Dhcpd(NamedTuple):
    """dhcpd, with its files in a folder."""

    program: str
    folder: Path

    ready = b"Server starting service"

    def command(self, text: str) -> list[str]:
        conf, leases, pid = (self.folder / f"dhcpd.{suffix}" for suffix in ("conf", "leases", "pid"))
        conf.write_text(text)
        leases.write_text("")
        return [self.program, "-4", "-f", "-d", "-cf", str(conf), "-lf", str(leases), "-pf", str(pid), "eth0"]


class _Kea(NamedTuple):
    """Kea in the root of its system. Its folders are empty ones of this namespace."""

    program: str
    folder: Path

    ready = b"DHCP4_STARTED"

    def command(self, text: str) -> list[str]:
        root = Path(self.program)
        for name in ("etc/kea", "run/kea", "var/lib/kea"):
            own = self.folder / name
            if not own.exists():
                own.mkdir(parents=True, mode=0o750)
                (root / name).mkdir(parents=True, exist_ok=True)
                subprocess.run(["mount", "--bind", own, root / name], check=True, timeout=PATIENCE)
            for path in own.iterdir():
                path.unlink()
        (root / "etc/kea/kea-dhcp4.conf").write_text(text)
        command = ["chroot", str(root), "/usr/sbin/kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf"]
        return ["env", "KEA_LOCKFILE_DIR=none", *command]


def _started(process: subprocess.Popen[bytes], ready: bytes, log: Path) -> bool:
    """Wait until the daemon serves; False if it ends before."""
    assert process.stdout
    with log.open("wb") as copy:
        for line in process.stdout:
            copy.write(line)
            if ready in line:
                return True
    return False


def _questions(program: str, folder: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    wire = _build(folder)
    daemon = _Kea(program, folder) if Path(program).is_dir() else _Dhcpd(program, folder)
    log = folder / "log"
    for line in lines:
        question = json.loads(line)
        command = daemon.command(question["text"])
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                if not _started(process, daemon.ready, log):
                    yield {"refused": log.read_text(errors="replace")}
                    continue
                try:
                    yield {"answers": _asked(wire, [Client(**client) for client in question["clients"]])}
                except TimeoutError:
                    status = process.poll()
                    process.kill()
                    assert process.stdout
                    yield {
                        "silent": f"status {status}\n"
                        + log.read_text(errors="replace")
                        + process.stdout.read().decode(errors="replace")
                    }
            finally:
                process.kill()


def main() -> None:
    for answer in _questions(sys.argv[1], Path(sys.argv[2]), sys.stdin):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.umask(0o027)
    main()
