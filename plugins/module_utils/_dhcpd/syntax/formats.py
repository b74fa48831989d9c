# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The format of every option and parameter of ISC dhcpd 4.4.3, in dhcpd's own notation.

One letter stands for one value: `I` an IPv4 address or host name, `6` an IPv6 address, `L` and `l` 32 bits, `S` and `s`
16 bits, `B` and `b` 8 bits, `T` seconds or `infinite`, `f` a flag, `t` text, `X` text or octets, `D` a list of domain
names (`Dc` is sent compressed), `d` a domain name, `U` the name of an option space, `k` the name of a key, `Z` nothing,
`Nname.` one of the words of an enumeration, `Ename.` what an option space encapsulates. `A` repeats the whole, `a` the
value before it, and `o` says that the value before it may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import words_of

_OPTIONS = {
    "dhcp": {
        "I": """
            subnet-mask=1 swap-server=16 broadcast-address=28 router-solicitation-address=32
            dhcp-requested-address=50 dhcp-server-identifier=54 subnet-selection=118
        """,
        "l": "time-offset=2",
        "IA": """
            routers=3 time-servers=4 ien116-name-servers=5 domain-name-servers=6 log-servers=7
            cookie-servers=8 lpr-servers=9 impress-servers=10 resource-location-servers=11 nis-servers=41
            ntp-servers=42 netbios-name-servers=44 netbios-dd-server=45 font-servers=48 x-display-manager=49
            nisplus-servers=65 mobile-ip-home-agent=68 smtp-server=69 pop-server=70 nntp-server=71
            www-server=72 finger-server=73 irc-server=74 streettalk-server=75
            streettalk-directory-assistance-server=76 nds-servers=85 ipv4-address-andsf=142
        """,
        "t": """
            host-name=12 merit-dump=14 domain-name=15 root-path=17 extensions-path=18 nis-domain=40
            netbios-scope=47 dhcp-message=56 nwip-domain=62 nisplus-domain=64 tftp-server-name=66
            bootfile-name=67 user-class=77 nds-tree-name=86 nds-context=87 uap-servers=98 pcode=100
            tcode=101 netinfo-server-tag=113 default-url=114 v4-captive-portal=160 loader-configfile=209
            loader-pathprefix=210
        """,
        "S": "boot-size=13 max-dgram-reassembly=22 interface-mtu=26 dhcp-max-message-size=57",
        "f": """
            ip-forwarding=19 non-local-source-routing=20 all-subnets-local=27 perform-mask-discovery=29
            mask-supplier=30 router-discovery=31 trailer-encapsulation=34 ieee802-3-encapsulation=36
            tcp-keepalive-garbage=39
        """,
        "IIA": "policy-filter=21 static-routes=33",
        "B": """
            default-ip-ttl=23 default-tcp-ttl=37 netbios-node-type=46 dhcp-option-overload=52
            dhcp-message-type=53 auto-config=116
        """,
        "L": """
            path-mtu-aging-timeout=24 arp-cache-timeout=35 tcp-keepalive-interval=38 dhcp-lease-time=51
            dhcp-renewal-time=58 dhcp-rebinding-time=59 client-last-transaction-time=91
            v6-only-preferred=108 loader-reboottime=211
        """,
        "SA": "path-mtu-plateau-table=25",
        "E.": "vendor-encapsulated-options=43",
        "BA": "dhcp-parameter-request-list=55",
        "X": "vendor-class-identifier=60 dhcp-client-identifier=61 geoconf-civic=99",
        "Enwip.": "nwip-suboptions=63",
        "fIa": "slp-directory-agent=78",
        "fto": "slp-service-scope=79",
        "Efqdn.": "fqdn=81",
        "Eagent.": "relay-agent-information=82",
        "D": "bcms-controller-names=88",
        "Ia": """
            bcms-controller-address=89 associated-ip=92 netinfo-server-address=112 pana-agent=136
            capwap-ac-v4=138 tftp-server-address=150
        """,
        "Sa": "pxe-system-type=93 name-service-search=117",
        "BBB": "pxe-interface-id=94",
        "BX": "pxe-client-id=97",
        "Dc": "domain-search=119 sip-ua-cs-domains=141",
        "Evendor-class.": "vivco=124",
        "Evendor.": "vivso=125",
        "d": "v4-lost=137 v4-access-domain=213",
        "BIID": "rdnss-selection=146",
        "BBS": "v4-portparams=159",
        "BB6Ia": "option-6rd=212",
    },
    "agent": {
        "X": "circuit-id=1 remote-id=2",
        "I": "agent-id=3 link-selection=5",
        "L": "docsis-device-class=4",
        "Z": "relay-port=19",
    },
    "dhcp6": {
        "X": """
            client-id=1 server-id=2 ia-na=3 ia-ta=4 ia-addr=5 relay-msg=9 interface-id=18 ia-pd=25
            ia-prefix=26 geoconf-civic=36 remote-id=37 subscriber-id=38 lq-query=44 client-data=45
            relay-id=53 bootfile-param=60 client-linklayer-addr=79 dhcpv4-msg=87
        """,
        "SA": "oro=6 ero=43 client-arch-type=61",
        "B": "preference=7",
        "S": "elapsed-time=8 relay-source-port=135",
        "6": "unicast=12 link-address=80",
        "Nstatus-codes.to": "status-code=13",
        "Z": "rapid-commit=14 reconf-accept=20",
        "Evsio.": "vendor-opts=17",
        "Ndhcpv6-messages.": "reconf-msg=19",
        "D": """
            sip-servers-names=21 domain-search=24 nis-domain-name=29 nisp-domain-name=30 bcms-server-d=33
            sip-ua-cs-list=58
        """,
        "6A": """
            sip-servers-addresses=22 name-servers=23 nis-servers=27 nisp-servers=28 sntp-servers=31
            bcms-server-a=34 pana-agent=40 lq-client-link=48 dhcp4-o-dhcp6-server=88 ipv6-address-andsf=143
        """,
        "T": "info-refresh-time=32",
        "Efqdn6-if-you-see-me-its-a-bug-bug-bug.": "fqdn=39",
        "t": "new-posix-timezone=41 new-tzdb-timezone=42 bootfile-url=59 v6-captive-portal=103",
        "L": "clt-time=46 solmax-rt=82 inf-max-rt=83",
        "6X": "lq-relay-data=47",
        "d": "v6-lost=51 v6-access-domain=57 aftr-name=64 erp-local-domain-name=65",
        "6a": "capwap-ac-v6=52",
        "BBB": "nii=62",
        "6BD": "rdnss-selection=74",
    },
    "fqdn": {
        "f": "no-client-update=1 server-update=2 encoded=3",
        "B": "rcode1=4 rcode2=5",
        "t": "hostname=6 domainname=7 fqdn=8",
    },
    "isc": {
        "t": "media=1",
        "X": "update-assist=2",
    },
    "isc6": {
        "t": "media=1 4o6-interface=60000",
        "X": "update-assist=2",
        "6": "4o6-source-address=60001",
    },
    "nwip": {
        "": "illegal-1=1 illegal-2=2 illegal-3=3 illegal-4=4",
        "f": "nsq-broadcast=5 nwip-1-1=10",
        "IA": "preferred-dss=6 nearest-nwip-server=7",
        "B": "autoretries=8 autoretry-secs=9",
        "I": "primary-dss=11",
    },
    "vendor": {
        "Eisc.": "isc=2495",
    },
    "vendor-class": {
        "X": "isc=2495",
    },
    "vsio": {
        "Eisc6.": "isc=2495",
    },
}

# Option space -> name -> code and format.
OPTIONS: Mapping[str, Mapping[str, tuple[int, str]]] = {
    space: {
        name: (int(code), kind)
        for kind, names in formats.items()
        for name, code in (pair.split("=") for pair in names.split())
    }
    for space, formats in _OPTIONS.items()
}

# The code that ends the options of a space, which no option can have.
END_CODE: Mapping[str, int] = {"dhcp": 255}

_PARAMETERS = {
    "T": """
        abandon-lease-time ddns-ttl default-lease-time dynamic-bootp-lease-cutoff max-lease-time min-lease-time
        ping-cltt-secs ping-timeout ping-timeout-ms preferred-lifetime
    """,
    "L": "dynamic-bootp-lease-length limit-addrs-per-ia limit-prefs-per-ia max-ack-delay",
    "f": """
        allow-booting allow-bootp always-broadcast always-reply-rfc1048 authoritative bind-local-address6
        boot-unknown-clients check-secs-byte-order client-updates ddns-dual-stack-mixed-mode
        ddns-guard-id-must-match ddns-other-guard-is-dynamic ddns-updates declines dhcpv6-set-tee-times
        do-forward-updates do-reverse-updates dont-use-fsync duplicates dynamic-bootp echo-client-id fqdn-reply
        get-lease-hostnames ignore-client-uids infinite-is-reserved leasequery one-lease-per-client ping-check
        release-on-roam server-id-check stash-agent-options update-conflict-detection update-optimization
        update-static-leases use-host-decl-names use-lease-addr-for-default-route
    """,
    "B": "adaptive-lease-time-threshold dhcp-cache-threshold log-threshold-high log-threshold-low min-secs",
    "t": """
        ddns-domainname ddns-hostname ddns-rev-domainname dhcpv6-lease-file-name dhcpv6-pid-file-name filename
        lease-file-name pid-file-name server-name
    """,
    "I": "ddns-local-address4 limited-broadcast-address local-address next-server",
    "U": "vendor-option-space",
    "X": "site-option-space",
    "S": "delayed-ack local-port omapi-port remote-port",
    "k": "omapi-key",
    "Nddns-styles.": "ddns-update-style",
    "Nsyslog-facilities.": "log-facility",
    "Nldap-methods.": "",
    "Nldap-ssl-usage.": "",
    "Nldap-tls-reqcert.": "",
    "Nldap-tls-crlcheck.": "",
    "6": "ddns-local-address6 local-address6",
    "Nprefix_length_modes.": "prefix-length-mode",
}
PARAMETER_FORMATS: Mapping[str, str] = {name: kind for kind, names in _PARAMETERS.items() for name in names.split()}

# Parameters that only other builds of dhcpd know, and which builds those are.
OTHER_BUILDS: Mapping[str, str] = {
    **dict.fromkeys(("persist-eui-64-leases", "use-eui-64"), "with support for EUI-64"),
    **dict.fromkeys(
        words_of(
            """
        ldap-base-dn ldap-debug-file ldap-dhcp-server-cn ldap-gssapi-keytab ldap-gssapi-principal ldap-init-retry
        ldap-method ldap-password ldap-port ldap-referrals ldap-server ldap-ssl ldap-tls-ca-dir ldap-tls-ca-file
        ldap-tls-cert ldap-tls-ciphers ldap-tls-crlcheck ldap-tls-key ldap-tls-randfile ldap-tls-reqcert ldap-username
        """
        ),
        "with LDAP (Debian's package isc-dhcp-server-ldap)",
    ),
}

ENUMERATIONS: Mapping[str, tuple[str, ...]] = {
    "ddns-styles": ("none", "ad-hoc", "interim", "standard"),
    "dhcpv6-messages": (
        "SOLICIT",
        "ADVERTISE",
        "REQUEST",
        "CONFIRM",
        "RENEW",
        "REBIND",
        "REPLY",
        "RELEASE",
        "DECLINE",
        "RECONFIGURE",
        "INFORMATION-REQUEST",
        "RELAY-FORW",
        "RELAY-REPL",
        "LEASEQUERY",
        "LEASEQUERY-REPLY",
        "LEASEQUERY-DONE",
        "LEASEQUERY-DATA",
        "RECONFIGURE-REQUEST",
        "RECONFIGURE-REPLY",
        "DHCPV4-QUERY",
        "DHCPV4-RESPONSE",
    ),
    "prefix_length_modes": ("ignore", "prefer", "exact", "minimum", "maximum"),
    "status-codes": (
        "success",
        "UnspecFail",
        "NoAddrsAvail",
        "NoBinding",
        "NotOnLink",
        "UseMulticast",
        "NoPrefixAvail",
        "UnknownQueryType",
        "MalformedQuery",
        "NotConfigured",
        "NotAllowed",
        "QueryTerminated",
    ),
    "syslog-facilities": (
        "kern",
        "user",
        "mail",
        "daemon",
        "auth",
        "syslog",
        "lpr",
        "news",
        "uucp",
        "cron",
        "authpriv",
        "ftp",
        *(f"local{number}" for number in range(8)),
    ),
}
