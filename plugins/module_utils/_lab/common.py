# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every lab has, whatever its machines are: a name, networks, machines with interfaces. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol, TypeVar

MARK = "netlab.dhcp_failover"
"""Everything made on the host carries this mark, followed by the lab's name."""

LINK_NAME_MAX = 15  # the kernel's IFNAMSIZ, less its closing zero
_LAB = re.compile(r"[a-z][a-z0-9]{0,9}")
_NAME = re.compile(r"[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_LINK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

# The options of every module that takes a lab, as AnsibleModule wants them; doc fragment `_lab` documents them.
TEXT = {"type": "str"}
NEEDED = {"type": "str", "required": True}
STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}
NETWORKS = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {"name": NEEDED, "subnet": NEEDED, "address": TEXT, "nat": {"type": "bool", "default": False}},
}
INTERFACES = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {"name": NEEDED, "network": NEEDED, "address": TEXT, "mac": TEXT},
}


class PlanError(ValueError):
    """The lab cannot be built as declared; the message has every complaint."""


@dataclass(frozen=True)
class Network:
    name: str
    bridge: str
    subnet: ipaddress.IPv4Network
    address: ipaddress.IPv4Address | None
    """The host's own address in it; None: the host takes no part."""
    nat: bool

    @property
    def host_address(self) -> str | None:
        return f"{self.address}/{self.subnet.prefixlen}" if self.address else None


@dataclass(frozen=True)
class Interface:
    name: str
    network: Network
    address: ipaddress.IPv4Address | None
    """The address that the lab provider sets; None: the interface is left to whoever configures the machine."""
    mac: str

    @property
    def machine_address(self) -> str | None:
        return f"{self.address}/{self.network.subnet.prefixlen}" if self.address else None

    @property
    def gateway(self) -> str | None:
        return str(self.network.address) if self.address and self.network.nat else None


def management(interfaces: Iterable[Interface]) -> str | None:
    """The address at which the host reaches a machine with these interfaces."""
    return next((str(i.address) for i in interfaces if i.address and i.network.address), None)


class _Machine(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def hostname(self) -> str: ...
    @property
    def interfaces(self) -> tuple[Interface, ...]: ...


M = TypeVar("M", bound=_Machine)


# --- names --------------------------------------------------------------------------------------------------------


def host_name(machine: str) -> str:
    """The seed's names have underscores, which neither systemd-nspawn nor hostname(1) accept."""
    return machine.replace("_", "-")


def mac_address(lab: str, machine: str, interface: str) -> str:
    """A hardware address that stays the same when the machine is built again."""
    digest = hashlib.sha256(f"{lab}/{machine}/{interface}".encode()).hexdigest()
    return ":".join(["52", "54", "00", digest[0:2], digest[2:4], digest[4:6]])


def hashed_name(lab: str, *words: str) -> str:
    """The name of a network device whose readable name would be too long, or another's."""
    return f"{lab}-{hashlib.sha256('/'.join(words).encode()).hexdigest()}"[:LINK_NAME_MAX]


def bridge_name(lab: str, network: str) -> str:
    name = f"{lab}-{network}"
    return name if len(name) <= LINK_NAME_MAX else hashed_name(lab, network)


# --- from the declaration -----------------------------------------------------------------------------------------


def read_lab(
    lab: str,
    networks: Sequence[Mapping[str, Any]],
    machines: Sequence[Mapping[str, Any]],
    read_machine: Callable[[Mapping[str, Any], Mapping[str, Network]], M],
) -> tuple[tuple[Network, ...], tuple[M, ...]]:
    """The networks and machines of a declaration; the error has all complaints at once."""
    if not _LAB.fullmatch(lab):
        raise PlanError(f'lab "{lab}": the name must be 1 to 10 lower case letters and digits, starting with a letter')
    complaints: list[str] = []
    nets: dict[str, Network] = {}
    for item in networks:
        try:
            network = _read_network(lab, item)
        except ValueError as error:
            complaints.append(f'network "{item.get("name")}": {error}')
            continue
        if network.name in nets:
            complaints.append(f'network "{network.name}" is declared twice')
        nets[network.name] = network
    made: list[M] = []
    for item in machines:
        try:
            made.append(read_machine(item, nets))
        except ValueError as error:
            complaints.append(f'machine "{item.get("name")}": {error}')
    complaints.extend(_contradictions(nets.values(), made))
    if complaints:
        raise PlanError(f'The lab "{lab}" cannot be built as declared: ' + "; ".join(complaints) + ".")
    return tuple(nets.values()), tuple(made)


def read_name(item: Mapping[str, Any]) -> str:
    name = str(item["name"])
    if not _NAME.fullmatch(name):
        raise ValueError("a name must be lower case letters, digits, hyphens and underscores, starting with a letter")
    return name


def _read_network(lab: str, item: Mapping[str, Any]) -> Network:
    name = read_name(item)
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
    return Network(name, bridge_name(lab, name), subnet, address, nat)


def read_interfaces(
    lab: str, machine: str, items: Iterable[Mapping[str, Any]], networks: Mapping[str, Network]
) -> tuple[Interface, ...]:
    interfaces: list[Interface] = []
    for item in items:
        name = str(item["name"])
        if not _LINK.fullmatch(name):
            raise ValueError(f'"{name}" cannot be the name of an interface')
        if item["network"] not in networks:
            raise ValueError(f'{name}: the network "{item["network"]}" is not declared')
        network = networks[item["network"]]
        address = ipaddress.IPv4Address(str(item["address"])) if item.get("address") else None
        if address and (not _usable(address, network.subnet) or address == network.address):
            raise ValueError(f'{name}: {address} is not free for a machine in {network.subnet} ("{network.name}")')
        mac = str(item.get("mac") or mac_address(lab, machine, name)).lower()
        if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1:
            raise ValueError(f'{name}: "{mac}" is not the hardware address of one interface, like 52:54:00:c1:fb:9c')
        interfaces.append(Interface(name, network, address, mac))
    if len({interface.name for interface in interfaces}) < len(interfaces):
        raise ValueError("two of its interfaces have the same name")
    return tuple(interfaces)


def _usable(address: ipaddress.IPv4Address, subnet: ipaddress.IPv4Network) -> bool:
    return address in subnet and address not in (subnet.network_address, subnet.broadcast_address)


def repeated(what: str, names: Sequence[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f'{what} "{name}" is used twice'


def _contradictions(networks: Collection[Network], machines: Sequence[_Machine]) -> Iterator[str]:
    yield from repeated("the machine or host name", [machine.hostname for machine in machines])
    yield from repeated("the hardware address", [i.mac for machine in machines for i in machine.interfaces])
    given = [(machine.name, i.network.name, i.address) for machine in machines for i in machine.interfaces if i.address]
    for (one, network, address), (other, other_network, same) in combinations(given, 2):
        if address == same and network == other_network:
            yield f'machines "{one}" and "{other}" both have {address} in network "{network}"'
    for left, right in combinations(networks, 2):
        if left.subnet.overlaps(right.subnet):
            yield f'the subnets of networks "{left.name}" and "{right.name}" overlap'
