# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The port `Control` (see `_daemon/control.py`) for Kea."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import paths, process, status, verbs
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import ACTIVE, Entry, lease
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.live import collect, without_secrets
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import Configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import lease_set
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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import (
    count_states,
    list_leases,
    pool_finder,
    relationship_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import (
    NEVER,
    Affected,
    Fate,
    Held,
    Promise,
    group,
    held_reservations,
    names_of,
)

CONFIG_FILE = paths.CONFIG_FILE


def find_unit() -> str:
    return process.find_unit()


def find_version() -> str | None:
    return process.find_version(process.find_process())


def is_running() -> bool:
    return process.find_process() is not None


def is_deaf() -> bool:
    """Whether its configuration has no interface, as the one of Debian's package, and one that waits for a move."""
    try:
        return KeaControl().read_config().deaf
    except ControlError:
        return False


@dataclass(frozen=True)
class KeaControl(status.Access):
    """Kea, asked through its socket; its lease files and its journal."""

    def answer(self, names: Sequence[str] | None, states_only: bool) -> Answer:
        return status.answer(self, names, states_only)

    def configured(self) -> list[Report]:
        return [status.from_half(half) for half in self.read_config().halves.values()]

    def saved_phases(self) -> dict[str, Phase]:
        """Kea keeps no states: it always starts with a look at its partner."""
        return {}

    def places(self) -> Places:
        return Places(find_unit(), self.config, self.lease_file or self.read_config().lease_file or "")

    def leases(self, wanted: Selection, limit: int) -> tuple[list[Lease], list[LeaseCount]]:
        configuration = self.read_config()
        entries = self.read_leases(configuration, chooser(wanted))
        pools, host = configuration.pools, socket.gethostname()
        return list_leases(entries, pools, lambda entry: entry.state, lease, limit, host)

    def count_leases(self, wanted: Selection) -> list[LeaseCount]:
        keep = chooser(wanted)
        configuration = self.read_config()
        states = self.read_leases(configuration, lambda entry: entry.state if keep(entry) is not None else None)
        return count_states(states, pool_finder(configuration.pools))

    def copied_leases(self) -> dict[str, str]:
        configuration = self.read_config()
        pool_of = pool_finder(configuration.pools)
        only = next(iter(configuration.halves)) if len(configuration.halves) == 1 else None

        def keep(entry: Entry) -> lease_set.Row | None:
            client = entry.client_id or entry.hardware or ""
            return lease_set.row(client, entry.granted, entry.ends) if entry.state == ACTIVE else None

        found: dict[str, dict[int, lease_set.Row]] = {name: {} for name in configuration.halves}
        for address, row in self.read_leases(configuration, keep).items():
            # Kea copies every lease of a network, also of addresses in no pool.
            name = only or relationship_of(pool_of(address))
            if name in found:
                found[name][parse_address(address) or 0] = row
        daemon = process.find_process()
        started = int(daemon.started) if daemon else 0
        return {name: lease_set.LeaseSet(started, rows).pack() for name, rows in found.items()}

    def affected(self, promise: Promise) -> list[Affected]:
        configuration = self.read_config()
        pool_of = pool_finder(configuration.pools)
        now = time.time()

        def fate_of(address: str, clients: Callable[[], Iterable[str]], number: int | None = None) -> Fate | None:
            def permits() -> Iterable[str]:
                pool = pool_of(address)
                return pool.permits if pool else ()

            return promise.fate(parse_address(address) or 0, clients, permits, number)

        def keep(entry: Entry) -> Held | None:
            if entry.state != ACTIVE:
                return None
            fate = fate_of(entry.address, lambda: _names(entry), int(entry.value("subnet")))
            if fate is None:
                return None
            ends = NEVER if entry.ends is None else entry.ends
            client = entry.hostname if entry.hostname.isprintable() else ""
            held = Held(fate, parse_address(entry.address) or 0, client or entry.hardware or "unknown", ends)
            return held if ends > now else None

        leases = self.read_leases(configuration, keep)
        reserved = held_reservations(configuration.reservations, fate_of)
        return group(leases.values(), reservations=False) + group(reserved, reservations=True)

    def live(self, read: Reader) -> Live:
        text = read.main(self.config)
        config, includes = (None, {}) if text is None else collect(text, read)
        return Live(config, includes, running=None if read.folder else self.running())

    def running(self) -> str | None:
        """The configuration with which the daemon runs; None if it does not run."""
        if not is_running():
            return None
        try:
            configuration = self.read_config()
        except ControlError:  # a broken file says nothing about the daemon
            configuration = Configuration()
        if configuration.socket is None:
            configuration.socket = paths.SOCKET
        with self.explained(configuration):
            answer = self.channel(configuration).ask("config-get")
        return json.dumps(without_secrets({"Dhcp4": answer.get("Dhcp4", {})}))

    def log(self, lines: int) -> list[str]:
        return process.last_lines(lines, status.JOURNAL_SECONDS)

    def act(self, verb: str, relationship: str, partner: str, force: bool, check_mode: bool) -> Change:
        return verbs.act(self, verb, relationship, partner, force, check_mode)


def chooser(wanted: Selection) -> Callable[[Entry], Entry | None]:
    """A function that selects the requested entries. It sees every row of the files, so it must be quick."""
    addresses, states = wanted.addresses, wanted.binding_states
    hardware = wanted.hardware and wanted.hardware.lower()
    client = wanted.client_id and wanted.client_id.lower()

    def keep(entry: Entry) -> Entry | None:
        if addresses is not None and entry.address not in addresses:
            return None
        if states is not None and entry.state not in states:
            return None
        if hardware and entry.hardware != hardware:
            return None
        if client and entry.client_id != client:
            return None
        return entry

    return keep


def _names(entry: Entry) -> list[str]:
    return names_of(f"ethernet {entry.hardware}" if entry.hardware else None, entry.client_id)
