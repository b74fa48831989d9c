# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a declaration into dhcpd's statements, for the template of dhcpd.conf.

The declaration is one that variables made: its native text is still as somebody wrote it, and goes into the file where
the template puts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import DHCP
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    OPTIONS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import written_value
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HALF_FIELDS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Pool,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DENY_BOOTP, PRIMARY_ONLY

Data = dict[str, Any]

# In the order of their values.
_LEASE_TIMES = ("min-lease-time", "default-lease-time", "max-lease-time")
# Formats of single values that are text, by the first word of the type that defines an option.
_TEXT_TYPES = {"text": "t", "string": "X", "domain-list": "D"}


def option_format(name: str, definitions: Mapping[str, tuple[str, ...]]) -> str:
    """The format of an option's value; empty where it is not known. definitions: the user's own, as (code, type)."""
    name = name.lower()
    for defined, (_code, kind) in definitions.items():
        if defined.lower() == name:
            return _TEXT_TYPES.get(kind.lower().split()[0], "")
    space, dot, short = name.rpartition(".")
    known = OPTIONS.get(space if dot else DHCP, {}).get(short)
    return known[1] if known else "X" if short.startswith("unknown-") else ""


def render(server: Server) -> Data:
    """The data of the template."""
    return _Renderer(server.option_definitions).server(server)


class _Renderer:
    """Makes the data of each kind of block. definitions: the server's own options, which have types of their own."""

    def __init__(self, definitions: Mapping[str, tuple[str, ...]]) -> None:
        self.definitions = definitions

    def server(self, server: Server) -> Data:
        return {
            "definitions": [f"option {name} code {code} = {kind};" for name, (code, kind) in self.definitions.items()],
            "omapi": server.omapi is not None,
            "relationships": list(map(_half, server.halves)),
            "classes": list(map(self.client_class, server.classes)),
            "shared_networks": list(map(self.shared_network, server.shared_networks)),
            "subnets": [self.subnet(item) for item in server.subnets if item.shared_network is None],
            "hosts": list(map(self.reservation, server.reservations)),
            **self.scope(server.scope),
        }

    def scope(self, scope: Scope) -> Data:
        """What any block may state, and its native text."""
        stated = scope.parameters
        settings = []
        if "authoritative" in stated:
            settings.append("authoritative;" if stated["authoritative"] == ("true",) else "not authoritative;")
        settings += [f"{name} {stated[name][0]};" for name in _LEASE_TIMES if name in stated]
        for native in scope.native:
            if native.name:
                words = [native.name]
                if native.text is not None:
                    words.append(written_value(native.text, PARAMETER_FORMATS.get(native.name, "")))
                settings.append(f"{' '.join(words)};")
        settings += [self.option(name, words) for name, words in scope.options.items()]
        text = [native.text.strip() for native in scope.native if not native.name and native.text]
        return {"settings": settings, "text": text}

    def option(self, name: str, words: Iterable[str]) -> str:
        kind = option_format(name, self.definitions)
        return f"option {name} {', '.join(written_value(word, kind) for word in words)};"

    def shared_network(self, network: SharedNetwork) -> Data:
        return {
            "name": network.name,
            "subnets": list(map(self.subnet, network.subnets)),
            "pools": list(map(self.pool, network.pools)),
            **self.scope(network.scope),
        }

    def subnet(self, subnet: Subnet) -> Data:
        return {
            "address": format_address(subnet.first),
            "netmask": subnet.netmask,
            "ranges": [text for pool in subnet.pools if pool.bare for text in _ranges(pool)],
            "pools": [self.pool(pool) for pool in subnet.pools if not pool.bare],
            **self.scope(subnet.scope),
        }

    def pool(self, pool: Pool) -> Data:
        relationship = [f'failover peer "{pool.failover}";'] if pool.failover else []
        permits = sorted(pool.permits, key=lambda permit: (permit != DENY_BOOTP, permit))
        return {
            "permits": [*relationship, *(f"{permit};" for permit in permits)],
            "ranges": _ranges(pool),
            **self.scope(pool.scope),
        }

    def reservation(self, host: Reservation) -> Data:
        identity = [] if host.hardware is None else [f"hardware {host.hardware};"]
        if host.client_id is not None:
            identity.append(self.option("dhcp-client-identifier", [host.client_id]))
        addresses = [*map(format_address, host.addresses), *host.host_names]
        if addresses:
            identity.append(f"fixed-address {', '.join(addresses)};")
        return {"name": host.name, "identity": identity, **self.scope(host.scope)}

    def client_class(self, item: ClientClass) -> Data:
        members = [] if item.match is None else [f"match {item.match};"]
        if item.lease_limit is not None:
            members.append(f"lease limit {item.lease_limit};")
        subclasses = [f'subclass "{item.name}" {written_value(value, "X")};' for value in sorted(item.subclasses)]
        return {"name": item.name, "members": members, "subclasses": subclasses, **self.scope(item.scope)}


def _half(half: Half) -> Data:
    stated = {statement: getattr(half, name) for statement, name in HALF_FIELDS.items()}
    if half.role != "primary":
        stated.update(dict.fromkeys(PRIMARY_ONLY))
    statements = [f"{statement} {value};" for statement, value in stated.items() if value is not None]
    return {"name": half.name, "statements": [f"{half.role};", *statements] if half.role else statements}


def _ranges(pool: Pool) -> list[str]:
    ends = (dict.fromkeys((item.first, item.last)) for item in pool.ranges)
    return [f"range {' '.join(map(format_address, pair))};" for pair in ends]
