# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """The options with which modules ask dhcpd; OPTIONS in _daemon/control.py has the argument spec."""

    DOCUMENTATION = r"""
options:
  omapi_config:
    description: The file with the OMAPI key of C(dhcpd), if O(config) does not include it.
    type: path
    default: /etc/dhcp/omapi.conf
  omapi_port:
    description: The OMAPI port. The default is the port in the configuration, or else 7911.
    type: int
"""
