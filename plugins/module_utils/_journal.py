# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What is wrong, by dhcpd's own log: lines of the journal in, faults out.

dhcpd logs much that sounds bad and is not: every fresh pair rejects updates that are "less critical than outgoing
update". So this is a list of what matters, and nothing else counts. A fault that is over is none: one that kept the
partners from connecting ends when the relationship becomes normal, and an update that the partner refused is sent again
after the next connection, so what was refused before a disconnection says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What ends a fault.
NORMAL, DISCONNECTED, RESTART = "normal", "disconnected", "restart"

_COMPARE = "Compare the two declarations: playbooks/drift.yml shows what differs, playbooks/validate.yml what is wrong."


@dataclass(frozen=True)
class Kind:
    """A kind of fault: what ends it, how dhcpd words it (`peer` is the relationship), and what to do."""

    name: str
    ends: str
    patterns: tuple[str, ...]
    hint: str


KINDS = (
    Kind(
        "unknown-ip-address",
        DISCONNECTED,
        (r"bind update on \S+ from (?P<peer>.+) rejected: .*unknown IP address",),
        "The partner's pools of this relationship lack the address: its leases are lost when this server fails. Make "
        f"the ranges equal and restart the server that has not read them yet. {_COMPARE}",
    ),
    Kind(
        "different-relationship",
        DISCONNECTED,
        (r"bind update on \S+ from (?P<peer>.+) rejected: .*covered by a different failover relationship",),
        "On the partner the address is in a plain pool or in another relationship's: both servers may give it to "
        f"different clients. {_COMPARE}",
    ),
    Kind(
        "time-mismatch",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*time mismatch too great",
            r"Failover CONNECT from (?P<peer>.+): (?:time )?offset too large",
        ),
        "The servers' clocks differ by more than 60 s, so they do not connect. Set the clocks (chrony, "
        "systemd-timesyncd); the servers connect within 5 s.",
    ),
    Kind(
        "invalid-partner",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*invalid failover partner",
            r"Failover DISCONNECT from (?P<peer>.+): .*invalid failover partner",
        ),
        "The partner has no relationship of this name with this server. Names count to the letter, and two servers can "
        f"share only one relationship on one port. {_COMPARE}",
    ),
    Kind(
        "unknown-relationship",
        NORMAL,
        (
            r"Failover CONNECT from (?P<peer>.+): unknown failover relationship name",
            r"Failover CONNECTACK from (?P<peer>.+): remote failover relationship name .* does not match",
        ),
        "The partner calls the relationship by a name that is not declared here. Give it one name on both servers. "
        f"{_COMPARE}",
    ),
    Kind(
        "no-matching-state",
        NORMAL,
        (r"failover: (?:listener|connect): no matching state",),
        "Some server connects from an address that is no relationship's peer address here: the partner's is another "
        f"than the declared one, or it is a server that should not connect. {_COMPARE}",
    ),
    Kind(
        "already-connected",
        NORMAL,
        (r"Failover CONNECTACK from (?P<peer>.+): already connected",),
        f"Both servers take themselves for the primary. Make one of them the secondary. {_COMPARE}",
    ),
    Kind(
        "startup-timeout",
        NORMAL,
        (r"failover: link startup timeout",),
        "Somebody connects and says nothing: both servers are secondary, or what listens on the partner's port is no "
        f"dhcpd. {_COMPARE}",
    ),
    Kind(
        "invalid-mclt",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*invalid MCLT",
            r"Failover CONNECT from (?P<peer>.+): .*invalid MCLT",
        ),
        f"Give the primary an mclt, for instance 1800. {_COMPARE}",
    ),
    Kind(
        "address-not-available",
        NORMAL,
        (r"failover peer (?P<peer>.+): address not available",),
        "The relationship's address is not on this host: configure the interface, then restart dhcpd.",
    ),
    Kind(
        "lease-database",
        RESTART,
        (
            r"(?:write_lease|write_failover_state|commit_leases|write_host|write_group): unable to ",
            r"Can't (?:backup|create new|chown new|fdopen new|install new|open) lease (?:database|file)",
            r"Unable to record current failover state",
            r"[Cc]orrupt lease file",
        ),
        "The lease database cannot be written or read. See that its disk is not full (df) and that its folder belongs "
        "to the daemon's user, then restart dhcpd.",
    ),
    Kind(
        "fatal",
        RESTART,
        (
            r"Impossible case at ",
            r"Configuration file errors encountered -- exiting",
            r"Not configured to listen on any interfaces",
            r"There's already a DHCP server running",
            r"Can't bind to dhcp address",
            r"failover peer (?P<peer>.+): no local address",
        ),
        "dhcpd ends after this. The lines before it tell more (journalctl -t dhcpd -e), and so does dhcpd -t.",
    ),
)

# The lines that end faults.
_MOVES = r"failover peer (?P<peer>.+): I move from \S+ to (?P<state>\S+)"
_DISCONNECTED = r"peer (?P<peer>.+): disconnected"
# All that is looked for in the journal, as one pattern for its own search (PCRE, where a name may stand only once).
SEARCH = "|".join(
    re.sub(r"\?P<\w+>", "?:", pattern)
    for pattern in (_MOVES, _DISCONNECTED, *(pattern for kind in KINDS for pattern in kind.patterns))
)
_LINE = re.compile(r"(\d+\.\d+) \S+ dhcpd\[(\d+)\]: (.*)")
_ENDS = tuple(re.compile(pattern) for pattern in (_MOVES, _DISCONNECTED))
_PATTERNS = [(kind, re.compile(pattern)) for kind in KINDS for pattern in kind.patterns]


@dataclass
class Fault:
    """Faults of one kind in one relationship. Times are seconds since the epoch; the message is the latest."""

    kind: Kind
    relationship: str | None
    first: float
    last: float
    count: int
    message: str


def read_faults(lines: Iterable[str]) -> list[Fault]:
    """The faults that last, oldest first. Lines are the journal's (`short-unix`) of one run of the daemon, in order."""
    found: dict[tuple[str, str | None], Fault] = {}
    normal: set[str] = set()
    for line in lines:
        read = _LINE.match(line)
        if not read:
            continue
        time, message = float(read[1]), read[3].strip()
        if _ends(message, found, normal):
            continue
        for kind, pattern in _PATTERNS:
            match = pattern.search(message)
            if not match:
                continue
            relationship = match.groupdict().get("peer")
            # Partners connect to each other both at once; the connection that comes second is refused.
            if kind.ends != NORMAL or relationship not in normal:
                fault = found.setdefault((kind.name, relationship), Fault(kind, relationship, time, time, 0, message))
                fault.last, fault.count, fault.message = time, fault.count + 1, message
            break
    return sorted(found.values(), key=lambda fault: fault.first)


def _ends(message: str, found: dict[tuple[str, str | None], Fault], normal: set[str]) -> bool:
    """Whether the line is about the connection; what it ends is removed."""
    for pattern in _ENDS:
        match = pattern.match(message)
        if not match:
            continue
        relationship, is_normal = match["peer"], match.groupdict().get("state") == "normal"
        ended = NORMAL if is_normal else DISCONNECTED
        if is_normal:
            normal.add(relationship)
        else:
            normal.discard(relationship)
        for key, fault in list(found.items()):
            if fault.kind.ends == ended and fault.relationship in (relationship, None):
                del found[key]
        return True
    return False


def last_run(lines: Iterable[str]) -> list[str]:
    """Of the lines of several runs, in order, those of the last one."""
    read = [(match[2], line) for match, line in ((_LINE.match(line), line) for line in lines) if match]
    return [line for pid, line in read if pid == read[-1][0]]
