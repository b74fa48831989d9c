# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab of systemd-nspawn machines consists of: names, files, rules, commands. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import (
    LINK_NAME_MAX,
    MARK,
    Interface,
    Network,
    PlanError,
    hashed_name,
    host_name,
    management,
    read_interfaces,
    read_lab,
    read_name,
    repeated,
)


@dataclass(frozen=True)
class Machine:
    name: str
    hostname: str
    release: str
    base: str
    """Path of the tree that it shares with others."""
    interfaces: tuple[Interface, ...]

    @property
    def address(self) -> str | None:
        """The address at which the host reaches it."""
        return management(self.interfaces)

    @property
    def definition(self) -> dict[str, Any]:
        """What it is built from. A machine with another definition is another machine."""
        return {
            "release": self.release,
            "base": self.base,
            "hostname": self.hostname,
            "interfaces": [
                {
                    "name": i.name,
                    "network": i.network.name,
                    "address": i.machine_address,
                    "gateway": i.gateway,
                    "mac": i.mac,
                }
                for i in self.interfaces
            ],
        }


@dataclass(frozen=True)
class Lab:
    name: str
    networks: tuple[Network, ...]
    machines: tuple[Machine, ...]

    @property
    def mark(self) -> str:
        return f"{MARK} lab {self.name}"

    @property
    def table(self) -> str:
        return f"netlab_{self.name}"

    @property
    def nat(self) -> bool:
        return any(network.nat for network in self.networks)

    @property
    def settings(self) -> dict[str, int]:
        """The least values of kernel settings that the lab needs on the host."""
        needs = {"net.ipv4.ip_forward": 1} if self.nat else {}
        # A machine's systemd takes about 7 inotify instances, and the default of 128 is for all of root's processes.
        return {**needs, "fs.inotify.max_user_instances": 1024} if self.machines else needs

    @cached_property
    def links(self) -> dict[tuple[str, str], str]:
        """(Machine, interface) -> the host's end of the cable."""
        ends = [(machine.name, interface.name) for machine in self.machines for interface in machine.interfaces]
        readable = {end: link_name(self.name, *end) for end in ends}
        uses = Counter([*readable.values(), *(network.bridge for network in self.networks)])
        return {
            end: name if uses[name] == 1 and len(name) <= LINK_NAME_MAX else hashed_name(self.name, *end)
            for end, name in readable.items()
        }

    def addressed_in(self, network: Network) -> list[Machine]:
        """The machines with an address of the provider in this network."""
        return [machine for machine in self.machines for i in machine.interfaces if i.address and i.network == network]

    def link(self, machine: Machine, interface: Interface) -> str:
        return self.links[machine.name, interface.name]


def machine_name(lab: str, machine: str) -> str:
    """What systemd-nspawn calls it."""
    return f"{lab}-{host_name(machine)}"


def link_name(lab: str, machine: str, interface: str) -> str:
    """A name that tells whose end it is: of each word of the machine's name the first letter, and all from a digit."""
    short = "".join(re.sub(r"^(.)[^0-9]*", r"\1", word) for word in re.split(r"[-_]", machine))
    return f"{lab}-{short}-{interface}"


def make_lab(
    name: str, networks: Sequence[Mapping[str, Any]], machines: Sequence[Mapping[str, Any]], bases: Mapping[str, str]
) -> Lab:
    """The lab that these variables describe. bases: release -> path of its base tree."""

    def read_machine(item: Mapping[str, Any], nets: Mapping[str, Network]) -> Machine:
        machine = read_name(item)
        release = str(item["release"])
        if release not in bases:
            known = ", ".join(sorted(bases)) or "none"
            raise ValueError(f'there is no base tree for release "{release}" (only {known})')
        interfaces = read_interfaces(name, machine, item.get("interfaces") or [], nets)
        return Machine(machine, host_name(machine), release, bases[release], interfaces)

    lab = Lab(name, *read_lab(name, networks, machines, read_machine))
    devices = [*lab.links.values(), *(network.bridge for network in lab.networks)]
    for complaint in repeated("the name of a link or bridge", devices):
        raise PlanError(f'The lab "{name}" cannot be built as declared: {complaint}.')
    return lab


def subnet_clashes(lab: Lab, addresses: Iterable[Mapping[str, Any]], routes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the host already uses a subnet of this lab, from `ip -json -4 address` and `ip -json -4 route`.

    A network in which the host has no address cannot clash: the host sends nothing there.
    """
    used: list[tuple[ipaddress.IPv4Network, str, str]] = []
    for link in addresses:
        for entry in link.get("addr_info", []):
            if "local" in entry:
                net = ipaddress.IPv4Network(f"{entry['local']}/{entry['prefixlen']}", strict=False)
                used.append((net, str(link.get("ifname")), f"the address {entry['local']}/{entry['prefixlen']}"))
    for route in routes:
        if route.get("dst", "default") != "default" and route.get("type", "unicast") == "unicast":
            net = ipaddress.IPv4Network(str(route["dst"]), strict=False)
            used.append((net, str(route.get("dev")), f"a route to {route['dst']}"))
    found: list[str] = []
    for network in lab.networks:
        if network.address is None:
            continue
        for net, device, what in used:
            if device != network.bridge and net.prefixlen > 0 and net.overlaps(network.subnet):
                found.append(
                    f'The subnet {network.subnet} of network "{network.name}" is in use on this host: interface '
                    f'{device} has {what}. Give network "{network.name}" another subnet, and its machines other '
                    "addresses."
                )
                break
    return found


def firewall_cure(ruleset: Mapping[str, Any], lab: Lab) -> str:
    """How the firewall of this host lets the lab's packets through, from `nft -j list chains`; empty: none is known."""
    chains = [item["chain"] for item in ruleset.get("nftables", []) if "chain" in item]
    names = {chain["name"] for chain in chains}
    bridges = [network.bridge for network in lab.networks]
    cures = []
    if any(chain["table"] == "firewalld" for chain in chains):
        words = " ".join(f"--add-interface={bridge}" for bridge in bridges)
        cures.append(f"firewalld runs here: firewall-cmd --zone=trusted {words}")
    if "ufw-user-forward" in names:
        rules = "; ".join(f"ufw route allow {way} on {bridge}" for bridge in bridges for way in ("in", "out"))
        cures.append(f"ufw runs here: {rules}")
    if "DOCKER-USER" in names:
        rules = "; ".join(f"iptables -I DOCKER-USER {way} {lab.name}-+ -j ACCEPT" for way in ("-i", "-o"))
        cures.append(f"Docker drops forwarded packets here: {rules}")
    if not cures:
        dropping = [
            f"{chain['family']} {chain['table']} {chain['name']}"
            for chain in chains
            if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in ("ip", "inet")
        ]
        subnets = ", ".join(str(network.subnet) for network in lab.networks)
        cures += [
            f"Chain {name} drops forwarded packets: accept those from and to {subnets} there" for name in dropping
        ]
    return "; ".join(cures)


def nat_ruleset(lab: Lab) -> str:
    """The lab's own nftables table: packets from its NAT networks leave under the host's address."""
    rules = "".join(
        f"\t\tip saddr {network.subnet} ip daddr != {network.subnet} masquerade\n"
        for network in lab.networks
        if network.nat
    )
    chain = f"\tchain postrouting {{\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n{rules}\t}}\n"
    digest = hashlib.sha256(chain.encode()).hexdigest()[:12]
    return f'table ip {lab.table} {{\n\tcomment "{lab.mark} {digest}"\n{chain}}}\n'


def nat_comment(ruleset: str) -> str | None:
    """The comment of a table, as `nft list table` and nat_ruleset print it: who made the table, and from what."""
    found = re.search(r'^\s*comment "([^"]*)"', ruleset, re.MULTILINE)
    return found.group(1) if found else None


def machine_files(lab: Lab, machine: Machine) -> dict[str, str]:
    """The files that make a tree this machine's; written once, when the tree is made."""
    files = {
        "etc/hostname": f"{machine.hostname}\n",
        "etc/hosts": f"127.0.0.1\tlocalhost\n127.0.1.1\t{machine.hostname}\n::1\tlocalhost ip6-localhost\n",
        "etc/machine-id": f"{uuid.uuid5(uuid.NAMESPACE_DNS, f'{machine.name}.{lab.name}.{MARK}').hex}\n",
        "etc/ssh/sshd_config.d/10-lab.conf": (
            "PermitRootLogin prohibit-password\nPasswordAuthentication no\nUseDNS no\n"
        ),
    }
    gateway_set = False
    for interface in machine.interfaces:
        if interface.address is None:
            continue  # left to whoever configures the machine
        lines = [
            "# Made by the lab provider.",
            "[Match]",
            f"Name={interface.name}",
            "",
            "[Network]",
            f"Address={interface.machine_address}",
            "DHCP=no",
            "LinkLocalAddressing=no",
            "IPv6AcceptRA=no",
        ]
        if interface.gateway and not gateway_set:
            lines.append(f"Gateway={interface.gateway}")
            gateway_set = True
        files[f"etc/systemd/network/10-{interface.name}.network"] = "\n".join(lines) + "\n"
    return files


def resolv_conf(nameservers: Iterable[str]) -> str:
    return "".join(f"nameserver {server}\n" for server in nameservers)


def nameservers(*resolv_confs: str) -> list[str]:
    """The name servers of the first of these texts that has one off the loopback, so that a machine can reach it."""
    for text in resolv_confs:
        servers = re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)
        reachable = [server for server in servers if not server.startswith("127.") and server != "::1"]
        if reachable:
            return reachable[:3]
    return []


def nspawn_command(lab: Lab, machine: Machine, tree: str, netns: str) -> list[str]:
    """The command that starts the machine in a network namespace that has all its interfaces."""
    return [
        "systemd-nspawn",
        "--quiet",
        f"--directory={tree}",
        "--boot",
        "--register=no",
        "--keep-unit",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        f"--network-namespace-path={netns}",
        "--capability=CAP_NET_ADMIN",
        f"--machine={machine_name(lab.name, machine.name)}",
    ]


def nspawn_environment(libraries: Iterable[str]) -> dict[str, str]:
    """The environment of that command. libraries: the file names of the libraries of the machine's systemd.

    The machine may write to /proc/sys/net of its network namespace, as with --private-network. A systemd that knows
    only cgroup v2 gets it on a host with both versions, too, where systemd-nspawn would choose v1.
    """
    versions = [int(number) for name in libraries for number in re.findall(r"^libsystemd-core-(\d+)", name)]
    only_v2 = any(version >= 258 for version in versions)
    return {
        "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
        **({"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"} if only_v2 else {}),
    }


def unit_command(
    lab: Lab, machine: Machine, console: str, environment: Mapping[str, str], command: Sequence[str]
) -> list[str]:
    """The same command as a transient unit, where systemd is the host's PID 1."""
    properties = {
        "Delegate": "yes",
        "KillMode": "mixed",
        "TasksMax": "16384",
        "Slice": "machine.slice",
        "Description": f"{machine.name} of {lab.mark}",
        "StandardOutput": f"truncate:{console}",
        "StandardError": "inherit",
        "SuccessExitStatus": "133",
    }
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        "--service-type=exec",
        f"--unit=netlab-{lab.name}-{machine.hostname}",
        *(f"--property={key}={value}" for key, value in properties.items()),
        *(f"--setenv={key}={value}" for key, value in environment.items()),
        *command,
    ]
