#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nspawn_lab
short_description: A lab of systemd-nspawn machines and the networks between them
description:
  - Makes the networks (bridges, and NAT by an nftables table of the lab's own) and the machines (Debian trees booted
    with systemd-nspawn) of one lab on this host, starts what is dead, mends what is half there, and waits until systemd
    runs in every machine and SSH answers.
  - Everything is derived from the lab's name and carries a mark that says so. Only what carries the mark of this lab is
    ever changed or removed; what stands in the way is named, and nothing is done.
  - The lists describe the whole lab. A machine or network of the lab that is no longer listed is removed; a machine
    whose definition changed is built again.
  - The role P(netlab.dhcp_failover.nspawn_host#role) uses it and is what a play should call.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - root on a Linux host
  - systemd-nspawn, iproute2, nftables, ssh-keygen, util-linux
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  lab:
    description:
      - The lab's name, 1 to 10 lower case letters and digits, a letter first.
      - Names of bridges, links, the nftables table and the state folder are derived from it.
    type: str
    required: true
  state:
    description:
      - V(present) makes the lab, V(absent) undoes it.
    type: str
    choices: [present, absent]
    default: present
  networks:
    description: The lab's networks.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      subnet:
        description: Its subnet, like V(10.213.16.0/24).
        type: str
        required: true
      bridge:
        description:
          - Name of its bridge on the host, 15 characters at most.
          - By default the lab's name, a hyphen, the network's name.
        type: str
      address:
        description:
          - The host's own address in it.
          - By default the first of the subnet with O(networks[].nat=true).
          - Otherwise none, and the host takes no part in the network.
        type: str
      nat:
        description: Whether machines reach the outside through it, under the host's address.
        type: bool
        default: false
  machines:
    description: The lab's machines.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Its name. The host name is the same with hyphens for underscores.
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
              - Without one the interface is left alone, for whoever configures the machine.
            type: str
          mac:
            description: Its hardware address. By default one that is derived from the names.
            type: str
          link:
            description:
              - Name of the host's end of the cable, 15 characters at most.
              - By default one like V(lab-ds1-ens9), made of the names of the lab, the machine and the interface.
            type: str
  bases:
    description:
      - Debian release -> path of the base tree its machines are copied from, see M(netlab.dhcp_failover.nspawn_base).
    type: dict
    default: {}
  state_dir:
    description:
      - Folder in which every lab has a folder of its own, with its machines' trees, its SSH key and its records.
    type: path
    default: /var/lib/netlab-dhcp-failover
  nameservers:
    description: Name servers of the machines. By default the host's.
    type: list
    elements: str
    default: []
  wait_seconds:
    description: How long the machines may take to be up, all together.
    type: int
    default: 90
seealso:
  - module: netlab.dhcp_failover.nspawn_base
"""

EXAMPLES = r"""
- name: Bring up a lab of one machine
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

- name: Undo it
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
      description: The address the host reaches it at, if there is one.
      type: str
      returned: always
    pid:
      description: Its PID 1 as the host sees it; none in check mode if it does not run yet.
      type: int
      returned: always
    links:
      description: Interface in the machine -> the host's end of it.
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
  description: What was changed, a line each.
  returned: always
  type: list
  elements: str
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError, locked
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn import LabOnHost, take
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import PlanError, make_lab


def main() -> None:
    text = {"type": "str"}
    needed = {"type": "str", "required": True}
    module = AnsibleModule(
        argument_spec={
            "lab": needed,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "networks": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": needed,
                    "subnet": needed,
                    "bridge": text,
                    "address": text,
                    "nat": {"type": "bool", "default": False},
                },
            },
            "machines": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": needed,
                    "release": needed,
                    "interfaces": {
                        "type": "list",
                        "elements": "dict",
                        "default": [],
                        "options": {"name": needed, "network": needed, "address": text, "mac": text, "link": text},
                    },
                },
            },
            "bases": {"type": "dict", "default": {}},
            "state_dir": {"type": "path", "default": "/var/lib/netlab-dhcp-failover"},
            "nameservers": {"type": "list", "elements": "str", "default": []},
            "wait_seconds": {"type": "int", "default": 90},
        },
        supports_check_mode=True,
    )
    if os.geteuid() != 0:
        module.fail_json(msg="A lab of containers needs root on its host. Run this as root, or with become.")
    try:
        present(module) if module.params["state"] == "present" else absent(module)
    except (HostError, PlanError, OSError) as error:
        module.fail_json(msg=str(error))


def present(module: AnsibleModule) -> None:
    params = module.params
    lab = make_lab(params["lab"], params["networks"], params["machines"], params["bases"])
    here = LabOnHost(lab, Path(params["state_dir"]), params["nameservers"], params["wait_seconds"])
    lines = look(here)
    if not module.check_mode:
        with locked(here.lock, f'lab "{lab.name}"'):
            lines = look(here)  # another run may have ended a moment ago
            take(here.steps_present())
            here.look()
            here.wait_until_up()
            here.warn_of_filters()
    for warning in here.warnings:
        module.warn(warning)
    module.exit_json(
        machines=[
            {
                "name": machine.name,
                "address": str(machine.management.address) if machine.management else None,
                "pid": here.pids(machine.name)[1],
                "links": {interface.name: interface.link for interface in machine.interfaces},
            }
            for machine in lab.machines
        ],
        key=str(here.key),
        known_hosts=str(here.known_hosts),
        **result(lines),
    )


def look(here: LabOnHost) -> list[str]:
    """What is to be done, a line each; nothing if something else is in the way."""
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
            take(here.steps_absent())
    module.exit_json(**result([step.line for step in steps]))


def result(lines: list[str]) -> dict[str, object]:
    return {"changed": bool(lines), "steps": lines, "diff": {"prepared": "\n".join([*lines, ""]) if lines else ""}}


if __name__ == "__main__":
    main()
