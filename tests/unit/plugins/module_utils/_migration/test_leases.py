# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases on their way to the other daemon. (tests/oracle/migration.py shows that the daemons read them alike.)"""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import bindings as dhcpd
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import SavedState, read_database
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import bindings as kea
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._migration.leases import (
    MAX_NAMED,
    Account,
    Conflict,
    Unlike,
    compare,
    for_dhcpd,
    for_kea,
    latest,
    merge,
    packed,
    read_dhcpd,
    read_kea,
    unpacked,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.bindings import (
    ABANDONED,
    ACTIVE,
    Binding,
    same_client,
)

NOW = 1_795_371_596  # 2026-11-22 18:19:56
SUBNET = 0xC0000200  # 192.0.2.0
LATEST = 0x7FFFFFFE
# dhcpd takes a date from 2038 on for `never`.
LAST_DATE = 2_145_916_799  # 2037-12-31 23:59:59


def spool() -> tempfile._TemporaryFileWrapper[bytes]:
    return tempfile.NamedTemporaryFile()


def address(last: int) -> int:
    return SUBNET + last


def subnet_of(number: int) -> int | None:
    return SUBNET if SUBNET <= number <= SUBNET + 255 else None


def in_pool(number: int) -> bool:
    return subnet_of(number) is not None


def leased(last: int = 20, **changes: Any) -> Binding:
    held = Binding(address(last), ACTIVE, NOW - 100, NOW + 500, b"\x02\0\0\0\0\x01", b"\1\2\0\0\0\0\1")
    return held._replace(**changes)


def abandoned(last: int = 20, **changes: Any) -> Binding:
    return Binding(address(last), ABANDONED, NOW - 100, NOW + 500)._replace(**changes)


NAMELESS = leased(hardware=b"", client_id=b"")


def dhcpd_file(bindings: Iterable[Binding], states: Iterable[SavedState] = ()) -> bytes:
    return b"".join(dhcpd.database(states, bindings))


def from_dhcpd(data: bytes) -> list[Binding]:
    return list(read_dhcpd(BytesIO(data), NOW, spool))


def kea_file(bindings: Iterable[Binding], version: str = "2.6.3") -> bytes:
    return b"".join(kea.table(((held, SUBNET) for held in bindings), kea.form_of(version)))


def from_kea(*files: bytes) -> list[Binding]:
    return list(read_kea(map(BytesIO, files), spool))


def to_kea(bindings: Iterable[Binding]) -> bytes:
    """What a server with these bindings gives to Kea."""
    account = Account()
    form = kea.form_of("3.0.4")
    return b"".join(kea.table(for_kea(merge(bindings, (), NOW, account), subnet_of, form, NOW, account), form))


def to_dhcpd(bindings: Iterable[Binding]) -> bytes:
    account = Account()
    return dhcpd_file(for_dhcpd(merge(bindings, (), NOW, account), in_pool, NOW, account))


hardware = st.binary(min_size=1, max_size=16)
# dhcpd takes any; Kea takes those of an option.
client_ids = st.binary(min_size=2, max_size=255)
hostnames = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=60)
sub_options = st.lists(
    st.tuples(st.integers(1, 254).filter(lambda code: code not in (3, 4, 5)), st.binary(min_size=1, max_size=40))
    | st.tuples(st.sampled_from((3, 4, 5)), st.binary(min_size=4, max_size=4)),
    max_size=4,
    unique_by=lambda item: item[0],
)


@st.composite
def leases(draw: st.DrawFn, last: int | None = None) -> Binding:
    """A lease that both daemons can keep."""
    granted = draw(st.integers(1, NOW))
    return Binding(
        address(draw(st.integers(1, 254)) if last is None else last),
        ACTIVE,
        granted,
        draw(st.none() | st.integers(NOW + 1, LAST_DATE)),
        draw(hardware),
        draw(st.just(b"") | client_ids),
        draw(hostnames).encode(),
        b"".join(bytes((code, len(value))) + value for code, value in draw(sub_options)),
    )


@st.composite
def anything(draw: st.DrawFn, last: int | None = None) -> Binding:
    """Any entry of a database."""
    states = st.sampled_from((ACTIVE, ACTIVE, ACTIVE, ABANDONED, "free", "backup", "expired", "released", "reset"))
    state = draw(states)
    times = st.integers(NOW - 3, NOW + 3)
    held = draw(leases(last))._replace(state=state, granted=draw(times), ends=draw(st.none() | times))
    few = {"hardware": draw(st.sampled_from((b"", b"\2a", b"\2b"))), "client_id": draw(st.sampled_from((b"", b"1a")))}
    return held._replace(**few)


databases = st.dictionaries(st.integers(1, 254), leases(), max_size=5).map(
    lambda found: [held._replace(address=address(last)) for last, held in sorted(found.items())]
)
any_database = st.dictionaries(st.integers(1, 20), anything(), max_size=8).map(
    lambda found: [held._replace(address=address(last)) for last, held in sorted(found.items())]
)


def plain(held: Binding) -> Binding:
    """With the name as Kea keeps it."""
    return held._replace(hostname=held.hostname.lower())


# --- there and back -----------------------------------------------------------------------------------------------


@given(databases)
def test_dhcpd_keeps_a_lease(database: list[Binding]) -> None:
    assert from_dhcpd(dhcpd_file(database)) == database


@given(databases, st.sampled_from(("2.2.0", "2.6.3", "3.0.4")))
def test_kea_keeps_a_lease(database: list[Binding], version: str) -> None:
    assert from_kea(kea_file(database, version)) == [plain(held) for held in database]


@pytest.mark.parametrize("version, longest", [("2.2.0", 128), ("", 128), ("2.4.1", 255), ("2.6.3", 255), ("10.0", 255)])
def test_an_identifier_that_is_too_long(version: str, longest: int) -> None:
    database = [leased(1, client_id=b"x" * longest), leased(2, client_id=b"x" * (longest + 1))]
    account = Account()
    found = [held for held, _subnet in for_kea(database, subnet_of, kea.form_of(version), NOW, account)]
    assert found == [database[0], leased(2, client_id=b"")]
    assert account.named["unheard"] == ["192.0.2.2"]


@given(any_database)
def test_every_client_keeps_its_lease_on_the_way_to_kea_and_back(database: list[Binding]) -> None:
    held = {item.address: item for item in from_dhcpd(dhcpd_file(database)) if item.holds(NOW)}
    back = {item.address: item for item in from_dhcpd(to_dhcpd(from_kea(to_kea(from_dhcpd(dhcpd_file(database))))))}
    assert back.keys() == held.keys()
    for place, item in held.items():
        if item.state == ACTIVE and (item.hardware or item.client_id):
            assert back[place] == plain(item)._replace(granted=back[place].granted)
            assert back[place].granted == item.granted or (item.ends is not None and item.granted >= item.ends)
        else:
            assert (back[place].state, back[place].ends) == (ABANDONED, item.ends)


def quoted(octets: bytes) -> str:
    """As dhcpd writes octets, unless it is told to write hexadecimal ones."""
    plain = range(32, 127)
    parts = [
        f"\\{chr(octet)}" if chr(octet) in '"\\' else chr(octet) if octet in plain else f"\\{octet:03o}"
        for octet in octets
    ]
    return f'"{"".join(parts)}"'


@given(client_ids)
def test_a_client_identifier_may_have_any_octets(octets: bytes) -> None:
    text = f"lease 192.0.2.20 {{\n  binding state active;\n  uid {quoted(octets)};\n}}\n"
    assert [held.client_id for held in from_dhcpd(text.encode("latin-1"))] == [octets]


@given(st.sampled_from(("ethernet", "token-ring", "fddi", "infiniband")), st.binary(min_size=1, max_size=20))
def test_the_kind_of_a_network_card(kind: str, octets: bytes) -> None:
    text = f"lease 192.0.2.20 {{\n  binding state active;\n  hardware {kind} {octets.hex(':')};\n}}\n"
    (held,) = from_dhcpd(text.encode())
    assert (held.hardware, held.kind) == (octets, {"ethernet": 1, "token-ring": 6, "fddi": 8, "infiniband": 32}[kind])
    assert f"hardware {kind} {octets.hex(':')};" in dhcpd_file([held]).decode()


ENTRY = r"""lease 192.0.2.20 {
  starts 0 2026/11/22 18:00:00;
  ends 0 2026/11/22 19:05:56;
  tstp 0 2026/11/22 20:05:56;
  tsfp 0 2026/11/22 21:05:56;
  atsfp 0 2026/11/22 21:05:56;
  cltt 0 2026/11/22 18:05:56;
  binding state active;
  next binding state expired;
  rewind binding state free;
  hardware ethernet 52:54:00:c1:fb:9c;
  uid "\001RT\000\301\373\234";
  set ddns-fwd-name = "a.example.org";
  option agent.circuit-id 0:4:0:1:1:2;
  option agent.remote-id "switch;1";
  option agent.DOCSIS-device-class 7;
  option agent.link-selection 192.0.2.1;
  option agent.unknown-9 a:b;
  client-hostname "A, b";
  on expiry {
    set ends = "x";
  }
}
"""
HELD = Binding(
    address(20),
    ACTIVE,
    1_795_370_756,
    1_795_374_356,
    bytes.fromhex("525400c1fb9c"),
    bytes.fromhex("01525400c1fb9c"),
    b"A, b",
    b"\1\6\0\4\0\1\1\2\2\x08switch;1\4\4\0\0\0\7\5\4\xc0\0\2\1\x09\2\x0a\x0b",
)


def test_an_entry_of_dhcpd() -> None:
    assert from_dhcpd(ENTRY.encode()) == [HELD]


def test_a_row_of_kea() -> None:
    context = json.dumps({"ISC": {"relay-agent-info": {"sub-options": f"0x{HELD.relay.hex().upper()}"}}})
    wanted = (
        "192.0.2.20,52:54:00:c1:fb:9c,01:52:54:00:c1:fb:9c,3600,1795374356,3221225984,0,0,a&#x2c b,0,"
        + context.replace(" ", "").replace(",", "&#x2c")
        + ",0"
    )
    assert kea_file([HELD]).decode().splitlines()[1] == wanted
    assert kea_file([HELD], "2.2.0").decode().splitlines()[1] == wanted.removesuffix(",0")


def test_an_entry_for_dhcpd() -> None:
    (found,) = read_database(BytesIO(dhcpd_file([HELD])))
    assert found.body.decode() == (
        "\n  starts 0 2026/11/22 18:05:56;\n  ends 0 2026/11/22 19:05:56;\n  tstp 0 2026/11/22 19:05:56;"
        "\n  tsfp 0 2026/11/22 19:05:56;\n  atsfp 0 2026/11/22 19:05:56;\n  cltt 0 2026/11/22 18:05:56;"
        "\n  binding state active;\n  next binding state expired;\n  hardware ethernet 52:54:00:c1:fb:9c;"
        "\n  uid 01:52:54:00:c1:fb:9c;\n  option agent.circuit-id 00:04:00:01:01:02;"
        "\n  option agent.remote-id 73:77:69:74:63:68:3b:31;\n  option agent.DOCSIS-device-class 7;"
        '\n  option agent.link-selection 192.0.2.1;\n  option agent.unknown-9 0a:0b;\n  client-hostname "A, b";'
    )


@pytest.mark.parametrize("name", ['a"b', "a\\b", "caf\u00e9", "a\nb"])
def test_a_name_that_dhcpd_could_not_write_is_left_out(name: str) -> None:
    assert from_dhcpd(dhcpd_file([leased(hostname=name.encode())])) == [leased()]


def test_a_pair_starts_as_it_is_told() -> None:
    since = datetime(2026, 11, 22, tzinfo=timezone.utc)
    states = [
        SavedState("one", "normal", since, "normal", since),
        SavedState("two", "normal", since, "normal", since, mclt=600),
    ]
    text = dhcpd_file([leased()], states).decode()
    assert text.startswith("# The format of this file is documented")
    normal = "my state normal at 0 2026/11/22 00:00:00;\n  partner state normal at 0 2026/11/22 00:00:00;\n"
    assert f'failover peer "one" state {{\n  {normal}}}\n' in text
    assert f'failover peer "two" state {{\n  {normal}  mclt 600;\n}}\n' in text
    assert [entry.relationship for entry in read_database(BytesIO(text.encode()))] == ["one", "two", ""]


@pytest.mark.parametrize(
    "ends, expected",
    [
        ("never", None),
        ("5 2038/01/01 00:00:00", None),
        ("4 2037/12/31 23:59:59", LAST_DATE),
        ("epoch 1795374356; # a comment", HELD.ends),
        ("", 0),
    ],
)
def test_the_ends_of_dhcpd(ends: str, expected: int | None) -> None:
    statement = f"\n  ends {ends}" + ("" if "#" in ends else ";") if ends else ""
    (held,) = from_dhcpd(f"lease 192.0.2.20 {{{statement}\n  binding state active;\n}}\n".encode())
    assert held.ends == expected


def test_the_end_of_an_endless_lease() -> None:
    assert b",4294967295,6090338791," in kea_file([leased(ends=None)])
    assert b"\n  ends never;" in dhcpd_file([leased(ends=None)])
    assert b"\n  ends never;" in dhcpd_file([leased(ends=LATEST + 1)])


# --- the answers and commands of Kea ------------------------------------------------------------------------------


@given(leases())
def test_what_kea_is_told_it_answers(held: Binding) -> None:
    told = kea.arguments(held, SUBNET)
    answer = {**told, "cltt": told["expire"] - told["valid-lft"]}
    assert kea.from_answer(answer) == (plain(held), SUBNET)
    assert told["force-create"] is True


def test_the_relay_information_of_2_2() -> None:
    context = '{"ISC":{"relay-agent-info":"0x0104AABBCCDD"}}'
    (held,) = from_kea(kea_file([leased()], "2.2.0").rstrip(b"\n") + context.encode() + b"\n")
    assert held.relay == bytes.fromhex("0104aabbccdd")


@pytest.mark.parametrize("context", ['{"ISC":{"relay-agent-info":5}}', '{"ISC":{"relay-agent-info":{}}}', '{"x":1}'])
def test_another_context(context: str) -> None:
    (held,) = from_kea(kea_file([leased()], "2.2.0").rstrip(b"\n") + context.encode() + b"\n")
    assert held.relay == b""


@pytest.mark.parametrize("answer", [{}, {"ip-address": 5, "state": "x", "hw-address": "zz", "cltt": None}])
def test_an_answer_that_makes_no_sense(answer: dict[str, Any]) -> None:
    held, subnet = kea.from_answer(answer)
    assert (held.address, held.hardware, subnet) == (0, b"", 0)


# --- the last entry -----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 5), anything() | st.none())), st.integers(1, 4))
def test_the_last_entry_for_an_address_counts(entries: list[tuple[int, Binding | None]], part: int) -> None:
    log = [(number, held and held._replace(address=address(number))) for number, held in entries]
    wanted = [held for _number, held in sorted(dict(log).items()) if held]
    found = latest(((f"192.0.2.{number}", held) for number, held in log), lambda held: held, spool, part)
    assert list(found) == wanted


@given(st.lists(anything()))
def test_what_a_partner_gets_is_what_was_sent(bindings: list[Binding]) -> None:
    assert list(unpacked(BytesIO(b"".join(packed(bindings))))) == bindings


def test_a_removed_lease() -> None:
    row = kea_file([leased()])
    assert from_kea(row, row.replace(b",600,", b",0,")) == []


def test_a_state_of_another_release() -> None:
    row = kea_file([leased()], "2.2.0").replace(b",0,\n", b",7,\n")
    assert [held.state for held in from_kea(row)] == ["7"]
    assert to_dhcpd(from_kea(row)).count(b"lease ") == 0
    assert [held.state for held in unpacked(BytesIO(b"".join(packed(from_kea(row)))))] == ["reset"]


def test_the_memory_does_not_grow_with_the_database() -> None:
    """A tenth of the entries takes as much memory."""

    def peak(count: int) -> int:
        entries = ((f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", leased()._replace(address=n)) for n in range(count))
        tracemalloc.start()
        assert sum(1 for _held in latest(entries, lambda held: held, spool, 500)) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    # An open file for each part has a buffer.
    assert peak(10_000) < peak(1_000) + 18 * 20_000


# --- merging ------------------------------------------------------------------------------------------------------

OTHER = {"hardware": b"\x02\0\0\0\0\x02", "client_id": b"\1\2\0\0\0\0\2"}
LATER = {"granted": NOW - 50, "ends": NOW + 550}


def meant(held: Binding) -> Binding:
    """Nobody can renew a lease without a client."""
    if held.state != ABANDONED and (held.state != ACTIVE or held.hardware or held.client_id):
        return held
    return Binding(held.address, ABANDONED, held.granted, held.ends)


def merged(first: Sequence[Binding], second: Sequence[Binding]) -> tuple[list[Binding], Account]:
    account = Account()
    return list(merge(first, second, NOW, account)), account


@pytest.mark.parametrize(
    "one, other, kept",
    [
        pytest.param(leased(), leased(**LATER), leased(**LATER), id="the newer one"),
        pytest.param(leased(), leased(granted=NOW - 50), leased(granted=NOW - 50), id="the same end"),
        pytest.param(
            leased(),
            leased(granted=NOW - 50, ends=NOW + 9),
            leased(granted=NOW - 50),
            id="the later end of the same client",
        ),
        pytest.param(leased(ends=None), leased(**LATER), leased(granted=NOW - 50, ends=None), id="no end is later"),
        pytest.param(
            leased(hostname=b"a", relay=b"\1\1a"),
            leased(**LATER),
            leased(**LATER, hostname=b"a", relay=b"\1\1a"),
            id="what only one server knows",
        ),
        pytest.param(
            leased(), leased(**LATER, client_id=b""), leased(**LATER, client_id=b""), id="by its network card"
        ),
        pytest.param(
            leased(), leased(**LATER, hardware=b""), leased(**LATER), id="by its identifier, the card from the other"
        ),
        pytest.param(leased(), leased(state="released", **LATER), None, id="released later"),
        pytest.param(leased(), leased(state="free", granted=NOW - 50, ends=NOW - 20), None, id="expired later"),
        pytest.param(leased(), leased(state="released"), leased(), id="released, but not known to be later"),
        pytest.param(leased(), leased(state="free", granted=NOW - 900), leased(), id="an older end"),
        pytest.param(leased(), leased(state="free", **LATER, **OTHER), leased(), id="another client's end"),
        pytest.param(leased(), leased(state="backup", granted=0, hardware=b"", client_id=b""), leased(), id="nobody's"),
        pytest.param(leased(ends=NOW - 1), leased(state="expired"), None, id="over on both"),
        pytest.param(leased(ends=NOW), leased(ends=NOW - 50, **OTHER), None, id="both over, of two clients"),
        pytest.param(leased(ends=NOW), leased(**OTHER), leased(**OTHER), id="a previous client's lease is over"),
        pytest.param(abandoned(**LATER), leased(), abandoned(**LATER), id="abandoned later"),
        pytest.param(abandoned(), leased(), leased(), id="abandoned, but not known to be later"),
        pytest.param(abandoned(), leased(**LATER), leased(**LATER), id="abandoned earlier"),
        pytest.param(abandoned(), leased(state="free", **LATER), abandoned(), id="abandoned, not given up"),
        pytest.param(abandoned(), abandoned(**LATER), abandoned(**LATER), id="abandoned on both"),
        pytest.param(NAMELESS, leased(), leased(), id="the client is known to one server only"),
        pytest.param(NAMELESS, NAMELESS, abandoned(), id="nobody can renew it"),
    ],
)
def test_both_know_an_address(one: Binding, other: Binding, kept: Binding | None) -> None:
    for first, second in ((one, other), (other, one)):
        found, account = merged([first], [second])
        assert (found, account.conflicts) == ([kept] if kept else [], [])


def test_two_clients_on_one_address() -> None:
    one, other = leased(), leased(**LATER, **OTHER)
    found, account = merged([one, leased(21)], [other])
    assert found == [leased(21)]
    assert account.conflicts == [Conflict(one, other)]
    assert account.conflicts[0].sentence(("dhcp1", "dhcp2")) == (
        "192.0.2.20 is leased to 02:00:00:00:00:01 on dhcp1 until 2026-11-22T18:28:16Z "
        "and to 02:00:00:00:00:02 on dhcp2 until 2026-11-22T18:29:06Z"
    )


@given(any_database, any_database)
def test_no_address_is_free_that_a_client_may_use(first: list[Binding], second: list[Binding]) -> None:
    found, account = merged(first, second)
    kept = {held.address: held for held in found}
    conflicts = {conflict.first.address for conflict in account.conflicts}
    known = [{held.address: meant(held) for held in side} for side in (first, second)]
    assert [held.address for held in found] == sorted(kept)
    assert not conflicts & kept.keys()
    for mine, theirs in (known, known[::-1]):
        for place, held in mine.items():
            other = theirs.get(place)
            if not held.holds(NOW) or place in conflicts:
                continue
            if place not in kept:
                assert other is not None
                assert held.state == ACTIVE
                assert same_client(held, other)
                assert other.granted > held.granted
            elif held.state == ACTIVE == kept[place].state:
                assert same_client(kept[place], held)
                assert kept[place].ends is None or (held.ends is not None and kept[place].ends >= held.ends)
    over = account.counts.total() - account.counts["nameless"]
    assert len(found) + len(conflicts) + over == len({*known[0], *known[1]})


@given(any_database)
def test_a_database_merged_with_itself_or_nothing(database: list[Binding]) -> None:
    held = [meant(item) for item in database if item.holds(NOW)]
    assert merged(database, database)[0] == merged(database, [])[0] == merged([], database)[0] == held


# --- what is dropped ----------------------------------------------------------------------------------------------


def test_the_account() -> None:
    database = [
        leased(1),
        leased(2, state=ABANDONED),
        leased(3, ends=NOW),
        *(leased(4 + n, state=state) for n, state in enumerate(("free", "backup", "expired", "released", "reset"))),
        leased(9, client_id=b"x"),
        leased(10, hardware=b"", client_id=b""),
        leased(11, kind=32),
        leased(12, kind=32, client_id=b""),
        leased(300),
    ]
    account = Account()
    placed = list(for_kea(merge(database, [], NOW, account), subnet_of, kea.form_of("2.6.3"), NOW, account))
    assert [(held.address - SUBNET, held.state, subnet) for held, subnet in placed] == [
        (1, ACTIVE, SUBNET),
        (2, ABANDONED, SUBNET),
        (9, ACTIVE, SUBNET),
        (10, ABANDONED, SUBNET),
        (11, ACTIVE, SUBNET),
        (12, ACTIVE, SUBNET),
    ]
    assert placed[1][0] == Binding(address(2), ABANDONED, NOW - 100, NOW + 500)
    assert placed[2][0] == leased(9, client_id=b"")
    assert account.shortest == 600
    assert account.sentences() == [
        "4 leases of clients",
        "2 abandoned addresses, which stay so until their time is over",
        "4 leases that are over, dropped",
        "2 free addresses that remember clients, dropped: such a client gets any free address when it returns",
        "1 lease of an address in no pool, dropped: 192.0.3.44. A reserved address needs none",
        "1 lease without a client, kept as abandoned until it ends: 192.0.2.10",
    ]
    assert account.warnings() == [
        "1 client has an identifier whose length this release of Kea does not take: 192.0.2.9. Kea drops every packet "
        "with one, so such a client gets no answer. Give it another one before the move",
        "1 client is on a network other than Ethernet and has no identifier: 192.0.2.12. Kea does not know such a "
        "client again, and gives it another address. Give it an identifier before the move",
    ]


def test_the_shortest_lease() -> None:
    for database, shortest in (
        ([], None),
        ([leased(ends=None), abandoned(21)], None),
        ([leased(1), leased(2, granted=NOW - 50), leased(3, ends=None)], 550),
    ):
        account = Account()
        assert len(list(for_dhcpd(database, in_pool, NOW, account))) == len(database)
        assert account.shortest == shortest


def test_only_some_addresses_are_named() -> None:
    account = Account()
    assert list(for_dhcpd([leased(300 + n) for n in range(1000)], in_pool, NOW, account)) == []
    assert len(account.named["outside"]) == MAX_NAMED
    assert account.sentences()[0].endswith("192.0.3.53 and 990 more. A reserved address needs none")


def test_an_abandoned_address_without_an_end_stays_so_for_a_day() -> None:
    text = b"lease 192.0.2.20 {\n  binding state abandoned;\n}\n"
    assert from_dhcpd(text) == [Binding(address(20), ABANDONED, 0, NOW + 86400)]
    (held,) = from_kea(to_kea(from_dhcpd(text)))
    assert (held.state, held.granted, held.ends) == (ABANDONED, NOW, NOW + 86400)


def test_a_lease_whose_beginning_is_not_known() -> None:
    account = Account()
    database = [leased(1, granted=0), leased(2, granted=NOW + 500), leased(3, granted=0, ends=None)]
    assert list(for_dhcpd(database, in_pool, NOW, account)) == [
        leased(1, granted=NOW),
        leased(2, granted=NOW),
        leased(3, granted=NOW, ends=None),
    ]


# --- comparing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "held, sentence",
    [
        (None, "the lease of 02:00:00:00:00:01 until 2026-11-22T18:28:16Z is missing"),
        (leased(ends=NOW - 1), "the lease of 02:00:00:00:00:01 until 2026-11-22T18:28:16Z is missing"),
        (leased(state=ABANDONED, hardware=b"", client_id=b""), "abandoned, not active"),
        (
            leased(client_id=b""),
            "leased to 02:00:00:00:00:01, not to 02:00:00:00:00:01 with client identifier 01:02:00:00:00:00:01",
        ),
        (
            leased(ends=None),
            "leased to 02:00:00:00:00:01 for ever, not until 2026-11-22T18:28:16Z",
        ),
    ],
)
def test_what_a_client_would_notice(held: Binding | None, sentence: str) -> None:
    (found,) = compare([(leased(), SUBNET)], [(held, SUBNET)] if held else [], NOW)
    assert found.sentence() == f"192.0.2.20: {sentence}"


def test_a_lease_that_nobody_promised() -> None:
    (found,) = compare([], [(leased(hardware=b""), SUBNET)], NOW)
    assert found.sentence() == (
        "192.0.2.20: the lease of client identifier 01:02:00:00:00:00:01 until 2026-11-22T18:28:16Z "
        "was promised by no server"
    )


def test_a_lease_in_another_subnet() -> None:
    (found,) = compare([(leased(), 1)], [(leased(), 2)], NOW)
    assert found.sentence() == "192.0.2.20: in subnet 2, not 1"


@given(databases, databases)
def test_the_differences_make_both_alike(promised: list[Binding], held: list[Binding]) -> None:
    wanted = [(item, SUBNET) for item in promised]
    found = {item.address: (item, SUBNET) for item in held}
    for unlike in compare(wanted, list(found.values()), NOW):
        assert unlike != Unlike(None, None)
        if unlike.promised:
            found[unlike.promised[0].address] = unlike.promised
        elif unlike.held:
            del found[unlike.held[0].address]
    assert list(compare(wanted, sorted(found.values(), key=lambda item: item[0].address), NOW)) == []
    assert [item[0].address for item in wanted] == sorted(found)


def test_names_and_times_of_renewal_do_not_matter() -> None:
    held: Iterator[kea.Placed] = iter([(leased(granted=NOW - 1, hostname=b"x", relay=b"\1\1x"), SUBNET)])
    assert list(compare([(leased(), SUBNET)], held, NOW)) == []
