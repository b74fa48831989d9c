# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle for Kea: the rows of its rules, with the verdicts of the real daemons.

kea.py record [PART]   ask every release about the rows (whose names begin with PART), and write kea.tsv
kea.py show [PART]     show the record

KEA names a folder with the root of one system for each release, such as 2.6.3, with Kea unpacked in it, and with any
certificates in etc/kea/ha. The daemons run in these roots, with files and a network of their own, so nothing is
installed and no client is answered. It needs root.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._rules.kea_texts import EDITS, GOOD, Edit

FOLDER = Path(__file__).resolve().parent
RECORD = FOLDER / "kea.tsv"

TAKEN, REFUSED, RUNS, EXITS, NONE = "taken", "refused", "runs", "exits", "-"

_DAEMON = "/usr/sbin/kea-dhcp4"
_CONFIG = "/etc/kea/kea-dhcp4.conf"
_CERTIFICATES = "etc/kea/ha"
_STARTED = "DHCP4_STARTED"
# Longer than a daemon ever takes to start, or to end.
_PATIENCE = 60
# The first release with a check that loads the libraries.
_LOADS = "2.6"
_COMPLAINT = re.compile(r" (?:ERROR|FATAL) .*?\] (\w+)")
_SCRIPT = """
set -e
for name in etc/kea run/kea var/lib/kea; do mkdir -p {root}/$name; mount --bind {folder}/$name {root}/$name; done
ip link set lo up; ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip address add {address}/24 dev eth0
exec chroot {root} {daemon} {flag} {config} 2>&1
"""


@dataclass(frozen=True)
class Answer:
    """The verdicts of one release on one file: of its check, of its check with libraries, and of a start."""

    check: str
    load: str
    start: str
    complaint: str


Row = tuple[str, str, str, Answer]


@dataclass(frozen=True)
class Sample:
    """One server's file of a row. address: the server's own."""

    text: str
    address: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]


def samples() -> Mapping[str, Sample]:
    """The file with the fault of every row; the first server's if both have it."""
    found: dict[str, Sample] = {}
    for edit in (*EDITS, *GOOD):
        side = 1 if edit.two and not edit.one else 0
        name = name_of(edit)
        assert name not in found, f"two rows are called {name}"
        found[name] = Sample(edit.texts[side], f"192.0.2.{side + 1}")
    return found


def name_of(edit: Edit) -> str:
    return re.sub(r"[^\w.:/ -]+", "", edit.id)[:80]


def releases(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if re.fullmatch(r"[0-9]+(\.[0-9]+)+", path.name))


def ask(root: Path, sample: Sample) -> Answer:
    """The answer of the release in this root."""
    check, complaint, _lines = _run(root, sample.text, sample, "-t")
    load = NONE
    if root.name >= _LOADS:
        # 2.6 cannot open the listener in this mode, whatever the configuration says.
        text = sample.text.replace('"http-dedicated-listener": true', '"http-dedicated-listener": false')
        load, of_load, _lines = _run(root, text, sample, "-T")
        complaint = complaint or of_load
    _verdict, of_start, lines = _run(root, sample.text, sample, "-c")
    runs = any(_STARTED in line for line in lines)
    return Answer(check, load, RUNS if runs else EXITS, complaint or ("" if runs else of_start))


def has_certificates(root: Path) -> bool:
    return (root / _CERTIFICATES).exists()


def _run(root: Path, text: str, sample: Sample, flag: str) -> tuple[str, str, list[str]]:
    """The verdict of a run, its first complaint, and its log. It is stopped as soon as it serves."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kea-") as name:
        folder = Path(name)
        for part in ("etc/kea", "run/kea", "var/lib/kea"):
            (folder / part).mkdir(parents=True)
        (folder / "run/kea").chmod(0o750)
        (folder / _CONFIG.lstrip("/")).write_text(text)
        if has_certificates(root):
            shutil.copytree(root / _CERTIFICATES, folder / _CERTIFICATES)
        script = _SCRIPT.format(
            root=root, folder=folder, address=sample.address, daemon=_DAEMON, flag=flag, config=_CONFIG
        )
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        command += ["timeout", str(_PATIENCE), "sh", "-c", script]
        environment = {**os.environ, "KEA_LOCKFILE_DIR": "none"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout
            for line in process.stdout:
                lines.append(line)
                if _STARTED in line:
                    break
            else:
                process.wait()
            process.kill()
    said = _COMPLAINT.search("".join(lines))
    verdict = TAKEN if process.returncode == 0 else REFUSED
    return verdict, said[1] if said and verdict != TAKEN else "", lines


def read_record() -> Iterator[list[str]]:
    return (line.split("\t") for line in RECORD.read_text().splitlines()) if RECORD.exists() else iter(())


def record(folder: Path, part: str) -> None:
    """Ask, and keep the rows that were not asked about."""
    kept = {(row[0], row[1]): row for row in read_record()}
    known = samples()
    for name, sample in known.items():
        if name.startswith(part):
            for release in releases(folder):
                answer = ask(folder / release, sample)
                words = [answer.check, answer.load, answer.start, answer.complaint]
                kept[name, release] = [name, release, sample.digest, *words]
                print(*kept[name, release], sep="\t", flush=True)
    rows = sorted(row for key, row in kept.items() if key[0] in known)
    RECORD.write_text("".join("\t".join(row) + "\n" for row in rows))


def main(words: list[str]) -> int:
    part = words[1] if len(words) > 1 else ""
    if words[:1] == ["record"]:
        record(Path(os.environ["KEA"]), part)
        return 0
    if words[:1] == ["show"]:
        print(*("\t".join(row) for row in read_record() if row[0].startswith(part)), sep="\n")
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
