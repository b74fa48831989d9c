#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: client_lease_info
short_description: Return a DHCP client's lease, or the reason why it has none
description:
  - Reads the lease that C(dhclient) or C(dhcpcd) holds on an interface. A lease counts if it has not expired and its
    address is on the interface.
  - If there is none, says from the client's own log which servers answered, and how.
  - Changes nothing. It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  interface:
    description: The interface.
    type: str
    required: true
  program:
    description: The program that keeps the lease.
    type: str
    choices: [dhclient, dhcpcd]
    default: dhclient
  service:
    description:
      - The systemd unit that runs the program. Its journal since its last start has the conversation.
      - The default is C(dhcp-client-INTERFACE), as in the role P(netlab.dhcp_failover.dhcp_client#role).
    type: str
  lease_file:
    description:
      - The file in which C(dhclient) keeps its leases. C(dhcpcd) has a fixed place for them.
      - The default is C(dhclient.INTERFACE.leases) or C(dhclient.leases) in C(/var/lib/dhcp) (Debian) or
        C(/var/lib/dhclient) (Fedora, Enterprise Linux).
    type: path
  timeout:
    description: Seconds to wait for a lease. V(0) and check mode look only once.
    type: int
    default: 0
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Wait for a lease
  netlab.dhcp_failover.client_lease_info:
    interface: ens9
    timeout: 30
  register: client
  failed_when: client.lease is none
"""

RETURN = r"""
lease:
  description: The lease; V(null) if there is none.
  returned: success
  type: dict
  sample:
    interface: ens9
    address: 172.16.1.225
    prefix: 24
    netmask: 255.255.255.0
    lease_time: 1800
    server: 172.16.1.100
    routers: [172.16.1.1]
    domain_name_servers: [172.16.1.1]
    expires: "2026-11-22T18:55:05Z"
reason:
  description: Why there is no lease; V(null) if there is one.
  returned: success
  type: str
  sample: null
conversation:
  description:
    - The conversation since the service's last start. How often the client has RV(conversation.asked), the servers'
      RV(conversation.answers) in order, and the RV(conversation.troubles) that the client logged.
  returned: success
  type: dict
  contains:
    asked:
      description: Number of DHCPDISCOVER and DHCPREQUEST sent.
      type: int
      sample: 2
    answers:
      description: The servers' answers, in order.
      type: list
      elements: dict
      sample:
        - {kind: offer, server: 172.16.1.100, address: 172.16.1.225}
        - {kind: ack, server: 172.16.1.100, address: 172.16.1.225}
    troubles:
      description: Log lines about trouble, such as a network that is down or an address in use.
      type: list
      elements: str
      sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.program import (
    Program,
    ProgramError,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "program": {"type": "str", "choices": ["dhclient", "dhcpcd"], "default": "dhclient"},
            "service": {"type": "str"},
            "lease_file": {"type": "path"},
            "timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    timeout = module.params.pop("timeout")
    try:
        result = Program(**module.params).look(0 if module.check_mode else timeout)
    except ProgramError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
