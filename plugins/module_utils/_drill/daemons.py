# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The daemons that the drill knows, by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.dhcpd import DHCPD
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.kea import KEA
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.scenarios import Daemon
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import AnswerData

DAEMONS: Mapping[str, Daemon] = {"dhcpd": DHCPD, "kea": KEA}


def daemon_of(answer: AnswerData) -> Daemon:
    """The daemon that gave an answer."""
    return DAEMONS[str(answer.get("daemon") or "dhcpd")]
