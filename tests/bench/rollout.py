# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a deployment costs: seconds without changes, and exchanges that clients lose with a new lease time.

Run it as root with a running lab (`make lab`). It gives the lab's pair a larger range, and its client a fixed address
and perfdhcp; at the end it restores the pair. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDE = json.loads((ROOT / "molecule/rollout/wide.json").read_text())
RATE = 20


class Lab:
    def __init__(self, inventories: list[str]) -> None:
        self.words = [f"--inventory={inventory}" for inventory in inventories]

    def ansible(self, program: str, *words: str) -> str:
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
        run = subprocess.run(
            [program, *self.words, *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=600,
        )
        if run.returncode:
            raise SystemExit(f"{program} {' '.join(words)}:\n{run.stdout[-3000:]}{run.stderr[-1000:]}")
        return run.stdout

    def deploy(self, **variables: object) -> float:
        start = time.monotonic()
        self.ansible("ansible-playbook", f"--extra-vars={json.dumps(variables)}", "netlab.dhcp_failover.deploy")
        return time.monotonic() - start

    def command(self, hosts: str, module: str, arguments: str) -> str:
        return self.ansible("ansible", hosts, f"--module-name={module}", f"--args={arguments}")

    @contextmanager
    def load(self, seconds: int) -> Iterator[None]:
        """Run perfdhcp on the client meanwhile."""
        shell = (
            "systemd-run --quiet --unit=bench-perfdhcp --property=StandardOutput=file:/run/bench.txt "
            f"perfdhcp -4 -l ens9 -r {RATE} -R 4000 -p {seconds}"
        )
        self.command("dhcp_clients", "ansible.builtin.shell", shell)
        try:
            yield
        finally:
            self.command(
                "dhcp_clients",
                "ansible.builtin.shell",
                f"timeout {seconds + 20} sh -c 'while systemctl is-active --quiet bench-perfdhcp; do sleep 1; done'",
            )

    def exchanges(self) -> str:
        report = self.command("dhcp_clients", "ansible.builtin.command", "cat /run/bench.txt")
        pairs = re.findall(r"sent packets: (\d+).*?received packets: (\d+)", report, flags=re.DOTALL)
        return "; ".join(
            f"{kind} {sent} sent, {int(sent) - int(received)} lost"
            for kind, (sent, received) in zip(("DISCOVER", "REQUEST"), pairs)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inventory", action="append", default=[])
    parser.add_argument("--seconds", type=int, default=40, help="how long the load lasts")
    arguments = parser.parse_args()
    lab = Lab(arguments.inventory or ["inventories/nspawn"])

    lab.deploy()
    for _number in range(3):
        start = time.monotonic()
        lab.ansible("ansible", "dhcp_servers", "--module-name=ansible.builtin.ping")
        ping = time.monotonic() - start
        deploy = lab.deploy()
        print(f"ping {ping:.2f} s, bound 3 * ping + 2 = {3 * ping + 2:.2f} s, deploy without changes {deploy:.2f} s")

    lab.command("dhcp_clients", "ansible.builtin.apt", "name=kea-admin update_cache=true install_recommends=false")
    lab.command(
        "dhcp_clients",
        "ansible.builtin.shell",
        "systemctl stop dhcp-client-ens9; ip address flush dev ens9; ip address replace 172.16.1.50/24 dev ens9",
    )
    lab.deploy(**WIDE)
    with lab.load(arguments.seconds):
        pass
    print(f"no restart: {lab.exchanges()}")
    with lab.load(arguments.seconds):
        took = lab.deploy(**WIDE, dhcp_server_default_lease_time=5555)
    print(f"rollout of another lease time, {took:.0f} s: {lab.exchanges()}")
    with lab.load(arguments.seconds):
        lab.command("dhcp_servers", "ansible.builtin.systemd_service", "name=isc-dhcp-server state=restarted")
    print(f"both restarted together: {lab.exchanges()}")
    lab.deploy()
    lab.command("dhcp_clients", "ansible.builtin.shell", "ip address flush dev ens9; systemctl start dhcp-client-ens9")


if __name__ == "__main__":
    main()
