#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: failover_info
short_description: Return the state and faults of a DHCP server's failover relationships
description:
  - Asks the daemon of this host for the state of each relationship, counts the addresses of each pool in its lease
    database, and looks for faults in the journal. It asks C(dhcpd) through OMAPI on its own loopback, and Kea through
    its unix socket.
  - Changes nothing. It needs root, for the OMAPI key or the socket and for the lease database, and only Python on the
    host.
  - A relationship is healthy if RV(relationships[].normal) is true on B(both) servers. The partner's state as a server
    last heard it (RV(relationships[].partner_state)) still says V(normal) after the partner has died.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  relationships:
    description:
      - Names of the relationships to report. It is an error if one of them does not exist on this server.
      - The default is all relationships in O(config), or those in the lease database if O(config) does not exist.
    type: list
    elements: str
  lease_file:
    description:
      - The lease database. The default is the one that O(config) names, or else C(/var/lib/dhcp/dhcpd.leases)
        (Debian) or C(/var/lib/dhcpd/dhcpd.leases) (Fedora, Enterprise Linux), whichever exists, and
        C(/var/lib/kea/kea-leases4.csv) for Kea.
    type: path
  timeout:
    description: Seconds to wait for the daemon at each step.
    type: int
    default: 5
  states_only:
    description:
      - Ask only the daemon, and read neither its lease database nor the journal. RV(faults), RV(deployment),
        RV(relationships[].saved), RV(relationships[].pool) and RV(relationships[].pools) are then V(null).
      - Use this for servers with very many leases if only the state matters.
    type: bool
    default: false
  wait_for:
    description:
      - Wait until this is true in all relationships, but at most for O(wait_timeout), then return the state.
      - RV(reached) says whether it became true. The module does not fail if it did not.
      - While the pair moves to another daemon, the module does not wait for V(normal).
    type: str
    choices:
      normal: The server is normal.
      settled: The daemon runs, and is not in a state that it will soon leave by itself.
      alone: The server serves all clients in place of its partner.
      partner_alone: The server believes that its partner serves all clients.
  wait_timeout:
    description: The maximum number of seconds to wait for O(wait_for).
    type: int
    default: 120
  leases:
    description: Also return RV(leases), with which two partners are compared.
    type: bool
    default: false
  log_lines:
    description: The number of the daemon's last log lines about relationships and errors to return in RV(log).
    type: int
    default: 0
extends_documentation_fragment:
  - netlab.dhcp_failover._daemon
  - netlab.dhcp_failover._omapi
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Ask the pair for its state
  netlab.dhcp_failover.failover_info:
  become: true
  register: pair

- name: Wait until this server is normal
  netlab.dhcp_failover.failover_info:
    relationships: [dhcp-failover]
    states_only: true
    wait_for: normal
    wait_timeout: 60
  become: true
  register: pair
  failed_when: not pair.reached
"""

RETURN = r"""
daemon:
  description: The daemon that was asked.
  returned: success
  type: str
  sample: dhcpd
unit:
  description: The unit of systemd that runs the daemon.
  returned: success
  type: str
  sample: isc-dhcp-server
answering:
  description: The daemons that run on this host; of two, those that hear clients. Two of them lease the same addresses.
  returned: success, and if a question has no answer
  type: list
  elements: str
  sample: [dhcpd]
starting:
  description: The daemons that start with this host; of two, those that hear clients then.
  returned: success, and if a question has no answer
  type: list
  elements: str
  sample: [dhcpd]
running:
  description: Whether the daemon runs on this host.
  returned: success
  type: bool
  sample: true
version:
  description: The version of the daemon that runs or would be started; V(null) if there is none.
  returned: success
  type: str
  sample: 4.4.3-P1
reached:
  description: Whether O(wait_for) is true in all relationships.
  returned: when O(wait_for) is given
  type: bool
  sample: true
waited:
  description: How many seconds the module has waited.
  returned: when O(wait_for) is given
  type: float
  sample: 3.1
log:
  description: The daemon's last log lines about relationships and errors, the oldest first.
  returned: when O(log_lines) is not 0
  type: list
  elements: str
  sample: ["2026-11-22T18:19:56+0000 dhcp-server1 dhcpd[783]: failover peer dhcp-failover: Both servers normal"]
leases:
  description:
    - The active leases by relationship, in a compact form, of a daemon whose partner has the same ones (Kea).
    - Partners that differ for longer than ten seconds, in the same leases, do not tell each other of them.
  returned: when O(leases) is true
  type: dict
  sample: {wifi: "eJxrYGBgOAAhAAMBAQI="}
time:
  description: The time on this host, in seconds since the epoch.
  returned: success
  type: float
  sample: 1795386104.92
clock_offset:
  description:
    - Seconds by which this host's clock is ahead of the controller's, to within RV(clock_uncertainty).
    - The daemons see the difference between two servers' offsets. From 60 s on, they do not work together.
  returned: success
  type: float
  sample: -0.04
clock_uncertainty:
  description: The possible error of RV(clock_offset) in seconds, because asking takes time.
  returned: success
  type: float
  sample: 0.31
faults:
  description:
    - The daemon's complaints in its journal since its last start that still apply, one entry for each kind of fault and
      relationship. The many harmless messages are left out.
    - A fault that kept the servers from connecting ends when the relationship becomes V(normal); if dhcpd names no
      relationship of this server, when one does. If it still applies, dhcpd soon logs it again. Refused updates are
      forgotten when the connection ends, because dhcpd sends them again. A failure to write the lease database ends
      when dhcpd has written all of it.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: >-
        One of V(unknown-ip-address), V(different-relationship), V(time-mismatch), V(invalid-partner),
        V(unknown-relationship), V(no-matching-state), V(already-connected), V(startup-timeout), V(invalid-mclt),
        V(address-not-available), V(host-name-unresolved), V(connection-refused), V(partner-unreachable),
        V(potential-conflict), V(serves-no-client), V(no-referring-pools), V(configuration-error), V(lease-database),
        V(damaged-lease-database), V(fatal). For Kea also V(partner-refuses), V(clock-skew), V(updates-rejected),
        V(lease-refused), V(terminated), V(partner-terminated), V(synchronization-failed), V(no-listener),
        V(updates-disabled), V(subnet-without-relationship), V(no-socket).
      type: str
      sample: unknown-ip-address
    relationship:
      description: >-
        The relationship as dhcpd names it, for V(unknown-relationship) as its partner names it. V(null) if dhcpd names
        none, and it may be any of several.
      type: str
      sample: dhcp-failover
    message:
      description: The latest message.
      type: str
      sample: "bind update on 172.16.1.240 from dhcp-failover rejected: unknown IP address"
    hint:
      description: What to do.
      type: str
      sample: Make the ranges equal and restart the server that has not read them yet.
    time:
      description: When it was last logged, in UTC.
      type: str
      sample: "2026-11-22T18:19:56Z"
    first:
      description: When it was first logged, in UTC.
      type: str
      sample: "2026-11-22T18:19:56Z"
    count:
      description: How often it was logged. At most the newest 20,000 messages are read.
      type: int
      sample: 9
journal_problem:
  description: Why RV(faults) may be incomplete; V(null) if they are complete.
  returned: success
  type: str
  sample: null
deployment:
  description:
    - A deployment to this server that has not ended, or a file that the daemon reads at its start and that was changed
      after it; V(null) if there is neither.
    - If it was interrupted, deploying again completes it.
  returned: success
  type: dict
  contains:
    step:
      description:
        - How far it came. V(begun), it has written nothing yet; V(staged), its files are beside those in use, and
          nothing was replaced; V(unread), its files are in use, but the daemon still runs with the previous ones;
          V(unproven), the daemon was started with them, but the servers were not yet seen to be normal; V(moving), the
          pair gets another daemon.
      type: str
      sample: unproven
    since:
      description: When it began, or when the files were written, in UTC; of a move, its last record.
      type: str
      sample: "2026-11-22T18:19:56Z"
    files:
      description: The files that are not in force.
      type: list
      elements: str
      sample: []
    kept:
      description: Whether the previous files are kept beside them, for a rollback.
      type: bool
      sample: true
    by:
      description:
        - Who deploys to this server now; V(null) if nobody does, so the deployment was interrupted.
        - A run that was killed on another controller still counts for up to ten minutes.
      type: str
      sample: root@controller (process 4711)
    goal:
      description: The daemon that the pair gets; V(null) if it does not move.
      type: str
      sample: null
    holder:
      description:
        - Whose leases count while the pair moves, V(dhcpd) for those of both C(dhcpd), V(kea-primary) for those of
          Kea on the primary, or V(kea) for those of both Kea; V(null) if it does not move.
      type: str
      sample: null
relationships:
  description: One entry for each relationship.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Its name.
        - Kea names the servers only. The common part of names that end with C(-primary) and C(-secondary) is the
          relationship's; otherwise it is both names, joined.
      type: str
      sample: dhcp-failover
    role:
      description: This server's side, V(primary) or V(secondary); V(null) if only the lease database has it.
      type: str
      sample: primary
    address:
      description: This server's address in its configuration.
      type: str
      sample: 172.16.1.100
    port:
      description: The port that it listens on.
      type: int
      sample: 647
    peer_address:
      description: The partner's address in this server's configuration.
      type: str
      sample: 172.16.1.200
    peer_port:
      description: The port that the partner is expected to listen on.
      type: int
      sample: 647
    max_response_delay:
      description: Seconds without a message after which this server considers the connection to its partner lost.
      type: int
      sample: 60
    heartbeat:
      description: Seconds between two heartbeats to the partner. Only Kea has them.
      type: int
      sample: null
    mode:
      description: How the two share their clients, V(hot-standby) or V(load-balancing). Only Kea states it.
      type: str
      sample: null
    tls:
      description: Whether the connection between the two is encrypted. Only Kea can encrypt it.
      type: bool
      sample: null
    takeover:
      description:
        - Whether this server serves all clients without an operator's word when it has lost its partner; V(false) if it
          waits for the verb V(partner_down) of M(netlab.dhcp_failover.failover_state). Only Kea states it.
      type: bool
      sample: null
    local_state:
      description:
        - This server's own state, under the daemon's name; V(unknown-state) while the daemon does not run or does not
          know the relationship (see RV(relationships[].problem)).
      type: str
      sample: normal
    phase:
      description:
        - The meaning of the state, for any daemon.
        - V(normal), it works together with its partner; V(interrupted), it has lost its partner and serves from its own
          share of the addresses; V(alone), it serves all clients and, after the MCLT, from all addresses; V(waiting),
          it serves no client until RV(relationships[].wait_until); V(resolving), both have served alone and compare
          their leases; V(settling), it has just started or moves on soon, so ask again; V(held), it stays until an
          operator ends it (playbook C(rejoin)); V(unknown), see RV(relationships[].problem).
      type: str
      sample: normal
    normal:
      description: Whether this server says that it is normal. The pair is healthy if both servers say so.
      type: bool
      sample: true
    serving:
      description:
        - Whether this server answers clients now. In hot standby, the secondary does not as long as the primary works.
      type: bool
      sample: true
    wait_until:
      description:
        - When this server will serve again, in UTC; V(null) if it does not wait. A server waits for the MCLT after it
          lost its lease database.
      type: str
      sample: null
    since:
      description: Since when, in UTC.
      type: str
      sample: "2026-11-22T18:19:56Z"
    partner_state:
      description: The partner's state as this server last heard it. Not a sign of health.
      type: str
      sample: normal
    partner_phase:
      description: The meaning of that state, as in RV(relationships[].phase).
      type: str
      sample: normal
    partner_since:
      description: Since when, in UTC.
      type: str
      sample: "2026-11-22T18:19:56Z"
    unacked_updates:
      description: Updates that the partner has not acknowledged yet; V(null) if the daemon does not say, like Kea.
      type: int
      sample: 0
    mclt:
      description: Maximum client lead time in seconds. A secondary learns it from its primary. Kea has none (V(null)).
      type: int
      sample: 1800
    problem:
      description: Why the state is unknown, and what to do; V(null) if it is known.
      type: str
      sample: null
    saved:
      description:
        - The state in the lease database; V(null) if there is none, as for Kea. The daemon will start in this state; it
          says nothing about its present one.
      type: dict
      sample:
        local_state: normal
        phase: normal
        since: "2026-11-22T18:19:56Z"
        partner_state: normal
        partner_since: "2026-11-22T18:19:56Z"
    pool:
      description:
        - Number of addresses in all pools of the relationship by the state of their last entry in the lease database,
          and V(total). For C(dhcpd), V(free) are the primary's to give, V(backup) the secondary's. For Kea, all that
          are neither V(active) nor V(abandoned) are V(free).
      type: dict
      sample: {total: 11, free: 5, backup: 5, active: 1, expired: 0, released: 0, abandoned: 0, reset: 0}
    pools:
      description: The same for each pool, with its V(subnet) and V(ranges).
      type: list
      elements: dict
      sample:
        - subnet: 172.16.1.0/24
          ranges: [172.16.1.220-172.16.1.230]
          total: 11
          free: 5
          backup: 5
          active: 1
          expired: 0
          released: 0
          abandoned: 0
          reset: 0
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import (
    GOALS,
    OPTIONS,
    answering_daemons,
    choose,
    control,
    find_unit,
    reached,
    starting_daemons,
    wait,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "relationships": {"type": "list", "elements": "str"},
            **OPTIONS,
            "lease_file": {"type": "path"},
            "timeout": {"type": "int", "default": 5},
            "states_only": {"type": "bool", "default": False},
            "wait_for": {"type": "str", "choices": list(GOALS)},
            "wait_timeout": {"type": "int", "default": 120},
            "leases": {"type": "bool", "default": False},
            "log_lines": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    names, goal = params["relationships"], params["wait_for"]
    more: dict[str, Any] = {"answering": answering_daemons(), "starting": starting_daemons()}
    try:
        name = choose(params["daemon"], params["config"])
        daemon = control(name, params)
        more.update(daemon=name, unit=find_unit(name))
        if goal:
            more.update(waited=wait(daemon, names, goal, params["wait_timeout"]), reached=False)
        if params["log_lines"]:
            more["log"] = daemon.log(params["log_lines"])
        answer = daemon.answer(names, params["states_only"])
        if params["leases"]:
            more["leases"] = daemon.copied_leases()
    except ControlError as error:
        module.fail_json(msg=str(error), **more)
    if goal:
        more["reached"] = reached(answer, goal)
    module.exit_json(changed=False, **answer.as_dict(), **more)


if __name__ == "__main__":
    main()
