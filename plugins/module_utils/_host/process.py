# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A daemon of this host: its process, its version, and its lines in the journal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import call

_FOLDERS = "/usr/sbin:/usr/local/sbin:/sbin"
_UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
# The newest lines that matter; a fault in every update of a large pool must not fill the memory.
_MAX_LINES = 20000


@dataclass(frozen=True)
class Process:
    pid: int
    started: float  # seconds since the epoch


@dataclass(frozen=True)
class Program:
    """A daemon's program, which is also its name in the journal.

    others: arguments of processes that serve no client. ask, version: the argument that asks for the version, and the
    expression that finds it. units: those of systemd that run it.
    """

    name: str
    others: frozenset[bytes]
    ask: str
    version: str
    units: Sequence[str]

    def find_process(self, proc: Path = Path("/proc")) -> Process | None:
        """Its process here: in our own process namespace, so that a container's does not count."""
        try:
            own = (proc / "self/ns/pid").readlink()
        except OSError:
            own = None
        for folder in proc.glob("[0-9]*"):
            try:
                if (folder / "comm").read_text().strip() != self.name:
                    continue
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
                if not self.others.intersection(arguments) and (own is None or (folder / "ns/pid").readlink() == own):
                    return Process(int(folder.name), _started(proc, folder))
            except OSError:  # it has just ended
                continue
        return None

    def find_version(self, process: Process | None) -> str | None:
        """The version of the daemon that runs, or else of the one that would be started."""
        program = f"/proc/{process.pid}/exe" if process else shutil.which(self.name, path=_FOLDERS)
        try:
            done = call([program, self.ask], timeout=5) if program else None
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = re.search(self.version, done.stdout + done.stderr) if done else None
        return found[1] if found else None

    def find_unit(self, folders: Sequence[str] = _UNIT_FOLDERS) -> str:
        """The unit that runs it on this host."""
        found = [unit for unit in self.units if any(Path(folder, f"{unit}.service").exists() for folder in folders)]
        return (found or self.units)[0]

    def search_journal(self, process: Process | None, pattern: str, seconds: float) -> tuple[list[str], str | None]:
        """The lines with the pattern in order, of this process or of the units' last runs; and why some are missing.

        The journal itself searches, from its end backwards, for a limited number of seconds.
        """
        if process:
            which = [f"_PID={process.pid}", f"--since=@{int(process.started) - 1}"]
        else:
            which = [f"_SYSTEMD_UNIT={unit}.service" for unit in self.units]
        command = ["journalctl", "--quiet", "--no-pager", "--output=short-unix", "--reverse", f"--lines={_MAX_LINES}"]
        command += [f"--grep={pattern}", f"--identifier={self.name}", *which]
        problem = None
        try:
            done = call(command, seconds)
            found = done.stdout
            # It exits with 1, silently, when nothing matches.
            if done.stderr and done.returncode:
                return [], f"journalctl: {done.stderr.strip()}"
        except FileNotFoundError:
            return [], "there is no journalctl on this host"
        except OSError as error:
            return [], f"journalctl: {error.strerror}"
        except subprocess.TimeoutExpired as error:
            # Bytes, whatever was asked for.
            found = (error.stdout or b"").decode("utf-8", "replace").rpartition("\n")[0]
            problem = f"the journal is long: only its newest part was searched, for {seconds:g} s"
        return _in_order(found), problem

    def last_lines(self, pattern: str, count: int, seconds: float) -> list[str]:
        """The last lines with the pattern in the journal; none where the journal cannot be read."""
        command = ["journalctl", "--quiet", "--no-pager", "--output=short-iso", "--reverse", f"--lines={count}"]
        try:
            done = call([*command, f"--grep={pattern}", f"--identifier={self.name}"], seconds)
        except (OSError, subprocess.TimeoutExpired):
            return []
        return _in_order(done.stdout)


def _in_order(newest_first: str) -> list[str]:
    # Not splitlines(): a name may hold what that takes for the end of a line.
    return [line for line in newest_first.split("\n") if line][::-1]


def _started(proc: Path, folder: Path) -> float:
    """When a process was started: its 22nd field counts ticks from the host's start (proc(5))."""
    booted = re.search(r"^btime (\d+)$", (proc / "stat").read_text(), re.MULTILINE)
    ticks = (folder / "stat").read_text().rpartition(")")[2].split()[19]
    return int(booted[1] if booted else 0) + int(ticks) / os.sysconf("SC_CLK_TCK")
