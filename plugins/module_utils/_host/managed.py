# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""A server as it is against what role dhcp_server makes of it, in one look.

A second run on an unchanged server then costs one module instead of one for each file, unit and address. It only looks,
so whatever it cannot tell counts as a difference: the role's own tasks then have the last word.
"""

from __future__ import annotations

import grp
import hashlib
import json
import pwd
import re
import shutil
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import OMAPI_FILE
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import (
    NoKeyError,
    StatusError,
    failover_status,
    read_config_file,
    read_lease_file,
)

# A command's exit status and what it printed.
Run = Callable[[list[str]], "tuple[int, str]"]
Difference = dict[str, str]
OS_RELEASE = Path("/etc/os-release")
# As Ansible names families, by what a distribution says it is or is like.
_FAMILIES = {"debian": "Debian", "ubuntu": "Debian", "fedora": "RedHat", "rhel": "RedHat", "centos": "RedHat"}
_SECRET = re.compile(rb'(secret\s+")[^"]*(")')
_PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload", "ActiveEnterTimestamp")


def os_family(text: str) -> str:
    """The family of a distribution from its os-release, or its own name."""
    found = dict(line.partition("=")[::2] for line in text.splitlines())
    words = f"{found.get('ID', '')} {found.get('ID_LIKE', '')}".replace('"', " ").split()
    return next((_FAMILIES[word] for word in words if word in _FAMILIES), words[0] if words else "unknown")


def compare_files(wanted: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Files and folders whose content, owner, group or mode is not what it should be."""
    return [
        {"section": str(item["section"]), "what": f"{item['path']} {what}"}
        for item in wanted
        for what in _file_faults(item)
    ]


def _file_faults(item: Mapping[str, Any]) -> list[str]:
    path = Path(item["path"])
    try:
        status = path.stat()
        if item.get("state") == "absent":
            return ["is there"]
        found = {
            "owner": _user(status.st_uid),
            "group": _group(status.st_gid),
            "mode": f"{status.st_mode & 0o7777:04o}",
        }
        faults = [
            f"has the {name} {found[name]}, not {item[name]}"
            for name in found
            if item.get(name) not in (None, found[name])
        ]
        if item.get("sha256") and item["sha256"] != digest(path.read_bytes(), bool(item.get("without_secret"))):
            faults.append("has another content")
    except FileNotFoundError:
        return [] if item.get("state") == "absent" else ["is missing"]
    return faults


def digest(content: bytes, without_secret: bool) -> str:
    """The checksum of a file's content, for a secret that never leaves the host without that."""
    return hashlib.sha256(_SECRET.sub(rb"\1\2", content) if without_secret else content).hexdigest()


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


def read_addresses(listing: str) -> dict[str, list[str]]:
    """Interfaces and their IPv4 addresses with prefix length, from `ip -json address`; none has to have one."""
    return {
        str(interface["ifname"]): [
            f"{address['local']}/{address['prefixlen']}"
            for address in interface["addr_info"]
            if address.get("family") == "inet"
        ]
        for interface in json.loads(listing or "[]")
        if "ifname" in interface
    }


def compare_interfaces(wanted: Iterable[Mapping[str, Any]], found: Mapping[str, list[str]]) -> list[Difference]:
    """Interfaces that are not there, or lack the address that the role gives them."""
    differences = []
    for item in wanted:
        name, address = item["name"], item.get("address")
        if name not in found:
            differences.append({"section": "interface", "what": f"interface {name} is missing"})
        elif address and address not in found[name]:
            differences.append({"section": "interface", "what": f"interface {name} lacks {address}"})
    return differences


def read_units(listing: str) -> list[dict[str, str]]:
    """The properties of units, from `systemctl show`, in the order in which they were asked for."""
    return [
        dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        for block in listing.strip().split("\n\n")
    ]


def compare_unit(wanted: Mapping[str, Any], found: Mapping[str, str]) -> list[Difference]:
    """What is wrong with a unit that should be enabled, active, and newer than the files that it reads."""
    faults = []
    if found.get("LoadState") == "masked":
        faults.append("is masked")
    elif found.get("UnitFileState") != "enabled":
        faults.append(f"is {found.get('UnitFileState') or 'not there'}, not enabled")
    if found.get("ActiveState") != "active":
        faults.append(f"is {found.get('ActiveState') or 'inactive'}")
    if found.get("NeedDaemonReload") == "yes":
        faults.append("has changed on disk")
    if wanted.get("reads"):
        since = unit_time(found.get("ActiveEnterTimestamp", ""))
        faults += [f"has not read {name}" for name in wanted["reads"] if since is None or changed_after(name, since)]
    return [{"section": str(wanted["section"]), "what": f"unit {wanted['name']} {fault}"} for fault in faults]


def unit_time(text: str) -> float | None:
    """Seconds since the epoch, from systemd's `Sun 2026-11-22 22:21:36.123456 UTC`; None for anything else."""
    for form in ("%a %Y-%m-%d %H:%M:%S.%f UTC", "%a %Y-%m-%d %H:%M:%S UTC"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
        except ValueError:
            continue
    return None


def changed_after(name: str, since: float) -> bool:
    """Whether a file was written after that time; one that is not there was not."""
    try:
        return Path(name).stat().st_mtime > since
    except FileNotFoundError:
        return False


def unread_files(read: Iterable[str], runtime_folder: str) -> list[str]:
    """Files that the daemon reads at its start and that are newer than the running daemon, which its folder tells."""
    try:
        since = Path(runtime_folder).stat().st_mtime
    except FileNotFoundError:
        return []
    return [name for name in read if changed_after(name, since)]


def compare_firewalld(wanted: Mapping[str, Any], run: Run) -> list[Difference]:
    """What a zone lacks of services and rules, now and after a restart, and which of our rules it has too many."""
    zone = [f"--zone={wanted['zone']}"] if wanted["zone"] else []
    faults = []
    for when, words in (("in force", []), ("permanent", ["--permanent"])):
        services, rules = read_zone(run(["firewall-cmd", *words, *zone, "--list-all"])[1])
        own = [rule for rule in rules if re.match(wanted["own"], rule)]
        faults += [f"service {name} is not {when}" for name in wanted["services"] if name not in services]
        faults += [f"{rule} is not {when}" for rule in wanted["rich_rules"] if rule not in own]
        faults += [f"{rule} is {when}" for rule in own if rule not in wanted["rich_rules"]]
    return [{"section": "firewall", "what": f"firewalld: {fault}"} for fault in faults]


def read_zone(listing: str) -> tuple[list[str], list[str]]:
    """The services and the rich rules of a zone, from `firewall-cmd --list-all`."""
    lines = [line.strip() for line in listing.splitlines()]
    services = [name for line in lines if line.startswith("services:") for name in line.split()[1:]]
    return services, [line for line in lines if line.startswith("rule ")]


def compare_server(params: Mapping[str, Any], host: str, run: Run) -> dict[str, Any]:
    """The result of the module server_compare."""
    service = params["service"]
    family = os_family(OS_RELEASE.read_text(encoding="utf-8")) if OS_RELEASE.exists() else "unknown"
    if params["os_family"] not in (None, family):
        return {"os_family": family, "differences": []}
    differences = compare_files(params["files"])
    addresses = read_addresses(run(["ip", "-json", "address", "show"])[1])
    differences += compare_interfaces(params["interfaces"], addresses)

    units = [*params["units"], {"name": service, "section": "service"}]
    names = [f"{unit['name']}.service" for unit in units]
    listing = run(["systemctl", "show", "--timestamp=us+utc", f"--property={','.join(_PROPERTIES)}", *names])[1]
    found = read_units(listing)
    for unit, properties in zip(units, found + [{}] * len(units)):
        differences += compare_unit(unit, properties)
    running = len(found) == len(units) and found[-1].get("ActiveState") == "active"
    differences += [
        {"section": "service", "what": f"{name} is newer than the running daemon"}
        for name in (unread_files(params["reads"], params["runtime_folder"]) if running else [])
    ]
    differences += [
        {"section": "firewall", "what": f"table {table} is not in force"}
        for table in params["tables"]
        if run(["nft", "list", "table", *table.split()])[0] != 0
    ]
    if params["firewalld"]:
        differences += compare_firewalld(params["firewalld"], run)
    conf = read_config_file(host, params["config"])
    database = Path(params["lease_file"])
    disk = next(folder for folder in database.parents if folder.exists())
    return {
        "os_family": family,
        "differences": differences,
        "running": running,
        "unproven": Path(params["marker"]).exists(),
        "interfaces": sorted(addresses),
        "addresses": sorted(address.partition("/")[0] for each in addresses.values() for address in each),
        "halves": [vars(half) for half in conf.halves.values()],
        "status": _status(params["config"], params["lease_file"]),
        "disk": {
            "folder": str(database.parent),
            "free": shutil.disk_usage(disk).free,
            "database": database.stat().st_size if database.exists() else 0,
        },
    }


def _status(config: str, lease_file: str) -> dict[str, Any]:
    """What the daemon says, or why it cannot be asked; of one without OMAPI, the states that its database holds."""
    try:
        return failover_status(None, config, OMAPI_FILE, None, lease_file, timeout=5, states_only=True)
    except NoKeyError as error:
        saved = read_lease_file(socket.gethostname(), lease_file, _no_lease)[1]
        return {"msg": str(error), "saved": {name: state.local_state for name, state in saved.items()}}
    except StatusError as error:
        return {"msg": str(error)}


def _no_lease(_entry: Any) -> None:
    """Only the states are asked for."""
