# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_validate: what it accepts, what it returns, and how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, NoReturn

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.netlab.dhcp_failover.plugins.modules import failover_validate
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules import kea_texts
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import ONE, SUBNET, TWO

BASE64 = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
PAIR = [{"name": "dhcp_server1", "config": ONE}, {"name": "dhcp_server2", "config": TWO}]
MCLT = [PAIR[0], {"name": "dhcp_server2", "config": TWO.replace("secondary;", "secondary; mclt 1800;")}]
NO_DENY = [{**server, "config": server["config"].replace("deny dynamic bootp clients;", "")} for server in PAIR]


class Outcome(SystemExit):
    """The result of a module run."""

    def __init__(self, failed: bool, result: dict[str, Any]) -> None:
        super().__init__(1 if failed else 0)
        self.failed = failed
        self.result = result


class Run:
    """The output of one run of the module."""

    def __init__(self, outcome: Outcome, warnings: list[str]) -> None:
        self.failed = outcome.failed
        self.result = outcome.result
        self.msg: str = outcome.result.get("msg", "")
        self.warnings = warnings


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    warnings: list[str] = []

    def exit_json(_self: AnsibleModule, **result: Any) -> NoReturn:
        raise Outcome(False, result)

    def fail_json(_self: AnsibleModule, msg: str, **result: Any) -> NoReturn:
        raise Outcome(True, {"msg": msg, **result})

    monkeypatch.setattr(AnsibleModule, "exit_json", exit_json)
    monkeypatch.setattr(AnsibleModule, "fail_json", fail_json)
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))

    def module(**arguments: Any) -> Run:
        warnings.clear()
        with patch_module_args(arguments), pytest.raises(Outcome) as outcome:
            failover_validate.main()
        return Run(outcome.value, list(warnings))

    return module


def test_correct_pair(run: Any) -> None:
    done = run(servers=PAIR)
    assert not done.failed
    assert done.warnings == []
    assert done.result == {
        "changed": False,
        "findings": [],
        "error_count": 0,
        "warning_count": 0,
        "relationships": [
            {
                "name": "dhcp-failover",
                "primary": "dhcp_server1",
                "secondary": "dhcp_server2",
                "primary_address": "172.16.1.100",
                "secondary_address": "172.16.1.200",
                "primary_port": 647,
                "secondary_port": 647,
                "pools": 1,
                "addresses": 11,
            }
        ],
        "report": {
            "failed": False,
            "lines": [
                'relationship "dhcp-failover": primary dhcp_server1 (172.16.1.100), '
                "secondary dhcp_server2 (172.16.1.200); 1 pool with 11 addresses"
            ],
            "summary": "1 relationship of 2 servers: no errors and no warnings.",
        },
        "invocation": {
            "module_args": {"servers": ["dhcp_server1", "dhcp_server2"], "ignore": [], "strict": False, "fail": True}
        },
    }


def test_error(run: Any) -> None:
    done = run(servers=MCLT)
    assert done.failed
    assert done.msg.splitlines() == [
        "1 error.",
        'mclt-on-secondary: dhcp_server2: line 1, relationship "dhcp-failover": mclt belongs to the primary only; '
        "dhcpd would ignore it silently. Remove it from dhcp_server2.",
    ]
    assert done.result["findings"] == [
        {
            "slug": "mclt-on-secondary",
            "severity": "error",
            "servers": ["dhcp_server2"],
            "path": 'relationship "dhcp-failover"',
            "line": 1,
            "message": "mclt belongs to the primary only; dhcpd would ignore it silently.",
            "hint": "Remove it from dhcp_server2.",
            "variable": None,
            "places": [],
        }
    ]
    assert (done.result["error_count"], done.result["warning_count"]) == (1, 0)


def test_errors_come_before_warnings(run: Any) -> None:
    servers = [NO_DENY[0], {**NO_DENY[1], "config": NO_DENY[1]["config"].replace("secondary;", "secondary; mclt 1;")}]
    done = run(servers=servers)
    first, *lines = done.msg.splitlines()
    assert first == "1 error and 1 warning."
    assert [line.split(":")[0] for line in lines] == ["mclt-on-secondary", "bootp-not-denied"]
    assert done.warnings == []


def test_warning(run: Any) -> None:
    done = run(servers=NO_DENY)
    assert not done.failed
    assert [text.split(":")[0] for text in done.warnings] == ["bootp-not-denied"]
    assert (done.result["error_count"], done.result["warning_count"]) == (0, 1)


def test_many_warnings_stay_readable(run: Any) -> None:
    hosts = "".join(
        f"host h{n} {{ hardware ethernet 0:0:0:0:0:{n:x}; fixed-address 172.16.1.{n + 2}; }}\n" for n in range(50)
    )
    changed = hosts.replace("172.16.1", "172.16.01").replace("hardware", 'filename "x"; hardware')
    assert run(servers=[{**PAIR[0], "config": ONE + hosts}, {**PAIR[1], "config": TWO + hosts}]).warnings == []
    done = run(servers=[{**PAIR[0], "config": ONE + hosts}, {**PAIR[1], "config": TWO + changed}])
    assert len(done.warnings) == 1
    assert "and 46 more places" in done.warnings[0]
    assert [len(finding["places"]) for finding in done.result["findings"]] == [49]
    for n in range(50):
        hosts = hosts.replace(f"h{n} {{", f'h{n} {{ option host-name "{n}";')
    changed = hosts.replace("option host-name", 'filename "x"; option host-name').replace('host-name "', 'host-name "x')
    done = run(servers=[{**PAIR[0], "config": ONE + hosts}, {**PAIR[1], "config": TWO + changed}])
    assert len(done.warnings) == failover_validate.MOST_WARNINGS + 1
    assert done.warnings[-1] == "30 more are in the findings: 30 reservation-mismatch."
    assert done.result["warning_count"] == 50


def test_ten_thousand_faults_are_returned_and_fifty_printed(run: Any) -> None:
    """Every host has a different address on the partner, so each gives its own message."""
    pool = 'pool {{ failover peer "dhcp-failover"; deny dynamic bootp clients; range 10.9.0.1 10.9.0.9; }}'
    network = f"subnet 10.0.0.0 netmask 255.0.0.0 {{{{ {pool} }}}}\n" + "".join(
        f"host h{n} {{{{ hardware ethernet 2:0:0:0:{n >> 8:x}:{n & 255:x};"
        f" fixed-address 10.{{}}.{n >> 8}.{n & 255}; }}}}\n"
        for n in range(10_000)
    )
    one, two = ONE + network.format(*[1] * 10_000), TWO + network.format(*[2] * 10_000)
    done = run(servers=[{**PAIR[0], "config": one}, {**PAIR[1], "config": two}])
    assert done.failed
    assert done.result["error_count"] == len(done.result["findings"]) == 10_000
    lines = done.result["msg"].splitlines()
    assert lines[0] == "10,000 errors."
    assert len(lines) == 1 + 50 + 1
    assert lines[-1] == "9,950 more are in the findings: 9,950 reservation-mismatch."


def test_strict(run: Any) -> None:
    done = run(servers=NO_DENY, strict=True)
    assert done.failed
    assert (done.result["error_count"], done.result["warning_count"]) == (1, 0)


def test_ignore(run: Any) -> None:
    done = run(servers=MCLT, ignore=["mclt-on-secondary"])
    assert not done.failed
    assert done.result["findings"] == []


def test_findings_only(run: Any) -> None:
    done = run(servers=MCLT, fail=False)
    assert (done.failed, done.msg, done.result["error_count"]) == (False, "", 1)
    assert run(servers=NO_DENY, fail=False).warnings == []


def test_findings_from_elsewhere_are_judged_with_the_rest(run: Any) -> None:
    finding = {
        "slug": "variable-unknown",
        "severity": "error",
        "servers": [],
        "path": "",
        "line": None,
        "variable": "dhcp_server_x",
        "places": [],
        "message": "Nobody reads it.",
        "hint": "Remove it.",
    }
    done = run(servers=NO_DENY, findings=[finding])
    assert done.msg.splitlines()[:2] == [
        "1 error and 1 warning.",
        "variable-unknown: dhcp_server_x: Nobody reads it. Remove it.",
    ]
    assert done.result["findings"][0] == finding
    assert not run(servers=NO_DENY, findings=[finding], ignore=["variable-unknown"]).failed


VARIABLES = [
    {
        "name": name,
        "failover": [
            {
                "name": "x",
                "role": role,
                "address": address,
                "peer_address": peer,
                "max_response_delay": 180,
                "max_unacked_updates": 10,
                "load_balance_max_seconds": 3,
                **({"mclt": 1800, "split": 128} if role == "primary" else {}),
            }
        ],
        "subnets": [{"subnet": "10.0.0.0/24", "pools": [{"failover": "x", "ranges": "10.0.0.9", "deny_bootp": False}]}],
    }
    for name, role, address, peer in (
        ("one", "primary", "10.0.0.1", "10.0.0.2"),
        ("two", "secondary", "10.0.0.2", "10.0.0.1"),
    )
]


def test_a_server_says_itself_how_strictly_it_is_judged(run: Any) -> None:
    slugs = ["bootp-not-denied", "pool-too-small"]
    assert [finding["slug"] for finding in run(servers=VARIABLES).result["findings"]] == slugs
    one, two = VARIABLES
    done = run(servers=[{**one, "validate_ignore": "pool-too-small", "validate_strict": "yes"}, two])
    assert [(found["slug"], found["severity"]) for found in done.result["findings"]] == [(slugs[0], "error")]
    other = {"name": "three", "subnets": [{"subnet": "10.9.0.0/24"}], "validate_ignore": slugs, "validate_strict": True}
    assert [finding["slug"] for finding in run(servers=[*VARIABLES, other]).result["findings"]] == slugs


def test_a_server_that_ignores_no_rule(run: Any) -> None:
    one, two = VARIABLES
    done = run(servers=[{**one, "validate_ignore": ["pool-to-small", "bootp-not-denied"]}, two])
    assert done.msg.splitlines()[1] == (
        'declaration-invalid: one: dhcp_server_validate_ignore: There is no rule "pool-to-small". '
        'Did you mean "pool-too-small"?'
    )


def test_text_and_variables(run: Any) -> None:
    variables: dict[str, Any] = {
        "name": "dhcp_server2",
        "address": "172.16.1.200",
        "failover": [
            {
                "name": "dhcp-failover",
                "role": "secondary",
                "address": "172.16.1.200",
                "peer_address": "172.16.1.100",
                "max_response_delay": 180,
                "max_unacked_updates": 10,
                "load_balance_max_seconds": 3,
            }
        ],
        "subnets": [
            {
                "subnet": "172.16.1.0/24",
                "options": {
                    "routers": "172.16.1.1",
                    "domain_name_servers": "172.16.1.1",
                    "broadcast_address": "172.16.1.255",
                    "subnet_mask": "255.255.255.0",
                },
                "pools": [{"failover": "dhcp-failover", "ranges": ["172.16.1.220-172.16.1.230"]}],
            }
        ],
    }
    done = run(servers=[PAIR[0], variables])
    assert done.result["findings"] == []
    variables["subnets"][0]["pools"][0]["ranges"] = ["172.16.1.220-172.16.1.231"]
    assert "range-mismatch" in run(servers=[PAIR[0], variables]).msg


def test_includes_and_address(run: Any) -> None:
    split = ONE.replace(SUBNET, 'include "/etc/dhcp/subnets.conf";\n')
    assert split != ONE
    server = {"name": "dhcp_server1", "config": split, "includes": {"/etc/dhcp/subnets.conf": SUBNET}}
    assert run(servers=[server, PAIR[1]]).result["findings"] == []
    assert [finding["slug"] for finding in run(servers=[{**server, "includes": None}, PAIR[1]]).result["findings"]] == [
        "include-missing"
    ]
    done = run(servers=[{**server, "address": "172.16.1.225"}, PAIR[1]])
    assert {finding["slug"] for finding in done.result["findings"]} == {"range-includes-server"}


@pytest.mark.parametrize(
    "arguments, says",
    [
        ({"servers": []}, "servers is empty"),
        ({"servers": [PAIR[0], PAIR[1], PAIR[0]]}, "more than one entry called dhcp_server1"),
        ({"servers": [{"config": ONE}]}, "servers[0] has no name"),
        ({"servers": [PAIR[0], {"name": " ", "config": ONE}]}, "servers[1] has no name"),
        ({"servers": [{"name": 7, "config": ONE}]}, "servers[0] has no name"),
        (
            {"servers": [{**PAIR[0], "subnets": [], "failover": []}]},
            "dhcp_server1 has both config and failover, subnets",
        ),
        ({"servers": [{"name": "a", "includes": {}}]}, "a has includes but no config"),
        ({"servers": [{"name": "a", "config": None}]}, "a: config must be the text of a configuration, not NoneType"),
        ({"servers": [{"name": "a", "config": ONE, "daemon": "bind"}]}, "a: daemon is 'bind'. Write dhcpd or kea."),
        ({"servers": [{"name": "a", "config": ONE, "includes": ["x"]}]}, "a: includes must be a dictionary"),
        ({"servers": [{"name": "a", "config": ONE, "includes": {"x": 1}}]}, "a: includes must be a dictionary"),
        ({"servers": [{"name": "a", "config": ONE, "address": 1}]}, "a: address must be a string, not int"),
        (
            {"servers": PAIR, "ignore": ["mclt-on-secundary"]},
            'There is no rule "mclt-on-secundary". Did you mean "mclt-on-secondary"?',
        ),
        (
            {"servers": PAIR, "findings": [{"slug": "x"}]},
            "findings: KeyError('severity'). Give findings as this module",
        ),
        ({"servers": PAIR, "ignore": ["xyz"]}, 'There is no rule "xyz". The rules are listed in docs/rules.md.'),
        ({}, "servers is empty. Give at least one server"),
    ],
)
def test_refused(run: Any, arguments: dict[str, Any], says: str) -> None:
    done = run(**arguments)
    assert done.failed
    assert says in done.msg
    assert "findings" not in done.result


def test_without_netaddr(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover_validate, "NETADDR_ERROR", ImportError("netaddr"))
    done = run(servers=PAIR)
    assert done.failed
    assert f"{sys.executable} -m pip install netaddr" in done.msg


@pytest.mark.parametrize(
    "servers", [PAIR, NO_DENY, [], [{**PAIR[0], "subnets": []}]], ids=["ok", "warning", "none", "both"]
)
def test_no_secret_is_shown(servers: list[dict[str, Any]]) -> None:
    """The result holds neither configurations nor secrets, whatever the outcome."""
    key = f'key k {{ algorithm hmac-md5; secret "{BASE64}"; }}\nomapi-port 7911;\nomapi-key k;\n'
    servers = [{**server, "config": key + server["config"]} for server in servers]
    process = subprocess.run(
        [sys.executable, "-m", failover_validate.__name__],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"servers": servers, "_ansible_check_mode": True}}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    result = json.loads(process.stdout)
    # ansible-core 2.21 omits it by default.
    if "invocation" in result:
        assert result["invocation"]["module_args"]["servers"] == [server["name"] for server in servers]
    assert BASE64 not in process.stdout
    assert process.stderr == ""


def test_documentation() -> None:
    documentation = yaml.safe_load(failover_validate.DOCUMENTATION)
    returned = yaml.safe_load(failover_validate.RETURN)
    assert set(documentation["options"]) == {
        *("servers", "hosts", "own_variables", "limit", "findings", "fail", "ignore", "strict")
    }
    assert set(returned) == {"findings", "relationships", "error_count", "warning_count", "report"}
    tasks = yaml.safe_load(failover_validate.EXAMPLES)
    assert all("netlab.dhcp_failover.failover_validate" in task for task in tasks)


def test_returned_as_documented(run: Any) -> None:
    returned = yaml.safe_load(failover_validate.RETURN)
    result = run(servers=MCLT).result
    assert set(returned) == set(result) - {"changed", "invocation", "msg"}
    for name in ("findings", "relationships"):
        assert set(returned[name]["contains"]) == set(result[name][0])


def test_the_text_of_kea(run: Any) -> None:
    one, two = kea_texts.GOOD[0].texts
    pair = [{"name": "one", "config": one}, {"name": "two", "config": two, "daemon": "kea"}]
    done = run(servers=pair)
    assert (done.failed, done.result["findings"]) == (False, [])
    (relationship,) = done.result["relationships"]
    assert (relationship["name"], relationship["primary"], relationship["primary_port"]) == ("one+two", "one", 8000)
    pair[1]["config"] = two.replace('"id": 1', '"id": 2')
    assert [item["slug"] for item in run(servers=pair).result["findings"]] == ["subnet-number-mismatch"]
