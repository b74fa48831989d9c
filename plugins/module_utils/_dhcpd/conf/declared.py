# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Read a declaration from variables as dhcpd would.

Its parts become the statements of the role's file, including the native text, and the reader of dhcpd.conf reads them,
so the meaning of a statement is defined in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import Reading
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import (
    HANDLERS,
    collector_paused,
    read_statements,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    Source,
    Statement,
    parse,
    split_words,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HALF_FIELDS, PARAMETERS, TEXT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Native,
    Pool,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import LEASE_TIMES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import Place, shown
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

# Characters that end a statement or a word.
_SEPARATORS = frozenset(';{}"#\n\r')


def read_declared(declared: Server, includes: Mapping[str, str] | None = None) -> Server:
    """The declaration as dhcpd would read it from the role's file, with its faults.

    includes: the known texts of files that native text includes.
    """
    with collector_paused():
        reading = Reading(declared.name, HANDLERS)
        for problem in declared.problems:
            reading.add(
                problem.slug, problem.severity, problem.path, problem.message, problem.hint, None, problem.variable
            )
        statements = _Statements(reading).of_server(declared)
        return read_statements(reading, statements, includes or {}, declared.address)


def read_variables(data: Any, includes: Mapping[str, str] | None = None) -> Server:
    """The server that variables declare (the role's, without their `dhcp_server_` prefix), as dhcpd would read it."""
    return read_declared(declare(data), includes)


class _Statements:
    """The parts of a declaration as statements. Invalid native text becomes a finding and is left out."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def of_server(self, server: Server) -> Iterator[Statement]:
        """In the order of the file: definitions come before their use."""
        for name, (code, kind) in server.option_definitions.items():
            place = Place(server.definition_origins.get(name, ""), f'option definition "{name}"')
            head = ["option", name, "code", code, "="]
            words = self.split(kind, place.key("type"), " ".join(head))
            if words:
                yield _statement(place.variable, *head, *words)
        yield from self.settings(server.scope, "")
        if server.omapi is not None:
            yield _statement(Place().key("omapi_port").variable, "omapi-port", str(server.omapi.port))
            yield _statement(Place().key("omapi_key_name").variable, "omapi-key", server.omapi.key or "")
        yield from map(_half, server.halves)
        for item in server.classes:
            yield from self.client_class(item)
        yield from self.text(server.scope, "")
        yield from map(self.shared_network, server.shared_networks)
        yield from (self.subnet(item) for item in server.subnets if item.shared_network is None)
        yield from map(self.reservation, server.reservations)

    # --- scopes -----------------------------------------------------------------------------------------------

    def settings(self, scope: Scope, where: str) -> Iterator[Statement]:
        """The settings that every block may have."""
        place = Place(scope.origin.variable if scope.origin else "", where)
        if "authoritative" in scope.parameters:
            negation = [] if scope.parameters["authoritative"] == ("true",) else ["not"]
            yield _statement(place.key("authoritative").variable, *negation, "authoritative")
        for name in LEASE_TIMES:
            if name in scope.parameters:
                yield _statement(place.key(name.replace("-", "_")).variable, name, *scope.parameters[name])
        for native in scope.native:
            if native.name:
                words = self.parameter(native, where)
                if words is not None:
                    yield _statement(native.variable, native.name, *words)
        for name, words in scope.options.items():
            yield _statement(scope.origin.options.get(name, "") if scope.origin else "", "option", name, *words)

    def parameter(self, native: Native, where: str) -> Sequence[str] | None:
        """The words of a parameter's value; None if they do not form a statement."""
        if native.text is None:
            return ()
        if PARAMETERS.get(native.name) == TEXT:
            return (native.text,)
        return self.split(native.text, Place(native.variable, where)) or None if native.text else ()

    def split(self, text: str, place: Place, head: str = "x") -> list[str]:
        """The words of a text that is unquoted in the file; empty if it would end the statement there."""
        if not set(text).isdisjoint(_SEPARATORS):
            statements, problems = parse(Source(f"{head} {text};"))
            if problems or len(statements) != 1 or statements[0].children is not None:
                message = f"{shown(text)} is not one value: dhcpd would read more than one statement in it."
                hint = "Write what belongs in one statement, without its semicolon."
                self.reading.add(
                    "declaration-invalid", Severity.ERROR, place.words, message, hint, None, place.variable
                )
                return []
            return list(statements[0].words[len(head.split()) :])
        return split_words(text)

    def text(self, scope: Scope, where: str) -> Iterator[Statement]:
        """The statements of a scope's native text."""
        for native in scope.native:
            if not native.name and native.text:
                source = Source(native.text, native.variable)
                statements, problems = parse(source)
                self.reading.text_problems(source, problems, where)
                yield from statements

    # --- networks ---------------------------------------------------------------------------------------------

    def shared_network(self, network: SharedNetwork) -> Statement:
        where = network.path
        children = [*self.settings(network.scope, where), *map(self.subnet, network.subnets)]
        children += self.text(network.scope, where)
        children += self.pools(network.pools, where)
        return _statement(network.variable, "shared-network", network.name, children=children)

    def subnet(self, subnet: Subnet) -> Statement:
        where = subnet.path
        children = list(self.settings(subnet.scope, where))
        for pool in subnet.pools:
            if pool.bare:
                children += _ranges(pool)
        children += self.text(subnet.scope, where)
        children += self.pools((pool for pool in subnet.pools if not pool.bare), where)
        words = ("subnet", format_address(subnet.first), "netmask", subnet.netmask)
        return _statement(subnet.variable, *words, children=children)

    def pools(self, pools: Iterable[Pool], around: str) -> Iterator[Statement]:
        for number, pool in enumerate(pools, 1):
            place = Place(pool.variable or "", f"{around}, pool {number}")
            children: list[Statement] = []
            if pool.failover:
                children.append(_statement(place.key("failover").variable, "failover", "peer", pool.failover))
            for permit in sorted(pool.permits):
                keyword, _blank, phrase = permit.partition(" ")
                words = self.split(phrase, place.key(keyword))
                if words:
                    children.append(_statement(place.key(keyword).variable, keyword, *words))
            children += self.settings(pool.scope, place.words)
            children += _ranges(pool)
            children += self.text(pool.scope, place.words)
            yield _statement(pool.variable, "pool", children=children)

    # --- reservations and classes -----------------------------------------------------------------------------

    def reservation(self, host: Reservation) -> Statement:
        place = Place(host.variable or "", host.path)
        children = list(self.settings(host.scope, host.path))
        if host.hardware is not None:
            children.append(_statement(place.key("hardware").variable, "hardware", *host.hardware.split()))
        if host.client_id is not None:
            variable = place.key("client_id").variable
            children.append(_statement(variable, "option", "dhcp-client-identifier", host.client_id))
        addresses = [*map(format_address, host.addresses), *host.host_names]
        if addresses:
            variable = place.key("address" if len(addresses) == 1 else "addresses").variable
            children.append(_statement(variable, "fixed-address", *addresses))
        children += self.text(host.scope, host.path)
        return _statement(host.variable, "host", host.name, children=children)

    def client_class(self, item: ClientClass) -> Iterator[Statement]:
        place = Place(item.variable or "", item.path)
        children = list(self.settings(item.scope, item.path))
        if item.match is not None:
            words = self.split(item.match, place.key("match"))
            if words:
                children.append(_statement(place.key("match").variable, "match", *words))
        if item.lease_limit is not None:
            variable = place.key("lease_limit").variable
            children.append(_statement(variable, "lease", "limit", str(item.lease_limit)))
        children += self.text(item.scope, item.path)
        yield _statement(item.variable, "class", f'"{item.name}"', children=children)
        for value in sorted(item.subclasses):
            yield _statement(place.key("subclasses").variable, "subclass", item.name, value)


def _half(half: Half) -> Statement:
    place = Place(half.variable or "")
    children: list[Statement] = []
    if half.role is not None:
        children.append(_statement(place.key("role").variable, half.role))
    for statement, key in HALF_FIELDS.items():
        value = getattr(half, key)
        if value is not None:
            children.append(_statement(place.key(key).variable, *statement.split(), str(value)))
    return _statement(half.variable, "failover", "peer", half.name, children=children)


def _ranges(pool: Pool) -> Iterator[Statement]:
    variable = Place(pool.variable or "").key("ranges").variable
    for item in pool.ranges:
        ends = dict.fromkeys((item.first, item.last))
        yield _statement(variable, "range", *map(format_address, ends))


def _statement(variable: str | None, *words: str, children: list[Statement] | None = None) -> Statement:
    return Statement(words, children, 0, 0, Source("", variable=variable))
