# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of all rules, and how `check` turns their complaints into findings."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils import _rules
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Findings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules import (
    test_partner,
    test_pools,
    test_relationship,
    test_service,
    test_use,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.declarations import (
    SEED_RANGE,
    Case,
    E,
    W,
    both,
    examine,
    found,
    interval,
    pool,
    primary,
    scope,
    secondary,
    seed_subnet,
    serving,
    subnet,
)

ROOT = Path(__file__).resolve().parents[5]
TABLES = (test_relationship, test_use, test_pools, test_service, test_partner)
# Those of Kea are in test_kea.py.
OF_DHCPD = {slug: rule for slug, rule in RULES.items() if rule.find and "dhcpd" in rule.daemons}
CASES: list[Case] = [case for table in TABLES for case in table.CASES]
NO_BOOTP_DENIED = seed_subnet(pool(SEED_RANGE, permits=frozenset()))


# One cause that several rules would report without `unless`.
CASCADES = [
    Case("address-not-mirrored", E, [primary(address="10.0.0.9"), secondary()], "one has address 10.0.0.9"),
    Case("port-out-of-range", E, [primary(port=70000), secondary()], "70000", "one"),
    Case(
        "lease-time-out-of-range",
        W,
        both(scope=scope(parameters={"min-lease-time": -5, "max-lease-time": -5, "default-lease-time": 600})),
        "min-lease-time is -5",
        also=frozenset({"lease-time-order"}),
    ),
    Case("dynamic-bootp", E, both(seed_subnet(pool(interval(SEED_RANGE, dynamic_bootp=True), permits=frozenset())))),
    Case(
        "relationship-duplicate", E, [serving(primary(), seed_subnet(), halves=(*primary().halves, *primary().halves))]
    ),
]


# --- The registry --------------------------------------------------------------------------------------------


def test_slugs_are_words_with_hyphens() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in RULES)


def test_every_rule_has_a_case() -> None:
    assert set(OF_DHCPD) == {case.slug for case in CASES}


def test_every_severity_has_a_case() -> None:
    declared = {(slug, severity) for slug, rule in OF_DHCPD.items() for severity in rule.severities}
    assert declared == {(case.slug, case.severity) for case in CASES}


@pytest.mark.parametrize("slug", OF_DHCPD)
def test_without_the_rule_its_cases_fail(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rules, "RULES", {name: rule for name, rule in RULES.items() if name != slug})
    for case in CASES:
        if case.slug == slug:
            with pytest.raises(AssertionError):
                examine(case)


@pytest.mark.parametrize("slug", [slug for slug, rule in RULES.items() for _cause in rule.unless])
def test_causes_that_keep_a_rule_quiet_exist(slug: str) -> None:
    assert RULES[slug].unless <= set(RULES)


@pytest.mark.parametrize(
    "slug", sorted({cause for rule in OF_DHCPD.values() for cause in rule.unless if cause in OF_DHCPD})
)
def test_a_rule_would_report_without_unless(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `unless` is needed: without it, some correct expectation fails."""
    monkeypatch.setattr(
        _rules, "RULES", {name: replace(rule, unless=rule.unless - {slug}) for name, rule in RULES.items()}
    )
    assert any(fails(case) for case in [*CASES, *CASCADES])


@pytest.mark.parametrize("case", CASCADES, ids=lambda case: case.id)
def test_cascade(case: Case) -> None:
    examine(case)


def fails(case: Case) -> bool:
    try:
        examine(case)
    except AssertionError:
        return True
    return False


def test_documentation_is_what_the_rules_say() -> None:
    path = ROOT / "tests" / "tools" / "rules_reference.py"
    specification = importlib.util.spec_from_file_location("rules_reference", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    remedy = "run .venv/bin/python tests/tools/rules_reference.py > docs/rules.md"
    assert (ROOT / "docs" / "rules.md").read_text() == module.reference(), remedy
    without = {slug for slug in RULES if not all(module.example(slug))}
    assert without == {"partner-not-given"}, "every other rule has a bad example, a good one and a remedy"


# --- One cause, one finding ----------------------------------------------------------------------------------


def test_partners_share_a_finding() -> None:
    (finding,) = found(both(NO_BOOTP_DENIED))
    assert finding.servers == ("one", "two")
    assert finding.hint == "Add deny dynamic bootp clients to the pool on one and two."


def test_independent_sites_share_no_finding() -> None:
    """Two sites with the same private addresses are independent."""
    site = both(NO_BOOTP_DENIED)
    other = [replace(server, name=f"other-{server.name}") for server in both(NO_BOOTP_DENIED)]
    assert [finding.servers for finding in found([*site, *other])] == [("one", "two"), ("other-one", "other-two")]


def test_different_values_are_different_findings() -> None:
    servers = [primary(auto_partner_down=60), secondary(auto_partner_down=61)]
    assert [finding.servers for finding in found(servers)] == [("one",), ("two",)]


@pytest.mark.parametrize(
    "further, says",
    [
        (0, "never expire."),
        (1, "never expire. The same: subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20."),
        (3, "The same: subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20; subnet 10.0.1.0/24, pool"),
        (4, "pool 10.0.2.10-10.0.2.20; and 1 more place."),
    ],
)
def test_places_share_a_finding(further: int, says: str) -> None:
    subnets = [subnet(f"10.0.{n}.0/24", pool(f"10.0.{n}.10-10.0.{n}.20", permits=frozenset())) for n in range(further)]
    (finding,) = found(both(NO_BOOTP_DENIED, *subnets))
    assert says in finding.message
    assert ("more place" in finding.message) == (further > 3)
    assert len(finding.places) == further
    assert finding.path == "subnet 172.16.1.0/24, pool 172.16.1.220-172.16.1.230"


def test_findings_of_the_reader_come_through_as_they_are() -> None:
    problem = Finding("syntax", E, ("one",), "column 7", "A brace is missing.", "Add it.", 4)
    findings = found([replace(primary(), problems=(problem,)), secondary()])
    assert findings == [problem]


@pytest.mark.parametrize(
    "variable, servers",
    [("dhcp_server_firewall", [("one", "two")]), (None, [("one",), ("two",)])],
    ids=["a group's variable", "text"],
)
def test_a_variable_that_is_wrong_on_several_servers_is_reported_once(variable: str | None, servers: Any) -> None:
    problem = Finding("declaration-invalid", E, (), "", "It is 3.", "Give another.", None, variable)
    estate = [replace(server, problems=(replace(problem, servers=(server.name,)),)) for server in both()]
    assert [finding.servers for finding in found(estate)] == servers


def test_hundreds_of_servers_are_not_all_named() -> None:
    problem = Finding("declaration-invalid", E, tuple("abcde"), "", "It is 3.", "Give another.", None, "dhcp_server_x")
    assert str(problem) == "declaration-invalid: a, b, c and 2 more: dhcp_server_x: It is 3. Give another."
    assert str(replace(problem, servers=tuple("abcd"))).startswith("declaration-invalid: a, b, c and d: ")


def test_lines_are_those_of_the_first_server() -> None:
    one, two = both(NO_BOOTP_DENIED)
    assert [finding.line for finding in found([lined(one, 7), lined(two, 9)])] == [7]
    assert str(found([lined(one, 7), two])[0]).startswith("bootp-not-denied: one and two: line 7, subnet 172.16.1.0/24")


def lined(server: Server, line: int) -> Server:
    pools = tuple(replace(item, line=line) for item in server.subnets[0].pools)
    return replace(server, subnets=(replace(server.subnets[0], pools=pools),))


def test_report() -> None:
    servers = [primary(), replace(secondary(mclt=1800, auto_partner_down=5))]
    report = Findings.of(found(servers))
    assert [finding.slug for finding in report.findings] == ["mclt-on-secondary", "auto-partner-down"]
    assert (len(report.errors), len(report.warnings)) == (1, 1)
    assert Findings.of(found(servers), ignore=["mclt-on-secondary"]).errors == ()
    assert len(Findings.of(found(servers), strict=True).errors) == 2
    assert str(report.errors[0]) == (
        'mclt-on-secondary: two: relationship "x": mclt belongs to the primary only; '
        "dhcpd would ignore it silently. Remove it from two."
    )


# --- Size ----------------------------------------------------------------------------------------------------


def calls(servers: list[Server]) -> int:
    """The number of function calls in `check`: a measure of work that is independent of the machine's load."""
    count = 0

    def trace(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(trace)
    try:
        assert found(servers) == []
    finally:
        sys.setprofile(None)
    return count


def many_pools(number: int) -> list[Server]:
    return both(
        seed_subnet(),
        *(
            subnet(f"10.{n >> 8}.{n & 255}.0/24", pool(f"10.{n >> 8}.{n & 255}.10-10.{n >> 8}.{n & 255}.20"))
            for n in range(number)
        ),
    )


def many_pairs(number: int) -> list[Server]:
    servers = []
    for n in range(number):
        net = f"10.{n >> 8}.{n & 255}"
        network = subnet(f"{net}.0/24", pool(f"{net}.10-{net}.20"))
        servers.append(serving(primary(address=f"{net}.1", peer_address=f"{net}.2"), network, name=f"{n}-one"))
        servers.append(serving(secondary(address=f"{net}.2", peer_address=f"{net}.1"), network, name=f"{n}-two"))
    return servers


def hub(number: int) -> list[Server]:
    """One server with many partners."""
    halves, networks, servers = [], [seed_subnet(pool(SEED_RANGE, failover="0"))], []
    for n in range(number):
        net, name = f"10.{n >> 8}.{n & 255}", str(n)
        network = subnet(f"{net}.0/24", pool(f"{net}.10-{net}.20", failover=name))
        networks.append(network)
        halves.append(replace(primary().halves[0], name=name, peer_address=f"{net}.2"))
        half = replace(secondary().halves[0], name=name, address=f"{net}.2")
        servers.append(
            serving(secondary(), network, *(networks[:1] if n == 0 else ()), name=f"spoke-{n}", halves=(half,))
        )
    return [serving(primary(), *networks, halves=tuple(halves)), *servers]


@pytest.mark.parametrize("build", [many_pools, many_pairs, hub])
def test_work_grows_with_the_size_and_not_with_its_square(build: Callable[[int], list[Server]]) -> None:
    small, large = (calls(build(number)) for number in (40, 400))
    assert large < 13 * small
