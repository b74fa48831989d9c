# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody tries who has no key and is no partner; fails if anything is granted. omapi.py lies beside it.

stranger.py omapi ADDRESS     change the failover state, shut dhcpd down: without a key, with a wrong one
stranger.py failover ADDRESS  connect to the failover port as if this were the partner
"""

from __future__ import annotations

import socket
import struct
import sys
import time

from omapi import _STARTUP, Key, OmapiClient, OmapiError

RELATIONSHIP = b"dhcp-failover"
WISHES = {
    "failover-state": {"name": RELATIONSHIP},
    "control": {},
    "host": {"name": b"stranger"},
    "lease": {"ip-address": socket.inet_aton("172.16.1.220")},
}


class WithoutKey(OmapiClient):
    """Says hello, and nothing about a key."""

    def _log_in(self) -> None:
        self._send(_STARTUP)
        while len(self._buffer) < len(_STARTUP):
            self._receive()
        self._buffer = self._buffer[len(_STARTUP) :]


def omapi(address: str) -> list[str]:
    """What was granted."""
    granted = []
    key = Key("omapi_key", "hmac-sha256", b"wrong" * 7)
    for client in (WithoutKey, OmapiClient):
        for kind, attributes in WISHES.items():
            try:
                with client(address, 7911, key) as link:
                    try:
                        link.open(kind, attributes)
                        granted.append(f"{client.__name__}: open {kind}")
                    except OmapiError as error:
                        print(f"{client.__name__}: open {kind}: {error}")
                with client(address, 7911, key) as link:
                    # Handles are counted from 1 in each connection.
                    link.update(1, {"local-state": struct.pack("!I", 4), "state": struct.pack("!I", 2)})
                    granted.append(f"{client.__name__}: update")
            except OmapiError as error:
                print(f"{client.__name__}: {error}")
    return granted


def failover(address: str) -> list[str]:
    """What dhcpd answered to a CONNECT that only its sender's address tells from the partner's."""
    options = {
        21: RELATIONSHIP,  # relationship-name
        13: struct.pack("!I", 10),  # max-unacked-bndupd
        18: struct.pack("!I", 180),  # receive-timer
        29: b"isc-4.4.3",  # vendor-class-identifier
        19: b"\1",  # protocol-version
        28: b"\0\0",  # TLS-request: none
        14: struct.pack("!I", 60),  # MCLT
        10: b"\xff" * 32,  # hash-bucket-assignment
    }
    body = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options.items())
    message = struct.pack("!HBBII", 12 + len(body), 5, 12, int(time.time()), 1) + body
    with socket.create_connection((address, 647), 10) as link:
        try:
            link.sendall(message)
            answer = link.recv(4096)
        except ConnectionError:
            answer = b""
    print(f"{address} answered {answer!r}")
    return [f"failover: {answer.hex()}"] if answer else []


if __name__ == "__main__":
    sys.exit("\n".join({"omapi": omapi, "failover": failover}[sys.argv[1]](sys.argv[2])) or 0)
