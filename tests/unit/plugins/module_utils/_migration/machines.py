# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts that are folders, each with both daemons: real lease databases, and daemons of a few lines."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.bindings import database
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import last_entries, read_database
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import Configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import files
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import Transaction
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import EMPTY, RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import DHCPD, KEA, PRIMARY, SECONDARY
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import Host
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import read_dhcpd, read_kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    Change,
    ControlError,
    Phase,
    Places,
    Report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Range,
    Scope,
    format_address,
    parse_address,
)

USER, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
UNITS = {"isc-dhcp-server": DHCPD, "kea-dhcp4-server": KEA}
FIRST, LAST = parse_address("192.0.2.10") or 0, parse_address("192.0.2.99") or 0
NAME = "pair"
PEERS = [
    {"name": PRIMARY, "url": "http://192.0.2.1:8000/", "role": "primary"},
    {"name": SECONDARY, "url": "http://192.0.2.2:8000/", "role": "standby"},
]
DECLARED = {
    "Dhcp4": {
        "interfaces-config": {"interfaces": ["eth0"], "re-detect": True},
        "subnet4": [{"id": 7, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.99"}]}],
    }
}


def lease(number: int, seconds: int = 600, client: int | None = None, granted: int | None = None) -> Binding:
    """The lease of the address with this number."""
    granted = int(time.time()) if granted is None else granted
    card = bytes((2, 0, 0, 0, 0, number if client is None else client))
    return Binding(FIRST + number, ACTIVE, granted, granted + seconds, card, b"\x01" + card, b"host")


@dataclass
class Machine:
    """A host. saved: the state of dhcpd. held: the leases of the running Kea."""

    folder: Path
    side: str
    running: dict[str, bool] = field(default_factory=lambda: {DHCPD: True, KEA: False})
    enabled: dict[str, bool] = field(default_factory=lambda: {DHCPD: True, KEA: False})
    saved: Phase = Phase.NORMAL
    settling: bool = False
    maintenance: bool = False
    held: dict[int, Binding] = field(default_factory=dict)
    deaf: bool = False
    lost: set[int] = field(default_factory=set)  # addresses whose leases Kea does not take
    syncing: str = ""  # the state of Kea while it does not get on
    closed: bool = False  # Kea cannot open its sockets
    required: bool = False  # it ends if it cannot, and systemd starts it again and again
    broken: set[str] = field(default_factory=set)  # daemons that do not start
    related: bool = True  # Kea knows its pair
    declared: bool = True  # Kea is what this server is to run
    cut: bool = False  # its Kea cannot reach its partner's
    complaint: str = ""  # of dhcpd about its configuration
    calls: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    partner: Machine = None  # type: ignore[assignment]  # set by pair()

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "run").mkdir()
        self.dhcpd_config.touch()
        self.write_dhcpd([])

    @property
    def dhcpd_config(self) -> Path:
        return self.folder / "dhcpd.conf"

    @property
    def leases(self) -> Path:
        return self.folder / "dhcpd.leases"

    @property
    def config(self) -> Path:
        return self.folder / "kea-dhcp4.conf"

    @property
    def table(self) -> Path:
        return self.folder / "kea-leases4.csv"

    # dhcpd

    def write_dhcpd(self, bindings: Sequence[Binding]) -> None:
        self.leases.write_bytes(b"".join(database([], sorted(bindings))))

    def grant(self, held: Binding) -> None:
        """dhcpd gives a lease, and tells its partner if that runs."""
        for machine in (self, *([self.partner] if self.partner.running[DHCPD] else [])):
            machine.write_dhcpd([*machine.of_dhcpd(), held])

    def of_dhcpd(self) -> list[Binding]:
        with self.leases.open("rb") as stream:
            return list(read_dhcpd(stream, time.time(), tempfile.TemporaryFile))

    def read_saved(self) -> Phase:
        """The state in the database, if there is one: a real dhcpd would write it there."""
        with self.leases.open("rb") as stream:
            _leases, saved = last_entries(read_database(stream), lambda _entry: None)
        known = {"normal": Phase.NORMAL, "partner-down": Phase.ALONE, "shutdown": Phase.HELD}
        return known[saved[NAME].local_state] if saved else self.saved

    def dhcpd_phase(self) -> Phase:
        if self.settling and not self.partner.running[DHCPD]:
            return Phase.SETTLING
        if self.saved is not Phase.NORMAL:
            return self.saved
        return Phase.NORMAL if self.partner.running[DHCPD] else Phase.INTERRUPTED

    # Kea

    def of_kea(self) -> dict[int, Binding]:
        if not self.table.exists():
            return {}
        with self.table.open("rb") as stream:
            return {held.address: held for held in read_kea([stream], tempfile.TemporaryFile)}

    def write_kea(self) -> None:
        rows = kea.table(((held, 7) for _address, held in sorted(self.held.items())), kea.form_of("2.6.3"))
        self.table.write_bytes(b"".join(rows))

    def append_kea(self, held: Binding, lifetime: int | None = None) -> None:
        """As Kea itself does, also to remove a lease: that has no lifetime."""
        _head, row = kea.table([(held, 7)], kea.form_of("2.6.3"))
        columns = row.split(b",")
        columns[3] = columns[3] if lifetime is None else b"%d" % lifetime
        with self.table.open("ab") as stream:
            stream.write(b",".join(columns))

    def kea_phase(self) -> Phase:
        if self.maintenance:
            return Phase.HELD
        if self.syncing:
            return Phase.SETTLING
        return Phase.NORMAL if self.linked and not self.partner.maintenance else Phase.ALONE

    @property
    def linked(self) -> bool:
        return self.partner.running[KEA] and not (self.cut or self.partner.cut)

    def connect(self, place: tuple[str, int], _timeout: float) -> Any:
        self.asked.append(f"{place[0]}:{place[1]}")
        if not self.linked:
            raise ConnectionRefusedError(111, "Connection refused")
        return self

    def close(self) -> None:
        pass

    def start(self, name: str) -> None:
        if self.running[name]:
            return
        self.running[name] = True
        if name == DHCPD:
            self.settling, self.saved = True, self.read_saved()
            return
        self.read_config()
        if self.ends:
            return
        self.held = {address: held for address, held in self.of_kea().items() if address not in self.lost}
        if self.linked:
            for one, other in ((self, self.partner), (self.partner, self)):
                one.held = {**other.held, **one.held}
                one.write_kea()

    @property
    def ends(self) -> bool:
        return self.closed and self.required and not self.deaf

    def read_config(self) -> None:
        self.deaf = not json.loads(self.config.read_bytes())["Dhcp4"]["interfaces-config"]["interfaces"]

    def stop(self, name: str) -> None:
        self.running[name] = False
        if name == KEA:
            self.maintenance = self.deaf = False

    # The host

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.calls.append(" ".join(words))
        if words[0] == "dhcpd":
            return subprocess.CompletedProcess(list(words), 1 if self.complaint else 0, "", self.complaint)
        name = UNITS.get(words[-1].removesuffix(".service"), "")
        told = ""
        if words[0] == "systemctl" and name:
            verb = words[1]
            if verb == "show":
                states = self.running[name], self.enabled[name]
                active, enabled = ("active" if states[0] else "inactive"), ("enabled" if states[1] else "disabled")
                if name == KEA and states[0] and self.ends:
                    active = "activating\nSubState=auto-restart"
                told = f"LoadState=loaded\nActiveState={active}\nUnitFileState={enabled}\n"
            elif verb == "start" and (
                name in self.broken or Path(self.barrier(words[-1][: -len(".service")])).exists()
            ):
                return subprocess.CompletedProcess(list(words), 1, "", "Job failed.")
            elif verb == "start":
                self.start(name)
            elif verb == "stop":
                self.stop(name)
            else:
                self.enabled[name] = verb == "enable"
        return subprocess.CompletedProcess(list(words), 0, told, "")

    def host(self, goal: str, partner: str = "stopped", **options: Any) -> Host:
        row = files.ManagedFile("config", str(self.config), "kea-dhcp4.conf.j2", owner=USER, group=GROUP, mode="0640")
        daemon = files.Daemon(
            "kea-dhcp4-server",
            "",
            str(self.config),
            (),
            str(self.folder / "run"),
            str(self.table),
            USER,
            "",
            "",
            name=KEA,
        )
        ha = {"this-server-name": self.side, "mode": "hot-standby", "peers": PEERS}
        hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [ha]}}
        declared = {"Dhcp4": {**DECLARED["Dhcp4"], "hooks-libraries": [hook]}}
        contents = {str(self.config): json.dumps(declared).encode()}
        return Host(
            {DHCPD: FakeDhcpd(self), KEA: FakeKea(self)},  # type: ignore[dict-item]  # only what is used
            {name: self.runs(name) for name in (DHCPD, KEA)},
            self.run,
            Transaction(files.Managed("Debian", daemon, (row,)), self.run, contents) if self.declared else None,
            lambda _name: "2.6.3",
            goal=goal,
            partner=partner,
            mclt={NAME: 60},
            journal=self.folder / "state/migration.json",
            timeout=0.2,
            connect=self.connect,
            barrier=self.barrier,
            **options,
        )

    def barrier(self, unit: str) -> str:
        return str(self.folder / f"{unit}.d/moved.conf")

    def runs(self, name: str) -> Callable[[], bool]:
        return lambda: self.running[name] and not (name == KEA and self.ends)


@dataclass
class FakeDhcpd:
    machine: Machine

    def places(self) -> Places:
        return Places("isc-dhcp-server", str(self.machine.dhcpd_config), str(self.machine.leases))

    def read_config(self) -> Configuration:
        pool = Pool(NAME, (Range(FIRST, LAST),), frozenset(), Scope())
        return Configuration(pools=[pool])

    def configured(self) -> list[Report]:
        mclt = 60 if self.machine.side == PRIMARY else None
        return [Report(NAME, "", "", role=self.machine.side, peer_address="192.0.2.9", mclt=mclt)]

    def answer(self, _names: object, states_only: bool) -> Answer:
        assert states_only
        if not self.machine.running[DHCPD]:
            raise ControlError("it does not run")
        partner = self.machine.partner
        phases = self.machine.dhcpd_phase(), partner.dhcpd_phase()
        serving = phases[0] not in (Phase.HELD, Phase.SETTLING)
        report = Report(NAME, phases[0].value, "", *phases, role=self.machine.side, unacked_updates=0, serving=serving)
        return Answer(True, "4.4.3", time.time(), [report])

    def saved_phases(self) -> dict[str, Phase]:
        return {NAME: self.machine.saved}

    def act(self, verb: str, *_arguments: object, **_options: object) -> Change:
        machine = self.machine
        before = machine.saved
        if verb == "hand_over":
            machine.saved, machine.partner.saved = Phase.HELD, Phase.ALONE
        elif verb == "resume":
            machine.settling = False
        elif verb == "rejoin":
            assert machine.partner.running[DHCPD]
            both = {held.address: held for held in (*machine.of_dhcpd(), *machine.partner.of_dhcpd())}
            for each in (machine, machine.partner):
                each.saved = Phase.NORMAL
                each.write_dhcpd(list(both.values()))
        return Change(before is not machine.saved, NAME, "", "", "", None, None, None, None)


@dataclass
class FakeKea:
    machine: Machine

    def places(self) -> Places:
        return Places("kea-dhcp4-server", str(self.machine.config), str(self.machine.table))

    def read_config(self) -> None:
        return None

    def read_root(self) -> Node:
        return parse(self.machine.config.read_text(), {}).root or Node()

    def channel(self, _configuration: None) -> FakeKea:
        return self

    @contextmanager
    def explained(self, _configuration: None) -> Iterator[None]:
        yield

    def answer(self, _names: object, states_only: bool) -> Answer:
        assert states_only
        machine = self.machine
        if not machine.running[KEA] or machine.ends:
            raise ControlError("it does not run")
        phase = machine.kea_phase()
        state = {Phase.NORMAL: "hot-standby", Phase.ALONE: "partner-down"}.get(
            phase, machine.syncing or "in-maintenance"
        )
        serving = not (machine.deaf or machine.maintenance or machine.closed or machine.syncing)
        # A standby leaves the clients to its partner.
        serving = serving and (phase is not Phase.NORMAL or machine.side == PRIMARY)
        partner = machine.partner.kea_phase() if machine.partner.running[KEA] else Phase.UNKNOWN
        report = Report(NAME, state, "", phase, partner, serving, role=machine.side, peer_port=8000)
        return Answer(True, "2.6.3", time.time(), [report] if machine.related else [])

    def configured(self) -> list[Report]:
        return [Report(NAME, "", "")] if self.machine.related else []

    def act(self, verb: str, *_arguments: object, **_options: object) -> Change:
        if verb == "take_over":
            self.machine.partner.maintenance = True
        elif verb == "give_back":
            self.machine.partner.maintenance = False
        return Change(True, NAME, "", "", "", None, None, None, None)

    def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Node:
        machine, arguments = self.machine, arguments or {}
        machine.asked.append(command)
        if not machine.running[KEA] or machine.ends:
            raise ControlError("it does not run")
        if command == "config-get":
            interfaces = [] if machine.deaf else ["eth0"]
            main = {**json.loads(machine.config.read_bytes())["Dhcp4"], "interfaces-config": {"interfaces": interfaces}}
            return parse(json.dumps({"Dhcp4": main}), {}).root or Node()
        if command == "status-get":
            told = {"sockets": {"status": "failed" if machine.closed else "ready"}}
            return parse(json.dumps(told), {}).root or Node()
        if command == "config-reload":
            machine.read_config()
        elif command == "lease4-get-page":
            start = 0 if arguments["from"] == "start" else parse_address(arguments["from"]) or 0
            page = [held for address, held in sorted(machine.held.items()) if address > start][: arguments["limit"]]
            if not page:
                raise RefusedError(EMPTY, "0 IPv4 lease(s) found.")
            return Node({"leases": [Node(_shown(held)) for held in page]})
        elif command == "lease4-get":
            address = parse_address(arguments["ip-address"]) or 0
            if address not in machine.held:
                raise RefusedError(EMPTY, "Lease not found.")
            return Node(_shown(machine.held[address]))
        elif command == "lease4-del":
            del machine.held[parse_address(arguments["ip-address"]) or 0]
            machine.write_kea()
        else:
            assert command == "lease4-update", command
            address = parse_address(arguments["ip-address"]) or 0
            granted = arguments["expire"] - arguments["valid-lft"]
            shown = {**arguments, "cltt": granted}
            machine.held[address] = kea.from_answer(shown)[0]
            machine.write_kea()
        return Node()


def _shown(held: Binding) -> dict[str, Any]:
    found = kea.arguments(held, 7)
    return {**found, "cltt": found["expire"] - found["valid-lft"], "ip-address": format_address(held.address)}


def pair(folder: Path) -> dict[str, Machine]:
    """Both machines, with dhcpd."""
    found = {side: Machine(folder / side, side) for side in (PRIMARY, SECONDARY)}
    found[PRIMARY].partner, found[SECONDARY].partner = found[SECONDARY], found[PRIMARY]
    return found
