# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what each way of moving a pair from dhcpd to Kea costs its clients, as a table for docs/operate/migrate-why.md.

    .venv/bin/python tests/bench/moves.py [--release 2.6.3] [--lease 60] [--way pivot ...]

Two servers with real daemons, in network namespaces of this host, and clients that renew, come and go. DHCPD names the
daemon, KEA the folder with a root for each release of Kea. It needs root. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "system"))
from harness import find_dhcpd, find_kea, until
from kea_roots import ENVIRONMENT, inside
from test_probe import Network

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import (
    Episode,
    figures,
    holdings,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import files
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import Transaction
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import Channel
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import Configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import NotYetError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import Host
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    Account,
    for_kea,
    merge,
    read_dhcpd,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import next_step, turns
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import derive_halves
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

ADDRESSES = {PRIMARY: "192.0.2.2", SECONDARY: "192.0.2.3"}
FIRST, LAST = "192.0.2.100", "192.0.2.199"
CLIENTS, RATE, STAY = 50, 0.5, 40.0
# How long one file is old, or two daemons share the pool.
PAUSE = 60
RELATIONSHIP, KEY = "pair", base64.b64encode(b"a key for an hour of experiments").decode()
CLONE_NEWNET = 0x40000000
DHCPD_CONF = (
    'omapi-port 7911; key k {{ algorithm hmac-sha256; secret "{key}"; }} omapi-key k; authoritative; ping-check off;'
    " default-lease-time {lease}; max-lease-time {lease}; min-lease-time {lease};"
    ' failover peer "{name}" {{ {side}; address {own}; peer address {other}; port 647; peer port 647;'
    " max-response-delay 10; max-unacked-updates 10; load balance max seconds 3; {more} }}"
    ' subnet 192.0.2.0 netmask 255.255.255.0 {{ pool {{ failover peer "{name}"; deny dynamic bootp clients;'
    " range {first} {last}; }} }}"
)


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Use the network of a namespace."""
    setns = ctypes.CDLL(None, use_errno=True).setns
    with Path("/proc/self/ns/net").open("rb") as home, Path("/run/netns", namespace).open("rb") as other:
        try:
            assert setns(other.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            yield
        finally:
            setns(home.fileno(), CLONE_NEWNET)


class PlacedKea(KeaControl):
    """Kea with its socket in the folder of its server."""

    def channel(self, configuration: Configuration) -> Channel:
        return Channel(str(Path(self.config).parents[1] / "run" / Path(str(configuration.socket)).name), self.timeout)


@dataclass
class Server:
    """A server with both daemons."""

    network: Network
    root: Path
    side: str
    lease: int
    balanced: bool = False
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    enabled: dict[str, bool] = field(default_factory=lambda: {DHCPD: True, KEA: False})

    def __post_init__(self) -> None:
        self.network.namespace(self.side)
        self.network.plug(self.side, ADDRESSES[self.side])
        self.network.ip(self.side, "link", "set", "lo", "up")
        inside(self.root, self.place)
        partner = ADDRESSES[SECONDARY if self.side == PRIMARY else PRIMARY]
        values = {"side": self.side, "own": ADDRESSES[self.side], "other": partner, "first": FIRST, "last": LAST}
        more = f"mclt {self.lease}; split 128;" if self.side == PRIMARY else ""
        text = DHCPD_CONF.format(**values, key=KEY, lease=self.lease, name=RELATIONSHIP, more=more)
        (self.place / "dhcpd.conf").write_text(text)
        self.database.touch()

    @property
    def place(self) -> Path:
        return self.network.folder / self.side

    @property
    def database(self) -> Path:
        return self.place / "dhcpd.leases"

    @property
    def table(self) -> Path:
        return self.place / "lib/kea-leases4.csv"

    @property
    def config(self) -> Path:
        return self.place / "etc/kea-dhcp4.conf"

    def kea_conf(self) -> dict[str, Any]:
        """What the role would write."""
        names = {PRIMARY: "one", SECONDARY: "two"}
        relationship = {"name": RELATIONSHIP, "primary": "one", "secondary": "two", "takeover": "automatic"}
        relationship["mode"] = "load-balancing" if self.balanced else "hot-standby"
        addresses: dict[str, str | None] = {names[side]: address for side, address in ADDRESSES.items()}
        pools = [{"failover": RELATIONSHIP, "ranges": [f"{FIRST}-{LAST}"]}]
        declared = {
            **{f"{name}_lease_time": self.lease for name in ("default", "max", "min")},
            "authoritative": True,
            "name": names[self.side],
            "daemon": KEA,
            "address": ADDRESSES[self.side],
            "interfaces": [{"name": "eth0"}],
            "failover": derive_halves([relationship], names[self.side], addresses, KEA),
            "subnets": [{"subnet": "192.0.2.0/24", "pools": pools}],
        }
        found: dict[str, Any] = json.loads(json.dumps(dialect(KEA).render(declare(declared))))
        return found

    # The daemons

    def start(self, name: str) -> None:
        if name == DHCPD:
            words: list[str | Path] = [self.network.dhcpd, "-4", "-f", "-d", "--no-pid"]
            words += ["-cf", self.place / "dhcpd.conf", "-lf", self.database, "eth0"]
        else:
            for socket in (self.place / "run").glob("*socket"):
                socket.unlink()
            if not self.config.exists():
                self.config.write_text(json.dumps(self.kea_conf()))
            words = [*inside(self.root, self.place, "/usr/sbin/kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf")]
        with (self.place / f"{name}.log").open("ab") as log:
            command = self.network.inside(self.side, *words)
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, env=ENVIRONMENT)

    def stop(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def log(self, name: str) -> str:
        return (self.place / f"{name}.log").read_text(errors="replace")

    # As host.py sees it

    def systemctl(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        name = KEA if "kea" in words[-1] else DHCPD
        verb, told = words[1], ""
        if verb == "show":
            states = "active" if name in self.running else "inactive", "enabled" if self.enabled[name] else "disabled"
            told = f"LoadState=loaded\nActiveState={states[0]}\nUnitFileState={states[1]}\n"
        elif verb == "start":
            self.start(name)
        elif verb == "stop":
            self.stop(name)
        elif verb in ("enable", "disable"):
            self.enabled[name] = verb == "enable"
        return subprocess.CompletedProcess(list(words), 0, told, "")

    def host(self, goal: str, method: str) -> Host:
        row = files.ManagedFile("config", str(self.config), "", owner="root", group="root", mode="0640")
        folder = str(self.place / "run")
        daemon = files.Daemon("kea-dhcp4-server", "", str(self.config), (), folder, str(self.table), "root", "", "")
        contents = {str(self.config): json.dumps(self.kea_conf()).encode()}
        return Host(
            {
                DHCPD: DhcpdControl(str(self.place / "dhcpd.conf"), lease_file=str(self.database)),
                KEA: PlacedKea(str(self.config), lease_file=str(self.table)),
            },
            {name: lambda name=name: name in self.running for name in (DHCPD, KEA)},  # type: ignore[misc]
            self.systemctl,
            Transaction(files.Managed("Debian", daemon, (row,)), self.systemctl, contents),
            lambda name: self.root.name if name == KEA else "4.4.3-P1",
            goal=goal,
            method=method,
            partner="stopped",
            mclt={RELATIONSHIP: self.lease},
            journal=self.place / "migration.json",
        )

    # Leases

    def leases(self) -> list[Binding]:
        with self.database.open("rb") as stream:
            return list(read_dhcpd(stream, time.time(), tempfile.TemporaryFile, growing=True))

    def load(self, *databases: Sequence[Binding]) -> None:
        """Write Kea's lease file from these."""
        now, form = time.time(), kea.form_of(self.root.name)
        number = int(self.kea_conf()["Dhcp4"]["subnet4"][0]["id"])
        merged = merge(databases[0], databases[1] if len(databases) > 1 else (), now, Account())
        placed = for_kea(merged, lambda _address: number, form, now, Account())
        self.table.write_bytes(b"".join(kea.table(placed, form)))


# --- the ways -----------------------------------------------------------------------------------------------------

Pair = Mapping[str, Server]


def both(pair: Pair, verb: str, name: str) -> None:
    for server in pair.values():
        getattr(server, verb)(name)


def planned(pair: Pair, method: str) -> None:
    """As the playbook does it, but without Ansible."""
    folder = pair[PRIMARY].network.folder
    while True:
        seen = []
        for side, server in pair.items():
            with entered(f"{server.network.prefix}-{side}"):
                seen.append(server.host(KEA, method).look())
        step = next_step(KEA, seen[0], seen[1], method)
        if step is None:
            return
        print(f"  {step.name}", file=sys.stderr, flush=True)
        for turn in turns(step):
            host, partner = pair[turn.side].host(KEA, method), SECONDARY if turn.side == PRIMARY else PRIMARY
            given = folder / f"{partner}.gz" if turn.takes else None
            with entered(f"{pair[turn.side].network.prefix}-{turn.side}"):
                for act in turn.acts:
                    try:
                        host.do(act, given)
                    except NotYetError as error:
                        raise AssertionError(f"{step.name}: {act}: {error}") from error
                if turn.gives:
                    host.give(folder / f"{turn.side}.gz")
                host.close()


def pivot(pair: Pair) -> None:
    """`migrate`"""
    planned(pair, PIVOT)


def cold(pair: Pair) -> None:
    """`migrate` with `migrate_method: cold`"""
    planned(pair, COLD)


def empty(pair: Pair) -> None:
    """dhcpd stops on both servers, Kea starts on both without leases"""
    both(pair, "stop", DHCPD)
    both(pair, "start", KEA)


def rolling(pair: Pair) -> None:
    """one server after the other, a minute apart; each Kea starts without leases"""
    pair[SECONDARY].stop(DHCPD)
    pair[SECONDARY].start(KEA)
    time.sleep(PAUSE)
    pair[PRIMARY].stop(DHCPD)
    pair[PRIMARY].start(KEA)


def rolling_with_leases(pair: Pair) -> None:
    """the same; the Kea that starts first has the leases of its server"""
    pair[SECONDARY].stop(DHCPD)
    pair[SECONDARY].load(pair[SECONDARY].leases())
    pair[SECONDARY].start(KEA)
    time.sleep(PAUSE)
    pair[PRIMARY].stop(DHCPD)
    pair[PRIMARY].start(KEA)


def earlier(pair: Pair) -> None:
    """the lease file of one server is converted; a minute later dhcpd stops on both, Kea starts on both with it"""
    found = pair[SECONDARY].leases()
    time.sleep(PAUSE)
    both(pair, "stop", DHCPD)
    for server in pair.values():
        server.load(found)
    both(pair, "start", KEA)


def one_side(pair: Pair) -> None:
    """dhcpd stops on both, the lease file of one server is converted, Kea starts on both with it"""
    both(pair, "stop", DHCPD)
    for server in pair.values():
        server.load(pair[PRIMARY].leases())
    both(pair, "start", KEA)


def halves(pair: Pair) -> None:
    """dhcpd stops on both, all leases are converted, Kea starts in load balancing, each with half of the pool"""
    both(pair, "stop", DHCPD)
    for server in pair.values():
        server.balanced = True
        server.load(pair[PRIMARY].leases(), pair[SECONDARY].leases())
    both(pair, "start", KEA)


WAYS: dict[str, Callable[[Pair], None]] = {
    way.__name__: way for way in (pivot, cold, empty, rolling, rolling_with_leases, earlier, one_side, halves)
}


# --- the clients --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What the clients saw. Numbers of clients; seconds."""

    refused: int
    moved: int
    shared: int
    expired: int
    waited: float | None


def measure(way: Callable[[Pair], None], root: Path, lease: int, folder: Path) -> Cost:
    record, stop = folder / "record", folder / "stop"
    with Network(folder, find_dhcpd()) as network:
        pair = {side: Server(network, root, side, lease) for side in ADDRESSES}
        try:
            both(pair, "start", DHCPD)
            for server in pair.values():
                until(lambda server=server: "Both servers normal" in server.log(DHCPD), "normal")  # type: ignore[misc]
            patience = {"initial": 1, "maximum": 4, "jitter": 0.2, "renew_minimum": 3}
            arguments = {"clients": CLIENTS, "rate": RATE, "stay": STAY, "duration": 3600, "retransmission": patience}
            paths = {"record": str(record), "stop_file": str(stop)}
            with network.running(verb="run", **arguments, **paths) as process:
                # Short leases are renewed once, so that both servers have given some.
                settled = "renew" if lease <= PAUSE else "acquire"
                until(lambda: record.exists() and has(record, settled) >= CLIENTS, "every client has a lease")

                begin = time.time()
                way(pair)
                # Every client renews at least twice.
                time.sleep(2 * lease)
                stop.touch()
                process.communicate(timeout=60)
        finally:
            for server in pair.values():
                for name in (DHCPD, KEA):
                    server.stop(name)
    return judge(exchanges(record), begin)


def exchanges(record: Path) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in record.read_text().splitlines() if line.endswith("}"))
    return [line for line in lines if line["record"] == "exchange"]


def has(record: Path, kind: str) -> int:
    """How many clients have an acknowledgement of this kind."""
    return len({one["client"] for one in exchanges(record) if (one["kind"], one["result"]) == (kind, "ack")})


def judge(found: Sequence[Mapping[str, Any]], begin: float) -> Cost:
    end = max(one["ended"] for one in found)
    held: dict[str, set[str]] = {}
    present = [holding for holding in holdings(found) if holding.end > begin]
    for holding in present:
        held.setdefault(holding.client, set()).add(holding.address)
    at_once = {
        one.address
        for one, other in itertools.combinations(present, 2)
        if one.address == other.address and one.client != other.client
        if max(one.start, other.start, begin) < min(one.end, other.end)
    }
    after = [one for one in found if one["ended"] > begin]
    return Cost(
        refused=len({one["client"] for one in after if one["result"] == "nak" or one["naks"]}),
        moved=sum(len(addresses) > 1 for addresses in held.values()),
        shared=len(at_once),
        expired=len({one["client"] for one in after if one["kind"] == "expire"}),
        waited=figures(found, [], Episode("", begin, end, end, 0, ""))["takeover"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--release", default="2.6.3")
    parser.add_argument("--lease", type=int, default=60, help="seconds (default: 60)")
    parser.add_argument("--way", choices=WAYS, nargs="+", default=list(WAYS))
    parser.add_argument("--keep", type=Path, help="a folder for the records and the daemons' logs")
    arguments = parser.parse_args()
    root = find_kea()[arguments.release]
    print(
        f"Kea {arguments.release}, {os.cpu_count()} processors; {CLIENTS} clients with leases of {arguments.lease} s, "
        f"and {RATE * 60:.0f} new ones a minute, in a pool of 100 addresses.\n"
    )
    print(
        "| way | got a NAK | got another address | addresses with two clients | lost its lease | longest wait | load |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in arguments.way:
        with tempfile.TemporaryDirectory(prefix="moves-") as folder:
            cost = measure(WAYS[name], root, arguments.lease, Path(folder))
            if arguments.keep:
                shutil.copytree(folder, arguments.keep / name, ignore=shutil.ignore_patterns("*socket*", "dhcpd"))
        waited = "-" if cost.waited is None else f"{cost.waited:.1f} s"
        print(
            f"| {WAYS[name].__doc__} | {cost.refused} | {cost.moved} | {cost.shared} | {cost.expired} | {waited} "
            f"| {os.getloadavg()[1]:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
