# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Groups, shared networks, subnets, pools and ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import (
    Block,
    Handler,
    Reading,
    unquote,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.relationships import reference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.scopes import (
    POOL_STATEMENTS,
    contents,
    own,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import subnet_place
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import DhcpdError, Tokens
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import ipv4
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import permit
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Range,
    Scope,
    SharedNetwork,
    Subnet,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DENY_BOOTP

# Both spellings of one permit.
_PERMIT = re.compile(
    r'(?:un)?known[- ]clients|(?:un)?authenticated clients|all clients|dynamic bootp clients|members of ".*"|after .+'
)
# dhcpd puts a range outside pools into a pool of its own.
_ANONYMOUS = Pool(None, (), frozenset({DENY_BOOTP}), Scope(), bare=True)
_ANONYMOUS_BOOTP = Pool(None, (), frozenset({"allow all clients"}), Scope(), bare=True)
_NO_PERMITS: frozenset[str] = frozenset()
_NO_FAILOVER = ["no", "failover", "peer"]


def group(reading: Reading, statement: Statement, block: Block) -> None:
    if statement.children is None:
        return
    scope, others = own(reading, statement.children or (), block.scope, block.where)
    if len(statement.words) == 2:
        reading.named_groups[unquote(statement.words[1])] = scope
    # A subnet in a group is a separate link, even inside a shared network.
    inner = Block("group", block.where, scope, block.subnet, failover=block.failover)
    contents(reading, others, inner)


def shared_network(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    if statement.children is None or len(words) != 2:
        return
    name = unquote(words[1])
    where = f'shared network "{name}"'
    scope, others = own(reading, statement.children or (), block.scope, where)
    inner = Block("shared network", where, scope, name=name)
    inner.network = inner
    contents(reading, others, inner)
    reading.networks.append(
        SharedNetwork(name, scope, tuple(inner.subnets), tuple(inner.pools), reading.line(statement))
    )


def subnet(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    if statement.children is None or len(words) < 2:
        return
    where = subnet_place(words)
    address, _slash, length = words[1].partition("/")
    first, prefix = parse_address(address), prefix_of(words[3]) if len(words) > 3 else None
    if prefix is None and length.isascii() and length.isdigit() and int(length[:3]) <= 32:
        prefix = int(length)
    mask = parse_address(words[3]) if len(words) > 3 else None
    if first is not None and prefix is None and mask is not None:
        if first & ~mask:
            message = f"dhcpd rejects {address} with the netmask {words[3]}: bits are set that the mask leaves out."
            reading.find("subnet-invalid", statement, where, message, "Correct one of them.")
            return
        reading.find(
            "netmask-invalid",
            statement,
            where,
            f"{words[3]} is not a netmask: its bits are not all at the front. dhcpd accepts it, and no "
            "client can use it.",
            "Correct it.",
        )
    scope, others = own(reading, statement.children or (), block.scope, where)
    network = block.network
    inner = Block("subnet", where, scope, where[7:], network, network.name if network else None)
    if network is not None:
        inner.link = network.link
    contents(reading, others, inner)
    if first is None or prefix is None:
        return
    pools = inner.pools
    if inner.ranges:
        pools += _bare_pools(inner)
    subnet = Subnet(first, prefix, scope, tuple(pools), inner.name, reading.line(statement))
    reading.subnets.append(subnet)
    if network is not None:
        network.subnets.append(subnet)


def pool(reading: Reading, statement: Statement, block: Block) -> None:
    if block.kind not in ("subnet", "shared network") or statement.children is None:
        return
    where = f"{block.where}, pool {len(block.pools) + 1}"
    scope, others = own(reading, _pool_statements(statement.children), block.scope, where, POOL_STATEMENTS)
    inner = Block("pool", where, scope)
    inherited = block.network.failover if block.network else None
    failover, named = inherited, False
    for keyword, other in others:
        if keyword == "range":
            addresses(reading, other, inner)
        elif keyword == "failover":
            name = reference(reading, other, where)
            if name is not None:
                if named:
                    reading.repeated(other, "failover peer", where)
                failover, named = name, True
        elif keyword in ("allow", "deny"):
            _permit(reading, other, keyword, inner)
        elif keyword == "no":
            failover = None if [word.lower() for word in other.words] == _NO_FAILOVER else failover
        else:
            reading.handlers[keyword](reading, other, inner)
    permits = frozenset(inner.permits)
    permits = reading.permit_sets.setdefault(permits, permits)
    pool = Pool(
        failover,
        tuple(inner.ranges),
        permits,
        scope,
        block.subnet,
        block.name,
        line=reading.line(statement),
    )
    block.pools.append(pool)
    _join_link(block.link, pool)


def addresses(reading: Reading, statement: Statement, block: Block) -> None:
    words = statement.words
    bootp = len(words) > 1 and words[1].lower() == "dynamic-bootp"
    ends = words[2:] if bootp else words[1:]
    if block.kind not in ("subnet", "pool"):
        return
    numbers = [parse_address(end) for end in ends]
    if len(numbers) not in (1, 2) or None in numbers:
        numbers = _addresses(ends)
    first, last = numbers[0] if numbers else None, numbers[-1] if numbers else None
    if first is None or last is None or statement.children is not None:
        return
    if block.kind == "subnet":
        joined = _joined(block.link, bootp)
        if joined is not None:
            block.joined[len(block.ranges)] = joined
    block.ranges.append(Range(first, last, bootp, reading.line(statement)))


def _permit(reading: Reading, statement: Statement, keyword: str, pool: Block) -> None:
    words = statement.words[1:]
    phrase = permit(words)
    if phrase.startswith("members of ") and '"' not in phrase and not in_text(statement):
        phrase = f'members of "{" ".join(words[2:])}"'
    if not _PERMIT.fullmatch(phrase):
        return
    if phrase.startswith("members of "):
        name = unquote(words[-1])
        if name not in reading.classes:
            reading.late_classes.append((name, pool.where, statement))
    pool.permits.add(f"{keyword} {phrase}")


def _addresses(words: Sequence[str]) -> list[int | None]:
    """Addresses in dhcpd's more generous spelling, with blanks around the dots."""
    try:
        tokens = Tokens(words)
        found = [parse_address(ipv4(tokens))]
        return found if tokens.done else [*found, parse_address(ipv4(tokens))]
    except DhcpdError:
        return []


def _pool_statements(statements: Iterable[Statement]) -> Iterator[Statement]:
    """`no failover peer` is followed by the next statement without a semicolon: dhcpd's own way."""
    for statement in statements:
        words = statement.words
        if len(words) > 3 and [word.lower() for word in words[:3]] == _NO_FAILOVER:
            yield statement._replace(words=words[:3], children=None)
            yield statement._replace(words=words[3:])
        else:
            yield statement


def _join_link(link: list[Pool], pool: Pool) -> None:
    """Add a pool, unless dhcpd merges it with one that has the same permits and, like it, no statements."""
    if _states(pool.scope) or not any(map(_like(pool), link)):
        link.append(pool)


def _states(scope: Scope) -> bool:
    """Whether the scope has statements to run; `authoritative` is not one."""
    return bool(scope.options or scope.conditionals or scope.parameters.keys() - {"authoritative"})


def _like(pool: Pool) -> Callable[[Pool], bool]:
    def like(other: Pool) -> bool:
        return not _states(other.scope) and other.failover == pool.failover and other.permits == pool.permits

    return like


def _joined(link: list[Pool], bootp: bool) -> Pool | None:
    """The pool that takes a range outside pools; None: a pool of its own.

    dhcpd looks for a pool that permits what the range does, and then takes the one before it.
    """
    anonymous = _ANONYMOUS_BOOTP if bootp else _ANONYMOUS
    for index, pool in enumerate(link):
        if pool.permits == anonymous.permits:
            joined = link[max(index - 1, 0)]
            return None if joined.bare else joined
    link.append(anonymous)
    return None


def _bare_pools(subnet: Block) -> Iterator[Pool]:
    """The ranges directly in a subnet, by the pools into which dhcpd puts them."""
    groups: dict[int, tuple[Pool | None, list[Range]]] = {}
    for index, item in enumerate(subnet.ranges):
        joined = subnet.joined.get(index)
        groups.setdefault(id(joined), (joined, []))[1].append(item)
    for joined, ranges in groups.values():
        failover, permits, scope = (
            (None, _NO_PERMITS, subnet.scope) if joined is None else (joined.failover, joined.permits, joined.scope)
        )
        place = (subnet.subnet, subnet.name)
        yield Pool(failover, tuple(ranges), permits, scope, *place, bare=True, line=ranges[0].line)


HANDLERS: Mapping[str, Handler] = {
    "group": group,
    "pool": pool,
    "range": addresses,
    "shared-network": shared_network,
    "subnet": subnet,
}
