# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import PlanError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import (
    Lab,
    firewall_cure,
    link_name,
    machine_files,
    make_lab,
    nameservers,
    nat_comment,
    nat_ruleset,
    nspawn_command,
    nspawn_environment,
    subnet_clashes,
    unit_command,
)

BASES = {"bookworm": "/base/bookworm-1", "trixie": "/base/trixie-1"}
NETWORKS: list[dict[str, Any]] = [
    {"name": "mgmt", "subnet": "10.9.0.0/24", "nat": True},
    {"name": "practica", "subnet": "172.16.1.0/24"},
]


def machine(name: str = "dhcp_server1", **changes: Any) -> dict[str, Any]:
    interfaces = [
        {"name": "host0", "network": "mgmt", "address": "10.9.0.11"},
        {"name": "ens9", "network": "practica"},
    ]
    return {"name": name, "release": "bookworm", "interfaces": interfaces, **changes}


def lab(name: str = "lab", networks: Any = None, machines: Any = ()) -> Lab:
    return make_lab(name, NETWORKS if networks is None else networks, machines or [machine()], BASES)


def test_a_labs_names_derive_from_its_own_name() -> None:
    made = lab()
    (server,) = made.machines
    assert [network.bridge for network in made.networks] == ["lab-mgmt", "lab-practica"]
    assert [network.host_address for network in made.networks] == ["10.9.0.1/24", None]
    assert [made.link(server, interface) for interface in server.interfaces] == ["lab-ds1-host0", "lab-ds1-ens9"]
    assert (server.hostname, server.base, made.table) == ("dhcp-server1", "/base/bookworm-1", "netlab_lab")
    assert server.address == "10.9.0.11"


def test_two_labs_share_no_name() -> None:
    names = [
        {*one.links.values(), *(network.bridge for network in one.networks), one.table} for one in (lab("a"), lab("b"))
    ]
    assert not names[0] & names[1]
    macs = [{interface.mac for interface in one.machines[0].interfaces} for one in (lab("a"), lab("b"))]
    assert not macs[0] & macs[1]


@pytest.mark.parametrize(
    "machine_name, interface, expected",
    [
        ("dhcp_server1", "ens9", "lab-ds1-ens9"),
        ("dhcp_server12", "ens9", "lab-ds12-ens9"),
        ("client", "ens9", "lab-c-ens9"),
        ("a", "b", "lab-a-b"),
        ("p1a", "ens9", "lab-p1a-ens9"),
        ("site2_server1b", "ens9", "lab-s2s1b-ens9"),
    ],
)
def test_a_link_is_named_after_its_machine(machine_name: str, interface: str, expected: str) -> None:
    assert link_name("lab", machine_name, interface) == expected


def links(*machines: str, interface: str = "ens9", name: str = "lab") -> list[str]:
    declared = [
        {"name": one, "release": "bookworm", "interfaces": [{"name": interface, "network": "practica"}]}
        for one in machines
    ]
    return list(make_lab(name, NETWORKS, declared, BASES).links.values())


@pytest.mark.parametrize(
    "machines, interface",
    [
        (("p1a", "p1b"), "ens9"),
        (("web_server", "www_squid"), "ens9"),
        (tuple(f"dhcp_server{number}" for number in range(50)), "management0"),
        # As the bridge of a network is called.
        (("p", "q"), "ractica"),
    ],
)
def test_no_two_links_have_the_same_name(machines: tuple[str, ...], interface: str) -> None:
    names = links(*machines, interface=interface)
    assert len({*names, "lab-mgmt", "lab-practica"}) == len(machines) + 2
    assert max(map(len, names)) <= 15
    assert names == links(*machines, interface=interface)


def test_a_link_keeps_its_readable_name_if_others_collide() -> None:
    assert links("web_server", "www_squid", "dhcp_server1")[2] == "lab-ds1-ens9"


def test_a_long_network_name_makes_a_bridge_name_that_fits() -> None:
    (network,) = make_lab("lab", [{"name": "a-network-of-this-name", "subnet": "10.9.0.0/24"}], [], {}).networks
    assert network.bridge.startswith("lab-")
    assert len(network.bridge) == 15


@pytest.mark.parametrize(
    "networks, machines, complaint",
    [
        ([{"name": "mgmt", "subnet": "10.9.0.1/24"}], [], "has host bits set"),
        ([{"name": "mgmt", "subnet": "10.9.0.0/31"}], [], "no room"),
        ([{"name": "mgmt", "subnet": "10.9.0.0/24", "address": "10.9.1.1"}], [], "not a host address of 10.9.0.0/24"),
        ([*NETWORKS, NETWORKS[0]], [], "is declared twice"),
        ([*NETWORKS, {"name": "more", "subnet": "10.9.0.128/25"}], [], '"mgmt" and "more" overlap'),
        (NETWORKS, [machine(release="buster")], 'no base tree for release "buster" (only bookworm, trixie)'),
        (NETWORKS, [machine("dhcp_server1"), machine("dhcp-server1")], '"dhcp-server1" is used twice'),
        (NETWORKS, [machine("a"), machine("b")], "both have 10.9.0.11"),
        (NETWORKS, [machine(interfaces=[{"name": "e", "network": "x"}])], 'the network "x" is not declared'),
        (NETWORKS, [machine(interfaces=[{"name": "e", "network": "mgmt", "address": "10.9.0.1"}])], "is not free"),
        (NETWORKS, [machine(interfaces=[{"name": "e", "network": "mgmt", "address": "10.8.0.2"}])], "is not free"),
        (NETWORKS, [machine(interfaces=[{"name": "e", "network": "mgmt", "mac": "01:00:5e:00:00:01"}])], "hardware"),
        (NETWORKS, [machine(interfaces=[{"name": "e", "network": "mgmt"}] * 2)], "same name"),
        (NETWORKS, [machine("Server")], "a name must be lower case"),
    ],
)
def test_impossible_definitions_are_named(networks: Any, machines: Any, complaint: str) -> None:
    with pytest.raises(PlanError) as caught:
        make_lab("lab", networks, machines, BASES)
    assert complaint in str(caught.value)


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(PlanError, match=r"buster.*potato"):
        make_lab("lab", NETWORKS, [machine("a", release="buster"), machine("b", release="potato")], BASES)


@pytest.mark.parametrize("name", ["", "Lab", "1lab", "my-lab", "elevenchars", "../etc"])
def test_a_lab_has_a_plain_name(name: str) -> None:
    with pytest.raises(PlanError):
        make_lab(name, [], [], {})


def test_a_definition_changes_with_what_a_machine_is_built_from() -> None:
    same = machine()
    other = machine(interfaces=[*same["interfaces"][:1], {**same["interfaces"][1], "mac": "52:54:00:c1:fb:9c"}])
    assert lab(machines=[same]).machines[0].definition == lab().machines[0].definition
    assert lab(machines=[other]).machines[0].definition != lab().machines[0].definition


def address(device: str, local: str, length: int) -> dict[str, Any]:
    return {"ifname": device, "addr_info": [{"local": local, "prefixlen": length}]}


@pytest.mark.parametrize(
    "addresses, routes, clash",
    [
        ([address("eth0", "192.0.2.2", 24)], [{"dst": "default", "dev": "eth0"}], ""),
        ([address("lab-mgmt", "10.9.0.1", 24)], [{"dst": "10.9.0.0/24", "dev": "lab-mgmt"}], ""),
        ([address("eth0", "10.9.0.7", 25)], [], "interface eth0 has the address 10.9.0.7/25"),
        ([], [{"dst": "10.0.0.0/8", "dev": "tun0"}], "interface tun0 has a route to 10.0.0.0/8"),
        ([], [{"dst": "10.9.0.255", "dev": "x", "type": "broadcast"}], ""),
        # The host has no address in the service network, so its own use of these addresses does not matter.
        ([address("eth0", "172.16.1.7", 24)], [], ""),
    ],
)
def test_a_subnet_in_use_names_its_user(addresses: Any, routes: Any, clash: str) -> None:
    found = subnet_clashes(lab(), addresses, routes)
    assert bool(found) == bool(clash)
    assert clash in " ".join(found)


def test_nat_is_for_the_networks_that_ask_for_it() -> None:
    text = nat_ruleset(lab())
    assert "ip saddr 10.9.0.0/24 ip daddr != 10.9.0.0/24 masquerade" in text
    assert "172.16" not in text
    comment = nat_comment(text)
    assert comment is not None
    assert comment.startswith("netlab.dhcp_failover lab lab ")
    more = lab(networks=[*NETWORKS, {"name": "more", "subnet": "10.8.0.0/24", "nat": True}])
    assert nat_comment(nat_ruleset(more)) != comment


def test_nat_comment_of_a_table_of_somebody_else() -> None:
    assert nat_comment("table ip netlab_lab {\n\tchain x {\n\t}\n}\n") is None


def test_only_interfaces_with_an_address_are_configured_in_the_machine() -> None:
    files = machine_files(lab(), lab().machines[0])
    assert files["etc/hostname"] == "dhcp-server1\n"
    text = files["etc/systemd/network/10-host0.network"]
    assert "Address=10.9.0.11/24\n" in text
    assert "Gateway=10.9.0.1\n" in text
    assert "DHCP=no\n" in text
    assert not [name for name in files if "ens9" in name]


def test_a_machine_keeps_its_identity_when_it_is_built_again() -> None:
    first, again = (machine_files(made, made.machines[0])["etc/machine-id"] for made in (lab(), lab()))
    assert first == again
    assert len(first.strip()) == 32
    assert first != machine_files(lab("other"), lab("other").machines[0])["etc/machine-id"]


@pytest.mark.parametrize(
    "texts, expected",
    [
        (["nameserver 192.0.2.1\nnameserver 192.0.2.2 # two\n"], ["192.0.2.1", "192.0.2.2"]),
        (["nameserver 127.0.0.53\n", "nameserver 192.0.2.9\n"], ["192.0.2.9"]),
        (["# nameserver 192.0.2.1\nnameserver ::1\n"], []),
        (["".join(f"nameserver 192.0.2.{n}\n" for n in range(1, 6))], ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        ([], []),
    ],
)
def test_name_servers_are_those_that_a_machine_can_reach(texts: list[str], expected: list[str]) -> None:
    assert nameservers(*texts) == expected


@pytest.mark.parametrize(
    "chains, cure",
    [
        ([("inet", "firewalld", "filter_FORWARD")], "firewall-cmd --zone=trusted --add-interface=lab-mgmt"),
        ([("ip", "filter", "ufw-user-forward")], "ufw route allow in on lab-mgmt; ufw route allow out on lab-mgmt"),
        ([("ip", "filter", "DOCKER-USER"), ("ip", "filter", "FORWARD")], "iptables -I DOCKER-USER -i lab-+ -j ACCEPT;"),
        (
            [("ip", "filter", "FORWARD")],
            "Chain ip filter FORWARD drops forwarded packets: accept those from and to 10.",
        ),
        ([("bridge", "b", "FORWARD"), ("ip", "filter", "DOCKER")], ""),
    ],
)
def test_how_a_firewall_is_made_to_forward(chains: list[tuple[str, str, str]], cure: str) -> None:
    listed = [
        {"family": family, "table": table, "name": name}
        | ({"hook": "forward", "policy": "drop"} if name == "FORWARD" else {})
        for family, table, name in chains
    ]
    found = firewall_cure({"nftables": [{"metainfo": {}}, *({"chain": chain} for chain in listed)]}, lab())
    assert cure in found
    assert bool(cure) == bool(found)
    assert firewall_cure({}, lab()) == ""


def test_the_same_command_starts_a_machine_with_and_without_systemd_on_the_host() -> None:
    made = lab()
    command = nspawn_command(made, made.machines[0], "/tree", "/netns")
    assert "--machine=lab-dhcp-server1" in command
    unit = unit_command(made, made.machines[0], "/console", nspawn_environment([]), command)
    assert unit[-len(command) :] == command
    assert "--setenv=SYSTEMD_NSPAWN_API_VFS_WRITABLE=network" in unit
    assert "--property=Delegate=yes" in unit


@pytest.mark.parametrize(
    ("libraries", "asked"),
    [
        (["libsystemd-core-257.so", "libsystemd-shared-257.so"], False),
        (["libsystemd-core-258.so", "libsystemd-shared-258.so"], True),
        ([], False),
    ],
)
def test_a_systemd_that_knows_only_cgroup_v2_gets_it(libraries: list[str], asked: bool) -> None:
    assert ("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY" in nspawn_environment(libraries)) is asked
