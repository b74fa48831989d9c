# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test` is one pytest run: every tool is a test here, so that there is one verdict and one closing line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import BIN, CACHE, ROOT, Run

TAIL = 150


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Run a command from the project's root; a failure shows the end of its output and where the whole of it is."""
    log = CACHE / "logs" / (re.sub(r"[^\w.-]+", "-", request.node.name) + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)

    def command(
        *words: str | Path, cwd: Path = ROOT, timeout: float = 600, env: dict[str, str] | None = None, expect: int = 0
    ) -> str:
        environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1", **(env or {})}
        with log.open("a") as output:
            output.write(f"$ {' '.join(map(str, words))}\n")
            output.flush()
            start = output.tell()
            try:
                status: int | str = subprocess.run(
                    [str(word) for word in words],
                    cwd=cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=timeout,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                status = f"no end within {timeout:.0f} s"
        text = log.read_text(errors="replace")[start:]
        if status != expect:
            tail = "\n".join(text.splitlines()[-TAIL:])
            pytest.fail(f"{' '.join(map(str, words))}: {status}; all of it in {log}\n{tail}", pytrace=False)
        return text

    return command


@pytest.fixture(scope="session")
def tree() -> Path:
    """A copy of the working tree's own files at a path that ansible-test accepts."""
    target = CACHE / "copy" / "ansible_collections" / "netlab" / "dhcp_failover"
    shutil.rmtree(target, ignore_errors=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    # ansible-test asks git for the files: without a repository here it would ask the one around, which ignores .cache.
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    return target
