# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real dhcpd still gives the recorded answer to every sample, and makes the recorded offers."""

from __future__ import annotations

import os
from pathlib import Path

import effect
import leases
import pytest
import syntax


def test_syntax(dhcpd: Path) -> None:
    record = syntax.read_record()
    answers = syntax.ask_all(dhcpd, syntax.samples())
    other = [
        f"{name}: {answer}, recorded was {record.get(name)}"
        for name, answer in answers.items()
        if answer != record.get(name)
    ]
    assert not other, "\n".join([f"{len(other):,} of {len(answers):,} samples", *other[:50]])


def test_leases(dhcpd: Path) -> None:
    record = leases.read_record()
    answers = leases.ask_all(dhcpd, leases.samples())
    other = [
        f"{name}: {answer.found}, recorded was {record[name].found if name in record else None}"
        for name, answer in answers.items()
        if answer != record.get(name)
    ]
    assert not other, "\n".join([f"{len(other):,} of {len(answers):,} samples", *other[:50]])


def test_effect(dhcpd: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, for a network namespace")
    record = effect.read_record()
    entries = effect.ask_all(dhcpd, effect.samples())
    other = [
        f"{name}: {entry}, recorded was {record.get(name)}"
        for name, entry in entries.items()
        if entry != record.get(name)
    ]
    assert not other, "\n".join([f"{len(other):,} of {len(entries):,} samples", *other[:20]])
