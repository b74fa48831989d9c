#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: managed_client
short_description: Run a DHCP client on an interface, and wait for its lease
description:
  - Runs C(dhclient) or C(dhcpcd) on one interface as the systemd service C(dhcp-client-INTERFACE), now and after a
    reboot, and waits until it holds a lease. Plays should use the role P(netlab.dhcp_failover.dhcp_client#role), which
    also installs the program.
  - If the program is not installed, returns the name of its package, and changes nothing.
  - Refuses an interface that the host needs for its own network.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  interface:
    description: The interface.
    type: str
    required: true
  program:
    description: The program that takes the lease.
    type: str
    choices: [dhclient, dhcpcd]
    default: dhclient
  default_route:
    description:
      - Whether the host takes its default route, and other routes, from the lease. Refused on a host that has its
        default route on another interface.
    type: bool
    default: false
  name_servers:
    description: Whether the host takes its name servers and search domains from the lease.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for a lease.
    type: int
    default: 60
  reached_at:
    description:
      - The address to which Ansible connects. The address at which the host's SSH server accepted the connection counts
        in any case.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
seealso:
  - module: netlab.dhcp_failover.client_lease_info
"""

EXAMPLES = r"""
- name: Take a lease
  netlab.dhcp_failover.managed_client:
    interface: ens9
    timeout: 30
  register: client
"""

RETURN = r"""
lease:
  description:
    - The lease, as M(netlab.dhcp_failover.client_lease_info) returns it.
    - V(null) if the program is not installed, and in check mode if there is no lease yet.
  returned: success
  type: dict
package:
  description: The package to install first; V(null) if the program is installed.
  returned: success
  type: str
  sample: isc-dhcp-client
package_manager:
  description: The module that installs packages on this host.
  returned: success
  type: str
  sample: apt
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.program import (
    Program,
    ProgramError,
    find_service,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.setup import Client


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "program": {"type": "str", "choices": ["dhclient", "dhcpcd"], "default": "dhclient"},
            "default_route": {"type": "bool", "default": False},
            "name_servers": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 60},
            "reached_at": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    except (ProgramError, OSError) as error:
        module.fail_json(msg=str(error))


def run(module: AnsibleModule) -> None:
    names = ("interface", "program", "default_route", "name_servers")
    client = Client(**{name: module.params[name] for name in names})
    program = Program(client.interface, client.program)
    seen = program.look(0)
    service = find_service(client)
    refusals = service.refusals(module.params["reached_at"])
    if refusals:
        module.fail_json(msg=" ".join(refusals))
    installed = service.installed
    changed = not service.settled or seen["lease"] is None
    if changed and installed and not module.check_mode:
        service.apply(seen["lease"] is not None)
        seen = program.look(module.params["timeout"])
        if seen["lease"] is None:
            module.fail_json(
                msg=f"no lease within {module.params['timeout']} s: {seen['reason']} See its log: journalctl -u "
                f"{client.service}"
            )
    module.exit_json(
        changed=changed and (installed or module.check_mode),
        lease=seen["lease"],
        package=None if installed else service.platform.packages[client.program],
        package_manager=service.platform.manager,
        diff=service.diff(),
    )


if __name__ == "__main__":
    main()
