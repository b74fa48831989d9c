# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Injectors put into force on this host, and healed. The script that heals is there before anything is broken."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.injectors import (
    FOLDER,
    INJECTORS,
    UNIT_PREFIX,
    scripts,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import call

# No injection takes this long. One that hangs must not delay the healing.
TIMEOUT = 60
# Debian's packages, where they have another name.
PACKAGES = {
    "flock": "util-linux",
    "libfaketime.so.1": "faketime (libfaketime on Fedora)",
    "nft": "nftables",
    "ss": "iproute2",
}


class InjectionError(Exception):
    """The injection or the healing failed; the text names host, place and remedy."""


class Injection:
    """What is broken on this host. `folder` and `systemd` are where they are; tests have others."""

    def __init__(self, folder: str = FOLDER, systemd: str = "/run/systemd/system") -> None:
        self.host = socket.gethostname()
        self.folder = Path(folder)
        self.systemd = Path(systemd)

    def in_force(self) -> list[str]:
        return sorted(path.parent.name for path in self.folder.glob("*/heal"))

    def inject(self, name: str, values: Mapping[str, str], heal_after: int, dry: bool = False) -> float | None:
        """Put an injector into force, and tell when. None if it already is."""
        self._check(name)
        if name in self.in_force():
            return None
        try:
            inject, heal = scripts(name, {**values, "interface": self._interface(values.get("address", ""))})
        except ValueError as error:
            raise InjectionError(f"{self.host}: {error}. Set these options of the module.") from error
        if dry:
            return time.time()
        here = self.folder / name
        here.mkdir(parents=True)
        _write(here / "inject", inject)
        _write(here / "heal.part", heal)
        (here / "heal.part").replace(here / "heal")
        try:
            self._set_timer(name, here / "heal", heal_after)
            start = time.time()
            self._run(here / "inject")
        except BaseException:
            self.heal([name])
            raise
        return start

    def heal(self, names: list[str] | None = None, dry: bool = False) -> list[str]:
        """Heal these, or all; tells which were in force. Goes on with the others if one fails."""
        found = [name for name in self.in_force() if names is None or name in names]
        failed = []
        for name in found if not dry else []:
            try:
                self._run(self.folder / name / "heal")
            except InjectionError as error:
                failed.append(str(error))
        if failed:
            raise InjectionError("\n".join(failed))
        if names is None and not dry:
            (self.folder / "lock").unlink(missing_ok=True)
            if self.folder.is_dir() and not any(self.folder.iterdir()):
                self.folder.rmdir()
        return found

    def _check(self, name: str) -> None:
        if os.geteuid() != 0:
            raise InjectionError(f"{self.host}: breaking something needs root. Use become: true.")
        if not self.systemd.is_dir():
            raise InjectionError(
                f"{self.host}: systemd does not run here. The drill needs it: its timer heals the host when the "
                "controller cannot."
            )
        injector = INJECTORS[name]
        missing = [program for program in ("systemd-run", "flock", *injector.needs) if not shutil.which(program)]
        found = [path for pattern in injector.libraries for path in Path("/").glob(pattern)]
        if injector.libraries and not found:
            missing.append(Path(injector.libraries[0]).name)
        for need in missing:
            package = PACKAGES.get(need, need)
            raise InjectionError(f"{self.host}: the injector {name} needs {need}. Install the package {package}.")

    def _interface(self, address: str) -> str:
        """The interface that has the address; nothing if no address was given."""
        if not address:
            return ""
        answer = call(["ip", "-json", "-4", "address", "show", "to", f"{address}/32"])
        links = [link["ifname"] for link in json.loads(answer.stdout or "[]") if link.get("ifname")]
        if not links:
            raise InjectionError(f"{self.host}: no interface has the address {address} of its half. See: ip address")
        return str(links[0])

    def _set_timer(self, name: str, heal: Path, seconds: int) -> None:
        answer = call(
            [
                "systemd-run",
                "--quiet",
                "--collect",
                f"--unit={UNIT_PREFIX}{name}",
                f"--description=Heal what the drill did: {name}",
                f"--on-active={seconds}",
                "--timer-property=AccuracySec=1s",
                "/bin/sh",
                str(heal),
            ]
        )
        if answer.returncode:
            raise InjectionError(
                f"{self.host}: no timer that would heal it, so nothing was broken: {answer.stderr.strip()}"
            )

    def _run(self, script: Path) -> None:
        try:
            answer = call(["/bin/sh", str(script)], TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise InjectionError(f"{self.host}: {script} did not end within {TIMEOUT} s") from error
        if answer.returncode:
            said = (answer.stderr or answer.stdout).strip() or "no word"
            left = ", ".join(self.in_force()) or "nothing"
            raise InjectionError(
                f"{self.host}: {script} failed with status {answer.returncode}: {said}. "
                f"In force: {left}. {self.folder}/NAME/heal heals each of them."
            )


def report(name: str | None, start: float | None, healed: list[str] | None = None) -> dict[str, Any]:
    """What the module returns."""
    return {
        "injector": name,
        "words": INJECTORS[name].words if name else None,
        "time": start,
        "healed": healed or [],
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)
