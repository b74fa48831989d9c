# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Statements that dhcpd runs for a packet: options, parameters, conditions, hooks. Their grammar, and one text for
those that mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import Definitions
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.expressions import (
    ANY,
    DATA,
    Expressions,
    variable_name,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import PARAMETER_FORMATS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NAME,
    STRING,
    DhcpdError,
    Tokens,
    is_identifier,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import described, option_data
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import ALLOW_PARAMETERS

EVENTS = ("commit", "expiry", "release", "transmission")
_PRIORITIES = ("fatal", "error", "debug", "info")
# What reads `VERB OPTION-NAME VALUE`. `supersede` is what `option` does.
_VERBS = {
    "append": "append",
    "default": "default",
    "option": "option",
    "prepend": "prepend",
    "send": "send",
    "supersede": "option",
}


class Executables:
    """Reads one statement that dhcpd runs, or what stands before the block of one."""

    def __init__(self, names: Definitions) -> None:
        self.names = names
        self.expressions = Expressions(names)
        self.statements: Mapping[str, Callable[[Tokens], str]] = {
            **dict.fromkeys(_VERBS, self.option),
            **dict.fromkeys(("allow", "deny", "ignore"), self.allow),
            "add": self.add,
            "break": self.alone,
            "db-time-format": self.time_format,
            "define": self.assignment,
            "eval": self.evaluation,
            "execute": self.execution,
            "log": self.log,
            "on": self.no_hook,
            "parse-vendor-option": self.alone,
            "return": self.evaluation,
            "set": self.assignment,
            "unset": self.unset,
        }
        self.heads: Mapping[str, Callable[[Tokens], str]] = {
            "define": self.function,
            "else": self.alternative,
            "elsif": self.condition,
            "if": self.condition,
            "on": self.hook,
            "set": self.function,
            "switch": self.switch,
        }

    # --- single statements ----------------------------------------------------------------------------------------

    def known(self, tokens: Tokens) -> bool:
        """Whether such a statement begins here, rather than something that only looks like a name."""
        return tokens.kind in self.statements or self.parameter_name(tokens) is not None

    @staticmethod
    def parameter_name(tokens: Tokens) -> str | None:
        name = tokens.text.lower()
        return name if is_identifier(tokens.kind) and name in PARAMETER_FORMATS else None

    def statement(self, tokens: Tokens) -> str:
        """One statement up to its end."""
        self.expressions.nesting = 0
        found = self.statements.get(tokens.kind)
        if found is not None:
            return found(tokens)
        name = self.parameter_name(tokens)
        if name is not None:
            tokens.take()
            return f"{name}{self.value(tokens, PARAMETER_FORMATS[name], name)}"
        # A function's call, or any other expression: it is evaluated, and that is all.
        if tokens.kind not in (NAME, HEX):
            raise tokens.unexpected("a statement")
        text = self.expressions.expression(tokens, DATA).text
        tokens.end()
        return text

    def option(self, tokens: Tokens) -> str:
        verb = _VERBS[tokens.take().lower()]
        name = self.names.option_name(tokens)
        value = self.value(tokens, self.names.format(name), f"option {name}")
        if name.startswith("server."):
            return f"{name[7:]}{value}" if verb == "option" else f"{verb} {name}{value}"
        return f"{verb} {name}{value}"

    def value(self, tokens: Tokens, kind: str, what: str) -> str:
        """What follows an option's or parameter's name, to the end, with a blank in front."""
        return "".join(f" {word}" for word in self.words(tokens, kind, what))

    def words(self, tokens: Tokens, kind: str, what: str) -> list[str]:
        """The same as canonical words; an expression is one of them."""
        if tokens.accept("="):
            self.expressions.nesting = 0
            try:
                found = [f"= {self.expressions.data(tokens).text}"]
            except DhcpdError as error:
                if error.slug == "no-arguments":  # dhcpd forgets to complain
                    error.slug = "dropped"
                raise
            tokens.end()
            return found
        if tokens.kind == ";" and not kind.startswith("Z"):
            wanted = described(kind)
            raise DhcpdError("it has no value", f"Give it {wanted}." if wanted else "Give it one.", "syntax")
        try:
            found = option_data(tokens, kind)
            if not tokens.done:
                self.surplus(tokens, kind)
        except DhcpdError as error:
            wanted = described(kind)
            if wanted and wanted not in error.reason:
                error.reason = f"{error.reason}. `{what}` takes {wanted}"
            raise
        tokens.end()
        return found

    @staticmethod
    def surplus(tokens: Tokens, kind: str) -> None:
        """More than the value stands here."""
        start = tokens.at - 1
        while start and tokens.glued[start]:
            start -= 1
        before, text = "".join(tokens.texts[start : tokens.at]), tokens.text
        if not tokens.glued[tokens.at]:
            end = tokens.at + 1
            while tokens.glued[end]:
                end += 1
            text = "".join(tokens.texts[tokens.at : end])
        repeats = kind[-1:] in ("a", "A") or kind.startswith("D")
        if text == ",":
            hint = "Give one value only."
        elif repeats and (is_identifier(tokens.kind) or text[0].isdigit() or text[0] == '"'):
            hint = "Write a comma between the values."
        elif kind[0] in "tX" and before[0] != '"' and tokens.text in ("/", ".", ":", "-", "_"):
            hint = "Put the text in quotes."
        else:
            hint = "Is a semicolon missing?"
        raise DhcpdError(f"{shown(text)} follows {shown(before)}", hint, "declaration-invalid")

    @staticmethod
    def allow(tokens: Tokens) -> str:
        verb = tokens.take().lower()
        parameter = ALLOW_PARAMETERS.get(tokens.kind)
        if parameter is None:
            known = ", ".join(sorted(ALLOW_PARAMETERS))
            raise tokens.unexpected(f"one of {known}")
        tokens.take()
        tokens.end()
        flag = {"allow": "true", "deny": "false"}.get(verb, "ignore")
        return f"{parameter} {flag}"

    def add(self, tokens: Tokens) -> str:
        tokens.take()
        name = tokens.expect(STRING, "the name of a class in quotes", "Put the name in quotes.")
        if name[1:-1] not in self.names.classes:
            error = DhcpdError(f"there is no class {name}", "Declare the class first.", "class-unknown")
            error.name = f"class {name[1:-1]}"
            raise error
        tokens.end()
        return f"add {name}"

    @staticmethod
    def alone(tokens: Tokens) -> str:
        word = tokens.take().lower()
        tokens.end()
        return word

    @staticmethod
    def time_format(tokens: Tokens) -> str:
        tokens.take()
        if tokens.kind not in ("default", "local"):
            raise tokens.unexpected("`default` or `local`")
        word = tokens.take().lower()
        tokens.end()
        return f"db-time-format {word}"

    def assignment(self, tokens: Tokens) -> str:
        verb = tokens.take().lower()
        name = variable_name(tokens)
        if tokens.kind == "(":
            raise DhcpdError("a function has no block", "Write `{ return ...; }` after its parameters.")
        tokens.expect("=")
        value = self.expressions.expression(tokens, ANY).text
        tokens.end()
        return f"{verb} {name} = {value}"

    @staticmethod
    def unset(tokens: Tokens) -> str:
        tokens.take()
        name = variable_name(tokens)
        tokens.end()
        return f"unset {name}"

    def evaluation(self, tokens: Tokens) -> str:
        verb = tokens.take().lower()
        value = self.expressions.expression(tokens, DATA).text
        tokens.end()
        return f"{verb} {value}"

    def execution(self, tokens: Tokens) -> str:
        tokens.take()
        tokens.expect("(", "an opening parenthesis")
        arguments = [tokens.expect(STRING, "a command in quotes", "Put the command in quotes.")]
        while tokens.accept(","):
            arguments.append(self.expressions.data(tokens).text)
        tokens.expect(")", "a comma or the closing parenthesis")
        tokens.end()
        return f"execute({', '.join(arguments)})"

    def log(self, tokens: Tokens) -> str:
        tokens.take()
        tokens.expect("(", "an opening parenthesis")
        priority = "debug"
        if tokens.kind in _PRIORITIES:
            priority = tokens.take().lower()
            tokens.expect(",", "a comma")
        if not self.expressions.starts(tokens):
            raise DhcpdError("nothing stands where a value should", "Give it what is to be logged.", "dropped")
        text = self.expressions.data(tokens).text
        tokens.expect(")", "the closing parenthesis", 'Join several values with `concat ("a", "b")`.')
        tokens.end()
        return f"log({priority}, {text})"

    def no_hook(self, tokens: Tokens) -> str:
        text = self.events(tokens)
        tokens.end()
        return text

    # --- what stands before a block -------------------------------------------------------------------------------

    def head(self, tokens: Tokens) -> str:
        """What stands before a block, to its brace."""
        self.expressions.nesting = 0
        found = self.heads[tokens.kind](tokens)
        if tokens.kind == ";":
            raise DhcpdError("it has no block", "Write `{ ... }` after it.")
        if not tokens.done:
            before = shown(tokens.texts[tokens.at - 1])
            raise DhcpdError(f"{shown(tokens.text)} follows {before}, where dhcpd expects the block")
        return found

    def condition(self, tokens: Tokens) -> str:
        word = tokens.take().lower()
        inside = tokens.accept("(")
        text = self.expressions.boolean(tokens).text
        if inside:
            tokens.expect(")", "the closing parenthesis", "Add the closing parenthesis.")
            if not tokens.done:
                # dhcpd takes the first parenthesis for that of the whole condition.
                raise DhcpdError(
                    f"{shown(tokens.text)} follows the parenthesis that ends the condition",
                    "Write `and` or `or`, and put the whole condition in parentheses."
                    if tokens.text in ("&", "|")
                    else "Put the whole condition in parentheses.",
                )
        return f"{word} {text}"

    def alternative(self, tokens: Tokens) -> str:
        if tokens.kinds[tokens.at + 1] != "if":
            tokens.take()
            return "else"
        tokens.take()
        return self.condition(tokens).replace("if", "elsif", 1)

    def events(self, tokens: Tokens) -> str:
        tokens.take()
        found = set()
        while True:
            if tokens.kind not in EVENTS:
                raise tokens.unexpected(f"one of {', '.join(EVENTS)}")
            found.add(tokens.take().lower())
            if not tokens.accept("or"):
                return f"on {' or '.join(sorted(found))}"

    def hook(self, tokens: Tokens) -> str:
        return self.events(tokens)

    def switch(self, tokens: Tokens) -> str:
        tokens.take()
        tokens.expect("(", "an opening parenthesis", "Write `switch (...) { ... }`.")
        value = self.expressions.expression(tokens, DATA, numbers=True)
        tokens.expect(")", "the closing parenthesis", "Add the closing parenthesis.")
        return f"switch ({value.text})"

    def switch_kind(self, tokens: Tokens) -> str:
        """Of what kind the cases of a switch are."""
        tokens.take()
        tokens.expect("(")
        return self.expressions.expression(tokens, DATA, numbers=True).kind

    def function(self, tokens: Tokens) -> str:
        verb = tokens.take().lower()
        name = variable_name(tokens)
        tokens.expect("(", "a parenthesis with the function's parameters")
        parameters = []
        while not tokens.accept(")"):
            parameters.append(variable_name(tokens))
            if not tokens.accept(","):
                tokens.expect(")", "a comma or the closing parenthesis")
                break
        return f"{verb} {name}({', '.join(parameters)})"

    def label(self, tokens: Tokens, kind: str | None) -> str | None:
        """Take `case VALUE:` or `default:` if one begins here. `kind`: that of the switch around it."""
        case = tokens.kind == "case"
        if not (case or (tokens.kind == "default" and tokens.kinds[tokens.at + 1] == ":")):
            return None
        if kind is None:
            raise DhcpdError(f"{shown(tokens.text)} is outside a switch", "Move it into `switch (...) { }`.")
        self.expressions.nesting = 0
        word = tokens.take().lower()
        text = word
        if case:
            text = f"case {self.expressions.expression(tokens, DATA if kind == DATA else 'numeric').text}"
        tokens.expect(":", "a colon")
        return f"{text}:"
