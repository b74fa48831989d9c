# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leases of two servers, which are never read at the same instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import ENDLESS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.lease_set import (
    LeaseSet,
    Row,
    compare,
    row,
)

NUMBER = st.integers(0, ENDLESS)
A, LATER, B = row("a", 1000, 2000), row("a", 1500, 2500), row("b", 1000, 2000)


@given(st.dictionaries(NUMBER, st.builds(Row, NUMBER, NUMBER, NUMBER)))
def test_text_and_back(leases: dict[int, Row]) -> None:
    assert LeaseSet.unpack(LeaseSet(7, leases).pack()) == LeaseSet(7, leases)


@pytest.mark.parametrize("ends", [None, ENDLESS, ENDLESS + 9])
def test_a_lease_without_end(ends: int | None) -> None:
    assert row("a", 1000, ends).ends == ENDLESS


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ({1: A}, {1: A}, False),
        ({1: A}, {1: B}, True),
        ({1: A}, {1: LATER}, True),
        ({1: A}, {}, True),
        ({}, {1: A}, True),
        ({1: A}, {2: A, 1: A}, True),
        # One of them has not cleaned up yet.
        ({1: row("a", 100, 1500)}, {}, False),
        ({1: row("a", 100, 1500)}, {1: row("b", 100, 1400)}, False),
        ({1: row("a", 100, 1500)}, {1: LATER}, True),
    ],
)
def test_what_differs(one: dict[int, Row], other: dict[int, Row], differ: bool) -> None:
    assert bool(compare(LeaseSet(900, one), LeaseSet(900, other), now=1500, margin=2)) == differ


@pytest.mark.parametrize(("started", "differ"), [(900, True), (997, True), (999, False), (1200, False)])
def test_a_lease_that_was_released_while_a_server_was_down(started: int, differ: bool) -> None:
    """It was granted at 1000; a server that was started later does not know that it was released meanwhile."""
    with_it, without = LeaseSet(started, {1: A}), LeaseSet(900, {})
    assert bool(compare(with_it, without, now=1500, margin=2)) == differ
    assert bool(compare(without, with_it, now=1500, margin=2)) == differ
    # Another client's lease is another matter.
    assert compare(with_it, LeaseSet(900, {1: B}), now=1500, margin=2) == {1: (A, B)}


def test_many_differences_are_not_all_kept() -> None:
    many = LeaseSet(900, dict.fromkeys(range(5000), A))
    assert len(compare(many, LeaseSet(900, {}), now=1500, margin=2)) == 1000
