# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's deprecation warnings are failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible.utils.display import Display


@pytest.fixture(autouse=True)
def no_deprecations(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Turn Ansible's deprecation warnings into failures. (pyproject.toml does so for Python's.)"""
    found: list[str] = []
    display = Display.display

    def watch(self: Display, msg: str, *words: Any, **more: Any) -> None:
        if "[DEPRECATION WARNING]" in msg:
            found.append(msg)
        display(self, msg, *words, **more)

    monkeypatch.setattr(Display, "display", watch)
    yield
    assert found == []
