# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab provider on this host, with its own lab: make it, break it in every realistic way, repair it, remove it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import BIN, ROOT, Run, until

STATE = Path("/var/lib/netlab-dhcp-failover")
CACHE_DIR = Path("/var/cache/netlab-dhcp-failover")
LAB = "tst"
MACHINE = STATE / LAB / "machines/dhcp_server1"
VARIABLES: dict[str, Any] = {
    "nspawn_host_lab": LAB,
    "nspawn_host_networks": [
        {"name": "mgmt", "subnet": "10.213.18.0/24", "nat": True},
        {"name": "practica", "subnet": "172.16.1.0/24"},
    ],
    "nspawn_host_machines": [
        {
            "name": "dhcp_server1",
            "release": "bookworm",
            "interfaces": [
                {"name": "host0", "network": "mgmt", "address": "10.213.18.11"},
                {"name": "ens9", "network": "practica"},
            ],
        }
    ],
}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of containers needs root")
Play = Callable[..., str]


def sh(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def nspawn_pids() -> list[int]:
    """systemd-nspawn processes of this test's lab, recognised by their tree."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"--directory={STATE / LAB}/" in path.read_text(errors="replace"):
                found.append(int(path.parent.name))
    return sorted(found)


def first_process() -> int:
    nspawn = nspawn_pids()[0]
    return int(Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()[0])


def left_on_host() -> list[str]:
    """Everything that has the lab's name in it."""
    links = [line.split()[0] for line in sh("ip", "-brief", "link").splitlines() if line.startswith(f"{LAB}-")]
    tables = [line for line in sh("nft", "list", "tables").splitlines() if line.endswith(f"netlab_{LAB}")]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"/{LAB}/" in line]
    places = (STATE / LAB, STATE / f".{LAB}.lock", Path(f"/run/systemd/nspawn/propagate/{LAB}-dhcp-server1"))
    folders = [str(path) for path in places if path.exists()]
    return [*links, *tables, *mounts, *folders, *map(str, nspawn_pids())]


def command(playbook: str, *words: str, **variables: object) -> list[str]:
    settings: dict[str, Any] = {**VARIABLES, **variables}
    # The inventory has the address of its own lab's machine.
    settings["ansible_host"] = settings["nspawn_host_machines"][0]["interfaces"][0]["address"]
    return [
        str(BIN / "ansible-playbook"),
        "--inventory=inventories/nspawn",
        "--limit=localhost,dhcp_server1",
        f"--extra-vars={json.dumps(settings)}",
        f"playbooks/{playbook}.yml",
        *words,
    ]


def changed(output: str) -> int:
    return sum(int(number) for number in re.findall(r"changed=(\d+)", output))


def steps(output: str) -> set[str]:
    """The steps that a play names. Kernel settings are left out: all labs of a host share them, so one that another
    test makes or removes meanwhile changes what is to be done."""
    return {line for line in output.splitlines() if re.match(r"[-+~] (?!(?:fs|net)\.)", line)}


@pytest.fixture
def play(run: Run) -> Play:
    def play(playbook: str, *words: str, expect: int = 0, **variables: object) -> str:
        return run(*command(playbook, *words, **variables), expect=expect)

    return play


@pytest.fixture
def lab(play: Play) -> Iterator[None]:
    """A running lab; it is removed afterwards."""
    play("lab_up")
    yield
    play("lab_down")
    assert left_on_host() == []


@pytest.fixture
def no_lab(play: Play) -> Iterator[None]:
    if left_on_host():
        play("lab_down")
    assert left_on_host() == []
    yield
    if left_on_host():
        play("lab_down")
    assert left_on_host() == []


@pytest.mark.usefixtures("no_lab")
def test_up_and_down(play: Play) -> None:
    announced = play("lab_up", "--check", "--diff")
    assert "+ machine dhcp_server1, Debian bookworm" in announced
    assert changed(announced) > 0
    assert left_on_host() == [], "check mode makes nothing"

    done = play("lab_up", "--diff", lab_daemon="kea")
    assert steps(announced) == steps(done), "check mode said what was done"
    assert changed(play("lab_up", "--diff")) == 0, "the lab knows its daemon"
    refused = " ".join(play("lab_up", expect=2, lab_daemon="dhcpd").split())
    assert "This lab has kea, and now dhcpd is asked for. Nothing was touched." in refused
    assert changed(play("lab_up", "--check", "--diff")) == 0

    inside = sh("nsenter", f"--target={first_process()}", "--all", "sh", "-c", "hostname; ip -4 -br address; ip route")
    assert inside.startswith("dhcp-server1\n")
    assert "10.213.18.11/24" in inside
    assert "default via 10.213.18.1 dev host0" in inside
    assert "ens9" not in inside, "the service interface is left to the roles"
    addresses = sh("ip", "-brief", "-4", "address")
    assert "10.213.18.1/24" in addresses
    assert f"{LAB}-practica" not in addresses, "the host takes no part in the service network"

    assert changed(play("lab_down", "--check")) == 1
    assert nspawn_pids(), "check mode removes nothing"
    play("lab_down", "--diff")
    assert left_on_host() == []
    assert changed(play("lab_down", "--diff")) == 0
    assert any(CACHE_DIR.glob("base/bookworm-*")), "the base tree is kept"


@pytest.mark.usefixtures("lab")
def test_mends_what_died_or_was_taken_away(play: Play) -> None:
    os.kill(first_process(), signal.SIGKILL)
    until(lambda: not nspawn_pids(), "the killed machine is gone")
    assert "~ machine dhcp_server1: start" in play("lab_up", "--diff")

    sh("ip", "link", "delete", f"{LAB}-mgmt")
    mended = play("lab_up", "--diff")
    assert f"+ bridge {LAB}-mgmt" in mended
    assert f"~ link {LAB}-ds1-host0 up, in bridge {LAB}-mgmt" in mended

    sh("ip", "link", "set", f"{LAB}-ds1-ens9", "down", "nomaster")
    sh("nft", "delete", "table", "ip", f"netlab_{LAB}")
    mended = play("lab_up", "--diff")
    assert f"~ link {LAB}-ds1-ens9 up" in mended
    assert f"+ nftables table ip netlab_{LAB}" in mended

    sh("ip", "link", "delete", f"{LAB}-ds1-ens9")
    assert "restart, a link of it is gone" in play("lab_up", "--diff")

    (STATE / LAB / "ssh/id_ed25519").unlink()
    assert "+ SSH key" in play("lab_up", "--diff")
    assert changed(play("lab_up")) == 0


@pytest.mark.usefixtures("lab")
def test_follows_its_declaration(play: Play) -> None:
    machine = VARIABLES["nspawn_host_machines"][0]
    moved = {**machine, "interfaces": [{"name": "host0", "network": "mgmt", "address": "10.213.18.12"}]}
    second = {"name": "extra", "release": "bookworm", "interfaces": []}
    shown = play("lab_up", "--diff", nspawn_host_machines=[moved, second])
    assert "built again: its definition changed" in shown
    assert "+ machine extra" in shown
    shown = play(
        "lab_up", "--diff", nspawn_host_networks=VARIABLES["nspawn_host_networks"][:1], nspawn_host_machines=[moved]
    )
    assert "- machine extra (no longer declared)" in shown
    assert f"- bridge {LAB}-practica" in shown
    assert len(nspawn_pids()) == 1


@pytest.mark.usefixtures("no_lab")
@pytest.mark.parametrize(
    "moment, reached",
    [
        ("while a tree is made", (MACHINE / "root").exists),
        ("while the machine starts", (MACHINE / "netns").exists),
        ("while it waits for the machine", nspawn_pids),
    ],
)
def test_run_after_an_aborted_one(play: Play, moment: str, reached: Callable[[], object]) -> None:
    aborted = subprocess.Popen(
        command("lab_up"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        # A first run may build the tree of the machines before.
        until(lambda: reached() or aborted.poll() is not None, moment, 3600)
        assert aborted.poll() is None, f"the run ended before this: {moment}"
    finally:
        for pid in descendants(aborted.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        aborted.wait()
    play("lab_up", "--diff")
    assert changed(play("lab_up", "--diff")) == 0


def descendants(pid: int) -> list[int]:
    """The processes of a run, without the machines that it started, which would also live on."""
    with contextlib.suppress(FileNotFoundError):
        if "systemd-nspawn" not in Path(f"/proc/{pid}/cmdline").read_text(errors="replace"):
            below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return [pid, *(one for child in below for one in descendants(int(child)))]
    return []


@pytest.mark.usefixtures("no_lab")
@pytest.mark.parametrize(
    "make, remove, words",
    [
        (
            f"ip link add {LAB}-mgmt type bridge",
            f"ip link delete {LAB}-mgmt",
            [f"The interface {LAB}-mgmt", "another name", f"ip link delete {LAB}-mgmt"],
        ),
        (
            f"ip link add {LAB}-ds1-ens9 type veth peer name {LAB}-other",
            f"ip link delete {LAB}-ds1-ens9",
            [f"The interface {LAB}-ds1-ens9", "dhcp_server1", "another name"],
        ),
        (
            f"nft add table ip netlab_{LAB}",
            f"nft delete table ip netlab_{LAB}",
            [f'The nftables table "ip netlab_{LAB}"', "another name"],
        ),
        (
            f"mkdir -p {STATE}/{LAB}/precious",
            f"rm -r {STATE}/{LAB}",
            [f"The folder {STATE}/{LAB}", "Move it away"],
        ),
    ],
)
def test_takes_nothing_over(play: Play, make: str, remove: str, words: list[str]) -> None:
    sh(*make.split())
    try:
        before = left_on_host()
        shown = " ".join(play("lab_up", expect=2).split())
        for word in words:
            assert word in shown
        assert [entry for entry in left_on_host() if "lock" not in entry] == before, "nothing was made or taken"
        play("lab_down")
        assert [entry for entry in left_on_host() if "lock" not in entry] == before, "lab_down left it alone, too"
    finally:
        sh(*remove.split())


@pytest.mark.usefixtures("no_lab")
def test_refuses_a_subnet_in_use(play: Play) -> None:
    sh("ip", "link", "add", "tstother", "type", "bridge")
    try:
        sh("ip", "address", "add", "10.213.18.77/25", "dev", "tstother")
        shown = " ".join(play("lab_up", expect=2).split())
        assert "The subnet 10.213.18.0/24" in shown
        assert "interface tstother has the address 10.213.18.77/25" in shown
        assert nspawn_pids() == []
    finally:
        sh("ip", "link", "delete", "tstother")


@pytest.mark.usefixtures("no_lab")
def test_trusts_no_half_built_base_tree(play: Play, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    sh("mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(cache))
    try:
        shown = " ".join(play("lab_up", expect=2, nspawn_host_cache_dir=str(cache)).split())
        assert "could not build the Debian bookworm base tree; nothing of it is kept" in shown
        assert "Free some space" in shown
        assert list(cache.glob("base/*")) == []
        # The remains of a killed run are not mistaken for a tree either.
        left = cache / "base/bookworm-000000000000.part"
        left.mkdir()
        play("lab_up", expect=2, nspawn_host_cache_dir=str(cache))
        assert not left.exists()
        play("lab_down", nspawn_host_cache_dir=str(cache), nspawn_host_purge_cache=True)
        assert list(cache.iterdir()) == []
    finally:
        sh("umount", str(cache))


@pytest.mark.usefixtures("no_lab")
def test_copies_the_tree_where_it_cannot_be_shared(play: Play, tmp_path: Path) -> None:
    """An overlay cannot lie on another overlay."""
    for name in ("lower", "upper", "work", "state"):
        (tmp_path / name).mkdir()
    options = f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work"
    sh("mount", "-t", "overlay", "-o", options, "test", f"{tmp_path}/state")
    try:
        where = {"nspawn_host_state_dir": f"{tmp_path}/state", "lab_folder": f"{tmp_path}/state/{LAB}"}
        play("lab_up", **where)
        assert (tmp_path / "upper" / LAB / "machines/dhcp_server1/root/usr/bin/apt").exists()
        assert changed(play("lab_up", **where)) == 0
        play("lab_down", **where)
        assert list((tmp_path / "state").iterdir()) == []
    finally:
        sh("umount", f"{tmp_path}/state")


@pytest.mark.usefixtures("no_lab")
def test_says_what_a_firewall_of_the_host_stops(play: Play) -> None:
    """It tries the effect, because there are too many firewalls to read their rules."""
    first = VARIABLES["nspawn_host_machines"][0]
    interface = {"name": "host0", "network": "mgmt", "address": "10.213.18.12"}
    both = {"nspawn_host_machines": [first, {**first, "name": "dhcp_server2", "interfaces": [interface]}]}
    for family, chain in (
        ("bridge", "type filter hook forward priority 0; ip saddr 10.213.18.0/24 tcp dport 22 drop"),
        ("ip", "type filter hook forward priority 0; ip saddr 10.213.18.0/24 ip daddr != 10.213.18.0/24 reject"),
    ):
        sh("nft", f"table {family} {LAB}_firewall {{ chain stop {{ {chain}; }}; }}")
    try:
        shown = " ".join(play("lab_up", expect=2, **both).split())
        assert 'Machine "dhcp_server1" cannot reach machine "dhcp_server2" in network "mgmt"' in shown
        sh("nft", "delete", "table", "bridge", f"{LAB}_firewall")
        # The machines exist, and could have their packages already.
        shown = " ".join(play("lab_up", **both).split())
        assert 'Machine "dhcp_server1" cannot fetch packages: ' in shown
    finally:
        for family in ("bridge", "ip"):
            subprocess.run(
                ["nft", "delete", "table", family, f"{LAB}_firewall"], check=False, stderr=subprocess.DEVNULL
            )
    assert "cannot fetch packages" not in play("lab_up", **both)


@pytest.mark.usefixtures("lab")
def test_a_tree_in_use_stays(play: Play) -> None:
    shown = " ".join(play("lab_down", "--check", expect=2, nspawn_host_purge_cache=True).split())
    assert "a lab of this host runs on a tree in it" in shown
    assert any(CACHE_DIR.glob("base/bookworm-*"))


@pytest.mark.usefixtures("lab")
def test_follows_its_base_tree(play: Play) -> None:
    """A machine of a tree that was removed and built again would have files of both."""
    record = MACHINE / "machine.json"
    text = record.read_text()
    record.write_text(re.sub(r'("base_built": )\d+', r"\g<1>1", text))
    assert "built again: its definition changed" in play("lab_up", "--diff")
    assert len(nspawn_pids()) == 1


def test_purges_only_its_own_cache(play: Play, tmp_path: Path) -> None:
    (tmp_path / "base/precious").mkdir(parents=True)
    shown = " ".join(
        play("lab_down", expect=2, nspawn_host_cache_dir=str(tmp_path), nspawn_host_purge_cache=True).split()
    )
    assert "was not made by this module" in shown
    assert (tmp_path / "base/precious").exists()


def test_says_at_once_that_it_needs_root(play: Play) -> None:
    shown = play(
        "lab_up",
        "--become",
        "--become-method=su",
        "--become-user=nobody",
        expect=2,
        ansible_become_flags="-s /bin/sh",
        ansible_python_interpreter="/usr/bin/python3",
    )
    assert 'needs root on its host, and this is user "nobody"' in " ".join(shown.split())
    assert "Ensure the Debian tree" not in shown
