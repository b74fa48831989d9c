# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a server says about its relationships, leases and faults, in words that hold for any daemon.

Times are text in UTC, as in `2026-11-22T18:19:56Z`, unless a field says otherwise. A field that only one daemon knows
is None for the others. Managed hosts import this: Python 3.9, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

# An answer as it comes from a module: with `msg` if it failed, and `unreachable` if the host could not be reached.
AnswerData = Mapping[str, Any]
# Every state of a lease, in the order of interest to readers.
BINDING_STATES = ("free", "backup", "active", "expired", "released", "abandoned", "reset")


def message_of(answer: AnswerData, otherwise: str = "no reason given") -> str:
    """Why a module has failed, without the words with which Ansible begins some messages."""
    return str(answer.get("msg") or otherwise).removeprefix("Task failed: ").strip()


class ControlError(Exception):
    """A question has no answer, or a verb is refused. The text names host, place and remedy."""


class NoAccessError(ControlError):
    """The daemon may run, but its configuration offers no way to ask it."""


class Phase(str, Enum):
    """The meaning of a daemon's own state, for a reader who does not know that daemon."""

    NORMAL = "normal"  # both servers work together
    INTERRUPTED = "interrupted"  # it lost its partner, and serves from its own share of the addresses
    ALONE = "alone"  # it serves all clients, and after the MCLT from all addresses
    WAITING = "waiting"  # it serves no client until a known time
    RESOLVING = "resolving"  # both have served alone, and compare their leases
    SETTLING = "settling"  # it has just started, or moves on by itself soon
    HELD = "held"  # it stays there until an operator ends it
    UNKNOWN = "unknown"  # its state is unknown or has no meaning


@dataclass(frozen=True)
class Saved:
    """The state of a relationship in the lease database: the daemon starts from it; it says nothing of the present."""

    local_state: str
    phase: Phase
    since: str | None
    partner_state: str | None
    partner_since: str | None


@dataclass(frozen=True)
class Report:
    """A server's report about one relationship."""

    name: str
    local_state: str  # the daemon's own word
    partner_state: str  # its partner's state as it last heard it; not a sign of health
    phase: Phase = Phase.UNKNOWN
    partner_phase: Phase = Phase.UNKNOWN
    serving: bool = False  # whether it answers clients now
    since: str | None = None
    partner_since: str | None = None
    wait_until: str | None = None  # when WAITING ends
    problem: str | None = None  # why the state is unknown, and what to do
    role: str | None = None  # primary or secondary
    address: str | None = None
    port: int | None = None
    peer_address: str | None = None
    peer_port: int | None = None
    max_response_delay: int | None = None  # seconds without a message after which the connection counts as lost
    mclt: int | None = None  # seconds
    heartbeat: int | None = None  # seconds between two questions whether the partner is there
    mode: str | None = None  # how the two share their clients
    tls: bool | None = None  # whether the two speak encrypted
    takeover: bool | None = None  # whether it serves all clients without an operator's word when its partner is lost
    unacked_updates: int | None = None  # updates that the partner has not acknowledged yet
    saved: Saved | None = None
    pool: Mapping[str, int] | None = None  # addresses by binding state, and `total`
    pools: Sequence[Mapping[str, Any]] | None = None  # the same for each pool, with `subnet` and `ranges`

    @property
    def normal(self) -> bool:
        return self.phase == Phase.NORMAL


@dataclass(frozen=True)
class Fault:
    """A complaint of the daemon since its last start that still applies."""

    kind: str
    relationship: str | None  # None if the daemon names none
    message: str  # the latest
    hint: str  # what to do
    time: str  # when it was last logged
    first: str
    count: int


class Step(str, Enum):
    """How far a deployment to a server came."""

    BEGUN = "begun"  # a run has the right to change the server, and has written nothing yet
    STAGED = "staged"  # its files are beside those in use; nothing was replaced
    UNREAD = "unread"  # its files are in use, but the daemon still runs with the previous ones
    UNPROVEN = "unproven"  # the daemon was started with them, but the pair was not yet seen to be normal
    MOVING = "moving"  # its pair gets another daemon


@dataclass(frozen=True)
class Deployment:
    """What has not ended on a server: a deployment, a move to another daemon, a change that the daemon has not read."""

    step: Step
    since: str  # when it began, or when the files were written
    files: Sequence[str] = ()  # those that are not in force
    kept: bool = False  # whether the previous files are kept, for a rollback
    by: str | None = None  # who deploys now, in words; None if nobody: it was interrupted
    run: str | None = None  # the same for its controller, which knows whether it still runs
    goal: str | None = None  # the daemon that its pair gets
    holder: str | None = None  # whose leases count meanwhile


@dataclass(frozen=True)
class Answer:
    """A server's complete answer. Without details, faults, counts and deployment are None."""

    running: bool
    version: str | None  # of the daemon that runs or would be started
    time: float  # the host's clock, in seconds since the epoch
    relationships: Sequence[Report]
    faults: Sequence[Fault] | None = None
    journal_problem: str | None = None  # why there may be more faults
    deployment: Deployment | None = None  # one that has not ended

    def as_dict(self) -> dict[str, Any]:
        """The result of the module failover_info."""
        return {
            **plain(self),
            "relationships": [{**plain(report), "normal": report.normal} for report in self.relationships],
        }


@dataclass(frozen=True)
class Places:
    """Where a daemon is on its host: its unit of systemd, its configuration, its lease database (empty: none)."""

    unit: str
    config: str
    lease_file: str


@dataclass(frozen=True)
class Lease:
    """The lease database's entry for one address."""

    address: str
    binding_state: str
    next_binding_state: str | None = None  # when it ends
    rewind_binding_state: str | None = None  # the state to which a server without contact may return it
    starts: str | None = None
    ends: str | None = None
    tstp: str | None = None  # what this server has told its partner
    tsfp: str | None = None  # what the partner has told this server
    atsfp: str | None = None  # what the partner has acknowledged
    cltt: str | None = None  # last transaction with the client
    hardware: str | None = None
    client_id: str | None = None  # bytes in hexadecimal, as in 01:52:54:00:c1:fb:9c
    client_hostname: str | None = None
    relationship: str | None = None


@dataclass(frozen=True)
class Selection:
    """The wanted leases: those that match every given filter."""

    addresses: frozenset[str] | None = None
    binding_states: frozenset[str] | None = None
    hardware: str | None = None
    client_id: str | None = None


@dataclass(frozen=True)
class LeaseCount:
    """The number of leases of a relationship (None: in no failover pool) in each binding state."""

    relationship: str | None
    total: int
    states: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {"relationship": self.relationship, "total": self.total, **self.states}


@dataclass(frozen=True)
class Live:
    """A server's configuration, without secrets. includes: texts of the included files, by name."""

    config: str | None = None
    includes: Mapping[str, str] = field(default_factory=dict)
    interfaces: Sequence[str] = ()  # those that are named outside of it
    running: str | None = None  # the configuration with which the daemon runs, if it tells


@dataclass(frozen=True)
class Change:
    """The result of a verb, or what it would do in check mode."""

    changed: bool
    relationship: str
    previous_state: str
    local_state: str  # as read back; in check mode, the previous one
    partner_state: str
    since: str | None
    mclt: int | None  # seconds
    usable_at: str | None  # when a server that takes over may use its partner's addresses
    usable_in: int | None  # the same in seconds from now
    diff: Mapping[str, str] = field(default_factory=dict)


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as plain data."""
    return asdict(value, dict_factory=lambda items: {key: getattr(item, "value", item) for key, item in items})
