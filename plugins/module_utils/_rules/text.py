# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text itself: what reading a dhcpd.conf, or the variables, brings to light before any rule runs."""

from __future__ import annotations

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    ERROR_OR_WARNING,
    WARNING,
    Section,
)

section = Section("The text itself")

section.reading(
    "syntax",
    ERROR,
    "Not a configuration: unbalanced braces, a missing semicolon, an unterminated string, no expression.",
    check="rejected",
    harm="-",
)
section.reading(
    "statement-unknown",
    ERROR_OR_WARNING,
    "A misspelt statement or option, or one in the wrong place. Warning: dhcpd takes it for a variable, or drops it.",
    check="rejected; silent where it is a warning",
    harm="What it should do does not happen.",
)
section.reading(
    "statement-crash",
    ERROR,
    "A `switch` ends with a `case` or `default` that has no statement behind it.",
    check="silent; rejected where dhcpd gets there when it starts",
    harm="dhcpd crashes with the first client that gets there, and after each start again.",
)
section.reading(
    "name-undeclared",
    ERROR,
    "A key, an option, an option space, a group or a subnet is used before it is declared, or never is.",
    check="rejected",
    harm="-",
)
section.reading(
    "statement-repeated",
    WARNING,
    "The same statement twice in one half or pool, often `port` where the second should be `peer port`.",
    check="silent",
    harm="The last one wins.",
)
section.reading(
    "non-ascii",
    ERROR_OR_WARNING,
    "Typographic hyphens, quotes or blanks in a statement, as copied from web pages. Warning: a null character.",
    check="rejected, with a message that cannot be read; a null character only in some places",
    harm="-",
)
section.reading(
    "include-missing",
    WARNING,
    "An included file that was not given.",
    check="rejected, when the file is absent on the server",
    harm="Nothing by itself; but what the file adds is not checked.",
)
section.reading(
    "variable-unknown",
    ERROR_OR_WARNING,
    "A variable that nobody reads, although its name is almost one of this collection's, or begins with the name of "
    "one of its roles. Warning: one given with `-e` that is not like any other.",
    check="never sees it",
    harm="What was meant keeps its default.",
)
section.reading(
    "declaration-invalid",
    ERROR,
    "A value that cannot be understood: a wrong type, a misspelt key, an address or range that is none.",
    check="rejected, where it would reach dhcpd at all",
    harm="-",
)
section.reading(
    "authoritative-late",
    WARNING,
    "`authoritative` or `not authoritative` stands behind subnets, shared networks or groups.",
    check="silent",
    harm="It does not apply to what stands before it: a client there that asks for an address of another network is "
    "not refused.",
)
section.reading(
    "netmask-invalid",
    ERROR,
    "A netmask whose bits do not stand in front, such as 255.0.255.0.",
    check="silent",
    harm="Clients cannot use it, and take no part in the network.",
)
section.reading(
    "not-checked",
    WARNING,
    "Blocks, parentheses or includes are nested or repeated beyond all reason.",
    check="silent",
    harm="Nothing by itself; but what stands there is not checked.",
)
