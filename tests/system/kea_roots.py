# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kea in a root of its own, for the system tests."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from test_probe import Network

STARTED = "DHCP4_STARTED"
# Kea's folders, and where they are for one server.
_FOLDERS = {"etc/kea": "etc", "run/kea": "run", "var/lib/kea": "lib", "dev": "/dev"}
ENVIRONMENT = {
    **os.environ,
    "KEA_LOCKFILE_DIR": "none",
    "KEA_PIDFILE_DIR": "/run/kea",
    # 2.2 does not complete the bare names of libraries.
    "LD_LIBRARY_PATH": "/usr/$LIB/kea/hooks",
}


def inside(root: Path, place: Path, *words: str | Path) -> list[str]:
    """A command in this root, with the folders of one server at the places where Kea looks for them."""
    for name in ("etc", "run", "lib"):
        # Kea refuses a folder that others could enter.
        place.joinpath(name).mkdir(parents=True, exist_ok=True, mode=0o750)
    binds = "; ".join(
        f"mkdir -p {root}/{inner}; mount --bind {shlex.quote(str(place / outer))} {root}/{inner}"
        for inner, outer in _FOLDERS.items()
    )
    return ["unshare", "--mount", "sh", "-ec", f"{binds}; exec chroot {root} {shlex.join(map(str, words))}"]


def checked(root: Path, place: Path, text: str) -> str:
    """The complaints of `kea-dhcp4 -t`; empty if it accepts the configuration, on a host with an interface eth0."""
    check = inside(root, place, "/usr/sbin/kea-dhcp4", "-t", "/etc/kea/kea-dhcp4.conf")
    link = "ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip address add 192.0.2.1/24 dev eth0"
    command = ["unshare", "--net", "sh", "-ec", f"{link}; exec {shlex.join(check)}"]
    (place / "etc/kea-dhcp4.conf").write_text(text)
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=ENVIRONMENT)
    return "" if run.returncode == 0 else run.stdout + run.stderr


class KeaNetwork(Network):
    """A bridge, Kea servers on it, and a namespace for the probe."""

    def serve(self, name: str, config: str, address: str) -> None:
        """Start a server, or start it again with its database as it is."""
        if name not in self.names:
            self.namespace(name)
            self.plug(name, address)
            self.ip(name, "link", "set", "lo", "up")
        place = self.folder / name
        command = inside(self.program, place, "/usr/sbin/kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf")
        (place / "etc/kea-dhcp4.conf").write_text(config)
        with place.with_suffix(".log").open("ab") as log:
            words = self.inside(name, *command)
            self.servers[name] = subprocess.Popen(words, stdout=log, stderr=log, env=ENVIRONMENT)

    def leases(self, name: str) -> Path:
        return self.folder / name / "lib/kea-leases4.csv"
