# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of README.md on a host whose first process is systemd, as every user's is.

It is a machine of the lab provider, with what README.md asks for and no more. Only downloads are spared: Python's
packages come from a folder, and the Debian tree of its machines from this host's cache. `make test` runs one release;
`make test-hosts` runs both, with a drill and with firewalls.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from harness import CACHE, ROOT, Run

ALL = os.environ.get("HOSTS") == "all"
# Python of each release. The newer one is also what the tests themselves do not run on.
RELEASES = {"bookworm": "3.11", "trixie": "3.13"} if ALL else {"trixie": "3.13"}
LAB = "outer"
STATE = Path("/var/lib/netlab-dhcp-failover")
CACHE_DIR = Path("/var/cache/netlab-dhcp-failover")
HERE = "/root/netlab"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": "/opt/wheels",
    "PIP_NO_COMPILE": "1",
}
# Whether the rules of iptables also see bridged frames, as on every host with Docker.
FRAMES = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
# Everything that a lab may leave or change.
TRACES = """
systemctl list-units --all --plain --no-legend 'netlab-*'
ip -brief link | grep '^lab-'
nft list tables | grep netlab
grep -e /netlab-dhcp-failover/lab -e /run/systemd/nspawn/unix-export /proc/self/mountinfo
find /var/lib/netlab-dhcp-failover /run/systemd/nspawn/*/ -mindepth 1 2> /dev/null
sysctl net.ipv4.ip_forward fs.inotify.max_user_instances
"""
FIREWALLD = "apt-get -qq install --no-install-recommends firewalld > /dev/null"
UFW = "apt-get -qq install --no-install-recommends ufw > /dev/null && ufw --force enable"
# Docker drops what is forwarded only if it is the one that turns forwarding on.
DOCKER = (
    "sysctl --write net.ipv4.ip_forward=0; apt-get -qq install --no-install-recommends docker.io iptables > /dev/null"
)
# Docker Engine with cgroup v2 alone, whatever this host has, and the image that a registry would give it. A service of
# the outer machine could not start containers: systemd-nspawn keeps keyrings from it.
ENGINE = """
set -e
apt-get -qq install --no-install-recommends docker-cli docker.io mmdebstrap > /dev/null
systemctl --quiet stop docker.socket docker containerd
mount -t tmpfs tmpfs /var/lib/docker
unshare --mount sh -c '
    umount --recursive /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir /sys/fs/cgroup/engine
    echo 0 > /sys/fs/cgroup/engine/cgroup.procs
    exec dockerd --exec-opt native.cgroupdriver=cgroupfs
' > /var/log/dockerd 2>&1 &
timeout 60 sh -c 'until docker info > /dev/null 2>&1; do sleep 0.2; done'
mmdebstrap --quiet --variant=minbase trixie - | docker import - debian:trixie-slim
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a lab of containers needs root")
Host = Callable[..., str]


def first_process() -> int:
    """PID 1 of the outer machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        words = path.read_text(errors="replace").split("\0") if path.exists() else []
        if words[0].endswith("systemd-nspawn") and any(f"={STATE / LAB}/" in word for word in words):
            children = Path(f"/proc/{path.parent.name}/task/{path.parent.name}/children").read_text().split()
            if children:
                return int(children[0])
    raise LookupError(f"no machine of lab {LAB} runs")


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def host(run: Run, release: str, tree: Path) -> Iterator[Host]:
    """A function that runs a command on a new host of this release, which has a copy of the project."""
    machine = {"name": "host", "release": release, "interfaces": []}
    machine["interfaces"] = [{"name": "host0", "network": "mgmt", "address": "10.213.20.11"}]
    variables = {
        "nspawn_host_lab": LAB,
        "nspawn_host_networks": [{"name": "mgmt", "subnet": "10.213.20.0/24", "nat": True}],
        "nspawn_host_machines": [machine],
    }
    play = ("ansible-playbook", "--inventory=inventories/nspawn", "--limit=localhost", f"-e={json.dumps(variables)}")
    run(*play, "playbooks/lab_up.yml")
    try:
        inside = ["nsenter", f"--target={first_process()}", "--all", "env", "-i"]
        inside += [f"{key}={value}" for key, value in ENVIRONMENT.items()]

        def command(*words: str, expect: int = 0) -> str:
            return run(*inside, *words, expect=expect)

        _furnish(command, release, tree)
        yield command
    finally:
        run(*play, "playbooks/lab_down.yml")


def _furnish(command: Host, release: str, tree: Path) -> None:
    root = STATE / LAB / "machines/host/root"
    wheels = CACHE / f"wheels-{RELEASES[release]}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    wanted = [f"--python-version={RELEASES[release]}", f"--dest={wheels}", f"--requirement={ROOT}/requirements.txt"]
    subprocess.run([*pip, *wanted], check=True)
    shutil.copytree(wheels, root / "opt/wheels")
    shutil.copytree(tree, root / HERE.lstrip("/"), symlinks=True, ignore=shutil.ignore_patterns(".git"))
    # The machine's own tree is also what its machines are made of.
    mounts = Path("/proc/self/mountinfo").read_text()
    (base,) = re.findall(rf"{root} .*lowerdir=({CACHE_DIR}/base/[^,]+)", mounts)
    cache = root / str(CACHE_DIR).lstrip("/")
    (cache / "base").mkdir(parents=True, mode=0o700)
    shutil.copy2(CACHE_DIR / "CACHEDIR.TAG", cache)
    subprocess.run(["cp", "--archive", base, cache / "base"], check=True)
    # A host has no apt settings of a tree; and its disk is no overlay, which no other overlay could lie on.
    own = root / "etc/apt/apt.conf.d/99mmdebstrap"
    own.write_text("".join(re.findall(r"^(?!.*(?:Retries|Languages)).*\n", own.read_text(), re.M)))
    command("mkdir", "--parents", str(STATE))
    command("mount", "-t", "tmpfs", "tmpfs", str(STATE))
    needed = "git make python3 python3-venv"
    assert all(f"`{name}`" in (ROOT / "README.md").read_text() for name in needed.split())
    command("apt-get", "-qq", "update")
    command("apt-get", "-qq", "install", "--no-install-recommends", *needed.split())


def test_commands(host: Host, release: str) -> None:
    def make(*words: str) -> str:
        return host("make", f"--directory={HERE}", *words)

    before, traces = set(host("apt-mark", "showmanual").splitlines()), host("sh", "-c", TRACES)
    assert "1 pair: 1 healthy" in make("lab", f"RELEASE={release}")
    trees = f"{CACHE_DIR}/base"
    assert len(host("ls", trees).splitlines()) == 1, "it took the tree that was there"
    # A machine dies in the worst way: nothing cleans up behind it.
    host("systemctl", "kill", "--signal=KILL", "netlab-lab-dhcp-server1.service")
    assert "1 pair: 1 healthy" in make("lab")
    make("verify")
    if ALL:
        make("drill")
    make("lab-down")
    assert host("sh", "-c", TRACES) == traces
    tools = yaml.safe_load((ROOT / "roles/nspawn_host/vars/main.yml").read_text())["__nspawn_host_tools"]
    assert set(host("apt-mark", "showmanual").splitlines()) - before <= set(tools), "these stay, as README.md says"
    assert all(f"`{name}`" in (ROOT / "README.md").read_text() for name in tools)


@pytest.mark.skipif(not ALL, reason="make test-hosts")
def test_installation(host: Host) -> None:
    """README.md's lines for a user, in an empty virtual environment: from a clone, then from the artifact."""
    (block,) = re.findall(r"^## Install$.*?^```console\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    *prepare, install = re.findall(r"^\$ (.*)$", block, re.M)
    commit = "git init --quiet; git add --all; git -c user.name=x -c user.email=x commit --quiet --message x"
    build = "ansible-galaxy collection build --output-path ~/dist"
    check = f"cd /; ansible-playbook -i {HERE}/inventories/nspawn netlab.dhcp_failover.validate"
    artifact = install.replace("git+file://$PWD", "~/dist/netlab-dhcp_failover-*.tar.gz")
    assert artifact != install
    for first, words, last in ((commit, install, build), ("rm -r ~/dhcp ~/.ansible", artifact, "true")):
        shown = host("sh", "-exc", "\n".join([f"cd {HERE}", first, *prepare, words, last, check]))
        assert re.search('^ *relationship "dhcp-failover": primary .* 1 pool with 11 addresses$', shown, re.M)


@pytest.mark.skipif(not ALL, reason="make test-hosts")
@pytest.mark.skipif(not FRAMES.exists(), reason="this kernel has no br_netfilter: modprobe br_netfilter")
@pytest.mark.parametrize(
    "firewall, cure",
    [
        (FIREWALLD, "firewall-cmd --zone=trusted "),
        (UFW, "ufw route allow "),
        (DOCKER, "iptables -I DOCKER-USER -i lab-"),
    ],
    ids=["firewalld", "ufw", "docker"],
)
def test_cure_of_a_firewall(host: Host, release: str, firewall: str, cure: str) -> None:
    """The command in the refusal makes the lab work, whether the firewall sees bridged frames or not."""

    def up(frames: int, expect: int = 0) -> str:
        host("sysctl", f"net.bridge.{FRAMES.name}={frames}")
        words = ("env", f"--chdir={HERE}", ".venv/bin/ansible-playbook", f"-e=lab_release={release}")
        return " ".join(host(*words, f"{HERE}/playbooks/lab_up.yml", expect=expect).split())

    def preflight(expect: int = 0) -> str:
        return " ".join(host("make", f"--directory={HERE}", "preflight", expect=expect).split())

    host("make", f"--directory={HERE}", "preflight", ".venv/.run")
    host("sh", "-c", firewall)
    remedy = re.compile(rf"({re.escape(cure)}.*?)\. Then run this again")
    foretold = remedy.search(preflight(expect=2))
    refused = up(1, expect=2)
    assert "cannot reach machine" in refused
    found = remedy.search(refused)
    assert found
    assert foretold
    assert foretold[1] == found[1]
    # The machines exist, and could have their packages already.
    warned = up(0)
    assert "cannot fetch packages" in warned
    assert found[1] in warned
    host("sh", "-c", found[1])
    for frames in (1, 0):
        again = up(frames)
        assert "cannot reach" not in again
        assert "cannot fetch packages" not in again
    host("make", f"--directory={HERE}", "lab-down")
    preflight()


@pytest.mark.skipif(not ALL, reason="make test-hosts")
@pytest.mark.parametrize("release", ["trixie"], indirect=True)
def test_container(host: Host) -> None:
    """The lab in the container of docs/lab.md, whose first process is no systemd, by the commands of that page."""
    build, start = re.findall(r"^\$ (docker (?:.*\\\n)*.*)", (ROOT / "docs/lab.md").read_text(), re.M)
    wheels = "--volume /opt/wheels:/opt/wheels --env PIP_NO_INDEX=1 --env PIP_FIND_LINKS=/opt/wheels"
    start = start.replace("--interactive --tty", wheels)
    host("sh", "-c", ENGINE)

    def shell(command: str) -> str:
        return host("sh", "-c", f"cd {HERE} && {command}")

    shell(build)
    assert "1 pair: 1 healthy" in shell(f"{start} make lab")
    # The first container is gone, and its machines with it; their trees are in a volume.
    again = shell(f"{start} sh -exc 'make lab; make verify; make lab-down; ls -A /var/lib/netlab-dhcp-failover'")
    assert "1 pair: 1 healthy" in again
    assert again.endswith("+ ls -A /var/lib/netlab-dhcp-failover\n"), "nothing is left"
