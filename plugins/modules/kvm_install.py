#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_install
short_description: Install a virtual machine over the network, unattended
description:
  - Makes a network with DHCP and TFTP and a machine that boots from it, serves the answers by HTTP, receives the
    installer's syslog by UDP, and waits until the machine has powered off.
  - Fails if the log says that the installation failed, if the machine powers off before the log says that it
    succeeded, or if the installer logs nothing for so long that it must have hung.
  - Network and machine are removed at the end, whatever happened. The disk stays, as C(disk.qcow2) in O(folder).
  - Writes every line of the log into the file C(log) in O(folder), with the seconds since the start, for you to follow.
  - The modules of community.libvirt start an installation, but cannot tell how it ended.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.2.0
requirements:
  - root on a Linux host
  - libvirt with QEMU, its Python bindings (python3-libvirt), qemu-img
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each run is an installation.
options:
  lab:
    description: Name of the lab that the template is for. Network and machine are named after it and carry its mark.
    type: str
    required: true
  address:
    description: This host's address in the network of the installation. The prefix length is 24.
    type: str
    required: true
  folder:
    description:
      - Folder with C(tftp/), which has the boot loader C(pxelinux.0) and the files that it loads, and C(http/), which
        is served by HTTP on port 8079.
    type: path
    required: true
  size:
    description: Size of the disk in MiB.
    type: int
    default: 2048
  memory:
    description: Memory of the machine in MiB.
    type: int
    default: 1024
  succeeded:
    description: A regular expression. A line of the log that matches it says that the installation is done.
    type: str
    required: true
  failed:
    description: A regular expression. A line of the log that matches it says that the installation failed. Optional.
    type: str
    default: ""
  timeout:
    description: Seconds that the installation may take.
    type: int
    default: 7200
  quiet:
    description: Seconds without a line in the log after which the installer counts as hung.
    type: int
    default: 1200
seealso:
  - module: netlab.dhcp_failover.kvm_image
"""

EXAMPLES = r"""
- name: Install a machine over the network
  netlab.dhcp_failover.kvm_install:
    lab: demo
    address: 10.213.19.1
    folder: /srv/installation
    succeeded: installation finished
  async: 7200
  poll: 30
"""

RETURN = r"""
disk:
  description: Path of the disk that was installed.
  returned: success
  type: str
  sample: /srv/installation/disk.qcow2
seconds:
  description: How long it took.
  returned: always
  type: int
  sample: 412
lines:
  description: The last lines of the log.
  returned: always
  type: list
  elements: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import NEEDED
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError, run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm import (
    Bounds,
    Log,
    connected,
    install,
    no_kvm,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.kvm_lab import installation_xml


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lab": NEEDED,
            "address": NEEDED,
            "folder": {"type": "path", "required": True},
            "size": {"type": "int", "default": 2048},
            "memory": {"type": "int", "default": 1024},
            "succeeded": NEEDED,
            "failed": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": 7200},
            "quiet": {"type": "int", "default": 1200},
        },
        supports_check_mode=False,
    )
    params = module.params
    folder = Path(params["folder"])
    log = Log(folder / "log")
    bounds = Bounds(params["succeeded"], params["failed"], params["timeout"], params["quiet"])
    disk = folder / "disk.qcow2"
    xml = installation_xml(params["lab"], no_kvm() is not None, params["address"], str(folder), params["memory"])
    try:
        run(["qemu-img", "create", "-f", "qcow2", str(disk), f"{params['size']}M"])
        with connected() as connection:
            wrong = install(connection, *xml, params["address"], folder, bounds, log)
    except (HostError, OSError) as error:
        wrong = str(error)
    result = {"seconds": log.seconds, "lines": log.lines[-20:]}
    if wrong:
        module.fail_json(
            msg=f"The installation failed after {log.seconds} s: {wrong}. The log is {folder}/log; it ends with: "
            f"{' | '.join(log.lines[-5:])}. The console is /var/log/libvirt/qemu/{params['lab']}-template.console.log",
            **result,
        )
    module.exit_json(changed=True, disk=str(disk), **result)


if __name__ == "__main__":
    main()
