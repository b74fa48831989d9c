# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""For which daemon a configuration is. Managed hosts import this: Python 3.9, nothing else."""

from __future__ import annotations

import re

# Blanks, or one comment of any kind.
_LEFT_OUT = re.compile(r"[ \t\r\n\ufeff]+|#[^\n]*\n|//[^\n]*\n|/\*.*?\*/", re.DOTALL)


def daemon_of(text: str) -> str:
    """The daemon for which a configuration is: one that begins with an object is Kea's."""
    start = 0
    while found := _LEFT_OUT.match(text, start):
        start = found.end()
    return "kea" if text[start : start + 1] == "{" else "dhcpd"
