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

import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import omapi
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import Access, State
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Change, ControlError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT

_POLL = 0.1


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


@dataclass(frozen=True)
class Sight:
    """What this server sees of its partner. port: open, refused, silent (nothing came back) or lost (our own fault)."""

    where: str
    port: str
    ping: bool | None  # None: could not be tried
    reason: str = ""


def objection(name: str, state: str, force: bool) -> str | None:
    """Why this verb is refused in this state; None if it is not."""
    verb = VERBS[name]
    if state in verb.allowed or (force and state in verb.forced):
        return None
    why = _WHY_NOT[name].get(state) or _WHY_NOT_IN_ANY.get(state, "What that state means is not known")
    return f"its state is {state}, not {' or '.join(sorted(verb.allowed))}. {why}."


def partner_objection(partner: str, sight: Sight) -> str | None:
    """Why what is known of the partner is no proof that it does not serve; None if it is one.

    A partner that this server alone cannot reach may well serve its clients: the link is cut.
    """
    if sight.port == "open":
        return (
            f"the partner's dhcpd is running: it accepts connections at {sight.where}. Find out why the two do not "
            "connect (journalctl -t dhcpd on both: different names, clocks more than 60 s apart), or stop dhcpd there."
        )
    if partner == "unknown":
        return (
            "it proves nothing that this server cannot reach its partner: the partner may still serve clients. Log in "
            "to the partner and stop dhcpd there, or switch the partner off and say that it is fenced."
        )
    if partner != "unreachable":
        return None
    if sight.port == "refused" or sight.ping:
        seen = "refuses connections" if sight.port == "refused" else "does not answer, but the host answers pings"
        return (
            f"the partner's host is alive: {sight.where} {seen}. Log in there and stop dhcpd, or cut the host off "
            "from the clients and say that it is fenced."
        )
    if sight.port == "lost" or sight.ping is None:
        return f"this server cannot tell whether {sight.where} is alive: {sight.reason}. Repair its own network first."
    return None


def look_at_partner(half: Half | None, ping: bool, timeout: float = 3) -> Sight:
    """Try the partner's failover port, and a ping if it matters, from where the failover connection would come."""
    if half is None or not half.peer_address:
        return Sight("its address", "lost", None, "dhcpd.conf does not state its address")
    port = half.peer_port or DEFAULT_PORT
    where = f"{half.peer_address} port {port}"
    seen, reason = _try_port(half.peer_address, port, half.address or "", timeout)
    alive: bool | None = None
    if ping and seen == "silent":
        try:
            alive = _answers_ping(half.peer_address, half.address or "", timeout / 3)
        except OSError as error:
            reason = f"ping: {error.strerror or error}"
    return Sight(where, seen, alive, reason)


def _try_port(address: str, port: int, source: str, timeout: float) -> tuple[str, str]:
    try:
        socket.create_connection((address, port), timeout, (source, 0)).close()
    except ConnectionRefusedError as error:
        return "refused", str(error.strerror)
    except socket.timeout:  # a TimeoutError only from Python 3.10 on
        return "silent", f"no answer in {timeout:g} s"
    except OSError as error:
        # If no host has that address it is "no route to host"; any other error is about this host.
        seen = "silent" if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN) else "lost"
        return seen, error.strerror or str(error)
    return "open", ""


def _answers_ping(address: str, source: str, timeout: float, tries: int = 5) -> bool:
    """Whether an ICMP echo comes back. A program for it is not on every host."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.bind((source, 0))
        for sequence in range(tries):
            head = struct.pack("!HH", os.getpid() & 0xFFFF, sequence)
            request = struct.pack("!BBH", 8, 0, _checksum(b"\x08\0\0\0" + head)) + head
            deadline = time.monotonic() + timeout
            try:
                raw.sendto(request, (address, 0))
                while True:
                    raw.settimeout(max(deadline - time.monotonic(), 0.001))
                    packet, _sender = raw.recvfrom(2048)
                    body = packet[(packet[0] & 15) * 4 :]
                    if body[:2] == b"\0\0" and body[4:8] == head:
                        return True
            except socket.timeout:
                continue
            except OSError as error:
                if error.errno not in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
                    raise
    return False


def _checksum(data: bytes) -> int:
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


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
            why = partner_objection(partner, look(configuration.halves.get(relationship), partner == "unreachable"))
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
