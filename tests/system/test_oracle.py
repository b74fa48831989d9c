# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real daemons still give the recorded answers to samples, and make the recorded offers."""

from __future__ import annotations

import os
from pathlib import Path

import both
import effect
import kea as oracle
import leases
import migration
import pytest
import syntax

# So many samples of both daemons are asked again.
SAMPLES = 60


def recorded(root: Path) -> str:
    """The release in the record that is the one in this root, but for its last number."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a network namespace")
    for release in {row[1] for row in oracle.read_record()}:
        if release.rpartition(".")[0] == root.name.rpartition(".")[0]:
            return release
    pytest.skip(f"Kea {root.name} is not in the record")


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


def test_migrated_leases(dhcpd: Path, kea: Path) -> None:
    """dhcpd's part, and that of the release of Kea that is here."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a root of its own")
    recorded = {(row.sample, asked): row.answer for row in migration.read_record() for asked in row.asked}
    for name, data in migration.samples().items():
        answers = {migration.DHCPD: migration.ask_dhcpd(dhcpd, data)}
        if kea.name in migration.RELEASES:
            for way in migration.WAYS:
                answers |= migration.ask_kea(kea, data, way)
        assert [asked for asked, answer in answers.items() if answer != recorded[name, asked]] == [], name


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


def test_kea_answers_as_recorded(kea: Path) -> None:
    release = recorded(kea)
    record = {row[0]: oracle.Answer(*row[3:]) for row in oracle.read_record() if row[1] == release}
    ready = oracle.has_certificates(kea)
    asked = {name: item for name, item in oracle.samples().items() if ready or "cert-file" not in item.text}
    answers = {name: oracle.ask(kea, item) for name, item in asked.items()}
    other = [
        f"{name}: {answer}, recorded was {record.get(name)}"
        for name, answer in answers.items()
        if answer != record.get(name)
    ]
    assert not other, "\n".join([f"{len(other):,} of {len(answers):,} samples", *other[:20]])


def test_both(kea: Path) -> None:
    release = recorded(kea)
    record = both.read_record()
    asked = list(both.samples().values())[:SAMPLES]
    other = [
        f"{name}: {answers}, recorded was {record[name].answers[release]}"
        for name, answers in both.ask_all(kea, asked).items()
        if answers != record[name].answers[release]
    ]
    assert not other, "\n".join([f"{len(other):,} of {len(asked):,} samples", *other[:20]])
