# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""One way in which a server differs from what is wanted of it. Managed hosts import this: Python 3.9, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

# The daemon is restarted for differences in these sections; the others are put right while it runs.
RESTART_SECTIONS = frozenset({"config", "service"})


class How(str, Enum):
    """In which way something differs."""

    MISSING = "missing"  # it should be there
    EXTRA = "extra"  # it should not be there
    DIFFERENT = "different"  # it has another value
    UNREAD = "unread"  # the file is right, but the running service has not read it yet


@dataclass(frozen=True)
class Difference:
    """One difference. Programs read the fields; `message` is for people only, and nothing parses it.

    section: the part of the server that it belongs to, for instance ``config``, ``interface`` or ``firewall``.
    subject: what differs: a path, an interface, a unit, or a place in a declaration.
    aspect: what it is about the subject, for instance ``owner``, ``content`` or ``address``; empty: the whole subject.
    found, wanted: the values on either side, where there are any.
    """

    section: str
    kind: How
    subject: str
    message: str
    aspect: str = ""
    found: str | None = None
    wanted: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**{item.name: getattr(self, item.name) for item in fields(self)}, "kind": self.kind.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Difference:
        """The other way. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(**{**data, "kind": How(data["kind"])})
