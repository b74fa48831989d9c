# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a plan as the text of a dhcpd.conf, in one of many ways that all mean the same to dhcpd.

A style chooses the ways: order, place, notation, included files, explicit defaults. Each field is one such way, and its
first value is the plain one, so that a shrunk example shows which way matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from pairs.plans import (
    Address,
    Flag,
    Half,
    Host,
    Link,
    Name,
    Number,
    Octets,
    Pool,
    Server,
    Setting,
    Settings,
    Subclass,
    Subnet,
    Text,
    Word,
    Words,
    option,
    parameter,
    settings_of,
    text_of,
)


@dataclass(frozen=True)
class Style:
    """One way to write a server."""

    # Order and place.
    shuffled: bool = False
    shared_settings: str = "global"  # or "group", "link", "subnet", "pool": the place of settings for all networks
    narrow_settings: str = "subnet"  # or "pool": the place of a subnet's settings
    pools: str = "inside"  # or "beside": next to their subnets in a shared network
    alone: str = "bare"  # or "shared network": around a subnet that is alone on its link
    cutting: str = "as planned"  # or "ranges", "pools", "merged"
    hosts: str = "global"  # or "group", "subnet", "link"
    groups: bool = False  # around networks, around hosts
    relationship: str = "global"  # or "link": in the shared network that uses it
    class_pieces: bool = False  # a class in two pieces
    # Statements that change nothing.
    names: str = "same"  # or "other": of reservations and shared networks
    masks: bool = False
    defaults: bool = False
    port: bool = True  # whether to write the default port
    authoritative: str = "global"
    # Notation.
    base: str = "decimal"  # or "hexadecimal", "octal"
    case: str = "lower"  # or "upper", "title"
    layout: str = "indented"  # or "dense", "one word a line", "carriage returns"
    comments: bool = False
    octets: str = "two digits"  # or "short", "upper"
    strings: str = "plain"  # or "escapes", "octets"
    permits: str = "hyphen"  # or "blank"
    otherwise: str = "elsif"  # or "else if"
    flags: str = "true"  # or "on"
    parentheses: bool = False  # around conditions
    addresses: str = "plain"  # or "zeros", "blanks"
    # The text in several files.
    includes: bool = False


CHOICES: dict[str, tuple[Any, ...]] = {
    "shuffled": (False, True),
    "shared_settings": ("global", "group", "link", "subnet", "pool"),
    "narrow_settings": ("subnet", "pool"),
    "pools": ("inside", "beside"),
    "alone": ("bare", "shared network"),
    "cutting": ("as planned", "ranges", "pools", "merged"),
    "hosts": ("global", "group", "subnet", "link"),
    "groups": (False, True),
    "relationship": ("global", "link"),
    "class_pieces": (False, True),
    "names": ("same", "other"),
    "masks": (False, True),
    "defaults": (False, True),
    "port": (True, False),
    "authoritative": ("global", "subnet"),
    "base": ("decimal", "hexadecimal", "octal"),
    "case": ("lower", "upper", "title"),
    "layout": ("indented", "dense", "one word a line", "carriage returns"),
    "comments": (False, True),
    "octets": ("two digits", "short", "upper"),
    "strings": ("plain", "escapes", "octets"),
    "permits": ("hyphen", "blank"),
    "otherwise": ("elsif", "else if"),
    "flags": ("true", "on"),
    "parentheses": (False, True),
    "addresses": ("plain", "zeros", "blanks"),
    "includes": (False, True),
}
assert list(CHOICES) == [item.name for item in fields(Style)]

styles: st.SearchStrategy[Style] = st.builds(Style, **{name: st.sampled_from(some) for name, some in CHOICES.items()})
# Each way alone, in an otherwise plain text.
SINGLE = {
    f"{name}-{choice}".replace(" ", "-"): replace(Style(), **{name: choice})
    for name, choices in CHOICES.items()
    for choice in choices[1:]
}


# The order of dependent statements.
DEFINED, NEEDED, SECOND, ANY, LAST = range(5)


@dataclass(frozen=True)
class Node:
    words: Words
    block: list[Node] | None = None
    rank: float = ANY
    movable: bool = True  # may stand in an included file


@dataclass(frozen=True)
class Written:
    text: str
    includes: dict[str, str] = field(default_factory=dict)


def write(server: Server, style: Style, random: Random, folder: str = "/etc/dhcp") -> Written:
    return _Writer(style, random, folder).write(server)


class _Writer:
    def __init__(self, style: Style, random: Random, folder: str) -> None:
        self.style = style
        self.random = random
        self.folder = folder
        self.included: dict[str, str] = {}

    def write(self, server: Server) -> Written:
        if self.style.names == "other" and not any(item.name == "use-host-decl-names" for item in settings_of(server)):
            links = tuple(replace(link, name=f"of-{link.name}") for link in server.links)
            hosts = tuple(replace(host, name=f"client-{host.name}") for host in server.hosts)
            server = replace(server, links=links, hosts=hosts)
        return Written(self._text(self._tree(server), 0), self.included)

    # --- The tree: order and place --------------------------------------------------------------------------------

    def _tree(self, server: Server) -> list[Node]:
        style = self.style
        links = [self._wrapped(link) for link in server.links]
        shared, kept, links = self._settled(server, links)
        links = [self._cut(link) for link in links]
        if style.defaults:
            kept = (*kept, *_stated_defaults(server))
        before = [(words, None) for words in server.definitions] + [
            (words, [Node(line, movable=False) for line in inner]) for words, inner in server.blocks
        ]
        # These also need each other, in this order.
        top = [Node(words, block, DEFINED + place / 100, movable=False) for place, (words, block) in enumerate(before)]
        for item in server.classes:
            top += self._class(item.name, item.match, item.settings, item.subclasses)
        homes = self._homes(server, links)
        for half in server.halves:
            if half.name not in homes:
                top.append(self._half(half))
        networks: list[Node] = []
        for link in links:
            halves = [half for half in server.halves if homes.get(half.name) == link.name]
            networks += self._link(link, halves, server.hosts)
        if style.hosts in ("global", "group"):
            networks += self._hosts(server.hosts)
        else:
            networks += self._hosts(host for host in server.hosts if _subnet_of(host, links) is None)
        if shared or style.groups:
            networks = [Node(("group",), self._ordered([*map(self._node, shared), *networks]))]
        top += [self._node(setting) for setting in (*kept, *server.global_only)]
        return self._files(self._ordered(top + networks))

    def _node(self, setting: Setting) -> Node:
        if not setting.branches:
            # `authoritative` applies only to what follows it.
            return Node(setting.words, rank=NEEDED if setting.name == "authoritative" else ANY)
        if setting.words:
            return Node(setting.words, [self._node(item) for _condition, inner in setting.branches for item in inner])
        # One chain of blocks: the writer joins them.
        chain = []
        for position, (condition, inner) in enumerate(setting.branches):
            word = "else" if not condition else "if" if position == 0 else self.style.otherwise
            if condition and self.style.parentheses:
                condition = ("(", *condition, ")")
            chain.append(Node((*word.split(), *condition), [self._node(item) for item in inner]))
        return Node((), chain)

    def _wrapped(self, link: Link) -> Link:
        if len(link.subnets) > 1 or self.style.alone != "bare":
            return link
        return replace(link, name="")

    def _settled(self, server: Server, links: list[Link]) -> tuple[Settings, Settings, list[Link]]:
        """Settings of a group around everything, global settings, and the links with their own settings."""
        level = self.style.shared_settings
        movable = [setting for setting in server.settings if setting.name != "authoritative"]
        other = [setting for setting in server.settings if setting.name == "authoritative"]
        if other and self.style.authoritative == "subnet":
            links = [_into_subnets(link, other) for link in links]
            other = []
        kept = tuple(other)
        if level in ("global", "group"):
            shared = tuple(movable) if level == "group" else ()
            kept = kept if level == "group" else (*movable, *kept)
            links = [link if link.name else _into_subnets(replace(link, settings=()), link.settings) for link in links]
        else:
            shared = ()
            links = [replace(link, settings=_over(movable, link.settings)) for link in links]
            if level != "link":
                links = [_into_subnets(replace(link, settings=()), link.settings) for link in links]
            else:
                links = [
                    link if link.name else _into_subnets(replace(link, settings=()), link.settings) for link in links
                ]
        if level == "pool" or self.style.narrow_settings == "pool":
            links = [_into_pools(link, server.hosts) for link in links]
        return shared, kept, links

    def _cut(self, link: Link) -> Link:
        """Split or merge ranges and pools."""
        cutting = self.style.cutting
        subnets = []
        for subnet in link.subnets:
            pools = list(subnet.pools)
            if cutting in ("ranges", "pools"):
                pools = [
                    replace(pool, ranges=tuple(part for item in pool.ranges for part in _halved(item)))
                    for pool in pools
                ]
            if cutting == "pools":
                pools = [replace(pool, ranges=(item,)) for pool in pools for item in pool.ranges]
            if cutting == "merged":
                pools = _merged(pools)
            subnets.append(replace(subnet, pools=tuple(pools)))
        return replace(link, subnets=tuple(subnets))

    def _homes(self, server: Server, links: Sequence[Link]) -> dict[str, str]:
        """Relationships that only one shared network uses, if they may be written in it."""
        if self.style.relationship != "link":
            return {}
        homes = {}
        for half in server.halves:
            users = [link.name for link in links if any(pool.failover == half.name for pool in _pools(link))]
            # A pool there that names no relationship would inherit it.
            plain = any(pool.failover is None for link in links if link.name in users for pool in _pools(link))
            if len(users) == 1 and users[0] and not plain:
                homes[half.name] = users[0]
        return homes

    def _half(self, half: Half) -> Node:
        lines: list[Words] = [
            (half.role,),
            ("address", Address(half.address)),
            ("peer", "address", Address(half.peer_address)),
        ]
        if half.port != 647 or self.style.port:
            lines.append(("port", Number(half.port, True)))
        if half.peer_port != 647 or self.style.port:
            lines.append(("peer", "port", Number(half.peer_port, True)))
        for name, value in (
            ("max-response-delay", half.max_response_delay),
            ("max-unacked-updates", half.max_unacked_updates),
            ("load balance max seconds", half.load_balance),
            ("mclt", half.mclt),
            ("split", half.split),
        ):
            if value is not None:
                lines.append((*name.split(), Number(value, True)))
        if half.hba is not None:
            lines.append(("hba", Octets(bytes.fromhex(half.hba))))
        if self.style.defaults:
            defaults = {"auto-partner-down": 0, "max-lease-misbalance": 15, "max-lease-ownership": 10}
            defaults |= {"min-balance": 60, "max-balance": 3600}
            lines += [(name, Number(value, True)) for name, value in defaults.items()]
        name: Word = Text(half.name, True)
        if half.name.isalpha() and self.style.strings != "plain":
            name = Name(half.name)
        # The place of the role does not matter either, but statements after `split` on a secondary would.
        block = self._ordered([Node(words, movable=False) for words in lines])
        return Node(("failover", "peer", name), block, rank=NEEDED)

    def _class(self, name: str, match: Words, settings: Settings, subclasses: Iterable[Subclass]) -> list[Node]:
        title: Words = ("class", Text(name, True))
        body = [Node(match, movable=False), *map(self._node, settings)]
        if self.style.class_pieces and len(body) > 1:
            found = [Node(title, body[:1], rank=NEEDED), Node(title, body[1:], rank=SECOND)]
        else:
            found = [Node(title, self._ordered(body), rank=NEEDED)]
        for item in subclasses:
            inner = [self._node(setting) for setting in item.settings]
            found.append(Node(("subclass", Text(name, True), item.value), inner or None, rank=SECOND))
        return found

    def _link(self, link: Link, halves: list[Half], hosts: Sequence[Host]) -> list[Node]:
        style = self.style
        nodes: list[Node] = []
        beside: list[Pool] = []
        for subnet in link.subnets:
            inside = [self._node(setting) for setting in subnet.settings]
            if style.masks and not any(setting.name == "option subnet-mask" for setting in subnet.settings):
                inside.append(Node(option("subnet-mask", Address(subnet.mask)).words))
            if link.name and style.pools == "beside":
                beside += subnet.pools
            else:
                inside += map(self._pool, subnet.pools)
            if style.hosts == "subnet":
                inside += self._hosts(host for host in hosts if host.address is not None and host.address in subnet)
            words: Words = ("subnet", Address(text_of(subnet.first)), "netmask", Address(subnet.mask))
            nodes.append(Node(words, self._ordered(inside)))
        if not link.name:
            if style.hosts == "link":
                nodes += self._hosts(host for host in hosts if _subnet_of(host, [link]) is not None)
            return nodes
        around = [self._half(half) for half in halves]
        # One pool may hold addresses of several subnets.
        pools = _merged(beside) if style.cutting == "merged" else beside
        around += [*map(self._node, link.settings), *nodes, *(replace(self._pool(pool), rank=LAST) for pool in pools)]
        if style.hosts == "link":
            around += self._hosts(host for host in hosts if _subnet_of(host, [link]) is not None)
        return [Node(("shared-network", Text(link.name)), self._ordered(around))]

    def _pool(self, pool: Pool) -> Node:
        lines = [Node(self._permit(words), movable=False) for words in pool.permits]
        lines += [
            Node(("range", Address(text_of(low)), Address(text_of(high))), movable=False) for low, high in pool.ranges
        ]
        lines += [self._node(setting) for setting in pool.settings]
        if pool.failover is not None:
            lines.append(Node(("failover", "peer", Text(pool.failover, True)), movable=False))
        return Node(("pool",), self._ordered(lines))

    def _permit(self, words: Words) -> Words:
        if self.style.permits == "blank" and words[1] in ("known-clients", "unknown-clients"):
            return (words[0], *str(words[1]).split("-"))
        return words

    def _hosts(self, hosts: Iterable[Host]) -> list[Node]:
        nodes = []
        for host in hosts:
            lines = [Node(("hardware", "ethernet", Octets(host.hardware)), movable=False)]
            if host.address is not None:
                lines.append(Node(("fixed-address", Address(text_of(host.address))), movable=False))
            settings = [self._node(setting) for setting in host.settings]
            if self.style.hosts == "group" and settings:
                inner = Node(("host", Name(host.name)), self._ordered(lines))
                nodes.append(Node(("group",), [*settings, inner]))
            else:
                nodes.append(Node(("host", Name(host.name)), self._ordered(lines + settings)))
        return self._grouped(nodes)

    def _grouped(self, nodes: list[Node]) -> list[Node]:
        return [Node(("group",), nodes)] if self.style.groups and nodes else nodes

    def _ordered(self, nodes: list[Node]) -> list[Node]:
        """Put definitions before their use, and everything else anywhere."""
        if self.style.shuffled:
            nodes = self.random.sample(nodes, len(nodes))
        nodes = sorted(nodes, key=lambda node: node.rank)
        if self.style.shuffled:
            # Move some independent statements up, so that they are not all at the end.
            for node in [node for node in nodes if node.rank == ANY and _is_plain(node)]:
                nodes.remove(node)
                nodes.insert(self.random.randint(sum(other.rank < NEEDED for other in nodes), len(nodes)), node)
        return nodes

    def _files(self, nodes: list[Node]) -> list[Node]:
        """Move parts of the text into separate files, which may include others."""
        if not self.style.includes:
            return nodes
        found = []
        for node in nodes:
            if node.block is not None and node.words and node.words[0] in ("group", "shared-network", "subnet"):
                node = replace(node, block=self._files(node.block))
            if node.movable and self.random.random() < 0.5:
                name = f"{self.folder}/part-{len(self.included)}.conf"
                self.included[name] = ""
                self.included[name] = self._text([node], 0)
                node = Node(("include", Text(name, True)), rank=node.rank)
            found.append(node)
        return found

    # --- The text: notation ---------------------------------------------------------------------------------------

    def _text(self, nodes: Sequence[Node], depth: int) -> str:
        return "".join(self._lines(nodes, depth))

    def _lines(self, nodes: Iterable[Node], depth: int) -> Iterable[str]:
        for node in nodes:
            if not node.words:
                yield from self._lines(node.block or (), depth)
                continue
            words = [self._word(word) for word in node.words]
            yield self._line([*words, ";"] if node.block is None else [*words, "{"], depth)
            if node.block is not None:
                yield from self._lines(node.block, depth + 1)
                yield self._line(["}"], depth)

    def _line(self, words: Sequence[str], depth: int) -> str:
        layout = self.style.layout
        comment = f"# {COMMENTS[self.random.randrange(len(COMMENTS))]}" if self.style.comments else ""
        if layout == "one word a line":
            gap = f" {comment}\n\t" if comment else "\n\t"
            return gap.join(words) + "\n"
        text = ""
        for word in words:
            tight = word in ";{},()=" or text[-1:] in "{},()=" if layout == "dense" else word in ";,"
            text += word if tight or not text else f" {word}"
        if layout == "dense":
            return text + (f"{comment}\n" if comment else "")
        end = "\r\n" if layout == "carriage returns" else "\n"
        return f"{'  ' * depth}{text}{'  ' + comment if comment else ''}{end}"

    def _word(self, word: Word) -> str:
        style = self.style
        if isinstance(word, str):
            return word if style.case == "lower" else word.upper() if style.case == "upper" else word.title()
        if isinstance(word, Name):
            return word.value
        if isinstance(word, Number):
            if word.digits or style.base == "decimal":
                return str(word.value)
            return f"0x{word.value:x}" if style.base == "hexadecimal" else f"0{word.value:o}"
        if isinstance(word, Address):
            parts = word.value.split(".")
            if style.addresses == "zeros":
                return ".".join(part.zfill(3) for part in parts)
            return " . ".join(parts) if style.addresses == "blanks" else word.value
        if isinstance(word, Flag):
            pair = ("true", "false") if style.flags == "true" else ("on", "off")
            return self._word(pair[0] if word.value else pair[1])
        if isinstance(word, Text):
            return _string(word.value, style.strings == "escapes" and not word.exact)
        if word.text and style.strings != "octets":
            return _string(word.value.decode(), style.strings == "escapes")
        form = {"two digits": "{:02x}", "short": "{:x}", "upper": "{:02X}"}[style.octets]
        return ":".join(form.format(octet) for octet in word.value)


COMMENTS = ("", "the partner has the same", 'subnet { "', "}; option routers 192.0.2.254;", "Größe, naïve", "# #")


def _string(text: str, escapes: bool) -> str:
    if escapes:
        text = "".join(
            f"\\x{ord(char):02x}" if char == "e" else f"\\{ord(char):03o}" if char == "o" else char for char in text
        )
    return f'"{text}"'


def _is_plain(node: Node) -> bool:
    """Whether a statement neither declares anything nor refers to a declaration of its own level."""
    first = node.words[0] if node.words and node.block is None else ""
    return isinstance(first, str) and (first == "option" or first.endswith("lease-time"))


def _subnet_of(host: Host, links: Iterable[Link]) -> Subnet | None:
    return next(
        (subnet for link in links for subnet in link.subnets if host.address is not None and host.address in subnet),
        None,
    )


def _pools(link: Link) -> list[Pool]:
    return [pool for subnet in link.subnets for pool in subnet.pools]


def _over(outer: Iterable[Setting], inner: Settings) -> Settings:
    """The settings in effect when both are present: the inner ones win."""
    stated = {setting.name for setting in inner}
    return (*(setting for setting in outer if setting.name not in stated), *inner)


def _into_subnets(link: Link, settings: Iterable[Setting]) -> Link:
    some = tuple(settings)
    return replace(link, subnets=tuple(replace(item, settings=_over(some, item.settings)) for item in link.subnets))


def _into_pools(link: Link, hosts: Iterable[Host]) -> Link:
    """Move each subnet's settings into its pools if the subnet has no other clients."""
    held = [host.address for host in hosts if host.address is not None]
    subnets = []
    for subnet in link.subnets:
        if not subnet.pools or any(address in subnet for address in held):
            subnets.append(subnet)
            continue
        # Some are not allowed in a pool, or mean something else there.
        kept = tuple(setting for setting in subnet.settings if _for_subnets(setting))
        moved = [setting for setting in subnet.settings if not _for_subnets(setting)]
        pools = tuple(replace(pool, settings=_over(moved, pool.settings)) for pool in subnet.pools)
        subnets.append(replace(subnet, settings=kept, pools=pools))
    return replace(link, subnets=tuple(subnets))


def _for_subnets(setting: Setting) -> bool:
    return setting.words[:1] in (("authoritative",), ("allow",), ("deny",))


def _halved(item: tuple[int, int]) -> list[tuple[int, int]]:
    low, high = item
    middle = (low + high) // 2
    return [(low, middle), (middle + 1, high)] if high - low >= 3 else [item]


def _merged(pools: Sequence[Pool]) -> list[Pool]:
    """Merge pools that differ only in their ranges."""
    found: dict[Any, Pool] = {}
    for pool in pools:
        key = (pool.failover, frozenset(pool.permits), frozenset(pool.settings))
        found[key] = replace(found[key], ranges=found[key].ranges + pool.ranges) if key in found else pool
    return list(found.values())


# Default values.
DEFAULTS = (
    parameter("default-lease-time", Number(43200)),
    parameter("max-lease-time", Number(86400)),
    parameter("min-lease-time", Number(300)),
    parameter("use-host-decl-names", Flag(False)),
    parameter("get-lease-hostnames", Flag(False)),
    parameter("always-broadcast", Flag(False)),
    parameter("always-reply-rfc1048", Flag(False)),
    parameter("use-lease-addr-for-default-route", Flag(False)),
    parameter("one-lease-per-client", Flag(False)),
    parameter("update-static-leases", Flag(False)),
    parameter("infinite-is-reserved", Flag(False)),
    parameter("ping-check", Flag(True)),
    Setting("local-port", ("local-port", Number(67, True))),
    Setting("booting", ("allow", "booting")),
    Setting("bootp", ("allow", "bootp")),
    Setting("unknown-clients", ("allow", "unknown-clients")),
    Setting("declines", ("allow", "declines")),
    Setting("duplicates", ("allow", "duplicates")),
)


def _stated_defaults(server: Server) -> Settings:
    stated = {setting.name for setting in (*settings_of(server), *server.global_only)}
    if any(name.endswith("lease-time") for name in stated):
        # An explicit default above the longest lease gives a warning.
        stated.update(setting.name for setting in DEFAULTS if setting.name.endswith("lease-time"))
    return tuple(setting for setting in DEFAULTS if setting.name not in stated)
