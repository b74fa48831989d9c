# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Faults that Kea reports in its log: lines of the journal in, faults out.

Every message begins with its name, so a fault is a list of names. Only names in this list count: Kea also warns of
things that end by themselves, or are about one client. A fault that is over is not reported. One about the relationship
is over when the relationship becomes normal again; one about the connection is over as soon as the daemon hears its
partner, of which it logs nothing, so the caller says it; one that Kea repeats as long as it applies is over when Kea is
silent about it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Fault
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import SIDES

# What ends a fault.
NORMAL, CONNECTED, SYNCED = "normal", "connected", "synced"
CONFIGURED, SILENCE, RELOAD = "configured", "silence", "reload"
# Kea repeats a warning of this kind once a minute.
_SILENCE = 150
_COMPARE = "Compare the two declarations: playbooks/drift.yml shows what differs, playbooks/validate.yml what is wrong."
_CLOCKS = "Set the clocks (chrony, systemd-timesyncd)"


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: what ends it, the names of Kea's messages about it, and what to do."""

    name: str
    ends: str
    messages: tuple[str, ...]
    hint: str


KINDS = (
    FaultKind(
        "partner-unreachable",
        CONNECTED,
        (
            "HA_HEARTBEAT_COMMUNICATIONS_FAILED",
            "HA_LEASE_UPDATE_COMMUNICATIONS_FAILED",
            "HA_LEASES_BACKLOG_COMMUNICATIONS_FAILED",
        ),
        "The partner's address and port do not answer: its Kea does not run, has another URL for itself, or a firewall "
        f"or a certificate stands between them. {_COMPARE}",
    ),
    FaultKind(
        "partner-refuses",
        CONNECTED,
        ("HA_HEARTBEAT_FAILED", "HA_LEASE_UPDATE_FAILED", "HA_LEASES_BACKLOG_FAILED"),
        "Something answers at the partner's address, but not as a partner: its Kea lacks a library "
        f"(libdhcp_ha.so, libdhcp_lease_cmds.so), or another program has the port. {_COMPARE}",
    ),
    FaultKind(
        "clock-skew",
        SILENCE,
        ("HA_HIGH_CLOCK_SKEW",),
        f"The servers' clocks differ by more than 30 s; from 60 s on, they stop working together. {_CLOCKS}.",
    ),
    FaultKind(
        "time-mismatch",
        NORMAL,
        ("HA_HIGH_CLOCK_SKEW_CAUSED_TERMINATION", "HA_HIGH_CLOCK_SKEW_CAUSES_TERMINATION"),
        "The servers' clocks differed by more than 60 s, so they no longer work together. "
        f"{_CLOCKS}, then run playbooks/rejoin.yml.",
    ),
    FaultKind(
        "updates-rejected",
        NORMAL,
        ("HA_LEASE_UPDATE_REJECTS_CAUSED_TERMINATION",),
        "The partner has refused the leases of too many clients, so the servers no longer work together. Make their "
        f"subnets and ids equal, then run playbooks/rejoin.yml. {_COMPARE}",
    ),
    FaultKind(
        "lease-refused",
        NORMAL,
        ("HA_LEASE_UPDATE_CONFLICT", "HA_LEASE_UPDATE_CREATE_UPDATE_FAILED_ON_PEER"),
        "The partner has refused a lease: it has no such subnet, or another client holds the address there. "
        f"{_COMPARE}",
    ),
    FaultKind(
        "terminated",
        NORMAL,
        ("HA_TERMINATED",),
        "The servers no longer tell each other of leases, and stay like that until an operator ends it. Remove the "
        "cause, which the other faults show, then run playbooks/rejoin.yml.",
    ),
    FaultKind(
        "partner-terminated",
        NORMAL,
        ("HA_TERMINATED_RESTART_PARTNER", "HA_TERMINATED_PARTNER_DID_NOT_RESTART"),
        "The partner has ended the relationship, and this server waits for it without serving. Run "
        "playbooks/rejoin.yml for the partner.",
    ),
    FaultKind(
        "invalid-partner",
        NORMAL,
        (
            "HA_INVALID_PARTNER_STATE_COMMUNICATION_RECOVERY",
            "HA_INVALID_PARTNER_STATE_HOT_STANDBY",
            "HA_INVALID_PARTNER_STATE_LOAD_BALANCING",
        ),
        f"The partner runs in another mode, so this server waits for ever. Give both the same mode. {_COMPARE}",
    ),
    FaultKind(
        "synchronization-failed",
        SYNCED,
        ("HA_SYNC_FAILED", "HA_LEASES_SYNC_FAILED", "HA_LEASES_SYNC_COMMUNICATIONS_FAILED"),
        "This server cannot get its partner's leases, and does not serve until it can. On both, libdhcp_lease_cmds.so "
        f"must be loaded, and the partner must be reachable. {_COMPARE}",
    ),
    FaultKind(
        "no-listener",
        RELOAD,
        ("HA_CONFIG_DHCP_MT_DISABLED", "HA_CONFIG_SYSTEM_MT_UNSUPPORTED"),
        "Kea does not listen to its partner, because it does not use several threads: both serve alone. Set "
        "multi-threading.enable-multi-threading to true.",
    ),
    FaultKind(
        "updates-disabled",
        RELOAD,
        (
            "HA_CONFIG_LEASE_UPDATES_DISABLED",
            "HA_CONFIG_LEASE_SYNCING_DISABLED",
            "HA_CONFIG_LEASE_UPDATES_AND_SYNCING_DIFFER",
        ),
        "The servers do not tell each other of all leases. Set send-lease-updates and sync-leases to true on both.",
    ),
    FaultKind(
        "subnet-without-relationship",
        RELOAD,
        (
            "HA_SUBNET4_SELECT_INVALID_HA_SERVER_NAME",
            "HA_SUBNET4_SELECT_NO_RELATIONSHIP_FOR_SUBNET",
            "HA_SUBNET4_SELECT_NO_RELATIONSHIP_SELECTOR_FOR_SUBNET",
        ),
        f"Clients of a subnet get no answer, because it belongs to no relationship. Put its pools into one. {_COMPARE}",
    ),
    FaultKind(
        "no-socket",
        CONFIGURED,
        (
            *("DHCPSRV_NO_SOCKETS_OPEN", "DHCPSRV_OPEN_SOCKET_FAIL", "DHCP4_NO_SOCKETS_OPEN"),
            *("DHCP4_OPEN_SOCKET_FAIL", "DHCP4_OPEN_SOCKETS_FAILED"),
        ),
        "Kea runs, but hears no client on an interface: it has no address, or another program has port 67 (ss -lunp "
        "sport = :67). Correct that, then restart Kea.",
    ),
    FaultKind(
        "configuration-error",
        CONFIGURED,
        (
            *("DHCP4_CONFIG_LOAD_FAIL", "DHCP4_CONFIG_UNRECOVERABLE_ERROR", "DHCP4_DYNAMIC_RECONFIGURATION_FAIL"),
            *("DHCP4_INIT_FAIL", "DHCP4_PARSER_COMMIT_FAIL", "DHCP4_PARSER_FAIL", "HA_CONFIGURATION_FAILED"),
            *("HOOKS_LOAD_ERROR", "HOOKS_OPEN_ERROR"),
        ),
        "Kea does not start with this configuration, or still runs with the previous one. kea-dhcp4 -t shows the "
        "place.",
    ),
    FaultKind(
        "lease-database",
        RELOAD,
        (
            *("DHCPSRV_MEMFILE_FAILED_TO_OPEN", "DHCPSRV_MEMFILE_LFC_LEASE_FILE_RENAME_FAIL"),
            *("DHCPSRV_MEMFILE_LFC_LEASE_FILE_REOPEN_FAIL", "DHCPSRV_MEMFILE_LFC_SPAWN_FAIL"),
            *("DHCPSRV_MEMFILE_NO_STORAGE",),
        ),
        "The lease database cannot be written or cleaned. Check that the disk is not full (df), and that the folder "
        "belongs to the daemon's user, then restart Kea.",
    ),
    FaultKind(
        "damaged-lease-database",
        RELOAD,
        ("DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR",),
        "When Kea was started, it found rows in its lease database that it could not read, and dropped them. Compare "
        "the leases of both servers (lease_info).",
    ),
    FaultKind(
        "fatal",
        RELOAD,
        ("DHCP4_SERVER_FAILED", "DHCP4_SRV_CONSTRUCT_ERROR"),
        "Kea exits after this. The lines before it tell more (journalctl -t kea-dhcp4 -e), and so does kea-dhcp4 -t.",
    ),
)

_TRANSITION = "HA_STATE_TRANSITION"
# It then waits, and logs no transition to that.
_BEGUN = "HA_SERVICE_STARTED"
_EVENTS: Mapping[str, str] = {
    "DHCP4_CONFIG_COMPLETE": CONFIGURED,
    "DHCP4_STARTING": RELOAD,
    "HA_DEINIT_OK": RELOAD,
    "HA_SYNC_SUCCESSFUL": SYNCED,
}
_KIND_OF: Mapping[str, FaultKind] = {name: kind for kind in KINDS for name in kind.messages}
# What to search for in the journal.
SEARCH = "|".join(f"{name}\\b" for name in (_TRANSITION, *_EVENTS, *_KIND_OF))
# Lines of interest when a server does not start, or two servers do not become normal; none about single clients.
TELLING = (
    r"\b(HA_(?!BUFFER4|LEASE|LOAD_BALANCING|COMMUNICATION_INTERRUPTED_CLIENT)|HA_LEASES_SYNC_|HOOKS_\w*ERROR"
    r"|DHCP4_(CONFIG|DYNAMIC|INIT|NO_SOCKETS|OPEN_SOCKET|PARSER|SERVER_FAILED|SHUTDOWN|START)"
    r"|DHCPSRV_(MEMFILE_\w*(FAIL|ERROR|NO_STORAGE)|NO_SOCKETS|OPEN_SOCKET))"
)
# A line of the journal (short-unix). Kea may write a time, a level and a source before the name.
_LINE = re.compile(
    r"(?P<epoch>\d+(?:\.\d+)?) \S+ kea-dhcp4(?:\[(?P<pid>\d+)\])?: "
    r"(?:.*? )??(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b ?(?P<text>.*)"
)
_STATES = re.compile(r"(?:(?P<server>.+): )?server transitions from (?P<old>\S+) to (?P<new>\S+) state")
_NORMAL = frozenset({"HOT-STANDBY", "LOAD-BALANCING"})
# The last second for which Python has a date.
_LATEST = 253402300799.0


@dataclass(frozen=True)
class Moved:
    """The latest change of a relationship's state."""

    state: str  # as Kea's commands call it
    time: float


@dataclass(frozen=True)
class Log:
    """The facts from the log of one run: the persisting faults, oldest first, and the latest states."""

    faults: list[Fault]
    moved: Mapping[str | None, Moved]


def read_log(lines: Iterable[str], names: Mapping[str, str], now: float, connected: Collection[str] = ()) -> Log:
    """Read the lines of one run of the daemon, in order.

    names: relationships by the names of their servers. now: in seconds since the epoch. connected: relationships whose
    partner the daemon hears now.
    """
    found: dict[tuple[str, str | None], tuple[FaultKind, float, Fault]] = {}
    moved: dict[str | None, Moved] = {}
    for line in lines:
        read = _LINE.match(line)
        if not read:
            continue
        time, name, text = min(float(read["epoch"]), _LATEST), read["name"], read["text"].strip()
        relationship = _relationship(text, names)
        event = _EVENTS.get(name)
        states = _STATES.match(text) if name == _TRANSITION else None
        if states:
            moved[relationship] = Moved(states["new"].lower(), time)
            event = NORMAL if states["new"] in _NORMAL else None
        if event:
            for key, (kind, _last, fault) in list(found.items()):
                if _ended(kind, fault, event, relationship):
                    del found[key]
        wanted = _KIND_OF.get(name)
        if wanted:
            about = relationship if name.startswith("HA_") else None
            key = (wanted.name, about)
            first = found[key][2] if key in found else Fault(wanted.name, about, "", wanted.hint, "", utc(time), 0)
            fault = replace(first, message=f"{name} {text}", time=utc(time), count=first.count + 1)
            found[key] = (wanted, time, fault)
    faults = [
        fault
        for kind, last, fault in found.values()
        if not (kind.ends == SILENCE and last < now - _SILENCE)
        and not (kind.ends == CONNECTED and fault.relationship in connected)
    ]
    return Log(sorted(faults, key=lambda fault: fault.first), moved)


def _ended(kind: FaultKind, fault: Fault, event: str, relationship: str | None) -> bool:
    if event == RELOAD:
        return True
    if event == NORMAL:
        # A server that is normal has its partner's leases.
        return kind.ends in (NORMAL, SYNCED, CONNECTED) and fault.relationship == relationship
    return kind.ends == event and (event == CONFIGURED or fault.relationship == relationship)


def _relationship(text: str, names: Mapping[str, str]) -> str | None:
    """The relationship of a message, which begins with a server's name from Kea 2.6 on."""
    server, colon, _rest = text[3 if text.startswith("HA ") else 0 :].partition(": ")
    if colon and server in names:
        return names[server]
    known = set(names.values())
    return known.pop() if len(known) == 1 else None


def read_moves(lines: Iterable[str], relationship: str) -> Iterator[tuple[float, str]]:
    """A relationship's changes of state, from `journalctl --output=short-unix`: time and state."""
    servers = {*(f"{relationship}-{side}" for side in SIDES), *relationship.split("+")}
    for line in lines:
        read = _LINE.match(line)
        if not read or read["name"] not in (_TRANSITION, _BEGUN):
            continue
        server, colon, _rest = read["text"].partition(": ")
        # 2.2 does not name its server, and has one relationship.
        if not colon or server in servers:
            states = _STATES.match(read["text"])
            yield float(read["epoch"]), states["new"].lower() if states else "waiting"


def last_run(lines: Iterable[str]) -> list[str]:
    """The lines of the last of several runs, in order."""
    read = [(match["pid"], line) for match, line in ((_LINE.match(line), line) for line in lines) if match]
    return [line for pid, line in read if pid == read[-1][0]]
