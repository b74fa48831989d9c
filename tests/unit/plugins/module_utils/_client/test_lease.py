# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's lease and exchanges, from files that dhclient and dhcpcd wrote on a real machine."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.lease import (
    Heard,
    HeldLease,
    dhclient_lease,
    dhcpcd_lease,
    explain,
    read_conversation,
)

DATA = Path(__file__).parent.parent / "data"
NOW = datetime(2026, 11, 22, 18, 40, tzinfo=timezone.utc)

SERVED = """\
DHCPDISCOVER on ens9 to 255.255.255.255 port 67 interval 4
DHCPOFFER of 172.16.1.225 from 172.16.1.100
DHCPREQUEST for 172.16.1.225 on ens9 to 255.255.255.255 port 67
DHCPACK of 172.16.1.225 from 172.16.1.100
bound to 172.16.1.225 -- renewal in 672 seconds.
"""
REFUSED = """\
DHCPREQUEST for 172.16.1.226 on ens9 to 255.255.255.255 port 67
DHCPNAK from 172.16.1.200
"""
SILENCE = """\
DHCPREQUEST for 172.16.1.225 on ens9 to 255.255.255.255 port 67
DHCPDISCOVER on ens9 to 255.255.255.255 port 67 interval 6
No DHCPOFFERS received.
No working leases in persistent database - sleeping.
"""
DOWN = """\
DHCPDISCOVER on ens9 to 255.255.255.255 port 67 interval 7
send_packet: Network is down
dhclient.c:2600: Failed to send 300 byte long packet over ens9 interface.
"""
DHCPCD_SERVED = """\
dhcpcd-9.4.1 starting
ens9: IAID 25:57:38:6b
ens9: soliciting a DHCP lease
ens9: offered 172.16.1.225 from 172.16.1.100
ens9: probing address 172.16.1.225/24
ens9: leased 172.16.1.225 for 43200 seconds
"""
DHCPCD_REFUSED = "ens9: rebinding lease of 172.16.1.226\nens9: NAK: from 172.16.1.200\n"

OFFER = Heard("offer", "172.16.1.100", "172.16.1.225")
ACK = Heard("ack", "172.16.1.100", "172.16.1.225")
NAK = Heard("nak", "172.16.1.200")


@pytest.mark.parametrize(
    "log, asked, words",
    [
        ("", 0, ()),
        (SERVED, 2, (OFFER, ACK)),
        (REFUSED, 1, (NAK,)),
        (SILENCE, 2, ()),
        (DHCPCD_SERVED, 1, (OFFER, Heard("ack", None, "172.16.1.225"))),
        (DHCPCD_REFUSED, 1, (NAK,)),
    ],
)
def test_a_conversation(log: str, asked: int, words: tuple[Heard, ...]) -> None:
    found = read_conversation(log.splitlines())
    assert (found.asked, found.words, found.troubles) == (asked, words, ())


@pytest.mark.parametrize(
    "log, beginning",
    [
        ("", "the client has not asked on ens9 yet."),
        (SILENCE, "no server answered on ens9, asked 2 times."),
        (REFUSED, "refused on ens9: 172.16.1.200 refused (DHCPNAK)."),
        (
            SERVED + REFUSED,
            "refused on ens9: 172.16.1.100 offered 172.16.1.225; 172.16.1.100 acknowledged 172.16.1.225; 1",
        ),
        (
            SERVED.partition("DHCPREQUEST")[0],
            "offered, but not acknowledged so far on ens9: 172.16.1.100 offered 172.16.1.225.",
        ),
        (SERVED, "acknowledged, but the address is not on ens9: "),
        (DHCPCD_SERVED, "acknowledged, but the address is not on ens9: "),
        (DOWN, "no server could be asked on ens9: send_packet: Network is down. Is its link up"),
    ],
)
def test_why_there_is_no_lease(log: str, beginning: str) -> None:
    assert explain(read_conversation(log.splitlines()), "ens9").startswith(beginning)


class TestDhclient:
    def lease(self, interface: str = "ens9", now: datetime = NOW) -> HeldLease | None:
        with (DATA / "dhclient.leases").open() as lines:
            return dhclient_lease(lines, interface, now)

    def test_the_last_lease_counts(self) -> None:
        assert self.lease() == HeldLease(
            interface="ens9",
            address="172.16.1.225",
            prefix=24,
            netmask="255.255.255.0",
            lease_time=1800,
            server="172.16.1.100",
            routers=["172.16.1.1"],
            domain_name_servers=["172.16.1.1"],
            expires="2026-11-22T19:05:56Z",
        )

    def test_an_expired_lease_does_not_count(self) -> None:
        assert self.lease(now=NOW + timedelta(hours=1)) is None

    def test_another_interface_has_none(self) -> None:
        assert self.lease("ens3") is None

    def test_a_released_lease_is_not_replaced_by_an_older_one(self) -> None:
        older, released = (DATA / "dhclient.leases").read_text().split("lease {")[:0:-1]
        text = f"lease {{{older}lease {{{released}"
        assert dhclient_lease(text.splitlines(keepends=True), "ens9", NOW) is None

    def test_a_bare_lease(self) -> None:
        text = 'lease {\n  interface "e";\n  fixed-address 10.0.0.1;\n  option routers 10.0.0.2,10.0.0.3;\n}\n'
        assert dhclient_lease(text.splitlines(keepends=True), "e", NOW) == HeldLease(
            "e", "10.0.0.1", 32, "255.255.255.255", None, None, ["10.0.0.2", "10.0.0.3"], [], None
        )


class TestDhcpcd:
    packet = (DATA / "dhcpcd.lease").read_bytes()

    def test_a_real_lease(self) -> None:
        found = dhcpcd_lease(self.packet, "ens9", NOW, NOW)
        assert found is not None
        assert found.lease_time is not None
        assert found == HeldLease(
            interface="ens9",
            address="172.16.1.225",
            prefix=24,
            netmask="255.255.255.0",
            lease_time=found.lease_time,
            server=found.server,
            routers=["172.16.1.1"],
            domain_name_servers=["172.16.1.1"],
            expires=(NOW + timedelta(seconds=found.lease_time)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        assert found.server in ("172.16.1.100", "172.16.1.200")

    def test_an_expired_lease_does_not_count(self) -> None:
        assert dhcpcd_lease(self.packet, "ens9", NOW, NOW + timedelta(days=2)) is None

    @pytest.mark.parametrize("size", [0, 16, 236, 241, 245])
    def test_a_truncated_message_is_rejected(self, size: int) -> None:
        assert dhcpcd_lease(self.packet[:size], "ens9", NOW, NOW) is None
