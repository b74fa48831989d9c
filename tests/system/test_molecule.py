# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenarios: behaviour on real daemons, in molecule's own labs beside any running lab.

There are two labs with the same machines, so that two workers can run scenarios at the same time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from harness import CACHE, MOLECULE, ROOT, Run, runner

# Scenarios that make and remove machines of their own: the lab's, and the one of test_kvm.py.
OWN_MACHINES = {"default", "kvm"}
SCENARIOS = {path.parent.name: path.read_text() for path in sorted(ROOT.glob("molecule/*/molecule.yml"))}
# Those that use pairs of Kea: they take as long as all others.
KEA = [name for name, text in SCENARIOS.items() if "/molecule/common/kea" in text]
DHCPD = [name for name in SCENARIOS if name not in {*OWN_MACHINES, *KEA}]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of containers needs root")


def machines(letter: str) -> Iterator[dict[str, str]]:
    """The environment for a lab with new machines; they are removed at the end whatever happened."""
    run = runner(f"molecule-machines{letter}")
    # Molecule notes there which steps it has taken, so the labs need one each.
    state = {"MOLECULE_EPHEMERAL_DIRECTORY": str(CACHE / f"molecule{letter}"), "MOLECULE_LAB": letter}
    lab = {**MOLECULE, **state}
    run("molecule", "destroy", env=lab)
    try:
        run("molecule", "create", env=lab)
        yield lab
    finally:
        run("molecule", "destroy", env=lab)


@pytest.fixture(scope="module")
def dhcpd_lab() -> Iterator[dict[str, str]]:
    yield from machines("")


@pytest.fixture(scope="module")
def kea_lab() -> Iterator[dict[str, str]]:
    yield from machines("k")


def play(run: Run, scenario: str, lab: dict[str, str]) -> None:
    run("molecule", "test", "--scenario-name", scenario, "--destroy", "never", env=lab)


@pytest.mark.parametrize("scenario", DHCPD)
def test_dhcpd(run: Run, dhcpd_lab: dict[str, str], scenario: str) -> None:
    play(run, scenario, dhcpd_lab)


@pytest.mark.parametrize("scenario", KEA)
def test_kea(run: Run, kea_lab: dict[str, str], scenario: str) -> None:
    play(run, scenario, kea_lab)
