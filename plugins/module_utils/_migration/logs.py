# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a daemon has appended to its lease files since they were read: all that is left to read once it has stopped.

Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

# Longer than any entry.
_BEFORE = 1 << 16


class File(NamedTuple):
    path: str
    device: int
    inode: int
    size: int


class Mark(NamedTuple):
    """How far files were written at some time. others: those before the last one, which alone grows."""

    others: tuple[File, ...] = ()
    last: File | None = None


def mark(paths: Iterable[str]) -> Mark:
    """Those of these files that exist, the last one last."""
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            seen = Path(path).stat()
            found.append(File(path, seen.st_dev, seen.st_ino, seen.st_size))
    return Mark(tuple(found[:-1]), found[-1]) if found else Mark()


def grown(before: Mark, now: Mark) -> bool:
    """Whether these are the same files, of which the last one may have grown."""
    if before.last is None or now.last is None or before.others != now.others:
        return False
    return before.last[:-1] == now.last[:-1] and before.last.size <= now.last.size


def appended(before: Mark, now: Mark, end: bytes) -> BytesIO | None:
    """What the last file has got since, from the beginning of an entry on; None if the files were replaced.

    end: what each entry ends with. Some entries that were there before may come again.
    """
    if before.last is None or not grown(before, now):
        return None
    with Path(before.last.path).open("rb") as stream:
        seen = os.fstat(stream.fileno())
        if (seen.st_dev, seen.st_ino) != (before.last.device, before.last.inode):
            return None
        start = max(0, before.last.size - _BEFORE)
        stream.seek(start)
        found = stream.read()
    at = found.rfind(end, 0, before.last.size - start)
    if at < 0 and start:
        return None
    return BytesIO(found[at + len(end) if at >= 0 else 0 :])
