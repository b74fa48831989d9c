# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab of systemd-nspawn machines on this host: what is there, and the steps from there to what is wanted.

Private to this collection.

Nothing here trusts a record more than the host itself: a machine runs if a systemd-nspawn process of this PID
namespace runs in its tree; a bridge, a link or a table is ours if it carries our mark. So a run that was killed at any
point, or a host that was booted since, is just another state to start from.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import MARK, Network, mac_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    PACKAGES,
    HostError,
    alive,
    cgroups,
    dead,
    gone,
    ip_batch,
    ip_json,
    leader,
    locked,
    nspawn_processes,
    remove_cgroups,
    remove_tree,
    run,
    until,
    write_atomically,
    write_into,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import (
    NSPAWN_ENVIRONMENT,
    Lab,
    Machine,
    dropping_chains,
    machine_files,
    machine_name,
    nameservers,
    nat_comment,
    nat_ruleset,
    nspawn_command,
    resolv_conf,
    subnet_clashes,
    unit_command,
)

POWER_OFF = signal.SIGRTMIN + 4  # systemd as PID 1 of a container powers off cleanly on it
PROC_SYS = Path("/proc/sys")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def setting(name: str) -> Path:
    """A kernel setting's file, by the name that sysctl(8) has for it."""
    return PROC_SYS.joinpath(*name.split("."))


def read_setting(name: str) -> int:
    return int(setting(name).read_text())


@dataclass(frozen=True)
class Step:
    """One change: a line for the diff, and how to make it. Steps of one stage do not depend on each other."""

    line: str
    make: Callable[[], None]
    stage: int = 0


@dataclass
class LabOnHost:
    lab: Lab
    root: Path
    """Folder of all labs' state."""
    servers: Sequence[str] = ()
    """Name servers of the machines; none: the host's."""
    wait: float = 60
    warnings: list[str] = field(default_factory=list)
    _links: dict[str, dict[str, Any]] = field(default_factory=dict)
    _addresses: list[dict[str, Any]] = field(default_factory=list)
    _running: dict[str, int] = field(default_factory=dict)
    _bases: dict[str, Path] = field(default_factory=dict)

    # Places.

    @property
    def folder(self) -> Path:
        return self.root / self.lab.name

    @property
    def key(self) -> Path:
        return self.folder / "ssh" / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "ssh" / "known_hosts"

    @property
    def lock(self) -> Path:
        return self.root / f".{self.lab.name}.lock"

    def machine_folder(self, name: str) -> Path:
        return self.folder / "machines" / name

    def tree(self, name: str) -> Path:
        return self.machine_folder(name) / "root"

    # What is there.

    def look(self) -> None:
        self._links = {str(link["ifname"]): link for link in ip_json("-details", "link", "show")}
        self._addresses = ip_json("-4", "address", "show")
        self._running = nspawn_processes()

    def _ours(self, link: str) -> bool:
        alias = str(self._links.get(link, {}).get("ifalias", ""))
        return alias == self.lab.mark or alias.startswith(f"{self.lab.mark} ")

    def _table(self) -> str | None:
        """The comment of the table with our name: None: no such table."""
        if shutil.which("nft") is None:
            return None
        done = run(["nft", "list", "table", "ip", self.lab.table], check=False)
        return None if done.returncode else nat_comment(done.stdout) or ""

    def _record(self, name: str) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.machine_folder(name) / "machine.json").read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    def _built(self) -> list[str]:
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

    # What must not be touched.

    def refusals(self) -> list[str]:
        """Names and subnets of this lab that belong to something else on this host."""
        found: list[str] = []
        if self.folder.exists() and not (self.folder / "lab.json").exists() and any(self.folder.iterdir()):
            found.append(
                f"The folder {self.folder} was not made by a lab provider (no lab.json in it). "
                "Move it away, or choose another name for the lab."
            )
        for network in self.lab.networks:
            if network.bridge in self._links and not self._ours(network.bridge):
                found.append(
                    f'The interface {network.bridge}, which network "{network.name}" needs as its bridge, exists and '
                    f'was not made by lab "{self.lab.name}" ({self._describe(network.bridge)}). Choose another name '
                    f"for the lab, or, if nobody needs it: ip link delete {network.bridge}"
                )
        for machine in self.lab.machines:
            for interface in machine.interfaces:
                link = self.lab.link(machine, interface)
                if link in self._links and not self._ours(link):
                    found.append(
                        f'The interface {link}, which machine "{machine.name}" needs as the host\'s end of '
                        f'{interface.name}, exists and was not made by lab "{self.lab.name}" ({self._describe(link)}). '
                        f"Choose another name for the lab, or, if nobody needs it: ip link delete {link}"
                    )
        comment = self._table()
        if comment is not None and not comment.startswith(f"{self.lab.mark} "):
            found.append(
                f'The nftables table "ip {self.lab.table}" exists and was not made by lab "{self.lab.name}". Choose '
                f"another name for the lab, or, if nobody needs it: nft delete table ip {self.lab.table}"
            )
        found.extend(subnet_clashes(self.lab, self._addresses, ip_json("-4", "route", "show", "table", "all")))
        return found

    def _describe(self, link: str) -> str:
        item = self._links[link]
        kind = item.get("linkinfo", {}).get("info_kind", "device")
        alias = item.get("ifalias")
        return f'a {kind} with alias "{alias}"' if alias else f"a {kind} without our mark"

    # From there to the lab.

    def steps_present(self) -> list[Step]:
        steps: list[Step] = []
        if self._claim() != self._lab_json():
            sign = "~" if self.folder.exists() else "+"
            steps.append(Step(f"{sign} folder {self.folder}", self._make_folder))
        if not self._has_key():
            steps.append(Step(f"+ SSH key {self.key}", self._make_key))
        wanted = {machine.name for machine in self.lab.machines}
        for name in self._built():
            if name not in wanted:
                steps.append(Step(f"- machine {name} (no longer declared)", partial(self._remove, name), 1))
        bridges = {network.bridge for network in self.lab.networks}
        links = set(self.lab.links.values())
        for name in self._links:
            if self._ours(name) and name not in bridges and name not in links and self._kind(name) == "bridge":
                steps.append(Step(f"- bridge {name}", partial(self._delete_link, name), 2))
        for network in self.lab.networks:
            steps.extend(self._network_steps(network))
        comment = self._table()
        if self.lab.nat and comment != nat_comment(nat_ruleset(self.lab)):
            steps.append(Step(f"+ nftables table ip {self.lab.table} (NAT)", self._make_table, 3))
        elif not self.lab.nat and comment is not None:
            steps.append(Step(f"- nftables table ip {self.lab.table}", self._delete_table, 3))
        for name, least in self.lab.settings.items():
            current = read_setting(name)
            if current < least and os.access(setting(name), os.W_OK):
                steps.append(Step(f"~ {name} {current} -> {least}", partial(self._raise, name), 3))
        for machine in self.lab.machines:
            steps.extend(self._machine_steps(machine))
        if not self.known_hosts.exists() or any(step.line.startswith("+ machine") for step in steps):
            steps.append(Step(f"~ {self.known_hosts}", self._write_known_hosts, 6))
        return steps

    def _kind(self, link: str) -> str:
        return str(self._links[link].get("linkinfo", {}).get("info_kind", ""))

    def _lab_json(self) -> Any:
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))
        return None

    def _claim(self) -> dict[str, Any]:
        return {"made_by": MARK, "lab": self.lab.name, "settings": self.lab.settings}

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        # Trees hold set-uid programs, the ssh folder a key: nobody else may look in here.
        self.folder.chmod(0o700)
        write_atomically(self.folder / "lab.json", json.dumps(self._claim()) + "\n")

    def _has_key(self) -> bool:
        return self.key.exists() and self.key.with_suffix(".pub").exists()

    def _make_key(self) -> None:
        self.key.parent.mkdir(mode=0o700, exist_ok=True)
        for path in (self.key, self.key.with_suffix(".pub")):
            path.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.lab.mark, "-f", str(self.key)])

    def _network_steps(self, network: Network) -> list[Step]:
        bridge = network.bridge
        what = f"bridge {bridge}" + (f", the host has {network.host_address}" if network.address else "")
        link = self._links.get(bridge)
        if link is None:
            return [Step(f"+ {what}", partial(self._make_bridge, network), 3)]
        has = [
            f"{entry['local']}/{entry['prefixlen']}"
            for item in self._addresses
            if item.get("ifname") == bridge
            for entry in item.get("addr_info", [])
        ]
        wants = [network.host_address] if network.host_address else []
        if has != wants or "UP" not in link.get("flags", []):
            return [Step(f"~ {what}", partial(self._mend_bridge, network), 3)]
        return []

    def _make_bridge(self, network: Network) -> None:
        ip_batch(
            # A hardware address of its own: the default, its lowest port's, would change while machines come and go.
            f"link add name {network.bridge} address {mac_address(self.lab.name, 'host', network.name)} "
            "type bridge forward_delay 0",
            f'link set dev {network.bridge} alias "{self.lab.mark} network {network.name}"',
        )
        self._mend_bridge(network)

    def _mend_bridge(self, network: Network) -> None:
        lines = [f"address flush dev {network.bridge}"]
        if network.host_address:
            lines.append(f"address add {network.host_address} dev {network.bridge}")
        else:
            lines.append(f"link set dev {network.bridge} addrgenmode none")  # the host takes no part, by IPv6 neither
        ip_batch(*lines, f"link set dev {network.bridge} up")

    def _make_table(self) -> None:
        table = f"table ip {self.lab.table}"
        # Declare, delete, declare: replaces it in one transaction, whether it was there or not.
        run(["nft", "-f", "-"], stdin=f"{table}\ndelete {table}\n{nat_ruleset(self.lab)}")

    def _delete_table(self) -> None:
        run(["nft", "delete", "table", "ip", self.lab.table])

    # Kernel settings belong to the host: the first lab that needs one raises it, the last one puts it back.

    @property
    def _settings(self) -> Path:
        return self.root / "settings.json"

    def _raised(self) -> dict[str, dict[str, int]]:
        """Settings that a lab raised since this boot: what they were, and what they were raised to."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._settings.read_text(encoding="utf-8"))
            if found["boot_id"] == BOOT_ID.read_text().strip():
                return dict(found["raised"])
        return {}

    def _write_raised(self, raised: dict[str, dict[str, int]]) -> None:
        if raised:
            record = {"boot_id": BOOT_ID.read_text().strip(), "raised": raised}
            write_atomically(self._settings, json.dumps(record) + "\n")
        else:
            self._settings.unlink(missing_ok=True)

    def _raise(self, name: str) -> None:
        wanted = self.lab.settings[name]
        with locked(self.root / ".host.lock", "the host's settings"):
            current = read_setting(name)
            if current < wanted:
                raised = self._raised()
                before = raised.get(name, {}).get("before", current)
                self._write_raised({**raised, name: {"before": before, "after": wanted}})
                setting(name).write_text(f"{wanted}\n")

    def _last_to_need(self) -> dict[str, int]:
        """Settings to put back when this lab goes -> what they were."""
        needed: set[str] = set()
        for path in self.root.glob("*/lab.json"):
            with contextlib.suppress(OSError, ValueError):
                other = json.loads(path.read_text(encoding="utf-8"))
                if other.get("lab") != self.lab.name:
                    needed.update(other.get("settings", {}))
        return {
            name: values["before"]
            for name, values in self._raised().items()
            # Somebody set it to something else since: theirs, not ours.
            if name not in needed and read_setting(name) == values["after"]
        }

    def _put_back(self, name: str) -> None:
        with locked(self.root / ".host.lock", "the host's settings"):
            if name in self._last_to_need():
                raised = self._raised()
                setting(name).write_text(f"{raised.pop(name)['before']}\n")
                self._write_raised(raised)

    # Machines.

    def _machine_steps(self, machine: Machine) -> list[Step]:
        name = machine.name
        record = self._record(name)
        nspawn, first = self.pids(name)
        start = Step(f"~ machine {name}: start", partial(self._start, machine), 5)
        if record.get("definition") != machine.definition or not self.tree(name).is_dir():
            again = " (built again: its definition changed)" if record else ""
            build = Step(f"+ machine {name}, Debian {machine.release}{again}", partial(self._build, machine), 4)
            return [build, start]
        steps = [
            Step(f"~ machine {name}: /{path}", partial(self._refresh, name, path), 4)
            for path, text in self._refreshed().items()
            if record.get("written", {}).get(path) != text
        ]
        if nspawn is None:
            return [*steps, start]
        if first is not None and self._namespace_mounted(self.machine_folder(name) / "netns"):
            # A run ended between the start and this; see _start.
            steps.append(Step(f"~ machine {name}: release its network", partial(self._release, machine), 5))
        links = {self.lab.link(machine, interface): interface for interface in machine.interfaces}
        if not links.keys() <= self._links.keys():
            restart = Step(f"~ machine {name}: restart, a link of it is gone", partial(self._restart, machine), 5)
            return [*steps, restart]
        for name, interface in links.items():
            link = self._links[name]
            if link.get("master") != interface.network.bridge or "UP" not in link.get("flags", []):
                mend = partial(ip_batch, f"link set dev {name} master {interface.network.bridge} up")
                steps.append(Step(f"~ link {name} up, in bridge {interface.network.bridge}", mend, 5))
        return steps

    def _refreshed(self) -> dict[str, str]:
        """Files of a machine that follow the host, also later. A machine's own changes to them stay."""
        public = self.key.with_suffix(".pub")
        return {
            "etc/resolv.conf": resolv_conf(self.nameservers()),
            # Not there yet: an earlier step makes it.
            "root/.ssh/authorized_keys": public.read_text(encoding="utf-8") if self._has_key() else "",
        }

    def _refresh(self, name: str, path: str) -> None:
        text = self._refreshed()[path]
        write_into(self.tree(name), path, text)
        record = self._record(name)
        record.setdefault("written", {})[path] = text
        self._write_record(name, record)

    def _write_record(self, name: str, record: dict[str, Any]) -> None:
        write_atomically(self.machine_folder(name) / "machine.json", json.dumps(record, indent=1) + "\n")

    def _build(self, machine: Machine) -> None:
        """Copy the base under another name, make it this machine, then rename: no half of a tree is ever booted."""
        folder = self.machine_folder(machine.name)
        self._remove(machine.name)
        folder.mkdir(mode=0o700, parents=True)
        part = folder / "root.part"
        run(["cp", "--archive", "--reflink=auto", "--", machine.base, str(part)], timeout=600)
        refreshed = self._refreshed()
        for path, text in {**machine_files(self.lab, machine), **refreshed}.items():
            write_into(part, path, text)
        host_key = part / "etc/ssh/ssh_host_ed25519_key"
        comment = f"root@{machine.hostname}"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(host_key)])
        public = host_key.with_suffix(".pub").read_text(encoding="utf-8").rsplit(" ", 1)[0]
        part.rename(folder / "root")
        self._write_record(
            machine.name, {"definition": machine.definition, "written": refreshed, "host_key": public.strip()}
        )

    def _write_known_hosts(self) -> None:
        lines = []
        for machine in self.lab.machines:
            if machine.address:
                lines.append(f"{machine.address} {self._record(machine.name)['host_key']}\n")
        write_atomically(self.known_hosts, "".join(lines))

    def _start(self, machine: Machine) -> None:
        folder = self.machine_folder(machine.name)
        tree, netns, console = folder / "root", folder / "netns", folder / "console.log"
        self._drop_namespace(netns)
        for interface in machine.interfaces:
            # Of a machine that died a moment ago: the kernel takes its links away a little later.
            link = self.lab.link(machine, interface)
            if not until(partial(gone, link), 10):
                self._delete_link(link)
        netns.touch()
        run(["unshare", f"--net={netns}", "true"])
        for interface in machine.interfaces:
            # Made and marked in the machine's namespace: an end without its mark, which nobody would dare to remove, is
            # never on the host.
            link = self.lab.link(machine, interface)
            ip_batch(
                f"link add name {link} type veth peer name {interface.name} address {interface.mac}",
                f'link set dev {link} alias "{self.lab.mark} machine {machine.name}"',
                f"link set dev {link} netns {os.getpid()}",
                netns=netns,
            )
            ip_batch(f"link set dev {link} master {interface.network.bridge} up")
        command = nspawn_command(self.lab, machine, str(tree), str(netns))
        if Path("/run/systemd/system").is_dir():
            run(unit_command(self.lab, machine, str(console), command))
        else:
            self._detach(command, console, self._cgroup(machine.name))
        if not until(lambda: self._first_process(tree) is not None, 20):
            raise HostError(f'Machine "{machine.name}" did not start. {self._console(machine.name)}')
        # From here on the machine alone holds the namespace: when it dies, its links go with it, as with a real one.
        self._release(machine)

    @staticmethod
    def _first_process(tree: Path) -> int | None:
        nspawn = nspawn_processes().get(str(tree))
        return leader(nspawn) if nspawn else None

    def _cgroup(self, name: str) -> str:
        return f"netlab-{machine_name(self.lab.name, name)}"

    @staticmethod
    def _detach(command: Sequence[str], console: Path, cgroup: str) -> None:
        if shutil.which(command[0]) is None:
            raise HostError(f"{command[0]} is not installed on this host: apt-get install {PACKAGES[command[0]]}")
        # With --keep-unit systemd-nspawn stays in the group it is started in. Machines that shared one would find each
        # other's processes in the groups of their services.
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
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **NSPAWN_ENVIRONMENT},
                start_new_session=True,
            )

    def _release(self, machine: Machine) -> None:
        self._drop_namespace(self.machine_folder(machine.name) / "netns")

    @staticmethod
    def _namespace_mounted(netns: Path) -> bool:
        return f" {netns} " in Path("/proc/self/mountinfo").read_text(encoding="utf-8")

    def _drop_namespace(self, netns: Path) -> None:
        if self._namespace_mounted(netns):
            run(["umount", "--lazy", str(netns)])  # lazy: systemd-nspawn has it open as long as it runs

    def _console(self, name: str) -> str:
        path = self.machine_folder(name) / "console.log"
        with contextlib.suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            tail = [line.strip() for line in text.splitlines() if line.strip()][-5:]
            hint = ""
            if "Failed to allocate manager object" in text:
                limit = read_setting("fs.inotify.max_user_instances")
                hint = f" This host is out of inotify instances; raise fs.inotify.max_user_instances, now {limit}."
            return f"The end of {path}: {' | '.join(tail)}.{hint}"
        return f"There is no {path}."

    def _restart(self, machine: Machine) -> None:
        self._stop([machine.name])
        self._start(machine)

    def _stop(self, names: Sequence[str]) -> None:
        """Power machines off cleanly, all at once; what has not gone after 20 s is killed."""
        waiting: list[tuple[str, int, int]] = []
        for name in names:
            nspawn, first = self.pids(name)
            if nspawn is None or not alive(nspawn):
                continue
            if first is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(first, POWER_OFF)
            waiting.append((name, nspawn, first or nspawn))
        until(lambda: not any(alive(nspawn) for _name, nspawn, _first in waiting), 20)
        for _name, nspawn, first in waiting:
            if alive(nspawn):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(first, signal.SIGKILL)
        for name, nspawn, _first in waiting:
            if not until(partial(dead, nspawn), 10):
                raise HostError(f'Machine "{name}" does not end: systemd-nspawn is process {nspawn}; see: ps {nspawn}')
        for name in names:
            remove_cgroups(self._cgroup(name))

    def _remove(self, name: str) -> None:
        folder = self.machine_folder(name)
        self._stop([name])
        if folder.exists():
            self._drop_namespace(folder / "netns")
            self._forget_nspawn(name)
            (folder / "machine.json").unlink(missing_ok=True)
            remove_tree(folder)

    def _forget_nspawn(self, name: str) -> None:
        """What systemd-nspawn itself leaves in /run when it is killed, or when /run is no file system of its own."""
        run_folder = Path("/run/systemd/nspawn")
        with contextlib.suppress(OSError):
            tree = self.tree(name).stat()
            (run_folder / "locks" / f"inode-{tree.st_dev}:{tree.st_ino}").unlink(missing_ok=True)
            (run_folder / "propagate" / machine_name(self.lab.name, name)).rmdir()

    # The end of it.

    def steps_absent(self) -> list[Step]:
        steps: list[Step] = []
        running = [name for name in self._built() if self.pids(name)[0]]
        if running:
            steps.append(Step(f"- running machines {', '.join(running)}", partial(self._stop, running), 0))
        for name in self._built():
            steps.append(Step(f"- machine {name}", partial(self._remove, name), 1))
        for name in self._links:
            # A machine's links go with the machine; what is left of them, and the bridges, is deleted.
            if self._ours(name) and not (self._kind(name) == "veth" and running):
                steps.append(Step(f"- {self._kind(name)} {name}", partial(self._delete_link, name), 2))
        comment = self._table()
        if comment is not None and comment.startswith(f"{self.lab.mark} "):
            steps.append(Step(f"- nftables table ip {self.lab.table}", self._delete_table, 3))
        if isinstance(self._lab_json(), dict):
            for name, before in self._last_to_need().items():
                steps.append(Step(f"~ {name} {read_setting(name)} -> {before}", partial(self._put_back, name), 3))
        if (self.folder / "lab.json").exists():
            steps.append(Step(f"- folder {self.folder}", partial(remove_tree, self.folder), 4))
        if self.lock.exists():
            steps.append(Step(f"- {self.lock}", self.forget, 5))
        return steps

    @staticmethod
    def _delete_link(name: str) -> None:
        if not gone(name):
            ip_batch(f"link delete dev {name}")

    def forget(self) -> None:
        """The very last traces: the lock, and the folder of all labs if this was the last one."""
        self.lock.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            if not any(self.root.glob("*/lab.json")):
                for path in (self.root / ".host.lock", self._settings):
                    path.unlink(missing_ok=True)
                self.root.rmdir()

    # Is it up?

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + self.wait
        for machine in self.lab.machines:
            self._wait_for(machine, deadline)

    def _wait_for(self, machine: Machine, deadline: float) -> None:
        name = machine.name
        answer = "nothing"

        def booted() -> bool:
            nonlocal answer
            nspawn, first = self.pids(name)
            if nspawn is None or not alive(nspawn):
                raise HostError(f'Machine "{name}" ended while it was starting. {self._console(name)}')
            if first is None:
                return False
            done = run(
                ["nsenter", f"--target={first}", "--all", "systemctl", "is-system-running"], check=False, timeout=20
            )
            answer = done.stdout.strip() or done.stderr.strip() or "nothing"
            return answer in ("running", "degraded")

        if not until(booted, max(deadline - time.monotonic(), 1), 0.2):
            raise HostError(
                f'Machine "{name}": systemd is not up after {self.wait:.0f} s; `systemctl is-system-running` says: '
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
                    f'Machine "{name}" is up, with failed units: {failed}. Look: nsenter --target {first} --all '
                    "journalctl --boot --priority warning"
                )
        address = machine.address
        if address and not until(partial(self._answers, address), max(deadline - time.monotonic(), 5), 0.1):
            raise HostError(
                f'Machine "{name}": systemd runs, but nothing answers by SSH at {address}:22 after {self.wait:.0f} s. '
                f"Look inside: nsenter --target {self.pids(name)[1]} --all systemctl status ssh systemd-networkd"
            )

    @staticmethod
    def _answers(address: str) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((address, 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
        return False

    def warn_of_filters(self) -> None:
        if not self.lab.nat:
            return
        chains = json.loads(run(["nft", "--json", "list", "chains"], check=False).stdout or "{}")
        names = dropping_chains(chains)
        if names:
            subnets = ", ".join(str(network.subnet) for network in self.lab.networks if network.nat)
            self.warnings.append(
                f"This host drops forwarded packets by default (chain {', '.join(names)}; Docker does that): if the "
                f"machines cannot fetch packages, accept what comes from and goes to {subnets} there"
            )


def take(steps: Sequence[Step]) -> None:
    """Make the changes, stage after stage; building trees is all waiting for the disk, so that is done side by side."""
    for stage in sorted({step.stage for step in steps}):
        together = [step for step in steps if step.stage == stage]
        if len(together) > 1 and any(step.line.startswith("+ machine") for step in together):
            with ThreadPoolExecutor(max_workers=min(4, (os.cpu_count() or 2) + 1)) as pool:
                for future in [pool.submit(step.make) for step in together]:
                    future.result()
        else:
            for step in together:
                step.make()
