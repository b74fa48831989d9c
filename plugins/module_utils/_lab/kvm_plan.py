# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of virtual machines: what libvirt has of it, and what is to be done. No I/O.

Private to this collection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import MARK
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_lab import (
    NAMESPACE,
    Lab,
    cloud_meta,
    cloud_network,
    domain_xml,
    network_xml,
    object_uuid,
    overlay_xml,
    pool_xml,
)

MACHINE_SPACE = 512
"""MiB that must be free for a machine that is to be built."""
TEMPLATE_SPACE = 1024


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
class LibvirtState:
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
class LabPlan:
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


def plan_present(found: LibvirtState, lab: Lab, rebuild: bool) -> LabPlan:
    plan = LabPlan(refusals=list(_refusals(found, lab)))
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


def plan_absent(found: LibvirtState, lab: Lab) -> LabPlan:
    """Everything that carries the lab's mark, and nothing else."""
    plan = LabPlan()
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


def _plan_networks(plan: LabPlan, found: LibvirtState, lab: Lab) -> set[str]:
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
    plan: LabPlan, found: LibvirtState, lab: Lab, rebuild: bool, restarted: Collection[str], keep: set[str]
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
            "template" if template != lab.template else "seed" if mark.get("seed") != lab.seed_digest(wanted) else ""
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


def _volumes(machine: str, found: LibvirtState) -> list[str]:
    return sorted(found.files & {f"{machine}.overlay.qcow2", f"{machine}.seed.iso"})


def _refusals(found: LibvirtState, lab: Lab) -> Iterator[str]:
    """Names of this lab that belong to something else."""
    if found.pool is not None and found.pool.uuid != object_uuid("pool", lab.name, lab.pool):
        yield (
            f'The storage pool "{lab.pool}" exists and was not made by lab "{lab.name}" (its folder is '
            f"{found.pool.path}). Choose another name for the lab, or, if it is not needed: virsh pool-undefine "
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
                f"another name for the lab, or, if unused: virsh net-destroy {name}; virsh net-undefine {name}"
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
                f"({_owner(machines[name].mark)}). Rename one of them (virsh domrename), or, if unused: virsh "
                f"undefine {name}"
            )


def _owner(mark: Mapping[str, str]) -> str:
    return f'it belongs to lab "{mark["lab"]}"' if mark.get("lab") else f"it does not carry the mark of {MARK}"
