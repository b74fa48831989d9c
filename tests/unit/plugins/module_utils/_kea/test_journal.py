# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kea's log: which complaints are faults, and what ends them. The messages are those of Kea 2.2, 2.6 and 3.0."""

from __future__ import annotations

import re

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.journal import (
    KINDS,
    SEARCH,
    TELLING,
    Moved,
    last_run,
    read_log,
)

NAMES = {"x-primary": "x", "x-secondary": "x"}
TWO = {**NAMES, "y-primary": "y", "y-secondary": "y"}
NOW = 1795371700.0
NORMAL = "HA_STATE_TRANSITION x-primary: server transitions from READY to HOT-STANDBY state, partner state is READY"
DOWN = NORMAL.replace("READY to HOT-STANDBY", "HOT-STANDBY to PARTNER-DOWN")
HEARTBEAT = (
    "HA_HEARTBEAT_COMMUNICATIONS_FAILED x-primary: failed to send heartbeat to x-secondary (http://192.0.2.2:8000/): "
    "Connection refused"
)
SKEW = (
    "HA_HIGH_CLOCK_SKEW x-primary: partner's clock is 35s ahead, please synchronize clocks!",
    "HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION x-primary: partner's clock is 67s ahead, causing HA service to terminate",
)
SYNC = "HA_SYNC_FAILED x-primary: lease database synchronization with x-secondary failed: unsupported command"
SYNCED = (
    "HA_SYNC_SUCCESSFUL x-primary: lease database synchronization with x-secondary completed successfully in 1.029 ms"
)
TERMINATED = (
    "HA_TERMINATED HA x-primary: service terminated due to an unrecoverable condition. Check previous error "
    "message(s), address the problem and restart!"
)
THREADS = (
    "HA_CONFIG_DHCP_MT_DISABLED x-primary: HA multi-threading has been disabled, it cannot be enabled when Kea global "
    "multi-threading is disabled"
)
SOCKET = "DHCP4_OPEN_SOCKET_FAIL failed to open socket: the interface eth0 has no usable IPv4 addresses configured"


def lines(*messages: str, start: float = NOW - 100, pid: int = 17) -> list[str]:
    """Lines as journalctl prints them, one a second, with Kea's own time and source."""
    return [
        f"{start + number:.6f} h kea-dhcp4[{pid}]: 2026-11-25 21:26:36.590 INFO  [kea-dhcp4.ha-hooks/17.1400] {message}"
        for number, message in enumerate(messages)
    ]


def kinds(*messages: str, connected: tuple[str, ...] = ()) -> list[tuple[str, str | None]]:
    found = read_log(lines(*messages), NAMES, NOW, connected).faults
    return [(fault.kind, fault.relationship) for fault in found]


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        ((HEARTBEAT,), "partner-unreachable"),
        ((SKEW[0],), "clock-skew"),
        ((SKEW[1],), "time-mismatch"),
        ((SYNC,), "synchronization-failed"),
        ((TERMINATED,), "terminated"),
        ((TERMINATED, NORMAL), None),
        ((THREADS,), "no-listener"),
        ((NORMAL, SYNC, HEARTBEAT, NORMAL), None),
        ((SYNC, SYNCED), None),
        ((HEARTBEAT, SYNCED), "partner-unreachable"),
        ((THREADS, NORMAL), "no-listener"),
        ((THREADS, "HA_DEINIT_OK unloading High Availability hooks library successful"), None),
        ((SKEW[1], DOWN), "time-mismatch"),
        (("HA_COMMUNICATION_INTERRUPTED_CLIENT4 x-primary: new client [hwtype=1 02:00] attempting",), None),
        (("HA_LEASES4_COMMITTED_NO_RELATIONSHIP x-primary: HA relationship not found: no server name",), None),
    ],
)
def test_faults_and_their_ends(messages: tuple[str, ...], kind: str | None) -> None:
    assert kinds(*messages) == ([(kind, "x")] if kind else [])


def test_faults_of_the_server_itself() -> None:
    assert kinds(SOCKET) == [("no-socket", None)]
    fail = "DHCP4_CONFIG_LOAD_FAIL configuration error using file: /etc/kea/kea-dhcp4.conf, reason: syntax error"
    good = "DHCP4_CONFIG_COMPLETE DHCPv4 server has completed configuration: added IPv4 subnets: 1; DDNS: disabled"
    assert kinds(fail) == [("configuration-error", None)]
    assert kinds(fail, good) == []
    assert kinds(THREADS, good) == [("no-listener", "x")]


def test_the_connection_is_known_to_the_caller() -> None:
    assert kinds(HEARTBEAT, connected=("x",)) == []
    assert kinds(SYNC, connected=("x",)) == [("synchronization-failed", "x")]


def test_a_warning_that_kea_no_longer_repeats() -> None:
    assert read_log(lines(SKEW[0], start=NOW - 149), NAMES, NOW).faults
    assert not read_log(lines(SKEW[0], start=NOW - 151), NAMES, NOW).faults


def test_a_fault_is_counted() -> None:
    (fault,) = read_log(lines(HEARTBEAT, HEARTBEAT.replace("refused", "reset")), NAMES, NOW).faults
    assert (fault.count, fault.first, fault.time) == (2, "2026-11-22T18:20:00Z", "2026-11-22T18:20:01Z")
    assert fault.message.startswith("HA_HEARTBEAT_COMMUNICATIONS_FAILED x-primary: ")
    assert fault.message.endswith("Connection reset")


def test_one_of_two_relationships() -> None:
    other = HEARTBEAT.replace("x-", "y-")
    found = read_log(lines(HEARTBEAT, other, NORMAL), TWO, NOW)
    assert [fault.relationship for fault in found.faults] == ["y"]
    assert [fault.relationship for fault in read_log(lines(TERMINATED), TWO, NOW).faults] == ["x"]
    # Without a name it may be either's.
    unnamed = HEARTBEAT.replace("x-primary: ", "")
    assert [fault.relationship for fault in read_log(lines(unnamed), TWO, NOW).faults] == [None]


def test_release_2_2_names_no_server() -> None:
    unnamed = [message.replace("x-primary: ", "") for message in (HEARTBEAT, NORMAL)]
    found = read_log(lines(*unnamed), NAMES, NOW)
    assert found.faults == []
    assert found.moved == {"x": Moved("hot-standby", NOW - 99)}


def test_the_pattern_of_debians_package() -> None:
    found = read_log([f"{NOW} h kea-dhcp4[17]: ERROR {SYNC}"], NAMES, NOW)
    assert [fault.kind for fault in found.faults] == ["synchronization-failed"]


def test_other_lines() -> None:
    assert read_log(["", "x", "1.0 h systemd[1]: Started", "1.0 h kea-dhcp4[17]: x"], NAMES, NOW).faults == []


def test_the_last_run() -> None:
    assert last_run([]) == []
    assert last_run([*lines(NORMAL, pid=16), *lines(DOWN, pid=17)]) == lines(DOWN, pid=17)


def test_everything_is_searched_for() -> None:
    for kind in KINDS:
        assert kind.hint.endswith(".")
        for message in kind.messages:
            assert re.search(SEARCH, f"INFO [kea-dhcp4.x/1.2] {message} x")
    assert not re.search(SEARCH, "HA_HIGH_CLOCK_SKEWED")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (NORMAL, True),
        (HEARTBEAT, True),
        (SOCKET, True),
        ("HA_LEASES_SYNC_COMMUNICATIONS_FAILED x-primary: failed to communicate", True),
        ("DHCPSRV_MEMFILE_NO_STORAGE running in non-persistent mode", True),
        ("HOOKS_OPEN_ERROR failed to open hook library /x", True),
        ("HA_LEASE_UPDATE_CONFLICT x-primary: lease update", False),
        ("HA_BUFFER4_RECEIVE_NOT_FOR_US x-primary: dropping query", False),
        ("DHCP4_PACKET_NAK_0001 [hwtype=1 02:00]: failed to select a subnet", False),
        ("DHCPSRV_MEMFILE_LFC_EXECUTE executing Lease File Cleanup", False),
    ],
)
def test_what_is_quoted(message: str, told: bool) -> None:
    assert bool(re.search(TELLING, message)) == told
