# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A server's report about its relationships, from dhcpd's answer, its configuration and its database."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import read_faults
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    Entry,
    SavedState,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    CONFIG_FILE,
    LEASE_FILES,
    OMAPI_FILE,
    RUNTIME_FOLDER,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import (
    Configuration,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.deployment import unfinished
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    BINDING_STATES,
    Answer,
    ControlError,
    NoAccessError,
    Phase,
    Report,
    Saved,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import format_time, utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, Pool
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_OMAPI_PORT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import balance

# The daemon answers OMAPI on every interface, but only the host itself may ask.
OMAPI_ADDRESS = "127.0.0.1"
# Options of the modules that ask; documented by plugins/doc_fragments/_omapi.py.
ACCESS: Mapping[str, Mapping[str, Any]] = {
    "omapi_config": {"type": "path", "default": OMAPI_FILE},
    "omapi_port": {"type": "int"},
}
UNKNOWN = STATES[0]
_PHASES: Mapping[str, Phase] = {
    "normal": Phase.NORMAL,
    "communications-interrupted": Phase.INTERRUPTED,
    "partner-down": Phase.ALONE,
    "recover-wait": Phase.WAITING,
    "potential-conflict": Phase.RESOLVING,
    "resolution-interrupted": Phase.RESOLVING,
    "conflict-done": Phase.RESOLVING,
    UNKNOWN: Phase.SETTLING,
    "startup": Phase.SETTLING,
    "recover": Phase.SETTLING,
    "recover-done": Phase.SETTLING,
    "shutdown": Phase.HELD,
    "paused": Phase.HELD,
}
# In the former dhcpd answers clients, unless it believes its partner to be in one of the latter.
_SERVING = frozenset({Phase.NORMAL, Phase.INTERRUPTED, Phase.ALONE})
_SILENCING = frozenset({Phase.ALONE, Phase.RESOLVING})
# dhcpd rewrites its database once an hour, so a file that is replaced this often is not one of its.
_MAX_REPLACED = 3
JOURNAL_SECONDS = 2.0
T = TypeVar("T")


class NotRunningError(ControlError):
    """There is no daemon to ask."""


@dataclass(frozen=True)
class Access:
    """Where dhcpd's files are on this host, and how to ask it. timeout: seconds that each step may take."""

    config: str = CONFIG_FILE
    omapi_config: str = OMAPI_FILE
    omapi_port: int | None = None
    lease_file: str | None = None  # if not given, the configuration's, or else the first of LEASE_FILES
    timeout: float = 5

    def read_config(self) -> Configuration:
        """The server's own configuration; empty without a file."""
        host = socket.gethostname()
        files: list[str] = []

        def read(name: str) -> str:
            # dhcpd also reads a relative name from its working folder, which is the root folder for a daemon.
            files.append(str(Path("/") / name))
            return _read(files[-1])

        try:
            found = read_configuration(read(self.config) if Path(self.config).exists() else "", read)
            found.files = files
            if found.key is None and Path(self.omapi_config).exists():
                extra = read_configuration(_read(self.omapi_config), _read)
                found.keys.update(extra.keys)
                found.omapi_key = found.omapi_key or extra.omapi_key or next(iter(extra.keys), None)
                found.omapi_port = found.omapi_port or extra.omapi_port
        except OSError as error:
            raise ControlError(
                f"{host}: {error.filename}: {error.strerror}. Run this as root on the server."
            ) from error
        except ValueError as error:
            raise ControlError(f"{host}: {self.config}: {error}. Check it with: dhcpd -t -cf {self.config}") from error
        return found

    def find_lease_file(self, configuration: Configuration) -> str | None:
        named = self.lease_file or configuration.lease_file
        return named or next((name for name in LEASE_FILES if Path(name).exists()), None)

    def read_leases(
        self, configuration: Configuration, keep: Callable[[Entry], T | None]
    ) -> tuple[dict[str, T], dict[str, SavedState]]:
        """The valid entries of the lease database: the leases to keep by address, and the saved states."""
        name = self.find_lease_file(configuration)
        if name is None:
            return {}, {}
        path, place = Path(name), f"{socket.gethostname()}: lease database {name}"
        growing = process_module.find_process() is not None
        try:
            for _attempt in range(_MAX_REPLACED):
                with path.open("rb", buffering=0) as stream:
                    found = last_entries(read_database(stream, time.time(), growing), keep)
                    # From time to time dhcpd replaces this file with a new one; this one is then outdated.
                    if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                        return found
        except OSError as error:
            raise ControlError(
                f"{place}: {error.strerror}. Run this as root, or name the file with lease_file."
            ) from error
        raise ControlError(
            f"{place} was replaced {_MAX_REPLACED} times while it was read. Find out what keeps rewriting it: "
            "journalctl -t dhcpd"
        )

    @contextmanager
    def connect(self, configuration: Configuration) -> Iterator[omapi.OmapiClient]:
        """dhcpd on this host, with the key of its configuration. It serves one connection after the other."""
        port = self.omapi_port or configuration.omapi_port or DEFAULT_OMAPI_PORT
        where = f"{socket.gethostname()}: OMAPI at {OMAPI_ADDRESS} port {port}"
        key = configuration.key
        if key is None:
            raise NoAccessError(
                f"{where}: there is no key to ask with: neither {self.config} nor {self.omapi_config} has an omapi-key "
                "with its secret. Deploy the server with dhcp_server_omapi: true, or name the file with omapi_config."
            )
        if key.algorithm not in omapi.ALGORITHMS:
            raise ControlError(f"{where}: key {key.name} has the unknown algorithm {key.algorithm}; use hmac-sha256.")
        try:
            with omapi.OmapiClient(OMAPI_ADDRESS, port, key, self.timeout) as client:
                yield client
        except omapi.OmapiRefusedError as error:
            if process_module.find_process() is None:
                raise NotRunningError(f"{where}: {error}. dhcpd does not run: start it first.") from error
            # A key may be left from an earlier deployment.
            raise NoAccessError(
                f"{where}: {error} although dhcpd runs. Its configuration needs omapi-port {port}, and dhcpd must have "
                "been restarted since."
            ) from error
        except omapi.OmapiKeyError as error:
            raise ControlError(
                f"{where}: dhcpd refused the request: {error}. Either it was started with another key than the files "
                "now hold: restart dhcpd. Or dhcpd has just died: see journalctl -t dhcpd."
            ) from error
        except omapi.OmapiTimeoutError as error:
            raise ControlError(
                f"{where}: {error}. dhcpd is busy or hangs, or a firewall on this host drops its own loopback traffic."
            ) from error
        except omapi.OmapiError as error:
            raise ControlError(
                f"{where}: {error}. Is it dhcpd that listens there? See: ss -lntp sport = :{port}"
            ) from error


def _read(name: str) -> str:
    if name == OMAPI_FILE and not Path(name).exists():
        return ""  # it was deleted to get a new key, which the next deployment makes
    return Path(name).read_text(encoding="utf-8", errors="replace")


def phase(state: str | None) -> Phase:
    """The meaning of a state of dhcpd."""
    return _PHASES.get(state or "", Phase.UNKNOWN)


def answer(access: Access, names: Sequence[str] | None, states_only: bool) -> Answer:
    """This server's answer about these relationships, or all."""
    configuration = access.read_config()
    states: Mapping[str, str] = {}
    saved: Mapping[str, SavedState] = {}
    if not states_only:
        states, saved = access.read_leases(configuration, lambda entry: entry.binding_state)
    names = names or list(configuration.halves) or list(saved)
    missing = [name for name in names if name not in configuration.halves and name not in saved]
    if missing:
        known = ", ".join(configuration.halves) or "none"
        raise ControlError(
            f'{socket.gethostname()}: relationship "{missing[0]}" is in neither {access.config} nor the lease '
            f"database. Known: {known}."
        )
    process = process_module.find_process()
    found = _ask(access, configuration, names) if process or configuration.key else None

    reports = [
        _report(name, found is not None, (found or {}).get(name), configuration.halves.get(name)) for name in names
    ]
    faults, problem, deployment = None, None, None
    if not states_only:
        counts = list(zip(configuration.pools, balance(configuration.pools, states)))
        reports = [_counted(report, saved.get(report.name), counts) for report in reports]
        lines, problem = process_module.read_journal(process, JOURNAL_SECONDS)
        faults = read_faults(lines)
        deployment = unfinished(access.config, configuration.files, _start(process) if process else None)
    return Answer(
        running=found is not None,
        version=process_module.find_version(process),
        time=time.time(),
        relationships=reports,
        faults=faults,
        journal_problem=problem,
        deployment=deployment,
    )


def _start(process: Process) -> float:
    """When the daemon was started, by the clock of that time; without its folder, to the second."""
    try:
        return Path(RUNTIME_FOLDER).stat().st_mtime
    except FileNotFoundError:
        return process.started + 1


def _ask(access: Access, configuration: Configuration, names: Iterable[str]) -> dict[str, State] | None:
    """The daemon's answer for each relationship that it knows; None if it does not run."""
    found = {}
    try:
        with access.connect(configuration) as client:
            for name in names:
                try:
                    found[name] = State.of(client.open("failover-state", {"name": name.encode()})[1])
                except omapi.OmapiNotFoundError:
                    continue
    except NotRunningError:
        return None
    return found


@dataclass(frozen=True)
class State:
    """dhcpd's answer about a relationship, without values that 4.4.3 gives wrongly: addresses, skew, packet times."""

    role: str | None
    local: str
    since: int | None  # seconds since the epoch
    partner: str
    partner_since: int | None
    unacked_updates: int | None
    mclt: int | None

    @classmethod
    def of(cls, found: omapi.Attributes) -> State:
        local, partner = (omapi.number(found, key) or 0 for key in ("local-state", "partner-state"))
        return cls(
            role=omapi.ROLES.get(omapi.number(found, "hierarchy") or 0),
            local=STATES.get(local, str(local)),
            since=omapi.number(found, "local-stos"),
            partner=STATES.get(partner, str(partner)),
            partner_since=omapi.number(found, "partner-stos"),
            unacked_updates=omapi.number(found, "cur-unacked-updates"),
            mclt=omapi.number(found, "mclt"),
        )

    @property
    def wait_until(self) -> int | None:
        """When it will serve again after the loss of its lease database: after the MCLT."""
        if phase(self.local) != Phase.WAITING or not self.since or not self.mclt:
            return None
        return self.since + self.mclt

    @property
    def serving(self) -> bool:
        return phase(self.local) in _SERVING and phase(self.partner) not in _SILENCING


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
        mclt=half.mclt,
    )


def _report(name: str, running: bool, state: State | None, half: Half | None) -> Report:
    """The report of the daemon and its configuration about a relationship."""
    problem = None
    if not running:
        problem = "dhcpd does not run on this host"
    elif state is None:
        problem = "the running dhcpd does not know it; restart dhcpd to make it read its configuration"
    report = replace(from_half(half) if half else Report(name, UNKNOWN, UNKNOWN), problem=problem)
    if state:
        report = replace(
            report,
            role=state.role,
            local_state=state.local,
            partner_state=state.partner,
            phase=phase(state.local),
            partner_phase=phase(state.partner),
            serving=state.serving,
            since=_utc(state.since),
            partner_since=_utc(state.partner_since),
            wait_until=_utc(state.wait_until),
            unacked_updates=state.unacked_updates,
            mclt=state.mclt,
        )
    return report


def _counted(report: Report, saved: SavedState | None, counts: Iterable[tuple[Pool, dict[str, int]]]) -> Report:
    """The report with the counts of the lease database."""
    pools: list[dict[str, Any]] = [
        {"subnet": pool.subnet, "ranges": list(map(str, pool.ranges)), **count}
        for pool, count in counts
        if pool.failover == report.name
    ]
    report = replace(
        report,
        pool={key: sum(pool.get(key, 0) for pool in pools) for key in ("total", *BINDING_STATES)},
        pools=pools,
    )
    if saved is None:
        return report
    return replace(
        report,
        mclt=report.mclt or saved.mclt,
        saved=Saved(
            saved.local_state,
            phase(saved.local_state),
            format_time(saved.since),
            saved.partner_state,
            format_time(saved.partner_since),
        ),
    )


def _utc(seconds: int | None) -> str | None:
    return utc(seconds) if seconds else None
