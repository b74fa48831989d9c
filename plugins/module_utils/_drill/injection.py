# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Faults put into force on this host and taken back. The way back is on the machine before anything is broken."""

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

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._drill.faults import (
    FAULTS,
    FOLDER,
    UNIT_PREFIX,
    scripts,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import call

# No injection takes as long; one that hangs must not keep the way back waiting.
TIMEOUT = 60


class InjectionError(Exception):
    """The fault was not put into force, or not taken back; the text names host, place and remedy."""


class Injector:
    """`folder` and `systemd` are where they are; tests have others."""

    def __init__(self, folder: str = FOLDER, systemd: str = "/run/systemd/system") -> None:
        self.host = socket.gethostname()
        self.folder = Path(folder)
        self.systemd = Path(systemd)

    def in_force(self) -> list[str]:
        return sorted(path.parent.name for path in self.folder.glob("*/heal"))

    def inject(self, name: str, values: Mapping[str, str], heal_after: int, dry: bool = False) -> float | None:
        """Put a fault into force, and tell when. None if it already is."""
        self._check(name)
        if name in self.in_force():
            return None
        try:
            inject, heal = scripts(name, {**values, "interface": self._interface(values.get("address", ""))})
        except ValueError as error:
            raise InjectionError(f"{self.host}: {error}. Give these to the module.") from error
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
        """Take these faults back, or all; tells which were in force. Goes on with the others if one fails."""
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
            raise InjectionError(f"{self.host}: a fault needs root. Use become: true.")
        if not self.systemd.is_dir():
            raise InjectionError(
                f"{self.host}: systemd does not run here. The drill needs it: its timer takes a fault back when the "
                "controller cannot."
            )
        missing = [program for program in ("systemd-run", "flock", *FAULTS[name].needs) if not shutil.which(program)]
        if missing:
            package = {"nft": "nftables", "ss": "iproute2", "flock": "util-linux"}.get(missing[0], missing[0])
            raise InjectionError(f"{self.host}: the fault {name} needs {missing[0]}. Install the package {package}.")

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
                f"--description=The way back from the drill's fault {name}",
                f"--on-active={seconds}",
                "--timer-property=AccuracySec=1s",
                "/bin/sh",
                str(heal),
            ]
        )
        if answer.returncode:
            raise InjectionError(
                f"{self.host}: no timer for the way back, so nothing was broken: {answer.stderr.strip()}"
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
                f"In force: {left}. Each is taken back by {self.folder}/NAME/heal."
            )


def report(name: str | None, start: float | None, healed: list[str] | None = None) -> dict[str, Any]:
    """What the module returns."""
    return {
        "fault": name,
        "words": FAULTS[name].words if name else None,
        "time": start,
        "healed": healed or [],
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)
