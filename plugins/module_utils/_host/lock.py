# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Only one run of Ansible deploys to a host at a time: the lock, and what its record says about its owner.

The record outlives a module, because a deployment has many steps. It ends with the last step, when its time has
passed, when the host reboots (it is in /run), or when the owner's controller says that its process is dead. While a
step runs, it also holds the file itself (flock), which ends with its process.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc

# Longer than the gates and other servers' restarts that may lie between two steps on one host.
TERM = 600
# A comparison holds the file for a moment.
_PATIENCE = 2


@dataclass(frozen=True)
class Lock:
    """run: the process that deploys, as its controller knows it. who: the same for people. busy: a step runs now."""

    run: str
    who: str
    since: float
    until: float
    busy: bool = False

    @property
    def message(self) -> str:
        step = ", and a step of that run is at work on the host" if self.busy else ""
        return (
            f"{self.who} has been deploying to this server since {utc(self.since)}{step}, so nothing was changed. Wait "
            f"until that run has ended, then run this again. If it was killed, its lock ends at {utc(self.until)}."
        )

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "since": utc(self.since), "until": utc(self.until), "message": self.message}


class LockedError(Exception):
    """Another run holds the lock."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.message)
        self.lock = lock


def held_by_others(path: Path, run: str) -> Lock | None:
    """The lock of another run, if it is still valid. Changes nothing."""
    try:
        with path.open("rb") as stream:
            busy = not _try(stream.fileno(), fcntl.LOCK_SH)
            return _others(_read(stream.read()), run, busy)
    except FileNotFoundError:
        return None


@contextmanager
def one_step(path: Path, run: str, who: str, dead: str = "") -> Iterator[bool]:
    """Hold the lock during a step, and keep it afterwards. Says whether this run did not have it before.

    dead: a run that has ended without releasing it. Raises LockedError, or OSError if it cannot be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        busy = not _try(descriptor, fcntl.LOCK_EX)
        found = _read(os.pread(descriptor, 4096, 0))
        other = _others(found, run, busy)
        if other and (busy or other.run != dead):
            raise LockedError(other)
        now = time.time()
        mine = found is not None and found.run == run
        since = found.since if found and mine else now
        # Padded, so that one write replaces it completely.
        record = json.dumps(asdict(Lock(run, who, since, now + TERM))).encode().ljust(512) + b"\n"
        try:
            os.pwrite(descriptor, record, 0)
        except OSError as error:
            error.filename = str(path)
            raise
        yield not mine
    finally:
        os.close(descriptor)


def release(path: Path) -> None:
    """End the lock of this run, within its last step."""
    with path.open("r+b") as stream:
        stream.truncate()


def _try(descriptor: int, kind: int) -> bool:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)


def _read(data: bytes) -> Lock | None:
    """A record that is empty or damaged is nobody's."""
    try:
        return Lock(**json.loads(data))
    except (ValueError, TypeError):
        return None


def _others(found: Lock | None, run: str, busy: bool) -> Lock | None:
    if busy:
        now = time.time()
        known = found or Lock("", "Another run", now, now + TERM)
        return Lock(**{**asdict(known), "busy": True})
    return found if found and found.run != run and found.until > time.time() else None
