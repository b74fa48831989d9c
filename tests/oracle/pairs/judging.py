# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the findings in pairs, given as texts, with those required."""

from __future__ import annotations

from random import Random

from hypothesis import reject

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check
from pairs.faults import Fault, NoPlaceError
from pairs.plans import Pair
from pairs.writing import Style, Written, write

Styles = tuple[Style, Style]


def _findings(pair: Pair, texts: list[Written]) -> list[Finding]:
    return list(
        check([read_server(server.name, text.text, text.includes) for server, text in zip(pair, texts, strict=True)])
    )


def _shown(findings: list[Finding], texts: list[Written]) -> str:
    """All findings and both servers' texts, to explain a failure."""
    parts = [*map(str, findings)]
    for text in texts:
        parts += ["", "-" * 40, text.text, *(f"--- {name}\n{part}" for name, part in text.includes.items())]
    return "\n".join(parts)


def judge_healthy(pair: Pair, styles: Styles, random: Random) -> None:
    """Assert that nothing is found."""
    texts = [write(server, style, random) for server, style in zip(pair, styles, strict=True)]
    found = _findings(pair, texts)
    assert not found, _shown(found, texts)


def judge_fault(fault: Fault, pair: Pair, styles: Styles, random: Random) -> None:
    """Assert that the required finding is there, and no others than those that may come with it."""
    try:
        pair = fault.change(pair)
    except NoPlaceError:
        reject()
    texts = [write(server, style, random) for server, style in zip(pair, styles, strict=True)]
    found = _findings(pair, texts)
    said = {(finding.slug, finding.severity.value) for finding in found}
    assert (fault.slug, fault.severity) in said, _shown(found, texts)
    assert {slug for slug, _severity in said} <= {fault.slug} | fault.also, _shown(found, texts)
    assert fault.severity == "error" or not any(severity == "error" for _slug, severity in said), _shown(found, texts)
