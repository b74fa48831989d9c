# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kea's own answers mean. `status.json` has those of three releases, in the phases of a pair's life."""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import BinaryIO

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.process import Process
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import process as process_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea import status as status_module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._kea.control import KeaControl
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    Answer,
    ControlError,
    NoAccessError,
    Phase,
    Selection,
    Step,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.lease_set import LeaseSet, row
from ansible_collections.netlab.dhcp_failover.tests.unit.plugins.module_utils._kea.substitute import (
    RECORDED,
    Substitute,
    configuration,
)

HEADER = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
)


@pytest.fixture
def kea(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Substitute:
    """A substitute for the daemon, and its files. There is no journal."""
    found = Substitute(tmp_path)
    monkeypatch.setattr(process_module, "find_process", lambda: Process(17, 0) if found.runs else None)
    monkeypatch.setattr(process_module, "find_version", lambda _process: "2.6.3")
    monkeypatch.setattr(process_module, "read_journal", lambda _process, _seconds: (found.journal, None))
    return found


def answer(kea: Substitute, states_only: bool = True) -> Answer:
    with kea:
        return kea.control.answer(None, states_only)


@pytest.mark.parametrize(
    ("recorded", "local", "phase", "partner", "serving"),
    [
        ("2.2.0 normal: primary", "hot-standby", Phase.NORMAL, Phase.NORMAL, True),
        ("2.2.0 normal: standby", "hot-standby", Phase.NORMAL, Phase.NORMAL, False),
        ("2.2.0 maintenance: primary", "in-maintenance", Phase.HELD, Phase.ALONE, False),
        ("2.2.0 partner killed: standby", "partner-down", Phase.ALONE, Phase.UNKNOWN, True),
        ("2.6.3 starting: primary", "ready", Phase.SETTLING, Phase.SETTLING, False),
        ("2.6.3 just started: primary", "waiting", Phase.SETTLING, Phase.UNKNOWN, False),
        ("2.6.3 normal: primary", "hot-standby", Phase.NORMAL, Phase.NORMAL, True),
        ("2.6.3 normal: standby", "hot-standby", Phase.NORMAL, Phase.NORMAL, False),
        ("2.6.3 maintenance just begun: primary", "in-maintenance", Phase.HELD, Phase.NORMAL, False),
        ("2.6.3 maintenance: standby", "partner-in-maintenance", Phase.ALONE, Phase.HELD, True),
        ("2.6.3 disabled: primary", "hot-standby", Phase.NORMAL, Phase.NORMAL, False),
        ("2.6.3 partner just killed: standby", "hot-standby", Phase.INTERRUPTED, Phase.UNKNOWN, False),
        ("2.6.3 partner killed: standby", "partner-down", Phase.ALONE, Phase.UNKNOWN, True),
        ("2.6.3 reset: primary", "syncing", Phase.SETTLING, Phase.NORMAL, False),
        ("2.6.3 balancing: primary", "load-balancing", Phase.NORMAL, Phase.NORMAL, True),
        ("2.6.3 balancing: secondary", "load-balancing", Phase.NORMAL, Phase.NORMAL, True),
        ("3.0.4 normal: primary", "hot-standby", Phase.NORMAL, Phase.NORMAL, True),
        ("3.0.4 partner just killed: standby", "hot-standby", Phase.INTERRUPTED, Phase.UNKNOWN, False),
        # It no longer asks its partner, so it still has the state of before.
        ("3.0.4 terminated: primary", "terminated", Phase.HELD, Phase.NORMAL, True),
        ("3.0.4 terminated: standby", "terminated", Phase.HELD, Phase.HELD, False),
        ("3.0.4 partner terminated: standby", "waiting", Phase.HELD, Phase.HELD, False),
    ],
)
def test_what_the_states_mean(
    kea: Substitute, recorded: str, local: str, phase: Phase, partner: Phase, serving: bool
) -> None:
    kea.status = RECORDED[recorded]
    (report,) = answer(kea).relationships
    assert (report.local_state, report.phase, report.partner_phase, report.serving) == (local, phase, partner, serving)
    assert report.role == ("primary" if recorded.endswith("primary") else "secondary")
    assert report.normal is (phase is Phase.NORMAL)
    assert report.problem is None


@pytest.mark.parametrize("interfaces", [{}, {"interfaces-config": {"interfaces": []}}])
def test_one_without_an_interface_answers_nobody(kea: Substitute, interfaces: dict[str, object]) -> None:
    """Its sockets are "ready" all the same."""
    kea.status = RECORDED["2.6.3 partner killed: standby"]
    del kea.running["interfaces-config"]
    kea.running.update(interfaces)
    kea.write(kea.running)
    for states_only in (True, False):
        (report,) = answer(kea, states_only).relationships
        assert (report.phase, report.serving) == (Phase.ALONE, False)


def test_a_server_that_must_not_take_over_by_itself(kea: Substitute) -> None:
    kea.status = copy.deepcopy(RECORDED["2.6.3 partner killed: standby"])
    kea.status["arguments"]["high-availability"][0]["ha-servers"]["local"]["scopes"] = []
    (report,) = answer(kea).relationships
    assert (report.local_state, report.phase, report.serving) == ("partner-down", Phase.INTERRUPTED, False)


def test_the_answer_has_the_ends_of_what_runs(kea: Substitute) -> None:
    # On the disk there is a later configuration already.
    kea.write(configuration(kea.folder, url="http://192.0.2.99:8000/"))
    (report,) = answer(kea, states_only=False).relationships
    assert (report.name, report.address, report.port) == ("x", "192.0.2.1", 8000)
    assert (report.peer_address, report.peer_port, report.max_response_delay) == ("192.0.2.2", 8000, 10)


def test_the_leases_are_counted(kea: Substitute) -> None:
    rows = ["1,,600,2000000000,1,0,0,,0,,0", "2,,600,2000000000,1,0,0,,2,,0", "3,,600,2000000000,1,0,0,,1,,0"]
    text = HEADER + "".join(f"192.0.2.1{row[0]},02:00:00:00:00:01{row[1:]}\n" for row in rows)
    (kea.folder / "leases.csv").write_text(text)
    (report,) = answer(kea, states_only=False).relationships
    assert report.pool is not None
    # An expired lease is no obstacle.
    assert {name: count for name, count in report.pool.items() if count} == {
        "total": 11,
        "free": 9,
        "active": 1,
        "abandoned": 1,
    }
    assert [(pool["subnet"], pool["ranges"]) for pool in report.pools or ()] == [
        ("192.0.2.0/24", ["192.0.2.10-192.0.2.20"])
    ]
    with kea:
        leases, counts = kea.control.leases(Selection(binding_states=frozenset({"active"})), 10)
    assert [(lease.address, lease.relationship) for lease in leases] == [("192.0.2.11", "x")]
    assert [(count.relationship, count.total) for count in counts] == [("x", 1)]


def test_a_selection(kea: Substitute) -> None:
    kea.runs = False
    row = "192.0.2.11,02:00:00:00:00:0B,01:02:00:00:00:00:0b,600,2000000000,1,0,0,,0,,0\n"
    (kea.folder / "leases.csv").write_text(HEADER + row + row.replace(".11,", ".12,").replace(":0B", ":0C"))
    for wanted in (
        Selection(addresses=frozenset({"192.0.2.11"})),
        Selection(hardware="02:00:00:00:00:0b"),
        Selection(hardware="02:00:00:00:00:0B", client_id="01:02:00:00:00:00:0B"),
    ):
        assert [lease.address for lease in kea.control.leases(wanted, 10)[0]] == ["192.0.2.11"]
        assert [count.total for count in kea.control.count_leases(wanted)] == [1]
    with pytest.raises(ControlError, match="2 leases match, and the limit is 1"):
        kea.control.leases(Selection(), 1)


def test_the_leases_that_a_partner_must_have_too(kea: Substitute) -> None:
    """Also those outside of pools, but none that was declined or has been given back."""
    rows = (
        "192.0.2.11,02:00:00:00:00:0b,,600,2000000600,1,0,0,,0,,0\n",
        "192.0.2.99,02:00:00:00:00:0c,01:02,4294967295,6294967295,1,0,0,,0,,0\n",
        "192.0.2.13,,,600,2000000600,1,0,0,,1,,0\n",
        "192.0.2.14,02:00:00:00:00:0e,,600,2000000600,1,0,0,,2,,0\n",
    )
    (kea.folder / "leases.csv").write_text(HEADER + "".join(rows))
    ((name, text),) = kea.control.copied_leases().items()
    assert name == "x"
    assert LeaseSet.unpack(text).rows == {
        0xC000020B: row("02:00:00:00:00:0b", 2000000000, 2000000600),
        0xC0000263: row("01:02", 2000000000, None),
    }


def test_a_relationship_that_the_daemon_has_not_read(kea: Substitute) -> None:
    kea.write(configuration(kea.folder, names=("other-primary", "other-secondary")))
    (report,) = answer(kea).relationships
    assert (report.name, report.phase) == ("other", Phase.UNKNOWN)
    assert "restart it" in (report.problem or "")


def test_a_daemon_that_does_not_run(kea: Substitute) -> None:
    kea.runs = False
    found = kea.control.answer(None, states_only=False)
    assert (found.running, found.version) == (False, "2.6.3")
    (report,) = found.relationships
    assert report.problem == "kea-dhcp4 does not run on this host"
    assert report.peer_address == "192.0.2.2"
    assert kea.control.saved_phases() == {}
    assert [half.name for half in kea.control.configured()] == ["x"]


def test_a_daemon_that_runs_but_does_not_answer(kea: Substitute) -> None:
    with pytest.raises(ControlError, match="Run this as root"):
        kea.control.answer(None, states_only=True)


def test_a_daemon_without_socket(kea: Substitute) -> None:
    kea.write({name: value for name, value in configuration(kea.folder).items() if name != "control-socket"})
    with pytest.raises(NoAccessError, match="control-socket"):
        kea.control.answer(None, states_only=True)


def test_an_unknown_relationship(kea: Substitute) -> None:
    with kea, pytest.raises(ControlError, match="Known: x"):
        kea.control.answer(["y"], states_only=True)


def test_a_configuration_that_cannot_be_read(kea: Substitute) -> None:
    (kea.folder / "kea-dhcp4.conf").write_text('{ "Dhcp4": { ')
    with pytest.raises(ControlError, match="kea-dhcp4 -t"):
        kea.control.answer(None, states_only=True)


def test_included_files_are_read_and_belong_to_the_deployment(kea: Substitute) -> None:
    included = kea.folder / "networks.json"
    data = configuration(kea.folder)
    included.write_text(json.dumps(data.pop("subnet4")))
    text = json.dumps({"Dhcp4": {**data, "subnet4": "HERE"}}).replace('"HERE"', f'<?include "{included}"?>')
    (kea.folder / "kea-dhcp4.conf").write_text(text)
    assert [pool.subnet for pool in kea.control.read_config().pools] == ["192.0.2.0/24"]
    old = time.time() - 3600
    os.utime(kea.folder / "kea-dhcp4.conf", (old, old))
    found = answer(kea, states_only=False).deployment
    assert found is not None
    assert (found.step, list(found.files)) == (Step.UNREAD, [str(included)])


def test_a_fault_about_the_connection_is_over_when_the_partner_is_heard(kea: Substitute) -> None:
    kea.journal = [
        "1795371590.5 h kea-dhcp4[17]: HA_STATE_TRANSITION x-primary: server transitions from READY to HOT-STANDBY "
        "state, partner state is READY",
        "1795371599.5 h kea-dhcp4[17]: HA_HEARTBEAT_COMMUNICATIONS_FAILED x-primary: failed to send heartbeat to "
        "x-secondary (http://192.0.2.2:8000/): Connection refused",
    ]
    found = answer(kea, states_only=False)
    assert found.faults == []
    assert found.relationships[0].since == "2026-11-22T18:19:50Z"
    kea.status = RECORDED["3.0.4 partner just killed: standby"]
    (fault,) = answer(kea, states_only=False).faults or ()
    assert (fault.kind, fault.relationship) == ("partner-unreachable", "x")


def test_a_database_that_is_no_file(kea: Substitute) -> None:
    kea.write({**configuration(kea.folder), "lease-database": {"type": "mysql", "name": "kea"}})
    with pytest.raises(ControlError, match="of type mysql"):
        KeaControl(str(kea.folder / "kea-dhcp4.conf")).count_leases(Selection())


def test_a_database_that_is_no_table(kea: Substitute) -> None:
    (kea.folder / "leases.csv").write_text("x\n")
    with pytest.raises(ControlError, match="first line"):
        kea.control.count_leases(Selection())


ROW = "192.0.2.11,02:00:00:00:00:0b,,600,2000000000,1,0,0,{},0,,0\n"


def names_of(kea: Substitute) -> list[str | None]:
    kea.runs = False
    return [lease.client_hostname for lease in kea.control.leases(Selection(), 10)[0]]


def test_the_files_of_a_cleanup(kea: Substitute) -> None:
    path = kea.folder / "leases.csv"
    for end in ("", ".1", ".2", ".completed"):
        path.with_name(path.name + end).write_text(HEADER + ROW.format(f"in{end}"))
    assert names_of(kea) == ["in"]
    path.unlink()
    assert names_of(kea) == ["in.completed"]
    path.with_name("leases.csv.completed").unlink()
    assert names_of(kea) == ["in.1"]
    path.with_name("leases.csv.1").unlink()
    assert names_of(kea) == ["in.2"]


def test_a_cleanup_that_begins_while_the_files_are_opened(kea: Substitute, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kea.folder / "leases.csv"
    path.write_text(HEADER + ROW.format("before"))
    opened = status_module.open_lease_files
    times = []

    def move_meanwhile(name: str, stack: ExitStack) -> Iterator[BinaryIO]:
        found = list(opened(name, stack))
        times.append(len(found))
        if len(times) == 1:
            path.rename(path.with_name("leases.csv.1"))
            path.write_text(HEADER + ROW.format("after"))
        return iter(found)

    monkeypatch.setattr(status_module, "open_lease_files", move_meanwhile)
    assert names_of(kea) == ["after"]
    assert times == [1, 2]


def test_files_that_are_always_moved(kea: Substitute, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(status_module, "_identities", lambda _name: [(0, next(numbers))])
    with pytest.raises(ControlError, match="was replaced 3 times"):
        names_of(kea)


def test_a_named_database_must_be_there(kea: Substitute) -> None:
    assert kea.control.count_leases(Selection()) == []
    with pytest.raises(ControlError, match="lease database /no/such: No such file"):
        KeaControl(kea.control.config, lease_file="/no/such").count_leases(Selection())
