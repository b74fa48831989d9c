# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""The table of managed files of a server that runs Kea.

Kea is restarted, not told to read its configuration again: both make it look for its partner anew, and a restart also
reads the unit. Whoever restarts it hands its clients over first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    FIREWALL_UNIT,
    RULES,
    RULES_UNIT,
    TABLE,
    Daemon,
    Interface,
    Managed,
    ManagedFile,
    Unit,
    firewall_files,
    firewall_zone,
    interface_files,
    managed_file,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import (
    CERT_FILE,
    KEY_FILE,
    LEASE_FILE,
    TRUST_ANCHOR,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_HA_PORT

# Lines that Kea writes for any fault, or for none.
_CHATTER = (
    "$",
    r"\S+ \S+ +(INFO|DEBUG) ",
    r".* DHCPSRV_MT_DISABLED_QUEUE_CONTROL ",
    r".* DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED ",
)
# Test a file as the daemon's user, because AppArmor and the modes of folders treat root otherwise. The second test also
# loads the libraries, so it sees faults of the relationship. Kea before 2.6 does not have it, and 2.6 cannot open the
# listener in it, so that is switched off in a copy.
_TEST = r"""
kea=$1 user=$2 file=$3
export KEA_LOCKFILE_DIR=none
runuser -u "$user" -- "$kea" -t "$file" >&2 || exit 1
case $("$kea" -v) in [01].*|2.[0-5].*) exit 0;; esac
copy=$file.test
trap 'rm -f "$copy"' EXIT
install -m 0640 -g "$user" /dev/null "$copy" || exit 1
sed 's/"http-dedicated-listener": true/"http-dedicated-listener": false/' "$file" >"$copy" || exit 1
runuser -u "$user" -- "$kea" -T "$copy" >&2
"""


def managed(server: Mapping[str, Any], names: Mapping[str, str], family: str) -> Managed:
    """The table of a server, given as failover_servers returns it; `names` are those of its platform, from the role."""
    interfaces = [Interface(item["name"], item.get("address") or "") for item in server["interfaces"] or ()]
    addressed = [item.name for item in interfaces if item.address]
    firewall = server["firewall"]
    unit_file = f"/etc/systemd/system/{names['service']}.service"
    config = list(_config_files(names, unit_file))
    certificates = _certificates(server)
    # Each relationship has a port of its own, on which only its partner may speak.
    partners = [(str(half["peer_address"]), int(half.get("port") or DEFAULT_HA_PORT)) for half in server["failover"]]
    units = [Unit("firewall", FIREWALL_UNIT, reads=(RULES, RULES_UNIT), present=True)]
    if firewall != "nftables":
        units = [Unit("firewall", FIREWALL_UNIT, present=False)]
    if firewall == "firewalld":
        units.append(Unit("firewall", "firewalld"))
    zone = None
    if firewall == "firewalld":
        zone = firewall_zone(server["firewall_zone"], ["dhcp"], partners, [port for _address, port in partners])
    return Managed(
        family=family,
        daemon=Daemon(
            name="kea",
            unit=names["service"],
            unit_file=unit_file,
            config=names["conf"],
            reads=(*(row.path for row in config), *(row.path for row in certificates)),
            runtime_folder=names["runtime_folder"],
            lease_file=LEASE_FILE,
            user=names["user"],
            serves=r"\bDHCP4_STARTED\b",
            fails=r"\b(DHCPSRV|DHCP4)_NO_SOCKETS_OPEN\b",
            chatter=f"^({'|'.join(_CHATTER)})",
        ),
        files=(
            *interface_files(addressed),
            *_package_files(names),
            *certificates,
            *firewall_files(firewall == "nftables"),
            *config,
        ),
        units=tuple(units),
        interfaces=tuple(interfaces),
        tables=(TABLE,) if firewall == "nftables" else (),
        zone=zone,
        openings=("udp dport 67", *(f"ip saddr {address} tcp dport {port}" for address, port in partners)),
        provider=server["interface_provider"],
    )


def _package_files(names: Mapping[str, str]) -> Iterator[ManagedFile]:
    # Kea makes its lease database itself, and refuses a folder that others may read.
    user = names["user"]
    yield ManagedFile("package", names["binary"])
    yield ManagedFile("package", names["lease_folder"], owner=user, group=user, mode="0750", folder=True)


def _certificates(server: Mapping[str, Any]) -> list[ManagedFile]:
    """The files for TLS between the partners. The role makes them; Kea reads them at its start."""
    wanted = any(half.get("tls") for half in server["failover"])
    return [ManagedFile("package", path) for path in (TRUST_ANCHOR, CERT_FILE, KEY_FILE)] if wanted else []


def _config_files(names: Mapping[str, str], unit_file: str) -> Iterator[ManagedFile]:
    test = ("sh", "-c", _TEST, "test", names["binary"], names["user"])
    yield managed_file("config", names["conf"], "kea-dhcp4.conf.j2", group=names["user"], mode="0640", check=test)
    yield managed_file("config", unit_file, "kea-dhcp4.service.j2")
