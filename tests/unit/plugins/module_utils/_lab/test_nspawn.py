# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviour that cannot be tested on a real host, because other labs use it, too."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TextIO

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab import settings as module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    Command,
    HostError,
    locked,
    take,
    write_into,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn import LabOnHost
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import make_lab

NETWORKS = [{"name": "mgmt", "subnet": "10.9.0.0/24", "nat": True}]


FORWARDING = "net.ipv4.ip_forward"


class Host:
    """The kernel settings of a host, and its labs."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.switch = folder / "sys/net/ipv4/ip_forward"
        self.boot = folder / "boot_id"
        self.switch.parent.mkdir(parents=True)
        self.state.mkdir()
        self.switch.write_text("0\n")
        self.boot.write_text("first\n")

    @property
    def forwards(self) -> bool:
        return self.switch.read_text() == "1\n"

    def lab(self, name: str) -> LabOnHost:
        return LabOnHost(make_lab(name, NETWORKS, [], {}), self.state)

    def up(self, name: str) -> None:
        lab = self.lab(name)
        lab._make_folder()
        lab.settings.raise_to(FORWARDING, 1)

    def down(self, name: str) -> None:
        lab = self.lab(name)
        for setting in lab.settings.to_put_back():
            lab.settings.put_back(setting)
        (lab.folder / "lab.json").unlink()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(tmp_path)
    monkeypatch.setattr(module, "PROC_SYS", tmp_path / "sys")
    monkeypatch.setattr(module, "BOOT_ID", made.boot)
    return made


def test_the_last_lab_that_needs_a_setting_restores_it(host: Host) -> None:
    host.up("one")
    host.up("two")
    assert host.forwards
    host.down("one")
    assert host.forwards, "the other lab needs it"
    host.down("two")
    assert not host.forwards
    assert not (host.state / "settings.json").exists()


def test_a_setting_that_was_high_enough_stays(host: Host) -> None:
    host.switch.write_text("1\n")
    host.up("one")
    host.down("one")
    assert host.forwards


def test_a_setting_that_the_next_boot_made_stays(host: Host) -> None:
    host.up("one")
    host.boot.write_text("second\n")
    host.down("one")
    assert host.forwards


def test_a_setting_changed_by_others_stays(host: Host) -> None:
    host.up("one")
    host.switch.write_text("2\n")
    host.down("one")
    assert host.switch.read_text() == "2\n"


def test_a_path_never_leaves_its_tree(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    (tree / "etc").mkdir(parents=True)
    outside.mkdir()
    (outside / "victim").write_text("mine\n")
    (tree / "etc/resolv.conf").symlink_to(outside / "victim")
    write_into(tree, "etc/resolv.conf", "nameserver 192.0.2.1\n")
    assert (outside / "victim").read_text() == "mine\n"
    assert (tree / "etc/resolv.conf").read_text() == "nameserver 192.0.2.1\n"
    (tree / "root").symlink_to(outside)
    with pytest.raises(OSError, match="root"):
        write_into(tree, "root/.ssh/authorized_keys", "key\n")
    assert [path.name for path in outside.iterdir()] == ["victim"]


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    real, calls = fcntl.flock, []

    def flock(handle: TextIO, operation: int) -> None:
        if not calls:
            path.unlink()  # its holder ends at this moment, and another process makes it again
            path.touch()
        calls.append(operation)
        real(handle, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(path, "the test") as taken:
        assert os.fstat(taken).st_ino == path.stat().st_ino
    assert len(calls) == 2


def test_an_invalid_record_is_rejected(host: Host) -> None:
    machines = host.lab("one").machines
    folder = machines.folder_of("m")
    folder.mkdir(parents=True)
    for text in ("", "{", json.dumps(["a list"])):
        (folder / "machine.json").write_text(text)
        assert machines.record("m") == {}


def test_what_fails_keeps_nothing_else_from_being_removed() -> None:
    made = []

    def fail() -> None:
        raise HostError("machine one does not stop")

    steps = [Command("", fail, 1), *(Command("", lambda stage=stage: made.append(stage), stage) for stage in (1, 2, 4))]
    with pytest.raises(HostError, match="one does not stop"):
        take(steps, needs_all=4)
    assert made == [1, 2], "the records stay, for the next run"
    made.clear()
    with pytest.raises(HostError):
        take(steps)
    assert made == [1]


@pytest.mark.parametrize(
    "servers, cure",
    [
        (["192.0.2.53"], "reaches the mirror, its name servers (192.0.2.53), and whether"),
        ([], "This host has no name server outside its own loopback, so the machines have none: name one"),
    ],
)
def test_machines_without_a_name_server_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: list[str], cure: str
) -> None:
    interface = {"name": "host0", "network": "mgmt", "address": "10.9.0.11"}
    machines = [{"name": "one", "release": "trixie", "interfaces": [interface]}]
    here = LabOnHost(make_lab("lab", NETWORKS, machines, {"trixie": "/base"}), tmp_path)
    monkeypatch.setattr(here, "_cure", lambda: "")
    monkeypatch.setattr(here.machines, "nameservers", lambda: servers)
    monkeypatch.setattr(here.machines, "fetch_complaint", lambda _machine: "E: no address")
    refusal = here.refusal_of_packages()
    assert refusal.startswith('Machine "one" cannot fetch packages: E: no address. ')
    assert cure in refusal
