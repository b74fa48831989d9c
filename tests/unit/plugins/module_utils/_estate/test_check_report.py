# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that a play prints about the check, and when the play stops."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.check_report import (
    MOST_RELATIONSHIPS,
    check_report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import MOST_SHOWN


def relationship(number: int = 1, **more: Any) -> dict[str, Any]:
    first = 2 * number - 1
    return {
        "name": f"pair{number}",
        "primary": f"s{first}",
        "secondary": f"s{first + 1}",
        "primary_address": f"10.0.0.{first}",
        "secondary_address": f"10.0.0.{first + 1}",
        "primary_port": 647,
        "secondary_port": 647,
        "pools": 2,
        "addresses": 1234,
        **more,
    }


def finding(severity: str, *servers: str, slug: str = "a-rule") -> dict[str, Any]:
    return {
        "slug": slug,
        "severity": severity,
        "servers": list(servers),
        "path": "here",
        "line": None,
        "variable": None,
        "message": "It is so.",
        "hint": "Mend it.",
    }


TWO = [relationship(1), relationship(2)]


def report(findings: list[dict[str, Any]], hosts: list[str] | None = None, pairs: Any = None) -> dict[str, Any]:
    return check_report({"findings": findings, "relationships": TWO if pairs is None else pairs}, hosts)


def test_what_was_found_good() -> None:
    assert report([]) == {
        "failed": False,
        "lines": [
            'relationship "pair1": primary s1 (10.0.0.1), secondary s2 (10.0.0.2); 2 pools with 1,234 addresses',
            'relationship "pair2": primary s3 (10.0.0.3), secondary s4 (10.0.0.4); 2 pools with 1,234 addresses',
        ],
        "summary": "2 relationships of 4 servers: no errors and no warnings.",
    }


@pytest.mark.parametrize(
    "change, says",
    [
        ({"pools": 1, "addresses": 1}, "; 1 pool with 1 address"),
        ({"secondary_port": 648}, "secondary s2 (10.0.0.2 port 648)"),
        (
            {"secondary": None, "secondary_address": None, "secondary_port": None},
            "primary s1 (10.0.0.1), secondary not in this inventory;",
        ),
    ],
)
def test_a_relationship(change: dict[str, Any], says: str) -> None:
    assert says in report([], pairs=[relationship(**change)])["lines"][0]


def test_warnings_are_printed_and_the_play_goes_on() -> None:
    found = report([finding("warning", "s1", "s2"), finding("warning", "s3")])
    assert not found["failed"]
    assert found["lines"][2:] == [
        "WARNING a-rule: s1 and s2: here: It is so. Mend it.",
        "WARNING a-rule: s3: here: It is so. Mend it.",
    ]
    assert found["summary"] == "2 relationships of 4 servers: 2 warnings."


def test_only_errors_are_printed() -> None:
    found = report([finding("error", "s1"), finding("warning", "s3")])
    assert found["failed"]
    assert [line.split(":")[0] for line in found["lines"]] == ["ERROR a-rule", "WARNING a-rule"]
    assert found["summary"] == (
        "1 error and 1 warning, see above. Nothing was touched. Correct what is told, and run this again."
    )


@pytest.mark.parametrize(
    "servers, failed",
    [(["s1"], True), (["s2"], True), (["s2", "s3"], True), ([], True), (["s3"], False), (["elsewhere"], False)],
)
def test_only_errors_about_its_servers_and_their_partners_stop_a_run(servers: list[str], failed: bool) -> None:
    found = report([finding("error", *servers)], ["s1", "client"])
    assert found["failed"] == failed
    assert len(found["lines"]) == (1 if failed else 2)
    if not failed:
        assert found["lines"][0].startswith('relationship "pair1"')
        assert found["lines"][1].startswith("Also 1 error about servers that this run leaves out.")
        assert found["summary"] == "1 relationship of 2 servers: no errors and no warnings."


def test_no_relationship() -> None:
    assert report([], pairs=[])["summary"] == "No relationship: no errors and no warnings."


def test_long_lists_are_cut_and_counted() -> None:
    errors = [finding("error", "s1", slug=f"rule-{number % 2}") for number in range(MOST_SHOWN + 7)]
    found = report(errors)
    assert len(found["lines"]) == MOST_SHOWN + 1
    assert found["lines"][-1] == "7 more are in the findings: 4 rule-0, 3 rule-1."
    assert found["summary"].startswith(f"{MOST_SHOWN + 7} errors,")
    lines = report([], pairs=[relationship(number) for number in range(1, MOST_RELATIONSHIPS + 4)])["lines"]
    assert (len(lines), lines[-1]) == (MOST_RELATIONSHIPS + 1, "and 3 more relationships")
