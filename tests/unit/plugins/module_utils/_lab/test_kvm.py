# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.image import boot_record
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    DIGEST,
    NAMESPACE,
    complete,
    domain_facts,
    expand,
    network_facts,
    overlay,
    plan,
    plan_absent,
    seed,
    stamp,
    volume_facts,
)

NETWORKS = [{"name": "default", "subnet": "10.9.8.0/24", "mode": "nat"}, {"name": "practica"}]
POOL = {"name": "netlab-kvm", "uuid": "pool-uuid", "path": "/images/netlab-kvm"}
TEMPLATE = "template-debootstrap-0123.qcow2"


def machine(name: str = "ds1", **more: Any) -> dict[str, Any]:
    first = {"name": "ens3", "network": "default", "address": "10.9.8.20"}
    return {"name": name, "interfaces": [first, {"name": "ens9", "network": "practica"}], **more}


# --- what is wanted ----------------------------------------------------------------------------------------------


def test_networks_are_complete() -> None:
    default, practica = complete("kvm", NETWORKS)
    assert default["libvirt_name"] == default["bridge"] == "kvm-default"
    assert (default["address"], default["prefix"]) == ("10.9.8.1", 24)
    assert (practica["mode"], practica["address"]) == ("isolated", None)
    assert default["uuid"] != practica["uuid"] != complete("other", NETWORKS)[1]["uuid"]


def test_count_makes_more_clients_with_the_addresses_that_follow() -> None:
    mac = "52:54:00:c1:fb:9c"
    given = machine("dhcp_client", count="3")
    given["interfaces"][1]["mac"] = mac
    made = expand("kvm", [given], NETWORKS)
    assert [m["name"] for m in made] == ["dhcp_client", "dhcp_client2", "dhcp_client3"]
    assert [m["hostname"] for m in made] == ["dhcp-client", "dhcp-client2", "dhcp-client3"]
    assert [m["address"] for m in made] == ["10.9.8.20", "10.9.8.21", "10.9.8.22"]
    assert [m["first"] for m in made] == ["dhcp_client"] * 3
    macs = [m["interfaces"][1]["mac"] for m in made]
    assert macs[0] == mac
    assert len(set(macs)) == 3


def test_interface_name_is_the_pci_slot() -> None:
    (made,) = expand("kvm", [machine()], NETWORKS)
    assert [i["slot"] for i in made["interfaces"]] == [3, 9]


def test_cloud_init_leaves_the_service_interface_alone() -> None:
    (made,) = expand("kvm", [machine()], NETWORKS)
    (entry,) = made["cloud_network"]["ethernets"].values()
    assert entry["set-name"] == "ens3"
    assert entry["addresses"] == ["10.9.8.20/24"]
    assert entry["gateway4"] == "10.9.8.1"


@pytest.mark.parametrize(
    "lab, networks, machines, says",
    [
        ("KVM", NETWORKS, [], "the name must be"),
        ("kvm", [{"name": "n", "mode": "nat"}], [], "NAT needs a subnet"),
        ("kvm", [{"name": "n", "mode": "bridge"}], [], "name of a bridge"),
        ("kvm", [{"name": "a-name-that-is-long"}], [], "15 characters"),
        ("kvm", [{"name": "n"}, {"name": "n"}], [], "used twice"),
        ("kvm", NETWORKS, [{"name": "X"}], "lower case"),
        ("kvm", NETWORKS, [{"name": "x", "interfaces": [{"name": "eth0", "network": "practica"}]}], "ens3 to ens31"),
        ("kvm", NETWORKS, [{"name": "x", "interfaces": [{"name": "ens2", "network": "practica"}]}], "ens3 to ens31"),
        ("kvm", NETWORKS, [{"name": "x", "interfaces": [{"name": "ens3", "network": "no"}]}], "not declared"),
        (
            "kvm",
            NETWORKS,
            [{"name": "x", "interfaces": [{"name": "ens3", "network": "practica", "address": "1.2.3.4"}]}],
            "has no subnet",
        ),
        (
            "kvm",
            NETWORKS,
            [{"name": "x", "interfaces": [{"name": "ens3", "network": "default", "address": "10.9.8.1"}]}],
            "not free",
        ),
        (
            "kvm",
            NETWORKS,
            [{"name": "x", "interfaces": [{"name": "ens3", "network": "practica", "mac": "01:00:00:00:00:00"}]}],
            "hardware address",
        ),
        ("kvm", NETWORKS, [machine("a"), machine("b")], "10.9.8.20 is used twice"),
        ("kvm", NETWORKS, [machine(count=300)], "not free"),
    ],
)
def test_complaints(lab: str, networks: Any, machines: Any, says: str) -> None:
    with pytest.raises(ValueError, match="cannot be built as declared") as raised:
        expand(lab, machines, networks)
    assert says in str(raised.value)


# --- what libvirt says -------------------------------------------------------------------------------------------

MARK = f"<metadata><n:lab xmlns:n='{NAMESPACE}' lab='kvm' definition='d'/></metadata>"


def test_marks_are_read() -> None:
    assert network_facts(f"<network><name>x</name>{MARK}</network>") == {
        "name": "x",
        "mark": {"lab": "kvm", "definition": "d"},
        "dhcp": False,
    }
    facts = domain_facts(
        f"<domain><name>x</name><uuid>u</uuid>{MARK}<devices><disk><source file='/d'/></disk>"
        "<interface><source network='n1'/></interface><interface><source bridge='b'/></interface></devices></domain>"
    )
    assert facts["mark"]["lab"] == "kvm"
    assert (facts["networks"], facts["disks"], facts["console"]) == (["n1"], ["/d"], None)


def test_foreign_metadata_is_not_a_mark() -> None:
    xml = "<network><name>x</name><metadata><lab xmlns='https://example.org' lab='kvm'/></metadata></network>"
    assert network_facts(xml)["mark"] == {}


def test_dhcp_of_libvirt_is_seen() -> None:
    dhcp = "<dhcp><range start='1.2.3.4' end='1.2.3.5'/></dhcp>"
    xml = f"<network><name>x</name><ip address='1.2.3.1'>{dhcp}</ip></network>"
    assert network_facts(xml)["dhcp"]


def test_backing_file_is_read() -> None:
    paths = "<target><path>/v</path></target><backingStore><path>/t</path></backingStore>"
    xml = f"<volume><name>v</name><physical>7</physical>{paths}</volume>"
    assert volume_facts(xml) == {"name": "v", "path": "/v", "bytes": 7, "backing": "/t"}


# --- from there to here ------------------------------------------------------------------------------------------


def wanted(**more: Any) -> dict[str, Any]:
    return {
        "lab": "kvm",
        "rebuild": False,
        "pool": POOL,
        "template": TEMPLATE,
        "networks": [{"name": "kvm-practica", "xml": f"<network {DIGEST}/>"}],
        "machines": [{"name": "ds1", "xml": f"<domain {DIGEST}/>", "seed": "s"}],
        **more,
    }


def built() -> dict[str, Any]:
    """The state of libvirt when all of `wanted` exists."""
    mark = {"lab": "kvm", "definition": stamp(f"<domain {DIGEST}/>")[1], "seed": "s", "template": TEMPLATE}
    return {
        "networks": [
            {
                "name": "kvm-practica",
                "active": True,
                "dhcp": False,
                "mark": {"lab": "kvm", "definition": stamp(f"<network {DIGEST}/>")[1]},
            },
            {"name": "default", "active": True, "dhcp": True, "mark": {}},
        ],
        "domains": [
            {"name": "ds1", "active": True, "networks": ["kvm-practica"], "mark": mark},
            {"name": "theirs", "active": True, "networks": ["default"], "mark": {}},
        ],
        "pool": {"uuid": POOL["uuid"], "active": True, "path": POOL["path"]},
        "volumes": [{"name": name} for name in (TEMPLATE, overlay("ds1"), seed("ds1"))],
    }


NOTHING: dict[str, Any] = {"networks": [], "domains": [], "pool": {}, "volumes": []}


def test_nothing_there() -> None:
    todo = plan(NOTHING, wanted())
    assert not todo["refusals"]
    assert todo["pool_define"]
    assert todo["machines_build"] == ["ds1"]
    assert todo["networks_start"] == ["kvm-practica"]
    assert len(todo["steps"]) == 3
    (defined,) = todo["machines_define"]
    assert DIGEST not in defined["xml"]


def test_all_there() -> None:
    todo = plan(built(), wanted())
    assert todo["steps"] == todo["refusals"] == todo["warnings"] == []
    assert not any(value for value in todo.values())


def test_disks_without_a_machine_are_not_trusted() -> None:
    found = built()
    del found["domains"][0]
    todo = plan(found, wanted())
    assert sorted(todo["volumes_remove"]) == sorted([overlay("ds1"), seed("ds1")])
    assert todo["machines_build"] == ["ds1"]
    assert todo["machines_remove"] == []


def test_machine_without_disks_is_built_again() -> None:
    found = built()
    found["volumes"].pop()
    todo = plan(found, wanted())
    assert (todo["machines_stop"], todo["machines_remove"], todo["machines_build"]) == (["ds1"], ["ds1"], ["ds1"])


def test_changed_template_is_told_and_nothing_else() -> None:
    todo = plan(built(), wanted(template="template-other.qcow2"))
    assert todo["steps"] == []
    assert "another template" in todo["warnings"][0]
    assert "kvm_host_rebuild" in todo["warnings"][0]


def test_changed_template_and_rebuild() -> None:
    todo = plan(built(), wanted(template="template-other.qcow2", rebuild=True))
    assert todo["machines_build"] == todo["machines_remove"] == ["ds1"]
    assert TEMPLATE in todo["volumes_remove"]


def test_rebuild_without_a_change_does_nothing() -> None:
    assert plan(built(), wanted(rebuild=True))["steps"] == []


def test_changed_memory_is_a_restart() -> None:
    todo = plan(built(), wanted(machines=[{"name": "ds1", "xml": f"<domain more {DIGEST}/>", "seed": "s"}]))
    assert (todo["machines_stop"], todo["machines_start"], todo["machines_build"]) == (["ds1"], ["ds1"], [])


def test_machine_that_is_off_is_started() -> None:
    found = built()
    found["domains"][0]["active"] = False
    todo = plan(found, wanted())
    assert todo["machines_start"] == ["ds1"]
    assert todo["machines_define"] == todo["machines_stop"] == []


def test_changed_network_restarts_its_machines() -> None:
    todo = plan(built(), wanted(networks=[{"name": "kvm-practica", "xml": f"<network more {DIGEST}/>"}]))
    assert todo["networks_remove"] == todo["networks_start"] == ["kvm-practica"]
    assert todo["machines_stop"] == todo["machines_start"] == ["ds1"]


def test_undeclared_objects_are_removed() -> None:
    todo = plan(built(), wanted(machines=[], networks=[]))
    assert todo["machines_remove"] == ["ds1"]
    assert todo["networks_remove"] == ["kvm-practica"]
    assert overlay("ds1") in todo["volumes_remove"]


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda f: f["domains"][0].update(mark={}), 'virtual machine "ds1" exists and was not made'),
        (lambda f: f["domains"][0].update(mark={"lab": "other"}), 'it is of lab "other"'),
        (lambda f: f["networks"][0].update(mark={}), 'network "kvm-practica" exists and was not made'),
        (lambda f: f["networks"][0].update(dhcp=True), "DHCP server of libvirt's own"),
        (lambda f: f["pool"].update(uuid="x"), 'storage pool "netlab-kvm" exists and was not made'),
    ],
)
def test_refusals(change: Any, says: str) -> None:
    found = built()
    change(found)
    (refusal,) = plan(found, wanted())["refusals"]
    assert says in refusal


def test_only_what_is_marked_is_removed() -> None:
    found = built()
    found["volumes"].append({"name": "photos.img"})
    todo = plan_absent(found, "kvm", POOL)
    assert todo["machines_remove"] == ["ds1"]
    assert todo["networks_remove"] == ["kvm-practica"]
    assert "photos.img" not in todo["volumes_remove"]
    assert todo["pool_foreign"] == ["photos.img"]


def test_a_pool_that_is_not_ours_stays() -> None:
    found = built()
    found["pool"]["uuid"] = "x"
    found["domains"] = found["networks"] = []
    todo = plan_absent(found, "kvm", POOL)
    assert not todo["pool_remove"]
    assert todo["steps"] == []


# --- the image ---------------------------------------------------------------------------------------------------


def test_boot_record() -> None:
    record = boot_record(b"\xeb" * 512, 4096)
    assert len(record) == 512
    assert record[:440] == b"\xeb" * 440
    assert record[446] == 0x80
    assert record[450] == 0x83
    assert int.from_bytes(record[454:458], "little") == 2048
    assert int.from_bytes(record[458:462], "little") == 2048
    assert record[-2:] == b"\x55\xaa"
