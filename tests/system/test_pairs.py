# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs as texts: the real dhcpd accepts those called healthy; and many more examples than in `make check`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
import setup_files
import syntax
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pairs.faults import FAULTS
from pairs.judging import judge_fault, judge_healthy
from pairs.plans import Pair, pairs
from pairs.writing import Style, styles, write

PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
MORE = settings(max_examples=60, phases=PHASES)
randoms = st.randoms(use_true_random=True)

# dhcpd prints this for every reservation in a subnet or a shared network.
GLOBAL = "WARNING: Host declarations are global."


def ask(dhcpd: Path, text: str, includes: dict[str, str]) -> syntax.Answer:
    """The verdict of dhcpd on a text with its included files."""
    with tempfile.TemporaryDirectory(prefix="pair-") as name:
        texts = [*includes.values(), text]
        for number, path in enumerate(includes):
            place = f"{name}/part-{number}"
            texts = [part.replace(f'"{path}"', f'"{place}"') for part in texts]
        for number, part in enumerate(texts[:-1]):
            Path(name, f"part-{number}").write_text(part, encoding="utf-8")
        return syntax.ask(dhcpd, syntax.Sample(texts[-1]), Path(name))


def test_dhcpd_takes_what_is_called_healthy(dhcpd: Path) -> None:
    @settings(MORE, max_examples=100)
    @given(pair=pairs(), style=styles, random=randoms)
    def judge(pair: Pair, style: Style, random: Random) -> None:
        for server in pair:
            written = write(server, style, random)
            answer = ask(dhcpd, written.text, written.includes)
            taken = answer.verdict == syntax.TAKEN or answer.message.startswith(GLOBAL)
            assert taken, f"{answer}\n{written.text}\n{written.includes}"

    judge()


@settings(MORE, max_examples=1000)
@given(pair=pairs(), one=styles, two=styles, random=randoms)
def test_all_ways_of_writing_together(pair: Pair, one: Style, two: Style, random: Random) -> None:
    judge_healthy(pair, (one, two), random)


@pytest.mark.parametrize("name", FAULTS)
@MORE
@given(pair=pairs(rich=True), random=randoms, one=styles, two=styles)
def test_fault(name: str, pair: Pair, random: Random, one: Style, two: Style) -> None:
    judge_fault(FAULTS[name], pair, (one, two), random)


@pytest.mark.parametrize("path", setup_files.FILES, ids=lambda path: path.stem)
def test_what_dhcpd_says_of_a_setup(dhcpd: Path, path: Path) -> None:
    setup = setup_files.load(path)
    said = {name: ask(dhcpd, text, setup.includes).verdict for name, text in setup.texts.items()}
    assert said == setup.dhcpd
