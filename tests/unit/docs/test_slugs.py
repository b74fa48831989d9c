# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every name that status, validate or the drill print is a heading of a page: people find it, and pages link to it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import ROOT, SLUGS, sections

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import journal as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.evidence import carried_out, outside
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import TITLES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import SCENARIOS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import REASONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import journal as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES

PRINTED = {
    "docs/operate/reasons.md": list(REASONS),
    "docs/operate/faults.md": [kind.name for kind in (*dhcpd.KINDS, *kea.KINDS)],
    "docs/rules.md": list(RULES),
    "docs/drill/scenarios.md": [scenario.name for scenario in SCENARIOS],
    "docs/drill/verdicts.md": [*TITLES, carried_out([])["invariant"], outside({}, {})["invariant"]],
}


def test_every_page_of_slugs_is_checked() -> None:
    assert set(PRINTED) == set(SLUGS)


@pytest.mark.parametrize("page", PRINTED)
def test_headings(page: str) -> None:
    found = [name for _group, name, _text in sections(ROOT / page)]
    assert len(found) == len(set(found))
    assert set(found) == set(PRINTED[page])


def test_reasons_are_in_the_order_of_the_report() -> None:
    found = [(name, group.lower()) for group, name, _text in sections(ROOT / "docs/operate/reasons.md")]
    assert found == [(slug, health.value) for slug, health in REASONS.items()]


def test_faults_quote_their_daemon() -> None:
    """Kea's names are those by which its kind of fault is recognised; each entry is about the daemons that have it."""
    names = {kind.name: set(kind.messages) for kind in kea.KINDS}
    of_dhcpd = {kind.name for kind in dhcpd.KINDS}
    for _group, name, text in sections(ROOT / "docs/operate/faults.md"):
        quoted = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text))
        assert quoted <= names.get(name, set()), name
        assert bool(quoted) == (name in names), name
        assert ("- dhcpd: `" in text) == (name in of_dhcpd), name
