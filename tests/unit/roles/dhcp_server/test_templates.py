# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that the role writes, against files checked by eye.

`python test_templates.py golden` writes those files again; look at the difference before you commit it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import managed_files

HERE = Path(__file__).resolve().parent
DEFAULTS = HERE.parents[3] / "roles/dhcp_server/defaults/main.yml"
WRITTEN = {
    "/etc/dhcp/dhcpd.conf": "dhcpd.conf",
    "/etc/default/isc-dhcp-server": "defaults",
    "/etc/systemd/system/isc-dhcp-server.service": "service",
    "/etc/nftables.d/dhcp-server.nft": "nft",
    "/etc/dhcp/omapi.conf": "omapi.conf",
}
HOSTS = [
    ("seed", "dhcp_server1"),
    ("seed", "dhcp_server2"),
    ("three", "one"),
    ("three", "two"),
    ("campus", "hall"),
    ("bare", "lonely"),
]


def declared(case: str, host: str) -> dict[str, Any]:
    """A server of a case, as its role hands it over."""
    hosts = {name: own or {} for name, own in yaml.safe_load((HERE / f"{case}.yml").read_text()).items()}
    shared = hosts.pop("all", {})
    server = collect_servers({name: {**shared, **own} for name, own in hosts.items()}, [host])[0]
    defaults = yaml.safe_load(DEFAULTS.read_text())
    return {**{name.removeprefix(PREFIX): value for name, value in defaults.items()}, **server}


def write_all(folder: Path) -> None:
    for case, host in HOSTS:
        _table, texts = managed_files(declared(case, host), "Debian")
        for path, name in WRITTEN.items():
            if path in texts:
                (folder / f"{case}-{host}.{name}").write_text(texts[path])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file that the role writes."""
    folder = tmp_path_factory.mktemp("written")
    write_all(folder)
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


def test_the_secret_of_omapi_is_left_to_the_host(written: Path) -> None:
    texts = [path.read_text() for path in written.glob("*.omapi.conf")]
    assert texts
    assert all('secret "";' in text for text in texts)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
