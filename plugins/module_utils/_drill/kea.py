# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a pair of Kea promises in each scenario of the drill. Pure.

Every bound follows from the pair's own heartbeat and max-response-delay, by rules that were read in the source of 2.6.3
(ha_service.cc, communication_state.cc) and measured on 2.2.0 and 2.6.3:

- A server that has not heard its partner for max-response-delay counts it as lost. It looks when a heartbeat ends:
  at once if nothing listens at the partner, and after 10 s if nothing comes back.
- Until then it drops every answer of which it cannot tell its partner. So the death of the second server, which serves
  nobody in hot standby, also stops the answers of the first.
- A server that starts waits until it hears its partner, copies the partner's leases, during which the partner answers
  nobody, and waits until the partner has heard that it is ready: two heartbeats, and three if both start.
- There is no share of the addresses for each server, and no MCLT: a server that counts its partner as lost gives out
  every address. If it may take over only when an operator says so, it goes on to serve its own clients, which in hot
  standby are all for the primary and none for the second server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import (
    BOTH,
    PRIMARY,
    SECONDARY,
    Daemon,
    Pair,
    Promise,
    asks_again,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

# Seconds: a first packet that was lost, with something for a busy machine; and what a busy machine may add to Kea's
# own times.
PROMPT, BUSY = 8.0, 5
# Seconds after which Kea gives up a request that is not answered.
_REQUEST = 10
# Seconds from a crash until the unit starts the daemon again.
_RESTART = 2
# Seconds for six restarts with half a second between them.
_STORM = 6
# A client that has asked in vain for a while asks again after so many seconds.
_LONG_PAUSE = 32

_SPLIT = (
    "Each server reaches the clients, does not hear its partner, and takes it for dead. Kea reserves no addresses for "
    "either server, so both give out the same ones. What helps: takeover: manual, so that the secondary waits for an "
    "operator; or one link for clients and partner, because a server that has lost it reaches no client (network-cut)."
)
_HEALED = (
    "Both servers serve all clients until the first heartbeat after the healing. Nothing prevents that but takeover: "
    "manual; a short heartbeat makes it less likely."
)
_FULL = (
    "Kea refuses clients (DHCPNAK) as long as it cannot write, and its partner does not help, because it answers that. "
    "Rows that could not be written are written later: these addresses are then held for clients that were refused, "
    "and the partner does not know it. What helps: room on the disk, then a look at both databases (lease_info)."
)
_EARLY = (
    "A server whose clock is ahead takes leases for expired that are shorter than that, and gives their addresses to "
    "others without asking its partner. What helps: clocks that are set from the network, and longer leases."
)
_STUCK = (
    "A server that copies its partner's leases disables the partner meanwhile. If it dies then, the partner answers "
    "nobody until sync-timeout (60 s) is over. Small pages (sync-page-limit) keep copying short."
)
_DEAF = (
    "The secondary answers nobody as long as its partner answers it, whatever happens to the partner's clients. "
    "Nothing in Kea helps: watch from the clients' side (dhcp_servers_info), and stop a primary that does not answer."
)


def _promises(pair: Pair) -> Mapping[str, Promise | str]:
    beat, delay = pair.heartbeat, pair.max_response_delay
    lost = f"max-response-delay ({delay} s) and a heartbeat ({beat} s)"
    dead = _wait(delay + beat, f"the other server serves {lost} later")
    silence = _silence(pair)
    silent = _wait(
        silence,
        f"an unanswered heartbeat ends after {_REQUEST} s, and the next comes {beat} s later: max-response-delay "
        f"({delay} s) has passed when one ends, and the other server serves, at most {silence} s later",
    )
    again = f"a server that was started serves two heartbeats ({2 * beat} s) later"
    back = _wait(2 * beat, again)
    crashed = _wait(_RESTART + 2 * beat, f"the unit starts the daemon after {_RESTART} s, and {again}")
    if pair.takeover:
        crashed = max(crashed, dead, key=lambda promise: promise.bound)
    storm = _wait(_STORM + 2 * beat, f"six restarts take {_STORM} s, and {again}")
    lost_primary, lost_primary_silently = (
        replace(promise, noticed_by=SECONDARY, phase=Phase.ALONE)
        if pair.takeover
        else Promise(
            back.bound + _LONG_PAUSE,
            f"counted from the healing, because an operator decides about a takeover: {back.reason}",
            clients="none",
            noticed_by=SECONDARY,
        )
        for promise in (dead, silent)
    )
    split, healed = ({"unique": why, "kept": why} if pair.takeover else {} for why in (_SPLIT, _HEALED))
    return {
        "nothing": Promise(PROMPT, "5 s for a first packet that was lost, the rest for a busy machine"),
        "primary-stopped": lost_primary,
        "secondary-killed": replace(dead, noticed_by=PRIMARY, phase=Phase.ALONE),
        "primary-mute": replace(dead, limits={"served": _DEAF}),
        "half-deployed": back,
        "primary-crashes": crashed,
        "restart-storm": replace(storm, limits={"served": _STUCK}),
        "configuration-edited": back,
        "database-truncated": back,
        "disk-full": replace(dead, limits={"kept": _FULL, "served": _FULL}),
        "pool-exhausted": Promise(2 * PROMPT, "hundreds of clients ask at once", crowd=1),
        "both-killed": Promise(
            3 * beat + _LONG_PAUSE + 1 + BUSY,
            f"counted from the start of the daemons: three heartbeats ({3 * beat} s), and a client that has asked in "
            f"vain for a while asks again after {_LONG_PAUSE} s",
            clients="none",
        ),
        "clock-ahead": replace(
            back,
            noticed_by=BOTH,
            phase=Phase.HELD,
            rejoin=True,
            limits=dict.fromkeys(("unique", "kept", "served"), _EARLY),
        ),
        "primary-paused": lost_primary_silently,
        "failover-cut": replace(
            silent,
            noticed_by=BOTH,
            phase=Phase.ALONE if pair.takeover else None,
            crowd=1,
            limits=split,
        ),
        "network-cut": replace(lost_primary_silently, noticed_by=BOTH, limits=healed),
        "split-brain": "Two servers of Kea that are told so do what they do in failover-cut.",
        "long-partition": "Kea has no MCLT: from max-response-delay on, time changes nothing. See failover-cut.",
        "database-lost": back,
    }


def _silence(pair: Pair) -> int:
    """Seconds until a server counts a partner as lost from which nothing comes back, not even a refusal."""
    each = pair.heartbeat + _REQUEST
    return (pair.max_response_delay // each + 1) * each


def _wait(seconds: float, why: str) -> Promise:
    """Clients wait for these seconds, and until they ask again."""
    bound = asks_again(seconds + BUSY)
    return Promise(
        bound,
        f"{why}; with {BUSY} s for a busy machine, a client's next packet after that comes at most {bound:g} s after "
        "its first",
    )


def _notice(pair: Pair) -> int:
    return _silence(pair) + BUSY


KEA = Daemon(
    usual=("primary-stopped", "secondary-killed", "half-deployed", "database-lost"),
    balances=False,
    notice=_notice,
    promises=_promises,
)
