# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate import operations
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.operations import Operation, RefusalError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import phase as kea_phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import seconds_of
from ansible_collections.netlab.dhcp_failover.tests.unit.status.estate import with_meaning


def side(relationship: str, host: str, partner: str | None) -> dict[str, Any]:
    return {"relationship": relationship, "host": host, "partner": partner, "peer_address": "192.0.2.9"}


SIDES = [
    side("office", "one", "two"),
    side("office", "two", "one"),
    side("hall", "one", "three"),
    side("hall", "three", "one"),
    side("guests", "three", None),
]
EVERYBODY = ["one", "two", "three"]
ONE = operations.choose("rejoin", SIDES, "one", "office", EVERYBODY)


def report(state: str = "normal", **more: Any) -> dict[str, Any]:
    found = {"name": "office", "local_state": state, "partner_state": "normal", "problem": None, "saved": None}
    return with_meaning(found | {"since": "2026-11-22T18:19:56Z", "mclt": 1800} | more)


def answer(*reports: dict[str, Any], running: bool = True) -> dict[str, Any]:
    return {"daemon": "dhcpd", "unit": "isc-dhcp-server", "running": running, "relationships": list(reports)}


def kea(state: str, running: bool = True, faults: tuple[dict[str, str], ...] = (), **more: Any) -> dict[str, Any]:
    """The answer of a server that runs Kea."""
    found = {"name": "office", "local_state": state, "partner_state": "hot-standby", "problem": None, "saved": None}
    found.update(
        phase=kea_phase(state).value, partner_phase="normal", serving=True, since=None, mclt=None, wait_until=None
    )
    found["normal"] = found["phase"] == "normal"
    if not running:
        found["problem"] = "kea-dhcp4 does not run on this host"
    said = {"daemon": "kea", "unit": "kea-dhcp4-server", "running": running, "faults": list(faults)}
    return {**said, "relationships": [{**found, **more}]}


KEA_STOPPED = kea("unknown", running=False)


def stopped(state: str = "normal") -> dict[str, Any]:
    saved = {"local_state": state, "phase": phase(state)}
    problem = "dhcpd does not run on this host"
    return answer(report("unknown-state", since=None, problem=problem, saved=saved), running=False)


UNREACHABLE = {"unreachable": True, "msg": "ssh: connect to host two port 22: No route to host"}
LOCKED_OUT = {"unreachable": True, "msg": "root@two: Permission denied (publickey)."}


class TestChoose:
    def test_all_relationships_of_a_server(self) -> None:
        found = operations.choose("rejoin", SIDES, "one", "", EVERYBODY)
        assert found.relationships == {"one": ["office", "hall"], "two": ["office"], "three": ["hall"]}
        assert (found.partners, found.whole) == (["two", "three"], True)

    def test_one_of_them(self) -> None:
        assert ONE.relationships == {"one": ["office"], "two": ["office"]}
        assert not ONE.whole

    def test_a_partner_that_the_inventory_does_not_know(self) -> None:
        found = operations.choose("rejoin", SIDES, "three", "guests", EVERYBODY)
        assert (found.relationships, found.partners) == ({"three": ["guests"]}, [])
        assert "not in the inventory" in operations.state_table(found, {"three": answer(report())})[-1]

    @pytest.mark.parametrize(
        "server, relationship, present, words",
        [
            ("", "", EVERYBODY, ["one of: one, two, three. It is not set", "rejoin -e failover_server=one"]),
            ("four", "", EVERYBODY, ['It is "four"']),
            ("two", "hall", EVERYBODY, ["a relationship of two, one of: office (default", 'It is "hall"']),
            ("one", "office", ["one"], ["--limit leaves out two"]),
        ],
    )
    def test_refusals(self, server: str, relationship: str, present: list[str], words: list[str]) -> None:
        with pytest.raises(RefusalError) as refused:
            operations.choose("rejoin", SIDES, server, relationship, present)
        assert [word for word in words if word not in str(refused.value)] == []

    def test_an_inventory_without_relationships(self) -> None:
        with pytest.raises(RefusalError, match="no host of this inventory has a relationship"):
            operations.choose("rejoin", [], "one", "", ["one"])


@pytest.mark.parametrize(
    "answers, normal",
    [
        ({"one": answer(report()), "two": answer(report())}, True),
        ({"one": answer(report()), "two": answer(report("communications-interrupted"))}, False),
        ({"one": answer(report()), "two": UNREACHABLE}, False),
        ({"one": answer(report())}, False),
    ],
)
def test_all_normal(answers: dict[str, Any], normal: bool) -> None:
    assert operations.all_normal(ONE, answers) is normal


@pytest.mark.parametrize(
    "answered, shown",
    [
        ({"msg": "x" * 200}, f"no answer                  {'x' * 87}..."),
        ({"unreachable": True, "msg": "timed out"}, "unreachable                timed out"),
    ],
)
def test_the_table_shows_what_is_known(answered: dict[str, Any], shown: str) -> None:
    lines = operations.state_table(ONE, {"one": stopped("shutdown"), "two": answered})
    assert lines == [
        "relationship   server         state                      since",
        "office         one            not running                will start as shutdown",
        f"office         two            {shown}",
    ]


class TestPartnerDown:
    INTERRUPTED = answer(report("communications-interrupted"))

    @pytest.mark.parametrize(
        "found, unit_state, condition",
        [
            (UNREACHABLE, "", "unreachable"),
            (LOCKED_OUT, "", "unknown"),
            ({"unreachable": True, "msg": "ssh: a message of a later version"}, "", "unknown"),
            ({"unreachable": True}, "", "unknown"),
            (stopped(), "inactive", "stopped"),
            (stopped(), "failed", "stopped"),
            (stopped(), "activating", "running"),  # systemd will start it again
            (stopped(), "", "running"),
            (answer(report()), "active", "running"),
            ({"msg": "no OMAPI key"}, "inactive", "running"),  # nothing shows that it does not run
        ],
    )
    def test_condition(self, found: dict[str, Any], unit_state: str, condition: str) -> None:
        assert operations.partner_condition(found, unit_state) == condition

    @pytest.mark.parametrize(
        "own, theirs, condition, words",
        [
            (stopped(), answer(report()), "running", ["one: dhcpd does not run", "It cannot take over"]),
            (
                INTERRUPTED,
                answer(report()),
                "running",
                ["two: refused: dhcpd runs there (its state: normal)", "fenced"],
            ),
            (INTERRUPTED, LOCKED_OUT, "unknown", ["cannot log in", "Permission denied", "fenced"]),
        ],
    )
    def test_refusals(self, own: dict[str, Any], theirs: dict[str, Any], condition: str, words: list[str]) -> None:
        with pytest.raises(RefusalError) as refused:
            operations.judge_partner_down(ONE, {"one": own, "two": theirs}, {"two": condition}, False)
        assert [word for word in words if word not in str(refused.value)] == []

    @pytest.mark.parametrize("condition", ["stopped", "unreachable"])
    def test_proof_that_the_partner_does_not_serve(self, condition: str) -> None:
        answers = {"one": self.INTERRUPTED, "two": {}}
        assert operations.judge_partner_down(ONE, answers, {"two": condition}, False) == []
        assert operations.partner_down_evidence({"two": condition}, "two", False) == condition

    def test_forcing_warns_of_a_running_partner(self) -> None:
        answers = {"one": self.INTERRUPTED, "two": answer(report())}
        (warning,) = operations.judge_partner_down(ONE, answers, {"two": "running"}, True)
        assert "two is fenced, but dhcpd runs there" in warning
        assert "name=isc-dhcp-server state=stopped" in warning
        assert operations.partner_down_evidence({"two": "running"}, "two", True) == "fenced"

    def test_another_state_is_for_the_daemon_to_refuse(self) -> None:
        answers = {"one": answer(report()), "two": answer(report())}
        assert operations.judge_partner_down(ONE, answers, {"two": "running"}, False) == []
        assert operations.partner_down_evidence({"two": "running"}, "two", False) == "unknown"
        assert operations.partner_down_evidence({}, None, False) == "unknown"

    @pytest.mark.parametrize(
        "changed, check_mode, did",
        [(True, False, "has taken"), (True, True, "would take"), (False, False, "had already taken")],
    )
    def test_told(self, changed: bool, check_mode: bool, did: str) -> None:
        usable = {"usable_at": "2026-11-22T22:29:02Z", "usable_in": 10}
        result = {"changed": changed, "relationship": "office", "mclt": 10, **usable}
        lines, remedy = operations.tell_partner_down(ONE, {}, [result], check_mode)
        assert lines[0] == f"one {did} over from its partner, to serve all clients."
        assert lines[1].endswith("usable from 2026-11-22T22:29:02Z on, in 10 s (MCLT 10 s)")
        assert remedy.endswith("rejoin -e failover_server=two")


class TestMaintenance:
    @pytest.mark.parametrize(
        "state, begin", [("on", True), ("ON", True), (True, True), ("true", True), ("off", False), (False, False)]
    )
    def test_on_and_off(self, state: object, begin: bool) -> None:
        assert operations.read_maintenance(state, "one") is begin

    @pytest.mark.parametrize("state, words", [("", "It is not set"), ("stop", 'It is "stop"')])
    def test_neither(self, state: str, words: str) -> None:
        with pytest.raises(RefusalError, match=words):
            operations.read_maintenance(state, "one")

    NORMAL = answer(report())
    ALONE = answer(report("partner-down"))

    @pytest.mark.parametrize(
        "own, theirs, force, already, possible",
        [
            (NORMAL, NORMAL, False, False, True),
            (stopped("shutdown"), ALONE, False, True, False),
            (ALONE, {}, True, False, False),
        ],
    )
    def test_judged(
        self, own: dict[str, Any], theirs: dict[str, Any], force: bool, already: bool, possible: bool
    ) -> None:
        found = operations.judge_maintenance(ONE, {"one": own, "two": theirs}, force)
        assert (found.already, found.possible) == (already, possible)
        assert found.verbs == ({"one": "hand_over"} if own["running"] else {})

    @pytest.mark.parametrize(
        "own, theirs, force, words",
        [
            (stopped(), NORMAL, True, ["cannot hand its clients over", "partner_down -e failover_server=two"]),
            (NORMAL, UNREACHABLE, False, ["no server would take over the clients of one", "maintenance_force=true"]),
            (NORMAL, answer(report("recover-wait")), False, ["office         two            recover-wait"]),
        ],
    )
    def test_refusals(self, own: dict[str, Any], theirs: dict[str, Any], force: bool, words: list[str]) -> None:
        with pytest.raises(RefusalError) as refused:
            operations.judge_maintenance(ONE, {"one": own, "two": theirs}, force)
        assert [word for word in words if word not in str(refused.value)] == []

    def test_both_sides_must_know_that_the_partner_has_taken_over(self) -> None:
        told = answer(report("shutdown", partner_state="partner-down"))
        assert operations.taken_over(ONE, {"one": told, "two": self.ALONE})
        assert not operations.taken_over(ONE, {"one": answer(report("shutdown")), "two": self.ALONE})
        assert not operations.taken_over(ONE, {"one": told, "two": self.NORMAL})
        assert not operations.taken_over(ONE, {"one": told, "two": {}})

    @pytest.mark.parametrize(
        "possible, already, changed, check_mode, words",
        [
            (True, False, True, False, "is in maintenance, its clients are served by the partner."),
            (False, False, True, False, "is in maintenance, its clients may be without service."),
            (True, False, True, True, "would go into maintenance."),
            (False, True, False, False, "was in maintenance already."),
        ],
    )
    def test_told(self, possible: bool, already: bool, changed: bool, check_mode: bool, words: str) -> None:
        handover = operations.Handover(already, possible)
        (line,), _remedy = operations.tell_maintenance(ONE, {}, handover, changed, check_mode)
        assert words in line
        assert "was not stopped, because it serves other relationships" in line


class TestRejoin:
    @pytest.mark.parametrize("partner", [stopped(), UNREACHABLE, {"msg": "two: no key"}])
    def test_the_partner_must_run(self, partner: dict[str, Any]) -> None:
        with pytest.raises(RefusalError, match=r"two: .*\. one learns all leases from it"):
            operations.judge_rejoin(ONE, {"one": stopped(), "two": {"msg": "", **partner}}, False)

    def test_a_server_that_does_not_run_may_come_back(self) -> None:
        operations.judge_rejoin(ONE, {"one": stopped(), "two": answer(report())}, False)

    def test_the_wait_is_explained(self) -> None:
        waiting = report("recover-wait", wait_until="2026-11-22T18:49:56Z")
        now = seconds_of("2026-11-22T18:49:50Z") + 0.5
        wait = operations.wait_for(ONE, answer(waiting), now)
        assert wait.seconds == 6
        assert wait.lines[0] == "one is in recover-wait, for 6 more seconds (until 2026-11-22T18:49:56Z)."
        assert operations.wait_for(ONE, answer(waiting), now + 60).seconds == 0

    @pytest.mark.parametrize("seconds, poll", [(0, 1), (29, 1), (300, 10), (36000, 60)])
    def test_a_long_wait_is_polled_less_often(self, seconds: int, poll: int) -> None:
        assert operations.Wait(seconds).poll == poll

    def test_no_wait(self) -> None:
        assert operations.wait_for(ONE, answer(report()), 0) == operations.Wait()

    @pytest.mark.parametrize(
        "started, told, check_mode, words",
        [
            (True, "", False, "dhcpd on one was started. It is a partner again."),
            (False, "rejoin", False, "was running, has left the state it was held in. It is"),
            (True, "", True, "would be started. The states before that:"),
        ],
    )
    def test_told(self, started: bool, told: str, check_mode: bool, words: str) -> None:
        (line,), _remedy = operations.tell_rejoin(ONE, {}, started, {told} - {""}, check_mode)
        assert words in line

    @pytest.mark.parametrize("state", ["shutdown", "paused"])
    def test_a_server_that_is_held_is_told_to_rejoin(self, state: str) -> None:
        answers = {"one": answer(report(state)), "two": answer(report(state))}
        # The partner may be in maintenance.
        assert operations.rejoin_verbs(ONE, answers, False) == {"one": [{"relationship": "office", "verb": "rejoin"}]}

    def test_a_server_that_was_not_asked_cannot_be_started(self) -> None:
        with pytest.raises(RefusalError, match="No route to host"):
            operations.judge_rejoin(ONE, {"one": UNREACHABLE, "two": answer(report())}, False)

    def test_dhcpd_cannot_be_told_to_get_all_leases_again(self) -> None:
        with pytest.raises(RefusalError, match="Leave out failover_resync"):
            operations.judge_rejoin(ONE, {"one": answer(report()), "two": answer(report())}, True)

    def test_a_failure_names_the_faults(self) -> None:
        fault = {"kind": "time-mismatch", "message": "as logged", "hint": "Set the clocks."}
        lines = operations.failure(
            ONE, {"one": kea("terminated", faults=(fault,)), "two": kea("waiting")}, "Not normal."
        )
        assert lines[0] == "Not normal."
        assert lines[-2] == "one: time-mismatch: as logged -> Set the clocks."
        assert lines[-1].startswith("Next: look at journalctl -t kea-dhcp4 on both servers.")


class TestKea:
    """The same operations on a daemon that hands over on the server that stays, and keeps no state."""

    NORMAL = kea("hot-standby")

    def test_maintenance_begins_on_the_partner(self) -> None:
        found = operations.judge_maintenance(ONE, {"one": self.NORMAL, "two": self.NORMAL}, False)
        assert found == operations.Handover(False, True, {"two": "take_over"}, [])
        whole = operations.choose("maintenance", SIDES, "two", "", EVERYBODY)
        found = operations.judge_maintenance(whole, {"one": self.NORMAL, "two": self.NORMAL}, False)
        assert found == operations.Handover(False, True, {"one": "take_over"}, ["one"])
        (line,), _remedy = operations.tell_maintenance(ONE, {"one": self.NORMAL}, found, True, False)
        assert line.endswith("Kea was not stopped, because it serves other relationships.")

    def test_a_server_that_is_stopped_is_in_maintenance_if_its_partner_serves(self) -> None:
        answers = {"one": KEA_STOPPED, "two": kea("partner-down")}
        assert operations.judge_maintenance(ONE, answers, False) == operations.Handover(True, False, {}, [])

    @pytest.mark.parametrize("theirs", [KEA_STOPPED, NORMAL, {"unreachable": True, "msg": "timed out"}])
    def test_a_stopped_server_has_nothing_to_hand_over(self, theirs: dict[str, Any]) -> None:
        with pytest.raises(RefusalError, match=r"does not run on this host\. So it cannot hand its clients over"):
            operations.judge_maintenance(ONE, {"one": KEA_STOPPED, "two": theirs}, True)

    def test_by_force_nobody_is_told(self) -> None:
        answers = {"one": self.NORMAL, "two": KEA_STOPPED}
        assert operations.judge_maintenance(ONE, answers, True) == operations.Handover(False, False, {}, [])

    def test_a_partner_elsewhere_must_be_told_by_others(self) -> None:
        three = operations.choose("maintenance", SIDES, "three", "guests", EVERYBODY)
        with pytest.raises(RefusalError, match="to run the verb take_over there"):
            operations.judge_maintenance(three, {"three": self.NORMAL}, False)

    @pytest.mark.parametrize(
        ("own", "theirs", "resync", "verbs"),
        [
            ("hot-standby", "hot-standby", False, {}),
            ("hot-standby", "hot-standby", True, {"one": "resync"}),
            ("terminated", "terminated", False, {"one": "rejoin", "two": "rejoin"}),
            ("waiting", "terminated", False, {"two": "rejoin"}),
            ("in-maintenance", "partner-in-maintenance", False, {"two": "give_back"}),
            # Its partner is in maintenance, which only an order for the partner ends.
            ("partner-in-maintenance", "in-maintenance", False, {}),
        ],
    )
    def test_who_is_told_what_to_rejoin(self, own: str, theirs: str, resync: bool, verbs: dict[str, str]) -> None:
        found = operations.rejoin_verbs(ONE, {"one": kea(own), "two": kea(theirs)}, resync)
        assert found == {host: [{"relationship": "office", "verb": verb}] for host, verb in verbs.items()}

    def test_told(self) -> None:
        answers = {"one": self.NORMAL}
        (line,), _remedy = operations.tell_rejoin(ONE, answers, False, {"resync"}, False)
        assert line.startswith("Kea on one was running, has got all leases of its partner again.")
        result = {"changed": True, "relationship": "office", "mclt": None, "usable_at": None, "usable_in": 0}
        lines, remedy = operations.tell_partner_down(ONE, answers, [result], False)
        assert lines == ["one has taken over from its partner, to serve all clients."]
        assert remedy.startswith("keep Kea on the partner stopped")

    def test_a_live_partner_is_refused_in_its_words(self) -> None:
        own = kea("hot-standby", phase="interrupted")
        with pytest.raises(RefusalError, match=r"Kea runs there .* 'name=kea-dhcp4-server state=stopped'"):
            operations.judge_partner_down(ONE, {"one": own, "two": kea("partner-down")}, {"two": "running"}, False)


def test_an_operation_survives_conversion_to_facts() -> None:
    assert Operation(**ONE.as_data()) == ONE
