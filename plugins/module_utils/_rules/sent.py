# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Compare both servers' answers to the same client: whether they answer, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Statements,
    Value,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_LEASE_TIMES,
    ENDLESS,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.comparison import (
    Comparison,
    Match,
    comparisons,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.disagreements import (
    DDNS,
    PORTS,
    Disagreement,
    Meaning,
    block_meaning,
    blocks_that_count,
    code_of,
    disagreements,
    means_network,
    option_meaning,
    parameter_meaning,
    reordered,
    words,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import TRUE, Settings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    Complaint,
    Located,
    Pair,
    Somewhere,
    pairs,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    BOTH,
    ERROR_OR_WARNING,
    WARNING,
    Complaints,
    Section,
)

section = Section("What the two send to one client")

# Permits of a scope outside pools.
_SCOPE_PERMITS = ("allow-booting", "allow-bootp", "boot-unknown-clients")
# Up to this many classes and dates in the permits of a pool, every combination is tried.
_MOST_COMBINED = 6


def unproven(comparison: Comparison, difference: Disagreement) -> bool:
    """Whether a value that seems to be missing may be in an unreadable part."""
    primary, secondary = comparison.pair.ends
    return (difference.primary is None and not primary.view.complete) or (
        difference.secondary is None and not secondary.view.complete
    )


def stated(comparison: Comparison, what: str, difference: Disagreement) -> str:
    primary, secondary = comparison.pair.ends
    return (
        f"{what}{difference.name} is {words(difference.primary)} on {primary.name} and "
        f"{words(difference.secondary)} on {secondary.name}"
    )


# --- Whether they answer --------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "permit-mismatch",
    ERROR_OR_WARNING,
    "The allow and deny statements of a pool admit different clients. Warning: only BOOTP clients are affected.",
    check="silent",
    harm="One server refuses what the other offers: with `deny unknown-clients` on one side, 0 of 10 clients got "
    "a lease.",
    daemons=BOTH,
)
def permit_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for match in comparison.matches:
        parts = []
        here, there = match.place.permits, match.partners_place.permits
        if here != there:
            parts = ["the permits differ: " + _only(pair, here - there, there - here)]
        for difference in match.parameters:
            if difference.name in _SCOPE_PERMITS and not unproven(comparison, difference):
                parts.append(stated(comparison, "", difference))
        kinds = _differing_clients(match) if parts else frozenset()
        if not kinds:
            continue
        bootp = kinds == {True}
        harm = (
            "a BOOTP client would be answered by one of the two only."
            if bootp
            else "one server would refuse what the other offers."
        )
        yield pair.complain(
            f"{'; '.join(parts)}; {harm}",
            "Set the same allow and deny lists on both.",
            Severity.WARNING if bootp else Severity.ERROR,
            place=match.place,
        )


def _only(pair: Pair, *only: frozenset[str]) -> str:
    return "; ".join(f"only {end.name} has {', '.join(sorted(what))}" for end, what in zip(pair.ends, only) if what)


def _differing_clients(match: Match) -> frozenset[bool]:
    """Whether the two disagree about a DHCP client (False), about a BOOTP client (True), or both."""
    sides = ((match.here, match.place.permits), (match.there, match.partners_place.permits))
    named = sorted({permit.partition(" ")[2] for _found, permits in sides for permit in permits if _depends(permit)})
    if len(named) > _MOST_COMBINED:
        return frozenset({False})
    differing = set()
    for bootp, known, reserved in (
        (False, False, False),
        (False, True, False),
        (False, True, True),
        (True, True, True),
    ):
        for chosen in product((False, True), repeat=len(named)):
            true = {name for name, is_true in zip(named, chosen) if is_true}
            true |= {"all clients", "unauthenticated clients", "known-clients" if known else "unknown-clients"}
            if bootp:
                true.add("dynamic bootp clients")
            answers = [_answers(found, permits, true, bootp, reserved) for found, permits in sides]
            if answers[0] != answers[1]:
                differing.add(bootp)
    return frozenset(differing)


def _depends(permit: str) -> bool:
    return "members of " in permit or " after " in permit


def _answers(found: Settings, permits: frozenset[str], true: set[str], bootp: bool, reserved: bool) -> bool:
    def allowed(name: str) -> bool:
        return found.parameters.get(name, TRUE) == TRUE

    allow = [permit[6:] for permit in permits if permit.startswith("allow ")]
    return (
        allowed("allow-booting")
        and (reserved or allowed("boot-unknown-clients"))
        and (not bootp or allowed("allow-bootp"))
        and not any(permit[5:] in true for permit in permits if permit.startswith("deny "))
        and (not allow or not true.isdisjoint(allow))
    )


# --- With what ------------------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "options-mismatch",
    ERROR_OR_WARNING,
    "A client on one address gets other options, another boot file or the like from the other server. Error: what "
    "a client cannot do without, such as mask, routers, routes, name servers. Warning: everything else; also another "
    "order, or a server that names itself.",
    check="silent",
    harm="What a client is told depends on the server that answers, and changes when it renews with the other one.",
    daemons=BOTH,
)
def options_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    yield from _definitions(comparison)
    for match in comparison.matches:
        for what, meaning in told(comparison, match.options, match.parameters):
            yield pair.complain(
                f"{what}; {meaning.text}", "Set the same value on both.", meaning.severity, place=match.place
            )
        yield from _blocks(comparison, match)


def told(
    comparison: Comparison, options: Iterable[Disagreement], parameters: Iterable[Disagreement]
) -> Iterator[tuple[str, Meaning]]:
    """Differences that a client can notice, in words, and what they mean to it."""
    names = (comparison.pair.primary.name, comparison.pair.secondary.name)
    definitions = {**comparison.definitions[1], **comparison.definitions[0]}
    for difference in options:
        meaning = option_meaning(difference, comparison.owners, names, definitions)
        if meaning is not None and not unproven(comparison, difference):
            yield stated(comparison, "option ", difference), meaning
    for difference in parameters:
        meaning = parameter_meaning(difference, comparison.owners)
        if meaning is not None and not unproven(comparison, difference):
            yield stated(comparison, "", difference), meaning


def _definitions(comparison: Comparison) -> Complaints:
    """Options with the same name but different definitions, if they are used."""
    pair = comparison.pair
    one, other = comparison.definitions
    for name in sorted(one.keys() & other.keys()) if one != other else ():
        if one[name] == other[name] or not any(name in end.view.named_options for end in pair.ends):
            continue
        severe = any(means_network(code_of(name, definitions)) for definitions in comparison.definitions)
        yield pair.complain(
            f"it is {words(one[name])} on {pair.primary.name} and {words(other[name])} on {pair.secondary.name}; "
            "the same statement would send different options.",
            "Define the option in the same way on both.",
            Severity.ERROR if severe else Severity.WARNING,
            place=Somewhere(f"option definition {name}"),
        )


def _blocks(comparison: Comparison, match: Match) -> Complaints:
    pair = comparison.pair
    here, there = (blocks_that_count(found.conditionals) for found in (match.here, match.there))
    if here == there:
        return
    owners = comparison.owners
    if [owners.seen_from(block.text, 0) for block in here] == [owners.seen_from(block.text, 1) for block in there]:
        yield pair.complain(
            "the conditional blocks differ in that each server names itself; a client depends on the server that "
            "answered it, even when that is down.",
            "Set the same addresses on both, unless this is intended.",
            Severity.WARNING,
            place=match.place,
        )
        return
    only = ([block for block in here if block not in there], [block for block in there if block not in here])
    if (only[0] and not pair.secondary.view.complete) or (only[1] and not pair.primary.view.complete):
        return
    definitions = {**comparison.definitions[1], **comparison.definitions[0]}
    blocks = [*only[0], *only[1]]
    if not blocks:
        blocks = reordered(here, there)
        if not blocks:
            return
    meanings = [block_meaning(block, definitions) for block in blocks]
    meaning = min(meanings, key=lambda item: item.severity is not Severity.ERROR)
    what = "; ".join(
        f"only {end.name} has {_shortened(rest[0].text)}" + (f" and {len(rest) - 1} more" if len(rest) > 1 else "")
        for end, rest in zip(pair.ends, only)
        if rest
    )
    yield pair.complain(
        f"the conditional blocks differ: {what or 'they are in another order'}; {meaning.text}",
        "Declare the same conditional blocks on both.",
        meaning.severity,
        place=match.place,
    )


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


@section.rule(
    comparisons,
    "hooks-mismatch",
    WARNING,
    "`on commit`, `log` or `execute` is on one server only, or differs.",
    check="silent",
    harm="Clients get the same answer. The server that answers decides what is logged or run for them.",
)
def hooks_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for match in comparison.matches:
        here, there = ([block for block in found.conditionals if block.hook] for found in (match.here, match.there))
        only = ([block for block in here if block not in there], [block for block in there if block not in here])
        if (only[0] and not pair.secondary.view.complete) or (only[1] and not pair.primary.view.complete):
            continue
        what = "; ".join(
            f"only {end.name} has {_shortened(rest[0].text)}" + (f" and {len(rest) - 1} more" if len(rest) > 1 else "")
            for end, rest in zip(pair.ends, only)
            if rest
        )
        if what:
            yield pair.complain(
                f"{what}; clients get the same answer, but it happens only for clients of this server.",
                "Declare it on both, unless this is intended.",
                place=match.place,
            )


@section.rule(
    comparisons,
    "ddns-mismatch",
    WARNING,
    "The settings for dynamic DNS differ: update style, names, zones, keys.",
    check="silent",
    harm="The server that answers decides whether a client's name is put into DNS, and which name.",
)
def ddns_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    updating = False
    for match in comparison.matches:
        styles = [_default("ddns-update-style", found) for found in (match.here, match.there)]
        if styles == [("none",), ("none",)]:
            continue
        updating = True
        parts = [
            stated(comparison, "", difference)
            for difference in match.parameters
            if difference.name in DDNS and not unproven(comparison, difference)
            if _default(difference.name, match.here) != _default(difference.name, match.there)
        ]
        if parts:
            yield _ddns(pair, parts, match.place)
    primary, secondary = (end.view.server.zones for end in pair.ends)
    zones = [item for item in disagreements(primary, secondary) if updating and not unproven(comparison, item)]
    for zone in zones:
        name = zone.name
        yield _ddns(pair, [stated(comparison, "", zone._replace(name="it"))], Somewhere(f'zone "{name}"'))


def _ddns(pair: Pair, parts: list[str], place: Located) -> Complaint:
    return pair.complain(
        f"{'; '.join(parts)}; a client's name in DNS would depend on the server that answers.",
        "Use the same settings for dynamic DNS on both.",
        place=place,
    )


def _default(name: str, found: Settings) -> Value | None:
    return found.parameters.get(name, DDNS[name])


@section.rule(
    comparisons,
    "lease-time-mismatch",
    WARNING,
    "`min-lease-time`, `default-lease-time` or `max-lease-time` gives leases of different "
    "lengths (defaults: 300, 43200, 86400).",
    check="silent",
    harm="The length of a client's lease depends on the server that renews it.",
    daemons=BOTH,
)
def lease_time_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for match in comparison.matches:
        if match.parameters and _lengths(match.here) != _lengths(match.there):
            parts = list(lease_times(comparison, match.here, match.there))
            if parts:
                yield pair.complain(
                    f"{'; '.join(parts)}; the length of a lease would depend on the server that renews it.",
                    "Set the same number of seconds on both.",
                    place=match.place,
                )


def _lengths(found: Settings) -> tuple[int, ...]:
    """Leases for a client that requests no lease time, an infinite one, and zero: these three cover every case."""
    return found.lease_seconds(), found.lease_seconds(ENDLESS), found.lease_seconds(0)


def lease_times(comparison: Comparison, here: Settings, there: Settings) -> Iterator[str]:
    """Which lease times differ, in words."""
    if _lengths(here) == _lengths(there):
        return
    ends = comparison.pair.ends
    for name, default in DEFAULT_LEASE_TIMES.items():
        values = [found.seconds(name) for found in (here, there)]
        one, other = (default if value is None else value for value in values)
        if one == other or any(value is None and not end.view.complete for value, end in zip(values, ends)):
            continue
        texts = [
            f"{default} (default)" if value is None else "infinite" if value == ENDLESS else str(value)
            for value in values
        ]
        yield f"{name} is {texts[0]} on {ends[0].name} and {texts[1]} on {ends[1].name}"


@section.rule(
    comparisons,
    "authoritative-mismatch",
    WARNING,
    "Only one of the two servers is authoritative.",
    check="silent",
    harm="A client that asks for an address of another network is refused by one server, and ignored by the other.",
)
def authoritative_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    for match in comparison.matches:
        for difference in match.parameters:
            if difference.name != "authoritative" or unproven(comparison, difference):
                continue
            one, other = (value == TRUE for value in difference[1:])
            if one == other:
                continue
            this, partner = pair.ends if one else pair.ends[::-1]
            yield pair.complain(
                f"{this.name} is authoritative and {partner.name} is not; a client that asks for an address of "
                "another network would be refused by only one of them, and wait for the other.",
                f"Set authoritative on {partner.name} too, or remove it from {this.name}.",
                place=match.place,
            )


@section.rule(
    pairs,
    "local-port-mismatch",
    WARNING,
    "The two servers listen for clients on different ports, or answer to different ones.",
    check="silent",
    harm="A client or relay that uses one port reaches one server only.",
)
def local_port_mismatch(pair: Pair) -> Complaints:
    primary, secondary = (_ports(pair_end.view.server.scope.parameters) for pair_end in pair.ends)
    for name, here, there in zip(PORTS, primary, secondary):
        if here != there and all(end.view.complete for end in pair.ends):
            yield pair.complain(
                f"{name} is {here} on {pair.primary.name} and {there} on {pair.secondary.name}; "
                "a client or relay that uses one port would reach one server only.",
                "Set the same local-port and remote-port on both, or none.",
                place=Somewhere("ports"),
            )
            return


def _ports(parameters: Statements) -> tuple[int, int]:
    """The port on which dhcpd listens, and the port for its answers (by default the next one)."""
    local, remote = (_port(parameters.get(name)) for name in PORTS)
    local = 67 if local is None else local
    return local, local + 1 if remote is None else remote


def _port(value: Value | None) -> int | None:
    return int(value[0], 0) if value and value[0].isdigit() else None
