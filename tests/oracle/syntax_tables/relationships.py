# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halves of relationships, and the pools that refer to them."""

from __future__ import annotations

from collections.abc import Iterator

from syntax_tables.values import with_each

# The usual statements of a half; a trial replaces its statement, or is added to them.
_PRIMARY = {
    "role": "primary;",
    "address": "address 198.51.100.1;",
    "peer-address": "peer address 198.51.100.2;",
    "delay": "max-response-delay 30;",
    "updates": "max-unacked-updates 10;",
    "mclt": "mclt 600;",
    "split": "split 128;",
    "balance": "load balance max seconds 3;",
}
_SECONDARY = {key: value for key, value in {**_PRIMARY, "role": "secondary;"}.items() if key not in ("mclt", "split")}
_NAME = '"one"'
_REFERENCE = f"failover peer {_NAME};"
_POOL = (
    f"subnet 192.0.2.0 netmask 255.255.255.0 {{ pool {{ {_REFERENCE} deny dynamic bootp clients;"
    " range 192.0.2.10 192.0.2.99; } }"
)
_HBA = ":".join(["ff"] * 16 + ["00"] * 16)


def _half(statements: dict[str, str]) -> str:
    return f'failover peer "one" {{\n  {" ".join(filter(None, statements.values()))}\n}}\n{_POOL}\n'


NUMBERS = {
    "zero": "0",
    "one": "1",
    "large": "99999999999",
    "negative": "-1",
    "word": "ten",
    "hexadecimal": "0x10",
    "hexadecimal-word": "ab",
    "leading-zero": "010",
    "fraction": "1.5",
    "unit": "10s",
    "quoted": '"10"',
    "nothing": "",
    "two": "10 20",
    "equals": "= 10",
    "percent": "10%",
}

# The statement's name, and the usual one that it replaces.
_COUNTED = {
    "max-response-delay": "delay",
    "max-unacked-updates": "updates",
    "mclt": "mclt",
    "split": "split",
    "load balance max seconds": "balance",
    "port": "",
    "peer port": "",
    "auto-partner-down": "",
    "max-lease-misbalance": "",
    "max-lease-ownership": "",
    "min-balance": "",
    "max-balance": "",
    "peer max-response-delay": "",
}

# In place of a primary's usual statement (before the colon).
_PLACED = {
    "role-none": ("role", ""),
    "role-capitals": ("role", "PRIMARY;"),
    "role-misspelt": ("role", "master;"),
    "role-value": ("role", "primary true;"),
    "role-word": ("role", "role primary;"),
    "role-twice": ("role", "primary; primary;"),
    "role-last": ("role", ""),
    "address-none": ("address", ""),
    "address-name": ("address", "address one.example.org;"),
    "address-quoted": ("address", 'address "198.51.100.1";'),
    "address-too-large": ("address", "address 198.51.100.256;"),
    "address-short": ("address", "address 198.51.100;"),
    "address-two": ("address", "address 198.51.100.1, 198.51.100.3;"),
    "address-nothing": ("address", "address;"),
    "address-prefix": ("address", "address 198.51.100.1/24;"),
    "address-port": ("address", "address 198.51.100.1:647;"),
    "address-port-in-bind-style": ("address", "address 198.51.100.1 port 647;"),
    "address-ipv6": ("address", "address 2001:db8::1;"),
    "address-twice": ("address", "address 198.51.100.1; address 198.51.100.1;"),
    "address-equals": ("address", "address = 198.51.100.1;"),
    "address-my": ("address", "my address 198.51.100.1;"),
    "address-local": ("address", "local address 198.51.100.1;"),
    "peer-address-none": ("peer-address", ""),
    "peer-address-name": ("peer-address", "peer address two.example.org;"),
    "peer-address-too-large": ("peer-address", "peer address 198.51.100.256;"),
    "peer-address-hyphen": ("peer-address", "peer-address 198.51.100.2;"),
    "peer-address-nothing": ("peer-address", "peer address;"),
    "peer-address-without-address": ("peer-address", "peer 198.51.100.2;"),
    "peer-address-ipv6": ("peer-address", "peer address 2001:db8::2;"),
    "peer-address-twice-peer": ("peer-address", "peer peer address 198.51.100.2;"),
    "peer-address-partner": ("peer-address", "partner address 198.51.100.2;"),
    "peer-nothing": ("peer-address", "peer;"),
    "port-word": ("address", "address 198.51.100.1; port http;"),
    "port-large": ("address", "address 198.51.100.1; port 70000;"),
    "delay-none": ("delay", ""),
    "delay-misspelt": ("delay", "max-response-dealy 30;"),
    "delay-typographic": ("delay", "max\u2010response\u2010delay 30;"),
    "delay-underscores": ("delay", "max_response_delay 30;"),
    "updates-none": ("updates", ""),
    "updates-singular": ("updates", "max-unacked-update 10;"),
    "mclt-none": ("mclt", ""),
    "mclt-capitals": ("mclt", "MCLT 600;"),
    "split-none": ("split", ""),
    "split-256": ("split", "split 256;"),
    "split-255": ("split", "split 255;"),
    "split-257": ("split", "split 257;"),
    "split-minus": ("split", "split -5;"),
    "split-ratio": ("split", "split 128/128;"),
    "hba": ("split", f"hba {_HBA};"),
    "hba-short": ("split", "hba ff:ff:00;"),
    "hba-31": ("split", f"hba {_HBA[:-3]};"),
    "hba-33": ("split", f"hba {_HBA}:00;"),
    "hba-too-large": ("split", f"hba 100:{_HBA[3:]};"),
    "hba-not-hexadecimal": ("split", f"hba gg:{_HBA[3:]};"),
    "hba-short-octets": ("split", "hba " + ":".join(["f"] * 32) + ";"),
    "hba-capitals": ("split", f"hba {_HBA.upper()};"),
    "hba-over-lines": ("split", "hba " + _HBA.replace(":00", ":\n00", 1) + ";"),
    "hba-without-colons": ("split", f"hba {_HBA.replace(':', '')};"),
    "hba-quoted": ("split", f'hba "{_HBA}";'),
    "hba-nothing": ("split", "hba;"),
    "hba-and-split": ("split", f"hba {_HBA}; split 128;"),
    "balance-none": ("balance", ""),
    "balance-zero": ("balance", "load balance max seconds 0;"),
    "balance-secs": ("balance", "load balance max secs 3;"),
    "balance-second": ("balance", "load balance max second 3;"),
    "balance-without-max": ("balance", "load balance seconds 3;"),
    "balance-hyphens": ("balance", "load-balance-max-seconds 3;"),
    "balance-without-balance": ("balance", "load max seconds 3;"),
    "balance-word": ("balance", "load balance max seconds three;"),
    "balance-nothing": ("balance", "load balance max seconds;"),
    "balance-over-lines": ("balance", "load balance\n  max seconds\n  3;"),
}

# In addition to the usual statements of a primary.
_BESIDE = {
    "nothing": "",
    "secondary-too": "secondary;",
    "semicolon": ";",
    "word": "no-such-word;",
    "option": "option routers 192.0.2.1;",
    "mclt-twice": "mclt 60;",
    "split-twice": "split 127;",
    "range": "range 192.0.2.100;",
    "pool": "pool { }",
    "state": "my state normal;",
    "block": "port { 647; }",
    "comment": "# nothing more",
    "peer-primary": "peer primary;",
    "peer-mclt": "peer mclt 60;",
    "peer-split": "peer split 128;",
    "peer-hba": f"peer hba {_HBA};",
    "peer-unknown": "peer no-such-word 5;",
    "heartbeat": "heartbeat 5;",
    "key": "key one;",
    "include-word": "backup;",
}

# For a secondary.
_OF_SECONDARY = {
    "nothing": "",
    "mclt": "mclt 600;",
    "split": "split 128;",
    "hba": f"hba {_HBA};",
    "primary-too": "primary;",
    "port": "port 847; peer port 647;",
    "auto-partner-down": "auto-partner-down 60;",
}

_WHOLE = "{ " + " ".join(_PRIMARY.values()) + " }"
_BLOCKS = {
    "quoted": f'failover peer "one" {_WHOLE} {_POOL}',
    "word": f"failover peer one {_WHOLE} {_POOL}",
    "name-with-blank": f'failover peer "one two" {_WHOLE} {_POOL.replace("one", "one two")}',
    "name-with-hyphen": f"failover peer one-two {_WHOLE} {_POOL.replace('one', 'one-two')}",
    "name-dotted": f"failover peer one.two {_WHOLE} {_POOL.replace('one', 'one.two')}",
    "name-dotted-quoted": f'failover peer "one.two" {_WHOLE} {_POOL.replace("one", "one.two")}',
    "name-number": f"failover peer 12 {_WHOLE} {_POOL.replace('one', '12')}",
    "name-number-quoted": f'failover peer "12" {_WHOLE} {_POOL.replace("one", "12")}',
    "name-keyword": f"failover peer pool {_WHOLE} {_POOL.replace('one', 'pool')}",
    "name-empty": f'failover peer "" {_WHOLE} {_POOL.replace("one", "")}',
    "name-umlaut": f'failover peer "büro" {_WHOLE} {_POOL.replace("one", "büro")}',
    "name-hexadecimal": f"failover peer abc {_WHOLE} {_POOL.replace('one', 'abc')}",
    "name-other-case": f'failover peer "ONE" {_WHOLE} {_POOL}',
    "name-two-words": f"failover peer one two {_WHOLE} {_POOL}",
    "nameless": f"failover peer {_WHOLE} {_POOL}",
    "without-peer": f'failover "one" {_WHOLE} {_POOL}',
    "hyphen": f'failover-peer "one" {_WHOLE} {_POOL}',
    "capitals": f'FAILOVER PEER "one" {_WHOLE} {_POOL}',
    "semicolon-after": f'failover peer "one" {_WHOLE}; {_POOL}',
    "unclosed": f'failover peer "one" {_WHOLE[:-1]} {_POOL}',
    "unclosed-at-end": f'failover peer "one" {_WHOLE[:-1]}',
    "closed-twice": f'failover peer "one" {_WHOLE} }} {_POOL}',
    "without-brace": f'failover peer "one" {_WHOLE[1:]} {_POOL}',
    "missing-semicolon": f'failover peer "one" {_WHOLE.replace("mclt 600;", "mclt 600")} {_POOL}',
    "missing-last-semicolon": f'failover peer "one" {_WHOLE.replace("3; }", "3 }")} {_POOL}',
    "empty": f'failover peer "one" {{ }} {_POOL}',
    "twice": f'failover peer "one" {_WHOLE} failover peer "one" {_WHOLE} {_POOL}',
    "two": (
        f'failover peer "one" {_WHOLE} failover peer "two" {_WHOLE.replace("198.51.100.2", "198.51.100.3")} {_POOL}'
        f" {_POOL.replace('192.0.2', '203.0.113').replace('one', 'two')}"
    ),
    "unused": f'failover peer "one" {_WHOLE}',
    "unused-beside-subnet": f'failover peer "one" {_WHOLE} subnet 192.0.2.0 netmask 255.255.255.0 {{ }}',
    "unused-beside-plain-pool": (
        f'failover peer "one" {_WHOLE} subnet 192.0.2.0 netmask 255.255.255.0 {{ pool {{ range 192.0.2.10; }} }}'
    ),
    "after-pool": f'{_POOL} failover peer "one" {_WHOLE}',
    "unknown": _POOL,
    "misspelt-reference": f'failover peer "one" {_WHOLE} {_POOL.replace("one", "oen")}',
    "in-group": f'group {{ failover peer "one" {_WHOLE} }} {_POOL}',
    "in-subnet": f'subnet 203.0.113.0 netmask 255.255.255.0 {{ failover peer "one" {_WHOLE} }} {_POOL}',
    "in-shared-network": (
        f'shared-network two {{ failover peer "one" {_WHOLE} subnet 203.0.113.0 netmask 255.255.255.0 {{ }} }} {_POOL}'
    ),
    "in-shared-network-with-pool": f'shared-network two {{ failover peer "one" {_WHOLE} {_POOL} }}',
    "reference-in-shared-network": (
        f'failover peer "one" {_WHOLE} shared-network two {{ failover peer "one"; {_POOL} }}'
    ),
    "reference-in-shared-network-only": (
        f'failover peer "one" {_WHOLE} shared-network two {{ failover peer "one";'
        " subnet 192.0.2.0 netmask 255.255.255.0 { pool { range 192.0.2.10 192.0.2.19; } } }"
    ),
    "reference-in-shared-network-unknown": (
        'shared-network two { failover peer "one"; subnet 192.0.2.0 netmask 255.255.255.0 { } }'
    ),
    "reference-in-subnet": (
        f'failover peer "one" {_WHOLE} {_POOL}'
        ' subnet 203.0.113.0 netmask 255.255.255.0 { failover peer "one"; range 203.0.113.10; }'
    ),
    "reference-global": f'failover peer "one" {_WHOLE} failover peer "one"; {_POOL}',
    "reference-global-unknown": 'failover peer "one";',
    "reference-in-group": f'failover peer "one" {_WHOLE} group {{ failover peer "one"; }} {_POOL}',
    "reference-in-host": f'failover peer "one" {_WHOLE} host two {{ failover peer "one"; }} {_POOL}',
    "reference-word": f'failover peer "one" {_WHOLE} {_POOL.replace(_NAME, "one")}',
    "reference-twice": f'failover peer "one" {_WHOLE} {_POOL.replace(_REFERENCE, 2 * _REFERENCE)}',
    "reference-without-semicolon": f'failover peer "one" {_WHOLE} {_POOL.replace(_REFERENCE, _REFERENCE[:-1])}',
    "reference-hyphen": f'failover peer "one" {_WHOLE} {_POOL.replace("failover peer", "failover-peer")}',
    "reference-then-dynamic-bootp": f'failover peer "one" {_WHOLE} {_POOL.replace("range", "range dynamic-bootp")}',
    "dynamic-bootp-then-reference": (
        f'failover peer "one" {_WHOLE} subnet 192.0.2.0 netmask 255.255.255.0'
        ' { pool { range dynamic-bootp 192.0.2.10 192.0.2.99; failover peer "one"; } }'
    ),
    "reference-behind-range": (
        f'failover peer "one" {_WHOLE} subnet 192.0.2.0 netmask 255.255.255.0'
        ' { pool { range 192.0.2.10 192.0.2.99; deny dynamic bootp clients; failover peer "one"; } }'
    ),
    "reference-in-group-of-pool": (
        f'failover peer "one" {_WHOLE} subnet 192.0.2.0 netmask 255.255.255.0'
        ' { pool { range 192.0.2.10 192.0.2.99; group { failover peer "one"; } } }'
    ),
    "state-of-known": f'failover peer "one" {_WHOLE} failover peer "one" state {{ my state normal; }} {_POOL}',
    "state-of-unknown": 'failover peer "one" state { my state normal; }',
    "state-word": f'failover peer "one" {_WHOLE} failover peer "one" state normal; {_POOL}',
    "state-unknown-word": f'failover peer "one" {_WHOLE} failover peer "one" state {{ my state splendid; }} {_POOL}',
    "load-balance-outside": f"load balance max seconds 3; failover peer one {_WHOLE} {_POOL}",
    "split-outside": f"failover peer one {_WHOLE} split 128; {_POOL}",
    "mclt-outside": f"failover peer one {_WHOLE} mclt 60; {_POOL}",
    "primary-outside": f"primary; failover peer one {_WHOLE} {_POOL}",
}


def samples() -> Iterator[tuple[str, str]]:
    for statement, usual in _COUNTED.items():
        name = statement.replace(" ", "-")
        for how, number in NUMBERS.items():
            half = dict(_PRIMARY)
            half[usual or "more"] = f"{statement} {number};"
            yield f"half/{name}/{how}", _half(half)
    for how, (usual, statement) in _PLACED.items():
        half = {**_PRIMARY, usual: statement}
        if how == "role-last":
            half["more"] = "primary;"
        yield f"half/{how}", _half(half)
    for how, statement in _BESIDE.items():
        yield f"half/primary/{how}", _half({**_PRIMARY, "more": f"{statement}\n"})
    for how, statement in _OF_SECONDARY.items():
        yield f"half/secondary/{how}", _half({**_SECONDARY, "more": statement})
        yield f"half/secondary-last/{how}", _half({**_SECONDARY, "role": "", "more": f"{statement} secondary;"})
    yield from with_each("relationship", "@", _BLOCKS)
