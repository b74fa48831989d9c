# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small configurations in which dhcpd behaves unexpectedly; most are reduced from a failing sample.

Each lists the offers to its clients: facts by name, None for no offer. tests/unit/oracle/test_effect.py also compares
these with the record, so readers need not decode bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from effect_samples import Client, Match, Sample

Facts = Mapping[str, object]


@dataclass(frozen=True)
class Case(Sample):
    """A sample written as text: its clients' classes are given, not computed."""

    matched: Mapping[Client, tuple[Match, ...]] = field(default_factory=dict)
    offered: tuple[Facts | None, ...] = ()

    def classes(self, client: Client) -> tuple[Match, ...]:
        return self.matched.get(client, ())


def case(
    name: str, text: str, *asked: tuple[Client, Facts | None] | tuple[Client, Facts | None, tuple[Match, ...]]
) -> Case:
    clients = tuple(item[0] for item in asked)
    matched = {item[0]: item[2] for item in asked if len(item) == 3}
    return Case(name, (text,), clients, matched, tuple(item[1] for item in asked))


CARD = "02:00:00:00:01:01"
PLAIN = Client(CARD)
OTHER = Client("02:00:00:00:01:02")
ALPHA = Client("02:00:00:00:01:03", vendor="alpha")
AWAY = Client(CARD, via="198.51.100.1")
HOST = f"hardware ethernet {CARD};"
HOME = "subnet 192.0.2.0 netmask 255.255.255.128 { range 192.0.2.8 192.0.2.15; %s }"
# One link with two subnets.
LINK = """
shared-network link {
  subnet 192.0.2.0 netmask 255.255.255.128 { option domain-name "here"; %s }
  subnet 198.51.100.0 netmask 255.255.255.192 { option domain-name "there"; %s }
  %s
}
"""

CASES = (
    # --- where an address gets its settings
    case(
        "subnet of the address, pool beside it",
        LINK % ("", "", "pool { range 192.0.2.8 192.0.2.15; range 198.51.100.8 198.51.100.15; }"),
        (Client(CARD, address="192.0.2.9"), {"address": "192.0.2.9", "domain-name": "here"}),
        (Client(OTHER.card, address="198.51.100.9"), {"address": "198.51.100.9", "domain-name": "there"}),
    ),
    case(
        "order of the text",
        'option domain-name "before"; ' + HOME % 'option host-name "subnet";' + 'option domain-name "after";'
        'option host-name "after";',
        (PLAIN, {"domain-name": "after", "host-name": "subnet"}),
    ),
    case(
        "reservation in another subnet",
        LINK % (f"host a {{ {HOST} fixed-address 198.51.100.2; }}", "", ""),
        (PLAIN, {"address": "198.51.100.2", "domain-name": "here"}),
    ),
    case(
        "reservation in another network",
        HOME % f'option domain-name "here"; host a {{ {HOST} fixed-address 198.51.100.2; }}'
        + 'subnet 198.51.100.0 netmask 255.255.255.192 { option domain-name "there"; option host-name "there"; }',
        (AWAY, {"address": "198.51.100.2", "domain-name": "here", "host-name": "there"}),
    ),
    case(
        "reservation in the shared network",
        LINK % ("", "", f'option domain-name "link"; host a {{ {HOST} fixed-address 198.51.100.2; }}'),
        (PLAIN, {"address": "198.51.100.2", "domain-name": "there"}),
    ),
    case(
        "reservation in a pool",
        LINK
        % (
            "",
            'option host-name "there"; pool { range 198.51.100.8; default-lease-time 900;'
            f"host a {{ {HOST} fixed-address 192.0.2.2; }} }}",
            "",
        ),
        (PLAIN, {"address": "192.0.2.2", "domain-name": "here", "host-name": None, "seconds": 900}),
    ),
    case(
        "reservation with addresses in two networks",
        HOME % 'option domain-name "here";'
        + 'subnet 198.51.100.0 netmask 255.255.255.192 { option domain-name "there"; }'
        + f"host a {{ {HOST} fixed-address 192.0.2.2, 198.51.100.2; }}",
        (AWAY, {"address": "198.51.100.2", "domain-name": "there"}),
        (PLAIN, {"address": "192.0.2.2", "domain-name": "here"}),
    ),
    case(
        "group around a reservation",
        f'group {{ option domain-name "group"; host a {{ {HOST} }} }}'
        + HOME % 'pool { option domain-name "pool"; range 192.0.2.20; allow known-clients; }',
        (Client(CARD, address="192.0.2.20"), {"address": "192.0.2.20", "domain-name": "group"}),
    ),
    case(
        "named group instead of what stands around",
        'group "named" { option host-name "named"; }'
        + HOME
        % f'option domain-name "subnet"; group {{ option host-name "around"; host a {{ {HOST} group "named"; }} }}',
        (PLAIN, {"domain-name": "subnet", "host-name": "named"}),
    ),
    case(
        "host without an address in a subnet of a link",
        LINK % (f'pool {{ range 192.0.2.8; option domain-name "pool"; }} host a {{ {HOST} }}', "", ""),
        (PLAIN, {"address": "192.0.2.8", "domain-name": "here"}),
    ),
    case(
        "host without an address in a subnet alone",
        HOME
        % f'option domain-name "subnet"; pool {{ range 192.0.2.20; option domain-name "pool"; }} host a {{ {HOST} }}',
        (Client(CARD, address="192.0.2.20"), {"address": "192.0.2.20", "domain-name": "pool"}),
    ),
    # --- pools
    case(
        "range in the pool before the one that fits",
        HOME.replace("range 192.0.2.8 192.0.2.15;", "")
        % 'pool { range 192.0.2.8; allow known-clients; option domain-name "pool"; } range 192.0.2.16 192.0.2.23;'
        "range 192.0.2.24;"
        f"host a {{ hardware ethernet {ALPHA.card}; }}",
        (Client(CARD, address="192.0.2.16"), {"address": "192.0.2.16", "domain-name": None}),
        (Client(OTHER.card, address="192.0.2.24"), {"address": "192.0.2.17"}),
        (Client(ALPHA.card, address="192.0.2.24"), {"address": "192.0.2.24", "domain-name": "pool"}),
    ),
    case(
        "subnet in a group is a link of its own",
        """shared-network link {
          subnet 192.0.2.0 netmask 255.255.255.128 { }
          group { subnet 198.51.100.0 netmask 255.255.255.192 { range 198.51.100.8 198.51.100.15; } }
        }""",
        (PLAIN, None),
        (Client(OTHER.card, via="198.51.100.1"), {"address": "198.51.100.8"}),
    ),
    case(
        "allow and deny",
        HOME.replace("range 192.0.2.8 192.0.2.15;", "")
        % "pool { range 192.0.2.8 192.0.2.15; allow known-clients; allow unknown-clients; deny known-clients; }"
        + f"host a {{ {HOST} }}",
        (PLAIN, None),
        (OTHER, {}),
    ),
    case(
        "known by a reservation for another network",
        f"host a {{ {HOST} fixed-address 198.51.100.2; }}"
        + HOME.replace("range 192.0.2.8 192.0.2.15;", "")
        % "pool { range 192.0.2.8 192.0.2.15; allow known-clients; } pool { range 192.0.2.16; deny known-clients; "
        "boot-unknown-clients false; }",
        (PLAIN, {"address": "192.0.2.8"}),
        (OTHER, None),
    ),
    case(
        "unknown clients denied, and known by a reservation for another network",
        f"deny unknown-clients; host a {{ {HOST} fixed-address 198.51.100.2; }}" + HOME % "",
        (PLAIN, None),
    ),
    case(
        "booting denied to one host",
        f"host a {{ {HOST} deny booting; }}" + HOME % "allow booting;",
        (PLAIN, None),
        (OTHER, {}),
    ),
    # --- classes
    case(
        "first of two classes",
        'class "a" { match if exists vendor-class-identifier; option domain-name "a"; }'
        'class "b" { match if exists vendor-class-identifier; option domain-name "b"; option host-name "b"; }'
        + HOME
        % "",
        (ALPHA, {"domain-name": "a", "host-name": "b"}, ("a", "b")),
    ),
    case(
        "class in a subnet of a link",
        LINK % ('pool { range 192.0.2.8; option domain-name "pool"; } class "a" { match hardware; }', "", "")
        + f'subclass "a" 1:{CARD};',
        (PLAIN, {"address": "192.0.2.8", "domain-name": "here"}, (("a", f"01:{CARD}"),)),
    ),
    case(
        "class declared again elsewhere",
        'class "a" { match if exists vendor-class-identifier; option host-name "one"; }'
        'group { option domain-name "group"; class "a" { option host-name "two"; } }' + HOME % "",
        (ALPHA, {"domain-name": None, "host-name": "two"}, ("a",)),
    ),
    case(
        "subclass declared twice",
        f'class "a" {{ match hardware; option host-name "class"; }} subclass "a" 1:{CARD} {{ option host-name "one"; '
        f'option domain-name "one"; }} subclass "a" 1:{CARD} {{ option host-name "two"; }}' + HOME % "",
        (PLAIN, {"domain-name": "one", "host-name": "two"}, (("a", f"01:{CARD}"),)),
    ),
    case(
        "no class for those who are known",
        f'class "a" {{ match if known; option domain-name "a"; }} host a {{ {HOST} }}' + HOME % "",
        (PLAIN, {"domain-name": None}),
    ),
    case(
        "five classes, and no more",
        "".join(
            f'class "{name}" {{ match if exists vendor-class-identifier; option domain-name "{name}"; }}'
            for name in "123456"
        ).replace('option domain-name "6";', "deny booting;")
        + HOME % "",
        (ALPHA, {"domain-name": "1"}, tuple("123456")),
    ),
    case(
        "class added by a statement",
        'class "a" { option domain-name "a"; option host-name "a"; } class "b" {'
        'match if exists vendor-class-identifier; option host-name "b"; }'
        + HOME
        % 'option domain-name "subnet"; add "a";',
        (ALPHA, {"domain-name": "a", "host-name": "b"}, ("b", "a")),
        (PLAIN, {"domain-name": "a", "host-name": "a"}, ("a",)),
    ),
    # --- lease times
    case(
        "a lease for ever ends in 2038",
        "default-lease-time -1; max-lease-time -1;" + HOME % "",
        (PLAIN, {"seconds": "until-2038"}),
        (Client(OTHER.card, seconds=600), {"seconds": 600}),
    ),
    case(
        "max-lease-time below min-lease-time",
        "min-lease-time 600; max-lease-time 100;" + HOME % "",
        (PLAIN, {"seconds": 600}),
        (Client(OTHER.card, seconds=50), {"seconds": 600}),
    ),
    case(
        "no lease below 300 s unless min-lease-time says so",
        "default-lease-time 60;" + HOME % "",
        (PLAIN, {"seconds": 300}),
        (Client(OTHER.card, seconds=10), {"seconds": 300}),
        (Client(ALPHA.card, seconds=0xFFFFFFFF), {"seconds": 86400}),
    ),
    case(
        "max-lease-time below 300 s",
        "default-lease-time 60; max-lease-time 120;" + HOME % "",
        (PLAIN, {"seconds": 120}),
    ),
    case(
        "times to renew that come too late",
        "option dhcp-renewal-time 1000; option dhcp-rebinding-time 2000;" + HOME % "",
        (PLAIN, {"dhcp-renewal-time": 1000, "dhcp-rebinding-time": 2000}),
        (Client(OTHER.card, seconds=1500), {"dhcp-renewal-time": 1000, "dhcp-rebinding-time": None}),
        (Client(ALPHA.card, seconds=900), {"dhcp-renewal-time": None, "dhcp-rebinding-time": None}),
    ),
    # --- conditions and expressions
    case(
        "not of a conjunction whose first part is false",
        'option domain-name "plain"; if not (known and exists vendor-class-identifier) { option domain-name "block"; }'
        f"host a {{ {HOST} }}" + HOME % "",
        (OTHER, {"domain-name": "plain"}),
        (PLAIN, {"domain-name": "block"}),
    ),
    case(
        "statement behind a block",
        'if exists vendor-class-identifier { option domain-name "block"; option host-name "block"; }'
        'option domain-name "behind"; ' + HOME % "",
        (ALPHA, {"domain-name": "behind", "host-name": "block"}),
    ),
    case(
        "other names behind a block",
        "if exists vendor-class-identifier { min-lease-time 600; option dhcp-server-identifier 203.0.113.1; }"
        "option server.min-lease-time 900; default-lease-time 60; server-identifier 203.0.113.2;" + HOME % "",
        (ALPHA, {"seconds": 900, "dhcp-server-identifier": ["203.0.113.2"]}),
    ),
    case(
        "block of an outer scope",
        'if exists vendor-class-identifier { option domain-name "block"; option host-name "block"; }'
        + HOME % 'option domain-name "subnet"; ',
        (ALPHA, {"domain-name": "subnet", "host-name": "block"}),
    ),
    case(
        "cases without a break",
        'switch (option vendor-class-identifier) { case "alpha": option domain-name "alpha"; case "beta": '
        'option host-name "beta"; break; default: option domain-name "default"; }' + HOME % "",
        (ALPHA, {"domain-name": "alpha", "host-name": "beta"}),
        (PLAIN, {"domain-name": "default", "host-name": None}),
    ),
    case(
        "append to an expression without a value",
        "option domain-name = option vendor-class-identifier;" + HOME % 'append domain-name "subnet";',
        (ALPHA, {"domain-name": "alphasubnet"}),
        (PLAIN, {"domain-name": None}),
    ),
    case(
        "statements that run twice",
        LINK % (f"append ntp-servers 203.0.113.1; range 192.0.2.8 192.0.2.15;host a {{ {HOST} }}", "", ""),
        (PLAIN, {"ntp-servers": ["203.0.113.1", "203.0.113.1"]}),
        (OTHER, {"ntp-servers": ["203.0.113.1"]}),
    ),
    case(
        "default, prepend, append",
        "option ntp-servers 203.0.113.1;"
        + HOME % "default ntp-servers 203.0.113.2; prepend ntp-servers 203.0.113.3; append ntp-servers 203.0.113.4;",
        (PLAIN, {"ntp-servers": ["203.0.113.3", "203.0.113.1", "203.0.113.4"]}),
    ),
    # --- what dhcpd adds and omits
    case(
        "waiting comes before the host",
        f"min-secs 3; host a {{ {HOST} min-secs 0; }}" + HOME % "",
        (PLAIN, None),
    ),
    case(
        "names of hosts",
        f"use-host-decl-names on; host a {{ {HOST} }}" + HOME % "",
        (PLAIN, {"host-name": "a"}),
        (OTHER, {"host-name": None}),
    ),
    case(
        "names from the resolver",
        "get-lease-hostnames on;" + HOME % "",
        (Client(CARD, address="192.0.2.9"), {"host-name": "nine.example\0"}),
    ),
    case(
        "options that the server chooses",
        'option dhcp-parameter-request-list 15; option domain-name "a"; option host-name "b";' + HOME % "",
        (PLAIN, {"domain-name": "a", "host-name": None, "subnet-mask": "255.255.255.128"}),
        (Client(OTHER.card, asks="none"), {"domain-name": "a", "host-name": None}),
    ),
    case(
        "vendor options",
        'vendor-option-space acme; option acme.text "a"; option acme.number 2;' + HOME % "",
        (PLAIN, {"vendor-encapsulated-options": "01:01:61:02:02:00:02"}),
    ),
    case(
        "vendor options, and the whole of them",
        'vendor-option-space acme; option acme.text "a"; option vendor-encapsulated-options 07:08;' + HOME % "",
        (PLAIN, {"vendor-encapsulated-options": "07:08"}),
    ),
    case(
        "route by the address itself",
        "use-lease-addr-for-default-route on;" + HOME % "",
        (Client(CARD, address="192.0.2.9"), {"routers": ["192.0.2.9"]}),
    ),
    case(
        "boot parameters",
        'next-server 203.0.113.1; filename "a"; server-name "b";' + HOME % 'filename "c";',
        (PLAIN, {"next": "203.0.113.1", "file": "c", "server": "b"}),
    ),
)
