# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However a pair is written, the validator finds nothing while both servers serve the same, and finds what differs.

(tests/system/test_pairs.py has more examples, and gives the texts to dhcpd.)
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pairs.faults import FAULTS
from pairs.judging import judge_fault, judge_healthy
from pairs.plans import Pair, pairs
from pairs.writing import SINGLE, Style, styles, write

# Explaining a failure takes longer than finding it, and says less than the example.
PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
# For each of many.
FEW = settings.default.max_examples // 25
randoms = st.randoms(use_true_random=True)


@pytest.mark.parametrize("style", SINGLE.values(), ids=SINGLE)
@settings(max_examples=FEW, phases=PHASES)
@given(pair=pairs(), random=randoms)
def test_one_way_of_writing(style: Style, pair: Pair, random: Random) -> None:
    judge_healthy(pair, (Style(), style), random)


@settings(phases=PHASES)
@given(pair=pairs(), one=styles, two=styles, random=randoms)
def test_all_ways_together(pair: Pair, one: Style, two: Style, random: Random) -> None:
    judge_healthy(pair, (one, two), random)


@pytest.mark.parametrize("name", FAULTS)
@settings(max_examples=FEW, phases=PHASES)
@given(pair=pairs(rich=True), random=randoms, one=styles, two=styles)
def test_fault(name: str, pair: Pair, random: Random, one: Style, two: Style) -> None:
    judge_fault(FAULTS[name], pair, (one, two), random)


def test_every_way_of_writing_is_one() -> None:
    """Each way changes the text of some pair; otherwise it would prove nothing."""
    same = set(SINGLE)

    @settings(phases=(Phase.generate,))
    @given(pair=pairs(rich=True))
    def look(pair: Pair) -> None:
        plain = write(pair[0], Style(), Random(1))  # noqa: S311  # no secret
        for name in list(same):
            if write(pair[0], SINGLE[name], Random(1)) != plain:  # noqa: S311  # no secret
                same.remove(name)

    look()
    assert not same
