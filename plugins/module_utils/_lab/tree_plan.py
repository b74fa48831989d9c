# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian tree that machines are made from: what it is made of, and the command that builds it. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import PlanError

_RELEASE = re.compile(r"[a-z]+")
_HOST_APT = re.compile(r"Acquire::(?:(?:http|https)(?:::.*)?|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])")
_NOT_IN_A_TREE = re.compile(r"Acquire::https?::(?:Proxy-Auto-Detect|.*::(?:CaInfo|SslCert|SslKey))", re.IGNORECASE)


def host_apt_options(dump: str) -> list[str]:
    """The lines of the host's `apt-config dump` that a machine needs to reach the same mirrors."""
    options = []
    for line in dump.splitlines():
        key, _space, value = line.partition(" ")
        if _HOST_APT.fullmatch(key) and not _NOT_IN_A_TREE.fullmatch(key) and value not in ("", '"";'):
            options.append(line.rstrip(";"))
    return options


@dataclass(frozen=True)
class Tree:
    release: str
    packages: tuple[str, ...]
    prefetch: tuple[str, ...]
    mirror: str
    apt_options: tuple[str, ...]
    mmdebstrap_options: tuple[str, ...]

    @property
    def name(self) -> str:
        """It contains a digest of everything the tree is made of, so that no other tree is mistaken for it."""
        command = "\0".join(self.command("TREE"))
        return f"{self.release}-{hashlib.sha256(command.encode()).hexdigest()[:12]}"

    def command(self, target: str) -> list[str]:
        inside = 'chroot "$1"'
        hooks = [
            # networkd configures the network; apt's timers would lock dpkg at first; the console needs no login.
            f"{inside} systemctl --quiet enable systemd-networkd.service",
            f"{inside} systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer console-getty.service",
            # Every machine gets its own host keys.
            'rm -f "$1"/etc/ssh/ssh_host_*',
            'echo LANG=C.UTF-8 > "$1"/etc/default/locale',
        ]
        if self.prefetch:
            names = " ".join(self.prefetch)
            hooks.append(f"{inside} apt-get clean")
            hooks.append(f"{inside} apt-get --quiet --quiet --yes --download-only install {names} > /dev/null")
        return [
            "mmdebstrap",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(self.packages)}",
            *(
                f"--aptopt={option}"
                for option in ('Acquire::Languages "none"', 'Acquire::Retries "3"', *self.apt_options)
            ),
            *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "locale", "man")),
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            # Package lists and downloaded packages stay, so that roles install quickly.
            "--skip=cleanup/apt/lists",
            "--skip=cleanup/apt/cache",
            *(f"--customize-hook={hook}" for hook in hooks),
            *self.mmdebstrap_options,
            self.release,
            target,
            *([self.mirror] if self.mirror else []),
        ]


def build_complaints(output: str) -> str:
    """The complaints of mmdebstrap and its helpers, without their progress."""
    lines = [line.strip() for line in output.splitlines()]
    progress = (
        "I:",
        "Get:",
        "Hit:",
        "Ign:",
        "Fetched ",
        "Reading ",
        "Building ",
        "Selecting ",
        "Preparing ",
        "Unpacking ",
    )
    told = [line for line in lines if line and not line.startswith(progress)]
    # The first complaint is the cause; a full disk causes hundreds more.
    return " | ".join(told if len(told) <= 8 else [*told[:5], "...", *told[-2:]])


def make_tree(
    release: str,
    packages: Iterable[str],
    prefetch: Iterable[str],
    mirror: str,
    apt_options: Iterable[str],
    mmdebstrap_options: Iterable[str],
) -> Tree:
    names = sorted(set(packages))
    later = sorted(set(prefetch))
    complaints = [name for name in (*names, *later) if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name)]
    if complaints:
        raise PlanError(f"Not names of Debian packages: {', '.join(complaints)}.")
    if not _RELEASE.fullmatch(release):
        raise PlanError(f'"{release}" is not the code name of a Debian release, like bookworm or trixie.')
    return Tree(release, tuple(names), tuple(later), mirror, tuple(apt_options), tuple(mmdebstrap_options))
