# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """How the modules find the daemon of their host; OPTIONS in _daemon/control.py is the same as an argument spec."""

    DOCUMENTATION = r"""
options:
  config:
    description: The daemon's configuration. Files that it includes are read, too.
    type: path
    default: /etc/dhcp/dhcpd.conf
  omapi_config:
    description: The file with the OMAPI key, if O(config) does not include it anyway.
    type: path
    default: /etc/dhcp/omapi.conf
  omapi_port:
    description: The OMAPI port. If not given, the one in the configuration, or else 7911.
    type: int
"""
