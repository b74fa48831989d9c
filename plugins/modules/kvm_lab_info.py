#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_lab_info
short_description: Plan how to make or remove a lab of virtual machines
description:
  - Compares a lab with what libvirt has on this host, and returns what is to be done, in the order of doing it. It
    changes nothing itself. Plays should call the role P(netlab.dhcp_failover.kvm_host#role), which carries out the plan
    with the modules of community.libvirt.
  - Machines and networks of a lab carry its mark in their metadata. Only what carries the mark of this lab is to be
    changed or removed. The module fails if anything else has a name that the lab needs, if a network of the lab answers
    DHCP by itself, or if there is not enough space.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - libvirt's Python bindings (python3-libvirt)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
  - netlab.dhcp_failover._lab
options:
  machines:
    description: All machines of the lab.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name, also in libvirt. The host name is the same with hyphens for underscores.
        type: str
        required: true
      memory:
        description: Its memory in MiB.
        type: int
        default: 512
      vcpus:
        description: Number of its processors.
        type: int
        default: 1
      disk:
        description: Size of its disk in MiB, if it is to be larger than the template's.
        type: int
        default: 0
      interfaces:
        description: Its network interfaces.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description:
              - Its name in the machine, V(ens3) to V(ens31). The number is the PCI slot of the card, from which the
                system in the machine makes the name.
            type: str
            required: true
          network:
            description: Name of the network it is connected to.
            type: str
            required: true
          address:
            description:
              - A static address, which the machine takes from its seed disk.
              - Without an address, something else must configure the interface.
            type: str
          mac:
            description: Its hardware address. The default is derived from the names.
            type: str
  pool_dir:
    description: Folder of the lab's storage pool.
    type: path
    required: true
  template:
    description: Name of the volume that the machines' disks are based on.
    type: str
    default: ""
  template_size:
    description: Size of the template's disk in MiB.
    type: int
    default: 2048
  authorized_key:
    description: Public key that may log in as root on every machine.
    type: str
    default: ""
  host_keys:
    description: Name of a machine -> the public half of its host key.
    type: dict
    default: {}
  rebuild:
    description: Whether to build machines again if their template or seed changed.
    type: bool
    default: false
seealso:
  - module: community.libvirt.virt
  - module: netlab.dhcp_failover.nspawn_lab
"""

EXAMPLES = r"""
- name: Find out what a lab would need
  netlab.dhcp_failover.kvm_lab_info:
    lab: demo
    networks:
      - {name: default, subnet: 10.213.30.0/24, nat: true}
    machines:
      - {name: dhcp_server1, interfaces: [{name: ens3, network: default, address: 10.213.30.11}]}
    pool_dir: /var/lib/libvirt/images/netlab-demo
  register: lab
"""

RETURN = r"""
steps:
  description: The steps to do, one line each. Empty if the lab is as it should be.
  returned: always
  type: list
  elements: str
  sample: ["+ network demo-default", "+ machine dhcp_server1"]
plan:
  description: The same by name, for the modules that carry it out.
  returned: always
  type: dict
machines:
  description: The machines of the lab.
  returned: always
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
known_hosts:
  description: Text of a file with the machines' host keys.
  returned: always
  type: str
emulated:
  description: Why the machines are emulated; none if they use KVM.
  returned: always
  type: str
  sample: there is no /dev/kvm
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import (
    INTERFACES,
    NEEDED,
    NETWORKS,
    STATE,
    PlanError,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm import (
    connected,
    installed,
    look,
    look_at,
    no_kvm,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_lab import Lab, known_hosts, make_lab
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    LibvirtState,
    plan_absent,
    plan_present,
)


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
                "options": {
                    "name": NEEDED,
                    "memory": {"type": "int", "default": 512},
                    "vcpus": {"type": "int", "default": 1},
                    "disk": {"type": "int", "default": 0},
                    "interfaces": INTERFACES,
                },
            },
            "pool_dir": {"type": "path", "required": True},
            "template": {"type": "str", "default": ""},
            "template_size": {"type": "int", "default": 2048},
            "authorized_key": {"type": "str", "default": "", "no_log": False},
            "host_keys": {"type": "dict", "default": {}, "no_log": False},
            "rebuild": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    emulated = no_kvm()
    taken = ("pool_dir", "template", "template_size", "authorized_key", "host_keys")
    try:
        lab = make_lab(
            params["lab"],
            params["networks"],
            params["machines"],
            emulated=emulated is not None,
            **{name: params[name] for name in taken},
        )
        found = find(module, lab)
    except (HostError, PlanError) as error:
        module.fail_json(msg=str(error))
    plan = plan_present(found, lab, params["rebuild"]) if params["state"] == "present" else plan_absent(found, lab)
    if plan.refusals:
        module.fail_json(msg=f'The lab "{lab.name}" is not touched: {" ".join(plan.refusals)}')
    if plan.machines_start and emulated:
        plan.warnings.append(f"The machines are emulated, which takes about ten times as long: {emulated}")
    for warning in plan.warnings:
        module.warn(warning)
    module.exit_json(changed=False, **result(lab, plan.as_dict()), emulated=emulated)


def find(module: AnsibleModule, lab: Lab) -> LibvirtState:
    if (module.check_mode or module.params["state"] == "absent") and not installed():
        volumes, free = look_at(Path(lab.pool_dir))
        return LibvirtState(volumes=volumes, free=free)
    with connected() as connection:
        return look(connection, lab.pool, Path(lab.pool_dir))


def result(lab: Lab, plan: dict[str, Any]) -> dict[str, Any]:
    return {
        "steps": plan["steps"],
        "plan": plan,
        "machines": [{"name": machine.name, "address": machine.address} for machine in lab.machines],
        "known_hosts": known_hosts(lab),
    }


if __name__ == "__main__":
    main()
