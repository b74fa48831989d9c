# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Reservations, classes and their members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.conditionals import conditional
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import (
    Block,
    Handler,
    Reading,
    number,
    unquote,
    values,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.scopes import (
    NOTHING,
    contents,
    own,
    supersede,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import raw_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.packets import scope_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import data_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HARDWARE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Reservation,
    Scope,
    canonical,
    parse_address,
)

_HEX_LIST = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})*")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_HOST_STATEMENTS = frozenset({"fixed-address", "group", "hardware", "uid"})
_CLASS_STATEMENTS = frozenset({"lease", "match", "spawn"})


def host(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    if statement.children is None or len(words) != 2 or block.kind in ("reservation", "class"):
        return
    name = unquote(words[1])
    where = f'reservation "{name}"'
    if any(child.words[0].lower() == "deleted" for child in statement.children):
        reading.reservations = [known for known in reading.reservations if known.name != name]
        return
    scope, others = own(reading, statement.children or (), block.scope, where, _HOST_STATEMENTS)
    hardware = client_id = None
    addresses: list[int] = []
    host_names: list[str] = []
    inner = Block("reservation", where, scope)
    for keyword, other in others:
        rest = other.words[1:]
        if keyword == "hardware":
            hardware = hardware or _hardware(rest)
        elif keyword == "uid":
            client_id = data_text(rest) or " ".join(values(rest))
        elif keyword == "fixed-address":
            for address in () if addresses or host_names else values(rest):
                number = parse_address(address)
                if number is not None:
                    addresses.append(number)
                elif _NAME.fullmatch(address) and not address.replace(".", "").isdigit():
                    host_names.append(address)
        elif keyword == "group" and other.children is None:
            # A named group replaces all blocks around the host.
            scope = replace(scope, parent=reading.named_groups.get(unquote(rest[0]) if rest else "", scope.parent))
        else:
            reading.handlers[keyword](reading, other, inner)
    if "dhcp-client-identifier" in scope.options:
        options = dict(scope.options)
        client_id = " ".join(options.pop("dhcp-client-identifier"))
        scope = Scope(options or NOTHING, scope.parameters, scope.conditionals, scope.parent)
    reading.reservations.append(
        Reservation(name, hardware, client_id, tuple(addresses), scope, tuple(host_names), reading.line(statement))
    )


def client_class(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    if statement.children is None or len(words) != 2 or block.kind == "class":
        return
    name = unquote(words[1])
    where = f'class "{name}"'
    scope, others = own(reading, statement.children or (), block.scope, where, _CLASS_STATEMENTS)
    matches: list[str] = []
    limit: int | None = None
    inner = Block("class", where, scope)
    for keyword, other in others:
        if keyword in ("match", "spawn"):
            text = reading.checker.texts.get(id(other)) or raw_text((other,))
            matches.append(text.removeprefix("match ").rstrip(";"))
        elif keyword == "lease":
            limit = number(other.words[2:])
        else:
            reading.handlers[keyword](reading, other, inner)
    before = reading.classes.get(name)
    if before is not None:  # the same class again adds to it
        matches = [*([before.match] if before.match else []), *matches]
        limit = before.lease_limit if limit is None else limit
        conditionals = [[block.text] for block in before.scope.conditionals]
        for prefix, stated in (("option", scope.options), ("", scope.parameters)):
            supersede(conditionals, prefix, stated, stated)
        scope = Scope(
            {**before.scope.options, **scope.options},
            {**before.scope.parameters, **scope.parameters},
            tuple(conditional(text) for chain in conditionals for text in chain) + scope.conditionals,
            before.scope.parent,
        )
    line = reading.line(statement) if before is None else before.line
    reading.classes[name] = ClientClass(name, "; ".join(matches) or None, scope, limit, line=line)


def subclass(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    if words[0].lower() != "subclass" or len(words) < 3 or block.kind == "class":
        return  # vendor-class and user-class: dhcpd itself calls them obsolete
    given = not in_text(statement) and not _HEX_LIST.fullmatch(words[2])
    text = member = words[2] if given else data_text(words[2:]) or " ".join(values(words[2:]))
    if statement.children is not None:
        inner = scope_text(reading.checker, statement.children)
        text = f"{text} {{ {inner} }}" if inner else f"{text} {{ }}"
    name = unquote(words[1])
    if statement.children:
        where = f'class "{name}"'
        before = reading.members.get(name, {}).get(member)  # the same subclass again adds to it
        scope, others = own(reading, statement.children, before, where, _CLASS_STATEMENTS)
        contents(
            reading, [other for other in others if other[0] not in _CLASS_STATEMENTS], Block("class", where, scope)
        )
        if scope.options or scope.parameters or scope.conditionals:
            reading.members.setdefault(name, {})[member] = scope
    reading.subclasses.setdefault(name, set()).add(text)


def _hardware(words: Sequence[str]) -> str | None:
    kind, address = words[0].lower() if words else "", "".join(words[1:])
    known = kind in HARDWARE.values() or kind.startswith("unknown-")
    return f"{kind} {canonical(address.lower())}" if known and _HEX_LIST.fullmatch(address) else None


HANDLERS: Mapping[str, Handler] = {
    "class": client_class,
    "host": host,
    "subclass": subclass,
    "user-class": subclass,
    "vendor-class": subclass,
}
