# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system tests themselves: a slow command goes on and shows its steps, a silent one is stopped."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from harness import Run, steps


def test_a_command_may_take_its_time(run: Run) -> None:
    assert run("sh", "-c", "for i in 1 2 3 4 5 6; do sleep 1; echo $i; done", silence=3).split()[-1] == "6"


def test_the_output_is_complete_after_one_that_is_not_ascii(run: Run) -> None:
    assert run("echo", "…" * 20) == "…" * 20 + "\n"
    assert run("echo", "all") == "all\n"


def test_a_silent_command_is_stopped_with_its_children(run: Run) -> None:
    with pytest.raises(pytest.fail.Exception, match="no output for 1 s") as failure:
        run("sh", "-c", "echo begun; sleep 3600; echo ended", silence=1)
    assert "begun" in str(failure.value)
    assert "ended\n" not in str(failure.value)


def test_a_deprecation_warning_is_a_failure_also_where_only_the_log_has_it(run: Run) -> None:
    for target in ("/dev/stdout", '"$ANSIBLE_LOG_PATH"'):
        with pytest.raises(pytest.fail.Exception, match=r"DEPRECATION WARNING.*so it goes"):
            run("sh", "-c", f"echo '[DEPRECATION WARNING]: so it goes' >> {target}")


def test_the_steps_of_running_commands_are_shown(tmp_path: Path) -> None:
    now = time.time()
    for name, text, written in (
        ("old", "p=1 u=root n=ansible INFO| TASK [Build the tree] ****\n", now - 90),
        ("new", "p=1 n=ansible INFO| TASK [Build] ***\n| ok: [one]\n| TASK [role : Wait [x] until up] ***\n", now),
        ("lint", "no step\n", now),
    ):
        (tmp_path / f"{name}.ansible").write_text(text)
        os.utime(tmp_path / f"{name}.ansible", (written, written))
    assert steps(tmp_path, now - 60) == ["new: role : Wait [x] until up"]
