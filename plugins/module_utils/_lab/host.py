# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands, files, locks and processes of the host that a lab provider works on.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import call

PACKAGES = {
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
}


class HostError(RuntimeError):
    """What went wrong on the host, and what to do about it."""


@dataclass(frozen=True)
class Command:
    """One change: a line for the diff, and how to make it. Commands of one stage do not depend on each other."""

    line: str
    make: Callable[[], None]
    stage: int = 0


def take(steps: Sequence[Command], needs_all: int = 0) -> None:
    """Make the changes, stage after stage; those of one stage side by side, because most of them only wait.

    A failure does not keep others of its stage from being made, nor stages before needs_all.
    """
    failures: list[Exception] = []
    for stage in sorted({step.stage for step in steps}):
        if failures and stage >= needs_all:
            break
        with ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 2)) as pool:
            futures = [pool.submit(step.make) for step in steps if step.stage == stage]
        for future in futures:
            try:
                future.result()
            except (HostError, OSError) as error:
                failures.append(error)
    if failures:
        raise HostError(" ".join(dict.fromkeys(map(str, failures))))


# --- commands -----------------------------------------------------------------------------------------------------


def run(
    argv: Sequence[str], stdin: str = "", check: bool = True, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    try:
        done = call(argv, timeout, stdin)
    except FileNotFoundError as error:
        package = PACKAGES.get(argv[0], argv[0])
        raise HostError(
            f"{argv[0]} is not installed on this host. Install it, on Debian: apt-get install {package}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise HostError(f"{' '.join(argv)} has not ended after {timeout:.0f} s") from error
    if check and done.returncode:
        raise HostError(f"{' '.join(argv)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done


def ip_json(*arguments: str) -> list[dict[str, Any]]:
    if shutil.which("ip") is None:
        return []  # in check mode: otherwise the role has installed it
    found = json.loads(run(["ip", "-json", *arguments]).stdout or "[]")
    return [item for item in found if item]


def ip_batch(*lines: str, netns: Path | None = None) -> None:
    """Run all of these commands in one process, in that network namespace."""
    enter = [] if netns is None else ["nsenter", f"--net={netns}"]
    run([*enter, "ip", "-batch", "-"], stdin="\n".join(lines) + "\n")


def delete_link(name: str, patience: float = 0) -> None:
    """Delete a link unless it disappears by itself in so many seconds, as those of a machine that has just ended."""
    if not until(lambda: gone(name), patience):
        ip_batch(f"link delete dev {name}")


def remove_tree(path: Path) -> None:
    if path.exists():
        run(["rm", "--recursive", "--force", "--one-file-system", "--", str(path)], timeout=300)


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.chmod(mode)
    part.replace(path)


def write_into(tree: Path, name: str, text: str, mode: int = 0o644) -> None:
    """Write a file in a machine's tree. It follows no link, because the machine's root may have made it."""
    *folders, last = Path(name).parts
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    opened = os.open(tree, flags)
    try:
        for folder in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700 if folder == ".ssh" else 0o755, dir_fd=opened)
            inner = os.open(folder, flags, dir_fd=opened)
            os.close(opened)
            opened = inner
        part = f".{last}.part"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part, dir_fd=opened)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=opened)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(handle, mode)
            stream.write(text)
        os.replace(part, last, src_dir_fd=opened, dst_dir_fd=opened)
    finally:
        os.close(opened)


@contextlib.contextmanager
def locked(path: Path, what: str, timeout: float = 900) -> Iterator[int]:
    """Hold a lock file. Yields its descriptor, for child processes that must hold it too."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout
    while True:
        with path.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise HostError(
                        f"Another run has been working on {what} for {timeout:.0f} s (it holds {path}). "
                        f"Wait for it, or find it with: fuser -v {path}"
                    ) from None
                time.sleep(0.2)
                continue
            if not path.exists() or path.stat().st_ino != os.fstat(handle.fileno()).st_ino:
                continue  # its holder removed it in the meantime
            yield handle.fileno()
            return


# --- processes ----------------------------------------------------------------------------------------------------


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _argv(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    return []


# The hierarchies in which a machine's systemd manages its services: cgroup v2 alone, or v1 and v2 together.
CGROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd"))


def cgroups(name: str) -> list[Path]:
    """A control group of that name in every hierarchy of this host."""
    return [root / name for root in CGROUPS if (root / "cgroup.procs").exists()]


def remove_cgroups(name: str) -> None:
    """Remove the control groups that a machine has left."""
    for group in cgroups(name):
        for folder, _folders, _files in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()


def nspawn_processes() -> dict[str, int]:
    """Tree -> PID of the systemd-nspawn that runs it in this PID namespace."""
    own = Path("/proc/self/ns/pid").readlink()
    found: dict[str, int] = {}
    for entry in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        argv = _argv(entry)
        if not argv or Path(argv[0]).name != "systemd-nspawn":
            continue
        try:
            if Path(f"/proc/{entry}/ns/pid").readlink() != own:
                continue  # it belongs to a lab in a container
        except OSError:
            continue
        for argument in argv:
            if argument.startswith("--directory="):
                # While it starts, it has a child with the same arguments and a higher PID.
                found.setdefault(argument.split("=", 1)[1], entry)
    return found


def leader(nspawn: int) -> int | None:
    """The machine's PID 1, as the host sees it."""
    for child in _children(nspawn):
        argv = _argv(child)
        if argv and argv[0] and Path(argv[0]).name != "systemd-nspawn":
            return child
    return None


def alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in ("Z", "X")
    return False


def gone(link: str) -> bool:
    return not Path("/sys/class/net", link).exists()


def until(condition: Callable[[], bool], timeout: float, pause: float = 0.05) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
