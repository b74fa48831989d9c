# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The words of dhcpd.conf: every statement and standard option of ISC dhcpd 4.4.3, all in lower case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache


def words_of(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# Parameters by the kind of value they take.
SECONDS, NUMBER, FLAG, TEXT, ANY = "seconds", "number", "flag", "text", "any"

_PARAMETERS = {
    SECONDS: """
        abandon-lease-time ddns-ttl default-lease-time dynamic-bootp-lease-cutoff max-lease-time min-lease-time
        ping-cltt-secs ping-timeout ping-timeout-ms preferred-lifetime
    """,
    NUMBER: """
        adaptive-lease-time-threshold delayed-ack dhcp-cache-threshold dynamic-bootp-lease-length ldap-init-retry
        ldap-port limit-addrs-per-ia limit-prefs-per-ia local-port log-threshold-high log-threshold-low max-ack-delay
        min-secs omapi-port remote-port
    """,
    FLAG: """
        allow-booting allow-bootp always-broadcast always-reply-rfc1048 bind-local-address6 boot-unknown-clients
        check-secs-byte-order client-updates ddns-dual-stack-mixed-mode ddns-guard-id-must-match
        ddns-other-guard-is-dynamic ddns-updates declines dhcpv6-set-tee-times do-forward-updates do-reverse-updates
        dont-use-fsync duplicates dynamic-bootp echo-client-id fqdn-reply get-lease-hostnames ignore-client-uids
        infinite-is-reserved ldap-referrals leasequery one-lease-per-client persist-eui-64-leases ping-check
        release-on-roam server-id-check stash-agent-options update-conflict-detection update-optimization
        update-static-leases use-eui-64 use-host-decl-names use-lease-addr-for-default-route
    """,
    TEXT: """
        ddns-domainname ddns-hostname ddns-rev-domainname dhcpv6-lease-file-name dhcpv6-pid-file-name filename
        ldap-base-dn ldap-debug-file ldap-dhcp-server-cn ldap-gssapi-keytab ldap-gssapi-principal ldap-password
        ldap-server ldap-tls-ca-dir ldap-tls-ca-file ldap-tls-cert ldap-tls-ciphers ldap-tls-key ldap-tls-randfile
        ldap-username lease-file-name pid-file-name server-name
    """,
    ANY: """
        db-time-format ddns-local-address4 ddns-local-address6 ddns-update-style ldap-method
        ldap-ssl ldap-tls-crlcheck ldap-tls-reqcert lease-id-format limited-broadcast-address local-address
        local-address6 log-facility next-server omapi-key prefix-length-mode server-duid site-option-space
        vendor-option-space
    """,
}
PARAMETERS: Mapping[str, str] = {name: kind for kind, names in _PARAMETERS.items() for name in words_of(names)}

# Values that must never be kept.
SECRETS = frozenset({"ldap-password", "secret"})

# `allow x;`, `deny x;` and `ignore x;` outside a pool are other spellings of these parameters.
ALLOW_PARAMETERS: Mapping[str, str] = {
    "booting": "allow-booting",
    "bootp": "allow-bootp",
    "client-updates": "client-updates",
    "declines": "declines",
    "duplicates": "duplicates",
    "dynamic-bootp": "dynamic-bootp",
    "leasequery": "leasequery",
    "unknown-clients": "boot-unknown-clients",
}

# The permits of a pool, except members of a class and dates.
PERMITS = (
    "all clients",
    "authenticated clients",
    "dynamic bootp clients",
    "known clients",
    "known-clients",
    "unauthenticated clients",
    "unknown clients",
    "unknown-clients",
)

_SPELLINGS = {"known clients": "known-clients", "unknown clients": "unknown-clients"}


def permit(words: Sequence[str]) -> str:
    """A permit, without `allow` or `deny`, in the one spelling of the declaration."""
    phrase = " ".join(word if word[:1] == '"' else word.lower() for word in words)
    return _SPELLINGS.get(phrase, phrase)


# Statements that dhcpd runs for each packet. They are kept as text.
EXECUTABLE = words_of(
    """
    add append break case default define elsif else eval execute if log on parse-vendor-option prepend return set
    switch unset
    """
)

# Statements whose text may run over lines that begin like statements.
EXPRESSIONS = EXECUTABLE | {"%", "match", "spawn"}

# Statements that open a block, and the blocks in which dhcpd rejects them: meeting one there usually means that a
# closing brace was forgotten.
_CLOSED = frozenset({"failover", "key", "zone"})
_NARROW = _CLOSED | {"class", "host", "if", "elsif", "else", "on", "subclass", "switch"}
NEVER_INSIDE: Mapping[str, frozenset[str]] = {
    "class": _NARROW - {"host"},
    "failover": _NARROW | {"group", "pool", "subnet"},
    "group": _NARROW,
    "host": _NARROW,
    "key": _CLOSED,
    "pool": _NARROW | {"group", "pool"},
    "shared-network": _NARROW | {"shared-network", "subnet"},
    "subnet": _NARROW | {"subnet"},
    "zone": _CLOSED,
}
BLOCKS = frozenset(NEVER_INSIDE) | {"pool6", "subnet6"}

# All other words that begin a statement.
STRUCTURE = BLOCKS | words_of(
    """
    allow authoritative deny dynamic failover fixed-address fixed-address6 fixed-prefix6 hardware host-identifier
    ignore include interface lease match no not option prefix6 range range6 send server-identifier spawn subclass
    supersede uid user-class vendor-class
    """
)

# The states of a server, as ISC numbers them (includes/failover.h of 4.4.3) and writes them everywhere.
STATES: Mapping[int, str] = {
    0: "unknown-state",
    1: "startup",
    2: "normal",
    3: "communications-interrupted",
    4: "partner-down",
    5: "potential-conflict",
    6: "recover",
    7: "paused",
    8: "shutdown",
    9: "recover-done",
    10: "resolution-interrupted",
    11: "conflict-done",
    254: "recover-wait",
}

# Hardware types by their numbers in a packet, and how many octets an address may have.
HARDWARE: Mapping[int, str] = {1: "ethernet", 6: "token-ring", 8: "fddi", 32: "infiniband"}
MAX_HARDWARE = 20

# Statements of a half and their fields, in the order of the role's file. The side comes first.
HALF_FIELDS: Mapping[str, str] = {
    "address": "address",
    "port": "port",
    "peer address": "peer_address",
    "peer port": "peer_port",
    "max-response-delay": "max_response_delay",
    "max-unacked-updates": "max_unacked_updates",
    "mclt": "mclt",
    "split": "split",
    "hba": "hba",
    "load balance max seconds": "load_balance_max_seconds",
    "auto-partner-down": "auto_partner_down",
    "max-lease-misbalance": "max_lease_misbalance",
    "max-lease-ownership": "max_lease_ownership",
    "min-balance": "min_balance",
    "max-balance": "max_balance",
}
HALF_STATEMENTS = ("primary", "secondary", *HALF_FIELDS)
# Statements of one word that take a number.
HALF_NUMBERS: Mapping[str, str] = {
    statement: name
    for statement, name in HALF_FIELDS.items()
    if " " not in statement and name not in ("address", "hba")
}

STATEMENTS = tuple(sorted(STRUCTURE | EXECUTABLE | set(PARAMETERS) | {"failover peer", "load balance max seconds"}))

# A line that begins with one of these begins a statement, so the statement before lacks its semicolon. Names that
# may also continue one (`allow\n unknown-clients`, `failover\n peer`) are left out.
LEADERS = (
    (STRUCTURE - {"dynamic", "no", "not", "lease"})
    | (set(PARAMETERS) - set(ALLOW_PARAMETERS) - {"dynamic-bootp"})
    | (set(HALF_NUMBERS) - {"port"})
    | {"if", "switch", "hba", "load", "primary", "secondary"}
)

# Words that begin a statement in a half only.
HALF_LEADERS = LEADERS | {"address", "peer", "port"}

_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


@lru_cache(maxsize=4096)
def names_in(text: str) -> frozenset[str]:
    """Every name in a block of statements, with both names of parameters that have two."""
    names = frozenset(_NAME.findall(text))
    parameters = {name[7:] for name in names if name.startswith("server.")}
    return names.union(parameters, (ALLOW_PARAMETERS[name] for name in names.intersection(ALLOW_PARAMETERS)))
