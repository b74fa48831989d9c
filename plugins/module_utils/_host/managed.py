# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Compare a server with the role dhcp_server's declaration, in one call.

A second run on an unchanged server then costs one module instead of one for each file, unit and address. The comparison
only reads, so everything that it cannot determine counts as a difference.
"""

from __future__ import annotations

import grp
import hashlib
import pwd
import re
import shutil
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    MIGRATES,
    MIGRATION,
    SECRET,
    Interface,
    Managed,
    ManagedFile,
    Unit,
    Zone,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import (
    InterfaceChange,
    Link,
    ServiceInterface,
    plan,
    read_links,
    settled,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.network import look_at_network
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.clocks import utc
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import (
    RESTART_SECTIONS,
    Difference,
    How,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import MOVES

OS_RELEASE = Path("/etc/os-release")
# Ansible's names of families, by the distribution's ID and ID_LIKE.
_FAMILIES = {"debian": "Debian", "ubuntu": "Debian", "fedora": "RedHat", "rhel": "RedHat", "centos": "RedHat"}
# A certificate is replaced if no more than this is left of it, in seconds: a quarter of a year.
RENEWAL = 90 * 86400
# A file takes whole blocks of its file system.
BLOCK = 4096
# In addition to twice the size of the lease database, because dhcpd writes the new one beside the old one.
LEASE_RESERVE = 16 * 2**20
# So many of the host's interfaces are named to somebody who looks for another.
_MOST_NAMED = 12
_PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload", "ActiveEnterTimestamp")


def os_family(text: str) -> str:
    """The family of a distribution from its os-release, or its own name."""
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    words = f"{found.get('ID', '')} {found.get('ID_LIKE', '')}".replace('"', " ").split()
    return next((_FAMILIES[word] for word in words if word in _FAMILIES), words[0] if words else "unknown")


def compare_file(wanted: ManagedFile) -> Iterator[Difference]:
    """Compare a file or folder with its wanted content, owner, group and mode."""
    path = Path(wanted.path)
    try:
        status = path.stat()
        if not wanted.present:
            yield Difference(wanted.section, How.EXTRA, wanted.path, f"{path} should not exist")
            return
        found = {
            "owner": _user(status.st_uid),
            "group": _group(status.st_gid),
            "mode": f"{status.st_mode & 0o7777:04o}",
        }
        for name, value in found.items():
            right = getattr(wanted, name)
            if right and right != value:
                message = f"{path} has {name} {value}, not {right}"
                yield Difference(wanted.section, How.DIFFERENT, wanted.path, message, name, value, right)
        if wanted.sha256 and wanted.sha256 != digest(path.read_bytes(), wanted.sensitive):
            yield Difference(wanted.section, How.DIFFERENT, wanted.path, f"{path} differs in content", "content")
        if wanted.certificate:
            ends = certificate_end(path.read_text(encoding="ascii", errors="replace"))
            if ends is None or ends < time.time() + RENEWAL:
                message = f"{path} ends at {utc(ends)}" if ends else f"{path} is no certificate"
                yield Difference(wanted.section, How.DIFFERENT, wanted.path, message, "end")
    except FileNotFoundError:
        if wanted.present:
            yield Difference(wanted.section, How.MISSING, wanted.path, f"{path} is missing")


def certificate_end(text: str) -> float | None:
    """When a certificate ends, in seconds since the epoch; None if the text is not one that our authority makes."""
    try:
        # The validity: a sequence of two times, each with two digits for the year.
        found = re.search(rb"\x30\x1e\x17\x0d\d{12}Z\x17\x0d(\d{12}Z)", ssl.PEM_cert_to_DER_cert(text))
        return found and datetime.strptime(f"{found[1].decode()}+0000", "%y%m%d%H%M%SZ%z").timestamp()
    except ValueError:
        return None


def digest(content: bytes, sensitive: bool = False) -> str:
    """The checksum of a file's content; for a sensitive one, of the text without its secret."""
    return hashlib.sha256(SECRET.sub(rb"\1\3", content) if sensitive else content).hexdigest()


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def compare_interface(wanted: Interface, links: Mapping[str, Link]) -> Iterator[Difference]:
    """Whether an interface exists, and has its declared address."""
    name, address = wanted.name, wanted.address
    if name not in links:
        yield Difference("interface", How.MISSING, name, f"interface {name} does not exist")
    elif address and address not in links[name].addresses:
        message = f"interface {name} lacks address {address}"
        yield Difference("interface", How.MISSING, name, message, "address", wanted=address)


def choose_interface_files(table: Managed, links: Mapping[str, Link], run: Run) -> tuple[Managed, list[str]]:
    """The table with those files alone that give interfaces their addresses on this host, and what is refused."""
    some = [*sorted(links)[:_MOST_NAMED], *(["others"] if len(links) > _MOST_NAMED else [])]
    missing = [
        f"interface {item.name} does not exist; this host has {', '.join(some)}. Correct "
        "dhcp_server_interfaces, or attach the interface."
        for item in table.interfaces
        if item.name not in links
    ]
    rows = [row for row in table.files if row.provider]
    written = {(row.about, row.provider) for row in rows if Path(row.path).exists()}
    stale = {(row.about, row.provider) for row in rows if any(compare_file(row))} & written
    wanted = [
        ServiceInterface(
            item.name,
            item.address,
            [provider for name, provider in sorted(written) if name == item.name],
            [provider for name, provider in sorted(stale) if name == item.name],
        )
        for item in table.interfaces
        if item.address
    ]
    steps: list[InterfaceChange] = []
    refused: list[str] = []
    if not all(settled(item, links) for item in wanted):
        network = look_at_network([item.name for item in wanted], links, table.reached_at, run)
        steps, refused = plan(wanted, table.provider, network)
    chosen = {(step.name, step.provider) for step in steps}
    files = tuple(row for row in table.files if not row.provider or (row.about, row.provider) in chosen)
    return replace(table, files=files), [*missing, *refused]


def read_units(listing: str) -> list[dict[str, str]]:
    """The properties of units, from `systemctl show`, in the order in which they were asked for."""
    return [
        dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        for block in listing.strip().split("\n\n")
    ]


def compare_unit(wanted: Unit, found: Mapping[str, str]) -> Iterator[Difference]:
    """The differences of a unit that should be enabled, active and newer than the files that it reads, or not exist."""

    def different(aspect: str, value: str, right: str) -> Difference:
        return Difference(section, How.DIFFERENT, name, f"unit {name} is {value}, not {right}", aspect, value, right)

    section, name = wanted.section, wanted.name
    active = found.get("ActiveState") or "inactive"
    if not wanted.present:
        if in_use(found):
            yield Difference(section, How.EXTRA, name, f"unit {name} should not be active", "active")
        return
    enabled = "masked" if found.get("LoadState") == "masked" else found.get("UnitFileState") or "not installed"
    if enabled != "enabled":
        yield different("enabled", enabled, "enabled")
    if active != "active":
        yield different("active", active, "active")
    if found.get("NeedDaemonReload") == "yes":
        message = f"systemd has not read the changed files of unit {name}"
        yield Difference(section, How.UNREAD, name, message, "definition")
    since = unit_time(found.get("ActiveEnterTimestamp", ""))
    for path in wanted.reads:
        if since is None or changed_after(path, since):
            yield Difference(section, How.UNREAD, name, f"unit {name} has not read the changed {path}", path)


def in_use(found: Mapping[str, str]) -> bool:
    """Whether a unit runs, or will after the next boot."""
    return found.get("ActiveState") in ("active", "activating", "reloading") or found.get("UnitFileState") == "enabled"


def unit_time(text: str) -> float | None:
    """Seconds since the epoch, from systemd's `Sun 2026-11-22 22:21:36.123456 UTC`; None for anything else."""
    for form in ("%a %Y-%m-%d %H:%M:%S.%f UTC", "%a %Y-%m-%d %H:%M:%S UTC"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
        except ValueError:
            continue
    return None


def changed_after(name: str, since: float) -> bool:
    """Whether a file was written after that time; a missing one was not."""
    try:
        return Path(name).stat().st_mtime > since
    except FileNotFoundError:
        return False


def unread_files(read: Iterable[str], runtime_folder: str) -> list[str]:
    """Files that the daemon reads at its start and that are newer than the daemon's runtime folder."""
    try:
        since = Path(runtime_folder).stat().st_mtime
    except FileNotFoundError:
        return []
    return [name for name in read if changed_after(name, since)]


def compare_zone(wanted: Zone, run: Run) -> Iterator[Difference]:
    """The services and rules that a zone of firewalld lacks, now and after a restart, and its outdated rules."""
    words = [f"--zone={wanted.name}"] if wanted.name else []
    zone = f"zone {wanted.name}" if wanted.name else "the default zone"
    for when, more in (("runtime", []), ("permanent", ["--permanent"])):
        services, rules = read_zone(run(["firewall-cmd", *more, *words, "--list-all"]).stdout)
        own = [rule for rule in rules if re.match(wanted.own, rule)]
        missing = [f"service {name}" for name in wanted.services if name not in services]
        missing += [rule for rule in wanted.rules if rule not in own]
        for item in missing:
            message = f"firewalld: {zone} lacks {item} ({when})"
            yield Difference("firewall", How.MISSING, zone, message, when, wanted=item)
        for item in own:
            if item not in wanted.rules:
                message = f"firewalld: {zone} has the outdated {item} ({when})"
                yield Difference("firewall", How.EXTRA, zone, message, when, found=item)


def read_zone(listing: str) -> tuple[list[str], list[str]]:
    """The services and the rich rules of a zone, from `firewall-cmd --list-all`."""
    lines = [line.strip() for line in listing.splitlines()]
    services = [name for line in lines if line.startswith("services:") for name in line.split()[1:]]
    return services, [line for line in lines if line.startswith("rule ")]


@dataclass(frozen=True)
class Space:
    """A file system with some of its folders, and bytes."""

    folders: tuple[str, ...]
    needed: int
    free: int

    def message(self, what: str) -> str:
        """Why something cannot be done that needs more space."""
        return (
            f"the file system of {', '.join(self.folders)} has {show_bytes(self.free)} free, but {what} needs "
            f"{show_bytes(self.needed)} there. Free some space first."
        )


def show_bytes(number: int) -> str:
    return f"{number / 2**20:.0f} MiB" if number >= 2**20 else f"{number / 2**10:.0f} KiB"


@dataclass(frozen=True)
class HostState:
    """A host compared with the part of its table that applies to it.

    refused: which interfaces the role must not configure, and why.
    """

    table: Managed
    differences: tuple[Difference, ...]
    running: bool
    links: Mapping[str, Link]
    refused: tuple[str, ...] = ()
    unproven: bool = False

    @property
    def install(self) -> bool:
        """Whether anything differs that can be corrected without restarting the daemon."""
        return any(item.section not in RESTART_SECTIONS for item in self.differences)

    @property
    def pending(self) -> bool:
        """Whether the daemon must read something, or runs an unproven configuration."""
        return self.unproven or any(item.section in RESTART_SECTIONS for item in self.differences)


def compare(table: Managed, run: Run) -> HostState:
    daemon = table.daemon
    units = [*table.units, Unit("service", daemon.unit)]
    words = ["systemctl", "show", "--timestamp=us+utc", f"--property={','.join(_PROPERTIES)}"]
    names = [*(unit.name for unit in units), *table.rivals]
    found = read_units(run([*words, *(f"{name}.service" for name in names)]).stdout)
    rivals = [name for name, properties in zip(table.rivals, found[len(units) :]) if in_use(properties)]
    found = found[: len(units)]
    running = len(found) == len(units) and found[-1].get("ActiveState") == "active"
    links = read_links(run(["ip", "-json", "address", "show"]).stdout)
    table, refused = choose_interface_files(table, links, run)
    if table.rivals and Path(MIGRATION).exists():
        # Only the migration itself knows no rivals.
        refused.append(MIGRATES)
    else:
        refused += [
            f"{name} serves on this host, but dhcp_server_daemon is {daemon.name}, which does not know its leases. Run "
            f"the playbook {MOVES[daemon.name]}, which takes them along, or set dhcp_server_daemon back. If all leases "
            f"may be lost, run this on both servers of each pair, and deploy again: systemctl disable --now {name}"
            for name in rivals
        ]

    def differences() -> Iterator[Difference]:
        for row in table.files:
            yield from compare_file(row)
        for interface in table.interfaces:
            yield from compare_interface(interface, links)
        for unit, properties in zip(units, found + [{}] * len(units)):
            yield from compare_unit(unit, properties)
        for path in unread_files(daemon.reads, daemon.runtime_folder) if running else []:
            message = f"{daemon.unit} has not read the changed {path}"
            yield Difference("service", How.UNREAD, daemon.unit, message, path)
        for name in table.tables:
            if run(["nft", "list", "table", *name.split()]).returncode != 0:
                yield Difference("firewall", How.MISSING, name, f"nftables: table {name} is not loaded")
        if table.zone:
            yield from compare_zone(table.zone, run)

    unproven = Path(table.journal).exists()
    return HostState(table, tuple(differences()), running, links, tuple(refused), unproven)


def revision(table: Managed) -> str:
    """A checksum of the managed files as they are, and of the journal. Every deployment that changes one changes it."""
    found = hashlib.sha256()
    for name in [*(row.path for row in table.files if row.template), table.journal]:
        path = Path(name)
        try:
            status, content = path.lstat(), digest(path.read_bytes())
            found.update(f"{name} {status.st_mode} {status.st_uid} {status.st_gid} {content}\n".encode())
        except FileNotFoundError:
            continue
    return found.hexdigest()


def read_space(needs: Iterable[tuple[Path, int]]) -> list[Space]:
    """The file systems of these folders, with the bytes that are needed there."""
    found: dict[int, Space] = {}
    for folder, needed in needs:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        system = there.stat().st_dev
        known = found.get(system, Space((), 0, shutil.disk_usage(there).free))
        folders = tuple(dict.fromkeys((*known.folders, str(folder))))
        found[system] = replace(known, folders=folders, needed=known.needed + needed)
    return list(found.values())


def needed_space(host: HostState) -> Iterator[tuple[Path, int]]:
    """The bytes that a deployment to this host writes, by folder."""
    different = {item.subject for item in host.differences}
    for row in host.table.files:
        if row.template and row.path in different:
            yield Path(row.path).parent, -(-row.size // BLOCK) * BLOCK
    if host.install or host.pending:
        yield Path(host.table.lock).parent, BLOCK
    if host.pending:
        # The journal, and the next beside it.
        yield Path(host.table.journal).parent, 2 * BLOCK
        database = Path(host.table.daemon.lease_file)
        yield database.parent, LEASE_RESERVE + 2 * (database.stat().st_size if database.exists() else 0)


def describe_host(table: Managed, run: Run) -> dict[str, Any]:
    """The result of server_compare about the host itself; if it is of another family than the table, only that."""
    release = OS_RELEASE.read_text(encoding="utf-8") if OS_RELEASE.exists() else ""
    family = os_family(release)
    if table.family != family:
        return {"os_family": family, "differences": []}
    # Before the files are compared, so that a later change of one is noticed.
    revised = revision(table)
    found = compare(table, run)
    database = Path(table.daemon.lease_file)
    unfit = [why for name, why in table.unfit if f"VERSION_CODENAME={name}" in release.splitlines()]
    full = [space.message("the deployment") for space in read_space(needed_space(found)) if space.needed > space.free]
    return {
        "os_family": family,
        "differences": [difference.as_dict() for difference in found.differences],
        "running": found.running,
        "unproven": found.unproven,
        "install": found.install,
        "pending": found.pending,
        "refused": [*unfit, *found.refused, *full],
        "revision": revised,
        "addresses": sorted(
            address.partition("/")[0]
            for link in found.links.values()
            for address in link.addresses
            if ":" not in address
        ),
        "database": database.stat().st_size if database.exists() else 0,
    }
