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
from dataclasses import dataclass
from functools import partial
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
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Scope,
    Server,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import compare, difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import Settings, settings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

# Beyond this many questions, members of classes are checked only on every nth range. Each single class and each pool's
# permits are always compared.
MAX_QUESTIONS = 100_000

_SIDES = ("in the configuration", "in the variables")
_difference = partial(difference, sides=_SIDES)

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


@dataclass(frozen=True)
class Proof:
    """The faults of adopted variables; with any, they must not be used."""

    rejected: tuple[Finding, ...] = ()  # what dhcpd would reject in the file but accepted in the configuration
    differences: tuple[Difference, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.rejected and not self.differences


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
    found = compare(live, again, _SIDES) or compare(live, declared, _SIDES)
    found += _orders(live, again)
    found += _statements(_passed_over(adopted.text, adopted.includes), _passed_over(rendered, files))
    if not found:  # otherwise the differences for a client are already known
        found += _effects(View(live), View(again))
    return Proof(tuple(problem for key, problem in rejected.items() if key not in known), tuple(found))


# --- orders that matter --------------------------------------------------------------------------------------------


def _orders(live: Server, again: Server) -> Iterator[Difference]:
    """If two classes set the same, the first wins; of two reservations for one client, the first that matches."""
    have, want = ([item.name for item in server.classes] for server in (live, again))
    if have != want and sorted(have) == sorted(want):
        yield _difference("order of the classes", ", ".join(have), ", ".join(want))
    one, other = (rivals(server) for server in (live, again))
    for rival, names in one.items():
        if sorted(other.get(rival, names)) == sorted(names) and other.get(rival, names) != names:
            yield _difference(f"order of the reservations of {rival[0]}", ", ".join(names), ", ".join(other[rival]))


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
            yield _difference(place or "global", statement if here else None, None if here else statement)


# --- what clients get ----------------------------------------------------------------------------------------------


def _effects(live: View, again: View) -> Iterator[Difference]:
    """The differences for clients, on an address of each range and on every reserved address."""
    for span in live.spans:
        for address in dict.fromkeys((span.low, span.high)):
            for known in (False, True):
                yield from _answers(
                    f"a {'known ' if known else ''}client on {format_address(address)}",
                    settings(live, address, known=known),
                    settings(again, address, known=known),
                )
    classes = [item.name for item in live.server.classes if _says(item)]
    for names in (*((name,) for name in classes), *([tuple(classes)] if len(classes) > 1 else [])):
        step = 1 + 2 * len(classes) * len(live.spans) // MAX_QUESTIONS
        for span in live.spans[::step]:
            yield from _answers(
                f"a member of {', '.join(names)} on {format_address(span.low)}",
                settings(live, span.low, names),
                settings(again, span.low, names),
            )
    others = {item.name: item for item in again.server.reservations}
    for item in live.server.reservations:
        for address in item.addresses:
            yield from _answers(
                f"{item.path} on {format_address(address)}",
                settings(live, address, reservation=item),
                settings(again, address, reservation=others.get(item.name)),
            )


def _says(item: ClientClass) -> bool:
    """Whether a class has settings, its own or from the blocks around it."""
    scope: Scope | None = item.scope
    while scope is not None and scope.parent is not None:
        if scope.options or scope.parameters or scope.conditionals:
            return True
        scope = scope.parent
    return False


def _answers(place: str, one: Settings | None, other: Settings | None) -> Iterator[Difference]:
    if one is None or other is None:
        if one is not other:
            yield _difference(place, *("given" if each else "not given" for each in (one, other)))
        return
    for kind, mine, theirs in (
        ("option ", one.options, other.options),
        ("", one.parameters, other.parameters),
    ):
        if mine == theirs:
            continue
        for name in dict.fromkeys([*mine, *theirs]):
            values = [", ".join(each[name]) if name in each else None for each in (mine, theirs)]
            if values[0] != values[1]:
                yield _difference(f"{place}, {kind}{name}", *values)
    if one.conditionals != other.conditionals:
        yield _difference(f"{place}, conditions", *(" ".join(map(str, each.conditionals)) for each in (one, other)))
    relationships = [each.pool.failover if each.pool else None for each in (one, other)]
    if relationships[0] != relationships[1]:
        yield _difference(f"{place}, relationship", *relationships)
