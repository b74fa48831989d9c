# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof finds what a file lacks, changes or reorders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.proof import Proof, prove
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.reader import read_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Server

HALF = 'failover peer "x" { primary; address 10.9.0.1; peer address 10.9.0.2; mclt 60; split 128; }'
SUBNET = "subnet 10.0.0.0 netmask 255.255.255.0 { %s }"
POOL = "pool { range 10.0.0.10 10.0.0.20; %s }"
KEY = 'key %s { algorithm hmac-md5; secret "AAAA"; }'


@dataclass(frozen=True)
class Known:
    text: str
    includes: Mapping[str, str] = field(default_factory=dict)

    @property
    def live(self) -> Server:
        return read_server("one", self.text, self.includes)


def proof(live: str, rendered: str, includes: Mapping[str, str] | None = None, **new: str) -> Proof:
    # Variables that add nothing to the file.
    return prove(Known(live, includes or {}), {"name": "one", "omapi": False, "extra": rendered}, rendered, new)


TWO_CLASSES = (
    'class "a" { match if known; option domain-name "a"; }',
    'class "b" { match if known; option domain-name "b"; }',
)
TWO_HOSTS = (
    'host a { hardware ethernet 2:0:0:0:0:1; option host-name "a"; }',
    'host b { hardware ethernet 2:0:0:0:0:1; option host-name "b"; }',
)


@pytest.mark.parametrize(
    "live, rendered, place, values",
    [
        (SUBNET % "option routers 10.0.0.1;", SUBNET % "", "subnet 10.0.0.0/24, option routers", ("10.0.0.1", None)),
        (
            SUBNET % POOL % "deny known-clients;",
            SUBNET % POOL % "",
            "subnet 10.0.0.0/24, pool 10.0.0.10-10.0.0.20, deny known-clients",
            ("present", None),
        ),
        (" ".join(TWO_CLASSES), " ".join(TWO_CLASSES[::-1]), "order of the classes", ("a, b", "b, a")),
        (
            " ".join(TWO_HOSTS),
            " ".join(TWO_HOSTS[::-1]),
            "order of the reservations of ethernet 02:00:00:00:00:01",
            ("a, b", "b, a"),
        ),
        ('log (info, "x");', "", "global", ('log ( info , "x" );', None)),
        (
            SUBNET % 'interface "eth0";',
            SUBNET % "",
            "subnet 10.0.0.0 netmask 255.255.255.0",
            ('interface "eth0";', None),
        ),
        ("option space a;", "", "global", ("option space a;", None)),
        (KEY % "k", "", "global", ("key k", None)),
        (
            f"{KEY % 'k'} zone a. {{ primary 127.0.0.1; key k; }}",
            KEY % "k",
            "global",
            ("zone a. { primary 127.0.0.1; key k; }", None),
        ),
        (
            f"{KEY % 'k'} zone a. {{ primary 127.0.0.1; key k; }}",
            f"{KEY % 'k'} zone a. {{ primary 127.0.0.2; key k; }}",
            "global",
            ("zone a. { primary 127.0.0.1; key k; }", None),
        ),
        ("", 'log (info, "x");', "global", (None, 'log ( info , "x" );')),
        # The same statements, but a range before the pools is in none of them.
        (
            HALF + SUBNET % 'pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.9; } range 10.0.0.50;',
            HALF + SUBNET % 'range 10.0.0.50; pool { failover peer "x"; deny dynamic bootp clients; range 10.0.0.9; }',
            "a client on 10.0.0.50, relationship",
            ("x", None),
        ),
    ],
)
def test_a_difference(live: str, rendered: str, place: str, values: tuple[str | None, str | None]) -> None:
    assert proof(live, live) == Proof()
    found = proof(live, rendered)
    assert not found.holds
    first = found.differences[0]
    assert (first.subject, (first.found, first.wanted)) == (place, values)


@pytest.mark.parametrize(
    "live, rendered",
    [
        # In another order, which does not matter here.
        (f"{SUBNET % ''} option routers 10.0.0.1;", f"option routers 10.0.0.1; {SUBNET % ''}"),
        (
            SUBNET % "" + "host a { uid 1:2; fixed-address 10.0.0.1; } host b { uid 1:2; }",
            SUBNET % "" + "host b { uid 1:2; } host a { uid 1:2; fixed-address 10.0.0.1; }",
        ),
        (SUBNET % "host a { fixed-address 10.0.0.1; }", SUBNET % "" + "host a { fixed-address 10.0.0.1; }"),
        (
            f"shared-network s {{ {SUBNET % 'host a { dynamic; fixed-address 10.0.0.1; }'} }}",
            f'shared-network "s" {{ {SUBNET % ""} }} host a {{ dynamic; fixed-address 10.0.0.1; }}',
        ),
        # The role's own key.
        (SUBNET % "", KEY % "omapi_key" + SUBNET % ""),
    ],
)
def test_no_difference(live: str, rendered: str) -> None:
    assert proof(live, rendered) == Proof()


def test_what_dhcpd_would_reject() -> None:
    members = SUBNET % POOL % 'allow members of "a";'
    found = proof(f'class "a" {{ }} {members}', f'{members} class "a" {{ }}')
    assert [finding.slug for finding in found.rejected] == ["class-unknown"]
    assert proof("", 'include "/no/such/file";').rejected[0].slug == "include-missing"


def test_old_faults_are_not_new() -> None:
    text = SUBNET % POOL % 'allow members of "a";' + 'class "a" { }'
    assert Known(text).live.problems != ()
    assert proof(text, f"\n{text}") == Proof()


def test_files_replace_parts_of_the_text() -> None:
    text = KEY % "k" + "zone a. { primary 127.0.0.1; key k; }"
    rendered = 'include "keys"; zone a. { primary 127.0.0.1; key k; }'
    assert proof(text, rendered, keys=KEY % "k") == Proof()
    assert not proof(text, rendered, keys="").holds


def test_includes_are_read_on_both_sides() -> None:
    text, rendered = 'include "i";', "option routers 10.0.0.1;"
    assert proof(text, rendered, {"i": "option routers 10.0.0.1;"}) == Proof()
    assert not proof(text, rendered, {"i": "option routers 10.0.0.2;"}).holds
