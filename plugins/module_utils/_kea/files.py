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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    OPENSSL,
    Daemon,
    Managed,
    ManagedFile,
    Unit,
    barrier,
    managed_file,
    managed_host,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.paths import (
    CERT_FILE,
    KEY_FILE,
    LEASE_FILE,
    TRUST_ANCHOR,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.declaration import Half
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_HA_PORT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare

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
export KEA_LOCKFILE_DIR=none LD_LIBRARY_PATH='/usr/$LIB/kea/hooks'
runuser -u "$user" -- "$kea" -t "$file" >&2 || exit 1
case $("$kea" -v) in [01].*|2.[0-5].*) exit 0;; esac
copy=$file.test
trap 'rm -f "$copy"' EXIT
install -m 0640 -g "$user" /dev/null "$copy" || exit 1
sed 's/"http-dedicated-listener": true/"http-dedicated-listener": false/' "$file" >"$copy" || exit 1
runuser -u "$user" -- "$kea" -T "$copy" >&2
"""

# It would pass commands of anybody who reaches its port to the daemon, and takes the port of the first relationship. A
# pair that was made by hand may hear its partner through it, so it runs until the new configuration does.
_AGENT = "kea-ctrl-agent"
_ONE_ONLY = (
    "bookworm",
    "Debian 12 has Kea 2.2, which takes part in one relationship only. Use Debian 13 on this server and its partners, "
    "or give each relationship servers of its own.",
)


def managed(server: Mapping[str, Any], names: Mapping[str, str], family: str) -> Managed:
    """The table of a server, given as failover_servers returns it; `names` are those of its platform, from the role."""
    unit_file = f"/etc/systemd/system/{names['service']}.service"
    config = list(_config_files(names, unit_file))
    halves = declare(server).halves
    certificates = _certificates(halves, names["user"])
    daemon = Daemon(
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
        hands_over=True,
        anchor=TRUST_ANCHOR if certificates else "",
    )
    # Each relationship has a port of its own, on which only its partner may speak.
    accepts = [(str(half.peer_address), half.port or DEFAULT_HA_PORT) for half in halves]
    tools = [ManagedFile("package", OPENSSL)] if certificates else []
    rows = [*_package_files(names), *tools, *certificates, *config]
    table = managed_host(server, family, daemon, rows, accepts, [port for _address, port in accepts])
    unfit = (_ONE_ONLY,) if len(halves) > 1 else ()
    return replace(table, units=(*table.units, Unit("service", _AGENT, present=False)), unfit=unfit)


def _package_files(names: Mapping[str, str]) -> Iterator[ManagedFile]:
    # Kea makes its lease database itself, and refuses a folder that others may read.
    user = names["user"]
    yield ManagedFile("package", names["binary"])
    yield ManagedFile("package", barrier(names["service"]), present=False)
    yield ManagedFile("package", names["lease_folder"], owner=user, group=user, mode="0750", folder=True)


def _certificates(halves: Iterable[Half], user: str) -> list[ManagedFile]:
    """The files for TLS between the partners. The role makes them; Kea reads them at its start."""
    if not any(half.tls for half in halves):
        return []
    return [
        ManagedFile("package", path, owner="root", group=user, mode="0640", certificate=path == CERT_FILE)
        for path in (TRUST_ANCHOR, CERT_FILE, KEY_FILE)
    ]


def _config_files(names: Mapping[str, str], unit_file: str) -> Iterator[ManagedFile]:
    test = ("sh", "-c", _TEST, "test", names["binary"], names["user"])
    yield managed_file("config", names["conf"], "kea-dhcp4.conf.j2", group=names["user"], mode="0640", check=test)
    yield managed_file("config", unit_file, "kea-dhcp4.service.j2")
