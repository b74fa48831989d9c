# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Relationships: their halves, and references to them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import Block, Reading, unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import DhcpdError, Tokens
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import octets
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HALF_NUMBERS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half, canonical
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import SIDES

_INTEGER = re.compile(r"-?[0-9]+")


def failover(reading: Reading, statement: Statement, block: Block) -> None:
    """Outside a pool: a half's declaration, or a reference."""
    words = statement.words
    if len(words) < 3 or words[1].lower() != "peer":
        if statement.children is None:
            hint = 'Write `failover peer "NAME"`.'
            reading.find("syntax", statement, block.where, "`failover` is not complete; dhcpd rejects it.", hint)
        return
    name = unquote(words[2])
    if len(words) > 3:
        if statement.children is None or words[3].lower() != "state":  # `_dhcpd/syntax` looks into such a block
            message = f'dhcpd rejects `failover peer "{name}" {words[3]}` here.'
            hint = "It belongs in the lease file." if words[3].lower() == "state" else "Is a semicolon missing?"
            reading.find("syntax", statement, block.where, message, hint)
    elif statement.children is not None:
        if block.kind not in ("global", "shared network"):
            reading.invalid(
                statement,
                block.where,
                f'The relationship "{name}" is declared in a {block.kind}; dhcpd rejects that.',
                "Declare it in the global scope.",
            )
        _half(reading, statement, name)
        if block.kind == "shared network":
            block.failover = name
    elif block.kind == "shared network":
        block.failover = name
        _refer(reading, statement, block.where, name)
        reading.inherited.append((name, block.where, statement))
    else:
        reading.find(
            "reference-outside-pool",
            statement,
            block.where,
            f'`failover peer "{name}"` stands outside a pool; dhcpd rejects it, and a range without a pool never '
            "uses failover.",
            "Put it into a `pool { }` together with the range.",
        )


def _half(reading: Reading, statement: Statement, name: str) -> None:
    where = f'relationship "{name}"'
    stated: dict[str, str | int | None] = {}
    seen: set[str] = set()
    for inner in statement.children or ():
        words = [word if word[:1] == '"' else word.lower() for word in inner.words]
        keyword = words[0]
        peer = keyword == "peer" and len(words) > 1
        while words[0] == "peer" and len(words) > 1:
            del words[0]
            keyword = words[0]
        known = "peer " * peer + keyword
        rest = words[1:]
        if keyword == "load":
            known = " ".join(words[:4])
            rest = words[4:]
        stated_value: str | int | None
        if inner.children is not None:
            continue
        if known in SIDES and not rest:
            field_name, known, stated_value = "role", "primary` or `secondary", keyword
        elif known in ("address", "peer address") and len(rest) == 1:
            field_name = known.replace(" ", "_")
            stated_value = canonical(unquote(inner.words[-1]))
        elif known == "hba":
            field_name, stated_value = "hba", _octets(rest)
        elif known == "load balance max seconds":
            field_name, stated_value = "load_balance_max_seconds", _integer(rest)
        elif keyword in HALF_NUMBERS and (not peer or keyword == "port"):
            field_name = "peer_port" if peer else HALF_NUMBERS[keyword]
            stated_value = _integer(rest)
        else:
            # Wrong; or dhcpd reads it into the partner's slot, which the partner itself overwrites.
            continue
        if field_name in seen:
            hint = "Should one of them be `peer port`?" if field_name == "port" else "Remove one of them."
            reading.repeated(inner, known, where, hint)
        seen.add(field_name)
        if stated_value is not None:
            stated[field_name] = stated_value
    reading.declared.add(name)
    reading.halves.append(Half(name=name, line=reading.line(statement), **stated))  # type: ignore[arg-type]  # of several types


def _refer(reading: Reading, statement: Statement, where: str, name: str) -> None:
    if name not in reading.declared:
        reading.early.append((name, where, statement))


def reference(reading: Reading, statement: Statement, where: str) -> str | None:
    """The relationship that a pool names."""
    words = statement.words
    if len(words) != 3 or words[1].lower() != "peer" or statement.children is not None:
        hint = 'Write `failover peer "NAME";`.'
        reading.find("syntax", statement, where, "`failover` is not complete; dhcpd rejects it.", hint)
        return None
    name = unquote(words[2])
    if words[2][:1] != '"' and in_text(statement):
        reading.find(
            "syntax", statement, where, f"In a pool dhcpd expects the name {name} in quotes.", f'Write "{name}".'
        )
    reading.named.add(name)
    _refer(reading, statement, where, name)
    return name


def judge_references(reading: Reading) -> None:
    """Judge references to something that is only declared later, or in a way that dhcpd does not count."""
    for name, where, statement in reading.early:
        if name in reading.declared:
            reading.find(
                "relationship-after-pool",
                statement,
                where,
                f'The relationship "{name}" is declared only after this reference; dhcpd rejects that.',
                "Move its `failover peer` block to the top.",
            )
    for name, where, statement in reading.late_classes:
        if name in reading.classes:
            reading.find(
                "class-unknown",
                statement,
                where,
                f'The class "{name}" is declared only after this permit; dhcpd rejects that.',
                "Move the class before the subnets.",
            )
    for name, where, statement in reading.inherited:
        if name not in reading.named:
            reading.find(
                "reference-outside-pool",
                statement,
                where,
                f'Only a shared network refers to "{name}", which dhcpd does not count: it will not start.',
                f'Write `failover peer "{name}";` into each pool.',
            )


def _integer(words: Sequence[str]) -> int | None:
    """A number inside a half: dhcpd only accepts decimal numbers."""
    return int(words[0][:24]) if len(words) == 1 and _INTEGER.fullmatch(words[0]) else None


def _octets(words: Sequence[str]) -> str:
    """Octets in one spelling; anything else stays as it is."""
    try:
        tokens = Tokens(words)
        found = octets(tokens)
    except DhcpdError:
        found = ""
    return found if found and tokens.done else canonical("".join(words))
