# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree is as CONTRIBUTING.md says."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.words import STATES

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "plugins/module_utils"
PREFIX = "ansible_collections.netlab.dhcp_failover.plugins.module_utils"
PYTHON = sorted(UTILS.rglob("*.py"))
# Packages, each with those that it may import in addition to `_model`.
BELOW = {
    "_model": set(),
    "_rules": set(),
    "_host": set(),
    "_dhcpd": {"_rules", "_host"},
    "_kea": {"_dhcpd", "_host", "_rules"},
    "_daemon": {"_dhcpd", "_host", "_kea"},
    "_client": {"_dhcpd", "_host"},
    "_lab": {"_host"},
    "_drill": {"_client", "_daemon", "_host"},
    "_migration": {"_client", "_daemon", "_dhcpd", "_drill", "_host", "_kea"},
    "_estate": {"_rules", "_daemon", "_dhcpd"},
}
# Modules that read or change the host; all others are pure functions of their arguments.
ON_HOST = {
    "_client/link",
    "_client/program",
    "_client/session",
    "_daemon/control",
    "_dhcpd/control",
    "_dhcpd/omapi",
    "_dhcpd/process",
    "_dhcpd/status",
    "_dhcpd/verbs",
    "_drill/injection",
    "_host/command",
    "_host/deployment",
    "_host/disk",
    "_host/lock",
    "_host/managed",
    "_host/network",
    "_host/partner",
    "_host/process",
    "_host/reader",
    "_host/transaction",
    "_kea/channel",
    "_kea/control",
    "_kea/process",
    "_kea/status",
    "_kea/verbs",
    "_lab/host",
    "_lab/image",
    "_lab/kvm",
    "_lab/nspawn",
    "_lab/nspawn_machines",
    "_lab/settings",
    "_migration/daemons",
    "_migration/dhcpd",
    "_migration/ground",
    "_migration/host",
    "_migration/kea",
    "_migration/kept",
    "_migration/logs",
}
# Python modules that give access to a host.
HOST = {"fcntl", "http", "os", "pathlib", "shutil", "signal", "socket", "subprocess", "tempfile", "time", "urllib"}


# Pure parts of modules in ON_HOST.
PURE_PARTS = {"_dhcpd.omapi.Key"}


def name_of(path: Path) -> str:
    return str(path.relative_to(UTILS).with_suffix(""))


def imports(path: Path) -> set[str]:
    """Full names of everything that the file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            found |= {module + alias.name for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    """The imports from module_utils, as `package.module.name`."""
    return {name[len(PREFIX) + 1 :] for name in imports(path) if name.startswith(PREFIX)}


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_arrows_point_downwards(path: Path) -> None:
    """A module imports nothing from Ansible or a package above; a pure one reaches no host, directly or indirectly."""
    used = imports(path)
    if all(name.startswith(("AF_", "inet_")) for name in re.findall(r"\bsocket\.(\w+)", path.read_text())):
        used.discard("socket")  # it only parses addresses
    assert not [name for name in used if name.partition(".")[0] == "ansible"]
    if name_of(path) not in ON_HOST:
        assert not {name.partition(".")[0] for name in used} & HOST
        asking = tuple(f"{name}.".replace("/", ".") for name in ON_HOST)
        assert not [name for name in ours(path) - PURE_PARTS if f"{name}.".startswith(asking)]
    package = path.relative_to(UTILS).parts[0]
    assert [name for name in ours(path) if name.partition(".")[0] not in {package, "_model", *BELOW[package]}] == []


# Plugins that know dhcpd itself. The others reach it through `_daemon`.
KNOW_DHCPD = {
    "plugin_utils/_adopt",  # pauses the collector for its reader
    "plugin_utils/_role",  # renders the role's files, which are dhcpd's
}


def test_plugins_reach_the_daemon_through_its_ports() -> None:
    plugins = UTILS.parent
    paths = [path for path in plugins.rglob("*.py") if UTILS not in path.parents]
    paths += (ROOT / "playbooks").rglob("*.py")
    known = {
        str(path.relative_to(plugins if plugins in path.parents else ROOT).with_suffix(""))
        for path in paths
        if any(name.startswith("_dhcpd.") for name in ours(path))
    }
    assert known == KNOW_DHCPD


def sent(module: str) -> set[str]:
    """Everything of ours that Ansible sends to a host with a module: what it imports, directly or not."""
    found: set[str] = set()
    waiting = [UTILS.parent / f"modules/{module}.py"]
    while waiting:
        for name in ours(waiting.pop()):
            # The last word may be a name inside of a module.
            path = next(
                path
                for words in (name.split("."), name.split(".")[:-1])
                if (path := UTILS.joinpath(*words).with_suffix(".py")).exists()
            )
            if name_of(path) not in found:
                found.add(name_of(path))
                waiting.append(path)
    return found


FILES = {f"_host/{name}" for name in ("command", "deployment", "files", "interfaces", "lock", "managed", "network")}
FILES |= {f"_model/{name}" for name in ("answers", "clocks", "difference", "facts")}
ON_CONTROLLER = (
    "_rules/",
    "_estate/",
    "_migration/forecast",
    "_migration/plan",
    "_dhcpd/conf/",
    "_dhcpd/adopt/",
    "_dhcpd/render",
    "_model/variables",
)
MODULES = sorted(path.stem for path in (UTILS.parent / "modules").glob("*.py"))


def test_a_change_of_files_is_sent_without_what_the_daemon_needs() -> None:
    assert sent("managed_server") == FILES | {"_host/disk", "_host/transaction"}
    assert sent("server_compare") >= FILES


@pytest.mark.parametrize("module", [name for name in MODULES if name != "failover_validate"])
def test_what_hosts_get_knows_no_rules(module: str) -> None:
    """Only failover_validate runs on the controller."""
    assert [name for name in sent(module) if name.startswith(ON_CONTROLLER)] == []
    assert all(any(name_of(path).startswith(name) for path in PYTHON) for name in ON_CONTROLLER)


def words(path: Path) -> Iterator[str]:
    """What is written in a file for programs: without comments, docstrings and the documentation of modules."""
    if path.suffix != ".py":
        yield from (line.partition("#")[0] for line in path.read_text().splitlines())
        return
    nodes = list(ast.walk(ast.parse(path.read_text())))
    documented = ("DOCUMENTATION", "EXAMPLES", "RETURN")
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    prose |= {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in documented
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_only_a_daemons_own_package_knows_the_names_of_its_states() -> None:
    """All others ask in which phase a server is, whether it is normal, and whether it serves. Kea's names are alike."""
    states = "|".join(state for state in STATES.values() if "-" in state)
    # A statement of dhcpd.conf has such a name, too.
    pattern = re.compile(rf"(?<!auto-)\b({states})\b")
    found = {
        str(path.relative_to(ROOT))
        for folder in ("plugins", "playbooks", "roles")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yml", ".j2")
        and not path.is_relative_to(UTILS / "_dhcpd")
        and not path.is_relative_to(UTILS / "_kea")
        and any(pattern.search(text) for text in words(path))
    }
    assert found == set()


def test_the_tree_lists_every_file_once() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    table = text[text.index("## The tree") : text.index("Imports point")]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    told: list[str] = []
    for cell in cells:
        names = re.findall(r"`([^`]+)`", cell)
        # `folder/one.py`, `two.py`: the second is in the folder of the first.
        folder = f"{Path(names[0]).parent}/" if names[0].startswith("plugins/module_utils/") else ""
        told += [names[0], *(name if "/" in name else folder + name for name in names[1:])]
    assert [name for name, times in Counter(told).items() if times > 1] == []
    assert [name for name in told if not (ROOT / name).exists()] == []
    known = {name.rstrip("/") for name in told}
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    parts = {name for path in files if "/" in path and path[0] != "." for name in map(str, Path(path).parents)} - {"."}
    missing = [
        name
        for name in {
            *parts,
            *(str(path.relative_to(ROOT)) for path in UTILS.glob("_*/*.py") if path.stem != "__init__"),
        }
        if not any(name == other or name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in known)
    ]
    assert missing == []


def test_no_name_is_one_that_sanity_rejects() -> None:
    """pylint in ansible-test, which takes minutes, allows neither these nor a lone underscore."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True)
    rejected = {"_", "bar", "baz", "foo", "tata", "toto", "tutu"}
    bad = []
    for name in listed.stdout.split():
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            found = None
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found = node.id
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found = node.name
            if found in rejected:
                bad.append(f"{name}:{node.lineno}: {found}")
    assert bad == []


def test_every_scenario_says_what_only_it_shows() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .+ \| \d+ \|$", text[text.index("| scenario |") :], re.M)
    scenarios = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")}
    assert rows == sorted(scenarios - {"default"}), "default makes and removes the machines"
