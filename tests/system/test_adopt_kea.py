# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adopt Kea pairs that people wrote: Kea accepts the original, and the file that replaces it. Needs root."""

from __future__ import annotations

from pathlib import Path

import pytest
from kea_roots import checked

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.live import live_adopt
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import conf_texts
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.handmade import ADOPTED
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.test_adopt import declared, pair


@pytest.mark.parametrize("kind", ADOPTED)
def test_kea_takes_both(kea: Path, tmp_path: Path, kind: str) -> None:
    live = pair(ADOPTED[kind])
    assert checked(kea, tmp_path, live["one"]["config"]) == ""
    written, _more = conf_texts(declared(live_adopt(live)["files"])["one"])
    assert checked(kea, tmp_path, written) == "", written
