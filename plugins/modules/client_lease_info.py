#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: client_lease_info
short_description: Return a DHCP client's lease, or the reason why it has none
description:
  - Reads the lease that C(dhclient) or C(dhcpcd) holds on an interface. A lease counts if it has not expired and its
    address is on the interface.
  - If there is none, says from the client's own log which servers answered, and how.
  - Changes nothing. It needs root.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  interface:
    description: The interface.
    type: str
    required: true
  program:
    description: The program that keeps the lease.
    type: str
    choices: [dhclient, dhcpcd]
    default: dhclient
  service:
    description:
      - The systemd unit that runs the program. Its journal since its last start has the conversation.
      - The default is C(dhcp-client-INTERFACE), as in the role P(netlab.dhcp_failover.dhcp_client#role).
    type: str
  lease_file:
    description:
      - The file in which C(dhclient) keeps its leases. C(dhcpcd) has a fixed place for them.
      - The default is C(dhclient.INTERFACE.leases) or C(dhclient.leases) in C(/var/lib/dhcp) (Debian) or
        C(/var/lib/dhclient) (Fedora, Enterprise Linux).
    type: path
  timeout:
    description: Seconds to wait for a lease. V(0) and check mode look only once.
    type: int
    default: 0
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Wait for a lease
  netlab.dhcp_failover.client_lease_info:
    interface: ens9
    timeout: 30
  register: client
  failed_when: client.lease is none
"""

RETURN = r"""
lease:
  description: The lease; V(null) if there is none.
  returned: success
  type: dict
  sample:
    interface: ens9
    address: 172.16.1.225
    prefix: 24
    netmask: 255.255.255.0
    lease_time: 1800
    server: 172.16.1.100
    routers: [172.16.1.1]
    domain_name_servers: [172.16.1.1]
    expires: "2026-11-22T18:55:05Z"
reason:
  description: Why there is no lease; V(null) if there is one.
  returned: success
  type: str
  sample: null
conversation:
  description:
    - The conversation since the service's last start. How often the client has RV(conversation.asked), the servers'
      RV(conversation.answers) in order, and the RV(conversation.troubles) that the client logged.
  returned: success
  type: dict
  contains:
    asked:
      description: Number of DHCPDISCOVER and DHCPREQUEST sent.
      type: int
      sample: 2
    answers:
      description: The servers' answers, in order.
      type: list
      elements: dict
      sample:
        - {kind: offer, server: 172.16.1.100, address: 172.16.1.225}
        - {kind: ack, server: 172.16.1.100, address: 172.16.1.225}
    troubles:
      description: Log lines about trouble, such as a network that is down or an address in use.
      type: list
      elements: str
      sample: []
"""

import json
import time
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._client.lease import (
    Conversation,
    HeldLease,
    dhclient_lease,
    dhcpcd_lease,
    explain,
    read_conversation,
)

DHCLIENT_FOLDERS = ("/var/lib/dhcp", "/var/lib/dhclient")
DHCPCD_FOLDER = Path("/var/lib/dhcpcd")


def run(module: AnsibleModule, *command: str) -> str:
    """The command's output; empty if it fails."""
    code, out, _err = module.run_command([module.get_bin_path(command[0], required=True), *command[1:]])
    return str(out) if code == 0 else ""


def addresses(module: AnsibleModule, interface: str) -> set[str]:
    """The IPv4 addresses on the interface."""
    if not (Path("/sys/class/net") / interface).exists():
        known = ", ".join(sorted(path.name for path in Path("/sys/class/net").iterdir() if path.is_dir()))
        module.fail_json(msg=f"There is no interface {interface} on this host; there are: {known}.")
    found = json.loads(run(module, "ip", "-json", "-4", "address", "show", "dev", interface) or "[]")
    return {address["local"] for link in found for address in link.get("addr_info", [])}


def held(module: AnsibleModule) -> HeldLease | None:
    """The program's lease, if its address is on the interface."""
    interface = module.params["interface"]
    own = addresses(module, interface)
    now = datetime.now(timezone.utc)
    if module.params["program"] == "dhclient":
        leases = [dhclient_lease(read(path), interface, now) for path in lease_files(module)]
    else:
        leases = [
            dhcpcd_lease(path.read_bytes(), interface, datetime.fromtimestamp(path.stat().st_mtime, timezone.utc), now)
            for path in [DHCPCD_FOLDER / f"{interface}.lease"]
            if path.exists()
        ]
    return next((lease for lease in leases if lease and lease.address in own), None)


def lease_files(module: AnsibleModule) -> list[Path]:
    """The files in which dhclient may keep its leases."""
    names = (f"dhclient.{module.params['interface']}.leases", "dhclient.leases")
    places = [Path(folder) / name for folder in DHCLIENT_FOLDERS for name in names]
    return [
        path
        for path in ([Path(module.params["lease_file"])] if module.params["lease_file"] else places)
        if path.exists()
    ]


def read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)


def conversation(module: AnsibleModule) -> Conversation:
    """The conversation in the service's log since its last start."""
    service = module.params["service"] or f"dhcp-client-{module.params['interface']}"
    if not run(module, "systemctl", "is-active", service):
        return Conversation(0, (), (f"the service {service} does not run",))
    start = run(module, "systemctl", "show", "--property=InvocationID", "--value", service).strip()
    log = run(module, "journalctl", "--no-pager", "--output=cat", "--lines=1000", f"_SYSTEMD_INVOCATION_ID={start}")
    return read_conversation(log.splitlines())


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "interface": {"type": "str", "required": True},
            "program": {"type": "str", "choices": ["dhclient", "dhcpcd"], "default": "dhclient"},
            "service": {"type": "str"},
            "lease_file": {"type": "path"},
            "timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    end = time.monotonic() + (0 if module.check_mode else module.params["timeout"])
    lease = held(module)
    while lease is None and time.monotonic() < end:
        time.sleep(0.2)
        lease = held(module)
    said = conversation(module)
    module.exit_json(
        changed=False,
        lease=asdict(lease) if lease else None,
        reason=None if lease else explain(said, module.params["interface"]),
        conversation=said.result(),
    )


if __name__ == "__main__":
    main()
