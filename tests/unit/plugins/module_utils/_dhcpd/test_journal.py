# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that dhcpd 4.4.3 really wrote, and the faults that they mean."""

from __future__ import annotations

import re

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import (
    KINDS,
    SEARCH,
    last_run,
    read_faults,
    read_moves,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import seconds_of

NORMAL = "failover peer x: I move from recover-done to normal"
LOST = "peer x: disconnected"
INTERRUPTED = "failover peer x: I move from normal to communications-interrupted"
UNKNOWN_ADDRESS = "bind update on 10.0.0.9 from x rejected: unknown IP address"
SKEW = "Failover CONNECT to x rejected: Connection rejected, time mismatch too great."

CONFLICT = "failover peer x: I move from communications-interrupted to potential-conflict"
CONFLICT_DONE = "failover peer x: I move from potential-conflict to normal"
STARTED = "failover peer x: I move from normal to startup"
OTHER, OTHER_NORMAL = STARTED.replace("x", "y"), NORMAL.replace("x", "y")
RENAMED = "Failover CONNECT from old: unknown failover relationship name"
UNWRITTEN = "write_lease: unable to write lease 10.0.0.9"
HOLDS = "DHCPDISCOVER from 02:00:00:00:00:01 via ens9: peer holds all free leases"


def journal(*messages: str) -> list[str]:
    return [f"{1795371600 + 5 * at}.25 server1 dhcpd[17]: {message}" for at, message in enumerate(messages)]


FAULTS = [
    (UNKNOWN_ADDRESS, "unknown-ip-address", "x"),
    (
        "bind update on 10.0.0.9 from x rejected: IP address is covered by a different failover relationship state",
        "different-relationship",
        "x",
    ),
    (SKEW, "time-mismatch", "x"),
    ("Failover CONNECT from x: time offset too large", "time-mismatch", "x"),
    ("Failover CONNECT to x rejected: Connection rejected, invalid failover partner.", "invalid-partner", "x"),
    ("Failover DISCONNECT from x: Connection rejected, invalid failover partner.", "invalid-partner", "x"),
    ("Failover CONNECT from a b: unknown failover relationship name", "unknown-relationship", "a b"),
    (
        "Failover CONNECTACK from y: remote failover relationship name x does not match",
        "unknown-relationship",
        "y",
    ),
    ("failover: listener: no matching state", "no-matching-state", None),
    ("failover: connect: no matching state.", "no-matching-state", None),
    ("Failover CONNECTACK from x: already connected", "already-connected", "x"),
    ("failover: link startup timeout", "startup-timeout", None),
    ("Failover CONNECT to x rejected: Connection rejected, invalid MCLT.", "invalid-mclt", "x"),
    ("failover peer x: address not available", "address-not-available", "x"),
    ("failover: disconnect: no matching state.", "no-matching-state", None),
    ("peer.example.org: host unknown.", "host-name-unresolved", None),
    ("no.such.host.invalid: temporary name server failure", "host-name-unresolved", None),
    ("peer.example.org: no A record associated with address", "host-name-unresolved", None),
    ("failover peer x: connection refused", "connection-refused", "x"),
    ("failover peer x: host unreachable", "partner-unreachable", "x"),
    ("failover peer x: network unreachable", "partner-unreachable", "x"),
    ("failover peer x: I move from communications-interrupted to potential-conflict", "potential-conflict", "x"),
    ("failover peer x: peer moves from normal to potential-conflict", "potential-conflict", "x"),
    ("DHCPDISCOVER from 02:00:00:00:00:01 via ens9: peer holds all free leases", "serves-no-client", None),
    ("DHCPDISCOVER from 02:00:00:00:00:01 via ens9: not responding (recovering)", "serves-no-client", None),
    (
        "ERROR: Failover peer, x y, has no referring pools. You must refer to each peer in at least one pool.",
        "no-referring-pools",
        "x y",
    ),
    ("failover peer declaration with no referring pools.", "no-referring-pools", None),
    ("/etc/dhcp/dhcpd.conf line 35: invalid statement in peer declaration", "configuration-error", None),
    ("/var/lib/dhcp/dhcpd.leases line 35: possibly corrupt lease file", "damaged-lease-database", None),
    ("Configuration file errors encountered -- exiting", "fatal", None),
    ("write_lease: unable to write lease 10.0.0.9", "lease-database", None),
    ("commit_leases: unable to commit, fsync(): No space left on device", "lease-database", None),
    ("Can't create new lease file: Permission denied", "lease-database", None),
    ("Corrupt lease file - possible data loss!", "damaged-lease-database", None),
    ("Impossible case at failover.c:1716.", "fatal", None),
    ("failover peer x: no local address.", "fatal", "x"),
]


@pytest.mark.parametrize("message, kind, relationship", FAULTS)
def test_relevant_lines_are_found(message: str, kind: str, relationship: str | None) -> None:
    (fault,) = read_faults(journal(message))
    assert (fault.kind, fault.relationship, fault.message) == (kind, relationship, message)
    assert (fault.first, fault.time, fault.count) == ("2026-11-22T18:20:00Z", "2026-11-22T18:20:00Z", 1)
    assert re.search(SEARCH, message), "the journal would not find it"


def test_every_kind_has_a_line_and_a_remedy() -> None:
    assert {kind for _message, kind, _relationship in FAULTS} == {kind.name for kind in KINDS}
    assert all(kind.hint.endswith(".") for kind in KINDS)


@pytest.mark.parametrize(
    "message",
    [
        "bind update on 10.0.0.9 from x rejected: incoming update is less critical than outgoing update",
        "Both servers have entered recover-done!",
        "failover peer x: Both servers have entered recover-done!",
        "balanced pool 563964465130 10.0.0.0/24  total 11  free 6  backup 5  lts 0  max-misbal 2",
        "DHCPDISCOVER from 52:54:00:c1:fb:9c via ens9: not responding (startup)",
        "timeout waiting for failover peer x",
        "uid lease 10.0.0.9 for client 52:54:00:c1:fb:9c is duplicate on 10.0.0.0/24",
        "Received update request while old update still flying!  Silently discarding old request.",
        "failover peer x: unexpected error",  # the line before tells the kind
        "/var/lib/dhcp/dhcpd.leases line 5: semicolon expected.",
        "  auto-partner-down",
        NORMAL,
        LOST,
    ],
)
def test_harmless_lines_are_no_faults(message: str) -> None:
    assert read_faults(journal(message)) == []


def test_a_fault_each_five_seconds_for_a_week_is_one() -> None:
    (fault,) = read_faults(journal(*[SKEW] * 120960))
    assert (fault.count, seconds_of(fault.time) - seconds_of(fault.first)) == (120960, 5 * 120959)


@pytest.mark.parametrize(
    "messages, kinds",
    [
        # The faults that kept them apart end when they are connected.
        ([SKEW, "failover: listener: no matching state", NORMAL], []),
        ([SKEW, "failover peer y: I move from recover-done to normal"], ["time-mismatch"]),
        ([SKEW, "failover peer x: I move from startup to recover"], ["time-mismatch"]),
        # Both connect at once, and the second connection is refused.
        ([NORMAL, "Failover CONNECTACK from x: already connected"], []),
        ([NORMAL, LOST, INTERRUPTED, SKEW], ["time-mismatch"]),
        # A fault of another relationship does not concern x.
        ([NORMAL, "failover: listener: no matching state"], ["no-matching-state"]),
        # Refused updates stay until the next connection, when they are sent again.
        ([UNKNOWN_ADDRESS, NORMAL], ["unknown-ip-address"]),
        ([NORMAL, UNKNOWN_ADDRESS, LOST, INTERRUPTED], []),
        ([NORMAL, UNKNOWN_ADDRESS, INTERRUPTED.replace("x", "y"), LOST.replace("x", "y")], ["unknown-ip-address"]),
        ([NORMAL, UNKNOWN_ADDRESS, LOST, NORMAL, UNKNOWN_ADDRESS], ["unknown-ip-address"]),
        # Once they have met, the partner is only away.
        (["failover peer x: connection refused", NORMAL], []),
        ([NORMAL, LOST, INTERRUPTED, "failover peer x: connection refused"], []),
        ([NORMAL, LOST, INTERRUPTED, "failover peer y: connection refused"], ["connection-refused"]),
        ([INTERRUPTED.replace("interrupted", "down"), CONFLICT], ["potential-conflict"]),
        ([CONFLICT, CONFLICT_DONE], []),
        # Without free addresses, even a healthy pair serves no client.
        ([NORMAL, HOLDS], []),
        ([NORMAL, LOST, INTERRUPTED, HOLDS], ["serves-no-client"]),
        ([HOLDS, "failover peer x: I move from startup to recover", HOLDS, NORMAL], []),
        # The partner had the old name of the relationship; that name becomes normal nowhere.
        ([STARTED, RENAMED, RENAMED, NORMAL], []),
        ([RENAMED, STARTED, RENAMED, NORMAL], []),
        ([STARTED, RENAMED, NORMAL, RENAMED], ["unknown-relationship"]),
        # With two relationships, a fault without a name belongs to the one that is not normal.
        ([OTHER, STARTED, OTHER_NORMAL, RENAMED, NORMAL], []),
        ([STARTED, OTHER, RENAMED, NORMAL], []),
        ([STARTED, OTHER, RENAMED, NORMAL, RENAMED], ["unknown-relationship"]),
        ([STARTED, OTHER, NORMAL, RENAMED, OTHER_NORMAL], []),
        ([OTHER, STARTED, NORMAL, "failover: link startup timeout"], ["startup-timeout"]),
        ([OTHER, STARTED, NORMAL, "failover: link startup timeout", NORMAL], ["startup-timeout"]),
        # The database is whole again when it could be written.
        ([UNWRITTEN, LOST, NORMAL], ["lease-database"]),
        ([UNWRITTEN, "Wrote 11 leases to leases file."], []),
        (["Wrote 11 leases to leases file.", UNWRITTEN], ["lease-database"]),
        # Only a restart ends these.
        (
            ["Corrupt lease file - possible data loss!", "Wrote 0 leases to leases file.", NORMAL],
            ["damaged-lease-database"],
        ),
        (["Impossible case at failover.c:1716.", NORMAL], ["fatal"]),
    ],
)
def test_an_ended_fault_is_not_reported(messages: list[str], kinds: list[str]) -> None:
    assert [fault.kind for fault in read_faults(journal(*messages))] == kinds


def test_faults_of_several_relationships_are_apart_and_oldest_first() -> None:
    found = read_faults(journal(SKEW.replace("to x", "to y"), SKEW, UNKNOWN_ADDRESS, SKEW))
    assert [(fault.kind, fault.relationship, fault.count) for fault in found] == [
        ("time-mismatch", "y", 1),
        ("time-mismatch", "x", 2),
        ("unknown-ip-address", "x", 1),
    ]


def test_the_fault_names_the_relationship_that_is_not_normal() -> None:
    other = "failover peer y: I move from startup to recover"
    assert [fault.relationship for fault in read_faults(journal(NORMAL, other, HOLDS))] == ["y"]
    third = "failover peer z: I move from startup to recover"
    assert [fault.relationship for fault in read_faults(journal(NORMAL, other, third, HOLDS))] == [None]


@pytest.mark.parametrize(
    "prefix, time",
    [
        ("1795371600.250000 server1 dhcpd[17]: ", 1795371600.25),
        ("1795371600 server1 dhcpd[17]: ", 1795371600),
        ("1795371600.5 server1 dhcpd: ", 1795371600.5),
        ("2026-11-22T18:20:00+0000 server1 dhcpd[17]: ", 1795371600),
        ("2026-11-22T19:20:00.123456+01:00 server1 dhcpd[17]: ", 1795371600),
        ("2026-11-22 18:20:00Z server1 dhcpd: ", 1795371600),
        ("2026-11-22 18:20:00,5 server1 dhcpd: ", 1795371600),
        ("Nov 22 18:20:00 server1 dhcpd[17]: ", 1795371600),
        ("Feb 29 18:20:00 server1 dhcpd[17]: ", 0),
        ("2026-99-99 18:20:00 server1 dhcpd: ", 0),
    ],
)
def test_lines_of_a_journal_and_of_a_log_file(prefix: str, time: float) -> None:
    lines = last_run([prefix + NORMAL.replace("x", "y"), prefix + SKEW])
    assert [(fault.kind, seconds_of(fault.time)) for fault in read_faults(lines, year=2026)] == [
        ("time-mismatch", int(time))
    ]


def test_lines_from_other_programs_are_skipped() -> None:
    assert read_faults(["", "-- No entries --", f"1.0 host other[1]: {SKEW}", SKEW]) == []


def test_the_last_run_is_that_of_the_last_line() -> None:
    lines = ["1.0 h dhcpd[7]: a", "2.0 h dhcpd[8]: b", "no line", "3.0 h dhcpd[8]: c"]
    assert last_run(lines) == ["2.0 h dhcpd[8]: b", "3.0 h dhcpd[8]: c"]
    assert last_run([]) == []


MOVES = """\
1000.500000 dhcp-server1 dhcpd[783]: failover peer dhcp-failover: I move from recover-done to normal
1020.000000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: I move from normal to startup
1020.000000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: peer moves from normal to communications-interrupted
1020.000000 dhcp-server1 dhcpd[800]: failover peer another: I move from startup to partner-down
1020.125000 dhcp-server1 dhcpd[800]: failover peer dhcp-failover: I move from startup to normal
"""


def test_states_are_the_servers_own_moves() -> None:
    assert list(read_moves(MOVES.splitlines(keepends=True), "dhcp-failover")) == [
        (1000.5, "normal"),
        (1020.0, "startup"),
        (1020.125, "normal"),
    ]
