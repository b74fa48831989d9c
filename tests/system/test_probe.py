# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dhcp_servers_info, dhcp_client_probe and real dhcpd daemons, in network namespaces on this host. Needs root."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from harness import until

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import last_entries, read_database
from ansible_collections.netlab.dhcp_failover.plugins.modules import dhcp_client_probe, dhcp_servers_info

GLOBAL = (
    "ddns-update-style none; authoritative; min-lease-time 10; default-lease-time 30; max-lease-time 30;"
    ' failover peer "lab" {{ {half} max-response-delay 5; max-unacked-updates 10; load balance max seconds 3; }}'
    " ping-check false;"
    ' subnet 192.0.2.0 netmask 255.255.255.0 {{ option routers 192.0.2.1; pool {{ failover peer "lab";'
    " deny dynamic bootp clients; range 192.0.2.100 192.0.2.199; }} }}"
)
PRIMARY = GLOBAL.format(half="primary; address 192.0.2.2; peer address 192.0.2.3; mclt 8; split 128;")
SECONDARY = GLOBAL.format(half="secondary; address 192.0.2.3; peer address 192.0.2.2;")
LONELY = (
    "ddns-update-style none; authoritative; min-lease-time 10; default-lease-time 60; ping-check true;"
    " subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.50 192.0.2.53; }"
)


class Network:
    """A bridge, servers on it, and a namespace for the probe."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.prefix = f"probe-{secrets.token_hex(3)}"
        self.program = program
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.names: list[str] = []

    def __enter__(self) -> Network:
        for name in ("switch", "client"):
            self.namespace(name)
        self.ip("switch", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        self.ip("switch", "link", "set", "br0", "up")
        self.plug("client")
        return self

    def __exit__(self, *_error: object) -> None:
        for name in list(self.servers):
            self.stop(name)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", f"{self.prefix}-{name}"], check=False)

    def namespace(self, name: str) -> None:
        subprocess.run(["ip", "netns", "add", f"{self.prefix}-{name}"], check=True, timeout=60)
        self.names.append(name)

    def ip(self, name: str, *words: str) -> None:
        subprocess.run(["ip", "-netns", f"{self.prefix}-{name}", *words], check=True, timeout=60)

    def plug(self, name: str, address: str | None = None) -> None:
        end = f"{self.prefix}-{name}"
        self.ip("switch", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", end)
        self.ip("switch", "link", "set", name, "master", "br0", "up")
        if address:
            self.ip(name, "address", "add", f"{address}/24", "dev", "eth0")
        self.ip(name, "link", "set", "eth0", "up")

    def inside(self, name: str, *words: str | Path) -> list[str]:
        return ["ip", "netns", "exec", f"{self.prefix}-{name}", *map(str, words)]

    def serve(self, name: str, config: str, address: str) -> None:
        """Start a server, or start it again with its database as it is."""
        if name not in self.names:
            self.namespace(name)
            self.plug(name, address)
        place = self.folder / name
        place.with_suffix(".conf").write_text(config)
        place.with_suffix(".leases").touch()
        files = [("-cf", ".conf"), ("-lf", ".leases"), ("-pf", ".pid")]
        words = [word for option, suffix in files for word in (option, place.with_suffix(suffix))]
        with place.with_suffix(".log").open("ab") as log:
            command = self.inside(name, self.dhcpd, "-4", "-f", "-d", *words, "eth0")
            self.servers[name] = subprocess.Popen(command, stdout=log, stderr=log)

    @cached_property
    def dhcpd(self) -> Path:
        """A copy, because an AppArmor profile would be about the installed path."""
        return Path(shutil.copy(self.program, self.folder / "dhcpd"))

    def log(self, name: str) -> str:
        return self.folder.joinpath(f"{name}.log").read_text()

    def stop(self, name: str) -> None:
        process = self.servers.pop(name)
        process.kill()
        process.wait()

    def states(self, name: str) -> dict[str, str]:
        with self.folder.joinpath(f"{name}.leases").open("rb") as stream:
            return last_entries(read_database(stream), lambda entry: entry.binding_state)[0]

    def discover(self, *privileges: str, **arguments: Any) -> dict[str, Any]:
        return self.result(dhcp_servers_info, *privileges, **arguments)

    def probe(self, **arguments: Any) -> dict[str, Any]:
        return self.result(dhcp_client_probe, **arguments)

    def result(self, module: ModuleType, *privileges: str, **arguments: Any) -> dict[str, Any]:
        with self.running(*privileges, module=module, **arguments) as process:
            out, _err = process.communicate(timeout=600)
        found = json.loads(out)
        assert isinstance(found, dict)
        return found

    @contextlib.contextmanager
    def running(
        self, *privileges: str, module: ModuleType = dhcp_client_probe, **arguments: Any
    ) -> Iterator[subprocess.Popen[str]]:
        values = json.dumps({"ANSIBLE_MODULE_ARGS": {"interface": "eth0", **arguments}})
        with subprocess.Popen(
            self.inside("client", *privileges, sys.executable, "-m", module.__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin
            process.stdin.write(values)
            process.stdin.flush()
            # communicate() closes standard input; the module reads to its end.
            process.stdin.close()
            process.stdin = None
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def pair(dhcpd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for network namespaces")
    with Network(tmp_path_factory.mktemp("pair"), dhcpd) as network:
        network.serve("one", PRIMARY, "192.0.2.2")
        network.serve("two", SECONDARY, "192.0.2.3")
        for name in ("one", "two"):
            # mypy cannot infer the type of a lambda that has a default, which binds the name early.
            until(lambda name=name: "Both servers normal" in network.log(name), f"{name} normal")  # type: ignore[misc]
        yield network


@pytest.fixture
def lonely(dhcpd: Path, tmp_path: Path) -> Iterator[Network]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for network namespaces")
    with Network(tmp_path, dhcpd) as network:
        yield network


def only(result: Mapping[str, Any]) -> dict[str, Any]:
    assert not result.get("failed"), result["msg"]
    (exchange,) = result["exchanges"]
    return dict(exchange)


def test_a_lease_from_beginning_to_end(pair: Network) -> None:
    taken = pair.probe(verb="acquire")
    exchange = only(taken)
    address, server = exchange["address"], exchange["server"]
    assert (exchange["result"], exchange["lease_time"]) == ("ack", 8)  # the first lease is as long as mclt
    assert exchange["latency"] < 3
    for verb in ("renew", "rebind", "reboot", "inform"):
        exchange = only(pair.probe(verb=verb, leases=taken["leases"]))
        assert (exchange["kind"], exchange["result"], exchange["address"]) == (verb, "ack", address), verb
        assert exchange["sent"] == 1
        if verb == "renew":  # all others go to both servers, and either may be first
            assert exchange["server"] == exchange["source"] == server
    name = "one" if server == "192.0.2.2" else "two"
    assert pair.states(name)[address] == "active"
    assert f"DHCPINFORM from {address}" in pair.log(name)
    assert only(pair.probe(verb="release", leases=taken["leases"]))["result"] == "sent"
    until(lambda: f"DHCPRELEASE of {address}" in pair.log(name), "release in the log")
    until(lambda: pair.states(name)[address] != "active", "release in the database")


def test_fifty_at_once_get_fifty_addresses_from_both(pair: Network) -> None:
    result = pair.probe(verb="acquire", clients=50, mac="02:00:00:00:50:01", release=True)
    assert not result.get("failed"), result["msg"]
    acknowledged = [exchange for exchange in result["exchanges"] if exchange["kind"] == "acquire"]
    assert len({exchange["address"] for exchange in acknowledged}) == 50
    assert {exchange["server"] for exchange in acknowledged} == {"192.0.2.2", "192.0.2.3"}
    assert [exchange["result"] for exchange in result["exchanges"]].count("sent") == 50
    assert result["leases"] == []


def test_both_servers_are_found_and_a_rogue(pair: Network) -> None:
    pair.serve("rogue", LONELY.replace("ping-check true", "ping-check false"), "192.0.2.66")
    try:
        until(lambda: "Server starting service" in pair.log("rogue"), "the rogue server")
        # 6 s: the second question, after 5 s, is the one that both of a pair answer.
        found = pair.discover(timeout=6, expected_servers=["192.0.2.2", "192.0.2.3", "192.0.2.9"])
    finally:
        pair.stop("rogue")
    assert [(entry["server"], entry["expected"]) for entry in found["servers"]] == [
        ("192.0.2.2", True),
        ("192.0.2.3", True),
        ("192.0.2.66", False),
    ]
    assert (found["rogues"], found["missing"], found["changed"]) == (["192.0.2.66"], ["192.0.2.9"], False)
    assert found["servers"][0]["options"]["routers"] == ["192.0.2.1"]
    assert "192.0.2.66 offers 192.0.2.5" in found["msg"]
    assert "(ROGUE)" in found["msg"]


def test_a_run_outlives_a_server(pair: Network, tmp_path: Path) -> None:
    """Clients keep their addresses when the server of some is killed, and the record shows how."""
    record, stop = tmp_path / "run.jsonl", tmp_path / "stop"
    arguments: dict[str, Any] = {
        "verb": "run", "clients": 8, "rate": 0.5, "stay": 4, "duration": 600, "mac": "02:00:00:00:08:01",
        "record": str(record), "stop_file": str(stop), "release": True, "retransmission": {"renew_minimum": 2},
    }  # fmt: skip
    with pair.running(**arguments) as process:

        def read() -> dict[str, Any]:
            return pair.probe(verb="read", record=str(record)) if record.exists() else {}

        def exchanges() -> list[dict[str, Any]]:
            return [entry for entry in map(json.loads, record.open()) if entry["record"] == "exchange"]

        until(lambda: read().get("summary", {}).get("bound", 0) >= 8, "eight leases")
        holders = {lease["client"]: lease for lease in read()["leases"]}
        assert {holder["server"] for holder in holders.values()} == {"192.0.2.2", "192.0.2.3"}
        pair.stop("one")
        until(lambda: read()["summary"]["results"].get("rebind", {}).get("ack"), "a lease taken over")
        assert read()["ended"] is None
        stop.touch()
        out, err = process.communicate(timeout=180)
    result = json.loads(out)
    assert err == ""
    assert result["ended"] == "stop file"
    assert not stop.exists()
    told = exchanges()
    assert not [exchange for exchange in told if exchange["result"] in ("nak", "expired")]
    for exchange in told:
        if exchange["kind"] == "rebind":
            assert exchange["server"] == "192.0.2.3"
            assert exchange["address"] == holders[exchange["client"]]["address"]
    # The end of the run may cut off the last one.
    newcomers = [exchange["result"] for exchange in told if exchange["kind"] == "acquire"][8:]
    assert "ack" in newcomers
    assert not {*newcomers} - {"ack", "stopped"}
    assert result["summary"]["bound"] == 0
    pair.serve("one", PRIMARY, "192.0.2.2")
    until(lambda: pair.log("one").count("Both servers normal") == 2, "normal again")


def test_a_run_that_dies_leaves_its_evidence(pair: Network, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    with pair.running(verb="run", clients=4, duration=600, record=str(record), mac="02:00:00:00:04:01") as process:
        until(lambda: record.exists() and record.read_text().count('"ack"') >= 4, "four leases")
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = pair.probe(verb="read", record=str(record))
    assert (found["summary"]["bound"], found["ended"]) == (4, None)
    # No run overwrites the record.
    again = pair.probe(verb="run", duration=1, record=str(record))
    assert again["failed"]
    assert "may be an earlier run's evidence" in again["msg"]


def test_a_signal_ends_a_run_in_order(pair: Network, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    arguments = {"clients": 2, "duration": 600, "record": str(record), "mac": "02:00:00:00:02:01", "release": True}
    with pair.running(verb="run", **arguments) as process:
        until(lambda: record.exists() and record.read_text().count('"ack"') >= 2, "two leases")
        process.send_signal(signal.SIGTERM)
        out, _err = process.communicate(timeout=180)
    assert json.loads(out)["ended"] == "signal"
    assert pair.probe(verb="read", record=str(record))["summary"] == {
        "clients": 2,
        "bound": 0,
        "results": {"acquire": {"ack": 2}, "release": {"sent": 2}},
    }


def test_a_server_that_forgot_finds_the_holder_by_ping(lonely: Network, tmp_path: Path) -> None:
    """The server asks whether an address is in use before it offers it; the probe's clients answer as hosts do."""
    lonely.serve("one", LONELY, "192.0.2.2")
    until(lambda: "Server starting service" in lonely.log("one"), "the server")
    record = tmp_path / "run.jsonl"
    with lonely.running(verb="run", clients=1, duration=600, record=str(record), mac="02:00:00:00:01:01"):
        until(lambda: record.exists() and '"ack"' in record.read_text(), "a lease")
        held = lonely.probe(verb="read", record=str(record))["leases"][0]["address"]
        lonely.stop("one")
        (lonely.folder / "one.leases").write_text("")
        lonely.serve("one", LONELY, "192.0.2.2")
        until(lambda: lonely.log("one").count("Server starting service") == 2, "the server again")
        others = lonely.probe(verb="acquire", clients=3, mac="02:00:00:00:03:01", timeout=20)
    assert not others.get("failed"), others["msg"]
    assert held not in {exchange["address"] for exchange in others["exchanges"]}
    assert f"Abandoning IP address {held}: pinged before offer" in lonely.log("one")


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"verb": "acquire", "interface": "nosuch0"}, "there is no interface nosuch0; there are: eth0"),
        ({"verb": "acquire", "interface": "lo"}, "interface lo is not Ethernet"),
        ({"verb": "acquire", "timeout": 1}, "no server answered, asked 1 time in 1.0 s"),
        ({"verb": "acquire", "clients": 1001}, "clients: 1001: choose 1 to 1000"),
        ({"verb": "acquire", "mac": "03:00:00:00:00:01"}, "group address"),
        ({"verb": "run", "duration": 60, "rate": 100, "record": "/nowhere/x"}, "choose less than 5000 in all"),
        ({"verb": "run", "duration": 60, "record": "/nowhere/x"}, "record: /nowhere/x: No such file or directory"),
        ({"verb": "run", "duration": 0, "record": "/nowhere/x"}, "duration: 0: choose 1 to 86400 seconds"),
        ({"verb": "read", "record": "/nowhere/x"}, "record: /nowhere/x: No such file or directory"),
        ({"verb": "renew", "leases": [{"client": "x"}]}, "is not as this module returns it"),
        ({"verb": "renew"}, "verb is renew but all of the following are missing: leases"),
        ({"verb": "acquire", "timeout": 0}, "timeout: 0.0: choose more than 0"),
    ],
)
def test_a_failed_run_says_why(lonely: Network, arguments: dict[str, Any], said: str) -> None:
    result = lonely.probe(**arguments)
    assert result["failed"]
    assert said in result["msg"]


def test_no_server_is_a_clear_answer_within_the_bound(lonely: Network) -> None:
    start = time.monotonic()
    result = lonely.discover(timeout=2, _ansible_check_mode=True)
    assert time.monotonic() - start < 5
    assert (result["servers"], result["changed"]) == ([], False)
    assert result["msg"] == "No DHCP server answered on eth0 within 2 s."


def test_without_rights_it_names_the_remedy(lonely: Network) -> None:
    result = lonely.discover("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    assert result["failed"]
    assert "no right to open a raw socket on eth0" in result["msg"]
    assert "become: true" in result["msg"]


def test_a_link_that_is_down_is_named(lonely: Network) -> None:
    lonely.ip("switch", "link", "set", "client", "down")
    assert "interface eth0 has no carrier" in lonely.discover()["msg"]
    lonely.ip("client", "link", "set", "eth0", "down")
    assert "interface eth0 is down" in lonely.discover()["msg"]


def test_check_mode_sends_nothing(lonely: Network) -> None:
    result = lonely.probe(verb="acquire", _ansible_check_mode=True)
    assert result["changed"]
    assert "exchanges" not in result
