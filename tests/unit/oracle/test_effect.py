# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`settings()` gives for every client what dhcpd was recorded to offer. (tests/system/test_oracle.py asks again.)"""

from __future__ import annotations

import random
import re

import effect
import effect_shrink
import pytest
from effect_cases import CASES, Case
from effect_model import Judge, facts
from effect_samples import Block, Client, Sample, sample


def test_the_record_is_about_these_samples() -> None:
    """If not, run `make oracle`."""
    record = {name: entry.digest for name, entry in effect.read_record().items()}
    assert record == {name: effect.digest(item) for name, item in effect.samples().items()}


def test_there_are_enough_samples_of_both_kinds() -> None:
    answers = [answer is not None for entry in effect.read_record().values() for answer in entry.answers]
    assert len(effect.read_record()) >= 300
    assert min(answers.count(True), answers.count(False)) >= 300


def test_ours_is_what_dhcpd_does() -> None:
    found = list(effect.differences(effect.samples(), effect.read_record()))
    assert not found, "\n".join([f"{len(found)}; `tests/oracle/effect.py show NAME` shows more", *found[:20]])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_surprises(case: Case) -> None:
    answers = effect.read_record()[case.name].answers
    assert tuple(facts(answer, offered or ()) for answer, offered in zip(answers, case.offered, strict=True)) == tuple(
        offered if offered is None else dict(offered) for offered in case.offered
    )


def test_a_difference_is_found() -> None:
    """Every fact of an answer is compared, so none can change unnoticed."""
    item = effect.samples()["boot parameters"]
    (answer,) = effect.read_record()["boot parameters"].answers
    assert answer is not None
    for name in ("address", "next", "server", "file"):
        assert Judge(item).differences([{**answer, name: "192.0.2.99"}]), name
    for code in answer["options"]:
        assert Judge(item).differences([{**answer, "options": {**answer["options"], code: "00"}}]), code
    assert Judge(item).differences([None])
    assert not Judge(item).differences([answer])


def test_failures_are_shrunk() -> None:
    failing = Block("subnet", "192.0.2.0 netmask 255.255.255.0", ("option time-offset 1;", "range 192.0.2.8;"))
    large = Sample(
        "large",
        ("authoritative;", Block("group", "", ("option time-offset 2;", failing)), Block("host", "a")),
        (Client("02:00:00:00:00:01", vendor="alpha"), Client("02:00:00:00:00:02", seconds=9, address="192.0.2.8")),
    )
    small = effect_shrink.shrunk(
        large, lambda item: "range" in item.text and any(client.seconds for client in item.clients)
    )
    assert small.items == ("range 192.0.2.8;",)
    assert small.clients == (Client("02:00:00:00:00:02", seconds=9),)


def test_a_number_always_makes_the_same_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `random()` is used, because it is the only method of Random that is guaranteed never to change."""
    for name in ("choice", "choices", "randint", "randrange", "sample", "shuffle", "uniform"):
        monkeypatch.delattr(random.Random, name)
    assert sample(7).text


def test_the_page_names_samples() -> None:
    page = " ".join((effect.RECORD.parents[2] / "docs/scopes.md").read_text().split())
    named = re.findall(r"\[([^]`]+)\](?!\()", page)
    assert len(named) > 15
    for text in named:
        rest = text
        for case in sorted(CASES, key=lambda case: -len(case.name)):
            rest = rest.replace(case.name, "")
        assert not rest.strip(", "), text
