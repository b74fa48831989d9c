# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller sends to a host whose files are compared or written."""

from __future__ import annotations

import base64
import multiprocessing
import os
import re
import zlib
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.netlab.dhcp_failover.plugins.action import managed_server, server_compare
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.shapes import PREFIX
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._owner import is_dead, owner, run_of
from ansible_collections.netlab.dhcp_failover.plugins.plugin_utils._role import ROLE, managed_files, platform

DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
SERVER = {
    **{name.removeprefix(PREFIX): value for name, value in DEFAULTS.items()},
    "name": "one",
    "interfaces": [{"name": "ens9", "address": "192.0.2.1/24"}],
    "interface_provider": "systemd-networkd",
    "address": "192.0.2.1",
}


TABLE = {**asdict(managed_files(SERVER, "Debian")[0]), "checked": True}

COMPARED = {"os_family": "Debian", "running": True, "revision": "1", "differences": []}
# The options' defaults, except for `checked`.
GIVEN = {"sections": [], "side": "", "reached_at": "", "settle_timeout": 0, "checked": True}


def run(
    monkeypatch: pytest.MonkeyPatch, plugin: Any, args: dict[str, Any], answers: list[dict[str, Any]], **facts: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result of a plugin, and what it sent to the host."""
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    monkeypatch.setattr(
        ActionBase,
        "validate_argument_spec",
        lambda *_arguments, **_more: ({}, {**GIVEN, **args}),
    )
    action = plugin.ActionModule.__new__(plugin.ActionModule)
    action._task = SimpleNamespace(args=args)
    sent: list[dict[str, Any]] = []
    waiting = iter(answers)

    def execute(module_args: dict[str, Any], **_more: Any) -> dict[str, Any]:
        sent.append(module_args)
        return dict(next(waiting))

    action._execute_module = execute
    return action.run(task_vars={"inventory_hostname": "one", "ansible_facts": facts}), sent


@pytest.mark.parametrize(
    "state, sections, expected",
    [
        ("prepared", ["firewall"], {"dhcp-server.nft", "dhcp-server-firewall.service"}),
        ("staged", [], {"dhcpd.conf", "isc-dhcp-server", "isc-dhcp-server.service", "omapi.conf"}),
        ("active", [], set()),
        ("restored", [], set()),
    ],
)
def test_only_the_contents_that_are_written_are_sent(
    monkeypatch: pytest.MonkeyPatch, state: str, sections: list[str], expected: set[str]
) -> None:
    args = {"table": TABLE, "server": SERVER, "state": state, "sections": sections}
    result, sent = run(monkeypatch, managed_server, args, [{"changed": True, "invocation": {}}])
    assert result == {"changed": True}
    contents = sent[0]["contents"]
    assert {path.rpartition("/")[2] for path in contents} == expected
    if state == "staged":
        assert b'secret "";' in zlib.decompress(base64.b64decode(contents["/etc/dhcp/omapi.conf"]))


@pytest.mark.parametrize(
    "table, state, refused",
    [
        ({}, "staged", True),
        ({**TABLE, "checked": False}, "active", True),
        ({}, "confirmed", True),
        ({**TABLE, "checked": False}, "restored", False),
    ],
)
def test_nothing_is_changed_by_a_declaration_that_was_not_checked(
    monkeypatch: pytest.MonkeyPatch, table: dict[str, Any], state: str, refused: bool
) -> None:
    result, sent = run(monkeypatch, managed_server, {"table": table, "state": state}, [{"changed": True}])
    assert ("the declaration was not checked" in result.get("msg", "")) == refused
    assert (sent == []) == refused


def test_a_failure_names_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    args = {"table": TABLE, "state": "active"}
    result, _sent = run(monkeypatch, managed_server, args, [{"failed": True, "msg": "The daemon did not come up."}])
    assert result["msg"] == "one: The daemon did not come up."


@pytest.mark.parametrize(
    "facts, families, expected",
    [
        ({}, ["Debian"], ["Debian"]),
        ({}, ["RedHat", "RedHat"], ["Debian", "RedHat"]),
        ({"os_family": "RedHat"}, ["RedHat"], ["RedHat"]),
        ({"os_family": "Suse"}, ["Debian"], ["Debian"]),
    ],
)
def test_a_host_of_another_family_is_compared_again(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, str], families: list[str], expected: list[str]
) -> None:
    answers: list[dict[str, Any]] = [{"os_family": family, "differences": []} for family in families]
    answers[-1].update(running=True, revision="1")
    result, sent = run(monkeypatch, server_compare, {"server": SERVER}, answers, **facts)
    assert "failed" not in result
    assert [item["table"]["family"] for item in sent] == expected
    assert result["table"] == {**sent[-1]["table"], "checked": True, "revision": "1"}


def test_an_unknown_platform_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _sent = run(monkeypatch, server_compare, {"server": SERVER}, [{"os_family": "arch", "differences": []}])
    assert result["failed"]
    assert result["msg"].startswith("one: the role knows Debian (tested)")


def test_the_clock_is_read_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1000.0, 1020.0])
    monkeypatch.setattr("time.time", lambda: next(times))
    answer = {**COMPARED, "status": {"time": 1040.0, "waited": 0.0}}
    result, _sent = run(monkeypatch, server_compare, {"server": SERVER}, [answer])
    assert result["status"] == {"time": 1040.0, "waited": 0.0, "clock_offset": 30.0, "clock_uncertainty": 10.0}


SECONDARY = {"name": "south", "role": "secondary"}


@pytest.mark.parametrize(
    "side, halves, says",
    [
        ("", [], None),
        ("primary", [{"name": "north"}], None),
        ("primary", [], "role dhcp_primary deploys hosts that are primary in all .* This one is in no relationship."),
        ("primary", [{"name": "north"}, SECONDARY], "This one is primary in north, secondary in south."),
        ("secondary", [{"name": "north"}], "This one is primary in north."),
        ("secondary", [SECONDARY], None),
    ],
)
def test_a_host_on_the_wrong_side_is_refused_before_it_is_reached(
    monkeypatch: pytest.MonkeyPatch, side: str, halves: list[dict[str, Any]], says: str | None
) -> None:
    found = list(server_compare.wrong_side(side, halves))
    assert bool(found) == bool(says)
    if says:
        assert re.search(says, found[0])
        args = {"server": {**SERVER, "failover": halves}, "side": side}
        result, sent = run(monkeypatch, server_compare, args, [])
        assert (result["failed"], sent) == (True, [])
        assert result["msg"].startswith("one: role dhcp_")


ENDED = f"{run_of(2**22 + 1)}7"  # no process has such a number
ELSEWHERE = "another boot:1:1"
HERE = run_of(os.getpid())


@pytest.mark.parametrize(
    "run_id, busy, refused",
    [(ENDED, False, False), (ENDED, True, True), (ELSEWHERE, False, True), (HERE, False, True)],
    # Not the numbers of this process, which differ between workers.
    ids=["ended", "busy", "elsewhere", "here"],
)
def test_another_run_s_lock_ends_the_comparison(
    monkeypatch: pytest.MonkeyPatch, run_id: str, busy: bool, refused: bool
) -> None:
    """Unless that run was on this controller and has ended, and none of its steps still runs on the host."""
    said = {"who": "ann@controller", "since": "2026-11-25T20:21:33Z"}
    answer = {**COMPARED, "lock": {**said, "run": run_id, "busy": busy, "message": "somebody deploys"}}
    result, sent = run(monkeypatch, server_compare, {"server": SERVER}, [answer])
    assert result.get("msg") == ("one: somebody deploys" if refused else None)
    assert result.get("interrupted") == (None if refused else said)
    assert sent[0]["run"] == run_of(os.getpid())


@pytest.mark.parametrize("run_id, ends", [(ENDED, True), (ELSEWHERE, False)], ids=["ended", "elsewhere"])
def test_the_lock_of_a_dead_run_is_taken_over(monkeypatch: pytest.MonkeyPatch, run_id: str, ends: bool) -> None:
    answers = [{"failed": True, "msg": "somebody deploys", "lock": {"run": run_id}}, {"changed": True}]
    result, sent = run(monkeypatch, managed_server, {"table": TABLE, "state": "active"}, answers)
    assert ("failed" not in result) == ends
    assert sent[-1]["owner"]["dead"] == (run_id if ends else "")
    assert "(process" in sent[-1]["owner"]["who"]


@pytest.mark.parametrize("error, dead", [(ProcessLookupError, True), (PermissionError, False)])
def test_a_process_that_proc_hides_is_alive(monkeypatch: pytest.MonkeyPatch, error: type[OSError], dead: bool) -> None:
    def kill(_process: int, signal: int) -> None:
        assert signal == 0
        raise error

    monkeypatch.setattr(os, "kill", kill)
    assert is_dead(ENDED) == dead


def test_reasons_of_the_host_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {**COMPARED, "refused": ["reason", "another"]}
    result, _sent = run(monkeypatch, server_compare, {"server": SERVER}, [answer])
    assert (result["failed"], result["msg"]) == (True, "one: reason\none: another")


@pytest.mark.parametrize(
    "differences, packages, user",
    [
        ([], [], {}),
        ([("config", "/etc/dhcp/dhcpd.conf")], [], {}),
        ([("package", "/usr/sbin/dhcpd")], ["isc-dhcp-server"], {"name": "dhcpd", "home": "/var/lib/dhcp"}),
        ([("package", "/var/lib/dhcp")], [], {"name": "dhcpd", "home": "/var/lib/dhcp"}),
        ([("firewall", "/usr/sbin/nft")], ["nftables"], {}),
    ],
)
def test_what_is_installed(differences: list[tuple[str, str]], packages: list[str], user: dict[str, str]) -> None:
    found = [{"section": section, "subject": subject} for section, subject in differences]
    expected = {"packages": packages, "user": user}
    assert server_compare.missing_software(found, platform("Debian")) == expected
    assert server_compare.missing_software(found, platform("RedHat"))["user"] == {}


@pytest.mark.parametrize("pending, database, asked", [(True, 4096, True), (True, 0, False), (False, 4096, False)])
def test_leases_are_only_read_if_a_daemon_that_has_some_will_read_something(
    monkeypatch: pytest.MonkeyPatch, pending: bool, database: int, asked: bool
) -> None:
    found = {**COMPARED, "pending": pending, "database": database, "halves": []}
    subnets = [{"subnet": "192.0.2.0/24", "pools": [{"ranges": ["192.0.2.10-192.0.2.19"]}]}]
    args = {"server": {**SERVER, "subnets": subnets}}
    result, sent = run(
        monkeypatch, server_compare, args, [found, {"affected": [], "invocation": {}}], os_family="Debian"
    )
    assert len(sent) == (2 if asked else 1)
    ranges = [(0xC000020A, 0xC0000213)]
    assert ("leases" in result) == asked
    if asked:
        assert (result["leases"]["ranges"], result["leases"]["refused"]) == (ranges, [])
        assert [tuple(span)[:2] for span in sent[1]["promise"]["spans"]] == ranges


def ask(asked: Any, answered: Any) -> None:
    """In a worker, as Ansible forks it: its owner, before and after its parent has ended."""
    answered.send(owner()["run"])
    if asked.poll(20):
        try:
            answered.send(owner()["run"])
        except AnsibleError as error:
            answered.send(str(error))


def start(asked: Any, answered: Any, stop: Any) -> None:
    multiprocessing.get_context("fork").Process(target=ask, args=(asked, answered)).start()
    answered.send(run_of(os.getpid()))
    stop.poll(20)
    os._exit(0)


def test_a_worker_whose_run_was_killed_owns_nothing() -> None:
    fork = multiprocessing.get_context("fork")
    (asked, ask_again), (told, answered), (stop, end) = (fork.Pipe(duplex=False) for _number in range(3))
    run = fork.Process(target=start, args=(asked, answered, stop))
    run.start()

    def answer() -> str:
        assert told.poll(20)
        return str(told.recv())

    assert answer() == answer() == run_of(run.pid or 0)
    end.send(True)
    run.join()
    ask_again.send(True)
    assert answer() == f"The run of process {run.pid} was killed, so it does nothing more."
