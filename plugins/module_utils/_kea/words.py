# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The words of a kea-dhcp4.conf: keywords and standard options of Kea 2.2, 2.6 and 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# The releases that are known here, oldest first.
RELEASES = ("2.2", "2.6", "3.0")


class Keyword(NamedTuple):
    """A member of an object. kind: what its value is. releases: positions in RELEASES, the first and the last."""

    kind: str
    releases: tuple[int, int]


# By object: kinds of values, and the names of members. `+2.6` is new in that release, `-2.6` is gone in it.
_KEYWORDS = {
    "Dhcp4": {
        "any": "user-context",
        "flag": """
            authoritative calculate-tee-times ddns-override-client-update ddns-override-no-update
            ddns-send-updates ddns-update-on-renew ddns-use-conflict-resolution
            early-global-reservations-lookup echo-client-id ip-reservations-unique match-client-id
            reservations-global reservations-in-subnet reservations-lookup-first
            reservations-out-of-pool stash-agent-options+2.6 store-extended-info
        """,
        "integer": """
            cache-max-age ddns-ttl+3.0 ddns-ttl-min+3.0 ddns-ttl-max+3.0 decline-probation-period
            dhcp4o6-port max-valid-lifetime min-valid-lifetime offer-lifetime+2.6 parked-packet-limit
            rebind-timer renew-timer statistic-default-sample-age statistic-default-sample-count
            valid-lifetime
        """,
        "list": """
            client-classes control-sockets+3.0 hooks-libraries hosts-databases loggers option-data
            option-def reservations shared-networks subnet4
        """,
        "map": """
            compatibility config-control control-socket dhcp-ddns dhcp-queue-control
            expired-leases-processing hosts-database interfaces-config lease-database multi-threading
            sanity-checks
        """,
        "number": "cache-threshold ddns-ttl-percent+2.6 t1-percent t2-percent",
        "text": """
            allocator+2.6 boot-file-name comment ddns-conflict-resolution-mode+2.6 ddns-generated-prefix
            ddns-qualifying-suffix ddns-replace-client-name hostname-char-replacement hostname-char-set
            next-server reservation-mode-2.6 server-hostname server-tag
        """,
        "texts": "host-reservation-identifiers",
    },
    "interfaces-config": {
        "any": "user-context",
        "flag": "re-detect service-sockets-require-all",
        "integer": "service-sockets-max-retries service-sockets-retry-wait-time",
        "text": "comment dhcp-socket-type outbound-interface",
        "texts": "interfaces",
    },
    "sanity-checks": {
        "text": "lease-checks extended-info-checks+2.6",
    },
    "database": {
        "flag": "persist readonly retry-on-startup+2.6",
        "integer": """
            connect-timeout lfc-interval max-reconnect-tries max-row-errors port read-timeout+2.6
            reconnect-wait-time tcp-user-timeout+2.6 write-timeout+2.6
        """,
        "text": "cert-file cipher-list host key-file name on-fail password trust-anchor type user",
    },
    "multi-threading": {
        "any": "user-context",
        "flag": "enable-multi-threading",
        "integer": "packet-queue-size thread-pool-size",
        "text": "comment",
    },
    "hooks-libraries": {
        "any": "parameters",
        "text": "library",
    },
    "expired-leases-processing": {
        "integer": """
            flush-reclaimed-timer-wait-time hold-reclaimed-time max-reclaim-leases max-reclaim-time
            reclaim-timer-wait-time unwarned-reclaim-cycles
        """,
    },
    "subnet4": {
        "any": "user-context",
        "flag": """
            authoritative calculate-tee-times ddns-override-client-update ddns-override-no-update
            ddns-send-updates ddns-update-on-renew ddns-use-conflict-resolution match-client-id
            reservations-global reservations-in-subnet reservations-out-of-pool store-extended-info
        """,
        "integer": """
            cache-max-age ddns-ttl+3.0 ddns-ttl-min+3.0 ddns-ttl-max+3.0 id max-valid-lifetime
            min-valid-lifetime offer-lifetime+2.6 rebind-timer renew-timer valid-lifetime
        """,
        "list": "option-data pools reservations",
        "map": "relay",
        "number": "cache-threshold ddns-ttl-percent+2.6 t1-percent t2-percent",
        "text": """
            4o6-interface 4o6-interface-id 4o6-subnet allocator+2.6 boot-file-name client-class comment
            ddns-conflict-resolution-mode+2.6 ddns-generated-prefix ddns-qualifying-suffix
            ddns-replace-client-name hostname-char-replacement hostname-char-set interface next-server
            reservation-mode-2.6 server-hostname subnet
        """,
        "texts": "client-classes+3.0 evaluate-additional-classes+3.0 require-client-classes",
    },
    "shared-networks": {
        "any": "user-context",
        "flag": """
            authoritative calculate-tee-times ddns-override-client-update ddns-override-no-update
            ddns-send-updates ddns-update-on-renew ddns-use-conflict-resolution match-client-id
            reservations-global reservations-in-subnet reservations-out-of-pool store-extended-info
        """,
        "integer": """
            cache-max-age ddns-ttl+3.0 ddns-ttl-min+3.0 ddns-ttl-max+3.0 max-valid-lifetime
            min-valid-lifetime offer-lifetime+2.6 rebind-timer renew-timer valid-lifetime
        """,
        "list": "option-data subnet4",
        "map": "relay",
        "number": "cache-threshold ddns-ttl-percent+2.6 t1-percent t2-percent",
        "text": """
            allocator+2.6 boot-file-name client-class comment ddns-conflict-resolution-mode+2.6
            ddns-generated-prefix ddns-qualifying-suffix ddns-replace-client-name
            hostname-char-replacement hostname-char-set interface name next-server reservation-mode-2.6
            server-hostname
        """,
        "texts": "client-classes+3.0 evaluate-additional-classes+3.0 require-client-classes",
    },
    "option-def": {
        "any": "user-context",
        "flag": "array",
        "integer": "code",
        "text": "comment encapsulate name record-types space type",
    },
    "option-data": {
        "any": "user-context",
        "flag": "always-send csv-format never-send+2.6",
        "integer": "code",
        "text": "comment data name space",
        "texts": "client-classes+3.0",
    },
    "pools": {
        "any": "user-context",
        "flag": """
            ddns-override-client-update+3.0 ddns-override-no-update+3.0 ddns-send-updates+3.0
            ddns-update-on-renew+3.0
        """,
        "integer": "ddns-ttl+3.0 ddns-ttl-min+3.0 ddns-ttl-max+3.0 pool-id+2.6",
        "list": "option-data",
        "number": "ddns-ttl-percent+3.0",
        "text": """
            client-class comment ddns-conflict-resolution-mode+3.0 ddns-generated-prefix+3.0
            ddns-qualifying-suffix+3.0 ddns-replace-client-name+3.0 hostname-char-replacement+3.0
            hostname-char-set+3.0 pool
        """,
        "texts": "client-classes+3.0 evaluate-additional-classes+3.0 require-client-classes",
    },
    "reservations": {
        "any": "user-context",
        "list": "option-data",
        "text": """
            boot-file-name circuit-id client-id comment duid flex-id hostname hw-address ip-address
            next-server server-hostname
        """,
        "texts": "client-classes",
    },
    "client-classes": {
        "any": "user-context",
        "flag": "only-if-required only-in-additional-list+3.0",
        "integer": "max-valid-lifetime min-valid-lifetime offer-lifetime+2.6 valid-lifetime",
        "list": "option-data option-def",
        "text": "boot-file-name comment name next-server server-hostname template-test+2.6 test",
    },
    "control-socket": {
        "any": "user-context",
        "flag": "cert-required+3.0",
        "integer": "socket-port+3.0",
        "list": "http-headers+3.0",
        "map": "authentication+3.0",
        "text": """
            cert-file+3.0 comment key-file+3.0 socket-address+3.0 socket-name socket-type
            trust-anchor+3.0
        """,
    },
    "dhcp-queue-control": {
        "any": "user-context",
        "flag": "enable-queue",
        "integer": "capacity",
        "text": "comment queue-type",
    },
    "dhcp-ddns": {
        "any": "user-context",
        "flag": "enable-updates override-client-update-2.6 override-no-update-2.6",
        "integer": "max-queue-size sender-port server-port",
        "text": """
            comment generated-prefix-2.6 hostname-char-replacement-2.6 hostname-char-set-2.6 ncr-format
            ncr-protocol qualifying-suffix-2.6 replace-client-name-2.6 sender-ip server-ip
        """,
    },
    "config-control": {
        "integer": "config-fetch-wait-time",
        "list": "config-databases",
    },
    "loggers": {
        "any": "user-context",
        "integer": "debuglevel",
        "list": "output-options+2.6 output_options",
        "text": "comment name severity",
    },
    "output-options": {
        "flag": "flush",
        "integer": "maxsize maxver",
        "text": "output pattern",
    },
    "compatibility": {
        "flag": """
            exclude-first-last-24+2.6 ignore-dhcp-server-identifier+2.6 ignore-rai-link-selection+2.6
            lenient-option-parsing
        """,
    },
    "http-headers": {
        "any": "user-context",
        "text": "comment name value",
    },
    "authentication": {
        "any": "user-context",
        "list": "clients",
        "text": "comment directory realm type",
    },
    "clients": {
        "any": "user-context",
        "text": "comment password password-file user user-file",
    },
}

# Names of objects whose members are those of another.
_ALIKE = {
    "config-databases": "database",
    "control-sockets": "control-socket",
    "hosts-database": "database",
    "hosts-databases": "database",
    "lease-database": "database",
    "output_options": "output-options",
}


def _keyword(kind: str, word: str) -> tuple[str, Keyword]:
    for mark, (first, last) in {"+2.6": (1, 2), "+3.0": (2, 2), "-2.6": (0, 0), "-3.0": (0, 1)}.items():
        if word.endswith(mark):
            return word[: -len(mark)], Keyword(kind, (first, last))
    return word, Keyword(kind, (0, len(RELEASES) - 1))


def _members(kinds: Mapping[str, str]) -> Mapping[str, Keyword]:
    return dict(_keyword(kind, word) for kind, words in kinds.items() for word in words.split())


KEYWORDS: Mapping[str, Mapping[str, Keyword]] = {
    **(_tables := {name: _members(kinds) for name, kinds in _KEYWORDS.items()}),
    **{name: _tables[other] for name, other in _ALIKE.items()},
    "relay": {"ip-address": Keyword("text", (0, 2)), "ip-addresses": Keyword("texts", (0, 2))},
}

# Of a relationship of the hook for high availability. It ignores all other names (measured).
HA_KEYWORDS: Mapping[str, str] = {
    "cert-file": "text",
    "delayed-updates-limit": "integer",
    "heartbeat-delay": "integer",
    "key-file": "text",
    "max-ack-delay": "integer",
    "max-rejected-lease-updates": "integer",
    "max-response-delay": "integer",
    "max-unacked-clients": "integer",
    "mode": "text",
    "multi-threading": "map",
    "peers": "list",
    "require-client-certs": "flag",
    "restrict-commands": "flag",
    "send-lease-updates": "flag",
    "state-machine": "map",
    "sync-leases": "flag",
    "sync-page-limit": "integer",
    "sync-timeout": "integer",
    "this-server-name": "text",
    "trust-anchor": "text",
    "wait-backup-ack": "flag",
}
HA_THREADS: Mapping[str, str] = {
    "enable-multi-threading": "flag",
    "http-client-threads": "integer",
    "http-dedicated-listener": "flag",
    "http-listener-threads": "integer",
}
PEER_KEYWORDS: Mapping[str, str] = {
    "auto-failover": "flag",
    "basic-auth-password": "text",
    "basic-auth-password-file": "text",
    "basic-auth-user": "text",
    "cert-file": "text",
    "key-file": "text",
    "name": "text",
    "role": "text",
    "trust-anchor": "text",
    "url": "text",
}
COMMENTS = frozenset({"comment", "user-context"})

# Type -> names and codes of the options of space dhcp4. `(...)` is a record, `*` repeats (of a record, its last field).
_OPTIONS = {
    "ipv4-address": """
        subnet-mask=1 swap-server=16 broadcast-address=28 router-solicitation-address=32
        dhcp-requested-address=50 dhcp-server-identifier=54 subnet-selection=118
    """,
    "int32": "time-offset=2",
    "ipv4-address*": """
        routers=3 time-servers=4 name-servers=5 domain-name-servers=6 log-servers=7 cookie-servers=8
        lpr-servers=9 impress-servers=10 resource-location-servers=11 policy-filter=21 static-routes=33
        nis-servers=41 ntp-servers=42 netbios-name-servers=44 netbios-dd-server=45 font-servers=48
        x-display-manager=49 nisplus-servers=65 mobile-ip-home-agent=68 smtp-server=69 pop-server=70
        nntp-server=71 www-server=72 finger-server=73 irc-server=74 streettalk-server=75
        streettalk-directory-assistance-server=76 nds-servers=85 bcms-controller-address=89 associated-ip=92
        netinfo-server-address=112 pana-agent=136 capwap-ac-v4=138
    """,
    "string": """
        host-name=12 merit-dump=14 domain-name=15 root-path=17 extensions-path=18 nis-domain=40
        netbios-scope=47 dhcp-message=56 vendor-class-identifier=60 nwip-domain-name=62
        nisplus-domain-name=64 tftp-server-name=66 boot-file-name=67 nds-tree-name=86 nds-context=87
        uap-servers=98 pcode=100 tcode=101 netinfo-server-tag=113 v4-captive-portal=114
    """,
    "uint16": "boot-size=13 max-dgram-reassembly=22 interface-mtu=26 dhcp-max-message-size=57",
    "boolean": """
        ip-forwarding=19 non-local-source-routing=20 all-subnets-local=27 perform-mask-discovery=29
        mask-supplier=30 router-discovery=31 trailer-encapsulation=34 ieee802-3-encapsulation=36
        tcp-keepalive-garbage=39
    """,
    "uint8": """
        default-ip-ttl=23 default-tcp-ttl=37 netbios-node-type=46 dhcp-option-overload=52
        dhcp-message-type=53 auto-config=116 dhcp-state=156+2.6 data-source=157+2.6
    """,
    "uint32": """
        path-mtu-aging-timeout=24 arp-cache-timeout=35 tcp-keepalive-interval=38 dhcp-lease-time=51
        dhcp-renewal-time=58 dhcp-rebinding-time=59 client-last-transaction-time=91 v6-only-preferred=108
        vivso-suboptions=125 base-time=152+2.6 start-time-of-state=153+2.6 query-start-time=154+2.6
        query-end-time=155+2.6
    """,
    "uint16*": "path-mtu-plateau-table=25 client-system=93 name-service-search=117",
    "uint8*": "dhcp-parameter-request-list=55",
    "binary": "dhcp-client-identifier=61 nwip-suboptions=63 user-class=77 authenticate=90 geoconf-civic=99",
    "(boolean ipv4-address)*": "slp-directory-agent=78",
    "(boolean string)": "slp-service-scope=79",
    "(uint8 uint8 uint8 fqdn)": "fqdn=81",
    "empty": "dhcp-agent-options=82 cablelabs-client-conf=122+2.6",
    "fqdn*": "bcms-controller-names=88 domain-search=119 sip-ua-cs-domains=141",
    "(uint8 uint8 uint8)": "client-ndi=94",
    "(uint8 binary)": "uuid-guid=97",
    "(uint32 binary)": "vivco-suboptions=124",
    "fqdn": "v4-lost=137 v4-access-domain=213",
    "(uint8 ipv4-address ipv4-address fqdn)*": "rdnss-selection=146",
    "(uint8 psid)": "v4-portparams=159",
    "(uint8 uint8 ipv6-address ipv4-address)*": "option-6rd=212",
    "internal": "classless-static-route=121+2.6 v4-dnr=162+2.6",
    "tuple*": "v4-sztp-redirect=143+2.6",
    "(uint8 string)": "status-code=151+2.6",
}


class Option(NamedTuple):
    """A standard option. fields: the types of its values. everywhere: whether all releases know it."""

    name: str
    code: int
    fields: tuple[str, ...]
    array: bool
    everywhere: bool = True


def _option(kind: str, word: str) -> Option:
    name, _equals, code = word.partition("=")
    number, _plus, since = code.partition("+")
    return Option(name, int(number), tuple(kind.strip("()*").split()), kind.endswith("*"), not since)


OPTIONS: Mapping[int, Option] = {
    option.code: option
    for kind, words in _OPTIONS.items()
    for option in (_option(kind, word) for word in words.split())
}
CODES: Mapping[str, int] = {option.name: code for code, option in OPTIONS.items()}
