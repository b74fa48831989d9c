# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""From relationships declared once to each server's half, and from inventory variables to the servers of a pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DAEMONS,
    DEFAULT_HA_PORT,
    DEFAULT_OMAPI_KEY,
    DEFAULT_OMAPI_PORT,
    DEFAULT_PORT,
    PRIMARY_ONLY,
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import (
    ADDRESS,
    PREFIX,
    RELATIONSHIPS,
    Item,
    Mistake,
    Mistakes,
    Place,
    one_of,
    shown,
)

# The variables of a server that `failover_validate` gets, with the values of those that are not set: the defaults of
# roles/dhcp_server/defaults/main.yml, which cannot be read for a partner.
DECLARATION: Mapping[str, Any] = {
    "daemon": DAEMONS[0],
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
    "interfaces": [],
    "interface_provider": "auto",
    "firewall": "nftables",
    "firewall_zone": "",
    "omapi": True,
    "omapi_port": DEFAULT_OMAPI_PORT,
    "omapi_key_name": DEFAULT_OMAPI_KEY,
    "validate_ignore": [],
    "validate_strict": False,
    "lose_leases": False,
    "ca_folder": "",
}

# The values of a relationship that states nothing but its name and its two servers. dhcpd.conf(5) requires all of these
# but the port, so they are always written. They do not apply to halves by hand.
DEFAULTS: Mapping[str, Any] = {
    # IANA's port for it, and dhcpd's own default.
    "port": DEFAULT_PORT,
    # One minute, as in the example of dhcpd.conf(5): long enough to restart a switch, and short enough for the clients
    # of a dead server.
    "max_response_delay": 60,
    # "10 seems to work", says dhcpd.conf(5).
    "max_unacked_updates": 10,
    # After 3 seconds either server answers a client, because the one that should have answered did not.
    "load_balance_max_seconds": 3,
    # A server that lost its leases waits this long before it serves: half an hour is bearable.
    "mclt": 1800,
    # Half of the clients each.
    "split": 128,
}
# The same for Kea, which has other settings. Nothing says who decides that a server serves alone: the inventory must.
KEA_DEFAULTS: Mapping[str, Any] = {
    "ha_port": DEFAULT_HA_PORT,
    # A client keeps its address, whichever server it asks; with load balancing every address belongs to one of the two.
    "mode": "hot-standby",
    # Until the partner counts as lost, a server answers no client: five heartbeats are enough to be sure.
    "heartbeat": 2,
    "max_response_delay": 10,
}
# The share of the clients that the primary answers, where the mode says it.
_SHARES = {"hot-standby": 256, "load-balancing": 128}
# Keys of a relationship that name its ends. All other keys are copied into the halves.
_ENDS = {*SIDES, "port", *(f"{side}_{what}" for side in SIDES for what in ("address", "name", "port"))}

# A host that has none of these is not one of our DHCP servers.
_SERVING = ("failover", "subnets", "shared_networks", "extra")

Declaration = Mapping[str, Any]
# Evaluates one variable of a host. Takes the host's variables, the name, its place, and a list for mistakes.
Reader = Callable[[Mapping[str, Any], str, Place, Mistakes], Any]


class Halves(NamedTuple):
    """One server's halves, their positions in `dhcp_server_failover`, and what is wrong with other relationships."""

    halves: list[dict[str, Any]]
    positions: list[int]
    mistakes: list[Mistake]


def _own_address(declaration: Declaration) -> str | None:
    """The address at which partners reach a server: the stated one, or that of its first interface."""
    stated = ADDRESS.clean(declaration.get("address"), Place(), [])
    if stated:
        return str(stated)
    # A missing prefix length is a finding of its own; the address is still good.
    interfaces = declaration.get("interfaces")
    for interface in interfaces if isinstance(interfaces, (list, tuple)) else [interfaces]:
        address = interface.get("address") if isinstance(interface, Mapping) else None
        if isinstance(address, str) and address.strip():
            return address.strip().partition("/")[0]
    return None


def _is_relationship(item: Mapping[str, Any]) -> bool:
    """Whether this is a whole relationship, and not one half that is written by hand."""
    return any(item.get(side) is not None for side in SIDES)


def derive_halves(
    relationships: Iterable[Mapping[str, Any]],
    host: str,
    addresses: Mapping[str, str | None],
    daemon: str = DAEMONS[0],
) -> list[dict[str, Any]]:
    """The halves of `host`: derived from the relationships it belongs to, or as written by hand.

    Raises ValueError for what cannot be one.
    """
    mistakes: Mistakes = []
    items = RELATIONSHIPS.read(list(relationships), Place().key("failover"), mistakes)
    found = _derive(items, host, addresses, daemon)
    for mistake in (*mistakes, *found.mistakes):
        raise ValueError(f"{mistake.place or mistake.variable}: {mistake.message} {mistake.hint}")
    return found.halves


def _derive(
    relationships: Sequence[Item],
    host: str,
    addresses: Mapping[str, str | None],
    daemon: str = DAEMONS[0],
    inventory: Mapping[str, Any] | None = None,
) -> Halves:
    """The halves of `host`, and what is wrong with the relationships. inventory: all hosts, if they are known."""
    found = Halves([], [], [])
    for item in relationships:
        mistake = _impossible(item, inventory)
        if mistake is None and _is_relationship(item) and host in (item["primary"], item["secondary"]):
            mistake = _unaddressed(item, addresses) or _contradiction(item, daemon)
        if mistake is not None:
            found.mistakes.append(mistake)
        elif not _is_relationship(item) or host in (item["primary"], item["secondary"]):
            found.halves.append(_half(item, host, addresses, daemon) if _is_relationship(item) else dict(item))
            found.positions.append(_position(item))
    return found


def _position(item: Item) -> int:
    return int(item.place.variable.rpartition("[")[2].rstrip("]"))


def _impossible(item: Item, inventory: Mapping[str, Any] | None) -> Mistake | None:
    """Why this is neither a relationship nor a half; None if it is one."""
    stated = [side for side in SIDES if item.get(side) is not None]
    if stated and item.get("role") is not None:
        message = f'It has "role", which makes it one half, and "{stated[0]}", which makes it a whole relationship.'
        return Mistake(*item.place, message, "Keep one of them.")
    if len(stated) == 1:
        return Mistake(*item.place, f"It names only its {stated[0]}.", "Name both primary and secondary.")
    if stated and item["primary"] == item["secondary"]:
        message = f"{shown(item['primary'])} is both primary and secondary."
        return Mistake(*item.place, message, "Name two hosts.")
    for side in stated:
        if inventory is not None and item[side] not in inventory and not item.get(f"{side}_address"):
            return _unknown_host(item, side, inventory)
    return None


def _unknown_host(item: Item, side: str, inventory: Mapping[str, Any]) -> Mistake:
    name = item[side]
    close = get_close_matches(name, [other for other in inventory if other != item[_other(side)]], n=1)
    hint = (
        f"Did you mean {shown(close[0])}?"
        if close
        else f"If it is not meant to be in the inventory, set {side}_address here."
    )
    return Mistake(*item.place.key(side), f"{shown(name)} is not a host of this inventory.", hint)


def _other(side: str) -> str:
    return SIDES[side == "primary"]


def _unaddressed(item: Item, addresses: Mapping[str, str | None]) -> Mistake | None:
    for side in SIDES:
        if not (item.get(f"{side}_address") or addresses.get(item[side])):
            return Mistake(
                *item.place.key(side),
                f"The address of its {side} {shown(item[side])} is unknown.",
                f"Set dhcp_server_address or dhcp_server_interfaces for that host, or {side}_address here.",
            )
    return None


def _contradiction(item: Item, daemon: str) -> Mistake | None:
    """Why this relationship says two things at once; None if it does not."""
    share = next((key for key in ("split", "hba") if key in item), None)
    if "mode" in item and share is not None:
        message = f'It has "mode", which says how the two share the clients, and "{share}", which says it for dhcpd.'
        return Mistake(*item.place, message, "Keep one of them.")
    names = sorted(item[f"{side}_name"] for side in SIDES if f"{side}_name" in item)
    if names and (len(names) != len(SIDES) or item["name"] != "+".join(names)):
        told = "Kea has no name for a relationship, so one with servers of other names is called by both, joined."
        name = f" Call it {shown('+'.join(names))}." if len(names) == len(SIDES) else ""
        return Mistake(*item.place.key("name"), told, f"Give both names, or none.{name}")
    if daemon == "dhcpd" and "takeover" in item and (item["takeover"] == "automatic") != ("auto_partner_down" in item):
        told = "is not set" if item["takeover"] == "automatic" else "is set"
        message = f'"takeover" is {item["takeover"]}, but "auto_partner_down" {told}, by which dhcpd does it.'
        return Mistake(*item.place.key("takeover"), message, "Make the two agree.")
    return None


def _defaults(item: Item, daemon: str) -> Mapping[str, Any]:
    if daemon == "kea":
        return KEA_DEFAULTS
    known = {key: value for key, value in DEFAULTS.items() if key != "split" or "hba" not in item}
    return {**known, "split": _SHARES[item["mode"]]} if "mode" in item else known


def _half(item: Item, host: str, addresses: Mapping[str, str | None], daemon: str) -> dict[str, Any]:
    role, peer = SIDES if host == item["primary"] else reversed(SIDES)

    def address(side: str) -> str:
        return str(item.get(f"{side}_address") or addresses.get(item[side]))

    def port(side: str) -> Any:
        if daemon == "kea":
            return settings["ha_port"]
        return item.get(f"{side}_port", settings.get("port", DEFAULT_PORT))

    settings = {**_defaults(item, daemon), **item}
    names = {"server_name": item.get(f"{role}_name"), "peer_name": item.get(f"{peer}_name")}
    return {
        "role": role,
        "address": address(role),
        "port": port(role),
        "peer_address": address(peer),
        "peer_port": port(peer),
        **{key: name for key, name in names.items() if name is not None},
        **{
            key: value
            for key, value in settings.items()
            if key not in _ENDS and (role == "primary" or key not in PRIMARY_ONLY)
        },
    }


def _read(variables: Mapping[str, Any], name: str, _place: Place, _mistakes: Mistakes) -> Any:
    return variables[name]


def collect_servers(
    variables: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    own: Declaration | None = None,
    read: Reader = _read,
) -> list[dict[str, Any]]:
    """`servers` of failover_validate: these hosts and, as far as the inventory knows them, their partners.

    variables: inventory variables of every host. own: one host's `name` and declaration as its role sees it, role
    defaults and play variables included; it takes the place of that host's inventory variables. read: how a variable is
    evaluated.
    """
    return _collect(_Inventory(variables, own, read), hosts)


def serving(variables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The hosts for which something is declared that a DHCP server could serve."""
    return [host for host in variables if any(PREFIX + name in variables[host] for name in _SERVING)]


def empty(variables: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> list[Finding]:
    """A finding about those of these hosts that have nothing to serve."""
    declared = set(serving({host: variables.get(host, {}) for host in hosts}))
    found = [host for host in hosts if host not in declared]
    if not found:
        return []
    message = "Nothing is declared for it to serve, so dhcpd would not start."
    hint = f"Set {one_of([PREFIX + name for name in _SERVING])}, or take it out of the groups of DHCP servers."
    return [Finding("declaration-invalid", Severity.ERROR, tuple(found), "", message, hint)]


def _collect(inventory: _Inventory, hosts: Iterable[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    waiting = list(hosts)
    while waiting:
        host = waiting.pop(0)
        if host not in found and inventory.serves(host):
            found[host] = inventory.server(host)
            waiting.extend(inventory.partners(host))
    return list(found.values())


def collect_sides(
    variables: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], read: Reader = _read
) -> list[dict[str, Any]]:
    """One entry for each half of these hosts: its relationship, its side and its partner.

    Raises ValueError for a relationship that cannot be one: who leaves it out acts on the wrong server.
    """
    hosts = list(hosts)
    inventory = _Inventory(variables, None, read)
    servers = _collect(inventory, hosts)
    for server in servers:
        for mistake in inventory.lost(server["name"]):
            raise ValueError(f"{server['name']}: {mistake.variable}, {mistake.place}: {mistake.message} {mistake.hint}")

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
    """Servers by host name. Evaluating variables is slow, so each host is evaluated once, and only when needed."""

    def __init__(self, variables: Mapping[str, Mapping[str, Any]], own: Declaration | None, read: Reader) -> None:
        self._variables = variables
        self._own = None if own is None else str(own["name"])
        self._reader = read
        self._declarations: dict[str, Declaration] = {}
        self._relationships: dict[str, list[Item]] = {}
        self._mistakes: dict[str, Mistakes] = {}
        self._lost: dict[str, list[Mistake]] = {}
        self._servers: dict[str, dict[str, Any]] = {}
        if own is not None:
            self._declarations[str(own["name"])] = self._evaluated(str(own["name"]), own, "")

    def serves(self, host: str) -> bool:
        """Whether this host is declared to be a DHCP server."""
        if host == self._own:
            return True
        return host in self._variables and any(PREFIX + name in self._variables[host] for name in _SERVING)

    def declaration(self, host: str) -> Declaration:
        """The variables of a host; empty for one that is not in the inventory."""
        if host not in self._declarations:
            if host not in self._variables:
                return {}
            self._declarations[host] = self._evaluated(host, self._variables[host], PREFIX)
        return self._declarations[host]

    def _evaluated(self, host: str, variables: Mapping[str, Any], prefix: str) -> Declaration:
        mistakes = self._mistakes.setdefault(host, [])
        return {
            name: self._reader(variables, prefix + name, Place().key(name), mistakes)
            for name in (*DECLARATION, "address")
            if prefix + name in variables
        }

    def relationships(self, host: str) -> list[Item]:
        """The valid items of its `dhcp_server_failover`, including relationships of other hosts."""
        if host not in self._relationships:
            stated = self.declaration(host).get("failover")
            mistakes = self._mistakes.setdefault(host, [])
            place = Place().key("failover")
            self._relationships[host] = RELATIONSHIPS.read([] if stated is None else stated, place, mistakes)
        return self._relationships[host]

    def server(self, host: str) -> dict[str, Any]:
        """One entry of `servers`."""
        if host not in self._servers:
            declaration = self.declaration(host)
            relationships = self.relationships(host)
            ends = {item[side] for item in relationships for side in SIDES if side in item}
            addresses = {end: _own_address(self.declaration(end)) for end in ends}
            found = _derive(relationships, host, addresses, str(declaration.get("daemon", DAEMONS[0])), self._variables)
            self._lost[host] = found.mistakes
            server = {"name": host, **{key: declaration.get(key, default) for key, default in DECLARATION.items()}}
            server.update(failover=found.halves, positions=found.positions)
            mistakes = [*self._mistakes.get(host, ()), *found.mistakes]
            if mistakes:
                server["mistakes"] = [list(mistake) for mistake in mistakes]
            # If it is not an address, failover_validate says so.
            address = declaration.get("address") or _own_address(declaration)
            self._servers[host] = {**server, "address": address} if address else server
        return self._servers[host]

    def lost(self, host: str) -> list[Mistake]:
        """What is wrong with the relationships of this host that gave no half."""
        self.server(host)
        return self._lost[host]

    def partners(self, host: str) -> list[str]:
        """The hosts of its relationships; for halves by hand those that name its address, or whose address it names."""
        server = self.server(host)
        whole = [item for item in self.relationships(host) if all(side in item for side in SIDES)]
        pairs = [(item["primary"], item["secondary"]) for item in whole]
        named = [end for pair in pairs if host in pair for end in pair]
        if len(named) == len(SIDES) * len(server["failover"]):
            return named
        others = (other for other in self._variables if other != host and self.serves(other))
        return named + [other for other in others if _related(server, self.server(other))]


def _related(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a half of one server names an address of the other."""
    return bool(_peers(one) & _addresses(other) or _peers(other) & _addresses(one))


def _peers(server: Mapping[str, Any]) -> set[str]:
    return {half["peer_address"] for half in server["failover"] if "peer_address" in half}


def _addresses(server: Mapping[str, Any]) -> set[str]:
    return {str(item["address"]) for item in (server, *server["failover"]) if "address" in item}
