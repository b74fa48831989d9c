# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others' programs read: alerts, dashboard, units, rulebook, and the check for Nagios."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import failover_report
from ansible_collections.netlab.dhcp_failover.tests.unit.status import estate

ROOT = Path(__file__).resolve().parents[3]
EXTENSIONS = ROOT / "extensions"
RULES = EXTENSIONS / "prometheus/dhcp_failover.rules.yml"
METRICS = set(re.findall(r"^# TYPE (\w+) ", (ROOT / "playbooks/templates/status.prom.j2").read_text(), re.MULTILINE))
DASHBOARD = json.loads((EXTENSIONS / "grafana/dhcp_failover.json").read_text())
QUERIES = {panel["title"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}


def promtool(*words: str) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- Prometheus and Grafana -------------------------------------------------------------------------------------------


def expressions() -> dict[str, str]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return {**{rule["alert"]: rule["expr"] for rule in group["rules"]}, **QUERIES}


@pytest.mark.parametrize("name", expressions())
def test_metrics_exist(name: str) -> None:
    used = set(re.findall(r"dhcp_failover_\w+", expressions()[name]))
    assert used
    assert used <= METRICS


@pytest.mark.parametrize("name", expressions())
def test_pairs_of_one_name_stay_apart(name: str) -> None:
    """Relationships of two pairs may have one name; their servers differ."""
    for labels in re.findall(r"\bby \(([^)]*relationship[^)]*)\)", expressions()[name]):
        assert "server" in labels


def test_every_alert_has_words_for_people() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "description"}


def test_alerts_fire_as_promised() -> None:
    promtool("test", "rules", str(Path(__file__).parent / "alerts.yml"))


def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    plain = {title: query.replace("$relationship", ".*") for title, query in QUERIES.items()}
    rules = [{"alert": f"a{number}", "expr": query} for number, query in enumerate(plain.values())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "rules.yml"))


def test_panels_fill_rows() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


# --- systemd ----------------------------------------------------------------------------------------------------------


def test_units() -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    units = [str(EXTENSIONS / f"systemd/dhcp-failover-status.{kind}") for kind in ("service", "timer")]
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, timeout=120, check=False)
    # It complains about every unit of the host.
    assert [line for line in done.stderr.splitlines() if "dhcp-failover" in line] == []


# --- Event-Driven Ansible ---------------------------------------------------------------------------------------------


def test_a_rule_only_asks() -> None:
    """No rule may change a pair; least of all declare a server dead."""
    (rules,) = yaml.safe_load((EXTENSIONS / "eda/rulebooks/dhcp_failover.yml").read_text())
    actions = [rule["action"] for rule in rules["rules"]]
    assert [list(action) for action in actions] == [["run_playbook"]]
    assert {action["run_playbook"]["name"] for action in actions} == {"netlab.dhcp_failover.status"}
    (source,) = rules["sources"]
    assert source["ansible.eda.alertmanager"]["host"] == "127.0.0.1", "whoever reaches it can start playbooks"
    assert source["ansible.eda.alertmanager"]["data_host_path"] == "", "limits the playbook to the host of an alert"


# --- Nagios -----------------------------------------------------------------------------------------------------------

HEALTHY = {name: estate.ANSWERS[name] for name in ("hall-a", "hall-b", "hill-a", "hill-b")}


def check(folder: Path, answers: dict[str, Any] | None, *words: str, age: float = 10) -> tuple[int, list[str]]:
    report = folder / "status.json"
    if answers is not None:
        report.write_text(json.dumps(failover_report(answers, [], time.time() - age)))
    done = subprocess.run(
        [sys.executable, EXTENSIONS / "nagios/check_dhcp_failover.py", str(report), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.splitlines() or done.stderr.splitlines()


def test_all_is_well(tmp_path: Path) -> None:
    code, (line, *more) = check(tmp_path, HEALTHY)
    assert (code, more) == (0, [])
    assert re.fullmatch(
        r"DHCP OK - 2 pairs healthy \| age=1\ds;900;;0 'hall free'=118;;;0;254 'hall clock'=-0\.013s "
        r"'hill free'=118;;;0;254 'hill clock'=0\.000s",
        line,
    ), line


def test_one_pair(tmp_path: Path) -> None:
    assert check(tmp_path, estate.ANSWERS, "--pair", "hill")[0] == 0
    code, (line, *_more) = check(tmp_path, estate.ANSWERS, "--pair", "lab")
    assert code == 1
    assert re.match(r"DHCP WARNING - lab is degraded \(.*daemon-down", line)


def test_pairs_without_a_name_of_their_own(tmp_path: Path) -> None:
    """Figures of one name would be one series, of which nobody knows the pair."""
    answers = {name: estate.ANSWERS[name] for name in ("hall-a", "hall-b")}
    for host, address in (("attic-a", 1), ("attic-b", 2)):
        (item,) = answers[host.replace("attic", "hall")]["relationships"]
        ends = {"address": f"10.9.0.{address}", "peer_address": f"10.9.0.{3 - address}"}
        answers[host] = {**answers[host.replace("attic", "hall")], "relationships": [{**item, **ends}]}
    _code, (line,) = check(tmp_path, answers, "--pair", "hall")
    for name in ("hall (hall-a, hall-b)", "hall (attic-a, attic-b)"):
        assert f"'{name} free'=118;;;0;254 '{name} clock'=" in line
    code, (line, reason) = check(tmp_path, {"dorm-b": estate.ANSWERS["dorm-b"]})
    assert code == 3
    assert line.startswith("DHCP UNKNOWN - dorm-b is unknown (host-unreachable) | age=")
    assert reason.startswith("dorm-b: host-unreachable: ")


def test_the_worst_pair_decides_and_every_reason_is_told(tmp_path: Path) -> None:
    code, (first, *more) = check(tmp_path, estate.ANSWERS)
    assert code == 2
    assert first.startswith("DHCP CRITICAL - ")
    assert all("|" not in line for line in more)
    assert any(line.startswith("lab: daemon-down: ") for line in more)


@pytest.mark.parametrize(
    "answers, words, expected",
    [
        (None, (), "cannot be read: No such file or directory"),
        ({}, (), "the report has no pair"),
        (HEALTHY, ("--pair", "attic"), 'the report has no pair "attic"'),
        (HEALTHY, ("--colour",), "unrecognized arguments: --colour"),
        (HEALTHY, ("--max-age", "5"), "so nothing is known since"),
    ],
)
def test_nothing_is_known(
    answers: dict[str, Any] | None, words: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    code, lines = check(tmp_path, answers, *words)
    assert code == 3
    assert expected in "\n".join(lines)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"time": 3}', '{"time": "2026-11-22T22:00:00Z", "pairs": [{}]}'])
def test_another_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(text)
    code, (line,) = check(tmp_path, None)
    assert code == 3
    assert "is no report of the playbook status" in line
