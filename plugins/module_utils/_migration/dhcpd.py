# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""dhcpd on this host during a move: its database, and how it starts with one that was written for it."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from itertools import chain, islice
from pathlib import Path
from typing import cast

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.bindings import (
    database,
    entries,
    handed_over,
    without_partner,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    SavedState,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import link_file, write_parts
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import DHCPD, SECONDARY
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import Daemons
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kept import BEFORE, MAX_REPLACED, Kept
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    Account,
    changes_of_dhcpd,
    for_dhcpd,
    read_dhcpd,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.logs import Mark, appended
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.places import holder
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, Phase, Report
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT

_LONG_AGO = 3600


class Dhcpd:
    """dhcpd on this host. mclt: of relationships, in seconds, for its database. stack: it closes temporary files."""

    def __init__(self, daemons: Daemons, mclt: Mapping[str, int], stack: ExitStack) -> None:
        self.daemons = daemons
        self.control = cast(DhcpdControl, daemons.controls[DHCPD])
        self.mclt = mclt
        self.stack = stack

    def lost(self) -> str:
        """What dhcpd lacks to serve here again."""
        if self.daemons.runs[DHCPD]():
            return ""
        if not self.daemons.version(DHCPD):
            return "dhcpd is not installed"
        config = self.control.places().config
        return "" if self.control.configured() else f"{config} has no relationship"

    def pools(self) -> Sequence[Pool]:
        """The pools of its configuration."""
        return self.control.read_config().pools

    def in_pool(self) -> Callable[[int], bool]:
        """A function that says whether a pool has an address."""
        return holder(self.pools())

    def place(self) -> str:
        """Its database; empty if it has none."""
        return self.control.places().lease_file or ""

    def refusal(self) -> str:
        """Why it would not serve here with the configuration that is on the host."""
        places = self.control.places()
        tested = self.daemons.run(("dhcpd", "-4", "-t", "-cf", places.config))
        if tested.returncode:
            return complaint(tested.stderr)
        if not places.lease_file:
            return "there is no lease database"
        return "" if self.control.configured() else "it has no relationship"

    def heard(self) -> list[tuple[str, int]]:
        """The addresses of the partners of dhcpd, each with the port at which it hears them. None without its file."""
        reports = self.control.configured()
        return [(report.peer_address, report.port or DEFAULT_PORT) for report in reports if report.peer_address]

    def resume(self, alone: bool | None) -> None:
        """Serve at once if dhcpd served alone: from its start on, it would look for its partner for 15 s.

        alone: whether it did; None if only its database can tell.
        """
        settling = [report for report in self.daemons.reports(DHCPD) if report.phase is Phase.SETTLING]
        if not settling or alone is False:
            return
        saved = {} if alone else self.control.saved_phases()
        for report in settling:
            if alone or saved.get(report.name) is Phase.ALONE:
                with suppress(ControlError):  # it may have moved on just now
                    self.daemons.act(DHCPD, "resume", report.name, "stopped")

    def write(self, held: Iterable[Binding], alone: bool) -> None:
        """Write its database.

        alone: dhcpd shall serve alone. Otherwise it shall wait until it rejoins, and then ask for all leases.
        """
        now, account = time.time(), Account()
        kept = Kept(self.stack)
        kept.write(for_dhcpd(held, self.in_pool(), now, account))
        place = self.place()
        if not place:
            raise RefusedError("dhcpd has no lease database here. Deploy it first.")
        path = Path(place)
        before = path.stat() if path.exists() else None
        if not Path(place + BEFORE).exists():
            self.keep_database()
        ids = (before.st_uid, before.st_gid) if before else (-1, -1)
        states = [self._saved(report, alone) for report in self.control.configured()]
        write_parts(path, database(states, kept.bindings()), ids, before.st_mode & 0o777 if before else 0o644)
        self.daemons.did(f"wrote the leases for dhcpd: {'; '.join(account.sentences()) or 'there is none'}")

    def append(self, changes: Sequence[tuple[int, Binding | None]]) -> int:
        """Append what has changed to its database; how many leases that were."""
        now, in_pool = time.time(), self.in_pool()
        held = {kept.address: kept for kept in for_dhcpd((h for _a, h in changes if h), in_pool, now, Account())}
        wanted = [held.get(address) or _free(address, now) for address, _held in changes if in_pool(address)]
        with Path(self.place()).open("ab") as database_file:
            database_file.writelines(entries(wanted))
            database_file.flush()
            os.fsync(database_file.fileno())
        return len(wanted)

    def changes(self, before: Mark, seen: Mark, now: float) -> Sequence[tuple[int, Binding | None]] | None:
        """What its database has got between two looks; None if it was replaced."""
        found = appended(before, seen, b"\n}\n")
        return None if found is None else changes_of_dhcpd(found, now, growing=self.daemons.runs[DHCPD]())

    def leave(self) -> None:
        """Let dhcpd start without its partner. It takes the partner's share of the free addresses after the MCLT."""
        self.daemons.need_stopped(DHCPD)
        place = self.place()
        if not place or not Path(place).exists():
            raise RefusedError("dhcpd has no lease database here. Deploy it first.")
        path = Path(place)
        now = datetime.now(timezone.utc)
        states = [without_partner(report.name, now, self._mclt(report)) for report in self.control.configured()]
        before = path.stat()
        with path.open("rb") as known:
            parts = chain(iter(lambda: known.read(1 << 20), b""), islice(database(states, ()), 1, None))
            write_parts(path, parts, (before.st_uid, before.st_gid), before.st_mode & 0o777)
        self.daemons.did("dhcpd is to serve without its partner")

    def keep_database(self) -> None:
        """Keep the database of dhcpd as it is now: it has stopped, and leases of Kea will replace it one day."""
        place = self.place()
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
        place = Path(self.place())
        if not place.is_file():
            return None
        with place.open("rb") as stream:
            states = last_entries(read_database(stream, time.time()), lambda _entry: None)[1]
        return states[name].mclt if name in states else None

    def bindings(self, now: float) -> Iterator[Binding]:
        """The bindings of dhcpd here. It may replace its database meanwhile."""
        place = self.place()
        if not place or not Path(place).exists():
            return iter(())
        for _attempt in range(MAX_REPLACED):
            with Path(place).open("rb") as stream:
                found = read_dhcpd(stream, now, tempfile.TemporaryFile, growing=self.daemons.runs[DHCPD]())
                # Everything was read by then.
                first = list(islice(found, 1))
                if os.path.samestat(os.fstat(stream.fileno()), Path(place).stat()):
                    return chain(first, found)
        raise RefusedError(f"{place} was replaced {MAX_REPLACED} times while it was read. Run this again.")


def complaint(text: str) -> str:
    """What dhcpd says about its configuration, without what it says each time."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    about = [line for line in lines if re.search(r" line \d+: |^Can't |^\[Errno ", line)]
    return (about or lines or ["no reason given"])[0].rstrip(".")


def _free(address: int, now: float) -> Binding:
    return Binding(address, "free", int(now) - 1, int(now))
