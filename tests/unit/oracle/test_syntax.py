# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our verdict on every sample matches the recorded one of dhcpd. (tests/system/test_oracle.py asks dhcpd again.)"""

from __future__ import annotations

from functools import lru_cache

import syntax
from syntax import Mismatch


@lru_cache(maxsize=1)
def differences() -> tuple[Mismatch, ...]:
    return tuple(syntax.differences(syntax.samples(), syntax.read_record()))


def listed(found: list[Mismatch]) -> str:
    return "\n".join(["", *map(str, found), "`tests/oracle/syntax.py show NAME` shows more."])


def test_the_record_is_about_these_samples() -> None:
    """If not, run `make oracle`."""
    record = {name: answer.digest for name, answer in syntax.read_record().items()}
    assert record == {name: sample.digest for name, sample in syntax.samples().items()}


def test_there_are_enough_samples_of_both_kinds() -> None:
    verdicts = [answer.rejected for answer in syntax.read_record().values()]
    assert len(verdicts) >= 1500
    assert min(verdicts.count(True), verdicts.count(False)) >= 500


def test_nothing_that_dhcpd_takes_is_an_error() -> None:
    found = [one for one in differences() if one.false_alarm]
    assert not found, listed(found)


def test_everything_that_dhcpd_rejects_is_an_error() -> None:
    known = syntax.read_exceptions()
    found = [one for one in differences() if not one.false_alarm and one.name not in known]
    assert not found, listed(found)


def test_listed_exceptions_still_hold() -> None:
    right = sorted(syntax.read_exceptions().keys() - {one.name for one in differences() if not one.false_alarm})
    assert not right, f"these are right now, take them out of syntax_exceptions.tsv: {right}"
    assert all(syntax.read_exceptions().values())


def test_few_are_excused() -> None:
    rejected = sum(answer.rejected for answer in syntax.read_record().values())
    assert len(syntax.read_exceptions()) <= 0.02 * rejected
