# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    SEED_RANGE,
    Case,
    E,
    both,
    examine,
    found,
    plain,
    pool,
    primary,
    primary_half,
    secondary,
    seed_subnet,
    serving,
)

CASES = [
    Case("relationship-unused", E, both(seed_subnet(plain(SEED_RANGE))), "no pool refers to it", "one two"),
    Case(
        "relationship-unused",
        E,
        [primary(), serving(secondary(), seed_subnet(plain(SEED_RANGE)))],
        'Add failover peer "x"',
        "two",
        frozenset({"pool-not-failover"}),
    ),
    Case(
        "relationship-unknown",
        E,
        both(seed_subnet(pool(SEED_RANGE), pool("172.16.1.231-172.16.1.240", failover="X"))),
        'relationship "X" is not declared on this server; dhcpd would refuse to start. Did you mean "x"?',
        "one two",
    ),
    Case(
        "relationship-unknown",
        E,
        both(seed_subnet(pool(SEED_RANGE), pool("172.16.1.231-172.16.1.240", failover="quite-another"))),
        "start. Declare it on one and two",
        "one two",
    ),
    Case("relationship-unknown", E, both(seed_subnet(pool(SEED_RANGE, failover="X"))), 'Did you mean "x"?', "one two"),
    Case(
        "relationship-unknown",
        E,
        [primary(), serving(secondary(), seed_subnet(pool(SEED_RANGE, failover="X")))],
        'Did you mean "x"?',
        "two",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault(case: Case) -> None:
    examine(case)


@pytest.mark.parametrize("slug", ["reference-outside-pool", "no-failover-statement", "include-missing"])
def test_not_called_unused_where_the_reference_could_not_be_read(slug: str) -> None:
    servers = [
        replace(server, problems=(Finding(slug, E, (server.name,), "subnet", "A fault.", "Correct it."),))
        for server in both(seed_subnet(plain(SEED_RANGE)))
    ]
    assert {finding.slug for finding in found(servers)} == {slug}


def test_not_called_unknown_where_the_declaration_could_not_be_read() -> None:
    faulty = serving(primary(), seed_subnet(pool(SEED_RANGE, failover="y")), halves=(primary_half(),))
    include = Finding("include-missing", E, ("one",), "", "A file was not given.", "Give it.")
    assert "relationship-unknown" in {finding.slug for finding in found([faulty])}
    assert "relationship-unknown" not in {finding.slug for finding in found([replace(faulty, problems=(include,))])}
