# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set-ups of many kinds as people write them, each with exactly the findings that it must give.

A file in `setups` begins with a description, then lists the findings and the verdict of `dhcpd -t` on each server.
The texts follow in parts: for one server, for both, or for an included file. Non-ASCII characters are \\uXXXX.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FILES = sorted((Path(__file__).parent / "setups").glob("*.conf"))


class Setup(NamedTuple):
    """findings: severity, slug and servers, repeated for repeated findings. dhcpd: server -> its verdict."""

    findings: list[str]
    dhcpd: dict[str, str]
    texts: dict[str, str]
    includes: dict[str, str]


def _characters(path: Path) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), path.read_text(encoding="ascii"))


def load(path: Path) -> Setup:
    head, *parts = re.split(r"^=== (.*)\n", _characters(path), flags=re.MULTILINE)
    findings = re.findall(r"^# finds: (?!nothing)(.*)$", head, flags=re.MULTILINE)
    verdicts = re.findall(r"(\w+) (taken|warned|rejected)", head[head.index("# dhcpd: ") :])
    texts = dict.fromkeys((name for name, _verdict in verdicts), "")
    includes: dict[str, str] = {}
    for name, text in zip(parts[::2], parts[1::2]):
        if name.startswith("include "):
            includes[name.removeprefix("include ")] = text
        for server in texts if name == "both" else [name] if name in texts else []:
            texts[server] += text
    return Setup(sorted(findings), dict(verdicts), texts, includes)
