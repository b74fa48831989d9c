# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's network is never seized: what the role configures, by what means, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import (
    AUTO,
    IFUPDOWN,
    NETWORKD,
    NETWORKMANAGER,
    NONE,
    HostNetwork,
    InterfaceChange,
    Link,
    ServiceInterface,
    needed_for,
    plan,
    read_default_routes,
    read_links,
    read_networkctl,
    read_nmcli,
)

ADDRESS = "172.16.1.100/24"
MANAGEMENT = Link(["10.0.0.5/24", "fe80::1/64"])


def network(*addresses: str, above: Sequence[str] = (), **more: Any) -> HostNetwork:
    """A host with a management interface, and ens9 with these addresses."""
    links = {"mgmt": MANAGEMENT, "ens9": Link(addresses, above), **more.pop("links", {})}
    values = {"running": [NETWORKD], "default_routes": ["mgmt"], "session": ["10.0.0.5"], **more}
    return HostNetwork(links, **values)


@pytest.mark.parametrize(
    ("provider", "running", "managers", "written", "chosen"),
    [
        (AUTO, [NETWORKD], [], [], NETWORKD),
        (AUTO, [NETWORKMANAGER], [], [], NETWORKMANAGER),
        (AUTO, [IFUPDOWN], [], [], IFUPDOWN),
        # Of several, the one that configures this interface, or that the role has used before.
        (AUTO, [NETWORKD, NETWORKMANAGER], [NETWORKMANAGER], [], NETWORKMANAGER),
        (AUTO, [NETWORKD, IFUPDOWN], [], [IFUPDOWN], IFUPDOWN),
        (AUTO, [NETWORKD, IFUPDOWN], [NETWORKD], [IFUPDOWN], IFUPDOWN),
        (AUTO, [NETWORKD], [], [IFUPDOWN], NETWORKD),
        (IFUPDOWN, [NETWORKD, IFUPDOWN], [NETWORKD], [], IFUPDOWN),
        # Somebody else adds it; the role waits.
        (NONE, [NETWORKD], [], [], NONE),
    ],
)
def test_the_provider_is_what_runs(
    provider: str, running: list[str], managers: list[str], written: list[str], chosen: str
) -> None:
    found = network(running=running, managers={"ens9": managers})
    assert plan([ServiceInterface("ens9", ADDRESS, written)], provider, found) == (
        [InterfaceChange("ens9", ADDRESS, chosen, True)],
        [],
    )


@pytest.mark.parametrize(
    ("provider", "found", "reason", "remedy"),
    [
        (
            AUTO,
            network(running=[NETWORKD, IFUPDOWN]),
            "systemd-networkd and ifupdown run on this host, and it is unclear which configures ens9",
            "Set dhcp_server_interface_provider to one of them",
        ),
        (
            AUTO,
            network(running=[]),
            "none of systemd-networkd, networkmanager, ifupdown runs on this host",
            "Add 172.16.1.100/24 to ens9 where that is configured now, and set dhcp_server_interface_provider: none.",
        ),
        (
            NETWORKD,
            network(running=[IFUPDOWN]),
            "dhcp_server_interface_provider is systemd-networkd, but this host runs ifupdown.",
            "Set it to auto",
        ),
        (NETWORKD, network(running=[]), "systemd-networkd, but this host runs none of its kind. Set", "Set it to auto"),
        (
            AUTO,
            network("192.0.2.7/24", default_routes=["ens9"]),
            "ens9 lacks 172.16.1.100/24, and the role does not add it: it carries the default route of this host",
            "Add 172.16.1.100/24 to ens9 where that is configured now, or name another interface",
        ),
        (
            NETWORKD,
            network("192.0.2.7/24", session=["192.0.2.7"]),
            "it carries 192.0.2.7/24, by which Ansible reaches this host",
            "in dhcp_server_interfaces.",
        ),
        (
            AUTO,
            network("2001:db8::7/64", session=["2001:db8::7"]),
            "it carries 2001:db8::7/64, by which Ansible reaches this host",
            "in dhcp_server_interfaces.",
        ),
        (
            AUTO,
            network(above=["br0"], links={"br0": Link(["192.0.2.7/24"])}, default_routes=["br0"]),
            "it carries br0, which depends on it, with the default route of this host",
            "in dhcp_server_interfaces.",
        ),
        (
            AUTO,
            network(
                above=["br0"],
                links={"br0": Link([], ["ens9", "br0.5"]), "br0.5": Link(["192.0.2.7/24"])},
                session=["192.0.2.7"],
            ),
            "it carries br0.5, which depends on it, with 192.0.2.7/24, by which Ansible reaches this host",
            "in dhcp_server_interfaces.",
        ),
    ],
)
def test_refusals_say_why_and_what_to_do(provider: str, found: HostNetwork, reason: str, remedy: str) -> None:
    steps, (refusal,) = plan([ServiceInterface("ens9", ADDRESS)], provider, found)
    assert steps == []
    assert reason in refusal
    assert remedy in refusal


def test_every_reason_is_given() -> None:
    found = network("192.0.2.7/24", running=[], default_routes=["ens9"], session=["192.0.2.7"])
    assert len(plan([ServiceInterface("ens9", ADDRESS)], AUTO, found)[1]) == 3


@pytest.mark.parametrize("provider", [AUTO, NETWORKD, IFUPDOWN, NONE])
@pytest.mark.parametrize("running", [[], [NETWORKD, IFUPDOWN]])
def test_an_interface_with_its_address_needs_nothing(provider: str, running: list[str]) -> None:
    found = network(ADDRESS, running=running, default_routes=["ens9"], session=["172.16.1.100"])
    assert plan([ServiceInterface("ens9", ADDRESS)], provider, found) == ([], [])


@pytest.mark.parametrize(
    ("more", "written"),
    [
        ({}, True),
        ({"running": [IFUPDOWN]}, False),
        ({"default_routes": ["ens9"]}, False),
        ({"session": ["172.16.1.100"]}, False),
    ],
)
def test_the_roles_own_files_are_kept_up_to_date_where_that_is_safe(more: dict[str, Any], written: bool) -> None:
    wanted = ServiceInterface("ens9", ADDRESS, [NETWORKD], [NETWORKD])
    assert plan([wanted], AUTO, network(ADDRESS, **more)) == (
        [InterfaceChange("ens9", ADDRESS, NETWORKD, False)] * written,
        [],
    )


def test_a_missing_interface_is_for_others_to_report() -> None:
    assert plan([ServiceInterface("ens10", ADDRESS)], AUTO, network()) == ([], [])


ROUTE = "the default route of this host"
REACHED = "192.0.2.7/24, by which Ansible reaches this host"
ABOVE = "ens9.5, which depends on it, with"


@pytest.mark.parametrize(
    ("listing", "default_routes", "session", "uses"),
    [
        # Only the management interface is in use.
        ([{"ifname": "ens9"}], ["mgmt"], ["10.0.0.5"], []),
        ([{"ifname": "ens9"}], ["ens9"], [], [ROUTE]),
        ([{"ifname": "ens9", "local": "192.0.2.7"}], [], ["192.0.2.7"], [REACHED]),
        ([{"ifname": "ens9", "local": "192.0.2.7"}], ["ens9"], ["192.0.2.7"], [ROUTE, REACHED]),
        # One address is only the beginning of another.
        ([{"ifname": "ens9", "local": "192.0.2.7"}], [], ["192.0.2.70", "192.0.2"], []),
        # A second default route, of whatever metric.
        ([{"ifname": "ens9"}], ["ens9", "mgmt"], ["10.0.0.5"], [ROUTE]),
        # A VLAN on top.
        (
            [{"ifname": "ens9"}, {"ifname": "ens9.5", "link": "ens9", "local": "192.0.2.7"}],
            ["ens9.5"],
            ["192.0.2.7"],
            [f"{ABOVE} {ROUTE}", f"{ABOVE} {REACHED}"],
        ),
        # The interface below a VLAN is none of the VLAN's.
        ([{"ifname": "ens9", "link": "ens8"}, {"ifname": "ens8", "local": "192.0.2.7"}], ["ens8"], ["192.0.2.7"], []),
        # A member of a bridge or bond.
        (
            [{"ifname": "ens9", "master": "br0"}, {"ifname": "br0", "local": "192.0.2.7"}],
            [],
            ["192.0.2.7"],
            [f"br0, which depends on it, with {REACHED}"],
        ),
        # A VLAN on top of a bond.
        (
            [{"ifname": "ens9", "master": "bond0"}, {"ifname": "bond0"}, {"ifname": "ens9.5", "link": "bond0"}],
            ["ens9.5"],
            [],
            [f"{ABOVE} {ROUTE}"],
        ),
        # No such interface.
        ([{"ifname": "ens8"}], ["ens8"], [], []),
    ],
)
def test_what_the_host_needs_an_interface_for(
    listing: list[dict[str, str]], default_routes: list[str], session: list[str], uses: list[str]
) -> None:
    items: list[dict[str, Any]] = [dict(item) for item in listing]
    for item in items:
        item["addr_info"] = [{"local": item.pop("local"), "prefixlen": 24}] if "local" in item else []
    found = HostNetwork(read_links(json.dumps(items)), default_routes=default_routes, session=session)
    assert needed_for("ens9", found) == uses


def test_links() -> None:
    listing = [
        {"ifname": "ens9", "master": "br0", "addr_info": []},
        {"ifname": "ens9.5", "link": "ens9", "addr_info": [{"family": "inet", "local": "10.5.0.2", "prefixlen": 24}]},
        {"ifname": "br0", "addr_info": [{"family": "inet6", "local": "fe80::1", "prefixlen": 64}, {}]},
        {},
    ]
    assert read_links(json.dumps(listing)) == {
        "ens9": Link([], ["br0", "ens9.5"]),
        "ens9.5": Link(["10.5.0.2/24"], []),
        "br0": Link(["fe80::1/64"], []),
    }
    assert read_links("") == {}


def test_default_routes() -> None:
    ipv4 = [{"dst": "default", "gateway": "10.0.0.1", "dev": "mgmt"}, {"dst": "default", "nexthops": [{"dev": "ens9"}]}]
    ipv6 = [{"dst": "default", "gateway": "fe80::1", "dev": "ens10"}]
    assert read_default_routes(json.dumps(ipv4), json.dumps(ipv6), "") == ["ens10", "ens9", "mgmt"]


def test_what_configures_an_interface() -> None:
    networkctl = """
  1 lo    loopback carrier  unmanaged
  2 host0 ether    routable configured
  3 ens9  ether    off      unmanaged
  4 ens10 ether    degraded configuring
"""
    assert read_networkctl(networkctl) == ["host0", "ens10"]
    nmcli = "host0:unmanaged\nens9:disconnected\nlo:connected (externally)\nens10:connected\n"
    assert read_nmcli(nmcli) == ["ens9", "ens10"]
