# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are folders move to the other daemon and back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.bindings import database, entries
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import MIGRATION
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration import dhcpd, kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.acts import (
    COLD,
    DHCPD,
    KEA,
    PIVOT,
    PRIMARY,
    SECONDARY,
    Act,
    Deed,
    Holder,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.daemons import Daemons, NotYetError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.dhcpd import Dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.host import Host, data_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.kept import BEFORE, take
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.plan import (
    next_step,
    turns,
    without_partner,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import NoAccessError, Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ACTIVE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._migration.machines import (
    DECLARED,
    FIRST,
    UNITS,
    Machine,
    lease,
    pair,
)

Machines = dict[str, Machine]


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return pair(tmp_path)


class KilledError(Exception):
    """The run ends."""


def go(
    machines: Machines,
    goal: str,
    method: str = PIVOT,
    between: Callable[[str, Deed | None], None] = lambda _side, _deed: None,
    hosts: list[Host] | None = None,
) -> list[str]:
    """Move as the playbooks do; the names of the steps. between: is called before each act, and after each turn."""
    folder = machines[PRIMARY].folder.parent
    names: list[str] = []
    while True:
        seen = [json.dumps(data_of(machine.host(goal).look())) for machine in machines.values()]
        primary, secondary = (Server.from_data(json.loads(text)) for text in seen)
        step = next_step(goal, primary, secondary, method)
        if step is None:
            return names
        names.append(step.name)
        assert len(names) < 20
        for turn in turns(step):
            host = machines[turn.side].host(goal, method=method)
            if hosts is not None:
                hosts.append(host)
            partner = SECONDARY if turn.side == PRIMARY else PRIMARY
            given = folder / f"{partner}.gz" if turn.takes else None
            for act in turn.acts:
                between(turn.side, act.deed)
                host.do(act, given)
            if turn.gives:
                host.give(folder / f"{turn.side}.gz")
            host.close()
            between(turn.side, None)
            assert_one_kind_serves(machines)


def countdown(at: int) -> Callable[[str, Deed | None], bool]:
    """True at the moment of this number."""
    left = iter(range(at, -1, -1))
    return lambda _side, _deed: next(left) == 0


def go_until(machines: Machines, goal: str, killed: Callable[[str, Deed | None], bool]) -> None:
    """A run that is killed at the first moment for which this is true."""

    def between(side: str, deed: Deed | None) -> None:
        if killed(side, deed):
            raise KilledError

    with pytest.raises(KilledError):
        go(machines, goal, between=between)


def assert_one_kind_serves(machines: Machines) -> None:
    serving = {
        name
        for machine in machines.values()
        for name in DAEMONS
        if machine.running[name] and not (name == KEA and machine.deaf)
    }
    assert len(serving) <= 1


def test_a_move_and_back(machines: Machines) -> None:
    first, second = machines[PRIMARY], machines[SECONDARY]
    first.grant(lease(1))
    names = go(machines, KEA)
    assert names == ["begin", "hand over", "load", "cut over", "join", "end"]
    assert set(first.held) == set(second.held) == {FIRST + 1}
    assert (first.folder / "run").stat().st_mtime >= first.config.stat().st_mtime
    for machine in machines.values():
        assert machine.running == {DHCPD: False, KEA: True}
        assert machine.enabled == {DHCPD: False, KEA: True}
        assert not machine.deaf
        assert not (machine.folder / "state/migration.json").exists()
    for machine in machines.values():
        machine.held[FIRST + 2] = lease(2)
        machine.write_kea()
    converted: dict[str, str] = {}

    def between(side: str, deed: Deed | None) -> None:
        if deed is Deed.START:
            converted.setdefault(side, machines[side].leases.read_text())

    assert go(machines, DHCPD, between=between) == ["begin", "take over", "convert", "return", "end"]
    for machine in machines.values():
        assert {held.address for held in machine.of_dhcpd()} == {FIRST + 1, FIRST + 2}
        assert machine.running == {DHCPD: True, KEA: False}
        assert machine.enabled == {DHCPD: True, KEA: False}
    assert "my state partner-down" in converted[PRIMARY]
    assert "my state shutdown" in converted[SECONDARY]
    assert ["mclt 60" in converted[side] for side in (PRIMARY, SECONDARY)] == [False, True]


@pytest.mark.parametrize("goal", DAEMONS)
def test_the_daemon_that_has_gone_is_not_started_by_hand(machines: Machines, goal: str) -> None:
    """Until a run starts it again."""
    go(machines, KEA)
    if goal == DHCPD:
        go(machines, DHCPD)
    gone = DHCPD if goal == KEA else KEA
    for machine in machines.values():
        bars = {name: Path(machine.barrier(f"{unit}")) for unit, name in UNITS.items()}
        assert {name: path.exists() for name, path in bars.items()} == {gone: True, goal: False}
        text = bars[gone].read_text()
        assert f"\nAssertPathExists=/this-pair-was-moved-to-{goal}\n" in text
        assert machine.run(("systemctl", "start", f"{bars[gone].parent.stem}.service")).returncode
    go(machines, gone)
    assert all(machine.running[gone] for machine in machines.values())


def test_systemd_forgets_a_barrier_that_an_ended_run_has_removed(machines: Machines) -> None:
    go(machines, KEA)
    machine = machines[PRIMARY]
    host = machine.host(DHCPD)
    Path(machine.barrier("isc-dhcp-server")).unlink()
    asked: list[tuple[str, ...]] = []

    def run(words: Sequence[str]) -> CompletedProcess[str]:
        asked.append(tuple(words))
        done = machine.run(words)
        return CompletedProcess(done.args, done.returncode, f"{done.stdout}NeedDaemonReload=yes\n", done.stderr)

    host.daemons.run = run
    host.daemons.remove_barrier(DHCPD)
    assert asked[-1] == ("systemctl", "daemon-reload")


def test_a_move_ends_if_the_other_daemon_cannot_be_barred(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_call: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Daemons, "put_barrier", full)
    assert go(machines, KEA)[-1] == "end"
    assert not any((machine.folder / "state/migration.json").exists() for machine in machines.values())


def test_the_cold_way(machines: Machines) -> None:
    machines[PRIMARY].grant(lease(1))
    assert go(machines, KEA, COLD) == ["begin", "stop", "load", "cut over", "join", "end"]
    assert set(machines[PRIMARY].held) == {FIRST + 1}


def test_leases_that_change_after_kea_was_loaded_are_not_lost(machines: Machines) -> None:
    first = machines[PRIMARY]
    granted = int(time.time()) - 100
    for number in (1, 2):
        first.grant(lease(number, granted=granted))
    looks: list[str] = []

    def between(side: str, deed: Deed | None) -> None:
        # After Kea was prepared.
        if deed is Deed.STOP and side == PRIMARY:
            changed = [lease(1), lease(2, granted=granted, seconds=101), lease(3)]
            with first.leases.open("ab") as stream:
                stream.writelines(entries(changed))
            looks.extend(first.asked)
            first.asked.clear()

    go(machines, KEA, between=between)
    assert "lease4-get-page" in looks
    assert "lease4-get-page" not in first.asked, "only what has changed is looked at while nobody answers"
    assert {number for number in (1, 3) if FIRST + number in first.held} == {1, 3}
    assert first.held[FIRST + 1].ends == first.of_dhcpd()[0].ends
    assert first.held == machines[SECONDARY].held


def test_a_database_that_is_replaced_is_read_anew(machines: Machines) -> None:
    """dhcpd does so now and then, also between the last look and its end."""
    first = machines[PRIMARY]
    first.grant(lease(1))

    def between(side: str, deed: Deed | None) -> None:
        if deed is Deed.STOP and side == PRIMARY:
            new = first.leases.with_suffix(".new")
            new.write_bytes(b"".join(database([], [lease(1), lease(2)])))
            new.replace(first.leases)

    go(machines, KEA, between=between)
    assert set(first.held) == {FIRST + 1, FIRST + 2}


@pytest.mark.parametrize("goal", DAEMONS)
@pytest.mark.parametrize("times", [1, 9])
def test_a_database_that_is_replaced_while_it_serves_is_read_anew_then(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, goal: str, times: int
) -> None:
    """So that little is left to read while nobody answers. It is not done for ever."""
    first = machines[PRIMARY]
    first.grant(lease(1))
    if goal == DHCPD:
        go(machines, KEA)
    owner, name = (Host, "_bring") if goal == KEA else (Dhcpd, "write")
    original, left, served = getattr(owner, name), [True] * times, []

    def replaced(host: object, *arguments: Any, **options: Any) -> Any:
        found = original(host, *arguments, **options)
        if any(first.running[daemon] and daemon != goal for daemon in DAEMONS) and left and options != {"alone": False}:
            left.pop()
            file = first.table if goal == DHCPD else first.leases
            new = file.with_suffix(".new")
            new.write_bytes(file.read_bytes())
            new.replace(file)
            served.append(goal)
        return found

    monkeypatch.setattr(owner, name, replaced)
    go(machines, goal)
    assert len(served) == min(times, 3)
    assert first.running[goal]


def test_leases_that_change_after_dhcpd_was_prepared_are_not_lost(machines: Machines) -> None:
    first, second = machines[PRIMARY], machines[SECONDARY]
    for number in (1, 2):
        first.grant(lease(number))
    go(machines, KEA)

    def between(side: str, deed: Deed | None) -> None:
        if deed is Deed.STOP and side == PRIMARY:
            first.append_kea(lease(3))
            first.append_kea(lease(2), lifetime=0)

    go(machines, DHCPD, between=between)
    for machine in (first, second):
        assert {held.address for held in machine.of_dhcpd() if held.state == ACTIVE} == {FIRST + 1, FIRST + 3}


def test_a_dhcpd_that_gets_many_leases_is_not_stopped_again(machines: Machines) -> None:
    """That takes longer than an act may take, and then the whole turn is repeated."""
    second = machines[SECONDARY]
    go(machines, KEA)

    def between(side: str, deed: Deed | None) -> None:
        if side == SECONDARY and deed is Deed.RECORD and second.running[DHCPD]:
            second.calls.clear()
            host = second.host(DHCPD)
            for act in (Act(SECONDARY, Deed.STOP, DHCPD), Act(SECONDARY, Deed.CONVERT, DHCPD)):
                host.do(act, second.folder.parent / f"{PRIMARY}.gz")
            assert not any(call.startswith("systemctl stop") for call in second.calls)

    go(machines, DHCPD, between=between)
    assert second.running[DHCPD]


def test_a_dhcpd_that_is_held_only_after_a_moment_rejoins(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has just been started, and has not found its partner yet."""
    first, second = machines[PRIMARY], machines[SECONDARY]
    first.host(KEA).do(Act(PRIMARY, Deed.BEGIN, holder=Holder.DHCPD), None)
    second.host(KEA).do(Act(SECONDARY, Deed.HAND_OVER, DHCPD), None)
    phases = iter([Phase.SETTLING])
    monkeypatch.setattr(second, "dhcpd_phase", lambda: next(phases, None) or Machine.dhcpd_phase(second))
    second.host(KEA).do(Act(SECONDARY, Deed.REJOIN, DHCPD), None)
    assert second.saved is Phase.NORMAL


def test_a_cleanup_of_kea_after_dhcpd_was_prepared(machines: Machines) -> None:
    first = machines[PRIMARY]
    first.grant(lease(1))
    go(machines, KEA)

    def between(side: str, deed: Deed | None) -> None:
        if deed is Deed.STOP and side == PRIMARY:
            first.table.replace(f"{first.table}.2")
            first.held[FIRST + 2] = lease(2)
            first.write_kea()

    go(machines, DHCPD, between=between)
    assert {held.address for held in first.of_dhcpd()} == {FIRST + 1, FIRST + 2}


@pytest.mark.parametrize("goal", DAEMONS)
def test_what_has_failed_keeps_nobody_waiting(machines: Machines, goal: str) -> None:
    """The daemon that served before goes on."""
    first = machines[PRIMARY]
    first.grant(lease(1))
    if goal == DHCPD:
        go(machines, KEA)
    serves = KEA if goal == DHCPD else DHCPD

    def between(side: str, deed: Deed | None) -> None:
        if side == PRIMARY and deed in (Deed.EQUAL, Deed.CONVERT):
            assert not first.running[serves]
            raise RefusedError("no")

    with pytest.raises(RefusedError):
        go(machines, goal, between=between)
    host = first.host(goal)
    host.stopped = serves
    host.undo()
    assert first.running[serves]
    assert first.enabled[serves]
    assert not first.settling
    assert not (serves == KEA and first.deaf)
    (act,) = host.outcome.acts
    assert (act["deed"], act["daemon"], act["done"]) == ("open" if serves == KEA else "start", serves, True)
    go(machines, goal)
    assert first.running[goal]


@pytest.mark.parametrize("goal, required", [(DHCPD, False), (KEA, False), (KEA, True)])
def test_a_daemon_that_has_answered_nobody_makes_way_again(machines: Machines, goal: str, required: bool) -> None:
    """Also after the journal says that it serves."""
    first = machines[PRIMARY]
    first.grant(lease(1))
    if goal == DHCPD:
        go(machines, KEA)
        first.broken = {DHCPD}
    else:
        first.closed, first.required = True, required
    serves = KEA if goal == DHCPD else DHCPD
    last: list[Host] = []
    with pytest.raises(RefusedError):
        go(machines, goal, hosts=last)
    assert not any(machine.running[serves] for machine in machines.values())
    last[-1].undo()
    assert first.running == {goal: False, serves: True}
    assert first.enabled[serves]
    assert last[-1].read_journal().holder is (Holder.PRIMARY if goal == DHCPD else Holder.DHCPD)  # type: ignore[union-attr]  # it is there
    first.closed, first.broken = False, set()
    go(machines, goal)
    assert first.running == {goal: True, serves: False}


def test_a_kea_that_has_given_a_lease_stays(machines: Machines) -> None:
    first = machines[PRIMARY]
    last: list[Host] = []

    def between(side: str, deed: Deed | None) -> None:
        if side == PRIMARY and deed is Deed.ALLOW:
            first.append_kea(lease(5))
            first.closed = True
            raise RefusedError("no")

    with pytest.raises(RefusedError):
        go(machines, KEA, between=between, hosts=last)
    last[-1].undo()
    assert first.running == {DHCPD: False, KEA: True}
    assert last[-1].read_journal().holder is Holder.PRIMARY  # type: ignore[union-attr]  # it is there


def test_a_run_that_looked_before_another_one_does_not_stop_kea(machines: Machines) -> None:
    begin = Act(PRIMARY, Deed.BEGIN, holder=Holder.DHCPD)
    acts = [Act(PRIMARY, Deed.FORBID, KEA), Act(PRIMARY, Deed.STOP, KEA), begin]
    first = machines[PRIMARY]

    go_until(machines, KEA, lambda side, deed: side == SECONDARY and deed is Deed.END)
    for _journal in (True, False):
        for act in acts:
            with pytest.raises(RefusedError, match=r"so it is not stopped\. Another run may have moved this pair"):
                first.host(KEA).do(act, None)
        go(machines, KEA)
    assert first.running[KEA]
    assert first.enabled[KEA]
    # That of its package has no interface, or no partner and no client.
    first.deaf = True
    for act in acts:
        first.host(KEA).do(act, None)
    assert not first.running[KEA]


def test_two_clients_on_one_address_stop_the_move(machines: Machines) -> None:
    first, second = machines[PRIMARY], machines[SECONDARY]
    first.write_dhcpd([lease(1)])
    second.write_dhcpd([lease(1, client=9)])
    with pytest.raises(RefusedError, match=r"192\.0\.2\.11 is leased"):
        go(machines, KEA)
    assert first.running == {DHCPD: True, KEA: False}
    assert go(machines, DHCPD)[-1] == "end"


@pytest.mark.parametrize(
    ("candidate", "warned"),
    [("2.6.3-1+deb13u1", False), ("1:3.0.4-2", False), ("2.2.0-6", True), ("(none)", True), (None, True)],
)
def test_a_plan_before_kea_is_installed_is_for_the_release_that_apt_knows(
    machines: Machines, tmp_path: Path, candidate: str | None, warned: bool
) -> None:
    machines[PRIMARY].grant(lease(1)._replace(client_id=bytes(200)))
    machines[SECONDARY].host(KEA).give(tmp_path / "given.gz")
    host = machines[PRIMARY].host(KEA)

    def run(words: Sequence[str]) -> CompletedProcess[str]:
        if candidate is None:
            return CompletedProcess(list(words), 127, "", "not found")
        return CompletedProcess(
            list(words), 0, f"kea-dhcp4-server:\n  Installed: (none)\n  Candidate: {candidate}\n", ""
        )

    host.daemons.run, host.daemons.version = run, lambda _name: None
    host.survey(tmp_path / "given.gz")
    assert bool(host.outcome.survey["warnings"]) is warned
    # Of ninety addresses, one is leased, and no other was ever used.
    assert host.outcome.survey["pools"] == [{"relationship": "pair", "subnet": None, "own": 89, "later": 0}]


def test_what_a_host_has_for_a_move(machines: Machines) -> None:
    second = machines[SECONDARY]
    second.cut = True
    host = second.host(KEA)
    host.look_around()
    (port,) = host.outcome.ports
    assert (port["port"], port["peer"], port["peer_port"], port["answer"]) == (8000, "192.0.2.1", 8000, "refused")
    assert second.asked == ["192.0.2.1:8000"]
    assert host.outcome.room == "16 MiB"


def test_what_dhcpd_lacks_to_serve_again(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    go(machines, KEA)
    host = machines[SECONDARY].host(DHCPD)
    assert host.look().lost == ""
    monkeypatch.setattr(host.daemons.controls[DHCPD], "configured", list)
    assert host.look().lost == f"{machines[SECONDARY].dhcpd_config} has no relationship"
    assert Server.from_data(data_of(host.look())).lost
    host.daemons.version = {KEA: "2.6.3"}.get
    assert host.look().lost == "dhcpd is not installed"
    machines[SECONDARY].running = {DHCPD: True, KEA: False}
    assert host.look().lost == ""


def test_a_kea_that_lacks_a_lease_is_not_opened(machines: Machines) -> None:
    machines[PRIMARY].grant(lease(1))
    machines[PRIMARY].lost = {FIRST + 1}
    with pytest.raises(RefusedError, match=r"192\.0\.2\.11: the lease .* is missing"):
        go(machines, KEA)
    assert machines[PRIMARY].running[DHCPD]


def test_leases_that_were_read_while_dhcpd_ran_do_not_count(machines: Machines, tmp_path: Path) -> None:
    machines[SECONDARY].host(KEA).give(tmp_path / "given.gz")
    host = machines[PRIMARY].host(KEA)
    host.do(Act(PRIMARY, Deed.LOAD, KEA), tmp_path / "given.gz")
    with pytest.raises(RefusedError, match="still ran"):
        host.do(Act(PRIMARY, Deed.PREPARE, KEA), tmp_path / "given.gz")
    assert machines[PRIMARY].deaf


def test_a_database_that_dhcpd_replaces_while_it_is_read(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = machines[PRIMARY]
    machine.grant(lease(1))
    original, times = dhcpd.read_dhcpd, [1]

    def read(*arguments: Any, **options: Any) -> Any:
        found = list(original(*arguments, **options))
        if times and times.pop():
            # As dhcpd does it: the new file has more, and takes the name.
            machine.leases.replace(tmp_path / "dhcpd.leases~")
            machine.write_dhcpd([lease(1), lease(2)])
        return iter(found)

    monkeypatch.setattr(dhcpd, "read_dhcpd", read)
    machine.host(KEA).give(tmp_path / "given.gz")
    with ExitStack() as stack:
        given = [held.address for held in take(tmp_path / "given.gz", stack).kept.bindings()]
    assert given == [FIRST + 1, FIRST + 2]
    times += [1] * 3
    with pytest.raises(RefusedError, match="was replaced 3 times while it was read"):
        machine.host(KEA).give(tmp_path / "given.gz")


@pytest.mark.parametrize("deed", [Deed.EQUAL, Deed.OPEN, Deed.CONVERT])
def test_no_act_beside_a_running_dhcpd(machines: Machines, tmp_path: Path, deed: Deed) -> None:
    machine = machines[PRIMARY]
    machine.host(KEA).give(tmp_path / "given.gz")
    with pytest.raises(RefusedError, match="dhcpd runs, and two daemons"):
        machine.host(KEA).do(Act(PRIMARY, deed, KEA), tmp_path / "given.gz")
    assert not machine.running[KEA]


def test_the_partners_that_a_firewall_lets_through(machines: Machines) -> None:
    assert machines[PRIMARY].host(KEA).dhcpd.heard() == [("192.0.2.9", 647)]


def test_no_cut_if_the_partners_kea_cannot_be_reached(machines: Machines) -> None:
    machines[SECONDARY].cut = True
    words = r"nothing was cut over, .* at 192\.0\.2\.1, port 8000: Connection refused"
    with pytest.raises(RefusedError, match=words):
        go(machines, KEA)
    assert machines[PRIMARY].running == {DHCPD: True, KEA: True}
    assert machines[PRIMARY].deaf
    machines[SECONDARY].cut = False
    assert go(machines, KEA)[0] == "cut over"


def test_a_kea_that_cannot_get_the_leases_never_serves(machines: Machines) -> None:
    """The link is cut after the primary has begun to serve."""
    first, second = machines[PRIMARY], machines[SECONDARY]
    first.grant(lease(1))
    heard: list[bool] = []

    def between(side: str, deed: Deed | None) -> None:
        if side == SECONDARY and deed is Deed.START:
            first.cut = True
        heard.append(second.running[KEA] and not second.deaf)

    with pytest.raises(
        RefusedError, match=r"could not get the leases .* port 8000: it was partner-down\. So it was sto"
    ):
        go(machines, KEA, between=between)
    assert not any(heard)
    assert not second.running[KEA]
    assert (first.running[KEA], first.deaf) == (True, False)
    first.cut = False
    assert go(machines, KEA) == ["join", "end"]
    assert set(second.held) == {FIRST + 1}


@pytest.mark.parametrize("last", [Deed.REJOIN, Deed.ALLOW])
def test_a_kea_that_is_not_declared_any_more_is_deaf_until_it_has_all_leases(machines: Machines, last: Deed) -> None:
    """The way back has only what is on the host: what has served there, or what a run that was killed has left."""
    first, second = machines[PRIMARY], machines[SECONDARY]
    first.grant(lease(1))
    heard: list[bool] = []
    go_until(machines, KEA, lambda side, deed: side == SECONDARY and deed is last and second.running[KEA])
    second.stop(KEA)
    first.held[FIRST + 2] = lease(2)
    first.write_kea()
    first.cut = True
    for machine in machines.values():
        machine.declared = False
    with pytest.raises(RefusedError, match="could not get the leases"):
        go(machines, DHCPD, between=lambda _side, _deed: heard.append(second.running[KEA] and not second.deaf))
    assert not any(heard)
    first.cut = False
    assert go(machines, DHCPD)[-4:] == ["take over", "convert", "return", "end"]
    for machine in machines.values():
        assert {held.address for held in machine.of_dhcpd()} == {FIRST + 1, FIRST + 2}
        main = json.loads(machine.config.read_bytes())["Dhcp4"]
        assert main["interfaces-config"] == DECLARED["Dhcp4"]["interfaces-config"]


def test_a_kea_that_still_gets_leases_is_left_to_it(machines: Machines) -> None:
    second = machines[SECONDARY]

    def between(side: str, deed: Deed | None) -> None:
        if side == SECONDARY and deed is Deed.REJOIN:
            second.syncing = "syncing"

    with pytest.raises(NotYetError, match="Kea to get the leases of its partner"):
        go(machines, KEA, between=between)
    assert second.running[KEA]
    assert second.deaf
    second.syncing = "ready"
    host = second.host(KEA)
    with pytest.raises(RefusedError, match="it was ready"):
        host.do(Act(SECONDARY, Deed.REJOIN, KEA), None)
    assert not second.running[KEA]


def test_a_primary_that_has_rebooted_gets_the_leases_of_the_secondary_first(machines: Machines) -> None:
    first, second = machines[PRIMARY], machines[SECONDARY]

    go_until(machines, KEA, lambda side, deed: side == PRIMARY and deed is Deed.ALLOW and second.running[KEA])
    first.stop(KEA)
    second.held[FIRST + 2] = lease(2)
    second.write_kea()
    first.cut = True
    with pytest.raises(RefusedError, match="could not get the leases"):
        go(machines, KEA)
    assert not first.running[KEA]
    first.cut = False
    assert go(machines, KEA) == ["join", "end"]
    assert FIRST + 2 in first.held


def test_a_kea_that_cannot_open_its_sockets_does_not_serve(machines: Machines) -> None:
    go(machines, KEA)
    for side, machine in machines.items():
        assert machine.host(KEA).look().kea.answers, side
        machine.closed = True
        assert not machine.host(KEA).look().kea.answers, side
    with pytest.raises(RefusedError, match="could not open its sockets"):
        machines[PRIMARY].host(KEA).do(Act(PRIMARY, Deed.OPEN, KEA), None)
    with pytest.raises(RefusedError, match="could not open its sockets"):
        machines[SECONDARY].host(KEA).do(Act(SECONDARY, Deed.REJOIN, KEA), None)


def test_no_act_with_a_kea_that_does_not_know_its_pair(machines: Machines) -> None:
    go(machines, KEA)
    first = machines[PRIMARY]
    first.related = False
    words = r"kea-dhcp4\.conf has no relationship, so kea-dhcp4 would serve without its partner\. Put the"
    for deed in (Deed.REJOIN, Deed.OPEN):
        with pytest.raises(RefusedError, match=words):
            first.host(KEA).do(Act(PRIMARY, deed, KEA), None)
    first.stop(KEA)
    for deed in (Deed.START, Deed.OPEN):
        host = first.host(DHCPD)
        host.kea.files = None
        with pytest.raises(RefusedError, match=words):
            host.do(Act(PRIMARY, deed, KEA), None)
    assert not first.running[KEA]


def test_acts_are_recorded_with_their_times(machines: Machines) -> None:
    host = machines[PRIMARY].host(KEA)
    host.do(Act(PRIMARY, Deed.STOP, DHCPD), None)
    with pytest.raises(RefusedError, match="no migration has begun"):
        host.do(Act(PRIMARY, Deed.RECORD, holder=Holder.KEA), None)
    stop, record = host.outcome.acts
    assert (stop["deed"], stop["daemon"], stop["done"], stop["lines"]) == ("stop", DHCPD, True, ["stopped dhcpd"])
    assert (record["deed"], record["done"], record["lines"]) == ("record", False, [])
    assert 0 < stop["started"] <= stop["ended"] <= record["started"] <= record["ended"]


def test_dhcpd_does_not_start_beside_a_kea_that_answers(machines: Machines) -> None:
    machine = machines[PRIMARY]
    go(machines, KEA)
    with pytest.raises(RefusedError, match="kea-dhcp4 runs, and two daemons"):
        machine.host(DHCPD).do(Act(PRIMARY, Deed.START, DHCPD), None)


def all_acts(goal: str, tmp_path: Path) -> int:
    """The number of acts and ends of turns of an undisturbed move."""
    machines = pair(tmp_path)
    if goal == DHCPD:
        go(machines, KEA)
    seen: list[str] = []
    go(machines, goal, between=lambda side, _deed: seen.append(side))
    return len(seen)


@pytest.mark.parametrize("then", DAEMONS)
@pytest.mark.parametrize("goal", DAEMONS)
def test_killed_anywhere_and_run_again(tmp_path: Path, goal: str, then: str) -> None:
    """Whatever the next run wants, it gets there, and every lease is kept."""
    for at in range(all_acts(goal, _new(tmp_path / "count"))):
        machines = pair(_new(tmp_path / str(at)))
        machines[PRIMARY].grant(lease(1))
        before = machines[PRIMARY].leases.read_bytes()
        if goal == DHCPD:
            go(machines, KEA)
        go_until(machines, goal, countdown(at))
        go(machines, then)
        for machine in machines.values():
            assert machine.running == {DHCPD: then == DHCPD, KEA: then == KEA}, at
            assert machine.enabled == machine.running
            found = machine.held if then == KEA else {held.address for held in machine.of_dhcpd()}
            assert FIRST + 1 in found, at
        if goal == then == DHCPD:
            # What it had when Kea took over, however often the leases of Kea were converted.
            assert Path(f"{machines[PRIMARY].leases}{BEFORE}").read_bytes() == before, at


@pytest.mark.parametrize("lost", [PRIMARY, SECONDARY])
@pytest.mark.parametrize("goal", DAEMONS)
def test_a_partner_that_is_lost_anywhere(tmp_path: Path, goal: str, lost: str) -> None:
    """Whenever that is, the other one serves alone with dhcpd, also if the run that does it is killed once."""
    side = SECONDARY if lost == PRIMARY else PRIMARY
    for at in range(all_acts(goal, _new(tmp_path / "count"))):
        machines = pair(_new(tmp_path / str(at)))
        machines[PRIMARY].grant(lease(1))
        if goal == DHCPD:
            go(machines, KEA)
            for machine in machines.values():
                machine.held[FIRST + 2] = lease(2)
                machine.write_kea()
        go_until(machines, goal, countdown(at))
        for name in DAEMONS:
            machines[lost].stop(name)
        machine = machines[side]
        seen = machine.host(DHCPD).look()
        if seen.journal is None:
            continue  # nothing has begun there, or it has ended
        for acts in (at % 5 + 1, None):
            step = without_partner(side, machine.host(DHCPD).look())
            for act in step.acts[:acts] if step else ():
                machine.host(DHCPD, partner="fenced").do(act, None)
        assert machine.running == machine.enabled == {DHCPD: True, KEA: False}, at
        assert machine.dhcpd_phase() is Phase.ALONE, at
        assert machine.host(DHCPD).look().journal is None
        held = {held.address for held in machine.of_dhcpd()}
        assert {FIRST + 1, *([FIRST + 2] if goal == DHCPD else [])} <= held, at


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_the_journal_is_where_a_reboot_leaves_it() -> None:
    assert MIGRATION.startswith("/var/lib/")


def test_a_lease_that_ends_meanwhile_is_not_missed(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kea gives it up while it is compared."""
    machines[PRIMARY].grant(lease(1, seconds=1000))
    machines[PRIMARY].grant(lease(2, seconds=5))
    machines[PRIMARY].lost = {FIRST + 2}
    later = time.time() + 6
    original = kea.compare

    def compare(*arguments: Any) -> Any:
        found = list(original(*arguments))
        monkeypatch.setattr(kea.time, "time", lambda: later)
        return iter(found)

    monkeypatch.setattr(kea, "compare", compare)
    go(machines, KEA)
    assert set(machines[PRIMARY].held) == {FIRST + 1}


def test_a_dhcpd_that_was_made_by_hand_is_deployed_first(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machines[PRIMARY].host(KEA)

    def answer(*_arguments: object, **_options: object) -> None:
        raise NoAccessError("there is no key to ask with. Deploy the server with dhcp_server_omapi: true.")

    monkeypatch.setattr(type(host.daemons.controls[DHCPD]), "answer", answer)
    with pytest.raises(
        RefusedError, match=r"made by hand is deployed with dhcp_server_daemon: dhcpd before it moves\.$"
    ):
        host.look()


def test_a_way_back_says_what_becomes_of_the_leases(machines: Machines) -> None:
    first = machines[PRIMARY]
    first.grant(lease(1))
    host = first.host(DHCPD)
    host.survey_back()
    assert (host.outcome.survey, host.outcome.config) == ({}, {})  # dhcpd serves
    go(machines, KEA)
    host = first.host(DHCPD)
    host.survey_back()
    survey = host.outcome.survey
    assert (survey["leases"], survey["shortest"], survey["lines"]) == (1, 600, ["1 lease of a client"])
    conf = Path(host.outcome.config["path"])
    assert (conf.name, host.outcome.config["changed"]) == ("dhcpd.conf", utc(conf.stat().st_mtime))
    assert survey["pools"] == []
    assert host.outcome.room == "16 MiB"


def test_no_way_back_to_a_dhcpd_that_lacks_a_pool(machines: Machines) -> None:
    go(machines, KEA)
    first = machines[PRIMARY]
    data = json.loads(first.config.read_bytes())
    data["Dhcp4"]["subnet4"][0]["pools"].append({"pool": "192.0.2.100 - 192.0.2.110"})
    first.config.write_text(json.dumps(data))
    reserved, outside = lease(200), lease(90)
    first.held[reserved.address] = reserved
    first.host(DHCPD).survey_back()
    first.held[outside.address] = outside
    first.write_kea()
    with pytest.raises(RefusedError, match=r"the addresses of 1 clients, .* has 192\.0\.2\.100\. Kea got other pools"):
        first.host(DHCPD).survey_back()


def test_no_way_back_to_a_dhcpd_that_would_not_serve(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    go(machines, KEA)
    machines[SECONDARY].complaint = "Copyright 2004\n/etc/dhcp/dhcpd.conf line 3: semicolon expected.\nexiting\n"
    with pytest.raises(RefusedError, match=r"nothing is moved: /etc/dhcp/dhcpd.conf line 3: semicolon expected\. "):
        machines[SECONDARY].host(DHCPD).survey_back()
    host = machines[PRIMARY].host(DHCPD)
    monkeypatch.setattr(type(host.daemons.controls[DHCPD]), "configured", lambda _self: [])
    with pytest.raises(RefusedError, match="nothing is moved: it has no relationship"):
        host.survey_back()


def test_no_way_back_to_a_dhcpd_that_would_not_serve_even_if_kea_has_died(machines: Machines) -> None:
    go(machines, KEA)
    go_until(machines, DHCPD, lambda _side, deed: deed is Deed.TAKE_OVER)
    first = machines[PRIMARY]
    first.stop(KEA)
    host = first.host(DHCPD)
    host.survey_back()
    assert host.outcome.survey == {}
    first.complaint = "/etc/dhcp/dhcpd.conf line 3: semicolon expected."
    with pytest.raises(RefusedError, match="nothing is moved"):
        host.survey_back()
