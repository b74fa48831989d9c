# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The guards of pools, as permits. Managed hosts import this: Python 3.9, nothing else."""

from __future__ import annotations

# Classes that Kea has by itself.
KNOWN, UNKNOWN = "KNOWN", "UNKNOWN"
# The beginnings of other classes: those that permits make, and those of the clients of one server of a pair.
PERMITS = "permits: "
HA = "HA_"


def permits_of(guard: str, test: str | None = None) -> tuple[frozenset[str], str]:
    """The permits of a pool with this guard, and the peer whose clients alone use it. test: of the guard's class."""
    if guard.startswith(PERMITS) and test:
        text = guard[len(PERMITS) :]
        half = ""
        if text.endswith(")") and test.startswith(f"member('{HA}"):
            half = test[len(f"member('{HA}") :].partition("'")[0]
            text = text.removesuffix(f" ({half})")
        return frozenset(text.split("; ")), half
    if guard.startswith(HA):
        return frozenset(), guard[len(HA) :]
    if guard == "ALL":
        return frozenset(), ""
    what = {KNOWN: "known-clients", UNKNOWN: "unknown-clients"}.get(guard, f'members of "{guard}"')
    return frozenset({f"allow {what}"}), ""


def is_permit_class(name: str) -> bool:
    """Whether a class only stands for the permits of pools."""
    return name.startswith(PERMITS)
