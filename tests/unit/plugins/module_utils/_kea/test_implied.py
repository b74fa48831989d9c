# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a configuration need not state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.implied import without_implied
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import parse


def brief(**main: Any) -> Any:
    root = parse(json.dumps({"Dhcp4": main}), {}).root
    assert root is not None
    return without_implied(root)["Dhcp4"]


def inside(**members: Any) -> list[Any]:
    return [{"subnet": "10.0.0.0/24", **members}]


@pytest.mark.parametrize(
    "stated, left",
    [
        ({"authoritative": False, "t1-percent": 0.5, "boot-file-name": ""}, {}),
        ({"authoritative": True}, {"authoritative": True}),
        # What a subnet inherits is implied; the default is not, if something else is inherited.
        (
            {"authoritative": True, "subnet4": inside(authoritative=True)},
            {"authoritative": True, "subnet4": inside()},
        ),
        (
            {"authoritative": True, "subnet4": inside(authoritative=False)},
            {"authoritative": True, "subnet4": inside(authoritative=False)},
        ),
        # Lease times go together, and those that are not stated are as the others.
        ({"valid-lifetime": 7200, "subnet4": inside(**{"max-valid-lifetime": 7200})}, {"subnet4": inside()}),
        (
            {"valid-lifetime": 600, "max-valid-lifetime": 900, "subnet4": inside(**{"valid-lifetime": 600})},
            {
                "valid-lifetime": 600,
                "max-valid-lifetime": 900,
                "min-valid-lifetime": 600,
                "subnet4": inside(
                    **{"valid-lifetime": 600, "max-valid-lifetime": 600, "min-valid-lifetime": 600},
                ),
            },
        ),
        ({"subnet4": inside(relay={"ip-addresses": []}, pools=[], **{"option-data": []})}, {"subnet4": inside()}),
        (
            {"option-data": [{"name": "routers", "data": "10.0.0.1", "space": "dhcp4", "always-send": False}]},
            {"option-data": [{"name": "routers", "data": "10.0.0.1"}]},
        ),
        ({"multi-threading": {"enable-multi-threading": True}}, {}),
        ({"dhcp-ddns": {"enable-updates": True, "server-port": 53001}}, {"dhcp-ddns": {"enable-updates": True}}),
        (
            {
                "hooks-libraries": [
                    {
                        "library": "libdhcp_ha.so",
                        "parameters": {
                            "high-availability": [
                                {
                                    "require-client-certs": True,
                                    "heartbeat-delay": 2000,
                                    "peers": [{"name": "a", "auto-failover": True}],
                                }
                            ]
                        },
                    }
                ]
            },
            {
                "hooks-libraries": [
                    {
                        "library": "libdhcp_ha.so",
                        "parameters": {
                            "high-availability": [{"heartbeat-delay": 2000, "peers": [{"name": "a"}]}],
                        },
                    }
                ]
            },
        ),
        # What a person notes is not Kea's.
        ({"user-context": {"space": "dhcp4"}}, {"user-context": {"space": "dhcp4"}}),
    ],
)
def test_what_is_left(stated: dict[str, Any], left: dict[str, Any]) -> None:
    assert brief(**stated) == left
