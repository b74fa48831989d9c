# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Files that are on the disk completely, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_file(
    path: Path, data: bytes, ids: tuple[int, int], mode: int, check: Callable[[Path], None] | None = None
) -> None:
    """Write a file completely or not at all, even if the power fails."""
    write_parts(path, (data,), ids, mode, check)


def write_parts(
    path: Path, parts: Iterable[bytes], ids: tuple[int, int], mode: int, check: Callable[[Path], None] | None = None
) -> None:
    """The same for a file that is too long to have it in memory."""
    path.parent.mkdir(0o755, parents=True, exist_ok=True)
    # Hidden: some programs read every other file of a folder.
    temporary = path.with_name(f".{path.name}.new")
    with naming(temporary), open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        stream.writelines(parts)
        os.fchown(stream.fileno(), *ids)
        os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    if check:
        check(temporary)
    temporary.replace(path)
    keep_names(path.parent)


def link_file(path: Path, target: Path) -> None:
    """Give a file a second name, in place of the file that had it."""
    temporary = target.with_name(f".{target.name}.link")
    temporary.unlink(missing_ok=True)
    os.link(path, temporary)
    temporary.replace(target)
    # It is still there if both were the same file already.
    temporary.unlink(missing_ok=True)
    keep_names(target.parent)


def keep_names(folder: Path) -> None:
    """A rename or removal must also be on the disk before the next step."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the new file in an error of writing it, and remove it then: it may have filled its file system."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        path.unlink(missing_ok=True)
        raise
