# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The output of the playbooks status and summary: tables as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.habits import habits

Data = Mapping[str, Any]

NO_PAIR = (
    "No pair in this inventory: no host in groups dhcp_servers, dhcp_primary and dhcp_secondary has a relationship. "
    "Put the servers there, and declare their relationship in dhcp_server_failover."
)
_STATUS = (
    "relationship",
    "server",
    "side",
    "state",
    "since",
    "free",
    "backup",
    "active",
    "other",
    "total",
    "clock",
    "health",
)
_NUMBERS = frozenset({"free", "backup", "active", "other", "total", "clock", "seconds"})
# A column is at least as wide as this, so that tables of one estate look alike.
_WIDTHS: Mapping[str, int] = {
    "server": 14,
    "side": 9,
    "state": 8,
    "since": 20,
    "active": 6,
    "free": 5,
    "other": 5,
    "clock": 8,
    "client": 16,
    "address": 18,
    "granted by": 32,
}


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as necessary, with numbers aligned right."""
    lines = [titles, *rows]
    widths = [max(_WIDTHS.get(title, 0), *(len(line[at]) for line in lines)) for at, title in enumerate(titles)]
    return [
        "  ".join(
            cell.rjust(width) if title in _NUMBERS else cell.ljust(width)
            for cell, width, title in zip(line, widths, titles)
        ).rstrip()
        for line in lines
    ]


def status_lines(report: Data) -> list[str]:
    """The result of failover_report: a table, and below it the reasons for pairs that are not healthy."""
    pairs = report["pairs"]
    if not pairs:
        return [*_single(report), NO_PAIR]
    rows = [row for pair in pairs for row in _pair_rows(pair)]
    lines = table(_STATUS, rows)
    for pair in pairs:
        if pair["reasons"]:
            hosts = [server["host"] for server in pair["servers"]]
            title = f"{pair['name']} ({', '.join(hosts)})" if pair["name"] else hosts[0]
            lines += ["", f"{title} is {pair['health']}:"]
            for reason in pair["reasons"]:
                lines += [f"  {reason['slug']}: {reason['message']}", f"    -> {reason['hint']}"]
    counts = ", ".join(f"{count} {health}" for health, count in report["counts"].items() if count)
    pairs_text = f"{len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}"
    return [*lines, *_single(report), "", f"{pairs_text}: {counts} (asked at {report['time']})"]


def _single(report: Data) -> list[str]:
    return ["", f"Without a relationship: {', '.join(report['single'])}"] if report["single"] else []


def _pair_rows(pair: Data) -> Iterable[list[str]]:
    for number, server in enumerate(pair["servers"]):
        pool = server["pool"]
        clock = pair["clock_offset"]
        yield [
            pair["name"] or "-",
            server["host"],
            server["role"] or "?",
            _state(server),
            server["since"] or "",
            *(_counts(server) if pool else [""] * 5),
            # In the row of the second server: how far its clock is ahead.
            "" if clock is None or number == 0 else f"{round(clock, 1) + 0.0:+.1f} s",
            pair["health"],
        ]


def _state(server: Data) -> str:
    found = server["state"] or server["condition"].upper()
    return f"{found}, {server['deployment']['step']}" if server["deployment"] else found


def _counts(server: Data) -> list[str]:
    pool = server["pool"]
    known = [pool["free"], pool["backup"], pool["active"]]
    free, backup, *others = (str(count) for count in (*known, pool["total"] - sum(known), pool["total"]))
    return [free, backup if habits(server["daemon"]).balances else "", *others]


def status_failure(report: Data) -> str:
    """One line for a report that is not healthy."""
    pairs = report["pairs"]
    if not pairs:
        return NO_PAIR
    bad = sum(1 for pair in pairs if pair["health"] != "healthy")
    return f"{report['health']}: {bad} of {len(pairs)} {'pair is' if len(pairs) == 1 else 'pairs are'} not healthy."


def lease_lines(clients: Mapping[str, Data], servers: Mapping[str, str]) -> list[str]:
    """The lease of each client, from the results of client_lease_info. servers: host names by address."""
    rows, reasons = [], []
    for host, asked in clients.items():
        lease = asked.get("lease")
        if not lease:
            reasons.append(f"{host} has no lease: {asked.get('reason') or asked.get('msg') or 'it was not asked'}")
            continue
        server = str(lease["server"])
        named = f"{server} ({servers[server]})" if server in servers else server
        address = f"{lease['address']}/{lease['prefix']}"
        rows.append([host, address, named, str(lease["lease_time"]), str(lease["expires"] or "never")])
    found = table(("client", "address", "granted by", "seconds", "expires"), rows) if rows else []
    return [*found, *reasons]
