# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the start of machines and the end of a network installation are recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab import kvm
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm import Bounds, Log, look_at, watch

BOUNDS = Bounds(succeeded="finished", failed="FAILED", timeout=100, quiet=50)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    """Time passes only when somebody sleeps."""
    now = [log.start]
    monkeypatch.setattr(kvm.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(kvm.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def running(*answers: bool) -> Callable[[], bool]:
    return chain(answers, repeat(answers[-1])).__next__


def test_success(log: Log) -> None:
    log.add("installation finished")
    assert watch(BOUNDS, log, running(True, False)) is None


def test_a_machine_powers_off_before_it_has_finished(log: Log) -> None:
    log.add("unpacking")
    assert "powered off" in str(watch(BOUNDS, log, running(True, False)))


def test_a_failure_is_reported_while_the_machine_runs(log: Log) -> None:
    log.add("partitioning FAILED")
    assert "partitioning FAILED" in str(watch(BOUNDS, log, running(True)))


def test_no_pattern_for_failure_matches_nothing(log: Log) -> None:
    log.add("finished")
    assert watch(Bounds("finished", "", 100, 50), log, running(True, False)) is None


def test_an_installer_hangs(log: Log) -> None:
    assert "hangs" in str(watch(BOUNDS, log, running(True)))


def test_an_installation_takes_too_long(log: Log) -> None:
    assert "not finished after 20 s" in str(watch(Bounds("finished", "FAILED", 20, 50), log, running(True)))


def test_a_folder_that_does_not_exist_has_the_space_of_its_file_system(tmp_path: Path) -> None:
    names, free = look_at(tmp_path / "not/there")
    assert names is None
    assert abs(free - look_at(tmp_path)[1]) < 1000
    (tmp_path / "one").touch()
    assert look_at(tmp_path)[0] == {"one", "log"}


class Machines:
    """Machines that make progress until they answer, or hang: one step each time that they are looked at."""

    def __init__(self, steps: int, answers_after: int | None = None) -> None:
        self.steps, self.answers_after, self.looks = steps, answers_after, 0

    def answer(self, address: str) -> bool:
        return address == "up" or (self.answers_after is not None and self.looks >= self.answers_after)

    def look(self, _name: str) -> tuple[int, ...]:
        self.looks += 1
        return (min(self.looks, self.steps),)


def test_a_slow_machine_is_waited_for_while_it_makes_progress() -> None:
    machines = Machines(steps=5000, answers_after=5000)
    assert kvm.stalled({"one": "up", "two": "slow"}, machines.answer, machines.look, quiet=10) == []


def test_a_machine_that_hangs_is_named() -> None:
    machines = Machines(steps=20)
    assert kvm.stalled({"one": "up", "two": "down"}, machines.answer, machines.look, quiet=10) == ["two"]
    assert 30 <= machines.looks <= 32


def test_a_machine_that_hangs_does_not_cut_off_the_others() -> None:
    """The report has all that hang, when nothing moves any more."""
    look = {"hung": lambda: (1,), "slow": running_steps(100)}
    stuck = kvm.stalled(dict.fromkeys(look, "down"), lambda _address: False, lambda name: look[name](), quiet=10)
    assert stuck == ["hung", "slow"]


def running_steps(number: int) -> Callable[[], tuple[int, ...]]:
    counted: Iterator[tuple[int, ...]] = ((min(step, number),) for step in range(10_000))
    return counted.__next__


def test_progress_is_on_disk_and_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusedError(Exception):
        pass

    class Libvirt:
        libvirtError = RefusedError  # noqa: N815 - libvirt's own name

    class Connection:
        def __init__(self, *stats: int) -> None:
            self.stats = stats

        def lookupByName(self, _name: str) -> object:  # noqa: N802 - libvirt's own name
            return self

        def blockStats(self, _disk: str) -> tuple[int, ...]:  # noqa: N802 - libvirt's own name
            if not self.stats:
                raise RefusedError
            return self.stats

    monkeypatch.setattr(kvm, "CONSOLES", tmp_path)
    monkeypatch.setattr(kvm, "libvirt", Libvirt)
    assert kvm.progress(Connection(), "one") == (0,)
    assert "No such file" in kvm.console_end("one")
    (tmp_path / "one.console.log").write_text("\x1bc\x1b[?7l\x1b[2J\x1b[0mGRUB loading...\r\n\n[  1.2] kernel\n")
    assert kvm.progress(Connection(1, 2, 3, 4, -1), "one") == (48, 1, 2, 3, 4)
    assert kvm.console_end("one") == "GRUB loading... | [  1.2] kernel"
