# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what clients see of pairs with a fault that nobody reports, as tables for docs/silent-faults.md.

    .venv/bin/python tests/bench/silent.py [--release 2.6.3] [CASE ...]

Two servers with real daemons for each case, in network namespaces of this host. Clients come, then the primary is
killed, and they go on until all their leases are over. DHCPD names the daemon, KEA the folder with a root for each
release of Kea. It needs root. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "system"))
from harness import find_dhcpd, find_kea
from kea_roots import KeaNetwork, checked
from test_probe import Network

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.judge import holdings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server as read_kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import derive_halves
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check

ADDRESSES = {"one": "192.0.2.2", "two": "192.0.2.3"}
CLIENTS, LEASE = 40, 120
# How long new clients may take, and how long the servers have to become normal.
PATIENCE, SETTLED = 45, 20
AT_ONCE = 3
GLOBAL = f"""\
authoritative;
min-lease-time {LEASE};
default-lease-time {LEASE};
max-lease-time {LEASE};
"""
SUBNET = """\
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  pool {
    failover peer "pair";
    deny dynamic bootp clients;
    range 192.0.2.100 192.0.2.199;
  }
}
"""
HALF = """\
failover peer "pair" {{
  {side};
  address {own};
  peer address {other};
  max-response-delay 10;
  max-unacked-updates 10;
  load balance max seconds 3;
{more}}}
"""
ONE = GLOBAL + HALF.format(side="primary", own="192.0.2.2", other="192.0.2.3", more=f"  mclt {LEASE};\n  split 128;\n")
TWO = GLOBAL + HALF.format(side="secondary", own="192.0.2.3", other="192.0.2.2", more="")


def kea(name: str) -> dict[str, Any]:
    """What the role would write for a server."""
    relationship = {"name": "pair", "primary": "one", "secondary": "two", "takeover": "automatic"}
    addresses: dict[str, str | None] = {**ADDRESSES}
    pools = [{"failover": "pair", "ranges": ["192.0.2.100-192.0.2.199"]}]
    declared = {
        **{f"{kind}_lease_time": LEASE for kind in ("default", "max", "min")},
        "authoritative": True,
        "name": name,
        "daemon": "kea",
        "address": ADDRESSES[name],
        "interfaces": [{"name": "eth0"}],
        "failover": derive_halves([relationship], name, addresses, "kea"),
        "subnets": [{"subnet": "192.0.2.0/24", "options": {"routers": ["192.0.2.1"]}, "pools": pools}],
    }
    found: dict[str, Any] = json.loads(json.dumps(dialect("kea").render(declare(declared))))
    return found


def relationship_of(conf: dict[str, Any]) -> dict[str, Any]:
    (library,) = [
        each for each in conf["Dhcp4"]["hooks-libraries"] if "high-availability" in each.get("parameters", {})
    ]
    (found,) = library["parameters"]["high-availability"]
    assert isinstance(found, dict)
    return found


# --- the cases: what somebody has changed, on which server ----------------------------------------------------------

Edit = Callable[[str], str]


@dataclass(frozen=True)
class Case:
    """title: for the table. edits: by server; the texts are those of a correct pair otherwise."""

    name: str
    title: str
    daemon: str
    edits: Mapping[str, Edit]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for each in edits:
            text = each(text)
        return text

    return edit


def first_pool(first: str, last: str) -> Edit:
    return swap("range 192.0.2.100 192.0.2.199", f"range {first} {last}")


def peers(change: Callable[[dict[str, Any]], None]) -> Edit:
    """A change of Kea's side of high availability."""

    def edit(text: str) -> str:
        conf = json.loads(text)
        change(relationship_of(conf))
        return json.dumps(conf, indent=2)

    return edit


def other_roles(found: dict[str, Any]) -> None:
    for peer in found["peers"]:
        peer["role"] = {"primary": "standby", "standby": "primary"}[peer["role"]]


def other_names(found: dict[str, Any]) -> None:
    found["this-server-name"] = "second"
    for peer, name in zip(found["peers"], ("first", "second")):
        peer["name"] = name


CASES = (
    Case("healthy", "nothing: the pair is correct", "dhcpd", {}),
    Case(
        "disjoint",
        "the pool was cut in two: .100 to .149 here, .150 to .199 there",
        "dhcpd",
        {"one": first_pool("192.0.2.100", "192.0.2.149"), "two": first_pool("192.0.2.150", "192.0.2.199")},
    ),
    Case(
        "longer",
        "the range was made longer on one server only: to .199 instead of .119",
        "dhcpd",
        {"two": first_pool("192.0.2.100", "192.0.2.119")},
    ),
    Case(
        "permits",
        "one server has `deny unknown-clients`",
        "dhcpd",
        {"two": swap("deny dynamic bootp clients;", "deny dynamic bootp clients; deny unknown-clients;")},
    ),
    Case(
        "router",
        "the router is .1 here, .254 there",
        "dhcpd",
        {"two": swap("routers 192.0.2.1;", "routers 192.0.2.254;")},
    ),
    Case(
        "secondaries",
        "both are secondary",
        "dhcpd",
        {"one": lambda text: re.sub(r"  mclt .*\n  split .*\n", "", text.replace("  primary;", "  secondary;"))},
    ),
    Case("kea-healthy", "nothing: the pair is correct", "kea", {}),
    Case("kea-roles", "each has itself as the primary", "kea", {"two": peers(other_roles)}),
    Case("kea-names", "the two give their servers other names", "kea", {"two": peers(other_names)}),
    Case(
        "kea-subnet", "the subnet has another id", "kea", {"two": lambda text: re.sub(r'"id": \d+', '"id": 4711', text)}
    ),
    Case(
        "kea-router",
        "the router is .1 here, .254 there",
        "kea",
        {"two": swap('"192.0.2.1"', '"192.0.2.254"')},
    ),
)


def texts(case: Case) -> dict[str, str]:
    correct = (
        {"one": ONE + SUBNET, "two": TWO + SUBNET}
        if case.daemon == "dhcpd"
        else {name: json.dumps(kea(name), indent=2) for name in ADDRESSES}
    )
    return {name: case.edits.get(name, str)(text) for name, text in correct.items()}


# --- a case ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """own: what the daemons' own checks say. states: of both servers, when clients have come. served: new clients with
    an address. shared: addresses that two clients held at once. routers: how many different ones clients were told.
    lost: clients that lost their address after the primary was killed."""

    slugs: Sequence[str]
    own: str
    states: Sequence[str]
    served: int
    shared: int
    routers: Sequence[str]
    lost: int


def measure(case: Case, folder: Path, dhcpd: Path, root: Path) -> Seen:
    written = texts(case)
    read = read_server if case.daemon == "dhcpd" else read_kea
    found = check([read(name, text) for name, text in written.items()])
    slugs = list(dict.fromkeys(finding.slug for finding in found))
    record, stop = folder / "record", folder / "stop"
    with Network(folder, dhcpd) if case.daemon == "dhcpd" else KeaNetwork(folder, root) as network:
        own = [complaint(case, network, folder, name, text) for name, text in written.items()]
        for name, text in written.items():
            network.serve(name, text, ADDRESSES[name])
        time.sleep(SETTLED)
        patience = {"initial": 2, "maximum": 8, "jitter": 0.5, "renew_minimum": 5}
        arguments = {"clients": CLIENTS, "rate": 0, "duration": 3600, "timeout": 20, "retransmission": patience}
        with network.running(verb="run", **arguments, record=str(record), stop_file=str(stop)) as process:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and len(holders(record)) < CLIENTS:
                time.sleep(1)
            served, states = holders(record), [state(network, name) for name in written]
            killed = time.time()
            network.stop("one")
            time.sleep(LEASE + 10)
            stop.touch()
            process.communicate(timeout=60)
    every = list(exchanges(record))
    return Seen(
        slugs=slugs,
        own="; ".join(filter(None, own)) or "silent",
        states=states,
        served=len(served),
        shared=len(shared(every)),
        routers=sorted({str(one["router"]) for one in every if one["result"] == "ack" and one.get("router")}),
        lost=len({one["client"] for one in every if one["ended"] > killed and gone(one) and one["client"] in served}),
    )


def complaint(case: Case, network: Network, folder: Path, name: str, text: str) -> str:
    """What the daemon's own check says."""
    if case.daemon == "kea":
        place = folder / f"check-{name}"
        place.mkdir()
        (place / "etc").mkdir()
        return checked(network.program, place, text)[-200:]
    path = folder / f"check-{name}.conf"
    path.write_text(text)
    run = subprocess.run([network.dhcpd, "-t", "-cf", path], capture_output=True, text=True, timeout=60, check=False)
    return "" if run.returncode == 0 and "WARNING" not in run.stderr else run.stderr[-200:]


def state(network: Network, name: str) -> str:
    log = network.log(name)
    told = re.findall(r"I move from \S+ to (\S+)", log) or re.findall(r"HA_STATE_TRANSITION.* to ([A-Z-]+)", log)
    return str(told[-1]).lower() if told else "startup"


def exchanges(record: Path) -> Iterator[dict[str, Any]]:
    lines = record.read_text().splitlines() if record.exists() else []
    for line in lines:
        if line.endswith("}") and '"exchange"' in line:
            yield json.loads(line)


def holders(record: Path) -> set[str]:
    return {one["client"] for one in exchanges(record) if (one["kind"], one["result"]) == ("acquire", "ack")}


def gone(one: Mapping[str, Any]) -> bool:
    return bool(one["result"] in ("nak", "expired") or one["naks"])


def shared(every: Sequence[Mapping[str, Any]]) -> set[str]:
    """Addresses that two clients held at the same time."""
    held = sorted(holdings(every), key=lambda one: one.start)
    return {
        one.address
        for position, one in enumerate(held)
        for other in held[position + 1 :]
        if one.address == other.address and one.client != other.client and other.start < one.end
    }


def row(case: Case, seen: Seen) -> str:
    states = seen.states[0] if len(set(seen.states)) == 1 else ", ".join(seen.states)
    rules = ", ".join(f"[`{slug}`](rules.md#{slug})" for slug in seen.slugs) or "-"
    cells = (case.title, seen.own, f"`{states}`", f"{seen.served}", f"{seen.shared}", f"{seen.lost}", rules)
    more = f" (routers: {', '.join(seen.routers)})" if len(seen.routers) > 1 else ""
    return f"| {' | '.join(cells)} |{more}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--release", default="2.6.3")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    chosen = [case for case in CASES if case.name in options.cases or not options.cases]
    dhcpd = find_dhcpd()
    root = find_kea()[options.release]
    with tempfile.TemporaryDirectory(prefix="silent-") as name, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(case: Case) -> Seen:
            folder = Path(name, case.name)
            folder.mkdir()
            return measure(case, folder, dhcpd, root)

        print("| what is wrong | own check | both servers say | served | shared | lost | rules |")
        print("|---|---|---|--:|--:|--:|---|")
        for case, seen in zip(chosen, pool.map(one, chosen)):
            print(row(case, seen), flush=True)


if __name__ == "__main__":
    main()
