# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Options and parameters: their definitions, their values, and what dhcpd evaluates when it starts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import (
    Block,
    Context,
    Handler,
    unquoted,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import DHCP
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    OPTIONS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import GLOBAL
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    TEXT_FORMATS,
    is_quoted,
    octets,
    plain,
    written_value,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement, in_text, split_words

_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_COMMENT = re.compile(r"#[^\n]*")
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


def option(check: Context, statement: Statement, block: Block) -> None:
    words = statement.words
    if len(words) > 2 and statement.children is None:
        matches = check.option_plain.get(words[1])
        if matches is not None:
            between = " " if len(words) == 3 or in_text(statement) else " , "
            if matches(words[2] if len(words) == 3 else between.join(words[2:])):
                return
    careful_option(check, statement, block)


def careful_option(check: Context, statement: Statement, block: Block) -> None:
    if not in_text(statement) and list(statement.words[2:3]) != ["code"]:
        given_option(check, statement)
        return
    tokens = check.tokens(statement)
    following = tokens.kinds[1:4]
    if following[0] == "space":
        tokens.take()
        if block.kind != GLOBAL:
            raise DhcpdError("option spaces are declared in the global scope only", "Move it to the top.")
        check.names.space(tokens)
        check.option_plain = {name: plain(kind) for name, (_code, kind) in OPTIONS[DHCP].items()}
        return
    at = 2 if following[1:2] != ["."] else 4
    if tokens.kinds[at : at + 1] == ["code"]:
        tokens.take()
        name = check.names.any_option_name(tokens)
        if block.kind != GLOBAL:
            raise DhcpdError("options are defined in the global scope only", "Move the definition to the top.")
        check.names.define(name, tokens)
        check.option_plain[name] = plain(check.names.formats[name])
        return
    if following[0] != "option" and tokens.kind in ("option", "supersede"):
        tokens.take()
        name = check.names.option_name(tokens)
        check.executables.expressions.nesting = 0
        check.remember(statement, check.executables.words(tokens, check.names.format(name), f"option {name}"))
        return
    check.executables.statement(tokens)


def given_option(check: Context, statement: Statement) -> None:
    """An option of the variables: the template puts text in quotes."""
    words = statement.words
    tokens = Tokens(words[:2])
    tokens.take()
    name = check.names.option_name(tokens)
    kind = check.names.format(name)
    pieces: list[str] = []
    for word in words[2:]:
        pieces += [*([","] if pieces else []), *_given(word, kind)]
    check.remember(statement, check.executables.words(Tokens(pieces), kind, f"option {name}"))


def parameter(check: Context, statement: Statement, block: Block) -> None:
    words = statement.words
    keyword = words[0].lower()
    if len(words) == 2 and statement.children is None:
        matches = check.parameter_plain.get(keyword)
        if matches is not None and matches(words[1]):
            if check.evaluated and block.kind == GLOBAL:
                check.evaluated.pop(keyword, None)
            return
    kind = PARAMETER_FORMATS[keyword]
    given = not in_text(statement) and kind in ("t", "X")
    tokens = Tokens([keyword, *(piece for word in words[1:] for piece in _given(word, kind))]) if given else None
    tokens = tokens or check.tokens(statement)
    tokens.take()
    found = check.executables.words(tokens, kind, keyword)
    check.remember(statement, found)
    if block.kind == GLOBAL and (keyword in _EVALUATED or keyword == "omapi-key"):
        check.evaluated[keyword] = (" ".join(found), statement)


def start(check: Context) -> None:
    """What dhcpd evaluates when it starts: the last statement of each kind in the global scope."""
    for keyword, (value, statement) in check.evaluated.items():
        block = Block(GLOBAL)
        size = _size(value[2:]) if value.startswith("= ") else None
        if keyword == "omapi-key":
            name = unquoted(value)
            if name.lower() not in check.names.keys and in_text(statement):  # the role writes its key itself
                error = DhcpdError(f"there is no key `{name}`", "Declare the key.", "name-undeclared")
                error.name = f"key {name}"
                check.complain(statement, block, error)
        elif size is not None and size != _EVALUATED[keyword]:
            error = DhcpdError(
                f"its value has {size} octets, and dhcpd expects {_EVALUATED[keyword]}",
                "Write the value without the equals sign.",
                "declaration-invalid",
            )
            check.complain(statement, block, error)
        elif keyword == "ddns-update-style" and value in ("ad-hoc", "= 01"):
            hint = "Write `standard`, `interim` or `none`."
            error = DhcpdError("dhcpd no longer supports it", hint, "declaration-invalid")
            check.complain(statement, block, error)


def server_identifier(check: Context, statement: Statement, _block: Block) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    check.executables.words(tokens, "I", "server-identifier")


def lease_id_format(check: Context, statement: Statement, _block: Block) -> None:
    tokens = check.tokens(statement)
    tokens.take()
    if tokens.kind not in ("octal", "hex"):
        raise tokens.unexpected("`octal` or `hex`")
    tokens.take()
    tokens.end()


def server_duid(check: Context, statement: Statement, _block: Block) -> None:
    tokens = check.tokens(statement)
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


def _given(word: str, kind: str) -> list[str]:
    """The words of a variable's value as they stand in the role's file."""
    if is_quoted(word, kind):
        return [written_value(word, kind)]
    return split_words(word if word[:1] == '"' and kind[:1] in TEXT_FORMATS else _COMMENT.sub(" ", word))


def _size(value: str) -> int | None:
    """How many octets a constant has."""
    if value[:1] == '"':
        return len(value) - 2 if "\\" not in value else None
    encoded = _ENCODED.fullmatch(value)
    if encoded:
        return int(encoded[1]) // 8
    return value.count(":") + 1 if _OCTETS.fullmatch(value) or re.fullmatch("[0-9a-f]{2}", value) else None


HANDLERS: Mapping[str, Handler] = {
    "lease-id-format": lease_id_format,
    "option": option,
    "server-duid": server_duid,
    "server-identifier": server_identifier,
}
