# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn Ansible variables into the declaration.

This needs no daemon's grammar: text that only a daemon understands (`extra`, `parameters`, permits, expressions) stays
as it is, for the dialect to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Native,
    Omapi,
    Origin,
    Pool,
    Range,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    Value,
    format_address,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DAEMONS,
    DEFAULT_HA_PORT,
    DEFAULT_OMAPI_KEY,
    DEFAULT_OMAPI_PORT,
    DENY_BOOTP,
    LEASE_TIMES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import (
    HALVES,
    SERVER,
    Item,
    Mistake,
    Mistakes,
    Place,
    shown,
    unknown,
)

# Keys of an entry of failover_validate in addition to the variables.
_ABOUT = frozenset({"name", "mistakes", "positions"})
_NO_PERMITS: frozenset[str] = frozenset()


def declare(data: Any) -> Server:
    """The server that these variables declare (the role's, without their `dhcp_server_` prefix).

    `positions` are the places of its halves in `dhcp_server_failover`; `mistakes` were found while deriving them. A
    value of the wrong shape is left out and reported in `problems`.
    """
    mistakes: Mistakes = []
    if not isinstance(data, Mapping):
        mistakes.append(Mistake("", "", f"`servers` has {shown(data)}, which is not a mapping.", "Give a mapping."))
        data = {}
    name = str(data.get("name") or "")
    item = _cleaned(data, mistakes)
    mistakes.extend(_told(data))
    scope = _scope(item, None)
    daemon = item.get("daemon", DAEMONS[0])
    networks = tuple(_shared_network(network, scope) for network in item.get("shared_networks", ()))
    definitions = item.get("option_definitions", ())
    return Server(
        name,
        scope,
        tuple(_half(half, daemon) for half in item.get("failover", ())),
        (
            *(subnet for network in networks for subnet in network.subnets),
            *(_subnet(subnet, scope) for subnet in item.get("subnets", ())),
        ),
        networks,
        tuple(_reservation(host, scope) for host in item.get("hosts", ())),
        tuple(_class(member, scope) for member in item.get("classes", ())),
        {_hyphens(definition["name"]): (str(definition["code"]), definition["type"]) for definition in definitions},
        _omapi(item),
        item.get("address"),
        problems=tuple(_finding(name, mistake) for mistake in mistakes),
        definition_origins={_hyphens(definition["name"]): definition.place.variable for definition in definitions},
        daemon=daemon,
        interfaces=tuple(interface["name"] for interface in item.get("interfaces", ())),
    )


def _half(item: Item, daemon: str) -> Half:
    """A half. The two daemons listen on ports of their own, so that one can be replaced by the other."""
    stated = dict(item)
    port = stated.pop("ha_port", DEFAULT_HA_PORT)
    if daemon == "kea":
        stated.update(port=port, peer_port=port)
    takeover = stated.pop("takeover", None)
    if takeover is not None:
        stated["takeover"] = takeover == "automatic"
    return Half(**stated, variable=item.place.variable)


def _hyphens(name: str) -> str:
    """A name in the daemons' spelling; variables may have underscores."""
    return name.replace("_", "-")


def _cleaned(data: Mapping[str, Any], mistakes: Mistakes) -> Item:
    """The variables with checked shapes."""
    found = Item(Place())
    for key, value in data.items():
        kind = SERVER.get(key)
        if kind is HALVES and value is not None:
            found[key] = HALVES.read(value, Place().key(key), mistakes, _positions(data))
        elif kind is not None:
            cleaned = kind.clean(value, Place().key(key), mistakes)
            if cleaned is not None:
                found[key] = cleaned
        elif key not in _ABOUT:
            mistakes.append(unknown(Place().key(key), key, value, SERVER))
    if found.get("authoritative") is False:
        del found["authoritative"]  # the default, which sets nothing
    return found


def _positions(data: Mapping[str, Any]) -> list[int]:
    found = data.get("positions")
    return found if isinstance(found, list) and all(isinstance(number, int) for number in found) else []


def _told(data: Mapping[str, Any]) -> Iterator[Mistake]:
    found = data.get("mistakes")
    for told in found if isinstance(found, list) else ():
        if isinstance(told, (list, tuple)) and len(told) == len(Mistake._fields):
            yield Mistake(*map(str, told))


def _finding(server: str, mistake: Mistake) -> Finding:
    variable, words, message, hint = mistake
    return Finding("declaration-invalid", Severity.ERROR, (server,), words, message, hint, variable=variable)


# --- scopes --------------------------------------------------------------------------------------------------------


def _scope(item: Item, parent: Scope | None) -> Scope:
    """The settings that every block may have."""
    place = item.place
    parameters: dict[str, Value] = {}
    if "authoritative" in item:
        parameters["authoritative"] = ("true" if item["authoritative"] else "false",)
    for name in LEASE_TIMES:
        seconds = item.get(name.replace("-", "_"))
        if seconds is not None:
            parameters[name] = (str(seconds),)
    native = list(_parameters(item))
    if "extra" in item:
        native.append(Native(item["extra"], place.key("extra").variable))
    options: dict[str, Value] = {}
    variables: dict[str, str] = {}
    if item.get("options"):
        inside = place.key("options")
        for key, value in item["options"].items():
            words = tuple(_words(value))
            if words:
                name = _hyphens(key)
                options[name] = words
                variables[name] = inside.key(key).variable
    return Scope(options, parameters, (), parent, tuple(native), Origin(place.variable, variables))


def _parameters(item: Item) -> Iterator[Native]:
    """Any statement by name; a list gives it several times."""
    if not item.get("parameters"):
        return
    inside = item.place.key("parameters")
    for key, value in item["parameters"].items():
        variable = inside.key(key).variable
        for one in value if isinstance(value, (list, tuple)) else (value,):
            yield Native(None if one is None else _word(one), variable, _hyphens(key))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _words(value: Any) -> Iterator[str]:
    """A value or a list of values; a text stays as it is, including blanks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _words(item)
    elif value is not None:
        yield _word(value)


# --- networks ------------------------------------------------------------------------------------------------------


def _shared_network(item: Item, around: Scope) -> SharedNetwork:
    name = item["name"]
    scope = _scope(item, around)
    subnets = tuple(_subnet(subnet, scope, name) for subnet in item.get("subnets", ()))
    pools = tuple(_pool(pool, scope, None, name) for pool in item.get("pools", ()))
    return SharedNetwork(name, scope, subnets, pools, variable=item.place.variable)


def _subnet(item: Item, around: Scope, network: str | None = None) -> Subnet:
    address, _slash, length = item["subnet"].partition("/")
    first, prefix = parse_address(address), prefix_of(length) if "." in length else int(length)
    if first is None or prefix is None:
        raise ValueError(item["subnet"])  # its shape excludes this
    scope, variable = _scope(item, around), item.place.variable
    cidr = f"{format_address(first)}/{prefix}"
    pools = [_pool(pool, scope, cidr, network) for pool in item.get("pools", ())]
    if item.get("ranges"):
        ranges = tuple(map(_range, item["ranges"]))
        pools.append(Pool(None, ranges, _NO_PERMITS, scope, cidr, network, bare=True, variable=variable))
    return Subnet(first, prefix, scope, tuple(pools), network, variable=variable, number=item.get("id"))


def _range(text: str) -> Range:
    ends = [parse_address(end) or 0 for end in text.split()]
    return Range(ends[0], ends[-1])


def _pool(item: Item, around: Scope, subnet: str | None, network: str | None) -> Pool:
    failover = item.get("failover")
    permits = {" ".join((keyword, phrase)) for keyword in ("allow", "deny") for phrase in item.get(keyword, ())}
    if failover and item.get("deny_bootp") is not False:
        about_bootp = DENY_BOOTP.partition(" ")[2]
        if not any(" ".join(permit.split()[1:]).lower() == about_bootp for permit in permits):
            permits.add(DENY_BOOTP)
    ranges = tuple(map(_range, item.get("ranges", ())))
    scope = _scope(item, around)
    return Pool(failover, ranges, frozenset(permits), scope, subnet, network, variable=item.place.variable)


# --- reservations, classes, OMAPI ----------------------------------------------------------------------------------


def _reservation(item: Item, around: Scope) -> Reservation:
    hardware = item.get("hardware")
    if hardware is not None and " " not in hardware:
        hardware = f"ethernet {hardware}"
    addresses = [item["address"]] if "address" in item else item.get("addresses", ())
    numbers = {address: parse_address(address) for address in addresses}
    return Reservation(
        item["name"],
        hardware,
        item["client_id"].strip() if "client_id" in item else None,
        tuple(number for number in numbers.values() if number is not None),
        _scope(item, around),
        tuple(name for name, number in numbers.items() if number is None),
        variable=item.place.variable,
    )


def _class(item: Item, around: Scope) -> ClientClass:
    return ClientClass(
        item["name"],
        item["match"].strip().rstrip(";") if "match" in item else None,
        _scope(item, around),
        item.get("lease_limit"),
        frozenset(value.strip() for value in item.get("subclasses", ())),
        variable=item.place.variable,
    )


def _omapi(item: Item) -> Omapi | None:
    if not item.get("omapi"):
        return None
    return Omapi(item.get("omapi_port", DEFAULT_OMAPI_PORT), item.get("omapi_key_name", DEFAULT_OMAPI_KEY))
