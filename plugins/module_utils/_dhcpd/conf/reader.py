# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a dhcpd.conf into the declaration, as dhcpd 4.4.3 reads it, and find what dhcpd would reject.

`read_server` takes text. `read_statements` takes the tree of statements, which `declared.py` also makes from a
declaration from variables, so the meaning of a statement is defined in one place. Each module here reads one kind of
block.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf import hosts, networks
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import (
    Block,
    Handler,
    Reading,
    unquote,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.relationships import (
    failover,
    judge_references,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.scopes import contents, own
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.includes import Includes
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import raw_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import DhcpdError, Tokens
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import base64
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Problem, Source, Statement, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Omapi, Scope, Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity


def read_server(name: str, text: str, includes: Mapping[str, str] | None = None, address: str | None = None) -> Server:
    """The server that this dhcpd.conf declares; `includes` has the texts of its included files."""
    with collector_paused():
        source = Source(text)
        statements, problems = parse(source)
        reading = Reading(name, HANDLERS)
        reading.text_problems(source, problems)
        server = read_statements(reading, statements, includes or {}, address)
    if statements and problems and not reading.understood:
        # Another kind of file: its first fault is enough.
        first = next((problem for problem in problems if problem.slug == "syntax"), problems[0])
        return _not_a_configuration(reading, first)
    in_order = tuple(sorted(server.problems, key=lambda problem: problem.line or 0))
    return replace(server, from_text=True, problems=in_order)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would spend half of the time on trees without cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_statements(
    reading: Reading, statements: Iterable[Statement], includes: Mapping[str, str], address: str | None
) -> Server:
    """The server that these statements declare, with the faults found so far."""
    tree = Includes(includes, reading.find, reading.text_problems, reading.line).expanded(statements)
    reading.checker.run(tree)
    scope, others = own(reading, tree, None, "")
    contents(reading, others, Block("global", "", scope))
    judge_references(reading)
    # The checker and its owner form a cycle, and the collector is paused: without this the whole tree would stay.
    reading.checker.root = []
    for name in reading.subclasses.keys() & reading.classes.keys():
        known = reading.classes[name]
        members = {member: _below(stated, known.scope) for member, stated in reading.members.get(name, {}).items()}
        reading.classes[name] = replace(known, subclasses=frozenset(reading.subclasses[name]), members=members)
    omapi = None
    if reading.omapi_port is not None:
        port, line = reading.omapi_port
        omapi = Omapi(port, reading.omapi_key, reading.key_bits.get((reading.omapi_key or "").lower()), line)
    return Server(
        reading.name,
        scope,
        tuple(reading.halves),
        tuple(reading.subnets),
        tuple(reading.networks),
        tuple(reading.reservations),
        tuple(reading.classes.values()),
        reading.definitions,
        omapi,
        address,
        problems=tuple(map(reading.counted, reading.problems)),
        zones=reading.zones,
    )


def _below(scope: Scope, parent: Scope) -> Scope:
    """The scope with its outermost one in the parent."""
    return replace(scope, parent=parent if scope.parent is None else _below(scope.parent, parent))


def _not_a_configuration(reading: Reading, problem: Problem) -> Server:
    reading.problems.clear()
    reading.add(
        "syntax",
        Severity.ERROR,
        f"column {problem.column}",
        f"This text is no dhcpd.conf: not one statement could be read. {problem.message}",
        "Give the configuration file's own text.",
        problem.line,
    )
    return Server(reading.name, Scope(), from_text=True, problems=tuple(reading.problems))


def _ignored(_reading: Reading, _statement: Statement, _block: Block) -> None:
    """A known statement without meaning for failover (IPv6), or one that is not read here."""


def _zone(reading: Reading, statement: Statement, _block: Block) -> None:
    """A zone of dynamic DNS, with its server and key."""
    name = "".join(map(unquote, statement.words[1:])).lower()
    inner = sorted(raw_text([item]).rstrip(";") for item in statement.children or ())
    reading.zones[name if name.endswith(".") else f"{name}."] = tuple(inner)


def _key(reading: Reading, statement: Statement, _block: Block) -> None:
    """Keep only a key's length; nothing here may ever quote its words."""
    words = statement.words
    if len(words) != 2:
        return
    for inner in statement.children or ():
        if inner.words[0].lower() == "secret":
            with suppress(DhcpdError):
                tokens = Tokens(inner.words)
                tokens.take()
                reading.key_bits[unquote(words[1]).lower()] = base64(tokens) * 8


# Known to dhcpd, but without effect on a client: other protocols, internal notes, DNS.
_IGNORED = (
    "%",
    "deleted",
    "dynamic",
    "fixed-address",
    "fixed-address6",
    "fixed-prefix6",
    "hardware",
    "host-identifier",
    "include",
    "interface",
    "lease-id-format",
    "pool6",
    "prefix6",
    "range6",
    "server-duid",
    "static",
    "subnet6",
    "uid",
)
# By the first word of a statement. All other statements are settings of their block (`scopes.py`).
HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(_IGNORED, _ignored),
    **networks.HANDLERS,
    **hosts.HANDLERS,
    "failover": failover,
    "key": _key,
    "zone": _zone,
}
