# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The operator's verbs: the only place from which Kea is told to change its state.

Kea carries out what it is told, in states in which that leaves clients without a server, or makes two servers serve the
same addresses. So each verb is refused wherever it would harm. What Kea 2.2 to 3.0 do was read in their source
(ha_service.cc) and measured.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.partner import (
    Sight,
    look_at_partner,
    partner_objection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.channel import Channel, RefusedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import Configuration
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.status import WORKING, Access, State, ask_states
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Change, ControlError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half

_POLL = 0.1
_ALONE = frozenset({"partner-down", "partner-in-maintenance"})
_ON_ITS_WAY = WORKING | {"waiting", "syncing", "ready"}


@dataclass(frozen=True)
class Verb:
    """A verb: its command, when there is nothing to do, and when it does no harm. ends: where a success may end.

    heard: whether it needs the partner, or its absence; None if neither. all: Kea does it for all relationships.
    """

    command: str
    satisfied: frozenset[str]
    allowed: frozenset[str]
    ends: frozenset[str]
    heard: bool | None
    all: bool = False


# The table. A command that is missing here is never sent.
VERBS: Mapping[str, Verb] = {
    "partner_down": Verb(
        "ha-maintenance-start",
        frozenset({"partner-down"}),
        _ON_ITS_WAY | {"communication-recovery", "partner-down"},
        frozenset({"partner-down"}),
        heard=False,
        all=True,
    ),
    "take_over": Verb(
        "ha-maintenance-start",
        frozenset({"partner-in-maintenance"}),
        WORKING,
        frozenset({"partner-in-maintenance"}),
        heard=True,
        all=True,
    ),
    "give_back": Verb(
        "ha-maintenance-cancel",
        _ON_ITS_WAY,
        frozenset({"partner-in-maintenance"}),
        _ON_ITS_WAY,
        heard=None,
        all=True,
    ),
    # A terminated server no longer listens to its partner, so its answer does not say whether that is there. It also
    # remembers the clock that the partner had, and is terminated again at once after a mere ha-reset.
    "rejoin": Verb("config-reload", _ON_ITS_WAY, frozenset({"terminated"}), _ON_ITS_WAY, heard=None),
    "resync": Verb("ha-reset", frozenset(), WORKING, _ON_ITS_WAY, heard=True),
}
_HELD = "Its partner serves all clients in its place. Run give_back on the partner, or stop Kea here"
_WHY_NOT: Mapping[str, Mapping[str, str]] = {
    "partner_down": {
        "partner-in-maintenance": "It serves all clients already, and counts its partner as down once that has stopped",
        "terminated": "It serves its own clients only. Run rejoin first",
        "in-maintenance": _HELD,
    },
    "take_over": {
        "partner-down": "It serves all clients already",
        "communication-recovery": "It has lost its partner",
        "in-maintenance": _HELD,
        "terminated": "Run rejoin first",
    },
    "give_back": {
        "partner-down": "Its partner is down, and takes its clients back by itself when it returns",
        "in-maintenance": _HELD,
        "terminated": "Run rejoin first",
    },
    "rejoin": {
        "partner-down": "It is not stuck: it serves alone, and is normal again when its partner has come back",
        "communication-recovery": "It is not stuck: it serves, and is normal again as soon as its partner answers",
        "partner-in-maintenance": "It is not stuck: run give_back to end the maintenance of its partner",
        "in-maintenance": _HELD,
    },
    "resync": {
        "partner-down": "It serves alone, and would serve nobody for a while",
        "communication-recovery": "It gets its partner's leases as soon as that answers",
        "partner-in-maintenance": "It serves alone, and would serve nobody for a while",
        "in-maintenance": _HELD,
        "terminated": "Run rejoin, which does that, too",
    },
}
_WHY_NOT_IN_ANY = "It has just started, or moves on soon; wait, and ask again"
_ELSEWHERE: Mapping[str, str] = {
    "hand_over": "Kea hands clients over on the server that stays: run take_over on the partner.",
}


def done(name: str, state: State) -> bool:
    """Whether there is nothing to do."""
    return state.local in VERBS[name].satisfied and not state.reduced


def objection(name: str, state: State) -> str | None:
    """Why this verb is refused in this state; None if it is not."""
    verb = VERBS[name]
    if state.local not in verb.allowed:
        why = _WHY_NOT[name].get(state.local)
        if why is None:
            why = _WHY_NOT_IN_ANY if state.local in _ON_ITS_WAY else "What that state means is not known"
        return f"its state is {state.local}, not {' or '.join(sorted(verb.allowed))}. {why}."
    if verb.heard is False and state.heard:
        return "it hears its partner, which is not down. If that has only just died, repeat this after some seconds."
    if verb.heard and not state.heard:
        return "it does not hear its partner, so no server would serve. If that is dead, run partner_down instead."
    if verb.heard and state.partner not in WORKING:
        return f"its partner's state is {state.partner}, not {' or '.join(sorted(WORKING))}. Wait, and ask again."
    return None


def concerned(verb: Verb, relationship: str, configuration: Configuration) -> list[str]:
    """The relationships that a verb changes. Raises ValueError if it would also change another partner's."""
    halves = configuration.halves
    if not verb.all:
        return [relationship]
    partner = halves[relationship].peer_address
    others = [half.name for half in halves.values() if half.peer_address != partner]
    if others:
        instead = "Stop the partner instead"
        if verb.heard is False:
            instead = "Start the partner again, or deploy both with takeover: automatic"
        raise ValueError(
            f"Kea does this for all relationships of a server at once, and {', '.join(others)} would change, too. "
            f"{instead}."
        )
    return list(halves)


def act(
    access: Access,
    verb: str,
    relationship: str,
    partner: str,
    force: bool,
    check_mode: bool,
    look: Callable[[Half | None, bool], Sight] = look_at_partner,
) -> Change:
    """Carry out a verb, and read back that it was done."""
    host = socket.gethostname()
    place = f'{host}: relationship "{relationship}": {verb}'
    if verb not in VERBS:
        raise ControlError(f"{place} refused: {_ELSEWHERE.get(verb, 'Kea has no such verb.')}")
    wanted = VERBS[verb]
    configuration = access.read_config()
    if relationship not in configuration.halves:
        raise ControlError(f"{place}: {access.config} has no such relationship. Correct the name.")
    channel = access.channel(configuration)

    def ask() -> State:
        return _find(ask_states(access, configuration), relationship, place)

    states = ask_states(access, configuration)
    deadline = time.monotonic() + access.timeout
    while _soon(VERBS[verb], _find(states, relationship, place)) and time.monotonic() < deadline:
        time.sleep(_POLL)
        states = ask_states(access, configuration)
    ha = configuration.halves[relationship].ha
    by_itself = ha is None or ha.own is None or ha.own.takes_over
    # A new state has its effect only at the next heartbeat.
    lasts = 0 if ha is None or by_itself else 2 * ha.number("heartbeat-delay") / 1000
    seen = time.monotonic()
    deadline = seen + access.timeout
    while verb == "partner_down" and partner == "stopped" and not check_mode and time.monotonic() < deadline:
        # It may have taken over from a partner that has just stopped. Soon it misses that, and then may serve nobody.
        found = _find(states, relationship, place)
        if found.local == "partner-in-maintenance":
            seen = time.monotonic()
        elif found.local != "partner-down" or found.reduced or time.monotonic() >= seen + lasts:
            break
        time.sleep(_POLL)
        states = ask_states(access, configuration)
    before = after = _find(states, relationship, place)
    changed = not done(verb, before)
    if changed:
        why = _first_objection(verb, relationship, states, configuration)
        if why is None and verb in ("partner_down", "rejoin"):
            sight = look(configuration.halves[relationship], partner == "unreachable")
            if verb == "partner_down":
                why = partner_objection("kea-dhcp4", partner, sight)
            elif sight.port != "open" and not force:
                why = (
                    f"the partner's Kea does not answer at {sight.where}, and this server would serve nobody until it "
                    "does. Start Kea there first, or insist with force: true."
                )
        if why:
            raise ControlError(f"{place} refused: {why}")
    if changed and not check_mode:
        several = len(configuration.halves) > 1 and wanted.command == "ha-reset"
        own = configuration.halves[relationship].ha
        with access.explained(configuration):
            if any(state.reduced for state in states):
                # Where taking over is left to the operator, Kea does it only right after it has started.
                channel.ask("config-reload")
            if verb == "give_back":
                _give_back(channel, ask, access.timeout)
            else:
                channel.ask(wanted.command, {"server-name": own.this_server} if several and own else None)
        after = ask()
        deadline = time.monotonic() + access.timeout
        possible = wanted.ends | (_ALONE if wanted.command == "ha-maintenance-start" else frozenset())
        while (after.local not in possible or after.reduced) and time.monotonic() < deadline:
            time.sleep(_POLL)
            after = ask()
        if verb == "partner_down" and after.local == "partner-in-maintenance":
            # The partner has answered after all, and serves nobody now.
            with access.explained(configuration):
                channel.ask("ha-maintenance-cancel")
            raise ControlError(f"{place} was taken back: the partner answered, so it is not down.")
        if verb == "take_over" and after.local == "partner-down":
            raise ControlError(
                f"{place}: the partner did not answer just then, so this server now serves alone, as if the partner "
                "were down. Look at both: journalctl -t kea-dhcp4"
            )
        if after.local not in wanted.ends or after.reduced:
            raise ControlError(
                f"{place} was accepted, but {access.timeout:g} s later the state is {after.local}"
                f"{', for its own clients only' if after.reduced else ''}. Look at journalctl -t kea-dhcp4 on {host}."
            )
    return Change(
        changed=changed,
        relationship=relationship,
        previous_state=before.local,
        local_state=after.local,
        partner_state=after.partner,
        since=None,
        mclt=None,
        usable_at=None,
        usable_in=0 if verb == "partner_down" else None,
        diff={
            "before": f"{relationship}: {before.local}\n",
            "after": f"{relationship}: {_target(wanted) if changed else before.local}\n",
        },
    )


def _soon(verb: Verb, state: State) -> bool:
    """Whether the two are about to work together. A server knows its partner's state as of the last heartbeat."""
    known = {state.local, state.partner}
    return verb.heard is True and state.heard and known <= _ON_ITS_WAY and not known <= WORKING


def _give_back(channel: Channel, ask: Callable[[], State], seconds: float) -> None:
    """End the maintenance of the partner.

    A partner that was restarted does not know of it until it has all leases, and Kea refuses the command until then. If
    this server has seen it stop, it needs no command. The answer to a heartbeat that was sent before the command may
    put both back into maintenance, so that only ends when the partner is heard in another state.
    """
    deadline = time.monotonic() + seconds
    state = ask()
    while state.local == "partner-in-maintenance" or state.partner == "in-maintenance":
        late = time.monotonic() >= deadline
        try:
            if state.local == "partner-in-maintenance" and (state.partner == "in-maintenance" or late):
                channel.ask(VERBS["give_back"].command)
        except RefusedError:
            if late:
                raise
        if late:
            return
        time.sleep(_POLL)
        state = ask()


def _target(verb: Verb) -> str:
    """Where a verb leads in the end."""
    return next(iter(verb.ends)) if len(verb.ends) == 1 else "working together again"


def _first_objection(verb: str, relationship: str, states: Sequence[State], configuration: Configuration) -> str | None:
    try:
        names = concerned(VERBS[verb], relationship, configuration)
    except ValueError as error:
        return str(error)
    for state in states:
        if state.name in names and not done(verb, state):
            why = objection(verb, state)
            if why:
                return why if state.name == relationship else f'relationship "{state.name}" would change, too: {why}'
    return None


def _find(states: Sequence[State], relationship: str, place: str) -> State:
    found = next((state for state in states if state.name == relationship), None)
    if found is None:
        raise ControlError(
            f"{place}: the running kea-dhcp4 knows no such relationship. Correct the name, or restart Kea to make it "
            "read its configuration."
        )
    return found
