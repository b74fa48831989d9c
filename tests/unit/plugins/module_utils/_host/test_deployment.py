# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transaction that was killed has left."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import deployment
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.deployment import (
    RESTART,
    SERVING,
    SWAP,
    unfinished,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import UNPROVEN
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import one_step, release
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Deployment, Step
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc

START = 1795371600.0  # of the daemon: 2026-11-22T18:20:00Z
BEGAN, LATER = "2026-11-22T18:20:05Z", "2026-11-22T18:20:10Z"


def journal(step: str) -> str:
    return json.dumps({"step": step, "started": START + 5, "ran": True})


@pytest.mark.parametrize(
    "files, journaled, expected",
    [
        pytest.param({}, "", None, id="nothing"),
        pytest.param({".previous": 5}, "", None, id="confirmed"),
        pytest.param({".staged": 10}, "", Deployment(Step.STAGED, LATER, (".staged",)), id="killed after staging"),
        pytest.param({".staged": -6}, "", None, id="rolled back"),
        pytest.param(
            {".staged": 10}, journal(SWAP), Deployment(Step.STAGED, BEGAN, (".staged",), True), id="nothing swapped"
        ),
        pytest.param({"": 10}, journal(SWAP), Deployment(Step.UNREAD, BEGAN, ("",), True), id="swapped"),
        pytest.param({"": 10}, journal(RESTART), Deployment(Step.UNREAD, BEGAN, ("",), True), id="not restarted"),
        pytest.param({}, journal(SWAP), Deployment(Step.UNPROVEN, BEGAN, (), True), id="another file was swapped"),
        pytest.param({}, journal(RESTART), Deployment(Step.UNPROVEN, BEGAN, (), True), id="restarted"),
        pytest.param({}, journal(SERVING), Deployment(Step.UNPROVEN, BEGAN, (), True), id="not confirmed"),
        pytest.param({}, "{", Deployment(Step.UNPROVEN, LATER, (), True), id="unreadable journal"),
        pytest.param({}, "[]", Deployment(Step.UNPROVEN, LATER, (), True), id="not a journal"),
        pytest.param({"": 10}, "", Deployment(Step.UNREAD, LATER, ("",)), id="changed by hand"),
        pytest.param({"": 10, ".staged": 5}, "", Deployment(Step.UNREAD, LATER, ("",)), id="refused, then by hand"),
    ],
)
def test_what_is_left(tmp_path: Path, files: Mapping[str, int], journaled: str, expected: Deployment | None) -> None:
    config = str(tmp_path / "dhcpd.conf")
    times = {"": -5, **files}
    if journaled:
        times[".unproven"] = 10
    for end, after in times.items():
        Path(config + end).write_text(journaled if end == ".unproven" else "")
        os.utime(config + end, (START + after, START + after))
    found = unfinished(config, [config, str(tmp_path / "missing")], START, str(tmp_path / "lock"))
    assert (found and [name[len(config) :] for name in found.files]) == (expected and list(expected.files))
    assert (found and (found.step, found.since, found.kept)) == (
        expected and (expected.step, expected.since, expected.kept)
    )


def test_without_a_daemon_nothing_is_unread(tmp_path: Path) -> None:
    config = tmp_path / "dhcpd.conf"
    config.touch()
    lock = str(tmp_path / "lock")
    assert unfinished(str(config), [str(config)], None, lock) is None
    (tmp_path / "dhcpd.conf.unproven").write_text(journal(SWAP))
    assert unfinished(str(config), [str(config)], None, lock) == Deployment(Step.UNPROVEN, BEGAN, (), True)


def test_a_run_at_work_says_who_and_since_when(tmp_path: Path) -> None:
    config, lock = str(tmp_path / "dhcpd.conf"), tmp_path / "lock"
    with one_step(lock, "run 7", "one@there"):
        pass
    since = utc(json.loads(lock.read_text())["since"])
    found = unfinished(config, [], START, str(lock))
    assert found == Deployment(Step.BEGUN, since, by="one@there", run="run 7")
    Path(config + UNPROVEN).write_text(journal(SERVING))
    found = unfinished(config, [], START, str(lock))
    assert found == Deployment(Step.UNPROVEN, since, kept=True, by="one@there", run="run 7")
    release(lock)
    assert unfinished(config, [], START, str(lock)) == Deployment(Step.UNPROVEN, BEGAN, kept=True)


@pytest.mark.parametrize(
    "text, goal, holder",
    [
        ('{"goal": "kea", "holder": "dhcpd", "method": "pivot"}', "kea", "dhcpd"),
        ('{"goal": "kea"}', None, None),
        ("[]", None, None),
        ("{", None, None),
    ],
)
def test_a_pair_that_gets_another_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, goal: str | None, holder: str | None
) -> None:
    """Whatever else is unfinished, the move comes first; also if its journal cannot be read."""
    path = tmp_path / "migration.json"
    monkeypatch.setattr(deployment, "MIGRATION", str(path))
    config = tmp_path / "dhcpd.conf"
    (tmp_path / ("dhcpd.conf" + UNPROVEN)).write_text(journal(SWAP))
    lock = str(tmp_path / "lock")
    assert unfinished(str(config), [], None, lock) == Deployment(Step.UNPROVEN, BEGAN, (), True)
    path.write_text(text)
    os.utime(path, (START + 10, START + 10))
    assert unfinished(str(config), [], None, lock) == Deployment(Step.MOVING, LATER, goal=goal, holder=holder)
