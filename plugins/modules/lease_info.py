#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: lease_info
short_description: What a DHCP server's lease database holds
description:
  - Reads the lease database of C(dhcpd) on this host. The last entry about an address counts; one that the daemon is
    just writing does not. If the daemon replaces the database meanwhile, it is read again.
  - A database that was edited or is damaged is read as C(dhcpd) reads it when it starts.
  - Says what is written. Of a server that is down, a lease whose RV(leases[].ends) is over is still V(active).
  - A database of a million entries is read in some seconds. Memory depends on the number of addresses that match.
  - Reads only, and works while the daemon is down. It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  addresses:
    description: Only these addresses. If not given, all that the database mentions.
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
    description: Return only how many leases match, in RV(summary), and not the leases themselves.
    type: bool
    default: false
  limit:
    description:
      - More leases than this are an error, which says how many there are. A task's result goes to the controller
        as a whole, and is no way to move a whole database.
    type: int
    default: 100000
  config:
    description: The daemon's configuration, which tells the relationship that an address belongs to.
    type: path
    default: /etc/dhcp/dhcpd.conf
  lease_file:
    description:
      - The lease database. If not given, the C(lease-file-name) of O(config), or else C(/var/lib/dhcp/dhcpd.leases)
        (Debian) or C(/var/lib/dhcpd/dhcpd.leases) (Fedora, Enterprise Linux), whichever exists.
    type: path
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Wait until this server knows the client's lease
  netlab.dhcp_failover.lease_info:
    addresses: [172.16.1.225]
    binding_states: [active]
  register: database
  until: database.leases | default([]) | length > 0
  retries: 10
  delay: 1

- name: Count the leases of each relationship by their state
  netlab.dhcp_failover.lease_info:
    summary: true
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
  description: The leases, in the order of their addresses. Times are UTC; V(null) where the database tells none.
  returned: unless O(summary=true)
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
      sample: 172.16.1.225
    binding_state:
      description: V(free) and V(backup) are addresses to give, the latter the secondary's.
      type: str
      sample: active
    next_binding_state:
      description: The state that follows when the lease ends.
      type: str
      sample: expired
    rewind_binding_state:
      description: The state that a server may take for granted if it has told its partner of no later one.
      type: str
      sample: free
    starts:
      description: When the lease was granted.
      type: str
      sample: "2026-11-22T18:35:56Z"
    ends:
      description: When it ends; V(null) also for one that never does.
      type: str
      sample: "2026-11-22T19:05:56Z"
    tstp:
      description: Up to when this server has told its partner that the client may hold it.
      type: str
      sample: "2026-11-23T06:50:56Z"
    tsfp:
      description: Up to when the partner has told this server so.
      type: str
      sample: "2026-11-23T06:50:56Z"
    atsfp:
      description: Up to when the partner has acknowledged it.
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

import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.leases import (
    BINDING_STATES,
    Entry,
    client_id,
    lease,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.server_conf import Pool, pool_finder
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.status import (
    StatusError,
    format_time,
    read_config_file,
    read_lease_file,
)


def selection(wanted: Mapping[str, Any]) -> Callable[[Entry], Entry | None]:
    """A function that keeps the entries that are asked for. It sees every entry of the database: it must be quick."""
    addresses = None if wanted["addresses"] is None else frozenset(wanted["addresses"])
    states = None if wanted["binding_states"] is None else frozenset(wanted["binding_states"])
    hardware = wanted["hardware"] and wanted["hardware"].lower()
    client = wanted["client_id"] and wanted["client_id"].lower()

    def keep(entry: Entry) -> Entry | None:
        if addresses is not None and entry.address not in addresses:
            return None
        if states is not None and entry.binding_state not in states:
            return None
        if hardware and entry.value(b"\n  hardware ").decode("latin-1").rpartition(" ")[2].lower() != hardware:
            return None
        if client and client_id(entry.value(b"\n  uid ").decode("latin-1")) != client:
            return None
        return entry

    return keep


def summarize(states: Mapping[str, str], pool_of: Callable[[str], Pool | None]) -> list[dict[str, Any]]:
    """How many leases are in each relationship and state."""
    found: dict[str | None, dict[str, int]] = {}
    for address, state in states.items():
        pool = pool_of(address)
        name = pool.relationship if pool else None
        counts = found.setdefault(name, dict.fromkeys(("total", *BINDING_STATES), 0))
        counts["total"] += 1
        counts[state] = counts.get(state, 0) + 1
    return [{"relationship": name, **found[name]} for name in sorted(found, key=lambda name: (name is None, name))]


def report(entry: Entry, pool: Pool | None) -> dict[str, Any]:
    """A lease as the module returns it."""
    values = {
        name: format_time(value) if isinstance(value, datetime) else value for name, value in vars(lease(entry)).items()
    }
    return {**values, "relationship": pool.relationship if pool else None}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "str"},
            "hardware": {"type": "str"},
            "client_id": {"type": "str"},
            "binding_states": {"type": "list", "elements": "str"},
            "summary": {"type": "bool", "default": False},
            "limit": {"type": "int", "default": 100000},
            "config": {"type": "path", "default": "/etc/dhcp/dhcpd.conf"},
            "lease_file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    host = socket.gethostname()
    keep = selection(wanted)

    def keep_state(entry: Entry) -> str | None:
        return entry.binding_state if keep(entry) else None

    try:
        configuration = read_config_file(host, wanted["config"])
        pool_of = pool_finder(configuration.pools)
        database = wanted["lease_file"] or configuration.lease_file
        if wanted["summary"]:
            states, _saved = read_lease_file(host, database, keep_state)
            module.exit_json(changed=False, summary=summarize(states, pool_of))
        entries, _saved = read_lease_file(host, database, keep)
    except StatusError as error:
        module.fail_json(msg=str(error))
    if len(entries) > wanted["limit"]:
        module.fail_json(
            msg=f"{host}: {len(entries)} leases match, and the limit is {wanted['limit']}. Ask for their numbers "
            "(summary), for fewer (addresses, hardware, client_id, binding_states), or for more (limit)."
        )
    found = sorted(entries.values(), key=lambda entry: IPv4Address(entry.address))
    module.exit_json(
        changed=False,
        summary=summarize({entry.address: entry.binding_state for entry in found}, pool_of),
        leases=[report(entry, pool_of(entry.address)) for entry in found],
    )


if __name__ == "__main__":
    main()
