# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Kea on this host during a move: it runs without an interface until it knows every lease."""

from __future__ import annotations

import json
import os
import pwd
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import write_file, write_parts
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError, Transaction
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as codec
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Form, Placed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import EMPTY, Channel
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import RefusedError as KeaRefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import FINISHED, MOVED, PREVIOUS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import (
    Configuration,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import open_lease_files, sockets_open
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import KEA
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import Daemons, NotYetError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.ground import SOON, Connect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kept import (
    BEFORE,
    MAX_NAMED,
    MAX_REPLACED,
    Kept,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    Unlike,
    changes_of_kea,
    compare,
    read_kea,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.logs import Mark, appended, grown
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.places import placer
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, format_address

# Of Debian; another system's package manager is not asked, because it would refresh its lists first.
_PACKAGE = "kea-dhcp4-server"
# A lease file that a cleanup of Kea has not finished.
_LEFT = (FINISHED, PREVIOUS, MOVED, ".output", ".pid")
# The state of Kea in which it gets its partner's leases, which may be many.
_SYNCING = "syncing"
# What a Kea without an interface keeps in the user-context of its interfaces-config.
_INTERFACES = "interfaces-after-migration"
_PAGE = 1000


class Kea:
    """Kea on this host. files: as they are declared; none if it is not. connect: it tries the partner's port."""

    def __init__(self, daemons: Daemons, files: Transaction | None, connect: Connect) -> None:
        self.daemons = daemons
        self.control = cast(KeaControl, daemons.controls[KEA])
        self.files = files
        self.connect = connect
        # Its lease file when it got its interfaces.
        self.opened: Mark | None = None
        self.channel: tuple[Configuration, Channel] | None = None

    def deaf(self) -> bool:
        """Whether it runs without an interface."""
        with suppress(ControlError):
            interfaces = self.ask("config-get").get("Dhcp4", {}).get("interfaces-config", {})
            return not interfaces.get("interfaces")
        return False

    def knows_pair(self) -> bool:
        """Whether the running Kea is the one that was loaded, not one that its package has started."""
        reports = self.daemons.reports(KEA)
        return bool(reports) and all(report.problem is None for report in reports)

    def need_deaf(self) -> None:
        if not (self.daemons.runs[KEA]() and self.deaf()):
            raise RefusedError("kea-dhcp4 does not run without an interface any more. Run this again.")

    def _need_pair(self) -> None:
        """What is declared has the pair. A way back may have only what is on the host."""
        if not (self.files or self.control.configured()):
            self.daemons.refuse_unrelated(KEA)

    def need_sockets(self, serving: bool = True) -> None:
        if not (serving and sockets_open(self.ask("status-get"))):
            raise RefusedError("kea-dhcp4 could not open its sockets. Look at journalctl -t kea-dhcp4")

    def start_deaf(self) -> None:
        """Start Kea without an interface, unless it runs: it does not know yet what its partner has leased."""
        self._need_pair()
        if not self.daemons.runs[KEA]():
            self._make_deaf()
            self.daemons.systemctl("start", KEA)
            self.daemons.did("started Kea")
        self.daemons.wait_for_answer(KEA)

    def open(self) -> None:
        """Run Kea with its interfaces."""
        self._need_pair()
        self.opened = self.daemons.mark(KEA)
        changed = self.files.put() if self.files else self._rewrite(with_interfaces)
        if not self.daemons.runs[KEA]():
            self.daemons.systemctl("start", KEA)
            self.daemons.did("started Kea")
        elif changed or self.deaf():
            self.ask("config-reload")
            folder = Path(self.files.daemon.runtime_folder) if self.files else None
            if folder and folder.is_dir():
                # It is as old as what the daemon has read.
                os.utime(folder)
            self.daemons.did("Kea read its configuration, with its interfaces")

        def answers() -> bool:
            # What is declared makes it end if it cannot open its sockets.
            if self.daemons.unit(KEA).get("SubState") in ("auto-restart", "failed"):
                raise RefusedError("kea-dhcp4 ended when it was to open its sockets. Look at journalctl -t kea-dhcp4")
            return self.daemons.answers(KEA)

        self.daemons.wait_for(answers, "kea-dhcp4 to answer")

    def _make_deaf(self) -> None:
        """Write the configuration that is declared, or that on the host, without an interface."""
        if self.files:
            declared = json.loads(self.files.contents[self.files.daemon.config])
            self.files.put({self.files.daemon.config: _dumped(without_interfaces(declared))})
        else:
            self._rewrite(without_interfaces)

    def _rewrite(self, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> bool:
        """Change the configuration of Kea on this host; whether it was another one."""
        root, path = self.control.read_root(), Path(self.control.places().config)
        wanted = change(root)
        if wanted == root:
            return False
        known = path.stat()
        write_file(path, _dumped(wanted), (known.st_uid, known.st_gid), known.st_mode & 0o777)
        return True

    def reach(self) -> None:
        """Connect to the partner's Kea, which has to tell this one its leases."""
        for half in self.halves():
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

    def learn(self) -> None:
        """Wait until a deaf Kea has its partner's leases. It is stopped if it cannot get them: it must not serve."""
        self.daemons.wait_for_answer(KEA)
        if not self.deaf():
            return
        lost = (Phase.ALONE, Phase.INTERRUPTED)
        try:
            self.daemons.wait_for(
                lambda: self.daemons.phase(KEA) in (Phase.NORMAL, *lost), "Kea to get the leases of its partner"
            )
        except NotYetError:
            if any(report.local_state == _SYNCING for report in self.daemons.reports(KEA)):
                raise
        reports = self.daemons.reports(KEA)
        wrong = [report for report in reports if not report.normal]
        if wrong:
            # Whatever it says of itself, it has served nobody.
            self.daemons.halt(KEA)
            raise RefusedError(
                f'Kea could not get the leases of "{wrong[0].name}" from its partner at {wrong[0].peer_address}, port '
                f"{wrong[0].peer_port}: it was {wrong[0].local_state}. So it was stopped again, and has answered "
                "nobody. Something may block that port, in either direction: let both servers through in all "
                "firewalls, and run this again."
            )

    def put_away(self) -> None:
        """Rename its database. A Kea that starts would take it for its own."""
        place = self.control.places().lease_file
        if place and Path(place).exists():
            Path(place).replace(place + BEFORE)
        self._remove_left(place)

    @staticmethod
    def _remove_left(place: str) -> None:
        """Remove what a cleanup has left, which Kea would read first."""
        for end in _LEFT if place else ():
            Path(place + end).unlink(missing_ok=True)

    def start_loaded(self) -> None:
        """Start it without an interface, with the database that was written for it."""
        self._make_deaf()
        self.daemons.systemctl("start", KEA)
        self.daemons.wait_for_answer(KEA)

    def write(self, promised: Kept) -> None:
        """Write its database."""
        files = self.declared()
        path = Path(files.daemon.lease_file)
        user = pwd.getpwnam(files.daemon.user)
        self._remove_left(files.daemon.lease_file)
        write_parts(path, codec.table(promised.all(), self.form), (user.pw_uid, user.pw_gid), 0o640)

    def follow(self, unlike: Iterable[Unlike]) -> int:
        """Bring into Kea what it does not hold yet; how many leases that were."""
        found = list(unlike)
        for item in found:
            if item.promised:
                self.ask("lease4-update", codec.arguments(*item.promised))
            elif item.held:
                self.ask("lease4-del", {"ip-address": format_address(item.held[0].address)})
        return len(found)

    def need_equal(self, promised: Iterable[Placed], held: Iterable[Placed]) -> None:
        """Raise RefusedError if it does not hold what the clients were promised."""
        unlike = compare(promised, held, time.time())
        # A lease may end meanwhile, and Kea then gives it up.
        found = list(islice((item for item in unlike if not _over(item)), MAX_NAMED))
        if found:
            shown = "\n".join(unlike.sentence() for unlike in found)
            raise RefusedError(f"Kea does not hold what the clients were promised:\n{shown}")

    def held_among(self, addresses: Iterable[int]) -> Iterator[Placed]:
        """The leases of the running Kea for some addresses."""
        for address in addresses:
            found = self._ask_for_leases("lease4-get", {"ip-address": format_address(address)})
            if found is not None:
                yield codec.from_answer(found)

    def held(self) -> Iterator[Placed]:
        """The leases of the running Kea."""
        start = "start"
        while True:
            found = self._ask_for_leases("lease4-get-page", {"from": start, "limit": _PAGE})
            page = nodes(found, "leases") if found is not None else []
            if not page:
                return
            yield from map(codec.from_answer, page)
            start = text(page[-1], "ip-address")

    def bindings(self) -> Iterator[Binding]:
        """The bindings in the files of Kea. It may replace them meanwhile."""
        place = self.control.places().lease_file
        for _attempt in range(MAX_REPLACED):
            before = self.daemons.mark(KEA)
            with ExitStack() as stack:
                streams = list(open_lease_files(place, stack)) if place else []
                found = read_kea(streams, tempfile.TemporaryFile, growing=self.daemons.runs[KEA]())
                # Everything was read by then.
                first = list(islice(found, 1))
            if grown(before, self.daemons.mark(KEA)) or not streams:
                return chain(first, found)
        raise RefusedError(f"{place} was replaced {MAX_REPLACED} times while it was read. Run this again.")

    def changes(self, before: Mark) -> Sequence[tuple[int, Binding | None]] | None:
        """What its files have got since; None if they were replaced."""
        seen = self.daemons.mark(KEA)
        found = appended(before, seen, b"\n")
        if found is None or seen.last is None:
            return None
        with Path(seen.last.path).open("rb") as stream:
            head = stream.readline()
        return changes_of_kea([BytesIO(head + found.getvalue())])

    def declared(self) -> Transaction:
        """Its files. Raises RefusedError if it is not declared."""
        if self.files is None:
            raise RefusedError("Kea is not declared for this server. Set dhcp_server_daemon to kea.")
        return self.files

    def _declared_root(self) -> Node:
        files = self.declared()
        return parse(files.contents[files.daemon.config].decode(), {}).root or Node()

    def halves(self) -> Iterable[Half]:
        """The halves of this server, as they are declared."""
        return read_configuration(self._declared_root()).halves.values()

    @cached_property
    def place(self) -> Callable[[int], int | None]:
        """The number of the declared subnet that has an address."""
        main = self._declared_root().get("Dhcp4")
        return placer(main if isinstance(main, Node) else Node())

    @cached_property
    def form(self) -> Form:
        """How this release writes a lease."""
        return codec.form_of(self.release())

    def release(self) -> str:
        """The release that is installed, or that apt would install; empty if it does not know one."""
        installed = self.daemons.version(KEA)
        if installed:
            return installed
        told = self.daemons.run(("apt-cache", "policy", _PACKAGE)).stdout
        found = re.search(r"^ *Candidate: (?:\d+:)?(\d+\.\d+\.\d+)", told, re.MULTILINE)
        return found[1] if found else ""

    def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Node:
        """The answer to a command. Raises ControlError."""
        configuration, channel = self._access()
        with self.control.explained(configuration):
            return channel.ask(command, arguments)

    def _ask_for_leases(self, command: str, arguments: Mapping[str, Any]) -> Node | None:
        """The same; None if there is no lease."""
        configuration, channel = self._access()
        with self.control.explained(configuration):
            try:
                return channel.ask(command, arguments)
            except KeaRefusedError as error:
                if error.code != EMPTY:
                    raise
        return None

    def _access(self) -> tuple[Configuration, Channel]:
        """What is needed to ask Kea. Its files are read once: there may be thousands of leases to change."""
        if self.channel is None:
            configuration = self.control.read_config()
            self.channel = configuration, self.control.channel(configuration)
        return self.channel


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


def _over(unlike: Unlike) -> bool:
    now = time.time()
    return not any(placed and placed[0].holds(now) for placed in unlike)
