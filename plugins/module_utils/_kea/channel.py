# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Ask Kea through its unix socket: a command in JSON, and the answer in JSON, for each connection.

Only some commands are known here. Others would do harm: those with which two servers talk to each other, and those that
change what a server serves until its next state. Leases are only changed in a Kea that serves nobody.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node

# Commands that only ask, and those of the verbs.
QUESTIONS = frozenset({"config-get", "lease4-get", "lease4-get-page", "status-get", "version-get"})
VERBS = frozenset({"config-reload", "ha-maintenance-cancel", "ha-maintenance-start", "ha-reset"})
# Commands that bring leases into a Kea that serves nobody yet. They are not passed on to the partner.
LEASES = frozenset({"lease4-del", "lease4-update"})
# Kea's codes of results.
SUCCESS, ERROR, UNSUPPORTED, EMPTY = 0, 1, 2, 3
# More than the configuration of 10,000 networks.
_MAX_ANSWER = 1 << 28


class ChannelError(Exception):
    """Kea gave no answer that can be understood."""


class NoDaemonError(ChannelError):
    """Nothing listens at the socket, or there is none."""


class RefusedError(ChannelError):
    """Kea refused the command, and this is its reason. code: of the result."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Channel:
    """The socket of the daemon. timeout: seconds that the whole answer may take."""

    path: str
    timeout: float = 5

    def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Node:
        """The arguments of the answer, and its text as `text`."""
        if command not in QUESTIONS | VERBS | LEASES:
            raise ValueError(f"{command} is not for us to send")
        # 2.2 takes an empty object for arguments that lack something.
        request = {"command": command, **({"arguments": arguments} if arguments else {})}
        return decode(self._exchange(json.dumps(request).encode()))

    def _exchange(self, request: bytes) -> bytes:
        end = time.monotonic() + self.timeout
        answer = bytearray()
        try:
            with socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(self.timeout)
                stream.connect(self.path)
                stream.sendall(request)
                stream.shutdown(socket.SHUT_WR)
                while True:
                    part = stream.recv(1 << 16)
                    if not part:
                        return bytes(answer)
                    answer += part
                    if len(answer) > _MAX_ANSWER:
                        raise ChannelError("its answer does not end")
                    stream.settimeout(max(end - time.monotonic(), 0.001))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NoDaemonError(error.strerror) from error
        except socket.timeout as error:  # a TimeoutError only from Python 3.10 on
            raise ChannelError(f"no answer in {self.timeout:g} s") from error
        except OSError as error:
            raise ChannelError(error.strerror or str(error)) from error


def decode(answer: bytes) -> Node:
    """The arguments of an answer."""
    try:
        found = json.loads(answer, object_pairs_hook=Node)
        code, text = int(found["result"]), str(found.get("text") or "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        shown = answer[:60].decode("utf-8", "replace")
        raise ChannelError(f"its answer makes no sense: {shown!r}" if answer else "it closed the connection") from error
    if code != SUCCESS:
        raise RefusedError(code, text or f"result {code}")
    arguments = found.get("arguments")
    return Node({**(arguments if isinstance(arguments, Node) else {}), "text": text})
