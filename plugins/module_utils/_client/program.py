# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The DHCP client program of this host: its service, the lease that it holds on an interface, and its conversation with
servers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.lease import (
    Conversation,
    HeldLease,
    dhclient_lease,
    dhcpcd_lease,
    explain,
    read_conversation,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.setup import (
    NETWORKMANAGER,
    PLATFORMS,
    Client,
    File,
    Platform,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import write_file
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import needed_for, read_links
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.network import (
    default_routes,
    look_at_connections,
)

_DHCLIENT_FOLDERS = ("/var/lib/dhcp", "/var/lib/dhclient")
_DHCPCD_FOLDER = Path("/var/lib/dhcpcd")
_INTERFACES = Path("/sys/class/net")
_POLL = 0.2


class ProgramError(Exception):
    """The host cannot be asked; the text says why."""


@dataclass(frozen=True)
class Program:
    """Which program keeps the lease, and where: the options of the module."""

    interface: str
    program: str
    service: str | None = None
    lease_file: str | None = None

    def look(self, timeout: float) -> dict[str, Any]:
        """The lease and the conversation, or why there is no lease within the timeout."""
        end = time.monotonic() + timeout
        lease = self._lease()
        while lease is None and time.monotonic() < end:
            time.sleep(_POLL)
            lease = self._lease()
        said = self._conversation()
        return {
            "lease": asdict(lease) if lease else None,
            "reason": None if lease else explain(said, self.interface),
            "conversation": said.result(),
        }

    @property
    def _unit(self) -> str:
        return self.service or f"dhcp-client-{self.interface}"

    def _lease(self) -> HeldLease | None:
        """The program's lease, if its address is on the interface."""
        own, now = self._addresses(), datetime.now(timezone.utc)
        leases = self._of_dhclient(now) if self.program == "dhclient" else self._of_dhcpcd(now)
        return next((lease for lease in leases if lease and lease.address in own), None)

    def _of_dhclient(self, now: datetime) -> Iterator[HeldLease | None]:
        names = (f"dhclient.{self.interface}.leases", "dhclient.leases")
        places = [Path(folder) / name for folder in _DHCLIENT_FOLDERS for name in names]
        for path in [Path(self.lease_file)] if self.lease_file else places:
            if path.exists():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
                yield dhclient_lease(lines, self.interface, now)

    def _of_dhcpcd(self, now: datetime) -> Iterator[HeldLease | None]:
        path = _DHCPCD_FOLDER / f"{self.interface}.lease"
        if path.exists():
            written = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
            yield dhcpcd_lease(path.read_bytes(), self.interface, written, now)

    def _addresses(self) -> set[str]:
        """The IPv4 addresses on the interface."""
        if not (_INTERFACES / self.interface).exists():
            known = ", ".join(sorted(path.name for path in _INTERFACES.iterdir() if path.is_dir()))
            raise ProgramError(f"There is no interface {self.interface} on this host; there are: {known}.")
        found = json.loads(_output("ip", "-json", "-4", "address", "show", "dev", self.interface) or "[]")
        return {address["local"] for link in found for address in link.get("addr_info", [])}

    def _conversation(self) -> Conversation:
        """The conversation in the service's log since its last start."""
        service = self._unit
        if not _output("systemctl", "is-active", service):
            return Conversation(0, (), (f"the service {service} does not run",))
        start = _output("systemctl", "show", "--property=InvocationID", "--value", service).strip()
        log = _output("journalctl", "--no-pager", "--output=cat", "--lines=1000", f"_SYSTEMD_INVOCATION_ID={start}")
        return read_conversation(log.splitlines())


@dataclass(frozen=True)
class Service:
    """The service that runs the client on this host, beside what is declared."""

    client: Client
    platform: Platform
    stale: tuple[File, ...]
    """Its files that are missing or different."""
    exists: bool
    enabled: bool
    active: bool

    @property
    def installed(self) -> bool:
        return Path(self.client.binary).exists()

    @property
    def settled(self) -> bool:
        return self.enabled and self.active and not self.stale

    def refusals(self, reached_at: str) -> list[str]:
        """Why no client may start here. An existing service may have brought the routes and addresses itself."""
        network = look_at_connections(read_links(_do("ip", "-json", "address")), reached_at, attempt)
        others = [name for name in default_routes(attempt, "-4") if name != self.client.interface]
        return list(self.client.refusals([] if self.exists else needed_for(self.client.interface, network), others))

    def diff(self) -> list[dict[str, str]]:
        return [
            {
                "before_header": file.path,
                "after_header": file.path,
                "before": _read(Path(file.path)) or "",
                "after": file.text,
            }
            for file in self.stale
        ]

    def apply(self, has_lease: bool) -> None:
        """Write the files, and run the service with them, now and after a reboot."""
        for file in self.stale:
            write_file(Path(file.path), file.text.encode(), (0, 0), file.mode)
        paths = [file.path for file in self.stale]
        foreign = [path for path in paths if path.startswith(f"{NETWORKMANAGER}/")]
        if foreign:  # before the client starts
            _do("systemctl", "try-reload-or-restart", "NetworkManager")
        if self.stale:
            _do("systemctl", "daemon-reload")
        if not self.enabled:
            _do("systemctl", "--quiet", "enable", self.client.service)
        # A client that found no server sleeps for minutes before it asks again, hence the restart.
        if not has_lease or len(paths) > len(foreign):
            _do("systemctl", "restart", self.client.service)
        elif not self.active:
            _do("systemctl", "start", self.client.service)


def find_service(client: Client) -> Service:
    platform = next((known for known in PLATFORMS if Path(known.sign).exists()), None)
    if platform is None:
        signs = " nor ".join(known.sign for known in PLATFORMS)
        raise ProgramError(f"The role knows Debian and the Red Hat family, and this host has neither {signs}.")
    files = client.files(platform, Path(NETWORKMANAGER).is_dir())
    asked = ("LoadState", "ActiveState", "UnitFileState")
    answer = _output("systemctl", "show", f"--property={','.join(asked)}", client.service)
    found = dict(line.partition("=")[::2] for line in answer.splitlines())
    return Service(
        client,
        platform,
        tuple(file for file in files if not _written(file)),
        exists=found.get("LoadState") == "loaded",
        enabled=found.get("UnitFileState") == "enabled",
        active=found.get("ActiveState") == "active",
    )


def _written(file: File) -> bool:
    """Whether the file has its content, owner and mode."""
    path = Path(file.path)
    if _read(path) != file.text:
        return False
    status = path.stat()
    return (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (0, 0, file.mode)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else None


def _do(*words: str) -> str:
    """The command's output; an error if it fails."""
    answer = attempt(words)
    if answer.returncode != 0:
        raise ProgramError(f"{' '.join(words)} fails on this host: {answer.stderr.strip()}")
    return answer.stdout


def _output(*words: str) -> str:
    """The command's output; empty if it fails."""
    answer = attempt(words)
    return answer.stdout if answer.returncode == 0 else ""
