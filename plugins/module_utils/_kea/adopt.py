# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a hand-written kea-dhcp4.conf into variables of the role, and prove that the role's file means the same.

The reader's declaration becomes variables; the proof reads the rendered file back. Whatever the declaration cannot say
is then a difference, with its place, and the server is refused. What the role states by itself and no client notices is
told: how the daemon logs and cleans up, and the delays of a relationship that nobody declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import option_format
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import TEXT_FORMATS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import IDENTIFIERS, read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.expressions import match_of, normal
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import LEASE_FILE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import translate
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import Option
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Proof, Variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Pool,
    Reservation,
    Scope,
    Server,
    Subnet,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DENY_BOOTP, ENDLESS, LEASE_TIMES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import (
    HA_HOOK,
    LEASE_HOOK,
    STATISTICS_HOOK,
    KeaService,
    spelled,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.adoption import SIDES, difference, effects
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

# Parameters with a variable of the same name, and others in the spelling that the reader gives them.
_PARAMETERS = frozenset(
    {"abandon-lease-time", "echo-client-id", "filename", "ignore-client-uids", "next-server", "server-name"}
)
_TEXTS = frozenset({"filename", "server-name"})
# What the role states in its own way, and no client notices: parameters of the whole server, and members.
_OWN = frozenset(
    {
        "calculate-tee-times",
        "ddns-send-updates",
        "host-reservation-identifiers",
        "ip-reservations-unique",
        "parked-packet-limit",
        "reservations-global",
        "reservations-lookup-first",
        "statistic-default-sample-age",
        "statistic-default-sample-count",
        "store-extended-info",
    }
)
# Of any network. The role has no answers from the cache, of which the partner would not know.
_CACHE = ("cache-max-age", "cache-threshold")
_QUIET = re.compile(
    r"loggers|expired-leases-processing|sanity-checks|dhcp-queue-control|control socket, .*"
    r"|interfaces-config, (?:re-detect|service-sockets-.*)|dhcp-ddns"
)
_HOOKS = frozenset({HA_HOOK, LEASE_HOOK, STATISTICS_HOOK})
_WORD = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]*(?:\.[A-Za-z0-9-][A-Za-z0-9_-]*)*")
_PLAIN_TEXT = re.compile(r'[^"\\\n,]*')
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,17}")


def adopt(name: str, text: str, includes: Mapping[str, str] | None = None) -> Adopted:
    """The variables of one server's configuration. Raises ValueError if Kea itself would reject it, or if nothing can
    be proven about it."""
    live = read_server(name, text, includes)
    unread = [problem for problem in live.problems if problem.slug in ("include-missing", "not-checked")]
    wrong = [problem for problem in live.problems if problem.severity is Severity.ERROR]
    if unread:
        raise ValueError(f"{unread[0]} Nothing that depends on it could be proven.")
    if wrong:
        more = f" There are {len(wrong) - 1} more errors." if len(wrong) > 2 else ""
        more = " There is one more error." if len(wrong) == 2 else more
        raise ValueError(f"Kea itself would not take this configuration. Repair it first. {wrong[0]}{more}")
    brief = _brief(name, text, includes or {})
    return Adopted(
        name,
        live,
        text,
        _variables(brief),
        includes or {},
        halves=list(live.halves),
        notes=[*_notes(brief)],
    )


def prove(adopted: Adopted, variables: Mapping[str, Any], rendered: str, new: Mapping[str, str]) -> Proof:
    """Compare a configuration with the file that replaces it. variables: what the file was made of."""
    live = _brief(adopted.name, adopted.text, adopted.includes)
    _data, findings = translate(declare(variables))
    again = _brief(adopted.name, rendered, new)
    rejected = [item for item in (*findings, *again.problems) if item.severity is Severity.ERROR]
    definitions = _definitions(live)
    one, other = (_comparable(server, definitions) for server in (live, again))
    found = [
        item for item in compare(one, other, SIDES) if item.subject not in _OWN and not item.subject.endswith(_CACHE)
    ]
    found += [*_orders(one, other), *_service(live, again)]
    if not found:
        effective = effects(View(one), View(other))
        found = [item for item in effective if item.subject.rpartition(", ")[2] not in {*_OWN, *_CACHE}]
    if found or rejected:
        return Proof(tuple(rejected), tuple(found))
    adopted.notes += _changes(live, again)
    return Proof()


# --- names ------------------------------------------------------------------------------------------------------------


def _brief(name: str, text: str, includes: Mapping[str, str]) -> Server:
    """The server without what its text need not state, and with names of reservations that variables take."""
    live = read_server(name, text, includes, implied=False)
    taken: dict[str, int] = {}
    reservations: list[Reservation] = []
    for item in live.reservations:
        name = "-".join(re.findall(r"[A-Za-z0-9_.-]+", item.name)).strip(".") or "client"
        name = name if _WORD.fullmatch(name) else re.sub(r"[^A-Za-z0-9-]+", "-", name)
        taken[name] = taken.get(name, 0) + 1
        reservations.append(replace(item, name=f"{name}-{taken[name]}" if taken[name] > 1 else name))
    return replace(live, reservations=tuple(reservations))


def _definitions(server: Server) -> Mapping[int, Option]:
    """The server's own options, by number."""
    return {int(code): Option(name, int(code), (), False) for name, (code, _kind) in server.option_definitions.items()}


# --- variables --------------------------------------------------------------------------------------------------------


def _variables(live: Server) -> Variables:
    definitions = live.option_definitions
    found: Variables = {"daemon": "kea", **_settings(live.scope, live)}
    if "echo-client-id" not in live.scope.parameters:
        found.setdefault("parameters", {})["echo_client_id"] = True  # Kea's default, but not dhcpd's
    interfaces = [{"name": name.partition("/")[0]} for name in live.interfaces if name != "*"]
    lists: Variables = {
        "interfaces": interfaces,
        "option_definitions": [
            {"name": _key(name), "code": int(code), "type": " ".join(kind.split()).replace(" ,", ",")}
            for name, (code, kind) in definitions.items()
        ],
        "classes": [_class(item, live) for item in live.classes],
        "shared_networks": [
            {
                "name": network.name,
                **_settings(network.scope, live),
                "subnets": [_subnet(subnet, live) for subnet in network.subnets],
            }
            for network in live.shared_networks
        ],
        "subnets": [_subnet(subnet, live) for subnet in live.subnets if subnet.shared_network is None],
        "hosts": [_host(item, live) for item in live.reservations if item.addresses or _reserves_everywhere(live)],
    }
    return {**found, **{key: items for key, items in lists.items() if items}}


def _key(name: str) -> str:
    return name.replace("-", "_")


def _settings(scope: Scope, live: Server) -> Variables:
    """The settings of one block, as far as variables can say them."""
    found: Variables = {}
    parameters: Variables = {}
    for name, words in scope.parameters.items():
        if name in LEASE_TIMES:
            seconds = int(words[0])
            found[_key(name)] = -1 if seconds == ENDLESS else seconds
        elif name == "authoritative":
            found[name] = words[0] == "true"
        elif name in _PARAMETERS:
            parameters[_key(name)] = _quoted(words[0]) if name in _TEXTS else _scalar(words[0])
    options = {}
    for name, words in scope.options.items():
        value = _value(words, option_format(name, live.option_definitions))
        if "." not in name:
            options[_key(name)] = value
    if options:
        found["options"] = options
    if parameters:
        found["parameters"] = parameters
    return found


def _value(words: Sequence[str], kind: str) -> Any:
    """The variable for an option's words."""
    values = [_quoted(word, kind) if kind[:1] in TEXT_FORMATS else _scalar(word) for word in words]
    return values[0] if len(values) == 1 else values


def _scalar(word: str) -> Any:
    if _DECIMAL.fullmatch(word):
        return int(word)
    return {"true": True, "false": False}.get(word, word)


def _quoted(text: str, kind: str = "t") -> str:
    """A text, in quotes if it would be something else without them. Octets may be in hexadecimal."""
    if kind[:1] in ("X", "E") and re.fullmatch(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+", text):
        return text
    if text and text == text.strip() and _PLAIN_TEXT.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _subnet(subnet: Subnet, live: Server) -> Variables:
    found: Variables = {"subnet": subnet.cidr}
    if subnet.number != subnet.network:
        found["id"] = subnet.number
    found.update(_settings(subnet.scope, live))
    order = {peer.name: number for half in live.halves if half.ha for number, peer in enumerate(half.ha.peers)}
    pools = [
        _pool(part, subnet, live)
        for _key, items in groupby(subnet.pools, _alike)
        for part in _halved_alike([*items], order)
    ]
    return {**found, **({"pools": pools} if pools else {})}


def _alike(pool: Pool) -> Any:
    """What pools beside each other must share to be one."""
    scope = pool.scope
    return pool.failover, pool.permits, sorted(scope.options.items()), sorted(scope.parameters.items())


def _halved_alike(pools: Sequence[Pool], order: Mapping[str, int]) -> list[list[Pool]]:
    """Pools that are for the same clients, as the role would share them between the servers of a pair.

    The role writes the first server's ranges of a pool before those of the second. So one pool may end where the first
    server's ranges begin again, if each of the parts is shared equally. Otherwise only all of them together can be.
    """
    parts: list[list[Pool]] = []
    last = len(order) + 1
    for pool in pools:
        number = order.get(pool.half or "", 0)
        if number < last:
            parts.append([])
        parts[-1].append(pool)
        last = number
    equal = all(_first_share(part, order) in (0, 1) for part in parts)
    return parts if equal else [sorted(pools, key=lambda pool: order.get(pool.half or "", 0))]


def _first_share(pools: Sequence[Pool], order: Mapping[str, int]) -> int:
    """How many addresses more the first server has."""
    return sum(
        (item.high - item.low + 1) * (-1 if order.get(pool.half or "", 0) else 1)
        for pool in pools
        for item in pool.ranges
    )


def _pool(pools: Sequence[Pool], around: Subnet, live: Server) -> Variables:
    """One pool for ranges that are for the same clients."""
    (first, *_others) = pools
    found: Variables = {} if first.failover is None else {"failover": first.failover}
    permits = sorted(first.permits - {DENY_BOOTP})
    for keyword in ("allow", "deny"):
        phrases = [permit.partition(" ")[2] for permit in permits if permit.startswith(f"{keyword} ")]
        if phrases:
            found[keyword] = phrases
    if first.scope is not around.scope:
        found.update(_settings(first.scope, live))
    return {**found, "ranges": [str(item) for pool in pools for item in pool.ranges]}


def _host(item: Reservation, live: Server) -> Variables:
    found: Variables = {"name": item.name}
    if item.hardware:
        found["hardware"] = item.hardware.removeprefix("ethernet ")
    if item.client_id and not item.client_id.startswith(tuple(f"{kind} " for kind in IDENTIFIERS)):
        found["client_id"] = item.client_id
    addresses = [*map(format_address, item.addresses)]
    found.update({"address": addresses[0]} if len(addresses) == 1 else {"addresses": addresses} if addresses else {})
    return {**found, **_settings(item.scope, live)}


def _reserves_everywhere(live: Server) -> bool:
    """Whether Kea looks at reservations without a subnet at all."""
    return live.scope.parameters.get("reservations-global") == ("true",)


def _class(item: ClientClass, live: Server) -> Variables:
    match = match_of(item.match, _definitions(live)) if item.match else None
    return {"name": item.name, **({"match": match} if match else {}), **_settings(item.scope, live)}


# --- the proof --------------------------------------------------------------------------------------------------------


def _comparable(server: Server, definitions: Mapping[int, Option]) -> Server:
    """A server without what the role states in its own way, and with one spelling of equal tests."""
    others = server.kea.others if server.kea else {}
    hosts = tuple(item for item in server.reservations if item.addresses or _reserves_everywhere(server))
    return replace(
        server,
        halves=tuple(replace(half, ha=None, line=None) for half in server.halves),
        reservations=hosts,
        classes=tuple(
            replace(item, match=normal(item.match, definitions) if item.match else None) for item in server.classes
        ),
        kea=KeaService(others={place: value for place, value in others.items() if not _is_quiet(place, value)}),
    )


def _is_quiet(place: str, value: str) -> bool:
    return _QUIET.fullmatch(place) is not None and '"enable-updates": true' not in value


def _orders(live: Server, again: Server) -> Iterator[Difference]:
    have, want = ([item.name for item in server.classes] for server in (live, again))
    if have != want and sorted(have) == sorted(want):
        yield difference("order of the classes", ", ".join(have), ", ".join(want))


def _service(live: Server, again: Server) -> Iterator[Difference]:
    """What the role's daemon would not have: other interfaces, leases, libraries and kinds of pairs."""
    service = live.kea or KeaService()
    named = [", ".join(sorted({name.partition("/")[0] for name in server.interfaces})) for server in (live, again)]
    if named[0] != named[1]:
        yield difference("interfaces", *(names or None for names in named))
    for name in service.hooks:
        if name not in _HOOKS:
            yield difference(f"library {name}", "present", None)
    database = {"type": "memfile", **(service.database or {})}
    name = str(database.get("name") or LEASE_FILE)
    if database["type"] != "memfile":
        yield difference("lease-database, type", str(database["type"]), "memfile")
    elif LEASE_FILE not in (name, f"{LEASE_FILE.rpartition('/')[0]}/{name}"):
        yield difference("lease-database, name", name, LEASE_FILE)
    for ha in service.relationships:
        for delay in ("heartbeat-delay", "max-response-delay"):
            if ha.number(delay) % 1000:
                yield difference(
                    f'relationship "{ha.relationship}", {delay}', f"{ha.number(delay)} ms", "whole seconds"
                )
        for peer in ha.peers:
            if peer.role == "backup":
                yield difference(f'relationship "{ha.relationship}", peer "{peer.name}"', "backup", None)


# --- remarks ----------------------------------------------------------------------------------------------------------


def _notes(live: Server) -> Iterator[str]:
    if any(half.tls for half in live.halves):
        yield "The role makes certificates of its own. The two do not hear each other until both have them."
    if any("basic-auth-user" in peer.settings for half in live.halves if half.ha for peer in half.ha.peers):
        yield "The role's file has no password for the partner; Kea asks for none. Use tls, or the role's firewall."
    if live.reservations and not all(item.addresses for item in live.reservations) and not _reserves_everywhere(live):
        yield "Reservations without an address are left out: Kea ignores them, because reservations-global is false."
    if any("/" in name for name in live.interfaces):
        yield "The role names interfaces without addresses: Kea serves on all addresses of them."


def _changes(live: Server, again: Server) -> Iterator[str]:
    """What the role states differently, though no client notices."""
    left, now = (server.kea.others if server.kea else {} for server in (live, again))
    gone = [place for place in left if place not in now]
    gone += [name for name in live.scope.parameters if name in _OWN - again.scope.parameters.keys()]
    if gone:
        yield f"The role's file does not have: {', '.join(gone)}. No client notices."
    one, other = (dict(_stated(server)) for server in (live, again))
    changed = [
        f"{place} {other[place]}" + (f" (was {one[place]})" if place in one else "")
        for place in other
        if one.get(place) != other[place]
    ]
    if changed:
        yield f"The role states: {', '.join(changed)}."


def _stated(server: Server) -> Iterator[tuple[str, str]]:
    service = server.kea or KeaService()
    for ha in service.relationships:
        for place, value in ha.facts:
            if not place[0].startswith("peer ") and place[0] not in ("trust-anchor", "cert-file", "key-file"):
                yield ", ".join(place), value
    for name, setting in (service.threads or {}).items():
        yield f"multi-threading, {name}", spelled(setting)
