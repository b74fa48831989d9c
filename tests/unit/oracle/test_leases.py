# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""We read every lease file as dhcpd was recorded to read it. (tests/system/test_oracle.py asks it again.)"""

from __future__ import annotations

import lease_tables
import leases


def test_the_record_is_about_these_samples() -> None:
    """If not, run `make oracle`."""
    record = {name: answer.digest for name, answer in leases.read_record().items()}
    assert record == {name: leases.digest(data) for name, data in leases.samples().items()}


def test_there_are_enough() -> None:
    assert len(leases.samples()) >= 600
    # A file that crashes dhcpd proves nothing.
    assert sum(answer.found is None for answer in leases.read_record().values()) < 10


def test_we_read_what_dhcpd_reads() -> None:
    found = list(leases.differences(leases.samples(), leases.read_record()))
    assert not found, "\n".join(["", *found])


def test_exceptions_still_hold() -> None:
    excused = {name: leases.samples()[name] for name in lease_tables.EXCEPTIONS}
    found = {one.partition(": ")[0] for one in leases.differences(excused, leases.read_record(), excused=())}
    assert found == set(excused)
