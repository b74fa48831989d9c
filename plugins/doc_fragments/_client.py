# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """How a module's own clients present themselves; CLIENT in _client/exchange.py has the argument spec."""

    DOCUMENTATION = r"""
options:
  mac:
    description:
      - The MAC address of the first client. The others count up from it. Two probes on one network need different ones.
    type: str
    default: 02:d4:c9:00:00:01
  client_id:
    description: Send a client identifier, made from the MAC address as most clients do.
    type: bool
    default: true
  broadcast:
    description: Ask the servers to broadcast their answers, for networks that drop frames to unknown MAC addresses.
    type: bool
    default: false
"""
