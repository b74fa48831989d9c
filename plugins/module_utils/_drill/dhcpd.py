# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a pair of dhcpd promises in each scenario of the drill. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import (
    BOTH,
    PRIMARY,
    SECONDARY,
    Daemon,
    Pair,
    Promise,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import Phase

# Seconds, and where they come from. A client asks again after 4, 8, 16, ... s, each give or take one; the servers' ping
# check takes 1 s.
PROMPT, SILENT = 8.0, 20.0
# Seconds beyond max-response-delay in which a server must notice that it has lost its partner.
_NOTICE_GRACE = 15
_LOST_PACKET = "1 s for the ping check, 5 s for a first packet that was lost, the rest for a busy machine"
_BOTH_SERVE = f"both serve: {_LOST_PACKET}"
_NOTICED = f"the partner notices at once: {_LOST_PACKET}"
_RESTARTED = (
    "a restart takes less than a second, and the partner serves: 5 s for a packet lost in that moment, the rest for a "
    "busy machine"
)
_UNNOTICED = (
    "neither server notices at first: the partner answers clients that have asked for longer than load balance max "
    "seconds, so it answers the third packet, at most 14 s after the first; 1 s for the ping check, the rest for a "
    "busy machine"
)


def _promises(pair: Pair) -> Mapping[str, Promise | str]:
    return {
        "nothing": Promise(PROMPT, _BOTH_SERVE),
        "primary-stopped": Promise(PROMPT, _NOTICED, noticed_by=SECONDARY),
        "secondary-killed": Promise(PROMPT, _NOTICED, noticed_by=PRIMARY),
        "primary-mute": Promise(SILENT, _UNNOTICED),
        "half-deployed": Promise(PROMPT, _RESTARTED),
        "primary-crashes": Promise(PROMPT, _NOTICED),
        "restart-storm": Promise(
            SILENT,
            "any of a client's first packets may fall into a restart; the third is sent at most 14 s after the first",
        ),
        "configuration-edited": Promise(PROMPT, _RESTARTED),
        "database-truncated": Promise(PROMPT, _RESTARTED),
        "disk-full": Promise(
            SILENT,
            "a server that cannot write may stay silent, and its partner takes over after load balance max seconds as "
            "if it were dead",
        ),
        "pool-exhausted": Promise(
            SILENT,
            "a server that has used up its half leaves the client to its partner, at once or when the client asks for "
            "the second time; hundreds of clients ask at once",
            crowd=1,
        ),
        "both-killed": Promise(
            40,
            "counted from the start of the daemons: 5 s until they connect, and a client that has asked in vain for a "
            "while asks again after 16 s, then 32 s",
            clients="none",
        ),
        "clock-ahead": Promise(
            SILENT, "the secondary serves at once, the primary after 15 s in startup", noticed_by=BOTH
        ),
        "primary-paused": Promise(SILENT, _UNNOTICED, noticed_by=SECONDARY),
        "failover-cut": Promise(PROMPT, _BOTH_SERVE, noticed_by=BOTH),
        "network-cut": Promise(SILENT, _UNNOTICED, noticed_by=BOTH),
        "split-brain": Promise(
            PROMPT,
            f"{_BOTH_SERVE}. It is healed before the MCLT is over: after that both may lease the same address",
            noticed_by=BOTH,
            verb="partner_down",
        ),
        "long-partition": Promise(
            SILENT,
            "counted from the healing, because there are more clients than addresses before; hundreds of clients ask "
            "at once",
            clients="none",
            noticed_by=BOTH,
            hold=pair.mclt + 10,
            crowd=3,
        ),
        # The secondary learns that the primary has lost its database, and takes over completely.
        "database-lost": Promise(
            PROMPT,
            "the secondary takes over completely at once; the primary serves again when the MCLT has passed",
            noticed_by=SECONDARY,
            phase=Phase.ALONE,
            recovery=pair.mclt + pair.recovery,
        ),
    }


def _notice(pair: Pair) -> int:
    return pair.max_response_delay + _NOTICE_GRACE


DHCPD = Daemon(
    usual=("primary-stopped", "secondary-killed", "primary-mute", "half-deployed"),
    balances=True,
    notice=_notice,
    promises=_promises,
)
