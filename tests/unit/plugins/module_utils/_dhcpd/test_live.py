# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a configuration that leaves its host: everything except comments and secrets."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.live import collect, interfaces, redacted

SECRET = "c2VjcmV0LXNlY3JldA=="  # noqa: S105 - what must not be found again


@pytest.mark.parametrize(
    "text",
    [
        f'key k {{ algorithm hmac-md5; secret "{SECRET}"; }};',
        f"key k {{ SECRET {SECRET}; }}",
        f'key k {{ secret\n  "{SECRET}"\n; }}',
        f'# secret "{SECRET}";',
        f'key k {{ secret # "old"\n "{SECRET}"; }}',
        f'option domain-name "unclosed;\nkey k {{ secret "{SECRET}"; }}',
        f'option domain-name "over\nlines"; key k {{ secret "{SECRET}"; }}',
        f'key k {{ secret "{SECRET}',
        f'key k {{ secret "{SECRET}"; }} # was "{SECRET}"\noption host-name "{SECRET}";',
        f'ldap-password "{SECRET}";',
    ],
)
def test_no_secret_is_left(text: str) -> None:
    found, _includes = collect(text, lambda _name: None)
    assert SECRET not in found
    assert SECRET[:8] not in found
    assert found.count("\n") == text.count("\n")


def test_the_rest_is_as_it_was() -> None:
    text = 'option host-name "secret # weapon";\nsubnet 10.0.0.0 netmask 255.0.0.0 {\n  option routers 10.0.0.1;\n}\n'
    assert redacted(text) == text


def test_a_key_keeps_its_length() -> None:
    zeros = b64encode(bytes(len(b64decode(SECRET)))).decode()
    assert redacted(f'key k {{ secret "{SECRET}"; }}') == f'key k {{ secret "{zeros}"; }}'
    assert redacted("key k { secret no.base64; }") == "key k { secret *********; }"


def test_included_files_are_found_through_others_and_lose_their_secrets() -> None:
    files = {"a": 'include "b"; # comment', "b": f'include "a"; key k {{ secret "{SECRET}"; }}'}
    text, includes = collect(f'include "a"; include "gone"; option host-name "{SECRET}";', files.get)
    assert set(includes) == {"a", "b"}
    assert SECRET not in text + "".join(includes.values())
    assert "comment" not in includes["a"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ('INTERFACESv4="ens9 ens10"\n', ["ens9", "ens10"]),
        ('# INTERFACESv4="x"\nINTERFACESv4=""\nINTERFACESv6="ens1"', []),
        ("DHCPDARGS='-q ens9'", ["ens9"]),
        ("INTERFACES=eth0", ["eth0"]),
    ],
)
def test_interfaces(text: str, expected: list[str]) -> None:
    assert interfaces(text) == expected
