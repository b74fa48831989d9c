# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of systemd-nspawn machines on this host: what is there, and the steps from there to what is wanted.

Private to this collection.

Nothing here trusts a record more than the host itself. A machine runs if a systemd-nspawn process of this PID
namespace runs in its tree; a bridge, a link or a table is ours if it carries our mark. So an aborted run, or a reboot
of the host, is just another state to start from.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import MARK, Network, mac_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    Command,
    delete_link,
    ip_batch,
    ip_json,
    remove_tree,
    run,
    write_atomically,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_machines import Machines
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import (
    Lab,
    firewall_cure,
    nat_comment,
    nat_ruleset,
    subnet_clashes,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.settings import KernelSettings, read_setting


@dataclass
class LabOnHost:
    lab: Lab
    root: Path
    """Folder of all labs' state."""
    servers: Sequence[str] = ()
    """Name servers of the machines; none: the host's."""
    _links: dict[str, dict[str, Any]] = field(default_factory=dict)
    _addresses: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machines = Machines(self.lab, self.folder, self.servers)
        self.settings = KernelSettings(self.root, self.lab.name)

    # Places.

    @property
    def folder(self) -> Path:
        return self.root / self.lab.name

    @property
    def lock(self) -> Path:
        return self.root / f".{self.lab.name}.lock"

    # What is there.

    def look(self) -> None:
        self._links = {str(link["ifname"]): link for link in ip_json("-details", "link", "show")}
        self._addresses = ip_json("-4", "address", "show")
        self.machines.look()

    def _ours(self, link: str) -> bool:
        alias = str(self._links.get(link, {}).get("ifalias", ""))
        return alias == self.lab.mark or alias.startswith(f"{self.lab.mark} ")

    def _table(self) -> str | None:
        """The comment of the table with our name; None: there is no such table."""
        if shutil.which("nft") is None:
            return None
        done = run(["nft", "list", "table", "ip", self.lab.table], check=False)
        return None if done.returncode else nat_comment(done.stdout) or ""

    # What must not be touched.

    def refusals(self) -> list[str]:
        """Names and subnets of this lab that belong to something else on this host."""
        found: list[str] = []
        if self.folder.exists() and not (self.folder / "lab.json").exists() and any(self.folder.iterdir()):
            found.append(
                f"The folder {self.folder} was not made by a lab provider (no lab.json in it). "
                "Move it away, or choose another name for the lab."
            )
        for network in self.lab.networks:
            if network.bridge in self._links and not self._ours(network.bridge):
                found.append(
                    f'The interface {network.bridge}, which network "{network.name}" needs as its bridge, exists and '
                    f'was not made by lab "{self.lab.name}" ({self._describe(network.bridge)}). Choose another name '
                    f"for the lab, or, if it is not needed: ip link delete {network.bridge}"
                )
        for machine in self.lab.machines:
            for interface in machine.interfaces:
                link = self.lab.link(machine, interface)
                if link in self._links and not self._ours(link):
                    found.append(
                        f'The interface {link}, which machine "{machine.name}" needs as the host\'s end of '
                        f'{interface.name}, exists and was not made by lab "{self.lab.name}" ({self._describe(link)}). '
                        f"Choose another name for the lab, or, if it is not needed: ip link delete {link}"
                    )
        comment = self._table()
        if comment is not None and not comment.startswith(f"{self.lab.mark} "):
            found.append(
                f'The nftables table "ip {self.lab.table}" exists and was not made by lab "{self.lab.name}". Choose '
                f"another name for the lab, or, if it is not needed: nft delete table ip {self.lab.table}"
            )
        found.extend(subnet_clashes(self.lab, self._addresses, ip_json("-4", "route", "show", "table", "all")))
        return found

    def _describe(self, link: str) -> str:
        item = self._links[link]
        kind = item.get("linkinfo", {}).get("info_kind", "device")
        alias = item.get("ifalias")
        return f'a {kind} with alias "{alias}"' if alias else f"a {kind} without our mark"

    # From there to the lab.

    def steps_present(self) -> list[Command]:
        steps: list[Command] = []
        if self._claim() != self._lab_json():
            sign = "~" if self.folder.exists() else "+"
            steps.append(Command(f"{sign} folder {self.folder}", self._make_folder))
        if not self.machines.has_key():
            steps.append(Command(f"+ SSH key {self.machines.key}", self._make_key, 1))
        wanted = {machine.name for machine in self.lab.machines}
        for name in self.machines.built():
            if name not in wanted:
                remove = partial(self.machines.remove, name)
                steps.append(Command(f"- machine {name} (no longer declared)", remove, 1))
        bridges = {network.bridge for network in self.lab.networks}
        links = set(self.lab.links.values())
        for name in self._links:
            if self._ours(name) and name not in bridges and name not in links and self._kind(name) == "bridge":
                steps.append(Command(f"- bridge {name}", partial(delete_link, name), 2))
        for network in self.lab.networks:
            steps.extend(self._network_steps(network))
        comment = self._table()
        if self.lab.nat and comment != nat_comment(nat_ruleset(self.lab)):
            steps.append(Command(f"+ nftables table ip {self.lab.table} (NAT)", self._make_table, 3))
        elif not self.lab.nat and comment is not None:
            steps.append(Command(f"- nftables table ip {self.lab.table}", self._delete_table, 3))
        needed = self.lab.settings
        for name, now in self.settings.too_low(needed).items():
            steps.append(
                Command(f"~ {name} {now} -> {needed[name]}", partial(self.settings.raise_to, name, needed[name]), 3)
            )
        for machine in self.lab.machines:
            steps.extend(self.machines.steps(machine, self._links))
        known_hosts = self.machines.known_hosts
        if not known_hosts.exists() or any(step.line.startswith("+ machine") for step in steps):
            steps.append(Command(f"~ {known_hosts}", self.machines.write_known_hosts, 6))
        return steps

    def _kind(self, link: str) -> str:
        return str(self._links[link].get("linkinfo", {}).get("info_kind", ""))

    def _lab_json(self) -> Any:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))
        return None

    def _claim(self) -> dict[str, Any]:
        return {"made_by": MARK, "lab": self.lab.name, "settings": self.lab.settings}

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        # Trees hold set-uid programs, the ssh folder a key: only root may look in here.
        self.folder.chmod(0o700)
        write_atomically(self.folder / "lab.json", json.dumps(self._claim()) + "\n")

    def _make_key(self) -> None:
        key = self.machines.key
        key.parent.mkdir(mode=0o700, exist_ok=True)
        for path in (key, key.with_suffix(".pub")):
            path.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.lab.mark, "-f", str(key)])

    def _network_steps(self, network: Network) -> list[Command]:
        bridge = network.bridge
        what = f"bridge {bridge}" + (f", the host has {network.host_address}" if network.address else "")
        link = self._links.get(bridge)
        if link is None:
            return [Command(f"+ {what}", partial(self._make_bridge, network), 3)]
        has = [
            f"{entry['local']}/{entry['prefixlen']}"
            for item in self._addresses
            if item.get("ifname") == bridge
            for entry in item.get("addr_info", [])
        ]
        wants = [network.host_address] if network.host_address else []
        if has != wants or "UP" not in link.get("flags", []):
            return [Command(f"~ {what}", partial(self._set_up_bridge, network), 3)]
        return []

    def _make_bridge(self, network: Network) -> None:
        ip_batch(
            # A hardware address of its own: the default is its lowest port's and would change with the machines.
            f"link add name {network.bridge} address {mac_address(self.lab.name, 'host', network.name)} "
            "type bridge forward_delay 0",
            f'link set dev {network.bridge} alias "{self.lab.mark} network {network.name}"',
        )
        self._set_up_bridge(network)

    def _set_up_bridge(self, network: Network) -> None:
        lines = [f"address flush dev {network.bridge}"]
        if network.host_address:
            lines.append(f"address add {network.host_address} dev {network.bridge}")
        else:
            lines.append(f"link set dev {network.bridge} addrgenmode none")  # not by IPv6 either
        ip_batch(*lines, f"link set dev {network.bridge} up")

    def _make_table(self) -> None:
        table = f"table ip {self.lab.table}"
        # Declared, deleted and declared again, so that one transaction replaces it whether it existed or not.
        run(["nft", "-f", "-"], stdin=f"{table}\ndelete {table}\n{nat_ruleset(self.lab)}")

    def _delete_table(self) -> None:
        run(["nft", "delete", "table", "ip", self.lab.table])

    # From there to nothing.

    FORGET = 4
    """The stage from which on the lab's records go; only when nothing else of it is left."""

    def steps_absent(self) -> list[Command]:
        steps: list[Command] = []
        running = self.machines.running()
        if running:
            steps.append(Command(f"- running machines {', '.join(running)}", partial(self.machines.kill, running), 0))
        for name in self.machines.built():
            steps.append(Command(f"- machine {name}", partial(self.machines.remove, name), 1))
        for name in self._links:
            if self._ours(name):
                patience = 10 if running and self._kind(name) == "veth" else 0
                steps.append(Command(f"- {self._kind(name)} {name}", partial(delete_link, name, patience), 2))
        comment = self._table()
        if comment is not None and comment.startswith(f"{self.lab.mark} "):
            steps.append(Command(f"- nftables table ip {self.lab.table}", self._delete_table, 3))
        if isinstance(self._lab_json(), dict):
            for name, before in self.settings.to_put_back().items():
                put_back = partial(self.settings.put_back, name)
                steps.append(Command(f"~ {name} {read_setting(name)} -> {before}", put_back, 3))
        if (self.folder / "lab.json").exists():
            steps.append(Command(f"- folder {self.folder}", partial(remove_tree, self.folder), self.FORGET))
        if self.lock.exists():
            steps.append(Command(f"- {self.lock}", self.forget, 5))
        return steps

    def forget(self) -> None:
        """Remove the last traces: the lock, and the folder of all labs if this was the last one."""
        self.lock.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if not any(self.root.glob("*/lab.json")):
                for path in (self.settings.lock, self.settings.record):
                    path.unlink(missing_ok=True)
                self.root.rmdir()

    # Whether packets pass. Firewalls are too many to be read, so their effect is tried.

    def refusal_of_neighbours(self) -> str:
        """Why the machines do not reach each other; empty: they do."""
        for network in self.lab.networks:
            one, other = [*self.lab.addressed_in(network), None, None][:2]
            if one and other and not self.machines.reaches(one, other):
                cure = self._cure() or "Accept in the host's firewall what passes between the ports of its bridges"
                return (
                    f'Machine "{one.name}" cannot reach machine "{other.name}" in network "{network.name}", so two '
                    "servers would not be a pair. A firewall of this host filters what passes its bridges. "
                    f"{cure}. Then run this again."
                )
        return ""

    def refusal_of_packages(self) -> str:
        """Why the machines cannot fetch packages through the NAT; empty: they can, or there is no NAT."""
        with_nat = [network for network in self.lab.networks if network.nat]
        machine = next((machine for network in with_nat for machine in self.lab.addressed_in(network)), None)
        said = self.machines.fetch_complaint(machine) if machine else ""
        if not machine or not said:
            return ""
        servers = ", ".join(self.machines.nameservers())
        cure = self._cure() or (
            f"Check whether this host itself reaches the mirror, its name servers ({servers}), and whether it needs "
            "a proxy (nspawn_host_apt_options)"
            if servers
            else "This host has no name server outside its own loopback, so the machines have none: name one "
            "(nspawn_host_nameservers)"
        )
        return f'Machine "{machine.name}" cannot fetch packages: {said}. {cure}. Then run this again.'

    def _cure(self) -> str:
        done = run(["nft", "--json", "list", "chains"], check=False) if shutil.which("nft") else None
        return firewall_cure(json.loads(done.stdout or "{}") if done else {}, self.lab)
