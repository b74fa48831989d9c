# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What is allowed and denied: to a server, to a scope, and to the clients of a pool."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import Block, Context, Handler
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import POOL
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import ALLOW_PARAMETERS, PERMITS

_DATE = (NUMBER, NUMBER, "/", NUMBER, "/", NUMBER, NUMBER, ":", NUMBER, ":", NUMBER)


def allow(check: Context, statement: Statement, block: Block) -> None:
    words = statement.words
    if block.kind == POOL and words[0].lower() != "ignore" and not check.included(statement, block):
        permit(check, statement, block)
        return
    if len(words) == 2 and words[1] in ALLOW_PARAMETERS and statement.children is None:
        return
    try:
        check.executables.statement(check.tokens(statement))
    except DhcpdError as error:
        phrase = " ".join(words[1:]).lower()
        close = check.names.close(phrase, ALLOW_PARAMETERS)
        if phrase in PERMITS or phrase.startswith(("members of ", "after ")):
            error.hint = "It belongs in a pool."
        elif close:
            error.hint = f"Did you mean `{close}`?"
        error.slug = "statement-unknown"
        raise


def permit(check: Context, statement: Statement, block: Block) -> None:
    words = statement.words
    phrase = " ".join(words[1:])
    if phrase in PERMITS and statement.children is None:
        return
    tokens = check.tokens(statement)
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
        tokens.expect(STRING, "the name of a class in quotes", "Put the name in quotes.")
    elif kind == "after":
        tokens.take()
        block.once("after", "the pool has two permits with `after`")
        date(tokens)
    else:
        known = ", ".join(sorted(PERMITS))
        close = check.names.close(lower, PERMITS)
        hint = "It belongs in the subnet." if lower in ALLOW_PARAMETERS else ""
        if close:
            hint = f"Did you mean `{close}`?"
        raise DhcpdError(
            f'it is not a permit of a pool ({known}, members of "CLASS", after DATE)', hint, "statement-unknown"
        )
    tokens.end()


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


def authoritative(check: Context, statement: Statement, block: Block) -> None:
    check.allowed("authoritative", block)
    words = [word.lower() for word in statement.words]
    if words not in (["authoritative"], ["not", "authoritative"]) or statement.children is not None:
        raise DhcpdError("dhcpd knows only `authoritative` and `not authoritative`", "Write one of these.")


HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(("allow", "deny", "ignore"), allow),
    **dict.fromkeys(("authoritative", "not"), authoritative),
}
