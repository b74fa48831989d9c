# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the result of `settings()` for a sample's clients into the message that dhcpd would send.

`settings()` leaves open what only a client's packet decides. This module decides it: which conditions are true, the
values of expressions, the options that the client asked for, and which of several addresses it gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from effect_daemon import ASKED, NEVER, Answer
from effect_samples import NAMED, SERVER, Client, Match, Sample

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import packet
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import unquote, values
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    Source,
    Statement,
    parse,
    split_words,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Reservation,
    Subnet,
    Value,
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    INFINITE,
    TRUE,
    Settings,
    permitted,
    settings,
    would_get,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

# Name of an option -> its code, and how to encode its values.
CODES: Mapping[str, tuple[int, str]] = {
    "subnet-mask": (1, "addresses"),
    "time-offset": (2, "4"),
    "routers": (3, "addresses"),
    "domain-name-servers": (6, "addresses"),
    "host-name": (12, "text"),
    "domain-name": (15, "text"),
    "root-path": (17, "text"),
    "ip-forwarding": (19, "flag"),
    "default-ip-ttl": (23, "1"),
    "interface-mtu": (26, "2"),
    "broadcast-address": (28, "addresses"),
    "nis-domain": (40, "text"),
    "ntp-servers": (42, "addresses"),
    "vendor-encapsulated-options": (43, "hex"),
    "netbios-node-type": (46, "1"),
    "dhcp-server-identifier": (54, "addresses"),
    "dhcp-parameter-request-list": (55, "1"),
    "dhcp-client-identifier": (61, "text"),
    "dhcp-renewal-time": (58, "4"),
    "dhcp-rebinding-time": (59, "4"),
    "tftp-server-name": (66, "text"),
    "bootfile-name": (67, "text"),
    "domain-search": (119, "names"),
    "site-text": (224, "text"),
    "site-number": (225, "4"),
    "site-flag": (226, "flag"),
    "site-addresses": (227, "addresses"),
    "acme.text": (1, "text"),
    "acme.number": (2, "2"),
}
# The options that dhcpd sends whatever the client asks for.
_ALWAYS = (51, 54, 58, 59)


# --- decided by the packet ------------------------------------------------------------------------------------------


def encoded(name: str, value: Value, client: Client) -> bytes | None:
    """An option's value as sent, before compression; None if it has no value."""
    if value[0].startswith("="):
        words = split_words(" ".join(value)[1:])
        return _evaluated([unquote(word) for word in words if word != ","], client)
    kind = CODES[name][1]
    if kind == "text":
        return "".join(value).encode()
    if kind == "hex":
        return bytes.fromhex("".join(value).replace(":", ""))
    if kind == "flag":
        return bytes([value == TRUE])
    if kind == "addresses":
        return b"".join(packet.pack_address(address) for address in value)
    if kind == "names":
        labels = [[*name.split("."), ""] for name in value]
        return b"".join(bytes([len(label)]) + label.encode() for name in labels for label in name)
    size = int(kind)
    return b"".join((int(number, 0) & (256**size - 1)).to_bytes(size, "big") for number in value)


def _compressed(names: bytes) -> bytes:
    """Domain names in which a repeated ending is replaced by a pointer (RFC 1035)."""
    found = b""
    known: dict[bytes, int] = {}
    while names:
        rest, _end, names = names.partition(b"\0")
        while rest and rest not in known:
            known[rest] = len(found)
            found += rest[: 1 + rest[0]]
            rest = rest[1 + rest[0] :]
        found += (0xC000 | known[rest]).to_bytes(2, "big") if rest else b"\0"
    return found


def _data(words: list[str], client: Client) -> bytes | None:
    """The next data expression of a condition, with quoted strings; None if it has no value."""
    word = words.pop(0)
    if word[:1] == '"':
        return unquote(word).encode()
    if word == "option":
        return client.vendor.encode() or None if words.pop(0) == "vendor-class-identifier" else None
    if word == "substring":  # ( hardware , first , length )
        inner = [words.pop(0) for _word in range(7)]
        first, length = int(inner[3]), int(inner[5])
        return bytes([1, *bytes.fromhex(client.card.replace(":", ""))])[first : first + length]
    return bytes.fromhex(word.replace(":", ""))


def _evaluated(words: list[str], client: Client) -> bytes | None:
    """The next data expression of a value, with unquoted words."""
    word = words.pop(0)
    if word == "option":
        words.pop(0)
        return client.vendor.encode() or None
    if word not in ("concat", "pick-first-value"):
        return word.encode()
    words.pop(0)
    found: list[bytes | None] = []
    while words[0] != ")":
        found.append(_evaluated(words, client))
    words.pop(0)
    given = [item for item in found if item is not None]
    if word == "concat":
        return b"".join(given) if len(given) == len(found) else None
    return given[0] if given else None


def _holds(words: list[str], client: Client, known: bool, static: bool) -> bool | None:
    """The next boolean expression of a condition. None means neither true nor false; `not None` is None, too."""

    def one() -> bool | None:
        if words[0] == "(":
            words.pop(0)
            found = _holds(words, client, known, static)
            words.pop(0)
            return found
        if words[0] == "not":
            words.pop(0)
            found = one()
            return None if found is None else not found
        if words[0] in ("known", "static"):
            return known if words.pop(0) == "known" else static
        if words[0] == "exists":
            del words[:2]
            return bool(client.vendor)
        left = _data(words, client)
        operator = words.pop(0)
        if operator == "!":
            operator += words.pop(0)
        return (left == _data(words, client)) == (operator == "=")

    found = one()
    while words and words[0] in ("and", "or"):
        operator = words.pop(0)
        other = one()
        if operator == "and":
            # If the first is false, dhcpd does not evaluate the second, and the result is unknown.
            found = other if found else None
        else:
            found = True if found or other else found if other is None else other
    return found


@dataclass
class State:
    """Options and parameters while statements run."""

    settings: Settings
    client: Client
    known: bool
    options: dict[str, bytes | None] = field(init=False)
    parameters: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        stated = self.settings.stated.items()
        self.options = {name: encoded(name, value, self.client) for name, value in stated if name in CODES}
        self.parameters = dict(self.settings.parameters)
        for block in self.settings.conditionals:
            statements, problems = parse(Source(block.text))
            assert not problems, block
            self.run(statements)

    @property
    def lease_seconds(self) -> int | None:
        """None: the lease never ends."""
        seconds = replace(self.settings, parameters=self.parameters).lease_seconds(self.client.seconds)
        return None if seconds == INFINITE else seconds

    def run(self, statements: Sequence[Statement]) -> bool:
        """False after a `break`."""
        taken = False  # a branch of the `if` that this one belongs to
        for statement in statements:
            words = list(statement.words)
            keyword = words[0].lower()
            inner = statement.children
            if keyword == "break":
                return False
            if keyword == "switch":
                self._switch(inner or (), words)
            elif inner is not None:
                branch = keyword != "if" and taken
                if keyword == "if":
                    taken = False
                condition = words[2 if words[:2] == ["else", "if"] else 1 :]
                if not branch and (
                    not condition or _holds(condition, self.client, self.known, self.settings.pool is None)
                ):
                    taken = True
                    self.run(inner)
            else:
                self._state(keyword, words)
        return True

    def _switch(self, statements: Sequence[Statement], words: list[str]) -> None:
        value = _data(words[2:-1], self.client)
        parts = [part for statement in statements for part in _parts(statement)]
        for wanted in (value, b""):
            if wanted is not None and wanted in parts:
                self.run([part for part in parts[parts.index(wanted) :] if isinstance(part, Statement)])
                return

    def _state(self, keyword: str, words: list[str]) -> None:
        if keyword in ("option", "supersede", "send", "append", "prepend", "default"):
            name, value = words[1], values(words[2:])
            if name.startswith("server."):
                self.parameters[name[7:]] = value
                return
            new = encoded(name, value, self.client)
            if name in self.options and keyword == "default":
                return
            if name in self.options and keyword in ("append", "prepend"):
                old = self.options[name]
                both = [old, new] if keyword == "append" else [new, old]
                new = None if old is None or new is None else b"".join(filter(None, both))
            self.options[name] = new
        elif keyword in ("allow", "deny", "ignore"):
            names = {"booting": "allow-booting", "unknown-clients": "boot-unknown-clients"}
            if words[1] in names:
                self.parameters[names[words[1]]] = TRUE if keyword == "allow" else ("false",)
        else:
            self.parameters[keyword] = values(words[1:])


def _parts(statement: Statement) -> Iterator[bytes | Statement]:
    """A statement of a `switch` after its labels: a case's value, or nothing for the default."""
    words = list(statement.words)
    while words:
        if words[0] == "case":
            yield unquote(words[1]).encode()
            del words[:3]
        elif words[0] == "default:" or words[:2] == ["default", ":"]:
            yield b""
            del words[: 1 if words[0] == "default:" else 2]
        else:
            yield statement._replace(words=words)
            return


# --- the result -----------------------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """Addresses of which a client gets one, the reservation in effect, and whether dhcpd knows the client."""

    addresses: range
    reservation: Reservation | None
    known: bool

    def __str__(self) -> str:
        return f"{format_address(self.addresses[0])}-{format_address(self.addresses[-1])}"


@dataclass
class Judge:
    """One sample, and our reading of it."""

    sample: Sample
    view: View = field(init=False)

    def __post_init__(self) -> None:
        self.view = View(read_server("server", self.sample.text))

    def differences(self, answers: Sequence[Answer | None]) -> list[str]:
        """Every difference between dhcpd's answer and ours."""
        found = [
            f"finding: {problem.path}: {problem.message}"
            for problem in self.view.server.problems
            if problem.severity is Severity.ERROR
        ]
        for number, (client, answer) in enumerate(zip(self.sample.clients, answers, strict=True)):
            found += [f"client {number}: {difference}" for difference in self.compared(client, answer)]
        return found

    def compared(self, client: Client, answer: Answer | None) -> Iterator[str]:
        choices = self.choices(client)
        if answer is None:
            offers = [self.message(client, choice) for choice in choices]
            if offers and None not in offers:
                yield f"is offered nothing; we say: {offers[0] and offers[0]['address']}"
            return
        address = parse_address(answer["address"])
        assert address is not None
        choice = next((choice for choice in choices if address in choice.addresses), None)
        if choice is None:
            yield f"is offered {answer['address']}; we say: {', '.join(map(str, choices)) or 'nothing'}"
            return
        expected = self.message(client, choice._replace(addresses=range(address, address + 1)))
        if expected is None:
            yield f"is offered {answer['address']}; we say: nothing"
            return
        for name in ("address", "next", "server", "file"):
            if answer[name] != expected[name]:
                yield f"{name} is {answer[name]!r}; we say {expected[name]!r}"
        theirs, ours = answer["options"], expected["options"]
        for code in sorted({*theirs, *ours}, key=int):
            if code == "61" and choice.reservation is not None and choice.reservation.client_id:
                continue  # the host's client identifier is also sent as option 61 if it is declared as an option
            if theirs.get(code) != ours.get(code):
                yield f"option {code} is {theirs.get(code)}; we say {ours.get(code)}"

    def link(self, client: Client) -> list[Subnet]:
        """The subnets on the client's wire."""
        via = parse_address(client.via or SERVER)
        assert via is not None
        subnet = self.view.subnet_over(via)
        if subnet is None:
            return []
        network = self.view.link_at.get(subnet.network)
        return [subnet] if network is None else list(network.subnets)

    def choices(self, client: Client) -> list[Choice]:
        """The addresses of which the client should get one, if any."""
        subnets = self.link(client)

        def inside(address: int) -> bool:
            return any(subnet.network <= address <= subnet.broadcast for subnet in subnets)

        by_card = [item for item in self.view.server.reservations if item.hardware == f"ethernet {client.card}"]
        by_identifier = [
            item for item in self.view.server.reservations if client.identifier and item.client_id == client.identifier
        ]
        hosts = by_identifier or by_card
        for host in hosts:
            for address in host.addresses:
                if inside(address):
                    return [Choice(range(address, address + 1), host, True)]
        known = bool(hosts)
        plain = next((item for item in (*by_identifier, *by_card) if not item.addresses), None)
        classes = self.sample.classes(client)
        pools = sorted(
            (pool for pool in self.view.server.pools if any(inside(item.low) for item in pool.ranges)),
            key=lambda pool: pool.line or 0,
        )
        allowed = [pool for pool in pools if permitted(pool, classes, known)]
        wanted = parse_address(client.address) if client.address else None
        if wanted is not None and inside(wanted) and any(_holding(pool, wanted) for pool in allowed):
            return [Choice(range(wanted, wanted + 1), plain, known)]
        # Any address of the first pool, and of the pools that dhcpd merges with it.
        return [
            Choice(range(item.low, item.high + 1), plain, known)
            for pool in allowed
            if pool is allowed[0] or _one(pool, allowed[0])
            for item in pool.ranges
        ]

    def message(self, client: Client, choice: Choice) -> Answer | None:
        """The offer that we expect from dhcpd, with the first of the addresses; None if it makes none."""
        addresses, reservation, known = choice
        address = addresses[0]
        classes = self.sample.classes(client)
        found = settings(self.view, address, classes, known, reservation)
        state = self.state(client, address, classes, known, reservation, found)
        if state is None:
            return None
        parameters = state.parameters
        seconds = state.lease_seconds
        options = {str(CODES[name][0]): value for name, value in state.options.items() if "." not in name and value}
        if "119" in options:
            options["119"] = _compressed(options["119"])
        _renewing(options, seconds)
        acme = b"".join(
            bytes([CODES[name][0], len(value)]) + value
            for name in ("acme.text", "acme.number")
            if (value := state.options.get(name))
        )
        if (
            acme
            and parameters.get("vendor-option-space") == ("acme",)
            and "vendor-encapsulated-options" not in state.options
        ):
            options["43"] = acme
        if parameters.get("echo-client-id") == TRUE and client.identifier:
            options["61"] = client.identifier.encode()
        asked = state.options.get("dhcp-parameter-request-list") or ASKED[client.asks]
        if asked:
            sent = {str(code) for code in (*_ALWAYS, 1, *asked)} | ({"61"} if "61" in options else set())
            options = {code: value for code, value in options.items() if code in sent}
        if len(options.get("54", b"")) != 4:  # invalid addresses are not used
            options["54"] = packet.pack_address(SERVER)
        shown = {code: value.hex() for code, value in options.items()}
        shown["51"] = NEVER if seconds is None else seconds.to_bytes(4, "big").hex()
        return {
            "address": format_address(address),
            "next": "".join(parameters.get("next-server", (packet.NOWHERE,))),
            "server": "".join(parameters.get("server-name", ())),
            "file": "".join(parameters.get("filename", ())),
            "options": shown,
        }

    def state(
        self,
        client: Client,
        address: int,
        classes: Sequence[Match],
        known: bool,
        reservation: Reservation | None,
        found: Settings | None,
    ) -> State | None:
        """Options and parameters after all blocks; None if there is no answer."""
        raw = found
        if raw is None:
            static = reservation is not None and address in reservation.addresses
            subnet = self.view.subnet_over(address)
            assert subnet is not None
            pool: Pool | None = None
            if not static:
                pool = self.view.spans_over(address, address)[0].pool
                if not permitted(pool, classes, known):
                    return None
            raw = would_get(self.view, subnet, pool, address, classes, reservation)
        state = State(raw, client, known)
        if not raw.conditionals:
            if found is None:
                return None
        elif state.parameters.get("allow-booting", TRUE) != TRUE or (
            reservation is None and state.parameters.get("boot-unknown-clients", TRUE) != TRUE
        ):
            return None
        # dhcpd drops a client that has not waited long enough before it looks for its host; here no client has waited.
        before = State(would_get(self.view, raw.subnet, raw.pool, address, classes), client, known)
        if int(before.parameters.get("min-secs", ("0",))[0]) > 0:
            return None
        if state.parameters.get("use-lease-addr-for-default-route") == TRUE:
            state.options.setdefault("routers", packet.pack_address(format_address(address)))
        if reservation is not None and state.parameters.get("use-host-decl-names") == TRUE:
            state.options.setdefault("host-name", reservation.name.encode())
        if state.parameters.get("get-lease-hostnames") == TRUE and format_address(address) in NAMED:
            state.options.setdefault("host-name", NAMED[format_address(address)].encode() + b"\0")
        mask = 0xFFFFFFFF << (32 - raw.subnet.prefix) & 0xFFFFFFFF
        state.options.setdefault("subnet-mask", mask.to_bytes(4, "big"))
        return state


def _holding(pool: Pool, address: int) -> bool:
    return any(item.low <= address <= item.high for item in pool.ranges)


def _one(pool: Pool, other: Pool) -> bool:
    """Whether dhcpd treats these as one pool: the same pool, or both without settings and with equal permits."""
    if pool.scope is other.scope or (pool.bare and other.bare):
        return True

    def plain(pool: Pool) -> bool:
        scope = pool.scope
        return pool.bare or not (scope.options or scope.conditionals or scope.parameters.keys() - {"authoritative"})

    def permits(pool: Pool) -> frozenset[str]:
        if not pool.bare:
            return pool.permits
        return frozenset({"allow all clients" if pool.ranges[0].dynamic_bootp else "deny dynamic bootp clients"})

    return plain(pool) and plain(other) and permits(pool) == permits(other)


def _renewing(options: dict[str, bytes], seconds: int | None) -> None:
    """A client renews before it rebinds, both within the lease; dhcpd omits later times."""
    limit = 0x7FFFFFFF if seconds is None else seconds
    for code in ("59", "58"):
        if code in options:
            time = int.from_bytes(options[code][:4], "big")
            if time >= limit:
                del options[code]
            else:
                limit = time


def facts(answer: Answer | None, wanted: Iterable[str]) -> dict[str, object] | None:
    """These facts of an offer, in readable form; a missing fact is None."""
    if answer is None:
        return None
    return {name: _fact(answer, name) for name in wanted}


def _fact(answer: Answer, name: str) -> object:
    if name in answer:
        return answer[name]
    code, kind = (51, "4") if name == "seconds" else CODES[name]
    text = answer["options"].get(str(code))
    if text is None or text == NEVER:
        return text
    value = bytes.fromhex(text)
    if kind == "text":
        return value.decode()
    if kind == "addresses":
        addresses = [packet.unpack_address(value[at : at + 4]) for at in range(0, len(value), 4)]
        return addresses[0] if name == "subnet-mask" else addresses
    return value.hex(":") if kind == "hex" else int.from_bytes(value, "big")
