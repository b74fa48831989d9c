# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what a server is to serve, independent of its notation. And a strategy for healthy pairs of servers.

A plan says what clients get. `writing` turns it into texts, in one of many ways that all mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from hypothesis import strategies as st

# --- Words: the kind of each value, so that the writer can spell it in another way ------------------------------


class Number(NamedTuple):
    """digits: only decimal digits are valid here."""

    value: int
    digits: bool = False


class Address(NamedTuple):
    value: str


class Text(NamedTuple):
    """exact: with an escape it would be another name."""

    value: str
    exact: bool = False


class Octets(NamedTuple):
    """text: dhcpd also accepts these octets as a string."""

    value: bytes
    text: bool = False


class Flag(NamedTuple):
    value: bool


class Name(NamedTuple):
    """A literal name: case counts."""

    value: str


# A plain string is a keyword, an option's name or punctuation.
Word = Number | Address | Text | Octets | Flag | Name | str
Words = tuple[Word, ...]


# --- Plans -------------------------------------------------------------------------------------------------------


class Setting(NamedTuple):
    """One statement that changes what a client gets. name: settings with the same name replace each other."""

    name: str
    words: Words
    branches: tuple[tuple[Words, tuple[Setting, ...]], ...] = ()  # of a conditional: condition (() is else), statements


Settings = tuple[Setting, ...]


@dataclass(frozen=True)
class Half:
    name: str
    role: str
    address: str
    peer_address: str
    port: int = 647
    peer_port: int = 647
    max_response_delay: int = 60
    max_unacked_updates: int = 10
    load_balance: int | None = 3
    mclt: int | None = None
    split: int | None = None
    hba: str | None = None

    @property
    def is_primary(self) -> bool:
        return self.role == "primary"


@dataclass(frozen=True)
class Pool:
    ranges: tuple[tuple[int, int], ...]
    failover: str | None
    permits: tuple[Words, ...] = ()
    settings: Settings = ()


@dataclass(frozen=True)
class Subnet:
    first: int
    prefix: int
    settings: Settings = ()
    pools: tuple[Pool, ...] = ()

    @property
    def size(self) -> int:
        return 1 << (32 - self.prefix)

    @property
    def mask(self) -> str:
        return str(IPv4Address((0xFFFFFFFF << (32 - self.prefix)) & 0xFFFFFFFF))

    def __contains__(self, address: int) -> bool:
        return self.first <= address < self.first + self.size


@dataclass(frozen=True)
class Link:
    """Subnets that share a link; a single one needs no shared network around it."""

    name: str
    subnets: tuple[Subnet, ...]
    settings: Settings = ()


@dataclass(frozen=True)
class Host:
    name: str
    hardware: bytes
    address: int | None
    settings: Settings = ()


@dataclass(frozen=True)
class Subclass:
    value: Word
    settings: Settings = ()


@dataclass(frozen=True)
class Class:
    name: str
    match: Words
    subclasses: tuple[Subclass, ...] = ()
    settings: Settings = ()


@dataclass(frozen=True)
class Server:
    """global_only: settings of the server as a whole. definitions: statements that must come first."""

    name: str
    halves: tuple[Half, ...]
    links: tuple[Link, ...]
    settings: Settings = ()
    global_only: Settings = ()
    definitions: tuple[Words, ...] = ()
    blocks: tuple[tuple[Words, tuple[Words, ...]], ...] = ()  # keys and zones
    classes: tuple[Class, ...] = ()
    hosts: tuple[Host, ...] = ()

    @property
    def subnets(self) -> Iterator[Subnet]:
        return (subnet for link in self.links for subnet in link.subnets)


Pair = tuple[Server, Server]


def number_of(address: str) -> int:
    return int(IPv4Address(address))


def text_of(number: int) -> str:
    return str(IPv4Address(number))


# --- Settings ------------------------------------------------------------------------------------------------------


def option(name: str, *words: Word) -> Setting:
    return Setting(f"option {name}", ("option", name, *words))


def parameter(name: str, *words: Word) -> Setting:
    return Setting(name, (name, *words))


def addresses(*texts: str) -> Words:
    words: list[Word] = []
    for text in texts:
        words += [",", Address(text)] if words else [Address(text)]
    return tuple(words)


def names(*texts: str) -> Words:
    words: list[Word] = []
    for text in texts:
        words += [",", Text(text)] if words else [Text(text)]
    return tuple(words)


# Settings that are allowed everywhere, each of a different type.
OPTIONS = (
    option("domain-name-servers", *addresses("192.0.2.53", "198.51.100.53")),
    option("domain-name-servers", *addresses("203.0.113.53")),
    option("ntp-servers", *addresses("192.0.2.123", "198.51.100.123", "203.0.113.123")),
    option("domain-name", Text("example.org")),
    option("domain-name", Text("lab.example.net")),
    option("domain-search", *names("example.org", "lab.example.org")),
    option("interface-mtu", Number(1400)),
    option("default-ip-ttl", Number(64)),
    option("arp-cache-timeout", Number(600)),
    option("time-offset", Number(3600)),
    option("ip-forwarding", Flag(False)),
    option("netbios-name-servers", *addresses("192.0.2.5")),
    option("netbios-node-type", Number(8)),
    option(
        "static-routes", Address("203.0.113.9"), Address("192.0.2.1"), ",", Address("203.0.113.8"), Address("192.0.2.9")
    ),
    option("vendor-encapsulated-options", Octets(b"\1\4abcd", text=False)),
    option("vendor-class-identifier", Octets(b"plain", text=True)),
    option("tftp-server-name", Text("boot.example.org")),
    option("bootfile-name", Text("pxelinux.0")),
    option("slp-directory-agent", Flag(True), Address("192.0.2.7")),
    option("root-path", Text("192.0.2.9:/srv/root")),
    option("log-servers", *addresses("192.0.2.6")),
)
# Custom options; `definitions_for` defines them.
OWN_OPTIONS = (
    option("wpad", Text("http://wpad.example.org/wpad.dat")),
    option("voip-tftp", *addresses("192.0.2.66", "192.0.2.67")),
    option("tuning", Number(7), Address("192.0.2.8")),
    option("pxe.menu", Text("boot")),
    option("pxe.discovery", Number(3)),
    option("lights", Flag(True)),
)
DEFINITIONS: dict[str, tuple[Words, ...]] = {
    "wpad": (("option", "wpad", "code", Number(252, True), "=", "text"),),
    "voip-tftp": (("option", "voip-tftp", "code", Number(150, True), "=", "array", "of", "ip-address"),),
    "tuning": (
        ("option", "tuning", "code", Number(224, True), "=", "{", "integer", Number(8, True), ",", "ip-address", "}"),
    ),
    "pxe": (
        ("option", "space", "pxe"),
        ("option", "pxe.menu", "code", Number(9, True), "=", "text"),
        ("option", "pxe.discovery", "code", Number(6, True), "=", "unsigned", "integer", Number(8, True)),
    ),
    "lights": (("option", "lights", "code", Number(225, True), "=", "boolean"),),
    "arch": (("option", "arch", "code", Number(93, True), "=", "unsigned", "integer", Number(16, True)),),
}
PARAMETERS = (
    parameter("default-lease-time", Number(7200)),
    parameter("default-lease-time", Number(3600)),
    parameter("max-lease-time", Number(14400)),
    parameter("max-lease-time", Number(604800)),
    parameter("min-lease-time", Number(400)),
    parameter("next-server", Address("192.0.2.9")),
    parameter("server-name", Text("boot.example.org")),
    parameter("use-host-decl-names", Flag(True)),
    parameter("get-lease-hostnames", Flag(False)),
    parameter("always-broadcast", Flag(True)),
    parameter("ping-check", Flag(True)),
    parameter("authoritative"),
)


def _vendor(length: int, what: str) -> Words:
    part: Words = (
        "substring",
        "(",
        "option",
        "vendor-class-identifier",
        ",",
        Number(0, True),
        ",",
        Number(length, True),
        ")",
    )
    return (*part, "=", Text(what))


_BY_ARCH = Setting(
    "if",
    (),
    (
        (("option", "arch", "=", Octets(b"\0\7")), (parameter("filename", Text("x64.efi")),)),
        (
            ("option", "arch", "=", Octets(b"\0\x0b")),
            (parameter("filename", Text("arm64.efi")), option("boot-size", Number(64))),
        ),
        ((), (parameter("filename", Text("bios.0")),)),
    ),
)
_BY_CLASS = Setting(
    "if",
    (),
    (
        (
            ("exists", "user-class", "and", "option", "user-class", "=", Text("iPXE")),
            (parameter("filename", Text("http://boot.example.org/menu.ipxe")),),
        ),
    ),
)
_BY_VENDOR = Setting("if", (), ((_vendor(9, "PXEClient"), (parameter("filename", Text("pxelinux.0")),)), ((), ())))
CONDITIONALS = (_BY_ARCH, _BY_CLASS, _BY_VENDOR)

_HARDWARE: Words = (
    "binary-to-ascii",
    "(",
    Number(16, True),
    ",",
    Number(8, True),
    ",",
    Text(":"),
    ",",
    "hardware",
    ")",
)
MATCHES: tuple[Words, ...] = (
    ("match", "if", *_vendor(4, "SUNW")),
    ("match", "if", "option", "user-class", "=", Text("phone")),
    ("match", "if", "(", *_vendor(4, "MSFT"), ")"),
    ("match", "if", "not", "exists", "agent.circuit-id"),
    ("match", "if", *_HARDWARE, "=", Text("1:2:0:0:0:0:9")),
    ("match", "if", "known", "and", "not", "static"),
)
WITH_SUBCLASSES: tuple[tuple[Words, tuple[Word, ...]], ...] = (
    (("match", "option", "agent.circuit-id"), (Text("port-1"), Text("port-2"), Text("port-3"))),
    (
        ("match", "pick-first-value", "(", "option", "dhcp-client-identifier", ",", "hardware", ")"),
        (Octets(b"\1\2\0\0\0\1\1"), Octets(b"\1\2\0\0\0\1\2"), Text("somebody")),
    ),
    (
        ("match", "substring", "(", "hardware", ",", Number(1, True), ",", Number(3, True), ")"),
        (Octets(b"\2\0\xab"), Octets(b"\2\0\xcd")),
    ),
)


def definitions_for(server: Server) -> tuple[Words, ...]:
    """The definitions for the options in the server's settings."""
    used = {word.split(".")[0] for setting in settings_of(server) for word in setting.words if isinstance(word, str)}
    for setting in settings_of(server):
        for condition, _inner in setting.branches:
            used.update(word for word in condition if isinstance(word, str))
    return tuple(words for name, defined in DEFINITIONS.items() if name in used for words in defined)


def settings_of(server: Server) -> Iterator[Setting]:
    """Every setting of every scope, including those in conditional blocks."""
    scopes = [server.settings]
    for link in server.links:
        scopes.append(link.settings)
        for subnet in link.subnets:
            scopes.append(subnet.settings)
            scopes += [pool.settings for pool in subnet.pools]
    scopes += [host.settings for host in server.hosts]
    for item in server.classes:
        scopes.append(item.settings)
        scopes += [subclass.settings for subclass in item.subclasses]
    for scope in scopes:
        for setting in scope:
            yield setting
            for _condition, inner in setting.branches:
                yield from inner


# --- Healthy pairs -----------------------------------------------------------------------------------------------

ONE, TWO = "192.0.2.2", "192.0.2.3"
# Port and addresses of each relationship. dhcpd tells partners apart by their addresses alone.
ENDS = ((647, ONE, TWO), (519, "198.51.100.2", "198.51.100.3"))
# The servers' own subnet comes first. The sizes differ, and some are adjacent.
PLACES = (
    ("192.0.2.0", 24),
    ("10.0.0.0", 24),
    ("10.0.1.0", 24),
    ("10.0.2.0", 23),
    ("10.0.4.0", 28),
    ("10.0.4.16", 28),
    ("198.51.100.0", 25),
    ("198.51.100.128", 26),
    ("203.0.113.0", 24),
)
# Offsets in a subnet: router, reservations, start of the ranges; and the number of addresses left free at the end.
ROUTER, RESERVED, RANGES, LEFT = 1, (4, 5), 6, 4


# Building a strategy costs more than drawing from it, so all are built once, and a place in something drawn before is
# drawn as a number.
_PLACE = st.integers(0, 11)
_YES = st.booleans()


@cache
def _choice(*choices: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


@cache
def _number(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@cache
def _some(choices: Settings, most: int) -> st.SearchStrategy[Settings]:
    """A few of the settings, one of each name."""
    return st.lists(st.sampled_from(choices), max_size=most, unique_by=lambda setting: setting.name).map(tuple)


@cache
def _scope(options: int, parameters: int = 0) -> st.SearchStrategy[Settings]:
    return st.tuples(_some((*OPTIONS, *OWN_OPTIONS), options), _some(PARAMETERS, parameters)).map(
        lambda found: found[0] + found[1]
    )


def _ranges(draw: st.DrawFn, subnet: Subnet, count: int) -> list[tuple[int, int]]:
    """This many ranges of at least two addresses, in order."""
    width = (subnet.size - 1 - RANGES - LEFT) // count
    found = []
    for index in range(count):
        start = draw(_number(0, max(width // 2 - 1, 0)))
        length = draw(_number(2, max(width - start - 1, 2)))
        low = subnet.first + RANGES + index * width + start
        found.append((low, low + length - 1))
    return found


def _pools(
    draw: st.DrawFn, subnet: Subnet, relationships: tuple[str, ...], classes: tuple[Class, ...]
) -> tuple[Pool, ...]:
    layout = draw(_choice("one", "none", "two ranges", "two pools", "two alike", "by class"))
    if layout == "none":
        return ()
    failover = relationships[draw(_PLACE) % len(relationships)]
    ranges = _ranges(draw, subnet, 1 if layout == "one" else 2)
    settings = draw(_scope(1, 1))
    plain = draw(_choice(*PERMITS))
    if layout in ("one", "two ranges"):
        return (Pool(tuple(ranges), failover, COMMON + plain, settings),)
    if layout == "two alike":
        return tuple(Pool((item,), failover, COMMON + plain, settings) for item in ranges)
    first, second = COMMON + plain, COMMON
    if layout == "by class" and classes:
        name = Text(classes[draw(_PLACE) % len(classes)].name, exact=True)
        first, second = ((*COMMON, (verb, "members", "of", name)) for verb in ("allow", "deny"))
    return (Pool((ranges[0],), failover, first, settings), Pool((ranges[1],), failover, second, draw(_scope(1))))


COMMON: tuple[Words, ...] = (("deny", "dynamic", "bootp", "clients"),)
PERMITS: tuple[tuple[Words, ...], ...] = (
    (),
    (("deny", "unknown-clients"),),
    (("allow", "known-clients"),),
    (("allow", "unknown-clients"),),
    (("allow", "all", "clients"),),
)


def _classes(draw: st.DrawFn) -> tuple[Class, ...]:
    found = []
    for name in draw(_choice((), ("phones",), ("phones", "Known Ports"))):
        if draw(_YES):
            match, values = draw(_choice(*WITH_SUBCLASSES))
            most = 1 + draw(_PLACE) % len(values)
            subclasses = tuple(Subclass(value, draw(_scope(1))) for value in values[:most])
        else:
            match, subclasses = draw(_choice(*MATCHES)), ()
        found.append(Class(name, match, subclasses, draw(_scope(1, 1))))
    return tuple(found)


def _hosts(draw: st.DrawFn, subnets: tuple[Subnet, ...]) -> tuple[Host, ...]:
    found = []
    for index in range(draw(_number(0, 3))):
        subnet = (None, *subnets)[draw(_PLACE) % (len(subnets) + 1)]
        address = None
        if subnet is not None:
            taken = {host.address for host in found}
            address = next((subnet.first + offset for offset in RESERVED if subnet.first + offset not in taken), None)
        found.append(Host(f"host-{index}", bytes([2, 0, 0, 0, 0x0A, index]), address, draw(_scope(1))))
    return tuple(found)


def _halves(draw: st.DrawFn, name: str, port: int, one: str, two: str) -> tuple[Half, Half]:
    ports = draw(_choice((port, port), (port, port + 1000)))
    common = {
        "max_response_delay": draw(_choice(60, 30)),
        "max_unacked_updates": draw(_choice(10, 100)),
        "load_balance": draw(_choice(3, 5)),
    }
    roles = draw(_choice(("primary", "secondary"), ("secondary", "primary")))
    halves = [
        Half(name, role, here, there, port, peer_port, **common)
        for role, here, there, port, peer_port in (
            (roles[0], one, two, ports[0], ports[1]),
            (roles[1], two, one, ports[1], ports[0]),
        )
    ]
    mclt, split = draw(_choice(1800, 600, 900)), draw(_choice(128, 256, 0, 200))
    return tuple(  # type: ignore[return-value]  # two halves make two
        replace(half, mclt=mclt, split=split) if half.is_primary else half for half in halves
    )


@st.composite
def pairs(draw: st.DrawFn, rich: bool = False) -> Pair:
    """Two servers that serve the same. rich: with one of everything, so that every fault finds a place."""
    names_of = draw(_choice(("site",), ("Site 1", "failover-partner")))
    halves = [_halves(draw, name, *ends) for name, ends in zip(names_of, ENDS)]
    classes = _classes(draw)
    if rich:
        classes = (*classes, Class("gates", MATCHES[0], (), (OPTIONS[0],)), Class("ports", *_with_values()))
    count = draw(_number(2 if rich else 1, 5))
    subnets: list[Subnet] = []
    for address, prefix in PLACES[:count]:
        bare = Subnet(number_of(address), prefix)
        routers = option("routers", Address(text_of(bare.first + ROUTER)))
        pools = _pools(draw, bare, names_of, classes)
        subnets.append(replace(bare, pools=pools, settings=(routers, *draw(_scope(1, 1)))))
    if rich:
        subnets[1] = _gated(subnets[1], names_of[-1])
    subnets = _all_used(subnets, names_of)
    cuts = draw(_choice((), (2,), (1, 3), (3,), (2, 4)))
    links = _links(subnets, cuts, draw(_scope(1, 1)))
    settings = draw(_scope(2, 2))
    server = Server("one", (), links, settings, classes=classes, hosts=_hosts(draw, tuple(subnets)))
    if rich and all(host.address is None for host in server.hosts):
        printer = Host("printer", b"\2\0\0\0\xab\1", subnets[-1].first + RESERVED[0])
        server = replace(server, hosts=(*server.hosts, printer))
    where = draw(_choice("nowhere", "global", "link", "subnet", "pool", "class"))
    server = _with_conditional(server, where, draw(_choice(*CONDITIONALS)))
    blocks, global_only = draw(_choice(*AROUND))
    server = replace(server, blocks=blocks, global_only=global_only)
    server = replace(server, definitions=definitions_for(server))
    one, two = (replace(server, name=name, halves=tuple(each)) for name, each in zip(("one", "two"), zip(*halves)))
    return _split_scope(one, two) if draw(_YES) else (one, two)


def _split_scope(one: Server, two: Server) -> Pair:
    """Add a network in which each server has its own addresses."""
    first = number_of("10.8.0.0")
    router = option("routers", Address(text_of(first + ROUTER)))

    def more(server: Server, low: int) -> Server:
        subnet = Subnet(first, 24, (router,), (Pool(((low, low + 89),), None),))
        return replace(server, links=(*server.links, Link("guests", (subnet,))))

    return more(one, first + 10), more(two, first + 100)


def _with_values() -> tuple[Words, tuple[Subclass, ...]]:
    match, values = WITH_SUBCLASSES[0]
    return match, tuple(Subclass(value) for value in values)


def _all_used(subnets: list[Subnet], relationships: tuple[str, ...]) -> list[Subnet]:
    """Give every relationship a pool: one without gets two of the remaining addresses."""
    for position, name in enumerate(relationships):
        if any(pool.failover == name for subnet in subnets for pool in subnet.pools):
            continue
        subnet = subnets[min(position, len(subnets) - 1)]
        low = subnet.first + subnet.size - 1 - LEFT + 2 * position
        pool = Pool(((low, low + 1),), name, COMMON)
        subnets = [replace(item, pools=(*item.pools, pool)) if item is subnet else item for item in subnets]
    return subnets


def _gated(subnet: Subnet, relationship: str) -> Subnet:
    """Add a pool for members of two classes, and one for all clients."""
    low = subnet.first + RANGES
    members: tuple[Words, ...] = tuple(("allow", "members", "of", Text(name, True)) for name in ("gates", "ports"))
    pools = (
        Pool(((low, low + 2),), relationship, COMMON + members),
        Pool(((low + 3, low + 6),), relationship, COMMON),
    )
    used = tuple(pool for pool in subnet.pools if pool.ranges[0][0] > low + 6)
    return replace(subnet, pools=(*pools, *used))


def _links(subnets: list[Subnet], cuts: tuple[int, ...], settings: Settings) -> tuple[Link, ...]:
    """Group subnets into links; a single one is a link without settings."""
    found, start = [], 0
    for end in (*(cut for cut in cuts if cut < len(subnets)), len(subnets)):
        group = tuple(subnets[start:end])
        found.append(Link(f"link-{start}", group, settings if len(group) > 1 else ()))
        start = end
    return tuple(found)


def _with_conditional(server: Server, where: str, conditional: Setting) -> Server:
    """Add the conditional block in one place; it sets what nothing else sets."""
    if where == "nowhere":
        return server
    if where == "class" and server.classes:
        first, *rest = server.classes
        return replace(server, classes=(replace(first, settings=(*first.settings, conditional)), *rest))
    if where in ("global", "class"):
        return replace(server, settings=(*server.settings, conditional))
    link, *links = server.links
    if where == "link" and len(link.subnets) > 1:
        return replace(server, links=(replace(link, settings=(*link.settings, conditional)), *links))
    subnet, *subnets = link.subnets
    if where == "pool" and subnet.pools:
        pool, *pools = subnet.pools
        pool = replace(pool, settings=(*pool.settings, conditional))
        subnet = replace(subnet, pools=(pool, *pools))
    else:
        subnet = replace(subnet, settings=(*subnet.settings, conditional))
    return replace(server, links=(replace(link, subnets=(subnet, *subnets)), *links))


# 256 bits; a key of an example.
_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
KEY: tuple[Words, tuple[Words, ...]] = (
    ("key", Name("updates")),
    (("algorithm", Name("hmac-sha256")), ("secret", Name(_KEY))),
)
ZONE: tuple[Words, tuple[Words, ...]] = (
    ("zone", Name("example.org.")),
    (("primary", Address("192.0.2.53")), ("key", Name("updates"))),
)
# Keys, zones and global statements, for the server as a whole.
AROUND: tuple[tuple[tuple[tuple[Words, tuple[Words, ...]], ...], Settings], ...] = (
    ((), ()),
    ((), (parameter("ddns-update-style", Name("none")), parameter("log-facility", Name("local7")))),
    ((KEY, ZONE), (parameter("ddns-update-style", Name("standard")),)),
    ((KEY,), (parameter("omapi-port", Number(7911, True)), parameter("omapi-key", Name("updates")))),
)
