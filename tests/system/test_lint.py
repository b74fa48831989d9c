# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Static checks that are quick enough for `make check`."""

from __future__ import annotations

from harness import CACHE, Run


def test_ruff(run: Run) -> None:
    run("ruff", "check")
    run("ruff", "format", "--check")


def test_mypy(run: Run) -> None:
    # Under its collection name, so that imports between the plugins find the working tree.
    run("mypy", CACHE / "tree/ansible_collections/netlab/dhcp_failover/plugins")


def test_what_runs_on_targets_needs_no_more_than_python_39(run: Run) -> None:
    """ruff finds only syntax of later versions; vermin also finds later additions to the standard library."""
    run("vermin", "--quiet", "--no-tips", "--violations", "--target=3.9-", "plugins/modules", "plugins/module_utils")


def test_yamllint(run: Run) -> None:
    run("yamllint", "--strict", ".")


def test_ansible_lint(run: Run) -> None:
    """The files that users run. test_collection.py also checks everything else, which takes more than a minute."""
    run("ansible-lint", "roles", "playbooks", env={"ANSIBLE_HOME": str(CACHE / "ansible-home")})
