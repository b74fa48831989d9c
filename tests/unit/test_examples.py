# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A property test that passes goes on passing until its own test, or what it tests, changes (tests/conftest.py)."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def examples() -> list[int]:
    found = []

    @settings(derandomize=True, max_examples=500)
    @given(st.integers())
    def note(number: int) -> None:
        found.append(number)

    note()
    return found


def test_examples_do_not_depend_on_other_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = examples()
    (tmp_path / "unrelated.py").write_text(f"NUMBERS = {list(range(12345, 13345))}\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("unrelated")
    assert examples() == before
