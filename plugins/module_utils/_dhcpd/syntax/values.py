# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Values of options and parameters have types: which ones dhcpd takes, and one spelling for those that are the same.

Every function takes tokens off the front, as dhcpd does, and raises what dhcpd would say to a wrong one. They return
the value's canonical words.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import ENUMERATIONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.lexer import (
    HEX,
    NAME,
    NUMBER,
    STRING,
    DhcpdError,
    Tokens,
    is_identifier,
    one_spelling,
    quoted,
    shown,
    unescaped,
)

# In octets: a label of a domain name, and the whole as it is sent.
MAX_LABEL = 63
MAX_DOMAIN = 255

_UNSIGNED = 1 << 32
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
# Other than in an address, a leading zero means octal.
_DECIMAL_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
# Octets that are no text, as the first of them shows.
_OCTETS = r"(?:[0189a-fA-F][0-9a-fA-F]|[0-9a-fA-F])(?::[0-9a-fA-F]{1,2})+"
_DOMAIN_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
# What most values look like; anything else is looked at word by word.
_PLAIN: Mapping[str, str] = {
    "I": rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    "B": _DECIMAL_OCTET,
    "b": _DECIMAL_OCTET,
    "S": r"(?:[1-9][0-9]{0,3}|0)",
    "s": r"(?:[1-9][0-9]{0,3}|0)",
    "L": r"(?:[1-9][0-9]{0,8}|0)",
    "l": r"-?(?:[1-9][0-9]{0,8}|0)",
    "T": r"(?:[1-9][0-9]{0,8}|0)",
    "f": r"(?:true|false|on|off)",
    "t": r'"[^"\\\n]{0,300}"',
    "X": rf'(?:"[^"\\\n]{{0,300}}"|{_OCTETS})',
    "E": rf'(?:"[^"\\\n]{{0,300}}"|{_OCTETS})',
}
_FLAGS = {"true": "true", "on": "true", "false": "false", "off": "false", "ignore": "ignore"}
_WIDTHS = {"L": 32, "l": 32, "T": 32, "S": 16, "s": 16, "B": 8, "b": 8}
_DESCRIBED = {
    "I": "an IPv4 address or a host name",
    "6": "an IPv6 address",
    "L": "a number of 32 bits",
    "l": "a number of 32 bits",
    "S": "a number up to 65535",
    "s": "a number of 16 bits",
    "B": "a number up to 255",
    "b": "a number of 8 bits",
    "T": "a number of seconds or `infinite`",
    "f": "true or false",
    "t": "text in quotes",
    "X": "text in quotes or octets like 01:0a:ff",
    "E": "text in quotes or octets like 01:0a:ff",
    "D": 'domain names in quotes like "a.example", "b.example"',
    "d": "a domain name without quotes",
    "U": "the name of an option space",
    "k": "the name of a key",
    "Z": "no value",
}
_SEVERAL = {
    "I": "IPv4 addresses or host names",
    "6": "IPv6 addresses",
    "L": "numbers of 32 bits",
    "l": "numbers of 32 bits",
    "S": "numbers up to 65535",
    "s": "numbers of 16 bits",
    "B": "numbers up to 255",
    "b": "numbers of 8 bits",
    "f": "flags (true or false)",
}


# Letters that the format of a text begins with; the last is an option space, which dhcpd takes as octets or text.
TEXT_FORMATS = ("t", "X", "D", "E")
_ANY_OCTETS = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2})+")


def is_quoted(word: str, kind: str) -> bool:
    """Whether a value of this format stands in quotes: a text does, unless it has them or is octets that may be."""
    if kind[:1] not in TEXT_FORMATS or (len(word) > 1 and word[0] == word[-1] == '"'):
        return False
    return kind[:1] in ("t", "D") or not _ANY_OCTETS.fullmatch(word)


def written_value(word: str, kind: str) -> str:
    """A value as it stands in the file."""
    if not is_quoted(word, kind):
        return word
    return '"{}"'.format(word.replace("\\", "\\\\").replace('"', '\\"'))


class Atom(NamedTuple):
    """One value of a format. `name` is the enumeration's or option space's; `repeats` is "a", "A" or nothing."""

    letter: str
    name: str = ""
    optional: bool = False
    repeats: str = ""


@lru_cache(maxsize=1024)
def atoms(kind: str) -> tuple[Atom, ...]:
    """A format in parts."""
    found: list[Atom] = []
    position = 0
    while position < len(kind):
        letter = kind[position]
        position += 1
        if letter in "aA" and found:
            found[-1] = found[-1]._replace(repeats=letter)
        elif letter == "o" and found:
            found[-1] = found[-1]._replace(optional=True)
        elif letter == "c" and found:
            found[-1] = found[-1]._replace(name="compressed")
        elif letter in "EN":
            end = kind.index(".", position)
            found.append(Atom(letter, kind[position:end]))
            position = end + 1
        else:
            found.append(Atom(letter))
    return tuple(found)


@lru_cache(maxsize=1024)
def plain(kind: str) -> Callable[[str], object]:
    """A function that tells whether this is such a value, its words joined by blanks; most of those it knows."""
    parts = atoms(kind)
    if not parts or any(part.letter not in _PLAIN or part.optional for part in parts):
        return _never
    one = " ".join(_PLAIN[part.letter] for part in parts)
    last = parts[-1]
    if any(part.repeats for part in parts[:-1]):
        return _never
    if last.repeats == "A":
        one = f"{one}(?: , {one})*"
    elif last.repeats == "a":
        one = f"{one}(?: , {_PLAIN[last.letter]})*"
    return re.compile(one, re.ASCII).fullmatch


def _never(_text: str) -> object:
    return None


def described(kind: str) -> str:
    """A format in words."""
    parts = atoms(kind)
    if len(parts) == 1:
        (part,) = parts
        if part.letter == "N":
            return f"one of {', '.join(ENUMERATIONS.get(part.name, ()))}"
        return f"{_SEVERAL[part.letter]}, separated by commas" if part.repeats else _DESCRIBED.get(part.letter, "")
    texts = [(_SEVERAL if part.repeats == "a" else _DESCRIBED).get(part.letter, "a word") for part in parts]
    text = " and ".join(texts)
    return f"{text}; several of these separated by commas" if parts and parts[-1].repeats == "A" else text


# --- single values -------------------------------------------------------------------------------------------------


def number(text: str, base: int, width: int) -> int:
    """A number as dhcpd reads it. Base 0 means: a leading 0x is hexadecimal, a leading 0 octal."""
    digits = text.lstrip("-")
    if base == 0:
        if digits[:2] == "0x":
            base, digits = 16, digits[2:]
        elif digits[:1] == "0" and digits[1:2].isdigit():
            base, digits = 8, digits[1:]
        else:
            base = 10
    try:
        value = int(digits, base) if digits.isalnum() and digits[1:2] not in ("x", "X") else None
    except ValueError:
        value = None
    if value is None:
        what = {8: "an octal number, as the leading zero says", 16: "a hexadecimal number"}.get(base, "a number")
        hint = "Remove the leading zero." if base == 8 else "Correct it."
        raise DhcpdError(f"{shown(text)} is not {what}", hint, "declaration-invalid")
    value %= _UNSIGNED  # dhcpd does not notice
    negative = text[0] == "-"
    most = 1 << (width - 1) if negative else (1 << width) - 1
    if value > most:
        limit = f"less than -{most}" if negative else f"more than {most:x}" if base == 16 else f"more than {most}"
        raise DhcpdError(f"{text} is {limit}", "Correct it.", "declaration-invalid")
    return -value if negative else value


def _wrong(tokens: Tokens, wanted: str, hint: str = "") -> DhcpdError:
    error = tokens.unexpected(wanted, hint)
    error.slug = "declaration-invalid"
    return error


def counted(tokens: Tokens, wanted: str = "a number") -> int:
    """A number of plain decimal digits, however large."""
    if tokens.kind != NUMBER:
        raise _wrong(tokens, wanted, "Give a decimal number.")
    text = tokens.take()[:24]
    value = int(text) if text != "-" else 0
    return max(-(1 << 31), value) if value < 0 else value


def ipv4(tokens: Tokens) -> str:
    """Four numbers with dots between them."""
    octets = []
    for position in range(4):
        if position and not tokens.accept("."):
            raise _wrong(tokens, f"the {4 - position} more numbers of an IPv4 address", "Write a whole address.")
        if tokens.kind != NUMBER:
            raise _wrong(tokens, "an IPv4 address" if not position else "a number of an IPv4 address", "Correct it.")
        octets.append(number(tokens.take(), 10, 8) & 255)
    return ".".join(map(str, octets))


def host_name(tokens: Tokens) -> str:
    """A name of parts with dots between them, or nothing."""
    parts = []
    while is_identifier(tokens.kind) or tokens.kind == NUMBER:
        parts.append(tokens.take())
        if not tokens.accept("."):
            break
        parts.append(".")
    return "".join(parts)


def address_or_name(tokens: Tokens) -> str:
    at, kinds = tokens.at, tokens.kinds
    if kinds[at] == NUMBER and kinds[at + 1] == "." and kinds[at + 2] == NUMBER:
        return ipv4(tokens)
    found = host_name(tokens)
    if not found:
        hint = "Remove the quotes." if tokens.kind == STRING else ""
        raise _wrong(tokens, "an IPv4 address or a host name", hint)
    return found


def ipv6(tokens: Tokens) -> str:
    pieces: list[str] = []
    while not tokens.done and (not pieces or tokens.glued[tokens.at]):
        text, kind = tokens.text, tokens.kind
        hexadecimal = kind in (NAME, HEX, "add") and not text.strip("0123456789abcdefABCDEF")
        if not (hexadecimal or kind in (NUMBER, ".", ":")):
            break
        pieces.append(tokens.take())
    text = "".join(pieces)
    try:
        octets = socket.inet_pton(socket.AF_INET6, text) if pieces else b""
    except (OSError, ValueError):
        raise DhcpdError(f"{shown(text)} is not an IPv6 address", "Correct it.", "declaration-invalid") from None
    if not octets:
        raise _wrong(tokens, "an IPv6 address")
    return socket.inet_ntop(socket.AF_INET6, octets)


def octets(tokens: Tokens) -> str:
    """Hexadecimal octets with colons between them."""
    found = []
    while True:
        if tokens.kind not in (NUMBER, HEX):
            raise _wrong(tokens, "an octet in hexadecimal digits", "Write octets like 01:0a:ff.")
        found.append(f"{number(tokens.take(), 16, 8) & 255:02x}")
        if not tokens.accept(":"):
            return ":".join(found)


def data(tokens: Tokens) -> str:
    """Text in quotes or octets: those that could be text are given as such."""
    if tokens.kind == STRING:
        return one_spelling(tokens.take())
    found = octets(tokens)
    values = bytes.fromhex(found.replace(":", ""))
    return quoted(values.decode("ascii")) if all(0x20 <= value <= 0x7E for value in values) else found


def data_text(words: Sequence[str]) -> str | None:
    """The same as the words of a value, without quotes; None if it is not such a value."""
    try:
        tokens = Tokens(words)
        found = data(tokens)
    except DhcpdError:
        return None
    return None if not tokens.done else unescaped(found[1:-1]) if found[0] == '"' else found


def _domain(text: str, written: str) -> None:
    """Whether the labels of a domain name have a length that can be sent."""
    name = _DOMAIN_ESCAPE.sub("x", text).encode("utf-8", "replace")
    labels = name.removesuffix(b".").split(b".") if name not in (b"", b".") else []
    reason = ""
    if not all(labels):
        reason = "has an empty part"
    elif any(len(label) > MAX_LABEL for label in labels):
        reason = f"has a part of more than {MAX_LABEL} octets"
    elif len(name) + 2 - name.endswith(b".") > MAX_DOMAIN:
        reason = f"is longer than {MAX_DOMAIN} octets"
    if reason:
        raise DhcpdError(f"{shown(written)} {reason}", "Correct the domain name.", "declaration-invalid")


# --- formats -------------------------------------------------------------------------------------------------------


def _text(tokens: Tokens, atom: Atom) -> str | None:
    if tokens.kind == STRING or is_identifier(tokens.kind):
        return one_spelling(tokens.take())
    if not atom.optional:
        raise _wrong(tokens, _DESCRIBED["t"], "Put it in quotes.")
    tokens.take()  # dhcpd drops what it does not understand
    return None


def _data(tokens: Tokens, atom: Atom) -> str | None:
    if tokens.kind in (NUMBER, HEX, STRING):
        return data(tokens)
    if not atom.optional:
        raise _wrong(tokens, _DESCRIBED["X"], "Put text in quotes.")
    return None


def _flag(tokens: Tokens, atom: Atom) -> str | None:
    flag = _FLAGS.get(tokens.text.lower()) if is_identifier(tokens.kind) else None
    if flag is None and not atom.optional:
        raise _wrong(tokens, _DESCRIBED["f"], "Write true or false.")
    tokens.take()
    return flag


def _integer(tokens: Tokens, atom: Atom) -> str | None:
    if atom.letter == "T" and tokens.kind == "infinite":
        tokens.take()
        return "-1"
    if tokens.kind in (NUMBER, HEX):
        return str(number(tokens.take(), 0, _WIDTHS[atom.letter]))
    if not atom.optional:
        raise _wrong(tokens, _DESCRIBED[atom.letter], "Give a number.")
    return None


def _word(tokens: Tokens, atom: Atom) -> str:
    if not is_identifier(tokens.kind):
        hint = "Remove the quotes." if tokens.kind == STRING else ""
        raise _wrong(tokens, "a name" if atom.letter == "U" else described(f"N{atom.name}."), hint)
    if atom.letter == "N":
        choices = ENUMERATIONS.get(atom.name, ())
        if tokens.text not in choices:
            same = next((choice for choice in choices if choice.lower() == tokens.text.lower()), "")
            hint = f"Write {same}; case counts here." if same else "Choose one of these."
            raise _wrong(tokens, f"one of {', '.join(choices)}", hint)
    return tokens.take()


def _key_name(tokens: Tokens, _atom: Atom) -> str:
    found = tokens.take() if tokens.kind == STRING else host_name(tokens)
    if not found:
        raise _wrong(tokens, "the name of a key")
    return found


def _domain_name(tokens: Tokens, _atom: Atom) -> str:
    found = host_name(tokens)
    if not found:
        hint = "Remove the quotes." if tokens.kind == STRING else ""
        raise _wrong(tokens, _DESCRIBED["d"], hint)
    _domain(found, found)
    return found


def _domain_list(tokens: Tokens, _atom: Atom) -> list[str]:
    found = []
    while True:
        if tokens.kind != STRING:
            raise _wrong(tokens, "a domain name in quotes", "Put each name in quotes of its own.")
        found.append(one_spelling(tokens.take()))
        _domain(found[-1][1:-1], found[-1])
        if not tokens.accept(","):
            return found


def _nothing(tokens: Tokens, _atom: Atom) -> None:
    if tokens.kind != ";":
        raise _wrong(tokens, "no value, since the option has none", "Remove the value.")


def _host(tokens: Tokens, _atom: Atom) -> str:
    return address_or_name(tokens)


def _host6(tokens: Tokens, _atom: Atom) -> str:
    return ipv6(tokens)


_READERS: Mapping[str, Callable[[Tokens, Atom], str | list[str] | None]] = {
    **dict.fromkeys("LlSsBbT", _integer),
    "I": _host,
    "6": _host6,
    "f": _flag,
    "t": _text,
    "X": _data,
    "E": _data,
    "D": _domain_list,
    "d": _domain_name,
    "U": _word,
    "N": _word,
    "k": _key_name,
    "Z": _nothing,
}


def option_data(tokens: Tokens, kind: str) -> list[str]:
    """The value of an option of this format, up to what follows it."""
    parts = atoms(kind)
    found: list[str] = []
    position = 0
    while position < len(parts):
        part = parts[position]
        reader = _READERS.get(part.letter)
        if reader is None:
            raise DhcpdError("the option has no type", "Remove it.", "declaration-invalid")
        if not (part.optional and tokens.kind == ";"):
            value = reader(tokens, part)
            found += value if isinstance(value, list) else [] if value is None else [value]
        if part.repeats and tokens.accept(","):
            position = 0 if part.repeats == "A" else position
        else:
            position += 1
    if not parts:
        raise DhcpdError("the option has no type", "Remove it.", "declaration-invalid")
    return found


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def base64(tokens: Tokens) -> int:
    """A secret, with or without quotes: how many octets it has. Nothing that is raised quotes it."""
    if tokens.done:
        raise DhcpdError("the secret is missing", "Give the key its secret.", "declaration-invalid")
    pieces = [tokens.take().strip('"')]
    while not tokens.done and not set(tokens.text.strip('"')) - {*_BASE64, "="}:
        pieces.append(tokens.take().strip('"'))
    text = "".join(pieces)
    digits = text.rstrip("=")
    rest = bits = 0
    for digit in digits:
        value = _BASE64.find(digit)
        if value < 0:
            raise DhcpdError("the secret is not base64", "Generate a new one.", "declaration-invalid")
        rest, bits = rest << 6 | value, bits + 6
        if bits >= 8:
            bits -= 8
            rest &= (1 << bits) - 1
    if len(text) % 4 and rest:
        raise DhcpdError("the secret ends in the middle of an octet", "Generate a new one.", "declaration-invalid")
    return len(digits) * 6 // 8
