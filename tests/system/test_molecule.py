# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenarios: behaviour on real daemons, in molecule's own lab beside any running lab."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from harness import MOLECULE, ROOT, Run, runner

# Scenarios that make and remove machines of their own: the lab's, and the one of test_kvm.py.
OWN_MACHINES = {"default", "kvm"}
SCENARIOS = sorted({path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")} - OWN_MACHINES)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of containers needs root")


@pytest.fixture(scope="module")
def machines() -> Iterator[None]:
    """New machines for all scenarios; they are removed at the end whatever happened."""
    run = runner("molecule-machines")
    run("molecule", "destroy", env=MOLECULE)
    try:
        run("molecule", "create", env=MOLECULE)
        yield
    finally:
        run("molecule", "destroy", env=MOLECULE)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.usefixtures("machines")
def test_scenario(run: Run, scenario: str) -> None:
    run("molecule", "test", "--scenario-name", scenario, "--destroy", "never", env=MOLECULE)
