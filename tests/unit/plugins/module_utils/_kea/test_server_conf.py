# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of the managed host finds the same as the reader that judges."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import LEASE_FILE, SOCKET
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.server_conf import (
    Configuration,
    read_configuration,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node, parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import EDITS, GOOD

TEXTS = {f"{number} {edit.id}": text for number, edit in enumerate((*GOOD, *EDITS)) for text in edit.texts[:1]}


def read(main: dict[str, Any]) -> Configuration:
    root = parse(json.dumps({"Dhcp4": main}), {}).root
    assert root is not None
    return read_configuration(root)


def pools_of(pools: Iterable[Pool]) -> list[str]:
    return sorted(
        f"{item.failover} {item.subnet} {list(map(str, item.ranges))} {sorted(item.permits)}" for item in pools
    )


@pytest.mark.parametrize("name", TEXTS)
def test_both_readers_agree(name: str) -> None:
    judged = read_server("one", TEXTS[name])
    root = parse(TEXTS[name], {}).root
    found = read_configuration(root if root is not None else Node())
    wanted = ("name", "role", "address", "port", "peer_address", "peer_port", "max_response_delay", "mode")
    wanted += ("heartbeat", "takeover")
    assert [[getattr(half, item) for item in wanted] for half in found.halves.values()] == [
        [getattr(half, item) for item in wanted] for half in {half.name: half for half in judged.halves}.values()
    ]
    if not judged.problems:
        assert pools_of(found.pools) == pools_of(judged.pools)
        reserved = {
            (item.hardware, address) for item in judged.reservations if item.hardware for address in item.addresses
        }
        assert {(item.hardware, item.addresses[0]) for item in found.reservations if item.hardware} == reserved


def test_where_its_files_are() -> None:
    found = read({})
    assert (found.socket, found.database, found.lease_file) == (None, "memfile", LEASE_FILE)
    found = read({"control-socket": {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}})
    assert found.socket == SOCKET
    sockets = [{"socket-type": "http", "socket-address": "127.0.0.1"}, {"socket-type": "unix", "socket-name": "/x/y"}]
    assert read({"control-sockets": sockets}).socket == "/x/y"


@pytest.mark.parametrize(
    ("database", "kind", "file"),
    [
        ({"type": "memfile"}, "memfile", LEASE_FILE),
        ({"type": "memfile", "name": "other.csv"}, "memfile", "/var/lib/kea/other.csv"),
        ({"type": "memfile", "name": "/x/y.csv"}, "memfile", "/x/y.csv"),
        ({"type": "memfile", "persist": False}, "memfile", None),
        ({"type": "mysql", "name": "kea"}, "mysql", None),
    ],
)
def test_its_lease_database(database: dict[str, Any], kind: str, file: str | None) -> None:
    found = read({"lease-database": database})
    assert (found.database, found.lease_file) == (kind, file)


@pytest.mark.parametrize("value", ["x", None, [], 1.5, True])
def test_a_value_of_a_wrong_kind(value: Any) -> None:
    half = {"this-server-name": "a", "max-response-delay": value, "peers": [{"name": "a", "role": "primary"}]}
    hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [half]}}
    found = [half.max_response_delay for half in read({"hooks-libraries": [hook]}).halves.values()]
    assert found == [60]
