# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Turn a hand-written dhcpd.conf into variables of the role dhcp_server.

Statements that variables can express become variables; the others stay text in the `extra` of their scope. `proof`
proves that both mean the same: it reads back the file that the role writes.

A statement that moves must keep its meaning. The role's template writes definitions, settings, relationships, classes,
`extra`, shared networks, subnets and reservations, in this order; inside a block settings come before `extra`. So a
statement also stays text if it could undo an earlier text, and a block stays text if its place matters (`plan`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.plan import AdoptionPlan
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.text import (
    all_words,
    named,
    reason,
    tight,
    written,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    KEYS_FILE,
    OMAPI_FILE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.render import option_format
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import PARAMETER_FORMATS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import TEXT_FORMATS, is_quoted
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    MAX_INCLUDE_DEPTH,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    ALLOW_PARAMETERS,
    EXECUTABLE,
    FLAG,
    PARAMETERS,
    SECRETS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Server,
    canonical,
    format_address,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_OMAPI_KEY,
    DEFAULT_OMAPI_PORT,
    LEASE_TIMES,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

# The file for keys from dhcpd.conf itself; it stays on the host.

_LISTS = ("subnets", "shared_networks", "hosts", "classes", "option_definitions")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_PLAIN_TEXT = re.compile(r'[^"\\\n]*')
_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,17}")
_BOOTP = "dynamic bootp clients"
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,8}")
_FLAGS = {"true": True, "on": True, "false": False, "off": False}
# Settings of a group that its reservations can state themselves.
_GROUPED = frozenset({"option", *PARAMETERS}) - SECRETS
# Blocks whose statements undo nothing outside.
_SCOPES = frozenset({"class", "group", "host", "pool", "shared-network", "subclass", "subnet", "zone"})


def adopt(name: str, text: str, includes: Mapping[str, str] | None = None) -> Adopted:
    """The variables of one server's configuration. Raises ValueError if dhcpd itself would reject it, or if nothing can
    be proven about it."""
    live = read_server(name, text, includes)
    wrong = [problem for problem in live.problems if problem.severity is Severity.ERROR]
    if wrong:
        more = f" There are {len(wrong) - 1} more errors." if len(wrong) > 2 else ""
        more = " There is one more error." if len(wrong) == 2 else more
        fault = "crashes with" if wrong[0].slug == "statement-crash" else "would not take"
        raise ValueError(f"dhcpd itself {fault} this configuration. Repair it first. {wrong[0]}{more}")
    return _Adopter(name, live, text, includes or {}).adopted()


def _scalar(word: str) -> Any:
    """An unquoted word, as a YAML value."""
    if _DECIMAL.fullmatch(word):
        return int(word)
    return _FLAGS.get(word, word)


def _text(word: str, kind: str) -> Any:
    """The variable for a quoted word; None if there is none."""
    if len(word) < 2 or word[-1] != '"' or "\n" in word:
        return None
    text = word[1:-1]
    plain = text and text == text.strip() and _PLAIN_TEXT.fullmatch(text) and "," not in text
    return text if plain and is_quoted(text, kind) else word


def _value(words: Sequence[str], kind: str) -> Any:
    """The variable for a statement's value of this format; None if there is none."""
    parts, commas = words[::2], words[1::2]
    if len(words) % 2 == 0 or any(comma != "," for comma in commas) or "," in parts or parts[0] in ("=", "("):
        return None
    values = []
    for word in parts:
        value: Any
        if word[:1] == '"':
            value = _text(word, kind)
        elif kind[:1] in TEXT_FORMATS:
            value = None if is_quoted(word, kind) else word
        else:
            value = _scalar(word)
        if value is None:
            return None
        values.append(value)
    return values if len(values) > 1 else values[0]


class _Block:
    """A scope's settings as variables, and its statements that stay text."""

    def __init__(self, adopter: _Adopter, where: str, authoritative: bool = False) -> None:
        self.adopter = adopter
        self.where = where
        self.authoritative = authoritative
        self.item: Variables = {}
        self.text: list[Statement] = []
        self.touched: set[str] = set()  # words of the text: a later statement may undo their effect

    def keep(self, statement: Statement, why: str | None = None) -> None:
        """Leave a statement as text."""
        self.text.append(statement)
        keyword = statement.words[0].lower()
        if keyword not in _SCOPES:
            for word in all_words((statement,)):
                name = word.removeprefix("server.")
                self.touched.update((word, name, ALLOW_PARAMETERS.get(name, name)))
        if keyword != "include":
            self.adopter.kept(self.where, statement, why or reason(statement))

    def holds(self, keyword: str) -> bool:
        """Whether a statement of this kind stays text here."""
        return any(statement.words[0].lower() == keyword for statement in self.text)

    def result(self) -> Variables:
        if self.text:
            self.item["extra"] = f"{written(self.text)}\n"
        return self.item

    def settle(self, statement: Statement) -> None:
        """A statement that any scope may have."""
        if statement.children is not None or not self.setting(statement):
            words = [statement.words[0].lower(), *(word.lower() for word in statement.words[1:2])]
            undone = self.touched.intersection(words) and words[0] not in EXECUTABLE
            self.keep(statement, "text before it states the same" if undone else None)

    def setting(self, statement: Statement) -> bool:
        words = statement.words
        keyword = words[0].lower()
        if keyword == "option":
            return self.option(words)
        if keyword in ("allow", "deny", "ignore"):
            return self.allow(keyword, " ".join(words[1:]).lower())
        if keyword in ("authoritative", "not"):
            if not self.authoritative or "authoritative" in self.touched:
                return False
            self.item["authoritative"] = keyword == "authoritative"
            return True
        if keyword not in PARAMETERS or keyword in SECRETS or keyword in self.touched or len(words) != 2:
            return False
        return self.parameter(keyword, words[1])

    def option(self, words: Sequence[str]) -> bool:
        name = words[1].lower() if len(words) > 2 else ""
        if not _NAME.fullmatch(name) or name in self.touched or name in self.adopter.late_options:
            return False
        if name in ("dhcp-client-identifier", "space"):
            return False  # a reservation's own key, rare elsewhere, and not an option
        value = _value(words[2:], option_format(name, self.adopter.definitions))
        if value is None:
            return False
        self.item.setdefault("options", {})[name.replace("-", "_")] = value
        return True

    def parameter(self, keyword: str, word: str) -> bool:
        if keyword in LEASE_TIMES:
            seconds = self.adopter.seconds(word)
            if seconds is None:
                return False
            self.item[keyword.replace("-", "_")] = seconds
            return True
        kind = PARAMETER_FORMATS.get(keyword, "")
        value = _value([word], kind)
        if value is None or (kind[:1] not in TEXT_FORMATS and word[:1] == '"'):
            return False
        if isinstance(value, bool) and PARAMETERS[keyword] != FLAG:
            value = word
        self.forget(keyword)
        self.item.setdefault("parameters", {})[keyword.replace("-", "_")] = value
        return True

    def allow(self, keyword: str, phrase: str) -> bool:
        name = ALLOW_PARAMETERS.get(phrase)
        if name is None or name in self.touched:
            return False
        self.forget(name)
        self.item.setdefault("parameters", {}).setdefault(keyword, []).append(phrase)
        return True

    def forget(self, name: str) -> None:
        """Drop earlier statements of a parameter in any spelling, because the last one counts."""
        parameters = self.item.get("parameters", {})
        parameters.pop(name.replace("-", "_"), None)
        for keyword in ("allow", "deny", "ignore"):
            phrases = [phrase for phrase in parameters.get(keyword, ()) if ALLOW_PARAMETERS[phrase] != name]
            if phrases:
                parameters[keyword] = phrases
            else:
                parameters.pop(keyword, None)


class _StaysTextError(Exception):
    """The reason why a block must stay text as a whole."""


class _Adopter:
    """Turns one server's statements into variables."""

    def __init__(self, name: str, live: Server, text: str, includes: Mapping[str, str]) -> None:
        self.live = live
        self.parsed = {file: parse(Source(content, file))[0] for file, content in includes.items()}
        self.root = parse(Source(text))[0]
        self.halves = {half.name: half for half in live.halves if _PLAIN_TEXT.fullmatch(half.name)}
        self.moved_halves: list[str] = []  # of shared networks
        self.moved_keys: list[Statement] = []
        self.late_options: set[str] = set()  # options whose definition is text, and comes after what is not
        self.spaces: set[str] = set()
        self.definitions: dict[str, tuple[str, str]] = {}
        self.classes: dict[str, Variables] = {}
        self.lists: dict[str, list[Any]] = {name: [] for name in _LISTS}
        self.found = Adopted(name, live, text, includes=includes)

    # --- remarks ----------------------------------------------------------------------------------------------

    def kept(self, where: str, statement: Statement, why: str) -> None:
        """Record that a statement stays text; parts of the condition before it are recorded with that."""
        shown = written((statement,))
        if statement.words[0].lower() in ("elsif", "else") and self.found.extra:
            self.found.extra[-1]["statement"] += f"\n{shown}"
            return
        line = " ".join([*([statement.source.label] if statement.source.label else []), f"line {statement.line}"])
        self.found.extra.append({"place": where or "global", "line": line, "why": why, "statement": shown})

    @staticmethod
    def seconds(word: str) -> int | None:
        if word.lower() == "infinite":
            return -1
        if _DECIMAL.fullmatch(word):
            return int(word)
        return int(word, 16) if _HEXADECIMAL.fullmatch(word) else None

    # --- one tree, without secrets ----------------------------------------------------------------------------

    def plain(self, statements: Iterable[Statement], inside: bool, chain: tuple[str, ...] = ()) -> Iterator[Statement]:
        """The statements, including those of included files, without keys and relationships, which the role writes
        first. Files with keys stay on the host."""
        for statement in statements:
            words, inner = statement.words, statement.children
            keyword = words[0].lower()
            if inner is None:
                if keyword == "include":
                    yield from self.included(statement, unquote(words[-1]), inside, chain)
                elif keyword in SECRETS:
                    self.secret(statement, inside)
                else:
                    yield statement
            elif keyword == "key":
                self.secret(statement, inside)
            elif keyword == "failover" and inside and len(words) == 3 and unquote(words[2]) in self.halves:
                self.moved_halves.append(unquote(words[2]))
                yield statement._replace(words=["failover", "peer", f'"{unquote(words[2])}"'], children=None)
            elif keyword == "failover":
                yield statement
            else:
                yield statement._replace(children=list(self.plain(inner, True, chain)))

    def included(self, statement: Statement, name: str, inside: bool, chain: tuple[str, ...]) -> Iterator[Statement]:
        if name not in self.parsed:
            if name == OMAPI_FILE:
                return
            raise ValueError(
                f'line {statement.line}: the included file "{name}" was not read, so nothing that '
                "depends on it could be proven. Adopt on the server itself, as root, or put a copy beside the "
                "configuration; secrets in it need not be the real ones."
            )
        if name in chain or len(chain) >= MAX_INCLUDE_DEPTH:
            yield statement
        elif self.holds_secrets(self.parsed[name]):
            fate = {"name": None, "line": f"file {name}", "fate": "stays on the host, included"}
            if fate not in self.found.keys:
                self.found.keys.append(fate)
            yield statement
        else:
            yield from self.plain(self.parsed[name], inside, (*chain, name))

    def holds_secrets(self, statements: Iterable[Statement]) -> bool:
        """Whether a file has a secret other than the OMAPI key."""
        return any(word in SECRETS for word in all_words(each for each in statements if not self.is_omapi_key(each)))

    def is_omapi_key(self, statement: Statement) -> bool:
        omapi = self.live.omapi
        return (
            statement.words[0].lower() == "key"
            and statement.children is not None
            and omapi is not None
            and unquote(statement.words[-1]) == omapi.key
            and not self.shared_key
        )

    @cached_property
    def shared_key(self) -> bool:
        """Whether a zone also uses the OMAPI key."""
        omapi = self.live.omapi
        waiting = [*self.root, *(each for statements in self.parsed.values() for each in statements)]
        while waiting:
            statement = waiting.pop()
            if statement.children is None:
                if statement.words[0].lower() == "key" and omapi and unquote(statement.words[-1]) == omapi.key:
                    return True
            else:
                waiting.extend(statement.children)
        return False

    def secret(self, statement: Statement, inside: bool) -> None:
        """A secret in dhcpd.conf itself, which the role will replace. A key is global, wherever it is written."""
        words = statement.words
        line = f"line {statement.line}"
        if self.is_omapi_key(statement):
            self.found.keys.append(
                {"name": unquote(words[-1]), "line": line, "fate": f"OMAPI: the role makes a new key in {OMAPI_FILE}"}
            )
            return
        if words[0].lower() != "key" and inside:
            raise ValueError(
                f"{line}: `{words[0]}` is inside a block, where no secret can be taken out of "
                "the file. State it at the top level."
            )
        name = unquote(words[-1]) if words[0].lower() == "key" else words[0]
        self.found.keys.append(
            {"name": name, "line": line, "fate": f"move it to {KEYS_FILE} on the host before you deploy"}
        )
        self.moved_keys.append(statement)

    # --- the configuration ------------------------------------------------------------------------------------

    def adopted(self) -> Adopted:
        statements = list(_ungrouped(self.plain(self.root, inside=False)))
        self.define(statements)
        plan = AdoptionPlan(statements, self.live, self.late_options)
        block = _Block(self, "", authoritative=not plan.late_authority)
        if self.moved_keys:
            source = self.moved_keys[0]
            block.text.append(source._replace(words=["include", f'"{KEYS_FILE}"'], children=None))
            self.found.new[KEYS_FILE] = written(self.moved_keys)
        self.found.halves.extend(self.halves[name] for name in dict.fromkeys(self.moved_halves))
        for index, statement in enumerate(statements):
            why = plan.whole.get(index)
            if why is None:
                self.statement(statement, block, plan, index)
            else:
                block.keep(statement, why)
        variables = block.result()
        if variables.get("authoritative") is False:
            del variables["authoritative"]  # what the variable means by false: not stated
            variables["extra"] = f"not authoritative;\n{variables.get('extra', '')}"
        for name, items in self.lists.items():
            if items:
                variables[name] = items
        self.omapi(variables)
        self.found.variables = variables
        return self.found

    def omapi(self, variables: Variables) -> None:
        omapi = self.live.omapi
        if omapi is None:
            self.found.notes.append("OMAPI is off. The role switches it on, with a key, for this host only.")
            return
        if omapi.port != DEFAULT_OMAPI_PORT:
            variables["omapi_port"] = omapi.port
        if omapi.key is None:
            self.found.notes.append("OMAPI has no key: anybody may change the failover state. The role gives it one.")
        elif self.shared_key:
            self.found.notes.append(f"Key {omapi.key} is OMAPI's and a zone's. The role gives OMAPI one of its own.")
            if omapi.key == DEFAULT_OMAPI_KEY:
                variables["omapi_key_name"] = "failover_omapi_key"
        elif omapi.key != DEFAULT_OMAPI_KEY:
            variables["omapi_key_name"] = omapi.key

    def define(self, statements: Sequence[Statement]) -> None:
        """Define the administrator's own options first, because other values depend on them."""
        found: list[tuple[str, str, str]] = []
        seen: set[str] = set()  # an option that is used before its definition means something else there
        last = max((index for index, each in enumerate(statements) if _is_definition(each)), default=-1)
        for statement in statements[: last + 1]:
            words = statement.words
            if not _is_definition(statement):
                seen.update(all_words((statement,)))
                if words[0].lower() == "option" and len(words) > 2 and words[1].lower() == "space":
                    self.spaces.add(unquote(words[2]).lower())
                continue
            name, code = words[1].lower(), words[3]
            kind = tight(" ".join(words[5:])).lower()
            found.append((name, code, kind))
            plain = _NAME.fullmatch(name) and _DECIMAL.fullmatch(code) and "encapsulate" not in kind
            if not plain or name in seen or f"unknown-{code}" in seen:
                self.late_options.add(name)
        names, codes = (Counter(item[part] for item in found) for part in (0, 1))
        self.late_options.update(
            name for name, code, _kind in found if names[name] > 1 or (codes[code] > 1 and "." not in name)
        )
        for name, code, kind in found:
            if name not in self.late_options:
                self.definitions[name] = (code, kind)
                self.lists["option_definitions"].append(
                    {"name": name.replace("-", "_"), "code": int(code), "type": kind}
                )

    def needs_later(self, statement: Statement) -> bool:
        """Whether a class uses options that only `extra`, after it, defines."""
        return any(
            word in self.late_options or ("." in word and word.partition(".")[0] in self.spaces)
            for word in all_words((statement,))
        )

    def statement(self, statement: Statement, block: _Block, plan: AdoptionPlan, index: int) -> None:
        words, keyword = statement.words, statement.words[0].lower()
        if keyword in ("omapi-port", "omapi-key") or (
            _is_definition(statement) and words[1].lower() in self.definitions
        ):
            return
        if keyword == "failover" and statement.children is not None:
            half = self.halves.get(unquote(words[-1]))
            if half is None:
                block.keep(statement, "a name with quotation marks")
            else:
                self.found.halves.append(half)
            return
        told, reserved = len(self.found.extra), len(self.lists["hosts"])
        try:
            if keyword == "class":
                if block.holds("class") or plan.classes_are_text(unquote(words[-1]), index):
                    raise _StaysTextError("a class that comes after others which are text, or in pieces")
                if self.needs_later(statement):
                    raise _StaysTextError("a class that speaks of an option which is text")
                item = self.client_class(statement)
                self.classes[item["name"]] = item
                self.lists["classes"].append(item)
            elif keyword == "subclass":
                if block.holds("subclass") or not self.subclass(words, statement):
                    raise _StaysTextError("a subclass with settings, or of a class that is text")
            elif keyword == "subnet":
                self.lists["subnets"].append(self.subnet(statement))
            elif keyword == "shared-network":
                self.lists["shared_networks"].append(self.shared_network(statement))
            elif keyword == "host":
                self.lists["hosts"].append(self.host(statement))
            else:
                block.settle(statement)
        except _StaysTextError as why:
            del self.found.extra[told:], self.lists["hosts"][reserved:]
            block.keep(statement, str(why))

    # --- networks ---------------------------------------------------------------------------------------------

    def subnet(self, statement: Statement, around: str = "", inherited: str | None = None) -> Variables:
        words = statement.words
        first = parse_address(words[1]) if len(words) == 4 else None
        prefix = prefix_of(words[3]) if len(words) == 4 else None
        if first is None or prefix is None:
            raise _StaysTextError("a subnet that is written in another way")
        cidr = f"{format_address(first)}/{prefix}"
        block = _Block(self, f"{around}subnet {cidr}", authoritative=True)
        lists: dict[str, list[Any]] = {"ranges": [], "pools": []}
        span = (first, first | (0xFFFFFFFF >> prefix))
        for inner in _ungrouped(statement.children or ()):
            keyword = inner.words[0].lower()
            if keyword == "range":
                self.range(inner, lists["ranges"], block)
            elif keyword == "pool":
                self.pool(inner, lists["pools"], block, inherited)
            elif keyword == "host":
                self.inner_host(inner, block, [span])
            else:
                block.settle(inner)
        return {"subnet": cidr, **_ordered(block.result(), lists)}

    def range(self, statement: Statement, ranges: list[str], block: _Block) -> None:
        numbers = [parse_address(word) for word in statement.words[1:]]
        if len(numbers) not in (1, 2) or None in numbers or statement.children is not None or block.holds("range"):
            block.keep(statement)
        else:
            ranges.append("-".join(format_address(number) for number in numbers if number is not None))

    def pool(self, statement: Statement, pools: list[Variables], around: _Block, inherited: str | None) -> None:
        told = len(self.found.extra)
        try:
            pools.append(self.whole_pool(statement, f"{around.where}, pool {len(pools) + 1}", inherited))
        except _StaysTextError as why:
            if inherited is not None:
                raise  # in `extra` it would inherit nothing
            del self.found.extra[told:]
            around.keep(statement, str(why))

    def whole_pool(self, statement: Statement, where: str, inherited: str | None) -> Variables:
        if any(name.gives for name in named(statement)):
            raise _StaysTextError("a pool with a class or a named group in it")
        block = _Block(self, where)
        head: Variables = {} if inherited is None else {"failover": inherited}
        named_here = False
        permits: dict[str, list[str]] = {"allow": [], "deny": []}
        ranges: list[str] = []
        for inner in statement.children or ():
            words, keyword = inner.words, inner.words[0].lower()
            if keyword == "failover":
                name = unquote(words[-1])
                if named_here or len(words) != 3 or not _PLAIN_TEXT.fullmatch(name):
                    raise _StaysTextError("a pool that names its relationship in another way")
                head["failover"], named_here = name, True
            elif keyword == "no":
                raise _StaysTextError("a pool with `no failover`")
            elif keyword == "subnet":
                raise _StaysTextError("a pool with a subnet in it")
            elif keyword in permits and inner.children is None:
                phrase = " ".join(words[1:])
                permits[keyword].append(_BOOTP if phrase.lower() == _BOOTP else phrase)
            elif keyword == "range":
                if len(words) > 1 and words[1].lower() == "dynamic-bootp" and (head or _names_relationship(statement)):
                    raise _StaysTextError("a pool with BOOTP addresses and a relationship")
                self.range(inner, ranges, block)
            else:
                block.settle(inner)
        if "failover" in head and _BOOTP not in permits["allow"] + permits["deny"]:
            head["deny_bootp"] = False
        elif "failover" in head and _BOOTP not in permits["allow"]:
            # The role writes it by itself.
            permits["deny"] = [phrase for phrase in permits["deny"] if phrase != _BOOTP]
        head.update((keyword, phrases) for keyword, phrases in permits.items() if phrases)
        return {**head, **_ordered(block.result(), {"ranges": ranges})}

    def shared_network(self, statement: Statement) -> Variables:
        name = unquote(statement.words[-1])
        if not _PLAIN_TEXT.fullmatch(name):
            raise _StaysTextError("a name with quotation marks")
        where = f'shared network "{name}"'
        block = _Block(self, where, authoritative=True)
        lists: dict[str, list[Any]] = {"subnets": [], "pools": []}
        inherited: str | None = None  # the relationship of later pools that name no other
        children = list(_ungrouped(statement.children or ()))
        spans = [span for inner in children if (span := _span(inner)) is not None]
        for inner in children:
            words, keyword = inner.words, inner.words[0].lower()
            if keyword == "subnet":
                lists["subnets"].append(self.subnet(inner, f"{where}, ", inherited))
            elif keyword == "pool":
                self.pool(inner, lists["pools"], block, inherited)
            elif keyword == "failover":
                inherited = unquote(words[-1])
                if len(words) != 3 or not _PLAIN_TEXT.fullmatch(inherited) or inner.children is not None:
                    raise _StaysTextError("a shared network that names its relationship in another way")
            elif keyword == "host":
                self.inner_host(inner, block, spans)
            else:
                block.settle(inner)
        return {"name": name, **_ordered(block.result(), lists)}

    # --- reservations and classes -----------------------------------------------------------------------------

    def inner_host(self, statement: Statement, block: _Block, spans: Sequence[tuple[int, int]]) -> None:
        """A reservation inside a network. If all its addresses are there, it gets the same settings anywhere."""
        told = len(self.found.extra)
        try:
            fixed = [inner for inner in statement.children or () if inner.words[0].lower() == "fixed-address"]
            numbers = [parse_address(word) for inner in fixed for word in inner.words[1:] if word != ","]
            if not numbers or not all(
                number is not None and any(low <= number <= high for low, high in spans) for number in numbers
            ):
                raise _StaysTextError("a reservation that takes settings of this network to addresses outside of it")
            if any(True for _name in named(statement)):
                raise _StaysTextError("a reservation with a class or a group")
            self.lists["hosts"].append(self.host(statement))
        except _StaysTextError as why:
            del self.found.extra[told:]
            block.keep(statement, str(why))

    def host(self, statement: Statement) -> Variables:
        name = unquote(statement.words[-1])
        if len(statement.words) != 2 or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise _StaysTextError("a name that variables do not take")
        block = _Block(self, f'reservation "{name}"')
        own: Variables = {}
        identified = False
        for inner in statement.children or ():
            words, keyword = inner.words, inner.words[0].lower()
            if inner.children is not None:
                block.keep(inner)
            elif keyword == "hardware" and len(words) == 3 and _OCTETS.fullmatch(words[2]):
                kind = words[1].lower()
                own["hardware"] = canonical(words[2]) if kind == "ethernet" else f"{kind} {canonical(words[2])}"
            elif keyword == "fixed-address":
                addresses = [canonical(word) for word in words[1:] if word != ","]
                own.update({"address": addresses[0]} if len(addresses) == 1 else {"addresses": addresses})
            elif keyword == "uid" or (keyword == "option" and words[1].lower() == "dhcp-client-identifier"):
                value = _value(words[1 if keyword == "uid" else 2 :], "X")
                if identified:
                    raise _StaysTextError("a reservation with two client identifiers")
                identified = True
                if isinstance(value, str):
                    own["client_id"] = value
                else:
                    block.keep(inner)
            else:
                block.settle(inner)
        return {"name": name, **own, **block.result()}

    def client_class(self, statement: Statement) -> Variables:
        name = unquote(statement.words[-1])
        if not _PLAIN_TEXT.fullmatch(name):
            raise _StaysTextError("a name with quotation marks")
        block = _Block(self, f'class "{name}"')
        own: Variables = {}
        for inner in statement.children or ():
            words, keyword = inner.words, inner.words[0].lower()
            if keyword == "match" and "match" not in own and inner.children is None and not block.holds("spawn"):
                own["match"] = written([inner]).partition(" ")[2].rstrip(";")
            elif keyword == "lease" and len(words) == 3 and _DECIMAL.fullmatch(words[2]):
                own["lease_limit"] = int(words[2])
            else:
                block.settle(inner)
        return {"name": name, **own, **block.result()}

    def subclass(self, words: Sequence[str], statement: Statement) -> bool:
        name = unquote(words[1])
        item = self.classes.get(name) if len(words) == 3 and statement.children is None else None
        value = None if item is None else _value(words[2:], "X")
        if item is None or not isinstance(value, str):
            return False
        item.setdefault("subclasses", []).append(value)
        return True


def _ungrouped(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Reservations instead of each group that has only these and settings for them. Their own settings come last."""
    for statement in statements:
        inner = list(_ungrouped(statement.children or ()))
        settings = [each for each in inner if each.words[0].lower() in _GROUPED and not _is_definition(each)]
        hosts = [each for each in inner if each.words[0].lower() == "host" and each.children is not None]
        plain = statement.words == ["group"] and hosts and len(settings) + len(hosts) == len(inner)
        if not plain or any(True for _name in named(statement)):
            yield statement
        else:
            yield from (host._replace(children=[*settings, *(host.children or ())]) for host in hosts)


def _is_definition(statement: Statement) -> bool:
    words = statement.words
    return (
        len(words) > 5
        and words[0].lower() == "option"
        and words[2].lower() == "code"
        and words[4] == "="
        and statement.children is None
    )


def _names_relationship(pool: Statement) -> bool:
    return any(inner.words[0].lower() == "failover" for inner in pool.children or ())


def _span(statement: Statement) -> tuple[int, int] | None:
    """The first and the last address of a subnet."""
    words = statement.words
    if words[0].lower() != "subnet" or len(words) != 4:
        return None
    first, prefix = parse_address(words[1]), prefix_of(words[3])
    return None if first is None or prefix is None else (first, first | (0xFFFFFFFF >> prefix))


def _ordered(settings: Variables, lists: Variables) -> Variables:
    """Settings first, then networks and hosts, then the text."""
    extra = {"extra": settings.pop("extra")} if "extra" in settings else {}
    return {**settings, **{key: value for key, value in lists.items() if value}, **extra}
