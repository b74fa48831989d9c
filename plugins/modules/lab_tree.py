#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: lab_tree
short_description: Build the Debian tree from which a lab's machines are made
description:
  - Builds a Debian tree with mmdebstrap, once, and keeps it in a cache folder. Containers share it; the disk of
    virtual machines is made from it by M(netlab.dhcp_failover.kvm_image).
  - The name of a tree contains a digest of everything the tree is made of. A change makes another tree.
  - A tree gets its name when it is complete and on disk. The next run removes what an aborted run left.
  - When several runs ask for the same tree at once, one of them builds it and the others wait.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.2.0
requirements:
  - root on a Linux host
  - mmdebstrap, and the keys of the Debian archive (debian-archive-keyring)
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
  release:
    description:
      - Code name of the Debian release, like V(bookworm).
      - Required with O(state=present).
    type: str
  state:
    description:
      - V(present) builds the tree, V(absent) removes everything that labs keep in the cache folder.
      - V(absent) is refused while a container of a lab uses a tree in it.
    type: str
    choices: [present, absent]
    default: present
  packages:
    description: Packages of the tree, in addition to the essential ones and apt.
    type: list
    elements: str
    default: []
  prefetch:
    description:
      - Packages that are downloaded with their dependencies but not installed, so that a machine installs them quickly.
    type: list
    elements: str
    default: []
  mirror:
    description:
      - Mirror to install from. The default is mmdebstrap's, which is Debian's, with updates and security updates.
    type: str
    default: ""
  apt_options:
    description: Settings of apt, for the build and for the machines, like V(Acquire::http::Proxy "http://proxy.example:3128").
    type: list
    elements: str
    default: []
  apt_from_host:
    description: Whether the proxies, retries and validity checks of the host's apt also apply to the tree.
    type: bool
    default: true
  mmdebstrap_options:
    description: More options of mmdebstrap.
    type: list
    elements: str
    default: []
  cache_dir:
    description: Folder that keeps the trees, and the images made from them.
    type: path
    default: /var/cache/netlab-dhcp-failover
seealso:
  - module: netlab.dhcp_failover.nspawn_lab
"""

EXAMPLES = r"""
- name: Build the Debian bookworm tree
  netlab.dhcp_failover.lab_tree:
    release: bookworm
    packages: [systemd, systemd-sysv, dbus, openssh-server, python3, iproute2]
    prefetch: [isc-dhcp-server]

- name: Empty the cache
  netlab.dhcp_failover.lab_tree:
    state: absent
"""

RETURN = r"""
path:
  description: Path of the tree.
  returned: state is present
  type: str
  sample: /var/cache/netlab-dhcp-failover/base/bookworm-0f6e2a9c81d4
"""

import contextlib
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.common import MARK, PlanError
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    PACKAGES,
    HostError,
    locked,
    remove_tree,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.tree_plan import (
    Tree,
    build_complaints,
    host_apt_options,
    make_tree,
)

# https://bford.info/cachedir/: backup tools skip such a folder. The last line is our mark.
CACHE_TAG = f"Signature: 8a477f597d28d172789f06886806bc55\n# Trees and images for the labs of {MARK}.\n"
KEPT = ("base", "downloads", "images", "installation")
"""Folders of the cache."""


def main() -> None:
    strings = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "release": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "packages": strings,
            "prefetch": strings,
            "mirror": {"type": "str", "default": ""},
            "apt_options": strings,
            "apt_from_host": {"type": "bool", "default": True},
            "mmdebstrap_options": strings,
            "cache_dir": {"type": "path", "default": "/var/cache/netlab-dhcp-failover"},
        },
        required_if=[("state", "present", ["release"])],
        supports_check_mode=True,
    )
    if os.geteuid() != 0:
        module.fail_json(msg="Building a Debian tree needs root on the lab's host. Run this as root, or with become.")
    try:
        present(module) if module.params["state"] == "present" else absent(module)
    except (HostError, PlanError, OSError) as error:
        module.fail_json(msg=str(error))


def present(module: AnsibleModule) -> None:
    params = module.params
    options = list(params["apt_options"])
    if params["apt_from_host"] and module.get_bin_path("apt-config"):
        _rc, dump, _err = module.run_command(["apt-config", "dump"], check_rc=True)
        options = [*host_apt_options(dump), *options]
    wanted = make_tree(
        params["release"],
        params["packages"],
        params["prefetch"],
        params["mirror"],
        options,
        params["mmdebstrap_options"],
    )
    cache = Path(params["cache_dir"])
    path = cache / "base" / wanted.name
    changed = not path.is_dir()
    if changed and not module.check_mode:
        check_owner(cache)
        with locked(cache / ".lock", f"trees in {path.parent}") as lock:
            if not path.is_dir():  # another run may have built it meanwhile
                build(module, wanted, path, lock)
    module.exit_json(changed=changed, path=str(path), diff={"prepared": f"+ base tree {path}\n" if changed else ""})


def check_owner(cache: Path) -> None:
    """Refuse a cache folder that is not ours, because its contents may be removed later."""
    tag = cache / "CACHEDIR.TAG"
    if (cache / "base").exists() and not (tag.exists() and MARK in tag.read_text(encoding="utf-8", errors="replace")):
        raise HostError(
            f"The folder {cache / 'base'} was not made by this module ({tag} is not ours). Choose another cache folder."
        )


def build(module: AnsibleModule, wanted: Tree, path: Path, lock: int) -> None:
    if module.get_bin_path("mmdebstrap") is None:
        raise HostError(
            f"mmdebstrap is not installed on this host. Install it, on Debian: apt-get install {PACKAGES['mmdebstrap']}"
        )
    folder = path.parent
    # Trees contain set-uid programs without updates, so only root may enter this folder.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder.parent / "CACHEDIR.TAG").write_text(CACHE_TAG, encoding="utf-8")
    for left in folder.glob("*.part"):  # we hold the lock, so no other run is building one
        remove_tree(left)
    part = folder / f"{wanted.name}.part"
    # The build keeps the lock until its last process ends, even if this process is killed.
    status, _out, err = module.run_command(
        wanted.command(str(part)), pass_fds=[lock], environ_update={"LC_ALL": "C.UTF-8"}
    )
    if status:
        remove_tree(part)
        hint = " Free some space: a tree takes about 0.5 GiB." if "No space left on device" in err else ""
        raise HostError(
            f"mmdebstrap could not build the Debian {wanted.release} base tree; nothing of it is kept.{hint} It said: "
            f"{build_complaints(err)}"
        )
    module.run_command(["sync", "--file-system", str(part)], check_rc=True)
    part.rename(path)


def machines_on(cache: Path, mountinfo: str) -> list[str]:
    """The machines that run on a tree in this cache. In a machine of another lab, the root names its host's cache."""
    mounts = [line.split() for line in mountinfo.splitlines()]
    return [mount[4] for mount in mounts if mount[4] != "/" and f"lowerdir={cache}/" in mount[-1]]


def absent(module: AnsibleModule) -> None:
    cache = Path(module.params["cache_dir"])
    folders = [folder for name in KEPT if (folder := cache / name).exists()]
    if folders:
        check_owner(cache)
        used = machines_on(cache, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
        if used:
            raise HostError(
                f"The cache {cache} is not emptied: a lab of this host runs on a tree in it. Remove that lab first. "
                f"Its machines: {', '.join(used)}"
            )
        if not module.check_mode:
            with locked(cache / ".lock", f"trees in {cache / 'base'}"):
                for folder in folders:
                    remove_tree(folder)
                for name in ("CACHEDIR.TAG", ".lock"):
                    (cache / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it has other files, or is a mount point
                cache.rmdir()
    module.exit_json(changed=bool(folders), diff={"prepared": "".join(f"- {folder}\n" for folder in folders)})


if __name__ == "__main__":
    main()
