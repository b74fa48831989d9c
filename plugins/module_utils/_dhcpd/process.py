# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The dhcpd of this host: its process, its version, and its lines in the journal."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import CHATTER, SEARCH, last_run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import SERVICES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process, Program

# Lines of interest when a server does not start, or two servers do not become normal.
_TELLING = (
    f"^(?!{CHATTER}).*(failover|peer|CONNECT|pool|rror|exiting|refused|bind|an't |nable to |No subnet|Not configured)"
)
_DHCPD = Program(
    "dhcpd",
    # Another protocol, or nothing that serves: a check of a file, a question for the version.
    others=frozenset((b"-6", b"-t", b"-T", b"--version")),
    ask="--version",
    version=r"isc-dhcpd-(\S+)",
    units=SERVICES,
)


def find_process(proc: Path = Path("/proc")) -> Process | None:
    """The dhcpd for IPv4 that runs here."""
    return _DHCPD.find_process(proc)


def find_unit() -> str:
    return _DHCPD.find_unit()


def find_version(process: Process | None) -> str | None:
    return _DHCPD.find_version(process)


def read_journal(process: Process | None, seconds: float) -> tuple[list[str], str | None]:
    """The relevant lines of the daemon's last run, in order; and the reason if some could not be read."""
    lines, problem = _DHCPD.search_journal(process, SEARCH, seconds)
    return lines if process else last_run(lines), problem


def last_lines(count: int, seconds: float) -> list[str]:
    """The daemon's last lines in the journal about relationships and errors; none where the journal cannot be read."""
    return _DHCPD.last_lines(_TELLING, count, seconds)
