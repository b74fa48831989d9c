# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle for converted leases: what each daemon reads in the files that are made for it.

migration.py record [PART]   ask every release about the samples whose names begin with PART

A sample is a dhcpd.leases. Kea gets it as a lease file of both forms, and by commands; dhcpd gets its own file again.
The answers, in migration.jsonl, are those of lease4-get-page, Kea's own lease file after the commands, and the database
that dhcpd writes when it starts. KEA names the folder with a root for each release, as for kea.py, and DHCPD the
daemon. It needs root.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import leases as dhcpd_oracle

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import bindings as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import SavedState
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.bindings import Placed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    Account,
    for_dhcpd,
    for_kea,
    merge,
    read_dhcpd,
    read_kea,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import parse_address

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "migration.jsonl"
# 2026-11-22 18:19:56, before the record; nothing in the samples ends before 2037.
NOW = 1_795_371_596

# Who is asked, beside each release of Kea in these three ways.
DHCPD = "dhcpd"
OLD, NEW, COMMANDS, WRITTEN = "without pool_id", "with pool_id", "commands", "written"
WAYS = (OLD, NEW, COMMANDS)
RELEASES = ("2.2.0", "2.6.3", "3.0.4")

# Subnets of Kea as of dhcpd in lease_tables.CONFIGURATION.
_SUBNETS = ("192.0.2.0", "198.51.100.0")
_PREFIX = "/usr/lib/x86_64-linux-gnu/kea/hooks"
_NAME = "migration-oracle"
_CONFIG, _SOCKET, _LEASES = f"/etc/kea/{_NAME}.conf", f"/run/kea/{_NAME}", f"/var/lib/kea/{_NAME}.csv"
_CONFIGURATION: Mapping[str, Any] = {
    "Dhcp4": {
        "interfaces-config": {"interfaces": []},
        "control-socket": {"socket-type": "unix", "socket-name": _SOCKET},
        "lease-database": {"type": "memfile", "persist": True, "name": _LEASES, "lfc-interval": 0},
        "hooks-libraries": [{"library": f"{_PREFIX}/libdhcp_lease_cmds.so"}],
        "subnet4": [{"id": parse_address(name), "subnet": f"{name}/24"} for name in _SUBNETS],
    }
}
_PATIENCE = 20
_PAGE = 10


# --- the samples --------------------------------------------------------------------------------------------------


def quoted(octets: bytes) -> str:
    """A string as dhcpd writes it."""
    parts = [f"\\{chr(o)}" if o in b'"\\' else chr(o) if 32 <= o < 127 else f"\\{o:03o}" for o in octets]
    return f'"{"".join(parts)}"'


def entry(number: int, *statements: str, state: str = "active", ends: str = "0 2037/11/22 19:05:56") -> str:
    """A lease as dhcpd writes it; the number chooses the address."""
    place = f"192.0.2.{10 + number}" if number < 190 else f"198.51.100.{number - 180}"
    lines = [
        "starts 0 2026/11/22 18:00:00",
        f"ends {ends}",
        "tstp 0 2037/11/22 20:05:56",
        f"cltt 0 2026/11/22 18:05:{number % 60:02}",
        f"binding state {state}",
        "next binding state expired",
        "rewind binding state free",
        *statements,
    ]
    return f"lease {place} {{\n" + "".join(f"  {line};\n" for line in lines) + "}\n"


def mac(number: int) -> str:
    return f"hardware ethernet 02:00:00:00:{number >> 8:02x}:{number & 255:02x}"


def uid(octets: bytes) -> str:
    return f"uid {quoted(octets)}"


def _relay(**options: str) -> tuple[str, ...]:
    return tuple(f"option agent.{name.replace('_', '-')} {value}" for name, value in options.items())


@lru_cache(maxsize=1)
def samples() -> Mapping[str, bytes]:
    """Each by name."""
    every = bytes(range(256))
    entries: dict[str, Iterable[str]] = {
        "plain": (entry(n, mac(n), uid(b"\1\2" + n.to_bytes(2, "big"))) for n in (*range(14), 189, *range(190, 198))),
        "no client identifier": (entry(n, mac(n)) for n in range(3)),
        "no hardware": (entry(n, uid(b"\xff" + bytes([n] * 6))) for n in range(3)),
        "every octet": (entry(n, mac(n), uid(every[4 * n : 4 * n + 4])) for n in range(64)),
        "long identifiers": (
            entry(n, mac(n), uid(bytes([n + 1]) * size)) for n, size in enumerate((1, 2, 3, 19, 61, 128, 129, 255, 256))
        ),
        "hardware": (
            entry(n, f"hardware ethernet {bytes([2] * size).hex(':')}") for n, size in enumerate((1, 5, 6, 7, 8, 16))
        ),
        "other networks": (
            entry(0, "hardware token-ring 02:00:00:00:00:01"),
            entry(1, f"hardware infiniband {bytes([2] * 16).hex(':')}", uid(b"\xff123456789")),
        ),
        "names": (
            entry(n, mac(n), f"client-hostname {quoted(name.encode())}")
            for n, name in enumerate(
                ("a", "A.Example.ORG", "a,b", "a&b", "&#x2c", "a b", " ", "x" * 255, *map(chr, range(32, 127))),
            )
        ),
        "ends": (
            entry(0, mac(0), ends="never"),
            entry(1, mac(1), ends="0 2037/12/31 23:59:59"),
            entry(2, mac(2), ends="0 2038/01/19 03:14:07"),
            entry(3, mac(3), ends="0 2026/11/22 18:00:00"),
        ),
        "other states": (
            entry(n, mac(n), state=state)
            for n, state in enumerate(("free", "backup", "expired", "released", "reset", "abandoned", "active"))
        ),
        "abandoned": (entry(0, state="abandoned"), entry(1), entry(2, state="abandoned", ends="never")),
        "relays": (
            entry(0, mac(0), *_relay(circuit_id="0:4:0:1:1:2")),
            entry(1, mac(1), *_relay(circuit_id=quoted(b"eth0/1,2"), remote_id="52:54:0:c1:fb:9c")),
            entry(2, mac(2), *_relay(remote_id=r'"\"\&;\\\'\$\`\|"', link_selection="192.0.2.1")),
            entry(3, mac(3), *_relay(DOCSIS_device_class="7", unknown_9="a:b:c")),
        ),
    }
    return {name: "".join(found).encode("latin-1") for name, found in entries.items()}


def subnet_of(number: int) -> int | None:
    network = number & ~255
    return network if network in map(parse_address, _SUBNETS) else None


def promised(data: bytes) -> list[Binding]:
    """What the clients of a sample were promised."""
    return list(merge(read_dhcpd(io.BytesIO(data), NOW, tempfile.TemporaryFile), (), NOW, Account()))


def placed(data: bytes, release: str) -> list[Placed]:
    return list(for_kea(promised(data), subnet_of, kea.form_of(release), NOW, Account()))


def kept(data: bytes) -> list[Binding]:
    return list(for_dhcpd(promised(data), lambda number: subnet_of(number) is not None, NOW, Account()))


def kea_file(data: bytes, release: str, way: str) -> bytes:
    form = kea.form_of(release)._replace(pool_ids=way != OLD)
    return b"".join(kea.table(placed(data, release) if way != COMMANDS else (), form))


def dhcpd_file(data: bytes) -> bytes:
    """For the secondary of one relationship and the primary of another."""
    since = datetime(2026, 11, 22, tzinfo=timezone.utc)
    states = [
        SavedState("fo", "normal", since, "normal", since),
        SavedState("se", "normal", since, "normal", since, mclt=1800),
    ]
    return b"".join(dhcpd.database(states, kept(data)))


def commands(data: bytes, release: str) -> list[dict[str, Any]]:
    return [{"command": "lease4-update", "arguments": kea.arguments(*one)} for one in placed(data, release)]


def digest(data: bytes) -> str:
    """Of everything that the daemons read."""
    read = [dhcpd_file(data)]
    for release in RELEASES:
        read += [*(kea_file(data, release, way) for way in WAYS), json.dumps(commands(data, release)).encode()]
    return hashlib.sha256(b"\0".join(read)).hexdigest()[:8]


# --- the daemons' side --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """leases: as the daemon tells them. file: what it has written itself. refused: its answers to commands."""

    leases: list[Mapping[str, Any]] = field(default_factory=list)
    file: str = ""
    refused: list[str] = field(default_factory=list)


def ask_kea(root: Path, data: bytes, way: str) -> dict[str, Answer]:
    """The answers of the release in this root, by who was asked how."""
    files = [root / name.lstrip("/") for name in (_CONFIG, _LEASES)]
    files[0].write_text(json.dumps(_CONFIGURATION))
    files[1].write_bytes(kea_file(data, root.name, way))
    try:
        with _running(root) as ask:
            refused = [
                f"{command['arguments']['ip-address']}: {answer['text']}"
                for command in (commands(data, root.name) if way == COMMANDS else ())
                if (answer := ask(command))["result"] != 0
            ]
            found = {f"{root.name} {way}": Answer(list(_pages(ask)), refused=refused)}
        if way == COMMANDS:
            found[f"{root.name} {WRITTEN}"] = Answer(file=files[1].read_text())
        return found
    finally:
        for path in (*files, *files[1].parent.glob(f"{files[1].name}.*"), *root.joinpath("run/kea").glob(f"{_NAME}*")):
            path.unlink(missing_ok=True)


@contextmanager
def _running(root: Path) -> Iterator[Any]:
    """Kea in its root, without a network; yields a function that asks it."""
    script = f"ip link set lo up; exec chroot {root} /usr/sbin/kea-dhcp4 -c {_CONFIG}"
    environment = {**os.environ, "KEA_LOCKFILE_DIR": "none"}
    path = root / _SOCKET.lstrip("/")
    with tempfile.TemporaryFile() as log:
        daemon = subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=log, stderr=log, env=environment)
        try:
            end = time.monotonic() + _PATIENCE
            while not _listens(path):
                if daemon.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    raise RuntimeError(f"{root.name} does not start: {log.read()[-2000:].decode()}")
                time.sleep(0.05)
            yield lambda command: _exchange(path, command)
        finally:
            daemon.terminate()
            daemon.wait()


def _listens(path: Path) -> bool:
    try:
        return bool(_exchange(path, {"command": "version-get"}))
    except OSError:
        return False


def _exchange(path: Path, command: Mapping[str, Any]) -> Any:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(_PATIENCE)
        stream.connect(str(path))
        stream.sendall(json.dumps(command).encode())
        stream.shutdown(socket.SHUT_WR)
        return json.loads(b"".join(iter(lambda: stream.recv(1 << 16), b"")))


def _pages(ask: Any) -> Iterator[Mapping[str, Any]]:
    place = "start"
    while True:
        answer = ask({"command": "lease4-get-page", "arguments": {"from": place, "limit": _PAGE}})
        found = answer.get("arguments", {}).get("leases", [])
        if not found:
            return
        yield from found
        place = found[-1]["ip-address"]


def ask_dhcpd(daemon: Path, data: bytes) -> Answer:
    with tempfile.TemporaryDirectory(prefix="oracle-") as name:
        copy = Path(shutil.copy(daemon, name))
        folder = Path(name, "run")
        folder.mkdir()
        written = dhcpd_oracle.start(copy, dhcpd_file(data), folder)
    return Answer(file="" if written is None else written.decode("latin-1"))


# --- our side -----------------------------------------------------------------------------------------------------


def told(answer: Answer) -> list[Placed]:
    """What Kea holds, by its answers."""
    return [kea.from_answer(lease) for lease in answer.leases]


def written(answer: Answer, daemon: str) -> list[Binding]:
    """What a daemon has written into its database."""
    file = io.BytesIO(answer.file.encode("latin-1" if daemon == DHCPD else "utf-8"))
    if daemon == DHCPD:
        found = read_dhcpd(file, NOW, tempfile.TemporaryFile)
        return [held for held in found if held.holds(NOW)]
    return list(read_kea([file], tempfile.TemporaryFile))


# --- the command --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A sample, and who gives the same answer."""

    sample: str
    digest: str
    asked: Sequence[str]
    answer: Answer


def read_record() -> list[Row]:
    found = (json.loads(line) for line in RECORD.read_text().splitlines()) if RECORD.exists() else ()
    return [Row(one["sample"], one["digest"], one["asked"], Answer(**one["answer"])) for one in found]


def ask(name: str, data: bytes, daemon: Path, roots: Path) -> Iterator[Row]:
    answers = {DHCPD: ask_dhcpd(daemon, data)}
    for release in RELEASES:
        for way in WAYS:
            answers |= ask_kea(roots / release, data, way)
    alike: dict[str, list[str]] = {}
    for asked, answer in answers.items():
        alike.setdefault(json.dumps(vars(answer), sort_keys=True), []).append(asked)
    for text, asked_all in alike.items():
        yield Row(name, digest(data), asked_all, Answer(**json.loads(text)))


def record(part: str) -> None:
    sys.path.append(str(FOLDER.parent / "system"))
    from harness import find_dhcpd

    rows = [row for row in read_record() if row.sample in samples() and not row.sample.startswith(part)]
    for name, data in samples().items():
        if name.startswith(part):
            rows += ask(name, data, find_dhcpd(), Path(os.environ["KEA"]))
            print(name, flush=True)
    rows.sort(key=lambda row: (row.sample, row.asked))
    RECORD.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))


def main(words: list[str]) -> int:
    if words[:1] == ["record"]:
        record(words[1] if len(words) > 1 else "")
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
