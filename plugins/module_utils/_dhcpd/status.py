# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a server knows about its relationships: the daemon's word, its configuration and its database put together."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import Fault, read_faults
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    BINDING_STATES,
    Entry,
    SavedState,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import (
    DEFAULT_OMAPI_PORT,
    OMAPI_FILE,
    Configuration,
    Half,
    Pool,
    balance,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import TIME_FORMAT, seconds_of

# The daemon answers OMAPI on every interface; only the host itself may ask, so this is where to ask.
OMAPI_ADDRESS = "127.0.0.1"
# Options of the modules that ask; documented by plugins/doc_fragments/omapi.py.
ASKING: Mapping[str, Mapping[str, Any]] = {
    "config": {"type": "path", "default": "/etc/dhcp/dhcpd.conf"},
    "omapi_config": {"type": "path", "default": OMAPI_FILE},
    "omapi_port": {"type": "int"},
}
LEASE_FILES = ("/var/lib/dhcp/dhcpd.leases", "/var/lib/dhcpd/dhcpd.leases")
UNKNOWN = 0
# What dhcpd's states mean to somebody who does not know dhcpd. It answers clients in SERVING; moves on by itself, and
# soon, from SETTLING; and leaves HELD only when it is told to.
NORMAL = "normal"
SERVING = frozenset({NORMAL, "communications-interrupted", "partner-down"})
SETTLING = frozenset({"unknown-state", "startup", "recover", "recover-done"})
HELD = frozenset({"shutdown", "paused"})
_WAITING = "recover-wait"
# dhcpd rewrites its database once an hour; who sees it happen this often looks at something else.
_MAX_REPLACED = 3
_JOURNAL_SECONDS = 2.0
T = TypeVar("T")


class StatusError(Exception):
    """The question cannot be answered; the text names host, place and remedy."""


class NotRunningError(StatusError):
    """There is no daemon to ask."""


class NoKeyError(StatusError):
    """The daemon runs, and its configuration has no OMAPI to ask it by."""


def failover_status(
    relationships: list[str] | None,
    config: str,
    omapi_config: str,
    omapi_port: int | None,
    lease_file: str | None,
    timeout: float,
    states_only: bool,
) -> dict[str, Any]:
    """The result of the module failover_info."""
    host = socket.gethostname()
    configuration = read_config_file(host, config, omapi_config)
    states: Mapping[str, str] = {}
    saved: Mapping[str, SavedState] = {}
    if not states_only:
        states, saved = read_lease_file(host, lease_file or configuration.lease_file, lambda entry: entry.binding_state)
    names = relationships or list(configuration.halves) or list(saved)
    missing = [name for name in names if name not in configuration.halves and name not in saved]
    if missing:
        known = ", ".join(configuration.halves) or "none"
        raise StatusError(
            f'{host}: relationship "{missing[0]}" is in neither {config} nor the lease database. Known: {known}.'
        )
    process = process_module.find_process()
    answers = None
    if process or configuration.key:
        answers = _ask(connection(host, configuration, config, omapi_config, omapi_port, timeout), names)
    running = answers is not None

    reports = [_report(name, running, (answers or {}).get(name), configuration.halves.get(name)) for name in names]
    faults, problem = None, None
    if not states_only:
        counts = list(zip(configuration.pools, balance(configuration.pools, states)))
        for report in reports:
            report.update(_counted(report, saved.get(report["name"]), counts))
        lines, problem = process_module.read_journal(process, _JOURNAL_SECONDS)
        faults = [_fault(fault) for fault in read_faults(lines)]
    return {
        "running": running,
        "version": process_module.find_version(process),
        "relationships": reports,
        "faults": faults,
        "journal_problem": problem,
        "time": time.time(),
    }


def _report(name: str, running: bool, answer: Mapping[str, Any] | None, half: Half | None) -> dict[str, Any]:
    """What the daemon and its configuration say of a relationship."""
    problem = None
    if not running:
        problem = "dhcpd does not run on this host"
    elif answer is None:
        problem = "the running dhcpd does not know it; restart dhcpd to make it read its configuration"
    report = {
        "name": name,
        "role": half and half.role,
        "address": half and half.address,
        "port": half and half.port,
        "peer_address": half and half.peer_address,
        "peer_port": half and half.peer_port,
        "max_response_delay": half and half.max_response_delay,
        "local_state": omapi.STATES[UNKNOWN],
        "local_state_code": UNKNOWN,
        "since": None,
        "partner_state": omapi.STATES[UNKNOWN],
        "partner_state_code": UNKNOWN,
        "partner_since": None,
        "unacked_updates": None,
        "mclt": half and half.mclt,
        **(answer or {}),
        "problem": problem,
        "saved": None,
        "pool": None,
        "pools": None,
    }
    return {**report, **_meaning(report)}


def _meaning(report: Mapping[str, Any]) -> dict[str, Any]:
    """The state in words that hold for any daemon."""
    state, known = report["local_state"], report["problem"] is None
    wait_until = None
    if known and state == _WAITING and report["since"] and report["mclt"]:
        wait_until = _seconds(int(seconds_of(report["since"])) + int(report["mclt"]))
    return {
        "normal": known and state == NORMAL,
        "serving": known and state in SERVING,
        "settling": known and state in SETTLING,
        "held": known and state in HELD,
        "wait_until": wait_until,
    }


def _counted(
    report: Mapping[str, Any], saved: SavedState | None, counts: Iterable[tuple[Pool, dict[str, int]]]
) -> dict[str, Any]:
    """What the lease database adds to it."""
    pools: list[dict[str, Any]] = [
        {"subnet": pool.subnet, "ranges": pool.text, **count}
        for pool, count in counts
        if pool.relationship == report["name"]
    ]
    return {
        "mclt": report["mclt"] or (saved and saved.mclt),
        "saved": saved
        and {
            "local_state": saved.local_state,
            "since": format_time(saved.since),
            "partner_state": saved.partner_state,
            "partner_since": format_time(saved.partner_since),
        },
        "pool": {key: sum(pool.get(key, 0) for pool in pools) for key in ("total", *BINDING_STATES)},
        "pools": pools,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind.name,
        "relationship": fault.relationship,
        "message": fault.message,
        "hint": fault.kind.hint,
        "time": _seconds(int(fault.last)),
        "first": _seconds(int(fault.first)),
        "count": fault.count,
    }


def read_config_file(host: str, config: str, omapi_config: str | None = None) -> Configuration:
    """What the server's own configuration says; nothing if there is none."""

    def read(name: str) -> str:
        # dhcpd, too, reads a relative name from its working folder, which is the root folder for a daemon.
        path = Path("/") / name
        if str(path) == OMAPI_FILE and not path.exists():
            return ""  # somebody wants a new key: the next deployment makes it
        return path.read_text(encoding="utf-8", errors="replace")

    try:
        found = read_configuration(read(config) if Path(config).exists() else "", read)
        if omapi_config and found.key is None and Path(omapi_config).exists():
            extra = read_configuration(read(omapi_config), read)
            found.keys.update(extra.keys)
            found.omapi_key = found.omapi_key or extra.omapi_key or next(iter(extra.keys), None)
            found.omapi_port = found.omapi_port or extra.omapi_port
    except OSError as error:
        raise StatusError(f"{host}: {error.filename}: {error.strerror}. Run this as root on the server.") from error
    except ValueError as error:
        raise StatusError(f"{host}: {config}: {error}. Check it with: dhcpd -t -cf {config}") from error
    return found


def read_lease_file(
    host: str, lease_file: str | None, keep: Callable[[Entry], T | None]
) -> tuple[dict[str, T], dict[str, SavedState]]:
    """What counts in the lease database: of leases, by address, what is to be kept; and the saved states."""
    files = [lease_file] if lease_file else [name for name in LEASE_FILES if Path(name).exists()]
    if not files:
        return {}, {}
    path = Path(files[0])
    growing = process_module.find_process() is not None
    try:
        for _attempt in range(_MAX_REPLACED):
            with path.open("rb", buffering=0) as stream:
                found = last_entries(read_database(stream, time.time(), growing), keep)
                # dhcpd writes a new file now and then and puts it in the place of this one, which then is history.
                if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                    return found
    except OSError as error:
        raise StatusError(
            f"{host}: lease database {path}: {error.strerror}. Run this as root, or name the file with lease_file."
        ) from error
    raise StatusError(
        f"{host}: lease database {path} was replaced {_MAX_REPLACED} times while it was read. What writes it again and "
        "again? See: journalctl -t dhcpd"
    )


@contextmanager
def connection(
    host: str, configuration: Configuration, config: str, omapi_config: str, port: int | None, timeout: float
) -> Iterator[omapi.Client]:
    """The daemon on this host, with the key of its configuration. It serves one connection after the other."""
    port = port or configuration.omapi_port or DEFAULT_OMAPI_PORT
    where = f"{host}: OMAPI at {OMAPI_ADDRESS} port {port}"
    key = configuration.key
    if key is None:
        raise NoKeyError(
            f"{where}: no key to ask with: neither {config} nor {omapi_config} has an omapi-key with its secret. "
            "Deploy the server with dhcp_server_omapi: true, or name the file with omapi_config."
        )
    if key.algorithm not in omapi.ALGORITHMS:
        raise StatusError(f"{where}: key {key.name} has the unknown algorithm {key.algorithm}; use hmac-sha256.")
    try:
        with omapi.Client(OMAPI_ADDRESS, port, key, timeout) as client:
            yield client
    except omapi.OmapiRefusedError as error:
        if process_module.find_process() is None:
            raise NotRunningError(f"{where}: {error}. dhcpd does not run: start it first.") from error
        raise StatusError(
            f"{where}: nobody listens there although dhcpd runs. Its configuration needs omapi-port {port}; and dhcpd "
            "must have been restarted since."
        ) from error
    except omapi.OmapiKeyError as error:
        raise StatusError(
            f"{where}: dhcpd refused us: {error}. Either it was started with another key than the files now hold: "
            "restart dhcpd. Or dhcpd has just died: see journalctl -t dhcpd."
        ) from error
    except omapi.OmapiTimeoutError as error:
        raise StatusError(
            f"{where}: {error}. dhcpd is busy or hangs, or a firewall on this host drops its own loopback traffic."
        ) from error
    except omapi.OmapiError as error:
        raise StatusError(f"{where}: {error}. Is it dhcpd that listens there? See: ss -lntp sport = :{port}") from error


def _ask(asked: AbstractContextManager[omapi.Client], names: Iterable[str]) -> dict[str, dict[str, Any]] | None:
    """The daemon's answer for each relationship that it knows; None if it does not run."""
    answers = {}
    try:
        with asked as client:
            for name in names:
                try:
                    _handle, found = client.open("failover-state", {"name": name.encode()})
                except omapi.OmapiNotFoundError:
                    continue
                answers[name] = _answer(found)
    except NotRunningError:
        return None
    return answers


def _answer(found: omapi.Attributes) -> dict[str, Any]:
    """The attributes that can be trusted. Addresses, skew and the packets' times are bogus in 4.4.3."""
    local, partner = omapi.number(found, "local-state"), omapi.number(found, "partner-state")
    return {
        "role": omapi.ROLES.get(omapi.number(found, "hierarchy") or 0),
        "local_state": omapi.STATES.get(local or UNKNOWN, str(local)),
        "local_state_code": local or UNKNOWN,
        "since": _seconds(omapi.number(found, "local-stos")),
        "partner_state": omapi.STATES.get(partner or UNKNOWN, str(partner)),
        "partner_state_code": partner or UNKNOWN,
        "partner_since": _seconds(omapi.number(found, "partner-stos")),
        "unacked_updates": omapi.number(found, "cur-unacked-updates"),
        "mclt": omapi.number(found, "mclt"),
    }


def _seconds(value: int | None) -> str | None:
    return format_time(datetime.fromtimestamp(value, timezone.utc)) if value else None


def format_time(value: datetime | None) -> str | None:
    """A time as the modules return it."""
    return value.strftime(TIME_FORMAT) if value else None
