#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: lease_info
short_description: What a DHCP server's lease database holds
description:
  - Reads the lease database of C(dhcpd) on this host. The last entry about an address counts; one that was cut off
    does not.
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
  binding_states:
    description: Only leases in one of these states, for instance V(active).
    type: list
    elements: str
  config:
    description: The daemon's configuration, which tells the relationship that an address belongs to.
    type: path
    default: /etc/dhcp/dhcpd.conf
  lease_file:
    description:
      - The lease database. If not given, C(/var/lib/dhcp/dhcpd.leases) (Debian) or
        C(/var/lib/dhcpd/dhcpd.leases) (Fedora, Enterprise Linux), whichever exists.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and return what it would without it.
    support: full
  diff_mode:
    description: Shows differences.
    support: none
    details: It changes nothing.
"""

EXAMPLES = r"""
- name: Wait until this server knows the client's lease
  netlab.dhcp_failover.lease_info:
    addresses: [172.16.1.225]
    binding_states: [active]
  register: database
  until: database.leases | length > 0
  retries: 10
  delay: 1
"""

RETURN = r"""
leases:
  description: The leases, in the order of their addresses. Times are UTC; V(null) where the database tells none.
  returned: success
  type: list
  elements: dict
  contains:
    relationship:
      description: The relationship that the address belongs to; V(null) if it is in no failover pool.
      type: str
      sample: dhcp-failover
  sample:
    - address: 172.16.1.225
      binding_state: active
      starts: "2026-11-22T18:35:56Z"
      ends: "2026-11-22T19:05:56Z"
      tstp: "2026-11-23T06:50:56Z"
      tsfp: "2026-11-23T06:50:56Z"
      atsfp: "2026-11-23T06:50:56Z"
      cltt: "2026-11-22T18:35:56Z"
      hardware: 52:54:00:c1:fb:9c
      client_hostname: dhcp-client
      relationship: dhcp-failover
"""

import socket
from dataclasses import asdict
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._failover_status import (
    StatusError,
    format_time,
    read_config_file,
    read_lease_file,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._leases import Lease
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._server_conf import Pool, pool_finder


def report(lease: Lease, pool: Pool | None) -> dict[str, Any]:
    """A lease as the module returns it."""
    values = {
        name: format_time(value) if isinstance(value, datetime) else value for name, value in asdict(lease).items()
    }
    return {**values, "relationship": pool.relationship if pool else None}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "addresses": {"type": "list", "elements": "str"},
            "hardware": {"type": "str"},
            "binding_states": {"type": "list", "elements": "str"},
            "config": {"type": "path", "default": "/etc/dhcp/dhcpd.conf"},
            "lease_file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    try:
        leases, _states = read_lease_file(socket.gethostname(), wanted["lease_file"])
        pools = read_config_file(socket.gethostname(), wanted["config"]).pools
    except StatusError as error:
        module.fail_json(msg=str(error))
    found = [
        lease
        for lease in leases.values()
        if (wanted["addresses"] is None or lease.address in wanted["addresses"])
        and (wanted["hardware"] is None or (lease.hardware or "").lower() == wanted["hardware"].lower())
        and (wanted["binding_states"] is None or lease.binding_state in wanted["binding_states"])
    ]
    found.sort(key=lambda lease: IPv4Address(lease.address))
    pool_of = pool_finder(pools)
    module.exit_json(changed=False, leases=[report(lease, pool_of(lease.address)) for lease in found])


if __name__ == "__main__":
    main()
