# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment to a host that is a folder, with a daemon that is a few lines: what runs, what is kept, what comes back.

It is killed before each of its steps, and the next run has to end well.
"""

from __future__ import annotations

import errno
import grp
import hashlib
import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host import transaction as module
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    Daemon,
    Interface,
    Managed,
    ManagedFile,
    Unit,
    firewall_files,
    firewall_zone,
    interface_files,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import LockedError, held_by_others
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import revision
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import (
    Journal,
    RefusedError,
    Transaction,
    dropping_tables,
    follow_up,
    judge_start,
    last_lines,
    merged_leases,
    must_restart,
    with_secret,
    zone_commands,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How

USER, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
OLD, NEW, BROKEN, REFUSED = b"serve old\n", b"serve new\n", b"crash\n", b"nonsense\n"
OLD_LEASE, NEW_LEASE = b"lease 192.0.2.1 { old; }\n", b"lease 192.0.2.2 { new; }\n"


class Host:
    """A server: its files below `root`, and systemd, journald and the daemon as far as a deployment sees them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.conf, self.unit, self.key = root / "dhcpd.conf", root / "dhcpd.service", root / "omapi.conf"
        self.leases, self.runtime = root / "dhcpd.leases", root / "run"
        self.runs: bytes | None = None  # the configuration that the daemon has read
        self.starts = 0
        self.enabled = self.stale = False
        self.key_text = b'secret "";'
        self.lines: list[str] = []
        self.calls: list[str] = []

    def table(self, conf: bytes) -> Managed:
        own: dict[str, Any] = {"owner": USER, "group": GROUP, "mode": "0644"}

        def row(path: Path, text: bytes, **more: Any) -> ManagedFile:
            checksum = hashlib.sha256(text).hexdigest()
            return ManagedFile("config", str(path), "some.j2", **{**own, "sha256": checksum, **more})

        self.contents = {str(self.conf): conf, str(self.unit): b"unit", str(self.key): self.key_text}
        return Managed(
            "Debian",
            Daemon(
                "dhcpd",
                str(self.unit),
                str(self.conf),
                (str(self.conf), str(self.unit)),
                str(self.runtime),
                str(self.leases),
                USER,
                "Server starting service",
                "^(Copyright|$)",
            ),
            (
                row(self.conf, conf, check=("dhcpd", "-t")),
                row(self.unit, b"unit"),
                row(self.key, self.key_text, sensitive=True, mode="0640"),
            ),
            lock=str(self.root / "lock"),
        )

    def save(self) -> None:
        """What systemd knows survives a process that is killed."""
        known = [(self.runs or b"").decode(), self.starts, self.enabled, self.stale, self.lines]
        (self.root / "systemd").write_text(json.dumps(known))

    def load(self) -> None:
        runs, self.starts, self.enabled, self.stale, self.lines = json.loads((self.root / "systemd").read_text())
        self.runs = runs.encode() or None

    def start(self) -> None:
        self.starts += 1
        self.runs = self.conf.read_bytes() if self.conf.exists() else b"nothing"
        self.lines = ["Copyright", f"reads {self.runs!r}"]
        if not self.runs.startswith(b"serve"):
            self.runs = None
            self.lines.append("no way to go on")
            return
        self.lines.append("Server starting service.")
        self.runtime.mkdir(exist_ok=True)
        os.utime(self.runtime)
        # It writes its database anew: what it does not know is gone, and a client comes.
        kept = self.leases.read_bytes() if self.runs == OLD and self.leases.exists() else b""
        fresh = self.root / "leases.tmp"
        fresh.write_bytes(b"authoring-byte-order little-endian;\n" + kept + (NEW_LEASE if self.runs == NEW else b""))
        fresh.replace(self.leases)

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.calls.append(" ".join(words))
        out, err, status = "", "", 0
        if words[0] == "dhcpd":
            status = 1 if Path(words[-1]).read_bytes() == REFUSED else 0
            err = "Copyright\nnonsense: line 1\n" if status else "WARNING: a thing\n"
        elif words[0] == "journalctl":
            out = "\n".join(self.lines)
        elif words[1] == "show":
            out = "\n".join(
                [
                    "LoadState=loaded",
                    f"ActiveState={'active' if self.runs else 'failed' if self.starts else 'inactive'}",
                    f"UnitFileState={'enabled' if self.enabled else 'disabled'}",
                    f"FragmentPath={self.unit if self.unit.exists() else '/lib/dhcpd.service'}",
                    f"InvocationID={self.starts}",
                    f"NeedDaemonReload={'yes' if self.stale else 'no'}",
                ]
            )
        elif words[1] == "enable":
            self.enabled = True
        elif words[1] == "stop":
            self.runs = None
        elif words[1] in ("start", "restart"):
            self.start()
        if words[0] == "systemctl" and words[1] != "show":
            self.save()
        return subprocess.CompletedProcess(list(words), status, out, err)

    def transaction(self, conf: bytes, **more: Any) -> Transaction:
        table = self.table(conf)
        return Transaction(table, self.run, self.contents, **more)

    def deploy(self, conf: bytes) -> Transaction:
        for state in ("stage", "activate"):
            found = self.transaction(conf)
            getattr(found, state)()
        return found

    def reach(self, state: str, conf: bytes, run: str = "one", dead: str = "", **more: Any) -> Transaction:
        """As the module does it; the host was compared just before unless a revision is given."""
        found = self.transaction(conf, **more)
        found.table = replace(found.table, revision=revision(found.table))
        found.reach(state, [], {"run": run, "who": run, "dead": dead})
        return found

    @property
    def journal(self) -> Path:
        return Path(f"{self.conf}.unproven")


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    found = confirmed(tmp_path)
    found.calls.clear()
    return found


def test_a_first_deployment(host: Host) -> None:
    assert (host.runs, host.enabled, host.starts, host.journal.exists()) == (OLD, True, 1, False)
    assert OLD_LEASE in host.leases.read_bytes()


def test_files_of_a_daemon_that_does_not_read_them_now(host: Host) -> None:
    staged = Path(f"{host.conf}.staged")
    staged.touch()
    key = host.key.read_bytes()
    assert host.transaction(NEW).put()
    assert (host.conf.read_bytes(), host.key.read_bytes(), staged.exists()) == (NEW, key, False)
    assert not host.transaction(NEW).put()
    other = b"serve other\n"
    assert host.transaction(NEW).put({str(host.conf): other})
    assert (host.conf.read_bytes(), host.runs, host.starts) == (other, OLD, 1)
    with pytest.raises(RefusedError, match="nonsense"):
        host.transaction(REFUSED).put()
    assert host.conf.read_bytes() == other


def test_a_second_run_changes_nothing(host: Host) -> None:
    for state in ("stage", "activate", "confirm", "restore"):
        again = host.transaction(OLD)
        getattr(again, state)()
        assert not again.result.changed, state
    assert host.starts == 1


def test_check_mode_shows_the_change_and_makes_none(host: Host) -> None:
    before = {path: path.read_bytes() for path in host.root.iterdir() if path.is_file()}
    checked = host.transaction(NEW, check=True)
    checked.stage()
    checked.activate()
    assert checked.result.changed
    assert [(item["before"], item["after"]) for item in checked.result.diff] == [(OLD.decode(), NEW.decode())]
    assert {path: path.read_bytes() for path in host.root.iterdir() if path.is_file()} == before


def test_a_refused_file_is_not_activated(host: Host) -> None:
    with pytest.raises(RefusedError, match=r"(?s)is refused.*dhcpd.conf.staged.*\nnonsense: line 1$"):
        host.transaction(REFUSED).stage()
    assert (host.conf.read_bytes(), host.starts) == (OLD, 1)


def test_the_daemon_s_warnings_are_told(host: Host) -> None:
    staged = host.transaction(NEW)
    staged.stage()
    assert staged.result.warnings == ["WARNING: a thing"]


def test_what_somebody_else_has_staged_is_not_activated(host: Host) -> None:
    host.transaction(NEW).stage()
    host.transaction(b"serve other\n").stage()
    with pytest.raises(RefusedError, match="not the file that this run staged"):
        host.transaction(NEW).activate()
    assert (host.conf.read_bytes(), host.starts, host.journal.exists()) == (OLD, 1, False)


def test_what_somebody_else_has_activated_is_not_confirmed(host: Host) -> None:
    host.deploy(NEW)
    host.deploy(b"serve other\n")
    with pytest.raises(RefusedError, match="not what this run has activated"):
        host.transaction(NEW).confirm()
    assert host.journal.exists()
    host.transaction(b"serve other\n").confirm()
    with pytest.raises(RefusedError, match="not what this run has activated"):
        host.transaction(NEW).confirm()


def test_what_does_not_run_is_not_confirmed(host: Host) -> None:
    host.deploy(NEW)
    later = host.runtime.stat().st_mtime + 1
    os.utime(host.conf, (later, later))
    with pytest.raises(RefusedError, match=r"has not read \S+dhcpd.conf, so"):
        host.transaction(NEW).confirm()
    host.start()
    os.utime(host.runtime, (later, later))
    host.runs = None
    with pytest.raises(RefusedError, match="does not run, so"):
        host.transaction(NEW).confirm()
    assert host.journal.exists()


def test_a_second_deployment_is_refused_until_the_first_has_ended(host: Host) -> None:
    for state in ("staged", "active", "confirmed"):
        host.reach(state, NEW)
        for other in ("staged", "active", "confirmed", "restored") if state != "confirmed" else ():
            for check in (False, True):
                with pytest.raises(LockedError, match="one has been deploying to this server"):
                    host.reach(other, b"serve other\n", "two", check=check)
    assert host.runs == NEW
    host.reach("staged", b"serve other\n", "two")


def test_check_mode_takes_no_lock(host: Host) -> None:
    host.reach("staged", NEW, check=True)
    assert not (host.root / "lock").exists()


@pytest.mark.parametrize("conf, states", [(REFUSED, ["staged"]), (BROKEN, ["staged", "active"])])
def test_a_failure_ends_the_lock(host: Host, conf: bytes, states: list[str]) -> None:
    for state in states[:-1]:
        host.reach(state, conf)
    with pytest.raises(RefusedError):
        host.reach(states[-1], conf)
    host.reach("staged", NEW, "two")


def test_a_restore_ends_the_lock(host: Host) -> None:
    for state in ("staged", "active", "restored"):
        host.reach(state, NEW)
    host.reach("staged", NEW, "two")


def test_a_host_that_has_changed_since_it_was_compared_is_refused(host: Host) -> None:
    compared = host.transaction(NEW)
    compared.table = replace(compared.table, revision=revision(compared.table))
    for state in ("staged", "active", "confirmed"):
        host.reach(state, b"serve other\n", "two")
    owner = {"run": "one", "who": "one", "dead": ""}
    with pytest.raises(RefusedError, match="has changed since it was compared"):
        compared.reach("staged", [], owner)
    assert host.runs == b"serve other\n"
    # Not if this run has changed it, under its lock.
    host.reach("staged", NEW)
    compared.reach("staged", [], owner)


@pytest.mark.parametrize("service, ends", [("active", True), ("failed", False)])
def test_preparing_ends_the_lock_if_nothing_else_is_to_be_done(host: Host, service: str, ends: bool) -> None:
    if service == "failed":
        host.runs = None
    for sections, ended in ((["interface"], False), (["package", "firewall"], ends)):
        found = host.transaction(OLD)
        found.table = replace(found.table, revision=revision(found.table))
        found.reach("prepared", sections, {"run": "one", "who": "one", "dead": ""})
        assert (held_by_others(host.root / "lock", "two") is None) == ended


def test_a_package_that_starts_its_daemon_is_held_back(host: Host) -> None:
    run, calls = host.run, host.calls

    def without_the_unit(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        done = run(words)
        done.stdout = done.stdout.replace("LoadState=loaded", "LoadState=not-found")
        return done

    host.run = without_the_unit  # type: ignore[method-assign]
    host.transaction(OLD).prepare(["interface"])
    assert calls[-1] == "systemctl mask --runtime dhcpd.service"
    host.transaction(OLD).prepare(["package", "firewall"])
    assert "systemctl unmask --runtime dhcpd.service" in calls


def test_a_daemon_that_does_not_come_up_gets_its_configuration_back(host: Host) -> None:
    with pytest.raises(
        RefusedError, match=r"(?s)not activated.*runs with the previous one.*did not come up.*no way to go on$"
    ):
        host.deploy(BROKEN)
    assert (host.runs, host.journal.exists()) == (OLD, False)
    assert Path(f"{host.conf}.staged").read_bytes() == BROKEN


def test_a_daemon_that_does_not_come_up_with_its_previous_configuration_either_is_a_failure(host: Host) -> None:
    host.deploy(NEW)
    Path(f"{host.conf}.previous").write_bytes(BROKEN)
    with pytest.raises(RefusedError, match="does not come up with the previous one either"):
        host.transaction(NEW).restore()
    assert (host.runs, host.conf.read_bytes(), host.journal.exists()) == (None, BROKEN, False)


def test_a_configuration_that_is_a_link_is_one_again(host: Host) -> None:
    elsewhere = host.root / "elsewhere.conf"
    host.conf.rename(elsewhere)
    host.conf.symlink_to(elsewhere.name)
    with pytest.raises(RefusedError, match="runs with the previous one"):
        host.deploy(BROKEN)
    assert (host.runs, host.conf.readlink(), elsewhere.read_bytes()) == (OLD, Path(elsewhere.name), OLD)


def test_a_daemon_that_was_held_back_is_released(host: Host) -> None:
    host.runs, run = None, host.run

    def masked(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        done = run(words)
        done.stdout = done.stdout.replace("LoadState=loaded", "LoadState=masked")
        return done

    host.run = masked  # type: ignore[method-assign]
    host.deploy(OLD)
    assert host.calls.index("systemctl unmask --runtime dhcpd.service") < host.calls.index(
        "systemctl enable dhcpd.service"
    )


def test_any_failure_on_the_way_is_taken_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.transaction(NEW).stage()
    run, failures = host.run, iter([1])

    def failing(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if words[-1] == "daemon-reload" and next(failures, 0):
            return subprocess.CompletedProcess(list(words), 1, "", "no space left")
        return run(words)

    monkeypatch.setattr(host, "run", failing)
    with pytest.raises(RefusedError, match=r"(?s)runs with the previous one.*daemon-reload: no space left$"):
        host.transaction(NEW).activate()
    assert (host.runs, host.conf.read_bytes(), host.journal.exists()) == (OLD, OLD, False)


def test_systemd_reads_changed_units_without_a_restart(host: Host) -> None:
    host.stale = True
    again = host.transaction(OLD)
    again.activate()
    assert again.result.changed
    assert (host.calls[-1], host.starts) == ("systemctl daemon-reload", 1)


def test_a_rollback_keeps_the_leases_of_both(host: Host) -> None:
    host.deploy(NEW)
    assert OLD_LEASE not in host.leases.read_bytes()
    assert host.journal.exists()
    assert "runs with the previous one" in host.transaction(NEW).restore()
    assert host.runs == OLD
    leases = host.leases.read_bytes()
    assert leases.index(OLD_LEASE) < leases.index(NEW_LEASE)


def test_a_stopped_service_is_stopped_again(host: Host) -> None:
    host.runs = None
    host.deploy(NEW)
    restored = host.transaction(NEW)
    assert "stopped, as it was before" in restored.restore()
    assert restored.result.stopped
    assert (host.runs, host.conf.read_bytes()) == (None, OLD)


def test_another_unit_s_daemon_is_stopped_before_its_unit_goes(host: Host) -> None:
    host.unit.unlink()
    host.deploy(NEW)
    assert host.calls.index("systemctl stop dhcpd.service") < host.calls.index("systemctl daemon-reload")
    host.transaction(NEW).restore()
    assert not host.unit.exists()


@pytest.mark.parametrize("conf", [NEW, BROKEN])
def test_another_unit_runs_until_the_new_configuration_does(host: Host, conf: bytes) -> None:
    """Without it, the partner would be lost before the restart."""
    used = [True]
    states: list[tuple[bytes, bool]] = []

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if not words[-1].startswith("agent"):
            return host.run(words)
        if words[1] in ("enable", "disable"):
            used[0] = words[1] == "enable"
            states.append((host.conf.read_bytes(), used[0]))
        return subprocess.CompletedProcess([], 0, f"ActiveState={'active' if used[0] else 'inactive'}\n", "")

    def transaction() -> Transaction:
        table = replace(host.table(conf), units=(Unit("service", "agent", present=False),))
        return Transaction(table, run, host.contents)

    transaction().prepare(["package", "firewall"])
    transaction().stage()
    assert states == []
    if conf == BROKEN:
        with pytest.raises(RefusedError, match="previous configuration is back"):
            transaction().activate()
        assert states == [(BROKEN, False), (OLD, True)]
        return
    transaction().activate()
    assert transaction().result.changed is False
    assert states == [(NEW, False)]
    transaction().restore()
    assert states == [(NEW, False), (OLD, True)]


class Full:
    """A file system that has no space for data, below these names. Renames, links and removals need none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.names = names
        fsync = os.fsync

        def failing(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            if path.is_file() and any(name in path.name for name in self.names):
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", failing)


NO_SPACE = r"No space left on device\. Its file system has \d+ \S+ free\. Free some space, then run this again\.$"


@pytest.mark.parametrize("name", ["dhcpd.conf.staged", "omapi.conf"])
def test_without_space_for_the_new_files_the_server_runs_as_before(
    host: Host, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Full(monkeypatch, name)
    host.key.chmod(0o600 if name == "omapi.conf" else 0o640)
    with pytest.raises(RefusedError, match=rf"^The server runs as before\. \S+{name}\S*: {NO_SPACE}"):
        host.reach("staged", NEW)
    assert (host.runs, host.conf.read_bytes(), host.starts) == (OLD, OLD, 1)
    assert not [path for path in host.root.iterdir() if path.name.endswith(".new")]
    host.key.chmod(0o640)
    host.reach("active", OLD, "two")


@pytest.mark.parametrize("later", [False, True])
def test_without_space_for_the_journal_the_previous_files_are_back(
    host: Host, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    """later: the file system is full when the daemon has the new files."""
    host.reach("staged", NEW)
    full = Full(monkeypatch, *([] if later else ["unproven"]))
    start = host.start

    def fill() -> None:
        start()
        full.names = ("unproven", "leases.restored")

    host.start = fill  # type: ignore[method-assign]
    with pytest.raises(RefusedError, match=rf"(?s)^The new configuration was not activated\. .*unproven.*: {NO_SPACE}"):
        host.reach("active", NEW)
    assert (host.runs, host.conf.read_bytes()) == (OLD, OLD)
    assert OLD_LEASE in host.leases.read_bytes() + Path(f"{host.leases}.previous").read_bytes()


def test_without_space_for_both_databases_the_daemon_runs_and_none_is_lost(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.deploy(NEW)
    full = Full(monkeypatch, "leases.restored")
    with pytest.raises(RefusedError, match=r"lacks those leases from before .* They are in \S+\.previous"):
        host.reach("restored", NEW)
    assert (host.runs, host.conf.read_bytes(), host.journal.exists()) == (OLD, OLD, True)
    full.names = ()
    host.reach("restored", NEW)
    assert OLD_LEASE in host.leases.read_bytes()
    assert NEW_LEASE in host.leases.read_bytes()
    assert not host.journal.exists()


def test_the_key_is_made_once_and_never_shown(host: Host) -> None:
    key = host.key.read_bytes()
    assert len(key) > len(b'secret "";') + 32
    host.key.chmod(0o600)
    again = host.transaction(OLD)
    again.stage()
    assert (again.result.changed, again.result.diff) == (True, [])
    host.transaction(OLD).activate()
    assert (host.key.read_bytes(), host.key.stat().st_mode & 0o777) == (key, 0o640)


def test_another_key_comes_and_goes_with_the_configuration(host: Host) -> None:
    """Between these steps the daemon can be asked with the key that it has read."""
    old = host.key.read_bytes()
    host.key_text = b'port 1; secret "";'
    host.transaction(NEW).stage()
    assert host.key.read_bytes() == old
    host.transaction(NEW).activate()
    assert host.key.read_bytes() == b"port 1; " + old
    host.transaction(NEW).restore()
    assert host.key.read_bytes() == old


def test_a_key_that_no_daemon_could_have_read_is_replaced_before_the_test(host: Host) -> None:
    host.key.write_bytes(b"nonsense")
    host.transaction(OLD).stage()
    assert b'secret "' in host.key.read_bytes()


# What Python reports before a call that changes a file or its name.
EFFECTS = {"os.rename", "os.link", "os.remove", "os.chown", "os.chmod", "os.utime", "os.mkdir", "os.truncate"}


def killed_at(host: Host, step: int, *calls: Callable[[], object]) -> bool:
    """Whether these calls came so far that they were killed: with SIGKILL, before their effect of that number.

    An effect is a file that is opened for writing, written to the disk or renamed and so on, or a command of systemd.
    """
    process = os.fork()
    if process == 0:
        left, watching = step, True

        def count() -> None:
            nonlocal left
            left -= watching
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            if event in EFFECTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES):
                count()

        run = host.run

        def counted(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
            nonlocal watching
            if words[0] != "journalctl" and "show" not in words:
                count()
            # What systemd and the daemon do is not killed with us.
            watching = False
            done = run(words)
            watching = True
            return done

        os.fsync = lambda _descriptor: count()
        host.run = counted  # type: ignore[method-assign]
        sys.addaudithook(watch)
        try:
            for call in calls:
                call()
        except RefusedError:
            pass
        finally:
            os._exit(0)
    status = os.waitpid(process, 0)[1]
    host.load()
    return os.WIFSIGNALED(status)


WRITES = os.O_WRONLY | os.O_RDWR


def confirmed(root: Path) -> Host:
    """A server that runs what was deployed and confirmed, and has granted a lease since."""
    root.mkdir(exist_ok=True)
    found = Host(root)
    found.deploy(OLD)
    found.transaction(OLD).confirm()
    found.save()
    with found.leases.open("ab") as stream:
        stream.write(OLD_LEASE)
    return found


STEPS = range(1, 200)
# Whether the daemon dies as well, and systemd starts it again with the files as they are.
CRASH = pytest.mark.parametrize("crash", [False, True])


def kill(host: Host, step: int, conf: bytes, crash: bool, *states: str) -> bool:
    """A deployment that is killed. crash: by a power cut, so that the daemon has started with the files as they are."""
    killed = killed_at(host, step, *(lambda state=state: host.reach(state, conf) for state in states))
    if crash:
        # /run is empty.
        (host.root / "lock").unlink(missing_ok=True)
        host.start()
    return killed


@CRASH
def test_killed_anywhere_the_next_deployment_ends_it(tmp_path: Path, crash: bool) -> None:
    for step in STEPS:
        server = confirmed(tmp_path / str(step))
        was_killed = kill(server, step, NEW, crash, "staged", "active", "confirmed")
        # On the same controller, which sees that the first run is dead.
        for state in ("staged", "active"):
            server.reach(state, NEW, "two", dead="one")
        assert (server.runs, server.conf.read_bytes()) == (NEW, NEW), step
        if not was_killed:
            assert step > 40
            return
        if server.journal.exists():
            server.reach("restored", NEW, "two")
            assert server.runs == OLD, step
            assert OLD_LEASE in server.leases.read_bytes(), step
    raise AssertionError("it has more steps than are tried")


@CRASH
@pytest.mark.parametrize("conf", [NEW, BROKEN])
def test_killed_anywhere_it_can_be_restored_with_all_leases(tmp_path: Path, conf: bytes, crash: bool) -> None:
    for step in STEPS:
        server = confirmed(tmp_path / str(step))
        was_killed = kill(server, step, conf, crash, "staged", "active")
        server.reach("restored", conf, "two", dead="one")
        assert (server.runs, server.conf.read_bytes(), server.journal.exists()) == (OLD, OLD, False), step
        assert OLD_LEASE in server.leases.read_bytes(), step
        if not was_killed:
            return
    raise AssertionError("it has more steps than are tried")


@pytest.mark.parametrize("then", [OLD, NEW])
def test_a_rollback_that_was_killed_is_ended_by_the_next(tmp_path: Path, then: bytes) -> None:
    for step in STEPS:
        server = confirmed(tmp_path / str(step))
        server.deploy(NEW)
        was_killed = killed_at(server, step, lambda server=server: server.reach("restored", NEW))
        if then == NEW:
            for state in ("staged", "active"):
                server.reach(state, NEW, "two", dead="one")
            assert (server.runs, server.conf.read_bytes()) == (NEW, NEW), step
        if server.journal.exists():
            server.reach("restored", NEW, "two", dead="one")
        assert (server.runs, server.conf.read_bytes(), server.journal.exists()) == (OLD, OLD, False), step
        assert OLD_LEASE in server.leases.read_bytes(), step
        assert NEW_LEASE in server.leases.read_bytes(), step
        if not was_killed:
            return
    raise AssertionError("it has more steps than are tried")


def test_a_later_restart_does_not_replace_the_leases_from_before(host: Host) -> None:
    host.deploy(NEW)
    host.deploy(b"serve third\n")
    host.transaction(OLD).restore()
    assert OLD_LEASE in host.leases.read_bytes()


def test_what_serves_is_not_restarted_by_the_next_run(host: Host) -> None:
    host.deploy(NEW)
    starts = host.starts
    host.deploy(NEW)
    assert host.starts == starts


def test_a_restart_whose_end_nobody_saw_is_repeated(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.deploy(NEW)
    host.runs = None
    run = host.run

    def killed_after_the_restart(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        done = run(words)
        if words[1] == "restart":
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch:
        patch.setattr(host, "run", killed_after_the_restart)
        with pytest.raises(KeyboardInterrupt):
            host.transaction(NEW).activate()
    starts = host.starts
    assert host.runs == NEW
    host.transaction(NEW).activate()
    assert host.starts == starts + 1


def test_a_journal_that_cannot_be_read_is_not_guessed_at(host: Host) -> None:
    host.journal.write_text("half")
    with pytest.raises(RefusedError, match="unproven cannot be read"):
        host.transaction(NEW).activate()


# Decisions

UP = {"ActiveState": "active", "InvocationID": "7"}


@pytest.mark.parametrize(
    "lines, unit, expected",
    [
        (["Server starting service."], UP, True),
        (["reads its leases"], UP, None),
        ([], {**UP, "ActiveState": "activating"}, None),
        ([], {**UP, "ActiveState": "activating", "SubState": "auto-restart"}, False),
        (["Server starting service."], {**UP, "ActiveState": "failed"}, False),
        ([], {**UP, "InvocationID": "8"}, False),
        ([], {"ActiveState": "inactive", "InvocationID": ""}, False),
        ([], {}, False),
    ],
)
def test_whether_a_start_succeeded(lines: list[str], unit: dict[str, str], expected: bool | None) -> None:
    assert judge_start(lines, unit, "7", "Server starting service") is expected


def journal(step: str) -> Journal:
    return Journal(step, True, "/u", "1", (), 0.0)


@pytest.mark.parametrize(
    "unit, unread, step, expected",
    [
        (UP, [], None, False),
        (UP, ["/etc/dhcp/dhcpd.conf"], None, True),
        ({"ActiveState": "failed"}, [], None, True),
        (UP, [], module.SERVING, False),
        (UP, [], module.SWAP, True),
        (UP, [], module.RESTART, True),
    ],
)
def test_what_has_to_be_read_again(unit: dict[str, str], unread: list[str], step: str | None, expected: bool) -> None:
    assert must_restart(unit, unread, journal(step) if step else None) is expected


def test_the_last_lines_are_those_about_the_fault() -> None:
    assert last_lines(["Copyright 2", *map(str, range(40)), ""], "^(Copyright|$)") == "\n".join(map(str, range(10, 40)))


def test_a_secret_stays_and_a_missing_one_is_made() -> None:
    text = b'key k { secret ""; };\n'
    assert with_secret(text, b'secret "abc";') == b'key k { secret "abc"; };\n'
    made = {with_secret(text, b"") for _attempt in range(2)}
    assert len(made) == 2
    assert all(len(each) >= len(text) + 32 for each in made)


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ([b"a\n"], [b"b\n"], [b"a\n", b"b\n"]),
        ([b"a"], [b"b\n"], [b"a", b"\n", b"b\n"]),
        (
            [b"authoring-byte-order x;\n", b"a\n"],
            [b"authoring-byte-order x;\n", b"b\n"],
            [b"authoring-byte-order x;\n", b"a\n", b"b\n"],
        ),
        ([], [b"authoring-byte-order x;\n"], [b"authoring-byte-order x;\n"]),
        (
            [b"address,hwaddr,client_id\n", b"192.0.2.1,,\n"],
            [b"address,hwaddr,client_id\n", b"192.0.2.2,,\n"],
            [b"address,hwaddr,client_id\n", b"192.0.2.1,,\n", b"192.0.2.2,,\n"],
        ),
    ],
)
def test_two_databases_are_one(before: list[bytes], after: list[bytes], expected: list[bytes]) -> None:
    assert list(merged_leases(before, after)) == expected


def firewalled() -> Managed:
    files = (*(row for row in interface_files(["ens9"]) if row.provider == "ifupdown"), *firewall_files(True))
    units = (Unit("firewall", "firewalld"), Unit("firewall", "dhcp-server-firewall", reads=("/r",)))
    daemon = Daemon("d", "/u", "/c", (), "/run/d", "/l", USER, "", "")
    return Managed("Debian", daemon, files, units, tables=("inet dhcp_server",))


def difference(subject: str, aspect: str = "", kind: How = How.MISSING, **more: str) -> Difference:
    return Difference("any", kind, subject, "it differs", aspect, **more)


LOAD = [("systemctl", "daemon-reload"), ("systemctl", "restart", "dhcp-server-firewall")]


@pytest.mark.parametrize(
    "differences, expected",
    [
        ([], []),
        ([difference("/etc/network/interfaces.d/dhcp-server-ens9")], [("ifup", "--force", "ens9")]),
        ([difference("ens9", "address")], [("ifup", "--force", "ens9")]),
        ([difference("/etc/nftables.d/dhcp-server.nft"), difference("inet dhcp_server")], LOAD),
        ([difference("inet dhcp_server")], LOAD),
        ([difference("dhcp-server-firewall", "/r", How.UNREAD)], LOAD),
        ([difference("firewalld", "active", How.DIFFERENT)], [("systemctl", "start", "firewalld")]),
        (
            [difference("firewalld", "enabled", How.DIFFERENT)],
            [
                ("systemctl", "daemon-reload"),
                ("systemctl", "unmask", "firewalld"),
                ("systemctl", "enable", "firewalld"),
            ],
        ),
        ([difference("/usr/sbin/nft")], []),
    ],
)
def test_what_follows_a_change(differences: list[Difference], expected: list[tuple[str, ...]]) -> None:
    assert follow_up(firewalled(), differences) == expected


def test_a_zone_is_put_right() -> None:
    zone = firewall_zone("dmz", ["dhcp"], [("192.0.2.1", 647)], [647])
    found = [
        difference("zone dmz", "permanent", wanted="service dhcp"),
        difference("zone dmz", "runtime", How.EXTRA, found="rule old"),
    ]
    assert zone_commands(zone, found) == [
        ("firewall-cmd", "--permanent", "--zone=dmz", "--add-service=dhcp"),
        ("firewall-cmd", "--zone=dmz", "--remove-rich-rule=rule old"),
    ]


CHAIN = '{"chain": {"table": "%s", "hook": "%s", "policy": "%s"}}'


def test_tables_of_others_that_drop() -> None:
    chains = [("filter", "input", "drop"), ("filter", "output", "drop"), ("dhcp_server", "input", "drop")]
    listing = ", ".join(CHAIN % chain for chain in chains)
    assert dropping_tables(f'{{"nftables": [{{"metainfo": {{}}}}, {listing}]}}') == ["filter"]
    assert dropping_tables("") == []


def test_the_rules_of_another_firewall_are_removed(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("table")
    row = ManagedFile("firewall", str(rules), about="dhcp-server-firewall", present=False)
    daemon = Daemon("d", "/u", "/c", (), "/run/d", "/l", USER, "", "")
    unit = Unit("firewall", "dhcp-server-firewall", present=False)
    calls: list[str] = []

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        calls.append(" ".join(words))
        return subprocess.CompletedProcess(list(words), 0, "ActiveState=inactive" if words[1] == "show" else "[]", "")

    Transaction(Managed("Debian", daemon, (row,), (unit,)), run).prepare(["firewall"])
    assert not rules.exists()
    assert calls[-2:] == ["systemctl disable --now dhcp-server-firewall", "systemctl daemon-reload"]


@pytest.mark.parametrize("refused", [False, True])
def test_an_interface_gets_its_address_from_what_runs(tmp_path: Path, refused: bool) -> None:
    """systemd-networkd runs and gives the address. refused: the interface is the one by which Ansible comes in."""
    address, here = "172.16.1.100/24", [{"family": "inet", "local": "10.0.0.5", "prefixlen": 24}]
    calls = []

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        calls.append(" ".join(words))
        out = ""
        if calls[-1] == "networkctl reload":
            here.append({"family": "inet", "local": "172.16.1.100", "prefixlen": 24})
        elif calls[-1] == "ip -json address show":
            out = json.dumps([{"ifname": "ens9", "addr_info": here}])
        elif words[-1] == "systemd-networkd.service":
            out = "ActiveState=active"
        return subprocess.CompletedProcess(list(words), 0 if out else 1 if words[0] == "ifquery" else 0, out, "")

    def row(provider: str, *after: str) -> ManagedFile:
        return ManagedFile(
            "interface",
            str(tmp_path / provider),
            "one.j2",
            about="ens9",
            provider=provider,
            owner=USER,
            group=GROUP,
            mode="0644",
            after=(after,),
            sha256=hashlib.sha256(b"text").hexdigest(),
        )

    rows = (row("systemd-networkd", "networkctl", "reload"), row("ifupdown", "ifup", "ens9"))
    daemon = Daemon("d", "/u", "/c", (), "/run/d", "/l", USER, "", "")
    table = Managed("Debian", daemon, rows, interfaces=(Interface("ens9", address),))
    table = replace(table, reached_at="10.0.0.5" if refused else "")
    transaction = Transaction(table, run, {each.path: b"text" for each in rows})
    if refused:
        with pytest.raises(RefusedError, match="by which Ansible reaches this host"):
            transaction.prepare(["interface"])
    else:
        transaction.prepare(["interface"])
    assert [path.name for path in tmp_path.iterdir()] == ([] if refused else ["systemd-networkd"])
    assert "networkctl reload" in calls or refused
    assert "ifup ens9" not in calls
    before, after = len(calls), Transaction(table, run, transaction.contents)
    if not refused:
        after.prepare(["interface"])
        assert not after.result.changed
        assert "networkctl reload" not in calls[before:]
