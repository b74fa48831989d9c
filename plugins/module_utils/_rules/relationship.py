# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Relationship: the settings of one half, and the two halves against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable
from contextlib import suppress

# failover_validate says what to install; module_utils must import without it.
with suppress(ImportError):
    import netaddr

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import (
    DEFAULT_MAX_RESPONSE_DELAY,
    DEFAULT_MAX_UNACKED_UPDATES,
    DEFAULT_PORT,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.pairing import endpoint
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import (
    End,
    Estate,
    Pair,
    View,
    ends,
    everything,
    pairs,
    servers,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    BOTH,
    ERROR,
    ERROR_OR_WARNING,
    WARNING,
    Complaints,
    Section,
)

section = Section("Relationship: the two halves against each other")

# If a half could not be read completely, a statement that seems to be missing may be there.
_UNREAD = ("statement-unknown", "declaration-invalid", "non-ascii", "syntax")

_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\.?")
_HBA = re.compile(r"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){31}")
_LARGEST_MCLT = 2**31 - 1
# dhcpd keeps the lowest 16 bits of a larger number.
_LARGEST_PORT = 0xFFFF

# What becomes of a server without a partner.
_ALONE = {
    "dhcpd": "the pair would never become normal, and serve no client.",
    "kea": "the server would serve alone, without a copy of its leases.",
}

# Defaults of the balancing statements of dhcpd 4.4.3, also used for 0.
_MISBALANCE, _OWNERSHIP, _MIN_BALANCE, _MAX_BALANCE = 15, 10, 60, 3600


# --- Is there a partner at all? ------------------------------------------------------------------------------


@section.rule(
    everything,
    "partner-missing",
    ERROR,
    "A relationship is declared on one server only.",
    check="silent",
    harm="The pair never reaches `normal`; a new pair serves no client.",
    unless=("relationship-duplicate",),
    daemons=BOTH,
    kea=("silent", "The server waits `max-response-delay`, then serves alone, without a copy of its leases."),
)
def partner_missing(estate: Estate) -> Complaints:
    for end, partner_given in estate.alone:
        if partner_given and not _unread_partners(estate, end):
            yield end.complain(
                "no other server declares the matching half (its peer address is "
                f"{end.half.peer_address or 'not set'}); {_ALONE[end.view.server.daemon]}",
                f'Declare the other half of "{end.half.name}" on the partner of {{host}}, '
                "with the same name and the two addresses exchanged.",
            )


def _unread_partners(estate: Estate, end: End) -> list[str]:
    """Servers whose half may be in an unreadable part of their declaration."""
    return [view.name for view in estate.views if not view.complete and view.name != end.name]


@section.rule(
    everything,
    "partner-not-given",
    WARNING,
    "The partner is not among the given servers, for instance because another team manages it.",
    check="silent",
    harm="No effect by itself; but this half was checked alone, and most faults of a pair show only in both halves.",
    unless=("relationship-duplicate",),
    daemons=BOTH,
)
def partner_not_given(estate: Estate) -> Complaints:
    for end, partner_given in estate.alone:
        unread = _unread_partners(estate, end) if partner_given else []
        if partner_given and not unread:
            continue
        where = f"in the readable part of {' and '.join(unread)}" if unread else "among the given servers"
        yield end.complain(
            f"the partner at {end.half.peer_address or 'an unknown address'} is not {where}, "
            "so this half was checked alone.",
            "Give both complete servers to the check. If another team manages the partner, compare the two by hand.",
        )


@section.rule(
    pairs,
    "name-mismatch",
    ERROR,
    "Halves that point at each other have different names (case counts).",
    check="silent",
    harm="The log says `invalid failover partner` every 5 seconds, and no client is served.",
)
def name_mismatch(pair: Pair) -> Complaints:
    here, there = pair.primary.half.name, pair.secondary.half.name
    if here != there:
        yield pair.complain(
            f'it is called "{here}" on {pair.primary.name} but "{there}" on {pair.secondary.name}; '
            "the daemons would refuse each other as an invalid failover partner, and serve no client.",
            f'Use one name on both, for instance "{here}" also on {pair.secondary.name} and in its pools.',
        )


@section.rule(
    ends,
    "name-unsafe",
    ERROR,
    "The name of a relationship contains a quote or a backslash.",
    check="silent",
    harm="dhcpd writes the name unquoted into its lease database and cannot read it back: after a restart it knows "
    "neither its state nor the leases that follow.",
)
def name_unsafe(end: End) -> Complaints:
    bad = [char for char in ('"', "\\") if char in end.half.name]
    if bad:
        yield end.complain(
            f"the name contains {' and '.join(bad)}; dhcpd could not read its own lease database after a restart, and "
            "would forget leases.",
            "Give it a name of letters, digits and hyphens on {host}.",
        )


# --- Roles ---------------------------------------------------------------------------------------------------


@section.rule(
    pairs,
    "role-conflict",
    ERROR,
    "Both halves are primary, or both are secondary.",
    check="silent",
    harm="Two primaries loop in `recover`; two secondaries stay in `recover` and answer nobody.",
)
def role_conflict(pair: Pair) -> Complaints:
    role = pair.primary.half.role
    if role is None or role != pair.secondary.half.role:
        return
    harm = (
        "the two would loop in recover, and serve no client."
        if role == "primary"
        else "both would stay in startup without an error in the log, and serve no client."
    )
    other = "secondary" if role == "primary" else "primary"
    extra = ", without mclt and split" if role == "primary" else ", with mclt and split"
    yield pair.complain(
        f"both halves are {role}; {harm}",
        f"Make one of {pair.primary.name} and {pair.secondary.name} the {other}{extra}.",
    )


@section.rule(
    ends,
    "role-missing",
    ERROR,
    "Neither `primary` nor `secondary` is set.",
    check="silent if `mclt` and `split` or `hba` are set (it becomes primary), otherwise rejected",
    harm="As for `role-conflict`, if the partner is the primary.",
    unless=_UNREAD,
)
def role_missing(end: End) -> Complaints:
    half = end.half
    if half.role is None:
        lacking = "split" if half.split is None and half.hba is None else None if half.mclt else "mclt"
        harm = (
            "dhcpd would silently take it for the primary."
            if lacking is None
            else f"dhcpd would take it for the primary, and refuse to start because {lacking} is missing."
        )
        yield end.complain(f"neither primary nor secondary is set; {harm}", "Set the side of {host}.")


# --- Addresses and ports -------------------------------------------------------------------------------------


@section.rule(
    pairs,
    "address-not-mirrored",
    ERROR,
    "One server's address is not its partner's peer address.",
    check="silent",
    harm="Partners recognise each other by the source address: the pair is never `normal`, and one side logs nothing.",
    unless=("address-invalid",),
)
def address_not_mirrored(pair: Pair) -> Complaints:
    for this, other in pair.directions:
        address, expected = this.half.address, other.half.peer_address
        if address is None or expected is None:
            continue
        known = parse_address(address) is not None and parse_address(expected) is not None
        # The address of a host name is not known here; address-hostname reports it.
        if not known or endpoint(address) == endpoint(expected):
            continue
        yield other.complain(
            f"peer address is {expected}, but {this.name} has address {address}; "
            f"{other.name} would drop every connection from its partner, and the pair would never become normal.",
            f"Make peer address on {other.name} and address on {this.name} the same.",
            partners=(this.name,),
        )


@section.rule(
    pairs,
    "port-not-mirrored",
    ERROR,
    f"One server's port is not its partner's peer port (default: {DEFAULT_PORT}).",
    check="silent",
    harm="If one direction is wrong, the pair works, but only one side can connect. If both are wrong, there is no "
    "service, and no error in the log.",
    unless=("port-out-of-range",),
)
def port_not_mirrored(pair: Pair) -> Complaints:
    wrong = [(this, other) for this, other in pair.directions if this.port != other.peer_port]
    if not wrong:
        return
    what = " and ".join(
        f"{this.name} has port {this.port}, but {other.name} has peer port {other.peer_port}" for this, other in wrong
    )
    harm = (
        "neither could connect to the other, and no client would be served, without an error in the log."
        if len(wrong) == 2
        else "only one of the two could still connect, without an error in the log."
    )
    yield pair.complain(
        f"{what}; {harm}",
        " ".join(f"Make port on {this.name} and peer port on {other.name} the same." for this, other in wrong),
    )


@section.rule(
    ends,
    "address-missing",
    ERROR,
    "`address` or `peer address` is missing.",
    check="silent without `address`; rejected without `peer address`",
    harm="dhcpd exits at start: `no local address`.",
    unless=_UNREAD,
)
def address_missing(end: End) -> Complaints:
    if end.half.address is None:
        yield end.complain("address is missing; dhcpd would exit at start.", "Set the address of {host}.")
    if end.half.peer_address is None:
        yield end.complain(
            "peer address is missing; dhcpd would refuse to start.", "Set the address of the partner on {host}."
        )


@section.rule(
    ends,
    "address-self",
    ERROR_OR_WARNING,
    "`address` and `peer address` are the same. Warning: with different ports.",
    check="silent",
    harm="The server is its own partner, and never `normal`. With different ports, both daemons run on one host, and "
    "fail with it.",
)
def address_self(end: End) -> Complaints:
    address = endpoint(end.half.address)
    if address is None or address != endpoint(end.half.peer_address):
        return
    if end.port == end.peer_port:
        yield end.complain(
            f"address and peer address are both {end.half.address}, with the same port; "
            "the pair would never become normal.",
            "Set the partner's address as peer address on {host}.",
        )
    else:
        yield end.complain(
            f"address and peer address are both {end.half.address}; two daemons on one host work, but fail together.",
            "Run the partner on another host than {host}.",
            Severity.WARNING,
        )


# Networks without addresses of hosts.
_NO_HOSTS = {
    "0.0.0.0/8": "in 0.0.0.0/8",
    "127.0.0.0/8": "a loopback address",
    "255.255.255.255/32": "the broadcast address",
    "224.0.0.0/4": "a multicast address",
    "240.0.0.0/4": "a reserved address",
}


def _why_invalid(text: str, edges: frozenset[int], names_allowed: bool) -> str | None:
    number = parse_address(text)
    if number is None:
        if names_allowed and _HOST_NAME.fullmatch(text):
            return None
        return "not an IPv4 address"
    address = netaddr.IPAddress(number, 4)
    for network, why in _NO_HOSTS.items():
        if address in netaddr.IPNetwork(network):
            return why
    return "the network or broadcast address of a declared subnet" if number in edges else None


@section.rule(
    servers,
    "address-invalid",
    ERROR,
    "`address` or `peer address` is not the IPv4 address of a host, but another text, 0.0.0.0, loopback, multicast or "
    "broadcast.",
    check="mostly silent",
    harm="Never `normal`.",
)
def address_invalid(view: View) -> Complaints:
    edges = frozenset(
        edge
        for subnet in (view.server.subnets if view.ends else ())
        if subnet.prefix < 31
        for edge in (subnet.network, subnet.broadcast)
    )
    for end in view.ends:
        for what, text in (("address", end.half.address), ("peer address", end.half.peer_address)):
            why = text and _why_invalid(text, edges, names_allowed=view.server.from_text)
            if why:
                yield end.complain(
                    f"{what} {text} is {why}; the pair would never become normal.",
                    f"Set an IPv4 address of {'{host}' if what == 'address' else 'the partner on {host}'}.",
                )


@section.rule(
    ends,
    "address-hostname",
    WARNING,
    "A host name instead of an address (in the text of a dhcpd.conf; variables must hold addresses).",
    check="silent",
    harm="If the name does not resolve at run time, dhcpd drops the partner's connections.",
)
def address_hostname(end: End) -> Complaints:
    if not end.view.server.from_text:
        return
    for what, text in (("address", end.half.address), ("peer address", end.half.peer_address)):
        if text and parse_address(text) is None and _HOST_NAME.fullmatch(text):
            yield end.complain(
                f"{what} is the host name {text}; if it does not resolve at run time, dhcpd drops the partner.",
                "Use the IPv4 address instead on {host}.",
            )


@section.rule(
    ends,
    "port-out-of-range",
    ERROR,
    f"`port` or `peer port` is not in 1..{_LARGEST_PORT}.",
    check="silent (70000 listens on 4464)",
    harm="Never `normal`.",
)
def port_out_of_range(end: End) -> Complaints:
    for what, port in (("port", end.half.port), ("peer port", end.half.peer_port)):
        if port is not None and not 1 <= port <= _LARGEST_PORT:
            used = DEFAULT_PORT if port == 0 else port & _LARGEST_PORT or "a random one"
            yield end.complain(
                f"{what} {port} is not in 1..{_LARGEST_PORT}; dhcpd would silently use {used}.",
                f"Use {DEFAULT_PORT}, or another free port, on {{host}}.",
            )


@section.rule(
    servers,
    "relationship-duplicate",
    ERROR,
    "The same name is declared twice on one server.",
    check="rejected",
    harm="-",
)
def relationship_duplicate(view: View) -> Complaints:
    seen: dict[str, End] = {}
    for end in view.ends:
        first = seen.setdefault(end.half.name, end)
        if first is not end:
            line = "" if first.half.line is None else f" (first in line {first.half.line})"
            yield end.complain(
                f"it is declared twice{line}; dhcpd would refuse to start.",
                "Remove one of the two, or give it its own name, on {host}.",
            )


@section.rule(
    everything,
    "endpoint-shared",
    ERROR,
    "Two relationships of Kea run between the same two addresses and ports; two of dhcpd have the same partner.",
    check="silent",
    harm="Only one of them comes up.",
    daemons=BOTH,
)
def endpoint_shared(estate: Estate) -> Complaints:
    reported: set[Hashable] = set()
    for view in estate.views:
        groups: dict[Hashable, list[End]] = defaultdict(list)
        for end in view.ends:
            here, there = endpoint(end.half.address), endpoint(end.half.peer_address)
            if here is not None and there is not None:
                # dhcpd takes a connection for the first relationship with a partner of this address, whatever its port.
                ports = (None, None) if view.server.daemon == "dhcpd" else (end.port, end.peer_port)
                groups[frozenset(zip((here, there), ports))].append(end)
        for endpoints, group in groups.items():
            names = sorted({end.half.name for end in group})
            # The partner has the same two relationships; one finding is enough.
            if len(names) < 2 or (endpoints, *names) in reported:
                continue
            reported.add((endpoints, *names))
            half = group[1].half
            quoted = " and ".join(f'"{name}"' for name in names)
            if view.server.daemon == "dhcpd":
                yield group[1].complain(
                    f"{quoted} run between the same two addresses, {half.address} and {half.peer_address}. dhcpd tells "
                    "its partners apart by their addresses alone; only one of them would come up.",
                    "Use one relationship for all the pools.",
                )
                continue
            yield group[1].complain(
                f"{quoted} run between the same two ends, {half.address} port {group[1].port} and {half.peer_address} "
                f"port {group[1].peer_port}; only one of them would come up.",
                "Give each its own port on {host} and its partner, or use one relationship for all the pools.",
            )


# --- Settings of the primary only ----------------------------------------------------------------------------


@section.rule(
    ends,
    "mclt-missing",
    ERROR,
    "The primary has no `mclt`, or 0.",
    check="rejected",
    harm="-",
    unless=("role-conflict", *_UNREAD),
)
def mclt_missing(end: End) -> Complaints:
    if end.is_primary and not end.half.mclt:
        what = "missing" if end.half.mclt is None else "0"
        yield end.complain(
            f"mclt is {what} on the primary; dhcpd would refuse to start.",
            "Set mclt on {host}, for instance 1800 seconds.",
        )


@section.rule(
    ends,
    "mclt-on-secondary",
    ERROR,
    "The secondary has `mclt`.",
    check="silent",
    harm="dhcpd ignores it and uses the primary's value.",
    unless=("role-conflict",),
)
def mclt_on_secondary(end: End) -> Complaints:
    if end.is_secondary and end.half.mclt is not None:
        yield end.complain(
            "mclt belongs to the primary only; dhcpd would ignore it silently.", "Remove it from {host}."
        )


@section.rule(
    ends,
    "mclt-out-of-range",
    ERROR,
    "`mclt` is negative or above 2147483647.",
    check="silent",
    harm="First leases have no limit, and a recovery practically never ends.",
)
def mclt_out_of_range(end: End) -> Complaints:
    mclt = end.half.mclt
    if mclt is not None and not end.is_secondary and not 0 <= mclt <= _LARGEST_MCLT:
        yield end.complain(
            f"mclt {mclt} is not in 1..{_LARGEST_MCLT}; leases would have no limit, and a recovery would never end.",
            "Set a number of seconds on {host}, for instance 1800.",
        )


@section.rule(
    ends,
    "split-missing",
    ERROR,
    "The primary has neither `split` nor `hba`.",
    check="rejected",
    harm="-",
    unless=("role-conflict", *_UNREAD),
)
def split_missing(end: End) -> Complaints:
    if end.is_primary and end.half.split is None and end.half.hba is None:
        yield end.complain(
            "the primary has neither split nor hba; dhcpd would refuse to start.",
            "Set split 128 on {host} to share the clients evenly.",
        )


@section.rule(
    ends,
    "split-out-of-range",
    ERROR,
    "`split` is outside 0..256 (256: all to the primary, 0: all to the secondary).",
    check="rejected",
    harm="-",
    unless=("split-on-secondary",),
)
def split_out_of_range(end: End) -> Complaints:
    if end.half.split is not None and not 0 <= end.half.split <= 256:
        yield end.complain(
            f"split {end.half.split} is outside 0..256; dhcpd would refuse to start.",
            "Set 128 on {host} to share the clients evenly, or 256 to give all to the primary.",
        )


@section.rule(
    ends,
    "split-on-secondary",
    ERROR,
    "The secondary has `split` or `hba`.",
    check="rejected",
    harm="-",
    unless=("role-conflict",),
)
def split_on_secondary(end: End) -> Complaints:
    stated = [name for name in ("split", "hba") if getattr(end.half, name) is not None]
    if end.is_secondary and stated:
        belongs = "belong" if len(stated) > 1 else "belongs"
        yield end.complain(
            f"{' and '.join(stated)} {belongs} to the primary only; dhcpd would refuse to start.",
            f"Remove {'them' if len(stated) > 1 else 'it'} from {{host}}.",
        )


@section.rule(
    ends,
    "split-and-hba",
    ERROR,
    "Both `split` and `hba` are set.",
    check="silent; the last one wins",
    harm="The last of the two decides how the load is shared.",
    unless=("split-on-secondary",),
)
def split_and_hba(end: End) -> Complaints:
    if end.half.split is not None and end.half.hba is not None:
        yield end.complain(
            f"split {end.half.split} and hba are both set; dhcpd would silently use the last one.",
            "Remove one of the two from {host}.",
        )


@section.rule(
    ends,
    "hba-malformed",
    ERROR,
    "`hba` is not exactly 32 bytes in hexadecimal, separated by colons.",
    check="rejected",
    harm="-",
    unless=("split-on-secondary",),
)
def hba_malformed(end: End) -> Complaints:
    if end.half.hba is not None and not _HBA.fullmatch(end.half.hba):
        count = len(end.half.hba.split(":"))
        yield end.complain(
            f"hba must be 32 bytes such as ff:00:..., but this is {end.half.hba} ({count} "
            f"{'part' if count == 1 else 'parts'}); dhcpd would refuse to start.",
            "Correct it on {host}, or use split instead.",
        )


# --- Settings of both ----------------------------------------------------------------------------------------


def _stated(value: int | None, default: int) -> str:
    return str(value) if value else f"{default} (default)" if value is None else f"{default} (0 means the default)"


@section.rule(
    pairs,
    "max-unacked-updates-mismatch",
    ERROR_OR_WARNING,
    "`max-unacked-updates` differs (default: 100). Error: one is more than twice the other. Warning: otherwise.",
    check="silent",
    harm="Updates wait for a timer of 2 seconds: with 100 against 10, 100 addresses took 18 s; large pools take hours.",
    unless=_UNREAD,
)
def max_unacked_updates_mismatch(pair: Pair) -> Complaints:
    stated = [end.half.max_unacked_updates for end in pair.ends]
    here, there = (value or DEFAULT_MAX_UNACKED_UPDATES for value in stated)
    if here == there:
        return
    words = [_stated(value, DEFAULT_MAX_UNACKED_UPDATES) for value in stated]
    severe = max(here, there) > 2 * min(here, there)
    harm = (
        "updates would wait for a timer of 2 seconds: hours without service for a large pool."
        if severe
        else "the two run well only with the same value."
    )
    yield pair.complain(
        f"max-unacked-updates is {words[0]} on {pair.primary.name} and {words[1]} on {pair.secondary.name}; {harm}",
        f"Set the same number on both, for instance {stated[0] or stated[1] or 10}.",
        Severity.ERROR if severe else Severity.WARNING,
    )


@section.rule(
    ends,
    "max-unacked-updates-missing",
    WARNING,
    "`max-unacked-updates` is missing, although the manual page requires it.",
    check="silent",
    harm="The default is 100.",
    unless=("max-unacked-updates-mismatch", *_UNREAD),
)
def max_unacked_updates_missing(end: End) -> Complaints:
    if end.half.max_unacked_updates is None:
        yield end.complain(
            f"max-unacked-updates is missing; dhcpd would silently use {DEFAULT_MAX_UNACKED_UPDATES}.",
            "Set it on {host} to the same number as on the partner, for instance 10.",
        )


@section.rule(
    ends,
    "max-response-delay-missing",
    WARNING,
    "`max-response-delay` is missing, although the manual page requires it.",
    check="silent",
    harm="The default is 20 seconds.",
    unless=("max-response-delay-mismatch", *_UNREAD),
)
def max_response_delay_missing(end: End) -> Complaints:
    if end.half.max_response_delay is None:
        yield end.complain(
            f"max-response-delay is missing; dhcpd would silently use {DEFAULT_MAX_RESPONSE_DELAY} seconds.",
            "Set it on {host}, for instance 60 seconds.",
        )


@section.rule(
    pairs,
    "max-response-delay-mismatch",
    WARNING,
    "`max-response-delay` differs (default: 20).",
    check="silent",
    harm="Each side detects a dead partner after its own delay.",
    unless=_UNREAD,
)
def max_response_delay_mismatch(pair: Pair) -> Complaints:
    stated = [end.half.max_response_delay for end in pair.ends]
    here, there = (value or DEFAULT_MAX_RESPONSE_DELAY for value in stated)
    if here != there:
        words = [_stated(value, DEFAULT_MAX_RESPONSE_DELAY) for value in stated]
        yield pair.complain(
            f"max-response-delay is {words[0]} on {pair.primary.name} and {words[1]} on {pair.secondary.name}; "
            "one would notice a dead partner later than the other.",
            "Set the same number of seconds on both.",
        )


@section.rule(
    everything,
    "load-balance-disabled",
    WARNING,
    "`load balance max seconds` is missing or 0 on both sides.",
    check="warning, exit 0",
    harm="Both servers answer every DISCOVER.",
    unless=_UNREAD,
)
def load_balance_disabled(estate: Estate) -> Complaints:
    message = "load balance max seconds is {}; both servers would answer every DISCOVER."
    for pair in estate.pairs:
        here, there = (end.half.load_balance_max_seconds for end in pair.ends)
        if not here and not there:
            what = "missing" if here is None and there is None else "0"
            yield pair.complain(message.format(what), "Set the same number on {host}, for instance 3.")
    for end, _partner_given in estate.alone:
        if not end.half.load_balance_max_seconds:
            what = "missing" if end.half.load_balance_max_seconds is None else "0"
            yield end.complain(message.format(what), "Set it on {host} as on the partner, for instance 3.")


@section.rule(
    pairs,
    "load-balance-mismatch",
    ERROR_OR_WARNING,
    "`load balance max seconds` differs. Error: on for one side, off for the other. Warning: different values.",
    check="warning or silent",
    harm="One side balances; the other answers every client.",
    unless=_UNREAD,
)
def load_balance_mismatch(pair: Pair) -> Complaints:
    here, there = (end.half.load_balance_max_seconds for end in pair.ends)
    if (here or 0) == (there or 0):
        return
    words = ["off (default)" if value is None else "off (0)" if value == 0 else str(value) for value in (here, there)]
    off = not here or not there
    harm = (
        "one would balance, and the other answer every client."
        if off
        else "each would wait for a different time before it answers a client of its partner."
    )
    yield pair.complain(
        f"load balance max seconds is {words[0]} on {pair.primary.name} and {words[1]} on {pair.secondary.name}; "
        f"{harm}",
        f"Set the same number on both, for instance {here or there}.",
        Severity.ERROR if off else Severity.WARNING,
    )


@section.rule(
    ends,
    "auto-partner-down",
    WARNING,
    "`auto-partner-down` is set.",
    check="silent",
    harm="After a network partition, both servers own the whole pool.",
)
def auto_partner_down(end: End) -> Complaints:
    seconds = end.half.auto_partner_down
    if seconds:
        yield end.complain(
            f"auto-partner-down is {seconds}; after a network partition of {seconds} seconds, "
            "both servers would own the whole pool.",
            "Remove it from {host}, and declare a partner down by hand when it is known to be down.",
        )


@section.rule(
    ends,
    "balance-thresholds",
    WARNING,
    "`max-lease-ownership` > `max-lease-misbalance` (defaults: 10 and 15), `min-balance` > `max-balance` "
    "(defaults: 60 and 3600), or a percentage above 100.",
    check="silent",
    harm="Above 100 percent, dhcpd does not give addresses that were leased before to the partner. If the ownership is "
    "above the misbalance, dhcpd finds a pool imbalanced but does not balance it. `min-balance` overrides a smaller "
    "`max-balance`.",
)
def balance_thresholds(end: End) -> Complaints:
    half = end.half
    hint = "Correct it on {host}, or remove the balancing statements."
    for name, value in (
        ("max-lease-misbalance", half.max_lease_misbalance),
        ("max-lease-ownership", half.max_lease_ownership),
    ):
        if value is not None and not 0 <= value <= 100:
            yield end.complain(f"{name} is a percentage, but is {value}; above 100 it sets no limit.", hint)
            return
    misbalance, ownership = half.max_lease_misbalance or _MISBALANCE, half.max_lease_ownership or _OWNERSHIP
    if ownership > misbalance:
        yield end.complain(
            f"max-lease-ownership {_stated(half.max_lease_ownership, _OWNERSHIP)} is above max-lease-misbalance "
            f"{_stated(half.max_lease_misbalance, _MISBALANCE)}; dhcpd would not balance imbalanced pools.",
            hint,
        )
    low, high = half.min_balance or _MIN_BALANCE, half.max_balance or _MAX_BALANCE
    if low > high:
        yield end.complain(
            f"min-balance {_stated(half.min_balance, _MIN_BALANCE)} is above max-balance "
            f"{_stated(half.max_balance, _MAX_BALANCE)}; dhcpd would use only min-balance.",
            hint,
        )
