# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate that `make bench-estate` measures, without its machines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from lab import OF_DAEMON, inventory, measure, table

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import make_lab
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check


class Variables(Mapping[str, Any]):
    """The variables of a host, and how often one was asked for."""

    def __init__(self, variables: Mapping[str, Any], reads: Counter[int]) -> None:
        self.variables, self.reads = variables, reads

    def __getitem__(self, name: str) -> Any:
        self.reads[0] += 1
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


def servers(pairs: int, reads: Counter[int], daemon: str = "dhcpd") -> list[dict[str, Any]]:
    groups = inventory(pairs, daemon=daemon)["all"]["children"]["lab"]["children"]["dhcp_servers"]["children"]
    hosts = {
        name: Variables({**variables, **group["vars"]}, reads)
        for group in groups.values()
        for name, variables in group["hosts"].items()
    }
    return collect_servers(hosts, list(hosts))


@pytest.mark.parametrize("daemon", OF_DAEMON)
def test_twenty_pairs_have_no_findings(daemon: str) -> None:
    found = servers(20, Counter(), daemon)
    assert len(found) == 40
    assert {server["daemon"] for server in found} == {daemon}
    assert list(check([dialect(daemon).resolve(declare(server), {}) for server in found])) == []


def test_twenty_pairs_and_a_client_are_a_lab() -> None:
    settings = inventory(20, client=True)["all"]["vars"]
    lab = make_lab("bench", settings["nspawn_host_networks"], settings["nspawn_host_machines"], {"bookworm": "/base"})
    devices = [*lab.links.values(), *(network.bridge for network in lab.networks)]
    assert len(set(devices)) == len(devices) == 2 * 41 + 21


def test_a_server_costs_the_same_beside_many_pairs() -> None:
    few: Counter[int] = Counter()
    many: Counter[int] = Counter()
    servers(2, few)
    servers(20, many)
    assert few[0] > 0
    assert many[0] == 10 * few[0]


def test_what_a_command_costs() -> None:
    script = "print('TASK [one] ***'); print('ok: [a]'); print('TASK [two] ***'); print('skipping: [a]')"
    run = measure([sys.executable, "-c", f"sum(range(3000000)); {script}"])
    assert [name for name, _seconds in run.tasks] == ["one"]
    assert run.of("one") <= run.seconds
    assert run.cpu > 0


def test_a_table() -> None:
    assert table(["a", "b"], [["c", 1]]) == "| a | b |\n| --- | ---: |\n| c | 1 |"
