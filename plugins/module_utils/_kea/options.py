# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Values of options: the declaration's words, in dhcpd's formats, and Kea's `option-data`.

What Kea spells as dhcpd does is written readably. All other values are written as octets, so that a client gets the
same from both daemons.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import DHCP, Definitions
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    OPTIONS as DHCPD_OPTIONS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    DhcpdError,
    Tokens,
    unescaped,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import TEXT_FORMATS, atoms
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.values import (
    option_data as dhcpd_data,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import split_words
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import CODES, OPTIONS, Option
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Value, parse_address

DHCP4 = "dhcp4"
_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]*)")
_SEPARATED = re.compile(r"[0-9a-fA-F]{1,2}(?:[: ][0-9a-fA-F]{1,2})*")
_INTEGER = re.compile(r"-?[0-9]+|0[xX][0-9a-fA-F]+")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9_*-]{1,63}\.)*[A-Za-z0-9_*-]{1,63}\.?")
_WIDTHS = {"uint8": 8, "uint16": 16, "uint32": 32, "int8": 8, "int16": 16, "int32": 32}
# A letter of dhcpd's formats, and Kea's type with the same spelling.
_SAME: Mapping[str, tuple[str, ...]] = {
    "I": ("ipv4-address",),
    "6": ("ipv6-address",),
    "L": ("uint32", "int32"),
    "l": ("int32", "uint32"),
    "S": ("uint16",),
    "s": ("int16",),
    "B": ("uint8",),
    "b": ("int8",),
    "f": ("boolean",),
    "t": ("string",),
    "X": ("string",),
    "D": ("fqdn",),
    "d": ("fqdn",),
}
# Options that Kea does not send as they are stated.
_UNSENT: Mapping[int, str] = {
    55: "what it sends is what the client asks for",
    125: "it sends only those parts for which the client asks",
}
_DHCPD_NAMES: Mapping[int, str] = {code: name for name, (code, _kind) in DHCPD_OPTIONS[DHCP].items()}


class UntranslatableError(Exception):
    """Something has no counterpart in Kea. reason: a whole sentence; hint: what to write instead."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


# --- from the declaration -------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def format_of_type(kind: str) -> str:
    """dhcpd's format of a type in a definition. Raises UntranslatableError for one that Kea has no counterpart for."""
    try:
        return Definitions().type_of(Tokens(kind.split()))
    except DhcpdError:
        raise UntranslatableError(
            f"Kea has no counterpart for the type {kind}.", "Define the option as string, and give its octets."
        ) from None


def option_def(name: str, code: int, kind: str) -> dict[str, Any] | None:
    """The definition of an option; None for one whose values are written as octets."""
    parts = atoms(format_of_type(kind))
    if code in OPTIONS:
        return None  # standard in some release, which refuses another definition
    types = [_SAME.get(part.letter, ("",))[0] if part.letter != "X" else "binary" for part in parts]
    if not all(types) or any(part.repeats for part in parts[:-1]) or "fqdn" in types[:-1]:
        return None
    array = bool(parts[-1].repeats) or types[-1] == "fqdn"
    if array and types[-1] in ("string", "binary"):
        return None  # Kea repeats no texts
    if len(types) > 1 and array:
        return None  # dhcpd may repeat the whole record
    one = {"type": types[0]} if len(types) == 1 else {"type": "record", "record-types": ", ".join(types)}
    return {"name": name, "code": code, **one, "array": array, "space": DHCP4}


def code_and_format(name: str, definitions: Mapping[str, Sequence[str]]) -> tuple[int, str]:
    """The number of an option of the declaration, and its format. Raises UntranslatableError if there is none."""
    if name in definitions:
        code, kind = definitions[name]
        return int(code), format_of_type(kind)
    known = DHCPD_OPTIONS[DHCP].get(name)
    if known is not None:
        return known
    number = name.removeprefix("unknown-")
    if number != name and number.isdigit() and 0 < int(number) < 255:
        return int(number), "X"
    raise UntranslatableError(
        f"The option {name} is in an option space that the declaration cannot define for Kea.",
        "Give the whole option by its number, for instance `unknown-43`, with its octets.",
    )


def option_data(name: str, words: Value, definitions: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """An option of the declaration in Kea's form."""
    code, kind = code_and_format(name, definitions)
    if code in _UNSENT:
        raise UntranslatableError(f"Kea would not send the option {name}: {_UNSENT[code]}.", "Remove it.")
    own = definitions.get(name)
    made = option_def(name, code, own[1]) if own is not None else None
    if made is not None:
        types = str(made.get("record-types", made["type"])).split(", ")
        option = Option(name, code, tuple(types), bool(made["array"]))
    else:
        option = OPTIONS.get(code, Option(name, code, (), False))
    pairs = list(_letters(kind, _single(kind, words)))
    named: dict[str, Any] = {"name": option.name} if option.everywhere and option.fields else {}
    text = _csv(option, kind, pairs) if named else None
    if text is not None:
        return {**named, "data": text}
    octets = b"".join(_encoded(letter, word, name) for letter, word in pairs)
    return {**(named or {"code": code}), "csv-format": False, "data": octets.hex()}


def _single(kind: str, words: Value) -> Value:
    """The values one by one: a variable may have several in a text."""
    if len(atoms(kind)) == 1 and kind[:1] in TEXT_FORMATS:
        return words
    if not any(" " in word or "," in word for word in words):
        return words
    try:
        return tuple(unescaped(word[1:-1]) if word[:1] == '"' else word for word in dhcpd_data(_tokens(words), kind))
    except DhcpdError:
        return words  # another finding is about it


def _tokens(words: Value) -> Tokens:
    return Tokens(split_words(" , ".join(words)))


def _letters(kind: str, words: Value) -> Iterator[tuple[str, str]]:
    """Every word with the letter of its format."""
    parts = atoms(kind)
    position = 0
    for word in words:
        if position >= len(parts):
            position = 0
        part = parts[position]
        yield part.letter, word
        if part.letter != "D" and part.repeats != "a":
            position += 1


def _csv(option: Option, kind: str, pairs: Sequence[tuple[str, str]]) -> str | None:
    """The value as Kea's text; None if it must be octets."""
    if not option.everywhere or (len(option.fields) > 1 and (option.array or len(pairs) != len(option.fields))):
        return None
    if len(option.fields) == 1 and len(pairs) != 1 and not option.array:
        return None
    shown = []
    for position, (letter, word) in enumerate(pairs):
        field = option.fields[position % len(option.fields)]
        if field not in _SAME.get(letter, ()):
            return None
        if field == "ipv4-address" and parse_address(word) is None:
            raise UntranslatableError(f"{word} is a host name, and Kea looks up no names.", "Give its address.")
        if field == "string":
            plain = word.isprintable() and word.isascii() and word.strip() == word != ""
            if not plain or (kind[:1] != "t" and _OCTETS.fullmatch(word)):
                return None
            word = word.replace("\\", "\\\\").replace(",", "\\,")
        if field == "fqdn" and not _DOMAIN.fullmatch(word):
            return None
        if letter in "Ll" and word.startswith("-") != (field == "int32" and word.startswith("-")):
            return None
        shown.append(word)
    return ", ".join(shown)


def octets_of(word: str) -> bytes:
    """The octets of data: hexadecimal with colons, or a text."""
    if _OCTETS.fullmatch(word):
        return bytes(int(part, 16) for part in word.split(":"))
    return word.encode("utf-8", "surrogateescape")


def _encoded(letter: str, word: str, name: str) -> bytes:
    """A word as the octets that dhcpd sends."""
    if letter == "I":
        number = parse_address(word)
        if number is None:
            raise UntranslatableError(f"{word} is a host name, and Kea looks up no names.", "Give its address.")
        return number.to_bytes(4, "big")
    if letter == "6":
        return socket.inet_pton(socket.AF_INET6, word)
    if letter in "LlSsBbT":
        width = {"L": 4, "l": 4, "T": 4, "S": 2, "s": 2, "B": 1, "b": 1}[letter]
        if not _INTEGER.fullmatch(word):
            raise UntranslatableError(f"{word} is not a number, which option {name} takes.", "Give a number.")
        return (int(word, 0) % (1 << 8 * width)).to_bytes(width, "big")
    if letter == "f":
        return bytes([word == "true"])
    if letter in "Dd":
        if not _DOMAIN.fullmatch(word):
            raise UntranslatableError(f"{word} is not the name of a domain.", "Give one name in each item of a list.")
        return (
            b"".join(
                bytes([len(label)]) + label
                for label in (part.encode() for part in word.rstrip(".").split("."))
                if label
            )
            + b"\0"
        )
    if letter in "XE":
        return octets_of(word)
    if letter == "t":
        return word.encode("utf-8", "surrogateescape")
    raise UntranslatableError(f"Kea has no counterpart for the value of option {name}.", "Give its octets.")


# --- from Kea's text ------------------------------------------------------------------------------------------------


# Kea defines it only where a text does not, and then it has no value of its own, but options of another space in it.
_VENDOR = "vendor-encapsulated-options"
_VENDOR_CODE = 43


class Given(NamedTuple):
    """An option of the text in the declaration's words. fault: what is wrong with it; cut: text that Kea drops."""

    name: str
    words: Value
    fault: str = ""
    cut: str = ""


def data_word(octets: bytes) -> str:
    """Octets in one spelling: as text if they can be one."""
    if octets and all(0x20 <= octet <= 0x7E for octet in octets):
        return octets.decode("ascii")
    return octets.hex(":")


def name_of_code(code: int, definitions: Mapping[int, Option]) -> str:
    """The declaration's name of an option."""
    own = definitions.get(code)
    return _DHCPD_NAMES.get(code) or (own.name.replace("_", "-") if own is not None else f"unknown-{code}")


def given(data: Mapping[str, Any], definitions: Mapping[int, Option]) -> Given | None:
    """One entry of `option-data`; None if it makes no option. definitions: the text's own, by number."""
    code, name, space = data.get("code"), data.get("name"), data.get("space", DHCP4)
    text = data.get("data", "")
    if not isinstance(text, str):
        return None
    if space != DHCP4:
        return Given(f"{space}.{name or code}", (text,)) if name or code else None
    option = None
    if code is None:
        code = CODES.get(name) if isinstance(name, str) else None
        if code is None:
            option = next((one for one in definitions.values() if one.name == name), None)
            if option is None and name != _VENDOR:
                return Given(str(name), (), f'Kea knows no option "{name}".') if name else None
            code = option.code if option is not None else _VENDOR_CODE
    if not isinstance(code, int) or not 0 < code < 255:
        return Given(str(code), (), f"{code} is not the number of an option.")
    option = definitions.get(code) or OPTIONS.get(code)
    called = name_of_code(code, definitions)
    if isinstance(name, str) and option is not None and name != option.name:
        return Given(called, (), f"{code} is the number of {option.name}, not of {name}.")
    csv = data.get("csv-format", True)
    if csv and option is None and code == _VENDOR_CODE and not text:
        return Given(called, ())
    if csv and option is None:
        return Given(called, (), f"Kea knows no option {code}, so it needs a definition, or csv-format: false.")
    try:
        if not csv or option is None:
            return Given(called, _decoded(_octets(text), option))
        return _values(called, text, option)
    except ValueError as error:
        return Given(called, (), str(error))


def _octets(text: str) -> bytes:
    """Octets as Kea takes them: hexadecimal, or text in single quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].encode("utf-8", "surrogateescape")
    found = _HEX.fullmatch(text)
    if found is not None:
        digits = found[1]
        return bytes.fromhex("0" * (len(digits) % 2) + digits)
    if _SEPARATED.fullmatch(text):
        return bytes(int(part, 16) for part in re.split("[: ]", text))
    raise ValueError(f"{text} is no octets.")


def _fields(text: str) -> list[str]:
    """The values of a text, split at commas without a backslash, as Kea does it."""
    if "\\" not in text:
        return [part.strip() for part in text.split(",") if part]
    found = [""]
    escaped = False
    for char in text:
        if escaped:
            found[-1] += char if char in ",\\" else f"\\{char}"
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            found.append("")
        else:
            found[-1] += char
    found[-1] += "\\" * escaped
    return [part.strip() for part in found if part]


def _values(called: str, text: str, option: Option) -> Given | None:
    """The values of a text; None for no addresses, of which Kea makes an option without any."""
    parts = _fields(text)
    fields = option.fields
    cut = ""
    if not fields or fields[0] in ("empty", "internal", "tuple"):
        return Given(called, (text,) if text else ())
    if len(fields) == 1 and not option.array:
        cut = ", ".join(parts[1:])
        parts = parts[:1]
    if not parts and option.array and fields == ("ipv4-address",):
        return None
    if len(parts) < len(fields):
        raise ValueError(f"{text!r} has too few values.")
    last = len(fields) - 1
    words = tuple(_word(part, fields[min(position, last)]) for position, part in enumerate(parts))
    return Given(called, words, cut=cut)


def _word(text: str, field: str) -> str:
    if field == "ipv4-address":
        if parse_address(text) is None:
            raise ValueError(f"{text} is not an IPv4 address.")
        return text
    width = _WIDTHS.get(field)
    if width is not None:
        if not _INTEGER.fullmatch(text):
            raise ValueError(f"{text} is not a number.")
        number = int(text, 0) if text[:2].lower() == "0x" else int(text)
        signed = field[0] == "i"
        if not (-(1 << width - 1) if signed else 0) <= number < (1 << (width - 1 if signed else width)):
            raise ValueError(f"{text} does not fit into {width} bits.")
        return str(number)
    if field == "boolean":
        flag = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(text.lower())
        if flag is None:
            raise ValueError(f"{text} is neither true nor false.")
        return flag
    if field == "binary":
        return data_word(_octets(text))
    if field == "fqdn":
        return text.rstrip(".") or "."
    return text


def _decoded(octets: bytes, option: Option | None) -> Value:
    """Octets as words, if the option's type is known and they fit it."""
    field = option.fields[0] if option is not None and len(option.fields) == 1 else ""
    width = _WIDTHS.get(field, 32 if field == "ipv4-address" else 8 if field == "boolean" else 0) // 8
    if not width or len(octets) % width or not octets or (len(octets) > width and not (option and option.array)):
        return (data_word(octets),) if octets else ()
    parts = [octets[start : start + width] for start in range(0, len(octets), width)]
    if field == "ipv4-address":
        return tuple(".".join(map(str, part)) for part in parts)
    if field == "boolean":
        return tuple("true" if part[0] else "false" for part in parts)
    return tuple(str(int.from_bytes(part, "big", signed=field[0] == "i")) for part in parts)
