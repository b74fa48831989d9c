# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.session import SETTLED, StopFile


def test_a_stop_file_counts_when_whoever_made_it_is_done(tmp_path: Path) -> None:
    path = tmp_path / "stop"
    stop_file = StopFile(str(path))
    assert not stop_file.counts(10.0)
    path.touch()
    assert not stop_file.counts(20.0)
    assert not stop_file.counts(20.0 + SETTLED / 2)
    assert stop_file.counts(20.0 + SETTLED)
    stop_file.remove()
    stop_file.remove()
    assert not path.exists()


def test_a_run_may_have_no_stop_file() -> None:
    stop_file = StopFile(None)
    assert not stop_file.counts(10.0)
    stop_file.remove()
