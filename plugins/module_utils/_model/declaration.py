# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The declaration: everything that one server is to serve, as data.

Ansible variables (`_model.variables`) and a daemon's own text give the same frozen dataclasses. Variables may contain
native text, which only one daemon understands; its dialect reads that text and normalises values. The rules see
declarations that a dialect has read. A part that cannot be understood is left out, and becomes a finding in
`Server.problems`.

Addresses are plain integers in host order, converted by the standard library, because the rules and readers handle
tens of thousands of them.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import HighAvailability, KeaService

# failover_validate, which alone needs it, says what to install; module_utils must import without.
try:
    import netaddr
except ImportError as error:
    NETADDR_ERROR: ImportError | None = error
else:
    NETADDR_ERROR = None

Value = tuple[str, ...]
Statements = Mapping[str, Value]

# A pool's name contains at most this many of its ranges.
MAX_NAMED = 4

_HEX_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_HEX_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+")
_DOTTED_QUAD = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_FLAGS = {"on": "true", "yes": "true", "true": "true", "off": "false", "no": "false", "false": "false"}


def parse_address(text: str) -> int | None:
    """The address as a number, or None. Leading zeros are decimal, as dhcpd reads them (`parse_ip_addr`).

    Numbers, not netaddr's objects, because every address of a text comes along here: to read 10,000 networks takes
    10 ms, and 43 ms with netaddr (tests/bench/addresses.py).
    """
    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")
    except (OSError, ValueError):  # a null byte or a single surrogate raises ValueError
        pass
    if not _DOTTED_QUAD.fullmatch(text):
        return None
    octets = [int(octet) for octet in text.split(".")]
    return int.from_bytes(bytes(octets), "big") if max(octets) <= 255 else None


def format_address(number: int) -> str:
    """The dotted quad of an address that is a number."""
    return f"{number >> 24 & 255}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def netmask(prefix: int) -> int:
    """The netmask of a prefix length, as a number."""
    return 0xFFFFFFFF << (32 - prefix) & 0xFFFFFFFF


_NETMASKS = tuple(format_address(netmask(prefix)) for prefix in range(33))


@lru_cache(maxsize=1024)
def prefix_of(mask: str) -> int | None:
    """The prefix length of a netmask, or None if it is no netmask."""
    number = parse_address(mask)
    if number is None:
        return None
    address = netaddr.IPAddress(number, 4)
    return int(address.netmask_bits()) if address.is_netmask() else None


@lru_cache(maxsize=65536)
def canonical(token: str) -> str:
    """One spelling for equal values: addresses, hexadecimal numbers and octets (MACs), flags."""
    if not token[:1].isalnum():
        return token
    if _DOTTED_QUAD.fullmatch(token):
        number = parse_address(token)
        return token if number is None else format_address(number)
    if _HEX_OCTETS.fullmatch(token):
        return ":".join(f"{int(octet, 16):02x}" for octet in token.split(":"))
    if _HEX_NUMBER.fullmatch(token):
        return str(int(token, 16))
    return _FLAGS.get(token.lower(), token)


class Native(NamedTuple):
    """Text that only one daemon understands, as written in a variable.

    name: the statement whose value it is, with hyphens; empty if the text is complete statements. No text is no value.
    """

    text: str | None
    variable: str
    name: str = ""


class Origin(NamedTuple):
    """The variable from which a scope comes, and the variables of its options by name."""

    variable: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Range:
    """Addresses of a pool, both ends included, as written: `first` may be after `last` (rule range-reversed)."""

    first: int
    last: int
    dynamic_bootp: bool = False
    line: int | None = None

    @property
    def low(self) -> int:
        return self.first if self.first <= self.last else self.last

    @property
    def high(self) -> int:
        return self.last if self.first <= self.last else self.first

    def __str__(self) -> str:
        first = format_address(self.first)
        return first if self.first == self.last else f"{first}-{format_address(self.last)}"


@dataclass(frozen=True)
class Conditional:
    """Statements that a server runs for each packet, as text in its own language. Equal texts have equal effects.

    names: every name in them. sets: what they may set for a client, as "option NAME" or the name of a parameter.
    block: whether they may also leave it unset; false for a single statement. hook: they only log or run programs.
    others: whether they do anything else.
    """

    text: str
    names: frozenset[str] = field(compare=False)
    sets: frozenset[str] = field(compare=False)
    block: bool = field(compare=False)
    hook: bool = field(default=False, compare=False)
    others: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Scope:
    """The own settings of one block (global, group, shared network, subnet, pool, host, class).

    options: option name (with hyphens) -> canonical value. parameters: any other `name value;` statement, lease
    times and `authoritative` ("true"/"false") included. conditionals: statements that run for each packet, in order.
    parent: the scope from which it inherits.

    native: text that no dialect has read so far. Until one does, options hold their values as written in variables, and
    parameters hold only lease times and `authoritative`.
    """

    options: Statements = field(default_factory=dict)
    parameters: Statements = field(default_factory=dict)
    conditionals: tuple[Conditional, ...] = ()
    parent: Scope | None = None
    native: tuple[Native, ...] = ()
    origin: Origin | None = field(default=None, compare=False)

    @property
    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    # Scopes without statements of their own share their parent's mapping, so that comparing two of them is cheap.
    @cached_property
    def effective_options(self) -> Statements:
        """The options in effect here."""
        if self.parent is None or not self.parent.effective_options:
            return self.options
        return {**self.parent.effective_options, **self.options} if self.options else self.parent.effective_options

    @cached_property
    def effective_parameters(self) -> Statements:
        """The parameters in effect here."""
        if self.parent is None or not self.parent.effective_parameters:
            return self.parameters
        inherited = self.parent.effective_parameters
        return {**inherited, **self.parameters} if self.parameters else inherited

    @cached_property
    def effective_conditionals(self) -> tuple[Conditional, ...]:
        """The conditional blocks in effect here, outermost first."""
        return self.conditionals if self.parent is None else self.parent.effective_conditionals + self.conditionals

    def seconds(self, name: str) -> int | None:
        """The lease time in effect here; None if none is set. -1 and 0xffffffff mean infinite (-1)."""
        value = self.effective_parameters.get(name)
        if not value:
            return None
        try:
            number = int(value[0], 0)
        except ValueError:
            return None
        return -1 if number in (-1, 0xFFFFFFFF) else number


@dataclass(frozen=True)
class Half:
    """One server's declaration of a relationship. None means not set. Times are in seconds.

    mode: "hot-standby" (only the primary answers while both run) or "load-balancing". takeover: whether a server serves
    all clients without an operator's word when its partner is lost. ha: the same as Kea states it.
    """

    name: str
    role: str | None = None  # "primary" or "secondary"
    address: str | None = None  # as written: rules judge literals and host names
    port: int | None = None
    peer_address: str | None = None
    peer_port: int | None = None
    mclt: int | None = None
    split: int | None = None
    hba: str | None = None
    max_response_delay: int | None = None
    max_unacked_updates: int | None = None
    load_balance_max_seconds: int | None = None
    auto_partner_down: int | None = None
    max_lease_misbalance: int | None = None
    max_lease_ownership: int | None = None
    min_balance: int | None = None
    max_balance: int | None = None
    mode: str | None = None
    takeover: bool | None = None
    heartbeat: int | None = None
    tls: bool | None = None
    server_name: str | None = None  # of this server and its partner in Kea's text, if not made from the relationship's
    peer_name: str | None = None
    ha: HighAvailability | None = None
    line: int | None = None
    variable: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str:
        return f'relationship "{self.name}"'


@dataclass(frozen=True)
class Pool:
    """Addresses with one set of permits. `bare` marks ranges in a subnet without a pool around them.

    guards: the classes that Kea's text names for it. half: the peer whose clients alone it is for, in load balancing.
    """

    failover: str | None
    ranges: tuple[Range, ...]
    permits: frozenset[str]  # canonical "allow ..." / "deny ..." phrases
    scope: Scope
    subnet: str | None = None  # the subnet around it ("10.0.0.0/24"); None directly in a shared network
    shared_network: str | None = None
    bare: bool = False
    guards: tuple[str, ...] = ()
    half: str | None = None
    line: int | None = None
    variable: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str:
        around = f"subnet {self.subnet}" if self.subnet else f'shared network "{self.shared_network}"'
        what = ", ".join(str(item) for item in self.ranges[:MAX_NAMED]) or "without a range"
        what = f"{what}, ..." if len(self.ranges) > MAX_NAMED else what
        return f"{around}, range {what}" if self.bare else f"{around}, pool {what}"

    @property
    def size(self) -> int:
        """Number of addresses, the sum over all ranges."""
        return sum(item.high - item.low + 1 for item in self.ranges)


@dataclass(frozen=True)
class Subnet:
    """A subnet as declared; `first` keeps host bits that were written (rule subnet-invalid).

    number: the key of its leases in Kea's database. None: not stated, so Kea counts subnets.
    """

    first: int
    prefix: int
    scope: Scope
    pools: tuple[Pool, ...] = ()
    shared_network: str | None = None
    line: int | None = None
    variable: str | None = field(default=None, compare=False)
    number: int | None = None

    @cached_property
    def network(self) -> int:
        return self.first & netmask(self.prefix)

    @cached_property
    def broadcast(self) -> int:
        return self.network | (0xFFFFFFFF >> self.prefix)

    @property
    def netmask(self) -> str:
        return _NETMASKS[self.prefix]

    @property
    def cidr(self) -> str:
        return f"{format_address(self.first)}/{self.prefix}"

    @property
    def path(self) -> str:
        return f"subnet {self.cidr}"


@dataclass(frozen=True)
class SharedNetwork:
    """Subnets on one link, with pools that may span them."""

    name: str
    scope: Scope
    subnets: tuple[Subnet, ...] = ()
    pools: tuple[Pool, ...] = ()
    line: int | None = None
    variable: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str:
        return f'shared network "{self.name}"'


@dataclass(frozen=True)
class Reservation:
    """A host declaration. `hardware` is canonical ("ethernet 52:54:00:c1:fb:9c"); `addresses` are fixed addresses."""

    name: str
    hardware: str | None
    client_id: str | None
    addresses: tuple[int, ...]
    scope: Scope
    host_names: tuple[str, ...] = ()  # names given as fixed-address: not resolved, but compared as text
    line: int | None = None
    variable: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str:
        return f'reservation "{self.name}"'


@dataclass(frozen=True)
class ClientClass:
    """A class: `match` is normalised text; `subclasses` are canonical match values with their own text.

    members: the subclasses with settings of their own, by match value.
    """

    name: str
    match: str | None
    scope: Scope
    lease_limit: int | None = None
    subclasses: frozenset[str] = frozenset()
    members: Mapping[str, Scope] = field(default_factory=dict)
    line: int | None = None
    variable: str | None = field(default=None, compare=False)

    @property
    def path(self) -> str:
        return f'class "{self.name}"'

    @property
    def values(self) -> frozenset[str]:
        """The match values of the subclasses, without their settings."""
        return frozenset(text.partition(" {")[0] if text.endswith("}") else text for text in self.subclasses)


@dataclass(frozen=True)
class Omapi:
    """The OMAPI listener: `key` names the key that protects it, `key_bits` its length where the secret is known."""

    port: int
    key: str | None = None
    key_bits: int | None = None
    line: int | None = None


@dataclass(frozen=True)
class Server:
    """One server and everything that it is to serve.

    daemon: which one serves it. interfaces: the names of those to serve on; empty: not declared.
    """

    name: str
    scope: Scope
    halves: tuple[Half, ...] = ()
    subnets: tuple[Subnet, ...] = ()  # every subnet, including those of shared networks
    shared_networks: tuple[SharedNetwork, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    classes: tuple[ClientClass, ...] = ()
    option_definitions: Statements = field(default_factory=dict)  # name -> (code, type)
    omapi: Omapi | None = None
    address: str | None = None  # the service address, if it is declared
    from_text: bool = False
    problems: tuple[Finding, ...] = ()
    zones: Statements = field(default_factory=dict)  # of dynamic DNS: name with its dot -> normalised statements
    # The variables that define options, by the options' names.
    definition_origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    daemon: str = "dhcpd"
    interfaces: tuple[str, ...] = ()
    kea: KeaService | None = None

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """Every pool: first those of subnets, then those directly in shared networks."""
        return tuple(pool for subnet in self.subnets for pool in subnet.pools) + tuple(
            pool for network in self.shared_networks for pool in network.pools
        )

    @cached_property
    def addresses(self) -> frozenset[int]:
        """The known addresses of the server itself."""
        texts = [self.address, *(half.address for half in self.halves)]
        numbers = (parse_address(text) for text in texts if text)
        return frozenset(number for number in numbers if number is not None)
