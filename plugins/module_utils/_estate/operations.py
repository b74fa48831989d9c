# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The decisions of the operator's playbooks (partner_down, maintenance, rejoin). Pure functions over data.

An operation is about one server and those of its relationships that were asked for. The playbooks ask both sides, and
act; this module decides whether they may, and what they say. An answer is what failover_info returned for a host,
with `msg` if it failed and `unreachable` if Ansible could not log in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from math import ceil
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import (
    Habits,
    Move,
    habits,
    move_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData, Phase
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import TIME_FORMAT, seconds_of

Answers = Mapping[str, AnswerData]

# ssh's messages about a host that does not answer at all; its exit status is the same for every failure. A host that
# refuses a key or a connection is alive. Any other message counts as unknown, which partner_down refuses: a message
# missing here costs a refusal, not safety. A match is not enough: the server also tries the partner's port and a ping.
_SILENCE = re.compile(r"timed out|No route to host|Host is down|Timeout, server .* not responding")
_ROW = "{:<14} {:<14} {:<26} {}"
_LONGEST_MESSAGE = 90
# Do not poll a wait of hours every second.
_POLLS = 30
_LONGEST_DELAY = 60


class RefusalError(Exception):
    """The operation must not begin; the text says why, and what to do instead."""


@dataclass(frozen=True)
class Operation:
    """The server to act on, and the other servers that take part.

    relationships: by host, the names to ask about. sides: the server's own, as `collect_sides` returns them.
    whole: whether these are all relationships of the server.
    """

    server: str
    sides: Sequence[Mapping[str, Any]]
    relationships: Mapping[str, list[str]]
    whole: bool = True
    partners: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def choose(
    playbook: str, sides: Iterable[Mapping[str, Any]], server: str, relationship: str, present: Iterable[str]
) -> Operation:
    """Choose the servers that take part. present: the hosts of the play. Raises RefusalError."""
    sides = list(sides)
    hosts = list(dict.fromkeys(side["host"] for side in sides))
    if server not in hosts:
        raise RefusalError(
            "failover_server must name the server that this is about, one of: "
            f"{', '.join(hosts) or 'none, because no host of this inventory has a relationship'}. "
            f"It is {_quoted(server)}. For instance: ansible-playbook netlab.dhcp_failover.{playbook} "
            f"-e failover_server={(*hosts, 'HOST')[0]}"
        )
    own = [side for side in sides if side["host"] == server]
    chosen = [side for side in own if relationship in ("", side["relationship"])]
    if not chosen:
        known = ", ".join(side["relationship"] for side in own)
        raise RefusalError(
            f"failover_relationship must name a relationship of {server}, one of: {known} (default: all of them). "
            f"It is {_quoted(relationship)}."
        )
    partners = list(dict.fromkeys(side["partner"] for side in chosen if side["partner"]))
    missing = sorted({server, *partners} - set(present))
    if missing:
        raise RefusalError(
            f"{playbook} looks at both sides, but --limit leaves out {', '.join(missing)}. Run it without --limit."
        )
    names = {
        host: [side["relationship"] for side in chosen if host in (side["host"], side["partner"])]
        for host in (server, *partners)
    }
    return Operation(server, chosen, names, len(chosen) == len(own), partners)


def _quoted(text: str) -> str:
    return f'"{text}"' if text else "not set"


# --- The answers of both sides -------------------------------------------------------------------------------


def reports(answer: AnswerData) -> list[Mapping[str, Any]]:
    """What a host says of each relationship; nothing if it could not be asked."""
    return list(answer.get("relationships") or [])


def _habits(operation: Operation, answers: Answers) -> Habits:
    """The habits of the server's daemon, which is its partners', too."""
    daemons = (answers.get(host, {}).get("daemon") for host in (operation.server, *operation.partners))
    return habits(next((daemon for daemon in daemons if daemon), None))


def _phases(answers: Iterable[AnswerData]) -> list[str]:
    return [report["phase"] for answer in answers for report in reports(answer)]


def why_silent(host: str, answer: AnswerData) -> str:
    """Why a host gives no state, as a sentence that begins with its name."""
    stopped = f"{habits(answer.get('daemon')).name} does not run on this host"
    text = str(answer.get("msg") or stopped).strip().rstrip(".")
    return f"{text}." if text.startswith(host) else f"{host}: {text}."


def state_table(operation: Operation, answers: Answers) -> list[str]:
    """One line for each relationship and host, with a heading."""
    lines = [_ROW.format("relationship", "server", "state", "since")]
    for host in (operation.server, *operation.partners):
        answer = answers.get(host, {})
        found = reports(answer)
        if not found:
            message = str(answer.get("msg") or "").strip()
            message = message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 3]}..."
            state = "unreachable" if answer.get("unreachable") else "no answer"
            lines += [_ROW.format(name, host, state, message).rstrip() for name in operation.relationships[host]]
        for report in found:
            state = report["local_state"]
            if report.get("problem"):
                state = "unknown" if answer.get("running") else "not running"
            saved = report.get("saved")
            since = report.get("since") or (f"will start as {saved['local_state']}" if saved else "")
            lines.append(_ROW.format(report["name"], host, state, since).rstrip())
    for side in operation.sides:
        if not side["partner"]:
            lines.append(
                _ROW.format(
                    side["relationship"], side["peer_address"], "?", "not in the inventory, so it was not asked"
                )
            )
    return lines


def failure(operation: Operation, answers: Answers, line: str) -> list[str]:
    """Why an operation has failed: the states, the daemons' complaints, and what to do."""
    faults = [
        f"{host}: {fault['kind']}: {fault['message']} -> {fault['hint']}"
        for host in operation.relationships
        for fault in answers.get(host, {}).get("faults") or []
    ]
    look = f"look at journalctl -t {_habits(operation, answers).program} on both servers"
    return [line, *state_table(operation, answers), *faults, f"Next: {look}. Repeat this when the cause is gone."]


def all_normal(operation: Operation, answers: Answers) -> bool:
    """Whether every server that takes part is normal."""
    return all(
        len(reports(answers.get(host, {}))) == len(names)
        and all(report["normal"] for report in reports(answers.get(host, {})))
        for host, names in operation.relationships.items()
    )


# --- a pair that gets another daemon ---------------------------------------------------------------------------


def refuse_move(operation: Operation, answers: Answers, takes_over: bool = False) -> None:
    """Raises RefusalError if the pair gets another daemon: its steps are those of migrate and migrate_back alone.

    takes_over: the server is to serve alone. It may if its running daemon has the leases that count.
    """
    move = _move(operation, answers)
    if move is None or (takes_over and _has_what_counts(operation, answers.get(operation.server, {}), move)):
        return
    why = move.refusal
    if takes_over:
        why += (
            f" {operation.server} must not take over, because its daemon does not have them all. If its partner is "
            "lost for good, let dhcpd serve alone: ansible-playbook netlab.dhcp_failover.migrate_back "
            f"-e failover_server={operation.server} -e failover_fenced=true"
        )
    raise RefusalError(why)


def _move(operation: Operation, answers: Answers) -> Move | None:
    return move_of({host: answers.get(host, {}) for host in operation.relationships})


def _has_what_counts(operation: Operation, own: AnswerData, move: Move) -> bool:
    if not own.get("running") or operation.server not in move.hosts or own.get("daemon") != move.daemon:
        return False
    # "kea-primary": those of one Kea alone.
    whose = (move.holder or "").partition("-")[2]
    return not whose or all(side["role"] == whose for side in operation.sides)


# --- partner_down --------------------------------------------------------------------------------------------


def partner_condition(answer: AnswerData, unit_state: str) -> str:
    """The known condition of a partner's daemon: running, stopped, unreachable, or unknown.

    unit_state: systemd's ActiveState of the daemon's unit, "" if it could not be asked.
    """
    if answer.get("unreachable"):
        return "unreachable" if _SILENCE.search(str(answer.get("msg", ""))) else "unknown"
    if not answer.get("running", True) and unit_state in ("inactive", "failed"):
        return "stopped"
    return "running"


def partner_down_evidence(conditions: Mapping[str, str], partner: str | None, fenced: bool) -> str:
    """The word for `partner` of failover_state."""
    if fenced:
        return "fenced"
    condition = conditions.get(partner or "", "unknown")
    return "unknown" if condition == "running" else condition


def judge_partner_down(
    operation: Operation, answers: Answers, conditions: Mapping[str, str], fenced: bool
) -> list[str]:
    """Warnings before a server takes over. Raises RefusalError while a partner may serve.

    conditions: by partner, its `partner_condition`.
    """
    own, name = answers.get(operation.server, {}), _habits(operation, answers).name
    if not own.get("running"):
        raise RefusalError(f"{why_silent(operation.server, own)} It cannot take over.")
    if Phase.INTERRUPTED not in _phases([own]):
        return []  # failover_state refuses it with the reason
    warnings = []
    otherwise = "If it is switched off, or cut off from all clients, say so with -e failover_fenced=true."
    for partner, condition in conditions.items():
        unit = answers.get(partner, {}).get("unit")
        stop = f"ansible {partner} -b -m systemd_service -a 'name={unit} state=stopped'"
        if condition == "running" and fenced:
            warnings.append(
                f"failover_fenced says that {partner} is fenced, but {name} runs there. If any client can still reach "
                f"it, addresses will be leased twice. Stop it: {stop}"
            )
        elif condition == "running":
            states = ", ".join(report["local_state"] for report in reports(answers.get(partner, {}))) or "unknown"
            raise RefusalError(
                f"{partner}: refused: {name} runs there (its state: {states}). Only the connection between it and "
                f"{operation.server} is cut, and each serves the clients that reach it. Repair the connection: open "
                "the failover port both ways, set clocks within 60 s, declare the same relationship on both (playbook "
                f"validate). To replace {partner} for good, stop its {name} and repeat this: {stop}. {otherwise}"
            )
        elif condition == "unknown" and not fenced:
            message = str(answers.get(partner, {}).get("msg", "")).strip()
            raise RefusalError(
                f"{partner}: refused: cannot log in to see whether {name} runs there: {message} {otherwise}"
            )
    return warnings


def tell_partner_down(
    operation: Operation, answers: Answers, results: Sequence[Mapping[str, Any]], check_mode: bool
) -> tuple[list[str], str]:
    """What has happened, and what comes next. results: those of failover_state, one for each relationship."""
    name = _habits(operation, answers).name
    changed = any(result.get("changed") for result in results)
    did = "had already taken" if not changed else "would take" if check_mode else "has taken"
    lines = [f"{operation.server} {did} over from its partner, to serve all clients."]
    for result in results:
        if result["usable_at"] is None:
            continue  # the daemon uses all addresses at once
        left = result["usable_in"]
        when = f"on, in {left} s" if left else "on, that is now"
        lines.append(
            f"{result['relationship']}: the partner's own free addresses are usable from {result['usable_at']} {when} "
            f"(MCLT {result['mclt']} s)"
        )
    partner = (*operation.partners, "PARTNER")[0]
    move = _move(operation, answers)
    if move:
        return lines, f"start no daemon on {partner} by hand. When it is back: {move.remedy}"
    remedy = (
        f"keep {name} on the partner stopped until it can reach {operation.server}; then run: ansible-playbook "
        f"netlab.dhcp_failover.rejoin -e failover_server={partner}"
    )
    return lines, remedy


# --- maintenance ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Handover:
    """The situation for maintenance: it is on already, or a partner can take over (otherwise only by force).

    verbs: by host, the verb that begins it. left: the hosts that are told when the server has stopped.
    """

    already: bool
    possible: bool
    verbs: Mapping[str, str] = field(default_factory=dict)
    left: Sequence[str] = ()


def read_maintenance(state: object, server: str) -> bool:
    """Whether maintenance begins. YAML reads on and off as booleans, --extra-vars as words. Raises RefusalError."""
    word = str(state).lower()
    if word in ("on", "true"):
        return True
    if word in ("off", "false"):
        return False
    raise RefusalError(
        f"maintenance_state must be on (before the stop) or off (after it). It is {_quoted(word)}. For instance: "
        f"ansible-playbook netlab.dhcp_failover.maintenance -e failover_server={server} -e maintenance_state=on"
    )


def judge_maintenance(operation: Operation, answers: Answers, force: bool) -> Handover:
    """Whether a server may hand its clients over. Raises RefusalError."""
    own, words = answers.get(operation.server, {}), _habits(operation, answers)
    # A stopped server has at most the state with which it will start.
    phases = {
        report["saved"]["phase"] if report.get("problem") else report["phase"]
        for report in reports(own)
        if not report.get("problem") or report.get("saved")
    }
    theirs = _phases(answers.get(partner, {}) for partner in operation.partners)
    expected = sum(1 for side in operation.sides if side["partner"])
    stopped = not phases and own.get("running") is False and bool(theirs)
    already = (phases == {Phase.HELD} or stopped) and set(theirs) <= {Phase.ALONE}
    possible = phases == {Phase.NORMAL} and set(theirs) <= {Phase.NORMAL} and len(theirs) == expected
    if not already and not own.get("running"):
        partner = (*operation.partners, "PARTNER")[0]
        raise RefusalError(
            f"{why_silent(operation.server, own)} So it cannot hand its clients over. Start it first; or let its "
            f"partner take over: ansible-playbook netlab.dhcp_failover.partner_down -e failover_server={partner}"
        )
    if not already and not possible and not force:
        raise RefusalError(
            "\n".join(
                [
                    "Refused: not every server is normal, so no server would take over the clients of "
                    f"{operation.server}:",
                    *state_table(operation, answers),
                    "Next: make both servers normal (playbook rejoin), then repeat this.",
                    "Next: or insist with -e maintenance_force=true; clients may then be without service.",
                ]
            )
        )
    if possible and words.staying and expected < len(operation.sides):
        raise RefusalError(
            f"{words.name} hands clients over on the server that stays, but the inventory does not have every partner "
            f"of {operation.server}. Ask those who manage the partner to run the verb {words.staying} there."
        )
    verbs = {}
    if words.leaving and own.get("running"):
        verbs = {operation.server: words.leaving}
    elif words.staying and possible:
        verbs = dict.fromkeys(operation.partners, words.staying)
    left = [*operation.partners] if words.staying and operation.whole and (possible or already) else []
    return Handover(already, possible, verbs, left)


def taken_over(operation: Operation, answers: Answers) -> bool:
    """Whether the partners have taken over, by the answers of both sides.

    The server has to know it, too: then it comes back without waiting for the MCLT. For a partner that is not in the
    inventory, it is the only one to ask.
    """
    return all(
        len(reports(answers.get(host, {}))) == len(names)
        and all(
            report["partner_phase" if host == operation.server else "phase"] == Phase.ALONE
            for report in reports(answers.get(host, {}))
        )
        for host, names in operation.relationships.items()
    )


def tell_maintenance(
    operation: Operation, answers: Answers, handover: Handover, changed: bool, check_mode: bool
) -> tuple[list[str], str]:
    """What has happened, and what comes next."""
    words = _habits(operation, answers)
    served = handover.possible or handover.already
    if not changed:
        did = "was in maintenance already"
    elif check_mode:
        did = "would go into maintenance"
    else:
        clients = "are served by the partner" if served else "may be without service"
        did = f"is in maintenance, its clients {clients}"
    stopped = (
        f"{words.name} is not disabled: after a reboot it starts, {words.comes_back}."
        if operation.whole
        else f"{words.name} was not stopped, because it serves other relationships."
    )
    remedy = f"do what is to be done on {operation.server}, then run this with -e maintenance_state=off."
    return [f"{operation.server} {did}. {stopped}"], remedy


# --- rejoin --------------------------------------------------------------------------------------------------


def judge_rejoin(operation: Operation, answers: Answers, resync: bool) -> None:
    """Raises RefusalError if a partner does not run: the server learns from it what was leased in the meantime."""
    own, words = answers.get(operation.server, {}), _habits(operation, answers)
    if "unit" not in own:
        raise RefusalError(why_silent(operation.server, own))
    if resync and words.resync is None:
        raise RefusalError(
            f"{words.name} cannot be told to get all leases again; it notices by itself what it lacks. Leave out "
            "failover_resync."
        )
    for partner in operation.partners:
        answer = answers.get(partner, {})
        if not answer.get("running"):
            raise RefusalError(
                f"{why_silent(partner, answer)} {operation.server} learns all leases from it, so it must run first. "
                f"Start {words.name} there and repeat this."
            )


def rejoin_verbs(operation: Operation, answers: Answers, resync: bool) -> dict[str, list[dict[str, str]]]:
    """By host, what its daemon must be told to leave the state in which it is held, for each relationship.

    resync: whether a normal server gets all leases of its partner again.
    """
    words = _habits(operation, answers)
    found: dict[str, list[dict[str, str]]] = {}
    for host in operation.relationships:
        own = host == operation.server
        for report in reports(answers.get(host, {})):
            verb = (words.own if own else words.partners).get(report["local_state"])
            if resync and own and report["normal"]:
                verb = words.resync
            if verb:
                found.setdefault(host, []).append({"relationship": report["name"], "verb": verb})
    return found


@dataclass(frozen=True)
class Wait:
    """For how many seconds a server will not serve, and why."""

    seconds: int = 0
    lines: Sequence[str] = ()

    @property
    def poll(self) -> int:
        """The interval of asking, in seconds."""
        return min(max(self.seconds // _POLLS, 1), _LONGEST_DELAY)


def wait_for(operation: Operation, answer: AnswerData, now: float) -> Wait:
    """The wait that the server's answer implies. now: its own clock, in seconds since the epoch."""
    waiting = [report for report in reports(answer) if report.get("wait_until")]
    if not waiting:
        return Wait()
    until = max(seconds_of(report["wait_until"]) for report in waiting)
    seconds = max(0, ceil(until - now))
    state = waiting[0]["local_state"]
    mclt = max(int(report["mclt"]) for report in waiting)
    end = datetime.fromtimestamp(until, timezone.utc).strftime(TIME_FORMAT)
    return Wait(
        seconds,
        (
            f"{operation.server} is in {state}, for {seconds} more seconds (until {end}).",
            "It does not know which leases it has promised to clients. None of them lasts longer than the MCLT "
            f"({mclt} s) beyond what its partner knows, so it serves no client until that time is over. Its partner "
            "serves all clients until then. There is nothing to do but wait.",
        ),
    )


def tell_rejoin(
    operation: Operation, answers: Answers, started: bool, told: Collection[str], check_mode: bool
) -> tuple[list[str], str]:
    """Report what happened; nothing is left to do. told: the verbs that were carried out."""
    words, daemon = _habits(operation, answers), "was running"
    if started:
        daemon = "would be started" if check_mode else "was started"
    line = f"{words.name} on {operation.server} {daemon}"
    if words.resync in told:
        line += ", would get" if check_mode else ", has got"
        line += " all leases of its partner again"
    elif told:
        line += ", would leave the state it is held in" if check_mode else ", has left the state it was held in"
    return [f"{line}. {'The states before that:' if check_mode else 'It is a partner again. The states now:'}"], ""
