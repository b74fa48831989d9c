# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adopt configurations written by people and tools: dhcpd accepts the original, and the file that replaces it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netlab.dhcp_failover.playbooks.filter_plugins.live import live_adopt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.adopt.variables import (
    adopt,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    KEYS_FILE,
    OMAPI_FILE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.relationships import collect_servers
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import dhcpd_conf, omapi_conf
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils.configurations import configuration
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils.handwritten import FOLDER, TEXTS


class Loader(yaml.SafeLoader):
    """Read Ansible's own tag as the text that it marks."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def checked(dhcpd: Path, folder: Path, config: str, files: Mapping[str, str]) -> str:
    """The complaints of `dhcpd -t`; empty if it accepts the configuration."""
    folder.mkdir()
    for name, text in {**files, f"{FOLDER}dhcpd.conf": config}.items():
        path = folder / name.removeprefix(FOLDER)
        path.write_text(text.replace(FOLDER, f"{folder}/"), newline="")
    (folder / "leases").touch()
    command = [dhcpd, "-4", "-t", "-cf", folder / "dhcpd.conf", "-lf", folder / "leases", "-pf", folder / "pid"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return "" if run.returncode == 0 else run.stderr or str(run.returncode)


def declaration(files: Mapping[str, str]) -> dict[str, Any]:
    """The role's variables for the one server in these inventory files."""
    variables: dict[str, Any] = {}
    for name, text in files.items():
        if name != "hosts.yml":
            variables |= yaml.load(text, Loader)  # noqa: S506 - a safe loader
    found = collect_servers({"one": variables}, ["one"])
    return found[0] if found else {"name": "one"}


def takes_both(config: str, includes: Mapping[str, str], dhcpd: Path, folder: Path) -> None:
    assert checked(dhcpd, folder / "live", config, includes) == "", config
    found = live_adopt({"one": {"config": config, "includes": includes}})
    assert found["failed"] == []
    server = declaration(found["files"])
    written = dhcpd_conf(server)
    files = {
        **includes,
        OMAPI_FILE: omapi_conf(server, "AAAAAAAAAAAAAAAAAAAAAA=="),
        # The report says to do this by hand.
        KEYS_FILE: adopt("one", config, includes).new.get(KEYS_FILE, ""),
    }
    assert checked(dhcpd, folder / "adopted", written, files) == "", written


@pytest.mark.parametrize("name", TEXTS)
def test_dhcpd_takes_both(name: str, dhcpd: Path, tmp_path: Path) -> None:
    takes_both(*TEXTS[name], dhcpd, tmp_path)


@settings(suppress_health_check=list(HealthCheck))
@given(st.data())
def test_dhcpd_accepts_both_with_any_nesting(
    dhcpd: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    takes_both(configuration(data), {}, dhcpd, tmp_path_factory.mktemp("generated"))
