# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The table of managed files on a server: one row for each file, with everything known about it.

The controller makes it and renders the templates; on the host it is compared, staged, activated and restored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DAEMONS

# The ends of the names of a transaction's files: beside each file, and of the journal beside the configuration.
STAGED, PREVIOUS, UNPROVEN = ".staged", ".previous", ".unproven"
FIREWALL_UNIT = "dhcp-server-firewall"
RULES = "/etc/nftables.d/dhcp-server.nft"
RULES_UNIT = f"/etc/systemd/system/{FIREWALL_UNIT}.service"
NFT = "/usr/sbin/nft"
OPENSSL = "/usr/bin/openssl"
# Exists while the host's pair gets another daemon.
MIGRATION = "/var/lib/dhcp-server/migration.json"
MIGRATES = (
    f"its pair is on its way to another daemon ({MIGRATION}), so what runs here is no lasting state. Run the playbook "
    "migrate to go on, or migrate_back to return."
)
# As it is loaded; only we use its chains.
TABLE = "inet dhcp_server"


def barrier(unit: str) -> str:
    """The file that keeps a daemon from being started by hand after its pair has got another one."""
    return f"/etc/systemd/system/{unit}.service.d/moved.conf"


# The secret of a sensitive file, between what is around it.
SECRET = re.compile(rb'(secret\s+")([^"]*)(")')


@dataclass(frozen=True)
class ManagedFile:
    """A row of the table.

    section: the part of the server. Files of `config` are staged, activated and restored together.
    template: the role's template for its content; empty if the role does not manage the content.
    about: its interface or unit; a template gets the interface as `__dhcp_server_item`.
    provider: the reader of a file that gives an interface its address. The host chooses whose files apply.
    owner, group, mode: empty if the role does not manage them.
    folder: a folder, whose content the role does not manage.
    sensitive: it has a secret that the host makes. The text is rendered without it.
    present: whether it should exist.
    certificate: a certificate, which is replaced before it ends.
    check: a command that tests a file in its place; the path is appended.
    after: commands that must follow a change.
    sha256, size: of the text.
    """

    section: str
    path: str
    template: str = ""
    about: str = ""
    provider: str = ""
    owner: str = ""
    group: str = ""
    mode: str = ""
    folder: bool = False
    sensitive: bool = False
    present: bool = True
    certificate: bool = False
    check: tuple[str, ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True)
class Unit:
    """A unit of systemd that must be enabled, active, and newer than the files that it reads; or must not be active."""

    section: str
    name: str
    reads: tuple[str, ...] = ()
    present: bool = True


@dataclass(frozen=True)
class Interface:
    name: str
    address: str = ""


@dataclass(frozen=True)
class Zone:
    """A zone of firewalld. `own` is a regular expression for rules that are ours."""

    name: str
    services: tuple[str, ...]
    rules: tuple[str, ...]
    own: str


@dataclass(frozen=True)
class Daemon:
    """The facts about a daemon that a restart needs.

    name: of the daemon, for those that ask it.
    reads: files that it reads at its start. runtime_folder: exists while it runs, and is as old as the daemon.
    lease_file, user: its lease database, and the database's owner.
    hands_over: whether its partner takes over all its clients before it is restarted.
    anchor: the file by which it knows its partner. If it changes, the two work together when both have read it.
    serves, fails, chatter: regular expressions for its log: it serves; it runs, but will not serve; a line that
    explains no fault.
    """

    unit: str
    unit_file: str
    config: str
    reads: tuple[str, ...]
    runtime_folder: str
    lease_file: str
    user: str
    serves: str
    chatter: str
    fails: str = ""
    hands_over: bool = False
    anchor: str = ""
    name: str = DAEMONS[0]


@dataclass(frozen=True)
class Managed:
    """Everything that is managed on one host.

    rivals: units of other daemons, whose leases this one would not know.
    unfit: releases of the distribution that cannot run this, by their code names, each with the reason.
    accepts: addresses with the port that each may reach. closed: ports that nobody else reaches.
    provider: the one that configures interfaces, or `auto`.
    reached_at: the address to which Ansible connects. lock: a file that does not survive a reboot.
    revision: of the host when it was compared.
    """

    family: str
    daemon: Daemon
    files: tuple[ManagedFile, ...]
    units: tuple[Unit, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    tables: tuple[str, ...] = ()
    zone: Zone | None = None
    rivals: tuple[str, ...] = ()
    unfit: tuple[tuple[str, str], ...] = ()
    accepts: tuple[tuple[str, int], ...] = ()
    closed: tuple[int, ...] = ()
    provider: str = "auto"
    reached_at: str = ""
    lock: str = "/run/dhcp-server-deployment.lock"
    revision: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Managed:
        """The inverse of dataclasses.asdict(), also after JSON. Raises KeyError or TypeError."""
        return cls(
            family=data["family"],
            daemon=Daemon(**{**data["daemon"], "reads": tuple(data["daemon"]["reads"])}),
            files=tuple(
                ManagedFile(**{**row, "check": tuple(row["check"]), "after": tuple(map(tuple, row["after"]))})
                for row in data["files"]
            ),
            units=tuple(Unit(**{**row, "reads": tuple(row["reads"])}) for row in data["units"]),
            interfaces=tuple(Interface(**row) for row in data["interfaces"]),
            tables=tuple(data["tables"]),
            zone=data["zone"]
            and Zone(**{**data["zone"], **{key: tuple(data["zone"][key]) for key in ("services", "rules")}}),
            rivals=tuple(data["rivals"]),
            unfit=tuple((release, reason) for release, reason in data["unfit"]),
            accepts=tuple((address, port) for address, port in data["accepts"]),
            closed=tuple(data["closed"]),
            **{key: data[key] for key in ("provider", "reached_at", "lock", "revision")},
        )

    def with_texts(self, texts: Mapping[str, bytes]) -> Managed:
        """The same table, with the checksums and sizes of these texts, by which a host compares its files."""
        rows = (
            replace(row, sha256=hashlib.sha256(texts[row.path]).hexdigest(), size=len(texts[row.path]))
            if row.path in texts
            else row
            for row in self.files
        )
        return replace(self, files=tuple(rows))

    @property
    def openings(self) -> tuple[str, ...]:
        """What another firewall must accept."""
        return "udp dport 67", *(f"ip saddr {address} tcp dport {port}" for address, port in self.accepts)

    @property
    def journal(self) -> str:
        """A file that exists while an unproven configuration runs."""
        return f"{self.daemon.config}{UNPROVEN}"

    @property
    def transaction(self) -> tuple[ManagedFile, ...]:
        """The files that are staged, activated and restored together."""
        return tuple(row for row in self.files if row.section == "config")


def managed_host(
    server: Mapping[str, Any],
    family: str,
    daemon: Daemon,
    rows: Sequence[ManagedFile],
    accepts: Iterable[tuple[str, int]],
    closed: Iterable[int],
) -> Managed:
    """The table of a server, given as failover_servers returns it. rows: the files of its daemon."""
    interfaces = tuple(Interface(item["name"], item.get("address") or "") for item in server["interfaces"] or ())
    accepts, closed = tuple(dict.fromkeys(accepts)), tuple(dict.fromkeys(closed))
    firewall = server["firewall"]
    nftables, firewalld = firewall == "nftables", firewall == "firewalld"
    unit = Unit("firewall", FIREWALL_UNIT, reads=(RULES, RULES_UNIT) if nftables else (), present=nftables)
    return Managed(
        family=family,
        daemon=daemon,
        files=(
            *interface_files([item.name for item in interfaces if item.address]),
            *(row for row in rows if row.section == "package"),
            *firewall_files(nftables),
            *(row for row in rows if row.section == "config"),
        ),
        units=(unit, *((Unit("firewall", "firewalld"),) if firewalld else ())),
        interfaces=interfaces,
        tables=(TABLE,) if nftables else (),
        zone=firewall_zone(server["firewall_zone"], ["dhcp"], accepts, closed) if firewalld else None,
        accepts=accepts,
        closed=closed,
        provider=server["interface_provider"],
    )


def managed_file(section: str, path: str, template: str, **more: Any) -> ManagedFile:
    """A file that root writes and everyone may read, by default."""
    return ManagedFile(section, path, template, **{"owner": "root", "group": "root", "mode": "0644", **more})


def interface_files(names: Sequence[str]) -> Iterator[ManagedFile]:
    """Each provider's files that give interfaces their addresses, and the commands that make it read them."""
    for name in names:
        profile = f"dhcp-server-{name}"
        path = f"/etc/systemd/network/05-{profile}.network"
        yield _interface_file(name, "systemd-networkd", path, "interface.network.j2", ("networkctl", "reload"))

        # Otherwise it removes an address without carrier, and breaks a failover connection over another link.
        path = f"/etc/NetworkManager/conf.d/{profile}.conf"
        read = (("nmcli", "general", "reload", "conf"), ("nmcli", "connection", "reload"))
        yield _interface_file(name, "networkmanager", path, "networkmanager.conf.j2", *read)
        path = f"/etc/NetworkManager/system-connections/{profile}.nmconnection"
        up = ("nmcli", "connection", "up", profile)
        yield _interface_file(name, "networkmanager", path, "interface.nmconnection.j2", *read, up, mode="0600")

        path = f"/etc/network/interfaces.d/{profile}"
        yield _interface_file(name, "ifupdown", path, "interface.ifupdown.j2", ("ifup", "--force", name))


def _interface_file(
    name: str, provider: str, path: str, template: str, *after: tuple[str, ...], mode: str = "0644"
) -> ManagedFile:
    return managed_file("interface", path, template, about=name, provider=provider, after=after, mode=mode)


def firewall_files(wanted: bool) -> Iterator[ManagedFile]:
    """The nftables rules and the unit that loads them, without changing those of the administrator; or neither."""
    if not wanted:
        for path in (RULES, RULES_UNIT):
            yield ManagedFile("firewall", path, about=FIREWALL_UNIT, present=False)
        return
    yield ManagedFile("firewall", NFT)
    load = (("systemctl", "daemon-reload"), ("systemctl", "restart", FIREWALL_UNIT))
    check = (NFT, "--check", "--file")
    yield managed_file("firewall", RULES, "dhcp-server.nft.j2", about=FIREWALL_UNIT, check=check, after=load)
    yield managed_file("firewall", RULES_UNIT, "dhcp-server-firewall.service.j2", about=FIREWALL_UNIT, after=load)


def firewall_zone(
    name: str, services: Sequence[str], accepts: Sequence[tuple[str, int]], closed: Sequence[int]
) -> Zone:
    """A zone that accepts these services, and connections to these ports only from the given addresses.

    The priorities put the rules before all others of the zone, and identify ours.
    """
    rules = [
        f'rule priority="-647" family="ipv4" source address="{address}" port port="{port}" protocol="tcp" accept'
        for address, port in accepts
    ]
    rules += [f'rule priority="-646" port port="{port}" protocol="tcp" drop' for port in closed]
    return Zone(name, tuple(services), tuple(rules), 'rule priority="-64[67]" ')
