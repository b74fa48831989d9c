# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dhcpd accepts the files that the role writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    OMAPI_FILE,
)
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import omapi_conf

GOLDEN = sorted((Path(__file__).resolve().parents[1] / "unit/roles/dhcp_server/golden").glob("*.dhcpd.conf"))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name)
def test_dhcpd_accepts_it(golden: Path, dhcpd: Path, tmp_path: Path) -> None:
    key, config, leases = (tmp_path / name for name in ("omapi.conf", "dhcpd.conf", "leases"))
    key.write_text(omapi_conf({}, "AAAAAAAAAAAAAAAAAAAAAA=="))
    config.write_text(golden.read_text().replace(OMAPI_FILE, str(key)))
    leases.touch()
    command = [dhcpd, "-4", "-t", "-cf", config, "-lf", leases, "-pf", tmp_path / "pid"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
