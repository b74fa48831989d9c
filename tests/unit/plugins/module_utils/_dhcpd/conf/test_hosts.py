# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations, classes and keys."""

from __future__ import annotations

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import format_address
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._dhcpd.conf.reading import (
    clean,
    host,
    read,
)


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
