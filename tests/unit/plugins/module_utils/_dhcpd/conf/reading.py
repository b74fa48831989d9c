# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read texts, for the tests of the reader."""

from __future__ import annotations

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Pool,
    Reservation,
    Server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding

SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { %s }"
HALF = 'failover peer "x" { %s }'


def read(text: str, **includes: str) -> Server:
    return read_server("one", text, includes)


def only(server: Server) -> Finding:
    assert len(server.problems) == 1, [str(problem) for problem in server.problems]
    return server.problems[0]


def clean(text: str, **includes: str) -> Server:
    server = read(text, **includes)
    assert not server.problems, [str(problem) for problem in server.problems]
    return server


def half(text: str) -> Half:
    (found,) = clean(HALF % text).halves
    return found


def pool(text: str) -> Pool:
    (found,) = clean(SUBNET % ("pool { %s }" % text)).pools  # noqa: UP031 - braces are what this text is made of
    return found


def host(text: str) -> Reservation:
    (found,) = clean("host h { %s }" % text).reservations  # noqa: UP031 - braces are what this text is made of
    return found
