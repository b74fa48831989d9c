# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenario of the KVM lab: a hypervisor in a container, with virtual machines inside it.

It has its own file, so that the slow machines and the other scenarios can share two processors.
"""

from __future__ import annotations

import os

import pytest
from harness import MOLECULE, runner

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of virtual machines needs root")


def test_virtual_machines() -> None:
    """The machines are removed at the end whatever happened."""
    run = runner("molecule-kvm")
    try:
        run("molecule", "test", "--scenario-name", "kvm", "--destroy", "always", env=MOLECULE)
    finally:
        run("molecule", "destroy", "--scenario-name", "kvm", env=MOLECULE)
