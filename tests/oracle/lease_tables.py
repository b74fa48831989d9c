# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables from which the samples of lease files are made. A name is CHAPTER/WHAT and never changes its meaning.

Every date is far in the past or in 2037, so that dhcpd's reading of a sample does not depend on the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import words

# The daemon's configuration: this server is the primary of `fo` and the secondary of `se`; the last range is in no
# relationship.
CONFIGURATION = """
lease-id-format hex;
failover peer "fo" {
  primary; address 192.0.2.2; port 647; peer address 192.0.2.3; peer port 647;
  mclt 1800; split 128; load balance max seconds 3;
}
failover peer "se" {
  secondary; address 192.0.2.2; port 648; peer address 192.0.2.3; peer port 648; load balance max seconds 3;
}
class "gold" { match hardware; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  pool { failover peer "fo"; range 192.0.2.10 192.0.2.99; }
  pool { failover peer "se"; range 192.0.2.100 192.0.2.199; }
}
subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.10 198.51.100.99; }
"""

# An entry with everything, as dhcpd writes it.
ENTRY = r"""lease 192.0.2.20 {
  starts 0 2026/11/22 18:35:56;
  ends 0 2037/11/22 19:05:56;
  tstp 0 2037/11/22 20:05:56;
  tsfp 0 2037/11/22 21:05:56;
  atsfp 0 2037/11/22 21:05:56;
  cltt 0 2026/11/22 18:35:56;
  binding state active;
  next binding state expired;
  rewind binding state free;
  hardware ethernet 52:54:00:c1:fb:9c;
  uid "\001RT\000\301\373\234";
  set ddns-fwd-name = "a.example.org";
  option agent.circuit-id 0:4:0:1:1:2;
  client-hostname "a";
}
"""
# The following entries show where dhcpd continues.
AFTER = """lease 192.0.2.21 {
  binding state backup;
  hardware ethernet 02:00:00:00:00:21;
}
lease 192.0.2.22 {
  binding state active;
  hardware ethernet 02:00:00:00:00:22;
}
"""
STATES = """failover peer "fo" state {
  my state normal at 5 2017/03/03 20:20:12;
  partner state communications-interrupted at 6 2017/03/04 20:20:12;
}
"""

# Statements of a lease, without the semicolon.
STATEMENTS = {
    "starts": (
        "4 2026/11/19 18:35:56",
        "0 2026/11/19 18:35:56",
        "9 2026/11/19 18:35:56",
        "4 2026/11/19 18:35:56 3600",
        "4 2026/11/19 18:35:56 -3600",
        "4 2026/11/19 18:35:56 UTC",
        "4 126/11/19 18:35:56",
        "4 70/1/2 3:4:5",
        "4 2026/1/9 8:5:6",
        "4 2024/02/29 00:00:00",
        "4 2024/03/01 00:00:00",
        "4 2026/02/31 25:61:61",
        "4 2026/11/00 00:00:00",
        "4 2037/12/31 23:59:59",
        "4 2038/01/01 00:00:00",
        "4 2040/11/19 18:35:56",
        "4 9999/11/19 18:35:56",
        "4 1970/01/01 00:00:00",
        "4 2026-11-19 18:35:56",
        "4 2026/11/19T18:35:56",
        "4 2026/11/19",
        "4 2026/11/19 18:35",
        "Thu 2026/11/19 18:35:56",
        "2026/11/19 18:35:56",
        "4 2026 / 11 / 19 18 : 35 : 56",
        "4\t2026/11/19\n18:35:56",
        "4 2026/11/19 # a Thursday\n 18:35:56",
        "never",
        "NEVER",
        "epoch 1795113356",
        "epoch 0",
        "epoch -5",
        "epoch 2147483647",
        "epoch 1795113356x",
        "epoch",
        "epoch soon",
        "1795113356",
        "",
        '"4 2026/11/19 18:35:56"',
    ),
    "ends": ("0 2037/11/22 19:05:56", "never", "0 2036/02/29 12:00:00", "infinite"),
    "tstp": ("0 2037/11/22 19:05:56", "never", "later"),
    "tsfp": ("0 2037/11/22 19:05:56", "never"),
    "atsfp": ("0 2037/11/22 19:05:56", "never"),
    "cltt": ("0 2026/11/22 19:05:56", "never", "epoch 1795113356"),
    "timestamp": ("0 2026/11/22 19:05:56",),
    "binding": (
        *(f"state {state}" for state in ("free", "backup", "active", "expired", "released", "abandoned", "reset")),
        "state reserved",
        "state bootp",
        "state ACTIVE",
        "state\n\tactive",
        "state actve",
        "state normal",
        'state "active"',
        "state",
        "active",
        "stat active",
    ),
    "next": (
        "binding state free",
        "binding state expired",
        "binding state active",
        "binding state nothing",
        "state free",
        "free",
    ),
    "rewind": ("binding state free", "binding state active", "binding state backup", "state free"),
    "abandoned": ("",),
    "hardware": (
        "ethernet 02:00:00:00:00:09",
        "Ethernet 02:00:00:00:00:09",
        "ethernet 2:0:0:0:0:9",
        "ethernet 02:00:00:00:00:0A",
        "ethernet 02 : 00 : 00 : 00 : 00 : 09",
        "ethernet 02-00-00-00-00-09",
        "ethernet 0200.0000.0009",
        "ethernet 02:00:00:00:00:fff",
        "ethernet 02:00:00:00:00:0g",
        "ethernet 02:00:00:00:00",
        "ethernet 02",
        "ethernet",
        "ethernet 02:00:00:00:00:09 02",
        'ethernet "02:00:00:00:00:09"',
        "ethernet " + ":".join(["01"] * 20),
        "ethernet " + ":".join(["01"] * 21),
        "token-ring 02:00:00:00:00:09",
        "fddi 02:00:00:00:00:09",
        "infiniband 80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:1f:97:11",
        "unknown-7 02:00:00:00:00:09",
        "unknown-1 02:00:00:00:00:09",
        "unknown-256 02:00:00:00:00:09",
        "unknown-x 02:00:00:00:00:09",
        "Unknown-7 02:00:00:00:00:09",
        "02:00:00:00:00:09",
        "wifi 02:00:00:00:00:09",
    ),
    "uid": (
        '"\\001RT\\000\\301\\373\\234"',
        '"\\x01\\x52"',
        '"\\t\\r\\n\\b"',
        '"a\\"b\\\\c"',
        '"}{;#"',
        '"two\nlines"',
        '"\\400"',
        '"\\0"',
        '""',
        '"a" "b"',
        "01:52:54:00:c1:fb:9c",
        "01:52:54:00:C1:FB:9C",
        "1:5:c",
        "01",
        "0152:54",
        "g1:52",
        "",
        "abc",
        "00",
        '"' + "x" * 300 + '"',
        '"' + "x" * 1499 + '"',
        '"' + "x" * 1500 + '"',
        '"' + "x" * 1600 + '"',
    ),
    "client-hostname": (
        '"a"',
        '""',
        '"a b"',
        '"a;b}"',
        '"a" "b"',
        "a",
        "a.example.org",
        "a.example.",
        "a-b_c.9",
        "9",
        "lease",
        "",
        "a b",
        "-a",
    ),
    "billing": (
        'class "gold"',
        'class "silver"',
        "class gold",
        'subclass "gold" 01:02:00:00:00:00:09',
        'subclass "gold" "x"',
        'subclass "silver" "x"',
        '"gold"',
    ),
    "class": ("gold", '"gold"', ""),
    "set": (
        'a = "b"',
        'a-b_c = "b"',
        "a = 01:02:ab",
        "a = ab",
        "a = %5",
        "a = %x",
        "a = true",
        "a = False",
        "a = maybe",
        "a = 12",
        "a = -12",
        "a = 1x",
        'a "b"',
        "a =",
        "a",
        "= 1",
        '"a" = "b"',
        'vendor = "b"',
        'Next = "b"',
        'vendor-class = "b"',
        'vendor-class-identifier = "b"',
        '9a = "b"',
        '9 = "b"',
        'a = "b" "c"',
        'a = "}"',
        "a = { 1 }",
        "a = lease",
        "a = on",
    ),
    "ddns-fwd-name": ('"a.example.org"', "a", ""),
    "ddns-rev-name": ('"20.2.0.192.in-addr.arpa."', '= "a"'),
    "ddns-client-fqdn": ('"a.example.org"',),
    "option": (
        "agent.circuit-id 0:4:0:1:1:2",
        'agent.circuit-id "port 1"',
        "agent.remote-id 0:6:2:0:0:0:0:9",
        "agent.link-selection 192.0.2.0",
        "agent.unknown-99 1:2",
        "agent.nothing 1",
        "agent.circuit-id",
        'host-name "a"',
        "routers 192.0.2.1",
        "nothing 1",
        'space.nothing "1"',
        "",
    ),
    "supersede": ("agent.circuit-id 0:4:0:1:1:2",),
    "reserved": ("", "yes"),
    "dynamic-bootp": ("", "yes"),
    "bootp": ("",),
    "on expiry": (
        '{ set a = "b"; }',
        "{ }",
        '{ if known { log (info, "x"); } else { execute ("a", "b"); } }',
        '{\n    set ClientMac = "02:00";\n    execute ("/x", "}", ClientMac);\n  }',
        "",
    ),
    "on release": ('{ log (info, "}"); }',),
    "on expiry or release": ('{ log (info, "x"); }', '{\n    log (info, "x");\n  }'),
    "on commit": ('{ log (info, "x"); }',),
    "on Tuesday": ('{ log (info, "x"); }',),
    "on": ("",),
    "fixed-address": ("192.0.2.20",),
    "interface": ('"eth0"',),
    "lease": ("192.0.2.23 { binding state active; }",),
    "}": ("",),
    "{": ("}",),
    ";": ("",),
    "nonsense": ("", "a b c", "{ a; }", '"}"'),
}
# Statements alone in a lease.
ALONE = (
    "",
    "ends 0 2037/11/22 19:05:56;",
    "ends 0 2016/11/22 19:05:56;",
    "ends never;",
    'on expiry { log (info, "x"); }',
    'on release { log (info, "x"); }',
    'on commit { log (info, "x"); }',
    "on expiry { }",
    "abandoned;",
    "next binding state expired;",
    "rewind binding state active;",
    "ends never; binding state active; next binding state expired; binding state backup;",
    "ends never; next binding state expired; binding state active;",
    "binding state free; binding state active;",
    "binding state active; abandoned;",
    "hardware ethernet 02:00:00:00:00:09; hardware ethernet 02:00:00:00:00:0a;",
    'uid "a"; uid "b";',
    "tsfp never;",
)

# A complete file in other spellings.
SPELLINGS = {
    "as dhcpd writes it": lambda text: text,
    "tabs": lambda text: text.replace("  ", "\t"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "form feeds": lambda text: text.replace("\n", "\f\v"),
    "braces on lines of their own": lambda text: text.replace(" {", "\n{"),
    "no space before the brace": lambda text: text.replace(" {", "{"),
    "on one line": lambda text: text.replace("\n", " "),
    "as tight as can be": lambda text: text.replace("\n  ", "").replace("\n", "").replace("; ", ";"),
    "one token a line": lambda text: text.replace(" ", "\n"),
    "not indented": lambda text: text.replace("\n  ", "\n"),
    "all indented": lambda text: text.replace("\n", "\n    "),
    "empty lines between": lambda text: text.replace("\n", "\n\n"),
    "blanks at the ends of lines": lambda text: text.replace("\n", "  \n"),
    "comments at the ends of lines": lambda text: text.replace("\n", " # comment; }\n"),
    "comments between the tokens": lambda text: text.replace(" ", "#\n"),
    "quotes in comments": lambda text: text.replace("\n", ' # a "quote\n'),
    "upper case": lambda text: text.upper().replace('"FO"', '"fo"'),
    "without the last line's end": lambda text: text.rstrip("\n"),
    "a byte-order mark": lambda text: "\ufeff" + text,
    "no-break spaces": lambda text: text.replace("  binding", "\u00a0 binding"),
    "a zero-width space": lambda text: text.replace("binding", "\u200bbinding", 1),
    "a line separator": lambda text: text.replace(";\n", ";\u2028", 1),
    "a next line": lambda text: text.replace(";\n", ";\u0085", 1),
    "a zero byte": lambda text: text.replace("active;", "active;\0", 1),
    "two zero bytes": lambda text: text.replace("active;", "active;\0\0", 1),
    "zero bytes before": lambda text: "\0" * 5 + text,
    "an even number of zero bytes before": lambda text: "\0" * 6 + text,
    "semicolons doubled": lambda text: text.replace(";", ";;"),
    "the braces' semicolons": lambda text: text.replace("}\n", "};\n"),
    "fourteen hundred blanks": lambda text: text.replace("  binding", " " * 1400 + "binding", 1),
    "fifteen hundred blanks": lambda text: text.replace("  binding", " " * 1500 + "binding", 1),
    "many fifteen hundred blanks": lambda text: text.replace("\n", "\n" + " " * 1497),
    "fifteen hundred empty lines": lambda text: text.replace("\nlease 192.0.2.21", "\n" * 1500 + "lease 192.0.2.21"),
}
# Latin-1 text, which is not valid UTF-8.
BYTES = {
    "Latin-1 in a string": ENTRY.replace('hostname "a"', 'hostname "m\xfcller"') + AFTER,
    "Latin-1 between the statements": ENTRY.replace("  binding", "  \xfc binding", 1) + AFTER,
    "255 in a string": ENTRY.replace('hostname "a"', 'hostname "m\xff"') + AFTER,
    "255 between the statements": ENTRY.replace("active;", "active;\xff", 1) + AFTER,
    "255 behind a word": ENTRY.replace("active;", "active\xff;", 1) + AFTER,
    "255 before a word": ENTRY.replace("state active;", "state \xffactive;", 1) + AFTER,
    "255 behind a number": ENTRY.replace("2026", "2026\xff", 1) + AFTER,
    "255 in a comment": ENTRY.replace("active;", "active; # x\xffy\n", 1) + AFTER,
    "255 between the entries": ENTRY + "\xff" + AFTER,
    "255 behind a blank": ENTRY + " \xff" + AFTER,
    "255 in what is skipped": "nonsense \xff; " + ENTRY + AFTER,
    "255 behind a word in what is skipped": "nonsense words\xff; " + ENTRY + AFTER,
    "random bytes": "".join(map(chr, range(255))) + "\n;" + ENTRY + AFTER,
}

# Text before, between or after the entries.
DECLARATIONS = {
    "the header": "# The format of this file is documented in the dhcpd.leases(5) manual page.\n"
    "# This lease file was written by isc-dhcp-4.4.1\n\nauthoring-byte-order little-endian;\n\n",
    "the other byte order": "authoring-byte-order big-endian;\n",
    "no byte order": "authoring-byte-order middle-endian;\n",
    "a byte order without end": "authoring-byte-order little-endian\n",
    "a server's DUID": 'server-duid "\\000\\001\\000\\001+\\347\\262\\230RT\\000\\301\\373\\234";\n',
    "a server's DUID in hexadecimal": "server-duid 00:01:00:01:2b:e7:b2:98:52:54:00:c1:fb:9c;\n",
    "a host": "host h {\n  dynamic;\n  hardware ethernet 02:00:00:00:00:01;\n  fixed-address 192.0.2.9;\n}\n",
    "a deleted host": "host h {\n  dynamic;\n  deleted;\n}\n",
    "a host with an identifier": 'host h {\n  dynamic;\n  uid "\\001}";\n  supersede server.filename = "x";\n}\n',
    "a host without end": "host h {\n  dynamic;\n",
    "a group": 'group g {\n  dynamic;\n  filename "x";\n}\n',
    "a deleted group": "group g {\n  dynamic;\n  deleted;\n}\n",
    "a class": 'class "new" {\n  dynamic;\n  match if hardware = 01:02;\n}\n',
    "a subclass": 'subclass "gold" 01:02:00:00:00:00:01;\n',
    "a subclass with a limit": 'subclass "gold" 01:02:00:00:00:00:01 {\n  dynamic;\n  lease limit 4;\n}\n',
    "a lease of DHCPv6": 'ia-na "\\001" {\n  cltt never;\n  iaaddr 2001:db8::1 {\n    ends never;\n  }\n}\n',
    "a prefix of DHCPv6": 'ia-pd "\\001" {\n  cltt 0 2026/11/22 18:35:56;\n}\n',
    "nothing": "",
    "a semicolon": ";",
    "a word": "nonsense\n",
    "a statement": "nonsense;\n",
    "a block": "nonsense { a { b; } c; }\n",
    "a closing brace": "}\n",
    "an opening brace": "{\n",
    "a string": '"nonsense";\n',
    "a string without end": '"nonsense\n',
    "a subnet": "subnet 192.0.2.0 netmask 255.255.255.0 { }\n",
    "an option": 'option domain-name "example.org";\n',
    "an include": 'include "/nowhere";\n',
    "a comment": "# lease 192.0.2.23 {\n",
    "a lease without address": "lease { binding state active; }\n",
    "a lease of a name": "lease a { binding state active; }\n",
    "a lease of three numbers": "lease 192.0.2 { binding state active; }\n",
    "a lease of five numbers": "lease 192.0.2.23.1 { binding state active; }\n",
    "a lease of large numbers": "lease 192.0.2.279 { binding state active; hardware ethernet 02:00:00:00:00:09; }\n",
    "a lease with zeros": "lease 192.000.002.023 { binding state active; hardware ethernet 02:00:00:00:00:09; }\n",
    "a lease with blanks": "lease 192 . 0 . 2 . 23 { binding state active; hardware ethernet 02:00:00:00:00:09; }\n",
    "a lease in quotes": 'lease "192.0.2.23" { binding state active; }\n',
    "a lease with a mask": "lease 192.0.2.23/32 { binding state active; }\n",
    "a lease without braces": "lease 192.0.2.23 binding state active;\n",
    "a lease that ends at once": "lease 192.0.2.23;\n",
    "two words lease": "lease lease 192.0.2.23 { binding state active; }\n",
    "a lease outside of the pools": "lease 192.0.2.250 { binding state active; }\n",
    "a lease outside of the subnets": "lease 203.0.113.1 { binding state active; }\n",
    "a lease in no relationship": "lease 198.51.100.20 {\n  binding state active;\n  ends never;\n}\n",
    "an older lease": "lease 192.0.2.21 {\n  binding state active;\n  next binding state free;\n}\n",
}

# Blocks for a relationship.
RELATIONSHIPS = {
    "as dhcpd writes it": STATES,
    "on the secondary": 'failover peer "se" state {\n  my state normal at 5 2017/03/03 20:20:12;\n'
    "  partner state normal at 5 2017/03/03 20:20:12;\n  mclt 1800;\n}\n",
    "partner-down by hand": 'failover peer "fo" state {\n  my state partner-down;\n'
    "  partner state communications-interrupted at 5 2017/03/03 20:20:12;\n}\n",
    "no times": 'failover peer "fo" state { my state normal; partner state normal; }\n',
    "a bare name": "failover peer fo state { my state normal at never; }\n",
    "mine only": 'failover peer "fo" state { my state paused at 5 2017/03/03 20:20:12; }\n',
    "the partner's only": 'failover peer "fo" state { partner state shutdown at 5 2017/03/03 20:20:12; }\n',
    "mine, then the partner's": 'failover peer "fo" state { my state normal at 5 2017/03/03 20:20:12; }\n'
    'failover peer "fo" state { partner state recover at 6 2017/03/04 20:20:12; }\n',
    "several": STATES + STATES.replace("normal", "partner-down").replace("2017", "2018"),
    "nothing": 'failover peer "fo" state { }\n',
    "twice in a block": 'failover peer "fo" state { my state normal; my state recover at epoch 1488572412; }\n',
    "a time of day": 'failover peer "fo" state { my state normal at 5 2017/03/03; }\n',
    "no time": 'failover peer "fo" state { my state normal at; partner state normal; }\n',
    "never": 'failover peer "fo" state { my state normal at never; partner state normal at never; }\n',
    "the beginning of time": 'failover peer "fo" state { my state normal at epoch 0; }\n',
    "since instead of at": 'failover peer "fo" state { my state normal since never; partner state paused; }\n',
    "an unknown state": 'failover peer "fo" state { my state partner_down; partner state paused; }\n',
    "a state of a lease": 'failover peer "fo" state { my state active; partner state paused; }\n',
    "the word state left out": 'failover peer "fo" state { my normal; partner state paused; }\n',
    "peer instead of partner": 'failover peer "fo" state { my state normal; peer state paused; }\n',
    "mclt on the primary": 'failover peer "fo" state { mclt 60; my state normal; }\n',
    "mclt on the primary, last": 'failover peer "fo" state { my state normal; mclt 60; }\n',
    "no mclt": 'failover peer "se" state { my state normal; mclt; partner state normal; }\n',
    "mclt without end": 'failover peer "se" state { my state normal; mclt 60 }\n',
    "a large mclt": 'failover peer "se" state { my state normal; mclt 4294967295; }\n',
    "an unknown relationship": 'failover peer "other" state { my state normal at 5 2017/03/03 20:20:12; }\n',
    "no name": "failover peer state { my state normal; }\n",
    "a name of digits": "failover peer 7 state { my state normal; }\n",
    "no word state": 'failover peer "fo" { my state normal; }\n',
    "no word peer": 'failover "fo" state { my state normal; }\n',
    "no brace": 'failover peer "fo" state my state normal;\n',
    "a half": 'failover peer "fo" { primary; address 192.0.2.2; }\n',
    "upper case": 'FAILOVER PEER "fo" STATE { MY STATE Normal AT NEVER; PARTNER STATE NORMAL; }\n',
    "another case of the name": 'failover peer "FO" state { my state normal; }\n',
    "another statement": 'failover peer "fo" state { my state normal; nonsense 1; partner state normal; }\n',
    "another block": 'failover peer "fo" state { my state normal; nonsense { a; } partner state normal; }\n',
    "a semicolon too few": 'failover peer "fo" state { my state normal at never partner state paused; }\n',
    "a brace too few": 'failover peer "fo" state { my state normal;\n',
    "a brace too many": 'failover peer "fo" state { my state normal; } }\n',
    **{
        f"state {state}": f'failover peer "fo" state {{ my state {state}; partner state {state} at never; }}\n'
        for state in sorted(words.STATES.values())
    },
}

_AT_ONCE = "the lease's end is past (it has none any more), so dhcpd ends it before it writes"
# Samples that we read differently, and why we are right.
EXCEPTIONS = {
    "alone/4": _AT_ONCE,
    "alone/5": _AT_ONCE,
    "in its place/ends/3": _AT_ONCE,
    "semicolon/0": _AT_ONCE,
    "semicolon/1": _AT_ONCE,
    "relationship/mclt on the primary": "the file does not say that this server is the primary, which has no mclt",
    "relationship/no name": "the file does not say that there is no relationship of the name `state`",
    "relationship/state startup": "dhcpd reads it, and writes what it was before, which nobody said",
}

# The order in which dhcpd writes statements.
_ORDER = (
    *("starts", "ends", "tstp", "tsfp", "atsfp", "cltt", "binding", "next", "rewind", "reserved", "dynamic-bootp"),
    *("billing", "hardware", "uid", "set", "option", "client-hostname", "on"),
)


def in_its_place(name: str, statement: str) -> str:
    """The entry as dhcpd writes it, with this statement in place of the one of the same name."""
    first, *lines, last, _end = ENTRY.split("\n")
    lines = [line for line in lines if line.split()[0] != name or name == "set"]
    order = _ORDER.index(name.split()[0]) if name.split()[0] in _ORDER else len(_ORDER)
    at = sum(_ORDER.index(line.split()[0]) <= order for line in lines)
    return "\n".join([first, *lines[:at], f"  {statement}", *lines[at:], last, ""])


def samples() -> Iterator[tuple[str, bytes]]:
    """Every sample: its name and the contents of the file."""
    whole = STATES + ENTRY + AFTER
    for name, spell in SPELLINGS.items():
        yield f"spelling/{name}", spell(whole).encode()
    for name, text in BYTES.items():
        yield f"bytes/{name}", text.encode("latin-1")
    for name, values in STATEMENTS.items():
        for number, value in enumerate(values):
            statement = f"{name} {value};" if not value.endswith("}") and name not in "{};" else f"{name} {value}"
            lease = f"lease 192.0.2.20 {{\n  ends never;\n  {statement}\n  binding state active;\n  reserved;\n}}\n"
            yield f"statement/{name}/{number}", (lease + AFTER).encode()
            yield f"in its place/{name}/{number}", (in_its_place(name, statement) + AFTER).encode()
    for number, statements in enumerate(ALONE):
        yield f"alone/{number}", (f"lease 192.0.2.20 {{ {statements} }}\n" + AFTER).encode()
    for name, text in DECLARATIONS.items():
        yield f"before/{name}", (text + ENTRY + AFTER).encode()
        yield f"between/{name}", (ENTRY + text + AFTER).encode()
        yield f"inside/{name}", (ENTRY.replace("  hardware", text + "  hardware") + AFTER).encode()
    for name, text in RELATIONSHIPS.items():
        yield f"relationship/{name}", (text + AFTER).encode()
    for end in range(0, len(ENTRY), 9):
        if re.search(r"\\[0-7]{0,2}\Z", ENTRY[:end]):
            continue  # for an invalid octal number, dhcpd uses whatever is in its memory
        yield f"cut/file/{end}", (AFTER + ENTRY[:end]).encode()
        yield f"cut/entry/{end}", (ENTRY[:end] + "\n" + AFTER).encode()
    for end in range(0, len(STATES), 9):
        yield f"cut/relationship/{end}", (ENTRY + STATES[:end]).encode()
    for missing in range(ENTRY.count(";")):
        parts = ENTRY.split(";")
        parts[missing : missing + 2] = ["".join(parts[missing : missing + 2])]
        yield f"semicolon/{missing}", (";".join(parts) + AFTER).encode()
    quotes = [at for at, character in enumerate(ENTRY) if character == '"']
    for number, at in enumerate(quotes):
        yield f"quote/{number}", (ENTRY[:at] + ENTRY[at + 1 :] + AFTER).encode()
