# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Statements that dhcpd runs for a packet: conditions, hooks, functions; and those that it does not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import (
    Block,
    Context,
    Handler,
    raw_text,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import OTHER_BUILDS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.keys import key, zone
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NAME,
    DhcpdError,
    Tokens,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import BODY, GLOBAL
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Statement
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import HALF_NUMBERS, STATEMENTS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

# In a list of statements for a packet, dhcpd crashes at whatever follows one of these.
_HOLES = ("db-time-format", "key", "zone")


def executable(check: Context, statement: Statement, block: Block) -> None:
    text = run_statement(check, statement, block, block, None, block.before)
    check.texts[id(statement)] = text
    if block.kind == GLOBAL:
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


def scope_text(check: Context, statements: Iterable[Statement]) -> str:
    """The statements of a subclass as one text."""
    return " ".join(text_of(check, statement) for statement in statements)


def text_of(check: Context, statement: Statement) -> str:
    found = check.texts.get(id(statement))
    if found is None and statement.children is None:
        try:
            found = f"{check.executables.statement(check.tokens(statement))};"
        except DhcpdError:
            found = None  # reported already
    return found or raw_text((statement,))


def body(check: Context, statements: Sequence[Statement], block: Block, kind: str | None) -> str:
    """The statements of a condition or hook, of a function, or of a switch of this kind; as one text."""
    texts: list[str] = []
    inner = Block(BODY, block.statement, block)
    labels: list[str] = []
    hole = ""
    before: Statement | None = None
    for statement in statements:
        try:
            if hole:
                raise DhcpdError(f"dhcpd crashes at a statement that follows `{hole}` here", "Move that one.")
            texts.append(run_statement(check, statement, inner, block, kind, before, labels))
            if statement is statements[-1] and labels and texts[-1].endswith(labels[-1]):
                last_label(labels)
        except DhcpdError as error:
            check.complain(statement, block, error)
            texts.append(raw_text((statement,)))
        keyword = statement.words[0].lower()
        hole = keyword if keyword in _HOLES else ""
        before = statement
    return " ".join(texts)


def last_label(labels: Sequence[str]) -> None:
    """For a switch that ends with a label. dhcpd goes to the first label that fits, and runs what follows it."""
    if labels[-1] not in labels[:-1]:
        raise DhcpdError(
            f"no statement follows {shown(labels[-1])}, and dhcpd ends as soon as it gets there",
            "Write `break;` after it.",
            slug="crash",
        )


def run_statement(
    check: Context,
    statement: Statement,
    inner: Block,
    block: Block,
    kind: str | None,
    before: Statement | None,
    seen: list[str] | None = None,
) -> str:
    """seen: takes the labels in front of the statement."""
    tokens = check.tokens(statement)
    labels: list[str] = []
    while (label := check.executables.label(tokens, kind)) is not None:
        labels.append(label)
    if seen is not None:
        seen.extend(labels)
    if labels and tokens.done and statement.children is None:
        return " ".join(labels)
    word, children = tokens.kind, statement.children
    if word in ("else", "elsif") and not (
        before is not None and before.children is not None and _conditional(before) and not labels
    ):
        raise DhcpdError(f"no `if` stands before this `{word}`", f"Write `if`, or remove what stands before `{word}`.")
    if word in ("zone", "key"):
        (zone if word == "zone" else key)(check, statement, block)
        text = raw_text((statement,))
    elif children is not None and word in check.executables.heads:
        at = tokens.at
        head = check.executables.head(tokens)
        if word == "switch":
            tokens.at = at
            kind = check.executables.switch_kind(tokens)
        elif word not in ("set", "define"):
            kind = None
        found = body(check, children, block, kind)
        text = f"{head} {{ {found} }}" if found else f"{head} {{ }}"
    elif word in check.executables.heads and word not in ("set", "define", "on"):
        check.executables.head(tokens)
        raise DhcpdError("it has no block", "Write `{ ... }` after it.")
    elif check.executables.known(tokens):
        text = f"{check.executables.statement(tokens)};"
    else:
        text = unknown(check, statement, tokens, inner)
    return " ".join([*labels, text])


def unknown(check: Context, statement: Statement, tokens: Tokens, block: Block) -> str:
    """A statement of no known name: dhcpd evaluates a function's call or a variable, and rejects the rest."""
    call = tokens.kinds[tokens.at + 1 : tokens.at + 2] == ["("]
    word = tokens.text
    if tokens.kind in (NAME, HEX) and statement.children is None:
        at = tokens.at
        try:
            text = check.executables.statement(tokens)
        except DhcpdError:
            if call:
                raise
            tokens.at = at
        else:
            if not text.endswith(")"):
                check.report(
                    "statement-unknown",
                    statement,
                    block.where,
                    f"dhcpd knows no statement `{word}`: it takes it for a variable and does nothing with it.",
                    meant(check, word),
                    Severity.WARNING,
                )
            return f"{text};"
    if block.kind == BODY and word.lower() in check.handlers:
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
    raise DhcpdError(f"it knows no statement `{word}` here", meant(check, word), "statement-unknown")


def meant(check: Context, word: str) -> str:
    """A hint what an unknown statement may have been."""
    word = word.lower()
    if word == "peer":
        return 'Write `failover peer "NAME";` in a pool.'
    if word in HALF_NUMBERS or word in ("primary", "secondary", "hba", "load", "address"):
        return "It belongs in a `failover peer` block."
    close = check.names.close(word, STATEMENTS)
    if close and close != word:
        return f"Did you mean `{close}`?"
    return "Look it up in dhcpd.conf(5)."


def other(check: Context, statement: Statement, block: Block) -> None:
    """What begins with no word that is known, or with one that something is glued to."""
    if statement.words[0] == "{":
        return  # the text's own finding says it
    if statement.words[0][0] == "%":
        return
    tokens = check.tokens(statement)
    first = tokens.text.lower()
    if tokens.glued[1] and first in check.handlers:
        words = [tokens.text, *tokens.texts[1:-1]]
        check.handlers[first](check, statement._replace(words=words), block)
        return
    check.texts[id(statement)] = unknown(check, statement, tokens, block)


def _conditional(statement: Statement) -> bool:
    """Whether an `else` may follow."""
    words = [word.lower() for word in statement.words]
    while words and words[0] in ("case", "default", "default:"):
        colon = next((at for at, word in enumerate(words) if word.endswith(":")), len(words))
        words = words[colon + 1 :]
    return bool(words) and (words[0] in ("if", "elsif") or words[:2] == ["else", "if"])


HANDLERS: Mapping[str, Handler] = {"case": executable}
