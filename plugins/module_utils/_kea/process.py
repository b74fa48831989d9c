# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The kea-dhcp4 of this host: its process, its version, and its lines in the journal."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process, Program
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.journal import SEARCH, TELLING, last_run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import SERVICES

_KEA = Program(
    "kea-dhcp4",
    # A check of a file, a question for the version or the way it was built.
    others=frozenset((b"-t", b"-T", b"-v", b"-V", b"-W")),
    ask="-v",
    version=r"^(\d+\.\d+\.\d+\S*)",
    units=SERVICES,
)


def find_process(proc: Path = Path("/proc")) -> Process | None:
    """The kea-dhcp4 that runs here."""
    return _KEA.find_process(proc)


def find_unit() -> str:
    return _KEA.find_unit()


def find_version(process: Process | None) -> str | None:
    return _KEA.find_version(process)


def read_journal(process: Process | None, seconds: float) -> tuple[list[str], str | None]:
    """The relevant lines of the daemon's last run, in order; and the reason if some could not be read."""
    lines, problem = _KEA.search_journal(process, SEARCH, seconds)
    return lines if process else last_run(lines), problem


def last_lines(count: int, seconds: float) -> list[str]:
    """The daemon's last lines in the journal about relationships and errors; none where the journal cannot be read."""
    return _KEA.last_lines(TELLING, count, seconds)
