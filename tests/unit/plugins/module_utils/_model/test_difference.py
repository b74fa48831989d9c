# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How

ADDRESS = Difference(
    "interface", How.MISSING, "ens9", "Interface ens9 lacks 172.16.1.100/24.", "address", wanted="172.16.1.100/24"
)


def test_a_difference_survives_the_way_from_a_module_to_a_filter() -> None:
    data = json.loads(json.dumps(ADDRESS.as_dict()))
    assert data == {
        "section": "interface",
        "kind": "missing",
        "subject": "ens9",
        "message": "Interface ens9 lacks 172.16.1.100/24.",
        "aspect": "address",
        "found": None,
        "wanted": "172.16.1.100/24",
    }
    assert Difference.from_dict(data) == ADDRESS


@pytest.mark.parametrize("change", [{"kind": "another"}, {"severity": "error"}])
def test_anything_else_is_refused(change: dict[str, str]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Difference.from_dict({**ADDRESS.as_dict(), **change})
