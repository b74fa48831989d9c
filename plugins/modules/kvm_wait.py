#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_wait
short_description: Wait until virtual machines answer by SSH
description:
  - Waits until all machines answer by SSH, for as long as they show progress. A machine shows progress while it reads
    or writes its disk, or writes to its console. A slow host makes nothing fail, and a machine that hangs is reported.
  - Fails with the last lines of the consoles of those that neither answer nor show progress.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.2.0
requirements:
  - libvirt's Python bindings (python3-libvirt)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
options:
  machines:
    description: Name of a machine -> the address at which this host reaches it.
    type: dict
    required: true
  quiet:
    description: Seconds that a machine may show no progress.
    type: int
    default: 300
seealso:
  - module: netlab.dhcp_failover.kvm_lab_info
"""

EXAMPLES = r"""
- name: Wait for the servers
  netlab.dhcp_failover.kvm_wait:
    machines:
      dhcp_server1: 10.213.42.11
      dhcp_server2: 10.213.42.12
"""

RETURN = r"""# """

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm import (
    answers,
    connected,
    console_end,
    progress,
    stalled,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "machines": {"type": "dict", "required": True},
            "quiet": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    machines, quiet = module.params["machines"], module.params["quiet"]
    try:
        with connected() as connection:
            stuck = stalled(machines, answers, lambda name: progress(connection, name), quiet)
    except HostError as error:
        module.fail_json(msg=str(error))
    if stuck:
        ends = " ... ".join(f"{name}: {console_end(name)}" for name in stuck)
        module.fail_json(
            msg=f"no answer by SSH from {', '.join(stuck)}, and no progress on disk and console for {quiet} s. Look at "
            f"it with: virsh console NAME. The consoles end with: {ends}"
        )
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
