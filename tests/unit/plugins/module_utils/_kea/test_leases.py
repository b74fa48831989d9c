# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kea's lease files. `leases.json` is what Kea 2.6.3 and 3.0.4 made of the same files (lease4-get-all)."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.leases import (
    FINISHED,
    MOVED,
    PREVIOUS,
    Entry,
    HeaderError,
    last_entries,
    lease,
    read_database,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Lease

DATA = Path(__file__).parents[1] / "data/kea"
HEADER = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
)
ROW = "172.16.1.1,02:00:00:00:00:01,,600,2000000000,1,0,0,,0,,0\n"


def entries(*texts: str, growing: bool = False) -> dict[str, Entry]:
    streams = [BytesIO(text.encode()) for text in texts]
    return last_entries(read_database(streams, growing), lambda entry: entry)


def as_kea_tells(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "cltt": entry.granted,
        "hostname": entry.hostname,
        "hw-address": entry.hardware or "",
        "state": ["active", "abandoned", "expired", "released"].index(entry.state),
        "subnet-id": int(entry.value("subnet")),
        "valid-lft": int(entry.value("lifetime")),
    }
    return {**found, "client-id": entry.client_id} if entry.client_id else found


@pytest.mark.parametrize(("case", "ends"), [("parts", (PREVIOUS, MOVED, "")), ("completed", (FINISHED, ""))])
def test_the_rows_that_kea_reads(case: str, ends: Sequence[str]) -> None:
    recorded = json.loads((DATA / "leases.json").read_text())[case]
    wanted = {address: {**lease, "user-context": None} for address, lease in recorded.items()}
    # Kea hands octets on as they are.
    wanted["172.16.1.32"]["hostname"] = "caf\u00e9"
    texts = [(DATA / f"leases.csv{end}").read_text() for end in ends]
    # This row was recorded with another end of its line.
    texts[-1] = texts[-1].replace(",with space,0,,0\n", ",with space,0,,0\r\n")
    found = entries(*texts)
    assert {name: {**as_kea_tells(entry), "user-context": None} for name, entry in found.items()} == wanted


def test_a_lease() -> None:
    found = entries((DATA / "leases.csv").read_text())
    assert lease(found["172.16.1.7"], "x") == Lease(
        "172.16.1.7",
        "active",
        "expired",
        starts="2033-05-18T03:23:20Z",
        ends="2033-05-18T03:33:20Z",
        cltt="2033-05-18T03:23:20Z",
        hardware="02:00:00:00:00:07",
        client_id="01:02:00:00:00:00:07",
        client_hostname="with.client-id",
        relationship="x",
    )
    assert lease(found["172.16.1.12"]).ends is None
    declined = lease(found["172.16.1.9"])
    assert (declined.binding_state, declined.next_binding_state) == ("abandoned", "free")
    assert (declined.hardware, declined.client_id, declined.client_hostname) == (None, None, None)


def test_a_removed_lease_needs_no_state() -> None:
    assert entries(HEADER, HEADER + ROW) != {}
    assert entries(HEADER + ROW, HEADER + ROW.replace(",600,", ",0,")) == {}


def test_a_row_that_is_just_being_written() -> None:
    text = HEADER + ROW + "172.16.1.2,02:00:00:00:00:02,,600,2000000000,1,0,0,,0,,0"
    assert list(entries(text, growing=True)) == ["172.16.1.1"]
    assert list(entries(text)) == ["172.16.1.1", "172.16.1.2"]


def test_a_file_of_another_release() -> None:
    older = "\n".join(line.rpartition(",")[0] for line in (HEADER + ROW).splitlines()) + "\n"
    assert "pool_id" not in older
    assert entries(older) != {}
    assert entries(older + ROW.replace(".1.1,", ".1.2,")).keys() == {"172.16.1.1", "172.16.1.2"}
    newer = HEADER.replace("pool_id", "pool_id,more") + ROW.replace(",0\n", ",0,x\n")
    assert entries(newer) != {}


@pytest.mark.parametrize("text", ["x\n", "address,hwaddr\n", HEADER.replace("hwaddr", "mac"), ROW])
def test_a_file_that_kea_would_not_read(text: str) -> None:
    with pytest.raises(HeaderError, match="first line"):
        entries(text)


def test_an_empty_file_has_no_leases() -> None:
    assert entries("") == {}


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    class Endless(BytesIO):
        left = 100

        def readline(self, size: int | None = -1) -> bytes:
            if self.left == 100:
                self.left -= 1
                return HEADER.encode()
            self.left -= 1
            return b"0" * (size or 0) if self.left > 1 else (b"0\n" if self.left else b"")

    tracemalloc.start()
    assert last_entries(read_database([Endless()]), lambda entry: entry) == {}
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_what_is_not_wanted_is_forgotten() -> None:
    text = HEADER + ROW + ROW.replace(",0,,0\n", ",2,,0\n")
    active = last_entries(read_database([BytesIO(text.encode())]), lambda one: one if one.state == "active" else None)
    assert active == {}
