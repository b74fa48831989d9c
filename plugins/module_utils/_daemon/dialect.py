# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A daemon's configuration: its text and variables become the declaration, which becomes its text again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.dialect import DhcpdDialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.dialect import KeaDialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.adopted import Adopted, Proof
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server


class Dialect(Protocol):
    """The configuration language of one daemon. Pure, for the controller. Faults are in the servers' `problems`."""

    def parse(self, name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        """The server that a configuration declares. includes: texts of the included files, by name."""

    def parse_brief(self, name: str, text: str, includes: Mapping[str, str], address: str | None = None) -> Server:
        """The same without what the configuration need not state: defaults, and what would be inherited anyway."""

    def resolve(self, declared: Server, includes: Mapping[str, str]) -> Server:
        """A declaration from variables as the daemon understands it: native text is read, and values are normalised.

        Whatever the daemon would reject becomes a problem.
        """

    def adopt(self, name: str, text: str, includes: Mapping[str, str]) -> Adopted:
        """A configuration as variables. Raises ValueError if the daemon itself would not take it."""

    def prove(self, adopted: Adopted, variables: Mapping[str, Any], rendered: str, new: Mapping[str, str]) -> Proof:
        """Compare an adopted configuration with the file that the role makes of these variables.

        new: texts of files that it includes besides.
        """

    def render(self, declared: Server) -> Mapping[str, Any]:
        """The data for the configuration file of a declaration from variables."""


_DIALECTS: Mapping[str, Dialect] = {"dhcpd": DhcpdDialect(), "kea": KeaDialect()}


def dialect(daemon: str) -> Dialect:
    """The dialect of a daemon, by name."""
    return _DIALECTS[daemon]
