# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule for Kea: one pair with its fault, and pairs without any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils import _rules
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, check
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules import declarations
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import EDITS, GOOD, Edit


def found(edit: Edit) -> list[Finding]:
    return list(check([read_server(name, text) for name, text in zip(("one", "two"), edit.texts)]))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)
def test_a_fault_is_found(edit: Edit) -> None:
    findings = found(edit)
    told = "\n".join(map(str, findings)) or "nothing"
    matching = [
        item
        for item in findings
        if item.slug == edit.slug and item.severity is edit.severity and edit.says in str(item)
    ]
    assert 1 <= len(matching) <= 2, told  # one for each place, or each text
    assert {item.slug for item in findings} == {edit.slug} | edit.also, told
    item = matching[0]
    assert item.message.endswith(".")
    assert item.hint.endswith(".")
    assert "{host}" not in item.message + item.hint
    assert item.path


@pytest.mark.parametrize("edit", GOOD, ids=lambda edit: edit.slug)
def test_a_pair_without_faults(edit: Edit) -> None:
    assert [str(item) for item in found(edit)] == []


def test_every_rule_for_kea_has_a_row() -> None:
    unread = {"untranslatable", "daemon-mismatch", "partner-not-given", "netmask-mismatch"}
    unread |= {"pool-not-failover", "range-unprotected", "subnet-not-local"}
    rules = {rule.slug for rule in RULES.values() if "kea" in rule.daemons and (rule.find or rule.slug == "option-cut")}
    assert rules - {edit.slug for edit in EDITS} - unread == set()


@pytest.mark.parametrize("slug", ["ha-delay-invalid", "ha-roles-invalid", "ha-url-loopback", "heartbeat-mismatch"])
def test_a_rule_would_report_without_unless(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {name: replace(rule, unless=rule.unless - {slug}) for name, rule in RULES.items()}
    monkeypatch.setattr(_rules, "RULES", changed)
    assert any({item.slug for item in found(edit)} != {edit.slug} | edit.also for edit in EDITS)


def test_two_daemons_are_no_pair() -> None:
    dhcpd = declarations.primary(address="192.0.2.1", peer_address="192.0.2.2")
    kea = read_server("two", EDITS[0].texts[1])
    (finding,) = [item for item in check([dhcpd, kea]) if item.slug == "daemon-mismatch"]
    assert finding.servers == ("one", "two")
