# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that the system tests share."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
BIN = Path(sys.executable).parent
# A deprecation warning from Ansible is a failure, whatever its source. All Ansible processes write the log, also those
# that a scenario starts and whose output it hides.
DEPRECATED = "[DEPRECATION WARNING]"
# On a slow machine a command may take as long as it needs. It is stopped after so many seconds without output, here or
# in Ansible's log. On a quiet machine the longest silence is about a minute, while a virtual machine's image is made.
SILENCE = 1200
# How many lines of a failed command's output are shown, and how many characters of its reason; the log has everything.
TAIL = 100
WHY = 4000
# Settings for molecule to find the scenarios and to keep its log readable.
MOLECULE = {"MOLECULE_GLOB": "molecule/*/molecule.yml", "ANSIBLE_FORCE_COLOR": "false"}

# run(*words, cwd=ROOT, silence=SILENCE, env=None, expect=0) -> the output of the command.
Run = Callable[..., str]


def runner(name: str) -> Run:
    """A function that runs commands; a failure shows the end of the output and names the log with all of it."""
    log = CACHE / "logs" / (re.sub(r"[^\w.-]+", "-", name) + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    by_ansible = log.with_suffix(".ansible")
    for path in (log, by_ansible):
        path.write_text("")
    ansible = {
        "ANSIBLE_COLLECTIONS_PATH": str(CACHE / "tree"),
        "ANSIBLE_DEPRECATION_WARNINGS": "true",
        "ANSIBLE_LOG_PATH": str(by_ansible),
    }

    def command(
        *words: str | Path,
        cwd: Path = ROOT,
        silence: float = SILENCE,
        env: dict[str, str] | None = None,
        expect: int = 0,
    ) -> str:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, **ansible, "PATH": path, "NO_COLOR": "1", **(env or {})}
        logged = by_ansible.stat().st_size
        with log.open("a") as output:
            output.write(f"$ {' '.join(map(str, words))}\n")
            output.flush()
            start = output.tell()
            with subprocess.Popen(
                [str(word) for word in words],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process:
                try:
                    status: int | str = _wait(process, (log, by_ansible), silence)
                except BaseException as stopped:
                    # And everything that it started.
                    os.killpg(process.pid, signal.SIGTERM)
                    if not isinstance(stopped, subprocess.TimeoutExpired):
                        raise
                    status = f"no output for {silence:.0f} s"
        # A place in bytes.
        text = log.read_bytes()[start:].decode(errors="replace")
        if status != expect:
            shown = [*_failed_tasks(text), *text.splitlines()[-TAIL:]]
            what = f"{' '.join(map(str, words))}: {status}; all of it in {log}"
            pytest.fail("\n".join([what, *shown]), pytrace=False)
        with by_ansible.open(errors="replace") as file:
            file.seek(logged)
            if deprecations := _deprecations(text) or _deprecations(file.read()):
                pytest.fail("\n".join([f"{' '.join(map(str, words))}: deprecated", *deprecations]), pytrace=False)
        return text

    return command


def steps(logs: Path, since: float) -> list[str]:
    """The last step of Ansible in each log that was written after that time."""
    found = []
    for log in sorted(logs.glob("*.ansible")):
        if log.stat().st_mtime > since:
            with log.open("rb") as file:
                file.seek(max(0, log.stat().st_size - 100_000))
                begun = re.findall(r"\| TASK \[(.+?)\] \*", file.read().decode(errors="replace"))
            found += [f"{log.stem}: {begun[-1]}"] if begun else []
    return found


def find_dhcpd() -> Path:
    """The daemon that DHCPD names, or this host's, or one from a package unpacked in the cache; installs nothing."""
    named = os.environ.get("DHCPD") or shutil.which("dhcpd") or shutil.which("/usr/sbin/dhcpd")
    if named:
        return Path(named)
    folder = CACHE / "dhcpd"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            download = ["apt-get", "download", "-o", "APT::Sandbox::User=root", "isc-dhcp-server"]
            subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True, timeout=300)
            subprocess.run(download, cwd=name, check=True, capture_output=True, timeout=300)
            unpacked = Path(name, "dhcpd")
            subprocess.run(["dpkg-deb", "-x", *Path(name).glob("*.deb"), unpacked], check=True, timeout=60)
            # Several workers may do this at the same time; each result is fine.
            with contextlib.suppress(OSError):
                unpacked.rename(folder)
    return folder / "usr/sbin/dhcpd"


def find_kea() -> dict[str, Path]:
    """Roots with Kea in them, by release: those in the folder KEA, or one of packages unpacked in the cache.

    Kea takes its files only from the folders that it was built for, so it runs in a root of its own.
    """
    folder = Path(os.environ.get("KEA") or CACHE / "kea")
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            relations = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
            subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True, timeout=300)
            needs = ["apt-cache", "depends", "--recurse", *(f"--no-{each}" for each in relations), "kea-dhcp4-server"]
            listed = subprocess.run(needs, check=True, capture_output=True, text=True, timeout=300).stdout
            packages = [line for line in listed.splitlines() if re.match("[a-z0-9]", line)]
            download = ["apt-get", "download", "-o", "APT::Sandbox::User=root", *packages]
            subprocess.run(download, cwd=name, check=True, capture_output=True, timeout=300)
            (kea,) = Path(name).glob("kea-dhcp4-server_*.deb")
            root = Path(name, "kea", kea.name.split("_")[1].partition("-")[0])
            for part in ("bin", "lib", "lib64", "sbin"):
                root.joinpath("usr", part).mkdir(parents=True, exist_ok=True)
                root.joinpath(part).symlink_to(f"usr/{part}")
            for package in Path(name).glob("*.deb"):
                # Through the links, which the package with the folders of a root would replace.
                with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as contents:
                    subprocess.run(
                        ["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=contents.stdout, check=True
                    )
            with contextlib.suppress(OSError):
                root.parent.rename(folder)
    return {path.name: path for path in sorted(folder.iterdir()) if re.fullmatch(r"[0-9]+(\.[0-9]+)+", path.name)}


def _wait(process: subprocess.Popen[bytes], logs: Sequence[Path], silence: float) -> int:
    """Wait for the end of a process as long as its logs grow, and return its exit status."""
    length, grown = 0, time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(1)
        now = sum(log.stat().st_size for log in logs)
        if now > length:
            length, grown = now, time.monotonic()
        elif time.monotonic() - grown > silence:
            raise subprocess.TimeoutExpired(process.args, silence)


def _deprecations(text: str) -> list[str]:
    """The deprecation warnings, each with the lines below it, which name the source."""
    return re.findall(rf"{re.escape(DEPRECATED)}.*(?:\n.*){{0,9}}", text)


def until(condition: Callable[[], Any], what: str, timeout: float = 180) -> Any:
    """Wait until the condition is true and return its value; after so many seconds, fail and name the condition.

    Every condition is true within a few seconds on a quiet machine, so the bound only ends what waits in vain.
    """
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {timeout:.0f} s: {what}"
        time.sleep(0.02)
    return found


def _failed_tasks(text: str) -> list[str]:
    """Ansible's failures, each below its task; the end of the output is often only about the clean-up."""
    shown: list[str] = []
    task = ""
    for line in text.splitlines():
        if line.startswith("TASK ["):
            task = line.rstrip("* ")
        elif line.startswith(("fatal: ", "failed: ")) and "...ignoring" not in line:
            shown += [task, line[:WHY], ""]
    return shown
