# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every parameter of dhcpd.conf(5), tried like the options."""

from __future__ import annotations

from collections.abc import Iterator

from syntax_tables import values
from syntax_tables.values import with_each

_TYPES = (
    (
        "default-lease-time",
        values.NUMBER,
        ("600", '"600"'),
        """
        abandon-lease-time ddns-ttl dynamic-bootp-lease-cutoff max-lease-time min-lease-time ping-cltt-secs
        ping-timeout ping-timeout-ms preferred-lifetime
        """,
    ),
    ("dynamic-bootp-lease-length", values.WIDTH, ("600", "week"), "limit-addrs-per-ia limit-prefs-per-ia"),
    ("max-ack-delay", {"right": "1000", "wrong": "ms"}, None, ""),
    (
        "min-secs",
        values.WIDTH,
        ("5", "256"),
        "adaptive-lease-time-threshold dhcp-cache-threshold log-threshold-high log-threshold-low",
    ),
    ("local-port", values.WIDTH, ("1067", "65536"), "delayed-ack omapi-port remote-port"),
    (
        "ping-check",
        values.FLAG,
        ("true", "yes"),
        """
        allow-booting allow-bootp always-broadcast always-reply-rfc1048 bind-local-address6
        boot-unknown-clients check-secs-byte-order client-updates ddns-dual-stack-mixed-mode ddns-guard-id-must-match
        ddns-other-guard-is-dynamic ddns-updates declines dhcpv6-set-tee-times do-forward-updates do-reverse-updates
        dont-use-fsync duplicates dynamic-bootp echo-client-id fqdn-reply get-lease-hostnames ignore-client-uids
        infinite-is-reserved leasequery one-lease-per-client persist-eui-64-leases release-on-roam server-id-check
        stash-agent-options update-conflict-detection update-optimization update-static-leases use-eui-64
        use-host-decl-names use-lease-addr-for-default-route ldap-referrals
        """,
    ),
    (
        "filename",
        values.WORDS,
        ('"text"', "/srv/text"),
        """
        ddns-domainname ddns-hostname ddns-rev-domainname dhcpv6-lease-file-name dhcpv6-pid-file-name lease-file-name
        pid-file-name server-name ldap-base-dn ldap-debug-file ldap-dhcp-server-cn ldap-password ldap-server
        ldap-username ldap-gssapi-keytab ldap-gssapi-principal ldap-tls-ca-dir ldap-tls-ca-file ldap-tls-cert
        ldap-tls-ciphers ldap-tls-key ldap-tls-randfile
        """,
    ),
    ("next-server", values.PLACE, ("192.0.2.1", '"192.0.2.1"'), ""),
    (
        "local-address",
        {"right": "192.0.2.1", "wrong": "192.0.2.256", "quoted": '"192.0.2.1"', "two": "192.0.2.1, 192.0.2.2"},
        ("192.0.2.1", "192.0.2.256"),
        "ddns-local-address4 limited-broadcast-address",
    ),
    (
        "ddns-local-address6",
        {"two": "2001:db8::1, 2001:db8::2", "prefix": "2001:db8::/32"},
        ("2001:db8::1", "192.0.2.1"),
        "local-address6",
    ),
    (
        "vendor-option-space",
        {
            "of-dhcpd": "isc",
            "unknown": "acme",
            "quoted": '"isc"',
            "number": "5",
            "keyword": "host",
            "two": "isc nwip",
            "dotted": "isc.media",
            "nothing": "",
            "hexadecimal-word": "abc",
        },
        None,
        "",
    ),
    (
        "site-option-space",
        {
            "quoted": '"isc"',
            "quoted-unknown": '"acme"',
            "word": "isc",
            "octets": "01:02",
            "hexadecimal-word": "abc",
            "nothing": "",
        },
        None,
        "",
    ),
)

_STYLES = ("none", "ad-hoc", "interim", "standard", "off", "false", "NONE", "Interim", '"none"', "simple", "", "1")
_FACILITIES = """
    auth authpriv cron daemon ftp kern local0 local1 local2 local3 local4 local5 local6 local7 lpr mail news syslog
    user uucp local8 security DAEMON LOCAL7 "daemon" none 3
"""
_MODES = ("ignore", "prefer", "exact", "minimum", "maximum", "longest", "PREFER", '"prefer"')

# Enumerations and statements with special keywords.
_CHOICES = {
    "ddns-update-style": _STYLES,
    "log-facility": tuple(_FACILITIES.split()),
    "prefix-length-mode": _MODES,
    "db-time-format": ("default", "local", "LOCAL", "utc", '"local"', ""),
    "lease-id-format": ("octal", "hex", "HEX", "decimal", '"hex"', ""),
    "ldap-method": ("static", "dynamic", "manual"),
    "ldap-ssl": ("off", "on", "ldaps", "start_tls", "maybe"),
    "ldap-tls-reqcert": ("never", "hard", "demand", "allow", "try", "please"),
    "ldap-tls-crlcheck": ("none", "peer", "all", "some"),
}

_FORMS = {
    "authoritative": "authoritative;",
    "authoritative-capitals": "AUTHORITATIVE;",
    "not-authoritative": "not authoritative;",
    "not-alone": "not;",
    "not-flag": "not ping-check;",
    "authoritative-on": "authoritative on;",
    "authoritative-equals": "authoritative = true;",
    "authorative": "authorative;",
    "authoritive": "authoritive;",
    "no-authoritative": "no authoritative;",
    "omapi-key-unknown": "omapi-key nobody;",
    "omapi-key-quoted-unknown": 'omapi-key "nobody";',
    "omapi-key-nothing": "omapi-key;",
    "omapi-key-number": "omapi-key 5;",
    "omapi-key": "key one { algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==; } omapi-port 7911; omapi-key one;",
    "omapi-key-quoted": 'key one { algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==; } omapi-key "one";',
    "omapi-key-before-key": "omapi-key one; key one { algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==; }",
    "omapi-key-other-case": "key one { algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==; } omapi-key ONE;",
    "omapi-key-dotted": "key a.b { algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==; } omapi-key a.b;",
    "keyword-capitals": "DEFAULT-LEASE-TIME 600;",
    "keyword-capital-first": "Default-Lease-Time 600;",
    "keyword-underscores": "default_lease_time 600;",
    "unknown-word": "no-such-parameter 5;",
    "unknown-word-flag": "no-such-parameter on;",
    "unknown-word-string": 'no-such-parameter "text";',
    "unknown-word-address": "no-such-parameter 192.0.2.1;",
    "unknown-word-alone": "no-such-parameter;",
    "unknown-word-equals": "no-such-parameter = 5;",
    "unknown-word-equals-string": 'no-such-parameter = "text";',
    "unknown-word-block": "no-such-block { }",
    "unknown-word-named-block": 'no-such-block "name" { }',
    "unknown-hexadecimal-word": "abcdef;",
    "unknown-hexadecimal-word-and-value": "abcdef 5;",
    "unknown-function": 'no-such-function("a");',
    "unknown-function-without-arguments": "no-such-function();",
    "misspelt-default-lease-time": "default-leasetime 600;",
    "misspelt-max-lease-time": "max-lease-times 600;",
    "misspelt-next-server": "nextserver 192.0.2.1;",
    "misspelt-filename": 'file-name "a";',
    "misspelt-subnet": "subnets 192.0.2.0 netmask 255.255.255.0 { }",
    "number-alone": "5;",
    "string-alone": '"text";',
    "address-alone": "192.0.2.1;",
    "keyword-of-another-place": "netmask 255.255.255.0;",
    "client-script": 'script "/bin/true";',
    "client-request": "request subnet-mask, routers;",
    "client-require": "require subnet-mask;",
    "client-timeout": "timeout 60;",
    "client-retry": "retry 60;",
    "client-reject": "reject 192.0.2.1;",
    "client-send": 'send host-name "a";',
    "client-lease": "lease { }",
    "client-alias": "alias { }",
    "client-interface": 'interface "eth0" { }',
    "statement-of-lease-file": "lease 192.0.2.1 { starts 1 2026/01/01 00:00:00; }",
    "authoring-byte-order": "authoring-byte-order little-endian;",
    "server-duid": "server-duid llt;",
    "server-duid-en": "server-duid en 2495 01:02:03;",
    "server-duid-ll": "server-duid ll ethernet 00:00:5e:00:53:01;",
    "server-duid-llt": "server-duid llt ethernet 1 00:00:5e:00:53:01;",
    "server-duid-number": "server-duid 9 01:02;",
    "server-duid-string": 'server-duid "abc";',
    "server-duid-nothing": "server-duid;",
    "server-duid-word": "server-duid uuid 01;",
    "percent-sign": "% anything at all;",
    "percent-sign-block": "% anything { at all; }",
    "ddns-update-style-ad-hoc-in-subnet": "subnet 192.0.2.0 netmask 255.255.255.0 { ddns-update-style ad-hoc; }",
    "ddns-update-style-twice": "ddns-update-style ad-hoc; ddns-update-style none;",
    "local-port-zero": "local-port 0;",
    "omapi-port-zero": "omapi-port 0;",
    "omapi-port-large": "omapi-port 70000;",
    "omapi-port-negative": "omapi-port -1;",
    "omapi-port-text": "omapi-port = encode-int(7911, 32);",
    "lease-time-order": "min-lease-time 900; default-lease-time 600; max-lease-time 300;",
    "default-lease-time-negative": "default-lease-time -5;",
    "two-statements-without-semicolon": "default-lease-time 600 max-lease-time 7200;",
    "two-statements-on-lines": "default-lease-time 600\nmax-lease-time 7200;",
    "colon-after-name": "default-lease-time: 600;",
    "equals-after-name": "default-lease-time = 600;",
    "dynamic-bootp-lease-cutoff-date": "dynamic-bootp-lease-cutoff 4 2026/01/01 00:00:00;",
}

# `allow`, `deny` and `ignore` outside a pool.
_ALLOWED = """
    unknown-clients bootp booting duplicates declines client-updates leasequery dynamic-bootp known-clients
    UNKNOWN-CLIENTS known unknown everything
"""
_PHRASES = (
    "unknown clients",
    "known clients",
    "all clients",
    "dynamic bootp clients",
    "authenticated clients",
    'members of "a"',
    "unknown-clients, bootp",
    "unknown-clients bootp",
    '"unknown-clients"',
    "",
    "5",
    "after never",
)


TEXTS = (
    "filename",
    *next(others for leader, _kind, _pair, others in _TYPES if leader == "filename").split(),
)


def samples() -> Iterator[tuple[str, str]]:
    for leader, kind, pair, others in _TYPES:
        yield from with_each(f"parameter/{leader}", f"{leader} @;", kind)
        for name in others.split():
            assert pair is not None
            yield f"parameter/{name}/right", f"{name} {pair[0]};"
            yield f"parameter/{name}/wrong", f"{name} {pair[1]};"
    for name, choices in _CHOICES.items():
        for choice in choices:
            how = "quoted" if choice[:1] == '"' else choice or "nothing"
            yield f"parameter/{name}/{how}", f"{name} {choice};"
    yield from with_each("statement", "@", _FORMS)
    for keyword in ("allow", "deny", "ignore"):
        for word in _ALLOWED.split():
            yield f"{keyword}/{word}", f"{keyword} {word};"
        for phrase in _PHRASES:
            how = phrase.replace(" ", "-").replace('"', "'").replace(",", "-and") or "nothing"
            yield f"{keyword}-phrase/{how}", f"{keyword} {phrase};"
