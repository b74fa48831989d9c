# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Choose the service interfaces that the role configures, and how; and those that it refuses to touch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

AUTO = "auto"
NONE = "none"
NETWORKD = "systemd-networkd"
NETWORKMANAGER = "networkmanager"
IFUPDOWN = "ifupdown"
# Each provider's unit, and the sign that it is in use. ifupdown's unit is a script that ends, and counts as failed if
# any interface did not come up; it only matters that it runs at boot.
UNITS = {
    NETWORKD: ("systemd-networkd.service", "ActiveState", "active"),
    NETWORKMANAGER: ("NetworkManager.service", "ActiveState", "active"),
    IFUPDOWN: ("networking.service", "UnitFileState", "enabled"),
}


@dataclass(frozen=True)
class ServiceInterface:
    """A service interface with its declared address, and the role's own files for it that are on the host."""

    name: str
    address: str
    # Providers with such files, and those whose files differ from the wanted ones.
    written: Sequence[str] = ()
    stale: Sequence[str] = ()


@dataclass(frozen=True)
class Link:
    """An interface of the host: its addresses (IPv4, IPv6) with prefix length, and the interfaces that depend on it."""

    addresses: Sequence[str]
    # Bridges and bonds that it is a part of, VLANs on top of it.
    above: Sequence[str] = ()


@dataclass(frozen=True)
class HostNetwork:
    """The state of the host's network."""

    links: Mapping[str, Link]
    # Providers that run, and for each interface those that configure it.
    running: Sequence[str] = ()
    managers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Interfaces with a default route, and addresses that this session may use.
    default_routes: Sequence[str] = ()
    session: Sequence[str] = ()


@dataclass(frozen=True)
class InterfaceChange:
    """An interface for the role to configure. lacks: its address is missing, so this must be applied at once."""

    name: str
    address: str
    provider: str
    lacks: bool


def read_links(listing: str) -> dict[str, Link]:
    """The interfaces, from `ip -json address`."""
    found = [item for item in json.loads(listing or "[]") if "ifname" in item]
    return {
        str(item["ifname"]): Link(
            [f"{address['local']}/{address['prefixlen']}" for address in item["addr_info"] if "local" in address],
            [
                *([str(item["master"])] if "master" in item else []),
                *(str(other["ifname"]) for other in found if other.get("link") == item["ifname"]),
            ],
        )
        for item in found
    }


def read_default_routes(*listings: str) -> list[str]:
    """The interfaces with a default route, from `ip -json route show default`."""
    routes = [route for listing in listings for route in json.loads(listing or "[]")]
    hops = [hop for route in routes for hop in (route, *route.get("nexthops", ()))]
    return sorted({str(hop["dev"]) for hop in hops if "dev" in hop})


def read_networkctl(listing: str) -> list[str]:
    """The interfaces that systemd-networkd configures, from `networkctl list`."""
    rows = [line.split() for line in listing.splitlines()]
    return [row[1] for row in rows if len(row) > 4 and row[4] != "unmanaged"]


def read_nmcli(listing: str) -> list[str]:
    """The interfaces that NetworkManager configures, from `nmcli --terse --fields DEVICE,STATE device`."""
    rows = [line.rpartition(":") for line in listing.splitlines()]
    return [name for name, _separator, state in rows if state != "unmanaged" and "externally" not in state]


def lacking(wanted: ServiceInterface, links: Mapping[str, Link]) -> bool:
    return wanted.name in links and wanted.address not in links[wanted.name].addresses


def settled(wanted: ServiceInterface, links: Mapping[str, Link]) -> bool:
    """Whether there is nothing to do for an interface, whatever runs on the host."""
    return wanted.name in links and not lacking(wanted, links) and not wanted.stale


def plan(
    interfaces: Iterable[ServiceInterface], provider: str, network: HostNetwork
) -> tuple[list[InterfaceChange], list[str]]:
    """The interfaces to configure, and the refusals in words.

    An interface that has its address is left alone, except for the role's own files if no reason is against it.
    """
    steps: list[InterfaceChange] = []
    refusals: list[str] = []
    for wanted in interfaces:
        if wanted.name not in network.links or settled(wanted, network.links):
            continue
        lacks = lacking(wanted, network.links)
        chosen = _choose(wanted, provider, network)
        reasons = [] if chosen == NONE else list(_reasons(wanted, chosen, provider, network))
        if not reasons and chosen and (lacks or chosen in wanted.stale):
            steps.append(InterfaceChange(wanted.name, wanted.address, chosen, lacks))
        elif lacks:
            refusals += reasons
    return steps, refusals


def needed_for(interface: str, network: HostNetwork) -> list[str]:
    """What the host needs an interface for, also by those that depend on it: default routes, and this session."""
    uses: list[str] = []
    for name in _carried(interface, network.links):
        part = "" if name == interface else f"{name}, which depends on it, with "
        if name in network.default_routes:
            uses.append(f"{part}the default route of this host")
        for address in network.links[name].addresses:
            if address.partition("/")[0] in network.session:
                uses.append(f"{part}{address}, by which Ansible reaches this host")
    return uses


def _choose(wanted: ServiceInterface, provider: str, network: HostNetwork) -> str | None:
    """The provider for an interface; None if the host does not show it."""
    if provider != AUTO:
        return provider
    running = list(network.running)
    for found in (
        [name for name in running if name in wanted.written],
        [name for name in running if name in network.managers.get(wanted.name, ())],
        running,
    ):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _reasons(wanted: ServiceInterface, chosen: str | None, provider: str, network: HostNetwork) -> Iterator[str]:
    """Why the role must not configure an interface."""
    what = f"interface {wanted.name} lacks {wanted.address}, and the role does not add it"
    own = f"Add {wanted.address} to {wanted.name} where that is configured now"
    other = f"{own}, or name another interface in dhcp_server_interfaces."
    for use in needed_for(wanted.name, network):
        yield f"{what}: it carries {use}. {other}"
    running = " and ".join(network.running) or "none of its kind"
    setting = f"or to none and configure {wanted.name} yourself."
    if chosen is None and network.running:
        yield (
            f"{what}: {running} run on this host, and it is unclear which configures {wanted.name}. Set "
            f"dhcp_server_interface_provider to one of them, {setting}"
        )
    elif chosen is None:
        unused = f"{what}: none of {', '.join(UNITS)} runs on this host."
        yield f"{unused} {own}, and set dhcp_server_interface_provider: none."
    elif chosen not in network.running:
        yield (
            f"{what}: dhcp_server_interface_provider is {provider}, but this host runs {running}. "
            f"Set it to auto, {setting}"
        )


def _carried(name: str, links: Mapping[str, Link]) -> Iterator[str]:
    """An interface and all that depend on it."""
    seen: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current in links and current not in seen:
            seen.append(current)
            waiting += links[current].above
    return iter(seen)
