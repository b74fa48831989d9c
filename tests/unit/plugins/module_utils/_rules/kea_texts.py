# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hand-written Kea configurations that are a pair, and edits: with the fault of each rule, and without any."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity

E, W = Severity.ERROR, Severity.WARNING

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
HA = "Dhcp4.hooks-libraries.1.parameters.high-availability.0"
PEERS = f"{HA}.peers"
SUBNET = "Dhcp4.subnet4.0"
POOLS = f"{SUBNET}.pools"
# Takes a member or item away.
REMOVED = object()

ONE: Mapping[str, Any] = {
    "Dhcp4": {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "lease-database": {"type": "memfile", "persist": True, "name": "/var/lib/kea/kea-leases4.csv"},
        "multi-threading": {"enable-multi-threading": True},
        "hooks-libraries": [
            {"library": f"{HOOKS}/libdhcp_lease_cmds.so"},
            {
                "library": f"{HOOKS}/libdhcp_ha.so",
                "parameters": {
                    "high-availability": [
                        {
                            "this-server-name": "one",
                            "mode": "hot-standby",
                            "heartbeat-delay": 2000,
                            "max-response-delay": 10000,
                            "max-ack-delay": 3000,
                            "max-unacked-clients": 0,
                            "restrict-commands": True,
                            "multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True},
                            "peers": [
                                {"name": "one", "url": "http://192.0.2.1:8000/", "role": "primary"},
                                {"name": "two", "url": "http://192.0.2.2:8000/", "role": "standby"},
                            ],
                        }
                    ]
                },
            },
        ],
        "client-classes": [{"name": "phones", "test": "option[60].hex == 'phone'"}],
        "subnet4": [
            {
                "id": 1,
                "subnet": "192.0.2.0/24",
                "option-data": [
                    {"name": "routers", "data": "192.0.2.254"},
                    {"name": "domain-name-servers", "data": "192.0.2.254"},
                ],
                "pools": [{"pool": "192.0.2.10 - 192.0.2.100"}],
                "reservations": [{"hw-address": "52:54:00:00:00:01", "ip-address": "192.0.2.200"}],
            }
        ],
    }
}


def edited(base: Mapping[str, Any], edits: Mapping[str, Any]) -> Any:
    """A copy with other values at these paths."""
    made = copy.deepcopy(base)
    for path, value in edits.items():
        value = value if value is REMOVED else copy.deepcopy(value)
        *around, last = path.split(".")
        inner: Any = made
        for part in around:
            inner = inner[int(part)] if isinstance(inner, list) else inner[part]
        if value is REMOVED:
            del inner[int(last) if isinstance(inner, list) else last]
        elif isinstance(inner, list) and int(last) == len(inner):
            inner.append(value)
        else:
            inner[int(last) if isinstance(inner, list) else last] = value
    return made


TWO = edited(ONE, {f"{HA}.this-server-name": "two"})
SECOND = {"id": 2, "subnet": "198.51.100.0/24", "pools": [{"pool": "198.51.100.10 - 198.51.100.100"}]}
HALVES = [
    {"pool": "192.0.2.10 - 192.0.2.50", "client-class": "HA_one"},
    {"pool": "192.0.2.51 - 192.0.2.100", "client-class": "HA_two"},
]
BALANCING = {f"{HA}.mode": "load-balancing", f"{PEERS}.1.role": "secondary", POOLS: HALVES}
CERTIFICATES = {
    f"{HA}.trust-anchor": "/etc/kea/ha/ca.pem",
    f"{HA}.cert-file": "/etc/kea/ha/server.pem",
    f"{HA}.key-file": "/etc/kea/ha/server.key",
}
SECURE = {
    **CERTIFICATES,
    f"{PEERS}.0.url": "https://192.0.2.1:8000/",
    f"{PEERS}.1.url": "https://192.0.2.2:8000/",
}
AGAIN = {
    **copy.deepcopy(ONE["Dhcp4"]["hooks-libraries"][1]["parameters"]["high-availability"][0]),
    "this-server-name": "again-one",
    "peers": [
        {"name": "again-one", "url": "http://192.0.2.1:8001/", "role": "primary"},
        {"name": "again-two", "url": "http://192.0.2.2:8001/", "role": "standby"},
    ],
}
HA_LIST = HA.removesuffix(".0")
SEVERAL = {
    f"{HA_LIST}.1": AGAIN,
    f"{SUBNET}.user-context": {"ha-server-name": "one"},
    "Dhcp4.subnet4.1": {**SECOND, "user-context": {"ha-server-name": "again-one"}},
}
SEVERAL_TWO = {**SEVERAL, f"{HA_LIST}.1": {**AGAIN, "this-server-name": "again-two"}}


class Edit(NamedTuple):
    """Changes of the two configurations. says: words of the finding. also: further deliberate faults."""

    slug: str
    severity: Severity
    one: Mapping[str, Any] = {}
    two: Mapping[str, Any] = {}
    says: str = ""
    also: frozenset[str] = frozenset()

    @property
    def texts(self) -> tuple[str, str]:
        return written(edited(ONE, self.one)), written(edited(TWO, self.two))

    @property
    def id(self) -> str:
        return f"{self.slug}-{self.says}" if self.says else self.slug


def both(slug: str, severity: Severity, edits: Mapping[str, Any], says: str = "", *also: str) -> Edit:
    return Edit(slug, severity, edits, edits, says, frozenset(also))


def written(data: Any) -> str:
    return json.dumps(data, indent=2) + "\n"


EDITS = (
    # One server.
    both("option-cut", E, {f"{SUBNET}.option-data.2": {"name": "root-path", "data": "nfs:/srv,ro"}}, "drops 'ro'"),
    Edit("ha-server-unknown", E, {f"{HA}.this-server-name": "on"}, says='Did you mean "one"?'),
    both("ha-roles-invalid", E, {f"{PEERS}.1.role": "secondary"}, "hot-standby needs one primary and one standby"),
    both("ha-roles-invalid", E, {f"{HA}.mode": "active"}, 'the mode "active" is unknown'),
    both("ha-url-invalid", E, {f"{PEERS}.1.url": "http://two.example:8000/"}, "has no IP address"),
    both("ha-url-invalid", E, {f"{PEERS}.1.url": "http://192.0.2.2/"}, "has no port"),
    Edit(
        "ha-url-loopback",
        E,
        {f"{PEERS}.0.url": "http://127.0.0.1:8000/"},
        says="one",
        also=frozenset({"peers-mismatch"}),
    ),
    both("ha-url-shared", E, {f"{PEERS}.1.url": "http://192.0.2.1:8000/"}, "call itself"),
    both("ha-tls-incomplete", E, {**SECURE, f"{HA}.key-file": ""}, "key-file is missing"),
    both("ha-tls-incomplete", E, {f"{PEERS}.0.url": "https://192.0.2.1:8000/"}, "no certificates"),
    both("ha-tls-incomplete", E, CERTIFICATES, "without protection"),
    both("ha-commands-unrestricted", W, {f"{HA}.restrict-commands": REMOVED}, "false before Kea 3.0"),
    both(
        "ha-password-unused",
        W,
        {f"{PEERS}.0.basic-auth-user": "one", f"{PEERS}.0.basic-auth-password": "secret"},
        "one has a basic-auth-user",
    ),
    Edit("lease-hook-missing", E, {"Dhcp4.hooks-libraries.0": {"library": f"{HOOKS}/libdhcp_stat_cmds.so"}}),
    Edit("multi-threading-off", E, {"Dhcp4.multi-threading.enable-multi-threading": False}, says="serve alone"),
    both("multi-threading-off", W, {"Dhcp4.multi-threading": REMOVED}, "not stated in Dhcp4;"),
    both("multi-threading-off", W, {f"{HA}.multi-threading": REMOVED}, "not stated in high-availability;"),
    Edit("ha-listener-off", W, {f"{HA}.multi-threading.http-dedicated-listener": False}),
    both(
        "ha-port-taken",
        E,
        {
            "Dhcp4.control-socket": REMOVED,
            "Dhcp4.control-sockets": [
                {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
                {"socket-type": "http", "socket-address": "192.0.2.1", "socket-port": 8000},
            ],
        },
    ),
    both(
        "ha-delay-invalid",
        E,
        {f"{HA}.max-response-delay": 66000, f"{HA}.heartbeat-delay": 9000},
    ),
    both(
        "ha-delay-invalid",
        E,
        {f"{HA}.max-response-delay": 0, f"{HA}.max-ack-delay": 0, f"{HA}.heartbeat-delay": 0},
        "a healthy partner would count as lost",
        "unacked-clients",
    ),
    both("heartbeat-slow", E, {f"{HA}.heartbeat-delay": 10000}, "a healthy partner would count as lost"),
    both("heartbeat-slow", W, {f"{HA}.heartbeat-delay": 4000}, "a single lost heartbeat"),
    both("max-response-delay-long", W, {f"{HA}.max-response-delay": REMOVED}, "60 seconds (default)"),
    both("unacked-clients", W, {f"{HA}.max-unacked-clients": REMOVED}, "10 (default)"),
    both("unacked-clients", W, {f"{HA}.max-ack-delay": 10000}, "at most 5000"),
    both("ha-updates-off", E, {f"{HA}.send-lease-updates": False}, "send-lease-updates is false"),
    Edit("ha-updates-off", E, {f"{HA}.sync-leases": False}, says="sync-leases is false"),
    both("ha-settings-refused", E, {f"{HA}.wait-backup-ack": True}, "wait-backup-ack"),
    both("ha-settings-refused", E, {f"{HA}.delayed-updates-limit": 100}, "delayed-updates-limit"),
    both("lease-database-volatile", E, {"Dhcp4.lease-database.persist": False}),
    both("control-socket-missing", W, {"Dhcp4.control-socket": REMOVED}),
    both("interfaces-missing", E, {"Dhcp4.interfaces-config.interfaces": []}),
    both("subnet-number-missing", W, {f"{SUBNET}.id": REMOVED}),
    both("subnet-number-invalid", E, {f"{SUBNET}.id": 0}, "not in 1.."),
    both("subnet-number-invalid", E, {"Dhcp4.subnet4.1": {**SECOND, "id": 1}}, "also that of subnet 192.0.2.0/24"),
    both("guard-unknown", E, {f"{POOLS}.0.client-class": "phone"}, 'Did you mean "phones"?'),
    both("guard-unknown", E, {f"{SUBNET}.client-class": "none"}, '"none" is not defined'),
    both("pool-unguarded", E, {**BALANCING, POOLS: [{"pool": "192.0.2.10 - 192.0.2.100"}]}, "no HA_ class"),
    both("pool-unguarded", E, {**BALANCING, POOLS: HALVES[:1]}, "no pool for two"),
    both("pool-guarded", E, {POOLS: HALVES}, '"HA_one" is for load balancing'),
    Edit(
        "relationship-unnamed",
        E,
        {**SEVERAL, "Dhcp4.subnet4.1": SECOND},
        SEVERAL_TWO,
        "it names no relationship",
        frozenset({"relationships-several", "pool-not-failover"}),
    ),
    Edit(
        "relationship-unnamed",
        E,
        {**SEVERAL, "Dhcp4.subnet4.1": {**SECOND, "user-context": {"ha-server-name": "three"}}},
        {**SEVERAL_TWO, "Dhcp4.subnet4.1": {**SECOND, "user-context": {"ha-server-name": "three"}}},
        '"three" is the name of no peer',
        frozenset({"relationships-several"}),
    ),
    Edit(
        "peer-name-reused",
        E,
        {**SEVERAL, f"{HA_LIST}.1.peers.0.name": "one", f"{HA_LIST}.1.this-server-name": "one"},
        {**SEVERAL_TWO, f"{HA_LIST}.1.peers.0.name": "one"},
        '"one" is also in',
        frozenset({"relationships-several", "relationship-unnamed"}),
    ),
    Edit("relationships-several", W, SEVERAL, SEVERAL_TWO, "Kea 2.2 would exit"),
    both(
        "reservation-unguarded",
        E,
        {"Dhcp4.reservations-out-of-pool": True, f"{SUBNET}.reservations.0.ip-address": "192.0.2.20"},
    ),
    both(
        "reservation-refused",
        E,
        {f"{SUBNET}.reservations.1": {"hw-address": "52:54:00:00:00:01", "ip-address": "192.0.2.201"}},
        "in the same subnet",
    ),
    both(
        "reservation-refused",
        E,
        {f"{SUBNET}.reservations.1": {"hw-address": "52:54:00:00:00:02", "ip-address": "192.0.2.200"}},
        "192.0.2.200 is already that of",
    ),
    both("reservation-refused", E, {f"{SUBNET}.reservations.0.ip-address": "198.51.100.9"}, "outside subnet"),
    # The two against each other.
    Edit("ha-roles-invalid", E, {f"{PEERS}.1.role": "secondary"}, says="Correct the roles on one"),
    Edit("this-server-name-shared", E, {}, {f"{HA}.this-server-name": "one"}, 'both servers call themselves "one"'),
    Edit("peers-mismatch", E, {}, {f"{PEERS}.0.name": "first"}, "only one lists one; only two lists first"),
    Edit("peers-mismatch", E, {}, {f"{PEERS}.0.url": "http://192.0.2.1:8001/"}, "call the other in vain"),
    Edit("mode-mismatch", E, {}, BALANCING, "hot-standby on one and load-balancing on two"),
    Edit(
        "roles-mismatch",
        E,
        {},
        {f"{PEERS}.0.role": "standby", f"{PEERS}.1.role": "primary"},
        '"one" is primary on one and standby on two',
    ),
    Edit(
        "heartbeat-mismatch",
        E,
        {f"{HA}.max-response-delay": 6000},
        {f"{HA}.heartbeat-delay": 6000, f"{HA}.max-response-delay": 18000},
        "6000 ms on two",
        frozenset({"max-response-delay-long"}),
    ),
    Edit("ha-settings-mismatch", W, {}, {f"{HA}.max-response-delay": 8000}, "8000 on two"),
    Edit("ha-settings-mismatch", W, {}, {f"{PEERS}.1.auto-failover": False}, "only two waits for an operator"),
    Edit("subnet-number-mismatch", E, {}, {f"{SUBNET}.id": 2}, "1 on one and 2 on two"),
    Edit(
        "guard-mismatch",
        E,
        BALANCING,
        {**BALANCING, f"{POOLS}.0.client-class": "HA_two", f"{POOLS}.1.client-class": "HA_one"},
    ),
    Edit(
        "reservation-lookup-mismatch", W, {}, {"Dhcp4.reservations-global": True}, "reservations-global is false on one"
    ),
    # Rules for both daemons.
    Edit(
        "partner-missing",
        E,
        {},
        {"Dhcp4.hooks-libraries": [{"library": f"{HOOKS}/libdhcp_stat_cmds.so"}]},
        "serve alone",
    ),
    both(
        "endpoint-shared",
        E,
        {
            **SEVERAL,
            f"{HA_LIST}.1.peers.0.url": "http://192.0.2.1:8000/",
            f"{HA_LIST}.1.peers.1.url": "http://192.0.2.2:8000/",
        },
        "",
        "relationships-several",
        "this-server-name-shared",
    ),
    both("range-outside-subnet", E, {f"{POOLS}.0.pool": "192.0.2.10 - 192.0.3.10"}, "Kea would refuse to start"),
    both("range-reversed", E, {f"{POOLS}.0.pool": "192.0.2.100 - 192.0.2.10"}, "Kea would refuse to start"),
    both("range-overlap", E, {f"{POOLS}.1": {"pool": "192.0.2.90 - 192.0.2.110"}}, "Kea would refuse to start"),
    both("range-includes-network", E, {f"{POOLS}.1": {"pool": "192.0.2.255 - 192.0.2.255"}}, "broadcast"),
    both("range-includes-server", E, {f"{POOLS}.1": {"pool": "192.0.2.1 - 192.0.2.1"}}),
    both(
        "range-includes-router",
        E,
        {f"{POOLS}.1": {"pool": "192.0.2.250 - 192.0.2.254"}},
        "a client would get its address",
    ),
    both("subnet-overlap", E, {"Dhcp4.subnet4.1": {**SECOND, "subnet": "192.0.2.128/25", "pools": []}}),
    both("mask-of-another-network", W, {f"{SUBNET}.option-data.2": {"name": "subnet-mask", "data": "255.255.0.0"}}),
    both("router-outside-subnet", E, {f"{SUBNET}.option-data.0.data": "198.51.100.1"}),
    Edit(
        "shared-network-mismatch",
        E,
        {
            "Dhcp4.shared-networks": [{"name": "net", "subnet4": [ONE["Dhcp4"]["subnet4"][0], SECOND]}],
            "Dhcp4.subnet4": [],
        },
        {"Dhcp4.subnet4.1": SECOND},
    ),
    Edit("subnet-missing", E, {"Dhcp4.subnet4.1": SECOND}, says="would refuse its leases"),
    Edit("pool-missing", E, {f"{POOLS}.1": {"pool": "192.0.2.150 - 192.0.2.160"}}, says="none of its addresses"),
    Edit("range-mismatch", E, {f"{POOLS}.0.pool": "192.0.2.10 - 192.0.2.90"}, says="give out other addresses"),
    Edit("permit-mismatch", E, {f"{POOLS}.0.client-class": "KNOWN"}, says="allow known-clients"),
    Edit("options-mismatch", E, {f"{SUBNET}.option-data.0.data": "192.0.2.253"}, says="192.0.2.253"),
    Edit("lease-time-mismatch", W, {f"{SUBNET}.valid-lifetime": 60}, says="60"),
    Edit("reservation-mismatch", W, {f"{SUBNET}.reservations": []}, says="one lacks it"),
    Edit(
        "class-mismatch",
        E,
        {f"{POOLS}.0.client-class": "phones", "Dhcp4.client-classes.0.test": "option[60].hex == 'fon'"},
        {f"{POOLS}.0.client-class": "phones"},
        "its match differs",
    ),
    Edit("options-mismatch", W, {}, {"Dhcp4.match-client-id": False}, "ignore-client-uids"),
)

# Rules that are not about Kea's text: the fault, the remedy as it is written, and as it is told.
EXAMPLES: dict[str, tuple[str, str, str]] = {
    "untranslatable": (
        "dhcp_server_parameters: {one_lease_per_client: true}",
        "dhcp_server_parameters: {}",
        "Remove it.",
    ),
    "daemon-mismatch": (
        "# on the primary\ndhcp_server_daemon: kea\n# on the secondary\ndhcp_server_daemon: dhcpd",
        "# on both\ndhcp_server_daemon: kea",
        "Run the same daemon on both. The playbooks migrate and migrate_back move a running pair.",
    ),
}

# Pairs without any fault.
GOOD = (
    both("the pair", E, {}),
    both("load balancing", E, BALANCING),
    both(
        "load balancing with guards",
        E,
        {
            **BALANCING,
            "Dhcp4.client-classes.1": {"name": "one phones", "test": "member('HA_one') and member('phones')"},
        },
    ),
    both("certificates", E, SECURE),
    both("certificates and a password", E, {**SECURE, f"{PEERS}.0.basic-auth-user": "one"}),
    both("guards that Kea has", E, {f"{POOLS}.0.client-class": "KNOWN"}),
    both("a list of guards", E, {f"{POOLS}.0.client-classes": ["phones", "UNKNOWN"]}),
    both("a reservation in a pool", E, {f"{SUBNET}.reservations.0.ip-address": "192.0.2.20"}),
    both(
        "an http control socket elsewhere",
        E,
        {
            "Dhcp4.control-socket": REMOVED,
            "Dhcp4.control-sockets": [
                {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
                {"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8004},
            ],
        },
    ),
    Edit(
        "the order of peers",
        E,
        {},
        {
            PEERS: [
                ONE["Dhcp4"]["hooks-libraries"][1]["parameters"]["high-availability"][0]["peers"][number]
                for number in (1, 0)
            ]
        },
    ),
    both("equal prefix as a pool", E, {f"{POOLS}.0.pool": "192.0.2.64/26"}),
)
