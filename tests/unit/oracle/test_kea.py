# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of Kea say about its own checks and its start is what every release did with their rows."""

from __future__ import annotations

import kea
import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import EDITS, GOOD, Edit

RELEASES = ("2.2.0", "2.6.3", "3.0.4")
RECORD = {(row[0], row[1]): row[2:] for row in kea.read_record()}
# Rows whose file no longer fits these releases, because a member is of another one.
OTHER_RELEASES = {"ha-port-taken": {"2.2.0", "2.6.3"}, "an http control socket elsewhere": {"2.2.0", "2.6.3"}}
OTHER_RELEASES["a list of guards"] = {"2.2.0", "2.6.3"}


def answers(edit: Edit) -> dict[str, kea.Answer]:
    """The answers of the releases for which the row is."""
    name = kea.name_of(edit)
    others = OTHER_RELEASES.get(edit.slug, set())
    return {release: kea.Answer(*RECORD[name, release][1:]) for release in RELEASES if release not in others}


def test_the_record_is_about_these_rows() -> None:
    """If not, run `tests/oracle/kea.py record`."""
    digests = {name: sample.digest for name, sample in kea.samples().items()}
    assert {key: row[0] for key, row in RECORD.items()} == {
        (name, release): digest for name, digest in digests.items() for release in RELEASES
    }


@pytest.mark.parametrize("edit", GOOD, ids=lambda edit: edit.slug)
def test_a_pair_without_faults_starts(edit: Edit) -> None:
    found = {(answer.check, answer.start) for answer in answers(edit).values()}
    assert found == {(kea.TAKEN, kea.RUNS)}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)
def test_the_check_and_the_start_are_as_the_rule_says(edit: Edit) -> None:
    rule = RULES[edit.slug]
    check, harm = rule.kea or (rule.check, rule.harm)
    found = answers(edit)
    refused = {release for release, answer in found.items() if answer.check == kea.REFUSED}
    if check == "silent":
        assert refused == set(), edit.slug
    elif check.startswith("rejected") and ";" not in check:
        assert refused, edit.slug
    if harm.startswith("Kea exits at start") and "; " not in harm:
        assert {answer.start for answer in found.values()} == {kea.EXITS}
