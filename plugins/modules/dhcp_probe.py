#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_probe
short_description: DHCP clients for tests, and which DHCP servers answer on a network
description:
  - Is one or many DHCP clients on an Ethernet interface, with MAC addresses, client identifiers and leases of their
    own. The host's own addresses and the programs that keep them are not touched.
  - With O(verb=discover) it tells which servers answer, and with what. It takes no address then.
  - The other verbs take, renew and give back addresses; O(verb=run) does so for a while with many clients and writes
    down every exchange with the servers at once, so that a test that dies leaves its evidence.
  - Clients send again what was not answered as RFC 2131 says, and tell the true number of seconds since they began
    (C(secs)), because servers that balance their load depend on it.
  - Meanwhile the interface hears all frames (promiscuous mode). Needs nothing but Python, and root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  verb:
    description:
      - V(discover) asks who would give an address. It listens for all of O(timeout), because another server may answer
        last.
      - V(acquire) takes an address for each of O(clients).
      - V(renew) asks the server of each of O(leases) by unicast, V(rebind) asks all servers by broadcast. V(reboot) is
        what a client does that was switched off and on, and remembers its address.
      - V(release) gives addresses back. V(inform) asks for options only.
      - V(run) keeps O(clients) with leases for O(duration), and lets more come at O(rate).
      - V(read) reads the O(record) of a run, also of one that goes on.
    type: str
    choices: [discover, acquire, reboot, renew, rebind, release, inform, run, read]
    default: discover
  interface:
    description:
      - The interface. It must be up; it needs no address.
      - Required unless O(verb=read).
    type: str
  clients:
    description: How many clients there are (from the start, with O(verb=run)), at most 1000.
    type: int
    default: 1
  mac:
    description:
      - The MAC address of the first client. The others count up from it. Two probes on one network need different ones.
    type: str
    default: 02:d4:c9:00:00:01
  client_id:
    description: Send a client identifier, made of the MAC address as most clients do.
    type: bool
    default: true
  broadcast:
    description:
      - Ask the servers to broadcast their answers. For networks that keep frames for unknown MAC addresses away.
    type: bool
    default: false
  leases:
    description:
      - The leases to go on with, as another call returned them.
      - Required with the verbs V(reboot), V(renew), V(rebind), V(release) and V(inform).
    type: list
    elements: dict
  timeout:
    description:
      - Seconds in which an exchange must be answered. With O(verb=run), seconds after which a client that takes an
        address writes down that it was not answered, and goes on asking.
    type: float
    default: 10
  expected_servers:
    description:
      - With O(verb=discover), the server identifiers that may answer. Others are told in RV(rogues), silent ones in
        RV(missing).
    type: list
    elements: str
  retransmission:
    description: When clients say again what was not answered.
    type: dict
    suboptions:
      initial:
        description: Seconds before the first time; twice as many before each further one.
        type: float
        default: 4
      maximum:
        description: Seconds at most.
        type: float
        default: 64
      jitter:
        description: Seconds that each of these may be longer or shorter, by chance.
        type: float
        default: 1
      renew_minimum:
        description:
          - A client that keeps its lease asks again after half of the time that is left, but not before so many
            seconds. Choose few for leases of less than some minutes.
        type: float
        default: 60
  duration:
    description:
      - Seconds after which a run ends by itself, at most a day.
      - Required with O(verb=run).
    type: int
  rate:
    description: Clients that come anew each second of a run. At most 5000 may come in all.
    type: float
    default: 0
  stay:
    description: Seconds after which those that came anew give their address back and go. V(0) lets them stay.
    type: float
    default: 0
  release:
    description: Give all addresses back at the end of V(acquire) or V(run).
    type: bool
    default: false
  record:
    description:
      - A file for the records of all exchanges, one line of JSON each.
      - Required with O(verb=run), which must make it, and with O(verb=read). Other verbs append to it.
    type: path
  stop_file:
    description: A run ends when there is a file of this name, and removes it.
    type: path
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: partial
    details: V(discover) and V(read) do as ever. The others say that they would change something, and send nothing.
  diff_mode:
    support: none
    details: What it changes is not on this host.
  idempotent:
    support: partial
    details: V(discover) and V(read) change nothing. The others are clients, each time anew.
"""

EXAMPLES = r"""
- name: See that nobody but our two servers answers here
  netlab.dhcp_failover.dhcp_probe:
    interface: ens9
    expected_servers: [172.16.1.100, 172.16.1.200]
  become: true
  register: network
  failed_when: network is failed or network.rogues | length > 0

- name: Take an address
  netlab.dhcp_failover.dhcp_probe:
    verb: acquire
    interface: ens9
  become: true
  register: probe

- name: Renew it
  netlab.dhcp_failover.dhcp_probe:
    verb: renew
    interface: ens9
    leases: "{{ probe.leases }}"
  become: true

- name: Let clients come, stay and renew while the test goes on
  netlab.dhcp_failover.dhcp_probe:
    verb: run
    interface: ens9
    clients: 5
    rate: 0.2
    stay: 20
    duration: 600
    record: /run/drill/clients.jsonl
    stop_file: /run/drill/stop
  become: true
  async: 660
  poll: 0

- name: Wait until all of them have addresses
  netlab.dhcp_failover.dhcp_probe:
    verb: read
    record: /run/drill/clients.jsonl
  register: clients
  until: clients is success and clients.summary.bound >= 5
  retries: 30
  delay: 1
"""

RETURN = r"""
msg:
  description: What happened, in a sentence.
  returned: always
  type: str
  sample: "2 servers answered on ens9: 172.16.1.100 offers 172.16.1.225; 172.16.1.200 offers 172.16.1.224."
exchanges:
  description:
    - Every exchange with the servers, in the order of their ends. Times are UTC in seconds since 1970; those named
      C(monotonic) are the host's own, for differences.
  returned: unless RV(summary) says it all (O(verb=run))
  type: list
  elements: dict
  contains:
    record:
      description: Always V(exchange); a record file has others.
      type: str
    time:
      description: When it ended, for people.
      type: str
    kind:
      description: The verb; or V(expire), where a lease ran out.
      type: str
    result:
      description:
        - V(ack) acknowledged, V(nak) refused, V(offer) offered (O(verb=discover)), V(timeout) not answered in time,
          V(sent) on its way (there is no answer to V(release)), V(unreachable) nobody told the server's MAC address,
          V(stopped) ended before there was an answer, V(expired) the lease ran out.
      type: str
    client:
      description: MAC address of the client.
      type: str
    client_id:
      description: Its client identifier in hex.
      type: str
    address:
      description: The address it is about.
      type: str
    server:
      description: The identifier of the server that answered, or that the lease is from.
      type: str
    source:
      description: The IP address that the answer came from.
      type: str
    lease_time:
      description: Seconds that were granted.
      type: int
    since:
      description:
        - When the client began to want it. Earlier than RV(exchanges[].started) if exchanges before were in vain.
      type: float
    started:
      description: When its first packet was sent.
      type: float
    ended:
      description: When it was over.
      type: float
    started_monotonic:
      description: The same by the host's monotonic clock.
      type: float
    ended_monotonic:
      description: The same by the host's monotonic clock.
      type: float
    latency:
      description: Seconds between the two.
      type: float
    sent:
      description: Packets that were sent.
      type: int
    retransmissions:
      description: How many of them because there was no answer.
      type: int
    naks:
      description: Number of refusals.
      type: int
    granted:
      description: When the lease began, if there is one.
      type: float
    expires:
      description: When the lease ends; V(null) if there is none, or never.
      type: float
    message:
      description: What a server said with its refusal.
      type: str
    offers:
      description: What servers offered.
      type: list
      elements: dict
servers:
  description: The servers that answered. Two of one identifier with different MAC addresses are two.
  returned: O(verb=discover)
  type: list
  elements: dict
  sample:
    - server: 172.16.1.100
      source: 172.16.1.100
      mac: "52:54:00:12:34:56"
      address: 172.16.1.225
      lease_time: 1800
      latency: 0.0021
      offers: 1
      options: {subnet-mask: 255.255.255.0, routers: [172.16.1.1], dhcp-lease-time: 1800}
      expected: true
rogues:
  description: Identifiers of servers that answered, and are not in O(expected_servers).
  returned: O(verb=discover)
  type: list
  elements: str
  sample: []
missing:
  description: Those of O(expected_servers) that did not answer.
  returned: O(verb=discover)
  type: list
  elements: str
  sample: []
leases:
  description: What the clients hold now, to be given to another call.
  returned: with all verbs but V(discover) and V(read)
  type: list
  elements: dict
  sample:
    - client: 02:d4:c9:00:00:01
      client_id: 01:02:d4:c9:00:00:01
      address: 172.16.1.225
      server: 172.16.1.100
      granted: 1795371596.25
      lease_time: 1800
      netmask: 255.255.255.0
      router: 172.16.1.1
summary:
  description: Where the clients stand.
  returned: with V(run) and V(read)
  type: dict
  contains:
    clients:
      description: How many there have been.
      type: int
    bound:
      description: How many of them hold a lease.
      type: int
    holders:
      description: Who holds what, from whom, until when.
      type: list
      elements: dict
    results:
      description: How often each kind of exchange ended how.
      type: dict
      sample: {acquire: {ack: 5}, renew: {ack: 12, timeout: 1}}
ended:
  description: Why the run ended; V(null) if it goes on, or died.
  returned: with V(run) and V(read)
  type: str
  sample: stop file
lost:
  description: Packets that could not be sent, because the interface was down.
  returned: with all verbs but V(read)
  type: int
  sample: 0
"""

import contextlib
import os
import random
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client import machine
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.link import (
    Link,
    LinkError,
    Recorder,
    serve,
    stopping,
)

MOST_AT_ONCE = 1000
MOST_IN_ALL = 5000
LONGEST = 86400
# Seconds for what is still under way when a run or a verb is over: releases, and the ARP requests before them.
GRACE = 5.0
CONTINUING = ("reboot", "renew", "rebind", "release", "inform")
# A second question after load balance max seconds (usually 3) have passed makes both servers of a pair answer.
DISCOVERING = machine.Settings(initial=5, maximum=5, jitter=0)


def check(wanted: dict[str, Any]) -> str | None:
    """What is wrong with the arguments, beyond their types."""
    coming = wanted["rate"] * (wanted["duration"] or 0)
    try:
        machine.parse_mac(wanted["mac"])
    except ValueError as error:
        return f"mac: {error}"
    if not 1 <= wanted["clients"] <= MOST_AT_ONCE:
        return f"clients: {wanted['clients']}: choose 1 to {MOST_AT_ONCE}"
    if wanted["verb"] == "run":
        if not 1 <= wanted["duration"] <= LONGEST:
            return f"duration: {wanted['duration']}: choose 1 to {LONGEST} seconds"
        if wanted["rate"] < 0 or wanted["clients"] + coming > MOST_IN_ALL:
            return (
                f"rate: {wanted['rate']} for {wanted['duration']} s makes {coming:.0f} clients beside the "
                f"{wanted['clients']} of the start; choose less than {MOST_IN_ALL} in all"
            )
        if wanted["stop_file"] and Path(wanted["stop_file"]).exists():
            return f"stop_file: {wanted['stop_file']} is there already, so that the run would end at once. Remove it."
        if Path(wanted["record"]).exists():
            return (
                f"record: {wanted['record']} is there already and may be an earlier run's evidence. "
                "Remove it, or choose another name."
            )
    if not 0 < wanted["timeout"] <= LONGEST:
        return f"timeout: {wanted['timeout']}: choose more than 0 and at most {LONGEST} seconds"
    return None


def settings(wanted: dict[str, Any]) -> machine.Settings:
    timers = wanted["retransmission"] or {}
    usual = DISCOVERING if wanted["verb"] == "discover" else machine.Settings()
    return machine.Settings(
        initial=timers.get("initial", usual.initial),
        maximum=timers.get("maximum", usual.maximum),
        jitter=timers.get("jitter", usual.jitter),
        renew_minimum=timers.get("renew_minimum", usual.renew_minimum),
        timeout=wanted["timeout"],
        broadcast=wanted["broadcast"],
        client_id=wanted["client_id"],
    )


class ArgumentError(Exception):
    """An argument that makes no sense, which only its use shows."""


class Session:
    """One call's probe on a real interface."""

    def __init__(self, wanted: dict[str, Any], link: Link, recorder: Recorder) -> None:
        self.wanted = wanted
        self.link = link
        self.exchanges: list[machine.Exchange] = []
        self.recorder = recorder
        self.epoch = time.time() - time.monotonic()
        # Transaction numbers and jitter are no secrets.
        rng = random.Random()  # noqa: S311
        self.probe = machine.Probe(link.send, self.note, settings(wanted), self.epoch, rng)

    def note(self, exchange: machine.Exchange) -> None:
        self.exchanges.append(exchange)
        self.recorder.exchange(exchange)

    def leases(self) -> list[dict[str, Any]]:
        return [machine.lease_record(client, self.probe) for client in self.probe.clients.values() if client.lease]

    def settle(self, timeout: float) -> None:
        """Until nothing is under way, or it took too long."""
        end = time.monotonic() + timeout
        serve(self.link, self.probe, lambda now: not self.probe.busy or now > end)

    def ask(self) -> list[machine.Exchange]:
        """One exchange for each client; their ends, in order."""
        verb, timeout = self.wanted["verb"], self.wanted["timeout"]
        if verb in CONTINUING:
            for lease in self.wanted["leases"]:
                try:
                    machine.resume(self.probe, lease, lambda utc: utc - self.epoch)
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    raise ArgumentError(f"leases: {lease} is not as this module returns it: {error!r}") from error
        else:
            macs = machine.client_macs(machine.parse_mac(self.wanted["mac"]))
            for _number in range(self.wanted["clients"]):
                self.probe.add(next(macs))
        for client in self.probe.clients.values():
            client.begin(verb, time.monotonic(), timeout)
        self.settle(timeout + GRACE)
        done = list(self.exchanges)
        if verb == "acquire" and self.wanted["release"]:
            self.release()
        return done

    def release(self) -> None:
        for client in self.probe.clients.values():
            machine.leave(client, time.monotonic())
        self.settle(GRACE)

    def run(self) -> str:
        """Until the time is over or somebody says so; why it ended."""
        wanted = self.wanted
        start = time.monotonic()
        stop_file = Path(wanted["stop_file"]) if wanted["stop_file"] else None
        macs = machine.client_macs(machine.parse_mac(wanted["mac"]))
        stay = wanted["stay"] or float("inf")
        workload = machine.Workload(self.probe, macs, wanted["clients"], start, wanted["rate"], stay)
        reason = "duration"
        with stopping() as stopped:

            def over(now: float) -> bool:
                nonlocal reason
                if stopped():
                    reason = "signal"
                elif stop_file and stop_file.exists():
                    reason = "stop file"
                else:
                    return bool(now - start >= wanted["duration"])
                return True

            serve(self.link, self.probe, over, [workload])
            for client in self.probe.clients.values():
                client.keeps = False
                client.stop(time.monotonic())
            if wanted["release"]:
                self.release()
        if stop_file:
            stop_file.unlink(missing_ok=True)
        return reason


def discover(session: Session) -> dict[str, Any]:
    wanted = session.wanted
    asked = session.ask()
    found = machine.servers_seen(asked, wanted["expected_servers"])
    servers = found["servers"]
    said = "; ".join(
        f"{entry['server']} offers {entry['address']}{' (ROGUE)' if entry['expected'] is False else ''}"
        for entry in servers
    )
    number = f"{len(servers)} server{'s' if len(servers) != 1 else ''}"
    nobody = f"No DHCP server answered on {wanted['interface']} within {wanted['timeout']:g} s"
    msg = f"{number} answered on {wanted['interface']}: {said}." if servers else f"{nobody}."
    if found["missing"]:
        msg += f" Not heard: {', '.join(found['missing'])}."
    return {"changed": False, "msg": msg, **found}


def one_shot(session: Session) -> dict[str, Any]:
    wanted = session.wanted
    verb = wanted["verb"]
    asked = [exchange.record() for exchange in session.ask()]
    good = (machine.ACKNOWLEDGED, machine.SENT)
    bad = [record for record in asked if record["result"] not in good]
    msg = f"{verb} on {wanted['interface']}: {len(asked) - len(bad)} of {len(asked)} clients succeeded."
    if bad:
        msg += " " + "; ".join(machine.explain(record) for record in bad[:5]) + ("; ..." if len(bad) > 5 else ".")
    return {"changed": len(bad) < len(asked), "failed": bool(bad), "msg": msg, "leases": session.leases()}


def long_run(session: Session) -> dict[str, Any]:
    wanted, recorder = session.wanted, session.recorder
    names = ("interface", "clients", "mac", "rate", "stay", "duration", "release", "timeout", "retransmission")
    recorder.write({"record": "start", "utc": time.time(), **{name: wanted[name] for name in names}})
    reason = "error"
    try:
        reason = session.run()
    finally:
        recorder.write({"record": "end", "utc": time.time(), "reason": reason, "lost": session.link.lost})
    summary = machine.summarize(exchange.record() for exchange in session.exchanges)
    msg = (
        f"{summary['clients']} clients on {wanted['interface']}, {len(session.exchanges)} exchanges; ended by {reason}."
    )
    return {"changed": True, "msg": msg, "summary": summary, "ended": reason, "leases": session.leases()}


def read(record: str) -> dict[str, Any]:
    with Path(record).open(encoding="utf-8") as stream:
        records = machine.read_record(stream)
    exchanges = [entry for entry in records if entry["record"] == "exchange"]
    summary = machine.summarize(exchanges)
    ended = next((entry["reason"] for entry in records if entry["record"] == "end"), None)
    msg = f"{len(exchanges)} exchanges of {summary['clients']} clients, {summary['bound']} of them hold a lease."
    return {"changed": False, "msg": msg, "exchanges": exchanges, "summary": summary, "ended": ended}


def on_the_network(wanted: dict[str, Any]) -> dict[str, Any]:
    running = wanted["verb"] == "run"
    with contextlib.ExitStack() as stack:
        link = stack.enter_context(Link(wanted["interface"]))
        # A run's file is new: what is there may be evidence.
        path = wanted["record"] or os.devnull
        stream = stack.enter_context(Path(path).open("x" if running else "a", encoding="utf-8"))
        recorder = Recorder(stream)
        session = Session(wanted, link, recorder)
        if running:
            return {**long_run(session), "lost": link.lost}
        result = discover(session) if wanted["verb"] == "discover" else one_shot(session)
        return {**result, "exchanges": [exchange.record() for exchange in session.exchanges], "lost": link.lost}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "verb": {
                "type": "str",
                "choices": ["discover", "acquire", *CONTINUING, "run", "read"],
                "default": "discover",
            },
            "interface": {"type": "str"},
            "clients": {"type": "int", "default": 1},
            "mac": {"type": "str", "default": "02:d4:c9:00:00:01"},
            "client_id": {"type": "bool", "default": True},
            "broadcast": {"type": "bool", "default": False},
            "leases": {"type": "list", "elements": "dict"},
            "timeout": {"type": "float", "default": 10},
            "expected_servers": {"type": "list", "elements": "str"},
            "retransmission": {
                "type": "dict",
                "options": {
                    "initial": {"type": "float", "default": 4},
                    "maximum": {"type": "float", "default": 64},
                    "jitter": {"type": "float", "default": 1},
                    "renew_minimum": {"type": "float", "default": 60},
                },
            },
            "duration": {"type": "int"},
            "rate": {"type": "float", "default": 0},
            "stay": {"type": "float", "default": 0},
            "release": {"type": "bool", "default": False},
            "record": {"type": "path"},
            "stop_file": {"type": "path"},
        },
        required_if=[
            *(("verb", verb, ("interface",)) for verb in ("discover", "acquire", *CONTINUING, "run")),
            *(("verb", verb, ("leases",)) for verb in CONTINUING),
            ("verb", "run", ("duration", "record")),
            ("verb", "read", ("record",)),
        ],
        supports_check_mode=True,
    )
    wanted = module.params
    wrong = None if wanted["verb"] == "read" else check(wanted)
    if wrong:
        module.fail_json(msg=wrong)
    if module.check_mode and wanted["verb"] not in ("discover", "read"):
        module.exit_json(changed=True, msg=f"{wanted['verb']} on {wanted['interface']}: nothing sent in check mode.")
    try:
        result = read(wanted["record"]) if wanted["verb"] == "read" else on_the_network(wanted)
    except (ArgumentError, LinkError) as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"record: {wanted['record']}: {error.strerror}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
