# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab for benchmarks, with as many pairs as wanted, and what a command in it costs."""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NSPAWN = ROOT / "inventories/nspawn/group_vars"
NAME = "bench"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


def show(text: str) -> None:
    """Progress; the figures alone go to the standard output."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


# --- the inventory ------------------------------------------------------------------------------------------------


OF_DAEMON: Mapping[str, dict[str, Any]] = {"dhcpd": {}, "kea": {"takeover": "automatic"}}
"""What a relationship needs with each daemon."""


def pair(number: int, daemon: str = "dhcpd") -> dict[str, Any]:
    """The variables of servers p1a and p1b, for instance: 3,840 addresses, and answers without a ping check."""
    name, net = f"p{number}", f"10.{100 + number}"
    return {
        "dhcp_server_daemon": daemon,
        "dhcp_server_failover": [{"name": name, "primary": f"{name}a", "secondary": f"{name}b", **OF_DAEMON[daemon]}],
        "dhcp_server_parameters": {"ping_check": False},
        "dhcp_server_subnets": [
            {
                "subnet": f"{net}.0.0/16",
                "options": {"routers": [f"{net}.0.1"]},
                "pools": [{"failover": name, "ranges": [f"{net}.1.0-{net}.15.255"]}],
            }
        ],
    }


def inventory(pairs: int, client: bool = False, daemon: str = "dhcpd") -> dict[str, Any]:
    """Pairs p1a and p1b, p2a and p2b, ..., each in a network of its own, and perhaps a client in the first of them."""
    machines = [(f"p{number}{side}", number) for number in range(1, pairs + 1) for side in "ab"]
    machines += [("client", 1)] * client
    addresses = {name: f"10.213.95.{place}" for place, (name, _number) in enumerate(machines, 2)}

    def server(number: int, side: str, last: int) -> dict[str, Any]:
        interface = {"name": "ens9", "address": f"10.{100 + number}.0.{last}/16"}
        return {"ansible_host": addresses[f"p{number}{side}"], "dhcp_server_interfaces": [interface]}

    def variables(file: str) -> dict[str, Any]:
        return dict(yaml.safe_load((NSPAWN / file).read_text()))

    servers = {
        f"p{number}": {
            "hosts": {f"p{number}a": server(number, "a", 2), f"p{number}b": server(number, "b", 3)},
            "vars": pair(number, daemon),
        }
        for number in range(1, pairs + 1)
    }
    clients = {"client": {"ansible_host": addresses["client"]}} if client else {}
    numbers = range(1, pairs + 1)
    return {
        "all": {
            "children": {
                "lab_host": {"hosts": {"localhost": LOCAL}},
                "lab": {
                    "children": {"dhcp_servers": {"children": servers}, "dhcp_clients": {"hosts": clients}},
                    "vars": variables("lab.yml"),
                },
            },
            "vars": {
                **variables("all.yml"),
                "nspawn_host_lab": NAME,
                "lab_daemon": daemon,
                "nspawn_host_wait_seconds": 600,
                "nspawn_host_networks": [
                    {"name": "mgmt", "subnet": "10.213.95.0/24", "nat": True},
                    *({"name": f"net{number}", "subnet": f"10.{100 + number}.0.0/16"} for number in numbers),
                ],
                "nspawn_host_machines": [
                    {
                        "name": name,
                        "release": "bookworm",
                        "interfaces": [
                            {"name": "host0", "network": "mgmt", "address": addresses[name]},
                            {"name": "ens9", "network": f"net{number}"},
                        ],
                    }
                    for name, number in machines
                ],
            },
        }
    }


# --- commands -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    seconds: float
    cpu: float
    """Processor seconds of the controller: of the command and its children."""
    output: str
    tasks: tuple[tuple[str, float], ...]
    """Each task that did something, and its seconds."""

    def of(self, task: str) -> float:
        """The seconds of all tasks with these words in their name."""
        return sum(seconds for name, seconds in self.tasks if task in name)


def measure(words: Sequence[str], timeout: float = 1800, **environment: str) -> Run:
    """Run a command. It must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    # A heading is shown when its task begins, not with its first result.
    settings = {"ANSIBLE_CONFIG": f"{ROOT}/ansible.cfg", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "1"}
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **settings, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        lines: list[str] = []
        begun: list[tuple[str, float]] = []
        busy: set[int] = set()
        alarm = time.monotonic() + timeout
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if line.startswith(("TASK [", "PLAY [", "PLAY RECAP")):
                    begun.append((line.partition("[")[2].partition("]")[0] if line[0] == "T" else "", time.monotonic()))
                elif line.startswith(("ok: ", "changed: ")):
                    busy.add(len(begun) - 1)
                if time.monotonic() > alarm:
                    raise SystemExit(f"{' '.join(words)} has not ended after {timeout:.0f} s")
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                os.killpg(process.pid, signal.SIGTERM)
    end = time.monotonic()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = "".join(lines)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit status {process.returncode}\n{output[-4000:]}")
    spans = zip(begun, [*begun[1:], ("", end)])
    tasks = [(name, until - since) for number, ((name, since), (_next, until)) in enumerate(spans) if number in busy]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(end - start, cpu, output, tuple(tasks))


def reported(
    playbook: str, inventories: Iterable[str], folder: Path, variables: Mapping[str, Any], more: Iterable[str] = ()
) -> dict[str, Any] | None:
    """The report that a playbook leaves in the folder, also if it fails; None if there is none."""
    words = [str(BIN / "ansible-playbook"), str(ROOT / f"playbooks/{playbook}.yml"), *more]
    words += [f"--inventory={inventory}" for inventory in inventories]
    words.append(f"--extra-vars={json.dumps(variables)}")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3600)
    try:
        report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    except OSError:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
        return None
    return report


def named_by_time(folder: Path, *more: object) -> Path:
    """A new folder in this one, whose name begins with the time."""
    return folder / "-".join([time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), *map(str, more)])


@dataclass(frozen=True)
class Lab:
    folder: Path

    def play(self, playbook: str, **variables: object) -> Run:
        """One of the collection's playbooks, or a file."""
        show(f"... {playbook}")
        name = playbook if "/" in playbook else f"netlab.dhcp_failover.{playbook}"
        words = ["ansible-playbook", *self._words, f"--extra-vars={json.dumps(variables)}", name]
        # Other roles may expect facts as variables, which is Ansible's default.
        return measure(words, ANSIBLE_INJECT_FACT_VARS=str("/" in playbook))

    def command(self, hosts: str, module: str, arguments: str = "") -> Run:
        show(f"... {module} {arguments}")
        words = [f"--module-name=ansible.builtin.{module}", f"--args={arguments}"]
        return measure(["ansible", *self._words, hosts, *words])

    @property
    def _words(self) -> list[str]:
        return [f"--inventory={self.folder}/hosts.json"]


@contextmanager
def made(pairs: int, client: bool = False, daemon: str = "dhcpd") -> Iterator[Lab]:
    """A lab that is declared, and not up yet; whatever happens, nothing of it is left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        lab = Lab(Path(folder))
        (lab.folder / "hosts.json").write_text(json.dumps(inventory(pairs, client, daemon)))
        lab.play("lab_down")  # an earlier run may have been killed
        try:
            yield lab
        finally:
            lab.play("lab_down")


# --- figures ------------------------------------------------------------------------------------------------------


def spread(values: Sequence[float]) -> str:
    """The median, and the least and the largest value."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


BEFORE = os.getloadavg()[0]


def load() -> str:
    """What else the machine had to do is seen before."""
    return f"Load average {BEFORE:.1f} before, {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} processors."


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
