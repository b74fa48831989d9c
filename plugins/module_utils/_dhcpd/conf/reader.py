# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""dhcpd.conf into the declaration: what dhcpd 4.4.3 would make of the statements, and what it would not.

`read_server` takes text. `interpret` takes the tree of statements, which `_variables` also makes from Ansible
variables: whatever a statement means, it means in one place.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.conditionals import conditional
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.includes import Includes
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.check import Checker
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import raw_text, subnet_place
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    DhcpdError,
    Tokens,
    unescaped,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.packets import scope_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    base64,
    data_text,
    ipv4,
    octets,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    Problem,
    Source,
    Statement,
    in_text,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    ALLOW_PARAMETERS,
    BLOCKS,
    EXECUTABLE,
    FLAG,
    HALF_NUMBERS,
    HARDWARE,
    NUMBER,
    PARAMETERS,
    SECONDS,
    SECRETS,
    names_in,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Omapi,
    Pool,
    Range,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    Value,
    canonical,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DENY_BOOTP,
    SIDES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity

# A text of faults alone has millions of them.
MAX_FINDINGS = 20_000

# No message is longer, whatever it quotes.
MAX_SHOWN = 300
_NUMBER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")
_INTEGER = re.compile(r"-?[0-9]+")
_HEX_LIST = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})*")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_OMAPI_PORT = re.compile(r"(?<![\w\"-])omapi-port ([0-9]{1,5});")
_RECORD_MARK = re.compile(r"([{},])")
_PARAMETER_FLAGS = {"true": "true", "on": "true", "false": "false", "off": "false", "ignore": "ignore"}
_NOTHING: dict[str, Value] = {}
# Both spellings of one permit.
_PERMITS = {
    "known clients": "known-clients",
    "unknown clients": "unknown-clients",
}
_PERMIT = re.compile(
    r'(?:un)?known[- ]clients|(?:un)?authenticated clients|all clients|dynamic bootp clients|members of ".*"|after .+'
)


def read_server(name: str, text: str, includes: Mapping[str, str] | None = None, address: str | None = None) -> Server:
    """The server that this dhcpd.conf declares; `includes` holds the text of the files that it includes."""
    with collector_paused():
        source = Source(text)
        statements, problems = parse(source)
        interpreter = Interpreter(name, includes or {}, from_text=True)
        interpreter.text_problems(source, problems)
        server = interpreter.server(statements, address)
    if statements and problems and not interpreter.understood:
        # Some other kind of file: its first fault says it all.
        first = next((problem for problem in problems if problem.slug == "syntax"), problems[0])
        return interpreter.not_a_configuration(first)
    return replace(server, problems=tuple(sorted(server.problems, key=lambda problem: problem.line or 0)))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector: half of the time would go into looking at trees that have no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def unquote(word: str) -> str:
    """A word without the quotes of a string."""
    if word[:1] != '"':
        return word
    word = word[1:-1] if len(word) > 1 and word[-1] == '"' else word[1:]
    return unescaped(word)


def values(words: Sequence[str]) -> Value:
    """The canonical value that words state; commas only separate."""
    return tuple(unquote(word) if word[:1] == '"' else canonical(word) for word in words if word != ",")


@dataclass(eq=False)
class _Block:
    """A block that is being read: where it stands, and what it has gathered so far."""

    kind: str  # "global", "group", "shared network", "subnet", "pool", "reservation", "class"
    where: str
    scope: Scope
    subnet: str | None = None
    network: _Block | None = None  # the shared network around it
    name: str | None = None
    failover: str | None = None  # of a shared network: what later pools inherit
    subnets: list[Subnet] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    permits: set[str] = field(default_factory=set)
    link: list[Pool] = field(default_factory=list)  # the pools of the whole link, in dhcpd's order
    joined: dict[int, Pool] = field(default_factory=dict)  # number of a range -> the pool that dhcpd puts it into


def _printable(text: str) -> str:
    """Text from anywhere as part of a message."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:MAX_SHOWN])
    return text if len(text) < MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


class Interpreter:
    """Reads one server's statements. Nothing is fatal: what cannot be used becomes a finding and is left out."""

    def __init__(self, name: str, includes: Mapping[str, str], from_text: bool) -> None:
        self.name = name
        self.includes = includes
        self.from_text = from_text
        self.problems: list[Finding] = []
        self.repetitions: dict[str, int] = {}  # how often a warning's message came up
        self.understood = 0
        self.halves: list[Half] = []
        self.declared: set[str] = set()  # names of relationships so far
        self.named: set[str] = set()  # relationships that a pool names itself
        self.early: list[tuple[str, str, Statement]] = []  # references to what is not declared so far
        self.inherited: list[tuple[str, str, Statement]] = []  # references that only a shared network makes
        self.subnets: list[Subnet] = []
        self.networks: list[SharedNetwork] = []
        self.reservations: list[Reservation] = []
        self.classes: dict[str, ClientClass] = {}
        self.late_classes: list[tuple[str, str, Statement]] = []  # permits that name what is not declared so far
        self.subclasses: dict[str, set[str]] = {}
        self.members: dict[str, dict[str, Scope]] = {}  # subclasses that state something, without their class
        self.named_groups: dict[str, Scope] = {}
        self.zones: dict[str, Value] = {}
        self.definitions: dict[str, Value] = {}
        self.checker = Checker(self.find)
        self.key_bits: dict[str, int] = {}
        self.omapi_port: tuple[int, int | None] | None = None
        self.omapi_key: str | None = None
        self.permit_sets: dict[frozenset[str], frozenset[str]] = {}
        self.handlers: dict[str, Callable[[Statement, _Block], None]] = {
            "class": self.client_class,
            "failover": self.failover,
            "group": self.group,
            "host": self.host,
            "key": self.key,
            "pool": self.pool,
            "range": self.range,
            "shared-network": self.shared_network,
            "subclass": self.subclass,
            "subnet": self.subnet,
            "user-class": self.subclass,
            "vendor-class": self.subclass,
            "zone": self.zone,
            **dict.fromkeys(_IGNORED, self.ignored),
        }

    # --- findings ---------------------------------------------------------------------------------------------

    def find(
        self,
        slug: str,
        statement: Statement,
        where: str,
        message: str,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        if severity is Severity.WARNING and not where.startswith("relationship"):
            # A template's typing error comes as often as there are subnets.
            self.repetitions[message] = self.repetitions.get(message, 0) + 1
            if self.repetitions[message] > 1:
                return
        source = statement.source
        place = f"{source.label} line {statement.line}" if source.label and statement.line else source.label
        path = ", ".join(part for part in (place, where) if part)
        self.add(slug, severity, path, message, hint, self.line(statement), source.variable)

    def add(
        self,
        slug: str,
        severity: Severity,
        path: str,
        message: str,
        hint: str,
        line: int | None,
        variable: str | None = None,
    ) -> None:
        """A finding that can be shown, whatever the text holds."""
        if len(self.problems) >= MAX_FINDINGS:
            if len(self.problems) > MAX_FINDINGS:
                return
            slug, severity, path, variable = "syntax", Severity.ERROR, "", None
            message, hint = f"There are more than {MAX_FINDINGS:,} findings; the others are left out.", "Correct these."
        path, message, hint = (
            text if text.isprintable() and len(text) <= MAX_SHOWN else _printable(text)
            for text in (path, message, hint)
        )
        variable = variable and _printable(variable)
        self.problems.append(Finding(slug, severity, (self.name,), path, message, hint, line, variable))

    def line(self, statement: Statement) -> int | None:
        """The line in the server's own text."""
        source = statement.source
        return source.line if source.label else statement.line or None

    def invalid(self, statement: Statement, where: str, message: str, hint: str = "") -> None:
        self.find("declaration-invalid", statement, where, message, hint)

    def text_problems(self, source: Source, problems: Iterable[Problem], where: str = "") -> None:
        for problem in problems:
            column = f"column {problem.column}"
            path = f"{source.label} line {problem.line}, {column}" if source.label else column
            path = f"{path}, {where}" if where else path
            line = source.line if source.label else problem.line
            severity = Severity.WARNING if problem.warning else Severity.ERROR
            self.add(problem.slug, severity, path, problem.message, problem.hint, line)

    def not_a_configuration(self, problem: Problem) -> Server:
        self.problems.clear()
        self.add(
            "syntax",
            Severity.ERROR,
            f"column {problem.column}",
            f"This text is no dhcpd.conf: not one statement could be read. {problem.message}",
            "Give the configuration file's own text.",
            problem.line,
        )
        return Server(self.name, Scope(), from_text=True, problems=tuple(self.problems))

    # --- statements of a block --------------------------------------------------------------------------------

    def own(
        self, statements: Iterable[Statement], parent: Scope | None, where: str, taken: frozenset[str]
    ) -> tuple[Scope, list[tuple[str, Statement]]]:
        """A block's own scope, and the other statements: those in `taken` and those with a handler."""
        options: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        conditionals: list[list[str]] = []  # each with its `elsif` and `else`
        others: list[tuple[str, Statement]] = []
        handlers, in_pool = self.handlers, taken is _POOL_STATEMENTS
        for statement in statements:
            keyword = statement.words[0]
            if keyword not in handlers and keyword != "option":
                keyword = keyword.lower()
            if keyword == "option" or keyword in ("supersede", "send", "server-identifier"):
                self.option(statement, keyword, where, options, parameters, in_pool)
                if conditionals:
                    named = ["dhcp-server-identifier"] if keyword == "server-identifier" else statement.words[1:2]
                    _replace(conditionals, "option", named, options)
                    _replace(conditionals, "", [name.lower().removeprefix("server.") for name in named], parameters)
            elif keyword in taken or keyword in handlers:
                others.append((keyword, statement))
            elif keyword in PARAMETERS:
                self.parameter(statement, statement.words, keyword, where, parameters, in_pool)
                if conditionals:
                    _replace(conditionals, "", [keyword], parameters)
            elif keyword in ("allow", "deny", "ignore"):
                self.allow(statement, keyword, parameters)
                if conditionals:
                    name = ALLOW_PARAMETERS.get(" ".join(statement.words[1:]).lower(), "")
                    _replace(conditionals, "", [name], parameters)
            elif keyword in ("authoritative", "not"):
                self.authoritative(statement, parameters)
                behind = sum(block in ("subnet", "shared-network", "group") for block, _statement in others)
                if behind and not where:
                    self.find(
                        "authoritative-late",
                        statement,
                        where,
                        f"`{' '.join(statement.words)}` stands behind {behind:,} "
                        f"{'subnet or group' if behind == 1 else 'subnets and groups'}; dhcpd does not apply it there.",
                        "Move it to the top.",
                        Severity.WARNING,
                    )
            elif keyword in EXECUTABLE:
                self.executable(statement, keyword, conditionals)
            else:
                self.unknown(statement, keyword, parameters, conditionals)
        self.understood += sum(other.children is not None or keyword not in BLOCKS for keyword, other in others)
        blocks = tuple(conditional(" ".join(chain)) for chain in conditionals) if conditionals else ()
        return Scope(options or _NOTHING, parameters or _NOTHING, blocks, parent), others

    def contents(self, others: list[tuple[str, Statement]], block: _Block) -> None:
        handlers = self.handlers
        for keyword, statement in others:
            handlers[keyword](statement, block)

    def option(
        self,
        statement: Statement,
        keyword: str,
        where: str,
        options: dict[str, Value],
        parameters: dict[str, Value],
        in_pool: bool,
    ) -> None:
        words = statement.words
        if keyword == "server-identifier":
            words = ["option", "dhcp-server-identifier", *words[1:]]
        if len(words) < 2 or statement.children is not None:
            return
        self.understood += 1
        name = words[1].lower().removeprefix("dhcp.")
        if len(words) > 5 and words[2].lower() == "code" and words[4] == "=":
            kind = _RECORD_MARK.sub(r" \1 ", " ".join(words[5:]).lower())
            self.definitions[name] = (canonical(words[3]), " ".join(kind.split()))
            return
        if name == "space":
            return
        if name.startswith("server."):
            # Another spelling of the parameter.
            self.parameter(statement, words[1:], name[7:], where, parameters, in_pool)
            return
        if in_pool and name in options:
            self.repeated(statement, f"option {name}", where)
        options[name] = self.value(statement, words[2:])

    def value(self, statement: Statement, words: Sequence[str]) -> Value:
        """A statement's value in one spelling."""
        return self.checker.values.get(id(statement)) or values(words)

    def parameter(
        self,
        statement: Statement,
        words: Sequence[str],
        keyword: str,
        where: str,
        parameters: dict[str, Value],
        in_pool: bool,
    ) -> None:
        self.understood += 1
        if len(words) < 2 or statement.children is not None:
            return
        if keyword == "omapi-port":
            port = self.number(words[1:])
            self.omapi_port = self.omapi_port if port is None else (port, self.line(statement))
            return
        if keyword == "omapi-key":
            self.omapi_key = unquote(words[1])
            return
        if in_pool and keyword in parameters:
            self.repeated(statement, keyword, where)
        if keyword in SECRETS:
            parameters[keyword] = ("(secret)",)
            return
        value = self.checker.values.get(id(statement))
        if value is None and words[1] != "=":
            kind = PARAMETERS.get(keyword)
            if kind in (SECONDS, NUMBER):
                number = -1 if words[1].lower() == "infinite" else self.number(words[1:])
                value = None if number is None else (str(number),)
            elif kind == FLAG:
                flag = _PARAMETER_FLAGS.get(unquote(words[1]).lower())
                value = None if flag is None else (flag,)
            else:
                value = values(words[1:])
        if value is not None:
            parameters[keyword] = value

    @staticmethod
    def number(words: Sequence[str]) -> int | None:
        text = unquote(words[0]) if words else ""
        if not _NUMBER.fullmatch(text) or len(text) > 20:
            return None
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        # As the C library reads it: a leading zero means octal.
        return int(text, 8) if text[0] == "0" and len(text) > 1 and set(text) <= set("01234567") else int(text)

    def allow(self, statement: Statement, keyword: str, parameters: dict[str, Value]) -> None:
        """`allow x;` outside a pool is a parameter."""
        self.understood += 1
        parameter = ALLOW_PARAMETERS.get(" ".join(statement.words[1:]).lower())
        if parameter is not None:
            parameters[parameter] = ({"allow": "true", "deny": "false"}.get(keyword, "ignore"),)

    def authoritative(self, statement: Statement, parameters: dict[str, Value]) -> None:
        self.understood += 1
        words = [word.lower() for word in statement.words]
        stated = {("authoritative",): "true", ("not", "authoritative"): "false"}.get(tuple(words))
        if stated is not None:
            parameters["authoritative"] = (stated,)

    def executable(self, statement: Statement, keyword: str, conditionals: list[list[str]]) -> None:
        self.understood += 1
        text = self.checker.texts.get(id(statement)) or raw_text((statement,))
        port = _OMAPI_PORT.search(text)
        if port is not None:  # it may take effect
            self.omapi_port = (int(port[1]), self.line(statement))
        if keyword in ("elsif", "else") and conditionals:
            conditionals[-1].append(text)
        elif keyword != "log":
            conditionals.append([text])

    def unknown(
        self, statement: Statement, keyword: str, parameters: dict[str, Value], conditionals: list[list[str]]
    ) -> None:
        """It is kept as far as it could mean something."""
        words = statement.words
        text = self.checker.texts.get(id(statement))
        if statement.children is not None:
            if keyword != "{":
                conditionals.append([text or raw_text((statement,))])
        elif text is not None and text.endswith(");"):
            conditionals.append([text])  # a function's call
        elif keyword not in SECRETS:
            parameters[keyword] = values(words[1:])

    def repeated(self, statement: Statement, what: str, where: str, hint: str = "Remove one of them.") -> None:
        self.find(
            "statement-repeated",
            statement,
            where,
            f"`{what}` is stated twice; the last one wins.",
            hint,
            Severity.WARNING,
        )

    def ignored(self, statement: Statement, block: _Block) -> None:
        """Known, and nothing to do with failover (IPv6); or nothing that is read here."""

    def zone(self, statement: Statement, _block: _Block) -> None:
        """Where dynamic DNS goes, and with which key."""
        name = "".join(map(unquote, statement.words[1:])).lower()
        inner = sorted(raw_text([item]).rstrip(";") for item in statement.children or ())
        self.zones[name if name.endswith(".") else f"{name}."] = tuple(inner)

    # --- relationships ----------------------------------------------------------------------------------------

    def failover(self, statement: Statement, block: _Block) -> None:
        """Outside a pool: a half's declaration, or a reference."""
        words = statement.words
        if len(words) < 3 or words[1].lower() != "peer":
            if statement.children is None:
                hint = 'Write `failover peer "NAME"`.'
                self.find("syntax", statement, block.where, "`failover` is not complete; dhcpd rejects it.", hint)
            return
        name = unquote(words[2])
        if len(words) > 3:
            if statement.children is None or words[3].lower() != "state":  # `_dhcpd_check` looks into such a block
                message = f'dhcpd rejects `failover peer "{name}" {words[3]}` here.'
                hint = "It belongs into the lease file." if words[3].lower() == "state" else "Is a semicolon missing?"
                self.find("syntax", statement, block.where, message, hint)
        elif statement.children is not None:
            if block.kind not in ("global", "shared network"):
                self.invalid(
                    statement,
                    block.where,
                    f'The relationship "{name}" is declared in a {block.kind}; dhcpd rejects that.',
                    "Declare it in the global scope.",
                )
            self.half(statement, name)
            if block.kind == "shared network":
                block.failover = name
        elif block.kind == "shared network":
            block.failover = name
            self.refer(statement, block.where, name)
            self.inherited.append((name, block.where, statement))
        else:
            self.find(
                "reference-outside-pool",
                statement,
                block.where,
                f'`failover peer "{name}"` stands outside a pool; dhcpd rejects it, and a range without a pool never '
                "uses failover.",
                "Put it into a `pool { }` together with the range.",
            )

    def refer(self, statement: Statement, where: str, name: str) -> None:
        if name not in self.declared:
            self.early.append((name, where, statement))

    def half(self, statement: Statement, name: str) -> None:
        where = f'relationship "{name}"'
        stated: dict[str, str | int | None] = {}
        seen: set[str] = set()
        for inner in statement.children or ():
            words = [word if word[:1] == '"' else word.lower() for word in inner.words]
            keyword = words[0]
            peer = keyword == "peer" and len(words) > 1
            while words[0] == "peer" and len(words) > 1:
                del words[0]
                keyword = words[0]
            known = "peer " * peer + keyword
            rest = words[1:]
            if keyword == "load":
                known = " ".join(words[:4])
                rest = words[4:]
            stated_value: str | int | None
            if inner.children is not None:
                continue
            if known in SIDES and not rest:
                field_name, known, stated_value = "role", "primary` or `secondary", keyword
            elif known in ("address", "peer address") and len(rest) == 1:
                field_name = known.replace(" ", "_")
                stated_value = canonical(unquote(inner.words[-1]))
            elif known == "hba":
                field_name, stated_value = "hba", _octets(rest)
            elif known == "load balance max seconds":
                field_name, stated_value = "load_balance_max_seconds", _integer(rest)
            elif keyword in HALF_NUMBERS and (not peer or keyword == "port"):
                field_name = "peer_port" if peer else HALF_NUMBERS[keyword]
                stated_value = _integer(rest)
            else:
                # Wrong; or dhcpd reads it into the partner's slot, which the partner itself overwrites.
                continue
            if field_name in seen:
                hint = "Should one of them be `peer port`?" if field_name == "port" else "Remove one of them."
                self.repeated(inner, known, where, hint)
            seen.add(field_name)
            if stated_value is not None:
                stated[field_name] = stated_value
        self.declared.add(name)
        self.halves.append(Half(name=name, line=self.line(statement), **stated))  # type: ignore[arg-type]  # of several types

    # --- networks ---------------------------------------------------------------------------------------------

    def group(self, statement: Statement, block: _Block) -> None:
        if statement.children is None:
            return
        scope, others = self.own(statement.children or (), block.scope, block.where, _NO_STATEMENTS)
        if len(statement.words) == 2:
            self.named_groups[unquote(statement.words[1])] = scope
        # A subnet in a group is a link of its own, even inside a shared network.
        inner = _Block("group", block.where, scope, block.subnet, failover=block.failover)
        self.contents(others, inner)

    def shared_network(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if statement.children is None or len(words) != 2:
            return
        name = unquote(words[1])
        where = f'shared network "{name}"'
        scope, others = self.own(statement.children or (), block.scope, where, _NO_STATEMENTS)
        inner = _Block("shared network", where, scope, name=name)
        inner.network = inner
        self.contents(others, inner)
        self.networks.append(SharedNetwork(name, scope, tuple(inner.subnets), tuple(inner.pools), self.line(statement)))

    def subnet(self, statement: Statement, block: _Block) -> None:
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
                self.find("subnet-invalid", statement, where, message, "Correct one of them.")
                return
            self.find(
                "netmask-invalid",
                statement,
                where,
                f"{words[3]} is not a netmask: the bits of the network do not stand in front. dhcpd takes it, and no "
                "client can use it.",
                "Correct it.",
            )
        scope, others = self.own(statement.children or (), block.scope, where, _NO_STATEMENTS)
        network = block.network
        inner = _Block("subnet", where, scope, where[7:], network, network.name if network else None)
        if network is not None:
            inner.link = network.link
        self.contents(others, inner)
        if first is None or prefix is None:
            return
        pools = inner.pools
        if inner.ranges:
            pools += _bare_pools(inner)
        subnet = Subnet(first, prefix, scope, tuple(pools), inner.name, self.line(statement))
        self.subnets.append(subnet)
        if network is not None:
            network.subnets.append(subnet)

    def pool(self, statement: Statement, block: _Block) -> None:
        if block.kind not in ("subnet", "shared network") or statement.children is None:
            return
        where = f"{block.where}, pool {len(block.pools) + 1}"
        scope, others = self.own(_pool_statements(statement.children), block.scope, where, _POOL_STATEMENTS)
        inner = _Block("pool", where, scope)
        inherited = block.network.failover if block.network else None
        failover, named = inherited, False
        for keyword, other in others:
            if keyword == "range":
                self.range(other, inner)
            elif keyword == "failover":
                name = self.reference(other, where)
                if name is not None:
                    if named:
                        self.repeated(other, "failover peer", where)
                    failover, named = name, True
            elif keyword in ("allow", "deny"):
                self.permit(other, keyword, inner)
            elif keyword == "no":
                failover = None if [word.lower() for word in other.words] == _NO_FAILOVER else failover
            else:
                self.handlers[keyword](other, inner)
        permits = frozenset(inner.permits)
        permits = self.permit_sets.setdefault(permits, permits)
        pool = Pool(
            failover,
            tuple(inner.ranges),
            permits,
            scope,
            block.subnet,
            block.name,
            line=self.line(statement),
        )
        block.pools.append(pool)
        _join_link(block.link, pool)

    def reference(self, statement: Statement, where: str) -> str | None:
        """The relationship that a pool names."""
        words = statement.words
        if len(words) != 3 or words[1].lower() != "peer" or statement.children is not None:
            hint = 'Write `failover peer "NAME";`.'
            self.find("syntax", statement, where, "`failover` is not complete; dhcpd rejects it.", hint)
            return None
        name = unquote(words[2])
        if words[2][:1] != '"' and in_text(statement):
            self.find(
                "syntax", statement, where, f"In a pool dhcpd wants the name {name} in quotes.", f'Write "{name}".'
            )
        self.named.add(name)
        self.refer(statement, where, name)
        return name

    def range(self, statement: Statement, block: _Block) -> None:
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
        block.ranges.append(Range(first, last, bootp, self.line(statement)))

    def permit(self, statement: Statement, keyword: str, pool: _Block) -> None:
        words = statement.words[1:]
        phrase = " ".join(word if word[:1] == '"' else word.lower() for word in words)
        phrase = _PERMITS.get(phrase, phrase)
        if phrase.startswith("members of ") and '"' not in phrase and not in_text(statement):
            phrase = f'members of "{" ".join(words[2:])}"'
        if not _PERMIT.fullmatch(phrase):
            return
        if phrase.startswith("members of "):
            name = unquote(words[-1])
            if name not in self.classes:
                self.late_classes.append((name, pool.where, statement))
        pool.permits.add(f"{keyword} {phrase}")

    # --- reservations, classes, keys --------------------------------------------------------------------------

    def host(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if statement.children is None or len(words) != 2 or block.kind in ("reservation", "class"):
            return
        name = unquote(words[1])
        where = f'reservation "{name}"'
        if any(child.words[0].lower() == "deleted" for child in statement.children):
            self.reservations = [known for known in self.reservations if known.name != name]
            return
        scope, others = self.own(statement.children or (), block.scope, where, _HOST_STATEMENTS)
        hardware = client_id = None
        addresses: list[int] = []
        host_names: list[str] = []
        inner = _Block("reservation", where, scope)
        for keyword, other in others:
            rest = other.words[1:]
            if keyword == "hardware":
                hardware = hardware or _hardware(rest)
            elif keyword == "uid":
                client_id = data_text(rest) or " ".join(values(rest))
            elif keyword == "fixed-address":
                for address in () if addresses or host_names else values(rest):
                    number = parse_address(address)
                    if number is not None:
                        addresses.append(number)
                    elif _NAME.fullmatch(address) and not address.replace(".", "").isdigit():
                        host_names.append(address)
            elif keyword == "group" and other.children is None:
                # A named group takes the place of whatever stands around the host.
                scope = replace(scope, parent=self.named_groups.get(unquote(rest[0]) if rest else "", scope.parent))
            else:
                self.handlers[keyword](other, inner)
        if "dhcp-client-identifier" in scope.options:
            options = dict(scope.options)
            client_id = " ".join(options.pop("dhcp-client-identifier"))
            scope = Scope(options or _NOTHING, scope.parameters, scope.conditionals, scope.parent)
        self.reservations.append(
            Reservation(name, hardware, client_id, tuple(addresses), scope, tuple(host_names), self.line(statement))
        )

    def client_class(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if statement.children is None or len(words) != 2 or block.kind == "class":
            return
        name = unquote(words[1])
        where = f'class "{name}"'
        scope, others = self.own(statement.children or (), block.scope, where, _CLASS_STATEMENTS)
        matches: list[str] = []
        limit: int | None = None
        inner = _Block("class", where, scope)
        for keyword, other in others:
            if keyword in ("match", "spawn"):
                text = self.checker.texts.get(id(other)) or raw_text((other,))
                matches.append(text.removeprefix("match ").rstrip(";"))
            elif keyword == "lease":
                limit = self.number(other.words[2:])
            else:
                self.handlers[keyword](other, inner)
        before = self.classes.get(name)
        if before is not None:  # the same class again adds to it
            matches = [*([before.match] if before.match else []), *matches]
            limit = before.lease_limit if limit is None else limit
            conditionals = [[block.text] for block in before.scope.conditionals]
            for prefix, stated in (("option", scope.options), ("", scope.parameters)):
                _replace(conditionals, prefix, stated, stated)
            scope = Scope(
                {**before.scope.options, **scope.options},
                {**before.scope.parameters, **scope.parameters},
                tuple(conditional(text) for chain in conditionals for text in chain) + scope.conditionals,
                before.scope.parent,
            )
        line = self.line(statement) if before is None else before.line
        self.classes[name] = ClientClass(name, "; ".join(matches) or None, scope, limit, line=line)

    def subclass(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if words[0].lower() != "subclass" or len(words) < 3 or block.kind == "class":
            return  # vendor-class and user-class: dhcpd itself calls them obsolete
        given = not in_text(statement) and not _HEX_LIST.fullmatch(words[2])
        text = member = words[2] if given else data_text(words[2:]) or " ".join(values(words[2:]))
        if statement.children is not None:
            inner = scope_text(self.checker, statement.children)
            text = f"{text} {{ {inner} }}" if inner else f"{text} {{ }}"
        name = unquote(words[1])
        if statement.children:
            where = f'class "{name}"'
            before = self.members.get(name, {}).get(member)  # the same subclass again adds to it
            scope, others = self.own(statement.children, before, where, _CLASS_STATEMENTS)
            self.contents(
                [other for other in others if other[0] not in _CLASS_STATEMENTS], _Block("class", where, scope)
            )
            if scope.options or scope.parameters or scope.conditionals:
                self.members.setdefault(name, {})[member] = scope
        self.subclasses.setdefault(name, set()).add(text)

    def key(self, statement: Statement, _block: _Block) -> None:
        """A key's length is all that is kept of it; nothing here may ever quote its words."""
        words = statement.words
        if len(words) != 2:
            return
        for inner in statement.children or ():
            if inner.words[0].lower() == "secret":
                with suppress(DhcpdError):
                    tokens = Tokens(inner.words)
                    tokens.take()
                    self.key_bits[unquote(words[1]).lower()] = base64(tokens) * 8

    # --- the whole --------------------------------------------------------------------------------------------

    def server(self, statements: Iterable[Statement], address: str | None) -> Server:
        includes = Includes(self.includes, self.find, self.text_problems, self.line)
        tree = includes.expanded(statements)
        self.checker.run(tree)
        scope, others = self.own(tree, None, "", _NO_STATEMENTS)
        block = _Block("global", "", scope)
        self.contents(others, block)
        self.judge_references()
        # The tables of handlers make a cycle, and the collector is paused: without this the whole tree would stay.
        self.checker.root = []
        for name in self.subclasses.keys() & self.classes.keys():
            known = self.classes[name]
            members = {member: _below(scope, known.scope) for member, scope in self.members.get(name, {}).items()}
            self.classes[name] = replace(known, subclasses=frozenset(self.subclasses[name]), members=members)
        omapi = None
        if self.omapi_port is not None:
            port, line = self.omapi_port
            omapi = Omapi(port, self.omapi_key, self.key_bits.get((self.omapi_key or "").lower()), line)
        return Server(
            self.name,
            scope,
            tuple(self.halves),
            tuple(self.subnets),
            tuple(self.networks),
            tuple(self.reservations),
            tuple(self.classes.values()),
            self.definitions,
            omapi,
            address,
            self.from_text,
            tuple(self.counted(problem) for problem in self.problems),
            self.zones,
        )

    def counted(self, problem: Finding) -> Finding:
        """A warning with the number of further places that it stands for."""
        more = self.repetitions.get(problem.message, 1) - 1
        if problem.severity is not Severity.WARNING or not more:
            return problem
        return replace(problem, message=f"{problem.message} The same in {more:,} more place{'s'[: more - 1]}.")

    def judge_references(self) -> None:
        for name, where, statement in self.early:
            if name in self.declared:
                self.find(
                    "relationship-after-pool",
                    statement,
                    where,
                    f'The relationship "{name}" is declared only after this reference; dhcpd rejects that.',
                    "Move its `failover peer` block to the top.",
                )
        for name, where, statement in self.late_classes:
            if name in self.classes:
                self.find(
                    "class-unknown",
                    statement,
                    where,
                    f'The class "{name}" is declared only after this permit; dhcpd rejects that.',
                    "Move the class before the subnets.",
                )
        for name, where, statement in self.inherited:
            if name not in self.named:
                self.find(
                    "reference-outside-pool",
                    statement,
                    where,
                    f'Only a shared network refers to "{name}", which dhcpd does not count: it will not start.',
                    f'Write `failover peer "{name}";` into each pool.',
                )


def _integer(words: Sequence[str]) -> int | None:
    """A number inside a half: dhcpd takes decimal ones only."""
    return int(words[0][:24]) if len(words) == 1 and _INTEGER.fullmatch(words[0]) else None


def _octets(words: Sequence[str]) -> str:
    """Octets in one spelling; whatever else it is, as it stands."""
    try:
        tokens = Tokens(words)
        found = octets(tokens)
    except DhcpdError:
        found = ""
    return found if found and tokens.done else canonical("".join(words))


def _addresses(words: Sequence[str]) -> list[int | None]:
    """Addresses in dhcpd's more generous spelling, with blanks around the dots."""
    try:
        tokens = Tokens(words)
        found = [parse_address(ipv4(tokens))]
        return found if tokens.done else [*found, parse_address(ipv4(tokens))]
    except DhcpdError:
        return []


def _hardware(words: Sequence[str]) -> str | None:
    kind, address = words[0].lower() if words else "", "".join(words[1:])
    known = kind in HARDWARE.values() or kind.startswith("unknown-")
    return f"{kind} {canonical(address.lower())}" if known and _HEX_LIST.fullmatch(address) else None


def _pool_statements(statements: Iterable[Statement]) -> Iterator[Statement]:
    """`no failover peer` is followed by the next statement without a semicolon: dhcpd's own way."""
    for statement in statements:
        words = statement.words
        if len(words) > 3 and [word.lower() for word in words[:3]] == _NO_FAILOVER:
            yield statement._replace(words=words[:3], children=None)
            yield statement._replace(words=words[3:])
        else:
            yield statement


def _replace(conditionals: list[list[str]], prefix: str, names: Iterable[str], stated: Mapping[str, Value]) -> None:
    """What stands behind a conditional block replaces what the block sets: then their order belongs to the effect."""
    known: frozenset[str] = frozenset().union(*(names_in(text) for chain in conditionals for text in chain))
    for name in map(str.lower, names):
        if name in stated and name in known:
            conditionals.append([f"{prefix} {name} {' '.join(stated[name])};".strip()])


def _below(scope: Scope, parent: Scope) -> Scope:
    """The scope with its outermost one in the parent."""
    return replace(scope, parent=parent if scope.parent is None else _below(scope.parent, parent))


# What dhcpd makes of a range that stands in no pool: one of its own.
_ANONYMOUS = Pool(None, (), frozenset({DENY_BOOTP}), Scope(), bare=True)
_ANONYMOUS_BOOTP = Pool(None, (), frozenset({"allow all clients"}), Scope(), bare=True)


def _join_link(link: list[Pool], pool: Pool) -> None:
    """Add a pool, unless dhcpd merges it with one that has the same permits and, like it, no statements."""
    if _states(pool.scope) or not any(map(_like(pool), link)):
        link.append(pool)


def _states(scope: Scope) -> bool:
    """Whether anything is to be run in the scope: `authoritative` is not."""
    return bool(scope.options or scope.conditionals or scope.parameters.keys() - {"authoritative"})


def _like(pool: Pool) -> Callable[[Pool], bool]:
    def like(other: Pool) -> bool:
        return not _states(other.scope) and other.failover == pool.failover and other.permits == pool.permits

    return like


def _joined(link: list[Pool], bootp: bool) -> Pool | None:
    """The pool that a range without one falls into; None: one of its own.

    dhcpd looks for a pool that permits what the range does, and then takes the one before it.
    """
    anonymous = _ANONYMOUS_BOOTP if bootp else _ANONYMOUS
    for index, pool in enumerate(link):
        if pool.permits == anonymous.permits:
            joined = link[max(index - 1, 0)]
            return None if joined.bare else joined
    link.append(anonymous)
    return None


def _bare_pools(subnet: _Block) -> Iterator[Pool]:
    """The ranges that stand directly in a subnet, by the pools that dhcpd puts them into."""
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


_NO_PERMITS: frozenset[str] = frozenset()
_NO_STATEMENTS: frozenset[str] = frozenset()
_NO_FAILOVER = ["no", "failover", "peer"]
_POOL_STATEMENTS = frozenset({"allow", "deny", "failover", "no", "range"})
_HOST_STATEMENTS = frozenset({"fixed-address", "group", "hardware", "uid"})
_CLASS_STATEMENTS = frozenset({"lease", "match", "spawn"})
# Known to dhcpd, and nothing to do with what a client gets: other protocols, its own notes, DNS.
_IGNORED = (
    "%",
    "deleted",
    "dynamic",
    "fixed-address",
    "fixed-address6",
    "fixed-prefix6",
    "hardware",
    "host-identifier",
    "include",
    "interface",
    "lease-id-format",
    "pool6",
    "prefix6",
    "range6",
    "server-duid",
    "static",
    "subnet6",
    "uid",
)
