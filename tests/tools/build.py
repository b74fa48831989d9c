# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the artifact, with the same bytes on every machine: build.py FOLDER

It contains only files that git knows. Times are from SOURCE_DATE_EPOCH, or from the last commit.
"""

from __future__ import annotations

import copy
import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def copy_files(target: Path) -> None:
    """Copy the files as they are now that are tracked or could be."""
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def pack_again(source: Path, target: Path, time: int) -> None:
    """Pack the same members without data that depends on the machine or the time."""
    with (
        tarfile.open(source) as read,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", mtime=time, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as written,
    ):
        for member in sorted(read.getmembers(), key=lambda member: member.name):
            plain = copy.copy(member)
            plain.mtime, plain.uid, plain.gid, plain.uname, plain.gname, plain.pax_headers = time, 0, 0, "", "", {}
            plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            written.addfile(plain, read.extractfile(member) if member.isfile() else None)


def main(folder: Path) -> None:
    time = int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name, "tree")
        copy_files(tree)
        galaxy = Path(sys.executable).with_name("ansible-galaxy")
        subprocess.run(
            [galaxy, "collection", "build", "--output-path", name], cwd=tree, check=True, capture_output=True
        )
        (artifact,) = Path(name).glob("*.tar.gz")
        folder.mkdir(parents=True, exist_ok=True)
        pack_again(artifact, folder / artifact.name, time)
    print(folder / artifact.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
