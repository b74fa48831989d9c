# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-written Kea pairs as variables, the proof, and a declaration through its file back to the same file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.live import live_adopt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.expressions import match_of, normal
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.render import render, translate
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.declared import (
    POOL,
    RELATIONSHIP,
    variables,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.handmade import ADOPTED, REFUSED
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import (
    HA,
    ONE,
    PEERS,
    TWO,
    edited,
    written,
)


def pair(edits: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Both servers of a pair with these edits, as they are read from their hosts."""
    two = edited(TWO, edits)
    name = f"{PEERS}.1.name"
    if name in edits:
        two = edited(two, {f"{HA}.this-server-name": edits[name]})
    if "Dhcp4.interfaces-config.interfaces" in edits:
        names = [text.replace("192.0.2.1", "192.0.2.2") for text in edits["Dhcp4.interfaces-config.interfaces"]]
        two = edited(two, {"Dhcp4.interfaces-config.interfaces": names})
    one = edited(ONE, edits)
    if name in edits:
        one = edited(one, {f"{HA}.this-server-name": edits[f"{PEERS}.0.name"]})
    return {host: {"config": written(data), "includes": {}} for host, data in (("one", one), ("two", two))}


class Loader(yaml.SafeLoader):
    """Read text that Ansible must not take for a template as text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def declared(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The servers that this inventory declares."""
    data = {name: Loader(text).get_single_data() for name, text in files.items()}
    shared = data.get("group_vars/dhcp_servers.yml", {})
    hostvars = {host: {**shared, **data.get(f"host_vars/{host}.yml", {})} for host in ("one", "two")}
    return {server["name"]: server for server in collect_servers(hostvars, hostvars)}


@pytest.mark.parametrize("kind", ADOPTED)
def test_what_becomes_variables(kind: str) -> None:
    found = live_adopt(pair(ADOPTED[kind]))
    assert found["failed"] == [], "\n".join(found["lines"])
    shared = yaml.safe_load(found["files"]["group_vars/dhcp_servers.yml"])
    assert [item["primary"] for item in shared["dhcp_server_failover"]] == ["one"]
    servers = declared(found["files"])
    # Nothing that was adopted is without a translation, and adopting again changes nothing.
    texts = {}
    for name, server in servers.items():
        data, findings = translate(declare(server))
        assert [item for item in findings if item.severity is Severity.ERROR] == []
        texts[name] = {"config": json.dumps(data), "includes": {}}
    again = live_adopt(texts)
    assert again["failed"] == [], "\n".join(again["lines"])
    assert {name: render(declare(server)) for name, server in declared(again["files"]).items()} == {
        name: json.loads(entry["config"]) for name, entry in texts.items()
    }


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_with_its_place(kind: str) -> None:
    edits, message = REFUSED[kind]
    found = live_adopt(pair(edits))
    assert (found["failed"], found["files"]) == (["one", "two"], {})
    server = found["servers"][0]
    if message:
        assert message in [item["message"] for item in server["differences"]]
    else:
        assert server["rejected"]


def test_the_names_and_numbers_of_a_pair_stay() -> None:
    found = live_adopt(pair({}))
    shared = yaml.safe_load(found["files"]["group_vars/dhcp_servers.yml"])
    assert shared["dhcp_server_failover"] == [
        {
            "name": "one+two",
            "primary": "one",
            "secondary": "two",
            "primary_name": "one",
            "secondary_name": "two",
            "ha_port": 8000,
            "max_response_delay": 10,
            "mode": "hot-standby",
            "takeover": "automatic",
            "heartbeat": 2,
        }
    ]
    assert shared["dhcp_server_subnets"][0]["id"] == 1
    data = render(declare(declared(found["files"])["two"]))["Dhcp4"]
    ha = data["hooks-libraries"][-1]["parameters"]["high-availability"][0]
    assert (ha["this-server-name"], [peer["name"] for peer in ha["peers"]]) == ("two", ["one", "two"])
    assert data["subnet4"][0]["id"] == 1


def test_what_the_role_states_differently_is_told() -> None:
    notes = live_adopt(pair(ADOPTED["what-no-client-notices"]))["servers"][0]["notes"]
    assert any("loggers" in note and "statistic-default-sample-count" in note for note in notes)
    assert any("sync-page-limit 1000" in note for note in notes)
    ignored = live_adopt(pair(ADOPTED["reservations-that-kea-ignores"]))["servers"][0]["notes"]
    assert any("reservations-global is false" in note for note in ignored)
    balanced = {f"{HA}.max-ack-delay": 4000}
    assert any("max-ack-delay 3000 (was 4000)" in note for note in live_adopt(pair(balanced))["servers"][0]["notes"])


def test_comments_and_included_files_are_read() -> None:
    live = pair({})
    for entry in live.values():
        text = entry["config"].replace('"subnet4": [', '"subnet4": <?include "/etc/kea/subnets.json"?>, // [', 1)
        start = text.index("// [")
        entry["includes"] = {"/etc/kea/subnets.json": "[" + text[start + 4 : text.rindex("]") + 1] + " # comment"}
        entry["config"] = text[: start - 2] + "/* all */\n" + text[text.rindex("]") + 1 :]
    found = live_adopt(live)
    assert found["failed"] == [], "\n".join(found["lines"])
    assert yaml.safe_load(found["files"]["group_vars/dhcp_servers.yml"])["dhcp_server_subnets"][0]["id"] == 1
    live["two"]["includes"] = {}
    assert "was not given" in live_adopt(live)["servers"][-1]["problem"]


def test_what_kea_would_not_take_is_refused() -> None:
    found = live_adopt(pair({"Dhcp4.subnet": []}))
    assert found["servers"][-1]["problem"].startswith("Kea itself would not take this configuration. Repair it first.")


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("option[60].hex == 'a'", "(option[60].hex=='a')", True),
        ("option[60].text == 'a'", "option[vendor-class-identifier].hex == 0x61", True),
        (
            "option[60].exists or (option[61].exists or option[12].exists)",
            "option[60].exists or option[61].exists",
            False,
        ),
        ("not (not (option[60].exists))", "option[60].exists", True),
        (
            "option[60].exists or option[61].exists and option[12].exists",
            "option[60].exists or (option[61].exists and option[12].exists)",
            True,
        ),
        (
            "(option[60].exists or option[61].exists) and option[12].exists",
            "option[60].exists or (option[61].exists and option[12].exists)",
            False,
        ),
    ],
)
def test_equal_tests(one: str, other: str, same: bool) -> None:
    assert (normal(one, {}) == normal(other, {})) is same


@pytest.mark.parametrize(
    "test", ["member('x')", "option[60].hex", "option[93].text == 'x'", "concat('a', 'b') == 'ab'", ""]
)
def test_tests_without_an_expression(test: str) -> None:
    assert match_of(test, {}) is None


# --- a declaration through its file, and back ------------------------------------------------------------------------

WORD = st.text("abcxyz019.-", min_size=1, max_size=8).filter(lambda text: text[0] not in "-." and text[-1] not in "-.")
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12).map(str.strip).filter(bool)
SECONDS = st.integers(300, 86400)


def address(net: int) -> st.SearchStrategy[str]:
    return st.integers(1, 99).map(lambda last: f"10.0.{net}.{last}")


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "routers": address(9),
        "domain_name_servers": st.lists(address(9), min_size=1, max_size=3),
        "domain_name": WORD,
        "root_path": TEXT.map(json.dumps),
        "interface_mtu": st.integers(68, 1500),
        "ip_forwarding": st.booleans(),
        "domain_search": st.lists(st.sampled_from(["a.example", "b.example"]), min_size=1, max_size=2),
        "unknown_224": st.sampled_from(["0a:0b", "ff:00:01"]),
    },
)
SETTINGS = st.fixed_dictionaries({}, optional={"options": OPTIONS, "default_lease_time": SECONDS})


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """Variables of a pair, without their prefix."""
    classes = draw(st.lists(st.sampled_from(["a", "b"]), unique=True))
    permits = ["known-clients", "unknown-clients", *(f'members of "{name}"' for name in classes)]
    subnets = []
    for net in range(1, draw(st.integers(1, 3)) + 1):
        pools = []
        for number in range(draw(st.integers(1, 3))):
            first = 100 + number * 40
            allow = draw(st.lists(st.sampled_from(permits), unique=True, max_size=2))
            pools.append(
                {
                    **POOL,
                    "ranges": [f"10.0.{net}.{first}-10.0.{net}.{first + 9}", f"10.0.{net}.{first + 20}"],
                    **({"allow": allow} if allow else {}),
                    **({"options": {"time_offset": draw(st.integers(-9, 9))}} if draw(st.booleans()) else {}),
                }
            )
        number = {"id": draw(st.integers(1000, 9000)) * 10 + net} if draw(st.booleans()) else {}
        subnets.append({"subnet": f"10.0.{net}.0/24", **number, **draw(SETTINGS), "pools": pools})
    hosts = [
        {
            "name": f"h{number}",
            **draw(st.sampled_from([{"hardware": f"02:00:00:00:00:0{number}"}, {"client_id": f"client{number}"}])),
            "address": f"10.0.1.{number + 1}",
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    match = st.sampled_from(
        ['if option vendor-class-identifier = "x"', "if exists user-class and not exists host-name"]
    )
    shared = draw(st.booleans()) and len(subnets) > 1
    networks = [{"name": "s", **draw(SETTINGS), "subnets": subnets[:1]}] if shared else []
    around = draw(SETTINGS)
    for network in networks:
        held = leave_out(network, around)
        leave_out(network["subnets"][0], held)
    for subnet in subnets[len(networks) :]:
        leave_out(subnet, around)
    return {
        "relationships": [{**RELATIONSHIP, "mode": draw(st.sampled_from(["hot-standby", "load-balancing"]))}],
        "subnets": subnets[1:] if shared else subnets,
        "shared_networks": networks,
        "hosts": hosts,
        "classes": [{"name": name, "match": draw(match)} for name in classes],
        **around,
    }


def leave_out(inner: dict[str, Any], outer: dict[str, Any]) -> dict[str, Any]:
    """Remove what holds anyway, as adopt does. Returns all that holds inside."""
    options = outer.get("options", {})
    if "options" in inner:
        inner["options"] = {name: value for name, value in inner["options"].items() if options.get(name) != value}
    if inner.get("default_lease_time") == outer.get("default_lease_time"):
        inner.pop("default_lease_time", None)
    return {**outer, **inner, "options": {**options, **inner.get("options", {})}}


# Pools beside each other that are for the same clients, of a number of addresses that two servers cannot share equally.
ODD = [{**POOL, "ranges": [f"10.0.1.{first}-10.0.1.{first + 9}", f"10.0.1.{first + 20}"]} for first in (100, 140)]


@given(declarations())
@example(
    {
        "relationships": [{**RELATIONSHIP, "mode": "load-balancing"}],
        "subnets": [{"subnet": "10.0.1.0/24", "pools": ODD}],
    }
)
def test_a_declaration_becomes_a_file_and_the_same_declaration(more: dict[str, Any]) -> None:
    made = {}
    for host in ("one", "two"):
        data, findings = translate(declare(variables(host, **more)))
        assert [str(item) for item in findings if item.severity is Severity.ERROR] == []
        made[host] = data
    found = live_adopt({host: {"config": json.dumps(data)} for host, data in made.items()})
    assert found["failed"] == [], "\n".join(found["lines"])
    assert {name: render(declare(server)) for name, server in declared(found["files"]).items()} == made
