# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rules.md from the rules and the rows of their tests.

.venv/bin/python tests/tools/rules_reference.py > docs/rules.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, SECTIONS, check
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import Rule
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.texts import (
    EDITS,
    GOOD,
    NAMES,
    ONE,
    TWO,
    VARIABLES,
)

HEAD = """\
# The rules

<!-- Made by tests/tools/rules_reference.py from plugins/module_utils/_rules and its tests; do not edit. -->

What `failover_validate` checks. A rule's **slug** is its public name: findings carry it, and `ignore` takes it. A slug
is never renamed.

An **error** stops the play before any host is touched: a client could lose its network, its address or its lease, or
two clients could share one address, or dhcpd would not start. A **warning** is shown and the play goes on: it works,
but not as one would expect; `strict` makes it an error. Where a rule knows both, it says when.

"dhcpd -t" is what the daemon's own check (ISC dhcpd 4.4.3-P1) makes of the fault; *silent* means exit status 0 and no
message. What a client sees was measured on the same version, or read in its source.

One cause is told once. The same fault on both partners, or at many places, is one finding. Order, spelling and place
never matter: what a client on an address would get is compared, wherever it is stated.

Every example is a tested one. It is part of two files that are correct otherwise: a primary at 172.16.1.100, a
secondary at 172.16.1.200, and a pool in 172.16.1.0/24.
"""
BOTH = ("on both", "on the primary", "on the secondary")


def reference() -> str:
    return "\n".join(lines())


def lines() -> Iterator[str]:
    yield HEAD
    yield "| rule | severity | dhcpd -t |"
    yield "|---|---|---|"
    for section in SECTIONS:
        for rule in section.rules:
            yield f"| [`{rule.slug}`](#{rule.slug}) | {severity(rule)} | {rule.check} |"
    yield ""
    for section in SECTIONS:
        yield f"## {section.title}\n"
        for rule in section.rules:
            yield from entry(rule)


def severity(rule: Rule) -> str:
    return " or ".join(item.value for item in rule.severities)


def entry(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.slug}`\n"
    yield f"{rule.title}\n"
    yield f"- Severity: {severity(rule)}"
    yield f"- dhcpd -t: {rule.check}"
    yield f"- What a client sees: {'nothing, as dhcpd does not start' if rule.harm == '-' else rule.harm}"
    bad, good, remedy = example(rule.slug)
    if remedy:
        yield f"- Remedy: {remedy}"
    quiet = [f"`{slug}`" for slug in RULES if slug in rule.unless]
    if quiet:
        yield f"- Not told where {' or '.join(quiet)} already tells it"
    yield ""
    for title, text in (("Bad", bad), ("Good", good)):
        if text:
            yield f"{title}:\n"
            yield f"```text\n{text}\n```\n"


def example(slug: str) -> tuple[str, str, str]:
    """The faulty part, the same without the fault, and the remedy."""
    if slug in VARIABLES:
        return (*VARIABLES[slug], "Correct the address, or declare its subnet.")
    if slug in NAMES:
        return NAMES[slug]
    edit = next((edit for edit in EDITS if edit.slug == slug), None)
    if edit is None:
        return "", "", ""
    bad = edit.texts
    good = GOOD[slug].texts if slug in GOOD else (ONE, TWO)
    servers = [read_server(name, text) for name, text in zip(("the primary", "the secondary"), bad)]
    remedy = next((finding.hint for finding in check(servers) if finding.slug == slug), "")
    if slug in GOOD:  # both add something to the correct pair
        texts = [[added(text, base) for text, base in zip(side, (ONE, TWO))] for side in (bad, good)]
    else:
        parts = [changed(one, other) for one, other in zip(bad, good)]
        texts = [[part[side] for part in parts] for side in (0, 1)]
    return labelled(texts[0]), labelled(texts[1]), remedy


def labelled(parts: Sequence[str]) -> str:
    """What stands on which server."""
    one, two = parts
    if one == two:
        return f"# {BOTH[0]}\n{one}" if one else ""
    return "\n".join(f"# {label}\n{part}" for label, part in zip(BOTH[1:], parts) if part)


def added(text: str, base: str) -> str:
    """The lines that are not in the base."""
    there = text.splitlines()
    return excerpt(there, differing(there, base.splitlines())[0])


def changed(bad: str, good: str) -> tuple[str, str]:
    """The lines that differ, each with the blocks around it."""
    if bad == good:
        return "", ""
    texts = [text.splitlines() for text in (bad, good)]
    wanted = differing(*texts)
    filled = [any(text[index].strip(" }") for index in part) for text, part in zip(texts, wanted)]
    if not all(filled):
        # What only one of the two has is shown with its neighbours.
        wanted = [neighbours(text, part) for text, part in zip(texts, wanted)]
    one, two = (excerpt(text, part) for text, part in zip(texts, wanted))
    return one, two


def differing(one: list[str], two: list[str]) -> list[set[int]]:
    wanted: list[set[int]] = [set(), set()]
    for tag, *ends in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag != "equal":
            wanted[0].update(range(ends[0], ends[1]))
            wanted[1].update(range(ends[2], ends[3]))
    return wanted


def neighbours(text: list[str], wanted: set[int]) -> set[int]:
    """The lines around those."""
    if not wanted:
        return set(range(min(len(text), 12)))
    return {index for index in range(min(wanted) - 3, max(wanted) + 4) if 0 <= index < len(text)}


def excerpt(text: list[str], wanted: set[int]) -> str:
    shown: list[str] = []
    stack: list[tuple[str, bool]] = []
    last = -1  # the line that was shown last, or whose closing brace was
    for index, line in enumerate(text):
        depth = line.count("{") - line.count("}")
        if index in wanted and line.strip(" }"):
            for position, (header, printed) in enumerate(stack):
                if not printed:
                    shown.append(header)
                    stack[position] = (header, True)
                    last = text.index(header)
            if stack and any(skipped.strip() for skipped in text[last + 1 : index]):
                shown.append(f"{' ' * (len(line) - len(line.lstrip()))}# ...")
            shown.append(line)
            last = index
        for _opened in range(depth):
            stack.append((line, index in wanted))
        for _closed in range(-depth):
            header, printed = stack.pop() if stack else ("", False)
            if printed and line.strip() == "}":
                if any(skipped.strip() for skipped in text[last + 1 : index]):
                    shown.append(f"{line[:-1]}        # ...")
                shown.append(line)
                last = index
    return "\n".join(line.rstrip() for line in shown if line.strip())


if __name__ == "__main__":
    print(reference(), end="")
