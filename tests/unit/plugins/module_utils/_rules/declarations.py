# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A correct pair in pieces, and tables of its possible faults.

The pieces are those of the exercise; every function takes the values to change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.conf.conditionals import conditional
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    ClientClass,
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    Server,
    SharedNetwork,
    Subnet,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding, Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check

E, W = Severity.ERROR, Severity.WARNING
DENY = frozenset({"deny dynamic bootp clients"})


def statements(mapping: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    return {name: value if isinstance(value, tuple) else (str(value),) for name, value in (mapping or {}).items()}


def scope(
    options: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    conditionals: Sequence[str] = (),
    parent: Scope | None = None,
) -> Scope:
    return Scope(statements(options), statements(parameters), tuple(map(conditional, conditionals)), parent)


def address(text: str) -> int:
    number = parse_address(text)
    assert number is not None, text
    return number


def interval(text: str, **changes: Any) -> Range:
    first, _dash, last = text.partition("-")
    return Range(address(first), address(last or first), **changes)


def pool(
    *ranges: str | Range,
    failover: str | None = "x",
    permits: frozenset[str] = DENY,
    bare: bool = False,
    **of_scope: Any,
) -> Pool:
    return Pool(
        failover=failover,
        ranges=tuple(interval(item) if isinstance(item, str) else item for item in ranges),
        permits=permits,
        scope=scope(**of_scope),
        bare=bare,
    )


def plain(*ranges: str, **changes: Any) -> Pool:
    return pool(*ranges, failover=None, permits=frozenset(), **changes)


def subnet(cidr: str, *pools: Pool, **of_scope: Any) -> Subnet:
    first, prefix = cidr.split("/")
    own = scope(**of_scope)
    inside = tuple(replace(item, subnet=cidr, scope=replace(item.scope, parent=own)) for item in pools)
    return Subnet(address(first), int(prefix), own, inside)


def shared_network(name: str, *members: Subnet | Pool, **of_scope: Any) -> SharedNetwork:
    own = scope(**of_scope)
    subnets = tuple(adopted(item, own, name) for item in members if isinstance(item, Subnet))
    pools = tuple(
        replace(item, shared_network=name, scope=replace(item.scope, parent=own))
        for item in members
        if isinstance(item, Pool)
    )
    return SharedNetwork(name, own, subnets, pools)


def adopted(item: Subnet, parent: Scope, shared: str | None) -> Subnet:
    """Move the subnet into another scope, with its pools."""
    own = replace(item.scope, parent=parent)
    pools = tuple(replace(p, shared_network=shared, scope=replace(p.scope, parent=own)) for p in item.pools)
    return replace(item, scope=own, shared_network=shared, pools=pools)


def serving(server: Server, *networks: Subnet | SharedNetwork, **changes: Any) -> Server:
    """The same server with other networks and other changes."""
    own = changes.pop("scope", server.scope)
    subnets: list[Subnet] = []
    shared: list[SharedNetwork] = []
    for network in networks:
        if isinstance(network, Subnet):
            subnets.append(adopted(network, own, None))
            continue
        around = replace(network.scope, parent=own)
        members = tuple(adopted(item, around, network.name) for item in network.subnets)
        pools = tuple(replace(item, scope=replace(item.scope, parent=around)) for item in network.pools)
        shared.append(replace(network, scope=around, subnets=members, pools=pools))
        subnets += members
    return replace(server, scope=own, subnets=tuple(subnets), shared_networks=tuple(shared), **changes)


OPTIONS = {"routers": "172.16.1.1", "domain-name-servers": "172.16.1.1"}
SEED_RANGE = "172.16.1.220-172.16.1.230"


def seed_subnet(*pools: Pool, **changes: Any) -> Subnet:
    """The exercise's subnet, with its own pool unless another is given."""
    return subnet("172.16.1.0/24", *(pools or (pool(SEED_RANGE),)), **{"options": OPTIONS, **changes})


def primary_half(**changes: Any) -> Half:
    return replace(
        Half(
            name="x",
            role="primary",
            address="172.16.1.100",
            port=647,
            peer_address="172.16.1.200",
            peer_port=647,
            mclt=1800,
            split=128,
            max_response_delay=180,
            max_unacked_updates=10,
            load_balance_max_seconds=3,
        ),
        **changes,
    )


def secondary_half(**changes: Any) -> Half:
    return replace(
        primary_half(role="secondary", address="172.16.1.200", peer_address="172.16.1.100", mclt=None, split=None),
        **changes,
    )


def primary(**half: Any) -> Server:
    return serving(Server("one", scope(), (primary_half(**half),)), seed_subnet())


def secondary(**half: Any) -> Server:
    return serving(Server("two", scope(), (secondary_half(**half),)), seed_subnet())


def both(*networks: Subnet | SharedNetwork, **changes: Any) -> list[Server]:
    """A pair with the same change on both servers."""
    return [
        serving(primary(), *(networks or (seed_subnet(),)), **changes),
        serving(secondary(), *(networks or (seed_subnet(),)), **changes),
    ]


def reservation(
    name: str, hardware: str | None = "ethernet 52:54:00:00:00:01", *addresses: str, **changes: Any
) -> Reservation:
    of_scope = {key: changes.pop(key) for key in ("options", "parameters") if key in changes}
    return replace(
        Reservation(name, hardware, None, tuple(address(text) for text in addresses), scope(**of_scope)), **changes
    )


def client_class(name: str, match: str | None = 'if option user-class = "x"', **changes: Any) -> ClientClass:
    return replace(ClientClass(name, match, scope()), **changes)


class Case(NamedTuple):
    """A faulty declaration and its one finding.

    says: words that must be in the finding. also: slugs of further findings, for separate faults.
    """

    slug: str
    severity: Severity
    servers: list[Server]
    says: str = ""
    concerns: str = ""  # names of the servers, joined by spaces; empty: any
    also: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"{self.slug}-{self.says}" if self.says else self.slug


def found(servers: Sequence[Server]) -> list[Finding]:
    return list(check(servers))


def examine(case: Case) -> None:
    """Assert that exactly this fault is found, with its severity, place and words."""
    findings = found(case.servers)
    matching = [
        finding
        for finding in findings
        if finding.slug == case.slug
        and finding.severity is case.severity
        and case.says in str(finding)
        and case.concerns in ("", " ".join(finding.servers))
    ]
    told = "\n".join(map(str, findings)) or "nothing"
    assert len(matching) == 1, f"wanted one {case.slug} ({case.severity.value}) with {case.says!r}; found:\n{told}"
    assert {finding.slug for finding in findings} == {case.slug} | case.also, told
    (finding,) = matching
    assert finding.message.rstrip().endswith("."), finding.message
    assert finding.hint.endswith("."), finding.hint
    assert "{host}" not in finding.message + finding.hint
    assert len(finding.path) > 0
