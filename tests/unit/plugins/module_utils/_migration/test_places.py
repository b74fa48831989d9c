# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import parse
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.places import Spare, placer
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import ABANDONED, ACTIVE, Binding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Pool, Range, Scope


def test_a_place_for_each_address() -> None:
    declared = {
        "subnet4": [{"id": 1, "pools": [{"pool": "192.0.2.10 - 192.0.2.20"}]}],
        "shared-networks": [{"subnet4": [{"id": 2, "pools": [{"pool": "198.51.100.0/30"}]}]}],
    }
    place = placer(parse(json.dumps(declared), {}).root or {})
    addresses = {"192.0.2.9": None, "192.0.2.10": 1, "192.0.2.20": 1, "192.0.2.21": None, "198.51.100.3": 2}
    for text, number in addresses.items():
        parts = [int(part) for part in text.split(".")]
        assert place(int.from_bytes(bytes(parts), "big")) == number, text


@pytest.mark.parametrize(("role", "own", "later"), [("primary", 4, 4), ("secondary", 2, 6)])
def test_the_free_addresses_of_a_server_that_serves_alone(role: str, own: int, later: int) -> None:
    """Ten addresses: a lease and an abandoned one that hold, the others as follows; 107 to 109 were never used."""
    now = 1000
    found = [(100, ACTIVE, 2000), (101, ABANDONED, 2000), (102, ACTIVE, 900), (103, "expired", 900)]
    found += [(104, "backup", 0), (105, "backup", 0), (106, "free", 0), (200, "free", 0)]
    bindings = [Binding(address, state, 0, ends) for address, state, ends in found]
    pool = Pool("x", (Range(100, 105), Range(106, 109)), frozenset(), Scope(), "192.0.2.0/24")
    others = Pool(None, (Range(200, 209),), frozenset(), Scope())
    spare = Spare([pool, others], {"x": role})
    assert list(spare.watch(bindings, now)) == bindings
    assert spare.pools_left() == [{"relationship": "x", "subnet": "192.0.2.0/24", "own": own, "later": later}]
