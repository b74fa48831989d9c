# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check as operators see it: no option skips it, it reports every fault once, and it contacts no host."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Run

PLAYBOOKS = "netlab.dhcp_failover."
FAILOVER = {
    "name": "pair",
    "primary": "dhcp_server1",
    "secondary": "dhcp_server2",
    "mclt": 1800,
    "split": 128,
    "max_response_delay": 60,
    "max_unacked_updates": 10,
    "load_balance_max_seconds": 3,
}
SUBNET = {
    "subnet": "192.0.2.0/24",
    "options": {"routers": ["192.0.2.1"]},
    "pools": [{"failover": "pair", "ranges": ["192.0.2.100-192.0.2.199"]}],
}
# Nothing answers there, so a task that contacts a server fails.
NOWHERE = {"ansible_host": "192.0.2.250", "ansible_ssh_common_args": "-o ConnectTimeout=1"}
HOSTS = {
    f"dhcp_server{number}": {
        "dhcp_server_interfaces": [{"name": "ens9", "address": f"192.0.2.{number + 1}/24"}],
        **NOWHERE,
    }
    for number in (1, 2)
}
PAIR: dict[str, Any] = {
    "dhcp_servers": {
        "hosts": HOSTS,
        "vars": {"dhcp_server_failover": [FAILOVER], "dhcp_server_subnets": [SUBNET]},
    },
    "clients": {"hosts": {"client": NOWHERE}},
}
GOOD = (
    'relationship "pair": primary dhcp_server1 (192.0.2.2), secondary dhcp_server2 (192.0.2.3); '
    "1 pool with 100 addresses"
)


def changed(**variables: Any) -> dict[str, Any]:
    """The pair with changed group variables."""
    found = copy.deepcopy(PAIR)
    found["dhcp_servers"]["vars"].update(variables)
    return found


@pytest.fixture
def play(run: Run, tmp_path: Path) -> Any:
    def command(playbook: str, inventory: Any, *words: str, expect: int = 0, **more: Any) -> str:
        path = tmp_path / "hosts.yml"
        path.write_text(yaml.safe_dump(inventory))
        name = playbook if "/" in playbook else PLAYBOOKS + playbook
        text = run("ansible-playbook", "-i", path, name, *words, expect=expect, **more)
        return re.sub(r"\s+", " ", text)

    return command


NOT_LEFT_OUT = [
    [],
    ["--limit", "dhcp_servers"],
    ["--limit", "dhcp_server2"],
    ["--tags", "dhcp_server_config"],
    ["--skip-tags", "always"],
    ["--skip-tags", "always", "--tags", "dhcp_server_install"],
    ["--skip-tags", "dhcp_server_config", "--limit", "dhcp_server1"],
]


@pytest.mark.parametrize("words", NOT_LEFT_OUT, ids=" ".join)
def test_no_option_skips_the_check(play: Any, words: list[str]) -> None:
    """The fault is on the primary, which some of these runs exclude."""
    text = play("deploy", changed(dhcp_server_failover=[{**FAILOVER, "split": 300}]), *words, expect=2)
    assert text.count("ERROR split-out-of-range: dhcp_server1:") == 1
    assert text.count("split 300 is outside") == 1
    assert "1 error, see above. Nothing was touched." in text
    assert "UNREACHABLE" not in text


@pytest.mark.parametrize("words", NOT_LEFT_OUT[:5], ids=" ".join)
def test_valid_relationships_are_printed(play: Any, words: list[str]) -> None:
    text = play("validate", PAIR, *words)
    assert GOOD in text
    assert "1 relationship of 2 servers: no errors and no warnings." in text


def test_a_deployment_without_its_plan_touches_nothing(play: Any) -> None:
    text = play("deploy", PAIR, "--skip-tags", "always", expect=2)
    assert GOOD in text
    assert "there is no plan, and nothing was touched" in text
    assert "UNREACHABLE" not in text


def test_other_pairs_stop_only_a_run_that_is_about_them(play: Any) -> None:
    inventory = copy.deepcopy(PAIR)
    other = {**FAILOVER, "name": "other", "primary": "north", "secondary": "south", "split": 300}
    inventory["dhcp_servers"]["children"] = {
        "office": {
            "hosts": {
                name: {"dhcp_server_interfaces": [{"name": "eno1", "address": f"198.51.100.{number}/24"}]}
                for number, name in enumerate(("north", "south"), 2)
            },
            "vars": {
                "dhcp_server_failover": [other],
                "dhcp_server_subnets": [
                    {
                        "subnet": "198.51.100.0/24",
                        "pools": [{"failover": "other", "ranges": "198.51.100.50-198.51.100.99"}],
                    }
                ],
            },
        }
    }
    text = play("validate", inventory, "--limit", "dhcp_server1")
    assert GOOD in text
    assert "Also 1 error about servers that this run leaves out." in text
    for words in ([], ["--limit", "south"]):
        assert "split-out-of-range: north" in play("validate", inventory, *words, expect=2)


def test_no_server(play: Any) -> None:
    elsewhere = {"servers": PAIR["dhcp_servers"]}
    for playbook in ("validate", "deploy"):
        text = play(playbook, elsewhere, expect=2)
        assert (
            "No host to deploy: the inventory has no host in groups dhcp_servers, dhcp_primary and dhcp_secondary."
            in text
        )
        assert "set for dhcp_server1, dhcp_server2: put servers into group dhcp_servers." in text
    text = play("deploy", PAIR, "--limit", "client", expect=2)
    assert "No host to deploy: --limit leaves out every server, that is dhcp_server1, dhcp_server2." in text
    for playbook in ("status", "drift", "adopt", "verify", "maintenance", "partner_down", "rejoin"):
        assert "No pair in this inventory: " in play(playbook, {"all": {}}, expect=2), playbook


# --- what operators type --------------------------------------------------------------------------------------------

HOST = {
    "dhcp_server_firewal": "nftables",
    "dhcp_server_firewall": "iptables",
    "dhcp_server_interface_provider": "netplan",
}
TYPED: dict[str, Any] = {
    "dhcp_servers": {
        "hosts": {
            "dhcp_server1": {**HOST, "dhcp_server_interfaces": [{"name": "ens9", "address": "192.0.2.2"}]},
            "dhcp_server2": {"dhcp_server_interfaces": ["ens9"], "dhcp_server_address": "192.0.2.3"},
            "dhcp_server3": {"dhcp_servers_failover": []},
        },
        "vars": {
            "dhcp_server_failover": [
                {**FAILOVER, "split": "50%", "mclt": "1h"},
                {**FAILOVER, "name": 'a"b; }'},
                {**FAILOVER, "name": "typo", "secondary": "dhcp-server2"},
                {**FAILOVER, "name": "far", "secondary": "dhcp_server9", "port": 648},
            ],
            "dhcp_server_subnets": [
                {**SUBNET, "options": {"routers": "192.0.2.1"}, "ranges": ["192.0.2.300"], "subnets": []},
                {"subnet": "2001:db8::/64"},
                {"subnet": "198.51.100.0/24", "options": {"domain_name": "{{ nowhere_defined }}"}},
            ],
            "dhcp_server_hosts": [
                {"name": "one", "hardware": "52:54:00:c1:fb"},
                {"name": "two", "hardware": "52-54-00-c1-fb-9c"},
                {"name": "three", "hardware": 41135085296},
            ],
            "dhcp_server_default_leasetime": 600,
            "dhcp_server_authorative": True,
            "dhcp_server_omapi": "perhaps",
            "dhcp_server_validate_ignore": ["no-such-rule"],
            "deploy_settle_timeout": "2 minutes",
        },
    },
    "clients": {"hosts": {"client": {"dhcp_client_programm": "dhclient"}}},
}
BOTH = "dhcp_server1 and dhcp_server2"
ALL = "dhcp_server1, dhcp_server2 and dhcp_server3"
TOLD = [
    # Names.
    ("dhcp_server1: dhcp_server_firewal:", "Did you mean dhcp_server_firewall?"),
    ("dhcp_server3: dhcp_servers_failover:", "Did you mean dhcp_server_failover?"),
    (f"{ALL}: dhcp_server_default_leasetime:", "Did you mean dhcp_server_default_lease_time?"),
    (f"{ALL}: dhcp_server_authorative:", "Did you mean dhcp_server_authoritative?"),
    ("client: dhcp_client_programm:", "Did you mean dhcp_client_program?"),
    ("deploy_gate_timout, given with -e:", "Did you mean deploy_gate_timeout?"),
    # Choices, types, units, formats.
    ("dhcp_server1: dhcp_server_firewall:", '"iptables" is not nftables, firewalld or none. Did you mean "nftables"?'),
    (
        "dhcp_server1: dhcp_server_interface_provider:",
        '"netplan" is not auto, systemd-networkd, networkmanager, ifupdown or none.',
    ),
    ("dhcp_server1: dhcp_server_interfaces[0].address:", 'with its prefix length. Write "192.0.2.2/24"'),
    ("dhcp_server2: dhcp_server_interfaces[0]:", '"ens9" is not a mapping. Write {name: ens9,'),
    (f'{ALL}: dhcp_server_failover[0].split, relationship "pair":', "from 0 to 256"),
    (
        f'{ALL}: dhcp_server_failover[0].mclt, relationship "pair":',
        '"1h" is not a whole number of seconds. Write 3600.',
    ),
    (f"{ALL}: dhcp_server_failover[1].name,", "without quotation marks, backslashes and line breaks"),
    (
        f"{ALL}: dhcp_server_failover[2].secondary,",
        '"dhcp-server2" is not a host of this inventory. Did you mean "dhcp_server2"?',
    ),
    (f"{ALL}: dhcp_server_failover[3].secondary,", '"dhcp_server9" is not a host of this inventory. Did you mean'),
    (f"{ALL}: dhcp_server_subnets[0].ranges[0], subnet 192.0.2.0/24:", "is not a range of IPv4 addresses"),
    (f"{ALL}: dhcp_server_subnets[0].subnets, subnet 192.0.2.0/24:", "Did you mean `subnet`?"),
    (f"{ALL}: dhcp_server_subnets[1].subnet,", "Failover is for IPv4 only."),
    (f"{ALL}: dhcp_server_subnets[2].options.domain_name:", "It cannot be evaluated: 'nowhere_defined' is undefined."),
    (f'{ALL}: dhcp_server_hosts[0].hardware, reservation "one":', "6 octets"),
    (f'{ALL}: dhcp_server_hosts[1].hardware, reservation "two":', 'Write "52:54:00:c1:fb:9c".'),
    (f'{ALL}: dhcp_server_hosts[2].hardware, reservation "three":', 'put it in quotes, "52:54:00:12:34:56".'),
    (f"{ALL}: dhcp_server_omapi:", '"perhaps" is not true or false.'),
    (f"{ALL}: dhcp_server_validate_ignore:", 'There is no rule "no-such-rule".'),
    (f"{ALL}: deploy_settle_timeout:", '"2 minutes" is not a whole number.'),
]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_every_mistyped_value_is_reported_once(play: Any, form: str) -> None:
    env = {"ANSIBLE_CALLBACK_RESULT_FORMAT": form}
    text = play("validate", TYPED, "-e", "deploy_gate_timout=5", expect=2, env=env).replace('\\"', '"')
    for place, says in TOLD:
        (line,) = re.findall(rf"ERROR [a-z-]+: {re.escape(place)} .*?(?= ERROR | WARNING |$)", text)
        assert says in line, line
    told = re.findall(r"(?:ERROR|WARNING) [a-z-]+: [^[]", text)
    assert len(told) == len(TOLD), [line[:99] for line in re.split(r"(?=ERROR |WARNING )", text)]
    assert "Traceback" not in text
    assert f"{len(TOLD)} errors, see above." in text


@pytest.mark.parametrize(
    "variables, says",
    [
        ({"dhcp_server_failover": FAILOVER}, "dhcp_server_failover: "),
        ({"dhcp_server_failover": "pair"}, 'dhcp_server_failover: "pair" is not a list of mappings.'),
        ({"dhcp_server_subnets": "{{ nowhere_defined }}"}, "dhcp_server_subnets: It cannot be evaluated"),
    ],
    ids=["mapping", "text", "undefined"],
)
def test_a_variable_of_another_type(play: Any, variables: dict[str, Any], says: str) -> None:
    text = play("validate", changed(**variables), expect=2)
    assert text.count(f"ERROR declaration-invalid: {BOTH}: {says}") == 1
    assert "1 error, see above." in text


# --- the role alone -------------------------------------------------------------------------------------------------

PLAY = [
    {
        "hosts": "dhcp_server1",
        "gather_facts": False,
        "tasks": [{"name": "Serve", "ansible.builtin.import_role": {"name": f"{PLAYBOOKS}dhcp_server"}}],
        "vars": {},
    }
]


def pool(ranges: str) -> dict[str, Any]:
    return {"dhcp_server_subnets": [{**SUBNET, "pools": [{"failover": "pair", "ranges": [ranges]}]}]}


@pytest.mark.parametrize(
    "words, variables, says",
    [
        ([], {"dhcp_server_subnet": []}, "ERROR variable-unknown: dhcp_server1: dhcp_server_subnet:"),
        ([], {"dhcp_server_default_lease_time": "1h"}, "dhcp_server_default_lease_time"),
        ([], {"dhcp_server_parameters": {"ping_check": "perhaps"}}, "dhcp_server_parameters.ping_check"),
        ([], {"dhcp_server_extra": 'class "unfinished" {'}, "ERROR syntax: dhcp_server1:"),
        ([], pool("192.0.2.1-192.0.2.199"), "ERROR range-includes-server: dhcp_server1"),
        # With its partner, which this run does not deploy.
        ([], pool("192.0.2.101-192.0.2.199"), "ERROR range-mismatch: dhcp_server1"),
        (["--skip-tags", "always"], {}, "the declaration was not checked in this run, so nothing is changed"),
        (["--skip-tags", "always", "--tags", "dhcp_server_install"], {}, "the declaration was not checked in this run"),
    ],
)
def test_the_role_alone(play: Any, tmp_path: Path, words: list[str], variables: dict[str, Any], says: str) -> None:
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([{**PLAY[0], "vars": variables}]))
    text = play(str(path), PAIR, *words, expect=2)
    assert says in text
    assert "UNREACHABLE" not in text
