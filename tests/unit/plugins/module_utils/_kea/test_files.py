# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of managed files of a server that runs Kea, and the test of its configuration."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import judge_start, last_lines
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.files import managed
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import managed_files, platform
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.declared import (
    RELATIONSHIP,
    variables,
)

CONF = "/etc/kea/kea-dhcp4.conf"
STARTED = "2026-11-25 21:51:06.514 INFO  [kea-dhcp4.dhcp4/6768.1] DHCP4_STARTED Kea DHCPv4 server version 2.6.3 started"
NO_SOCKET = "2026-11-25 21:51:06.513 WARN  [kea-dhcp4.dhcpsrv/6768.1] DHCPSRV_NO_SOCKETS_OPEN no interface configured"
ERROR = "2026-11-25 21:51:28.8 ERROR [kea-dhcp4.ha-hooks/8376.1] HA_CONFIGURATION_FAILED failed to configure"


def server(tls: bool = False, **changes: Any) -> dict[str, Any]:
    return {
        **variables(relationships=[{**RELATIONSHIP, "tls": tls}]),
        "interfaces": [{"name": "ens9", "address": "172.16.1.100/24"}],
        "interface_provider": "systemd-networkd",
        "firewall": "nftables",
        "firewall_zone": "",
        "omapi": False,
        "omapi_port": 7911,
        "omapi_key_name": "omapi_key",
        **changes,
    }


def table(**changes: Any) -> Managed:
    return managed(server(**changes), platform("Debian", "kea"), "Debian")


def paths(found: Managed, section: str) -> list[str]:
    return [row.path for row in found.files if row.section == section and row.present]


def test_it_survives_the_way_to_the_host() -> None:
    for found in (table(), table(firewall="firewalld", tls=True)):
        assert Managed.from_dict(json.loads(json.dumps(asdict(found)))) == found


def test_the_configuration_and_the_unit_are_one_transaction() -> None:
    found = table()
    unit = "/etc/systemd/system/kea-dhcp4-server.service"
    assert [row.path for row in found.transaction] == [CONF, unit]
    assert found.daemon.reads == (CONF, unit)
    assert (found.transaction[0].group, found.transaction[0].mode) == ("_kea", "0640")
    assert found.journal == f"{CONF}.unproven"


def test_kea_starts_with_the_certificates_that_it_has_read() -> None:
    found = table(tls=True)
    assert [path for path in paths(found, "package") if path.endswith((".pem", ".key"))] == list(found.daemon.reads[2:])
    assert len(found.daemon.reads) == 5


def test_only_the_partner_reaches_the_port() -> None:
    assert table().openings == ("udp dport 67", "ip saddr 172.16.1.200 tcp dport 8000")
    zone = table(firewall="firewalld").zone
    assert zone is not None
    assert len(zone.rules) == 2
    assert 'source address="172.16.1.200" port port="8000" protocol="tcp" accept' in zone.rules[0]
    assert 'port="8000" protocol="tcp" drop' in zone.rules[1]
    assert table(firewall="none").tables == ()


def test_only_one_relationship_on_debian_12() -> None:
    halves = [{**RELATIONSHIP, "name": name} for name in ("x", "y")]
    found = managed({**server(), **variables(relationships=halves)}, platform("Debian", "kea"), "Debian")
    assert [release for release, _reason in found.unfit] == ["bookworm"]
    assert table().unfit == ()


def test_the_agent_that_hands_on_commands_of_anybody_does_not_run() -> None:
    assert [(unit.name, unit.section) for unit in table().units if not unit.present] == [("kea-ctrl-agent", "service")]


def test_the_other_daemon_is_known() -> None:
    assert managed_files(server(), "Debian")[0].rivals == ("isc-dhcp-server",)
    assert managed_files({**server(), "daemon": "dhcpd"}, "Debian")[0].rivals == ("kea-dhcp4-server",)


def test_the_texts() -> None:
    found, texts = managed_files(server(), "Debian")
    assert json.loads(texts[CONF])["Dhcp4"]["interfaces-config"] == {
        "interfaces": ["ens9"],
        "service-sockets-require-all": True,
    }
    unit = texts["/etc/systemd/system/kea-dhcp4-server.service"]
    assert f"ExecStart=/usr/sbin/kea-dhcp4 -c {CONF}\n" in unit
    assert "RuntimeDirectory=kea lock/kea dhcp-server\n" in unit
    assert "tcp dport 8000 accept" in texts["/etc/nftables.d/dhcp-server.nft"]
    assert all(row.sha256 for row in found.files if row.template and row.section == "config")


def test_no_socket_is_a_failed_start() -> None:
    daemon = table().daemon
    unit = {"ActiveState": "active", "InvocationID": "1"}

    def judge(*lines: str) -> bool | None:
        return judge_start(lines, unit, "1", daemon.serves, daemon.fails)

    assert judge() is None
    assert judge(STARTED) is True
    assert judge(NO_SOCKET, STARTED) is False


def test_what_explains_a_fault() -> None:
    assert last_lines([STARTED, "", NO_SOCKET, ERROR], table().daemon.chatter) == f"{NO_SOCKET}\n{ERROR}"


class TestCheck:
    """The check, with substitutes for Kea and for the change of the user."""

    @pytest.fixture
    def kea(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        self.folder = tmp_path
        for name, body in {
            "runuser": 'echo "user $2" >&2; shift 3; exec "$@"',
            # There is no such group here.
            "install": 'touch "$6"',
        }.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path / "kea-dhcp4"

    def check(self, kea: Path, version: str, body: str) -> tuple[int, str]:
        """The status and the errors. body: what Kea does."""
        kea.write_text(f'#!/bin/sh\n[ "$1" = -v ] && echo {version} && exit\necho "$1 $KEA_LOCKFILE_DIR"\n{body}\n')
        kea.chmod(0o755)
        file = self.folder / "conf.staged"
        file.write_text('{ "http-dedicated-listener": true }')
        words = [str(kea) if word == "/usr/sbin/kea-dhcp4" else word for word in table().transaction[0].check]
        done = subprocess.run([*words, str(file)], capture_output=True, text=True, check=False)
        assert sorted(path.name for path in self.folder.glob("conf*")) == ["conf.staged"]
        assert done.stdout == ""
        return done.returncode, done.stderr

    def test_both_tests_are_made_as_the_daemons_user(self, kea: Path) -> None:
        status, said = self.check(kea, "2.6.3", 'cat "$2"')
        assert status == 0
        assert said.splitlines() == [
            *("user _kea", "-t none", '{ "http-dedicated-listener": true }user _kea', "-T none"),
            '{ "http-dedicated-listener": false }',
        ]

    @pytest.mark.parametrize("version", ["2.2.0", "2.4.1", "1.9.11"])
    def test_a_release_without_the_second_test(self, kea: Path, version: str) -> None:
        status, said = self.check(kea, version, "")
        assert (status, re.findall("^-.", said, re.MULTILINE)) == (0, ["-t"])

    @pytest.mark.parametrize(("version", "which"), [("2.2.0", "-t"), ("3.0.4", "-t"), ("2.6.3", "-T"), ("3.0.4", "-T")])
    def test_a_refusal(self, kea: Path, version: str, which: str) -> None:
        status, said = self.check(kea, version, f'[ "$1" = {which} ] && echo wrong >&2 && exit 1; exit 0')
        assert status != 0
        assert said.endswith("wrong\n")
