# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a lab can be built on this host: preflight.py LAB

It runs before anything is installed, so it needs nothing but Python 3.8. It prints a sentence for each objection, with
what to do, and then exits with 1.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

GIB = 1 << 30
# What a lab with its cache takes, generously.
NEEDED = {"nspawn": 2 * GIB, "kvm": 8 * GIB}
# Where each lab is, below /var/lib.
FOLDERS = {"nspawn": "lab"}
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21, "CAP_MKNOD": 27}
FAMILY = {"debian", "ubuntu"}
# What lets the lab's bridges through each firewall; the same as in the lab's own refusal, which tries the effect.
CURES = {
    "firewalld": "firewall-cmd --zone=trusted --add-interface=lab-mgmt --add-interface=lab-practica",
    "ufw": "; ".join(f"ufw route allow {way} on lab-{name}" for name in ("mgmt", "practica") for way in ("in", "out")),
    "Docker": "; ".join(f"iptables -I DOCKER-USER {way} lab-+ -j ACCEPT" for way in ("-i", "-o")),
}
# Their chains in the rules of iptables.
CHAINS = {"ufw": "ufw-user-forward", "Docker": "DOCKER-USER"}


class Facts(NamedTuple):
    """system: Linux, Darwin, ... families: of the distribution. capabilities: None if they are not known.

    free: bytes. built: this lab is there already. venv: Python can make virtual environments. contained: in a container
    of Docker or Podman, which on Windows has WSL's kernel. stopped_by: firewalls that let nothing of the lab through.
    """

    system: str
    release: str
    name: str
    families: frozenset[str]
    root: bool
    capabilities: int | None
    free: int
    built: bool
    python: tuple[int, int]
    venv: bool
    contained: bool
    stopped_by: Sequence[str]


def objections(facts: Facts, lab: str = "nspawn") -> list[str]:
    """Why no lab can be built here, worst first; some make others meaningless."""
    if facts.system != "Linux":
        system = {"Darwin": "macOS"}.get(facts.system, facts.system)
        return [
            f"The lab's machines share the kernel of a Linux host, and this is {system}. Use a virtual machine with "
            "Debian 12 or 13, or the container that .devcontainer describes."
        ]
    if "microsoft" in facts.release.lower() and not facts.contained:
        return [
            "This is WSL, on which the lab was never tried. Use a virtual machine with Debian 12 or 13, or the "
            "container that .devcontainer describes."
        ]
    if not facts.families & FAMILY:
        return [
            f"The lab installs its tools with apt, and this is {facts.name}. Use a host or a virtual machine with "
            "Debian 12 or 13."
        ]
    found = []
    if facts.python < (3, 11):
        found.append(
            f"Ansible here needs Python 3.11, and python3 is {facts.python[0]}.{facts.python[1]}. Install a newer one, "
            "and name it: make lab PYTHON=python3.11"
        )
    elif not facts.venv:
        package = f"python{facts.python[0]}.{facts.python[1]}-venv"
        found.append(f"Python makes no virtual environments here. Install what is missing: apt-get install {package}")
    if not facts.root:
        found.append(
            "Only root may make network interfaces and containers. Run it as root, or with sudo: sudo make lab"
        )
    elif facts.capabilities is not None:
        missing = [name for name, bit in CAPABILITIES.items() if not facts.capabilities >> bit & 1]
        if missing:
            found.append(
                f"This is a container without {_listed(missing)}. Start it with all privileges, for instance docker "
                "run --privileged, or use a virtual machine."
            )
    if lab == "nspawn" and not facts.built:
        found += [
            f"{name} would drop what the lab's machines send to each other and to the package mirror. Let it through: "
            f"{CURES[name]}. Then run this again."
            for name in facts.stopped_by
        ]
    needed = NEEDED.get(lab, NEEDED["nspawn"])
    if facts.free < needed and not facts.built:
        found.append(
            f"/var has {facts.free / GIB:.1f} GiB left, and the lab needs {needed // GIB} GiB. Make room there."
        )
    return found


def look(lab: str) -> Facts:
    """This host, for a lab."""
    release = dict(_release())
    families = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return Facts(
        platform.system(),
        platform.release(),
        release.get("PRETTY_NAME", platform.system()),
        frozenset(families),
        os.geteuid() == 0,
        _capabilities(),
        shutil.disk_usage("/var").free,
        Path("/var/lib/netlab-dhcp-failover", FOLDERS.get(lab, lab)).is_dir(),
        sys.version_info[:2],
        find_spec("ensurepip") is not None,
        any(Path(path).exists() for path in ("/.dockerenv", "/run/.containerenv")),
        tuple(
            stopping(_told("iptables", "--list-rules"), _told("firewall-cmd", "--zone=trusted", "--list-interfaces"))
        ),
    )


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def stopping(rules: str | None, trusted: str | None) -> Iterator[str]:
    """The firewalls that drop what is forwarded, and were not told of the lab.

    rules: of iptables. trusted: the interfaces that firewalld trusts. None if there is no answer.
    """
    if trusted is not None and "lab-" not in trusted:
        yield "firewalld"
    lines = (rules or "").splitlines()
    if "-P FORWARD DROP" in lines:
        for name, chain in CHAINS.items():
            known = any(line.startswith(f"-A {chain} ") and " lab-" in line for line in lines)
            if f"-N {chain}" in lines and not known:
                yield name


def _told(*words: str) -> str | None:
    if shutil.which(words[0]) is None:
        return None
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return None if done.returncode else done.stdout


def _release() -> Iterator[tuple[str, str]]:
    for line in _read("/etc/os-release").splitlines():
        name, mark, value = line.partition("=")
        if mark:
            yield name, value.strip("\"'")


def _capabilities() -> int | None:
    for line in _read("/proc/self/status").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def main(lab: str) -> int:
    found = objections(look(lab), lab)
    for sentence in found:
        print(sentence, file=sys.stderr)
    if found:
        print("Nothing was installed.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
