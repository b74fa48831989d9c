#!/usr/bin/python
# Copyright (c) 2026, netlab.dhcp_failover contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: server_compare
short_description: Compare a DHCP server's host with its declaration
description:
  - Compares files, units, addresses and firewall tables of this host with the declaration, in one call, and reads the
    halves of the host's configuration.
  - If RV(differences) is empty, the role C(dhcp_server) has nothing to do.
  - The files are rendered on the controller. Only their checksums are sent.
  - Changes nothing. It needs root.
  - It fails, with remedies, if the host must not be changed because the server is on the wrong side, another run
    deploys to it, an interface is in use, or a file system is full.
version_added: 0.1.0
author:
  - netlab.dhcp_failover contributors (@netlab)
options:
  server:
    description:
      - The declared server, one item of the result of P(netlab.dhcp_failover.failover_servers#filter).
    type: dict
  side:
    description: The side that the server must be on in all its relationships, V(primary) or V(secondary). Empty is any.
    type: str
    default: ""
  checked:
    description: Whether the declaration was checked. If not, M(netlab.dhcp_failover.managed_server) changes nothing.
    type: bool
    default: false
  reached_at:
    description: The address to which Ansible connects. The role does not configure an interface with this address.
    type: str
    default: ""
  settle_timeout:
    description:
      - How many seconds a running daemon may take until its relationships are V(normal).
      - A pair needs a moment after a restart. A daemon that cannot be asked is not waited for.
    type: int
    default: 0
  run:
    description: This run of Ansible, from the action plugin on the controller. Not for tasks.
    type: str
    default: ""
  table:
    description: The action plugin makes this from O(server) on the controller. Not for tasks.
    type: dict
  promise:
    description:
      - The addresses that the declaration gives out, for a second call that only reads the lease database. The action
        plugin makes this from O(server). Not for tasks.
    type: dict
extends_documentation_fragment:
  - netlab.dhcp_failover._attributes
  - netlab.dhcp_failover._attributes.read_only
"""

EXAMPLES = r"""
- name: Compare the host with its declaration
  ansible.builtin.import_role:
    name: netlab.dhcp_failover.dhcp_server
    tasks_from: compare.yml
"""

RETURN = r"""
differences:
  description:
    - The differences. Programs read the other keys; C(message) is for people.
    - "Files: C(subject) is the path; V(missing), V(extra), or V(different) in the C(aspect) V(owner), V(group), V(mode)
      or V(content)."
    - "Interfaces: C(subject) is the name; V(missing) without an aspect if there is no such interface, with the aspect
      V(address) if it lacks the C(wanted) one."
    - "Units: C(subject) is the name; V(different) in V(enabled) or V(active), V(unread) with the path that it must read
      again as its aspect, or V(definition) for its own files."
    - "Firewalls: C(subject) is a table of nftables, V(missing), or a zone of firewalld, whose C(wanted) service or rule
      is V(missing), or which has the rule C(found) as an V(extra); the aspect is V(runtime) or V(permanent)."
  returned: success
  type: list
  elements: dict
  contains:
    section:
      description: The part of the server to which it belongs.
      type: str
      sample: config
    kind:
      description: V(missing), V(extra), V(different) or V(unread).
      type: str
      sample: different
    subject:
      description: What differs.
      type: str
      sample: /etc/dhcp/dhcpd.conf
    aspect:
      description: The aspect that differs; empty for the whole subject.
      type: str
      sample: mode
    found:
      description: The value on the host, if there is one.
      type: str
      sample: "0600"
    wanted:
      description: The wanted value, if there is one.
      type: str
      sample: "0644"
    message:
      description: The difference as a sentence.
      type: str
      sample: /etc/dhcp/dhcpd.conf has mode 0600, not 0644
os_family:
  description: The family of the host's distribution, or its own name if that is neither V(Debian) nor V(RedHat).
  returned: success
  type: str
  sample: Debian
table:
  description: What is managed on this host, for M(netlab.dhcp_failover.managed_server).
  returned: success
  type: dict
status:
  description:
    - What M(netlab.dhcp_failover.failover_info) returns with O(netlab.dhcp_failover.failover_info#module:states_only);
      C(msg) if the daemon cannot be asked, and with it C(saved), the phase of each relationship in the lease
      database, if that is because its configuration has no OMAPI.
  returned: success
  type: dict
running:
  description: Whether the daemon's unit is active.
  returned: success
  type: bool
  sample: true
unproven:
  description: Whether a deployment was interrupted before its configuration was proven.
  returned: success
  type: bool
  sample: false
interrupted:
  description: Who began the deployment that was killed, and when.
  returned: if it was a run on this controller, its lock has not ended, and the host was not rebooted
  type: dict
  sample: {who: "root@controller (process 4711)", since: "2026-11-22T22:30:00Z"}
install:
  description: Whether anything differs that can be corrected without restarting the daemon.
  returned: success
  type: bool
  sample: false
packages:
  description: The packages to install.
  returned: success
  type: list
  elements: str
  sample: [isc-dhcp-server]
certificates:
  description:
    - The C(folder) and C(group) of the certificate that must be made for partners, and the folder of its C(authority)
      on the controller; or nothing.
  returned: success
  type: dict
  sample: {folder: /etc/kea/ha, group: _kea, authority: /home/ann/dhcp/dhcp_ca}
user:
  description: The daemon's user, with its C(name) and C(home), if the package does not make it; or nothing.
  returned: success
  type: dict
  sample: {name: dhcpd, home: /var/lib/dhcp}
pending:
  description: Whether the daemon must read something, or runs an unproven configuration.
  returned: success
  type: bool
  sample: true
addresses:
  description: IPv4 addresses of the host.
  returned: success
  type: list
  elements: str
  sample: [127.0.0.1, 172.16.1.100]
declared_halves:
  description: The halves in the declaration, as in O(server).
  returned: success
  type: list
  elements: dict
halves:
  description:
    - The halves in the host's configuration, with V(name), V(role), V(address), V(port), V(peer_address) and
      V(peer_port), and with V(mode) and V(tls) of Kea.
  returned: success
  type: list
  elements: dict
  sample:
    - name: dhcp-failover
      role: primary
      address: 172.16.1.100
      port: 647
      peer_address: 172.16.1.200
      peer_port: 647
      mode: null
      tls: null
closed:
  description:
    - The partners' failover ports, by the host's configuration, to which this host cannot connect.
    - A refused connection is as good as an accepted one, because the partner's host answers.
  returned: success
  type: list
  elements: str
  sample: ["172.16.1.200:647"]
database:
  description: The size of the lease database in bytes.
  returned: success
  type: int
  sample: 4096
leases:
  description:
    - What the declaration means for the holders of addresses.
    - C(affected) has an item for each kind of active leases that would not stay, and for reservations. C(problem) is
      the reason if the lease database could not be read. C(ranges) are the declared addresses, C(accepts) is whether
      leases may be lost, and C(refused) says which must not. Addresses are numbers.
  returned: if the daemon must read something, and has a lease database
  type: dict
  sample:
    affected:
      - fate: unserved
        reservations: false
        addresses: [[2886795489, 2886795492]]
        ends: 1795371596.0
        samples: [[2886795489, client-1]]
    problem: null
    ranges: [[2886795500, 2886795508]]
    accepts: false
    refused: ["dhcp_server1: 4 active leases would be lost, because no declared range contains ..."]
"""

import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netlab.dhcp_failover.plugins.module_utils._daemon.control import (
    Control,
    control,
    reached,
    wait,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.command import attempt
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.files import Managed
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.lock import held_by_others
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._host.managed import describe_host
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.answers import (
    ControlError,
    NoAccessError,
    Report,
    plain,
)
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.facts import DEFAULT_PORT
from ansible_collections.netlab.dhcp_failover.plugins.module_utils._model.promises import Promise

HALF = ("name", "role", "address", "port", "peer_address", "peer_port", "mode", "tls")
# A lost packet is sent again after one second, and after three.
CONNECT_TIMEOUT = 4


def closed_ports(halves: Iterable[Report]) -> list[str]:
    """The partners' ports that do not answer. A firewall is silent; where nothing listens, the host refuses."""
    found = []
    for half in halves:
        if half.peer_address is None:
            continue
        try:
            socket.create_connection((half.peer_address, half.peer_port or DEFAULT_PORT), CONNECT_TIMEOUT).close()
        except ConnectionRefusedError:
            continue
        except OSError:
            found.append(f"{half.peer_address}:{half.peer_port or DEFAULT_PORT}")
    return found


def restarting(daemon: Control) -> bool:
    """Whether the daemon runs, but its relationships are not normal yet."""
    try:
        answer = daemon.answer(None, states_only=True)
    except NoAccessError:
        return False
    except ControlError:
        return True
    return answer.running and not reached(answer, "normal")


def ask_daemon(table: Managed, running: bool, patience: int) -> dict[str, Any]:
    """The halves on the host, and the daemon's answer, or the reason for none and the states in its database."""
    daemon = _control(table)
    configured = daemon.configured()
    halves = [{name: getattr(report, name) for name in HALF} for report in configured]
    status: dict[str, Any]
    try:
        waited = wait(daemon, None, "normal", patience) if running and halves and restarting(daemon) else 0.0
        status = {**daemon.answer(None, states_only=True).as_dict(), "waited": waited}
    except NoAccessError as error:
        status = {"msg": str(error)}
        # A daemon that somebody has started by hand may have its database elsewhere.
        with suppress(ControlError):
            status["saved"] = {name: phase.value for name, phase in daemon.saved_phases().items()}
    except ControlError as error:
        status = {"msg": str(error)}
    return {"halves": halves, "status": status, "closed": closed_ports(configured)}


def _control(table: Managed) -> Control:
    return control(table.daemon.name, {"config": table.daemon.config, "lease_file": table.daemon.lease_file})


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "server": {"type": "dict"},
            "side": {"type": "str", "default": ""},
            "checked": {"type": "bool", "default": False},
            "reached_at": {"type": "str", "default": ""},
            "settle_timeout": {"type": "int", "default": 0},
            "run": {"type": "str", "default": ""},
            "table": {"type": "dict"},
            "promise": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    table = Managed.from_dict(module.params["table"])
    try:
        if module.params["promise"]:
            found = _control(table).affected(Promise.from_dict(module.params["promise"]))
            module.exit_json(changed=False, affected=[plain(item) for item in found])
        result = describe_host(table, attempt)
        lock = held_by_others(Path(table.lock), module.params["run"])
        if lock:
            result["lock"] = lock.as_dict()
        # The daemon may take a while to answer. A refused run need not wait for it.
        if "running" in result and not result["refused"] and not (lock and lock.busy):
            result.update(ask_daemon(table, result["running"], module.params["settle_timeout"]))
        module.exit_json(changed=False, **result)
    except ControlError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
