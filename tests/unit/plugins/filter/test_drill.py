# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill's report from its records, and what it says of records that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netlab.dhcp_failover.plugins.filter.drill import FilterModule

drill_report = FilterModule().filters()["drill_report"]
SCENARIO = {"name": "kill", "start": 1.0, "healed": 2.0, "end": 3.0, "bound": 6, "reason": "load balance"}


def test_a_report_in_all_its_forms() -> None:
    report = drill_report({"exchanges": [], "scenarios": [SCENARIO]})
    assert (report["ok"], report["failed"]) == (False, ["kill"])
    assert report["lines"][1].split()[:2] == ["kill", "FAILED"]
    assert report["html"].startswith("<!DOCTYPE html>")
    assert report["junit"].startswith("<?xml")
    assert report["record"]["scenarios"][0]["verdicts"][0]["invariant"] == "unique"


@pytest.mark.parametrize(
    "records, said",
    [
        ({"exchanges": []}, "drill_report: the drill's records are not as .*KeyError\\('scenarios'\\)"),
        ({"exchanges": [], "scenarios": [{**SCENARIO, "end": None}]}, 'drill_report: scenario "kill": end not given'),
        ({"exchanges": [{"kind": "acquire"}], "scenarios": [SCENARIO]}, "KeyError"),
        ({"exchanges": [], "scenarios": ["kill"]}, "docs/drill/probe.md"),
    ],
)
def test_records_that_cannot_be_read(records: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        drill_report(records)
