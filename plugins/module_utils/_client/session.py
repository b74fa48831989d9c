# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to this collection.
"""One call's clients on a real interface: which servers answer, one exchange for each client, or a run for a while."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import exchange, machine
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import Exchange
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.link import (
    LinkError,
    PacketLink,
    Recorder,
    serve,
    stopping,
)

MOST_AT_ONCE = 1000
MOST_IN_ALL = 5000
LONGEST = 86400
# Seconds for what is still open when a run or an exchange is over: releases, and the ARP requests before them.
GRACE = 5.0
# Seconds until a stop file counts: who creates it may set its mode meanwhile, and the run removes it.
SETTLED = 1.0
# Exchanges that continue with leases of an earlier call.
CONTINUING = (exchange.REBOOT, exchange.RENEW, exchange.REBIND, exchange.RELEASE, exchange.INFORM)
# A second question after load balance max seconds (usually 3) have passed makes both servers of a pair answer.
_DISCOVERING: Mapping[str, Any] = {"initial": 5.0, "maximum": 5.0, "jitter": 0.0}
_MOST_FAILURES = 5


class SessionError(Exception):
    """An argument that cannot be used; the text names it and says what to do."""


@dataclass(frozen=True)
class ProbeRequest:
    """What the clients are to do: the options of the modules."""

    verb: str
    interface: str
    clients: int = 1
    mac: str = "02:d4:c9:00:00:01"
    client_id: bool = True
    broadcast: bool = False
    timeout: float = 10.0
    retransmission: Mapping[str, Any] | None = None
    leases: Sequence[Mapping[str, Any]] | None = None
    release: bool = False
    record: str | None = None
    duration: int | None = None
    rate: float = 0.0
    stay: float = 0.0
    stop_file: str | None = None

    def check(self) -> None:
        """Raises SessionError for what the types of the options let through."""
        for wrong in (*self._wrong(), *(self._wrong_run() if self.verb == "run" else ())):
            raise SessionError(wrong)

    def _wrong(self) -> Iterator[str]:
        try:
            machine.parse_mac(self.mac)
        except ValueError as error:
            yield f"mac: {error}"
        if not 1 <= self.clients <= MOST_AT_ONCE:
            yield f"clients: {self.clients}: choose 1 to {MOST_AT_ONCE}"
        if not 0 < self.timeout <= LONGEST:
            yield f"timeout: {self.timeout}: choose more than 0 and at most {LONGEST} seconds"

    def _wrong_run(self) -> Iterator[str]:
        duration = self.duration or 0
        coming = self.rate * duration
        if not 1 <= duration <= LONGEST:
            yield f"duration: {duration}: choose 1 to {LONGEST} seconds"
        if self.rate < 0 or self.clients + coming > MOST_IN_ALL:
            yield (
                f"rate: {self.rate} for {duration} s makes {coming:.0f} clients beside {self.clients} at the start; "
                f"choose less than {MOST_IN_ALL} in all"
            )
        if self.stop_file and Path(self.stop_file).exists():
            yield f"stop_file: {self.stop_file} exists already, so the run would end at once. Remove it."
        if self.record and Path(self.record).exists():
            yield (
                f"record: {self.record} exists already and may be an earlier run's evidence. "
                "Remove it, or choose another name."
            )

    def behaviour(self) -> machine.Behaviour:
        timers = self.retransmission or (_DISCOVERING if self.verb == exchange.DISCOVER else {})
        return machine.Behaviour(**timers, timeout=self.timeout, broadcast=self.broadcast, client_id=self.client_id)


class StopFile:
    """A file that ends a run, once it has been there for a moment."""

    def __init__(self, path: str | None) -> None:
        self._path = Path(path) if path else None
        self._seen: float | None = None

    def counts(self, now: float) -> bool:
        if self._path and self._path.exists():
            self._seen = now if self._seen is None else self._seen
            return now - self._seen >= SETTLED
        return False

    def remove(self) -> None:
        if self._path:
            self._path.unlink(missing_ok=True)


class Session:
    """The clients of one call."""

    def __init__(self, wanted: ProbeRequest, link: PacketLink, recorder: Recorder) -> None:
        self.wanted = wanted
        self.link = link
        self.recorder = recorder
        self.exchanges: list[Exchange] = []
        rng = random.Random()  # noqa: S311 - for transaction numbers and jitter, which are no secrets
        epoch = time.time() - time.monotonic()
        self.probe = machine.Probe(link.send, self._note, wanted.behaviour(), epoch, rng)

    def _note(self, one: Exchange) -> None:
        self.exchanges.append(one)
        self.recorder.exchange(one)

    def records(self) -> list[dict[str, Any]]:
        return [one.record() for one in self.exchanges]

    def _settle(self, timeout: float) -> None:
        """Wait until no exchange is open, or until the timeout."""
        end = time.monotonic() + timeout
        serve(self.link, self.probe, lambda now: not self.probe.busy or now > end)

    def ask(self) -> list[Exchange]:
        """One exchange for each client, in the order in which they end."""
        wanted = self.wanted
        if wanted.verb in CONTINUING:
            self._resume(wanted.leases or ())
        else:
            macs = machine.client_macs(machine.parse_mac(wanted.mac))
            for _number in range(wanted.clients):
                self.probe.add(next(macs))
        for client in self.probe.clients.values():
            client.begin(wanted.verb, time.monotonic(), wanted.timeout)
        self._settle(wanted.timeout + GRACE)
        done = list(self.exchanges)
        if wanted.verb == exchange.ACQUIRE and wanted.release:
            self._release()
        return done

    def _resume(self, leases: Iterable[Mapping[str, Any]]) -> None:
        for lease in leases:
            try:
                self.probe.resume(lease)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise SessionError(f"leases: {lease} is not as this module returns it: {error!r}") from error

    def _release(self) -> None:
        for client in self.probe.clients.values():
            machine.leave(client, time.monotonic())
        self._settle(GRACE)

    def run(self) -> str:
        """Keep the clients going until the time is over or a signal or the stop file ends it; returns the reason."""
        wanted = self.wanted
        start = time.monotonic()
        stop_file = StopFile(wanted.stop_file)
        macs = machine.client_macs(machine.parse_mac(wanted.mac))
        stay = wanted.stay or float("inf")
        workload = machine.Workload(self.probe, macs, wanted.clients, start, wanted.rate, stay)
        reason = "duration"
        with stopping() as stopped:

            def over(now: float) -> bool:
                nonlocal reason
                if stopped():
                    reason = "signal"
                elif stop_file.counts(now):
                    reason = "stop file"
                else:
                    return now - start >= (wanted.duration or 0)
                return True

            serve(self.link, self.probe, over, [workload])
            for client in self.probe.clients.values():
                client.keeps = False
                client.stop(time.monotonic())
            if wanted.release:
                self._release()
        stop_file.remove()
        return reason


# --- what the modules return --------------------------------------------------------------------------------------


@contextlib.contextmanager
def _session(wanted: ProbeRequest) -> Iterator[Session]:
    wanted.check()
    # A run's file must be new: one that exists may be evidence.
    path, mode = Path(wanted.record or os.devnull), "x" if wanted.verb == "run" else "a"
    try:
        with PacketLink(wanted.interface) as link, path.open(mode, encoding="utf-8") as stream:
            yield Session(wanted, link, Recorder(stream))
    except LinkError as error:
        raise SessionError(str(error)) from error
    except OSError as error:
        raise SessionError(f"record: {wanted.record}: {error.strerror}") from error


def discover(wanted: ProbeRequest, expected: Iterable[str] | None) -> dict[str, Any]:
    """Which servers would give an address."""
    with _session(wanted) as session:
        found = exchange.servers_seen(session.ask(), expected)
        lost = session.link.lost
    servers = found["servers"]
    said = "; ".join(
        f"{entry['server']} offers {entry['address']}{' (ROGUE)' if entry['expected'] is False else ''}"
        for entry in servers
    )
    msg = f"{len(servers)} server{'s' if len(servers) != 1 else ''} answered on {wanted.interface}: {said}."
    if not servers:
        msg = f"No DHCP server answered on {wanted.interface} within {wanted.timeout:g} s."
    if found["missing"]:
        msg += f" Not heard: {', '.join(found['missing'])}."
    return {"changed": False, "msg": msg, **found, "lost": lost}


def one_shot(wanted: ProbeRequest) -> dict[str, Any]:
    """One exchange for each client. It has failed if a client was not acknowledged."""
    with _session(wanted) as session:
        asked = [one.record() for one in session.ask()]
        result = {"exchanges": session.records(), "leases": session.probe.leases(), "lost": session.link.lost}
    bad = [record for record in asked if record["result"] not in (exchange.ACKNOWLEDGED, exchange.SENT)]
    msg = f"{wanted.verb} on {wanted.interface}: {len(asked) - len(bad)} of {len(asked)} clients succeeded."
    if bad:
        more = "; ..." if len(bad) > _MOST_FAILURES else "."
        msg += " " + "; ".join(exchange.explain(record) for record in bad[:_MOST_FAILURES]) + more
    return {"changed": len(bad) < len(asked), "failed": bool(bad), "msg": msg, **result}


def run(wanted: ProbeRequest) -> dict[str, Any]:
    """Clients that take addresses and keep them for a while. The record file has every exchange as soon as it ends."""
    with _session(wanted) as session:
        names = ("interface", "clients", "mac", "rate", "stay", "duration", "release", "timeout", "retransmission")
        start = {name: getattr(wanted, name) for name in names}
        session.recorder.write({"record": "start", "utc": time.time(), **start})
        reason = "error"
        try:
            reason = session.run()
        finally:
            lost = session.link.lost
            session.recorder.write({"record": "end", "utc": time.time(), "reason": reason, "lost": lost})
        summary = exchange.summarize(session.records())["summary"]
        leases = session.probe.leases()
    msg = f"{summary['clients']} clients on {wanted.interface}, {len(session.exchanges)} exchanges; ended by {reason}."
    return {"changed": True, "msg": msg, "summary": summary, "ended": reason, "leases": leases, "lost": lost}


def read(record: str) -> dict[str, Any]:
    """Where the clients of a record stand, also while its run goes on. Asks no network."""
    try:
        records = exchange.read_record(Path(record).read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise SessionError(f"record: {record}: {error.strerror}") from error
    exchanges = [entry for entry in records if entry["record"] == "exchange"]
    found = exchange.summarize(exchanges)
    ended = next((entry["reason"] for entry in records if entry["record"] == "end"), None)
    clients, bound = found["summary"]["clients"], found["summary"]["bound"]
    msg = f"{len(exchanges)} exchanges of {clients} clients, {bound} of them hold a lease."
    return {"changed": False, "msg": msg, **found, "ended": ended}
