# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A dhcpd.conf written by hand into the variables of the role dhcp_server.

Statement by statement: what the variables can say becomes variables, the rest stays text in the `extra` of its scope.
Whether the two mean the same is not believed but compared (`_drift`): the variables are read back.

What moves must not change its meaning. The role's template writes definitions, settings, relationships, classes,
`extra`, shared networks, subnets and reservations, in this order; inside a block settings come before `extra`. So a
statement stays text, too, if something before it that is text could be undone by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._declaration import (
    Half,
    Server,
    canonical,
    format_address,
    parse_address,
    prefix_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_conf import read_server, unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_text import (
    MAX_INCLUDE_DEPTH,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd_words import (
    ALLOW_PARAMETERS,
    FLAG,
    PARAMETERS,
    SECRETS,
    TEXT,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drift import Difference, compare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._server_conf import OMAPI_FILE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._variables import (
    DEFAULT_OMAPI_KEY,
    DEFAULT_OMAPI_PORT,
    server_from_variables,
)

# Where keys go that dhcpd.conf held itself: a file that stays on the host.
KEYS_FILE = "/etc/dhcp/keys.conf"

# Options and statements whose value the role's template puts into quotation marks (roles/dhcp_server/vars/main.yml;
# a test compares). Values of the others are written as they are.
QUOTED_OPTIONS: Mapping[str, str] = {
    name: kind
    for kind, names in {
        "text": """
            bootfile-name default-url dhcp-message domain-name extensions-path fqdn.fqdn host-name loader-configfile
            loader-pathprefix merit-dump nds-context nds-tree-name netbios-scope netinfo-server-tag nis-domain
            nisplus-domain nwip-domain pcode root-path tcode tftp-server-name uap-servers user-class
        """,
        "string": """
            agent.circuit-id agent.remote-id dhcp-client-identifier geoconf-civic vendor-class-identifier
            vendor-encapsulated-options
        """,
        "domain-list": "bcms-controller-names domain-search",
    }.items()
    for name in names.split()
}
QUOTED_PARAMETERS = frozenset(
    {"ddns-domainname", "ddns-hostname", "ddns-rev-domainname", "filename", "server-name", "site-option-space"}
)

_LEASE_TIMES = ("default-lease-time", "max-lease-time", "min-lease-time")
_LISTS = ("subnets", "shared_networks", "hosts", "classes", "option_definitions")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_PLAIN_TEXT = re.compile(r'[^"\\\n]*')
_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,17}")
_BOOTP = "dynamic bootp clients"
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,8}")
_FLAGS = {"true": True, "on": True, "false": False, "off": False}
_NO_FUNCTIONS = frozenset({"and", "case", "elsif", "eval", "if", "log", "match", "not", "or", "return", "switch"})
_TIGHT = re.compile(r"(?<=\() | (?=[),;])")

Variables = dict[str, Any]


@dataclass
class Adopted:
    """One server: its variables without prefix (relationships apart), and what there is to say about it."""

    name: str
    live: Server
    variables: Variables = field(default_factory=dict)
    includes: Mapping[str, str] = field(default_factory=dict)
    halves: list[Half] = field(default_factory=list)  # those that are not part of the text
    extra: list[dict[str, Any]] = field(default_factory=list)  # what stays text: place, line, statement
    keys: list[dict[str, Any]] = field(default_factory=list)  # secrets: name, where it is, what becomes of it
    notes: list[str] = field(default_factory=list)

    def differences(self, halves: Sequence[Mapping[str, Any]]) -> list[Difference]:
        """What these variables would change; nothing, or this has a fault."""
        data = {**self.variables, "name": self.name, "failover": list(halves)}
        return compare(self.live, server_from_variables(data, self.includes))


def adopt(name: str, text: str, includes: Mapping[str, str] | None = None) -> Adopted:
    """The variables of one server's configuration. Raises ValueError for what is none."""
    live = read_server(name, text, includes)
    wrong = [problem for problem in live.problems if problem.slug in ("syntax", "non-ascii")]
    if wrong:
        raise ValueError(f"{name}: dhcpd itself would not read this configuration. Repair it first. {wrong[0]}")
    return _Adopter(name, live, text, includes or {}).adopted()


def written(statements: Iterable[Statement], indent: str = "") -> str:
    """Statements as text, laid out anew: comments are gone before."""
    lines: list[str] = []
    for statement in statements:
        text = _TIGHT.sub("", " ".join(_spaced(statement.words)))
        if statement.children is None:
            lines.append(f"{indent}{text};")
        else:
            lines.append(f"{indent}{text} {{")
            if statement.children:
                lines.append(written(statement.children, f"{indent}    "))
            lines.append(f"{indent}}}")
    return "\n".join(lines)


def _spaced(words: Sequence[str]) -> Iterator[str]:
    """Words, a function's name together with its parenthesis."""
    position = 0
    while position < len(words):
        word = words[position]
        function = (
            words[position + 1 : position + 2] == ["("] and word[-1].isalnum() and word.lower() not in _NO_FUNCTIONS
        )
        yield f"{word}(" if function else word
        position += 2 if function else 1


def _words(statements: Iterable[Statement]) -> Iterator[str]:
    waiting = list(statements)
    while waiting:
        statement = waiting.pop()
        yield from (word.lower() for word in statement.words)
        waiting.extend(statement.children or ())


def _scalar(word: str) -> Any:
    """A word that is written as it is, as YAML has it."""
    if _DECIMAL.fullmatch(word):
        return int(word)
    return _FLAGS.get(word, word)


def _quoted(word: str, kind: str | None) -> Any:
    """The variable for a word in quotation marks; None if there is none."""
    if len(word) < 2 or word[-1] != '"' or "\n" in word:
        return None
    text = word[1:-1]
    plain = kind is not None and text and text == text.strip() and _PLAIN_TEXT.fullmatch(text) and "," not in text
    return text if plain and not ("string" in str(kind) and _OCTETS.fullmatch(text)) else word


def _value(words: Sequence[str], kind: str | None) -> Any:
    """The variable for a statement's value, `kind` says what the template quotes it as; None if there is none."""
    parts, commas = words[::2], words[1::2]
    if len(words) % 2 == 0 or any(comma != "," for comma in commas) or "," in parts or parts[0] in ("=", "("):
        return None
    values = []
    for word in parts:
        value: Any
        if word[:1] == '"':
            value = _quoted(word, kind)
        elif kind is not None:
            value = word if "string" in kind and _OCTETS.fullmatch(word) else None
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
        self.touched: set[str] = set()  # words of what is text: a later statement may undo what they do

    def keep(self, statement: Statement) -> None:
        """Leave a statement as text."""
        self.text.append(statement)
        for word in _words((statement,)):
            self.touched.update((word, ALLOW_PARAMETERS.get(word, word)))
        if statement.words[0].lower() not in ("include", "elsif", "else"):
            shown = " ".join(statement.words[:4]) if statement.children is not None else written((statement,))
            self.adopter.kept(self.where, statement, shown)

    def holds(self, keyword: str) -> bool:
        """Whether a statement of this kind is text here."""
        return any(statement.words[0].lower() == keyword for statement in self.text)

    def result(self) -> Variables:
        if self.text:
            self.item["extra"] = f"{written(self.text)}\n"
        return self.item

    def settle(self, statement: Statement) -> None:
        """A statement that any scope may have."""
        if statement.children is not None or not self.setting(statement):
            self.keep(statement)

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
            return False  # a reservation's own key, and rare anywhere else; no option at all
        value = _value(words[2:], self.adopter.option_kind(name))
        if value is None:
            return False
        self.item.setdefault("options", {})[name.replace("-", "_")] = value
        return True

    def parameter(self, keyword: str, word: str) -> bool:
        if keyword in _LEASE_TIMES:
            seconds = self.adopter.seconds(word)
            if seconds is None:
                return False
            self.item[keyword.replace("-", "_")] = seconds
            return True
        kind = "text" if keyword in QUOTED_PARAMETERS else None
        value = _value([word], kind)
        if value is None or (kind is None and word[:1] == '"' and PARAMETERS[keyword] != TEXT):
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
        """The last of several statements of one parameter counts, however they are spelled."""
        parameters = self.item.get("parameters", {})
        parameters.pop(name.replace("-", "_"), None)
        for keyword in ("allow", "deny", "ignore"):
            phrases = [phrase for phrase in parameters.get(keyword, ()) if ALLOW_PARAMETERS[phrase] != name]
            if phrases:
                parameters[keyword] = phrases
            else:
                parameters.pop(keyword, None)


class _Adopter:
    def __init__(self, name: str, live: Server, text: str, includes: Mapping[str, str]) -> None:
        self.includes = includes
        self.parsed = {file: parse(Source(content, file))[0] for file, content in includes.items()}
        self.root = parse(Source(text))[0]
        self.late_options: set[str] = set()  # options whose definition is text, and comes after what is not
        self.spaces: set[str] = set()
        self.definitions: dict[str, str] = {}
        self.found = Adopted(name, live, includes=includes)

    # --- what there is to say ---------------------------------------------------------------------------------

    def kept(self, where: str, statement: Statement, shown: str) -> None:
        line = " ".join([*([statement.source.label] if statement.source.label else []), f"line {statement.line}"])
        shown = shown if len(shown) <= 100 else f"{shown[:97]}..."
        self.found.extra.append({"place": where or "global", "line": line, "statement": shown})

    def option_kind(self, name: str) -> str | None:
        kind = self.definitions.get(name, QUOTED_OPTIONS.get(name))
        return kind if kind is not None and re.match("text|string|domain-list", kind) else None

    @staticmethod
    def seconds(word: str) -> int | None:
        if word.lower() == "infinite":
            return -1
        if _DECIMAL.fullmatch(word):
            return int(word)
        return int(word, 16) if _HEXADECIMAL.fullmatch(word) else None

    # --- includes and keys ------------------------------------------------------------------------------------

    def expanded(self, statements: Iterable[Statement], chain: tuple[str, ...] = ()) -> Iterator[Statement]:
        """The statements with those of included files, except files with keys: those stay on the host."""
        for statement in statements:
            name = unquote(statement.words[-1]) if statement.words[0].lower() == "include" else None
            if name == OMAPI_FILE and name not in self.parsed:
                continue
            if name is None or name not in self.parsed or name in chain or len(chain) >= MAX_INCLUDE_DEPTH:
                yield statement
            elif self.holds_secrets(self.parsed[name]):
                self.found.keys.append({"name": None, "line": f"file {name}", "fate": "stays on the host, included"})
                yield statement
            else:
                yield from self.expanded(self.parsed[name], (*chain, name))

    def holds_secrets(self, statements: Iterable[Statement]) -> bool:
        """Whether a file holds a secret other than the key of OMAPI alone."""
        return any(word in SECRETS for word in _words(self.without_omapi(statements)))

    def without_omapi(self, statements: Iterable[Statement]) -> list[Statement]:
        return [each for each in statements if not self.is_omapi_key(each)]

    def is_omapi_key(self, statement: Statement) -> bool:
        omapi = self.found.live.omapi
        return (
            statement.words[0].lower() == "key"
            and statement.children is not None
            and omapi is not None
            and unquote(statement.words[-1]) == omapi.key
            and not self.shared_key
        )

    @cached_property
    def shared_key(self) -> bool:
        """Whether a zone uses the key of OMAPI, too."""
        omapi = self.found.live.omapi
        waiting = [*self.root, *(each for statements in self.parsed.values() for each in statements)]
        while waiting:
            statement = waiting.pop()
            if statement.children is None:
                if statement.words[0].lower() == "key" and omapi and unquote(statement.words[-1]) == omapi.key:
                    return True
            else:
                waiting.extend(statement.children)
        return False

    def secret(self, statement: Statement, block: _Block) -> None:
        """A secret in dhcpd.conf itself, which the role will replace."""
        words = statement.words
        line = f"line {statement.line}"
        if self.is_omapi_key(statement):
            self.found.keys.append(
                {"name": unquote(words[-1]), "line": line, "fate": f"OMAPI: the role makes a new key in {OMAPI_FILE}"}
            )
            return
        name = unquote(words[-1]) if words[0].lower() == "key" else words[0]
        self.found.keys.append(
            {"name": name, "line": line, "fate": f"move it to {KEYS_FILE} on the host before you deploy"}
        )
        include = statement._replace(words=["include", f'"{KEYS_FILE}"'], children=None)
        if not any(each.words == include.words for each in block.text):
            block.keep(include)

    # --- the whole --------------------------------------------------------------------------------------------

    def adopted(self) -> Adopted:
        block = _Block(self, "", authoritative=True)
        lists: dict[str, list[Any]] = {name: [] for name in _LISTS}
        statements = list(self.expanded(self.root))
        for statement in statements:
            self.definition(statement, lists["option_definitions"])
        named = {half.name: half for half in self.found.live.halves}
        for statement in statements:
            self.statement(statement, block, lists, named)
        variables = block.result()
        if variables.get("authoritative") is False:
            del variables["authoritative"]  # what the variable means by false: not stated
            variables["extra"] = f"not authoritative;\n{variables.get('extra', '')}"
        for name, items in lists.items():
            if items:
                variables[name] = items
        self.omapi(variables)
        self.found.variables = variables
        return self.found

    def omapi(self, variables: Variables) -> None:
        omapi = self.found.live.omapi
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

    def definition(self, statement: Statement, definitions: list[Any]) -> None:
        """Options of the administrator's own, first of all: the others' values depend on them."""
        words = statement.words
        if words[0].lower() != "option" or len(words) < 3 or statement.children is not None:
            return
        name = words[1].lower()
        if name == "space":
            self.spaces.add(unquote(words[2]).lower())
        if len(words) < 6 or words[2].lower() != "code" or words[4] != "=":
            return
        kind = _TIGHT.sub("", " ".join(words[5:])).lower()
        if not _NAME.fullmatch(name) or not _DECIMAL.fullmatch(words[3]) or "encapsulate" in kind:
            self.late_options.add(name)
            return
        self.definitions[name] = kind
        definitions.append({"name": name.replace("-", "_"), "code": int(words[3]), "type": kind})

    def needs_later(self, statement: Statement) -> bool:
        """Whether a class speaks of options that only `extra`, after it, defines."""
        return any(
            word in self.late_options or ("." in word and word.partition(".")[0] in self.spaces)
            for word in _words((statement,))
        )

    def statement(
        self, statement: Statement, block: _Block, lists: dict[str, list[Any]], halves: Mapping[str, Half]
    ) -> None:
        words, keyword = statement.words, statement.words[0].lower()
        item: Variables | None = None
        if keyword == "option" and len(words) > 2 and words[2].lower() == "code":
            if words[1].lower() not in self.definitions:
                block.keep(statement)
            return
        if keyword in ("omapi-port", "omapi-key"):
            return
        if keyword in SECRETS or (keyword == "key" and statement.children is not None):
            self.secret(statement, block)
            return
        if keyword == "failover" and statement.children is not None:
            if _PLAIN_TEXT.fullmatch(unquote(words[-1])) and unquote(words[-1]) in halves:
                self.found.halves.append(halves[unquote(words[-1])])
                return
        elif keyword == "class":
            item = None if block.holds("class") or self.needs_later(statement) else self.client_class(statement)
            if item is not None and any(item["name"] == other["name"] for other in lists["classes"]):
                item = None
            if item is not None:
                lists["classes"].append(item)
        elif keyword == "subclass":
            if self.subclass(words, statement, lists["classes"]) and not block.holds("subclass"):
                return
        elif keyword == "subnet":
            item = self.subnet(statement)
            if item is not None:
                lists["subnets"].append(item)
        elif keyword == "shared-network":
            item = self.shared_network(statement)
            if item is not None:
                lists["shared_networks"].append(item)
        elif keyword == "host":
            item = self.host(statement)
            if item is not None:
                lists["hosts"].append(item)
        else:
            block.settle(statement)
            return
        if item is None:
            block.keep(statement)

    # --- networks ---------------------------------------------------------------------------------------------

    def subnet(self, statement: Statement, around: str = "") -> Variables | None:
        words = statement.words
        first = parse_address(words[1]) if len(words) == 4 else None
        prefix = prefix_of(words[3]) if len(words) == 4 else None
        if first is None or prefix is None:
            return None
        cidr = f"{format_address(first)}/{prefix}"
        where = f"{around}subnet {cidr}"
        block = _Block(self, where, authoritative=True)
        ranges: list[str] = []
        pools: list[Variables] = []
        for inner in self.expanded(statement.children or ()):
            keyword = inner.words[0].lower()
            if keyword == "range":
                self.range(inner, ranges, block)
            elif keyword == "pool":
                self.pool(inner, f"{where}, pool {len(pools) + 1}", pools, block)
            else:
                block.settle(inner)
        lists = {"ranges": ranges, "pools": pools}
        return {"subnet": cidr, **_ordered(block.result(), {key: value for key, value in lists.items() if value})}

    def range(self, statement: Statement, ranges: list[str], block: _Block) -> None:
        numbers = [parse_address(word) for word in statement.words[1:]]
        if len(numbers) not in (1, 2) or None in numbers or statement.children is not None or block.holds("range"):
            block.keep(statement)
        else:
            ranges.append("-".join(format_address(number) for number in numbers if number is not None))

    def pool(self, statement: Statement, where: str, pools: list[Variables], around: _Block) -> None:
        block = _Block(self, where)
        head: Variables = {}
        permits: dict[str, list[str]] = {"allow": [], "deny": []}
        ranges: list[str] = []
        seen = len(self.found.extra)
        whole = around.holds("pool")
        for inner in self.expanded(statement.children or ()):
            words, keyword = inner.words, inner.words[0].lower()
            if keyword == "failover":
                name = unquote(words[-1])
                whole = whole or "failover" in head or len(words) != 3 or not _PLAIN_TEXT.fullmatch(name)
                head["failover"] = name
            elif keyword == "no":
                whole = True
            elif keyword in permits and inner.children is None:
                phrase = " ".join(words[1:])
                permits[keyword].append(_BOOTP if phrase.lower() == _BOOTP else phrase)
            elif keyword == "range":
                self.range(inner, ranges, block)
            else:
                block.settle(inner)
        if whole:
            del self.found.extra[seen:]
            around.keep(statement)
            return
        if "failover" in head and _BOOTP not in permits["allow"] + permits["deny"]:
            head["deny_bootp"] = False
        elif "failover" in head:
            # The role writes it by itself.
            permits["deny"] = [phrase for phrase in permits["deny"] if phrase != _BOOTP]
        head.update((keyword, phrases) for keyword, phrases in permits.items() if phrases)
        pools.append({**head, **_ordered(block.result(), {"ranges": ranges} if ranges else {})})

    def shared_network(self, statement: Statement) -> Variables | None:
        name = unquote(statement.words[-1])
        children = list(self.expanded(statement.children or ()))
        # A relationship that a shared network hands down must come before the pools, and `extra` does not.
        if not _PLAIN_TEXT.fullmatch(name) or any(inner.words[0].lower() == "failover" for inner in children):
            return None
        where = f'shared network "{name}"'
        block = _Block(self, where, authoritative=True)
        subnets: list[Variables] = []
        pools: list[Variables] = []
        for inner in children:
            keyword = inner.words[0].lower()
            if keyword == "subnet":
                item = self.subnet(inner, f"{where}, ")
                if item is None:
                    block.keep(inner)
                else:
                    subnets.append(item)
            elif keyword == "pool":
                self.pool(inner, f"{where}, pool {len(pools) + 1}", pools, block)
            else:
                block.settle(inner)
        lists = {"subnets": subnets, "pools": pools}
        return {"name": name, **_ordered(block.result(), {key: value for key, value in lists.items() if value})}

    # --- reservations and classes -----------------------------------------------------------------------------

    def host(self, statement: Statement) -> Variables | None:
        name = unquote(statement.words[-1])
        if len(statement.words) != 2 or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            return None
        block = _Block(self, f'reservation "{name}"')
        own: Variables = {}
        for inner in self.expanded(statement.children or ()):
            words, keyword = inner.words, inner.words[0].lower()
            if inner.children is not None:
                block.keep(inner)
            elif keyword == "hardware" and len(words) == 3 and _OCTETS.fullmatch(words[2]):
                kind = words[1].lower()
                own["hardware"] = canonical(words[2]) if kind == "ethernet" else f"{kind} {canonical(words[2])}"
            elif keyword == "fixed-address":
                addresses = [canonical(word) for word in words[1:] if word != ","]
                own.pop("address", None)
                own.pop("addresses", None)
                own.update({"address": addresses[0]} if len(addresses) == 1 else {"addresses": addresses})
            elif keyword == "uid" or (keyword == "option" and words[1].lower() == "dhcp-client-identifier"):
                value = _value(words[1 if keyword == "uid" else 2 :], "string")
                if not isinstance(value, str):
                    block.keep(inner)
                else:
                    own["client_id"] = value
            else:
                block.settle(inner)
        return {"name": name, **own, **block.result()}

    def client_class(self, statement: Statement) -> Variables | None:
        name = unquote(statement.words[-1])
        if not _PLAIN_TEXT.fullmatch(name):
            return None
        block = _Block(self, f'class "{name}"')
        own: Variables = {}
        for inner in self.expanded(statement.children or ()):
            words, keyword = inner.words, inner.words[0].lower()
            if keyword == "match" and "match" not in own and inner.children is None and not block.holds("spawn"):
                own["match"] = written([inner]).partition(" ")[2].rstrip(";")
            elif keyword == "lease" and len(words) == 3 and _DECIMAL.fullmatch(words[2]):
                own["lease_limit"] = int(words[2])
            else:
                block.settle(inner)
        return {"name": name, **own, **block.result()}

    @staticmethod
    def subclass(words: Sequence[str], statement: Statement, classes: list[Variables]) -> bool:
        item = next((item for item in classes if len(words) == 3 and item["name"] == unquote(words[1])), None)
        value = _value(words[2:], "string") if item is not None and statement.children is None else None
        if item is None or not isinstance(value, str):
            return False
        item.setdefault("subclasses", []).append(value)
        return True


def _ordered(settings: Variables, lists: Variables) -> Variables:
    """Settings, then what they hold for, then the text."""
    extra = {"extra": settings.pop("extra")} if "extra" in settings else {}
    return {**settings, **lists, **extra}
