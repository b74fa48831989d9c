# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that YAML and Jinja must repeat are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd import paths
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model import facts

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles/dhcp_server"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_the_role_names_the_daemons_files() -> None:
    variables = load(ROLE / "vars/main.yml")
    assert variables["__dhcp_server_conf"] == paths.CONFIG_FILE
    assert variables["__dhcp_server_omapi_file"] == paths.OMAPI_FILE
    folders = [load(ROLE / f"vars/{family}.yml")["__dhcp_server_lease_folder"] for family in ("Debian", "RedHat")]
    assert tuple(f"{folder}/dhcpd.leases" for folder in folders) == paths.LEASE_FILES


def test_the_role_has_the_defaults_of_the_declaration() -> None:
    defaults = load(ROLE / "defaults/main.yml")
    assert defaults["dhcp_server_omapi_port"] == facts.DEFAULT_OMAPI_PORT
    assert defaults["dhcp_server_omapi_key_name"] == facts.DEFAULT_OMAPI_KEY


@pytest.mark.parametrize("path", sorted(ROLE.rglob("*.*")), ids=lambda path: path.name)
def test_the_failover_port_is_one(path: Path) -> None:
    for port in re.findall(r"port'?,? ?(?:\| )?default[(=](\d+)", path.read_text()):
        assert int(port) == facts.DEFAULT_PORT


def test_the_documentation_of_modules_names_the_same() -> None:
    texts = "".join(path.read_text() for path in (ROOT / "plugins").rglob("*.py") if path.parent.name != "module_utils")
    documented = re.findall(r"^    (?:path|config|omapi_config):\n(?:      .*\n)*?      default: (\S+)$", texts, re.M)
    assert set(documented) <= {paths.CONFIG_FILE, paths.OMAPI_FILE}
    for files in re.findall(r"C\((\S+dhcpd\.leases)\)", texts):
        assert files in paths.LEASE_FILES
