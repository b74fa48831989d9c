# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel settings of this host: the first lab that needs one raises it, the last one puts it back.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import locked, write_atomically

PROC_SYS = Path("/proc/sys")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def setting(name: str) -> Path:
    """A kernel setting's file, by the name that sysctl(8) has for it."""
    return PROC_SYS.joinpath(*name.split("."))


def read_setting(name: str) -> int:
    return int(setting(name).read_text())


@dataclass(frozen=True)
class KernelSettings:
    root: Path
    """Folder of all labs' state: the labs share the record, and each has a lab.json that says what it needs."""
    lab: str

    @property
    def record(self) -> Path:
        return self.root / "settings.json"

    @property
    def lock(self) -> Path:
        return self.root / ".host.lock"

    def too_low(self, needed: Mapping[str, int]) -> dict[str, int]:
        """Settings that must be raised, and can be -> what they are."""
        current = {name: read_setting(name) for name in needed}
        return {name: now for name, now in current.items() if now < needed[name] and os.access(setting(name), os.W_OK)}

    def raise_to(self, name: str, wanted: int) -> None:
        with locked(self.lock, "the host's settings"):
            current = read_setting(name)
            if current < wanted:
                raised = self._raised()
                before = raised.get(name, {}).get("before", current)
                self._write({**raised, name: {"before": before, "after": wanted}})
                setting(name).write_text(f"{wanted}\n")

    def to_put_back(self) -> dict[str, int]:
        """Settings that no other lab needs -> what they were."""
        needed: set[str] = set()
        for path in self.root.glob("*/lab.json"):
            with contextlib.suppress(OSError, ValueError):
                other = json.loads(path.read_text(encoding="utf-8"))
                if other.get("lab") != self.lab:
                    needed.update(other.get("settings", {}))
        return {
            name: values["before"]
            for name, values in self._raised().items()
            # If somebody has changed it since, it is not ours any more.
            if name not in needed and read_setting(name) == values["after"]
        }

    def put_back(self, name: str) -> None:
        with locked(self.lock, "the host's settings"):
            if name in self.to_put_back():
                raised = self._raised()
                setting(name).write_text(f"{raised.pop(name)['before']}\n")
                self._write(raised)

    def _raised(self) -> dict[str, dict[str, int]]:
        """Settings that a lab raised since this boot: what they were, and what they were raised to."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self.record.read_text(encoding="utf-8"))
            if found["boot_id"] == BOOT_ID.read_text().strip():
                return dict(found["raised"])
        return {}

    def _write(self, raised: dict[str, dict[str, int]]) -> None:
        if raised:
            text = json.dumps({"boot_id": BOOT_ID.read_text().strip(), "raised": raised}) + "\n"
            write_atomically(self.record, text)
        else:
            self.record.unlink(missing_ok=True)
