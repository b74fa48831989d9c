# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each verb in each state, and what Kea is told."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.partner import Sight
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import QUESTIONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import State
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.verbs import VERBS, act, objection
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Change, ControlError
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.substitute import (
    RECORDED,
    Substitute,
    configuration,
)

STATES = (
    *("hot-standby", "load-balancing", "communication-recovery", "partner-down", "partner-in-maintenance"),
    *("in-maintenance", "terminated", "waiting", "syncing", "ready", "backup", ""),
)
WORKING = {"hot-standby", "load-balancing"}
ON_ITS_WAY = WORKING | {"waiting", "syncing", "ready"}
OPEN = Sight("192.0.2.2 port 8000", "open", None)
REFUSED = Sight("192.0.2.2 port 8000", "refused", None)


def state(local: str, partner: str = "hot-standby", heard: bool = True) -> State:
    return State("x", "primary", local, partner, heard, True)


def status(local: str, partner: str = "hot-standby", scopes: Sequence[str] = ("x-primary",)) -> Any:
    """Kea's answer in these states."""
    found = copy.deepcopy(RECORDED["2.6.3 normal: primary"])
    servers = found["arguments"]["high-availability"][0]["ha-servers"]
    servers["local"].update(state=local, scopes=list(scopes))
    servers["remote"]["last-state"] = partner
    return found


@pytest.fixture
def kea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Substitute:
    monkeypatch.setattr(process_module, "find_process", lambda: Process(17, 0))
    return Substitute(tmp_path)


def carry_out(
    kea: Substitute,
    verb: str,
    answers: Mapping[str, Any],
    partner: str = "unknown",
    sight: Sight = REFUSED,
    **more: bool,
) -> Change:
    """Carry out a verb. answers: the states after a command."""

    def react(command: str) -> Any:
        if command not in answers:
            return None
        kea.status = answers[command]
        return {"result": 0, "text": "done"}

    kea.react = react
    options = {"force": False, "check_mode": False, **more}
    with kea:
        return act(kea.control, verb, "x", partner, **options, look=lambda _half, _ping: sight)


def told(kea: Substitute) -> list[str]:
    return [asked["command"] for asked in kea.commands if asked["command"] not in QUESTIONS]


@pytest.mark.parametrize("local", STATES)
def test_where_a_verb_is_allowed(local: str) -> None:
    allowed = {name for name in VERBS if objection(name, state(local, heard=name != "partner_down")) is None}
    expected = set()
    if local in ON_ITS_WAY | {"communication-recovery", "partner-down"}:
        expected.add("partner_down")
    if local in WORKING:
        expected |= {"take_over", "resync"}
    if local == "partner-in-maintenance":
        expected.add("give_back")
    if local == "terminated":
        expected.add("rejoin")
    assert allowed == expected
    for name in set(VERBS) - allowed:
        assert f"its state is {local}, not " in (objection(name, state(local, heard=True)) or "")


def test_a_partner_that_is_heard_is_not_down() -> None:
    assert "hears its partner" in (objection("partner_down", state("hot-standby")) or "")


@pytest.mark.parametrize("verb", ["take_over", "resync"])
def test_without_partner_nobody_would_serve(verb: str) -> None:
    alone = state("hot-standby", "unavailable", heard=False)
    assert "no server would serve" in (objection(verb, alone) or "")
    waiting = state("hot-standby", "waiting")
    assert "its partner's state is waiting" in (objection(verb, waiting) or "")


@pytest.mark.parametrize("soon", [("hot-standby", "ready"), ("ready", "hot-standby")])
def test_two_servers_that_are_about_to_work_together_are_waited_for(kea: Substitute, soon: tuple[str, str]) -> None:
    kea.status = status(*soon)

    def react(command: str) -> Any:
        if len(kea.commands) == 4:
            kea.status = status("hot-standby")
        if command == "ha-maintenance-start":
            kea.status = status("partner-in-maintenance")
            return {"result": 0, "text": "done"}
        return None

    kea.react = react
    with kea:
        change = act(kea.control, "take_over", "x", "unknown", force=False, check_mode=False)
    assert change.local_state == "partner-in-maintenance"


def test_to_rejoin_without_partner_needs_an_order(kea: Substitute) -> None:
    # What a terminated server says of its partner is old.
    kea.status = status("terminated", "unavailable")
    with pytest.raises(ControlError, match=r"does not answer at .* insist with force: true"):
        carry_out(kea, "rejoin", {})
    assert told(kea) == []
    assert carry_out(kea, "rejoin", {"config-reload": status("waiting")}, force=True).local_state == "waiting"


@pytest.mark.parametrize(
    ("verb", "before", "command", "after"),
    [
        ("take_over", "hot-standby", "ha-maintenance-start", "partner-in-maintenance"),
        ("give_back", "partner-in-maintenance", "ha-maintenance-cancel", "ready"),
        ("rejoin", "terminated", "config-reload", "waiting"),
        ("resync", "hot-standby", "ha-reset", "syncing"),
    ],
)
def test_a_verb(kea: Substitute, verb: str, before: str, command: str, after: str) -> None:
    kea.status = status(before, "in-maintenance" if verb == "give_back" else "hot-standby")
    assert not carry_out(kea, verb, {}, sight=OPEN, check_mode=True).diff["after"].endswith(f"{before}\n")
    assert told(kea) == []
    change = carry_out(kea, verb, {command: status(after)}, sight=OPEN)
    assert (change.changed, change.previous_state, change.local_state) == (True, before, after)
    assert told(kea) == [command]


@pytest.mark.parametrize(
    ("verb", "there"),
    [("partner_down", "partner-down"), ("take_over", "partner-in-maintenance"), ("give_back", "hot-standby")],
)
def test_nothing_to_do(kea: Substitute, verb: str, there: str) -> None:
    kea.status = status(there)
    assert carry_out(kea, verb, {}).changed is False
    assert told(kea) == []


class TestGiveBack:
    """To a partner that was restarted meanwhile."""

    def test_when_it_has_all_leases(self, kea: Substitute) -> None:
        """What this server knows of it is as old as the last heartbeat."""
        kea.status = status("partner-in-maintenance", "in-maintenance")
        refusals = [{"result": 1, "text": "not in the in-maintenance state"}] * 2

        def react(command: str) -> Any:
            if command != "ha-maintenance-cancel":
                return None
            if refusals:
                return refusals.pop()
            kea.status = status("hot-standby", "ready")
            return {"result": 0, "text": "done"}

        kea.react = react
        with kea:
            change = act(kea.control, "give_back", "x", "unknown", force=False, check_mode=False)
        assert (change.local_state, told(kea)) == ("hot-standby", ["ha-maintenance-cancel"] * 3)

    def test_that_a_late_heartbeat_undoes(self, kea: Substitute) -> None:
        """Its answer was on its way when the command was carried out."""
        kea.status = status("partner-in-maintenance", "in-maintenance")
        later = [
            status("hot-standby", "in-maintenance"),
            status("hot-standby", "in-maintenance"),
            status("partner-in-maintenance", "in-maintenance"),
        ]

        def react(command: str) -> Any:
            if command == "ha-maintenance-cancel":
                kea.status = status("hot-standby", "in-maintenance" if later else "ready")
                return {"result": 0, "text": "done"}
            if command == "status-get" and "ha-maintenance-cancel" in told(kea) and later:
                kea.status = later.pop(0)
            return None

        kea.react = react
        with kea:
            change = act(kea.control, "give_back", "x", "unknown", force=False, check_mode=False)
        assert (change.local_state, change.partner_state) == ("hot-standby", "ready")
        assert told(kea) == ["ha-maintenance-cancel"] * 2

    def test_that_was_seen_to_stop(self, kea: Substitute) -> None:
        kea.status = status("partner-in-maintenance", "waiting")
        later = [status("partner-down", "waiting"), status("hot-standby", "ready")]

        def react(command: str) -> Any:
            if command == "status-get" and len(kea.commands) > 4 and later:
                kea.status = later.pop(0)

        kea.react = react
        with kea:
            change = act(kea.control, "give_back", "x", "unknown", force=False, check_mode=False)
        assert (change.local_state, told(kea)) == ("hot-standby", [])

    def test_in_vain(self, kea: Substitute) -> None:
        kea.status = status("partner-in-maintenance", "waiting")
        kea.react = lambda command: {"result": 1, "text": "not there"} if command.startswith("ha-") else None
        with kea, pytest.raises(ControlError, match="Kea refuses it: not there"):
            act(kea.control, "give_back", "x", "unknown", force=False, check_mode=False)


class TestPartnerDown:
    def test_with_proof(self, kea: Substitute) -> None:
        kea.status = status("hot-standby", "unavailable")
        change = carry_out(kea, "partner_down", {"ha-maintenance-start": status("partner-down")}, partner="stopped")
        assert (change.local_state, change.usable_in) == ("partner-down", 0)
        assert told(kea) == ["ha-maintenance-start"]

    @pytest.mark.parametrize(
        ("partner", "sight", "why"),
        [
            ("unknown", REFUSED, "it proves nothing"),
            ("unreachable", REFUSED, "the partner's host is alive"),
            ("fenced", OPEN, "the partner's kea-dhcp4 is running"),
        ],
    )
    def test_without_proof(self, kea: Substitute, partner: str, sight: Sight, why: str) -> None:
        kea.status = status("hot-standby", "unavailable")
        with pytest.raises(ControlError, match=why):
            carry_out(kea, "partner_down", {}, partner, sight)
        assert told(kea) == []

    def test_a_partner_that_answers_after_all_serves_again(self, kea: Substitute) -> None:
        kea.status = status("hot-standby", "unavailable")
        answers = {
            "ha-maintenance-start": status("partner-in-maintenance", "in-maintenance"),
            "ha-maintenance-cancel": status("hot-standby"),
        }
        with pytest.raises(ControlError, match="was taken back"):
            carry_out(kea, "partner_down", answers, "stopped")
        assert told(kea) == ["ha-maintenance-start", "ha-maintenance-cancel"]


class TestTakeoverByAnOperator:
    """A server that must not take over by itself moves to partner-down, too, but serves its own clients only."""

    def test_it_starts_over_and_takes_over(self, kea: Substitute) -> None:
        kea.status = status("partner-down", "unavailable", scopes=())
        answers = {
            "config-reload": status("waiting", "unavailable", scopes=()),
            "ha-maintenance-start": status("partner-down", "unavailable"),
        }
        assert carry_out(kea, "partner_down", answers, partner="stopped").changed
        assert told(kea) == ["config-reload", "ha-maintenance-start"]

    def test_it_did_not_take_over(self, kea: Substitute) -> None:
        kea.status = status("partner-down", "unavailable", scopes=())
        answers = dict.fromkeys(("config-reload", "ha-maintenance-start"), kea.status)
        with pytest.raises(ControlError, match="the state is partner-down, for its own clients only"):
            carry_out(kea, "partner_down", answers, partner="stopped")

    def test_after_maintenance_it_waits_until_it_misses_its_partner(self, kea: Substitute) -> None:
        waiting = iter([status("partner-in-maintenance", "in-maintenance")] * 2)
        lost = status("partner-down", "unavailable", scopes=())
        taken = status("partner-down", "unavailable")

        def react(command: str) -> Any:
            if command == "status-get":
                return next(waiting, taken if "ha-maintenance-start" in told(kea) else lost)
            return {"result": 0, "text": "done"} if command in ("config-reload", "ha-maintenance-start") else None

        kea.react = react
        with kea:
            change = act(kea.control, "partner_down", "x", "stopped", False, False, look=lambda _half, _ping: REFUSED)
        assert change.changed
        assert told(kea) == ["config-reload", "ha-maintenance-start"]

    def test_it_needs_the_same_proof(self, kea: Substitute) -> None:
        kea.status = status("partner-down", "unavailable", scopes=())
        with pytest.raises(ControlError, match="it proves nothing"):
            carry_out(kea, "partner_down", {})
        assert told(kea) == []


def test_a_partner_that_is_lost_in_the_moment_of_taking_over(kea: Substitute) -> None:
    with pytest.raises(ControlError, match="serves alone"):
        carry_out(kea, "take_over", {"ha-maintenance-start": status("partner-down", "unavailable")})


def test_a_state_that_does_not_come(kea: Substitute) -> None:
    with pytest.raises(ControlError, match="2 s later the state is hot-standby"):
        carry_out(kea, "take_over", {"ha-maintenance-start": status("hot-standby")})


def test_kea_refuses(kea: Substitute) -> None:
    kea.react = lambda command: {"result": 1, "text": "no such thing"} if command.startswith("ha-") else None
    with kea, pytest.raises(ControlError, match="Kea refuses it: no such thing"):
        act(kea.control, "take_over", "x", "unknown", force=False, check_mode=False)


@pytest.mark.parametrize(("verb", "why"), [("hand_over", "run take_over on the partner"), ("y", "no such verb")])
def test_a_verb_of_another_daemon(kea: Substitute, verb: str, why: str) -> None:
    with pytest.raises(ControlError, match=why):
        carry_out(kea, verb, {})


def test_an_unknown_relationship(kea: Substitute) -> None:
    with kea, pytest.raises(ControlError, match="no such relationship"):
        act(kea.control, "resync", "y", "unknown", force=False, check_mode=False)


class TestSeveralRelationships:
    @pytest.fixture(autouse=True)
    def two(self, kea: Substitute) -> None:
        data = configuration(kea.folder)
        (one,) = data["hooks-libraries"][1]["parameters"]["high-availability"]
        other = copy.deepcopy(one)
        other["this-server-name"] = "y-secondary"
        for peer, name in zip(other["peers"], ("y-secondary", "y-primary")):
            peer["name"], peer["url"] = name, peer["url"].replace("8000", "8001")
        self.other = other
        self.data = data
        data["hooks-libraries"][1]["parameters"]["high-availability"] = [one, other]
        kea.write(data)
        second = copy.deepcopy(kea.status["arguments"]["high-availability"][0])
        second["ha-servers"]["local"]["server-name"] = "y-secondary"
        kea.status = copy.deepcopy(kea.status)
        kea.status["arguments"]["high-availability"].append(second)

    def test_one_of_them_is_reset(self, kea: Substitute) -> None:
        carry_out(kea, "resync", {"ha-reset": kea.status})
        (asked,) = [asked for asked in kea.commands if asked["command"] == "ha-reset"]
        assert asked["arguments"] == {"server-name": "x-primary"}

    def test_all_are_in_maintenance_together(self, kea: Substitute) -> None:
        servers = kea.status["arguments"]["high-availability"][1]["ha-servers"]
        servers["local"]["state"] = "terminated"
        with pytest.raises(ControlError, match='relationship "y" would change, too: its state is terminated'):
            carry_out(kea, "take_over", {})

    @pytest.mark.parametrize(
        ("verb", "instead"), [("take_over", "Stop the partner instead"), ("partner_down", "Start the partner again")]
    )
    def test_not_with_different_partners(self, kea: Substitute, verb: str, instead: str) -> None:
        self.other["peers"][1]["url"] = "http://192.0.2.3:8001/"
        kea.write(self.data)
        with pytest.raises(ControlError, match=f"y would change, too. {instead}"):
            carry_out(kea, verb, {})
        assert told(kea) == []
