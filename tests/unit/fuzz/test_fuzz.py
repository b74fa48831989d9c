# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a file or the network contains, a reader terminates, raises only its documented exception, and needs
memory in proportion to the input.
"""

from __future__ import annotations

import signal
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS, Target

EXAMPLES = 40
# Quadratic time would need far more. These are seconds of processor time.
SIZE, SECONDS = 8_000, 3
# The memory that a parser may need for each byte, and in addition.
FACTOR, BASE = 600, 8 << 20


@pytest.fixture(autouse=True)
def _an_end() -> Iterator[None]:
    def stop(*_signal: object) -> None:
        pytest.fail(f"no end within {SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@st.composite
def mutations(draw: st.DrawFn, target: Target) -> bytes:
    """A real input with pieces missing, repeated, moved, or replaced by words of the format or by any bytes."""
    data = draw(st.sampled_from(target.seeds))
    for _change in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        piece = data[start:end]
        put = draw(
            st.one_of(
                st.just(b""),
                st.sampled_from(target.words),
                st.lists(st.sampled_from(target.words), max_size=6).map(b" ".join),
                st.binary(max_size=8),
                st.integers(2, 40).map(lambda times, piece=piece: piece * times),
            )
        )
        data = data[:start] + put + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_real_inputs(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes(name: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(st.binary(max_size=400))
    def run(data: bytes) -> None:
        TARGETS[name].run(data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_of_real_inputs(name: str) -> None:
    @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(mutations(TARGETS[name]))
    def run(data: bytes) -> None:
        TARGETS[name].run(data)

    run()


def repeated(piece: str) -> Callable[[int], str]:
    return lambda size: piece * (size // len(piece))


def numbered(piece: str) -> Callable[[int], str]:
    return lambda size: "".join(piece % number for number in range(size // len(piece)))


HOSTILE = {
    "blocks without end": repeated("group {\n"),
    "pools in pools": repeated("pool { range 10.0.0.1; "),
    "conditions without end": repeated("if a { "),
    "braces": repeated("{"),
    "closing braces": repeated("}"),
    "semicolons": repeated(";"),
    "a long word": repeated("a"),
    "a long line": repeated("a "),
    "a long statement": repeated("a\n"),
    "a long number": lambda size: "omapi-port " + "9" * size + ";",
    "statements without an end": repeated("subnet a\n"),
    "strings without an end": repeated('a "\n'),
    "escaped quotes": lambda size: '"\\' * size * 2,
    "escapes": lambda size: '"' + "\\" * size,
    "an unclosed comment": lambda size: "#" * size,
    "quotes in comments": repeated('# "\n'),
    "blanks": repeated(" "),
    "empty lines": repeated("\n"),
    "typographic quotes": repeated("\u201c;"),
    "zeros": repeated("\0"),
    "records": repeated("option a code 1 = { "),
    "parentheses": repeated("log ("),
    "unknown words": numbered("word%d 1;\n"),
    "unknown options": numbered("option word%d 1;\n"),
    "keys": numbered("key k%d { secret abcd; }\n"),
    "subclasses": lambda size: 'class "a" { }\n' + numbered('subclass "a" %d;\n')(size),
    "one range again and again": lambda size: (
        "subnet 10.0.0.0 netmask 255.0.0.0 {" + repeated("range 10.0.0.1 10.0.0.9;")(size) + "}"
    ),
    "files that include themselves": repeated('include "x";'),
    "deep files that include themselves": lambda size: 'group { include "x"; ' * 50 + 'include "x"; ' * (size // 13),
    "leases without an end": repeated("lease 10.0.0.1 {\n"),
    "empty leases": repeated("lease 10.0.0.1 {\n}\n"),
    "ends of leases": repeated("\n}"),
    "statements of a lease": lambda size: "lease 10.0.0.1 {" + repeated(' set a = "x";')(size),
    "blocks of a lease": lambda size: "lease 10.0.0.1 {" + repeated(" on expiry {")(size),
    "octets": lambda size: "lease 10.0.0.1 { uid 1" + repeated(":1")(size),
    "states of a relationship": lambda size: "failover peer x state {" + repeated(" my state normal;")(size),
    "relationships without an end": repeated("failover peer x state { "),
    "comments without an end": repeated("# "),
    "rejections": lambda size: "1.1 h dhcpd[1]: " + repeated("bind update on a from a rejected: ")(size // 10),
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "name", ["configuration", "live-configuration", "server-configuration", "lease-database", "journal"]
)
def test_hostile_texts_have_an_end_and_bounded_memory(name: str, hostile: str) -> None:
    data = HOSTILE[hostile](SIZE).encode()
    tracemalloc.start()
    try:
        TARGETS[name].run(data)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < BASE + FACTOR * len(data)
