# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rules.md from the rules themselves: .venv/bin/python tests/tools/rules_reference.py > docs/rules.md"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import RULES, SECTIONS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import Rule

HEAD = """\
# The rules

<!-- Made by tests/tools/rules_reference.py from plugins/module_utils/_rules; do not edit. -->

What `failover_validate` checks. A rule's **slug** is its public name: findings carry it, and `ignore` takes it. A slug
is never renamed.

An **error** stops the play before any host is touched. A **warning** is shown and the play goes on; `strict` makes it
an error. Where a rule knows both, it says when.

"dhcpd -t" is what the daemon's own check (ISC dhcpd 4.4.3-P1) makes of the fault; *silent* means exit status 0 and no
message. What happens at run time was measured on the same version, or read in its source.

One cause is told once. The same fault on both partners, or at many places, is one finding. Order and spelling never
matter: what takes effect in a scope is compared, inherited statements included.
"""


def reference() -> str:
    return "\n".join(lines())


def lines() -> Iterator[str]:
    yield HEAD
    for section in SECTIONS:
        yield f"- [{section.title}](#{anchor(section.title)}): " + ", ".join(
            f"[`{rule.slug}`](#{rule.slug})" for rule in section.rules
        )
    yield ""
    for section in SECTIONS:
        yield f"## {section.title}\n"
        for rule in section.rules:
            yield from entry(rule)


def entry(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.slug}`\n"
    yield f"{rule.title}\n"
    yield f"- Severity: {' or '.join(severity.value for severity in rule.severities)}"
    yield f"- dhcpd -t: {rule.check}"
    if rule.harm != "-":
        yield f"- When it runs: {rule.harm}"
    quiet = [f"`{slug}`" for slug in RULES if slug in rule.unless]
    if quiet:
        yield f"- Not told where {' or '.join(quiet)} already tells it"
    yield ""


def anchor(title: str) -> str:
    """As GitHub makes them."""
    return "".join(c for c in title.lower() if c.isalnum() or c in " -").replace(" ", "-")


if __name__ == "__main__":
    print(reference(), end="")
