# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From live configurations to an inventory, and from that inventory back to no drift."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.live import live_adopt, live_drift
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import paths
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.variables import adopt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import render
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Live
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.declared import (
    variables as kea_variables,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import edited

FIXTURES = Path(__file__).parents[1] / "plugins/module_utils/fixtures"
ONE = (FIXTURES / "seed-primary.conf").read_text()
TWO = (FIXTURES / "seed-secondary.conf").read_text()


class Loader(yaml.SafeLoader):
    """Read Ansible's own tag as the text that it marks."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def entries(**texts: str) -> dict[str, dict[str, Any]]:
    return {name: {"config": text, "includes": {}, "interfaces": ["ens9"]} for name, text in texts.items()}


def hostvars(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The host variables that Ansible would read from these files."""
    data = {name: yaml.load(text, Loader) for name, text in files.items()}  # noqa: S506 - a safe loader
    children = data["hosts.yml"]["all"]["children"]
    found: dict[str, dict[str, Any]] = {}
    for group, content in children.items():
        for host in content.get("hosts", {}):
            found.setdefault(host, {}).update(data.get(f"group_vars/{group}.yml", {}))
    for host, variables in found.items():
        variables.update(data.get(f"host_vars/{host}.yml", {}))
    return found


def round_trip(**texts: str) -> dict[str, Any]:
    """Adopt these configurations, and check that there is no drift afterwards."""
    live = entries(**texts)
    found = live_adopt(live)
    declared = collect_servers(hostvars(found["files"]), list(texts))
    result = live_drift(live, declared)
    assert result["hosts"] == [
        {"name": name, "problem": None, "differences": [], "notes": host["notes"]}
        for name, host in zip(texts, result["hosts"])
    ]
    assert result["drifted"] == []
    return {name: yaml.load(text, Loader) for name, text in found["files"].items()}  # noqa: S506 - a safe loader


def test_a_pair_is_declared_once() -> None:
    files = round_trip(one=ONE, two=TWO)
    assert files["group_vars/dhcp_servers.yml"]["dhcp_server_failover"] == [
        {
            "name": "dhcp-failover",
            "primary": "one",
            "secondary": "two",
            "port": 647,
            "mclt": 1800,
            "split": 128,
            "max_response_delay": 180,
            "max_unacked_updates": 10,
            "load_balance_max_seconds": 3,
        }
    ]
    assert files["host_vars/two.yml"] == {
        "dhcp_server_address": "172.16.1.200",
        "dhcp_server_interfaces": [{"name": "ens9"}],
    }
    groups = files["hosts.yml"]["all"]["children"]
    assert {name: list(group["hosts"]) for name, group in groups.items()} == {
        "dhcp_servers": ["one", "two"],
        "dhcp_primary": ["one"],
        "dhcp_secondary": ["two"],
    }


def test_differing_settings_become_host_variables() -> None:
    files = round_trip(one=ONE, two=TWO.replace("option routers 172.16.1.1", "option routers 172.16.1.2"))
    assert "dhcp_server_subnets" not in files["group_vars/dhcp_servers.yml"]
    assert files["host_vars/one.yml"]["dhcp_server_subnets"][0]["options"]["routers"] == "172.16.1.1"
    assert files["host_vars/two.yml"]["dhcp_server_subnets"][0]["options"]["routers"] == "172.16.1.2"


def test_the_order_of_subnets_is_no_difference() -> None:
    more = "subnet 10.0.0.0 netmask 255.255.255.0 { }\n"
    files = round_trip(one=ONE + more, two=more + TWO)
    assert len(files["group_vars/dhcp_servers.yml"]["dhcp_server_subnets"]) == 2


def test_halves_that_disagree_stay_halves() -> None:
    files = round_trip(one=ONE, two=TWO.replace("max-response-delay 180", "max-response-delay 60"))
    assert files["host_vars/two.yml"]["dhcp_server_failover"][0]["role"] == "secondary"
    assert files["host_vars/one.yml"]["dhcp_server_failover"][0]["peer_address"] == "172.16.1.200"


def test_non_default_ports_are_written() -> None:
    one = ONE.replace(" port 647", " port 700", 1)
    two = TWO.replace("peer port 647", "peer port 700")
    (found,) = round_trip(one=one, two=two)["group_vars/dhcp_servers.yml"]["dhcp_server_failover"]
    assert (found["primary_port"], found["secondary_port"]) == (700, 647)
    assert "port" not in found


def test_a_partner_that_is_not_there() -> None:
    files = round_trip(one=ONE)
    assert files["group_vars/dhcp_servers.yml"] or files["host_vars/one.yml"]


def test_every_pair_has_its_own_group() -> None:
    one, two = (text.replace("172.16.1.", "172.16.9.") for text in (ONE, TWO))
    files = round_trip(one=ONE, two=TWO, three=one, four=two)
    assert files["group_vars/dhcp_servers_1.yml"]["dhcp_server_subnets"][0]["subnet"] == "172.16.1.0/24"
    assert files["group_vars/dhcp_servers_2.yml"]["dhcp_server_subnets"][0]["subnet"] == "172.16.9.0/24"
    assert list(files["hosts.yml"]["all"]["children"]["dhcp_servers"]["children"]) == [
        "dhcp_servers_1",
        "dhcp_servers_2",
    ]


HUB = """
failover peer "north" { primary; address 10.1.0.1; peer address 10.1.0.2; mclt 60; split 128; }
failover peer "south" { secondary; address 10.2.0.1; peer address 10.2.0.2; }
subnet 10.1.0.0 netmask 255.255.255.0 { pool { failover peer "north"; range 10.1.0.10 10.1.0.20; } }
subnet 10.2.0.0 netmask 255.255.255.0 { pool { failover peer "south"; range 10.2.0.10 10.2.0.20; } }
"""
NORTH = """
failover peer "north" { secondary; address 10.1.0.2; peer address 10.1.0.1; }
subnet 10.1.0.0 netmask 255.255.255.0 { pool { failover peer "north"; range 10.1.0.10 10.1.0.20; } }
"""
SOUTH = """
failover peer "south" { primary; address 10.2.0.2; peer address 10.2.0.1; mclt 60; split 128; }
subnet 10.2.0.0 netmask 255.255.255.0 { pool { failover peer "south"; range 10.2.0.10 10.2.0.20; } }
"""


def test_a_chain_of_relationships() -> None:
    files = round_trip(north=NORTH, hub=HUB, south=SOUTH)
    relationships = files["group_vars/dhcp_servers.yml"]["dhcp_server_failover"]
    assert [(item["name"], item["primary"], item["secondary"]) for item in relationships] == [
        ("north", "hub", "north"),
        ("south", "south", "hub"),
    ]
    assert relationships[1]["secondary_address"] == "10.2.0.1"


def test_text_of_the_configuration_is_no_template() -> None:
    found = live_adopt(entries(one=ONE + 'option host-name "{{ lookup(1) }}";', two=TWO))
    assert "dhcp_server_options:\n  host_name: !unsafe '{{ lookup(1) }}'\n" in found["files"]["host_vars/one.yml"]


def test_text_of_several_lines_is_a_block() -> None:
    more = 'if known { option host-name "x"; }'
    found = live_adopt(entries(one=ONE + more, two=TWO + more))
    text = found["files"]["group_vars/dhcp_servers.yml"]
    assert 'dhcp_server_extra: |\n  if known {\n      option host-name "x";\n  }\n' in text
    (kept,) = found["servers"][0]["extra"]
    assert kept["statement"] == 'if known {\n    option host-name "x";\n}'
    assert (kept["place"], kept["why"]) == ("global", "a condition")


def test_disagreements_of_the_files_are_reported() -> None:
    found = live_adopt(entries(one=ONE, two=TWO.replace("172.16.1.230", "172.16.1.229")))
    (pair,) = found["partners"]
    assert pair["servers"] == ["one", "two"]
    assert [item["message"] for item in pair["differences"]] == [
        "subnet 172.16.1.0/24, pool 172.16.1.220-172.16.1.229, range 172.16.1.230: only on one"
    ]
    assert "range-mismatch" in [finding["slug"] for finding in found["findings"]]


def test_drift_reports_files_that_were_not_read() -> None:
    live = {**entries(one=ONE), "two": {"msg": "two: unreachable"}, "three": {"config": None}, "four": {}}
    found = live_drift(live, [])
    assert [(host["name"], host["problem"]) for host in found["hosts"]] == [
        ("one", None),
        ("two", "two: unreachable"),
        ("three", "there is no configuration"),
        ("four", "it was not read"),
    ]
    assert found["drifted"] == ["one", "two", "three", "four"]
    assert {item["kind"] for item in found["hosts"][0]["differences"]} == {"extra"}


# --- what is not proven is not written ------------------------------------------------------------------------------


def test_adopted_parts_are_reported() -> None:
    server = live_adopt(entries(one=ONE, two=TWO))["servers"][0]
    assert server["adopted"] == "1 relationship, 1 subnet, 1 pool"
    assert (server["problem"], server["rejected"], server["differences"]) == (None, [], [])


def unproven(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Simulate an unknown fault that loses part of one server's configuration."""

    def adopt_less(server: str, text: str, includes: Mapping[str, str]) -> Adopted:
        found = adopt(server, text, includes)
        if server == name:
            del found.variables["subnets"][0]["options"]["routers"]
        return found

    monkeypatch.setattr(dialect("dhcpd"), "adopt", adopt_less)


def test_a_server_that_is_not_proven_is_not_written_nor_its_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    unproven(monkeypatch, "two")
    one, two = (text.replace("172.16.1.", "172.16.9.") for text in (ONE, TWO))
    found = live_adopt(entries(one=ONE, two=TWO, three=one, four=two))
    assert (found["failed"], found["unwritten"]) == (["two"], ["one", "two"])
    assert [item["message"] for item in found["servers"][1]["differences"]] == [
        "subnet 172.16.1.0/24, option routers: 172.16.1.1 in the configuration, nothing in the variables"
    ]
    files = "".join(found["files"].values())
    assert "172.16.9." in files
    assert "172.16.1." not in files


def test_nothing_is_written_if_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    unproven(monkeypatch, "one")
    found = live_adopt(entries(one=ONE, two=TWO))
    assert (found["files"], found["unwritten"]) == ({}, ["one", "two"])


def test_a_server_that_dhcpd_rejects_prevents_writing_its_partner() -> None:
    other = "subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.9; }"
    found = live_adopt(entries(one=ONE, two=TWO + "option routers 10.0.0.1 }", three=other))
    assert (found["failed"], found["unwritten"]) == (["two"], ["one", "two"])
    assert [server["name"] for server in found["servers"] if server["problem"]] == ["two"]
    assert "172.16.1." not in "".join(found["files"].values())
    assert "10.0.0.0/24" in found["files"]["host_vars/three.yml"] + found["files"].get(
        "group_vars/dhcp_servers.yml", ""
    )


def test_a_configuration_with_an_unread_include_cannot_be_proven() -> None:
    found = live_adopt(entries(one=ONE + 'include "/etc/dhcp/more.conf";', two=TWO))
    assert found["failed"] == ["one"]
    assert 'file "/etc/dhcp/more.conf" was not read' in found["servers"][-1]["problem"]


def test_nothing_to_adopt_is_said() -> None:
    found = live_adopt({**entries(one=ONE), "two": {"config": None}, "three": {"msg": "Permission denied"}})
    assert found == {
        "refusal": "Nothing was adopted, because not every configuration could be read: two: there is no "
        "configuration; three: Permission denied"
    }


# --- what leaves the host -------------------------------------------------------------------------------------------


def test_a_file_and_its_copy_are_read_with_what_they_include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "c2VjcmV0LXNlY3JldA=="  # noqa: S105 - what must not be found again
    (tmp_path / "dhcpd.conf").write_text('include "/etc/dhcp/keys.conf"; include "/etc/dhcp/gone.conf";')
    (tmp_path / "keys.conf").write_text(f'key k {{ secret "{secret}"; }}')
    (tmp_path / "defaults").write_text('INTERFACESv4="ens9"')
    monkeypatch.setattr(paths, "DEFAULTS_FILES", (str(tmp_path / "none"), str(tmp_path / "defaults")))
    copies = Reader(str(tmp_path))
    found = DhcpdControl(str(tmp_path / "dhcpd.conf")).live(copies)
    assert secret not in repr(found)
    assert list(found.includes) == ["/etc/dhcp/keys.conf"]
    assert copies.missing == {"/etc/dhcp/gone.conf": f"{tmp_path}/gone.conf: No such file or directory"}
    assert found.interfaces == []
    assert DhcpdControl(str(tmp_path / "no.conf")).live(Reader()) == Live(interfaces=["ens9"])


# --- what is printed ------------------------------------------------------------------------------------------------


def test_the_report_of_drift() -> None:
    live = {**entries(one=ONE.replace("option routers 172.16.1.1;", "")), "two": {"config": None}}
    declared = collect_servers(hostvars(live_adopt(entries(one=ONE))["files"]), ["one"])
    lines = live_drift(live, declared)["lines"]
    assert lines[:2] == [
        "one: 1 difference",
        "  subnet 172.16.1.0/24, option routers: nothing live, 172.16.1.1 declared",
    ]
    assert "two: NOT READ: there is no configuration" in lines
    assert any(line.startswith("rules on what is live: ") for line in lines)


def test_the_report_of_adopting() -> None:
    more = 'if known { option host-name "x"; }'
    lines = live_adopt(entries(one=ONE + more, two=TWO), "here")["lines"]
    assert lines[:3] == [
        "one: the variables mean the same as its configuration",
        "  adopted: 1 relationship, 1 subnet, 1 pool",
        f"  stays text: global, line {ONE.count(chr(10)) + 1}: a condition",
    ]
    assert lines[3:6] == ["      if known {", '          option host-name "x";', "      }"]
    assert "one and two: their files disagree" in lines
    assert '  if known { option host-name "x"; }: only on one' in lines
    assert lines[-1].startswith("written to here: hosts.yml, ")


def test_the_report_of_a_server_that_is_not_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = live_adopt(entries(one=ONE, two=TWO + "option routers 10.0.0.1 }"))["lines"]
    assert any(line.startswith("two: NOT ADOPTED: dhcpd itself would not take this configuration.") for line in refused)
    assert refused[-1] == "nothing was written for one, two"
    unproven(monkeypatch, "two")
    lines = live_adopt(entries(one=ONE, two=TWO))["lines"]
    at = lines.index("two: NOT ADOPTED: the file that the role would write differs from its configuration")
    assert lines[at + 1] == (
        "  subnet 172.16.1.0/24, option routers: 172.16.1.1 in the configuration, nothing in the variables"
    )


# --- Kea ------------------------------------------------------------------------------------------------------------


def kea(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A declared Kea server and the data of its file."""
    declared = kea_variables("one", **more)
    return declared, render(declare(declared))


def drifted(data: Any, declared: Mapping[str, Any], running: Any = None) -> list[str]:
    """The differences of a server with this file."""
    live = {"config": json.dumps(data), "includes": {}, "running": json.dumps(running) if running else None}
    (found,) = live_drift({"one": live}, [declared])["hosts"]
    assert found["problem"] is None
    return [item["message"] for item in found["differences"]]


CHANGES: tuple[tuple[str, Any, str], ...] = (
    (
        "subnet4.0.option-data.0.data",
        "172.16.1.9",
        "subnet 172.16.1.0/24, option routers: 172.16.1.9 live, 172.16.1.1 declared",
    ),
    ("subnet4.0.id", 7, "subnet 172.16.1.0/24, id: 7 live, 2886729984 declared"),
    (
        "subnet4.0.pools.0.pool",
        "172.16.1.220 - 172.16.1.229",
        "subnet 172.16.1.0/24, pool 172.16.1.220-172.16.1.230, range 172.16.1.230: only declared",
    ),
    (
        "subnet4.0.relay",
        {"ip-addresses": ["10.0.0.1"]},
        'subnet 172.16.1.0/24, relay: {"ip-addresses": ["10.0.0.1"]} live, nothing declared',
    ),
    (
        "subnet4.0.option-data.0.always-send",
        True,
        "subnet 172.16.1.0/24, option routers, always-send: true live, nothing declared",
    ),
    ("valid-lifetime", 600, "default-lease-time: 600 live, 43200 declared"),
    ("loggers", [{"name": "kea-dhcp4"}], 'loggers: [{"name": "kea-dhcp4"}] live, nothing declared'),
    ("lease-database.persist", False, "lease-database, persist: false live, true declared"),
    (
        "hooks-libraries.2.parameters.high-availability.0.heartbeat-delay",
        9000,
        'relationship "x", heartbeat-delay: 9000 live, 2000 declared',
    ),
    (
        "hooks-libraries.2.parameters.high-availability.0.peers.1.url",
        "http://172.16.1.200:8001/",
        'relationship "x", peer "x-secondary", url: http://172.16.1.200:8001/ live, http://172.16.1.200:8000/ declared',
    ),
    ("hooks-libraries.1.library", "libdhcp_bootp.so", "library libdhcp_stat_cmds.so: only declared"),
)


@pytest.mark.parametrize("path, value, message", CHANGES)
def test_what_drifts_on_kea(path: str, value: Any, message: str) -> None:
    declared, data = kea()
    assert drifted(data, declared) == []
    assert drifted(edited(data, {f"Dhcp4.{path}": value}), declared)[:1] == [message]


def test_what_kea_runs_with_is_compared_with_its_file() -> None:
    declared, data = kea()
    loaded = edited(data, {"Dhcp4.subnet4.0.option-data.0.data": "172.16.1.9", "Dhcp4.subnet4.0.t1-percent": 0.5})
    assert drifted(data, declared, loaded) == [
        "subnet 172.16.1.0/24, option routers: 172.16.1.9 running, 172.16.1.1 in the file"
    ]
    assert drifted(data, declared, edited(data, {"Dhcp4.parked-packet-limit": 256})) == []


def test_the_rules_judge_what_kea_runs_with() -> None:
    one, data = kea()
    two = kea_variables("two")
    partner = render(declare(two))
    stale = edited(partner, {"Dhcp4.subnet4.0.pools.0.pool": "172.16.1.220 - 172.16.1.225"})
    live = {
        "one": {"config": json.dumps(data)},
        "two": {"config": json.dumps(partner), "running": json.dumps(stale)},
    }
    found = live_drift(live, [one, two])
    assert found["drifted"] == ["two"]
    assert "range-mismatch" in {finding["slug"] for finding in found["findings"]}


def test_another_daemon_is_one_difference() -> None:
    declared, data = kea()
    assert drifted(data, {**declared, "daemon": "dhcpd"}) == [
        "daemon: kea live, dhcpd declared; a running pair gets it by the playbook migrate_back"
    ]
