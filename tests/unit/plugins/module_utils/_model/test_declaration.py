# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declaration has one spelling for equal values, and knows which setting takes effect where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Conditional,
    Half,
    Pool,
    Range,
    Scope,
    Server,
    Subnet,
    canonical,
    format_address,
    parse_address,
    prefix_of,
)


@pytest.mark.parametrize(
    "text, number",
    [
        ("0.0.0.0", 0),
        ("10.0.0.1", 0x0A000001),
        ("255.255.255.255", 0xFFFFFFFF),
        ("010.000.000.021", 0x0A000015),  # decimal, as dhcpd reads it
        ("10.0.0.256", None),
        ("10.0.0", None),
        ("10.0.0.1.1", None),
        ("10.0.0.1 ", None),
        ("10.0.0.x", None),
        ("", None),
        ("fe80::1", None),
        ("10.0.0.1\0", None),
        ("\ud800", None),
        ("1\u0660.0.0.1", None),
    ],
)
def test_addresses_are_numbers(text: str, number: int | None) -> None:
    assert parse_address(text) == number


@given(st.integers(0, 0xFFFFFFFF))
def test_an_address_comes_back(number: int) -> None:
    assert parse_address(format_address(number)) == number


@pytest.mark.parametrize(
    "mask, prefix",
    [
        ("255.255.255.0", 24),
        ("0.0.0.0", 0),
        ("255.255.255.255", 32),
        ("255.0.255.0", None),
        ("0.0.0.255", None),
        ("", None),
        ("24", None),
    ],
)
def test_netmasks(mask: str, prefix: int | None) -> None:
    assert prefix_of(mask) == prefix


@pytest.mark.parametrize(
    "token, expected",
    [
        ("010.1.1.1", "10.1.1.1"),
        ("300.1.1.1", "300.1.1.1"),
        ("8:0:2B:4c:39:ad", "08:00:2b:4c:39:ad"),
        ("0x1F", "31"),
        ("ON", "true"),
        ("off", "false"),
        ("pxelinux.0", "pxelinux.0"),
        ("ns1.Example.org", "ns1.Example.org"),
        ("", ""),
    ],
)
def test_one_spelling_for_what_is_the_same(token: str, expected: str) -> None:
    assert canonical(token) == expected


def _block(text: str) -> Conditional:
    return Conditional(text, frozenset(), frozenset(), block=True)


def test_the_inner_scope_wins_and_inherits() -> None:
    outer = Scope({"routers": ("1",), "domain-name": ("a",)}, {"max-lease-time": ("60",)}, (_block("if x { }"),))
    middle = Scope(parent=outer)
    inner = Scope({"routers": ("2",)}, {"default-lease-time": ("30",)}, (_block("on commit { }"),), middle)
    assert inner.effective_options == {"routers": ("2",), "domain-name": ("a",)}
    assert inner.effective_parameters == {"max-lease-time": ("60",), "default-lease-time": ("30",)}
    assert inner.effective_conditionals == (_block("if x { }"), _block("on commit { }"))
    assert middle.effective_options is outer.effective_options  # nothing is copied if nothing is set


@pytest.mark.parametrize(
    "text, seconds", [("600", 600), ("-1", -1), ("4294967295", -1), ("0xffffffff", -1), ("soon", None)]
)
def test_lease_times(text: str, seconds: int | None) -> None:
    assert Scope({}, {"max-lease-time": (text,)}).seconds("max-lease-time") == seconds
    assert Scope().seconds("max-lease-time") is None


def test_ranges_pools_and_subnets_name_themselves() -> None:
    first = parse_address("10.0.0.9")
    last = parse_address("10.0.0.5")
    assert first is not None
    assert last is not None
    reversed_range, single = Range(first, last), Range(last, last)
    assert (reversed_range.low, reversed_range.high) == (last, first)
    pool = Pool("x", (reversed_range, single), frozenset(), Scope(), "10.0.0.0/24")
    assert pool.size == 6
    assert pool.path == "subnet 10.0.0.0/24, pool 10.0.0.9-10.0.0.5, 10.0.0.5"
    assert Pool(None, (single,), frozenset(), Scope(), bare=True, subnet="n").path == "subnet n, range 10.0.0.5"
    assert Pool(None, (), frozenset(), Scope(), shared_network="n").path == 'shared network "n", pool without a range'
    subnet = Subnet(first, 30, Scope())
    assert (format_address(subnet.network), format_address(subnet.broadcast)) == ("10.0.0.8", "10.0.0.11")
    assert subnet.cidr == "10.0.0.9/30"


def test_a_server_knows_its_own_addresses() -> None:
    halves = (Half("a", address="10.0.0.1"), Half("b", address="one.example.org"), Half("c"))
    server = Server("s", Scope(), halves, address="010.0.0.2")
    assert server.addresses == {parse_address("10.0.0.1"), parse_address("10.0.0.2")}


@given(st.text(max_size=20))
def test_any_text_has_a_spelling_that_stays(token: str) -> None:
    assert canonical(canonical(token)) == canonical(token)
