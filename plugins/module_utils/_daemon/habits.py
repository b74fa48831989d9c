# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""How the daemons differ for those who operate them: their words, and who is told what. Pure, for the controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import paths as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import paths as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData, Phase, Step
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DAEMONS,
    HOLDERS,
    MOVES,
    SIDES,
)


@dataclass(frozen=True)
class Meaning:
    """What a state means for clients, and what to do about it.

    Both are formats: {host} is in the state, {partner} is its partner, {wait} is how long it waits, {back} and {again}
    are how to bring the partner back, {alone} who decides that it serves alone, {run} begins the name of a playbook.
    A remedy has its commands between backticks.
    """

    text: str
    remedy: str


UNKNOWN_STATE = Meaning("not a state of a working server", "See `journalctl -t {program}` on {host}.")


@dataclass(frozen=True)
class Habits:
    """A daemon, for its operators.

    name: in sentences. program: its process, and its name in the journal. config: its file. services: the units that
    run it, of Debian and of others. refuses: whether it refuses a partner that its own configuration does not fit.
    balances: whether each free address belongs to one of the two. clock, clock_stop: what happens at the limit of two
    clocks, before and after it. meanings: by state, or by phase. standby: the state in which the secondary, and nobody
    else, answers no clients; None if whether it answers follows from its state.

    leaving, staying: the verb with which a server that goes into maintenance, or its partner, begins that. comes_back:
    what a server in maintenance does when its host is started again. own, partners: by state, the verb with which a
    server that is to rejoin, or its partner, leaves that state. resync: the verb that gets all leases again.
    """

    name: str
    program: str
    config: str
    services: tuple[str, str]
    refuses: bool
    balances: bool
    clock: str
    clock_stop: str
    meanings: Mapping[str, Meaning]
    comes_back: str
    standby: str | None = None
    leaving: str | None = None
    staying: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    partners: Mapping[str, str] = field(default_factory=dict)
    resync: str | None = None


_TAKE_OVER = "If {partner} is proven to be dead and stays so: `{run}.partner_down -e failover_server={host}`"
_END = "When the maintenance is over: `{run}."

_HABITS: Mapping[str, Habits] = {
    "dhcpd": Habits(
        name="dhcpd",
        program="dhcpd",
        config="dhcpd.conf",
        services=dhcpd.SERVICES,
        refuses=True,
        balances=True,
        clock="at 60 s dhcpd refuses",
        clock_stop="dhcpd refuses to connect above 60 s, and looks at the next restart or lost connection",
        meanings={
            Phase.INTERRUPTED: Meaning(
                "it serves alone, and gives new clients only its own half of the free addresses",
                f"{{again}} {_TAKE_OVER}",
            ),
            Phase.ALONE: Meaning("it serves alone, for {partner} as well", "{again}"),
            Phase.WAITING: Meaning(
                "it lost its lease database, or {partner} took over from it; it answers no clients{wait}",
                "Wait; {partner} alone can serve clients until then. If it served earlier, two clients could get one "
                "address.",
            ),
            Phase.HELD: Meaning(
                "it was told to stop and answers no clients; a restart does not change that",
                f"{_END}rejoin -e failover_server={{host}}`",
            ),
            Phase.RESOLVING: Meaning(
                "both servers have served alone; they compare their leases and answer no clients until then",
                "That takes seconds while they are connected. {back}.",
            ),
            Phase.SETTLING: Meaning("it waits for {partner}, and answers no clients", "{again}"),
        },
        comes_back="but serves no clients until it rejoins",
        leaving="hand_over",
        own={"shutdown": "rejoin", "paused": "rejoin"},
    ),
    "kea": Habits(
        name="Kea",
        program="kea-dhcp4",
        config="kea-dhcp4.conf",
        services=kea.SERVICES,
        refuses=False,
        balances=False,
        clock="at 60 s Kea ends the relationship",
        clock_stop="above 60 s Kea ends the relationship, and each serves its own clients only",
        meanings={
            Phase.INTERRUPTED: Meaning(
                "it has lost {partner}, and does not serve all clients", f"{{alone}} {{again}} {_TAKE_OVER}"
            ),
            Phase.ALONE: Meaning("it serves alone, for {partner} as well", "{again}"),
            Phase.HELD: Meaning(
                "it waits for {partner}, which no longer works with it, and answers no clients",
                "`{run}.rejoin -e failover_server={partner}`",
            ),
            Phase.SETTLING: Meaning("it waits for {partner}, and answers no clients", "{again}"),
            "communication-recovery": Meaning(
                "it has lost {partner}, and serves only its own half of the clients",
                f"{{alone}} {{again}} {_TAKE_OVER}",
            ),
            "partner-in-maintenance": Meaning(
                "it serves alone, because {partner} is in maintenance",
                f"{_END}maintenance -e failover_server={{partner}} -e maintenance_state=off`",
            ),
            "in-maintenance": Meaning(
                "{partner} serves its clients; it answers none, and can be stopped",
                f"{_END}maintenance -e failover_server={{host}} -e maintenance_state=off`",
            ),
            "terminated": Meaning(
                "the two no longer tell each other of leases, and stay like that",
                "Remove the cause, which the faults show. Then: `{run}.rejoin -e failover_server={host}`",
            ),
            "syncing": Meaning(
                "it copies the leases of {partner}, and answers no clients",
                "That takes seconds while they are connected. {back}.",
            ),
        },
        comes_back="and takes its clients back",
        standby="hot-standby",
        staying="take_over",
        own={"terminated": "rejoin"},
        partners={"terminated": "rejoin", "partner-in-maintenance": "give_back"},
        resync="resync",
    ),
}


def habits(daemon: str | None) -> Habits:
    """The habits of a daemon, by name; if it is not known, those of the first."""
    return _HABITS[daemon or DAEMONS[0]]


# --- a pair that gets another daemon --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """The move of a pair to another daemon.

    hosts: those with a journal of it. since: its last record. goal, holder: None if they are not known. by: who is at
    it.
    """

    hosts: tuple[str, ...]
    since: str
    goal: str | None = None
    holder: str | None = None
    by: str | None = None

    @property
    def name(self) -> str:
        return f"move to {habits(self.goal).name}" if self.goal else "move to another daemon"

    @property
    def daemon(self) -> str | None:
        """The daemon whose leases count; None if it is not known."""
        return next((name for name in DAEMONS if (self.holder or "").startswith(name)), None)

    @property
    def leases(self) -> str:
        known = HOLDERS.get(self.holder or "")
        return f"The leases of {known} count." if known else ""

    @property
    def marked(self) -> str:
        """The remedy, with its commands between backticks."""
        goal = self.goal or DAEMONS[1]
        (back,) = (playbook for name, playbook in MOVES.items() if name != goal)
        run, server = "ansible-playbook netlab.dhcp_failover", f"-e failover_server={self.hosts[0]}"
        return f"Go on: `{run}.{MOVES[goal]} {server}`. Or return: `{run}.{back} {server}`."

    @property
    def remedy(self) -> str:
        return self.marked.replace("`", "")

    @property
    def refusal(self) -> str:
        """Why nothing else may be done with the pair."""
        at = f"{self.by} is at it" if self.by else f"it has a journal on {' and '.join(self.hosts)}"
        return " ".join(filter(None, (f"The {self.name} of this pair has not ended: {at}.", self.leases, self.remedy)))


def move_of(answers: Mapping[str, AnswerData]) -> Move | None:
    """The move in which these servers take part; None if there is none. answers: of failover_info."""
    found = {host: answer for host, answer in answers.items() if _moves(answer)}
    if not found:
        return None
    # The primary's journal decides.
    last = max(found.values(), key=_is_primary)["deployment"]
    by = next((answer["deployment"]["by"] for answer in found.values() if answer["deployment"].get("by")), None)
    return Move(tuple(found), str(last["since"]), last.get("goal"), last.get("holder"), by)


def _moves(answer: AnswerData) -> bool:
    return (answer.get("deployment") or {}).get("step") == Step.MOVING.value


def _is_primary(answer: AnswerData) -> bool:
    return any(report.get("role") == SIDES[0] for report in answer.get("relationships") or ())
