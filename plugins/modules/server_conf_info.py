#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: server_conf_info
short_description: Return a DHCP server's configuration and its included files, without secrets
description:
  - Reads the host's configuration, whoever wrote it, and every file that it includes. Of Kea it also asks for the
    configuration with which it runs.
  - Secrets (keys, passwords) never leave the host. Values of the same length replace those of C(dhcpd), so that their
    strength can be judged. Comments are removed, because one may contain an old secret.
  - It fails without O(config) while the server's pair is on its way to another daemon (playbooks C(migrate) and
    C(migrate_back)).
version_added: 0.2.0
author:
  - netlab.dhcp_failover contributors (@netlab)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
  - netlab.dhcp_failover._daemon
options:
  include_folder:
    description:
      - Look for included files in this folder, by their names without folders. Use it for copies from another host.
        Nothing else of this host is read then.
      - The default is the path in the configuration.
    type: path
notes:
  - Run it as root, because only root can read included files with keys, and ask Kea.
"""

EXAMPLES = r"""
- name: Read the server's configuration
  netlab.dhcp_failover.server_conf_info:
  register: server

- name: Check the configuration
  netlab.dhcp_failover.failover_validate:
    servers:
      - name: "{{ inventory_hostname }}"
        config: "{{ server.config }}"
        includes: "{{ server.includes }}"
  delegate_to: localhost
"""

RETURN = r"""
daemon:
  description: The daemon for which the configuration is, V(dhcpd) or V(kea).
  returned: success
  type: str
  sample: dhcpd
config:
  description: Text of the configuration, without comments and secrets; V(none) if the file does not exist.
  returned: success
  type: str
includes:
  description: Texts of the included files, without comments and secrets, by the names that the configuration uses.
  returned: success
  type: dict
missing:
  description: Included files that could not be read, and why.
  returned: success
  type: dict
interfaces:
  description:
    - Interfaces that the defaults file of C(dhcpd) names; none means all of them. Kea's configuration has its own.
  returned: success
  type: list
  elements: str
  sample: [ens9]
running:
  description:
    - The configuration with which the daemon runs, as JSON without secrets; V(none) if it does not run.
    - Only Kea tells. It states all defaults, too.
  returned: success
  type: str
"""

import socket
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import CHOICE, choose, control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import MIGRATES, MIGRATION
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.reader import Reader
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, plain


def main() -> None:
    module = AnsibleModule(
        argument_spec={**CHOICE, "include_folder": {"type": "path"}},
        supports_check_mode=True,
    )
    params = module.params
    read = Reader(params["include_folder"])
    if params["config"] is None and Path(MIGRATION).exists():
        module.fail_json(msg=f"{socket.gethostname()}: {MIGRATES}")
    try:
        daemon = choose(params["daemon"], params["config"])
        found = plain(control(daemon, params).live(read))
    except ControlError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, daemon=daemon, missing=read.missing, **found)


if __name__ == "__main__":
    main()
