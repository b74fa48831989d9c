# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages are true: links have targets, commands exist, examples are valid, quotations match."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import PAGES, ROOT, Block, anchors, blocks, commands, links

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import Control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.dialect import Dialect, dialect
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.findings import Finding
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.variables import declare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._rules import check

ALL = [block for page in PAGES for block in blocks(page)]
COLLECTION = "netlab.dhcp_failover."
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
MODULES = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
ROLES = {path.name for path in (ROOT / "roles").iterdir()}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def of(*languages: str) -> Any:
    return pytest.mark.parametrize("block", [b for b in ALL if b.language in languages], ids=str)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    for link in links(page):
        name, anchor = [*link.split("#", 1), ""][:2]
        # The reference is generated with the site, whose build fails on a broken link.
        if re.match(r"https?:", link) or name.startswith("reference/"):
            continue
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: there is no {target}"
        assert not anchor or anchor in anchors(target), f"{link}: {target.name} has no such heading"


def test_every_page_is_reached() -> None:
    reached = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    assert {page for page in PAGES if "docs" in page.parts} - reached == {ROOT / "docs/index.md"}


def test_decisions_are_numbered_without_gaps() -> None:
    decisions = [page for page in PAGES if page.parent.name == "adr" and page.name != "index.md"]
    titles = [page.read_text().partition("\n")[0] for page in decisions]
    assert [page.name[:4] for page in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    assert [title.split()[:2] for title in titles] == [["#", f"{number}."] for number in range(1, len(decisions) + 1)]
    listed = [f"- [{title.split(' ', 2)[2]}]({page.name})" for title, page in zip(titles, decisions)]
    assert [line for line in (ROOT / "docs/adr/index.md").read_text().split("\n") if line.startswith("- ")] == listed


def test_every_picture_is_on_the_site() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES if "docs" in page.parts for link in links(page)}
    assert set((ROOT / "docs/images").iterdir()) <= shown


@pytest.mark.parametrize("port", [Control, Dialect])
def test_the_architecture_names_every_method_of_a_port(port: type) -> None:
    text = (ROOT / "docs/architecture.md").read_text().partition("## Two ports")[2]
    methods = {name for name in vars(port) if not name.startswith("_")}
    assert methods - set(re.findall(r"`(\w+)`", text)) <= {"configured", "saved_phases"}  # details of `answer`


@of("console")
def test_commands(block: Block) -> None:
    for command in commands(block):
        words = shlex.split(command)
        program, options = words[0], words[1:]
        if program == "ansible-playbook" and options[0] in {other.file for other in blocks(block.page)}:
            continue
        if program in ("ansible", "ansible-playbook"):
            assert "-i" in options, f"{command} names no inventory"
        if program == "make":
            target = next(word for word in options if not re.match(r"[A-Z]+=", word))
            assert target in TARGETS, f"there is no make {target}"
            options = shlex.split(" ".join(word.partition("=")[2] for word in options if word.startswith("ARGS=")))
            text = (ROOT / "Makefile").read_text()
        elif program == "ansible-playbook":
            (name,) = re.findall(rf"{re.escape(COLLECTION)}(\w+)", command) or re.findall(
                r"playbooks/(\w+)\.yml", command
            )
            assert name in PLAYBOOKS, f"there is no playbook {name}"
            text = "".join(p.read_text() for p in (ROOT / "playbooks").rglob("*.yml"))
        elif program == "ansible":
            module = options[options.index("-m") + 1]
            assert not module.startswith(COLLECTION) or module[len(COLLECTION) :] in MODULES, (
                f"there is no module {module}"
            )
            text = ""
        else:
            continue
        for extra in [word for option, word in zip(options, options[1:]) if option == "-e"]:
            for variable in re.findall(r"^(\w+)=", extra) or yaml.safe_load(extra):
                known = variable.startswith(tuple(f"{role}_" for role in ROLES)) or variable in text
                assert known or program == "make", f"nothing knows the variable {variable}"


@of("yaml")
def test_yaml(block: Block) -> None:
    """The block parses; the modules, roles, playbooks and role variables that it names exist."""
    text = block.text.replace(": [...]", ": []").replace("sha512:...", "sha512:0")
    found = yaml.safe_load(text)
    for word, name in re.findall(rf"(\w+): {re.escape(COLLECTION)}(\w+)", text):
        kind = {"role": ROLES, "name": ROLES, "import_playbook": PLAYBOOKS}.get(word, MODULES)
        assert name in kind, f"there is no {name}"
    for name in re.findall(rf"^ *(?:- )?{re.escape(COLLECTION)}(\w+):$", text, re.M):
        assert name in MODULES, f"there is no module {name}"
    if isinstance(found, dict):
        for variable in found:
            role = next((role for role in ROLES if str(variable).startswith(f"{role}_")), None)
            if role and variable != "dhcp_client_lease":
                specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
                assert variable in specs["main"]["options"], f"role {role} has no {variable}"


@pytest.mark.parametrize("block", [b for b in ALL if b.mark.startswith("from ")], ids=str)
def test_quotations(block: Block) -> None:
    assert block.text.strip() in (ROOT / block.mark[len("from ") :]).read_text()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_roles_have_examples(role: str) -> None:
    assert any(block.language == "yaml" for block in blocks(ROOT / f"roles/{role}/README.md"))


def inventory(page: Path, folder: Path) -> list[dict[str, Any]]:
    """The servers of the inventory in the page's blocks, as failover_validate takes them."""
    for block in blocks(page):
        if block.file and block.file != "execution-environment.yml":
            path = folder / block.file
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text)
    loader = DataLoader()
    manager = InventoryManager(loader, sources=[str(folder / "hosts.yml")])
    variables = VariableManager(loader, manager)
    hosts = {host.name: variables.get_vars(host=host) for host in manager.get_hosts("dhcp_servers")}
    assert hosts
    return collect_servers(hosts, list(hosts))


def findings(servers: list[dict[str, Any]]) -> list[Finding]:
    declared = [declare(server) for server in servers]
    return list(check([dialect(server.daemon).resolve(server, {}) for server in declared]))


ESTATES = {
    page: {"partner-not-given"} if page.name == "inventory.md" else set()
    for page in PAGES
    if any(block.file == "hosts.yml" for block in blocks(page))
}


@pytest.mark.parametrize(("page", "expected"), ESTATES.items(), ids=lambda value: getattr(value, "name", ""))
def test_inventories(page: Path, expected: set[str], tmp_path: Path) -> None:
    """The inventory of a page has only the findings that the page mentions."""
    found = findings(inventory(page, tmp_path))
    assert {finding.slug for finding in found} == expected, list(map(str, found))


def test_examples_of_the_sides_roles_make_a_pair() -> None:
    """What the READMEs of the two roles declare for a host each; and the engine's example in its place."""
    hosts: dict[str, dict[str, Any]] = {}
    for host, side in (("dhcp_server1", "primary"), ("dhcp_server2", "secondary")):
        play, *variables = (yaml.safe_load(block.text) for block in blocks(ROOT / f"roles/dhcp_{side}/README.md"))
        assert (play[0]["hosts"], play[0]["roles"]) == (host, [f"{COLLECTION}dhcp_{side}"])
        hosts[host] = {name: value for group in variables for name, value in group.items()}
    assert findings(collect_servers(hosts, list(hosts))) == []
    (role,) = yaml.safe_load(blocks(ROOT / "roles/dhcp_server/README.md")[0].text)[0]["roles"]
    engine = {host: {**own, **role["vars"]} for host, own in hosts.items()}
    assert findings(collect_servers(engine, list(engine))) == []


def test_there_are_inventories() -> None:
    assert {page.name for page in ESTATES} == {"README.md", "first-pair.md", "inventory.md"}


@pytest.mark.parametrize("block", [b for b in ALL if b.mark.startswith("fault: ")], ids=str)
def test_faults(block: Block, tmp_path: Path) -> None:
    """The page's inventory with this range gives the message that the page shows."""
    servers = inventory(block.page, tmp_path)
    for server in servers:
        server["subnets"][0]["pools"][0]["ranges"] = [block.mark[len("fault: ") :]]
    assert block.text.strip() in "\n".join(map(str, findings(servers)))
