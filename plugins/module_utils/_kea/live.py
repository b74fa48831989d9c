# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text of a kea-dhcp4.conf and of all files that it includes, without the secrets: those never leave the host.

Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.includes import included_texts

HIDDEN = "*****"

# No string goes on in the next line.
_TOKEN = re.compile(
    r'(?P<comment>#[^\n]*|//[^\n]*|/\*(?:.*?\*/|.*))|(?P<include><\?\s*include\s*"(?P<file>[^"\n]+)"\s*\?>)'
    r'|(?P<string>"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"?)|(?P<mark>[{}\[\],:])|(?P<other>[^{}\[\],:"#/<]+|.)',
    re.DOTALL,
)
_NOT_LINE_END = re.compile(r"[^\n]+")


def collect(text: str, read: Callable[[str], str | None]) -> tuple[str, dict[str, str]]:
    """The text and the texts of the files it includes by name, all without secrets and comments.

    read: the text of a file; None where it cannot be read.
    """
    found = included_texts(text, _included, read)
    texts = (text, *found.values())
    # A file may have nothing but a secret.
    alone = (token for name in _secret_files(texts) for token in _tokens(found.get(name, "")))
    secrets = {*_secrets(parse(text, found).root), *(_decoded(token[0]) for token in alone if token["string"])}
    secrets.discard("")
    return _redacted(text, secrets), {name: _redacted(content, secrets) for name, content in found.items()}


def without_secrets(value: Any) -> Any:
    """Objects without their secrets."""
    if isinstance(value, dict):
        return {name: HIDDEN if is_secret(name) and inner else without_secrets(inner) for name, inner in value.items()}
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value


def is_secret(name: str) -> bool:
    """Whether a member of this name is a secret. The name of a file is none."""
    name = name.lower()
    return ("password" in name or "secret" in name) and not name.endswith("-file")


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text)


def _included(text: str) -> Iterator[str]:
    return (token["file"] for token in _tokens(text) if token["include"])


def _secret_files(texts: Iterable[str]) -> Iterator[str]:
    """The files that are included as the value of a secret."""
    for text in texts:
        for token, secret in _judged(text):
            if secret and token["include"]:
                yield token["file"]


def _judged(text: str) -> Iterator[tuple[re.Match[str], bool]]:
    """Every token, and whether it belongs to the value of a secret."""
    name, hiding = "", False
    for token in _tokens(text):
        if token["mark"] == ":":
            hiding = is_secret(name)
        elif token["mark"] in (",", "}"):
            hiding = False
        yield token, hiding
        if token["string"]:
            name = _decoded(token[0])
        elif token["mark"]:
            name = ""


def _redacted(text: str, secrets: Collection[str]) -> str:
    """The text without comments and secrets; lines stay where they are."""
    pieces = []
    for token, secret in _judged(text):
        piece = token[0]
        if token["comment"]:
            piece = _NOT_LINE_END.sub("", piece)
        elif token["string"] and (secret or _decoded(piece) in secrets):
            piece = f'"{HIDDEN}"'
        elif secret and token["other"]:
            piece = re.sub(r"[^\s]+", "0", piece)
        pieces.append(piece)
    return "".join(pieces)


def _secrets(value: Any) -> Iterator[str]:
    """The texts of the secrets in a tree."""
    if isinstance(value, Node):
        for name, inner in value.items():
            yield from _texts(inner) if is_secret(name) else _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _decoded(token: str) -> str:
    """The text of a string. One with a fault is what stands between its quotes."""
    try:
        return str(json.loads(token))
    except ValueError:
        return token.strip('"')
