# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle for lease files: small databases, read by the real dhcpd and by our reader.

leases.py record    start the real dhcpd (DHCPD names it) with every sample, and write leases.tsv
leases.py list      show where ours differs from the record
leases.py show NAME show the text of samples, with both answers

dhcpd rewrites its database when it starts; the new file shows what it has read. It runs in a network namespace without
an interface, so it has nothing else to do and exits.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import lease_tables

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import leases as lease_database

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "leases.tsv"
# There is nothing to wait for.
_PATIENCE = 20
_TIMES = ("starts", "ends", "tstp", "tsfp", "atsfp", "cltt")
_ENTRY = re.compile(rb'^(?:lease ([0-9.]+)|failover peer "([a-z]+)" state) \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)
_DATE = re.compile(r"\d (\d+/\d\d/\d\d \d\d:\d\d:\d\d)")

Facts = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A reader's result for a sample: leases by address, relationships by name. None if dhcpd crashes on it."""

    digest: str
    found: Mapping[str, Facts] | None


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


@lru_cache(maxsize=1)
def samples() -> Mapping[str, bytes]:
    """Every sample by name."""
    found: dict[str, bytes] = {}
    for name, data in lease_tables.samples():
        assert name not in found, f"two samples are called {name}"
        found[name] = data
    return found


# --- dhcpd's side -------------------------------------------------------------------------------------------------


def start(dhcpd: Path, data: bytes, folder: Path) -> bytes | None:
    """The database that this dhcpd writes after reading one; None if it exits before."""
    config, database = folder / "dhcpd.conf", folder / "leases"
    config.write_text(lease_tables.CONFIGURATION)
    database.write_bytes(data)
    namespace = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    done = subprocess.run(
        [*namespace, dhcpd, "-4", "-f", "-d", "--no-pid", "-cf", config, "-lf", database],
        capture_output=True,
        timeout=_PATIENCE,
        check=False,
    )
    found = database.read_bytes()
    # Sometimes it cannot write what it has read: a time before 1970.
    written = found.startswith(b"# The format of this file is documented") and found != data
    return found if written and b"Not configured to listen on any interfaces" in done.stderr else None


def date(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    return datetime.strptime(found[1], "%Y/%m/%d %H:%M:%S").isoformat() if found else None


def recorded(database: bytes, since: datetime) -> dict[str, Facts]:
    """The contents of a database that dhcpd has just written. A time after `since` is that of writing, so not read."""
    found: dict[str, Facts] = {}
    for address, name, body in _ENTRY.findall(database):
        statements = [line.strip().rstrip(";") for line in body.decode("latin-1").splitlines()]
        facts: Facts = {}
        for statement in statements:
            words = statement.split(" ")
            if words[0] in _TIMES:
                facts[words[0]] = date(statement.partition(" ")[2])
            elif words[0] in ("binding", "next", "rewind"):
                facts[words[0]] = words[-1]
            elif words[0] == "hardware":
                facts["hardware"] = words[2]
            elif words[0] == "uid":
                facts["uid"] = words[1]
            elif words[0] == "client-hostname":
                facts["hostname"] = statement.partition(" ")[2].strip('"')
            elif words[0] in ("my", "partner"):
                when = date(statement.partition(" at ")[2])
                facts[words[0]] = [words[2], None if when and datetime.fromisoformat(when) >= since else when]
            elif words[0] == "mclt":
                facts["mclt"] = int(words[1])
        found[(address or name).decode()] = facts
    return found


def ask_all(dhcpd: Path, texts: Mapping[str, bytes]) -> dict[str, Answer]:
    """This dhcpd's results for many samples, two at a time."""
    since = datetime.fromtimestamp(int(time.time()) - 1, timezone.utc).replace(tzinfo=None)
    with tempfile.TemporaryDirectory(prefix="oracle-") as name, ThreadPoolExecutor(2) as pool:
        # A copy: an AppArmor profile would be about the installed path.
        copy = Path(shutil.copy(dhcpd, name))

        def one(item: tuple[int, bytes]) -> Answer:
            folder = Path(name, str(item[0]))
            folder.mkdir()
            database = start(copy, item[1], folder)
            shutil.rmtree(folder)
            return Answer(digest(item[1]), None if database is None else recorded(database, since))

        return dict(zip(texts, pool.map(one, enumerate(texts.values()))))


def read_record() -> dict[str, Answer]:
    rows = (line.split("\t") for line in RECORD.read_text().splitlines())
    return {name: Answer(digest, json.loads(found)) for name, digest, found in rows}


def write_record(answers: Mapping[str, Answer]) -> None:
    rows = (f"{name}\t{a.digest}\t{json.dumps(a.found, sort_keys=True)}\n" for name, a in sorted(answers.items()))
    RECORD.write_text("".join(rows))


# --- our side -----------------------------------------------------------------------------------------------------


def iso(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=None).isoformat() if moment else None


def ours(data: bytes) -> dict[str, Facts]:
    """Our reader's result, without what dhcpd would not write and so cannot be compared: addresses outside the pools,
    and free addresses that no client ever had.
    """
    leases, states = lease_database.last_entries(
        lease_database.read_database(io.BytesIO(data), time.time()), lease_database.lease
    )
    found: dict[str, Facts] = {
        "fo": {"my": ["recover", None], "partner": ["unknown-state", None]},
        "se": {"my": ["recover", None], "partner": ["unknown-state", None], "mclt": 0},
    }
    for name, state in states.items():
        if name in found:
            found[name]["my"] = [state.local_state, iso(state.since)]
            if state.partner_state:
                found[name]["partner"] = [state.partner_state, iso(state.partner_since)]
            if state.mclt is not None and name == "se":
                found[name]["mclt"] = state.mclt
    for address, lease in leases.items():
        first, last = address.rsplit(".", 1)
        if not ((first == "192.0.2" and 10 <= int(last) < 200) or (first == "198.51.100" and 10 <= int(last) < 100)):
            continue
        facts = {
            "binding": lease.binding_state,
            "next": lease.next_binding_state,
            "rewind": lease.rewind_binding_state,
            "hardware": lease.hardware,
            "uid": lease.client_id,
            "hostname": lease.client_hostname,
            **{name: (getattr(lease, name) or "").removesuffix("Z") or None for name in _TIMES},
        }
        found[address] = {name: value for name, value in facts.items() if value is not None}
    return found


def differences(
    texts: Mapping[str, bytes], record: Mapping[str, Answer], excused: Collection[str] = tuple(lease_tables.EXCEPTIONS)
) -> Iterator[str]:
    """Samples for which our result differs from dhcpd's."""
    for name, data in texts.items():
        answer = record.get(name)
        if answer is None or answer.digest != digest(data):
            continue  # another test reports that the record is old
        found = ours(data)
        if answer.found is None or name in excused:
            continue
        for key in sorted({*answer.found, *found}):
            said, expected = dict(found.get(key, {})), dict(answer.found.get(key, {}))
            _make_alike(said, expected)
            if said != expected:
                yield f"{name}: {key}: dhcpd reads {expected}, we read {said}"


def _make_alike(said: Facts, expected: Facts) -> None:
    """Remove what the rewritten database does not show as it was read."""
    if not expected and said.get("binding") == "free" and not {"hardware", "uid", "tsfp"} & said.keys():
        said.clear()
    for name in _TIMES:
        if expected.get(name, "") is None:
            del expected[name]  # `never`, which we treat like a missing time
    if "tstp" not in said and expected.get("tstp") == expected.get("ends"):
        expected.pop("tstp", None)
    hostname = str(said.get("hostname", ""))
    if not hostname.isascii() or not hostname.isprintable() or {'"', "\\"} & set(hostname):
        said.pop("hostname")  # dhcpd keeps it but does not write it
    for name in ("hardware", "hostname"):
        if name in expected and not expected[name]:
            del expected[name]


# --- the command --------------------------------------------------------------------------------------------------


def main(words: list[str]) -> int:
    command, parts = (words[0], words[1:]) if words else ("", [])
    texts = {name: data for name, data in samples().items() if all(part in name for part in parts)}
    if command == "record":
        sys.path.append(str(FOLDER.parent / "system"))
        from harness import find_dhcpd

        write_record(ask_all(find_dhcpd(), samples()))
        print(f"{len(samples()):,} samples")
    elif command == "list":
        found = list(differences(texts, read_record()))
        print(*found, f"{len(found):,} of {len(texts):,} samples", sep="\n")
    elif command == "show":
        record = read_record()
        for name, data in texts.items():
            print(
                f"--- {name}", data.decode("latin-1"), f"dhcpd: {record[name].found}", f"ours: {ours(data)}", sep="\n"
            )
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
