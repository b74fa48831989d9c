# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients behind a relay agent: the agent's socket sends for all of them, to all servers.

relay.py FILE take [release=NAME] [decline=NAME]   each client takes an address; these give theirs up again
relay.py FILE renew                                each client renews; fails if an address or an option changes

The request is JSON on standard input: servers, and clients by name. FILE keeps what each client got.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COOKIE = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = range(1, 8)
NOWHERE = "0.0.0.0"  # noqa: S104 - "no address" in a packet; nothing is bound to it
REQUESTED, TIME, TYPE, SERVER, PARAMETERS, AGENT = 50, 51, 53, 54, 55, 82
WANTED = bytes((1, 3, 6, 12, 15, 42, TIME, SERVER, 252))
# A longer lease never ends: in failover, dhcpd names a day in 2038.
YEAR = 365 * 24 * 3600
# Not of the lease: the answer's type, who gives it, and its times.
PASSING = {TIME, TYPE, SERVER, 58, 59}
# Kea tells a client the name that it has sent.
NAME = 12
PATIENCE, PAUSE = 60.0, 1.0

Client = Mapping[str, Any]
Options = dict[int, bytes]
# By client: what it sends, its address, and more options.
Asked = Mapping[str, tuple[int, str, Options]]


@dataclass(frozen=True)
class Answer:
    """boot: what the head says of the next server and the file to boot from."""

    number: int
    address: str
    boot: bytes
    options: Options

    @property
    def kind(self) -> int:
        return self.options.get(TYPE, b"\0")[0]


def encode(kind: int, client: Client, number: int, address: str, more: Options) -> bytes:
    own = {int(code): bytes.fromhex(value) for code, value in client.get("options", {}).items()}
    options = {TYPE: bytes((kind,)), PARAMETERS: WANTED, **more, **own}
    # What the agent adds comes last.
    ordered = sorted(options.items(), key=lambda item: (item[0] == AGENT, item[0]))
    text = b"".join(bytes((code, len(value))) + value for code, value in ordered)
    head = struct.pack("!BBBBIHH", 1, 1, 6, 1, number, 20, 0)
    places = socket.inet_aton(address) + bytes(8) + socket.inet_aton(client["relay"])
    hardware = bytes.fromhex(client["mac"].replace(":", "")).ljust(16, b"\0")
    return head + places + hardware + bytes(192) + COOKIE + text + b"\xff"


def decode(data: bytes) -> Answer:
    options: Options = {}
    at = 240
    while at < len(data) and data[at] != 255:
        if data[at]:
            options[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
            at += 1 + data[at + 1]
        at += 1
    return Answer(struct.unpack("!I", data[4:8])[0], socket.inet_ntoa(data[16:20]), data[20:24] + data[44:236], options)


class Relay:
    def __init__(self, servers: list[str], clients: Mapping[str, Client]) -> None:
        self.servers = servers
        self.clients = clients
        self.sockets = {}
        for address in {client["relay"] for client in clients.values()}:
            made = self.sockets[address] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((address, 67))

    def send(self, name: str, kind: int, number: int, address: str, more: Options) -> None:
        client = self.clients[name]
        for server in self.servers:
            data = encode(kind, client, number, address, more)
            self.sockets[client["relay"]].sendto(data, (server, 67))

    def exchange(self, asked: Mapping[str, tuple[int, str, Options]], wanted: tuple[int, ...]) -> dict[str, Answer]:
        """The first answer to each client."""
        base = int.from_bytes(os.urandom(3), "big") << 8
        waiting = {base + at: name for at, name in enumerate(asked)}
        found: dict[str, Answer] = {}
        end, again = time.monotonic() + PATIENCE, 0.0
        while waiting and time.monotonic() < end:
            if time.monotonic() >= again:
                again = time.monotonic() + PAUSE
                for number, name in waiting.items():
                    kind, address, more = asked[name]
                    self.send(name, kind, number, address, more)
            for ready in select.select(list(self.sockets.values()), [], [], 0.1)[0]:
                answer = decode(ready.recv(4096))
                if answer.number in waiting and answer.kind in wanted:
                    found[waiting.pop(answer.number)] = answer
        return found


def take(relay: Relay, partings: Mapping[str, str]) -> dict[str, Answer]:
    offers = relay.exchange({name: (DISCOVER, NOWHERE, {}) for name in relay.clients}, (OFFER,))
    asked = {
        name: (REQUEST, NOWHERE, {REQUESTED: socket.inet_aton(offer.address), SERVER: offer.options[SERVER]})
        for name, offer in offers.items()
    }
    answers = relay.exchange(asked, (ACK, NAK))
    for name, what in partings.items():
        answer = answers.pop(name)
        if what == "release":
            relay.send(name, RELEASE, 1, answer.address, {SERVER: answer.options[SERVER]})
        # Each server takes only what is meant for it.
        for server in map(socket.inet_aton, relay.servers if what == "decline" else ()):
            relay.send(name, DECLINE, 1, NOWHERE, {REQUESTED: socket.inet_aton(answer.address), SERVER: server})
    return answers


def told(answers: Mapping[str, Answer], clients: Mapping[str, Client]) -> dict[str, Any]:
    """What clients got, without what the next answer may have instead: server and times."""

    def counts(name: str, code: int, value: bytes) -> bool:
        own = clients[name].get("options", {}).get(str(code))
        return code not in PASSING and not (code == NAME and value.hex() == own)

    return {
        name: {
            "address": answer.address if answer.kind == ACK else "refused",
            "boot": answer.boot.rstrip(b"\0").hex(),
            "endless": int.from_bytes(answer.options.get(TIME, b""), "big") > YEAR,
            "options": {str(code): value.hex() for code, value in answer.options.items() if counts(name, code, value)},
        }
        for name, answer in answers.items()
    }


def main() -> None:
    file, verb, *words = sys.argv[1:]
    kept = Path(file)
    request = json.load(sys.stdin)
    relay = Relay(request["servers"], request["clients"])
    if verb == "take":
        partings = {name: what for what, _mark, name in (word.partition("=") for word in words)}
        found = told(take(relay, partings), relay.clients)
        for name, held in found.items():
            # The first lease is for the MCLT.
            held["endless"] = request["clients"][name].get("endless", False)
        kept.write_text(json.dumps(found))
        missing = sorted({*relay.clients} - {*found} - {*partings})
        sys.exit(f"not served: {missing}" if missing else 0)
    before = json.loads(kept.read_text())
    asked: Asked = {name: (REQUEST, held["address"], {}) for name, held in before.items()}
    found = told(relay.exchange(asked, (ACK, NAK)), relay.clients)
    other = [f"{name}: {found.get(name)}, not {before[name]}" for name in before if found.get(name) != before[name]]
    sys.exit("\n".join(other) or 0)


main()
