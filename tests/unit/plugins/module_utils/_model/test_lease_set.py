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
    Row,
    compare,
    pack,
    row,
    still,
    unpack,
)

NUMBER = st.integers(0, ENDLESS)
A, LATER, B = row("a", 1000, 2000), row("a", 1500, 2500), row("b", 1000, 2000)


@given(st.dictionaries(NUMBER, st.builds(Row, NUMBER, NUMBER, NUMBER)))
def test_text_and_back(leases: dict[int, Row]) -> None:
    assert unpack(pack(leases)) == leases


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
    assert bool(compare(one, other, now=1500)) == differ


def test_a_difference_counts_if_it_stays() -> None:
    before = compare({1: A, 2: A, 3: A}, {3: B}, now=1500)
    # The first was told meanwhile, the second was renewed and is not told yet.
    after = compare({1: A, 2: LATER, 3: A}, {1: A, 3: B}, now=1501)
    assert still(before, after) == {3: (A, B)}


def test_many_differences_are_not_all_kept() -> None:
    assert len(compare(dict.fromkeys(range(5000), A), {}, now=1500)) == 1000
