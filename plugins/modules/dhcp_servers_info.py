#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_servers_info
short_description: Find the DHCP servers that answer on a network
description:
  - Asks for an address as a DHCP client would, and returns every server that answers, with its offer.
    It takes no address.
  - Its clients are on an Ethernet interface, with MAC addresses of their own. The host's own addresses, and the
    programs that manage them, are not touched. Meanwhile, the interface receives all frames (promiscuous mode).
  - Needs root, and only Python on the host.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  interface:
    description: The interface. It must be up; it needs no address.
    type: str
    required: true
  expected_servers:
    description:
      - The server identifiers that may answer. Servers that are not among them are reported in RV(rogues), and those
        that do not answer in RV(missing).
    type: list
    elements: str
  timeout:
    description:
      - Seconds to listen. The module always listens for all of them, because another server may answer last.
      - It asks again after 5 seconds. Of two servers that balance their load, only one answers the first question, and
        both answer the second. To find both, wait for at least 6 seconds.
    type: float
    default: 10
  clients:
    description: The number of clients that ask, at most 1000.
    type: int
    default: 1
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._client
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Check that only our two servers answer here
  netlab.dhcp_failover.dhcp_servers_info:
    interface: ens9
    expected_servers: [172.16.1.100, 172.16.1.200]
  become: true
  register: network
  failed_when: network is failed or network.rogues | length > 0
"""

RETURN = r"""
msg:
  description: The result, in a sentence.
  returned: always
  type: str
  sample: "2 servers answered on ens9: 172.16.1.100 offers 172.16.1.225; 172.16.1.200 offers 172.16.1.224."
servers:
  description: The servers that answered. Answers with the same identifier and different MAC addresses are two servers.
  returned: success
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
  description: The identifiers of servers that answered and are not in O(expected_servers).
  returned: success
  type: list
  elements: str
  sample: []
missing:
  description: Those of O(expected_servers) that did not answer.
  returned: success
  type: list
  elements: str
  sample: []
lost:
  description: The number of packets that could not be sent, because the interface was down.
  returned: success
  type: int
  sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.exchange import CLIENT, DISCOVER
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.session import (
    ProbeRequest,
    SessionError,
    discover,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "expected_servers": {"type": "list", "elements": "str"},
            "timeout": {"type": "float", "default": 10},
            "clients": {"type": "int", "default": 1},
            **CLIENT,
        },
        supports_check_mode=True,
    )
    expected = module.params.pop("expected_servers")
    try:
        result = discover(ProbeRequest(verb=DISCOVER, **module.params), expected)
    except SessionError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
