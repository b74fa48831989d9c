# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""This run of Ansible as the owner of locks on hosts, and whether another one on this controller still runs."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import socket
import uuid
from pathlib import Path

from ansible.errors import AnsibleError

PROC = Path("/proc")


def run_of(process: int) -> str:
    """A process of this controller, for all time and among all controllers."""
    return f"{_machine()}:{process}:{_start(process)}"


def owner() -> dict[str, str]:
    """The run that a worker process belongs to: for programs, and for people.

    A worker outlives a run that was killed. It must not take a lock then, because nobody would end it.
    """
    parent = multiprocessing.parent_process()
    process = (parent and parent.pid) or os.getpid()
    if parent and os.getppid() != process:
        raise AnsibleError(f"The run of process {process} was killed, so it does nothing more.")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return {"run": run_of(process), "who": f"{user}@{socket.gethostname()} (process {process})"}


def is_dead(run: str) -> bool:
    """Whether a run was on this controller and has ended. Without /proc nobody knows."""
    machine, _colon, rest = run.rpartition(":")[0].rpartition(":")
    return machine == _machine() and run != run_of(int(rest)) and not _is_hidden(int(rest))


def _machine() -> str:
    """This boot of this machine, and the container: what makes the number of a process unique."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return f"{uuid.getnode():x}"


def _is_hidden(process: int) -> bool:
    """Whether another user has such a process, and /proc does not show it (mount option hidepid)."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return not _start(process)
    except OSError:
        pass
    return False


def _start(process: int) -> str:
    """When a process was started; empty if it has ended."""
    try:
        fields = (PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]
