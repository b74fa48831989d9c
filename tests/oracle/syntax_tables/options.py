# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of dhcp-options(5). One of each type gets all values, the others a right and a wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from syntax_tables import values
from syntax_tables.values import with_each

# The option that is tried with all values, those values, a right and a wrong one, and the other options of this type.
_TYPES = (
    (
        "broadcast-address",
        values.ADDRESS,
        ("192.0.2.255", "192.0.2.256"),
        """
        dhcp-requested-address dhcp-server-identifier router-solicitation-address subnet-mask subnet-selection
        swap-server agent.agent-id agent.link-selection nwip.primary-dss server.next-server
        """,
    ),
    (
        "routers",
        values.ADDRESS,
        ("192.0.2.1, 192.0.2.2", '"192.0.2.1"'),
        """
        associated-ip bcms-controller-address capwap-ac-v4 cookie-servers domain-name-servers finger-server
        font-servers ien116-name-servers impress-servers ipv4-address-andsf irc-server log-servers lpr-servers
        mobile-ip-home-agent nds-servers netbios-dd-server netbios-name-servers netinfo-server-address nis-servers
        nisplus-servers nntp-server ntp-servers pana-agent pop-server resource-location-servers
        smtp-server streettalk-directory-assistance-server streettalk-server tftp-server-address time-servers
        www-server x-display-manager nwip.nearest-nwip-server nwip.preferred-dss
        """,
    ),
    ("static-routes", values.PAIRS, ("192.0.2.0 192.0.2.1, 198.51.100.0 192.0.2.1", "192.0.2.0"), "policy-filter"),
    (
        "host-name",
        values.TEXT,
        ('"text"', "192.0.2.1"),
        """
        bootfile-name default-url dhcp-message domain-name extensions-path loader-configfile loader-pathprefix
        merit-dump nds-context nds-tree-name netbios-scope netinfo-server-tag nis-domain nisplus-domain nwip-domain
        pcode root-path tcode tftp-server-name uap-servers user-class v4-captive-portal fqdn.domainname fqdn.fqdn
        fqdn.hostname isc.media server.filename server.server-name
        """,
    ),
    (
        "vendor-class-identifier",
        values.BYTES,
        ("01:02:03", "word"),
        """
        dhcp-client-identifier fqdn geoconf-civic nwip-suboptions relay-agent-information vendor-encapsulated-options
        vivco vivso agent.circuit-id agent.remote-id isc.update-assist vendor-class.isc vendor.isc
        """,
    ),
    (
        "default-ip-ttl",
        values.WIDTH,
        ("255", "256"),
        """
        auto-config default-tcp-ttl dhcp-message-type dhcp-option-overload netbios-node-type fqdn.rcode1 fqdn.rcode2
        nwip.autoretries nwip.autoretry-secs
        """,
    ),
    (
        "interface-mtu",
        values.WIDTH,
        ("1500", "65536"),
        "boot-size dhcp-max-message-size max-dgram-reassembly",
    ),
    (
        "arp-cache-timeout",
        values.NUMBER,
        ("86400", "day"),
        """
        client-last-transaction-time dhcp-lease-time dhcp-rebinding-time dhcp-renewal-time loader-reboottime
        path-mtu-aging-timeout tcp-keepalive-interval v6-only-preferred agent.DOCSIS-device-class
        """,
    ),
    ("time-offset", values.WIDTH, ("-3600", '"CET"'), ""),
    ("dhcp-parameter-request-list", values.NUMBERS, ("1, 3, 6", "1, 300"), ""),
    ("path-mtu-plateau-table", values.NUMBERS, ("68, 1500", "68, 70000"), "name-service-search pxe-system-type"),
    (
        "ip-forwarding",
        values.FLAG,
        ("true", "yes"),
        """
        all-subnets-local ieee802-3-encapsulation mask-supplier non-local-source-routing perform-mask-discovery
        router-discovery tcp-keepalive-garbage trailer-encapsulation fqdn.encoded fqdn.no-client-update
        fqdn.server-update nwip.nsq-broadcast nwip.nwip-1-1
        """,
    ),
    ("domain-search", values.DOMAINS, ('"example.org", "example.net"', "example.org"), "sip-ua-cs-domains"),
    ("bcms-controller-names", {"final-dot": '"example.org."', "word": "example"}, ('"example.org"', "example.org"), ""),
    ("v4-access-domain", values.DOMAIN, ("example.org", '"example.org"'), "v4-lost"),
    ("dhcp6.unicast", values.ADDRESS6, ("2001:db8::1", "192.0.2.1"), ""),
)

# Options for DHCPv6, which the dhcpd.conf of a DHCPv4 server may also contain: a right and a wrong value of each.
_OF_DHCPV6 = (
    (
        "2001:db8::1, 2001:db8::2",
        "192.0.2.1",
        """
        bcms-server-a capwap-ac-v6 dhcp4-o-dhcp6-server ipv6-address-andsf lq-client-link nis-servers nisp-servers
        pana-agent sip-servers-addresses sntp-servers
        """,
    ),
    ("2001:db8::1", "host.example.org", "link-address"),
    (
        '"example.org", "example.net"',
        "example.org",
        "bcms-server-d domain-search nis-domain-name nisp-domain-name sip-servers-names sip-ua-cs-list",
    ),
    ("example.org", '"example.org"', "aftr-name erp-local-domain-name v6-access-domain v6-lost"),
    ('"text"', "5", "bootfile-url new-posix-timezone new-tzdb-timezone v6-captive-portal"),
    (
        "00:01:02",
        "word",
        """
        bootfile-param client-data client-id client-linklayer-addr dhcpv4-msg geoconf-civic ia-addr ia-na ia-pd
        ia-prefix ia-ta interface-id lq-query relay-id relay-msg remote-id server-id subscriber-id vendor-opts
        """,
    ),
    ("255", "256", "preference"),
    ("600", "65536", "elapsed-time relay-source-port"),
    ("600", "word", "clt-time inf-max-rt solmax-rt"),
    ("1, 2", "1, 65536", "client-arch-type ero oro"),
    ("1 2 3", "1 2", "nii"),
    ("RENEW", "renew", "reconf-msg"),
    ("", "1", "reconf-accept"),
    ("2001:db8::1 00:01", "2001:db8::1 word", "lq-relay-data"),
    ('2001:db8::1 1 "example.org"', "2001:db8::1 1 example.org", "rdnss-selection"),
)

# Options with several values, each value with its own kind.
_RECORDS = {
    "slp-directory-agent": {
        "flag-and-address": "true 192.0.2.1",
        "flag-and-addresses": "true 192.0.2.1, 192.0.2.2",
        "comma-after-flag": "true, 192.0.2.1",
        "address-alone": "192.0.2.1",
        "flag-alone": "true",
        "flags-and-addresses": "true 192.0.2.1, false 192.0.2.2",
        "number-for-flag": "1 192.0.2.1",
    },
    "slp-service-scope": {
        "flag-and-text": 'true "scope"',
        "flag-alone": "true",
        "text-alone": '"scope"',
        "word": "true scope",
        "number": "true 5",
        "comma-after-flag": 'true, "scope"',
    },
    "pxe-interface-id": {
        "three-numbers": "1 2 3",
        "with-commas": "1, 2, 3",
        "two-numbers": "1 2",
        "four-numbers": "1 2 3 4",
        "too-large": "1 2 256",
        "octets": "01:02:03",
    },
    "pxe-client-id": {
        "number-and-octets": "0 01:02:03",
        "number-and-string": '0 "uuid"',
        "number-alone": "0",
        "octets-alone": "00:01:02",
        "word": "0 uuid",
    },
    "rdnss-selection": {
        "complete": '1 192.0.2.1 192.0.2.2 "example.org"',
        "two-domains": '1 192.0.2.1 192.0.2.2 "example.org", "example.net"',
        "without-domain": "1 192.0.2.1 192.0.2.2",
        "one-address": '1 192.0.2.1 "example.org"',
        "domain-without-quotes": "1 192.0.2.1 192.0.2.2 example.org",
    },
    "v4-portparams": {
        "three-numbers": "4 8 300",
        "too-large": "4 8 70000",
        "first-too-large": "256 8 300",
        "two-numbers": "4 8",
        "with-commas": "4, 8, 300",
    },
    "option-6rd": {
        "complete": "14 32 2001:db8:: 192.0.2.1",
        "two-relays": "14 32 2001:db8:: 192.0.2.1, 192.0.2.2",
        "without-relay": "14 32 2001:db8::",
        "ipv4-prefix": "14 32 192.0.2.0 192.0.2.1",
        "with-commas": "14, 32, 2001:db8::, 192.0.2.1",
    },
    "agent.relay-port": {"nothing": "", "a-number": "5"},
    "dhcp6.name-servers": {"two": "2001:db8::1, 2001:db8::2", "ipv4": "192.0.2.1", "two-without-comma": "::1 ::2"},
    "dhcp6.rapid-commit": {"nothing": "", "a-flag": "true"},
    "dhcp6.status-code": {
        "name-and-text": 'success "fine"',
        "name-alone": "success",
        "unknown-name": 'splendid "fine"',
        "number": '0 "fine"',
    },
    "dhcp6.info-refresh-time": {"a-number": "600", "infinite": "infinite", "a-word": "daily"},
}

# `option`, and what may follow it.
_NAMES = {
    "unknown": "option no-such-option 1;",
    "unknown-with-address": "option no-such-option 192.0.2.1;",
    "misspelt": "option router 192.0.2.1;",
    "misspelt-servers": "option domain-name-server 192.0.2.1;",
    "capitals": "option ROUTERS 192.0.2.1;",
    "capital-first": "option Domain-Name-Servers 192.0.2.1;",
    "keyword-capitals": "OPTION routers 192.0.2.1;",
    "underscores": "option domain_name_servers 192.0.2.1;",
    "quoted": 'option "routers" 192.0.2.1;',
    "number": "option 3 192.0.2.1;",
    "number-with-name": "option option-3 192.0.2.1;",
    "digit-first": "option 3com.routers 192.0.2.1;",
    "nothing": "option;",
    "name-alone": "option routers;",
    "name-and-two-semicolons": "option routers;;",
    "dot-alone": "option .routers 192.0.2.1;",
    "dot-at-end": "option dhcp. 192.0.2.1;",
    "space-dhcp": "option dhcp.routers 192.0.2.1;",
    "space-dhcp-capitals": "option DHCP.routers 192.0.2.1;",
    "space-with-blanks": "option dhcp . routers 192.0.2.1;",
    "space-unknown": "option acme.routers 192.0.2.1;",
    "space-known-option-unknown": "option agent.no-such 1;",
    "two-dots": "option dhcp.agent.circuit-id 1;",
    "unknown-224-octets": "option unknown-224 01:02;",
    "unknown-224-string": 'option unknown-224 "text";',
    "unknown-224-word": "option unknown-224 word;",
    "unknown-224-address": "option unknown-224 192.0.2.1;",
    "unknown-224-number": "option unknown-224 5;",
    "unknown-224-large-number": "option unknown-224 600;",
    "unknown-3": "option unknown-3 192.0.2.1;",
    "unknown-0": "option unknown-0 01;",
    "unknown-255": "option unknown-255 01;",
    "unknown-254": "option unknown-254 01;",
    "unknown-256": "option unknown-256 01;",
    "unknown-1000": "option unknown-1000 01;",
    "unknown-word": "option unknown-word 01;",
    "unknown-of-space": "option agent.unknown-9 01:02;",
    "unknown-capitals": "option Unknown-224 01:02;",
    "option-224": "option option-224 01:02;",
    "illegal-1": "option nwip.illegal-1 01;",
    "equals-before-name": "option = routers 192.0.2.1;",
    "colon-after-name": "option routers: 192.0.2.1;",
    "in-braces": "option routers { 192.0.2.1; }",
    "word-option-twice": "option option routers 192.0.2.1;",
    "plural-keyword": "options routers 192.0.2.1;",
    "server-identifier": "server-identifier 192.0.2.1;",
    "server-identifier-name": "server-identifier host.example.org;",
    "server-identifier-string": 'server-identifier "192.0.2.1";',
    "server-identifier-nothing": "server-identifier;",
    "server-identifier-expression": "server-identifier = 192.0.2.1;",
    "stated-twice": "option routers 192.0.2.1; option routers 192.0.2.2;",
    "server-flag": "option server.ddns-updates off;",
    "server-time": "option server.default-lease-time 600;",
    "server-time-wrong": "option server.default-lease-time tomorrow;",
    "server-unknown": "option server.no-such 1;",
    "pxelinux-magic": "option pxelinux-magic 1;",
    "pxe-undefined": "option pxe-undefined-1 01;",
    "option-of-dhclient": "option interface-id 01;",
    "vendor-encapsulated": "option vendor-encapsulated-options 01:04:c0:00:02:01;",
    "classless-routes-undefined": "option rfc3442-classless-static-routes 24, 192, 0, 2, 192, 0, 2, 1;",
    "wpad-undefined": 'option wpad "http://192.0.2.1/wpad.dat";',
}


def _like(leader: str) -> tuple[str, ...]:
    """Samples for all options of one type."""
    others = next(others for first, _kind, _pair, others in _TYPES if first == leader)
    return (leader, *(name for name in others.split() if not name.startswith("server.")))


TEXTS = _like("host-name")
BYTES = _like("vendor-class-identifier")
DOMAINS = (*_like("domain-search"), "bcms-controller-names")


def samples() -> Iterator[tuple[str, str]]:
    for leader, kind, (right, wrong), others in _TYPES:
        yield from with_each(f"option/{leader}", f"option {leader} @;", kind)
        for name in others.split():
            yield f"option/{name}/right", f"option {name} {right};"
            yield f"option/{name}/wrong", f"option {name} {wrong};"
    for right, wrong, names in _OF_DHCPV6:
        for name in names.split():
            yield f"option/dhcp6.{name}/right", f"option dhcp6.{name} {right};"
            yield f"option/dhcp6.{name}/wrong", f"option dhcp6.{name} {wrong};"
    for name, record in _RECORDS.items():
        yield from with_each(f"option/{name}", f"option {name} @;", record)
    yield from with_each("option-name", "@", _NAMES)
