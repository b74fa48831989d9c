# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The operator's verbs: the only place from which a failover state is written.

dhcpd carries out whatever it is told through OMAPI, and exits when told a number that it does not know. So the
numbers are those of one table, nothing that a user says becomes a number, and each verb is refused wherever it would
harm. What dhcpd 4.4.3 does in each state was read in its source (server/failover.c) and measured.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import Access, State
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.partner import (
    Sight,
    look_at_partner,
    partner_objection,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Change, ControlError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half

_POLL = 0.1


# Verbs that only another daemon has.
_INSTEAD: Mapping[str, str] = {
    "take_over": "dhcpd hands clients over on the server that leaves: run hand_over on the partner.",
    "give_back": "dhcpd takes its clients back by itself: run rejoin on the partner.",
    "resync": "dhcpd compares its leases with the partner's whenever the two connect: restart it.",
}


@dataclass(frozen=True)
class Verb:
    """What a verb does: the state that it sets, when there is nothing to do, and when it does no harm."""

    code: int
    satisfied: frozenset[str]  # nothing to do in these; a success ends in one of them
    allowed: frozenset[str]
    forced: frozenset[str] = frozenset()  # allowed if the operator insists


# The table. A state that is missing here is never written.
VERBS: Mapping[str, Verb] = {
    "partner_down": Verb(4, frozenset({"partner-down"}), frozenset({"communications-interrupted"})),
    "hand_over": Verb(
        8,
        frozenset({"shutdown"}),
        frozenset({"normal"}),
        forced=frozenset({"communications-interrupted", "partner-down"}),
    ),
    "rejoin": Verb(
        6,
        frozenset({"recover", "recover-wait", "recover-done", "normal"}),
        frozenset({"shutdown", "paused"}),
    ),
    # From its start on, a server looks for its partner for 15 s before it serves alone. That is only right for one that
    # served alone before, and whose partner does not run; `_migration` knows both.
    "resume": Verb(4, frozenset({"partner-down"}), frozenset({"startup"})),
}

_RESOLVING = "The two servers are settling their differences; wait, and ask again"
_RECOVERING = "It is still recovering, for which it needs its partner; wait, and ask again"
_WHY_NOT: Mapping[str, Mapping[str, str]] = {
    "partner_down": {
        "normal": "It is connected with its partner, which is not down. If the partner has only just died, this server "
        "notices it after max-response-delay; repeat this then",
        "shutdown": "It is shut down itself: run rejoin for it first",
        "paused": "It is paused itself: run rejoin for it first",
        "startup": "It is starting and looks for its partner; wait 15 seconds",
    },
    "hand_over": {
        "communications-interrupted": "Its partner is silent, so no server would take over. Insist with force: true",
        "partner-down": "It serves alone, so no server would take over. Insist with force: true",
        "paused": "It is paused: run rejoin for it first",
        "startup": "It is starting; wait 15 seconds",
    },
    "resume": {},
    "rejoin": {
        "communications-interrupted": "It is not stuck: it serves, and is normal again as soon as its partner answers",
        "partner-down": "It is not stuck: it serves alone, and is normal again when its partner has come back",
        "startup": "It is starting; wait 15 seconds",
    },
}
_WHY_NOT_IN_ANY: Mapping[str, str] = {
    "recover": _RECOVERING,
    "recover-wait": _RECOVERING,
    "recover-done": _RECOVERING,
    "potential-conflict": _RESOLVING,
    "conflict-done": _RESOLVING,
    "resolution-interrupted": "It lost its partner while they were settling their differences; bring the partner back",
}


def objection(name: str, state: str, force: bool) -> str | None:
    """Why this verb is refused in this state; None if it is not."""
    verb = VERBS[name]
    if state in verb.allowed or (force and state in verb.forced):
        return None
    why = _WHY_NOT[name].get(state) or _WHY_NOT_IN_ANY.get(state, "What that state means is not known")
    return f"its state is {state}, not {' or '.join(sorted(verb.allowed))}. {why}."


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
        raise ControlError(f"{place} refused: {_INSTEAD[verb]}")
    wanted = VERBS[verb]
    configuration = access.read_config()

    def ask() -> State:
        # A connection of its own for each look.
        with access.connect(configuration) as client:
            return State.of(_open(client, place, relationship)[1])

    before = after = ask()
    changed = before.local not in wanted.satisfied
    if changed:
        why = objection(verb, before.local, force)
        if why is None and verb == "partner_down":
            why = partner_objection(
                "dhcpd", partner, look(configuration.halves.get(relationship), partner == "unreachable")
            )
        if why:
            raise ControlError(f"{place} refused: {why}")
    if changed and not check_mode:
        with access.connect(configuration) as client:
            handle, found = _open(client, place, relationship)
            if State.of(found).local != before.local:
                raise ControlError(
                    f"{place} refused: the state has just changed from {before.local} to {State.of(found).local}. "
                    "Look again before you repeat it."
                )
            client.update(handle, {"local-state": wanted.code.to_bytes(4, "big")})
        deadline = time.monotonic() + access.timeout
        after = ask()
        while after.local not in wanted.satisfied:
            if time.monotonic() > deadline:
                raise ControlError(
                    f"{place} was accepted, but {access.timeout:g} s later the state is {after.local}. Look at "
                    f"journalctl -t dhcpd on {host}."
                )
            time.sleep(_POLL)
            after = ask()
    usable_at = None
    if verb == "partner_down" and after.mclt is not None:
        since = after.since if after.local in wanted.satisfied and after.since else int(time.time())
        usable_at = since + after.mclt
    return Change(
        changed=changed,
        relationship=relationship,
        previous_state=before.local,
        local_state=after.local,
        partner_state=after.partner,
        since=utc(after.since) if after.since else None,
        mclt=after.mclt,
        usable_at=utc(usable_at) if usable_at else None,
        usable_in=max(0, round(usable_at - time.time())) if usable_at else None,
        diff={
            "before": f"{relationship}: {before.local}\n",
            "after": f"{relationship}: {STATES[wanted.code] if changed else before.local}\n",
        },
    )


def _open(client: omapi.OmapiClient, place: str, relationship: str) -> tuple[int, omapi.Attributes]:
    try:
        return client.open("failover-state", {"name": relationship.encode()})
    except omapi.OmapiNotFoundError as error:
        raise ControlError(
            f"{place}: the running dhcpd knows no such relationship. Correct the name, or restart dhcpd to make it "
            "read its configuration."
        ) from error
