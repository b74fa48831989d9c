# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations for both daemons, each with clients that ask for an address.

A number always gives the same sample, as in effect_samples.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, TypeVar

from effect_samples import FENCE_ADDRESS, FENCE_CARD, SERVER, SIZE, SUBNETS, VENDORS, Client

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.dialect import KeaDialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf

T = TypeVar("T")
Data = Mapping[str, Any]

# The number of generated samples in the record.
COUNT = 150

PREFIX_LENGTHS = {"255.255.255.128": 25, "255.255.255.192": 26, "255.255.255.224": 27}
_FENCE_SUBNET = {"subnet": "203.0.113.248/29"}
_FENCE_HOST = {"name": "fence", "hardware": FENCE_CARD, "address": FENCE_ADDRESS}


@dataclass(frozen=True)
class Both:
    """A declaration, and its clients."""

    name: str
    data: Data
    clients: tuple[Client, ...]
    matching: Mapping[str, Callable[[Client], bool]] = field(default_factory=dict, repr=False)

    def classes(self, client: Client) -> tuple[str, ...]:
        """The classes that the client is in, in the order of their declaration."""
        return tuple(name for name, matches in self.matching.items() if matches(client))

    @property
    def variables(self) -> dict[str, Any]:
        return {
            "name": "server",
            "address": SERVER,
            **self.data,
            "parameters": {"ping_check": False, "ddns_update_style": "none", **self.data.get("parameters", {})},
            "subnets": [*self.data.get("subnets", ()), _FENCE_SUBNET],
            "hosts": [*self.data.get("hosts", ()), _FENCE_HOST],
        }

    @property
    def declared(self) -> Server:
        return declare({**self.variables, "daemon": "kea"})

    @property
    def refusals(self) -> list[str]:
        """Why the declaration cannot be Kea's."""
        problems = KeaDialect.resolve(self.declared, {}).problems
        return [str(problem) for problem in problems if problem.severity is Severity.ERROR]

    @property
    def dhcpd(self) -> str:
        return dhcpd_conf(self.variables)

    @property
    def kea(self) -> str:
        """Kea's file, without libraries. One packet is answered after the other, so that the answers come in order."""
        own = {
            "interfaces-config": {"interfaces": ["eth0"]},
            "multi-threading": {"enable-multi-threading": False},
            "hooks-libraries": [],
        }
        return json.dumps({"Dhcp4": {**render(self.declared)["Dhcp4"], **own}}, indent=2)

    @property
    def source(self) -> str:
        return json.dumps([self.variables, repr(self.clients), self.kea], sort_keys=True)


# --- generated ------------------------------------------------------------------------------------------------------

_THEMES = ("plain", "hosts", "classes", "permits", "times", "boot", "links", "mixed")
_PREFIXES = ("02:00:00:00:01", "02:00:00:00:02")
_SECONDS = (0, 1, 60, 299, 300, 301, 900, 7200, 86400, 100000, -1)
_OPTIONS: Mapping[str, Callable[[Maker], Any]] = {
    "routers": lambda make: make.addresses(),
    "domain_name_servers": lambda make: make.addresses(),
    "domain_name": lambda make: make.string(),
    "ntp_servers": lambda make: make.addresses(),
    "time_offset": lambda make: make.count() - 100,
    "default_ip_ttl": lambda make: make.count(),
    "interface_mtu": lambda make: 576 + make.count(),
    "broadcast_address": lambda make: make.address(),
    "tftp_server_name": lambda make: make.string(),
    "bootfile_name": lambda make: make.string(),
    "root_path": lambda make: make.string(),
    "host_name": lambda make: make.string(),
    "nis_domain": lambda make: make.string(),
    "ip_forwarding": lambda make: make.pick((True, False)),
    "netbios_node_type": lambda make: make.pick((1, 2, 4, 8)),
    "domain_search": lambda make: [make.string(), make.string()],
    "site_text": lambda make: make.string(),
    "site_number": lambda make: make.count() * 1000,
    "site_flag": lambda make: make.pick((True, False)),
    "site_addresses": lambda make: make.addresses(),
}
_DEFINITIONS = (
    {"name": "site_text", "code": 224, "type": "text"},
    {"name": "site_number", "code": 225, "type": "integer 32"},
    {"name": "site_flag", "code": 226, "type": "boolean"},
    {"name": "site_addresses", "code": 227, "type": "array of ip-address"},
)
_CIRCUITS = ("port 1", "port 2")


class _Asked(NamedTuple):
    """A client, with the beginning of a card and the vendor of a match."""

    client: Client
    prefix: str
    vendor: str

    @property
    def near(self) -> bool:
        return self.client.card.startswith(self.prefix)

    @property
    def made(self) -> bool:
        return self.client.vendor == self.vendor


# How a class matches, and which clients.
_MATCHES: Mapping[str, Callable[[_Asked], bool]] = {
    'if option agent.circuit-id = "port 1"': lambda asked: asked.client.circuit == "port 1",
    "if substring(hardware, 1, 5) = {prefix}": lambda asked: asked.near,
    'if option vendor-class-identifier = "{vendor}"': lambda asked: asked.made,
    'if substring(option vendor-class-identifier, 0, 3) = "{vendor:.3}"': lambda asked: asked.made,
    "if exists vendor-class-identifier": lambda asked: bool(asked.client.vendor),
    "if not exists vendor-class-identifier": lambda asked: not asked.client.vendor,
    'if option vendor-class-identifier != "{vendor}"': lambda asked: not asked.made,
    "if exists vendor-class-identifier and substring(hardware, 1, 5) = {prefix}": (
        lambda asked: bool(asked.client.vendor) and asked.near
    ),
    'if substring(hardware, 1, 5) = {prefix} or option vendor-class-identifier = "{vendor}"': (
        lambda asked: asked.near or asked.made
    ),
    'if not (option vendor-class-identifier = "{vendor}" or substring(hardware, 1, 5) = {prefix})': (
        lambda asked: not (asked.near or asked.made)
    ),
    "if exists vendor-class-identifier and not (substring(hardware, 1, 5) = {prefix})": (
        lambda asked: bool(asked.client.vendor) and not asked.near
    ),
}


class Maker:
    """Makes one sample."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.random = Random(f"both {number}")  # noqa: S311 - samples, no secrets
        self.theme = _THEMES[number % len(_THEMES)]
        self.counted = 0
        self.cards: list[str] = []
        self.identifiers: list[str] = []
        self.classes: list[str] = []
        self.matching: dict[str, Callable[[Client], bool]] = {}
        names = list(_OPTIONS)
        # An option of a class must not be one of a network.
        self.of_networks = [names.pop(self.below(len(names))) for _time in range(6)]
        self.of_classes = [names.pop(self.below(len(names))) for _time in range(5)]

    def below(self, end: int) -> int:
        return int(self.random.random() * end)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def count(self) -> int:
        self.counted += 1
        return self.counted

    def string(self) -> str:
        return f"v{self.count()}.example"

    def address(self) -> str:
        return f"203.0.113.{self.count() % 240}"

    def addresses(self) -> list[str]:
        return [self.address() for _time in range(self.pick((1, 2)))]

    # --- blocks -----------------------------------------------------------------------------------------------------

    def settings(self, place: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        names = self.of_classes if place == "class" else [*self.of_networks, *_OPTIONS] if place == "host" else []
        names = names or self.of_networks
        if place == "global" and self.chance(0.5):
            names = [*names, *self.of_classes]
        if place != "host":  # a client that tells its name gets it back
            names = [name for name in names if name != "host_name"]
        options = {self.pick(names) for _time in range(self.pick((0, 1, 1, 2)))}
        if options:
            found["options"] = {name: _OPTIONS[name](self) for name in sorted(options)}
        if place not in ("pool", "host"):
            for which in ("default", "max", "min"):
                if self.chance(0.4 if self.theme == "times" else 0.08):
                    found[f"{which}_lease_time"] = self.pick(_SECONDS)
        if place != "pool" and self.chance(0.5 if self.theme == "boot" else 0.05):
            found["parameters"] = self.pick(
                (
                    {"filename": self.string()},
                    {"next_server": self.address()},
                    {"server_name": self.string()},
                    {"filename": self.string(), "next_server": self.address()},
                )
            )
        return found

    def card(self) -> str:
        return f"{self.pick(_PREFIXES)}:{self.count():02x}"

    def client_class(self) -> dict[str, Any]:
        name = f"c{len(self.classes) + 1}"
        self.classes.append(name)
        if self.chance(0.25):
            cards = [self.known_card() for _time in range(self.pick((1, 2)))]
            self.matching[name] = lambda client: client.card in cards
            values = [f"1:{card}" for card in cards]
            return {"name": name, "match": "hardware", "subclasses": values, **self.settings("class")}
        match, prefix, vendor = self.pick(tuple(_MATCHES)), self.pick(_PREFIXES), self.pick(VENDORS)
        self.matching[name] = lambda client: _MATCHES[match](_Asked(client, prefix, vendor))
        return {"name": name, "match": match.format(prefix=prefix, vendor=vendor), **self.settings("class")}

    def known_card(self) -> str:
        card = self.pick(self.cards) if self.cards and self.chance(0.4) else self.card()
        self.cards.append(card)
        return card

    def host(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": f"h{self.count()}"}
        if self.chance(0.8):
            found["hardware"] = self.card()
            self.cards.append(found["hardware"])
        else:
            found["client_id"] = f"id{self.count()}"
            self.identifiers.append(found["client_id"])
        if self.chance(0.65):
            # Addresses 2 to 7 of a network are in no range; each is given once.
            subnets = {self.below(len(SUBNETS)) for _time in range(self.pick((1, 1, 2)))}
            found["addresses"] = [_nth(subnet, 3 + self.hosts % 5) for subnet in sorted(subnets)]
        self.hosts += 1
        found.update(self.settings("host"))
        return found

    hosts = 0

    def pool(self, free: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"ranges": [free.pop(self.below(len(free)))]}
        for _time in range(self.pick((1, 2, 3) if self.theme == "permits" else (0, 0, 1))):
            what = self.pick(("known-clients", "unknown-clients"))
            if self.classes and self.chance(0.6):
                what = f'members of "{self.pick(self.classes)}"'
            elif self.chance(0.1):
                what = "all clients"
            keyword = self.pick(("allow", "allow", "deny"))
            if (keyword, what) != ("deny", "all clients"):
                found.setdefault(keyword, []).append(what)
        return {**found, **self.settings("pool")}

    def link(self, subnets: Sequence[int]) -> dict[str, Any]:
        made = []
        free: dict[int, list[str]] = {}
        for subnet in subnets:
            network, mask, firsts = SUBNETS[subnet]
            free[subnet] = [f"{_nth(subnet, at)}-{_nth(subnet, at + SIZE - 1)}" for at in _offsets(subnet, firsts)]
            item: dict[str, Any] = {"subnet": f"{network}/{PREFIX_LENGTHS[mask]}", **self.settings("subnet")}
            pools = []
            for _time in range(self.pick((0, 1, 1, 2))):
                pools.append(self.pool(free[subnet]))
            if pools:
                item["pools"] = pools
            if free[subnet] and self.chance(0.3):
                item["ranges"] = [free[subnet].pop()]
            made.append(item)
        if len(subnets) == 1:
            return made[0]
        found = {"name": f"net{subnets[0]}", "subnets": made, **self.settings("link")}
        left = [text for texts in free.values() for text in texts]
        if left and self.chance(0.5):
            found["pools"] = [self.pool(left)]
        return found

    def sample(self) -> Both:
        data: dict[str, Any] = {"option_definitions": list(_DEFINITIONS), **self.settings("global")}
        if self.chance(0.3):
            data["authoritative"] = True
        many = (1, 2, 3) if self.theme in ("classes", "permits", "boot") else (0, 1)
        data["classes"] = [self.client_class() for _time in range(self.pick(many))]
        many = (2, 3, 4) if self.theme in ("hosts", "permits") else (0, 1, 2)
        data["hosts"] = [self.host() for _time in range(self.pick(many))]
        rest = [index for index in range(len(SUBNETS)) if not index or self.chance(0.4)]
        links: list[list[int]] = []
        while rest:
            size = self.pick((2, 3) if self.theme == "links" else (1, 1, 2))
            links.append(rest[:size])
            rest = rest[size:]
        made = [self.link(subnets) for subnets in links]
        data["shared_networks"] = [item for item in made if "subnets" in item]
        data["subnets"] = [item for item in made if "subnet" in item]
        clients = tuple(self.client(number, links) for number in range(8))
        return Both(str(self.number), data, clients, self.matching)

    def client(self, number: int, links: Sequence[Sequence[int]]) -> Client:
        known = list(dict.fromkeys(self.cards))
        card = known[number] if number < len(known) and self.chance(0.8) else f"{self.pick(_PREFIXES)}:f{number}"
        identifier = ""
        if self.identifiers and self.chance(0.4):
            # Two hosts for one client would be looked up in different ways.
            identifier, card = self.identifiers.pop(), f"{self.pick(_PREFIXES)}:f{number}"
        elif self.chance(0.15):
            identifier = f"client{number}"
        link = self.pick(links)
        via = "" if 0 in link and self.chance(0.7) else _nth(self.pick(link), 1)
        address = ""
        if self.chance(0.7):
            subnet = self.pick(link)
            address = _nth(subnet, self.pick(_offsets(subnet, SUBNETS[subnet][2])) + number % SIZE)
        seconds = self.pick((1, 60, 299, 301, 1000, 86401, 0xFFFFFFFF)) if self.chance(0.4) else None
        vendor = self.pick(VENDORS) if self.chance(0.5) else ""
        more = [(12, b"laptop".hex())] if self.chance(0.2) else []
        if via and self.chance(0.3):
            circuit = self.pick(_CIRCUITS).encode()
            more.append((82, bytes([1, len(circuit), *circuit]).hex()))
        asks = self.pick(("all", "all", "few"))
        return Client(card, via, identifier, vendor, address, seconds, asks, tuple(more))


def _offsets(subnet: int, firsts: Sequence[int]) -> list[int]:
    start = int(SUBNETS[subnet][0].rpartition(".")[2])
    return [first - start for first in firsts]


def _nth(subnet: int, number: int) -> str:
    """An address of a subnet."""
    start, _dot, last = SUBNETS[subnet][0].rpartition(".")
    return f"{start}.{int(last) + number}"


def sample(number: int) -> Both:
    return Maker(number).sample()


# --- by hand ----------------------------------------------------------------------------------------------------------

CARD = "02:00:00:00:01:01"
PLAIN, OTHER = Client(CARD), Client("02:00:00:00:01:02")
ALPHA = Client("02:00:00:00:01:03", vendor="alpha")
TOLD = Client("02:00:00:00:01:04", more=((12, b"laptop".hex()),))
REFUSED = {"address": "0.0.0.0"}
HOME: Data = {"subnet": "192.0.2.0/25", "ranges": ["192.0.2.8-192.0.2.15"]}
HOME_POOL = {"ranges": HOME["ranges"]}
AWAY = {"subnet": "198.51.100.0/26", "ranges": ["198.51.100.8-198.51.100.15"]}
HOST = {"name": "one", "hardware": CARD}
VENDOR = {"name": "alpha", "match": 'if option vendor-class-identifier = "alpha"'}
ANY = {"name": "any", "match": "if exists vendor-class-identifier"}


@dataclass(frozen=True)
class Case(Both):
    """offered: facts of the offers of both daemons, by name; None for no offer."""

    offered: tuple[Data | None, ...] = ()


def case(name: str, data: Data, *asked: tuple[Client, Data | None]) -> Case:
    matching = {item["name"]: _VENDORS[item["match"]] for item in data.get("classes", ())}
    return Case(name, data, tuple(item[0] for item in asked), matching, tuple(item[1] for item in asked))


_VENDORS: Mapping[str, Callable[[Client], bool]] = {
    VENDOR["match"]: lambda client: client.vendor == "alpha",
    ANY["match"]: lambda client: bool(client.vendor),
}


def link(**more: Any) -> Data:
    """One link with two subnets."""
    here, there = {"options": {"domain_name": "here"}}, {"options": {"domain_name": "there"}}
    subnets = [{"subnet": "192.0.2.0/25", **here}, {"subnet": "198.51.100.0/26", **there}]
    return {"name": "link", "subnets": subnets, **more}


def _option(value: Any, name: str = "domain_name") -> Data:
    return {"options": {name: value}}


CASES = (
    case(
        "lease times below the least",
        {"default_lease_time": 60, "subnets": [HOME]},
        (PLAIN, {"seconds": 300}),
        (Client(OTHER.card, seconds=10), {"seconds": 300}),
    ),
    case(
        "lease times above the greatest",
        {"default_lease_time": 100000, "subnets": [HOME]},
        (PLAIN, {"seconds": 86400}),
        (Client(OTHER.card, seconds=200000), {"seconds": 86400}),
    ),
    case(
        "a least lease time above the greatest",
        {"min_lease_time": 600, "max_lease_time": 100, "subnets": [HOME]},
        (PLAIN, {"seconds": 600}),
    ),
    case(
        "lease times without an end",
        {"default_lease_time": -1, "max_lease_time": -1, "subnets": [HOME]},
        (PLAIN, {"seconds": "until-2038"}),
        (Client(OTHER.card, seconds=600), {"seconds": 600}),
    ),
    case(
        "lease times of a class and of a network",
        {
            "classes": [{**VENDOR, "default_lease_time": 900, "max_lease_time": 1800}],
            "subnets": [{**HOME, "default_lease_time": 600, "max_lease_time": 700}],
        },
        (PLAIN, {"seconds": 600}),
        (ALPHA, {"seconds": 900}),
        (Client(OTHER.card, vendor="alpha", seconds=5000), {"seconds": 1800}),
    ),
    case(
        "a host before pool, subnet and all",
        {
            **_option("all"),
            "hosts": [{**HOST, "address": "192.0.2.2", **_option("host")}],
            "subnets": [{**HOME, **_option("subnet"), "ranges": [], "pools": [{**HOME_POOL, **_option("pool")}]}],
        },
        (PLAIN, {"address": "192.0.2.2", "domain-name": "host"}),
        (OTHER, {"domain-name": "pool"}),
    ),
    case(
        "a class before all",
        {**_option("all"), "classes": [{**VENDOR, **_option("class")}], "subnets": [HOME]},
        (PLAIN, {"domain-name": "all"}),
        (ALPHA, {"domain-name": "class"}),
    ),
    case(
        "the first of two classes",
        {
            "classes": [
                {**VENDOR, **_option("first")},
                {**ANY, "options": {"domain_name": "second", "root_path": "both"}},
            ],
            "subnets": [HOME],
        },
        (ALPHA, {"domain-name": "first", "root-path": "both"}),
    ),
    case(
        "boot files of a subnet and of a class",
        {
            "classes": [{**VENDOR, "parameters": {"filename": "class"}}],
            "subnets": [{**HOME, "parameters": {"filename": "subnet", "next_server": "203.0.113.1"}}],
        },
        (PLAIN, {"file": "subnet", "next": "203.0.113.1"}),
        (ALPHA, {"file": "class", "next": "203.0.113.1"}),
    ),
    case(
        "a host without an address",
        {"hosts": [{**HOST, **_option("host")}], "subnets": [{**HOME, "pools": []}]},
        (PLAIN, {"domain-name": "host"}),
    ),
    case(
        "known by an address elsewhere",
        {
            "hosts": [{**HOST, "address": "198.51.100.2", **_option("host")}],
            "subnets": [
                {"subnet": "192.0.2.0/25", "pools": [{**HOME_POOL, "allow": ["known-clients"]}]},
                {"subnet": "198.51.100.0/26"},
            ],
        },
        (PLAIN, {"address": "192.0.2.8", "domain-name": None}),
        (OTHER, None),
        (Client(CARD, via="198.51.100.1"), {"address": "198.51.100.2", "domain-name": "host"}),
    ),
    case(
        "a deny before an allow",
        {
            "classes": [VENDOR],
            "subnets": [
                {
                    "subnet": "192.0.2.0/25",
                    "pools": [{**HOME_POOL, "allow": ["unknown-clients"], "deny": ['members of "alpha"']}],
                }
            ],
        },
        (PLAIN, {}),
        (ALPHA, None),
    ),
    case(
        "an address in the other subnet of the link",
        {"hosts": [{**HOST, "address": "198.51.100.2"}], "shared_networks": [link()]},
        (PLAIN, {"address": "198.51.100.2", "domain-name": "there"}),
    ),
    case(
        "a pool of the link",
        {"shared_networks": [link(pools=[{"ranges": ["198.51.100.8-198.51.100.15"]}])]},
        (PLAIN, {"address": "198.51.100.8", "domain-name": "there"}),
    ),
    case(
        "the name of a reservation",
        {
            "hosts": [{"name": "h", "hardware": TOLD.card, "address": "192.0.2.2", **_option("printer", "host_name")}],
            "subnets": [HOME],
        },
        (TOLD, {"host-name": "printer"}),
    ),
    case(
        "an address from elsewhere, refused",
        {"authoritative": True, "subnets": [HOME, AWAY]},
        (Client(CARD, address="198.51.100.9", reboots=True), REFUSED),
    ),
    case(
        "an address from elsewhere, ignored",
        {"subnets": [HOME, AWAY]},
        (Client(CARD, address="198.51.100.9", reboots=True), None),
    ),
    case(
        "a client without a place",
        {"subnets": [HOME]},
        (Client(CARD, via="203.0.113.1"), None),
    ),
    case(
        "values of every type",
        {
            "option_definitions": [
                *_DEFINITIONS,
                {"name": "site_record", "code": 228, "type": "{ unsigned integer 8, ip-address }"},
            ],
            "options": {
                "static_routes": "10.0.0.1 192.0.2.1, 10.0.0.2 192.0.2.1",
                "path_mtu_plateau_table": [68, 1500],
                "domain_name": "a,b\\c",
                "root_path": "x, 'y'",
                "vendor_encapsulated_options": "01:02:03:04",
                "slp_directory_agent": "true 192.0.2.1",
                "site_record": "7 192.0.2.1",
                "site_number": -5,
                "unknown_230": "01:02",
                "user_class": "00:ff",
            },
            "subnets": [HOME],
        },
        (Client(CARD, more=((55, bytes([33, 25, 15, 17, 43, 78, 77, 225, 228, 230]).hex()),)), {"root-path": "x, 'y'"}),
    ),
)
