# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Faults that dhcpd reports in its log: lines of the journal in, faults out.

dhcpd logs much that sounds bad but is harmless: every new pair rejects updates that are "less critical than outgoing
update". So only what is in this list counts. A fault that is over is not reported. One that kept the partners from
connecting is over when the relationship is normal. If dhcpd names none of its own and several are not normal, it is
over when one of them is: it may still apply to another, and then dhcpd logs it again within seconds. dhcpd sends
refused updates again after each new connection, so a refusal before that means nothing. A partner at which nothing
listens is a fault only until the two have met; after that the state says that it is gone. After a lease that it could
not write, dhcpd writes its whole database again; that ends the fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Fault
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc

# The event that ends a fault. MET: like NORMAL, but the fault does not count again while this daemon runs.
NORMAL, MET, DISCONNECTED, WRITTEN, RESTART = "normal", "met", "disconnected", "written", "restart"

# The beginnings of lines about one client, one address or the balance of a pool. A busy server writes many of them,
# some with the words "peer" and "pool", and none explains why a server does not serve.
CHATTER = r"(DHCP[A-Z]+|BOOTREQUEST|BOOTREPLY) |reuse_lease: |ICMP Echo |uid lease |Abandoning IP |balanc(ing|ed) pool "
_COMPARE = "Compare the two declarations: playbooks/drift.yml shows what differs, playbooks/validate.yml what is wrong."


_MOVED = re.compile(
    r"(?P<time>\d+\.\d+) \S+ dhcpd\[\d+\]: failover peer (?P<peer>.+): I move from \S+ to (?P<state>\S+)$"
)


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: what ends it, how dhcpd words it (`peer` is the relationship), and what to do."""

    name: str
    ends: str
    patterns: tuple[str, ...]
    hint: str


KINDS = (
    FaultKind(
        "unknown-ip-address",
        DISCONNECTED,
        (r"bind update on \S+ from (?P<peer>.+) rejected: .*unknown IP address",),
        "The partner's pools of this relationship lack the address: its leases are lost when this server fails. Make "
        f"the ranges equal and restart the server that has not read them yet. {_COMPARE}",
    ),
    FaultKind(
        "different-relationship",
        DISCONNECTED,
        (r"bind update on \S+ from (?P<peer>.+) rejected: .*covered by a different failover relationship",),
        "On the partner the address is in a plain pool or in another relationship's: both servers may give it to "
        f"different clients. {_COMPARE}",
    ),
    FaultKind(
        "time-mismatch",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*time mismatch too great",
            r"Failover CONNECT from (?P<peer>.+): (?:time )?offset too large",
        ),
        "The servers' clocks differ by more than 60 s, so they do not connect. Set the clocks (chrony, "
        "systemd-timesyncd); the servers connect within 5 s.",
    ),
    FaultKind(
        "invalid-partner",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*invalid failover partner",
            r"Failover DISCONNECT from (?P<peer>.+): .*invalid failover partner",
        ),
        "The partner has no relationship of this name with this server. Names must match exactly, and two servers can "
        f"share only one relationship on one port. {_COMPARE}",
    ),
    FaultKind(
        "unknown-relationship",
        NORMAL,
        (
            r"Failover CONNECT from (?P<peer>.+): unknown failover relationship name",
            r"Failover CONNECTACK from (?P<peer>.+): remote failover relationship name .* does not match",
        ),
        "The partner calls the relationship by a name that is not declared here. Give it one name on both servers. "
        f"{_COMPARE}",
    ),
    FaultKind(
        "no-matching-state",
        NORMAL,
        (r"failover: (?:listener|connect|disconnect): no matching state",),
        "A server connects from an address that is no relationship's peer address here. Either the partner does not "
        f"use the declared address, or that server should not connect. {_COMPARE}",
    ),
    FaultKind(
        "already-connected",
        NORMAL,
        (r"Failover CONNECTACK from (?P<peer>.+): already connected",),
        f"Both servers are configured as primary. Make one of them the secondary. {_COMPARE}",
    ),
    FaultKind(
        "startup-timeout",
        NORMAL,
        (r"failover: link startup timeout",),
        "A connection was made, but nothing was said: both servers are secondary, or the program on the partner's port "
        f"is not dhcpd. {_COMPARE}",
    ),
    FaultKind(
        "invalid-mclt",
        NORMAL,
        (
            r"Failover CONNECT to (?P<peer>.+) rejected: .*invalid MCLT",
            r"Failover CONNECT from (?P<peer>.+): .*invalid MCLT",
        ),
        f"Give the primary an mclt, for instance 1800. {_COMPARE}",
    ),
    FaultKind(
        "address-not-available",
        NORMAL,
        (r"failover peer (?P<peer>.+): address not available",),
        "The relationship's address is not on this host: configure the interface, then restart dhcpd.",
    ),
    FaultKind(
        "host-name-unresolved",
        NORMAL,
        (r"^\S+: (?:host unknown\.|temporary name server failure|no A record associated with address)",),
        "The configuration has a host name that does not resolve. If it is the relationship's address or peer address, "
        "the servers never connect: write the IP address instead, and restart dhcpd.",
    ),
    FaultKind(
        "connection-refused",
        MET,
        (r"failover peer (?P<peer>.+): connection refused",),
        "Nothing listens at the partner's address and port: its dhcpd does not run, or has another address or port for "
        f"the relationship, or a firewall rejects the connection. {_COMPARE}",
    ),
    FaultKind(
        "partner-unreachable",
        MET,
        (r"failover peer (?P<peer>.+): (?:(?:host|network) unreachable|(?:operation )?timed out)",),
        "The partner's address cannot be reached: it is wrong, or the partner is down, or the network between the "
        f"servers is down. {_COMPARE}",
    ),
    FaultKind(
        "potential-conflict",
        NORMAL,
        (
            r"failover peer (?P<peer>.+): I move from \S+ to potential-conflict",
            r"failover peer (?P<peer>.+): peer moves from \S+ to potential-conflict",
        ),
        "Both servers have served all addresses at the same time, so two clients may have the same one. They serve "
        "again when they are normal, which takes seconds; if it takes longer, see the other faults. Use partner_down "
        "only if the partner is really down.",
    ),
    FaultKind(
        "serves-no-client",
        NORMAL,
        (r"DHCPDISCOVER from .*: peer holds all free leases", r"DHCP\w+ .*: not responding \(recovering\)"),
        "New clients get no address from this server: it has no free addresses of its own until both servers are "
        "normal. The states of both and the other faults show what keeps them apart.",
    ),
    FaultKind(
        "no-referring-pools",
        RESTART,
        (
            r"Failover peer, (?P<peer>.+), has no referring pools",
            r"failover peer declaration with no referring pools",
        ),
        'No pool belongs to the relationship, so dhcpd does not start. Write failover peer "NAME"; into a pool with '
        f"the range, or remove the relationship. {_COMPARE}",
    ),
    FaultKind(
        "configuration-error",
        RESTART,
        (r"^\S+(?<!\.leases) line \d+: \S",),
        "dhcpd does not start with this configuration. dhcpd -t shows all complaints with their places.",
    ),
    FaultKind(
        "lease-database",
        WRITTEN,
        (
            r"(?:write_lease|write_failover_state|commit_leases|write_host|write_group): unable to ",
            r"Can't (?:backup|create new|chown new|fdopen new|install new|open) lease (?:database|file)",
            r"Unable to record current failover state",
        ),
        "The lease database cannot be written or read. Check that the disk is not full (df), and that the folder "
        "belongs to the daemon's user, then restart dhcpd.",
    ),
    FaultKind(
        "damaged-lease-database",
        RESTART,
        (r"[Cc]orrupt lease file",),
        "When dhcpd was started, it found entries in its lease database that it could not read, and dropped them. The "
        "file as it was is dhcpd.leases~ beside it, for an hour. Compare the leases of both servers (lease_info).",
    ),
    FaultKind(
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
        "dhcpd exits after this. The lines before it tell more (journalctl -t dhcpd -e), and so does dhcpd -t.",
    ),
)

# The lines that end faults, with their events; the first that matches counts.
_ENDING = (
    (NORMAL, r"failover peer (?P<peer>.+): I move from \S+ to normal$"),
    (DISCONNECTED, r"failover peer (?P<peer>.+): I move from "),
    (DISCONNECTED, r"peer (?P<peer>.+): disconnected"),
    (WRITTEN, r"Wrote \d+ leases to leases file"),
)
# Everything to search for in the journal, as one pattern for its own search (PCRE, in which a name may occur once).
SEARCH = "|".join(
    re.sub(r"\?P<\w+>", "?:", pattern)
    for pattern in (
        *(pattern for _event, pattern in _ENDING),
        *(pattern for kind in KINDS for pattern in kind.patterns),
    )
)
# The time as journalctl writes it (short-unix, or short-iso), or as a log file has it; the process may be missing.
_LINE = re.compile(
    r"(?:(?P<epoch>\d+(?:\.\d+)?)|(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
    r"|(?P<syslog>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)) \S+ dhcpd(?:\[(?P<pid>\d+)\])?: (?P<message>.*)"
)
# The last second for which Python has a date.
_LATEST = 253402300799.0
_MEMBER = re.compile(r"failover peer (?P<peer>.+): (?:I move|peer moves) from ")
_ENDS = [(event, re.compile(pattern)) for event, pattern in _ENDING]
_PATTERNS = [(kind, re.compile(pattern)) for kind in KINDS for pattern in kind.patterns]


@dataclass
class _Complaints:
    """Complaints of one kind about one relationship. Times are seconds since the epoch; the message is the latest."""

    kind: FaultKind
    relationship: str | None
    first: float
    last: float
    count: int
    message: str

    def as_fault(self) -> Fault:
        return Fault(
            self.kind.name,
            self.relationship,
            self.message,
            self.kind.hint,
            time=utc(self.last),
            first=utc(self.first),
            count=self.count,
        )


@dataclass
class _Links:
    """The relationships of a daemon, followed through its log."""

    known: set[str] = field(default_factory=set)
    normal: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    event: str = ""  # the latest event that ends faults
    of: str | None = None  # and its relationship

    @property
    def apart(self) -> list[str]:
        """The relationships that are not normal."""
        return sorted(self.known - self.normal)

    def follow(self, message: str) -> bool:
        """Whether the message is an event that ends faults."""
        member = _MEMBER.match(message)
        if member:
            self.known.add(member["peer"])
        for event, pattern in _ENDS:
            match = pattern.match(message)
            if match:
                self.event, self.of = event, match.groupdict().get("peer")
                if self.of and event == NORMAL:
                    self.normal.add(self.of)
                    self.met.add(self.of)
                elif self.of:
                    self.normal.discard(self.of)
                return True
        return False

    def has_ended(self, kind: FaultKind, relationship: str | None) -> bool:
        """Whether the latest event has ended such a fault."""
        if self.event != (NORMAL if kind.ends == MET else kind.ends):
            return False
        # A name that only the partner uses never becomes normal here.
        foreign = kind.name == "unknown-relationship" and relationship not in self.known
        return foreign or relationship in (self.of, None)

    def ignores(self, kind: FaultKind, relationship: str | None) -> bool:
        """Whether such a complaint means nothing now: both partners connect at once, and one connection is refused."""
        return relationship in {NORMAL: self.normal, MET: self.met}.get(kind.ends, ())


def read_faults(lines: Iterable[str], year: int = 1970) -> list[Fault]:
    """The persisting faults, oldest first. Lines are those of one run of the daemon, in order.

    year: the year of lines without one, as in a log file.
    """
    found: dict[tuple[str, str | None], _Complaints] = {}
    links = _Links()
    for line in lines:
        read = _LINE.match(line)
        if not read:
            continue
        time, message = _time(read, year), read["message"].strip()
        for key, complaints in list(found.items()) if links.follow(message) else ():
            if links.has_ended(complaints.kind, complaints.relationship):
                del found[key]
        for kind, pattern in _PATTERNS:
            match = pattern.search(message)
            if not match:
                continue
            relationship = match.groupdict().get("peer")
            if relationship is None and kind.ends == NORMAL:
                apart = links.apart
                if kind.name == "serves-no-client" and links.known and not apart:
                    break  # there are no free addresses, which is a different problem
                relationship = apart[0] if len(apart) == 1 else None
            if not links.ignores(kind, relationship):
                new = _Complaints(kind, relationship, time, time, 0, message)
                complaints = found.setdefault((kind.name, relationship), new)
                complaints.last, complaints.count, complaints.message = time, complaints.count + 1, message
            break
    return [complaints.as_fault() for complaints in sorted(found.values(), key=lambda complaints: complaints.first)]


def _time(read: re.Match[str], year: int) -> float:
    """The time of a line in seconds since the epoch; a time without a zone counts as UTC."""
    if read["epoch"]:
        return min(float(read["epoch"]), _LATEST)
    try:
        if read["syslog"]:
            moment = datetime.strptime(f"{year} {read['syslog']} +0000", "%Y %b %d %H:%M:%S %z")
        else:
            zone = (read["zone"] or "Z").replace("Z", "+0000").replace(":", "")
            moment = datetime.strptime(read["iso"].replace("T", " ") + zone, "%Y-%m-%d %H:%M:%S%z")
        return moment.timestamp()
    except (ValueError, OverflowError):
        return 0.0


def last_run(lines: Iterable[str]) -> list[str]:
    """The lines of the last of several runs, in order; without process numbers, all lines are one run."""
    read = [(match["pid"], line) for match, line in ((_LINE.match(line), line) for line in lines) if match]
    return [line for pid, line in read if pid == read[-1][0]]


def read_moves(lines: Iterable[str], relationship: str) -> Iterator[tuple[float, str]]:
    """A relationship's changes of state, from `journalctl --output=short-unix`: time and state."""
    for line in lines:
        moved = _MOVED.match(line.rstrip("\n"))
        if moved and moved["peer"] == relationship:
            yield float(moved["time"]), moved["state"]
