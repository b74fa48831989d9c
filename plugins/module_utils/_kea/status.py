# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A server's report about its relationships, from Kea's answers, its configuration and its lease files."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.deployment import unfinished
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import (
    Channel,
    ChannelError,
    NoDaemonError,
    RefusedError,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.journal import Moved, read_log
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import (
    ABANDONED,
    ACTIVE,
    FINISHED,
    MOVED,
    PREVIOUS,
    Entry,
    HeaderError,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import CONFIG_FILE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import (
    MEMFILE,
    Configuration,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, text, texts
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    BINDING_STATES,
    Answer,
    ControlError,
    NoAccessError,
    Phase,
    Report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, Pool
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import balance

# In place of a state that is not known.
UNKNOWN = "unknown"
WORKING = frozenset({"hot-standby", "load-balancing"})
UNAVAILABLE = frozenset({"", "unavailable"})
_PHASES: Mapping[str, Phase] = {
    "hot-standby": Phase.NORMAL,
    "load-balancing": Phase.NORMAL,
    "communication-recovery": Phase.INTERRUPTED,
    "partner-down": Phase.ALONE,
    "partner-in-maintenance": Phase.ALONE,
    "waiting": Phase.SETTLING,
    "syncing": Phase.SETTLING,
    "ready": Phase.SETTLING,
    "in-maintenance": Phase.HELD,
    "terminated": Phase.HELD,
}
# Seconds that the journal may be searched.
JOURNAL_SECONDS = 2.0
# Kea moves its lease files once an hour, so files that are replaced this often are not its.
_MAX_REPLACED = 3
T = TypeVar("T")


class _Includes(dict[str, str]):
    """The texts of the included files, each read when it is asked for."""

    def get(self, name: str, _default: Any = None) -> Any:
        if name not in self:
            self[name] = _read(name)
        return self[name]


@dataclass(frozen=True)
class Access:
    """Where Kea's files are on this host. timeout: seconds that each step may take."""

    config: str = CONFIG_FILE
    lease_file: str | None = None  # if not given, the configuration's
    timeout: float = 5

    def read_config(self) -> Configuration:
        """The server's own configuration; empty without a file."""
        if not Path(self.config).exists():
            return Configuration()
        root, includes = self._parsed()
        found = read_configuration(root)
        found.files = [self.config, *includes]
        return found

    def read_root(self) -> Node:
        """Its text as a tree, with what it includes."""
        return self._parsed()[0]

    def _parsed(self) -> tuple[Node, Sequence[str]]:
        host, includes = socket.gethostname(), _Includes()
        try:
            document = parse(_read(self.config), includes)
        except OSError as error:
            raise ControlError(
                f"{host}: {error.filename}: {error.strerror}. Run this as root on the server."
            ) from error
        wrong = [problem for problem in document.problems if not problem.warning]
        if document.root is None or wrong:
            why = wrong[0].message if wrong else "it is no configuration of Kea."
            line = f" line {wrong[0].line}" if wrong and wrong[0].line else ""
            raise ControlError(f"{host}: {self.config}{line}: {why} Check it with: kea-dhcp4 -t {self.config}")
        return document.root, list(includes)

    def channel(self, configuration: Configuration) -> Channel:
        """The daemon's socket."""
        if configuration.socket is None:
            raise NoAccessError(
                f"{socket.gethostname()}: {self.config} has no control-socket of type unix, so nothing can be asked. "
                "Add one, and restart Kea."
            )
        return Channel(configuration.socket, self.timeout)

    @contextmanager
    def explained(self, configuration: Configuration) -> Iterator[None]:
        """Errors of the socket as errors with place and remedy."""
        where = f"{socket.gethostname()}: {configuration.socket}"
        try:
            yield
        except RefusedError as error:
            raise ControlError(f"{where}: Kea refuses it: {error}") from error
        except ChannelError as error:
            if isinstance(error, NoDaemonError) and process_module.find_process() is None:
                raise ControlError(f"{where}: kea-dhcp4 does not run: start it first.") from error
            raise ControlError(
                f"{where}: {error}. Run this as root. If kea-dhcp4 hangs, its log says why: journalctl -t kea-dhcp4"
            ) from error

    def read_leases(self, configuration: Configuration, keep: Callable[[Entry], T | None]) -> dict[str, T]:
        """The leases to keep, by address."""
        host = socket.gethostname()
        if configuration.database != MEMFILE:
            raise ControlError(
                f"{host}: Kea keeps its leases in a database of type {configuration.database}. Only files (memfile) "
                "can be read."
            )
        name = self.lease_file or configuration.lease_file
        if name is None:
            return {}
        place = f"{host}: lease database {name}"
        growing = process_module.find_process() is not None
        try:
            for _attempt in range(_MAX_REPLACED):
                with ExitStack() as stack:
                    before = _identities(name)
                    if self.lease_file and not any(before):
                        raise ControlError(f"{place}: No such file. Correct lease_file.")
                    streams = list(open_lease_files(name, stack))
                    if _identities(name) == before:
                        return last_entries(read_database(streams, growing), keep)
        except HeaderError as error:
            raise ControlError(f"{place}: {error}. Kea does not start with it.") from error
        except OSError as error:
            raise ControlError(
                f"{place}: {error.strerror}. Run this as root, or name the file with lease_file."
            ) from error
        raise ControlError(
            f"{place} was replaced {_MAX_REPLACED} times while it was opened. Find out what keeps moving it: "
            "journalctl -t kea-dhcp4"
        )


def _read(name: str) -> str:
    return Path(name).read_text(encoding="utf-8", errors="replace")


def _identities(name: str) -> list[tuple[int, int] | None]:
    """Which files have the names that Kea reads."""
    found: list[tuple[int, int] | None] = []
    for end in (FINISHED, PREVIOUS, MOVED, ""):
        try:
            status = Path(name + end).stat()
            found.append((status.st_dev, status.st_ino))
        except FileNotFoundError:
            found.append(None)
    return found


def open_lease_files(name: str, stack: ExitStack) -> Iterator[BinaryIO]:
    """The lease files, in the order in which Kea reads them."""
    for end in (FINISHED, "") if Path(name + FINISHED).exists() else (PREVIOUS, MOVED, ""):
        path = Path(name + end)
        # One that is moved just now is noticed by the caller.
        with suppress(FileNotFoundError):
            yield stack.enter_context(path.open("rb"))


def phase(state: str | None) -> Phase:
    """The meaning of a state of Kea."""
    return _PHASES.get(state or "", Phase.UNKNOWN)


def answer(access: Access, names: Sequence[str] | None, states_only: bool) -> Answer:
    """This server's answer about these relationships, or all."""
    configuration = access.read_config()
    process = process_module.find_process()
    status: Node | None = None
    version = None
    with access.explained(configuration):
        try:
            channel = access.channel(configuration)
            status = channel.ask("status-get")
            version = text(channel.ask("version-get"), "text") or None
            if not states_only:
                # What it runs with counts, not what it will read at its next start.
                running = read_configuration(channel.ask("config-get"))
                running.files = configuration.files
                configuration = running
        except NoDaemonError:
            if process is not None:
                raise
        except NoAccessError:
            if process is not None:
                raise
    now = time.time()
    names = names or list(configuration.halves)
    missing = [name for name in names if name not in configuration.halves]
    if missing:
        known = ", ".join(configuration.halves) or "none"
        raise ControlError(
            f'{socket.gethostname()}: relationship "{missing[0]}" is not in {access.config}. Known: {known}.'
        )
    states = {state.name: state for state in read_states(status, configuration)} if status else {}
    reports = [_report(configuration.halves[name], status is not None, states.get(name)) for name in names]
    faults, problem, deployment = None, None, None
    if not states_only:
        active = access.read_leases(configuration, lambda entry: entry.state)
        reports = _counted(reports, configuration.pools, active)
        lines, problem = process_module.read_journal(process, JOURNAL_SECONDS)
        heard = [name for name, state in states.items() if state.heard]
        log = read_log(lines, configuration.names, now, heard)
        faults = log.faults
        reports = [_since(report, log.moved.get(report.name)) for report in reports]
        deployment = unfinished(access.config, configuration.files, _read_at(status, now))
    return Answer(
        running=status is not None,
        version=version or process_module.find_version(process),
        time=now,
        relationships=reports,
        faults=faults,
        journal_problem=problem,
        deployment=deployment,
    )


def _read_at(status: Node | None, now: float) -> float | None:
    """When the daemon read its configuration, to the second; None if it does not run."""
    seconds = status.get("reload") if status else None
    return now - seconds if isinstance(seconds, (int, float)) else None


@dataclass(frozen=True)
class State:
    """Kea's answer about a relationship."""

    name: str
    role: str | None
    local: str
    partner: str
    heard: bool  # whether it hears its partner now
    serving: bool
    whole: bool = True  # whether it serves all clients, if it is alone

    @property
    def reduced(self) -> bool:
        """Whether it counts its partner as lost, but was not allowed to take over: it serves its own clients only."""
        return self.local == "partner-down" and not self.whole

    @property
    def phase(self) -> Phase:
        # Kea changes its state only some seconds after it lost its partner.
        if self.reduced or (self.local in WORKING and not self.heard):
            return Phase.INTERRUPTED
        # It would wait until its partner is told to start over.
        if self.local == "waiting" and self.partner == "terminated":
            return Phase.HELD
        return phase(self.local)


def read_states(status: Node, configuration: Configuration) -> Iterator[State]:
    enabled = not configuration.deaf and answers_clients(status)
    halves = list(configuration.halves.values())
    for place, item in enumerate(nodes(status, "high-availability")):
        servers = item.get("ha-servers")
        local, remote = (_member(servers, side) for side in ("local", "remote"))
        # 2.2 does not name its server, but has one relationship.
        name = configuration.names.get(text(local, "server-name"))
        if name is None and place < len(halves) and not text(local, "server-name"):
            name = halves[place].name
        if name is None:
            continue
        partner = text(remote, "last-state")
        heard = remote.get("in-touch") is True and partner not in UNAVAILABLE
        heard = heard and remote.get("communication-interrupted") is not True
        own, scopes = text(local, "state"), texts(local, "scopes")
        serving = enabled and bool(scopes)
        # Until it counts the partner as lost, it drops every answer of which it cannot tell the partner.
        serving = serving and (heard or own not in WORKING)
        role = {"primary": "primary", "secondary": "secondary", "standby": "secondary"}.get(text(local, "role"))
        ha = configuration.halves[name].ha
        # All that anybody serves; a standby has none of its own.
        every = {peer.name for peer in ha.peers if peer.role in ("primary", "secondary")} if ha else set()
        yield State(name, role, own or UNKNOWN, partner or UNKNOWN, heard, serving, every <= set(scopes))


def _member(node: Any, name: str) -> Node:
    found = node.get(name) if isinstance(node, Node) else None
    return found if isinstance(found, Node) else Node()


def answers_clients(status: Node) -> bool:
    """Whether the daemon answers clients at all: its sockets are open, and nobody has disabled it."""
    return sockets_open(status) and _member(status, "dhcp-state").get("globally-disabled") is not True


def sockets_open(status: Node) -> bool:
    """Whether it could open its sockets."""
    return text(_member(status, "sockets"), "status") in ("", "ready")


def ask_states(access: Access, configuration: Configuration) -> list[State]:
    """The daemon's answer for each relationship that it knows."""
    channel = access.channel(configuration)
    with access.explained(configuration):
        return list(read_states(channel.ask("status-get"), configuration))


def from_half(half: Half) -> Report:
    """The report from the configuration of a relationship."""
    return Report(
        half.name,
        UNKNOWN,
        UNKNOWN,
        role=half.role,
        address=half.address,
        port=half.port,
        peer_address=half.peer_address,
        peer_port=half.peer_port,
        max_response_delay=half.max_response_delay,
        heartbeat=half.heartbeat,
        mode=half.mode,
        tls=half.tls,
        takeover=half.takeover,
    )


def _report(half: Half, running: bool, state: State | None) -> Report:
    """The report of the daemon and its configuration about a relationship."""
    if state is None:
        problem = "the running kea-dhcp4 does not know it; restart it to make it read its configuration"
        return replace(from_half(half), problem=problem if running else "kea-dhcp4 does not run on this host")
    return replace(
        from_half(half),
        role=state.role or half.role,
        local_state=state.local,
        partner_state=state.partner,
        phase=state.phase,
        partner_phase=phase(state.partner),
        serving=state.serving,
    )


def _since(report: Report, moved: Moved | None) -> Report:
    return replace(report, since=utc(moved.time)) if moved and moved.state == report.local_state else report


def _counted(reports: Iterable[Report], pools: Iterable[Pool], states: Mapping[str, str]) -> list[Report]:
    """The reports with the counts of the lease files. Kea gives an address whose lease is over to any client."""
    pools = list(pools)
    held = {address: state for address, state in states.items() if state in (ACTIVE, ABANDONED)}
    counts = list(zip(pools, balance(pools, held)))
    return [_with_pools(report, counts) for report in reports]


def _with_pools(report: Report, counts: Iterable[tuple[Pool, Mapping[str, int]]]) -> Report:
    found: list[dict[str, Any]] = [
        {"subnet": pool.subnet, "ranges": list(map(str, pool.ranges)), **count}
        for pool, count in counts
        if pool.failover == report.name
    ]
    total = {key: sum(pool.get(key, 0) for pool in found) for key in ("total", *BINDING_STATES)}
    return replace(report, pool=total, pools=found)
