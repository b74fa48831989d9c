# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every supported ansible-core accepts the collection without a deprecation warning (see harness)."""

from __future__ import annotations

import ast
import fcntl
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import BIN, CACHE, ROOT, Run

# The version that all other tests use, and those with their own lock files.
OTHERS = sorted(path.stem.rpartition("-")[2] for path in ROOT.glob("requirements-core-*.txt"))
CORES = ["default", *OTHERS]
COLLECTION = "netlab.dhcp_failover."


def newer_python() -> str | None:
    """A Python that the other cores accept: CORES_PYTHON, or the newest on PATH or in pyenv."""
    asked = os.environ.get("CORES_PYTHON")
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


@pytest.fixture(scope="module", params=CORES)
def core(request: pytest.FixtureRequest) -> Path:
    """The bin folder of a virtual environment with this ansible-core."""
    if request.param == "default":
        return BIN
    python = newer_python()
    if python is None:
        pytest.skip(f"no Python >= 3.12 on this machine (set CORES_PYTHON): {request.param} is not tested here")
    lock = ROOT / f"requirements-core-{request.param}.txt"
    environment = CACHE / f"core-{request.param}"
    stamp = environment / "lock"
    # Several workers may want it at the same time; the others wait.
    with environment.with_suffix(f"{environment.suffix}.flock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != lock.read_text():
            shutil.rmtree(environment, ignore_errors=True)
            subprocess.run([python, "-m", "venv", environment], check=True)
            pip = [environment / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
            stamp.write_text(lock.read_text())
    return environment / "bin"


@pytest.fixture
def collections() -> dict[str, str]:
    """This collection and its dependencies, for a core without collections."""
    return {"ANSIBLE_COLLECTIONS_PATH": sysconfig.get_path("purelib")}


def pip_settings(python: Path) -> str:
    """This machine's pip settings in one file: ansible-test drops environment variables that hold some of them."""
    shown = subprocess.run([python, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    found = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", shown, flags=re.MULTILINE))
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in found.items() if name != "config-file")


def ansible_test(run: Run, tree: Path, programs: Path, *words: str) -> str:
    """Run ansible-test on the copy with a home folder for this core, so that it leaves nothing in the user's."""
    code = (
        "import sys, re, pathlib, ansible_test._internal.python_requirements as r;"
        "text = pathlib.Path(r.__file__).read_text();"
        "print('%d.%d' % sys.version_info[:2], re.search(r\"pip='([0-9.]+)'\", text)[1])"
    )
    found = subprocess.run([programs / "python", "-c", code], check=True, capture_output=True, text=True).stdout
    python, pip = found.split()
    home = CACHE / "home" / python
    bootstrap = home / ".ansible/test/cache" / f"get_pip_{pip.replace('.', '_')}.py"
    settings = home / ".config/pip/pip.conf"
    for path in (bootstrap, settings):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "tests/system/get_pip.py", bootstrap)
    settings.write_text(pip_settings(programs / "python"))
    # Put its environment first on PATH, because ansible-test looks for the interpreter by name.
    environment = {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = (programs / "ansible-test", *words, "--color", "no", "--python", python)
    shown = run(*command, cwd=tree, env=environment)
    assert "All targets skipped" not in shown
    return shown


# Code that imports nothing from Ansible (tests/unit/test_design.py) behaves alike with every core. The newest core runs
# its tests nevertheless, for the newer Python, which all others share.
PURE = "plugins/module_utils"
# Property tests, explored interruptions and the daemons' recorded answers are the same thousands of examples with each,
# and Scapy is not there.
ONCE = (
    *("fuzz", "oracle", "test_second_opinions.py"),
    *(f"{PURE}/_migration/test_host.py", f"{PURE}/_migration/test_plan.py", f"{PURE}/_host/test_transaction.py"),
)


# `make check` and `make test` run them with the default core.
@pytest.mark.parametrize("core", OTHERS, indirect=True)
def test_unit(run: Run, tree: Path, core: Path) -> None:
    left = ONCE if core.parent.name.endswith(OTHERS[-1]) else (*ONCE, PURE)
    less = [f"--ignore=tests/unit/{path}" for path in left]
    words = ("tests/unit", "-m", "not hypothesis", *less)
    run(core / "python", "-m", "pytest", *words, cwd=tree, env={"PYTHONPATH": str(tree.parents[2])})


# Each takes minutes, so only the oldest and the newest. The newest checks what users install: the rest, half of all
# lines, does not depend on the core. Nor do the changelog and what pylint finds, which takes longer than any other.
INSTALLED = ("--exclude=tests/", "--exclude=molecule/", "--skip-test=changelog", "--skip-test=pylint")


@pytest.mark.parametrize("core", ["default", OTHERS[-1]], indirect=True)
def test_sanity(run: Run, tree: Path, core: Path) -> None:
    assert not list((ROOT / "tests" / "sanity").glob("ignore*")), "sanity is clean without an ignore file"
    ansible_test(run, tree, core, "sanity", "--requirements", *(() if core == BIN else INSTALLED))


def test_integration(run: Run, tree: Path) -> None:
    ansible_test(run, tree, BIN, "integration")


def test_playbooks(run: Run, core: Path, collections: dict[str, str]) -> None:
    """Read all playbooks with the roles that they import; run the one that needs no server."""
    play = (core / "ansible-playbook", "-i", "inventories/nspawn")
    run(*play, "--syntax-check", *sorted(ROOT.glob("playbooks/*.yml")), env=collections)
    run(*play, "playbooks/validate.yml", env=collections)


# The default environment has the libraries of all tools; this one has only what ansible-core itself needs.
@pytest.mark.parametrize("core", [OTHERS[0]], indirect=True)
def test_install(run: Run, core: Path, tmp_path: Path) -> None:
    """What users install from git is what they install from the artifact."""
    run(core / "python", ROOT / "tests/tools/build.py", tmp_path)
    run("git", "clone", "--quiet", ROOT, tmp_path / "clone")
    (artifact,) = tmp_path.glob("*.tar.gz")
    found = {}
    for name, source in (("git", f"git+file://{tmp_path}/clone"), ("artifact", artifact)):
        # Its dependencies are on a server that tests do not ask.
        run(core / "ansible-galaxy", "collection", "install", "--no-deps", "--force", "-p", tmp_path / name, source)
        home = tmp_path / name / "ansible_collections/netlab/dhcp_failover"
        found[name] = sorted(str(path.relative_to(home)) for path in home.rglob("*"))
    assert "playbooks/deploy.yml" in found["git"]
    assert found["git"] == found["artifact"]


def examples(plugin: str) -> str:
    documented = ROOT / f"plugins/filter/{plugin}.yml"
    if documented.exists():
        return str(yaml.safe_load(documented.read_text())["EXAMPLES"])
    for node in ast.parse((ROOT / f"plugins/modules/{plugin}.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{plugin} has no examples")


PLUGINS = sorted(
    {path.stem for path in ROOT.glob("plugins/filter/*.yml")}
    | {path.stem for path in ROOT.glob("plugins/modules/*.py")}
)
# tests/unit/docs only reads the examples of these modules; molecule runs the modules themselves.
NEEDS = {
    "client_lease_info": "an interface with a DHCP client",
    "dhcp_client_probe": "a network with DHCP servers",
    "dhcp_servers_info": "a network with DHCP servers",
    "drill_inject": "a DHCP server to break",
    "failover_info": "a running dhcpd",
    "failover_state": "a running dhcpd",
    "kvm_image": "a tree of Debian, and root",
    "kvm_install": "libvirt",
    "kvm_lab_info": "libvirt",
    "kvm_wait": "libvirt",
    "lab_tree": "Debian's packages, and root",
    "nspawn_lab": "a base tree, and root",
    "managed_client": "a network with DHCP servers",
    "managed_server": "a DHCP server",
    "server_compare": "a DHCP server",
    "server_migration": "a DHCP server",
}
ASKS_SERVERS = f"{COLLECTION}failover_info"


def test_examples(run: Run, tmp_path: Path, core: Path, collections: dict[str, str]) -> None:
    """Run the examples that need no server on the lab's inventory, and look at what some of them make."""
    shutil.copytree(ROOT / "inventories/nspawn", tmp_path / "inventory")
    # Instead of the lab's connection variables.
    shutil.copy(ROOT / "tests/system/examples.yml", tmp_path / "inventory/group_vars/lab.yml")
    given = ROOT / "tests/integration/targets/failover_validate/files"
    shutil.copy(given / "subnets.conf", tmp_path)
    for number, side in enumerate(("primary", "secondary"), 1):
        (tmp_path / f"dhcp_server{number}").mkdir()
        shutil.copy(given / f"{side}.conf", tmp_path / f"dhcp_server{number}/dhcpd.conf")
        data = ROOT / "tests/unit/plugins/module_utils"
        shutil.copy(data / f"data/{side}.leases", tmp_path / f"dhcp_server{number}/dhcpd.leases")
        shutil.copy(data / f"fixtures/seed-{side}.conf", tmp_path / f"dhcp_server{number}/whole.conf")
    assert NEEDS.keys() <= set(PLUGINS)
    tasks: list[Any] = []
    for plugin in PLUGINS:
        if plugin not in NEEDS:
            tasks += [task for task in yaml.safe_load(examples(plugin)) if ASKS_SERVERS not in task]
    # Copies of a server's files, where the examples use the server's own.
    files = "{{ playbook_dir }}/{{ inventory_hostname }}"
    defaults = {
        f"{COLLECTION}server_conf_info": {"config": f"{files}/dhcpd.conf", "include_folder": "{{ playbook_dir }}"},
        f"{COLLECTION}lease_info": {"config": f"{files}/whole.conf", "lease_file": f"{files}/dhcpd.leases"},
    }
    play = {
        "hosts": "dhcp_servers",
        "gather_facts": False,
        "run_once": True,
        "module_defaults": defaults,
        "tasks": tasks,
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    printed = run(core / "ansible-playbook", "-i", "inventory", "play.yml", cwd=tmp_path, env=collections)
    assert re.search(r"upgrade +passed", printed)
    assert "<testsuites" in (tmp_path / "upgrade.xml").read_text()
    assert "</html>" in (tmp_path / "upgrade.html").read_text()
