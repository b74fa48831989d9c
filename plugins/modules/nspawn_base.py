#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: nspawn_base
short_description: The Debian tree that machines of a lab are copied from
description:
  - Builds a Debian base tree with mmdebstrap, once, and keeps it in a cache folder.
  - The tree's name has a digest of everything it is made of, so that a change makes another tree and never reuses the
    old one.
  - It is built under another name and renamed when it is complete and on disk. What an aborted run left is removed by
    the next one.
  - Several runs, also of several labs, may ask for the same tree at once; one builds, the others wait for it.
author:
  - netlab.dhcp_failover contributors (@netlab)
version_added: 0.1.0
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
    description: V(present) builds the tree, V(absent) removes every tree of the cache folder.
    type: str
    choices: [present, absent]
    default: present
  packages:
    description: Packages of the tree, beside the essential ones and apt.
    type: list
    elements: str
    default: []
  prefetch:
    description:
      - Packages that are fetched with what they need, but not installed, so that installing them in a machine is quick.
    type: list
    elements: str
    default: []
  mirror:
    description:
      - Mirror to install from. By default mmdebstrap's own, which is Debian's, with updates and security updates.
    type: str
    default: ""
  apt_options:
    description: Settings of apt, for the build and for the machines, like V(Acquire::http::Proxy "http://proxy.example:3128").
    type: list
    elements: str
    default: []
  apt_from_host:
    description: Whether proxies, retries and validity checks of the host's apt hold for the tree, too.
    type: bool
    default: true
  mmdebstrap_options:
    description: Further options of mmdebstrap.
    type: list
    elements: str
    default: []
  cache_dir:
    description: Folder that keeps the trees.
    type: path
    default: /var/cache/netlab-dhcp-failover
seealso:
  - module: netlab.dhcp_failover.nspawn_lab
"""

EXAMPLES = r"""
- name: Build the Debian bookworm base tree
  netlab.dhcp_failover.nspawn_base:
    release: bookworm
    packages: [systemd, systemd-sysv, dbus, openssh-server, python3, iproute2]
    prefetch: [isc-dhcp-server]

- name: Remove all base trees
  netlab.dhcp_failover.nspawn_base:
    state: absent
"""

RETURN = r"""
path:
  description: Path of the base tree.
  returned: state is present
  type: str
  sample: /var/cache/netlab-dhcp-failover/base/bookworm-0f6e2a9c81d4
"""

import contextlib
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.host import (
    PACKAGES,
    HostError,
    locked,
    remove_tree,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._lab.nspawn_plan import (
    MARK,
    Base,
    PlanError,
    build_complaints,
    host_apt_options,
    make_base,
)

# https://bford.info/cachedir/: backup tools leave such a folder out. Its last line is our mark.
CACHE_TAG = f"Signature: 8a477f597d28d172789f06886806bc55\n# Base trees of the labs of {MARK}.\n"


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
    base = make_base(
        params["release"],
        params["packages"],
        params["prefetch"],
        params["mirror"],
        options,
        params["mmdebstrap_options"],
    )
    folder = Path(params["cache_dir"]) / "base"
    tree = folder / base.name
    changed = not tree.is_dir()
    if changed and not module.check_mode:
        check_owner(folder.parent)
        with locked(folder.parent / ".lock", f"base trees in {folder}") as lock:
            if not tree.is_dir():  # another run may just have built it
                build(module, base, tree, lock)
    line = f"+ base tree {tree}\n" if changed else ""
    module.exit_json(changed=changed, path=str(tree), diff={"prepared": line})


def check_owner(cache: Path) -> None:
    """A cache folder that exists must be ours (or empty): it is removed as a whole one day."""
    tag = cache / "CACHEDIR.TAG"
    if (cache / "base").exists() and not (tag.exists() and MARK in tag.read_text(encoding="utf-8", errors="replace")):
        raise HostError(
            f"The folder {cache / 'base'} was not made by this module ({tag} is not ours). Choose another cache folder."
        )


def build(module: AnsibleModule, base: Base, tree: Path, lock: int) -> None:
    if module.get_bin_path("mmdebstrap") is None:
        raise HostError(
            f"mmdebstrap is not installed on this host. Install it, on Debian: apt-get install {PACKAGES['mmdebstrap']}"
        )
    folder = tree.parent
    # Trees hold set-uid programs that age: nobody else may look in here.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder.parent / "CACHEDIR.TAG").write_text(CACHE_TAG, encoding="utf-8")
    for left in folder.glob("*.part"):  # the lock says that nobody builds any of them
        remove_tree(left)
    part = folder / f"{base.name}.part"
    # The build holds the lock as long as any process of it lives, even if this one is killed.
    status, _out, err = module.run_command(
        base.command(str(part)), pass_fds=[lock], environ_update={"LC_ALL": "C.UTF-8"}
    )
    if status:
        remove_tree(part)
        hint = " Free some space: a tree takes about 0.5 GiB." if "No space left on device" in err else ""
        raise HostError(
            f"mmdebstrap could not build the Debian {base.release} base tree, nothing of it is kept.{hint} It said: "
            f"{build_complaints(err)}"
        )
    module.run_command(["sync", "--file-system", str(part)], check_rc=True)
    part.rename(tree)


def absent(module: AnsibleModule) -> None:
    cache = Path(module.params["cache_dir"])
    folder = cache / "base"
    changed = folder.exists()
    if changed:
        check_owner(cache)
        if not module.check_mode:
            with locked(cache / ".lock", f"base trees in {folder}"):
                remove_tree(folder)
                (cache / "CACHEDIR.TAG").unlink()
                (cache / ".lock").unlink()
            with contextlib.suppress(OSError):  # holds something else, or is a file system of its own
                cache.rmdir()
    module.exit_json(changed=changed, diff={"prepared": f"- {folder}\n" if changed else ""})


if __name__ == "__main__":
    main()
