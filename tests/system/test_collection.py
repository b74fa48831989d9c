# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built artifact, as users install it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml
from harness import CACHE, ROOT, Run

BUILD = ROOT / "tests/tools/build.py"
# Every file in these folders is in the artifact, except the program that builds the documentation site.
SHIPPED = (
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "roles",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    ":!docs/docsite/*.py",
)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `make build` writes."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, BUILD, folder], check=True, timeout=600)
    (found,) = folder.glob("netlab-dhcp_failover-*.tar.gz")
    return found


@pytest.fixture
def clone(run: Run, tmp_path: Path) -> Path:
    """The files as they are now, elsewhere."""
    clone = tmp_path / "elsewhere"
    run("git", "clone", "--quiet", "--no-hardlinks", "--no-tags", ROOT, clone)
    changed = run("git", "ls-files", "-z", "--modified", "--others", "--exclude-standard").split("\0")
    for name in filter(None, changed):
        (clone / name).unlink(missing_ok=True)
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name)
    return clone


def test_artifact_is_reproducible(run: Run, artifact: Path, clone: Path, tmp_path: Path) -> None:
    """A second build elsewhere, from files with other times and modes, gives the same bytes."""
    run("sh", "-c", 'umask 077; exec "$0" "$@"', sys.executable, clone / "tests/tools/build.py", tmp_path)
    (again,) = tmp_path.glob("netlab-dhcp_failover-*.tar.gz")
    assert again.read_bytes() == artifact.read_bytes()


def test_release(run: Run, clone: Path) -> None:
    """`make release` refuses a tree with changes, then builds and tags the version that all files agree on."""
    release = (sys.executable, clone / "tests/tools/release.py")
    for fragment in clone.glob("changelogs/fragments/*.yml"):
        fragment.unlink()
    (clone / "new").touch()
    assert "These files are not committed:" in run(*release, expect=1)
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", clone)
    run(*git, "add", "--all")
    run(*git, "commit", "--quiet", "--message", "All of it")
    who = {"GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@example.org"}
    run(*release, env=who)
    (artifact,) = (clone / "dist").iterdir()
    version = run(*git, "describe", "--exact-match").strip()
    assert artifact.name == f"netlab-dhcp_failover-{version}.tar.gz"
    assert f"There is a tag {version} already" in run(*release, env=who, expect=1)


def test_importer(run: Run, artifact: Path, tmp_path: Path) -> None:
    """Galaxy's own importer accepts the artifact without a warning. (test_lint runs ansible-lint.)"""
    settings = {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false", "GALAXY_IMPORTER_TMP_ROOT_DIR": str(tmp_path)}
    shown = run(sys.executable, "-m", "galaxy_importer.main", artifact, cwd=tmp_path, env=settings)
    assert "Importer processing completed successfully" in shown
    assert not re.search(r"^(WARNING|ERROR)", shown, re.M)


def test_execution_environment(run: Run, artifact: Path, tmp_path: Path) -> None:
    """ansible-builder accepts the definition in docs/controller.md; its galaxy stage installs the artifact.

    Its commands run here instead of in an image. Only the sources differ: the artifact instead of a repository, and no
    dependencies, which are on servers that tests do not ask.
    """
    page = (ROOT / "docs/controller.md").read_text()
    (definition,) = re.findall(r"^```yaml\n(# execution-environment\.yml\n.*?)^```$", page, re.M | re.S)
    wanted = yaml.safe_load(definition)
    wanted["dependencies"]["galaxy"]["collections"] = [{"name": str(artifact), "type": "file"}]
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(wanted))
    run("ansible-builder", "create", "--output-filename", "Containerfile", cwd=tmp_path)
    build = tmp_path / "context/_build"
    stages = (tmp_path / "context/Containerfile").read_text().split("\nFROM ")
    (stage,) = [text for text in stages if text.startswith("base AS galaxy\n")]
    commands = re.findall(r"^RUN (.*ansible-galaxy .*)$", stage, re.M)
    assert len(commands) == 2
    share = tmp_path / "share"
    settings = {
        "ANSIBLE_COLLECTIONS_PATH": str(share / "collections"),
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
        "ANSIBLE_GALAXY_CLI_COLLECTION_OPTS": "--no-deps",
    }
    for command in commands:
        run("sh", "-ec", command.replace("/usr/share/ansible", str(share)), cwd=build, env=settings)
    assert (share / "collections/ansible_collections/netlab/dhcp_failover/playbooks/deploy.yml").exists()
    # As the next stage does.
    found = {name: tmp_path / f"{name}.txt" for name in ("bindep", "pip")}
    words = [f"--write-{name}={path}" for name, path in found.items()]
    run(sys.executable, build / "scripts/introspect.py", "introspect", *words, share / "collections")
    # And not the developers' lock files.
    assert [line.split()[0] for line in found["pip"].read_text().splitlines()] == ["netaddr>=1.3,<2"]
    assert {line.split()[0] for line in found["bindep"].read_text().splitlines()} == {
        "openssh-client",
        "openssh-clients",
    }


def test_artifact(run: Run, artifact: Path, tmp_path: Path) -> None:
    """The artifact installs elsewhere, contains the documentation, and runs."""
    home = tmp_path / "home"
    run("ansible-galaxy", "collection", "install", "--no-deps", "--force", "-p", home, artifact)
    installed = home / "ansible_collections/netlab/dhcp_failover"
    for name in run("git", "ls-files", *SHIPPED).splitlines():
        assert (installed / name).is_file(), f"the artifact lost {name}"
    for unwanted in ("molecule", "tests", ".venv", ".cache", ".ci", "requirements.txt", "inventories"):
        assert not (installed / unwanted).exists(), f"the artifact ships {unwanted}"
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(home), "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
    listing = run("ansible-galaxy", "collection", "list", env=environment, cwd=tmp_path)
    assert "netlab.dhcp_failover" in listing
    settings = tmp_path / "ansible.cfg"
    settings.touch()
    (tmp_path / "play.yml").write_text((ROOT / "tests/system/artifact.yml").read_text())
    environment["ANSIBLE_CONFIG"] = str(settings)
    run("ansible-playbook", "-i", "localhost,", "play.yml", cwd=tmp_path, env=environment)
    # A playbook with its private filters, on the lab's inventory.
    inventory = ("-i", ROOT / "inventories/nspawn")
    shown = run("ansible-playbook", *inventory, "netlab.dhcp_failover.validate", cwd=tmp_path, env=environment)
    assert re.search('^relationship "dhcp-failover": primary .* 1 pool with 11 addresses$', shown, re.M), "no JSON"


def test_service(run: Run, tmp_path: Path) -> None:
    """What the service for systemd runs, in its folder, and without a shell that would say PWD."""
    unit = ConfigParser(interpolation=None)
    unit.read(ROOT / "extensions/systemd/dhcp-failover-status.service")
    start = unit["Service"]["ExecStart"].replace("/usr/bin/env", "/usr/bin/env -u PWD")
    after = unit["Service"]["ExecStartPost"].replace("$$", "$").replace("%%", "%")
    (tmp_path / "hosts.yml").write_text("dhcp_servers: {hosts: {here: {ansible_connection: local}}}\n")
    settings = {"ANSIBLE_PLAYBOOK": "ansible-playbook", "INVENTORY": "hosts.yml", "OPTIONS": "-e status_stale=60"}
    run("sh", "-ec", start, cwd=tmp_path, env=settings)
    run("sh", "-ec", after, cwd=tmp_path)
    (kept,) = (tmp_path / "history").iterdir()
    assert kept.read_bytes() == (tmp_path / "status.json").read_bytes()
    assert 'data-after="60"' in (tmp_path / "status.html").read_text()
    assert "dhcp_failover_report_timestamp_seconds" in (tmp_path / "dhcp_failover.prom").read_text()


@pytest.mark.parametrize("page", ["README.md", "docs/first-pair.md"])
def test_documented_installation(run: Run, tmp_path: Path, page: str) -> None:
    """The documented line installs from a clone, in an environment of package `ansible`, and asks no server."""
    (line,) = re.findall(r"^\$ (ansible-galaxy collection install git.*)$", (ROOT / page).read_text(), re.M)
    run("git", "clone", "--quiet", ROOT, tmp_path / "clone")
    run("sh", "-c", line, cwd=tmp_path / "clone", env={"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "home")})
    assert (tmp_path / "home/ansible_collections/netlab/dhcp_failover/playbooks/deploy.yml").is_file()


def test_ansible_lint(run: Run) -> None:
    """All files; test_lint.py has the quick part for `make check`."""
    run("ansible-lint", env={"ANSIBLE_HOME": str(CACHE / "ansible-home-all")})


def test_make_help(run: Run) -> None:
    """Every target in the README exists."""
    shown = run("make", "help", env={"PYTHON": sys.executable})
    for target in ("lab", "lab-down", "check", "test"):
        assert f"make {target} " in shown
