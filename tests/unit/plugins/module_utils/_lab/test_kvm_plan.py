# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import PlanError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.image import boot_record
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_lab import (
    NAMESPACE,
    Lab,
    acceleration,
    cloud_meta,
    cloud_network,
    domain_xml,
    installation_xml,
    known_hosts,
    make_lab,
    network_xml,
    object_uuid,
    overlay_xml,
    pool_xml,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    FoundMachine,
    FoundNetwork,
    FoundPool,
    LibvirtState,
    found_machine,
    found_network,
    found_pool,
    plan_absent,
    plan_present,
)

NETWORKS: list[dict[str, Any]] = [
    {"name": "default", "subnet": "10.9.8.0/24", "nat": True},
    {"name": "practica", "subnet": "172.16.1.0/24"},
]
TEMPLATE = "template-debootstrap-0123.qcow2"
SETTINGS: dict[str, Any] = {
    "pool_dir": "/images/<lab>",
    "template": TEMPLATE,
    "template_size": 2048,
    "emulated": True,
    "authorized_key": "ssh-ed25519 LOGIN",
    "host_keys": {"ds1": "ssh-ed25519 HOST root@ds1"},
}


def parse(xml: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 - our own text


def attributes(xml: str, path: str) -> dict[str, str]:
    (found,) = parse(xml).iterfind(path)
    return dict(found.attrib)


def machine(name: str = "ds1", **more: Any) -> dict[str, Any]:
    first = {"name": "ens3", "network": "default", "address": "10.9.8.20"}
    return {"name": name, "interfaces": [first, {"name": "ens9", "network": "practica"}], **more}


def make(machines: Any = None, networks: Any = None, **settings: Any) -> Lab:
    declared = [machine()] if machines is None else machines
    return make_lab("kvm", NETWORKS if networks is None else networks, declared, **{**SETTINGS, **settings})


# --- what is wanted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eth0", "ens2", "ens32", "ens", "ens03"])
def test_an_interface_without_a_pci_slot_is_refused(name: str) -> None:
    with pytest.raises(PlanError, match="ens3 to ens31"):
        make([{"name": "x", "interfaces": [{"name": name, "network": "practica"}]}])


def test_cloud_init_leaves_the_service_interface_alone() -> None:
    lab = make()
    assert cloud_meta(lab, lab.machines[0])["local-hostname"] == "ds1"
    entry = next(iter(cloud_network(lab.machines[0])["ethernets"].values()))
    assert entry["set-name"] == "ens3"
    assert entry["addresses"] == ["10.9.8.20/24"]
    assert entry["gateway4"] == "10.9.8.1"


def test_known_hosts_has_every_machine_with_an_address_and_a_key() -> None:
    second = {"name": "other", "interfaces": [{"name": "ens3", "network": "default", "address": "10.9.8.21"}]}
    assert known_hosts(make([machine(), second])) == "# The machines of lab kvm\n10.9.8.20 ssh-ed25519 HOST\n"


@pytest.mark.parametrize(
    "cpuinfo, device, reason",
    [
        ("flags\t\t: fpu vmx sse\n", True, None),
        ("flags\t\t: fpu svm sse\n", True, None),
        ("flags\t\t: fpu vmx sse\n", False, "/dev/kvm"),
        ("flags\t\t: fpu sse\nmodel name\t: vmx\n", True, "vmx"),
        ("", True, "vmx"),
    ],
)
def test_kvm_is_used_where_it_can_work(cpuinfo: str, device: bool, reason: str | None) -> None:
    said = acceleration(cpuinfo, device)
    assert (said is None) == (reason is None)
    assert (reason or "") in (said or "")


# --- what libvirt is told -----------------------------------------------------------------------------------------


def test_a_network_never_answers_dhcp() -> None:
    default, practica = (network_xml(make(), network)[0] for network in make().networks)
    assert parse(default).findtext("name") == "kvm-default"
    assert attributes(default, "forward") == {"mode": "nat"}
    assert attributes(default, "ip") == {"address": "10.9.8.1", "prefix": "24"}
    assert not {"forward", "ip"} & {node.tag for node in parse(practica)}
    assert "dhcp>" not in default + practica


def test_a_machine_is_described_as_declared() -> None:
    lab = make([machine(memory=384, vcpus=2)])
    xml, digest = domain_xml(lab, lab.machines[0])
    root = parse(xml)
    assert (root.findtext("memory"), root.findtext("vcpu"), root.get("type")) == ("384", "2", "qemu")
    assert [node.get("slot") for node in root.iterfind(".//interface/address")] == ["0x03", "0x09"]
    assert [node.get("file") for node in root.iterfind(".//disk/source")] == [
        "/images/<lab>/ds1.overlay.qcow2",
        "/images/<lab>/ds1.seed.iso",
    ]
    mark = found_machine(xml, active=True, persistent=True).mark
    assert mark == {"lab": "kvm", "definition": digest, "seed": lab.seed_digest(lab.machines[0]), "template": TEMPLATE}
    assert parse(domain_xml(make(emulated=False), lab.machines[0])[0]).get("type") == "kvm"


def test_a_disk_is_as_large_as_declared_and_never_smaller_than_the_template() -> None:
    for disk, size in ((0, "2048"), (4096, "4096")):
        lab = make([machine(disk=disk)])
        root = parse(overlay_xml(lab, lab.machines[0]))
        assert root.findtext("capacity") == size
        assert root.findtext("backingStore/path") == f"/images/<lab>/{TEMPLATE}"


def test_an_installation_has_dhcp_and_carries_the_mark() -> None:
    network, domain = installation_xml("kvm", True, "10.9.7.1", "/f", 1024)
    assert attributes(network, "ip/dhcp/range") == {"start": "10.9.7.100", "end": "10.9.7.199"}
    assert found_network(network, active=True).mark["lab"] == "kvm"
    found = found_machine(domain, active=True, persistent=False)
    assert (found.name, found.mark["lab"], found.networks) == ("kvm-template", "kvm", {"kvm-pxe"})


# --- what libvirt has ---------------------------------------------------------------------------------------------


def test_metadata_of_somebody_else_is_not_our_mark() -> None:
    xml = "<network><name>x</name><metadata><lab xmlns='https://example.org' lab='kvm'/></metadata></network>"
    assert found_network(xml, active=True) == FoundNetwork("x", True, {}, dhcp=False)


def test_a_dhcp_server_of_libvirt_is_seen() -> None:
    dhcp = "<dhcp><range start='1.2.3.4' end='1.2.3.5'/></dhcp>"
    assert found_network(f"<network><name>x</name><ip address='1.2.3.1'>{dhcp}</ip></network>", active=True).dhcp


def test_a_machine_is_read_with_its_networks() -> None:
    mark = f"<metadata><n:lab xmlns:n='{NAMESPACE}' lab='kvm'/></metadata>"
    cards = "<interface><source network='n1'/></interface><interface><source bridge='b'/></interface>"
    found = found_machine(f"<domain><name>x</name>{mark}<devices>{cards}</devices></domain>", True, True)
    assert found == FoundMachine("x", True, True, {"lab": "kvm"}, frozenset({"n1"}))


# --- from there to the lab ----------------------------------------------------------------------------------------


def built(lab: Lab | None = None) -> LibvirtState:
    """What libvirt has when the whole lab is there, beside things of somebody else."""
    lab = lab or make()
    theirs = FoundNetwork("default", True, {}, dhcp=True)
    return LibvirtState(
        (*(found_network(network_xml(lab, network)[0], active=True) for network in lab.networks), theirs),
        (
            *(found_machine(domain_xml(lab, one)[0], active=True, persistent=True) for one in lab.machines),
            FoundMachine("theirs", True, True, {}, frozenset({"default"})),
        ),
        found_pool(pool_xml(lab), active=True),
        frozenset({TEMPLATE, *(name for one in lab.machines for name in (one.overlay, one.seed))}),
        100_000,
    )


def changed(found: LibvirtState, which: str, **changes: Any) -> LibvirtState:
    """The same with another machine or network of that name."""
    return replace(
        found,
        machines=tuple(replace(one, **changes) if one.name == which else one for one in found.machines),
        networks=tuple(replace(one, **changes) if one.name == which else one for one in found.networks),
    )


def test_nothing_is_there() -> None:
    plan = plan_present(LibvirtState(free=100_000), make(), rebuild=False)
    assert plan.steps == [
        "+ storage pool netlab-kvm in /images/<lab>",
        "+ network kvm-default",
        "+ network kvm-practica",
        "+ machine ds1",
    ]
    assert plan.pool_define
    assert plan.template_missing
    assert [one["name"] for one in plan.machines_build] == plan.machines_start == ["ds1"]
    assert plan.networks_start == ["kvm-default", "kvm-practica"]
    assert not plan.refusals


def test_everything_is_there() -> None:
    assert not any(plan_present(built(), make(), rebuild=False).as_dict().values())
    assert not any(plan_present(built(), make(), rebuild=True).as_dict().values())


def test_disks_without_a_machine_are_not_trusted() -> None:
    plan = plan_present(replace(built(), machines=()), make(), rebuild=False)
    assert plan.volumes_remove == ["ds1.overlay.qcow2", "ds1.seed.iso"]
    assert [one["name"] for one in plan.machines_build] == ["ds1"]
    assert plan.machines_undefine == []


def test_a_machine_without_disks_is_built_again() -> None:
    plan = plan_present(replace(built(), volumes=frozenset({TEMPLATE})), make(), rebuild=False)
    assert plan.machines_destroy == plan.machines_undefine == ["ds1"]
    assert plan.steps == ["+ machine ds1 (built again: its disks are gone)"]


@pytest.mark.parametrize(
    "change, what",
    [({"template": "template-other.qcow2"}, "another template"), ({"authorized_key": "x"}, "another seed")],
)
def test_a_machine_of_another_template_is_kept_until_a_rebuild_is_asked_for(change: Any, what: str) -> None:
    plan = plan_present(built(), make(**change), rebuild=False)
    assert plan.steps == []
    assert what in plan.warnings[0]
    assert "kvm_host_rebuild" in plan.warnings[0]
    again = plan_present(built(), make(**change), rebuild=True)
    assert [one["name"] for one in again.machines_build] == again.machines_undefine == ["ds1"]
    assert (TEMPLATE in again.volumes_remove) == ("template" in change)


def test_changed_memory_restarts_the_machine() -> None:
    plan = plan_present(built(), make([machine(memory=1024)]), rebuild=False)
    assert plan.machines_shutdown == plan.machines_start == ["ds1"]
    assert [one["name"] for one in plan.machines_define] == ["ds1"]
    assert not plan.machines_build


def test_a_machine_that_is_off_is_started() -> None:
    plan = plan_present(changed(built(), "ds1", active=False), make(), rebuild=False)
    assert plan.machines_start == ["ds1"]
    assert not plan.machines_define
    assert not plan.machines_shutdown


def test_a_changed_network_restarts_its_machines() -> None:
    networks = [NETWORKS[0], {**NETWORKS[1], "address": "172.16.1.1"}]
    plan = plan_present(built(), make(networks=networks), rebuild=False)
    assert plan.networks_remove == plan.networks_start == ["kvm-practica"]
    assert plan.machines_shutdown == plan.machines_start == ["ds1"]


def test_what_is_no_longer_declared_is_removed() -> None:
    plan = plan_present(built(), make([], []), rebuild=False)
    assert plan.machines_undefine == ["ds1"]
    assert plan.networks_remove == ["kvm-default", "kvm-practica"]
    assert "ds1.overlay.qcow2" in plan.volumes_remove


def test_the_remains_of_an_interrupted_installation_are_removed() -> None:
    left = FoundMachine("kvm-template", True, False, {"lab": "kvm"}, frozenset({"kvm-pxe"}))
    network = FoundNetwork("kvm-pxe", True, {"lab": "kvm"}, dhcp=True)
    found = built()
    found = replace(found, machines=(*found.machines, left), networks=(*found.networks, network))
    plan = plan_present(found, make(), rebuild=False)
    assert (plan.machines_destroy, plan.machines_undefine) == (["kvm-template"], [])
    assert plan.networks_remove == ["kvm-pxe"]


@pytest.mark.parametrize(
    "found, reason",
    [
        (changed(built(), "ds1", mark={}), 'virtual machine "ds1" exists and was not made'),
        (changed(built(), "ds1", mark={"lab": "other"}), 'it belongs to lab "other"'),
        (changed(built(), "kvm-practica", mark={}), 'network "kvm-practica" exists and was not made'),
        (changed(built(), "kvm-practica", dhcp=True), "DHCP server of libvirt's own"),
        (changed(built(), "theirs", name="kvm-template"), 'virtual machine "kvm-template" exists'),
        (replace(built(), pool=FoundPool("x", True, "/p")), 'storage pool "netlab-kvm" exists and was not made'),
        (LibvirtState(free=1535), "1535 MiB free, and 1 new machines need 1536 MiB"),
    ],
)
def test_what_is_in_the_way_is_named(found: LibvirtState, reason: str) -> None:
    (refusal,) = plan_present(found, make(), rebuild=False).refusals
    assert reason in refusal


def test_only_what_is_marked_is_removed() -> None:
    found = built()
    plan = plan_absent(replace(found, volumes=found.files | {"photos.img"}), make())
    assert plan.machines_undefine == ["ds1"]
    assert plan.networks_remove == ["kvm-default", "kvm-practica"]
    assert "photos.img" not in plan.volumes_remove
    assert plan.pool_remove == "absent", "the folder stays"
    assert plan_absent(found, make()).pool_remove == "deleted"
    assert plan_absent(replace(found, volumes=None), make()).pool_remove == "absent", "there is no folder"


def test_a_pool_of_somebody_else_stays() -> None:
    plan = plan_absent(LibvirtState(pool=FoundPool("x", True, "/p"), volumes=frozenset({TEMPLATE})), make())
    assert not any(plan.as_dict().values())


def test_two_labs_share_no_object() -> None:
    assert object_uuid("network", "a", "practica") != object_uuid("network", "b", "practica")


# --- the image ----------------------------------------------------------------------------------------------------


def test_boot_record() -> None:
    record = boot_record(b"\xeb" * 512, 4096)
    assert len(record) == 512
    assert record[:440] == b"\xeb" * 440
    assert record[446] == 0x80
    assert record[450] == 0x83
    assert int.from_bytes(record[454:458], "little") == 2048
    assert int.from_bytes(record[458:462], "little") == 2048
    assert record[-2:] == b"\x55\xaa"
