# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lease files: what daemons wrote, whole and cut off anywhere."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._leases import (
    Lease,
    SavedState,
    last_entries,
    parse_date,
    read_client_leases,
    read_database,
    unquote,
)

DATA = Path(__file__).parent / "data"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


def entries(text: str) -> list[object]:
    return list(read_database(text.splitlines(keepends=True)))


class TestDatabase:
    @pytest.mark.parametrize(
        "side, mclt, partner_since", [("primary", None, (2026, 11, 22, 18, 35, 17)), ("secondary", 1800, None)]
    )
    def test_a_real_database(self, side: str, mclt: int | None, partner_since: tuple[int, ...] | None) -> None:
        with (DATA / f"{side}.leases").open() as lines:
            leases, states = last_entries(read_database(lines))
        # The daemon has been restarted: addresses that nobody ever used are no longer mentioned.
        assert {address: lease.binding_state for address, lease in leases.items()} == {
            **{f"172.16.1.{number}": "backup" for number in range(220, 225)},
            "172.16.1.225": "active",
        }
        state = states["dhcp-failover"]
        assert (state.local_state, state.partner_state, state.mclt) == ("normal", "normal", mclt)
        if partner_since:
            assert state.partner_since == utc(*partner_since)

    def test_the_last_entry_counts_after_release_and_new_lease(self) -> None:
        with (DATA / "primary.leases").open() as lines:
            history = [entry for entry in read_database(lines) if isinstance(entry, Lease)]
        mine = [lease.binding_state for lease in history if lease.address == "172.16.1.225"]
        assert mine[-5:] == ["released", "free", "active", "active", "active"]
        leases, _states = last_entries(history)
        assert leases["172.16.1.225"] == Lease(
            "172.16.1.225",
            "active",
            starts=utc(2026, 11, 22, 18, 35, 56),
            ends=utc(2026, 11, 22, 19, 5, 56),
            tstp=utc(2026, 11, 23, 6, 50, 56),
            tsfp=utc(2026, 11, 23, 6, 50, 56),
            atsfp=utc(2026, 11, 23, 6, 50, 56),
            cltt=utc(2026, 11, 22, 18, 35, 56),
            hardware="52:a7:25:57:38:6b",
            client_hostname="hc-c",
        )

    @pytest.mark.parametrize("side", ["primary", "secondary"])
    def test_cut_off_anywhere_it_yields_the_entries_before(self, side: str) -> None:
        text = (DATA / f"{side}.leases").read_text()
        whole = entries(text)
        counts = []
        for size in range(len(text)):
            found = entries(text[:size])
            assert found == whole[: len(found)]
            counts.append(len(found))
        assert counts == sorted(counts)
        assert counts[-1] >= len(whole) - 1

    def test_an_entry_cut_off_in_the_middle_of_the_file_is_dropped(self) -> None:
        text = "lease 10.0.0.1 {\n  binding state active;\nlease 10.0.0.2 {\n  binding state free;\n}\n"
        assert entries(text) == [Lease("10.0.0.2", "free")]

    def test_nested_blocks_and_odd_texts_do_not_confuse_it(self) -> None:
        text = r"""lease 10.0.0.1 {
  starts epoch 1795371596; # Sun Nov 22 18:19:56 2026
  ends never;
  binding state active;
  hardware ethernet 52:54:00:c1:fb:9c;
  uid "\001RT}\000{";
  set vendor = "} lease 10.9.9.9 {";
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
                starts=utc(2026, 11, 22, 18, 19, 56),
                hardware="52:54:00:c1:fb:9c",
                client_hostname='a "b"; # c',
            ),
            SavedState('a "b" {', "partner-down", utc(2026, 11, 22, 18, 19, 56)),
        ]

    def test_memory_depends_on_addresses_and_not_on_the_length_of_the_log(self) -> None:
        def log(rounds: int) -> Iterator[str]:
            for number in range(rounds):
                yield f"lease 10.0.{number % 4}.{number % 250} {{\n"
                yield "  binding state active;\n"
                yield f'  client-hostname "{"x" * 200}";\n'
                yield "}\n"

        def peak(rounds: int) -> int:
            tracemalloc.start()
            leases, _states = last_entries(read_database(log(rounds)))
            assert len(leases) == 500
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return size

        assert peak(20000) < 1.5 * peak(1000)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0 2026/11/22 18:19:56", utc(2026, 11, 22, 18, 19, 56)),
        ("epoch 1795371596", utc(2026, 11, 22, 18, 19, 56)),
        ("never", None),
        ("nonsense", None),
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

    def test_a_lease_without_address_is_none(self) -> None:
        assert list(read_client_leases(["lease {\n", '  interface "ens9";\n', "}\n"])) == []
