# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What each variable of role dhcp_server may hold, and the message for everything else.

`clean` takes any input. Its result has the right shape throughout, so later code need not check types again. Mistakes
report the values that were left out. The same shapes are in the role's meta/argument_specs.yml, for Ansible (a test
compares the two); these also know forms, units and remedies.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    canonical,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DAEMONS,
    MODES,
    SIDES,
    TAKEOVERS,
)

PREFIX = "dhcp_server_"

_MAX_SHOWN = 60
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DIGITS = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_LEADING_ZEROS = re.compile(r"0+([1-9][0-9]{0,18})")
_DURATION = re.compile(r"([0-9]{1,9}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%")
# The names of hosts and keys that dhcpd accepts without quotes (measured).
_WORD = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]*(?:\.[A-Za-z0-9-][A-Za-z0-9_-]*)*")
_HOST_NAME = re.compile(r"(?![0-9.]*\Z)[A-Za-z0-9_.-]+")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_HEX_OCTETS = re.compile(r"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2})*")
_ETHERNET_OCTETS = 6


class Mistake(NamedTuple):
    """Something wrong with a value.

    variable: its full name. place: where that is, in words that rules use, too. message, hint: whole sentences.
    """

    variable: str
    place: str
    message: str
    hint: str


class Place(NamedTuple):
    """The place of a value: the variable's full name, and the place in words."""

    variable: str = ""
    words: str = ""

    def key(self, key: Any) -> Place:
        if not self.variable:
            return Place(f"{PREFIX}{key}", self.words)
        plain = isinstance(key, str) and ((key.isascii() and key.isidentifier()) or _IDENTIFIER.fullmatch(key))
        name = f".{key}" if plain else f"[{shown(key)}]"
        return Place(f"{self.variable}{name}", self.words)

    def item(self, number: int) -> Place:
        return Place(f"{self.variable}[{number}]", self.words)


Mistakes = list[Mistake]


class Item(dict[str, Any]):
    """One mapping of a list, with its place."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def shown(value: Any) -> str:
    """A value in a message."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def one_of(names: Sequence[str], last: str = "or") -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


@dataclass(frozen=True)
class Kind:
    """What a variable may hold. `wanted` completes "... is not"."""

    wanted: str = "a value"

    def clean(self, value: Any, place: Place, mistakes: Mistakes) -> Any:
        """The usable value; None if there is none."""
        return None if value is None else self.read(value, place, mistakes)

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> Any:
        raise NotImplementedError

    def wrong(self, value: Any, place: Place, mistakes: Mistakes, hint: str = "", wanted: str = "") -> None:
        wanted = wanted or self.wanted
        mistakes.append(Mistake(*place, f"{shown(value)} is not {wanted}.", hint or f"Give {wanted}."))


@dataclass(frozen=True)
class Text(Kind):
    """A text. Without quotes YAML turns some texts into something else: 52:54:00 into a number, no into false."""

    wanted: str = "a text"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        if isinstance(value, str):
            return value if value.strip() else None
        if isinstance(value, (Mapping, list, tuple)):
            self.wrong(value, place, mistakes)
        else:
            self.wrong(value, place, mistakes, f"YAML reads it as {_made_of(value)}: put it in quotes.")
        return None


def _made_of(value: Any) -> str:
    return "true or false" if isinstance(value, bool) else "a number" if isinstance(value, (int, float)) else "a date"


@dataclass(frozen=True)
class Name(Text):
    """A name that the file has in quotes, and that dhcpd writes into its lease database without escaping it."""

    wanted: str = "a name"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        text = super().read(value, place, mistakes)
        if text is None or (text.isprintable() and '"' not in text and "\\" not in text):
            return text
        wanted = f"{self.wanted} without quotation marks, backslashes and line breaks"
        self.wrong(
            value, place, mistakes, "dhcpd would damage its lease database with it. Choose another name.", wanted
        )
        return None


@dataclass(frozen=True)
class Word(Text):
    """A name that the file has without quotes."""

    wanted: str = "a name of letters, digits, hyphens, underscores and dots"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        text = super().read(value, place, mistakes)
        if text is None or _WORD.fullmatch(text):
            return text
        self.wrong(
            value, place, mistakes, f"dhcpd accepts no other characters. Write, for instance, {shown(_as_word(text))}."
        )
        return None


def _as_word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-") or "name"


@dataclass(frozen=True)
class Number(Kind):
    """A whole number. The rules judge its size, because they know what dhcpd makes of it."""

    wanted: str = "a whole number"
    low: int | None = None
    high: int | None = None
    suggest: Callable[[Any], str] | None = None

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> int | None:
        number = self._number(value)
        if number is None or not self._within(number):
            self.wrong(value, place, mistakes, _without_zeros(value) or (self.suggest(value) if self.suggest else ""))
            return None
        return number

    @staticmethod
    def _number(value: Any) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            return int(value)
        return None

    def _within(self, number: int) -> bool:
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


@dataclass(frozen=True)
class Real(Kind):
    """A number, with or without decimals."""

    wanted: str = "a number"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> float | None:
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
        self.wrong(value, place, mistakes)
        return None


def _without_zeros(value: Any) -> str:
    """The number without leading zeros: dhcpd reads some numbers that have them as octal."""
    found = _LEADING_ZEROS.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"Write {found[1]}." if found else ""


def _seconds(value: Any) -> str:
    """A hint that has the duration in seconds, for one that is written with a unit."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"Write {int(found[1]) * _SECONDS[found[2][0].lower()]}." if found else ""


def _share(value: Any) -> str:
    """A hint that has the share of the clients in 256 parts."""
    percent = _percent_of(value)
    if percent is None or not 0 <= percent <= 100:
        return "Write 128 for half of the clients, 256 for all."
    return f"Write {round(percent * 2.56)}, which is {percent:g} %."


def _percent(value: Any) -> str:
    percent = _percent_of(value)
    return "" if percent is None else f"Write {round(percent)}."


def _percent_of(value: Any) -> float | None:
    if isinstance(value, float):
        return value * 100 if math.isfinite(value) else None
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) if found else None


@dataclass(frozen=True)
class Flag(Kind):
    """True or false, also as text, because `-e NAME=VALUE` always gives text."""

    wanted: str = "true or false"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> bool | None:
        if isinstance(value, bool):
            return value
        flag = canonical(value.strip()) if isinstance(value, str) else str(value)
        if flag in ("true", "false", "1", "0"):
            return flag in ("true", "1")
        self.wrong(value, place, mistakes)
        return None


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few words."""

    choices: tuple[str, ...] = ()
    other: str = ""  # what to write for none of them

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        if value in self.choices:
            return str(value)
        if isinstance(value, str) and not value.strip():
            return None
        close = get_close_matches(str(value).lower(), self.choices, n=1) if isinstance(value, str) else []
        if value is False and "none" in self.choices:
            close = ["none"]
        hint = f"Did you mean {shown(close[0])}?" if close else self.other or f"Write {one_of(self.choices)}."
        self.wrong(value, place, mistakes, hint, one_of(self.choices))
        return None


@dataclass(frozen=True)
class Address(Text):
    """An IPv4 address, or if `named` a host name. The rules judge whether the address makes sense."""

    wanted: str = "an IPv4 address"
    named: bool = False
    prefix: bool = False

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        text = super().read(value, place, mistakes)
        if text is None:
            return None
        text = text.strip()
        address, slash, length = text.partition("/")
        valid = parse_address(address) is not None
        if valid and (_is_prefix(length) if self.prefix else not slash):
            return text
        if self.named and not slash and _HOST_NAME.fullmatch(text):
            return text
        self.wrong(value, place, mistakes, self._hint(address, valid))
        return None

    def _hint(self, address: str, valid: bool) -> str:
        if ":" in address:
            return f"Failover is for IPv4 only. Give {self.wanted}."
        if not valid:
            return ""
        return (
            f"Write {shown(f'{address}/24')}, with the prefix length of your network."
            if self.prefix
            else (f"Write {shown(address)}, without a prefix length.")
        )


def _for_ipv4(text: str, hint: str) -> str:
    """The remedy for what is no IPv4 address; IPv6 needs another sentence before it."""
    return f"Failover is for IPv4 only. {hint}" if ":" in text else hint


def _is_prefix(length: str) -> bool:
    digits = length.isascii() and length.isdigit() and len(length) <= 2
    return int(length) <= 32 if digits else prefix_of(length) is not None


@dataclass(frozen=True)
class SubnetAddress(Text):
    """A subnet with its prefix length or its mask."""

    wanted: str = "an IPv4 subnet with its prefix length"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        text = super().read(value, place, mistakes)
        if text is None:
            return None
        address, _slash, length = text.strip().partition("/")
        if parse_address(address) is not None and _is_prefix(length):
            return text.strip()
        hint = 'Write ADDRESS/PREFIX, for instance "10.0.0.0/24".'
        self.wrong(value, place, mistakes, _for_ipv4(text, hint))
        return None


@dataclass(frozen=True)
class RangeText(Text):
    """One address, or two with a hyphen or a blank between them."""

    wanted: str = "a range of IPv4 addresses"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        text = super().read(value, place, mistakes)
        if text is None:
            return None
        ends = text.replace("-", " ").split()
        if len(ends) in (1, 2) and all(parse_address(end) is not None for end in ends):
            return " ".join(ends)
        hint = 'Write "FIRST-LAST" with two whole addresses, or one address.'
        self.wrong(value, place, mistakes, _for_ipv4(text, hint))
        return None


@dataclass(frozen=True)
class Hardware(Text):
    """A hardware address. For other notations of an Ethernet address the hint has the one that dhcpd accepts."""

    wanted: str = "a hardware address of 6 octets with colons"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool):
            self.wrong(value, place, mistakes, _unquoted(value, _ETHERNET_OCTETS))
            return None
        text = super().read(value, place, mistakes)
        if text is None:
            return None
        kind, _blank, octets = text.strip().rpartition(" ")
        if kind and kind != "ethernet":
            return text.strip()  # of whatever length
        if _HEX_OCTETS.fullmatch(octets) and octets.count(":") == _ETHERNET_OCTETS - 1:
            return text.strip()
        self.wrong(value, place, mistakes, _colons(octets))
        return None


def _colons(text: str) -> str:
    """A hint that has the address in the notation that dhcpd accepts."""
    parts = re.split(r"[:.-]", text)
    digits = "".join(parts if len(parts) != _ETHERNET_OCTETS else (part.zfill(2) for part in parts))
    if len(digits) != 2 * _ETHERNET_OCTETS or not _HEX.fullmatch(digits):
        return 'Write, for instance, "52:54:00:12:34:56".'
    return f"Write {shown(':'.join(re.findall('..', digits)))}."


def _unquoted(number: int, length: int) -> str:
    """A hint about numbers below 60 with colons between them, which YAML reads as one number to the base 60."""
    parts: list[str] = []
    while number > 0:
        number, part = divmod(number, 60)
        parts.insert(0, f"{part:02}")
    read = "YAML has read it as a number to the base of 60: put it in quotes"
    return f"{read}, {shown(':'.join(parts))}." if len(parts) == length else f"{read}."


@dataclass(frozen=True)
class Many(Kind):
    """A list of values of one kind. A single value counts as a list of one."""

    of: Kind = field(default_factory=Kind)
    wanted: str = "a list"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> list[Any] | None:
        if isinstance(value, Mapping):
            self.wrong(value, place, mistakes)
            return None
        if not isinstance(value, (list, tuple)):
            alone = self.of.clean(value, place, mistakes)
            return None if alone is None else [alone]
        found = (self.of.clean(item, place.item(number), mistakes) for number, item in enumerate(value))
        return [item for item in found if item is not None]


@dataclass(frozen=True)
class Options(Kind):
    """Values by name, each of them one value or a list of values."""

    wanted: str = "a mapping of names to values"

    def read(self, value: Any, place: Place, mistakes: Mistakes) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            if value not in ("", [], ()):  # nothing, said otherwise
                self.wrong(value, place, mistakes)
            return None
        found: dict[str, Any] = {}
        for name, item in value.items():
            here = place.key(name)
            if not str(name).strip():
                mistakes.append(Mistake(*here, "The name is empty.", "Give the name, or remove the value."))
            elif self._stated(item, here, mistakes):
                found[str(name)] = item
        return found

    def _stated(self, value: Any, place: Place, mistakes: Mistakes, depth: int = 0) -> bool:
        if value is None or isinstance(value, (bool, int, str)):
            return True
        if isinstance(value, float):
            if math.isfinite(value):
                return True
        elif isinstance(value, (list, tuple)) and depth < 3:
            return all(self._stated(item, place.item(number), mistakes, depth + 1) for number, item in enumerate(value))
        self.wrong(value, place, mistakes, "Give one value, or a list of values.", "one value")
        return False


@dataclass(frozen=True)
class Fields(Kind):
    """A mapping whose keys are all known.

    label: the place of such a mapping in words; `named_by` is the key whose value is part of it. example: how it looks.
    """

    fields: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    label: str = ""
    named_by: str = ""
    example: str = ""
    wanted: str = "a mapping"

    def read(self, value: Any, place: Place, mistakes: Mistakes, number: int = 0) -> Item | None:
        if not isinstance(value, Mapping):
            self.wrong(value, place, mistakes, f"Write {self.example}." if self.example else "")
            return None
        place = Place(place.variable, self._words(value, place.words, number))
        complete = True
        for name in self.required:
            if value.get(name) is None or value[name] == "":
                complete = False
                mistakes.append(Mistake(*place, f"`{name}` is missing.", f"Give {self.fields[name].wanted}."))
        found = Item(place)
        for key, item in value.items():
            kind = self.fields.get(key)
            if kind is None:
                mistakes.append(unknown(place.key(key), key, item, self.fields))
                continue
            cleaned = kind.clean(item, place.key(key), mistakes)
            if cleaned is not None:
                found[key] = cleaned
            elif key in self.required:
                complete = False
        return found if complete else None

    def _words(self, value: Mapping[str, Any], around: str, number: int) -> str:
        name = value.get(self.named_by) if self.named_by else ""
        if not self.label or not isinstance(name, str) or bool(self.named_by) != bool(name.strip()):
            return around
        return self.label.format(around=around, name=name.strip(), number=number)


def unknown(place: Place, key: Any, value: Any, known: Mapping[str, Any]) -> Mistake:
    """The mistake of a key that has no meaning here."""
    close = get_close_matches(str(key).replace("-", "_"), known, n=1)
    hint = f"Did you mean `{close[0]}`?" if close else f"The known keys are {', '.join(sorted(known))}."
    return Mistake(*place, f"The key `{key}` (value {shown(value)}) has no meaning here.", hint)


@dataclass(frozen=True)
class Items(Kind):
    """A list of mappings. A mapping in place of a list is a mistake, and read as a list of one."""

    of: Fields = field(default_factory=Fields)
    wanted: str = "a list of mappings"

    def read(self, value: Any, place: Place, mistakes: Mistakes, positions: Sequence[int] = ()) -> list[Item]:
        """positions: the items' positions in the variable, if some items are left out here."""
        return list(self._items(value, place, mistakes, positions))

    def _items(self, value: Any, place: Place, mistakes: Mistakes, positions: Sequence[int]) -> Iterator[Item]:
        if isinstance(value, Mapping):
            if not value:
                return
            self.wrong(value, place, mistakes, "Put `- ` before its first line, to make it a list of one.")
            value = [value]
        elif isinstance(value, str) and not value.strip():
            return
        elif not isinstance(value, (list, tuple)):
            self.wrong(value, place, mistakes, f"Write [{self.of.example}]." if self.of.example else "")
            return
        for number, item in enumerate(value):
            position = positions[number] if number < len(positions) else number
            cleaned = self.of.read(item, place.item(position), mistakes, number + 1)
            if cleaned is not None:
                yield cleaned


SECONDS = Number("a whole number of seconds", suggest=_seconds)
LEASE_TIME = Number("a whole number of seconds, or -1 for ever", suggest=_seconds)
PORT = Number("a TCP port, a number from 1 to 65535")
_NUMBER = Number()
_PERCENT_NUMBER = Number("a whole number of percent, without the sign", suggest=_percent)

_SETTINGS: Mapping[str, Kind] = {
    "options": Options(),
    "parameters": Options(),
    "default_lease_time": LEASE_TIME,
    "max_lease_time": LEASE_TIME,
    "min_lease_time": LEASE_TIME,
    "extra": Text("text of a dhcpd.conf"),
}
_PERMIT = Many(of=Text('a permit, such as "unknown-clients"'))
_POOL = Fields(
    fields={
        **_SETTINGS,
        "failover": Name("the name of a relationship"),
        "ranges": Many(of=RangeText()),
        "allow": _PERMIT,
        "deny": _PERMIT,
        "deny_bootp": Flag(),
    },
    label="{around}, pool {number}",  # as the readers count
    example='{failover: NAME, ranges: ["FIRST-LAST"]}',
)
_SUBNET = Fields(
    fields={
        **_SETTINGS,
        "subnet": SubnetAddress(),
        "id": Number("the number of a subnet, from 1 to 4294967294", 1, 0xFFFFFFFE),
        "authoritative": Flag(),
        "ranges": Many(of=RangeText()),
        "pools": Items(of=_POOL),
    },
    required=("subnet",),
    label="subnet {name}",
    named_by="subnet",
    example='{subnet: "10.0.0.0/24"}',
)
_SHARED_NETWORK = Fields(
    fields={
        **_SETTINGS,
        "name": Name(),
        "authoritative": Flag(),
        "subnets": Items(of=_SUBNET),
        "pools": Items(of=_POOL),
    },
    required=("name",),
    label='shared network "{name}"',
    named_by="name",
    example="{name: NAME, subnets: [...]}",
)
_HOST = Fields(
    fields={
        **_SETTINGS,
        "name": Word(),
        "hardware": Hardware(),
        "client_id": Text("a client identifier, a text or octets in hexadecimal with colons"),
        "address": Address(named=True),
        "addresses": Many(of=Address(named=True)),
    },
    required=("name",),
    label='reservation "{name}"',
    named_by="name",
    example='{name: NAME, hardware: "52:54:00:12:34:56", address: ADDRESS}',
)
_CLASS = Fields(
    fields={
        **_SETTINGS,
        "name": Name(),
        "match": Text("an expression"),
        "lease_limit": Number("a whole number of leases"),
        "subclasses": Many(of=Text("a value of the match expression")),
    },
    required=("name",),
    label='class "{name}"',
    named_by="name",
    example="{name: NAME, match: EXPRESSION}",
)
_OPTION_DEFINITION = Fields(
    fields={
        "name": Word("the name of an option, of letters, digits, hyphens and underscores"),
        "code": Number("an option's number, from 1 to 254", 1, 254),
        "type": Text("a type of dhcp-options(5)"),
    },
    required=("name", "code", "type"),
    label='option definition "{name}"',
    named_by="name",
    example="{name: NAME, code: NUMBER, type: TYPE}",
)
_INTERFACE = Fields(
    fields={
        "name": Text("the name of an interface"),
        "address": Address("an IPv4 address with its prefix length", prefix=True),
    },
    required=("name",),
    example='{name: ens9, address: "172.16.1.100/24"}',
)
# What both forms of a relationship may state.
_HALF_SETTINGS: Mapping[str, Kind] = {
    "mclt": SECONDS,
    "split": Number("a whole number from 0 to 256, the primary's share of the clients", suggest=_share),
    "hba": Text("32 octets in hexadecimal, with colons"),
    "max_response_delay": SECONDS,
    "max_unacked_updates": Number("a whole number of updates"),
    "load_balance_max_seconds": SECONDS,
    "auto_partner_down": SECONDS,
    "max_lease_misbalance": _PERCENT_NUMBER,
    "max_lease_ownership": _PERCENT_NUMBER,
    "min_balance": SECONDS,
    "max_balance": SECONDS,
    "mode": Choice(choices=MODES),
    "takeover": Choice(choices=TAKEOVERS),
    "heartbeat": SECONDS,
    "ha_port": PORT,
    "tls": Flag(),
}
_PEER_NAME = Name("the name of a server")
_HALF: Mapping[str, Kind] = {
    "name": Name("the name of a relationship"),
    "role": Choice(choices=SIDES),
    "address": Address(named=True),
    "port": PORT,
    "peer_address": Address(named=True),
    "peer_port": PORT,
    "server_name": _PEER_NAME,
    "peer_name": _PEER_NAME,
    **_HALF_SETTINGS,
}
_ENDS: Mapping[str, Kind] = {
    "primary": Text("the inventory name of a host"),
    "secondary": Text("the inventory name of a host"),
    "primary_address": Address(named=True),
    "secondary_address": Address(named=True),
    "primary_port": PORT,
    "secondary_port": PORT,
    "primary_name": _PEER_NAME,
    "secondary_name": _PEER_NAME,
}

# As the inventory has them: whole relationships, and halves by hand.
RELATIONSHIPS = Items(
    of=Fields(
        fields={**_HALF, **_ENDS},
        required=("name",),
        label='relationship "{name}"',
        named_by="name",
        example="{name: NAME, primary: HOST, secondary: HOST, mclt: SECONDS, split: 128}",
    )
)
INTERFACES = Items(of=_INTERFACE)
ADDRESS = Address(named=True)
FIREWALL = Choice(
    choices=("nftables", "firewalld", "none"),
    other="Write none for a firewall that the role does not know, and open the ports yourself.",
)
PROVIDER = Choice(
    choices=("auto", "systemd-networkd", "networkmanager", "ifupdown", "none"),
    other="Write none where something that the role does not know gives the interfaces their addresses.",
)

# The halves of one server that are derived from these.
HALVES = Items(
    of=Fields(
        fields=_HALF,
        required=("name",),
        label='relationship "{name}"',
        named_by="name",
        example="{name: NAME, role: primary, address: ADDRESS, peer_address: ADDRESS}",
    )
)

# Every variable of the role without its prefix.
SERVER: Mapping[str, Kind] = {
    **_SETTINGS,
    "daemon": Choice(choices=DAEMONS),
    "interfaces": INTERFACES,
    "address": ADDRESS,
    "interface_provider": PROVIDER,
    "failover": HALVES,
    "subnets": Items(of=_SUBNET),
    "shared_networks": Items(of=_SHARED_NETWORK),
    "hosts": Items(of=_HOST),
    "classes": Items(of=_CLASS),
    "option_definitions": Items(of=_OPTION_DEFINITION),
    "authoritative": Flag(),
    "firewall": FIREWALL,
    "firewall_zone": Text("the name of a zone"),
    "omapi": Flag(),
    "omapi_port": Number("a TCP port, a number from 1 to 65535", 1, 65535),
    "omapi_key_name": Word(),
    "validate_ignore": Many(of=Text("the slug of a rule")),
    "validate_strict": Flag(),
    "lose_leases": Flag(),
    "ca_folder": Text("a folder on the controller"),
}
