#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nspawn_lab
short_description: Build a lab of systemd-nspawn machines and their networks
description:
  - Makes the networks (bridges, and NAT by an nftables table of the lab's own) and the machines (Debian trees booted
    with systemd-nspawn) of one lab on this host, starts and repairs what is not running, and waits until systemd runs
    in every machine and SSH answers.
  - Everything is named after the lab and carries a mark that says so. Only what carries the mark of this lab is ever
    changed or removed. If anything else is in the way, the module names it and does nothing.
  - The lists describe the whole lab. A machine or network that is no longer listed is removed; a machine whose
    definition changed is built again.
  - Plays should call the role P(netlab.dhcp_failover.nspawn_host#role), which uses this module.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - root on a Linux host
  - systemd-nspawn, iproute2, nftables, ssh-keygen, util-linux
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._lab
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  machines:
    description: All machines of the lab.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name. The host name is the same with hyphens for underscores.
        type: str
        required: true
      release:
        description: The Debian release, a key of O(bases).
        type: str
        required: true
      interfaces:
        description: Its network interfaces.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Its name in the machine.
            type: str
            required: true
          network:
            description: Name of the network it is connected to.
            type: str
            required: true
          address:
            description:
              - A static address, configured in the machine by systemd-networkd.
              - Without an address, something else must configure the interface.
            type: str
          mac:
            description: Its hardware address. The default is derived from the names.
            type: str
  bases:
    description:
      - Debian release -> path of the tree its machines share, see M(netlab.dhcp_failover.lab_tree).
    type: dict
    default: {}
  state_dir:
    description:
      - Folder with a folder for each lab, which holds the machines' trees, the SSH key and the records.
    type: path
    default: /var/lib/netlab-dhcp-failover
  nameservers:
    description: Name servers of the machines. The default are the host's.
    type: list
    elements: str
    default: []
  wait_seconds:
    description: Seconds that the machines may take to be up, all together.
    type: int
    default: 90
seealso:
  - module: netlab.dhcp_failover.lab_tree
"""

EXAMPLES = r"""
- name: Make a lab of one machine
  netlab.dhcp_failover.nspawn_lab:
    lab: demo
    networks:
      - {name: management, subnet: 10.213.30.0/24, nat: true}
      - {name: practica, subnet: 172.16.1.0/24}
    machines:
      - name: dhcp_server1
        release: bookworm
        interfaces:
          - {name: host0, network: management, address: 10.213.30.11}
          - {name: ens9, network: practica}
    bases:
      bookworm: "{{ base.path }}"

- name: Remove it
  netlab.dhcp_failover.nspawn_lab:
    lab: demo
    state: absent
"""

RETURN = r"""
machines:
  description: The machines of the lab.
  returned: state is present
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: always
    address:
      description: The address at which the host reaches it, if there is one.
      type: str
      returned: always
    pid:
      description: Its PID 1 as the host sees it; none if it does not run yet, in check mode.
      type: int
      returned: always
    links:
      description: Interface in the machine -> the host's end of the cable.
      type: dict
      returned: always
  sample:
    - {name: dhcp_server1, address: 10.213.30.11, pid: 4711, links: {host0: demo-ds1-host0, ens9: demo-ds1-ens9}}
key:
  description: Path of the private key that logs in as root on every machine.
  returned: state is present
  type: str
  sample: /var/lib/netlab-dhcp-failover/demo/ssh/id_ed25519
known_hosts:
  description: Path of the file with the machines' host keys.
  returned: state is present
  type: str
  sample: /var/lib/netlab-dhcp-failover/demo/ssh/known_hosts
steps:
  description: The changes, one line each.
  returned: always
  type: list
  elements: str
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import (
    INTERFACES,
    NEEDED,
    NETWORKS,
    STATE,
    PlanError,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError, locked, take
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn import LabOnHost
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import make_lab


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lab": NEEDED,
            "state": STATE,
            "networks": NETWORKS,
            "machines": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"name": NEEDED, "release": NEEDED, "interfaces": INTERFACES},
            },
            "bases": {"type": "dict", "default": {}},
            "state_dir": {"type": "path", "default": "/var/lib/netlab-dhcp-failover"},
            "nameservers": {"type": "list", "elements": "str", "default": []},
            "wait_seconds": {"type": "int", "default": 90},
        },
        supports_check_mode=True,
    )
    if os.geteuid() != 0:
        module.fail_json(msg="A lab of containers needs root on its host. Run it as root, or with become.")
    try:
        present(module) if module.params["state"] == "present" else absent(module)
    except (HostError, PlanError, OSError) as error:
        module.fail_json(msg=str(error))


def present(module: AnsibleModule) -> None:
    params = module.params
    lab = make_lab(params["lab"], params["networks"], params["machines"], params["bases"])
    here = LabOnHost(lab, Path(params["state_dir"]), params["nameservers"])
    lines = look(here)
    if not module.check_mode:
        with locked(here.lock, f'lab "{lab.name}"'):
            lines = look(here)  # another run may have ended a moment ago
            take(here.steps_present())
            here.look()
            here.machines.wait_until_up(params["wait_seconds"])
            for warning in here.machines.warnings:
                module.warn(warning)
            if refusal := here.refusal_of_neighbours():
                raise HostError(refusal)
            if refusal := here.refusal_of_packages():
                # A lab that has its packages also works without a network.
                if any(line.startswith("+ machine") for line in lines):
                    raise HostError(refusal)
                module.warn(refusal)
    module.exit_json(
        machines=[
            {
                "name": machine.name,
                "address": machine.address,
                "pid": here.machines.pids(machine.name)[1],
                "links": {interface.name: lab.link(machine, interface) for interface in machine.interfaces},
            }
            for machine in lab.machines
        ],
        key=str(here.machines.key),
        known_hosts=str(here.machines.known_hosts),
        **result(lines),
    )


def look(here: LabOnHost) -> list[str]:
    """What is to be done, a line each; an error if something else is in the way."""
    here.look()
    refusals = here.refusals()
    if refusals:
        raise HostError(f'The lab "{here.lab.name}" is not touched: ' + " ".join(refusals))
    return [step.line for step in here.steps_present()]


def absent(module: AnsibleModule) -> None:
    here = LabOnHost(make_lab(module.params["lab"], [], [], {}), Path(module.params["state_dir"]))
    here.look()
    steps = here.steps_absent()
    if steps and not module.check_mode:
        with locked(here.lock, f'lab "{here.lab.name}"'):
            here.look()
            take(here.steps_absent(), needs_all=here.FORGET)
    module.exit_json(**result([step.line for step in steps]))


def result(lines: list[str]) -> dict[str, object]:
    return {"changed": bool(lines), "steps": lines, "diff": {"prepared": "\n".join([*lines, ""]) if lines else ""}}


if __name__ == "__main__":
    main()
