# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For every sample that dhcpd accepts, the readers on managed hosts (of the host's own dhcpd.conf, and of what leaves
the host) agree with the validator's parser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import syntax

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.live import collect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import (
    Configuration,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_PORT,
)


@lru_cache(maxsize=1)
def taken() -> tuple[tuple[str, str, Server], ...]:
    """Samples that dhcpd accepts: name, text, and the full reader's result."""
    record = syntax.read_record()

    def find() -> Iterator[tuple[str, str, Server]]:
        for name, sample in syntax.samples().items():
            if isinstance(sample.source, str) and not record[name].rejected:
                yield name, sample.source, read_server("server", sample.source)

    return tuple(find())


def of_host(found: Configuration) -> dict[str, Any]:
    return {
        "halves": {
            name: (half.role, half.mclt, half.address, half.port, half.peer_address, half.peer_port)
            for name, half in found.halves.items()
        },
        "pools": Counter(
            (pool.failover, (span.low, span.high))
            for pool in found.pools
            if pool.failover is not None
            for span in pool.ranges
        ),
        "omapi": (found.omapi_port, found.omapi_key) if found.omapi_port is not None else None,
        "key": len(found.key.secret) * 8 if found.omapi_port and found.key else None,
    }


def of_server(server: Server) -> dict[str, Any]:
    """The full reader's result in the same form, with dhcpd's defaults."""
    pools = [pool for subnet in server.subnets for pool in subnet.pools if pool.failover is not None]
    return {
        "halves": {
            half.name: (
                *(half.role or "primary", half.mclt, half.address, half.port or DEFAULT_PORT),
                *(half.peer_address, half.peer_port or DEFAULT_PORT),
            )
            for half in server.halves
        },
        "pools": Counter((pool.failover, (span.low, span.high)) for pool in pools for span in pool.ranges),
        "omapi": (server.omapi.port, server.omapi.key) if server.omapi else None,
        "key": server.omapi.key_bits if server.omapi else None,
    }


def test_the_host_reads_what_the_parser_reads() -> None:
    other = []
    for name, text, server in taken():
        # Both readers get an empty included file.
        found, expected = of_host(read_configuration(text, lambda _name: "")), of_server(server)
        other += [f"{name}: {key}: {found[key]}, not {expected[key]}" for key in found if found[key] != expected[key]]
    assert len(taken()) > 1000
    assert not other, "\n".join(["", *other])


def test_the_text_that_leaves_the_host_means_the_same() -> None:
    other = []
    for name, text, server in taken():
        live, _includes = collect(text, lambda _name: None)
        found = of_server(read_server("server", live))
        if found != of_server(server):
            other.append(f"{name}: {found}, not {of_server(server)}")
    assert not other, "\n".join(["", *other])
