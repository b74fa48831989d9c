#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_lab_info
short_description: What libvirt has that a lab of virtual machines could be about
description:
  - Returns all virtual machines and networks with the mark that P(netlab.dhcp_failover.kvm_host#role) put on those of a
    lab, and the lab's storage pool with its volumes.
  - community.libvirt has the commands to read one object at a time, and none for the metadata; this reads it all in one
    connection, so that a run that has nothing to do is quick.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - libvirt's Python bindings (python3-libvirt)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
options:
  uri:
    description: Where libvirt is.
    type: str
    default: qemu:///system
  pool:
    description: Name of the storage pool.
    type: str
    required: true
  path:
    description: Path of the storage pool, to tell the space that is free there. Without one it is not told.
    type: path
seealso:
  - plugin: community.libvirt.libvirt
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: See what is there
  netlab.dhcp_failover.kvm_lab_info:
    pool: netlab-kvm
"""

RETURN = r"""
installed:
  description: Whether libvirt can be asked at all. If not, it is not installed, and nothing is there.
  returned: always
  type: bool
networks:
  description: All networks.
  returned: always
  type: list
  elements: dict
  sample: [{name: kvm-practica, active: true, dhcp: false, mark: {lab: kvm, definition: 0f6e2a9c81d4}}]
domains:
  description: All virtual machines.
  returned: always
  type: list
  elements: dict
  sample: [{name: dhcp_server1, active: true, networks: [kvm-practica], mark: {lab: kvm}, disks: [], console: null}]
pool:
  description: The storage pool; empty if there is none.
  returned: always
  type: dict
  sample: {uuid: 0d2e9b8a-0c0e-5d1e-9f1e-3f0f0b1a2c3d, active: true, path: /var/lib/libvirt/images/netlab-kvm}
volumes:
  description: Volumes of the storage pool.
  returned: always
  type: list
  elements: dict
  sample: [{name: dhcp_server1.overlay.qcow2, path: /p/dhcp_server1.overlay.qcow2, bytes: 197120, backing: /p/t.qcow2}]
free:
  description: Free space where the pool is or would be, in bytes; -1 if unknown.
  returned: always
  type: int
"""

import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_plan import (
    domain_facts,
    network_facts,
    volume_facts,
)

try:
    import libvirt
except ImportError:
    libvirt = None

NOTHING: dict[str, Any] = {"networks": [], "domains": [], "pool": {}, "volumes": []}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "uri": {"type": "str", "default": "qemu:///system"},
            "pool": {"type": "str", "required": True},
            "path": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    free = free_space(params["path"])
    if libvirt is None:
        module.exit_json(changed=False, installed=False, free=free, **NOTHING)
    # Errors come back as exceptions; libvirt prints them on standard error, too, unless told otherwise.
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    try:
        connection = libvirt.open(params["uri"])
    except libvirt.libvirtError as error:
        if module.check_mode and not Path("/run/libvirt").exists() and params["uri"].startswith("qemu:///"):
            module.exit_json(changed=False, installed=False, free=free, **NOTHING)
        module.fail_json(
            msg=f"libvirt does not answer at {params['uri']}: {error}. Is libvirtd running there (systemctl status "
            "libvirtd), and may this user ask it (root, or the group libvirt)? Try: virsh --connect "
            f"{params['uri']} list"
        )
    try:
        module.exit_json(changed=False, installed=True, free=free, **look(connection, params["pool"]))
    except libvirt.libvirtError as error:
        module.fail_json(msg=f"libvirt at {params['uri']}: {error}")
    finally:
        connection.close()


def look(connection: Any, pool: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "networks": [
            {**network_facts(item.XMLDesc(0)), "active": bool(item.isActive())} for item in connection.listAllNetworks()
        ],
        "domains": [
            {**domain_facts(item.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)), "active": bool(item.isActive())}
            for item in connection.listAllDomains()
        ],
        "pool": {},
        "volumes": [],
    }
    for item in connection.listAllStoragePools():
        if item.name() == pool:
            active = bool(item.isActive())
            path = volume_facts(item.XMLDesc(0))["path"]
            found["pool"] = {"uuid": item.UUIDString(), "active": active, "path": path}
            if active:
                item.refresh()
                found["volumes"] = [volume_facts(volume.XMLDesc(0)) for volume in item.listAllVolumes()]
    return found


def free_space(path: str | None) -> int:
    if not path:
        return -1
    place = Path(path)
    while not place.exists():
        place = place.parent
    stat = os.statvfs(place)
    return stat.f_bavail * stat.f_frsize


if __name__ == "__main__":
    main()
