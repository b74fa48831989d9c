# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What has not ended on this host, and who is at it: a deployment, a move to another daemon, an unread change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    MIGRATION,
    STAGED,
    UNPROVEN,
    Managed,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import held_by_others
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Deployment, Step
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc

# Steps of a journal.
SWAP, RESTART, SERVING = "swap", "restart", "serving"


def unfinished(config: str, reads: Iterable[str], started: float | None, lock: str = Managed.lock) -> Deployment | None:
    """The deployment that has not ended, or a change that the daemon has not read.

    reads: files that the daemon reads at its start. started: when it was started; None if it does not run.
    """
    left = moving() or _left(config, reads, started)
    owner = held_by_others(Path(lock), "")
    if owner is None:
        return left
    since = utc(owner.since)
    return replace(left or Deployment(Step.BEGUN, since), since=since, by=owner.who, run=owner.run)


def moving() -> Deployment | None:
    """The move of this host's pair to another daemon, since its last record. One that cannot be read says no more."""
    written = _written(MIGRATION)
    if written is None:
        return None
    try:
        data = json.loads(Path(MIGRATION).read_bytes())
        return Deployment(Step.MOVING, utc(written), goal=str(data["goal"]), holder=str(data["holder"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Deployment(Step.MOVING, utc(written))


def _left(config: str, reads: Iterable[str], started: float | None) -> Deployment | None:
    """What a deployment has left, whether it still runs or not."""
    staged = _written(config + STAGED)
    # A rollback leaves the failed file there, and writes the previous one again afterwards.
    staged = staged if staged and staged > (_written(config) or 0) else None
    unread = {} if started is None else {name: _written(name) or 0 for name in reads}
    unread = {name: time for name, time in unread.items() if time > (started or 0)}
    journal = _read_journal(Path(config + UNPROVEN))
    if journal:
        began, step = journal
        if unread:
            return Deployment(Step.UNREAD, utc(began), files=tuple(unread), kept=True)
        if step == SWAP and staged:
            return Deployment(Step.STAGED, utc(began), files=(config + STAGED,), kept=True)
        return Deployment(Step.UNPROVEN, utc(began), kept=True)
    if unread:
        return Deployment(Step.UNREAD, utc(max(unread.values())), files=tuple(unread))
    return Deployment(Step.STAGED, utc(staged), files=(config + STAGED,)) if staged else None


def _read_journal(path: Path) -> tuple[float, str] | None:
    """When the transaction began, and how far it came; an unreadable journal counts as one of the last step."""
    written = _written(str(path))
    if written is None:
        return None
    try:
        found = json.loads(path.read_bytes())
        return float(found["started"]), str(found["step"])
    except (OSError, ValueError, KeyError, TypeError):
        return written, SERVING


def _written(name: str) -> float | None:
    """When a file was written; None if it does not exist."""
    try:
        return Path(name).stat().st_mtime
    except OSError:
        return None
