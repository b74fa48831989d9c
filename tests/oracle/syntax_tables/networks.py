# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets, shared networks, pools, ranges and permits."""

from __future__ import annotations

from collections.abc import Iterator

from syntax_tables.values import with_each

_SUBNETS = {
    "plain": "subnet 192.0.2.0 netmask 255.255.255.0 { }",
    "capitals": "SUBNET 192.0.2.0 NETMASK 255.255.255.0 { }",
    "mask-25": "subnet 192.0.2.128 netmask 255.255.255.128 { }",
    "mask-32": "subnet 192.0.2.1 netmask 255.255.255.255 { }",
    "mask-31": "subnet 192.0.2.0 netmask 255.255.255.254 { }",
    "mask-0": "subnet 0.0.0.0 netmask 0.0.0.0 { }",
    "mask-8": "subnet 10.0.0.0 netmask 255.0.0.0 { }",
    "host-bits": "subnet 192.0.2.1 netmask 255.255.255.0 { }",
    "host-bits-25": "subnet 192.0.2.64 netmask 255.255.255.128 { }",
    "mask-with-hole": "subnet 192.0.0.0 netmask 255.0.255.0 { }",
    "mask-inverted": "subnet 192.0.2.0 netmask 0.0.0.255 { }",
    "mask-odd": "subnet 192.0.2.0 netmask 255.255.255.1 { }",
    "mask-too-large": "subnet 192.0.2.0 netmask 255.255.256.0 { }",
    "mask-three-octets": "subnet 192.0.2.0 netmask 255.255.255 { }",
    "mask-hexadecimal": "subnet 192.0.2.0 netmask 0xffffff00 { }",
    "mask-length": "subnet 192.0.2.0 netmask 24 { }",
    "mask-missing": "subnet 192.0.2.0 { }",
    "mask-empty": "subnet 192.0.2.0 netmask { }",
    "keyword-mask": "subnet 192.0.2.0 mask 255.255.255.0 { }",
    "keyword-missing": "subnet 192.0.2.0 255.255.255.0 { }",
    "keyword-net-mask": "subnet 192.0.2.0 net-mask 255.255.255.0 { }",
    "prefix-notation": "subnet 192.0.2.0/24 { }",
    "prefix-notation-and-netmask": "subnet 192.0.2.0/24 netmask 255.255.255.0 { }",
    "number-too-large": "subnet 192.0.300.0 netmask 255.255.255.0 { }",
    "number-three-octets": "subnet 192.0.2 netmask 255.255.255.0 { }",
    "number-five-octets": "subnet 192.0.2.0.0 netmask 255.255.255.0 { }",
    "number-leading-zeros": "subnet 192.000.002.000 netmask 255.255.255.000 { }",
    "number-octal-looking": "subnet 010.0.0.0 netmask 255.0.0.0 { }",
    "number-hexadecimal": "subnet 0xc0.0.2.0 netmask 255.255.255.0 { }",
    "number-negative": "subnet -192.0.2.0 netmask 255.255.255.0 { }",
    "number-quoted": 'subnet "192.0.2.0" netmask 255.255.255.0 { }',
    "number-name": "subnet example.org netmask 255.255.255.0 { }",
    "number-ipv6": "subnet 2001:db8:: netmask 255.255.255.0 { }",
    "number-missing": "subnet netmask 255.255.255.0 { }",
    "blanks-around-dots": "subnet 192 . 0 . 2 . 0 netmask 255 . 255 . 255 . 0 { }",
    "comment-inside": "subnet 192.0.2.0 # office\n netmask 255.255.255.0 # 24\n { }",
    "nothing": "subnet { }",
    "without-block": "subnet 192.0.2.0 netmask 255.255.255.0;",
    "semicolon-after-block": "subnet 192.0.2.0 netmask 255.255.255.0 { };",
    "without-brace": "subnet 192.0.2.0 netmask 255.255.255.0 option routers 192.0.2.1; }",
    "unclosed": "subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1;",
    "unclosed-before-another": (
        "subnet 192.0.2.0 netmask 255.255.255.0 { option routers 192.0.2.1;\n"
        "subnet 198.51.100.0 netmask 255.255.255.0 { }"
    ),
    "closed-twice": "subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "closed-twice-before-another": (
        "subnet 192.0.2.0 netmask 255.255.255.0 { } }\nsubnet 198.51.100.0 netmask 255.255.255.0 { }"
    ),
    "comma-between": "subnet 192.0.2.0, netmask 255.255.255.0 { }",
    "equals": "subnet = 192.0.2.0 netmask 255.255.255.0 { }",
    "twice": "subnet 192.0.2.0 netmask 255.255.255.0 { } subnet 192.0.2.0 netmask 255.255.255.0 { }",
    "overlapping": "subnet 192.0.2.0 netmask 255.255.255.0 { } subnet 192.0.2.128 netmask 255.255.255.128 { }",
    "brackets-for-braces": "subnet 192.0.2.0 netmask 255.255.255.0 [ ]",
    "named": "subnet office 192.0.2.0 netmask 255.255.255.0 { }",
    "broadcast-inside-line": "subnet 192.0.2.0 netmask 255.255.255.0 broadcast 192.0.2.255 { }",
    "interface": 'subnet 192.0.2.0 netmask 255.255.255.0 { interface "eth0"; }',
    "interface-word": "subnet 192.0.2.0 netmask 255.255.255.0 { interface eth0; }",
    "interface-nothing": "subnet 192.0.2.0 netmask 255.255.255.0 { interface; }",
    "subnet6": "subnet6 2001:db8::/64 { }",
}

_SHARED = {
    "plain": "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "quoted": 'shared-network "one" { subnet 192.0.2.0 netmask 255.255.255.0 { } }',
    "quoted-with-blanks": 'shared-network "one two" { subnet 192.0.2.0 netmask 255.255.255.0 { } }',
    "dotted": "shared-network one.two { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "number": "shared-network 12 { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "number-with-slash": "shared-network 192.0.2.0/24 { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "underscore": "shared-network one_two { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "keyword": "shared-network pool { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "two-words": "shared-network one two { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "nameless": "shared-network { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "empty-name": 'shared-network "" { subnet 192.0.2.0 netmask 255.255.255.0 { } }',
    "umlaut-quoted": 'shared-network "b\u00fcro" { subnet 192.0.2.0 netmask 255.255.255.0 { } }',
    "umlaut": "shared-network b\u00fcro { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "empty": "shared-network one { }",
    "options-only": "shared-network one { option routers 192.0.2.1; }",
    "without-block": "shared-network one;",
    "unclosed": "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { }",
    "twice": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } }"
        " shared-network one { subnet 198.51.100.0 netmask 255.255.255.0 { } }"
    ),
    "inside-another": "shared-network one { shared-network two { subnet 192.0.2.0 netmask 255.255.255.0 { } } }",
    "inside-a-group": "group { shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } } }",
    "group-inside": "shared-network one { group { subnet 192.0.2.0 netmask 255.255.255.0 { } } }",
    "pool-before-subnet": (
        "shared-network one { pool { range 192.0.2.10 192.0.2.20; } subnet 192.0.2.0 netmask 255.255.255.0 { } }"
    ),
    "pool-after-subnet": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } pool { range 192.0.2.10 192.0.2.20; } }"
    ),
    "pool-of-subnet-elsewhere": (
        "subnet 198.51.100.0 netmask 255.255.255.0 { }\n"
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } pool { range 198.51.100.10; } }"
    ),
    "pool-over-two-subnets": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.128 { } subnet 192.0.2.128 netmask 255.255.255.128"
        " { } pool { range 192.0.2.10 192.0.2.20; range 192.0.2.140 192.0.2.150; } }"
    ),
    "range-over-two-subnets": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.128 { } subnet 192.0.2.128 netmask 255.255.255.128"
        " { } pool { range 192.0.2.120 192.0.2.140; } }"
    ),
    "range-in-shared-network": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } range 192.0.2.10 192.0.2.20; }"
    ),
    "range-of-other-subnet": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { range 198.51.100.10; }"
        " subnet 198.51.100.0 netmask 255.255.255.0 { } }"
    ),
    "pool-of-other-subnet": (
        "shared-network one { subnet 198.51.100.0 netmask 255.255.255.0 { }"
        " subnet 192.0.2.0 netmask 255.255.255.0 { pool { range 198.51.100.10; } } }"
    ),
    "pool-of-later-subnet": (
        "shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { pool { range 198.51.100.10; } }"
        " subnet 198.51.100.0 netmask 255.255.255.0 { } }"
    ),
    "interface": 'shared-network one { interface "eth0"; subnet 192.0.2.0 netmask 255.255.255.0 { } }',
    "interface-after": 'shared-network one { subnet 192.0.2.0 netmask 255.255.255.0 { } interface "eth0"; }',
    "authoritative": "shared-network one { authoritative; subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "keyword-apart": "shared network one { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
    "keyword-underscore": "shared_network one { subnet 192.0.2.0 netmask 255.255.255.0 { } }",
}

# Ranges inside 192.0.2.0/24, in a subnet and in a pool.
RANGES = {
    "two-addresses": "range 192.0.2.10 192.0.2.20;",
    "one-address": "range 192.0.2.10;",
    "same-twice": "range 192.0.2.10 192.0.2.10;",
    "reversed": "range 192.0.2.20 192.0.2.10;",
    "whole-subnet": "range 192.0.2.0 192.0.2.255;",
    "outside": "range 198.51.100.10 198.51.100.20;",
    "end-outside": "range 192.0.2.10 192.0.3.20;",
    "start-outside": "range 192.0.1.10 192.0.2.20;",
    "two-ranges": "range 192.0.2.10 192.0.2.20; range 192.0.2.30 192.0.2.40;",
    "overlapping": "range 192.0.2.10 192.0.2.20; range 192.0.2.20 192.0.2.30;",
    "adjacent": "range 192.0.2.10 192.0.2.20; range 192.0.2.21 192.0.2.30;",
    "capitals": "RANGE 192.0.2.10 192.0.2.20;",
    "hyphen": "range 192.0.2.10 - 192.0.2.20;",
    "hyphen-without-blanks": "range 192.0.2.10-192.0.2.20;",
    "hyphen-short": "range 192.0.2.10-20;",
    "comma": "range 192.0.2.10, 192.0.2.20;",
    "word-to": "range 192.0.2.10 to 192.0.2.20;",
    "three-addresses": "range 192.0.2.10 192.0.2.20 192.0.2.30;",
    "prefix-notation": "range 192.0.2.16/28;",
    "second-short": "range 192.0.2.10 20;",
    "octet-too-large": "range 192.0.2.10 192.0.2.256;",
    "three-octets": "range 192.0.2 192.0.2.20;",
    "five-octets": "range 192.0.2.10.1 192.0.2.20;",
    "names": "range first.example.org last.example.org;",
    "quoted": 'range "192.0.2.10" "192.0.2.20";',
    "braces": "range { 192.0.2.10 192.0.2.20 };",
    "nothing": "range;",
    "leading-zeros": "range 192.0.2.010 192.0.2.020;",
    "hexadecimal": "range 0xc0.0.2.10 192.0.2.20;",
    "negative": "range 192.0.2.-10 192.0.2.20;",
    "blanks-around-dots": "range 192 . 0 . 2 . 10 192 . 0 . 2 . 20;",
    "over-lines": "range\n  192.0.2.10\n  192.0.2.20\n;",
    "comment-inside": "range 192.0.2.10 # first\n 192.0.2.20;",
    "without-semicolon": "range 192.0.2.10 192.0.2.20",
    "without-semicolon-before-another": "range 192.0.2.10 192.0.2.20\nrange 192.0.2.30 192.0.2.40;",
    "without-semicolon-before-option": "range 192.0.2.10 192.0.2.20\noption routers 192.0.2.1;",
    "two-semicolons": "range 192.0.2.10 192.0.2.20;;",
    "colon": "range: 192.0.2.10 192.0.2.20;",
    "equals": "range = 192.0.2.10 192.0.2.20;",
    "dynamic-bootp": "range dynamic-bootp 192.0.2.10 192.0.2.20;",
    "dynamic-bootp-one": "range dynamic-bootp 192.0.2.10;",
    "dynamic-bootp-behind": "range 192.0.2.10 192.0.2.20 dynamic-bootp;",
    "dynamic-bootp-apart": "range dynamic bootp 192.0.2.10 192.0.2.20;",
    "dynamic-bootp-twice": "range dynamic-bootp dynamic-bootp 192.0.2.10;",
    "temporary": "range 192.0.2.10 temporary;",
    "misspelt": "ranges 192.0.2.10 192.0.2.20;",
    "range6": "range6 2001:db8::10 2001:db8::20;",
    "ipv6-addresses": "range 2001:db8::10 2001:db8::20;",
}

_POOLS = {
    "plain": "pool { range 192.0.2.10; }",
    "empty": "pool { }",
    "options-only": "pool { option routers 192.0.2.1; }",
    "named": 'pool "one" { range 192.0.2.10; }',
    "named-word": "pool one { range 192.0.2.10; }",
    "without-block": "pool;",
    "unclosed": "pool { range 192.0.2.10;",
    "closed-twice": "pool { range 192.0.2.10; } }",
    "semicolon-after": "pool { range 192.0.2.10; };",
    "two": "pool { range 192.0.2.10; } pool { range 192.0.2.11; }",
    "two-overlapping": "pool { range 192.0.2.10; } pool { range 192.0.2.10; }",
    "beside-range": "range 192.0.2.10; pool { range 192.0.2.11; }",
    "overlapping-range": "range 192.0.2.10; pool { range 192.0.2.10; }",
    "nested": "pool { range 192.0.2.10; pool { range 192.0.2.11; } }",
    "capitals": "POOL { RANGE 192.0.2.10; }",
    "plural": "pools { range 192.0.2.10; }",
    "group-inside": "pool { range 192.0.2.10; group { option routers 192.0.2.1; } }",
    "range-in-group-inside": "pool { group { range 192.0.2.10; } }",
    "subnet-inside": "pool { range 192.0.2.10; subnet 198.51.100.0 netmask 255.255.255.0 { } }",
    "host-inside": "pool { range 192.0.2.10; host one { } }",
    "class-inside": 'pool { range 192.0.2.10; class "one" { match if known; } allow members of "one"; }',
    "no-alone": "pool { no; range 192.0.2.10; }",
    "no-failover": "pool { no failover; range 192.0.2.10; }",
    "no-failover-peer": "pool { no failover peer; range 192.0.2.10; }",
    "no-failover-peer-range": "pool { no failover peer range 192.0.2.10; }",
    "no-failover-peer-name": 'pool { no failover peer "one"; range 192.0.2.10; }',
    "failover-unknown": 'pool { failover peer "one"; range 192.0.2.10; }',
    "failover-word": "pool { failover peer one; range 192.0.2.10; }",
    "failover-without-peer": 'pool { failover "one"; range 192.0.2.10; }',
    "failover-nothing": "pool { failover peer; range 192.0.2.10; }",
    "failover-block": 'pool { failover peer "one" { primary; } range 192.0.2.10; }',
    "peer-alone": 'pool { peer "one"; range 192.0.2.10; }',
}

PERMITS = {
    "known-clients": "known-clients",
    "unknown-clients": "unknown-clients",
    "known": "known clients",
    "unknown": "unknown clients",
    "all": "all clients",
    "authenticated": "authenticated clients",
    "unauthenticated": "unauthenticated clients",
    "dynamic-bootp": "dynamic bootp clients",
    "members": 'members of "one"',
    "members-unknown": 'members of "nobody"',
    "members-other-case": 'members of "ONE"',
    "members-word": "members of one",
    "members-without-of": 'members "one"',
    "members-nothing": "members of",
    "members-two": 'members of "one", "two"',
    "class": 'class "one"',
    "after": "after 4 2030/01/01 12:00:00",
    "after-offset": "after 4 2030/01/01 12:00:00 3600",
    "after-never": "after never",
    "after-epoch": "after epoch 1893456000",
    "after-epoch-nothing": "after epoch",
    "after-without-weekday": "after 2030/01/01 12:00:00",
    "after-hyphens": "after 4 2030-01-01 12:00:00",
    "after-date-only": "after 4 2030/01/01",
    "after-nothing": "after",
    "after-month-13": "after 4 2030/13/01 12:00:00",
    "after-zone-name": "after 4 2030/01/01 12:00:00 UTC",
    "before": "before 4 2030/01/01 12:00:00",
    "capitals": "KNOWN CLIENTS",
    "known-alone": "known",
    "known-client": "known client",
    "all-alone": "all",
    "any": "any",
    "none": "none",
    "bootp": "bootp",
    "dynamic-bootp-word": "dynamic-bootp",
    "dynamic-bootp-alone": "dynamic bootp",
    "bootp-clients": "bootp clients",
    "booting": "booting",
    "client-updates": "client-updates",
    "two": "known-clients, unknown-clients",
    "two-without-comma": "known-clients unknown-clients",
    "known-hyphen-unknown-words": "known-clients clients",
    "quoted": '"known-clients"',
    "address": "192.0.2.1",
    "hardware": "hardware ethernet 00:00:5e:00:53:01",
    "not-known": "not known clients",
    "nothing": "",
}

_PERMIT_PAIRS = {
    "allow-and-deny": "allow known-clients; deny unknown-clients;",
    "allow-twice": "allow known-clients; allow known-clients;",
    "after-twice": "allow after never; deny after never;",
    "after-and-members": 'allow after 4 2030/01/01 12:00:00; allow members of "one";',
    "ignore": "ignore unknown-clients;",
    "ignore-words": "ignore unknown clients;",
    "permit": "permit known-clients;",
    "deny-in-braces": "deny { unknown-clients; }",
    "without-semicolon": "allow known-clients",
}


def samples() -> Iterator[tuple[str, str]]:
    yield from with_each("subnet", "@", _SUBNETS)
    yield from with_each("shared-network", "@", _SHARED)
    subnet = "subnet 192.0.2.0 netmask 255.255.255.0 { @ }"
    yield from with_each("range", subnet, RANGES)
    yield from with_each("range-in-pool", subnet.replace("@", "pool { @ }"), RANGES)
    yield from with_each("pool", subnet, _POOLS)
    pool = 'class "one" { match if known; }\n' + subnet.replace("@", "pool { range 192.0.2.10; @ }")
    for keyword in ("allow", "deny"):
        yield from with_each(f"permit/{keyword}", pool.replace("@", f"{keyword} @;"), PERMITS)
    yield from with_each("permits", pool, _PERMIT_PAIRS)
