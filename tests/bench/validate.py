# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how long failover_validate and the daemons' own checks take, as tables for docs/benchmarks.md.

    .venv/bin/python tests/bench/validate.py [--sizes 1000 10000] [--runs 3] [--dhcpd PATH] [--kea ROOT...] [--hosts N]

Nothing is asserted. ROOT is that of a system in which Kea is unpacked; chroot needs root.

The module runs as Ansible runs it: in a process of its own with its arguments as JSON on standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

MODULE = "ansible_collections.netlab.dhcp_failover.plugins.modules.failover_validate"
DHCPD = os.environ.get("DHCPD") or shutil.which("dhcpd") or shutil.which("/usr/sbin/dhcpd")
SERVERS = (("one", "primary", "10.255.0.1", "10.255.0.2"), ("two", "secondary", "10.255.0.2", "10.255.0.1"))
TUNING = {"max_response_delay": 60, "max_unacked_updates": 10, "load_balance_max_seconds": 3}
# In the root of a system with Kea.
_CHECKED = "/etc/kea/bench.conf"
PRIMARY_ONLY = {"mclt": 1800, "split": 128}


class Cost(NamedTuple):
    """seconds: elapsed time. cpu: seconds of processor time. memory: peak resident size in MiB."""

    seconds: float
    cpu: float
    memory: float


def networks(number: int) -> Iterator[str]:
    for index in range(number):
        yield f"10.{index >> 8}.{index & 255}"


def text(role: str, address: str, peer: str, number: int) -> str:
    """A dhcpd.conf with this many subnets, each with a failover pool."""
    tuning = {**TUNING, **(PRIMARY_ONLY if role == "primary" else {})}
    balance = tuning.pop("load_balance_max_seconds")
    lines = ['failover peer "x" {', f"  {role};", f"  address {address};", f"  peer address {peer};"]
    lines += [f"  {name.replace('_', '-')} {value};" for name, value in tuning.items()]
    lines += [f"  load balance max seconds {balance};", "}", "default-lease-time 7200;", "max-lease-time 14400;"]
    lines += ["subnet 10.255.0.0 netmask 255.255.255.0 {", "}"]
    for net in networks(number):
        lines += [
            f"subnet {net}.0 netmask 255.255.255.0 {{",
            f"  option routers {net}.1;",
            "  pool {",
            '    failover peer "x";',
            "    deny dynamic bootp clients;",
            f"    range {net}.10 {net}.250;",
            "  }",
            "}",
        ]
    return "\n".join([*lines, ""])


def variables(name: str, role: str, address: str, peer: str, number: int) -> dict[str, Any]:
    """The same declaration as variables."""
    half = {"name": "x", "role": role, "address": address, "peer_address": peer, **TUNING}
    subnets: list[dict[str, Any]] = [{"subnet": "10.255.0.0/24"}]
    subnets += [
        {
            "subnet": f"{net}.0/24",
            "options": {"routers": [f"{net}.1"]},
            "pools": [{"failover": "x", "ranges": [f"{net}.10-{net}.250"]}],
        }
        for net in networks(number)
    ]
    return {
        "name": name,
        "address": address,
        "failover": [{**half, **(PRIMARY_ONLY if role == "primary" else {})}],
        "default_lease_time": 7200,
        "max_lease_time": 14400,
        "subnets": subnets,
    }


def kea_text(own: str, number: int) -> str:
    """A kea-dhcp4.conf of a pair in hot standby with as many subnets, each with a pool."""
    peers = [
        {"name": name, "url": f"http://{address}:8000/", "role": "primary" if role == "primary" else "standby"}
        for name, role, address, _peer in SERVERS
    ]
    threads = {"enable-multi-threading": True}
    relationship = {
        "this-server-name": own,
        "mode": "hot-standby",
        "heartbeat-delay": 2000,
        "max-response-delay": 10000,
        "max-ack-delay": 3000,
        "max-unacked-clients": 0,
        "restrict-commands": True,
        "multi-threading": {**threads, "http-dedicated-listener": True},
        "peers": peers,
    }
    # Kea's own check loads the libraries from their folder; the bare names are for the validator.
    main: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["*"]},
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "lease-database": {"type": "memfile", "persist": True},
        "multi-threading": threads,
        "hooks-libraries": [
            {"library": "libdhcp_lease_cmds.so"},
            {"library": "libdhcp_ha.so", "parameters": {"high-availability": [relationship]}},
        ],
        "valid-lifetime": 7200,
        "max-valid-lifetime": 14400,
        "subnet4": [
            {"id": 1, "subnet": "10.255.0.0/24"},
            *(
                {
                    "id": index,
                    "subnet": f"{net}.0/24",
                    "option-data": [{"name": "routers", "data": f"{net}.1"}],
                    "pools": [{"pool": f"{net}.10 - {net}.250"}],
                }
                for index, net in enumerate(networks(number), 2)
            ),
        ],
    }
    return json.dumps({"Dhcp4": main}, indent=2) + "\n"


# The faults: each of many reservations has the same one.
FAULTS = {
    "its hardware address is none": "hardware ethernet 02:00:zz:{octets}; fixed-address {net}.5;",
    "its address is another one's": "hardware ethernet 02:00:00:{octets}; fixed-address {half}.5;",
    "its address is in a failover range": "hardware ethernet 02:00:00:{octets}; fixed-address {net}.50;",
    "a semicolon is missing": "hardware ethernet 02:00:00:{octets} fixed-address {net}.5;",
    "the partner lacks it": "hardware ethernet 02:00:00:{octets}; fixed-address {net}.5;",
}


def reservations(fault: str, number: int) -> str:
    """This many reservations, all with the fault."""
    nets = list(networks(number))
    return "".join(
        f"host h{index} {{ "
        + FAULTS[fault].format(octets=f"00:{index >> 8:02x}:{index & 255:02x}", net=nets[index], half=nets[index // 2])
        + " }\n"
        for index in range(number)
    )


def measure(command: Sequence[str | Path], given: str = "", fails: bool = False) -> tuple[Cost, bytes]:
    """Run a command to its end; return its cost and output. It must succeed or fail as expected."""
    with tempfile.TemporaryFile() as standard_input, tempfile.TemporaryFile() as output:
        standard_input.write(given.encode())
        standard_input.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=standard_input, stdout=output, stderr=output)
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
        if (process.returncode != 0) is not fails:
            sys.exit(f"{command[0]}: {process.returncode}\n{printed[:4000].decode(errors='replace')}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), printed


def validate(servers: list[dict[str, Any]], fails: bool = False) -> tuple[Cost, bytes]:
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {"servers": servers}})
    return measure([sys.executable, "-m", MODULE], arguments, fails)


def dhcpd_check(dhcpd: str, texts: Sequence[str]) -> Cost:
    """Check both files, one after the other."""
    costs = []
    with tempfile.TemporaryDirectory() as name:
        config, leases, pid = (Path(name, part) for part in ("dhcpd.conf", "dhcpd.leases", "dhcpd.pid"))
        leases.touch()
        for content in texts:
            config.write_text(content)
            costs.append(measure([dhcpd, "-4", "-t", "-cf", config, "-lf", leases, "-pf", pid])[0])
    return Cost(sum(c.seconds for c in costs), sum(c.cpu for c in costs), max(c.memory for c in costs))


def kea_check(root: Path, texts: Sequence[str]) -> Cost:
    """Check both files, one after the other."""
    costs = []
    for content in texts:
        # Its check looks for the libraries, which are another matter.
        (root / _CHECKED.lstrip("/")).write_text(content.replace("libdhcp_", f"{_libraries(root)}/libdhcp_"))
        costs.append(measure(["chroot", root, "/usr/sbin/kea-dhcp4", "-t", _CHECKED])[0])
    return Cost(sum(c.seconds for c in costs), sum(c.cpu for c in costs), max(c.memory for c in costs))


def _libraries(root: Path) -> str:
    """The folder of Kea's libraries, as Kea sees it."""
    found = next(root.glob("usr/lib*/**/libdhcp_ha.so"))
    return f"/{found.parent.relative_to(root)}"


def json_read(texts: Sequence[str]) -> Cost:
    """Only read both files as JSON."""
    program = "import json, sys\nfor text in json.load(sys.stdin): json.loads(text)"
    return measure([sys.executable, "-c", program], json.dumps(texts))[0]


def kea_candidates(size: int, roots: Sequence[Path]) -> Iterator[tuple[str, Callable[[], Cost]]]:
    """The same for Kea."""
    texts = [kea_text(server[0], size) for server in SERVERS]
    servers = [{"name": server[0], "daemon": "kea", "config": content} for server, content in zip(SERVERS, texts)]
    yield "`failover_validate`, two files of Kea", lambda: validate(servers)[0]
    yield "Python's `json` on the two files", partial(json_read, texts)
    for root in roots:
        yield f"`kea-dhcp4 -t` {root.name} on the two files", partial(kea_check, root, texts)


def candidates(size: int, dhcpd: str | None) -> Iterator[tuple[str, Callable[[], Cost]]]:
    """The measurements for one size, and how to make them."""
    texts = [text(role, address, peer, size) for _name, role, address, peer in SERVERS]
    as_text = [{"name": server[0], "config": content} for server, content in zip(SERVERS, texts)]
    as_variables = [variables(*server, size) for server in SERVERS]
    yield "`failover_validate`, two texts", lambda: validate(as_text)[0]
    yield "`failover_validate`, variables", lambda: validate(as_variables)[0]
    if dhcpd:
        yield "`dhcpd -t` on the two texts", partial(dhcpd_check, dhcpd, texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000], help="numbers of subnets with a pool")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the best counts")
    parser.add_argument("--hosts", type=int, default=10000, help="number of reservations with a fault; 0: none")
    parser.add_argument("--kea", type=Path, nargs="*", default=[], help="roots of systems with Kea")
    parser.add_argument("--dhcpd", default=DHCPD, help="the daemon (default: environment variable DHCPD, or installed)")
    arguments = parser.parse_args()

    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, best of {arguments.runs} runs.")
    print("Two servers; every subnet with one failover pool.\n")
    print("| subnets | what | seconds | processor seconds | peak memory |")
    print("|---:|---|---:|---:|---:|")
    for size in arguments.sizes:
        for what, run in chain(candidates(size, arguments.dhcpd), kea_candidates(size, arguments.kea)):
            best = min((run() for _run in range(arguments.runs)), key=lambda cost: cost.seconds)
            print(f"| {size:,} | {what} | {best.seconds:.2f} | {best.cpu:.2f} | {best.memory:.0f} MiB |", flush=True)
    if not arguments.dhcpd:
        print("\nNo dhcpd to compare with; name one with --dhcpd.")
    if not arguments.hosts:
        return
    print(f"\nTwo servers, each with {arguments.hosts:,} reservations that all have the same fault.\n")
    print("| fault of each | seconds | processor seconds | peak memory | findings | printed |")
    print("|---|---:|---:|---:|---:|---:|")
    for fault in FAULTS:
        report(fault, arguments.hosts)


def report(fault: str, number: int) -> None:
    """A row for many reservations with a fault."""
    hosts = reservations(fault, number)
    # An error, so that the check fails even if the fault of the reservations is only a warning.
    error = "option domain-name-servers 192.0.2.53;\n"
    more = {"one": hosts, "two": error if fault == "the partner lacks it" else error + hosts}
    servers = [
        {"name": name, "config": text(role, address, peer, number) + more[name]}
        for name, role, address, peer in SERVERS
    ]
    cost, printed = validate(servers, fails=True)
    result = json.loads(printed)
    lines = result["msg"].count("\n") + 1
    print(
        f"| {fault} | {cost.seconds:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} MiB | {len(result['findings']):,} "
        f"| {lines:,} lines, {len(result['msg']) / 1000:,.0f} kB |",
        flush=True,
    )


if __name__ == "__main__":
    main()
