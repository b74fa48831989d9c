# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Groups, shared networks, subnets, pools and their ranges, interfaces."""

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
    is_identifier,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import (
    A_PLACE,
    GROUP,
    HOST,
    POOL,
    SHARED_NETWORK,
    SUBNET,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import host_name, ipv4, plain
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    format_address,
    netmask,
    parse_address,
)

_QUAD = plain("I")


def group(check: Context, statement: Statement, block: Block) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    if block.kind == HOST and not check.included(statement, block):
        if tokens.kind != STRING and not is_identifier(tokens.kind):
            raise tokens.unexpected("the name of a group")
        name = unquoted(tokens.take())
        tokens.end()
        if name not in check.names.groups:
            error = DhcpdError(f"there is no group `{name}`", "Declare the group first.", "name-undeclared")
            error.name = f"group {name}"
            raise error
        return
    check.allowed("group", block)
    name = ""
    if tokens.kind == STRING or is_identifier(tokens.kind):
        name = unquoted(tokens.take())
    check.needs_block(statement, tokens, "group { ... }")
    check.enter(statement, GROUP, block)
    if name:
        check.names.groups.add(name)


def shared_network(check: Context, statement: Statement, block: Block) -> None:
    check.allowed("shared-network", block)
    if in_text(statement):
        tokens = check.tokens(statement)
        tokens.take()
        if tokens.kind == STRING:
            if tokens.take() == '""':
                raise DhcpdError("its name is empty", "Give it a name.")
        elif not host_name(tokens):
            raise tokens.unexpected("a name", "Write `shared-network NAME { ... }`.")
        check.needs_block(statement, tokens, "shared-network NAME { ... }")
    found = check.enter(statement, SHARED_NETWORK, block)
    if not found.networks:
        raise DhcpdError("it has no subnet", "Put a subnet in it; one inside a group does not count.")


def subnet(check: Context, statement: Statement, block: Block) -> None:
    check.allowed("subnet", block)
    words = statement.words
    if not (
        len(words) == 4
        and words[2] == "netmask"
        and _QUAD(words[1])
        and _QUAD(words[3])
        and statement.children is not None
    ):
        subnet_head(check, statement)
    found = check.enter(statement, SUBNET, block)
    if block.kind == SHARED_NETWORK:
        first, mask = parse_address(words[1]), parse_address(words[3])
        block.networks.append((first or 0, mask or 0))
        block.interfaces += found.interfaces


def subnet_head(check: Context, statement: Statement) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    hint = "Write `subnet ADDRESS netmask MASK { ... }`."
    try:
        address = ipv4(tokens)
        if tokens.kind == "/":
            length = tokens.texts[tokens.at + 1]
            raise DhcpdError(
                f"{shown('/' + length)} follows the address",
                f"Write `subnet {address} netmask {_mask(length)}`, and remove /{length}.",
            )
        tokens.expect("netmask", "`netmask`", hint)
        ipv4(tokens)
    except DhcpdError as error:
        error.slug = "subnet-invalid"
        error.hint = error.hint or hint
        raise
    check.needs_block(statement, tokens, "subnet ADDRESS netmask MASK { ... }")


def pool(check: Context, statement: Statement, block: Block) -> None:
    check.allowed("pool", block)
    block.pools += 1
    tokens = check.tokens(statement)
    tokens.take()
    check.needs_block(statement, tokens, "pool { ... }", "A pool has no name: write `pool { ... }`.")
    inner = Block(POOL, statement, block)
    inner.number = block.pools
    check.scope(statement.children or (), inner)


def address_range(check: Context, statement: Statement, block: Block) -> None:
    if block.kind not in (SUBNET, POOL) or (block.kind == POOL and check.included(statement, block)):
        raise DhcpdError(
            f"it is not allowed in {A_PLACE[block.kind]}"
            if block.kind != POOL
            else "it is not allowed in an included file",
            "It belongs in a pool or a subnet." if block.kind != POOL else "Write it in the pool itself.",
            "statement-unknown",
        )
    words = statement.words
    if len(words) == 3 and _QUAD(words[1]) and _QUAD(words[2]) and statement.children is None:
        first = words[1]
    else:
        tokens = check.tokens(statement)
        tokens.take()
        tokens.accept("dynamic-bootp")
        first = ipv4(tokens)
        if not tokens.done:
            if tokens.kind in ("-", ","):
                raise tokens.unexpected("the last address", "Write `range FIRST LAST;`, with a blank between them.")
            ipv4(tokens)
        tokens.end()
    around = block.around
    if block.kind == POOL and around is not None and around.kind == SHARED_NETWORK:
        in_network(parse_address(first) or 0, around)


def in_network(address: int, network: Block) -> None:
    """A pool beside the subnets of a shared network must come after the subnet of its addresses."""
    if any(address & mask == first for first, mask in network.networks):
        return
    children = network.statement.children if network.statement else None
    for sibling in children or ():
        words = sibling.words
        if words[0].lower() == "subnet" and len(words) == 4:
            first, mask = parse_address(words[1]), parse_address(words[3])
            if first is not None and mask is not None and address & mask == first:
                raise DhcpdError(
                    f"the subnet of its addresses is declared only in line {sibling.line}",
                    "Move the pool after its subnet.",
                    "name-undeclared",
                )


def interface(check: Context, statement: Statement, block: Block) -> None:
    if block.kind not in (SUBNET, SHARED_NETWORK) or check.included(statement, block):
        check.allowed("interface", block)
        raise DhcpdError("it is not allowed in an included file", "", "statement-unknown")
    tokens = check.tokens(statement)
    tokens.take()
    if tokens.done:
        raise tokens.unexpected("the name of an interface")
    name = unquoted(tokens.take())
    tokens.end()
    network = block
    if block.kind == SUBNET and block.around is not None and block.around.kind == SHARED_NETWORK:
        network = block.around
    if network.interfaces:
        raise DhcpdError("the network is connected to an interface already", "Remove one of them.")
    if name not in check.interfaces:
        network.interfaces += 1
    check.interfaces.add(name)


def no_failover(check: Context, statement: Statement, block: Block) -> None:
    """`no failover peer` is followed by the next statement without a semicolon."""
    words = statement.words
    if block.kind != POOL or [word.lower() for word in words[:3]] != ["no", "failover", "peer"]:
        raise DhcpdError(f"it knows no statement `no` in {A_PLACE[block.kind]}", "", "statement-unknown")
    if len(words) > 3:
        check.scope([statement._replace(words=words[3:])], block)


def include(check: Context, statement: Statement, _block: Block) -> None:
    """One whose file is not given."""
    tokens = check.tokens(statement)
    tokens.take()
    tokens.expect(STRING, "the name of a file in quotes", "Put the name in quotes.")
    tokens.end()
    check.incomplete = True


def comment(check: Context, _statement: Statement, _block: Block) -> None:
    """dhcpd skips what begins with a percent sign."""


def ipv6_only(_check: Context, _statement: Statement, _block: Block) -> None:
    raise DhcpdError("it is for DHCPv6 only", "Move it to the configuration of the DHCPv6 server.", "statement-unknown")


def flag(check: Context, statement: Statement, block: Block) -> None:
    """What dhcpd itself writes into declarations made through OMAPI."""
    keyword = statement.words[0].lower()
    if check.included(statement, block):
        raise DhcpdError("it is not allowed in an included file", "", "statement-unknown")
    check.allowed(keyword, block)
    tokens = check.tokens(statement)
    tokens.take()
    tokens.end()
    children = block.statement.children if block.statement else None
    if block.kind == GROUP and children and children[-1] is statement:
        raise DhcpdError("another statement of the group must follow", "Move it to the front.")


def _mask(length: str) -> str:
    """The netmask of a prefix length, as far as it is one."""
    if not (length.isdigit() and len(length) <= 2 and int(length) <= 32):
        return "MASK"
    return format_address(netmask(int(length)))


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("deleted", "dynamic", "static"), flag),
    **dict.fromkeys(("pool6", "prefix6", "range6", "subnet6"), ipv6_only),
    "%": comment,
    "group": group,
    "include": include,
    "interface": interface,
    "no": no_failover,
    "pool": pool,
    "range": address_range,
    "shared-network": shared_network,
    "subnet": subnet,
}
