# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as others will meet it: sanity, the built artifact, the newest ansible-core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from harness import BIN, CACHE, ROOT, Run

NEWEST = ROOT / ".venv-newest"
BUILD = ROOT / "tests/tools/build.py"


def newest_python() -> str | None:
    """A Python that ansible-core 2.21 accepts: NEWEST_PYTHON, or one on PATH or of pyenv, the newest first."""
    asked = os.environ.get("NEWEST_PYTHON")
    candidates = [asked] if asked else [f"python3.{minor}" for minor in (14, 13, 12)]
    if not asked and shutil.which("pyenv"):
        versions = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False).stdout
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False).stdout.strip()
        known = sorted(tuple(map(int, v.split("."))) for v in versions.split() if v[0] == "3" and v.count(".") == 2)
        candidates = [f"{root}/versions/{'.'.join(map(str, v))}/bin/python3" for v in reversed(known)] + candidates
    for candidate in candidates:
        code = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
        if shutil.which(candidate) and subprocess.run([candidate, "-c", code], check=False).returncode == 0:
            return candidate
    return None


@pytest.fixture(scope="module")
def newest() -> Path:
    """The bin folder of a virtual environment with the newest ansible-core."""
    python = newest_python()
    if python is None:
        pytest.skip("no Python >= 3.12 on this machine (set NEWEST_PYTHON): ansible-core 2.21 is not tested here")
    lock = ROOT / "requirements-newest.txt"
    stamp = NEWEST / "lock"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        shutil.rmtree(NEWEST, ignore_errors=True)
        subprocess.run([python, "-m", "venv", NEWEST], check=True)
        pip = [NEWEST / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
        stamp.write_text(lock.read_text())
    return NEWEST / "bin"


def pip_settings(python: Path) -> str:
    """pip's settings of this machine as one file: ansible-test drops the environment variables that carry some."""
    shown = subprocess.run([python, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    found = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", shown, flags=re.MULTILINE))
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in found.items() if name != "config-file")


def ansible_test(run: Run, tree: Path, programs: Path, *words: str) -> str:
    """Run ansible-test on the copy, in a home folder of its own, so that nothing is left in the user's."""
    code = (
        "import sys, re, pathlib, ansible_test._internal.python_requirements as r;"
        "text = pathlib.Path(r.__file__).read_text();"
        "print('%d.%d' % sys.version_info[:2], re.search(r\"pip='([0-9.]+)'\", text)[1])"
    )
    found = subprocess.run([programs / "python", "-c", code], check=True, capture_output=True, text=True).stdout
    python, pip = found.split()
    home = CACHE / "home"
    bootstrap = home / ".ansible/test/cache" / f"get_pip_{pip.replace('.', '_')}.py"
    settings = home / ".config/pip/pip.conf"
    for path in (bootstrap, settings):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "tests/system/get_pip.py", bootstrap)
    settings.write_text(pip_settings(programs / "python"))
    # Its own environment first on PATH: ansible-test looks for the interpreter by name.
    environment = {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = (programs / "ansible-test", *words, "--color", "no", "--python", python)
    shown = run(*command, cwd=tree, timeout=1500, env=environment)
    assert "All targets skipped" not in shown
    return shown


def test_sanity(run: Run, tree: Path) -> None:
    assert not list((ROOT / "tests" / "sanity").glob("ignore*")), "sanity is clean without an ignore file"
    ansible_test(run, tree, BIN, "sanity", "--requirements")


def test_sanity_on_newest_core(run: Run, tree: Path, newest: Path) -> None:
    ansible_test(run, tree, newest, "sanity", "--requirements")


def test_integration(run: Run, tree: Path) -> None:
    ansible_test(run, tree, BIN, "integration")


def test_unit_on_newest_core(run: Run, tree: Path, newest: Path) -> None:
    run(newest / "python", "-m", "pytest", "tests/unit", cwd=tree, env={"PYTHONPATH": str(tree.parents[2])})


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make build` makes."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, BUILD, folder], check=True, timeout=120)
    (found,) = folder.glob("netlab-dhcp_failover-*.tar.gz")
    return found


def test_artifact_is_reproducible(run: Run, artifact: Path, tmp_path: Path) -> None:
    """Built again, elsewhere, from files with other times and modes, it is the same, byte for byte."""
    clone = tmp_path / "elsewhere"
    run("git", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
    changed = run("git", "ls-files", "-z", "--modified", "--others", "--exclude-standard").split("\0")
    for name in filter(None, changed):
        (clone / name).unlink(missing_ok=True)
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name)
    run("sh", "-c", 'umask 077; exec "$0" "$@"', sys.executable, clone / "tests/tools/build.py", tmp_path)
    (again,) = tmp_path.glob("netlab-dhcp_failover-*.tar.gz")
    assert again.read_bytes() == artifact.read_bytes()


def test_importer(run: Run, artifact: Path, tmp_path: Path) -> None:
    """Galaxy's own importer takes it, without a warning. (test_lint runs ansible-lint.)"""
    settings = {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false", "GALAXY_IMPORTER_TMP_ROOT_DIR": str(tmp_path)}
    shown = run(sys.executable, "-m", "galaxy_importer.main", artifact, cwd=tmp_path, env=settings)
    assert "Importer processing completed successfully" in shown
    assert not re.search(r"^(WARNING|ERROR)", shown, re.M)


def test_execution_environment(run: Run, artifact: Path, tmp_path: Path) -> None:
    """ansible-builder finds what the collection needs, and accepts the definition that docs/controller.md shows."""
    run("ansible-galaxy", "collection", "install", "--no-deps", "--force", "-p", tmp_path, artifact)
    shown = run("ansible-builder", "introspect", tmp_path)
    # And not the lock files of those who work on the collection.
    assert [entry.split()[0] for entry in yaml.safe_load(shown)["python"]] == ["netaddr>=1.3,<2"]
    page = (ROOT / "docs/controller.md").read_text()
    (definition,) = re.findall(r"^```yaml\n(# execution-environment\.yml\n.*?)^```$", page, re.M | re.S)
    (tmp_path / "execution-environment.yml").write_text(definition)
    run("ansible-builder", "create", cwd=tmp_path)
    assert "netlab/dhcp_failover" in (tmp_path / "context/_build/requirements.yml").read_text()


def test_artifact(run: Run, artifact: Path, tmp_path: Path) -> None:
    """What is built installs elsewhere, holds what users read, and runs."""
    home = tmp_path / "home"
    run("ansible-galaxy", "collection", "install", "--no-deps", "--force", "-p", home, artifact)
    installed = home / "ansible_collections/netlab/dhcp_failover"
    for role in (ROOT / "roles").iterdir():
        assert (installed / "roles" / role.name / "README.md").is_file(), f"the artifact lost {role.name}'s README"
    for kind in ("files", "templates"):
        for source in ROOT.glob(f"roles/*/{kind}/**/*"):
            assert not source.is_file() or (installed / source.relative_to(ROOT)).exists(), (
                f"the artifact lost {source}"
            )
    for unwanted in ("molecule", "tests", ".venv", ".cache", ".ci", "requirements.txt", "inventories"):
        assert not (installed / unwanted).exists(), f"the artifact ships {unwanted}"
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(home), "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
    listing = run("ansible-galaxy", "collection", "list", env=environment, cwd=tmp_path)
    assert "netlab.dhcp_failover" in listing
    settings = tmp_path / "ansible.cfg"
    settings.touch()
    (tmp_path / "play.yml").write_text((ROOT / "tests/system/artifact.yml").read_text())
    run(
        "ansible-playbook",
        "-i",
        "localhost,",
        "play.yml",
        cwd=tmp_path,
        env={**environment, "ANSIBLE_CONFIG": str(settings)},
    )


def test_make_help(run: Run) -> None:
    """Every target that the README names exists."""
    shown = run("make", "help", env={"PYTHON": sys.executable})
    for target in ("lab", "lab-down", "check", "test"):
        assert f"make {target} " in shown
