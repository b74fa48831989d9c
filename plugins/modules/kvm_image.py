#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kvm_image
short_description: Make a bootable disk image from a Debian tree or another image
description:
  - Makes a qcow2 image that boots, with GRUB for BIOS machines, from a folder with a Debian tree that has a kernel and
    C(/boot/grub/grub.cfg), or converts an existing image.
  - Needs no mount, loop device or virtual machine.
  - The image gets its name when it is complete and on disk. An image that exists is kept and never changed.
  - community.libvirt handles images only as volumes of a running libvirt, and cannot make one from a tree.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
requirements:
  - root on a Linux host
  - mke2fs, grub-mkimage with GRUB's i386-pc modules, qemu-img
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
  path:
    description: Path of the image. Its folder is made if needed.
    type: path
    required: true
  tree:
    description: Path of the Debian tree.
    type: path
  image:
    description:
      - Path of an existing image in any format that qemu-img reads. It is converted, which leaves out unused space.
    type: path
  size:
    description: Size of the disk in MiB, with O(tree).
    type: int
    default: 2048
seealso:
  - module: netlab.dhcp_failover.lab_tree
"""

EXAMPLES = r"""
- name: Make a bootable image from a tree
  netlab.dhcp_failover.kvm_image:
    path: /var/cache/netlab-dhcp-failover/images/debian.qcow2
    tree: "{{ base.path }}"
"""

RETURN = r"""
path:
  description: Path of the image.
  returned: always
  type: str
  sample: /var/cache/netlab-dhcp-failover/images/debian.qcow2
bytes:
  description: Size of the image's file; 0 in check mode if it does not exist yet.
  returned: always
  type: int
  sample: 612368384
"""

import errno
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import HostError, locked, run
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.image import make_image


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "tree": {"type": "path"},
            "image": {"type": "path"},
            "size": {"type": "int", "default": 2048},
        },
        mutually_exclusive=[("tree", "image")],
        required_one_of=[("tree", "image")],
        supports_check_mode=True,
    )
    path = Path(module.params["path"])
    changed = not path.exists()
    try:
        if changed and not module.check_mode:
            make(module, path)
    except (HostError, OSError) as error:
        # Programs report a full disk by their text alone.
        full = error.errno == errno.ENOSPC if isinstance(error, OSError) else "No space left" in str(error)
        hint = " Free some space there: an image takes about 1.5 GiB." if full else ""
        module.fail_json(msg=f"The image {path} could not be made; nothing of it is kept.{hint} {error}")
    module.exit_json(
        changed=changed,
        path=str(path),
        bytes=path.stat().st_size if path.exists() else 0,
        diff={"prepared": f"+ image {path}\n" if changed else ""},
    )


def make(module: AnsibleModule, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent / ".lock", f"images in {path.parent}"):
        if path.exists():  # another run may have made it meanwhile
            return
        for left in path.parent.glob("*.part*"):  # we hold the lock, so no other run is making one
            left.unlink()
        part = path.with_name(f"{path.name}.part")
        try:
            if module.params["tree"]:
                make_image(Path(module.params["tree"]), part, module.params["size"])
            else:
                run(["qemu-img", "convert", "-O", "qcow2", module.params["image"], str(part)], timeout=900)
            handle = os.open(part, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            part.chmod(0o444)  # a template is never written to again
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
