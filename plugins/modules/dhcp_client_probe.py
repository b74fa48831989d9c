#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_client_probe
short_description: Run DHCP clients for tests
description:
  - Acts as one or many DHCP clients on an Ethernet interface, with MAC addresses, client identifiers and leases of
    their own. The host's own addresses, and the programs that manage them, are not touched.
  - Most verbs make one exchange for each client. O(verb=run) keeps many clients going for a while, and writes every
    exchange to a file at once, so that a test that dies leaves its evidence.
  - Clients retransmit as RFC 2131 says, and tell servers how many seconds ago they began (C(secs)),
    because servers that balance their load depend on it.
  - Meanwhile, the interface receives all frames (promiscuous mode).
  - Needs root, and only Python on the host. O(verb=read) needs neither root nor a network.
  - To see which servers answer on a network, use M(netlab.dhcp_failover.dhcp_servers_info).
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  verb:
    description: What the clients do.
    type: str
    choices:
      acquire: Take an address for each of O(clients).
      reboot: Ask again for the address of each of O(leases), like a client that was switched off and on.
      renew: Ask the server of each of O(leases) by unicast to renew it.
      rebind: Ask all servers by broadcast to renew each of O(leases).
      release: Release the addresses of O(leases).
      inform: Ask for options only.
      run: Keep O(clients) with leases for O(duration), and let more come at O(rate).
      read: Read the O(record) of a run, also while the run goes on.
    required: true
  interface:
    description:
      - The interface. It must be up; it needs no address.
      - Required unless O(verb=read).
    type: str
  clients:
    description: The number of clients (at the start, with O(verb=run)), at most 1000.
    type: int
    default: 1
  leases:
    description:
      - The leases to continue with, from RV(leases) of another call.
      - Required with the verbs V(reboot), V(renew), V(rebind), V(release) and V(inform).
    type: list
    elements: dict
  timeout:
    description:
      - Seconds in which an exchange must be answered. With O(verb=run), a client that gets no answer for this many
        seconds records that, and goes on asking.
    type: float
    default: 10
  retransmission:
    description: When clients retransmit.
    type: dict
    suboptions:
      initial:
        description: Seconds before the first repetition, and twice as many before each further one.
        type: float
        default: 4
      maximum:
        description: The longest pause in seconds.
        type: float
        default: 64
      jitter:
        description: Seconds by which each pause may be longer or shorter, at random.
        type: float
        default: 1
      renew_minimum:
        description:
          - While a client renews, it asks again after half of the remaining time, but not before this many seconds.
            Choose a small number for leases of less than a few minutes.
        type: float
        default: 60
  duration:
    description:
      - Seconds after which a run ends by itself, at most a day.
      - Required with O(verb=run).
    type: int
  rate:
    description: The number of new clients each second of a run. At most 5000 may come in all.
    type: float
    default: 0
  stay:
    description: Seconds after which these new clients release their address and leave. V(0) lets them stay.
    type: float
    default: 0
  release:
    description: Release all addresses at the end of V(acquire) or V(run).
    type: bool
    default: false
  record:
    description:
      - A file for the records of all exchanges, one line of JSON each.
      - Required with O(verb=run), which creates it, and with O(verb=read). Other verbs append to it.
    type: path
  stop_file:
    description: A run ends when this file exists, and removes it.
    type: path
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._client
attributes:
  check_mode:
    support: partial
    details: V(read) works as usual. The other verbs report a change and send nothing.
  diff_mode:
    support: none
    details: It changes nothing on this host.
  idempotent:
    support: partial
    details: V(read) changes nothing. The others act as new clients each time.
"""

EXAMPLES = r"""
- name: Take an address
  netlab.dhcp_failover.dhcp_client_probe:
    verb: acquire
    interface: ens9
  become: true
  register: probe

- name: Renew it
  netlab.dhcp_failover.dhcp_client_probe:
    verb: renew
    interface: ens9
    leases: "{{ probe.leases }}"
  become: true

- name: Let clients come, stay and renew while the test goes on
  netlab.dhcp_failover.dhcp_client_probe:
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
  netlab.dhcp_failover.dhcp_client_probe:
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
  sample: "renew on ens9: 1 of 1 clients succeeded."
exchanges:
  description:
    - Every exchange with the servers, in the order of their ends. Times are UTC in seconds since 1970; those named
      C(monotonic) are the host's own, for differences.
  returned: with all verbs but V(run) and V(read), whose exchanges are in the file O(record)
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
      description: The verb; or V(expire) if a lease expired.
      type: str
    result:
      description:
        - V(ack) acknowledged, V(nak) refused, V(timeout) not answered in time,
          V(sent) without an answer to expect (V(release)), V(unreachable) without the server's MAC address,
          V(stopped) before an answer, V(expired) at the end of the lease.
      type: str
    client:
      description: MAC address of the client.
      type: str
    client_id:
      description: Its client identifier in hex.
      type: str
    address:
      description: The address of the exchange.
      type: str
    server:
      description: The identifier of the server that answered, or that the lease is from.
      type: str
    source:
      description: The IP address that the answer came from.
      type: str
    lease_time:
      description: The granted lease time in seconds.
      type: int
    since:
      description:
        - When the client first asked for it. Earlier than RV(exchanges[].started) if exchanges before it failed.
      type: float
    started:
      description: When its first packet was sent.
      type: float
    ended:
      description: When it ended.
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
      description: How many of these packets were retransmissions.
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
    netmask:
      description: The netmask that came with the lease.
      type: str
    router:
      description: The first router that came with the lease.
      type: str
    message:
      description: The message in a server's refusal.
      type: str
    offers:
      description: What servers offered.
      type: list
      elements: dict
leases:
  description: The clients' present leases, for another call.
  returned: success, and also if some clients were not acknowledged
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
  description: How the clients are doing.
  returned: with V(run) and V(read)
  type: dict
  contains:
    clients:
      description: The number of clients so far.
      type: int
    bound:
      description: How many of them hold a lease.
      type: int
    results:
      description: The number of results of each kind of exchange.
      type: dict
      sample: {acquire: {ack: 5}, renew: {ack: 12, timeout: 1}}
ended:
  description: Why the run ended; V(null) if it still runs, or died.
  returned: with V(run) and V(read)
  type: str
  sample: stop file
lost:
  description: The number of packets that could not be sent, because the interface was down.
  returned: with all verbs but V(read)
  type: int
  sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import CLIENT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.session import (
    CONTINUING,
    ProbeRequest,
    SessionError,
    one_shot,
    read,
    run,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "verb": {"type": "str", "choices": ["acquire", *CONTINUING, "run", "read"], "required": True},
            "interface": {"type": "str"},
            "clients": {"type": "int", "default": 1},
            **CLIENT,
            "leases": {"type": "list", "elements": "dict"},
            "timeout": {"type": "float", "default": 10},
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
            *(("verb", verb, ("interface",)) for verb in ("acquire", *CONTINUING, "run")),
            *(("verb", verb, ("leases",)) for verb in CONTINUING),
            ("verb", "run", ("duration", "record")),
            ("verb", "read", ("record",)),
        ],
        supports_check_mode=True,
    )
    verb = module.params["verb"]
    try:
        if verb == "read":
            module.exit_json(**read(module.params["record"]))
        wanted = ProbeRequest(**module.params)
        if module.check_mode:
            wanted.check()
            module.exit_json(changed=True, msg=f"{verb} on {wanted.interface}: nothing sent in check mode.")
        result = run(wanted) if verb == "run" else one_shot(wanted)
    except SessionError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
