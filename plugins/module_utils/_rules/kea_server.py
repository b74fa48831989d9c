# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""One Kea server: its side of high availability, and what its daemon needs for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import (
    Pool,
    Reservation,
    format_address,
    parse_address,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Severity
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.kea import (
    HOT_STANDBY,
    LEASE_HOOK,
    LOAD_BALANCING,
    PASSIVE_BACKUP,
    SECOND_ROLES,
    HighAvailability,
    KeaService,
    Peer,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.estate import End, Estate, Somewhere, View
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules.registry import (
    ERROR,
    ERROR_OR_WARNING,
    KEA,
    WARNING,
    Complaints,
    Section,
)

section = Section("Kea: one server")

# Kea's own limits.
_LARGEST_DELAY, _LARGEST_NUMBER = 0xFFFF, 0xFFFFFFFE
# No client of a server that has died is answered for so long, in milliseconds.
_LONG_DELAY = 10000
# A heartbeat that gets lost must not count as the loss of the partner.
_HEARTBEATS = 3
_TLS = ("trust-anchor", "cert-file", "key-file")
# Classes that need no definition.
_BUILT_IN = frozenset({"ALL", "BOOTP", "DROP", "KNOWN", "SKIP_DDNS", "UNKNOWN"})
_BUILT_IN_PREFIXES = ("AFTER_", "EXTERNAL_", "HA_", "SPAWN_", "VENDOR_CLASS_")


class Related(NamedTuple):
    """A server's side of a relationship as Kea states it."""

    end: End
    ha: HighAvailability

    @property
    def service(self) -> KeaService:
        return self.end.view.server.kea or KeaService()

    @property
    def certificates(self) -> list[str]:
        """The settings of certificates that this server states for itself."""
        stated = {**self.ha.settings, **(self.ha.own.settings if self.ha.own is not None else {})}
        return [name for name in _TLS if stated.get(name)]

    @property
    def off(self) -> list[str]:
        """The settings without which it has no listener of its own."""
        names = ("enable-multi-threading", "http-dedicated-listener")
        return [name for name in names if self.ha.threads.get(name) is False]


def related(estate: Estate) -> Iterator[Related]:
    for view in estate.views:
        for end in view.ends:
            if end.half.ha is not None:
                yield Related(end, end.half.ha)


def kea_servers(estate: Estate) -> Iterator[View]:
    return (view for view in estate.views if view.server.kea is not None)


def host_of(url: str) -> str:
    """The host in a URL."""
    rest = url.partition("://")[2].partition("/")[0]
    return rest.rpartition("]")[0].lstrip("[") if rest[:1] == "[" else rest.partition(":")[0]


# --- Reading ----------------------------------------------------------------------------------------------------------

section.reading(
    "untranslatable",
    ERROR_OR_WARNING,
    "The variables have something for which Kea has no counterpart. Warning: it merely has no effect.",
    check="never sees it",
    harm="-",
    daemons=KEA,
)
section.reading(
    "option-cut",
    ERROR,
    "The text of an option has a comma without a backslash before it.",
    check="silent",
    harm="Kea sends only the part before the comma.",
    daemons=KEA,
)


# --- The relationship -------------------------------------------------------------------------------------------------


@section.rule(
    related,
    "ha-server-unknown",
    ERROR,
    "`this-server-name` is not among the peers.",
    check="silent",
    harm="Kea exits at start.",
    daemons=KEA,
)
def ha_server_unknown(item: Related) -> Complaints:
    if item.ha.own is None:
        names = [peer.name for peer in item.ha.peers]
        close = get_close_matches(item.ha.this_server, names, 1)
        meant = f'Did you mean "{close[0]}"? ' if close else ""
        yield item.end.complain(
            f'this-server-name is "{item.ha.this_server}", which is no peer; Kea would exit at start.',
            f"{meant}Write the name of this server's own peer on {{host}}.",
        )


@section.rule(
    related,
    "ha-roles-invalid",
    ERROR,
    "The mode is unknown, or the roles of the peers do not fit it.",
    check="silent",
    harm="Kea exits at start.",
    daemons=KEA,
)
def ha_roles_invalid(item: Related) -> Complaints:
    mode, roles = item.ha.mode, [peer.role for peer in item.ha.peers]
    second = SECOND_ROLES.get(mode)
    if mode not in (HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP):
        yield item.end.complain(
            f'the mode "{mode}" is unknown; Kea would exit at start.', f"Write {HOT_STANDBY} on {{host}}."
        )
        return
    wanted = {"primary": 1, **({second: 1} if second else {})}
    active = {role: roles.count(role) for role in roles if role != "backup"}
    if active != wanted:
        told = " and ".join(f"one {role}" for role in wanted)
        yield item.end.complain(
            f"its peers are {', '.join(roles) or 'missing'}, but {mode} needs {told}; Kea would exit at start.",
            "Correct the roles on {host}.",
        )


@section.rule(
    related,
    "ha-url-invalid",
    ERROR,
    "The URL of a peer has no IP address or no port, or another scheme than http and https.",
    check="silent",
    harm="Kea exits at start; without a port it uses 80 or 443.",
    daemons=KEA,
)
def ha_url_invalid(item: Related) -> Complaints:
    for peer in item.ha.peers:
        scheme, mark, rest = peer.url.partition("://")
        place = rest.partition("/")[0]
        address = parse_address(host_of(peer.url)) is not None or place[:1] == "["
        port = place.rpartition("]")[2].partition(":")[2]
        if scheme.lower() not in ("http", "https") or not mark or not address:
            yield item.end.complain(
                f'the URL of "{peer.name}" is "{peer.url}", which has no IP address; Kea would exit at start.',
                "Write http://ADDRESS:PORT/ on {host}; Kea looks up no names.",
            )
        elif not port.isdigit() or not 0 < int(port[:6]) <= _LARGEST_DELAY:
            yield item.end.complain(
                f'the URL of "{peer.name}" is "{peer.url}", which has no port; Kea would use that of the scheme.',
                "Write http://ADDRESS:PORT/ on {host}.",
            )


@section.rule(
    related,
    "ha-url-loopback",
    ERROR,
    "The server's own URL is an address that its partner cannot reach.",
    check="silent",
    harm="Each server takes the other for dead: both serve, and nothing is copied.",
    daemons=KEA,
)
def ha_url_loopback(item: Related) -> Complaints:
    for peer in item.ha.peers:
        number = parse_address(host_of(peer.url))
        if number is not None and number >> 24 in (0, 127):
            yield item.end.complain(
                f'the URL of "{peer.name}" is {peer.url}, which is only reached from the host itself; both servers '
                "would serve alone, and nothing would be copied.",
                "Write the address at which the other server reaches it.",
            )


@section.rule(
    related,
    "ha-url-shared",
    ERROR,
    "Two peers have the same address and port.",
    check="silent",
    harm="A server calls itself: it never finds its partner.",
    daemons=KEA,
)
def ha_url_shared(item: Related) -> Complaints:
    seen: dict[str, Peer] = {}
    for peer in item.ha.peers:
        key = peer.url.partition("://")[2].rstrip("/").lower()
        first = seen.setdefault(key, peer)
        if key and first is not peer:
            yield item.end.complain(
                f'"{first.name}" and "{peer.name}" have the same URL {peer.url}; the server would call itself, and '
                "serve alone.",
                "Give each peer its own address on {host}.",
            )


@section.rule(
    related,
    "ha-tls-incomplete",
    ERROR,
    "Some of `trust-anchor`, `cert-file` and `key-file` are missing, or the scheme of a URL does not fit them.",
    check="silent",
    harm="Kea exits at start; with http, nothing is encrypted and everybody is let in.",
    daemons=KEA,
)
def ha_tls_incomplete(item: Related) -> Complaints:
    present = item.certificates
    missing = [name for name in _TLS if name not in present]
    if present and missing:
        yield item.end.complain(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing beside {' and '.join(present)}; "
            "Kea would exit at start.",
            "Set all three on {host}, or none.",
        )
        return
    for peer in item.ha.peers:
        secure = peer.url.lower().startswith("https:")
        if peer.role != "backup" and secure != bool(present):
            harm = "Kea would exit at start." if secure else "the two would talk without protection."
            yield item.end.complain(
                f'the URL of "{peer.name}" is {peer.url}, but there are {"no " if secure else ""}certificates; {harm}',
                f"Write {'http' if secure else 'https'}:// on {{host}}, or {'set' if secure else 'remove'} the "
                "certificates.",
            )


@section.rule(
    related,
    "ha-commands-unrestricted",
    WARNING,
    "`restrict-commands` is not true.",
    check="silent",
    harm="Before 3.0, whoever reaches the port can stop the daemon, read its configuration and wipe its leases. "
    "Passwords of peers are sent, but never asked for.",
    daemons=KEA,
)
def ha_commands_unrestricted(item: Related) -> Complaints:
    if item.ha.settings.get("restrict-commands") is not True:
        stated = "false" if "restrict-commands" in item.ha.settings else "not set, which means false before Kea 3.0"
        yield item.end.complain(
            f"restrict-commands is {stated}; whoever reaches the port could stop the daemon and wipe its leases.",
            "Set it to true on {host}, and let only the partner reach the port.",
        )


@section.rule(
    related,
    "ha-password-unused",
    WARNING,
    "A peer has a password, but no certificates protect the port.",
    check="silent",
    harm="The listener never asks for it: whoever reaches the port is let in.",
    daemons=KEA,
)
def ha_password_unused(item: Related) -> Complaints:
    named = [peer.name for peer in item.ha.peers if "basic-auth-user" in peer.settings]
    if named and not item.certificates and not item.off:
        yield item.end.complain(
            f"{' and '.join(named)} {'has' if len(named) == 1 else 'have'} a basic-auth-user, but the other server's "
            "listener asks for no password; whoever reaches the port would be let in.",
            "Remove it on {host}; use certificates, or let only the partner reach the port.",
        )


@section.rule(
    related,
    "lease-hook-missing",
    ERROR,
    f"The library {LEASE_HOOK} is not loaded.",
    check="silent",
    harm="No service at all: the servers wait for each other's leases for ever.",
    daemons=KEA,
)
def lease_hook_missing(item: Related) -> Complaints:
    if LEASE_HOOK not in item.service.hooks:
        yield item.end.complain(
            f"{LEASE_HOOK} is not among the hooks-libraries; the pair would wait for its leases for ever, and serve no "
            "client.",
            "Load it on {host}, before the library for high availability.",
        )


@section.rule(
    related,
    "multi-threading-off",
    ERROR_OR_WARNING,
    "The listener for the partner needs several threads, but they are off. Warning: they are not stated, and the "
    "releases have different defaults.",
    check="silent",
    harm="There is no listener: each server takes the other for dead, both serve, and nothing is copied.",
    daemons=KEA,
)
def multi_threading_off(item: Related) -> Complaints:
    core = (item.service.threads or {}).get("enable-multi-threading")
    own = item.ha.threads.get("enable-multi-threading")
    if own is False:
        return
    if core is False:
        yield item.end.complain(
            "multi-threading is off for the daemon, so there is no listener for the partner; both servers would serve "
            "alone, and nothing would be copied.",
            'Set "multi-threading": {"enable-multi-threading": true} in Dhcp4 on {host}.',
        )
        return
    silent = [name for name, value in (("Dhcp4", core), ("high-availability", own)) if value is None]
    if silent:
        yield item.end.complain(
            f"multi-threading is not stated in {' and '.join(silent)}; Kea 2.2 would have no listener for the partner.",
            'Set "enable-multi-threading": true in both places on {host}.',
            Severity.WARNING,
        )


@section.rule(
    related,
    "ha-listener-off",
    WARNING,
    "The server has no listener of its own for its partner.",
    check="silent",
    harm="Unless kea-ctrl-agent listens at its URL, each server takes the other for dead.",
    daemons=KEA,
)
def ha_listener_off(item: Related) -> Complaints:
    if item.off:
        yield item.end.complain(
            f"{item.off[0]} is false, so only kea-ctrl-agent could answer the partner at the server's URL.",
            "Set it to true on {host}, unless kea-ctrl-agent is meant to answer.",
        )


@section.rule(
    related,
    "ha-port-taken",
    ERROR,
    "A control socket of the same daemon has the address and port of the listener.",
    check="silent",
    harm="Kea exits at start.",
    daemons=KEA,
)
def ha_port_taken(item: Related) -> Complaints:
    for socket in item.service.sockets:
        if socket.get("socket-type") in ("http", "https") and socket.get("socket-port", 8000) == item.end.half.port:
            yield item.end.complain(
                f"port {item.end.half.port} is also that of an http control socket; Kea would exit at start.",
                "Give the control socket another port on {host}, or remove it.",
            )


# --- Delays -----------------------------------------------------------------------------------------------------------


@section.rule(
    related,
    "ha-delay-invalid",
    ERROR,
    "A delay does not fit into 16 bits, in milliseconds, or `max-response-delay` is 0.",
    check="silent",
    harm="Kea exits at start; with 0 the partner counts as lost at once.",
    daemons=KEA,
)
def ha_delay_invalid(item: Related) -> Complaints:
    for name in ("heartbeat-delay", "max-response-delay", "max-ack-delay"):
        number = item.ha.number(name)
        if not 0 <= number <= _LARGEST_DELAY:
            yield item.end.complain(
                f"{name} is {number}, but it must be in 1..{_LARGEST_DELAY}; Kea would exit at start.",
                "Correct it on {host}.",
            )
        elif name == "max-response-delay" and number == 0:
            yield item.end.complain(
                "max-response-delay is 0; a healthy partner would count as lost.", "Set 5000 to 10000 on {host}."
            )


@section.rule(
    related,
    "heartbeat-slow",
    ERROR_OR_WARNING,
    "`heartbeat-delay` is more than a third of `max-response-delay`. Error: it is longer.",
    check="silent",
    harm="A healthy partner counts as lost: the servers leave service again and again.",
    daemons=KEA,
    unless=("ha-delay-invalid",),
)
def heartbeat_slow(item: Related) -> Complaints:
    beat, delay = item.ha.number("heartbeat-delay"), item.ha.number("max-response-delay")
    if beat * _HEARTBEATS > delay:
        severe = beat >= delay
        harm = (
            "a healthy partner would count as lost."
            if severe
            else "a single lost heartbeat could make a healthy partner count as lost."
        )
        yield item.end.complain(
            f"heartbeat-delay is {beat} ms with a max-response-delay of {delay} ms; {harm}",
            f"Set heartbeat-delay to at most {delay // _HEARTBEATS} on {{host}}.",
            Severity.ERROR if severe else Severity.WARNING,
        )


@section.rule(
    related,
    "max-response-delay-long",
    WARNING,
    f"`max-response-delay` is above {_LONG_DELAY // 1000} seconds (default: 60).",
    check="silent",
    harm="When one server dies, whichever it is, no client is answered for that long.",
    daemons=KEA,
    unless=("ha-delay-invalid",),
)
def max_response_delay_long(item: Related) -> Complaints:
    delay = item.ha.number("max-response-delay")
    if delay > _LONG_DELAY:
        default = "" if "max-response-delay" in item.ha.settings else " (default)"
        yield item.end.complain(
            f"max-response-delay is {delay // 1000} seconds{default}; when either server dies, no client would be "
            "answered for so long.",
            "Set 5000 to 10000 on both servers.",
        )


@section.rule(
    related,
    "unacked-clients",
    WARNING,
    "`max-unacked-clients` is above 0, or `max-ack-delay` is not below `max-response-delay`.",
    check="silent",
    harm="On a quiet network the partner of a dead server waits for clients that complain, and never takes over. It "
    "does not prevent both from serving when only their link is lost.",
    daemons=KEA,
)
def unacked_clients(item: Related) -> Complaints:
    clients = item.ha.number("max-unacked-clients")
    ack, delay = item.ha.number("max-ack-delay"), item.ha.number("max-response-delay")
    if clients > 0:
        default = "" if "max-unacked-clients" in item.ha.settings else " (default)"
        yield item.end.complain(
            f"max-unacked-clients is {clients}{default}; on a quiet network no server would take over from a dead one.",
            "Set it to 0 on both servers, if they talk to each other over the clients' link.",
        )
    elif ack >= delay:
        yield item.end.complain(
            f"max-ack-delay is {ack} ms, which is not below the max-response-delay of {delay} ms; clients that wait "
            "would be counted too late.",
            f"Set it to at most {delay // 2} on {{host}}.",
        )


# --- Leases -----------------------------------------------------------------------------------------------------------


@section.rule(
    related,
    "ha-updates-off",
    ERROR,
    "`send-lease-updates` or `sync-leases` is false.",
    check="silent",
    harm="The partner does not know the leases, although both servers report `hot-standby`.",
    daemons=KEA,
)
def ha_updates_off(item: Related) -> Complaints:
    off = [name for name in ("send-lease-updates", "sync-leases") if not item.ha.flag(name)]
    if off:
        yield item.end.complain(
            f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} false; the partner would not know the leases when "
            "it serves alone.",
            "Set it to true on {host}.",
        )


@section.rule(
    related,
    "ha-settings-refused",
    ERROR,
    "`wait-backup-ack` is true, or `delayed-updates-limit` is not 0 in `hot-standby`.",
    check="silent",
    harm="Kea exits at start.",
    daemons=KEA,
)
def ha_settings_refused(item: Related) -> Complaints:
    if item.ha.flag("wait-backup-ack") and item.ha.mode != PASSIVE_BACKUP:
        yield item.end.complain("wait-backup-ack is true; Kea would exit at start.", "Remove it from {host}.")
    if item.ha.number("delayed-updates-limit") and item.ha.mode != LOAD_BALANCING:
        yield item.end.complain(
            f"delayed-updates-limit is not 0 in {item.ha.mode}; Kea would exit at start.", "Remove it from {host}."
        )


@section.rule(
    kea_servers,
    "lease-database-volatile",
    ERROR,
    "The lease database is not kept on disk.",
    check="silent",
    harm="After a restart the server knows no lease.",
    daemons=KEA,
)
def lease_database_volatile(view: View) -> Complaints:
    database = view.server.kea.database if view.server.kea else None
    if database is not None and database.get("persist") is False:
        yield view.complain(
            Somewhere("lease-database"),
            "persist is false; after a restart the server would know no lease.",
            "Set it to true on {host}.",
        )


@section.rule(
    kea_servers,
    "control-socket-missing",
    WARNING,
    "There is no unix control socket.",
    check="silent",
    harm="Nobody can ask the daemon for its state.",
    daemons=KEA,
)
def control_socket_missing(view: View) -> Complaints:
    sockets = view.server.kea.sockets if view.server.kea else ()
    if view.complete and not any(socket.get("socket-type") == "unix" for socket in sockets):
        yield view.complain(
            Somewhere("control-socket"),
            "there is no unix control socket, so nobody could ask for the state of the pair.",
            'Set "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"} on {host}.',
        )


@section.rule(
    kea_servers,
    "interfaces-missing",
    ERROR,
    "The daemon opens no interface.",
    check="silent",
    harm="No client is answered, although the service runs.",
    daemons=KEA,
)
def interfaces_missing(view: View) -> Complaints:
    if view.complete and view.server.subnets and not view.server.interfaces:
        yield view.complain(
            Somewhere("interfaces-config"),
            "it names no interface; no client would be answered, although the service runs.",
            'Name the interfaces on {host}, in dhcp_server_interfaces or as "interfaces": ["eth0"].',
        )


# --- Networks ---------------------------------------------------------------------------------------------------------


@section.rule(
    kea_servers,
    "subnet-number-missing",
    WARNING,
    "A subnet has no `id`.",
    check="silent before 2.6; rejected since",
    harm="Kea counts the subnets: when one is removed, the leases of those after it belong to the wrong subnet.",
    daemons=KEA,
)
def subnet_number_missing(view: View) -> Complaints:
    for subnet in view.server.subnets:
        if subnet.number is None:
            yield view.complain(
                subnet,
                "it has no id, so Kea 2.2 would count the subnets, and later releases would refuse to start.",
                'Give each subnet an "id" of its own on {host}, and never change it.',
            )


@section.rule(
    kea_servers,
    "subnet-number-invalid",
    ERROR,
    "The `id` of a subnet is not in 1..4294967294, or two subnets have the same.",
    check="rejected; 0 is silent in 2.2",
    harm="-",
    daemons=KEA,
)
def subnet_number_invalid(view: View) -> Complaints:
    seen: dict[int, str] = {}
    for subnet in view.server.subnets:
        if subnet.number is None:
            continue
        first = seen.setdefault(subnet.number, subnet.path)
        if not 0 < subnet.number <= _LARGEST_NUMBER:
            yield view.complain(
                subnet,
                f"its id {subnet.number} is not in 1..{_LARGEST_NUMBER}; Kea would refuse to start.",
                "Give it another id on {host}.",
            )
        elif first is not subnet.path and first != subnet.path:
            yield view.complain(
                subnet,
                f"its id {subnet.number} is also that of {first}; Kea would refuse to start.",
                "Give it another id on {host}.",
            )


@section.rule(
    kea_servers,
    "guard-unknown",
    ERROR,
    "The class that guards a pool or network is not defined.",
    check="silent",
    harm="No client is a member, so nobody gets an address of the pool.",
    daemons=KEA,
)
def guard_unknown(view: View) -> Complaints:
    if not view.complete:
        return
    names = {item.name for item in view.server.classes}
    for placed in view.pools:
        for name in _guards(placed.pool):
            if name in names or name in _BUILT_IN or name.startswith((*_BUILT_IN_PREFIXES, "permits: ")):
                continue
            close = get_close_matches(name, names, 1)
            meant = f'Did you mean "{close[0]}"? ' if close else ""
            yield view.complain(
                placed.pool,
                f'its class "{name}" is not defined; nobody would get an address of it.',
                f"{meant}Define the class on {{host}}.",
            )


def _guards(pool: Pool) -> Iterator[str]:
    yield from pool.guards
    for scope in pool.scope.chain:
        if scope.parent is not None:
            yield from scope.parameters.get("client-class", ())
            yield from scope.parameters.get("client-classes", ())


@section.rule(
    related,
    "pool-unguarded",
    ERROR,
    "In load balancing, a pool has no `HA_` class, or one server has no pool where its partner has one.",
    check="silent",
    harm="Both servers give the same addresses to clients that arrive together; or half of the clients get nothing.",
    daemons=KEA,
)
def pool_unguarded(item: Related) -> Complaints:
    if item.ha.mode != LOAD_BALANCING:
        return
    groups: dict[tuple[str | None, frozenset[str]], dict[str | None, Pool]] = defaultdict(dict)
    for pool in item.end.pools:
        if pool.half is None:
            yield item.end.view.complain(
                pool,
                "no HA_ class says which server gives out its addresses; both could give the same one to two clients.",
                "Divide it into two pools on {host}, one with the class HA_NAME of each server.",
            )
        groups[pool.shared_network or pool.subnet, pool.permits].setdefault(pool.half, pool)
    names = {peer.name for peer in item.ha.peers if peer.role in ("primary", "secondary")}
    for pools in groups.values():
        missing = sorted(names - {half for half in pools if half})
        first = next(iter(pools.values()), None)
        if first and None not in pools and missing:
            yield item.end.view.complain(
                first,
                f"there is no pool for {' and '.join(missing)} beside it; clients that this server answers would get "
                "nothing.",
                "Give each server a pool for the same clients on {host}.",
            )


@section.rule(
    related,
    "pool-guarded",
    ERROR,
    "In hot standby, a pool has an `HA_` class.",
    check="silent",
    harm="The addresses of the standby's pools are never given out: 10 of 14 clients got nothing.",
    daemons=KEA,
)
def pool_guarded(item: Related) -> Complaints:
    for pool in item.end.pools if item.ha.mode == HOT_STANDBY else ():
        if pool.half is not None:
            yield item.end.view.complain(
                pool,
                f'its class "HA_{pool.half}" is for load balancing; in hot standby clients would get nothing of '
                "a pool of the standby.",
                "Remove the class on {host}, or set the mode load-balancing on both servers.",
            )


@section.rule(
    kea_servers,
    "relationship-unnamed",
    ERROR,
    "A server has several relationships, and a network with pools names none of them in `ha-server-name`.",
    check="silent",
    harm="Packets from this network are dropped.",
    daemons=KEA,
)
def relationship_unnamed(view: View) -> Complaints:
    if len(view.server.halves) < 2:
        return
    for subnet in view.server.subnets:
        names = {pool.failover for pool in subnet.pools}
        wrong = sorted(name for name in names if name is not None and not view.declares(name))
        if None in names or wrong:
            told = f'"{wrong[0]}" is the name of no peer' if wrong else "it names no relationship"
            yield view.complain(
                subnet,
                f"{told}, and the server has {len(view.server.halves)}; Kea would drop all packets from there.",
                'Set "user-context": {"ha-server-name": "NAME"} with the name of a peer on {host}.',
            )


@section.rule(
    kea_servers,
    "peer-name-reused",
    ERROR,
    "Two relationships of a server have a peer of the same name.",
    check="silent",
    harm="Kea exits at start.",
    daemons=KEA,
)
def peer_name_reused(view: View) -> Complaints:
    owners: dict[str, End] = {}
    for end in view.ends:
        for peer in end.half.ha.peers if end.half.ha else ():
            first = owners.setdefault(peer.name, end)
            if first is not end:
                yield end.complain(
                    f'the peer "{peer.name}" is also in {first.half.path}; Kea would exit at start.',
                    "Give the peers of each relationship names of their own on both servers.",
                )


@section.rule(
    kea_servers,
    "relationships-several",
    WARNING,
    "A server has several relationships.",
    check="silent",
    harm="Kea 2.2 exits at start. Since 2.6 it works, but no release of an address is passed to the partner.",
    daemons=KEA,
)
def relationships_several(view: View) -> Complaints:
    if len(view.server.halves) > 1:
        yield view.complain(
            view.server.halves[1],
            f"the server has {len(view.server.halves)} relationships; Kea 2.2 would exit at start, and later releases "
            "would not tell the partner when a client gives up its address.",
            "Use one relationship for all pools of {host}, unless it has several partners.",
        )


# --- Reservations -----------------------------------------------------------------------------------------------------


@section.rule(
    kea_servers,
    "reservation-unguarded",
    ERROR,
    "`reservations-out-of-pool` is true, but a reserved address is in a pool.",
    check="silent",
    harm="Another client may get the address first.",
    daemons=KEA,
)
def reservation_unguarded(view: View) -> Complaints:
    for item in view.server.reservations:
        for address in item.addresses:
            subnet = view.subnet_over(address)
            outside = subnet and subnet.scope.effective_parameters.get("reservations-out-of-pool") == ("true",)
            for span in view.spans_over(address, address) if outside else ():
                yield view.complain(
                    item,
                    f"its address {format_address(address)} is in range {span.range}, but reservations-out-of-pool "
                    "says that none is; another client could get it.",
                    "Take the address out of the pool, or set reservations-out-of-pool to false, on {host}.",
                )


@section.rule(
    kea_servers,
    "reservation-refused",
    ERROR,
    "A client or an address is reserved twice in one subnet, or the address is outside of it.",
    check="rejected",
    harm="-",
    daemons=KEA,
)
def reservation_refused(view: View) -> Complaints:
    clients: dict[tuple[str, int], Reservation] = {}
    addresses: dict[int, Reservation] = {}
    unique = view.server.scope.parameters.get("ip-reservations-unique") != ("false",)
    for item in view.server.reservations:
        around = next((subnet for subnet in view.server.subnets if subnet.scope is item.scope.parent), None)
        for address in item.addresses:
            subnet = view.subnet_over(address)
            inside = around is None or around.network <= address <= around.broadcast
            if around is not None and not inside and len(item.addresses) == 1:
                yield view.complain(
                    item,
                    f"its address {format_address(address)} is outside {around.path}; Kea would refuse to start.",
                    "Move it to its own subnet on {host}.",
                )
                continue
            client = item.hardware or item.client_id or ""
            first = clients.setdefault((client, subnet.network if subnet else 0), item)
            told = f"{client} has {first.path} in the same subnet"
            if first is item and unique:
                first = addresses.setdefault(address, item)
                told = f"{format_address(address)} is already that of {first.path}"
            if first is not item:
                yield view.complain(item, f"{told}; Kea would refuse to start.", "Remove one of the two on {host}.")
