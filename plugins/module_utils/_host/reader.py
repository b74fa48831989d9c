# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Read a daemon's configuration and the files that it includes, or copies of them."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError


@dataclass(frozen=True)
class Reader:
    """A function that reads an included file. folder: of copies. missing: the files that could not be read, and why."""

    folder: str | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def main(self, path: str) -> str | None:
        """The configuration itself; None if there is none."""
        try:
            return _read(Path(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ControlError(
                f"{socket.gethostname()}: {path}: {error.strerror}. Run this as root on the server."
            ) from error

    def __call__(self, name: str) -> str | None:
        # A daemon reads a relative name from its working folder, which is the root folder.
        file = Path(self.folder) / Path(name).name if self.folder else Path("/") / name
        try:
            return _read(file)
        except (OSError, ValueError) as error:  # a name with a null byte is no name of a file
            self.missing[name] = f"{file}: {getattr(error, 'strerror', None) or error}"
            return None


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
