# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    METHODS,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Act,
    Daemon,
    Deed,
    Holder,
    Journal,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    BACK,
    FORWARD,
    RefusalError,
    Step,
    describe,
    next_step,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._migration.pair import (
    ActFailedError,
    Pair,
    Side,
)

BEFORE = Pair(Side(dhcpd_leases=frozenset({0})), Side(dhcpd_leases=frozenset({0})), given=1)
# More faults find nothing new, and take minutes.
FAULTS, LEASES = 2, 2


@dataclass(frozen=True)
class Moment:
    """A pair, and the run that is about to do the next act of its step. None: no run, or one that looks again."""

    pair: Pair
    goal: str
    method: str
    step: Step | None = None
    at: int = 0
    faults: int = 0


def wanted(pair: Pair, goal: str, method: str) -> Step | None:
    return next_step(goal, pair.server(PRIMARY), pair.server(SECONDARY), method)


def after(moment: Moment) -> Iterator[Moment]:
    """Whatever may happen next."""
    pair = moment.pair
    if moment.step is None:
        try:
            step = wanted(pair, moment.goal, moment.method)
        except RefusalError:
            assert pair.a.journal is None
            step = None
        if step:
            yield replace(moment, step=step, at=0)
    elif moment.at == len(moment.step.acts):
        yield replace(moment, step=None)
    else:
        try:
            done = pair.done(moment.step.acts[moment.at], moment.goal, moment.method)
            yield replace(moment, pair=done, at=moment.at + 1)
        except ActFailedError:
            yield replace(moment, step=None)
    if pair.given < BEFORE.given + LEASES:
        for leased in pair.leased():
            yield replace(moment, pair=leased)
    if moment.faults < FAULTS:
        for faulty in pair.faults():
            # The run may not notice it.
            yield replace(moment, pair=faulty, faults=moment.faults + 1)
        if moment.step:
            for goal in (DHCPD, KEA):
                yield replace(moment, goal=goal, step=None, faults=moment.faults + 1)


@lru_cache(maxsize=2)
def moments(method: str) -> frozenset[Moment]:
    """Everything that can be reached."""
    waiting = [Moment(BEFORE, KEA, method)]
    found = set(waiting)
    while waiting:
        for moment in after(waiting.pop()):
            if moment not in found:
                found.add(moment)
                waiting.append(moment)
    return frozenset(found)


def pairs(method: str) -> frozenset[Pair]:
    return frozenset(moment.pair for moment in moments(method))


@pytest.mark.parametrize("method", METHODS)
def test_there_are_many_moments(method: str) -> None:
    assert len(moments(method)) > 10_000


@pytest.mark.parametrize("method", METHODS)
def test_never_do_two_daemons_serve_one_pool(method: str) -> None:
    for pair in pairs(method):
        serving = pair.serving()
        assert len({daemon for _side, daemon in serving}) <= 1, pair


@pytest.mark.parametrize("method", METHODS)
def test_whoever_serves_knows_every_lease(method: str) -> None:
    """Except for what a pair of either daemon does not tell each other while it is cut."""
    for pair in pairs(method):
        every = frozenset(range(pair.given))
        for side, daemon in pair.serving():
            own = pair.a if side == PRIMARY else pair.b
            if daemon == DHCPD and pair.dhcpd_phase(side) != Phase.INTERRUPTED:
                assert own.dhcpd_leases == every, pair
            cut = pair.a.journal is None or pair.a.journal.holder == Holder.KEA
            if daemon == KEA and not (cut and pair.kea_phase(side) == Phase.ALONE):
                assert own.kea_leases == every, pair
        if pair.a.journal and pair.a.journal.holder == Holder.PRIMARY:
            assert pair.a.kea_leases == every, pair
        else:
            assert every == pair.a.dhcpd_leases | pair.b.dhcpd_leases | pair.a.kea_leases | pair.b.kea_leases


@pytest.mark.parametrize("method", METHODS)
def test_no_daemon_serves_without_the_leases_of_before(method: str) -> None:
    """Even if its partner cannot be reached."""
    for pair in pairs(method):
        for side, daemon in pair.serving():
            own = pair.a if side == PRIMARY else pair.b
            assert 0 in (own.dhcpd_leases if daemon == DHCPD else own.kea_leases), pair


@pytest.mark.parametrize("method", METHODS)
def test_if_the_secondary_says_dhcpd_kea_has_not_answered(method: str) -> None:
    """So dhcpd may be started there if the primary is lost."""
    for pair in pairs(method):
        if pair.a.journal and pair.b.journal and pair.b.journal.holder == Holder.DHCPD:
            assert pair.a.journal.holder == Holder.DHCPD, pair


@pytest.mark.parametrize("method", METHODS)
def test_from_anywhere_the_goal_is_reached(method: str) -> None:
    for pair in pairs(method):
        for goal in (DHCPD, KEA):
            if pair.a.journal is None:
                continue
            reached, steps = replace(pair, cut=False).settled(), []
            while True:
                step = wanted(reached, goal, method)
                if step is None:
                    break
                steps.append(step.name)
                assert len(steps) < 12, (steps, pair)
                for act in step.acts:
                    reached = reached.done(act, goal, method)
            assert reached.a.journal is reached.b.journal is None
            assert reached.serving() == [(PRIMARY, goal), (SECONDARY, goal)]
            enabled = [(side.dhcpd_enabled, side.kea_enabled) for side in (reached.a, reached.b)]
            assert enabled == [(goal == DHCPD, goal == KEA)] * 2


@pytest.mark.parametrize(
    "goal, method, steps", [(KEA, PIVOT, FORWARD[PIVOT]), (KEA, COLD, FORWARD[COLD]), (DHCPD, PIVOT, BACK)]
)
def test_the_steps_without_a_fault(goal: str, method: str, steps: tuple[Step, ...]) -> None:
    pair = BEFORE
    if goal == DHCPD:
        kea = Side(False, False, kea=True, kea_enabled=True, known=True, kea_leases=frozenset({0}))
        pair = Pair(kea, kea, given=1)
    found = []
    while step := wanted(pair, goal, method):
        found.append(step)
        for act in step.acts:
            pair = pair.done(act, goal, method)
    assert [step.name for step in found] == [step.name for step in steps]


# --- moments that the model does not have -------------------------------------------------------------------------

TO_KEA = Journal(KEA, Holder.DHCPD)


def server(dhcpd: Phase | None = None, kea: Phase | None = None, **changes: Any) -> Server:
    silent = (None, Phase.HELD, Phase.SETTLING, Phase.WAITING)
    daemons = (
        Daemon(phase is not None, True, phase=phase or Phase.UNKNOWN, answers=phase not in silent)
        for phase in (dhcpd, kea)
    )
    return replace(Server(*daemons, TO_KEA), **changes)


@pytest.mark.parametrize(
    "primary, secondary, step",
    [
        pytest.param(server(Phase.SETTLING), server(), "settle", id="the primary has just been started"),
        pytest.param(server(Phase.INTERRUPTED), server(), "restore", id="it wants its partner"),
        pytest.param(server(Phase.WAITING), server(), "restore", id="it waits for its partner"),
        pytest.param(server(Phase.NORMAL), server(Phase.SETTLING), "restore", id="the secondary has been started"),
        pytest.param(server(Phase.ALONE), server(Phase.SETTLING), "restore", id="it comes back"),
        pytest.param(server(Phase.ALONE), server(Phase.HELD), "hand over", id="it has handed over"),
        pytest.param(server(Phase.HELD), server(Phase.ALONE), "restore", id="the wrong one has"),
        pytest.param(server(Phase.ALONE), server(), "load", id="Kea comes next"),
        pytest.param(server(), server(), "load", id="nobody serves"),
    ],
)
def test_the_next_step_to_kea(primary: Server, secondary: Server, step: str) -> None:
    found = next_step(KEA, primary, secondary)
    assert found is not None
    assert found.name == step


def test_a_kea_without_a_socket_is_not_normal() -> None:
    journal = Journal(KEA, Holder.PRIMARY)
    closed = Server(kea=Daemon(True, True, phase=Phase.ALONE), journal=journal)
    step = next_step(KEA, closed, Server(journal=journal))
    assert step is not None
    assert step.name == "open"
    up = server(kea=Phase.NORMAL, journal=Journal(KEA, Holder.KEA))
    step = next_step(KEA, up, replace(up, kea=replace(up.kea, answers=False)))
    assert step is not None
    assert step.name == "join"


@pytest.mark.parametrize(
    "primary, secondary, opens",
    [
        pytest.param(server(kea=Phase.ALONE), server(), True, id="the secondary is new"),
        pytest.param(server(), server(), True, id="none runs"),
        pytest.param(server(kea=Phase.SETTLING), server(kea=Phase.ALONE), False, id="the primary has rebooted"),
        pytest.param(server(), server(kea=Phase.ALONE), False, id="the primary has died"),
        pytest.param(server(kea=Phase.ALONE), server(kea=Phase.HELD), True, id="the primary has taken over"),
        pytest.param(
            server(kea=Phase.ALONE),
            Server(kea=Daemon(True, deaf=True, phase=Phase.SETTLING)),
            True,
            id="the secondary is deaf",
        ),
    ],
)
def test_kea_is_opened_on_the_primary_only_if_that_of_the_secondary_does_not_serve(
    primary: Server, secondary: Server, opens: bool
) -> None:
    for goal in (KEA, DHCPD):
        journal = Journal(goal, Holder.KEA)
        step = next_step(goal, replace(primary, journal=journal), replace(secondary, journal=journal))
        assert step is not None
        if goal == DHCPD and secondary.kea.phase is Phase.HELD:
            assert step.name == "take over"
            continue
        assert step.name == "join"
        assert (Act(PRIMARY, Deed.OPEN, KEA) in step.acts) is opens
        assert (Act(SECONDARY, Deed.START, KEA) in step.acts) is opens


@pytest.mark.parametrize("goal", [DHCPD, KEA])
@pytest.mark.parametrize(
    "holder, primary, secondary, words",
    [
        (Holder.DHCPD, server(kea=Phase.ALONE), server(), "Kea runs on the primary, and the journal says that dhcpd"),
        (Holder.DHCPD, server(), server(kea=Phase.ALONE), "Kea runs on the secondary"),
        (Holder.PRIMARY, server(Phase.NORMAL), server(kea=Phase.ALONE), "dhcpd runs on the primary"),
        (Holder.KEA, server(), server(Phase.NORMAL), "dhcpd runs on the secondary, and the journal says that Kea"),
    ],
)
def test_a_daemon_that_an_operator_has_started(
    goal: str, holder: Holder, primary: Server, secondary: Server, words: str
) -> None:
    journal = Journal(goal, holder)
    with pytest.raises(RefusalError, match=words):
        next_step(goal, replace(primary, journal=journal), replace(secondary, journal=journal))


@pytest.mark.parametrize("goal", [DHCPD, KEA])
def test_no_way_while_kea_of_the_secondary_runs_for_itself(goal: str) -> None:
    journal = Journal(goal, Holder.PRIMARY)
    with pytest.raises(RefusalError, match="Kea of the primary serves"):
        next_step(goal, server(kea=Phase.ALONE, journal=journal), server(kea=Phase.ALONE, journal=journal))


@pytest.mark.parametrize("goal", [DHCPD, KEA])
@pytest.mark.parametrize(
    "primary, secondary",
    [
        (server(Phase.NORMAL, journal=None), server(Phase.INTERRUPTED, journal=None)),
        (server(journal=None), server(journal=None)),
        (server(Phase.NORMAL, Phase.NORMAL, journal=None), server(Phase.NORMAL, Phase.NORMAL, journal=None)),
    ],
)
def test_nothing_begins_with_a_pair_that_is_not_normal(goal: str, primary: Server, secondary: Server) -> None:
    with pytest.raises(RefusalError, match="Make the pair normal first"):
        next_step(goal, primary, secondary)


def test_a_pair_with_one_server_left_can_be_moved_cold() -> None:
    step = next_step(KEA, server(Phase.INTERRUPTED, journal=None), server(journal=None), COLD)
    assert step is not None
    assert {act.holder for act in step.acts} == {Holder.DHCPD}


@pytest.mark.parametrize("goal, phases", [(DHCPD, (Phase.NORMAL, None)), (KEA, (None, Phase.NORMAL))])
def test_a_pair_that_is_there(goal: str, phases: tuple[Phase | None, Phase | None]) -> None:
    there = server(*phases, journal=None)
    assert next_step(goal, there, there) is None
    left = next_step(goal, there, replace(there, journal=TO_KEA))
    assert left is not None
    assert left.name == "end"


def test_another_goal_or_method_is_recorded_first() -> None:
    for goal, method, primary, secondary in (
        (DHCPD, PIVOT, TO_KEA, TO_KEA),
        (KEA, COLD, TO_KEA, TO_KEA),
        (KEA, PIVOT, TO_KEA, None),
        (KEA, PIVOT, TO_KEA, replace(TO_KEA, goal=DHCPD)),
    ):
        up = server(Phase.NORMAL)
        step = next_step(goal, replace(up, journal=primary), replace(up, journal=secondary), method)
        assert step is not None
        assert step.name == "begin"


def test_a_journal_as_data() -> None:
    for goal in (DHCPD, KEA):
        for holder in Holder:
            for method in METHODS:
                journal = Journal(goal, holder, method)
                assert Journal.from_data(journal.as_data()) == journal


@pytest.mark.parametrize(
    "data", [{}, {"goal": "x", "holder": "kea", "method": PIVOT}, {"goal": KEA, "holder": "x", "method": PIVOT}]
)
def test_a_journal_that_is_none(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"journal|not a valid"):
        Journal.from_data(data)


# --- how long, and in words ---------------------------------------------------------------------------------------


def test_the_plan_in_words() -> None:
    lines = describe(FORWARD[PIVOT], KEA)
    assert lines[9:12] == [
        "4. cut over: dhcpd stops on the primary, and Kea serves there. Nobody answers meanwhile.",
        "   Check: Kea holds what the clients were promised, and answers.",
        "   Way back: until Kea answers, both dhcpd are started; after that, its leases are converted back.",
    ]
    every = [*FORWARD[PIVOT], *FORWARD[COLD], *BACK]
    assert all(line.endswith(".") for line in describe(every, KEA))
    assert [line for line in describe(BACK, DHCPD) if "Way back" in line] == []
    assert describe(BACK, DHCPD)[-1] == "After any of them, the playbook migrate goes to Kea again."
    assert [step.name for step in FORWARD[PIVOT] if step.silent] == ["cut over"]


@pytest.mark.parametrize(
    "kea, journal",
    [(Phase.NORMAL, None), (Phase.NORMAL, Journal(DHCPD, Holder.KEA)), (None, Journal(DHCPD, Holder.PRIMARY))],
)
def test_there_is_no_way_back_without_dhcpd(kea: Phase | None, journal: Journal | None) -> None:
    """It is refused before Kea stops. On the way to Kea, nothing is missed. kea: of the secondary."""
    primary, secondary = server(kea=Phase.NORMAL, journal=journal), server(kea=kea, journal=journal)
    lost = "dhcpd is not installed"
    assert next_step(DHCPD, primary, secondary) is not None
    with pytest.raises(RefusalError, match=r"no way back: on the secondary, dhcpd is not installed\. Kea was not"):
        next_step(DHCPD, primary, replace(secondary, lost=lost))
    with pytest.raises(RefusalError, match=f"on the primary, {lost}, and on the secondary, {lost}"):
        next_step(DHCPD, replace(primary, lost=lost), replace(secondary, lost=lost))
    next_step(KEA, replace(primary, lost=lost), replace(secondary, lost=lost))
