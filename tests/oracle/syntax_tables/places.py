# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement in every block, whether allowed there or not."""

from __future__ import annotations

from collections.abc import Iterator

_KEY = "algorithm hmac-md5; secret QUJDREVGR0hJSktMTU5PUA==;"
_HALF = (
    "primary; address 198.51.100.1; peer address 198.51.100.2; max-response-delay 30; max-unacked-updates 10;"
    " mclt 600; split 128; load balance max seconds 3;"
)
_POOL = 'pool { failover peer "one"; deny dynamic bootp clients; range 192.0.2.100 192.0.2.109; }'
# Everything that a trial may refer to: a relationship, a class, a key, a named group, a custom option.
_BEFORE = f"""\
option custom code 224 = text;
key one {{ {_KEY} }}
failover peer "one" {{ {_HALF} }}
class "one" {{ match if known; }}
class "parent" {{ match hardware; }}
group common {{ option domain-name "example.org"; }}
"""
_AFTER = f"subnet 192.0.2.0 netmask 255.255.255.0 {{ {_POOL} }}\n"
_NETWORK = "subnet 203.0.113.0 netmask 255.255.255.0 {{ {} }}\n"
_SHARED = "shared-network two {{ {} }}\n"

# Blocks, with @ in place of the statement.
_BLOCKS = {
    "global": "@\n",
    "group": "group { @ }\n",
    "shared-network": _SHARED.format("subnet 203.0.113.0 netmask 255.255.255.0 { } @"),
    "subnet": _NETWORK.format("@"),
    "pool": _NETWORK.format("pool { range 203.0.113.10; @ }"),
    "host": "host one { @ }\n",
    "class": 'class "two" { @ }\n',
    "subclass": 'subclass "parent" 1:00:00:5e:00:53:01 { @ }\n',
    "if": "if known { @ }\n",
    "on": "on commit { @ }\n",
    "function": "define something(argument) { @ }\n",
    "zone": "zone example.org. { primary 192.0.2.1; @ }\n",
    "key": f"key two {{ {_KEY} @ }}\n",
    "failover": f'failover peer "two" {{ {_HALF} @ }}\n'
    + _NETWORK.format('pool { failover peer "two"; range 203.0.113.10; }'),
    "group-in-subnet": _NETWORK.format("group { @ }"),
    "group-in-pool": _NETWORK.format("pool { range 203.0.113.10; group { @ } }"),
}

_STATEMENTS = {
    "nothing": "",
    "option": "option routers 203.0.113.1;",
    "option-definition": "option other code 225 = text;",
    "option-space": "option space other;",
    "parameter": "default-lease-time 600;",
    "filename": 'filename "pxelinux.0";',
    "authoritative": "authoritative;",
    "server-identifier": "server-identifier 203.0.113.1;",
    "subnet": "subnet 198.51.100.0 netmask 255.255.255.0 { }",
    "subnet6": "subnet6 2001:db8::/64 { }",
    "shared-network": "shared-network other { subnet 198.51.100.0 netmask 255.255.255.0 { } }",
    "pool": "pool { range 203.0.113.20 203.0.113.29; }",
    "pool6": "pool6 { range6 2001:db8::1 2001:db8::9; }",
    "range": "range 203.0.113.20 203.0.113.29;",
    "range-dynamic-bootp": "range dynamic-bootp 203.0.113.20 203.0.113.29;",
    "range6": "range6 2001:db8::1 2001:db8::9;",
    "prefix6": "prefix6 2001:db8:1:: 2001:db8:f:: /48;",
    "group": "group { host other { hardware ethernet 00:00:5e:00:53:09; } }",
    "group-reference": "group common;",
    "host": "host other { hardware ethernet 00:00:5e:00:53:09; }",
    "class": 'class "other" { match if known; }',
    "subclass": 'subclass "parent" 1:00:00:5e:00:53:09;',
    "vendor-class": 'vendor-class "one" { }',
    "user-class": 'user-class "one" { }',
    "match": "match hardware;",
    "match-if": "match if known;",
    "spawn": "spawn with hardware;",
    "lease-limit": "lease limit 4;",
    "failover-block": f'failover peer "other" {{ {_HALF} }}',
    "failover-reference": 'failover peer "one";',
    "failover-reference-word": "failover peer one;",
    "no-failover": "no failover peer;",
    "failover-state": 'failover peer "one" state { my state normal; }',
    "allow-bootp": "allow bootp;",
    "deny-unknown-clients": "deny unknown-clients;",
    "allow-unknown-clients-in-words": "allow unknown clients;",
    "allow-known-clients": "allow known-clients;",
    "deny-dynamic-bootp": "deny dynamic bootp clients;",
    "allow-members": 'allow members of "one";',
    "deny-members-unknown": 'deny members of "nobody";',
    "allow-all": "allow all clients;",
    "allow-after": "allow after never;",
    "ignore-bootp": "ignore bootp;",
    "hardware": "hardware ethernet 00:00:5e:00:53:01;",
    "fixed-address": "fixed-address 203.0.113.5;",
    "fixed-address6": "fixed-address6 2001:db8::5;",
    "fixed-prefix6": "fixed-prefix6 2001:db8:1::/48;",
    "uid": 'uid "client";',
    "host-identifier": "host-identifier option agent.circuit-id 01:02;",
    "dynamic": "dynamic;",
    "deleted": "deleted;",
    "static": "static;",
    "interface": 'interface "eth0";',
    "key": f"key other {{ {_KEY} }}",
    "key-reference": "key one;",
    "zone": "zone example.net. { primary 192.0.2.1; }",
    "algorithm": "algorithm hmac-sha256;",
    "secret": "secret QUJDRA==;",
    "primary": "primary 192.0.2.9;",
    "secondary": "secondary 192.0.2.9;",
    "address": "address 192.0.2.9;",
    "mclt": "mclt 60;",
    "if": 'if known { option host-name "a"; }',
    "switch": 'switch (option host-name) { case "a": break; }',
    "on": 'on commit { set a = "b"; }',
    "set": 'set a = "b";',
    "define": "define other(a) { return a; }",
    "log": 'log(info, "a");',
    "execute": 'execute("/bin/true");',
    "return": 'return "a";',
    "break": "break;",
    "case": 'case "z":',
    "supersede": 'supersede host-name "a";',
    "add": 'add "one";',
    "parse-vendor-option": "parse-vendor-option;",
    "call": 'something("a");',
    "word": "no-such-word;",
    "semicolon": ";",
    "brace": "}",
    "open-brace": "{",
    "percent": "% ignored;",
    "server-duid": "server-duid llt;",
    "lease-id-format": "lease-id-format hex;",
    "db-time-format": "db-time-format local;",
    "lease": "lease 203.0.113.5 { }",
    "ddns-update-style": "ddns-update-style none;",
    "omapi-port": "omapi-port 7911;",
    "omapi-key": "omapi-key one;",
}


# Statements that another one needs after its block.
_NEEDS = {
    "failover-block": (
        'subnet 198.51.100.0 netmask 255.255.255.0 { pool { failover peer "other"; range 198.51.100.10; } }\n'
    ),
}


def samples() -> Iterator[tuple[str, str]]:
    for block, form in _BLOCKS.items():
        for name, statement in _STATEMENTS.items():
            yield f"place/{block}/{name}", f"{_BEFORE}{form.replace('@', statement)}{_AFTER}{_NEEDS.get(name, '')}"
