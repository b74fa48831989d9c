# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injectors as scripts: run for real, on files of the test's own and with a systemctl that only writes down."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injectors import FOLDER, INJECTORS, scripts

# A server's unit, configuration and lease database, by its daemon.
DAEMONS = {
    "dhcpd": (
        "isc-dhcp-server",
        "subnet 172.16.1.0 netmask 255.255.255.0 {\n    pool {\n        range 172.16.1.220 172.16.1.230;\n    }\n}\n",
        "".join(
            f"lease 172.16.1.{number} {{\n  starts 0 2026/11/22 18:35:56;\n  binding state active;\n}}\n"
            for number in (220, 221)
        ),
    ),
    "kea": (
        "kea-dhcp4-server",
        '{"Dhcp4": {"valid-lifetime": 40, "max-valid-lifetime": 60,\n  "subnet4": [\n'
        '    {"pools": [{ "pool": "172.16.1.220 - 172.16.1.230" }, { "pool": "172.16.1.9 - 172.16.1.9" }]}]}}\n',
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
        + "".join(f"172.16.1.{number},52:54:00:00:00:01,,40,1795371640,1,0,0,,0,\n" for number in (220, 221)),
    ),
}


class Machine:
    """Folders that stand for a server's, and programs that stand for its own."""

    def __init__(self, root: Path, daemon: str) -> None:
        self.root = root
        self.daemon = daemon
        self.unit, self.usual, self.held = DAEMONS[daemon]
        self.calls = root / "calls"
        self.config = root / "server.conf"
        self.leases = root / "server.leases"
        self.config.write_text(self.usual)
        self.leases.write_text(self.held)
        programs = root / "bin"
        programs.mkdir()
        for name in ("systemctl", "nft", "kill", "mount", "umount"):
            (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n[ "$1" != show ] || echo 42\n')
            (programs / name).chmod(0o755)

    def values(self) -> dict[str, str]:
        return {
            "daemon": self.daemon,
            "unit": self.unit,
            "config": str(self.config),
            "leases": str(self.leases),
            "interface": "ens9",
            "address": "172.16.1.100",
            "peer_address": "172.16.1.200",
            "ports": "647",
        }

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        # Everything that is the machine's becomes the test's.
        text = script.replace(FOLDER, f"{self.root}/drill").replace("/run/systemd/system", f"{self.root}/units")
        # kill is a builtin of the shell.
        text = text.replace(
            "set -eu\n", f'set -eu\nPATH={self.root}/bin:$PATH\nkill() {{ command {self.root}/bin/kill "$@"; }}\n', 1
        )
        return subprocess.run(["/bin/sh"], input=text, capture_output=True, text=True, check=False, timeout=60)

    def inject(self, name: str) -> None:
        (self.root / "drill" / name).mkdir(parents=True)
        answer = self.run(scripts(name, self.values())[0])
        assert answer.returncode == 0, answer.stderr

    def heal(self, name: str) -> None:
        answer = self.run(scripts(name, self.values())[1])
        assert answer.returncode == 0, answer.stderr

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture(params=DAEMONS)
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    return Machine(tmp_path, request.param)


# These need a file system of their own and libfaketime; the molecule scenario has both.
RUN_HERE = sorted(set(INJECTORS) - {"disk-full", "clock-ahead"})


@pytest.mark.parametrize("name", sorted(INJECTORS))
def test_the_scripts_are_shell(name: str, machine: Machine) -> None:
    for script in scripts(name, machine.values()):
        answer = subprocess.run(["/bin/sh", "-n"], input=script, capture_output=True, text=True, check=False)
        assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("name", RUN_HERE)
def test_what_is_injected_is_undone(name: str, machine: Machine) -> None:
    """Both files are as before, no drop-in is left, the daemon is started, the folder is gone."""
    machine.inject(name)
    assert machine.called()
    machine.heal(name)
    files = {path.name for path in machine.root.rglob("*") if path.is_file()}
    assert {name for name in files if name.endswith((".drill", ".conf", "~"))} == {"server.conf"}
    assert machine.config.read_text() == machine.usual
    if not name.startswith("database"):
        assert machine.leases.read_text() == machine.held
    assert not (machine.root / "drill" / name).exists()
    last = machine.called()[-2:]
    assert last[0].startswith((f"systemctl start {machine.unit}", "nft add table"))
    assert last[1] == f"systemctl stop netlab-drill-{name}.timer"


@pytest.mark.parametrize("name", RUN_HERE)
def test_healing_twice_or_what_is_not_broken_does_nothing(name: str, machine: Machine) -> None:
    machine.heal(name)
    assert machine.called() == []
    machine.inject(name)
    machine.heal(name)
    calls = machine.called()
    machine.heal(name)
    assert machine.called() == calls


def test_healing_that_was_interrupted_can_be_repeated(machine: Machine) -> None:
    machine.inject("edited")
    (machine.root / "bin/systemctl").write_text("#!/bin/sh\nexit 1\n")
    assert machine.run(scripts("edited", machine.values())[1]).returncode != 0
    assert (machine.root / "drill/edited").exists()
    (machine.root / "bin/systemctl").write_text("#!/bin/sh\nexit 0\n")
    machine.heal("edited")
    assert machine.config.read_text() == machine.usual


def test_a_range_grows_by_one_address(machine: Machine) -> None:
    machine.inject("edited")
    assert machine.config.read_text() == machine.usual.replace("172.16.1.230", "172.16.1.231")


def test_the_lease_time_is_another(machine: Machine) -> None:
    machine.inject("half-deployed")
    by_hand = machine.usual.replace(": 40", ": 3600").replace(": 60", ": 3600")
    if machine.daemon == "dhcpd":
        by_hand += "\ndefault-lease-time 3600;\n"
    assert machine.config.read_text() == by_hand


def test_a_configuration_with_nothing_to_change(machine: Machine) -> None:
    machine.config.write_text("# empty\n")
    answer = machine.run(scripts("edited", machine.values())[0])
    assert (answer.returncode, answer.stderr) == (1, f"there is nothing to change in {machine.config}\n")
    assert machine.called() == []


def test_a_database_is_cut_within_its_last_entry(machine: Machine) -> None:
    machine.inject("database-truncated")
    text = machine.leases.read_text()
    end = machine.held.index("172.16.1.221")
    assert machine.held.startswith(text)
    assert end < len(text) < len(machine.held)
    assert not text.endswith(("}\n", "\n"))


def test_a_lost_database_is_empty(machine: Machine) -> None:
    beside = [machine.root / f"server.leases{end}" for end in {"dhcpd": ("~",), "kea": (".1", ".2")}[machine.daemon]]
    for path in beside:
        path.write_text(machine.held)
    machine.inject("database-lost")
    assert machine.leases.read_text() == ""
    assert not any(path.exists() for path in beside)


def test_a_killed_daemon_must_not_come_back_by_itself(machine: Machine) -> None:
    machine.inject("kill")
    (drop_in,) = machine.root.glob(f"units/{machine.unit}.service.d/*.conf")
    assert drop_in.read_text() == "[Service]\nRestart=no\n"
    assert machine.called()[-1] == "kill -KILL 42"


def test_what_an_injector_needs_must_be_given() -> None:
    with pytest.raises(ValueError, match="network-cut needs interface and peer_address"):
        scripts("network-cut", {"daemon": "dhcpd", "unit": "isc-dhcp-server"})


def test_values_are_quoted() -> None:
    script = scripts("stop", {"daemon": "kea", "unit": "x'; touch /tmp/owned; '"})[0]
    assert "UNIT='x'\"'\"'; touch /tmp/owned; '\"'\"''" in script
