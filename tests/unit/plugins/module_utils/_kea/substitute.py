# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A substitute for Kea: its socket and its files, with recorded answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl

DATA = Path(__file__).parents[1] / "data/kea"
RECORDED: Mapping[str, Any] = json.loads((DATA / "status.json").read_text())
Data = dict[str, Any]


def configuration(
    folder: Path, names: tuple[str, str] = ("x-primary", "x-secondary"), url: str = "http://192.0.2.1:8000/"
) -> Data:
    """The primary's configuration, whose files are in the folder."""
    peers = [
        {"name": names[0], "url": url, "role": "primary"},
        {"name": names[1], "url": "http://192.0.2.2:8000/", "role": "standby"},
    ]
    half = {"this-server-name": names[0], "mode": "hot-standby", "max-response-delay": 10000, "peers": peers}
    return {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": str(folder / "socket")},
        "lease-database": {"type": "memfile", "name": str(folder / "leases.csv")},
        "hooks-libraries": [
            {"library": "/x/libdhcp_lease_cmds.so"},
            {"library": "/x/libdhcp_ha.so", "parameters": {"high-availability": [half]}},
        ],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.20"}]}],
    }


class Substitute:
    """Answers on its socket while it is entered. commands: those that it got."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = True
        self.running = configuration(folder)
        self.status: Any = RECORDED["2.6.3 normal: primary"]
        self.journal: list[str] = []
        self.commands: list[Data] = []
        self.react: Callable[[str], Any] = lambda _command: None
        self.write(self.running)

    @property
    def control(self) -> KeaControl:
        return KeaControl(str(self.folder / "kea-dhcp4.conf"), timeout=2)

    def write(self, data: Data) -> None:
        (self.folder / "kea-dhcp4.conf").write_text(json.dumps({"Dhcp4": data}, indent=1))

    def __enter__(self) -> Substitute:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / "socket"))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.listener.close()
        (self.folder / "socket").unlink()

    def _serve(self) -> None:
        while True:
            try:
                stream, _peer = self.listener.accept()
            except OSError:
                return
            with stream:
                asked = json.loads(b"".join(iter(lambda stream=stream: stream.recv(65536), b"")))
                stream.sendall(self.answer(asked))

    def answer(self, asked: Data) -> bytes:
        self.commands.append(asked)
        command = asked["command"]
        found = self.react(command)
        if isinstance(found, bytes):
            return found
        if found is None:
            found = {
                "status-get": self.status,
                "version-get": {"result": 0, "text": "2.6.3", "arguments": {"extended": "2.6.3"}},
                "config-get": {"result": 0, "arguments": {"Dhcp4": self.running}},
            }.get(command, {"result": 2, "text": f"'{command}' command not supported."})
        return json.dumps(found).encode()
