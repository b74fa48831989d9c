# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Reservations and classes."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import (
    Block,
    Context,
    Handler,
    unquoted,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import A_PLACE, CLASS, HOST
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    address_or_name,
    counted,
    host_name,
    ipv6,
    octets,
    option_data,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HARDWARE, MAX_HARDWARE


def host(check: Context, statement: Statement, block: Block) -> None:
    check.allowed("host", block)
    if in_text(statement):
        tokens = check.tokens(statement)
        tokens.take()
        if not host_name(tokens):
            hint = "Remove the quotes." if tokens.kind == STRING else "Write `host NAME { ... }`."
            raise tokens.unexpected("a name", hint)
        check.needs_block(
            statement, tokens, "host NAME { ... }", "A name has letters, digits, hyphens, underscores and dots only."
        )
    check.enter(statement, HOST, block)


def own(check: Context, statement: Statement, block: Block, keyword: str) -> Tokens:
    """A statement of a host's or class's own; its tokens after the keyword."""
    check.allowed(keyword, block)
    if check.included(statement, block):
        raise DhcpdError("it is not allowed in an included file", "Write it in the block itself.", "statement-unknown")
    tokens = check.tokens(statement)
    tokens.take()
    return tokens


def hardware(check: Context, statement: Statement, block: Block) -> None:
    tokens = own(check, statement, block, "hardware")
    kind = tokens.kind
    if kind not in HARDWARE.values() and not tokens.text.startswith("unknown-"):
        error = tokens.unexpected(
            f"a kind of hardware: {', '.join(HARDWARE.values())}",
            "Write, for instance, `hardware ethernet 52:54:00:12:34:56`.",
        )
        error.slug = "declaration-invalid"
        raise error
    tokens.take()
    if not tokens.done:
        found = octets(tokens)
        if found.count(":") >= MAX_HARDWARE:
            raise DhcpdError(f"the address has more than {MAX_HARDWARE} octets", "Correct it.", "declaration-invalid")
    tokens.end("Write octets like 52:54:00:12:34:56.")
    block.once("hardware", "the host has a hardware address already")


def fixed_address(check: Context, statement: Statement, block: Block) -> None:
    six = statement.words[0].lower() == "fixed-address6"
    tokens = own(check, statement, block, statement.words[0].lower())
    if not in_text(statement):
        tokens = Tokens([part for word in statement.words[1:] for part in (",", word)][1:])
    while True:
        (ipv6 if six else address_or_name)(tokens)
        if not tokens.accept(","):
            break
    tokens.end("Write a comma between the addresses." if not tokens.done and tokens.kind == NUMBER else "")
    block.once("fixed-address", "the host has fixed addresses already")


def fixed_prefix(check: Context, statement: Statement, block: Block) -> None:
    tokens = own(check, statement, block, "fixed-prefix6")
    ipv6(tokens)
    tokens.expect("/")
    tokens.expect(NUMBER)
    tokens.end()


def uid(check: Context, statement: Statement, block: Block) -> None:
    tokens = own(check, statement, block, "uid")
    block.once("uid", "the host has a client identifier already")
    if tokens.kind == STRING:
        tokens.take()
    else:
        octets(tokens)
    tokens.end()


def host_identifier(check: Context, statement: Statement, block: Block) -> None:
    tokens = own(check, statement, block, "host-identifier")
    block.once("host-identifier", "the host has a `host-identifier` already")
    if tokens.accept("v6relopt"):
        if counted(tokens) < 0:
            raise DhcpdError("the number of relays is negative", "Correct it.", "declaration-invalid")
    else:
        tokens.expect("option", "`option` or `v6relopt`")
    name = check.names.option_name(tokens)
    option_data(tokens, check.names.format(name))
    tokens.end()


def client_class(check: Context, statement: Statement, block: Block) -> None:
    keyword = statement.words[0].lower()
    check.allowed(keyword, block)
    tokens = check.tokens(statement)
    tokens.take()
    if not in_text(statement) and keyword == "subclass":
        return
    if tokens.kind != STRING:
        raise tokens.unexpected("the name of a class in quotes", "Put the name in quotes.")
    name = unquoted(tokens.take())
    if keyword != "class" and name not in check.names.classes:
        error = DhcpdError(f'there is no class "{name}"', "Declare the class first.", "class-unknown")
        error.name = f"class {name}"
        raise error
    if keyword == "subclass":
        if tokens.kind == STRING:
            tokens.take()
        elif tokens.kind in (NUMBER, HEX):
            octets(tokens)
        else:
            raise tokens.unexpected("text in quotes or octets", "Put text in quotes.")
    if keyword == "class" or statement.children is not None:
        check.needs_block(statement, tokens, 'class "NAME" { ... }')
    else:
        tokens.end()
    inner = Block(CLASS, statement, block)
    if keyword != "class":
        inner.seen.add("subclass")
    if statement.children:
        check.scope(statement.children, inner)
    if keyword == "class":
        check.names.classes.add(name)


def match(check: Context, statement: Statement, block: Block) -> None:
    keyword = statement.words[0].lower()
    tokens = own(check, statement, block, keyword)
    if "subclass" in block.seen:
        raise DhcpdError("a subclass matches by its value", "Move it into the class.", "statement-unknown")
    check.executables.expressions.nesting = 0
    if keyword == "match" and tokens.accept("if"):
        block.once("match if", "the class has a `match if` already")
        text = f"match if {check.executables.expressions.boolean(tokens).text}"
    else:
        if keyword == "spawn":
            tokens.expect("with")
        block.once("match", "the class has a `match` or `spawn with` already")
        head = "match" if keyword == "match" else "spawn with"
        text = f"{head} {check.executables.expressions.data(tokens).text}"
    tokens.end()
    check.texts[id(statement)] = f"{text};"


def lease_limit(check: Context, statement: Statement, block: Block) -> None:
    if block.kind != CLASS:
        raise DhcpdError(
            f"it knows no statement `lease` in {A_PLACE[block.kind]}",
            "It belongs in the lease file.",
            "statement-unknown",
        )
    tokens = own(check, statement, block, "lease")
    tokens.expect("limit", "`limit`", "Write `lease limit NUMBER;`.")
    if counted(tokens) < 0:
        raise DhcpdError("the limit is negative", "Correct it.", "declaration-invalid")
    tokens.end()


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("class", "subclass", "user-class", "vendor-class"), client_class),
    **dict.fromkeys(("fixed-address", "fixed-address6"), fixed_address),
    **dict.fromkeys(("match", "spawn"), match),
    "fixed-prefix6": fixed_prefix,
    "hardware": hardware,
    "host": host,
    "host-identifier": host_identifier,
    "lease": lease_limit,
    "uid": uid,
}
