# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Relationships, and states of the lease database that stand in the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import (
    Block,
    Context,
    Handler,
    unquoted,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    STRING,
    DhcpdError,
    Tokens,
    is_identifier,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.permits import date
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import (
    GLOBAL,
    HALF,
    POOL,
    SHARED_NETWORK,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    address_or_name,
    counted,
    octets,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    HALF_NUMBERS,
    HALF_STATEMENTS,
    STATES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    SIDES,
)


def failover(check: Context, statement: Statement, block: Block) -> None:
    """What the interpreter says of references is not said twice: only the form, and what stands in a half."""
    words = statement.words
    if statement.children is None or block.kind not in (GLOBAL, SHARED_NETWORK):
        if block.kind == POOL and check.included(statement, block):
            raise DhcpdError("it is not allowed in an included file", "Write it in the pool itself.")
        if len(words) == 4 and words[3].lower() == "state":
            check.allowed("failover", block)
        return
    tokens = check.tokens(statement)
    tokens.take()
    tokens.expect("peer", "`peer`", 'Write `failover peer "NAME" { ... }`.')
    if tokens.kind != STRING and not is_identifier(tokens.kind) and in_text(statement):
        raise tokens.unexpected("the name of a relationship", "Put the name in quotes.")
    name = unquoted(words[2]) if len(words) > 2 else ""
    tokens.take()
    if len(words) == 4 and words[3].lower() == "state":
        if name not in check.names.relationships:
            raise DhcpdError(f"there is no relationship `{name}`", "It belongs in the lease file.", "statement-unknown")
        for child in statement.children:
            state(check, child)
        return
    if not tokens.done and in_text(statement):
        raise tokens.unexpected("the block")
    inner = Block(HALF, statement, block)
    for child in statement.children:
        try:
            half_statement(check, child)
        except DhcpdError as error:
            check.complain(child, inner, error)
    check.names.relationships.add(name)


def state(check: Context, statement: Statement) -> None:
    """dhcpd takes a state out of its lease database here, too."""
    tokens = check.tokens(statement)
    hint = "It belongs in the lease file."
    if tokens.accept("mclt"):
        counted(tokens)
    else:
        if tokens.kind not in ("my", "partner"):
            raise tokens.unexpected("`my state`, `partner state` or `mclt`", hint)
        tokens.take()
        tokens.expect("state")
        if tokens.kind not in STATES.values():
            raise tokens.unexpected(f"a state: {', '.join(sorted(STATES.values()))}", hint)
        tokens.take()
        if tokens.accept("at"):
            date(tokens)
    tokens.end()


def half_statement(check: Context, statement: Statement) -> None:
    words = statement.words
    tokens = check.tokens(statement)
    known = words[0].lower()
    while tokens.accept("peer"):
        known = f"peer {tokens.text.lower()}"
    kind = tokens.kind
    if kind in SIDES:
        tokens.take()
    elif kind == "address":
        tokens.take()
        address_or_name(tokens)
    elif kind == "hba":
        tokens.take()
        hash_buckets(tokens)
    elif kind == "load":
        tokens.take()
        for word in ("balance", "max", "seconds"):
            if not tokens.accept(word):
                hint = "Write `load balance max seconds NUMBER;`."
                raise DhcpdError(f"{shown(tokens.text)} stands where dhcpd expects `{word}`", hint, "statement-unknown")
        counted(tokens)
    elif kind in HALF_NUMBERS:
        tokens.take()
        counted(tokens)
    else:
        close = check.names.close(known, HALF_STATEMENTS)
        hint = f"Did you mean `{close}`?" if close else "See `failover peer` in dhcpd.conf(5)."
        raise DhcpdError("a relationship has no such statement", hint, "statement-unknown")
    tokens.end()


def hash_buckets(tokens: Tokens) -> None:
    """The rule hba-malformed counts the octets; here they must be some."""
    octets(tokens)


HANDLERS: Mapping[str, Handler] = {"failover": failover}
