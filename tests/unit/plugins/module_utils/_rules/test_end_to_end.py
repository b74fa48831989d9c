# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and readers together: from text or variables to findings."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.declared import read_variables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, check
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import (
    EDITS,
    GOOD,
    HARMLESS,
    NAMES,
    ONE,
    TWO,
    VARIABLES,
    Edit,
)

# A daemon to compare with, if there is one.
DHCPD = os.environ.get("DHCPD") or shutil.which("dhcpd") or shutil.which("/usr/sbin/dhcpd")

# Faults that only the pair shows, or that are not in the text at all.
WITHOUT_TEXT = {"partner-not-given", *VARIABLES, *NAMES}


def slugs(*texts: str) -> dict[str, str]:
    servers = [read_server(name, text) for name, text in zip(("one", "two"), texts)]
    return {finding.slug: str(finding) for finding in check(servers)}


def test_the_seed_is_correct() -> None:
    assert slugs(ONE, TWO) == {}


def test_every_rule_is_met_by_text() -> None:
    of_dhcpd = {slug for slug, rule in RULES.items() if "dhcpd" in rule.daemons}
    assert {edit.slug for edit in EDITS} == of_dhcpd - WITHOUT_TEXT


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.slug)
def test_fault_in_text(edit: Edit) -> None:
    found = slugs(*edit.texts)
    assert set(found) == {edit.slug} | edit.also, "\n".join(found.values())


@pytest.mark.parametrize("edit", GOOD.values(), ids=GOOD)
def test_without_the_fault(edit: Edit) -> None:
    found = slugs(*edit.texts)
    assert found == {}, "\n".join(found.values())


@pytest.mark.parametrize("slug", VARIABLES)
def test_fault_that_only_variables_can_have(slug: str) -> None:
    bad, good = (
        found(*(variables(name, **yaml.safe_load(text)) for name in ("one", "two"))) for text in VARIABLES[slug]
    )
    assert (set(bad), set(good)) == ({slug}, set())


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_harmless_in_text(edit: Edit) -> None:
    found = slugs(*edit.texts)
    assert found == {}, "\n".join(found.values())


NO_DHCPD = pytest.param(Edit(""), marks=pytest.mark.skip("no dhcpd here; name one in the environment variable DHCPD"))


@pytest.mark.parametrize(
    "edit",
    [Edit(""), *EDITS, *HARMLESS.values()] if DHCPD else [NO_DHCPD],
    ids=lambda edit: edit.slug or "harmless",
)
def test_what_dhcpd_says(edit: Edit, tmp_path: Path) -> None:
    """The rule's claim about `dhcpd -t` (silent, warning or rejected) holds for at least one of the two texts."""
    said = {_dhcpd(text, tmp_path) for text in edit.texts}
    worst = next(word for word in ("rejected", "warning", "silent") if word in said)
    declared = RULES[edit.slug].check if edit.slug else "silent"
    assert worst in declared, f"dhcpd: {worst}; the rule says: {declared}"


def _dhcpd(text: str, folder: Path) -> str:
    assert DHCPD is not None
    (folder / "dhcpd.conf").write_text(text)
    (folder / "leases").touch()
    run = subprocess.run(
        [DHCPD, "-4", "-t", "-cf", folder / "dhcpd.conf", "-lf", folder / "leases", "-pf", folder / "pid"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=20,
        check=False,
    )
    if run.returncode != 0:
        return "rejected"
    return "warning" if "warning:" in run.stderr.lower() else "silent"


# --- Variables -----------------------------------------------------------------------------------------------


def variables(name: str, **changes: Any) -> dict[str, Any]:
    one = name == "one"
    half = {
        "name": "dhcp-failover",
        "role": "primary" if one else "secondary",
        "address": "172.16.1.100" if one else "172.16.1.200",
        "peer_address": "172.16.1.200" if one else "172.16.1.100",
        "max_response_delay": 180,
        "max_unacked_updates": 10,
        "load_balance_max_seconds": 3,
        **({"mclt": 1800, "split": 128} if one else {}),
        **changes.pop("half", {}),
    }
    subnet = {
        "subnet": "172.16.1.0/24",
        "options": {
            "domain_name_servers": ["172.16.1.1"],
            "broadcast-address": "172.16.1.255",
            "subnet_mask": "255.255.255.0",
            "routers": "172.16.1.1",
        },
        "pools": [{"failover": "dhcp-failover", "ranges": ["172.16.1.220-172.16.1.230"]}],
        **changes.pop("subnet", {}),
    }
    return {"name": name, "address": half["address"], "failover": [half], "subnets": [subnet], **changes}


def found(*entries: dict[str, Any]) -> dict[str, str]:
    return {finding.slug: str(finding) for finding in check([read_variables(entry) for entry in entries])}


def test_the_seed_in_variables() -> None:
    assert found(variables("one"), variables("two")) == {}


def test_text_and_variables_of_the_same_pair() -> None:
    assert list(check([read_server("one", ONE), read_variables(variables("two"))])) == []
    assert list(check([read_variables(variables("one")), read_server("two", TWO)])) == []


@pytest.mark.parametrize(
    "slug, one, two",
    [
        ("mclt-on-secondary", {}, {"half": {"mclt": 1800}}),
        ("max-unacked-updates-mismatch", {}, {"half": {"max_unacked_updates": 100}}),
        ("address-invalid", {"half": {"peer_address": "two.example.org"}}, {}),
        ("options-mismatch", {}, {"subnet": {"options": {}}}),
        ("options-mismatch", {"options": {"domain_name": "a.example"}}, {}),
        ("lease-time-mismatch", {"default_lease_time": 7200}, {}),
        ("authoritative-mismatch", {"subnet": {"authoritative": True}}, {}),
        (
            "range-mismatch",
            {"subnet": {"pools": [{"failover": "dhcp-failover", "ranges": ["172.16.1.9-172.16.1.20"]}]}},
            {},
        ),
        (
            "subnet-not-local",
            {"address": "10.0.0.1", "half": {"address": "10.0.0.1"}},
            {"half": {"peer_address": "10.0.0.1"}},
        ),
        ("declaration-invalid", {"subnet": {"pols": []}}, {}),
        (
            "reservation-mismatch",
            {"hosts": [{"name": "a", "hardware": "52:54:00:c1:fb:9c", "address": "172.16.1.9"}]},
            {},
        ),
        ("statement-unknown", {"extra": "athoritative;"}, {}),
    ],
)
def test_fault_in_variables(slug: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    said = found(variables("one", **one), variables("two", **two))
    assert set(said) == {slug}, "\n".join(said.values())
