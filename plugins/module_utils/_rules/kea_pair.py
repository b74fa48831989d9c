# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Two Kea servers against each other. Kea compares nothing itself, and most of these faults look healthy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import HighAvailability
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.comparison import Comparison, comparisons
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.disagreements import words
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    Complaint,
    Estate,
    Pair,
    Somewhere,
    everything,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    KEA,
    TOGETHER,
    WARNING,
    Complaints,
    Section,
)

section = Section("Kea: the two servers against each other")

# Settings that both servers should state alike: Kea's name, and what depends on it.
_ALIKE = ("heartbeat-delay", "max-response-delay", "max-ack-delay", "max-unacked-clients", "sync-page-limit")
_LOOKUPS = (
    "host-reservation-identifiers",
    "reservations-global",
    "reservations-in-subnet",
    "reservations-out-of-pool",
)
_LOOKUP_DEFAULTS = {
    "host-reservation-identifiers": ("hw-address", "duid", "circuit-id", "client-id"),
    "reservations-global": ("false",),
    "reservations-in-subnet": ("true",),
    "reservations-out-of-pool": ("false",),
}


class Couple(NamedTuple):
    """Both sides of a relationship as Kea states them."""

    pair: Pair
    here: HighAvailability
    there: HighAvailability

    @property
    def names(self) -> tuple[str, str]:
        return self.pair.primary.name, self.pair.secondary.name

    def complain(self, message: str, hint: str) -> Complaint:
        return self.pair.complain(message, hint)


def couples(estate: Estate) -> Iterator[Couple]:
    for pair in estate.pairs:
        here, there = (end.half.ha for end in pair.ends)
        if here is not None and there is not None:
            yield Couple(pair, here, there)


@section.rule(
    everything,
    "daemon-mismatch",
    ERROR,
    "One server of a relationship runs dhcpd, the other one Kea.",
    check="silent",
    harm="The two cannot talk to each other: no lease is copied.",
    daemons=TOGETHER,
)
def daemon_mismatch(estate: Estate) -> Complaints:
    for pair in estate.pairs:
        daemons = [end.view.daemon for end in pair.ends]
        if daemons[0] != daemons[1]:
            yield pair.complain(
                f"{pair.primary.name} runs {daemons[0]} and {pair.secondary.name} runs {daemons[1]}; the two could not "
                "talk to each other, and no lease would be copied.",
                "Run the same daemon on both. The playbooks migrate and migrate_back move a running pair.",
            )


@section.rule(
    couples,
    "this-server-name-shared",
    ERROR,
    "Both servers have the same `this-server-name`, as after copying the file.",
    check="silent",
    harm="Since 2.6 one of them exits at start, because the address is not its own; before, both serve alone.",
    daemons=KEA,
)
def this_server_name_shared(couple: Couple) -> Complaints:
    if couple.here.this_server == couple.there.this_server and couple.here.own is not None:
        yield couple.complain(
            f'both servers call themselves "{couple.here.this_server}"; each would take the other for dead, '
            "or one would not start.",
            f"Give {couple.names[1]} the name of the other peer.",
        )


@section.rule(
    couples,
    "peers-mismatch",
    ERROR,
    "The two lists of peers have different names or URLs.",
    check="silent",
    harm="The servers do not know each other: both serve, and nothing is copied; or one waits for ever.",
    daemons=KEA,
)
def peers_mismatch(couple: Couple) -> Complaints:
    one, other = ({peer.name: peer for peer in ha.peers} for ha in (couple.here, couple.there))
    if one.keys() != other.keys():
        told = [
            f"only {name} lists {', '.join(sorted(rest))}"
            for name, rest in zip(couple.names, (one.keys() - other.keys(), other.keys() - one.keys()))
            if rest
        ]
        yield couple.complain(
            f"the names of the peers differ: {'; '.join(told)}; both servers would serve, and nothing would be copied.",
            "List the same peers on both.",
        )
        return
    for name, peer in one.items():
        urls = [item.url.rstrip("/").lower() for item in (peer, other[name])]
        if urls[0] != urls[1]:
            yield couple.complain(
                f'the URL of "{name}" is {peer.url} on {couple.names[0]} and {other[name].url} on {couple.names[1]}; '
                "one would call the other in vain, and both could serve.",
                "List the same URLs on both.",
            )


@section.rule(
    couples,
    "mode-mismatch",
    ERROR,
    "The modes differ.",
    check="silent",
    harm="One server serves, the other one waits for ever.",
    daemons=KEA,
)
def mode_mismatch(couple: Couple) -> Complaints:
    if couple.here.mode != couple.there.mode:
        yield couple.complain(
            f"the mode is {couple.here.mode} on {couple.names[0]} and {couple.there.mode} on {couple.names[1]}; "
            "the second would wait for ever.",
            "Set the same mode on both.",
        )


@section.rule(
    couples,
    "roles-mismatch",
    ERROR,
    "The roles of the peers differ.",
    check="silent",
    harm="Both servers serve as the primary, without a single warning, and report that they are healthy.",
    daemons=KEA,
    unless=("ha-roles-invalid",),
)
def roles_mismatch(couple: Couple) -> Complaints:
    one, other = ({peer.name: peer.role for peer in ha.peers} for ha in (couple.here, couple.there))
    differing = sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
    if differing and couple.here.mode == couple.there.mode:
        name = differing[0]
        yield couple.complain(
            f'"{name}" is {one[name]} on {couple.names[0]} and {other[name]} on {couple.names[1]}; both servers could '
            "serve the same clients, and report that they are healthy.",
            "Give each peer the same role on both.",
        )


@section.rule(
    couples,
    "heartbeat-mismatch",
    ERROR,
    "A server's `heartbeat-delay` is longer than the `max-response-delay` of its partner.",
    check="silent",
    harm="The partner takes the server for lost between two heartbeats.",
    daemons=KEA,
    unless=("heartbeat-slow", "ha-delay-invalid"),
)
def heartbeat_mismatch(couple: Couple) -> Complaints:
    for (one, other), names in (
        ((couple.here, couple.there), couple.names),
        ((couple.there, couple.here), couple.names[::-1]),
    ):
        beat, delay = one.number("heartbeat-delay"), other.number("max-response-delay")
        if beat >= delay:
            yield couple.complain(
                f"heartbeat-delay is {beat} ms on {names[0]}, but max-response-delay is {delay} ms on {names[1]}; "
                f"{names[1]} would take the other one for lost.",
                "Set the same delays on both.",
            )


@section.rule(
    couples,
    "ha-settings-mismatch",
    WARNING,
    "The delays, limits or the way to take over differ.",
    check="silent",
    harm="Each server decides by its own settings when its partner is lost.",
    daemons=KEA,
    unless=("heartbeat-mismatch",),
)
def ha_settings_mismatch(couple: Couple) -> Complaints:
    one, other = couple.names
    parts = [
        f"{name} is {couple.here.number(name)} on {one} and {couple.there.number(name)} on {other}"
        for name in _ALIKE
        if couple.here.number(name) != couple.there.number(name)
    ]
    takes = [ha.own is None or ha.own.takes_over for ha in (couple.here, couple.there)]
    if takes[0] != takes[1]:
        lone = couple.names[takes[0]]
        parts.append(f"only {lone} waits for an operator before it serves alone")
    if parts:
        yield couple.complain(
            f"{'; '.join(parts)}; each would decide by its own settings when the other is lost.",
            "Set the same on both.",
        )


@section.rule(
    comparisons,
    "subnet-number-mismatch",
    ERROR,
    "The same subnet has another `id` on the partner.",
    check="silent",
    harm="The partner refuses the leases: after ten clients both are `terminated`, and nothing is copied any more.",
    daemons=KEA,
)
def subnet_number_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    counted = [_numbers(end.view.server.subnets) for end in pair.ends]
    for network in comparison.networks:
        here, there = (end.view.subnet_at.get(network) for end in pair.ends)
        if here is None or there is None:
            continue
        numbers = [number[id(subnet)] for number, subnet in zip(counted, (here, there))]
        if numbers[0] != numbers[1]:
            yield pair.complain(
                f"its id is {numbers[0]} on {pair.primary.name} and {numbers[1]} on {pair.secondary.name}; each would "
                "refuse the other's leases, until both copy nothing any more.",
                "Give it the same id on both. The leases of a server that gets another id are lost.",
                place=here,
            )


def _numbers(subnets: tuple[object, ...]) -> dict[int, int]:
    """The numbers of subnets, which Kea 2.2 counts where they are not stated."""
    return {id(subnet): getattr(subnet, "number", None) or position for position, subnet in enumerate(subnets, 1)}


@section.rule(
    comparisons,
    "guard-mismatch",
    ERROR,
    "The same addresses are for clients of another server on the partner.",
    check="silent",
    harm="Both give out the same half of the addresses, although both report that they are healthy.",
    daemons=KEA,
)
def guard_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for match in comparison.matches:
        here, there = match.place.half, match.partners_place.half
        if here is not None and there is not None and here != there:
            yield pair.complain(
                f"it is for the clients of {here} on {pair.primary.name}, but of {there} on {pair.secondary.name}; "
                "both servers could give out the same addresses.",
                "Give the pools the same HA_ classes on both.",
                place=match.place,
            )


@section.rule(
    couples,
    "reservation-lookup-mismatch",
    WARNING,
    "The two servers look for reservations in different ways.",
    check="silent",
    harm="A client may find its reservation on one server only.",
    daemons=KEA,
)
def reservation_lookup_mismatch(couple: Couple) -> Complaints:
    one, other = (end.view.server.scope.parameters for end in couple.pair.ends)
    for name in _LOOKUPS:
        default = _LOOKUP_DEFAULTS[name]
        values = [scope.get(name, default) for scope in (one, other)]
        if values[0] != values[1]:
            yield couple.pair.complain(
                f"{name} is {words(values[0])} on {couple.names[0]} and {words(values[1])} on {couple.names[1]}; "
                "a client could find its reservation on one of the two only.",
                "Set the same on both.",
                place=Somewhere("reservations"),
            )
