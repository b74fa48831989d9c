# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kea pairs as people write them: edits of a pair, each of a kind that becomes variables, or is refused.

The daemon accepts what becomes variables, and the files adopted from it (tests/system/test_adopt_kea.py asks it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import (
    BALANCING,
    HA,
    PEERS,
    POOLS,
    REMOVED,
    SECOND,
    SECURE,
    SUBNET,
)

DATA = f"{SUBNET}.option-data"
HOSTS = f"{SUBNET}.reservations"
CLASSES = "Dhcp4.client-classes"

# What both servers have in addition to the pair of kea_texts.py.
ADOPTED: Mapping[str, Mapping[str, Any]] = {
    "as-it-is": {},
    "load-balancing": {
        **BALANCING,
        POOLS: [
            {"pool": "192.0.2.10 - 192.0.2.49", "client-class": "HA_one"},
            {"pool": "192.0.2.50 - 192.0.2.89", "client-class": "HA_two"},
        ],
    },
    "certificates": SECURE,
    "takeover-by-an-operator": {f"{PEERS}.0.auto-failover": False, f"{PEERS}.1.auto-failover": False},
    "slow-heartbeats": {f"{HA}.heartbeat-delay": REMOVED, f"{HA}.max-response-delay": REMOVED},
    "names-of-the-role": {
        f"{PEERS}.0.name": "office-primary",
        f"{PEERS}.1.name": "office-secondary",
        f"{HA}.max-ack-delay": 4000,
    },
    "option-by-code": {f"{DATA}.2": {"code": 42, "data": "192.0.2.7, 192.0.2.8"}},
    "option-as-octets": {f"{DATA}.2": {"code": 224, "csv-format": False, "data": "0a0b0c"}},
    "option-of-text": {f"{DATA}.2": {"name": "root-path", "data": 'nfs:/srv\\, "ro"'}},
    "options-of-every-kind": {
        f"{DATA}.2": {"name": "interface-mtu", "data": "1400"},
        f"{DATA}.3": {"name": "ip-forwarding", "data": "false"},
        f"{DATA}.4": {"name": "domain-search", "data": "a.example, b.example"},
        f"{DATA}.5": {"name": "time-offset", "data": "-3600"},
        f"{DATA}.6": {"name": "domain-name", "data": "example.org"},
    },
    "defined-option": {
        "Dhcp4.option-def": [
            {"name": "my_list", "code": 225, "type": "ipv4-address", "array": True},
            {"name": "word", "code": 226, "type": "string"},
        ],
        f"{DATA}.2": {"name": "my_list", "data": "192.0.2.1, 192.0.2.2"},
        f"{DATA}.3": {"code": 226, "data": "some words"},
    },
    "global-settings": {
        "Dhcp4.valid-lifetime": 3600,
        "Dhcp4.max-valid-lifetime": 7200,
        "Dhcp4.authoritative": True,
        "Dhcp4.match-client-id": False,
        "Dhcp4.option-data": [{"name": "ntp-servers", "data": "192.0.2.9"}],
        "Dhcp4.next-server": "192.0.2.9",
        "Dhcp4.decline-probation-period": 600,
    },
    "settings-of-a-subnet": {
        f"{SUBNET}.valid-lifetime": 600,
        f"{SUBNET}.authoritative": True,
        f"{SUBNET}.next-server": "192.0.2.9",
        f"{SUBNET}.boot-file-name": "boot/pxelinux.0",
        f"{SUBNET}.renew-timer": 100,
        f"{SUBNET}.cache-threshold": 0.1,
    },
    "endless-leases": {f"{SUBNET}.valid-lifetime": 4294967295},
    "several-pools": {
        POOLS: [
            {"pool": "192.0.2.10-192.0.2.19"},
            {"pool": "192.0.2.32/28"},
            {"pool": "192.0.2.64 - 192.0.2.70", "option-data": [{"name": "routers", "data": "192.0.2.253"}]},
        ],
    },
    "pools-for-classes": {
        POOLS: [
            {"pool": "192.0.2.10 - 192.0.2.19", "client-class": "phones"},
            {"pool": "192.0.2.20 - 192.0.2.29", "client-class": "KNOWN"},
            {"pool": "192.0.2.30 - 192.0.2.39", "client-class": "UNKNOWN"},
        ],
    },
    "classes": {
        CLASSES: [
            {"name": "phones", "test": "substring(option[vendor-class-identifier].text,0,5) == 'Phone'"},
            {"name": "pxe", "test": "option[93].hex == 0x0007 and not (option[77].exists)", "boot-file-name": "efi"},
            {"name": "card", "test": "substring(pkt4.mac, 0, 3) == 0x525400", "valid-lifetime": 300},
            {"name": "port", "test": "relay4[1].hex == 'port7' or (relay4[2].exists)", "next-server": "192.0.2.3"},
        ],
    },
    "reservations": {
        HOSTS: [
            {"hw-address": "52:54:00:00:00:01", "ip-address": "192.0.2.200", "hostname": "printer"},
            {"hw-address": "52:54:0:0:0:2", "ip-address": "192.0.2.201", "user-context": {"name": "desk 2"}},
            {"client-id": "'laptop'", "ip-address": "192.0.2.202"},
            {
                "client-id": "01:52:54:00:00:00:04",
                "ip-address": "192.0.2.203",
                "option-data": [{"name": "routers", "data": "192.0.2.253"}],
                "boot-file-name": "own",
            },
        ],
    },
    "reservations-everywhere": {
        "Dhcp4.reservations-global": True,
        "Dhcp4.reservations": [
            {"hw-address": "52:54:00:00:00:05", "option-data": [{"name": "domain-name", "data": "a.example"}]}
        ],
    },
    "reservations-that-kea-ignores": {"Dhcp4.reservations": [{"hw-address": "52:54:00:00:00:05", "hostname": "x"}]},
    "shared-network": {
        "Dhcp4.subnet4": [],
        "Dhcp4.shared-networks": [
            {
                "name": "office",
                "option-data": [{"name": "domain-name", "data": "office.example"}],
                "subnet4": [
                    {"id": 1, "subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.10 - 192.0.2.100"}]},
                    SECOND,
                ],
            }
        ],
    },
    "what-no-client-notices": {
        "Dhcp4.loggers": [{"name": "kea-dhcp4", "severity": "INFO"}],
        "Dhcp4.expired-leases-processing": {"reclaim-timer-wait-time": 20},
        "Dhcp4.statistic-default-sample-count": 5,
        f"{SUBNET}.comment": "the office",
        f"{SUBNET}.user-context": {"floor": 2},
        "Dhcp4.interfaces-config.re-detect": False,
    },
    "an-address-of-an-interface": {"Dhcp4.interfaces-config.interfaces": ["eth0/192.0.2.1"]},
}

# The first difference of the first server.
REFUSED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "always-send": (
        {f"{DATA}.0.always-send": True},
        "subnet 192.0.2.0/24, option routers, always-send: true in the configuration, nothing in the variables",
    ),
    "vendor-space": (
        {f"{DATA}.2": {"space": "vendor-4491", "code": 2, "csv-format": False, "data": "01"}},
        "subnet 192.0.2.0/24, option vendor-4491.2: 01 in the configuration, nothing in the variables",
    ),
    "relay": (
        {f"{SUBNET}.relay": {"ip-addresses": ["198.51.100.1"]}},
        'subnet 192.0.2.0/24, relay: {"ip-addresses": ["198.51.100.1"]} in the configuration, nothing in the variables',
    ),
    "subnet-for-a-class": (
        {f"{SUBNET}.client-class": "phones"},
        "subnet 192.0.2.0/24, client-class: phones in the configuration, nothing in the variables",
    ),
    "class-by-members": (
        {f"{CLASSES}.1": {"name": "b", "test": "member('phones')"}},
        "class \"b\", match: member('phones') in the configuration, nothing in the variables",
    ),
    "template-class": (
        {f"{CLASSES}.1": {"name": "b", "template-test": "option[12].hex"}},
        'class "b", match: option[12].hex in the configuration, nothing in the variables',
    ),
    "circuit-id": (
        {f"{HOSTS}.0": {"circuit-id": "'port7'", "ip-address": "192.0.2.200"}},
        'reservation "circuit-id-port7": only in the configuration',
    ),
    "classes-of-a-reservation": (
        {f"{HOSTS}.0.client-classes": ["phones"]},
        'reservation "52-54-00-00-00-01", client-classes: phones in the configuration, nothing in the variables',
    ),
    "uneven-halves": (
        {
            **BALANCING,
            POOLS: [
                {"pool": "192.0.2.10 - 192.0.2.19", "client-class": "HA_one"},
                {"pool": "192.0.2.20 - 192.0.2.49", "client-class": "HA_two"},
            ],
        },
        "subnet 192.0.2.0/24, pool 192.0.2.20-192.0.2.29: only in the variables",
    ),
    "another-database": (
        {"Dhcp4.lease-database": {"type": "mysql", "name": "kea", "user": "kea"}},
        "lease-database, type: mysql in the configuration, memfile in the variables",
    ),
    "another-lease-file": (
        {"Dhcp4.lease-database.name": "/srv/leases.csv"},
        "lease-database, name: /srv/leases.csv in the configuration, /var/lib/kea/kea-leases4.csv in the variables",
    ),
    "another-library": (
        {"Dhcp4.hooks-libraries.2": {"library": "/usr/lib/kea/hooks/libdhcp_bootp.so"}},
        "library libdhcp_bootp.so: only in the configuration",
    ),
    "half-seconds": (
        {f"{HA}.heartbeat-delay": 500},
        'relationship "one+two", heartbeat-delay: 500 ms in the configuration, whole seconds in the variables',
    ),
    "dynamic-dns": (
        {"Dhcp4.dhcp-ddns": {"enable-updates": True}},
        'dhcp-ddns: {"enable-updates": true} in the configuration, nothing in the variables',
    ),
    "all-interfaces": (
        {"Dhcp4.interfaces-config.interfaces": ["*"]},
        "interfaces: * in the configuration, nothing in the variables",
    ),
    "allocator": (
        {f"{SUBNET}.allocator": "random"},
        "subnet 192.0.2.0/24, allocator: random in the configuration, nothing in the variables",
    ),
    "no-number": (
        {f"{SUBNET}.id": REMOVED},
        "subnet 192.0.2.0/24, id: nothing in the configuration, 3221225984 in the variables",
    ),
    "a-class-against-its-network": (
        {f"{CLASSES}.0.option-data": [{"name": "routers", "data": "192.0.2.253"}]},
        "",
    ),
}
