# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The names of Kea's files. Managed hosts import this: Python 3.9, nothing else.

From 2.6.3 on, Kea takes its socket, its leases and its libraries only from the folders that it was built for. 2.2 takes
bare names as names in its working folder, so the socket and the leases have their whole names.
"""

from __future__ import annotations

CONFIG_FILE = "/etc/kea/kea-dhcp4.conf"
SOCKET = "/run/kea/kea4-ctrl-socket"
LEASE_FILE = "/var/lib/kea/kea-leases4.csv"
# For TLS between partners, where AppArmor lets Kea read.
TLS_FOLDER = "/etc/kea/ha"
TRUST_ANCHOR = "/etc/kea/ha/ca.pem"
CERT_FILE = "/etc/kea/ha/server.pem"
KEY_FILE = "/etc/kea/ha/server.key"
# Services of systemd: of Debian, and of Fedora and Enterprise Linux.
SERVICES = ("kea-dhcp4-server", "kea-dhcp4")
