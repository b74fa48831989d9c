# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
from __future__ import annotations


class ModuleDocFragment:
    """The options with which modules find their host's daemon; CHOICE in _daemon/control.py has the argument spec."""

    DOCUMENTATION = r"""
options:
  daemon:
    description:
      - The daemon of this host, C(dhcpd) or Kea (C(kea-dhcp4)).
      - V(auto) is the daemon of O(config), if that is given; or else the one that runs; or else the one that has a
        configuration. If both have one, it is the one that starts with the host. It is an error if both run.
    type: str
    choices: [auto, dhcpd, kea]
    default: auto
  config:
    description:
      - The daemon's configuration. The module also reads the files that it includes.
      - The default is C(/etc/dhcp/dhcpd.conf) or C(/etc/kea/kea-dhcp4.conf).
    type: path
"""
