# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every daemon holds what the clients were promised, and we read what it has written."""

from __future__ import annotations

import migration
import pytest
from migration import COMMANDS, DHCPD, RELEASES, WAYS, WRITTEN

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding

RECORD = migration.read_record()
ASKED = [(row, asked) for row in RECORD for asked in row.asked]
OF_KEA = [(row, asked) for row, asked in ASKED if asked.partition(" ")[2] in WAYS]


def name(value: object) -> str:
    return value.sample if isinstance(value, migration.Row) else str(value)


def in_kea(row: migration.Row, asked: str) -> list[tuple[Binding, int]]:
    """What a release was told to hold. It keeps names in lower case."""
    found = migration.placed(migration.samples()[row.sample], asked.partition(" ")[0])
    return [(held._replace(hostname=held.hostname.lower(), kind=1), subnet) for held, subnet in found]


def test_the_record_is_about_these_samples() -> None:
    """If not, run `tests/oracle/migration.py record`."""
    assert {row.sample: row.digest for row in RECORD} == {
        sample: migration.digest(data) for sample, data in migration.samples().items()
    }
    everybody = {DHCPD, *(f"{release} {way}" for release in RELEASES for way in (*WAYS, WRITTEN))}
    for sample in migration.samples():
        assert {asked for row, asked in ASKED if row.sample == sample} == everybody


@pytest.mark.parametrize("row, asked", OF_KEA, ids=name)
def test_what_kea_tells(row: migration.Row, asked: str) -> None:
    assert row.answer.refused == []
    assert migration.told(row.answer) == in_kea(row, asked)


@pytest.mark.parametrize("row, asked", [one for one in ASKED if one[1].endswith(WRITTEN)], ids=name)
def test_what_kea_writes(row: migration.Row, asked: str) -> None:
    """After the commands."""
    assert migration.written(row.answer, asked) == [held for held, _subnet in in_kea(row, asked)]


@pytest.mark.parametrize("row, asked", [one for one in ASKED if one[1] == DHCPD], ids=name)
def test_what_dhcpd_writes(row: migration.Row, asked: str) -> None:
    # A name that it could not write plainly is left out.
    wanted = [
        held._replace(hostname=b"") if {*held.hostname} & {*b'"\\'} else held
        for held in migration.kept(migration.samples()[row.sample])
    ]
    assert migration.written(row.answer, asked) == wanted
    assert wanted
    assert row.answer.file.count("my state normal at 0 2026/11/22 00:00:00;") == 2


def test_commands_are_asked() -> None:
    assert any(COMMANDS in asked for _row, asked in ASKED)
