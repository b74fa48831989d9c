# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exercise's two dhcpd.conf, and an edit that breaks each rule; docs/rules.md shows each as an example."""

from __future__ import annotations

from typing import NamedTuple

HALF = """\
failover peer "dhcp-failover" {
        primary;
        address 172.16.1.100;
        port 647;
        peer address 172.16.1.200;
        peer port 647;
        max-response-delay 180;
        max-unacked-updates 10;
        mclt 1800;
        split 128;
        load balance max seconds 3;
}
"""

SUBNET = """\
subnet 172.16.1.0 netmask 255.255.255.0 {
        option domain-name-servers 172.16.1.1;
        option broadcast-address 172.16.1.255;
        option subnet-mask 255.255.255.0;
        option routers 172.16.1.1;
        pool {
                failover peer "dhcp-failover";
                deny dynamic bootp clients;
                range 172.16.1.220 172.16.1.230;
        }
}
"""

ONE = HALF + SUBNET
TWO = (
    HALF.replace("primary;", "secondary;")
    .replace(" address 172.16.1.100", " address X")
    .replace("peer address 172.16.1.200", "peer address 172.16.1.100")
    .replace(" address X", " address 172.16.1.200")
    .replace("        mclt 1800;\n        split 128;\n", "")
    + SUBNET
)

RANGE = "range 172.16.1.220 172.16.1.230;"
REFERENCE = 'failover peer "dhcp-failover";'
END_OF_POOL = f"{RANGE}\n        }}"
HBA = ":".join(["ff"] * 16 + ["00"] * 16)
SHARED = ("subnet 172", "shared-network campus { subnet 10.0.0.0 netmask 255.255.255.0 { }\nsubnet 172")
RESERVATION = "host printer { hardware ethernet 52:54:00:c1:fb:9c; fixed-address 172.16.1.50; }"
RESERVATION_SPELLED_OTHERWISE = "host laser { fixed-address 172.16.1.50; hardware ethernet 52:54:0:C1:FB:9C; }"
CLASS = 'class "phones" { match if option user-class = "phone"; }\n'
# A second relationship between the same servers: the half of the first with another name, and a pool.
AGAIN = (
    ("subnet 172", 'include "again.conf";\nsubnet 172'),
    (
        END_OF_POOL,
        END_OF_POOL + ' pool { failover peer "again"; deny dynamic bootp clients; range 172.16.1.2 172.16.1.9; }',
    ),
)
SECOND_POOL = (
    (END_OF_POOL, f"{END_OF_POOL} pool {{ {REFERENCE} deny dynamic bootp clients; range 172.16.1.2 172.16.1.9; }}"),
)
PHONES = ("deny dynamic", 'allow members of "phones";\ndeny dynamic')


OMAPI = """\
key omapi { algorithm hmac-sha256; secret "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"; }
omapi-port 7911;
omapi-key omapi;
"""
SPLIT = "subnet 198.51.100.0 netmask 255.255.255.0 {{ range 198.51.100.{} 198.51.100.{}; }}\n"
PLAIN = "subnet 198.51.100.0 netmask 255.255.255.0 { range 198.51.100.100 198.51.100.200; }\n"


class Edit(NamedTuple):
    """Replacements in the two texts; an empty old part inserts at the front. also: further deliberate faults."""

    slug: str
    one: tuple[tuple[str, str], ...] = ()
    two: tuple[tuple[str, str], ...] = ()
    also: frozenset[str] = frozenset()

    @property
    def texts(self) -> tuple[str, str]:
        texts = []
        for text, edits in ((ONE, self.one), (TWO, self.two)):
            half = text[: text.index("subnet")].replace("dhcp-failover", "again")
            texts.append(_edited(text, edits).replace('include "again.conf";\n', half))
        return texts[0], texts[1]


def _edited(text: str, edits: tuple[tuple[str, str], ...]) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new if old or new[-1:] in ("", "\n") else f"{new}\n", 1)
    return text


def both(slug: str, *edits: tuple[str, str], also: frozenset[str] = frozenset()) -> Edit:
    return Edit(slug, edits, edits, also)


# The faulty part without its fault, if removing it would be no example.
GOOD: dict[str, Edit] = {
    edit.slug: edit
    for edit in (
        both("authoritative-late", ("", "authoritative;\n")),
        both("range-includes-reservation", ("", RESERVATION)),
        both("infinite-lease", ("", "max-lease-time 86400;")),
        both("lease-time-order", ("", "max-lease-time 7200; default-lease-time 3600;")),
        both("lease-time-out-of-range", ("", "default-lease-time 3600;")),
        both("mclt-versus-lease-time", ("", "default-lease-time 60; min-lease-time 60;")),
        both("subnet-invalid", ("", "subnet 10.0.0.0 netmask 255.255.255.0 { }\n")),
        both("subnet-overlap", ("", "subnet 172.16.2.128 netmask 255.255.255.128 { }\n")),
        both("host-duplicate-name", ("", RESERVATION + "host laser { hardware ethernet 52:54:00:00:00:01; }")),
        both(
            "host-duplicate-hardware",
            ("", RESERVATION + RESERVATION.replace("printer", "laser").replace(".50", ".51").replace("9c", "9d")),
        ),
        both(
            "host-duplicate-address",
            ("", RESERVATION + RESERVATION.replace("printer", "laser").replace("9c", "9d").replace(".50", ".51")),
        ),
        both("class-unknown", ("", CLASS), PHONES),
        both("omapi-without-key", ("", OMAPI)),
        both("omapi-weak-key", ("", OMAPI)),
        both("port-taken", ("", OMAPI)),
        Edit("range-unprotected", (("", SPLIT.format(100, 149)),), (("", SPLIT.format(150, 200)),)),
        both("hooks-mismatch", ("", 'on commit { log(info, "leased"); }\n')),
        both("ddns-mismatch", ("", "ddns-update-style standard;\n")),
        both("local-port-mismatch", ("", "local-port 6767;\n")),
        both("lease-time-mismatch", ("", "default-lease-time 7200;\n")),
        both("reservation-mismatch", ("", RESERVATION)),
        both("class-mismatch", ("", CLASS), PHONES),
        both("authoritative-mismatch", ("", "authoritative;\n")),
        both("shared-network-mismatch", SHARED, (END_OF_POOL, END_OF_POOL + "}")),
        both("subnet-missing", (SUBNET, SUBNET + SUBNET.replace("172.16.1", "172.16.9"))),
        both("pool-missing", *SECOND_POOL),
        both("pool-not-failover", *SECOND_POOL),
    )
}

# Faults that no dhcpd.conf can show: `servers` of failover_validate, with and without the fault.
VARIABLES: dict[str, tuple[str, str]] = {
    "reservation-outside-subnets": (
        "hosts: [{name: printer, hardware: 52:54:00:c1:fb:9c, address: 172.16.9.50}]",
        "hosts: [{name: printer, hardware: 52:54:00:c1:fb:9c, address: 172.16.1.50}]",
    ),
}

# Unknown variable names, the names that were meant, and the remedy.
NAMES: dict[str, tuple[str, str, str]] = {
    "variable-unknown": (
        "dhcp_server_default_leasetime: 600",
        "dhcp_server_default_lease_time: 600",
        "Did you mean dhcp_server_default_lease_time?",
    ),
}

EDITS = [
    # Relationship.
    Edit("partner-missing", (), ((TWO, SUBNET.replace(REFERENCE, "")),)),
    both("name-unsafe", *[('"dhcp-failover"', '"dhcp\\"failover"')] * 2),
    Edit("name-mismatch", (), (('"dhcp-failover"', '"DHCP-failover"'), ('"dhcp-failover"', '"DHCP-failover"'))),
    Edit("role-conflict", (), (("secondary;", "primary; mclt 1800; split 128;"),)),
    Edit("role-missing", (("primary;", ""),)),
    Edit("address-not-mirrored", (), (("peer address 172.16.1.100", "peer address 172.16.1.101"),)),
    Edit("port-not-mirrored", (), (("peer port 647", "peer port 847"),)),
    Edit("address-missing", (), (("        address 172.16.1.200;\n", ""),)),
    Edit(
        "address-self",
        (("peer address 172.16.1.200", "peer address 172.16.1.100"),),
        (),
        frozenset({"address-not-mirrored"}),
    ),
    Edit("address-invalid", (("peer address 172.16.1.200", "peer address 127.0.0.1"),)),
    Edit("address-hostname", (("peer address 172.16.1.200", "peer address two.example.org"),)),
    Edit("port-out-of-range", ((" port 647", " port 70000"),)),
    Edit("relationship-duplicate", (("", HALF),)),
    Edit("endpoint-shared", AGAIN, AGAIN),
    Edit("mclt-missing", (("mclt 1800;", ""),)),
    Edit("mclt-on-secondary", (), (("secondary;", "secondary; mclt 1800;"),)),
    Edit("mclt-out-of-range", (("mclt 1800", "mclt -1"),)),
    Edit("split-missing", (("split 128;", ""),)),
    Edit("split-out-of-range", (("split 128", "split 257"),)),
    Edit("split-on-secondary", (), (("secondary;", "secondary; split 128;"),)),
    Edit("split-and-hba", (("split 128;", f"split 128; hba {HBA};"),)),
    Edit("hba-malformed", (("split 128;", f"hba {HBA[:-3]};"),)),
    Edit("max-unacked-updates-mismatch", (), (("max-unacked-updates 10", "max-unacked-updates 100"),)),
    both("max-unacked-updates-missing", ("max-unacked-updates 10;", "")),
    both("max-response-delay-missing", ("max-response-delay 180;", "")),
    Edit("max-response-delay-mismatch", (), (("max-response-delay 180", "max-response-delay 60"),)),
    both("load-balance-disabled", ("load balance max seconds 3;", "")),
    Edit("load-balance-mismatch", (), (("load balance max seconds 3", "load balance max seconds 5"),)),
    Edit("auto-partner-down", (("primary;", "primary; auto-partner-down 60;"),)),
    Edit("balance-thresholds", (("primary;", "primary; max-lease-ownership 50;"),)),
    # The text itself.
    Edit("syntax", (("range 172.16.1.220 172.16.1.230;", "range 172.16.1.220 172.16.1.230"),)),
    Edit("statement-unknown", (), (("secondary;", "second;"),)),
    both("statement-crash", ("", 'if known { switch (option user-class) { case "a": break; default: } }\n')),
    Edit("name-undeclared", (("", "zone example.org. { primary 127.0.0.1; key k; }\n"),)),
    Edit("statement-repeated", (), (("peer port 647", "port 647"),)),
    Edit("non-ascii", (("max-response-delay", "max\u2010response\u2010delay"),)),
    Edit("authoritative-late", ((SUBNET, SUBNET + "authoritative;\n"),), ((SUBNET, SUBNET + "authoritative;\n"),)),
    Edit("include-missing", (("", 'include "/etc/dhcp/more.conf";\n'),)),
    Edit("declaration-invalid", (("range 172.16.1.220 172.16.1.230", "range 172.16.1.220 172.16.1.256"),)),
    both("netmask-invalid", ("", "subnet 10.0.9.0 netmask 255.0.255.0 { }\n")),
    both("not-checked", ("", "group {" * 65 + "}" * 65 + "\n")),
    # Use.
    both("relationship-unused", (REFERENCE, ""), ("deny dynamic bootp clients;", "")),
    both(
        "relationship-unknown",
        (
            END_OF_POOL,
            END_OF_POOL + 'pool { failover peer "other"; deny dynamic bootp clients; range 172.16.1.2 172.16.1.9; }',
        ),
    ),
    Edit("relationship-after-pool", ((ONE, SUBNET + HALF),)),
    both("reference-outside-pool", ("pool {", f"{REFERENCE} pool {{")),
    both(
        "no-failover-statement",
        (END_OF_POOL, END_OF_POOL + "pool { no failover peer; range 172.16.1.2 172.16.1.9; }"),
        also=frozenset({"range-bare-beside-failover"}),
    ),
    # Pools.
    both("range-outside-subnet", (RANGE, "range 172.16.1.220 172.16.2.30;")),
    both("range-reversed", (RANGE, "range 172.16.1.230 172.16.1.220;")),
    both("range-overlap", (RANGE, RANGE + "range 172.16.1.225 172.16.1.240;")),
    both("range-includes-network", (RANGE, "range 172.16.1.220 172.16.1.255;")),
    both("range-includes-server", (RANGE, "range 172.16.1.190 172.16.1.230;")),
    both("range-includes-router", (RANGE, "range 172.16.1.1 172.16.1.30;")),
    both("range-includes-reservation", ("", RESERVATION.replace(".50", ".225"))),
    both("range-bare-beside-failover", ("pool {", "range 172.16.1.2 172.16.1.9; pool {")),
    both("dynamic-bootp", ("deny dynamic", "allow dynamic")),
    both("bootp-not-denied", ("deny dynamic bootp clients;", "")),
    both("pool-empty", (END_OF_POOL, END_OF_POOL + f"pool {{ {REFERENCE} deny dynamic bootp clients; }}")),
    both("pool-too-small", (RANGE, "range 172.16.1.220;")),
    both("infinite-lease", ("", "max-lease-time -1;")),
    both("lease-time-order", ("", "max-lease-time 3600; default-lease-time 7200;")),
    both("lease-time-out-of-range", ("", "default-lease-time 0;")),
    both("mclt-versus-lease-time", ("", "default-lease-time 60;")),
    # Subnets, hosts, service.
    both("subnet-invalid", ("", "subnet 10.0.0.1 netmask 255.255.255.0 { }\n")),
    both("subnet-overlap", ("", "subnet 172.16.1.128 netmask 255.255.255.128 { }\n")),
    both("mask-of-another-network", ("subnet-mask 255.255.255.0", "subnet-mask 255.255.0.0")),
    both("router-outside-subnet", ("routers 172.16.1.1", "routers 172.16.2.1")),
    both("subnet-not-local", (SUBNET, SUBNET.replace("172.16.1", "172.16.9"))),
    both("host-duplicate-name", ("", RESERVATION + "host printer { hardware ethernet 52:54:00:00:00:01; }")),
    both(
        "host-duplicate-hardware",
        ("", RESERVATION + RESERVATION.replace("printer", "laser").replace(".50", ".51").replace("00:", "0:")),
    ),
    both("host-duplicate-address", ("", RESERVATION + RESERVATION.replace("printer", "laser").replace("9c", "9d"))),
    both("class-unknown", PHONES),
    both("omapi-without-key", ("", "omapi-port 7911;\n")),
    both("port-taken", (" port 647", " port 7911"), ("peer port 647", "peer port 7911"), ("", OMAPI)),
    both("omapi-weak-key", ("", 'key k { algorithm hmac-md5; secret "YWJjZA=="; }\nomapi-port 7911;\nomapi-key k;\n')),
    # Against the partner.
    Edit("subnet-missing", (("", ""), (SUBNET, SUBNET + SUBNET.replace("172.16.1", "172.16.9")))),
    Edit("pool-missing", SECOND_POOL),
    Edit("range-mismatch", ((RANGE, "range 172.16.1.231 172.16.1.240;"),)),
    Edit("pool-not-failover", SECOND_POOL, (*SECOND_POOL, (REFERENCE, ""))),
    both("range-unprotected", ("", PLAIN)),
    Edit("permit-mismatch", (("deny dynamic", "deny unknown-clients; deny dynamic"),)),
    Edit(
        "netmask-mismatch",
        (
            ("netmask 255.255.255.0", "netmask 255.255.254.0"),
            ("172.16.1.0", "172.16.0.0"),
            ("        option subnet-mask 255.255.255.0;\n", ""),
        ),
    ),
    Edit(
        "shared-network-mismatch",
        (SHARED, (END_OF_POOL, END_OF_POOL + "}")),
        (("", "subnet 10.0.0.0 netmask 255.255.255.0 { }\n"),),
    ),
    Edit("options-mismatch", (("routers 172.16.1.1", "routers 172.16.1.2"),)),
    Edit("hooks-mismatch", (("", 'on commit { log(info, "leased"); }\n'),)),
    Edit("ddns-mismatch", (("", "ddns-update-style standard;\n"),)),
    Edit("local-port-mismatch", (("", "local-port 6767;\n"),)),
    Edit("lease-time-mismatch", (("", "default-lease-time 7200;\n"),)),
    Edit("reservation-mismatch", (("", RESERVATION),)),
    Edit("class-mismatch", (("", CLASS), PHONES), (("", CLASS.replace('"phone"', '"fon"')), PHONES)),
    Edit("authoritative-mismatch", (("", "authoritative;\n"),)),
]

# Edits that change nothing in effect.
HARMLESS = {
    "spelling": Edit(
        "",
        (
            (" address 172.16.1.100", " address 172.016.001.100"),
            ("option routers", "OPTION ROUTERS"),
            (RANGE, "range 172.16.1.220\n 172.16.1.230 ;"),
        ),
    ),
    "comments and strings": both("", ("", '# } "\nfilename "a {b}";\n'), ("port 647;", "port 647; # a }")),
    "inherited": Edit("", (("        option routers 172.16.1.1;\n", ""), ("", "option routers 172.16.1.1;\n"))),
    "group": Edit("", (("subnet 172", "group { ddns-updates off; subnet 172"), (END_OF_POOL, END_OF_POOL + "}"))),
    "reservations and MACs": Edit("", (("", RESERVATION),), (("", RESERVATION_SPELLED_OTHERWISE),)),
    "defaults": Edit("", (("", "default-lease-time 43200; max-lease-time 86400; not authoritative;\n"),)),
    "order": Edit("", (("        primary;\n", ""), ("seconds 3;\n", "seconds 3;\n primary;\n"))),
    "bare name": Edit("", (('failover peer "dhcp-failover" {', "failover peer dhcp-failover {"),)),
}
