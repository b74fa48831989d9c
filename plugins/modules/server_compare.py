#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: server_compare
short_description: What on a DHCP server is not as role dhcp_server would make it
description:
  - Compares files, units, addresses and firewall tables of this host with what is wanted, in one look, and reads the
    halves of the configuration that is there.
  - Role C(dhcp_server) says what is wanted. An empty list of RV(differences) means that it has nothing to do.
  - Reads only. It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  os_family:
    description:
      - Family that the other options are for, as Ansible names it. If the host is of another, only that is returned.
    type: str
  service:
    description: Unit of the daemon, which must be enabled and active.
    type: str
    required: true
  config:
    description: The daemon's configuration, whose halves are returned.
    type: path
    default: /etc/dhcp/dhcpd.conf
  lease_file:
    description: The lease database.
    type: path
    required: true
  runtime_folder:
    description: A folder that is as old as the running daemon.
    type: path
    required: true
  reads:
    description: Files that the daemon reads at its start; they must be older than it.
    type: list
    elements: path
    default: []
  marker:
    description: A file that is there while the configuration is not yet proven.
    type: path
    required: true
  files:
    description: Files and folders.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The file.
        type: path
        required: true
      section:
        description: What it belongs to.
        type: str
        required: true
      state:
        description: Whether it should be there.
        type: str
        choices: [present, absent]
        default: present
      sha256:
        description: Checksum of its content.
        type: str
      without_secret:
        description: Whether the checksum is that of the content with every C(secret "...") emptied.
        type: bool
        default: false
      owner:
        description: Name of its owner.
        type: str
      group:
        description: Name of its group.
        type: str
      mode:
        description: Its mode, as four octal digits.
        type: str
  interfaces:
    description: Interfaces that must exist.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the interface.
        type: str
        required: true
      address:
        description: Address with prefix length that it must have.
        type: str
  units:
    description: Services that must be enabled and active.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The service, without its suffix.
        type: str
        required: true
      section:
        description: What it belongs to.
        type: str
        required: true
      reads:
        description: Files that it reads at its start; they must be older than that.
        type: list
        elements: path
        default: []
  tables:
    description: Tables of nftables that must be in force, such as V(inet dhcp_server).
    type: list
    elements: str
    default: []
  firewalld:
    description: What a zone of firewalld must let in or keep out, both now and after a restart.
    type: dict
    suboptions:
      zone:
        description: The zone; if empty, the default zone.
        type: str
        default: ""
      services:
        description: Services that must be in it.
        type: list
        elements: str
        default: []
      rich_rules:
        description: Rich rules that must be in it, as firewalld prints them.
        type: list
        elements: str
        default: []
      own:
        description: Regular expression at whose match a rule must be one of O(firewalld.rich_rules).
        type: str
        required: true
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Compare the host with its declaration
  ansible.builtin.import_role:
    name: netlab.dhcp_failover.dhcp_server
    tasks_from: compare.yml
"""

RETURN = r"""
differences:
  description:
    - What is not as wanted. Programs read the other keys; C(message) is for people.
    - "Files: C(subject) is the path; V(missing), V(extra), or V(different) in the C(aspect) V(owner), V(group), V(mode)
      or V(content)."
    - "Interfaces: C(subject) is the name; V(missing) without an aspect if there is no such interface, with the aspect
      V(address) if it lacks the C(wanted) one."
    - "Units: C(subject) is the name; V(different) in V(enabled) or V(active), V(unread) with the path that it must read
      again as its aspect, or V(definition) for its own files."
    - "Firewalls: C(subject) is a table of nftables, V(missing), or a zone of firewalld, whose C(wanted) service or rule
      is V(missing), or which has the rule C(found) as an V(extra); the aspect is V(runtime) or V(permanent)."
  returned: success
  type: list
  elements: dict
  contains:
    section:
      description: What it belongs to.
      type: str
      sample: config
    kind:
      description: V(missing), V(extra), V(different) or V(unread).
      type: str
      sample: different
    subject:
      description: What differs.
      type: str
      sample: /etc/dhcp/dhcpd.conf
    aspect:
      description: What about it; empty if it is the whole.
      type: str
      sample: mode
    found:
      description: The value on the host, if there is one to tell.
      type: str
      sample: "0600"
    wanted:
      description: The value that it should have, if there is one to tell.
      type: str
      sample: "0644"
    message:
      description: The difference as a sentence.
      type: str
      sample: /etc/dhcp/dhcpd.conf has mode 0600, not 0644
os_family:
  description: The family of the host's distribution, or its own name if that is neither V(Debian) nor V(RedHat).
  returned: success
  type: str
  sample: Debian
status:
  description:
    - What M(netlab.dhcp_failover.failover_info) returns with O(netlab.dhcp_failover.failover_info#module:states_only);
      C(msg) if the daemon cannot be asked, and with it C(saved), the phase of each relationship in the lease
      database, if that is because its configuration has no OMAPI.
  returned: success
  type: dict
running:
  description: Whether the daemon's unit is active.
  returned: success
  type: bool
  sample: true
unproven:
  description: Whether O(marker) is there, because a deployment was interrupted before its configuration was proven.
  returned: success
  type: bool
  sample: false
interfaces:
  description: Interfaces of the host.
  returned: success
  type: list
  elements: str
  sample: [ens9, lo]
addresses:
  description: IPv4 addresses of the host.
  returned: success
  type: list
  elements: str
  sample: [127.0.0.1, 172.16.1.100]
halves:
  description: The halves in O(config), with V(name), V(role), V(address), V(port), V(peer_address) and V(peer_port).
  returned: success
  type: list
  elements: dict
  sample:
    - name: dhcp-failover
      role: primary
      address: 172.16.1.100
      port: 647
      peer_address: 172.16.1.200
      peer_port: 647
disk:
  description: Bytes free where the lease database is, and its size.
  returned: success
  type: dict
  sample: {folder: /var/lib/dhcp, free: 40000000000, database: 4096}
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import control
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    CONFIG_FILE,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import compare_server
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import ControlError, NoAccessError

HALF = ("name", "role", "address", "port", "peer_address", "peer_port")


def ask_daemon(params: Mapping[str, Any]) -> dict[str, Any]:
    """The halves on the host, and what the daemon says, or why it cannot be asked and what its database holds."""
    daemon = control("dhcpd", params)
    halves = [{name: getattr(report, name) for name in HALF} for report in daemon.configured()]
    status: dict[str, Any]
    try:
        status = daemon.answer(None, states_only=True).as_dict()
    except NoAccessError as error:
        status = {"msg": str(error), "saved": {name: phase.value for name, phase in daemon.saved_phases().items()}}
    except ControlError as error:
        status = {"msg": str(error)}
    return {"halves": halves, "status": status}


def main() -> None:
    file = {
        "path": {"type": "path", "required": True},
        "section": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "sha256": {"type": "str"},
        "without_secret": {"type": "bool", "default": False, "no_log": False},
        "owner": {"type": "str"},
        "group": {"type": "str"},
        "mode": {"type": "str"},
    }
    interface = {"name": {"type": "str", "required": True}, "address": {"type": "str"}}
    strings = {"type": "list", "elements": "str", "default": []}
    firewalld = {
        "zone": {"type": "str", "default": ""},
        "services": strings,
        "rich_rules": strings,
        "own": {"type": "str", "required": True},
    }
    unit = {
        "name": {"type": "str", "required": True},
        "section": {"type": "str", "required": True},
        "reads": {"type": "list", "elements": "path", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "os_family": {"type": "str"},
            "service": {"type": "str", "required": True},
            "config": {"type": "path", "default": CONFIG_FILE},
            "lease_file": {"type": "path", "required": True},
            "runtime_folder": {"type": "path", "required": True},
            "reads": {"type": "list", "elements": "path", "default": []},
            "marker": {"type": "path", "required": True},
            "files": {"type": "list", "elements": "dict", "default": [], "options": file},
            "interfaces": {"type": "list", "elements": "dict", "default": [], "options": interface},
            "units": {"type": "list", "elements": "dict", "default": [], "options": unit},
            "tables": strings,
            "firewalld": {"type": "dict", "options": firewalld},
        },
        supports_check_mode=True,
    )

    def run(words: list[str]) -> tuple[int, str]:
        status, output, _errors = module.run_command(words, handle_exceptions=False)
        return status, output

    def lenient(words: list[str]) -> tuple[int, str]:
        try:
            return run(words)
        except OSError:  # the program is not there
            return 127, ""

    try:
        result = compare_server(module.params, lenient)
        if "running" in result:
            result.update(ask_daemon(module.params))
        module.exit_json(changed=False, **result)
    except ControlError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
