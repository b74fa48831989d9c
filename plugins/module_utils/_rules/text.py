# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The text itself: faults found while reading a dhcpd.conf or variables, before any rule runs."""

from __future__ import annotations

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    BOTH,
    ERROR,
    ERROR_OR_WARNING,
    WARNING,
    Section,
)

section = Section("The text itself")

section.reading(
    "syntax",
    ERROR,
    "The text is no configuration: unbalanced braces, a missing semicolon, an unterminated string, a wrong expression.",
    check="rejected",
    harm="-",
    daemons=BOTH,
)
section.reading(
    "statement-unknown",
    ERROR_OR_WARNING,
    "A statement or option is misspelt, or in the wrong place. Warning: dhcpd takes it for a variable, or drops it.",
    check="rejected; silent if it is a warning",
    harm="The statement has no effect.",
    daemons=BOTH,
)
section.reading(
    "statement-crash",
    ERROR,
    "A `switch` ends with a `case` or `default` that has no statement after it.",
    check="silent; rejected if dhcpd reaches it at start",
    harm="dhcpd crashes with the first client that reaches it, and again after each start.",
)
section.reading(
    "name-undeclared",
    ERROR,
    "A key, option, option space, group or subnet is used before it is declared, or without being declared.",
    check="rejected",
    harm="-",
)
section.reading(
    "statement-repeated",
    WARNING,
    "The same statement is twice in one half or pool; often the second `port` should be `peer port`.",
    check="silent",
    harm="The last one wins.",
)
section.reading(
    "non-ascii",
    ERROR_OR_WARNING,
    "A statement has typographic hyphens, quotes or blanks, as copied from web pages. Warning: a null character.",
    check="rejected, with an unreadable message; a null character only in some places",
    harm="-",
)
section.reading(
    "include-missing",
    WARNING,
    "An included file was not given.",
    check="rejected if the file is absent on the server",
    harm="No effect by itself; but the contents of the file are not checked.",
    daemons=BOTH,
)
section.reading(
    "variable-unknown",
    ERROR_OR_WARNING,
    "A variable is unknown, although its name is almost one of this collection's or begins with the name of one of its "
    "roles. Warning: a variable given with `-e` that resembles no other.",
    check="never sees it",
    harm="The intended variable keeps its default.",
    daemons=BOTH,
)
section.reading(
    "declaration-invalid",
    ERROR,
    "A value is invalid: a wrong type, a misspelt key, or not an address or range.",
    check="rejected, if the value reaches dhcpd",
    harm="-",
    daemons=BOTH,
)
section.reading(
    "authoritative-late",
    WARNING,
    "`authoritative` or `not authoritative` follows subnets, shared networks or groups.",
    check="silent",
    harm="It does not apply to the networks before it: dhcpd does not refuse a client that asks for an address of "
    "another network.",
)
section.reading(
    "netmask-invalid",
    ERROR,
    "The bits of a netmask are not contiguous, as in 255.0.255.0.",
    check="silent",
    harm="Clients cannot use it, so they have no network.",
)
section.reading(
    "not-checked",
    WARNING,
    "Blocks, parentheses or includes are nested or repeated too often to be checked.",
    check="silent",
    harm="No effect by itself; but this part is not checked.",
    daemons=BOTH,
)
