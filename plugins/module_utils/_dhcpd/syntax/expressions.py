# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Expressions (dhcp-eval(5)): what dhcpd makes of them, and one text for those that mean the same.

dhcpd's own parser decides what is one. Some of its ways are not in the manual: `=` binds tighter than `and`, but looser
than `+`, so that `a + b = c` is one comparison and `a = b + c` an error; a number is an octet unless a number stands
on its left; and a bare name is a variable unless all but its first letter are hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NAME,
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
    is_variable,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import counted, data

# Parentheses and calls inside each other. dhcpd has no limit, but real configurations have far fewer.
MAX_NESTING = 60
# Operators in one row, whose text grows with each.
MAX_OPERATORS = 2000

# Kinds of values. What a variable or a function of the user's own holds shows only when it runs.
BOOLEAN, DATA, NUMERIC, ANY = "boolean", "data", "numeric", "any"

_KINDS = {BOOLEAN: "a condition", DATA: "data", NUMERIC: "a number", ANY: "a value"}
# How tight an operator binds; and whether dhcpd takes a number on its right for an octet when a looser operator
# stands in front of its left.
_LOOSE, _TIGHT = 3, 100
_PRECEDENCE = {
    "*": 1,
    "/": 1,
    "%": 1,
    "+": 2,
    "-": 2,
    "and": _LOOSE,
    "or": _LOOSE,
    "=": 4,
    "!=": 4,
    "~=": 4,
    "~~": 4,
    "&": _TIGHT,
    "|": _TIGHT,
    "^": _TIGHT,
}
_COMPARISONS = ("=", "!=", "~=", "~~")
_LOGICAL = ("and", "or")
# Without arguments.
_SIMPLE = {
    "static": BOOLEAN,
    "known": BOOLEAN,
    "hardware": DATA,
    "leased-address": DATA,
    "filename": DATA,
    "server-name": DATA,
    "null": DATA,
    "host-decl-name": DATA,
    "client-state": NUMERIC,
    "lease-time": NUMERIC,
    **dict.fromkeys(
        (
            "booting",
            "bound",
            "formerr",
            "noerror",
            "notauth",
            "notimp",
            "notzone",
            "nxdomain",
            "nxrrset",
            "rebind",
            "reboot",
            "refused",
            "renew",
            "request",
            "select",
            "servfail",
            "yxdomain",
            "yxrrset",
        ),
        NUMERIC,
    ),
}
# With so many arguments of these kinds; the result is data.
_FUNCTIONS = {
    "binary-to-ascii": (NUMERIC, NUMERIC, DATA, DATA),
    "lcase": (DATA,),
    "packet": (NUMERIC, NUMERIC),
    "reverse": (NUMERIC, DATA),
    "substring": (DATA, NUMERIC, NUMERIC),
    "suffix": (DATA, NUMERIC),
    "ucase": (DATA,),
    "v6relay": (NUMERIC, DATA),
}
_ALIASES = {"pick": "pick-first-value"}
_STRANGE_OPERATORS = {
    ("=", "="): "Write one equals sign: `=`.",
    ("&", "&"): "Write `and`.",
    ("|", "|"): "Write `or`.",
}


class OptionNames(Protocol):
    """What is known of options where the expression stands."""

    def option_name(self, tokens: Tokens) -> str:
        """Take the name of an option that exists; its canonical name."""


class Term(NamedTuple):
    """A part of an expression: its kind, its canonical text, and the operator if it is made of two."""

    kind: str
    text: str
    operator: str = ""

    @property
    def operand(self) -> str:
        """As part of a larger one."""
        return f"({self.text})" if self.operator else self.text


class Expressions:
    """Reads expressions off the front of tokens."""

    def __init__(self, options: OptionNames) -> None:
        self.options = options
        self.nesting = 0
        self.special: Mapping[str, Callable[[Tokens], Term]] = {
            "binary-to-ascii": self.function,
            "check": self.check,
            "concat": self.several,
            "config-option": self.option,
            "defined": self.defined,
            "encode-int": self.encode,
            "exists": self.exists,
            "extract-int": self.extract,
            "gethostbyname": self.lookup,
            "gethostname": self.own_name,
            "lcase": self.function,
            "not": self.negation,
            "option": self.option,
            "packet": self.function,
            "pick": self.several,
            "pick-first-value": self.several,
            "reverse": self.function,
            "substring": self.function,
            "suffix": self.function,
            "ucase": self.function,
            "v6relay": self.function,
        }

    def boolean(self, tokens: Tokens) -> Term:
        return self.of_kind(tokens, BOOLEAN)

    def data(self, tokens: Tokens) -> Term:
        return self.of_kind(tokens, DATA)

    def numeric(self, tokens: Tokens) -> Term:
        return self.of_kind(tokens, NUMERIC)

    def of_kind(self, tokens: Tokens, kind: str) -> Term:
        found = self.expression(tokens, kind)
        if found.kind not in (kind, ANY):
            raise DhcpdError(f"{shown(found.text)} is {_KINDS[found.kind]} where dhcpd expects {_KINDS[kind]}")
        return found

    def expression(self, tokens: Tokens, context: str, numbers: bool = False) -> Term:
        """Operands with operators between them. `numbers`: a number is one in a context of data, too."""
        # What waits for its right side, the tightest last.
        waiting: list[tuple[Term, str]] = []
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise DhcpdError(f"parentheses and calls stand more than {MAX_NESTING} deep inside each other", "", "deep")
        left: Term | None = None
        operator = ""
        operators = 0
        while True:
            right = self.operand(tokens, context, numbers)
            numbers = False
            following = self.operator(tokens)
            if following:
                context = right.kind
                operators += 1
                if operators > MAX_OPERATORS:
                    raise DhcpdError(f"more than {MAX_OPERATORS:,} operators in a row", "", "deep")
            if left is None:
                if not following:
                    self.nesting -= 1
                    return right
                left, operator = right, following
                continue
            if following and _PRECEDENCE[operator] < _PRECEDENCE[following]:
                # What stands on the right is the left side of a tighter operator, and of all that follow.
                waiting.append((left, operator))
                left, operator = right, following
                context = _context_of(following)
                continue
            left = self.combined(left, operator, right)
            if not following:
                while waiting:
                    before, operator = waiting.pop()
                    left = self.combined(before, operator, left)
                self.nesting -= 1
                return left
            operator = following

    @staticmethod
    def operator(tokens: Tokens) -> str:
        """Take an operator if there is one."""
        kind = tokens.kind
        if kind == "!":
            tokens.take()
            if tokens.kind != "=":
                raise DhcpdError("`!` stands without `=`", "Write `not` before a condition, or `!=` to compare.")
            tokens.take()
            return "!="
        if kind == "~":
            tokens.take()
            if tokens.kind not in ("=", "~"):
                raise DhcpdError("`~` stands alone", "Write `~=` or `~~` to compare with a regular expression.")
            return f"~{tokens.take()}"
        if kind not in _PRECEDENCE:
            return ""
        operator = tokens.take()
        hint = _STRANGE_OPERATORS.get((kind, tokens.kind))
        if hint:
            raise DhcpdError(f"{shown(operator + tokens.text)} is not an operator", hint)
        return kind

    @staticmethod
    def combined(left: Term, operator: str, right: Term) -> Term:
        """Both sides with the operator between them. Their kinds must fit."""
        before = left.text if left.operator == operator else left.operand  # from left to right, if nothing is said
        both = f"{before} {operator} {right.operand}"
        if right.kind != left.kind and ANY not in (left.kind, right.kind):
            raise DhcpdError(
                f"{shown(both)} relates {_KINDS[left.kind]} to {_KINDS[right.kind]}", "Compare what is of one kind."
            )
        wanted: tuple[str, ...]
        if operator in _LOGICAL:
            wanted = (BOOLEAN, ANY)
        elif operator == "~=":
            wanted = (DATA,)
        elif operator == "~~":
            wanted = (BOOLEAN, DATA, NUMERIC, ANY)
        elif operator in _COMPARISONS:
            wanted = (DATA, NUMERIC, ANY)
        else:
            wanted = (NUMERIC, ANY)
        if right.kind not in wanted:
            raise DhcpdError(
                f"{shown(both)} has {_KINDS[right.kind]} on its right, where dhcpd expects {_KINDS[wanted[0]]}"
            )
        kind = BOOLEAN if operator in _LOGICAL or operator in _COMPARISONS else NUMERIC
        return Term(kind, both, operator)

    def starts(self, tokens: Tokens) -> bool:
        """Whether what comes next could begin an expression."""
        kind = tokens.kind
        return kind in self.special or kind in _SIMPLE or kind in ("(", STRING, NUMBER, HEX, NAME)

    def operand(self, tokens: Tokens, context: str, numbers: bool) -> Term:
        """One side of an operator."""
        kind = tokens.kind
        special = self.special.get(kind)
        if special is not None:
            return special(tokens)
        simple = _SIMPLE.get(kind)
        if simple is not None:
            tokens.take()
            return Term(simple, kind)
        if kind == "(":
            tokens.take()
            found = self.expression(tokens, context, numbers)
            tokens.expect(")", "a closing parenthesis", "Add the closing parenthesis.")
            return found
        if kind == NUMBER and (context == NUMERIC or numbers):
            return Term(NUMERIC, str(counted(tokens)))
        if kind in (NUMBER, HEX, STRING):
            return Term(DATA, data(tokens))
        if kind == NAME:
            return self.variable(tokens)
        raise tokens.unexpected(_KINDS[context])

    def variable(self, tokens: Tokens) -> Term:
        """A variable, or a function of the user's own."""
        name = tokens.take()
        if not tokens.accept("("):
            return Term(ANY, name)
        if tokens.kind == ")":
            raise DhcpdError(f"the function {shown(name)} is called without arguments", "Give it one.", "no-arguments")
        arguments = [self.expression(tokens, ANY).text]
        while tokens.accept(","):
            arguments.append(self.expression(tokens, ANY).text)
        self.close(tokens)
        return Term(ANY, f"{name}({', '.join(arguments)})")

    # --- words of dhcpd's own -------------------------------------------------------------------------------------

    @staticmethod
    def open(tokens: Tokens) -> str:
        """A function's name and its opening parenthesis."""
        name = tokens.take().lower()
        tokens.expect("(", f"an opening parenthesis after {shown(name)}")
        return name

    @staticmethod
    def close(tokens: Tokens) -> None:
        tokens.expect(")", "a closing parenthesis", "Add the closing parenthesis.")

    @staticmethod
    def comma(tokens: Tokens, name: str) -> None:
        tokens.expect(",", "a comma", f"{shown(name)} takes one more argument.")

    def function(self, tokens: Tokens) -> Term:
        name = self.open(tokens)
        arguments: list[str] = []
        for kind in _FUNCTIONS[name]:
            if arguments:
                self.comma(tokens, name)
            arguments.append(self.of_kind(tokens, kind).text)
        self.close(tokens)
        return Term(DATA, f"{name}({', '.join(arguments)})")

    def several(self, tokens: Tokens) -> Term:
        """Any number of data arguments; `concat` takes two at least."""
        name = self.open(tokens)
        name = _ALIASES.get(name, name)
        arguments = [self.data(tokens).text]
        if name == "concat":
            self.comma(tokens, name)
            arguments.append(self.data(tokens).text)
        while tokens.accept(","):
            arguments.append(self.data(tokens).text)
        self.close(tokens)
        return Term(DATA, f"{name}({', '.join(arguments)})")

    def option(self, tokens: Tokens) -> Term:
        word = tokens.take().lower()
        return Term(DATA, f"{word} {self.options.option_name(tokens)}")

    def exists(self, tokens: Tokens) -> Term:
        tokens.take()
        return Term(BOOLEAN, f"exists {self.options.option_name(tokens)}")

    def negation(self, tokens: Tokens) -> Term:
        tokens.take()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise DhcpdError(f"more than {MAX_NESTING} negations in a row", "", "deep")
        inner = self.operand(tokens, BOOLEAN, numbers=False)
        self.nesting -= 1
        if inner.kind != BOOLEAN:
            raise DhcpdError(f"{shown(inner.text)} is {_KINDS[inner.kind]}, and `not` expects a condition")
        return Term(BOOLEAN, f"not {inner.operand}")

    @staticmethod
    def check(tokens: Tokens) -> Term:
        tokens.take()
        name = tokens.expect(STRING, "the name of a collection in quotes")
        if name != '"default"':
            raise DhcpdError(f"there is no collection {name}", 'The only one is "default".')
        return Term(BOOLEAN, f"check {name}")

    def defined(self, tokens: Tokens) -> Term:
        self.open(tokens)
        name = variable_name(tokens)
        self.close(tokens)
        return Term(BOOLEAN, f"defined({name})")

    def encode(self, tokens: Tokens) -> Term:
        name = self.open(tokens)
        value = self.numeric(tokens).text
        return Term(DATA, f"{name}({value}, {self.width(tokens, name)})")

    def extract(self, tokens: Tokens) -> Term:
        name = self.open(tokens)
        value = self.data(tokens).text
        return Term(NUMERIC, f"{name}({value}, {self.width(tokens, name)})")

    def width(self, tokens: Tokens, name: str) -> int:
        self.comma(tokens, name)
        bits = counted(tokens, "a number of bits")
        if bits not in (8, 16, 32):
            raise DhcpdError(f"{bits} is not the width of an integer", "Write 8, 16 or 32.")
        self.close(tokens)
        return bits

    def lookup(self, tokens: Tokens) -> Term:
        name = self.open(tokens)
        host = tokens.expect(STRING, "a host name in quotes", "Put the name in quotes.")
        self.close(tokens)
        return Term(DATA, f"{name}({host})")

    def own_name(self, tokens: Tokens) -> Term:
        name = self.open(tokens)
        self.close(tokens)
        return Term(DATA, f"{name}()")


def variable_name(tokens: Tokens) -> str:
    """Take the name of a variable."""
    if not is_variable(tokens.kind):
        hint = f"{shown(tokens.text)} is a word of dhcpd's own; choose another." if len(tokens.kind) > 1 else ""
        raise tokens.unexpected("the name of a variable", hint)
    return tokens.take()


def _context_of(operator: str) -> str:
    """For what dhcpd takes a number after a tighter operator."""
    return DATA if operator in _COMPARISONS else NUMERIC if operator not in _LOGICAL else BOOLEAN
