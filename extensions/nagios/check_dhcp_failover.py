# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check for Nagios and Icinga of the DHCP failover pairs, from the report that the playbook status has written.

It exits with 0 if every pair is healthy, with 1 if one is degraded, with 2 if one is critical, and with 3 if nothing is
known: a pair that could not be asked, an old report, or none. Python 3.9 and nothing else.
"""

from __future__ import annotations

import argparse
import calendar
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
CODES = {"healthy": OK, "degraded": WARNING, "critical": CRITICAL, "unknown": UNKNOWN}
# The worst first.
ORDER = (CRITICAL, WARNING, UNKNOWN, OK)
FREE = ("free", "backup")

Pair = Mapping[str, Any]


class Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Nagios takes argparse's own 2 for critical."""
        self.print_usage(sys.stderr)
        self.exit(UNKNOWN, f"DHCP UNKNOWN - {message}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Print the verdict, and return the exit code."""
    parser = Arguments(description="Check DHCP failover pairs, from the report of the playbook status.")
    parser.add_argument("report", type=Path, help="what status_json names")
    parser.add_argument("--pair", help="only the pair of this relationship")
    parser.add_argument("--max-age", type=int, default=900, metavar="SECONDS", help="of the report (default: 900)")
    chosen = parser.parse_args(words)
    code, lines = judge(chosen.report, chosen.pair, chosen.max_age, time.time())
    print("\n".join(lines))
    return code


def judge(path: Path, wanted: str | None, max_age: float, now: float) -> tuple[int, list[str]]:
    """The exit code and the lines of the answer."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        age = now - calendar.timegm(time.strptime(report["time"], "%Y-%m-%dT%H:%M:%SZ"))
        pairs = [pair for pair in report["pairs"] if wanted in (None, pair["name"])]
        named = dict(zip(_names(pairs), pairs))
        code, lines = _verdict(named, wanted)
        data = " ".join([f"age={age:.0f}s;{max_age};;0", *(item for one in named.items() for item in _figures(*one))])
    except OSError as error:
        return UNKNOWN, [f"DHCP UNKNOWN - {path} cannot be read: {error.strerror}. Does the timer run that writes it?"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return UNKNOWN, [f"DHCP UNKNOWN - {path} is no report of the playbook status: {error!r}"]
    if age > max_age:
        code = UNKNOWN
        lines[:0] = [f"the report is {age:.0f} s old, so nothing is known since {report['time']}"]
    first, *more = lines
    return code, [f"DHCP {WORDS[code]} - {first} | {data}", *more]


def _names(pairs: Sequence[Pair]) -> Iterator[str]:
    """The name of each pair: its relationship, with its servers if others have a relationship of this name."""
    known = [pair["name"] for pair in pairs]
    for name, pair in zip(known, pairs):
        hosts = ", ".join(str(server["host"]) for server in pair["servers"])
        yield hosts if not name else str(name) if known.count(name) == 1 else f"{name} ({hosts})"


def _verdict(pairs: Mapping[str, Pair], wanted: str | None) -> tuple[int, list[str]]:
    if not pairs:
        return UNKNOWN, [f'the report has no pair "{wanted}"' if wanted else "the report has no pair"]
    code = min((CODES[pair["health"]] for pair in pairs.values()), key=ORDER.index)
    bad = {name: pair for name, pair in pairs.items() if pair["health"] != "healthy"}
    if not bad:
        return code, [f"{len(pairs)} pair{'s' if len(pairs) > 1 else ''} healthy"]
    lines = ["; ".join(f"{name} is {pair['health']} ({_slugs(pair)})" for name, pair in bad.items())]
    for name, pair in bad.items():
        lines += [f"{name}: {reason['slug']}: {reason['message']} {reason['hint']}" for reason in pair["reasons"]]
    # What stands behind a bar would be read as figures.
    return code, [line.replace("|", "/") for line in lines]


def _slugs(pair: Pair) -> str:
    return ", ".join(dict.fromkeys(reason["slug"] for reason in pair["reasons"])) or "no reason given"


def _figures(name: str, pair: Pair) -> list[str]:
    """Performance data: addresses for new clients of all, by the server that counts more; the clocks' difference."""
    name = name.translate({ord(mark): "_" for mark in "'=|"})
    pools = [server["pool"] for server in pair["servers"] if server.get("pool")]
    found = []
    if pools:
        free, total = max((sum(pool.get(state) or 0 for state in FREE), pool["total"]) for pool in pools)
        found.append(f"'{name} free'={free};;;0;{total}")
    if pair.get("clock_offset") is not None:
        found.append(f"'{name} clock'={pair['clock_offset']:.3f}s")
    return found


if __name__ == "__main__":
    sys.exit(main())
