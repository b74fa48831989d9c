# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules about leases as Ansible runs them: as programs, with arguments in and JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.setup import PLATFORMS
from ansible_collections.netlab.dhcp_failover.plugins.modules import client_lease_info, lease_info, managed_client

DATA = Path(__file__).parents[1] / "module_utils/data"
CONFIGURATION = 'pool { failover peer "dhcp-failover"; range 172.16.1.220 172.16.1.224; }\n'


def run(module: Any, **arguments: Any) -> dict[str, Any]:
    """The module's result, with `failed` if it fails."""
    environment = {"ANSIBLE_MODULE_ARGS": arguments}
    done = subprocess.run(
        [sys.executable, "-m", module.__name__, json.dumps(environment)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "dhcpd.conf").write_text(CONFIGURATION)
    return str(tmp_path / "dhcpd.conf")


@pytest.mark.parametrize(
    "wanted, addresses",
    [
        ({}, [f"172.16.1.{number}" for number in range(220, 226)]),
        ({"addresses": ["172.16.1.225", "172.16.1.226"]}, ["172.16.1.225"]),
        ({"binding_states": ["active"]}, ["172.16.1.225"]),
        ({"binding_states": ["active"], "addresses": ["172.16.1.220"]}, []),
        ({"hardware": "52:A7:25:57:38:6B"}, ["172.16.1.225"]),
        ({"hardware": "7:25:57:38:6b"}, []),
        ({"client_id": "01:52"}, []),
    ],
)
def test_leases(config: str, wanted: dict[str, Any], addresses: list[str]) -> None:
    found = run(lease_info, lease_file=str(DATA / "primary.leases"), config=config, **wanted)
    assert [lease["address"] for lease in found["leases"]] == addresses
    assert found["changed"] is False


def test_a_client_is_found_by_its_identifier(config: str, tmp_path: Path) -> None:
    (tmp_path / "leases").write_text(
        'lease 10.0.0.1 {\n  binding state active;\n  uid "\\001R\\247";\n}\n'
        "lease 10.0.0.2 {\n  binding state active;\n  uid 01:52:a8;\n}\n"
    )
    found = run(lease_info, lease_file=str(tmp_path / "leases"), config=config, client_id="01:52:A7")
    assert [(lease["address"], lease["client_id"]) for lease in found["leases"]] == [("10.0.0.1", "01:52:a7")]


@pytest.mark.parametrize("wanted, backup, active", [({}, 5, 1), ({"binding_states": ["active"]}, 0, 1)])
def test_a_summary_counts_by_relationship_and_state(
    config: str, wanted: dict[str, Any], backup: int, active: int
) -> None:
    arguments = {"lease_file": str(DATA / "primary.leases"), "config": config, **wanted}
    found = run(lease_info, summary=True, **arguments)
    counted = {line["relationship"]: line for line in found["summary"]}
    assert (counted.get("dhcp-failover", {"backup": 0})["backup"], counted[None]["active"]) == (backup, active)
    assert "leases" not in found
    assert run(lease_info, **arguments)["summary"] == found["summary"]


def test_more_than_the_limit_is_an_error_with_a_remedy(config: str) -> None:
    arguments = {"lease_file": str(DATA / "primary.leases"), "config": config}
    assert len(run(lease_info, limit=6, **arguments)["leases"]) == 6
    found = run(lease_info, limit=5, **arguments)
    assert found["failed"]
    assert "6 leases match, and the limit is 5. Ask for their numbers (summary)" in found["msg"]


def test_a_lease_is_documented_and_tells_its_relationship(config: str) -> None:
    leases = run(lease_info, lease_file=str(DATA / "primary.leases"), config=config)["leases"]
    assert [lease["relationship"] for lease in leases] == ["dhcp-failover"] * 5 + [None]
    assert leases[-1]["ends"] == "2026-11-22T19:05:56Z"
    assert set(leases[-1]) == set(yaml.safe_load(lease_info.RETURN)["leases"]["contains"])


def test_a_database_that_is_not_there_is_named(config: str) -> None:
    found = run(lease_info, lease_file="/no/such/dhcpd.leases", config=config)
    assert found["failed"]
    assert "lease database /no/such/dhcpd.leases: No such file" in found["msg"]


def test_an_interface_that_is_not_there_is_named() -> None:
    found = run(client_lease_info, interface="nosuch0")
    assert found["failed"]
    assert "There is no interface nosuch0 on this host; there are: " in found["msg"]
    assert "lo" in found["msg"]


@pytest.mark.skipif(not any(Path(known.sign).exists() for known in PLATFORMS), reason="an unknown platform")
def test_a_client_is_refused_the_interface_by_which_ansible_comes_in() -> None:
    found = run(managed_client, interface="lo", reached_at="127.0.0.1")
    assert found["failed"]
    assert "interface lo carries 127.0.0.1/8, by which Ansible reaches this host" in found["msg"]
