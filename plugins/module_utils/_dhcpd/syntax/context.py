# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Going through the statements of one server, block by block: what every check needs, and how it complains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import DHCP, Definitions
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.executables import Executables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    OPTIONS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    DhcpdError,
    Tokens,
    shown,
    unescaped,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import (
    A_PLACE,
    CLASS,
    HALF,
    HOST,
    KEY,
    PLACES,
    POOL,
    SHARED_NETWORK,
    SUBNET,
    ZONE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import plain
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Reporter, Statement, in_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import SECRETS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import canonical, prefix_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity


class Block:
    """A block that is being checked. What it is called in words is put together only if somebody asks."""

    __slots__ = (
        "around",
        "before",
        "current",
        "interfaces",
        "kind",
        "networks",
        "number",
        "pools",
        "seen",
        "statement",
    )

    def __init__(self, kind: str, statement: Statement | None = None, around: Block | None = None) -> None:
        self.kind = kind
        self.statement = statement
        self.around = around
        self.seen: set[str] = set()  # what may come once
        self.before: Statement | None = None  # the statement before the current one
        self.current: Statement | None = None
        self.pools = 0
        self.number = 0  # of a pool
        self.networks: list[tuple[int, int]] = []  # of a shared network: its subnets so far, address and mask
        self.interfaces = 0

    @property
    def where(self) -> str:
        around = self.around.where if self.around else ""
        words: Sequence[str] = self.statement.words if self.statement else ()
        name = unquoted(words[1]) if len(words) > 1 else ""
        if self.kind == SUBNET:
            return subnet_place(words)
        if self.kind == POOL:
            return f"{around}, pool {self.number}"
        if self.kind == HALF:
            return f'relationship "{unquoted(words[2])}"' if len(words) > 2 else around
        label = {SHARED_NETWORK: "shared network", HOST: "reservation", CLASS: "class", KEY: "key", ZONE: "zone"}
        return f'{label[self.kind]} "{name}"' if self.kind in label else around

    def once(self, what: str, reason: str) -> None:
        if what in self.seen:
            raise DhcpdError(reason, "Remove one of them.")
        self.seen.add(what)


def unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def unquoted_text(word: str) -> str:
    """A word without quotes, and with what its escapes stand for."""
    return unescaped(unquoted(word)) if word[:1] == '"' else word


def subnet_place(words: Sequence[str]) -> str:
    """A subnet in words, whatever follows `subnet`."""
    address, slash, length = words[1].partition("/") if len(words) > 1 else ("", "", "")
    if slash:
        return f"subnet {canonical(address)}/{length}"
    mask = words[3] if len(words) > 3 else ""
    prefix = prefix_of(mask) if mask else None
    return f"subnet {canonical(address)}/{mask if prefix is None else prefix}".rstrip("/")


class Context:
    """What the checks share while they go through the statements of one server.

    handlers: what checks a statement, by its first word; other: what checks all others. names: what has been defined
    so far. texts, values: one spelling of the statements that were taken apart, by their identity.
    """

    def __init__(self, report: Reporter, handlers: Mapping[str, Handler], other: Handler) -> None:
        self.report = report
        self.handlers = handlers
        self.other = other
        self.names = Definitions()
        self.executables = Executables(self.names)
        self.texts: dict[int, str] = {}
        self.values: dict[int, tuple[str, ...]] = {}
        self.root: list[Statement] = []
        self.lines: dict[str, int] | None = None  # where names are defined, once somebody asks
        self.interfaces: set[str] = set()
        self.incomplete = False  # a file is included that is not known
        self.evaluated: dict[str, tuple[str, Statement]] = {}
        self.option_plain: dict[str, Callable[[str], object]] = {
            name: plain(kind) for name, (_code, kind) in OPTIONS[DHCP].items()
        }
        self.parameter_plain = {
            name: plain(kind)
            for name, kind in PARAMETER_FORMATS.items()
            if name not in ("authoritative", "omapi-key", "ddns-update-style", "log-facility")
        }

    def scope(self, statements: Iterable[Statement], block: Block) -> None:
        """Check statements one by one."""
        handlers, other = self.handlers, self.other
        for statement in statements:
            keyword = statement.words[0]
            block.before, block.current = block.current, statement
            handler = handlers.get(keyword) or handlers.get(keyword.lower(), other)
            try:
                handler(self, statement, block)
            except DhcpdError as error:
                self.complain(statement, block, error)

    def enter(self, statement: Statement, kind: str, around: Block) -> Block:
        """Check what stands in a block. Returns it, with what it has gathered."""
        block = Block(kind, statement, around)
        if statement.children:
            self.scope(statement.children, block)
        return block

    def complain(self, statement: Statement, block: Block, error: DhcpdError) -> None:
        words = statement.words
        reason, hint, slug = error.reason, error.hint, error.slug
        later = self.defined_later(error.name) if error.name else None
        if error.name and later is None and self.incomplete:
            return  # a file that is not known may define it
        if block.kind == KEY or any(word.lower() in SECRETS for word in words):
            # Nothing of what may be secret.
            what = (
                f"`{words[0]}`" if words[0].lower() in self.handlers or words[0].lower() in SECRETS else "a statement"
            )
            reason = "its words are not what dhcpd expects" if "`" in reason or '"' in reason else reason
        else:
            what = shown(self.spelled(statement))
        severity = Severity.ERROR
        if slug == "deep":
            message = f"{what} is not checked: {reason}."
            slug, severity = "not-checked", Severity.WARNING
        elif slug == "dropped":
            message = f"dhcpd drops {what} silently: {reason}."
            slug, severity = "statement-unknown", Severity.WARNING
        elif slug == "crash":
            message = f"dhcpd crashes at {what}: {reason}."
            slug = "statement-crash"
        else:
            slug = "syntax" if slug == "no-arguments" else slug
            message = f"dhcpd rejects {what}: {reason}."
            if not in_text(statement):
                message = f"{what} would make dhcpd refuse to start: {reason}."
            if later is not None:
                slug = "name-undeclared"
                message = f"{message} It is defined only in line {later}."
                hint = f"Move its definition before line {statement.line}."
        self.report(slug, statement, block.where, message, hint, severity)

    @staticmethod
    def spelled(statement: Statement) -> str:
        """A statement as its author wrote it: variables have underscores."""
        words = statement.words
        if in_text(statement):
            return " ".join(words)
        count = {"lease": 2, "load": 4, "option": 2, "peer": 2}.get(words[0], 1)
        name = "_".join(words[words[0] == "option" : count]).replace("-", "_")
        return " ".join([name, *words[count:]])

    def tokens(self, statement: Statement) -> Tokens:
        return Tokens(statement.words, ";" if statement.children is None else "{")

    def defined_later(self, name: str) -> int | None:
        """The line in which this is defined after all."""
        if self.lines is None:
            self.lines = {}
            _definitions(self.root, self.lines)
        return self.lines.get(name)

    def allowed(self, keyword: str, block: Block) -> None:
        places = PLACES[keyword]
        if block.kind not in places:
            hint = f"It belongs in {' or '.join(A_PLACE[kind] for kind in places)}."
            if keyword in ("match", "spawn"):
                hint = "It belongs in a class; a reservation is found by `hardware` or `uid`."
            raise DhcpdError(f"it is not allowed in {A_PLACE[block.kind]}", hint, "statement-unknown")

    @staticmethod
    def included(statement: Statement, block: Block) -> bool:
        """Whether an included file holds the statement, but not its block: dhcpd then forgets what block it is."""
        source = statement.source
        return block.statement is not None and source is not block.statement.source and source.included

    @staticmethod
    def needs_block(statement: Statement, tokens: Tokens, form: str, hint: str = "") -> None:
        """Whether a block follows the tokens that have been taken, and nothing else."""
        if statement.children is None:
            raise DhcpdError("it has no block", f"Write `{form}`.")
        if not tokens.done:
            raise tokens.unexpected("the block", hint or f"Write `{form}`.")

    def remember(self, statement: Statement, words: list[str]) -> None:
        self.values[id(statement)] = tuple(map(unquoted_text, words))


Handler = Callable[[Context, Statement, Block], None]


def _definitions(statements: Iterable[Statement], lines: dict[str, int]) -> None:
    """Gather the lines in which options, option spaces, classes, keys and groups are defined."""
    for statement in statements:
        words = statement.words
        keyword = words[0].lower()
        if keyword == "option" and len(words) > 2:
            if words[2].lower() == "code":
                lines.setdefault(f"option {words[1].lower()}", statement.line)
            elif words[1].lower() == "space":
                lines.setdefault(f"space {words[2].lower()}", statement.line)
        elif statement.children is not None:
            if keyword in ("class", "group", "key") and len(words) > 1:
                lines.setdefault(f"{keyword} {unquoted(words[1])}", statement.line)
            _definitions(statement.children, lines)


def raw_text(statements: Iterable[Statement]) -> str:
    """Statements as one line of text, in their own words."""
    texts: list[str] = []
    for statement in statements:
        words = statement.words
        secret = next((at for at, word in enumerate(words) if word.lower() in SECRETS), None)
        words = words if secret is None else words[: secret + 1]
        text = " ".join([words[0].lower(), *(word if word[:1] == '"' else canonical(word) for word in words[1:])])
        inner = statement.children
        texts.append(f"{text};" if inner is None else f"{text} {{ {raw_text(inner)} }}" if inner else f"{text} {{ }}")
    return " ".join(texts)
