# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of pairs, and its reasons, from the servers' answers or from missing answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import status
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.status import (
    REASONS,
    Health,
    epoch,
    failover_report,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import phase as kea_phase
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning

NOW = 1795384800.0  # 2026-11-22T22:00:00Z
ADDRESSES = {"a": "10.0.0.1", "b": "10.0.0.2"}
UNREACHABLE = {"unreachable": True, "msg": "Failed to connect"}
FAILED = {"failed": True, "msg": "a: OMAPI at 127.0.0.1 port 7911: dhcpd refused the request"}
POOL = {"total": 100, "free": 40, "backup": 38, "active": 22}


def half(host: str, name: str = "x", **changes: Any) -> dict[str, Any]:
    role, peer = ("primary", "b") if host == "a" else ("secondary", "a")
    return {"name": name, "role": role, "address": ADDRESSES[host], "peer_address": ADDRESSES[peer], **changes}


def declared(*hosts: str, **changes: Any) -> list[dict[str, Any]]:
    return [{"name": host, "address": ADDRESSES[host], "failover": [half(host, **changes)]} for host in hosts]


def answer(host: str, *, pool: dict[str, int] | None = None, **changes: Any) -> dict[str, Any]:
    """A healthy server's answer; `changes` override keys of the answer if it has them, else of the relationship."""
    whole = {
        "running": True,
        "time": NOW,
        "version": "4.4.3-P1",
        "clock_offset": 0.0,
        "clock_uncertainty": 0.1,
        "faults": [],
        "deployment": None,
        "starting": [],
    }
    whole.update({key: changes.pop(key) for key in list(changes) if key in whole})
    counts = pool or POOL
    item = {
        **half(host),
        "local_state": "normal",
        "since": "2026-11-22T18:00:00Z",
        "partner_state": "normal",
        "mclt": 1800,
        "problem": None,
        "pool": counts,
        "pools": [{"subnet": "10.0.0.0/24", **counts}],
    }
    return {**whole, "relationships": [with_meaning({**item, **changes})]}


def fault(kind: str = "unknown-ip-address", relationship: str | None = "x", count: int = 1) -> dict[str, Any]:
    words = {"message": "as logged", "hint": "Mend it."}
    return {"kind": kind, "time": "2026-11-22T21:59:00Z", "relationship": relationship, "count": count, **words}


def report(answers: dict[str, Any], known: list[dict[str, Any]] | None = None, **options: Any) -> dict[str, Any]:
    return failover_report(answers, declared("a", "b") if known is None else known, NOW, **options)


def only(answers: dict[str, Any], known: list[dict[str, Any]] | None = None, **options: Any) -> dict[str, Any]:
    (pair,) = report(answers, known, **options)["pairs"]
    assert isinstance(pair, dict)
    return pair


def slugs(pair: dict[str, Any]) -> list[str]:
    return [reason["slug"] for reason in pair["reasons"]]


def kea_answer(host: str, *, free: int = 40, **changes: Any) -> dict[str, Any]:
    """The same for a server that runs Kea."""
    counts = {"total": 100, "free": free, "backup": 0, "active": 100 - free}
    said = answer(host, pool=counts, **{"version": "2.6.3", "faults": [], **changes})
    (item,) = said["relationships"]
    standby = host == "b"
    found = {
        "local_state": "hot-standby",
        "phase": kea_phase(changes.get("local_state", "hot-standby")).value,
        "serving": not standby,
        "port": 8000,
        "peer_port": 8000,
        "takeover": True,
        "mclt": None,
    }
    item.update({**found, **{key: value for key, value in changes.items() if key not in said}})
    return {**said, "daemon": "kea", "unit": "kea-dhcp4-server"}


DOWN = {"running": False, "local_state": "unknown-state", "problem": "dhcpd does not run on this host"}
INTERRUPTED = {"local_state": "communications-interrupted", "since": "2026-11-22T21:50:00Z"}
JUST_NOW = {"since": "2026-11-22T21:59:30Z"}
EMPTY = {"total": 100, "free": 0, "backup": 0, "active": 100}
ONE_HALF = {"total": 100, "free": 0, "backup": 9, "active": 91}
UNEVEN = {"total": 100, "free": 40, "backup": 9, "active": 51}


UNPROVEN = {"step": "unproven", "since": "2026-11-22T21:50:00Z", "files": [], "kept": True, "by": None}
RANGES: dict[Any, list[dict[str, Any]]] = {
    80: [{"ranges": ["10.0.0.20-10.0.0.99"]}],
    "80 in two": [{"ranges": ["10.0.0.60-10.0.0.99"]}, {"ranges": ["10.0.0.20", "10.0.0.21-10.0.0.59"]}],
    41: [{"ranges": ["10.0.0.20-10.0.0.60"]}],
}
RANGES = {key: [{**POOL, **pool} for pool in pools] for key, pools in RANGES.items()}


@pytest.mark.parametrize(
    "a, b, health, reasons",
    [
        pytest.param({}, {}, "healthy", [], id="both normal"),
        # States
        pytest.param(INTERRUPTED, DOWN, "degraded", ["daemon-down", "state-not-normal"], id="one daemon down"),
        pytest.param(DOWN, DOWN, "critical", ["no-service", "daemon-down", "daemon-down"], id="both down"),
        pytest.param(
            {"local_state": "recover"},
            {"local_state": "recover"},
            "critical",
            ["no-service", "state-not-normal", "state-not-normal"],
            id="nobody serves",
        ),
        pytest.param(
            {"local_state": "partner-down"},
            {"local_state": "recover-wait"},
            "degraded",
            ["state-not-normal", "state-not-normal"],
            id="after partner-down",
        ),
        pytest.param(
            {"local_state": "partner-down"},
            {"local_state": "partner-down"},
            "critical",
            ["both-alone", "state-not-normal", "state-not-normal"],
            id="split brain",
        ),
        pytest.param(
            {}, {"local_state": "startup"}, "degraded", ["states-contradict", "state-not-normal"], id="a lags"
        ),
        pytest.param(
            {"partner_state": "potential-conflict"}, DOWN, "critical", ["no-service", "daemon-down"], id="kept silent"
        ),
        pytest.param({}, {"role": "primary"}, "critical", ["role-conflict"], id="two primaries"),
        pytest.param({}, {"problem": "unknown to it"}, "degraded", ["relationship-not-loaded"], id="not loaded"),
        # Clocks: only the certain part counts.
        pytest.param({}, {"clock_offset": 29.9}, "healthy", [], id="29.9 s"),
        pytest.param({}, {"clock_offset": 30.3}, "degraded", ["clock-offset"], id="30.3 s"),
        pytest.param(
            {"clock_offset": 31.0}, {"clock_offset": -30.0}, "critical", ["clock-offset-too-large"], id="-61 s"
        ),
        pytest.param({}, {"clock_offset": 31.0, "clock_uncertainty": 5.0}, "healthy", [], id="31 s, slow answer"),
        pytest.param({}, {"clock_offset": None}, "healthy", [], id="no clock"),
        # Faults, as failover_info returns them
        pytest.param({"faults": [fault()]}, {}, "degraded", ["fault"], id="fault"),
        pytest.param({"faults": None}, {"faults": None}, "healthy", [], id="no journal"),
        pytest.param({"faults": [fault(relationship=None)]}, {}, "degraded", ["fault"], id="nobody's fault"),
        pytest.param({"faults": [fault(relationship="wrong")]}, {}, "degraded", ["fault"], id="by another name"),
        pytest.param(
            INTERRUPTED,
            {**DOWN, "faults": [fault()]},
            "degraded",
            ["daemon-down", "fault", "state-not-normal"],
            id="died",
        ),
        # Deployments
        pytest.param({"deployment": UNPROVEN}, {}, "degraded", ["deployment-unfinished"], id="unproven"),
        pytest.param(
            {"deployment": {**UNPROVEN, "by": "one@there"}}, {}, "unknown", ["deployment-running"], id="at work"
        ),
        pytest.param(
            INTERRUPTED,
            {**DOWN, "deployment": UNPROVEN},
            "degraded",
            ["deployment-unfinished", "daemon-down", "state-not-normal"],
            id="down with a new configuration",
        ),
        # Addresses
        pytest.param({"pools": RANGES[80]}, {"pools": RANGES[80]}, "healthy", [], id="the same"),
        pytest.param({"pools": RANGES[80]}, {"pools": RANGES["80 in two"]}, "healthy", [], id="the same in two ranges"),
        pytest.param({"pools": RANGES[80]}, {"pools": RANGES[41]}, "degraded", ["pools-differ"], id="80 and 41"),
        pytest.param({"pools": RANGES[80]}, {"pools": []}, "degraded", ["pools-differ"], id="80 and none"),
        pytest.param({"pools": RANGES[80]}, {"pools": None}, "healthy", [], id="unknown"),
        pytest.param(
            {"pools": RANGES[80], **INTERRUPTED},
            {"pools": RANGES[41], **DOWN},
            "degraded",
            ["daemon-down", "pools-differ", "state-not-normal"],
            id="80 and 41, one down",
        ),
        pytest.param({"pool": EMPTY}, {}, "critical", ["pool-exhausted"], id="no address left"),
        pytest.param({"pool": ONE_HALF}, {}, "degraded", ["half-exhausted"], id="one half left"),
        pytest.param({"pool": ONE_HALF, **JUST_NOW}, JUST_NOW, "healthy", [], id="not balanced yet"),
        pytest.param({"pool": UNEVEN}, {}, "degraded", ["pool-imbalance"], id="uneven"),
        pytest.param({"pool": UNEVEN, "since": "2026-11-22T21:30:00Z"}, {}, "healthy", [], id="uneven, not for long"),
        pytest.param(
            {"pool": ONE_HALF, **INTERRUPTED},
            DOWN,
            "critical",
            ["pool-exhausted", "daemon-down", "state-not-normal"],
            id="survivor's half is empty",
        ),
        pytest.param({"pool": {"total": 1, "free": 1, "backup": 0, "active": 0}}, {}, "healthy", [], id="one address"),
        # Versions
        pytest.param({}, {"version": "4.4.1"}, "degraded", ["version-mismatch"], id="versions"),
        pytest.param({}, {"version": None}, "healthy", [], id="version unknown"),
    ],
)
def test_health(a: dict[str, Any], b: dict[str, Any], health: str, reasons: list[str]) -> None:
    pair = only({"a": answer("a", **a), "b": answer("b", **b)})
    assert (pair["health"], slugs(pair)) == (health, reasons)
    # The same without a declaration in the inventory: the servers' own answers are enough to find the pair.
    assert slugs(only({"a": answer("a", **a), "b": answer("b", **b)}, [])) == reasons
    for reason in pair["reasons"]:
        assert all(value for key, value in reason.items() if key != "commands"), reason
        assert "`" not in reason["hint"]
        assert all(command in reason["hint"] for command in reason["commands"])
    json.dumps(pair)


def test_commands_work_as_they_are() -> None:
    answers = {"a": answer("a", **INTERRUPTED), "b": answer("b", **DOWN)}
    pair = only(answers, options="-i /srv/hosts.yml -K")
    *others, command = [command for reason in pair["reasons"] for command in reason["commands"]]
    assert command == "ansible-playbook -i /srv/hosts.yml -K netlab.dhcp_failover.partner_down -e failover_server=a"
    assert others == ["journalctl -t dhcpd -n 50", "systemctl start isc-dhcp-server"]
    assert all(command in reason["hint"] for reason in pair["reasons"] for command in reason["commands"])


@pytest.mark.parametrize(
    "answers, health, reasons",
    [
        ({"a": answer("a"), "b": UNREACHABLE}, "unknown", ["host-unreachable"]),
        ({"a": answer("a", **INTERRUPTED), "b": UNREACHABLE}, "degraded", ["state-not-normal", "host-unreachable"]),
        (
            {"a": answer("a", local_state="recover"), "b": UNREACHABLE},
            "critical",
            ["no-service", "state-not-normal", "host-unreachable"],
        ),
        ({"a": UNREACHABLE, "b": UNREACHABLE}, "unknown", ["host-unreachable", "host-unreachable"]),
        ({"a": FAILED, "b": answer("b")}, "unknown", ["no-answer"]),
        ({"a": answer("a"), "b": {}}, "unknown", ["not-asked"]),
        ({"a": answer("a")}, "unknown", ["not-asked"]),
        ({"a": answer("a"), "b": {"running": True, "relationships": []}}, "degraded", ["relationship-missing"]),
    ],
)
def test_silent_servers(answers: dict[str, Any], health: str, reasons: list[str]) -> None:
    pair = only(answers)
    assert (pair["health"], slugs(pair)) == (health, reasons)
    assert [server["host"] for server in pair["servers"]] == ["a", "b"]


KEA_DOWN = {"running": False, "local_state": "unknown", "problem": "kea-dhcp4 does not run on this host"}
LOST = {"phase": "interrupted", "partner_state": "unavailable", "serving": False}
ALONE = {"local_state": "partner-down", "serving": True}
IN_TURN = {"local_state": "load-balancing", "serving": True}


@pytest.mark.parametrize(
    "a, b, health, reasons",
    [
        pytest.param({}, {}, "healthy", [], id="the standby answers nobody"),
        pytest.param(IN_TURN, IN_TURN, "healthy", [], id="both serve"),
        # Every free address is for anybody, so there is no half that could be empty.
        pytest.param({"free": 1}, {}, "healthy", [], id="one address left"),
        pytest.param({"free": 0}, {}, "critical", ["pool-exhausted"], id="no address left"),
        # States
        pytest.param(LOST, KEA_DOWN, "critical", ["no-service", "daemon-down", "state-not-normal"], id="just lost"),
        pytest.param(KEA_DOWN, ALONE, "degraded", ["daemon-down", "state-not-normal"], id="taken over"),
        pytest.param(
            KEA_DOWN,
            {"local_state": "partner-down", "phase": "interrupted", "takeover": False},
            "critical",
            ["no-service", "daemon-down", "state-not-normal"],
            id="must not take over",
        ),
        pytest.param(
            ALONE, ALONE, "critical", ["both-alone", "state-not-normal", "state-not-normal"], id="split brain"
        ),
        pytest.param(
            {"local_state": "in-maintenance", "serving": False},
            {"local_state": "partner-in-maintenance", "serving": True},
            "degraded",
            ["state-not-normal", "state-not-normal"],
            id="maintenance",
        ),
        pytest.param(
            {"local_state": "terminated"},
            {"local_state": "terminated"},
            "degraded",
            ["state-not-normal", "state-not-normal"],
            id="terminated",
        ),
        pytest.param({"serving": False}, {}, "critical", ["no-service", "silent"], id="disabled"),
        pytest.param(IN_TURN, {**IN_TURN, "serving": False}, "degraded", ["silent"], id="one half disabled"),
        # What Kea itself does not notice: both servers say that they are normal.
        pytest.param({}, {"role": "primary", "serving": True}, "critical", ["role-conflict"], id="two primaries"),
        pytest.param({}, {"name": "y"}, "critical", ["peers-differ", "peers-differ"], id="other names"),
        pytest.param({"peer_port": 8001}, {}, "critical", ["peers-differ"], id="another port"),
        pytest.param({}, {"address": "127.0.0.1"}, "critical", ["peers-differ"], id="another address"),
        pytest.param(
            {"starting": ["kea"]}, {"starting": ["dhcpd", "kea"]}, "degraded", ["two-daemons-start"], id="dhcpd, too"
        ),
        # The same as for any daemon
        pytest.param({}, {"clock_offset": 30.3}, "degraded", ["clock-offset"], id="30.3 s"),
        pytest.param({}, {"clock_offset": 61.0}, "critical", ["clock-offset-too-large"], id="61 s"),
        pytest.param({"faults": [fault("clock-skew")]}, {}, "degraded", ["fault"], id="fault"),
        pytest.param({}, {"version": "3.0.4"}, "degraded", ["version-mismatch"], id="versions"),
        pytest.param({"deployment": UNPROVEN}, {}, "degraded", ["deployment-unfinished"], id="unproven"),
    ],
)
def test_health_of_a_pair_that_runs_kea(a: dict[str, Any], b: dict[str, Any], health: str, reasons: list[str]) -> None:
    answers = {"a": kea_answer("a", **a), "b": kea_answer("b", **b)}
    for known in (None, []):
        pair = only(answers, known)
        assert (pair["health"], slugs(pair)) == (health, reasons)
        assert [server["daemon"] for server in pair["servers"]] == ["kea", "kea"]
        text = json.dumps(pair)
        assert ("dhcpd" in text) is ("two-daemons-start" in reasons)
        assert "{" not in "".join(reason["message"] + reason["hint"] for reason in pair["reasons"])


def moving(holder: str = "dhcpd", goal: str | None = "kea", by: str | None = None) -> dict[str, Any]:
    return {"step": "moving", "since": "2026-11-22T21:50:00Z", "files": [], "by": by, "goal": goal, "holder": holder}


# Kea that was loaded on the primary, and has no interface.
DEAF: dict[str, Any] = {"local_state": "partner-down", "serving": False, "partner_state": "unavailable"}


class TestMove:
    """A pair that gets another daemon: what is as it should be meanwhile is no reason."""

    @pytest.mark.parametrize(
        "a, b, health, reasons, said",
        [
            pytest.param(
                answer("a", deployment=moving(), **ALONE),
                answer("b", **{**DOWN, "deployment": moving()}),
                "degraded",
                ["migration-unfinished"],
                "dhcpd on a answers clients. The leases of both dhcpd count.",
                id="loaded",
            ),
            pytest.param(
                answer("a", deployment=moving(by="one@there"), **ALONE),
                answer("b", **{**DOWN, "deployment": moving()}),
                "degraded",
                ["migration-running"],
                "one@there is at work on the move to Kea; its last record is of 2026-11-22 21:50:00 UTC. dhcpd on a",
                id="at work",
            ),
            pytest.param(
                kea_answer("a", deployment=moving("kea")),
                kea_answer("b", deployment=moving("kea")),
                "degraded",
                ["migration-unfinished"],
                "Kea on a answers clients. The leases of both Kea count.",
                id="joined",
            ),
            pytest.param(
                kea_answer("a", deployment=moving("kea", "dhcpd")),
                kea_answer("b"),
                "degraded",
                ["migration-unfinished"],
                "Kea on a answers clients. Only a has a journal of it. The leases of both Kea count.",
                id="one journal",
            ),
            pytest.param(
                kea_answer("a", **{**DEAF, "deployment": moving()}),
                answer("b", **{**DOWN, "deployment": moving("kea-primary")}),
                "critical",
                ["no-service", "migration-unfinished"],
                "Neither server answers clients. The leases of both dhcpd count.",
                id="in the cut",
            ),
            pytest.param(
                answer("a", deployment=moving("kea-primary"), **ALONE),
                kea_answer("b", deployment=moving("kea-primary"), **ALONE),
                "critical",
                ["both-alone", "migration-unfinished"],
                "dhcpd on a and Kea on b answer clients. The leases of Kea on the primary count.",
                id="two daemons",
            ),
            pytest.param(
                UNREACHABLE,
                answer("b", **{**DOWN, "deployment": moving()}),
                "critical",
                ["no-service", "migration-unfinished", "host-unreachable"],
                "No server is known to answer clients.",
                id="a host is lost",
            ),
            pytest.param(
                answer("a", deployment={**moving(), "goal": None, "holder": None}, **ALONE),
                answer("b", **{**DOWN, "deployment": None}),
                "degraded",
                ["migration-unfinished"],
                "The move to another daemon has not ended, and no run",
                id="unreadable journal",
            ),
        ],
    )
    def test_a_pair_that_moves(
        self, a: dict[str, Any], b: dict[str, Any], health: str, reasons: list[str], said: str
    ) -> None:
        pair = only({"a": a, "b": b})
        assert (pair["health"], slugs(pair)) == (health, reasons)
        (reason,) = (each for each in pair["reasons"] if each["slug"].startswith("migration-"))
        assert said in reason["message"]
        others = [each["hint"] for each in pair["reasons"] if each["slug"] in ("no-service", "migration-unfinished")]
        assert all("netlab.dhcp_failover.migrate -e failover_server=" in hint for hint in others)

    def test_the_daemon_that_is_wrong_is_named(self) -> None:
        (reason, _moves) = only(
            {
                "a": {**answer("a", deployment=moving("kea-primary"), **ALONE), "unit": "isc-dhcp-server"},
                "b": kea_answer("b", deployment=moving("kea-primary"), **ALONE),
            }
        )["reasons"]
        assert (
            reason["hint"]
            == "Stop the one that is wrong: systemctl stop isc-dhcp-server on a. The leases that it gave are lost."
        )

    def test_two_daemons_on_one_host(self) -> None:
        """It cannot be asked then, but that is no lack of knowledge."""
        said = {"a": {**FAILED, "answering": ["dhcpd", "kea"]}, "b": kea_answer("b")}
        pair = only(said, [{**each, "daemon": "kea"} for each in declared("a", "b")])
        assert (pair["health"], slugs(pair)) == ("critical", ["both-alone", "no-answer"])
        assert "systemctl disable --now isc-dhcp-server or dhcpd. The" in pair["reasons"][0]["hint"]
        assert "dhcpd or kea-dhcp4-server" in only(said)["reasons"][0]["hint"]
        moves = {"a": {**FAILED, "answering": ["dhcpd", "kea"]}, "b": kea_answer("b", deployment=moving("kea"))}
        assert slugs(only(moves)) == ["both-alone", "migration-unfinished", "no-answer"]

    def test_two_daemons_without_a_move(self) -> None:
        said = {"a": {**answer("a", **ALONE), "unit": "isc-dhcp-server"}, "b": kea_answer("b", **ALONE)}
        (reason, *_others) = only(said)["reasons"]
        assert reason["slug"] == "both-alone"
        assert "isc-dhcp-server on a or systemctl stop kea-dhcp4-server on b" in reason["hint"]
        known = [{**each, "daemon": "dhcpd"} for each in declared("a", "b")]
        (reason, *_others) = only(said, known)["reasons"]
        assert "Stop the one that is wrong: systemctl stop kea-dhcp4-server on b." in reason["hint"]


class TestWordsOfKea:
    @pytest.mark.parametrize(
        "local, text, remedy",
        [
            ("in-maintenance", "a can be stopped", "maintenance -e failover_server=b -e maintenance_state=off"),
            ("terminated", "no longer tell each other of leases", "rejoin -e failover_server=b"),
            ("syncing", "copies the leases of a", "takes seconds"),
            ("communication-recovery", "serves only its own half", "partner_down -e failover_server=b"),
            ("backup", "not a state of a working server", "journalctl -t kea-dhcp4 on b"),
        ],
    )
    def test_a_state_has_a_meaning_and_a_remedy(self, local: str, text: str, remedy: str) -> None:
        pair = only({"a": kea_answer("a"), "b": kea_answer("b", local_state=local)})
        (said,) = [reason for reason in pair["reasons"] if reason["slug"] == "state-not-normal"]
        assert text.replace("a can", "a serves its clients; it answers none, and can") in said["message"]
        assert remedy in said["hint"]

    def test_who_decides_that_it_serves_alone(self) -> None:
        for takeover, words in ((True, "It serves alone in some seconds."), (False, "until it is told to")):
            pair = only({"a": kea_answer("a", **KEA_DOWN), "b": kea_answer("b", **LOST, takeover=takeover)})
            assert words in pair["reasons"][-1]["hint"]

    def test_the_unit_that_its_host_has(self) -> None:
        pair = only({"a": kea_answer("a", **KEA_DOWN), "b": kea_answer("b", **ALONE)})
        assert pair["reasons"][0]["message"] == "Kea does not run on a."
        assert (
            "journalctl -t kea-dhcp4 -n 50. Then start it: systemctl start kea-dhcp4-server."
            in pair["reasons"][0]["hint"]
        )

    def test_a_pair_of_two_daemons(self) -> None:
        pair = only({"a": answer("a"), "b": kea_answer("b")})
        said = next(reason for reason in pair["reasons"] if reason["slug"] == "version-mismatch")
        assert said["message"] == "The servers differ: a has dhcpd 4.4.3-P1 and b has Kea 2.6.3."
        assert "Declare one daemon" in said["hint"]

    def test_a_silent_server_is_asked_for_by_its_declared_daemon(self) -> None:
        known = [{**server, "daemon": "kea"} for server in declared("a", "b")]
        pair = only({"a": kea_answer("a"), "b": UNREACHABLE}, known)
        assert [server["daemon"] for server in pair["servers"]] == ["kea", "kea"]


class TestPartners:
    def test_one_that_another_team_manages(self) -> None:
        pair = only({"a": answer("a")}, declared("a"))
        assert (pair["health"], slugs(pair)) == ("unknown", ["partner-elsewhere"])
        assert [(server["host"], server["role"], server["condition"]) for server in pair["servers"]] == [
            ("a", "primary", "answers"),
            ("10.0.0.2", "secondary", "elsewhere"),
        ]

    def test_a_partner_elsewhere_may_be_accepted(self) -> None:
        assert only({"a": answer("a")}, declared("a"), ignore=["partner-elsewhere"])["health"] == "healthy"

    def test_the_primary_stands_first_also_when_it_is_elsewhere(self) -> None:
        pair = only({"b": answer("b")}, declared("b"))
        assert [server["role"] for server in pair["servers"]] == ["primary", "secondary"]

    def test_a_relationship_that_only_one_of_them_knows(self) -> None:
        other = {"name": "b", "address": "10.0.0.2", "failover": [half("b", name="y", peer_address="10.0.0.9")]}
        named = answer("b", name="y", peer_address="10.0.0.9")
        pairs = report({"a": answer("a"), "b": named}, [*declared("a"), other])["pairs"]
        assert [(pair["name"], slugs(pair)) for pair in pairs] == [
            ("x", ["partner-missing"]),
            ("y", ["partner-elsewhere"]),
        ]

    def test_pairs_of_the_same_name_are_told_apart_by_their_addresses(self) -> None:
        answers = {}
        for number in range(3):
            for host, own, peer in (("a", 1, 2), ("b", 2, 1)):
                ends = {"address": f"10.0.{number}.{own}", "peer_address": f"10.0.{number}.{peer}"}
                answers[f"{host}{number}"] = answer(host, **ends)
        answers["b1"] = answer("b", address="10.0.1.2", peer_address="10.0.1.1", **DOWN)
        found = report(answers, [])
        assert [[server["host"] for server in pair["servers"]] for pair in found["pairs"]] == [
            ["a1", "b1"],
            ["a0", "b0"],
            ["a2", "b2"],
        ]
        assert found["counts"] == {"critical": 0, "degraded": 1, "unknown": 0, "healthy": 2}
        assert found["health"] == "degraded"

    def test_the_servers_state_counts_more_than_the_declaration(self) -> None:
        known = [*declared("a", peer_address="10.9.9.9"), *declared("b")]
        assert only({"a": answer("a"), "b": answer("b")}, known)["health"] == "healthy"


class TestReport:
    def test_an_inventory_without_pairs_is_unknown(self) -> None:
        assert report({}, [])["health"] == "unknown"

    def test_a_pair_without_a_selected_server_is_skipped(self) -> None:
        found = report({"a": {}, "b": {}, "c": {}})
        assert found["pairs"] == []
        assert found["health"] == "unknown"

    def test_a_server_without_relationship_is_named(self) -> None:
        found = report({"a": answer("a"), "b": answer("b"), "c": {"running": True, "relationships": []}})
        assert (found["single"], found["health"]) == (["c"], "healthy")

    def test_a_silent_unknown_server_is_not_forgotten(self) -> None:
        found = report({"c": UNREACHABLE, "a": answer("a"), "b": answer("b")})
        assert found["health"] == "unknown"
        assert (found["pairs"][0]["name"], slugs(found["pairs"][0])) == (None, ["host-unreachable"])

    def test_a_reason_that_does_not_exist_cannot_be_ignored(self) -> None:
        with pytest.raises(ValueError, match='no reason "clock-ofset" to ignore'):
            report({}, [], ignore=["clock-ofset"])

    def test_the_worst_counts(self) -> None:
        order = [Health.HEALTHY, Health.UNKNOWN, Health.DEGRADED, Health.CRITICAL]
        assert [health.rank for health in order] == [0, 1, 2, 3]
        assert status.worst([]) is Health.HEALTHY
        assert status.worst([Health.UNKNOWN, Health.CRITICAL, Health.HEALTHY]) is Health.CRITICAL


class TestWords:
    def test_every_state_is_explained(self) -> None:
        for state in set(STATES.values()) - {"normal"}:
            pair = only({"a": answer("a", local_state=state), "b": answer("b")})
            said = next(reason for reason in pair["reasons"] if reason["slug"] == "state-not-normal")
            assert said["message"].startswith(f"a is in {state} for 4 h: ")

    def test_recover_wait_tells_when_it_ends(self) -> None:
        """The time is from the server's own clock, which may differ from ours."""
        waiting = {"local_state": "recover-wait", "since": "2026-11-22T21:50:00Z", "time": NOW + 20}
        pair = only({"a": answer("a", local_state="partner-down"), "b": answer("b", **waiting)})
        assert pair["servers"][1]["seconds_left"] == 1800 - 620
        assert "for another 19 min 40 s, until 2026-11-22 22:19:40 UTC" in pair["reasons"][1]["message"]

    def test_recover_wait_that_should_be_over(self) -> None:
        pair = only({"a": answer("a", local_state="partner-down"), "b": answer("b", local_state="recover-wait")})
        assert "should have ended 3 h 30 min ago" in pair["reasons"][1]["message"]

    def test_a_cut_cable_has_another_remedy_than_a_dead_daemon(self) -> None:
        cut = only({"a": answer("a", **INTERRUPTED), "b": answer("b", **INTERRUPTED)})
        assert "nc -zv 10.0.0.2 647" in cut["reasons"][0]["hint"]
        dead = only({"a": answer("a", **INTERRUPTED), "b": answer("b", **DOWN)})
        assert "Bring dhcpd on b back" in dead["reasons"][1]["hint"]

    def test_a_fault_is_reported_once(self) -> None:
        pair = only({"a": answer("a", faults=[fault(count=53)]), "b": answer("b")})
        assert pair["reasons"][0]["message"] == (
            "a: unknown-ip-address, logged 53 times since its dhcpd was started, last at 2026-11-22 21:59:00 UTC: "
            "as logged"
        )
        assert pair["reasons"][0]["hint"] == "Mend it."

    def test_the_fault_of_another_pair_on_the_same_server(self) -> None:
        said = answer("a", faults=[fault(relationship="y")])
        said["relationships"].append(with_meaning({**half("a", "y", peer_address="10.0.0.9"), **INTERRUPTED}))
        found = {pair["name"]: slugs(pair) for pair in report({"a": said, "b": answer("b")}, [])["pairs"]}
        assert found == {"y": ["fault", "state-not-normal", "partner-elsewhere"], "x": []}

    @pytest.mark.parametrize(
        "changes, words",
        [
            ({}, "was interrupted: it runs a new configuration, with which the pair was not yet proven to work."),
            ({"step": "unread"}, "its new files are in place, but its dhcpd still runs with the previous ones."),
            ({"step": "unread", "kept": False}, "a: /etc/dhcp/dhcpd.conf was changed at 2026-11-22 21:50:00 UTC, but"),
            (
                {"step": "staged"},
                "ended before anything was replaced. It runs with its previous configuration; the new",
            ),
        ],
    )
    def test_an_unfinished_deployment(self, changes: dict[str, Any], words: str) -> None:
        found = {**UNPROVEN, "files": ["/etc/dhcp/dhcpd.conf"], **changes}
        (reason,) = only({"a": answer("a", deployment=found), "b": answer("b")})["reasons"]
        assert words in reason["message"]
        assert "2026-11-22 21:50:00 UTC" in reason["message"]
        assert "netlab.dhcp_failover.d" in reason["hint"]

    def test_addresses_that_are_not_shared(self) -> None:
        (reason,) = only({"a": answer("a", pools=RANGES[80]), "b": answer("b", pools=RANGES[41])})["reasons"]
        assert reason["message"] == (
            "The servers do not share the same addresses: a has 80 and b has 41; only a has 10.0.0.61-10.0.0.99 (39)."
        )

    def test_many_pools_do_not_fill_the_screen(self) -> None:
        said = answer("a")
        said["relationships"][0]["pools"] = [{"subnet": f"10.0.{n}.0/24", **EMPTY} for n in range(40)]
        (reason,) = only({"a": said, "b": answer("b")})["reasons"]
        assert "10.0.2.0/24 (free 0, backup 0, of 100) and 37 more." in reason["message"]

    def test_every_reason_can_happen(self) -> None:
        """This file has a case of each."""
        own = Path(__file__).read_text()
        assert [slug for slug in REASONS if f'"{slug}"' not in own] == []


@pytest.mark.parametrize(
    "value, expected",
    [(None, None), (3, 3), (3.5, 3.5), ("2026-11-22T22:00:00Z", NOW), ("1970-01-01T01:00:00+01:00", 0.0), ("x", None)],
)
def test_epoch(value: Any, expected: float | None) -> None:
    assert epoch(value) == expected
