# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis has the same examples in every run: however busy the machine, and whatever ran before."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# It also tries constants of the modules that are loaded by then, so a change elsewhere would bring other examples.
pytest.MonkeyPatch().setattr(providers, "_get_local_constants", lambda: providers._local_constants)

# `make fuzz` searches for new examples, that many for each property.
EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
settings.register_profile(
    "project",
    derandomize=not EXAMPLES,
    max_examples=EXAMPLES or 100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")
