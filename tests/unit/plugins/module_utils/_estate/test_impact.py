# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change means for clients: the promise of a declaration, and the sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._estate.impact import (
    ChangedServer,
    judge,
    promise,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import parse_address
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import Interval
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import (
    OPEN,
    Admission,
    Affected,
    Fate,
)

END = 1795371596.0


def at(number: int) -> int:
    return (parse_address("192.0.2.0") or 0) + number


# --- the promise ---------------------------------------------------------------------------------------------


def spans(text: str) -> list[tuple[int, int, Admission, int]]:
    found = promise(dialect("dhcpd").parse("a", text, {}))
    return [(span.low - at(0), span.high - at(0), found.admissions[span.admission], span.link) for span in found.spans]


NET = "subnet 192.0.2.0 netmask 255.255.255.0 { %s }"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("pool { range 192.0.2.10 192.0.2.19; }", OPEN),
        ("pool { deny dynamic bootp clients; range 192.0.2.10 192.0.2.19; }", OPEN),
        ("range 192.0.2.10 192.0.2.19;", OPEN),
        ("pool { deny unknown-clients; range 192.0.2.10 192.0.2.19; }", Admission(unknown=False, known=True)),
        ("pool { allow unknown clients; range 192.0.2.10 192.0.2.19; }", Admission(unknown=True, known=False)),
        ("pool { deny all clients; range 192.0.2.10 192.0.2.19; }", Admission(unknown=False, known=False)),
        ("deny unknown-clients; range 192.0.2.10 192.0.2.19;", Admission(unknown=False, known=True)),
        ("deny booting; range 192.0.2.10 192.0.2.19;", Admission(unknown=False, known=False)),
        (
            'pool { allow members of "c"; range 192.0.2.10 192.0.2.19; }',
            Admission(unknown=False, known=False, permits=('allow members of "c"',)),
        ),
    ],
)
def test_whom_a_pool_admits(text: str, expected: Admission) -> None:
    assert spans(f'class "c" {{ match hardware; }} {NET % text}') == [(10, 19, expected, 0)]


def test_links_and_reservations() -> None:
    found = promise(
        dialect("dhcpd").parse(
            "a",
            "host h { hardware ethernet 02:00:00:00:00:0A; fixed-address 192.0.2.5, 192.0.3.5, 10.9.9.9; }"
            "host i { option dhcp-client-identifier 1:2; fixed-address 192.0.4.5; }"
            "shared-network s { subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10; }"
            " subnet 192.0.3.0 netmask 255.255.255.0 { range 192.0.3.10; } }"
            "subnet 192.0.4.0 netmask 255.255.255.0 { range 192.0.4.10; }",
            {},
        )
    )
    shared, other = found.spans[0].link, found.spans[2].link
    assert [span.link for span in found.spans] == [shared, shared, other]
    assert found.reserved == {
        "ethernet 02:00:00:00:00:0a": [(at(5), shared), (at(256 + 5), shared)],
        "identifier 01:02": [(at(512 + 5), other)],
    }


# --- the sentences -------------------------------------------------------------------------------------------


def half(own: int = 2, peer: int = 3, **changes: Any) -> dict[str, Any]:
    half = {"name": "x", "role": "primary" if own < peer else "secondary", "port": 647, "peer_port": 647}
    return {**half, "address": f"192.0.2.{own}", "peer_address": f"192.0.2.{peer}", **changes}


def affected(*intervals: Interval, fate: Fate = Fate.UNSERVED, ends: float | None = END, **more: Any) -> Affected:
    addresses = [(at(low), at(high)) for low, high in intervals]
    return Affected(fate, more.get("reservations", False), addresses, ends, [(addresses[0][0], "laptop")])


def changed(name: str, *items: Affected, **more: Any) -> ChangedServer:
    halves = more.pop("halves", [half(2, 3) if name == "a" else half(3, 2)])
    live = more.pop("live", [half(2, 3) if name == "a" else half(3, 2)])
    given = [(at(low), at(high)) for low, high in more.pop("given", [(200, 209)])]
    return ChangedServer(name, halves, live, given, items, **more)


def test_nothing_changes_for_clients() -> None:
    found = judge([changed("a"), changed("b")])
    assert (found.refused, found.told, found.lost) == ([], [], {})


def test_a_lease_in_both_databases_counts_once_and_each_alone_counts() -> None:
    found = judge([changed("a", affected((100, 104))), changed("b", affected((103, 106), ends=END + 60))])
    (line,) = found.refused
    assert line.startswith(
        "a and b: 7 active leases would be lost, because no declared range contains "
        "192.0.2.100-192.0.2.106 (192.0.2.100 is laptop, 192.0.2.103 is laptop). "
    )
    assert "The last one ends at 2026-11-22T18:20:56Z." in line
    assert "dhcp_server_lose_leases: true" in line


def test_other_pairs_are_separate_even_with_the_same_addresses() -> None:
    others = {"halves": [half(12, 13)], "live": [half(12, 13)]}
    found = judge([changed("a", affected((100, 100))), changed("c", affected((100, 100)), **others)])
    assert [line.partition(":")[0] for line in found.refused] == ["a", "c"]
    assert "1 active lease would be lost" in found.refused[0]


def test_a_lease_whose_partner_goes_on_serving_it_is_not_lost() -> None:
    """Failover is taken away, and one server keeps the range."""
    alone: dict[str, Any] = {"halves": []}
    found = judge([changed("a", given=[(100, 119)], **alone), changed("b", affected((110, 121)), given=[], **alone)])
    (line,) = found.refused
    assert "2 active leases" in line
    assert "192.0.2.120-192.0.2.121." in line
    assert found.told == [
        'relationship "x" ends. Leases stay on both servers, but neither learns of the other\'s new ones. Let only one '
        "of them give out an address."
    ]


@pytest.mark.parametrize(
    "item, said",
    [
        (affected((1, 1), fate=Fate.DENIED), "because the declaration denies the clients of 192.0.2.1 "),
        (
            affected((1, 2), fate=Fate.UNSURE),
            "leases would be lost, unless the classes of the new permits contain the clients of 192.0.2.1-192.0.2.2 ",
        ),
        (affected((1, 1), ends=None), "Some never end."),
    ],
)
def test_lost_leases(item: Affected, said: str) -> None:
    (line,) = judge([changed("a", item)]).refused
    assert said in line


def test_lost_leases_may_be_accepted_by_all_servers_that_have_them() -> None:
    items = [affected((100, 104))]
    found = judge([changed("a", *items, accepts=True), changed("b", *items, accepts=True)])
    assert (found.refused, len(found.told), len(found.lost)) == ([], 1, 1)
    assert "5 active leases will be lost, because" in found.told[0]
    line, hosts = next(iter(found.lost.items()))
    assert "5 active leases were lost, because" in line
    assert hosts == ["a", "b"]
    assert "dhcp_server_lose_leases" not in found.told[0] + line
    assert len(judge([changed("a", *items, accepts=True), changed("b", *items)]).refused) == 1
    assert judge([changed("a", *items, accepts=True), changed("b")]).refused == []


def test_clients_that_get_another_address_are_told() -> None:
    found = judge([changed("a", affected((1, 2), fate=Fate.MOVED), affected((5, 5), reservations=True))])
    assert found.refused == []
    assert "2 clients will get a reserved address instead of the leased one" in found.told[0]
    assert "1 reserved address will not be renewed any more: 192.0.2.5 (192.0.2.5 is laptop)" in found.told[1]


def test_a_database_that_cannot_be_read_is_told() -> None:
    assert judge([changed("a", problem="no.")]).told == ["WARNING: a: its active leases could not be counted: no."]


@pytest.mark.parametrize(
    "now, lines",
    [
        ({"name": "y"}, ['relationship "x" becomes "y". Leases stay, and clients notice nothing.']),
        (
            {"role": "secondary"},
            ['relationship "x": the servers swap sides. Leases stay, and clients notice nothing.'],
        ),
        (
            {"port": 648},
            ['relationship "x": a listens at port 648 instead of 647. Leases stay, and clients notice nothing.'],
        ),
        ({"port": "647"}, []),
        ({"peer_port": 648}, []),
        (
            {"address": "192.0.2.9"},
            [
                "a moves from 192.0.2.2 to 192.0.2.9. Leases stay. Renewals at the former address are not answered, "
                "and clients rebind later. Releases to it are lost, so those addresses become free only when their "
                "leases end."
            ],
        ),
        (
            {"name": "y", "address": "192.0.2.2", "peer_address": "192.0.2.8"},
            ['relationship "x" becomes "y". Leases stay, and clients notice nothing.'],
        ),
    ],
)
def test_changes_of_a_relationship_are_told(now: dict[str, Any], lines: list[str]) -> None:
    assert judge([changed("a", halves=[half(**now)])]).told == lines


def test_one_of_two_relationships_ends() -> None:
    live = [half(2, 3), half(2, 4, name="y")]
    told = judge([changed("a", halves=[half(2, 4, name="y")], live=live)]).told
    assert [line.partition(".")[0] for line in told] == ['relationship "x" ends']
    told = judge([changed("a", halves=[half(2, 3, name="z"), half(2, 4, name="y")], live=live)]).told
    assert [line.partition(".")[0] for line in told] == ['relationship "x" becomes "z"']
    told = judge([changed("a", halves=[half(2, 9, name="w"), half(2, 4, name="z")], live=live)]).told
    assert [line.partition(".")[0] for line in told] == ['relationship "y" becomes "z"', 'relationship "x" ends']


def test_what_kea_does_is_told_in_its_words() -> None:
    text = json.dumps(
        {
            "Dhcp4": {
                "subnet4": [
                    {
                        "id": 7,
                        "subnet": "192.0.2.0/24",
                        "client-class": "KNOWN",
                        "pools": [{"pool": "192.0.2.10 - 192.0.2.19"}],
                        "reservations": [{"hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.10"}],
                    }
                ]
            }
        }
    )
    found = promise(dialect("kea").parse("a", text, {}))
    assert (found.numbers, found.exclusive) == ([(at(0), at(255), 7)], True)
    assert found.admissions == [Admission(unknown=False, known=True)]
    lost = [
        Affected(fate, reservations=False, addresses=[(at(10), at(10))], ends=END, samples=[])
        for fate in (Fate.UNSERVED, Fate.TAKEN, Fate.RENUMBERED)
    ]
    half = {"name": "x", "address": "192.0.2.1", "peer_address": "192.0.2.2", "port": 8000}
    server = ChangedServer("a", [half], [{**half, "name": "y"}], [], lost, daemon="kea")
    impact = judge([server])
    assert [text.partition(" The last one")[0] for text in impact.refused] == [
        "a: 1 active lease would be lost, because the id of their subnet changes: 192.0.2.10. Kea refuses to renew "
        "such leases, and gives their addresses to nobody until they end. Declare the id that the subnet has now.",
        "a: 1 active lease would be lost, because other clients have reservations of 192.0.2.10. Kea refuses the next "
        "renewal, and then gives another address.",
        "a: 1 active lease would be lost, because no declared range contains 192.0.2.10. Kea refuses to renew such "
        "leases, or does not answer their clients until they end.",
    ]
    assert impact.told == [
        'relationship "y" becomes "x". Leases stay. Until both servers have the change, they do not hear each other, '
        "and both may answer clients."
    ]
