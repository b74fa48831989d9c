# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a declaration into the objects of a kea-dhcp4.conf, and say what has no translation.

The declaration is one that variables made. dhcpd's reader brings its values, permits and expressions into one
spelling, because that is the language of the variables; here they get Kea's words. The result suits Kea 2.2, 2.6 and
3.0, and states everything of which their defaults, or those of dhcpd, differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_declared
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.classes import (
    RESERVED,
    built_in,
    guard_of,
    test_of,
    test_of_values,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.options import (
    UntranslatableError,
    octets_of,
    option_data,
    option_def,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import (
    CERT_FILE,
    KEY_FILE,
    LEASE_FILE,
    SOCKET,
    TRUST_ANCHOR,
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
    Statements,
    Subnet,
    format_address,
    netmask,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_LEASE_TIMES,
    DHCPD_TUNING,
    ENDLESS,
    LEASE_TIMES,
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import (
    HA_HOOK,
    HOT_STANDBY,
    LEASE_HOOK,
    LOAD_BALANCING,
    SECOND_ROLES,
    STATISTICS_HOOK,
)

Data = dict[str, Any]

# Kea keeps the delay in 16 bits, in milliseconds.
MAX_RESPONSE_DELAY = 65
# The longest that a packet's fields may be.
_FIELDS: Mapping[str, tuple[str, int]] = {"filename": ("boot-file-name", 127), "server-name": ("server-hostname", 63)}
_LIFETIMES: Mapping[str, str] = {
    "default-lease-time": "valid-lifetime",
    "max-lease-time": "max-valid-lifetime",
    "min-lease-time": "min-valid-lifetime",
}
_TIMERS: Mapping[str, str] = {"dhcp-renewal-time": "renew-timer", "dhcp-rebinding-time": "rebind-timer"}
# Parameters whose stated value is what Kea does anyway.
_AS_KEA: Statements = {
    "allow-booting": ("true",),
    "allow-bootp": ("false",),
    "always-broadcast": ("false",),
    "boot-unknown-clients": ("true",),
    "ddns-update-style": ("none",),
    "dhcp-cache-threshold": ("0",),
    "ddns-updates": ("false",),
    "get-lease-hostnames": ("false",),
    "min-secs": ("0",),
    "one-lease-per-client": ("false",),
    "ping-check": ("false",),
    "stash-agent-options": ("false",),
    "use-host-decl-names": ("false",),
    "use-lease-addr-for-default-route": ("false",),
}
_INSTEAD: Mapping[str, str] = {
    "adaptive-lease-time-threshold": "Remove it; choose a shorter lease time.",
    "allow-bootp": "Remove it; Kea serves no BOOTP clients.",
    "boot-unknown-clients": "Write deny: [unknown-clients] in each pool.",
    "ddns-update-style": "Remove it, or write none: this collection does not run Kea's server for dynamic DNS.",
    "ddns-updates": "Remove it: this collection does not run Kea's server for dynamic DNS.",
    "dhcp-cache-threshold": "Remove it: a client that asks again would get a lease that the partner may not know.",
    "get-lease-hostnames": "Give the reservation the option host-name.",
    "log-facility": "Remove it; Kea logs to the journal.",
    "ping-check": "Remove it; Kea before 3.0 cannot ping an address before it gives it out.",
}
# Phrases of dhcpd's reader.
_NEUTRAL: Mapping[str, str] = {"would make dhcpd refuse to start": "is wrong", "where dhcpd expects": "in place of"}
# What every server states, so that no release's default matters.
_GLOBAL: Data = {
    "multi-threading": {"enable-multi-threading": True},
    "control-socket": {"socket-type": "unix", "socket-name": SOCKET},
    "lease-database": {"type": "memfile", "persist": True, "name": LEASE_FILE, "lfc-interval": 3600},
    "calculate-tee-times": True,
    "t1-percent": 0.5,
    "t2-percent": 0.875,
    "decline-probation-period": 86400,
    "ddns-send-updates": False,
    # Otherwise a client that asks again gets the lease just written, which the partner may not know (from 3.0).
    "cache-max-age": 0,
    # A client that released its lease, and got another from the partner, would be refused there because of the old one.
    "expired-leases-processing": {"hold-reclaimed-time": 0},
    "authoritative": False,
    "match-client-id": True,
    "echo-client-id": False,
    "host-reservation-identifiers": ["client-id", "hw-address"],
    "reservations-in-subnet": True,
    "reservations-out-of-pool": False,
    "reservations-lookup-first": True,
}
# Of a relationship. A page of 1,000 leases keeps the pause of a synchronisation short (measured). On one link every
# client that the partner does not answer counts, and a number of them would only delay the takeover.
_RELATIONSHIP: Data = {
    "max-unacked-clients": 0,
    "max-rejected-lease-updates": 10,
    "send-lease-updates": True,
    "sync-leases": True,
    "sync-timeout": 60000,
    "sync-page-limit": 1000,
    "delayed-updates-limit": 0,
    "wait-backup-ack": False,
    "restrict-commands": True,
}
_THREADS: Data = {
    "enable-multi-threading": True,
    "http-dedicated-listener": True,
    "http-listener-threads": 0,
    "http-client-threads": 0,
}
_MAX_ACK_DELAY = 3000
_HOST_NAME = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


def render(declared: Server) -> Data:
    """The objects of the configuration file."""
    return translate(declared)[0]


def translate(declared: Server, includes: Mapping[str, str] | None = None) -> tuple[Data, list[Finding]]:
    """The objects of the configuration file, and what has no translation."""
    translation = _Translation(declared, read_declared(declared, includes or {}))
    return {"Dhcp4": translation.main()}, translation.findings


class _Translation:
    """Translates one server. read: the declaration with all values in one spelling."""

    def __init__(self, declared: Server, read: Server) -> None:
        self.declared = declared
        self.server = read
        self.findings = [replace(problem, message=_without_dhcpd(problem.message)) for problem in read.problems]
        self.made: dict[str, str] = {}  # classes that permits need: name -> test
        self.halves = {half.name: half for half in declared.halves}
        self.in_subnet: dict[int, list[Data]] = defaultdict(list)
        self.everywhere: list[Data] = []
        self.numbers = {subnet.cidr: subnet.number for subnet in declared.subnets}
        self.subnets = sorted(read.subnets, key=lambda subnet: subnet.network)
        stated = {permit.partition(" ")[2] for pool in read.pools for permit in pool.permits}
        matches = any("known" in (item.match or "").replace("unknown", "").split() for item in read.classes)
        self.known = matches or not stated.isdisjoint({"known-clients", "unknown-clients"})

    def refuse(self, path: str, message: str, hint: str, variable: str | None = None, warning: bool = False) -> None:
        severity = Severity.WARNING if warning else Severity.ERROR
        servers = (self.declared.name,)
        self.findings.append(Finding("untranslatable", severity, servers, path, message, hint, variable=variable))

    # --- the whole ----------------------------------------------------------------------------------------------------

    def main(self) -> Data:
        server = self.server
        for path, scope in _scopes(self.declared):
            self.native(path, scope)
        # Never all of them: Kea would also answer on a management network. Without an address, Kea ends, and systemd
        # starts it again: otherwise it would stay up, and neither serve nor hear its partner when the address is there.
        interfaces = {"interfaces": list(self.declared.interfaces), "service-sockets-require-all": True}
        found: Data = {"interfaces-config": interfaces, **_GLOBAL}
        relationships = [self.relationship(half) for half in self.declared.halves]
        hooks: list[Data] = [{"library": LEASE_HOOK}, {"library": STATISTICS_HOOK}]
        if relationships:
            hooks.append({"library": HA_HOOK, "parameters": {"high-availability": relationships}})
        found["hooks-libraries"] = hooks
        found.update(self.lifetimes({}, server.scope))
        found.update(self.settings("", server.scope, "Dhcp4"))
        definitions = [
            made
            for name, (code, kind) in server.option_definitions.items()
            if (made := self.attempt(f'option definition "{name}"', option_def, name, int(code), kind))
        ]
        if definitions:
            found["option-def"] = definitions
        for item in server.reservations:
            self.reservation(item)
        networks = [self.network(item) for item in server.shared_networks]
        subnets = [self.subnet(item) for item in server.subnets if item.shared_network is None]
        classes = [self.client_class(item) for item in server.classes]
        classes += [{"name": name, "test": test} for name, test in sorted(self.made.items())]
        self.precedence()
        if classes:
            found["client-classes"] = classes
        found["reservations-global"] = bool(self.everywhere)
        if self.everywhere:
            found["reservations"] = self.everywhere
        if networks:
            found["shared-networks"] = networks
        found["subnet4"] = subnets
        return found

    def attempt(self, path: str, function: Any, *arguments: Any) -> Any:
        """The result of a translation; None if there is none, which becomes a finding."""
        try:
            return function(*arguments)
        except UntranslatableError as error:
            self.refuse(path, error.reason, error.hint)
            return None

    def native(self, path: str, scope: Scope) -> None:
        """Text of a dhcpd.conf: its meaning is not known here."""
        for native in scope.native:
            if not native.name and native.text and native.text.strip():
                message = "This is text of a dhcpd.conf, which Kea cannot read."
                hint = "Declare what it does with other variables, and remove the text."
                self.refuse(path, message, hint, native.variable)

    # --- settings -----------------------------------------------------------------------------------------------------

    def settings(self, path: str, scope: Scope, kind: str, within: Iterable[Subnet] | None = None) -> Data:
        """What a block states, but for lease times. within: the subnets for which it is, if not for all."""
        found: Data = {}
        for name, value in scope.parameters.items():
            if name not in LEASE_TIMES:
                found.update(self.parameter(path, name, value, kind))
        data = []
        for name, words in scope.options.items():
            if name == "host-name" and kind == "reservations" and _HOST_NAME.fullmatch(" ".join(words)):
                # Kea sends an option only to clients that tell no name of their own.
                found["hostname"] = words[0]
                continue
            if name == "host-name" and kind != "reservations":
                message = "A client that tells its own name gets that from Kea, in place of this host-name."
                self.refuse(path, message, "Declare host_name for hosts only.", warning=True)
            if name == "subnet-mask":
                self.mask(path, words[0], self.subnets if within is None else within)
                continue
            timer = _TIMERS.get(name)
            if timer is not None and kind in ("Dhcp4", "shared-networks", "subnet4"):
                found[timer] = int(words[0])
            elif timer is not None or name == "dhcp-lease-time":
                hint = "Declare it for the whole subnet." if timer else "Declare default_lease_time."
                self.refuse(path, f"Kea computes the option {name} itself.", hint)
            else:
                option = self.attempt(path, option_data, name, words, self.server.option_definitions)
                if option is not None:
                    data.append(option)
        if data:
            found["option-data"] = data
        return found

    def mask(self, path: str, mask: str, within: Iterable[Subnet]) -> None:
        """Kea always sends the mask of the subnet."""
        if any(format_address(netmask(subnet.prefix)) != mask for subnet in within):
            message = f"Kea sends the mask of the subnet, in place of the subnet-mask {mask}."
            self.refuse(path, message, "Remove it, or declare the subnet with this mask.")

    def parameter(self, path: str, name: str, value: Sequence[str], kind: str) -> Data:
        """A parameter in Kea's words; nothing if it is refused, or what Kea does anyway."""
        stated = value[0] if len(value) == 1 else " ".join(value)
        networks = kind in ("Dhcp4", "shared-networks", "subnet4")
        if name == "authoritative" and networks:
            return {name: stated == "true"}
        if name == "ignore-client-uids" and networks and stated in ("true", "false"):
            return {"match-client-id": stated == "false"}
        if name in ("echo-client-id",) and kind == "Dhcp4" and stated in ("true", "false"):
            return {name: stated == "true"}
        if name == "abandon-lease-time" and kind == "Dhcp4" and stated.isdigit():
            return {"decline-probation-period": int(stated)}
        if kind != "pools":
            if name in _FIELDS and len(stated.encode("utf-8", "replace")) <= _FIELDS[name][1]:
                return {_FIELDS[name][0]: stated}
            if name == "next-server" and parse_address(stated) is not None:
                return {name: stated}
        if _AS_KEA.get(name) == tuple(value):
            return {}
        where = " in a pool" if kind == "pools" and name in (*_FIELDS, "next-server") else ""
        if where:
            hint = "Declare it for the subnet, or for a class."
        elif name == "next-server":
            hint = "Give an address; Kea looks up no names."
        elif name in _FIELDS:
            hint = f"Shorten it to {_FIELDS[name][1]} characters."
        else:
            hint = _INSTEAD.get(name, "Remove it.")
        self.refuse(path, f"Kea has no counterpart for `{name} {stated}`{where}.", hint)
        return {}

    def lifetimes(self, own: Statements, scope: Scope) -> Data:
        """The lease times in effect in a scope, all three: Kea inherits them together. own: what decides otherwise."""
        stated = {name: own.get(name) or scope.effective_parameters.get(name) for name in LEASE_TIMES}
        seconds = {name: _seconds(value[0]) for name, value in stated.items() if value}
        default = seconds.get("default-lease-time", DEFAULT_LEASE_TIMES["default-lease-time"])
        longest = seconds.get("max-lease-time", DEFAULT_LEASE_TIMES["max-lease-time"])
        shortest = seconds.get("min-lease-time", min(DEFAULT_LEASE_TIMES["min-lease-time"], longest))
        # As dhcpd does it; Kea refuses a default outside of the two.
        longest = max(longest, shortest)
        default = max(min(default, longest), shortest)
        values = {"default": default, "max": longest, "min": shortest}
        return {_LIFETIMES[f"{which}-lease-time"]: value for which, value in values.items()}

    def own_lifetimes(self, scope: Scope) -> Data:
        if scope.parameters.keys().isdisjoint(LEASE_TIMES):
            return {}
        return self.lifetimes({}, scope)

    def no_lifetimes(self, path: str, scope: Scope, hint: str) -> None:
        stated = [name for name in LEASE_TIMES if name in scope.parameters]
        if stated:
            self.refuse(path, f"Kea has no {' and '.join(stated)} here.", hint)

    def precedence(self) -> None:
        """An option of a class wins over one of a network in dhcpd, and loses in Kea. The lease times of a class are
        Kea's all together, where dhcpd takes each from wherever it is stated.
        """
        options: dict[str, str] = {}
        times: dict[str, str] = {}
        for path, scope in _scopes(self.server):
            if path and not path.startswith(("class ", "reservation ")):
                for name in scope.options:
                    options.setdefault(name, path)
                for name in LEASE_TIMES:
                    if name in scope.parameters:
                        times.setdefault(name, path)
        for item in self.server.classes:
            for name in item.scope.options:
                if name in options:
                    message = (
                        f"It has the option {name}, as has {options[name]}: Kea sends the network's, where dhcpd sends "
                        "the option of the class."
                    )
                    hint = "Declare the option for all clients instead of the network, or only in the network."
                    self.refuse(item.path, message, hint)
        stating = [item for item in self.server.classes if not item.scope.parameters.keys().isdisjoint(LEASE_TIMES)]
        for item in stating:
            places = {**times, **{name: other.path for other in stating for name in other.scope.parameters}}
            missing = [name for name in LEASE_TIMES if name in places and name not in item.scope.parameters]
            if missing:
                message = (
                    f"It has lease times without {missing[0]}, which {places[missing[0]]} has: Kea would not take "
                    "that for the members of the class, as dhcpd does."
                )
                self.refuse(item.path, message, f"Declare {missing[0].replace('-', '_')} for the class, too.")

    # --- networks -----------------------------------------------------------------------------------------------------

    def network(self, network: SharedNetwork) -> Data:
        spread: dict[int, list[tuple[Pool, list[Range]]]] = defaultdict(list)
        for pool in network.pools:
            by_subnet: dict[int, list[Range]] = defaultdict(list)
            for item in pool.ranges:
                inside = [each for each in network.subnets if each.network <= item.low <= each.broadcast]
                if inside:
                    by_subnet[inside[0].network].append(item)
                else:
                    self.refuse(pool.path, f"The range {item} is in none of its subnets.", "Correct the range.")
            for number, ranges in by_subnet.items():
                spread[number].append((pool, ranges))
        found: Data = {"name": network.name, **self.own_lifetimes(network.scope)}
        found.update(self.settings(network.path, network.scope, "shared-networks", network.subnets))
        pools = [*network.pools, *(pool for subnet in network.subnets for pool in subnet.pools)]
        found.update(self.context(network.path, pools))
        found["subnet4"] = [self.subnet(item, spread[item.network]) for item in network.subnets]
        return found

    def subnet(self, subnet: Subnet, shared: Iterable[tuple[Pool, list[Range]]] = ()) -> Data:
        found: Data = {
            "id": self.numbers.get(subnet.cidr) or subnet.network,
            "subnet": subnet.cidr,
            **self.own_lifetimes(subnet.scope),
        }
        found.update(self.settings(subnet.path, subnet.scope, "subnet4", [subnet]))
        if subnet.shared_network is None:
            found.update(self.context(subnet.path, subnet.pools))
        own = ((pool, list(pool.ranges)) for pool in subnet.pools)
        found["pools"] = [made for pool, ranges in (*own, *shared) for made in self.pool(pool, ranges)]
        reserved = self.in_subnet.get(id(subnet))
        if reserved:
            found["reservations"] = reserved
        return found

    def context(self, path: str, pools: Sequence[Pool]) -> Data:
        """With several relationships, every network names a server of its own one."""
        names = list(dict.fromkeys(pool.failover for pool in pools if pool.failover))
        if self.halves:
            for pool in pools:
                if pool.failover is None and pool.ranges:
                    message = "It belongs to no relationship, but on Kea a relationship covers whole subnets."
                    hint = "Put it into a pool of the relationship, or serve it from a server without relationships."
                    self.refuse(pool.path, message, hint)
        for name in names:
            if name not in self.halves:
                message = f'The relationship "{name}" is not declared on this server.'
                self.findings.append(
                    Finding(
                        "relationship-unknown",
                        Severity.ERROR,
                        (self.declared.name,),
                        path,
                        message,
                        "Declare it, or correct the name in the pool.",
                    )
                )
        if len(names) > 1:
            message = (
                f"Its pools belong to {len(names)} relationships, but on Kea a relationship covers whole networks."
            )
            self.refuse(path, message, "Use one relationship for all pools of a network.")
        if len(self.halves) < 2 or not names:
            return {}
        half = self.halves.get(names[0])
        return {"user-context": {"ha-server-name": server_names(half)["primary"] if half else names[0]}}

    def pool(self, pool: Pool, ranges: Sequence[Range]) -> Iterator[Data]:
        """A pool for every range; two for load balancing, which ties an address to a server."""
        hint = "Declare the lease time for the subnet, or for a class."
        settings: Data = {}
        if not pool.bare:
            self.no_lifetimes(pool.path, pool.scope, hint)
            within = [each for each in self.subnets if ranges and each.network <= ranges[0].low <= each.broadcast]
            settings = self.settings(pool.path, pool.scope, "pools", within)
        half = self.halves.get(pool.failover or "")
        parts: list[tuple[str, Sequence[Range]]] = [("", ranges)]
        if half is not None and half.mode == LOAD_BALANCING:
            one, two = _halved(ranges)
            names = server_names(half)
            parts = [(names[side], part) for side, part in zip(SIDES, (one, two))]
        for peer, part in parts:
            guard = self.attempt(pool.path, guard_of, pool.permits, peer)
            if guard is not None and guard.test:
                self.made[guard.name] = guard.test
            named = {} if guard is None or guard.name == "ALL" else {"client-class": guard.name}
            for item in part:
                ends = f"{format_address(item.first)} - {format_address(item.last)}"
                yield {"pool": ends, **named, **settings}

    # --- clients ------------------------------------------------------------------------------------------------------

    def reservation(self, host: Reservation) -> None:
        path = host.path
        self.no_lifetimes(path, host.scope, "Give the client a class with a lease time.")
        identity = self.identity(host)
        if identity is None:
            return
        found = {**identity, "user-context": {"name": host.name}, **self.settings(path, host.scope, "reservations")}
        names = host.scope.effective_parameters.get("use-host-decl-names")
        if names == ("true",) and "host-name" not in host.scope.options:
            found["hostname"] = host.name
        for name in host.host_names:
            self.refuse(path, f"{name} is a host name, and Kea looks up no names.", "Give its address.")
        links: set[str] = set()
        for address in host.addresses:
            subnet = next((each for each in self.subnets if each.network <= address <= each.broadcast), None)
            if subnet is None:
                message = f"Its address {format_address(address)} is in no declared subnet, so Kea cannot have it."
                self.refuse(path, message, "Correct the address, or declare its subnet.", warning=True)
            elif (subnet.shared_network or subnet.cidr) in links:
                message = (
                    f"It has several addresses in {subnet.shared_network or subnet.path}: Kea takes the one of the "
                    "relay's subnet, where dhcpd takes the first."
                )
                self.refuse(path, message, "Keep one address for each network.")
            else:
                links.add(subnet.shared_network or subnet.cidr)
                self.in_subnet[id(subnet)].append({"ip-address": format_address(address), **found})
        if host.addresses and self.known:
            # dhcpd knows the client everywhere, but its settings are those of its address.
            found = {**identity, "user-context": {"name": host.name}}
        if not host.addresses or self.known:
            nothing = found.keys() <= {"hw-address", "client-id", "user-context"}
            self.everywhere.append({**found, **({"client-classes": [RESERVED]} if nothing else {})})

    def identity(self, host: Reservation) -> Data | None:
        """How Kea recognises the client; None if it cannot."""
        if host.hardware is not None and host.client_id is not None:
            message = "Kea recognises a client by one identifier, but this has hardware and client_id."
            self.refuse(host.path, message, "Remove one of the two.")
            return None
        if host.client_id is not None:
            octets = octets_of(host.client_id)
            plain = all(0x20 <= octet <= 0x7E for octet in octets) and b"'" not in octets
            return {"client-id": f"'{host.client_id}'" if plain else octets.hex(":")}
        if host.hardware is None:
            self.refuse(host.path, "It names no client.", "Give hardware or client_id.")
            return None
        kind, _blank, octets_text = host.hardware.partition(" ")
        if kind != "ethernet":
            self.refuse(host.path, f"Kea recognises no hardware of kind {kind}.", "Give client_id instead.")
            return None
        return {"hw-address": octets_text}

    def client_class(self, item: ClientClass) -> Data:
        path, found = item.path, {"name": item.name}
        if built_in(item.name):
            self.refuse(path, "Kea has a class of this name by itself.", "Give the class another name.")
        test = self.attempt(path, self.test, item)
        if test:
            found["test"] = test
        if item.lease_limit is not None:
            message = "Kea limits the leases of a class only from release 3.0 on, and with another library."
            self.refuse(path, message, "Remove lease_limit; the size of its pool limits a class, too.")
        return {**found, **self.own_lifetimes(item.scope), **self.settings(path, item.scope, "client-classes")}

    def test(self, item: ClientClass) -> str:
        definitions = self.server.option_definitions
        if item.match is None or not item.match.startswith("if "):
            if not item.subclasses:
                return ""
            return test_of_values(item.match or "", item.values, definitions)
        if item.subclasses:
            raise UntranslatableError("It has subclasses, but its match compares nothing.", "Remove the subclasses.")
        return test_of(item.match, definitions)

    # --- relationships ------------------------------------------------------------------------------------------------

    def relationship(self, half: Half) -> Data:
        """One relationship, as both servers state it but for `this-server-name`."""
        self.judge(half)
        mode = half.mode or HOT_STANDBY
        delay = 1000 * min(half.max_response_delay or 10, MAX_RESPONSE_DELAY)
        role = half.role or "primary"
        addresses = {role: half.address, _other(role): half.peer_address}
        ports = {role: half.port, _other(role): half.peer_port}
        names = server_names(half)
        scheme = "https" if half.tls else "http"
        certificates = {
            "trust-anchor": TRUST_ANCHOR,
            "cert-file": CERT_FILE,
            "key-file": KEY_FILE,
            "require-client-certs": True,
        }
        return {
            "this-server-name": names[role],
            "mode": mode,
            "heartbeat-delay": 1000 * min(half.heartbeat or 2, MAX_RESPONSE_DELAY),
            "max-response-delay": delay,
            "max-ack-delay": min(_MAX_ACK_DELAY, delay // 2),
            **_RELATIONSHIP,
            "multi-threading": dict(_THREADS),
            **(certificates if half.tls else {}),
            "peers": [
                {
                    "name": names[side],
                    "url": f"{scheme}://{addresses[side] or ''}:{ports[side]}/",
                    "role": "primary" if side == "primary" else SECOND_ROLES[mode],
                    "auto-failover": half.takeover is True,
                }
                for side in SIDES
            ],
        }

    def judge(self, half: Half) -> None:
        """Settings of a relationship without translation."""
        path, variable = half.path, half.variable

        def refuse(key: str, message: str, hint: str, warning: bool = False) -> None:
            self.refuse(path, message, hint, f"{variable}.{key}" if variable else None, warning)

        if half.takeover is None:
            refuse(
                "takeover",
                "It does not say who decides that a server serves alone when its partner is lost.",
                "Write takeover: automatic (both may give out the same addresses if only their link is lost) or "
                "takeover: manual (clients of the lost server wait for an operator).",
            )
        if half.auto_partner_down is not None:
            hint = "Remove auto_partner_down; write takeover: automatic, and the delay as max_response_delay."
            refuse("auto_partner_down", "Kea takes over after max_response_delay, not after a time of its own.", hint)
        if half.hba is not None:
            hint = "Remove hba; write mode: hot-standby or mode: load-balancing."
            refuse("hba", "Kea shares the clients by its own hash, and half and half.", hint)
        if half.split not in (None, 256):
            hint = "Remove split; write mode: hot-standby (the primary serves all) or load-balancing (half and half)."
            if half.split == 0:
                hint = "Remove split, write mode: hot-standby, and name the other server as primary."
            refuse("split", f"Kea has no split {half.split}.", hint)
        delay = half.max_response_delay
        if delay is not None and not 0 < delay <= MAX_RESPONSE_DELAY:
            message = f"max_response_delay is {delay}, but Kea allows no more than {MAX_RESPONSE_DELAY} seconds."
            refuse("max_response_delay", message, "Write 5 to 10 seconds: no client is answered until then.")
        if half.heartbeat is not None and not 0 < half.heartbeat <= MAX_RESPONSE_DELAY:
            message = f"heartbeat is {half.heartbeat}, but Kea allows no more than {MAX_RESPONSE_DELAY} seconds."
            refuse("heartbeat", message, "Write 1 or 2 seconds.")
        ignored = [name for name in DHCPD_TUNING if getattr(half, name) is not None]
        if ignored:
            verb = "have" if len(ignored) > 1 else "has"
            message = f"{', '.join(ignored)} {verb} no counterpart in Kea, and {verb} no effect."
            refuse(ignored[0], message, "Remove it." if len(ignored) == 1 else "Remove them.", warning=True)
        if half.mode == LOAD_BALANCING and len(self.halves) > 1:
            message = "Kea balances the load only in the single relationship of a server."
            refuse("mode", message, "Write mode: hot-standby, or use one relationship.")


def server_names(half: Half) -> Mapping[str, str]:
    """The names of both servers in a relationship, by side. They are part of the names of Kea's classes."""
    own = half.role or SIDES[0]
    stated = {own: half.server_name, _other(own): half.peer_name}
    return {side: stated[side] or f"{half.name}-{side}" for side in SIDES}


def _without_dhcpd(message: str) -> str:
    """A message of dhcpd's reader about the value of a variable, which is as wrong for Kea."""
    for theirs, ours in _NEUTRAL.items():
        message = message.replace(theirs, ours)
    return message


def _other(side: str) -> str:
    return SIDES[side == SIDES[0]]


def _seconds(text: str) -> int:
    """A lease time as Kea keeps it; without an end it is the largest number."""
    try:
        return int(text, 0) % (ENDLESS + 1)
    except ValueError:
        return DEFAULT_LEASE_TIMES["default-lease-time"]  # another finding is about it


def _halved(ranges: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """The first half of the addresses, and the rest."""
    left = (sum(item.high - item.low + 1 for item in ranges) + 1) // 2
    halves: tuple[list[Range], list[Range]] = ([], [])
    for item in ranges:
        count = item.high - item.low + 1
        if left > 0:
            halves[0].append(Range(item.low, item.low + min(left, count) - 1))
        if left < count:
            halves[1].append(Range(item.low + max(left, 0), item.high))
        left -= count
    return halves


def _scopes(server: Server) -> Iterator[tuple[str, Scope]]:
    """Every block of a server, with its place in words."""
    yield "", server.scope
    for network in server.shared_networks:
        yield network.path, network.scope
    for subnet in server.subnets:
        yield subnet.path, subnet.scope
    for pool in server.pools:
        if not pool.bare:
            yield pool.path, pool.scope
    for item in server.classes:
        yield item.path, item.scope
        for scope in item.members.values():
            yield item.path, scope
    for host in server.reservations:
        yield host.path, host.scope
