# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice of a daemon, and the wait for it, with a daemon and a clock that are told what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon import control as port
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import GOALS, control, reached, wait
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    ControlError,
    Deployment,
    Phase,
    Report,
    Step,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS


def said(phase: Phase, partner: Phase = Phase.NORMAL, running: bool = True) -> Answer:
    return Answer(running, None, 0.0, [Report("x", phase.value, partner.value, phase, partner)])


class Daemon:
    """Says one thing after the other, and the last one for ever; None is no answer. It is its own clock, too."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.now = 100.0

    def answer(self, names: Sequence[str] | None, states_only: bool) -> Answer:
        assert (names, states_only) == (["x"], True)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if found is None:
            raise ControlError("no answer")
        return found

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    "answers, seconds, waited",
    [
        ([said(Phase.NORMAL)], 10, 0),
        ([None, said(Phase.SETTLING), said(Phase.NORMAL)], 10, 2),
        ([said(Phase.SETTLING)], 10, 10),
        ([None], 3, 3),
        ([said(Phase.NORMAL, running=False)], 2, 2),
        ([said(Phase.NORMAL)], 0, 0),
    ],
)
def test_it_waits_until_then_and_no_longer(answers: list[Answer | None], seconds: float, waited: float) -> None:
    daemon: Any = Daemon(*answers)
    assert wait(daemon, ["x"], "normal", seconds, clock=lambda: float(daemon.now), sleep=daemon.sleep) == waited


@pytest.mark.parametrize("goal, waited", [("normal", 0.0), ("alone", 3.0)])
def test_a_pair_that_moves_is_not_awaited(monkeypatch: pytest.MonkeyPatch, goal: str, waited: float) -> None:
    monkeypatch.setattr(port, "moving", lambda: Deployment(Step.MOVING, ""))
    daemon: Any = Daemon(said(Phase.WAITING))
    assert wait(daemon, ["x"], goal, 3.0, clock=lambda: float(daemon.now), sleep=daemon.sleep) == waited


@pytest.mark.parametrize(
    "phase, partner, goals",
    [
        (Phase.NORMAL, Phase.NORMAL, {"normal", "settled"}),
        (Phase.SETTLING, Phase.NORMAL, set()),
        (Phase.ALONE, Phase.HELD, {"alone", "settled"}),
        (Phase.HELD, Phase.ALONE, {"partner_alone", "settled"}),
        (Phase.UNKNOWN, Phase.UNKNOWN, {"settled"}),
    ],
)
def test_goals(phase: Phase, partner: Phase, goals: set[str]) -> None:
    assert {goal for goal in GOALS if reached(said(phase, partner), goal)} == goals
    assert not any(reached(said(phase, partner, running=False), goal) for goal in GOALS)


def test_a_goal_is_for_every_relationship() -> None:
    both = Answer(True, None, 0.0, [*said(Phase.NORMAL).relationships, *said(Phase.WAITING).relationships])
    assert not reached(both, "normal")


def test_the_daemon_is_chosen_by_its_name() -> None:
    assert control("dhcpd", {"config": "/x", "verb": "rejoin"}) == DhcpdControl(config="/x")
    with pytest.raises(KeyError):
        control("named", {})


JOURNALS = {
    "dhcpd": """\
1000.500000 one dhcpd[783]: failover peer x: I move from recover-done to normal
1010.250000 one systemd[1]: isc-dhcp-server.service: Deactivated successfully.
1020.000000 one dhcpd[800]: failover peer x: I move from normal to startup
1030.000000 one systemd[1]: isc-dhcp-server.service: Main process exited, code=killed, status=9/KILL
""",
    "Kea 2.2": """\
1000.500000 one kea-dhcp4[501]: 2026-11-25 23:52:04.783 INFO  [kea-dhcp4.ha-hooks/501.139951787185856] \
HA_STATE_TRANSITION server transitions from READY to HOT-STANDBY state, partner state is READY
1010.250000 one systemd[1]: kea-dhcp4-server.service: Deactivated successfully.
1020.000000 one kea-dhcp4[502]: 2026-11-25 23:52:04.783 INFO  [kea-dhcp4.ha-hooks/502.139951787185856] \
HA_SERVICE_STARTED started high availability service in hot-standby mode as primary server
1030.000000 one systemd[1]: kea-dhcp4-server.service: Main process exited, code=killed, status=9/KILL
""",
}
JOURNALS["Kea 2.6"] = re.sub(r"(HA_\w+) ", r"\1 x-primary: ", JOURNALS["Kea 2.2"])
JOURNALS["Kea 2.6, several"] = JOURNALS["Kea 2.6"] + JOURNALS["Kea 2.6"].replace(" x-", " y-").replace("systemd", "x")


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_journal_tells_its_states_and_when_it_was_gone(journal: str) -> None:
    both = ("normal", "startup") if journal == "dhcpd" else ("hot-standby", "waiting")
    assert port.moves(JOURNALS[journal].splitlines(), "x") == [
        (1000.5, both[0], "normal"),
        (1010.25, "stopped", "unknown"),
        (1020.0, both[1], "settling"),
        (1030.0, "stopped", "unknown"),
    ]


class TestChoice:
    @pytest.fixture(autouse=True)
    def host(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A host on which nothing runs, and nothing is configured."""
        self.running: set[str] = set()
        self.configs = {name: tmp_path / f"{name}.conf" for name in DAEMONS}
        found = {name: ((lambda name=name: name in self.running), str(path)) for name, path in self.configs.items()}
        monkeypatch.setattr(port, "_FOUND", found)

    def test_the_one_that_is_named(self) -> None:
        self.running = {"dhcpd"}
        assert port.choose("kea") == "kea"

    @pytest.mark.parametrize("name", DAEMONS)
    def test_the_one_that_runs(self, name: str) -> None:
        self.running = {name}
        for path in self.configs.values():
            path.touch()
        assert port.choose("auto") == name

    @pytest.mark.parametrize("name", DAEMONS)
    def test_the_one_that_is_configured(self, name: str) -> None:
        self.configs[name].touch()
        assert port.choose("auto") == name

    @pytest.mark.parametrize("name", DAEMONS)
    def test_the_one_that_starts_with_the_host(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """A host that has changed its daemon keeps the old configuration. To start that one would be wrong."""
        monkeypatch.setattr(port, "_STARTED", tmp_path)
        for path in self.configs.values():
            path.touch()
        (tmp_path / "multi-user.target.wants").mkdir()
        (tmp_path / f"multi-user.target.wants/{port.find_unit(name)}.service").touch()
        assert port.choose("auto") == name
        assert port.starting_daemons() == [name]

    def test_which_hear_clients(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beside a dhcpd there may be Kea without an interface."""
        monkeypatch.setattr(port, "_STARTED", tmp_path)
        (tmp_path / "multi-user.target.wants").mkdir()
        for name in DAEMONS:
            (tmp_path / f"multi-user.target.wants/{port.find_unit(name)}.service").touch()
        self.running = set(DAEMONS)
        for deaf, expected in ((False, [*DAEMONS]), (True, ["dhcpd"])):
            monkeypatch.setattr(port, "_DEAF", {"kea": lambda deaf=deaf: deaf})
            assert port.answering_daemons() == port.starting_daemons() == expected
        assert port.choose("auto") == "dhcpd"
        self.running = {"kea"}
        assert port.answering_daemons() == ["kea"]

    def test_dhcpd_if_nothing_is_known(self) -> None:
        assert port.choose("auto") == "dhcpd"
        for path in self.configs.values():
            path.touch()
        assert port.choose("auto") == "dhcpd"

    def test_the_one_of_the_configuration(self, tmp_path: Path) -> None:
        self.running = {"dhcpd", "kea"}
        (tmp_path / "other").write_text("// Kea\n{ }")
        assert port.choose("auto", str(tmp_path / "other")) == "kea"
        (tmp_path / "other").write_text("# dhcpd\nsubnet 192.0.2.0 netmask 255.255.255.0 { }")
        assert port.choose("auto", str(tmp_path / "other")) == "dhcpd"

    def test_not_if_both_run(self) -> None:
        self.running = {"dhcpd", "kea"}
        with pytest.raises(ControlError, match="dhcpd and kea run on this host"):
            port.choose("auto")

    @pytest.mark.parametrize("holder, daemon", [("dhcpd", "dhcpd"), ("kea-primary", "kea")])
    def test_while_the_pair_moves(self, monkeypatch: pytest.MonkeyPatch, holder: str, daemon: str) -> None:
        """The one whose leases count: Kea is loaded beside a dhcpd that serves."""
        self.running = {"dhcpd", "kea"}
        monkeypatch.setattr(port, "moving", lambda: Deployment(Step.MOVING, "", goal="kea", holder=holder))
        assert port.choose("auto") == daemon
        monkeypatch.setattr(port, "moving", lambda: Deployment(Step.MOVING, ""))
        with pytest.raises(ControlError, match="run on this host"):
            port.choose("auto")

    def test_options_of_another_daemon_do_not_matter(self) -> None:
        assert port.control("kea", {"config": None, "omapi_port": 7911, "timeout": 7}) == KeaControl(timeout=7)
        assert port.control("dhcpd", {"config": None, "omapi_port": None, "timeout": 7}) == DhcpdControl(timeout=7)
