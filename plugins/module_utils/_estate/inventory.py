# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn adopted servers into an inventory, in which what partners share is declared once, for their group."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import derive_halves
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import HALF_DEFAULTS, compare

GROUP = "dhcp_servers"
_ENDS = frozenset({"name", "role", "address", "port", "peer_address", "peer_port", "server_name", "peer_name"})
# Of a half, but no variable.
_NO_VARIABLES = frozenset({"ha", "line", "variable"})
# The order of the files: hosts, group variables, host variables.
_ORDER = (
    "daemon",
    "address",
    "interfaces",
    "failover",
    "authoritative",
    "default_lease_time",
    "max_lease_time",
    "min_lease_time",
    "parameters",
    "option_definitions",
    "options",
    "classes",
    "shared_networks",
    "subnets",
    "hosts",
    "extra",
    "omapi_port",
    "omapi_key_name",
)
# Lists in which the order does not matter.
_UNORDERED = frozenset({"failover", "hosts", "option_definitions", "shared_networks", "subnets"})


@dataclass(frozen=True)
class Inventory:
    """Variables of groups and hosts, with the prefix of the role; `members` are the hosts of each group."""

    groups: dict[str, Variables]
    hosts: dict[str, Variables]
    members: dict[str, list[str]]
    sides: dict[str, str]  # the side of hosts that have the same side in all their relationships


def inventory(servers: Sequence[Adopted], interfaces: Mapping[str, Sequence[str]] | None = None) -> Inventory:
    """The inventory of these servers; `interfaces` are the known service interfaces of each."""
    found = Inventory({}, {}, {}, {})
    components = list(_components(servers))
    for number, members in enumerate(components, 1):
        group = GROUP if len(components) == 1 else f"{GROUP}_{number}"
        variables = {server.name: _with_address(server, (interfaces or {}).get(server.name, ())) for server in members}
        shared = _relationships(members, variables)
        for key in sorted({key for own in variables.values() for key in own}):
            values = [own.get(key) for own in variables.values()]
            if key not in ("address", "interfaces") and len({_normal(key, value) for value in values}) == 1:
                shared[key] = values[0]
                for own in variables.values():
                    del own[key]
        found.groups[group] = _prefixed(shared)
        found.members[group] = [server.name for server in members]
        for server in members:
            found.hosts[server.name] = _prefixed(variables[server.name])
            sides = {half.role or "primary" for half in server.halves}
            if len(sides) == 1:
                found.sides[server.name] = sides.pop()
    return found


def partners(servers: Iterable[Adopted]) -> list[tuple[Adopted, Adopted]]:
    """Pairs of servers that share a relationship, the primary first."""
    found: dict[tuple[str, str], tuple[Adopted, Adopted]] = {}
    servers = list(servers)
    for server in servers:
        for half in server.halves:
            other = _partner(server, half, servers)
            if other is not None and half.role != "secondary":
                found.setdefault((server.name, other[0].name), (server, other[0]))
    return list(found.values())


def compare_partners(one: Adopted, other: Adopted) -> list[Difference]:
    """The differences between the configurations of two partners, apart from their halves."""
    return compare(one.live, other.live, (f"on {one.name}", f"on {other.name}"), halves=False)


def by_hand(half: Half) -> Variables:
    """A half as a variable for its own host."""
    stated = _stated(half)
    if half.mode is not None:
        stated["ha_port"] = stated.pop("port", None)
        stated.pop("peer_port", None)
    return {"name": stated.pop("name"), "role": stated.pop("role", "primary"), **stated}


def _stated(half: Half) -> Variables:
    """What a half states, as variables."""
    found = {key: value for key, value in asdict(replace(half, ha=None)).items() if value is not None}
    if half.takeover is not None:
        found["takeover"] = "automatic" if half.takeover else "manual"
    return {key: value for key, value in found.items() if key not in _NO_VARIABLES and value is not False}


def _partner(server: Adopted, half: Half, servers: Iterable[Adopted]) -> tuple[Adopted, Half] | None:
    for other in servers:
        for theirs in other.halves:
            if (
                other is not server
                and theirs.name == half.name
                and theirs.address == half.peer_address
                and theirs.peer_address == half.address
                and {theirs.role or "primary", half.role or "primary"} == set(SIDES)
            ):
                return other, theirs
    return None


def _components(servers: Sequence[Adopted]) -> Iterable[list[Adopted]]:
    """Servers that are connected by relationships."""
    waiting = list(servers)
    pairs = partners(servers)
    while waiting:
        reached = [waiting.pop(0)]
        members: list[Adopted] = []
        while reached:
            member = reached.pop(0)
            members.append(member)
            near = [two for pair in pairs if member in pair for two in pair]
            for other in [each for each in waiting if any(each is two for two in near)]:
                waiting.remove(other)
                reached.append(other)
        yield members


def _with_address(server: Adopted, interfaces: Sequence[str]) -> Variables:
    variables = dict(server.variables)
    address = _address(server)
    if address:
        variables["address"] = address
    if interfaces:
        variables["interfaces"] = [{"name": name} for name in interfaces]
    return variables


def _address(server: Adopted) -> str | None:
    return next((half.address for half in server.halves if half.address and parse_address(half.address)), None)


def _relationships(members: Sequence[Adopted], variables: Mapping[str, Variables]) -> Variables:
    """Each relationship once, for the group, if that gives every member's halves; otherwise half by half."""
    whole: dict[str, Variables] = {}
    by_host: dict[str, list[Variables]] = {}
    complete = True
    for server in members:
        items = by_host.setdefault(server.name, [])
        for half in server.halves:
            item = _whole(server, half, members)
            complete = complete and item is not None
            items.append(by_hand(half) if item is None else whole.setdefault(json.dumps(item), item))
    if complete:
        return {"failover": list(whole.values())} if whole else {}
    for name, items in by_host.items():
        if items:
            variables[name]["failover"] = items
    return {}


def _whole(server: Adopted, half: Half, members: Sequence[Adopted]) -> Variables | None:
    """The relationship of a half, declared once; None if the two halves have no common declaration."""
    found = _partner(server, half, members)
    if found is None:
        return None
    ends = {half.role or "primary": (server, half), found[1].role or "primary": found}
    names = {side: ends[side][0].name for side in SIDES}
    item: Variables = {"name": half.name, **names}
    for side, (end, own) in sorted(ends.items()):
        if own.address != _address(end):
            item[f"{side}_address"] = own.address
    ports = {side: own.port or DEFAULT_PORT for side, (_end, own) in ends.items()}
    daemon = server.live.daemon
    defaults: Mapping[str, Any] = HALF_DEFAULTS
    if daemon == "kea":
        defaults = {"ha_port": ports["primary"]}
        item.update((f"{side}_name", own.server_name) for side, (_end, own) in sorted(ends.items()) if own.server_name)
    elif len(set(ports.values())) == 1:
        item["port"] = ports["primary"]
    else:
        item.update((f"{side}_port", ports[side]) for side in SIDES)
    # The role has its own defaults for settings that dhcpd.conf lacks.
    stated = {**defaults, **_stated(ends["primary"][1])}
    item.update((key, value) for key, value in stated.items() if key not in _ENDS)
    addresses = {end.name: _address(end) for end, _own in ends.values()}
    for side in ends:
        end, own = ends[side]
        derived = derive_halves([item], end.name, addresses, daemon)
        again = declare({"name": end.name, "daemon": daemon, "failover": derived})
        one, other = (replace(half, ha=None, variable=None, tls=half.tls or None) for half in (own, *again.halves))
        if compare(replace(again, halves=(one,)), replace(again, halves=(other,))):
            return None
    return item


def _normal(key: str, value: Any) -> str:
    items = sorted(value, key=lambda item: json.dumps(item, sort_keys=True)) if key in _UNORDERED and value else value
    return json.dumps(items, sort_keys=True)


def _prefixed(variables: Variables) -> Variables:
    return {f"{PREFIX}{key}": variables[key] for key in sorted(variables, key=_ORDER.index)}


def file_name(name: str) -> str:
    """A host's name as part of a file name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)
