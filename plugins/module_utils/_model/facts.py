# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Facts that many parts need, each in one place. Managed hosts import this: Python 3.9, nothing else.

Unless a comment says otherwise, defaults are those of dhcpd 4.4.3 (server/confpars.c, measured).
"""

from __future__ import annotations

from collections.abc import Mapping

SIDES = ("primary", "secondary")

# The daemons that the collection knows; a declaration that names none is for the first.
DAEMONS = ("dhcpd", "kea")
# Their programs, by which they are called in the journal.
PROGRAMS: Mapping[str, str] = {"dhcpd": "dhcpd", "kea": "kea-dhcp4"}
# The playbooks by which a running pair gets them.
MOVES: Mapping[str, str] = {"dhcpd": "migrate_back", "kea": "migrate"}
# Whose leases count meanwhile, by the word in the journal.
HOLDERS: Mapping[str, str] = {"dhcpd": "both dhcpd", "kea-primary": "Kea on the primary", "kea": "both Kea"}

DEFAULT_PORT = 647
# Kea's documentation uses it for high availability.
DEFAULT_HA_PORT = 8000
DEFAULT_MAX_UNACKED_UPDATES = 100
DEFAULT_MAX_RESPONSE_DELAY = 20
DEFAULT_LEASE_TIMES: Mapping[str, int] = {
    "default-lease-time": 43200,
    "max-lease-time": 86400,
    "min-lease-time": 300,
}
LEASE_TIMES = tuple(DEFAULT_LEASE_TIMES)
# As a lease time: the lease never ends.
ENDLESS = 0xFFFFFFFF
# Settings of a relationship that only dhcpd has a use for, in place of others of Kea.
DHCPD_TUNING = (
    "mclt",
    "max_unacked_updates",
    "load_balance_max_seconds",
    "max_lease_misbalance",
    "max_lease_ownership",
    "min_balance",
    "max_balance",
)
MODES = ("hot-standby", "load-balancing")
# Who decides that a server serves alone when its partner is lost: the server itself, or an operator.
TAKEOVERS = ("automatic", "manual")
# What only the primary's half states: dhcpd refuses split and hba on the secondary, and ignores mclt there.
PRIMARY_ONLY = ("mclt", "split", "hba")

# Permits of a pool. A pool of a relationship has the first one, unless its variables state another about these clients.
DENY_BOOTP = "deny dynamic bootp clients"
ALLOW_BOOTP = "allow dynamic bootp clients"

# dhcpd listens for OMAPI only where a port is stated; these are the role's own.
DEFAULT_OMAPI_PORT = 7911
DEFAULT_OMAPI_KEY = "omapi_key"
