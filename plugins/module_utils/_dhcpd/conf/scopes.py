# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A block's own settings: options, parameters, and statements that dhcpd runs for each packet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.conditionals import conditional
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import (
    Block,
    Reading,
    number,
    unquote,
    values,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import raw_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import (
    ALLOW_PARAMETERS,
    BLOCKS,
    EXECUTABLE,
    FLAG,
    NUMBER,
    PARAMETERS,
    SECONDS,
    SECRETS,
    names_in,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Scope, Value, canonical
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

_OMAPI_PORT = re.compile(r"(?<![\w\"-])omapi-port ([0-9]{1,5});")
_RECORD_MARK = re.compile(r"([{},])")
_PARAMETER_FLAGS = {"true": "true", "on": "true", "false": "false", "off": "false", "ignore": "ignore"}
# Scopes without settings share it.
NOTHING: dict[str, Value] = {}
POOL_STATEMENTS = frozenset({"allow", "deny", "failover", "no", "range"})


@dataclass(eq=False)
class _Stated:
    """A block's own settings so far. conditionals: each with its `elsif` and `else`."""

    where: str
    in_pool: bool
    options: dict[str, Value] = field(default_factory=dict)
    parameters: dict[str, Value] = field(default_factory=dict)
    conditionals: list[list[str]] = field(default_factory=list)


def own(
    reading: Reading,
    statements: Iterable[Statement],
    parent: Scope | None,
    where: str,
    taken: frozenset[str] = frozenset(),
) -> tuple[Scope, list[tuple[str, Statement]]]:
    """A block's own scope, and the other statements: those in `taken` and those with a handler."""
    stated = _Stated(where, taken is POOL_STATEMENTS)
    conditionals = stated.conditionals
    others: list[tuple[str, Statement]] = []
    handlers = reading.handlers
    for statement in statements:
        keyword = statement.words[0]
        if keyword not in handlers and keyword != "option":
            keyword = keyword.lower()
        if keyword == "option" or keyword in ("supersede", "send", "server-identifier"):
            _option(reading, statement, keyword, stated)
            if conditionals:
                named = ["dhcp-server-identifier"] if keyword == "server-identifier" else statement.words[1:2]
                supersede(conditionals, "option", named, stated.options)
                supersede(conditionals, "", [name.lower().removeprefix("server.") for name in named], stated.parameters)
        elif keyword in taken or keyword in handlers:
            others.append((keyword, statement))
        elif keyword in PARAMETERS:
            _parameter(reading, statement, statement.words, keyword, stated)
            if conditionals:
                supersede(conditionals, "", [keyword], stated.parameters)
        elif keyword in ("allow", "deny", "ignore"):
            _allow(reading, statement, keyword, stated)
            if conditionals:
                name = ALLOW_PARAMETERS.get(" ".join(statement.words[1:]).lower(), "")
                supersede(conditionals, "", [name], stated.parameters)
        elif keyword in ("authoritative", "not"):
            _authoritative(reading, statement, stated, others)
        elif keyword in EXECUTABLE:
            _executable(reading, statement, keyword, stated)
        else:
            _unknown(reading, statement, keyword, stated)
    reading.understood += sum(other.children is not None or keyword not in BLOCKS for keyword, other in others)
    blocks = tuple(conditional(" ".join(chain)) for chain in conditionals) if conditionals else ()
    return Scope(stated.options or NOTHING, stated.parameters or NOTHING, blocks, parent), others


def contents(reading: Reading, others: list[tuple[str, Statement]], block: Block) -> None:
    """Read the other statements of a block."""
    handlers = reading.handlers
    for keyword, statement in others:
        handlers[keyword](reading, statement, block)


def _option(reading: Reading, statement: Statement, keyword: str, stated: _Stated) -> None:
    words = statement.words
    if keyword == "server-identifier":
        words = ["option", "dhcp-server-identifier", *words[1:]]
    if len(words) < 2 or statement.children is not None:
        return
    reading.understood += 1
    name = words[1].lower().removeprefix("dhcp.")
    if len(words) > 5 and words[2].lower() == "code" and words[4] == "=":
        kind = _RECORD_MARK.sub(r" \1 ", " ".join(words[5:]).lower())
        reading.definitions[name] = (canonical(words[3]), " ".join(kind.split()))
        return
    if name == "space":
        return
    if name.startswith("server."):
        # Another spelling of the parameter.
        _parameter(reading, statement, words[1:], name[7:], stated)
        return
    if stated.in_pool and name in stated.options:
        reading.repeated(statement, f"option {name}", stated.where)
    stated.options[name] = reading.checker.values.get(id(statement)) or values(words[2:])


def _parameter(reading: Reading, statement: Statement, words: Sequence[str], keyword: str, stated: _Stated) -> None:
    reading.understood += 1
    if len(words) < 2 or statement.children is not None:
        return
    if keyword == "omapi-port":
        port = number(words[1:])
        reading.omapi_port = reading.omapi_port if port is None else (port, reading.line(statement))
        return
    if keyword == "omapi-key":
        reading.omapi_key = unquote(words[1])
        return
    if stated.in_pool and keyword in stated.parameters:
        reading.repeated(statement, keyword, stated.where)
    if keyword in SECRETS:
        stated.parameters[keyword] = ("(secret)",)
        return
    value = reading.checker.values.get(id(statement))
    if value is None and words[1] != "=":
        value = _parameter_value(keyword, words[1:])
    if value is not None:
        stated.parameters[keyword] = value


def _parameter_value(keyword: str, words: Sequence[str]) -> Value | None:
    kind = PARAMETERS.get(keyword)
    if kind in (SECONDS, NUMBER):
        found = -1 if words[0].lower() == "infinite" else number(words)
        return None if found is None else (str(found),)
    if kind == FLAG:
        flag = _PARAMETER_FLAGS.get(unquote(words[0]).lower())
        return None if flag is None else (flag,)
    return values(words)


def _allow(reading: Reading, statement: Statement, keyword: str, stated: _Stated) -> None:
    """`allow x;` outside a pool is a parameter."""
    reading.understood += 1
    parameter = ALLOW_PARAMETERS.get(" ".join(statement.words[1:]).lower())
    if parameter is not None:
        stated.parameters[parameter] = ({"allow": "true", "deny": "false"}.get(keyword, "ignore"),)


def _authoritative(
    reading: Reading, statement: Statement, stated: _Stated, others: list[tuple[str, Statement]]
) -> None:
    """others: the blocks before it."""
    reading.understood += 1
    words = [word.lower() for word in statement.words]
    value = {("authoritative",): "true", ("not", "authoritative"): "false"}.get(tuple(words))
    if value is not None:
        stated.parameters["authoritative"] = (value,)
    behind = sum(block in ("subnet", "shared-network", "group") for block, _statement in others)
    if behind and not stated.where:
        reading.find(
            "authoritative-late",
            statement,
            stated.where,
            f"`{' '.join(statement.words)}` comes after {behind:,} "
            f"{'subnet or group' if behind == 1 else 'subnets and groups'}; dhcpd does not apply it there.",
            "Move it to the top.",
            Severity.WARNING,
        )


def _executable(reading: Reading, statement: Statement, keyword: str, stated: _Stated) -> None:
    reading.understood += 1
    text = reading.checker.texts.get(id(statement)) or raw_text((statement,))
    port = _OMAPI_PORT.search(text)
    if port is not None:  # it may take effect
        reading.omapi_port = (int(port[1]), reading.line(statement))
    if keyword in ("elsif", "else") and stated.conditionals:
        stated.conditionals[-1].append(text)
    elif keyword != "log":
        stated.conditionals.append([text])


def _unknown(reading: Reading, statement: Statement, keyword: str, stated: _Stated) -> None:
    """A statement that nothing else reads. It is kept as far as it could have an effect."""
    words = statement.words
    text = reading.checker.texts.get(id(statement))
    if statement.children is not None:
        if keyword != "{":
            stated.conditionals.append([text or raw_text((statement,))])
    elif text is not None and text.endswith(");"):
        stated.conditionals.append([text])  # a function's call
    elif keyword not in SECRETS:
        stated.parameters[keyword] = values(words[1:])


def supersede(conditionals: list[list[str]], prefix: str, names: Iterable[str], stated: Mapping[str, Value]) -> None:
    """Keep statements after a conditional block that replace what the block sets, because their order matters."""
    known: frozenset[str] = frozenset().union(*(names_in(text) for chain in conditionals for text in chain))
    for name in map(str.lower, names):
        if name in stated and name in known:
            conditionals.append([f"{prefix} {name} {' '.join(stated[name])};".strip()])
