# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's templates, rendered by Ansible's own engine (which differs from plain Jinja2), match files checked by eye.

`python test_templates.py golden` writes those files again; review the difference before you commit it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

HERE = Path(__file__).resolve().parent
ROLE = HERE.parents[3] / "roles" / "dhcp_server"
LOADER = DataLoader()
WRITTEN = {
    "dhcpd.conf": "dhcpd.conf.j2",
    "defaults": "defaults.j2",
    "service": "dhcpd.service.j2",
    "nft": "dhcp-server.nft.j2",
    "omapi.conf": "omapi.conf.j2",
}
HOSTS = [
    ("seed", "dhcp_server1"),
    ("seed", "dhcp_server2"),
    ("three", "one"),
    ("three", "two"),
    ("campus", "hall"),
    ("bare", "lonely"),
]


def load(path: Path) -> dict[str, Any]:
    found = LOADER.load_from_file(str(path), trusted_as_template=True)
    assert isinstance(found, dict)
    return found


def render(template: str, case: str, host: str) -> str:
    """A template of the role, as the host of a case gets it."""
    hosts = {name: variables or {} for name, variables in load(HERE / f"{case}.yml").items()}
    shared = hosts.pop("all", {})
    variables: dict[str, Any] = {
        **load(ROLE / "defaults/main.yml"),
        **shared,
        **hosts[host],
        **load(ROLE / "vars/main.yml"),
        **load(ROLE / "vars/Debian.yml"),
        "inventory_hostname": host,
        "hostvars": {name: {**shared, **own} for name, own in hosts.items()},
        "__dhcp_server_halves": trust_as_template("{{ (__dhcp_server_servers | first).failover }}"),
        "__dhcp_server_secret": "c2VjcmV0",
    }
    templar = Templar(LOADER, variables=variables).copy_with_new_env(searchpath=[str(ROLE / "templates")])
    text = templar.template(
        trust_as_template((ROLE / "templates" / template).read_text()),
        escape_backslashes=False,
        overrides={"trim_blocks": True, "lstrip_blocks": True},
    )
    assert isinstance(text, str)
    return text


def write_all(folder: Path) -> None:
    init_plugin_loader()
    for case, host in HOSTS:
        for name, template in WRITTEN.items():
            (folder / f"{case}-{host}.{name}").write_text(render(template, case, host))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file that the role writes. In a new process: Ansible sets up its search for collections only once."""
    folder = tmp_path_factory.mktemp("written")
    subprocess.run([sys.executable, __file__, str(folder)], check=True, timeout=120)
    return folder


@pytest.mark.parametrize("golden", sorted((HERE / "golden").iterdir()), ids=lambda path: path.name)
def test_golden(golden: Path, written: Path) -> None:
    assert (written / golden.name).read_text() == golden.read_text()


def statements(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("host, seed", [("dhcp_server1", "seed-100.conf"), ("dhcp_server2", "seed-200.conf")])
def test_the_statements_of_the_seed_and_two_more(host: str, seed: str, written: Path) -> None:
    theirs = statements((HERE / seed).read_text())
    ours = statements((written / f"seed-{host}.dhcpd.conf").read_text())
    assert [line for line in theirs if line not in ours] == []
    assert [line for line in ours if line not in theirs] == [
        'include "/etc/dhcp/omapi.conf";',
        "deny dynamic bootp clients;",
    ]


def test_the_secret_of_omapi_is_in_its_own_file_and_nowhere_else(written: Path) -> None:
    assert {path.name for path in written.iterdir() if '"c2VjcmV0"' in path.read_text()} == {
        f"{case}-{host}.omapi.conf" for case, host in HOSTS
    }


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
