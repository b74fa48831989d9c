# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what deployments of one pair cost, and how many exchanges clients lose meanwhile.

A first deployment beside the installation of its package, a run without changes beside a ping, and another lease time
while perfdhcp takes new leases, beside another role (--peer) if there is one. Runs that are compared alternate.
Run it as root. It makes a lab of its own and removes it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import Lab, Run, load, made, pair, show, spread, table

PACKAGE = "name=isc-dhcp-server install_recommends=false update_cache=true cache_valid_time=3600"
# By the lease database, because the other role gives the daemon no OMAPI.
LAST_STATE = 'grep "my state" /var/lib/dhcp/dhcpd.leases | tail -1'
NORMAL = f"timeout 60 sh -c 'until {LAST_STATE} | grep normal; do sleep 0.2; done'"
RATE = 20
LIMIT = 600
UNIT = "perfdhcp-load"


class Figures:
    def __init__(self) -> None:
        self.runs: dict[str, list[Run]] = {}
        self.exchanges: dict[str, list[tuple[int, int]]] = {}
        """How many were begun, and how many lost."""

    def note(self, work: str, run: Run) -> None:
        self.runs.setdefault(work, []).append(run)
        show(f"{work}: {run.seconds:.1f} s, {run.cpu:.1f} processor seconds, {len(run.tasks)} tasks")

    def table(self) -> str:
        head = ["work", "runs", "seconds", "waiting for normal", "processor seconds", "tasks", "exchanges lost"]
        return table(head, [self._row(work, runs) for work, runs in self.runs.items()])

    def _row(self, work: str, runs: list[Run]) -> list[object]:
        gates = [run.of("are normal") for run in runs]
        begun, lost = (sum(column) for column in zip(*self.exchanges.get(work, [(0, 0)])))
        return [
            work,
            len(runs),
            spread([run.seconds for run in runs]),
            spread(gates) if any(gates) else "",
            spread([run.cpu for run in runs]),
            len(runs[-1].tasks) or "",
            f"{lost} of {begun}" if begun else "",
        ]


@contextmanager
def clients(lab: Lab, exchanges: list[tuple[int, int]]) -> Iterator[None]:
    """So many new clients each second. perfdhcp never retransmits, so one that waits longer than a second is lost."""
    words = f"perfdhcp -4 -l ens9 -r {RATE} -R {RATE * LIMIT} -p {LIMIT}"
    lab.command("client", "command", f"systemd-run --quiet --unit={UNIT} -p StandardOutput=file:/run/{UNIT} {words}")
    try:
        yield
    finally:
        stop = f"sleep 2; systemctl kill --signal=INT {UNIT}"  # on which it reports
        wait = f"while systemctl is-active --quiet {UNIT}; do sleep 0.1; done; systemctl reset-failed {UNIT} || true"
        lab.command("client", "shell", f"{stop}; {wait}")
    report = lab.command("client", "command", f"cat /run/{UNIT}").output
    sent, received = (sum(map(int, re.findall(rf"{word} packets: (\d+)", report))) for word in ("sent", "received"))
    exchanges.append((sent, sent - received))


def peer_play(lab: Lab, role: Path) -> str:
    """A play in which role bertvv.dhcp gives the pair the same configuration."""
    (subnet,) = pair(1)["dhcp_server_subnets"]
    (pool,) = subnet["pools"]
    first, last = pool["ranges"][0].split("-")
    play = {
        "hosts": "dhcp_servers",
        "become": True,
        "roles": [str(role.resolve())],
        "vars": {
            "dhcp_apparmor_fix": False,  # it restarts AppArmor, which the machines lack
            "dhcp_interfaces": "ens9",
            # It has no variable for ping-check; this one is copied as it is.
            "dhcp_global_booting": "ping-check false; allow",
            "dhcp_global_failover_peer": pool["failover"],
            "dhcp_global_failover": "{{ both | combine({'mclt': 3600, 'split': 128} if primary else {}) }}",
            "both": {
                "role": "{{ 'primary' if primary else 'secondary' }}",
                "address": "10.101.0.{{ 2 if primary else 3 }}",
                "peer_address": "10.101.0.{{ 3 if primary else 2 }}",
                "port": 647,
                "peer_port": 647,
                "max_response_delay": 60,
                "max_unacked_updates": 10,
                "load_balance_max_seconds": 3,
            },
            "dhcp_subnets": [
                {
                    "ip": subnet["subnet"].partition("/")[0],
                    "netmask": "255.255.0.0",
                    "routers": subnet["options"]["routers"][0],
                    "pools": [{"failover_peer": pool["failover"], "range_begin": first, "range_end": last}],
                }
            ],
            "primary": "{{ inventory_hostname == 'p1a' }}",
        },
    }
    file = lab.folder / "peer.yml"
    file.write_text(json.dumps([play]))
    return str(file)


def first_deployments(lab: Lab, figures: Figures, runs: int) -> None:
    for _number in range(runs):
        lab.play("lab_up")
        figures.note("package on bare machines", lab.command("dhcp_servers", "apt", PACKAGE))
        lab.play("lab_down")
        lab.play("lab_up")
        figures.note("first deployment", lab.play("deploy"))
        if _number + 1 < runs:
            lab.play("lab_down")


def without_changes(lab: Lab, figures: Figures, runs: int) -> None:
    for _number in range(runs):
        figures.note("ping", lab.command("dhcp_servers", "ping"))
        figures.note("deploy without changes", lab.play("deploy"))


def changes(lab: Lab, figures: Figures, runs: int, peer: Path | None) -> None:
    lab.command("client", "apt", "name=kea-admin update_cache=true install_recommends=false")
    lab.command("client", "command", "ip address add 10.101.0.9/16 dev ens9")
    lab.command("client", "command", "ip link set ens9 up")
    works = {"deploy another lease time": ("deploy", "dhcp_server_default_lease_time")}
    if peer:
        works["bertvv.dhcp, another lease time"] = (peer_play(lab, peer), "dhcp_global_default_lease_time")
    times = itertools.count(4001)
    for _number in range(runs):
        for work, (playbook, variable) in works.items():
            if peer:  # what the other has left is not part of the change
                lab.play(playbook, **{variable: next(times)})
            lab.command("dhcp_servers", "shell", NORMAL)
            with clients(lab, figures.exchanges.setdefault(work, [])):
                figures.note(work, lab.play(playbook, **{variable: next(times)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--peer", type=Path, help="a checkout of the role bertvv.dhcp, for comparison")
    arguments = parser.parse_args()
    figures = Figures()
    with made(1, client=True) as lab:
        first_deployments(lab, figures, min(arguments.runs, 3))
        without_changes(lab, figures, arguments.runs)
        changes(lab, figures, arguments.runs, arguments.peer)
        print(f"{figures.table()}\n\n{load()}")


if __name__ == "__main__":
    main()
