# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The dhcpd of this host: its process, its version, and its lines in the journal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import CHATTER, SEARCH, last_run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import SERVICES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import call

_FOLDERS = "/usr/sbin:/usr/local/sbin:/sbin"
# The newest lines that matter; a fault in every update of a large pool must not fill the memory.
_MAX_LINES = 20000
# Another protocol, or nothing that serves: a check of a file, a question for the version.
_OTHERS = frozenset((b"-6", b"-t", b"-T", b"--version"))
# Lines of interest when a server does not start, or two servers do not become normal.
_TELLING = (
    f"^(?!{CHATTER}).*(failover|peer|CONNECT|pool|rror|exiting|refused|bind|an't |nable to |No subnet|Not configured)"
)
_VERSION = re.compile(r"isc-dhcpd-(\S+)")


@dataclass(frozen=True)
class Process:
    pid: int
    started: float  # seconds since the epoch


def find_process(proc: Path = Path("/proc")) -> Process | None:
    """The dhcpd for IPv4 that runs here: in our own process namespace, so that a container's does not count."""
    try:
        own = (proc / "self/ns/pid").readlink()
    except OSError:
        own = None
    for folder in proc.glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() != "dhcpd":
                continue
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if not _OTHERS.intersection(arguments) and (own is None or (folder / "ns/pid").readlink() == own):
                return Process(int(folder.name), _started(proc, folder))
        except OSError:  # it has just ended
            continue
    return None


def _started(proc: Path, folder: Path) -> float:
    """When a process was started: its 22nd field counts ticks from the host's start (proc(5))."""
    booted = re.search(r"^btime (\d+)$", (proc / "stat").read_text(), re.MULTILINE)
    ticks = (folder / "stat").read_text().rpartition(")")[2].split()[19]
    return int(booted[1] if booted else 0) + int(ticks) / os.sysconf("SC_CLK_TCK")


def find_version(process: Process | None) -> str | None:
    """The version of the daemon that runs, or else of the one that would be started."""
    program = f"/proc/{process.pid}/exe" if process else shutil.which("dhcpd", path=_FOLDERS)
    try:
        done = call([program, "--version"], timeout=5) if program else None
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout + done.stderr) if done else None
    return found[1] if found else None


def read_journal(process: Process | None, seconds: float) -> tuple[list[str], str | None]:
    """The relevant lines of the daemon's last run, in order; and the reason if some could not be read.

    The journal itself searches, from its end backwards, for a limited number of seconds.
    """
    if process:
        which = [f"_PID={process.pid}", f"--since=@{int(process.started) - 1}"]
    else:
        which = [f"_SYSTEMD_UNIT={service}.service" for service in SERVICES]
    command = ["journalctl", "--quiet", "--no-pager", "--output=short-unix", "--reverse", f"--lines={_MAX_LINES}"]
    command += [f"--grep={SEARCH}", "--identifier=dhcpd", *which]
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
    # Not splitlines(): a name may hold what that takes for the end of a line.
    lines = [line for line in found.split("\n") if line][::-1]
    return lines if process else last_run(lines), problem


def last_lines(count: int, seconds: float) -> list[str]:
    """The daemon's last lines in the journal about relationships and errors; none where the journal cannot be read."""
    command = ["journalctl", "--quiet", "--no-pager", "--output=short-iso", "--reverse", f"--lines={count}"]
    try:
        done = call([*command, f"--grep={_TELLING}", "--identifier=dhcpd"], seconds)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line for line in done.stdout.split("\n") if line][::-1]
