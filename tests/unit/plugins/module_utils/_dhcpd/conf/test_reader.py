# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declaration from a hand-written dhcpd.conf. dhcpd 4.4.3-P1 was asked what it accepts."""

from __future__ import annotations

import gc
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import (
    collector_paused,
    read_server,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.syntax.formats import (
    ENUMERATIONS,
    OPTIONS,
    PARAMETER_FORMATS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.text import (
    MAX_DEPTH,
    Source,
    Statement,
    parse,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Pool,
    Reservation,
    Server,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { %s }"
HALF = 'failover peer "x" { %s }'


def read(text: str, **includes: str) -> Server:
    return read_server("one", text, includes)


def only(server: Server) -> Finding:
    assert len(server.problems) == 1, [str(problem) for problem in server.problems]
    return server.problems[0]


def clean(text: str, **includes: str) -> Server:
    server = read(text, **includes)
    assert not server.problems, [str(problem) for problem in server.problems]
    return server


def half(text: str) -> Half:
    (found,) = clean(HALF % text).halves
    return found


def pool(text: str) -> Pool:
    (found,) = clean(SUBNET % ("pool { %s }" % text)).pools  # noqa: UP031 - braces are what this text is made of
    return found


def host(text: str) -> Reservation:
    (found,) = clean("host h { %s }" % text).reservations  # noqa: UP031
    return found


# --- whole files ---------------------------------------------------------------------------------------------------


def outline(server: Server) -> dict[str, Any]:
    """A server as plain data, short enough to read."""

    def pools(found: tuple[Pool, ...]) -> list[dict[str, Any]]:
        return [
            {
                "line": item.line,
                "failover": item.failover,
                "ranges": [f"{entry}{' dynamic-bootp' if entry.dynamic_bootp else ''}" for entry in item.ranges],
                "permits": sorted(item.permits),
                "bare": item.bare,
                **scope(item.scope),
            }
            for item in found
        ]

    def scope(found: Any) -> dict[str, Any]:
        """The settings of a scope in addition to the global ones, which are shown once."""
        general = server.scope
        texts = [block.text for block in found.effective_conditionals]
        return {
            "options": {
                name: list(value)
                for name, value in found.effective_options.items()
                if found is general or general.options.get(name) != value
            },
            "parameters": {
                name: list(value)
                for name, value in found.effective_parameters.items()
                if found is general or general.parameters.get(name) != value
            },
            "conditionals": (texts if found is general else texts[len(general.conditionals) :]),
        }

    return {
        "global": scope(server.scope),
        "halves": [{key: value for key, value in asdict(item).items() if value is not None} for item in server.halves],
        "subnets": {
            item.cidr: {
                "line": item.line,
                "shared_network": item.shared_network,
                **scope(item.scope),
                "pools": pools(item.pools),
            }
            for item in server.subnets
        },
        "shared_networks": {
            item.name: {
                "line": item.line,
                "subnets": [subnet.cidr for subnet in item.subnets],
                **scope(item.scope),
                "pools": pools(item.pools),
            }
            for item in server.shared_networks
        },
        "reservations": {
            item.name: {
                "line": item.line,
                "hardware": item.hardware,
                "client_id": item.client_id,
                "addresses": [format_address(address) for address in item.addresses],
                "host_names": list(item.host_names),
                **scope(item.scope),
            }
            for item in server.reservations
        },
        "classes": {
            item.name: {
                "line": item.line,
                "match": item.match,
                "lease_limit": item.lease_limit,
                "subclasses": sorted(item.subclasses),
                **scope(item.scope),
            }
            for item in server.classes
        },
        "option_definitions": {name: list(value) for name, value in server.option_definitions.items()},
        "omapi": asdict(server.omapi) if server.omapi else None,
        "problems": [str(problem) for problem in server.problems],
    }


def shortened(thing: Any) -> Any:
    """Remove empty values."""
    if isinstance(thing, dict):
        return {key: shortened(value) for key, value in thing.items() if value not in ({}, [], None, False)}
    return [shortened(item) for item in thing] if isinstance(thing, list) else thing


def test_a_real_configuration_with_everything_in_it() -> None:
    text = (FIXTURES / "campus.conf").read_text()
    includes = {"/etc/dhcp/relationships.conf": (FIXTURES / "relationships.conf").read_text()}
    expected = yaml.safe_load((FIXTURES / "campus.yml").read_text())
    assert shortened(outline(read_server("campus", text, includes))) == expected


def test_the_same_with_carriage_returns() -> None:
    text = (FIXTURES / "campus.conf").read_text()
    includes = {"/etc/dhcp/relationships.conf": (FIXTURES / "relationships.conf").read_text()}
    dos = {name: part.replace("\n", "\r\n") for name, part in includes.items()}
    assert read_server("x", text.replace("\n", "\r\n"), dos) == read_server("x", text, includes)


def test_the_seed() -> None:
    first, second = (
        read_server(role, (FIXTURES / f"seed-{role}.conf").read_text()) for role in ("primary", "secondary")
    )
    assert (first.problems, second.problems) == ((), ())
    common = {"max_response_delay": 180, "max_unacked_updates": 10, "load_balance_max_seconds": 3, "line": 1}
    one, two = "172.16.1.100", "172.16.1.200"
    assert first.halves == (Half("dhcp-failover", "primary", one, 647, two, 647, mclt=1800, split=128, **common),)
    assert second.halves == (Half("dhcp-failover", "secondary", two, 647, one, 647, **common),)
    assert first.scope == second.scope
    assert [str(item) for found in first.pools for item in found.ranges] == ["172.16.1.220-172.16.1.230"]
    assert first.pools[0].failover == second.pools[0].failover == "dhcp-failover"
    assert first.pools[0].scope.effective_options == {
        "domain-name-servers": ("172.16.1.1",),
        "broadcast-address": ("172.16.1.255",),
        "subnet-mask": ("255.255.255.0",),
        "routers": ("172.16.1.1",),
    }


# --- what is fine --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing; but { a comment",
        "key k { algorithm hmac-md5; secret AAAA; };",
        'key K { algorithm hmac-md5; secret "AAAA"; } zone x. { primary 127.0.0.1; key "k"; } omapi-key k;',
        "% whatever you say;",
        'option server.filename "x";',
        "option unknown-200 01:02;",
        'option space foo; option Foo.bar code 1 = text; option foo.BAR "in a space of its own";',
        'option x code 200 = { ip-address, text }; option x 10.0.0.1 "foo";',
        "option y code 201 = array of\n{ ip-address, integer 8 };",
        'option z code 202 = { # one; "\n ip-address, # two }\n text };',
        'option domain-name "two\nlines";',
        'option domain-name "a \\"quoted\\" {brace}; #";',
        "default-lease-time infinite; max-lease-time 0x10; min-lease-time 010;",
        'if known { filename "x"; } else { deny bootp; }',
        'on release or expiry { execute ("x"); }',
        "on expiry;",
        'define join (one, two) { return concat (one, two); } set own = "y"; eval join (own, "z"); unset own;',
        'ddns-hostname = concat ("a",\n   option host-name);',
        'class "c" { match\n if option host-name = "x"\n and known; }',
        "allow\n unknown-clients;\nauthoritative;\nnot\n authoritative;",
        "host h { fixed-address6 2001:db8::1; }",
        'class "x" { } vendor-class "x" { filename "y"; }',
        'switch (option host-name) { case "a": option domain-name "x"; break; default: filename "y"; }',
        SUBNET % 'interface "eth0"; group { option routers 10.0.0.1; host h { dynamic; } }',
        SUBNET % "pool { no failover peer range 10.0.0.1 10.0.0.2; }",
        'failover peer "a" { peer address 1.1.1.1; }\nshared-network s { failover peer "a";'
        ' subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; failover peer "a"; } } }',
    ],
)
def test_what_dhcpd_accepts_is_no_problem(text: str) -> None:
    clean(text)


VALUES = {
    "I": "10.0.0.1",
    "6": "2001:db8::1",
    "f": "on",
    "t": '"x"',
    "X": '"x"',
    "U": "agent",
    "k": "one",
    "T": "infinite",
}


@pytest.mark.parametrize("name", sorted(PARAMETER_FORMATS))
def test_every_parameter_is_known_in_any_case(name: str) -> None:
    kind = PARAMETER_FORMATS[name]
    choice = ENUMERATIONS[kind[1:-1]][0] if kind[0] == "N" else VALUES.get(kind, "10")
    if name != "authoritative":  # it is a separate word
        clean(f'key one {{ algorithm hmac-md5; secret "AAAA"; }} {name.upper()} {choice};')


def test_every_option_is_known_in_any_case() -> None:
    names = [name if space == "dhcp" else f"{space}.{name}" for space, options in OPTIONS.items() for name in options]
    clean("".join(f'OPTION {name.title()} = "x";\n' for name in names))


# --- scopes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, options, parameters",
    [
        ("option routers 10.0.0.1,010.0.0.2 ;", {"routers": ("10.0.0.1", "10.0.0.2")}, {}),
        ('option domain-search "a" , "b";', {"domain-search": ("a", "b")}, {}),
        ('option domain-name "a"; option Domain-Name "b";', {"domain-name": ("b",)}, {}),
        ("option agent.circuit-id 1:AA;", {"agent.circuit-id": ("01:aa",)}, {}),
        ("server-identifier 10.0.0.1;", {"dhcp-server-identifier": ("10.0.0.1",)}, {}),
        ("option ip-forwarding ON;", {"ip-forwarding": ("true",)}, {}),
        ('supersede host-name "a\\"b";', {"host-name": ('a"b',)}, {}),
        (r'option host-name "\x65\157\\\"\q";', {"host-name": ('eo\\"q',)}, {}),
        (r'option host-name "\303\274";', {"host-name": ("\u00fc",)}, {}),
        ("option default-ip-ttl 010;", {"default-ip-ttl": ("8",)}, {}),
        ("option vendor-class-identifier 70:78:65;", {"vendor-class-identifier": ("pxe",)}, {}),
        ("option vendor-class-identifier 0:70:78;", {"vendor-class-identifier": ("00:70:78",)}, {}),
        ("option vendor-class-identifier 7;", {"vendor-class-identifier": ("07",)}, {}),
        (r'filename "\x65"; server-name "\157";', {}, {"filename": ("e",), "server-name": ("o",)}),
        ("option routers 10 . 0 .0. 1, 10.0.0\n.2;", {"routers": ("10.0.0.1", "10.0.0.2")}, {}),
        ('option host-name "1 . 2 . 3 . 4";', {"host-name": ("1 . 2 . 3 . 4",)}, {}),
        ("authoritative;", {}, {"authoritative": ("true",)}),
        ("authoritative; not authoritative;", {}, {"authoritative": ("false",)}),
        ("ping-check OFF;", {}, {"ping-check": ("false",)}),
        ("deny unknown-clients;", {}, {"boot-unknown-clients": ("false",)}),
        ("ignore bootp;", {}, {"allow-bootp": ("ignore",)}),
        ("next-server 10.0.0.09;", {}, {"next-server": ("10.0.0.9",)}),
        ("default-lease-time 600; option server.default-lease-time 700;", {}, {"default-lease-time": ("700",)}),
        ("max-lease-time infinite;", {}, {"max-lease-time": ("-1",)}),
        ("min-lease-time 0x12c;", {}, {"min-lease-time": ("300",)}),
        ("min-lease-time 010;", {}, {"min-lease-time": ("8",)}),
        ('filename = concat ("a","b");', {}, {"filename": ('= concat("a", "b")',)}),
    ],
)
def test_statements_of_a_scope(text: str, options: dict[str, Any], parameters: dict[str, Any]) -> None:
    server = clean(text)
    assert server.scope.options == options
    assert server.scope.parameters == parameters


def test_scopes_inherit_from_groups_and_shared_networks() -> None:
    server = clean(
        """
        option domain-name "global"; default-lease-time 10;
        group { option domain-name "group"; next-server 10.0.0.9;
          shared-network s { default-lease-time 20;
            subnet 10.0.1.0 netmask 255.255.255.0 { }
            group { max-lease-time 30;
              subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; min-lease-time 5; } }
            }
            next-server 10.0.0.10;
          }
        }
        """
    )
    scope = server.pools[0].scope
    assert scope.effective_options == {"domain-name": ("group",)}
    assert scope.effective_parameters == {
        "default-lease-time": ("20",),
        "next-server": ("10.0.0.10",),
        "max-lease-time": ("30",),
        "min-lease-time": ("5",),
    }
    assert [subnet.shared_network for subnet in server.subnets] == ["s", None], "in a group, a subnet is its own link"
    assert server.shared_networks[0].subnets == server.subnets[:1]


@pytest.mark.parametrize(
    "link, joined",
    [
        ('range 10.0.0.9; pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; }', [None]),
        ('pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; } range 10.0.0.9;', [0]),
        ('pool { failover peer "x"; allow all clients; range 10.0.0.1; } range dynamic-bootp 10.0.0.9;', [0]),
        ('pool { failover peer "x"; range 10.0.0.1; } range 10.0.0.9;', [None]),
        # The first range gets its own pool. The second finds that pool, and dhcpd takes the pool before it.
        ('pool { failover peer "x"; range 10.0.0.1; } range 10.0.0.9; range 10.0.0.11;', [None, 0]),
        (
            'pool { range 10.0.0.1; } pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.2; }'
            "range 10.0.0.9;",
            [0],
        ),
        # The second pool is merged with the first one.
        (
            'pool { failover peer "x"; allow known-clients; range 10.0.0.1; }'
            'pool { failover peer "x"; allow known clients; range 10.0.0.2; }'
            "pool { deny dynamic bootp clients; range 10.0.0.3; } range 10.0.0.9;",
            [0],
        ),
    ],
)
def test_the_pool_that_takes_a_bare_range(link: str, joined: list[int | None]) -> None:
    """Measured: the options and permits of the pool that took the range apply to its clients."""
    (subnet,) = clean(f"{HALF % ''} subnet 10.0.0.0 netmask 255.255.255.0 {{ {link} }}").subnets
    written = [pool for pool in subnet.pools if not pool.bare]
    found = [pool for pool in subnet.pools if pool.bare]
    assert len(found) == len(joined)
    for pool, index in zip(found, joined):
        expected = Pool(None, (), frozenset(), subnet.scope) if index is None else written[index]
        assert (pool.failover, pool.permits) == (expected.failover, expected.permits)
        assert pool.scope is expected.scope


def test_a_bare_range_joins_a_pool_of_its_whole_link() -> None:
    text = f"""{HALF % ""} shared-network s {{
      subnet 10.0.0.0 netmask 255.255.255.0 {{ }}
      pool {{ failover peer "x"; deny dynamic bootp clients; range 10.0.0.1; }}
      subnet 10.0.1.0 netmask 255.255.255.0 {{ range 10.0.1.1; }} }}"""
    (found,) = clean(text).subnets[1].pools
    assert (found.bare, found.failover, found.subnet) == (True, "x", "10.0.1.0/24")


@pytest.mark.parametrize(
    "statements, conditionals",
    [
        ('option host-name "a"; if known { option host-name "b"; }', 1),
        ('if known { option host-name "b"; } option host-name "a";', 2),
        ('if known { option host-name "b"; } option domain-name "a";', 1),
        ('if known { filename "b"; } filename "a";', 2),
    ],
)
def test_statements_after_a_block_replace_it(statements: str, conditionals: int) -> None:
    assert len(clean(statements).scope.conditionals) == conditionals


def test_blanks_in_addresses() -> None:
    declared = clean("subnet 10 . 0 . 0 . 0 netmask 255 . 255 .255 .0 { range 10 . 0.0 . 1 10.0 .0. 9; }")
    assert [(subnet.cidr, str(subnet.pools[0].ranges[0])) for subnet in declared.subnets] == [
        ("10.0.0.0/24", "10.0.0.1-10.0.0.9")
    ]
    assert half("address 192 . 0 . 2 . 1;").address == "192.0.2.1"


def test_a_named_group_replaces_the_blocks_around_a_host() -> None:
    text = """group "g" { option domain-name "named"; }
      group { option domain-name "around"; host a { group "g"; } host b { } }"""
    assert [item.scope.effective_options["domain-name"] for item in clean(text).reservations] == [
        ("named",),
        ("around",),
    ]


@pytest.mark.parametrize(
    "one, other",
    [
        ('if  option host-name="a" {filename "x";}', 'IF option host-name = "a"\n{ FILENAME "x" ; }'),
        ("if known { fun(1); } elsif (own) { fun(2); } else { }", "if known{fun (1);}\nelse if own{fun( 02 );}else{}"),
        ('set own = concat("a b","c");', 'set own  =  concat ( "a b" , "c" ) ; # comment'),
        ("if hardware = 1:2:a { deny bootp; }", "if ((hardware) = 01:02:0A) { allow-bootp off; }"),
        ("on commit or expiry { eval pick(hardware); }", "on expiry or commit { eval pick-first-value (hardware); }"),
        ("if known { supersede time-offset 010; }", "if known { option Time-Offset 0x8; }"),
        ("if known and (not static or known) { }", "if (known and ((not (static)) or known)) { }"),
    ],
)
def test_conditionals_are_the_same_however_they_are_laid_out(one: str, other: str) -> None:
    assert clean(one).scope.conditionals == clean(other).scope.conditionals
    assert len(clean(one).scope.conditionals) == 1


def test_conditionals_that_differ_are_not_the_same() -> None:
    assert clean('if known { filename "a"; }').scope != clean('if known { filename "A"; }').scope


# --- relationships -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, field, value",
    [
        ("primary;", "role", "primary"),
        ("SECONDARY;", "role", "secondary"),
        ("address 010.0.0.1;", "address", "10.0.0.1"),
        ("address one.example.org;", "address", "one.example.org"),
        ("port 70000;", "port", 70000),
        ("port -5;", "port", -5),
        ("peer port 0;", "peer_port", 0),
        ("peer address 1.2.3.4;", "peer_address", "1.2.3.4"),
        ("Load  Balance\nMax Seconds 3;", "load_balance_max_seconds", 3),
        ("hba FF:0:\n1;", "hba", "ff:00:01"),
        ("split 0256;", "split", 256),
        ("mclt 1800 ;", "mclt", 1800),
        ("auto-partner-down 5;", "auto_partner_down", 5),
        ("peer max-response-delay 5; peer mclt 3;", "max_response_delay", None),
    ],
)
def test_statements_of_a_half(text: str, field: str, value: Any) -> None:
    assert getattr(half(text), field) == value


@pytest.mark.parametrize(
    "name, expected", [("bare-name", "bare-name"), ('"a \\"b\\" {c};#"', 'a "b" {c};#'), ('""', "")]
)
def test_names_of_relationships(name: str, expected: str) -> None:
    (found,) = clean(f"failover peer {name} {{ primary; }}").halves
    assert found.name == expected


@pytest.mark.parametrize(
    "text, word, hint",
    [
        ("second;", "`second`", "`secondary`"),
        ("max-unacked-update 10;", "`max-unacked-update 10`", "`max-unacked-updates`"),
        ("peer adress 1.1.1.1;", "`peer adress 1.1.1.1`", "`peer address`"),
        ("load balance max secs 3;", "`load balance max secs 3`", "`load balance max seconds"),
        ("default-lease-time 3;", "`default-lease-time 3`", ""),
    ],
)
def test_a_misspelt_statement_in_a_half_is_an_error(text: str, word: str, hint: str) -> None:
    problem = only(read(HALF % text))
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-unknown", "error", 1)
    assert word in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text, field, hint",
    [
        ("port 647;\nport 648;", "port", "`peer port`"),
        ("mclt 1;\nmclt 2;", "mclt", "Remove"),
        ("primary;\nsecondary;", "role", "Remove"),
    ],
)
def test_the_last_of_two_statements_wins(text: str, field: str, hint: str) -> None:
    server = read(HALF % text)
    problem = only(server)
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-repeated", "warning", 2)
    assert hint in problem.hint
    assert getattr(server.halves[0], field) in (648, 2, "secondary")


@pytest.mark.parametrize("value", ["half", "http", "12x", "", "1 2", "0x10", "1.5"])
def test_invalid_numbers(value: str) -> None:
    server = read(HALF % f"port {value};")
    assert only(server).severity.value == "error"
    assert server.halves[0].port is None


def test_dhcpd_does_not_mind_how_long_a_number_is() -> None:
    assert (half("port " + "9" * 1400 + ";").port or 0) > 65535


def test_both_declarations_of_one_name_are_kept_for_the_rules() -> None:
    server = clean(HALF % "primary;" + HALF % "secondary;")
    assert [found.role for found in server.halves] == ["primary", "secondary"]


REFER = 'subnet 10.0.0.0 netmask 255.255.255.0 { pool { failover peer "x"; range 10.0.0.1; } }'


@pytest.mark.parametrize(
    "text, slug, line",
    [
        (REFER + "\n" + HALF % "", "relationship-after-pool", 1),
        (HALF % "" + '\nfailover peer "x";', "reference-outside-pool", 2),
        (HALF % "" + '\ngroup { failover peer "x"; }', "reference-outside-pool", 2),
        (HALF % "" + "\n" + SUBNET % 'failover peer "x"; range 10.0.0.1;', "reference-outside-pool", 2),
        (HALF % "" + '\nshared-network s { failover peer "x"; ' + SUBNET % "" + "}", "reference-outside-pool", 2),
        (SUBNET % "pool { no failover peer; range 10.0.0.1; }", "no-failover-statement", 1),
        (SUBNET % "pool { failover peer x; range 10.0.0.1; }", "syntax", 1),
        (SUBNET % "pool { failover x; range 10.0.0.1; }", "syntax", 1),
        ("group {\n" + HALF % "" + "}", "declaration-invalid", 2),
        ('failover peer "x" state {\n my state normal; }', "statement-unknown", 1),
        (HALF % "" + '\nfailover peer "x" state normal;', "syntax", 2),
        ("failover x;", "syntax", 1),
        ('failover pair "x" { primary; }', "syntax", 1),
        (SUBNET % 'pool { allow members of "c"; range 10.0.0.1; }' + '\nclass "c" { }', "class-unknown", 1),
    ],
)
def test_references_that_dhcpd_rejects(text: str, slug: str, line: int) -> None:
    problem = only(read(text))
    assert (problem.slug, problem.line) == (slug, line)


def test_pools_inherit_from_the_shared_network_before_them() -> None:
    server = read(
        """
        failover peer "a" { } failover peer "b" { }
        shared-network s {
          subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; } }
          failover peer "a";
          subnet 10.0.1.0 netmask 255.255.255.0 { pool { range 10.0.1.1; } pool { failover peer "b"; range 10.0.1.2; } }
          pool { no failover peer; range 10.0.1.3; }
        }
        """
    )
    assert [found.failover for found in server.pools] == [None, "a", "b", None]
    assert [problem.slug for problem in server.problems] == ["reference-outside-pool", "no-failover-statement"]


def test_a_relationship_in_a_shared_network_is_inherited_too() -> None:
    server = clean(
        'shared-network s { failover peer "a" { } subnet 10.0.0.0 netmask 255.255.255.0 { pool { range 10.0.0.1; } } }'
    )
    assert server.pools[0].failover == server.halves[0].name == "a"


# --- pools and subnets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, expected",
    [
        ("range 10.0.0.1;", ["10.0.0.1"]),
        ("range 10.0.0.9\n010.0.0.2;", ["10.0.0.9-10.0.0.2"]),
        ("range 10.0.0.1 10.0.0.2; range 10.0.0.5;", ["10.0.0.1-10.0.0.2", "10.0.0.5"]),
        ("range 10 . 0 . 0 . 1 10.0.0 .2;", ["10.0.0.1-10.0.0.2"]),
    ],
)
def test_ranges(text: str, expected: list[str]) -> None:
    assert [str(item) for item in pool(text).ranges] == expected


def test_dynamic_bootp_belongs_to_its_range() -> None:
    found = pool("range Dynamic-BOOTP 10.0.0.1 10.0.0.2; range 10.0.0.3;")
    assert [item.dynamic_bootp for item in found.ranges] == [True, False]


@pytest.mark.parametrize(
    "text, permit",
    [
        ("allow unknown clients;", "allow unknown-clients"),
        ("Allow UNKNOWN-clients;", "allow unknown-clients"),
        ("deny known clients;", "deny known-clients"),
        ("deny dynamic  bootp clients;", "deny dynamic bootp clients"),
        ('allow members of "A b";', 'allow members of "A b"'),
        ("allow all clients;", "allow all clients"),
        ("allow after 4 2027/08/24 09:14:32;", "allow after 4 2027/08/24 09:14:32"),
    ],
)
def test_permits(text: str, permit: str) -> None:
    assert pool(text + "range 10.0.0.1;").permits == {permit}


@pytest.mark.parametrize("text", ["allow bootp;", "deny members of c;", "allow everybody;", "allow;"])
def test_unknown_permits(text: str) -> None:
    server = read(SUBNET % f"pool {{ {text} range 10.0.0.1; }}")
    assert only(server).severity.value == "error"
    assert server.pools[0].permits == frozenset()


def test_pools_know_where_they_are() -> None:
    text = (
        "\n\nsubnet 10.0.0.0 netmask 255.255.254.0 {\n pool { range 10.0.0.1; }\n\n pool {\n  range\n   10.0.1.1; } }"
    )
    first, second = clean(text).pools
    assert (first.subnet, first.line, second.line, second.ranges[0].line) == ("10.0.0.0/23", 4, 6, 7)


def test_bare_ranges_form_one_pool_of_their_subnet() -> None:
    (found,) = clean(SUBNET % "range 10.0.0.1; option routers 10.0.0.254;\nrange 10.0.0.3 10.0.0.4;").pools
    assert (found.bare, found.failover, found.size, found.line) == (True, None, 3, 1)
    assert found.scope.options == {"routers": ("10.0.0.254",)}


@pytest.mark.parametrize(
    "text, word",
    [
        ('failover peer "x"; failover peer "y";', "failover peer"),
        ("option routers 1.1.1.1; option routers 1.1.1.2;", "option routers"),
        ('filename "a"; filename "b";', "filename"),
    ],
)
def test_repetitions_in_a_pool(text: str, word: str) -> None:
    server = read(HALF % "" + 'failover peer "y" { }' + SUBNET % f"pool {{ {text} range 10.0.0.1; }}")
    problem = only(server)
    assert (problem.slug, problem.severity.value) == ("statement-repeated", "warning")
    assert f"`{word}`" in problem.message


@pytest.mark.parametrize(
    "text, slug",
    [
        ("subnet 10.0.0.0 netmask 255.0.255.0 { }", "netmask-invalid"),
        ("subnet 10.0.1.0 netmask 255.0.255.0 { }", "netmask-invalid"),
        ("subnet 10.1.0.0 netmask 255.0.255.0 { }", "subnet-invalid"),
        ("subnet 10.0.0.999 netmask 255.255.255.0 { }", "subnet-invalid"),
        ("subnet 10.0.0.0/24;", "subnet-invalid"),
        ("subnet 10.0.0.0 netmask 255.255.255.0;", "syntax"),
        ("subnet 10.0.0.0 mask 255.255.255.0;", "subnet-invalid"),
        ("pool { range 10.0.0.1; }", "statement-unknown"),
        ("range 10.0.0.1;", "statement-unknown"),
        ("shared-network s { %s range 10.0.0.1; }" % (SUBNET % ""), "statement-unknown"),
        (SUBNET % "range 10.0.0.1-10.0.0.9;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.300;", "declaration-invalid"),
        (SUBNET % "range;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.1 10.0.0.300;", "declaration-invalid"),
        (SUBNET % "range 10.0.0.1 10.0.0.2 10.0.0.3;", "syntax"),
        ("shared-network { }", "syntax"),
        ("host { }", "syntax"),
        ("host h;", "syntax"),
        ("host h { hardware 52:54:00:00:00:01; }", "declaration-invalid"),
        ("host h { hardware ethernet 52-54-00-00-00-01; }", "declaration-invalid"),
        ("host h { fixed-address 10.0.0.300; }", "declaration-invalid"),
        ("host h { fixed-address; }", "declaration-invalid"),
        ("class c { }", "syntax"),
        ('subclass "c" 1:2;', "class-unknown"),
        ('class "c" { } subclass "c";', "syntax"),
        ("default-lease-time soon;", "declaration-invalid"),
        ("default-lease-time 600 max-lease-time 700;", "declaration-invalid"),
        ("ping-check maybe;", "declaration-invalid"),
        ("filename;", "syntax"),
        ("option routers;", "syntax"),
        ("option;", "syntax"),
        ("option 10.0.0.1;", "syntax"),
        ("if known;", "syntax"),
        ("include x;", "syntax"),
        ("authoritative yes;", "syntax"),
    ],
)
def test_invalid_statements_are_findings(text: str, slug: str) -> None:
    server = read("ddns-update-style none;\n" + text)
    assert (only(server).slug, only(server).line) == (slug, 2)
    assert not [found for found in server.pools if found.ranges and found.ranges[0].last == 0]


# --- reservations, classes, keys -----------------------------------------------------------------------------------


def test_reservations() -> None:
    found = host(
        'hardware Ethernet 8:0:2B:4c:39:ad; fixed-address 10.0.0.1, a.example.org; option host-name "n";'
        " option dhcp-client-identifier 1:2;"
    )
    assert found.hardware == "ethernet 08:00:2b:4c:39:ad"
    assert [format_address(address) for address in found.addresses] == ["10.0.0.1"]
    assert found.host_names == ("a.example.org",)
    assert found.client_id == "01:02"
    assert found.scope.options == {"host-name": ("n",)}
    assert host('uid "abc";').client_id == "abc"
    assert host(r'uid "\x61bc";').client_id == "abc"
    assert host("uid 61:62:63;").client_id == "abc"
    assert [format_address(address) for address in host("fixed-address 10 . 0 . 0 . 1;").addresses] == ["10.0.0.1"]
    assert host("hardware unknown-32 1;").hardware == "unknown-32 1"


def test_classes_and_their_subclasses() -> None:
    (found,) = clean(
        """
        class "c" { match if substring(option vendor-class-identifier,0,3)="PXE"; lease limit 4; next-server 1.1.1.1; }
        subclass "c" 1:8:0:2b:4c:39:ad;
        subclass "c" "MSFT 5.0" { FILENAME "x"; }
        class "c" { filename "y"; }
        """
    ).classes
    assert found.match == 'if substring(option vendor-class-identifier, 0, 3) = "PXE"'
    assert found.lease_limit == 4
    assert found.subclasses == {"01:08:00:2b:4c:39:ad", 'MSFT 5.0 { filename "x"; }'}
    assert {member: scope.effective_parameters for member, scope in found.members.items()} == {
        "MSFT 5.0": {**found.scope.effective_parameters, "filename": ("x",)}
    }
    assert found.scope.parameters == {"next-server": ("1.1.1.1",), "filename": ("y",)}
    assert clean('class "s" { spawn with option agent.circuit-id; }').classes[0].match == (
        "spawn with option agent.circuit-id"
    )


KEY = "c2VjcmV0IHNlY3JldCBzZWNyZXQ="


@pytest.mark.parametrize(
    "text, bits",
    [
        ('key k { algorithm hmac-md5; secret "%s"; };', 160),
        ("KEY k { algorithm hmac-md5; SECRET %s; }", 160),
        ('key "k" { secret %s; algorithm hmac-md5; }', 160),
        ('key k { algorithm hmac-md5; secret "%s }', None),
        ("key k { algorithm hmac-md5; secret %s }", None),
        ("key k { algorithm hmac-md5; secret %s!; }", None),
        ("key k { algorithm hmac-md5 secret %s; }", None),
        ("key k { algorithm hmac-md5; secrets %s; }", None),
        ("key k\n algorithm hmac-md5;\n secret %s; }", None),
        ("secret %s;", None),
        ("kee k { secret %s; }", None),
        ("kee k { Secret %s; }", None),
        ("if known { secret %s; }", None),
        ("host h { secret %s; }", None),
        ("failover peer x { secret %s; }", None),
        ("option secret %s;", None),
    ],
)
def test_keys_are_measured_and_never_kept(text: str, bits: int | None) -> None:
    server = read("omapi-port 7911; omapi-key k; " + text % KEY)
    assert server.omapi is not None
    assert (server.omapi.port, server.omapi.key) == (7911, "k")
    if bits:
        assert server.omapi.key_bits == bits
        assert not server.problems
    if "option secret" not in text:  # an option goes to every client
        assert KEY[:20] not in repr(server)
        assert KEY[:20] not in "".join(map(str, server.problems))


def test_passwords_are_not_kept() -> None:
    assert "hush" not in repr(read('ldap-password "hush";'))


# --- the text itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, line, column, words",
    [
        ("authoritative;\n  }", 2, 3, "closes nothing"),
        ("authoritative;;", 1, 15, "semicolon"),
        ("group { };", 1, 10, "semicolon"),
        ("authoritative", 1, 14, "`authoritative` has no semicolon"),
        (SUBNET % "range 10.0.0.1", 1, 55, "`range` has no semicolon"),
        ("group {\n  group {\n  authoritative;\n  }\n", 1, 1, "never closed"),
        ('ping-check on;\noption domain-name "x;\noption routers 1.1.1.1;', 2, 20, "string begins here"),
        ('option domain-name "x\\";\n# end', 1, 20, "string begins here"),
        ("option routers 1.1.1.1\ndefault-lease-time 5;", 1, 23, "semicolon after `option routers`"),
        ("option routers 1.1.1.1 # no\nhost h { }", 1, 23, "semicolon after `option routers`"),
        ("host h\n  hardware ethernet 1:2:3:4:5:6;\n}", 1, 7, "opening brace after `host h`"),
        ('failover peer "x"\n  primary;\n}', 1, 18, 'opening brace after `failover peer "x"`'),
        ("group {\n{ authoritative; } }", 2, 1, "block begins without"),
    ],
)
def test_faults_of_the_text_have_line_and_column(text: str, line: int, column: int, words: str) -> None:
    problem = only(read(text))
    assert (problem.slug, problem.severity.value) == ("syntax", "error")
    assert (problem.line, problem.path.split(",")[0]) == (line, f"column {column}")
    assert words in problem.message


def test_reading_goes_on_behind_a_missing_semicolon() -> None:
    server = read(
        'failover peer "x" {\n primary\n address 1.1.1.1\n port 647;\n}\n'
        "subnet 10.0.0.0 netmask 255.255.255.0 {\n option routers 10.0.0.254\n\n pool {\n range 10.0.0.1 }\n}\n"
        "host h { }"
    )
    assert [(problem.slug, problem.line) for problem in server.problems] == [
        ("syntax", 2),
        ("syntax", 3),
        ("syntax", 7),
        ("syntax", 10),
    ]
    assert server.halves == (Half("x", "primary", "1.1.1.1", 647, line=1),)
    assert server.subnets[0].scope.options == {"routers": ("10.0.0.254",)}
    assert (server.pools[0].line, str(server.pools[0].ranges[0])) == (9, "10.0.0.1")
    assert (server.reservations[0].name, server.reservations[0].line) == ("h", 12)


@pytest.mark.parametrize(
    "inner", ["pool {\n range 10.0.0.1;\n", 'failover peer "x" {\n primary;\n', "host h {\n", 'class "c" {\n']
)
def test_a_forgotten_brace_is_found_where_it_matters_and_nothing_is_lost(inner: str) -> None:
    server = read(f"subnet 10.0.0.0 netmask 255.255.255.0 {{\n{inner}}}\nsubnet 10.0.1.0 netmask 255.255.255.0 {{ }}\n")
    syntax = [problem for problem in server.problems if problem.slug == "syntax"]
    assert len(syntax) == 1
    assert [found.cidr for found in server.subnets] == ["10.0.0.0/24", "10.0.1.0/24"]


@pytest.mark.parametrize(
    "text",
    [
        '{"servers": [{"name": "a", "port": 1}]}',
        "---\nservers:\n  - name: a\n    port: 1\n",
        "[section]\nkey = value\n",
        "<html><body>Not found; sorry</body></html>",
        "#!/usr/bin/python\nimport os\nprint(os.name)\n",
        "\x7fELF\x02\x01\x01\0\0\0",
        "P\u00e4ssword: x",
    ],
)
def test_text_that_is_no_configuration_gives_one_finding(text: str) -> None:
    server = read(text)
    problem = only(server)
    assert problem.slug == "syntax"
    assert problem.line is not None
    assert problem.path.startswith("column ")
    assert "no dhcpd.conf" in problem.message
    assert str(problem).isprintable()
    assert not server.halves


@pytest.mark.parametrize(
    "text, line, column, number, half_field",
    [
        ("\nmax\u2010response\u2010delay 180;", 2, 4, "U+2010", ("max_response_delay", 180)),
        ("address \u201c1.1.1.1\u201d;", 1, 29, "U+201C", ("address", "1.1.1.1")),
        ("split\u00a0128;", 1, 26, "U+00A0", ("split", 128)),
    ],
)
def test_typographic_characters(text: str, line: int, column: int, number: str, half_field: tuple[str, Any]) -> None:
    server = read(HALF % text)
    problem = server.problems[0]
    assert (problem.slug, problem.severity.value, problem.line) == ("non-ascii", "error", line)
    assert problem.path == f"column {column}"
    assert number in problem.message
    assert getattr(server.halves[0], half_field[0]) == half_field[1]  # continue with the intended meaning


def test_other_languages_may_stand_in_comments_and_strings() -> None:
    clean('# na\u00efve \u201cquotes\u201d\noption domain-name "caf\u00e9\u2026"; # \u2010')


@pytest.mark.parametrize(
    "text, hint",
    [
        ("defalt-lease-time 5;", "`default-lease-time`"),
        ("option domain-name-server 1.1.1.1;", "`domain-name-servers`"),
        ("mclt 5;", "failover peer"),
        ("lease 10.0.0.1 { }", "lease file"),
        ("allow unknown-client;", "`unknown-clients`"),
        ("deny dynamic bootp clients;", "pool"),
        ('interface "eth0";', "a subnet"),
        ('peer "x";', '`failover peer "NAME";` in a pool'),
        ('subnet 10.0.0.0 netmask 255.255.255.0 { peer "x"; }', '`failover peer "NAME";` in a pool'),
        ("host h { match if known; }", "in a class"),
        ("ldap-port 5;", "run that dhcpd"),
        ("vendor-magic 1, 2;", "dhcpd.conf(5)"),
        ('if known { fielname "x"; }', "`filename`"),
    ],
)
def test_unknown_statements_are_errors_with_a_guess(text: str, hint: str) -> None:
    problem = only(read("authoritative;\n" + text))
    assert (problem.slug, problem.severity.value, problem.line) == ("statement-unknown", "error", 2)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text, does, severity",
    [
        ("second;", "does nothing", "warning"),
        ("own = 1;", "does nothing", "warning"),
        ("log();", "drops", "warning"),
        ("option host-name = fun();", "drops", "warning"),
        ("x = 1;", "rejects", "error"),
        ("own 1;", "rejects", "error"),
        ("fun();", "rejects", "error"),
    ],
)
def test_what_dhcpd_does_with_an_unknown_statement(text: str, does: str, severity: str) -> None:
    problem = only(read("authoritative;" + text))
    assert does in problem.message
    assert problem.severity.value == severity


def test_unknown_statements_are_kept() -> None:
    server = read("vendor-magic 1, 2;\nvendor-block x { y; }")
    assert server.scope.parameters == {"vendor-magic": ("1", "2")}
    assert [block.text for block in server.scope.conditionals] == ["vendor-block x { y; }"]


def test_a_warning_for_every_subnet_is_reported_once() -> None:
    text = "".join(f"subnet 10.0.{number}.0 netmask 255.255.255.0 {{ misspelt; }}\n" for number in range(5))
    problem = only(read(text))
    assert problem.line == 1
    assert "4 more places" in problem.message


def test_an_error_is_reported_for_every_place() -> None:
    text = "".join(f"subnet 10.0.{number}.0 netmask 255.255.255.0 {{ foo 1; }}\n" for number in range(5))
    assert [problem.line for problem in read(text).problems] == [1, 2, 3, 4, 5]


def test_a_warning_is_reported_for_each_relationship() -> None:
    server = read("".join(f'failover peer "{name}" {{ port 1; port 2; }}\n' for name in "ab"))
    assert [problem.path for problem in server.problems] == ['relationship "a"', 'relationship "b"']


# --- includes ------------------------------------------------------------------------------------------------------


def test_an_include_stands_for_its_text() -> None:
    server = read_server(
        "one",
        'ping-check on;\ninclude "/a";\nsubnet 10.0.0.0 netmask 255.255.255.0 {\n include "/b"; }',
        {
            "/a": HALF % "split 1;" + 'include "/c";',
            "/b": '\npool { failover peer "x"; range 10.0.0.1; }',
            "/c": "\nnonsense 1;",
        },
    )
    assert server.halves == (Half("x", split=1, line=2),)
    assert (server.pools[0].failover, server.pools[0].line) == ("x", 4)
    problem = only(server)
    assert (problem.slug, problem.line) == ("statement-unknown", 2)
    assert 'file "/c" line 2' in problem.path


def test_keywords_are_the_same_in_any_case() -> None:
    one = clean('include "a"; option x code 200 = text;', a="authoritative;")
    other = clean('INCLUDE "a"; OPTION X CODE 200 = TEXT;', a="Authoritative;")
    assert one == other
    assert one.option_definitions == {"x": ("200", "text")}


def test_an_include_that_is_not_given() -> None:
    problem = only(read('authoritative;\ninclude "/etc/dhcp/other.conf";'))
    assert (problem.slug, problem.severity.value, problem.line) == ("include-missing", "warning", 2)
    assert '"/etc/dhcp/other.conf"' in problem.message


def test_faults_of_an_included_text_say_where() -> None:
    problem = only(read('\ninclude "a";', a="\n ;"))
    assert (problem.slug, problem.line) == ("syntax", 2)
    assert 'file "a" line 2, column 2' in problem.path


@pytest.mark.parametrize(
    "includes",
    [
        {"0": 'include "0";'},
        {"0": 'include "1";', "1": 'include "0";'},
        {str(number): f'include "{number + 1}";' * 2 for number in range(40)},
        {str(number): "group {" * 60 + f'include "{number + 1}";' + "}" * 60 for number in range(40)},
    ],
)
def test_includes_that_never_end(includes: dict[str, str]) -> None:
    assert only(read_server("one", 'include "0";', includes)).slug in ("syntax", "not-checked")


@pytest.mark.parametrize(
    "text, included",
    [
        (HALF % 'include "a";', "primary;"),
        ('key k { include "a"; }', 'algorithm hmac-md5; secret "AAAA";'),
        ('if known { include "a"; }', "deny bootp;"),
        (SUBNET % 'pool { include "a"; }', "range 10.0.0.1;"),
        ('host h { include "a"; }', "fixed-address 10.0.0.1;"),
        ('class "c" { include "a"; }', "match hardware;"),
    ],
)
def test_includes_that_dhcpd_rejects(text: str, included: str) -> None:
    """It accepts an include only in a scope, and forgets there the rules of the block."""
    assert {problem.severity.value for problem in read(text, a=included).problems} == {"error"}


# --- hostile text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "group {" * 100_000,
        "{" * 100_000,
        "if x {" * 100_000 + "}" * 100_000,
        "}" * 100_000,
        ";" * 100_000,
        '"' * 100_001,
        '"' + '\\"' * 50_000,
        'option x "a\\"\n' * 10_000,
        "default-lease-time 5\n" * 20_000,
        "foo (\noption x\n" * 20_000,
        "if x { } " + "elsif y { } " * 20_000,
        "option x code 1 = {" * 20_000,
        "option x " + "1," * 50_000 + ";",
        "\u201c;\n" * 20_000,
    ],
    ids=range(14),
)
def test_size_and_depth_do_no_harm(text: str) -> None:
    server = read(text)
    assert len(server.problems) < 21_000
    assert all(len(str(problem)) < 1000 for problem in server.problems)


def test_deep_blocks_are_cut_off_and_what_follows_is_read() -> None:
    depth = MAX_DEPTH + 5
    server = read("group {" * depth + "}" * depth + HALF % "primary;")
    assert (only(server).slug, only(server).severity.value) == ("not-checked", "warning")
    assert len(server.halves) == 1


def test_time_grows_with_size_only() -> None:
    """Counted in statements, not in seconds: the fast expression must match all of a plain text."""
    text = "".join(
        f"subnet 10.{n // 256}.{n % 256}.0 netmask 255.255.255.0 {{ range 10.0.0.1; }}\n" for n in range(300)
    )
    statements, problems = parse(Source(text))
    assert not problems
    assert [statement.line for statement in statements] == list(range(1, 301))


def test_the_garbage_collector_is_left_as_it_was() -> None:
    read("authoritative;")
    assert gc.isenabled()
    gc.disable()
    try:
        read("authoritative;")
        assert not gc.isenabled()
    finally:
        gc.enable()


VOCABULARY = """
    { } ; ; " # \\ , = ( ) \u2010 \0 option routers subnet 10.0.0.0 netmask 255.255.255.0 pool range failover peer "x"
    primary address port mclt split shared-network group host hardware ethernet 1:2 fixed-address class match if else on
    switch include key secret allow deny members of no not authoritative default-lease-time 600 code array subclass
    lease limit load balance max seconds 3 option-x server. dynamic-bootp 999.1.1.1
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n"])


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_words_in_any_order_give_findings_only(text: str) -> None:
    server = read(text, x=text)
    assert all(str(problem).isprintable() for problem in server.problems)
    assert repr(server)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_findings_only(text: str) -> None:
    server = read(text)
    assert all(problem.servers == ("one",) for problem in server.problems)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_real_configuration_with_pieces_missing_gives_findings_only(data: st.DataObject) -> None:
    text = (FIXTURES / "campus.conf").read_text()
    for _cut in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        text = text[:start] + text[start + data.draw(st.integers(1, 300)) :]
    read(text)


@pytest.mark.parametrize(
    ("labels", "crashes"),
    [
        ('case "a": break; default:', True),
        ('default: case "a":', True),
        ('case "a": case "b":', True),
        ('case "a": switch (option user-class) { default: }', True),
        ('default: break; case "a": break; default:', False),
        ('case "a": break; case "a":', False),
        ('case "a": default: break;', False),
        ("", False),
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "subnet 192.0.2.0 netmask 255.255.255.0 { %s }",
        'class "c" { match if known; %s }',
        "if known { %s }",
        "on commit { %s }",
        "host h { %s }",
    ],
)
def test_dhcpd_crashes_at_a_last_label(place: str, labels: str, crashes: bool) -> None:
    """`dhcpd -t` accepts all of these: the daemon crashes with its first client."""
    server = read_server("one", place % f"switch (option host-name) {{ {labels} }}")
    assert [problem.slug for problem in server.problems] == ["statement-crash"] * crashes


def test_the_tree_does_not_outlive_the_reading() -> None:
    """failover_validate never collects garbage, so a reference cycle of a server would stay until the end."""
    text = "".join(
        f"subnet 10.0.{number}.0 netmask 255.255.255.0 {{ option routers 10.0.{number}.1; }}\n" for number in range(100)
    )

    def statements() -> int:
        return sum(isinstance(found, Statement) for found in gc.get_objects())

    gc.collect()
    before = statements()
    with collector_paused():
        server = read_server("one", text)
        assert len(server.subnets) == 100
        assert statements() - before < 10
