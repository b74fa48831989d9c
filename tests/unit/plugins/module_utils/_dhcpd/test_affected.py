# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leases of a database that a new declaration affects."""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.control import DhcpdControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import parse_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import (
    OPEN,
    Admission,
    Affected,
    Fate,
    Promise,
    Span,
)

SOON = int(time.time()) + 3600


def at(number: int) -> int:
    return (parse_address("192.0.2.0") or 0) + number


def lease(number: int, state: str = "active", ends: str = f"epoch {SOON}", more: str = "") -> str:
    return (
        f"lease 192.0.2.{number} {{\n  starts epoch 1795371596;\n  ends {ends};\n  binding state {state};\n"
        f"  hardware ethernet 02:00:00:00:00:{number:02x};\n{more}}}\n"
    )


def affected(folder: Path, promise: Promise, leases: str, configuration: str = "") -> list[Affected]:
    (folder / "dhcpd.conf").write_text(configuration)
    (folder / "dhcpd.leases").write_text(leases)
    return DhcpdControl(str(folder / "dhcpd.conf"), lease_file=str(folder / "dhcpd.leases")).affected(promise)


def test_active_leases_outside_the_promise(tmp_path: Path) -> None:
    promise = Promise([Span(at(100), at(109), 0, 0)], [OPEN], {})
    leases = [
        lease(100),
        lease(110),
        lease(111, ends=f"epoch {SOON + 7}; # Thu Jan 1", more='  client-hostname "laptop";\n'),
        lease(112, ends="epoch 1795371597"),  # over
        lease(113, "abandoned"),
        lease(114, "free"),
        lease(115),
        lease(115, "released"),  # the last entry counts
        lease(116, "expired"),
        lease(117, "backup"),
    ]
    assert affected(tmp_path, promise, "".join(leases)) == [
        Affected(
            Fate.UNSERVED,
            False,
            [(at(110), at(111))],
            SOON + 7,
            [(at(110), "02:00:00:00:00:6e"), (at(111), "laptop")],
        )
    ]


def test_a_lease_that_never_ends(tmp_path: Path) -> None:
    bootp = lease(110, ends="never", more='  dynamic-bootp;\n  client-hostname "\\033[31mred";\n')
    assert affected(tmp_path, Promise([], [], {}), bootp + lease(111)) == [
        Affected(
            Fate.UNSERVED,
            False,
            [(at(110), at(111))],
            None,
            [(at(110), "02:00:00:00:00:6e"), (at(111), "02:00:00:00:00:6f")],
        )
    ]


def test_clients_are_known_by_hardware_or_identifier(tmp_path: Path) -> None:
    known = {"ethernet 02:00:00:00:00:6e": [], "identifier 41:42": [], "identifier 01:02": []}
    promise = Promise([Span(at(100), at(119), 0, 0)], [Admission(unknown=False, known=True)], known)
    leases = [
        lease(110),
        lease(111),
        lease(112, more='  uid "AB";\n'),
        lease(113, more='  uid "\\001\\002";\n'),
        lease(114, more="  uid 1:3;\n"),
    ]
    (found,) = affected(tmp_path, promise, "".join(leases))
    assert (found.fate, found.addresses) == (Fate.DENIED, [(at(111), at(111)), (at(114), at(114))])


def test_permits_about_classes_count_if_they_are_new(tmp_path: Path) -> None:
    permits = ('allow members of "v"',)
    promise = Promise([Span(at(100), at(119), 0, 0)], [Admission(unknown=False, known=False, permits=permits)], {})
    pool = "subnet 192.0.2.0 netmask 255.255.255.0 {{ pool {{ range 192.0.2.100 192.0.2.119; {} }} }}"
    assert affected(tmp_path, promise, lease(110), pool.format('allow members of "v";')) == []
    (found,) = affected(tmp_path, promise, lease(110), pool.format(""))
    assert (found.fate, found.addresses) == (Fate.UNSURE, [(at(110), at(110))])


def test_reservations_that_end(tmp_path: Path) -> None:
    host = "host h{0} {{ hardware ethernet 02:00:00:00:00:{0:02x}; fixed-address 192.0.2.{0}; }}\n"
    configuration = "".join(map(host.format, (50, 51, 52)))
    reserved = {
        "ethernet 02:00:00:00:00:32": [(at(50), 0)],
        "ethernet 02:00:00:00:00:33": [(at(53), 0)],
    }
    promise = Promise([Span(at(100), at(109), 0, 0)], [OPEN], reserved)
    assert affected(tmp_path, promise, "", configuration) == [
        Affected(Fate.UNSERVED, True, [(at(51), at(52))], None, [(at(51), "h51"), (at(52), "h52")])
    ]
