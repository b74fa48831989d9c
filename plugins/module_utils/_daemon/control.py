# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The daemon of a managed host: questions and verbs that work for any daemon."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.text import daemon_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import control as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import journal as dhcpd_journal
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import status as dhcpd_status
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.deployment import moving
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import control as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import journal as kea_journal
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import status as kea_status
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    Change,
    ControlError,
    Lease,
    LeaseCount,
    Live,
    Phase,
    Places,
    Report,
    Selection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import Affected, Promise

# Goals to wait for; a goal is reached when it is true for every relationship.
GOALS: Mapping[str, Callable[[Report], bool]] = {
    "normal": lambda report: report.normal,
    "settled": lambda report: report.phase != Phase.SETTLING,
    "alone": lambda report: report.phase == Phase.ALONE,
    "partner_alone": lambda report: report.partner_phase == Phase.ALONE,
}
_POLL = 1.0
# The verbs for operators. A daemon refuses those that it does not have, and says what to do instead.
VERBS = ("partner_down", "hand_over", "take_over", "give_back", "rejoin", "resync")
# The caller's proof that the partner does not serve.
PARTNER = ("unknown", "stopped", "unreachable", "fenced")
AUTO = "auto"
# The state of a relationship whose daemon does not run, and systemd's message when it is gone, for any reason.
_NOT_RUNNING = "stopped"
_GONE = re.compile(
    r"(?P<time>\d+\.\d+) \S+ systemd\[1\]: \S+\.service: (?:Deactivated successfully|Main process exited)"
)
# The characters of a configuration that show for which daemon it is, after the longest comment.
_BEGINNING = 1 << 20
# The choice of the daemon, and with it the options with which a module finds it; documented by plugins/doc_fragments/.
CHOICE: Mapping[str, Mapping[str, Any]] = {
    "daemon": {"type": "str", "choices": [AUTO, *DAEMONS], "default": AUTO},
    "config": {"type": "path"},
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {**CHOICE, **dhcpd.ACCESS}


class Control(Protocol):
    """The daemon of this host. Every method raises ControlError if it cannot do its work."""

    def answer(self, names: Sequence[str] | None, states_only: bool) -> Answer:
        """Its answer about these relationships, or all; states_only leaves out everything that takes long."""

    def configured(self) -> list[Report]:
        """The halves of the configuration on this host, without asking the daemon."""

    def saved_phases(self) -> dict[str, Phase]:
        """The states in its database, by relationship; for a daemon that cannot be asked (NoAccessError)."""

    def places(self) -> Places:
        """Where it is on this host, for whoever stops it or changes its files."""

    def leases(self, wanted: Selection, limit: int) -> tuple[list[Lease], list[LeaseCount]]:
        """The matching leases by address, and their numbers. More leases than the limit are an error."""

    def count_leases(self, wanted: Selection) -> list[LeaseCount]:
        """Only the numbers, for databases of any size."""

    def copied_leases(self) -> dict[str, str]:
        """The active leases that a partner must have, too, by relationship, as `_model/lease_set.py` packs them."""

    def affected(self, promise: Promise) -> list[Affected]:
        """The active leases, and the configured reservations, whose holders would not keep their addresses."""

    def live(self, read: Reader) -> Live:
        """Its configuration, without secrets. With a reader of copies, the host's daemon is not asked."""

    def log(self, lines: int) -> list[str]:
        """The last lines of its log about relationships and errors."""

    def act(self, verb: str, relationship: str, partner: str, force: bool, check_mode: bool) -> Change:
        """Carry out one of VERBS and read the result back. Refused if it would do harm.

        partner: one of PARTNER. force: do it even if clients are left without a server.
        """


def moves(lines: Sequence[str], relationship: str) -> list[tuple[float, str, str]]:
    """A server's changes of state by its journal (`--output=short-unix`), as time, state and phase; and its absences.

    The lines are those of its daemon and of systemd about its unit, in order. Which daemon it is does not matter.
    """
    found = [
        (when, state, phase(state).value) for read, phase in _JOURNALS for when, state in read(lines, relationship)
    ]
    gone = [match for match in map(_GONE.match, lines) if match]
    found += [(float(match["time"]), _NOT_RUNNING, Phase.UNKNOWN.value) for match in gone]
    return sorted(found, key=lambda move: move[0])


def reached(answer: Answer, goal: str) -> bool:
    """Whether a server has reached the goal. Without a running daemon it has not."""
    return answer.running and all(GOALS[goal](report) for report in answer.relationships)


def wait(
    daemon: Control,
    names: Sequence[str] | None,
    goal: str,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> float:
    """Ask every second until the goal is reached or the time is over, and return how many seconds that took.

    A pair that gets another daemon becomes normal only at the end of that, so this is not awaited.
    """
    start = clock()
    while clock() < start + seconds:
        try:
            if reached(daemon.answer(names, states_only=True), goal):
                break
        except ControlError:
            pass  # the daemon may be restarting
        if goal == "normal" and moving():
            break
        sleep(_POLL)
    return clock() - start


_CONTROLS = {"dhcpd": dhcpd.DhcpdControl, "kea": kea.KeaControl}
_JOURNALS = (
    (dhcpd_journal.read_moves, dhcpd_status.phase),
    (kea_journal.read_moves, kea_status.phase),
)
_FOUND = {"dhcpd": (dhcpd.is_running, dhcpd.CONFIG_FILE), "kea": (kea.is_running, kea.CONFIG_FILE)}
# Whether it was configured to hear nobody.
_DEAF = {"kea": kea.is_deaf}
_UNITS = {"dhcpd": dhcpd.find_unit, "kea": kea.find_unit}
# Here systemd has links to the units that it starts with the host.
_STARTED = Path("/etc/systemd/system")
_VERSIONS = {"dhcpd": dhcpd.find_version, "kea": kea.find_version}


def choose(daemon: str, config: str | None = None) -> str:
    """The daemon of this host by name: of the given configuration, or the one that runs, or the one that is configured.

    Of two that are configured and stopped, it is the one that starts with the host: the other one's configuration may
    be left from before. Of two that run, it is the one that hears clients, or else, while the pair moves, the one whose
    leases count. Raises ControlError if that leaves two.
    """
    if daemon != AUTO:
        return daemon
    if config is not None and Path(config).is_file():
        with Path(config).open(encoding="utf-8", errors="replace") as stream:
            return daemon_of(stream.read(_BEGINNING))
    running = answering_daemons()
    if len(running) > 1:
        move = moving()
        running = [name for name in running if move and (move.holder or "").startswith(name)] or running
    if len(running) > 1:
        raise ControlError(
            f"{socket.gethostname()}: {' and '.join(running)} run on this host. Stop one of them, or name the other in "
            "the option daemon."
        )
    configured = [name for name, (_runs, usual) in _FOUND.items() if Path(usual).exists()]
    starting = [name for name in configured if _starts(name)]
    return next((names[0] for names in (running, starting, configured) if len(names) == 1), DAEMONS[0])


def starting_daemons() -> list[str]:
    """The daemons that start with this host; of several, those that hear clients then."""
    return _hearing([name for name in DAEMONS if _starts(name)])


def answering_daemons() -> list[str]:
    """The daemons that run on this host; of several, those that hear clients."""
    return _hearing([name for name in DAEMONS if is_running(name)])


def _starts(name: str) -> bool:
    return any(_STARTED.glob(f"*.wants/{find_unit(name)}.service"))


def _hearing(names: list[str]) -> list[str]:
    return [name for name in names if len(names) == 1 or not _DEAF.get(name, bool)()]


def find_unit(daemon: str) -> str:
    """The unit of systemd that runs a daemon on this host."""
    return _UNITS[daemon]()


def find_version(daemon: str) -> str | None:
    """The version of the daemon that runs, or else of the one that would be started."""
    return _VERSIONS[daemon]()


def is_running(daemon: str) -> bool:
    """Whether a daemon runs on this host."""
    return _FOUND[daemon][0]()


def control(daemon: str, options: Mapping[str, Any]) -> Control:
    """The control of a daemon by name. options: the module's; a daemon ignores those that it does not know."""
    chosen: Any = _CONTROLS[daemon]
    given = {item.name: options.get(item.name) for item in fields(chosen)}
    made: Control = chosen(**{name: value for name, value in given.items() if value is not None})
    return made
