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

import binascii
import gc
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_text import (
    MAX_DEPTH,
    MAX_INCLUDE_DEPTH,
    MAX_INCLUDES,
    NO_TEXT,
    Problem,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_words import (
    ALLOW_PARAMETERS,
    BLOCKS,
    CONDITIONAL,
    EXECUTABLE,
    FLAG,
    HALF_NUMBERS,
    HALF_STATEMENTS,
    NUMBER,
    OPTIONS,
    PARAMETERS,
    SECONDS,
    SECRETS,
    STATEMENTS,
    STRUCTURE,
    names_in,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._findings import Finding, Severity

# Characters that come from including the same files again and again.
MAX_REPEATED = 1 << 22

# A text of faults alone has millions of them.
MAX_FINDINGS = 20_000

# No message is longer, whatever it quotes.
MAX_SHOWN = 300
_NUMBER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")
_INTEGER = re.compile(r"-?[0-9]+")
_HEX_LIST = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})*")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_OPTION_NAME = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)?")
_RECORD_MARK = re.compile(r"([{},])")
_ESCAPED = re.compile(r'\\(["\\])')
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
_HARDWARE = {"ethernet", "token-ring", "fddi", "infiniband"}


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
    return _ESCAPED.sub(r"\1", word) if "\\" in word else word


def values(words: Sequence[str]) -> Value:
    """The canonical value that words state; commas only separate."""
    if len(words) == 1:
        word = words[0]
        return (canonical(unquote(word) if word[:1] == '"' else word),)
    return tuple(canonical(unquote(word)) for word in words if word != ",")


def normalised(statements: Iterable[Statement]) -> str:
    """Statements as one line of text, the same for every spelling that means the same."""
    texts: list[str] = []
    for statement in statements:
        words = statement.words
        if words[0].lower() in SECRETS:
            words = words[:1]
        text = " ".join([words[0].lower(), *(word if word[:1] == '"' else canonical(word) for word in words[1:])])
        inner = statement.children
        texts.append(f"{text};" if inner is None else f"{text} {{ {normalised(inner)} }}" if inner else f"{text} {{ }}")
    return " ".join(texts)


@lru_cache(maxsize=1024)
def meant(word: str, known: Collection[str]) -> str:
    """A hint that names what somebody probably meant."""
    close = get_close_matches(word[:64].lower(), known, n=1, cutoff=0.7)
    return f"Did you mean `{close[0]}`?" if close else ""


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
    depth: int = 0


def _printable(text: str) -> str:
    """Text from anywhere as part of a message."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:MAX_SHOWN])
    return text if len(text) < MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _in_text(statement: Statement) -> bool:
    """Whether somebody wrote this as a statement; others are made from variables."""
    return statement.source is not NO_TEXT and statement.source.variable is None


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
        self.used_options: dict[str, tuple[str, Statement]] = {}
        self.key_bits: dict[str, int] = {}
        self.omapi_port: tuple[int, int | None] | None = None
        self.omapi_key: str | None = None
        self.parsed: dict[str, list[Statement]] = {}
        self.included: list[str] = []  # the chain of files that is being read
        self.inclusions = 0
        self.repeated_text = 0
        self.permit_sets: dict[frozenset[str], frozenset[str]] = {}
        self.handlers: dict[str, Callable[[Statement, _Block], None]] = {
            "class": self.client_class,
            "dynamic": self.written_by_dhcpd,
            "deleted": self.written_by_dhcpd,
            "failover": self.failover,
            "fixed-address": self.out_of_place,
            "group": self.group,
            "hardware": self.out_of_place,
            "host": self.host,
            "host-identifier": self.ignored,
            "interface": self.interface,
            "key": self.key,
            "pool": self.pool,
            "range": self.range,
            "shared-network": self.shared_network,
            "subclass": self.subclass,
            "subnet": self.subnet,
            "uid": self.out_of_place,
            "user-class": self.subclass,
            "vendor-class": self.subclass,
            "zone": self.zone,
            **dict.fromkeys(
                ("%", "fixed-address6", "fixed-prefix6", "pool6", "prefix6", "range6", "subnet6"),
                self.ignored,
            ),
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

    def meant(self, word: str, known: tuple[str, ...] | frozenset[str]) -> str:
        """A hint that names what somebody probably meant, as long as there are findings to go with it."""
        return meant(word, known) if len(self.problems) < MAX_FINDINGS else ""

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
            self.add(problem.slug, Severity.ERROR, path, problem.message, problem.hint, line)

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

    @staticmethod
    def spelled(statement: Statement, keyword: str) -> str:
        """A statement's name as its author wrote it: variables have underscores."""
        return f"`{keyword}`" if _in_text(statement) else f"`{keyword.replace('-', '_').replace(' ', '_')}`"

    # --- statements of a block --------------------------------------------------------------------------------

    def expanded(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """The statements with those of included files in their places."""
        for statement in statements:
            if statement.words[0].lower() == "include" and statement.children is None:
                yield from self.include(statement)
            else:
                yield statement

    def include(self, statement: Statement) -> Iterator[Statement]:
        self.understood += 1
        name = unquote(statement.words[1]) if len(statement.words) == 2 else ""
        if not name or statement.words[1][:1] != '"':
            self.find("syntax", statement, "", "`include` takes one file name in quotes.", "Quote the file name.")
            return
        text = self.includes.get(name)
        if text is None:
            self.find(
                "include-missing",
                statement,
                "",
                f'The included file "{name}" was not given, so what it would add is not checked.',
                f'Give its text in `includes`, under "{name}".',
                Severity.WARNING,
            )
            return
        self.inclusions += 1
        if self.inclusions > MAX_INCLUDES:
            if self.inclusions == MAX_INCLUDES + 1:
                self.find("syntax", statement, "", f"There are more than {MAX_INCLUDES} includes.", "Use fewer.")
            return
        if name in self.included:
            self.find("syntax", statement, "", f'The file "{name}" includes itself.', "Remove this include.")
            return
        if len(self.included) >= MAX_INCLUDE_DEPTH:
            self.inclusions = MAX_INCLUDES + 1  # once is enough
            self.find("syntax", statement, "", f"Includes are nested more than {MAX_INCLUDE_DEPTH} deep.", "Use fewer.")
            return
        self.repeated_text += len(text) if name in self.parsed else 0
        if self.repeated_text > MAX_REPEATED:
            self.inclusions = MAX_INCLUDES + 1
            self.find("syntax", statement, "", f'Files like "{name}" are included again and again.', "Use fewer.")
            return
        if name not in self.parsed:
            source = Source(text, f'file "{name}"', self.line(statement))
            self.parsed[name], problems = parse(source)
            self.text_problems(source, problems)
        self.included.append(name)
        yield from self.expanded(self.parsed[name])
        self.included.pop()

    def own(
        self, statements: Iterable[Statement], parent: Scope | None, where: str, taken: frozenset[str]
    ) -> tuple[Scope, list[tuple[str, Statement]]]:
        """A block's own scope, and the other statements: those in `taken` and those with a handler."""
        options: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        conditionals: list[list[str]] = []  # each with its `elsif` and `else`
        others: list[tuple[str, Statement]] = []
        handlers, in_pool = self.handlers, taken is _POOL_STATEMENTS
        for statement in self.expanded(statements):
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
                self.parameter(statement, keyword, where, parameters, in_pool)
                if conditionals:
                    _replace(conditionals, "", [keyword], parameters)
            elif keyword in ("allow", "deny", "ignore"):
                self.allow(statement, keyword, where, parameters)
                if conditionals:
                    name = ALLOW_PARAMETERS.get(" ".join(statement.words[1:]).lower(), "")
                    _replace(conditionals, "", [name], parameters)
            elif keyword in ("authoritative", "not"):
                self.authoritative(statement, where, parameters)
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
                self.executable(statement, keyword, where, conditionals)
            else:
                self.unknown(statement, keyword, where, parameters, conditionals)
        self.understood += sum(other.children is not None or keyword not in BLOCKS for keyword, other in others)
        texts = tuple(" ".join(chain) for chain in conditionals) if conditionals else ()
        return Scope(options or _NOTHING, parameters or _NOTHING, texts, parent), others

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
            self.misplaced_block(statement, where, "option")
            return
        self.understood += 1
        name = words[1].lower()
        if len(words) > 5 and words[2].lower() == "code" and words[4] == "=":
            kind = _RECORD_MARK.sub(r" \1 ", " ".join(words[5:]).lower())
            self.definitions[name] = (canonical(words[3]), " ".join(kind.split()))
            return
        if name == "space":
            return
        if name.startswith("server."):
            # Another spelling of the parameter.
            self.parameter(statement._replace(words=words[1:]), name[7:], where, parameters, in_pool)
            return
        if name not in OPTIONS and name not in self.used_options:
            self.used_options[name] = (where, statement)
            if not _OPTION_NAME.fullmatch(name):
                self.find("syntax", statement, where, f"`option {name}` does not name an option.", "Name one.")
        if len(words) == 2 and "." not in name:
            self.find("syntax", statement, where, f"`option {name}` has no value.", "Give it one.")
        if in_pool and name in options:
            self.repeated(statement, f"option {name}", where)
        options[name] = values(words[2:])

    def parameter(
        self, statement: Statement, keyword: str, where: str, parameters: dict[str, Value], in_pool: bool
    ) -> None:
        self.understood += 1
        words = statement.words
        if len(words) < 2 or statement.children is not None:
            self.misplaced_block(statement, where, keyword)
            return
        if keyword == "omapi-port":
            port = self.number(statement, where, keyword, words[1:])
            self.omapi_port = self.omapi_port if port is None else (port, self.line(statement))
            return
        if keyword == "omapi-key":
            self.omapi_key = unquote(words[1])
            return
        if in_pool and keyword in parameters:
            self.repeated(statement, keyword, where)
        if words[1] == "=":
            parameters[keyword] = (" ".join(words[1:]),)
            return
        kind = PARAMETERS.get(keyword)
        value: Value
        if kind in (SECONDS, NUMBER):
            if kind == SECONDS and words[1].lower() == "infinite":
                value = ("-1",)
            else:
                number = self.number(statement, where, keyword, words[1:])
                if number is None:
                    return
                value = (str(number),)
        elif kind == FLAG:
            flag = _PARAMETER_FLAGS.get(unquote(words[1]).lower())
            if flag is None or len(words) > 2:
                text = " ".join(words[1:])
                self.invalid(
                    statement, where, f"{self.spelled(statement, keyword)} is true or false, not {text}.", "Correct it."
                )
                return
            value = (flag,)
        else:
            value = ("(secret)",) if keyword in SECRETS else values(words[1:])
        parameters[keyword] = value

    def number(self, statement: Statement, where: str, keyword: str, words: Sequence[str]) -> int | None:
        text = unquote(words[0]) if words else ""
        if not _NUMBER.fullmatch(text) or len(text) > 20:
            self.invalid(
                statement,
                where,
                f'{self.spelled(statement, keyword)} takes a number, not "{" ".join(words)}".',
                "Give a number.",
            )
            return None
        if len(words) > 1:
            self.find(
                "syntax",
                statement,
                where,
                f"{self.spelled(statement, keyword)} takes one number, but more words follow after {text}.",
                f"Is a semicolon missing after {text}?",
            )
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        # As the C library reads it: a leading zero means octal.
        return int(text, 8) if text[0] == "0" and len(text) > 1 and set(text) <= set("01234567") else int(text)

    def allow(self, statement: Statement, keyword: str, where: str, parameters: dict[str, Value]) -> None:
        """`allow x;` outside a pool is a parameter; one of the permits there is a frequent mistake."""
        self.understood += 1
        name = " ".join(statement.words[1:]).lower()
        parameter = ALLOW_PARAMETERS.get(name)
        if parameter is None:
            hint = "It belongs into a pool." if _PERMIT.fullmatch(name) else self.meant(name, tuple(ALLOW_PARAMETERS))
            self.find(
                "statement-unknown",
                statement,
                where,
                f"`{keyword} {name}` means nothing outside a pool; dhcpd rejects it.",
                hint,
                Severity.WARNING,
            )
            return
        parameters[parameter] = ({"allow": "true", "deny": "false"}.get(keyword, "ignore"),)

    def authoritative(self, statement: Statement, where: str, parameters: dict[str, Value]) -> None:
        self.understood += 1
        words = [word.lower() for word in statement.words]
        stated = {("authoritative",): "true", ("not", "authoritative"): "false"}.get(tuple(words))
        if stated is None:
            self.find("syntax", statement, where, "Only `authoritative` and `not authoritative` are known.", "")
        else:
            parameters["authoritative"] = (stated,)

    def executable(self, statement: Statement, keyword: str, where: str, conditionals: list[list[str]]) -> None:
        self.understood += 1
        if keyword in ("elsif", "else") and conditionals:
            conditionals[-1].append(normalised([statement]))
        elif keyword != "log":
            conditionals.append([normalised([statement])])
        self.executables((statement,), where)

    def executables(self, statements: Iterable[Statement], where: str) -> None:
        """What dhcpd runs for each packet is compared as text; of its faults, what is plain is found."""
        for statement in statements:
            keyword = statement.words[0].lower()
            inner = statement.children
            if keyword in ("case", "default", "default:", "{"):
                continue
            if keyword in CONDITIONAL and inner is None:
                self.needs_block(statement, where, f"{keyword} ... {{ ... }}", ok=False)
            elif keyword == "option":
                self.option(statement, keyword, where, {}, {}, in_pool=False)
            elif keyword in ("allow", "deny", "ignore"):
                self.allow(statement, keyword, where, {})
            elif keyword in PARAMETERS:
                self.parameter(statement, keyword, where, {}, in_pool=False)
            elif keyword not in EXECUTABLE and keyword not in STRUCTURE and not self.calls_function(statement):
                self.unknown(statement, keyword, where, {}, [])
            if inner:
                self.executables(inner, where)

    @staticmethod
    def calls_function(statement: Statement) -> bool:
        words = statement.words
        return statement.children is None and len(words) > 2 and words[1] == "(" and words[-1] == ")"

    def unknown(
        self,
        statement: Statement,
        keyword: str,
        where: str,
        parameters: dict[str, Value],
        conditionals: list[list[str]],
    ) -> None:
        if self.calls_function(statement):
            conditionals.append([normalised([statement])])
            return
        words = statement.words
        if keyword == "{":
            return  # the text's own finding says it
        if statement.children is not None:
            conditionals.append([normalised([statement])])
        elif keyword not in SECRETS:
            parameters[keyword] = values(words[1:])
        if keyword in HALF_NUMBERS or keyword in ("primary", "secondary", "hba", "load", "peer", "address"):
            hint = "It belongs into a `failover peer` block."
        elif keyword == "lease":
            hint = "It belongs into the lease file."
        else:
            hint = self.meant(keyword, STATEMENTS) or "Look it up in dhcpd.conf(5)."
        # A name alone is the value of a variable to dhcpd, and an equals sign compares.
        expression = statement.children is None and (len(words) == 1 or words[1] == "=")
        self.find(
            "statement-unknown",
            statement,
            where,
            f"dhcpd knows no statement {self.spelled(statement, keyword)} here and "
            f"{'does nothing with it' if expression else 'rejects it'}.",
            hint,
            Severity.WARNING,
        )

    def repeated(self, statement: Statement, what: str, where: str, hint: str = "Remove one of them.") -> None:
        self.find(
            "statement-repeated",
            statement,
            where,
            f"`{what}` is stated twice; the last one wins.",
            hint,
            Severity.WARNING,
        )

    def misplaced_block(self, statement: Statement, where: str, keyword: str) -> None:
        if statement.children is None:
            self.find("syntax", statement, where, f"{self.spelled(statement, keyword)} takes a value.", "Give one.")
        else:
            self.find("syntax", statement, where, f"`{keyword}` has no block.", "Is a semicolon missing after it?")

    def needs_block(self, statement: Statement, where: str, form: str, ok: bool) -> bool:
        """Whether a declaration has its block and its name."""
        if ok and statement.children is not None:
            return True
        words = " ".join(statement.words[:2])
        self.find("syntax", statement, where, f"`{words}` is not complete.", f"Write `{form}`.")
        return False

    def ignored(self, statement: Statement, block: _Block) -> None:
        """Known, and nothing to do with failover (IPv6)."""

    def zone(self, statement: Statement, _block: _Block) -> None:
        """Where dynamic DNS goes, and with which key."""
        name = "".join(map(unquote, statement.words[1:])).lower()
        inner = sorted(normalised([item]).rstrip(";") for item in statement.children or ())
        self.zones[name if name.endswith(".") else f"{name}."] = tuple(inner)

    def written_by_dhcpd(self, statement: Statement, block: _Block) -> None:
        """dhcpd itself marks so what OMAPI adds."""
        if block.kind not in ("group", "reservation", "class") or len(statement.words) > 1:
            self.out_of_place(statement, block)

    def interface(self, statement: Statement, block: _Block) -> None:
        if block.kind not in ("subnet", "shared network"):
            self.out_of_place(statement, block)

    def out_of_place(self, statement: Statement, block: _Block) -> None:
        keyword = statement.words[0].lower()
        self.find(
            "statement-unknown",
            statement,
            block.where,
            f"dhcpd does not allow {self.spelled(statement, keyword)} here and rejects it.",
            "Look up in dhcpd.conf(5) where it belongs.",
            Severity.WARNING,
        )

    # --- relationships ----------------------------------------------------------------------------------------

    def failover(self, statement: Statement, block: _Block) -> None:
        """Outside a pool: a half's declaration, or a reference."""
        words = statement.words
        if len(words) < 3 or words[1].lower() != "peer":
            self.find("syntax", statement, block.where, "`failover` is not complete.", 'Write `failover peer "NAME"`.')
            return
        name = unquote(words[2])
        if len(words) > 3:
            message = f'`failover peer "{name}" {words[3]}` has no place here.'
            if words[3].lower() == "state":
                hint = "It belongs into the lease file."
                self.find("statement-unknown", statement, block.where, message, hint, Severity.WARNING)
            else:
                self.find("syntax", statement, block.where, message, "Is a semicolon missing?")
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
        for inner in self.expanded(statement.children or ()):
            words = [word if word[:1] == '"' else word.lower() for word in inner.words]
            keyword = words[0]
            peer = keyword == "peer" and len(words) > 1
            if peer:
                del words[0]
                keyword = words[0]
            known = "peer " * peer + keyword
            rest = words[1:]
            if keyword == "load":
                known = " ".join(words[:4])
                rest = words[4:]
            if inner.children is not None:
                self.find("syntax", inner, where, f"`{known}` has no block.", "Is a semicolon missing after it?")
                continue
            if known in ("primary", "secondary") and not rest:
                field_name, known = "role", "primary` or `secondary"
                stated_value: str | int | None = keyword
            elif known in ("address", "peer address") and len(rest) == 1:
                field_name = known.replace(" ", "_")
                stated_value = canonical(unquote(inner.words[-1]))
            elif known == "hba":
                field_name, stated_value = "hba", canonical("".join(rest))
            elif known == "load balance max seconds":
                field_name, stated_value = "load_balance_max_seconds", self.integer(inner, where, known, rest)
            elif keyword in HALF_NUMBERS and (not peer or keyword == "port"):
                field_name = "peer_port" if peer else HALF_NUMBERS[keyword]
                stated_value = self.integer(inner, where, known, rest)
            elif peer and (keyword in HALF_NUMBERS or keyword in ("primary", "secondary", "hba")):
                continue  # dhcpd reads it into the partner's slot, which the partner itself overwrites
            elif known in ("address", "peer address"):
                self.invalid(inner, where, f'`{known}` takes one address, not "{" ".join(rest)}".', "Give one.")
                continue
            else:
                shown = " ".join(inner.words[: 1 if keyword in SECRETS else 4])
                self.find(
                    "statement-unknown",
                    inner,
                    where,
                    f"dhcpd knows no statement `{shown}` in a relationship and rejects it.",
                    self.meant(known, HALF_STATEMENTS) or "See `failover peer` in dhcpd.conf(5).",
                )
                continue
            if field_name in seen:
                hint = "Should one of them be `peer port`?" if field_name == "port" else "Remove one of them."
                self.repeated(inner, known, where, hint)
            seen.add(field_name)
            if stated_value is not None:
                stated[field_name] = stated_value
        self.declared.add(name)
        self.halves.append(Half(name=name, line=self.line(statement), **stated))  # type: ignore[arg-type]  # of several types

    def integer(self, statement: Statement, where: str, keyword: str, words: Sequence[str]) -> int | None:
        """A number inside a half: dhcpd takes decimal ones only."""
        text = unquote(words[0]) if words else ""
        if len(words) != 1 or not _INTEGER.fullmatch(text) or len(text) > 20:
            spelled = self.spelled(statement, keyword)
            self.invalid(
                statement, where, f'{spelled} takes one number, not "{" ".join(words)}".', "Give a decimal number."
            )
            return None
        return int(text)

    # --- networks ---------------------------------------------------------------------------------------------

    def group(self, statement: Statement, block: _Block) -> None:
        if not self.needs_block(statement, block.where, "group { ... }", ok=True):
            return
        if block.depth >= MAX_DEPTH:
            self.find("syntax", statement, block.where, f"Groups are nested more than {MAX_DEPTH} deep.", "Use fewer.")
            return
        scope, others = self.own(statement.children or (), block.scope, block.where, _NO_STATEMENTS)
        if len(statement.words) == 2:
            self.named_groups[unquote(statement.words[1])] = scope
        # A subnet in a group is a link of its own, even inside a shared network.
        inner = _Block("group", block.where, scope, block.subnet, failover=block.failover)
        inner.depth = block.depth + 1
        self.contents(others, inner)

    def shared_network(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if not self.needs_block(statement, block.where, "shared-network NAME { ... }", len(words) == 2):
            return
        name = unquote(words[1])
        where = f'shared network "{name}"'
        scope, others = self.own(statement.children or (), block.scope, where, _NO_STATEMENTS)
        inner = _Block("shared network", where, scope, name=name)
        inner.network = inner
        self.contents(others, inner)
        if inner.ranges:
            self.invalid(
                statement, where, "A range stands directly in a shared network; dhcpd rejects it.", "Put it in a pool."
            )
        self.networks.append(SharedNetwork(name, scope, tuple(inner.subnets), tuple(inner.pools), self.line(statement)))

    def subnet(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        ok = len(words) == 4 and words[2].lower() == "netmask"
        if not self.needs_block(statement, block.where, "subnet ADDRESS netmask MASK { ... }", ok):
            return
        first, prefix = parse_address(words[1]), prefix_of(words[3])
        where = f"subnet {canonical(words[1])}/{words[3] if prefix is None else prefix}"
        if first is None:
            self.find("subnet-invalid", statement, where, f"{words[1]} is not an IPv4 address.", "Correct it.")
        elif prefix is None:
            self.find("subnet-invalid", statement, where, f"{words[3]} is not a netmask.", "Correct it.")
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
        if block.kind not in ("subnet", "shared network"):
            self.invalid(statement, block.where, "A pool stands outside a subnet; dhcpd rejects it.", "Move it.")
            return
        where = f"{block.where}, pool {len(block.pools) + 1}"
        if not self.needs_block(statement, where, "pool { ... }", len(statement.words) == 1):
            return
        scope, others = self.own(statement.children or (), block.scope, where, _POOL_STATEMENTS)
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
                failover = self.no_failover(other, inner, failover)
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
            self.find("syntax", statement, where, "`failover` is not complete.", 'Write `failover peer "NAME";`.')
            return None
        name = unquote(words[2])
        if words[2][:1] != '"' and _in_text(statement):
            self.find(
                "syntax", statement, where, f"In a pool dhcpd wants the name {name} in quotes.", f'Write "{name}".'
            )
        self.named.add(name)
        self.refer(statement, where, name)
        return name

    def no_failover(self, statement: Statement, pool: _Block, failover: str | None) -> str | None:
        """`no failover peer` is followed by the next statement without a semicolon: the parser's own bug."""
        words = statement.words
        if [word.lower() for word in words[1:3]] != ["failover", "peer"]:
            self.out_of_place(statement, pool)
            return failover
        if len(words) > 3 and words[3].lower() == "range":
            self.range(statement._replace(words=words[3:]), pool)
        else:
            self.find(
                "no-failover-statement",
                statement,
                pool.where,
                "dhcpd rejects `no failover peer;` although its manual page documents it.",
                "Remove it, and name the relationship in each pool that is to use one.",
            )
        return None

    def range(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        bootp = len(words) > 1 and words[1].lower() == "dynamic-bootp"
        ends = words[2:] if bootp else words[1:]
        if block.kind not in ("subnet", "pool", "shared network"):
            self.invalid(statement, block.where, "A range stands outside a subnet; dhcpd rejects it.", "Move it.")
            return
        if len(ends) > 2 and any("." in (word[0], word[-1]) for word in ends):
            ends = re.sub(r" ?\. ?", ".", " ".join(ends)).split()  # dhcpd allows blanks around the dots
        numbers = [parse_address(end) for end in ends[:2]]
        first, last = numbers[0] if numbers else None, numbers[-1] if numbers else None
        if first is None or last is None or statement.children is not None:
            self.invalid(
                statement,
                block.where,
                f'"{" ".join(ends)}" is not a range.',
                "Write two addresses, `range FIRST LAST;`, or one." if _in_text(statement) else 'Write "FIRST-LAST".',
            )
            return
        if len(ends) > 2:
            self.find(
                "syntax",
                statement,
                block.where,
                f"More words follow after `range {ends[0]} {ends[1]}`.",
                f"Is a semicolon missing after {ends[1]}?",
            )
        if block.kind == "subnet":
            joined = _joined(block.link, bootp)
            if joined is not None:
                block.joined[len(block.ranges)] = joined
        block.ranges.append(Range(first, last, bootp, self.line(statement)))

    def permit(self, statement: Statement, keyword: str, pool: _Block) -> None:
        words = statement.words[1:]
        phrase = " ".join(word if word[:1] == '"' else word.lower() for word in words)
        phrase = _PERMITS.get(phrase, phrase)
        if phrase.startswith("members of ") and '"' not in phrase and not _in_text(statement):
            phrase = f'members of "{" ".join(words[2:])}"'
        if not _PERMIT.fullmatch(phrase):
            self.find(
                "statement-unknown",
                statement,
                pool.where,
                f"`{keyword} {phrase}` is no permit of a pool; dhcpd rejects it.",
                "It belongs into the subnet." if phrase in ALLOW_PARAMETERS else self.meant(phrase, _PERMIT_NAMES),
                Severity.WARNING,
            )
            return
        if phrase.startswith("members of "):
            name = unquote(words[-1])
            if name not in self.classes:
                self.late_classes.append((name, pool.where, statement))
        pool.permits.add(f"{keyword} {phrase}")

    # --- reservations, classes, keys --------------------------------------------------------------------------

    def host(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if not self.needs_block(statement, block.where, "host NAME { ... }", len(words) == 2):
            return
        name = unquote(words[1])
        where = f'reservation "{name}"'
        scope, others = self.own(statement.children or (), block.scope, where, _HOST_STATEMENTS)
        hardware = client_id = None
        addresses: list[int] = []
        host_names: list[str] = []
        inner = _Block("reservation", where, scope)
        for keyword, other in others:
            rest = other.words[1:]
            if keyword == "hardware":
                hardware = self.hardware(other, where) or hardware
            elif keyword == "uid":
                client_id = " ".join(values(rest))
            elif keyword == "fixed-address":
                if not rest:
                    self.find("syntax", other, where, "`fixed-address` takes an address.", "Give one.")
                for address in values(rest):
                    number = parse_address(address)
                    if number is not None:
                        addresses.append(number)
                    elif _NAME.fullmatch(address) and not address.replace(".", "").isdigit():
                        host_names.append(address)
                    else:
                        self.invalid(other, where, f'"{address}" is not an IPv4 address.', "Correct it.")
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

    def hardware(self, statement: Statement, where: str) -> str | None:
        words = [word.lower() for word in statement.words[1:]]
        kind, octets = words[0] if words else "", "".join(words[1:])
        if (kind in _HARDWARE or kind.startswith("unknown-")) and _HEX_LIST.fullmatch(octets):
            return f"{kind} {canonical(octets)}"
        self.invalid(
            statement,
            where,
            f'"{" ".join(words)}" is not a hardware address.',
            "Write, for instance, `hardware ethernet 52:54:00:12:34:56`.",
        )
        return None

    def client_class(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if not self.needs_block(statement, block.where, 'class "NAME" { ... }', len(words) == 2):
            return
        name = unquote(words[1])
        where = f'class "{name}"'
        if words[1][:1] != '"':
            self.find("syntax", statement, where, f"dhcpd wants the name {name} in quotes.", f'Write "{name}".')
        scope, others = self.own(statement.children or (), block.scope, where, _CLASS_STATEMENTS)
        matches: list[str] = []
        limit: int | None = None
        inner = _Block("class", where, scope)
        for keyword, other in others:
            if keyword in ("match", "spawn"):
                matches.append(normalised([other]).removeprefix("match ").rstrip(";"))
            elif keyword == "lease":
                limit = self.number(other, where, "lease limit", other.words[2:])
            else:
                self.handlers[keyword](other, inner)
        before = self.classes.get(name)
        if before is not None:  # the same class again adds to it
            matches = [*([before.match] if before.match else []), *matches]
            limit = before.lease_limit if limit is None else limit
            conditionals = [[text] for text in before.scope.conditionals]
            for prefix, stated in (("option", scope.options), ("", scope.parameters)):
                _replace(conditionals, prefix, stated, stated)
            scope = Scope(
                {**before.scope.options, **scope.options},
                {**before.scope.parameters, **scope.parameters},
                tuple(text for chain in conditionals for text in chain) + scope.conditionals,
                before.scope.parent,
            )
        line = self.line(statement) if before is None else before.line
        self.classes[name] = ClientClass(name, "; ".join(matches) or None, scope, limit, line=line)

    def subclass(self, statement: Statement, block: _Block) -> None:
        words = statement.words
        if words[0].lower() != "subclass":
            return  # vendor-class and user-class: dhcpd itself calls them obsolete
        if len(words) < 3:
            hint = 'Write `subclass "CLASS" VALUE;`.'
            self.find("syntax", statement, block.where, "`subclass` is not complete.", hint)
            return
        text = member = " ".join(values(words[2:]))
        if statement.children is not None:
            text = f"{text} {{ {normalised(statement.children)} }}" if statement.children else f"{text} {{ }}"
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
        if name not in self.classes and _in_text(statement):
            self.invalid(
                statement,
                block.where,
                f'The class "{name}" of this subclass is not declared before it; dhcpd rejects it.',
                "Declare the class first.",
            )
        self.subclasses.setdefault(name, set()).add(text)

    def key(self, statement: Statement, block: _Block) -> None:
        """A key's length is all that is kept of it; nothing here may ever quote its words."""
        words = statement.words
        if not self.needs_block(statement, block.where, "key NAME { ... }", len(words) == 2):
            return
        name = unquote(words[1])
        where = f'key "{name}"'
        for inner in self.expanded(statement.children or ()):
            keyword = inner.words[0].lower()
            if keyword == "secret":
                secret = unquote("".join(inner.words[1:]))
                try:
                    self.key_bits[name] = len(b64decode(secret, validate=True)) * 8
                except (binascii.Error, ValueError):
                    self.invalid(inner, where, "The secret is not base64.", "Generate a new one.")
            elif keyword != "algorithm":
                self.find(
                    "statement-unknown",
                    inner,
                    where,
                    "A key has an `algorithm` and a `secret`; dhcpd rejects anything else.",
                    self.meant(keyword, ("algorithm", "secret")),
                    Severity.WARNING,
                )

    # --- the whole --------------------------------------------------------------------------------------------

    def server(self, statements: Iterable[Statement], address: str | None) -> Server:
        scope, others = self.own(statements, None, "", _NO_STATEMENTS)
        block = _Block("global", "", scope)
        self.contents(others, block)
        self.judge_options()
        self.judge_references()
        for name in self.subclasses.keys() & self.classes.keys():
            known = self.classes[name]
            members = {member: _below(scope, known.scope) for member, scope in self.members.get(name, {}).items()}
            self.classes[name] = replace(known, subclasses=frozenset(self.subclasses[name]), members=members)
        omapi = None
        if self.omapi_port is not None:
            port, line = self.omapi_port
            omapi = Omapi(port, self.omapi_key, self.key_bits.get(self.omapi_key or ""), line)
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

    def judge_options(self) -> None:
        """Options of no known name must be defined somewhere; other option spaces are not looked into."""
        for name, (where, statement) in self.used_options.items():
            if name in self.definitions or name.startswith("unknown-") or not _PLAIN_NAME.fullmatch(name):
                continue
            self.find(
                "statement-unknown",
                statement,
                where,
                f"dhcpd knows no option {self.spelled(statement, name)} and rejects it.",
                self.meant(name, OPTIONS) or f"Define it: `option {name} code NUMBER = TYPE;`.",
                Severity.WARNING,
            )

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
_ANONYMOUS = Pool(None, (), frozenset({"deny dynamic bootp clients"}), Scope(), bare=True)
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
_POOL_STATEMENTS = frozenset({"allow", "deny", "failover", "no", "range"})
_HOST_STATEMENTS = frozenset({"fixed-address", "group", "hardware", "uid"})
_CLASS_STATEMENTS = frozenset({"lease", "match", "spawn"})
_PERMIT_NAMES = (
    "all clients",
    "authenticated clients",
    "dynamic bootp clients",
    "known-clients",
    "unauthenticated clients",
    "unknown-clients",
)
