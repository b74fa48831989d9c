# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a lease under a declaration. The daemons are measured by tests/system/test_leases*.py."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import (
    NEVER,
    OPEN,
    Admission,
    Affected,
    Fate,
    Held,
    Promise,
    Span,
    group,
    names_of,
)

CARD = "ethernet 52:54:00:00:00:01"
PHONES = ('allow members of "phones"', "deny dynamic bootp clients")
MORE = (*PHONES, 'allow members of "printers"')
PROMISE = Promise(
    [Span(10, 19, 0, 0), Span(30, 39, 1, 0), Span(40, 49, 2, 0), Span(50, 59, 3, 1), Span(70, 79, 4, 1)],
    [
        OPEN,
        Admission(unknown=False, known=True),
        Admission(unknown=False, known=False, permits=PHONES),
        OPEN,
        Admission(unknown=False, known=False, permits=MORE),
    ],
    {CARD: [(5, 0)], "ethernet 52:54:00:00:00:02": [(10, 0)], "identifier 01:02": [(60, 2)]},
)


@pytest.mark.parametrize(
    "address, clients, permits, fate",
    [
        # Another client's reservation of an address in a range does not take a lease from its holder.
        (10, [], (), None),
        (19, [], (), None),
        (9, [], (), Fate.UNSERVED),
        (20, [], (), Fate.UNSERVED),
        (60, [], (), Fate.UNSERVED),
        (5, [CARD], (), None),
        (5, ["ethernet 52:54:00:00:00:02"], (), Fate.UNSERVED),
        (15, [CARD], (), Fate.MOVED),
        # Its reservation is on another link.
        (55, [CARD], (), None),
        (30, [], (), Fate.DENIED),
        (30, ["identifier 01:02"], (), None),
        (40, [], PHONES, None),
        (40, [], ("deny dynamic bootp clients",), Fate.UNSURE),
        (40, [], MORE, Fate.UNSURE),
        (70, [], PHONES, None),
        (40, [], (*PHONES, 'deny members of "printers"'), None),
    ],
)
def test_fate(address: int, clients: list[str], permits: tuple[str, ...], fate: Fate | None) -> None:
    carried = Promise.from_dict(json.loads(json.dumps(asdict(PROMISE))))
    for promise in (PROMISE, carried):
        assert promise.fate(address, lambda: clients, lambda: permits) == fate


def test_an_open_range_needs_nothing_of_its_leases() -> None:
    def never() -> list[str]:
        raise AssertionError

    assert Promise([Span(1, 2, 0, 0)], [OPEN], {}).fate(2, never, never) is None
    assert Promise([Span(1, 2, 0, 0)], [OPEN], {}).fate(3, never, never) == Fate.UNSERVED


@pytest.mark.parametrize(
    "hardware, client_id, names",
    [
        ("ethernet 52:54:00:AA:00:01", None, ["ethernet 52:54:00:aa:00:01"]),
        (None, "1:2:ab", ["identifier 01:02:ab"]),
        ("", '"AB"', ["identifier 41:42"]),
        (None, "AB C", ["identifier 41:42:20:43"]),
        (None, None, []),
    ],
)
def test_names(hardware: str | None, client_id: str | None, names: list[str]) -> None:
    assert names_of(hardware, client_id) == names


def test_leases_in_groups() -> None:
    held = [Held(Fate.UNSERVED, number, f"c{number}", 100.0 + number) for number in (7, 2, 3, 1)]
    held += [Held(Fate.DENIED, 9, "d", NEVER), Held(Fate.DENIED, 11, "e", 5)]
    found = group(held, reservations=False)
    assert found == [
        Affected(Fate.DENIED, False, [(9, 9), (11, 11)], None, [(9, "d"), (11, "e")]),
        Affected(Fate.UNSERVED, False, [(1, 3), (7, 7)], 107.0, [(1, "c1"), (2, "c2"), (3, "c3")]),
    ]
    assert [Affected.from_dict(json.loads(json.dumps(asdict(item)))) for item in found] == found


def test_leases_that_name_the_number_of_their_subnet() -> None:
    numbered = Promise(PROMISE.spans, PROMISE.admissions, {}, [(0, 63, 1), (64, 127, 2)])

    def fate(address: int, number: int | None) -> Fate | None:
        return numbered.fate(address, list, list, number)

    assert (fate(10, 1), fate(70, 2), fate(10, None)) == (None, Fate.UNSURE, None)
    assert (fate(10, 2), fate(70, 1), fate(9, 2)) == (Fate.RENUMBERED, Fate.RENUMBERED, Fate.RENUMBERED)
    assert fate(200, 1) is Fate.UNSERVED  # in no subnet
    assert Promise.from_dict(json.loads(json.dumps(asdict(numbered)))).fate(10, list, list, 2) is Fate.RENUMBERED


def test_a_reserved_address_may_be_for_its_client_alone() -> None:
    exclusive = replace(PROMISE, exclusive=True)
    own = ["ethernet 52:54:00:00:00:02"]
    assert exclusive.fate(10, list, list) is exclusive.fate(5, lambda: own, list) is Fate.TAKEN
    assert exclusive.fate(10, lambda: own, list) is exclusive.fate(11, list, list) is None
    assert Promise.from_dict(json.loads(json.dumps(asdict(exclusive)))).fate(10, list, list) is Fate.TAKEN
