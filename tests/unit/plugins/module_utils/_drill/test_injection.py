# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that heals is there before anything is broken, and gone when it has run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill import injection as module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injection import Injection, InjectionError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injectors import INJECTORS

# What an injector's scripts do; the folder is the test's.
INJECT = 'test -e "{0}/heal" && test -e "{0}/timer" && echo injected >> "{0}/../log"'
HEAL = 'echo healed >> "{0}/../log"; rm -rf "{0}"'


@pytest.fixture
def injection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Injection:
    found = Injection(str(tmp_path / "drill"), str(tmp_path))
    monkeypatch.setattr(found, "_check", lambda _name: None)
    monkeypatch.setattr(found, "_interface", lambda _address: "ens9")

    def set_timer(_name: str, heal: Path, seconds: int) -> None:
        (heal.parent / "timer").write_text(str(seconds))

    monkeypatch.setattr(found, "_set_timer", set_timer)
    use(monkeypatch, found, INJECT, HEAL)
    return found


def use(monkeypatch: pytest.MonkeyPatch, injection: Injection, inject: str, heal: str) -> None:
    def scripts(name: str, _values: Mapping[str, str]) -> tuple[str, str]:
        here = injection.folder / name
        return inject.format(here), heal.format(here)

    monkeypatch.setattr(module, "scripts", scripts)


def log(injection: Injection) -> list[str]:
    return (injection.folder / "log").read_text().splitlines()


def test_the_script_that_heals_and_its_timer_come_first(injection: Injection) -> None:
    assert injection.inject("stop", {}, 600) is not None
    assert log(injection) == ["injected"]
    assert (injection.folder / "stop/timer").read_text() == "600"
    assert injection.in_force() == ["stop"]


def test_what_is_in_force_is_not_injected_again(injection: Injection) -> None:
    injection.inject("stop", {}, 600)
    assert injection.inject("stop", {}, 600) is None
    assert log(injection) == ["injected"]


def test_all_are_healed_or_one(injection: Injection) -> None:
    injection.inject("stop", {}, 600)
    injection.inject("mute", {}, 600)
    assert injection.heal(["mute"]) == ["mute"]
    assert injection.in_force() == ["stop"]
    assert injection.heal() == ["stop"]
    assert injection.heal() == []


def test_nothing_stays_behind(injection: Injection) -> None:
    injection.inject("stop", {}, 600)
    (injection.folder / "log").unlink()
    (injection.folder / "lock").touch()
    injection.heal(["stop"])
    (injection.folder / "log").unlink()
    injection.heal()
    assert not injection.folder.exists()


def test_dry_runs_do_nothing(injection: Injection) -> None:
    assert injection.inject("stop", {}, 600, dry=True) is not None
    assert not injection.folder.exists()
    injection.inject("stop", {}, 600)
    assert injection.heal(dry=True) == ["stop"]
    assert injection.in_force() == ["stop"]


def test_a_failed_injection_is_healed_at_once(injection: Injection, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, injection, "echo no disk >&2; exit 3", HEAL)
    with pytest.raises(InjectionError, match="failed with status 3: no disk"):
        injection.inject("stop", {}, 600)
    assert log(injection) == ["healed"]
    assert injection.in_force() == []


def test_without_a_timer_nothing_is_broken(injection: Injection, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_timer(*_: object) -> None:
        raise InjectionError("no timer")

    monkeypatch.setattr(injection, "_set_timer", no_timer)
    with pytest.raises(InjectionError, match="no timer"):
        injection.inject("stop", {}, 600)
    assert log(injection) == ["healed"]


def test_healing_goes_on_after_one_that_fails(injection: Injection) -> None:
    injection.inject("stop", {}, 600)
    (injection.folder / "stop/heal").write_text("echo still full >&2; exit 1")
    injection.inject("mute", {}, 600)
    with pytest.raises(InjectionError, match=r"still full\. In force: stop"):
        injection.heal()
    assert injection.in_force() == ["stop"]


def test_a_script_that_hangs_is_ended(injection: Injection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    use(monkeypatch, injection, "exec sleep 30", HEAL)
    with pytest.raises(InjectionError, match="did not end within"):
        injection.inject("stop", {}, 600)
    assert log(injection) == ["healed"]


def test_a_host_without_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    with pytest.raises(InjectionError, match="systemd does not run here"):
        Injection(str(tmp_path / "drill"), str(tmp_path / "none")).inject("stop", {}, 600)
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    with pytest.raises(InjectionError, match="needs root"):
        Injection(str(tmp_path / "drill"), str(tmp_path)).inject("stop", {}, 600)


def test_what_an_injector_needs_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    monkeypatch.setattr(module.shutil, "which", lambda name: None if name == "nft" else name)
    absent = replace(INJECTORS["clock-ahead"], libraries=("nowhere/*/libfaketime.so.1",))
    monkeypatch.setattr(module, "INJECTORS", {**INJECTORS, "clock-ahead": absent})
    injection = Injection(str(tmp_path / "drill"), str(tmp_path))
    for name, said in (
        ("mute", "the injector mute needs nft. Install the package nftables."),
        ("clock-ahead", r"needs libfaketime.so.1. Install the package faketime \(libfaketime on Fedora\)."),
    ):
        with pytest.raises(InjectionError, match=said):
            injection.inject(name, {"unit": "x"}, 600, dry=True)
