# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What a change of the declarations means for clients, and which of them lose their lease. Pure functions over data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Server,
    Subnet,
    format_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS, DEFAULT_PORT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.intervals import (
    Interval,
    count,
    minus,
    text,
    union,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import (
    MAX_SAMPLES,
    Admission,
    Affected,
    Fate,
    Promise,
    Span,
    names_of,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.effective import (
    TRUE,
    Served,
    permitted,
    served,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import View

Data = Mapping[str, Any]
HalfData = Data

# Permits that depend on more than whether the client has a reservation.
_OPEN_PERMITS = frozenset(
    f"{verb} {who}"
    for verb in ("allow", "deny")
    for who in ("all clients", "known-clients", "unknown-clients", "unauthenticated clients", "dynamic bootp clients")
)


# --- The promise of a declaration ----------------------------------------------------------------------------


def promise(server: Server) -> Promise:
    """The addresses that a server gives out, and to whom, once a dialect has resolved its native text."""
    view = View(server)
    admissions: dict[Admission, int] = {}
    by_pool = {
        (id(item.pool), id(item.settings.subnet)): admissions.setdefault(_admission(item), len(admissions))
        for item in served(view)
    }
    links: dict[int, int] = {}
    spans = []
    for span in view.spans:
        subnet = view.subnet_over(span.low)
        if subnet is not None:
            spans.append(Span(span.low, span.high, by_pool[id(span.pool), id(subnet)], _link(view, subnet, links)))
    reserved: dict[str, list[Interval]] = {}
    for item in server.reservations:
        for name in names_of(item.hardware, item.client_id):
            for address in item.addresses:
                subnet = view.subnet_over(address)
                if subnet is not None:
                    reserved.setdefault(name, []).append((address, _link(view, subnet, links)))
    numbers = [(each.network, each.broadcast, each.number) for each in server.subnets if each.number is not None]
    return Promise(spans, list(admissions), reserved, sorted(numbers), exclusive=server.daemon == "kea")


def _link(view: View, subnet: Subnet, links: dict[int, int]) -> int:
    """A number for the subnet, or for the shared network around it."""
    network = view.link_at.get(subnet.network)
    return links.setdefault(id(subnet if network is None else network), len(links))


def _admission(item: Served) -> Admission:
    stated = item.settings.parameters
    booting = stated.get("allow-booting", TRUE) == TRUE
    others = booting and stated.get("boot-unknown-clients", TRUE) == TRUE
    special = () if item.pool.permits <= _OPEN_PERMITS else tuple(sorted(item.pool.permits))
    return Admission(others and permitted(item.pool), booting and permitted(item.pool, known=True), special)


# --- The consequences of a change ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangedServer:
    """A server, and those of its present leases that a new declaration affects.

    halves: as declared. live: in the configuration on the host. given: all ranges as declared.
    """

    name: str
    halves: Sequence[HalfData]
    live: Sequence[HalfData]
    given: Sequence[Interval]
    affected: Sequence[Affected] = ()
    accepts: bool = False  # whether leases may be lost
    problem: str | None = None  # why its leases are not known
    daemon: str = DAEMONS[0]


def changed_server(name: str, halves: Sequence[HalfData], live: Sequence[HalfData], leases: Data) -> ChangedServer:
    """A server from `leases` in the result of server_compare; empty without a lease database."""
    return ChangedServer(
        name,
        halves,
        live,
        [(ends[0], ends[1]) for ends in leases.get("ranges", ())],
        [Affected.from_dict(item) for item in leases.get("affected", ())],
        leases.get("accepts", False),
        leases.get("problem"),
        leases.get("daemon", DAEMONS[0]),
    )


@dataclass
class Impact:
    """What a change means: leases that must not be lost, everything else to know, and what was lost, with the hosts."""

    refused: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lost: dict[str, list[str]] = field(default_factory=dict)


_REASONS: Mapping[Fate, str] = {
    Fate.UNSERVED: ", because no declared range contains {addresses}. ",
    Fate.DENIED: (
        ", because the declaration denies the clients of {addresses}. {daemon} refuses to renew such leases, or does "
        "not answer."
    ),
    Fate.UNSURE: (
        ", unless the classes of the new permits contain the clients of {addresses}. {daemon} refuses to renew the "
        "leases of other clients."
    ),
    Fate.TAKEN: (
        ", because other clients have reservations of {addresses}. {daemon} refuses the next renewal, and then gives "
        "another address."
    ),
    Fate.RENUMBERED: (
        ", because the id of their subnet changes: {addresses}. {daemon} refuses to renew such leases, and gives their "
        "addresses to nobody until they end. Declare the id that the subnet has now."
    ),
}


@dataclass(frozen=True)
class _Words:
    """How a daemon acts. unserved: with leases outside of all ranges. between: while only one server has a change."""

    name: str
    unserved: str
    between: str


_WORDS: Mapping[str, _Words] = {
    "dhcpd": _Words(
        "dhcpd",
        "dhcpd forgets such leases when it restarts, and does not answer their clients until they end.",
        "Leases stay, and clients notice nothing.",
    ),
    "kea": _Words(
        "Kea",
        "Kea refuses to renew such leases, or does not answer their clients until they end.",
        "Leases stay. Until both servers have the change, they do not hear each other, and both may answer clients.",
    ),
}
_REMEDY = (
    "Declare these addresses as before; or declare short lease times first, and wait until the leases have ended. To "
    "lose them now, set dhcp_server_lose_leases: true for this run."
)


def judge(servers: Sequence[ChangedServer]) -> Impact:
    """The consequences for the clients of these servers. An active lease of both partners counts once."""
    impact = Impact()
    for group in _groups(servers):
        words = _WORDS[group[0].daemon]
        hosts = " and ".join(server.name for server in group if server.affected)
        for item in _merged(group):
            if item.reservations:
                impact.told.append(f"{hosts}: {_reservations(item, words)}")
            elif item.fate == Fate.MOVED:
                impact.told.append(f"{hosts}: {_moved(item, words)}")
            elif all(server.accepts for server in group if server.affected):
                impact.told.append(f"{hosts}: {_lost(item, 'will be', words)}")
                impact.lost[f"{hosts}: {_lost(item, 'were', words)}"] = [
                    server.name for server in group if server.affected
                ]
            else:
                impact.refused.append(f"{hosts}: {_lost(item, 'would be', words)} {_REMEDY}")
        for server in group:
            if server.problem:
                impact.told.append(f"WARNING: {server.name}: its active leases could not be counted: {server.problem}")
        impact.told += dict.fromkeys(line for server in group for line in _relationships(server))
    return impact


def _groups(servers: Sequence[ChangedServer]) -> list[list[ChangedServer]]:
    """Servers that are linked by relationships, before or after the change."""
    found: list[tuple[set[frozenset[str]], list[ChangedServer]]] = []
    for server in servers:
        links = {
            frozenset((str(half.get("address")), str(half.get("peer_address"))))
            for half in (*server.halves, *server.live)
        }
        linked = [item for item in found if item[0] & links]
        found = [item for item in found if not item[0] & links]
        found.append(
            (links.union(*(item[0] for item in linked)), [*(one for item in linked for one in item[1]), server])
        )
    return [group for _links, group in found]


def _merged(group: Sequence[ChangedServer]) -> Iterator[Affected]:
    """What the servers of a group report, once. A lease is not lost if another of them goes on serving its address."""
    found: dict[tuple[bool, Fate], list[Affected]] = {}
    for server in group:
        others = union(item for other in group if other is not server for item in other.given)
        for item in server.affected:
            left = minus(item.addresses, others) if item.fate == Fate.UNSERVED else item.addresses
            if left:
                found.setdefault((item.reservations, item.fate), []).append(replace(item, addresses=left))
    for (reservations, fate), items in sorted(found.items()):
        addresses = union(each for item in items for each in item.addresses)
        ends = [item.ends for item in items]
        samples = sorted({sample for item in items for sample in item.samples if _within(sample[0], addresses)})
        last = None if None in ends else max(end for end in ends if end is not None)
        yield Affected(fate, reservations, addresses, last, samples[:MAX_SAMPLES])


def _within(address: int, intervals: Iterable[Interval]) -> bool:
    return any(low <= address <= high for low, high in intervals)


def _lost(item: Affected, verb: str, words: _Words) -> str:
    verb = "was" if verb == "were" and count(item.addresses) == 1 else verb
    last = "Some never end." if item.ends is None else f"The last one ends at {utc(item.ends)}."
    reason = _REASONS[item.fate].format(addresses=_addresses(item), daemon=words.name)
    if item.fate is Fate.UNSERVED:
        reason += words.unserved
    return f"{_number(item, 'active lease')} {verb} lost{reason} {last}"


def _moved(item: Affected, words: _Words) -> str:
    return (
        f"{_number(item, 'client')} will get a reserved address instead of the leased one: {_addresses(item)}. "
        f"{words.name} refuses the next renewal, and then gives the reserved address."
    )


def _reservations(item: Affected, words: _Words) -> str:
    return (
        f"{_number(item, 'reserved address')} will not be renewed any more: {_addresses(item)}. {words.name} "
        "refuses a client that holds one, or does not answer it until its lease ends. Then it asks for another address."
    )


def _number(item: Affected, what: str) -> str:
    number = count(item.addresses)
    plural = what if number == 1 else f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number:,} {plural}"


def _addresses(item: Affected) -> str:
    samples = ", ".join(f"{format_address(address)} is {client}" for address, client in item.samples)
    return f"{text(item.addresses)} ({samples})" if samples else text(item.addresses)


def _relationships(server: ChangedServer) -> Iterator[str]:
    """What changes in the relationships of a server; no client loses a lease by it."""
    pairs, ended = _matched(server)
    between = _WORDS[server.daemon].between
    for before, now in pairs:
        name = now["name"]
        if name != before["name"]:
            yield f'relationship "{before["name"]}" becomes "{name}". {between}'
        if now.get("role", "primary") != before.get("role", "primary"):
            yield f'relationship "{name}": the servers swap sides. {between}'
        if str(now.get("address")) != str(before.get("address")):
            yield (
                f"{server.name} moves from {before.get('address')} to {now.get('address')}. Leases stay. Renewals at "
                "the former address are not answered, and clients rebind later. Releases to it are lost, so those "
                "addresses become free only when their leases end."
            )
        port, former = (half.get("port") or DEFAULT_PORT for half in (now, before))
        if str(port) != str(former):
            yield (f'relationship "{name}": {server.name} listens at port {port} instead of {former}. {between}')
    for before in ended:
        yield (
            f'relationship "{before["name"]}" ends. Leases stay on both servers, but neither learns of the other\'s '
            "new ones. Let only one of them give out an address."
        )


def _matched(server: ChangedServer) -> tuple[list[tuple[HalfData, HalfData]], list[HalfData]]:
    """The live halves, each with the declared one that it becomes, and those that end."""
    declared = {half["name"]: half for half in server.halves}
    pairs = [(half, declared.pop(half["name"])) for half in server.live if half["name"] in declared]
    left = [half for half in server.live if not any(half is before for before, _now in pairs)]
    ended = []
    for before in left:
        same = [half for half in declared.values() if _ends(half) == _ends(before)]
        same = same or (list(declared.values()) if len(declared) == len(left) == 1 else [])
        if same:
            pairs.append((before, declared.pop(same[0]["name"])))
        else:
            ended.append(before)
    return pairs, ended


def _ends(half: HalfData) -> tuple[str, str]:
    return str(half.get("address")), str(half.get("peer_address"))
