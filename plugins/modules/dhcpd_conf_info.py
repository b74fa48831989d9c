#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dhcpd_conf_info
short_description: Return a server's dhcpd.conf and its included files, without secrets
description:
  - Reads the host's configuration, whoever wrote it, and every file that it includes.
  - Secrets (OMAPI and DDNS keys, an LDAP password) never leave the host. Values of the same length replace them, so
    that their strength can be judged. Comments are removed, because one may contain an old secret.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
options:
  path:
    description: The configuration.
    type: path
    default: /etc/dhcp/dhcpd.conf
  include_folder:
    description:
      - Look for included files in this folder, by their names without folders. Use it for copies from another host.
      - The default is the path in the configuration.
    type: path
  defaults_files:
    description: Files that may name the daemon's service interfaces; the first existing one counts.
    type: list
    elements: path
    default: [/etc/default/isc-dhcp-server, /etc/sysconfig/dhcpd]
notes:
  - Run it as root, because only root can read included files with keys.
"""

EXAMPLES = r"""
- name: Read the server's configuration
  netlab.dhcp_failover.dhcpd_conf_info:
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
  description: Interfaces that the daemon's defaults file names; none means all of them.
  returned: success
  type: list
  elements: str
  sample: [ens9]
"""

import socket
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.live import collect, interfaces
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._dhcpd.paths import (
    CONFIG_FILE,
    DEFAULTS_FILES,
)


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def read_all(path: str, include_folder: str | None, defaults_files: list[str]) -> dict[str, Any]:
    missing: dict[str, str] = {}

    def read(name: str) -> str | None:
        # dhcpd also reads a relative name from its working folder, which is the root folder for a daemon.
        file = Path(include_folder) / Path(name).name if include_folder else Path("/") / name
        try:
            return read_text(file)
        except OSError as error:
            missing[name] = f"{file}: {error.strerror}"
            return None

    found: dict[str, Any] = {"config": None, "includes": {}, "missing": missing, "interfaces": []}
    if Path(path).exists():
        found["config"], found["includes"] = collect(read_text(Path(path)), read)
    for file in map(Path, defaults_files):
        if file.exists():
            found["interfaces"] = interfaces(read_text(file))
            break
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": CONFIG_FILE},
            "include_folder": {"type": "path"},
            "defaults_files": {"type": "list", "elements": "path", "default": list(DEFAULTS_FILES)},
        },
        supports_check_mode=True,
    )
    try:
        found = read_all(**module.params)
    except OSError as error:
        module.fail_json(
            msg=f"{socket.gethostname()}: {error.filename}: {error.strerror}. Run this as root on the server."
        )
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
