# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of virtual machines: what is wanted, what libvirt has, and what is to be done. No I/O.

Private to this collection.

Everything that libvirt can keep metadata with is marked with the lab's name and a digest of its definition. A storage
pool has no metadata: its UUID, derived from the lab's name, is its mark.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import (
    MARK,
    Interface,
    Network,
    host_name,
    management,
    read_interfaces,
    read_lab,
    read_name,
)

NAMESPACE = "https://github.com/netlab/dhcp_failover"
"""XML namespace of our mark in the metadata of domains and networks."""

MACHINE_SPACE = 512
"""MiB that must be free for a machine that is to be built."""
TEMPLATE_SPACE = 1024

# On emulated machines: what today's distributions ask for (x86-64-v2) and no more, on a model that is no Intel. On an
# Intel the guest's kernel believes that it has Meltdown and isolates its page tables, so that every system call throws
# QEMU's translations away; Python is then eight times slower.
EMULATED_MODEL = "qemu64"
EMULATED_FEATURES = ("pni", "cx16", "lahf_lm", "ssse3", "sse4.1", "sse4.2", "popcnt")

_SLOT = re.compile(r"ens([3-9]|[12][0-9]|3[01])")
_DIGEST = "@DIGEST@"


# --- what is wanted -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Machine:
    name: str
    hostname: str
    memory: int
    vcpus: int
    disk: int
    """MiB; 0: as large as the template's."""
    interfaces: tuple[Interface, ...]

    @property
    def address(self) -> str | None:
        """The address at which the host reaches it."""
        return management(self.interfaces)

    @property
    def overlay(self) -> str:
        return f"{self.name}.overlay.qcow2"

    @property
    def seed(self) -> str:
        return f"{self.name}.seed.iso"


@dataclass(frozen=True)
class Lab:
    name: str
    networks: tuple[Network, ...]
    machines: tuple[Machine, ...]
    pool_dir: str
    template: str
    """Name of the volume that the machines' disks are based on."""
    template_size: int
    emulated: bool
    authorized_key: str
    host_keys: Mapping[str, str]

    @property
    def pool(self) -> str:
        return f"netlab-{self.name}"

    @property
    def installer(self) -> str:
        """The machine that installs the template, if that is done over the network."""
        return f"{self.name}-template"

    def libvirt_name(self, network: Network) -> str:
        return f"{self.name}-{network.name}"

    def seed_digest(self, machine: Machine) -> str:
        """Digest of what cloud-init is told, with the public halves of the keys."""
        told = [
            machine.hostname,
            machine.disk,
            cloud_network(machine),
            self.authorized_key,
            self.host_keys.get(machine.name),
        ]
        return _short_digest(json.dumps(told, sort_keys=True))


def make_lab(
    name: str, networks: Sequence[Mapping[str, Any]], machines: Sequence[Mapping[str, Any]], **settings: Any
) -> Lab:
    def read_machine(item: Mapping[str, Any], nets: Mapping[str, Network]) -> Machine:
        machine = read_name(item)
        interfaces = read_interfaces(name, machine, item.get("interfaces") or [], nets)
        for interface in interfaces:
            if not _SLOT.fullmatch(interface.name):
                raise ValueError(
                    f"{interface.name}: an interface must be called ens3 to ens31; the number is its PCI slot, from "
                    "which the system in the machine makes that name"
                )
        numbers = {key: int(item.get(key) or least) for key, least in (("memory", 512), ("vcpus", 1), ("disk", 0))}
        return Machine(machine, host_name(machine), interfaces=interfaces, **numbers)

    nets, made = read_lab(name, networks, machines, read_machine)
    return Lab(name, nets, made, **settings)


def object_uuid(kind: str, lab: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}/{lab}/{kind}/{name}"))


def cloud_meta(lab: Lab, machine: Machine) -> dict[str, str]:
    """cloud-init's meta-data."""
    return {
        # Everything is done in cloud-init's first stage, before the network: the second would cost another slow start
        # of Python.
        "dsmode": "local",
        "instance-id": object_uuid("domain", lab.name, machine.name),
        "local-hostname": machine.hostname,
    }


def cloud_network(machine: Machine) -> dict[str, Any]:
    """cloud-init's network-config: the interfaces with an address; the others are left to whoever configures them."""
    ethernets: dict[str, Any] = {}
    for interface in machine.interfaces:
        if interface.machine_address:
            entry = ethernets[interface.name] = {
                "match": {"macaddress": interface.mac},
                "set-name": interface.name,
                "addresses": [interface.machine_address],
            }
            if interface.gateway:
                entry["gateway4"] = interface.gateway
                entry["nameservers"] = {"addresses": [interface.gateway]}
    return {"version": 2, "ethernets": ethernets}


def known_hosts(lab: Lab) -> str:
    lines = [
        f"{machine.address} {' '.join(lab.host_keys[machine.name].split()[:2])}\n"
        for machine in lab.machines
        if machine.address and machine.name in lab.host_keys
    ]
    return f"# The machines of lab {lab.name}\n" + "".join(lines)


def acceleration(cpuinfo: str, device: bool) -> str | None:
    """Why KVM cannot work on this host; None if it can.

    The device alone proves nothing: in some virtual machines it is there, opens and creates guests, and they hang.
    """
    if not device:
        return "there is no /dev/kvm; turn virtualisation on in the firmware and load kvm_intel or kvm_amd"
    if not re.search(r"(?m)^flags\s*:.*\b(vmx|svm)\b", cpuinfo):
        return (
            "its CPU has neither the flag vmx nor svm; in a virtual machine, turn nested virtualisation on at its host"
        )
    return None


# --- what libvirt is told -----------------------------------------------------------------------------------------


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _metadata(lab: str, **more: str) -> str:
    words = {"lab": lab, "definition": _DIGEST, **more}
    attributes = " ".join(f'{key}="{value}"' for key, value in words.items())
    return f'<metadata><netlab:lab xmlns:netlab="{NAMESPACE}" {attributes}/></metadata>'


def _stamped(xml: str) -> tuple[str, str]:
    """The XML with its own digest in its mark, and the digest."""
    digest = _short_digest(xml)
    return xml.replace(_DIGEST, digest), digest


def network_xml(lab: Lab, network: Network) -> tuple[str, str]:
    """It never has a <dhcp> element: libvirt's own DHCP server would answer instead of the pair."""
    nat = '\n  <forward mode="nat"/>' if network.nat else ""
    address = f'\n  <ip address="{network.address}" prefix="{network.subnet.prefixlen}"/>' if network.address else ""
    return _stamped(f"""\
<network>
  <name>{lab.libvirt_name(network)}</name>
  <uuid>{object_uuid("network", lab.name, network.name)}</uuid>
  {_metadata(lab.name)}{nat}
  <bridge name="{network.bridge}" stp="off" delay="0"/>{address}
</network>
""")


def pool_xml(lab: Lab) -> str:
    return f"""\
<pool type="dir">
  <name>{lab.pool}</name>
  <uuid>{object_uuid("pool", lab.name, lab.pool)}</uuid>
  <target><path>{escape(lab.pool_dir)}</path></target>
</pool>
"""


def overlay_xml(lab: Lab, machine: Machine) -> str:
    return f"""\
<volume type="file">
  <name>{machine.overlay}</name>
  <capacity unit="MiB">{max(machine.disk, lab.template_size)}</capacity>
  <target><format type="qcow2"/></target>
  <backingStore>
    <path>{escape(lab.pool_dir)}/{lab.template}</path>
    <format type="qcow2"/>
  </backingStore>
</volume>
"""


def _platform(emulated: bool) -> str:
    """The kind of machine, for installing the template and for running the machines."""
    if emulated:
        features = "".join(f'\n    <feature policy="require" name="{name}"/>' for name in EMULATED_FEATURES)
        cpu = f"""<cpu mode="custom" match="exact" check="none">
    <model fallback="forbid">{EMULATED_MODEL}</model>{features}
  </cpu>"""
        # Memory for translated code; the default is up to a GiB for each machine.
        tcg = '<tcg><tb-cache unit="MiB">256</tb-cache></tcg>'
    else:
        cpu, tcg = '<cpu mode="host-passthrough"/>', ""
    return f"""<features><acpi/>{tcg}</features>
  {cpu}
  <clock offset="utc"/>"""


def _console(name: str) -> str:
    return f"""<serial type="pty">
      <log file="/var/log/libvirt/qemu/{name}.console.log" append="off"/>
      <target port="0"/>
    </serial>
    <console type="pty"/>
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
    <memballoon model="none"/>"""


def domain_xml(lab: Lab, machine: Machine) -> tuple[str, str]:
    cards = "".join(
        # It boots from its disk: the card's boot ROM would only wait for a key.
        f"""
    <interface type="network">
      <mac address="{interface.mac}"/>
      <source network="{lab.libvirt_name(interface.network)}"/>
      <model type="virtio"/>
      <rom enabled="no"/>
      <address type="pci" domain="0x0000" bus="0x00" slot="0x{int(interface.name[3:]):02x}" function="0x0"/>
    </interface>"""
        for interface in machine.interfaces
    )
    # The old PC, not q35: on it a network card in PCI slot 9 is called ens9, as in the seed.
    # cache="unsafe": a lab's disks need not survive a crash of the host, and are faster this way.
    # The seed is a second virtio disk, not a CD-ROM: the cloud kernel has no AHCI and would not see it.
    return _stamped(f"""\
<domain type="{"qemu" if lab.emulated else "kvm"}">
  <name>{machine.name}</name>
  <uuid>{object_uuid("domain", lab.name, machine.name)}</uuid>
  {_metadata(lab.name, seed=lab.seed_digest(machine), template=lab.template)}
  <memory unit="MiB">{machine.memory}</memory>
  <vcpu>{machine.vcpus}</vcpu>
  <os>
    <type arch="x86_64" machine="pc">hvm</type>
    <boot dev="hd"/>
    <bios useserial="yes"/>
  </os>
  {_platform(lab.emulated)}
  <devices>
    <controller type="usb" model="none"/>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2" cache="unsafe"/>
      <source file={quoteattr(f"{lab.pool_dir}/{machine.overlay}")}/>
      <target dev="vda" bus="virtio"/>
    </disk>
    <disk type="file" device="disk">
      <driver name="qemu" type="raw"/>
      <source file={quoteattr(f"{lab.pool_dir}/{machine.seed}")}/>
      <target dev="vdb" bus="virtio"/>
      <readonly/>
    </disk>{cards}
    {_console(machine.name)}
  </devices>
</domain>
""")


def installation_xml(lab: str, emulated: bool, address: str, folder: str, memory: int) -> tuple[str, str]:
    """Network and machine of a network installation. The network is the only one of the lab with libvirt's own DHCP.

    Both are transient: libvirt forgets them when they are stopped.
    """
    start = address.rpartition(".")[0]
    mark = _metadata(lab).replace(_DIGEST, "installation")
    network = f"""\
<network>
  <name>{lab}-pxe</name>
  <uuid>{object_uuid("network", lab, "pxe")}</uuid>
  {mark}
  <forward mode="nat"/>
  <bridge name="{lab}-pxe" stp="off" delay="0"/>
  <ip address="{address}" prefix="24">
    <tftp root={quoteattr(folder + "/tftp")}/>
    <dhcp>
      <range start="{start}.100" end="{start}.199"/>
      <bootp file="pxelinux.0"/>
    </dhcp>
  </ip>
</network>
"""
    domain = f"""\
<domain type="{"qemu" if emulated else "kvm"}">
  <name>{lab}-template</name>
  <uuid>{object_uuid("domain", lab, "template")}</uuid>
  {mark}
  <memory unit="MiB">{memory}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch="x86_64" machine="pc">hvm</type>
    <boot dev="network"/>
  </os>
  {_platform(emulated)}
  <on_reboot>destroy</on_reboot>
  <devices>
    <controller type="usb" model="none"/>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2" cache="unsafe"/>
      <source file={quoteattr(f"{folder}/disk.qcow2")}/>
      <target dev="vda" bus="virtio"/>
    </disk>
    <interface type="network">
      <source network="{lab}-pxe"/>
      <model type="virtio"/>
    </interface>
    {_console(f"{lab}-template")}
  </devices>
</domain>
"""
    return network, domain


# --- what libvirt has ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoundNetwork:
    name: str
    active: bool
    mark: Mapping[str, str]
    dhcp: bool
    """Whether it has a DHCP server of libvirt's own."""


@dataclass(frozen=True)
class FoundMachine:
    name: str
    active: bool
    persistent: bool
    mark: Mapping[str, str]
    networks: frozenset[str]


@dataclass(frozen=True)
class FoundPool:
    uuid: str
    active: bool
    path: str | None


@dataclass(frozen=True)
class Found:
    networks: tuple[FoundNetwork, ...] = ()
    machines: tuple[FoundMachine, ...] = ()
    pool: FoundPool | None = None
    volumes: frozenset[str] | None = None
    """Names of the files in its folder; None: there is no such folder."""
    free: int | None = None
    """MiB where the folder is or would be."""

    @property
    def files(self) -> frozenset[str]:
        return self.volumes or frozenset()


def _parse(xml: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 - libvirtd's own answer


def _mark(root: ElementTree.Element) -> dict[str, str]:
    found = root.find(f"./metadata/{{{NAMESPACE}}}lab")
    return dict(found.attrib) if found is not None else {}


def found_network(xml: str, active: bool) -> FoundNetwork:
    root = _parse(xml)
    return FoundNetwork(root.findtext("./name") or "", active, _mark(root), root.find("./ip/dhcp") is not None)


def found_machine(xml: str, active: bool, persistent: bool) -> FoundMachine:
    root = _parse(xml)
    networks = frozenset(str(s.get("network")) for s in root.iterfind("./devices/interface/source[@network]"))
    return FoundMachine(root.findtext("./name") or "", active, persistent, _mark(root), networks)


def found_pool(xml: str, active: bool) -> FoundPool:
    root = _parse(xml)
    return FoundPool(root.findtext("./uuid") or "", active, root.findtext("./target/path"))


# --- from there to the lab ----------------------------------------------------------------------------------------


@dataclass
class Plan:
    """What is to be done, by name, in the order of doing it."""

    refusals: list[str] = field(default_factory=list)
    """Why nothing may be done."""
    warnings: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    """All of it, for people."""
    machines_shutdown: list[str] = field(default_factory=list)
    machines_destroy: list[str] = field(default_factory=list)
    machines_undefine: list[str] = field(default_factory=list)
    networks_remove: list[str] = field(default_factory=list)
    volumes_remove: list[str] = field(default_factory=list)
    pool_remove: str = ""
    """The state that the pool gets: deleted with its folder, absent without."""
    pool_define: str = ""
    """The XML that defines it."""
    pool_start: bool = False
    networks_define: list[dict[str, str]] = field(default_factory=list)
    networks_start: list[str] = field(default_factory=list)
    template_missing: bool = False
    machines_build: list[dict[str, Any]] = field(default_factory=list)
    machines_define: list[dict[str, str]] = field(default_factory=list)
    machines_start: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def remove(self, machine: FoundMachine) -> None:
        if machine.active:
            self.machines_destroy.append(machine.name)
        if machine.persistent:
            self.machines_undefine.append(machine.name)


def plan_present(found: Found, lab: Lab, rebuild: bool) -> Plan:
    plan = Plan(refusals=list(_refusals(found, lab)))
    plan.pool_start = found.pool is None or not found.pool.active
    if found.pool is None:
        plan.pool_define = pool_xml(lab)
        plan.steps.append(f"+ storage pool {lab.pool} in {lab.pool_dir}")
    elif plan.pool_start:
        plan.steps.append(f"~ storage pool {lab.pool}: start")
    keep = {lab.template}
    restarted = _plan_networks(plan, found, lab)
    _plan_machines(plan, found, lab, rebuild, restarted, keep)
    for name in sorted(found.files):
        if name.startswith("template-") and name not in keep:
            plan.volumes_remove.append(name)
            plan.steps.append(f"- volume {name} (a template that no machine uses)")
    plan.template_missing = bool(plan.machines_build) and lab.template not in found.files
    needs = MACHINE_SPACE * len(plan.machines_build) + (TEMPLATE_SPACE if plan.template_missing else 0)
    if found.free is not None and found.free < needs:
        plan.refusals.append(
            f"There is not enough space: {lab.pool_dir} has {found.free} MiB free, and {len(plan.machines_build)} new "
            f"machines need {needs} MiB. Free some, or set kvm_host_pool_dir to a folder on a larger file system."
        )
    return plan


def plan_absent(found: Found, lab: Lab) -> Plan:
    """Everything that carries the lab's mark, and nothing else."""
    plan = Plan()
    for machine in found.machines:
        if machine.mark.get("lab") == lab.name:
            plan.remove(machine)
            plan.steps.append(f"- machine {machine.name}")
    for network in found.networks:
        if network.mark.get("lab") == lab.name:
            plan.networks_remove.append(network.name)
            plan.steps.append(f"- network {network.name}")
    if found.pool is not None and found.pool.uuid == object_uuid("pool", lab.name, lab.pool):
        # The pool is ours, and so are the volumes with names of ours. Other files stay, and their folder with them.
        ours = {
            name
            for name in found.files
            if name.startswith("template-") or name.endswith((".overlay.qcow2", ".seed.iso"))
        }
        plan.volumes_remove = sorted(ours)
        plan.pool_remove = "deleted" if found.volumes is not None and found.volumes <= ours else "absent"
        plan.steps.append(f"- storage pool {lab.pool} with {len(plan.volumes_remove)} volumes")
    return plan


def _plan_networks(plan: Plan, found: Found, lab: Lab) -> set[str]:
    """Returns the networks that are stopped or started: their machines must be started again."""
    wanted = {lab.libvirt_name(network): network for network in lab.networks}
    there = {network.name: network for network in found.networks}
    for other in found.networks:
        if other.mark.get("lab") == lab.name and other.name not in wanted:
            plan.networks_remove.append(other.name)
            plan.steps.append(f"- network {other.name} (no longer declared)")
    for name, network in wanted.items():
        xml, digest = network_xml(lab, network)
        if name not in there:
            plan.steps.append(f"+ network {name}")
        elif there[name].mark.get("definition") != digest:
            plan.networks_remove.append(name)
            plan.steps.append(f"~ network {name}: its definition changed")
        elif not there[name].active:
            plan.networks_start.append(name)
            plan.steps.append(f"~ network {name}: start")
            continue
        else:
            continue
        plan.networks_define.append({"name": name, "xml": xml})
        plan.networks_start.append(name)
    return {*plan.networks_remove, *plan.networks_start}


def _plan_machines(
    plan: Plan, found: Found, lab: Lab, rebuild: bool, restarted: Collection[str], keep: set[str]
) -> None:
    """Adds to `keep` the templates of machines that are kept as they are."""
    there = {machine.name: machine for machine in found.machines}
    names = {machine.name for machine in lab.machines}
    for machine in found.machines:
        if machine.mark.get("lab") == lab.name and machine.name not in names:
            plan.remove(machine)
            plan.volumes_remove += _volumes(machine.name, found)
            plan.steps.append(f"- machine {machine.name} (no longer declared)")
    for wanted in lab.machines:
        name = wanted.name
        is_there = there.get(name)
        xml, digest = domain_xml(lab, wanted)
        mark = is_there.mark if is_there else {}
        template = mark.get("template", "")
        stale = (
            "template"
            if template != lab.template
            else "cloud-init data"
            if mark.get("seed") != lab.seed_digest(wanted)
            else ""
        )
        whole = {wanted.overlay, wanted.seed} <= found.files
        if is_there is None or not whole or (stale and rebuild):
            why = "" if is_there is None else " (built again)" if whole else " (built again: its disks are gone)"
            plan.steps.append(f"+ machine {name}{why}")
            if is_there is not None:
                plan.remove(is_there)
            # Disks without a machine are the remains of an interrupted run: a machine is defined last of all.
            plan.volumes_remove += _volumes(name, found)
            plan.machines_build.append(
                {
                    "name": name,
                    "overlay": overlay_xml(lab, wanted),
                    "meta": cloud_meta(lab, wanted),
                    "network": cloud_network(wanted),
                }
            )
            plan.machines_define.append({"name": name, "xml": xml})
            plan.machines_start.append(name)
            continue
        if stale:
            keep.add(template)
            plan.warnings.append(
                f'Machine "{name}" was built with another {stale} than is declared now, and is kept as it is. To build '
                "such machines again: -e kvm_host_rebuild=true"
            )
        if mark.get("definition") != digest and not stale:
            plan.steps.append(f"~ machine {name}: restart, its definition changed")
            plan.machines_define.append({"name": name, "xml": xml})
        elif not is_there.active:
            plan.steps.append(f"~ machine {name}: start")
        elif not is_there.networks.isdisjoint(restarted):
            plan.steps.append(f"~ machine {name}: restart, because its network restarts")
        else:
            continue
        if is_there.active:
            plan.machines_shutdown.append(name)
        plan.machines_start.append(name)


def _volumes(machine: str, found: Found) -> list[str]:
    return sorted(found.files & {f"{machine}.overlay.qcow2", f"{machine}.seed.iso"})


def _refusals(found: Found, lab: Lab) -> Iterator[str]:
    """Names of this lab that belong to something else."""
    if found.pool is not None and found.pool.uuid != object_uuid("pool", lab.name, lab.pool):
        yield (
            f'The storage pool "{lab.pool}" exists and was not made by lab "{lab.name}" (its folder is '
            f"{found.pool.path}). Choose another name for the lab, or, if nobody needs it: virsh pool-undefine "
            f"{lab.pool}"
        )
    networks = {network.name: network for network in found.networks}
    for name in map(lab.libvirt_name, lab.networks):
        network = networks.get(name)
        if network is None:
            continue
        if network.mark.get("lab") != lab.name:
            yield (
                f'The network "{name}" exists and was not made by lab "{lab.name}" ({_owner(network.mark)}). Choose '
                f"another name for the lab, or, if nobody needs it: virsh net-destroy {name}; virsh net-undefine {name}"
            )
        elif network.dhcp:
            yield (
                f'The network "{name}" has a DHCP server of libvirt\'s own, which would answer instead of the pair. '
                f"Remove the <dhcp> element with: virsh net-edit {name}; virsh net-destroy {name}"
            )
    machines = {machine.name: machine for machine in found.machines}
    for name in [*(machine.name for machine in lab.machines), lab.installer]:
        if name in machines and machines[name].mark.get("lab") != lab.name:
            yield (
                f'The virtual machine "{name}" exists and was not made by lab "{lab.name}" '
                f"({_owner(machines[name].mark)}). Rename one of them (virsh domrename), or, if nobody needs it: virsh "
                f"undefine {name}"
            )


def _owner(mark: Mapping[str, str]) -> str:
    return f'it belongs to lab "{mark["lab"]}"' if mark.get("lab") else f"it does not carry the mark of {MARK}"
