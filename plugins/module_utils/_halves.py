# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""From relationships declared once to each server's half, and from inventory variables to the servers of a pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PREFIX = "dhcp_server_"

# What `failover_validate` is told about a server, and what holds where the inventory leaves it out. The same
# defaults as in roles/dhcp_server/defaults/main.yml: a partner's role defaults cannot be seen from here.
DECLARATION: Mapping[str, Any] = {
    "failover": [],
    "subnets": [],
    "shared_networks": [],
    "hosts": [],
    "classes": [],
    "option_definitions": [],
    "options": {},
    "parameters": {},
    "default_lease_time": None,
    "max_lease_time": None,
    "min_lease_time": None,
    "authoritative": False,
    "extra": "",
    "omapi": True,
    "omapi_port": 7911,
    "omapi_key_name": "omapi_key",
}

DEFAULT_PORT = 647
_SIDES = ("primary", "secondary")
# Keys of a relationship that say who and where; everything else goes into the halves as it is.
_ENDS = {*_SIDES, "port", *(f"{side}_{what}" for side in _SIDES for what in ("address", "port"))}
# dhcpd refuses split and hba on the secondary and ignores mclt there.
_PRIMARY_ONLY = {"mclt", "split", "hba"}

# A host without any of these is no DHCP server, or not ours.
_SERVING = ("failover", "subnets", "shared_networks")

Declaration = Mapping[str, Any]


def own_address(declaration: Declaration) -> str | None:
    """The address a server is reached at by its partners: stated, or else that of its first interface."""
    if declaration.get("address"):
        return str(declaration["address"])
    for interface in declaration.get("interfaces") or []:
        if interface.get("address"):
            return str(interface["address"]).partition("/")[0]
    return None


def is_relationship(item: Mapping[str, Any]) -> bool:
    """Whether this is a whole relationship; otherwise it is one half, written by hand."""
    stated = [side for side in _SIDES if item.get(side) is not None]
    name = item.get("name")
    if stated and item.get("role") is not None:
        raise ValueError(
            f'relationship "{name}": "role" makes it one half and "{stated[0]}" a whole relationship. Keep one of them.'
        )
    if len(stated) == 1:
        raise ValueError(f'relationship "{name}": states its {stated[0]} only. Name both primary and secondary.')
    if stated and item["primary"] == item["secondary"]:
        raise ValueError(f'relationship "{name}": "{item["primary"]}" is primary and secondary. A pair is two hosts.')
    return bool(stated)


def derive_halves(
    relationships: Iterable[Mapping[str, Any]], host: str, addresses: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The halves of `host`: derived from the relationships it belongs to, or as written by hand."""
    return [
        _half(item, host, addresses) if is_relationship(item) else _stated(item)
        for item in relationships
        if not is_relationship(item) or host in (item["primary"], item["secondary"])
    ]


def _stated(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def _half(item: Mapping[str, Any], host: str, addresses: Mapping[str, str | None]) -> dict[str, Any]:
    item = _stated(item)
    role, peer = _SIDES if host == item["primary"] else reversed(_SIDES)

    def address(side: str) -> str:
        found = item.get(f"{side}_address") or addresses.get(item[side])
        if not found:
            raise ValueError(
                f'relationship "{item.get("name")}": the address of its {side} "{item[side]}" is unknown. Set '
                f"dhcp_server_address or dhcp_server_interfaces for that host, or {side}_address in the relationship."
            )
        return str(found)

    def port(side: str) -> Any:
        return item.get(f"{side}_port", item.get("port", DEFAULT_PORT))

    return {
        "role": role,
        "address": address(role),
        "port": port(role),
        "peer_address": address(peer),
        "peer_port": port(peer),
        **{
            key: value
            for key, value in item.items()
            if key not in _ENDS and (role == "primary" or key not in _PRIMARY_ONLY)
        },
    }


def collect_servers(
    variables: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], own: Declaration | None = None
) -> list[dict[str, Any]]:
    """`servers` of failover_validate: these hosts and, as far as the inventory knows them, their partners.

    variables: inventory variables of every host. own: one host's `name` and declaration as its role sees it, role
    defaults and play variables included; it takes the place of that host's inventory variables.
    """
    inventory = _Inventory(variables, own)
    found: dict[str, dict[str, Any]] = {}
    waiting = list(hosts)
    while waiting:
        host = waiting.pop(0)
        if host not in found and inventory.serves(host):
            found[host] = inventory.server(host)
            waiting.extend(inventory.partners(host))
    return list(found.values())


def collect_sides(variables: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> list[dict[str, Any]]:
    """What each of these hosts is part of, and with whom: one entry for each of their halves."""
    hosts = list(hosts)
    servers = collect_servers(variables, hosts)

    def ends(server: Mapping[str, Any], half: Mapping[str, Any]) -> tuple[Any, Any]:
        return half.get("address") or server.get("address"), half.get("peer_address")

    owners = {(half["name"], *ends(server, half)): server["name"] for server in servers for half in server["failover"]}
    return [
        {
            "relationship": half["name"],
            "host": server["name"],
            "role": half.get("role", "primary"),
            "partner": owners.get((half["name"], *reversed(ends(server, half)))),
            "peer_address": half.get("peer_address"),
        }
        for server in servers
        if server["name"] in hosts
        for half in server["failover"]
    ]


class _Inventory:
    """Servers by host name. Templating variables is dear, so each host is looked at once, and only when needed."""

    def __init__(self, variables: Mapping[str, Mapping[str, Any]], own: Declaration | None) -> None:
        self._variables = variables
        self._own = None if own is None else str(own["name"])
        self._declarations: dict[str, Declaration] = {} if own is None else {str(own["name"]): own}
        self._servers: dict[str, dict[str, Any]] = {}

    def serves(self, host: str) -> bool:
        """Whether this host is declared to be a DHCP server."""
        return host == self._own or not self.declaration(host).keys().isdisjoint(_SERVING)

    def declaration(self, host: str) -> Declaration:
        """What is declared for a host; nothing for one that the inventory does not know."""
        if host not in self._declarations:
            if host not in self._variables:
                return {}
            variables = self._variables[host]
            self._declarations[host] = {
                name: variables[PREFIX + name]
                for name in (*DECLARATION, "address", "interfaces")
                if PREFIX + name in variables
            }
        return self._declarations[host]

    def server(self, host: str) -> dict[str, Any]:
        """One entry of `servers`."""
        if host not in self._servers:
            declaration = self.declaration(host)
            relationships = list(declaration.get("failover") or [])
            ends = {item[side] for item in relationships if is_relationship(item) for side in _SIDES}
            addresses = {end: own_address(self.declaration(end)) for end in ends}
            server = {"name": host, **{key: declaration.get(key, default) for key, default in DECLARATION.items()}}
            server["failover"] = derive_halves(relationships, host, addresses)
            address = own_address(declaration)
            self._servers[host] = {**server, "address": address} if address else server
        return self._servers[host]

    def partners(self, host: str) -> list[str]:
        """The hosts of its relationships, and for halves by hand those that it points at or that point at it."""
        server = self.server(host)
        whole = [item for item in self.declaration(host).get("failover") or [] if is_relationship(item)]
        pairs = [(item["primary"], item["secondary"]) for item in whole]
        named = [end for pair in pairs if host in pair for end in pair]
        if len(named) == len(_SIDES) * len(server["failover"]):
            return named
        others = (other for other in self._variables if other != host and self.serves(other))
        return named + [other for other in others if _related(server, self.server(other))]


def _related(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a half of one server names an address of the other."""
    return bool(_peers(one) & _addresses(other) or _peers(other) & _addresses(one))


def _peers(server: Mapping[str, Any]) -> set[Any]:
    return {half["peer_address"] for half in server["failover"] if "peer_address" in half}


def _addresses(server: Mapping[str, Any]) -> set[Any]:
    return {item["address"] for item in (server, *server["failover"]) if "address" in item}
