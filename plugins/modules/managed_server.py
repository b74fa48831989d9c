#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: managed_server
short_description: Put the files of a DHCP server into place, as one transaction
description:
  - Writes the files that the role C(dhcp_server) manages on a server, and runs the commands that must follow.
    M(netlab.dhcp_failover.server_compare) shows beforehand what would change.
  - The files are rendered on the controller. The OMAPI secret is made on the host and stays there.
  - A run may be killed at any point. A journal beside C(dhcpd.conf) records how far it came, and the next run
    continues there or restores the previous files.
  - It needs root.
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  table:
    description: What is managed on this host, as M(netlab.dhcp_failover.server_compare) returns it.
    type: dict
    required: true
  server:
    description:
      - The declared server, one item of the result of P(netlab.dhcp_failover.failover_servers#filter).
      - Required if O(state) is V(prepared) or V(staged). The files are rendered from it.
    type: dict
  state:
    description: The state to reach.
    type: str
    required: true
    choices:
      prepared:
        - The files of O(sections) are in place, and in force. No daemon is restarted. A daemon that is not installed
          yet is masked until the section V(package) is prepared, so that its package does not start it.
      staged:
        - The new configuration is beside the present one, and the daemon has tested it. No file in use is changed.
      active:
        - The staged files are in place, and the daemon serves with them. If it does not come up, the previous
          files are restored, it is started again, and the task fails with its messages.
      confirmed:
        - The running configuration is proven. There is nothing left to restore.
      restored:
        - The server runs with the last confirmed configuration, with the leases from before and those granted since.
  sections:
    description: The sections to prepare, for O(state=prepared).
    type: list
    elements: str
    choices: [interface, package, firewall]
    default: []
  owner:
    description:
      - This run of Ansible, from the action plugin on the controller. Not for tasks.
      - The first state that changes something locks the host for this run, and refuses if the host has changed since
        it was compared. While the lock lasts, other runs are refused.
    type: dict
    default: {}
  contents:
    description: The files' contents, rendered by the action plugin on the controller. Not for tasks.
    type: dict
    default: {}
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The file with the OMAPI secret is left out.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Roll back a bad configuration
  ansible.builtin.import_role:
    name: netlab.dhcp_failover.dhcp_server
    tasks_from: restore.yml
"""

RETURN = r"""
lock:
  description: The lock of another run that deploys to this host.
  returned: if it is refused for that
  type: dict
  sample:
    who: root@controller (process 4711)
    since: "2026-11-25T20:15:00Z"
    until: "2026-11-25T20:25:00Z"
msg:
  description: The result.
  returned: O(state=restored)
  type: str
  sample: The previous configuration is back. The server runs with it.
stopped:
  description: Whether the service is stopped, as it was before the deployment.
  returned: O(state=restored)
  type: bool
  sample: false
"""

import base64
import zlib
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import LockedError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError, Transaction


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "table": {"type": "dict", "required": True},
            "server": {"type": "dict"},
            "state": {
                "type": "str",
                "required": True,
                "choices": ["prepared", "staged", "active", "confirmed", "restored"],
            },
            "sections": {
                "type": "list",
                "elements": "str",
                "choices": ["interface", "package", "firewall"],
                "default": [],
            },
            "owner": {"type": "dict", "default": {}},
            # Packed: Ansible hides the values of a no_log option in the output, where parts of plain texts could occur.
            "contents": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    contents = {path: zlib.decompress(base64.b64decode(text)) for path, text in module.params["contents"].items()}
    transaction = Transaction(Managed.from_dict(module.params["table"]), attempt, contents, module.check_mode)
    try:
        message = transaction.reach(module.params["state"], module.params["sections"], module.params["owner"])
    except LockedError as error:
        module.fail_json(msg=str(error), lock=error.lock.as_dict())
    except RefusedError as error:
        module.fail_json(msg=str(error))
    for warning in transaction.result.warnings:
        module.warn(warning)
    result: dict[str, Any] = {"diff": transaction.result.diff} if module._diff else {}
    if module.params["state"] == "restored":
        result.update(msg=message, stopped=transaction.result.stopped)
    module.exit_json(changed=transaction.result.changed, **result)


if __name__ == "__main__":
    main()
