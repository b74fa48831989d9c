# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of virtual machines: what libvirt has, what is wanted, and what is to be done. No I/O.

Private to this collection.

Everything of a lab that libvirt can carry metadata on is marked with the lab's name and a digest of what it was made
from. A storage pool carries none: its UUID, derived from the lab's name, is its mark.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import MARK, PlanError, mac_address

NAMESPACE = "https://github.com/netlab/dhcp_failover"
"""XML namespace of our mark in the metadata of domains and networks."""

_LAB = re.compile(r"[a-z][a-z0-9]{0,9}")
_NAME = re.compile(r"[a-z](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_SLOT = re.compile(r"ens([0-9]{1,2})")
_LINK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
DIGEST = "@DIGEST@"
"""Stands in a wanted XML where the digest of this XML is to be."""


def object_uuid(kind: str, lab: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}/{lab}/{kind}/{name}"))


def stamp(xml: str) -> tuple[str, str]:
    """The XML with its own digest in it, and the digest."""
    digest = hashlib.sha256(xml.encode()).hexdigest()[:16]
    return xml.replace(DIGEST, digest), digest


# --- what libvirt says -------------------------------------------------------------------------------------------


def _mark(root: ElementTree.Element) -> dict[str, str]:
    found = root.find(f"./metadata/{{{NAMESPACE}}}lab")
    return dict(found.attrib) if found is not None else {}


def domain_facts(xml: str) -> dict[str, Any]:
    root = ElementTree.fromstring(xml)  # noqa: S314 - libvirtd's own answer
    serial = root.find("./devices/serial/log")
    return {
        "name": root.findtext("./name"),
        "uuid": root.findtext("./uuid"),
        "mark": _mark(root),
        "networks": sorted({str(s.get("network")) for s in root.iterfind("./devices/interface/source[@network]")}),
        "disks": [str(s.get("file")) for s in root.iterfind("./devices/disk/source[@file]")],
        "console": serial.get("file") if serial is not None else None,
    }


def network_facts(xml: str) -> dict[str, Any]:
    root = ElementTree.fromstring(xml)  # noqa: S314 - libvirtd's own answer
    return {"name": root.findtext("./name"), "mark": _mark(root), "dhcp": root.find("./ip/dhcp") is not None}


def volume_facts(xml: str) -> dict[str, Any]:
    root = ElementTree.fromstring(xml)  # noqa: S314 - libvirtd's own answer
    return {
        "name": root.findtext("./name"),
        "path": root.findtext("./target/path"),
        # Of the file itself: an interrupted upload has fewer than the image has.
        "bytes": int(root.findtext("./physical") or root.findtext("./allocation") or 0),
        "backing": root.findtext("./backingStore/path"),
    }


# --- what is wanted ----------------------------------------------------------------------------------------------


def complete(lab: str, networks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every network of the lab, complete; all complaints at once."""
    complaints: list[str] = []
    if not _LAB.fullmatch(lab):
        complaints.append(f'lab "{lab}": the name must be 1 to 10 lower case letters and digits, a letter first')
    made: list[dict[str, Any]] = []
    for item in networks:
        try:
            made.append(_network(lab, item))
        except ValueError as error:
            complaints.append(f'network "{item.get("name")}": {error}')
    names = [network["name"] for network in made]
    complaints.extend(
        f'the network name "{name}" is used twice' for name in sorted(set(names)) if names.count(name) > 1
    )
    if complaints:
        raise PlanError(f'The lab "{lab}" cannot be built as declared: ' + "; ".join(complaints) + ".")
    return made


def _network(lab: str, item: Mapping[str, Any]) -> dict[str, Any]:
    name = str(item["name"])
    if not _NAME.fullmatch(name):
        raise ValueError("a name is lower case letters, digits, hyphens and underscores, a letter first")
    mode = str(item.get("mode") or "isolated")
    bridge = str(item.get("bridge") or f"{lab}-{name}")
    if not _LINK.fullmatch(bridge):
        raise ValueError(f'"{bridge}" cannot be a bridge\'s name (15 characters at most); give it a shorter "bridge"')
    if mode == "bridge" and not item.get("bridge"):
        raise ValueError('with mode "bridge", give the name of a bridge of the host as "bridge"')
    subnet = ipaddress.IPv4Network(str(item["subnet"])) if item.get("subnet") else None
    if mode == "nat" and subnet is None:
        raise ValueError("NAT needs a subnet")
    return {
        "name": name,
        "libvirt_name": f"{lab}-{name}",
        "uuid": object_uuid("network", lab, name),
        "mode": mode,
        "bridge": bridge,
        "subnet": str(subnet) if subnet else None,
        "prefix": subnet.prefixlen if subnet else None,
        # The host's own address in it, where it has one: the machines' gateway and name server.
        "address": str(subnet[1]) if subnet and mode == "nat" else None,
        "first": str(subnet[2]) if subnet else None,
        "last": str(subnet[-2]) if subnet else None,
    }


def expand(
    lab: str, machines: Sequence[Mapping[str, Any]], networks: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Every machine of the lab, complete; all complaints at once.

    `count` makes more of one, with the addresses that follow.
    """
    nets = {network["name"]: network for network in complete(lab, networks)}
    complaints: list[str] = []
    made: list[dict[str, Any]] = []
    for item in machines:
        for number in range(1, int(item.get("count") or 1) + 1):
            try:
                made.append(_machine(lab, item, number, nets))
            except ValueError as error:
                complaints.append(f'machine "{item.get("name")}": {error}')
    for what, values in (
        ("the machine name", [machine["name"] for machine in made]),
        ("the hardware address", [i["mac"] for machine in made for i in machine["interfaces"]]),
        ("the address", [i["address"] for machine in made for i in machine["interfaces"] if i["address"]]),
    ):
        for value in sorted({value for value in values if values.count(value) > 1}):
            complaints.append(f"{what} {value} is used twice")
    if complaints:
        raise PlanError(f'The lab "{lab}" cannot be built as declared: ' + "; ".join(complaints) + ".")
    return made


def _machine(
    lab: str, item: Mapping[str, Any], number: int, networks: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    first = str(item["name"])
    joint = "-" if first[-1:].isdigit() else ""
    name = first if number == 1 else f"{first}{joint}{number}"
    if not _NAME.fullmatch(name):
        raise ValueError("a name is lower case letters, digits, hyphens and underscores, a letter first")
    interfaces: list[dict[str, Any]] = []
    for entry in item.get("interfaces") or []:
        interface = str(entry["name"])
        slot = _SLOT.fullmatch(interface)
        if not slot or not 3 <= int(slot[1]) <= 31:
            raise ValueError(
                f"{interface}: an interface is called ens3 to ens31 here; the number is its PCI slot, from which the "
                "system in the machine makes that name"
            )
        if entry["network"] not in networks:
            raise ValueError(f'{interface}: the network "{entry["network"]}" is not declared')
        network = networks[entry["network"]]
        address = None
        if entry.get("address"):
            if not network.get("subnet"):
                raise ValueError(f'{interface}: network "{entry["network"]}" has no subnet, so no addresses')
            subnet = ipaddress.IPv4Network(str(network["subnet"]))
            address = ipaddress.IPv4Address(str(entry["address"])) + (number - 1)
            if address not in subnet or address in (subnet.network_address, subnet.broadcast_address, subnet[1]):
                raise ValueError(f'{interface}: {address} is not free for a machine in {subnet} ("{entry["network"]}")')
        given = entry.get("mac") if number == 1 else None
        mac = str(given or mac_address(lab, name, interface)).lower()
        if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1:
            raise ValueError(f'{interface}: "{mac}" is not a hardware address of one interface, like 52:54:00:c1:fb:9c')
        interfaces.append(
            {
                "name": interface,
                "slot": int(slot[1]),
                "network": network["libvirt_name"],
                "mac": mac,
                "address": str(address) if address else None,
                "prefix": network["prefix"] if address else None,
                "gateway": network["address"] if address else None,
            }
        )
    if len({interface["name"] for interface in interfaces}) < len(interfaces):
        raise ValueError("two of its interfaces have the same name")
    return {
        "name": name,
        # The seed's names have underscores, which hostname(1) does not accept.
        "hostname": name.replace("_", "-"),
        "first": first,
        "host": item.get("host"),
        "memory": int(item.get("memory") or 512),
        "vcpus": int(item.get("vcpus") or 1),
        "disk": int(item.get("disk") or 0),
        "uuid": object_uuid("domain", lab, name),
        "interfaces": interfaces,
        "cloud_network": _cloud_network(interfaces),
        "address": next((i["address"] for i in interfaces if i["address"]), None),
    }


def _cloud_network(interfaces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """cloud-init's network-config: interfaces with an address; the others are for whoever configures the machine."""
    ethernets: dict[str, Any] = {}
    for interface in interfaces:
        if interface["address"] is None:
            continue
        entry: dict[str, Any] = {
            "match": {"macaddress": interface["mac"]},
            "set-name": interface["name"],
            "addresses": [f"{interface['address']}/{interface['prefix']}"],
        }
        if interface["gateway"]:
            entry["gateway4"] = interface["gateway"]
            entry["nameservers"] = {"addresses": [interface["gateway"]]}
        ethernets[interface["name"]] = entry
    return {"version": 2, "ethernets": ethernets}


# --- from there to here ------------------------------------------------------------------------------------------


def plan(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be done, by name and in the order of doing it, and every line of it for people.

    wanted: lab, rebuild, pool {name, uuid, path}, template (volume name, empty: no machines), networks [{name, xml}],
    machines [{name, xml, seed}].
    """
    lab = str(wanted["lab"])
    networks = {str(item["name"]): item for item in found["networks"]}
    domains = {str(item["name"]): item for item in found["domains"]}
    volumes = {str(item["name"]): item for item in found["volumes"]}
    pool = found.get("pool") or {}
    todo: dict[str, Any] = {
        "refusals": _refusals(found, wanted, networks, domains),
        "warnings": [],
        "steps": [],
        "pool_define": not pool,
        "pool_start": not pool or not pool["active"],
        "networks_remove": [],
        "networks_define": [],
        "networks_start": [],
        "machines_stop": [],
        "machines_remove": [],
        "volumes_remove": [],
        "machines_build": [],
        "machines_define": [],
        "machines_start": [],
    }
    steps: list[str] = todo["steps"]
    if not pool:
        steps.append(f"+ storage pool {wanted['pool']['name']} in {wanted['pool']['path']}")
    elif not pool["active"]:
        steps.append(f"~ storage pool {wanted['pool']['name']}: start")

    replaced: set[str] = set()
    for name, item in networks.items():
        if item["mark"].get("lab") == lab and name not in {str(net["name"]) for net in wanted["networks"]}:
            todo["networks_remove"].append(name)
            replaced.add(name)
            steps.append(f"- network {name} (no longer declared)")
    for net in wanted["networks"]:
        name = str(net["name"])
        xml, digest = stamp(str(net["xml"]))
        there = networks.get(name)
        if there is None:
            steps.append(f"+ network {name}")
        elif there["mark"].get("definition") != digest:
            todo["networks_remove"].append(name)
            replaced.add(name)
            steps.append(f"~ network {name}: its definition changed")
        elif not there["active"]:
            todo["networks_start"].append(name)
            replaced.add(name)
            steps.append(f"~ network {name}: start")
            continue
        else:
            continue
        todo["networks_define"].append({"name": name, "xml": xml})
        todo["networks_start"].append(name)

    machines = {str(item["name"]): item for item in wanted["machines"]}
    keep_templates = {str(wanted["template"])}
    for name, item in domains.items():
        if item["mark"].get("lab") == lab and name not in machines:
            _remove(todo, name, item, volumes)
            steps.append(f"- machine {name} (no longer declared)")
    for name, machine in machines.items():
        xml, digest = stamp(str(machine["xml"]))
        there = domains.get(name)
        whole = {overlay(name), seed(name)} <= volumes.keys()
        template = str((there or {}).get("mark", {}).get("template", ""))
        stale = there is not None and (
            there["mark"].get("seed") != machine["seed"] or template != str(wanted["template"])
        )
        if there is None or not whole or (stale and wanted["rebuild"]):
            why = "" if there is None else " (built again: its disks are gone)" if not whole else " (built again)"
            steps.append(f"+ machine {name}{why}")
            # Disks without a machine are what an interrupted run left: a machine is defined last of all.
            _remove(todo, name, there, volumes)
            todo["machines_build"].append(name)
            todo["machines_define"].append({"name": name, "xml": xml})
            todo["machines_start"].append(name)
            continue
        if stale:
            keep_templates.add(template)
            what = "template" if template != str(wanted["template"]) else "cloud-init data"
            todo["warnings"].append(
                f'Machine "{name}" was built with another {what} than the one declared now and is kept as it is. Build '
                "such machines again with: -e kvm_host_rebuild=true"
            )
        elif there["mark"].get("definition") != digest:
            steps.append(f"~ machine {name}: its definition changed, started again")
            if there["active"]:
                todo["machines_stop"].append(name)
            todo["machines_define"].append({"name": name, "xml": xml})
            todo["machines_start"].append(name)
            continue
        if not there["active"]:
            steps.append(f"~ machine {name}: start")
            todo["machines_start"].append(name)
        elif replaced & set(there["networks"]):
            steps.append(f"~ machine {name}: started again, its network was")
            todo["machines_stop"].append(name)
            todo["machines_start"].append(name)
    for name in volumes:
        if name.startswith("template-") and name not in keep_templates:
            todo["volumes_remove"].append(name)
            steps.append(f"- volume {name} (a template that no machine has)")
    return todo


def plan_absent(found: Mapping[str, Any], lab: str, pool: Mapping[str, str]) -> dict[str, Any]:
    """What carries our mark, and nothing else."""
    todo: dict[str, Any] = {"steps": [], "machines_stop": [], "machines_remove": [], "volumes_remove": []}
    todo["networks_remove"] = [item["name"] for item in found["networks"] if item["mark"].get("lab") == lab]
    volumes = {str(item["name"]): item for item in found["volumes"]}
    for item in found["domains"]:
        if item["mark"].get("lab") == lab:
            _remove(todo, str(item["name"]), item, volumes)
            todo["steps"].append(f"- machine {item['name']}")
    todo["steps"].extend(f"- network {name}" for name in todo["networks_remove"])
    there = found.get("pool") or {}
    todo["pool_remove"] = bool(there) and there["uuid"] == pool["uuid"]
    todo["pool_start"] = todo["pool_remove"] and not there["active"]
    if todo["pool_remove"]:
        # The pool is ours, so are the volumes that have names of ours.
        ours = [
            name for name in volumes if name.startswith("template-") or name.endswith((".overlay.qcow2", ".seed.iso"))
        ]
        todo["volumes_remove"] = ours
        todo["steps"].append(f"- storage pool {pool['name']} with {len(ours)} volumes")
        foreign = sorted(volumes.keys() - set(ours))
        todo["pool_foreign"] = foreign
    return todo


def overlay(machine: str) -> str:
    return f"{machine}.overlay.qcow2"


def seed(machine: str) -> str:
    return f"{machine}.seed.iso"


def _remove(todo: dict[str, Any], name: str, there: Mapping[str, Any] | None, volumes: Iterable[str]) -> None:
    if there is not None:
        if there["active"]:
            todo["machines_stop"].append(name)
        todo["machines_remove"].append(name)
    todo["volumes_remove"].extend(volume for volume in (overlay(name), seed(name)) if volume in set(volumes))


def _refusals(
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
    networks: Mapping[str, Mapping[str, Any]],
    domains: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    lab = str(wanted["lab"])
    said: list[str] = []
    pool = found.get("pool") or {}
    if pool and pool["uuid"] != wanted["pool"]["uuid"]:
        said.append(
            f'The storage pool "{wanted["pool"]["name"]}" exists and was not made by lab "{lab}" (it lies in '
            f"{pool['path']}). Choose another name for the lab, or, if nobody needs it: virsh pool-undefine "
            f"{wanted['pool']['name']}"
        )
    for net in wanted["networks"]:
        there = networks.get(str(net["name"]))
        if there is None:
            continue
        if there["mark"].get("lab") != lab:
            said.append(
                f'The network "{net["name"]}" exists and was not made by lab "{lab}" ({_whose(there)}). Choose another '
                f"name for the lab, or, if nobody needs it: virsh net-destroy {net['name']}; virsh net-undefine "
                f"{net['name']}"
            )
        elif there["dhcp"]:
            said.append(
                f'The network "{net["name"]}" has a DHCP server of libvirt\'s own, which would answer instead of the '
                f"pair. Take the <dhcp> element out of it with: virsh net-edit {net['name']}; virsh net-destroy "
                f"{net['name']}"
            )
    for machine in wanted["machines"]:
        there = domains.get(str(machine["name"]))
        if there is not None and there["mark"].get("lab") != lab:
            said.append(
                f'The virtual machine "{machine["name"]}" exists and was not made by lab "{lab}" ({_whose(there)}). '
                f"Rename one of them (virsh domrename), or, if nobody needs it: virsh undefine {machine['name']}"
            )
    return said


def _whose(there: Mapping[str, Any]) -> str:
    other = there["mark"].get("lab")
    return f'it is of lab "{other}"' if other else f"it does not carry the mark of {MARK}"
