# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In every set-up, the validator finds exactly what the file says. (tests/system/test_pairs.py asks dhcpd.)"""

from __future__ import annotations

from pathlib import Path

import pytest
import setup_files

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check


@pytest.mark.parametrize("path", setup_files.FILES, ids=lambda path: path.stem)
def test_setup(path: Path) -> None:
    setup = setup_files.load(path)
    found = list(check([read_server(name, text, setup.includes) for name, text in setup.texts.items()]))
    said = sorted(f"{finding.severity.value} {finding.slug} {', '.join(finding.servers)}" for finding in found)
    assert said == setup.findings, "\n".join(map(str, found))


def test_there_are_enough() -> None:
    assert len(setup_files.FILES) >= 50
