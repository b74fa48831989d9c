# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libvirt on this host has of a lab, the start of its machines, and a network installation in it.

Private to this collection. A connection is that of libvirt's Python bindings.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_lab import acceleration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    LibvirtState,
    found_machine,
    found_network,
    found_pool,
)

try:
    import libvirt
except ImportError:
    libvirt = None

URI = "qemu:///system"
CONSOLES = Path("/var/log/libvirt/qemu")
HTTP_PORT = 8079
LOG_PORT = 5514
"""Where an installation is served, on this host: kvm_host_pxe_arguments names both."""


@contextlib.contextmanager
def connected() -> Iterator[Any]:
    """A connection to libvirt; its errors become ours."""
    if libvirt is None:
        raise HostError(
            "This Python has no libvirt bindings. Install python3-libvirt, and set ansible_python_interpreter of this "
            "host to the distribution's own Python (/usr/bin/python3)."
        )
    # Errors are raised as exceptions; libvirt also prints them unless told otherwise.
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    try:
        connection = libvirt.open(URI)
    except libvirt.libvirtError as error:
        raise HostError(
            f"libvirt does not answer: {error}. Is libvirtd running (systemctl status libvirtd)? Try: virsh --connect "
            f"{URI} list"
        ) from error
    try:
        yield connection
    except libvirt.libvirtError as error:
        raise HostError(f"libvirt: {error}") from error
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            connection.close()


def installed() -> bool:
    """Whether libvirt has ever run on this host since it booted."""
    return Path("/run/libvirt").exists()


def no_kvm() -> str | None:
    """Why KVM cannot work on this host; None if it can."""
    return acceleration(Path("/proc/cpuinfo").read_text(encoding="utf-8"), Path("/dev/kvm").exists())


def look(connection: Any, pool: str, folder: Path) -> LibvirtState:
    """Everything that a lab with this storage pool could be about."""
    pools = [item for item in connection.listAllStoragePools() if item.name() == pool]
    return LibvirtState(
        tuple(found_network(item.XMLDesc(0), bool(item.isActive())) for item in connection.listAllNetworks()),
        tuple(
            found_machine(item.XMLDesc(0), bool(item.isActive()), bool(item.isPersistent()))
            for item in connection.listAllDomains()
        ),
        found_pool(pools[0].XMLDesc(0), bool(pools[0].isActive())) if pools else None,
        *look_at(folder),
    )


def look_at(folder: Path) -> tuple[frozenset[str] | None, int]:
    """The names of the files in a folder, and the MiB that are free there."""
    names = frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else None
    place = next(path for path in (folder, *folder.parents) if path.exists())
    stat = os.statvfs(place)
    return names, stat.f_bavail * stat.f_frsize // 1048576


# --- the start of machines ----------------------------------------------------------------------------------------


def answers(address: str) -> bool:
    """Whether an SSH server answers there."""
    with contextlib.suppress(OSError), socket.create_connection((address, 22), timeout=2) as connection:
        return connection.recv(4) == b"SSH-"
    return False


def progress(connection: Any, machine: str) -> tuple[int, ...]:
    """What grows while a machine starts: the traffic of its disk, and the output on its console."""
    console = CONSOLES / f"{machine}.console.log"
    written = console.stat().st_size if console.exists() else 0
    with contextlib.suppress(libvirt.libvirtError):  # it does not run
        return (written, *connection.lookupByName(machine).blockStats("vda")[:4])
    return (written,)


def stalled(
    machines: Mapping[str, str], answer: Callable[[str], bool], look: Callable[[str], tuple[int, ...]], quiet: float
) -> list[str]:
    """Wait until all machines answer. Returns those that do not, and that have shown no progress for so long."""
    waiting = dict(machines)
    seen: dict[str, tuple[int, ...]] = {}
    since: dict[str, float] = {}
    while waiting:
        for name, address in machines.items():
            if name in waiting and answer(address):
                del waiting[name]
        now = time.monotonic()
        for name in waiting:
            found = look(name)
            if found != seen.get(name):
                seen[name], since[name] = found, now
        stuck = [name for name in waiting if now - since[name] > quiet]
        # The others may still come up, and their consoles may say more.
        if len(stuck) == len(waiting):
            return stuck
        time.sleep(1)
    return []


def console_end(machine: str) -> str:
    """The last lines on a machine's console, without its control sequences."""
    try:
        text = (CONSOLES / f"{machine}.console.log").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
    plain = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|c)|[\x00-\x09\x0b-\x1f]", "", text)
    return " | ".join([line.strip() for line in plain.splitlines() if line.strip()][-15:])


# --- a network installation ---------------------------------------------------------------------------------------


class Log:
    """Lines with the seconds since the start, in memory and in a file."""

    def __init__(self, path: Path) -> None:
        self.start = time.monotonic()
        self.last = self.start
        self.lines: list[str] = []
        self._lock = threading.Lock()
        self._file = path.open("w", encoding="utf-8")

    def add(self, text: str) -> None:
        with self._lock:
            self.last = time.monotonic()
            line = f"{self.last - self.start:6.0f} s  {text}"
            self.lines.append(line)
            self._file.write(line + "\n")
            self._file.flush()

    def find(self, pattern: str) -> str | None:
        with self._lock:
            return next((line for line in self.lines if pattern and re.search(pattern, line)), None)

    @property
    def seconds(self) -> int:
        return int(time.monotonic() - self.start)


def serve_files(folder: Path, address: str, log: Log) -> None:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server calls it by
            log.add(f"http: {format % args}")

    server = http.server.ThreadingHTTPServer((address, HTTP_PORT), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()


def receive_log(address: str, log: Log) -> None:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind((address, LOG_PORT))

    def receive() -> None:
        while True:
            for line in receiver.recv(8192).decode("utf-8", "replace").splitlines():
                text = re.sub(r"^<\d+>|[^\x20-\x7e]", "", line).strip()
                if text:
                    log.add(text)

    threading.Thread(target=receive, daemon=True).start()


@dataclass(frozen=True)
class Bounds:
    """How the end of an installation is recognised."""

    succeeded: str
    failed: str
    timeout: float
    quiet: float


def watch(bounds: Bounds, log: Log, running: Callable[[], bool]) -> str | None:
    """Wait for the end of an installation. Returns what went wrong, or None."""
    while True:
        now, runs = time.monotonic(), running()
        failed = log.find(bounds.failed)
        if failed:
            return f"the installer reports: {failed}"
        if not runs:
            time.sleep(1)  # a last line may still be on its way
            if log.find(bounds.succeeded):
                return None
            return f'the machine powered off, and no line of the log matches "{bounds.succeeded}"'
        if now - log.start > bounds.timeout:
            return f"it has not finished after {bounds.timeout:.0f} s"
        if now - log.last > bounds.quiet:
            return f"it hangs: nothing was logged for {bounds.quiet:.0f} s"
        time.sleep(1)


def install(
    connection: Any, network_xml: str, domain_xml: str, address: str, folder: Path, bounds: Bounds, log: Log
) -> str | None:
    """Run an installation from its network to its end. Returns what went wrong, or None; leaves nothing in libvirt."""
    network = connection.networkCreateXML(network_xml)
    try:
        serve_files(folder / "http", address, log)
        receive_log(address, log)
        domain = connection.createXML(domain_xml, 0)
        log.add("started")

        def running() -> bool:
            # It is transient: libvirt forgets it when it powers off.
            with contextlib.suppress(libvirt.libvirtError):
                return bool(domain.isActive())
            return False

        try:
            return watch(bounds, log, running)
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                domain.destroy()
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            network.destroy()
