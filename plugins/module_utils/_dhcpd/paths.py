# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The names of dhcpd's files and services. Managed hosts import this: Python 3.9, nothing else."""

from __future__ import annotations

CONFIG_FILE = "/etc/dhcp/dhcpd.conf"
# The key that the role dhcp_server makes, and includes by itself.
OMAPI_FILE = "/etc/dhcp/omapi.conf"
# Where adopting wants keys that stand in dhcpd.conf itself.
KEYS_FILE = "/etc/dhcp/keys.conf"
# Of Debian, and of Fedora and Enterprise Linux: services of systemd, files that name the interfaces, lease databases.
SERVICES = ("isc-dhcp-server", "dhcpd")
DEFAULTS_FILES = ("/etc/default/isc-dhcp-server", "/etc/sysconfig/dhcpd")
LEASE_FILES = ("/var/lib/dhcp/dhcpd.leases", "/var/lib/dhcpd/dhcpd.leases")
# Exists while the role's dhcpd runs, and is as old as it.
RUNTIME_FOLDER = "/run/dhcp-server"
