# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text of a dhcpd.conf and of all files that it includes, without the secrets: those never leave the host.

Runs on the managed host and uses the standard library only.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Source, Statement, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import SECRETS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.includes import included_texts

# A string ends with its line at the latest, so an unclosed string hides nothing that follows. The rest of its line is
# split without looking for strings, because every further quote there is an escaped one.
_TOKEN = re.compile(r'#[^\n]*|"(?:\\.|[^"\\\n])*"?|\s+|[;{}]|[^\s;{}"#]+')
_CLOSED = re.compile(r'"(?:\\.|[^"\\\n])*"')
_PIECE = re.compile(r'#[^\n]*|\s+|[;{}]|[^\s;{}"#]+|"')
_INTERFACES = re.compile(r"^[ \t]*(?:INTERFACESv4|INTERFACES|DHCPDARGS)\s*=(.*)$", re.MULTILINE)


def collect(text: str, read: Callable[[str], str | None]) -> tuple[str, dict[str, str]]:
    """The text and the texts of the files it includes by name, all without secrets and comments.

    read: the text of a file; None where it cannot be read.
    """
    found = included_texts(text, _included, read)
    secrets = {secret for content in (text, *found.values()) for secret in _secrets(_statements(content))}
    return redacted(text, secrets), {name: redacted(content, secrets) for name, content in found.items()}


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without comments and secrets; lines stay where they are, and a secret keeps its length.

    A comment may hold a key that was replaced. The rules judge a key by its length, so that stays.
    """
    pieces: list[str] = []
    hiding = False
    for token in _tokens(text):
        if token.startswith("#"):
            continue
        if token in (";", "{", "}"):
            hiding = False
        elif hiding and not token.isspace():
            token = _stand_in(token)
        elif token.lower() in SECRETS:
            hiding = True
        pieces.append(token)
    result = "".join(pieces)
    # In a broken text the parser may have found secrets that the words above did not show.
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 1:
            result = result.replace(secret, _stand_in(secret))
    return result


def interfaces(text: str) -> list[str]:
    """The interfaces that the daemon's defaults file names. An empty list means all interfaces."""
    words = [word for value in _INTERFACES.findall(text) for word in value.strip().strip("\"'").split()]
    return [word for word in words if not word.startswith("-")]


def _tokens(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        if token.startswith('"') and not _CLOSED.fullmatch(token):
            yield from _PIECE.findall(token)
        else:
            yield token


def _stand_in(token: str) -> str:
    """A key of zeros or stars, of the same length as the secret."""
    quote = '"' if token.startswith('"') else ""
    value = token.strip('"')
    try:
        octets = len(b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return f"{quote}{'*' * len(value)}{quote}"
    return f"{quote}{b64encode(bytes(octets)).decode()}{quote}"


def _statements(text: str) -> list[Statement]:
    statements, _problems = parse(Source(text))
    return statements


def _walk(statements: Iterable[Statement]) -> Iterator[Statement]:
    waiting = list(statements)
    while waiting:
        statement = waiting.pop(0)
        yield statement
        waiting[:0] = statement.children or ()


def _included(text: str) -> Iterator[str]:
    for statement in _walk(_statements(text)):
        if statement.words[0].lower() == "include" and len(statement.words) == 2 and statement.children is None:
            yield statement.words[1].strip('"')


def _secrets(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in _walk(statements):
        if statement.words[0].lower() in SECRETS:
            yield from (word.strip('"') for word in statement.words[1:])
