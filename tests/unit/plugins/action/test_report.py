# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines are printed as they are, whatever prints the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible import constants
from ansible.plugins.loader import callback_loader

from ansible_collections.netlab.dhcp_failover.plugins.action import report

LINES = ["client   address", '"one"    192.0.2.1']


def run(monkeypatch: pytest.MonkeyPatch, callback: str, form: str, **arguments: Any) -> dict[str, Any]:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    monkeypatch.setattr(report, "_format", lambda: form)
    task = MagicMock(args={"lines": LINES, **arguments}, async_val=0)
    result: dict[str, Any] = report.ActionModule(task, *(MagicMock() for _part in range(5))).run(task_vars={})
    return result


@pytest.mark.parametrize(
    "callback, form, printed, shown",
    [
        ("default", "json", True, None),
        ("default", "yaml", False, "\n".join(LINES)),
        # Its output is a document, which a line in between would break.
        ("ansible.posix.json", "json", False, LINES),
        ("no.such.callback", "json", False, LINES),
    ],
)
def test_forms(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    callback: str,
    form: str,
    printed: bool,
    shown: object,
) -> None:
    result = run(monkeypatch, callback, form)
    assert capsys.readouterr().out == ("\n".join(LINES) + "\n" if printed else "")
    assert result.get("lines") == shown
    assert "failed" not in result


def test_a_callback_that_is_derived_from_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As AWX's is."""
    (tmp_path / "derived.py").write_text(
        "from ansible.plugins.callback.default import CallbackModule as Default\nclass CallbackModule(Default): pass\n"
    )
    callback_loader.add_directory(str(tmp_path))
    run(monkeypatch, "derived", "json")
    assert capsys.readouterr().out == "\n".join(LINES) + "\n"


def test_failure_has_the_first_line_as_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(monkeypatch, "default", "json", fail=True)
    assert (result["failed"], result["msg"]) == (True, LINES[0])
    assert capsys.readouterr().out == "\n".join(LINES) + "\n"
