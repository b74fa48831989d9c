# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Leave out of Kea's objects what they need not state: defaults, and what they would inherit anyway.

Kea's answer about its configuration states all of this, and people state some of it. The defaults are those that 2.2.0,
2.6.3 and 3.0.4 answer for a configuration that states nothing; where they disagree, those of 2.6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import HA_DEFAULTS

_NETWORK: Mapping[str, Any] = {
    "allocator": "iterative",
    "authoritative": False,
    "cache-threshold": 0.25,
    "calculate-tee-times": False,
    "ddns-conflict-resolution-mode": "check-with-dhcid",
    "ddns-generated-prefix": "myhost",
    "ddns-override-client-update": False,
    "ddns-override-no-update": False,
    "ddns-replace-client-name": "never",
    "ddns-send-updates": True,
    "ddns-update-on-renew": False,
    "ddns-use-conflict-resolution": True,
    "hostname-char-set": "[^A-Za-z0-9.-]",
    "match-client-id": True,
    "next-server": "0.0.0.0",  # noqa: S104 - Kea's word for none
    "reservations-global": False,
    "reservations-in-subnet": True,
    "reservations-out-of-pool": False,
    "store-extended-info": False,
    "t1-percent": 0.5,
    "t2-percent": 0.875,
}
_OPTION: Mapping[str, Any] = {"always-send": False, "csv-format": True, "never-send": False, "space": "dhcp4"}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "Dhcp4": {
        **_NETWORK,
        "decline-probation-period": 86400,
        "dhcp4o6-port": 0,
        "early-global-reservations-lookup": False,
        "echo-client-id": True,
        "host-reservation-identifiers": ["hw-address", "duid", "circuit-id", "client-id"],
        "ip-reservations-unique": True,
        "max-valid-lifetime": 7200,
        "min-valid-lifetime": 7200,
        "parked-packet-limit": 256,
        "reservations-lookup-first": False,
        "stash-agent-options": False,
        "statistic-default-sample-age": 0,
        "statistic-default-sample-count": 20,
        "valid-lifetime": 7200,
    },
    "dhcp-ddns": {
        "enable-updates": False,
        "max-queue-size": 1024,
        "ncr-format": "JSON",
        "ncr-protocol": "UDP",
        "sender-ip": "0.0.0.0",  # noqa: S104 - any address
        "sender-port": 0,
        "server-ip": "127.0.0.1",
        "server-port": 53001,
    },
    "dhcp-queue-control": {"capacity": 64, "enable-queue": False, "queue-type": "kea-ring4"},
    "expired-leases-processing": {
        "flush-reclaimed-timer-wait-time": 25,
        "hold-reclaimed-time": 3600,
        "max-reclaim-leases": 100,
        "max-reclaim-time": 250,
        "reclaim-timer-wait-time": 10,
        "unwarned-reclaim-cycles": 5,
    },
    # Of a relationship: the hook adds its defaults to the answer.
    "high-availability": {
        **HA_DEFAULTS,
        "max-rejected-lease-updates": 10,
        "require-client-certs": True,
        "restrict-commands": False,
    },
    "peers": {"auto-failover": True},
    "interfaces-config": {"dhcp-socket-type": "raw", "outbound-interface": "same-as-inbound", "re-detect": True},
    "multi-threading": {"enable-multi-threading": True, "packet-queue-size": 64, "thread-pool-size": 0},
    "option-data": _OPTION,
    "option-def": {"array": False, "space": "dhcp4"},
    "sanity-checks": {"extended-info-checks": "fix", "lease-checks": "warn"},
    **{name: {"next-server": "0.0.0.0"} for name in ("client-classes", "reservations")},  # noqa: S104 - as above
}
# Objects that say nothing as a whole.
_NOTHING: tuple[Mapping[str, Any], ...] = ({}, {"type": "memfile"})
# What these inherit from the objects around them.
_INHERIT = frozenset({"shared-networks", "subnet4"})
_LIFETIMES = ("valid-lifetime", "max-valid-lifetime", "min-valid-lifetime")


def without_implied(root: Node) -> Node:
    """The whole configuration, without what it need not state."""
    found = Node(root, root.line, root.place)
    main = root.get("Dhcp4")
    if isinstance(main, Node):
        found["Dhcp4"] = _shorter(main, _DEFAULTS["Dhcp4"])
    return found


def _shorter(node: Node, implied: Mapping[str, Any]) -> Node:
    """An object without the members that are implied."""
    whole = {**node, **_lifetimes(node)}
    stated = {name: value for name, value in whole.items() if name not in implied or implied[name] != value}
    if not stated.keys().isdisjoint(_LIFETIMES):
        stated.update((name, whole[name]) for name in _LIFETIMES)
    around = {**implied, **stated}
    found = Node((), node.line, node.place)
    for name, value in stated.items():
        shorter = _value(name, value, around)
        if shorter not in ("", None, [], *_NOTHING):
            found[name] = shorter
    return found


def _lifetimes(node: Node) -> Mapping[str, Any]:
    """All three if one is stated: Kea inherits them together."""
    default, longest, shortest = (node.get(name) for name in _LIFETIMES)
    known = default or shortest or longest
    return dict(zip(_LIFETIMES, (known, longest or known, shortest or known))) if known else {}


def _value(name: str, value: Any, around: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_value(name, inner, around) for inner in value]
    if isinstance(value, Node) and name != "user-context":
        return _shorter(value, around if name in _INHERIT else _DEFAULTS.get(name, {}))
    return value
