# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What clients get from a configuration, and from the one that adopted variables make."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Scope,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.drift import difference as plain_difference
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import Settings, settings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

SIDES = ("in the configuration", "in the variables")
difference = partial(plain_difference, sides=SIDES)
# Beyond this many questions, members of classes are checked only on every nth range. Each single class and each pool's
# permits are always compared.
MAX_QUESTIONS = 100_000


def effects(live: View, again: View) -> Iterator[Difference]:
    """The differences for clients of two configurations, on an address of each range and on every reserved address."""
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
            yield difference(place, *("given" if each else "not given" for each in (one, other)))
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
                yield difference(f"{place}, {kind}{name}", *values)
    if one.conditionals != other.conditionals:
        yield difference(f"{place}, conditions", *(" ".join(map(str, each.conditionals)) for each in (one, other)))
    relationships = [each.pool.failover if each.pool else None for each in (one, other)]
    if relationships[0] != relationships[1]:
        yield difference(f"{place}, relationship", *relationships)
