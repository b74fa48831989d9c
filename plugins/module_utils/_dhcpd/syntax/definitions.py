# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a dhcpd.conf has defined so far: options and their spaces, classes, keys, groups, relationships.

dhcpd reads from top to bottom and rejects a name that only comes later.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    END_CODE,
    OPTIONS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    NUMBER,
    DhcpdError,
    Tokens,
    is_identifier,
    shown,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import counted

# The space of options that are written without one; dhcpd's parameters are options of a space, too.
DHCP, SERVER = "dhcp", "server"

_INTEGERS = {(8, True): "b", (8, False): "B", (16, True): "s", (16, False): "S", (32, True): "l", (32, False): "L"}
_TYPES = "boolean, integer, ip-address, ip6-address, text, string, domain-name, domain-list, encapsulate or zerolen"
# What cannot be repeated, and must be the last of a record.
_LAST = {
    "domain-list": "D",
    "domain-name": "d",
    "string": "X",
    "text": "t",
    "zerolen": "Z",
}
MAX_FORMAT = 128
# A guess takes about a millisecond; a text that needs more of them has other troubles.
MAX_GUESSES = 300


class Definitions:
    """Definitions so far. Names of options are in lower case, with their space unless it is dhcpd's own."""

    def __init__(self) -> None:
        self.formats: dict[str, str] = {}  # of options of the user's own
        self.codes: dict[tuple[str, int], str] = {}  # code -> name of those
        self.spaces = {*OPTIONS, SERVER}
        self.replaced: set[str] = set()  # spaces that are declared anew, and have lost their options
        self.encapsulated = set(OPTIONS) - {DHCP, "dhcp6"}  # spaces that an option encapsulates already
        self.classes: set[str] = set()
        self.keys: set[str] = set()
        self.groups: set[str] = set()
        self.relationships: set[str] = set()
        self.guesses: dict[tuple[str, int], str] = {}

    def close(self, word: str, known: Collection[str]) -> str:
        """What somebody probably meant, of what is known; or nothing."""
        word = word[:64].lower()
        key = (word, len(known))
        if key not in self.guesses and len(self.guesses) < MAX_GUESSES:
            self.guesses[key] = next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), "")
        return self.guesses.get(key, "")

    # --- options --------------------------------------------------------------------------------------------------

    def format_of(self, name: str) -> str | None:
        """The format of an option; None if there is none of this name."""
        found = self.formats.get(name)
        if found is not None:
            return found
        space, dot, short = name.partition(".") if "." in name else (DHCP, "", name)
        if space in self.replaced:
            return None
        if not dot:
            standard = OPTIONS[DHCP].get(name)
        elif space == SERVER:
            return PARAMETER_FORMATS.get(short)
        else:
            standard = OPTIONS.get(space, {}).get(short)
        return standard[1] if standard else None

    def format(self, name: str) -> str:
        """The format of an option that exists."""
        found = self.format_of(name)
        return "X" if found is None else found

    def option_name(self, tokens: Tokens) -> str:
        """Take the name of an option that exists; its canonical name."""
        name = self.any_option_name(tokens)
        space, _dot, short = name.rpartition(".")
        if short.startswith("unknown-") and self.format_of(name) is None:
            return self.by_code(space or DHCP, short)
        if self.format_of(name) is None:
            close = self.close(short, self.options_of(space or DHCP))
            if close:
                hint = f"Did you mean `{space}{_dot}{close}`?"
            else:
                hint = f"Define it: `option {name} code NUMBER = TYPE;`."
            error = DhcpdError(f"there is no option `{name}`", hint, "statement-unknown")
            error.name = f"option {name}"
            raise error
        return name

    def options_of(self, space: str) -> list[str]:
        prefix = "" if space == DHCP else f"{space}."
        own = (name for name in self.formats if name.rpartition(".")[0] == prefix.rstrip("."))
        return [*OPTIONS.get(space, ()), *(name.removeprefix(prefix) for name in own)]

    def any_option_name(self, tokens: Tokens) -> str:
        """Take a name that an option could have, in a space that exists."""
        if not is_identifier(tokens.kind):
            raise tokens.unexpected("the name of an option")
        first = tokens.take().lower()
        if not tokens.accept("."):
            return first
        if not is_identifier(tokens.kind):
            raise tokens.unexpected(f"the name of an option of the space `{first}`")
        if first not in self.spaces:
            error = DhcpdError(
                f"there is no option space `{first}`", f"Declare it first: `option space {first};`.", "name-undeclared"
            )
            error.name = f"space {first}"
            raise error
        second = tokens.take().lower()
        return second if first == DHCP else f"{first}.{second}"

    def by_code(self, space: str, short: str) -> str:
        """`unknown-N` means the option of that number, whether it has a name or not."""
        digits = short.removeprefix("unknown-")
        end = len(digits) - len(digits.lstrip("0123456789"))
        code = int(digits[:end][:9] or 0)
        if code == 0 or code == END_CODE.get(space):
            raise DhcpdError(
                f"{shown(short)} is not an option: {code} is not the number of an option", "Give its number."
            )
        prefix = "" if space == DHCP else f"{space}."
        own = self.codes.get((space, code))
        if own is not None:
            return own
        name = next((name for name, (number, _kind) in OPTIONS.get(space, {}).items() if number == code), None)
        if name is not None:
            return f"{prefix}{name}"
        self.formats[f"{prefix}unknown-{code}"] = "X"
        return f"{prefix}unknown-{code}"

    # --- definitions ----------------------------------------------------------------------------------------------

    def space(self, tokens: Tokens) -> None:
        """`option space NAME`, and how wide its codes and lengths are."""
        tokens.expect("space")
        if not is_identifier(tokens.kind):
            raise tokens.unexpected("the name of an option space")
        name = tokens.take().lower()
        while not tokens.done:
            word = tokens.kind
            wanted = {"code": ("width", (1, 2, 4)), "length": ("width", (1, 2)), "hash": ("size", None)}.get(word)
            if wanted is None:
                raise tokens.unexpected("`code width`, `length width`, `hash size` or the end", "Remove it.")
            tokens.take()
            tokens.expect(wanted[0])
            value = counted(tokens)
            if value < 0 or (wanted[1] is not None and value not in wanted[1]):
                raise DhcpdError(f"{value} is not a valid {wanted[0]}", f"Write one of {wanted[1]}.")
        tokens.end()
        if name in self.spaces:
            self.replaced.add(name)
            self.encapsulated.discard(name)
            self.formats = {key: kind for key, kind in self.formats.items() if (key.rpartition(".")[0] or DHCP) != name}
        self.spaces.add(name)

    def define(self, name: str, tokens: Tokens) -> None:
        """`code NUMBER = TYPE` after an option's name."""
        tokens.expect("code")
        if tokens.kind != NUMBER:
            raise tokens.unexpected("the number of the option")
        code = counted(tokens)
        tokens.expect("=")
        kind = self.type_of(tokens)
        if kind.startswith("E") and kind[-1] in "aA":
            raise DhcpdError("an option space that is encapsulated cannot be repeated", "Remove `array of`.")
        if kind.startswith("E"):
            if kind[1:-1] in self.encapsulated:
                raise DhcpdError(f"the option space `{kind[1:-1]}` is encapsulated by another option", "Use another.")
            self.encapsulated.add(kind[1:-1])
        self.formats[name] = kind
        space = name.rpartition(".")[0] or DHCP
        self.codes[space, code] = name

    def type_of(self, tokens: Tokens) -> str:
        """A type as a format: one, a record of several, or an array of either."""
        array = tokens.accept("array")
        if array:
            tokens.expect("of")
        if not tokens.accept("{"):
            if tokens.kind == "array":
                self.inner_array(tokens, array, record=False)
            kind = self.simple_type(tokens, array)
            tokens.end()
            return f"{kind}a" if array else kind
        kind = ""
        while True:
            inner = tokens.kind == "array"
            if inner:
                self.inner_array(tokens, array, record=True)
            word = tokens.kind
            kind += self.simple_type(tokens, array or inner) + ("a" if inner else "")
            if len(kind) >= MAX_FORMAT:
                raise DhcpdError("the record has too many parts", "Remove some.")
            if not tokens.accept(","):
                break
            if word in _LAST or word == "encapsulate":
                raise DhcpdError(f"more follows `{word}`, which must be the last of a record", "Put it last.")
        tokens.expect("}", "a comma or the closing brace of the record")
        tokens.end()
        return f"{kind}A" if array else kind

    @staticmethod
    def inner_array(tokens: Tokens, array: bool, record: bool) -> None:
        if array:
            raise DhcpdError("an array holds an array", "Remove one `array of`.")
        tokens.take()
        tokens.expect("of")
        if record and tokens.kind == "{":
            raise DhcpdError("a record holds an array of records", "Only an array of one type may stand in a record.")

    def simple_type(self, tokens: Tokens, repeated: bool) -> str:
        word = tokens.kind
        if word in _LAST:
            tokens.take()
            compressed = word == "domain-list" and tokens.accept("compressed")
            if repeated:
                raise DhcpdError(f"an array holds `{word}`, which cannot be repeated", "Remove `array of`.")
            return _LAST[word] + ("c" if compressed else "")
        if word in ("signed", "unsigned", "integer"):
            tokens.take()
            if word != "integer":
                tokens.expect("integer")
            bits = counted(tokens, "the width of an integer")
            if (bits, True) not in _INTEGERS:
                raise DhcpdError(f"{bits} is not the width of an integer", "Write 8, 16 or 32.")
            return _INTEGERS[bits, word != "unsigned"]
        if word == "encapsulate":
            tokens.take()
            if not is_identifier(tokens.kind):
                raise tokens.unexpected("the name of an option space")
            space = tokens.take().lower()
            if space not in self.spaces:
                error = DhcpdError(
                    f"there is no option space `{space}`",
                    f"Declare it first: `option space {space};`.",
                    "name-undeclared",
                )
                error.name = f"space {space}"
                raise error
            return f"E{space}."
        found = {"boolean": "f", "ip-address": "I", "ip6-address": "6"}.get(word)
        if found is None:
            raise tokens.unexpected(f"a type: {_TYPES}")
        tokens.take()
        return found
