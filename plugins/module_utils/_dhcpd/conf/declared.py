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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX, shown
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
            variable = server.definition_origins.get(name, "")
            head = ["option", name, "code", code, "="]
            words = self.split(kind, _inside(variable, "type"), f'option definition "{name}"', " ".join(head))
            if words:
                yield _statement(variable, *head, *words)
        yield from self.settings(server.scope, "")
        if server.omapi is not None:
            yield _statement(_inside("", "omapi_port"), "omapi-port", str(server.omapi.port))
            yield _statement(_inside("", "omapi_key_name"), "omapi-key", server.omapi.key or "")
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
        variable = scope.origin.variable if scope.origin else ""
        if "authoritative" in scope.parameters:
            negation = [] if scope.parameters["authoritative"] == ("true",) else ["not"]
            yield _statement(_inside(variable, "authoritative"), *negation, "authoritative")
        for name in LEASE_TIMES:
            if name in scope.parameters:
                yield _statement(_inside(variable, name.replace("-", "_")), name, *scope.parameters[name])
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
        return self.split(native.text, native.variable, where) or None if native.text else ()

    def split(self, text: str, variable: str, where: str, head: str = "x") -> list[str]:
        """The words of a text that is unquoted in the file; empty if it would end the statement there."""
        if not set(text).isdisjoint(_SEPARATORS):
            statements, problems = parse(Source(f"{head} {text};"))
            if problems or len(statements) != 1 or statements[0].children is not None:
                message = f"{shown(text)} is not one value: dhcpd would read more than one statement in it."
                hint = "Write what belongs in one statement, without its semicolon."
                self.reading.add("declaration-invalid", Severity.ERROR, where, message, hint, None, variable)
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
            variable, where = pool.variable or "", f"{around}, pool {number}"
            children: list[Statement] = []
            if pool.failover:
                children.append(_statement(_inside(variable, "failover"), "failover", "peer", pool.failover))
            for permit in sorted(pool.permits):
                keyword, _blank, phrase = permit.partition(" ")
                words = self.split(phrase, _inside(variable, keyword), where)
                if words:
                    children.append(_statement(_inside(variable, keyword), keyword, *words))
            children += self.settings(pool.scope, where)
            children += _ranges(pool)
            children += self.text(pool.scope, where)
            yield _statement(pool.variable, "pool", children=children)

    # --- reservations and classes -----------------------------------------------------------------------------

    def reservation(self, host: Reservation) -> Statement:
        variable = host.variable or ""
        children = list(self.settings(host.scope, host.path))
        if host.hardware is not None:
            children.append(_statement(_inside(variable, "hardware"), "hardware", *host.hardware.split()))
        if host.client_id is not None:
            words = ("option", "dhcp-client-identifier", host.client_id)
            children.append(_statement(_inside(variable, "client_id"), *words))
        addresses = [*map(format_address, host.addresses), *host.host_names]
        if addresses:
            key = "address" if len(addresses) == 1 else "addresses"
            children.append(_statement(_inside(variable, key), "fixed-address", *addresses))
        children += self.text(host.scope, host.path)
        return _statement(host.variable, "host", host.name, children=children)

    def client_class(self, item: ClientClass) -> Iterator[Statement]:
        variable = item.variable or ""
        children = list(self.settings(item.scope, item.path))
        if item.match is not None:
            words = self.split(item.match, _inside(variable, "match"), item.path)
            if words:
                children.append(_statement(_inside(variable, "match"), "match", *words))
        if item.lease_limit is not None:
            limit = ("lease", "limit", str(item.lease_limit))
            children.append(_statement(_inside(variable, "lease_limit"), *limit))
        children += self.text(item.scope, item.path)
        yield _statement(item.variable, "class", f'"{item.name}"', children=children)
        for value in sorted(item.subclasses):
            yield _statement(_inside(variable, "subclasses"), "subclass", item.name, value)


def _half(half: Half) -> Statement:
    variable = half.variable or ""
    children: list[Statement] = []
    if half.role is not None:
        children.append(_statement(_inside(variable, "role"), half.role))
    for statement, key in HALF_FIELDS.items():
        value = getattr(half, key)
        if value is not None:
            children.append(_statement(_inside(variable, key), *statement.split(), str(value)))
    return _statement(half.variable, "failover", "peer", half.name, children=children)


def _ranges(pool: Pool) -> Iterator[Statement]:
    variable = _inside(pool.variable or "", "ranges")
    for item in pool.ranges:
        ends = dict.fromkeys((item.first, item.last))
        yield _statement(variable, "range", *map(format_address, ends))


def _inside(variable: str, key: str) -> str:
    """The variable that is a part of another, or of the role."""
    return f"{variable}.{key}" if variable else f"{PREFIX}{key}"


def _statement(variable: str | None, *words: str, children: list[Statement] | None = None) -> Statement:
    return Statement(words, children, 0, 0, Source("", variable=variable))
