# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The leases of a server, kept in files while they are merged and compared: there may be a million."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Placed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import Index, packed, unpacked
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding

# The end of the name of a database that was replaced.
BEFORE = ".before-migration"
# How often a database is read anew that was replaced meanwhile.
MAX_REPLACED = 3
# Differences to be named.
MAX_NAMED = 10


class Kept:
    """Bindings in a temporary file, to be read more than once."""

    def __init__(self, stack: ExitStack, place: Callable[[int], int | None] = lambda _address: None) -> None:
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it
        stack.callback(self.file.close)
        self.place = place
        self.count = 0
        self.found: Index | None = None

    def write(self, bindings: Iterable[Binding]) -> None:
        for part in packed(bindings):
            self.file.write(part)
            self.count += 1
        self.file.flush()

    def bindings(self) -> Iterator[Binding]:
        # The reader closes what it has read.
        copy = os.fdopen(os.dup(self.file.fileno()), "rb")
        copy.seek(0)
        return unpacked(copy)

    def all(self) -> Iterator[Placed]:
        return ((held, self.place(held.address) or 0) for held in self.bindings())

    def index(self) -> Index:
        if self.found is None:
            self.found = Index(self.file)
        return self.found

    def among(self, addresses: Iterable[int]) -> Iterator[Binding]:
        """Those of some addresses, in their order."""
        return self.index().among(addresses)


@dataclass(frozen=True)
class Given:
    """The leases of the partner. running: whether its daemon ran when they were read."""

    running: bool
    kept: Kept


def give(path: Path, running: bool, bindings: Iterable[Binding]) -> None:
    """Write leases for the partner. The file belongs to whom the folder does, who fetches it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    owner = path.parent.stat()
    os.fchown(descriptor, owner.st_uid, owner.st_gid)
    with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb", compresslevel=1) as stream:
        stream.write(json.dumps({"running": running}).encode() + b"\n")
        stream.writelines(packed(bindings))


def take(path: Path, stack: ExitStack) -> Given:
    """Read what `give` has written."""
    # Decompressed at once: many small parts are read.
    kept = Kept(stack)
    with gzip.open(path, "rb") as stream:
        head = json.loads(stream.readline())
        for part in iter(lambda: stream.read(1 << 20), b""):
            kept.file.write(part)
    kept.file.flush()
    return Given(bool(head["running"]), kept)
