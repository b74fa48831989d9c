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
from hypothesis import given
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
    Server,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    HALF,
    SUBNET,
    clean,
    only,
    read,
)

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


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
    gc.enable()  # failover_validate, run in this process, switches it off
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


@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_words_in_any_order_give_findings_only(text: str) -> None:
    server = read(text, x=text)
    assert all(str(problem).isprintable() for problem in server.problems)
    assert repr(server)


@given(st.text(max_size=200))
def test_any_text_gives_findings_only(text: str) -> None:
    server = read(text)
    assert all(problem.servers == ("one",) for problem in server.problems)


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
