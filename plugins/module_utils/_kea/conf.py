# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a kea-dhcp4.conf into the declaration, and find what Kea would refuse.

`read_server` takes text. `read_tree` takes its objects, which `resolve.py` also makes from a declaration in variables,
so the meaning of a member is defined in one place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.check import Checker
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import RESERVED
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.guards import is_permit_class, permits_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.implied import without_implied
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.options import (
    DHCP4,
    data_word,
    given,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, range_ends, text, texts
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import (
    COMMENTS,
    HA_KEYWORDS,
    HA_THREADS,
    PEER_KEYWORDS,
    Option,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    Value,
    canonical,
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DENY_BOOTP, ENDLESS, LEASE_TIMES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import (
    HA_HOOK,
    HighAvailability,
    KeaService,
    Peer,
    Settings,
)

_HEX_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})*")
# Members with a counterpart among the declaration's parameters.
_PARAMETERS: Mapping[str, str] = {
    "authoritative": "authoritative",
    "boot-file-name": "filename",
    "decline-probation-period": "abandon-lease-time",
    "echo-client-id": "echo-client-id",
    "max-valid-lifetime": "max-lease-time",
    "min-valid-lifetime": "min-lease-time",
    "next-server": "next-server",
    "server-hostname": "server-name",
    "valid-lifetime": "default-lease-time",
}
_OPTIONS: Mapping[str, str] = {"rebind-timer": "dhcp-rebinding-time", "renew-timer": "dhcp-renewal-time"}
# Members that name an object, or are read elsewhere. All other simple ones are parameters under their own names.
_OWN = frozenset(
    {
        "circuit-id",
        "client-id",
        "comment",
        "duid",
        "flex-id",
        "hostname",
        "hw-address",
        "id",
        "ip-address",
        "name",
        "pool",
        "pool-id",
        "server-tag",
        "subnet",
        "test",
    }
)
IDENTIFIERS = ("circuit-id", "duid", "flex-id")
# Of a server that states none, in seconds.
_DEFAULT_LIFETIME = "7200"
_BOOTP_HOOK = "libdhcp_bootp.so"
_TYPES: Mapping[str, str] = {
    "binary": "string",
    "fqdn": "domain-list",
    "ipv4-address": "ip-address",
    "ipv6-address": "ip6-address",
    "string": "text",
    "int8": "integer 8",
    "int16": "integer 16",
    "int32": "integer 32",
    "uint8": "unsigned integer 8",
    "uint16": "unsigned integer 16",
    "uint32": "unsigned integer 32",
}
# Members that say which clients a pool is for.
_GUARDS = frozenset({"client-class", "client-classes"})
# Lists and objects that are read elsewhere, or are comments.
_READ = frozenset(
    {
        "client-classes",
        "control-socket",
        "control-sockets",
        "hooks-libraries",
        "interfaces-config",
        "lease-database",
        "multi-threading",
        "option-data",
        "option-def",
        "pools",
        "reservations",
        "shared-networks",
        "subnet4",
        "user-context",
    }
)
_READ_OF_OPTION = frozenset({"code", "comment", "csv-format", "data", "name", "space", "user-context"})
# The members of a pool without settings.
_ONLY_GUARDED = _GUARDS | {"pool"}
# Members that are lists of names.
_LISTS = (
    "client-classes",
    "evaluate-additional-classes",
    "host-reservation-identifiers",
    "require-client-classes",
)
# Scopes without settings share it.
NOTHING: dict[str, Value] = {}


def read_server(
    name: str,
    text: str,
    includes: Mapping[str, str] | None = None,
    address: str | None = None,
    implied: bool = True,
) -> Server:
    """The server that this configuration declares; `includes` has the texts of its included files.

    implied: keep what it need not state.
    """
    document = parse(text, includes or {})
    checker = Checker(name)
    for problem in document.problems:
        severity = Severity.WARNING if problem.warning else Severity.ERROR
        checker.add(problem.slug, severity, problem.place, problem.message, problem.hint, problem.line)
    if document.root is None:
        return Server(name, Scope(), from_text=True, problems=tuple(checker.problems), daemon="kea", kea=KeaService())
    server = read_tree(checker, document.root if implied else without_implied(document.root), address)
    in_order = tuple(sorted(server.problems, key=lambda problem: problem.line or 0))
    return replace(server, from_text=True, problems=in_order)


def read_tree(checker: Checker, root: Node, address: str | None = None) -> Server:
    """The server that these objects declare, with the faults found so far."""
    main = checker.check(root)
    return _Reading(checker, main).server(address)


class _Reading:
    """Reads one server. Members of a wrong kind are already reported, and left out."""

    def __init__(self, checker: Checker, main: Node) -> None:
        self.checker = checker
        self.main = main
        self.definitions: dict[int, Option] = {}
        self.tests: dict[str, str] = {}
        self.settings: set[str] = set()
        self.halves: list[Half] = []
        self.names: dict[str, str] = {}  # peer -> relationship
        self.permits: dict[tuple[str, ...], tuple[frozenset[str], str | None]] = {}
        self.bootp = False
        self.others: dict[str, str] = {}

    def server(self, address: str | None) -> Server:
        main = self.main
        defined = dict(self._definitions(main))
        service = self._service()
        self.bootp = _BOOTP_HOOK in service.hooks
        scope = self.scope(main, None)
        classes = [self.client_class(node, scope) for node in nodes(main, "client-classes")]
        networks = tuple(self.network(node, scope) for node in nodes(main, "shared-networks"))
        inside = [self.subnet(node, scope) for node in nodes(main, "subnet4")]
        reservations = [self.reservation(node, scope) for node in nodes(main, "reservations")]
        for holder, subnets in (
            (main, inside),
            *zip(nodes(main, "shared-networks"), (network.subnets for network in networks)),
        ):
            for node, subnet in zip(nodes(holder, "subnet4"), subnets):
                around = scope if subnet is None else subnet.scope
                reservations += [self.reservation(inner, around) for inner in nodes(node, "reservations")]
        return Server(
            self.checker.name,
            scope,
            tuple(self.halves),
            (
                *(subnet for network in networks for subnet in network.subnets),
                *(subnet for subnet in inside if subnet is not None),
            ),
            networks,
            tuple(_joined(item for item in reservations if item is not None)),
            tuple(item for item in classes if item is not None),
            defined,
            address=address,
            problems=tuple(self.checker.problems),
            daemon="kea",
            interfaces=service.interfaces,
            kea=replace(service, others=self.others),
        )

    # --- scopes -------------------------------------------------------------------------------------------------------

    def _definitions(self, holder: Node) -> Iterator[tuple[str, Value]]:
        for node in nodes(holder, "option-def"):
            name, code, kind = text(node, "name"), node.get("code"), text(node, "type")
            if node.get("space", DHCP4) != DHCP4 or node.get("encapsulate"):
                self.other(holder, f'option definition "{name}"', {**node})
            if not name or not isinstance(code, int) or node.get("space", DHCP4) != DHCP4:
                continue
            record = kind == "record"
            fields = [part.strip() for part in (text(node, "record-types").split(",") if record else [kind])]
            array = node.get("array") is True
            self.definitions[code] = Option(name, code, tuple(fields), array)
            words = " , ".join(_TYPES.get(part, part) for part in fields)
            words = f"{{ {words} }}" if record else words
            yield name.replace("_", "-"), (str(code), f"array of {words}" if array and fields != ["fqdn"] else words)

    def other(self, node: Node, name: str, value: Any, inner: str = "") -> None:
        """Keep a member that has no place in the declaration. Without a value it says nothing."""
        if value not in ("", None, [], {}):
            place = ", ".join(part for part in (_place(node), inner, name) if part)
            self.others[place] = json.dumps(value, sort_keys=True, ensure_ascii=False)

    def scope(self, node: Node, parent: Scope | None) -> Scope:
        options: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        for entry in nodes(node, "option-data"):
            found = given(entry, self.definitions)
            if not entry.keys() <= _READ_OF_OPTION:
                for name in sorted(entry.keys() - _READ_OF_OPTION):
                    if entry[name] is not False:
                        self.other(node, name, entry[name], f"option {found.name}" if found else "option")
            if found is None:
                continue
            if found.fault:
                self.checker.find(
                    "declaration-invalid", entry, found.fault, "Correct the option.", f"option {found.name}"
                )
            elif found.cut:
                self.checker.find(
                    "option-cut",
                    entry,
                    f"Kea sends only what stands before the comma, and drops {found.cut!r}.",
                    "Write \\\\, for a comma in a text.",
                    f"option {found.name}",
                )
            if not found.fault and entry.get("never-send") is not True:
                options[found.name] = found.words
        for name, value in node.items():
            if value.__class__ in (Node, list) or name in _OWN:
                if name in _LISTS and _are_names(value):
                    if value and value != [RESERVED]:
                        parameters[name] = tuple(value)
                elif name not in _READ and name not in _OWN:
                    self.other(node, name, value)
            elif name == "match-client-id":
                parameters["ignore-client-uids"] = ("false" if value else "true",)
            elif name in _OPTIONS:
                options[_OPTIONS[name]] = (str(value),)
            elif name == "next-server" and value == "0.0.0.0":  # noqa: S104 - Kea's word for none
                continue
            elif value != "" or name not in _PARAMETERS:
                parameters[_PARAMETERS.get(name, name)] = (_spelled(value),)
        if parent is None or not parameters.keys().isdisjoint(LEASE_TIMES):
            _complete(parameters)
            self._ordered(node, parameters)
        return Scope(options or NOTHING, parameters or NOTHING, (), parent)

    def _ordered(self, node: Node, parameters: Mapping[str, Value]) -> None:
        """Kea takes no default outside of the other two."""
        names = ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")
        times = [int(parameters[f"{which}-lease-time"][0]) & ENDLESS for which in ("min", "default", "max")]
        if times != sorted(times):
            told = ", ".join(f"{name} {seconds}" for name, seconds in zip(names, times))
            message = f"The lease times do not ascend ({told}); Kea refuses it."
            self.checker.find("declaration-invalid", node, message, "Correct one of them.", _place(node))

    # --- networks -----------------------------------------------------------------------------------------------------

    def network(self, node: Node, around: Scope) -> SharedNetwork:
        name = text(node, "name")
        scope = self.scope(node, around)
        relationship = self._relationship(node)
        found = [self.subnet(inner, scope, name, relationship) for inner in nodes(node, "subnet4")]
        return SharedNetwork(name, scope, tuple(item for item in found if item is not None), line=node.line)

    def subnet(
        self, node: Node, around: Scope, network: str | None = None, relationship: str | None = None
    ) -> Subnet | None:
        address, _slash, length = text(node, "subnet").partition("/")
        first = parse_address(address)
        if first is None or not length.isdigit() or int(length[:3]) > 32:
            if "subnet" in node:
                message = f"{text(node, 'subnet')} is not a subnet; Kea refuses it."
                self.checker.find("declaration-invalid", node, message, 'Write "ADDRESS/PREFIX".', "subnet")
            return None
        scope = self.scope(node, around)
        cidr = f"{format_address(first)}/{length}"
        relationship = self._relationship(node) or relationship or self._only()
        found = (self.pool(inner, scope, cidr, network, relationship) for inner in nodes(node, "pools"))
        pools = tuple(pool for pool in found if pool is not None)
        number = node.get("id")
        number = number if isinstance(number, int) else None
        return Subnet(first, int(length), scope, pools, network, node.line, number=number)

    def _relationship(self, node: Node) -> str | None:
        context = node.get("user-context")
        stated = context.get("ha-server-name") if isinstance(context, dict) else None
        return None if stated is None else self.names.get(str(stated), str(stated))

    def _only(self) -> str | None:
        """The relationship of everything, if there is one."""
        return self.halves[0].name if len(self.halves) == 1 else None

    def pool(self, node: Node, around: Scope, subnet: str, network: str | None, failover: str | None) -> Pool | None:
        stated = text(node, "pool")
        ends = range_ends(stated)
        if ends is None:
            if "pool" in node:
                message = f"{stated} is not a range; Kea refuses it."
                self.checker.find(
                    "declaration-invalid", node, message, 'Write "FIRST - LAST".', f"subnet {subnet}, pool"
                )
            return None
        scope = around if node.keys() <= _ONLY_GUARDED else self.scope(node, around)
        if scope is not around and not _GUARDS.isdisjoint(scope.parameters):
            rest = {name: value for name, value in scope.parameters.items() if name not in _GUARDS}
            scope = replace(scope, parameters=rest or NOTHING)
        if scope.options is NOTHING and scope.parameters is NOTHING:
            scope = around
        one = [text(node, "client-class")] if "client-class" in node else []
        guards = (*texts(node, "client-classes"), *one)
        permits, half = self._permits(guards)
        outer = {guard for each in around.chain for name in _GUARDS for guard in each.parameters.get(name, ())}
        if outer:
            permits |= self._permits(tuple(sorted(outer)))[0]
        return Pool(
            failover,
            (Range(*ends, line=node.line),),
            permits,
            scope,
            subnet,
            network,
            guards=guards,
            half=half,
            line=node.line,
        )

    def _permits(self, guards: tuple[str, ...]) -> tuple[frozenset[str], str | None]:
        known = self.permits.get(guards)
        if known is None:
            permits: set[str] = set() if self.bootp else {DENY_BOOTP}
            half = ""
            for guard in guards:
                found, of = permits_of(guard, self.tests.get(guard))
                permits |= found
                half = half or of
            known = self.permits[guards] = (frozenset(permits), half or None)
        return known

    # --- clients ------------------------------------------------------------------------------------------------------

    def reservation(self, node: Node, around: Scope) -> Reservation | None:
        hardware = text(node, "hw-address")
        client_id = _identifier(text(node, "client-id"))
        for kind in IDENTIFIERS:
            if kind in node:
                client_id = f"{kind} {_identifier(text(node, kind))}"
        context = node.get("user-context")
        named = context.get("name") if isinstance(context, dict) else None
        mac = canonical(hardware.replace("-", ":").lower())
        name = str(named or text(node, "hostname") or mac or client_id)
        addresses = []
        if "ip-address" in node:
            number = parse_address(text(node, "ip-address"))
            if number is None:
                message = f"{text(node, 'ip-address')} is not an IPv4 address; Kea refuses it."
                self.checker.find("declaration-invalid", node, message, "Correct it.", f'reservation "{name}"')
                return None
            addresses.append(number)
        scope = self.scope(node, around)
        if text(node, "hostname"):  # which Kea sends in place of an option
            scope = replace(scope, options={**scope.options, "host-name": (text(node, "hostname"),)})
        if not _HEX_OCTETS.fullmatch(hardware) and hardware:
            message = f"{hardware} is not a hardware address; Kea refuses it."
            self.checker.find("declaration-invalid", node, message, "Correct it.", f'reservation "{name}"')
        owner = f"ethernet {mac}" if mac else None
        return Reservation(name, owner, client_id or None, tuple(addresses), scope, line=node.line)

    def client_class(self, node: Node, around: Scope) -> ClientClass | None:
        name, test = text(node, "name"), text(node, "test") or text(node, "template-test")
        for defined, _kind in self._definitions(node):
            self.other(node, f'option definition "{defined}"', "present")
        self.other(node, "template-test", text(node, "template-test"))
        scope = self.scope(node, around)
        if name in self.tests:
            message = "There is another class of this name; Kea refuses it."
            self.checker.find("declaration-invalid", node, message, "Remove one of the two.", _place(node))
        self.tests[name] = test
        if is_permit_class(name) and not scope.options and not scope.parameters:
            return None
        return ClientClass(name, test or None, scope, line=node.line)

    # --- the service --------------------------------------------------------------------------------------------------

    def _service(self) -> KeaService:
        main = self.main
        hooks = [(text(node, "library").rpartition("/")[2], node) for node in nodes(main, "hooks-libraries")]
        stated = [relation for name, node in hooks if name == HA_HOOK for relation in self._relationships(node)]
        sockets = [
            *nodes(main, "control-sockets"),
            *([main["control-socket"]] if isinstance(main.get("control-socket"), Node) else []),
        ]
        interfaces = main.get("interfaces-config") or Node()
        for name, node in hooks:
            if name != HA_HOOK:
                self.other(main, "parameters", node.get("parameters"), f"library {name}")
        for what, node, read in (
            ("interfaces-config", interfaces, ("interfaces",)),
            *(("control socket", node, ()) for node in sockets),
        ):
            for name, value in node.items():
                if name not in (*read, *COMMENTS) and (read or isinstance(value, (Node, list))):
                    self.other(main, name, value, what)
        return KeaService(
            tuple(texts(interfaces, "interfaces")),
            tuple(name for name, _node in hooks),
            _settings(main["multi-threading"]) if isinstance(main.get("multi-threading"), Node) else None,
            _settings(main["lease-database"]) if isinstance(main.get("lease-database"), Node) else None,
            tuple(map(_settings, sockets)),
            tuple(stated),
        )

    def _relationships(self, hook: Node) -> Iterator[HighAvailability]:
        parameters = hook.get("parameters")
        found = parameters.get("high-availability") if isinstance(parameters, dict) else None
        if not isinstance(found, list) or not all(isinstance(node, Node) for node in found) or not found:
            message = "The hook for high availability has no list of relationships; Kea does not start."
            self.checker.find("syntax", hook, message, 'Give it parameters: {"high-availability": [{...}]}.')
            return
        for node in found:
            checked = self.checker.plain(node, HA_KEYWORDS, "high availability")
            listed = [self._peer(peer) for peer in nodes(checked, "peers")]
            threads = checked.get("multi-threading")
            threads = (
                self.checker.plain(threads, HA_THREADS, "multi-threading") if isinstance(threads, Node) else Node()
            )
            self.other(Node(), "state-machine", checked.get("state-machine"), "high availability")
            ha = HighAvailability(
                text(checked, "this-server-name"),
                text(checked, "mode").lower(),
                tuple(listed),
                {
                    name: value
                    for name, value in _settings(checked).items()
                    if name in HA_KEYWORDS and name not in ("this-server-name", "mode")
                },
                _settings(threads),
                tuple(name for name in node if name not in HA_KEYWORDS and name not in ("comment", "user-context")),
                node.line,
            )
            self._half(ha)
            yield ha

    def _peer(self, node: Node) -> Peer:
        checked = self.checker.plain(node, PEER_KEYWORDS, "peer")
        settings = {
            name: value
            for name, value in _settings(checked).items()
            if name not in ("name", "role", "url") and "password" not in name
        }
        return Peer(text(checked, "name"), text(checked, "role").lower(), text(checked, "url"), settings, node.line)

    def _half(self, ha: HighAvailability) -> None:
        name = ha.relationship
        for peer in ha.peers:
            self.names.setdefault(peer.name, name)
        own, partner = ha.own, ha.partner
        (address, port), (peer_address, peer_port) = (one.ends if one else (None, None) for one in (own, partner))
        role = {"primary": "primary", "secondary": "secondary", "standby": "secondary"}.get(own.role if own else "")
        names = _own_names(ha)
        half = Half(
            name,
            role,
            address,
            port,
            peer_address,
            peer_port,
            max_response_delay=ha.number("max-response-delay") // 1000,
            mode=ha.mode or None,
            takeover=None if own is None else own.takes_over,
            heartbeat=ha.number("heartbeat-delay") // 1000,
            tls="trust-anchor" in ha.settings or bool(own and "trust-anchor" in own.settings),
            server_name=names[0],
            peer_name=names[1],
            ha=ha,
            line=ha.line,
        )
        self.halves.append(half)


# --- values -----------------------------------------------------------------------------------------------------------


def _own_names(ha: HighAvailability) -> tuple[str | None, str | None]:
    """The names of both servers, if they are not made from the relationship's."""
    own, partner = ha.own, ha.partner
    if own is None or partner is None or ha.relationship != "+".join(sorted((own.name, partner.name))):
        return None, None
    return own.name, partner.name


def _place(node: Node) -> str:
    """An object in words; the main one has none."""
    for name, word in (
        ("subnet", "subnet"),
        ("pool", "pool"),
        ("hw-address", "reservation"),
        ("client-id", "reservation"),
    ):
        if name in node:
            return f"{word} {text(node, name)}"
    if "name" not in node:
        return ""
    return f'{"shared network" if "subnet4" in node else "class"} "{text(node, "name")}"'


def _settings(node: Mapping[str, Any]) -> Settings:
    """The simple members, without secrets."""
    return {
        name: value
        for name, value in node.items()
        if isinstance(value, (str, int, float, bool)) and "password" not in name and name != "comment"
    }


def _complete(parameters: dict[str, Value]) -> None:
    """All three lease times: Kea inherits them together, and those that are not stated are as the others."""
    default, longest, shortest = (parameters.get(f"{which}-lease-time") for which in ("default", "max", "min"))
    known = default or shortest or longest or (_DEFAULT_LIFETIME,)
    parameters["default-lease-time"] = known
    parameters["max-lease-time"] = longest or known
    parameters["min-lease-time"] = shortest or known


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _identifier(stated: str) -> str:
    """A client's identifier in the declaration's spelling."""
    if len(stated) > 1 and stated[0] == stated[-1] == "'":
        return data_word(stated[1:-1].encode("utf-8", "surrogateescape"))
    digits = stated.replace(":", "").replace(" ", "").removeprefix("0x").removeprefix("0X")
    if re.fullmatch(r"[0-9a-fA-F]+", digits):
        return data_word(bytes.fromhex("0" * (len(digits) % 2) + digits))
    return stated


def _only_known(item: Reservation) -> bool:
    """Whether a reservation does no more than make its client known."""
    return not (item.addresses or item.scope.options or item.scope.parameters)


def _joined(found: Iterator[Reservation]) -> Iterator[Reservation]:
    """Reservations, with those of one client in different subnets as one if they have the same name and settings."""
    joined: dict[tuple[str, str | None, str | None], Reservation] = {}
    extra = 0
    for item in found:
        key = (item.name, item.hardware, item.client_id)
        before = joined.get(key)
        if before is None or _only_known(before):
            joined[key] = item
        elif before.scope.parent is not item.scope.parent and (before.scope.options, before.scope.parameters) == (
            item.scope.options,
            item.scope.parameters,
        ):
            joined[key] = replace(before, addresses=tuple(sorted({*before.addresses, *item.addresses})))
        else:
            extra += 1
            joined[item.name, item.hardware, f"{item.client_id} {extra}"] = item
    yield from joined.values()
