# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What Kea's own parser refuses: unknown members, values of a wrong kind, members that no one release accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, meant
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.words import (
    COMMENTS,
    KEYWORDS,
    RELEASES,
    Keyword,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity

# A text that consists of faults may have many.
MAX_FINDINGS = 20_000
MAX_SHOWN = 300
# The same fault in a generated list is told once, with the number of places.
_MAX_ALIKE = 3

_NEWEST = len(RELEASES) - 1


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "any": ("an object", lambda value: isinstance(value, Node)),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number", _is_integer),
    "list": ("a list of objects", _are(Node)),
    "map": ("an object", lambda value: isinstance(value, Node)),
    "number": ("a number with a decimal point", lambda value: isinstance(value, float)),
    "text": ('a text in quotes (")', lambda value: isinstance(value, str)),
    "texts": ("a list of texts", _are(str)),
}
# Members of which an object needs one.
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "client-classes": (("name",),),
    "control-socket": (("socket-type",),),
    "hooks-libraries": (("library",),),
    "lease-database": (("type",),),
    "multi-threading": (("enable-multi-threading",),),
    "option-data": (("name", "code"),),
    "option-def": (("name",), ("code",), ("type",)),
    "pools": (("pool",),),
    "reservations": (("hw-address", "client-id", "duid", "circuit-id", "flex-id"),),
    "shared-networks": (("name",),),
    "subnet4": (("subnet",),),
}
# Quick test of most values.
_CLASSES: Mapping[str, type] = {"flag": bool, "integer": int, "text": str}
# The members of every object that are right if their value is of this class.
_PLAIN: Mapping[str, Mapping[str, type]] = {
    kind: {
        name: _CLASSES[keyword.kind]
        for name, keyword in keywords.items()
        if keyword.kind in _CLASSES and keyword.releases == (0, _NEWEST)
    }
    for kind, keywords in KEYWORDS.items()
}


class Checker:
    """Checks one server's objects. problems: what was found so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Finding] = []
        self._around: list[tuple[str, Node]] = []
        self._oldest: tuple[int, str, Node] | None = None  # the release that a member needs
        self._newest: tuple[int, str, Node] | None = None  # the last release that has a member
        self._alike: Counter[tuple[str, str]] = Counter()

    # --- findings -----------------------------------------------------------------------------------------------------

    def find(
        self,
        slug: str,
        node: Node,
        message: str,
        hint: str,
        where: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        path = ", ".join(part for part in (node.place, where) if part)
        self.add(slug, severity, path, message, hint, node.line)

    def add(
        self,
        slug: str,
        severity: Severity,
        path: str,
        message: str,
        hint: str,
        line: int | None,
        variable: str | None = None,
    ) -> None:
        """Add a finding that can be printed, whatever the text contains."""
        if len(self.problems) > MAX_FINDINGS:
            return
        path, message, hint = map(_printable, (path, message, hint))
        self.problems.append(Finding(slug, severity, (self.name,), path, message, hint, line, variable))

    # --- objects ------------------------------------------------------------------------------------------------------

    def check(self, root: Node) -> Node:
        """The object `Dhcp4`, without members that Kea would refuse."""
        for name in root:
            if name != "Dhcp4":
                message = f'"{name}" stands beside "Dhcp4"; Kea refuses that.'
                hint = meant(name, ("Dhcp4",)) or "Remove it: each daemon of Kea has a file of its own."
                self.find("statement-unknown", root, message, hint)
        main = root.get("Dhcp4")
        if not isinstance(main, Node):
            self.find("syntax", root, 'There is no object "Dhcp4"; Kea refuses the file.', 'Write {"Dhcp4": {...}}.')
            return Node()
        self._object(main, "Dhcp4")
        self._releases()
        return main

    def _object(self, node: Node, kind: str) -> None:
        keywords = KEYWORDS[kind]
        plain = _PLAIN[kind]
        wrong = None
        for name, value in node.items():
            if plain.get(name) is value.__class__:
                continue
            keyword = keywords.get(name)
            if keyword is None:
                wrong = [*(wrong or ()), name]
                continue
            if not _KINDS[keyword.kind][1](value):
                wrong = [*(wrong or ()), name]
                continue
            if keyword.releases != (0, _NEWEST):
                self._release(name, keyword, node)
            if keyword.kind == "map":
                self._inside(name, value)
            elif keyword.kind == "list":
                for inner in value:
                    self._inside(name, inner)
        for name in wrong or ():
            self._wrong(node, name, kind, keywords.get(name))
            del node[name]
        for names in _NEEDED.get(kind, ()) if wrong is None else ():
            if node.keys().isdisjoint(names):
                told = " or ".join(f'"{name}"' for name in names)
                self._told("declaration-invalid", node, f"It has no {told}; Kea refuses it.", f"Add {told}.")

    def _inside(self, name: str, node: Node) -> None:
        self._around.append((name, node))
        self._object(node, name)
        self._around.pop()

    def _wrong(self, node: Node, name: str, kind: str, keyword: Keyword | None) -> None:
        if keyword is None:
            message = f'"{name}" has no meaning here; Kea refuses it.'
            hint = meant(name, tuple(KEYWORDS[kind])) or f'Remove it, or move it out of "{kind}".'
            slug = "statement-unknown"
        else:
            message = f'"{name}" is not {_KINDS[keyword.kind][0]}; Kea refuses it.'
            hint = f"Give {_KINDS[keyword.kind][0]}."
            slug = "declaration-invalid"
        self._told(slug, node, message, hint)

    def _told(self, slug: str, node: Node, message: str, hint: str) -> None:
        """Add a finding about the object, unless it has been told often enough."""
        self._alike[slug, message] += 1
        if self._alike[slug, message] <= _MAX_ALIKE:
            self.find(slug, node, message, hint, self._where())

    def _where(self) -> str:
        """The place of the object in words."""
        found = []
        for name, node in self._around:
            what = node.get("subnet") or node.get("pool") or node.get("name") or node.get("hw-address")
            word = {"subnet4": "subnet", "pools": "pool", "shared-networks": "shared network"}.get(name, name)
            found.append(f"{word} {what}" if isinstance(what, str) else word)
        return ", ".join(found)

    # --- releases -----------------------------------------------------------------------------------------------------

    def _release(self, name: str, keyword: Keyword, node: Node) -> None:
        first, last = keyword.releases
        if first and (self._oldest is None or first > self._oldest[0]):
            self._oldest = (first, name, node)
        if last < _NEWEST and (self._newest is None or last < self._newest[0]):
            self._newest = (last, name, node)

    def _releases(self) -> None:
        """A configuration must be for one release."""
        if self._oldest is None or self._newest is None or self._oldest[0] <= self._newest[0]:
            return
        first, new, node = self._oldest
        last, old, _node = self._newest
        self.find(
            "statement-unknown",
            node,
            f'"{new}" needs Kea {RELEASES[first]}, but Kea {RELEASES[last + 1]} no longer knows "{old}"; no release '
            "accepts both.",
            f'Remove "{old}".',
        )

    # --- objects that Kea's parser does not look into -----------------------------------------------------------------

    def plain(self, node: Node, keywords: Mapping[str, str], what: str) -> Node:
        """The object of a hook without members of a wrong kind. The hook ignores those that it does not know."""
        found = Node((), node.line, node.place)
        for name, value in node.items():
            kind = keywords.get(name)
            if kind is None:
                if name not in COMMENTS:
                    message = f'"{name}" has no meaning here; the hook ignores it.'
                    hint = meant(name, tuple(keywords)) or "Remove it."
                    self.find("statement-unknown", node, message, hint, what, Severity.WARNING)
            elif not _KINDS[kind][1](value):
                message = f'"{name}" is not {_KINDS[kind][0]}; Kea does not start.'
                self.find("declaration-invalid", node, message, f"Give {_KINDS[kind][0]}.", what)
            else:
                found[name] = value
        return found


def _printable(text: str) -> str:
    """Text from anywhere as part of a message."""
    if text.isprintable() and len(text) <= MAX_SHOWN:
        return text
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text[:MAX_SHOWN])
    return text if len(text) < MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
