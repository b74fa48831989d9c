# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's process and journal, with a substitute /proc and journalctl."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.journal import CHATTER
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.process import (
    find_process,
    find_version,
    last_lines,
    read_journal,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process

PROCESS = Process(17, 1795371590.75)


@pytest.mark.parametrize(
    "command, namespace, expected",
    [
        (["dhcpd", "-4", "-q"], "own", True),
        (["dhcpd", "-6"], "own", False),
        (["dhcpd", "-t", "-cf", "x"], "own", False),
        (["dhclient"], "own", False),
        (["dhcpd"], "container", False),
    ],
)
def test_only_a_dhcpd_that_serves_this_host_counts(
    tmp_path: Path, command: list[str], namespace: str, expected: bool
) -> None:
    for folder, name in (("self", "own"), ("17", namespace)):
        (tmp_path / folder / "ns").mkdir(parents=True)
        (tmp_path / folder / "ns/pid").symlink_to(name)
    (tmp_path / "17/comm").write_text(f"{command[0]}\n")
    (tmp_path / "17/cmdline").write_bytes(b"\0".join(word.encode() for word in command))
    ticks = 5 * os.sysconf("SC_CLK_TCK")
    (tmp_path / "17/stat").write_text(f"17 (dh) cpd) {' '.join(['S', *['0'] * 18])} {ticks} 0 0\n")
    (tmp_path / "stat").write_text("cpu 1 2\nbtime 1795371600\n")
    assert find_process(tmp_path) == (Process(17, 1795371605.0) if expected else None)


def test_another_program_than_dhcpd_has_no_version() -> None:
    assert find_version(Process(os.getpid(), 0)) is None


@pytest.fixture
def journalctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journalctl that records its arguments and runs what the test writes into it."""
    program = tmp_path / "journalctl"
    program.touch(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


def script(program: Path, body: str) -> None:
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {program}.arguments\n{body}\n')


def test_the_lines_of_the_running_daemon_are_asked_for(journalctl: Path) -> None:
    script(journalctl, "printf 'newer\\nolder\\n'")
    assert read_journal(PROCESS, 5) == (["older", "newer"], None)
    arguments = Path(f"{journalctl}.arguments").read_text().splitlines()
    for argument in ("--reverse", "--lines=20000", "--identifier=dhcpd", "_PID=17", "--since=@1795371589"):
        assert argument in arguments


def test_for_a_stopped_daemon_the_faults_of_its_last_run_are_returned(journalctl: Path) -> None:
    script(journalctl, "printf '3.0 h dhcpd[8]: c\\n2.0 h dhcpd[8]: b\\n1.0 h dhcpd[7]: a\\n'")
    assert read_journal(None, 5) == (["2.0 h dhcpd[8]: b", "3.0 h dhcpd[8]: c"], None)
    assert "_SYSTEMD_UNIT=isc-dhcp-server.service" in Path(f"{journalctl}.arguments").read_text()


@pytest.mark.parametrize(
    "body, lines, problem",
    [
        ("exit 1", [], None),  # nothing matches
        ("echo 'No permission' >&2; exit 1", [], "journalctl: No permission"),
        ("printf 'newer\\nolder\\ncut of'; exec sleep 60", ["older", "newer"], "only its newest part"),
    ],
)
def test_an_unreadable_journal_gives_the_reason(
    journalctl: Path, body: str, lines: list[str], problem: str | None
) -> None:
    script(journalctl, body)
    found, why = read_journal(PROCESS, 0.5)
    assert found == lines
    assert why is None if problem is None else problem in (why or "")


def test_a_host_without_journal_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_journal(PROCESS, 5) == ([], "there is no journalctl on this host")


@pytest.mark.parametrize(
    "body, lines",
    [("printf 'newer\\nolder\\n'", ["older", "newer"]), ("exit 1", []), ("exec sleep 60", [])],
)
def test_the_last_log_lines_are_oldest_first(journalctl: Path, body: str, lines: list[str]) -> None:
    script(journalctl, body)
    assert last_lines(8, 0.5) == lines
    assert "--lines=8" in Path(f"{journalctl}.arguments").read_text()


@pytest.mark.parametrize(
    "line, told",
    [
        ("DHCPDISCOVER from 52:54:00:c1:fb:9c via ens9: load balance to peer dhcp-failover", False),
        ("DHCPREQUEST for 172.16.1.225 from 52:54:00:c1:fb:9c via ens9: lease owned by peer", False),
        ("DHCPDISCOVER from 52:54:00:c1:fb:9c via ens9: peer holds all free leases", False),
        ("BOOTREQUEST from 52:54:00:c1:fb:9c via ens9: no dynamic leases in pool", False),
        ("balancing pool 55f0d1 172.16.1.0/24  total 11  free 5  backup 6  lts 0  max-own (+/-)1", False),
        ("ICMP Echo reply while lease 172.16.1.225 valid.", False),
        ("failover peer dhcp-failover: I move from normal to startup", True),
        ("bind update on 172.16.1.225 from dhcp-failover rejected: incoming update is less critical", True),
        ("Can't bind to dhcp address: Cannot assign requested address", True),
        ("No subnet declaration for ens9 (172.16.1.100).", True),
        ("Not configured to listen on any interfaces!", True),
        ("exiting.", True),
        ("Server starting service.", False),
    ],
)
def test_the_daemons_complaint_is_told_and_clients_are_not(journalctl: Path, line: str, told: bool) -> None:
    """journalctl searches the message itself, with expressions that Python understands, too."""
    script(journalctl, "exit 0")
    last_lines(8, 0.5)
    (pattern,) = re.findall("--grep=(.*)", Path(f"{journalctl}.arguments").read_text())
    assert bool(re.search(pattern, line)) == told
    if not told and not line.startswith("Server"):
        assert re.match(CHATTER, line)
