# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The port `Control` (see `_daemon/control.py`) for dhcpd."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import paths, process, status, verbs
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    Entry,
    client_id,
    lease,
    parse_date,
    unquote,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.live import collect, interfaces
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    Change,
    Lease,
    LeaseCount,
    Live,
    Phase,
    Places,
    Report,
    Selection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pools import (
    count_states,
    list_leases,
    pool_finder,
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

ACCESS, CONFIG_FILE = status.ACCESS, paths.CONFIG_FILE


def find_unit() -> str:
    return process.find_unit()


def find_version() -> str | None:
    return process.find_version(process.find_process())


def is_running() -> bool:
    return process.find_process() is not None


@dataclass(frozen=True)
class DhcpdControl(status.Access):
    """dhcpd, asked by OMAPI; its lease database and its journal."""

    def answer(self, names: Sequence[str] | None, states_only: bool) -> Answer:
        return status.answer(self, names, states_only)

    def configured(self) -> list[Report]:
        return [status.from_half(half) for half in self.read_config().halves.values()]

    def saved_phases(self) -> dict[str, Phase]:
        _states, saved = self.read_leases(self.read_config(), chooser(Selection(addresses=frozenset())))
        return {name: status.phase(state.local_state) for name, state in saved.items()}

    def places(self) -> Places:
        return Places(find_unit(), self.config, self.find_lease_file(self.read_config()) or "")

    def leases(self, wanted: Selection, limit: int) -> tuple[list[Lease], list[LeaseCount]]:
        configuration = self.read_config()
        entries, _saved = self.read_leases(configuration, chooser(wanted))
        pools, host = configuration.pools, socket.gethostname()
        return list_leases(entries, pools, lambda entry: entry.binding_state, lease, limit, host)

    def count_leases(self, wanted: Selection) -> list[LeaseCount]:
        keep = chooser(wanted)
        configuration = self.read_config()
        states, _saved = self.read_leases(
            configuration, lambda entry: entry.binding_state if keep(entry) is not None else None
        )
        return count_states(states, pool_finder(configuration.pools))

    def copied_leases(self) -> dict[str, str]:
        """None: dhcpd may tell its partner later, and says itself how many updates are open."""
        return {}

    def affected(self, promise: Promise) -> list[Affected]:
        configuration = self.read_config()
        pool_of = pool_finder(configuration.pools)
        now = time.time()

        def fate_of(address: str, clients: Callable[[], Iterable[str]]) -> Fate | None:
            return promise.fate(parse_address(address) or 0, clients, lambda: _permits(pool_of(address)))

        def keep(entry: Entry) -> Held | None:
            if entry.binding_state != "active":
                return None
            fate = fate_of(entry.address, lambda: _names(entry))
            ends = _end(entry) if fate else now
            return Held(fate, parse_address(entry.address) or 0, _client(entry), ends) if fate and ends > now else None

        leases, _saved = self.read_leases(configuration, keep)
        reserved = held_reservations(configuration.reservations, fate_of)
        return group(leases.values(), reservations=False) + group(reserved, reservations=True)

    def live(self, read: Reader) -> Live:
        text = read.main(self.config)
        config, includes = (None, {}) if text is None else collect(text, read)
        texts = () if read.folder else filter(None, map(read.main, paths.DEFAULTS_FILES))
        return Live(config, includes, interfaces(next(iter(texts), "")))

    def log(self, lines: int) -> list[str]:
        return process.last_lines(lines, status.JOURNAL_SECONDS)

    def act(self, verb: str, relationship: str, partner: str, force: bool, check_mode: bool) -> Change:
        return verbs.act(self, verb, relationship, partner, force, check_mode)


def chooser(wanted: Selection) -> Callable[[Entry], Entry | None]:
    """A function that selects the requested entries. It sees every entry of the database, so it must be quick."""
    addresses, states = wanted.addresses, wanted.binding_states
    hardware = wanted.hardware and wanted.hardware.lower()
    client = wanted.client_id and wanted.client_id.lower()

    def keep(entry: Entry) -> Entry | None:
        if addresses is not None and entry.address not in addresses:
            return None
        if states is not None and entry.binding_state not in states:
            return None
        if hardware and entry.value(b"\n  hardware ").decode("latin-1").rpartition(" ")[2].lower() != hardware:
            return None
        if client and client_id(entry.value(b"\n  uid ").decode("latin-1")) != client:
            return None
        return entry

    return keep


def _permits(pool: Pool | None) -> frozenset[str]:
    return pool.permits if pool else frozenset()


def _names(entry: Entry) -> list[str]:
    uid = entry.value(b"\n  uid ").decode("latin-1")
    return names_of(entry.value(b"\n  hardware ").decode("latin-1"), client_id(uid) if uid else None)


def _client(entry: Entry) -> str:
    """A client for people: the name that it gave, or its hardware address."""
    octets = unquote(entry.value(b"\n  client-hostname ").decode("latin-1")).encode("latin-1")
    name = octets.decode("utf-8", "replace")
    if name and name.isprintable():
        return name
    return entry.value(b"\n  hardware ").decode("latin-1").rpartition(" ")[2] or "unknown"


def _end(entry: Entry) -> float:
    ends = parse_date(entry.value(b"\n  ends ").decode("latin-1").partition("; #")[0])
    return NEVER if ends is None else ends.timestamp()
