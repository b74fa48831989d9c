# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unknown variables are found only if one of our names was meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.names import ill_typed, unread
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._inventory import known, wrong_variables
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import NAMES

ROOT = Path(__file__).resolve().parents[5]
KNOWN = known()
PLAYBOOKS = "".join(path.read_text() for path in sorted((ROOT / "playbooks").rglob("*.yml")))


@pytest.mark.parametrize(
    "name, meant",
    [
        ("dhcp_server_subnet", "dhcp_server_subnets"),
        ("dhcp_server_host", "dhcp_server_hosts"),
        ("dhcp_server_default_leasetime", "dhcp_server_default_lease_time"),
        ("dhcp_server_authorative", "dhcp_server_authoritative"),
        ("dhcp_server_Failover", "dhcp_server_failover"),
        ("dhcp_client_programm", "dhcp_client_program"),
        ("dhcp_primary_address", "dhcp_server_address"),
        ("kvm_host_networkz", "kvm_host_networks"),
        ("nspawn_host_colour", ""),
        ("dhcp_server_x", ""),
        # With another prefix, only names that are almost the same.
        ("dhcp_servers_failover", "dhcp_server_failover"),
        ("dhcpd_server_failover", "dhcp_server_failover"),
        ("dhcp_sever_subnets", "dhcp_server_subnets"),
        ("nspawn_hosts_machines", "nspawn_host_machines"),
        # Also with common words.
        ("deploy_gate_timout", "deploy_gate_timeout"),
        ("deploy_pair_is_not_normal", "deploy_pair_not_normal"),
        ("status_igore", "status_ignore"),
        ("drill_scenario", "drill_scenarios"),
        ("lab_providr", "lab_provider"),
        ("failover_fence", "failover_fenced"),
    ],
)
def test_a_slip(name: str, meant: str) -> None:
    (found,) = unread({"one": ["ansible_host", name], "two": [name], "three": []}, KNOWN)
    assert (found.slug, found.severity.value) == ("variable-unknown", "error")
    assert (found.servers, found.variable) == (("one", "two"), name)
    assert found.hint == (f"Did you mean {meant}?" if meant else "If it is one of your own, give it another name.")


@pytest.mark.parametrize(("slug", "example"), NAMES.items())
def test_the_example_of_the_rule(slug: str, example: tuple[str, str, str]) -> None:
    bad, good, remedy = example
    (found,) = unread({"one": yaml.safe_load(bad)}, KNOWN)
    assert (found.slug, found.hint) == (slug, remedy)
    assert unread({"one": yaml.safe_load(good)}, KNOWN) == []


@pytest.mark.parametrize(
    "name",
    [
        # Other projects' variables with a similar beginning.
        *(
            "deploy_user",
            "deploy_host",
            "deploy_environment",
            "status_page_url",
            "lab_name",
            "lab_domain",
            "verify_ssl",
        ),
        *(
            "drill_down",
            "recover_point",
            "failover_ip",
            "failover_vip",
            "maintenance_window",
            "adopt_me",
            "drift_threshold",
        ),
        *(
            "dhcp_range",
            "dhcp_subnets",
            "dhcp_servers",
            "dhcp_lease_time",
            "dhcpd_options",
            "dhcp_chain_north",
            "kvm_hosts",
        ),
        *("label", "deployment", "nspawn", "dhcp", "statuses"),
        # Our own variables.
        *(
            "__dhcp_server_halves",
            "dhcp_client_lease",
            "dhcp_server_side",
            "dhcp_server_failover",
            "deploy_gate_timeout",
        ),
    ],
)
def test_variables_of_others_are_no_slip(name: str) -> None:
    assert unread({"one": [name]}, KNOWN) == []


@pytest.mark.parametrize(
    "name, severity, says",
    [
        ("deploy_gate_timout", "error", "Did you mean deploy_gate_timeout?"),
        ("dhcp_server_x", "error", "If it is one of your own"),
        (
            "deploy_force",
            "warning",
            "Variables that begin with deploy_ are deploy_gate_timeout, deploy_pair_not_normal, deploy_settle_timeout.",
        ),
        ("my_own", None, ""),
        ("status_fail", None, ""),
    ],
)
def test_a_fault_in_extra_variables_is_reported_once_for_all_hosts(name: str, severity: str | None, says: str) -> None:
    found = unread({host: [name] for host in ("one", "two")}, KNOWN, [name])
    assert [(one.severity.value, one.servers) for one in found] == ([] if severity is None else [(severity, ())])
    assert all(says in one.hint for one in found)


@pytest.mark.parametrize(
    "variables, variable, words",
    [
        ({"deploy_gate_timeout": "2 minutes"}, "deploy_gate_timeout", '"2 minutes" is not a whole number'),
        ({"deploy_pair_not_normal": "perhaps"}, "deploy_pair_not_normal", "is not true or false"),
        ({"lab_provider": "docker"}, "lab_provider", '"docker" is not nspawn or kvm'),
        ({"status_ignore": {"a": 1}}, "status_ignore", "is not a list"),
        ({"drill_rate": "often"}, "drill_rate", '"often" is not a number'),
        ({"adopt_files": ["a"]}, "adopt_files", "is not a mapping"),
    ],
)
def test_values_of_another_kind(variables: dict[str, Any], variable: str, words: str) -> None:
    (found,) = ill_typed({"one": variables, "two": variables}, KNOWN)
    assert (found.slug, found.servers, found.variable) == ("declaration-invalid", ("one", "two"), variable)
    assert words in found.message


def test_values_of_the_right_kind() -> None:
    good = {"deploy_gate_timeout": "300", "deploy_pair_not_normal": "yes", "lab_provider": "kvm", "drill_rate": "0.5"}
    more = {
        "status_ignore": "partner-elsewhere",
        "maintenance_state": True,
        "status_json": "",
        "drill_scenarios": ["x"],
    }
    assert ill_typed({"one": {**good, **more}}, KNOWN) == []


def test_a_whole_inventory() -> None:
    hostvars = {"one": {"dhcp_server_subnet": [], "deploy_gate_timeout": "x"}, "two": {"deploy_gate_timeout": "y"}}
    hostvars["three"] = {"dhcp_server_subnets": []}
    found = [finding.as_dict() for finding in wrong_variables(hostvars, ["one", "three"])]
    assert [(item["slug"], item["variable"], item["servers"]) for item in found] == [
        ("variable-unknown", "dhcp_server_subnet", ["one"]),
        ("declaration-invalid", "deploy_gate_timeout", ["one"]),
        ("declaration-invalid", None, ["one"]),
    ]
    assert "Nothing is declared for it to serve" in found[-1]["message"]


# --- what is known is what there is --------------------------------------------------------------------------------


def test_playbooks_read_what_they_document() -> None:
    """A playbook reads each with the default given here, and documents it in its header or on a page."""
    told = PLAYBOOKS + "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    for name, spec in KNOWN.playbooks.items():
        assert re.search(rf"\b{name}\b(?!:)", PLAYBOOKS), f"no playbook reads {name}"
        assert told.count(name) > 2, f"nobody documents {name}"
        for default in re.findall(rf"\b{name} \| default\((true|false|[0-9]+|'[a-z]+')[),]", PLAYBOOKS):
            assert yaml.safe_load(default) == spec["default"], f"{name} has another default here"
        if spec["type"] == "bool":
            # With -e NAME=true it is a text.
            assert not re.search(rf"\b{name} \| default\(\w+\)(?! \| bool)", PLAYBOOKS), f"{name} | bool"


def test_registered_variables_are_no_slip() -> None:
    """A check later in a run meets the variables that earlier playbooks have registered."""
    names = set(re.findall(r"^ *register: (\w+)$", PLAYBOOKS, re.M))
    facts = re.findall(r"ansible.builtin.set_fact:\n((?: +.*\n)+)", PLAYBOOKS)
    names |= {name for block in facts for name in re.findall(r"^ +(\w+): ", block, re.M)}
    assert len(names) > 20
    assert unread({"one": sorted(names)}, KNOWN) == []


@pytest.mark.parametrize("folder", sorted((ROOT / "inventories").iterdir()), ids=lambda folder: folder.name)
def test_the_inventories_have_no_slip(folder: Path) -> None:
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(folder)])
    variables = VariableManager(loader, inventory)
    assert unread({host.name: variables.get_vars(host=host) for host in inventory.get_hosts()}, KNOWN) == []
