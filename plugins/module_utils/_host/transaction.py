# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""Put a server's managed files into place as one transaction: stage, activate, confirm or restore.

Before anything is replaced, everything that a restore needs is kept: each file and the lease database as a link
NAME.previous, and the rest in a journal, which exists until the new configuration is confirmed. If a run is killed, the
next one reads there how far it got. Every step may be repeated. A restore needs no space for files, so it also works on
a disk that has filled up.
"""

from __future__ import annotations

import base64
import errno
import grp
import json
import os
import pwd
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import Run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.deployment import RESTART, SERVING, SWAP
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.disk import (
    keep_names,
    link_file,
    naming,
    write_file,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import (
    FIREWALL_UNIT,
    PREVIOUS,
    SECRET,
    STAGED,
    Managed,
    ManagedFile,
    Zone,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.interfaces import read_links
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import (
    LockedError,
    held_by_others,
    one_step,
    release,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import (
    compare,
    compare_file,
    compare_interface,
    digest,
    in_use,
    read_units,
    revision,
    show_bytes,
    unread_files,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.difference import Difference, How

_NOTE = "Written by Ansible while a new configuration is tried. What was there before is in the files *.previous."
_PROPERTIES = "LoadState,ActiveState,UnitFileState,NeedDaemonReload,FragmentPath,InvocationID,SubState"
_LAST_LINES = 30
# Lines that a lease database has once, before the first lease: dhcpd's, and the names of Kea's columns.
_ONCE = (b"authoring-byte-order", b"address,hwaddr,")


class RefusedError(Exception):
    """It was refused; the text gives the reason and the server's condition."""


@dataclass(frozen=True)
class Journal:
    """The previous state. existed: files that had a previous version; ran, unit, invocation: of the service.

    others: units that may not run beside the new configuration, and did before.
    """

    step: str
    ran: bool
    unit: str
    invocation: str
    existed: tuple[str, ...]
    started: float
    others: tuple[str, ...] = ()
    note: str = _NOTE


@dataclass
class Result:
    """The changes of a state of the transaction, or in check mode those that it would make.

    stopped: whether a restore left the service stopped, as it was before.
    """

    changed: bool = False
    stopped: bool = False
    diff: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


# Decisions


def judge_start(
    lines: Iterable[str], unit: Mapping[str, str], invocation: str, serves: str, fails: str = ""
) -> bool | None:
    """Whether a started daemon serves; None: it may still come up."""
    lines = list(lines)
    if fails and any(re.search(fails, line) for line in lines):
        return False
    alive = unit.get("ActiveState") in ("active", "activating", "reloading") and unit.get("SubState") != "auto-restart"
    if not alive or unit.get("InvocationID") != invocation:
        return False
    return True if any(re.search(serves, line) for line in lines) and unit["ActiveState"] == "active" else None


def must_restart(unit: Mapping[str, str], unread: Collection[str], journal: Journal | None) -> bool:
    """Whether the daemon must read files other than those that will be replaced."""
    return unit.get("ActiveState") != "active" or bool(unread) or (journal is not None and journal.step != SERVING)


def last_lines(lines: Iterable[str], chatter: str) -> str:
    """A daemon's last log lines, without those that explain no fault."""
    return "\n".join([line for line in lines if not re.search(chatter, line)][-_LAST_LINES:])


def with_secret(text: bytes, before: bytes) -> bytes:
    """A text with the file's secret, or with a new one."""
    found = SECRET.search(before)
    secret = (found and found[2]) or base64.b64encode(secrets.token_urlsafe(24).encode())
    return SECRET.sub(lambda match: match[1] + secret + match[3], text)


def merged_leases(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[bytes]:
    """Join two lease databases line by line. The last entry for an address counts, so the result has both.

    The first may have leases that the new daemon dropped; the second has leases that it granted.
    """
    once = False
    for lines in (before, after):
        line = b"\n"
        for line in lines:
            if line.startswith(_ONCE):
                if once:
                    continue
                once = True
            yield line
        if not line.endswith(b"\n"):
            yield b"\n"


def follow_up(table: Managed, differences: Sequence[Difference]) -> list[tuple[str, ...]]:
    """The commands that must follow after the files' differences were corrected, each once and in order."""
    touched = {item.subject for item in differences}
    if touched & set(table.tables):
        touched.add(FIREWALL_UNIT)
    commands: list[tuple[str, ...]] = []
    for unit in filter(lambda unit: unit.present, table.units):
        aspects = {item.aspect for item in differences if item.subject == unit.name}
        if "enabled" in aspects:
            commands += [("systemctl", "daemon-reload"), ("systemctl", "unmask", unit.name)]
            commands += [("systemctl", "enable", unit.name)]
        if "active" in aspects:
            commands.append(("systemctl", "start", unit.name))
        elif unit.reads and aspects - {"enabled"}:
            touched.add(unit.name)
    for row in table.files:
        if row.present and touched & {row.path, row.about}:
            commands += row.after
    return list(dict.fromkeys(commands))


def zone_commands(zone: Zone, differences: Iterable[Difference]) -> list[tuple[str, ...]]:
    """The commands that correct a zone of firewalld, at once and permanently. A reload would drop temporary rules."""
    commands = []
    for item in differences:
        add = item.kind is How.MISSING
        name = str(item.wanted if add else item.found)
        what = f"service={name.partition(' ')[2]}" if name.startswith("service ") else f"rich-rule={name}"
        words = ["--permanent"] if item.aspect == "permanent" else []
        words += [f"--zone={zone.name}"] if zone.name else []
        commands.append(("firewall-cmd", *words, f"--{'add' if add else 'remove'}-{what}"))
    return commands


def dropping_tables(listing: str) -> list[str]:
    """Tables of others that drop incoming packets by default, from `nft --json list chains`."""
    try:
        items = json.loads(listing)["nftables"]
    except (ValueError, KeyError):
        return []
    chains = [item["chain"] for item in items if "chain" in item]
    found = [chain["table"] for chain in chains if chain.get("hook") == "input" and chain.get("policy") == "drop"]
    return [table for table in dict.fromkeys(found) if table != "dhcp_server"]


# The host


class Transaction:
    """The managed files of this host. `contents` are the texts of the files that a state may write, by path."""

    def __init__(
        self,
        table: Managed,
        run: Run,
        contents: Mapping[str, bytes] | None = None,
        check: bool = False,
        patience: float = 120,
    ) -> None:
        self.table = table
        self.daemon = table.daemon
        self.run = run
        self.contents = contents or {}
        self.check = check
        self.patience = patience
        self.result = Result()
        self.pending = True

    def reach(self, state: str, sections: Collection[str], owner: Mapping[str, str]) -> str:
        """Reach a state, under the lock of this run.

        The lock begins with the first state that changes something, if the host is as it was compared. It ends with the
        last state, or with a failure.
        """
        if self.check:
            other = held_by_others(Path(self.table.lock), owner["run"])
            if other and other.run != owner["dead"]:
                raise LockedError(other)
            return self._reach(state, sections)
        try:
            return self._reach_locked(state, sections, owner)
        except OSError as error:
            kept = "The server runs as before. " if state == "staged" else ""
            raise RefusedError(f"{kept}{explain(error)}") from error

    def _reach_locked(self, state: str, sections: Collection[str], owner: Mapping[str, str]) -> str:
        path = Path(self.table.lock)
        with one_step(path, **owner) as new:
            last = True
            try:
                if new and state in ("prepared", "staged") and revision(self.table) != self.table.revision:
                    raise RefusedError(
                        "The host has changed since it was compared with its declaration, so nothing was changed now. "
                        "Another deployment may just have ended. Run this again."
                    )
                message = self._reach(state, sections)
                # The sections with the firewall are the last to be prepared.
                prepared = state == "prepared" and "firewall" in sections and not self.pending
                last = prepared or state in ("confirmed", "restored")
            finally:
                if last:
                    release(path)
        return message

    def _reach(self, state: str, sections: Collection[str]) -> str:
        if state == "restored":
            return self.restore()
        if state == "prepared":
            self.prepare(sections)
        else:
            {"staged": self.stage, "active": self.activate, "confirmed": self.confirm}[state]()
        return ""

    # States

    def prepare(self, sections: Collection[str]) -> None:
        """Put everything in these sections into place that needs no restart of the daemon: addresses, rules."""
        host = compare(self.table, self.run)
        if "interface" in sections and host.refused:
            raise RefusedError("\n".join(host.refused))
        found = [item for item in host.differences if item.section in sections]
        self.pending = host.pending
        rows = [row for row in host.table.files if row.section in sections]
        self.result.changed = bool(found)
        subjects = {item.subject for item in found}
        for row in rows:
            if row.path in subjects and row.template:
                self._show(row)
        if not self.check:
            self._hold_back("package" in sections)
        if not self.check and found:
            self._remove([item for item in found if item.kind is How.EXTRA and not item.found])
            for row in rows:
                if row.present and row.path in subjects:
                    self._write_row(row)
            failed = [self._failure(words) for words in follow_up(host.table, found)]
            if "firewall" in sections and any(failed):
                raise RefusedError("\n".join(filter(None, failed)))
            if "firewall" in sections and self.table.zone:
                self._set_zone(self.table.zone)
            if "interface" in sections:
                self._await_addresses("\n".join(filter(None, failed)))
        if "firewall" in sections and self.table.tables:
            self._warn_of_others()

    def stage(self) -> None:
        """Write the new files beside the present ones and test them. No file in use is changed."""
        changed = [row for row in self.table.transaction if self._differs(row)]
        self.result.changed = bool(changed)
        for row in changed:
            self._show(row)
        if self.check:
            return
        # In the same folder: AppArmor lets dhcpd read nothing outside it, and a rename within it is atomic.
        for row in changed:
            data, before = self.contents[row.path], _read(row.path)
            # The configuration that is tested includes the present file with the secret.
            at_once = row.sensitive and not SECRET.search(before)
            data = with_secret(data, before) if row.sensitive else data
            self._write(row, row.path if at_once else row.path + STAGED, data)
        for row in changed:
            if row.check:
                self._test(row)

    def activate(self) -> None:
        """Replace the files with the staged ones and restart the daemon; on failure, restore everything."""
        journal = self._journal()
        pending = [row for row in self.table.transaction if self._differs(row)]
        unit = self._show_unit()
        unread = unread_files(self.daemon.reads, self.daemon.runtime_folder)
        restart = bool(pending) or must_restart(unit, unread, journal)
        enable = unit.get("LoadState") == "masked" or unit.get("UnitFileState") != "enabled"
        others = self._others()
        self.result.changed = restart or enable or bool(others) or unit.get("NeedDaemonReload") == "yes"
        if self.check or not self.result.changed:
            return
        unstaged = [row.path for row in pending if not self._is_staged(row)]
        if unstaged:
            raise RefusedError(
                f"{unstaged[0]}{STAGED} is not the file that this run staged, so nothing was changed. Something else "
                "has changed it. Run this again."
            )
        try:
            if pending:
                journal = self._write_journal(replace(journal or self._keep(unit), step=SWAP))
                self._swap(pending, unit)
            for name in others:
                self._call("systemctl", "disable", "--now", name)
            self._call("systemctl", "daemon-reload")
            if unit.get("LoadState") == "masked":
                self._systemctl("unmask")
                # This role masked it, if a deployment was interrupted after the package was installed.
                self._systemctl("unmask", "--runtime")
            if enable:
                self._systemctl("enable")
            if restart:
                self._restart(journal)
        except (OSError, RefusedError) as error:
            try:
                back = self.restore()
            except RefusedError as second:
                back = str(second)
            raise RefusedError(f"The new configuration was not activated. {back}\n{explain(error)}") from error

    def confirm(self) -> None:
        """Accept the running configuration; afterwards there is nothing to restore."""
        journal = Path(self.table.journal)
        self.result.changed = journal.exists()
        if self.check:
            return
        others = [row.path for row in self.table.transaction if self._differs(row)]
        if others:
            raise RefusedError(
                f"{others[0]} is not what this run has activated, so it is not confirmed. Something else has changed "
                "it. Run this again."
            )
        unread = unread_files(self.daemon.reads, self.daemon.runtime_folder)
        if unread or self._show_unit().get("ActiveState") != "active":
            why = f"has not read {unread[0]}" if unread else "does not run"
            raise RefusedError(
                f"{self.daemon.unit} {why}, so its configuration is not confirmed. Something else has changed or "
                "stopped it. Run this again."
            )
        self._end_journal()

    def restore(self) -> str:
        """Restore the last confirmed configuration and the state of the service. Returns the outcome in words."""
        journal = self._journal()
        if journal is None:
            return "This run changed none of its files."
        self.result.changed = True
        if self.check:
            return ""
        self._systemctl("stop")
        for row in self.table.transaction:
            self._restore_file(row, existed=row.path in journal.existed)
        # A unit other than ours runs the daemon as root.
        own = journal.unit == self.daemon.unit_file or not journal.ran
        failed = ""
        try:
            self._restore_leases(self.daemon.user if own else "root")
        except OSError as error:
            failed = explain(error)
        self._call("systemctl", "daemon-reload")
        for name in journal.others:
            self.run(("systemctl", "enable", "--now", name))
        serving = False
        if journal.ran:
            self._systemctl("start")
            serving, _lines = self._wait()
        if failed:
            raise RefusedError(
                "The previous configuration is back, but the lease database lacks those leases from before that the "
                f"new daemon did not keep. They are in {self.daemon.lease_file}{PREVIOUS}. {failed}"
            )
        self._end_journal()
        back = f"The previous configuration is back; the failed one is {self.daemon.config}{STAGED} on the host. "
        self.result.stopped = not journal.ran
        if not journal.ran:
            return back + "The service is stopped, as it was before."
        if serving:
            return back + "The server runs with the previous one."
        raise RefusedError(
            f"{back}The server does not come up with the previous one either, see: journalctl -u {self.daemon.unit}"
        )

    def put(self, others: Mapping[str, bytes] | None = None) -> bool:
        """Write the configuration of a daemon that does not read it now. Returns whether anything has changed.

        others: contents in place of the rendered ones.
        """
        changed = set()
        for row in self.table.transaction:
            data = {**self.contents, **(others or {})}[row.path]
            data = with_secret(data, _read(row.path)) if row.sensitive else data
            wanted = replace(row, sha256=digest(data, row.sensitive))
            if self._differs(wanted):
                self._write(row, row.path, data)
                changed.add(row.path)
            Path(row.path + STAGED).unlink(missing_ok=True)
        # Nobody may be served meanwhile, and systemd may take seconds, so it is not told of what it does not read.
        if changed - {self.daemon.config}:
            self._call("systemctl", "daemon-reload")
        return bool(changed)

    # Files

    def _differs(self, row: ManagedFile) -> bool:
        return any(compare_file(row))

    def _is_staged(self, row: ManagedFile) -> bool:
        try:
            return digest(Path(row.path + STAGED).read_bytes(), row.sensitive) == row.sha256
        except FileNotFoundError:
            return False

    def _show(self, row: ManagedFile) -> None:
        if not row.sensitive:
            before, after = _read(row.path), self.contents[row.path] if row.present else b""
            self.result.diff.append(
                {
                    "before_header": row.path,
                    "after_header": row.path,
                    "before": before.decode("utf-8", "replace"),
                    "after": after.decode("utf-8", "replace"),
                }
            )

    def _write(self, row: ManagedFile, path: str, data: bytes) -> None:
        def check(temporary: Path) -> None:
            if row.check and path == row.path:
                self._call(*row.check, str(temporary))

        write_file(Path(path), data, _ids(row.owner, row.group), int(row.mode, 8), check)

    def _write_row(self, row: ManagedFile) -> None:
        """Write a file with its content, or only owner and mode if the role does not manage the content."""
        if row.template:
            self._write(row, row.path, self.contents[row.path])
        elif row.owner:
            path = Path(row.path)
            if row.folder:
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.touch(0o600)
            os.chown(path, *_ids(row.owner, row.group))
            path.chmod(int(row.mode, 8))

    def _remove(self, extra: Sequence[Difference]) -> None:
        """Remove units and files that should not exist."""
        if extra:
            sections = {item.section for item in extra}
            for unit in self.table.units:
                if not unit.present and unit.section in sections:
                    self.run(("systemctl", "disable", "--now", unit.name))
            for row in self.table.files:
                if not row.present:
                    Path(row.path).unlink(missing_ok=True)
            self._call("systemctl", "daemon-reload")

    def _test(self, row: ManagedFile) -> None:
        done = self.run((*row.check, row.path + STAGED))
        lines = done.stderr.splitlines()
        if done.returncode:
            raise RefusedError(
                "The new configuration is refused. Nothing was changed and the server runs as before. The refused file "
                f"is {row.path}{STAGED} on the host. {_program(row.check)} says:\n"
                f"{last_lines(lines, self.daemon.chatter)}"
            )
        self.result.warnings += [line for line in lines if "warning" in line.lower()]

    def _keep(self, unit: Mapping[str, str]) -> Journal:
        """Keep every file to be replaced, and the lease database, as links: they need no space."""
        existed = []
        for row in self.table.transaction:
            # A masked unit is a link to /dev/null, which need not be kept. Other links are kept as links.
            path = Path(row.path)
            if path.is_file():
                link_file(path, Path(row.path + PREVIOUS))
                existed.append(row.path)
        self._link_leases()
        return Journal(
            SWAP,
            unit.get("ActiveState") == "active",
            unit.get("FragmentPath", ""),
            unit.get("InvocationID", ""),
            tuple(existed),
            time.time(),
            self._others(),
        )

    def _others(self) -> tuple[str, ...]:
        """The units in use that may not run beside the declared configuration."""
        names = [unit.name for unit in self.table.units if unit.section == "service" and not unit.present]
        words = ("systemctl", "show", f"--property={_PROPERTIES}")
        return tuple(name for name in names if in_use(read_units(self.run((*words, f"{name}.service")).stdout)[0]))

    def _restore_file(self, row: ManagedFile, existed: bool) -> None:
        """Restore the file; the failed one stays beside it. Its time is new, because the daemon must read it."""
        path, previous = Path(row.path), Path(row.path + PREVIOUS)
        if path.exists() and not (existed and path.read_bytes() == previous.read_bytes()):
            link_file(path, Path(row.path + STAGED))
        if existed:
            os.utime(previous)
            link_file(previous, path)
        else:
            path.unlink(missing_ok=True)

    def _journal(self) -> Journal | None:
        try:
            data = json.loads(Path(self.table.journal).read_bytes())
            return Journal(**{**data, **{key: tuple(data[key]) for key in ("existed", "others")}})
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise RefusedError(
                f"{self.table.journal} cannot be read: {error}. If the running configuration is good, remove that file."
            ) from error

    def _write_journal(self, journal: Journal) -> Journal:
        write_file(Path(self.table.journal), json.dumps(asdict(journal), indent=2).encode() + b"\n", (-1, -1), 0o644)
        return journal

    def _end_journal(self) -> None:
        path = Path(self.table.journal)
        path.unlink(missing_ok=True)
        keep_names(path.parent)

    # Leases

    def _link_leases(self) -> None:
        """Keep the file that the running daemon writes, up to its last lease. A new dhcpd writes a new file, a new Kea
        appends to it: then it lacks nothing.
        """
        if Path(self.daemon.lease_file).exists():
            link_file(Path(self.daemon.lease_file), Path(self.daemon.lease_file + PREVIOUS))

    def _restore_leases(self, owner: str) -> None:
        leases, previous, merged = (Path(self.daemon.lease_file + end) for end in ("", PREVIOUS, ".restored"))
        if not previous.exists() or (leases.exists() and leases.samefile(previous)):
            return
        with naming(merged), merged.open("wb") as stream, previous.open("rb") as before:
            if leases.exists():
                with leases.open("rb") as after:
                    stream.writelines(merged_leases(before, after))
            else:
                stream.writelines(before)
            os.fchown(stream.fileno(), *_ids(owner, owner))
            os.fchmod(stream.fileno(), previous.stat().st_mode & 0o777)
            stream.flush()
            os.fsync(stream.fileno())
        merged.replace(leases)

    # The service

    def _swap(self, pending: Iterable[ManagedFile], unit: Mapping[str, str]) -> None:
        # Only its own unit can reliably stop the daemon, and two daemons must not run.
        if unit.get("ActiveState") == "active" and unit.get("FragmentPath") != self.daemon.unit_file:
            self._systemctl("stop")
        for row in pending:
            Path(row.path + STAGED).replace(row.path)

    def _show_unit(self) -> dict[str, str]:
        words = ("systemctl", "show", f"--property={_PROPERTIES}", f"{self.daemon.unit}.service")
        return read_units(self.run(words).stdout)[0]

    def _systemctl(self, *words: str) -> None:
        """Call systemctl; the state of the service shows whether it worked."""
        self.run(("systemctl", *words, f"{self.daemon.unit}.service"))

    def _hold_back(self, installed: bool) -> None:
        """Do not let a package start the daemon without a configuration, until it is installed, or the host reboots."""
        if installed:
            self._systemctl("unmask", "--runtime")
        elif self._show_unit().get("LoadState") == "not-found":
            self._systemctl("mask", "--runtime")

    def _call(self, *words: str) -> None:
        failure = self._failure(words)
        if failure:
            raise RefusedError(failure)

    def _failure(self, words: Sequence[str]) -> str:
        done = self.run(words)
        said = (done.stderr.strip() or done.stdout.strip() or "no reason given") if done.returncode else ""
        return f"{' '.join(words)}: {said}" if said else ""

    def _restart(self, journal: Journal | None) -> None:
        # While the previous daemon runs, its database is complete; a later daemon may have dropped leases.
        if journal is None or self._show_unit().get("InvocationID") == journal.invocation:
            self._link_leases()
        if journal:
            journal = self._write_journal(replace(journal, step=RESTART))
        self._systemctl("restart")
        serving, lines = self._wait()
        if not serving:
            said = last_lines(lines, self.daemon.chatter)
            raise RefusedError(f"The daemon did not come up. Its last log lines:\n{said}")
        if journal:
            self._write_journal(replace(journal, step=SERVING))

    def _wait(self) -> tuple[bool, list[str]]:
        """Wait until the daemon serves or gives up; return its log. Reading a large lease database takes time."""
        invocation = self._show_unit().get("InvocationID", "")
        matches = (f"_SYSTEMD_INVOCATION_ID={invocation}", "+", f"INVOCATION_ID={invocation}")
        words = ("journalctl", "--quiet", "--no-pager", "--output=cat", *matches)
        end = time.monotonic() + self.patience
        while True:
            lines = self.run(words).stdout.splitlines()
            verdict = judge_start(lines, self._show_unit(), invocation, self.daemon.serves, self.daemon.fails)
            if verdict is None and time.monotonic() < end:
                time.sleep(0.1)
                continue
            if not verdict:
                self.run(("journalctl", "--sync"))
                lines = self.run(words).stdout.splitlines()
            return bool(verdict), lines

    # Interfaces and firewalls

    def _await_addresses(self, failed: str) -> None:
        """The daemon exits at once on an interface that has no address yet."""
        end = time.monotonic() + 20
        while True:
            links = read_links(self.run(["ip", "-json", "address", "show"]).stdout)
            missing = [item for wanted in self.table.interfaces for item in compare_interface(wanted, links)]
            if not missing:
                return
            if time.monotonic() > end:
                break
            time.sleep(0.2)
        name, address = missing[0].subject, missing[0].wanted
        there = ", ".join(links[name].addresses if name in links else ()) or "no address"
        if self.table.provider == "none":
            hint = "dhcp_server_interface_provider is none, so add the address yourself."
        else:
            hint = "Something else configures it: set dhcp_server_interface_provider to that, or to none."
        raise RefusedError(
            f"After 20 seconds, interface {name} still lacks {address}; it has {there}. {hint} {failed}".strip()
        )

    def _set_zone(self, zone: Zone) -> None:
        found = [item for item in compare(self.table, self.run).differences if item.aspect in ("runtime", "permanent")]
        for words in zone_commands(zone, found):
            self._call(*words)

    def _warn_of_others(self) -> None:
        """Warn of other tables: an accept in one is not final, because every table may drop. We change only our own."""
        tables = dropping_tables(self.run(("nft", "--json", "list", "chains")).stdout)
        if tables:
            self.result.warnings.append(
                f"Packets are dropped by default in table {', '.join(tables)}. The partners do not reach each other "
                f"unless it accepts: {'; '.join(self.table.openings)}."
            )


def _program(check: Sequence[str]) -> str:
    """The program that tests a file, also if a shell calls it."""
    return Path(next((word for word in check if word.startswith("/")), check[0])).name


def _read(path: str) -> bytes:
    """The content of a file; empty if there is no such file."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return b""


def _ids(owner: str, group: str) -> tuple[int, int]:
    try:
        return pwd.getpwnam(owner).pw_uid if owner else -1, grp.getgrnam(group).gr_gid if group else -1
    except KeyError as error:
        raise RefusedError(f"This host has no user or group of the name {owner} or {group}.") from error


def explain(error: Exception) -> str:
    """An error in words. If a file system is full, with the space that is left, and what to do."""
    if not isinstance(error, OSError):
        return str(error)
    text = f"{error.filename}: {error.strerror}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = show_bytes(shutil.disk_usage(Path(error.filename).parent).free) if error.filename else "nothing"
        text = f"{text} Its file system has {free} free. Free some space, then run this again."
    return text
