# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Use of a relationship: pools refer to it, and every reference has its declaration."""

from __future__ import annotations

from difflib import get_close_matches

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View, servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import ERROR, Complaints, Section

section = Section("Use of a relationship")

section.reading(
    "relationship-after-pool",
    ERROR,
    "The relationship is declared after a pool that uses it (in the text of a dhcpd.conf).",
    check="rejected",
    harm="-",
)
section.reading(
    "reference-outside-pool",
    ERROR,
    "`failover peer` is in a subnet, in a group or global, or in a shared network in which no pool names it.",
    check="rejected",
    harm="-",
)
section.reading(
    "no-failover-statement",
    ERROR,
    "`no failover peer;` is used, as the manual page documents.",
    check="rejected",
    harm="-",
)


@section.rule(
    servers,
    "relationship-unused",
    ERROR,
    "No pool refers to the relationship.",
    check="rejected: no referring pools",
    harm="-",
)
def relationship_unused(view: View) -> Complaints:
    if not view.complete or view.unread_references:
        return
    if not all(view.declares(name) for name in view.failover_pools):
        return  # relationship-unknown reports this; one of these pools probably means the relationship
    for end in view.ends:
        if not end.pools:
            yield end.complain(
                "no pool refers to it; dhcpd would refuse to start.",
                f'Add failover peer "{end.half.name}" to the pools on {{host}} that the pair shares, '
                "or remove the relationship.",
            )


@section.rule(
    servers,
    "relationship-unknown",
    ERROR,
    "A pool refers to a relationship that is not declared.",
    check="rejected",
    harm="-",
)
def relationship_unknown(view: View) -> Complaints:
    if not view.complete:
        return
    declared = [end.half.name for end in view.ends]
    for name, pools in view.failover_pools.items():
        if view.declares(name):
            continue
        by_lower = {other.lower(): other for other in declared}
        meant = by_lower.get(name.lower()) or next(iter(get_close_matches(name, declared, 1)), None)
        hint = f'Did you mean "{meant}"? ' if meant else ""
        for pool in pools:
            yield view.complain(
                pool,
                f'relationship "{name}" is not declared on this server; dhcpd would refuse to start.',
                f"{hint}Declare it on {{host}}, or correct the name in the pool.",
            )
