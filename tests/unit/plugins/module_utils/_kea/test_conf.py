# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kea's parser refuses in the objects of a configuration. `kea-dhcp4 -t` of each release gave the verdicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.conf import read_server


def found(**members: Any) -> list[str]:
    subnet = {"id": 1, "subnet": "192.0.2.0/24", **members.pop("subnet", {})}
    text = json.dumps({"Dhcp4": {"subnet4": [subnet], **members}})
    return [str(problem) for problem in read_server("one", text).problems]


@pytest.mark.parametrize(
    "members, says",
    [
        ({"client-classes": [{"test": "member('ALL')"}]}, 'It has no "name"'),
        ({"client-classes": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}, "another class of this name"),
        ({"control-socket": {}}, 'It has no "socket-type"'),
        ({"hooks-libraries": [{}]}, 'It has no "library"'),
        ({"lease-database": {"persist": True}}, 'It has no "type"'),
        ({"multi-threading": {}}, 'It has no "enable-multi-threading"'),
        ({"option-data": [{"data": "x"}]}, 'It has no "name" or "code"'),
        ({"option-def": [{"name": "a", "type": "string"}]}, 'It has no "code"'),
        ({"shared-networks": [{"subnet4": []}]}, 'It has no "name"'),
        ({"subnet4": [{"id": 1}]}, 'It has no "subnet"'),
        ({"subnet": {"pools": [{}]}}, 'It has no "pool"'),
        ({"subnet": {"reservations": [{"ip-address": "192.0.2.5"}]}}, 'It has no "hw-address" or "client-id"'),
        ({"min-valid-lifetime": 300, "valid-lifetime": 200}, "The lease times do not ascend"),
        ({"subnet": {"valid-lifetime": 500, "max-valid-lifetime": 400}}, "valid-lifetime 500, max-valid-lifetime 400"),
        ({"option-data": [{"name": "domain-name", "data": ""}]}, "too few values"),
        ({"valid-lifetime": "60"}, "is not a whole number"),
        ({"lifetime": 60}, "has no meaning here"),
    ],
)
def test_what_kea_refuses(members: dict[str, Any], says: str) -> None:
    (problem,) = found(**members)
    assert says in problem


@pytest.mark.parametrize(
    "members",
    [
        {"option-data": [{"name": "routers", "data": ""}]},
        {"option-data": [{"code": 230, "csv-format": False, "data": "0102"}]},
        {"valid-lifetime": -1},
        {"min-valid-lifetime": 300, "valid-lifetime": 300, "max-valid-lifetime": 300},
        {"subnet": {"reservations": [{"duid": "01:02", "ip-address": "192.0.2.5"}]}},
    ],
)
def test_what_kea_takes(members: dict[str, Any]) -> None:
    assert found(**members) == []


def test_the_name_of_a_reservation_wins_over_an_option() -> None:
    """Each release sent it."""
    option = [{"name": "host-name", "data": "option"}]
    reserved = {"hw-address": "52:54:00:00:00:01", "hostname": "name", "option-data": option}
    text = json.dumps({"Dhcp4": {"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "reservations": [reserved]}]}})
    (found,) = read_server("one", text).reservations
    assert found.scope.options == {"host-name": ("name",)}
