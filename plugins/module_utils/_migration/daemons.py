# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The two daemons of this host, as systemd runs them and as they answer. At most one of them serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import Control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import keep_names, write_file
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import read_units
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import FINISHED, MOVED, PREVIOUS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import DHCPD, together
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.logs import Mark, mark
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Change,
    ControlError,
    NoAccessError,
    Phase,
    Report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import PROGRAMS

# A failed assertion, unlike a failed condition, is an error of systemctl start. systemd names the path, so that is the
# reason; it never exists.
_BARRIER = """\
# Written by Ansible when this pair got {other}. {program} would lease the same addresses, to other clients.
# The playbooks migrate and migrate_back, and a deployment of {program}, remove this file.
[Unit]
Description={program}, which {other} has replaced on this pair
AssertPathExists=/this-pair-was-moved-to-{goal}
"""
# The files of Kea's database, in its order.
OF_KEA = (FINISHED, PREVIOUS, MOVED, "")
_POLL = 0.05


class NotYetError(Exception):
    """An act was done, but its end has to be awaited; the text says what for. The act is repeated then."""


@dataclass
class Outcome:
    """What was done, in words. acts: when each was carried out. survey: what the databases of both servers have.

    config: the configuration that dhcpd gets on the way back, and when it was changed.
    ports: what was found about those of Kea. room: what a move needs of the disks, which have it.
    """

    changed: bool = False
    lines: list[str] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    survey: dict[str, Any] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    ports: list[dict[str, Any]] = field(default_factory=list)
    room: str = ""


class Daemons:
    """Both daemons of this host. controls, runs: of each; runs says whether it does. version: of one that is installed.

    outcome: what was done is told there. timeout: seconds for a daemon to do what it was asked. barrier: the file that
    bars a unit.
    """

    def __init__(
        self,
        controls: Mapping[str, Control],
        runs: Mapping[str, Callable[[], bool]],
        run: Run,
        version: Callable[[str], str | None],
        outcome: Outcome,
        timeout: float,
        barrier: Callable[[str], str],
    ) -> None:
        self.controls = controls
        self.runs = runs
        self.run = run
        self.version = version
        self.outcome = outcome
        self.timeout = timeout
        self.barrier = barrier

    def reports(self, name: str) -> Sequence[Report]:
        """What it says of its relationships. Raises RefusedError if it cannot be asked."""
        try:
            return self.controls[name].answer(None, states_only=True).relationships
        except NoAccessError as error:
            first = (
                " A pair that was made by hand is deployed with dhcp_server_daemon: dhcpd before it moves."
                if name == DHCPD
                else ""
            )
            raise RefusedError(f"{error}{first}") from error

    def related(self, name: str) -> Sequence[Report]:
        """The same, of a daemon that has to know its partner."""
        reports = self.reports(name)
        if not reports:
            self.refuse_unrelated(name)
        return reports

    def refuse_unrelated(self, name: str) -> None:
        raise RefusedError(
            f"{self.controls[name].places().config} has no relationship, so {PROGRAMS[name]} would serve without its "
            "partner. Put the configuration of the pair there, and run this again."
        )

    def phase(self, name: str) -> Phase:
        return together(report.phase for report in self.reports(name))

    def answers(self, name: str) -> bool:
        try:
            answer = self.controls[name].answer(None, states_only=True)
        except ControlError:
            return False
        return answer.running and all(report.phase is not Phase.UNKNOWN for report in answer.relationships)

    def unit(self, name: str) -> dict[str, str]:
        unit = f"{self.controls[name].places().unit}.service"
        words = ("systemctl", "show", "--property=LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload", unit)
        return read_units(self.run(words).stdout)[0]

    def allow(self, name: str, wanted: bool) -> None:
        unit = self.unit(name)
        if unit.get("LoadState") == "not-found" or (unit.get("UnitFileState") == "enabled") is wanted:
            return
        self.systemctl("enable" if wanted else "disable", name)
        self.did(f"{PROGRAMS[name]} {'starts' if wanted else 'no longer starts'} with the host")

    def halt(self, name: str) -> None:
        if self.unit(name).get("ActiveState") in ("active", "activating", "reloading", "deactivating"):
            self.systemctl("stop", name)
            self.did(f"stopped {PROGRAMS[name]}")
        self.need_stopped(name)

    def wait_for_answer(self, name: str) -> None:
        self.wait_for(lambda: self.answers(name), f"{PROGRAMS[name]} to answer")

    def need_stopped(self, name: str) -> None:
        end = time.monotonic() + self.timeout
        while self.runs[name]():
            if self.unit(name).get("ActiveState") in ("active", "inactive", "failed") or time.monotonic() > end:
                raise RefusedError(
                    f"{PROGRAMS[name]} runs, and two daemons must not lease the same addresses. Stop it, and run this "
                    "again."
                )
            time.sleep(_POLL)

    def wait_for(self, done: Callable[[], bool], goal: str, why: Callable[[], str] = str) -> None:
        end = time.monotonic() + self.timeout
        while True:
            # The last look begins when the time is over, however slow the one before was.
            last = time.monotonic() > end
            with suppress(ControlError):
                if done():
                    return
            if last:
                reason = ""
                with suppress(ControlError):
                    reason = why()
                raise NotYetError(f"it waits for {goal}{f': {reason}' if reason else ''}")
            time.sleep(_POLL)

    def systemctl(self, verb: str, name: str) -> None:
        unit = f"{self.controls[name].places().unit}.service"
        if verb == "start":
            self.remove_barrier(name)
        done = self.run(("systemctl", verb, unit))
        if done.returncode:
            raise RefusedError(f"systemctl {verb} {unit}: {done.stderr.strip() or 'no reason given'}")

    def _barrier(self, name: str) -> Path:
        return Path(self.barrier(self.controls[name].places().unit))

    def put_barrier(self, name: str, goal: str) -> None:
        """Keep a daemon from being started by hand: it would lease the same addresses again."""
        path = self._barrier(name)
        if self.unit(name).get("LoadState") != "not-found":
            words = {"program": PROGRAMS[name], "other": PROGRAMS[goal], "goal": goal}
            write_file(path, _BARRIER.format(**words).encode(), (-1, -1), 0o644)
            self.run(("systemctl", "daemon-reload"))
            self.did(f"{PROGRAMS[name]} cannot be started by hand any more, by {path}")

    def remove_barrier(self, name: str) -> None:
        path = self._barrier(name)
        if path.exists():
            path.unlink()
            keep_names(path.parent)
        elif self.unit(name).get("NeedDaemonReload") != "yes":
            return
        # A run may have ended between the two.
        self.run(("systemctl", "daemon-reload"))

    def mark(self, name: str) -> Mark:
        place = self.controls[name].places().lease_file
        ends = ("",) if name == DHCPD else OF_KEA
        return mark(place + end for end in ends) if place else Mark()

    def act(self, name: str, verb: str, relationship: str, partner: str = "unknown") -> Change:
        """Carry out a verb of the port. Raises ControlError."""
        return self.controls[name].act(verb, relationship, partner, force=False, check_mode=False)

    def did(self, line: str, changed: bool = True) -> None:
        self.outcome.changed = self.outcome.changed or changed
        self.outcome.lines.append(line)
