# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lease files that daemons wrote, complete or cut off anywhere."""

from __future__ import annotations

import io
import tracemalloc
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    Entry,
    SavedState,
    client_id,
    last_entries,
    lease,
    parse_date,
    read_client_leases,
    read_database,
    saved_state,
    unquote,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Lease
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import format_time

DATA = Path(__file__).parent.parent / "data"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]  # no part is a zone


def text_of(*parts: int) -> str | None:
    return format_time(utc(*parts))


def raw(text: str, growing: bool = False) -> list[Entry]:
    return list(read_database(io.BytesIO(text.encode()), growing=growing))


def entries(text: str, growing: bool = False) -> list[object]:
    return [lease(entry) if entry.address else saved_state(entry) for entry in raw(text, growing)]


class TestDatabase:
    @pytest.mark.parametrize(
        "side, mclt, partner_since", [("primary", None, (2026, 11, 22, 18, 35, 17)), ("secondary", 1800, None)]
    )
    def test_a_real_database(self, side: str, mclt: int | None, partner_since: tuple[int, ...] | None) -> None:
        with (DATA / f"{side}.leases").open("rb") as stream:
            leases, states = last_entries(read_database(stream), lambda entry: entry.binding_state)
        # The daemon has been restarted: addresses that no client ever used are no longer listed.
        assert leases == {
            **{f"172.16.1.{number}": "backup" for number in range(220, 225)},
            "172.16.1.225": "active",
        }
        state = states["dhcp-failover"]
        assert (state.local_state, state.partner_state, state.mclt) == ("normal", "normal", mclt)
        if partner_since:
            assert state.partner_since == utc(*partner_since)

    def test_the_last_entry_counts_after_release_and_new_lease(self) -> None:
        history = raw((DATA / "primary.leases").read_text())
        mine = [entry.binding_state for entry in history if entry.address == "172.16.1.225"]
        assert mine[-5:] == ["released", "free", "active", "active", "active"]
        leases, _states = last_entries(history, lease)
        assert leases["172.16.1.225"] == Lease(
            "172.16.1.225",
            "active",
            "expired",
            starts=text_of(2026, 11, 22, 18, 35, 56),
            ends=text_of(2026, 11, 22, 19, 5, 56),
            tstp=text_of(2026, 11, 23, 6, 50, 56),
            tsfp=text_of(2026, 11, 23, 6, 50, 56),
            atsfp=text_of(2026, 11, 23, 6, 50, 56),
            cltt=text_of(2026, 11, 22, 18, 35, 56),
            hardware="52:a7:25:57:38:6b",
            client_hostname="hc-c",
        )

    def test_an_earlier_entry_does_not_fill_gaps_of_a_later_one(self) -> None:
        history = raw((DATA / "primary.leases").read_text())
        released, _states = last_entries(history, lambda entry: entry if entry.binding_state == "released" else None)
        assert not released

    @pytest.mark.parametrize("side", ["primary", "secondary"])
    def test_cut_off_anywhere_it_yields_the_entries_before(self, side: str) -> None:
        text = (DATA / f"{side}.leases").read_text()[:1500]
        whole = entries(text)
        counts = []
        for size in range(len(text)):
            found = entries(text[:size], growing=True)
            assert found == whole[: len(found)]
            counts.append(len(found))
            # The daemon is gone: only part of the last entry is known.
            last = entries(text[:size])
            assert last[: len(found)] == found
            assert len(last) <= len(found) + 1
        assert counts == sorted(counts)
        assert counts[-1] >= len(whole) - 1

    def test_an_incomplete_last_entry_counts_unless_it_is_being_written(self) -> None:
        text = "lease 10.0.0.1 {\n  starts epoch 1;\n  binding state active;\n  hardware ether"
        assert entries(text) == [Lease("10.0.0.1", "active", starts=text_of(1970, 1, 1, 0, 0, 1))]
        assert entries(text, growing=True) == []
        text = 'failover peer "x" state {\n  my state normal at never;\n  partner state'
        assert entries(text) == [SavedState("x", "normal")]
        assert entries(text, growing=True) == []
        # A byte of 255 also ends the entry, but not the file.
        damaged = text.encode() + b" \xff 1; }\n" + b"lease 10.0.0.1 {\n  binding state active;\n}\n"
        assert len(list(read_database(io.BytesIO(damaged), growing=True))) == len(
            list(read_database(io.BytesIO(damaged)))
        )

    def test_an_entry_without_end_takes_the_next_one_along(self) -> None:
        """dhcpd gives up the first entry, and takes the following braces as its own."""
        text = "lease 10.0.0.1 {\n  binding state active;\nlease 10.0.0.2 {\n  binding state free;\n}\n"
        assert entries(text + "lease 10.0.0.3 {\n  binding state free;\n}\n") == [Lease("10.0.0.3", "free")]
        assert entries("lease 10.0.0.1 {\n  starts epoch 1;\nhost h {\n  binding state active;\n}\n") == []

    def test_the_remains_of_a_full_disk_are_skipped_in_bounded_memory(self) -> None:
        good = b"lease 10.0.0.1 {\n  binding state active;\n}\n"
        stream = io.BytesIO(good + b"\0" * (16 << 20) + b"\n}\n" + good + good)
        tracemalloc.start()
        found = list(read_database(stream))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # After this many zeros, dhcpd skips the brace, and so an entry.
        assert [entry.binding_state for entry in found] == ["active", "active"]
        assert peak < 8 << 20

    @pytest.mark.parametrize("size", [1, 7, 4096])
    def test_the_size_of_the_blocks_makes_no_difference(self, size: int) -> None:
        class Drip(io.BytesIO):
            def read(self, _size: int | None = -1) -> bytes:
                return super().read(size)

        data = (DATA / "secondary.leases").read_bytes()
        odd = data.replace(b"\n  ", b"\n\t")
        assert list(read_database(Drip(data))) == raw(data.decode())
        assert list(read_database(Drip(odd))) == raw(odd.decode())

    def test_a_block_may_end_anywhere(self) -> None:
        """The reader keeps this much ahead so that an entry is complete; the rest may have exactly this size."""

        class Blocks(io.BytesIO):
            def read(self, _size: int | None = -1) -> bytes:
                return super().read(70000)

        entry = "lease 10.0.0.1 {\n  binding state active;\n}\n"
        for space in range(2 * len(entry)):
            text = " " * space + entry * 4000
            assert sum(1 for _entry in read_database(Blocks(text.encode()))) == 4000

    def test_nested_blocks_and_odd_texts_do_not_confuse_it(self) -> None:
        text = r"""lease 10.0.0.1 {
  starts epoch 1795371596; # Sun Nov 22 18:19:56 2026
  ends never;
  binding state active;
  next binding state expired;
  rewind binding state free;
  hardware ethernet 52:54:00:c1:fb:9c;
  uid "\001RT}\000{\"\377";
  set vendor-name = "} lease 10.9.9.9 {";
  client-hostname "a \"b\"; # c";
  on expiry {
    binding state free;
    execute ("x");
  }
}
host h {
  dynamic;
  hardware ethernet 52:54:00:00:00:01;
}
failover peer "a \"b\" {" state {
  my state partner-down at 0 2026/11/22 18:19:56;
}
"""
        assert entries(text) == [
            Lease(
                "10.0.0.1",
                "active",
                "expired",
                "free",
                starts=text_of(2026, 11, 22, 18, 19, 56),
                hardware="52:54:00:c1:fb:9c",
                client_id="01:52:54:7d:00:7b:22:ff",
                client_hostname='a "b"; # c',
            ),
            SavedState('a "b" {', "partner-down", utc(2026, 11, 22, 18, 19, 56)),
        ]

    def test_a_partial_update_keeps_the_other_fields(self) -> None:
        text = (
            'failover peer "x" state {\n  my state normal at epoch 1;\n  partner state normal at epoch 2;\n}\n'
            "failover peer x state { my state partner-down; }\n"
            'failover peer "x" state { mclt 60; nonsense; my state normal; }\n'
            'failover peer "y" state { my state nonsense; }\n'
        )
        _leases, states = last_entries(raw(text), lambda entry: entry)
        assert states == {
            "x": SavedState("x", "partner-down", None, "normal", utc(1970, 1, 1, 0, 0, 2), 60),
            "y": SavedState("y", "recover"),  # as every server begins
        }

    @pytest.mark.parametrize(
        "text, expected", [("01:52:ab", "01:52:ab"), ("1:52:AB", "01:52:ab"), ('"a\\\\b"', "61:5c:62")]
    )
    def test_client_ids(self, text: str, expected: str) -> None:
        assert client_id(text) == expected

    def test_a_name_in_another_alphabet(self) -> None:
        text = 'lease 10.0.0.1 {\n  client-hostname "m\\303\\274ller";\n}\n'
        assert entries(text) == [Lease("10.0.0.1", "free", client_hostname="müller")]

    def test_memory_depends_on_addresses_and_not_on_the_length_of_the_log(self) -> None:
        class Log(io.RawIOBase):
            """An endless disk: this many entries for 500 addresses."""

            def __init__(self, entries: int) -> None:
                self.left = entries

            def read(self, _size: int = -1) -> bytes:
                part = range(self.left, max(0, self.left - 1000), -1)
                self.left -= len(part)
                lines = '  binding state active;\n  client-hostname "' + "x" * 200 + '";\n'
                return "".join(f"lease 10.0.{number % 4}.{number % 250} {{\n{lines}}}\n" for number in part).encode()

        def peak(entries: int) -> int:
            tracemalloc.start()
            database = read_database(Log(entries))  # type: ignore[arg-type]  # it only reads
            leases, _states = last_entries(database, lambda entry: entry)
            assert len(leases) == 500
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return size

        assert peak(20000) < 1.5 * peak(2000)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0 2026/11/22 18:19:56", utc(2026, 11, 22, 18, 19, 56)),
        ("epoch 1795371596", utc(2026, 11, 22, 18, 19, 56)),
        ("never", None),
        ("nonsense", None),
        ("0 2026/11/22 18:19:56 3600", utc(2026, 11, 22, 19, 19, 56)),
        ("0 2026/02/29 18:19:56", utc(2026, 3, 1, 18, 19, 56)),
        ("0 2024/02/29 18:19:56", utc(2024, 2, 29, 18, 19, 56)),
        ("0 2024/03/01 18:19:56", utc(2024, 3, 1, 18, 19, 56)),
        ("0 2038/01/01 00:00:00", None),  # dhcpd reads it as `never`
        ("0 1969/12/31 23:59:59", None),
        ("0 2026/99/22 18:19:56", None),
        ("epoch 99999999999999999999", None),
        ("epoch x", None),
    ],
)
def test_dates(text: str, expected: datetime | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text, expected", [('"ens9"', "ens9"), ("ens9", "ens9"), (r'"a\"b"', 'a"b'), (r'"\001R"', "\x01R"), ('"', '"')]
)
def test_strings(text: str, expected: str) -> None:
    assert unquote(text) == expected


class TestClientLeases:
    def test_a_real_file(self) -> None:
        with (DATA / "dhclient.leases").open() as lines:
            found = list(read_client_leases(lines))
        assert len(found) == 2
        last = found[-1]
        assert (last.interface, last.address, last.expires) == ("ens9", "172.16.1.225", utc(2026, 11, 22, 19, 5, 56))
        assert last.options["dhcp-lease-time"] == "1800"
        assert last.options["dhcp-server-identifier"] == "172.16.1.100"

    def test_cut_off_anywhere_it_yields_the_leases_before(self) -> None:
        text = (DATA / "dhclient.leases").read_text()
        whole = list(read_client_leases(text.splitlines(keepends=True)))
        for size in range(len(text)):
            found = list(read_client_leases(text[:size].splitlines(keepends=True)))
            assert found == whole[: len(found)]

    def test_a_lease_needs_an_address(self) -> None:
        assert list(read_client_leases(["lease {\n", '  interface "ens9";\n', "}\n"])) == []
