# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Times as the modules return them, and the difference between two partners' clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

# dhcpd refuses a partner whose clock differs by more seconds than this, and says nothing before.
CLOCK_STOP = 60.0
CLOCK_WARN = 30.0
# A time as the modules return it.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def seconds_of(text: str) -> float:
    """A time as the modules return it, in seconds since the epoch."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=timezone.utc).timestamp()


def utc(seconds: float) -> str:
    """Seconds since the epoch as a time that the modules return."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime(TIME_FORMAT)


def format_time(value: datetime | None) -> str | None:
    """A time as the modules return it."""
    return value.strftime(TIME_FORMAT) if value else None


def partners_apart(answers: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Seconds by which the second clock is ahead of the first, with the uncertainty; None unless both are known."""
    offsets = [answer.get("clock_offset") for answer in answers]
    if len(offsets) != 2 or None in offsets:
        return None
    doubts = [float(answer.get("clock_uncertainty") or 0) for answer in answers]
    return float(offsets[1] or 0) - float(offsets[0] or 0), sum(doubts)
