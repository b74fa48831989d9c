#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: managed_server
short_description: Put the files of a DHCP server into place, as one transaction
description:
  - Writes what role C(dhcp_server) manages on a server, and does what must follow.
    M(netlab.dhcp_failover.server_compare) tells beforehand what would change.
  - The files are rendered on the controller. The secret of OMAPI is made on the host and stays there.
  - A run may be killed anywhere. A journal beside C(dhcpd.conf) says how far it came, and the next run goes on from
    there or restores what was there before.
  - It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  server:
    description:
      - The server as it is declared, one item of what P(netlab.dhcp_failover.failover_servers#filter) returns.
    type: dict
  os_family:
    description: Family of the host's distribution, as M(netlab.dhcp_failover.server_compare) returns it.
    type: str
    choices: [Debian, RedHat]
  state:
    description: How far to go.
    type: str
    required: true
    choices:
      prepared:
        - The files of O(sections) are in place, and in force. No daemon is restarted.
      staged:
        - The new configuration lies beside the real one, tested by the daemon. Nothing is touched that it uses.
      active:
        - The staged files are the real ones, and the daemon serves with them. If it does not come up, the previous
          files are restored, it is started again, and the task fails with what it said.
      confirmed:
        - The running configuration is good. There is nothing to restore any more.
      restored:
        - The server runs with what was confirmed last, with the leases from before and those granted since.
  sections:
    description: For O(state=prepared), what to prepare.
    type: list
    elements: str
    choices: [interface, package, firewall]
    default: []
  reached_at:
    description: Where Ansible connects to. The role does not configure an interface that has this address.
    type: str
    default: ""
  table:
    description: Made of O(server) on the controller, by the action plugin. Not for tasks.
    type: dict
  contents:
    description: The files' contents, from the same place.
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
      - The file with the secret of OMAPI is left out.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Take back a configuration that is not good
  ansible.builtin.import_role:
    name: netlab.dhcp_failover.dhcp_server
    tasks_from: restore.yml
"""

RETURN = r"""
msg:
  description: What came of it.
  returned: O(state=restored)
  type: str
  sample: The previous configuration is back. The server runs with it.
"""

import base64
import zlib

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.transaction import RefusedError, Transaction


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "dict"},
            "os_family": {"type": "str", "choices": ["Debian", "RedHat"]},
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
            "reached_at": {"type": "str", "default": ""},
            "table": {"type": "dict"},
            # Packed: so they are nothing that is found again in what the module says, and hidden there.
            "contents": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    contents = {path: zlib.decompress(base64.b64decode(text)) for path, text in module.params["contents"].items()}
    transaction = Transaction(Managed.from_dict(module.params["table"]), attempt, contents, module.check_mode)
    message = ""
    try:
        if module.params["state"] == "prepared":
            transaction.prepare(module.params["sections"])
        elif module.params["state"] == "staged":
            transaction.stage()
        elif module.params["state"] == "active":
            transaction.activate()
        elif module.params["state"] == "confirmed":
            transaction.confirm()
        else:
            message = transaction.restore()
    except RefusedError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}. The next run goes on from here.")
    for warning in transaction.result.warnings:
        module.warn(warning)
    result = {"diff": transaction.result.diff} if module._diff else {}
    module.exit_json(changed=transaction.result.changed, msg=message, **result)


if __name__ == "__main__":
    main()
