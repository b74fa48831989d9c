# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Keys and DDNS zones."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import (
    Block,
    Context,
    Handler,
    unquoted,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import STRING, DhcpdError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import KEY, ZONE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    address_or_name,
    base64,
    host_name,
    ipv6,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity


def key(check: Context, statement: Statement, block: Block) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    name = unquoted(tokens.take()) if tokens.kind == STRING else host_name(tokens)
    if not name:
        raise tokens.unexpected("the name of a key", "Write `key NAME { ... }`.")
    check.needs_block(statement, tokens, "key NAME { ... }")
    inner = Block(KEY, statement, block)
    for child in statement.children or ():
        try:
            key_statement(check, child, inner)
        except DhcpdError as error:
            if error.slug == "empty":
                check.report(
                    "declaration-invalid",
                    child,
                    inner.where,
                    "The secret is empty; dhcpd ignores the key silently.",
                    "Generate a new one.",
                    Severity.WARNING,
                )
                return
            check.complain(child, inner, error)
    for word in ("algorithm", "secret"):
        if word not in inner.seen:
            raise DhcpdError(f"it has no {word}, and dhcpd crashes at it", f"Give the key its {word}.")
    check.names.keys.add(name.lower())


def key_statement(check: Context, statement: Statement, block: Block) -> None:
    tokens = check.tokens(statement)
    word = tokens.kind
    if word == "algorithm":
        tokens.take()
        block.once(word, "the key has an algorithm already")
        if not host_name(tokens):
            raise tokens.unexpected("the name of an algorithm")
    elif word == "secret":
        tokens.take()
        block.once(word, "the key has a secret already")
        if not base64(tokens):
            raise DhcpdError("", slug="empty")
    else:
        close = check.names.close(statement.words[0], ("algorithm", "secret"))
        hint = f"Did you mean `{close}`?" if close else ""
        raise DhcpdError("a key has an algorithm and a secret, and nothing else", hint, "statement-unknown")
    tokens.end()


def zone(check: Context, statement: Statement, block: Block) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    if not host_name(tokens):
        hint = "Remove the quotes." if tokens.kind == STRING else "Write `zone NAME { ... }`."
        raise tokens.unexpected("the name of a zone", hint)
    check.needs_block(statement, tokens, "zone NAME { ... }")
    inner = Block(ZONE, statement, block)
    for child in statement.children or ():
        try:
            zone_statement(check, child, inner)
        except DhcpdError as error:
            check.complain(child, inner, error)


def zone_statement(check: Context, statement: Statement, block: Block) -> None:
    tokens = check.tokens(statement)
    word = tokens.kind
    if word in ("primary", "secondary", "primary6", "secondary6"):
        tokens.take()
        block.once(word, f"the zone has a `{word}` already")
        while True:
            (ipv6 if word[-1] == "6" else address_or_name)(tokens)
            if not tokens.accept(","):
                break
    elif word == "key":
        tokens.take()
        name = unquoted(tokens.take()) if tokens.kind == STRING else host_name(tokens)
        if not name:
            raise tokens.unexpected("the name of a key")
        block.once(word, "the zone has a key already")
        if name.lower() not in check.names.keys:
            error = DhcpdError(f"there is no key `{name}`", "Declare the key before the zone.", "name-undeclared")
            error.name = f"key {name}"
            raise error
    else:
        raise DhcpdError(
            "a zone has primary, secondary, primary6, secondary6 and key only", "Remove it.", "statement-unknown"
        )
    tokens.end()


HANDLERS: Mapping[str, Handler] = {"key": key, "zone": zone}
