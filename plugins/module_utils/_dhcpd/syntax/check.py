# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What dhcpd would reject: every statement in the order of the text, with what is defined where it stands.

Nothing here says what a statement means (`_dhcpd_conf`). Most statements are seen to be right at one glance; only the
others are taken apart. What the rules find of relationships, pools and ranges is left to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.executables import Executables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    OPTIONS,
    OTHER_BUILDS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NAME,
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
    is_identifier,
    shown,
    unescaped,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.names import DHCP, Names
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import (
    A_PLACE,
    BODY,
    CLASS,
    GLOBAL,
    GROUP,
    HALF,
    HOST,
    KEY,
    PLACES,
    POOL,
    SHARED_NETWORK,
    SUBNET,
    ZONE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    address_or_name,
    base64,
    counted,
    host_name,
    ipv4,
    ipv6,
    octets,
    option_data,
    plain,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text, split_words
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    ALLOW_PARAMETERS,
    HALF_NUMBERS,
    HALF_STATEMENTS,
    PERMITS,
    SECRETS,
    STATEMENTS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    canonical,
    format_address,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

# Octets of a hardware address, and what dhcpd calls its kind.
MAX_HARDWARE = 20
HARDWARE_TYPES = ("ethernet", "token-ring", "fddi", "infiniband")

_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_COMMENT = re.compile(r"#[^\n]*")
_QUAD = plain("I")
_ENCODED = re.compile(r"encode-int\(.*, (8|16|32)\)")
# Parameters of the global scope that dhcpd evaluates when it starts, and how many octets each of them has.
_EVALUATED = {
    "abandon-lease-time": 4,
    "ddns-update-style": 1,
    "delayed-ack": 2,
    "limited-broadcast-address": 4,
    "local-address": 4,
    "local-port": 2,
    "log-facility": 1,
    "max-ack-delay": 4,
    "omapi-port": 2,
    "prefix-length-mode": 1,
    "remote-port": 2,
}
# What dhcpd's own list of statements for a packet cannot continue behind, without a crash.
_HOLES = ("db-time-format", "key", "zone")
_STATES = (
    "communications-interrupted",
    "conflict-done",
    "normal",
    "partner-down",
    "paused",
    "potential-conflict",
    "recover",
    "recover-done",
    "recover-wait",
    "resolution-interrupted",
    "shutdown",
    "startup",
    "unknown-state",
)
_DATE = (NUMBER, NUMBER, "/", NUMBER, "/", NUMBER, NUMBER, ":", NUMBER, ":", NUMBER)


class Report(Protocol):
    """Takes a finding."""

    def __call__(
        self, slug: str, statement: Statement, where: str, message: str, hint: str = "", severity: Severity = ...
    ) -> None: ...


class Place:
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

    def __init__(self, kind: str, statement: Statement | None = None, around: Place | None = None) -> None:
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
            raise DhcpdError(reason, "Leave one of them out.")
        self.seen.add(what)


def unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def unquoted_text(word: str) -> str:
    """A word without quotes, and with what its escapes stand for."""
    return unescaped(unquoted(word)) if word[:1] == '"' else word


def subnet_place(words: Sequence[str]) -> str:
    """A subnet in words, whatever stands behind `subnet`."""
    address, slash, length = words[1].partition("/") if len(words) > 1 else ("", "", "")
    if slash:
        return f"subnet {canonical(address)}/{length}"
    mask = words[3] if len(words) > 3 else ""
    prefix = prefix_of(mask) if mask else None
    return f"subnet {canonical(address)}/{mask if prefix is None else prefix}".rstrip("/")


class Checker:
    """Goes through the statements of one server. `names` then holds what they define, `texts` and `values` have one
    spelling of those that were taken apart, by the statement's identity."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.names = Names()
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
        run = self.executable
        self.handlers: dict[str, Callable[[Statement, Place], None]] = {
            **dict.fromkeys(PARAMETER_FORMATS, self.parameter),
            **dict.fromkeys(self.executables.statements, run),
            **dict.fromkeys(self.executables.heads, run),
            "allow": self.allow,
            "authoritative": self.authoritative,
            "case": run,
            "class": self.client_class,
            "deleted": self.flag,
            "deny": self.allow,
            "dynamic": self.flag,
            "failover": self.failover,
            "fixed-address": self.fixed_address,
            "fixed-address6": self.fixed_address,
            "fixed-prefix6": self.fixed_prefix,
            "group": self.group,
            "hardware": self.hardware,
            "host": self.host,
            "host-identifier": self.host_identifier,
            "ignore": self.allow,
            "include": self.include,
            "interface": self.interface,
            "key": self.key,
            "lease": self.lease_limit,
            "lease-id-format": self.lease_id_format,
            "match": self.match,
            "no": self.no_failover,
            "not": self.authoritative,
            "option": self.option,
            "pool": self.pool,
            "pool6": self.ipv6_only,
            "prefix6": self.ipv6_only,
            "range": self.range,
            "range6": self.ipv6_only,
            "server-duid": self.server_duid,
            "server-identifier": self.server_identifier,
            "shared-network": self.shared_network,
            "spawn": self.match,
            "static": self.flag,
            "subclass": self.client_class,
            "subnet": self.subnet,
            "subnet6": self.ipv6_only,
            "uid": self.uid,
            "user-class": self.client_class,
            "vendor-class": self.client_class,
            "zone": self.zone,
            "%": self.comment,
        }

    # --- going through --------------------------------------------------------------------------------------------

    def run(self, statements: list[Statement]) -> None:
        self.root = statements
        self.scope(statements, Place(GLOBAL))
        self.start()

    def scope(self, statements: Iterable[Statement], place: Place) -> None:
        handlers, other = self.handlers, self.other
        for statement in statements:
            keyword = statement.words[0]
            place.before, place.current = place.current, statement
            handler = handlers.get(keyword) or handlers.get(keyword.lower(), other)
            try:
                handler(statement, place)
            except DhcpdError as error:
                self.complain(statement, place, error)

    def block(self, statement: Statement, kind: str, around: Place) -> Place:
        """Check what stands in a block. Returns it, with what it has gathered."""
        place = Place(kind, statement, around)
        if statement.children:
            self.scope(statement.children, place)
        return place

    def complain(self, statement: Statement, place: Place, error: DhcpdError) -> None:
        words = statement.words
        reason, hint, slug = error.reason, error.hint, error.slug
        later = self.defined_later(error.name) if error.name else None
        if error.name and later is None and self.incomplete:
            return  # a file that is not known may define it
        if place.kind == KEY or any(word.lower() in SECRETS for word in words):
            # Nothing of what may be secret.
            what = (
                f"`{words[0]}`" if words[0].lower() in self.handlers or words[0].lower() in SECRETS else "a statement"
            )
            reason = "its words are not what dhcpd wants" if "`" in reason or '"' in reason else reason
        else:
            what = shown(self.spelled(statement))
        severity = Severity.ERROR
        if slug == "deep":
            message = f"{what} is not checked: {reason}."
            slug, severity = "not-checked", Severity.WARNING
        elif slug == "dropped":
            message = f"dhcpd drops {what} without a word: {reason}."
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
        self.report(slug, statement, place.where, message, hint, severity)

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

    def allowed(self, keyword: str, place: Place) -> None:
        places = PLACES[keyword]
        if place.kind not in places:
            hint = f"It belongs into {' or '.join(A_PLACE[kind] for kind in places)}."
            if keyword in ("match", "spawn"):
                hint = "It belongs into a class; a reservation is found by `hardware` or `uid`."
            raise DhcpdError(f"it has no place in {A_PLACE[place.kind]}", hint, "statement-unknown")

    @staticmethod
    def included(statement: Statement, place: Place) -> bool:
        """Whether an included file holds the statement, but not its block: dhcpd then forgets what block it is."""
        source = statement.source
        return place.statement is not None and source is not place.statement.source and source.included

    def needs_block(self, statement: Statement, form: str) -> None:
        if statement.children is None:
            raise DhcpdError("it has no block", f"Write `{form}`.")

    # --- statements of any scope ----------------------------------------------------------------------------------

    def option(self, statement: Statement, place: Place) -> None:
        words = statement.words
        if len(words) > 2 and statement.children is None:
            matches = self.option_plain.get(words[1])
            if matches is not None:
                between = " " if len(words) == 3 or in_text(statement) else " , "
                if matches(words[2] if len(words) == 3 else between.join(words[2:])):
                    return
        self.careful_option(statement, place)

    def careful_option(self, statement: Statement, place: Place) -> None:
        if not in_text(statement) and list(statement.words[2:3]) != ["code"]:
            self.given_option(statement)
            return
        tokens = self.tokens(statement)
        following = tokens.kinds[1:4]
        if following[0] == "space":
            tokens.take()
            if place.kind != GLOBAL:
                raise DhcpdError("option spaces are declared in the global scope only", "Move it to the top.")
            self.names.space(tokens)
            self.option_plain = {name: plain(kind) for name, (_code, kind) in OPTIONS[DHCP].items()}
            return
        at = 2 if following[1:2] != ["."] else 4
        if tokens.kinds[at : at + 1] == ["code"]:
            tokens.take()
            name = self.names.any_option_name(tokens)
            if place.kind != GLOBAL:
                raise DhcpdError("options are defined in the global scope only", "Move the definition to the top.")
            self.names.define(name, tokens)
            self.option_plain[name] = plain(self.names.formats[name])
            return
        if following[0] != "option" and tokens.kind in ("option", "supersede"):
            tokens.take()
            name = self.names.option_name(tokens)
            self.executables.expressions.nesting = 0
            self.remember(statement, self.executables.words(tokens, self.names.format(name), f"option {name}"))
            return
        self.executables.statement(tokens)

    def remember(self, statement: Statement, words: list[str]) -> None:
        self.values[id(statement)] = tuple(map(unquoted_text, words))

    def given_option(self, statement: Statement) -> None:
        """An option of the variables: the template puts into quotes what is text."""
        words = statement.words
        tokens = Tokens(words[:2])
        tokens.take()
        name = self.names.option_name(tokens)
        kind = self.names.format(name)
        pieces: list[str] = []
        for word in words[2:]:
            pieces += [*([","] if pieces else []), *_given(word, kind)]
        self.remember(statement, self.executables.words(Tokens(pieces), kind, f"option {name}"))

    def parameter(self, statement: Statement, place: Place) -> None:
        words = statement.words
        keyword = words[0].lower()
        if len(words) == 2 and statement.children is None:
            matches = self.parameter_plain.get(keyword)
            if matches is not None and matches(words[1]):
                if self.evaluated and place.kind == GLOBAL:
                    self.evaluated.pop(keyword, None)
                return
        kind = PARAMETER_FORMATS[keyword]
        given = not in_text(statement) and kind in ("t", "X")
        tokens = Tokens([keyword, *(piece for word in words[1:] for piece in _given(word, kind))]) if given else None
        tokens = tokens or self.tokens(statement)
        tokens.take()
        found = self.executables.words(tokens, kind, keyword)
        self.remember(statement, found)
        if place.kind == GLOBAL and (keyword in _EVALUATED or keyword == "omapi-key"):
            self.evaluated[keyword] = (" ".join(found), statement)

    def start(self) -> None:
        """What dhcpd itself wants to know when it starts: the last statement of each in the global scope."""
        for keyword, (value, statement) in self.evaluated.items():
            place = Place(GLOBAL)
            size = _size(value[2:]) if value.startswith("= ") else None
            if keyword == "omapi-key":
                name = unquoted(value)
                if name.lower() not in self.names.keys and in_text(statement):  # the role writes its key itself
                    error = DhcpdError(f"there is no key `{name}`", "Declare the key.", "name-undeclared")
                    error.name = f"key {name}"
                    self.complain(statement, place, error)
            elif size is not None and size != _EVALUATED[keyword]:
                error = DhcpdError(
                    f"its value has {size} octets, and dhcpd wants {_EVALUATED[keyword]}",
                    "Write the value without the equals sign.",
                    "declaration-invalid",
                )
                self.complain(statement, place, error)
            elif keyword == "ddns-update-style" and value in ("ad-hoc", "= 01"):
                hint = "Write `standard`, `interim` or `none`."
                error = DhcpdError("dhcpd no longer supports it", hint, "declaration-invalid")
                self.complain(statement, place, error)

    def allow(self, statement: Statement, place: Place) -> None:
        words = statement.words
        if place.kind == POOL and words[0].lower() != "ignore" and not self.included(statement, place):
            self.permit(statement, place)
            return
        if len(words) == 2 and words[1] in ALLOW_PARAMETERS and statement.children is None:
            return
        try:
            self.executables.statement(self.tokens(statement))
        except DhcpdError as error:
            phrase = " ".join(words[1:]).lower()
            close = self.names.close(phrase, ALLOW_PARAMETERS)
            if phrase in PERMITS or phrase.startswith(("members of ", "after ")):
                error.hint = "It belongs into a pool."
            elif close:
                error.hint = f"Did you mean `{close}`?"
            error.slug = "statement-unknown"
            raise

    def permit(self, statement: Statement, place: Place) -> None:
        words = statement.words
        phrase = " ".join(words[1:])
        if phrase in PERMITS and statement.children is None:
            return
        tokens = self.tokens(statement)
        tokens.take()
        kind = tokens.kind
        lower = phrase.lower()
        if kind in ("known-clients", "unknown-clients"):
            tokens.take()
        elif kind in ("known", "unknown", "authenticated", "unauthenticated", "all"):
            tokens.take()
            tokens.expect("clients")
        elif kind == "dynamic":
            tokens.take()
            tokens.expect("bootp")
            tokens.expect("clients")
        elif kind == "members":
            tokens.take()
            tokens.expect("of")
            tokens.expect(STRING, "the name of a class in quotes", "Put the name into quotes.")
        elif kind == "after":
            tokens.take()
            place.once("after", "the pool has two permits with `after`")
            self.date(tokens)
        else:
            known = ", ".join(sorted(PERMITS))
            close = self.names.close(lower, PERMITS)
            hint = "It belongs into the subnet." if lower in ALLOW_PARAMETERS else ""
            if close:
                hint = f"Did you mean `{close}`?"
            raise DhcpdError(
                f'it is no permit of a pool ({known}, members of "CLASS", after DATE)', hint, "statement-unknown"
            )
        tokens.end()

    @staticmethod
    def date(tokens: Tokens) -> None:
        """`never`, `epoch SECONDS`, or day of the week, date and time, perhaps with an offset in seconds."""
        if tokens.accept("never"):
            return
        if tokens.accept("epoch"):
            tokens.expect(NUMBER, "seconds since 1970")
            return
        for kind in _DATE:
            tokens.expect(kind, "a date", "Write, for instance, `4 2030/01/31 12:00:00` or `never`.")
        tokens.accept(NUMBER)

    def authoritative(self, statement: Statement, place: Place) -> None:
        self.allowed("authoritative", place)
        words = [word.lower() for word in statement.words]
        if words not in (["authoritative"], ["not", "authoritative"]) or statement.children is not None:
            raise DhcpdError("dhcpd knows only `authoritative` and `not authoritative`", "Write one of these.")

    def server_identifier(self, statement: Statement, _place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        self.executables.words(tokens, "I", "server-identifier")

    def lease_id_format(self, statement: Statement, _place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        if tokens.kind not in ("octal", "hex"):
            raise tokens.unexpected("`octal` or `hex`")
        tokens.take()
        tokens.end()

    def server_duid(self, statement: Statement, _place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        kind = tokens.kind
        if kind in ("en", NUMBER):
            tokens.take()
            if kind == "en":
                tokens.expect(NUMBER, "the number of an enterprise")
            tokens.expect(STRING, "an identifier in quotes")
        elif kind in ("ll", "llt"):
            tokens.take()
            if not tokens.done:
                if tokens.kind not in ("ethernet", "token-ring", "fddi"):
                    raise tokens.unexpected("a kind of hardware: ethernet, token-ring or fddi")
                tokens.take()
                if kind == "llt":
                    tokens.expect(NUMBER, "a time")
                octets(tokens)
        else:
            raise tokens.unexpected("`llt`, `en`, `ll` or a number")
        tokens.end()

    def include(self, statement: Statement, _place: Place) -> None:
        """One whose file is not given."""
        tokens = self.tokens(statement)
        tokens.take()
        tokens.expect(STRING, "the name of a file in quotes", "Put the name into quotes.")
        tokens.end()
        self.incomplete = True

    def comment(self, _statement: Statement, _place: Place) -> None:
        """dhcpd skips what begins with a percent sign."""

    def ipv6_only(self, _statement: Statement, _place: Place) -> None:
        raise DhcpdError(
            "it is for DHCPv6 only", "Put it into the configuration of the DHCPv6 server.", "statement-unknown"
        )

    def flag(self, statement: Statement, place: Place) -> None:
        """What dhcpd itself writes into declarations that come by OMAPI."""
        keyword = statement.words[0].lower()
        if self.included(statement, place):
            raise DhcpdError("it has no place in an included file", "", "statement-unknown")
        self.allowed(keyword, place)
        tokens = self.tokens(statement)
        tokens.take()
        tokens.end()
        children = place.statement.children if place.statement else None
        if place.kind == GROUP and children and children[-1] is statement:
            raise DhcpdError("another statement of the group must follow", "Move it to the front.")

    # --- what dhcpd runs ------------------------------------------------------------------------------------------

    def executable(self, statement: Statement, place: Place) -> None:
        text = self.run_statement(statement, place, place, None, place.before)
        self.texts[id(statement)] = text
        if place.kind == GLOBAL:
            if text.startswith("log(fatal"):
                raise DhcpdError(
                    "dhcpd runs the statements of the global scope when it starts, and this one ends it",
                    "Move it into the block that it is meant for.",
                )
            if text.startswith("add "):
                raise DhcpdError(
                    "dhcpd runs the statements of the global scope when it starts, and crashes at this one",
                    "Move it into a condition or a narrower scope.",
                )

    def scope_text(self, statements: Iterable[Statement]) -> str:
        """The statements of a subclass as one text."""
        return " ".join(map(self.text_of, statements))

    def text_of(self, statement: Statement) -> str:
        found = self.texts.get(id(statement))
        if found is None and statement.children is None:
            try:
                found = f"{self.executables.statement(self.tokens(statement))};"
            except DhcpdError:
                found = None  # said before
        return found or raw_text((statement,))

    def body(self, statements: Sequence[Statement], place: Place, kind: str | None) -> str:
        """The statements of a condition or hook, of a function, or of a switch of this kind; as one text."""
        texts: list[str] = []
        inner = Place(BODY, place.statement, place)
        labels: list[str] = []
        hole = ""
        before: Statement | None = None
        for statement in statements:
            try:
                if hole:
                    raise DhcpdError(f"dhcpd crashes at a statement that follows after `{hole}` here", "Move that one.")
                texts.append(self.run_statement(statement, inner, place, kind, before, labels))
                if statement is statements[-1] and labels and texts[-1].endswith(labels[-1]):
                    self.last_label(labels)
            except DhcpdError as error:
                self.complain(statement, place, error)
                texts.append(raw_text((statement,)))
            keyword = statement.words[0].lower()
            hole = keyword if keyword in _HOLES else ""
            before = statement
        return " ".join(texts)

    @staticmethod
    def last_label(labels: Sequence[str]) -> None:
        """Of a switch that ends with a label. dhcpd goes to the first one that fits, and runs what is behind it."""
        if labels[-1] not in labels[:-1]:
            raise DhcpdError(
                f"no statement follows after {shown(labels[-1])}, and dhcpd ends as soon as it gets there",
                "Write `break;` behind it.",
                slug="crash",
            )

    def run_statement(
        self,
        statement: Statement,
        inner: Place,
        place: Place,
        kind: str | None,
        before: Statement | None,
        seen: list[str] | None = None,
    ) -> str:
        """seen: takes the labels in front of the statement."""
        tokens = self.tokens(statement)
        labels: list[str] = []
        while (label := self.executables.label(tokens, kind)) is not None:
            labels.append(label)
        if seen is not None:
            seen.extend(labels)
        if labels and tokens.done and statement.children is None:
            return " ".join(labels)
        word, children = tokens.kind, statement.children
        if word in ("else", "elsif") and not (
            before is not None and before.children is not None and _conditional(before) and not labels
        ):
            raise DhcpdError(
                f"no `if` stands before this `{word}`", f"Write `if`, or remove what stands before `{word}`."
            )
        if word in ("zone", "key"):
            (self.zone if word == "zone" else self.key)(statement, place)
            text = raw_text((statement,))
        elif children is not None and word in self.executables.heads:
            at = tokens.at
            head = self.executables.head(tokens)
            if word == "switch":
                tokens.at = at
                kind = self.executables.switch_kind(tokens)
            elif word not in ("set", "define"):
                kind = None
            found = self.body(children, place, kind)
            text = f"{head} {{ {found} }}" if found else f"{head} {{ }}"
        elif word in self.executables.heads and word not in ("set", "define", "on"):
            self.executables.head(tokens)
            raise DhcpdError("it has no block", "Write `{ ... }` behind it.")
        elif self.executables.known(tokens):
            text = f"{self.executables.statement(tokens)};"
        else:
            text = self.unknown(statement, tokens, inner)
        return " ".join([*labels, text])

    def unknown(self, statement: Statement, tokens: Tokens, place: Place) -> str:
        """A statement of no known name: dhcpd evaluates a function's call or a variable, and rejects the rest."""
        call = tokens.kinds[tokens.at + 1 : tokens.at + 2] == ["("]
        word = tokens.text
        if tokens.kind in (NAME, HEX) and statement.children is None:
            at = tokens.at
            try:
                text = self.executables.statement(tokens)
            except DhcpdError:
                if call:
                    raise
                tokens.at = at
            else:
                if not text.endswith(")"):
                    self.report(
                        "statement-unknown",
                        statement,
                        place.where,
                        f"dhcpd knows no statement `{word}`: it takes it for a variable and does nothing with it.",
                        self.meant(word),
                        Severity.WARNING,
                    )
                return f"{text};"
        if place.kind == BODY and word.lower() in self.handlers:
            raise DhcpdError(
                "only statements that dhcpd runs for a packet may stand here",
                "Move it out of this block.",
                "statement-unknown",
            )
        build = OTHER_BUILDS.get(word.lower())
        if build:
            raise DhcpdError(
                f"only a dhcpd that is built {build} knows it", "Remove it, or run that dhcpd.", "statement-unknown"
            )
        raise DhcpdError(f"it knows no statement `{word}` here", self.meant(word), "statement-unknown")

    def meant(self, word: str) -> str:
        """A hint what an unknown statement may have been."""
        word = word.lower()
        if word == "peer":
            return 'Write `failover peer "NAME";` in a pool.'
        if word in HALF_NUMBERS or word in ("primary", "secondary", "hba", "load", "address"):
            return "It belongs into a `failover peer` block."
        close = self.names.close(word, STATEMENTS)
        if close and close != word:
            return f"Did you mean `{close}`?"
        return "Look it up in dhcpd.conf(5)."

    def other(self, statement: Statement, place: Place) -> None:
        """What begins with no word that is known, or with one that something is glued to."""
        if statement.words[0] == "{":
            return  # the text's own finding says it
        if statement.words[0][0] == "%":
            return
        tokens = self.tokens(statement)
        first = tokens.text.lower()
        if tokens.glued[1] and first in self.handlers:
            words = [tokens.text, *tokens.texts[1:-1]]
            self.handlers[first](statement._replace(words=words), place)
            return
        self.texts[id(statement)] = self.unknown(statement, tokens, place)

    # --- declarations ---------------------------------------------------------------------------------------------

    def group(self, statement: Statement, place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        if place.kind == HOST and not self.included(statement, place):
            if tokens.kind != STRING and not is_identifier(tokens.kind):
                raise tokens.unexpected("the name of a group")
            name = unquoted(tokens.take())
            tokens.end()
            if name not in self.names.groups:
                error = DhcpdError(f"there is no group `{name}`", "Declare the group before.", "name-undeclared")
                error.name = f"group {name}"
                raise error
            return
        self.allowed("group", place)
        name = ""
        if tokens.kind == STRING or is_identifier(tokens.kind):
            name = unquoted(tokens.take())
        self.needs_block(statement, "group { ... }")
        if not tokens.done:
            raise tokens.unexpected("the block")
        self.block(statement, GROUP, place)
        if name:
            self.names.groups.add(name)

    def shared_network(self, statement: Statement, place: Place) -> None:
        self.allowed("shared-network", place)
        if in_text(statement):
            tokens = self.tokens(statement)
            tokens.take()
            if tokens.kind == STRING:
                if tokens.take() == '""':
                    raise DhcpdError("its name is empty", "Give it a name.")
            elif not host_name(tokens):
                raise tokens.unexpected("a name", "Write `shared-network NAME { ... }`.")
            self.needs_block(statement, "shared-network NAME { ... }")
            if not tokens.done:
                raise tokens.unexpected("the block", "Write `shared-network NAME { ... }`.")
        found = self.block(statement, SHARED_NETWORK, place)
        if not found.networks:
            raise DhcpdError("no subnet stands in it", "Put a subnet into it; one inside a group does not count.")

    def subnet(self, statement: Statement, place: Place) -> None:
        self.allowed("subnet", place)
        words = statement.words
        if not (
            len(words) == 4
            and words[2] == "netmask"
            and _QUAD(words[1])
            and _QUAD(words[3])
            and statement.children is not None
        ):
            self.subnet_head(statement)
        found = self.block(statement, SUBNET, place)
        if place.kind == SHARED_NETWORK:
            first, mask = parse_address(words[1]), parse_address(words[3])
            place.networks.append((first or 0, mask or 0))
            place.interfaces += found.interfaces

    def subnet_head(self, statement: Statement) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        hint = "Write `subnet ADDRESS netmask MASK { ... }`."
        try:
            address = ipv4(tokens)
            if tokens.kind == "/":
                length = tokens.texts[tokens.at + 1]
                raise DhcpdError(
                    f"{shown('/' + length)} follows after the address",
                    f"Write `subnet {address} netmask {_mask(length)}`, and leave /{length} out.",
                )
            tokens.expect("netmask", "`netmask`", hint)
            ipv4(tokens)
        except DhcpdError as error:
            error.slug = "subnet-invalid"
            error.hint = error.hint or hint
            raise
        self.needs_block(statement, "subnet ADDRESS netmask MASK { ... }")
        if not tokens.done:
            raise tokens.unexpected("the block", hint)

    def pool(self, statement: Statement, place: Place) -> None:
        self.allowed("pool", place)
        place.pools += 1
        self.needs_block(statement, "pool { ... }")
        if len(statement.words) > 1:
            raise DhcpdError("a pool has no name", "Write `pool { ... }`.")
        inner = Place(POOL, statement, place)
        inner.number = place.pools
        self.scope(statement.children or (), inner)

    def range(self, statement: Statement, place: Place) -> None:
        if place.kind not in (SUBNET, POOL) or (place.kind == POOL and self.included(statement, place)):
            raise DhcpdError(
                f"it has no place in {A_PLACE[place.kind]}"
                if place.kind != POOL
                else "an included file cannot hold it",
                "It belongs into a pool or a subnet." if place.kind != POOL else "Write it into the pool itself.",
                "statement-unknown",
            )
        words = statement.words
        if len(words) == 3 and _QUAD(words[1]) and _QUAD(words[2]) and statement.children is None:
            first = words[1]
        else:
            tokens = self.tokens(statement)
            tokens.take()
            tokens.accept("dynamic-bootp")
            first = ipv4(tokens)
            if not tokens.done:
                if tokens.kind in ("-", ","):
                    raise tokens.unexpected("the last address", "Write `range FIRST LAST;`, with a blank between them.")
                ipv4(tokens)
            tokens.end()
        around = place.around
        if place.kind == POOL and around is not None and around.kind == SHARED_NETWORK:
            self.in_network(parse_address(first) or 0, around)

    @staticmethod
    def in_network(address: int, network: Place) -> None:
        """A pool beside the subnets of a shared network comes behind the subnet of its addresses."""
        if any(address & mask == first for first, mask in network.networks):
            return
        children = network.statement.children if network.statement else None
        for sibling in children or ():
            words = sibling.words
            if words[0].lower() == "subnet" and len(words) == 4:
                first, mask = parse_address(words[1]), parse_address(words[3])
                if first is not None and mask is not None and address & mask == first:
                    raise DhcpdError(
                        f"the subnet of its addresses is declared only in line {sibling.line}",
                        "Move the pool behind its subnet.",
                        "name-undeclared",
                    )

    def interface(self, statement: Statement, place: Place) -> None:
        if place.kind not in (SUBNET, SHARED_NETWORK) or self.included(statement, place):
            self.allowed("interface", place)
            raise DhcpdError("it has no place in an included file", "", "statement-unknown")
        tokens = self.tokens(statement)
        tokens.take()
        if tokens.done:
            raise tokens.unexpected("the name of an interface")
        name = unquoted(tokens.take())
        tokens.end()
        network = place
        if place.kind == SUBNET and place.around is not None and place.around.kind == SHARED_NETWORK:
            network = place.around
        if network.interfaces:
            raise DhcpdError("the network is connected to an interface already", "Leave one of them out.")
        if name not in self.interfaces:
            network.interfaces += 1
        self.interfaces.add(name)

    def no_failover(self, statement: Statement, place: Place) -> None:
        """`no failover peer` is followed by the next statement without a semicolon."""
        words = statement.words
        if place.kind != POOL or [word.lower() for word in words[:3]] != ["no", "failover", "peer"]:
            raise DhcpdError(f"it knows no statement `no` in {A_PLACE[place.kind]}", "", "statement-unknown")
        if len(words) > 3:
            self.scope([statement._replace(words=words[3:])], place)

    # --- reservations and classes ---------------------------------------------------------------------------------

    def host(self, statement: Statement, place: Place) -> None:
        self.allowed("host", place)
        if in_text(statement):
            tokens = self.tokens(statement)
            tokens.take()
            if not host_name(tokens):
                hint = "Remove the quotes." if tokens.kind == STRING else "Write `host NAME { ... }`."
                raise tokens.unexpected("a name", hint)
            self.needs_block(statement, "host NAME { ... }")
            if not tokens.done:
                raise tokens.unexpected("the block", "A name has letters, digits, hyphens, underscores and dots only.")
        self.block(statement, HOST, place)

    def own(self, statement: Statement, place: Place, keyword: str) -> Tokens:
        """A statement of a host's or class's own; its tokens behind the keyword."""
        self.allowed(keyword, place)
        if self.included(statement, place):
            raise DhcpdError("an included file cannot hold it", "Write it into the block itself.", "statement-unknown")
        tokens = self.tokens(statement)
        tokens.take()
        return tokens

    def hardware(self, statement: Statement, place: Place) -> None:
        tokens = self.own(statement, place, "hardware")
        kind = tokens.kind
        if kind not in HARDWARE_TYPES and not tokens.text.startswith("unknown-"):
            error = tokens.unexpected(
                f"a kind of hardware: {', '.join(HARDWARE_TYPES)}",
                "Write, for instance, `hardware ethernet 52:54:00:12:34:56`.",
            )
            error.slug = "declaration-invalid"
            raise error
        tokens.take()
        if not tokens.done:
            found = octets(tokens)
            if found.count(":") >= MAX_HARDWARE:
                raise DhcpdError(
                    f"the address has more than {MAX_HARDWARE} octets", "Correct it.", "declaration-invalid"
                )
        tokens.end("Write octets like 52:54:00:12:34:56.")
        place.once("hardware", "the host has a hardware address already")

    def fixed_address(self, statement: Statement, place: Place) -> None:
        six = statement.words[0].lower() == "fixed-address6"
        tokens = self.own(statement, place, statement.words[0].lower())
        if not in_text(statement):
            tokens = Tokens([part for word in statement.words[1:] for part in (",", word)][1:])
        while True:
            (ipv6 if six else address_or_name)(tokens)
            if not tokens.accept(","):
                break
        tokens.end("Write a comma between the addresses." if not tokens.done and tokens.kind == NUMBER else "")
        place.once("fixed-address", "the host has fixed addresses already")

    def fixed_prefix(self, statement: Statement, place: Place) -> None:
        tokens = self.own(statement, place, "fixed-prefix6")
        ipv6(tokens)
        tokens.expect("/")
        tokens.expect(NUMBER)
        tokens.end()

    def uid(self, statement: Statement, place: Place) -> None:
        tokens = self.own(statement, place, "uid")
        place.once("uid", "the host has a client identifier already")
        if tokens.kind == STRING:
            tokens.take()
        else:
            octets(tokens)
        tokens.end()

    def host_identifier(self, statement: Statement, place: Place) -> None:
        tokens = self.own(statement, place, "host-identifier")
        place.once("host-identifier", "the host has a `host-identifier` already")
        if tokens.accept("v6relopt"):
            if counted(tokens) < 0:
                raise DhcpdError("the number of relays is negative", "Correct it.", "declaration-invalid")
        else:
            tokens.expect("option", "`option` or `v6relopt`")
        name = self.names.option_name(tokens)
        option_data(tokens, self.names.format(name))
        tokens.end()

    def client_class(self, statement: Statement, place: Place) -> None:
        keyword = statement.words[0].lower()
        self.allowed(keyword, place)
        tokens = self.tokens(statement)
        tokens.take()
        if not in_text(statement) and keyword == "subclass":
            return
        if tokens.kind != STRING:
            raise tokens.unexpected("the name of a class in quotes", "Put the name into quotes.")
        name = unquoted(tokens.take())
        if keyword != "class" and name not in self.names.classes:
            error = DhcpdError(f'there is no class "{name}"', "Declare the class before.", "class-unknown")
            error.name = f"class {name}"
            raise error
        if keyword == "subclass":
            if tokens.kind == STRING:
                tokens.take()
            elif tokens.kind in (NUMBER, HEX):
                octets(tokens)
            else:
                raise tokens.unexpected("text in quotes or octets", "Put text into quotes.")
        if keyword == "class" or statement.children is not None:
            self.needs_block(statement, 'class "NAME" { ... }')
            if not tokens.done:
                raise tokens.unexpected("the block")
        else:
            tokens.end()
        inner = Place(CLASS, statement, place)
        if keyword != "class":
            inner.seen.add("subclass")
        if statement.children:
            self.scope(statement.children, inner)
        if keyword == "class":
            self.names.classes.add(name)

    def match(self, statement: Statement, place: Place) -> None:
        keyword = statement.words[0].lower()
        tokens = self.own(statement, place, keyword)
        if "subclass" in place.seen:
            raise DhcpdError("a subclass matches by its value", "Move it into the class.", "statement-unknown")
        self.executables.expressions.nesting = 0
        if keyword == "match" and tokens.accept("if"):
            place.once("match if", "the class has a `match if` already")
            text = f"match if {self.executables.expressions.boolean(tokens).text}"
        else:
            if keyword == "spawn":
                tokens.expect("with")
            place.once("match", "the class has a `match` or `spawn with` already")
            head = "match" if keyword == "match" else "spawn with"
            text = f"{head} {self.executables.expressions.data(tokens).text}"
        tokens.end()
        self.texts[id(statement)] = f"{text};"

    def lease_limit(self, statement: Statement, place: Place) -> None:
        if place.kind != CLASS:
            raise DhcpdError(
                f"it knows no statement `lease` in {A_PLACE[place.kind]}",
                "It belongs into the lease file.",
                "statement-unknown",
            )
        tokens = self.own(statement, place, "lease")
        tokens.expect("limit", "`limit`", "Write `lease limit NUMBER;`.")
        if counted(tokens) < 0:
            raise DhcpdError("the limit is negative", "Correct it.", "declaration-invalid")
        tokens.end()

    # --- relationships, keys, zones -------------------------------------------------------------------------------

    def failover(self, statement: Statement, place: Place) -> None:
        """What the interpreter says of references is not said twice: only the form, and what stands in a half."""
        words = statement.words
        if statement.children is None or place.kind not in (GLOBAL, SHARED_NETWORK):
            if place.kind == POOL and self.included(statement, place):
                raise DhcpdError("an included file cannot hold it", "Write it into the pool itself.")
            if len(words) == 4 and words[3].lower() == "state":
                self.allowed("failover", place)
            return
        tokens = self.tokens(statement)
        tokens.take()
        tokens.expect("peer", "`peer`", 'Write `failover peer "NAME" { ... }`.')
        if tokens.kind != STRING and not is_identifier(tokens.kind) and in_text(statement):
            raise tokens.unexpected("the name of a relationship", "Put the name into quotes.")
        name = unquoted(words[2]) if len(words) > 2 else ""
        tokens.take()
        if len(words) == 4 and words[3].lower() == "state":
            if name not in self.names.relationships:
                raise DhcpdError(
                    f"there is no relationship `{name}`", "It belongs into the lease file.", "statement-unknown"
                )
            for child in statement.children:
                self.state(child)
            return
        if not tokens.done and in_text(statement):
            raise tokens.unexpected("the block")
        inner = Place(HALF, statement, place)
        for child in statement.children:
            try:
                self.half_statement(child)
            except DhcpdError as error:
                self.complain(child, inner, error)
        self.names.relationships.add(name)

    def state(self, statement: Statement) -> None:
        """dhcpd takes a state out of its lease database here, too."""
        tokens = self.tokens(statement)
        hint = "It belongs into the lease file."
        if tokens.accept("mclt"):
            counted(tokens)
        else:
            if tokens.kind not in ("my", "partner"):
                raise tokens.unexpected("`my state`, `partner state` or `mclt`", hint)
            tokens.take()
            tokens.expect("state")
            if tokens.kind not in _STATES:
                raise tokens.unexpected(f"a state: {', '.join(_STATES)}", hint)
            tokens.take()
            if tokens.accept("at"):
                self.date(tokens)
        tokens.end()

    def half_statement(self, statement: Statement) -> None:
        words = statement.words
        tokens = self.tokens(statement)
        known = words[0].lower()
        while tokens.accept("peer"):
            known = f"peer {tokens.text.lower()}"
        kind = tokens.kind
        if kind in ("primary", "secondary"):
            tokens.take()
        elif kind == "address":
            tokens.take()
            address_or_name(tokens)
        elif kind == "hba":
            tokens.take()
            self.hash_buckets(tokens)
        elif kind == "load":
            tokens.take()
            for word in ("balance", "max", "seconds"):
                if not tokens.accept(word):
                    hint = "Write `load balance max seconds NUMBER;`."
                    raise DhcpdError(
                        f"{shown(tokens.text)} stands where dhcpd wants `{word}`", hint, "statement-unknown"
                    )
            counted(tokens)
        elif kind in HALF_NUMBERS:
            tokens.take()
            counted(tokens)
        else:
            close = self.names.close(known, HALF_STATEMENTS)
            hint = f"Did you mean `{close}`?" if close else "See `failover peer` in dhcpd.conf(5)."
            raise DhcpdError("a relationship has no such statement", hint, "statement-unknown")
        tokens.end()

    @staticmethod
    def hash_buckets(tokens: Tokens) -> None:
        """The rule hba-malformed counts the octets; here they must be some."""
        octets(tokens)

    def key(self, statement: Statement, place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        name = unquoted(tokens.take()) if tokens.kind == STRING else host_name(tokens)
        if not name:
            raise tokens.unexpected("the name of a key", "Write `key NAME { ... }`.")
        self.needs_block(statement, "key NAME { ... }")
        if not tokens.done:
            raise tokens.unexpected("the block", "Write `key NAME { ... }`.")
        inner = Place(KEY, statement, place)
        for child in statement.children or ():
            try:
                self.key_statement(child, inner)
            except DhcpdError as error:
                if error.slug == "empty":
                    self.report(
                        "declaration-invalid",
                        child,
                        inner.where,
                        "The secret is empty; dhcpd ignores the key without a word.",
                        "Generate a new one.",
                        Severity.WARNING,
                    )
                    return
                self.complain(child, inner, error)
        for word in ("algorithm", "secret"):
            if word not in inner.seen:
                raise DhcpdError(f"it has no {word}, and dhcpd crashes at it", f"Give the key its {word}.")
        self.names.keys.add(name.lower())

    def key_statement(self, statement: Statement, place: Place) -> None:
        tokens = self.tokens(statement)
        word = tokens.kind
        if word == "algorithm":
            tokens.take()
            place.once(word, "the key has an algorithm already")
            if not host_name(tokens):
                raise tokens.unexpected("the name of an algorithm")
        elif word == "secret":
            tokens.take()
            place.once(word, "the key has a secret already")
            if not base64(tokens):
                raise DhcpdError("", slug="empty")
        else:
            close = self.names.close(statement.words[0], ("algorithm", "secret"))
            hint = f"Did you mean `{close}`?" if close else ""
            raise DhcpdError("a key has an algorithm and a secret, and nothing else", hint, "statement-unknown")
        tokens.end()

    def zone(self, statement: Statement, place: Place) -> None:
        tokens = self.tokens(statement)
        tokens.take()
        if not host_name(tokens):
            hint = "Remove the quotes." if tokens.kind == STRING else "Write `zone NAME { ... }`."
            raise tokens.unexpected("the name of a zone", hint)
        self.needs_block(statement, "zone NAME { ... }")
        if not tokens.done:
            raise tokens.unexpected("the block", "Write `zone NAME { ... }`.")
        inner = Place(ZONE, statement, place)
        for child in statement.children or ():
            try:
                self.zone_statement(child, inner)
            except DhcpdError as error:
                self.complain(child, inner, error)

    def zone_statement(self, statement: Statement, place: Place) -> None:
        tokens = self.tokens(statement)
        word = tokens.kind
        if word in ("primary", "secondary", "primary6", "secondary6"):
            tokens.take()
            place.once(word, f"the zone has a `{word}` already")
            while True:
                (ipv6 if word[-1] == "6" else address_or_name)(tokens)
                if not tokens.accept(","):
                    break
        elif word == "key":
            tokens.take()
            name = unquoted(tokens.take()) if tokens.kind == STRING else host_name(tokens)
            if not name:
                raise tokens.unexpected("the name of a key")
            place.once(word, "the zone has a key already")
            if name.lower() not in self.names.keys:
                error = DhcpdError(f"there is no key `{name}`", "Declare the key before the zone.", "name-undeclared")
                error.name = f"key {name}"
                raise error
        else:
            raise DhcpdError(
                "a zone has primary, secondary, primary6, secondary6 and key only", "Remove it.", "statement-unknown"
            )
        tokens.end()


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


def _given(word: str, kind: str) -> list[str]:
    """The words of a variable's value, as the role's template writes it: text gets quotes, unless it has them."""
    letter = kind[:1]
    text = letter in ("t", "D") or (letter in ("X", "E") and not _OCTETS.fullmatch(word))
    if not text:
        return split_words(_COMMENT.sub(" ", word))
    if len(word) > 1 and word[0] == word[-1] == '"':
        return split_words(word)
    return ['"{}"'.format(word.replace("\\", "\\\\").replace('"', '\\"'))]


def _mask(length: str) -> str:
    """The netmask of a prefix length, as far as it is one."""
    if not (length.isdigit() and len(length) <= 2 and int(length) <= 32):
        return "MASK"
    return format_address((0xFFFFFFFF << (32 - int(length))) & 0xFFFFFFFF)


def _conditional(statement: Statement) -> bool:
    """Whether an `else` may follow."""
    words = [word.lower() for word in statement.words]
    while words and words[0] in ("case", "default", "default:"):
        colon = next((at for at, word in enumerate(words) if word.endswith(":")), len(words))
        words = words[colon + 1 :]
    return bool(words) and (words[0] in ("if", "elsif") or words[:2] == ["else", "if"])


def _size(value: str) -> int | None:
    """How many octets a constant has."""
    if value[:1] == '"':
        return len(value) - 2 if "\\" not in value else None
    encoded = _ENCODED.fullmatch(value)
    if encoded:
        return int(encoded[1]) // 8
    return value.count(":") + 1 if _OCTETS.fullmatch(value) or re.fullmatch("[0-9a-f]{2}", value) else None


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
