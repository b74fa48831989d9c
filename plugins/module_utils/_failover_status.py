# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a server knows about its relationships: the daemon's word, its configuration and its database put together."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils import _omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._leases import (
    BINDING_STATES,
    Lease,
    SavedState,
    last_entries,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._server_conf import (
    DEFAULT_OMAPI_PORT,
    Configuration,
    balance,
    read_configuration,
)

# The daemon answers OMAPI on every interface; only the host itself may ask, so this is where to ask.
OMAPI_ADDRESS = "127.0.0.1"
LEASE_FILES = ("/var/lib/dhcp/dhcpd.leases", "/var/lib/dhcpd/dhcpd.leases")
UNKNOWN = "unknown-state"


class StatusError(Exception):
    """The question cannot be answered; the text names host, place and remedy."""


def failover_status(
    relationships: list[str] | None,
    config: str,
    omapi_config: str,
    omapi_port: int | None,
    lease_file: str | None,
    timeout: float,
) -> dict[str, Any]:
    """The result of the module failover_info."""
    host = socket.gethostname()
    configuration = read_config_file(host, config, omapi_config)
    leases, saved = read_lease_file(host, lease_file)
    names = relationships or list(configuration.halves) or list(saved)
    missing = [name for name in names if name not in configuration.halves and name not in saved]
    if missing:
        known = ", ".join(configuration.halves) or "none"
        raise StatusError(
            f'{host}: relationship "{missing[0]}" is in neither {config} nor the lease database. Known: {known}.'
        )
    port = omapi_port or configuration.omapi_port or DEFAULT_OMAPI_PORT
    running, answers = _ask(host, names, configuration, port, timeout, omapi_config)

    states = {address: lease.binding_state for address, lease in leases.items()}
    pools: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for pool, counts in zip(configuration.pools, balance(configuration.pools, states)):
        if pool.relationship in pools:
            pools[pool.relationship].append({"subnet": pool.subnet, "ranges": pool.text, **counts})
    return {
        "running": running,
        "relationships": [
            _report(name, running, answers.get(name), configuration, saved.get(name), pools[name]) for name in names
        ],
    }


def _report(
    name: str,
    running: bool,
    answer: Mapping[str, Any] | None,
    configuration: Configuration,
    saved: SavedState | None,
    pools: list[dict[str, Any]],
) -> dict[str, Any]:
    half = configuration.halves.get(name)
    problem = None
    if not running:
        problem = "dhcpd does not run on this host"
    elif answer is None:
        problem = "the running dhcpd does not know it; restart dhcpd to make it read its configuration"
    total = {key: sum(pool.get(key, 0) for pool in pools) for key in ("total", *BINDING_STATES)}
    return {
        "name": name,
        "role": half.role if half else None,
        "local_state": UNKNOWN,
        "since": None,
        "partner_state": UNKNOWN,
        "partner_since": None,
        "mclt": (half.mclt if half else None) or (saved.mclt if saved else None),
        **(answer or {}),
        "problem": problem,
        "saved": saved
        and {
            "local_state": saved.local_state,
            "since": format_time(saved.since),
            "partner_state": saved.partner_state,
            "partner_since": format_time(saved.partner_since),
        },
        "pool": total,
        "pools": pools,
    }


def read_config_file(host: str, config: str, omapi_config: str | None = None) -> Configuration:
    """What the server's own configuration says; nothing if there is none."""

    def read(name: str) -> str:
        # dhcpd, too, reads a relative name from its working folder, which is the root folder for a daemon.
        return (Path("/") / name).read_text(encoding="utf-8", errors="replace")

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


def read_lease_file(host: str, lease_file: str | None) -> tuple[dict[str, Lease], dict[str, SavedState]]:
    """What counts in the lease database: leases by address, saved states by relationship."""
    files = [lease_file] if lease_file else [name for name in LEASE_FILES if Path(name).exists()]
    if not files:
        return {}, {}
    try:
        with Path(files[0]).open(encoding="utf-8", errors="replace") as lines:
            return last_entries(read_database(lines))
    except OSError as error:
        raise StatusError(
            f"{host}: lease database {files[0]}: {error.strerror}. Run this as root, or name the file with lease_file."
        ) from error


def _ask(
    host: str, names: Iterable[str], configuration: Configuration, port: int, timeout: float, omapi_config: str
) -> tuple[bool, dict[str, dict[str, Any]]]:
    """Whether the daemon runs, and its answer for each relationship that it knows."""
    where = f"{host}: OMAPI at {OMAPI_ADDRESS} port {port}"
    key = configuration.key
    if key is None:
        if not dhcpd_runs():
            return False, {}
        raise StatusError(
            f"{where}: no key to ask with: neither dhcpd.conf nor {omapi_config} has an omapi-key with its secret. "
            "Deploy the server with dhcp_server_omapi: true, or name the file with omapi_config."
        )
    if key.algorithm not in _omapi.ALGORITHMS:
        raise StatusError(f"{where}: key {key.name} has the unknown algorithm {key.algorithm}; use hmac-sha256.")
    answers = {}
    try:
        with _omapi.Client(OMAPI_ADDRESS, port, key, timeout) as client:
            for name in names:
                try:
                    _handle, found = client.open("failover-state", {"name": name.encode()})
                except _omapi.OmapiNotFoundError:
                    continue
                answers[name] = _answer(found)
    except _omapi.OmapiRefusedError as error:
        if not dhcpd_runs():
            return False, {}
        raise StatusError(
            f"{where}: nobody listens there although dhcpd runs. Its configuration needs omapi-port {port}; and dhcpd "
            "must have been restarted since."
        ) from error
    except _omapi.OmapiKeyError as error:
        raise StatusError(
            f"{where}: dhcpd refused us: {error}. The running dhcpd was started with another key than the files now "
            "hold: restart dhcpd."
        ) from error
    except _omapi.OmapiTimeoutError as error:
        raise StatusError(
            f"{where}: {error}. dhcpd is busy or hangs, or a firewall on this host drops its own loopback traffic."
        ) from error
    except _omapi.OmapiError as error:
        raise StatusError(f"{where}: {error}. Is it dhcpd that listens there? See: ss -lntp sport = :{port}") from error
    return True, answers


def _answer(found: _omapi.Attributes) -> dict[str, Any]:
    """The attributes that can be trusted. Addresses, skew and the packets' times are bogus in 4.4.3."""
    local, partner = _omapi.number(found, "local-state"), _omapi.number(found, "partner-state")
    return {
        "role": _omapi.ROLES.get(_omapi.number(found, "hierarchy") or 0),
        "local_state": _omapi.STATES.get(local or 0, str(local)),
        "since": _seconds(_omapi.number(found, "local-stos")),
        "partner_state": _omapi.STATES.get(partner or 0, str(partner)),
        "partner_since": _seconds(_omapi.number(found, "partner-stos")),
        "mclt": _omapi.number(found, "mclt"),
    }


def dhcpd_runs(proc: Path = Path("/proc")) -> bool:
    """Whether a dhcpd for IPv4 runs here: in our own process namespace, so that a container's does not count."""
    try:
        own = (proc / "self/ns/pid").readlink()
    except OSError:
        own = None
    for folder in proc.glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() != "dhcpd":
                continue
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if b"-6" not in arguments and (own is None or (folder / "ns/pid").readlink() == own):
                return True
        except OSError:  # it has just ended
            continue
    return False


def _seconds(value: int | None) -> str | None:
    return format_time(datetime.fromtimestamp(value, timezone.utc)) if value else None


def format_time(value: datetime | None) -> str | None:
    """A time as the modules return it."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
