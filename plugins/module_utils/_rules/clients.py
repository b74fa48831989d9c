# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Reservations and classes, and what their clients get on each server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Pool,
    Reservation,
    Scope,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.comparison import (
    Comparison,
    comparisons,
    of_parameters,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.disagreements import (
    Disagreement,
    Meaning,
    block_meaning,
    blocks_that_count,
    meaning_of_one,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import TRUE, ClassMatch, Settings
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import End, Somewhere
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    BOTH,
    ERROR_OR_WARNING,
    Complaints,
    Section,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.sent import (
    lease_times,
    stated,
    told,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.service import MEMBERS

section = Section("Reservations and classes on both")

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

_DISAGREE = Meaning(_ERROR, "the servers would disagree about who may have a lease.")
_LIMITED = Meaning(_ERROR, "a client may get no lease from one of the two, because its class has none left.")
_LEASES = Meaning(_WARNING, "its members would get leases of different lengths.")

_REFUSED = Meaning(_ERROR, "each server would refuse the address that the other gave, and the client would lose it.")
_OTHER_ADDRESS = Meaning(_WARNING, "the client's address would depend on the server that answers.")
_SHARED = Meaning(_ERROR, "two clients would get the same address, each from a different server.")
_STRANGER = Meaning(_WARNING, "one of the two servers may not know the client.")

Parts = list[tuple[str, Meaning]]


def _worst(meanings: Iterable[Meaning]) -> Meaning:
    """The first error, else the first warning; there is at least one."""
    return min(meanings, key=lambda meaning: meaning.severity is not _ERROR)


def _settings_differ(
    comparison: Comparison, network: int | None, here: Settings, there: Settings
) -> Iterator[tuple[str, Meaning]]:
    """The differences in a client's settings, except those that apply to all clients."""
    if here.options is there.options and here.parameters is there.parameters:
        return
    known = comparison.told.get(network, set()) if network is not None else set()
    options = [item for item in comparison.of_options(here, there) if item not in known]
    parameters = [item for item in of_parameters(here, there) if item not in known]
    yield from told(comparison, options, parameters)
    if any(item.name.endswith("-lease-time") for item in parameters):
        for text in lease_times(comparison, here, there):
            yield text, Meaning(_WARNING, "its lease gets another length.")
    for item in parameters:
        if item.name == "allow-booting" and (item.primary or TRUE) != (item.secondary or TRUE):
            yield stated(comparison, "", item), Meaning(_ERROR, "one of the two servers would refuse the client.")


# --- Reservations ---------------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "reservation-mismatch",
    ERROR_OR_WARNING,
    "A reservation exists on one server only, or differs. Error: the client has another address on the partner, "
    "another client has its address there, or it gets another value of what it cannot do without.",
    check="silent",
    harm="On one server only: the other one does not answer its renewals, and offers it another address. With another "
    "address there: the other server refuses its renewals, and it loses its address at once.",
    daemons=BOTH,
)
def reservation_mismatch(comparison: Comparison) -> Complaints:
    ours, theirs = (_reservations(comparison, end) for end in comparison.pair.ends)
    couples, only_ours, only_theirs = _couples(ours, theirs)
    for here, there in couples:
        parts = [*_identity(comparison, here, there), *_given(comparison, here, there)]
        if parts:
            meaning = _worst(part[1] for part in parts)
            yield comparison.pair.complain(
                f"it differs: {'; '.join(part[0] for part in parts)}; {meaning.text}",
                "Declare the same reservation on both.",
                meaning.severity,
                place=here,
            )
    for (this, other), rest in zip(comparison.pair.directions, (only_ours, only_theirs)):
        for reservation in rest if other.view.complete else ():
            yield other.view.complain(
                Somewhere(reservation.path),
                f"{this.name} has it, but {other.name} lacks it; {other.name} would "
                + ("offer the client another address, and " if _offers(other, reservation) else "")
                + "not answer its renewals.",
                f"Declare it on {other.name} too, or remove it from {this.name}.",
                _WARNING,
                partners=(this.name,),
            )


def _reservations(comparison: Comparison, end: End) -> list[Reservation]:
    """The reservations in subnets that both servers have, with or without a pool."""
    held = end.view.reservations_in
    return list({id(item): item for network in comparison.reserved for item in held.get(network, ())}.values())


def _offers(end: End, reservation: Reservation) -> bool:
    """Whether the server has a range where the reservation's addresses lie."""
    subnets = [end.view.subnet_over(address) for address in reservation.addresses]
    return not subnets or any(subnet is not None and end.view.has_range(subnet) for subnet in subnets)


Couples = list[tuple[Reservation, Reservation]]


def _couples(
    ours: Iterable[Reservation], theirs: Iterable[Reservation]
) -> tuple[Couples, list[Reservation], list[Reservation]]:
    """ClassMatch reservations: by client and addresses, by name, by client, or by addresses."""
    couples: Couples = []
    for key in (
        lambda item: (item.hardware, item.client_id, item.addresses, item.host_names),
        lambda item: item.name,
        lambda item: (item.hardware, item.client_id),
        lambda item: item.addresses,
    ):
        waiting: dict[object, list[Reservation]] = {}
        for item in theirs:
            waiting.setdefault(key(item), []).append(item)
        rest = []
        for item in ours:
            candidates = waiting.get(key(item)) if key(item) else None
            if candidates:
                couples.append((item, candidates.pop(0)))
            else:
                rest.append(item)
        ours, theirs = rest, [item for candidates in waiting.values() for item in candidates]
    return couples, list(ours), list(theirs)


def _identity(comparison: Comparison, here: Reservation, there: Reservation) -> Iterator[tuple[str, Meaning]]:
    """The differences in client and address."""
    primary, secondary = (end.name for end in comparison.pair.ends)

    def differ(what: str, one: str | None, other: str | None) -> str:
        return f"{what} {one or 'not set'} on {primary} and {other or 'not set'} on {secondary}"

    addresses = [_addresses(item) for item in (here, there)]
    if addresses[0] != addresses[1]:
        refused = bool(here.addresses and there.addresses) and set(here.addresses).isdisjoint(there.addresses)
        yield differ("address", *addresses), _REFUSED if refused else _OTHER_ADDRESS
    shared = not set(here.addresses).isdisjoint(there.addresses)
    for what, one, other in (
        ("hardware", here.hardware, there.hardware),
        ("client-id", here.client_id, there.client_id),
    ):
        if one != other:
            # A different client, not the same one under two names.
            yield differ(what, one, other), _SHARED if shared and one and other else _STRANGER


def _addresses(item: Reservation) -> str:
    return ", ".join([*map(format_address, sorted(item.addresses)), *sorted(item.host_names)])


def _given(comparison: Comparison, here: Reservation, there: Reservation) -> Iterator[tuple[str, Meaning]]:
    """The differences in what the client is sent."""
    if here.addresses or there.addresses:
        for address in here.addresses:
            found = comparison.of_reserved(address, here, there) if address in there.addresses else None
            if found is not None:
                yield from _settings_differ(comparison, found[0].subnet.network, *found)
                return
        return
    match = comparison.of_client(reservations=(here, there))
    if match is not None:
        yield from _settings_differ(comparison, match[1].subnet.network, *match[1:])


# --- Classes --------------------------------------------------------------------------------------------------


@section.rule(
    comparisons,
    "class-mismatch",
    ERROR_OR_WARNING,
    "A class that a failover pool uses is missing on the partner, or takes in other clients. Also what the members of "
    "any class are sent: an error if they cannot do without it, otherwise a warning.",
    check="rejected where it is missing and used; silent where it differs",
    harm="The servers disagree about who may have a lease, as with `permit-mismatch`; or as with `options-mismatch`.",
    daemons=BOTH,
)
def class_mismatch(comparison: Comparison) -> Complaints:
    pair = comparison.pair
    used = {name for end in pair.ends for pool in end.pools for name in _classes_of(pool)}
    views = [end.view for end in pair.ends]
    for name in sorted({*used, *views[0].classes, *views[1].classes}):
        ours, theirs = (view.classes.get(name, []) for view in views)
        if ours and theirs:
            yield from _class_differs(comparison, ours[0], theirs[0], name in used)
            continue
        # Declared on neither server: class-unknown reports it.
        for (this, other), mine in zip(pair.directions, (ours, theirs)):
            if not mine or not other.view.complete:
                continue
            if name in used:
                what = f'{this.name} has it for a pool of "{this.half.name}", but {other.name} lacks it; '
                meaning = _DISAGREE
            else:
                what = f"{this.name} has it, but {other.name} lacks it; "
                given = _stated(comparison, mine[0])
                if given is None:
                    continue
                meaning = given
            yield other.view.complain(
                Somewhere(mine[0].path),
                what + meaning.text,
                f"Declare the class on {other.name} too.",
                meaning.severity,
                partners=(this.name,),
            )


def _classes_of(pool: Pool) -> Iterator[str]:
    for permit in pool.permits:
        match = MEMBERS.fullmatch(permit)
        if match:
            yield match[1]


def _stated(comparison: Comparison, item: ClientClass) -> Meaning | None:
    """The meaning of a class's settings that only one server has; None if they have no effect."""
    if item.lease_limit is not None:
        return _LIMITED
    meanings: list[Meaning] = []
    definitions = {**comparison.definitions[1], **comparison.definitions[0]}
    for scope in (item.scope, *item.members.values()):
        meanings += [meaning_of_one(name, definitions) for name in scope.options]
        parameters = [Disagreement(name, value, None) for name, value in scope.parameters.items()]
        meanings += [meaning for _text, meaning in told(comparison, (), parameters)]
        meanings += [block_meaning(block, definitions) for block in blocks_that_count(scope.conditionals)]
        if any(name.endswith("-lease-time") for name in scope.parameters):
            meanings.append(_LEASES)
    return _worst(meanings) if meanings else None


def _class_differs(comparison: Comparison, here: ClientClass, there: ClientClass, used: bool) -> Complaints:
    parts: Parts = []
    who = [
        what
        for what, one, other in (
            ("match", here.match, there.match),
            ("subclasses", here.values, there.values),
        )
        if one != other
    ]
    if who:
        given = [meaning for item in (here, there) if (meaning := _stated(comparison, item)) is not None]
        if used or given:
            verb = "differs" if who == ["match"] else "differ"
            parts.append((f"its {' and '.join(who)} {verb}", _DISAGREE if used else _worst(given)))
    if here.lease_limit != there.lease_limit:
        primary, secondary = (end.name for end in comparison.pair.ends)
        limits = f"{_limit(here)} on {primary} and {_limit(there)} on {secondary}"
        parts.append((f"its lease limit is {limits}", _LIMITED))
    alike = here.values & there.values
    classes: list[tuple[str, ClassMatch]] = [("", here.name)]
    for value in sorted(here.members.keys() | there.members.keys()):
        one, other = (item.members.get(value, item.scope) for item in (here, there))
        if value in alike and _own(one) != _own(other):
            classes.append((f"subclass {value}: ", (here.name, value)))
    seen: set[str] = set()
    for prefix, match in classes:
        found = comparison.of_client((match,))
        if found is None:
            continue
        for text, meaning in _settings_differ(comparison, found[1].subnet.network, *found[1:]):
            if text not in seen:
                seen.add(text)
                parts.append((prefix + text, meaning))
        blocks = [
            [block for block in blocks_that_count(client.conditionals) if block not in everybody.conditionals]
            for client, everybody in zip(found[1:], (found[0].here, found[0].there))
        ]
        if blocks[0] != blocks[1]:
            definitions = {**comparison.definitions[1], **comparison.definitions[0]}
            parts.append(
                (
                    f"{prefix}its conditional blocks differ",
                    _worst(block_meaning(block, definitions) for block in (*blocks[0], *blocks[1])),
                )
            )
    if parts:
        worst = _worst(part[1] for part in parts)
        yield comparison.pair.complain(
            f"{'; '.join(part[0] for part in parts)}; {worst.text}",
            "Declare the class in the same way on both.",
            worst.severity,
            place=here,
        )


def _limit(item: ClientClass) -> str:
    return "not set" if item.lease_limit is None else str(item.lease_limit)


def _own(scope: Scope) -> tuple[object, ...]:
    return scope.options, scope.parameters, scope.conditionals
