# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Prove that the role's file from adopted variables means the same as the configuration.

The proof reads the text that the daemon would get, and compares it with the configuration, not the variables. The text
must have no new error, every statement must be in its scope and, where it matters, in its order, and a client must get
the same on every address, whatever its classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.context import unquote
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import raw_text
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    MAX_INCLUDE_DEPTH,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Proof
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.adoption import SIDES, difference, effects
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

# Statements that are not in the declaration and must not be lost: everywhere, or in their own place.
_ANYWHERE = frozenset({"key", "zone"})
_IN_PLACE = frozenset({"%", "deleted", "dynamic", "host-identifier", "interface", "lease-id-format", "log", "subnet6"})


class Original(Protocol):
    """An adopted configuration: its text, the included files, and the declaration of both."""

    @property
    def live(self) -> Server: ...
    @property
    def text(self) -> str: ...
    @property
    def includes(self) -> Mapping[str, str]: ...


def prove(adopted: Original, variables: Mapping[str, Any], rendered: str, new: Mapping[str, str]) -> Proof:
    """Compare a configuration with the file that replaces it.

    variables: what the file was made of; the check before a deployment reads them, and must take them, too.
    new: texts of files that it includes besides.
    """
    live = adopted.live
    files = {**adopted.includes, **new}
    declared = read_variables(variables, files)
    again = read_server(live.name, rendered, files)
    known = {(problem.slug, problem.message) for problem in live.problems}
    rejected = {
        (problem.slug, problem.message): problem
        for problem in (*declared.problems, *again.problems)
        if problem.severity is Severity.ERROR or problem.slug == "include-missing"
    }
    found = compare(live, again, SIDES) or compare(live, declared, SIDES)
    found += _orders(live, again)
    found += _statements(_passed_over(adopted.text, adopted.includes), _passed_over(rendered, files))
    if not found:  # otherwise the differences for a client are already known
        found += effects(View(live), View(again))
    return Proof(tuple(problem for key, problem in rejected.items() if key not in known), tuple(found))


# --- orders that matter --------------------------------------------------------------------------------------------


def _orders(live: Server, again: Server) -> Iterator[Difference]:
    """If two classes set the same, the first wins; of two reservations for one client, the first that matches."""
    have, want = ([item.name for item in server.classes] for server in (live, again))
    if have != want and sorted(have) == sorted(want):
        yield difference("order of the classes", ", ".join(have), ", ".join(want))
    one, other = (rivals(server) for server in (live, again))
    for rival, names in one.items():
        if sorted(other.get(rival, names)) == sorted(names) and other.get(rival, names) != names:
            yield difference(f"order of the reservations of {rival[0]}", ", ".join(names), ", ".join(other[rival]))


def rivals(server: Server) -> dict[tuple[str, str], list[str]]:
    """Reservations for one client of which dhcpd takes the first, in order: on one link, or without addresses."""
    view = View(server)
    found: dict[tuple[str, str], list[str]] = {}
    for item in server.reservations:
        subnets = [subnet for address in item.addresses if (subnet := view.subnet_over(address)) is not None]
        where = {subnet.shared_network or subnet.cidr for subnet in subnets} if item.addresses else {""}
        clients = [client for client in (item.hardware, item.client_id) if client is not None]
        for client, link in product(clients, where):
            found.setdefault((client, link), []).append(item.name)
    return {rival: names for rival, names in found.items() if len(names) > 1}


# --- statements that are not in the declaration --------------------------------------------------------------------


def _passed_over(text: str, includes: Mapping[str, str]) -> Counter[tuple[str, str]]:
    """The statements that the reader skips, by place."""
    parsed = {name: parse(Source(content, name))[0] for name, content in includes.items()}
    found: Counter[tuple[str, str]] = Counter()

    def walk(statements: Sequence[Statement], place: tuple[str, ...], chain: tuple[str, ...]) -> None:
        for statement in statements:
            words, inner = statement.words, statement.children
            keyword = words[0].lower()
            if keyword == "include" and inner is None and len(words) == 2:
                name = unquote(words[1])
                if name in parsed and name not in chain and len(chain) < MAX_INCLUDE_DEPTH:
                    walk(parsed[name], place, (*chain, name))
            elif keyword in _ANYWHERE and inner is not None:
                # For a key only its name, because secrets are not compared.
                shown = f"{keyword} {unquote(words[-1])}"
                found["", shown if keyword == "key" else raw_text([statement])] += 1
            elif keyword == "option" and len(words) > 2 and words[1].lower() == "space":
                found["", raw_text([statement])] += 1
            elif keyword in _IN_PLACE or (keyword == "group" and inner is None):
                found[", ".join(place), raw_text([statement])] += 1
            elif inner and keyword not in ("failover", "if", "elsif", "else", "on", "switch"):
                named = " ".join(map(unquote, words)) if keyword != "group" or len(words) > 1 else ""
                # The position of a reservation is compared by its effects.
                walk(inner, (*(place if keyword != "host" else ()), named) if named else place, chain)

    walk(parse(Source(text))[0], (), ())
    return found


def _statements(have: Counter[tuple[str, str]], want: Counter[tuple[str, str]]) -> Iterator[Difference]:
    for only, here in ((have - want, True), (want - have, False)):
        for (place, statement), _times in only.items():
            if not here and statement.startswith("key "):
                continue  # the role's own
            yield difference(place or "global", statement if here else None, None if here else statement)
