# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback is prepared before anything is broken, and removed after it was used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import injection
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injection import InjectionError, Injector

# The commands of a fault's scripts; the folder belongs to the test.
INJECT = 'test -e "{0}/heal" && test -e "{0}/timer" && echo injected >> "{0}/../log"'
HEAL = 'echo healed >> "{0}/../log"; rm -rf "{0}"'


@pytest.fixture
def injector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Injector:
    found = Injector(str(tmp_path / "drill"), str(tmp_path))
    monkeypatch.setattr(found, "_check", lambda _name: None)
    monkeypatch.setattr(found, "_interface", lambda _address: "ens9")

    def set_timer(_name: str, heal: Path, seconds: int) -> None:
        (heal.parent / "timer").write_text(str(seconds))

    monkeypatch.setattr(found, "_set_timer", set_timer)
    use(monkeypatch, found, INJECT, HEAL)
    return found


def use(monkeypatch: pytest.MonkeyPatch, injector: Injector, inject: str, heal: str) -> None:
    def scripts(name: str, _values: Mapping[str, str]) -> tuple[str, str]:
        here = injector.folder / name
        return inject.format(here), heal.format(here)

    monkeypatch.setattr(injection, "scripts", scripts)


def log(injector: Injector) -> list[str]:
    return (injector.folder / "log").read_text().splitlines()


def test_the_rollback_and_its_timer_come_first(injector: Injector) -> None:
    assert injector.inject("stop", {}, 600) is not None
    assert log(injector) == ["injected"]
    assert (injector.folder / "stop/timer").read_text() == "600"
    assert injector.in_force() == ["stop"]


def test_a_fault_in_force_is_not_injected_again(injector: Injector) -> None:
    injector.inject("stop", {}, 600)
    assert injector.inject("stop", {}, 600) is None
    assert log(injector) == ["injected"]


def test_all_are_healed_or_one(injector: Injector) -> None:
    injector.inject("stop", {}, 600)
    injector.inject("mute", {}, 600)
    assert injector.heal(["mute"]) == ["mute"]
    assert injector.in_force() == ["stop"]
    assert injector.heal() == ["stop"]
    assert injector.heal() == []


def test_nothing_stays_behind(injector: Injector) -> None:
    injector.inject("stop", {}, 600)
    (injector.folder / "log").unlink()
    (injector.folder / "lock").touch()
    injector.heal(["stop"])
    (injector.folder / "log").unlink()
    injector.heal()
    assert not injector.folder.exists()


def test_dry_runs_do_nothing(injector: Injector) -> None:
    assert injector.inject("stop", {}, 600, dry=True) is not None
    assert not injector.folder.exists()
    injector.inject("stop", {}, 600)
    assert injector.heal(dry=True) == ["stop"]
    assert injector.in_force() == ["stop"]


def test_a_failed_injection_is_undone_at_once(injector: Injector, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, injector, "echo no disk >&2; exit 3", HEAL)
    with pytest.raises(InjectionError, match="failed with status 3: no disk"):
        injector.inject("stop", {}, 600)
    assert log(injector) == ["healed"]
    assert injector.in_force() == []


def test_without_a_timer_nothing_is_broken(injector: Injector, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_timer(*_: object) -> None:
        raise InjectionError("no timer")

    monkeypatch.setattr(injector, "_set_timer", no_timer)
    with pytest.raises(InjectionError, match="no timer"):
        injector.inject("stop", {}, 600)
    assert log(injector) == ["healed"]


def test_healing_goes_on_after_one_that_fails(injector: Injector) -> None:
    injector.inject("stop", {}, 600)
    (injector.folder / "stop/heal").write_text("echo still full >&2; exit 1")
    injector.inject("mute", {}, 600)
    with pytest.raises(InjectionError, match=r"still full\. In force: stop"):
        injector.heal()
    assert injector.in_force() == ["stop"]


def test_a_script_that_hangs_is_ended(injector: Injector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(injection, "TIMEOUT", 0.2)
    use(monkeypatch, injector, "exec sleep 30", HEAL)
    with pytest.raises(InjectionError, match="did not end within"):
        injector.inject("stop", {}, 600)
    assert log(injector) == ["healed"]


def test_a_host_without_systemd_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(injection.os, "geteuid", lambda: 0)
    with pytest.raises(InjectionError, match="systemd does not run here"):
        Injector(str(tmp_path / "drill"), str(tmp_path / "none")).inject("stop", {}, 600)
    monkeypatch.setattr(injection.os, "geteuid", lambda: 1000)
    with pytest.raises(InjectionError, match="needs root"):
        Injector(str(tmp_path / "drill"), str(tmp_path)).inject("stop", {}, 600)
