# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What playbooks drift and adopt print, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]


def drift_lines(result: Data) -> list[str]:
    """Each server with its differences, and the rules' findings."""
    lines: list[str] = []
    for host in result["hosts"]:
        differences = host["differences"]
        verdict = _number(len(differences), "difference") if differences else "no drift"
        lines.append(f"{host['name']}: " + (f"NOT READ: {host['problem']}" if host["problem"] else verdict))
        lines += [f"  {item['message']}" for item in differences]
        lines += [f"  {item['message']} (affects no client)" for item in host["notes"]]
    return [*lines, *_findings(result["findings"])]


def adopt_lines(result: Data, folder: str) -> list[str]:
    """What became of each server and each pair, the rules' findings, and what was written to the folder."""
    lines = [line for server in result["servers"] for line in _adopted(server, server["name"] in result["failed"])]
    for pair in result["partners"]:
        agree = "disagree" if pair["differences"] else "agree"
        lines.append(f"{' and '.join(pair['servers'])}: their files {agree}")
        lines += [f"  {item['message']}" for item in pair["differences"]]
    lines += _findings(result["findings"])
    if result["files"]:
        lines.append(f"written to {folder}: {', '.join(result['files'])}")
    if result["unwritten"]:
        lines.append(f"nothing was written for {', '.join(result['unwritten'])}")
    return lines


def _adopted(server: Data, failed: bool) -> Iterator[str]:
    if server["problem"]:
        yield f"{server['name']}: NOT ADOPTED: {server['problem']}"
        return
    if failed:
        yield f"{server['name']}: NOT ADOPTED: the file that the role would write differs from its configuration"
    else:
        yield f"{server['name']}: the variables mean the same as its configuration"
    yield from (f"  would be rejected: {text}" for text in server["rejected"])
    yield from (f"  {item['message']}" for item in server["differences"])
    if server["adopted"]:
        yield f"  adopted: {server['adopted']}"
    for item in server["extra"]:
        yield f"  stays text: {item['place']}, {item['line']}: {item['why']}"
        yield from (f"      {line}" for line in item["statement"].splitlines())
    for item in server["keys"]:
        named = f"key {item['name']}, " if item["name"] else ""
        yield f"  secret: {named}{item['line']}: {item['fate']}"
    yield from (f"  not read: {reason}" for reason in server["missing"].values())
    yield from (f"  note: {note}" for note in server["notes"])


def _findings(findings: Sequence[Data]) -> list[str]:
    return [
        f"rules on what is live: {_number(len(findings), 'finding')}",
        *(f"  {item['severity']}: {item['text']}" for item in findings),
    ]


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
