# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A daemon's configuration: from its own text and from variables into the declaration, and back into its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.dialect import DhcpdDialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server


class Dialect(Protocol):
    """What one daemon understands. Pure, and for the controller. What is wrong is in the servers' `problems`."""

    def parse(self, name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        """The server that a configuration declares. includes: texts of the files that it includes, by their names."""
        ...

    def resolve(self, declared: Server, includes: Mapping[str, str]) -> Server:
        """What the daemon would make of a declaration from variables: its native text read, its values in one spelling.

        What the daemon would refuse becomes a problem.
        """
        ...

    def render(self, declared: Server) -> Mapping[str, Any]:
        """The data of the configuration file of a declaration from variables."""
        ...


_DIALECTS: Mapping[str, Dialect] = {"dhcpd": DhcpdDialect()}


def dialect(daemon: str) -> Dialect:
    """The dialect of a daemon by its name."""
    return _DIALECTS[daemon]
