# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that the system tests share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
BIN = Path(sys.executable).parent

# The `run` fixture: run(*words, cwd=ROOT, timeout=600, env=None, expect=0) -> what the command printed.
Run = Callable[..., str]
