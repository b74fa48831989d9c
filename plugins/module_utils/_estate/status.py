# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The health of every pair of the estate from all servers' answers, with reasons and remedies.

In: the results of failover_info by host, including failed ones, and the inventory's declarations. Out: plain data for a
table, a page or a monitoring system. A server's view of its partner does not count: a pair is healthy if both servers
say of themselves that they are normal.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import (
    UNKNOWN_STATE,
    Habits,
    Move,
    habits,
    move_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    AnswerData,
    Phase,
    Step,
    message_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import (
    CLOCK_STOP,
    CLOCK_WARN,
    partners_apart,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Scope,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS, DEFAULT_PORT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import (
    Interval,
    count,
    minus,
    text,
    union,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import Side, Unmatched, pair


class Health(str, Enum):
    """The health of a pair. The worst reason decides; a known fault outranks missing knowledge."""

    HEALTHY = "healthy"  # both servers are normal, and there is no reason against it
    UNKNOWN = "unknown"  # nothing bad is known, but not every server could be asked
    DEGRADED = "degraded"  # clients are served, but with less than declared, or not for long
    CRITICAL = "critical"  # clients have no service, or will have none after the next event

    @property
    def rank(self) -> int:
        return list(Health).index(self)


# All reasons, with their health and meaning. docs/operate/reasons.md explains each.
REASONS: Mapping[str, Health] = {
    "no-service": Health.CRITICAL,
    "both-alone": Health.CRITICAL,
    "role-conflict": Health.CRITICAL,
    "peers-differ": Health.CRITICAL,
    "clock-offset-too-large": Health.CRITICAL,
    "pool-exhausted": Health.CRITICAL,
    "daemon-down": Health.DEGRADED,
    "two-daemons-start": Health.DEGRADED,
    "relationship-missing": Health.DEGRADED,
    "relationship-not-loaded": Health.DEGRADED,
    "partner-missing": Health.DEGRADED,
    "deployment-unfinished": Health.DEGRADED,
    "migration-unfinished": Health.DEGRADED,
    "migration-running": Health.DEGRADED,
    "pools-differ": Health.DEGRADED,
    "state-not-normal": Health.DEGRADED,
    "silent": Health.DEGRADED,
    "states-contradict": Health.DEGRADED,
    "fault": Health.DEGRADED,
    "clock-offset": Health.DEGRADED,
    "version-mismatch": Health.DEGRADED,
    "half-exhausted": Health.DEGRADED,
    "pool-imbalance": Health.DEGRADED,
    "deployment-running": Health.UNKNOWN,
    "host-unreachable": Health.UNKNOWN,
    "no-answer": Health.UNKNOWN,
    "not-asked": Health.UNKNOWN,
    "partner-elsewhere": Health.UNKNOWN,
}

# dhcpd balances a pool between a minute and an hour after a change (min-balance, max-balance).
MIN_BALANCE, MAX_BALANCE = 60.0, 3600.0
# A half is too small if the other has more than three times as many; below this number it is chance.
IMBALANCE, IMBALANCE_FROM = 0.5, 10

_HALVES = {"primary": "free", "secondary": "backup"}

# The outcome of asking a server.
ANSWERS, DOWN, UNREACHABLE, FAILED, NOT_ASKED, ELSEWHERE = (
    "answers",
    "daemon down",
    "unreachable",
    "failed",
    "not asked",
    "elsewhere",
)


@dataclass(frozen=True)
class Reason:
    """Why a pair is not healthy. message and hint are whole sentences: the fact, and the remedy.

    A hint has its commands between backticks, which only mark them.
    """

    slug: str
    servers: tuple[str, ...]
    message: str
    hint: str

    @property
    def health(self) -> Health:
        return REASONS[self.slug]

    def as_dict(self, options: str) -> dict[str, Any]:
        parts = self.hint.split("`")
        if options:
            parts[1::2] = [part.replace("ansible-playbook", f"ansible-playbook {options}", 1) for part in parts[1::2]]
        return {
            **asdict(self),
            "servers": list(self.servers),
            "health": self.health.value,
            "hint": "".join(parts),
            "commands": parts[1::2],
        }


@dataclass(frozen=True)
class Member:
    """One server's part in one pair: its answer about itself."""

    host: str
    half: Half
    answer: AnswerData
    item: AnswerData | None = None
    elsewhere: bool = False
    declared: str | None = None  # the daemon that the inventory wants

    @property
    def daemon(self) -> str | None:
        """Its daemon, if it is known."""
        return self.answer.get("daemon") or self.declared

    @property
    def habits(self) -> Habits:
        return habits(self.daemon)

    @property
    def condition(self) -> str:
        if self.elsewhere:
            return ELSEWHERE
        if self.answer.get("unreachable"):
            return UNREACHABLE
        if "relationships" in self.answer:
            return ANSWERS if self.answer.get("running") else DOWN
        return FAILED if self.answer else NOT_ASKED

    @property
    def state(self) -> str | None:
        """Its own state, if the running daemon gave it."""
        if self.condition != ANSWERS or self.item is None or self.item.get("problem"):
            return None
        return str(self.item["local_state"])

    @property
    def phase(self) -> Phase | None:
        """The meaning of its state; None if the running daemon did not give it."""
        return Phase(self.item["phase"]) if self.state is not None and self.item else None

    @property
    def partner_state(self) -> str | None:
        return None if self.state is None or self.item is None else self.item.get("partner_state")

    @property
    def serving(self) -> bool | None:
        """Whether it answers clients; None if unknown."""
        if len(self.answer.get("answering") or []) > 1:
            return True
        if self.state is not None and self.item:
            return bool(self.item["serving"])
        return False if self.condition in (DOWN, ANSWERS) else None

    def age(self, now: float) -> float | None:
        """Seconds since it entered its state, by its own clock."""
        since = epoch(self.item.get("since")) if self.state and self.item else None
        return None if since is None else self._clock(now) - since

    def left(self, now: float) -> float | None:
        """Seconds that it still has to wait, by its own clock; None if it does not wait."""
        until = epoch(self.item.get("wait_until")) if self.state and self.item else None
        return None if until is None else until - self._clock(now)

    def _clock(self, now: float) -> float:
        return float(self.answer.get("time") or now)

    def pools(self) -> list[AnswerData]:
        """Its addresses by pool."""
        if self.item is None:
            return []
        return list(self.item.get("pools") or [{"subnet": None, **(self.item.get("pool") or {})}])

    @property
    def ranges(self) -> list[str] | None:
        """The ranges of its pools; None if they are unknown."""
        pools = self.item.get("pools") if self.item else None
        found = [pool.get("ranges") for pool in pools or ()]
        return None if pools is None or None in found else sorted(each for ranges in found for each in ranges or ())

    def as_dict(self, now: float) -> dict[str, Any]:
        item = self.item or {}
        left = self.left(now)
        return {
            "host": self.host,
            "role": self.half.role,
            "address": self.half.address,
            "port": self.half.port,
            "daemon": self.daemon,
            "condition": self.condition,
            "state": self.state,
            "since": item.get("since") if self.state else None,
            "seconds_left": None if left is None else round(left),
            "phase": self.phase and self.phase.value,
            "partner_state": self.partner_state,
            "serving": self.serving,
            "problem": item.get("problem") or self.answer.get("msg"),
            "version": self.answer.get("version"),
            "deployment": self.answer.get("deployment"),
            "journal_problem": self.answer.get("journal_problem"),
            "clock_offset": self.answer.get("clock_offset"),
            "mclt": item.get("mclt"),
            "unacked_updates": item.get("unacked_updates"),
            # A database without a running daemon is outdated.
            "pool": item.get("pool") if self.condition == ANSWERS else None,
        }


@dataclass(frozen=True)
class RunningPair:
    """A relationship and its two servers, the primary first; one server if the other is unknown."""

    name: str | None
    members: tuple[Member, ...]
    now: float
    ignore: Collection[str] = ()
    unmatched: Unmatched | None = field(default=None, repr=False)

    @property
    def others(self) -> Iterator[tuple[Member, Member | None]]:
        """Each member with its partner."""
        if len(self.members) == 2:
            yield self.members[0], self.members[1]
            yield self.members[1], self.members[0]
        else:
            yield from ((member, None) for member in self.members)

    @property
    def clock(self) -> tuple[float, float] | None:
        """Seconds by which the secondary's clock is ahead of the primary's, with the uncertainty."""
        return partners_apart([member.answer for member in self.members])

    @property
    def move(self) -> Move | None:
        """The move to another daemon that has not ended."""
        return move_of({member.host: member.answer for member in self.members})

    def reasons(self) -> list[Reason]:
        """The reasons, worst first; with equal health, causes before consequences, in the order of the checks below."""
        checks = _MOVING if self.move else _CHECKS
        found = [reason for check in checks for reason in check(self) if reason.slug not in self.ignore]
        return sorted(found, key=lambda reason: -reason.health.rank)

    def as_dict(self, options: str) -> dict[str, Any]:
        reasons = self.reasons()
        clock = self.clock
        return {
            "name": self.name,
            "health": worst(reason.health for reason in reasons).value,
            "servers": [member.as_dict(self.now) for member in self.members],
            "clock_offset": None if clock is None else round(clock[0], 3),
            "clock_uncertainty": None if clock is None else round(clock[1], 3),
            "pools": list(self.pools()),
            "reasons": [reason.as_dict(options) for reason in reasons],
        }

    def pools(self) -> Iterator[dict[str, Any]]:
        """How full each pool is, as one server counts: one that serves, if any. Both count the same addresses."""
        answering = [member for member in self.members if member.condition == ANSWERS]
        for member in sorted(answering, key=lambda member: not member.serving)[:1]:
            for pool in member.pools():
                total = int(pool.get("total") or 0)
                free = sum(int(pool.get(kind) or 0) for kind in _HALVES.values())
                if total:
                    used = total - free
                    yield {"subnet": pool.get("subnet"), "total": total, "used": used, "percent": 100 * used // total}


def worst(found: Iterable[Health]) -> Health:
    """The reason that decides."""
    return max(found, key=lambda health: health.rank, default=Health.HEALTHY)


def failover_report(
    answers: Mapping[str, AnswerData],
    declared: Iterable[Mapping[str, Any]],
    now: float,
    ignore: Collection[str] = (),
    options: str = "",
) -> dict[str, Any]:
    """Every pair, worst first.

    answers: results of failover_info by host. declared: servers as the filter failover_servers returns them; only
    name, address and halves matter. now: the controller's clock. ignore: slugs of reasons that do not count.
    options: of ansible-playbook in the commands of remedies, so that they can be run as they are.
    """
    wrong = sorted(set(ignore) - set(REASONS))
    if wrong:
        raise ValueError(f'there is no reason "{wrong[0]}" to ignore. There are: {", ".join(REASONS)}.')
    pairs, single = _pairs(answers, declared, now, ignore)
    found = sorted((one.as_dict(options) for one in pairs), key=lambda one: -Health(one["health"]).rank)
    healths = [Health(one["health"]) for one in found]
    return {
        "time": datetime.fromtimestamp(int(now), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # An estate without pairs is not healthy.
        "health": worst(healths).value if found else Health.UNKNOWN.value,
        "counts": {each.value: healths.count(each) for each in sorted(Health, key=lambda one: -one.rank)},
        "pairs": found,
        "single": single,
    }


def _pairs(
    answers: Mapping[str, AnswerData], declared: Iterable[Mapping[str, Any]], now: float, ignore: Collection[str]
) -> tuple[list[RunningPair], list[str]]:
    """The pairs, and the servers without a relationship."""
    stated = {str(server["name"]): server for server in declared}
    hosts = [*answers, *(name for name in stated if name not in answers)]
    servers, pairs, single = [], [], []
    for host in hosts:
        answer = answers.get(host, {})
        halves = tuple(_halves(answer, stated.get(host, {})))
        if not halves and "relationships" in answer:
            single.append(host)
            continue
        # Including an unknown server that gave no answer: it may be a partner.
        servers.append(Server(host, Scope(), halves, address=stated.get(host, {}).get("address")))
        if not halves and host in answers:
            pairs.append(RunningPair(None, (Member(host, Half(""), answer),), now, ignore))

    def member(side: Side) -> Member:
        answer = answers.get(side.server.name, {})
        wanted = stated.get(side.server.name, {}).get("daemon")
        return Member(side.server.name, side.half, answer, _live(answer).get(side.half.name), declared=wanted)

    pairing = pair(servers)
    for one in pairing.relationships:
        pairs.append(RunningPair(one.primary.half.name, (member(one.primary), member(one.secondary)), now, ignore))
    for unmatched in pairing.alone:
        members = [member(unmatched.side)]
        if not unmatched.partner_given:
            members.append(_stranger(unmatched.side.half))
        members.sort(key=lambda one: one.half.role != "primary")
        pairs.append(RunningPair(unmatched.side.half.name, tuple(members), now, ignore, unmatched))
    # With --limit: leave out pairs of which no server was asked.
    pairs = [one for one in pairs if {member.condition for member in one.members} - {NOT_ASKED, ELSEWHERE}]
    order = {host: number for number, host in enumerate(hosts)}
    pairs.sort(key=lambda one: min(order.get(one.host, len(order)) for one in one.members))
    return pairs, single


def _live(answer: AnswerData) -> dict[str, AnswerData]:
    return {str(item["name"]): item for item in answer.get("relationships") or []}


def _halves(answer: AnswerData, stated: Mapping[str, Any]) -> Iterator[Half]:
    """This server's halves: those that it has, or else those that the inventory declares for it."""
    live = _live(answer)
    declared = {
        str(half.get("name")): half
        for half in stated.get("failover") or []
        if habits(answer.get("daemon")).refuses or not _renamed(half, live)
    }
    for name in [*declared, *(name for name in live if name not in declared)]:
        sources = (live.get(name, {}), declared.get(name, {}))

        def first(key: str, sources: Sequence[Mapping[str, Any]] = sources) -> Any:
            return next((source[key] for source in sources if source.get(key) is not None), None)

        yield Half(
            name,
            role=first("role"),
            address=first("address"),
            port=_number(first("port")),
            peer_address=first("peer_address"),
            peer_port=_number(first("peer_port")),
        )


def _renamed(declared: Mapping[str, Any], live: Mapping[str, AnswerData]) -> bool:
    """Whether the server has this half by another name."""
    ends = [declared.get(key) for key in ("address", "peer_address")]
    return (
        declared.get("name") not in live
        and None not in ends
        and any(ends == [item.get(key) for key in ("address", "peer_address")] for item in live.values())
    )


def _number(value: Any) -> int | None:
    try:
        return None if value is None else int(value)
    except ValueError:
        return None


def _stranger(half: Half) -> Member:
    """The server of a partner that the inventory does not know."""
    role = {"primary": "secondary", "secondary": "primary"}.get(half.role or "")
    other = Half(half.name, role=role, address=half.peer_address, port=half.peer_port)
    return Member(half.peer_address or "?", other, {}, elsewhere=True)


# --- why a pair is not healthy: causes first ------------------------------------------------------------------


def _not_asked(one: RunningPair) -> Iterator[Reason]:
    for member in one.members:
        said = " ".join(message_of(member.answer, "no message").split()).rstrip(".")
        if member.condition == UNREACHABLE:
            yield Reason(
                "host-unreachable",
                (member.host,),
                f"{member.host} cannot be reached from here: {said}.",
                "Clients may still be served. If ssh was refused, make sure that the controller may log in; otherwise "
                "look at the server's console, and at the network between the two.",
            )
        elif member.condition == FAILED:
            yield Reason(
                "no-answer", (member.host,), f"{member.host} was asked and gave no answer.", f"It said: {said}."
            )
        elif member.condition == NOT_ASKED:
            yield Reason(
                "not-asked",
                (member.host,),
                f"{member.host} was not asked.",
                "Put it into group dhcp_servers, and do not use --limit.",
            )


_ASK_AGAIN = (
    "Ask again when that has ended. If it was killed on another controller, it counts as interrupted after ten minutes."
)


def _move(one: RunningPair) -> Iterator[Reason]:
    """A pair that gets another daemon. What each server lacks meanwhile is as it should be."""
    move = one.move
    if move is None:
        return
    serving = [f"{member.habits.name} on {member.host}" for member in one.members if member.serving]
    who = f"{' and '.join(serving)} {'answer' if len(serving) > 1 else 'answers'} clients" if serving else _nobody(one)
    only = f" Only {move.hosts[0]} has a journal of it." if len(move.hosts) < len(one.members) else ""
    facts = f"{who}.{only} {move.leases}".rstrip()
    last = _clock_time(epoch(move.since) or 0)
    if move.by:
        message = f"{move.by} is at work on the {move.name}; its last record is of {last}. {facts}"
        yield Reason("migration-running", _hosts(one), message, _ASK_AGAIN)
    else:
        message = f"The {move.name} has not ended, and no run is at work on it; its last record is of {last}. {facts}"
        hint = f"Start and stop no daemon by hand. {move.marked}"
        yield Reason("migration-unfinished", _hosts(one), message, hint)


def _deployments(one: RunningPair) -> Iterator[Reason]:
    for member in one.members:
        found = member.answer.get("deployment")
        if found and found.get("by"):
            yield Reason(
                "deployment-running",
                (member.host,),
                f"{found['by']} has been deploying to {member.host} since {_clock_time(epoch(found['since']) or 0)}.",
                _ASK_AGAIN,
            )
        elif found:
            message, hint = _unfinished(member, found)
            yield Reason("deployment-unfinished", (member.host,), message, hint)


def _unfinished(member: Member, found: Mapping[str, Any]) -> tuple[str, str]:
    """What an unfinished deployment has left on a server, and the remedy."""
    host, step, name = member.host, Step(found["step"]), member.habits.name
    began = _clock_time(epoch(found["since"]) or 0)
    files = _few(list(found["files"]))
    again = "Run it again: `ansible-playbook netlab.dhcp_failover.deploy`"
    if step == Step.UNREAD and not found["kept"]:
        return (
            f"{host}: {files} was changed at {began}, but its {name} still runs with what it had read before.",
            "See what differs: `ansible-playbook netlab.dhcp_failover.drift`. Then deploy, or undo the change.",
        )
    if step == Step.STAGED:
        return (
            f"The deployment to {host} of {began} ended before anything was replaced. It runs with its previous "
            f"configuration; the new one is {files}.",
            f"{again}. If you do not want it any more, remove that file.",
        )
    interrupted = f"The deployment to {host} of {began} was interrupted"
    if step == Step.UNREAD:
        return (
            f"{interrupted}: its new files are in place, but its {name} still runs with the previous ones.",
            f"{again}.",
        )
    runs = "it runs" if member.condition == ANSWERS else "it has"
    return (
        f"{interrupted}: {runs} a new configuration, with which the pair was not yet proven to work.",
        f"{again}. It proves that, or goes back to the previous configuration.",
    )


def _daemon(one: RunningPair) -> Iterator[Reason]:
    for member in one.members:
        if member.condition == DOWN:
            words = member.habits
            unit = member.answer.get("unit")
            start = (
                f"`systemctl start {unit or words.services[0]}`{'' if unit else f' (Debian) or {words.services[1]}'}"
            )
            yield Reason(
                "daemon-down",
                (member.host,),
                f"{words.name} does not run on {member.host}.",
                f"Read its last log lines: `journalctl -t {words.program} -n 50`. Then start it: {start}.",
            )


def _starts(one: RunningPair) -> Iterator[Reason]:
    for member in one.members:
        found = member.answer.get("starting") or []
        if len(found) > 1:
            (other, *_others) = [name for name in found if name != member.daemon]
            yield Reason(
                "two-daemons-start",
                (member.host,),
                f"{' and '.join(habits(name).name for name in found)} both start with {member.host}, and would lease "
                "the same addresses after its next boot.",
                f"Disable the one that does not serve: `systemctl disable {'` or '.join(habits(other).services)}.",
            )


def _relationship(one: RunningPair) -> Iterator[Reason]:
    for member in one.members:
        if member.condition != ANSWERS or one.name is None:
            continue
        words = member.habits
        if member.item is None:
            yield Reason(
                "relationship-missing",
                (member.host,),
                f'Relationship "{one.name}" is declared for {member.host}, but is not in its {words.config}.',
                "Deploy it: `ansible-playbook netlab.dhcp_failover.deploy`",
            )
        elif member.item.get("problem"):
            yield Reason(
                "relationship-not-loaded",
                (member.host,),
                f"{member.host} has it in {words.config}: {member.item['problem']}.",
                f"The file was changed without a restart of {words.name}. See what was changed before you restart it.",
            )
    if one.unmatched and one.unmatched.partner_given:
        (member,) = one.members
        yield Reason(
            "partner-missing",
            (member.host,),
            f'Only {member.host} knows relationship "{one.name}"; no other server has a half that fits.',
            "Compare name, addresses and ports of both: `ansible-playbook netlab.dhcp_failover.validate`",
        )
    elif one.unmatched:
        address = one.unmatched.side.half.peer_address or "no address"
        yield Reason(
            "partner-elsewhere",
            (one.unmatched.side.server.name,),
            f"The partner ({address}) is not in this inventory, so only one side of the pair can be judged.",
            "Ask those who manage it, or add it to the inventory. If this is as it should be, set "
            "status_ignore: [partner-elsewhere].",
        )


def _roles(one: RunningPair) -> Iterator[Reason]:
    roles = [member.item.get("role") for member in one.members if member.item and member.condition == ANSWERS]
    if len(roles) == 2 and roles[0] == roles[1] and roles[0] is not None:
        refuses = one.members[0].habits.refuses
        meaning = "so they never become normal" if refuses else "and neither tells the other of its leases"
        yield Reason(
            "role-conflict",
            _hosts(one),
            f"Both servers are {roles[0]}, {meaning}.",
            "Declare one of them the other side, and deploy it.",
        )


def _peers(one: RunningPair) -> Iterator[Reason]:
    """Whether each server is where the other looks for it. If it is not, a daemon may serve alone, and say nothing."""
    if any(member.habits.refuses or member.state is None for member in one.members):
        return
    for member, other in one.others:
        if other is None:
            continue
        wanted = (member.half.name, member.half.peer_address, member.half.peer_port)
        found = (other.half.name, other.half.address, other.half.port)
        if wanted != found:
            expected, stated = (f"{name} at {address} port {port}" for name, address, port in (wanted, found))
            yield Reason(
                "peers-differ",
                (member.host, other.host),
                f"{member.host} expects its partner as {expected}, but {other.host} is {stated}: they share no leases.",
                "Declare the relationship once for both, and deploy them: "
                "`ansible-playbook netlab.dhcp_failover.deploy`",
            )


def _pools(one: RunningPair) -> Iterator[Reason]:
    """The addresses that the servers share must be the same; each says what its configuration has."""
    known = [member.ranges for member in one.members]
    if len(known) != 2 or None in known or known[0] == known[1]:
        return
    sets = [union(map(_interval, ranges or ())) for ranges in known]
    extra = [minus(sets[0], sets[1]), minus(sets[1], sets[0])]
    if not any(extra):
        return
    totals = " and ".join(f"{member.host} has {count(own):,}" for member, own in zip(one.members, sets))
    only = "; ".join(
        f"only {member.host} has {text(own, 3)} ({count(own):,})" for member, own in zip(one.members, extra) if own
    )
    yield Reason(
        "pools-differ",
        _hosts(one),
        f"The servers do not share the same addresses: {totals}; {only}.",
        "The leases of these are lost when their server fails. See which one differs from its declaration: "
        "`ansible-playbook netlab.dhcp_failover.drift`. Then deploy.",
    )


def _interval(text: str) -> Interval:
    first, _dash, last = text.partition("-")
    low, high = (int.from_bytes(socket.inet_aton(end), "big") for end in (first, last or first))
    return low, high


def _clocks(one: RunningPair) -> Iterator[Reason]:
    if one.clock is None:
        return
    offset, doubt = one.clock
    # Only the certain part counts: a slow answer must not look like a wrong clock.
    certain = abs(offset) - doubt
    if certain < CLOCK_WARN:
        return
    ahead, behind = reversed(_hosts(one)) if offset > 0 else _hosts(one)
    message = f"The clock of {ahead} is {abs(offset):.0f} s ahead of that of {behind}"
    hint = "See on both which one is wrong and why: `timedatectl timesync-status`, or `chronyc tracking`."
    words = one.members[0].habits
    if certain < CLOCK_STOP:
        yield Reason("clock-offset", (ahead, behind), f"{message}; {words.clock}.", hint)
    else:
        yield Reason("clock-offset-too-large", (ahead, behind), f"{message}; {words.clock_stop}.", hint)


def _versions(one: RunningPair) -> Iterator[Reason]:
    versions = [(member.daemon, member.answer.get("version")) for member in one.members]
    if len(versions) == 2 and all(version for _daemon, version in versions) and versions[0] != versions[1]:
        shown = " and ".join(f"{each.host} has {each.habits.name} {each.answer['version']}" for each in one.members)
        alike = versions[0][0] == versions[1][0]
        yield Reason(
            "version-mismatch",
            _hosts(one),
            f"The servers differ: {shown}.",
            "Upgrade the older one; ISC supports a pair of two versions only while it is being upgraded."
            if alike
            else "These two cannot work together. Declare one daemon for both (dhcp_server_daemon).",
        )


def _faults(one: RunningPair) -> Iterator[Reason]:
    """failover_info returns only faults that matter and persist; for a dead daemon, those of its end."""
    for member in one.members:
        for fault in member.answer.get("faults") or []:
            name = fault.get("relationship")
            # A fault that names no relationship of this server may belong to this one.
            if name != member.half.name and name in _live(member.answer):
                continue
            times = "once" if fault.get("count", 1) == 1 else f"{fault['count']} times"
            when = epoch(fault.get("time"))
            last = "" if when is None else f", last at {_clock_time(when)}"
            yield Reason(
                "fault",
                (member.host,),
                f"{member.host}: {fault['kind']}, logged {times} since its {member.habits.name} was started{last}: "
                f"{fault['message']}",
                str(fault["hint"]),
            )


def _both(one: RunningPair) -> Iterator[Reason]:
    right = one.move.daemon if one.move else one.members[0].declared
    for member in one.members:
        found = member.answer.get("answering") or []
        if len(found) > 1:
            names = [name for name in found if right in found and name != right] or found
            first, *others = (unit for name in names for unit in habits(name).services)
            units = "".join([f"`systemctl disable --now {first}`", *(f" or {unit}" for unit in others)])
            yield Reason(
                "both-alone",
                (member.host,),
                f"{' and '.join(habits(name).name for name in found)} both serve on {member.host}, and neither knows "
                "the leases of the other, so two clients can get the same address.",
                f"Stop the one that is wrong: {units}. The leases that it gave are lost.",
            )
    if len(one.members) != 2:
        return
    if one.members[0].daemon == one.members[1].daemon:
        if all(member.phase == Phase.ALONE for member in one.members):
            yield Reason(
                "both-alone",
                _hosts(one),
                "Each server takes the other for dead and gives out every address, so two clients can get the same "
                "one.",
                "Let them reach each other again; they then resolve it by themselves within seconds. If that takes "
                f"long, stop {one.members[0].habits.name} on one of them until then.",
            )
    elif all(member.serving for member in one.members):
        both = " and ".join(f"{member.habits.name} on {member.host}" for member in one.members)
        wrong = [member for member in one.members if right in DAEMONS and member.daemon != right] or one.members
        stop = " or ".join(f"`systemctl stop {member.answer.get('unit')}` on {member.host}" for member in wrong)
        yield Reason(
            "both-alone",
            _hosts(one),
            f"{both} answer clients, and neither knows the leases of the other, so two clients can get the same "
            "address.",
            f"Stop the one that is wrong: {stop}. The leases that it gave are lost.",
        )


def _service(one: RunningPair) -> Iterator[Reason]:
    serving = [member.serving for member in one.members]
    if one.name is None or False not in serving or True in serving:
        return
    states = ", ".join(f"{each.host}: {each.state or each.condition}" for each in one.members)
    hint = "Bring one of them back first; the reasons below say what each of them lacks."
    yield Reason("no-service", _hosts(one), f"{_nobody(one)}: {states}.", one.move.marked if one.move else hint)


def _nobody(one: RunningPair) -> str:
    known = all(member.serving is False for member in one.members)
    return "Neither server answers clients" if known else "No server is known to answer clients"


def _states(one: RunningPair) -> Iterator[Reason]:
    for member, other in one.others:
        if member.phase is None:
            continue
        if member.phase != Phase.NORMAL:
            message, hint = _explain(member, other, one.now)
            yield Reason("state-not-normal", (member.host,), f"{member.host} is {message}.", hint)
            continue
        words = member.habits
        if words.standby and not member.serving and (member.state, member.half.role) != (words.standby, "secondary"):
            yield Reason(
                "silent",
                (member.host,),
                f"{member.host} is {member.state}, but answers no clients: it was disabled, or has no open socket.",
                f"Read its last log lines: `journalctl -t {words.program} -n 50`. Then restart it: "
                f"`systemctl restart {member.answer.get('unit')}`.",
            )
        if other and other.phase not in (None, Phase.NORMAL):
            yield Reason(
                "states-contradict",
                (member.host, other.host),
                f"{member.host} is {member.state} and believes {other.host} to be {member.partner_state}, but "
                f"{other.host} says that it is in {other.state}.",
                "Ask again in a few seconds; the news may be on its way. If it stays, restart "
                f"{words.name} on the secondary.",
            )


def _explain(member: Member, other: Member | None, now: float) -> tuple[str, str]:
    """The meaning of a state that is not normal, and the remedy."""
    partner, words = "its partner" if other is None else other.host, member.habits
    age, left = member.age(now), member.left(now)
    since = "" if age is None else f" for {_duration(age)}"
    wait = "" if left is None else f" for another {_duration(left)}, until {_clock_time(now + left)}"
    if left is not None and left <= 0:
        wait = f", which should have ended {_duration(-left)} ago"
    back = f"Bring {words.name} on {partner} back"
    if other and other.condition in (ANSWERS, ELSEWHERE):
        place = f"{other.half.address or partner} {other.half.port or DEFAULT_PORT}"
        back = f"See that the two reach each other (on {member.host}: `nc -zv {place}`): cable, firewalls, clocks"
    by_itself = bool(member.item and member.item.get("takeover"))
    fields = {
        "host": member.host,
        "partner": partner,
        "wait": wait,
        "back": back,
        "again": f"{back}. It becomes normal by itself.",
        "alone": "It serves alone in some seconds." if by_itself else "It does not serve alone until it is told to.",
        "run": "ansible-playbook netlab.dhcp_failover",
    }
    phase = member.phase or Phase.UNKNOWN
    meaning = words.meanings.get(str(member.state)) or words.meanings.get(phase.value, UNKNOWN_STATE)
    text, remedy = (part.format(program=words.program, **fields) for part in (meaning.text, meaning.remedy))
    return f"in {member.state}{since}: {text}", remedy


def _addresses(one: RunningPair) -> Iterator[Reason]:
    """Counted by one serving server, the primary if possible, because both count the same addresses."""
    member = next((member for member in one.members if member.serving), None)
    if member is None:
        return
    balances = member.habits.balances
    alone = balances and member.phase == Phase.INTERRUPTED
    own = _HALVES.get(member.half.role or "")
    ages = [member.age(one.now) for member in one.members if member.phase == Phase.NORMAL]
    settled = min((age or 0.0 for age in ages), default=0.0) if len(ages) == len(one.members) else 0.0
    exhausted, halves, uneven = [], [], []
    for pool in member.pools():
        free, backup = int(pool.get("free") or 0), int(pool.get("backup") or 0)
        left = int(pool.get(own) or 0) if alone and own else free + backup
        known = f"free {free}, backup {backup}" if balances else f"free {free}"
        where = f"{pool.get('subnet') or 'all pools'} ({known}, of {pool.get('total') or 0})"
        if not pool.get("total"):
            continue
        if left == 0:
            exhausted.append(where)
        elif balances and settled >= MIN_BALANCE and left > 1 and 0 in (free, backup):
            halves.append(where)
        elif balances and settled >= MAX_BALANCE and left >= IMBALANCE_FROM and abs(free - backup) > IMBALANCE * left:
            uneven.append(where)
    if exhausted:
        what = f"{member.host} alone has no address left" if alone else "No address is left"
        yield Reason(
            "pool-exhausted",
            (member.host,),
            f"{what} for new clients in {_few(exhausted)}.",
            "Add a range or shorten the lease time; who holds the addresses: module netlab.dhcp_failover.lease_info.",
        )
    if halves:
        yield Reason(
            "half-exhausted",
            (member.host,),
            f"One server has no address left for new clients in {_few(halves)}; if the other one stops, they get none.",
            "Add a range. If there are enough addresses, see in the journals whether the pool is balanced: "
            "`journalctl -t dhcpd -g balanc`",
        )
    if uneven:
        yield Reason(
            "pool-imbalance",
            (member.host,),
            f"The halves differ by more than three to one in {_few(uneven)}, although dhcpd evens them out every hour.",
            "See in the journals what keeps it from it: `journalctl -t dhcpd -g balanc`",
        )


# While a pair gets another daemon, nothing else is wrong with it.
_MOVING = (_not_asked, _both, _service, _move, _clocks, _addresses)
_CHECKS = (
    _not_asked,
    _deployments,
    _daemon,
    _starts,
    _both,
    _service,
    _roles,
    _peers,
    _relationship,
    _pools,
    _clocks,
    _faults,
    _states,
    _addresses,
    _versions,
)


def _hosts(one: RunningPair) -> tuple[str, ...]:
    return tuple(member.host for member in one.members)


def _few(items: Sequence[str]) -> str:
    more = f" and {len(items) - 3} more" if len(items) > 3 else ""
    return ", ".join(items[:3]) + more


def epoch(value: str | float | None) -> float | None:
    """A time as the modules return it, or seconds, as seconds."""
    if value is None or isinstance(value, (int, float)):
        return value
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


def _clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(seconds: float) -> str:
    """A duration in at most two units."""
    left = max(0, round(seconds))
    for size, unit, smaller, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if left >= size:
            rest = left % size // smaller
            return f"{left // size} {unit}" + (f" {rest} {small}" if rest else "")
    return f"{left} s"
