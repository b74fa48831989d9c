# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations for the effect oracle, each with clients that ask for an address.

A sample is a tree of blocks: it renders as a dhcpd.conf, and it knows a client's classes. A number always gives the
same sample, on every machine and with every Python: only `Random.random` decides, and Python guarantees its results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar, Union

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import canonical

T = TypeVar("T")

# The number of samples in the record.
COUNT = 400

SERVER = "192.0.2.2"
# Network, netmask, first addresses of two ranges. The server is in the first network; the others have relays at .1.
SUBNETS = (
    ("192.0.2.0", "255.255.255.128", (8, 16)),
    ("192.0.2.128", "255.255.255.128", (136, 144)),
    ("198.51.100.0", "255.255.255.192", (8, 16)),
    ("198.51.100.64", "255.255.255.192", (72, 80)),
    ("198.51.100.128", "255.255.255.128", (136, 144)),
    ("203.0.113.0", "255.255.255.192", (8, 16)),
    ("203.0.113.64", "255.255.255.224", (72, 80)),
)
LOCAL = SUBNETS[0][0]
# The option in which a relay says where a client is.
RELAY = 82
# The number of addresses in a range.
SIZE = 8

# dhcpd answers one packet after the other, and nothing in a sample prevents its answer to this client: a client that
# asked before and has no answer by then gets none.
FENCE_CARD, FENCE_VIA, FENCE_ADDRESS = "02:ff:00:00:00:01", "203.0.113.249", "203.0.113.250"
FENCE = f"""
subnet 203.0.113.248 netmask 255.255.255.248 {{ }}
host fence {{ hardware ethernet {FENCE_CARD}; fixed-address {FENCE_ADDRESS}; allow booting; }}
"""
HEAD = """ddns-update-style none;
ping-check false;
option site-text code 224 = text;
option site-number code 225 = integer 32;
option site-flag code 226 = boolean;
option site-addresses code 227 = array of ip-address;
option space acme;
option acme.text code 1 = text;
option acme.number code 2 = unsigned integer 16;
"""
VENDORS = ("alpha", "beta")
# /etc/hosts of the server: names for some addresses that it leases.
NAMED = {"192.0.2.9": "nine.example", "198.51.100.73": "seventy-three.example", "192.0.2.3": "three.example"}
NAMES = "".join(f"{address} {name}\n" for address, name in NAMED.items())


@dataclass(frozen=True)
class Block:
    """A statement with a block, or, without a kind, statements that belong together.

    `match` says which clients a class or subclass takes.
    """

    kind: str
    name: str = ""
    items: tuple[Item, ...] = ()
    match: tuple[str, ...] = ()

    def render(self, depth: int) -> Iterator[str]:
        if not self.kind:
            yield from rendered(self.items, depth)
            return
        pad = "  " * depth
        head = f"{self.kind} {self.name}".strip()
        if self.kind == "subclass" and not self.items:
            yield f"{pad}{head};"
            return
        yield f"{pad}{head} {{"
        if self.kind == "class" and self.match:
            yield f"{pad}  {_MATCHES[self.match[0]].format(*self.match[1:], octets=self.octets)};"
        yield from rendered(self.items, depth + 1)
        yield f"{pad}}}"

    @property
    def octets(self) -> int:
        return self.match[-1].count(":") + 1


Item = Union[str, Block]


def rendered(items: Sequence[Item], depth: int = 0) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield "  " * depth + item
        else:
            yield from item.render(depth)


def blocks(items: Sequence[Item]) -> Iterator[Block]:
    """Every block, in the order of the text."""
    for item in items:
        if isinstance(item, Block):
            yield item
            yield from blocks(item.items)


_MATCHES: Mapping[str, str] = {
    "card": "match if substring(hardware, 1, {octets}) = {0}",
    "vendor": 'match if option vendor-class-identifier = "{0}"',
    "a vendor": "match if exists vendor-class-identifier",
    "known": "match if known",
    "subclass by card": "match hardware",
    "subclass by vendor": "match option vendor-class-identifier",
    "subclass by card with a vendor": "match if exists vendor-class-identifier; match hardware",
    "spawn by card": "spawn with hardware",
}

# A class by its name, with a value if one of its subclasses matched.
Match = Union[str, tuple[str, str]]


@dataclass(frozen=True)
class Client:
    """A client and its request: `via` is the relay's address, `seconds` the lease time, `asks` the options wanted.

    more: further options by number, in hexadecimal digits. reboots: it asks for the address that it had before.
    """

    card: str
    via: str = ""
    identifier: str = ""
    vendor: str = ""
    address: str = ""
    seconds: int | None = None
    asks: str = "all"
    more: Sequence[tuple[int, str]] = ()
    reboots: bool = False

    @property
    def circuit(self) -> str:
        """What its relay says of its place."""
        return next((bytes.fromhex(value)[2:].decode() for code, value in self.more if code == RELAY), "")

    def matches(self, kind: str, words: Sequence[str]) -> bool:
        """Whether a class of this kind takes the client, whatever its subclasses."""
        if kind == "card":
            return self.card.startswith(words[0])
        if kind == "vendor":
            return self.vendor == words[0]
        if kind == "known":
            return False  # dhcpd assigns clients to classes before it checks whether it knows them
        return bool(self.vendor) or "a vendor" not in kind


@dataclass(frozen=True)
class Sample:
    """A configuration and its clients."""

    name: str
    items: tuple[Item, ...]
    clients: tuple[Client, ...]

    @property
    def text(self) -> str:
        return HEAD + "\n".join(rendered(self.items)) + "\n" + FENCE

    def classes(self, client: Client) -> tuple[Match, ...]:
        """The classes that the client is in, in the order of their declaration."""
        kinds: dict[str, tuple[str, ...]] = {}
        values: dict[str, set[str]] = {}
        for block in blocks(self.items):
            if block.kind == "class":
                kinds[block.name] = kinds.get(block.name) or block.match
            elif block.kind == "subclass":
                values.setdefault(block.name.split(" ")[0], set()).add(block.match[0])
        found: list[Match] = []
        for quoted, match in kinds.items():
            name = quoted.strip('"')
            if not match or not client.matches(match[0], match[1:]):
                continue
            if match[0].startswith("subclass"):
                value = client.vendor if match[0] == "subclass by vendor" else f"1:{client.card}"
                if value in values.get(quoted, ()):
                    found.append((name, canonical(value)))
            else:
                found.append(name)
        return tuple(found)


# --- statements' values -------------------------------------------------------------------------------------------

OPTIONS: Mapping[str, Callable[[Maker], str]] = {
    "routers": lambda make: make.addresses(),
    "domain-name-servers": lambda make: make.addresses(),
    "domain-name": lambda make: make.string(),
    "ntp-servers": lambda make: make.addresses(),
    "time-offset": lambda make: str(make.count() - 100),
    "default-ip-ttl": lambda make: str(make.count()),
    "interface-mtu": lambda make: str(576 + make.count()),
    "broadcast-address": lambda make: make.address(),
    "tftp-server-name": lambda make: make.string(),
    "bootfile-name": lambda make: make.string(),
    "root-path": lambda make: make.string(),
    "host-name": lambda make: make.string(),
    "nis-domain": lambda make: make.string(),
    "ip-forwarding": lambda make: make.pick(("true", "false", "on", "off")),
    "netbios-node-type": lambda make: make.pick(("1", "2", "4", "8", "0x8")),
    "domain-search": lambda make: f'"d{make.count()}.example", "d{make.count()}.example"',
    "subnet-mask": lambda make: make.pick(("255.255.255.0", "255.255.0.0", "255.255.255.128")),
    "dhcp-renewal-time": lambda make: make.pick(("100", "200", "2000", "50000")),
    "dhcp-rebinding-time": lambda make: make.pick(("150", "300", "3000", "60000")),
    "dhcp-server-identifier": lambda make: make.address(),
    "dhcp-parameter-request-list": lambda make: make.pick(("3, 6, 15", "1", "15, 42, 224, 3, 6")),
    "site-text": lambda make: make.string(),
    "site-number": lambda make: str(make.count() * 1000),
    "site-flag": lambda make: make.pick(("true", "false")),
    "site-addresses": lambda make: make.addresses(),
    "acme.text": lambda make: make.string(),
    "acme.number": lambda make: str(make.count()),
}
_OFTEN = ("routers", "domain-name-servers", "domain-name", "ntp-servers", "time-offset", "site-text", "site-addresses")
_LISTS = ("routers", "domain-name-servers", "ntp-servers", "site-addresses", "domain-search")
_TEXTS = ("domain-name", "tftp-server-name", "root-path", "host-name", "nis-domain", "site-text")
_SECONDS = ("0", "1", "60", "299", "300", "301", "900", "7200", "86400", "100000", "4294967295", "-1")
PARAMETERS: Mapping[str, Callable[[Maker], str]] = {
    "default-lease-time": lambda make: make.pick(_SECONDS),
    "max-lease-time": lambda make: make.pick(_SECONDS),
    "min-lease-time": lambda make: make.pick(_SECONDS),
    "filename": lambda make: make.string(),
    "server-name": lambda make: make.string(),
    "next-server": lambda make: make.address(),
    "use-host-decl-names": lambda make: make.pick(("on", "on", "off")),
    "use-lease-addr-for-default-route": lambda make: make.pick(("true", "true", "false")),
    "boot-unknown-clients": lambda make: make.pick(("true", "false")),
    "min-secs": lambda make: make.pick(("0", "3")),
    "get-lease-hostnames": lambda make: make.pick(("true", "false")),
    "echo-client-id": lambda make: make.pick(("true", "false")),
    "one-lease-per-client": lambda make: make.pick(("true", "false")),
    "vendor-option-space": lambda _make: "acme",
}
_TIMES = ("default-lease-time", "max-lease-time", "min-lease-time")
_BOOT = ("filename", "server-name", "next-server", "use-host-decl-names", "use-lease-addr-for-default-route")
_ALLOWED = (
    "allow booting", "allow booting", "deny booting", "ignore booting", "allow unknown-clients", "deny unknown-clients",
    "deny unknown-clients", "ignore unknown-clients", "deny bootp", "deny duplicates", "deny declines",
)  # fmt: skip
_PERMITS = (
    "known-clients", "known clients", "unknown-clients", "unknown clients", "all clients", "dynamic bootp clients",
    "unauthenticated clients", "authenticated clients",
)  # fmt: skip
# The main subject of a sample.
_THEMES = ("plain", "hosts", "classes", "permits", "times", "conditions", "boot", "operators", "spaces", "mixed")


class Maker:
    """Makes one sample."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.random = Random(f"effect {number}")  # noqa: S311 - samples, no secrets
        self.theme = _THEMES[number % len(_THEMES)]
        self.counted = 0
        self.classes: list[str] = []
        self.parents: dict[str, str] = {}  # how classes with subclasses match
        self.groups: list[str] = []
        self.cards: list[str] = []  # hosts' names
        self.identifiers: list[str] = []
        self.links: list[list[int]] = []
        self.ranges: dict[int, list[int]] = {}  # by subnet: the first addresses of unused ranges
        self.hosts = 0
        names = [name for name in _OFTEN if self.chance(0.5)]
        self.names = [*names, *(self.pick(tuple(OPTIONS)) for _time in range(3))]

    # --- chance ---------------------------------------------------------------------------------------------------

    def below(self, end: int) -> int:
        return int(self.random.random() * end)

    def between(self, first: int, last: int) -> int:
        return first + self.below(last - first + 1)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        rest, found = list(items), []
        while rest:
            found.append(rest.pop(self.below(len(rest))))
        return found

    # --- values, each different from all before -----------------------------------------------------------------------

    def count(self) -> int:
        self.counted += 1
        return self.counted

    def string(self) -> str:
        return f'"v{self.count()}.example"'

    def address(self) -> str:
        return f"203.0.113.{self.count()}"

    def addresses(self) -> str:
        return ", ".join(self.address() for _time in range(self.between(1, 2)))

    # --- statements -----------------------------------------------------------------------------------------------

    def statements(self, most: int, place: str = "") -> list[Item]:
        found: list[Item] = []
        for _time in range(self.between(0, most)):
            if self.chance(0.4 if self.theme == "conditions" else 0.05) and place != "condition":
                found.append(self.conditional())
            else:
                found.append(self.statement(place))
        return found

    def statement(self, place: str) -> str:
        theme = self.theme
        if theme == "times" and self.chance(0.6):
            return self.parameter(self.pick(_TIMES))
        if theme == "boot" and self.chance(0.5):
            return self.parameter(self.pick(_BOOT))
        if self.chance(0.2 if theme == "permits" else 0.03) and place != "pool":
            return f"{self.pick(_ALLOWED)};"
        if self.chance(0.1):
            return self.parameter(self.pick(tuple(PARAMETERS)))
        if theme == "spaces" and self.chance(0.5):
            return self.pick(
                (
                    self.parameter("vendor-option-space"),
                    self.option("acme.text"),
                    self.option("acme.number"),
                    f"option vendor-encapsulated-options 01:02:{self.count():02x}:05;",
                )
            )
        if self.chance(0.5 if theme == "operators" else 0.05):
            return self.operator()
        if self.chance(0.02) and place not in ("condition", "host"):
            return self.pick(("authoritative;", "not authoritative;"))
        name = self.pick(self.names)
        if name == "dhcp-server-identifier" and place != "condition" and self.chance(0.3):
            return f"server-identifier {self.address()};"
        return self.option(name)

    def option(self, name: str) -> str:
        return f"option {name} {OPTIONS[name](self)};"

    def parameter(self, name: str) -> str:
        value = PARAMETERS[name](self)
        if name in _TIMES and self.chance(0.1):
            return f"option server.{name} {value.replace('-1', '77')};"
        return f"{name} {value};"

    def operator(self) -> str:
        """Statements that do more than set a value."""
        kind = self.below(8)
        if kind < 4:
            name = self.pick([name for name in (*self.names, *self.names, *_LISTS) if "." not in name])
            verb = self.pick(("append", "prepend", "default", "supersede", "send"))
            return f"{verb} {name} {OPTIONS[name](self)};"
        name = self.pick([name for name in (*self.names, *_TEXTS) if name in _TEXTS])
        if kind == 4:
            return f"option {name} = concat({self.string()}, {self.string()});"
        if kind == 5:
            return f"option {name} = {self.string()};"
        if kind == 6:
            return f"option {name} = option vendor-class-identifier;"
        return f"option {name} = pick-first-value(option vendor-class-identifier, {self.string()});"

    def condition(self, depth: int = 0) -> str:
        kind = self.below(9 if depth < 2 else 6)
        if kind == 0:
            return "known"
        if kind == 1:
            return "exists vendor-class-identifier"
        if kind == 2:
            return f'option vendor-class-identifier = "{self.pick(VENDORS)}"'
        if kind == 3:
            return f"substring(hardware, 1, 5) = {self.pick(_PREFIXES)}"
        if kind == 4:
            return "static"
        if kind == 5:
            return f'option vendor-class-identifier != "{self.pick(VENDORS)}"'
        if kind == 6:
            return f"not ({self.condition(depth + 1)})"
        return f"(({self.condition(depth + 1)}) {self.pick(('and', 'or'))} ({self.condition(depth + 1)}))"

    def conditional(self, depth: int = 0) -> Block:
        def inside() -> tuple[Item, ...]:
            found = self.statements(2, "condition")
            if depth < 2 and self.chance(0.3):
                found.append(self.conditional(depth + 1))
            return tuple(found)

        if self.chance(0.2):
            items: list[Item] = []
            for vendor in VENDORS:
                items += [f'case "{vendor}":', *inside(), *(["break;"] if self.chance(0.7) else [])]
            if self.chance(0.5):
                items += ["default:", *inside()]
            # A label with no statement after it crashes dhcpd.
            items.append(self.statement("condition"))
            return Block("switch", "(option vendor-class-identifier)", tuple(items))
        found: list[Item] = [Block("if", self.condition(), inside())]
        if self.chance(0.3):
            found.append(Block(self.pick(("elsif", "else if")), self.condition(), inside()))
        if self.chance(0.5):
            found.append(Block("else", "", inside()))
        return Block("", "", tuple(found))

    # --- declarations ---------------------------------------------------------------------------------------------

    def card(self) -> str:
        return f"{self.pick(_PREFIXES)}:{self.count():02x}"

    def client_class(self) -> list[Item]:
        if self.classes and self.chance(0.15):
            return [Block("class", f'"{self.pick(self.classes)}"', tuple(self.statements(2)))]
        name = f"c{len(self.classes) + 1}"
        kind = self.pick(("card", "card", "vendor", "subclass by card", *_MATCHES))
        words = {"card": self.pick((*_PREFIXES, "02:00:00")), "vendor": self.pick(VENDORS)}
        match = (kind, words[kind]) if kind in words else (kind,)
        self.classes.append(name)
        items = self.statements(3)
        if self.chance(0.1):
            items.append(f"lease limit {self.between(1, 9)};")
        found: list[Item] = [Block("class", f'"{name}"', tuple(items), match)]
        if kind.startswith("subclass"):
            self.parents[name] = kind
            found += [item for _time in range(self.between(1, 3)) for item in self.subclass()]
        return found

    def subclass(self) -> list[Item]:
        if not self.parents:
            return []
        name = self.pick(tuple(self.parents))
        if self.parents[name] == "subclass by vendor":
            value = self.pick(VENDORS)
            quoted = f'"{value}"'
        else:
            card = self.pick(self.cards) if self.cards and self.chance(0.5) else self.card()
            self.cards.append(card)
            quoted = value = f"1:{card}"
        items = tuple(self.statements(2)) if self.chance(0.6) else ()
        return [Block("subclass", f'"{name}" {quoted}', items, (value,))]

    def host(self) -> list[Item]:
        self.hosts += 1
        items: list[Item] = []
        if self.chance(0.85):
            card = self.pick(self.cards) if self.cards and self.chance(0.2) else self.card()
            self.cards.append(card)
            items.append(f"hardware ethernet {card};")
        else:
            identifier = f"id{self.hosts}"
            self.identifiers.append(identifier)
            items.append(f'{self.pick(("uid", "option dhcp-client-identifier"))} "{identifier}";')
        if self.chance(0.65):
            subnets = [self.pick(range(len(SUBNETS))) for _time in range(self.pick((1, 1, 1, 2, 3)))]
            # Sometimes the address is in a range.
            last = 2 if self.chance(0.9) else 9
            addresses = [self.nth(subnet, self.between(2, 7) if last == 2 else 9) for subnet in subnets]
            items.append(f"fixed-address {', '.join(dict.fromkeys(addresses))};")
        items += self.statements(3 if self.theme == "hosts" else 2, "host")
        if self.groups and self.chance(0.15):
            items.append(f"group {self.pick(self.groups)};")
        return [Block("host", f"h{self.hosts}", tuple(self.shuffled(items)))]

    @staticmethod
    def nth(subnet: int, number: int) -> str:
        """An address of a subnet."""
        network = SUBNETS[subnet][0]
        start, _dot, last = network.rpartition(".")
        return f"{start}.{int(last) + number}"

    def group(self, depth: int = 0) -> list[Item]:
        """A group with hosts, classes or groups in it."""
        items: list[Item] = list(self.statements(2))
        for _time in range(self.between(1, 2)):
            items += self.host() if self.chance(0.7) else self.client_class()
        if depth < 2 and self.chance(0.2):
            items += self.group(depth + 1)
        name = ""
        if self.chance(0.2):
            name = f'"g{len(self.groups) + 1}"'
            self.groups.append(name.strip('"'))
        return [Block("group", name, tuple(items))]

    def declarations(self, share: float) -> list[Item]:
        """Declarations that may stand anywhere."""
        found: list[Item] = []
        for make, themes in (
            (self.host, ("hosts", "permits", "conditions")),
            (self.client_class, ("classes", "permits")),
            (self.subclass, ("classes",)),
            (self.group, ("hosts",)),
        ):
            if self.chance(share * (1.6 if self.theme in themes else 0.7)):
                found += make()
        return found

    def range(self, subnet: int) -> str:
        """An unused range, or nothing."""
        free = self.ranges[subnet]
        if not free:
            return ""
        first = free.pop(self.below(len(free)))
        start = SUBNETS[subnet][0].rpartition(".")[0]
        bootp = "dynamic-bootp " if self.chance(0.05) else ""
        return f"range {bootp}{start}.{first} {start}.{first + SIZE - 1};"

    def pool(self, subnets: Sequence[int]) -> list[Item]:
        lines = [self.range(self.pick(subnets)) for _time in range(self.pick((1, 1, 2)))]
        ranges: list[Item] = [line for line in lines if line]
        if not ranges:
            return []
        permits: list[Item] = []
        for _time in range(self.pick((1, 2, 3) if self.theme == "permits" else (0, 0, 0, 1))):
            permit = self.pick(_PERMITS)
            if self.classes and self.chance(0.5):
                permit = f'members of "{self.pick(self.classes)}"'
            permits.append(f"{self.pick(('allow', 'allow', 'deny'))} {permit};")
        rest = self.declarations(0.04)
        return [Block("pool", "", tuple(self.shuffled([*ranges, *permits, *self.statements(2, "pool")]) + rest))]

    def subnet(self, subnet: int) -> Block:
        items: list[Item] = list(self.statements(3))
        if self.chance(0.35):
            line = self.range(subnet)
            items += [line] if line else []
        for _time in range(self.pick((0, 1, 1, 2))):
            items += self.pool([subnet])
        items += self.declarations(0.12)
        network, mask, _ranges = SUBNETS[subnet]
        return Block("subnet", f"{network} netmask {mask}", tuple(self.shuffled(items) if self.tidy(items) else items))

    @staticmethod
    def tidy(items: Sequence[Item]) -> bool:
        """Whether dhcpd's parser ignores the order of these."""
        return not any(word in line for line in rendered(items) for word in ("class ", "group", "members"))

    def link(self, subnets: Sequence[int]) -> Block:
        """A shared network, or a subnet alone."""
        if len(subnets) == 1 and self.chance(0.7):
            return self.subnet(subnets[0])
        items: list[Item] = list(self.statements(2))
        for index, subnet in enumerate(subnets):
            items += self.declarations(0.06)
            block = self.subnet(subnet)
            # A subnet in a group in a shared network is a separate network.
            if index and self.chance(0.04):
                block = Block("group", "", (*self.statements(1), block))
            items.append(block)
        inside = [subnet for subnet in subnets if f"subnet {SUBNETS[subnet][0]} " in "\n".join(rendered(items))]
        top = {item.name.partition(" ")[0] for item in items if isinstance(item, Block) and item.kind == "subnet"}
        inside = [subnet for subnet in inside if SUBNETS[subnet][0] in top]
        for _time in range(self.pick((0, 1, 1, 2))):
            items += self.pool(inside)
            items += self.statements(1)
        items += self.declarations(0.08)
        return Block("shared-network", f"net{subnets[0]}", tuple(items))

    def sample(self) -> Sample:
        declared = [index for index in range(len(SUBNETS)) if not index or self.chance(0.5)]
        self.ranges = {index: list(SUBNETS[index][2]) for index in declared}
        rest = self.shuffled(declared)
        while rest:
            size = self.pick((1, 2, 2, 3))
            self.links.append(sorted(rest[:size]))
            rest = rest[size:]
        items: list[Item] = list(self.statements(4))
        items += self.declarations(0.5)
        for link in self.links:
            block = self.link(link)
            if self.chance(0.2):
                block = Block("group", "", (*self.statements(2), block, *self.statements(1), *self.declarations(0.1)))
            items.append(block)
            items += self.declarations(0.2)
            items += self.statements(1)
        clients = tuple(self.client(number) for number in range(self.between(5, 8)))
        return Sample(str(self.number), tuple(items), clients)

    def client(self, number: int) -> Client:
        known = list(dict.fromkeys(self.cards))
        card = known[number] if number < len(known) and self.chance(0.75) else f"{self.pick(_PREFIXES)}:f{number}"
        identifier = ""
        if self.identifiers and self.chance(0.4):
            identifier = self.identifiers.pop()
        elif self.chance(0.15):
            identifier = f"client{number}"
        link = self.pick(self.links)
        via = "" if 0 in link and self.chance(0.7) else self.nth(self.pick(link), 1)
        address = ""
        if self.chance(0.6):
            subnet = self.pick(link if self.chance(0.9) else self.pick(self.links))
            start = SUBNETS[subnet][0].rpartition(".")[0]
            address = f"{start}.{self.pick(SUBNETS[subnet][2]) + number}"
        seconds = self.pick((0, 1, 60, 299, 301, 1000, 86401, 0xFFFFFFFF)) if self.chance(0.4) else None
        vendor = self.pick(VENDORS) if self.chance(0.5) else ""
        return Client(card, via, identifier, vendor, address, seconds, self.pick(("all", "all", "all", "few", "none")))


_PREFIXES = ("02:00:00:00:01", "02:00:00:00:02")


def sample(number: int) -> Sample:
    return Maker(number).sample()
