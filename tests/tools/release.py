# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release the version that galaxy.yml names: check that all agree on it, build the artifact, tag the commit.

It asks no other host, so whoever releases pushes the tag. docs/releases.md says what a version promises.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
# https://semver.org, without build data, which Galaxy does not take.
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def objections(
    version: str, releases: dict[str, Any], page: str, fragments: list[str], changed: str, tags: list[str]
) -> list[str]:
    """Why this is no release, each with its remedy.

    releases: those in changelog.yaml; page: CHANGELOG.md; changed: what `git status --porcelain` prints.
    """
    found = []
    if not SEMVER.fullmatch(version):
        found.append(f"galaxy.yml: {version} is no version like 1.2.3. Correct it.")
    if version not in releases:
        found.append(f"changelogs/changelog.yaml has no release {version}. Run make changelog, and commit it.")
    elif re.sub(r"\\", "", page).find(f"\n## v{version}\n") < 0:
        found.append(f"CHANGELOG.md does not show {version}. Run make changelog, and commit it.")
    if fragments:
        found.append(f"Not in the changelog yet: {', '.join(fragments)}. Run make changelog, and commit it.")
    if changed:
        found.append(f"These files are not committed:\n{changed}")
    if version in tags:
        found.append(f"There is a tag {version} already. Set the next version in galaxy.yml.")
    return found


def main() -> None:
    version = str(yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"])
    log = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text())
    found = objections(
        version,
        log["releases"],
        (ROOT / "CHANGELOG.md").read_text(),
        sorted(path.name for path in ROOT.glob("changelogs/fragments/*.y*ml")),
        git("status", "--porcelain"),
        git("tag", "--list").split(),
    )
    if found:
        sys.exit("\n".join([f"{version} was not released.", *found]))
    subprocess.run([sys.executable, ROOT / "tests/tools/build.py", ROOT / "dist"], check=True)
    artifact = ROOT / f"dist/netlab-dhcp_failover-{version}.tar.gz"
    git("tag", "--annotate", version, "--message", f"netlab.dhcp_failover {version}")
    print(f"SHA-256 {hashlib.sha256(artifact.read_bytes()).hexdigest()}")
    print(f"Tagged {git('rev-parse', '--short', 'HEAD')} as {version}. Now: git push origin {version}")


if __name__ == "__main__":
    main()
