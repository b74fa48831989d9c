# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What this server does when its pair gets the other daemon: the acts of `plan.py`, each of which can be repeated.

Every act looks first. None starts a daemon that may answer beside another one on this host; the plan sees to the same
between the two hosts. Leases come from the partner as a file, because there may be a million.

While nobody answers, as little as possible is done: what a daemon needs is prepared while the other one still serves,
and then only what that has written since is read.
"""

from __future__ import annotations

import gzip
import json
import os
import pwd
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import Control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.bindings import (
    database,
    entries,
    handed_over,
    without_partner,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    SavedState,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import (
    keep_names,
    link_file,
    write_file,
    write_parts,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import MIGRATION, barrier
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import read_units
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError, Transaction
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Form, Placed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import EMPTY, Channel
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import RefusedError as KeaRefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import FINISHED, MOVED, PREVIOUS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import read_configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import (
    answers_clients,
    open_lease_files,
    sockets_open,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Act,
    Daemon,
    Deed,
    Holder,
    Journal,
    Server,
    together,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.ground import (
    SOON,
    Connect,
    port_of_kea,
    room_for_dhcpd,
    room_for_kea,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    OUTSIDE,
    Account,
    Index,
    Unlike,
    changes_of_dhcpd,
    changes_of_kea,
    compare,
    for_dhcpd,
    for_kea,
    merge,
    overlay,
    packed,
    read_dhcpd,
    read_kea,
    unpacked,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.logs import Mark, appended, grown, mark
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.places import Spare, holder, placer
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    ControlError,
    NoAccessError,
    Phase,
    Report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import format_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT, HOLDERS, PROGRAMS

_NOTE = "Written by Ansible while this pair gets another daemon. Run the playbook migrate or migrate_back to end it."
# A failed assertion, unlike a failed condition, is an error of systemctl start. systemd names the path, so that is the
# reason; it never exists.
_BARRIER = """\
# Written by Ansible when this pair got {other}. {program} would lease the same addresses, to other clients.
# The playbooks migrate and migrate_back, and a deployment of {program}, remove this file.
[Unit]
Description={program}, which {other} has replaced on this pair
AssertPathExists=/this-pair-was-moved-to-{goal}
"""
# Of Debian; another system's package manager is not asked, because it would refresh its lists first.
_PACKAGE = "kea-dhcp4-server"
# The end of the name of a database that was replaced.
BEFORE = ".before-migration"
# The files of Kea's database, in its order.
_OF_KEA = (FINISHED, PREVIOUS, MOVED, "")
# A lease file that a cleanup of Kea has not finished.
_LEFT = (FINISHED, PREVIOUS, MOVED, ".output", ".pid")
_POLL = 0.05
# The state of Kea in which it gets its partner's leases, which may be many.
_SYNCING = "syncing"
# What a Kea without an interface keeps in the user-context of its interfaces-config.
_INTERFACES = "interfaces-after-migration"
_PAGE = 1000
_MAX_REPLACED = 3
# Differences to be named.
_MAX_NAMED = 10
_LONG_AGO = 3600
# Once fewer addresses than these change while they are looked at, dhcpd can be stopped. Not more rounds than these.
_FEW, _ROUNDS = 20, 10


class NotYetError(Exception):
    """An act was done, but its end has to be awaited; the text says what for. The act is repeated then."""


@dataclass(frozen=True)
class Given:
    """The leases of the partner. running: whether its daemon ran when they were read."""

    running: bool
    kept: Kept


def give(path: Path, running: bool, bindings: Iterable[Binding]) -> None:
    """Write leases for the partner. The file belongs to whom the folder does, who fetches it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    owner = path.parent.stat()
    os.fchown(descriptor, owner.st_uid, owner.st_gid)
    with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb", compresslevel=1) as stream:
        stream.write(json.dumps({"running": running}).encode() + b"\n")
        stream.writelines(packed(bindings))


def take(path: Path, stack: ExitStack) -> Given:
    """Read them."""
    # Decompressed at once: many small parts are read.
    kept = Kept(stack)
    with gzip.open(path, "rb") as stream:
        head = json.loads(stream.readline())
        for part in iter(lambda: stream.read(1 << 20), b""):
            kept.file.write(part)
    kept.file.flush()
    return Given(bool(head["running"]), kept)


def _spool(stack: ExitStack) -> BinaryIO:
    """A temporary file."""
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it
    stack.callback(file.close)
    return file


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


def complaint(text: str) -> str:
    """What dhcpd says about its configuration, without what it says each time."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    about = [line for line in lines if re.search(r" line \d+: |^Can't |^\[Errno ", line)]
    return (about or lines or ["no reason given"])[0].rstrip(".")


class Host:
    """This server. controls, runs: of each daemon; runs says whether it does.

    files: of Kea, as it is declared; none if it is not. version: of a daemon that is installed. partner: the proof
    that the partner's Kea does not serve. mclt: of relationships, for dhcpd's database.
    """

    def __init__(
        self,
        controls: Mapping[str, Control],
        runs: Mapping[str, Callable[[], bool]],
        run: Run,
        files: Transaction | None = None,
        version: Callable[[str], str | None] = lambda _name: None,
        goal: str = KEA,
        method: str = PIVOT,
        partner: str = "unknown",
        mclt: Mapping[str, int] | None = None,
        journal: Path = Path(MIGRATION),
        timeout: float = 60,
        connect: Connect = socket.create_connection,
        barrier: Callable[[str], str] = barrier,
    ) -> None:
        self.controls = controls
        self.runs = runs
        self.run = run
        self.files = files
        self.version = version
        self.goal = goal
        self.method = method
        self.partner = partner
        self.mclt = mclt or {}
        self.journal = journal
        self.timeout = timeout
        self.connect = connect
        self.barrier = barrier
        self.outcome = Outcome()
        self.stack = ExitStack()
        self.ready: Ready | None = None
        # The daemon that this turn has stopped, and served; whether dhcpd here served alone.
        self.stopped = ""
        # For the way back from what has failed: the holder that this turn has replaced, whether it has started dhcpd,
        # and the lease file of Kea when that got its interfaces.
        self.before: Holder | None = None
        self.started = False
        self.opened: Mark | None = None
        self.alone: bool | None = None
        self.channel: tuple[Any, Channel] | None = None

    def close(self) -> None:
        self.stack.close()

    # What is there

    def look(self) -> Server:
        """This server as it is."""
        return Server(self._daemon(DHCPD), self._daemon(KEA), self.read_journal(), self._lost())

    def _lost(self) -> str:
        """What dhcpd lacks to serve here again."""
        if self.runs[DHCPD]():
            return ""
        if not self.version(DHCPD):
            return "dhcpd is not installed"
        config = self.controls[DHCPD].places().config
        return "" if self.controls[DHCPD].configured() else f"{config} has no relationship"

    def heard(self) -> list[tuple[str, int]]:
        """The addresses of the partners of dhcpd, each with the port at which it hears them. None without its file."""
        reports = self.controls[DHCPD].configured()
        return [(report.peer_address, report.port or DEFAULT_PORT) for report in reports if report.peer_address]

    def _daemon(self, name: str) -> Daemon:
        enabled = self._unit(name).get("UnitFileState") == "enabled"
        if not self.runs[name]():
            return Daemon(enabled=enabled)
        phase, answers = Phase.SETTLING, False
        # It may just be starting.
        with suppress(ControlError):
            phase = together(report.phase for report in self._reports(name))
            answers = self._serves(name)
        return Daemon(True, enabled, name == KEA and self._deaf(), phase, answers)

    def _reports(self, name: str) -> Sequence[Report]:
        try:
            return self.controls[name].answer(None, states_only=True).relationships
        except NoAccessError as error:
            first = (
                " A pair that was made by hand is deployed with dhcp_server_daemon: dhcpd before it moves."
                if name == DHCPD
                else ""
            )
            raise RefusedError(f"{error}{first}") from error

    def _related(self, name: str) -> Sequence[Report]:
        """The same, of a daemon that has to know its partner."""
        reports = self._reports(name)
        if not reports:
            self._refuse_unrelated(name)
        return reports

    def _refuse_unrelated(self, name: str) -> None:
        raise RefusedError(
            f"{self.controls[name].places().config} has no relationship, so {PROGRAMS[name]} would serve without its "
            "partner. Put the configuration of the pair there, and run this again."
        )

    def _serves(self, name: str) -> bool:
        """Whether the daemon answers clients, or does once its partner does not. One in no pair counts, too."""
        reports = self._reports(name)
        if any(report.serving for report in reports):
            return True
        shares = not reports or together(report.phase for report in reports) is Phase.NORMAL
        return name == KEA and shares and not self._deaf() and answers_clients(self._ask("status-get"))

    def _deaf(self) -> bool:
        with suppress(ControlError):
            interfaces = self._ask("config-get").get("Dhcp4", {}).get("interfaces-config", {})
            return not interfaces.get("interfaces")
        return False

    def _unit(self, name: str) -> dict[str, str]:
        unit = f"{self.controls[name].places().unit}.service"
        words = ("systemctl", "show", "--property=LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload", unit)
        return read_units(self.run(words).stdout)[0]

    def read_journal(self) -> Journal | None:
        try:
            return Journal.from_data(json.loads(self.journal.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, AttributeError) as error:
            raise RefusedError(f"{self.journal} cannot be read: {error}. The partner has one, too.") from error

    # Acts

    def do(self, act: Act, given: Path | None) -> None:
        """Carry out an act. Raises RefusedError, ControlError or NotYetError."""
        name = act.daemon
        deeds: Mapping[Deed, Callable[[], None]] = {
            Deed.BEGIN: lambda: self._begin(act),
            Deed.FORBID: lambda: self._allow(name, False),
            Deed.ALLOW: lambda: self._allow(name, True),
            Deed.STOP: lambda: self._stop(name),
            Deed.START: lambda: self._start(name),
            Deed.REACH: self._reach,
            Deed.HAND_OVER: lambda: self._hand_over(name),
            Deed.TAKE_OVER: lambda: self._take_over(name),
            Deed.LEARN: self._learn,
            Deed.REJOIN: lambda: self._rejoin(name),
            Deed.WAIT: lambda: self._settle(name),
            Deed.LOAD: lambda: self._load(given),
            Deed.PREPARE: lambda: self._prepare_kea(given) if name == KEA else self._prepare_dhcpd(),
            Deed.EQUAL: lambda: self._equal(given),
            Deed.OPEN: self._open,
            Deed.CONVERT: lambda: self._convert(given),
            Deed.LEAVE: self._leave,
            Deed.RECORD: lambda: self._record(act),
            Deed.END: self._end,
        }
        with self._recorded(act.deed, name):
            if name == KEA and act.deed in (Deed.FORBID, Deed.STOP):
                journal = self.read_journal()
                if journal is None or (self.goal == KEA and journal.holder is not Holder.DHCPD):
                    # No way to Kea stops one whose leases count.
                    self._refuse_serving_kea()
            if not self._passed(act, given):
                deeds[act.deed]()

    @contextmanager
    def _recorded(self, deed: Deed, daemon: str) -> Iterator[None]:
        """Record an act with its times, also one that fails."""
        act = {"deed": deed.value, "daemon": daemon, "started": time.time(), "done": False}
        known = len(self.outcome.lines)
        try:
            yield
            act["done"] = True
        finally:
            self.outcome.acts.append({**act, "ended": time.time(), "lines": self.outcome.lines[known:]})

    def _passed(self, act: Act, given: Path | None) -> bool:
        """Whether the move is past an act that is repeated: the daemon that it prepares may serve already."""
        if (act.deed is Deed.STOP and act.daemon == DHCPD) or (act.deed is Deed.CONVERT and given):
            return self._returns()
        if act.deed not in (Deed.PREPARE, Deed.EQUAL, Deed.CONVERT):
            return False
        journal = self.read_journal()
        return journal is not None and (journal.holder is Holder.DHCPD) is (act.daemon == DHCPD)

    def _returns(self) -> bool:
        """Whether dhcpd here is getting all leases of its partner on the way back. A new start would begin it anew."""
        if self.goal != DHCPD or self.partner == "fenced" or not self.runs[DHCPD]():
            return False
        with suppress(ControlError):
            return self._phase(DHCPD) is not Phase.HELD
        return False

    def _begin(self, act: Act) -> None:
        if act.holder is None:
            raise ValueError(act)
        if act.holder is Holder.DHCPD:
            self._refuse_serving_kea()
        if act.holder is Holder.DHCPD and not self.runs[KEA]() and self.read_journal() is None:
            # Leases of an earlier time, which a Kea that starts would take for its own.
            self._put_kea_away()
        self._write_journal(Journal(self.goal, act.holder, self.method))

    def _refuse_serving_kea(self) -> None:
        """Another run may have moved the pair since this one looked."""
        if self.runs[KEA]() and not self._deaf() and (self._reports(KEA) or self._serves(KEA)):
            raise RefusedError(
                "kea-dhcp4 serves here or is in a relationship, so it is not stopped. Another run may have moved this "
                "pair meanwhile. Look at it with the playbook status. If Kea is not to serve, stop it, and run this "
                "again."
            )

    def _put_kea_away(self) -> None:
        place = self.controls[KEA].places().lease_file
        if place and Path(place).exists():
            Path(place).replace(place + BEFORE)
        self._remove_left(place)

    @staticmethod
    def _remove_left(place: str) -> None:
        for end in _LEFT if place else ():
            Path(place + end).unlink(missing_ok=True)

    def _record(self, act: Act) -> None:
        known = self.read_journal()
        if known is None or act.holder is None:
            raise RefusedError(f"there is no {self.journal}, so no migration has begun here.")
        if known.holder is Holder.DHCPD and act.holder is not Holder.DHCPD:
            self._keep_database()
        self.before = known.holder
        self._write_journal(Journal(known.goal, act.holder, known.method))

    def _write_journal(self, wanted: Journal) -> None:
        if self.read_journal() != wanted:
            data = {**wanted.as_data(), "note": _NOTE}
            write_file(self.journal, json.dumps(data, indent=2).encode() + b"\n", (-1, -1), 0o644)
            self._did(f"recorded that the leases of {HOLDERS[wanted.holder.value]} count")

    def _end(self) -> None:
        if self.journal.exists():
            self._unbar(self.goal)
            try:
                self._bar(DHCPD if self.goal == KEA else KEA)
            except OSError as error:
                self._did(f"WARNING: the other daemon can still be started by hand: {error}")
            self.journal.unlink()
            keep_names(self.journal.parent)
            self._did("removed the journal of the migration")

    def _barrier(self, name: str) -> Path:
        return Path(self.barrier(self.controls[name].places().unit))

    def _bar(self, name: str) -> None:
        """Keep a daemon from being started by hand: it would lease the same addresses again."""
        path = self._barrier(name)
        if self._unit(name).get("LoadState") != "not-found":
            words = {"program": PROGRAMS[name], "other": PROGRAMS[self.goal], "goal": self.goal}
            write_file(path, _BARRIER.format(**words).encode(), (-1, -1), 0o644)
            self.run(("systemctl", "daemon-reload"))
            self._did(f"{PROGRAMS[name]} cannot be started by hand any more, by {path}")

    def _unbar(self, name: str) -> None:
        path = self._barrier(name)
        if path.exists():
            path.unlink()
            keep_names(path.parent)
        elif self._unit(name).get("NeedDaemonReload") != "yes":
            return
        # A run may have ended between the two.
        self.run(("systemctl", "daemon-reload"))

    def _allow(self, name: str, wanted: bool) -> None:
        unit = self._unit(name)
        if unit.get("LoadState") == "not-found" or (unit.get("UnitFileState") == "enabled") is wanted:
            return
        self._systemctl("enable" if wanted else "disable", name)
        self._did(f"{PROGRAMS[name]} {'starts' if wanted else 'no longer starts'} with the host")

    def undo(self) -> bool:
        """After an act has failed: the daemon that served before goes on if nobody answers. Whether it does."""
        journal = self.read_journal()
        if not self.stopped or not journal:
            return False
        serves = DHCPD if journal.holder is Holder.DHCPD else KEA
        if self.stopped != serves:
            if not self.before or not self._unused(serves):
                return False
            self._write_journal(replace(journal, holder=self.before))
            serves = self.stopped
        # First: whatever becomes of the start, a boot must bring a daemon back.
        self._allow(serves, True)
        with self._recorded(Deed.START if serves == DHCPD else Deed.OPEN, serves):
            if serves == DHCPD:
                self._start(DHCPD)
            else:
                self._open()
            self._did(f"{PROGRAMS[serves]} goes on: the other daemon has not answered anybody")
        return True

    def _unused(self, name: str) -> bool:
        """Whether a daemon that was to serve has answered nobody, and cannot any more."""
        if name == DHCPD:
            return not (self.started or self.runs[DHCPD]())
        # It may just be ending.
        with suppress(ControlError):
            if self.runs[KEA]() and self._serves(KEA):
                return False
        self._systemctl("stop", KEA)
        self._need_stopped(KEA)
        # It writes each lease before it answers.
        unused = self.opened is None or self.opened == self._mark(KEA)
        if not unused:
            self._systemctl("start", KEA)
        return unused

    def _stop(self, name: str) -> None:
        with suppress(ControlError):
            reports = self._reports(name) if self.runs[name]() else ()
            if name == DHCPD:
                self.alone = together(report.phase for report in reports) is Phase.ALONE
            if any(report.serving for report in reports):
                self.stopped = name
        self._halt(name)

    def _halt(self, name: str) -> None:
        if self._unit(name).get("ActiveState") in ("active", "activating", "reloading", "deactivating"):
            self._systemctl("stop", name)
            self._did(f"stopped {PROGRAMS[name]}")
        self._need_stopped(name)

    def _start(self, name: str) -> None:
        """Start a daemon with the configuration that is declared, or with that on the host."""
        other = KEA if name == DHCPD else DHCPD
        if not (other == KEA and self.runs[KEA]() and self._deaf()):
            self._need_stopped(other)
        if name == KEA:
            self._start_kea()
            return
        if not self.runs[name]():
            self._systemctl("start", name)
            self.started = True
            self._did(f"started {PROGRAMS[name]}")
        self._await(lambda: self._answers(name), f"{PROGRAMS[name]} to answer")
        self._resume()

    def _start_kea(self) -> None:
        """Start Kea without an interface, unless it runs: it does not know yet what its partner has leased."""
        self._need_pair()
        if not self.runs[KEA]():
            self._make_deaf()
            self._systemctl("start", KEA)
            self._did("started Kea")
        self._await(lambda: self._answers(KEA), "kea-dhcp4 to answer")

    def _reach(self) -> None:
        """Connect to the partner's Kea, which has to tell this one its leases."""
        for half in read_configuration(self._declared_root()).halves.values():
            if half.peer_address is None or half.peer_port is None:
                continue
            try:
                self.connect((half.peer_address, half.peer_port), SOON).close()
            except OSError as error:
                raise RefusedError(
                    f"nothing was cut over, because the partner's Kea cannot be reached at {half.peer_address}, port "
                    f"{half.peer_port}: {error.strerror or error}. Let both servers through to each other's port in "
                    "all firewalls, and run this again."
                ) from error

    def _learn(self) -> None:
        """Wait until a deaf Kea has its partner's leases. It is stopped if it cannot get them: it must not serve."""
        self._await(lambda: self._answers(KEA), "kea-dhcp4 to answer")
        if not self._deaf():
            return
        lost = (Phase.ALONE, Phase.INTERRUPTED)
        try:
            self._await(lambda: self._phase(KEA) in (Phase.NORMAL, *lost), "Kea to get the leases of its partner")
        except NotYetError:
            if any(report.local_state == _SYNCING for report in self._reports(KEA)):
                raise
        reports = self._reports(KEA)
        wrong = [report for report in reports if not report.normal]
        if wrong:
            # Not _stop: whatever it says of itself, it has served nobody.
            self._halt(KEA)
            raise RefusedError(
                f'Kea could not get the leases of "{wrong[0].name}" from its partner at {wrong[0].peer_address}, port '
                f"{wrong[0].peer_port}: it was {wrong[0].local_state}. So it was stopped again, and has answered "
                "nobody. Something may block that port, in either direction: let both servers through in all "
                "firewalls, and run this again."
            )

    def _resume(self) -> None:
        """Serve at once if dhcpd served alone: from its start on, it would look for its partner for 15 s."""
        settling = [report for report in self._reports(DHCPD) if report.phase is Phase.SETTLING]
        if not settling or self.alone is False:
            return
        saved = {} if self.alone else self.controls[DHCPD].saved_phases()
        for report in settling:
            if self.alone or saved.get(report.name) is Phase.ALONE:
                with suppress(ControlError):  # it may have moved on just now
                    self.controls[DHCPD].act("resume", report.name, "stopped", force=False, check_mode=False)

    def _hand_over(self, name: str) -> None:
        for report in self._related(name):
            change = self.controls[name].act("hand_over", report.name, "unknown", force=False, check_mode=False)
            if change.changed:
                self._did(f'handed the clients of "{report.name}" over to the partner')

        def handed_over() -> bool:
            reports = self._reports(name)
            return all(not report.unacked_updates and report.partner_phase is Phase.ALONE for report in reports)

        self._await(handed_over, "the partner to serve alone and to know every lease")

    def _settle(self, name: str) -> None:
        self._await(lambda: self._phase(name) is not Phase.SETTLING, f"{PROGRAMS[name]} to settle")

    def _take_over(self, name: str) -> None:
        if self._phase(name) is not Phase.ALONE:
            first = self._related(name)[0].name
            self.controls[name].act("take_over", first, "unknown", force=False, check_mode=False)
            self._did("took over all clients")
        self._await(lambda: self._phase(name) is Phase.ALONE, "this server to serve alone")

    def _rejoin(self, name: str) -> None:
        def waiting() -> str:
            """What it waits for. A daemon that was just started is held after a moment, so each look may end that."""
            found = []
            for report in self._related(name):
                if report.phase is Phase.HELD:
                    with suppress(ControlError):  # it may have moved on just now; if not, the wait says so
                        self.controls[name].act("rejoin", report.name, "unknown", force=False, check_mode=False)
                        self._did(f'"{report.name}" rejoins its partner')
                if not report.normal:
                    until = f" until {report.wait_until}" if report.wait_until else ""
                    found.append(f'"{report.name}" is {report.local_state}{until}')
            return ", ".join(found)

        if name == KEA and self._deaf():
            self._learn()
            self._open_kea()
        self._await(lambda: not waiting(), "both servers to be normal", waiting)
        if name == KEA:
            self._need_sockets()
        # A partner that fetches all leases disables this Kea meanwhile.
        self._await(lambda: self._serves(name), f"{PROGRAMS[name]} to answer clients")
        self._did("both servers are normal", changed=False)

    # Leases

    def give(self, path: Path) -> None:
        """Write the leases of dhcpd on this host for the partner."""
        running = self.runs[DHCPD]()
        give(path, running, self._of_dhcpd(time.time()))

    def look_around(self) -> None:
        """Look what this host has for a move to Kea. Refuse if a disk has too little room."""
        files, database = self._declared(), self.controls[DHCPD].places().lease_file
        self.outcome.room = room_for_kea(Path(database or "/dev/null"), Path(files.daemon.lease_file), self.journal)
        halves = read_configuration(self._declared_root()).halves.values()
        self.outcome.ports = [port_of_kea(half, self.run, self.connect) for half in halves]

    def survey(self, given: Path) -> None:
        """Merge the leases of both servers, and say what would become of them."""
        account, access = Account(), self.controls[DHCPD]
        roles = {report.name: report.role for report in access.configured() if report.role}
        spare = Spare(access.read_config().pools, roles)  # type: ignore[attr-defined]  # dhcpd's own
        promised = self._promised(take(given, self.stack), time.time(), account, spare)
        self._surveyed(promised.count, account, spare.pools_left())

    def _surveyed(self, leases: int, account: Account, pools: Sequence[Mapping[str, Any]] = ()) -> None:
        self.outcome.survey = {
            "pools": list(pools),
            "leases": leases,
            "release": self._release(),
            "shortest": account.shortest,
            "lines": account.sentences(),
            "warnings": account.warnings(),
            "conflicts": [conflict.sentence((SECONDARY, PRIMARY)) for conflict in account.conflicts],
        }

    def survey_back(self) -> None:
        """Say what would become of the leases of Kea here. Refuse if dhcpd here would not start, or could not keep one.

        It gets the configuration that is on the host, which may be older than Kea's.
        """
        known = self.read_journal()
        serves = self.runs[KEA]() and not self._deaf()
        # A Kea that has died can be started on the way.
        if known.holder is Holder.DHCPD if known else not serves:
            return
        access = self.controls[DHCPD]
        places = access.places()
        none = "" if places.lease_file else "there is no lease database"
        peers = "" if access.configured() else "it has no relationship"
        tested = self.run(("dhcpd", "-4", "-t", "-cf", places.config))
        wrong = complaint(tested.stderr) if tested.returncode else none or peers
        if wrong:
            raise RefusedError(
                f"dhcpd would not serve here, so nothing is moved: {wrong}. It gets the configuration that is on the "
                f"host, {places.config}. Correct that on both servers, and run this again."
            )
        self.outcome.config = {"path": places.config, "changed": utc(Path(places.config).stat().st_mtime)}
        if not serves:
            return
        account, lost = Account(), Account()
        in_pool = holder(access.read_config().pools)  # type: ignore[attr-defined]  # dhcpd's own
        in_kea = placer(self._ask("config-get").get("Dhcp4") or Node())

        def held() -> Iterator[Binding]:
            for one, _subnet in self._held():
                # Others are reserved.
                if one.state == ACTIVE and not in_pool(one.address) and in_kea(one.address) is not None:
                    lost.name(OUTSIDE, one)
                yield one

        count = sum(1 for _one in for_dhcpd(held(), in_pool, time.time(), account))
        if lost.counts:
            raise RefusedError(
                f"dhcpd could not keep the addresses of {lost.counts[OUTSIDE]:,} clients, so nothing is moved: no pool "
                f"of {places.config} has {', '.join(lost.named[OUTSIDE])}. Kea got other pools since. Add them "
                "there, on both servers, and run this again."
            )
        self._surveyed(count, account)
        database, written = Path(places.lease_file or ""), self.controls[KEA].places().lease_file
        self.outcome.room = room_for_dhcpd([Path(written + end) for end in _OF_KEA], count, database, self.journal)

    def _load(self, given: Path | None) -> None:
        """Start Kea deaf, with the leases of both dhcpd."""
        self._declared()
        if self.runs[KEA]():
            if not self._deaf():
                raise RefusedError("kea-dhcp4 runs and may answer clients. Stop it, and run this again.")
            if self._knows_pair():
                return
            # The package's own, which was started meanwhile.
            self._stop(KEA)
        now, account = time.time(), Account()
        promised = self._promised(self._taken(given), now, account)
        self._refuse_conflicts(account)
        self._write_kea(promised)
        self._did(f"wrote the leases for Kea: {'; '.join(account.sentences()) or 'there is none'}")
        self._make_deaf()
        self._systemctl("start", KEA)
        self._await(lambda: self._answers(KEA), "kea-dhcp4 to answer")
        self._compare(promised.all(), self._held())
        self._did("started Kea without an interface; it holds what the clients were promised")

    def _prepare_kea(self, given: Path | None) -> None:
        """Bring into the deaf Kea all that both dhcpd have given, and compare."""
        for _attempt in range(_MAX_REPLACED):
            ready = self._bring(given)
            # That may have taken long, and much may have changed.
            for _round in range(_ROUNDS):
                changed = self._catch_up(ready)
                if changed is None:
                    break
                if changed <= _FEW:
                    return
            else:
                return

    def _bring(self, given: Path | None) -> Ready:
        self._need_deaf()
        partner = self._taken(given)
        if partner.running:
            raise RefusedError("dhcpd of the partner still ran when its leases were read. Run this again.")
        seen, now, account = self._mark(DHCPD), time.time(), Account()
        promised = self._promised(partner, now, account)
        self._refuse_conflicts(account)
        count = self._follow(compare(promised.all(), self._held(), now))
        self._compare(promised.all(), self._held())
        self._did(
            f"Kea holds what the clients were promised: {_addresses(promised.count)}, {count:,} of them changed since"
        )
        self.ready = Ready(seen, partner.kept)
        partner.kept.index()
        return self.ready

    def _catch_up(self, ready: Ready) -> int | None:
        """Bring into Kea what dhcpd has written since; how many addresses that were. None: it has a new database."""
        seen, now, account = self._mark(DHCPD), time.time(), Account()
        found = appended(ready.seen, seen, b"\n}\n")
        if found is None:
            return None
        changes = changes_of_dhcpd(found, now, growing=self.runs[DHCPD]())
        addresses = [address for address, _held in changes]
        merged = merge(
            ready.partner.among(addresses) if ready.partner else (),
            (held for _address, held in changes if held),
            now,
            account,
        )
        promised = list(for_kea(merged, self.place, self.form, now, account))
        self._refuse_conflicts(account)
        self._follow(compare(promised, self._held_among(addresses), now))
        self._compare(promised, self._held_among(addresses))
        ready.seen = seen
        return len(addresses)

    def _equal(self, given: Path | None) -> None:
        """Bring into the deaf Kea what dhcpd has changed since, and compare."""
        self._need_stopped(DHCPD)
        self._need_deaf()
        count = self._catch_up(self.ready) if self.ready else None
        if count is None:
            self._prepare_kea(given)
        else:
            self._did(f"brought {_leases(count)} into Kea that had changed meanwhile")

    def _need_deaf(self) -> None:
        if not (self.runs[KEA]() and self._deaf()):
            raise RefusedError("kea-dhcp4 does not run without an interface any more. Run this again.")

    def _open(self) -> None:
        self._need_stopped(DHCPD)
        self._open_kea()
        if self.partner == "unknown":
            # It may serve, and then this server gets its leases first.
            self._await(lambda: self._phase(KEA) is not Phase.SETTLING, "Kea to get the leases of its partner")
        reports = self._related(KEA)
        first, partner = reports[0].name, together(report.partner_phase for report in reports)
        if self._phase(KEA) is Phase.ALONE and partner is Phase.HELD:
            self.controls[KEA].act("give_back", first, "unknown", force=False, check_mode=False)
            self._did("gave the partner's clients back")
        if self._phase(KEA) not in (Phase.NORMAL, Phase.ALONE):
            self.controls[KEA].act("partner_down", first, self.partner, force=False, check_mode=False)
            self._did("Kea serves all clients")
        serving = all(report.serving for report in self._reports(KEA) if report.phase is Phase.ALONE)
        self._need_sockets(serving)

    def _need_sockets(self, serving: bool = True) -> None:
        if not (serving and sockets_open(self._ask("status-get"))):
            raise RefusedError("kea-dhcp4 could not open its sockets. Look at journalctl -t kea-dhcp4")

    def _open_kea(self) -> None:
        """Run Kea with its interfaces."""
        self._need_pair()
        self.opened = self._mark(KEA)
        changed = self.files.put() if self.files else self._rewrite(with_interfaces)
        if not self.runs[KEA]():
            self._systemctl("start", KEA)
            self._did("started Kea")
        elif changed or self._deaf():
            self._ask("config-reload")
            folder = Path(self.files.daemon.runtime_folder) if self.files else None
            if folder and folder.is_dir():
                # It is as old as what the daemon has read.
                os.utime(folder)
            self._did("Kea read its configuration, with its interfaces")

        def answers() -> bool:
            # What is declared makes it end if it cannot open its sockets.
            if self._unit(KEA).get("SubState") in ("auto-restart", "failed"):
                raise RefusedError("kea-dhcp4 ended when it was to open its sockets. Look at journalctl -t kea-dhcp4")
            return self._answers(KEA)

        self._await(answers, "kea-dhcp4 to answer")

    def _need_pair(self) -> None:
        """What is declared has the pair. A way back may have only what is on the host."""
        if not (self.files or self.controls[KEA].configured()):
            self._refuse_unrelated(KEA)

    def _prepare_dhcpd(self) -> None:
        """Write the database of dhcpd while Kea serves."""
        # Also before the silence: systemd may take seconds.
        self._unbar(DHCPD)
        self._need_stopped(DHCPD)
        for _attempt in range(_MAX_REPLACED):
            self.ready = Ready(self._mark(KEA))
            self._write_dhcpd(self._here(), alone=True)
            if grown(self.ready.seen, self._mark(KEA)):
                return

    def _convert(self, given: Path | None) -> None:
        """Write the database of dhcpd, from Kea's on this host, or with the leases of the partner."""
        self._need_stopped(DHCPD)
        self._need_stopped(KEA)
        if given:
            self._write_dhcpd(take(given, self.stack).kept.bindings(), alone=False)
            # What Kea has here is older now.
            self._put_kea_away()
            return
        count = self._append(self.ready) if self.ready else None
        if count is None:
            self._write_dhcpd(self._here(), alone=True)
        else:
            self._did(f"wrote {_leases(count)} that had changed meanwhile")
        self.alone = True

    def _here(self) -> Iterator[Binding]:
        """What Kea on this host has, and if its partner is lost, what dhcpd had: Kea may not have got all of it."""
        now, held = time.time(), self._of_kea()
        if self.partner == "fenced":
            held = overlay(held, self._of_dhcpd(now))
        return merge(held, iter(()), now, Account())

    def _write_dhcpd(self, held: Iterable[Binding], alone: bool) -> None:
        """alone: dhcpd shall serve alone. Otherwise it shall wait until it rejoins, and then ask for all leases."""
        access = self.controls[DHCPD]
        configuration = access.read_config()  # type: ignore[attr-defined]  # dhcpd's own
        now, account = time.time(), Account()
        kept = Kept(self.stack)
        kept.write(for_dhcpd(held, holder(configuration.pools), now, account))
        place = access.places().lease_file
        if not place:
            raise RefusedError("dhcpd has no lease database here. Deploy it first.")
        path = Path(place)
        before = path.stat() if path.exists() else None
        if not Path(place + BEFORE).exists():
            self._keep_database()
        ids = (before.st_uid, before.st_gid) if before else (-1, -1)
        states = [self._saved(report, alone) for report in access.configured()]
        write_parts(path, database(states, kept.bindings()), ids, before.st_mode & 0o777 if before else 0o644)
        self._did(f"wrote the leases for dhcpd: {'; '.join(account.sentences()) or 'there is none'}")

    def _append(self, ready: Ready) -> int | None:
        """Append what Kea has changed since; how many leases. None: it has new files."""
        seen, now = self._mark(KEA), time.time()
        found = appended(ready.seen, seen, b"\n")
        if found is None or seen.last is None:
            return None
        with Path(seen.last.path).open("rb") as stream:
            head = BytesIO(stream.readline())
        access = self.controls[DHCPD]
        in_pool = holder(access.read_config().pools)  # type: ignore[attr-defined]  # dhcpd's own
        changes = changes_of_kea([BytesIO(head.getvalue() + found.getvalue())])
        held = {kept.address: kept for kept in for_dhcpd((h for _a, h in changes if h), in_pool, now, Account())}
        wanted = [held.get(address) or _free(address, now) for address, _held in changes if in_pool(address)]
        with Path(access.places().lease_file).open("ab") as database_file:
            database_file.writelines(entries(wanted))
            database_file.flush()
            os.fsync(database_file.fileno())
        return len(wanted)

    def _leave(self) -> None:
        """Let dhcpd start without its partner. It takes the partner's share of the free addresses after the MCLT."""
        self._need_stopped(DHCPD)
        access = self.controls[DHCPD]
        place = access.places().lease_file
        if not place or not Path(place).exists():
            raise RefusedError("dhcpd has no lease database here. Deploy it first.")
        path = Path(place)
        now = datetime.now(timezone.utc)
        states = [without_partner(report.name, now, self._mclt(report)) for report in access.configured()]
        before = path.stat()
        with path.open("rb") as known:
            parts = chain(iter(lambda: known.read(1 << 20), b""), islice(database(states, ()), 1, None))
            write_parts(path, parts, (before.st_uid, before.st_gid), before.st_mode & 0o777)
        self.alone = True
        self._did("dhcpd is to serve without its partner")

    def _keep_database(self) -> None:
        """Keep the database of dhcpd as it is now: it has stopped, and leases of Kea will replace it one day."""
        place = self.controls[DHCPD].places().lease_file
        if place and Path(place).exists():
            link_file(Path(place), Path(place + BEFORE))

    def _saved(self, report: Report, alone: bool) -> SavedState:
        """The state with which dhcpd shall start: long ago, so that no address has to wait for the MCLT."""
        ago = _LONG_AGO + (self.mclt.get(report.name) or 0)
        since = datetime.fromtimestamp(int(time.time()) - ago, timezone.utc)
        return handed_over(report.name, since, self._mclt(report), serves=alone)

    def _mclt(self, report: Report) -> int | None:
        """The MCLT for the database: a primary has it in its configuration, and tells its partner."""
        if report.role != SECONDARY:
            return None
        return self.mclt.get(report.name) or self._saved_mclt(report.name)

    def _saved_mclt(self, name: str) -> int | None:
        place = Path(self.controls[DHCPD].places().lease_file or "")
        if not place.is_file():
            return None
        with place.open("rb") as stream:
            states = last_entries(read_database(stream, time.time()), lambda _entry: None)[1]
        return states[name].mclt if name in states else None

    def _mark(self, name: str) -> Mark:
        place = self.controls[name].places().lease_file
        ends = ("",) if name == DHCPD else _OF_KEA
        return mark(place + end for end in ends) if place else Mark()

    def _of_dhcpd(self, now: float) -> Iterator[Binding]:
        """The bindings of dhcpd here. It may replace its database meanwhile."""
        place = self.controls[DHCPD].places().lease_file
        if not place or not Path(place).exists():
            return iter(())
        for _attempt in range(_MAX_REPLACED):
            with Path(place).open("rb") as stream:
                found = read_dhcpd(stream, now, tempfile.TemporaryFile, growing=self.runs[DHCPD]())
                # Everything was read by then.
                first = list(islice(found, 1))
                if os.path.samestat(os.fstat(stream.fileno()), Path(place).stat()):
                    return chain(first, found)
        raise RefusedError(f"{place} was replaced {_MAX_REPLACED} times while it was read. Run this again.")

    def _of_kea(self) -> Iterator[Binding]:
        """The bindings in the files of Kea. It may replace them meanwhile."""
        place = self.controls[KEA].places().lease_file
        for _attempt in range(_MAX_REPLACED):
            before = self._mark(KEA)
            with ExitStack() as stack:
                streams = list(open_lease_files(place, stack)) if place else []
                found = read_kea(streams, tempfile.TemporaryFile, growing=self.runs[KEA]())
                # Everything was read by then.
                first = list(islice(found, 1))
            if grown(before, self._mark(KEA)) or not streams:
                return chain(first, found)
        raise RefusedError(f"{place} was replaced {_MAX_REPLACED} times while it was read. Run this again.")

    def _taken(self, given: Path | None) -> Given:
        if given is None:
            raise RefusedError("the leases of the partner are missing. Run this again.")
        return take(given, self.stack)

    def _promised(self, partner: Given, now: float, account: Account, spare: Spare | None = None) -> Kept:
        """What both servers have promised their clients, as Kea can keep it. spare: it counts what is free here."""
        own = self._of_dhcpd(now)
        merged = merge(partner.kept.bindings(), spare.watch(own, now) if spare else own, now, account)
        kept = Kept(self.stack, self.place)
        kept.write(held for held, _subnet in for_kea(merged, self.place, self.form, now, account))
        return kept

    def _refuse_conflicts(self, account: Account) -> None:
        if account.conflicts:
            shown = "\n".join(conflict.sentence((SECONDARY, PRIMARY)) for conflict in account.conflicts[:_MAX_NAMED])
            raise RefusedError(
                f"{len(account.conflicts)} addresses are leased to two clients, so nothing is moved. Find "
                f"out which client uses each, and let the other one release it:\n{shown}"
            )

    def _write_kea(self, promised: Kept) -> None:
        files = self._declared()
        path = Path(files.daemon.lease_file)
        user = pwd.getpwnam(files.daemon.user)
        self._remove_left(files.daemon.lease_file)
        write_parts(path, kea.table(promised.all(), self.form), (user.pw_uid, user.pw_gid), 0o640)

    def _follow(self, unlike: Iterable[Unlike]) -> int:
        """Bring into Kea what it does not hold yet; how many leases that were."""
        found = list(unlike)
        for item in found:
            if item.promised:
                self._ask("lease4-update", kea.arguments(*item.promised))
            elif item.held:
                self._ask("lease4-del", {"ip-address": format_address(item.held[0].address)})
        return len(found)

    def _compare(self, promised: Iterable[Placed], held: Iterable[Placed]) -> None:
        unlike = compare(promised, held, time.time())
        # A lease may end meanwhile, and Kea then gives it up.
        found = list(islice((item for item in unlike if not _over(item)), _MAX_NAMED))
        if found:
            shown = "\n".join(unlike.sentence() for unlike in found)
            raise RefusedError(f"Kea does not hold what the clients were promised:\n{shown}")

    def _held_among(self, addresses: Iterable[int]) -> Iterator[Placed]:
        """The leases of the running Kea for some addresses."""
        for address in addresses:
            found = self._ask_for_leases("lease4-get", {"ip-address": format_address(address)})
            if found is not None:
                yield kea.from_answer(found)

    def _held(self) -> Iterator[Placed]:
        """The leases of the running Kea."""
        start = "start"
        while True:
            found = self._ask_for_leases("lease4-get-page", {"from": start, "limit": _PAGE})
            page = nodes(found, "leases") if found is not None else []
            if not page:
                return
            yield from map(kea.from_answer, page)
            start = text(page[-1], "ip-address")

    # Kea

    def _declared(self) -> Transaction:
        if self.files is None:
            raise RefusedError("Kea is not declared for this server. Set dhcp_server_daemon to kea.")
        return self.files

    def _declared_root(self) -> Node:
        files = self._declared()
        return parse(files.contents[files.daemon.config].decode(), {}).root or Node()

    def _main(self) -> Mapping[str, Any]:
        main = self._declared_root().get("Dhcp4")
        return main if isinstance(main, Node) else Node()

    def _make_deaf(self) -> None:
        """Write the configuration that is declared, or that on the host, without an interface."""
        if self.files:
            declared = json.loads(self.files.contents[self.files.daemon.config])
            self.files.put({self.files.daemon.config: _dumped(without_interfaces(declared))})
        else:
            self._rewrite(without_interfaces)

    def _rewrite(self, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> bool:
        """Change the configuration of Kea on this host; whether it was another one."""
        access = self.controls[KEA]
        root, path = access.read_root(), Path(access.places().config)  # type: ignore[attr-defined]  # Kea's own
        wanted = change(root)
        if wanted == root:
            return False
        known = path.stat()
        write_file(path, _dumped(wanted), (known.st_uid, known.st_gid), known.st_mode & 0o777)
        return True

    def _knows_pair(self) -> bool:
        """Whether the running Kea is the one that was loaded, not one that its package has started."""
        reports = self._reports(KEA)
        return bool(reports) and all(report.problem is None for report in reports)

    @cached_property
    def place(self) -> Callable[[int], int | None]:
        return placer(self._main())

    @cached_property
    def form(self) -> Form:
        return kea.form_of(self._release())

    def _release(self) -> str:
        """The release that is installed, or that apt would install; empty if it does not know one."""
        installed = self.version(KEA)
        if installed:
            return installed
        told = self.run(("apt-cache", "policy", _PACKAGE)).stdout
        found = re.search(r"^ *Candidate: (?:\d+:)?(\d+\.\d+\.\d+)", told, re.MULTILINE)
        return found[1] if found else ""

    def _ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Node:
        configuration, channel = self._access()
        with self.controls[KEA].explained(configuration):  # type: ignore[attr-defined]  # Kea's own
            return channel.ask(command, arguments)

    def _ask_for_leases(self, command: str, arguments: Mapping[str, Any]) -> Node | None:
        """The same; None if there is no lease."""
        configuration, channel = self._access()
        with self.controls[KEA].explained(configuration):  # type: ignore[attr-defined]  # Kea's own
            try:
                return channel.ask(command, arguments)
            except KeaRefusedError as error:
                if error.code != EMPTY:
                    raise
        return None

    def _access(self) -> tuple[Any, Channel]:
        """What is needed to ask Kea. Its files are read once: there may be thousands of leases to change."""
        if self.channel is None:
            access = self.controls[KEA]
            configuration = access.read_config()  # type: ignore[attr-defined]  # Kea's own
            self.channel = configuration, access.channel(configuration)  # type: ignore[attr-defined]  # the same
        return self.channel

    # Helpers

    def _answers(self, name: str) -> bool:
        try:
            answer = self.controls[name].answer(None, states_only=True)
        except ControlError:
            return False
        return answer.running and all(report.phase is not Phase.UNKNOWN for report in answer.relationships)

    def _phase(self, name: str) -> Phase:
        return together(report.phase for report in self._reports(name))

    def _await(self, done: Callable[[], bool], goal: str, why: Callable[[], str] = str) -> None:
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

    def _need_stopped(self, name: str) -> None:
        end = time.monotonic() + self.timeout
        while self.runs[name]():
            if self._unit(name).get("ActiveState") in ("active", "inactive", "failed") or time.monotonic() > end:
                raise RefusedError(
                    f"{PROGRAMS[name]} runs, and two daemons must not lease the same addresses. Stop it, and run this "
                    "again."
                )
            time.sleep(_POLL)

    def _systemctl(self, verb: str, name: str) -> None:
        unit = f"{self.controls[name].places().unit}.service"
        if verb == "start":
            self._unbar(name)
        done = self.run(("systemctl", verb, unit))
        if done.returncode:
            raise RefusedError(f"systemctl {verb} {unit}: {done.stderr.strip() or 'no reason given'}")

    def _did(self, line: str, changed: bool = True) -> None:
        self.outcome.changed = self.outcome.changed or changed
        self.outcome.lines.append(line)


class Kept:
    """Bindings in a temporary file, to be read more than once."""

    def __init__(self, stack: ExitStack, place: Callable[[int], int | None] = lambda _address: None) -> None:
        self.file = _spool(stack)
        self.place = place
        self.count = 0
        self.found: Index | None = None

    def write(self, bindings: Iterable[Binding]) -> None:
        for part in packed(bindings):
            self.file.write(part)
            self.count += 1
        self.file.flush()

    def bindings(self) -> Iterator[Binding]:
        # The reader closes what it has read.
        copy = os.fdopen(os.dup(self.file.fileno()), "rb")
        copy.seek(0)
        return unpacked(copy)

    def all(self) -> Iterator[Placed]:
        return ((held, self.place(held.address) or 0) for held in self.bindings())

    def index(self) -> Index:
        if self.found is None:
            self.found = Index(self.file)
        return self.found

    def among(self, addresses: Iterable[int]) -> Iterator[Binding]:
        """Those of some addresses, in their order."""
        return self.index().among(addresses)


@dataclass
class Ready:
    """What a daemon was prepared with. seen: how far the other one's files were read. partner: the partner's leases."""

    seen: Mark
    partner: Kept | None = None


def _free(address: int, now: float) -> Binding:
    return Binding(address, "free", int(now) - 1, int(now))


def without_interfaces(root: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration of Kea that hears nobody. It keeps its interfaces in mind: a way back may have nothing else."""
    known = root["Dhcp4"].get("interfaces-config", {})
    if not known.get("interfaces"):
        return dict(root)
    context = {**known.get("user-context", {}), _INTERFACES: known["interfaces"]}
    return _with(root, {**known, "interfaces": [], "user-context": context})


def with_interfaces(root: Mapping[str, Any]) -> dict[str, Any]:
    """The same as it was before."""
    known = dict(root["Dhcp4"].get("interfaces-config", {}))
    context = dict(known.pop("user-context", {}))
    if _INTERFACES not in context:
        return dict(root)
    known["interfaces"] = context.pop(_INTERFACES)
    return _with(root, {**known, "user-context": context} if context else known)


def _with(root: Mapping[str, Any], interfaces: Mapping[str, Any]) -> dict[str, Any]:
    return {**root, "Dhcp4": {**root["Dhcp4"], "interfaces-config": interfaces}}


def _dumped(root: Mapping[str, Any]) -> bytes:
    return json.dumps(root, indent=2, ensure_ascii=False).encode() + b"\n"


def _leases(count: int) -> str:
    return f"{count:,} {'lease' if count == 1 else 'leases'}"


def _addresses(count: int) -> str:
    return f"{count:,} {'address' if count == 1 else 'addresses'}"


def _over(unlike: Unlike) -> bool:
    now = time.time()
    return not any(placed and placed[0].holds(now) for placed in unlike)


def data_of(server: Server) -> dict[str, Any]:
    """A server as plain data; `Server.from_data` reads it."""
    found = {
        name: {**asdict(daemon), "phase": daemon.phase.value}
        for name, daemon in ((DHCPD, server.dhcpd), (KEA, server.kea))
    }
    return {**found, "journal": server.journal and server.journal.as_data(), "lost": server.lost}
