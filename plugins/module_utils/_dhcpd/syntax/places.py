# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Which statement dhcpd takes in which block. What it runs for a packet, it takes everywhere."""

from __future__ import annotations

from collections.abc import Mapping

GLOBAL, SHARED_NETWORK, SUBNET, POOL = "global", "shared network", "subnet", "pool"
GROUP, HOST, CLASS, BODY = "group", "host", "class", "body"
HALF, KEY, ZONE = "half", "key", "zone"

# A block in a message.
A_PLACE: Mapping[str, str] = {
    GLOBAL: "the global scope",
    SHARED_NETWORK: "a shared network",
    SUBNET: "a subnet",
    POOL: "a pool",
    GROUP: "a group",
    HOST: "a reservation",
    CLASS: "a class",
    BODY: "a condition or hook",
    HALF: "a relationship",
    KEY: "a key",
    ZONE: "a zone",
}

_SCOPES = (GLOBAL, SHARED_NETWORK, SUBNET, POOL, GROUP, HOST, CLASS)

# Keyword -> blocks in which it may stand directly. A subclass is a class here.
PLACES: Mapping[str, tuple[str, ...]] = {
    "authoritative": (GLOBAL, SHARED_NETWORK, SUBNET, POOL, GROUP, CLASS),
    **dict.fromkeys(
        ("class", "subclass", "user-class", "vendor-class"), (GLOBAL, SHARED_NETWORK, SUBNET, POOL, GROUP, HOST)
    ),
    **dict.fromkeys(("deleted", "dynamic"), (GROUP, HOST, CLASS)),
    "failover": (GLOBAL, SHARED_NETWORK, POOL),
    **dict.fromkeys(
        ("fixed-address", "fixed-address6", "fixed-prefix6", "hardware", "host-identifier", "uid"), (HOST,)
    ),
    **dict.fromkeys(("group", "host"), (GLOBAL, SHARED_NETWORK, SUBNET, POOL, GROUP)),
    "include": _SCOPES,
    "interface": (SHARED_NETWORK, SUBNET),
    **dict.fromkeys(("lease", "match", "spawn"), (CLASS,)),
    "pool": (SHARED_NETWORK, SUBNET),
    "range": (SUBNET, POOL),
    "shared-network": (GLOBAL, POOL, GROUP),
    "static": (GROUP,),
    "subnet": (GLOBAL, SHARED_NETWORK, POOL, GROUP),
}
