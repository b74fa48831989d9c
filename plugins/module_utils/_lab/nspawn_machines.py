# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd-nspawn machines of a lab on this host: built, started, stopped, removed, waited for.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    PACKAGES,
    Command,
    HostError,
    alive,
    cgroups,
    delete_link,
    ip_batch,
    leader,
    nspawn_processes,
    remove_cgroups,
    remove_tree,
    run,
    until,
    write_atomically,
    write_into,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import (
    Lab,
    Machine,
    machine_files,
    machine_name,
    nameservers,
    nspawn_command,
    nspawn_environment,
    resolv_conf,
    unit_command,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.settings import read_setting

POWER_OFF = signal.SIGRTMIN + 4  # systemd as PID 1 of a container powers off cleanly on it


@dataclass
class Machines:
    lab: Lab
    folder: Path
    """The lab's folder."""
    servers: Sequence[str] = ()
    """Name servers of the machines; none: the host's."""
    warnings: list[str] = field(default_factory=list)
    _running: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> Path:
        return self.folder / "ssh" / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "ssh" / "known_hosts"

    def has_key(self) -> bool:
        return self.key.exists() and self.key.with_suffix(".pub").exists()

    def folder_of(self, name: str) -> Path:
        return self.folder / "machines" / name

    def tree(self, name: str) -> Path:
        return self.folder_of(name) / "root"

    # What is there.

    def look(self) -> None:
        self._running = nspawn_processes()

    def running(self) -> list[str]:
        return [name for name in self.built() if self.pids(name)[0]]

    def record(self, name: str) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.folder_of(name) / "machine.json").read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    def built(self) -> list[str]:
        with contextlib.suppress(OSError):
            return sorted(path.name for path in (self.folder / "machines").iterdir())
        return []

    def pids(self, machine: str) -> tuple[int | None, int | None]:
        """systemd-nspawn and the machine's PID 1."""
        nspawn = self._running.get(str(self.tree(machine)))
        return nspawn, leader(nspawn) if nspawn else None

    def nameservers(self) -> list[str]:
        if self.servers:
            return list(self.servers)
        texts = []
        for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
            with contextlib.suppress(OSError):
                texts.append(Path(path).read_text(encoding="utf-8", errors="replace"))
        return nameservers(*texts)

    # From there to what is wanted.

    def steps(self, machine: Machine, links: Mapping[str, Mapping[str, Any]]) -> list[Command]:
        """What is to be done for this machine. links: those of the host, by name."""
        name = machine.name
        record = self.record(name)
        nspawn, _first = self.pids(name)
        start = Command(f"~ machine {name}: start", partial(self._start, machine), 5)
        if record.get("definition") != self._definition(machine) or not self.tree(name).is_dir():
            again = " (built again: its definition changed)" if record else ""
            build = Command(f"+ machine {name}, Debian {machine.release}{again}", partial(self._build, machine), 4)
            return [build, start]
        steps: list[Command] = []
        written = record.get("written", {})
        stale = [f"/{path}" for path, text in self._refreshed().items() if written.get(path) != text]
        if stale:
            steps.append(Command(f"~ machine {name}: {', '.join(stale)}", partial(self._refresh, name), 4))
        if nspawn is None:
            return [*steps, start]
        ends = {self.lab.link(machine, interface): interface for interface in machine.interfaces}
        if not ends.keys() <= links.keys():
            restart = Command(f"~ machine {name}: restart, a link of it is gone", partial(self._restart, machine), 5)
            return [*steps, restart]
        for end, interface in ends.items():
            if links[end].get("master") != interface.network.bridge or "UP" not in links[end].get("flags", []):
                repair = partial(ip_batch, f"link set dev {end} master {interface.network.bridge} up")
                steps.append(Command(f"~ link {end} up, in bridge {interface.network.bridge}", repair, 5))
        return steps

    def _refreshed(self) -> dict[str, str]:
        """Files that follow the host even later. The machine's own changes to them stay."""
        public = self.key.with_suffix(".pub")
        return {
            "etc/resolv.conf": resolv_conf(self.nameservers()),
            # If there is no key yet, an earlier step makes it.
            "root/.ssh/authorized_keys": public.read_text(encoding="utf-8") if self.has_key() else "",
        }

    def _refresh(self, name: str) -> None:
        self._mount(name, self.record(name)["definition"]["base"])
        refreshed = self._refreshed()
        for path, text in refreshed.items():
            write_into(self.tree(name), path, text)
        self._write_record(name, {**self.record(name), "written": refreshed})

    @staticmethod
    def _definition(machine: Machine) -> dict[str, Any]:
        """What the machine is built from. A base tree that was built again is another one, in spite of its name."""
        with contextlib.suppress(OSError):
            return {**machine.definition, "base_built": Path(machine.base).stat().st_ctime_ns}
        return machine.definition

    def _write_record(self, name: str, record: dict[str, Any]) -> None:
        write_atomically(self.folder_of(name) / "machine.json", json.dumps(record, indent=1) + "\n")

    def _build(self, machine: Machine) -> None:
        """Make its tree and write its own files there. The record comes last: nothing starts without it."""
        folder, tree = self.folder_of(machine.name), self.tree(machine.name)
        self.remove(machine.name)
        for part in (folder, tree, folder / "upper", folder / "work"):
            part.mkdir(mode=0o700, parents=True)
        (folder / "upper").chmod(0o755)  # the root folder of the machine
        try:
            self._mount(machine.name, machine.base)
        except HostError:  # no overlay, or not on this file system
            shutil.rmtree(folder / "upper")
            tree.rmdir()
            run(["cp", "--archive", "--reflink=auto", "--", machine.base, str(tree)], timeout=600)
        refreshed = self._refreshed()
        for path, text in {**machine_files(self.lab, machine), **refreshed}.items():
            write_into(tree, path, text)
        host_key = tree / "etc/ssh/ssh_host_ed25519_key"
        comment = f"root@{machine.hostname}"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(host_key)])
        public = host_key.with_suffix(".pub").read_text(encoding="utf-8").rsplit(" ", 1)[0]
        definition = self._definition(machine)
        self._write_record(machine.name, {"definition": definition, "written": refreshed, "host_key": public.strip()})

    def _mount(self, name: str, base: str) -> None:
        """Lay the machine's own files over the base tree, which all machines share."""
        folder, tree = self.folder_of(name), self.tree(name)
        if (folder / "upper").is_dir() and not _mounted(tree):
            options = f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work"
            run(["mount", "-t", "overlay", "-o", options, self.lab.mark, str(tree)])

    def write_known_hosts(self) -> None:
        lines = []
        for machine in self.lab.machines:
            if machine.address:
                lines.append(f"{machine.address} {self.record(machine.name)['host_key']}\n")
        write_atomically(self.known_hosts, "".join(lines))

    # One machine's life.

    def _start(self, machine: Machine) -> None:
        folder = self.folder_of(machine.name)
        tree, netns, console = folder / "root", folder / "netns", folder / "console.log"
        self._mount(machine.name, machine.base)
        self._forget_nspawn(machine.name)
        _unmount(netns)
        for interface in machine.interfaces:
            delete_link(self.lab.link(machine, interface), patience=10)
        netns.touch()
        run(["unshare", f"--net={netns}", "true"])
        for interface in machine.interfaces:
            # Made and marked in the machine's namespace, so that the host never has an end without our mark, which
            # nothing would remove.
            link = self.lab.link(machine, interface)
            ip_batch(
                f"link add name {link} type veth peer name {interface.name} address {interface.mac}",
                f'link set dev {link} alias "{self.lab.mark} machine {machine.name}"',
                f"link set dev {link} netns {os.getpid()}",
                netns=netns,
            )
            ip_batch(f"link set dev {link} master {interface.network.bridge} up")
        command = nspawn_command(self.lab, machine, str(tree), str(netns))
        environment = nspawn_environment(path.name for path in tree.glob("usr/lib/*/systemd/*.so"))
        if Path("/run/systemd/system").is_dir():
            run(unit_command(self.lab, machine, str(console), environment, command))
        else:
            self._detach(command, environment, console, self._cgroup(machine.name))

    def _cgroup(self, name: str) -> str:
        return f"netlab-{machine_name(self.lab.name, name)}"

    @staticmethod
    def _detach(command: Sequence[str], environment: Mapping[str, str], console: Path, cgroup: str) -> None:
        if shutil.which(command[0]) is None:
            raise HostError(f"{command[0]} is not installed on this host: apt-get install {PACKAGES[command[0]]}")
        # With --keep-unit systemd-nspawn stays in the control group it is started in. Machines that shared one would
        # find each other's processes in the groups of their services.
        groups = cgroups(cgroup)
        for group in groups:
            group.mkdir(exist_ok=True)
        enter = "".join(f"echo $$ > {group}/cgroup.procs && " for group in groups) + 'exec "$@"'
        with console.open("wb") as output:
            # The machine outlives this module, which AnsibleModule.run_command would wait for.
            # pylint: disable-next=ansible-bad-function
            subprocess.Popen(  # noqa: S603 - arguments come from the validated plan, no shell is involved
                ["/bin/sh", "-c", enter, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **environment},
                start_new_session=True,
            )

    def _console(self, name: str) -> str:
        path = self.folder_of(name) / "console.log"
        with contextlib.suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            tail = [line.strip() for line in text.splitlines() if line.strip()][-5:]
            hint = ""
            if "Failed to allocate manager object" in text:
                limit = read_setting("fs.inotify.max_user_instances")
                hint = f" This host has no inotify instances left; raise fs.inotify.max_user_instances, now {limit}."
            return f"{path} ends with: {' | '.join(tail)}.{hint}"
        return f"There is no {path}."

    def _restart(self, machine: Machine) -> None:
        self._end([machine.name], {POWER_OFF: 20, signal.SIGKILL: 10})
        self._start(machine)

    def kill(self, names: Sequence[str]) -> None:
        """End machines of which nothing is to be kept."""
        self._end(names, {signal.SIGKILL: 10})

    def _end(self, names: Sequence[str], signals: Mapping[int, float]) -> None:
        """Send these signals to all of these machines at once, until none runs. Each has its time to take effect."""
        running = {name: (nspawn, first or nspawn) for name in names for nspawn, first in [self.pids(name)] if nspawn}
        for number, seconds in signals.items():
            for _nspawn, first in running.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(first, number)
            running = _left(running, seconds)
        for name, (nspawn, _first) in running.items():
            raise HostError(
                f'Machine "{name}" does not stop: systemd-nspawn is still process {nspawn}; see: ps {nspawn}'
            )
        for name in names:
            remove_cgroups(self._cgroup(name))

    def remove(self, name: str) -> None:
        folder = self.folder_of(name)
        self.kill([name])
        if folder.exists():
            (folder / "machine.json").unlink(missing_ok=True)
            self._forget_nspawn(name)
            _unmount(folder / "netns")
            _unmount(self.tree(name))
            remove_tree(folder)

    def _forget_nspawn(self, name: str) -> None:
        """Remove what systemd-nspawn leaves in /run when it is killed, or when /run is not a file system of its own."""
        run_folder, called = Path("/run/systemd/nspawn"), machine_name(self.lab.name, name)
        with contextlib.suppress(OSError):
            tree = self.tree(name).stat()
            (run_folder / "locks" / f"inode-{tree.st_dev}:{tree.st_ino}").unlink(missing_ok=True)
        # The second is a mount, with which the next systemd-nspawn of Debian 13 and later would not start.
        for folder in (run_folder / "propagate" / called, run_folder / "unix-export" / called):
            _unmount(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()

    # Whether they run.

    def wait_until_up(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        starting: dict[str, int | None] = {machine.name: None for machine in self.lab.machines}

        def started() -> bool:
            self.look()
            for name, seen in list(starting.items()):
                nspawn, first = self.pids(name)
                if first is not None:
                    # From here on only the machine holds the namespace: when it dies its links disappear, as with a
                    # real machine.
                    _unmount(self.folder_of(name) / "netns")
                    del starting[name]
                elif nspawn is None and seen:
                    raise HostError(f'Machine "{name}" did not start. {self._console(name)}')
                else:
                    starting[name] = nspawn
            return not starting

        if not until(started, 20, 0.1):
            name = next(iter(starting))
            raise HostError(f'Machine "{name}" did not start. {self._console(name)}')
        for machine in self.lab.machines:
            self._wait_for(machine, deadline, seconds)

    def _wait_for(self, machine: Machine, deadline: float, seconds: float) -> None:
        name = machine.name
        answer = "nothing"

        def booted() -> bool:
            nonlocal answer
            nspawn, first = self.pids(name)
            if nspawn is None or not alive(nspawn):
                raise HostError(f'Machine "{name}" stopped while it was starting. {self._console(name)}')
            if first is None:
                return False
            done = run(
                ["nsenter", f"--target={first}", "--all", "systemctl", "is-system-running"], check=False, timeout=20
            )
            answer = done.stdout.strip() or done.stderr.strip() or "nothing"
            return answer in ("running", "degraded")

        if not until(booted, max(deadline - time.monotonic(), 1), 0.2):
            raise HostError(
                f'Machine "{name}": systemd has not started after {seconds:.0f} s; `systemctl is-system-running` says: '
                f"{answer}. " + self._console(name)
            )
        if answer == "degraded":
            _nspawn, first = self.pids(name)
            units = run(
                ["nsenter", f"--target={first}", "--all", "systemctl", "--failed", "--plain", "--no-legend"],
                check=False,
            ).stdout.split("\n")
            failed = ", ".join(line.split()[0] for line in units if line.strip())
            if failed:
                self.warnings.append(
                    f'Machine "{name}" runs with failed units: {failed}. See: nsenter --target {first} --all '
                    "journalctl --boot --priority warning"
                )
        address = machine.address
        if address and not until(partial(self._answers, address), max(deadline - time.monotonic(), 5), 0.1):
            raise HostError(
                f'Machine "{name}": systemd runs, but nothing answers by SSH at {address}:22 after {seconds:.0f} s. '
                f"Look inside: nsenter --target {self.pids(name)[1]} --all systemctl status ssh systemd-networkd"
            )

    # Whether their packets pass.

    def reaches(self, machine: Machine, other: Machine) -> bool:
        """Whether a TCP connection between two machines is made; both answer the host."""
        connect = "import socket, sys; socket.create_connection((sys.argv[1], 22), 5)"
        inside = ["nsenter", f"--target={self.pids(machine.name)[1]}", "--net"]
        return run([*inside, sys.executable, "-c", connect, str(other.address)], check=False).returncode == 0

    def fetch_complaint(self, machine: Machine) -> str:
        """Why the machine cannot fetch a file from its mirror, in apt's words; empty: it can."""
        settings = ("Retries=0", "http::Timeout=10", "https::Timeout=10")
        options = " ".join(["-o APT::Sandbox::User=root", *(f"-o Acquire::{setting}" for setting in settings)])
        script = (
            "uri=$(apt-get update --print-uris | sed -n \"s/^'\\(http[^']*\\)'.*/\\1/p\" | head -n 1); "
            f'test -z "$uri" || /usr/lib/apt/apt-helper {options} download-file "$uri" /run/netlab-fetched'
        )
        inside = ["nsenter", f"--target={self.pids(machine.name)[1]}", "--all"]
        done = run([*inside, "sh", "-c", script], check=False)
        if done.returncode == 0:
            return ""
        said = [line.strip() for line in done.stderr.splitlines() if line.startswith(("E:", "W:"))]
        return " ".join(said) or f"apt-helper ended with {done.returncode}"

    @staticmethod
    def _answers(address: str) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((address, 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
        return False


def _mounted(path: Path) -> bool:
    return f" {path} " in Path("/proc/self/mountinfo").read_text(encoding="utf-8")


def _unmount(path: Path) -> None:
    if _mounted(path):
        run(["umount", "--lazy", str(path)])  # lazy, because a machine has it open as long as it runs


def _left(running: Mapping[str, tuple[int, int]], seconds: float) -> dict[str, tuple[int, int]]:
    """Those whose systemd-nspawn, the first of both processes, still runs when so many seconds have passed."""
    until(lambda: not any(alive(nspawn) for nspawn, _first in running.values()), seconds)
    return {name: pids for name, pids in running.items() if alive(pids[0])}
