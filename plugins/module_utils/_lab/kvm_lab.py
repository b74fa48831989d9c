# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of virtual machines as declared, and as libvirt and the machines are told. No I/O.

Private to this collection.

Everything that libvirt can keep metadata with is marked with the lab's name and a digest of its definition. A storage
pool has no metadata: its UUID, derived from the lab's name, is its mark.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import (
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
        """Digest of what the seed disk says, with the public halves of the keys."""
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
        return "the CPU lacks the flags vmx and svm; in a virtual machine, turn nested virtualisation on at its host"
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
