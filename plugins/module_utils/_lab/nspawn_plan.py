# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab of systemd-nspawn machines is to be: names, addresses, files, rules. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

MARK = "netlab.dhcp_failover"
"""Everything made on the host says this, followed by the lab's name."""

LINK_NAME_MAX = 15  # the kernel's IFNAMSIZ, less its closing zero
_LAB = re.compile(r"[a-z][a-z0-9]{0,9}")
_NAME = re.compile(r"[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_LINK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_RELEASE = re.compile(r"[a-z]+")


class PlanError(ValueError):
    """The lab cannot be built as it was written; every complaint in one message."""


@dataclass(frozen=True)
class Network:
    name: str
    bridge: str
    subnet: ipaddress.IPv4Network
    address: ipaddress.IPv4Address | None
    """The host's own address in it; none: the host takes no part."""
    nat: bool

    @property
    def host_address(self) -> str | None:
        return f"{self.address}/{self.subnet.prefixlen}" if self.address else None


@dataclass(frozen=True)
class Interface:
    name: str
    network: Network
    link: str
    """The host's end of the cable."""
    address: ipaddress.IPv4Address | None
    mac: str


@dataclass(frozen=True)
class Machine:
    name: str
    hostname: str
    release: str
    base: str
    """Path of the tree it is copied from."""
    interfaces: tuple[Interface, ...]

    @property
    def management(self) -> Interface | None:
        """The interface that the host reaches it on."""
        return next((i for i in self.interfaces if i.address and i.network.address), None)

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
                    "link": i.link,
                    "address": f"{i.address}/{i.network.subnet.prefixlen}" if i.address else None,
                    "gateway": str(i.network.address) if i.network.nat and i.address else None,
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
        """Kernel settings of the host that the lab needs at least so high."""
        needs = {"net.ipv4.ip_forward": 1} if self.nat else {}
        # A machine's systemd takes about 7 inotify instances, and the default of 128 is for all of root's processes.
        return {**needs, "fs.inotify.max_user_instances": 1024} if self.machines else needs

    def links(self) -> Iterator[str]:
        for machine in self.machines:
            for interface in machine.interfaces:
                yield interface.link


def host_name(machine: str) -> str:
    """The seed's names have underscores, which neither systemd-nspawn nor hostname(1) accept."""
    return machine.replace("_", "-")


def machine_name(lab: str, machine: str) -> str:
    """What systemd-nspawn calls it."""
    return f"{lab}-{host_name(machine)}"


def link_name(lab: str, machine: str, interface: str) -> str:
    """A name for the host's end that tells what it is (lab-ds1-ens9), or at least is unique (lab-3f2a9c1d)."""
    words = re.split(r"[-_]", machine)
    short = "".join(word[:1] for word in words) + "".join(re.findall(r"[0-9]+$", words[-1][1:]))
    name = f"{lab}-{short}-{interface}"
    if len(name) <= LINK_NAME_MAX:
        return name
    return f"{lab}-{hashlib.sha256(f'{machine}/{interface}'.encode()).hexdigest()}"[:LINK_NAME_MAX]


def mac_address(lab: str, machine: str, interface: str) -> str:
    """A locally administered address that stays the same when the machine is built again."""
    digest = hashlib.sha256(f"{lab}/{machine}/{interface}".encode()).hexdigest()
    return ":".join(["52", "54", "00", digest[0:2], digest[2:4], digest[4:6]])


def make_lab(
    name: str, networks: Sequence[Mapping[str, Any]], machines: Sequence[Mapping[str, Any]], bases: Mapping[str, str]
) -> Lab:
    """The lab that these variables describe. bases: release -> path of its base tree."""
    if not _LAB.fullmatch(name):
        raise PlanError(f'lab "{name}": the name must be 1 to 10 lower case letters and digits, a letter first')
    complaints: list[str] = []
    nets: dict[str, Network] = {}
    for item in networks:
        try:
            network = _network(name, item)
        except ValueError as error:
            complaints.append(f'network "{item.get("name")}": {error}')
            continue
        if network.name in nets:
            complaints.append(f'network "{network.name}": declared twice')
        nets[network.name] = network
    made: list[Machine] = []
    for item in machines:
        try:
            made.append(_machine(name, item, nets, bases))
        except ValueError as error:
            complaints.append(f'machine "{item.get("name")}": {error}')
    lab = Lab(name, tuple(nets.values()), tuple(made))
    complaints.extend(_contradictions(lab))
    if complaints:
        raise PlanError(f'The lab "{name}" cannot be built as declared: ' + "; ".join(complaints) + ".")
    return lab


def _network(lab: str, item: Mapping[str, Any]) -> Network:
    name = str(item["name"])
    if not _NAME.fullmatch(name):
        raise ValueError("a name is lower case letters, digits, hyphens and underscores, a letter first")
    bridge = str(item.get("bridge") or f"{lab}-{name}")
    if not _LINK.fullmatch(bridge):
        raise ValueError(f'"{bridge}" cannot be a bridge\'s name (15 characters at most); give it a shorter "bridge"')
    try:
        subnet = ipaddress.IPv4Network(str(item["subnet"]))
    except ValueError as error:
        raise ValueError(f"subnet: {error}") from error
    if subnet.prefixlen > 30:
        raise ValueError(f"subnet {subnet} has no room for machines")
    nat = bool(item.get("nat"))
    address = ipaddress.IPv4Address(str(item["address"])) if item.get("address") else subnet[1] if nat else None
    if address and not _usable(address, subnet):
        raise ValueError(f"the host's address {address} is not a host address of {subnet}")
    return Network(name, bridge, subnet, address, nat)


def _machine(lab: str, item: Mapping[str, Any], networks: Mapping[str, Network], bases: Mapping[str, str]) -> Machine:
    name = str(item["name"])
    if not _NAME.fullmatch(name):
        raise ValueError("a name is lower case letters, digits, hyphens and underscores, a letter first")
    release = str(item["release"])
    if release not in bases:
        raise ValueError(f'there is no base tree for release "{release}" (only {", ".join(sorted(bases)) or "none"})')
    interfaces: list[Interface] = []
    for entry in item.get("interfaces") or []:
        interface = str(entry["name"])
        if not _LINK.fullmatch(interface):
            raise ValueError(f'"{interface}" cannot be an interface\'s name')
        if entry["network"] not in networks:
            raise ValueError(f'{interface}: the network "{entry["network"]}" is not declared')
        network = networks[entry["network"]]
        address = ipaddress.IPv4Address(str(entry["address"])) if entry.get("address") else None
        if address and (not _usable(address, network.subnet) or address == network.address):
            raise ValueError(f'{interface}: {address} is not free for a machine in {network.subnet} ("{network.name}")')
        mac = str(entry.get("mac") or mac_address(lab, name, interface)).lower()
        if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1:
            raise ValueError(f'{interface}: "{mac}" is not a hardware address of one interface, like 52:54:00:c1:fb:9c')
        link = str(entry.get("link") or link_name(lab, name, interface))
        if not _LINK.fullmatch(link):
            raise ValueError(f'{interface}: "{link}" cannot be the name of a link (15 characters at most)')
        interfaces.append(Interface(interface, network, link, address, mac))
    if len({interface.name for interface in interfaces}) < len(interfaces):
        raise ValueError("two of its interfaces have the same name")
    return Machine(name, host_name(name), release, bases[release], tuple(interfaces))


def _usable(address: ipaddress.IPv4Address, subnet: ipaddress.IPv4Network) -> bool:
    return address in subnet and address not in (subnet.network_address, subnet.broadcast_address)


def _contradictions(lab: Lab) -> Iterator[str]:
    for what, names in (
        ("the machine or host name", [machine.hostname for machine in lab.machines]),
        ("the link or bridge", [*lab.links(), *(network.bridge for network in lab.networks)]),
        ("the hardware address", [i.mac for machine in lab.machines for i in machine.interfaces]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f'{what} "{name}" is used twice'
    given = [
        (machine.name, i.network.name, i.address) for machine in lab.machines for i in machine.interfaces if i.address
    ]
    for (one, network, address), (other, other_network, same) in combinations(given, 2):
        if address == same and network == other_network:
            yield f'machines "{one}" and "{other}" both have {address} in network "{network}"'
    for left, right in combinations(lab.networks, 2):
        if left.subnet.overlaps(right.subnet):
            yield f'the subnets of networks "{left.name}" and "{right.name}" overlap'


def subnet_clashes(lab: Lab, addresses: Iterable[Mapping[str, Any]], routes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the host already uses a subnet of this lab: `ip -json -4 address` and `ip -json -4 route` against it.

    A network in which the host has no address cannot clash: nothing of the host is ever sent there.
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


def dropping_chains(ruleset: Mapping[str, Any]) -> list[str]:
    """Base chains that drop forwarded packets by default (`nft -j list chains`): Docker leaves one, for instance."""
    return [
        f"{chain['family']} {chain['table']} {chain['name']}"
        for chain in (item["chain"] for item in ruleset.get("nftables", []) if "chain" in item)
        if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in ("ip", "inet")
    ]


def nat_ruleset(lab: Lab) -> str:
    """The lab's own nftables table: addresses of its NAT networks leave the host under the host's address."""
    rules = "".join(
        f"\t\tip saddr {network.subnet} ip daddr != {network.subnet} masquerade\n"
        for network in lab.networks
        if network.nat
    )
    chain = f"\tchain postrouting {{\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n{rules}\t}}\n"
    digest = hashlib.sha256(chain.encode()).hexdigest()[:12]
    return f'table ip {lab.table} {{\n\tcomment "{lab.mark} {digest}"\n{chain}}}\n'


def nat_comment(ruleset: str) -> str | None:
    """The comment of a table as `nft list table` or nat_ruleset print it: it says who made it, and from what."""
    found = re.search(r'^\s*comment "([^"]*)"', ruleset, re.MULTILINE)
    return found.group(1) if found else None


def machine_files(lab: Lab, machine: Machine) -> dict[str, str]:
    """Files of a machine's tree that make it this machine; written once, when the tree is made."""
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
            continue  # belongs to whoever configures the machine
        network = interface.network
        lines = [
            "# Made by the lab provider.",
            "[Match]",
            f"Name={interface.name}",
            "",
            "[Network]",
            f"Address={interface.address}/{network.subnet.prefixlen}",
            "DHCP=no",
            "LinkLocalAddressing=no",
            "IPv6AcceptRA=no",
        ]
        if network.nat and not gateway_set:
            lines.append(f"Gateway={network.address}")
            gateway_set = True
        files[f"etc/systemd/network/10-{interface.name}.network"] = "\n".join(lines) + "\n"
    return files


def resolv_conf(nameservers: Iterable[str]) -> str:
    return "".join(f"nameserver {server}\n" for server in nameservers)


def nameservers(*resolv_confs: str) -> list[str]:
    """The name servers of the first of these texts that names one a machine can reach too: none on the loopback."""
    for text in resolv_confs:
        servers = re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)
        reachable = [server for server in servers if not server.startswith("127.") and server != "::1"]
        if reachable:
            return reachable[:3]
    return []


def nspawn_command(lab: Lab, machine: Machine, tree: str, netns: str) -> list[str]:
    """How the machine is started, in a network namespace in which all its interfaces are ready."""
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


NSPAWN_ENVIRONMENT = {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
"""Its own network namespace is the machine's own, /proc/sys/net included, as with --private-network."""


def unit_command(lab: Lab, machine: Machine, console: str, command: Sequence[str]) -> list[str]:
    """The same as a transient unit, where systemd is the host's PID 1."""
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
        *(f"--setenv={key}={value}" for key, value in NSPAWN_ENVIRONMENT.items()),
        *command,
    ]


# --- the base tree ------------------------------------------------------------------------------------------------

_HOST_APT = re.compile(r"Acquire::(?:(?:http|https)(?:::.*)?|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])")
_NOT_IN_A_TREE = re.compile(r"Acquire::https?::(?:Proxy-Auto-Detect|.*::(?:CaInfo|SslCert|SslKey))", re.IGNORECASE)


def host_apt_options(dump: str) -> list[str]:
    """What of the host's own `apt-config dump` a machine needs to reach the same mirrors: proxies, checks, retries."""
    options = []
    for line in dump.splitlines():
        key, _space, value = line.partition(" ")
        if _HOST_APT.fullmatch(key) and not _NOT_IN_A_TREE.fullmatch(key) and value not in ("", '"";'):
            options.append(line.rstrip(";"))
    return options


@dataclass(frozen=True)
class Base:
    release: str
    packages: tuple[str, ...]
    prefetch: tuple[str, ...]
    mirror: str
    apt_options: tuple[str, ...]
    mmdebstrap_options: tuple[str, ...]

    @property
    def name(self) -> str:
        """Names everything it is made of, so that a tree made of something else is never mistaken for it."""
        command = "\0".join(self.command("TREE"))
        return f"{self.release}-{hashlib.sha256(command.encode()).hexdigest()[:12]}"

    def command(self, target: str) -> list[str]:
        inside = 'chroot "$1"'
        hooks = [
            # The network is networkd's; apt's timers would hold dpkg's lock at first boot; nobody types at the console.
            f"{inside} systemctl --quiet enable systemd-networkd.service",
            f"{inside} systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer console-getty.service",
            # Every machine gets host keys of its own.
            'rm -f "$1"/etc/ssh/ssh_host_*',
            'echo LANG=C.UTF-8 > "$1"/etc/default/locale',
        ]
        if self.prefetch:
            names = " ".join(self.prefetch)
            hooks.append(f"{inside} apt-get clean")
            hooks.append(f"{inside} apt-get --quiet --quiet --yes --download-only install {names} > /dev/null")
        return [
            "mmdebstrap",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(self.packages)}",
            *(
                f"--aptopt={option}"
                for option in ('Acquire::Languages "none"', 'Acquire::Retries "3"', *self.apt_options)
            ),
            *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "locale", "man")),
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            # Package lists and fetched packages stay: what the roles install later is quick.
            "--skip=cleanup/apt/lists",
            "--skip=cleanup/apt/cache",
            *(f"--customize-hook={hook}" for hook in hooks),
            *self.mmdebstrap_options,
            self.release,
            target,
            *([self.mirror] if self.mirror else []),
        ]


def build_complaints(output: str) -> str:
    """What mmdebstrap and its helpers complained of, without their progress."""
    lines = [line.strip() for line in output.splitlines()]
    progress = (
        "I:",
        "Get:",
        "Hit:",
        "Ign:",
        "Fetched ",
        "Reading ",
        "Building ",
        "Selecting ",
        "Preparing ",
        "Unpacking ",
    )
    told = [line for line in lines if line and not line.startswith(progress)]
    # The first complaint is the cause; a full disk makes hundreds after it.
    return " | ".join(told if len(told) <= 8 else [*told[:5], "...", *told[-2:]])


def make_base(
    release: str,
    packages: Iterable[str],
    prefetch: Iterable[str],
    mirror: str,
    apt_options: Iterable[str],
    mmdebstrap_options: Iterable[str],
) -> Base:
    names = sorted(set(packages))
    later = sorted(set(prefetch))
    complaints = [name for name in (*names, *later) if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name)]
    if complaints:
        raise PlanError(f"Not names of Debian packages: {', '.join(complaints)}.")
    if not _RELEASE.fullmatch(release):
        raise PlanError(f'"{release}" is not the code name of a Debian release, like bookworm or trixie.')
    return Base(release, tuple(names), tuple(later), mirror, tuple(apt_options), tuple(mmdebstrap_options))
