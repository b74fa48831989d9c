# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What dhcpd would reject: every statement in the order of the text, with what is defined where it stands.

Nothing here says what a statement means (`_dhcpd/conf`). Most statements are accepted after a quick look; only the
others are taken apart. Relationships, pools and ranges are left to the rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax import (
    clients,
    keys,
    networks,
    options,
    packets,
    permits,
    relationships,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.context import Block, Context, Handler
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.definitions import Definitions
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.executables import Executables
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import PARAMETER_FORMATS
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.places import GLOBAL
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import Reporter, Statement

_GRAMMAR = Executables(Definitions())

# By the first word of a statement.
HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(PARAMETER_FORMATS, options.parameter),
    **dict.fromkeys((*_GRAMMAR.statements, *_GRAMMAR.heads), packets.executable),
    **packets.HANDLERS,
    **options.HANDLERS,
    **permits.HANDLERS,
    **networks.HANDLERS,
    **clients.HANDLERS,
    **relationships.HANDLERS,
    **keys.HANDLERS,
}


class Checker(Context):
    """Checks the statements of one server."""

    def __init__(self, report: Reporter) -> None:
        super().__init__(report, HANDLERS, packets.other)

    def run(self, statements: list[Statement]) -> None:
        self.root = statements
        self.scope(statements, Block(GLOBAL))
        options.start(self)
