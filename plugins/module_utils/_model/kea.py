# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""What only a Kea server states: its side of high availability, and what its daemon needs for it.

Names and units are Kea's own (milliseconds), so that rules judge what is configured. A setting that is not stated is
missing: its default may depend on the release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import SIDES

Setting = Union[str, int, float, bool]
Settings = Mapping[str, Setting]

HOT_STANDBY, LOAD_BALANCING, PASSIVE_BACKUP = "hot-standby", "load-balancing", "passive-backup"
# The role of the second server, by mode.
SECOND_ROLES: Mapping[str, str] = {HOT_STANDBY: "standby", LOAD_BALANCING: "secondary"}
# The hook libraries that a pair needs: for high availability, and for the commands with which it copies leases.
HA_HOOK, LEASE_HOOK, STATISTICS_HOOK = "libdhcp_ha.so", "libdhcp_lease_cmds.so", "libdhcp_stat_cmds.so"
# Kea 2.2, 2.6 and 3.0 agree about these defaults.
HA_DEFAULTS: Settings = {
    "delayed-updates-limit": 0,
    "heartbeat-delay": 10000,
    "max-ack-delay": 10000,
    "max-response-delay": 60000,
    "max-unacked-clients": 10,
    "send-lease-updates": True,
    "sync-leases": True,
    "sync-page-limit": 10000,
    "sync-timeout": 60000,
    "wait-backup-ack": False,
}

_URL = re.compile(r"(https?)://(?:\[([^\]]*)\]|([^:/?#]*))(?::([0-9]{1,5}))?(?:[/?#].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Peer:
    """One server in the list of a relationship. settings: all but name, role and URL; secrets are left out."""

    name: str
    role: str
    url: str
    settings: Settings = field(default_factory=dict)
    line: int | None = field(default=None, compare=False)

    @property
    def takes_over(self) -> bool:
        """Whether it goes to partner-down by itself."""
        return self.settings.get("auto-failover") is not False

    @property
    def ends(self) -> tuple[str | None, int | None]:
        """The address and the port of its URL. Kea's default port is that of the scheme."""
        found = _URL.fullmatch(self.url.strip())
        if found is None:
            return None, None
        host = found[2] or found[3]
        port = int(found[4]) if found[4] else 443 if found[1].lower() == "https" else 80
        return host or None, port


@dataclass(frozen=True)
class HighAvailability:
    """One relationship as the server states it. threads: its block `multi-threading`."""

    this_server: str
    mode: str
    peers: tuple[Peer, ...]
    settings: Settings = field(default_factory=dict)
    threads: Settings = field(default_factory=dict)
    unknown: tuple[str, ...] = ()  # names that Kea ignores
    line: int | None = field(default=None, compare=False)

    def number(self, name: str) -> int:
        """A setting, or its default."""
        found = self.settings.get(name, HA_DEFAULTS[name])
        return int(found)

    def flag(self, name: str) -> bool:
        """A setting, or its default."""
        return self.settings.get(name, HA_DEFAULTS[name]) is True

    @property
    def relationship(self) -> str:
        """Its name, which Kea does not have: the common part of names that end with a side, or both names."""
        names = sorted(peer.name for peer in self.peers if peer.role != "backup")[:2]  # no mode has more
        stem = names[0][: -len(SIDES[0]) - 1] if names else ""
        return stem if stem and names == [f"{stem}-{side}" for side in SIDES] else "+".join(names)

    @property
    def facts(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What it states, by place."""
        yield ("this-server-name",), self.this_server
        yield ("mode",), self.mode
        yield from _spelled((), self.settings)
        yield from _spelled(("multi-threading",), self.threads)
        for peer in self.peers:
            place = (f'peer "{peer.name}"',)
            yield (*place, "url"), peer.url
            yield (*place, "role"), peer.role
            yield from _spelled(place, peer.settings)

    @property
    def own(self) -> Peer | None:
        """The entry of this server."""
        return next((peer for peer in self.peers if peer.name == self.this_server), None)

    @property
    def partner(self) -> Peer | None:
        """The entry of the other active server."""
        return next((peer for peer in self.peers if peer.name != self.this_server and peer.role != "backup"), None)


@dataclass(frozen=True)
class KeaService:
    """What the daemon needs, beside what it serves. threads: the block `multi-threading`; None: not stated.

    hooks: the names of the libraries, without folders, in order. others: members that are nowhere else, by place.
    """

    interfaces: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    threads: Settings | None = None
    database: Settings | None = None
    sockets: tuple[Settings, ...] = ()
    relationships: tuple[HighAvailability, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> Iterator[tuple[tuple[str, ...], str | tuple[str, ...]]]:
        """What it states, by place, without its relationships and others."""
        yield ("interfaces",), self.interfaces
        for name in self.hooks:
            yield (f"library {name}",), "present"
        yield from _spelled(("multi-threading",), self.threads or {})
        yield from _spelled(("lease-database",), self.database or {})
        for number, stated in enumerate(self.sockets, 1):
            kind = stated.get("socket-type", "unix")
            yield from _spelled(
                (f"control socket {number}" if number > 1 else "control socket",), {"socket-type": kind, **stated}
            )


def spelled(value: Setting) -> str:
    """A value as its text has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spelled(place: tuple[str, ...], settings: Settings) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in settings.items():
        yield (*place, name), spelled(value)
