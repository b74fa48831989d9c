# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client gets the same from both daemons, and from Kea what `settings()` says. (tests/system/test_oracle.py asks.)"""

from __future__ import annotations

import both
import pytest
import syntax
from both_samples import CASES, Case
from effect_model import facts

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.dialect import KeaDialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

RELEASES = ("2.2.0", "2.6.3", "3.0.4")


def test_the_record_is_about_these_samples() -> None:
    """If not, run `tests/oracle/both.py record`."""
    record = {name: entry.digest for name, entry in both.read_record().items()}
    assert record == {name: both.digest(item) for name, item in both.samples().items()}
    assert {frozenset(entry.answers) for entry in both.read_record().values()} == {frozenset({both.DHCPD, *RELEASES})}


def test_there_are_enough_samples_of_both_kinds() -> None:
    answers = [answer is not None for entry in both.read_record().values() for answer in entry.answers[both.DHCPD]]
    assert min(answers.count(True), answers.count(False)) >= 200


def test_both_daemons_answer_alike() -> None:
    record = both.read_record()
    found = [text for name, item in both.samples().items() for text in both.differences(item, record[name].answers)]
    assert not found, "\n".join([f"{len(found)}; `tests/oracle/both.py show NAME` shows more", *found[:20]])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_offers_of_a_case(case: Case) -> None:
    for daemon, answers in both.read_record()[case.name].answers.items():
        found = tuple(facts(answer, offered or ()) for answer, offered in zip(answers, case.offered, strict=True))
        assert found == tuple(offered if offered is None else dict(offered) for offered in case.offered), daemon


def test_variables_of_every_kind_are_translated_or_refused() -> None:
    for name, item in syntax.samples().items():
        if not item.written:
            declared = declare({**item.source, "daemon": "kea"})
            problems = KeaDialect.resolve(declared, {}).problems
            assert render(declared)["Dhcp4"] or problems, name


def test_a_difference_is_found() -> None:
    """Every fact of an answer is compared, so none can change unnoticed."""
    case = next(item for item in CASES if item.name == "a host before pool, subnet and all")
    (answer, _other) = both.read_record()[case.name].answers["3.0.4"]
    client = case.clients[0]
    assert answer is not None
    for name in ("address", "next", "server", "file"):
        assert list(both.compared(client, answer, {**answer, name: "192.0.2.99"})), name
    for code in answer["options"]:
        changed = {**answer, "options": {**answer["options"], code: "00000001"}}
        assert list(both.compared(client, answer, changed)), code
    assert list(both.compared(client, answer, None))
    assert not list(both.compared(client, answer, answer))
