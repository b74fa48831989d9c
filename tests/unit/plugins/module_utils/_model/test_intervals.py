# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import (
    Interval,
    count,
    minus,
    text,
    union,
)


@pytest.mark.parametrize(
    "given, joined",
    [
        ([], []),
        ([(5, 5)], [(5, 5)]),
        ([(7, 9), (1, 3)], [(1, 3), (7, 9)]),
        ([(1, 3), (4, 6)], [(1, 6)]),
        ([(1, 3), (5, 6)], [(1, 3), (5, 6)]),
        ([(1, 9), (2, 3), (4, 11)], [(1, 11)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
    ],
)
def test_union(given: list[Interval], joined: list[Interval]) -> None:
    assert union(given) == joined


def test_minus_is_that_of_sets() -> None:
    chance = random.Random(3)  # noqa: S311  (a fixed seed makes the test repeatable; nothing is secret)
    for _round in range(500):
        left, right = (
            union((low, low + chance.randrange(6)) for low in chance.sample(range(60), chance.randrange(8)))
            for _side in "lr"
        )
        rest = minus(left, right)
        assert members(rest) == members(left) - members(right)
        assert rest == union(rest)
        assert count(rest) == len(members(rest))


def members(intervals: list[Interval]) -> set[int]:
    return {number for low, high in intervals for number in range(low, high + 1)}


def test_text() -> None:
    parts = [(10 * n, 10 * n + n) for n in range(7)]
    assert text(parts[:3]) == "0.0.0.0, 0.0.0.10-0.0.0.11, 0.0.0.20-0.0.0.22"
    assert text(parts, most=5).endswith("0.0.0.40-0.0.0.44 and 13 more addresses")
    assert text(parts[:5], most=5).endswith("0.0.0.40-0.0.0.44")
