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

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import Control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import keep_names, write_file
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import MIGRATION, barrier
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError, Transaction
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import answers_clients
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import OF_KEA, Daemons, Outcome
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.dhcpd import Dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.ground import (
    Connect,
    port_of_kea,
    room_for_dhcpd,
    room_for_kea,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kea import Kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kept import (
    MAX_NAMED,
    MAX_REPLACED,
    Given,
    Kept,
    give,
    take,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    OUTSIDE,
    Account,
    compare,
    for_dhcpd,
    for_kea,
    merge,
    overlay,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.logs import Mark, grown
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.places import Spare, placer
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import HOLDERS, PROGRAMS

_NOTE = "Written by Ansible while this pair gets another daemon. Run the playbook migrate or migrate_back to end it."
# Once fewer addresses than these change while they are looked at, dhcpd can be stopped. Not more rounds than these.
_FEW, _ROUNDS = 20, 10


@dataclass
class Ready:
    """What a daemon was prepared with. seen: how far the other one's files were read. partner: the partner's leases."""

    seen: Mark
    partner: Kept | None = None


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
        self.outcome = Outcome()
        self.stack = ExitStack()
        self.daemons = Daemons(controls, runs, run, version, self.outcome, timeout, barrier)
        self.dhcpd = Dhcpd(self.daemons, mclt or {}, self.stack)
        self.kea = Kea(self.daemons, files, connect)
        self.goal = goal
        self.method = method
        self.partner = partner
        self.journal = journal
        self.ready: Ready | None = None
        # The daemon that this turn has stopped, and served; whether dhcpd here served alone.
        self.stopped = ""
        self.alone: bool | None = None
        # For the way back from what has failed: the holder that this turn has replaced, whether it has started dhcpd.
        self.before: Holder | None = None
        self.started = False

    def close(self) -> None:
        self.stack.close()

    # What is there

    def look(self) -> Server:
        """This server as it is."""
        return Server(self._daemon(DHCPD), self._daemon(KEA), self.read_journal(), self.dhcpd.lost())

    def _daemon(self, name: str) -> Daemon:
        enabled = self.daemons.unit(name).get("UnitFileState") == "enabled"
        if not self.daemons.runs[name]():
            return Daemon(enabled=enabled)
        phase, answers = Phase.SETTLING, False
        # It may just be starting.
        with suppress(ControlError):
            phase = together(report.phase for report in self.daemons.reports(name))
            answers = self._serves(name)
        return Daemon(True, enabled, name == KEA and self.kea.deaf(), phase, answers)

    def _serves(self, name: str) -> bool:
        """Whether the daemon answers clients, or does once its partner does not. One in no pair counts, too."""
        reports = self.daemons.reports(name)
        if any(report.serving for report in reports):
            return True
        shares = not reports or together(report.phase for report in reports) is Phase.NORMAL
        return name == KEA and shares and not self.kea.deaf() and answers_clients(self.kea.ask("status-get"))

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
            Deed.FORBID: lambda: self.daemons.allow(name, False),
            Deed.ALLOW: lambda: self.daemons.allow(name, True),
            Deed.STOP: lambda: self._stop(name),
            Deed.START: lambda: self._start(name),
            Deed.REACH: self.kea.reach,
            Deed.HAND_OVER: lambda: self._hand_over(name),
            Deed.TAKE_OVER: lambda: self._take_over(name),
            Deed.LEARN: self.kea.learn,
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
        if self.goal != DHCPD or self.partner == "fenced" or not self.daemons.runs[DHCPD]():
            return False
        with suppress(ControlError):
            return self.daemons.phase(DHCPD) is not Phase.HELD
        return False

    def _begin(self, act: Act) -> None:
        if act.holder is None:
            raise ValueError(act)
        if act.holder is Holder.DHCPD:
            self._refuse_serving_kea()
        if act.holder is Holder.DHCPD and not self.daemons.runs[KEA]() and self.read_journal() is None:
            # Leases of an earlier time, which a Kea that starts would take for its own.
            self.kea.put_away()
        self._write_journal(Journal(self.goal, act.holder, self.method))

    def _refuse_serving_kea(self) -> None:
        """Another run may have moved the pair since this one looked."""
        if self.daemons.runs[KEA]() and not self.kea.deaf() and (self.daemons.reports(KEA) or self._serves(KEA)):
            raise RefusedError(
                "kea-dhcp4 serves here or is in a relationship, so it is not stopped. Another run may have moved this "
                "pair meanwhile. Look at it with the playbook status. If Kea is not to serve, stop it, and run this "
                "again."
            )

    def _record(self, act: Act) -> None:
        known = self.read_journal()
        if known is None or act.holder is None:
            raise RefusedError(f"there is no {self.journal}, so no migration has begun here.")
        if known.holder is Holder.DHCPD and act.holder is not Holder.DHCPD:
            self.dhcpd.keep_database()
        self.before = known.holder
        self._write_journal(Journal(known.goal, act.holder, known.method))

    def _write_journal(self, wanted: Journal) -> None:
        if self.read_journal() != wanted:
            data = {**wanted.as_data(), "note": _NOTE}
            write_file(self.journal, json.dumps(data, indent=2).encode() + b"\n", (-1, -1), 0o644)
            self.daemons.did(f"recorded that the leases of {HOLDERS[wanted.holder.value]} count")

    def _end(self) -> None:
        if self.journal.exists():
            self.daemons.remove_barrier(self.goal)
            try:
                self.daemons.put_barrier(DHCPD if self.goal == KEA else KEA, self.goal)
            except OSError as error:
                self.daemons.did(f"WARNING: the other daemon can still be started by hand: {error}")
            self.journal.unlink()
            keep_names(self.journal.parent)
            self.daemons.did("removed the journal of the migration")

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
        self.daemons.allow(serves, True)
        with self._recorded(Deed.START if serves == DHCPD else Deed.OPEN, serves):
            if serves == DHCPD:
                self._start(DHCPD)
            else:
                self._open()
            self.daemons.did(f"{PROGRAMS[serves]} goes on: the other daemon has not answered anybody")
        return True

    def _unused(self, name: str) -> bool:
        """Whether a daemon that was to serve has answered nobody, and cannot any more."""
        if name == DHCPD:
            return not (self.started or self.daemons.runs[DHCPD]())
        # It may just be ending.
        with suppress(ControlError):
            if self.daemons.runs[KEA]() and self._serves(KEA):
                return False
        self.daemons.systemctl("stop", KEA)
        self.daemons.need_stopped(KEA)
        # It writes each lease before it answers.
        unused = self.kea.opened is None or self.kea.opened == self.daemons.mark(KEA)
        if not unused:
            self.daemons.systemctl("start", KEA)
        return unused

    def _stop(self, name: str) -> None:
        with suppress(ControlError):
            reports = self.daemons.reports(name) if self.daemons.runs[name]() else ()
            if name == DHCPD:
                self.alone = together(report.phase for report in reports) is Phase.ALONE
            if any(report.serving for report in reports):
                self.stopped = name
        self.daemons.halt(name)

    def _start(self, name: str) -> None:
        """Start a daemon with the configuration that is declared, or with that on the host."""
        other = KEA if name == DHCPD else DHCPD
        if not (other == KEA and self.daemons.runs[KEA]() and self.kea.deaf()):
            self.daemons.need_stopped(other)
        if name == KEA:
            self.kea.start_deaf()
            return
        if not self.daemons.runs[name]():
            self.daemons.systemctl("start", name)
            self.started = True
            self.daemons.did(f"started {PROGRAMS[name]}")
        self.daemons.wait_for_answer(name)
        self.dhcpd.resume(self.alone)

    def _hand_over(self, name: str) -> None:
        for report in self.daemons.related(name):
            change = self.daemons.act(name, "hand_over", report.name)
            if change.changed:
                self.daemons.did(f'handed the clients of "{report.name}" over to the partner')

        def handed_over() -> bool:
            reports = self.daemons.reports(name)
            return all(not report.unacked_updates and report.partner_phase is Phase.ALONE for report in reports)

        self.daemons.wait_for(handed_over, "the partner to serve alone and to know every lease")

    def _settle(self, name: str) -> None:
        self.daemons.wait_for(lambda: self.daemons.phase(name) is not Phase.SETTLING, f"{PROGRAMS[name]} to settle")

    def _take_over(self, name: str) -> None:
        if self.daemons.phase(name) is not Phase.ALONE:
            first = self.daemons.related(name)[0].name
            self.daemons.act(name, "take_over", first)
            self.daemons.did("took over all clients")
        self.daemons.wait_for(lambda: self.daemons.phase(name) is Phase.ALONE, "this server to serve alone")

    def _rejoin(self, name: str) -> None:
        def waiting() -> str:
            """What it waits for. A daemon that was just started is held after a moment, so each look may end that."""
            found = []
            for report in self.daemons.related(name):
                if report.phase is Phase.HELD:
                    with suppress(ControlError):  # it may have moved on just now; if not, the wait says so
                        self.daemons.act(name, "rejoin", report.name)
                        self.daemons.did(f'"{report.name}" rejoins its partner')
                if not report.normal:
                    until = f" until {report.wait_until}" if report.wait_until else ""
                    found.append(f'"{report.name}" is {report.local_state}{until}')
            return ", ".join(found)

        if name == KEA and self.kea.deaf():
            self.kea.learn()
            self.kea.open()
        self.daemons.wait_for(lambda: not waiting(), "both servers to be normal", waiting)
        if name == KEA:
            self.kea.need_sockets()
        # A partner that fetches all leases disables this Kea meanwhile.
        self.daemons.wait_for(lambda: self._serves(name), f"{PROGRAMS[name]} to answer clients")
        self.daemons.did("both servers are normal", changed=False)

    # Leases

    def give(self, path: Path) -> None:
        """Write the leases of dhcpd on this host for the partner."""
        running = self.daemons.runs[DHCPD]()
        give(path, running, self.dhcpd.bindings(time.time()))

    def look_around(self) -> None:
        """Look what this host has for a move to Kea. Refuse if a disk has too little room."""
        files, database = self.kea.declared(), self.dhcpd.place()
        self.outcome.room = room_for_kea(Path(database or "/dev/null"), Path(files.daemon.lease_file), self.journal)
        self.outcome.ports = [port_of_kea(half, self.daemons.run, self.kea.connect) for half in self.kea.halves()]

    def survey(self, given: Path) -> None:
        """Merge the leases of both servers, and say what would become of them."""
        account = Account()
        roles = {report.name: report.role for report in self.dhcpd.control.configured() if report.role}
        spare = Spare(self.dhcpd.pools(), roles)
        promised = self._promised(take(given, self.stack), time.time(), account, spare)
        self._surveyed(promised.count, account, spare.pools_left())

    def _surveyed(self, leases: int, account: Account, pools: Sequence[Mapping[str, Any]] = ()) -> None:
        self.outcome.survey = {
            "pools": list(pools),
            "leases": leases,
            "release": self.kea.release(),
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
        serves = self.daemons.runs[KEA]() and not self.kea.deaf()
        # A Kea that has died can be started on the way.
        if known.holder is Holder.DHCPD if known else not serves:
            return
        config, wrong = self.dhcpd.control.places().config, self.dhcpd.refusal()
        if wrong:
            raise RefusedError(
                f"dhcpd would not serve here, so nothing is moved: {wrong}. It gets the configuration that is on the "
                f"host, {config}. Correct that on both servers, and run this again."
            )
        self.outcome.config = {"path": config, "changed": utc(Path(config).stat().st_mtime)}
        if not serves:
            return
        account, lost = Account(), Account()
        in_pool = self.dhcpd.in_pool()
        in_kea = placer(self.kea.ask("config-get").get("Dhcp4") or Node())

        def held() -> Iterator[Binding]:
            for one, _subnet in self.kea.held():
                # Others are reserved.
                if one.state == ACTIVE and not in_pool(one.address) and in_kea(one.address) is not None:
                    lost.name(OUTSIDE, one)
                yield one

        count = sum(1 for _one in for_dhcpd(held(), in_pool, time.time(), account))
        if lost.counts:
            raise RefusedError(
                f"dhcpd could not keep the addresses of {lost.counts[OUTSIDE]:,} clients, so nothing is moved: no pool "
                f"of {config} has {', '.join(lost.named[OUTSIDE])}. Kea got other pools since. Add them "
                "there, on both servers, and run this again."
            )
        self._surveyed(count, account)
        written = [Path(self.kea.control.places().lease_file + end) for end in OF_KEA]
        self.outcome.room = room_for_dhcpd(written, count, Path(self.dhcpd.place()), self.journal)

    def _load(self, given: Path | None) -> None:
        """Start Kea deaf, with the leases of both dhcpd."""
        self.kea.declared()
        if self.daemons.runs[KEA]():
            if not self.kea.deaf():
                raise RefusedError("kea-dhcp4 runs and may answer clients. Stop it, and run this again.")
            if self.kea.knows_pair():
                return
            # The package's own, which was started meanwhile.
            self._stop(KEA)
        now, account = time.time(), Account()
        promised = self._promised(self._taken(given), now, account)
        self._refuse_conflicts(account)
        self.kea.write(promised)
        self.daemons.did(f"wrote the leases for Kea: {'; '.join(account.sentences()) or 'there is none'}")
        self.kea.start_loaded()
        self.kea.need_equal(promised.all(), self.kea.held())
        self.daemons.did("started Kea without an interface; it holds what the clients were promised")

    def _prepare_kea(self, given: Path | None) -> None:
        """Bring into the deaf Kea all that both dhcpd have given, and compare."""
        for _attempt in range(MAX_REPLACED):
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
        self.kea.need_deaf()
        partner = self._taken(given)
        if partner.running:
            raise RefusedError("dhcpd of the partner still ran when its leases were read. Run this again.")
        seen, now, account = self.daemons.mark(DHCPD), time.time(), Account()
        promised = self._promised(partner, now, account)
        self._refuse_conflicts(account)
        count = self.kea.follow(compare(promised.all(), self.kea.held(), now))
        self.kea.need_equal(promised.all(), self.kea.held())
        self.daemons.did(
            f"Kea holds what the clients were promised: {_addresses(promised.count)}, {count:,} of them changed since"
        )
        self.ready = Ready(seen, partner.kept)
        partner.kept.index()
        return self.ready

    def _catch_up(self, ready: Ready) -> int | None:
        """Bring into Kea what dhcpd has written since; how many addresses that were. None: it has a new database."""
        seen, now, account = self.daemons.mark(DHCPD), time.time(), Account()
        changes = self.dhcpd.changes(ready.seen, seen, now)
        if changes is None:
            return None
        addresses = [address for address, _held in changes]
        merged = merge(
            ready.partner.among(addresses) if ready.partner else (),
            (held for _address, held in changes if held),
            now,
            account,
        )
        promised = list(for_kea(merged, self.kea.place, self.kea.form, now, account))
        self._refuse_conflicts(account)
        self.kea.follow(compare(promised, self.kea.held_among(addresses), now))
        self.kea.need_equal(promised, self.kea.held_among(addresses))
        ready.seen = seen
        return len(addresses)

    def _equal(self, given: Path | None) -> None:
        """Bring into the deaf Kea what dhcpd has changed since, and compare."""
        self.daemons.need_stopped(DHCPD)
        self.kea.need_deaf()
        count = self._catch_up(self.ready) if self.ready else None
        if count is None:
            self._prepare_kea(given)
        else:
            self.daemons.did(f"brought {_leases(count)} into Kea that had changed meanwhile")

    def _open(self) -> None:
        self.daemons.need_stopped(DHCPD)
        self.kea.open()
        if self.partner == "unknown":
            # It may serve, and then this server gets its leases first.
            self.daemons.wait_for(
                lambda: self.daemons.phase(KEA) is not Phase.SETTLING, "Kea to get the leases of its partner"
            )
        reports = self.daemons.related(KEA)
        first, partner = reports[0].name, together(report.partner_phase for report in reports)
        if self.daemons.phase(KEA) is Phase.ALONE and partner is Phase.HELD:
            self.daemons.act(KEA, "give_back", first)
            self.daemons.did("gave the partner's clients back")
        if self.daemons.phase(KEA) not in (Phase.NORMAL, Phase.ALONE):
            self.daemons.act(KEA, "partner_down", first, self.partner)
            self.daemons.did("Kea serves all clients")
        serving = all(report.serving for report in self.daemons.reports(KEA) if report.phase is Phase.ALONE)
        self.kea.need_sockets(serving)

    def _prepare_dhcpd(self) -> None:
        """Write the database of dhcpd while Kea serves."""
        # Also before the silence: systemd may take seconds.
        self.daemons.remove_barrier(DHCPD)
        self.daemons.need_stopped(DHCPD)
        for _attempt in range(MAX_REPLACED):
            self.ready = Ready(self.daemons.mark(KEA))
            self.dhcpd.write(self._here(), alone=True)
            if grown(self.ready.seen, self.daemons.mark(KEA)):
                return

    def _convert(self, given: Path | None) -> None:
        """Write the database of dhcpd, from Kea's on this host, or with the leases of the partner."""
        self.daemons.need_stopped(DHCPD)
        self.daemons.need_stopped(KEA)
        if given:
            self.dhcpd.write(take(given, self.stack).kept.bindings(), alone=False)
            # What Kea has here is older now.
            self.kea.put_away()
            return
        changes = self.kea.changes(self.ready.seen) if self.ready else None
        if changes is None:
            self.dhcpd.write(self._here(), alone=True)
        else:
            self.daemons.did(f"wrote {_leases(self.dhcpd.append(changes))} that had changed meanwhile")
        self.alone = True

    def _leave(self) -> None:
        self.dhcpd.leave()
        self.alone = True

    def _here(self) -> Iterator[Binding]:
        """What Kea on this host has, and if its partner is lost, what dhcpd had: Kea may not have got all of it."""
        now, held = time.time(), self.kea.bindings()
        if self.partner == "fenced":
            held = overlay(held, self.dhcpd.bindings(now))
        return merge(held, iter(()), now, Account())

    def _taken(self, given: Path | None) -> Given:
        if given is None:
            raise RefusedError("the leases of the partner are missing. Run this again.")
        return take(given, self.stack)

    def _promised(self, partner: Given, now: float, account: Account, spare: Spare | None = None) -> Kept:
        """What both servers have promised their clients, as Kea can keep it. spare: it counts what is free here."""
        own = self.dhcpd.bindings(now)
        merged = merge(partner.kept.bindings(), spare.watch(own, now) if spare else own, now, account)
        kept = Kept(self.stack, self.kea.place)
        kept.write(held for held, _subnet in for_kea(merged, self.kea.place, self.kea.form, now, account))
        return kept

    def _refuse_conflicts(self, account: Account) -> None:
        if account.conflicts:
            shown = "\n".join(conflict.sentence((SECONDARY, PRIMARY)) for conflict in account.conflicts[:MAX_NAMED])
            raise RefusedError(
                f"{len(account.conflicts)} addresses are leased to two clients, so nothing is moved. Find "
                f"out which client uses each, and let the other one release it:\n{shown}"
            )


def _leases(count: int) -> str:
    return f"{count:,} {'lease' if count == 1 else 'leases'}"


def _addresses(count: int) -> str:
    return f"{count:,} {'address' if count == 1 else 'addresses'}"


def data_of(server: Server) -> dict[str, Any]:
    """A server as plain data; `Server.from_data` reads it."""
    found = {
        name: {**asdict(daemon), "phase": daemon.phase.value}
        for name, daemon in ((DHCPD, server.dhcpd), (KEA, server.kea))
    }
    return {**found, "journal": server.journal and server.journal.as_data(), "lost": server.lost}
