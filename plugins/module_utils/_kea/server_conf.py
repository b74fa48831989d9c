# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Read from a server's own configuration what is needed to ask the running daemon and to count its leases.

This runs on the managed host. A daemon runs with the configuration, so this looks for a few members and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.guards import permits_of
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import LEASE_FILE, SOCKET
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.text import Node
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.tree import nodes, range_ends, text, texts
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Half,
    Pool,
    Range,
    Reservation,
    Scope,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DENY_BOOTP, SIDES
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import (
    HA_DEFAULTS,
    HA_HOOK,
    HighAvailability,
    Peer,
)

_ROLES: Mapping[str, str] = {"primary": SIDES[0], "secondary": SIDES[1], "standby": SIDES[1]}
MEMFILE = "memfile"


@dataclass
class Configuration:
    """A server's halves, pools and reservations, and how to ask the daemon.

    socket: None if there is none. database: the kind of its lease database. lease_file: of one in files; None if it
    keeps nothing. files: those that the daemon reads. deaf: it has no interface, so it hears no client.
    """

    halves: dict[str, Half] = field(default_factory=dict)
    pools: list[Pool] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    socket: str | None = None
    database: str = MEMFILE
    lease_file: str | None = LEASE_FILE
    files: list[str] = field(default_factory=list)
    deaf: bool = False

    @property
    def names(self) -> dict[str, str]:
        """The relationships by the names that their servers have in the daemon's log."""
        halves = reversed(list(self.halves.values()))
        # The first relationship with a name counts.
        return {peer.name: half.name for half in halves if half.ha for peer in half.ha.peers}


def read_configuration(root: Node) -> Configuration:
    """The few members that are needed, from the file, or from the daemon's answer about its configuration."""
    main = root.get("Dhcp4")
    found = Configuration()
    if not isinstance(main, Node):
        return found
    found.socket = next(_sockets(main), None)
    interfaces = main.get("interfaces-config")
    found.deaf = not (isinstance(interfaces, Node) and interfaces.get("interfaces"))
    database = main.get("lease-database")
    if isinstance(database, Node):
        found.database = text(database, "type") or MEMFILE
        kept = found.database == MEMFILE and database.get("persist") is not False
        found.lease_file = _whole(text(database, "name"), LEASE_FILE) if kept else None
    for hook in nodes(main, "hooks-libraries"):
        parameters = hook.get("parameters")
        if text(hook, "library").rpartition("/")[2] == HA_HOOK and isinstance(parameters, Node):
            for node in nodes(parameters, "high-availability"):
                half = _half(node)
                found.halves[half.name] = half
    _networks(main, found)
    return found


def _sockets(main: Node) -> Iterator[str]:
    """The sockets on which the daemon takes commands of this host."""
    one = main.get("control-socket")
    for node in (*([one] if isinstance(one, Node) else []), *nodes(main, "control-sockets")):
        if text(node, "socket-type") == "unix":
            yield _whole(text(node, "socket-name"), SOCKET)


def _whole(name: str, usual: str) -> str:
    """A file's whole name: Kea puts a bare one into the folder that it was built for."""
    if not name:
        return usual
    return name if name.startswith("/") else f"{usual.rpartition('/')[0]}/{name}"


def _half(node: Node) -> Half:
    peers = [_peer(peer) for peer in nodes(node, "peers")]
    mode = text(node, "mode").lower()
    # Kea refuses any other kind of value.
    settings = {name: node[name] for name, usual in HA_DEFAULTS.items() if type(node.get(name)) is type(usual)}
    ha = HighAvailability(text(node, "this-server-name"), mode, tuple(peers), settings)
    own, partner = ha.own, ha.partner
    (address, port), (peer_address, peer_port) = (peer.ends if peer else (None, None) for peer in (own, partner))
    return Half(
        ha.relationship,
        _ROLES.get(own.role) if own else None,
        address,
        port,
        peer_address,
        peer_port,
        max_response_delay=ha.number("max-response-delay") // 1000,
        mode=mode or None,
        takeover=own.takes_over if own else None,
        heartbeat=ha.number("heartbeat-delay") // 1000,
        tls=own.url.lower().startswith("https:") if own else None,
        ha=ha,
    )


def _peer(node: Node) -> Peer:
    alone = node.get("auto-failover")
    settings = {"auto-failover": alone} if isinstance(alone, bool) else {}
    return Peer(text(node, "name"), text(node, "role").lower(), text(node, "url"), settings)


def _networks(main: Node, found: Configuration) -> None:
    names = found.names
    only = next(iter(found.halves)) if len(found.halves) == 1 else None
    tests = {text(node, "name"): text(node, "test") for node in nodes(main, "client-classes")}
    _reservations(main, found)
    for network in (main, *nodes(main, "shared-networks")):
        around = _relationship(network, names)
        for subnet in nodes(network, "subnet4"):
            relationship = _relationship(subnet, names) or around or only
            _reservations(subnet, found)
            for node in nodes(subnet, "pools"):
                ends = range_ends(text(node, "pool"))
                if ends is None:
                    continue
                guards = [
                    guard
                    for each in (network, subnet, node)
                    for guard in (text(each, "client-class"), *texts(each, "client-classes"))
                ]
                permits = {DENY_BOOTP}
                for guard in filter(None, guards):
                    permits |= permits_of(guard, tests.get(guard))[0]
                found.pools.append(
                    Pool(relationship, (Range(*ends),), frozenset(permits), Scope(), text(subnet, "subnet"))
                )


def _relationship(node: Node, names: Mapping[str, str]) -> str | None:
    """The relationship of a network, which names one of its servers."""
    context = node.get("user-context")
    stated = text(context, "ha-server-name") if isinstance(context, Node) else ""
    return names.get(stated, stated) or None


def _reservations(holder: Node, found: Configuration) -> None:
    for node in nodes(holder, "reservations"):
        address = parse_address(text(node, "ip-address"))
        if address is None:
            continue
        hardware, client_id = text(node, "hw-address").lower().replace("-", ":"), text(node, "client-id")
        context = node.get("user-context")
        name = text(context, "name") if isinstance(context, Node) else ""
        found.reservations.append(
            Reservation(
                name or text(node, "hostname") or hardware or client_id,
                f"ethernet {hardware}" if hardware else None,
                client_id.strip("'") or None,
                (address,),
                Scope(),
            )
        )
