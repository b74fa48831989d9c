#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: lease_info
short_description: Return the leases in a DHCP server's lease database
description:
  - Reads the lease database of C(dhcpd) or Kea (C(memfile)) on this host. The last entry for an address counts; one
    that the daemon is just writing does not. If the daemon replaces the database while it is read, it is read again.
  - Reads an edited or damaged database as the daemon does when it starts.
  - Returns what is written. On a server that is down, a lease may still be V(active) after RV(leases[].ends).
  - Reads a database of a million entries in a few seconds. Memory depends on the number of matching addresses.
  - Changes nothing, and works while the daemon is down. It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  addresses:
    description: Only these addresses. The default is all addresses in the database.
    type: list
    elements: str
  hardware:
    description: Only leases of this hardware address.
    type: str
  client_id:
    description: Only leases of this client identifier, in hexadecimal as in V(01:52:54:00:c1:fb:9c).
    type: str
  binding_states:
    description: Only leases in one of these states, for instance V(active).
    type: list
    elements: str
  summary:
    description: Return only the number of matching leases, in RV(summary), not the leases themselves.
    type: bool
    default: false
  limit:
    description:
      - More leases than this are an error, which gives their number. A task's result goes to the controller as a whole,
        so it is not a way to copy a database.
    type: int
    default: 100000
  lease_file:
    description:
      - The lease database. The default is the one that O(config) names, or else C(/var/lib/dhcp/dhcpd.leases)
        (Debian) or C(/var/lib/dhcpd/dhcpd.leases) (Fedora, Enterprise Linux), whichever exists, and
        C(/var/lib/kea/kea-leases4.csv) for Kea.
    type: path
extends_documentation_fragment:
  - netlab.dhcp_failover._daemon
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Wait until this server knows the client's lease
  netlab.dhcp_failover.lease_info:
    addresses: [172.16.1.225]
    binding_states: [active]
  become: true
  register: database
  until: database.leases | default([]) | length > 0
  retries: 10
  delay: 1

- name: Count the leases of each relationship by their state
  netlab.dhcp_failover.lease_info:
    summary: true
  become: true
  register: database
"""

RETURN = r"""
summary:
  description:
    - How many of the leases that match are in each relationship (V(null) is in no failover pool) and state. An address
      that the database never mentions is not counted; M(netlab.dhcp_failover.failover_info) counts it as V(free).
  returned: success
  type: list
  elements: dict
  sample:
    - relationship: dhcp-failover
      total: 11
      free: 5
      backup: 5
      active: 1
      expired: 0
      released: 0
      abandoned: 0
      reset: 0
leases:
  description: The leases, in the order of their addresses. Times are in UTC; V(null) if the database has none.
  returned: unless O(summary=true)
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
      sample: 172.16.1.225
    binding_state:
      description:
        - For C(dhcpd), V(free) addresses are the primary's to lease, V(backup) addresses the secondary's.
        - For Kea, a declined address is V(abandoned), and an address without lease is not in the database.
      type: str
      sample: active
    next_binding_state:
      description: The state that follows when the lease ends.
      type: str
      sample: expired
    rewind_binding_state:
      description: The state to which a server may return the lease unless it has told its partner of a later one.
      type: str
      sample: free
    starts:
      description: When the lease was granted.
      type: str
      sample: "2026-11-22T18:35:56Z"
    ends:
      description: When it ends; V(null) also if it never does.
      type: str
      sample: "2026-11-22T19:05:56Z"
    tstp:
      description: The time until which this server has told its partner that the client may hold the lease.
      type: str
      sample: "2026-11-23T06:50:56Z"
    tsfp:
      description: The time until which the partner has told this server so.
      type: str
      sample: "2026-11-23T06:50:56Z"
    atsfp:
      description: The time until which the partner has acknowledged it.
      type: str
      sample: "2026-11-23T06:50:56Z"
    cltt:
      description: The last transaction with the client.
      type: str
      sample: "2026-11-22T18:35:56Z"
    hardware:
      description: The client's hardware address.
      type: str
      sample: 52:54:00:c1:fb:9c
    client_id:
      description: The client's identifier, in hexadecimal; V(null) if it sent none.
      type: str
      sample: 01:52:54:00:c1:fb:9c
    client_hostname:
      description: The name that the client gave itself.
      type: str
      sample: dhcp-client
    relationship:
      description: The relationship that the address belongs to; V(null) if it is in no failover pool.
      type: str
      sample: dhcp-failover
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import CHOICE, choose, control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    ControlError,
    Selection,
    plain,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "str"},
            "hardware": {"type": "str"},
            "client_id": {"type": "str"},
            "binding_states": {"type": "list", "elements": "str"},
            "summary": {"type": "bool", "default": False},
            "limit": {"type": "int", "default": 100000},
            **CHOICE,
            "lease_file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    addresses, states = params["addresses"], params["binding_states"]
    wanted = Selection(
        None if addresses is None else frozenset(addresses),
        None if states is None else frozenset(states),
        params["hardware"],
        params["client_id"],
    )
    result = {}
    try:
        daemon = control(choose(params["daemon"], params["config"]), params)
        if params["summary"]:
            counts = daemon.count_leases(wanted)
        else:
            leases, counts = daemon.leases(wanted, params["limit"])
            result["leases"] = [plain(lease) for lease in leases]
    except ControlError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, summary=[count.as_dict() for count in counts], **result)


if __name__ == "__main__":
    main()
